package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/roles"
	"github.com/ascbot/ascbot/store"
)

// Invitations lists the invitations that are open, those that lapse first on top.
type Invitations struct{}

// Parse takes no words.
func (q *Invitations) Parse([]string) error { return nil }

// Answer shows each with what can be done about it.
func (q *Invitations) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	var open []member
	for i, err := range d.Team.API.UserInvitations(ctx, asc.InvitationFilter{IncludeApps: true}) {
		if err != nil {
			return bot.Message{}, err
		}
		open = append(open, member{invited: &i})
	}
	apps, err := appsByID(ctx, d.Team.API)
	if err != nil {
		return bot.Message{}, err
	}
	slices.SortStableFunc(open, func(a, b member) int { return a.invited.ExpirationDate.Compare(b.invited.ExpirationDate) })
	rows := make([]bot.Row, len(open))
	for i, m := range open {
		rows[i] = bot.Row{
			Text:  memberLine(m, apps, d.Now()) + bot.Markf("\nuntil %s", bot.When(m.invited.ExpirationDate)),
			Under: buttonsFor(m, Access{}),
		}
	}
	return bot.Listing(bot.Markf("%s", count(len(open), "open invitation", "open invitations")), rows, "No invitation is open."), nil
}

// invitation is the open invitation that a change is about.
type invitation struct {
	ID    string `json:"id"`
	Email string `json:"email"`
}

// parse reads "<email or name>".
func (i *invitation) parse(words []string) error {
	who, more, err := splitPerson(words, func(rest []string) bool { return len(rest) == 0 })
	switch {
	case err != nil:
		return err
	case len(more) > 0:
		return bot.Trouble{What: "I expected one invitation, and “" + strings.Join(more, " ") + "” follows.", Next: "`/asc invitations` lists those that are open."}
	case who == "":
		return bot.ErrMore
	}
	i.Email = who
	return nil
}

// field asks which invitation.
func (i *invitation) field() bot.Field {
	return bot.Field{Name: "who", Label: "Whose invitation", Kind: bot.Pick, Source: invitedSource, Chosen: chosenPerson(i.Email)}
}

func (i *invitation) read(v bot.Values) map[string]string {
	picked := v["who"].Chosen
	if len(picked) != 1 {
		return map[string]string{"who": "Choose an invitation."}
	}
	*i = invitation{Email: picked[0].Value}
	return nil
}

// find looks up the open invitation.
func (i *invitation) find(ctx context.Context, api *asc.Client) error {
	if i.ID != "" {
		return nil
	}
	m, err := i.meant(ctx, api)
	if n, none := errors.AsType[nobody](err); none {
		return bot.Trouble{Absent: true, What: "There is no open invitation for " + n.email + ".", Next: "`/asc invitations` lists those that are open; `/asc invite " + n.email + "` sends one."}
	}
	switch {
	case err != nil:
		return err
	case m.invited == nil:
		return bot.Trouble{
			What: fmt.Sprintf("%s is on the team already, as %s.", m.email(), roles.Words(m.user.Roles)),
			Next: "`/asc user " + m.email() + "` shows what they may do.",
		}
	}
	i.ID, i.Email = m.invited.ID, m.invited.Email
	return nil
}

// meant is the person the invitation is for. Of an address with an invitation the
// invitation counts.
func (i *invitation) meant(ctx context.Context, api *asc.Client) (member, error) {
	if !strings.Contains(i.Email, "@") {
		return findMember(ctx, api, i.Email)
	}
	inv, ok, err := invitationFor(ctx, api, i.Email)
	if err != nil || ok {
		return member{invited: &inv}, err
	}
	return memberAt(ctx, api, i.Email)
}

// now reads the invitation again.
func (i *invitation) now(ctx context.Context, api *asc.Client) (asc.UserInvitation, Access, error) {
	inv, err := api.UserInvitation(ctx, i.ID)
	if asc.NotFound(err) {
		err = bot.Trouble{
			What: "The invitation of " + i.Email + " is not open any more: it was accepted, has lapsed or was withdrawn.",
			Next: "`/asc user " + i.Email + "` shows whether they are on the team.",
		}
	}
	if err != nil {
		return inv, Access{}, err
	}
	apps, err := appsByID(ctx, api)
	return inv, accessOf(offeredBy(inv), apps), err
}

// standing is what stands of an invitation: itself, another one for the same
// address, or the user it has become.
func (i *invitation) standing(ctx context.Context, api *asc.Client) (itself bool, another asc.UserInvitation, user *asc.User, err error) {
	if _, err = api.UserInvitation(ctx, i.ID); err == nil || !asc.NotFound(err) {
		return err == nil, another, nil, err
	}
	another, there, err := invitationFor(ctx, api, i.Email)
	if err != nil || there && another.ID != i.ID {
		return false, another, nil, err
	}
	u, joined, err := userCalled(ctx, api, i.Email)
	if err == nil && joined {
		user = &u
	}
	return false, asc.UserInvitation{}, user, err
}

// InvitationCancel withdraws an open invitation.
type InvitationCancel struct{ invitation }

// Parse reads "<email or name>".
func (c *InvitationCancel) Parse(words []string) error { return c.parse(words) }

// Form asks which.
func (c *InvitationCancel) Form() bot.Form {
	return bot.Form{Title: "Withdraw an invitation", Submit: "Ask for it", Intro: "Somebody else has to agree first.", Fields: []bot.Field{c.field()}}
}

// Read takes the submitted form.
func (c *InvitationCancel) Read(v bot.Values) map[string]string { return c.read(v) }

// Summary names whose.
func (c *InvitationCancel) Summary() string { return "Withdraw the invitation of " + c.Email }

// Beneficiaries is whoever was invited.
func (c *InvitationCancel) Beneficiaries() []string { return []string{c.Email} }

// Find looks up the invitation.
func (c *InvitationCancel) Find(ctx context.Context, api *asc.Client) error { return c.find(ctx, api) }

// Look shows what is withdrawn.
func (c *InvitationCancel) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	inv, has, err := c.now(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	return bot.Sight{
		Shown: map[string]any{"id": inv.ID, "offers": has},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "Person", After: member{invited: &inv}.name() + ", " + inv.Email},
				{Name: "Invitation", Before: "open until " + day(inv.ExpirationDate), After: "withdrawn"},
				becomes("Offers", has.words(), "nothing"),
			},
			Touches: "one person outside the team",
			Allows:  "They can no longer accept it",
			Undo:    "They can be invited again with `/asc invite " + inv.Email + " " + has.typed() + "`.",
		},
	}, nil
}

// Do withdraws it.
func (c *InvitationCancel) Do(ctx context.Context, api *asc.Client) error {
	return api.CancelInvitation(ctx, c.ID)
}

// Check looks whether it is gone, and whether it was accepted instead.
func (c *InvitationCancel) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	itself, another, user, err := c.standing(ctx, api)
	switch {
	case err != nil:
		return bot.Finding{}, err
	case itself:
		return bot.Finding{Standing: bot.NotDone}, nil
	case user != nil:
		return bot.Finding{Standing: bot.CannotTell, Outcome: fmt.Sprintf("%s has accepted it and is on the team, as %s.", c.Email, roles.Words(user.Roles))}, nil
	case another.ID != "":
		return bot.Finding{Standing: bot.CannotTell, Outcome: fmt.Sprintf("Another invitation for %s is open, until %s.", c.Email, day(another.ExpirationDate))}, nil
	}
	return bot.Finding{Standing: bot.Done, Outcome: "The invitation of " + c.Email + " is withdrawn."}, nil
}

// InvitationResend withdraws an open invitation and sends the same again, since
// Apple offers no other way to send the mail once more.
type InvitationResend struct {
	invitation
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Access
}

// Parse reads "<email or name>".
func (r *InvitationResend) Parse(words []string) error { return r.invitation.parse(words) }

// Form asks which.
func (r *InvitationResend) Form() bot.Form {
	return bot.Form{Title: "Send an invitation anew", Submit: "Ask for it", Intro: "Somebody else has to agree first.", Fields: []bot.Field{r.field()}}
}

// Read takes the submitted form.
func (r *InvitationResend) Read(v bot.Values) map[string]string { return r.invitation.read(v) }

// Summary names whose.
func (r *InvitationResend) Summary() string {
	return "Send the invitation of " + r.Email + " anew, as " + r.words()
}

// Beneficiaries is whoever was invited.
func (r *InvitationResend) Beneficiaries() []string { return []string{r.Email} }

// About is the apps it offers.
func (r *InvitationResend) About() (apps []string, all bool) { return ids(r.Apps), r.AllApps }

// Find looks up the invitation, and what it offers.
func (r *InvitationResend) Find(ctx context.Context, api *asc.Client) error {
	if err := r.invitation.find(ctx, api); err != nil {
		return err
	}
	_, err := r.refresh(ctx, api)
	return err
}

func (r *InvitationResend) refresh(ctx context.Context, api *asc.Client) (asc.UserInvitation, error) {
	inv, has, err := r.now(ctx, api)
	if err == nil {
		r.FirstName, r.LastName, r.Access = inv.FirstName, inv.LastName, has
	}
	return inv, err
}

// Look shows what is sent.
func (r *InvitationResend) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	inv, err := r.refresh(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	return bot.Sight{
		Shown: map[string]any{"id": inv.ID, "offers": r.Access},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "Person", After: member{invited: &inv}.name() + ", " + inv.Email},
				{Name: "Invitation", Before: "open until " + day(inv.ExpirationDate), After: "a new one, for three days"},
				{Name: "Offers", After: r.words() + " (as before)"},
			},
			Touches: "one person outside the team",
			Allows:  roles.Allows(r.Roles),
			Undo:    "Until it is accepted it can be withdrawn with `/asc invitation cancel " + inv.Email + "`.",
		},
	}, nil
}

// Do withdraws the old invitation and sends the new one.
func (r *InvitationResend) Do(ctx context.Context, api *asc.Client) error {
	if err := api.CancelInvitation(ctx, r.ID); err != nil {
		return err
	}
	_, err := api.InviteUser(ctx, asc.NewInvitation{
		Email: r.Email, FirstName: r.FirstName, LastName: r.LastName,
		Roles: r.Roles, AllAppsVisible: r.AllApps, ProvisioningAllowed: r.Signing, VisibleApps: ids(r.Apps),
	})
	if err != nil && !asc.Unsure(err) {
		return bot.HalfDone{Cause: err}
	}
	return err
}

// Check looks for the new invitation.
func (r *InvitationResend) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	itself, another, user, err := r.standing(ctx, api)
	switch {
	case err != nil:
		return bot.Finding{}, err
	case itself:
		return bot.Finding{Standing: bot.NotDone}, nil
	case user != nil:
		return bot.Finding{Standing: bot.CannotTell, Outcome: fmt.Sprintf("%s has accepted and is on the team, as %s.", r.Email, roles.Words(user.Roles))}, nil
	case another.ID == "":
		return bot.Finding{
			Standing: bot.Partly,
			Outcome:  "The earlier invitation is withdrawn, and no new one is there. To finish, send one: `/asc invite " + r.Email + " " + r.typed() + "`.",
			Rows: []store.Row{
				{Name: "the earlier invitation", State: store.Done, Note: "withdrawn"},
				{Name: "a new invitation", State: store.Failed, Note: "not there"},
			},
		}, nil
	case !r.same(offeredBy(another)):
		return bot.Finding{Standing: bot.CannotTell, Outcome: fmt.Sprintf("Another invitation for %s is open, as %s, which is not what was asked for.", r.Email, roles.Words(another.Roles))}, nil
	}
	return bot.Finding{Standing: bot.Done, Outcome: fmt.Sprintf("A new invitation is sent to %s, open until %s.", r.Email, day(another.ExpirationDate))}, nil
}
