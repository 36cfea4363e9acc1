package commands

import (
	"context"
	"fmt"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// GroupDelete deletes a beta group.
type GroupDelete struct{ betaGroup }

// Parse reads "<group> [in <app>]".
func (g *GroupDelete) Parse(words []string) error {
	if err := g.parseGroup(words); err != nil {
		return err
	}
	if g.Group.Name == "" {
		return bot.ErrMore
	}
	return nil
}

// Form asks for the group.
func (g *GroupDelete) Form() bot.Form {
	return bot.Form{
		Title: "Delete a beta group", Submit: "Ask for it",
		Intro:  "Its testers keep the app only through other groups. It cannot be undone.",
		Fields: []bot.Field{g.groupField()},
	}
}

// Read takes the submitted form.
func (g *GroupDelete) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	g.readGroup(v, wrong)
	return wrong
}

// Summary names the group.
func (g *GroupDelete) Summary() string {
	return "Delete the group " + g.Group.Name + " in " + g.App.Name
}

// Beneficiaries is nobody.
func (g *GroupDelete) Beneficiaries() []string { return nil }

// mostCounted is up to how many testers it is read who loses what.
const mostCounted = 2000

// Look tells who loses the app.
func (g *GroupDelete) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	now, err := g.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	touches, err := g.losers(ctx, api, now)
	if err != nil {
		return bot.Sight{}, err
	}
	fields := []store.Field{
		{Name: "Group", Before: now.Name, After: "deleted"},
		{Name: "App", After: g.App.Name},
		{Name: "Kind", After: groupKind(now)},
		{Name: "Builds", Before: howMany(len(now.BuildIDs), "build"), After: "no longer given through it"},
	}
	shown := map[string]any{"app": g.App, "group": g.Group, "link": now.PublicLinkEnabled}
	if now.PublicLinkEnabled {
		fields = append(fields, store.Field{Name: "Public link", Before: now.PublicLink, After: "stops working"})
	} else { // through a link people come in all the time
		shown["testers"] = now.Testers
	}
	return bot.Sight{Shown: shown, Preview: store.Preview{
		Fields: fields, Touches: touches,
		Undo: "Cannot be undone: a new group of that name would have no testers, and another link.",
	}}, nil
}

// losers says how many testers lose the app with the group.
func (g *GroupDelete) losers(ctx context.Context, api *asc.Client, now asc.BetaGroup) (string, error) {
	if now.Testers != nil && *now.Testers == 0 {
		return "nobody: the group is empty", nil
	}
	if now.Testers == nil || *now.Testers > mostCounted {
		return size(now) + "; who of them is in no other group loses the app", nil
	}
	lose := 0
	for t, err := range api.BetaTesters(ctx, asc.BetaTesterFilter{Group: []string{g.Group.ID}, IncludeGroups: true}) {
		if err != nil {
			return "", err
		}
		if len(t.GroupIDs) <= 1 {
			lose++
		}
	}
	switch lose {
	case 0:
		return size(now) + ", who all keep the app through other groups", nil
	case *now.Testers:
		return size(now) + ", who all lose the app: they are in no other group", nil
	}
	return fmt.Sprintf("%s; %d of them lose the app, since they are in no other group", size(now), lose), nil
}

// Do deletes the group.
func (g *GroupDelete) Do(ctx context.Context, api *asc.Client) error {
	return explained(api.DeleteBetaGroup(ctx, g.Group.ID))
}

// Check looks whether the group is gone.
func (g *GroupDelete) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	switch _, err := api.BetaGroup(ctx, g.Group.ID); {
	case asc.NotFound(err):
		return bot.Finding{Standing: bot.Done, Outcome: "The group " + g.Group.Name + " is gone."}, nil
	case err != nil:
		return bot.Finding{}, err
	}
	return bot.Finding{Standing: bot.NotDone}, nil
}
