package policy

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const home = "T0HOME"

func member(id string) Person {
	return Person{Team: home, ID: id, Email: strings.ToLower(id) + "@meadow.example"}
}
func admin(id string) Person { p := member(id); p.Admin = true; return p }

var invite = Subject{Operation: "invite", Class: Access}

// count counts votes as the policy demands it now.
func count(p Policy, c Case, voters []Person) Verdict {
	demands, _ := p.Demands(c.Subject)
	return p.Count(c, demands, voters)
}

func builtIn() Policy { p := BuiltIn(); p.Team = home; return p }

func TestT04OnlyFullMembersOfTheHomeWorkspaceGetIn(t *testing.T) {
	p := builtIn()
	for flags := range 1 << 4 {
		for _, team := range []string{home, "T0OTHER", ""} {
			who := Person{Team: team, ID: "U1", Deleted: flags&1 != 0, Bot: flags&2 != 0, Guest: flags&4 != 0, Stranger: flags&8 != 0, Admin: true}
			want := flags == 0 && team == home
			if v := p.MayUse(who); v.May != want || v.May == (v.Why != "") {
				t.Errorf("flags %04b team %q: %+v, want may=%v with a reason exactly when refused", flags, team, v, want)
			}
		}
	}
	if p.MayUse(Person{Team: home}).May {
		t.Error("somebody without an id got in")
	}
	if (Policy{}).MayUse(Person{ID: "U1"}).May {
		t.Error("a policy that does not know its home workspace let somebody of no workspace in")
	}
}

func TestFourEyes(t *testing.T) {
	p := builtIn()
	rule, _ := p.Demands(invite)
	asker := admin("ANA")
	second := admin("ANA2")
	second.Email = "Ana+phone@meadow.example"
	target := admin("BEN")
	nameless := admin("DORA")
	nameless.Email = ""
	c := Case{Subject: invite, Asker: asker, Beneficiaries: []Person{{Email: "BEN@meadow.example"}}}
	for _, row := range []struct {
		who Person
		may bool
		why string
	}{
		{asker, false, "You asked for it"},
		{second, false, "You asked for it"},
		{target, false, "about you"},
		{member("EVE"), false, "Only workspace admins and owners"},
		{admin("CY"), true, ""},
		{nameless, false, "does not tell me your e-mail address"},
	} {
		if v := p.MayDecide(row.who, c, rule); v.May != row.may || !strings.Contains(v.Why, row.why) {
			t.Errorf("%s: %+v, want may=%v, why %q", row.who.ID, v, row.may, row.why)
		}
	}
}

func TestWithoutAnAddressOnlyWhatIsAboutNobodyCanBeDecided(t *testing.T) {
	p := builtIn()
	rule, _ := p.Demands(invite)
	who := admin("CY")
	who.Email = ""
	for _, row := range []struct {
		name  string
		about []Person
		may   bool
	}{
		{"nobody", nil, true},
		{"an account", []Person{{ID: "BEN"}}, true},
		{"an address", []Person{{Email: "ben@meadow.example"}}, false},
		{"both", []Person{{ID: "BEN"}, {Email: "eve@meadow.example"}}, false},
	} {
		c := Case{Subject: invite, Asker: member("ANA"), Beneficiaries: row.about}
		if v := p.MayDecide(who, c, rule); v.May != row.may {
			t.Errorf("about %s: %+v", row.name, v)
		}
		if v := count(p, c, []Person{who}); v.May != row.may {
			t.Errorf("about %s, counted: %+v", row.name, v)
		}
	}
}

func TestUnknownOperationsAreRefused(t *testing.T) {
	p := builtIn()
	if v := p.MayAsk(admin("CY"), Subject{Operation: "format disk", Class: "unheard of"}); v.May {
		t.Error("an operation no rule knows was allowed")
	}
}

func TestGroupsAreThoseThatRulesName(t *testing.T) {
	p := builtIn()
	if got := p.Named(); len(got) != 0 {
		t.Errorf("the built-in policy names %q", got)
	}
	p.Classes[Release] = Rule{Ask: []string{Members, "leads"}, Agree: []string{"releasers"}}
	p.Operations = map[string]Rule{"invite": {Ask: []string{"leads"}, Agree: []string{Admins, "hr"}}}
	if got := strings.Join(p.Named(), " "); got != "hr leads releasers" {
		t.Errorf("%q", got)
	}
}

func TestAnOperationsOwnRuleWinsOverItsClass(t *testing.T) {
	p := builtIn()
	p.Operations = map[string]Rule{"invite": {Ask: []string{"leads"}, Agree: []string{"leads"}, Quorum: 2}}
	if v := p.MayAsk(admin("CY"), invite); v.May || !strings.Contains(v.Why, "leads") {
		t.Errorf("want a refusal that names the group, got %+v", v)
	}
	if v := p.MayAsk(admin("CY"), Subject{Operation: "remove", Class: Access}); !v.May {
		t.Errorf("the class's rule should still let this be asked: %+v", v)
	}
}

func TestCountTakesPeopleNotVotes(t *testing.T) {
	p := builtIn()
	p.Classes[Access] = Rule{Ask: []string{Members}, Agree: []string{Admins}, Quorum: 2}
	again := admin("CY2")
	again.Email = "cy@meadow.example"
	fired := admin("DORA")
	fired.Deleted = true
	c := Case{Subject: invite, Asker: member("ANA")}
	for _, row := range []struct {
		name   string
		voters []Person
		may    bool
	}{
		{"nobody", nil, false},
		{"one", []Person{admin("CY")}, false},
		{"one twice", []Person{admin("CY"), admin("CY")}, false},
		{"two accounts of one person", []Person{admin("CY"), again}, false},
		{"one was deactivated since", []Person{admin("CY"), fired}, false},
		{"the asker and one", []Person{admin("CY"), member("ANA")}, false},
		{"two", []Person{admin("CY"), admin("DORA")}, true},
	} {
		if v := count(p, c, row.voters); v.May != row.may {
			t.Errorf("%s: %+v", row.name, v)
		}
	}
	gone := member("ANA")
	gone.Guest = true
	if v := count(p, Case{Subject: invite, Asker: gone}, []Person{admin("CY"), admin("DORA")}); v.May {
		t.Error("a request of somebody who may no longer ask was counted as agreed")
	}
}

// Whatever the votes, an agreed request has at least the quorum of distinct
// people behind it, none of them the asker or a beneficiary.
func TestT02AgreementAlwaysHasEnoughOtherPeople(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Custom(func(t *rapid.T) Person {
			n := rapid.IntRange(0, 5).Draw(t, "mail")
			return Person{
				Team: rapid.SampledFrom([]string{home, home, home, "T0OTHER"}).Draw(t, "team"),
				ID:   rapid.SampledFrom([]string{"A", "B", "C", "D", "E", "F", "G"}).Draw(t, "id"), Email: string(rune('a'+n)) + "@x.example",
				Admin: rapid.Bool().Draw(t, "admin"), Guest: rapid.IntRange(0, 4).Draw(t, "guest") == 0,
			}
		})
		p := builtIn()
		quorum := rapid.IntRange(1, 3).Draw(t, "quorum")
		p.Classes[Access] = Rule{Ask: []string{Members}, Agree: []string{Admins}, Quorum: quorum}
		c := Case{Subject: invite, Asker: draw.Draw(t, "asker"), Beneficiaries: []Person{draw.Draw(t, "beneficiary")}}
		voters := rapid.SliceOfN(draw, 0, 6).Draw(t, "voters")
		if !count(p, c, voters).May {
			return
		}
		mailboxes := map[string]bool{}
		for _, v := range voters {
			outsider := v.Team != home || v.Guest || !v.Admin
			involved := v.ID == c.Asker.ID || v.Email == c.Asker.Email || v.ID == c.Beneficiaries[0].ID || v.Email == c.Beneficiaries[0].Email
			if !outsider && !involved {
				mailboxes[v.Email] = true
			}
		}
		if len(mailboxes) < quorum {
			t.Fatalf("agreed with %d eligible people of %d needed", len(mailboxes), quorum)
		}
	})
}
