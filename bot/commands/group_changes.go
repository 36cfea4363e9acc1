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
			Undo:    "Can be undone with /asc group delete " + g.Name + " in " + g.App.Name + ".",
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

// Beneficiaries is nobody in particular.
func (g *GroupRename) Beneficiaries() []string { return nil }

// Find looks up the group.
func (g *GroupRename) Find(ctx context.Context, api *asc.Client) error {
	_, err := g.find(ctx, api)
	return err
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
			Undo:    "Can be undone with /asc group rename " + g.To + " to " + now.Name + " in " + g.App.Name + ".",
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

// Find looks up the group.
func (g *GroupDelete) Find(ctx context.Context, api *asc.Client) error {
	_, err := g.find(ctx, api)
	return err
}

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

// GroupFeedback lets the testers of a group send feedback, or not.
type GroupFeedback struct {
	betaGroup
	On bool `json:"on"`
}

// Parse reads "<group> [in <app>] on|off".
func (g *GroupFeedback) Parse(words []string) error {
	rest, on, said := takeOnOff(words)
	if err := g.parseGroup(rest); err != nil {
		return err
	}
	if g.On = on; g.Group.Name == "" || !said {
		return bot.ErrMore
	}
	return nil
}

// takeOnOff takes the last “on” or “off” out of words.
func takeOnOff(words []string) (rest []string, on, said bool) {
	for i, w := range slices.Backward(words) {
		if on = strings.EqualFold(w, "on"); on || strings.EqualFold(w, "off") {
			return slices.Concat(words[:i], words[i+1:]), on, true
		}
	}
	return words, false, false
}

// Form asks for the group, and for yes or no.
func (g *GroupFeedback) Form() bot.Form {
	return bot.Form{Title: "Feedback of a group", Submit: "Ask for it", Fields: []bot.Field{g.groupField(), feedbackField(g.On)}}
}

// Read takes the submitted form.
func (g *GroupFeedback) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	g.readGroup(v, wrong)
	g.On = pickedOne(v, "feedback") == feedbackOn.Value
	return wrong
}

// Summary names the group.
func (g *GroupFeedback) Summary() string {
	return "Switch feedback " + onOff(g.On) + " for " + g.Group.Name + " in " + g.App.Name
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// Beneficiaries is nobody in particular.
func (g *GroupFeedback) Beneficiaries() []string { return nil }

// Find looks up the group.
func (g *GroupFeedback) Find(ctx context.Context, api *asc.Client) error {
	_, err := g.find(ctx, api)
	return err
}

// Look shows what is set now.
func (g *GroupFeedback) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	now, err := g.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	return bot.Sight{
		Shown: map[string]any{"app": g.App, "group": g.Group, "feedback": now.FeedbackEnabled},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "Feedback", Before: onOff(now.FeedbackEnabled), After: onOff(g.On)},
				{Name: "Group", After: now.Name + " (" + groupKind(now) + ")"},
				{Name: "App", After: g.App.Name},
			},
			Touches: size(now),
			Undo:    "Can be undone with /asc group feedback " + now.Name + " in " + g.App.Name + " " + onOff(!g.On) + ".",
		},
	}, nil
}

// Do sets it.
func (g *GroupFeedback) Do(ctx context.Context, api *asc.Client) error {
	_, err := api.UpdateBetaGroup(ctx, g.Group.ID, asc.BetaGroupChange{FeedbackEnabled: &g.On})
	return explained(err)
}

// Check reads it.
func (g *GroupFeedback) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	now, err := api.BetaGroup(ctx, g.Group.ID)
	if err != nil || now.FeedbackEnabled != g.On {
		return bot.Finding{Standing: bot.NotDone}, gone(err)
	}
	return bot.Finding{Standing: bot.Done, Outcome: fmt.Sprintf("Feedback is %s for %s in %s.", onOff(g.On), g.Group.Name, g.App.Name)}, nil
}
