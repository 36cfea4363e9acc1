package page

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

func TestAppleCallsOnTheWire(t *testing.T) {
	for _, c := range []struct {
		call apple.Call
		bad  string
	}{
		{apple.Call{Status: 200}, ""},
		{apple.Call{Status: 409}, "409"},
		{apple.Call{Status: 0}, "no answer"},
		{apple.Call{Status: 429, Fault: apple.Refuse}, "trouble: refuse"},
	} {
		if got := appleLine(c.call, appleSource, ""); got.Bad != c.bad {
			t.Errorf("%+v is called %q, want %q", c.call, got.Bad, c.bad)
		}
	}
}

func TestSlacksRefusalsOnTheWireSayWhereAndWhy(t *testing.T) {
	l := slackLine(slack.Entry{Seq: 7, Kind: slack.KindAPI, Method: "chat.postMessage", Error: "invalid_blocks", Why: []string{"must be shorter [json-pointer:/blocks/0/text]"}})
	if l.Bad != "invalid_blocks" || len(l.Why) != 1 || !strings.Contains(l.Why[0], "/blocks/0/text") {
		t.Errorf("got %+v", l)
	}
}

func TestTheWireTellsWhatHappenedAndUnfolds(t *testing.T) {
	p := newPage(t, Options{})
	post(p, "/sandbox/say", `{"user":"U0ANA","channel":"C0IOS","text":"good morning"}`)
	got := decode[struct {
		Lines  []Line
		Cursor string
	}](t, get(p, "/sandbox/wire"))
	if len(got.Lines) == 0 {
		t.Fatal("nothing on the wire after a message")
	}
	var said *Line
	for i, l := range got.Lines {
		if l.Kind == slack.KindMessage && strings.Contains(l.What, "good morning") {
			said = &got.Lines[i]
		}
	}
	if said == nil {
		t.Fatalf("the message is not among %+v", got.Lines)
	}
	if w := get(p, "/sandbox/wire/slack/"+itoa(said.N)); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "good morning") {
		t.Errorf("unfolding it gave %d %s", w.Code, w.Body)
	}
	for _, none := range []string{"slack/999999", "apple/1", "orchard/1", "slack/x", "slack/-7", "moon/1"} {
		if w := get(p, "/sandbox/wire/"+none); w.Code != http.StatusNotFound {
			t.Errorf("unfolding %s gave %d", none, w.Code)
		}
	}
	rest, end := p.since(parseCursor(got.Cursor))
	if len(rest) != 0 || end.String() != got.Cursor {
		t.Errorf("after %s there is more: %v, up to %s", got.Cursor, rest, end)
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestCursors(t *testing.T) {
	for text, want := range map[string]cursor{"3.14": {slack: 3, apple: 14}, "": {}, "x.y.z": {}, "7": {slack: 7}, "-3.-4.-5.-6": {}, "1.2.3.4": {1, 2, 3, 4}} {
		if got := parseCursor(text); got != want {
			t.Errorf("%q is read as %v", text, got)
		}
	}
	if c := (cursor{12, 5, 99, 7}); parseCursor(c.String()) != c {
		t.Errorf("%v does not come back from %q", c, c)
	}
}

func TestTroubles(t *testing.T) {
	p := newPage(t, Options{})
	on := func() (ids []string) {
		for _, one := range p.troubles.list() {
			if one.On {
				ids = append(ids, one.ID)
			}
		}
		return ids
	}
	set := func(id string, to bool) {
		t.Helper()
		body, _ := json.Marshal(switching{id, to})
		decode[[]Trouble](t, post(p, "/sandbox/trouble", string(body)))
	}
	set("apple-down", true)
	set("apple-down", true)
	if status := callApple(p, http.MethodGet, "/v1/apps"); status != http.StatusServiceUnavailable {
		t.Errorf("with Apple out of order a call got %d", status)
	}
	set("apple-down", false)
	if status := callApple(p, http.MethodGet, "/v1/apps"); status == http.StatusServiceUnavailable {
		t.Error("it stays out of order after being switched off, or was made twice")
	}
	set("apple-cut", true)
	if got := strings.Join(on(), " "); got != "apple-cut" {
		t.Errorf("on are %q", got)
	}
	callApple(p, http.MethodGet, "/v1/apps")
	if got := strings.Join(on(), " "); got != "apple-cut" {
		t.Errorf("a read used up what was meant for a change: on are %q", got)
	}
	callApple(p, http.MethodPost, "/v1/userInvitations")
	if got := on(); len(got) != 0 {
		t.Errorf("what was to happen once is still on after it did: %q", got)
	}
	set("slack-cut", true)
	if got := on(); len(got) != 0 {
		t.Errorf("what happens at once stays on: %q", got)
	}
}

// callApple calls the stand-in without a token and returns the status, 0 when
// the connection was cut.
func callApple(p *Page, method, path string) (status int) {
	defer func() {
		if cut := recover(); cut != nil && cut != http.ErrAbortHandler {
			panic(cut)
		}
	}()
	w := newRecorder()
	r, _ := http.NewRequest(method, "http://127.0.0.1:8080"+path, strings.NewReader("{}"))
	p.Apple.ServeHTTP(w, r)
	return w.status
}

// recorder is an answer whose connection can be cut by panicking, as net/http's can.
type recorder struct {
	header http.Header
	status int
}

func newRecorder() *recorder                         { return &recorder{header: http.Header{}} }
func (r *recorder) Header() http.Header              { return r.header }
func (r *recorder) Write(b []byte) (int, error)      { r.WriteHeader(http.StatusOK); return len(b), nil }
func (r *recorder) SetWriteDeadline(time.Time) error { return nil }
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// With two teams the calls at both are on the wire, each with its team's name, and unfold.
func TestTheWireShowsBothTeams(t *testing.T) {
	orchard, err := apple.New(apple.Options{Orchard: true})
	if err != nil {
		t.Fatal(err)
	}
	p := newPage(t, Options{Orchard: orchard})
	callApple(p, http.MethodGet, "/v1/apps")
	r, _ := http.NewRequest(http.MethodPost, "http://127.0.0.1/v1/betaGroups", strings.NewReader(`{"data":{}}`))
	orchard.ServeHTTP(newRecorder(), r)
	got := decode[struct {
		Lines  []Line
		Cursor string
	}](t, get(p, "/sandbox/wire"))
	seen := map[string]string{}
	for _, l := range got.Lines {
		if l.Kind == "apple" {
			seen[l.Source] = l.Team + " " + l.Name
		}
	}
	if seen["apple"] != "Meadow Labs GET /v1/apps" || seen["orchard"] != "Orchard POST /v1/betaGroups" || len(seen) != 2 {
		t.Errorf("on the wire are %q", seen)
	}
	if w := get(p, "/sandbox/wire/orchard/1"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "betaGroups") {
		t.Errorf("unfolding it gave %d %s", w.Code, w.Body)
	}
	if rest, _ := p.since(parseCursor(got.Cursor)); len(rest) != 0 {
		t.Errorf("after %s there is more: %v", got.Cursor, rest)
	}
}

// Trouble at App Store Connect is trouble for every team, and what happens once happens once.
func TestTroublesMeetBothTeams(t *testing.T) {
	orchard, err := apple.New(apple.Options{Orchard: true})
	if err != nil {
		t.Fatal(err)
	}
	p := newPage(t, Options{Orchard: orchard})
	call := func(method string) int {
		w := newRecorder()
		r, _ := http.NewRequest(method, "http://127.0.0.1/v1/apps", strings.NewReader("{}"))
		orchard.ServeHTTP(w, r)
		return w.status
	}
	for _, body := range []string{`{"id":"apple-down","on":true}`, `{"id":"apple-down","on":false}`} {
		decode[[]Trouble](t, post(p, "/sandbox/trouble", body))
		if down := strings.Contains(body, "true"); down != (call(http.MethodGet) == http.StatusServiceUnavailable) || down != (callApple(p, http.MethodGet, "/v1/apps") == http.StatusServiceUnavailable) {
			t.Errorf("after %s one of the teams is not as it should be", body)
		}
	}
	decode[[]Trouble](t, post(p, "/sandbox/trouble", `{"id":"apple-conflict","on":true}`))
	if got := call(http.MethodPost); got != http.StatusConflict {
		t.Errorf("the next change got %d", got)
	}
	if got := callApple(p, http.MethodPost, "/v1/userInvitations"); got == http.StatusConflict {
		t.Error("it happens to the other team as well")
	}
	got := decode[[]Aimed](t, post(p, "/sandbox/trouble/at", `{"choice":"`+choices[0].ID+`","method":"GET","path":"/v1/apps","times":1}`))
	if len(got) != 1 || got[0].Left != 1 {
		t.Fatalf("aimed is %+v", got)
	}
	call(http.MethodGet)
	if left := p.troubles.aimedNow(); len(left) != 0 {
		t.Errorf("used up, and yet %+v", left)
	}
}
