package bot

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/ascbot/ascbot/bot/policy"
)

// rules reads the rules for everything.
func (r *reader) rules(c *Config, n ast.Node) {
	c.Policy.Rules = r.ruleset(c, n, c.Policy.Rules, "")
}

// An app is named by what does not change: its bundle id or its Apple ID.
var (
	bundleID = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)
	appleID  = regexp.MustCompile(`^[0-9]{6,}$`)
)

func (r *reader) app(at ast.Node, name string) {
	if !bundleID.MatchString(name) && !appleID.MatchString(name) {
		r.complain(at, "%q is neither a bundle id (com.example.halo) nor an Apple ID (1234567890); an app's name can change, and then a rule for it would be for nothing", name)
	}
}

// apps reads the rules that hold in addition for one app.
func (r *reader) apps(c *Config, n ast.Node) {
	c.Policy.Apps = map[string]policy.Rules{}
	for _, s := range r.mapping(n) {
		r.app(s.key, s.name)
		c.Policy.Apps[s.name] = r.narrowing(c, s, "for the app "+s.name)
	}
}

func (r *reader) narrowing(c *Config, s setting, of string) policy.Rules {
	if nothing(s.value) {
		r.complain(s.key, "nothing is said of %s; give its rules", s.name)
		return policy.Rules{}
	}
	f, ok := r.fields(s.value, "rules")["rules"]
	if !ok { // whatever else is there was complained about
		return policy.Rules{}
	}
	return r.ruleset(c, f.value, policy.Rules{}, of)
}

// ruleset reads rules. It reads the classes first, since the rule of one command
// begins with what its class's rule says; one that narrows begins with the general
// one.
func (r *reader) ruleset(c *Config, n ast.Node, base policy.Rules, of string) policy.Rules {
	out := policy.Rules{Classes: map[policy.Class]policy.Rule{}, Operations: map[string]policy.Rule{}}
	for class, rule := range base.Classes {
		out.Classes[class] = rule
	}
	var own []setting
	for _, s := range r.mapping(n) {
		class := policy.Class(s.name)
		_, command := r.known.class(s.name)
		switch {
		case slices.Contains(policy.Classes, class):
			out.Classes[class] = r.rule(c, s, class, c.Policy.Classes[class], of)
		case command:
			own = append(own, s)
		default:
			r.complain(s.key, "there is no class or command %q.%s", s.name, Nearest(s.name, r.known.words()))
		}
	}
	for _, s := range own {
		class, _ := r.known.class(s.name)
		begin, ok := out.Classes[class]
		if general, has := c.Policy.Operations[s.name]; !ok && has {
			begin, ok = general, true
		}
		if !ok {
			begin = c.Policy.Classes[class]
		}
		if _, changes := r.known.Changes[s.name]; !changes {
			class = policy.Read // it answers at once, whatever its class
			begin.Agree, begin.With = nil, nil
		}
		out.Operations[s.name] = r.rule(c, s, class, begin, of)
	}
	return out
}

// rule reads one rule. What is left out is as in the rule it begins with.
func (r *reader) rule(c *Config, s setting, class policy.Class, rule policy.Rule, of string) policy.Rule {
	rule.Of = of
	if nothing(s.value) {
		r.complain(s.key, "nothing is said of %q; fill it in or remove the line", s.name)
		return rule
	}
	keys := []string{"ask", "deny"}
	if class.Changes() {
		keys = append(keys, "agree", "quorum", "with", "reason", "ticket", "wait", "run", "veto", "remind", "escalate")
	}
	f := r.fields(s.value, keys...)
	if ask, ok := f["ask"]; ok {
		rule.Ask = r.groupNames(c, ask.value)
	}
	if deny, ok := f["deny"]; ok {
		rule.Deny = slices.Concat(rule.Deny, r.groupNames(c, deny.value))
	}
	r.agreement(c, f, &rule)
	r.reasons(f, &rule)
	r.duration(f["wait"], &rule.Wait, 30*24*time.Hour)
	r.duration(f["run"], &rule.Run, 24*time.Hour)
	r.duration(f["veto"], &rule.Veto, 12*time.Hour)
	r.reminders(c, f, &rule)
	r.possible(c, s, f, rule, class)
	return rule
}

// agreement reads who has to agree. Who else says so begins with nobody counted on
// in particular.
func (r *reader) agreement(c *Config, f map[string]setting, rule *policy.Rule) {
	if agree, ok := f["agree"]; ok {
		rule.Agree, rule.With = r.groupNames(c, agree.value), nil
		rule.Escalate, rule.EscalateTo = 0, nil
	}
	if q, ok := f["quorum"]; ok {
		rule.Quorum = r.quorum(q.value)
	}
	if with, ok := f["with"]; ok {
		rule.With = map[string]int{}
		for _, s := range r.mapping(with.value) {
			if nothing(s.value) {
				r.complain(s.key, "say how many of %q have to be among those who agree", s.name)
				continue
			}
			r.group(c, s.key, s.name)
			if r.isGroup(c, s.name) && !slices.Contains(rule.Agree, s.name) {
				r.complain(s.key, "%q is not among those who agree (%s)", s.name, strings.Join(rule.Agree, ", "))
			}
			rule.With[s.name] = r.number(s.value, 1, 100)
			if rule.With[s.name] > rule.Quorum {
				r.complain(s.value, "%d of %s cannot be among %d", rule.With[s.name], s.name, rule.Quorum)
			}
		}
	}
}

func (r *reader) quorum(n ast.Node) int {
	text, ok := r.text(n)
	q, err := strconv.Atoi(text)
	switch {
	case !ok:
	case err != nil || q > 100:
		r.complain(n, "%q is not a number of people", text)
	case q < 1:
		r.complain(n, "a quorum of %d would let a change run without anybody's agreement; the least is 1", q)
	default:
		return q
	}
	return 1
}

// reasons reads what has to be said by whoever asks.
func (r *reader) reasons(f map[string]setting, rule *policy.Rule) {
	if s, ok := f["reason"]; ok {
		text, ok := r.text(s.value)
		if ok && text != "required" && text != "optional" {
			r.complain(s.value, "a reason is “required” or “optional”")
		}
		rule.Reason = text == "required"
	}
	if s, ok := f["ticket"]; ok {
		text, ok := r.text(s.value)
		pattern, err := regexp.Compile(text)
		switch {
		case !ok:
		case err != nil:
			r.complain(s.value, "%q is not a pattern (RE2): %v", text, err)
		case pattern.MatchString(""):
			r.complain(s.value, "the pattern %q fits nothing at all as well, so it would ask for nothing", text)
		}
		rule.Ticket = text
	}
}

// reminders reads when those who may decide are reminded.
func (r *reader) reminders(c *Config, f map[string]setting, rule *policy.Rule) {
	if s, ok := f["remind"]; ok {
		if text, _ := r.text(s.value); text == "never" {
			rule.Remind = 0
		} else {
			r.duration(s, &rule.Remind, 30*24*time.Hour)
		}
	}
	s, ok := f["escalate"]
	if !ok {
		return
	}
	e := r.fields(s.value, "after", "to")
	if e == nil {
		return
	}
	for _, key := range []string{"after", "to"} {
		if _, ok := e[key]; !ok {
			r.complain(s.key, "escalate needs “after” and “to”: how long it waits, and who is asked then")
			return
		}
	}
	r.duration(e["after"], &rule.Escalate, 30*24*time.Hour)
	rule.EscalateTo = r.groupNames(c, e["to"].value)
	if rule.Escalate >= rule.Wait {
		r.complain(e["after"].value, "a request waits %s, so nobody would be asked after %s", policy.Span(rule.Wait), policy.Span(rule.Escalate))
	}
	for _, g := range rule.EscalateTo {
		if r.isGroup(c, g) && !slices.Contains(rule.Agree, g) {
			r.complain(e["to"].value, "%q is asked and may not decide; name it under agree as well", g)
		}
	}
}

// duration reads a time such as 90m, 24h or 7d.
func (r *reader) duration(s setting, into *time.Duration, most time.Duration) {
	if s.value == nil {
		return
	}
	text, ok := r.text(s.value)
	if !ok {
		return
	}
	d, err := time.ParseDuration(text)
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(min(n, 1000)) * 24 * time.Hour
	}
	if err != nil || d < time.Minute || d > most {
		r.complain(s.value, "%q is not a time between 1m and %s; write for example 90m, 24h or 2d", text, policy.Span(most))
		return
	}
	*into = d
}

// possible refuses a rule that nobody could meet, as far as the file shows it: a
// user group's members are Slack's matter, and count as enough until Slack has named them.
// That nobody is in a user group who could ask is no fault of the rules.
func (r *reader) possible(c *Config, s setting, f map[string]setting, rule policy.Rule, class policy.Class) {
	place := func(keys ...string) ast.Node {
		for _, k := range keys {
			if at, ok := f[k]; ok {
				return at.value
			}
		}
		return s.key
	}
	deny := slices.Concat(c.Policy.Deny, rule.Deny)
	why, now := "deny names everybody whom agree names", ""
	if c.counted {
		why, now = "none of those whom agree names is left, as Slack has the groups now", ", as Slack has the groups now"
	}
	if n, known := c.people(rule.Ask, deny); known && n == 0 && len(rule.Ask) > 0 && !c.counted {
		r.complain(place("ask", "deny"), "nobody could ask: deny names everybody whom ask names")
	}
	if !class.Changes() {
		return
	}
	n, known := c.people(rule.Agree, deny)
	switch {
	case len(rule.Agree) == 0: // complained about
	case known && n == 0:
		r.complain(place("agree", "deny"), "nobody could agree: %s", why)
	case known && rule.Quorum > n:
		r.complain(place("quorum", "agree", "deny"), "%d people have to agree, but only %d may%s", rule.Quorum, n, now)
	}
	for g, need := range rule.With {
		if n, known := c.people([]string{g}, deny); known && need > n {
			r.complain(place("with", "agree", "deny"), "%d of %s have to agree, but only %d may%s", need, g, n, now)
		}
	}
}

// leavesSomebody looks whether those who may not use the bot at all leave enough
// others for the rules that the file says nothing of.
func (r *reader) leavesSomebody(c *Config, deny ast.Node) {
	for _, class := range policy.Classes {
		rule := c.Policy.Classes[class]
		if n, known := c.people(rule.Ask, c.Policy.Deny); known && n == 0 && !c.counted {
			r.complain(deny, "this leaves nobody who could ask for what is of class %s", class)
		} else if n, known := c.people(rule.Agree, c.Policy.Deny); known && class.Changes() && n < rule.Quorum {
			r.complain(deny, "this leaves too few who could agree to what is of class %s", class)
		}
	}
}

// people counts the distinct people who are in some groups and in none of the
// others. Vocabulary is false when that is for Slack to say.
func (c *Config) people(groups, without []string) (n int, known bool) {
	if slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(without, g) }) {
		rest := slices.DeleteFunc(slices.Clone(groups), func(g string) bool { return slices.Contains(without, g) })
		if len(rest) == 0 {
			return 0, true
		}
		groups = rest
	}
	if slices.Contains(without, policy.Members) {
		return 0, true
	}
	out := map[string]bool{}
	for _, g := range without {
		for _, id := range c.Policy.Groups[g] {
			out[id] = true
		}
	}
	in := map[string]bool{}
	for _, g := range groups {
		members, configured := c.Policy.Groups[g]
		if g == policy.Admins && c.admins != nil {
			members, configured = c.admins, true
		}
		if !configured || len(members) == 0 && !c.counted || slices.ContainsFunc(members, isUserGroup) {
			return 0, false // an empty group is complained about where it stands
		}
		for _, id := range members {
			if !out[id] {
				in[c.Policy.WhoHas(id)] = true
			}
		}
	}
	return len(in), true
}
