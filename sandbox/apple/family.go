package apple

import (
	"slices"
	"strings"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// family is what the contract does not say of a type: who may read and write
// it, and the rules by which it is made, changed and removed. What an
// operation takes and gives stands in the contract.
type family struct {
	typ    string
	reads  []string // roles of the key that may read; nil: all
	writes []string // roles of the key that may write; nil: all

	create func(d *deed, in *entity) (*record, *refusal)
	update func(d *deed, old *record, in *entity) *refusal
	remove func(d *deed, old *record) *refusal
	// links are the changes to /relationships/name.
	links map[string]linkRule
	// loose are filters that match a part of the value, without case, as
	// Apple's do; all others match the whole of it.
	loose []string
	// tests are parameters that do not compare with an attribute: they say
	// whether a resource fits the values given.
	tests map[string]func(w *world, r *record, values []string) bool
	// look changes what a reader sees of a record; nil: nothing.
	look func(rd reader, r *record) *record
	// teamOnly types are closed to individual keys.
	teamOnly bool
	// due is when a record changes by itself, zero for never, and age is what
	// happens to it then; afterwards it must be due later, or never.
	due func(r *record) time.Time
	age func(w *world, r *record, at time.Time)
}

// linkRule are the changes to a relationship; nil: no rule beyond the
// contract.
type linkRule struct {
	add, remove, replace func(d *deed, owner *record, ids []string) *refusal
}

// families are the types with rules of their own, by name.
var families = map[string]*family{}

// register puts families into the table. Rules refer to other families, so it
// is filled when the program starts.
func register(fs ...*family) {
	for _, f := range fs {
		families[f.typ] = f
		if f.due != nil {
			ageing = append(ageing, f)
			// The order in which files are read must not show.
			slices.SortFunc(ageing, func(a, b *family) int { return strings.Compare(a.typ, b.typ) })
		}
	}
}

// ageing are the families whose resources change by themselves.
var ageing []*family

// of is the family of a type; one without rules is only read.
func of(typ string) *family {
	if f := families[typ]; f != nil {
		return f
	}
	return &family{typ: typ}
}

// side is one side of a relation.
type side struct{ typ, name string }

// pairs are the relations that both sides know: what is linked on one side is
// linked on the other. Where Apple shows one side only, the other is kept for
// the rules, and an end that is dropped leaves nothing behind.
var pairs = [][2]side{
	{{"betaGroups", "app"}, {"apps", "betaGroups"}},
	{{"betaGroups", "betaTesters"}, {"betaTesters", "betaGroups"}},
	{{"betaGroups", "builds"}, {"builds", "betaGroups"}},
	{{"betaGroups", "betaRecruitmentCriteria"}, {"betaRecruitmentCriteria", "betaGroup"}},
	{{"betaGroups", "betaRecruitmentCriterionCompatibleBuildCheck"}, {compatibleBuild, "betaGroup"}},
	{{"betaTesters", "builds"}, {"builds", "individualTesters"}},
	{{"betaTesters", "apps"}, {"apps", "betaTesters"}},
	{{"builds", "app"}, {"apps", "builds"}},
	{{"builds", "preReleaseVersion"}, {"preReleaseVersions", "builds"}},
	{{"preReleaseVersions", "app"}, {"apps", "preReleaseVersions"}},
	{{"builds", "appEncryptionDeclaration"}, {"appEncryptionDeclarations", "builds"}},
	{{"appEncryptionDeclarations", "app"}, {"apps", "appEncryptionDeclarations"}},
	{{"betaLicenseAgreements", "app"}, {"apps", "betaLicenseAgreement"}},
	{{"buildBetaDetails", "build"}, {"builds", "buildBetaDetail"}},
	{{"betaBuildLocalizations", "build"}, {"builds", "betaBuildLocalizations"}},
	{{"betaAppReviewSubmissions", "build"}, {"builds", "betaAppReviewSubmission"}},
	{{"betaAppLocalizations", "app"}, {"apps", "betaAppLocalizations"}},
	{{"betaAppReviewDetails", "app"}, {"apps", "betaAppReviewDetail"}},
	{{"betaFeedbackCrashSubmissions", "app"}, {"apps", "betaFeedbackCrashSubmissions"}},
	{{"betaFeedbackCrashSubmissions", "tester"}, {"betaTesters", "feedbackCrashes"}},
	{{"betaFeedbackCrashSubmissions", "crashLog"}, {"betaCrashLogs", "submission"}},
	{{"betaFeedbackScreenshotSubmissions", "app"}, {"apps", "betaFeedbackScreenshotSubmissions"}},
	{{"betaFeedbackScreenshotSubmissions", "tester"}, {"betaTesters", "feedbackScreenshots"}},
	{{"appStoreVersions", "app"}, {"apps", "appStoreVersions"}},
	{{"appStoreVersions", "build"}, {"builds", "appStoreVersion"}},
	{{"appStoreVersionLocalizations", "appStoreVersion"}, {"appStoreVersions", "appStoreVersionLocalizations"}},
	{{"appStoreReviewDetails", "appStoreVersion"}, {"appStoreVersions", "appStoreReviewDetail"}},
	{{"appStoreVersionPhasedReleases", "appStoreVersion"}, {"appStoreVersions", "appStoreVersionPhasedRelease"}},
	{{"reviewSubmissions", "app"}, {"apps", "reviewSubmissions"}},
	{{"reviewSubmissions", "appStoreVersionForReview"}, {"appStoreVersions", "forReviews"}},
	{{"reviewSubmissionItems", "reviewSubmission"}, {"reviewSubmissions", "items"}},
	{{"reviewSubmissionItems", "appStoreVersion"}, {"appStoreVersions", "reviewItems"}},
	{{"customerReviews", "app"}, {"apps", "customerReviews"}},
	{{"customerReviews", "appStoreVersion"}, {"appStoreVersions", "customerReviews"}},
	{{"customerReviewResponses", "review"}, {"customerReviews", "response"}},
	{{"inAppPurchases", "app"}, {"apps", "inAppPurchasesV2"}},
	{{"subscriptionGroups", "app"}, {"apps", "subscriptionGroups"}},
	{{"subscriptions", "group"}, {"subscriptionGroups", "subscriptions"}},
	{{"bundleIds", "app"}, {"apps", "registeredBundleId"}},
	{{"bundleIdCapabilities", "bundleId"}, {"bundleIds", "bundleIdCapabilities"}},
	{{"profiles", "bundleId"}, {"bundleIds", "profiles"}},
	{{"profiles", "certificates"}, {"certificates", "profiles"}},
	{{"profiles", "devices"}, {"devices", "profiles"}},
	{{"analyticsReportRequests", "app"}, {"apps", "analyticsReportRequests"}},
	{{"analyticsReports", "request"}, {"analyticsReportRequests", "reports"}},
	{{"analyticsReportInstances", "report"}, {"analyticsReports", "instances"}},
	{{"analyticsReportSegments", "instance"}, {"analyticsReportInstances", "segments"}},
	{{"webhooks", "app"}, {"apps", "webhooks"}},
	{{"webhookDeliveries", "webhook"}, {"webhooks", "deliveries"}},
}

var inverses = func() map[side]side {
	m := map[side]side{}
	for _, p := range pairs {
		m[p[0]], m[p[1]] = p[1], p[0]
	}
	return m
}()

// inverse is the other side of a relation; none when Apple shows one side only.
func inverse(typ, name string) side { return inverses[side{typ, name}] }

// many says whether a relationship can hold several.
func many(typ, name string) bool {
	if rel, ok := contract.Resources()[typ].Relationships[name]; ok && rel.Data {
		return rel.Many
	}
	// Where the contract shows no linkage, the name says it.
	return strings.HasSuffix(name, "s")
}

// operations is the list Apple gives when it refuses a verb: of a resource
// ("CREATE, GET_INSTANCE"), or of a relationship.
func operations(path string) []string {
	collection, _, _ := strings.Cut(strings.TrimSuffix(path, "/{id}"), "/{id}")
	var ops []string
	for _, op := range contract.Operations() {
		switch {
		case strings.Contains(path, "/relationships/"):
			if op.Path == path {
				ops = append(ops, map[string]string{"GET": "GET_RELATIONSHIP", "POST": "ADD", "PATCH": "REPLACE", "DELETE": "REMOVE"}[op.Method])
			}
		case op.Path == collection:
			ops = append(ops, map[string]string{"GET": "GET_COLLECTION", "POST": "CREATE"}[op.Method])
		case op.Path == collection+"/{id}":
			ops = append(ops, map[string]string{"GET": "GET_INSTANCE", "PATCH": "UPDATE", "DELETE": "DELETE"}[op.Method])
		}
	}
	slices.Sort(ops)
	return ops
}
