package asc

import (
	"context"
	"iter"
	"time"
)

// UserInvitation is an invitation to join the team that was not accepted yet.
// Accepting it deletes it and makes a user with another id, at times with
// another address. It lapses after three days.
type UserInvitation struct {
	Ref
	Email               string    `json:"email"`
	FirstName           string    `json:"firstName"`
	LastName            string    `json:"lastName"`
	Roles               []string  `json:"roles"`
	AllAppsVisible      bool      `json:"allAppsVisible"`
	ProvisioningAllowed bool      `json:"provisioningAllowed"`
	ExpirationDate      time.Time `json:"-"` // UTC; zero when Apple did not say
	AppIDs              []string  `json:"-"` // visible apps; nil when not asked for

	cut bool
}

func (i *UserInvitation) read(o object) {
	i.ExpirationDate = o.time("expirationDate")
	i.AppIDs, i.cut = o.many("visibleApps")
}

// InvitationFilter chooses invitations. The zero value is all of them.
type InvitationFilter struct {
	Email       []string
	Roles       []string
	VisibleApps []string // ids
	IncludeApps bool     // fill AppIDs
}

// UserInvitations lists the open invitations. Needs Admin. With IncludeApps, one
// for more than 50 apps costs a request of its own.
//
// Apple: GET /v1/userInvitations
// Apple: GET /v1/userInvitations/{id}/relationships/visibleApps
func (c *Client) UserInvitations(ctx context.Context, f InvitationFilter) iter.Seq2[UserInvitation, error] {
	p := ask().filter("email", f.Email).filter("roles", f.Roles).filter("visibleApps", f.VisibleApps).
		limited(f.IncludeApps, "visibleApps").fields(f.IncludeApps, "apps", "name")
	return each(list[UserInvitation](ctx, c, all("/v1/userInvitations"), p), func(i *UserInvitation) error { return c.fillInvitation(ctx, i) })
}

// UserInvitation reads one open invitation with its visible apps. Needs Admin.
// [NotFound] once it was accepted, has lapsed or was cancelled.
//
// Apple: GET /v1/userInvitations/{id}
// Apple: GET /v1/userInvitations/{id}/relationships/visibleApps
func (c *Client) UserInvitation(ctx context.Context, id string) (UserInvitation, error) {
	i, err := get[UserInvitation](ctx, c, at("/v1/userInvitations", id), ask().limited(true, "visibleApps").fields(true, "apps", "name"))
	return also(i, err, func(i *UserInvitation) error { return c.fillInvitation(ctx, i) })
}

func (c *Client) fillInvitation(ctx context.Context, i *UserInvitation) error {
	return c.fill(ctx, &i.AppIDs, i.cut, at("/v1/userInvitations", i.ID, "relationships/visibleApps"))
}

// NewInvitation is an invitation to send. Apple wants an address, both names and
// at least one role. Either AllAppsVisible or VisibleApps says what the person
// will see; Admin and Finance see everything whatever is sent.
type NewInvitation struct {
	Email               string   `json:"email"`
	FirstName           string   `json:"firstName"`
	LastName            string   `json:"lastName"`
	Roles               []string `json:"roles"`
	AllAppsVisible      bool     `json:"allAppsVisible"`
	ProvisioningAllowed bool     `json:"provisioningAllowed"` // for App Managers and Developers
	VisibleApps         []string `json:"-"`                   // ids
}

// InviteUser sends an invitation to join the team. Needs Admin; a key cannot
// give a role above its own. Apple refuses an address that is a user or invited
// already (409; see [AlreadyExists]), under codes that are not documented: read
// Users and UserInvitations after any 409. An invitation cannot be changed, only
// cancelled and sent again.
//
// Apple: POST /v1/userInvitations
func (c *Client) InviteUser(ctx context.Context, in NewInvitation) (UserInvitation, error) {
	return create[UserInvitation](ctx, c, "/v1/userInvitations", draft{
		Type: "userInvitations", Attributes: in, Relationships: ties{}.some("visibleApps", "apps", in.VisibleApps), err: in.complaint(),
	})
}

// complaint says what Apple would refuse.
func (in NewInvitation) complaint() error {
	switch {
	case len(in.Roles) == 0 || want("", in.Email, in.FirstName, in.LastName) != nil:
		return &ArgumentError{"an invitation needs an address, a first and a last name, and a role"}
	case in.AllAppsVisible && len(in.VisibleApps) > 0:
		return &ArgumentError{"an invitation is for all apps or for some, not for both"}
	}
	return nil
}

// CancelInvitation withdraws an open invitation. Needs Admin. [NotFound] when it
// is not open any more.
//
// Apple: DELETE /v1/userInvitations/{id}
func (c *Client) CancelInvitation(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/userInvitations", id))
}

// InvitationApps lists the apps that somebody will see who accepts an
// invitation. Needs Admin.
//
// Apple: GET /v1/userInvitations/{id}/visibleApps
func (c *Client) InvitationApps(ctx context.Context, invitationID string) iter.Seq2[App, error] {
	return list[App](ctx, c, at("/v1/userInvitations", invitationID, "visibleApps"), ask())
}
