package apple

import (
	"fmt"
	"strings"
	"time"
)

// actors are the key and the users who may have done something.
func (f *founding) actors(keyID string) {
	f.add("actors", "", map[string]any{"actorType": "API_KEY", "apiKeyId": keyID})
	for u := range f.w.each("users") {
		f.add("actors", "", map[string]any{
			"actorType": "USER", "userEmail": u.text("username"), "userFirstName": u.text("firstName"), "userLastName": u.text("lastName"),
		})
	}
	f.add("actors", "", map[string]any{"actorType": "APPLE"})
}

// teamVersions are the App Store versions, the oldest of an app first.
var teamVersions = []struct {
	app, platform, version, state, release, build string
	days                                          int // since it was made
	phase                                         string
	locales                                       string
}{
	{haloID, "IOS", "2.2.0", "REPLACED_WITH_NEW_VERSION", "AFTER_APPROVAL", "", 160, "", "en-US de-DE ja"},
	{haloID, "IOS", "2.3.0", "READY_FOR_DISTRIBUTION", "MANUAL", "109", 94, "COMPLETE", "en-US de-DE ja"},
	{haloID, "IOS", "2.4.0", "PENDING_DEVELOPER_RELEASE", "MANUAL", "117", 20, "INACTIVE", "en-US de-DE ja"},
	{pebbleID, "IOS", "1.8.0", "REPLACED_WITH_NEW_VERSION", "AFTER_APPROVAL", "", 70, "", "en-US fr-FR"},
	{pebbleID, "IOS", "1.9.0", "READY_FOR_DISTRIBUTION", "AFTER_APPROVAL", "57", 11, "ACTIVE", "en-US fr-FR"},
	{pebbleID, "IOS", "1.10.0", "PREPARE_FOR_SUBMISSION", "AFTER_APPROVAL", "", 1, "", "en-US fr-FR"},
	{tideID, "MAC_OS", "3.0.2", "READY_FOR_DISTRIBUTION", "AFTER_APPROVAL", "", 210, "", "en-US"},
	{tideID, "MAC_OS", "3.1.0", "IN_REVIEW", "AFTER_APPROVAL", "203", 3, "", "en-US"},
	{kidsID, "IOS", "1.0.0", "REJECTED", "MANUAL", "12", 6, "", "en-US"},
}

func (f *founding) versions() {
	for _, v := range teamVersions {
		attrs := versionStates(v.state)
		made := time.Duration(v.days) * aDay
		for name, value := range map[string]any{
			"platform": v.platform, "versionString": v.version, "copyright": "2026 Meadow Labs", "reviewType": "APP_STORE",
			"releaseType": v.release, "createdDate": f.ago(made), "downloadable": true,
		} {
			attrs[name] = value
		}
		rels := []string{"app=" + v.app}
		if v.build != "" {
			rels = append(rels, "build="+f.build(v.app, v.build))
		}
		id := f.add("appStoreVersions", "", attrs, rels...)
		f.texts(id, v.app, v.version, strings.Fields(v.locales), v.state == "PREPARE_FOR_SUBMISSION")
		f.add("appStoreReviewDetails", "", map[string]any{
			"contactFirstName": "Ben", "contactLastName": "Okafor", "contactPhone": "+1 415 555 0134", "contactEmail": "ben@meadow.example",
			"demoAccountRequired": false, "notes": "Nothing special.",
		}, "appStoreVersion="+id)
		f.phase(id, v.phase, made)
	}
}

// texts are the localizations of a version. One in the making has no word yet
// of what is new.
func (f *founding) texts(version, app, number string, locales []string, unfinished bool) {
	name := f.w.get("apps", app).text("name")
	for _, locale := range locales {
		attrs := map[string]any{
			"locale": locale, "description": name + " helps you through the day.", "keywords": "day,plan,calm", "supportUrl": "https://meadow.example/support",
			"marketingUrl": "https://meadow.example/" + strings.ToLower(strings.ReplaceAll(name, " ", "-")), "promotionalText": "Made in the meadow.",
			"screenshots": 5, // which are kept elsewhere
		}
		if !unfinished && app != kidsID {
			attrs["whatsNew"] = fmt.Sprintf("Version %s: a calmer start, and fixes.", number)
		}
		f.add("appStoreVersionLocalizations", "", attrs, "appStoreVersion="+version)
	}
}

func (f *founding) phase(version, state string, made time.Duration) {
	attrs := map[string]any{"phasedReleaseState": state, "totalPauseDuration": 0}
	switch state {
	case "":
		return
	case "ACTIVE": // on its third day
		began := f.now.Add(-2*aDay - 5*time.Hour).Truncate(time.Second)
		attrs["startDate"], attrs["currentDayNumber"], attrs["nextDay"] = stamp(began), 3, stamp(began.Add(3*aDay))
	case "COMPLETE":
		attrs["startDate"], attrs["currentDayNumber"] = f.ago(made-2*aDay), phases
	}
	f.add("appStoreVersionPhasedReleases", "", attrs, "appStoreVersion="+version)
}

func (f *founding) version(app, number string) *record {
	return f.w.find("appStoreVersions", func(v *record) bool { return v.one("app") == app && v.text("versionString") == number })
}

func (f *founding) actor(email string) string {
	return f.w.find("actors", func(a *record) bool { return a.text("userEmail") == email }).id
}

func (f *founding) submissions() {
	for _, s := range []struct {
		app, version, state, item, who string
		ago                            time.Duration
	}{
		{haloID, "2.3.0", "COMPLETE", "APPROVED", "ben@meadow.example", 92 * aDay},
		{haloID, "2.4.0", "COMPLETE", "APPROVED", "ben@meadow.example", 3 * aDay},
		{tideID, "3.1.0", "IN_REVIEW", "READY_FOR_REVIEW", "cy@meadow.example", 5 * time.Hour},
		{kidsID, "1.0.0", "UNRESOLVED_ISSUES", "REJECTED", "ben@meadow.example", 2 * aDay},
	} {
		v := f.version(s.app, s.version)
		id := f.add("reviewSubmissions", "", map[string]any{
			"platform": v.text("platform"), "state": s.state, "submittedDate": f.ago(s.ago),
		}, "app="+s.app, "appStoreVersionForReview="+v.id, "submittedByActor="+f.actor(s.who), "lastUpdatedByActor="+f.actor(s.who))
		f.add("reviewSubmissionItems", "", map[string]any{"state": s.item, "before": "PREPARE_FOR_SUBMISSION"}, "reviewSubmission="+id, "appStoreVersion="+v.id)
	}
}

// webhooks tell a service of the team's about two of its apps.
func (f *founding) webhooks() {
	kinds := []string{"APP_STORE_VERSION_APP_VERSION_STATE_UPDATED", "BUILD_BETA_DETAIL_EXTERNAL_BUILD_STATE_UPDATED", "BETA_FEEDBACK_CRASH_SUBMISSION_CREATED"}
	for _, app := range []string{haloID, pebbleID} {
		f.add("webhooks", "", map[string]any{
			"name": "Meadow bell", "url": "https://bell.meadow.example/apple/" + app, "enabled": true, "eventTypes": kinds, "secret": "a secret that is never shown",
		}, "app="+app)
	}
	v := f.version(haloID, "2.4.0")
	h := f.w.get("webhooks", f.w.get("apps", haloID).rels["webhooks"][0])
	for i, states := range [][2]string{{"WAITING_FOR_REVIEW", "IN_REVIEW"}, {"IN_REVIEW", "PENDING_DEVELOPER_RELEASE"}} {
		at := f.now.Add(-3*aDay + time.Duration(3+6*i)*time.Hour).Truncate(time.Second)
		event := f.w.event(kinds[0], map[string]any{"data": map[string]any{
			"type": camel(kinds[0]), "id": f.w.newID(), "version": 1,
			"attributes":    map[string]any{"oldValue": states[0], "newValue": states[1], "timestamp": at.UTC().Format("2006-01-02T15:04:05.000Z")},
			"relationships": map[string]any{"instance": map[string]any{"data": ref{v.typ, v.id}}},
		}}, false, at)
		attrs := map[string]any{
			"createdDate": stamp(at), "sentDate": stamp(at.Add(time.Second)), "redelivery": false, "request": map[string]any{"url": h.text("url")},
			"deliveryState": "SUCCEEDED", "response": map[string]any{"httpStatusCode": 200, "body": "ok"},
		}
		if i == 1 {
			attrs["deliveryState"], attrs["errorMessage"] = "FAILED", "The server answered with 502"
			attrs["response"] = map[string]any{"httpStatusCode": 502, "body": "<html>Bad Gateway</html>"}
		}
		f.add("webhookDeliveries", "", attrs, "webhook="+h.id, "event="+event)
	}
}

// analytics have been asked for Halo a month ago; those of Tide nobody read for
// so long that Apple stopped.
func (f *founding) analytics() {
	halo := f.add("analyticsReportRequests", "", map[string]any{"accessType": "ONGOING", "stoppedDueToInactivity": false}, "app="+haloID)
	f.add("analyticsReportRequests", "", map[string]any{"accessType": "ONGOING", "stoppedDueToInactivity": true}, "app="+tideID)
	noon := f.now.UTC().Truncate(aDay).Add(aDay / 2)
	if noon.After(f.now) {
		noon = noon.AddDate(0, 0, -1)
	}
	const days = 10
	f.w.makeReports(halo, noon.AddDate(0, 0, -days))
	for back := days - 1; back >= 0; back-- {
		for _, id := range f.w.get("analyticsReportRequests", halo).rels["reports"] {
			nextInstances(f.w, f.w.get("analyticsReports", id), noon.AddDate(0, 0, -back))
		}
	}
}
