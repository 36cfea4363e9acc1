// Command distil makes contract.json out of Apple's OpenAPI document: only the
// operations of the surface, and of those only what a program can check (paths,
// parameters, property names, types and enums). Prose is left out. The result
// is an OpenAPI document again, so any validator reads it.
//
//	go run ./sandbox/apple/contract/distil <Apple's document> > sandbox/apple/contract/contract.json
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: distil <Apple's OpenAPI document>")
		os.Exit(2)
	}
	full, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = distil(full, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "distil:", err)
		os.Exit(1)
	}
}

// surface is what is kept, a type and its related paths on each line. The type
// stands for its collection and its item.
const surface = `
actors
analyticsReportInstances segments
analyticsReportRequests reports
analyticsReportSegments
analyticsReports instances
appEncryptionDeclarations
appStoreReviewDetails
appStoreVersionLocalizations
appStoreVersionPhasedReleases
appStoreVersionReleaseRequests
appStoreVersions appStoreReviewDetail appStoreVersionLocalizations appStoreVersionPhasedRelease build customerReviews
apps analyticsReportRequests appEncryptionDeclarations appStoreVersions betaAppLocalizations betaAppReviewDetail betaFeedbackCrashSubmissions betaFeedbackScreenshotSubmissions betaGroups betaLicenseAgreement betaTesters builds customerReviews inAppPurchasesV2 metrics/betaTesterUsages preReleaseVersions reviewSubmissions subscriptionGroups webhooks
betaAppLocalizations app
betaAppReviewDetails app
betaAppReviewSubmissions build
betaBuildLocalizations build
betaCrashLogs
betaFeedbackCrashSubmissions crashLog
betaFeedbackScreenshotSubmissions
betaGroups app betaRecruitmentCriteria betaRecruitmentCriterionCompatibleBuildCheck betaTesters builds metrics/betaTesterUsages metrics/publicLinkUsages
betaLicenseAgreements app
betaRecruitmentCriteria
betaRecruitmentCriterionOptions
betaTesterInvitations
betaTesters apps betaGroups builds metrics/betaTesterUsages
buildBetaDetails build
buildBetaNotifications
builds app appEncryptionDeclaration appStoreVersion betaAppReviewSubmission betaBuildLocalizations betaGroups buildBetaDetail individualTesters metrics/betaBuildUsages preReleaseVersion
bundleIdCapabilities
bundleIds app bundleIdCapabilities profiles
certificates
customerReviewResponses review
customerReviews response
devices
financeReports
inAppPurchases
preReleaseVersions app builds
profiles bundleId certificates devices
reviewSubmissionItems
reviewSubmissions items
salesReports
subscriptionGroups subscriptions
subscriptions
userInvitations visibleApps
users visibleApps
webhookDeliveries
webhookPings
webhooks deliveries
`

// left are operations of those paths that are not kept: deprecated ones, and
// changes to what is only read here.
var left = []string{
	"GET /v1/inAppPurchases/{id}", "POST /v2/inAppPurchases", "PATCH /v2/inAppPurchases/{id}", "DELETE /v2/inAppPurchases/{id}",
	"POST /v1/subscriptions", "PATCH /v1/subscriptions/{id}", "DELETE /v1/subscriptions/{id}",
	"POST /v1/subscriptionGroups", "PATCH /v1/subscriptionGroups/{id}", "DELETE /v1/subscriptionGroups/{id}",
}

// kept says whether a path belongs to the surface.
func kept(path string) bool {
	parts := strings.Split(path, "/") // "", "v1", type, "{id}", …
	for line := range strings.Lines(surface) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] != parts[2] {
			continue
		}
		switch {
		case len(parts) <= 4:
			return true
		case parts[4] == "relationships":
			return slices.Contains(words[1:], parts[5])
		default:
			return slices.Contains(words[1:], strings.Join(parts[4:], "/"))
		}
	}
	return false
}

type object = map[string]any

func distil(full []byte, to io.Writer) error {
	var doc struct {
		OpenAPI string
		Info    struct{ Version string }
		Servers []any
		Paths   map[string]object
		Comps   struct{ Schemas map[string]any } `json:"components"`
	}
	if err := json.Unmarshal(full, &doc); err != nil {
		return fmt.Errorf("it is not an OpenAPI document in JSON: %w", err)
	}
	d := distiller{all: doc.Comps.Schemas, schemas: object{}, parameters: newPool("parameters"), answers: newPool("responses")}
	paths := object{}
	for _, path := range sorted(doc.Paths) {
		if !kept(path) {
			continue
		}
		ops := object{}
		for verb, op := range doc.Paths[path] {
			if slices.Contains(left, strings.ToUpper(verb)+" "+path) {
				continue
			}
			if verb == "parameters" {
				ops[verb] = d.params(op.([]any))
			} else {
				ops[verb] = d.operation(op.(object))
			}
		}
		if len(ops) > 1 || ops["parameters"] == nil {
			paths[path] = ops
		}
	}
	if len(paths) == 0 {
		return fmt.Errorf("it has none of the paths of the surface")
	}
	return write(to, object{
		"openapi": doc.OpenAPI, "info": object{"title": "App Store Connect API, distilled", "version": doc.Info.Version},
		"servers": doc.Servers, "paths": paths,
		"components": object{"schemas": d.schemas, "parameters": d.parameters.shared, "responses": d.answers.shared},
	})
}

// distiller carries over what the surface refers to.
type distiller struct {
	all                 map[string]any
	schemas             object // those referred to
	parameters, answers pool
}

// pool keeps what many operations have in common once.
type pool struct {
	kind   string
	shared object
	byText map[string]string // the text of a part → its name in shared
}

func newPool(kind string) pool { return pool{kind, object{}, map[string]string{}} }

var plain = regexp.MustCompile(`[^A-Za-z0-9]+`)

// share puts a part into the pool and returns the reference to it.
func (p pool) share(name string, part any) any {
	text, _ := json.Marshal(part)
	known, ok := p.byText[string(text)]
	if !ok {
		name = strings.Trim(plain.ReplaceAllString(name, "."), ".")
		known = name
		for n := 2; p.shared[known] != nil; n++ {
			known = fmt.Sprint(name, ".", n)
		}
		p.byText[string(text)], p.shared[known] = known, part
	}
	return object{"$ref": "#/components/" + p.kind + "/" + known}
}

func (d *distiller) operation(op object) object {
	out := object{}
	if p, ok := op["parameters"].([]any); ok {
		out["parameters"] = d.params(p)
	}
	for _, part := range []string{"requestBody", "responses", "deprecated"} {
		if v, ok := op[part]; ok {
			out[part] = d.bare(v)
		}
	}
	answers := out["responses"].(object)
	for status, answer := range answers {
		answer.(object)["description"] = "" // the one prose that OpenAPI insists on
		if status >= "400" {
			answers[status] = d.answers.share("Refused", answer)
		}
	}
	return out
}

func (d *distiller) params(list []any) []any {
	var out []any
	for _, p := range list {
		bare := d.bare(p).(object)
		out = append(out, d.parameters.share(bare["name"].(string), bare))
	}
	return out
}

// prose are the keys whose text says nothing a program can check.
var prose = []string{"description", "summary", "tags", "operationId", "title", "example"}

// bare is a part of the document without prose, and notes what it refers to.
func (d *distiller) bare(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = d.bare(v[i])
		}
		return out
	case object:
		out := object{}
		for key, inner := range v {
			switch _, isText := inner.(string); {
			case isText && slices.Contains(prose, key), key == "tags":
			case key == "$ref":
				out[key] = inner
				d.refer(strings.TrimPrefix(inner.(string), "#/components/schemas/"))
			case key == "properties": // names of its own, which may be called title or tags
				props := object{}
				for name, schema := range inner.(object) {
					props[name] = d.bare(schema)
				}
				out[key] = props
			default:
				out[key] = d.bare(inner)
			}
		}
		return out
	}
	return v
}

func (d *distiller) refer(name string) {
	if _, there := d.schemas[name]; there {
		return
	}
	d.schemas[name] = nil
	d.schemas[name] = d.bare(d.all[name])
}

// write puts each path, schema and parameter on a line of its own, so that a
// newer document shows as a readable difference.
func write(to io.Writer, doc object) error {
	var b bytes.Buffer
	comps := doc["components"].(object)
	b.WriteString("{\n")
	for _, key := range []string{"openapi", "info", "servers"} {
		line(&b, key, doc[key], ",")
	}
	section(&b, "paths", doc["paths"].(object), ",")
	b.WriteString("\"components\":{\n")
	section(&b, "parameters", comps["parameters"].(object), ",")
	section(&b, "responses", comps["responses"].(object), ",")
	section(&b, "schemas", comps["schemas"].(object), "")
	b.WriteString("}\n}\n")
	_, err := to.Write(b.Bytes())
	return err
}

func section(b *bytes.Buffer, name string, entries object, end string) {
	fmt.Fprintf(b, "%q:{\n", name)
	names := sorted(entries)
	for i, n := range names {
		comma := ","
		if i == len(names)-1 {
			comma = ""
		}
		line(b, n, entries[n], comma)
	}
	b.WriteString("}" + end + "\n")
}

func line(b *bytes.Buffer, key string, v any, end string) {
	text, _ := json.Marshal(v) // maps are written in the order of their keys
	fmt.Fprintf(b, "%q:%s%s\n", key, text, end)
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
