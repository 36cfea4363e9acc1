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

// killRules have a digest that raises alarms, and none of whose parts asks much of Apple.
const killRules = townRules + `
digests:
  - {name: daily, channel: "#sales", cron: "0 9 * * *", zone: America/Los_Angeles, sections: [downloads, details], alert: {percent: 40, floor: 100}}
`

// digestSteps are what the bot does to post a digest. Each is among the points at which
// it was killed.
var digestSteps = []string{
	"before POST users.conversations", "answer to POST conversations.members", "before POST users.info",
	"before commit of claims", "after commit of claims", "before POST chat.postMessage", "after POST chat.postMessage", "answer to POST chat.postMessage",
	"before commit of alarms", "after commit of alarms", "before commit of ran", "after commit of ran",
}

// TestADigestIsPostedOnceWhereverTheBotIsKilled kills the bot at each step of posting a
// digest: its message, what stands in the thread, and an alarm. They stand there once.
func TestADigestIsPostedOnceWhereverTheBotIsKilled(t *testing.T) {
	t.Parallel()
	passed := digestLived(t, nil).passed
	kills := 0
	for _, point := range slices.Sorted(maps.Keys(passed)) {
		if !slices.Contains(digestSteps, point) {
			continue
		}
		most := 1
		if strings.HasSuffix(point, "chat.postMessage") || strings.HasSuffix(point, "claims") {
			most = 3 // the message, the thread, the alarm
		}
		if testing.Short() {
			most = min(most, 2) - 1 // there alone, once
		}
		for nth := 1; nth <= most; nth++ {
			if digestLived(t, at(point, nth)).isDead() {
				kills++
			} else {
				t.Errorf("it was not killed at %q, %d", point, nth)
			}
		}
	}
	for _, step := range digestSteps {
		if passed[step] == 0 {
			t.Errorf("it never came to %q, only to %q", step, slices.Sorted(maps.Keys(passed)))
		}
	}
	t.Logf("killed %d times", kills)
}

// digestLived is a day on which a digest is due, in a life with a fate and those that
// follow it. It answers the first.
func digestLived(t *testing.T, end fate) (first *life) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), killRules, noon, apple.Options{})
		w.box.Apple.Demand("2026-11-23", "", 30)
		w.start(nil)
		settle(90 * time.Second) // the days that it compares with
		if err := w.box.Clock.Move(5 * time.Hour); err != nil {
			t.Fatal(err)
		}
		w.halt()
		first = w.start(end)
		stop := w.keep(first, []fate{end})
		settle(3 * time.Minute)
		stop()
		var said []string
		for _, c := range w.box.Slack.Snapshot("ana").Channels {
			for _, m := range c.Messages {
				if c.Name == "sales" && m.User == slack.BotUser {
					head, _, _ := strings.Cut(m.Plain, "\n")
					said = append(said, head)
				}
			}
		}
		if got := strings.Join(said, ", "); got != "Sales · Mon 23 Nov, Pacific, *By app*, *Large changes on Mon 23 Nov, Pacific*" {
			t.Errorf("killed at %q, and in the channel stands %s", first.killed, got)
		}
		if runs, err := w.current().st.Runs("digest/daily", 10); err != nil || len(runs) != 2 {
			t.Errorf("killed at %q, and it ran %v, %v", first.killed, runs, err)
		}
	})
	return first
}

// A digest that was posted just before a stop stands there alone, also when it is to be
// posted elsewhere from the next start on.
func TestADigestIsPostedOnceAlsoWhenItsChannelChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), killRules, noon, apple.Options{})
		w.box.Apple.Demand("2026-11-23", "", 30)
		w.start(nil)
		settle(90 * time.Second)
		if err := w.box.Clock.Move(5 * time.Hour); err != nil {
			t.Fatal(err)
		}
		w.halt()
		first := w.start(at("answer to POST chat.postMessage", 1))
		settle(time.Minute)
		if !first.isDead() {
			t.Fatal("it was not killed when the digest was posted")
		}
		w.bury()
		elsewhere, err := readRules(strings.Replace(killRules, "#sales", "#asc-approvals", 1))
		must(t, err)
		w.Config = elsewhere
		w.start(nil)
		settle(3 * time.Minute)
		var in []string
		for _, c := range w.box.Slack.Snapshot("ana").Channels {
			for _, m := range c.Messages {
				if strings.HasPrefix(m.Plain, "Sales · ") {
					in = append(in, c.Name)
				}
			}
		}
		if got := strings.Join(in, ", "); got != "sales" {
			t.Errorf("the digest stands in %s", got)
		}
	})
}
