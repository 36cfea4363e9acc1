package commands

import (
	"context"
	"fmt"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// TesterAdd puts somebody into a beta group.
type TesterAdd struct {
	Email string `json:"email"`
	Group Named  `json:"group"`
	App   Named  `json:"app"` // the group's app
}

// Parse reads "<email> to <group> [in <app>]".
func (t *TesterAdd) Parse(words []string) error {
	words, app, limited := cut(words, "in")
	words, group, grouped := cut(words, "to")
	if limited {
		if t.App.Name = strings.Join(app, " "); t.App.Name == "" {
			return bot.Trouble{What: "After “in” I expected an app.", Next: "For example `/asc tester add kim@example.com to Friends in Halo`."}
		}
	}
	t.Group.Name = strings.Join(group, " ")
	if len(words) == 0 {
		return bot.ErrMore
	}
	if len(words) > 1 {
		return bot.Trouble{What: "I expected one e-mail address, then “to” and a group.", Next: "For example `/asc tester add kim@example.com to Friends in Halo`."}
	}
	email, err := address(words[0])
	if err != nil {
		return err
	}
	t.Email = email
	if !grouped || t.Group.Name == "" {
		return bot.ErrMore
	}
	return nil
}

// Form asks for the address and the group.
func (t *TesterAdd) Form() bot.Form {
	return bot.Form{
		Title: "Add a tester", Submit: "Ask for it",
		Intro: "Somebody else has to agree before the tester is added.",
		Fields: []bot.Field{
			{Name: "email", Label: "E-mail address", Kind: bot.Address, Text: t.Email},
			{Name: "group", Label: "Group", Kind: bot.Pick, Source: groupSource, Chosen: t.typed()},
		},
	}
}

// typed is the group as far as words have named it.
func (t *TesterAdd) typed() []bot.Choice {
	if t.Group.Name == "" || t.App.Name == "" {
		return nil
	}
	return []bot.Choice{{Text: t.Group.Name + " in " + t.App.Name}}
}

// Read takes the submitted form.
func (t *TesterAdd) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	email, err := address(v["email"].Text)
	if err != nil {
		wrong["email"] = "This is not an e-mail address."
	}
	*t = TesterAdd{Email: email}
	if picked := v["group"].Chosen; len(picked) == 1 {
		t.Group = Named{ID: picked[0].Value, Name: picked[0].Text}
	} else {
		wrong["group"] = "Choose a group."
	}
	return wrong
}

// Summary names the person, the group and its app.
func (t *TesterAdd) Summary() string {
	return "Add tester " + t.Email + " to " + t.Group.Name + " in " + t.App.Name
}

// Beneficiaries is the tester.
func (t *TesterAdd) Beneficiaries() []string { return []string{t.Email} }

// About is the group's app.
func (t *TesterAdd) About() (apps []string, all bool) { return []string{t.App.ID}, false }

// Find looks up the group.
func (t *TesterAdd) Find(ctx context.Context, api *asc.Client) error {
	group, err := t.findGroup(ctx, api)
	t.Group = Named{group.ID, group.Name}
	return err
}

// Look refuses what App Store Connect would.
func (t *TesterAdd) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	group, err := t.findGroup(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	t.Group.Name = group.Name
	kind := "external: people outside the team"
	if group.IsInternalGroup {
		kind = "internal: members of the team"
		if _, ok, err := userCalled(ctx, api, t.Email); err != nil {
			return bot.Sight{}, err
		} else if !ok {
			return bot.Sight{}, bot.Trouble{
				What: fmt.Sprintf("%s is an internal group, and %s is not a member of the team.", t.Group.Name, t.Email),
				Next: "Choose an external group, or invite them to the team first with `/asc invite`.",
			}
		}
	}
	if _, in, err := t.membership(ctx, api); err != nil {
		return bot.Sight{}, err
	} else if in {
		return bot.Sight{}, bot.Trouble{What: fmt.Sprintf("%s is in %s already.", t.Email, t.Group.Name)}
	}
	return bot.Sight{
		Shown: map[string]any{"app": t.App, "group": t.Group, "internal": group.IsInternalGroup, "member": false},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "Tester", After: t.Email},
				{Name: "Group", Before: "not in it", After: t.Group.Name + " (" + kind + ")"},
				{Name: "App", After: t.App.Name},
			},
			Touches: "one person",
			Allows:  "They may install the builds of this group",
			Undo:    "Can be undone by removing the tester from the group at App Store Connect.",
		},
	}, nil
}

// findGroup finds the beta group by id or by name. Groups of several apps may
// share a name; then the app has to be said.
func (t *TesterAdd) findGroup(ctx context.Context, api *asc.Client) (asc.BetaGroup, error) {
	apps, err := appsByID(ctx, api)
	if err != nil {
		return asc.BetaGroup{}, err
	}
	if t.App.Name != "" {
		found, err := findApps(ctx, api, []Named{t.App})
		if err != nil {
			return asc.BetaGroup{}, err
		}
		t.App = found[0]
	}
	var fit []asc.BetaGroup
	var known []string
	for g, err := range api.BetaGroups(ctx, asc.BetaGroupFilter{IncludeApp: true}) {
		switch {
		case err != nil:
			return asc.BetaGroup{}, err
		case t.Group.ID != "" && g.ID == t.Group.ID:
			t.App = Named{g.AppID, apps[g.AppID]}
			return g, nil
		case t.App.ID != "" && g.AppID != t.App.ID:
			continue
		}
		known = append(known, g.Name)
		if t.Group.ID == "" && bot.Alike(g.Name, t.Group.Name) {
			fit = append(fit, g)
		}
	}
	switch len(fit) {
	case 1:
		t.App = Named{fit[0].AppID, apps[fit[0].AppID]}
		return fit[0], nil
	case 0:
		return asc.BetaGroup{}, t.noGroup(known)
	}
	var where []string
	for _, g := range fit {
		where = append(where, "“in "+apps[g.AppID]+"”")
	}
	return asc.BetaGroup{}, bot.Trouble{
		What: fmt.Sprintf("Several apps have a group “%s”.", t.Group.Name),
		Next: "Say which app: add " + strings.Join(where, " or ") + ".",
	}
}

func (t *TesterAdd) noGroup(known []string) error {
	where := ""
	if t.App.Name != "" {
		where = " in " + t.App.Name
	}
	return bot.Trouble{
		What: "There is no group “" + t.Group.Name + "”" + where + "." + bot.Nearest(t.Group.Name, known),
		Next: "There is " + someOf(compact(known)) + ".",
	}
}

// Do adds the tester: by the record the app has of them, or by a new one.
// Records are kept per app, so one of another app would be refused.
func (t *TesterAdd) Do(ctx context.Context, api *asc.Client) error {
	tester, known, err := first(api.BetaTesters(ctx, asc.BetaTesterFilter{Email: []string{t.Email}, App: []string{t.App.ID}}),
		func(b asc.BetaTester) bool { return strings.EqualFold(b.Email, t.Email) })
	if err != nil {
		return &asc.NotSentError{Cause: err} // only a read has failed so far
	}
	if known {
		return api.AddTestersToGroup(ctx, t.Group.ID, tester.ID)
	}
	_, err = api.CreateBetaTester(ctx, asc.NewBetaTester{Email: t.Email, Groups: []string{t.Group.ID}})
	return err
}

// Check looks for the tester in the group.
func (t *TesterAdd) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	tester, in, err := t.membership(ctx, api)
	if err != nil || !in {
		return bot.Finding{Standing: bot.NotDone}, err
	}
	return bot.Finding{Standing: bot.Done, Outcome: fmt.Sprintf("%s is in %s of %s. %s", t.Email, t.Group.Name, t.App.Name, testerState(tester.State))}, nil
}

func (t *TesterAdd) membership(ctx context.Context, api *asc.Client) (asc.BetaTester, bool, error) {
	return first(api.BetaTesters(ctx, asc.BetaTesterFilter{Email: []string{t.Email}, Group: []string{t.Group.ID}}),
		func(b asc.BetaTester) bool { return strings.EqualFold(b.Email, t.Email) })
}

// testerState says what a tester's state means for getting mail.
func testerState(state string) string {
	switch state {
	case "NOT_INVITED":
		return "No mail has gone out yet: the group has no build they could install."
	case "INVITED":
		return "The invitation mail is on its way."
	case "ACCEPTED":
		return "They had accepted before."
	case "INSTALLED":
		return "They have the app installed."
	}
	return "State: " + state + "."
}

func appsByID(ctx context.Context, api *asc.Client) (map[string]string, error) {
	apps := map[string]string{}
	for app, err := range api.Apps(ctx, asc.AppFilter{}) {
		if err != nil {
			return nil, err
		}
		apps[app.ID] = app.Name
	}
	return apps, nil
}
