package apple

import (
	"strings"
	"testing"
	"time"
)

func submission(app, platform string) map[string]any {
	return entityOf("reviewSubmissions", "", map[string]any{"platform": platform}, map[string]any{"app": toOne("apps", app)})
}

func itemOf(submission, version string) map[string]any {
	return entityOf("reviewSubmissionItems", "", nil, map[string]any{
		"reviewSubmission": toOne("reviewSubmissions", submission), "appStoreVersion": toOne("appStoreVersions", version),
	})
}

// ready makes Pebble 1.10.0 ready to be reviewed.
func (c *caller) ready() (version string) {
	c.t.Helper()
	version, b := c.version(pebbleID, "1.10.0"), c.build(pebbleID, "58")
	c.ask("PATCH", "/v1/appStoreVersions/"+version+"/relationships/build", toOne("builds", b))
	c.ask("PATCH", "/v1/builds/"+b, changed("builds", b, map[string]any{"usesNonExemptEncryption": false}))
	_, d := c.ask("GET", "/v1/appStoreVersions/"+version+"/appStoreVersionLocalizations", nil)
	for _, l := range d.all(c.t) {
		c.ask("PATCH", "/v1/appStoreVersionLocalizations/"+l.ID, changed("appStoreVersionLocalizations", l.ID, map[string]any{"whatsNew": "Faster."}))
	}
	return version
}

func (c *caller) submissionState(id string) any {
	c.t.Helper()
	return c.item("/v1/reviewSubmissions/" + id).Attributes["state"]
}

func TestAVersionIsReviewed(t *testing.T) {
	c := newCaller(t, Options{})
	v := c.ready()
	s := c.made("/v1/reviewSubmissions", submission(pebbleID, "IOS"))
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "without items", "PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, map[string]any{"submitted": true}))
	it := c.made("/v1/reviewSubmissionItems", itemOf(s, v))
	if got := c.versionState(v); got != "READY_FOR_REVIEW" {
		t.Error(got)
	}
	_, d := c.ask("GET", "/v1/reviewSubmissions/"+s+"/items?include=appStoreVersion", nil)
	if all := d.all(t); len(all) != 1 || all[0].ID != it || !strings.Contains(string(all[0].Relationships["appStoreVersion"].Data), v) {
		t.Errorf("%s", d.Data)
	}
	_, d = c.ask("PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, map[string]any{"submitted": true}))
	if r := d.one(t); r.Attributes["state"] != "WAITING_FOR_REVIEW" || r.Attributes["submittedDate"] == nil {
		t.Errorf("%+v", r)
	}
	if got := c.versionState(v); got != "WAITING_FOR_REVIEW" {
		t.Error(got)
	}
	_, d = c.ask("GET", "/v1/reviewSubmissions?filter[app]="+pebbleID+"&include=submittedByActor,appStoreVersionForReview", nil)
	if len(d.Included) != 2 {
		t.Errorf("%+v", d.Included)
	}
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "cannot be submitted", "PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, map[string]any{"submitted": true}))
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "once its reviewSubmission has been submitted", "DELETE", "/v1/reviewSubmissionItems/"+it, nil)
	c.wait(reviewBegins)
	if c.submissionState(s) != "IN_REVIEW" || c.versionState(v) != "IN_REVIEW" {
		t.Error(c.submissionState(s), c.versionState(v))
	}
	c.wait(reviewEnds - reviewBegins)
	if c.submissionState(s) != "COMPLETE" || c.versionState(v) != "PROCESSING_FOR_DISTRIBUTION" {
		t.Error(c.submissionState(s), c.versionState(v))
	}
	c.wait(distributionTakes)
	if c.versionState(v) != "READY_FOR_DISTRIBUTION" || c.versionState(c.version(pebbleID, "1.9.0")) != "REPLACED_WITH_NEW_VERSION" {
		t.Error(c.versionState(v))
	}
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "Resource is not in cancellable state", "PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, map[string]any{"canceled": true}))
}

// An approved version waits for its hour, or for somebody.
func TestHowVersionsAreReleased(t *testing.T) {
	for _, tt := range []struct {
		attrs map[string]any
		after time.Duration
		want  []string
	}{
		{map[string]any{"releaseType": "MANUAL"}, 100 * aDay, []string{"PENDING_DEVELOPER_RELEASE", "PENDING_DEVELOPER_RELEASE"}},
		{map[string]any{"releaseType": "SCHEDULED", "earliestReleaseDate": "2026-12-01T20:00:00Z"}, 7 * aDay, []string{"PENDING_DEVELOPER_RELEASE", "READY_FOR_DISTRIBUTION"}},
	} {
		c := newCaller(t, Options{})
		v := c.ready()
		c.ask("PATCH", "/v1/appStoreVersions/"+v, changed("appStoreVersions", v, tt.attrs))
		s := c.made("/v1/reviewSubmissions", submission(pebbleID, "IOS"))
		c.made("/v1/reviewSubmissionItems", itemOf(s, v))
		c.ask("PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, map[string]any{"submitted": true}))
		c.wait(reviewEnds)
		if got := c.versionState(v); got != tt.want[0] {
			t.Errorf("%v: %v", tt.attrs, got)
		}
		c.wait(tt.after)
		if got := c.versionState(v); got != tt.want[1] {
			t.Errorf("%v: %v", tt.attrs, got)
		}
	}
}

func TestOneOpenSubmission(t *testing.T) {
	c := newCaller(t, Options{})
	s := c.made("/v1/reviewSubmissions", submission(pebbleID, "IOS"))
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", s, "POST", "/v1/reviewSubmissions", submission(pebbleID, "IOS"))
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "IN_REVIEW", "POST", "/v1/reviewSubmissions", submission(tideID, "MAC_OS"))
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "UNRESOLVED_ISSUES", "POST", "/v1/reviewSubmissions", submission(kidsID, "IOS"))
	c.made("/v1/reviewSubmissions", submission(pebbleID, "MAC_OS"))
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.REQUIRED", "platform", "POST", "/v1/reviewSubmissions", entityOf("reviewSubmissions", "", nil, map[string]any{"app": toOne("apps", haloID)}))
	// A draft that is given up frees the place once that is complete.
	c.ask("PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, map[string]any{"canceled": true}))
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "CANCELING", "POST", "/v1/reviewSubmissions", submission(pebbleID, "IOS"))
	c.wait(cancelTakes)
	c.made("/v1/reviewSubmissions", submission(pebbleID, "IOS"))
}

func TestSubmissionsAreWithdrawn(t *testing.T) {
	c := newCaller(t, Options{})
	v := c.version(tideID, "3.1.0")
	s := c.find("reviewSubmissions", "state", "IN_REVIEW")
	cancel := changed("reviewSubmissions", s, map[string]any{"canceled": true})
	_, d := c.ask("PATCH", "/v1/reviewSubmissions/"+s, cancel)
	if got := d.one(t).Attributes["state"]; got != "CANCELING" {
		t.Error(got)
	}
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "Another operation is already in progress", "PATCH", "/v1/reviewSubmissions/"+s, cancel)
	c.wait(cancelTakes)
	if c.submissionState(s) != "COMPLETE" || c.versionState(v) != "DEVELOPER_REJECTED" {
		t.Error(c.submissionState(s), c.versionState(v))
	}
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "Resource is not in cancellable state", "PATCH", "/v1/reviewSubmissions/"+s, cancel)
	for _, attrs := range []map[string]any{{"canceled": false}, {"submitted": false}} {
		c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "can only be true", "PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, attrs))
	}
	c.says(409, "ENTITY_ERROR", "at once", "PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, map[string]any{"canceled": true, "submitted": true}))
	c.says(409, "STATE_ERROR", "'platform'", "PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, map[string]any{"platform": "IOS"}))
}

// A review that was withdrawn in time does not go on.
func TestAWithdrawnReviewStays(t *testing.T) {
	c := newCaller(t, Options{})
	v := c.ready()
	s := c.made("/v1/reviewSubmissions", submission(pebbleID, "IOS"))
	c.made("/v1/reviewSubmissionItems", itemOf(s, v))
	c.ask("PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, map[string]any{"submitted": true}))
	c.ask("PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, map[string]any{"canceled": true}))
	c.wait(2 * aDay)
	if c.submissionState(s) != "COMPLETE" || c.versionState(v) != "DEVELOPER_REJECTED" {
		t.Error(c.submissionState(s), c.versionState(v))
	}
	again := c.made("/v1/reviewSubmissions", submission(pebbleID, "IOS"))
	c.made("/v1/reviewSubmissionItems", itemOf(again, v))
}

func TestItems(t *testing.T) {
	c := newCaller(t, Options{})
	s := c.made("/v1/reviewSubmissions", submission(pebbleID, "IOS"))
	v := c.version(pebbleID, "1.10.0")
	p := c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "appStoreVersions with id '"+v+"' is not in valid state. This resource cannot be reviewed, please check associated errors to see why.", "POST", "/v1/reviewSubmissionItems", itemOf(s, v))
	if p.Meta == nil || len(p.Meta.Associated["/v1/appStoreVersions/"+v]) != 1 || len(p.Meta.Associated) != 3 {
		t.Errorf("the build and two texts are missing: %+v", p.Meta)
	}
	c.ask("PATCH", "/v1/appStoreVersions/"+v+"/relationships/build", toOne("builds", c.build(pebbleID, "58")))
	p = c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "is not in valid state", "POST", "/v1/reviewSubmissionItems", itemOf(s, v))
	if got := p.Meta.Associated["/v1/builds/"+c.build(pebbleID, "58")]; len(got) != 1 || got[0].Code != "ENTITY_ERROR.ATTRIBUTE.REQUIRED" || !strings.Contains(got[0].Detail, "usesNonExemptEncryption") {
		t.Errorf("%+v", p.Meta)
	}
	c.ready()
	live := c.version(pebbleID, "1.9.0")
	p = c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "is not in valid state", "POST", "/v1/reviewSubmissionItems", itemOf(s, live))
	if len(p.Meta.Associated["/v1/appStoreVersions/"+live]) != 1 {
		t.Errorf("%+v", p.Meta)
	}
	c.says(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", "different apps or platforms", "POST", "/v1/reviewSubmissionItems", itemOf(s, c.version(haloID, "2.4.0")))
	c.says(409, "ENTITY_ERROR", "Exactly one resource", "POST", "/v1/reviewSubmissionItems", entityOf("reviewSubmissionItems", "", nil, map[string]any{"reviewSubmission": toOne("reviewSubmissions", s)}))
	it := c.made("/v1/reviewSubmissionItems", itemOf(s, v))
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "appStoreVersions with id '"+v+"' was already added to another reviewSubmission with id "+s, "POST", "/v1/reviewSubmissionItems", itemOf(s, v))
	c.says(409, "STATE_ERROR", "cannot be edited at this time", "PATCH", "/v1/appStoreVersions/"+v, changed("appStoreVersions", v, map[string]any{"copyright": "x"}))
	c.ask("DELETE", "/v1/reviewSubmissionItems/"+it, nil)
	if got := c.versionState(v); got != "PREPARE_FOR_SUBMISSION" {
		t.Error(got)
	}
	c.made("/v1/reviewSubmissionItems", itemOf(s, v))
	c.ask("PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, map[string]any{"canceled": true}))
	c.wait(cancelTakes)
	if got := c.versionState(v); got != "PREPARE_FOR_SUBMISSION" {
		t.Errorf("a draft given up: %v", got)
	}
}

// A screenshot is missing where nobody has put one.
func TestScreenshotsAreRequired(t *testing.T) {
	c := newCaller(t, Options{})
	v := c.made("/v1/appStoreVersions", newVersion(tideID, "IOS", "1.0", nil, nil))
	s := c.made("/v1/reviewSubmissions", submission(tideID, "IOS"))
	p := c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "is not in valid state", "POST", "/v1/reviewSubmissionItems", itemOf(s, v))
	found := false
	for _, list := range p.Meta.Associated {
		for _, one := range list {
			found = found || one.Code == "STATE_ERROR.SCREENSHOT_REQUIRED.APP_IPHONE_65"
		}
	}
	if !found {
		t.Errorf("%+v", p.Meta)
	}
}

func TestIssuesAreResolved(t *testing.T) {
	c := newCaller(t, Options{})
	s := c.find("reviewSubmissions", "state", "UNRESOLVED_ISSUES")
	it := c.find("reviewSubmissionItems", "state", "REJECTED")
	v := c.version(kidsID, "1.0.0")
	submit := changed("reviewSubmissions", s, map[string]any{"submitted": true})
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "not resolved", "PATCH", "/v1/reviewSubmissions/"+s, submit)
	c.says(409, "ENTITY_ERROR", "at once", "PATCH", "/v1/reviewSubmissionItems/"+it, changed("reviewSubmissionItems", it, map[string]any{"resolved": true, "removed": true}))
	c.ask("PATCH", "/v1/reviewSubmissionItems/"+it, changed("reviewSubmissionItems", it, map[string]any{"resolved": true}))
	c.ask("PATCH", "/v1/reviewSubmissions/"+s, submit)
	if got := c.versionState(v); got != "WAITING_FOR_REVIEW" {
		t.Error(got)
	}
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "cannot be changed in the state", "PATCH", "/v1/reviewSubmissionItems/"+it, changed("reviewSubmissionItems", it, map[string]any{"removed": true}))
	at := newCaller(t, Options{})
	at.ask("PATCH", "/v1/reviewSubmissionItems/"+it, changed("reviewSubmissionItems", it, map[string]any{"removed": true}))
	at.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "without items", "PATCH", "/v1/reviewSubmissions/"+s, submit)
}
