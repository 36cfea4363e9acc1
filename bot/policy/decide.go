package policy

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// MayUse tells whether somebody may talk to the bot at all.
func (p Policy) MayUse(who Person) Verdict {
	switch {
	case who.ID == "":
		return no("Slack could not tell who you are. Try again in a minute.")
	case who.Deleted:
		return no("This Slack account is deactivated.")
	case who.Bot:
		return no("Bots and workflows cannot use this command.")
	case who.Stranger, p.Team == "", who.Team != p.Team:
		return no("Only members of this workspace can use this command, not people from another company.")
	case who.Guest:
		return no("Guests cannot use this command. Ask a full member of the workspace.")
	case who.inAny(p.Deny):
		return no("The rules do not let %s use this command.", anyOf(denied(who, p.Deny)))
	}
	return yes
}

// MayAsk tells whether somebody may ask for something.
func (p Policy) MayAsk(who Person, s Subject) Verdict {
	if v := p.MayUse(who); !v.May {
		return v
	}
	demands, ok := p.Demands(s)
	if !ok {
		return no("No rule lets anybody use “%s”. An administrator of the bot can add one to its configuration.", s.Operation)
	}
	return p.asks(who, s, demands)
}

// asks tells whether demands let somebody ask who may use the bot.
func (p Policy) asks(who Person, s Subject, demands Demands) Verdict {
	for _, r := range demands {
		if out := denied(who, r.Deny); len(out) > 0 {
			return no("%s may not use “%s”%s.", sentence(anyOf(out)), s.Operation, r.of())
		}
	}
	for _, r := range demands {
		if !who.inAny(r.Ask) {
			return no("Only %s may use “%s”%s.", anyOf(r.Ask), s.Operation, r.of())
		}
	}
	return yes
}

// denied are the groups of a list that somebody is in.
func denied(who Person, groups []string) (in []string) {
	for _, g := range groups {
		if who.In(g) {
			in = append(in, g)
		}
	}
	return in
}

// Frozen tells whether something may be done at a moment, or has to wait until the
// end of a freeze, which it then says. Somebody whom the freeze excepts may.
func (p Policy) Frozen(who Person, s Subject, now time.Time) Verdict {
	name, until := p.thaw(who, s, now)
	switch {
	case name == "":
		return yes
	case until.IsZero():
		return no("“%s” is frozen (%s) without an end.", s.Operation, name)
	}
	return no("“%s” is frozen (%s) until %s.", s.Operation, name, moment(until))
}

// Thaw is the moment from which nothing freezes a subject, zero when that is not
// within the next years. It is now when nothing does.
func (p Policy) Thaw(who Person, s Subject, now time.Time) time.Time {
	name, until := p.thaw(who, s, now)
	if name == "" {
		return now
	}
	return until
}

// mostFreezes bounds how many freezes that follow each other are looked through.
const mostFreezes = 1000

func (p Policy) thaw(who Person, s Subject, now time.Time) (name string, until time.Time) {
	until = now
	for range mostFreezes {
		f, ok := p.freezing(who, s, until)
		if !ok {
			return name, until
		}
		if name == "" {
			name = f.Name
		}
		if until = f.end(until); until.IsZero() {
			return name, until
		}
	}
	return name, time.Time{}
}

// freezing finds a freeze in force.
func (p Policy) freezing(who Person, s Subject, at time.Time) (Freeze, bool) {
	for _, f := range p.Freezes {
		if f.about(s) && f.during(at) && !who.inAny(f.Except) {
			return f, true
		}
	}
	return Freeze{}, false
}

// Lacks tells whether what somebody gave as their reason is enough for demands.
func (d Demands) Lacks(reason string) Verdict {
	for _, r := range d {
		if r.Ticket != "" && !holds(reason, r.Ticket) {
			return no("The rules want a ticket in the reason, one that looks like %s.", r.Ticket)
		}
	}
	for _, r := range d {
		if r.Reason && strings.TrimSpace(reason) == "" {
			return no("The rules want to know why.")
		}
	}
	return yes
}

// holds reports whether a reason has a ticket in it, as a word of its own. A
// pattern that cannot be read matches nothing.
func holds(reason, ticket string) bool {
	match, err := regexp.Compile(`(?:^|[^\pL\pN])(?:` + ticket + `)(?:$|[^\pL\pN])`)
	return err == nil && match.MatchString(reason)
}

// A Case is what a decision is about: what is wanted, who asked, and who would
// benefit.
type Case struct {
	Subject
	Asker         Person
	Beneficiaries []Person
}

// StillAsks tells whether whoever asked may still ask for it.
func (p Policy) StillAsks(c Case, demands Demands) Verdict {
	if v := p.MayUse(c.Asker); !v.May {
		return v
	}
	return p.asks(c.Asker, c.Subject, demands)
}

// MayDecide tells whether somebody may approve or deny: their vote counts for at
// least one of the demands, and none of them denies it. The asker, the person who
// benefits, and second accounts of either never may. Who benefits is known by
// e-mail address alone, so somebody without one cannot be told from them.
func (p Policy) MayDecide(who Person, c Case, demands Demands) Verdict {
	if v := p.MayUse(who); !v.May {
		return v
	}
	if p.Same(who, c.Asker) {
		return no("You asked for it; someone else has to agree.")
	}
	if slices.ContainsFunc(c.Beneficiaries, func(b Person) bool { return p.Same(who, b) }) {
		return no("This change is about you; someone else has to agree.")
	}
	for _, r := range demands {
		if out := denied(who, r.Deny); len(out) > 0 {
			return no("%s may not decide this%s.", sentence(anyOf(out)), r.of())
		}
	}
	if groups := demands.Deciders(); !who.inAny(groups) {
		return no("Only %s may decide this.", anyOf(groups))
	}
	if !p.reachable(who) && slices.ContainsFunc(c.Beneficiaries, func(p Person) bool { return p.Email != "" }) {
		return no("Slack does not tell me your e-mail address, so I cannot see whether this change is about you; someone else has to agree.")
	}
	return yes
}

// Count says whether enough distinct people agree to meet every demand. Voters
// whom MayDecide refuses now do not count, whatever they were when they voted. The
// asker must still be allowed to ask.
func (p Policy) Count(c Case, demands Demands, voters []Person) Verdict {
	if !demands.Agreed() {
		return no("No rule says who may agree to “%s”.", c.Operation)
	}
	if v := p.StillAsks(c, demands); !v.May {
		return no("The person who asked may no longer ask: %s", v.Why)
	}
	counted := p.distinct(c, demands, voters)
	var missing []string
	for _, r := range demands {
		if lack := r.lack(counted); lack != "" {
			missing = append(missing, lack)
		}
	}
	if len(missing) > 0 {
		return no("%s", strings.Join(missing, " "))
	}
	return yes
}

// distinct are the people among the voters whose votes count, each with all of
// their accounts.
func (p Policy) distinct(c Case, demands Demands, voters []Person) [][]Person {
	involved := append([]Person{c.Asker}, c.Beneficiaries...)
	number := p.persons(slices.Concat(involved, voters)...)
	own := number[:len(involved)]
	people := map[int][]Person{}
	for i, v := range voters {
		if who := number[len(involved)+i]; !slices.Contains(own, who) && p.MayDecide(v, c, demands).May {
			people[who] = append(people[who], v)
		}
	}
	return slices.Collect(maps.Values(people))
}

// lack says what a rule misses in the people who agree, or nothing.
func (r Rule) lack(counted [][]Person) string {
	if len(r.Agree) == 0 {
		return ""
	}
	agreed, need := 0, max(r.Quorum, 1)
	of := map[string]int{}
	for _, accounts := range counted {
		in := func(group string) bool {
			return slices.ContainsFunc(accounts, func(p Person) bool { return p.In(group) })
		}
		if slices.ContainsFunc(r.Agree, in) {
			agreed++
		}
		for group := range r.With {
			if in(group) {
				of[group]++
			}
		}
	}
	var wanting []string
	for _, group := range slices.Sorted(maps.Keys(r.With)) {
		if n := r.With[group] - of[group]; n > 0 {
			wanting = append(wanting, few(n)+" of "+group1(group)+verb(n, " is", " are")+" missing")
		}
	}
	if agreed >= need && len(wanting) == 0 {
		return ""
	}
	return tally(agreed, need) + r.of() + semicolon(wanting) + "."
}
