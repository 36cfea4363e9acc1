package page

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ascbot/ascbot/sandbox/slack"
)

func TestWhoWroteAMessageEditsAndDeletesIt(t *testing.T) {
	p := newPage(t, Options{})
	ts := decode[said](t, post(p, "/sandbox/say", `{"user":"U0ANA","channel":"C0IOS","text":"helo"}`)).TS
	texts := func() (all []string) {
		for _, c := range p.Slack.Snapshot("U0BEN").Channels {
			for _, m := range c.Messages {
				all = append(all, m.Text)
			}
		}
		return all
	}
	if w := post(p, "/sandbox/revise", `{"user":"U0BEN","channel":"C0IOS","ts":"`+ts+`","text":"mine"}`); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("somebody else's message was edited: %d", w.Code)
	}
	decode[nothing](t, post(p, "/sandbox/revise", `{"user":"U0ANA","channel":"C0IOS","ts":"`+ts+`","text":"hello"}`))
	if got := strings.Join(texts(), "|"); got != "hello" {
		t.Errorf("Ben reads %q", got)
	}
	decode[nothing](t, post(p, "/sandbox/retract", `{"user":"U0ANA","channel":"C0IOS","ts":"`+ts+`"}`))
	if got := texts(); len(got) != 0 {
		t.Errorf("Ben still reads %q", got)
	}
}

func TestShortcutsAreSentAsTheyAreChosen(t *testing.T) {
	p := newPage(t, Options{})
	ts := decode[said](t, post(p, "/sandbox/say", `{"user":"U0ANA","channel":"C0IOS","text":"kim@example.com"}`)).TS
	for body, want := range map[string]string{
		`{"user":"U0ANA","callback_id":"ask"}`:                                              "shortcut ask",
		`{"user":"U0ANA","callback_id":"testers","channel":"C0IOS","ts":"` + ts + `"}`:      "message shortcut testers",
		`{"user":"U0JON","callback_id":"ask"}`:                                              "",
		`{"user":"U0ANA","callback_id":"testers","channel":"C0IOS","ts":"1700000000.0001"}`: "",
	} {
		before := len(p.Slack.Journal(0))
		reply := decode[slack.Reply](t, post(p, "/sandbox/shortcut", body))
		var sent string
		for _, e := range p.Slack.Journal(before) {
			if e.Kind == slack.KindEnvelope || e.Kind == slack.KindError {
				sent = e.Text
			}
		}
		if want == "" && reply.Code != slack.NotAllowed || !strings.Contains(sent, want) {
			t.Errorf("%s gave %+v and sent %q, want %q", body, reply, sent, want)
		}
	}
}

func TestTroubleAimedAtSomeCalls(t *testing.T) {
	p := newPage(t, Options{})
	aimed := func(body string) []Aimed { t.Helper(); return decode[[]Aimed](t, post(p, "/sandbox/trouble/at", body)) }
	got := aimed(`{"choice":"apple-503","method":"POST","path":"/v1/userInvitations","times":2}`)
	if len(got) != 1 || got[0].Left != 2 || got[0].At != "POST /v1/userInvitations" {
		t.Fatalf("aimed are %+v", got)
	}
	for _, c := range []struct {
		method, path string
		hit          bool
	}{
		{http.MethodGet, "/v1/userInvitations", false},
		{http.MethodPost, "/v1/betaTesters", false},
		{http.MethodPost, "/v1/userInvitations", true},
		{http.MethodPost, "/v1/userInvitations", true},
		{http.MethodPost, "/v1/userInvitations", false},
	} {
		if hit := callApple(p, c.method, c.path) == http.StatusServiceUnavailable; hit != c.hit {
			t.Errorf("%s %s was hit: %v", c.method, c.path, hit)
		}
	}
	if left := p.troubles.aimedNow(); len(left) != 0 {
		t.Errorf("what is used up is still listed: %+v", left)
	}
	got = aimed(`{"choice":"slack-gone","path":"chat.update"}`)
	if len(got) != 1 || got[0].Left != -1 || len(p.Slack.Faults()) != 1 || p.Slack.Faults()[0].Method != "chat.update" {
		t.Fatalf("aimed are %+v, in force %+v", got, p.Slack.Faults())
	}
	if got = aimed(`{"off":"` + got[0].ID + `"}`); len(got) != 0 || len(p.Slack.Faults()) != 0 {
		t.Errorf("after taking it back: %+v, %+v", got, p.Slack.Faults())
	}
	for _, wrong := range []string{
		`{}`, `{"choice":"moon"}`, `{"choice":"apple-503","path":"users"}`, `{"choice":"slack-429","path":"chat.shout"}`,
		`{"choice":"slack-twice","path":"telegram"}`, `{"choice":"apple-503","times":-1}`, `{"choice":"apple-503","times":100000}`,
	} {
		if w := post(p, "/sandbox/trouble/at", wrong); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s gave %d", wrong, w.Code)
		}
	}
	offer := decode[targets](t, get(p, "/sandbox/targets"))
	if len(offer.Choices) != len(choices) || len(offer.Methods) < 20 || len(offer.Envelopes) != 3 || len(offer.Paths) < len(usualPaths) {
		t.Errorf("offered are %d choices, %d methods, %d envelopes, %d paths", len(offer.Choices), len(offer.Methods), len(offer.Envelopes), len(offer.Paths))
	}
}

// Every choice can be made and taken back.
func TestEveryChoiceOfTroubleCanBeAimed(t *testing.T) {
	p := newPage(t, Options{})
	for _, c := range choices {
		if err := p.troubles.aim(aiming{Choice: c.ID, Times: 1}); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
	if got := p.troubles.aimedNow(); len(got) != len(choices) {
		t.Fatalf("%d of %d are on", len(got), len(choices))
	}
	p.troubles.clear()
	if got := p.troubles.aimedNow(); len(got) != 0 || len(p.Slack.Faults()) != 0 {
		t.Errorf("after the end: %+v", got)
	}
}

func TestRecordsOfTheLogComeOnTheWire(t *testing.T) {
	p := newPage(t, Options{Log: logOf("one", "two")})
	lines, at := p.since(cursor{})
	var words []string
	for _, l := range lines {
		if l.Source == "log" {
			words = append(words, itoa(l.N)+" "+l.What)
		}
	}
	if got := strings.Join(words, ", "); got != "1 one, 2 two" || at.log != 2 {
		t.Errorf("on the wire are %q, up to %d", got, at.log)
	}
	if more, _ := p.since(at); len(more) != 0 {
		t.Errorf("they come again: %+v", more)
	}
	if got := decode[Record](t, get(p, "/sandbox/wire/log/2")); got.What != "two" {
		t.Errorf("unfolding gave %+v", got)
	}
	if w := get(p, "/sandbox/wire/log/3"); w.Code != http.StatusNotFound {
		t.Errorf("a record that is not there gave %d", w.Code)
	}
}

// A record that is written while nothing else happens comes by itself.
func TestTheStreamBringsRecordsThatAreWrittenInSilence(t *testing.T) {
	var written atomic.Int64
	p := newPage(t, Options{Log: func(after int64) []Record {
		if written.Load() <= after {
			return nil
		}
		return []Record{{N: after + 1, At: noon, Kind: "noted", What: "in silence"}}
	}})
	server := httptest.NewServer(p)
	defer server.Close()
	defer p.Close() // before the server, which waits for the stream
	res, err := http.Get(server.URL + "/sandbox/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	next := func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		return "the stream ended"
	}
	if first := next(); strings.Contains(first, "in silence") {
		t.Fatalf("it came before it was written: %s", first)
	}
	stuck := time.AfterFunc(beat/2, func() { res.Body.Close() }) // the next beat would bring it anyway
	defer stuck.Stop()
	written.Store(1)
	if got := next(); !strings.Contains(got, "in silence") {
		t.Errorf("got %s", got)
	}
}
