package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// acquaintance is how long a look-up of a person may be reused for what only
// reads. Whoever decides is looked up anew each time.
const acquaintance = 2 * time.Minute

// peopleCache remembers who people are, for a short while.
type peopleCache struct {
	mu   sync.Mutex
	seen map[string]acquainted
}

type acquainted struct {
	at     time.Time
	person policy.Person
	name   string
}

// person finds out who somebody is. A look-up that fails is an error, and an
// error is a no.
func (b *Bot) person(ctx context.Context, id string, fresh bool) (policy.Person, string, error) {
	if id == "" {
		return policy.Person{}, "", fmt.Errorf("no Slack user id was given")
	}
	if got, ok := b.people.get(id, time.Now()); ok && !fresh {
		return got.person, got.name, nil
	}
	p, name, err := b.account(ctx, id)
	if err != nil {
		return policy.Person{}, "", err
	}
	conf := b.conf()
	if p.Groups, err = b.groupsOf(ctx, p.ID, conf.Policy.Named(), conf.Policy.Groups); err != nil {
		return policy.Person{}, "", err
	}
	if b.conf() == conf {
		b.people.put(id, acquainted{time.Now(), p, name})
	}
	return p, name, nil
}

// account is a person without their groups, which is enough to see whether they
// are of this company.
func (b *Bot) account(ctx context.Context, id string) (policy.Person, string, error) {
	r, shared := ctx.Value(readingKey{}).(*reading)
	if shared && r.accounts != nil {
		r.mu.Lock()
		known, ok := r.accounts[id]
		r.mu.Unlock()
		if ok {
			return known.person, known.name, nil
		}
	}
	p, name, err := b.lookUp(ctx, id)
	if err == nil && shared && r.accounts != nil {
		r.mu.Lock()
		r.accounts[id] = acquainted{time.Now(), p, name}
		r.mu.Unlock()
	}
	return p, name, err
}

func (b *Bot) lookUp(ctx context.Context, id string) (policy.Person, string, error) {
	u, err := b.web.GetUserInfoContext(ctx, id)
	if err != nil {
		return policy.Person{}, "", fmt.Errorf("looking up a person in Slack: %w", err)
	}
	return personOf(*u), nameOf(*u), nil
}

// personOf is what Slack says of an account.
func personOf(u slack.User) policy.Person {
	return policy.Person{
		Team: u.TeamID, ID: u.ID, Email: u.Profile.Email,
		Deleted: u.Deleted, Bot: u.IsBot || u.IsAppUser || u.ID == "USLACKBOT",
		Guest: u.IsRestricted || u.IsUltraRestricted, Stranger: u.IsStranger,
		Admin: u.IsAdmin || u.IsOwner || u.IsPrimaryOwner,
	}
}

// tellAsker tells an operation that serves whoever asks who that is. App Store Connect
// wants the name of a person, which is not what they show in Slack.
func (b *Bot) tellAsker(ctx context.Context, p proposal) error {
	of, ok := p.op.(OfAsker)
	if !ok {
		return nil
	}
	u, err := b.web.GetUserInfoContext(ctx, p.asker.ID)
	if err != nil {
		return fmt.Errorf("looking up a name in Slack: %w", err)
	}
	first, last := ownName(*u)
	of.For(Asker{Email: p.asker.Email, First: first, Last: last})
	return nil
}

// ownName is somebody's first and last name: as their profile has them, or else taken
// from their whole name; what they show in Slack is the last resort.
func ownName(u slack.User) (first, last string) {
	first, last = clean(u.Profile.FirstName, 80), clean(u.Profile.LastName, 80)
	if first != "" || last != "" {
		return first, last
	}
	words := strings.Fields(or(clean(or(u.Profile.RealName, u.RealName), 160), nameOf(u)))
	if len(words) < 2 {
		return strings.Join(words, ""), ""
	}
	return strings.Join(words[:len(words)-1], " "), words[len(words)-1]
}

// groupsOf finds the groups somebody belongs to, of those that are named.
// Members of Slack's user groups are read for each decision, since authority must
// not come from a cache.
func (b *Bot) groupsOf(ctx context.Context, id string, names []string, groups map[string][]string) ([]string, error) {
	var in []string
	for _, name := range names {
		yes, err := b.anyOf(ctx, groups[name], id)
		if err != nil {
			return nil, err
		}
		if yes {
			in = append(in, name)
		}
	}
	return in, nil
}

func (b *Bot) anyOf(ctx context.Context, members []string, id string) (bool, error) {
	for _, m := range members {
		if m == id {
			return true, nil
		}
		if isUserGroup(m) {
			users, err := b.members(ctx, m)
			if err != nil {
				return false, err
			}
			if slices.Contains(users, id) {
				return true, nil
			}
		}
	}
	return false, nil
}

// reading is what one decision has read of user groups.
type reading struct {
	mu       sync.Mutex
	members  map[string][]string
	accounts map[string]acquainted // nil where somebody decides
	begun    time.Time
}

type readingKey struct{}

// oneReading lets everything that is done with the context it returns see one
// reading of each user group. A decision looks at several people, and Slack allows
// twenty such readings a minute.
func oneReading(ctx context.Context) context.Context {
	return context.WithValue(ctx, readingKey{}, &reading{members: map[string][]string{}})
}

// shownFor is how long what was read of people is good enough to show something by.
const shownFor = time.Minute

// showing lets everything that is done with the context it returns see people and
// groups as they were within the last minute. It is for what is only shown, such as
// which requests stand on whose Home; whoever then presses a button is looked up anew.
func (b *Bot) showing(ctx context.Context) context.Context {
	b.shownBy.Lock()
	defer b.shownBy.Unlock()
	if r := b.shownBy.reading; r == nil || time.Since(r.begun) > shownFor {
		b.shownBy.reading = &reading{members: map[string][]string{}, accounts: map[string]acquainted{}, begun: time.Now()}
	}
	return context.WithValue(ctx, readingKey{}, b.shownBy.reading)
}

// members are the ids in a user group. One that was deleted has no members; any
// other failure is an error, since it might hide some.
func (b *Bot) members(ctx context.Context, group string) ([]string, error) {
	r, shared := ctx.Value(readingKey{}).(*reading)
	if !shared {
		r = &reading{members: map[string][]string{}}
	}
	r.mu.Lock()
	users, known := r.members[group]
	r.mu.Unlock()
	if known {
		return users, nil
	}
	users, err := b.web.GetUserGroupMembersContext(ctx, group)
	if said, ok := errors.AsType[slack.SlackErrorResponse](err); ok && said.Err == "no_such_subteam" {
		b.Log.Error("a user group of the configuration is not in Slack any more; nobody is in it", "group", group)
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the members of a Slack user group: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.members[group] = users
	return users, nil
}

// mayUse tells whether somebody may talk to the bot, in words if not.
func (b *Bot) mayUse(ctx context.Context, id string) policy.Verdict {
	p, _, err := b.person(ctx, id, false)
	if err != nil {
		b.Log.Warn("could not check a person", "user", id, "error", err)
		return policy.Verdict{Why: "I cannot check in Slack who you are just now. Try again in a minute."}
	}
	return b.conf().Policy.MayUse(p)
}

// stored is a person as a request keeps them.
func stored(p policy.Person, name string) store.Person {
	return store.Person{Team: p.Team, ID: p.ID, Name: name}
}

func nameOf(u slack.User) string {
	for _, n := range []string{u.Profile.DisplayName, u.RealName, u.Name} {
		if n = clean(n, 80); n != "" {
			return n
		}
	}
	return u.ID
}

// isUserGroup tells a user group's id from a user's.
func isUserGroup(id string) bool { return len(id) > 1 && id[0] == 'S' }

func (c *peopleCache) get(id string, now time.Time) (acquainted, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	got, ok := c.seen[id]
	return got, ok && now.Sub(got.at) < acquaintance
}

// called is the name somebody had when they were looked up last, if they were.
func (c *peopleCache) called(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[id].name
}

// forget drops what is known, since other groups may count now.
func (c *peopleCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = nil
}

// drop forgets what was known of somebody.
func (c *peopleCache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.seen, id)
}

func (c *peopleCache) put(id string, a acquainted) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil || len(c.seen) > 5000 {
		c.seen = map[string]acquainted{}
	}
	c.seen[id] = a
}
