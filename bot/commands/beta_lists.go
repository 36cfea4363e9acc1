package commands

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

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

// Answer shows each group with what it is, how many are in it and its public link. Of
// one app it also tells how many came by a link, and with which devices one can.
func (q *Groups) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	filter := asc.BetaGroupFilter{IncludeApp: true, Count: true}
	var err error
	if filter.App, err = onlyApp(ctx, d, q.app); err != nil {
		return bot.Message{}, err
	}
	if err := d.About(ctx, filter.App...); err != nil {
		return bot.Message{}, err
	}
	var rows []bot.Row
	for g, err := range d.Team.API.BetaGroups(ctx, filter) {
		if err != nil {
			return bot.Message{}, err
		}
		row := bot.Markf("*%s* in %s — %s, %s", g.Name, appOf(g), groupKind(g), size(g))
		if !g.HasAccessToAllBuilds {
			row += bot.Markf(", %s", howMany(len(g.BuildIDs), "build"))
		}
		if !g.FeedbackEnabled {
			row += ", no feedback"
		}
		if g.PublicLinkEnabled {
			link, err := linkWords(ctx, d.Team.API, g, q.app != "")
			if err != nil {
				return bot.Message{}, err
			}
			row += link
		}
		rows = append(rows, bot.Row{Text: row, Button: bot.Begin("Testers", "testers "+bot.Quote(g.Name)+" in "+bot.Quote(appOf(g)))})
	}
	return bot.Listing(bot.Markf("%s", howMany(len(rows), "beta group")), rows, "There is no beta group yet; `/asc group add` makes one."), nil
}

// linkWords tell of a group's public link; closely also how full it is, and for whom.
func linkWords(ctx context.Context, api *asc.Client, g asc.BetaGroup, closely bool) (bot.Markup, error) {
	said := bot.Markf("\npublic link: %s", g.PublicLink)
	if g.PublicLinkLimitEnabled {
		said = bot.Markf("\npublic link for %s at most: %s", howMany(g.PublicLinkLimit, "tester"), g.PublicLink)
	}
	if !closely {
		return said, nil
	}
	n, known, err := joinedByLink(ctx, api, g.ID)
	if err != nil {
		return "", err
	}
	if known {
		said += bot.Markf("; %s came by it", howMany(n, "tester"))
	}
	r, some, err := api.RecruitmentCriterion(ctx, g.ID)
	if err == nil && some {
		said += bot.Markf("; for %s", criteria(r))
	}
	return said, err
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
	if err := d.About(ctx, filter.App...); err != nil {
		return bot.Message{}, err
	}
	if short := shortVersion(q.version); short != "" {
		filter.Version = []string{short, short + ".0", short + ".0.0"}
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
	return bot.Listing(bot.Markf("%s of %s, the newest first", howMany(len(rows), "build"), of), rows, bot.Markf("There is no build of %s yet. One shows some minutes after it was uploaded.", of)).
		Buttons(bot.Begin("Another app or version…", "builds …")), nil
}

// whichApp asks for the app with a button for each, when none was said: every command
// can be had by clicking alone.
func whichApp(ctx context.Context, d bot.Desk, question, words, more string) (bot.Message, error) {
	apps, err := everyone(d.Team.API.Apps(ctx, asc.AppFilter{}))
	if err != nil {
		return bot.Message{}, err
	}
	var buttons []*slack.ButtonBlockElement
	for _, a := range apps[:min(len(apps), mostAppButtons)] {
		buttons = append(buttons, bot.Begin(a.Name, strings.TrimSpace(words+" "+bot.Quote(a.Name)+" "+more)))
	}
	m := bot.Say("%s", question).Buttons(buttons...)
	if len(apps) > mostAppButtons {
		m = m.Below(bot.Markf("There are %d more; type %s and the name.", len(apps)-mostAppButtons, bot.Code("/asc "+words)))
	}
	return m, nil
}

// mostAppButtons is how many elements a row of buttons holds.
const mostAppButtons = 25

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
