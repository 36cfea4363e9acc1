package asc

import (
	"context"
	"iter"
	"time"
)

// BuildBetaDetail is where a build stands in TestFlight.
type BuildBetaDetail struct {
	Ref
	// InternalState and ExternalState: PROCESSING, PROCESSING_EXCEPTION,
	// MISSING_EXPORT_COMPLIANCE, READY_FOR_BETA_TESTING, IN_BETA_TESTING, EXPIRED,
	// IN_EXPORT_COMPLIANCE_REVIEW. The second also READY_FOR_BETA_SUBMISSION,
	// WAITING_FOR_BETA_REVIEW, IN_BETA_REVIEW, BETA_REJECTED, BETA_APPROVED,
	// NOT_APPLICABLE.
	InternalState string `json:"internalBuildState"`
	ExternalState string `json:"externalBuildState"`
	AutoNotify    bool   `json:"autoNotifyEnabled"` // testers are told when it goes live
	BuildID       string `json:"-"`                 // blank when not told
}

func (d *BuildBetaDetail) read(o object) { d.BuildID = o.one("build") }

// BuildBetaDetails reads where builds stand in TestFlight. Of a fresh build there
// may be none for minutes.
//
// Apple: GET /v1/buildBetaDetails
func (c *Client) BuildBetaDetails(ctx context.Context, buildIDs ...string) iter.Seq2[BuildBetaDetail, error] {
	if len(buildIDs) == 0 {
		return none[BuildBetaDetail]()
	}
	return list[BuildBetaDetail](ctx, c, all("/v1/buildBetaDetails"),
		ask().filter("build", buildIDs).include(true, "build").fields(true, "builds", "version"))
}

// SetAutoNotify says whether testers are told by mail when a build goes live. The
// id is the BuildBetaDetail's. Needs App Manager or Admin.
//
// Apple: PATCH /v1/buildBetaDetails/{id}
func (c *Client) SetAutoNotify(ctx context.Context, detailID string, on bool) (BuildBetaDetail, error) {
	return update[BuildBetaDetail](ctx, c, at("/v1/buildBetaDetails", detailID), draft{
		Type: "buildBetaDetails", ID: detailID, Attributes: map[string]any{"autoNotifyEnabled": on},
	})
}

// NotifyTesters tells testers by mail that a build is there. Needs App Manager or
// Admin. 409 STATE_ERROR.ENTITY_STATE_INVALID when they are told by themselves
// (see [BuildBetaDetail.AutoNotify]), or when outsiders cannot test it yet.
//
// Apple: POST /v1/buildBetaNotifications
func (c *Client) NotifyTesters(ctx context.Context, buildID string) error {
	return order(ctx, c, "/v1/buildBetaNotifications", draft{
		Type: "buildBetaNotifications", Relationships: ties{"build": toOne("builds", buildID)},
	})
}

// WhatToTest is the text that tells testers what to look at in a build, in one
// language.
type WhatToTest struct {
	Ref
	Locale string `json:"locale"`   // such as en-US
	Text   string `json:"whatsNew"` // at most 4,000 characters; blank when there is none
}

// WhatToTests lists a build's texts, one for each language. Apple may have made
// some by itself.
//
// Apple: GET /v1/betaBuildLocalizations
func (c *Client) WhatToTests(ctx context.Context, buildID string) iter.Seq2[WhatToTest, error] {
	return list[WhatToTest](ctx, c, all("/v1/betaBuildLocalizations"), ask().must("build", buildID))
}

// AddWhatToTest writes a build's text in a language that has none yet. Needs App
// Manager or Admin. 409 when the language is there: then [Client.ChangeWhatToTest].
// Apple refuses emoji and odd characters (409, "contains invalid characters").
//
// Apple: POST /v1/betaBuildLocalizations
func (c *Client) AddWhatToTest(ctx context.Context, buildID, locale, text string) (WhatToTest, error) {
	return create[WhatToTest](ctx, c, "/v1/betaBuildLocalizations", draft{
		Type: "betaBuildLocalizations", Attributes: map[string]any{"locale": locale, "whatsNew": text},
		Relationships: ties{"build": toOne("builds", buildID)}, err: want("a text needs a locale", locale),
	})
}

// ChangeWhatToTest replaces the text in one language. Needs App Manager or Admin.
//
// Apple: PATCH /v1/betaBuildLocalizations/{id}
func (c *Client) ChangeWhatToTest(ctx context.Context, id, text string) (WhatToTest, error) {
	return update[WhatToTest](ctx, c, at("/v1/betaBuildLocalizations", id), draft{
		Type: "betaBuildLocalizations", ID: id, Attributes: map[string]any{"whatsNew": text},
	})
}

// SetWhatToTest writes a build's text in a language, whether there is one or
// not: it reads, then makes or changes. Needs App Manager or Admin. Where the
// text is the same already, nothing is sent.
//
// Apple: GET /v1/betaBuildLocalizations
// Apple: POST /v1/betaBuildLocalizations
// Apple: PATCH /v1/betaBuildLocalizations/{id}
func (c *Client) SetWhatToTest(ctx context.Context, buildID, locale, text string) (WhatToTest, error) {
	for there, err := range c.WhatToTests(ctx, buildID) {
		switch {
		case err != nil:
			return WhatToTest{}, err
		case there.Locale != locale:
		case there.Text == text:
			return there, nil
		default:
			return c.ChangeWhatToTest(ctx, there.ID, text)
		}
	}
	return c.AddWhatToTest(ctx, buildID, locale, text)
}

// DeleteWhatToTest takes away the text in one language. Needs App Manager or
// Admin.
//
// Apple: DELETE /v1/betaBuildLocalizations/{id}
func (c *Client) DeleteWhatToTest(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/betaBuildLocalizations", id))
}

// BetaAppReviewSubmission is a build's way through beta review, which the first
// build of each pre-release version needs before outsiders can test it. It
// cannot be withdrawn here, and why a build was rejected is not told.
type BetaAppReviewSubmission struct {
	Ref
	State         string    `json:"betaReviewState"` // WAITING_FOR_REVIEW, IN_REVIEW, REJECTED, APPROVED
	SubmittedDate time.Time `json:"-"`               // UTC
	BuildID       string    `json:"-"`               // blank when not told
}

func (s *BetaAppReviewSubmission) read(o object) {
	s.SubmittedDate = o.time("submittedDate")
	s.BuildID = o.one("build")
}

// BetaAppReviewSubmissions lists where builds stand in beta review. Those never
// submitted are missing.
//
// Apple: GET /v1/betaAppReviewSubmissions
func (c *Client) BetaAppReviewSubmissions(ctx context.Context, buildIDs ...string) iter.Seq2[BetaAppReviewSubmission, error] {
	if len(buildIDs) == 0 {
		return none[BetaAppReviewSubmission]()
	}
	return list[BetaAppReviewSubmission](ctx, c, all("/v1/betaAppReviewSubmissions"),
		ask().filter("build", buildIDs).include(true, "build").fields(true, "builds", "version"))
}

// SubmitForBetaReview sends a build to beta review. Needs App Manager or Admin.
// It cannot be taken back here. 422 ENTITY_UNPROCESSABLE.ANOTHER_BUILD_IN_REVIEW
// while another build of the same version waits, …INVALID_QC_STATE when it was
// submitted or is being tested already, …SUBMISSION_LIMIT_REACHED after too many
// on one day. [StateConflict] finds them.
//
// Apple: POST /v1/betaAppReviewSubmissions
func (c *Client) SubmitForBetaReview(ctx context.Context, buildID string) (BetaAppReviewSubmission, error) {
	return create[BetaAppReviewSubmission](ctx, c, "/v1/betaAppReviewSubmissions", draft{
		Type: "betaAppReviewSubmissions", Relationships: ties{"build": toOne("builds", buildID)},
	})
}

// BetaAppText is what TestFlight tells of an app in one language. Outsiders can
// test only when every language has a description.
type BetaAppText struct {
	Ref
	Locale        string `json:"locale"`
	Description   string `json:"description"`
	FeedbackEmail string `json:"feedbackEmail"`
}

// BetaAppTexts lists what TestFlight tells of an app, in each language.
//
// Apple: GET /v1/betaAppLocalizations
func (c *Client) BetaAppTexts(ctx context.Context, appID string) iter.Seq2[BetaAppText, error] {
	return list[BetaAppText](ctx, c, all("/v1/betaAppLocalizations"), ask().must("app", appID))
}

// BetaReviewContact is whom Apple asks about an app in beta review.
type BetaReviewContact struct {
	Ref
	FirstName string `json:"contactFirstName"`
	LastName  string `json:"contactLastName"`
	Phone     string `json:"contactPhone"`
	Email     string `json:"contactEmail"`
}

// BetaReviewContacts lists whom Apple asks about an app in beta review: one.
//
// Apple: GET /v1/betaAppReviewDetails
func (c *Client) BetaReviewContacts(ctx context.Context, appID string) iter.Seq2[BetaReviewContact, error] {
	return list[BetaReviewContact](ctx, c, all("/v1/betaAppReviewDetails"), ask().must("app", appID))
}
