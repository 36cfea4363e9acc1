package commands

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/roles"
	"github.com/ascbot/ascbot/store"
)

// Invite asks somebody to join the App Store Connect team.
type Invite struct {
	Email     string `json:"email"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Access
}

// Named is something of App Store Connect's: its id, once it has been found,
// and the name people know it by.
type Named struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name"`
}

// Parse reads "[first last] <email> <role or bundle>… [with certificates] [in <app>, <app>]".
func (in *Invite) Parse(words []string) error {
	at := slices.IndexFunc(words, func(w string) bool { return strings.Contains(w, "@") })
	if at < 0 {
		if len(words) > 0 && !strings.EqualFold(words[0], "in") {
			_, err := address(words[0])
			return err
		}
		if _, err := in.Access.parse(words); err != nil {
			return err
		}
		return bot.ErrMore
	}
	email, err := address(words[at])
	if err != nil {
		return err
	}
	in.Email = email
	in.FirstName, in.LastName = guessName(email)
	switch {
	case at == 1:
		in.FirstName, in.LastName = words[0], ""
	case at > 1:
		in.FirstName, in.LastName = strings.Join(words[:at-1], " "), words[at-1]
	}
	said, err := in.Access.parse(words[at+1:])
	if err != nil {
		return err
	}
	if err := in.needless(said); err != nil {
		return err
	}
	in.AllApps = in.AllApps || !said.apps
	if len(in.Roles) == 0 || in.LastName == "" {
		return bot.ErrMore
	}
	return in.settle()
}

// Form asks for everything an invitation needs.
func (in *Invite) Form() bot.Form {
	return bot.Form{
		Title:  "Invite to the team",
		Intro:  "Somebody else has to agree before the invitation is sent.",
		Submit: "Ask for it",
		Fields: append([]bot.Field{
			{Name: "email", Label: "E-mail address", Kind: bot.Address, Text: in.Email},
			{Name: "first", Label: "First name", Kind: bot.Line, Text: in.FirstName},
			{Name: "last", Label: "Last name", Kind: bot.Line, Text: in.LastName},
		}, in.fields(false)...),
	}
}

// Read takes the submitted form.
func (in *Invite) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	email, err := address(v["email"].Text)
	if err != nil {
		wrong["email"] = "This is not an e-mail address."
	}
	in.Email, in.FirstName, in.LastName = email, v["first"].Text, v["last"].Text
	if in.FirstName == "" {
		wrong["first"] = "App Store Connect wants a first name."
	}
	if in.LastName == "" {
		wrong["last"] = "App Store Connect wants a last name."
	}
	in.Access.read(v, wrong)
	return wrong
}

// Summary names the person, the roles and the apps.
func (in *Invite) Summary() string { return "Invite " + in.Email + " as " + in.words() }

// Beneficiaries is whoever is invited.
func (in *Invite) Beneficiaries() []string { return []string{in.Email} }

// About is the apps that become visible.
func (in *Invite) About() (apps []string, all bool) { return ids(in.Apps), in.AllApps }

// Find looks up the apps.
func (in *Invite) Find(ctx context.Context, api *asc.Client) error { return in.find(ctx, api) }

// Look refuses to invite somebody who is there already.
func (in *Invite) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	if err := in.Find(ctx, api); err != nil {
		return bot.Sight{}, err // an app can have gone, or have a new name
	}
	if err := in.thereAlready(ctx, api); err != nil {
		return bot.Sight{}, err
	}
	fields := []store.Field{
		{Name: "E-mail", Before: "not on the team", After: in.Email},
		{Name: "Name", After: strings.TrimSpace(in.FirstName + " " + in.LastName)},
		{Name: "Roles", Before: "none", After: in.bundled()},
		{Name: "May see", Before: "nothing", After: in.sight()},
	}
	if in.Signing {
		fields = append(fields, store.Field{Name: "Certificates and profiles", Before: "no", After: "yes"})
	}
	return bot.Sight{
		Shown: map[string]any{"member": false, "invited": false, "apps": in.Apps},
		Preview: store.Preview{
			Fields:  fields,
			Touches: "one person outside the team",
			Allows:  roles.Allows(in.Roles),
			Undo:    "Until it is accepted it can be withdrawn with `/asc invitation cancel " + in.Email + "`; by itself it lapses after three days.",
		},
	}, nil
}

// thereAlready says that the person is on the team or invited already, otherwise
// than is asked for, and what would make it so.
func (in *Invite) thereAlready(ctx context.Context, api *asc.Client) error {
	m, err := memberAt(ctx, api, in.Email)
	if _, none := errors.AsType[nobody](err); none {
		return nil
	}
	if err != nil {
		return err
	}
	apps, err := appsByID(ctx, api)
	if err != nil {
		return err
	}
	has := accessOf(m.holds(), apps)
	if m.user != nil {
		return bot.Trouble{
			What: fmt.Sprintf("%s is on the team already, as %s.", m.email(), has.words()),
			Next: "To make them " + in.words() + ", ask for `/asc roles " + m.email() + " " + in.typed() + "`.",
			Offers: []bot.Offer{
				{Label: "Ask for that", Words: "roles " + m.email() + " " + in.typed()},
				{Label: "Show them", Words: "user " + m.email()},
			},
		}
	}
	return bot.Trouble{
		What: fmt.Sprintf("%s is invited already, as %s, until %s.", m.email(), has.words(), day(m.invited.ExpirationDate)),
		Next: "An invitation cannot be changed. `/asc invitation cancel " + m.email() + "` withdraws it, and then another can be sent.",
		Offers: []bot.Offer{
			{Label: "Cancel that invitation", Words: "invitation cancel " + m.email()},
			{Label: "Send it anew as it is", Words: "invitation resend " + m.email()},
		},
	}
}

// Do sends the invitation.
func (in *Invite) Do(ctx context.Context, api *asc.Client) error {
	_, err := api.InviteUser(ctx, asc.NewInvitation{
		Email: in.Email, FirstName: in.FirstName, LastName: in.LastName,
		Roles: in.Roles, AllAppsVisible: in.AllApps, ProvisioningAllowed: in.Signing, VisibleApps: ids(in.Apps),
	})
	return err
}

// Check looks for the invitation, or for the user it has turned into.
func (in *Invite) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	inv, ok, err := invitationFor(ctx, api, in.Email)
	if err != nil {
		return bot.Finding{}, err
	}
	if ok {
		if !in.same(offeredBy(inv)) {
			return bot.Finding{Standing: bot.CannotTell, Outcome: fmt.Sprintf("%s holds an invitation as %s, which is not what was asked for.", in.Email, roles.Words(inv.Roles))}, nil
		}
		return bot.Finding{
			Standing: bot.Done,
			Outcome:  fmt.Sprintf("Invitation sent to %s, open until %s.", in.Email, day(inv.ExpirationDate)),
			Before:   fmt.Sprintf("%s holds just this invitation, as %s, open until %s.", in.Email, roles.Words(inv.Roles), day(inv.ExpirationDate)),
		}, nil
	}
	user, ok, err := userCalled(ctx, api, in.Email)
	if err != nil || !ok {
		return bot.Finding{Standing: bot.NotDone}, err
	}
	if !in.same(heldBy(user)) {
		return bot.Finding{Standing: bot.CannotTell, Outcome: fmt.Sprintf("%s is on the team as %s, which is not what was asked for.", in.Email, roles.Words(user.Roles))}, nil
	}
	return bot.Finding{Standing: bot.Done, Outcome: fmt.Sprintf("%s is on the team as %s.", in.Email, roles.Words(user.Roles))}, nil
}

// address checks an e-mail address as Apple takes it: bare, without a name. It is put into
// small letters, since written otherwise it is the same wish, about the same person. That
// Apple's filters find an address in whatever case it is kept is not confirmed.
func address(s string) (string, error) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 || !strings.Contains(s[strings.LastIndex(s, "@"):], ".") {
		return "", bot.Trouble{What: "“" + s + "” is not an e-mail address.", Next: "Write it like bo@example.com."}
	}
	return strings.ToLower(s), nil
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
