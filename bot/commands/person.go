package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/roles"
)

// member is somebody on the team or invited to it: one of the two is set.
type member struct {
	user    *asc.User
	invited *asc.UserInvitation
}

func (m member) email() string {
	if m.user != nil {
		return m.user.Username
	}
	return m.invited.Email
}

func (m member) name() string {
	first, last := "", ""
	if m.user != nil {
		first, last = m.user.FirstName, m.user.LastName
	} else {
		first, last = m.invited.FirstName, m.invited.LastName
	}
	if full := strings.TrimSpace(first + " " + last); full != "" {
		return full
	}
	return m.email()
}

func (m member) holds() holds {
	if m.user != nil {
		return heldBy(*m.user)
	}
	return offeredBy(*m.invited)
}

// everybody reads the whole team: members, then who is invited. 450 of them cost
// four requests.
func everybody(ctx context.Context, api *asc.Client) ([]member, error) {
	var all []member
	for u, err := range api.Users(ctx, asc.UserFilter{IncludeApps: true}) {
		if err != nil {
			return nil, err
		}
		all = append(all, member{user: &u})
	}
	for i, err := range api.UserInvitations(ctx, asc.InvitationFilter{IncludeApps: true}) {
		if err != nil {
			return nil, err
		}
		all = append(all, member{invited: &i})
	}
	return all, nil
}

// findMember finds the one person who is meant: by their address, or by words of
// their name. When several fit it asks, and does not guess.
func findMember(ctx context.Context, api *asc.Client, said string) (member, error) {
	if strings.Contains(said, "@") {
		return memberAt(ctx, api, said)
	}
	all, err := everybody(ctx, api)
	if err != nil {
		return member{}, err
	}
	return pickMember(all, said)
}

// memberAt finds a person by their address, in one request for a member of the team
// and two for somebody who is invited.
func memberAt(ctx context.Context, api *asc.Client, email string) (member, error) {
	if u, ok, err := userCalled(ctx, api, email); err != nil || ok {
		return member{user: &u}, err
	}
	i, ok, err := invitationFor(ctx, api, email)
	if err == nil && !ok {
		err = nobody{email}
	}
	return member{invited: &i}, err
}

// nobody says that an address belongs to no member of the team and to nobody who is
// invited.
type nobody struct{ email string }

func (n nobody) Error() string { return n.Unwrap().Error() }

// Unwrap gives the words for whoever asked.
func (n nobody) Unwrap() error {
	return bot.Trouble{
		Absent: true,
		What:   n.email + " is neither on the team nor invited to it.",
		Next:   "`/asc users` lists everybody; `/asc invite " + n.email + "` invites them.",
	}
}

// pickMember finds who is called like that among everybody.
func pickMember(all []member, said string) (member, error) {
	fit := called(all, said)
	switch len(fit) {
	case 1:
		return fit[0], nil
	case 0:
		var known []string
		for _, m := range all {
			known = append(known, m.name())
		}
		return member{}, bot.Trouble{
			Absent: true,
			What:   "Nobody on the team is called “" + said + "”." + bot.Nearest(said, known),
			Next:   "`/asc users` lists everybody; an e-mail address always works.",
		}
	}
	var who []string
	for _, m := range fit {
		who = append(who, m.name()+" ("+m.email()+")")
	}
	return member{}, bot.Trouble{
		What: fmt.Sprintf("“%s” fits %d people: %s.", said, len(fit), someOf(who)),
		Next: "Say which by the e-mail address.",
	}
}

// called finds those whom words may mean: somebody called exactly so, else everybody
// in whose name or address each of the words begins a word.
func called(all []member, said string) (fit []member) {
	said = folded(said)
	for _, m := range all {
		if folded(m.name()) == said || folded(m.email()) == said {
			fit = append(fit, m)
		}
	}
	if len(fit) > 0 {
		return fit
	}
	for _, m := range all {
		local, _, _ := strings.Cut(m.email(), "@") // a company's name would fit everybody
		if begins(m.name()+" "+local, said) {
			fit = append(fit, m)
		}
	}
	return fit
}

// begins reports whether each of the words that were said begins a word of a text.
func begins(text, said string) bool {
	words := strings.FieldsFunc(folded(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	asked := strings.FieldsFunc(folded(said), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, w := range asked {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, w) }) {
			return false
		}
	}
	return len(asked) > 0
}

// folded sets case and accents aside.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(strings.TrimSpace(s)))
}

// splitPerson splits words into somebody, by address or by name, and what is said of
// them. A name goes on until what follows can be read; when nothing that follows can,
// all is taken for the name.
func splitPerson(words []string, readable func(rest []string) bool) (who string, rest []string, err error) {
	if i := slices.IndexFunc(words, func(w string) bool { return strings.Contains(w, "@") }); i >= 0 {
		who, err = address(words[i])
		return who, words[i+1:], err
	}
	for n := 1; n <= len(words); n++ {
		if readable(words[n:]) {
			return strings.Join(words[:n], " "), words[n:], nil
		}
	}
	return strings.Join(words, " "), nil, nil
}

// chosenPerson is what a form starts with when somebody was named. An address is
// enough; a name is looked up in the list.
func chosenPerson(said string) []bot.Choice {
	switch {
	case said == "":
		return nil
	case strings.Contains(said, "@"):
		return []bot.Choice{{Text: said, Value: said}}
	}
	return []bot.Choice{{Text: said}}
}

// userByID reads a member of the team again.
func userByID(ctx context.Context, api *asc.Client, who Named) (asc.User, error) {
	u, err := api.User(ctx, who.ID)
	if asc.NotFound(err) {
		err = bot.Trouble{What: who.Name + " is not on the team any more.", Next: "`/asc users` lists everybody."}
	}
	return u, err
}

// isHolder reports whether somebody is the Account Holder, whom nobody can change or
// remove here.
func isHolder(u asc.User) bool { return slices.Contains(u.Roles, roles.AccountHolder) }

// lastAdmin refuses what would leave the Account Holder as the only one who can
// change people.
func lastAdmin(ctx context.Context, api *asc.Client, u asc.User) error {
	if !slices.Contains(u.Roles, roles.Admin) || isHolder(u) {
		return nil
	}
	_, another, err := first(api.Users(ctx, asc.UserFilter{Roles: []string{roles.Admin}}),
		func(o asc.User) bool { return o.ID != u.ID && !isHolder(o) && slices.Contains(o.Roles, roles.Admin) })
	if err != nil || another {
		return err
	}
	return bot.Trouble{
		What: u.Username + " is the last Admin beside the Account Holder, so this is not done.",
		Next: "Make somebody else an Admin first: `/asc roles <email> admin`.",
	}
}
