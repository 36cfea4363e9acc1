package bot_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

const twoTeams = `
approvals:
  channel: "#asc-approvals"
limits: {commands a minute: 3000, open requests: 3000, open requests of all: 3000}
teams:
  Meadow Labs: {channels: ["#random"]}
  Orchard: {channels: ["#general"]}
`

// Every example of every command of the table, said for one team and then for the other:
// whatever comes of it, the other team hears nothing. What can be asked for is agreed to
// and carried out.
func TestEveryCommandStaysOnItsTeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), twoTeams, noon, apple.Options{})
		w.start(nil)
		settle(20 * time.Second) // the lists for type-ahead are read
		heard := map[string]int{teamName: last(w.box.Apple), orchard: last(w.box.Orchard)}
		examples, done := 0, 0
		for _, v := range commands.Table() {
			if v.Teamless {
				continue
			}
			for _, words := range v.Examples {
				examples++
				for _, on := range []string{teamName, orchard} {
					mine, other, others := w.box.Apple, w.box.Orchard, orchard
					if on == orchard {
						mine, other, others = other, mine, teamName
					}
					settle(time.Minute) // what the last change has stirred is over
					heard[teamName], heard[orchard] = last(w.box.Apple), last(w.box.Orchard)
					earlier := newest(t, w).ID
					if r := w.box.Slack.Command("dora", "@asc", "/asc "+words+` on "`+on+`"`); !r.OK() {
						t.Fatalf("%s: %+v", words, r)
					}
					settle(rest)
					for _, c := range other.Calls(heard[others]) {
						t.Errorf("%s on %s: %s was asked %s %s", words, on, others, c.Method, c.Path)
					}
					for _, view := range w.box.Slack.Snapshot("dora").Views {
						w.box.Slack.Dismiss("dora", view.ID)
					}
					if r := newest(t, w); r.ID != earlier && r.State == store.Pending {
						if r.Team != on {
							t.Errorf("%s on %s: the request is for %s", words, on, r.Team)
						}
						w.box.Slack.Press(slack.Press{User: "cy", ActionID: "approve", Channel: r.Card.Channel, TS: r.Card.TS})
						settle(time.Minute)
						if r = newest(t, w); r.State == store.Done || r.State == store.Partly {
							done++
							if wrote(mine, heard[on]) == 0 {
								t.Errorf("%s on %s: it is %s, and nothing was written there", words, on, r.State)
							}
						}
						if n := wrote(other, heard[others]); n > 0 {
							t.Errorf("%s on %s: %d changes on %s", words, on, n, others)
						}
					}
				}
			}
		}
		if examples < 25 || done < 8 {
			t.Errorf("only %d examples were tried and %d changes made", examples, done)
		}
	})
}

// last is the number of the newest call.
func last(s *apple.Server) int {
	all := s.Calls(0)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].N
}

// wrote counts what was asked of a team other than to read.
func wrote(s *apple.Server, since int) (n int) {
	for _, c := range s.Calls(since) {
		if c.Method != http.MethodGet {
			n++
		}
	}
	return n
}

func newest(t *testing.T, w *town) store.Request {
	t.Helper()
	all, err := w.current().st.Recent(1)
	must(t, err)
	if len(all) == 0 {
		return store.Request{}
	}
	return all[0]
}
