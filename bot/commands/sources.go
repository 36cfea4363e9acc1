package commands

import (
	"context"
	"iter"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/roles"
)

// The lists that forms offer as one types. Of things that are called alike, what
// stands beside the name tells which is which.
var (
	appSource     = bot.Source{Name: "apps", List: offering(allApps, appChoice)}
	groupSource   = bot.Source{Name: "groups", List: offering(allGroups, groupChoice)}
	buildSource   = bot.Source{Name: "builds", List: offering(allBuilds, buildChoice), NewestFirst: true}
	versionSource = bot.Source{Name: "versions", List: eachOnce(offering(allVersions, versionChoice))}
	personSource  = bot.Source{Name: "people", List: offering(allUsers, userChoice)}
	invitedSource = bot.Source{Name: "invitations", List: offering(allInvitations, invitationChoice)}
	testerSource  = bot.Source{Name: "testers", List: eachOnce(offering(allTesters, testerChoice))}
	localeSource  = bot.Source{Name: "locales", List: offering(allLocales, localeChoice)}
)

type reading[T any] = func(ctx context.Context, api *asc.Client) iter.Seq2[T, error]

// offering makes choices of whatever Apple lists.
func offering[T any](list reading[T], choice func(T) bot.Choice) reading[bot.Choice] {
	return func(ctx context.Context, api *asc.Client) iter.Seq2[bot.Choice, error] {
		return func(yield func(bot.Choice, error) bool) {
			for item, err := range list(ctx, api) {
				if err != nil {
					yield(bot.Choice{}, err)
					return
				}
				if !yield(choice(item), nil) {
					return
				}
			}
		}
	}
}

// eachOnce leaves out what was offered before.
func eachOnce(list reading[bot.Choice]) reading[bot.Choice] {
	return func(ctx context.Context, api *asc.Client) iter.Seq2[bot.Choice, error] {
		return func(yield func(bot.Choice, error) bool) {
			seen := map[string]bool{}
			for c, err := range list(ctx, api) {
				if err == nil && seen[c.Value] {
					continue
				}
				if seen[c.Value] = true; !yield(c, err) {
					return
				}
			}
		}
	}
}

func allApps(ctx context.Context, api *asc.Client) iter.Seq2[asc.App, error] {
	return api.Apps(ctx, asc.AppFilter{})
}

func appChoice(a asc.App) bot.Choice { return bot.Choice{Text: a.Name, Value: a.ID, About: a.BundleID} }

func allGroups(ctx context.Context, api *asc.Client) iter.Seq2[asc.BetaGroup, error] {
	return api.BetaGroups(ctx, asc.BetaGroupFilter{IncludeApp: true})
}

func groupChoice(g asc.BetaGroup) bot.Choice {
	kind := "external"
	if g.IsInternalGroup {
		kind = "internal"
	}
	return bot.Choice{Text: inApp(g), Value: g.ID, About: kind}
}

// allBuilds lists the builds that have not expired, the newest first.
func allBuilds(ctx context.Context, api *asc.Client) iter.Seq2[asc.Build, error] {
	return api.Builds(ctx, asc.BuildFilter{Expired: new(false), IncludeApp: true, IncludeBeta: true})
}

func buildChoice(b asc.Build) bot.Choice {
	if b.App == nil {
		return bot.Choice{} // nobody could say which build this is
	}
	return bot.Choice{Text: b.App.Name + " " + buildName(b) + platformWord(b), Value: b.ID, About: externally(b)}
}

func allUsers(ctx context.Context, api *asc.Client) iter.Seq2[asc.User, error] {
	return api.Users(ctx, asc.UserFilter{})
}

func userChoice(u asc.User) bot.Choice {
	return bot.Choice{Text: member{user: &u}.name() + " · " + u.Username, Value: u.Username, About: roles.Words(u.Roles)}
}

func allInvitations(ctx context.Context, api *asc.Client) iter.Seq2[asc.UserInvitation, error] {
	return api.UserInvitations(ctx, asc.InvitationFilter{})
}

func invitationChoice(i asc.UserInvitation) bot.Choice {
	return bot.Choice{Text: member{invited: &i}.name() + " · " + i.Email, Value: i.Email, About: roles.Words(i.Roles)}
}

func allTesters(ctx context.Context, api *asc.Client) iter.Seq2[asc.BetaTester, error] {
	return api.BetaTesters(ctx, asc.BetaTesterFilter{})
}

// linkChoice begins the value of somebody who has no address: the id of their record.
const linkChoice = "link:"

// testerChoice offers a tester by their address, which stands for them in every app.
// Who came by a public link often has none; they are one tester of one app.
func testerChoice(t asc.BetaTester) bot.Choice {
	if t.Email == "" {
		return bot.Choice{Text: linkName(t.ID), Value: linkChoice + t.ID, About: "came by a public link"}
	}
	name := strings.TrimSpace(t.FirstName + " " + t.LastName)
	if name != "" {
		name += " · "
	}
	return bot.Choice{Text: name + t.Email, Value: strings.ToLower(t.Email)}
}

func allLocales(context.Context, *asc.Client) iter.Seq2[bot.Choice, error] {
	return func(yield func(bot.Choice, error) bool) {
		for _, l := range locales {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func localeChoice(l bot.Choice) bot.Choice {
	l.About = l.Value
	return l
}
