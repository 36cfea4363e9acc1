package asc

import (
	"context"
	"time"
)

// States of a phased release.
const (
	PhasedInactive = "INACTIVE" // set up; starts with the release
	PhasedActive   = "ACTIVE"
	PhasedPaused   = "PAUSED"
	PhasedComplete = "COMPLETE" // everybody gets it
)

// PhasedRelease hands a version to automatic updates little by little: to 1, 2,
// 5, 10, 20, 50 and 100 percent on seven days. Anybody may still fetch the
// version by hand. It can pause for 30 days altogether. A first version has none.
type PhasedRelease struct {
	Ref
	State     string    `json:"phasedReleaseState"`
	Day       int       `json:"currentDayNumber"`   // 1 to 7; 0 before the start
	PauseDays int       `json:"totalPauseDuration"` // used up of the 30
	StartDate time.Time `json:"-"`                  // UTC
}

func (p *PhasedRelease) read(o object) { p.StartDate = o.time("startDate") }

// Percent is the share of automatic updates that get the version on its day.
func (p PhasedRelease) Percent() int {
	switch {
	case p.State == PhasedComplete:
		return 100
	case p.State == PhasedInactive || p.Day < 1:
		return 0
	}
	return []int{1, 2, 5, 10, 20, 50, 100}[min(p.Day, 7)-1]
}

// PhasedRelease reads the phased release of a version; ok is false when it has
// none.
//
// Apple: GET /v1/appStoreVersions/{id}/appStoreVersionPhasedRelease
func (c *Client) PhasedRelease(ctx context.Context, versionID string) (p PhasedRelease, ok bool, err error) {
	return maybe[PhasedRelease](ctx, c, at("/v1/appStoreVersions", versionID, "appStoreVersionPhasedRelease"), ask())
}

// CreatePhasedRelease makes a version's release a phased one. It starts when the
// version is released. Needs App Manager or Admin.
//
// Apple: POST /v1/appStoreVersionPhasedReleases
func (c *Client) CreatePhasedRelease(ctx context.Context, versionID string) (PhasedRelease, error) {
	return create[PhasedRelease](ctx, c, "/v1/appStoreVersionPhasedReleases", draft{
		Type: "appStoreVersionPhasedReleases", Attributes: map[string]any{"phasedReleaseState": PhasedInactive},
		Relationships: ties{"appStoreVersion": toOne("appStoreVersions", versionID)},
	})
}

// PausePhasedRelease stops handing out a version for a while: it stays at the
// share it has reached. Needs App Manager or Admin.
//
// Apple: PATCH /v1/appStoreVersionPhasedReleases/{id}
func (c *Client) PausePhasedRelease(ctx context.Context, id string) (PhasedRelease, error) {
	return c.setPhased(ctx, id, PhasedPaused)
}

// ResumePhasedRelease goes on after a pause. Needs App Manager or Admin.
//
// Apple: PATCH /v1/appStoreVersionPhasedReleases/{id}
func (c *Client) ResumePhasedRelease(ctx context.Context, id string) (PhasedRelease, error) {
	return c.setPhased(ctx, id, PhasedActive)
}

// CompletePhasedRelease hands the version to everybody now. Needs App Manager or
// Admin. It cannot be undone.
//
// Apple: PATCH /v1/appStoreVersionPhasedReleases/{id}
func (c *Client) CompletePhasedRelease(ctx context.Context, id string) (PhasedRelease, error) {
	return c.setPhased(ctx, id, PhasedComplete)
}

func (c *Client) setPhased(ctx context.Context, id, state string) (PhasedRelease, error) {
	return update[PhasedRelease](ctx, c, at("/v1/appStoreVersionPhasedReleases", id), draft{
		Type: "appStoreVersionPhasedReleases", ID: id, Attributes: map[string]any{"phasedReleaseState": state},
	})
}

// DeletePhasedRelease makes a version's release one for everybody at once. Needs
// App Manager or Admin. Apple refuses (409) once it has started.
//
// Apple: DELETE /v1/appStoreVersionPhasedReleases/{id}
func (c *Client) DeletePhasedRelease(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/appStoreVersionPhasedReleases", id))
}
