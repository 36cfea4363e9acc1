package bot

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/ascbot/ascbot/bot/policy"
)

var (
	userID      = regexp.MustCompile(`^[UW][A-Z0-9]{2,}$`)
	userGroupID = regexp.MustCompile(`^S[A-Z0-9]{2,}$`)
	givenName   = regexp.MustCompile(`^[a-z][a-z0-9]*([ -][a-z0-9]+)*$`)
)

// longestName bounds the names that a configuration gives, in bytes.
const longestName = 40

// called looks whether a name is one that can be given.
func (r *reader) called(at ast.Node, name string) {
	if !givenName.MatchString(name) || len(name) > longestName {
		r.complain(at, "%+q is not a name to give: small letters and digits, with single blanks or dashes in between, at most %d", name, longestName)
	}
}

// people reads those who have several accounts or addresses.
func (r *reader) people(c *Config, n ast.Node) {
	accounts, mails := map[string]string{}, map[string]string{}
	for _, s := range r.mapping(n) {
		r.called(s.key, s.name)
		h := policy.Human{Name: s.name}
		if nothing(s.value) {
			r.complain(s.key, "nothing is said of %s; give accounts, mails, or both", s.name)
			continue
		}
		f := r.fields(s.value, "accounts", "mails") // when it is no mapping, nobody is known by it
		if a, ok := f["accounts"]; ok {
			r.texts(a.value, func(at ast.Node, id string) {
				switch other := accounts[id]; {
				case !userID.MatchString(id):
					r.complain(at, "%q is not a Slack user id (U0123ABCD)", id)
				case other != "":
					r.complain(at, "the account %s is %s's already", id, other)
				}
				r.mention(at, id)
				accounts[id] = s.name
				h.Accounts = append(h.Accounts, id)
			})
		}
		if m, ok := f["mails"]; ok {
			r.texts(m.value, func(at ast.Node, mail string) {
				box := policy.Mailbox(mail)
				switch local, domain, found := strings.Cut(mail, "@"); {
				case !found || local == "" || !strings.Contains(domain, ".") || strings.ContainsAny(mail, " <>,"):
					r.complain(at, "%q is not an e-mail address", mail)
				case mails[box] != "":
					r.complain(at, "the address %s is %s's already", mail, mails[box])
				}
				mails[box] = s.name
				h.Mails = append(h.Mails, mail)
			})
		}
		c.Policy.People = append(c.Policy.People, h)
	}
}

// human finds somebody under people.
func (c *Config) human(name string) (policy.Human, bool) {
	i := slices.IndexFunc(c.Policy.People, func(h policy.Human) bool { return h.Name == name })
	if i < 0 {
		return policy.Human{}, false
	}
	return c.Policy.People[i], true
}

func (c *Config) humans() (names []string) {
	for _, h := range c.Policy.People {
		names = append(names, h.Name)
	}
	return names
}

// groups reads the groups: Slack user ids, user group ids, and names of people.
func (r *reader) groups(c *Config, n ast.Node) {
	c.Policy.Groups = map[string][]string{}
	all := r.mapping(n)
	for _, s := range all {
		switch {
		case policy.BuiltInGroup(s.name):
			r.complain(s.key, "the group %q is built in and cannot be redefined", s.name)
			continue
		case slices.Contains(c.humans(), s.name):
			r.complain(s.key, "%q is somebody under people already; give the group another name", s.name)
		}
		r.called(s.key, s.name)
		c.Policy.Groups[s.name] = []string{}
		if list, ok := s.value.(*ast.SequenceNode); nothing(s.value) || ok && len(list.Values) == 0 {
			r.complain(s.value, "the group %q is empty; name its members or remove it", s.name)
			continue
		}
		r.texts(s.value, func(at ast.Node, member string) {
			c.Policy.Groups[s.name] = append(c.Policy.Groups[s.name], r.member(c, at, member, all)...)
		})
	}
}

// member is what one entry of a group stands for, as Slack ids.
func (r *reader) member(c *Config, at ast.Node, member string, groups []setting) []string {
	if userID.MatchString(member) || userGroupID.MatchString(member) {
		r.mention(at, member)
		if users, told := r.known.members[member]; told {
			return users
		}
		return []string{member}
	}
	h, ok := c.human(member)
	switch {
	case ok && len(h.Accounts) == 0:
		r.complain(at, "%q has no accounts under people", member)
	case !ok && slices.ContainsFunc(groups, func(s setting) bool { return s.name == member }) || policy.BuiltInGroup(member):
		r.complain(at, "%q is a group, and groups hold people; name its members, or both groups in the rule", member)
	case !ok:
		r.complain(at, "%q is neither a Slack user id (U0123ABCD), nor a user group id (S0123ABCD), nor somebody under people.%s", member, Nearest(member, c.humans()))
	}
	return h.Accounts
}

// groupNames reads a list of groups.
func (r *reader) groupNames(c *Config, n ast.Node) (names []string) {
	r.texts(n, func(at ast.Node, name string) {
		r.group(c, at, name)
		if slices.Contains(names, name) {
			r.complain(at, "%q is in this list twice", name)
			return
		}
		names = append(names, name)
	})
	return names
}

// group looks whether there is a group of a name.
func (r *reader) group(c *Config, at ast.Node, name string) {
	if r.isGroup(c, name) {
		return
	}
	if _, ok := c.human(name); ok {
		r.complain(at, "%q is a person, and rules are for groups; put them into one", name)
		return
	}
	known := []string{policy.Members, policy.Admins}
	for g := range c.Policy.Groups {
		known = append(known, g)
	}
	slices.Sort(known)
	r.complain(at, "there is no group %q under groups.%s", name, Nearest(name, known))
}

func (*reader) isGroup(c *Config, name string) bool {
	_, ok := c.Policy.Groups[name]
	return ok || policy.BuiltInGroup(name)
}

// quiet reads the approvers who are not reminded.
func (r *reader) quiet(c *Config, n ast.Node) {
	r.texts(n, func(at ast.Node, name string) {
		h, ok := c.human(name)
		switch {
		case ok:
			c.Policy.Quiet = append(c.Policy.Quiet, h.Accounts...)
		case userID.MatchString(name):
			r.mention(at, name)
			c.Policy.Quiet = append(c.Policy.Quiet, name)
		default:
			r.complain(at, "%q is neither a Slack user id (U0123ABCD) nor somebody under people.%s", name, Nearest(name, c.humans()))
		}
	})
}
