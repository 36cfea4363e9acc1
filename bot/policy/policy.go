// Package policy decides who may ask for a change and who may agree to it.
//
// It takes facts and returns a verdict with a sentence a person can read. It
// knows neither Slack nor the store nor App Store Connect, so tables test all
// of it. Whatever no rule allows is refused, and a deny beats every allow.
package policy

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// A Class groups operations by what they can do to a team.
type Class string

// The classes a rule can speak of.
const (
	Read       Class = "read"       // looks, changes nothing
	Money      Class = "money"      // reads revenue
	TestFlight Class = "testflight" // beta groups, testers, builds
	Access     Class = "access"     // users, roles, visible apps
	Release    Class = "release"    // what the public sees of a version
	Public     Class = "public"     // replies to reviews
	Signing    Class = "signing"    // devices, certificates, identifiers, profiles
	Admin      Class = "admin"      // the bot itself
)

// Classes lists every class, in the order help shows them.
var Classes = []Class{Read, Money, TestFlight, Access, Release, Public, Signing, Admin}

// Changes reports whether operations of the class change something, so that
// somebody has to agree.
func (c Class) Changes() bool { return c != Read && c != Money }

// Groups that exist without being configured.
const (
	Members = "members" // full members of the home workspace
	Admins  = "admins"  // its workspace admins and owners
)

// BuiltInGroup reports whether a group exists without being configured.
func BuiltInGroup(name string) bool { return name == Members || name == Admins }

// A Rule says who may ask for an operation, who has to agree, and for how long.
type Rule struct {
	Of     string         `json:"of,omitempty"` // what it is limited to, such as "for the app com.example.halo"; empty: nothing
	Ask    []string       `json:"ask,omitempty"`
	Deny   []string       `json:"deny,omitempty"`   // groups that may neither ask nor decide, whatever else they are in
	Agree  []string       `json:"agree,omitempty"`  // groups whose members may decide; empty: nobody has to
	Quorum int            `json:"quorum,omitempty"` // how many distinct people have to agree
	With   map[string]int `json:"with,omitempty"`   // of those who agree, how many have to be of a group
	Reason bool           `json:"reason,omitempty"` // whoever asks has to say why
	Ticket string         `json:"ticket,omitempty"` // a regular expression (RE2) of which the reason has to hold a match
	Wait   time.Duration  `json:"wait,omitempty"`   // how long a request waits for its decision
	Run    time.Duration  `json:"run,omitempty"`    // how long after approval it may still be carried out
	Veto   time.Duration  `json:"veto,omitempty"`   // how long after approval it waits, so that a no can still stop it; 0: not at all

	Remind     time.Duration `json:"remind,omitempty"`      // those who may decide are reminded after this, then after twice as long, and so on; 0: never
	Escalate   time.Duration `json:"escalate,omitempty"`    // after this EscalateTo is asked by name; 0: never
	EscalateTo []string      `json:"escalate_to,omitempty"` // of Agree
}

// Rules are the rules for everything, or for one team or app.
type Rules struct {
	Classes    map[Class]Rule
	Operations map[string]Rule // by operation, e.g. "tester add"; wins over its class
}

// rule finds the rule for an operation: its own, else its class's.
func (r Rules) rule(operation string, class Class) (Rule, bool) {
	if own, ok := r.Operations[operation]; ok {
		return own, true
	}
	of, ok := r.Classes[class]
	return of, ok
}

// A Policy is the whole set of rules.
type Policy struct {
	Team   string              // home workspace in Slack; people of any other are refused
	Groups map[string][]string // Slack user ids and user group ids by the name of a configured group
	People []Human             // people with several accounts or addresses
	Deny   []string            // groups that may not use the bot at all
	Rules
	Teams   map[string]Rules // narrow what is for one App Store Connect team, by its name
	Apps    map[string]Rules // narrow what is for one app, by its bundle id or Apple ID
	Freezes []Freeze
	Limits  Limits
	Hours   Window   // when people are reminded
	Quiet   []string // Slack user ids of approvers who are not reminded
}

// Limits keep the bot usable for everybody.
type Limits struct {
	Commands  int // commands of one person in a minute
	Open      int // open requests of one person
	Workspace int // open requests of all together
}

// UsualLimits hold unless the configuration says otherwise.
var UsualLimits = Limits{Commands: 10, Open: 5, Workspace: 200}

// BuiltIn is the policy without a configuration: full members ask, workspace
// admins and owners decide, one of them is enough, a request waits a day.
// Revenue is for workspace admins alone, since it must not leak by default.
func BuiltIn() Policy {
	change := Rule{
		Ask: []string{Members}, Agree: []string{Admins}, Quorum: 1,
		Wait: 24 * time.Hour, Run: time.Hour, Remind: 4 * time.Hour,
	}
	rules := map[Class]Rule{
		Read:  {Ask: []string{Members}},
		Money: {Ask: []string{Admins}},
	}
	for _, c := range Classes {
		if c.Changes() {
			rules[c] = change
		}
	}
	return Policy{Rules: Rules{Classes: rules}, Limits: UsualLimits, Hours: AnyTime()}
}

// A Subject is what somebody wants to do, and to what.
type Subject struct {
	Operation string   `json:"operation"`
	Class     Class    `json:"class"`
	Team      string   `json:"team"`               // App Store Connect team, by name
	AllTeams  bool     `json:"allTeams,omitempty"` // it is about what every team has, so that the rules of each have to be met
	Apps      []string `json:"apps,omitempty"`     // bundle ids and Apple IDs of the apps it is about
	AllApps   bool     `json:"allApps,omitempty"`  // it is about every app, or cannot tell about which
}

// Demands are the rules that all have to be met for one subject: the general one,
// and those that narrow it.
type Demands []Rule

// Demands finds the rules for a subject. It answers false when there is none, and
// then nobody may do it.
func (p Policy) Demands(s Subject) (Demands, bool) {
	general, ok := p.rule(s.Operation, s.Class)
	if !ok {
		return nil, false
	}
	general.Deny = slices.Concat(general.Deny, p.Deny)
	all := Demands{general}
	for _, team := range slices.Sorted(maps.Keys(p.Teams)) {
		if r, ok := p.Teams[team].rule(s.Operation, s.Class); ok && (s.AllTeams || team == s.Team) {
			all = append(all, r)
		}
	}
	for _, app := range slices.Sorted(maps.Keys(p.Apps)) {
		if r, ok := p.Apps[app].rule(s.Operation, s.Class); ok && (s.AllApps || slices.Contains(s.Apps, app)) {
			all = append(all, r)
		}
	}
	return all, true
}

// AppsWithRules are the apps, as the policy calls them, that have rules for a subject which
// Demands leaves out because no app is known yet.
func (p Policy) AppsWithRules(s Subject) (apps []string) {
	if s.AllApps || len(s.Apps) > 0 {
		return nil
	}
	for _, app := range slices.Sorted(maps.Keys(p.Apps)) {
		if _, ok := p.Apps[app].rule(s.Operation, s.Class); ok {
			apps = append(apps, app)
		}
	}
	return apps
}

// AllRules gives every rule there is.
func (p Policy) AllRules(yield func(Rule) bool) {
	for _, rules := range slices.Concat([]Rules{p.Rules}, slices.Collect(maps.Values(p.Teams)), slices.Collect(maps.Values(p.Apps))) {
		for _, r := range slices.Concat(slices.Collect(maps.Values(rules.Classes)), slices.Collect(maps.Values(rules.Operations))) {
			if !yield(r) {
				return
			}
		}
	}
}

// Named lists the configured groups that anything in the policy speaks of, sorted.
func (p Policy) Named() []string {
	named := map[string]bool{}
	note := func(lists ...[]string) {
		for _, g := range slices.Concat(lists...) {
			named[g] = true
		}
	}
	note(p.Deny)
	for r := range p.AllRules {
		note(r.groups())
	}
	for _, f := range p.Freezes {
		note(f.Except)
	}
	maps.DeleteFunc(named, func(g string, _ bool) bool { return BuiltInGroup(g) })
	return slices.Sorted(maps.Keys(named))
}

// groups are those a rule speaks of.
func (r Rule) groups() []string {
	return slices.Concat(r.Ask, r.Deny, r.Agree, slices.Collect(maps.Keys(r.With)), r.EscalateTo)
}

// AsksWhy reports whether any rule for an operation wants a reason or a ticket.
func (p Policy) AsksWhy(operation string, class Class) bool {
	for _, rules := range slices.Concat([]Rules{p.Rules}, slices.Collect(maps.Values(p.Teams)), slices.Collect(maps.Values(p.Apps))) {
		if r, ok := rules.rule(operation, class); ok && (r.Reason || r.Ticket != "") {
			return true
		}
	}
	return false
}

// Agreed reports whether somebody has to agree at all.
func (d Demands) Agreed() bool {
	return slices.ContainsFunc(d, func(r Rule) bool { return len(r.Agree) > 0 })
}

// Quorum is how many people have to agree at the least.
func (d Demands) Quorum() int {
	need := 1
	for _, r := range d {
		need = max(need, r.Quorum)
	}
	return need
}

// Wait is how long a request waits for its decision: the shortest of all.
func (d Demands) Wait() time.Duration {
	return d.shortest(func(r Rule) time.Duration { return r.Wait })
}

// Run is how long after approval a request may still be carried out.
func (d Demands) Run() time.Duration {
	return d.shortest(func(r Rule) time.Duration { return r.Run })
}

// Veto is how long a request waits after approval, so that a no can still stop it: the
// longest of all.
func (d Demands) Veto() (most time.Duration) {
	for _, r := range d {
		most = max(most, r.Veto)
	}
	return most
}

// Remind is when those who may decide are reminded for the first time; 0: never.
func (d Demands) Remind() time.Duration {
	return d.shortest(func(r Rule) time.Duration { return r.Remind })
}

// shortest is the shortest of some time that is not 0.
func (d Demands) shortest(of func(Rule) time.Duration) (least time.Duration) {
	for _, r := range d {
		if t := of(r); t > 0 && (least == 0 || t < least) {
			least = t
		}
	}
	return least
}

// Escalations are the groups that are asked by name at some time after a request
// was made.
func (d Demands) Escalations() map[string]time.Duration {
	due := map[string]time.Duration{}
	for _, r := range d {
		for _, g := range r.EscalateTo {
			if at, ok := due[g]; !ok || r.Escalate < at {
				due[g] = r.Escalate
			}
		}
	}
	return due
}

// Deciders are the groups whose members' votes can count.
func (d Demands) Deciders() (groups []string) {
	for _, r := range d {
		for _, g := range r.Agree {
			if !slices.Contains(groups, g) {
				groups = append(groups, g)
			}
		}
	}
	return groups
}

// A Verdict is yes or no, and why.
type Verdict struct {
	May bool
	Why string // a sentence for the person; empty when they may
}

var yes = Verdict{May: true}

func no(format string, args ...any) Verdict { return Verdict{Why: fmt.Sprintf(format, args...)} }

// And joins what is demanded now with what was demanded earlier, so that both have
// to be met. Then says in words when that was. Of groups that had other members then,
// allowed gives the name of those who are in it then and now, who alone may still ask
// and agree, and denied the name of those who were in it then, whom it still denies.
func (d Demands) And(earlier Demands, allowed, denied map[string]string, then string) Demands {
	all := slices.Clone(d)
	for _, r := range earlier {
		r = r.renamed(allowed, denied)
		if slices.ContainsFunc(d, r.sameAs) {
			continue
		}
		if r.Of != "" {
			r.Of += " "
		}
		r.Of += then
		all = append(all, r)
	}
	return all
}

// sameAs reports whether two rules decide alike, whatever they say of reminders.
func (r Rule) sameAs(s Rule) bool {
	return r.Of == s.Of && slices.Equal(r.Ask, s.Ask) && slices.Equal(r.Deny, s.Deny) && slices.Equal(r.Agree, s.Agree) &&
		r.Quorum == s.Quorum && maps.Equal(r.With, s.With) && r.Run == s.Run && r.Veto == s.Veto
}

// renamed is a rule that calls some groups by other names.
func (r Rule) renamed(allowed, denied map[string]string) Rule {
	call := func(groups []string, names map[string]string) []string {
		out := slices.Clone(groups)
		for i, g := range out {
			if name, ok := names[g]; ok {
				out[i] = name
			}
		}
		return out
	}
	r.Ask, r.Agree, r.EscalateTo = call(r.Ask, allowed), call(r.Agree, allowed), call(r.EscalateTo, allowed)
	r.Deny = call(r.Deny, denied)
	with := maps.Clone(r.With)
	for g, name := range allowed {
		if n, ok := r.With[g]; ok {
			delete(with, g)
			with[name] = n
		}
	}
	r.With = with
	return r
}

// Named lists the configured groups that demands speak of, sorted.
func (d Demands) Named() (names []string) {
	for _, r := range d {
		names = append(names, r.groups()...)
	}
	names = slices.DeleteFunc(names, BuiltInGroup)
	slices.Sort(names)
	return slices.Compact(names)
}
