package apple

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func group(app string, attrs map[string]any, more map[string]any) map[string]any {
	rels := map[string]any{"app": toOne("apps", app)}
	for name, v := range more {
		rels[name] = v
	}
	return entityOf("betaGroups", "", attrs, rels)
}

func (c *caller) build(app, number string) string {
	return c.find("builds", "version", number, inApp(app))
}
func (c *caller) group(app, name string) string {
	return c.find("betaGroups", "name", name, inApp(app))
}
func (c *caller) tester(app, email string) string {
	return c.find("betaTesters", "email", email, inApp(app))
}

func TestGroups(t *testing.T) {
	c := newCaller(t, Options{})
	post := func(code, words string, body any) {
		t.Helper()
		c.says(409, code, words, "POST", "/v1/betaGroups", body)
	}
	id := c.made("/v1/betaGroups", group(haloID, map[string]any{"name": "Beta Club", "feedbackEnabled": false}, map[string]any{"builds": toMany("builds", c.build(haloID, "117"))}))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE", "'beta club' already exists", group(haloID, map[string]any{"name": "beta club"}, nil))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "from 1 to 50", group(haloID, map[string]any{"name": " "}, nil))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "from 1 to 50", group(haloID, map[string]any{"name": strings.Repeat("é", 51)}, nil))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "Only an internal group", group(haloID, map[string]any{"name": "x", "hasAccessToAllBuilds": true}, nil))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "internal group cannot have a public link", group(haloID, map[string]any{"name": "x", "isInternalGroup": true, "publicLinkEnabled": true}, nil))
	post("STATE_ERROR", "only when the group has a build", group(haloID, map[string]any{"name": "x", "publicLinkEnabled": true}, nil))
	post("ENTITY_ERROR.RELATIONSHIP.INVALID", "different apps", group(haloID, map[string]any{"name": "x"}, map[string]any{"builds": toMany("builds", c.build(pebbleID, "57"))}))
	if n := len(c.s.Resources("betaGroups")); n != 9 {
		t.Errorf("%d groups: a refused group stays", n)
	}
	_, d := c.ask("PATCH", "/v1/betaGroups/"+id, entityOf("betaGroups", id, map[string]any{"name": "Club", "feedbackEnabled": true, "iosBuildsAvailableForAppleVision": true}, nil))
	if g := d.one(t); g.Attributes["name"] != "Club" || g.Attributes["feedbackEnabled"] != true || g.Attributes["iosBuildsAvailableForAppleVision"] != true {
		t.Errorf("%+v", g)
	}
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE", "already exists", "PATCH", "/v1/betaGroups/"+id, entityOf("betaGroups", id, map[string]any{"name": "Friends"}, nil))
	c.ask("DELETE", "/v1/betaGroups/"+id, nil)
	c.says(404, "NOT_FOUND", id, "GET", "/v1/betaGroups/"+id, nil)
}

func TestPublicLinks(t *testing.T) {
	c := newCaller(t, Options{})
	friends, press := c.group(haloID, "Friends"), c.group(pebbleID, "Press")
	patch := func(id string, attrs map[string]any) map[string]any { return entityOf("betaGroups", id, attrs, nil) }
	c.says(409, "STATE_ERROR", "has a build", "PATCH", "/v1/betaGroups/"+press, patch(press, map[string]any{"publicLinkEnabled": true}))
	_, d := c.ask("PATCH", "/v1/betaGroups/"+friends, patch(friends, map[string]any{"publicLinkEnabled": true, "publicLinkLimitEnabled": true, "publicLinkLimit": 25}))
	g := d.one(t)
	link, _ := g.Attributes["publicLink"].(string)
	if !strings.HasPrefix(link, "https://testflight.apple.com/join/") || g.Attributes["publicLinkLimit"] != 25.0 {
		t.Errorf("%+v", g)
	}
	for _, n := range []int{0, -1, 10001} {
		c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "from 1 to 10000", "PATCH", "/v1/betaGroups/"+friends, patch(friends, map[string]any{"publicLinkLimit": n}))
	}
	_, d = c.ask("PATCH", "/v1/betaGroups/"+friends, patch(friends, map[string]any{"publicLinkEnabled": false}))
	if g := d.one(t); g.Attributes["publicLink"] != nil || g.Attributes["publicLinkEnabled"] != false {
		t.Errorf("%+v", g)
	}
	kids := c.group(kidsID, "Parents")
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.REQUIRED", "publicLinkLimit", "PATCH", "/v1/betaGroups/"+kids, patch(kids, map[string]any{"publicLinkLimitEnabled": true}))
}

// An app takes a hundred testers of the team and ten thousand others.
func TestAnAppIsFull(t *testing.T) {
	for _, tt := range []struct {
		group, limit string
		there        int // besides those of the beginning
		last, more   string
	}{
		{"Crew", "limit of 100 testers", 97, "ben@meadow.example", "dora@meadow.example"},
		{"Friends", "limit of 10000 testers", 9993, "uma@friends.example", "vic@friends.example"},
	} {
		c := newCaller(t, Options{})
		if err := c.s.Crowd("Halo", tt.group, tt.there); err != nil {
			t.Fatal(err)
		}
		id := c.group(haloID, tt.group)
		c.made("/v1/betaTesters", newTester(tt.last, inGroups(id)))
		c.says(409, "STATE_ERROR", tt.limit, "POST", "/v1/betaTesters", newTester(tt.more, inGroups(id)))

	}
}

func newTester(email string, rels map[string]any) map[string]any {
	return entityOf("betaTesters", "", map[string]any{"email": email, "firstName": "Uma", "lastName": "Roth"}, rels)
}

func inGroups(ids ...string) map[string]any {
	return map[string]any{"betaGroups": toMany("betaGroups", ids...)}
}

const cannot = "Tester(s) cannot be assigned"

func TestTestersAreAdded(t *testing.T) {
	c := newCaller(t, Options{})
	friends, press, crew := c.group(haloID, "Friends"), c.group(pebbleID, "Press"), c.group(haloID, "Crew")
	uma := c.made("/v1/betaTesters", newTester("uma@friends.example", inGroups(friends)))
	if u := c.item("/v1/betaTesters/" + uma); u.Attributes["state"] != "INVITED" || u.Attributes["inviteType"] != "EMAIL" {
		t.Errorf("a build is there for her: %+v", u)
	}
	other := c.made("/v1/betaTesters", newTester("uma@friends.example", inGroups(press)))
	if u := c.item("/v1/betaTesters/" + other); other == uma || u.Attributes["state"] != "NOT_INVITED" {
		t.Errorf("one id for each app, and no mail without a build: %s %+v", other, u)
	}
	post := func(code, words string, body any) {
		t.Helper()
		c.says(409, code, words, "POST", "/v1/betaTesters", body)
	}
	b117 := c.build(haloID, "117")
	post("STATE_ERROR", cannot, newTester("UMA@friends.example", inGroups(friends)))
	post("STATE_ERROR", cannot, newTester("uma@friends.example", inGroups(crew))) // who is not on the team
	post("STATE_ERROR", cannot, newTester("vic@friends.example", inGroups(friends, press)))
	post("STATE_ERROR", cannot, newTester("vic@friends.example", map[string]any{"builds": toMany("builds", b117, c.build(pebbleID, "57"))}))
	post("ENTITY_ERROR", "Only one relationship should be included", newTester("vic@friends.example", map[string]any{"betaGroups": toMany("betaGroups", friends), "builds": toMany("builds", b117)}))
	post("ENTITY_ERROR.RELATIONSHIP.REQUIRED", "betaGroups", newTester("vic@friends.example", nil))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "not a valid email", newTester("vic@friends", inGroups(friends)))
	same := c.made("/v1/betaTesters", newTester("uma@friends.example", map[string]any{"builds": toMany("builds", b117)}))
	if same != uma {
		t.Errorf("the same person in the same app: %s and %s", uma, same)
	}
	_, d := c.ask("GET", "/v1/builds/"+b117+"/individualTesters", nil)
	if got := ids(d.all(t)); !slices.Equal(got, []string{uma}) {
		t.Errorf("%v", got)
	}
	// A user who does not see the app is not on its team.
	gil := c.tester(pebbleID, "ben@meadow.example")
	c.says(409, "STATE_ERROR", cannot, "POST", "/v1/betaGroups/"+crew+"/relationships/betaTesters", toMany("betaTesters", gil))
	post("STATE_ERROR", cannot, newTester("gil@agency.example", inGroups(crew)))
}

func TestTestersJoinAndLeaveGroups(t *testing.T) {
	c := newCaller(t, Options{})
	friends, everybody := c.group(haloID, "Friends"), c.group(haloID, "Everybody")
	lee, noor, lena := c.tester(haloID, "lee@friends.example"), c.tester(haloID, "noor@friends.example"), c.tester(pebbleID, "lee@friends.example")
	members := func(g string) []string {
		_, d := c.ask("GET", "/v1/betaGroups/"+g+"/relationships/betaTesters?limit=200", nil)
		return ids(d.all(t))
	}
	path := "/v1/betaGroups/" + everybody + "/relationships/betaTesters"
	c.ask("POST", path, toMany("betaTesters", lee, noor))
	if got := members(everybody); !slices.Contains(got, lee) || !slices.Contains(got, noor) || len(got) != 5 {
		t.Errorf("%v", got)
	}
	c.says(409, "STATE_ERROR", cannot, "POST", path, toMany("betaTesters", lee)) // a member already
	c.says(409, "STATE_ERROR", cannot, "POST", path, toMany("betaTesters", lena))
	c.says(404, "NOT_FOUND", "nobody", "POST", path, toMany("betaTesters", "nobody"))
	c.ask("DELETE", path, toMany("betaTesters", lee))
	if got := members(everybody); slices.Contains(got, lee) {
		t.Errorf("%v", got)
	}
	back := "/v1/betaTesters/" + noor + "/relationships/betaGroups"
	c.ask("DELETE", back, toMany("betaGroups", friends))
	if got := members(friends); slices.Contains(got, noor) || !slices.Contains(members(everybody), noor) {
		t.Errorf("%v", got)
	}
	c.ask("POST", back, toMany("betaGroups", friends))
	c.says(409, "STATE_ERROR", cannot, "POST", back, toMany("betaGroups", friends))
}

// A removal that is answered with 202 happens a little later.
func TestTestersAreRemovedLater(t *testing.T) {
	c := newCaller(t, Options{RemovalDelay: time.Minute})
	lee, other, noor := c.tester(haloID, "lee@friends.example"), c.tester(pebbleID, "lee@friends.example"), c.tester(haloID, "noor@friends.example")
	w, _ := c.ask("DELETE", "/v1/apps/"+haloID+"/relationships/betaTesters", toMany("betaTesters", lee, other))
	if w.Code != 202 || w.Body.Len() != 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if c.item("/v1/betaTesters/"+lee) == nil {
		t.Error("gone at once")
	}
	c.wait(time.Minute)
	if c.item("/v1/betaTesters/"+lee) != nil || c.item("/v1/betaTesters/"+other) == nil {
		t.Error("only the tester of that app goes")
	}
	if w, _ = c.ask("DELETE", "/v1/betaTesters/"+noor+"/relationships/apps", toMany("apps", haloID)); w.Code != 202 {
		t.Error(w.Code)
	}
	again := c.made("/v1/betaTesters", newTester("lee@friends.example", inGroups(c.group(haloID, "Friends"))))
	if w, _ = c.ask("DELETE", "/v1/betaTesters/"+other, nil); w.Code != 202 {
		t.Error(w.Code)
	}
	c.wait(time.Minute)
	for _, id := range []string{noor, again, other} {
		if c.item("/v1/betaTesters/"+id) != nil {
			t.Errorf("%s is still there", id)
		}
	}
	at := newCaller(t, Options{RemovalDelay: -1})
	lee = at.tester(haloID, "lee@friends.example")
	if w, _ := at.ask("DELETE", "/v1/betaTesters/"+lee, nil); w.Code != 204 || at.item("/v1/betaTesters/"+lee) != nil {
		t.Errorf("at once: %d", w.Code)
	}
}

// Whoever came by a public link has no address: nobody else goes along.
func TestTestersWithoutAnAddressGoAlone(t *testing.T) {
	c := newCaller(t, Options{RemovalDelay: -1})
	strangers := func() (ids []string) {
		_, d := c.ask("GET", "/v1/betaTesters?filter[inviteType]=PUBLIC_LINK", nil)
		for _, r := range d.all(t) {
			ids = append(ids, r.ID)
		}
		return ids
	}
	c.ask("DELETE", "/v1/betaTesters/"+strangers()[0]+"/relationships/apps", toMany("apps", haloID))
	if n := len(strangers()); n != 2 {
		t.Errorf("%d are left of 3", n)
	}
	c.ask("DELETE", "/v1/betaTesters/"+strangers()[0], nil)
	if n := len(strangers()); n != 1 {
		t.Errorf("%d are left of 2", n)
	}
}

func TestTestersAreInvitedAgain(t *testing.T) {
	c := newCaller(t, Options{})
	body := func(app, tester string) map[string]any {
		return entityOf("betaTesterInvitations", "", nil, map[string]any{"app": toOne("apps", app), "betaTester": toOne("betaTesters", tester)})
	}
	c.made("/v1/betaTesterInvitations", body(haloID, c.tester(haloID, "ida@friends.example")))
	for _, email := range []string{"lee@friends.example", "noor@friends.example"} {
		c.says(409, "STATE_ERROR.TESTER_INVITE.ALREADY_ACCEPTED", "accepted", "POST", "/v1/betaTesterInvitations", body(haloID, c.tester(haloID, email)))
	}
	c.says(409, "STATE_ERROR.TESTER_INVITE.NO_INSTALLABLE_BUILDS", "Tester has no installable build", "POST", "/v1/betaTesterInvitations", body(pebbleID, c.tester(pebbleID, "desk@paper.example")))
	c.says(409, "STATE_ERROR", cannot, "POST", "/v1/betaTesterInvitations", body(tideID, c.tester(haloID, "ida@friends.example")))
	c.says(409, "ENTITY_ERROR.RELATIONSHIP.REQUIRED", "betaTester", "POST", "/v1/betaTesterInvitations",
		entityOf("betaTesterInvitations", "", nil, map[string]any{"app": toOne("apps", haloID)}))
}

func TestBuildsGoToGroups(t *testing.T) {
	c := newCaller(t, Options{})
	crew, friends, press := c.group(haloID, "Crew"), c.group(haloID, "Friends"), c.group(pebbleID, "Press")
	b117, b118, old := c.build(haloID, "117"), c.build(haloID, "118"), c.build(haloID, "109")
	path := "/v1/betaGroups/" + friends + "/relationships/builds"
	c.ask("POST", path, toMany("builds", b117, b118)) // one is there already: no fault
	c.ask("POST", "/v1/builds/"+b118+"/relationships/betaGroups", toMany("betaGroups", friends))
	_, d := c.ask("GET", path, nil)
	if got := ids(d.all(t)); !slices.Equal(got, []string{b117, b118}) {
		t.Errorf("%v", got)
	}
	unassignable := "Build is not in an externally assignable state."
	c.says(422, "ENTITY_UNPROCESSABLE", "Builds cannot be assigned to this internal group. Cannot add internal group to a build.", "POST", "/v1/betaGroups/"+crew+"/relationships/builds", toMany("builds", b118))
	c.says(422, "ENTITY_UNPROCESSABLE", "Cannot add internal group to a build.", "POST", "/v1/builds/"+b118+"/relationships/betaGroups", toMany("betaGroups", crew))
	c.says(422, "ENTITY_UNPROCESSABLE", unassignable, "POST", path, toMany("builds", old))
	c.says(422, "ENTITY_UNPROCESSABLE", unassignable, "POST", "/v1/betaGroups/"+press+"/relationships/builds", toMany("builds", c.build(pebbleID, "58")))
	c.says(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", "different apps", "POST", path, toMany("builds", c.build(tideID, "203")))
	c.ask("DELETE", path, toMany("builds", b118))
	c.ask("DELETE", "/v1/builds/"+b117+"/relationships/betaGroups", toMany("betaGroups", friends))
	if _, d = c.ask("GET", path, nil); len(d.all(t)) != 0 {
		t.Errorf("%s", d.Data)
	}
	// The people of a group are told when its first build comes.
	desk := c.tester(pebbleID, "desk@paper.example")
	c.ask("POST", "/v1/betaGroups/"+press+"/relationships/builds", toMany("builds", c.build(pebbleID, "57")))
	if got := c.item("/v1/betaTesters/" + desk).Attributes["state"]; got != "INVITED" {
		t.Errorf("%v", got)
	}
}

func TestIndividualTestersOfABuild(t *testing.T) {
	c := newCaller(t, Options{})
	b, lee, other := c.build(haloID, "118"), c.tester(haloID, "lee@friends.example"), c.tester(pebbleID, "lee@friends.example")
	path := "/v1/builds/" + b + "/relationships/individualTesters"
	c.ask("POST", path, toMany("betaTesters", lee))
	c.says(409, "STATE_ERROR", cannot, "POST", path, toMany("betaTesters", other))
	_, d := c.ask("GET", "/v1/betaTesters/"+lee+"/builds", nil)
	if got := ids(d.all(t)); !slices.Equal(got, []string{b}) {
		t.Errorf("%v", got)
	}
	c.ask("DELETE", path, toMany("betaTesters", lee))
	side := "/v1/betaTesters/" + lee + "/relationships/builds"
	c.ask("POST", side, toMany("builds", b))
	c.says(409, "STATE_ERROR", cannot, "POST", side, toMany("builds", c.build(pebbleID, "57")))
	c.ask("DELETE", side, toMany("builds", b))
	if _, d = c.ask("GET", path, nil); len(d.all(t)) != 0 {
		t.Errorf("%s", d.Data)
	}
}

func TestBuildsExpireAndAnswer(t *testing.T) {
	c := newCaller(t, Options{})
	patch := func(id string, attrs map[string]any) map[string]any { return entityOf("builds", id, attrs, nil) }
	b58, b117 := c.build(pebbleID, "58"), c.build(haloID, "117")
	if b := c.item("/v1/builds/" + b58); b.Attributes["usesNonExemptEncryption"] != nil {
		t.Errorf("%+v", b)
	}
	c.ask("PATCH", "/v1/builds/"+b58, patch(b58, map[string]any{"usesNonExemptEncryption": false}))
	if s := c.item("/v1/buildBetaDetails/" + b58).Attributes["externalBuildState"]; s != "READY_FOR_BETA_SUBMISSION" {
		t.Error(s)
	}
	c.ask("PATCH", "/v1/builds/"+b58, patch(b58, map[string]any{"usesNonExemptEncryption": false})) // the same answer
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "answered already", "PATCH", "/v1/builds/"+b58, patch(b58, map[string]any{"usesNonExemptEncryption": true}))
	c.ask("PATCH", "/v1/builds/"+b117, patch(b117, map[string]any{"expired": true}))
	if d := c.item("/v1/builds/" + b117 + "/buildBetaDetail"); d.Attributes["internalBuildState"] != "EXPIRED" {
		t.Errorf("%+v", d)
	}
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "cannot be made available again", "PATCH", "/v1/builds/"+b117, patch(b117, map[string]any{"expired": false}))
	c.says(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", "appEncryptionDeclarations", "PATCH", "/v1/builds/"+b58,
		entityOf("builds", b58, nil, map[string]any{"appEncryptionDeclaration": toOne("appEncryptionDeclarations", "1")}))
}

// A build can be tested for ninety days.
func TestBuildsExpireByThemselves(t *testing.T) {
	c := newCaller(t, Options{})
	b := c.build(haloID, "118")
	c.wait(80 * aDay)
	if c.item("/v1/builds/" + b).Attributes["expired"] != false {
		t.Error("too early")
	}
	c.wait(10 * aDay)
	if c.item("/v1/builds/" + b).Attributes["expired"] != true || c.item("/v1/buildBetaDetails/" + b).Attributes["externalBuildState"] != "EXPIRED" {
		t.Errorf("%+v", c.item("/v1/builds/"+b))
	}
}

func TestTestersAreNotified(t *testing.T) {
	c := newCaller(t, Options{})
	body := func(b string) map[string]any {
		return entityOf("buildBetaNotifications", "", nil, map[string]any{"build": toOne("builds", b)})
	}
	approved := c.build(pebbleID, "57")
	c.made("/v1/buildBetaNotifications", body(approved))
	if d := c.item("/v1/buildBetaDetails/" + approved); d.Attributes["externalBuildState"] != "IN_BETA_TESTING" {
		t.Errorf("it goes live when testers are told: %+v", d)
	}
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "Auto-notify already enabled", "POST", "/v1/buildBetaNotifications", body(c.build(haloID, "117")))
	c.says(409, "STATE_ERROR.ENTITY_STATE_INVALID", "Build is not in externally testable state.", "POST", "/v1/buildBetaNotifications", body(c.build(tideID, "203")))
	b := c.build(haloID, "117")
	c.ask("PATCH", "/v1/buildBetaDetails/"+b, entityOf("buildBetaDetails", b, map[string]any{"autoNotifyEnabled": false}, nil))
	c.made("/v1/buildBetaNotifications", body(b))
}

// Lists show a change a while after it was made.
func TestReadsLagBehind(t *testing.T) {
	c := newCaller(t, Options{Lag: 10 * time.Second})
	id := c.made("/v1/betaGroups", group(haloID, map[string]any{"name": "Late"}, nil))
	if c.item("/v1/betaGroups/"+id) != nil {
		t.Error("seen at once")
	}
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE", "already exists", "POST", "/v1/betaGroups", group(haloID, map[string]any{"name": "Late"}, nil))
	c.wait(10 * time.Second)
	if c.item("/v1/betaGroups/"+id) == nil {
		t.Error("not seen after the lag")
	}
	c.ask("DELETE", "/v1/betaGroups/"+id, nil)
	if c.item("/v1/betaGroups/"+id) == nil {
		t.Error("the removal is seen at once")
	}
}
