package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// What cannot be stored is not acknowledged, whatever it is: Slack tells the person
// that it failed, and nothing comes of it.
func TestFD01WithoutADiskNothingIsAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		full := w.startOn(t)
		ask := func(line string) slack.Reply {
			defer settle(rest)
			return w.box.Slack.Command("ana", "#ios", line)
		}
		if r := ask("/asc invite di@example.com admin"); !r.OK() {
			t.Fatalf("with room on the disk the command failed: %s", r.Error)
		}
		card := w.newest().Card
		approve := slack.Press{User: "cy", Channel: card.Channel, TS: card.TS, ActionID: "approve"}
		if r := ask("/asc invite"); !r.OK() {
			t.Fatalf("with room on the disk the command failed: %s", r.Error)
		}
		form := w.box.Slack.Snapshot("ana").Views[0]
		fill := slack.Values{
			"email": {"answer": {Value: "kai@example.com"}}, "first": {"answer": {Value: "Kai"}}, "last": {"answer": {Value: "Lund"}},
			"roles": {"answer": {Selected: []string{"DEVELOPER"}}},
		}

		full.Store(true)
		if r := ask("/asc invite lou@example.com admin"); r.OK() {
			t.Error("a command was acknowledged that could not be stored")
		}
		if r := w.box.Slack.Press(approve); r.OK() {
			t.Error("a click was acknowledged that could not be stored")
		}
		if r := w.box.Slack.Submit("ana", form.ID, fill); r.OK() || r.Errors != nil {
			t.Errorf("a form was acknowledged that could not be stored, or refused for another reason: %+v", r)
		}
		settle(rest)
		if text := w.everything("ana"); !strings.Contains(text, "I am sealed and change nothing: the data file could not be written: no space left on device") {
			t.Errorf("Ana is not told why:\n%s", text)
		}
		settle(time.Minute)
		if text := w.everything("cy"); !strings.Contains(text, "🔒 I am sealed") {
			t.Errorf("the approvers are not told:\n%s", text)
		}

		full.Store(false)
		settle(time.Minute)
		if text := w.everything("cy"); !strings.Contains(text, "🔓 I am no longer sealed") {
			t.Errorf("the approvers are not told that it is over:\n%s", text)
		}
		if all := w.requests(); len(all) != 1 || all[0].State != store.Pending {
			t.Errorf("there are %d requests, the newest is %s", len(all), all[len(all)-1].State)
		}
		if left := w.box.Slack.Snapshot("ana").Views; len(left) != 1 {
			t.Errorf("Ana has %d forms open", len(left))
		}
	})
}

// everything is all that somebody can read.
func (w *town) everything(who string) string {
	var all strings.Builder
	for _, c := range w.box.Slack.Snapshot(who).Channels {
		for _, m := range c.Messages {
			all.WriteString(m.Plain + "\n")
		}
	}
	return all.String()
}

// startOn starts the bot on a disk that can be full.
func (w *town) startOn(t *testing.T) (full *atomic.Bool) {
	full = new(atomic.Bool)
	file, err := store.BoltEngine(w.data, time.Minute, false)
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	l := &life{stop: stop, ended: make(chan error, 1), gone: make(chan struct{}), told: make(chan struct{}), log: new(bytes.Buffer)}
	l.st, err = store.New(&crowded{file, full}, store.Options{Instance: "sandbox", Signer: w.signer})
	must(t, err)
	w.now, w.lives = l, append(w.lives, l)
	b := &bot.Bot{
		Slack: bot.Slack{APIURL: w.box.SlackAPIURL(), AppToken: w.box.Slack.AppToken(), BotToken: w.box.Slack.BotToken(), Dial: w.net.Dial},
		Teams: []bot.Team{{Name: "Meadow Labs", API: w.rival}},
		Store: l.st, Config: w.Config, Verbs: commands.Table(), Now: w.box.Clock.Now,
		Log: slog.New(slog.NewTextHandler(l.log, nil)),
	}
	go func() { l.ended <- b.Run(ctx) }()
	<-b.Ready()
	return full
}

// crowded is a data file on a disk that takes nothing while it is full.
type crowded struct {
	store.Engine
	full *atomic.Bool
}

func (c *crowded) Update(fn func(store.Tx) error) error {
	return c.Engine.Update(func(tx store.Tx) error {
		if c.full.Load() {
			return &store.RoomError{Cause: errors.New("no space left on device")}
		}
		return fn(tx)
	})
}

// Whoever decides does not wait behind a flood of what others ask, though every
// one of these waits for App Store Connect.
func TestT40ADecisionDoesNotWaitBehindAFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.start(nil)
		ask := func(email string) { w.box.Slack.Command("ana", "#ios", "/asc invite "+email+" admin") }
		ask("di@example.com")
		settle(rest)
		first := w.newest()
		calm := w.box.Apple.Inject(apple.Fault{Kind: apple.Slow, Method: "GET", PathPrefix: "/v1/user", Delay: 20 * time.Second})
		var flood sync.WaitGroup
		for n := range 60 {
			flood.Go(func() { ask(fmt.Sprintf("p%d@example.com", n)) })
		}
		flood.Wait()
		settle(rest)
		if n := len(w.requests()); n != 1 {
			t.Fatalf("there are %d requests already; the flood is none", n)
		}
		r := w.box.Slack.Press(slack.Press{User: "cy", Channel: first.Card.Channel, TS: first.Card.TS, ActionID: "deny"})
		settle(rest)
		if open := w.box.Slack.Snapshot("cy").Views; r.OK() && len(open) == 1 {
			r = w.box.Slack.Submit("cy", open[0].ID, slack.Values{"reason": {"answer": {Value: "no"}}})
		}
		settle(rest)
		if now := w.newest(); !r.OK() || now.State != store.Denied {
			t.Errorf("a second after its deny the request is %s (%+v)", now.State, r)
		}
		calm()
		settle(3 * time.Minute)
		if n := len(w.requests()); n != 61 {
			t.Errorf("of 61 requests %d were written down", n)
		}
	})
}
