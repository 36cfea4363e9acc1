package bot_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// Ten thousand commands in a minute: everybody who gives too many is told so, each
// time, almost nothing of it gets into the data file, and who decides does not wait.
func TestT40AFloodOfCommandsIsTurnedAwayAndDecisionsAreNot(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 commands")
	}
	synctest.Test(t, func(t *testing.T) {
		const commands, people = 10_000, 4
		w := found(t, t.TempDir(), "{}", noon, apple.Options{})
		w.start(nil)
		w.box.Slack.Command("ana", "#ios", "/asc invite di@example.com admin")
		settle(rest)
		request := w.newest()
		var told, calls atomic.Int64
		stop := w.box.Slack.Watch(func(e slack.Entry) {
			if strings.Contains(e.Text, "more than 10 commands in a minute") {
				told.Add(1)
			}
			if e.Kind == slack.KindAPI {
				calls.Add(1)
			}
		})
		var flood sync.WaitGroup
		for n := range people {
			who := []string{"ana", "ben", "cy", "dora"}[n]
			flood.Go(func() {
				for range commands / people {
					if r := w.box.Slack.Command(who, "@asc", "/asc requests"); !r.OK() {
						t.Errorf("Slack showed %s trouble: %+v", who, r)
						return
					}
					time.Sleep(time.Minute * people / commands)
				}
			})
		}
		time.Sleep(30 * time.Second)
		before := time.Now()
		r := w.box.Slack.Press(slack.Press{User: "cy", Channel: request.Card.Channel, TS: request.Card.TS, ActionID: "approve"})
		for w.newest().State != store.Done && time.Since(before) < time.Minute {
			time.Sleep(100 * time.Millisecond)
		}
		if took := time.Since(before); !r.OK() || took > 3*time.Second {
			t.Errorf("the approval took %s (%+v)", took, r)
		}
		flood.Wait()
		settle(rest)
		stop()
		let := int64(people * 10 * 2) // the minute may have begun anew
		if n := told.Load(); n < commands-let || n >= commands {
			t.Errorf("of %d commands %d were answered with a refusal", commands, n)
		}
		if n := calls.Load(); n > 5*let {
			t.Errorf("%d calls were made to Slack", n)
		}
		leaves := 0
		must(t, w.current().st.Leaves(0, func(l store.Leaf) bool {
			if l.Kind == "refused" {
				leaves++
			}
			return true
		}))
		if leaves == 0 || leaves > 2*people {
			t.Errorf("%d refusals were logged", leaves)
		}
	})
}
