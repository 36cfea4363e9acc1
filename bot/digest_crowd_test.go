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

// In a channel of hundreds it is looked who is from outside without asking for each, of
// which Slack allows a hundred a minute; one guest among them is found.
func TestADigestInALargeChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), killRules, noon, apple.Options{})
		const crowd = 400
		for i := range crowd {
			id := fmt.Sprintf("U0MANY%03d", i)
			must(t, w.box.Slack.AddPerson(slack.Person{ID: id, TeamID: slack.TeamID, Handle: fmt.Sprintf("many%03d", i), RealName: fmt.Sprintf("Many %d", i)}))
			must(t, w.box.Slack.Join(id, "sales"))
		}
		w.start(nil)
		settle(90 * time.Second)
		must(t, w.box.Clock.Move(5*time.Hour))
		settle(3 * time.Minute)
		said := func() (heads []string) {
			for _, c := range w.box.Slack.Snapshot("cy").Channels {
				for _, m := range c.Messages {
					if (c.Name == "sales" || c.Name == "asc-approvals") && m.User == slack.BotUser {
						head, _, _ := strings.Cut(m.Plain, "\n")
						heads = append(heads, head)
					}
				}
			}
			return heads
		}
		if got := said(); len(got) == 0 || got[0] != "Sales · Mon 23 Nov, Pacific" {
			t.Errorf("it says %q", got)
		}
		asked := 0
		for _, e := range w.box.Slack.Journal(0) {
			if e.Kind == slack.KindAPI && e.Method == "users.info" {
				asked++
			}
		}
		if asked > crowd/4 {
			t.Errorf("%d people were asked for singly", asked)
		}
		must(t, w.box.Slack.EditPerson("U0MANY321", func(p *slack.Person) { p.IsUltraRestricted = true }))
		must(t, w.box.Clock.Move(24*time.Hour))
		settle(3 * time.Minute)
		if got := strings.Join(said(), "\n"); !strings.Contains(got, "was not posted: #sales has guests in it: many321.") || strings.Contains(got, "Tue 24 Nov") {
			t.Errorf("with a guest it says %q", got)
		}
	})
}
