package apple

import (
	"strings"
	"testing"
	"time"
)

// invitation is the body that invites somebody.
func invitation(email string, roles []string, more map[string]any, apps ...string) map[string]any {
	attrs := map[string]any{"email": email, "firstName": "Bo", "lastName": "Frost", "roles": roles}
	for name, v := range more {
		attrs[name] = v
	}
	if apps == nil {
		return entityOf("userInvitations", "", attrs, nil)
	}
	return entityOf("userInvitations", "", attrs, map[string]any{"visibleApps": toMany("apps", apps...)})
}

func TestInvitations(t *testing.T) {
	c := newCaller(t, Options{})
	limited := map[string]any{"allAppsVisible": false}
	id := c.made("/v1/userInvitations", invitation("bo@example.com", []string{"DEVELOPER"}, limited, haloID, tideID))
	_, d := c.ask("GET", "/v1/userInvitations/"+id+"?include=visibleApps", nil)
	if r := d.one(t); r.Attributes["allAppsVisible"] != false || len(d.Included) != 2 || r.Attributes["expirationDate"] != "2026-11-27T12:00:00-08:00" {
		t.Errorf("%+v", r)
	}
	_, d = c.ask("GET", "/v1/userInvitations?filter[email]=BO@example.com", nil)
	if len(d.all(t)) != 1 {
		t.Errorf("%s", d.Data)
	}
	post := func(code, words string, body any) {
		t.Helper()
		c.says(409, code, words, "POST", "/v1/userInvitations", body)
	}
	dev := []string{"DEVELOPER"}
	post("ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE", "An invitation for", invitation("Bo@Example.com", dev, nil))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE", "already exists on this team", invitation("CY@meadow.example", dev, nil))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "not a valid email", invitation("bo.example.com", dev, nil))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "not a valid email", invitation("bo@example", dev, nil))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "from 1 to 255", invitation("di@example.com", dev, map[string]any{"firstName": " "}))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "from 1 to 255", invitation("di@example.com", dev, map[string]any{"lastName": strings.Repeat("x", 256)}))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "at least one role", invitation("di@example.com", []string{}, nil))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "at least one role", invitation("di@example.com", []string{"CREATE_APPS"}, nil))
	post("ENTITY_ERROR.ATTRIBUTE.INVALID", "ACCOUNT_HOLDER", invitation("di@example.com", []string{"ACCOUNT_HOLDER"}, nil))
	post("ENTITY_ERROR.RELATIONSHIP.INVALID", "when all apps are visible", invitation("di@example.com", dev, map[string]any{"allAppsVisible": true}, haloID))
	post("ENTITY_ERROR.RELATIONSHIP.REQUIRED", "visibleApps", invitation("di@example.com", dev, limited))
	post("ENTITY_ERROR.RELATIONSHIP.INVALID", "no resource of type 'apps'", invitation("di@example.com", dev, limited, "12"))

	c.ask("DELETE", "/v1/userInvitations/"+id, nil)
	c.says(404, "NOT_FOUND", id, "DELETE", "/v1/userInvitations/"+id, nil)
	c.made("/v1/userInvitations", invitation("bo@example.com", []string{"ADMIN"}, nil))
}

// Permissions ride on roles, and provisioning makes sense for some.
func TestRolesThatGoTogether(t *testing.T) {
	c := newCaller(t, Options{})
	with := map[string]any{"provisioningAllowed": true}
	post := func(words string, roles []string, more map[string]any) {
		t.Helper()
		c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", words, "POST", "/v1/userInvitations", invitation("bo@example.com", roles, more))
	}
	post("'CREATE_APPS' can only be assigned together with one of: DEVELOPER, MARKETING", []string{"APP_MANAGER", "CREATE_APPS"}, nil)
	post("'ACCESS_TO_REPORTS' can only", []string{"FINANCE", "ACCESS_TO_REPORTS"}, nil)
	post("'CLOUD_MANAGED_APP_DISTRIBUTION' can only", []string{"SALES", "CLOUD_MANAGED_APP_DISTRIBUTION"}, with)
	post("need access to provisioning", []string{"DEVELOPER", "CLOUD_MANAGED_APP_DISTRIBUTION"}, nil)
	post("Provisioning is for the roles", []string{"SALES"}, with)
	c.made("/v1/userInvitations", invitation("bo@example.com", []string{"DEVELOPER", "CLOUD_MANAGED_APP_DISTRIBUTION", "CREATE_APPS"}, with))
	c.made("/v1/userInvitations", invitation("di@example.com", []string{"ADMIN", "CLOUD_MANAGED_DEVELOPER_ID"}, nil))

	finn := c.find("users", "username", "finn@meadow.example")
	change := entityOf("users", finn, map[string]any{"roles": []string{"MARKETING"}}, nil)
	_, d := c.ask("PATCH", "/v1/users/"+finn, change)
	if u := d.one(t); u.Attributes["provisioningAllowed"] != false {
		t.Errorf("a role without provisioning takes it away: %+v", u)
	}
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "Provisioning is for", "PATCH", "/v1/users/"+finn, entityOf("users", finn, with, nil))
}

// Whoever accepts is a user with the same rights, perhaps under another address.
func TestInvitationsAreAccepted(t *testing.T) {
	c := newCaller(t, Options{})
	id := c.made("/v1/userInvitations", invitation("bo@example.com", []string{"DEVELOPER"}, map[string]any{"allAppsVisible": false, "provisioningAllowed": true}, haloID, tideID))
	if err := c.s.Accept("di@example.com", ""); err == nil {
		t.Error("nobody has invited them")
	}
	if err := c.s.Accept("bo@example.com", "cy@meadow.example"); err == nil {
		t.Error("that account is on the team")
	}
	if err := c.s.Accept("bo@example.com", "bo@icloud.example"); err != nil {
		t.Fatal(err)
	}
	if c.item("/v1/userInvitations/"+id) != nil {
		t.Error("the invitation is still there")
	}
	user := c.find("users", "username", "bo@icloud.example")
	_, d := c.ask("GET", "/v1/users/"+user+"?include=visibleApps", nil)
	if u := d.one(t); user == id || u.Attributes["provisioningAllowed"] != true || u.Attributes["allAppsVisible"] != false || len(d.Included) != 2 {
		t.Errorf("%+v", u)
	}
	c.made("/v1/userInvitations", invitation("di@example.com", []string{"ADMIN"}, nil))
	if err := c.s.Accept("di@example.com", ""); err != nil {
		t.Error(err)
	}
	c.find("users", "username", "di@example.com")
}

// Apple may judge by the roles somebody had which apps can be chosen for them.
func TestAppsByOldRoles(t *testing.T) {
	c := newCaller(t, Options{})
	mo := c.find("users", "username", "mo@meadow.example")
	change := entityOf("users", mo, map[string]any{"roles": []string{"SALES"}, "allAppsVisible": false}, map[string]any{"visibleApps": toMany("apps", tideID)})
	cancel := c.s.Inject(Fault{Kind: OldRoles})
	c.says(403, "FORBIDDEN_ERROR.ALL_APPS_VISIBLE", "can see all apps", "PATCH", "/v1/users/"+mo, change)
	c.ask("PATCH", "/v1/users/"+mo, entityOf("users", mo, map[string]any{"roles": []string{"SALES"}}, nil))
	c.ask("PATCH", "/v1/users/"+mo, change)
	cancel()
}

// An invitation can be accepted for three days; then it is gone by itself.
func TestInvitationsLapse(t *testing.T) {
	c := newCaller(t, Options{})
	id := c.made("/v1/userInvitations", invitation("bo@example.com", []string{"SALES"}, nil))
	c.wait(3*aDay - time.Second)
	if c.item("/v1/userInvitations/"+id) == nil {
		t.Error("gone too early")
	}
	c.wait(time.Second)
	if c.item("/v1/userInvitations/"+id) != nil {
		t.Error("it is still there after three days")
	}
}

func TestUsersChange(t *testing.T) {
	c := newCaller(t, Options{})
	gil, cy, dora := c.find("users", "username", "gil@agency.example"), c.find("users", "username", "cy@meadow.example"), c.find("users", "username", "dora@meadow.example")
	patch := func(id string, attrs map[string]any, apps ...string) map[string]any {
		var rels map[string]any
		if apps != nil {
			rels = map[string]any{"visibleApps": toMany("apps", apps...)}
		}
		return entityOf("users", id, attrs, rels)
	}
	_, d := c.ask("PATCH", "/v1/users/"+gil, patch(gil, map[string]any{"roles": []string{"DEVELOPER", "CREATE_APPS"}, "provisioningAllowed": true, "allAppsVisible": false}, haloID, tideID))
	if u := d.one(t); u.Attributes["provisioningAllowed"] != true || len(u.Attributes["roles"].([]any)) != 2 {
		t.Errorf("%+v", u)
	}
	_, d = c.ask("GET", "/v1/users/"+gil+"/visibleApps", nil)
	if got := ids(d.all(t)); len(got) != 2 || got[0] != haloID || got[1] != tideID {
		t.Errorf("the apps are replaced as a whole: %v", got)
	}
	_, d = c.ask("PATCH", "/v1/users/"+gil, patch(gil, map[string]any{"roles": []string{"FINANCE"}}))
	if u := d.one(t); u.Attributes["allAppsVisible"] != true {
		t.Errorf("a role that sees all apps: %+v", u)
	}
	c.says(403, "FORBIDDEN_ERROR.ALL_APPS_VISIBLE", "can see all apps", "PATCH", "/v1/users/"+cy, patch(cy, nil, haloID))
	c.says(403, "FORBIDDEN_ERROR.ALL_APPS_VISIBLE", "can see all apps", "POST", "/v1/users/"+cy+"/relationships/visibleApps", toMany("apps", haloID))
	c.says(403, "FORBIDDEN_ERROR", "The Account Holder", "PATCH", "/v1/users/"+dora, patch(dora, map[string]any{"roles": []string{"ADMIN"}}))
	c.says(403, "FORBIDDEN_ERROR", "The Account Holder", "DELETE", "/v1/users/"+dora, nil)
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "ACCOUNT_HOLDER", "PATCH", "/v1/users/"+cy, patch(cy, map[string]any{"roles": []string{"ACCOUNT_HOLDER"}}))
	c.says(404, "NOT_FOUND", "'nobody'", "PATCH", "/v1/users/nobody", patch("nobody", nil))
}

func TestVisibleAppsAreLinked(t *testing.T) {
	c := newCaller(t, Options{})
	finn := c.find("users", "username", "finn@meadow.example")
	path := "/v1/users/" + finn + "/relationships/visibleApps"
	apps := func() string {
		_, d := c.ask("GET", path, nil)
		return strings.Join(ids(d.all(t)), " ")
	}
	c.ask("POST", path, toMany("apps", pebbleID, haloID))
	if got := apps(); got != haloID+" "+pebbleID {
		t.Error(got)
	}
	c.ask("PATCH", path, toMany("apps", tideID))
	if got := apps(); got != tideID {
		t.Error(got)
	}
	c.says(409, "STATE_ERROR", "must see at least one", "DELETE", path, toMany("apps", tideID))
	c.says(409, "ENTITY_ERROR.RELATIONSHIP.REQUIRED", "visibleApps", "PATCH", path, toMany("apps"))
	c.says(404, "NOT_FOUND", "'99'", "POST", path, toMany("apps", "99"))
	if got := apps(); got != tideID {
		t.Errorf("what was refused changed something: %s", got)
	}
	c.ask("POST", path, toMany("apps", pebbleID))
	c.ask("DELETE", path, toMany("apps", tideID))
	if got := apps(); got != pebbleID {
		t.Error(got)
	}
}

// Who leaves the team leaves its internal groups, and no others.
func TestUsersLeave(t *testing.T) {
	c := newCaller(t, Options{})
	finn := c.find("users", "username", "finn@meadow.example")
	tester := c.find("betaTesters", "email", "finn@meadow.example")
	c.ask("DELETE", "/v1/users/"+finn, nil)
	if c.item("/v1/users/"+finn) != nil {
		t.Error("still on the team")
	}
	_, d := c.ask("GET", "/v1/betaTesters/"+tester+"/betaGroups", nil)
	if len(d.all(t)) != 0 {
		t.Errorf("still in %s", d.Data)
	}
}

// What a key may do depends on its roles.
func TestKeysHaveRoles(t *testing.T) {
	for _, tt := range []struct {
		roles  []string
		method string
		path   string
		body   any
		want   int
	}{
		{[]string{"DEVELOPER"}, "GET", "/v1/users", nil, 403},
		{[]string{"DEVELOPER"}, "GET", "/v1/apps", nil, 200},
		{[]string{"APP_MANAGER"}, "POST", "/v1/userInvitations", invitation("bo@example.com", []string{"DEVELOPER"}, nil), 403},
		{[]string{"MARKETING"}, "POST", "/v1/betaGroups", entityOf("betaGroups", "", map[string]any{"name": "More"}, map[string]any{"app": toOne("apps", haloID)}), 403},
		{[]string{"APP_MANAGER"}, "POST", "/v1/betaGroups", entityOf("betaGroups", "", map[string]any{"name": "More"}, map[string]any{"app": toOne("apps", haloID)}), 201},
		{[]string{"MARKETING", "ADMIN"}, "GET", "/v1/userInvitations", nil, 200},
		{[]string{"APP_MANAGER"}, "GET", salesOfYesterday, nil, 403},
		{[]string{"SALES"}, "GET", salesOfYesterday, nil, 200},
		{[]string{"SALES"}, "GET", "/v1/betaTesters", nil, 200},
	} {
		c := newCaller(t, Options{KeyRoles: tt.roles})
		if tt.want < 400 {
			c.ask(tt.method, tt.path, tt.body)
			continue
		}
		c.says(tt.want, "FORBIDDEN_ERROR", "The API key in use does not allow this request", tt.method, tt.path, tt.body)
	}
	if _, err := New(Options{KeyRoles: []string{"JANITOR"}}); err == nil {
		t.Error("a role that does not exist is taken")
	}
}

const salesOfYesterday = "/v1/salesReports?filter[vendorNumber]=" + vendor + "&filter[reportType]=SALES&filter[reportSubType]=SUMMARY&filter[frequency]=DAILY&filter[reportDate]=2026-11-22"

// An individual key names no issuer, and is told from a team key by it.
func TestIndividualKeys(t *testing.T) {
	c := newCaller(t, Options{Individual: true})
	if c.s.Credentials().IssuerID != "" {
		t.Error("an individual key has no issuer")
	}
	c.ask("GET", "/v1/apps", nil)
	c.says(403, "FORBIDDEN_ERROR", "The API key in use", "GET", salesOfYesterday, nil)
	r := c.request("GET", "/v1/apps", nil)
	r.Header.Set("Authorization", "Bearer "+c.token(func(_, claims map[string]any) { claims["iss"] = issuerID }))
	if w := c.send(r); w.Code != 401 {
		t.Errorf("a token with an issuer: %d", w.Code)
	}
}
