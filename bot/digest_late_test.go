package bot_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// lateSteps are what the bot does to post two digests with a gap and to complete them.
var lateSteps = []string{
	"before commit of waits", "after commit of waits", "before commit of claims", "after commit of claims",
	"before POST chat.postMessage", "answer to POST chat.postMessage", "before commit of ran", "after commit of ran",
	"before POST chat.update", "after POST chat.update", "answer to POST chat.update",
}

// TestFD16EachDigestIsCompletedOnceWhereverTheBotIsKilled kills the bot at each step of
// posting the digests of two days whose reports are late, and of completing them: each
// stands there once, complete, with its details once, and nothing waits any more.
func TestFD16EachDigestIsCompletedOnceWhereverTheBotIsKilled(t *testing.T) {
	t.Parallel()
	passed := lateLived(t, nil).passed
	kills := 0
	for i, point := range lateSteps {
		if passed[point] == 0 {
			t.Errorf("it never came to %q, only to %q", point, slices.Sorted(maps.Keys(passed)))
			continue
		}
		for nth := 1; nth <= min(passed[point], 2); nth++ {
			if testing.Short() && (i%3 != 0 || nth != 1) {
				continue
			}
			if lateLived(t, at(point, nth)).isDead() {
				kills++
			} else {
				t.Errorf("it was not killed at %q, %d", point, nth)
			}
		}
	}
	t.Logf("killed %d times", kills)
}

// lateLived are two days whose reports do not come in time, and come then, in a life with
// a fate and those that follow it. It answers the first.
func lateLived(t *testing.T, end fate) (first *life) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), killRules, noon, apple.Options{})
		w.box.Apple.Demand("2026-11-23", "", 30)
		w.box.Apple.Delay("2026-11-23", true)
		w.box.Apple.Delay("2026-11-24", true)
		w.start(nil)
		settle(90 * time.Second) // the days that it compares with
		w.halt()
		first = w.start(end)
		stop := w.keep(first, []fate{end})
		for range 2 {
			must(t, w.box.Clock.Move(9*time.Hour))
			settle(2 * time.Minute)
			must(t, w.box.Clock.Move(15*time.Hour))
		}
		w.box.Apple.Delay("2026-11-23", false)
		w.box.Apple.Delay("2026-11-24", false)
		settle(90 * time.Minute)
		stop()
		var said []string
		for _, c := range w.box.Slack.Snapshot("ana").Channels {
			for _, m := range c.Messages {
				if c.Name == "sales" && m.User == slack.BotUser {
					head, _, _ := strings.Cut(m.Plain, "\n")
					said = append(said, head)
					if strings.Contains(m.Plain, "not published") {
						t.Errorf("killed at %q, and this was not completed: %s", first.killed, m.Plain)
					}
				}
			}
		}
		slices.Sort(said)
		if got := strings.Join(said, ", "); got != "*By app*, *By app*, *Large changes on Mon 23 Nov, Pacific*, Sales · Mon 23 Nov, Pacific, Sales · Tue 24 Nov, Pacific" {
			t.Errorf("killed at %q, and in the channel stands %s", first.killed, got)
		}
		if waits, err := w.current().st.Waits(""); err != nil || len(waits) > 0 {
			t.Errorf("killed at %q, and there waits %v, %v", first.killed, waits, err)
		}
	})
	return first
}
