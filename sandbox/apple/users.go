package apple

import (
	"cmp"
	"fmt"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// userRoles are the roles of a user, and of a key.
var userRoles = []string{
	"ADMIN", "FINANCE", "ACCOUNT_HOLDER", "SALES", "MARKETING", "APP_MANAGER", "DEVELOPER", "ACCESS_TO_REPORTS",
	"CUSTOMER_SUPPORT", "CREATE_APPS", "CLOUD_MANAGED_DEVELOPER_ID", "CLOUD_MANAGED_APP_DISTRIBUTION", "GENERATE_INDIVIDUAL_KEYS",
}

// permissions ride on a role and are none by themselves.
var permissions = []string{
	"ACCESS_TO_REPORTS", "CREATE_APPS", "CLOUD_MANAGED_DEVELOPER_ID", "CLOUD_MANAGED_APP_DISTRIBUTION", "GENERATE_INDIVIDUAL_KEYS",
}

// invitationLife is how long an invitation can be accepted.
const invitationLife = 3 * 24 * time.Hour

func init() {
	admins := []string{"ADMIN"}
	register(
		&family{typ: "users", reads: admins, writes: admins, update: updateUser, remove: removeUser, links: map[string]linkRule{
			"visibleApps": {add: changeVisibleApps, remove: changeVisibleApps, replace: changeVisibleApps},
		}},
		&family{typ: "userInvitations", reads: admins, writes: admins, create: inviteUser, remove: cancelInvitation,
			due: func(r *record) time.Time { return r.moment("expirationDate") },
			age: func(w *world, r *record, _ time.Time) { w.drop(r.typ, r.id) }, // nobody accepted it in time
		},
	)
}

// seesAllApps says whether roles show every app, whatever is sent.
func seesAllApps(roles []string) bool {
	return slices.ContainsFunc(roles, func(r string) bool {
		return slices.Contains([]string{"ADMIN", "ACCOUNT_HOLDER", "FINANCE", "ACCESS_TO_REPORTS"}, r)
	})
}

// rides says which roles a permission can be added to; those that are not here go
// with any.
var rides = map[string][]string{
	"ACCESS_TO_REPORTS":              {"APP_MANAGER", "DEVELOPER", "MARKETING", "SALES"},
	"CREATE_APPS":                    {"DEVELOPER", "MARKETING"},
	"CLOUD_MANAGED_DEVELOPER_ID":     {"ADMIN", "APP_MANAGER", "DEVELOPER"},
	"CLOUD_MANAGED_APP_DISTRIBUTION": {"ADMIN", "APP_MANAGER", "DEVELOPER"},
}

// grantable refuses roles that make no sense or that nobody can give, and access to
// provisioning where it makes none. Only an Admin's key comes this far, and it can
// give all others.
func grantable(roles []string, provisioning bool) *refusal {
	has := func(any ...string) bool {
		return slices.ContainsFunc(any, func(r string) bool { return slices.Contains(roles, r) })
	}
	if !slices.ContainsFunc(roles, func(r string) bool { return !slices.Contains(permissions, r) }) {
		return badAttribute("roles", "A user must have at least one role")
	}
	if has("ACCOUNT_HOLDER") {
		return badAttribute("roles", "The role 'ACCOUNT_HOLDER' cannot be assigned")
	}
	for _, r := range roles {
		if on := rides[r]; on != nil && !has(on...) {
			return badAttribute("roles", fmt.Sprintf("The role '%s' can only be assigned together with one of: %s", r, strings.Join(on, ", ")))
		}
	}
	if has("CLOUD_MANAGED_DEVELOPER_ID", "CLOUD_MANAGED_APP_DISTRIBUTION") && !provisioning && !has("ADMIN") {
		return badAttribute("roles", "Cloud managed certificates need access to provisioning")
	}
	if provisioning && !has("ADMIN", "APP_MANAGER", "DEVELOPER") {
		return badAttribute("provisioningAllowed", "Provisioning is for the roles ADMIN, APP_MANAGER and DEVELOPER")
	}
	return nil
}

// scope decides which apps are visible: all of them, or those named.
func scope(in *entity, roles []string) (all bool, wrong *refusal) {
	apps, named := in.rels["visibleApps"]
	switch {
	case seesAllApps(roles):
		return true, nil
	case in.flag("allAppsVisible") && len(apps) > 0:
		return false, badRelation("visibleApps", "Visible apps cannot be given when all apps are visible")
	case in.flag("allAppsVisible"), !in.sent("allAppsVisible") && !named:
		return true, nil
	case len(apps) == 0:
		return false, missingRelation("visibleApps")
	}
	return false, nil
}

func inviteUser(d *deed, in *entity) (*record, *refusal) {
	email := in.text("email")
	if wrong := goodAddress(email).and(goodName("firstName", in)).and(goodName("lastName", in)).and(grantable(in.list("roles"), in.flag("provisioningAllowed"))); wrong != nil {
		return nil, wrong
	}
	if len(d.w.named("users", email)) > 0 {
		return nil, duplicate("email", fmt.Sprintf("A user with the email address '%s' already exists on this team", email))
	}
	if len(d.w.named("userInvitations", email)) > 0 {
		return nil, duplicate("email", fmt.Sprintf("An invitation for the email address '%s' already exists", email))
	}
	all, wrong := scope(in, in.list("roles"))
	if wrong != nil {
		return nil, wrong
	}
	if all {
		delete(in.rels, "visibleApps")
	}
	r := newRecord("userInvitations", d.newID(), map[string]any{
		"email": email, "firstName": in.text("firstName"), "lastName": in.text("lastName"), "roles": in.list("roles"),
		"expirationDate": stamp(d.now.Add(invitationLife)), "allAppsVisible": all, "provisioningAllowed": in.flag("provisioningAllowed"),
	})
	d.keep(r)
	d.note = fmt.Sprintf("invited %s as %s", email, strings.Join(in.list("roles"), ", "))
	return r, nil
}

func cancelInvitation(d *deed, old *record) *refusal {
	d.w.drop(old.typ, old.id)
	d.note = "the invitation of " + old.text("email") + " is withdrawn"
	return nil
}

// Accept does what somebody does who was invited: they sign in with their Apple
// Account, whose address may be another one, and are on the team. An empty account
// is one with the address that was invited.
func (s *Server) Accept(email, account string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	w := s.state.now.fork()
	invited := w.named("userInvitations", email)
	if account = cmp.Or(account, email); len(invited) == 0 {
		return absent{"there is no open invitation for " + email}
	}
	if len(w.named("users", account)) > 0 {
		return fmt.Errorf("%s is on the team already", account)
	}
	old := invited[0]
	u := newRecord("users", w.newID(), map[string]any{
		"username": account, "firstName": old.text("firstName"), "lastName": old.text("lastName"), "roles": old.list("roles"),
		"allAppsVisible": old.flag("allAppsVisible"), "provisioningAllowed": old.flag("provisioningAllowed"),
	})
	w.put(u)
	for _, app := range old.rels["visibleApps"] {
		w.link("users", u.id, "visibleApps", app)
	}
	w.drop(old.typ, old.id)
	s.state.commit(s.now(), w)
	return nil
}

func goodAddress(s string) *refusal {
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s || !strings.Contains(s[strings.LastIndex(s, "@"):], ".") {
		return badAttribute("email", fmt.Sprintf("'%s' is not a valid email address", s))
	}
	return nil
}

func goodName(attr string, in *entity) *refusal {
	if s := in.text(attr); strings.TrimSpace(s) == "" || len(s) > 255 {
		return badAttribute(attr, fmt.Sprintf("The attribute '%s' must have from 1 to 255 characters", attr))
	}
	return nil
}

// untouchable refuses changes to the Account Holder.
func untouchable(u *record) *refusal {
	if slices.Contains(u.list("roles"), "ACCOUNT_HOLDER") {
		return refuse(http.StatusForbidden, "FORBIDDEN_ERROR", "This request is forbidden for security reasons",
			"The Account Holder cannot be changed or removed with this API")
	}
	return nil
}

func updateUser(d *deed, old *record, in *entity) *refusal {
	if wrong := untouchable(old); wrong != nil {
		return wrong
	}
	roles, provisioning := old.list("roles"), old.flag("provisioningAllowed")
	if in.sent("roles") {
		roles = in.list("roles")
		provisioning = provisioning && slices.ContainsFunc(roles, func(r string) bool { return slices.Contains([]string{"ADMIN", "APP_MANAGER", "DEVELOPER"}, r) })
	}
	if in.sent("provisioningAllowed") {
		provisioning = in.flag("provisioningAllowed")
	}
	if wrong := grantable(roles, provisioning); wrong != nil {
		return wrong
	}
	apps, named := in.rels["visibleApps"]
	if named && len(apps) > 0 && (seesAllApps(roles) || d.fault.Kind == OldRoles && seesAllApps(old.list("roles"))) {
		return allAppsVisible()
	}
	changes := map[string]any{"roles": roles, "provisioningAllowed": provisioning}
	if in.sent("allAppsVisible") || named || seesAllApps(roles) {
		all, wrong := scope(in, roles)
		if wrong != nil {
			return wrong
		}
		changes["allAppsVisible"] = all
		d.replaceApps(old.id, apps)
	}
	d.w.set(old.typ, old.id, changes)
	d.note = fmt.Sprintf("%s is %s now", old.text("username"), strings.Join(roles, ", "))
	return nil
}

func (d *deed) replaceApps(user string, apps []string) {
	for _, id := range slices.Clone(d.w.get("users", user).rels["visibleApps"]) {
		d.w.unlink("users", user, "visibleApps", id)
	}
	for _, id := range apps {
		d.w.link("users", user, "visibleApps", id)
	}
}

func allAppsVisible() *refusal {
	return refuse(http.StatusForbidden, "FORBIDDEN_ERROR.ALL_APPS_VISIBLE", "The given operation is not allowed",
		"Visible apps cannot be changed for a user who can see all apps")
}

func changeVisibleApps(d *deed, user *record, ids []string) *refusal {
	if wrong := untouchable(user); wrong != nil {
		return wrong
	}
	if user.flag("allAppsVisible") || seesAllApps(user.list("roles")) {
		return allAppsVisible()
	}
	if d.op.Method == http.MethodPatch && len(ids) == 0 {
		return missingRelation("visibleApps")
	}
	d.plain(user)
	if len(d.w.get("users", user.id).rels["visibleApps"]) == 0 {
		return stateError("A user who cannot see all apps must see at least one")
	}
	d.note = "visible apps of " + user.text("username") + " changed"
	return nil
}

// removeUser takes a user off the team, and out of internal groups.
func removeUser(d *deed, old *record) *refusal {
	if wrong := untouchable(old); wrong != nil {
		return wrong
	}
	for _, t := range d.w.named("betaTesters", old.text("username")) {
		for _, g := range t.rels["betaGroups"] {
			if d.w.get("betaGroups", g).flag("isInternalGroup") {
				d.w.unlink("betaTesters", t.id, "betaGroups", g)
			}
		}
	}
	d.w.drop(old.typ, old.id)
	d.note = old.text("username") + " is off the team"
	return nil
}

// pacific is the zone of Apple's dates and of report days.
var pacific = func() *time.Location {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		return time.FixedZone("PST", -8*3600) // a machine without zones; an hour off in summer
	}
	return zone
}()

// stamp writes a moment as Apple does.
func stamp(t time.Time) string { return t.In(pacific).Format(time.RFC3339) }
