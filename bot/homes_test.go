package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// However much happens, somebody's Home is drawn once a second at the most, and in the
// end it shows what is so.
func TestAHomeIsDrawnOnceASecondAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.start(nil)
		w.box.Slack.OpenHome("cy")
		settle(2 * time.Second)
		const asked = 20
		for i := range asked {
			w.box.Slack.Command("ana", "#ios", fmt.Sprintf("/asc invite new%d@example.com developer in Halo", i))
			time.Sleep(150 * time.Millisecond)
		}
		settle(5 * time.Second)
		var last time.Time
		drawn := 0
		for _, e := range w.box.Slack.Journal(0) {
			if e.Kind != slack.KindAPI || e.Method != "views.publish" || e.Error != "" {
				continue
			}
			if drawn++; !last.IsZero() && e.At.Sub(last) < time.Second {
				t.Errorf("the home was drawn again %s after it was drawn", e.At.Sub(last))
			}
			last = e.At
		}
		if drawn < 3 || drawn > asked/2 {
			t.Errorf("it was drawn %d times while %d things were asked for", drawn, asked)
		}
		home := w.box.Slack.Snapshot("cy").Home
		if home == nil {
			t.Fatal("there is no home")
		}
		if text := fmt.Sprintf("*Waiting for you* (%d)", len(w.requests())); len(w.requests()) < asked/2 || !strings.Contains(string(home.Blocks), text) {
			t.Errorf("the home does not say %q in the end: %.600s", text, home.Blocks)
		}
	})
}
