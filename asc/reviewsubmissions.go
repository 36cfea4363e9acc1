package asc

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// States of a review submission. There are more.
const (
	SubmissionDraft     = "READY_FOR_REVIEW" // not sent yet; one for each app and platform
	SubmissionWaiting   = "WAITING_FOR_REVIEW"
	SubmissionInReview  = "IN_REVIEW"
	SubmissionIssues    = "UNRESOLVED_ISSUES" // rejected: the reasons are on the website alone
	SubmissionCanceling = "CANCELING"         // on its way to COMPLETE
	SubmissionComplete  = "COMPLETE"
)

// ReviewSubmission is what goes to App Review together.
type ReviewSubmission struct {
	Ref
	State         string    `json:"state"` // READY_FOR_REVIEW, WAITING_FOR_REVIEW, IN_REVIEW, UNRESOLVED_ISSUES, CANCELING, COMPLETING, COMPLETE
	Platform      string    `json:"platform"`
	SubmittedDate time.Time `json:"-"` // UTC; zero before it was sent

	// Blank when not told, or when there is none.
	AppID       string `json:"-"`
	VersionID   string `json:"-"` // the App Store version in it
	SubmittedBy string `json:"-"` // the id of an [Actor]
}

func (s *ReviewSubmission) read(o object) {
	s.SubmittedDate = o.time("submittedDate")
	s.AppID, s.VersionID = o.one("app"), o.one("appStoreVersionForReview")
	s.SubmittedBy = o.one("submittedByActor")
}

// ReviewSubmissionFilter chooses an app's review submissions. The zero value is
// all.
type ReviewSubmissionFilter struct {
	Platform []string
	State    []string
}

// ReviewSubmissions lists an app's review submissions.
//
// Apple: GET /v1/reviewSubmissions
func (c *Client) ReviewSubmissions(ctx context.Context, appID string, f ReviewSubmissionFilter) iter.Seq2[ReviewSubmission, error] {
	return list[ReviewSubmission](ctx, c, all("/v1/reviewSubmissions"),
		whoAndWhat(ask().must("app", appID).filter("platform", f.Platform).filter("state", f.State)))
}

func whoAndWhat(p params) params {
	return p.include(true, "app").fields(true, "apps", appNames).include(true, "submittedByActor").
		include(true, "appStoreVersionForReview").fields(true, "appStoreVersions", "appVersionState,platform,versionString")
}

// ReviewSubmission reads one review submission. [NotFound] when there is none
// with this id.
//
// Apple: GET /v1/reviewSubmissions/{id}
func (c *Client) ReviewSubmission(ctx context.Context, id string) (ReviewSubmission, error) {
	return get[ReviewSubmission](ctx, c, at("/v1/reviewSubmissions", id), whoAndWhat(ask()))
}

// CreateReviewSubmission makes a draft of a review submission. Needs App Manager
// or Admin. There is one draft for each app and platform: look for one with
// [Client.ReviewSubmissions] first.
//
// Apple: POST /v1/reviewSubmissions
func (c *Client) CreateReviewSubmission(ctx context.Context, appID, platform string) (ReviewSubmission, error) {
	return create[ReviewSubmission](ctx, c, "/v1/reviewSubmissions", draft{
		Type: "reviewSubmissions", Attributes: map[string]any{"platform": platform}, err: want("a platform is missing", platform),
		Relationships: ties{"app": toOne("apps", appID)},
	})
}

// SendReviewSubmission sends a draft to App Review. Needs App Manager or Admin.
// Read its items before: one that Apple has lost is not in it.
//
// Apple: PATCH /v1/reviewSubmissions/{id}
func (c *Client) SendReviewSubmission(ctx context.Context, id string) (ReviewSubmission, error) {
	return c.updateSubmission(ctx, id, "submitted")
}

// WithdrawReviewSubmission takes a submission back from App Review. Needs App
// Manager or Admin. It goes through CANCELING; before it is COMPLETE no other can
// be made. The version reads DEVELOPER_REJECTED then. 409 when it is too late.
//
// Apple: PATCH /v1/reviewSubmissions/{id}
func (c *Client) WithdrawReviewSubmission(ctx context.Context, id string) (ReviewSubmission, error) {
	return c.updateSubmission(ctx, id, "canceled")
}

func (c *Client) updateSubmission(ctx context.Context, id, what string) (ReviewSubmission, error) {
	return update[ReviewSubmission](ctx, c, at("/v1/reviewSubmissions", id), draft{
		Type: "reviewSubmissions", ID: id, Attributes: map[string]any{what: true},
	})
}

// ReviewSubmissionItem is one thing in a review submission.
type ReviewSubmissionItem struct {
	Ref
	State     string `json:"state"` // READY_FOR_REVIEW, ACCEPTED, APPROVED, REJECTED, REMOVED
	VersionID string `json:"-"`     // the App Store version; blank when it is something else
}

func (i *ReviewSubmissionItem) read(o object) { i.VersionID = o.one("appStoreVersion") }

// ReviewSubmissionItems lists what is in a review submission.
//
// Apple: GET /v1/reviewSubmissions/{id}/items
func (c *Client) ReviewSubmissionItems(ctx context.Context, submissionID string) iter.Seq2[ReviewSubmissionItem, error] {
	return list[ReviewSubmissionItem](ctx, c, at("/v1/reviewSubmissions", submissionID, "items"),
		ask().include(true, "appStoreVersion").fields(true, "appStoreVersions", "versionString"))
}

// AddVersionToReview puts an App Store version into the draft of a review
// submission. Needs App Manager or Admin. 409 STATE_ERROR.ENTITY_STATE_INVALID
// ([StateConflict]) when something is missing: what, is told in
// [ErrorEntry.Associated]. 409 too when it is in another submission.
//
// Apple: POST /v1/reviewSubmissionItems
func (c *Client) AddVersionToReview(ctx context.Context, submissionID, versionID string) (ReviewSubmissionItem, error) {
	return create[ReviewSubmissionItem](ctx, c, "/v1/reviewSubmissionItems", draft{
		Type: "reviewSubmissionItems", Relationships: ties{
			"reviewSubmission": toOne("reviewSubmissions", submissionID), "appStoreVersion": toOne("appStoreVersions", versionID),
		},
	})
}

// RemoveReviewSubmissionItem takes an item out of a draft. Needs App Manager or
// Admin.
//
// Apple: DELETE /v1/reviewSubmissionItems/{id}
func (c *Client) RemoveReviewSubmissionItem(ctx context.Context, itemID string) error {
	return erase(ctx, c, at("/v1/reviewSubmissionItems", itemID))
}

// ResolveReviewSubmissionItem says of a rejected item that its issue is
// resolved, so that the submission can be sent again. Needs App Manager or Admin.
//
// Apple: PATCH /v1/reviewSubmissionItems/{id}
func (c *Client) ResolveReviewSubmissionItem(ctx context.Context, itemID string) (ReviewSubmissionItem, error) {
	return update[ReviewSubmissionItem](ctx, c, at("/v1/reviewSubmissionItems", itemID), draft{
		Type: "reviewSubmissionItems", ID: itemID, Attributes: map[string]any{"resolved": true},
	})
}

// DraftError is a draft of a review submission that is not fit to be sent. It
// was not sent.
type DraftError struct {
	SubmissionID string
	What         string // a sentence
}

func (e *DraftError) Error() string { return e.What }

// SubmitVersion sends an App Store version to App Review. Needs App Manager or
// Admin. It takes the draft that is there for the app and platform, or makes one;
// puts the version in; reads the draft and makes sure that it holds this version
// and nothing else, since Apple may lose an item or answer 500 and keep it; and
// only then sends it. What goes wrong before that leaves a draft, which the next
// try finds. [*DraftError] when the draft holds something else too.
//
// Apple: GET /v1/reviewSubmissions
// Apple: POST /v1/reviewSubmissions
// Apple: GET /v1/reviewSubmissions/{id}/items
// Apple: POST /v1/reviewSubmissionItems
// Apple: PATCH /v1/reviewSubmissions/{id}
func (c *Client) SubmitVersion(ctx context.Context, appID, platform, versionID string) (ReviewSubmission, error) {
	if err := want("an app, a platform or a version is missing", appID, platform, versionID); err != nil {
		return ReviewSubmission{}, err
	}
	s, fresh, err := c.draftFor(ctx, appID, platform)
	if err != nil {
		return ReviewSubmission{}, err
	}
	if err := c.putIn(ctx, s.ID, versionID, fresh); err != nil {
		return s, err
	}
	return c.SendReviewSubmission(ctx, s.ID)
}

// putIn puts a version into a draft, and ends without an error only when it has
// been seen there, alone.
func (c *Client) putIn(ctx context.Context, submissionID, versionID string, fresh bool) error {
	if !fresh {
		if there, err := c.holds(ctx, submissionID, versionID); there || err != nil {
			return err
		}
	}
	_, added := c.AddVersionToReview(ctx, submissionID, versionID)
	if added != nil && !Unsure(added) {
		return added
	}
	return c.reallyHolds(ctx, submissionID, versionID, added)
}

// draftFor finds the draft of a submission, or makes one.
func (c *Client) draftFor(ctx context.Context, appID, platform string) (s ReviewSubmission, fresh bool, err error) {
	f := ReviewSubmissionFilter{Platform: []string{platform}, State: []string{SubmissionDraft}}
	for s, err := range c.ReviewSubmissions(ctx, appID, f) {
		if err != nil || s.State == SubmissionDraft {
			return s, false, err
		}
	}
	s, err = c.CreateReviewSubmission(ctx, appID, platform)
	return s, true, err
}

// holds tells whether a draft has a version in it. Anything else in it would be
// sent along, which nobody has asked for.
func (c *Client) holds(ctx context.Context, submissionID, versionID string) (bool, error) {
	there := false
	for item, err := range c.ReviewSubmissionItems(ctx, submissionID) {
		switch {
		case err != nil:
			return false, err
		case item.State == "REMOVED":
		case item.VersionID == versionID:
			there = true
		default:
			return false, &DraftError{submissionID, "The draft of the review submission holds something else too (" + oneLine(item.ID, 60) +
				"). Take it out in App Store Connect, or send the draft there."}
		}
	}
	return there, nil
}

// Lists lag behind changes: a version that was just put into a draft is looked
// for a few times.
const (
	looks     = 3
	lookPause = 2 * time.Second
)

// reallyHolds reads whether a version that was put into a draft is in it. added
// is what Apple's answer to that was.
func (c *Client) reallyHolds(ctx context.Context, submissionID, versionID string, added error) error {
	for look := 1; ; look++ {
		there, err := c.holds(ctx, submissionID, versionID)
		switch {
		case there || err != nil:
			return err
		case look < looks && pause(ctx, lookPause) == nil:
		case added != nil:
			return added
		default:
			return &DraftError{submissionID, fmt.Sprintf("App Store Connect took version %s for review, "+
				"but does not show it in the draft, so the draft was not sent. Try again in a few minutes.", oneLine(versionID, 60))}
		}
	}
}

// pause waits; its error is the context's.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
