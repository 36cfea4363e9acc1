package apple

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// undriven are the operations that the drive below leaves out, with the reason.
// There is none now; one that is added without a call has to be named here.
var undriven = map[string]string{}

// Every operation of the contract is used at least once, both ways through a
// validator that others wrote: what is asked and what is answered.
func TestTheWholeSurface(t *testing.T) {
	c := newCaller(t, Options{HourlyLimit: 1 << 20})
	for _, drive := range []func(*caller){
		drivePeople, driveGroups, driveTesters, driveBuilds, driveBetaTexts, driveVersions, driveReview, driveFeedback, driveCustomers,
		driveDevices, driveIdentifiers, driveAnalytics, driveWebhooks, driveReads, driveReports,
	} {
		drive(c)
	}
	calls := 0
	for _, op := range contract.Operations() {
		name := op.Method + " " + op.Path
		n := c.accepted[name]
		calls += n
		switch reason, left := undriven[name]; {
		case n == 0 && !left:
			t.Errorf("%s is not driven", name)
		case n > 0 && left:
			t.Errorf("%s is driven, although %s", name, reason)
		}
	}
	t.Logf("%d operations, %d calls", len(contract.Operations()), calls)
}

// Whether Apple's whole document is a judge too is said once.
func TestJudges(t *testing.T) {
	if os.Getenv(fullDocument) == "" {
		t.Skipf("%s is not set: requests and answers are checked against the distilled contract alone", fullDocument)
	}
	if len(judges()) != 2 {
		t.Error("the whole document is not read")
	}
}

func drivePeople(c *caller) {
	id := c.made("/v1/userInvitations", invitation("bo@example.com", []string{"DEVELOPER"}, map[string]any{"allAppsVisible": false}, haloID))
	c.ask("GET", "/v1/userInvitations/"+id, nil)
	c.ask("GET", "/v1/userInvitations/"+id+"/visibleApps", nil)
	c.ask("DELETE", "/v1/userInvitations/"+id, nil)
	gil := c.find("users", "username", "gil@agency.example")
	c.ask("PATCH", "/v1/users/"+gil, changed("users", gil, map[string]any{"roles": []string{"DEVELOPER", "CREATE_APPS"}}))
	apps := "/v1/users/" + gil + "/relationships/visibleApps"
	c.ask("POST", apps, toMany("apps", haloID))
	c.ask("DELETE", apps, toMany("apps", haloID))
	c.ask("PATCH", apps, toMany("apps", tideID))
	c.ask("DELETE", "/v1/users/"+gil, nil)
}

func driveGroups(c *caller) {
	id := c.made("/v1/betaGroups", group(haloID, map[string]any{"name": "Drivers"}, map[string]any{"builds": toMany("builds", c.build(haloID, "117"))}))
	c.ask("PATCH", "/v1/betaGroups/"+id, changed("betaGroups", id, map[string]any{"publicLinkEnabled": true}))
	everybody := c.group(haloID, "Everybody")
	c.ask("GET", "/v1/betaGroups/"+everybody+"/betaRecruitmentCriteria", nil)
	c.ask("GET", "/v1/betaGroups/"+everybody+"/betaRecruitmentCriterionCompatibleBuildCheck", nil)
	c.made("/v1/betaRecruitmentCriteria", recruiting(id, filter("MAC", "15.0")))
	c.ask("PATCH", "/v1/betaRecruitmentCriteria/"+id, entityOf("betaRecruitmentCriteria", id, map[string]any{"deviceFamilyOsVersionFilters": []any{filter("IPHONE", "26.0")}}, nil))
	c.ask("DELETE", "/v1/betaRecruitmentCriteria/"+id, nil)
	lee := c.tester(haloID, "lee@friends.example")
	for rel, body := range map[string]map[string]any{"betaTesters": toMany("betaTesters", lee), "builds": toMany("builds", c.build(haloID, "118"))} {
		c.ask("POST", "/v1/betaGroups/"+id+"/relationships/"+rel, body)
		c.ask("DELETE", "/v1/betaGroups/"+id+"/relationships/"+rel, body)
	}
	c.ask("DELETE", "/v1/betaGroups/"+id, nil)
}

func driveTesters(c *caller) {
	friends, everybody := c.group(haloID, "Friends"), c.group(haloID, "Everybody")
	id := c.made("/v1/betaTesters", newTester("uma@friends.example", inGroups(friends)))
	c.made("/v1/betaTesterInvitations", entityOf("betaTesterInvitations", "", nil, map[string]any{"app": toOne("apps", haloID), "betaTester": toOne("betaTesters", id)}))
	for rel, body := range map[string]map[string]any{"betaGroups": toMany("betaGroups", everybody), "builds": toMany("builds", c.build(haloID, "118"))} {
		c.ask("POST", "/v1/betaTesters/"+id+"/relationships/"+rel, body)
		c.ask("DELETE", "/v1/betaTesters/"+id+"/relationships/"+rel, body)
	}
	c.ask("DELETE", "/v1/betaTesters/"+id+"/relationships/apps", toMany("apps", haloID))
	c.wait(time.Minute)
	c.ask("DELETE", "/v1/apps/"+haloID+"/relationships/betaTesters", toMany("betaTesters", c.tester(haloID, "ida@friends.example")))
	c.ask("DELETE", "/v1/betaTesters/"+c.tester(haloID, "noor@friends.example"), nil)
	c.wait(time.Minute)
}

func driveBuilds(c *caller) {
	c.ask("PATCH", "/v1/apps/"+haloID, changed("apps", haloID, map[string]any{"primaryLocale": "en-US"}))
	b, lee := c.build(haloID, "118"), c.tester(haloID, "lee@friends.example")
	for rel, body := range map[string]map[string]any{"betaGroups": toMany("betaGroups", c.group(haloID, "Friends")), "individualTesters": toMany("betaTesters", lee)} {
		c.ask("POST", "/v1/builds/"+b+"/relationships/"+rel, body)
		c.ask("DELETE", "/v1/builds/"+b+"/relationships/"+rel, body)
	}
	b117 := c.build(haloID, "117")
	c.ask("PATCH", "/v1/buildBetaDetails/"+b117, changed("buildBetaDetails", b117, map[string]any{"autoNotifyEnabled": false}))
	c.made("/v1/buildBetaNotifications", entityOf("buildBetaNotifications", "", nil, map[string]any{"build": toOne("builds", b117)}))
	b58 := c.build(pebbleID, "58")
	c.made("/v1/appEncryptionDeclarations", encryption(pebbleID))
	c.ask("PATCH", "/v1/builds/"+b58+"/relationships/appEncryptionDeclaration", toOne("appEncryptionDeclarations", c.find("appEncryptionDeclarations", "appEncryptionDeclarationState", "APPROVED")))
	c.ask("PATCH", "/v1/betaLicenseAgreements/"+pebbleID, changed("betaLicenseAgreements", pebbleID, map[string]any{"agreementText": "Keep it to yourself."}))
	c.ask("PATCH", "/v1/builds/"+b58, changed("builds", b58, map[string]any{"usesNonExemptEncryption": false}))
}

func driveBetaTexts(c *caller) {
	b := c.build(haloID, "118")
	text := c.made("/v1/betaBuildLocalizations", whatToTestIn(b, "de-DE", "Bitte testen."))
	c.ask("PATCH", "/v1/betaBuildLocalizations/"+text, changed("betaBuildLocalizations", text, map[string]any{"whatsNew": "Bitte."}))
	c.ask("DELETE", "/v1/betaBuildLocalizations/"+text, nil)
	text = c.made("/v1/betaAppLocalizations", entityOf("betaAppLocalizations", "", map[string]any{"locale": "ja"}, map[string]any{"app": toOne("apps", haloID)}))
	c.ask("PATCH", "/v1/betaAppLocalizations/"+text, changed("betaAppLocalizations", text, map[string]any{"description": "x"}))
	c.ask("DELETE", "/v1/betaAppLocalizations/"+text, nil)
	detail := c.item("/v1/apps/" + haloID + "/betaAppReviewDetail").ID
	c.ask("PATCH", "/v1/betaAppReviewDetails/"+detail, changed("betaAppReviewDetails", detail, map[string]any{"notes": "x"}))
	c.made("/v1/betaAppReviewSubmissions", forBeta(b))
}

func driveVersions(c *caller) {
	id := c.made("/v1/appStoreVersions", newVersion(tideID, "IOS", "1.0", nil, nil))
	text := c.made("/v1/appStoreVersionLocalizations", entityOf("appStoreVersionLocalizations", "", map[string]any{"locale": "ja"}, map[string]any{"appStoreVersion": toOne("appStoreVersions", id)}))
	c.ask("PATCH", "/v1/appStoreVersionLocalizations/"+text, changed("appStoreVersionLocalizations", text, map[string]any{"keywords": "a,b"}))
	c.ask("DELETE", "/v1/appStoreVersionLocalizations/"+text, nil)
	detail := c.made("/v1/appStoreReviewDetails", entityOf("appStoreReviewDetails", "", map[string]any{"notes": "x"}, map[string]any{"appStoreVersion": toOne("appStoreVersions", id)}))
	c.ask("PATCH", "/v1/appStoreReviewDetails/"+detail, changed("appStoreReviewDetails", detail, map[string]any{"notes": "y"}))
	c.ask("PATCH", "/v1/appStoreVersions/"+id, changed("appStoreVersions", id, map[string]any{"copyright": "2026"}))
	c.ask("DELETE", "/v1/appStoreVersions/"+id, nil)
	pebble := c.version(pebbleID, "1.10.0")
	phased := c.made("/v1/appStoreVersionPhasedReleases", entityOf("appStoreVersionPhasedReleases", "", nil, map[string]any{"appStoreVersion": toOne("appStoreVersions", pebble)}))
	c.ask("DELETE", "/v1/appStoreVersionPhasedReleases/"+phased, nil)
	phased = c.find("appStoreVersionPhasedReleases", "phasedReleaseState", "ACTIVE")
	c.ask("PATCH", "/v1/appStoreVersionPhasedReleases/"+phased, changed("appStoreVersionPhasedReleases", phased, map[string]any{"phasedReleaseState": "PAUSED"}))
	halo := c.version(haloID, "2.4.0")
	c.made("/v1/appStoreVersionReleaseRequests", entityOf("appStoreVersionReleaseRequests", "", nil, map[string]any{"appStoreVersion": toOne("appStoreVersions", halo)}))
}

func driveReview(c *caller) {
	v := c.ready()
	s := c.made("/v1/reviewSubmissions", submission(pebbleID, "IOS"))
	it := c.made("/v1/reviewSubmissionItems", itemOf(s, v))
	c.ask("DELETE", "/v1/reviewSubmissionItems/"+it, nil)
	c.made("/v1/reviewSubmissionItems", itemOf(s, v))
	c.ask("PATCH", "/v1/reviewSubmissions/"+s, changed("reviewSubmissions", s, map[string]any{"submitted": true}))
	it = c.find("reviewSubmissionItems", "state", "REJECTED")
	c.ask("PATCH", "/v1/reviewSubmissionItems/"+it, changed("reviewSubmissionItems", it, map[string]any{"resolved": true}))
}

func driveFeedback(c *caller) {
	for _, typ := range []string{"betaFeedbackCrashSubmissions", "betaFeedbackScreenshotSubmissions"} {
		all := c.s.Resources(typ)
		c.ask("DELETE", "/v1/"+typ+"/"+all[len(all)-1].ID, nil)
	}
}

func driveCustomers(c *caller) {
	review := c.find("customerReviews", "title", "Level 28")
	id := c.made("/v1/customerReviewResponses", entityOf("customerReviewResponses", "", map[string]any{"responseBody": "Try again."}, map[string]any{"review": toOne("customerReviews", review)}))
	c.ask("DELETE", "/v1/customerReviewResponses/"+id, nil)
}

func driveDevices(c *caller) {
	id := c.made("/v1/devices", device("Di's iPhone", "IOS", "00008140-000A1B2C3D4E501C"))
	c.ask("PATCH", "/v1/devices/"+id, changed("devices", id, map[string]any{"status": "DISABLED"}))
}

func driveIdentifiers(c *caller) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		c.t.Fatal(err)
	}
	cert := c.made("/v1/certificates", newCertificate("DISTRIBUTION", signingRequest(c.t, key)))
	c.ask("PATCH", "/v1/certificates/"+cert, changed("certificates", cert, map[string]any{"activated": true}))
	bundle := c.made("/v1/bundleIds", entityOf("bundleIds", "", map[string]any{"identifier": "example.meadow.new", "name": "New", "platform": "IOS"}, nil))
	c.ask("PATCH", "/v1/bundleIds/"+bundle, changed("bundleIds", bundle, map[string]any{"name": "Newer"}))
	capability := c.made("/v1/bundleIdCapabilities", entityOf("bundleIdCapabilities", "", map[string]any{"capabilityType": "MAPS"}, map[string]any{"bundleId": toOne("bundleIds", bundle)}))
	c.ask("PATCH", "/v1/bundleIdCapabilities/"+capability, changed("bundleIdCapabilities", capability, map[string]any{"capabilityType": "MAPS"}))
	profile := c.made("/v1/profiles", newProfile("New", "IOS_APP_STORE", bundle, []string{cert}, nil))
	c.ask("DELETE", "/v1/profiles/"+profile, nil)
	c.ask("DELETE", "/v1/bundleIdCapabilities/"+capability, nil)
	c.ask("DELETE", "/v1/bundleIds/"+bundle, nil)
	c.ask("DELETE", "/v1/certificates/"+cert, nil)
}

func driveAnalytics(c *caller) {
	id := c.made("/v1/analyticsReportRequests", entityOf("analyticsReportRequests", "", map[string]any{"accessType": "ONGOING"}, map[string]any{"app": toOne("apps", pebbleID)}))
	c.ask("DELETE", "/v1/analyticsReportRequests/"+id, nil)
}

func driveWebhooks(c *caller) {
	id := c.made("/v1/webhooks", hook(haloID, nil))
	c.ask("PATCH", "/v1/webhooks/"+id, changed("webhooks", id, map[string]any{"name": "Gong"}))
	c.made("/v1/webhookPings", entityOf("webhookPings", "", nil, map[string]any{"webhook": toOne("webhooks", id)}))
	all, _ := c.deliveries(id)
	c.made("/v1/webhookDeliveries", entityOf("webhookDeliveries", "", nil, map[string]any{"template": toOne("webhookDeliveries", all[0].ID)}))
	c.ask("DELETE", "/v1/webhooks/"+id, nil)
}

// driveReads reads every path once, of a resource that has something there.
func driveReads(c *caller) {
	for _, op := range contract.Operations() {
		if op.Method != "GET" || strings.HasSuffix(op.Path, "/salesReports") || strings.HasSuffix(op.Path, "/financeReports") {
			continue
		}
		path := op.Path
		if strings.Contains(path, "{id}") {
			typ, rel, _ := parts(op.Path)
			path = strings.Replace(path, "{id}", c.owner(typ, rel), 1)
		}
		c.ask("GET", path+questions(c, op)[0], nil)
	}
}

// owner is a resource that has a relationship, or any of the type.
func (c *caller) owner(typ, rel string) string {
	c.t.Helper()
	all := c.s.Resources(typ)
	if len(all) == 0 {
		c.t.Fatalf("there is no %s in the team", typ)
	}
	for _, r := range all {
		if len(r.Relationships[rel]) > 0 {
			return r.ID
		}
	}
	return all[0].ID
}

func driveReports(c *caller) {
	c.ask("GET", salesOfYesterday, nil)
	c.ask("GET", financePath("FINANCIAL", "ZZ", "2026-12"), nil)
}
