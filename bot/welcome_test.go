package bot_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// Somebody removes the app while a change is under way at Apple. The bot ends with the
// next call it makes to Slack, and not before the change has been read back and
// written down.
func TestFW12ARevokedTokenEndsTheBotOnceCallsAreFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		l := w.start(nil)
		w.box.Slack.Command("ana", "#ios", "/asc invite di@example.com admin")
		settle(rest)
		card := w.newest().Card
		w.box.Apple.Inject(apple.Fault{Kind: apple.Slow, Method: "POST", Delay: 20 * time.Second})
		w.box.Slack.Press(slack.Press{User: "cy", Channel: card.Channel, TS: card.TS, ActionID: "approve"})
		settle(3 * time.Second)
		if r := w.newest(); r.State != store.Running {
			t.Fatalf("the request is %s", r.State)
		}
		w.box.Slack.Inject(slack.Fault{Kind: slack.Revoked})
		w.box.Slack.Command("ben", "#ios", "/asc help")
		settle(5 * time.Second)
		select {
		case err := <-l.ended:
			t.Fatalf("it ended in the middle of a change, with %v", err)
		default:
		}
		settle(20 * time.Second)
		select {
		case err := <-l.ended:
			if !errors.Is(err, bot.ErrRefused) {
				t.Errorf("it ended with %v", err)
			}
			l.ended <- err
		default:
			t.Fatal("it goes on, though Slack takes the token no longer")
		}
		if r := w.newest(); r.State != store.Done {
			t.Errorf("the request is %s: %s", r.State, r.Outcome)
		}
		l.kill("by whoever has removed the app") // its error was looked at
	})
}
