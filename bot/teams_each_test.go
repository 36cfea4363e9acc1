package bot_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/store"
)

// onATeam is a change as somebody asks for it on one team.
type onATeam struct {
	verb, say string
	form      []string // what is filled in, when it opens one
	agree     []string // the same of the form that whoever agrees gets
}

// onMeadow and onOrchard are every change there is, in an order in which each finds what it
// needs.
var onMeadow = []onATeam{
	{verb: "invite", say: "invite di@example.com developer in Halo"},
	{verb: "invitation resend", say: "invitation resend pat@agency.example"},
	{verb: "invitation cancel", say: "invitation cancel pat@agency.example"},
	{verb: "roles", say: "roles finn marketing in Pebble"},
	{verb: "remove", say: "remove gil"},
	{verb: "tester prune", say: "tester prune Press in Pebble for 30 days"},
	{verb: "tester resend", say: "tester resend ida@friends.example in Halo"},
	{verb: "tester add", say: "tester add kim@example.com to Friends in Halo"},
	{verb: "tester remove", say: "tester remove lee@friends.example from Friends in Halo"},
	{verb: "join", say: "join Halo", agree: []string{"choice=Friends"}},
	{verb: "group add", say: "group add Reviewers in Halo"},
	{verb: "group rename", say: "group rename Reviewers to Judges in Halo"},
	{verb: "group feedback", say: "group feedback Judges in Halo off"},
	{verb: "group delete", say: "group delete Judges in Halo"},
	{verb: "link", say: "link Friends on limit 100 in Halo"},
	{verb: "build compliance", say: "build compliance Pebble 58 no"},
	{verb: "build notes", say: "build notes Halo 118 de-DE …", form: []string{"text=Die Tagesansicht."}},
	{verb: "build give", say: "build give Halo 118 to Friends"},
	{verb: "build review", say: "build review Halo 118"},
	{verb: "build notify", say: "build notify Pebble 57"},
	{verb: "build take", say: "build take Halo 117 from Friends"},
	{verb: "build expire", say: "build expire Halo 117"},
}

var onOrchard = []onATeam{
	{verb: "invite", say: "invite di@example.com developer in Plum"},
	{verb: "invitation resend", say: "invitation resend vera@orchard.example"},
	{verb: "invitation cancel", say: "invitation cancel vera@orchard.example"},
	{verb: "roles", say: "roles tom marketing in Quince"},
	{verb: "remove", say: "remove nia"},
	{verb: "tester prune", say: "tester prune Plum for 30 days"},
	{verb: "build notes", say: "build notes Plum 7 de-DE …", form: []string{"text=Pflaumen."}},
	{verb: "build review", say: "build review Plum 7"},
	{verb: "tester add", say: "tester add kim@example.com to Pickers in Plum"},
	{verb: "tester resend", say: "tester resend kim@example.com in Plum"},
	{verb: "tester remove", say: "tester remove kim@example.com from Pickers in Plum"},
	{verb: "join", say: "join Plum", agree: []string{"choice=Pickers"}},
	{verb: "group add", say: "group add Reviewers in Plum"},
	{verb: "group rename", say: "group rename Reviewers to Judges in Plum"},
	{verb: "group feedback", say: "group feedback Judges in Plum off"},
	{verb: "group delete", say: "group delete Judges in Plum"},
	{verb: "link", say: "link Pickers on limit 100 in Plum"},
	{verb: "build compliance", say: "build compliance Plum 8 no"},
	{verb: "build give", say: "build give Plum 8 to Pickers"},
	{verb: "build take", say: "build take Plum 8 from Pickers"},
	{verb: "build notify", say: "build notify Plum 7"},
	{verb: "build expire", say: "build expire Plum 8"},
}

// Every change of people and TestFlight is made on either team, and the other one is asked
// nothing by it.
func TestEveryChangeIsMadeOnEitherTeam(t *testing.T) {
	for _, v := range commands.Table() {
		if v.Change == nil || v.Teamless {
			continue
		}
		for team, all := range map[string][]onATeam{teamName: onMeadow, orchard: onOrchard} {
			if !slices.ContainsFunc(all, func(c onATeam) bool { return c.verb == v.Words }) {
				t.Errorf("%q is not tried on %s", v.Words, team)
			}
		}
	}
	for team, all := range map[string][]onATeam{teamName: onMeadow, orchard: onOrchard} {
		t.Run(team, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { onOneTeam(t, team, all) })
		})
	}
}

func onOneTeam(t *testing.T, team string, all []onATeam) {
	p := &play{town: found(t, t.TempDir(), twoTeams, noon, apple.Options{})}
	p.live()
	settle(20 * time.Second) // the lists for type-ahead are read
	mine, other := p.box.Apple, p.box.Orchard
	if team == orchard {
		mine, other = other, mine
	}
	do := func(what func([]string) (outcome, error), args ...string) {
		if out, err := what(args); err != nil || out.refused {
			t.Fatalf("%q: %s %v", args, out.text, err)
		}
	}
	for _, c := range all {
		settle(time.Minute) // what the last change has stirred is over
		heard, wrote0 := last(other), last(mine)
		do(p.say, "ana", `/asc `+c.words(team))
		for _, call := range other.Calls(heard) {
			t.Errorf("%s on %s: the other team was asked %s %s", c.say, team, call.Method, call.Path)
		}
		if c.form != nil {
			do(p.form, append([]string{"ana"}, c.form...)...)
		}
		do(p.click, "cy", "approve")
		if c.agree != nil {
			do(p.form, append([]string{"cy"}, c.agree...)...)
		}
		settle(time.Minute)
		r, err := p.request(nil)
		must(t, err)
		if r.Operation != c.verb || r.Team != team || r.State != store.Done || wrote(mine, wrote0) == 0 {
			t.Errorf("%s on %s: %s for %s ended as %s (%s)", c.say, team, r.Operation, r.Team, r.State, r.Outcome)
		}
		if n := wrote(other, heard); n > 0 {
			t.Errorf("%s on %s: %d changes on the other team", c.say, team, n)
		}
		p.undoes(r, team)
		if c.verb == "build review" {
			settle(6 * time.Hour) // until Apple is through
		}
	}
}

var typedCommand = regexp.MustCompile("`(/asc [^`]*)`")

// undoes types what a card shows for taking its change back: it names the team, and asks for
// something there.
func (p *play) undoes(r store.Request, team string) {
	p.t.Helper()
	if strings.Contains(typedCommand.ReplaceAllString(r.Preview.Undo, ""), "/asc ") {
		p.t.Errorf("%s: what takes it back is not shown as a command: %s", r.Operation, r.Preview.Undo)
	}
	for _, found := range typedCommand.FindAllStringSubmatch(r.Preview.Undo, -1) {
		line := found[1]
		if !strings.HasSuffix(line, `on "`+team+`"`) && !strings.HasSuffix(line, "on "+team) {
			p.t.Errorf("%s is taken back with %s, which names no team", r.Operation, line)
		}
		if strings.Contains(line, "…") {
			continue // to be filled in
		}
		if out, err := p.say([]string{"ana", line}); err != nil || out.refused {
			p.t.Errorf("%s: %s %v", line, out.text, err)
		}
		now, err := p.request(nil)
		must(p.t, err)
		forms := p.box.Slack.Snapshot("U0ANA").Views
		switch {
		case now.ID != r.ID:
			if _, err := p.click([]string{"ana", "cancel"}); err != nil {
				p.t.Error(err)
			}
		case len(forms) == 0:
			p.t.Errorf("%s asks for nothing: %s", line, p.seen(p.mark))
		}
		p.box.Slack.DismissAll("U0ANA")
	}
}

// words say the change for a team.
func (c onATeam) words(team string) string {
	if c.form != nil {
		return c.say[:len(c.say)-len("…")] + `on "` + team + `" …`
	}
	return c.say + ` on "` + team + `"`
}
