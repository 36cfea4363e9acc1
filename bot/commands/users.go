package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/roles"
)

// Users lists everybody on the team and everybody who is invited, or some of them.
type Users struct {
	invited bool     // only who cannot sign in yet
	all     bool     // only who sees all apps
	signing bool     // only who may use certificates
	roles   []string // only who has one of these
	app     string   // only who sees this app
	words   string   // only those whose name or address fits
}

// notYet are the ways to say: those who are invited and have not accepted.
var notYet = []string{"cannot sign in yet", "can not sign in yet", "can't sign in yet", "not accepted", "invited", "pending"}

// Parse reads "[role…] [cannot sign in yet] [all apps] [certificates] [in <app>] [name]".
func (u *Users) Parse(words []string) error {
	text := " " + strings.ToLower(strings.Join(words, " ")) + " "
	for _, said := range notYet {
		if rest, _, ok := takeOut(text, said); ok {
			u.invited, text = true, rest
			break
		}
	}
	if rest, _, ok := takeOut(text, "all apps"); ok {
		u.all, text = true, rest
	}
	for _, said := range certificates {
		if rest, _, ok := takeOut(text, said); ok {
			u.signing, text = true, rest
			break
		}
	}
	rest, app, limited := cut(strings.Fields(text), "in")
	if limited {
		if u.app = strings.Join(app, " "); u.app == "" {
			return bot.Trouble{What: "After “in” I expected an app.", Next: "For example `/asc users in Halo`."}
		}
	}
	if strings.Join(rest, " ") == "account holder" {
		u.roles, rest = []string{roles.AccountHolder}, nil
	}
	ids, rest := roles.Read(rest)
	u.roles = append(u.roles, ids...)
	u.words = strings.Join(rest, " ")
	return nil
}

// takeOut takes a phrase of whole words out of a text that has spaces around it.
func takeOut(text, phrase string) (rest, found string, ok bool) {
	before, after, ok := strings.Cut(text, " "+phrase+" ")
	return before + " " + after, phrase, ok
}

// Answer lists whoever fits, by name.
func (u *Users) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	all, apps, err := wholeTeam(ctx, d.Team.API)
	if err != nil {
		return bot.Message{}, err
	}
	if err := u.settle(all, apps); err != nil {
		return bot.Message{}, err
	}
	fit := slices.DeleteFunc(slices.Clone(all), func(m member) bool { return !u.fits(m) })
	slices.SortStableFunc(fit, byName)
	rows := make([]bot.Row, len(fit))
	for i, m := range fit {
		rows[i] = bot.Row{Text: memberLine(m, apps, d.Now()), Button: bot.Begin("Show", "user "+m.email())}
	}
	return bot.Listing(u.title(all, fit), rows, bot.Markf("Nobody on the team fits that. %s lists everybody.", bot.Code("/asc users"))).
		Buttons(bot.Begin("Admins", "users admins"), bot.Begin("All apps", "users all apps"), bot.Begin("Cannot sign in yet", "users cannot sign in yet")).
		Below(bot.Markf("Narrow it with a name, a role or an app, as in %s.", bot.Code("/asc users developers in Halo"))), nil
}

// wholeTeam reads everybody, and the names of the apps by their ids. Of 450 people it
// is five requests, three of them at the same time.
func wholeTeam(ctx context.Context, api *asc.Client) (all []member, apps map[string]string, err error) {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { all, err = everybody(ctx, api); return err })
	g.Go(func() (err error) { apps, err = appsByID(ctx, api); return err })
	return all, apps, g.Wait()
}

// settle finds the app that is meant: the one named after “in”, or one whose name
// stands alone and is nobody's.
func (u *Users) settle(all []member, apps map[string]string) error {
	if u.app == "" {
		for id, name := range apps {
			if u.words != "" && bot.Alike(name, u.words) && len(called(all, u.words)) == 0 {
				u.app, u.words = id, ""
				return nil
			}
		}
		return nil
	}
	id, err := appCalled(apps, u.app)
	u.app = id
	return err
}

// appCalled finds the app that words mean: one called so, else the only one whose
// name has all of the words.
func appCalled(apps map[string]string, said string) (id string, err error) {
	var known, fit []string
	for id, name := range apps {
		if bot.Alike(name, said) {
			return id, nil
		}
		if known = append(known, name); begins(name, said) {
			fit = append(fit, id)
		}
	}
	slices.Sort(known)
	switch len(fit) {
	case 1:
		return fit[0], nil
	case 0:
		return "", bot.Trouble{Absent: true, What: "There is no app “" + said + "” that the bot's key can see." + bot.Nearest(said, known), Next: "There is " + someOf(known) + "."}
	}
	var names []string
	for _, id := range fit {
		names = append(names, apps[id])
	}
	slices.Sort(names)
	return "", bot.Trouble{What: "“" + said + "” fits several apps: " + someOf(names) + ".", Next: "Say which, by its whole name."}
}

func (u *Users) fits(m member) bool {
	h := m.holds()
	all := h.all || roles.SeesAll(h.roles)
	switch {
	case u.invited && m.invited == nil,
		u.all && !all,
		u.signing && !h.signing,
		u.app != "" && !all && !slices.Contains(h.apps, u.app),
		len(u.roles) > 0 && !slices.ContainsFunc(u.roles, func(id string) bool { return slices.Contains(h.roles, id) }):
		return false
	}
	local, _, _ := strings.Cut(m.email(), "@")
	return u.words == "" || strings.Contains(folded(m.email()), folded(u.words)) || begins(m.name()+" "+local, u.words)
}

func byName(a, b member) int {
	if c := strings.Compare(folded(a.name()), folded(b.name())); c != 0 {
		return c
	}
	return strings.Compare(a.email(), b.email())
}

func (u *Users) title(all, fit []member) bot.Markup {
	invited := 0
	for _, m := range fit {
		if m.invited != nil {
			invited++
		}
	}
	var counts []bot.Markup
	if n := len(fit) - invited; n > 0 {
		counts = append(counts, bot.Markf("%s", count(n, "person on the team", "people on the team")))
	}
	if invited > 0 {
		counts = append(counts, bot.Markf("%s", count(invited, "open invitation", "open invitations")))
	}
	title := bot.Join(counts, ", ")
	if len(fit) < len(all) {
		title += bot.Markf(" (of %d altogether)", len(all))
	}
	return title
}

// memberLine is one person in a list.
func memberLine(m member, apps map[string]string, now time.Time) bot.Markup {
	has := accessOf(m.holds(), apps)
	parts := []bot.Markup{bot.Markf("*%s*  %s", m.name(), m.email())}
	if m.invited != nil {
		parts = append(parts, bot.Markf("✉️ cannot sign in yet: invited, %s", leftUntil(m.invited.ExpirationDate, now)))
	}
	parts = append(parts, bot.Inert(or(roles.Words(has.Roles), "no role")), bot.Inert(has.sight()))
	if has.Signing {
		parts = append(parts, "certificates")
	}
	return bot.Join(parts, "  ·  ")
}

// leftUntil says how long is left: “2 days left”, “5 hours left”.
func leftUntil(end, now time.Time) string {
	left := end.Sub(now)
	switch {
	case end.IsZero():
		return "no end known"
	case left <= 0:
		return "lapsed"
	case left < time.Hour:
		return "less than an hour left"
	case left < 48*time.Hour:
		return count(int(left/time.Hour), "hour", "hours") + " left"
	}
	return fmt.Sprintf("%d days left", int(left/(24*time.Hour)))
}
