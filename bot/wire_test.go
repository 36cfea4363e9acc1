package bot_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// What Slack sends and nobody knows is acknowledged, or it would come again and again.
func TestWhatNobodyKnowsIsAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.start(nil)
		for _, kind := range []slack.FaultKind{slack.UnknownEnvelope, slack.UnknownEvent, slack.AppRateLimited} {
			w.box.Slack.Inject(slack.Fault{Kind: kind})
			settle(rest)
		}
		settle(10 * time.Minute) // events would be sent again meanwhile
		sent, acknowledged := map[string]int{}, map[string]int{}
		for _, e := range w.box.Slack.Journal(0) {
			switch e.Kind {
			case slack.KindEnvelope:
				sent[e.Envelope]++
			case slack.KindAck:
				acknowledged[e.Envelope]++
			}
		}
		if len(sent) != 3 {
			t.Errorf("%d envelopes were sent", len(sent))
		}
		for id, n := range sent {
			if n != 1 || acknowledged[id] != 1 {
				t.Errorf("%s was sent %d times and acknowledged %d times", id, n, acknowledged[id])
			}
		}
	})
}

// Somebody else who holds the app-level token receives a share of what people do. Those
// who decide are told, once a day.
func TestConnectionsOfOthersRaiseAnAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.start(nil)
		settle(time.Minute)
		alarms := func() int {
			return strings.Count(w.everything("cy"), "4 connections are open for this app, and I hold 3.")
		}
		w.box.Slack.Inject(slack.Fault{Kind: slack.Refresh, Conn: 1})
		settle(15 * time.Minute)
		if alarms() != 0 {
			t.Fatal("there is an alarm though nobody else is connected")
		}
		thief := w.connectAnother()
		heal := w.box.Slack.Inject(slack.Fault{Kind: slack.FailBefore, Method: "chat.postMessage"}) // what Slack does not take now it takes later
		time.AfterFunc(3*time.Minute, heal)
		for conn := 2; conn < 4; conn++ { // the bot's own; the next is the other's
			w.box.Slack.Inject(slack.Fault{Kind: slack.Refresh, Conn: conn})
			settle(15 * time.Minute)
			if n := alarms(); n != 1 {
				t.Errorf("the approvers were told %d times:\n%s", n, w.everything("cy"))
			}
		}
		must(t, thief.Close())
	})
}

// connectAnother opens a connection with the app-level token, as another copy of the
// bot would.
func (w *town) connectAnother() *websocket.Conn {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.box.SlackAPIURL()+"apps.connections.open", nil)
	must(w.t, err)
	req.Header.Set("Authorization", "Bearer "+w.box.Slack.AppToken())
	resp, err := (&http.Client{Transport: &http.Transport{DialContext: w.net.Dial, DisableKeepAlives: true}}).Do(req)
	must(w.t, err)
	defer resp.Body.Close()
	var opened struct{ URL string }
	must(w.t, json.NewDecoder(resp.Body).Decode(&opened))
	conn, _, err := (&websocket.Dialer{NetDialContext: w.net.Dial}).Dial(opened.URL, nil)
	must(w.t, err)
	go func() {
		for {
			if _, _, err := conn.NextReader(); err != nil { // which also answers pings
				return
			}
		}
	}()
	return conn
}
