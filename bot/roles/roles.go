// Package roles knows App Store Connect's user roles: their names, what each lets
// somebody do in plain words, and which go together. It knows neither the team nor
// who asks.
//
// The rules are Apple's: App Store Connect Help, “Role permissions” and “Overview of
// accounts and roles”; UserRole and UserInvitationCreateRequest of the API.
package roles

import (
	"slices"
	"strings"
)

// Role is one role, or one permission that rides on a role.
type Role struct {
	ID     string // as the API spells it
	Name   string // as people say it
	Allows string // what it lets somebody do, in words that follow its name
	All    bool   // sees every app, whatever is sent

	Rides   []string // of a permission: the roles it can be added to, one of which is needed
	Signing bool     // of a permission: wants access to certificates, identifiers and profiles
}

// Ids of the roles that other rules speak of.
const (
	Admin         = "ADMIN"
	AccountHolder = "ACCOUNT_HOLDER"
	AppManager    = "APP_MANAGER"
	Developer     = "DEVELOPER"
)

// all are the roles a person can be given, those with the widest reach first.
var all = []Role{
	{ID: Admin, Name: "Admin", Allows: "can change everyone's access, and everything else except agreements", All: true},
	{ID: "FINANCE", Name: "Finance", Allows: "sees revenue and financial reports of all apps", All: true},
	{ID: AppManager, Name: "App Manager", Allows: "manages versions, TestFlight, prices and releases"},
	{ID: Developer, Name: "Developer", Allows: "uploads builds and works with TestFlight"},
	{ID: "MARKETING", Name: "Marketing", Allows: "edits what the App Store shows"},
	{ID: "SALES", Name: "Sales", Allows: "sees sales, trends and proceeds"},
	{ID: "CUSTOMER_SUPPORT", Name: "Customer Support", Allows: "reads and answers reviews"},
	{ID: "ACCESS_TO_REPORTS", Name: "Access to Reports", Allows: "sees reports of all apps", All: true, Rides: []string{AppManager, Developer, "MARKETING", "SALES"}},
	{ID: "CREATE_APPS", Name: "Create Apps", Allows: "creates new apps", Rides: []string{Developer, "MARKETING"}},
	{ID: "CLOUD_MANAGED_DEVELOPER_ID", Name: "Cloud Managed Developer ID", Allows: "signs Mac software for distribution outside the App Store", Rides: []string{Admin, AppManager, Developer}, Signing: true},
	{ID: "CLOUD_MANAGED_APP_DISTRIBUTION", Name: "Cloud Managed App Distribution", Allows: "signs apps for distribution", Rides: []string{Admin, AppManager, Developer}, Signing: true},
	{ID: "GENERATE_INDIVIDUAL_KEYS", Name: "Generate Individual Keys", Allows: "makes API keys with the own rights", Rides: []string{Admin, "FINANCE", AppManager, Developer, "MARKETING", "SALES", "CUSTOMER_SUPPORT"}},
}

// holder is the one role that only its owner can hand on, at App Store Connect.
var holder = Role{ID: AccountHolder, Name: "Account Holder", Allows: "owns the membership, signs agreements and can do everything", All: true}

// All lists the roles that can be given, those with the widest reach first. The
// Account Holder's is not among them.
func All() []Role { return slices.Clone(all) }

// Find understands “app-manager”, “App Manager”, “APP_MANAGER” and “app managers”,
// among the roles that can be given.
func Find(word string) (Role, bool) {
	key := squash(word)
	i := slices.IndexFunc(all, func(r Role) bool { return squash(r.ID) == key || squash(r.ID)+"s" == key })
	if i < 0 {
		return Role{}, false
	}
	return all[i], true
}

func squash(s string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(s))
}

// Read takes roles from words: “app manager, sales” is two of them. It stops at the
// first word that begins none, and gives what is left from there on.
func Read(words []string) (ids, left []string) {
	for len(words) > 0 {
		if between := words[0]; between == "," || strings.EqualFold(between, "and") || strings.EqualFold(between, "as") {
			words = words[1:]
			continue
		}
		n := min(len(words), 4) // the longest name has four words
		for ; n > 0; n-- {
			if r, ok := Find(strings.Join(words[:n], " ")); ok {
				if !slices.Contains(ids, r.ID) {
					ids = append(ids, r.ID)
				}
				break
			}
		}
		if n == 0 {
			return ids, words
		}
		words = words[n:]
	}
	return ids, nil
}

// Names are the names of all roles that can be given.
func Names() []string {
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = r.Name
	}
	return names
}

// Words names roles for people, those with the widest reach first; one that Apple
// has added since stands at the end, as it is.
func Words(ids []string) string {
	var names []string
	known := append([]Role{holder}, all...)
	for _, r := range known {
		if slices.Contains(ids, r.ID) {
			names = append(names, r.Name)
		}
	}
	for _, id := range ids {
		if !slices.ContainsFunc(known, func(r Role) bool { return r.ID == id }) {
			names = append(names, id)
		}
	}
	return strings.Join(names, ", ")
}

// Allows says what roles let somebody do: “Sales sees sales, trends and proceeds; …”.
func Allows(ids []string) string {
	var parts []string
	for _, r := range append([]Role{holder}, all...) {
		if slices.Contains(ids, r.ID) {
			parts = append(parts, r.Name+" "+r.Allows)
		}
	}
	return strings.Join(parts, "; ")
}

// SeesAll reports whether roles show every app, whatever is sent.
func SeesAll(ids []string) bool {
	return slices.ContainsFunc(append([]Role{holder}, all...), func(r Role) bool { return r.All && slices.Contains(ids, r.ID) })
}

// TakesSigning reports whether access to certificates, identifiers and profiles can
// be switched on and off for roles: it makes sense for App Managers and Developers.
// Admins have it by their role.
func TakesSigning(ids []string) bool {
	return slices.Contains(ids, AppManager) || slices.Contains(ids, Developer)
}

// Complaint says what Apple would not take about a set of roles, or nothing. Signing
// says whether access to certificates, identifiers and profiles comes with them.
func Complaint(ids []string, signing bool) string {
	if len(ids) == 0 {
		return "Choose at least one role."
	}
	for _, id := range ids {
		i := slices.IndexFunc(all, func(r Role) bool { return r.ID == id })
		if id == AccountHolder {
			return "Nobody can be made Account Holder here; that role is handed on at App Store Connect, by its owner."
		}
		if i < 0 {
			return id + " is not a role. Choose among " + strings.Join(Names(), ", ") + "."
		}
		r := all[i]
		if len(r.Rides) > 0 && !slices.ContainsFunc(r.Rides, func(base string) bool { return slices.Contains(ids, base) }) {
			return r.Name + " adds to a role and is none by itself. Add one of " + Words(r.Rides) + "."
		}
		if r.Signing && !signing && !slices.Contains(ids, Admin) {
			return r.Name + " works only together with access to certificates and profiles. Add “with certificates”."
		}
	}
	if signing && !TakesSigning(ids) && !slices.Contains(ids, Admin) {
		return "Access to certificates and profiles goes with App Manager or Developer. Add one of them, or leave it out."
	}
	return ""
}
