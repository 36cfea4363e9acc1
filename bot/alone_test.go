package bot

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/store"
)

// Answers go to Slack and nowhere else, whatever a response URL says.
func TestAResponseURLLeadsToSlack(t *testing.T) {
	for _, c := range []struct {
		api, to string
		ours    bool
	}{
		{slack.APIURL, "https://hooks.slack.com/commands/T0/1/x", true},
		{slack.APIURL, "https://slack.com/x", true},
		{slack.APIURL, "http://hooks.slack.com/commands/T0/1/x", false},
		{slack.APIURL, "https://hooks.slack.com.evil.example/x", false},
		{slack.APIURL, "https://evilslack.com/x", false},
		{slack.APIURL, "https://hooks.slack.com@evil.example/x", false},
		{slack.APIURL, "https://evil.example/hooks.slack.com", false},
		{slack.APIURL, "https://evil.example#.slack.com", false},
		{slack.APIURL, "file:///etc/passwd", false},
		{slack.APIURL, "//hooks.slack.com/x", false},
		{slack.APIURL, "https://hooks.slack.com:8443/x", false},
		{slack.APIURL, ":", false},
		{"http://127.0.0.1:8080/slack/api/", "http://127.0.0.1:8080/commands/T0/1/x", true},
		{"http://127.0.0.1:8080/slack/api/", "http://127.0.0.1:8081/commands/T0/1/x", false},
		{"http://127.0.0.1:8080/slack/api/", "https://127.0.0.1:8080/commands/T0/1/x", false},
	} {
		b := &Bot{Slack: Slack{APIURL: c.api}}
		if b.ours(c.to) != c.ours {
			t.Errorf("%q, with Slack at %s: ours is %t", c.to, c.api, !c.ours)
		}
		sent := false
		b.client = &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
			sent = true
			return answered(http.StatusOK, "ok"), nil
		})}
		if err := b.respond(context.Background(), c.to, Say("Hello"), false); sent != c.ours || (err == nil) != c.ours {
			t.Errorf("%q, with Slack at %s: sent is %t, %v", c.to, c.api, sent, err)
		}
	}
}

// The token goes to Slack and is not carried on to where Slack, or somebody in its
// place, redirects to.
func TestTheTokenFollowsNoRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s arrived elsewhere, with %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		asked := 0
		here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, status)
		}))
		b := &Bot{Slack: Slack{APIURL: here.URL + "/api/", BotToken: "xoxb-secret"}}
		b.prepare()
		if _, err := b.web.AuthTest(); err == nil || asked == 0 {
			t.Errorf("%d: Slack was asked %d times and a redirect was taken for an answer: %v", status, asked, err)
		}
		if err := b.respond(context.Background(), here.URL+"/commands/x", Say("Hello"), false); err == nil {
			t.Errorf("%d: a redirect was taken for an answer", status)
		}
		b.client.CloseIdleConnections()
		here.Close()
	}
}

// A message that carries a key of the bot's is the bot's only when the bot has
// sent it: any app can write metadata.
func TestAPostOfSomebodyElseIsNotAdopted(t *testing.T) {
	const history = `{"ok":true,"messages":[
		{"type":"message","user":"U0MALLORY","ts":"3.3","metadata":{"event_type":"ascbot_post","event_payload":{"key":"card/1/1"}}},
		{"type":"message","user":"U0ASCBOT","ts":"2.2","metadata":{"event_type":"other_post","event_payload":{"key":"card/1/1"}}},
		{"type":"message","user":"U0ASCBOT","ts":"1.1","metadata":{"event_type":"ascbot_post","event_payload":{"key":"card/1/2"}}}]}`
	b := &Bot{home: identity{User: "U0ASCBOT"}}
	b.web = slack.New("xoxb-secret", slack.OptionHTTPClient(&http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
		return answered(http.StatusOK, history), nil
	})}))
	if place, found, err := b.lookFor(t.Context(), "card/1/1", store.Place{Channel: "C0APPROVE"}, time.Now()); found || err != nil {
		t.Errorf("a foreign message was taken for the bot's own: %+v, %v", place, err)
	}
	if place, found, err := b.lookFor(t.Context(), "card/1/2", store.Place{Channel: "C0APPROVE"}, time.Now()); !found || place.TS != "1.1" || err != nil {
		t.Errorf("the bot's own message was not found: %+v %t, %v", place, found, err)
	}
}

// transport stands in for the network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answered(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

// Whoever waits for Slack hears that Slack does not answer, whatever came instead of an answer.
func TestWhatComesInsteadOfAnAnswerOfSlackHasWords(t *testing.T) {
	for _, said := range []*http.Response{
		answered(500, "<html>"), answered(200, "<html>"), answered(200, ""), answered(200, `{"ok":`), answered(429, "{}"), answered(307, ""),
	} {
		b := &Bot{Slack: Slack{APIURL: "http://127.0.0.1/api/"}}
		b.prepare()
		b.posting = slack.New("xoxb-1", slack.OptionAPIURL(b.Slack.APIURL), slack.OptionHTTPClient(&http.Client{Transport: transport(func(*http.Request) (*http.Response, error) { return said, nil })}))
		_, err := b.posting.AuthTest()
		if got := words(err); got.What != "Slack does not answer me just now." {
			t.Errorf("%d %q: %v is told as %q", said.StatusCode, said.Status, err, got.What)
		}
	}
}
