package apple

import (
	"fmt"
	"slices"
	"time"
)

func init() {
	register(&family{typ: "betaAppReviewSubmissions", writes: testflight, create: submitForBeta})
}

// How long a beta review takes: the first build of a version is looked at,
// later ones pass at once.
const (
	betaReviewBegins = time.Hour
	betaReviewEnds   = 5 * time.Hour
	betaPasses       = time.Minute
	// mostBetaSubmissions are those of an app in a day; Apple publishes no
	// number.
	mostBetaSubmissions = 6
)

// submitForBeta asks for the review that a build needs before external testers
// get it.
func submitForBeta(d *deed, in *entity) (*record, *refusal) {
	b := d.w.get("builds", in.one("build"))
	if wrong := d.betaReviewable(b); wrong != nil {
		return nil, wrong
	}
	known := d.passedBefore(b)
	s := newRecord("betaAppReviewSubmissions", d.newID(), map[string]any{"betaReviewState": "WAITING_FOR_REVIEW", "submittedDate": stamp(d.now)})
	d.keep(s)
	detail := d.w.get("buildBetaDetails", b.one("buildBetaDetail"))
	d.w.states(b, detail.text("internalBuildState"), "WAITING_FOR_BETA_REVIEW", d.now)
	if known {
		d.w.after(d.now.Add(betaPasses), func(w *world, at time.Time) { w.endBetaReview(s.id, at) })
	} else {
		d.w.after(d.now.Add(betaReviewBegins), func(w *world, at time.Time) { w.beginBetaReview(s.id, at) })
		d.w.after(d.now.Add(betaReviewEnds), func(w *world, at time.Time) { w.endBetaReview(s.id, at) })
	}
	d.note = "build " + b.text("version") + " is submitted for beta review"
	return d.w.get(s.typ, s.id), nil
}

// betaReviewable says why a build cannot be submitted.
func (d *deed) betaReviewable(b *record) *refusal {
	state := d.externalState(b)
	if state != "READY_FOR_BETA_SUBMISSION" || b.flag("expired") || b.text("processingState") != "VALID" {
		return unprocessable("ENTITY_UNPROCESSABLE.INVALID_QC_STATE", "The build cannot be submitted for beta review.",
			fmt.Sprintf("The build is in the state %s, in which it cannot be submitted for beta review.", state))
	}
	train := d.w.get("preReleaseVersions", b.one("preReleaseVersion"))
	for _, id := range train.rels["builds"] {
		if id != b.id && slices.Contains([]string{"WAITING_FOR_BETA_REVIEW", "IN_BETA_REVIEW"}, d.externalState(d.w.get("builds", id))) {
			return unprocessable("ENTITY_UNPROCESSABLE.ANOTHER_BUILD_IN_REVIEW", "Another build is in beta review.",
				"Another build in the same train is already in beta review. Only one build of a version can be in beta review at a time.")
		}
	}
	recent := 0
	for _, id := range d.w.get("apps", b.one("app")).rels["builds"] {
		if s := d.w.get("betaAppReviewSubmissions", d.w.get("builds", id).one("betaAppReviewSubmission")); s != nil && d.now.Sub(s.moment("submittedDate")) < aDay {
			recent++
		}
	}
	if recent >= mostBetaSubmissions {
		return unprocessable("ENTITY_UNPROCESSABLE.SUBMISSION_LIMIT_REACHED", "Too many builds were submitted.",
			"The number of builds that can be submitted for beta review in 24 hours has been reached.")
	}
	return d.betaInformed(b)
}

// betaInformed refuses a build while what reviewers and testers need is
// missing: a description in every language, somebody to ask, and what to test.
// Apple's code for it is not confirmed.
func (d *deed) betaInformed(b *record) *refusal {
	missing := func(what string) *refusal {
		return unprocessable("ENTITY_UNPROCESSABLE", "Beta app information is missing.", "Before a build can be submitted for beta review, "+what+" must be given.")
	}
	app := d.w.get("apps", b.one("app"))
	for _, id := range app.rels["betaAppLocalizations"] {
		if l := d.w.get("betaAppLocalizations", id); l.text("description") == "" {
			return missing("a beta app description in " + l.text("locale"))
		}
	}
	r := d.w.get("betaAppReviewDetails", app.one("betaAppReviewDetail"))
	for _, name := range []string{"contactEmail", "contactFirstName", "contactLastName", "contactPhone"} {
		if r.text(name) == "" {
			return missing("the attribute " + name + " of the beta app review details")
		}
	}
	for _, id := range b.rels["betaBuildLocalizations"] {
		if d.w.get("betaBuildLocalizations", id).text("whatsNew") != "" {
			return nil
		}
	}
	return missing("what to test")
}

// passedBefore says whether a build of the same version has passed.
func (d *deed) passedBefore(b *record) bool {
	return slices.ContainsFunc(d.w.get("preReleaseVersions", b.one("preReleaseVersion")).rels["builds"], func(id string) bool {
		return slices.Contains([]string{"BETA_APPROVED", "IN_BETA_TESTING", "READY_FOR_BETA_TESTING"}, d.externalState(d.w.get("builds", id)))
	})
}

func (w *world) beginBetaReview(id string, at time.Time) {
	if b, detail := w.inBetaReview(id); b != nil {
		w.set("betaAppReviewSubmissions", id, map[string]any{"betaReviewState": "IN_REVIEW"})
		w.states(b, detail.text("internalBuildState"), "IN_BETA_REVIEW", at)
	}
}

// endBetaReview lets a build pass. Its testers get it at once when they are
// told by themselves and there are some.
func (w *world) endBetaReview(id string, at time.Time) {
	b, detail := w.inBetaReview(id)
	if b == nil {
		return
	}
	w.set("betaAppReviewSubmissions", id, map[string]any{"betaReviewState": "APPROVED"})
	state := "BETA_APPROVED"
	external := func(g string) bool { return !w.get("betaGroups", g).flag("isInternalGroup") }
	if detail.flag("autoNotifyEnabled") && slices.ContainsFunc(b.rels["betaGroups"], external) {
		state = "IN_BETA_TESTING"
	}
	w.states(b, detail.text("internalBuildState"), state, at)
}

// inBetaReview is the build of a submission that is still with Apple; one that
// expired meanwhile is not.
func (w *world) inBetaReview(id string) (b, detail *record) {
	b = w.get("builds", w.get("betaAppReviewSubmissions", id).one("build"))
	detail = w.get("buildBetaDetails", b.one("buildBetaDetail"))
	if s := detail.text("externalBuildState"); s != "WAITING_FOR_BETA_REVIEW" && s != "IN_BETA_REVIEW" {
		return nil, nil
	}
	return b, detail
}
