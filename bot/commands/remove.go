package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/roles"
	"github.com/ascbot/ascbot/store"
)

// Remove takes somebody off the App Store Connect team.
type Remove struct {
	Who    Named  `json:"who"` // their id, and their address; without an id they are not on the team
	Person string `json:"person,omitempty"`

	store *store.Store
}

// Recall gives the data that says what holds for the person for a time.
func (r *Remove) Recall(s *store.Store) { r.store = s }

// Parse reads "<email or name>".
func (r *Remove) Parse(words []string) error {
	who, more, err := splitPerson(words, func(rest []string) bool { return len(rest) == 0 })
	switch {
	case err != nil:
		return err
	case len(more) > 0:
		return bot.Trouble{What: "I expected one person, and “" + strings.Join(more, " ") + "” follows.", Next: "For example `/asc remove bo@example.com`."}
	}
	r.Who.Name = who
	if who == "" {
		return bot.ErrMore
	}
	return nil
}

// Form asks whom.
func (r *Remove) Form() bot.Form {
	return bot.Form{
		Title: "Remove from the team", Submit: "Ask for it",
		Intro:  "Somebody else has to agree first, and sees what the person holds.",
		Fields: []bot.Field{{Name: "who", Label: "Who", Kind: bot.Pick, Source: personSource, Chosen: chosenPerson(r.Who.Name)}},
	}
}

// Read takes the submitted form.
func (r *Remove) Read(v bot.Values) map[string]string {
	picked := v["who"].Chosen
	if len(picked) != 1 {
		return map[string]string{"who": "Choose somebody."}
	}
	*r = Remove{Who: Named{Name: picked[0].Value}, store: r.store}
	return nil
}

// Summary names the person.
func (r *Remove) Summary() string { return "Remove " + r.Who.Name + " from the team" }

// Beneficiaries is whoever goes: nobody decides about themselves.
func (r *Remove) Beneficiaries() []string { return []string{r.Who.Name} }

// Find looks up the person. An address that nobody on the team has is left without
// an id: it is so already.
func (r *Remove) Find(ctx context.Context, api *asc.Client) error {
	if r.Who.ID != "" {
		return nil
	}
	m, err := findMember(ctx, api, r.Who.Name)
	if _, none := errors.AsType[nobody](err); none {
		return nil
	}
	switch {
	case err != nil:
		return err
	case m.user == nil:
		return bot.Trouble{
			What:   fmt.Sprintf("%s has not accepted the invitation yet, so there is nobody to remove.", m.email()),
			Next:   "`/asc invitation cancel " + m.email() + "` withdraws the invitation.",
			Offers: []bot.Offer{{Label: "Cancel the invitation", Words: "invitation cancel " + m.email()}},
		}
	}
	r.Who, r.Person = Named{m.user.ID, m.user.Username}, m.name()
	return nil
}

// Look shows what the person holds, and refuses to remove who has to stay.
func (r *Remove) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	u, err := userByID(ctx, api, r.Who)
	if err != nil {
		return bot.Sight{}, err
	}
	if isHolder(u) {
		return bot.Sight{}, bot.Trouble{
			What: u.Username + " is the Account Holder, who cannot be removed.",
			Next: "The Account Holder can hand the role on at developer.apple.com, under Membership.",
		}
	}
	if err := lastAdmin(ctx, api, u); err != nil {
		return bot.Sight{}, err
	}
	apps, err := appsByID(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	groups, err := groupsOf(ctx, api, u.Username, apps)
	if err != nil {
		return bot.Sight{}, err
	}
	grants, err := r.grants()
	if err != nil {
		return bot.Sight{}, err
	}
	has := accessOf(heldBy(u), apps)
	fields := []store.Field{
		{Name: "Person", After: member{user: &u}.name() + ", " + u.Username},
		{Name: "Team", Before: "a member", After: "no member"},
		becomes("Roles", roles.Words(u.Roles), "none"),
		becomes("May see", has.sight(), "nothing"),
	}
	if has.Signing {
		fields = append(fields, store.Field{Name: "Certificates and profiles", Before: "yes", After: "no"})
	}
	if len(groups.internal) > 0 {
		fields = append(fields, store.Field{Name: "Leaves as tester", After: strings.Join(groups.internal, ", ")})
	}
	if len(groups.external) > 0 {
		fields = append(fields, store.Field{Name: "Stays tester in", After: strings.Join(groups.external, ", ") + " (groups for people outside the team)"})
	}
	shown := map[string]any{"has": has, "leaves": groups.internal, "stays": groups.external}
	if len(grants) > 0 {
		fields = append(fields, store.Field{Name: "Ends with it", After: strings.Join(grants, "; ")})
		shown["grants"] = grants
	}
	return bot.Sight{
		Shown: shown,
		Preview: store.Preview{
			Fields:  fields,
			Touches: "one member of the team",
			Allows:  "They can no longer sign in to this team",
			Undo:    "Cannot be undone as such. They can be invited again with `/asc invite " + u.Username + " " + has.typed() + "`, and have to accept.",
		},
	}, nil
}

// grants are the changes that hold for the person for a time, in words. Their ends find
// nobody any more.
func (r *Remove) grants() (running []string, err error) {
	if r.store == nil {
		return nil, nil
	}
	all, err := r.store.Grants()
	for _, g := range all {
		var of struct {
			Who Named `json:"who"`
		}
		if json.Unmarshal(g.Args, &of) == nil && of.Who.ID == r.Who.ID { // ids of people are different on every team
			running = append(running, fmt.Sprintf("#%d %s (until %s)", g.ID, g.Summary, day(g.Grant.Until)))
		}
	}
	return running, err
}

// testerOf is where somebody is a tester, by groups in words.
type testerOf struct{ internal, external []string }

// groupsOf finds the beta groups somebody is in. Internal groups are for members of
// the team alone, so whoever leaves it leaves them.
func groupsOf(ctx context.Context, api *asc.Client, email string, apps map[string]string) (testerOf, error) {
	var in testerOf
	var groupIDs []string
	for t, err := range api.BetaTesters(ctx, asc.BetaTesterFilter{Email: []string{email}, IncludeGroups: true}) {
		if err != nil {
			return in, err
		}
		if strings.EqualFold(t.Email, email) {
			groupIDs = append(groupIDs, t.GroupIDs...)
		}
	}
	if len(groupIDs) == 0 {
		return in, nil
	}
	for g, err := range api.BetaGroups(ctx, asc.BetaGroupFilter{IncludeApp: true}) {
		switch {
		case err != nil:
			return in, err
		case !slices.Contains(groupIDs, g.ID):
		case g.IsInternalGroup:
			in.internal = append(in.internal, g.Name+" of "+apps[g.AppID])
		default:
			in.external = append(in.external, g.Name+" of "+apps[g.AppID])
		}
	}
	slices.Sort(in.internal)
	slices.Sort(in.external)
	return in, nil
}

// Do removes the person.
func (r *Remove) Do(ctx context.Context, api *asc.Client) error { return api.RemoveUser(ctx, r.Who.ID) }

// Check looks whether the person is on the team.
func (r *Remove) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	if r.Who.ID == "" {
		return bot.Finding{Standing: bot.Done, Outcome: r.Who.Name + " is not on the team, nor invited to it."}, nil
	}
	_, err := api.User(ctx, r.Who.ID)
	if asc.NotFound(err) {
		return bot.Finding{Standing: bot.Done, Outcome: r.Who.Name + " is not on the team any more."}, nil
	}
	return bot.Finding{Standing: bot.NotDone}, err
}
