package asc

import (
	"context"
	"iter"
	"net/http"
	"strconv"
	"time"
)

// BetaGroup is a group of TestFlight testers of one app. Groups of different
// apps may have the same name.
type BetaGroup struct {
	Ref
	Name                   string    `json:"name"`
	IsInternalGroup        bool      `json:"isInternalGroup"`      // for members of the team only
	HasAccessToAllBuilds   bool      `json:"hasAccessToAllBuilds"` // internal groups: sees builds uploaded after it was made
	PublicLinkEnabled      bool      `json:"publicLinkEnabled"`
	PublicLinkLimitEnabled bool      `json:"publicLinkLimitEnabled"`
	PublicLinkLimit        int       `json:"publicLinkLimit"` // 1 to 10,000; counts only when enabled
	PublicLinkID           string    `json:"publicLinkId"`
	PublicLink             string    `json:"publicLink"` // blank until the group has a build
	FeedbackEnabled        bool      `json:"feedbackEnabled"`
	BuildsOnMac            bool      `json:"iosBuildsAvailableForAppleSiliconMac"`
	BuildsOnVision         bool      `json:"iosBuildsAvailableForAppleVision"`
	CreatedDate            time.Time `json:"-"` // UTC
	AppID                  string    `json:"-"` // blank when not asked for
	App                    *App      `json:"-"` // name, bundle id and SKU; nil when not asked for
	Testers                *int      `json:"-"` // how many; nil when not asked for, or when Apple did not say
	BuildIDs               []string  `json:"-"` // at most a thousand; nil when not asked for
}

func (g *BetaGroup) read(o object) {
	g.CreatedDate = o.time("createdDate")
	g.AppID = o.one("app")
	g.App = side[App](o, "apps", g.AppID)
	g.Testers = o.relation("betaTesters").Meta.Paging.Total
	g.BuildIDs, _ = o.many("builds")
}

// BetaGroupFilter chooses beta groups. The zero value is all of them.
type BetaGroupFilter struct {
	App        []string // ids
	Name       []string // a comma in a name parts it in two for Apple
	ID         []string
	Build      []string // ids
	Internal   *bool
	PublicLink *bool // that have one enabled
	IncludeApp bool  // fill AppID and App
	Count      bool  // fill Testers and BuildIDs
}

// mostBuilds is how many builds may come along with a beta group.
const mostBuilds = 1000

// counted asks for how many testers a beta group has, and for its builds.
func counted(p params, wanted bool) params {
	if !wanted {
		return p
	}
	return p.include(true, "betaTesters").set("limit[betaTesters]", "1").fields(true, "betaTesters", "state").
		include(true, "builds").set("limit[builds]", strconv.Itoa(mostBuilds)).fields(true, "builds", "version")
}

// appNames are the attributes of an app that come along with what belongs to it.
const appNames = "bundleId,name,sku"

// BetaGroups lists beta groups. Needs App Manager, Admin or another role with
// TestFlight.
//
// Apple: GET /v1/betaGroups
func (c *Client) BetaGroups(ctx context.Context, f BetaGroupFilter) iter.Seq2[BetaGroup, error] {
	return list[BetaGroup](ctx, c, all("/v1/betaGroups"),
		counted(ask().filter("app", f.App).filter("name", f.Name).filter("id", f.ID).filter("builds", f.Build).
			flag("isInternalGroup", f.Internal).flag("publicLinkEnabled", f.PublicLink).
			include(f.IncludeApp, "app").fields(f.IncludeApp, "apps", appNames), f.Count))
}

// BetaGroup reads one beta group with its app, how many testers it has, and its
// builds. [NotFound] when there is none with this id.
//
// Apple: GET /v1/betaGroups/{id}
func (c *Client) BetaGroup(ctx context.Context, id string) (BetaGroup, error) {
	return get[BetaGroup](ctx, c, at("/v1/betaGroups", id),
		counted(ask().include(true, "app").fields(true, "apps", appNames), true))
}

// NewBetaGroup is a beta group to make.
type NewBetaGroup struct {
	Name                 string   `json:"name"`
	IsInternalGroup      bool     `json:"isInternalGroup"`               // cannot be changed later
	HasAccessToAllBuilds *bool    `json:"hasAccessToAllBuilds,omitzero"` // internal groups only; cannot be changed later
	FeedbackEnabled      *bool    `json:"feedbackEnabled,omitzero"`
	AppID                string   `json:"-"`
	Builds               []string `json:"-"` // ids
	Testers              []string `json:"-"` // ids
}

// CreateBetaGroup makes a beta group for an app. Needs App Manager or Admin.
// Apple takes a name that another group of the app has: look first. What it
// returns has no AppID.
//
// Apple: POST /v1/betaGroups
func (c *Client) CreateBetaGroup(ctx context.Context, in NewBetaGroup) (BetaGroup, error) {
	return create[BetaGroup](ctx, c, "/v1/betaGroups", draft{
		Type: "betaGroups", Attributes: in, err: want("a beta group needs an app and a name", in.AppID, in.Name),
		Relationships: ties{"app": toOne("apps", in.AppID)}.some("builds", "builds", in.Builds).some("betaTesters", "betaTesters", in.Testers),
	})
}

// BetaGroupChange is what to change about a beta group. What is nil stays as it
// is.
type BetaGroupChange struct {
	Name                   *string `json:"name,omitzero"`
	PublicLinkEnabled      *bool   `json:"publicLinkEnabled,omitzero"`
	PublicLinkLimitEnabled *bool   `json:"publicLinkLimitEnabled,omitzero"`
	PublicLinkLimit        *int    `json:"publicLinkLimit,omitzero"` // 1 to 10,000
	FeedbackEnabled        *bool   `json:"feedbackEnabled,omitzero"`
	BuildsOnMac            *bool   `json:"iosBuildsAvailableForAppleSiliconMac,omitzero"`
	BuildsOnVision         *bool   `json:"iosBuildsAvailableForAppleVision,omitzero"`
}

func (change BetaGroupChange) complaint() error {
	if n := change.PublicLinkLimit; n != nil && (*n < 1 || *n > mostByLink) {
		return &ArgumentError{"a public link is for 1 to 10,000 testers"}
	}
	return nil
}

// mostByLink is how many testers a public link may let in.
const mostByLink = 10_000

// UpdateBetaGroup renames a beta group, or changes its public link or whether
// its testers can send feedback. Needs App Manager or Admin. Public links are
// for external groups; before the group has a build Apple may refuse one or show
// no address.
//
// Apple: PATCH /v1/betaGroups/{id}
func (c *Client) UpdateBetaGroup(ctx context.Context, id string, change BetaGroupChange) (BetaGroup, error) {
	return update[BetaGroup](ctx, c, at("/v1/betaGroups", id), draft{
		Type: "betaGroups", ID: id, Attributes: change, err: change.complaint(),
	})
}

// OpenPublicLink turns a group's public link on, for at most as many testers as
// limit says (1 to 10,000), or for any number when it is zero. Needs App Manager
// or Admin. [BetaGroup.PublicLink] of what it returns may still be blank.
//
// Apple: PATCH /v1/betaGroups/{id}
func (c *Client) OpenPublicLink(ctx context.Context, groupID string, limit int) (BetaGroup, error) {
	change := BetaGroupChange{PublicLinkEnabled: new(true), PublicLinkLimitEnabled: new(limit != 0)}
	if limit != 0 {
		change.PublicLinkLimit = &limit
	}
	return c.UpdateBetaGroup(ctx, groupID, change)
}

// ClosePublicLink turns a group's public link off. Who came by it stays a
// tester. Needs App Manager or Admin. Whether the same address comes back when
// it is turned on again is not known.
//
// Apple: PATCH /v1/betaGroups/{id}
func (c *Client) ClosePublicLink(ctx context.Context, groupID string) (BetaGroup, error) {
	return c.UpdateBetaGroup(ctx, groupID, BetaGroupChange{PublicLinkEnabled: new(false)})
}

// DeleteBetaGroup deletes a beta group. Its testers keep the app only through
// other groups. Needs App Manager or Admin. It cannot be undone.
//
// Apple: DELETE /v1/betaGroups/{id}
func (c *Client) DeleteBetaGroup(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/betaGroups", id))
}

// GroupTesters lists the testers of a beta group, without GroupIDs and AppIDs.
// [NotFound] when there is no such group.
//
// Apple: GET /v1/betaGroups/{id}/betaTesters
func (c *Client) GroupTesters(ctx context.Context, groupID string) iter.Seq2[BetaTester, error] {
	return list[BetaTester](ctx, c, at("/v1/betaGroups", groupID, "betaTesters"), ask())
}

// GroupBuilds lists the builds that a beta group can install, without what is
// around them; [Client.Builds] with a Group tells more.
//
// Apple: GET /v1/betaGroups/{id}/builds
func (c *Client) GroupBuilds(ctx context.Context, groupID string) iter.Seq2[Build, error] {
	return list[Build](ctx, c, at("/v1/betaGroups", groupID, "builds"), ask())
}

// AddTestersToGroup puts testers into a beta group of their app; an external
// group that has a build sends them mail. Needs App Manager or Admin. Apple
// refuses with one answer, 409 "Tester(s) cannot be assigned", a tester who is
// in already, one of another app, and one outside the team for an internal
// group: read the group to tell them apart.
//
// Apple: POST /v1/betaGroups/{id}/relationships/betaTesters
func (c *Client) AddTestersToGroup(ctx context.Context, groupID string, testerIDs ...string) error {
	return link(ctx, c, at("/v1/betaGroups", groupID, "relationships/betaTesters"), "betaTesters", testerIDs)
}

// RemoveTestersFromGroup takes testers out of a beta group. They stay testers of
// the app through other groups. Needs App Manager or Admin.
//
// Apple: DELETE /v1/betaGroups/{id}/relationships/betaTesters
func (c *Client) RemoveTestersFromGroup(ctx context.Context, groupID string, testerIDs ...string) error {
	return unlink(ctx, c, at("/v1/betaGroups", groupID, "relationships/betaTesters"), "betaTesters", testerIDs)
}

// AddBuildsToGroup lets a beta group install builds. Needs App Manager or Admin.
// A build that is in already is no error. 422 ENTITY_UNPROCESSABLE (see
// [StateConflict]) for an internal group that has all builds anyway, and for an
// external group when the build is not ready: still processing, expired, or its
// export compliance not answered.
//
// Apple: POST /v1/betaGroups/{id}/relationships/builds
func (c *Client) AddBuildsToGroup(ctx context.Context, groupID string, buildIDs ...string) error {
	return link(ctx, c, at("/v1/betaGroups", groupID, "relationships/builds"), "builds", buildIDs)
}

// RemoveBuildsFromGroup takes builds away from a beta group. Needs App Manager or
// Admin.
//
// Apple: DELETE /v1/betaGroups/{id}/relationships/builds
func (c *Client) RemoveBuildsFromGroup(ctx context.Context, groupID string, buildIDs ...string) error {
	return unlink(ctx, c, at("/v1/betaGroups", groupID, "relationships/builds"), "builds", buildIDs)
}

// RecruitmentCriterion says with which devices somebody may come by a group's
// public link.
type RecruitmentCriterion struct {
	Ref
	Devices []DeviceCriterion `json:"deviceFamilyOsVersionFilters"` // any of them
}

// DeviceCriterion is a family of devices, and which versions of the system.
type DeviceCriterion struct {
	Family  string `json:"deviceFamily"`       // IPHONE, IPAD, APPLE_TV, APPLE_WATCH, MAC, VISION
	Minimum string `json:"minimumOsInclusive"` // such as 17.0; blank: any
	Maximum string `json:"maximumOsInclusive"` // blank: any
}

// RecruitmentCriterion reads who may come by a group's public link. It answers
// false when there is no criterion, which Apple says with a refusal (409, or 404).
//
// Apple: GET /v1/betaGroups/{id}/betaRecruitmentCriteria
func (c *Client) RecruitmentCriterion(ctx context.Context, groupID string) (r RecruitmentCriterion, ok bool, err error) {
	r, ok, err = maybe[RecruitmentCriterion](ctx, c, at("/v1/betaGroups", groupID, "betaRecruitmentCriteria"), ask())
	if e, refused := refusal(err); refused && (e.Status == http.StatusConflict || e.Status == http.StatusNotFound) {
		return r, false, nil
	}
	return r, ok, err
}
