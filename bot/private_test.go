package bot_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// What the bot answers in a channel only whoever asked sees, whatever the command.
func TestT37AnswersAreForWhoeverAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.start(nil)
		settle(time.Minute)
		others := func() (seen string) {
			for _, who := range []string{"ben", "cy", "eve"} {
				seen += w.everything(who)
			}
			return seen
		}
		before, answered := others(), 0
		for _, v := range commands.Table() {
			if v.Query == nil {
				continue
			}
			for _, line := range append([]string{v.Words}, v.Examples...) {
				since := (&play{town: w}).journalEnd()
				w.box.Slack.Command("ana", "#ios", "/asc "+line)
				settle(10 * time.Second)
				for _, e := range w.box.Slack.Journal(since) {
					if e.Kind == slack.KindEphemeral || e.Kind == slack.KindResponseURL {
						answered++
					}
				}
			}
		}
		if after := others(); after != before {
			t.Errorf("others see of it:\n%s", strings.TrimPrefix(after, before))
		}
		if answered < 20 {
			t.Errorf("only %d answers", answered)
		}
	})
}

// Somebody else has the app-level token and is connected with it: Slack's hello gives
// that away, and the approvers are warned, once a day.
func TestT19SomebodyElseIsConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.start(nil)
		settle(time.Minute)
		if strings.Contains(w.everything("cy"), "connections are open") {
			t.Fatal("a warning without a reason")
		}
		var said struct{ URL string }
		transport := &http.Transport{DialContext: w.net.Dial, DisableKeepAlives: true}
		req, err := http.NewRequest(http.MethodPost, w.box.SlackAPIURL()+"apps.connections.open", strings.NewReader(url.Values{}.Encode()))
		must(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Authorization", "Bearer "+w.box.Slack.AppToken())
		resp, err := transport.RoundTrip(req)
		must(t, err)
		must(t, json.NewDecoder(resp.Body).Decode(&said))
		resp.Body.Close()
		thief, _, err := (&websocket.Dialer{NetDialContext: w.net.Dial}).Dial(said.URL, nil)
		must(t, err)
		defer thief.Close()
		go func() {
			for {
				if _, _, err := thief.ReadMessage(); err != nil {
					return
				}
			}
		}()
		for range 3 {
			w.box.Slack.Inject(slack.Fault{Kind: slack.Refresh, Conn: 1})
			settle(10 * time.Minute)
		}
		// The hello that gave it away came to a connection that replaces another, which is
		// still open then: three are the bot's own.
		if n := strings.Count(w.everything("cy"), "4 connections are open for this app, and I hold 3. "); n != 1 {
			t.Errorf("the approvers are warned %d times:\n%s", n, w.everything("cy"))
		}
	})
}
