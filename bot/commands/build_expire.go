package commands

import (
	"context"
	"slices"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// BuildExpire ends the testing of a build.
type BuildExpire struct{ oneBuild }

// Form asks for the build.
func (o *BuildExpire) Form() bot.Form {
	return o.form("Expire a build", "Nobody can install the build any more, and where it is installed it stops working. It cannot be undone.")
}

// Summary names the build.
func (o *BuildExpire) Summary() string { return "Expire " + o.String() }

// Look tells who loses what.
func (o *BuildExpire) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	b, err := o.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	groups, testers, err := audience(ctx, api, b)
	if err != nil {
		return bot.Sight{}, err
	}
	fields := []store.Field{
		{Name: "Build", Before: internally(b) + " in the team, " + externally(b) + " outside", After: o.String() + platformWord(b) + " is expired"},
		{Name: "Groups", After: groupList(groups)},
	}
	for _, g := range groups {
		if len(g.BuildIDs) == 1 && slices.Contains(g.BuildIDs, b.ID) {
			fields = append(fields, store.Field{Name: "Left without any build", After: g.Name})
		}
	}
	used, err := everyone(api.BuildUsages(ctx, b.ID))
	if err != nil {
		return bot.Sight{}, err
	}
	installs := 0
	for _, u := range used {
		installs += u.Installs
	}
	fields = append(fields, store.Field{Name: "Installed", After: "by " + howMany(installs, "tester") + " as far as Apple tells"})
	return bot.Sight{
		Shown: map[string]any{"build": o.Build, "app": o.App, "expired": b.Expired, "groups": b.GroupIDs},
		Preview: store.Preview{
			Fields: fields, Touches: atMost(testers, groups),
			Undo: "Cannot be undone: an expired build stays expired. A new one has to be uploaded.",
		},
	}, nil
}

// Do expires the build.
func (o *BuildExpire) Do(ctx context.Context, api *asc.Client) error {
	_, err := api.ExpireBuild(ctx, o.Build.ID)
	return explained(err)
}

// Check reads whether it is expired.
func (o *BuildExpire) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	b, err := api.Build(ctx, o.Build.ID)
	if err != nil || !b.Expired {
		return bot.Finding{Standing: bot.NotDone}, gone(err)
	}
	return bot.Finding{Standing: bot.Done, Outcome: o.String() + " is expired."}, nil
}
