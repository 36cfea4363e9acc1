package commands

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// findApps turns names of apps into ids. An app can be named by its name, its
// bundle id, its SKU or its id.
func findApps(ctx context.Context, api *asc.Client, wanted []Named) ([]Named, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	all, err := everyone(api.Apps(ctx, asc.AppFilter{}))
	if err != nil {
		return nil, err
	}
	var found []Named
	for _, w := range wanted {
		app, err := pickApp(all, w)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(found, app) {
			found = append(found, app)
		}
	}
	return found, nil
}

func pickApp(all []asc.App, w Named) (Named, error) {
	if w.ID != "" {
		for _, a := range all {
			if a.ID == w.ID {
				return Named{a.ID, a.Name}, nil
			}
		}
	}
	var fit []asc.App
	if w.ID == "" {
		fit = matching(w.Name, all, appNames)
	}
	known := func(of []asc.App) []string { return named(of, func(a asc.App) string { return a.Name }) }
	switch len(fit) {
	case 1:
		return Named{fit[0].ID, fit[0].Name}, nil
	case 0:
		return Named{}, bot.Trouble{
			Absent: true,
			What:   "There is no app “" + w.Name + "” that the bot's key can see." + bot.Nearest(w.Name, known(all)),
			Next:   "There is " + someOf(known(all)) + ".",
		}
	}
	return Named{}, ambiguous(w.Name, known(fit), "Say more of the app's name, or its bundle id.")
}

// appNames are the names by which people call an app.
func appNames(a asc.App) (called []string, whole string) {
	return []string{a.Name, a.BundleID, a.SKU, a.ID}, a.Name
}

func someOf(names []string) string {
	if len(names) == 0 {
		return "no app at all"
	}
	const most = 12
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// userCalled finds the team member with an address. Apple's filter may match
// more than the exact address, so it is compared here.
func userCalled(ctx context.Context, api *asc.Client, email string) (asc.User, bool, error) {
	return first(api.Users(ctx, asc.UserFilter{Username: []string{email}, IncludeApps: true}),
		func(u asc.User) bool { return strings.EqualFold(u.Username, email) })
}

// invitationFor finds the open invitation for an address.
func invitationFor(ctx context.Context, api *asc.Client, email string) (asc.UserInvitation, bool, error) {
	return first(api.UserInvitations(ctx, asc.InvitationFilter{Email: []string{email}, IncludeApps: true}),
		func(i asc.UserInvitation) bool { return strings.EqualFold(i.Email, email) })
}

// everyone reads a list to its end.
func everyone[T any](items iter.Seq2[T, error]) (all []T, err error) {
	for item, err := range items {
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, nil
}

// first returns the first item that fits.
func first[T any](items iter.Seq2[T, error], fits func(T) bool) (T, bool, error) {
	var none T
	for item, err := range items {
		if err != nil {
			return none, false, err
		}
		if fits(item) {
			return item, true, nil
		}
	}
	return none, false, nil
}

// day shows a moment by its date and time in UTC.
func day(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04 UTC") }

func appsByID(ctx context.Context, api *asc.Client) (map[string]string, error) {
	apps := map[string]string{}
	for app, err := range api.Apps(ctx, asc.AppFilter{}) {
		if err != nil {
			return nil, err
		}
		apps[app.ID] = app.Name
	}
	return apps, nil
}
