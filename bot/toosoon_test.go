package bot

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

// However Slack says that a call came too soon, its library hears status 429 with whole seconds; and no other
// answer is touched.
func TestTooSoonIsSaidInOneWay(t *testing.T) {
	date := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	const limited = `{"ok":false,"error":"ratelimited"}`
	for _, c := range []struct {
		status      int
		after, body string
		want        string // Retry-After; blank: the answer is left as it is
	}{
		{429, "30", limited, "30"},
		{429, " 7 ", limited, "7"},
		{429, "", "<html>", "5"},
		{429, "1.5", limited, "2"},
		{429, "0", limited, "1"},
		{429, "-3", limited, "5"},
		{429, "NaN", limited, "5"},
		{429, "1e300", limited, "5"},
		{429, date.Add(42 * time.Second).Format(http.TimeFormat), limited, "42"},
		{429, date.Add(-time.Hour).Format(http.TimeFormat), limited, "1"},
		{200, "9", `{"ok":false,"error":"rate_limited"}`, "9"},
		{200, "", limited, "5"},
		{200, "9", `{"ok":true,"message":{"text":"ratelimited"}}`, ""},
		{200, "", `{"ok":false,"error":"channel_not_found"}`, ""},
		{200, "", "", ""},
		{200, "", `{"error":"ratelimited","more":"` + strings.Repeat("x", 600) + `"}`, ""}, // longer than such an answer is
		{200, "", strings.Repeat("long ", 10_000), ""},
		{500, "9", limited, ""},
	} {
		said := answered(c.status, c.body)
		said.Header = http.Header{"Date": {date.Format(http.TimeFormat)}}
		if c.after != "" {
			said.Header.Set("Retry-After", c.after)
		}
		got, err := tooSoon{transport(func(*http.Request) (*http.Response, error) { return said, nil })}.RoundTrip(nil)
		if err != nil {
			t.Fatal(err)
		}
		status, after := c.status, c.after
		if c.want != "" {
			status, after = 429, c.want
		}
		body, err := io.ReadAll(got.Body)
		if got.StatusCode != status || got.Header.Get("Retry-After") != after || string(body) != c.body || err != nil {
			t.Errorf("%+v: %d, Retry-After %q, %d bytes, %v", c, got.StatusCode, got.Header.Get("Retry-After"), len(body), err)
		}
	}
}

// A message that Slack refuses with status 200 because it came too soon is posted a little later.
func TestAPostThatCameTooSoonIsMadeAgain(t *testing.T) {
	calls := 0
	b := &Bot{Slack: Slack{APIURL: "http://127.0.0.1/api/"}}
	b.prepare()
	b.posting = slack.New("xoxb-1", slack.OptionAPIURL(b.Slack.APIURL), slack.OptionHTTPClient(&http.Client{Transport: tooSoon{transport(func(*http.Request) (*http.Response, error) {
		calls++
		if calls == 1 {
			said := answered(200, `{"ok":false,"error":"rate_limited"}`)
			said.Header = http.Header{"Retry-After": {"1"}}
			return said, nil
		}
		return answered(200, `{"ok":true,"channel":"C1","ts":"1.2"}`), nil
	})}}))
	if _, ts, err := b.post(context.Background(), news, "C1", Say("Hello")); err != nil || ts != "1.2" || calls != 2 {
		t.Errorf("%d calls, %q, %v", calls, ts, err)
	}
}

// What breaks off while it is looked at breaks off for who reads it.
func TestABrokenAnswerStaysBroken(t *testing.T) {
	torn := errors.New("torn")
	said := &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(io.MultiReader(strings.NewReader(`{"ok":`), broken{torn}))}
	got, err := tooSoon{transport(func(*http.Request) (*http.Response, error) { return said, nil })}.RoundTrip(nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(got.Body); string(body) != `{"ok":` || !errors.Is(err, torn) {
		t.Errorf("%q, %v", body, err)
	}
}
