package bot

import (
	"strings"
	"testing"

	"github.com/ascbot/ascbot/bot/policy"
)

// anybody are rules under which every member of the workspace may ask.
func anybody() policy.Policy {
	p := policy.BuiltIn()
	p.Team = "T0"
	return p
}

func TestWhichTeam(t *testing.T) {
	one := &Bot{Teams: []Team{{Name: "Meadow Labs"}}}
	two := &Bot{Teams: []Team{{Name: "Meadow Labs"}, {Name: "Orchard"}}}
	twins := &Bot{Teams: []Team{{Name: "Meadow Labs"}, {Name: "Meadow Games"}}}
	for _, c := range []struct {
		b          *Bot
		words      string
		team, rest string
		asks       bool
	}{
		{one, "finn developer", "Meadow Labs", "finn developer", false},
		{one, "finn developer on meadow labs", "Meadow Labs", "finn developer", false},
		{one, "Friends on limit 100", "Meadow Labs", "Friends on limit 100", false}, // the command's own word
		{two, "finn developer on orchard", "Orchard", "finn developer", false},
		{two, `finn on "Meadow Labs" developer`, "Meadow Labs", "finn developer", false},
		{two, "Friends on limit 100 on Orchard", "Orchard", "Friends on limit 100", false},
		{two, "finn developer", "", "finn developer", true},
		{two, "finn developer on meadow", "Meadow Labs", "finn developer", false},
		{two, "Friends on", "", "Friends on", true},
		{twins, "finn developer on meadow", "", "finn developer on meadow", true}, // either could be meant
		{twins, "finn developer on labs meadow", "Meadow Labs", "finn developer", false},
		{two, "finn developer on Vineyard", "", "finn developer on Vineyard", true},
	} {
		rest, team, clear, err := c.b.teamFor(t.Context(), &Config{Policy: anybody()}, policy.Person{Team: "T0", ID: "U0"}, Verb{Words: "roles", Class: policy.Access}, Words(c.words), "")
		if err != nil || clear == c.asks || team.Name != c.team || strings.Join(rest, " ") != c.rest {
			t.Errorf("%q: %q on %q, clear %t", c.words, rest, team.Name, clear)
		}
	}
	asked, ok := two.whichTeam(Words("roles finn developer in Halo, Tide")).(Trouble)
	if !ok || len(asked.Offers) != 2 || asked.Offers[1].Words != "roles finn developer in Halo , Tide on Orchard" {
		t.Errorf("%+v", asked)
	}
}

// What a team is called can be typed after “on”, is shown as code, and fits on a button.
func TestNamesOfTeams(t *testing.T) {
	for name, fits := range map[string]bool{
		"Meadow Labs": true, "Łąka & Co. (EU)": true, "3M": true, strings.Repeat("ä", 40): true,
		"": false, strings.Repeat("ä", 41): false, " Meadow": false, "a`b": false, "a<b": false, "a,b": false, "-a": false,
	} {
		if isTeamName(name) != fits {
			t.Errorf("%q: %t", name, !fits)
		}
	}
}
