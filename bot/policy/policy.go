// Package policy decides who may ask for a change and who may agree to it.
//
// It takes facts and returns a verdict with a sentence a person can read. It
// knows neither Slack nor the store nor App Store Connect, so tables test all
// of it. Whatever no rule allows is refused.
package policy

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
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

// Groups that exist without being configured.
const (
	Members = "members" // full members of the home workspace
	Admins  = "admins"  // its workspace admins and owners
)

// A Person is what is known of a Slack account at the moment of a decision.
type Person struct {
	Team, ID string // Slack team id and user id: identity is these two and nothing else
	Email    string // joins two accounts of one person, never grants anything
	Deleted  bool   // deactivated
	Bot      bool   // a bot, an app or a workflow
	Guest    bool   // single- or multi-channel guest
	Stranger bool   // of another workspace (Slack Connect)
	Admin    bool   // workspace admin or owner
	Groups   []string
}

// In reports whether the person belongs to a group, built in or configured.
func (p Person) In(group string) bool {
	switch group {
	case Members:
		return true
	case Admins:
		return p.Admin
	}
	return slices.Contains(p.Groups, group)
}

// Same reports whether two accounts belong to one person: one id, or one
// e-mail address once case and plus-tags are set aside.
func (p Person) Same(q Person) bool {
	if p.ID == q.ID {
		return true
	}
	return p.Email != "" && Mailbox(p.Email) == Mailbox(q.Email)
}

// Mailbox is the form in which two e-mail addresses are compared: lower case,
// without the tag after a plus sign.
func Mailbox(email string) string {
	local, domain, _ := strings.Cut(strings.ToLower(strings.TrimSpace(email)), "@")
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

// A Rule says who may ask for an operation, who has to agree, and for how long.
type Rule struct {
	Ask    []string      // groups that may ask
	Agree  []string      // groups whose members may decide; empty: nobody has to
	Quorum int           // how many distinct people have to agree
	Wait   time.Duration // how long a request waits for its decision
	Run    time.Duration // how long after approval it may still be carried out
}

// A Policy is the whole set of rules.
type Policy struct {
	Team       string          // home workspace; people of any other are refused
	Rules      map[Class]Rule  // by class
	Operations map[string]Rule // by operation, e.g. "tester add"; wins over its class
}

// BuiltIn is the policy without a configuration: full members ask, workspace
// admins and owners decide, one of them is enough, a request waits a day.
// Revenue is for workspace admins alone, since it must not leak by default.
func BuiltIn() Policy {
	change := Rule{Ask: []string{Members}, Agree: []string{Admins}, Quorum: 1, Wait: 24 * time.Hour, Run: time.Hour}
	rules := map[Class]Rule{
		Read:  {Ask: []string{Members}},
		Money: {Ask: []string{Admins}},
	}
	for _, c := range []Class{TestFlight, Access, Release, Public, Signing, Admin} {
		rules[c] = change
	}
	return Policy{Rules: rules}
}

// A Verdict is yes or no, and why.
type Verdict struct {
	May bool
	Why string // a sentence for the person; empty when they may
}

func no(format string, args ...any) Verdict { return Verdict{Why: fmt.Sprintf(format, args...)} }

// Rule finds the rule for an operation: its own, else its class's.
func (p Policy) Rule(operation string, class Class) (Rule, bool) {
	if r, ok := p.Operations[operation]; ok {
		return r, true
	}
	r, ok := p.Rules[class]
	return r, ok
}

// Groups lists the configured groups that any rule speaks of, sorted.
func (p Policy) Groups() []string {
	named := map[string]bool{}
	for _, rules := range []iter.Seq[Rule]{maps.Values(p.Rules), maps.Values(p.Operations)} {
		for r := range rules {
			for _, g := range slices.Concat(r.Ask, r.Agree) {
				named[g] = g != Members && g != Admins
			}
		}
	}
	maps.DeleteFunc(named, func(_ string, configured bool) bool { return !configured })
	return slices.Sorted(maps.Keys(named))
}

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
	}
	return Verdict{May: true}
}

// MayAsk tells whether somebody may ask for an operation of a class.
func (p Policy) MayAsk(who Person, operation string, class Class) Verdict {
	if v := p.MayUse(who); !v.May {
		return v
	}
	rule, ok := p.Rule(operation, class)
	if !ok {
		return no("No rule lets anybody use “%s”. An administrator of the bot can add one to its configuration.", operation)
	}
	if !who.inAny(rule.Ask) {
		return no("Only %s may use “%s”.", anyOf(rule.Ask), operation)
	}
	return Verdict{May: true}
}

// A Case is what a decision is about: who asked, and who would benefit.
type Case struct {
	Asker         Person
	Beneficiaries []Person
}

// MayDecide tells whether somebody may approve or deny. The asker, the person
// who benefits, and second accounts of either never may. Who benefits is known by
// e-mail address alone, so somebody without one cannot be told from them.
func (p Policy) MayDecide(who Person, c Case, rule Rule) Verdict {
	if v := p.MayUse(who); !v.May {
		return v
	}
	if who.Same(c.Asker) {
		return no("You asked for it; someone else has to agree.")
	}
	if slices.ContainsFunc(c.Beneficiaries, who.Same) {
		return no("This change is about you; someone else has to agree.")
	}
	if !who.inAny(rule.Agree) {
		return no("Only %s may decide this.", anyOf(rule.Agree))
	}
	if who.Email == "" && slices.ContainsFunc(c.Beneficiaries, func(p Person) bool { return p.Email != "" }) {
		return no("Slack does not tell me your e-mail address, so I cannot see whether this change is about you; someone else has to agree.")
	}
	return Verdict{May: true}
}

// Count says whether enough distinct people agree. Voters whom MayDecide
// refuses now do not count, whatever they were when they voted; neither does
// a vote of somebody whose beneficiary or asker may still be waiting to run:
// the asker must still be allowed to ask.
func (p Policy) Count(operation string, class Class, c Case, voters []Person) Verdict {
	rule, ok := p.Rule(operation, class)
	if !ok {
		return no("No rule allows “%s” any more.", operation)
	}
	if v := p.MayAsk(c.Asker, operation, class); !v.May {
		return no("The person who asked may no longer ask: %s", v.Why)
	}
	var counted []Person
	for _, v := range voters {
		if p.MayDecide(v, c, rule).May && !slices.ContainsFunc(counted, v.Same) {
			counted = append(counted, v)
		}
	}
	need := max(rule.Quorum, 1)
	if len(counted) < need {
		return no("%d of %d people have agreed.", len(counted), need)
	}
	return Verdict{May: true}
}

// InWords says what a rule demands: "One of admins has to agree".
func (r Rule) InWords() string {
	if len(r.Agree) == 0 {
		return "Nobody has to agree"
	}
	if r.Quorum <= 1 {
		return "One of " + anyOf(r.Agree) + " has to agree"
	}
	return fmt.Sprintf("%d of %s have to agree", r.Quorum, anyOf(r.Agree))
}

func (p Person) inAny(groups []string) bool { return slices.ContainsFunc(groups, p.In) }

// groupWords names the built-in groups so that a reader knows who is meant.
var groupWords = map[string]string{
	Members: "full members",
	Admins:  "workspace admins and owners",
}

func anyOf(groups []string) string {
	if len(groups) == 0 {
		return "nobody"
	}
	words := make([]string, len(groups))
	for i, g := range groups {
		words[i] = g
		if w, ok := groupWords[g]; ok {
			words[i] = w
		}
	}
	return strings.Join(words, " or ")
}
