package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Tests named after what broke in other approval systems.

func in(p Person, groups ...string) Person { p.Groups = groups; return p }

// accessRule is a policy with one rule for access.
func accessRule(r Rule) Policy {
	p := builtIn()
	if r.Ask == nil {
		r.Ask = []string{Members}
	}
	p.Classes[Access] = r
	return p
}

func TestT01AQuorumCountsPeopleNotGroups(t *testing.T) {
	p := accessRule(Rule{Agree: []string{"leads", "release managers"}, Quorum: 2})
	both := in(member("CY"), "leads", "release managers")
	c := Case{Subject: invite, Asker: member("ANA")}
	if v := count(p, c, []Person{both}); v.May {
		t.Error("one person in two groups was taken for two people")
	}
	if v := count(p, c, []Person{both, in(member("DORA"), "leads")}); !v.May {
		t.Errorf("two people: %+v", v)
	}
}

func TestMoreThanTheQuorumIsEnough(t *testing.T) {
	p := accessRule(Rule{Agree: []string{Admins}, Quorum: 2, With: map[string]int{Admins: 1}})
	voters := []Person{admin("CY"), admin("DORA"), admin("EVE"), admin("FAY")}
	for n, enough := range []bool{false, false, true, true, true} {
		if v := count(p, Case{Subject: invite, Asker: member("ANA")}, voters[:n]); v.May != enough {
			t.Errorf("%d of 2: %+v", n, v)
		}
	}
}

func TestT02AnAdministratorDoesNotApproveTheirOwn(t *testing.T) {
	p := builtIn()
	boss := admin("CY")
	c := Case{Subject: invite, Asker: boss}
	demands, _ := p.Demands(invite)
	if v := p.MayDecide(boss, c, demands); v.May || v.Why != "You asked for it; someone else has to agree." {
		t.Errorf("%+v", v)
	}
	if v := count(p, c, []Person{boss}); v.May {
		t.Error("it was counted")
	}
}

func TestT03TwoAccountsOfOnePersonAreOneVote(t *testing.T) {
	p := accessRule(Rule{Agree: []string{Admins}, Quorum: 2})
	p.People = []Human{{Name: "cy", Accounts: []string{"CY", "CY2"}, Mails: []string{"cy@icloud.example"}}}
	c := Case{Subject: invite, Asker: member("ANA")}
	other := func(id, mail string) Person { a := admin(id); a.Email = mail; return a }
	for _, row := range []struct {
		name   string
		second Person
		enough bool
	}{
		{"listed under one name", admin("CY2"), false},
		{"the same address in another case and with a tag", other("U9", "Cy+work@Meadow.example"), false},
		{"the address listed for them", other("U9", "CY@icloud.example"), false},
		{"somebody else", admin("DORA"), true},
	} {
		if v := count(p, c, []Person{admin("CY"), row.second}); v.May != row.enough {
			t.Errorf("%s: %+v", row.name, v)
		}
	}
	demands, _ := p.Demands(invite)
	c.Beneficiaries = []Person{{Email: "cy+test@icloud.example"}}
	if v := p.MayDecide(admin("CY2"), c, demands); v.May || !strings.Contains(v.Why, "about you") {
		t.Errorf("about another address of theirs: %+v", v)
	}
	c = Case{Subject: invite, Asker: admin("CY2")}
	if v := p.MayDecide(admin("CY"), c, demands); v.May || !strings.Contains(v.Why, "You asked for it") {
		t.Errorf("asked by their other account: %+v", v)
	}
}

func TestT03AThirdAccountJoinsTwoThatHaveNothingInCommon(t *testing.T) {
	p := accessRule(Rule{Agree: []string{Admins}, Quorum: 2})
	p.People = []Human{{Name: "cy", Accounts: []string{"A", "B"}}}
	bridge := admin("B")
	bridge.Email = "c@meadow.example" // of C
	voters := []Person{admin("A"), admin("C"), bridge}
	if v := count(p, Case{Subject: invite, Asker: member("ANA")}, voters); v.May {
		t.Error("A is B, and B is C, but A and C were two people")
	}
	if v := count(p, Case{Subject: invite, Asker: admin("A")}, []Person{admin("C"), bridge, admin("D")}); v.May {
		t.Error("the asker's vote was counted by way of a third account")
	}
}

func TestDenyBeatsAllow(t *testing.T) {
	p := accessRule(Rule{Ask: []string{"leads"}, Agree: []string{"leads"}, Deny: []string{"contractors"}})
	who := in(member("CY"), "leads", "contractors")
	demands, _ := p.Demands(invite)
	if v := p.MayAsk(who, invite); v.May || v.Why != "Contractors may not use “invite”." {
		t.Errorf("%+v", v)
	}
	if v := p.MayDecide(who, Case{Subject: invite, Asker: member("ANA")}, demands); v.May || v.Why != "Contractors may not decide this." {
		t.Errorf("%+v", v)
	}
	p.Deny = []string{"agencies"}
	if v := p.MayUse(in(admin("CY"), "agencies")); v.May || v.Why != "The rules do not let agencies use this command." {
		t.Errorf("%+v", v)
	}
}

func TestVerdictsSayWhatIsMissing(t *testing.T) {
	p := accessRule(Rule{Agree: []string{"leads", "release managers"}, Quorum: 3, With: map[string]int{"release managers": 2, "leads": 1}})
	lead := func(id string) Person { return in(member(id), "leads") }
	manager := func(id string) Person { return in(member(id), "release managers") }
	c := Case{Subject: invite, Asker: lead("ANA")}
	for _, row := range []struct {
		voters []Person
		why    string
	}{
		{nil, "0 of 3 people have agreed; one of leads is missing, 2 of release managers are missing."},
		{[]Person{lead("B"), manager("C")}, "2 of 3 people have agreed; one of release managers is missing."},
		{[]Person{lead("B"), lead("C"), lead("D")}, "3 of 3 people have agreed; 2 of release managers are missing."},
		{[]Person{manager("B"), manager("C"), manager("D")}, "3 of 3 people have agreed; one of leads is missing."},
		{[]Person{lead("B"), manager("C"), manager("D")}, ""},
	} {
		if v := count(p, c, row.voters); v.Why != row.why {
			t.Errorf("got %q, want %q", v.Why, row.why)
		}
	}
}

func TestAnAppsRuleNarrows(t *testing.T) {
	p := accessRule(Rule{Agree: []string{"leads"}, Quorum: 1, Wait: 24 * time.Hour, Run: time.Hour})
	halo := Rule{Of: "for the app com.halo", Ask: []string{Members}, Agree: []string{"halo owners"}, Quorum: 1, Wait: 2 * time.Hour, Run: 2 * time.Hour}
	p.Apps = map[string]Rules{"com.halo": {Classes: map[Class]Rule{Access: halo}}}
	p.Teams = map[string]Rules{"games": {Operations: map[string]Rule{"invite": {Of: "for the team games", Ask: []string{"leads"}, Agree: []string{"leads"}, Quorum: 2}}}}
	about := func(team string, all bool, apps ...string) Case {
		s := invite
		s.Team, s.Apps, s.AllApps = team, apps, all
		return Case{Subject: s, Asker: member("ANA")}
	}
	lead, owner := in(member("CY"), "leads"), in(member("DORA"), "halo owners")
	for _, row := range []struct {
		name   string
		c      Case
		voters []Person
		why    string
	}{
		{"another app", about("main", false, "com.pebble"), []Person{lead}, ""},
		{"this app, one half", about("main", false, "1", "com.halo"), []Person{lead}, "0 of 1 people have agreed for the app com.halo."},
		{"this app, the other half", about("main", false, "com.halo"), []Person{owner}, "0 of 1 people have agreed."},
		{"this app", about("main", false, "com.halo"), []Person{owner, lead}, ""},
		{"every app", about("main", true), []Person{lead}, "0 of 1 people have agreed for the app com.halo."},
		{"the team's own rule on who asks", about("games", false), []Person{lead}, "The person who asked may no longer ask: Only leads may use “invite” for the team games."},
	} {
		if v := count(p, row.c, row.voters); v.Why != row.why {
			t.Errorf("%s: got %q, want %q", row.name, v.Why, row.why)
		}
	}
	demands, _ := p.Demands(about("main", true).Subject)
	if got := demands.InWords(); got != "One of leads has to agree; one of halo owners has to agree for the app com.halo" {
		t.Errorf("%q", got)
	}
	if demands.Wait() != 2*time.Hour || demands.Run() != time.Hour {
		t.Errorf("waits %s, runs %s", demands.Wait(), demands.Run())
	}
	p.Apps["com.halo"].Classes[Access] = Rule{Of: "for the app com.halo", Ask: []string{Members}, Agree: []string{"leads"}, Quorum: 2}
	if demands, _ = p.Demands(about("main", true).Subject); demands.InWords() != "2 of leads have to agree for the app com.halo" {
		t.Errorf("what is implied is said: %q", demands.InWords())
	}
}

func TestAFreezeSaysUntilWhen(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	day := func(y int, m time.Month, d, h int) time.Time { return time.Date(y, m, d, h, 0, 0, 0, berlin) }
	submit := Subject{Operation: "submit", Class: Release, Apps: []string{"com.halo"}}
	p := builtIn()
	p.Freezes = []Freeze{
		{Name: "christmas", From: day(2026, 12, 24, 12), To: day(2026, 12, 27, 0), Week: Window{End: wholeDay, Zone: berlin}},
		{Name: "weekend", Week: Window{Days: []time.Weekday{6, 0}, End: wholeDay, Zone: berlin}, Classes: []Class{Release}, Except: []string{"on call"}},
		{Name: "halo", Week: Window{Days: []time.Weekday{1}, Start: 0, End: 600, Zone: berlin}, Apps: []string{"com.halo"}},
		{Name: "games", Week: Window{Days: []time.Weekday{2}, End: wholeDay, Zone: berlin}, Teams: []string{"games"}, Operations: []string{"submit"}},
	}
	withApps := func(s Subject, all bool, apps ...string) Subject { s.Apps, s.AllApps = apps, all; return s }
	games := submit
	games.Team = "games"
	for _, row := range []struct {
		name string
		who  Person
		s    Subject
		at   time.Time
		why  string
	}{
		{"before", member("ANA"), submit, day(2026, 12, 24, 11), ""},
		{"from its first moment, on through all that follows", member("ANA"), submit, day(2026, 12, 24, 12), "“submit” is frozen (christmas) until Mon 28 Dec 2026 10:00 CET."},
		{"for another app", member("ANA"), withApps(submit, false, "com.pebble"), day(2026, 12, 26, 12), "“submit” is frozen (christmas) until Mon 28 Dec 2026 00:00 CET."},
		{"for all apps", member("ANA"), withApps(submit, true), day(2026, 12, 28, 9), "“submit” is frozen (halo) until Mon 28 Dec 2026 10:00 CET."},
		{"for no app", member("ANA"), withApps(submit, false), day(2026, 12, 28, 9), ""},
		{"for whom it excepts", in(member("ANA"), "on call"), submit, day(2026, 12, 26, 12), "“submit” is frozen (christmas) until Sun 27 Dec 2026 00:00 CET."},
		{"of another class", member("ANA"), Subject{Operation: "tester add", Class: TestFlight}, day(2026, 12, 26, 12), "“tester add” is frozen (christmas) until Sun 27 Dec 2026 00:00 CET."},
		{"of what only looks", member("ANA"), Subject{Operation: "log", Class: Read}, day(2026, 12, 26, 12), ""},
		{"of the bot itself", member("ANA"), Subject{Operation: "digest add", Class: Admin}, day(2026, 12, 26, 12), ""},
		{"another team", member("ANA"), submit, day(2026, 12, 29, 12), ""},
		{"one team", member("ANA"), games, day(2026, 12, 29, 12), "“submit” is frozen (games) until Wed 30 Dec 2026 00:00 CET."},
	} {
		if v := p.Frozen(row.who, row.s, row.at); v.Why != row.why || v.May != (row.why == "") {
			t.Errorf("%s: got %q, want %q", row.name, v.Why, row.why)
		}
		if thaw := p.Thaw(row.who, row.s, row.at); !p.Frozen(row.who, row.s, thaw).May || row.why == "" && !thaw.Equal(row.at) {
			t.Errorf("%s: it thaws at %s and is frozen then", row.name, thaw)
		}
	}
	p.Freezes = append(p.Freezes, Freeze{Name: "rest", Week: Window{Days: []time.Weekday{1, 2, 3, 4, 5}, End: wholeDay, Zone: berlin}})
	if v := p.Frozen(member("ANA"), submit, day(2027, 2, 3, 0)); v.Why != "“submit” is frozen (rest) without an end." {
		t.Errorf("what two freezes never leave: %+v", v)
	}
}

func TestAReasonOrATicketCanBeWanted(t *testing.T) {
	for _, row := range []struct {
		rule   Rule
		reason string
		why    string
	}{
		{Rule{}, "", ""},
		{Rule{Reason: true}, " ", "The rules want to know why."},
		{Rule{Reason: true}, "joins us", ""},
		{Rule{Ticket: "[A-Z]+-[0-9]+"}, "joins us", "The rules want a ticket in the reason, one that looks like [A-Z]+-[0-9]+."},
		{Rule{Ticket: "[A-Z]+-[0-9]+"}, "see (IOS-12).", ""},
		{Rule{Ticket: "[A-Z]+-[0-9]+"}, "IOS-12", ""},
		{Rule{Ticket: "IOS-1"}, "IOS-12", "The rules want a ticket in the reason, one that looks like IOS-1."},
		{Rule{Ticket: "IOS-[0-9]+|OPS-[0-9]+"}, "xOPS-3", "The rules want a ticket in the reason, one that looks like IOS-[0-9]+|OPS-[0-9]+."},
		{Rule{Ticket: "("}, "(", "The rules want a ticket in the reason, one that looks like (."},
	} {
		if v := (Demands{{Reason: false}, row.rule}).Lacks(row.reason); v.Why != row.why || v.May != (row.why == "") {
			t.Errorf("%+v with %q: %+v", row.rule, row.reason, v)
		}
	}
}

func TestLinesTellEverythingApart(t *testing.T) {
	base := func() Policy {
		p := accessRule(Rule{Agree: []string{"leads"}, Quorum: 1, Wait: 24 * time.Hour, Run: time.Hour})
		p.Groups = map[string][]string{"leads": {"U1"}}
		return p
	}
	access := func(edit func(*Rule)) func(*Policy) {
		return func(p *Policy) { r := p.Classes[Access]; edit(&r); p.Classes[Access] = r }
	}
	for name, edit := range map[string]func(*Policy){
		"ask": access(func(r *Rule) { r.Ask = []string{"leads"} }), "deny": access(func(r *Rule) { r.Deny = []string{"leads"} }),
		"agree": access(func(r *Rule) { r.Agree = []string{Admins} }), "quorum": access(func(r *Rule) { r.Quorum = 2 }),
		"with": access(func(r *Rule) { r.With = map[string]int{"leads": 1} }), "reason": access(func(r *Rule) { r.Reason = true }),
		"ticket": access(func(r *Rule) { r.Ticket = "X" }), "wait": access(func(r *Rule) { r.Wait++ }), "run": access(func(r *Rule) { r.Run++ }),
		"remind": access(func(r *Rule) { r.Remind = time.Hour }), "escalate": access(func(r *Rule) { r.Escalate, r.EscalateTo = time.Hour, []string{"leads"} }),
		"operation": func(p *Policy) { p.Operations = map[string]Rule{"invite": p.Classes[Access]} },
		"team":      func(p *Policy) { p.Teams = map[string]Rules{"games": {Classes: p.Classes}} },
		"app":       func(p *Policy) { p.Apps = map[string]Rules{"com.halo": {Classes: p.Classes}} },
		"group":     func(p *Policy) { p.Groups["leads"] = []string{"U1", "U2"} },
		"people":    func(p *Policy) { p.People = []Human{{Name: "ana", Accounts: []string{"U1"}}} },
		"mails":     func(p *Policy) { p.People = []Human{{Name: "ana", Mails: []string{"ana@x.example"}}} },
		"denied":    func(p *Policy) { p.Deny = []string{"leads"} },
		"freeze":    func(p *Policy) { p.Freezes = []Freeze{{Name: "x", Week: Window{Days: []time.Weekday{1}, End: 60}}} },
		"hours":     func(p *Policy) { p.Hours.Start = 60 },
		"quiet":     func(p *Policy) { p.Quiet = []string{"U1"} },
		"limits":    func(p *Policy) { p.Limits.Open++ },
	} {
		p := base()
		edit(&p)
		if diff := Diff(base().Lines(), p.Lines()); len(diff) == 0 {
			t.Errorf("%s: nobody sees a difference", name)
		}
	}
	p := base()
	p.People = []Human{{Name: "ana", Accounts: []string{"U1"}, Mails: []string{"ana@x.example"}}}
	if said := strings.Join(p.Lines(), "\n"); strings.Contains(said, "x.example") || !strings.Contains(said, "ana is U1, an address (") {
		t.Errorf("addresses are kept for ever: %s", said)
	}
	p = base()
	access(func(r *Rule) { r.Quorum = 2 })(&p)
	want := []string{
		"- access: asked by full members; one of leads has to agree; waits 24h; runs within 1h",
		"+ access: asked by full members; 2 of leads have to agree; waits 24h; runs within 1h",
	}
	if diff := cmp.Diff(want, Diff(base().Lines(), p.Lines())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whoever agrees is drawn from two groups of which each has to be there: with votes
// from one group alone nothing runs, however many they are.
func TestT01NoOneGroupAgreesAlone(t *testing.T) {
	p := accessRule(Rule{Agree: []string{"leads", "security"}, Quorum: 2, With: map[string]int{"leads": 1, "security": 1}})
	c := Case{Subject: invite, Asker: member("ANA")}
	agreed := 0
	for mix := range 1 << 10 { // five people, each in none, one or both of the groups
		var voters []Person
		of := [2]int{}
		for n := range 5 {
			who := member(string(rune('B' + n)))
			for g, name := range []string{"leads", "security"} {
				if mix>>(2*n+g)&1 == 1 {
					who.Groups = append(who.Groups, name)
					of[g]++
				}
			}
			if len(who.Groups) > 0 {
				voters = append(voters, who)
			}
		}
		want := len(voters) >= 2 && of[0] > 0 && of[1] > 0
		if v := count(p, c, voters); v.May != want {
			t.Fatalf("%d people, %d leads, %d of security: %+v", len(voters), of[0], of[1], v)
		}
		if want {
			agreed++
		}
	}
	if agreed == 0 {
		t.Error("nothing was agreed to in any way")
	}
}
