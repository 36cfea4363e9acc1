package apple

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// bo is a change that shows whether it happened.
var bo = invitation("bo@example.com", []string{"DEVELOPER"}, nil)

func (c *caller) invited() bool {
	return slices.ContainsFunc(c.s.Resources("userInvitations"), func(r Resource) bool { return r.Attributes["email"] == "bo@example.com" })
}

// over asks by a real connection, which can be cut.
func (c *caller) over(srv *httptest.Server, method, path string, body any) (*http.Response, []byte, error) {
	c.t.Helper()
	text, _ := json.Marshal(body)
	r, err := http.NewRequest(method, srv.URL+path, bytes.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header = c.request(method, path, body).Header
	a, err := http.DefaultTransport.RoundTrip(r) // which follows no redirect
	if err != nil {
		return nil, nil, err
	}
	defer a.Body.Close()
	text, err = io.ReadAll(a.Body)
	return a, text, err
}

func TestAnswersThatAreErrors(t *testing.T) {
	for _, tt := range []struct {
		fault        Fault
		status       int
		code         string // "": the body is not Apple's
		happened     bool
		retry, place string
	}{
		{Fault{Kind: Refuse}, 500, "UNEXPECTED_ERROR", false, "", ""},
		{Fault{Kind: Refuse, Status: 401}, 401, "NOT_AUTHORIZED", false, "", ""},
		{Fault{Kind: Refuse, Status: 403}, 403, "FORBIDDEN_ERROR", false, "", ""},
		{Fault{Kind: Refuse, Status: 409}, 409, "STATE_ERROR", false, "", ""},
		{Fault{Kind: Refuse, Status: 422}, 422, "ENTITY_UNPROCESSABLE", false, "", ""},
		{Fault{Kind: Refuse, Status: 429, RetryAfter: 90 * time.Second}, 429, "RATE_LIMIT_EXCEEDED", false, "90", ""},
		{Fault{Kind: Refuse, Status: 429}, 429, "RATE_LIMIT_EXCEEDED", false, "", ""},
		{Fault{Kind: Refuse, Status: 502}, 502, "", false, "", ""},
		{Fault{Kind: Refuse, Status: 503, RetryAfter: time.Second}, 503, "", false, "1", ""},
		{Fault{Kind: RefuseAfter}, 500, "UNEXPECTED_ERROR", true, "", ""},
		{Fault{Kind: RefuseAfter, Status: 504}, 504, "", true, "", ""},
		{Fault{Kind: AgreementMissing}, 403, "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED", false, "", ""},
		{Fault{Kind: Unauthorized}, 401, "NOT_AUTHORIZED", false, "", ""},
		{Fault{Kind: Redirect, Location: "https://evil.example/v1/userInvitations"}, 307, "", false, "", "https://evil.example/v1/userInvitations"},
		{Fault{Kind: Redirect}, 307, "", false, "", "https://elsewhere.example/v1/userInvitations"},
		{Fault{Kind: Deferred, Delay: time.Minute}, 202, "", false, "", ""},
	} {
		c := newCaller(t, Options{})
		tt.fault.Times = 1
		c.s.Inject(tt.fault)
		w := c.send(c.request("POST", "/v1/userInvitations", bo))
		d := c.read(w)
		switch {
		case w.Code != tt.status, tt.code != "" && (len(d.Errors) != 1 || d.Errors[0].Code != tt.code), tt.code == "" && len(d.Errors) > 0:
			t.Errorf("%s %d: %d %s", tt.fault.Kind, tt.fault.Status, w.Code, w.Body)
		case c.invited() != tt.happened:
			t.Errorf("%s %d: the invitation is there: %v", tt.fault.Kind, tt.fault.Status, c.invited())
		case w.Header().Get("Retry-After") != tt.retry, w.Header().Get("Location") != tt.place:
			t.Errorf("%s %d: %v", tt.fault.Kind, tt.fault.Status, w.Header())
		}
		if w.Code > 500 && !strings.Contains(w.Body.String(), "<html>") {
			t.Errorf("%d is the words of something in front of Apple: %s", w.Code, w.Body)
		}
		c.ask("GET", "/v1/apps", nil) // it is used up
	}
}

func TestTheAgreementSaysWhereToLook(t *testing.T) {
	c := newCaller(t, Options{})
	c.s.Inject(Fault{Kind: AgreementMissing})
	d := c.read(c.send(c.request("GET", "/v1/apps", nil)))
	if d.Errors[0].Links["see"] != "/agreements" || d.Errors[0].Title != "A required agreement is missing or has expired." {
		t.Errorf("%+v", d.Errors[0])
	}
}

func TestConnectionsThatAreCut(t *testing.T) {
	for _, tt := range []struct {
		kind     Kind
		happened bool
	}{{LoseAnswer, true}, {CutBefore, false}} {
		c := newCaller(t, Options{})
		srv := httptest.NewServer(c.s)
		c.s.Inject(Fault{Kind: tt.kind, Method: "POST", Times: 1})
		a, _, err := c.over(srv, "POST", "/v1/userInvitations", bo)
		if err == nil || c.invited() != tt.happened {
			t.Errorf("%s: %v %v, invited %v", tt.kind, a, err, c.invited())
		}
		if calls := c.s.Calls(0); calls[0].Status != 0 || calls[0].Fault != tt.kind {
			t.Errorf("%+v", calls)
		}
		srv.Close()
	}
	c := newCaller(t, Options{})
	srv := httptest.NewServer(c.s)
	defer srv.Close()
	c.s.Inject(Fault{Kind: HalfBody, Times: 1})
	a, text, err := c.over(srv, "POST", "/v1/userInvitations", bo)
	if a == nil || a.StatusCode != 201 || !errors.Is(err, io.ErrUnexpectedEOF) || len(text) == 0 || int64(len(text)) >= a.ContentLength || !c.invited() {
		t.Errorf("%+v %d bytes %v", a, len(text), err)
	}
}

func TestSlowAnswersComeLate(t *testing.T) {
	c := newCaller(t, Options{})
	c.s.Inject(Fault{Kind: Slow, Delay: 40 * time.Millisecond, Times: 1})
	began := time.Now()
	c.ask("POST", "/v1/userInvitations", bo)
	if took := time.Since(began); took < 40*time.Millisecond {
		t.Errorf("after %s", took)
	}
	c.s.Inject(Fault{Kind: Slow, Delay: time.Hour, Times: 1})
	srv := httptest.NewServer(c.s)
	defer srv.Close()
	hurried := &http.Client{Timeout: 30 * time.Millisecond}
	if a, err := hurried.Get(srv.URL + "/v1/apps"); err == nil {
		t.Errorf("it did not wait: %v", a.Status)
	}
}

func TestReportsThatAreNotThere(t *testing.T) {
	c := newCaller(t, Options{})
	c.s.Inject(Fault{Kind: ReportMissing})
	c.ask("GET", "/v1/apps", nil) // which is no report
	p := c.says(404, "NOT_FOUND", "Report is not available yet.", "GET", salesOfYesterday, nil)
	if p.Source != nil {
		t.Errorf("%+v", p)
	}
}

func TestHardlyAnySales(t *testing.T) {
	c := newCaller(t, Options{})
	units := func() (n float64) {
		w := c.send(c.request("GET", salesOfYesterday, nil))
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatalf("status %d: %v", w.Code, err)
		}
		table, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(strings.TrimSpace(string(table)), "\n") {
			if i > 0 {
				sold, err := strconv.ParseFloat(strings.Split(line, "\t")[7], 64)
				if err != nil {
					t.Fatal(err)
				}
				n += sold
			}
		}
		return n
	}
	usual := units()
	cancel := c.s.Inject(Fault{Kind: FewSales})
	if few := units(); few > usual/3 || few < usual/4 {
		t.Errorf("%v units were sold, usually %v", few, usual)
	}
	cancel()
	if again := units(); again != usual {
		t.Errorf("afterwards there are %v units, not %v", again, usual)
	}
}

func TestReportsThatMoved(t *testing.T) {
	c := newCaller(t, Options{})
	cancel := c.s.Inject(Fault{Kind: ReportMoved})
	p := c.says(400, "PARAMETER_ERROR.INVALID", "Please include the version parameter. The latest version for this report is 1_9.", "GET", salesOfYesterday, nil)
	if p.Source["parameter"] != "filter[version]" {
		t.Errorf("%+v", p)
	}
	c.says(400, "PARAMETER_ERROR.INVALID", "is invalid. The latest version for this report is 1_9.", "GET", salesOfYesterday+"&filter[version]=1_1", nil)
	c.ask("GET", salesOfYesterday+"&filter[version]=1_9", nil)
	cancel()
	c.ask("GET", salesOfYesterday, nil)
}

func TestOneReadLagsBehind(t *testing.T) {
	c := newCaller(t, Options{})
	id := c.made("/v1/userInvitations", bo)
	c.s.Inject(Fault{Kind: Lagging, Method: "GET", Delay: 20 * time.Second})
	if c.item("/v1/userInvitations/"+id) != nil {
		t.Error("it is seen at once")
	}
	c.wait(20 * time.Second)
	if c.item("/v1/userInvitations/"+id) == nil {
		t.Error("it is not seen after the lag")
	}
}

// A clock that runs ahead refuses long tokens that begin now, as Apple did to
// callers whose own clock was behind.
func TestTheClockAhead(t *testing.T) {
	c := newCaller(t, Options{})
	c.s.Inject(Fault{Kind: ClockAhead, Delay: 5 * time.Minute})
	w := c.send(c.request("GET", "/v1/apps", nil))
	date, err := http.ParseTime(w.Header().Get("Date"))
	if err != nil || !date.Equal(c.now.Add(5*time.Minute)) || w.Code != 200 {
		t.Errorf("%d %v %v", w.Code, date, err)
	}
	late := newCaller(t, Options{})
	late.s.Inject(Fault{Kind: ClockAhead, Delay: 11 * time.Minute})
	late.says(401, "NOT_AUTHORIZED", "has not expired", "GET", "/v1/apps", nil)
}

func TestStatesNobodyHasHeardOf(t *testing.T) {
	c := newCaller(t, Options{})
	c.s.Inject(Fault{Kind: UnknownEnums, Times: 1})
	d := c.loose("/v1/builds?include=buildBetaDetail,preReleaseVersion")
	b := d.all(t)[0]
	if b.Attributes["processingState"] != "SOMETHING_NEW" {
		t.Errorf("%+v", b)
	}
	for _, r := range d.Included {
		for _, name := range []string{"externalBuildState", "platform"} {
			if v, ok := r.Attributes[name]; ok && v != "SOMETHING_NEW" {
				t.Errorf("%s %s is %v", r.Type, name, v)
			}
		}
	}
	if c.item("/v1/builds/" + b.ID).Attributes["processingState"] == "SOMETHING_NEW" {
		t.Error("it is in the team, not in the answer alone")
	}
}

// loose reads what is not as in Apple's document.
func (c *caller) loose(path string) doc {
	return c.read(c.send(c.request("GET", path, nil)))
}

// What is accepted with 202 happens later, if it is still possible then.
func TestDeferredChanges(t *testing.T) {
	c := newCaller(t, Options{})
	c.s.Inject(Fault{Kind: Deferred, Method: "POST", Delay: time.Minute, Times: 2})
	for range 2 {
		if w := c.send(c.request("POST", "/v1/userInvitations", bo)); w.Code != 202 || w.Body.Len() != 0 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if c.invited() {
		t.Error("it happened at once")
	}
	c.wait(time.Minute)
	if d := c.loose("/v1/userInvitations?filter[email]=bo@example.com"); len(d.all(t)) != 1 {
		t.Errorf("%s", d.Data)
	}
	// What a deferred change accepts in its turn happens too.
	lee := c.tester(haloID, "lee@friends.example")
	c.s.Inject(Fault{Kind: Deferred, Method: "DELETE", Delay: time.Minute, Times: 1})
	c.send(c.request("DELETE", "/v1/betaTesters/"+lee, nil))
	c.wait(time.Hour)
	if c.item("/v1/betaTesters/"+lee) != nil {
		t.Error("the removal was forgotten")
	}
}

// A fault hits the calls it names, as often as it says, the oldest first.
func TestWhomFaultsHit(t *testing.T) {
	c := newCaller(t, Options{})
	code := func(method, path string, body any) int {
		c.t.Helper()
		return c.send(c.request(method, path, body)).Code
	}
	c.s.Inject(Fault{Kind: Refuse, Method: "POST", PathPrefix: "/v1/userInvitations", Times: 1, Status: 409})
	cancel := c.s.Inject(Fault{Kind: Refuse, PathPrefix: "/v1/userInvitations", Status: 422})
	if got := code("GET", "/v1/users", nil); got != 200 {
		t.Errorf("another path: %d", got)
	}
	if got := code("GET", "/v1/userInvitations", nil); got != 422 {
		t.Errorf("another method: %d", got)
	}
	if got := code("POST", "/v1/userInvitations", bo); got != 409 {
		t.Errorf("the oldest first: %d", got)
	}
	if got := code("POST", "/v1/userInvitations", bo); got != 422 {
		t.Errorf("the next one then: %d", got)
	}
	cancel()
	if got := code("POST", "/v1/userInvitations", bo); got != 201 {
		t.Errorf("cancelled: %d", got)
	}
}

// Each kind has a test above; one that is added has to get its own.
func TestEveryKindOfTroubleIsTested(t *testing.T) {
	tested := []Kind{Refuse, RefuseAfter, LoseAnswer, CutBefore, HalfBody, Slow, AgreementMissing, Unauthorized, Redirect, ReportMissing, FewSales, Lagging, ReportMoved, ClockAhead, UnknownEnums, Deferred, OldRoles}
	for _, k := range Kinds {
		if !slices.Contains(tested, k) {
			t.Errorf("%s has no test", k)
		}
	}
}

// Trouble for some of the calls hits the same ones in every run, and another fault
// others.
func TestTroubleForAFew(t *testing.T) {
	hit := func(kinds int) (calls []int) {
		c := newCaller(t, Options{})
		for range kinds {
			c.s.Inject(Fault{Kind: Refuse, PathPrefix: "/v1/apps", Percent: 10})
		}
		for i := range 200 {
			if w := c.send(c.request("GET", "/v1/apps?limit=1", nil)); w.Code == 500 {
				calls = append(calls, i)
			}
		}
		return calls
	}
	one, again, two := hit(1), hit(1), hit(2)
	if !slices.Equal(one, again) || len(one) < 10 || len(one) > 35 {
		t.Errorf("of 200 calls %d were hit, then %d: %v, %v", len(one), len(again), one, again)
	}
	if len(two) < len(one)+5 {
		t.Errorf("two faults hit %d calls, one %d", len(two), len(one))
	}
}
