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

// BuildTake takes a build away from beta groups.
type BuildTake struct{ buildGroups }

// Parse reads "<app> <build> from <group>, <group>".
func (o *BuildTake) Parse(words []string) error { return o.parse(words, "from") }

// Form asks for the build and the groups.
func (o *BuildTake) Form() bot.Form {
	return bot.Form{
		Title: "Take a build from groups", Submit: "Ask for it",
		Intro:  "Whoever has installed it keeps it on the device; nobody else of the group can install it.",
		Fields: []bot.Field{o.buildField(), o.groupsField()},
	}
}

// Read takes the submitted form.
func (o *BuildTake) Read(v bot.Values) map[string]string { return o.read(v) }

// Summary names the build and the groups.
func (o *BuildTake) Summary() string { return "Take " + o.String() + " from " + names(o.Groups) }

// Look tells who loses what.
func (o *BuildTake) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	b, err := o.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	groups, err := o.groups(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	fields := []store.Field{{Name: "Build", After: o.String() + platformWord(b)}}
	var touches []string
	var before []bool
	for _, g := range groups {
		if g.IsInternalGroup && g.HasAccessToAllBuilds {
			return bot.Sight{}, bot.Trouble{What: g.Name + " is an internal group that gets every build by itself, so none can be taken from it.", Next: "Take its testers out, or expire the build."}
		}
		had := slices.Contains(b.GroupIDs, g.ID)
		before = append(before, had)
		field := store.Field{Name: "Group", Before: "has it", After: g.Name + " does not (" + groupKind(g) + ", " + size(g) + ")"}
		if !had {
			field.Before = "does not have it"
		}
		left := len(g.BuildIDs)
		if had {
			left--
		}
		if fields = append(fields, field); left == 0 {
			touches = append(touches, g.Name+" is left without any build")
		}
	}
	return bot.Sight{
		Shown: map[string]any{"build": o.Build, "app": o.App, "groups": o.Groups, "had": before},
		Preview: store.Preview{
			Fields: fields, Touches: strings.Join(append([]string{"the testers of " + names(o.Groups)}, touches...), "; "),
			Undo: "Can be undone with " + toType("build give", o.typed(), "to", quotedNames(o.Groups)) + ".",
		},
	}, nil
}

// Do takes the build away from all groups at once.
func (o *BuildTake) Do(ctx context.Context, api *asc.Client) error {
	return explained(api.RemoveGroupsFromBuild(ctx, o.Build.ID, idsOf(o.Groups)...))
}

// Check reads which groups have the build.
func (o *BuildTake) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	f, err := o.rows(ctx, api, false, "It no longer has the build.", "It still has the build.")
	f.Outcome = fmt.Sprintf("%s no longer %s %s.", names(o.Groups), has(o.Groups), o.String())
	if len(o.Groups) == 1 {
		f.Before = o.Groups[0].Name + " does not have " + o.String() + "."
	} else {
		f.Before = names(o.Groups) + " do not have " + o.String() + "."
	}
	return f, err
}
