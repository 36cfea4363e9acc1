package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/roles"
	"github.com/ascbot/ascbot/store"
)

// Roles replaces what a member of the team may do, and which apps they see.
type Roles struct {
	Who    Named         `json:"who"`              // their id, and their address
	Person string        `json:"person,omitempty"` // their name
	Access               // what they will have
	For    time.Duration `json:"for,omitempty"` // after that, what they had comes back; zero: for good
	Was    Access        `json:"was"`           // what they have before

	said said
}

// Parse reads "<email or name> <role or bundle>… [with|without certificates] [in <app>…] [for 7d]".
// What the words leave out about apps and certificates stays as it is.
func (r *Roles) Parse(words []string) (err error) {
	if words, r.For, err = cutFor(words); err != nil {
		return err
	}
	who, rest, err := splitPerson(words, func(rest []string) bool {
		trial := Access{bundles: r.bundles}
		_, err := trial.parse(rest)
		return err == nil && len(trial.Roles) > 0
	})
	if err != nil {
		return err
	}
	if said := strings.Fields(who); len(rest) == 0 && len(said) > 1 {
		if last := said[len(said)-1]; bot.Nearest(last, append(roles.Names(), r.bundleNames()...)) != "" {
			return r.noRole([]string{last}) // a slip, and no part of a name
		}
	}
	r.Who.Name = who
	if r.said, err = r.Access.parse(rest); err != nil {
		return err
	}
	if len(r.Roles) == 0 {
		return bot.ErrMore
	}
	if err := r.needless(r.said); err != nil {
		return err
	}
	return r.complain()
}

// Fill takes what somebody who was named has now.
func (r *Roles) Fill(ctx context.Context, api *asc.Client) {
	if r.Who.Name == "" || len(r.Roles) > 0 {
		return
	}
	m, err := findMember(ctx, api, r.Who.Name)
	if err != nil || m.user == nil || isHolder(*m.user) {
		return
	}
	apps, err := appsByID(ctx, api)
	if err != nil {
		return
	}
	has := accessOf(m.holds(), apps)
	has.bundles = r.bundles
	r.Who.Name, r.Access = m.email(), has
}

// complain says what is wrong with the roles, as far as words alone can tell.
func (r *Roles) complain() error {
	if c := roles.Complaint(r.Roles, r.Signing || !r.said.signing && roles.TakesSigning(r.Roles)); c != "" {
		return bot.Trouble{What: c}
	}
	return nil
}

// Form asks whom, what and for how long.
func (r *Roles) Form() bot.Form {
	who := bot.Field{Name: "who", Label: "Who", Kind: bot.Pick, Source: personSource, Chosen: chosenPerson(r.Who.Name)}
	length := bot.Field{Name: "for", Label: "For how long", Kind: bot.Line, Optional: true, Hint: "Such as 7d or 2 weeks; after that, what they have now comes back by itself. Empty: for good."}
	if r.For > 0 {
		length.Text = spanWords(r.For)
	}
	return bot.Form{
		Title:  "Change somebody's roles",
		Intro:  "Roles and apps are replaced by what you choose here. Somebody else has to agree first.",
		Submit: "Ask for it",
		Fields: slices.Concat([]bot.Field{who}, r.fields(true), []bot.Field{length}),
	}
}

// Read takes the submitted form.
func (r *Roles) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	*r = Roles{Access: Access{bundles: r.bundles}}
	if picked := v["who"].Chosen; len(picked) == 1 {
		r.Who.Name = picked[0].Value
	} else {
		wrong["who"] = "Choose somebody."
	}
	r.said.signing = true
	r.said.apps = r.Access.read(v, wrong)
	if text := v["for"].Text; text != "" {
		d, ok := readSpan(text)
		if r.For = d; !ok || spanComplaint(d) != nil {
			wrong["for"] = "Write it like 7d, 36h or 2 weeks: from an hour to a year."
		}
	}
	return wrong
}

// Summary names the person, the roles and the apps.
func (r *Roles) Summary() string {
	s := "Make " + r.Who.Name + " " + r.words()
	if r.For > 0 {
		s += " for " + spanWords(r.For)
	}
	return s
}

// Beneficiaries is whose roles change.
func (r *Roles) Beneficiaries() []string { return []string{r.Who.Name} }

// About is the apps that were or become visible.
func (r *Roles) About() (apps []string, all bool) {
	return append(ids(r.Apps), ids(r.Was.Apps)...), r.AllApps || r.Was.AllApps
}

// Find looks up the person and the apps, and settles what the words left out.
func (r *Roles) Find(ctx context.Context, api *asc.Client) error {
	open := r.Who.ID == "" // else it is settled already
	u, err := r.refresh(ctx, api)
	if err != nil || !open {
		return err
	}
	if err := r.keep(u); err != nil {
		return err
	}
	return r.Access.settle()
}

// refresh reads the person and their apps as they are now.
func (r *Roles) refresh(ctx context.Context, api *asc.Client) (asc.User, error) {
	u, err := r.user(ctx, api)
	if err != nil {
		return u, err
	}
	if r.Apps, err = findApps(ctx, api, r.Apps); err != nil {
		return u, err
	}
	apps, err := appsByID(ctx, api)
	if err != nil {
		return u, err
	}
	r.Who, r.Person, r.Was = Named{u.ID, u.Username}, member{user: &u}.name(), accessOf(heldBy(u), apps)
	return u, nil
}

// user finds the member of the team who is meant.
func (r *Roles) user(ctx context.Context, api *asc.Client) (asc.User, error) {
	if r.Who.ID != "" {
		return userByID(ctx, api, r.Who)
	}
	m, err := findMember(ctx, api, r.Who.Name)
	switch {
	case err != nil:
		return asc.User{}, err
	case m.user == nil:
		return asc.User{}, bot.Trouble{
			What:   fmt.Sprintf("%s has not accepted the invitation yet, so there are no roles to change.", m.email()),
			Next:   "An invitation cannot be changed: `/asc invitation cancel " + m.email() + "` withdraws it, and then another can be sent.",
			Offers: []bot.Offer{{Label: "Cancel the invitation", Words: "invitation cancel " + m.email()}},
		}
	}
	return *m.user, nil
}

// keep fills in what was not said from what stands.
func (r *Roles) keep(u asc.User) error {
	if !r.said.signing && roles.TakesSigning(u.Roles) && roles.TakesSigning(r.Roles) {
		r.Signing = r.Signing || u.ProvisioningAllowed
	}
	if r.said.apps || roles.SeesAll(r.Roles) {
		return nil
	}
	if roles.SeesAll(u.Roles) || !r.Was.AllApps && len(r.Was.Apps) == 0 {
		return bot.Trouble{
			What: fmt.Sprintf("As %s, %s sees %s, and that does not go with the new roles.", roles.Words(u.Roles), u.Username, r.Was.sight()),
			Next: "Say which apps they should see: add “in” and the name of an app, or “in all apps”.",
		}
	}
	r.AllApps, r.Apps = r.Was.AllApps, r.Was.Apps
	return nil
}

// Look shows what changes for the person, and refuses what Apple would.
func (r *Roles) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	u, err := r.refresh(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	if isHolder(u) {
		return bot.Sight{}, bot.Trouble{
			What: u.Username + " is the Account Holder, whose rights cannot be changed here.",
			Next: "The Account Holder can hand the role on at developer.apple.com, under Membership.",
		}
	}
	if !slices.Contains(r.Roles, roles.Admin) {
		if err := lastAdmin(ctx, api, u); err != nil {
			return bot.Sight{}, err
		}
	}
	fields := []store.Field{{Name: "Person", After: r.Person + ", " + r.Who.Name}, becomes("Roles", roles.Words(r.Was.Roles), r.Access.bundled())}
	fields = append(fields, becomes("May see", r.Was.sight(), r.sight()))
	if was, will := r.Was.signing(), r.signing(); was != will {
		fields = append(fields, becomes("Certificates and profiles", was, will))
	}
	if r.For > 0 {
		fields = append(fields, store.Field{Name: "For", After: spanWords(r.For) + " from when it is carried out; then back to " + r.Was.words()})
	}
	return bot.Sight{
		Shown: rolesShown{Was: r.Was},
		Preview: store.Preview{
			Fields:  fields,
			Touches: "one member of the team",
			Allows:  r.gains(),
			Undo:    "Can be undone with `/asc roles " + r.Who.Name + " " + r.Was.typed() + "`.",
		},
	}, nil
}

// rolesShown is the state that approvers are shown.
type rolesShown struct {
	Was Access `json:"was"`
}

// becomes is a field of a preview; what stays as it is has no before.
func becomes(name, before, after string) store.Field {
	if before == after {
		return store.Field{Name: name, After: after + " (as before)"}
	}
	return store.Field{Name: name, Before: or(before, "none"), After: after}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// gains says what the new roles allow that the old ones did not, and what ends.
func (r *Roles) gains() string {
	fresh := slices.DeleteFunc(slices.Clone(r.Roles), func(id string) bool { return slices.Contains(r.Was.Roles, id) })
	gone := slices.DeleteFunc(slices.Clone(r.Was.Roles), func(id string) bool { return slices.Contains(r.Roles, id) })
	s := or(roles.Allows(fresh), "no new role")
	if len(gone) > 0 {
		s += ". No longer " + roles.Words(gone)
	}
	return s
}

// Lasts is how long the change holds.
func (r *Roles) Lasts() time.Duration { return r.For }

// Back brings back what the person had before.
func (r *Roles) Back(shown json.RawMessage) (words string, op bot.Operation, err error) {
	var before rolesShown
	if err := json.Unmarshal(shown, &before); err != nil {
		return "", nil, fmt.Errorf("what stood before cannot be read: %w", err)
	}
	return "roles", &Roles{Who: r.Who, Person: r.Person, Access: before.Was, Was: r.Access}, nil
}

// Do changes everything in one call. Should Apple judge the new apps by the old
// roles, which see all of them, the roles are changed first and the apps then.
func (r *Roles) Do(ctx context.Context, api *asc.Client) error {
	whole := asc.UserChange{Roles: r.Roles, AllAppsVisible: &r.AllApps}
	if roles.TakesSigning(r.Roles) {
		whole.ProvisioningAllowed = &r.Signing
	}
	if !r.AllApps {
		whole.VisibleApps = ids(r.Apps)
	}
	_, err := api.UpdateUser(ctx, r.Who.ID, whole)
	if r.AllApps || !asc.AllAppsVisible(err) {
		return err
	}
	first := whole
	first.AllAppsVisible, first.VisibleApps = nil, nil
	if _, err := api.UpdateUser(ctx, r.Who.ID, first); err != nil {
		return err
	}
	if _, err := api.UpdateUser(ctx, r.Who.ID, asc.UserChange{AllAppsVisible: &r.AllApps, VisibleApps: whole.VisibleApps}); err != nil {
		return bot.HalfDone{Cause: err}
	}
	return nil
}

// Check compares what the person has with what is wanted, part by part.
func (r *Roles) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	u, err := userByID(ctx, api, r.Who)
	if t, gone := errors.AsType[bot.Trouble](err); gone {
		return bot.Finding{Standing: bot.CannotTell, Outcome: t.What}, nil
	}
	if err != nil {
		return bot.Finding{}, err
	}
	now := heldBy(u)
	if r.same(now) {
		return bot.Finding{Standing: bot.Done, Outcome: r.Who.Name + " is " + r.words() + "."}, nil
	}
	done, rows := r.parts(now)
	switch {
	case done > 0:
		return bot.Finding{
			Standing: bot.Partly, Rows: rows,
			Outcome: "Part of it is done. To finish, ask for the rest: `/asc roles " + r.Who.Name + " " + r.typed() + "`.",
		}, nil
	case r.Was.same(now):
		return bot.Finding{Standing: bot.NotDone}, nil
	}
	return bot.Finding{Standing: bot.CannotTell, Outcome: fmt.Sprintf("%s is %s, which is neither what was asked for nor what was there before.", r.Who.Name, roles.Words(u.Roles))}, nil
}

// parts says of each part that was to change whether it has, and counts those.
func (r *Roles) parts(now holds) (done int, rows []store.Row) {
	was := holds{r.Was.Roles, r.Was.AllApps, ids(r.Was.Apps), r.Was.Signing}
	for _, p := range []struct {
		name, wanted string
		before, is   bool
	}{
		{"Roles", roles.Words(r.Roles), sameSet(was.roles, r.Roles), sameSet(now.roles, r.Roles)},
		{"May see", r.sight(), r.sameApps(was), r.sameApps(now)},
		{"Certificates and profiles", r.signing(), r.sameSigning(was), r.sameSigning(now)},
	} {
		switch {
		case p.before && p.is:
		case p.is:
			done++
			rows = append(rows, store.Row{Name: p.name, State: store.Done, Note: p.wanted})
		default:
			rows = append(rows, store.Row{Name: p.name, State: store.Failed, Note: "Wanted: " + p.wanted})
		}
	}
	return done, rows
}
