package asc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// entryOf writes one entry of an error document.
func entryOf(code, title, detail string) string {
	text, _ := json.Marshal(map[string]any{"status": "409", "code": code, "title": title, "detail": detail})
	return string(text)
}

func documentOf(entries ...string) string { return `{"errors":[` + strings.Join(entries, ",") + `]}` }

// verdicts are all that can be asked about an error.
var verdicts = map[string]func(error) bool{
	"exists": AlreadyExists, "not found": NotFound, "agreement": AgreementMissing, "forbidden": Forbidden, "401": Unauthorized,
	"rate": RateLimited, "state": StateConflict, "unsure": Unsure, "no sales": NoSales, "not yet": NotYet, "no longer": NoLonger,
}

func verdictsOf(err error) string {
	var yes []string
	for name, ask := range verdicts {
		if ask(err) {
			yes = append(yes, name)
		}
	}
	slices.Sort(yes)
	return strings.Join(yes, ", ")
}

// TestVerdicts asks about answers of Apple's as they were seen.
func TestVerdicts(t *testing.T) {
	duplicate := entryOf("ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE", "An attribute value has invalid value.", "The version number has been previously used.")
	open := entryOf("ENTITY_ERROR.RELATIONSHIP.INVALID", "A relationship value is not acceptable for the current resource state.", "You cannot create a new version of the App in the current state.")
	for name, tt := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"a version that was there, told second":  {409, documentOf(open, duplicate), "exists, state"},
		"another version is open":                {409, documentOf(open), "state"},
		"a device that is there":                 {409, documentOf(entryOf("ENTITY_ERROR", "There is a problem with the request entity", "A device with number 'X' already exists on this team.")), "exists"},
		"a tester who is in the group":           {409, documentOf(entryOf("ENTITY_ERROR.RELATIONSHIP.INVALID", "T", "The relationship 'betaTesters' includes a value that is already related to this resource.")), "exists"},
		"testers cannot be assigned":             {409, documentOf(entryOf("STATE_ERROR", "The request cannot be fulfilled because of the state of another resource.", "Tester(s) cannot be assigned")), "state"},
		"an invitation that was accepted":        {409, documentOf(entryOf("STATE_ERROR.TESTER_INVITE.ALREADY_ACCEPTED", "T", "D")), "exists, state"},
		"a build in review":                      {422, documentOf(entryOf("ENTITY_UNPROCESSABLE.ANOTHER_BUILD_IN_REVIEW", "T", "Another build in the same train is already in beta review")), "state"},
		"nobody there":                           {404, documentOf(entryOf("NOT_FOUND", "T", "There is no resource of type 'users' with id '1'")), "not found"},
		"no such path":                           {404, documentOf(entryOf("PATH_ERROR", "T", "The URL path is not valid")), ""},
		"gone":                                   {410, documentOf(entryOf("GONE", "T", "The invitation was accepted")), "not found"},
		"an agreement":                           {403, documentOf(entryOf("FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED", "A required agreement is missing or has expired.", "This request requires an in-effect agreement.")), "agreement"},
		"an agreement, told by its link":         {403, `{"errors":[{"status":"403","code":"FORBIDDEN_ERROR","title":"T","links":{"see":"/business"}}]}`, "agreement"},
		"a key that is too narrow":               {403, documentOf(entryOf("FORBIDDEN_ERROR", "This request is forbidden for security reasons", "The API key in use does not allow this request")), "forbidden"},
		"a verb that is not offered":             {403, documentOf(entryOf("FORBIDDEN_ERROR", "T", "The resource 'betaAppReviewSubmissions' does not allow 'DELETE'. Allowed operations are: CREATE, GET_COLLECTION, GET_INSTANCE")), ""},
		"apps of somebody who sees all":          {403, documentOf(entryOf("FORBIDDEN_ERROR.ALL_APPS_VISIBLE", "T", "D")), ""},
		"the token":                              {401, documentOf(entryOf("NOT_AUTHORIZED", "Authentication credentials are missing or invalid.", "D")), "401"},
		"too many":                               {429, documentOf(entryOf("RATE_LIMIT_EXCEEDED", "T", "D")), "rate"},
		"too many, without words":                {429, "", "rate"},
		"a state told by an associated error":    {409, `{"errors":[{"status":"409","code":"ENTITY_ERROR","title":"T","meta":{"associatedErrors":{"/v1/x":[` + entryOf("STATE_ERROR.SCREENSHOT_REQUIRED", "T", "D") + `]}}}]}`, "state"},
		"something else":                         {409, documentOf(entryOf("ENTITY_ERROR", "T", "D")), ""},
		"a code that only looks like one":        {409, documentOf(entryOf("STATE_ERRORS", "T", "D")), ""},
		"nothing sold":                           {404, documentOf(entryOf("NOT_FOUND", "T", "There were no sales for the date specified.")), "no sales, not found"},
		"a report that is not there yet":         {404, documentOf(entryOf("NOT_FOUND", "T", "Report is not available yet. Daily reports are available by 8 am.")), "not found, not yet"},
		"a report that is not there any more":    {410, documentOf(entryOf("GONE", "T", "Report is no longer available.")), "no longer, not found"},
		"a report that is not there yet, worded": {404, documentOf(entryOf("NOT_FOUND", "T", "The report you requested is not available yet. Try again later.")), "not found, not yet"},
	} {
		bubble(t, name, func(t *testing.T) {
			c, _ := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) { reply(w, tt.status, tt.body) })
			var err error
			if strings.Contains(tt.want, "no") && strings.Contains(tt.body, "eport") || strings.Contains(tt.body, "sales") {
				err = drained(c.SalesReport(t.Context(), aDay))
			} else {
				err = c.RemoveUser(WithClass(t.Context(), Work), "1")
			}
			if got := verdictsOf(err); got != tt.want {
				t.Errorf("it is [%s], want [%s]: %v", got, tt.want, err)
			}
			if again := verdictsOf(fmt.Errorf("wrapped: %w", err)); again != tt.want {
				t.Errorf("wrapped it is [%s]", again)
			}
		})
	}
	if got := verdictsOf(errors.New("x")) + verdictsOf(nil); got != "" {
		t.Errorf("an error from elsewhere is %s", got)
	}
}

func TestAllThatAppleSaysIsKept(t *testing.T) {
	const body = `{"errors":[{"id":"a1","status":"409","code":"STATE_ERROR.ENTITY_STATE_INVALID","title":"appStoreVersions with id '1' is not in valid state.",
		"detail":"This resource cannot be reviewed, please check associated errors to see why.","source":{"pointer":"/data/relationships/appStoreVersion"},
		"links":{"about":"https://x.example/about","associated":{"href":"https://x.example/a","meta":{"source":"s"}},"see":"/business"},
		"meta":{"associatedErrors":{"/v1/builds/9":[{"status":"409","code":"ENTITY_ERROR.ATTRIBUTE.REQUIRED","title":"T","detail":"usesNonExemptEncryption is missing"}],
		"/v1/apps/1":[{"status":"409","code":"STATE_ERROR.SCREENSHOT_REQUIRED.APP_IPHONE_67","title":"T"}]}}},
		{"status":409,"code":"SECOND","title":"Only a title","source":{"parameter":"filter[x]"}}]}`
	synctest.Test(t, func(t *testing.T) {
		c, _ := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) { reply(w, 409, body) })
		e, ok := refusal(c.RemoveUser(t.Context(), "1"))
		if !ok || len(e.Entries) != 2 {
			t.Fatalf("got %+v", e)
		}
		first, second := e.Entries[0], e.Entries[1]
		if first.ID != "a1" || first.Status != "409" || first.Pointer != "/data/relationships/appStoreVersion" || first.See != "/business" ||
			first.About != "https://x.example/about" || first.AssociatedLink != "https://x.example/a" || second.Status != "409" || second.Parameter != "filter[x]" {
			t.Errorf("got %+v", e.Entries)
		}
		for _, want := range []string{"DELETE /v1/users/1 (409)", "/v1/builds/9", "usesNonExemptEncryption is missing", "SCREENSHOT_REQUIRED", "Only a title [SECOND]"} {
			if !strings.Contains(e.Error(), want) {
				t.Errorf("%q does not say %q", e, want)
			}
		}
	})
}

// TestOddBodiesAreErrorsWithWords sends what is no list of errors.
func TestOddBodiesAreErrorsWithWords(t *testing.T) {
	page := "<!DOCTYPE html>\n<html><head><title>Service\n Unavailable &amp; more</title></head>" + strings.Repeat("<p>", 1000)
	for name, tt := range map[string]struct{ body, want string }{
		"HTML":              {page, "an HTML page, “Service Unavailable & more”"},
		"nothing":           {"", "an empty body"},
		"another JSON":      {`{"statusCode":"ERROR"}`, "statusCode"},
		"no errors":         {`{"errors":[]}`, "errors"},
		"a string":          {`"no"`, "no"},
		"entries as texts":  {`{"errors":["no"]}`, ""},
		"odd shapes inside": {`{"errors":[{"status":409,"code":["x"],"title":{"a":1},"detail":7,"source":"s","links":[],"meta":5}]}`, ""},
		"not text":          {"\xff\xfe\x00\x01\x80\x81", "no text"},
		"gigantic":          {`{"errors":[` + strings.Repeat(`{"code":"X"},`, 200_000), "more than 1024 KiB"},
		"thousands inside":  {`{"errors":[{"code":"X","meta":{"associatedErrors":{"/v1/a":[` + strings.TrimSuffix(strings.Repeat(`{"code":"Y"},`, 5000), ",") + `]}}}]}`, "(and more)"},
		"an echoed token":   {"<title>eyJhbGciOi.eyJpc3MiOi.c2ln</title>", "token"},
		"lines":             {"a\r\nb\u2028c\u202ed", "“a b c d”"},
	} {
		bubble(t, name, func(t *testing.T) {
			c, _ := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) { reply(w, 409, tt.body) })
			e, ok := refusal(c.RemoveUser(t.Context(), "1"))
			if !ok || e.Status != 409 {
				t.Fatalf("got %v", e)
			}
			text := e.Error()
			if !strings.Contains(text, tt.want) || len(text) > 1000 || strings.ContainsAny(text, "\r\n\u202e") || strings.Contains(text, "eyJ") {
				t.Errorf("it says %q, want %q", text, tt.want)
			}
		})
	}
	bubble(t, "cut off", func(t *testing.T) {
		c, _ := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			raw(w, "HTTP/1.1 403 Forbidden\r\nContent-Length: 900\r\n\r\n{\"errors\":[{\"code\"")
		})
		if err := c.RemoveUser(t.Context(), "1"); !strings.Contains(err.Error(), "cut off") {
			t.Errorf("it says %q", err)
		}
	})
}

// TestListsEndInOneError breaks a list on its second page in every way.
func TestListsEndInOneError(t *testing.T) {
	page := func(next string) string {
		return `{"data":[{"type":"users","id":"1"},{"type":"users","id":"2","attributes":{"username":"x","roles":["A_NEW_ROLE"],"new":{}}}],"links":{"next":` + next + `}}`
	}
	for name, tt := range map[string]struct{ next, second, want string }{
		"another host":   {`"http://evil.example/v1/users?cursor=2"`, "", "another place"},
		"another scheme": {`"https://127.0.0.1/v1/users?cursor=2"`, "", "another place"},
		"with a user":    {`"http://a:b@127.0.0.1/v1/users?cursor=2"`, "", "another place"},
		"no address":     {`"http://[::1"`, "", "cannot be read"},
		"a circle":       {`"http://127.0.0.1/v1/users?cursor=2"`, page(`"http://127.0.0.1/v1/users?cursor=2"`), "lead back"},
		"HTML":           {`"/v1/users?cursor=2"`, "<html><title>Login", "an HTML page"},
		"not a list":     {`"/v1/users?cursor=2"`, `{"data":{"type":"users","id":"1"}}`, "not a list"},
		"no data":        {`"/v1/users?cursor=2"`, `{}`, "without data"},
		"no id":          {`"/v1/users?cursor=2"`, `{"data":[{"type":"users"}]}`, "no id"},
		"another shape":  {`"/v1/users?cursor=2"`, `{"data":[{"type":"users","id":"1","attributes":{"roles":1}}]}`, "cannot be read"},
		"a fine end":     {`{"href":"/v1/users?cursor=2"}`, `{"data":[],"links":{"next":null}}`, ""},
	} {
		bubble(t, name, func(t *testing.T) {
			c, s := start(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.URL.Query().Has("cursor") {
					reply(w, 200, tt.second)
					return
				}
				reply(w, 200, page(tt.next))
			})
			got, err := everyone(c.Users(t.Context(), UserFilter{}))
			if len(got) < 2 || got[1].Roles[0] != "A_NEW_ROLE" || (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v and %v", got, err)
			}
			if err != nil && !is[*NoAnswerError](err) {
				t.Errorf("got a %T", err)
			}
			for _, call := range s.calls() {
				if strings.Contains(call.Path, "evil") || call.Query != "limit=200" && call.Query != "cursor=2" {
					t.Errorf("it asked for %+v", call)
				}
			}
		})
	}
}

func TestWhoeverBreaksEarlySavesRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			reply(w, 200, fmt.Sprintf(`{"data":[{"type":"users","id":"%d"}],"links":{"next":"/v1/users?cursor=%d"}}`, n, n))
		})
		seen := 0
		for _, err := range c.Users(t.Context(), UserFilter{}) {
			if err != nil {
				t.Fatal(err)
			}
			if seen++; seen == 3 {
				break
			}
		}
		s.want(3)
	})
}

// TestWhatMakesNoSenseIsNotSent makes calls that Apple would refuse, or worse,
// understand as something else.
func TestWhatMakesNoSenseIsNotSent(t *testing.T) {
	for name, call := range map[string]func(context.Context, *Client) error{
		"a blank id":           func(ctx context.Context, c *Client) error { return c.RemoveUser(ctx, "") },
		"an id that leads up":  func(ctx context.Context, c *Client) error { return c.RemoveUser(ctx, "..") },
		"a blank id in a list": func(ctx context.Context, c *Client) error { return second(everyone(c.GroupTesters(ctx, ""))) },
		"a blank id in a body": func(ctx context.Context, c *Client) error { return c.AddTestersToGroup(ctx, "1", "2", "") },
		"nobody to add":        func(ctx context.Context, c *Client) error { return c.AddTestersToGroup(ctx, "1") },
		"nothing to change":    func(ctx context.Context, c *Client) error { return second(c.UpdateUser(ctx, "1", UserChange{})) },
		"nothing about a group": func(ctx context.Context, c *Client) error {
			return second(c.UpdateBetaGroup(ctx, "1", BetaGroupChange{}))
		},
		"a link for too many":      func(ctx context.Context, c *Client) error { return second(c.OpenPublicLink(ctx, "1", 10_001)) },
		"a link for less than one": func(ctx context.Context, c *Client) error { return second(c.OpenPublicLink(ctx, "1", -1)) },
		"a group without an app": func(ctx context.Context, c *Client) error {
			return second(c.CreateBetaGroup(ctx, NewBetaGroup{Name: "x"}))
		},
		"a tester in both": func(ctx context.Context, c *Client) error {
			return second(c.CreateBetaTester(ctx, NewBetaTester{Email: "x", Groups: ids, Builds: ids}))
		},
		"no UDID": func(ctx context.Context, c *Client) error { return second(c.RegisterDevice(ctx, "x", "123", "IOS")) },
		"no CSR": func(ctx context.Context, c *Client) error {
			return second(c.CreateCertificate(ctx, "DISTRIBUTION", "x"))
		},
		"a store profile, devices": func(ctx context.Context, c *Client) error {
			return second(c.CreateProfile(ctx, NewProfile{Name: "x", Kind: "IOS_APP_STORE", BundleID: "1", Certificates: ids, Devices: ids}))
		},
		"an ad hoc profile, none": func(ctx context.Context, c *Client) error {
			return second(c.CreateProfile(ctx, NewProfile{Name: "x", Kind: "IOS_APP_ADHOC", BundleID: "1", Certificates: ids}))
		},
		"a blank filter": func(ctx context.Context, c *Client) error {
			return second(everyone(c.Apps(ctx, AppFilter{SKU: []string{" "}})))
		},
		"a comma in a filter": func(ctx context.Context, c *Client) error {
			return second(everyone(c.Apps(ctx, AppFilter{SKU: []string{"a,b"}})))
		},
		"a required filter": func(ctx context.Context, c *Client) error {
			return second(everyone(c.ReviewSubmissions(ctx, "", ReviewSubmissionFilter{})))
		},
		"scheduled for never": func(ctx context.Context, c *Client) error {
			return second(c.SetReleaseType(ctx, "1", ReleaseScheduled, time.Time{}))
		},
		"a date and not scheduled": func(ctx context.Context, c *Client) error {
			return second(c.SetReleaseType(ctx, "1", ReleaseManual, noon))
		},
		"a long response": func(ctx context.Context, c *Client) error {
			return second(c.Respond(ctx, "1", strings.Repeat("é", 5971)))
		},
		"a webhook without events": func(ctx context.Context, c *Client) error {
			return second(c.CreateWebhook(ctx, NewWebhook{AppID: "1", Name: "x", URL: "u", Secret: "s"}))
		},
		"no vendor number": func(ctx context.Context, c *Client) error {
			return drained(c.SalesReport(ctx, SalesQuery{Vendor: "x1", Day: "2026-11-22"}))
		},
		"no day": func(ctx context.Context, c *Client) error {
			return drained(c.SalesReport(ctx, SalesQuery{Vendor: "1", Day: "2026-11-31"}))
		},
		"a week that ends on Monday": func(ctx context.Context, c *Client) error {
			return drained(c.SalesReport(ctx, SalesQuery{Vendor: "1", Day: "2026-11-23", Frequency: "WEEKLY"}))
		},
		"a month with a day": func(ctx context.Context, c *Client) error {
			return drained(c.SalesReport(ctx, SalesQuery{Vendor: "1", Day: "2026-11-23", Frequency: "MONTHLY"}))
		},
		"hourly": func(ctx context.Context, c *Client) error {
			return drained(c.SalesReport(ctx, SalesQuery{Vendor: "1", Day: "2026-11-23", Frequency: "HOURLY"}))
		},
		"a finance report, no region": func(ctx context.Context, c *Client) error {
			return drained(c.FinancialReport(ctx, FinanceQuery{Vendor: "1", Period: "2026-01"}))
		},
		"a finance report of a day": func(ctx context.Context, c *Client) error {
			return drained(c.FinancialReport(ctx, FinanceQuery{Vendor: "1", Period: "2026-01-01", Region: "ZZ"}))
		},
		"a file over http":       func(ctx context.Context, c *Client) error { return second(c.Download(ctx, "http://files.example/x")) },
		"a file of this machine": func(ctx context.Context, c *Client) error { return second(c.Download(ctx, "file:///etc/passwd")) },
	} {
		bubble(t, name, func(t *testing.T) {
			c, s := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) { reply(w, 200, `{"data":[]}`) })
			if err := call(t.Context(), c); !is[*ArgumentError](err) {
				t.Errorf("got %v (%T)", err, err)
			}
			s.want(0)
		})
	}
	for id, want := range map[string]bool{"00008030-001a2b3c4d5e6f70": true, strings.Repeat("0aF", 13) + "1": true, "12345678-1234-1234-1234-123456789ABC": true,
		"00008030-001A2B3C4D5E6F7": false, strings.Repeat("g", 40): false, " 00008030-001A2B3C4D5E6F70": false, "": false} {
		if ValidUDID(id) != want {
			t.Errorf("%q is taken for a UDID or not: %v", id, !want)
		}
	}
}

func TestWhatIsNotThereIsNoError(t *testing.T) {
	for name, call := range map[string]func(context.Context, *Client) (bool, error){
		"a phased release": func(ctx context.Context, c *Client) (bool, error) {
			_, ok, err := c.PhasedRelease(ctx, "1")
			return ok, err
		},
		"a response": func(ctx context.Context, c *Client) (bool, error) {
			_, ok, err := c.ReviewResponse(ctx, "1")
			return ok, err
		},
		"a build": func(ctx context.Context, c *Client) (bool, error) {
			_, ok, err := c.VersionBuild(ctx, "1")
			return ok, err
		},
	} {
		bubble(t, name, func(t *testing.T) {
			c, _ := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				reply(w, 200, `{"data":null,"links":{"self":"x"}}`)
			})
			if ok, err := call(t.Context(), c); ok || err != nil {
				t.Errorf("got %v, %v", ok, err)
			}
		})
	}
	bubble(t, "but a user has to be there", func(t *testing.T) {
		c, _ := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) { reply(w, 200, `{"data":null}`) })
		if _, err := c.User(t.Context(), "1"); !is[*NoAnswerError](err) {
			t.Errorf("got %v", err)
		}
	})
}

func TestASecretDoesNotPrintItself(t *testing.T) {
	in := NewWebhook{Name: "x", Secret: "canary-7f31"}
	if text := fmt.Sprintf("%v %+v %#v %s", in, in, in, in.Secret); strings.Contains(text, "canary") {
		t.Error(text)
	}
}
