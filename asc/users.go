package asc

import (
	"context"
	"iter"
)

// User is a member of the team.
type User struct {
	Ref
	Username            string   `json:"username"` // the address of their Apple Account
	FirstName           string   `json:"firstName"`
	LastName            string   `json:"lastName"`
	Roles               []string `json:"roles"` // ADMIN, APP_MANAGER, DEVELOPER, …; some are permissions that ride on a role
	AllAppsVisible      bool     `json:"allAppsVisible"`
	ProvisioningAllowed bool     `json:"provisioningAllowed"` // may use certificates and profiles
	AppIDs              []string `json:"-"`                   // visible apps; nil when not asked for

	cut bool
}

func (u *User) read(o object) { u.AppIDs, u.cut = o.many("visibleApps") }

// UserFilter chooses users. The zero value is everybody.
type UserFilter struct {
	Username    []string // addresses
	Roles       []string
	VisibleApps []string // ids
	IncludeApps bool     // fill AppIDs
}

// Users lists the members of the team. Needs a key with the role Admin. With
// IncludeApps, a user who sees more than 50 apps one by one costs a request of
// their own.
//
// Apple: GET /v1/users
// Apple: GET /v1/users/{id}/relationships/visibleApps
func (c *Client) Users(ctx context.Context, f UserFilter) iter.Seq2[User, error] {
	p := ask().filter("username", f.Username).filter("roles", f.Roles).filter("visibleApps", f.VisibleApps).
		limited(f.IncludeApps, "visibleApps").fields(f.IncludeApps, "apps", "name")
	return each(list[User](ctx, c, all("/v1/users"), p), func(u *User) error { return c.fillUser(ctx, u) })
}

// User reads one member of the team with their visible apps. Needs Admin.
// [NotFound] when there is none with this id.
//
// Apple: GET /v1/users/{id}
// Apple: GET /v1/users/{id}/relationships/visibleApps
func (c *Client) User(ctx context.Context, id string) (User, error) {
	u, err := get[User](ctx, c, at("/v1/users", id), ask().limited(true, "visibleApps").fields(true, "apps", "name"))
	return also(u, err, func(u *User) error { return c.fillUser(ctx, u) })
}

func (c *Client) fillUser(ctx context.Context, u *User) error {
	return c.fill(ctx, &u.AppIDs, u.cut, at("/v1/users", u.ID, "relationships/visibleApps"))
}

// UserChange is what to change about a user. What is nil stays as it is.
type UserChange struct {
	Roles               []string `json:"roles,omitzero"` // replace all roles
	AllAppsVisible      *bool    `json:"allAppsVisible,omitzero"`
	ProvisioningAllowed *bool    `json:"provisioningAllowed,omitzero"` // for App Managers and Developers
	VisibleApps         []string `json:"-"`                            // ids; replace all visible apps; an empty list that is not nil takes all away
}

// UpdateUser changes roles and what a user sees. Needs Admin. Apple refuses
// (403) to change the Account Holder, to give a role above the key's own, and to
// choose apps for somebody whose roles see all of them
// (FORBIDDEN_ERROR.ALL_APPS_VISIBLE). What it returns has no AppIDs.
//
// Apple: PATCH /v1/users/{id}
func (c *Client) UpdateUser(ctx context.Context, id string, change UserChange) (User, error) {
	d := draft{Type: "users", ID: id, Attributes: change}
	if change.VisibleApps != nil {
		d.Relationships = ties{"visibleApps": toMany("apps", change.VisibleApps)}
	}
	return update[User](ctx, c, at("/v1/users", id), d)
}

// RemoveUser takes a user off the team. Needs Admin. The Account Holder cannot
// be removed.
//
// Apple: DELETE /v1/users/{id}
func (c *Client) RemoveUser(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/users", id))
}

// UserApps lists the apps that a user sees, whole. For somebody who sees all
// apps Apple may list none. Needs Admin.
//
// Apple: GET /v1/users/{id}/visibleApps
func (c *Client) UserApps(ctx context.Context, userID string) iter.Seq2[App, error] {
	return list[App](ctx, c, at("/v1/users", userID, "visibleApps"), ask())
}

// ShowApps lets a user see apps besides those they see. Needs Admin. 403
// FORBIDDEN_ERROR.ALL_APPS_VISIBLE for somebody who sees all apps already.
//
// Apple: POST /v1/users/{id}/relationships/visibleApps
func (c *Client) ShowApps(ctx context.Context, userID string, appIDs ...string) error {
	return link(ctx, c, at("/v1/users", userID, "relationships/visibleApps"), "apps", appIDs)
}

// HideApps takes apps out of those a user sees. Needs Admin. 403
// FORBIDDEN_ERROR.ALL_APPS_VISIBLE for somebody whose roles see all apps.
//
// Apple: DELETE /v1/users/{id}/relationships/visibleApps
func (c *Client) HideApps(ctx context.Context, userID string, appIDs ...string) error {
	return unlink(ctx, c, at("/v1/users", userID, "relationships/visibleApps"), "apps", appIDs)
}

// SetVisibleApps replaces all apps that a user sees. Needs Admin. Without ids
// the user sees none any more. 403 FORBIDDEN_ERROR.ALL_APPS_VISIBLE for somebody
// whose roles see all apps.
//
// Apple: PATCH /v1/users/{id}/relationships/visibleApps
func (c *Client) SetVisibleApps(ctx context.Context, userID string, appIDs ...string) error {
	return replace(ctx, c, at("/v1/users", userID, "relationships/visibleApps"), "apps", appIDs)
}

// Actor is who did something: a person, a key, Apple.
type Actor struct {
	Ref
	Kind      string `json:"actorType"` // USER, API_KEY, XCODE_CLOUD, APPLE
	FirstName string `json:"userFirstName"`
	LastName  string `json:"userLastName"`
	Email     string `json:"userEmail"`
	KeyID     string `json:"apiKeyId"` // of an API_KEY
}

// Actors reads who is behind ids that stand in [ReviewSubmission.SubmittedBy].
//
// Apple: GET /v1/actors
func (c *Client) Actors(ctx context.Context, ids ...string) iter.Seq2[Actor, error] {
	if len(ids) == 0 {
		return none[Actor]()
	}
	return list[Actor](ctx, c, all("/v1/actors"), ask().filter("id", ids))
}
