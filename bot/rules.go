package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// conf is the configuration in force. Whoever needs it more than once for one
// decision takes it once, since a reload can put another in its place.
func (b *Bot) conf() *Config {
	if c := b.inForce.Load(); c != nil {
		return c
	}
	return &b.Config
}

// adopt puts a configuration in force.
func (b *Bot) adopt(c Config) {
	c.Policy.Team = b.home.Team
	b.inForce.Store(&c)
	b.people.forget()
	b.stirAll()
}

// AboutApps is an operation that tells which apps it is about. One that is not
// counts as being about every app, so that no rule for an app is passed by.
type AboutApps interface {
	// About gives the Apple IDs of the apps, once Find has found them, or says
	// that it is about all.
	About() (apps []string, all bool)
}

// Subject is what the policy is asked of before anything is known but the command. One
// that shows revenue can be about any app, so that the rules for every app hold.
func (v Verb) Subject(team Team) policy.Subject {
	return policy.Subject{Operation: v.Words, Class: v.Class, Team: team.Name, AllApps: v.Class == policy.Money}
}

// subject is what the policy is asked of once the operation knows its apps. When
// bundle ids have to be known and cannot be read, that is an error.
func (b *Bot) subject(ctx context.Context, conf *Config, verb Verb, op Operation, team Team) (policy.Subject, error) {
	s := verb.Subject(team)
	if all, ok := op.(OfAllTeams); ok && b.several() && team.Name == "" {
		s.AllTeams = all.AllTeams()
	}
	told, ok := op.(AboutApps)
	if !ok {
		s.AllApps = true
		return s, nil
	}
	if s.Apps, s.AllApps = told.About(); s.AllApps || len(s.Apps) == 0 {
		return s, nil
	}
	return s, ofApps(ctx, conf, &s, team)
}

// ofApps adds the bundle ids of the apps that something is about, by which rules may call
// them too.
func ofApps(ctx context.Context, conf *Config, s *policy.Subject, team Team) error {
	if !conf.speaksOfApps() {
		return nil
	}
	ids := slices.Clone(s.Apps)
	for app, err := range team.API.Apps(ctx, asc.AppFilter{}) {
		if err != nil {
			return err
		}
		if slices.Contains(ids, app.ID) {
			s.Apps = append(s.Apps, app.BundleID)
			ids = slices.DeleteFunc(ids, func(id string) bool { return id == app.ID })
		}
	}
	s.AllApps = len(ids) > 0 // an app whose bundle id is not known could be any
	return nil
}

// speaksOfApps reports whether it matters which apps something is about.
func (c *Config) speaksOfApps() bool {
	return len(c.Policy.Apps) > 0 ||
		slices.ContainsFunc(c.Policy.Freezes, func(f policy.Freeze) bool { return len(f.Apps) > 0 })
}

// asked is what the policy said of a request when it was made, as the request
// keeps it.
type asked struct {
	Subject policy.Subject      `json:"subject"`
	Demands policy.Demands      `json:"demands"`
	Groups  map[string][]string `json:"groups,omitempty"` // those the demands speak of, as they were
}

// permission is what the policy demands of something that may be asked for.
type permission struct {
	conf    *Config
	demands policy.Demands
	rules   json.RawMessage // as the request keeps them
}

// permitted finds out what is demanded, or refuses what may not be asked for.
func (b *Bot) permitted(ctx context.Context, p proposal) (permission, error) {
	may, s, err := b.demandedOf(ctx, p.verb, p.op, p.team)
	if err != nil {
		return may, err
	}
	v := may.conf.Policy.MayAsk(p.asker, s)
	if v.May {
		v = may.conf.Policy.Frozen(p.asker, s, b.Now())
	}
	if !v.May {
		return may, b.refuse(stored(p.asker, p.name), p.verb.Words, v, "")
	}
	if v = may.demands.Lacks(p.reason); !v.May {
		return may, reasonMissing(v)
	}
	return may, nil
}

// demanded finds out what is demanded of an operation.
func (b *Bot) demanded(ctx context.Context, verb Verb, op Operation, team Team) (permission, error) {
	may, _, err := b.demandedOf(ctx, verb, op, team)
	return may, err
}

func (b *Bot) demandedOf(ctx context.Context, verb Verb, op Operation, team Team) (permission, policy.Subject, error) {
	conf := b.conf()
	s, err := b.subject(ctx, conf, verb, op, team)
	if err != nil {
		return permission{}, s, err
	}
	demands, ok := conf.Policy.Demands(s)
	if !ok || !demands.Agreed() {
		return permission{}, s, Trouble{What: "No rule says who may agree to “" + verb.Words + "”, so it cannot be asked for.", Next: "Whoever runs the bot can add one to its configuration."}
	}
	a := asked{Subject: s, Demands: demands, Groups: map[string][]string{}}
	for _, name := range demands.Named() {
		a.Groups[name] = conf.Policy.Groups[name]
	}
	rules, err := store.Canonical(a)
	return permission{conf, demands, rules}, s, err
}

// ruling is what decides about one request: the policy in force, and what was
// demanded when it was asked wherever that was more.
type ruling struct {
	conf    *Config
	subject policy.Subject
	demands policy.Demands
	groups  map[string][]string // all that the demands and the policy speak of
	both    map[string]string   // those in a group when it was asked and now, by that group
}

// What groups are called that had other members when something was asked.
const (
	thenAndNow = " (then and now)"
	then       = " (then)"
)

// ruling finds out what decides about a request now. Its error means that nothing
// can be decided, and a new version has to be asked for.
func (b *Bot) ruling(r store.Request) (ruling, error) {
	conf := b.conf()
	verb, ok := b.verb(r.Operation)
	if !ok {
		verb = Verb{Words: r.Operation}
	}
	a := asked{Subject: verb.Subject(Team{Name: r.Team})}
	if a.Subject.AllApps = len(r.Rules) == 0; !a.Subject.AllApps {
		if err := json.Unmarshal(r.Rules, &a); err != nil {
			return ruling{}, fmt.Errorf("what was demanded when request #%d was asked cannot be read: %w", r.ID, err)
		}
	}
	a.Subject.Operation, a.Subject.Class, a.Subject.Team = verb.Words, verb.Class, r.Team
	now, ok := conf.Policy.Demands(a.Subject)
	if !ok || !now.Agreed() {
		return ruling{}, fmt.Errorf("no rule says any more who may agree to “%s”", clean(r.Operation, 60))
	}
	out := ruling{conf: conf, subject: a.Subject, groups: map[string][]string{}, both: map[string]string{}}
	for _, name := range conf.Policy.Named() {
		out.groups[name] = conf.Policy.Groups[name]
	}
	older := map[string]string{}
	for name, members := range a.Groups {
		if is := conf.Policy.Groups[name]; !slices.Equal(members, is) {
			out.both[name], older[name] = name+thenAndNow, name+then
			out.groups[name], out.groups[older[name]] = is, members
		}
	}
	for _, r := range a.Demands {
		if there := func(g string) bool { return policy.BuiltInGroup(g) || len(conf.Policy.Groups[g]) > 0 }; len(r.Agree) > 0 && !slices.ContainsFunc(r.Agree, there) {
			return ruling{}, fmt.Errorf("%s had to agree when it was asked, and nobody is that any more", policy.GroupsInWords(r.Agree))
		}
	}
	out.demands = now.And(a.Demands, out.both, older, "under the rules it was asked under")
	return out, nil
}

// personUnder finds out who somebody is now, by the groups that a ruling speaks of.
// Somebody whom Slack does not know at all is as good as deactivated.
func (b *Bot) personUnder(ctx context.Context, id string, rules ruling) (policy.Person, string, error) {
	p, name, err := b.account(ctx, id)
	if gone(err) { // one who is missing must not stop the others
		return policy.Person{Team: b.home.Team, ID: id, Deleted: true}, id, nil
	}
	if err != nil {
		return policy.Person{}, "", err
	}
	p.Groups, err = b.groupsOf(ctx, p.ID, slices.Sorted(maps.Keys(rules.groups)), rules.groups)
	for group, both := range rules.both {
		if p.In(group) && p.In(group+then) {
			p.Groups = append(p.Groups, both)
		}
	}
	return p, name, err
}

// needs says who has to agree to a request as things stand.
func (b *Bot) needs(r store.Request) string {
	if rules, err := b.ruling(r); err == nil {
		return rules.demands.InWords()
	}
	return r.Preview.Needs
}

// heldBack finds out what holds an approved request back under the rules in force. What a
// change for a time promised comes back whatever they say by then.
func (b *Bot) heldBack(r store.Request, f facts) policy.Hold {
	if b.covered(r) {
		return policy.Hold{}
	}
	veto := f.demands.Veto()
	if begun(r) {
		veto = 0 // rows that were sent cannot be stopped any more
	}
	return f.conf.Policy.Held(f.of.Asker, f.subject, r.Decided, veto, b.Now())
}

// mayBeStopped reports whether the time in which a no stops a request has just ended, and
// something that was done in it has not been looked at.
func (b *Bot) mayBeStopped(r store.Request, f facts) bool {
	veto := f.demands.Veto()
	if veto == 0 || begun(r) || b.Now().Sub(policy.VetoEnd(r.Decided, veto)) > lastWord {
		return false
	}
	waiting, err := b.undecided()
	return err == nil && waiting
}

// lastWord bounds how long a change waits for what was done before the end of its veto.
const lastWord = 10 * time.Second

// hurry reports whether a no has to count at once: the request is carried out now, or
// before somebody could say why.
func (b *Bot) hurry(r store.Request, f facts) bool {
	return r.State == store.Approved && b.heldBack(r, f).Until.Sub(b.Now()) < timeToSay
}

// timeToSay is the time in which somebody says why not.
const timeToSay = 2 * time.Minute

// What is said of an approved request that is held back.
const (
	carriedOutThen = " It is carried out then."
	heldTooLong    = " That is after the time in which it could be carried out, so nothing was changed. Ask again then."
)

// tooLong reports whether a request cannot be carried out any more once nothing holds
// it back.
func (b *Bot) tooLong(r store.Request, h policy.Hold) bool {
	return h.Until.IsZero() || h.Until.After(b.runUntil(r))
}

// delay keeps an approved request waiting as long as it is held back, or ends it when that
// is too long.
func (b *Bot) delay(r store.Request, h policy.Hold) error {
	if b.tooLong(r, h) {
		why := h.Why + heldTooLong
		return b.moveAs(r, store.Expired, why, func(r *store.Request) error { r.Outcome = why; return nil })
	}
	why := h.Why + carriedOutThen
	if r.Outcome != why {
		if _, err := b.Store.Edit(r.ID, func(now *store.Request) error {
			if now.State != store.Approved || !now.AgreedAs(r) {
				return errOvertaken
			}
			now.Outcome = why
			return nil
		}); err != nil {
			return err
		}
	}
	return heldError{h}
}

// letGo takes back what is said of a request that was held back when its time has come and
// it waits for something else, such as an App Store Connect that has troubles.
func (b *Bot) letGo(r store.Request) error {
	if !waits(r) {
		return nil
	}
	rules, err := b.ruling(r)
	if err != nil || b.heldBack(r, facts{ruling: rules}).Why != "" {
		return err
	}
	_, err = b.Store.Edit(r.ID, func(now *store.Request) error {
		if now.State == store.Approved && now.AgreedAs(r) {
			now.Outcome = ""
		}
		return nil
	})
	return err
}

// heldError says that a request waits, and until when.
type heldError struct{ policy.Hold }

func (e heldError) Error() string { return e.Why }

// Is makes it one of those after which the request is tried again.
func (e heldError) Is(target error) bool { return target == errWait }

// gone reports whether Slack does not know somebody at all.
func gone(err error) bool {
	said, ok := errors.AsType[slack.SlackErrorResponse](err)
	return ok && said.Err == "user_not_found"
}
