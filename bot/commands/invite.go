package commands

import (
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// Invite asks somebody to join the App Store Connect team.
type Invite struct {
	Email     string   `json:"email"`
	FirstName string   `json:"firstName"`
	LastName  string   `json:"lastName"`
	Roles     []string `json:"roles"` // as the API spells them
	AllApps   bool     `json:"allApps"`
	Apps      []Named  `json:"apps,omitempty"` // visible apps, unless AllApps
}

// Named is something of App Store Connect's: its id, once it has been found,
// and the name people know it by.
type Named struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name"`
}

// Parse reads "<email> <role>… [in <app>, <app>]".
func (in *Invite) Parse(words []string) error {
	words, apps, limited := cut(words, "in")
	for _, name := range bot.Lists(apps) {
		in.Apps = append(in.Apps, Named{Name: name})
	}
	if limited && len(in.Apps) == 0 {
		return bot.Trouble{What: "After “in” I expected an app.", Next: "For example `/asc invite bo@example.com developer in Halo`."}
	}
	if len(words) == 0 {
		return bot.ErrMore
	}
	email, err := address(words[0])
	if err != nil {
		return err
	}
	in.Email = email
	in.FirstName, in.LastName = guessName(email)
	if in.Roles, err = readRoles(words[1:]); err != nil {
		return err
	}
	in.AllApps = !limited
	if len(in.Roles) == 0 {
		return bot.ErrMore
	}
	return in.complete()
}

// complete checks what no network is needed for, and settles which apps.
func (in *Invite) complete() error {
	if c := roleComplaint(in.Roles); c != "" {
		return bot.Trouble{What: c}
	}
	if seesAllApps(in.Roles) {
		// App Store Connect shows every app to these roles, whatever is sent.
		in.AllApps, in.Apps = true, nil
	}
	return nil
}

// readRoles takes roles from words: "app manager, sales" is two of them.
func readRoles(words []string) ([]string, error) {
	var ids []string
	for len(words) > 0 {
		if words[0] == "," || strings.EqualFold(words[0], "and") || strings.EqualFold(words[0], "as") {
			words = words[1:]
			continue
		}
		n := min(len(words), 4)
		for ; n > 0; n-- {
			if r, ok := findRole(strings.Join(words[:n], " ")); ok {
				if !slices.Contains(ids, r.ID) {
					ids = append(ids, r.ID)
				}
				break
			}
		}
		if n == 0 {
			return nil, bot.Trouble{
				What: "“" + words[0] + "” is not a role." + bot.Nearest(words[0], roleNames()),
				Next: "Choose among " + roleList() + ".",
			}
		}
		words = words[n:]
	}
	return ids, nil
}

// Form asks for everything an invitation needs.
func (in *Invite) Form() bot.Form {
	scope := bot.Choice{Text: "All apps", Value: "all"}
	chosen := bot.Choice{Text: "Only the apps chosen below", Value: "chosen"}
	picked := scope
	if len(in.Apps) > 0 {
		picked = chosen
	}
	var choices, already, apps []bot.Choice
	for _, a := range in.Apps {
		apps = append(apps, bot.Choice{Text: a.Name, Value: a.ID})
	}
	for _, r := range roles {
		c := bot.Choice{Text: r.Name, Value: r.ID, About: r.Allows}
		choices = append(choices, c)
		if slices.Contains(in.Roles, r.ID) {
			already = append(already, c)
		}
	}
	return bot.Form{
		Title:  "Invite to the team",
		Intro:  "Somebody else has to agree before the invitation is sent.",
		Submit: "Ask for it",
		Fields: []bot.Field{
			{Name: "email", Label: "E-mail address", Kind: bot.Address, Text: in.Email},
			{Name: "first", Label: "First name", Kind: bot.Line, Text: in.FirstName},
			{Name: "last", Label: "Last name", Kind: bot.Line, Text: in.LastName},
			{Name: "roles", Label: "Roles", Kind: bot.AnyOf, Choices: choices, Chosen: already},
			{Name: "scope", Label: "May see", Kind: bot.OneOf, Choices: []bot.Choice{scope, chosen}, Chosen: []bot.Choice{picked}},
			{Name: "apps", Label: "Apps", Kind: bot.PickMany, Optional: true, Source: appSource, Chosen: apps, Hint: "Only if “Only the apps chosen below” is set."},
		},
	}
}

// Read takes the submitted form.
func (in *Invite) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	email, err := address(v["email"].Text)
	if err != nil {
		wrong["email"] = "This is not an e-mail address."
	}
	*in = Invite{Email: email, FirstName: v["first"].Text, LastName: v["last"].Text}
	if in.FirstName == "" {
		wrong["first"] = "App Store Connect wants a first name."
	}
	if in.LastName == "" {
		wrong["last"] = "App Store Connect wants a last name."
	}
	for _, c := range v["roles"].Chosen {
		in.Roles = append(in.Roles, c.Value)
	}
	if c := roleComplaint(in.Roles); c != "" {
		wrong["roles"] = c
	}
	in.AllApps = len(v["scope"].Chosen) == 1 && v["scope"].Chosen[0].Value == "all"
	for _, c := range v["apps"].Chosen {
		in.Apps = append(in.Apps, Named{ID: c.Value, Name: c.Text})
	}
	switch {
	case seesAllApps(in.Roles):
		in.AllApps, in.Apps = true, nil
	case !in.AllApps && len(in.Apps) == 0:
		wrong["apps"] = "Choose at least one app, or “All apps” above."
	case in.AllApps && len(in.Apps) > 0:
		wrong["apps"] = "Leave this empty, or choose “Only the apps chosen below” above."
	}
	return wrong
}

// Summary names the person, the roles and the apps.
func (in *Invite) Summary() string {
	s := "Invite " + in.Email + " as " + roleWords(in.Roles)
	if !in.AllApps {
		s += " in " + names(in.Apps)
	}
	return s
}

// Beneficiaries is whoever is invited.
func (in *Invite) Beneficiaries() []string { return []string{in.Email} }

// About is the apps that become visible.
func (in *Invite) About() (apps []string, all bool) { return ids(in.Apps), in.AllApps }

// Find looks up the apps.
func (in *Invite) Find(ctx context.Context, api *asc.Client) (err error) {
	in.Apps, err = findApps(ctx, api, in.Apps)
	return err
}

// Look refuses to invite somebody who is there already.
func (in *Invite) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	if err := in.Find(ctx, api); err != nil {
		return bot.Sight{}, err // an app can have gone, or have a new name
	}
	if user, ok, err := userCalled(ctx, api, in.Email); err != nil {
		return bot.Sight{}, err
	} else if ok {
		return bot.Sight{}, bot.Trouble{
			What: fmt.Sprintf("%s is a member of the team already, as %s.", in.Email, roleWords(user.Roles)),
			Next: "Their roles can be changed in App Store Connect, under Users and Access.",
		}
	}
	if inv, ok, err := invitationFor(ctx, api, in.Email); err != nil {
		return bot.Sight{}, err
	} else if ok {
		return bot.Sight{}, bot.Trouble{
			What: fmt.Sprintf("%s is invited already, as %s, until %s.", in.Email, roleWords(inv.Roles), day(inv.ExpirationDate)),
			Next: "That invitation has to be accepted, lapse or be withdrawn at App Store Connect before another can be sent.",
		}
	}
	may := "all apps"
	if !in.AllApps {
		may = names(in.Apps)
	}
	return bot.Sight{
		Shown: map[string]any{"member": false, "invited": false, "apps": in.Apps},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "E-mail", Before: "not on the team", After: in.Email},
				{Name: "Name", After: strings.TrimSpace(in.FirstName + " " + in.LastName)},
				{Name: "Roles", Before: "none", After: roleWords(in.Roles)},
				{Name: "May see", Before: "nothing", After: may},
			},
			Touches: "one person outside the team",
			Allows:  allows(in.Roles),
			Undo:    "Until it is accepted the invitation can be withdrawn at App Store Connect; by itself it lapses after three days.",
		},
	}, nil
}

// Do sends the invitation.
func (in *Invite) Do(ctx context.Context, api *asc.Client) error {
	n := asc.NewInvitation{
		Email: in.Email, FirstName: in.FirstName, LastName: in.LastName,
		Roles: in.Roles, AllAppsVisible: in.AllApps, VisibleApps: ids(in.Apps),
	}
	_, err := api.InviteUser(ctx, n)
	return err
}

// Check looks for the invitation, or for the user it has turned into.
func (in *Invite) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	inv, ok, err := invitationFor(ctx, api, in.Email)
	if err != nil {
		return bot.Finding{}, err
	}
	if ok {
		if !in.same(inv.Roles, inv.AllAppsVisible, inv.AppIDs) {
			return bot.Finding{Standing: bot.CannotTell, Outcome: fmt.Sprintf("%s holds an invitation as %s, which is not what was asked for.", in.Email, roleWords(inv.Roles))}, nil
		}
		return bot.Finding{
			Standing: bot.Done,
			Outcome:  fmt.Sprintf("Invitation sent to %s, open until %s.", in.Email, day(inv.ExpirationDate)),
			Before:   fmt.Sprintf("%s holds just this invitation, as %s, open until %s.", in.Email, roleWords(inv.Roles), day(inv.ExpirationDate)),
		}, nil
	}
	user, ok, err := userCalled(ctx, api, in.Email)
	if err != nil || !ok {
		return bot.Finding{Standing: bot.NotDone}, err
	}
	if !in.same(user.Roles, user.AllAppsVisible, user.AppIDs) {
		return bot.Finding{Standing: bot.CannotTell, Outcome: fmt.Sprintf("%s is on the team as %s, which is not what was asked for.", in.Email, roleWords(user.Roles))}, nil
	}
	return bot.Finding{Standing: bot.Done, Outcome: fmt.Sprintf("%s is on the team as %s.", in.Email, roleWords(user.Roles))}, nil
}

// same compares roles and visible apps with what is wanted.
func (in *Invite) same(roles []string, all bool, apps []string) bool {
	if !sameSet(roles, in.Roles) || all != in.AllApps {
		return false
	}
	if all {
		return true
	}
	return sameSet(apps, ids(in.Apps))
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// cut splits words at a keyword.
func cut(words []string, at string) (before, after []string, found bool) {
	i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, at) })
	if i < 0 {
		return words, nil, false
	}
	return words[:i], words[i+1:], true
}

// address checks an e-mail address as Apple takes it: bare, without a name.
func address(s string) (string, error) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 || !strings.Contains(s[strings.LastIndex(s, "@"):], ".") {
		return "", bot.Trouble{What: "“" + s + "” is not an e-mail address.", Next: "Write it like bo@example.com."}
	}
	return s, nil
}

// guessName makes the names App Store Connect insists on out of an address:
// "bo.larsson@…" is Bo Larsson, "bo@example.com" is Bo Example. The invited
// person's own account replaces them on acceptance, and the card shows them.
func guessName(email string) (first, last string) {
	local, domain, _ := strings.Cut(email, "@")
	local, _, _ = strings.Cut(local, "+")
	parts := strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	if len(parts) == 0 {
		parts = []string{local}
	}
	if len(parts) == 1 {
		host, _, _ := strings.Cut(domain, ".")
		parts = append(parts, host)
	}
	return capital(parts[0]), capital(parts[len(parts)-1])
}

func capital(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

func ids(list []Named) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.ID)
	}
	return out
}

func names(list []Named) string {
	var out []string
	for _, n := range list {
		out = append(out, n.Name)
	}
	return strings.Join(out, ", ")
}
