package commands

import (
	"context"
	"slices"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// buildGroups is a build and beta groups of its app, as both operations name them.
type buildGroups struct {
	betaBuild
	Groups []Named `json:"groups"`
}

// parse reads "<build> <word> <group>, <group>".
func (o *buildGroups) parse(words []string, at string) error {
	words, groups, _ := cut(words, at)
	groups, app, limited := cut(groups, "in")
	if limited {
		words = slices.Concat(words, []string{"in"}, app)
	}
	if err := o.parseBuild(words); err != nil {
		return err
	}
	for _, name := range bot.Lists(groups) {
		o.Groups = append(o.Groups, Named{Name: name})
	}
	if o.Build.Name == "" || len(o.Groups) == 0 {
		return bot.ErrMore
	}
	return nil
}

func (o *buildGroups) groupsField() bot.Field {
	f := bot.Field{Name: "groups", Label: "Groups", Kind: bot.PickMany, Source: groupSource, Hint: "Of the build's app."}
	for _, g := range o.Groups {
		f.Chosen = append(f.Chosen, bot.Choice{Text: g.Name + " in " + o.App.Name})
	}
	return f
}

func (o *buildGroups) read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	o.readBuild(v, wrong)
	o.Groups = nil
	for _, c := range v["groups"].Chosen {
		o.Groups = append(o.Groups, Named{ID: c.Value, Name: c.Text})
	}
	if len(o.Groups) == 0 {
		wrong["groups"] = "Choose at least one group."
	}
	return wrong
}

// Find looks up the build and the groups.
func (o *buildGroups) Find(ctx context.Context, api *asc.Client) error {
	if _, err := o.find(ctx, api); err != nil {
		return err
	}
	_, err := o.groups(ctx, api)
	return err
}

// groups looks up the groups, which have to be of the build's app.
func (o *buildGroups) groups(ctx context.Context, api *asc.Client) ([]asc.BetaGroup, error) {
	all, err := everyone(api.BetaGroups(ctx, asc.BetaGroupFilter{App: []string{o.App.ID}, IncludeApp: true, Count: true}))
	if err != nil {
		return nil, err
	}
	var found []asc.BetaGroup
	for i, g := range o.Groups {
		if g.ID == "" {
			one, err := pickGroup(all, g.Name, o.App.Name)
			if err != nil {
				return nil, err
			}
			found = append(found, one)
		} else if at := slices.IndexFunc(all, func(other asc.BetaGroup) bool { return other.ID == g.ID }); at >= 0 {
			found = append(found, all[at])
		} else {
			return nil, bot.Trouble{What: "“" + g.Name + "” is no group of " + o.App.Name + ".", Next: "A build goes to groups of its own app: " + someOf(named(all, func(g asc.BetaGroup) string { return g.Name })) + "."}
		}
		o.Groups[i] = Named{found[i].ID, found[i].Name}
	}
	return found, nil
}

// rows tells of each group whether it has the build.
func (o *buildGroups) rows(ctx context.Context, api *asc.Client, want bool, yes, no string) (bot.Finding, error) {
	b, err := api.Build(ctx, o.Build.ID)
	if err != nil {
		return bot.Finding{Standing: bot.NotDone}, gone(err)
	}
	f := bot.Finding{}
	done := 0
	for _, g := range o.Groups {
		row := store.Row{Name: g.Name, State: store.Failed, Note: no}
		if slices.Contains(b.GroupIDs, g.ID) == want {
			row.State, row.Note = store.Done, yes
			done++
		}
		f.Rows = append(f.Rows, row)
	}
	switch done {
	case 0:
		f.Standing = bot.NotDone
	case len(o.Groups):
		f.Standing = bot.Done
	default:
		f.Standing = bot.Partly
	}
	if len(o.Groups) == 1 {
		f.Rows = nil
	}
	return f, nil
}
