package asc

import (
	"context"
	"iter"
	"time"
)

// States of an App Store version that decide what can be done with it. There are
// more, and Apple adds to them: see [AppStoreVersion.State].
const (
	PrepareForSubmission    = "PREPARE_FOR_SUBMISSION"
	ReadyForReview          = "READY_FOR_REVIEW"
	WaitingForReview        = "WAITING_FOR_REVIEW"
	InReview                = "IN_REVIEW"
	PendingDeveloperRelease = "PENDING_DEVELOPER_RELEASE" // may be released
	ReadyForDistribution    = "READY_FOR_DISTRIBUTION"    // is in the store
)

// Ways in which an approved version is released.
const (
	ReleaseManual        = "MANUAL"         // by [Client.ReleaseVersion]
	ReleaseAfterApproval = "AFTER_APPROVAL" // at once
	ReleaseScheduled     = "SCHEDULED"      // not before a date
)

// AppStoreVersion is a version of an app for one platform, as the App Store
// shows it or will.
type AppStoreVersion struct {
	Ref
	Version  string `json:"versionString"`
	Platform string `json:"platform"` // IOS, MAC_OS, TV_OS, VISION_OS
	// State is ACCEPTED, DEVELOPER_REJECTED, IN_REVIEW, INVALID_BINARY,
	// METADATA_REJECTED, PENDING_APPLE_RELEASE, PENDING_DEVELOPER_RELEASE,
	// PREPARE_FOR_SUBMISSION, PROCESSING_FOR_DISTRIBUTION, READY_FOR_DISTRIBUTION,
	// READY_FOR_REVIEW, REJECTED, REPLACED_WITH_NEW_VERSION,
	// WAITING_FOR_EXPORT_COMPLIANCE or WAITING_FOR_REVIEW.
	State string `json:"appVersionState"`
	// OldState is the same under its old names, with some more: READY_FOR_SALE,
	// DEVELOPER_REMOVED_FROM_SALE, PENDING_CONTRACT and others.
	OldState            string    `json:"appStoreState"`
	ReleaseType         string    `json:"releaseType"` // MANUAL, AFTER_APPROVAL, SCHEDULED
	Copyright           string    `json:"copyright"`
	Downloadable        bool      `json:"downloadable"`
	EarliestReleaseDate time.Time `json:"-"` // UTC; of SCHEDULED
	CreatedDate         time.Time `json:"-"` // UTC

	// Blank or nil when not asked for, or when there is none.
	AppID         string         `json:"-"`
	App           *App           `json:"-"` // name, bundle id and SKU
	BuildID       string         `json:"-"`
	Build         *Build         `json:"-"`
	PhasedRelease *PhasedRelease `json:"-"`
}

func (v *AppStoreVersion) read(o object) {
	v.EarliestReleaseDate, v.CreatedDate = o.time("earliestReleaseDate"), o.time("createdDate")
	v.AppID, v.BuildID = o.one("app"), o.one("build")
	v.App = side[App](o, "apps", v.AppID)
	v.Build = side[Build](o, "builds", v.BuildID)
	v.PhasedRelease = side[PhasedRelease](o, "appStoreVersionPhasedReleases", o.one("appStoreVersionPhasedRelease"))
}

// AppStoreVersionFilter chooses versions of an app. The zero value is all.
type AppStoreVersionFilter struct {
	Platform []string
	Version  []string // such as 1.2.3
	State    []string // by today's names
	ID       []string
}

// AppStoreVersions lists an app's versions with their builds and phased releases.
// Apple does not sort this list: look at CreatedDate. Any role may read them.
//
// Apple: GET /v1/apps/{id}/appStoreVersions
func (c *Client) AppStoreVersions(ctx context.Context, appID string, f AppStoreVersionFilter) iter.Seq2[AppStoreVersion, error] {
	return list[AppStoreVersion](ctx, c, at("/v1/apps", appID, "appStoreVersions"), withBuild(
		ask().filter("platform", f.Platform).filter("versionString", f.Version).filter("appVersionState", f.State).filter("id", f.ID)))
}

func withBuild(p params) params {
	return p.include(true, "app").fields(true, "apps", appNames).
		include(true, "build").fields(true, "builds", "expirationDate,expired,processingState,uploadedDate,usesNonExemptEncryption,version").
		include(true, "appStoreVersionPhasedRelease")
}

// AppStoreVersion reads one version with its app, build and phased release.
// [NotFound] when there is none with this id.
//
// Apple: GET /v1/appStoreVersions/{id}
func (c *Client) AppStoreVersion(ctx context.Context, id string) (AppStoreVersion, error) {
	return get[AppStoreVersion](ctx, c, at("/v1/appStoreVersions", id), withBuild(ask()))
}

// NewAppStoreVersion is a version to make.
type NewAppStoreVersion struct {
	AppID       string `json:"-"`
	Platform    string `json:"platform"`
	Version     string `json:"versionString"`
	Copyright   string `json:"copyright,omitzero"`
	ReleaseType string `json:"releaseType,omitzero"`
	// EarliestReleaseDate goes with SCHEDULED. Apple counts in whole hours.
	EarliestReleaseDate *time.Time `json:"earliestReleaseDate,omitzero"`
	BuildID             string     `json:"-"` // may be blank
}

// CreateAppStoreVersion makes a version. Needs App Manager or Admin. It copies
// the texts of the one before. 409 ENTITY_ERROR.RELATIONSHIP.INVALID while
// another version is not released yet ([StateConflict]);
// ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE ([AlreadyExists]) for a version that
// was there before: Apple may give both at once.
//
// Apple: POST /v1/appStoreVersions
func (c *Client) CreateAppStoreVersion(ctx context.Context, in NewAppStoreVersion) (AppStoreVersion, error) {
	d := draft{
		Type: "appStoreVersions", Attributes: in, Relationships: ties{"app": toOne("apps", in.AppID)},
		err: want("a version needs an app, a platform and a version", in.AppID, in.Platform, in.Version),
	}
	if in.BuildID != "" {
		d.Relationships["build"] = toOne("builds", in.BuildID)
	}
	if at := in.EarliestReleaseDate; at != nil {
		in.EarliestReleaseDate = new(whole(*at))
		d.Attributes = in
	}
	return create[AppStoreVersion](ctx, c, "/v1/appStoreVersions", d)
}

// SetReleaseType says how a version is released once Apple has approved it:
// [ReleaseManual], [ReleaseAfterApproval], or [ReleaseScheduled] with the
// earliest moment, of which Apple counts whole hours. Needs App Manager or Admin.
//
// Apple: PATCH /v1/appStoreVersions/{id}
func (c *Client) SetReleaseType(ctx context.Context, versionID, releaseType string, earliest time.Time) (AppStoreVersion, error) {
	attributes := map[string]any{"releaseType": releaseType, "earliestReleaseDate": nil}
	err := want("a release type is missing", releaseType)
	switch scheduled := releaseType == ReleaseScheduled; {
	case scheduled != !earliest.IsZero():
		err = &ArgumentError{"a scheduled release has an earliest moment, and no other has"}
	case scheduled:
		attributes["earliestReleaseDate"] = whole(earliest)
	}
	return update[AppStoreVersion](ctx, c, at("/v1/appStoreVersions", versionID), draft{
		Type: "appStoreVersions", ID: versionID, Attributes: attributes, err: err,
	})
}

// whole cuts a moment to its hour.
func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Hour) }

// AttachBuild gives a version its build, in place of the one it had. Needs App
// Manager or Admin. The build belongs to the same app, platform and version; in
// review or later Apple refuses (409).
//
// Apple: PATCH /v1/appStoreVersions/{id}/relationships/build
func (c *Client) AttachBuild(ctx context.Context, versionID, buildID string) error {
	return point(ctx, c, "PATCH", at("/v1/appStoreVersions", versionID, "relationships/build"), toOne("builds", buildID))
}

// DetachBuild takes a version's build away. Needs App Manager or Admin.
//
// Apple: PATCH /v1/appStoreVersions/{id}/relationships/build
func (c *Client) DetachBuild(ctx context.Context, versionID string) error {
	return point(ctx, c, "PATCH", at("/v1/appStoreVersions", versionID, "relationships/build"), toNone())
}

// VersionBuild reads the build of a version; ok is false when it has none.
//
// Apple: GET /v1/appStoreVersions/{id}/build
func (c *Client) VersionBuild(ctx context.Context, versionID string) (b Build, ok bool, err error) {
	return maybe[Build](ctx, c, at("/v1/appStoreVersions", versionID, "build"), ask())
}

// BuildVersion reads the App Store version that a build belongs to; ok is false
// when it belongs to none.
//
// Apple: GET /v1/builds/{id}/appStoreVersion
func (c *Client) BuildVersion(ctx context.Context, buildID string) (v AppStoreVersion, ok bool, err error) {
	return maybe[AppStoreVersion](ctx, c, at("/v1/builds", buildID, "appStoreVersion"), ask())
}

// ReleaseVersion puts an approved version into the store. Needs App Manager or
// Admin. It cannot be undone. It works in [PendingDeveloperRelease] only, and 409
// ([StateConflict]) is the answer in any other state. Read the version's state
// afterwards: the store takes a while.
//
// Apple: POST /v1/appStoreVersionReleaseRequests
func (c *Client) ReleaseVersion(ctx context.Context, versionID string) error {
	return order(ctx, c, "/v1/appStoreVersionReleaseRequests", draft{
		Type: "appStoreVersionReleaseRequests", Relationships: ties{"appStoreVersion": toOne("appStoreVersions", versionID)},
	})
}

// DeleteAppStoreVersion deletes a version that nobody has seen. Needs App Manager
// or Admin. Apple refuses (409) the last one of an app, and one that a build was
// uploaded for.
//
// Apple: DELETE /v1/appStoreVersions/{id}
func (c *Client) DeleteAppStoreVersion(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/appStoreVersions", id))
}
