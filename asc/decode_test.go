package asc

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// decoded are the Go types of resources by Apple's names.
var decoded = map[string]string{
	"Actor": "actors", "AnalyticsInstance": "analyticsReportInstances", "AnalyticsReport": "analyticsReports",
	"AnalyticsReportRequest": "analyticsReportRequests", "AnalyticsSegment": "analyticsReportSegments", "App": "apps",
	"AppStoreVersion": "appStoreVersions", "BetaAppText": "betaAppLocalizations", "BetaReviewContact": "betaAppReviewDetails", "RecruitmentCriterion": "betaRecruitmentCriteria",
	"BetaAppReviewSubmission": "betaAppReviewSubmissions", "BetaGroup": "betaGroups",
	"BetaTester": "betaTesters", "Build": "builds", "BuildBetaDetail": "buildBetaDetails", "BundleID": "bundleIds",
	"Capability": "bundleIdCapabilities", "Certificate": "certificates", "CustomerReview": "customerReviews", "Delivery": "webhookDeliveries",
	"Device": "devices", "Feedback": "betaFeedbackScreenshotSubmissions", "InAppPurchase": "inAppPurchases",
	"PhasedRelease": "appStoreVersionPhasedReleases", "PreReleaseVersion": "preReleaseVersions", "Profile": "profiles",
	"ReviewResponse": "customerReviewResponses", "ReviewSubmission": "reviewSubmissions", "ReviewSubmissionItem": "reviewSubmissionItems",
	"Subscription": "subscriptions", "SubscriptionGroup": "subscriptionGroups", "User": "users", "UserInvitation": "userInvitations",
	"VersionLocalization": "appStoreVersionLocalizations", "Webhook": "webhooks", "WhatToTest": "betaBuildLocalizations",
	"crashLog": "betaCrashLogs", "webhookEvent": "webhookEvents",
}

// TestWhatIsDecodedIsThere compares the names that the package reads out of
// answers with those that answers have.
func TestWhatIsDecodedIsThere(t *testing.T) {
	resources := answered()
	for _, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok && embedsRef(s) && n.Name.Name != "linkage" && n.Name.Name != "object" {
					r, ok := resources[decoded[n.Name.Name]]
					if !ok {
						t.Errorf("%s is not in the table of decoded types", n.Name.Name)
						return false
					}
					for _, wrong := range tagWrongs(s, r) {
						t.Errorf("%s: %s", n.Name.Name, wrong)
					}
				}
			case *ast.FuncDecl:
				if n.Name.Name == "read" && decoded[receiver(n)] != "" {
					for _, wrong := range readWrongs(n, resources[decoded[receiver(n)]]) {
						t.Errorf("%s: %s", receiver(n), wrong)
					}
				}
			}
			return true
		})
	}
}

// answered are the resources as the calls of the surface answer them: two of
// Apple's schemas may have one type, an old one and a new one.
func answered() map[string]contract.Resource {
	all := maps.Clone(contract.Resources())
	for _, op := range contract.Operations() {
		for _, answer := range op.Answers {
			kind, attributes := answer.Prop("data", "type"), answer.Prop("data", "attributes")
			if kind == nil || attributes == nil || len(kind.Enum) != 1 {
				continue
			}
			r := all[kind.Enum[0]]
			r.Attributes = attributes.Properties
			all[kind.Enum[0]] = r
		}
	}
	return all
}

func embedsRef(s *ast.StructType) bool {
	return slices.ContainsFunc(s.Fields.List, func(f *ast.Field) bool { return f.Names == nil && fmt.Sprint(f.Type) == "Ref" })
}

// tagWrongs finds JSON names that are no attributes.
func tagWrongs(s *ast.StructType, r contract.Resource) (wrongs []string) {
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		name, _, _ := strings.Cut(jsonTag(f.Tag.Value), ",")
		if name != "-" && r.Attributes[name] == nil {
			wrongs = append(wrongs, "Apple has no attribute "+name)
		}
	}
	return wrongs
}

func jsonTag(literal string) string {
	_, rest, _ := strings.Cut(literal, `json:"`)
	tag, _, _ := strings.Cut(rest, `"`)
	return tag
}

// readWrongs finds names of attributes and relationships in a read method that
// do not exist, and relationships that are taken for the other kind.
func readWrongs(f *ast.FuncDecl, r contract.Resource) (wrongs []string) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		literal, isText := call.Args[0].(*ast.BasicLit)
		if !ok || !isText {
			return true
		}
		name, _ := strconv.Unquote(literal.Value)
		rel, related := r.Relationships[name]
		switch sel.Sel.Name {
		case "time", "attribute":
			if r.Attributes[name] == nil {
				wrongs = append(wrongs, "Apple has no attribute "+name)
			}
		case "one", "many":
			if !related || rel.Many != (sel.Sel.Name == "many") {
				wrongs = append(wrongs, "Apple has no such relationship: "+name)
			}
		}
		return true
	})
	return wrongs
}

// TestTheDecodingTestCanFail plants names that do not exist.
func TestTheDecodingTestCanFail(t *testing.T) {
	src := `package x
type User struct { Ref; Mail string ` + "`json:\"email\"`" + ` }
func (u *User) read(o object) { u.At = o.time("createdDate"); u.App = o.one("visibleApps"); u.Apps = o.many("apps") }`
	f, err := parser.ParseFile(gotoken.NewFileSet(), "x.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	users := contract.Resources()["users"]
	var wrongs []string
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.StructType:
			wrongs = append(wrongs, tagWrongs(n, users)...)
		case *ast.FuncDecl:
			wrongs = append(wrongs, readWrongs(n, users)...)
		}
		return true
	})
	if len(wrongs) != 4 {
		t.Errorf("found %q", wrongs)
	}
}

// TestEveryFieldIsFilled reads each kind of resource, as the recorder answers it
// with all that Apple's document has, and looks for fields that nothing fills.
func TestEveryFieldIsFilled(t *testing.T) {
	first := func(items func(func(any, error) bool)) (v any, err error) {
		for v, err = range items {
			break
		}
		return v, err
	}
	for name, read := range map[string]func(context.Context, *Client) (any, error){
		"User":              func(ctx context.Context, c *Client) (any, error) { return c.User(ctx, "1") },
		"UserInvitation":    func(ctx context.Context, c *Client) (any, error) { return c.UserInvitation(ctx, "1") },
		"Actor":             func(ctx context.Context, c *Client) (any, error) { return first(anyOf(c.Actors(ctx, "1"))) },
		"App":               func(ctx context.Context, c *Client) (any, error) { return c.App(ctx, "1") },
		"BetaGroup":         func(ctx context.Context, c *Client) (any, error) { return c.BetaGroup(ctx, "1") },
		"BetaTester":        func(ctx context.Context, c *Client) (any, error) { return c.BetaTester(ctx, "1") },
		"Build":             func(ctx context.Context, c *Client) (any, error) { return c.Build(ctx, "1") },
		"PreReleaseVersion": func(ctx context.Context, c *Client) (any, error) { return c.PreReleaseVersion(ctx, "1") },
		"BuildBetaDetail":   func(ctx context.Context, c *Client) (any, error) { return first(anyOf(c.BuildBetaDetails(ctx, "1"))) },
		"BetaAppReviewSubmission": func(ctx context.Context, c *Client) (any, error) {
			return first(anyOf(c.BetaAppReviewSubmissions(ctx, "1")))
		},
		"WhatToTest":          func(ctx context.Context, c *Client) (any, error) { return first(anyOf(c.WhatToTests(ctx, "1"))) },
		"Feedback":            func(ctx context.Context, c *Client) (any, error) { return c.OneScreenshotFeedback(ctx, "1") },
		"AppStoreVersion":     func(ctx context.Context, c *Client) (any, error) { return c.AppStoreVersion(ctx, "1") },
		"VersionLocalization": func(ctx context.Context, c *Client) (any, error) { return c.VersionLocalization(ctx, "1") },
		"PhasedRelease": func(ctx context.Context, c *Client) (any, error) {
			v, _, err := c.PhasedRelease(ctx, "1")
			return v, err
		},
		"ReviewSubmission": func(ctx context.Context, c *Client) (any, error) { return c.ReviewSubmission(ctx, "1") },
		"ReviewSubmissionItem": func(ctx context.Context, c *Client) (any, error) {
			return first(anyOf(c.ReviewSubmissionItems(ctx, "1")))
		},
		"InAppPurchase":     func(ctx context.Context, c *Client) (any, error) { return c.InAppPurchase(ctx, "1") },
		"SubscriptionGroup": func(ctx context.Context, c *Client) (any, error) { return first(anyOf(c.SubscriptionGroups(ctx, "1"))) },
		"Subscription":      func(ctx context.Context, c *Client) (any, error) { return c.Subscription(ctx, "1") },
		"CustomerReview":    func(ctx context.Context, c *Client) (any, error) { return c.CustomerReview(ctx, "1") },
		"ReviewResponse": func(ctx context.Context, c *Client) (any, error) {
			v, _, err := c.ReviewResponse(ctx, "1")
			return v, err
		},
		"Device":      func(ctx context.Context, c *Client) (any, error) { return c.Device(ctx, "1") },
		"Certificate": func(ctx context.Context, c *Client) (any, error) { return c.Certificate(ctx, "1") },
		"BundleID":    func(ctx context.Context, c *Client) (any, error) { return c.BundleID(ctx, "1") },
		"Capability":  func(ctx context.Context, c *Client) (any, error) { return first(anyOf(c.Capabilities(ctx, "1"))) },
		"Profile":     func(ctx context.Context, c *Client) (any, error) { return c.Profile(ctx, "1") },
		"AnalyticsReportRequest": func(ctx context.Context, c *Client) (any, error) {
			return first(anyOf(c.AnalyticsReportRequests(ctx, "1")))
		},
		"AnalyticsReport": func(ctx context.Context, c *Client) (any, error) { return first(anyOf(c.AnalyticsReports(ctx, "1"))) },
		"AnalyticsInstance": func(ctx context.Context, c *Client) (any, error) {
			return first(anyOf(c.AnalyticsInstances(ctx, "1", "", "")))
		},
		"AnalyticsSegment": func(ctx context.Context, c *Client) (any, error) { return first(anyOf(c.AnalyticsSegments(ctx, "1"))) },
		"Webhook":          func(ctx context.Context, c *Client) (any, error) { return c.Webhook(ctx, "1") },
		"Delivery": func(ctx context.Context, c *Client) (any, error) {
			return first(anyOf(c.Deliveries(ctx, "1", DeliveryFilter{})))
		},
		"Usage of a tester": func(ctx context.Context, c *Client) (any, error) {
			return first(anyOf(c.AppTesterUsages(ctx, "1", Week)))
		},
		"LinkUsage": func(ctx context.Context, c *Client) (any, error) { return first(anyOf(c.PublicLinkUsages(ctx, "1"))) },
	} {
		bubble(t, name, func(t *testing.T) {
			c, _ := start(t, (&recorder{t: t}).answer)
			v, err := read(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			for field, zero := range zeroFields(v) {
				if zero && !slices.Contains([]string{"Usage AppID", "Usage Installs", "Usage Invites"}, strings.Fields(name)[0]+" "+field) {
					t.Errorf("%s is not filled: %+v", field, v)
				}
			}
		})
	}
}

// anyOf is a list of anything.
func anyOf[T any](items func(func(T, error) bool)) func(func(any, error) bool) {
	return func(yield func(any, error) bool) {
		for item, err := range items {
			if !yield(item, err) {
				return
			}
		}
	}
}
