package asc

import (
	"context"
	"iter"
)

// BetaTester is a person who tests an app through TestFlight. Records are kept
// per app: the same address has another id in another app.
type BetaTester struct {
	Ref
	Email      string         `json:"email"` // blank for many who came by a public link
	FirstName  string         `json:"firstName"`
	LastName   string         `json:"lastName"`
	InviteType string         `json:"inviteType"` // EMAIL or PUBLIC_LINK
	State      string         `json:"state"`      // NOT_INVITED, INVITED, ACCEPTED, INSTALLED, REVOKED
	Devices    []TesterDevice `json:"appDevices"`
	GroupIDs   []string       `json:"-"` // nil when not asked for
	AppIDs     []string       `json:"-"` // nil when not asked for

	groupsCut, appsCut bool
}

// TesterDevice is a device on which a tester has installed the app.
type TesterDevice struct {
	Model     string `json:"model"`
	Platform  string `json:"platform"` // IOS, MAC_OS, TV_OS, WATCH_OS, VISION_OS
	OSVersion string `json:"osVersion"`
	Build     string `json:"appBuildVersion"` // the number of the build
}

func (t *BetaTester) read(o object) {
	t.GroupIDs, t.groupsCut = o.many("betaGroups")
	t.AppIDs, t.appsCut = o.many("apps")
}

// BetaTesterFilter chooses testers. The zero value is all of the team.
type BetaTesterFilter struct {
	Email         []string
	FirstName     []string
	LastName      []string
	InviteType    []string // EMAIL, PUBLIC_LINK
	App           []string // ids
	Group         []string // ids
	Build         []string // ids; who may install it one by one
	ID            []string
	IncludeGroups bool // fill GroupIDs
	IncludeApps   bool // fill AppIDs
}

// BetaTesters lists testers. Needs App Manager, Admin or another role with
// TestFlight. A tester in more than 50 groups costs a request of their own.
//
// Apple: GET /v1/betaTesters
// Apple: GET /v1/betaTesters/{id}/relationships/betaGroups
// Apple: GET /v1/betaTesters/{id}/relationships/apps
func (c *Client) BetaTesters(ctx context.Context, f BetaTesterFilter) iter.Seq2[BetaTester, error] {
	p := f.params().
		limited(f.IncludeGroups, "betaGroups").fields(f.IncludeGroups, "betaGroups", "name").
		limited(f.IncludeApps, "apps").fields(f.IncludeApps, "apps", "name")
	return each(list[BetaTester](ctx, c, all("/v1/betaTesters"), p), func(t *BetaTester) error { return c.fillTester(ctx, t) })
}

func (f BetaTesterFilter) params() params {
	return ask().filter("email", f.Email).filter("firstName", f.FirstName).filter("lastName", f.LastName).
		filter("inviteType", f.InviteType).filter("apps", f.App).filter("betaGroups", f.Group).
		filter("builds", f.Build).filter("id", f.ID)
}

// CountBetaTesters counts testers with one request. It answers false when Apple
// does not say how many there are.
//
// Apple: GET /v1/betaTesters
func (c *Client) CountBetaTesters(ctx context.Context, f BetaTesterFilter) (n int, ok bool, err error) {
	return total(ctx, c, all("/v1/betaTesters"), f.params())
}

// BetaTester reads one tester with groups and apps. [NotFound] when there is
// none with this id.
//
// Apple: GET /v1/betaTesters/{id}
// Apple: GET /v1/betaTesters/{id}/relationships/betaGroups
// Apple: GET /v1/betaTesters/{id}/relationships/apps
func (c *Client) BetaTester(ctx context.Context, id string) (BetaTester, error) {
	t, err := get[BetaTester](ctx, c, at("/v1/betaTesters", id), ask().
		limited(true, "betaGroups").fields(true, "betaGroups", "name").limited(true, "apps").fields(true, "apps", "name"))
	return also(t, err, func(t *BetaTester) error { return c.fillTester(ctx, t) })
}

func (c *Client) fillTester(ctx context.Context, t *BetaTester) error {
	if err := c.fill(ctx, &t.GroupIDs, t.groupsCut, at("/v1/betaTesters", t.ID, "relationships/betaGroups")); err != nil {
		return err
	}
	return c.fill(ctx, &t.AppIDs, t.appsCut, at("/v1/betaTesters", t.ID, "relationships/apps"))
}

// NewBetaTester is a tester to add. The names may be blank. The groups, by id,
// belong to one app, and make the person a tester of it. Builds, by id, let the
// person install those alone; Apple takes groups or builds, not both.
type NewBetaTester struct {
	Email     string   `json:"email"`
	FirstName string   `json:"firstName,omitempty"`
	LastName  string   `json:"lastName,omitempty"`
	Groups    []string `json:"-"`
	Builds    []string `json:"-"`
}

// CreateBetaTester adds a person to TestFlight and to groups. An external group
// that has a build sends them mail. Needs App Manager or Admin. Apple refuses
// (409 "Tester(s) cannot be assigned") somebody outside the team for an internal
// group, and at times somebody who is a tester of the app already: those are
// added by id, with [Client.AddTestersToGroup].
//
// Apple: POST /v1/betaTesters
func (c *Client) CreateBetaTester(ctx context.Context, in NewBetaTester) (BetaTester, error) {
	return create[BetaTester](ctx, c, "/v1/betaTesters", draft{
		Type: "betaTesters", Attributes: in, err: in.complaint(),
		Relationships: ties{}.some("betaGroups", "betaGroups", in.Groups).some("builds", "builds", in.Builds),
	})
}

func (in NewBetaTester) complaint() error {
	if len(in.Groups) > 0 && len(in.Builds) > 0 {
		return &ArgumentError{"a tester is added to groups or to builds, not to both at once"}
	}
	return want("a tester needs an address", in.Email)
}

// TesterResult is what became of one of many testers.
type TesterResult struct {
	In     NewBetaTester
	Tester BetaTester
	Err    error // one of those the package documents; nil: added
}

// CreateBetaTesters adds people one after another, since Apple has no call for
// many, and tells of each what became of them. After something that would fail
// for all who follow (the key may not, the budget is used up, the context has
// ended) it stops asking: those get the same error as a [*NotSentError].
//
// Apple: POST /v1/betaTesters
func (c *Client) CreateBetaTesters(ctx context.Context, people []NewBetaTester) iter.Seq[TesterResult] {
	return func(yield func(TesterResult) bool) {
		var stop error
		for _, in := range people {
			r := TesterResult{In: in, Err: stop}
			if stop == nil {
				r.Tester, r.Err = c.CreateBetaTester(ctx, in)
				stop = hopeless(ctx, r.Err)
			}
			if !yield(r) {
				return
			}
		}
	}
}

// hopeless makes the error for the rest of a row of changes, when one failed in
// a way that the rest would too.
func hopeless(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return &NotSentError{Cause: ctx.Err()}
	case Unauthorized(err), Forbidden(err), AgreementMissing(err), RateLimited(err):
		return &NotSentError{Cause: err}
	}
	return nil
}

// RemoveTestersFromApp takes testers off one app: out of all its groups and
// builds. Needs App Manager or Admin. Apple may work at it in the background;
// lists show them for a while.
//
// Apple: DELETE /v1/apps/{id}/relationships/betaTesters
func (c *Client) RemoveTestersFromApp(ctx context.Context, appID string, testerIDs ...string) error {
	return unlink(ctx, c, at("/v1/apps", appID, "relationships/betaTesters"), "betaTesters", testerIDs)
}

// RemoveTesterFromEverything takes a tester off all apps of the team. Needs App
// Manager or Admin. Apple may work at it in the background; lists show the
// tester for a while.
//
// Apple: DELETE /v1/betaTesters/{id}
func (c *Client) RemoveTesterFromEverything(ctx context.Context, testerID string) error {
	return erase(ctx, c, at("/v1/betaTesters", testerID))
}

// InviteTester sends a tester the mail with the invitation to an app, or sends
// it again. Needs App Manager or Admin. Adding somebody to an external group
// that has a build sends it by itself. 409
// STATE_ERROR.TESTER_INVITE.ALREADY_ACCEPTED after acceptance;
// STATE_ERROR.TESTER_INVITE.NO_INSTALLABLE_BUILDS, and no mail, when there is
// nothing to install.
//
// Apple: POST /v1/betaTesterInvitations
func (c *Client) InviteTester(ctx context.Context, appID, testerID string) error {
	return order(ctx, c, "/v1/betaTesterInvitations", draft{
		Type: "betaTesterInvitations", Relationships: ties{"app": toOne("apps", appID), "betaTester": toOne("betaTesters", testerID)},
	})
}
