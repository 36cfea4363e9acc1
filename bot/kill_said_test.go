package bot_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// The process is killed at each point at which it greets: whoever installed it and a
// channel that it was added to are greeted all the same, and once.
func TestKilledWhileItGreets(t *testing.T) {
	t.Parallel()
	before, after, _ := greeted(t, "never", nil)
	kills := 0
	for _, end := range said(before, after) {
		if _, _, dead := greeted(t, fmt.Sprintf("%s, %d", end.point, end.nth), at(end.point, end.nth)); dead {
			kills++
		}
	}
	if kills < 30 && !testing.Short() || kills < 5 {
		t.Errorf("it was killed %d times only", kills)
	}
}

// said are the points that were come to after a moment, as often as they were. A short run
// has those alone at which something is noted, acknowledged or posted, and each once.
func said(before, after map[string]int) (ends []end) {
	for _, point := range slices.Sorted(maps.Keys(after)) {
		matters := slices.ContainsFunc([]string{"claims", "unvoted", "acknowledgement", "chat.postMessage"}, func(what string) bool { return strings.Contains(point, what) })
		for n := before[point] + 1; n <= min(after[point], before[point]+mostEnds()) && (matters || !testing.Short()); n++ {
			ends = append(ends, end{point, n})
		}
	}
	return ends
}

// greeted has a bot with a fate be installed and added to a channel, and looks that each
// was greeted once. It answers how often the bot's first life came to each point until
// then and in all, and whether it was killed.
func greeted(t *testing.T, name string, end fate) (before, after map[string]int, dead bool) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := found(t, t.TempDir(), townRules, noon, apple.Options{})
			l := w.start(end)
			stop := w.keep(l, []fate{end})
			before = l.points()
			w.box.Slack.OpenHome("ana")
			must(t, w.box.Slack.Join(slack.BotUser, "#general"))
			welcomes := func() []slack.Message { return w.messages("ana", "asc", "welcome") }
			hellos := func() []slack.Message { return w.messages("ana", "general", "hello/") }
			greetings := func() bool { return len(welcomes()) > 0 && len(hellos()) > 0 }
			within(greetings)
			if len(welcomes()) == 0 { // the bot may never have heard of it, and ana looks again
				w.box.Slack.OpenHome("ana")
				within(greetings)
			}
			stop()
			if to := plain(welcomes()); len(to) != 1 {
				t.Errorf("whoever installed it was greeted with %q", to)
			}
			if to := plain(hellos()); len(to) != 1 {
				t.Errorf("the channel was greeted with %q", to)
			}
			after, dead = l.points(), l.isDead()
		})
	})
	return before, after, dead
}

func (l *life) points() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.passed)
}

// A vote is taken back, and the process is killed at each point of that: the thread of the
// card says so all the same, and once.
func TestKilledWhileAVoteIsTakenBack(t *testing.T) {
	t.Parallel()
	before, after, _ := takenBack(t, "never", nil)
	kills := 0
	for _, end := range said(before, after) {
		if _, _, dead := takenBack(t, fmt.Sprintf("%s, %d", end.point, end.nth), at(end.point, end.nth)); dead {
			kills++
		}
	}
	if kills < 15 && !testing.Short() || kills < 5 {
		t.Errorf("it was killed %d times only", kills)
	}
}

// takenBack has somebody vote for a request that needs two, and take the vote back.
func takenBack(t *testing.T, name string, end fate) (before, after map[string]int, dead bool) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := found(t, t.TempDir(), "approvals: {channel: \"#asc-approvals\"}\nrules:\n  access: {quorum: 2}\n", noon, apple.Options{})
			l := w.start(end)
			stop := w.keep(l, []fate{end})
			w.box.Slack.Command("ana", "#ios", "/asc invite di@example.com developer in Halo")
			within(func() bool { return w.newest().Card.TS != "" })
			press := func(button string) {
				card := w.newest().Card
				w.box.Slack.Press(slack.Press{User: "cy", Channel: card.Channel, TS: card.TS, ActionID: button})
			}
			press("approve")
			within(func() bool { return len(w.newest().Votes) == 1 })
			before = l.points()
			for try := 0; len(w.newest().Votes) == 1 && try < 3; try++ { // who is told that it failed tries again
				press("cancel")
				within(func() bool { return len(w.newest().Votes) == 0 })
			}
			settle(7 * time.Minute)
			stop()
			if said := plain(w.messages("cy", "asc-approvals", "unvote/")); len(said) != 1 {
				t.Errorf("that a vote was taken back is said like this: %q", said)
			}
			after, dead = l.points(), l.isDead()
		})
	})
	return before, after, dead
}
