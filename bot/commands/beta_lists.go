package commands

import (
	"context"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// Groups lists the beta groups of an app, or of all.
type Groups struct{ app string }

// Parse reads "[app]".
func (q *Groups) Parse(words []string) error {
	q.app = strings.Join(words, " ")
	return nil
}

// Answer shows each group with what it is, how many are in it and its public link.
func (q *Groups) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	filter := asc.BetaGroupFilter{IncludeApp: true, Count: true}
	var err error
	if filter.App, err = onlyApp(ctx, d, q.app); err != nil {
		return bot.Message{}, err
	}
	var rows []bot.Markup
	for g, err := range d.Team.API.BetaGroups(ctx, filter) {
		if err != nil {
			return bot.Message{}, err
		}
		row := bot.Markf("*%s* in %s — %s, %s", g.Name, appOf(g), groupKind(g), size(g))
		switch {
		case g.PublicLinkEnabled && g.PublicLinkLimitEnabled:
			row += bot.Markf(", public link for %s at most: %s", howMany(g.PublicLinkLimit, "tester"), g.PublicLink)
		case g.PublicLinkEnabled:
			row += bot.Markf(", public link: %s", g.PublicLink)
		}
		rows = append(rows, row)
	}
	return bot.Listing(bot.Markf("%s", howMany(len(rows), "beta group")), rows, "There is no beta group yet; `/asc group add` makes one."), nil
}

// Builds lists the builds of an app, or of one of its versions, or of all apps: the
// newest first.
type Builds struct{ app, version string }

// Parse reads "[app] [version]".
func (q *Builds) Parse(words []string) error {
	if n := len(words); n > 1 && strings.ContainsAny(words[n-1][:1], "0123456789") {
		q.version, words = words[n-1], words[:n-1]
	}
	q.app = strings.Join(words, " ")
	return nil
}

// Answer shows each build with where it stands for the team and for others.
func (q *Builds) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	filter := asc.BuildFilter{IncludeApp: true, IncludeBeta: true, IncludeGroups: true}
	of := "all apps"
	if q.app != "" {
		found, err := findApps(ctx, d.Team.API, []Named{{Name: q.app}})
		if err != nil {
			return bot.Message{}, err
		}
		filter.App, of = ids(found), strings.TrimSpace(found[0].Name+" "+q.version)
	}
	var rows []bot.Row
	for b, err := range d.Team.API.Builds(ctx, filter) {
		if err != nil {
			return bot.Message{}, err
		}
		if b.App == nil || q.version != "" && !sameVersion(q.version, versionOf(b)) {
			continue
		}
		one := betaBuild{Build: Named{b.ID, buildName(b)}, App: Named{b.AppID, b.App.Name}}
		rows = append(rows, bot.Row{
			Text: bot.Markf("*%s*%s — for the team: %s; for others: %s; %s; export compliance: %s; in %s",
				one.String(), platformWord(b), internally(b), externally(b), daysLeft(b, d.Now()), complianceWord(b), howMany(len(b.GroupIDs), "group")),
			Button: bot.Begin("Show", "build "+one.typed()),
		})
	}
	return bot.Listing(bot.Markf("%s of %s, the newest first", howMany(len(rows), "build"), of), rows, bot.Markf("There is no build of %s yet. One shows some minutes after it was uploaded.", of)), nil
}

// Testers lists the testers of an app, or of one of its groups.
type Testers struct {
	app, group string
}

// Parse reads "<app>", or "<group> in <app>".
func (q *Testers) Parse(words []string) error {
	before, app, in := cut(words, "in")
	q.app = strings.Join(before, " ")
	if in {
		q.group, q.app = q.app, strings.Join(app, " ")
	}
	if q.app == "" {
		return bot.Trouble{What: "Testers of which app?", Next: "For example `/asc testers Halo`, or `/asc testers Friends in Halo`."}
	}
	return nil
}

// Answer shows each tester with their true state and groups.
func (q *Testers) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	app, err := onlyApp(ctx, d, q.app)
	if err != nil {
		return bot.Message{}, err
	}
	groups, err := everyone(d.Team.API.BetaGroups(ctx, asc.BetaGroupFilter{App: app, IncludeApp: true}))
	if err != nil {
		return bot.Message{}, err
	}
	called := map[string]string{}
	for _, g := range groups {
		called[g.ID] = g.Name
	}
	filter := asc.BetaTesterFilter{App: app, IncludeGroups: true}
	if q.group != "" {
		g, err := pickGroup(groups, q.group, q.app)
		if err != nil {
			return bot.Message{}, err
		}
		filter.App, filter.Group = nil, []string{g.ID}
	}
	var rows []bot.Markup
	for t, err := range d.Team.API.BetaTesters(ctx, filter) {
		if err != nil {
			return bot.Message{}, err
		}
		who := strings.TrimSpace(t.FirstName + " " + t.LastName)
		if t.Email != "" {
			who = strings.TrimSpace(who + " " + t.Email)
		}
		if who == "" {
			who = "somebody who came by a public link"
		}
		var in []string
		for _, id := range t.GroupIDs {
			if name := called[id]; name != "" {
				in = append(in, name)
			}
		}
		rows = append(rows, bot.Markf("%s — %s In %s.", who, testerState(t.State), or(strings.Join(in, ", "), "no group")))
	}
	return bot.Listing(bot.Markf("%s", howMany(len(rows), "tester")), rows, "Nobody tests that yet; `/asc tester add` adds somebody."), nil
}

// onlyApp finds the one app that was typed; none means all of them.
func onlyApp(ctx context.Context, d bot.Desk, typed string) (ids []string, err error) {
	if typed == "" {
		return nil, nil
	}
	found, err := findApps(ctx, d.Team.API, []Named{{Name: typed}})
	if err != nil {
		return nil, err
	}
	return []string{found[0].ID}, nil
}
