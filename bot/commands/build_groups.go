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

// Beneficiaries is nobody in particular.
func (o *buildGroups) Beneficiaries() []string { return nil }

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
			Undo: "Can be undone with /asc build take " + o.String() + " from " + names(o.Groups) + "; whoever has installed it keeps it on the device.",
		},
	}, nil
}

// outsideWord says what has to happen before people outside the team get a build.
func outsideWord(b asc.Build) string {
	switch externalState(b) {
	case "READY_FOR_BETA_SUBMISSION":
		return "it waits: it has to pass beta review first (/asc build review)"
	case "WAITING_FOR_BETA_REVIEW", "IN_BETA_REVIEW":
		return "they get it when beta review is through"
	case "BETA_REJECTED":
		return "beta review has rejected it, so they do not get it"
	case "BETA_APPROVED":
		return "it is approved; they are told with /asc build notify"
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
			Undo: "Can be undone with /asc build give " + o.String() + " to " + names(o.Groups) + ".",
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
