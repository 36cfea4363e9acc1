package apple

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

func init() {
	register(
		&family{typ: "customerReviews", tests: map[string]func(*world, *record, []string) bool{
			// An answer that is still on its way is none yet.
			"exists[publishedResponse]": func(w *world, r *record, _ []string) bool {
				a := w.get("customerReviewResponses", r.one("response"))
				return a != nil && a.text("state") == "PUBLISHED"
			},
		}},
		&family{typ: "customerReviewResponses", writes: []string{"ADMIN", "APP_MANAGER", "CUSTOMER_SUPPORT"}, create: respond, remove: removeResponse},
	)
}

const (
	// publishingTakes is how long a response is on its way; Apple gives no
	// figure.
	publishingTakes = time.Hour
	longestResponse = 5970 // of Apple's own page; not confirmed for the API
)

// respond answers a review. An answer that is there already is replaced, and
// keeps its id (not confirmed).
func respond(d *deed, in *entity) (*record, *refusal) {
	text := in.text("responseBody")
	if n := utf8.RuneCountInString(text); strings.TrimSpace(text) == "" || n > longestResponse {
		return nil, badAttribute("responseBody", fmt.Sprintf("The attribute 'responseBody' must have from 1 to %d characters", longestResponse))
	}
	review := d.w.get("customerReviews", in.one("review"))
	id := review.one("response")
	if id == "" {
		id = d.newID()
	}
	written := stamp(d.now)
	d.keep(newRecord("customerReviewResponses", id, map[string]any{"responseBody": text, "lastModifiedDate": written, "state": "PENDING_PUBLISH"}))
	d.w.link("customerReviewResponses", id, "review", review.id)
	d.w.after(d.now.Add(publishingTakes), func(w *world, _ time.Time) {
		// Unless it was deleted, or replaced by a later one.
		if a := w.get("customerReviewResponses", id); a != nil && a.text("lastModifiedDate") == written {
			w.set(a.typ, id, map[string]any{"state": "PUBLISHED"})
		}
	})
	d.note = "answered the review of " + review.text("reviewerNickname")
	return d.w.get("customerReviewResponses", id), nil
}

func removeResponse(d *deed, old *record) *refusal {
	d.w.drop(old.typ, old.id)
	d.note = "the answer is taken back"
	return nil
}
