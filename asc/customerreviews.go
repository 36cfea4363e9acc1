package asc

import (
	"context"
	"iter"
	"time"
	"unicode/utf8"
)

// CustomerReview is a review that has a text. Title, Body and Nickname are texts
// of strangers. Stars without a text, and averages, are not told.
type CustomerReview struct {
	Ref
	Rating      int             `json:"rating"` // 1 to 5
	Title       string          `json:"title"`
	Body        string          `json:"body"`
	Nickname    string          `json:"reviewerNickname"`
	Territory   string          `json:"territory"` // ISO 3166 alpha-3, such as USA; reports have alpha-2
	CreatedDate time.Time       `json:"-"`         // UTC
	Response    *ReviewResponse `json:"-"`         // nil when there is none, or it was not told
}

func (r *CustomerReview) read(o object) {
	r.CreatedDate = o.time("createdDate")
	r.Response = side[ReviewResponse](o, "customerReviewResponses", o.one("response"))
}

// ReviewResponse is the developer's answer to a review.
type ReviewResponse struct {
	Ref
	Body         string    `json:"responseBody"`
	State        string    `json:"state"` // PENDING_PUBLISH, PUBLISHED
	LastModified time.Time `json:"-"`     // UTC
	ReviewID     string    `json:"-"`     // blank when not told
}

func (r *ReviewResponse) read(o object) {
	r.LastModified = o.time("lastModifiedDate")
	r.ReviewID = o.one("review")
}

// CustomerReviewFilter chooses reviews. The zero value is all.
type CustomerReviewFilter struct {
	Rating    []string // 1 to 5
	Territory []string // ISO 3166 alpha-3
	// Answered is about published responses: false lists also reviews whose
	// response waits for publication. Look at Response.
	Answered *bool
	Sort     string // newest first when blank; or rating, createdDate, with - before it downwards
}

func (f CustomerReviewFilter) params() params {
	return ask().filter("rating", f.Rating).filter("territory", f.Territory).exists("publishedResponse", f.Answered).
		sort(or(f.Sort, "-createdDate")).include(true, "response")
}

// CustomerReviews lists the reviews of an app with the responses, the newest
// first. Needs Customer Support, App Manager, Admin or Marketing.
//
// Apple: GET /v1/apps/{id}/customerReviews
func (c *Client) CustomerReviews(ctx context.Context, appID string, f CustomerReviewFilter) iter.Seq2[CustomerReview, error] {
	return list[CustomerReview](ctx, c, at("/v1/apps", appID, "customerReviews"), f.params())
}

// VersionReviews lists the reviews of one App Store version: a review does not
// say which it is about.
//
// Apple: GET /v1/appStoreVersions/{id}/customerReviews
func (c *Client) VersionReviews(ctx context.Context, versionID string, f CustomerReviewFilter) iter.Seq2[CustomerReview, error] {
	return list[CustomerReview](ctx, c, at("/v1/appStoreVersions", versionID, "customerReviews"), f.params())
}

// CustomerReview reads one review with its response. [NotFound] when there is
// none with this id: its author may have taken it back.
//
// Apple: GET /v1/customerReviews/{id}
func (c *Client) CustomerReview(ctx context.Context, id string) (CustomerReview, error) {
	return get[CustomerReview](ctx, c, at("/v1/customerReviews", id), ask().include(true, "response"))
}

// ReviewResponse reads the response to a review; ok is false when there is none.
//
// Apple: GET /v1/customerReviews/{id}/response
func (c *Client) ReviewResponse(ctx context.Context, reviewID string) (r ReviewResponse, ok bool, err error) {
	return maybe[ReviewResponse](ctx, c, at("/v1/customerReviews", reviewID, "response"), ask())
}

// LongestResponse is how many characters a response may have on the website.
const LongestResponse = 5970

// Respond answers a review in public, in place of the response it has. Needs
// Customer Support or Admin. Until Apple publishes it, its state is
// PENDING_PUBLISH.
//
// Apple: POST /v1/customerReviewResponses
func (c *Client) Respond(ctx context.Context, reviewID, text string) (ReviewResponse, error) {
	err := want("a response needs a text", text)
	if utf8.RuneCountInString(text) > LongestResponse {
		err = &ArgumentError{"a response has at most 5,970 characters"}
	}
	return create[ReviewResponse](ctx, c, "/v1/customerReviewResponses", draft{
		Type: "customerReviewResponses", Attributes: map[string]any{"responseBody": text}, err: err,
		Relationships: ties{"review": toOne("customerReviews", reviewID)},
	})
}

// DeleteResponse takes a response to a review away. Needs Customer Support or
// Admin. The id is the response's.
//
// Apple: DELETE /v1/customerReviewResponses/{id}
func (c *Client) DeleteResponse(ctx context.Context, responseID string) error {
	return erase(ctx, c, at("/v1/customerReviewResponses", responseID))
}
