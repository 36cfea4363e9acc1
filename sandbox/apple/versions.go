package apple

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

func init() {
	register(
		&family{
			typ: "appStoreVersions", writes: testflight, create: createVersion, update: updateVersion, remove: removeVersion,
			links: map[string]linkRule{"build": {replace: versionBuild}},
			due:   scheduled, age: releaseOnTime,
		},
		&family{typ: "appStoreVersionReleaseRequests", writes: testflight, create: requestRelease},
	)
}

// editable are the states in which a version can be worked on.
var editable = []string{"PREPARE_FOR_SUBMISSION", "DEVELOPER_REJECTED", "REJECTED", "METADATA_REJECTED", "INVALID_BINARY"}

// settled are the states of versions that are in nobody's way.
var settled = []string{"READY_FOR_DISTRIBUTION", "REPLACED_WITH_NEW_VERSION"}

// distributionTakes is how long a release takes to reach the store.
const distributionTakes = 15 * time.Minute

// legacyStates are the old names, which are still sent.
var legacyStates = map[string]string{
	"READY_FOR_DISTRIBUTION": "READY_FOR_SALE", "PROCESSING_FOR_DISTRIBUTION": "PROCESSING_FOR_APP_STORE",
}

// versionStates are both names of a state.
func versionStates(state string) map[string]any {
	old := state
	if name, ok := legacyStates[state]; ok {
		old = name
	}
	return map[string]any{"appVersionState": state, "appStoreState": old}
}

// moveVersion gives a version a new state and tells webhooks.
func (w *world) moveVersion(id, state string, at time.Time) {
	v := w.get("appStoreVersions", id)
	if v == nil || v.text("appVersionState") == state {
		return
	}
	w.set(v.typ, id, versionStates(state))
	w.announce("APP_STORE_VERSION_APP_VERSION_STATE_UPDATED", v, v.one("app"), at, map[string]any{
		"oldValue": v.text("appVersionState"), "newValue": state,
	})
}

// siblings are the versions of the same app and platform.
func (w *world) siblings(app, platform string) (all []*record) {
	for _, id := range w.get("apps", app).rels["appStoreVersions"] {
		if v := w.get("appStoreVersions", id); v != nil && v.text("platform") == platform {
			all = append(all, v)
		}
	}
	return all
}

// first says whether nothing of the app has been in the store before a version.
func (w *world) first(v *record) bool {
	return !slices.ContainsFunc(w.siblings(v.one("app"), v.text("platform")), func(o *record) bool {
		return o.id != v.id && slices.Contains(settled, o.text("appVersionState"))
	})
}

var versionForm = regexp.MustCompile(`^\d{1,18}(\.\d{1,18}){0,2}$`)

func (d *deed) goodVersionString(app, platform, text, self string) *refusal {
	if !versionForm.MatchString(text) {
		return badAttribute("versionString", fmt.Sprintf("'%s' is not a version: it must be one to three numbers with dots between them", text))
	}
	for _, v := range d.w.siblings(app, platform) {
		if v.id != self && v.text("versionString") == text {
			return duplicate("versionString", "The version number has been previously used.")
		}
	}
	return nil
}

func createVersion(d *deed, in *entity) (*record, *refusal) {
	app, platform := in.one("app"), in.text("platform")
	var wrong *refusal
	open := func(v *record) bool { return !slices.Contains(settled, v.text("appVersionState")) }
	if slices.ContainsFunc(d.w.siblings(app, platform), open) {
		wrong = badRelation("app", "You cannot create a new version of the App in the current state.")
	}
	if wrong = wrong.and(d.goodVersionString(app, platform, in.text("versionString"), "")); wrong != nil {
		return nil, wrong
	}
	if len(in.rels["appStoreVersionLocalizations"]) > 0 {
		return nil, badRelation("appStoreVersionLocalizations", "The localizations belong to another version")
	}
	attrs := versionStates("PREPARE_FOR_SUBMISSION")
	for name, v := range in.attrs {
		attrs[name] = v
	}
	attrs["createdDate"], attrs["downloadable"] = stamp(d.now), true
	for name, usual := range map[string]string{"releaseType": "AFTER_APPROVAL", "reviewType": "APP_STORE"} { // not confirmed
		if attrs[name] == nil {
			attrs[name] = usual
		}
	}
	v := newRecord("appStoreVersions", d.newID(), attrs)
	if wrong = d.goodRelease(v).and(d.goodBuild(v, app, in.rels["build"])); wrong != nil {
		return nil, wrong
	}
	before := d.w.siblings(app, platform)
	d.keep(v)
	d.inherit(v.id, app, before)
	d.note = fmt.Sprintf("made version %s of %s", v.text("versionString"), d.appName(app))
	return d.w.get(v.typ, v.id), nil
}

// inherit gives a version the texts and review details of the one before it;
// the first one has a localization in the app's own language.
func (d *deed) inherit(id, app string, before []*record) {
	if len(before) == 0 {
		l := newRecord("appStoreVersionLocalizations", d.newID(), map[string]any{"locale": d.w.get("apps", app).text("primaryLocale")})
		d.w.put(l)
		d.w.link(l.typ, l.id, "appStoreVersion", id)
		return
	}
	last := before[len(before)-1]
	for _, name := range []string{"appStoreVersionLocalizations", "appStoreReviewDetail"} {
		for _, old := range last.rels[name] {
			typ := target("appStoreVersions", name)
			text := newRecord(typ, d.newID(), d.w.get(typ, old).attrs)
			delete(text.attrs, "whatsNew")
			d.w.put(text)
			d.w.link(typ, text.id, "appStoreVersion", id)
		}
	}
}

// goodRelease checks how a version is to be released.
func (d *deed) goodRelease(v *record) *refusal {
	at := v.moment("earliestReleaseDate")
	switch scheduled := v.text("releaseType") == "SCHEDULED"; {
	case scheduled && v.text("earliestReleaseDate") == "":
		return missingAttribute("earliestReleaseDate")
	case v.text("earliestReleaseDate") == "":
		return nil
	case !scheduled:
		return badAttribute("earliestReleaseDate", "The attribute 'earliestReleaseDate' can be given only when the releaseType is 'SCHEDULED'")
	case at.IsZero() || at.Minute() != 0 || at.Second() != 0:
		return badAttribute("earliestReleaseDate", "The attribute 'earliestReleaseDate' must be a whole hour")
	case !at.After(d.now):
		return badAttribute("earliestReleaseDate", "The attribute 'earliestReleaseDate' must be in the future")
	}
	return nil
}

// goodBuild checks that a build can be that of a version. Apple's words for all
// but the first cause are not confirmed.
func (d *deed) goodBuild(v *record, app string, builds []string) *refusal {
	if len(builds) == 0 {
		return nil
	}
	b := d.w.get("builds", builds[0])
	train := d.w.get("preReleaseVersions", b.one("preReleaseVersion"))
	taken := b.one("appStoreVersion")
	if b.one("app") != app || train == nil || train.text("platform") != v.text("platform") || train.text("version") != v.text("versionString") ||
		b.text("processingState") != "VALID" || b.flag("expired") || taken != "" && taken != v.id {
		return badRelation("build", "The specified pre-release build could not be added.")
	}
	return nil
}

// locked refuses to change an attribute in the state a version is in.
func locked(attr string) *refusal {
	return stateError(fmt.Sprintf("Attribute '%s' cannot be edited at this time", attr)).at("/data/attributes/" + attr)
}

// changeable says whether an attribute can be changed in a state. How a version
// is released can be decided until it is approved (not confirmed).
func changeable(attr, state string) bool {
	switch attr {
	case "releaseType", "earliestReleaseDate":
		return slices.Contains(editable, state) || state == "READY_FOR_REVIEW" || state == "WAITING_FOR_REVIEW" || state == "IN_REVIEW"
	case "downloadable":
		return slices.Contains(settled, state)
	}
	return slices.Contains(editable, state)
}

func updateVersion(d *deed, old *record, in *entity) *refusal {
	state := old.text("appVersionState")
	for _, name := range sortedKeys(in.attrs) {
		if !changeable(name, state) {
			return locked(name)
		}
	}
	_, builds := in.rels["build"]
	if builds && !slices.Contains(editable, state) {
		return stateError("The build of the version cannot be changed at this time")
	}
	changes := in.attrs
	if in.sent("releaseType") && in.text("releaseType") != "SCHEDULED" && !in.sent("earliestReleaseDate") {
		changes["earliestReleaseDate"] = nil // it belongs to the schedule
	}
	d.w.set(old.typ, old.id, changes)
	v := d.w.get(old.typ, old.id)
	wrong := d.goodVersionString(v.one("app"), v.text("platform"), v.text("versionString"), v.id)
	if in.sent("releaseType") || in.sent("earliestReleaseDate") {
		wrong = wrong.and(d.goodRelease(v))
	}
	d.note = "version " + v.text("versionString") + " changed"
	if wrong != nil || !builds {
		return wrong
	}
	return versionBuild(d, v, in.rels["build"])
}

// versionBuild gives a version its build, or none.
func versionBuild(d *deed, v *record, builds []string) *refusal {
	if !slices.Contains(editable, v.text("appVersionState")) {
		return stateError("The build of the version cannot be changed at this time")
	}
	if wrong := d.goodBuild(v, v.one("app"), builds); wrong != nil {
		return wrong
	}
	d.note = "version " + v.text("versionString") + " has no build now"
	for _, b := range v.rels["build"] {
		d.w.unlink(v.typ, v.id, "build", b)
	}
	for _, b := range builds {
		d.w.link(v.typ, v.id, "build", b)
		d.note = fmt.Sprintf("version %s has build %s now", v.text("versionString"), d.w.get("builds", b).text("version"))
	}
	return nil
}

func removeVersion(d *deed, old *record) *refusal {
	app, platform := old.one("app"), old.text("platform")
	uploaded := d.w.find("preReleaseVersions", func(t *record) bool {
		return t.one("app") == app && t.text("platform") == platform && t.text("version") == old.text("versionString") && len(t.rels["builds"]) > 0
	})
	switch {
	case len(d.w.get("apps", app).rels["appStoreVersions"]) == 1:
		return stateError("The last version of an app cannot be deleted")
	case uploaded != nil:
		return stateError("A version cannot be deleted if any build has been uploaded")
	case !slices.Contains(editable, old.text("appVersionState")):
		return stateError("A version cannot be deleted in its current state")
	}
	for _, name := range []string{"appStoreVersionLocalizations", "appStoreReviewDetail", "appStoreVersionPhasedRelease"} {
		for _, id := range old.rels[name] {
			d.w.drop(target(old.typ, name), id)
		}
	}
	d.w.drop(old.typ, old.id)
	d.note = "version " + old.text("versionString") + " is deleted"
	return nil
}

// requestRelease is the release button. There is no way back.
func requestRelease(d *deed, in *entity) (*record, *refusal) {
	v := d.w.get("appStoreVersions", in.one("appStoreVersion"))
	if v.text("appVersionState") != "PENDING_DEVELOPER_RELEASE" {
		return nil, inState("STATE_ERROR.ENTITY_STATE_INVALID", "The version can be released only when it is pending developer release")
	}
	d.w.release(v.id, d.now)
	d.note = fmt.Sprintf("version %s of %s is released", v.text("versionString"), d.appName(v.one("app")))
	return newRecord("appStoreVersionReleaseRequests", d.newID(), nil), nil
}

// release sends an approved version to the store, which takes a while.
func (w *world) release(id string, at time.Time) {
	w.moveVersion(id, "PROCESSING_FOR_DISTRIBUTION", at)
	w.after(at.Add(distributionTakes), func(w *world, at time.Time) { w.goLive(id, at) })
}

// goLive puts a version in the place of the one before it. A phased release
// begins.
func (w *world) goLive(id string, at time.Time) {
	v := w.get("appStoreVersions", id)
	if v == nil || v.text("appVersionState") != "PROCESSING_FOR_DISTRIBUTION" {
		return
	}
	for _, old := range w.siblings(v.one("app"), v.text("platform")) {
		if old.text("appVersionState") == "READY_FOR_DISTRIBUTION" {
			w.moveVersion(old.id, "REPLACED_WITH_NEW_VERSION", at)
			w.endPhases(old.one("appStoreVersionPhasedRelease"))
		}
	}
	w.moveVersion(id, "READY_FOR_DISTRIBUTION", at)
	w.beginPhases(v.one("appStoreVersionPhasedRelease"), at)
}

// approve is what happens to a version when its review ends well.
func (w *world) approve(id string, at time.Time) {
	v := w.get("appStoreVersions", id)
	switch v.text("releaseType") {
	case "MANUAL":
		w.moveVersion(id, "PENDING_DEVELOPER_RELEASE", at)
	case "SCHEDULED":
		w.moveVersion(id, "PENDING_DEVELOPER_RELEASE", at) // until its hour; not confirmed
	default:
		w.release(id, at)
	}
}

// scheduled is when an approved version releases itself.
func scheduled(v *record) time.Time {
	if v.text("appVersionState") != "PENDING_DEVELOPER_RELEASE" || v.text("releaseType") != "SCHEDULED" {
		return time.Time{}
	}
	return v.moment("earliestReleaseDate")
}

func releaseOnTime(w *world, v *record, at time.Time) { w.release(v.id, at) }
