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

// Join makes whoever asks a tester of an app. In which group, whoever agrees says.
type Join struct {
	Person
	App   Named   `json:"app"`
	Among []Named `json:"among"` // the groups they could be in
	Group Named   `json:"group"` // the one they will be in; blank until somebody has chosen
}

// About tells the app.
func (j *Join) About() (apps []string, all bool) { return []string{j.App.ID}, j.App.ID == "" }

// For is whoever asks.
func (j *Join) For(who bot.Asker) {
	j.Person = Person{Email: strings.ToLower(who.Email), First: who.First, Last: who.Last}
}

// Parse reads "[app]".
func (j *Join) Parse(words []string) error {
	if j.App.Name = strings.Join(words, " "); j.App.Name == "" {
		return bot.ErrMore
	}
	return nil
}

// Form asks for the app.
func (j *Join) Form() bot.Form {
	app := bot.Field{Name: "app", Label: "Which app would you like to test?", Kind: bot.Pick, Source: appSource}
	if j.App.Name != "" {
		app.Chosen = []bot.Choice{{Text: j.App.Name, Value: j.App.ID}}
	}
	return bot.Form{
		Title: "Test an app", Submit: "Ask for it",
		Intro:  "Whoever agrees says in which group. The invitation goes to the e-mail address of your account in Slack.",
		Fields: []bot.Field{app},
	}
}

// Read takes the submitted form.
func (j *Join) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	*j = Join{App: pickedApp(v, wrong)}
	return wrong
}

// Summary says who would like to test what.
func (j *Join) Summary() string {
	s := "Let " + j.line() + " test " + j.App.Name
	if j.Group.Name != "" {
		s += " in " + j.Group.Name
	}
	return s
}

// Beneficiaries is whoever asks.
func (j *Join) Beneficiaries() []string { return []string{j.Email} }

// Left asks whoever agrees for the group.
func (j *Join) Left() (question string, choices []bot.Choice) {
	if j.Group.ID != "" {
		return "", nil
	}
	for _, g := range j.Among {
		choices = append(choices, bot.Choice{Text: g.Name, Value: g.ID})
	}
	return "In which group of " + j.App.Name + "?", choices
}

// Choose takes the group.
func (j *Join) Choose(value string) {
	if i := slices.IndexFunc(j.Among, func(g Named) bool { return g.ID == value }); i >= 0 {
		j.Group = j.Among[i]
	}
}

// Find looks up the app, and the groups in which they could be.
func (j *Join) Find(ctx context.Context, api *asc.Client) error {
	if j.Email == "" {
		return bot.Trouble{What: "Slack does not tell me your e-mail address, so I do not know where the invitation should go.", Next: "Have somebody add you with `/asc tester add`, by the address you use with TestFlight."}
	}
	apps, err := findApps(ctx, api, []Named{j.App})
	if err != nil {
		return err
	}
	j.App = apps[0]
	groups, err := j.groups(ctx, api)
	if err != nil {
		return err
	}
	j.Among = nil
	for _, g := range groups {
		j.Among = append(j.Among, Named{g.ID, g.Name})
	}
	switch {
	case len(j.Among) == 0:
		return bot.Trouble{What: j.App.Name + " has no group yet that you could be in.", Next: "Somebody has to make one first, with `/asc group add`."}
	case j.Group.ID != "" && !slices.Contains(j.Among, j.Group):
		return bot.Trouble{What: "The group " + j.Group.Name + " is gone, or has another name now.", Next: "Choose another one."}
	}
	return nil
}

// groups are those they could be in: an internal group is for members of the team who
// see the app.
func (j *Join) groups(ctx context.Context, api *asc.Client) ([]asc.BetaGroup, error) {
	all, err := everyone(api.BetaGroups(ctx, asc.BetaGroupFilter{App: []string{j.App.ID}, IncludeApp: true, Count: true}))
	if err != nil {
		return nil, err
	}
	sees := false
	if slices.ContainsFunc(all, func(g asc.BetaGroup) bool { return g.IsInternalGroup }) {
		u, is, err := userCalled(ctx, api, j.Email)
		if err != nil {
			return nil, err
		}
		sees = is && (u.AllAppsVisible || slices.Contains(u.AppIDs, j.App.ID))
	}
	return slices.DeleteFunc(all, func(g asc.BetaGroup) bool { return g.IsInternalGroup && !sees }), nil
}

// Look shows who, and in which group.
func (j *Join) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	groups, err := j.groups(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	var kinds []string
	for _, g := range groups {
		kinds = append(kinds, g.Name+" ("+groupKind(g)+", "+size(g)+")")
	}
	group := store.Field{Name: "Group", After: "whoever agrees chooses: " + strings.Join(kinds, "; ")}
	preview := store.Preview{
		Touches: "one person", Allows: "They may install the builds of the group",
		Undo: "Can be undone with " + toType("tester remove", j.Email, "in", bot.Quote(j.App.Name)) + ".",
	}
	var mail []store.Field
	if i := slices.IndexFunc(groups, func(g asc.BetaGroup) bool { return g.ID == j.Group.ID }); i >= 0 {
		group = store.Field{Name: "Group", Before: "not in it", After: kinds[i]}
		preview.Undo = "Can be undone with " + toType("tester remove", j.Email, "from", bot.Quote(j.Group.Name), "in", bot.Quote(j.App.Name)) + "."
		mail = noBuildYet(groups[i : i+1])
	}
	preview.Fields = append([]store.Field{{Name: "Who", After: j.line()}, {Name: "App", After: j.App.Name}, group}, mail...)
	return bot.Sight{Shown: map[string]any{"app": j.App, "among": kindsOf(groups), "group": j.Group}, Preview: preview}, nil
}

// kindsOf are groups with what matters about who may be in them.
func kindsOf(groups []asc.BetaGroup) []string {
	return named(groups, func(g asc.BetaGroup) string { return fmt.Sprint(g.ID, " ", g.Name, " ", g.IsInternalGroup) })
}

// Do adds them to the group: by the record that the app has of them, or as somebody
// new.
func (j *Join) Do(ctx context.Context, api *asc.Client) error {
	if j.Group.ID == "" {
		return bot.Trouble{What: "Nobody has said in which group.", Next: "Ask again."}
	}
	known, err := members(ctx, api, j.App.ID, []Person{j.Person})
	if err != nil {
		return &asc.NotSentError{Cause: err} // only a read has failed so far
	}
	if r, is := known[strings.ToLower(j.Email)]; is {
		return explained(api.AddTestersToGroup(ctx, j.Group.ID, r.ID))
	}
	_, err = api.CreateBetaTester(ctx, asc.NewBetaTester{Email: j.Email, FirstName: j.First, LastName: j.Last, Groups: []string{j.Group.ID}})
	return explained(err)
}

// Check reads whether they are in the group; while none is chosen, in any.
func (j *Join) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	known, err := members(ctx, api, j.App.ID, []Person{j.Person})
	if err != nil {
		return bot.Finding{}, err
	}
	r := known[strings.ToLower(j.Email)]
	in := slices.IndexFunc(j.Among, func(g Named) bool {
		return slices.Contains(r.GroupIDs, g.ID) && (j.Group.ID == "" || j.Group.ID == g.ID)
	})
	if in < 0 {
		return bot.Finding{Standing: bot.NotDone}, nil
	}
	return bot.Finding{Standing: bot.Done, Outcome: fmt.Sprintf("%s is in %s of %s. %s", j.Email, j.Among[in].Name, j.App.Name, j.onTheDevice(r.State))}, nil
}

// onTheDevice says what to do now, by how far somebody is.
func (j *Join) onTheDevice(state string) string {
	switch state {
	case "NOT_INVITED":
		return "No mail has gone out yet: there is no build to install. As soon as there is, TestFlight sends one to " + j.Email + "; open it on the iPhone, iPad or Mac, tap “View in TestFlight”, accept, and tap “Install”."
	case "ACCEPTED":
		return "On the iPhone, iPad or Mac open the app TestFlight: " + j.App.Name + " is in its list. Tap “Install”."
	case "INSTALLED":
		return "It is installed already; new builds come in the app TestFlight."
	}
	return "What to do now: on the iPhone, iPad or Mac open the mail that TestFlight sends to " + j.Email + ", tap “View in TestFlight” (without that app the mail leads to it in the App Store), accept, and tap “Install”."
}
