package apple

import (
	"strings"
	"testing"
	"time"
)

func (c *caller) version(app, number string) string {
	return c.find("appStoreVersions", "versionString", number, inApp(app))
}

func (c *caller) versionState(id string) any {
	c.t.Helper()
	return c.item("/v1/appStoreVersions/" + id).Attributes["appVersionState"]
}

func newVersion(app, platform, number string, more map[string]any, rels map[string]any) map[string]any {
	attrs := map[string]any{"platform": platform, "versionString": number}
	for name, v := range more {
		attrs[name] = v
	}
	all := map[string]any{"app": toOne("apps", app)}
	for name, v := range rels {
		all[name] = v
	}
	return entityOf("appStoreVersions", "", attrs, all)
}

func changed(typ, id string, attrs map[string]any) map[string]any {
	return entityOf(typ, id, attrs, nil)
}

func TestVersionsAreMade(t *testing.T) {
	c := newCaller(t, Options{})
	post := func(code, words string, body any) {
		t.Helper()
		c.says(409, code, words, "POST", "/v1/appStoreVersions", body)
	}
	const state, used = "You cannot create a new version of the App in the current state.", "The version number has been previously used."
	post("ENTITY_ERROR.RELATIONSHIP.INVALID", state, newVersion(haloID, "IOS", "2.5.0", nil, nil))
	w := c.send(c.request("POST", "/v1/appStoreVersions", newVersion(haloID, "IOS", "2.4.0", nil, nil)))
	if d := c.read(w); w.Code != 409 || len(d.Errors) != 2 || d.Errors[0].Source["pointer"] != "/data/relationships/app" || d.Errors[1].Source["pointer"] != "/data/attributes/versionString" ||
		d.Errors[1].Code != "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE" || d.Errors[1].Detail != used {
		t.Errorf("both causes are given: %s", w.Body)
	}
	// Another platform of the same app is its own train.
	id := c.made("/v1/appStoreVersions", newVersion(haloID, "MAC_OS", "2.4.0", map[string]any{"releaseType": "SCHEDULED", "earliestReleaseDate": "2026-12-01T09:00:00-08:00"}, nil))
	v := c.item("/v1/appStoreVersions/" + id)
	if v.Attributes["appVersionState"] != "PREPARE_FOR_SUBMISSION" || v.Attributes["appStoreState"] != "PREPARE_FOR_SUBMISSION" || v.Attributes["reviewType"] != "APP_STORE" {
		t.Errorf("%+v", v)
	}
	mac := func(attrs map[string]any) map[string]any { return newVersion(kidsID, "MAC_OS", "1.0", attrs, nil) }
	post("ENTITY_ERROR.ATTRIBUTE.REQUIRED", "earliestReleaseDate", mac(map[string]any{"releaseType": "SCHEDULED"}))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "only when the releaseType", mac(map[string]any{"releaseType": "MANUAL", "earliestReleaseDate": "2026-12-01T09:00:00Z"}))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "whole hour", mac(map[string]any{"releaseType": "SCHEDULED", "earliestReleaseDate": "2026-12-01T09:30:00Z"}))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "in the future", mac(map[string]any{"releaseType": "SCHEDULED", "earliestReleaseDate": "2026-11-01T09:00:00Z"}))
	for _, bad := range []string{"", "1.0b", "1.2.3.4", "v1", "1..2"} {
		post("ENTITY_ERROR.ATTRIBUTE.INVALID", "is not a version", newVersion(kidsID, "MAC_OS", bad, nil, nil))
	}
}

// A new version has the texts of the one before it, but for what is new.
func TestVersionsInherit(t *testing.T) {
	c := newCaller(t, Options{})
	b := c.build(tideID, "203")
	tide := c.version(tideID, "3.1.0")
	id := c.made("/v1/appStoreVersions", newVersion(tideID, "IOS", "3.1.0", nil, nil))
	_, d := c.ask("GET", "/v1/appStoreVersions/"+id+"/appStoreVersionLocalizations", nil)
	if all := d.all(t); len(all) != 1 || all[0].Attributes["locale"] != "en-US" || all[0].Attributes["description"] != nil {
		t.Errorf("the first of a platform: %+v", all)
	}
	c.says(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", "The specified pre-release build could not be added.", "PATCH", "/v1/appStoreVersions/"+id,
		entityOf("appStoreVersions", id, nil, map[string]any{"build": toOne("builds", b)}))
	c.ask("POST", "/v1/appStoreVersionReleaseRequests", entityOf("appStoreVersionReleaseRequests", "", nil, map[string]any{"appStoreVersion": toOne("appStoreVersions", c.version(haloID, "2.4.0"))}))
	c.wait(time.Hour)
	next := c.made("/v1/appStoreVersions", newVersion(haloID, "IOS", "2.5.0", nil, nil))
	_, d = c.ask("GET", "/v1/appStoreVersions/"+next+"/appStoreVersionLocalizations?filter[locale]=ja", nil)
	if all := d.all(t); len(all) != 1 || all[0].Attributes["description"] == nil || all[0].Attributes["whatsNew"] != nil {
		t.Errorf("%+v", all)
	}
	if r := c.item("/v1/appStoreVersions/" + next + "/appStoreReviewDetail"); r.Attributes["contactFirstName"] != "Ben" {
		t.Errorf("%+v", r)
	}
	if got := c.versionState(tide); got != "IN_REVIEW" {
		t.Error(got)
	}
}

func TestVersionsChange(t *testing.T) {
	c := newCaller(t, Options{})
	pebble, halo, live := c.version(pebbleID, "1.10.0"), c.version(haloID, "2.4.0"), c.version(haloID, "2.3.0")
	patch := func(id string, attrs map[string]any) (string, any) {
		return "/v1/appStoreVersions/" + id, changed("appStoreVersions", id, attrs)
	}
	path, body := patch(pebble, map[string]any{"versionString": "1.11.0", "copyright": "2027 Meadow Labs", "releaseType": "SCHEDULED", "earliestReleaseDate": "2026-12-01T09:00:00Z"})
	c.ask("PATCH", path, body)
	path, body = patch(pebble, map[string]any{"releaseType": "MANUAL"})
	_, d := c.ask("PATCH", path, body)
	if v := d.one(t); v.Attributes["earliestReleaseDate"] != nil || v.Attributes["versionString"] != "1.11.0" {
		t.Errorf("%+v", v)
	}
	path, body = patch(pebble, map[string]any{"versionString": "1.9.0"})
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE", "previously used", "PATCH", path, body)
	path, body = patch(halo, map[string]any{"versionString": "2.4.1"})
	c.says(409, "STATE_ERROR", "Attribute 'versionString' cannot be edited at this time", "PATCH", path, body)
	path, body = patch(halo, map[string]any{"releaseType": "AFTER_APPROVAL"})
	c.says(409, "STATE_ERROR", "Attribute 'releaseType' cannot be edited", "PATCH", path, body)
	path, body = patch(pebble, map[string]any{"downloadable": false})
	c.says(409, "STATE_ERROR", "'downloadable'", "PATCH", path, body)
	path, body = patch(live, map[string]any{"downloadable": false})
	c.ask("PATCH", path, body)
	review := c.version(tideID, "3.1.0")
	path, body = patch(review, map[string]any{"releaseType": "MANUAL"})
	c.ask("PATCH", path, body)
}

func TestVersionsHaveABuild(t *testing.T) {
	c := newCaller(t, Options{})
	pebble, b58 := c.version(pebbleID, "1.10.0"), c.build(pebbleID, "58")
	path := "/v1/appStoreVersions/" + pebble + "/relationships/build"
	c.ask("PATCH", path, toOne("builds", b58))
	if b := c.item("/v1/appStoreVersions/" + pebble + "/build"); b.ID != b58 {
		t.Errorf("%+v", b)
	}
	if v := c.item("/v1/builds/" + b58 + "/appStoreVersion"); v.ID != pebble {
		t.Errorf("%+v", v)
	}
	c.says(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", "could not be added", "PATCH", path, toOne("builds", c.build(pebbleID, "57")))
	c.says(409, "STATE_ERROR", "cannot be changed", "PATCH", "/v1/appStoreVersions/"+c.version(haloID, "2.4.0")+"/relationships/build", toOne("builds", c.build(haloID, "118")))
	if w := c.send(c.request("PATCH", path, `{"data":null}`)); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := c.send(c.request("GET", path, nil)); !strings.HasPrefix(w.Body.String(), `{"data":null`) {
		t.Errorf("%s", w.Body)
	}
}

func TestVersionsAreDeleted(t *testing.T) {
	c := newCaller(t, Options{})
	no := func(id, words string) {
		t.Helper()
		c.says(409, "STATE_ERROR", words, "DELETE", "/v1/appStoreVersions/"+id, nil)
	}
	no(c.version(kidsID, "1.0.0"), "The last version of an app cannot be deleted")
	no(c.version(pebbleID, "1.10.0"), "A version cannot be deleted if any build has been uploaded")
	no(c.version(haloID, "2.2.0"), "in its current state")
	id := c.made("/v1/appStoreVersions", newVersion(tideID, "IOS", "1.0", nil, nil))
	texts := len(c.s.Resources("appStoreVersionLocalizations"))
	c.ask("DELETE", "/v1/appStoreVersions/"+id, nil)
	if got := len(c.s.Resources("appStoreVersionLocalizations")); got != texts-1 {
		t.Errorf("its texts stay: %d and %d", texts, got)
	}
}

func TestReleases(t *testing.T) {
	c := newCaller(t, Options{})
	halo, live := c.version(haloID, "2.4.0"), c.version(haloID, "2.3.0")
	release := func(id string) map[string]any {
		return entityOf("appStoreVersionReleaseRequests", "", nil, map[string]any{"appStoreVersion": toOne("appStoreVersions", id)})
	}
	for _, id := range []string{live, c.version(pebbleID, "1.10.0"), c.version(tideID, "3.1.0"), c.version(kidsID, "1.0.0")} {
		c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "pending developer release", "POST", "/v1/appStoreVersionReleaseRequests", release(id))
	}
	c.made("/v1/appStoreVersionReleaseRequests", release(halo))
	if got := c.versionState(halo); got != "PROCESSING_FOR_DISTRIBUTION" {
		t.Error(got)
	}
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "pending developer release", "POST", "/v1/appStoreVersionReleaseRequests", release(halo))
	c.wait(distributionTakes)
	v := c.item("/v1/appStoreVersions/" + halo)
	if v.Attributes["appVersionState"] != "READY_FOR_DISTRIBUTION" || v.Attributes["appStoreState"] != "READY_FOR_SALE" || c.versionState(live) != "REPLACED_WITH_NEW_VERSION" {
		t.Errorf("%+v", v)
	}
	if p := c.item("/v1/appStoreVersions/" + halo + "/appStoreVersionPhasedRelease"); p.Attributes["phasedReleaseState"] != "ACTIVE" || p.Attributes["currentDayNumber"] != 1.0 || p.Attributes["startDate"] == nil {
		t.Errorf("%+v", p)
	}
}

func TestPhasedReleases(t *testing.T) {
	c := newCaller(t, Options{})
	of := func(version string) res {
		return *c.item("/v1/appStoreVersions/" + version + "/appStoreVersionPhasedRelease")
	}
	live := c.version(pebbleID, "1.9.0")
	id := of(live).ID
	path := "/v1/appStoreVersionPhasedReleases/" + id
	state := func(s string) map[string]any {
		return changed("appStoreVersionPhasedReleases", id, map[string]any{"phasedReleaseState": s})
	}
	if p := of(live); p.Attributes["currentDayNumber"] != 3.0 {
		t.Errorf("%+v", p)
	}
	c.wait(aDay)
	if p := of(live); p.Attributes["currentDayNumber"] != 4.0 {
		t.Errorf("%+v", p)
	}
	c.ask("PATCH", path, state("PAUSED"))
	c.wait(10 * aDay)
	if p := of(live); p.Attributes["currentDayNumber"] != 4.0 || p.Attributes["totalPauseDuration"] != 10.0 || p.Attributes["phasedReleaseState"] != "PAUSED" {
		t.Errorf("%+v", p)
	}
	c.ask("PATCH", path, state("ACTIVE"))
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "from ACTIVE to INACTIVE", "PATCH", path, state("INACTIVE"))
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "cannot be deleted", "DELETE", path, nil)
	c.ask("PATCH", path, state("PAUSED"))
	c.wait(20 * aDay) // thirty days in all: it goes on by itself
	if p := of(live); p.Attributes["phasedReleaseState"] != "ACTIVE" || p.Attributes["totalPauseDuration"] != 30.0 || p.Attributes["currentDayNumber"] != 4.0 {
		t.Errorf("%+v", p)
	}
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "at most 30 days", "PATCH", path, state("PAUSED"))
	c.wait(4 * aDay)
	if p := of(live); p.Attributes["phasedReleaseState"] != "COMPLETE" || p.Attributes["currentDayNumber"] != 7.0 {
		t.Errorf("%+v", p)
	}
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "from COMPLETE to ACTIVE", "PATCH", path, state("ACTIVE"))

	at := newCaller(t, Options{})
	id = at.find("appStoreVersionPhasedReleases", "currentDayNumber", 3)
	at.ask("PATCH", "/v1/appStoreVersionPhasedReleases/"+id, state("COMPLETE"))
	at.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "from COMPLETE to PAUSED", "PATCH", "/v1/appStoreVersionPhasedReleases/"+id, state("PAUSED"))
}

func TestPhasedReleasesArePrepared(t *testing.T) {
	c := newCaller(t, Options{})
	body := func(version string, attrs map[string]any) map[string]any {
		return entityOf("appStoreVersionPhasedReleases", "", attrs, map[string]any{"appStoreVersion": toOne("appStoreVersions", version)})
	}
	no := func(code, words string, b any) {
		t.Helper()
		c.says(409, code, words, "POST", "/v1/appStoreVersionPhasedReleases", b)
	}
	pebble := c.version(pebbleID, "1.10.0")
	no("ENTITY_ERROR.ATTRIBUTE.INVALID", "'INACTIVE'", body(pebble, map[string]any{"phasedReleaseState": "ACTIVE"}))
	id := c.made("/v1/appStoreVersionPhasedReleases", body(pebble, map[string]any{"phasedReleaseState": "INACTIVE"}))
	no("STATE_ERROR", "already", body(pebble, nil))
	no("STATE_ERROR", "first version", body(c.version(kidsID, "1.0.0"), nil))
	no("STATE_ERROR", "has been released", body(c.version(haloID, "2.2.0"), nil))
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "from INACTIVE to ACTIVE", "PATCH", "/v1/appStoreVersionPhasedReleases/"+id, changed("appStoreVersionPhasedReleases", id, map[string]any{"phasedReleaseState": "ACTIVE"}))
	c.ask("DELETE", "/v1/appStoreVersionPhasedReleases/"+id, nil)
	if w := c.send(c.request("GET", "/v1/appStoreVersions/"+pebble+"/appStoreVersionPhasedRelease", nil)); w.Code != 200 || !strings.HasPrefix(w.Body.String(), `{"data":null`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestTextsOfVersions(t *testing.T) {
	c := newCaller(t, Options{})
	text := func(version, locale string) string {
		return c.find("appStoreVersionLocalizations", "locale", locale, func(r Resource) bool { return r.Relationships["appStoreVersion"][0] == version })
	}
	post := func(version string, attrs map[string]any) map[string]any {
		return entityOf("appStoreVersionLocalizations", "", attrs, map[string]any{"appStoreVersion": toOne("appStoreVersions", version)})
	}
	pebble, kids := c.version(pebbleID, "1.10.0"), c.version(kidsID, "1.0.0")
	id := c.made("/v1/appStoreVersionLocalizations", post(pebble, map[string]any{"locale": "hu", "whatsNew": "Új."}))
	no := func(code, words string, body any) {
		t.Helper()
		c.says(409, code, words, "POST", "/v1/appStoreVersionLocalizations", body)
	}
	no("ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE", "'hu'", post(pebble, map[string]any{"locale": "hu"}))
	no("ENTITY_ERROR.ATTRIBUTE.INVALID", "not a valid locale", post(pebble, map[string]any{"locale": "tlh"}))
	no("STATE_ERROR", "at this time", post(c.version(haloID, "2.4.0"), map[string]any{"locale": "hu"}))
	no("STATE_ERROR", "'whatsNew' cannot be edited", post(kids, map[string]any{"locale": "hu", "whatsNew": "First."}))
	path := "/v1/appStoreVersionLocalizations/" + id
	patch := func(attrs map[string]any) map[string]any { return changed("appStoreVersionLocalizations", id, attrs) }
	for name, long := range map[string]string{
		"description": strings.Repeat("x", 4001), "whatsNew": strings.Repeat("é", 4001), "promotionalText": strings.Repeat("x", 171), "keywords": strings.Repeat("é", 51),
	} {
		c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "too long", "PATCH", path, patch(map[string]any{name: long}))
	}
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "Text for whatsNew contains invalid characters", "PATCH", path, patch(map[string]any{"whatsNew": "Now with 🎉"}))
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "not a valid URL", "PATCH", path, patch(map[string]any{"supportUrl": "meadow"}))
	c.ask("PATCH", path, patch(map[string]any{"whatsNew": strings.Repeat("é", 4000), "keywords": strings.Repeat("x", 100)}))
	c.ask("DELETE", path, nil)
	c.says(409, "STATE_ERROR", "primary localization", "DELETE", "/v1/appStoreVersionLocalizations/"+text(pebble, "en-US"), nil)

	live, waiting := text(c.version(haloID, "2.3.0"), "ja"), text(c.version(tideID, "3.1.0"), "en-US")
	edit := func(id, name string) map[string]any {
		return changed("appStoreVersionLocalizations", id, map[string]any{name: "New."})
	}
	c.ask("PATCH", "/v1/appStoreVersionLocalizations/"+live, edit(live, "promotionalText"))
	c.says(409, "STATE_ERROR", "Attribute 'whatsNew' cannot be edited at this time", "PATCH", "/v1/appStoreVersionLocalizations/"+live, edit(live, "whatsNew"))
	for _, name := range []string{"promotionalText", "whatsNew", "description"} {
		c.says(409, "STATE_ERROR", "cannot be edited at this time", "PATCH", "/v1/appStoreVersionLocalizations/"+waiting, edit(waiting, name))
	}
	both := changed("appStoreVersionLocalizations", live, map[string]any{"promotionalText": "Half.", "whatsNew": "Half."})
	c.says(409, "STATE_ERROR", "'whatsNew'", "PATCH", "/v1/appStoreVersionLocalizations/"+live, both)
	if got := c.item("/v1/appStoreVersionLocalizations/" + live).Attributes["promotionalText"]; got != "New." {
		t.Errorf("half of a refused change happened: %v", got)
	}
}

func TestReviewDetails(t *testing.T) {
	c := newCaller(t, Options{})
	id := c.made("/v1/appStoreVersions", newVersion(tideID, "IOS", "1.0", nil, nil))
	body := func(version string, attrs map[string]any) map[string]any {
		return entityOf("appStoreReviewDetails", "", attrs, map[string]any{"appStoreVersion": toOne("appStoreVersions", version)})
	}
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "not a valid email", "POST", "/v1/appStoreReviewDetails", body(id, map[string]any{"contactEmail": "ben"}))
	r := c.made("/v1/appStoreReviewDetails", body(id, map[string]any{"contactEmail": "ben@meadow.example"}))
	c.says(409, "STATE_ERROR", "already", "POST", "/v1/appStoreReviewDetails", body(id, nil))
	c.ask("PATCH", "/v1/appStoreReviewDetails/"+r, changed("appStoreReviewDetails", r, map[string]any{"notes": "Log in as demo.", "demoAccountRequired": true}))
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "too long", "PATCH", "/v1/appStoreReviewDetails/"+r, changed("appStoreReviewDetails", r, map[string]any{"notes": strings.Repeat("x", 4001)}))
	live := c.item("/v1/appStoreVersions/" + c.version(haloID, "2.3.0") + "/appStoreReviewDetail").ID
	c.says(409, "STATE_ERROR", "'notes' cannot be edited", "PATCH", "/v1/appStoreReviewDetails/"+live, changed("appStoreReviewDetails", live, map[string]any{"notes": "x"}))
}
