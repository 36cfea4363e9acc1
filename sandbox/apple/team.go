package apple

import (
	"fmt"
	"strings"
	"time"
)

// The apps of the made-up team. Their names and SKUs stand in the sales reports
// too.
var teamApps = []struct{ id, name, bundle, sku string }{
	{"6448000001", "Halo", "example.meadow.halo", "HALO"},
	{"6448000002", "Pebble", "example.meadow.pebble", "PEBBLE"},
	{"6448000003", "Tide", "example.meadow.tide", "TIDE"},
	{"6448000004", "Halo for Kids", "example.meadow.halokids", "HALOKIDS"},
}

const (
	haloID   = "6448000001"
	pebbleID = "6448000002"
	tideID   = "6448000003"
	kidsID   = "6448000004"
)

// founding fills a world; ids are the same in every run, so that a person can
// speak about them.
type founding struct {
	w         *world
	now       time.Time
	authority *authority
	n         int
}

func newTeam(now time.Time, a *authority) (*world, error) {
	f := &founding{w: newWorld(), now: now, authority: a}
	f.w.ids.made = 1 << 32 // far from the ids of what is made later, which count from 1
	f.apps()
	f.users()
	f.builds()
	f.groups()
	f.testers()
	f.actors(keyID)
	f.versions()
	f.submissions()
	f.webhooks()
	f.betaTexts()
	f.betaReviews()
	f.feedback()
	f.reviews()
	f.shop()
	f.analytics()
	if err := f.provisioning(); err != nil {
		return nil, err
	}
	f.w.own, f.w.ids.made = map[string]bool{}, 0
	return f.w, nil
}

func (f *founding) ago(d time.Duration) string { return stamp(f.now.Add(-d).Truncate(time.Second)) }

const aDay = 24 * time.Hour

// add puts a record with relationships written as "name=id,id".
func (f *founding) add(typ, id string, attrs map[string]any, rels ...string) string {
	if id == "" {
		f.n++
		id = fmt.Sprintf("%08x-0c4e-4b5a-8d11-%012x", 0x1a000000+f.n*104729, f.n)
	}
	f.w.put(newRecord(typ, id, attrs))
	for _, rel := range rels {
		name, ids, _ := strings.Cut(rel, "=")
		for other := range strings.SplitSeq(ids, ",") {
			f.w.link(typ, id, name, other)
		}
	}
	return id
}

func (f *founding) apps() {
	for _, a := range teamApps {
		f.add("apps", a.id, map[string]any{
			"name": a.name, "bundleId": a.bundle, "sku": a.sku, "primaryLocale": "en-US", "isOrEverWasMadeForKids": a.id == kidsID,
			"contentRightsDeclaration": "DOES_NOT_USE_THIRD_PARTY_CONTENT", "streamlinedPurchasingEnabled": true,
		})
	}
}

func (f *founding) users() {
	for _, u := range []struct {
		email, first, last, roles, apps string
		provisioning                    bool
	}{
		{"dora@meadow.example", "Dora", "Weiss", "ACCOUNT_HOLDER ADMIN", "", true},
		{"cy@meadow.example", "Cy", "Lindqvist", "ADMIN", "", true},
		{"ben@meadow.example", "Ben", "Okafor", "APP_MANAGER", "", true},
		{"ana@meadow.example", "Ana", "Reyes", "MARKETING", haloID + "," + pebbleID, false},
		{"eve@meadow.example", "Eve", "Tanaka", "CUSTOMER_SUPPORT SALES", haloID + "," + tideID, false},
		{"finn@meadow.example", "Finn", "Abara", "DEVELOPER", haloID, true},
		{"gil@agency.example", "Gil", "Brandt", "DEVELOPER", pebbleID, false},
		{"mo@meadow.example", "Mo", "Hart", "FINANCE", "", false},
	} {
		attrs := map[string]any{
			"username": u.email, "firstName": u.first, "lastName": u.last, "roles": strings.Fields(u.roles),
			"allAppsVisible": u.apps == "", "provisioningAllowed": u.provisioning,
		}
		if u.apps == "" {
			f.add("users", "", attrs)
		} else {
			f.add("users", "", attrs, "visibleApps="+u.apps)
		}
	}
	f.add("userInvitations", "", map[string]any{
		"email": "pat@agency.example", "firstName": "Pat", "lastName": "Lund", "roles": []string{"DEVELOPER"},
		"expirationDate": stamp(f.now.Add(2 * aDay).Truncate(time.Second)), "allAppsVisible": false, "provisioningAllowed": false,
	}, "visibleApps="+pebbleID)
}

// teamBuilds are the builds, the newest of an app last.
var teamBuilds = []struct {
	app, platform, version, number, internal, external, minimum string
	days                                                        int // since it was uploaded
	compliance                                                  string
}{
	{haloID, "IOS", "2.3.0", "109", "EXPIRED", "EXPIRED", "16.0", 95, "no"},
	{haloID, "IOS", "2.4.0", "117", "IN_BETA_TESTING", "IN_BETA_TESTING", "17.0", 21, "no"},
	{haloID, "IOS", "2.4.0", "118", "IN_BETA_TESTING", "READY_FOR_BETA_SUBMISSION", "17.0", 2, "no"},
	{pebbleID, "IOS", "1.9.0", "57", "IN_BETA_TESTING", "BETA_APPROVED", "16.0", 12, "no"},
	{pebbleID, "IOS", "1.10.0", "58", "MISSING_EXPORT_COMPLIANCE", "MISSING_EXPORT_COMPLIANCE", "16.0", 1, ""},
	{tideID, "MAC_OS", "3.1.0", "203", "IN_BETA_TESTING", "WAITING_FOR_BETA_REVIEW", "14.0", 4, "no"},
	{tideID, "MAC_OS", "3.1.1", "204", "PROCESSING", "PROCESSING", "14.0", 0, ""},
	{kidsID, "IOS", "1.0.0", "12", "READY_FOR_BETA_TESTING", "NOT_APPLICABLE", "17.0", 6, "no"},
}

func (f *founding) builds() {
	for _, b := range teamBuilds {
		train := f.w.find("preReleaseVersions", func(v *record) bool {
			return v.one("app") == b.app && v.text("version") == b.version && v.text("platform") == b.platform
		})
		if train == nil {
			f.add("preReleaseVersions", "", map[string]any{"version": b.version, "platform": b.platform}, "app="+b.app)
			all := f.w.all("preReleaseVersions")
			train = all[len(all)-1]
		}
		up := time.Duration(b.days)*aDay + 3*time.Hour
		attrs := map[string]any{
			"version": b.number, "uploadedDate": f.ago(up), "expirationDate": stamp(f.now.Add(90*aDay - up).Truncate(time.Second)),
			"expired": b.external == "EXPIRED", "minOsVersion": b.minimum, "processingState": "VALID", "buildAudienceType": "APP_STORE_ELIGIBLE",
		}
		if b.internal == "PROCESSING" {
			attrs["processingState"] = "PROCESSING"
		}
		if b.compliance != "" {
			attrs["usesNonExemptEncryption"] = b.compliance == "yes"
		}
		id := f.add("builds", "", attrs, "app="+b.app, "preReleaseVersion="+train.id)
		f.add("buildBetaDetails", id, map[string]any{
			"autoNotifyEnabled": b.app == haloID, "internalBuildState": b.internal, "externalBuildState": b.external,
		}, "build="+id)
	}
}

// build is the id of the build of an app with a number.
func (f *founding) build(app, number string) string {
	return f.w.find("builds", func(b *record) bool { return b.one("app") == app && b.text("version") == number }).id
}

func (f *founding) groups() {
	for _, g := range []struct {
		app, name, builds string
		internal, all     bool
		limit             int // of a public link; 0: no link
		days              int
	}{
		{haloID, "Crew", "", true, true, 0, 380},
		{haloID, "Friends", "117", false, false, 0, 300},
		{haloID, "Everybody", "117", false, false, 500, 120},
		{pebbleID, "Crew", "57", true, false, 0, 250},
		{pebbleID, "Friends", "57", false, false, 0, 200},
		{pebbleID, "Press", "", false, false, 0, 30},
		{tideID, "Crew", "203", true, false, 0, 150},
		{kidsID, "Parents", "", false, false, 0, 5},
	} {
		attrs := map[string]any{
			"name": g.name, "createdDate": f.ago(time.Duration(g.days) * aDay), "isInternalGroup": g.internal, "feedbackEnabled": true,
		}
		if g.internal {
			attrs["hasAccessToAllBuilds"] = g.all
		} else {
			attrs["publicLinkEnabled"], attrs["publicLinkLimitEnabled"] = g.limit > 0, g.limit > 0
		}
		rels := []string{"app=" + g.app}
		if g.builds != "" {
			rels = append(rels, "builds="+f.build(g.app, g.builds))
		}
		id := f.add("betaGroups", "", attrs, rels...)
		if g.limit > 0 {
			code := publicCode(id)
			f.w.set("betaGroups", id, map[string]any{
				"publicLinkLimit": g.limit, "publicLinkId": code, "publicLink": "https://testflight.apple.com/join/" + code,
			})
			f.add("betaRecruitmentCriteria", id, map[string]any{
				"lastModifiedDate": f.ago(time.Duration(g.days) * aDay), "deviceFamilyOsVersionFilters": []any{
					map[string]any{"deviceFamily": "IPHONE", "minimumOsInclusive": "17.0"},
					map[string]any{"deviceFamily": "IPAD", "minimumOsInclusive": "17.0", "maximumOsInclusive": "26.1"},
				},
			}, "betaGroup="+id)
			f.w.checks(id)
		}
	}
}

func (f *founding) group(app, name string) string {
	return f.w.find("betaGroups", func(g *record) bool { return g.one("app") == app && g.text("name") == name }).id
}

func (f *founding) testers() {
	for _, t := range []struct{ app, group, email, first, last, state string }{
		{haloID, "Crew", "cy@meadow.example", "Cy", "Lindqvist", "INSTALLED"},
		{haloID, "Crew", "finn@meadow.example", "Finn", "Abara", "INSTALLED"},
		{haloID, "Friends", "lee@friends.example", "Lee", "Moran", "INSTALLED"},
		{haloID, "Friends", "noor@friends.example", "Noor", "Aziz", "ACCEPTED"},
		{haloID, "Friends", "ida@friends.example", "Ida", "Berg", "INVITED"},
		{pebbleID, "Crew", "ben@meadow.example", "Ben", "Okafor", "ACCEPTED"},
		{pebbleID, "Friends", "lee@friends.example", "Lee", "Moran", "INSTALLED"},
		{pebbleID, "Press", "desk@paper.example", "News", "Desk", "NOT_INVITED"},
		{tideID, "Crew", "eve@meadow.example", "Eve", "Tanaka", "INSTALLED"},
	} {
		f.add("betaTesters", "", map[string]any{
			"email": t.email, "firstName": t.first, "lastName": t.last, "inviteType": "EMAIL", "state": t.state,
		}, "apps="+t.app, "betaGroups="+f.group(t.app, t.group))
	}
	// Who comes by the public link leaves neither name nor address.
	for range 3 {
		f.add("betaTesters", "", map[string]any{"inviteType": "PUBLIC_LINK", "state": "INSTALLED"}, "apps="+haloID, "betaGroups="+f.group(haloID, "Everybody"))
	}
}
