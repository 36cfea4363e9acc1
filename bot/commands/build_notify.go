package commands

import (
	"context"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// BuildNotify tells testers by mail that a build is there.
type BuildNotify struct {
	oneBuild
	told bool // Apple has just confirmed it
}

// Form asks for the build.
func (o *BuildNotify) Form() bot.Form {
	return o.form("Notify testers", "Testers outside the team get a mail that this build is there.")
}

// Summary names the build.
func (o *BuildNotify) Summary() string { return "Notify the testers of " + o.String() }

// Look refuses where nobody would be told.
func (o *BuildNotify) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	b, err := o.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	switch {
	case !testable(b):
		return bot.Sight{}, bot.Trouble{What: "People outside the team cannot test " + o.String() + ": " + externally(b) + ".", Next: "It has to pass beta review first: `/asc build review`."}
	case b.BetaDetail.AutoNotify:
		return bot.Sight{}, bot.Trouble{What: "Testers of " + o.String() + " are told by themselves when it goes live, so App Store Connect sends no other mail.", Next: "Nothing is to be done."}
	}
	groups, _, err := audience(ctx, api, b)
	if err != nil {
		return bot.Sight{}, err
	}
	outside, testers := []asc.BetaGroup{}, 0
	for _, g := range groups {
		if !g.IsInternalGroup {
			outside = append(outside, g)
			if g.Testers != nil {
				testers += *g.Testers
			}
		}
	}
	if len(outside) == 0 {
		return bot.Sight{}, bot.Trouble{What: "No external group has " + o.String() + ", so nobody would be told.", Next: "Give it to one first: `/asc build give`."}
	}
	return bot.Sight{
		Shown: map[string]any{"build": o.Build, "app": o.App, "state": externalState(b), "groups": named(outside, func(g asc.BetaGroup) string { return g.ID })},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "Build", After: o.String() + platformWord(b)},
				{Name: "Outside the team", Before: externally(b), After: "a mail says that it is there"},
				{Name: "Groups", After: groupList(outside)},
			},
			Touches: atMost(testers, outside) + "; each gets a mail",
			Undo:    "Cannot be undone: a mail is a mail.",
		},
	}, nil
}

// Do sends the mails.
func (o *BuildNotify) Do(ctx context.Context, api *asc.Client) error {
	err := api.NotifyTesters(ctx, o.Build.ID)
	o.told = err == nil
	return explained(err)
}

// Check finds out as much as can be: a build that was approved goes live by it. Of
// another mail to its testers Apple shows nothing, so then its word has to do.
func (o *BuildNotify) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	b, err := api.Build(ctx, o.Build.ID)
	if err != nil {
		return bot.Finding{Standing: bot.NotDone}, gone(err)
	}
	switch live := externalState(b) == "IN_BETA_TESTING"; {
	case o.told && live:
		return bot.Finding{Standing: bot.Done, Outcome: "The testers of " + o.String() + " are told, and it is live. App Store Connect has confirmed the mails; it shows them nowhere."}, nil
	case live:
		return bot.Finding{Standing: bot.CannotTell, Outcome: "The build is live; App Store Connect shows nowhere which mails it has sent. Ask a tester before you ask again."}, nil
	}
	return bot.Finding{Standing: bot.NotDone}, nil
}
