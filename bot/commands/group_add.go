package commands

import (
	"context"
	"fmt"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// GroupAdd makes a beta group.
type GroupAdd struct {
	Name      string `json:"name"`
	App       Named  `json:"app"`
	Internal  bool   `json:"internal"`  // for members of the team; settled for good
	AllBuilds bool   `json:"allBuilds"` // internal groups: every build from now on
	Quiet     bool   `json:"quiet"`     // its testers cannot send feedback
}

// About tells the group's app.
func (g *GroupAdd) About() (apps []string, all bool) { return []string{g.App.ID}, g.App.ID == "" }

// The kinds of groups that a form offers.
var (
	externalKind = bot.Choice{Text: "External", Value: "external", About: "people outside the team; builds need beta review"}
	internalKind = bot.Choice{Text: "Internal", Value: "internal", About: "members of the team, no review"}
	everyKind    = bot.Choice{Text: "Internal, every build", Value: "every", About: "sees each build uploaded from now on by itself"}
)

// Parse reads "<name> in <app> [internal|external] [all builds] [no feedback]".
func (g *GroupAdd) Parse(words []string) error {
	words, app, _ := cut(words, "in")
	app, g.Quiet = without(app, "no", "feedback")
	app, g.AllBuilds = without(app, "all", "builds")
	app, g.Internal = without(app, "internal")
	app, _ = without(app, "external")
	g.Internal = g.Internal || g.AllBuilds
	g.Name, g.App.Name = strings.Join(words, " "), strings.Join(app, " ")
	if g.Name == "" || g.App.Name == "" {
		return bot.ErrMore
	}
	return nil
}

// without takes words off the end, if they are there.
func without(words []string, end ...string) (rest []string, there bool) {
	at := len(words) - len(end)
	if at < 0 {
		return words, false
	}
	for i, w := range end {
		if !strings.EqualFold(words[at+i], w) {
			return words, false
		}
	}
	return words[:at], true
}

// Form asks for name, app and kind.
func (g *GroupAdd) Form() bot.Form {
	kind := externalKind
	if g.AllBuilds {
		kind = everyKind
	} else if g.Internal {
		kind = internalKind
	}
	return bot.Form{
		Title: "New beta group", Submit: "Ask for it",
		Intro: "Whether a group is internal, and whether it gets every build, cannot be changed later.",
		Fields: []bot.Field{
			{Name: "name", Label: "Name", Kind: bot.Line, Text: g.Name},
			{Name: "app", Label: "App", Kind: bot.Pick, Source: appSource, Chosen: typedApp(g.App)},
			{Name: "kind", Label: "Who is in it", Kind: bot.OneOf, Choices: []bot.Choice{externalKind, internalKind, everyKind}, Chosen: []bot.Choice{kind}},
			feedbackField(!g.Quiet),
		},
	}
}

func typedApp(app Named) []bot.Choice {
	if app.Name == "" {
		return nil
	}
	return []bot.Choice{{Text: app.Name, Value: app.ID}}
}

var (
	feedbackOn  = bot.Choice{Text: "Testers can send feedback", Value: "on"}
	feedbackOff = bot.Choice{Text: "Testers cannot send feedback", Value: "off"}
)

func feedbackField(on bool) bot.Field {
	chosen := feedbackOff
	if on {
		chosen = feedbackOn
	}
	return bot.Field{Name: "feedback", Label: "Feedback", Kind: bot.OneOf, Choices: []bot.Choice{feedbackOn, feedbackOff}, Chosen: []bot.Choice{chosen}}
}

// Read takes the submitted form.
func (g *GroupAdd) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	*g = GroupAdd{Name: v["name"].Text, App: pickedApp(v, wrong)}
	if g.Name == "" {
		wrong["name"] = "A group needs a name."
	}
	kind := pickedOne(v, "kind")
	g.AllBuilds = kind == everyKind.Value
	g.Internal = kind == internalKind.Value || g.AllBuilds
	g.Quiet = pickedOne(v, "feedback") == feedbackOff.Value
	return wrong
}

// pickedOne is the one choice of a field, or blank.
func pickedOne(v bot.Values, field string) string {
	if picked := v[field].Chosen; len(picked) == 1 {
		return picked[0].Value
	}
	return ""
}

func pickedApp(v bot.Values, wrong map[string]string) Named {
	if picked := v["app"].Chosen; len(picked) == 1 {
		return Named{ID: picked[0].Value, Name: picked[0].Text}
	}
	wrong["app"] = "Choose an app."
	return Named{}
}

// Summary names the group and its app.
func (g *GroupAdd) Summary() string {
	return "Make the " + kindWord(g.Internal) + " group " + g.Name + " in " + g.App.Name
}

func kindWord(internal bool) string {
	if internal {
		return "internal"
	}
	return "external"
}

// Beneficiaries is nobody in particular.
func (g *GroupAdd) Beneficiaries() []string { return nil }

// Find looks up the app.
func (g *GroupAdd) Find(ctx context.Context, api *asc.Client) error {
	found, err := findApps(ctx, api, []Named{g.App})
	if err == nil {
		g.App = found[0]
	}
	return err
}

// twin is a group of the app that has the name already.
func (g *GroupAdd) twin(ctx context.Context, api *asc.Client) (asc.BetaGroup, bool, error) {
	return first(api.BetaGroups(ctx, asc.BetaGroupFilter{App: []string{g.App.ID}, IncludeApp: true}),
		func(other asc.BetaGroup) bool { return bot.Alike(other.Name, g.Name) })
}

// Look refuses a name that is taken: App Store Connect may take it twice, and then
// nobody can tell the groups apart.
func (g *GroupAdd) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	if err := g.Find(ctx, api); err != nil {
		return bot.Sight{}, err
	}
	if other, taken, err := g.twin(ctx, api); err != nil {
		return bot.Sight{}, err
	} else if taken {
		return bot.Sight{}, bot.Trouble{
			What: fmt.Sprintf("%s has a group “%s” already, %s.", g.App.Name, other.Name, groupKind(other)),
			Next: "Take another name. Whether a group is internal, and whether it gets every build, cannot be changed.",
		}
	}
	feedback := "testers can send it"
	if g.Quiet {
		feedback = "testers cannot send it"
	}
	return bot.Sight{
		Shown: map[string]any{"app": g.App, "taken": false},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "Group", Before: "none of that name", After: g.Name},
				{Name: "App", After: g.App.Name},
				{Name: "Kind", After: groupKind(asc.BetaGroup{IsInternalGroup: g.Internal, HasAccessToAllBuilds: g.AllBuilds})},
				{Name: "Feedback", After: feedback},
			},
			Touches: "nobody yet: the group begins empty",
			Undo:    "Can be undone with " + toType("group delete", bot.Quote(g.Name), "in", bot.Quote(g.App.Name)) + ".",
		},
	}, nil
}

// Do makes the group.
func (g *GroupAdd) Do(ctx context.Context, api *asc.Client) error {
	in := asc.NewBetaGroup{Name: g.Name, AppID: g.App.ID, IsInternalGroup: g.Internal, FeedbackEnabled: new(!g.Quiet)}
	if g.Internal {
		in.HasAccessToAllBuilds = &g.AllBuilds
	}
	_, err := api.CreateBetaGroup(ctx, in)
	return explained(err)
}

// Check looks for the group.
func (g *GroupAdd) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	there, ok, err := g.twin(ctx, api)
	if err != nil || !ok {
		return bot.Finding{Standing: bot.NotDone}, err
	}
	if there.IsInternalGroup != g.Internal || there.HasAccessToAllBuilds != g.AllBuilds || there.FeedbackEnabled == g.Quiet {
		return bot.Finding{Standing: bot.CannotTell, Outcome: fmt.Sprintf("%s has a group %s, %s, which is not what was asked for.", g.App.Name, there.Name, groupKind(there))}, nil
	}
	return bot.Finding{
		Standing: bot.Done,
		Outcome:  fmt.Sprintf("%s has the group %s now. `/asc tester add` brings people in, `/asc build give` builds.", g.App.Name, there.Name),
		Before:   fmt.Sprintf("%s has just this group.", g.App.Name),
	}, nil
}
