package policy

import (
	"slices"
	"strings"
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

func (p Person) inAny(groups []string) bool { return slices.ContainsFunc(groups, p.In) }

// A Human has several Slack accounts, or addresses that Slack does not know. All
// of it together is one person, with one vote, and what is for one of the
// addresses is for all of the accounts.
type Human struct {
	Name     string
	Accounts []string // Slack user ids
	Mails    []string // e-mail addresses, such as the one at Apple
}

// Mailbox is the form in which two e-mail addresses are compared: lower case,
// without the tag after a plus sign.
func Mailbox(email string) string {
	local, domain, _ := strings.Cut(strings.ToLower(strings.TrimSpace(email)), "@")
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

// Same reports whether two accounts belong to one person: one id, one e-mail
// address once case and plus-tags are set aside, or two accounts or addresses
// that are configured to be one person's.
func (p Policy) Same(a, b Person) bool {
	who := p.persons(a, b)
	return who[0] == who[1]
}

// persons tells accounts apart by the people they belong to: two accounts get the
// same number when one person has both. When a is the same as b, and b as c, all
// three are one person, whatever a and c have in common.
func (p Policy) persons(accounts ...Person) []int {
	person := make([]int, len(accounts))
	by := map[string]int{} // the person who has an id, an address or a name
	for i, a := range accounts {
		person[i] = i
		for _, mark := range p.marks(a) {
			j, seen := by[mark]
			if !seen {
				by[mark] = person[i]
				continue
			}
			join(person[:i+1], by, j, person[i])
		}
	}
	return person
}

// join makes two persons one.
func join(person []int, by map[string]int, keep, drop int) {
	for i := range person {
		if person[i] == drop {
			person[i] = keep
		}
	}
	for mark, who := range by {
		if who == drop {
			by[mark] = keep
		}
	}
}

// marks are what an account shares with others of its person.
func (p Policy) marks(a Person) (marks []string) {
	if a.ID != "" {
		marks = append(marks, "id "+a.ID)
	}
	if a.Email != "" {
		marks = append(marks, "mail "+Mailbox(a.Email))
	}
	for _, h := range p.People {
		if h.has(a) {
			marks = append(marks, "name "+h.Name)
		}
	}
	return marks
}

func (h Human) has(a Person) bool {
	if a.ID != "" && slices.Contains(h.Accounts, a.ID) {
		return true
	}
	return a.Email != "" && slices.ContainsFunc(h.Mails, func(m string) bool { return Mailbox(m) == Mailbox(a.Email) })
}

// WhoHas is the name of whoever has a Slack account, or the account's id.
func (p Policy) WhoHas(id string) string {
	for _, h := range p.People {
		if slices.Contains(h.Accounts, id) {
			return h.Name
		}
	}
	return id
}

// reachable reports whether an address is known for somebody, so that they can be
// told from whom a change is for.
func (p Policy) reachable(a Person) bool {
	return a.Email != "" || slices.ContainsFunc(p.People, func(h Human) bool { return h.has(a) && len(h.Mails) > 0 })
}

// IsQuiet reports whether an approver is not to be reminded.
func (p Policy) IsQuiet(id string) bool { return slices.Contains(p.Quiet, id) }
