package bot_test

import (
	"bytes"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// A click that was made with another app, on a card that looks like ours, counts for nothing, and the
// log has it.
func TestT16AClickOfAnotherAppCountsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		var lookalike atomic.Bool
		w.stand(oddity{frame: func(text []byte) [][]byte {
			if lookalike.Load() {
				text = bytes.Replace(text, []byte(`"api_app_id":"A0ASCBOT"`), []byte(`"api_app_id":"A0LOOKALIKE"`), 1)
			}
			return [][]byte{text}
		}})
		w.start(nil)
		effects[0].asks(w)
		settle(rest)
		card := w.newest().Card
		approve := slack.Press{User: agrees, Channel: card.Channel, TS: card.TS, ActionID: "approve"}
		lookalike.Store(true)
		if r := w.box.Slack.Press(approve); !r.OK() {
			t.Errorf("Slack hears nothing: %+v", r)
		}
		settle(time.Minute)
		if r := w.newest(); r.State != store.Pending || len(r.Votes) != 0 {
			t.Errorf("the request is %s with %d votes", r.State, len(r.Votes))
		}
		refused := 0
		must(t, w.current().st.Leaves(0, func(l store.Leaf) bool {
			if l.Kind == "refused" && l.By != nil && l.By.ID == "U0CY" && strings.Contains(l.Note, "A0LOOKALIKE") {
				refused++
			}
			return true
		}))
		if refused != 1 {
			t.Errorf("the log has it %d times", refused)
		}
		lookalike.Store(false)
		w.box.Slack.Press(approve)
		settle(time.Minute)
		if r := w.newest(); r.State != store.Done {
			t.Errorf("our own click left the request %s", r.State)
		}
	})
}
