package commands

import (
	"context"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/roles"
	"github.com/ascbot/ascbot/store"
)

// User shows one person: what they may do, what was done about them, and what can be.
type User struct{ who string }

// Parse reads "<email or name>".
func (u *User) Parse(words []string) error {
	u.who = strings.Join(words, " ")
	return nil
}

// Answer is the card of one person.
func (u *User) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	if u.who == "" {
		return new(Users).Answer(ctx, d) // to choose from
	}
	m, err := findMember(ctx, d.Team.API, u.who)
	if err != nil {
		return bot.Message{}, err
	}
	accounts, err := d.Slack(ctx)
	if err != nil {
		return bot.Message{}, err
	}
	apps, err := appsByID(ctx, d.Team.API)
	if err != nil {
		return bot.Message{}, err
	}
	in, err := groupsOf(ctx, d.Team.API, m.email(), apps)
	if err != nil {
		return bot.Message{}, err
	}
	past, err := requestsAbout(d.Store, d.Team.Name, m.email())
	if err != nil {
		return bot.Message{}, err
	}
	has := accessOf(m.holds(), apps)
	lines := []bot.Markup{bot.Markf("*%s*  %s", m.name(), m.email())}
	if m.invited != nil {
		lines = append(lines, bot.Markf("✉️ Cannot sign in yet: invited, %s (until %s)", leftUntil(m.invited.ExpirationDate, d.Now()), bot.When(m.invited.ExpirationDate)))
	}
	lines = append(lines,
		bot.Markf("*Roles*  %s", or(roles.Words(has.Roles), "none")),
		bot.Markf("*Which lets them*  %s", or(roles.Allows(has.Roles), "nothing")),
		bot.Markf("*May see*  %s", has.sight()),
		bot.Markf("*Certificates and profiles*  %s", has.signing()),
		bot.Markf("*In Slack*  %s", presence(accounts, m.email()).words()),
	)
	if groups := slices.Concat(in.internal, in.external); len(groups) > 0 {
		lines = append(lines, bot.Markf("*Tester in*  %s", strings.Join(groups, ", ")))
	}
	return bot.Say("%s", bot.Join(lines, "\n")).Buttons(buttonsFor(m, has)...).Below(historyLines(past)), nil
}

// buttonsFor are what can be asked for about a person.
func buttonsFor(m member, has Access) []*slack.ButtonBlockElement {
	switch {
	case m.invited != nil:
		return []*slack.ButtonBlockElement{
			bot.Begin("Re-send", "invitation resend "+m.email()),
			bot.Begin("Cancel the invitation", "invitation cancel "+m.email()),
		}
	case isHolder(*m.user):
		return nil
	}
	return []*slack.ButtonBlockElement{
		bot.Begin("Change…", "roles "+m.email()+" "+has.typed()+" …"),
		bot.Begin("Remove…", "remove "+m.email()+" …"),
	}
}

// inSlack is where somebody is in Slack.
type inSlack struct{ active, left []bot.Account }

func presence(accounts bot.Accounts, email string) inSlack {
	active, left := accounts.Of(email)
	return inSlack{active, left}
}

func (s inSlack) words() bot.Markup {
	switch {
	case len(s.active) > 0 && s.active[0].Guest:
		return bot.Markf("%s, a guest", s.active[0].Name)
	case len(s.active) > 0:
		return bot.Inert(s.active[0].Name)
	case len(s.left) > 0:
		return bot.Markf("⚠️ %s has left: the account is deactivated", s.left[0].Name)
	}
	return "nobody with this address"
}

// How far back the history of a person goes, and how much of it is shown.
const (
	historyLooked = 1000
	historyShown  = 8
)

// requestsAbout finds the newest requests that concern somebody, newest first: also the
// invitation to another address that they have accepted.
func requestsAbout(st *store.Store, team, email string) (about []store.Request, err error) {
	recent, err := st.Recent(historyLooked)
	if err != nil {
		return nil, err
	}
	for _, r := range recent {
		theirs := slices.ContainsFunc(r.Beneficiaries, func(b string) bool { return strings.EqualFold(b, email) })
		if r.Team == team && (theirs || strings.EqualFold(acceptedAs(r), email)) {
			if about = append(about, r); len(about) == historyShown {
				break
			}
		}
	}
	return about, nil
}

func historyLines(past []store.Request) bot.Markup {
	if len(past) == 0 {
		return "Nothing was asked for about them here so far."
	}
	lines := []bot.Markup{"*What was asked for about them here*"}
	for _, r := range past {
		lines = append(lines, bot.Markf("%s  *#%d* %s — %s, asked by %s", bot.When(r.Asked), r.ID, r.Summary, bot.StateWord(r.State), r.Asker.Name))
	}
	return bot.Join(lines, "\n")
}
