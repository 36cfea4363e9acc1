package bot_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// As long as the data file is checked after a start people ask and agree, and nothing is
// carried out: neither what is agreed to meanwhile nor what was left from before.
func TestNothingIsCarriedOutBeforeTheFileIsChecked(t *testing.T) {
	for _, way := range effects {
		for name, verdict := range map[string]error{"all is well": nil, "it is damaged": errors.New("a page is damaged")} {
			t.Run(way.name+", "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := found(t, t.TempDir(), townRules, noon, apple.Options{})
					w.start(func(point string, _ int) bool { return point == "after commit of voted, moved approved" })
					way.asks(w)
					settle(rest)
					approve(w)
					settle(rest)
					w.bury()

					checked := make(chan error)
					w.checking = func(ctx context.Context) error {
						select {
						case err := <-checked:
							return err
						case <-ctx.Done():
							return ctx.Err()
						}
					}
					w.start(nil)
					left := w.newest().ID
					w.box.Slack.Command("ana", "#ios", "/asc tester add kim@example.com to Friends in Halo")
					settle(20 * time.Second)
					approve(w)
					settle(50 * time.Second)
					for _, r := range w.requests() {
						if r.State != store.Approved {
							t.Errorf("while the file is checked request #%d is %s", r.ID, r.State)
						}
					}
					if n := way.sent(w); n != 0 || len(w.requests()) != 2 {
						t.Errorf("while the file is checked %d changes were sent, of %d requests", n, len(w.requests()))
					}
					if text := w.everything(agrees); !strings.Contains(text, "the data file is being checked after the start") {
						t.Errorf("nobody is told:\n%s", text)
					}
					checked <- verdict
					settle(3 * time.Minute)
					r, err := w.current().st.Request(left)
					must(t, err)
					if verdict == nil {
						if r.State != store.Done || way.has(w) != 1 {
							t.Errorf("once it is checked request #%d is %s", r.ID, r.State)
						}
						return
					}
					if err := w.current().wait(); !errors.Is(err, verdict) {
						t.Errorf("the bot ended with %v", err)
					}
					if n := way.sent(w); n != 0 || r.State != store.Approved {
						t.Errorf("%d changes were sent though the file is damaged; request #%d is %s", n, r.ID, r.State)
					}
					w.current().kill("it has ended")
				})
			})
		}
	}
}

// approve has somebody approve what was asked last.
func approve(w *town) {
	card := w.newest().Card
	w.box.Slack.Press(slack.Press{User: agrees, Channel: card.Channel, TS: card.TS, ActionID: "approve"})
}
