package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// betaGroup is a beta group and its app, as an operation names them.
type betaGroup struct {
	Group Named `json:"group"`
	App   Named `json:"app"` // the group's; blank until it is known
}

// About tells the group's app.
func (g *betaGroup) About() (apps []string, all bool) { return []string{g.App.ID}, g.App.ID == "" }

// Beneficiaries is nobody in particular: what is about a group serves whoever is in it.
func (g *betaGroup) Beneficiaries() []string { return nil }

// Find looks up the group.
func (g *betaGroup) Find(ctx context.Context, api *asc.Client) error {
	_, err := g.find(ctx, api)
	return err
}

// parseGroup reads "<group> [in <app>]".
func (g *betaGroup) parseGroup(words []string) error {
	words, app, limited := cut(words, "in")
	g.Group.Name, g.App.Name = strings.Join(words, " "), strings.Join(app, " ")
	if limited && g.App.Name == "" {
		return bot.Trouble{What: "After “in” I expected an app.", Next: "For example “in Halo”."}
	}
	return nil
}

// readGroup takes the field of a form.
func (g *betaGroup) readGroup(v bot.Values, wrong map[string]string) {
	*g = betaGroup{}
	if picked := v["group"].Chosen; len(picked) == 1 {
		g.Group = Named{ID: picked[0].Value, Name: picked[0].Text}
	} else {
		wrong["group"] = "Choose a group."
	}
}

// groupField asks for the group.
func (g *betaGroup) groupField() bot.Field {
	f := bot.Field{Name: "group", Label: "Group", Kind: bot.Pick, Source: groupSource}
	if g.Group.Name != "" && g.App.Name != "" {
		f.Chosen = []bot.Choice{{Text: g.Group.Name + " in " + g.App.Name}}
	}
	return f
}

// find looks the group up, by its id when that is known, and notes what it and its
// app are called now.
func (g *betaGroup) find(ctx context.Context, api *asc.Client) (asc.BetaGroup, error) {
	found, err := g.lookUp(ctx, api)
	if err != nil {
		return found, err
	}
	g.Group = Named{found.ID, found.Name}
	if found.App != nil {
		g.App = Named{found.AppID, found.App.Name}
	}
	return found, nil
}

func (g *betaGroup) lookUp(ctx context.Context, api *asc.Client) (asc.BetaGroup, error) {
	if g.Group.ID != "" {
		found, err := api.BetaGroup(ctx, g.Group.ID)
		if asc.NotFound(err) {
			return found, bot.Trouble{What: "The group " + g.Group.Name + " is gone.", Next: "Look what there is with `/asc groups`."}
		}
		return found, err
	}
	filter := asc.BetaGroupFilter{IncludeApp: true, Count: true}
	if g.App.Name != "" {
		apps, err := findApps(ctx, api, []Named{g.App})
		if err != nil {
			return asc.BetaGroup{}, err
		}
		g.App, filter.App = apps[0], []string{apps[0].ID}
	}
	all, err := everyone(api.BetaGroups(ctx, filter))
	if err != nil {
		return asc.BetaGroup{}, err
	}
	return pickGroup(all, g.Group.Name, g.App.Name)
}

// pickGroup finds the one group that somebody means.
func pickGroup(all []asc.BetaGroup, typed, app string) (asc.BetaGroup, error) {
	fit := matching(typed, all, groupNames)
	same := !slices.ContainsFunc(fit, func(g asc.BetaGroup) bool { return !bot.Alike(g.Name, typed) })
	switch {
	case len(fit) == 1:
		return fit[0], nil
	case len(fit) > 1 && same && app == "":
		where := named(fit, func(g asc.BetaGroup) string { return "“in " + appOf(g) + "”" })
		return asc.BetaGroup{}, bot.Trouble{What: fmt.Sprintf("Several apps have a group “%s”.", typed), Next: "Say which app: add " + strings.Join(where, " or ") + "."}
	case len(fit) > 1:
		return asc.BetaGroup{}, ambiguous(typed, named(fit, inApp), "Say more of the name, or which app with “in”.")
	}
	known := named(all, func(g asc.BetaGroup) string { return g.Name })
	where := ""
	if app != "" {
		where = " in " + app
	}
	next := "There is " + someOf(compact(known)) + "."
	if len(known) == 0 {
		next = "There is no group yet; `/asc group add` makes one."
	}
	return asc.BetaGroup{}, bot.Trouble{Absent: true, What: "There is no group “" + typed + "”" + where + "." + bot.Nearest(typed, known), Next: next}
}

// groupNames are the names by which people call a group.
func groupNames(g asc.BetaGroup) (called []string, whole string) {
	app := appOf(g)
	return []string{g.Name, inApp(g), g.Name + " " + app, app + " " + g.Name}, inApp(g)
}

func inApp(g asc.BetaGroup) string { return g.Name + " in " + appOf(g) }

func appOf(g asc.BetaGroup) string {
	if g.App == nil {
		return ""
	}
	return g.App.Name
}

// groupKind says who can be in a group.
func groupKind(g asc.BetaGroup) string {
	switch {
	case g.IsInternalGroup && g.HasAccessToAllBuilds:
		return "internal: members of the team, every build"
	case g.IsInternalGroup:
		return "internal: members of the team"
	}
	return "external: people outside the team"
}

// size says how many testers a group has.
func size(g asc.BetaGroup) string {
	if g.Testers == nil {
		return "an unknown number of testers"
	}
	return howMany(*g.Testers, "tester")
}

// howMany says how many there are: “no testers”, “1 tester”, “3 testers”.
func howMany(n int, of string) string {
	switch n {
	case 0:
		return "no " + of + "s"
	case 1:
		return "1 " + of
	}
	return fmt.Sprintf("%s %ss", grouped(n), of)
}

// grouped writes a number with a comma between thousands.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

func compact(names []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}
