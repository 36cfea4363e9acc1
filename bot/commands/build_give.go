package commands

import (
	"context"
	"fmt"
	"slices"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// BuildGive lets beta groups install a build.
type BuildGive struct{ buildGroups }

// Parse reads "<app> <build> to <group>, <group>".
func (o *BuildGive) Parse(words []string) error { return o.parse(words, "to") }

// Form asks for the build and the groups.
func (o *BuildGive) Form() bot.Form {
	return bot.Form{
		Title: "Give a build to groups", Submit: "Ask for it",
		Intro:  "People outside the team get it once it has passed beta review; members of the team at once.",
		Fields: []bot.Field{o.buildField(), o.groupsField()},
	}
}

// Read takes the submitted form.
func (o *BuildGive) Read(v bot.Values) map[string]string { return o.read(v) }

// Summary names the build and the groups.
func (o *BuildGive) Summary() string { return "Give " + o.String() + " to " + names(o.Groups) }

// Look refuses what App Store Connect would, before anybody is asked.
func (o *BuildGive) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	b, err := o.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	groups, err := o.groups(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	testers, outside, unknown := 0, false, false
	fields := []store.Field{{Name: "Build", After: o.String() + platformWord(b)}}
	var before []bool
	for _, g := range groups {
		has := slices.Contains(b.GroupIDs, g.ID)
		if err := refuseGift(b, g, o.String(), has); err != nil {
			return bot.Sight{}, err
		}
		before = append(before, has)
		field := store.Field{Name: "Group", Before: "does not have it", After: g.Name + " (" + groupKind(g) + ", " + size(g) + ")"}
		if has {
			field.Before = "has it already"
		}
		fields = append(fields, field)
		outside = outside || !g.IsInternalGroup
		if g.Testers == nil {
			unknown = true
		} else if !has {
			testers += *g.Testers
		}
	}
	if slices.ContainsFunc(groups, func(g asc.BetaGroup) bool { return g.IsInternalGroup }) {
		if wait := insideWait(b); wait != "" {
			fields = append(fields, store.Field{Name: "For the team", After: wait})
		}
	}
	if outside {
		fields = append(fields, store.Field{Name: "For people outside", After: outsideWord(b)})
	}
	touches := howMany(testers, "tester")
	if unknown {
		touches = "an unknown number of testers"
	}
	return bot.Sight{
		Shown: map[string]any{"build": o.Build, "app": o.App, "groups": o.Groups, "had": before, "external": externalState(b), "expired": b.Expired},
		Preview: store.Preview{
			Fields: fields, Touches: touches, Allows: "They may install this build",
			Undo: "Can be undone with " + toType("build take", o.typed(), "from", quotedNames(o.Groups)) + "; whoever has installed it keeps it on the device.",
		},
	}, nil
}

// insideWait says what has to happen before members of the team get a build; nothing: they
// get it now.
func insideWait(b asc.Build) string {
	if b.ProcessingState == "PROCESSING" {
		return "it waits: Apple is still processing it"
	}
	if b.BetaDetail != nil && b.BetaDetail.InternalState == "MISSING_EXPORT_COMPLIANCE" {
		return "it waits: its export compliance is not answered"
	}
	return ""
}

// outsideWord says what has to happen before people outside the team get a build.
func outsideWord(b asc.Build) string {
	switch externalState(b) {
	case "READY_FOR_BETA_SUBMISSION":
		return "it waits: it has to pass beta review first"
	case "WAITING_FOR_BETA_REVIEW", "IN_BETA_REVIEW":
		return "they get it when beta review is through"
	case "BETA_REJECTED":
		return "beta review has rejected it, so they do not get it"
	case "BETA_APPROVED":
		return "it is approved; nobody is told until somebody asks to notify the testers"
	}
	if b.BetaDetail != nil && b.BetaDetail.AutoNotify {
		return "they get it now, and a mail says so"
	}
	return "they get it now"
}

// refuseGift says why a group cannot be given a build.
func refuseGift(b asc.Build, g asc.BetaGroup, build string, has bool) error {
	switch {
	case has:
		return nil
	case g.IsInternalGroup && g.HasAccessToAllBuilds:
		return bot.Trouble{
			What: g.Name + " is an internal group that gets every build by itself, so none can be given to it.",
			Next: "Leave it out. It sees builds that were uploaded after the group was made.",
		}
	case b.Expired:
		return bot.Trouble{What: build + " has expired: nobody can install it any more.", Next: "Take a newer build; `/asc builds` lists them."}
	case b.ProcessingState == "FAILED" || b.ProcessingState == "INVALID":
		return bot.Trouble{What: "Apple could not use " + build + ": " + stateWord(b.ProcessingState) + ".", Next: "Upload it again."}
	case g.IsInternalGroup:
		return nil
	}
	switch externalState(b) {
	case "", "PROCESSING":
		return bot.Trouble{What: build + " is still being processed by Apple, so " + g.Name + " cannot have it yet.", Next: "Ask again in some minutes; `/asc builds` shows when it is through."}
	case "MISSING_EXPORT_COMPLIANCE":
		return bot.Trouble{What: "The export compliance of " + build + " is not answered, so " + g.Name + " cannot have it yet.", Next: "Answer it with `/asc build compliance`."}
	case "IN_EXPORT_COMPLIANCE_REVIEW":
		return bot.Trouble{What: "The export compliance of " + build + " is under review at Apple, so " + g.Name + " cannot have it yet.", Next: "Ask again when it is through; `/asc builds` shows it."}
	case "NOT_APPLICABLE":
		return bot.Trouble{What: build + " was uploaded for the team alone, so " + g.Name + " cannot have it.", Next: "Upload it for everybody, or give it to an internal group."}
	}
	return nil
}

// Do gives the build to all groups at once; one that has it is no fault.
func (o *BuildGive) Do(ctx context.Context, api *asc.Client) error {
	return explained(api.AddGroupsToBuild(ctx, o.Build.ID, idsOf(o.Groups)...))
}

func idsOf(all []Named) []string { return named(all, func(n Named) string { return n.ID }) }

// Check reads which groups have the build.
func (o *BuildGive) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	f, err := o.rows(ctx, api, true, "It has the build.", "It does not have the build.")
	f.Outcome = fmt.Sprintf("%s %s %s.", names(o.Groups), has(o.Groups), o.String())
	return f, err
}

func has(groups []Named) string {
	if len(groups) == 1 {
		return "has"
	}
	return "have"
}
