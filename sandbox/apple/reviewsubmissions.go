package apple

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

func init() {
	register(
		&family{typ: "reviewSubmissions", writes: testflight, create: openSubmission, update: updateSubmission},
		&family{typ: "reviewSubmissionItems", writes: testflight, create: addItem, update: updateItem, remove: removeItem},
	)
}

// How long Apple takes, counted from the submission; and to withdraw one.
const (
	reviewBegins = 3 * time.Hour
	reviewEnds   = 9 * time.Hour
	cancelTakes  = 30 * time.Second
)

// openSubmission makes a draft. While one is open for the app and platform,
// withdrawn ones on their way included, there is no other.
func openSubmission(d *deed, in *entity) (*record, *refusal) {
	app, platform := in.one("app"), in.text("platform")
	if platform == "" {
		return nil, missingAttribute("platform") // optional in the document; not confirmed
	}
	for _, id := range d.w.get("apps", app).rels["reviewSubmissions"] {
		if r := d.w.get("reviewSubmissions", id); r.text("platform") == platform && r.text("state") != "COMPLETE" {
			return nil, inState("STATE_ERROR.ENTITY_STATE_INVALID", fmt.Sprintf("There is another reviewSubmission with id %s in the state %s", r.id, r.text("state")))
		}
	}
	r := newRecord("reviewSubmissions", d.newID(), map[string]any{"platform": platform, "state": "READY_FOR_REVIEW"})
	d.keep(r)
	d.signed(r.id, false)
	d.note = "opened a review submission for " + d.appName(app)
	return d.w.get(r.typ, r.id), nil
}

// signed notes that the key has changed a submission.
func (d *deed) signed(id string, submitted bool) {
	actor := d.w.find("actors", func(a *record) bool { return a.text("apiKeyId") == d.s.keyID() })
	if actor == nil {
		return
	}
	d.w.link("reviewSubmissions", id, "lastUpdatedByActor", actor.id)
	if submitted {
		d.w.link("reviewSubmissions", id, "submittedByActor", actor.id)
	}
}

// itemsOf are the items of a submission that were not removed.
func (w *world) itemsOf(submission *record) (items []*record) {
	for _, id := range submission.rels["items"] {
		if it := w.get("reviewSubmissionItems", id); it.text("state") != "REMOVED" {
			items = append(items, it)
		}
	}
	return items
}

func updateSubmission(d *deed, old *record, in *entity) *refusal {
	for _, name := range []string{"submitted", "canceled"} {
		if in.sent(name) && !in.flag(name) {
			return badAttribute(name, fmt.Sprintf("The attribute '%s' can only be true", name))
		}
	}
	if in.flag("submitted") && in.flag("canceled") {
		return entityError("A reviewSubmission cannot be submitted and canceled at once", "/data/attributes")
	}
	if in.sent("platform") && in.text("platform") != old.text("platform") {
		return locked("platform")
	}
	d.signed(old.id, in.flag("submitted"))
	switch {
	case in.flag("submitted"):
		return d.submit(old)
	case in.flag("canceled"):
		return d.cancel(old)
	}
	return nil
}

// submit sends a draft to Apple, or one whose issues have been resolved.
func (d *deed) submit(old *record) *refusal {
	items := d.w.itemsOf(old)
	switch state := old.text("state"); {
	case state != "READY_FOR_REVIEW" && state != "UNRESOLVED_ISSUES":
		return inState("STATE_ERROR.ENTITY_STATE_INVALID", "A reviewSubmission in the state "+state+" cannot be submitted")
	case len(items) == 0:
		return inState("STATE_ERROR.ENTITY_STATE_INVALID", "A reviewSubmission without items cannot be submitted")
	}
	for _, it := range items {
		if it.text("state") == "REJECTED" {
			return inState("STATE_ERROR.ENTITY_STATE_INVALID", fmt.Sprintf("The item %s has issues that are not resolved", it.id))
		}
	}
	for _, it := range items {
		d.w.moveVersion(it.one("appStoreVersion"), "WAITING_FOR_REVIEW", d.now)
	}
	sent := stamp(d.now)
	d.w.set(old.typ, old.id, map[string]any{"state": "WAITING_FOR_REVIEW", "submittedDate": sent})
	d.note = "submitted for review"
	still := func(w *world, state string) bool {
		r := w.get(old.typ, old.id)
		return r != nil && r.text("state") == state && r.text("submittedDate") == sent
	}
	d.w.after(d.now.Add(reviewBegins), func(w *world, at time.Time) {
		if still(w, "WAITING_FOR_REVIEW") {
			w.review(old.id, "IN_REVIEW", at)
		}
	})
	d.w.after(d.now.Add(reviewEnds), func(w *world, at time.Time) {
		if still(w, "IN_REVIEW") {
			w.pass(old.id, at)
		}
	})
	return nil
}

// review moves a submission and what is in it.
func (w *world) review(id, state string, at time.Time) {
	w.set("reviewSubmissions", id, map[string]any{"state": state})
	for _, it := range w.itemsOf(w.get("reviewSubmissions", id)) {
		w.moveVersion(it.one("appStoreVersion"), state, at)
	}
}

// pass ends a review well.
func (w *world) pass(id string, at time.Time) {
	for _, it := range w.itemsOf(w.get("reviewSubmissions", id)) {
		w.set(it.typ, it.id, map[string]any{"state": "APPROVED"})
		w.approve(it.one("appStoreVersion"), at)
	}
	w.set("reviewSubmissions", id, map[string]any{"state": "COMPLETE"})
}

// cancel withdraws a submission, which takes a moment.
func (d *deed) cancel(old *record) *refusal {
	state := old.text("state")
	switch state {
	case "CANCELING":
		return inState("STATE_ERROR.ENTITY_STATE_INVALID", "Another operation is already in progress")
	case "READY_FOR_REVIEW", "WAITING_FOR_REVIEW", "IN_REVIEW", "UNRESOLVED_ISSUES":
	default:
		return inState("STATE_ERROR.ENTITY_STATE_INVALID", "Resource is not in cancellable state")
	}
	d.w.set(old.typ, old.id, map[string]any{"state": "CANCELING"})
	d.w.after(d.now.Add(cancelTakes), func(w *world, at time.Time) { w.withdraw(old.id, state, at) })
	d.note = "the review submission is withdrawn"
	return nil
}

// withdraw gives the versions back: those of a draft as they were, those that
// Apple had as rejected by the developer.
func (w *world) withdraw(id, state string, at time.Time) {
	for _, it := range w.itemsOf(w.get("reviewSubmissions", id)) {
		v := it.one("appStoreVersion")
		switch state {
		case "READY_FOR_REVIEW":
			w.moveVersion(v, it.text("before"), at)
		case "WAITING_FOR_REVIEW", "IN_REVIEW":
			w.moveVersion(v, "DEVELOPER_REJECTED", at)
		}
		w.set(it.typ, it.id, map[string]any{"state": "REMOVED"})
	}
	w.set("reviewSubmissions", id, map[string]any{"state": "COMPLETE"})
}

// addItem puts a version into a submission, when it is ready to be reviewed.
func addItem(d *deed, in *entity) (*record, *refusal) {
	r := d.w.get("reviewSubmissions", in.one("reviewSubmission"))
	if len(in.rels) != 2 || in.one("appStoreVersion") == "" {
		return nil, entityError("Exactly one resource to be reviewed must be given", "/data/relationships")
	}
	v := d.w.get("appStoreVersions", in.one("appStoreVersion"))
	switch {
	case r.text("state") != "READY_FOR_REVIEW":
		return nil, inState("STATE_ERROR.ENTITY_STATE_INVALID", "Items cannot be added to a reviewSubmission in the state "+r.text("state"))
	case v.one("app") != r.one("app") || v.text("platform") != r.text("platform"):
		return nil, badRelation("appStoreVersion", "The version and the reviewSubmission belong to different apps or platforms")
	}
	if wrong := d.reviewable(v, r); wrong != nil {
		return nil, wrong
	}
	it := newRecord("reviewSubmissionItems", d.newID(), map[string]any{"state": "READY_FOR_REVIEW", "before": v.text("appVersionState")})
	d.keep(it)
	d.w.link("reviewSubmissions", r.id, "appStoreVersionForReview", v.id)
	d.w.moveVersion(v.id, "READY_FOR_REVIEW", d.now)
	d.signed(r.id, false)
	d.note = "version " + v.text("versionString") + " is in the review submission"
	return d.w.get(it.typ, it.id), nil
}

// reviewable refuses a version that is in another submission, not in a state to
// be reviewed, or incomplete; the causes stand in meta.associatedErrors.
func (d *deed) reviewable(v, submission *record) *refusal {
	for _, id := range v.rels["reviewItems"] {
		it := d.w.get("reviewSubmissionItems", id)
		other := d.w.get("reviewSubmissions", it.one("reviewSubmission"))
		if it.text("state") != "REMOVED" && other.text("state") != "COMPLETE" {
			return inState("STATE_ERROR.ENTITY_STATE_INVALID", fmt.Sprintf("appStoreVersions with id '%s' was already added to another reviewSubmission with id %s", v.id, other.id))
		}
	}
	wrong := refuse(http.StatusConflict, "STATE_ERROR.ENTITY_STATE_INVALID",
		fmt.Sprintf("appStoreVersions with id '%s' is not in valid state.", v.id),
		"This resource cannot be reviewed, please check associated errors to see why.")
	causes := map[string][]problem{}
	if !slices.Contains(editable, v.text("appVersionState")) {
		causes["/v1/appStoreVersions/"+v.id] = stateError("The version is in the state " + v.text("appVersionState")).entries
	} else {
		d.incomplete(v, causes)
	}
	if len(causes) == 0 {
		return nil
	}
	wrong.entries[0].Meta = &problemMeta{causes}
	return wrong
}

// incomplete collects what a version still needs. Which of the texts Apple
// insists on beyond these is not confirmed.
func (d *deed) incomplete(v *record, causes map[string][]problem) {
	need := func(path string, wrong *refusal) { causes[path] = append(causes[path], wrong.entries...) }
	self := "/v1/appStoreVersions/" + v.id
	if b := d.w.get("builds", v.one("build")); b == nil {
		need(self, missingRelation("build"))
	} else if b.attrs["usesNonExemptEncryption"] == nil {
		need("/v1/builds/"+b.id, missingAttribute("usesNonExemptEncryption"))
	}
	primary := d.w.get("apps", v.one("app")).text("primaryLocale")
	for _, id := range v.rels["appStoreVersionLocalizations"] {
		l := d.w.get("appStoreVersionLocalizations", id)
		wanted := []string{"description", "keywords", "supportUrl"}
		if !d.w.first(v) {
			wanted = append(wanted, "whatsNew")
		}
		for _, name := range wanted {
			if l.text(name) == "" {
				need("/v1/appStoreVersionLocalizations/"+id, missingAttribute(name))
			}
		}
		if l.text("locale") == primary && l.number("screenshots") == 0 {
			need("/v1/appStoreVersionLocalizations/"+id, inState("STATE_ERROR.SCREENSHOT_REQUIRED."+displays[v.text("platform")], "A screenshot is required"))
		}
	}
	r := d.w.get("appStoreReviewDetails", v.one("appStoreReviewDetail"))
	if r == nil {
		need(self, missingRelation("appStoreReviewDetail"))
		return
	}
	wanted := []string{"contactEmail", "contactFirstName", "contactLastName", "contactPhone"}
	if r.flag("demoAccountRequired") {
		wanted = append(wanted, "demoAccountName", "demoAccountPassword")
	}
	for _, name := range wanted {
		if r.text(name) == "" {
			need("/v1/appStoreReviewDetails/"+r.id, missingAttribute(name))
		}
	}
}

// displays are the screenshots that a platform cannot do without.
var displays = map[string]string{"IOS": "APP_IPHONE_65", "MAC_OS": "APP_DESKTOP", "TV_OS": "APP_APPLE_TV", "VISION_OS": "APP_APPLE_VISION_PRO"}

// updateItem takes an item out of a review that found issues, or says that they
// are resolved.
func updateItem(d *deed, old *record, in *entity) *refusal {
	r := d.w.get("reviewSubmissions", old.one("reviewSubmission"))
	if len(in.attrs) > 0 && (r.text("state") != "UNRESOLVED_ISSUES" || old.text("state") == "REMOVED") {
		return inState("STATE_ERROR.ENTITY_STATE_INVALID", "The item cannot be changed in the state "+r.text("state"))
	}
	switch {
	case in.flag("removed") && in.flag("resolved"):
		return entityError("An item cannot be resolved and removed at once", "/data/attributes")
	case in.flag("removed"):
		d.w.set(old.typ, old.id, map[string]any{"state": "REMOVED"})
	case in.flag("resolved"):
		d.w.set(old.typ, old.id, map[string]any{"state": "READY_FOR_REVIEW"})
	}
	return nil
}

func removeItem(d *deed, old *record) *refusal {
	r := d.w.get("reviewSubmissions", old.one("reviewSubmission"))
	if r.text("state") != "READY_FOR_REVIEW" {
		return inState("STATE_ERROR.ENTITY_STATE_INVALID", "An item cannot be deleted once its reviewSubmission has been submitted")
	}
	v := old.one("appStoreVersion")
	d.w.drop(old.typ, old.id)
	d.w.unlink(r.typ, r.id, "appStoreVersionForReview", v)
	d.w.moveVersion(v, old.text("before"), d.now)
	return nil
}
