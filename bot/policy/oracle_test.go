package policy

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// The functions below decide the same questions as the package, in the most naive
// way there is: by trying out everything. They share its types and none of its code.

// slowly finds the rules that count for a subject.
func slowly(p Policy, s Subject) (rules []Rule) {
	in := func(r Rules) {
		for name, rule := range r.Operations {
			if name == s.Operation {
				rules = append(rules, rule)
				return
			}
		}
		for class, rule := range r.Classes {
			if class == s.Class {
				rules = append(rules, rule)
			}
		}
	}
	in(p.Rules)
	if len(rules) == 0 {
		return nil
	}
	for name, r := range p.Teams {
		if name == s.Team || s.AllTeams {
			in(r)
		}
	}
	for name, r := range p.Apps {
		about := s.AllApps
		for _, a := range s.Apps {
			about = about || a == name
		}
		if about {
			in(r)
		}
	}
	return rules
}

func belongs(who Person, groups []string) bool {
	for _, g := range groups {
		if g == "members" || g == "admins" && who.Admin {
			return true
		}
		for _, mine := range who.Groups {
			if mine == g {
				return true
			}
		}
	}
	return false
}

func welcome(p Policy, who Person) bool {
	return who.ID != "" && who.Team == p.Team && p.Team != "" &&
		!who.Deleted && !who.Bot && !who.Stranger && !who.Guest && !belongs(who, p.Deny)
}

// kin says which of some accounts are one person's: directly, or by way of others.
func kin(p Policy, all []Person) [][]bool {
	box := func(mail string) string {
		at := strings.Index(mail, "@")
		local, _, _ := strings.Cut(strings.ToLower(mail[:at]), "+")
		return local + strings.ToLower(mail[at:])
	}
	belongsTo := func(a Person, h Human) bool {
		for _, id := range h.Accounts {
			if id == a.ID {
				return true
			}
		}
		for _, m := range h.Mails {
			if a.Email != "" && box(m) == box(a.Email) {
				return true
			}
		}
		return false
	}
	is := make([][]bool, len(all))
	for i, a := range all {
		is[i] = make([]bool, len(all))
		for j, b := range all {
			is[i][j] = i == j || a.ID != "" && a.ID == b.ID || a.Email != "" && b.Email != "" && box(a.Email) == box(b.Email)
			for _, h := range p.People {
				is[i][j] = is[i][j] || belongsTo(a, h) && belongsTo(b, h)
			}
		}
	}
	for range all {
		for i := range all {
			for j := range all {
				for k := range all {
					is[i][j] = is[i][j] || is[i][k] && is[k][j]
				}
			}
		}
	}
	return is
}

func maySlowlyAsk(p Policy, who Person, rules []Rule) bool {
	if len(rules) == 0 || !welcome(p, who) {
		return false
	}
	for _, r := range rules {
		if belongs(who, r.Deny) || !belongs(who, r.Ask) {
			return false
		}
	}
	return true
}

func maySlowlyDecide(p Policy, who Person, c Case, rules []Rule) bool {
	if !welcome(p, who) {
		return false
	}
	known := who.Email != ""
	for _, h := range p.People {
		for _, id := range h.Accounts {
			known = known || id == who.ID && len(h.Mails) > 0
		}
	}
	for _, other := range append([]Person{c.Asker}, c.Beneficiaries...) {
		if kin(p, []Person{who, other})[0][1] {
			return false
		}
	}
	for _, b := range c.Beneficiaries {
		if b.Email != "" && !known {
			return false
		}
	}
	entitled := false
	for _, r := range rules {
		if belongs(who, r.Deny) {
			return false
		}
		entitled = entitled || belongs(who, r.Agree)
	}
	return entitled
}

// slowlyEnough looks for people among the voters, by trying every choice of them.
func slowlyEnough(p Policy, c Case, rules []Rule, voters []Person) bool {
	if !maySlowlyAsk(p, c.Asker, rules) {
		return false
	}
	everybody := append(append([]Person{c.Asker}, c.Beneficiaries...), voters...)
	is := kin(p, everybody)
	involved := len(everybody) - len(voters)
	uninvolved := func(v int) bool {
		for i := range involved {
			if is[involved+v][i] {
				return false
			}
		}
		return maySlowlyDecide(p, voters[v], c, rules)
	}
	found := func(n int, groups []string) bool {
		for choice := range 1 << len(voters) {
			var chosen []int
			for v := range voters {
				if choice&(1<<v) != 0 {
					chosen = append(chosen, v)
				}
			}
			if len(chosen) != n {
				continue
			}
			good := true
			for _, v := range chosen {
				good = good && uninvolved(v) && belongs(voters[v], groups)
				for _, w := range chosen {
					good = good && (v == w || !is[involved+v][involved+w])
				}
			}
			if good {
				return true
			}
		}
		return false
	}
	agreed := false
	for _, r := range rules {
		if len(r.Agree) == 0 {
			continue
		}
		agreed = true
		if !found(max(r.Quorum, 1), r.Agree) {
			return false
		}
		for g, n := range r.With {
			if !found(n, []string{g}) {
				return false
			}
		}
	}
	return agreed
}

// agree compares the package with the naive answers.
func agree(t *testing.T, p Policy, c Case, voters []Person) (asked, enough bool) {
	t.Helper()
	rules := slowly(p, c.Subject)
	demands, ok := p.Demands(c.Subject)
	if ok != (len(rules) > 0) {
		t.Fatalf("rules: %v, naively %v\n%+v\n%+v", ok, rules, p, c)
	}
	asked = p.MayAsk(c.Asker, c.Subject).May
	if want := maySlowlyAsk(p, c.Asker, rules); asked != want {
		t.Fatalf("may ask: %v, naively %v\n%+v\n%+v", asked, want, p, c)
	}
	for _, v := range voters {
		if got, want := p.MayDecide(v, c, demands), maySlowlyDecide(p, v, c, rules); got.May != want || got.May == (got.Why != "") {
			t.Fatalf("may decide: %+v, naively %v\n%+v\n%+v\n%+v", got, want, v, p, c)
		}
	}
	got := p.Count(c, demands, voters)
	if want := slowlyEnough(p, c, rules, voters); got.May != want || got.May == (got.Why != "") {
		t.Fatalf("enough: %+v, naively %v\n%+v\n%+v\nvoters %+v", got, want, p, c, voters)
	}
	return asked, got.May
}

// world draws policies and people by chance.
type world struct{ *rand.Rand }

func (w world) chance(oneIn int) bool { return w.IntN(oneIn) == 0 }

func (w world) some(of ...string) (chosen []string) {
	for _, s := range of {
		if w.chance(2) {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

func (w world) rule() Rule {
	r := Rule{Ask: append(w.some("leads", "owners"), "members"), Agree: w.some("leads", "owners", "admins"), Quorum: w.IntN(4)}
	if w.chance(4) {
		r.Ask = w.some("leads", "owners")
	}
	if w.chance(6) {
		r.Deny = w.some("leads", "visitors")
	}
	if w.chance(3) && len(r.Agree) > 0 {
		r.With = map[string]int{r.Agree[w.IntN(len(r.Agree))]: 1 + w.IntN(2)}
	}
	return r
}

func (w world) rules(oneIn int) Rules {
	r := Rules{Classes: map[Class]Rule{}, Operations: map[string]Rule{}}
	if w.chance(oneIn) {
		r.Classes[Access] = w.rule()
	}
	if w.chance(3 * oneIn) {
		r.Operations["invite"] = w.rule()
	}
	return r
}

func (w world) policy() Policy {
	p := Policy{Team: home, Rules: w.rules(1), Teams: map[string]Rules{"games": w.rules(3)}, Apps: map[string]Rules{"com.halo": w.rules(3), "42": w.rules(6)}}
	if w.chance(10) {
		p.Rules = w.rules(2)
	}
	if w.chance(5) {
		p.Deny = w.some("visitors", "owners")
	}
	if w.chance(3) {
		p.People = append(p.People, Human{Name: "ana", Accounts: w.some("A", "B"), Mails: w.some("a@x.example", "z@x.example")})
	}
	if w.chance(6) {
		p.People = append(p.People, Human{Name: "cy", Accounts: w.some("C", "D"), Mails: w.some("c@x.example")})
	}
	return p
}

func (w world) person() Person {
	p := Person{
		Team: home, ID: string(rune('A' + w.IntN(7))), Admin: w.chance(2), Groups: w.some("leads", "owners"),
		Deleted: w.chance(15), Bot: w.chance(25), Guest: w.chance(15), Stranger: w.chance(25),
	}
	p.Email = strings.ToLower(p.ID) + "@x.example"
	switch {
	case w.chance(6):
		p.Email = string(rune('a'+w.IntN(7))) + "+tag@X.example"
	case w.chance(8):
		p.Email = ""
	}
	if w.chance(8) {
		p.Groups = append(p.Groups, "visitors")
	}
	if w.chance(25) {
		p.Team = "T0OTHER"
	}
	return p
}

func (w world) drawCase() Case {
	c := Case{Subject: Subject{Operation: "invite", Class: Access, Team: "main", Apps: w.some("com.halo", "42", "com.pebble"), AllApps: w.chance(8)}, Asker: w.person()}
	if w.chance(3) {
		c.Team = "games"
	}
	if w.chance(6) {
		c.Team, c.AllTeams = "", true
	}
	if w.chance(4) {
		c.Operation = "remove"
	}
	if w.chance(2) {
		c.Beneficiaries = []Person{{Email: string(rune('a'+w.IntN(9))) + "@x.example"}}
	}
	return c
}

// TestASecondEvaluatorAgrees compares 150,000 policies and requests drawn by chance.
func TestASecondEvaluatorAgrees(t *testing.T) {
	t.Parallel()
	const draws = 150_000
	w := world{rand.New(rand.NewPCG(1, 2))}
	asked, enough := 0, 0
	for range draws {
		voters := make([]Person, w.IntN(6))
		for i := range voters {
			voters[i] = w.person()
		}
		a, e := agree(t, w.policy(), w.drawCase(), voters)
		if a {
			asked++
		}
		if e {
			enough++
		}
	}
	t.Logf("%d of %d might be asked, %d were agreed to", asked, draws, enough)
	if asked < draws/10 || asked > draws*9/10 || enough < draws/50 || enough > draws/2 {
		t.Error("that is too one-sided to say much")
	}
}

// TestT11SmallWorldsAreDecidedAlikeWholly goes through every world of three people:
// which groups they are in, who shares an address, who asks, who votes, and what
// the rule wants.
func TestT11SmallWorldsAreDecidedAlikeWholly(t *testing.T) {
	t.Parallel()
	worlds := 0
	groups := [][]string{nil, {"leads"}, {"owners"}, {"leads", "owners"}}
	for a := range 4 {
		for b := range 4 {
			for c := range 4 {
				for _, mails := range []string{"abc", "aac", "aba", "abb", "aaa"} {
					var people []Person
					for i, in := range []int{a, b, c} {
						people = append(people, Person{Team: home, ID: string(rune('A' + i)), Email: mails[i:i+1] + "@x.example", Groups: groups[in]})
					}
					for _, r := range smallRules() {
						p := Policy{Team: home, Rules: Rules{Classes: map[Class]Rule{Access: r}}}
						for asker := range 3 {
							for votes := range 8 {
								var voters []Person
								for v := range 3 {
									if votes&(1<<v) != 0 {
										voters = append(voters, people[v])
									}
								}
								agree(t, p, Case{Subject: invite, Asker: people[asker]}, voters)
								worlds++
							}
						}
					}
				}
			}
		}
	}
	t.Logf("%d worlds", worlds)
}

func smallRules() (rules []Rule) {
	for quorum := range 4 {
		for _, agree := range [][]string{{"leads"}, {"leads", "owners"}} {
			for _, with := range []map[string]int{nil, {"leads": 1}, {agree[len(agree)-1]: 2}} {
				for _, deny := range [][]string{nil, {"owners"}} {
					rules = append(rules, Rule{Ask: []string{Members}, Agree: agree, Quorum: quorum, With: with, Deny: deny})
				}
			}
		}
	}
	return rules
}

// TestT09T10BothPoliciesHaveToAllow draws two policies: what is counted under both is
// counted under each.
func TestT09T10BothPoliciesHaveToAllow(t *testing.T) {
	w := world{rand.New(rand.NewPCG(3, 4))}
	both, one := 0, 0
	for range 30_000 {
		asked, now, c := w.policy(), w.policy(), w.drawCase()
		now.People, now.Deny = asked.People, asked.Deny // who people are is not for a request to keep
		voters := make([]Person, 1+w.IntN(6))
		for i := range voters {
			voters[i] = w.person()
		}
		then, ok1 := asked.Demands(c.Subject)
		demands, ok2 := now.Demands(c.Subject)
		if !ok1 || !ok2 {
			continue
		}
		together := now.Count(c, demands.And(then, nil, nil, "as it was asked"), voters).May
		first, second := asked.Count(c, then, voters).May, now.Count(c, demands, voters).May
		denies := slices.ContainsFunc(slices.Concat(then, demands), func(r Rule) bool { return len(r.Deny) > 0 })
		if !demands.Agreed() || !then.Agreed() {
			continue
		}
		// Whom one of them denies has no vote under the other either.
		if together && !(first && second) || !denies && together != (first && second) {
			t.Fatalf("together %v, asked %v, now %v\n%+v\n%+v\n%+v\n%+v", together, first, second, then, demands, c, voters)
		}
		if together {
			both++
		}
		if first != second {
			one++
		}
	}
	if both < 100 || one < 100 {
		t.Errorf("only %d under both, %d under one", both, one)
	}
}

// TestT10AGroupThatHasLostSomebodyCountsAsItWasAndAsItIs draws what And calls groups
// that had other members.
func TestT10AGroupThatHasLostSomebodyCountsAsItWasAndAsItIs(t *testing.T) {
	p := builtIn()
	rule := Rule{Ask: []string{Members}, Agree: []string{"leads"}, Quorum: 1}
	demands := Demands{rule}.And(Demands{rule}, map[string]string{"leads": "leads then"}, nil, "as it was asked")
	c := Case{Subject: invite, Asker: member("ANA")}
	for _, row := range []struct {
		groups []string
		enough bool
	}{{[]string{"leads"}, false}, {[]string{"leads then"}, false}, {[]string{"leads", "leads then"}, true}} {
		who := member("CY")
		who.Groups = row.groups
		if v := p.Count(c, demands, []Person{who}); v.May != row.enough {
			t.Errorf("%v: %+v", row.groups, v)
		}
	}
	two := []Person{member("CY"), member("DORA")}
	two[0].Groups, two[1].Groups = []string{"leads"}, []string{"leads then"}
	if v := p.Count(c, demands, two); !v.May {
		t.Errorf("one lead of now and one of then: %+v", v)
	}
}

// Minute by minute is how a reader would look up in a calendar whether a window is
// open, and when it turns.
func TestWindowsTurnWhenTheCalendarSays(t *testing.T) {
	w := rand.New(rand.NewPCG(5, 6))
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kathmandu"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			win := Window{Start: w.IntN(1440), End: 1 + w.IntN(1440), Zone: loc}
			if win.Start == win.End {
				continue
			}
			for d := range 7 {
				if w.IntN(2) == 0 {
					win.Days = append(win.Days, time.Weekday(d))
				}
			}
			// Around a clock change, and somewhere in the year.
			at := time.Date(2026, []time.Month{3, 4, 6, 10, 11}[w.IntN(5)], 1+w.IntN(30), w.IntN(24), w.IntN(60), w.IntN(60), 0, loc)
			for _, open := range []bool{true, false} {
				got := win.turn(at, open)
				want := at
				for win.Open(want) != open && want.Sub(at) < 8*24*time.Hour {
					want = want.Truncate(time.Minute).Add(time.Minute)
				}
				if win.Open(want) != open {
					want = time.Time{}
				}
				if !got.Equal(want) && !changes(at, got, want) {
					t.Errorf("%s from %s, open %v: got %s, want %s", win, at, open, got, want)
				}
			}
		}
	}
}

// changes reports whether the clock is changed near one of some moments: then a
// window can open and close within the hour, and the later moment is as good.
func changes(at, got, want time.Time) bool {
	_, a := want.Add(-3 * time.Hour).Zone()
	_, b := want.Add(3 * time.Hour).Zone()
	return a != b && !got.IsZero() && got.Sub(want).Abs() <= 24*time.Hour
}

func TestAWindowKnowsItsDays(t *testing.T) {
	office := Window{Days: []time.Weekday{1, 2, 3, 4, 5}, Start: 9 * 60, End: 17*60 + 30}
	night := Window{Days: []time.Weekday{time.Friday}, Start: 22 * 60, End: 6 * 60}
	whole := Window{Days: []time.Weekday{time.Saturday}, End: wholeDay}
	for _, row := range []struct {
		w    Window
		at   string
		open bool
		next string // when it turns
	}{
		{office, "2026-11-23 08:59", false, "2026-11-23 09:00"}, {office, "2026-11-23 09:00", true, "2026-11-23 17:30"},
		{office, "2026-11-27 17:30", false, "2026-11-30 09:00"}, {office, "2026-11-28 12:00", false, "2026-11-30 09:00"},
		{night, "2026-11-27 21:59", false, "2026-11-27 22:00"}, {night, "2026-11-28 05:59", true, "2026-11-28 06:00"},
		{night, "2026-11-27 05:00", false, "2026-11-27 22:00"}, {night, "2026-11-28 22:30", false, "2026-12-04 22:00"},
		{whole, "2026-11-28 23:59", true, "2026-11-29 00:00"}, {whole, "2026-11-29 00:00", false, "2026-12-05 00:00"},
		{AnyTime(), "2026-11-28 23:59", true, "0001-01-01 00:00"},
	} {
		at, _ := time.Parse("2006-01-02 15:04", row.at)
		turns := row.w.turn(at, !row.open)
		if row.w.Open(at) != row.open || turns.Format("2006-01-02 15:04") != row.next {
			t.Errorf("%s at %s: open %v, turns %s", row.w, row.at, row.w.Open(at), turns)
		}
	}
}

func BenchmarkCount(b *testing.B) {
	p := builtIn()
	demands, _ := p.Demands(invite)
	voters := []Person{admin("CY"), admin("DORA"), member("EVE")}
	c := Case{Subject: invite, Asker: member("ANA"), Beneficiaries: []Person{{Email: "bo@example.com"}}}
	for b.Loop() {
		if !p.Count(c, demands, voters).May {
			b.Fatal("not enough")
		}
	}
}
