package asc

import (
	"context"
	"iter"
	"time"
)

// Build is an uploaded build. People call it "1.2.3 (45)": the version of its
// [PreReleaseVersion], and its own Number. It lasts 90 days in TestFlight.
type Build struct {
	Ref
	Number                  string    `json:"version"`           // CFBundleVersion
	ProcessingState         string    `json:"processingState"`   // PROCESSING, FAILED, INVALID, VALID
	Audience                string    `json:"buildAudienceType"` // INTERNAL_ONLY, APP_STORE_ELIGIBLE
	Expired                 bool      `json:"expired"`           // for good
	MinOSVersion            string    `json:"minOsVersion"`
	UsesNonExemptEncryption *bool     `json:"usesNonExemptEncryption"` // export compliance; nil until answered
	Icon                    Icon      `json:"iconAssetToken"`
	UploadedDate            time.Time `json:"-"` // UTC
	ExpirationDate          time.Time `json:"-"` // UTC

	// What is around the build; blank or nil when it was not asked for, or when
	// there is none yet.
	AppID             string                   `json:"-"`
	App               *App                     `json:"-"` // name, bundle id and SKU
	PreReleaseVersion *PreReleaseVersion       `json:"-"`
	BetaDetail        *BuildBetaDetail         `json:"-"`
	BetaReview        *BetaAppReviewSubmission `json:"-"`
	GroupIDs          []string                 `json:"-"`

	groupsCut bool
}

// Icon is where a picture is, in any size: {w}, {h} and {f} in the template
// stand for width, height and format (png).
type Icon struct {
	TemplateURL string `json:"templateUrl"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
}

func (b *Build) read(o object) {
	b.UploadedDate, b.ExpirationDate = o.time("uploadedDate"), o.time("expirationDate")
	b.AppID = o.one("app")
	b.App = side[App](o, "apps", b.AppID)
	b.PreReleaseVersion = side[PreReleaseVersion](o, "preReleaseVersions", o.one("preReleaseVersion"))
	b.BetaDetail = side[BuildBetaDetail](o, "buildBetaDetails", o.one("buildBetaDetail"))
	b.BetaReview = side[BetaAppReviewSubmission](o, "betaAppReviewSubmissions", o.one("betaAppReviewSubmission"))
	b.GroupIDs, b.groupsCut = o.many("betaGroups")
}

// BuildFilter chooses builds. The zero value is all that the key sees.
type BuildFilter struct {
	App                     []string // ids
	Number                  []string // CFBundleVersion
	Version                 []string // of the PreReleaseVersion, such as 1.2.3
	PreReleaseVersion       []string // ids
	Platform                []string // IOS, MAC_OS, TV_OS, VISION_OS
	ProcessingState         []string
	Audience                []string
	BetaReviewState         []string // WAITING_FOR_REVIEW, IN_REVIEW, REJECTED, APPROVED
	Group                   []string // ids
	AppStoreVersion         []string // ids
	ID                      []string
	Expired                 *bool
	UsesNonExemptEncryption *bool
	Compliance              *bool  // export compliance is answered, or not
	Sort                    string // newest first when blank; or version, uploadedDate, preReleaseVersion, with - before it downwards
	IncludeApp              bool   // fill AppID and App
	IncludeBeta             bool   // fill PreReleaseVersion, BetaDetail and BetaReview
	IncludeGroups           bool   // fill GroupIDs
}

// Builds lists builds, the newest upload first. Needs App Manager, Developer,
// Admin or another role with TestFlight. A new build is missing for minutes
// after its upload. With IncludeGroups, one in more than 50 groups costs a request
// of its own.
//
// Apple: GET /v1/builds
// Apple: GET /v1/betaGroups
func (c *Client) Builds(ctx context.Context, f BuildFilter) iter.Seq2[Build, error] {
	p := ask().filter("app", f.App).filter("version", f.Number).filter("preReleaseVersion.version", f.Version).
		filter("preReleaseVersion", f.PreReleaseVersion).filter("preReleaseVersion.platform", f.Platform).
		filter("processingState", f.ProcessingState).filter("buildAudienceType", f.Audience).
		filter("betaAppReviewSubmission.betaReviewState", f.BetaReviewState).filter("betaGroups", f.Group).
		filter("appStoreVersion", f.AppStoreVersion).filter("id", f.ID).
		flag("expired", f.Expired).flag("usesNonExemptEncryption", f.UsesNonExemptEncryption).
		exists("usesNonExemptEncryption", f.Compliance).sort(or(f.Sort, "-uploadedDate"))
	builds := list[Build](ctx, c, all("/v1/builds"), around(p, f.IncludeApp, f.IncludeBeta, f.IncludeGroups))
	return each(builds, func(b *Build) error { return c.fillBuild(ctx, b) })
}

// fillBuild reads the groups of a build that is in too many. Apple has no list of
// them on the build's side.
func (c *Client) fillBuild(ctx context.Context, b *Build) error {
	if !b.groupsCut {
		return nil
	}
	b.GroupIDs, b.groupsCut = []string{}, false
	for g, err := range c.BetaGroups(ctx, BetaGroupFilter{Build: []string{b.ID}}) {
		if err != nil {
			return err
		}
		b.GroupIDs = append(b.GroupIDs, g.ID)
	}
	return nil
}

// around asks for what is around a build.
func around(p params, app, beta, groups bool) params {
	return p.include(app, "app").fields(app, "apps", appNames).
		include(beta, "preReleaseVersion").include(beta, "buildBetaDetail").include(beta, "betaAppReviewSubmission").
		limited(groups, "betaGroups").fields(groups, "betaGroups", "name")
}

// or is the first text that is not blank.
func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// Build reads one build with all that is around it. [NotFound] when there is
// none with this id. The BetaDetail of a fresh build may come minutes later.
//
// Apple: GET /v1/builds/{id}
// Apple: GET /v1/betaGroups
func (c *Client) Build(ctx context.Context, id string) (Build, error) {
	b, err := get[Build](ctx, c, at("/v1/builds", id), around(ask(), true, true, true))
	return also(b, err, func(b *Build) error { return c.fillBuild(ctx, b) })
}

// ExpireBuild ends the testing of a build, for good. Needs App Manager or Admin.
//
// Apple: PATCH /v1/builds/{id}
func (c *Client) ExpireBuild(ctx context.Context, id string) (Build, error) {
	return c.updateBuild(ctx, id, map[string]any{"expired": true})
}

// AnswerExportCompliance says whether a build uses encryption that is not exempt
// from export rules. Needs App Manager or Admin. Take it for an answer that is
// given once: whether Apple lets it be changed is not known.
//
// Apple: PATCH /v1/builds/{id}
func (c *Client) AnswerExportCompliance(ctx context.Context, id string, usesNonExemptEncryption bool) (Build, error) {
	return c.updateBuild(ctx, id, map[string]any{"usesNonExemptEncryption": usesNonExemptEncryption})
}

func (c *Client) updateBuild(ctx context.Context, id string, attributes map[string]any) (Build, error) {
	return update[Build](ctx, c, at("/v1/builds", id), draft{Type: "builds", ID: id, Attributes: attributes})
}

// IndividualTesters lists the testers who may install a build one by one, not
// through a group.
//
// Apple: GET /v1/builds/{id}/individualTesters
func (c *Client) IndividualTesters(ctx context.Context, buildID string) iter.Seq2[BetaTester, error] {
	return list[BetaTester](ctx, c, at("/v1/builds", buildID, "individualTesters"), ask())
}

// AddIndividualTesters lets testers install a build without a group. Needs App
// Manager or Admin.
//
// Apple: POST /v1/builds/{id}/relationships/individualTesters
func (c *Client) AddIndividualTesters(ctx context.Context, buildID string, testerIDs ...string) error {
	return link(ctx, c, at("/v1/builds", buildID, "relationships/individualTesters"), "betaTesters", testerIDs)
}

// RemoveIndividualTesters takes a build away from testers who had it without a
// group. Needs App Manager or Admin.
//
// Apple: DELETE /v1/builds/{id}/relationships/individualTesters
func (c *Client) RemoveIndividualTesters(ctx context.Context, buildID string, testerIDs ...string) error {
	return unlink(ctx, c, at("/v1/builds", buildID, "relationships/individualTesters"), "betaTesters", testerIDs)
}

// AddGroupsToBuild lets beta groups install a build. Needs App Manager or Admin.
// It refuses as [Client.AddBuildsToGroup] does.
//
// Apple: POST /v1/builds/{id}/relationships/betaGroups
func (c *Client) AddGroupsToBuild(ctx context.Context, buildID string, groupIDs ...string) error {
	return link(ctx, c, at("/v1/builds", buildID, "relationships/betaGroups"), "betaGroups", groupIDs)
}

// RemoveGroupsFromBuild takes a build away from beta groups. Needs App Manager or
// Admin.
//
// Apple: DELETE /v1/builds/{id}/relationships/betaGroups
func (c *Client) RemoveGroupsFromBuild(ctx context.Context, buildID string, groupIDs ...string) error {
	return unlink(ctx, c, at("/v1/builds", buildID, "relationships/betaGroups"), "betaGroups", groupIDs)
}

// PreReleaseVersion is a train of builds: all that were uploaded under one
// version, such as 1.2.3, for one platform.
type PreReleaseVersion struct {
	Ref
	Version  string   `json:"version"`
	Platform string   `json:"platform"` // IOS, MAC_OS, TV_OS, VISION_OS
	AppID    string   `json:"-"`        // blank when not asked for
	BuildIDs []string `json:"-"`        // at most 50; nil when not asked for
}

func (v *PreReleaseVersion) read(o object) {
	v.AppID = o.one("app")
	v.BuildIDs, _ = o.many("builds")
}

// PreReleaseVersionFilter chooses pre-release versions. The zero value is all.
type PreReleaseVersionFilter struct {
	App             []string // ids
	Version         []string
	Platform        []string
	Build           []string // ids
	BuildNumber     []string
	ProcessingState []string // of a build
	BuildExpired    *bool
	IncludeApp      bool // fill AppID
	IncludeBuilds   bool // fill BuildIDs
}

// PreReleaseVersions lists pre-release versions, the highest version first.
//
// Apple: GET /v1/preReleaseVersions
func (c *Client) PreReleaseVersions(ctx context.Context, f PreReleaseVersionFilter) iter.Seq2[PreReleaseVersion, error] {
	return list[PreReleaseVersion](ctx, c, all("/v1/preReleaseVersions"),
		ask().filter("app", f.App).filter("version", f.Version).filter("platform", f.Platform).filter("builds", f.Build).
			filter("builds.version", f.BuildNumber).filter("builds.processingState", f.ProcessingState).
			flag("builds.expired", f.BuildExpired).sort("-version").
			include(f.IncludeApp, "app").fields(f.IncludeApp, "apps", appNames).
			limited(f.IncludeBuilds, "builds").fields(f.IncludeBuilds, "builds", "version"))
}

// PreReleaseVersion reads one pre-release version with its app and at most 50 of
// its builds. [NotFound] when there is none with this id.
//
// Apple: GET /v1/preReleaseVersions/{id}
func (c *Client) PreReleaseVersion(ctx context.Context, id string) (PreReleaseVersion, error) {
	return get[PreReleaseVersion](ctx, c, at("/v1/preReleaseVersions", id),
		ask().include(true, "app").fields(true, "apps", appNames).limited(true, "builds").fields(true, "builds", "version"))
}
