package page

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// still is a clock that moves only when told to.
type still struct{ now, began time.Time }

func (c *still) Now() time.Time                      { return c.now }
func (c *still) Offset() time.Duration               { return c.now.Sub(c.began) }
func (c *still) Move(d time.Duration) error          { c.now = c.now.Add(d); return nil }
func (c *still) MoveTo(t time.Time) error            { c.now = t.UTC(); return nil }
func (c *still) Watch(func(time.Time)) (stop func()) { return func() {} }

// noon is a quiet moment: noon of a Tuesday in California.
var noon = time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)

func newPage(t *testing.T, o Options) *Page {
	t.Helper()
	clock := &still{noon, noon}
	at, err := apple.New(apple.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	o.Slack, o.Apple, o.Clock = slack.New(slack.Options{Now: clock.Now}), at, clock
	p := New(o)
	t.Cleanup(func() {
		p.Close()
		o.Slack.Close()
	})
	return p
}

// get asks the page as its own script does.
func get(p *Page, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+path, nil)
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

// post acts as the page's own script does.
func post(p *Page, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+path, strings.NewReader(body))
	r.Header.Set(tokenHeader, p.token)
	r.Header.Set("Origin", "http://127.0.0.1:8080")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

// decode reads an answer that has to be a good one.
func decode[T any](t *testing.T, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return v
}

// logOf is a log of these records.
func logOf(words ...string) func(after int64) []Record {
	return func(after int64) (all []Record) {
		for i, what := range words[min(int(after), len(words)):] {
			all = append(all, Record{N: after + int64(i) + 1, At: noon, Kind: "noted", What: what})
		}
		return all
	}
}

func TestIndexCarriesTheTokenAndTheLogOnlyWhenThereIsOne(t *testing.T) {
	p := newPage(t, Options{})
	body := get(p, "/").Body.String()
	if !strings.Contains(body, `content="`+p.token+`"`) || len(p.token) < 20 {
		t.Errorf("the page does not carry its token:\n%s", body)
	}
	if !strings.Contains(body, "Sandbox") || !strings.Contains(body, "Nothing here is real") {
		t.Error("the page does not say that it is a sandbox")
	}
	if strings.Contains(body, "data-log") {
		t.Error("there is a panel for a log nobody keeps")
	}
	with := newPage(t, Options{Log: logOf("one", "two")})
	if !strings.Contains(get(with, "/").Body.String(), "data-log") {
		t.Error("the panel of the log is missing")
	}
	if got := decode[[]Record](t, get(with, "/sandbox/log")); len(got) != 2 || got[1].What != "two" {
		t.Errorf("the log is %+v", got)
	}
	if with.token == p.token {
		t.Error("two pages share a token")
	}
}

func TestStateIsThatOfOnePerson(t *testing.T) {
	p := newPage(t, Options{})
	for as, want := range map[string]string{"": "U0ANA", "U0CY": "U0CY"} {
		got := decode[state](t, get(p, "/sandbox/state?as="+as))
		if got.User.ID != want {
			t.Errorf("acting as %q shows %q", as, got.User.ID)
		}
		if len(got.Channels) == 0 || len(got.Everybody) < 9 || len(got.Troubles) != len(offered) || len(got.Hints) == 0 {
			t.Errorf("acting as %q misses channels, people, troubles or hints", as)
		}
		if !got.Clock.Now.Equal(noon) || got.Clock.Zone != Zone {
			t.Errorf("the clock is %+v", got.Clock)
		}
	}
	if w := get(p, "/sandbox/state?as=U0NOBODY"); w.Code != http.StatusNotFound {
		t.Errorf("acting as nobody gave %d", w.Code)
	}
}

func TestWhatIsSaidIsSeenByOthersInTheChannel(t *testing.T) {
	p := newPage(t, Options{})
	ts := decode[said](t, post(p, "/sandbox/say", `{"user":"U0ANA","channel":"C0IOS","text":"good morning"}`)).TS
	decode[said](t, post(p, "/sandbox/say", `{"user":"U0BEN","channel":"C0IOS","thread":"`+ts+`","text":"to you too"}`))
	var texts []string
	for _, c := range decode[state](t, get(p, "/sandbox/state?as=U0BEN")).Channels {
		for _, m := range c.Messages {
			if m.TS == ts || m.ThreadTS == ts && m.TS != ts {
				texts = append(texts, c.ID+": "+m.Text)
			}
		}
	}
	if got := strings.Join(texts, " | "); got != "C0IOS: good morning | C0IOS: to you too" {
		t.Errorf("Ben sees %q", got)
	}
	for _, c := range decode[state](t, get(p, "/sandbox/state?as=U0HAL")).Channels {
		if c.ID == "C0IOS" {
			t.Error("Hal, who is not in #ios, sees it")
		}
	}
}

func TestAnswersToWhatCannotBeDone(t *testing.T) {
	p := newPage(t, Options{})
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/sandbox/say", `{"user":`, http.StatusBadRequest},
		{"/sandbox/say", `{"text":"` + strings.Repeat("x", largest) + `"}`, http.StatusBadRequest},
		{"/sandbox/say", `{"user":"U0ANA","channel":"C0OLD","text":"hello?"}`, http.StatusUnprocessableEntity},
		{"/sandbox/clock", `{}`, http.StatusUnprocessableEntity},
		{"/sandbox/trouble", `{"id":"no-such","on":true}`, http.StatusUnprocessableEntity},
		{"/sandbox/suggest", `{"user":"U0ANA","view":"V0NONE"}`, http.StatusUnprocessableEntity},
		{"/sandbox/attach", `{"user":"U0ANA","name":"a.csv","data":""}`, http.StatusUnprocessableEntity},
		{"/sandbox/nothing", `{}`, http.StatusNotFound},
	} {
		w := post(p, c.path, c.body)
		if w.Code != c.status {
			t.Errorf("%s %.60s gave %d, want %d: %s", c.path, c.body, w.Code, c.status, w.Body)
		}
		if w.Code == http.StatusUnprocessableEntity {
			var why refusal
			if json.Unmarshal(w.Body.Bytes(), &why); why.Error == "" {
				t.Errorf("%s refuses without a word: %s", c.path, w.Body)
			}
		}
	}
}

func TestCommandWithoutAnAppFailsAsInSlack(t *testing.T) {
	p := newPage(t, Options{})
	got := decode[slack.Reply](t, post(p, "/sandbox/command", `{"user":"U0ANA","channel":"C0IOS","text":"/asc help"}`))
	if got.Code != "dispatch_failed" || !strings.Contains(got.Error, `"dispatch_failed"`) {
		t.Errorf("got %+v", got)
	}
}

func TestMovingTheClock(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{`{"minutes":60}`, "2026-11-24T21:00:00Z"},
		{`{"morning":true}`, "2026-11-25T17:00:00Z"}, // 9:00 in California
		{`{"to":"2027-01-02T03:04:05Z"}`, "2027-01-02T03:04:05Z"},
	} {
		p := newPage(t, Options{})
		got := decode[clockState](t, post(p, "/sandbox/clock", c.body))
		if s := got.Now.Format(time.RFC3339); s != c.want || got.Offset != got.Now.Sub(noon).Seconds() {
			t.Errorf("%s moved the clock to %s (offset %v), want %s", c.body, s, got.Offset, c.want)
		}
	}
}

func TestMorningIsNineOnTheClockInCalifornia(t *testing.T) {
	for now, want := range map[string]string{
		"2026-11-24T20:00:00Z": "2026-11-25T17:00:00Z",
		"2026-11-25T07:30:00Z": "2026-11-25T17:00:00Z", // still the 24th there
		"2026-10-31T20:00:00Z": "2026-11-01T17:00:00Z", // the clocks go back in the night
		"2027-03-13T20:00:00Z": "2027-03-14T16:00:00Z", // and forward
		"2026-12-31T20:00:00Z": "2027-01-01T17:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := morning(at)
		if err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("the morning after %s is %s (%v), want %s", now, got.UTC(), err, want)
		}
	}
}

// Whatever trouble the stand-ins can make, the page offers.
func TestThePageOffersEveryTrouble(t *testing.T) {
	for _, kind := range slack.FaultKinds {
		if !slices.ContainsFunc(offered, func(one Trouble) bool { return one.slack != nil && one.slack.Kind == kind }) {
			t.Errorf("nobody can make the trouble %q", kind)
		}
	}
	for _, kind := range apple.Kinds {
		if !slices.ContainsFunc(offered, func(one Trouble) bool {
			return slices.ContainsFunc(one.apple, func(f apple.Fault) bool { return f.Kind == kind })
		}) {
			t.Errorf("nobody can make the trouble %q", kind)
		}
	}
	seen := map[string]bool{}
	for _, one := range offered {
		if seen[one.ID] || one.Title == "" || one.About == "" {
			t.Errorf("%+v has no words, or another has its id", one)
		}
		seen[one.ID] = true
	}
}
