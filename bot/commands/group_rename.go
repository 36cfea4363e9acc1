package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// GroupRename gives a beta group another name.
type GroupRename struct {
	betaGroup
	To string `json:"to"`
}

// Parse reads "<group> to <name> [in <app>]".
func (g *GroupRename) Parse(words []string) error {
	words, to, _ := cut(words, "to")
	if head, app, limited := cut(to, "in"); limited {
		words, to = slices.Concat(words, []string{"in"}, app), head
	}
	if err := g.parseGroup(words); err != nil {
		return err
	}
	if g.To = strings.Join(to, " "); g.To == "" || g.Group.Name == "" {
		return bot.ErrMore
	}
	return nil
}

// Form asks for the group and its name.
func (g *GroupRename) Form() bot.Form {
	return bot.Form{Title: "Rename a beta group", Submit: "Ask for it", Fields: []bot.Field{
		g.groupField(), {Name: "to", Label: "New name", Kind: bot.Line, Text: g.To},
	}}
}

// Read takes the submitted form.
func (g *GroupRename) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	g.readGroup(v, wrong)
	if g.To = v["to"].Text; g.To == "" {
		wrong["to"] = "A group needs a name."
	}
	return wrong
}

// Summary names both names.
func (g *GroupRename) Summary() string {
	return "Rename the group " + g.Group.Name + " in " + g.App.Name + " to " + g.To
}

// Look refuses a name that another group of the app has.
func (g *GroupRename) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	now, err := g.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	for other, err := range api.BetaGroups(ctx, asc.BetaGroupFilter{App: []string{g.App.ID}}) {
		if err != nil {
			return bot.Sight{}, err
		}
		if other.ID != now.ID && bot.Alike(other.Name, g.To) {
			return bot.Sight{}, bot.Trouble{What: fmt.Sprintf("%s has another group “%s” already.", g.App.Name, other.Name), Next: "Take another name."}
		}
	}
	return bot.Sight{
		Shown: map[string]any{"app": g.App, "group": g.Group},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "Name", Before: now.Name, After: g.To},
				{Name: "App", After: g.App.Name},
				{Name: "Kind", After: groupKind(now)},
			},
			Touches: size(now),
			Undo:    "Can be undone with " + toType("group rename", bot.Quote(g.To), "to", bot.Quote(now.Name), "in", bot.Quote(g.App.Name)) + ".",
		},
	}, nil
}

// Do renames the group.
func (g *GroupRename) Do(ctx context.Context, api *asc.Client) error {
	_, err := api.UpdateBetaGroup(ctx, g.Group.ID, asc.BetaGroupChange{Name: &g.To})
	return explained(err)
}

// Check reads the name.
func (g *GroupRename) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	now, err := api.BetaGroup(ctx, g.Group.ID)
	if err != nil || now.Name != g.To {
		return bot.Finding{Standing: bot.NotDone}, gone(err)
	}
	return bot.Finding{Standing: bot.Done, Outcome: "The group is called " + now.Name + " now.", Before: "The group is called " + now.Name + "."}, nil
}

// gone passes over that something is not there any more: Look tells it in words.
func gone(err error) error {
	if asc.NotFound(err) {
		return nil
	}
	return err
}
