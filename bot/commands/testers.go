package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/slack-go/slack"
)

// Testers lists the testers of an app, or of one of its groups; all of them, or those
// who are as far as a filter says.
type Testers struct {
	app, group string
	more       string // what was said behind the app: a group of it, or somebody who tests it
	only       testerFilter
	export     bool // as a file with everybody
}

// testerFilter chooses testers by how far they are.
type testerFilter struct {
	said string // as people say it; blank: everybody
	uses bool   // whether they can have used the app
	fits func(asc.BetaTester) bool
}

// testerFilters are in the order in which they are looked for: “not accepted” has to
// come before “accepted”.
var testerFilters = []testerFilter{
	{"never installed", false, func(t asc.BetaTester) bool { return t.State != "INSTALLED" }},
	{"not installed", false, func(t asc.BetaTester) bool { return t.State != "INSTALLED" }},
	{"not accepted", false, func(t asc.BetaTester) bool { return t.State == "INVITED" || t.State == "NOT_INVITED" }},
	{"not invited", false, func(t asc.BetaTester) bool { return t.State == "NOT_INVITED" }},
	{"accepted", true, hasAccepted},
	{"installed", true, func(t asc.BetaTester) bool { return t.State == "INSTALLED" }},
	{"by link", true, func(t asc.BetaTester) bool { return t.InviteType == "PUBLIC_LINK" }},
}

// Parse reads "<app> [group or person]" or "<group> in <app>", and a filter and “export”.
// Where the name of the app ends, only the list of the apps tells.
func (q *Testers) Parse(words []string) error {
	words, q.export = without(words, "export")
	for _, f := range testerFilters {
		if rest, there := without(words, strings.Fields(f.said)...); there {
			q.only, words = f, rest
			break
		}
	}
	before, app, in := cut(words, "in")
	q.app = strings.Join(before, " ")
	if in {
		q.group, q.app = q.app, strings.Join(app, " ")
	}
	return nil
}

// Answer shows each tester with their true state, their groups, and how much they use
// the app as far as Apple tells.
func (q *Testers) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	if q.app == "" {
		return whichApp(ctx, d, "Testers of which app?", "testers", q.only.said)
	}
	app, err := q.findApp(ctx, d.Team.API)
	if err != nil {
		return bot.Message{}, err
	}
	if err := d.About(ctx, ids(app)...); err != nil {
		return bot.Message{}, err
	}
	groups, err := everyone(d.Team.API.BetaGroups(ctx, asc.BetaGroupFilter{App: ids(app), IncludeApp: true}))
	if err != nil {
		return bot.Message{}, err
	}
	place, group := app[0].Name, Named{}
	if q.more != "" && len(matching(q.more, groups, groupNames)) > 0 {
		q.group, q.more = q.more, ""
	}
	if q.group != "" {
		g, err := pickGroup(groups, q.group, app[0].Name)
		if err != nil {
			return bot.Message{}, err
		}
		group, place = Named{g.ID, g.Name}, inApp(g)
	}
	all, used, err := testersOf(ctx, d.Team.API, app[0], group, q.only.uses || q.only.said == "")
	if err != nil {
		return bot.Message{}, err
	}
	called := map[string]asc.BetaGroup{}
	for _, g := range groups {
		called[g.ID] = g
	}
	var rows []bot.Row
	table := [][]bot.Cell{texts("email", "first name", "last name", "state", "groups", "sessions in 30 days", "last use", "came by")}
	if q.more != "" {
		if all = matching(q.more, all, testerNames); len(all) == 0 {
			return bot.Message{}, bot.Trouble{What: fmt.Sprintf("%s has no group “%s”, and nobody of that name or address tests it.", app[0].Name, q.more), Next: "`/asc testers " + app[0].Name + "` lists everybody; `/asc groups " + app[0].Name + "` the groups."}
		}
		place += " called “" + q.more + "”"
	}
	for _, t := range all {
		if q.only.fits != nil && !q.only.fits(t) {
			continue
		}
		rows = append(rows, bot.Row{Text: testerLine(t, called, used[t.ID]), Button: aboutTester(d, t, app[0])})
		table = append(table, append(texts(t.Email, t.FirstName, t.LastName, stateInShort(t.State), groupNamesOf(t, called)),
			bot.NumberCell(fmt.Sprint(used[t.ID].sessions)), bot.TextCell(used[t.ID].last), bot.TextCell(strings.ToLower(strings.ReplaceAll(t.InviteType, "_", " ")))))
	}
	title := bot.Markf("%s of %s", howMany(len(rows), "tester"), place)
	if q.only.said != "" {
		title = bot.Markf("%s of %s: %s (of %s altogether)", howMany(len(rows), "tester"), place, q.only.said, grouped(len(all)))
	}
	if q.export && len(rows) > 0 {
		m := bot.Say("%s. They are in our direct messages, as a file for spreadsheets.", title)
		m.Files = []bot.File{{Name: "testers-" + d.Now().UTC().Format(time.DateOnly) + ".csv", Title: "Testers of " + place, Data: bot.CSV(table)}}
		return m, nil
	}
	where := bot.Quote(app[0].Name)
	if q.group != "" {
		where = bot.Quote(group.Name) + " in " + where
	}
	if q.more != "" {
		where += " " + bot.Quote(q.more)
	}
	if len(all) > 0 && len(rows) == 0 {
		return bot.Say("Nobody of the %s of %s is that: %s.", howMany(len(all), "tester"), place, q.only.said), nil
	}
	return bot.Listing(title, rows, "Nobody tests that yet; `/asc tester add` adds somebody.").Buttons(
		bot.Begin("Never installed", "testers "+where+" never installed"), bot.Begin("Not accepted", "testers "+where+" not accepted"),
		bot.Begin("As a file", strings.TrimSpace("testers "+where+" "+q.only.said)+" export"),
	), nil
}

// findApp finds the app, and what was said behind its name: the most words that are the
// name of an app are it.
func (q *Testers) findApp(ctx context.Context, api *asc.Client) ([]Named, error) {
	all, err := everyone(api.Apps(ctx, asc.AppFilter{}))
	if err != nil {
		return nil, err
	}
	words := strings.Fields(q.app)
	for n := len(words); n > 0 && q.group == ""; n-- {
		if fit := matching(strings.Join(words[:n], " "), all, appNames); len(fit) == 1 {
			q.app, q.more = strings.Join(words[:n], " "), strings.Join(words[n:], " ")
			break
		}
	}
	app, err := pickApp(all, Named{Name: q.app})
	return []Named{app}, err
}

// testerNames are the names by which people call a tester.
func testerNames(t asc.BetaTester) (called []string, whole string) {
	return personNames(testerPerson(t))
}

// testerLine is one tester in a list.
func testerLine(t asc.BetaTester, called map[string]asc.BetaGroup, used use) bot.Markup {
	who := strings.TrimSpace(t.FirstName + " " + t.LastName)
	if t.Email != "" {
		who = strings.TrimSpace(who + " " + t.Email)
	}
	if t.Email == "" {
		who = strings.TrimSpace(who+" "+linkName(t.ID)) + ", who came by a public link"
	}
	parts := []bot.Markup{bot.Inert(who), bot.Inert(stateInShort(t.State)), bot.Markf("in %s", or(groupNamesOf(t, called), "no group"))}
	if w := used.words(t); w != "" {
		parts = append(parts, w)
	}
	if len(t.Devices) > 0 {
		parts = append(parts, bot.Inert(strings.Join(compact(named(t.Devices, deviceWord)), ", ")))
	}
	return bot.Join(parts, "  ·  ")
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%s times", grouped(n))
}

func deviceWord(d asc.TesterDevice) string {
	s := d.Model
	if d.Build != "" {
		s += " (build " + d.Build + ")"
	}
	return s
}

// aboutTester is the button for what is mostly wanted of a tester.
func aboutTester(d bot.Desk, t asc.BetaTester, app Named) *slack.ButtonBlockElement {
	in := " in " + bot.Quote(app.Name) + " …"
	switch {
	case t.Email == "" && may(d, "tester remove"):
		return bot.Begin("Remove…", "tester remove "+linkName(t.ID)+in)
	case t.State == "INVITED" && may(d, "tester resend"):
		return bot.Begin("Invite again…", "tester resend "+t.Email+in)
	case may(d, "tester remove"):
		return bot.Begin("Remove…", "tester remove "+t.Email+in)
	}
	return nil
}
