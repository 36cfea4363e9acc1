package apple

import (
	"strings"
	"time"
)

// Orchard is the company's other team: two small apps and its own people. One of them,
// Ben, is on both teams with the same address, in another role.
const (
	plumID   = "6448500001"
	quinceID = "6448500002"

	orchardKeyID    = "7J3K9QWERT"
	orchardIssuerID = "69a6de70-03db-47e3-e053-5b8c7c11a4d1"
	orchardVendor   = "85067890"
)

// newOrchard fills a world with the other team.
func newOrchard(now time.Time, a *authority) (*world, error) {
	f := &founding{w: newWorld(), now: now, authority: a, n: 5000} // other ids than the first team's
	f.w.ids.made = 1 << 33
	for _, app := range []struct{ id, name, bundle string }{
		{plumID, "Plum", "example.orchard.plum"}, {quinceID, "Quince", "example.orchard.quince"},
	} {
		f.add("apps", app.id, map[string]any{
			"name": app.name, "bundleId": app.bundle, "sku": strings.ToUpper(app.name), "primaryLocale": "en-GB", "isOrEverWasMadeForKids": false,
			"contentRightsDeclaration": "DOES_NOT_USE_THIRD_PARTY_CONTENT", "streamlinedPurchasingEnabled": true,
		})
	}
	for _, u := range []struct{ email, first, last, roles, apps string }{
		{"rosa@orchard.example", "Rosa", "Keller", "ACCOUNT_HOLDER ADMIN", ""},
		{"ben@meadow.example", "Ben", "Okafor", "ADMIN", ""},
		{"nia@orchard.example", "Nia", "Farr", "ADMIN", ""},
		{"tom@orchard.example", "Tom", "Nowak", "DEVELOPER", plumID},
	} {
		attrs := map[string]any{
			"username": u.email, "firstName": u.first, "lastName": u.last, "roles": strings.Fields(u.roles),
			"allAppsVisible": u.apps == "", "provisioningAllowed": false,
		}
		if u.apps == "" {
			f.add("users", "", attrs)
			continue
		}
		f.add("users", "", attrs, "visibleApps="+u.apps)
	}
	f.add("userInvitations", "", map[string]any{
		"email": "vera@orchard.example", "firstName": "Vera", "lastName": "Holt", "roles": []string{"MARKETING"},
		"expirationDate": stamp(now.Add(2 * aDay).Truncate(time.Second)), "allAppsVisible": true, "provisioningAllowed": false,
	})
	train := f.add("preReleaseVersions", "", map[string]any{"version": "1.0.0", "platform": "IOS"}, "app="+plumID)
	build := f.add("builds", "", map[string]any{
		"version": "7", "uploadedDate": f.ago(3 * aDay), "expirationDate": stamp(now.Add(87 * aDay).Truncate(time.Second)), "expired": false,
		"minOsVersion": "17.0", "processingState": "VALID", "buildAudienceType": "APP_STORE_ELIGIBLE", "usesNonExemptEncryption": false,
	}, "app="+plumID, "preReleaseVersion="+train)
	f.add("buildBetaDetails", build, map[string]any{
		"autoNotifyEnabled": false, "internalBuildState": "IN_BETA_TESTING", "externalBuildState": "READY_FOR_BETA_SUBMISSION",
	}, "build="+build)
	pickers := f.add("betaGroups", "", map[string]any{
		"name": "Pickers", "createdDate": f.ago(40 * aDay), "isInternalGroup": false, "feedbackEnabled": true,
		"publicLinkEnabled": false, "publicLinkLimitEnabled": false,
	}, "app="+plumID, "builds="+build)
	f.add("betaTesters", "", map[string]any{
		"email": "ida@friends.example", "firstName": "Ida", "lastName": "Berg", "inviteType": "EMAIL", "state": "INVITED",
	}, "apps="+plumID, "betaGroups="+pickers)
	fresh := f.add("builds", "", map[string]any{
		"version": "8", "uploadedDate": f.ago(aDay), "expirationDate": stamp(now.Add(89 * aDay).Truncate(time.Second)), "expired": false,
		"minOsVersion": "17.0", "processingState": "VALID", "buildAudienceType": "APP_STORE_ELIGIBLE",
	}, "app="+plumID, "preReleaseVersion="+train)
	f.add("buildBetaDetails", fresh, map[string]any{
		"autoNotifyEnabled": false, "internalBuildState": "MISSING_EXPORT_COMPLIANCE", "externalBuildState": "MISSING_EXPORT_COMPLIANCE",
	}, "build="+fresh)
	f.add("betaBuildLocalizations", "", map[string]any{"locale": "en-GB", "whatsNew": "Picking by the tree."}, "build="+build)
	f.add("betaAppLocalizations", "", map[string]any{"locale": "en-GB", "feedbackEmail": "beta@orchard.example", "description": "Help us pick plums."}, "app="+plumID)
	f.add("betaAppReviewDetails", plumID, map[string]any{
		"contactFirstName": "Rosa", "contactLastName": "Keller", "contactPhone": "+44 20 7946 0018", "contactEmail": "rosa@orchard.example", "demoAccountRequired": false,
	}, "app="+plumID)
	f.actors(orchardKeyID)
	f.w.own, f.w.ids.made = map[string]bool{}, 0
	return f.w, nil
}
