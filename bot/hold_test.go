package bot_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// What waits is carried out at the moment that its card shows, to the second, also when
// the bot was stopped in between or the rules were read again; a no in the last instant
// before still stops it.
func TestT01WhatWaitsIsTakenUpAtTheMomentThatIsShown(t *testing.T) {
	const veto = "limits: {commands a minute: 300}\n" + "rules: {access: {veto: 10m}}\n"
	const freeze = "limits: {commands a minute: 300}\n" + "freeze: [{name: lunch, hours: \"12:00-12:17\", zone: UTC, what: [access]}]\n"
	const both = "limits: {commands a minute: 300}\n" + "rules: {access: {veto: 10m}}\nfreeze: [{name: tea, hours: \"12:05-12:20\", zone: UTC, what: [access]}]\n"
	for name, way := range map[string]struct {
		rules string
		asked time.Duration // after noon
		ends  string        // as the card says
		stop  bool          // and start again
		deny  bool
	}{
		"veto":                     {rules: veto, ends: "24 Nov 2026 12:11 UTC"},
		"veto and a stop":          {rules: veto, ends: "24 Nov 2026 12:11 UTC", stop: true},
		"a no in the last instant": {rules: veto, ends: "24 Nov 2026 12:11 UTC", deny: true},
		"veto, then a freeze":      {rules: both, ends: "24 Nov 2026 12:20 UTC"},
		"freeze and a stop":        {rules: freeze, asked: -time.Minute, ends: "24 Nov 2026 12:17 UTC", stop: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := found(t, t.TempDir(), way.rules, noon.Add(way.asked), apple.Options{})
				w.start(nil)
				settle(rest)
				w.box.Slack.Command("ana", "#ios", "/asc invite di@example.com developer")
				settle(rest)
				if way.asked < 0 {
					settle(time.Minute)
				}
				press := func(who, button string) {
					r := w.newest()
					w.box.Slack.Press(slack.Press{User: who, Channel: r.Card.Channel, TS: r.Card.TS, ActionID: button})
				}
				press("cy", "approve")
				settle(rest)
				r := w.newest()
				end, err := time.Parse("2 Jan 2006 15:04 UTC", way.ends)
				must(t, err)
				if r.State != store.Approved || !strings.Contains(r.Outcome, "until "+way.ends) || !strings.Contains(w.everything("cy"), "Approved: request #1 waits. ") {
					t.Fatalf("%s: %s\n%s", r.State, r.Outcome, w.everything("cy"))
				}
				if way.stop {
					settle(3 * time.Minute)
					w.halt()
					w.start(nil)
				}
				settle(end.Sub(w.box.Clock.Now()) - time.Millisecond)
				if r = w.newest(); r.State != store.Approved || len(r.Attempts) > 0 {
					t.Fatalf("a millisecond before it is %s", r.State)
				}
				if way.deny { // and Slack is slow to say who that is
					w.box.Slack.Inject(slack.Fault{Kind: slack.Slow, Method: "users.info", After: 3 * time.Second, Times: 1})
					press("dora", "deny")
				}
				settle(5 * time.Second)
				r = w.newest()
				switch {
				case way.deny && (r.State != store.Denied || len(r.Attempts) > 0):
					t.Errorf("it is %s in spite of a no", r.State)
				case !way.deny && (r.State != store.Done || r.Attempts[0].Started.Before(end) || r.Attempts[0].Started.Sub(end) > time.Second):
					t.Errorf("%s: %s, begun %v, shown %s", r.State, r.Outcome, r.Attempts, end)
				}
			})
		})
	}
}
