package bot_test

import (
	"errors"
	"slices"
	"strings"
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

// A stolen token is worth what its scopes are: with one that could run the workspace or write
// under another name the bot does not start, and what else nobody needs is named in its log.
func TestT18ATokenThatCanTooMuch(t *testing.T) {
	for _, c := range []struct {
		more  []string
		ends  bool
		named string
	}{
		{nil, false, ""},
		{[]string{"reactions:write"}, false, "scopes=reactions:write"},
		{[]string{"chat:write.customize"}, true, "chat:write.customize"},
		{[]string{"reactions:write", "admin.users:write"}, true, "admin.users:write"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := found(t, t.TempDir(), townRules, noon, apple.Options{})
			w.box.Slack.Grant(slices.Concat(bot.Scopes, c.more)...)
			l := w.start(nil)
			synctest.Wait() // until nothing is written into its log
			said := l.log.String()
			select {
			case err := <-l.ended:
				if !c.ends || !errors.Is(err, bot.ErrScopes) {
					t.Errorf("with %v it ended with %v", c.more, err)
				}
				said = err.Error()
				l.ended <- err
			default:
				if c.ends {
					t.Errorf("with %v it starts", c.more)
				}
			}
			if !strings.Contains(said, c.named) || c.named == "" && strings.Contains(said, "scopes") {
				t.Errorf("with %v it says %s", c.more, said)
			}
			if c.ends {
				l.kill("by whoever mends its scopes") // its error was looked at
			}
		})
	}
}
