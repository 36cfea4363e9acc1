package commands

import (
	"slices"
	"strings"
)

// role is one of Apple's user roles, in words.
type role struct {
	ID     string // as the API spells it
	Name   string // as people say it
	Allows string // what it lets somebody do, for those who decide
	AllApp bool   // sees every app, whatever is sent
	Rides  []string
}

// roles are those a person can be invited with. Account Holder cannot be given
// away through the API. The last five are permissions that ride on one of the
// roles they name. (App Store Connect Help, "Role permissions"; UserRole.)
var roles = []role{
	{ID: "ADMIN", Name: "Admin", Allows: "can change everyone's access, and everything else except agreements", AllApp: true},
	{ID: "FINANCE", Name: "Finance", Allows: "sees revenue and financial reports of all apps", AllApp: true},
	{ID: "APP_MANAGER", Name: "App Manager", Allows: "manages versions, TestFlight, prices and releases"},
	{ID: "DEVELOPER", Name: "Developer", Allows: "uploads builds and works with TestFlight"},
	{ID: "MARKETING", Name: "Marketing", Allows: "edits what the App Store shows"},
	{ID: "SALES", Name: "Sales", Allows: "sees sales, trends and proceeds"},
	{ID: "CUSTOMER_SUPPORT", Name: "Customer Support", Allows: "reads and answers reviews"},
	{ID: "ACCESS_TO_REPORTS", Name: "Access to Reports", Allows: "sees reports of all apps", AllApp: true, Rides: []string{"APP_MANAGER", "DEVELOPER", "MARKETING", "SALES"}},
	{ID: "CREATE_APPS", Name: "Create Apps", Allows: "creates new apps", Rides: []string{"DEVELOPER", "MARKETING", "APP_MANAGER"}},
	{ID: "CLOUD_MANAGED_DEVELOPER_ID", Name: "Cloud Managed Developer ID", Allows: "signs Mac software for distribution outside the App Store", Rides: []string{"ADMIN", "APP_MANAGER", "DEVELOPER"}},
	{ID: "CLOUD_MANAGED_APP_DISTRIBUTION", Name: "Cloud Managed App Distribution", Allows: "signs apps for distribution", Rides: []string{"ADMIN", "APP_MANAGER", "DEVELOPER"}},
	{ID: "GENERATE_INDIVIDUAL_KEYS", Name: "Generate Individual Keys", Allows: "makes API keys with the own rights", Rides: []string{"ADMIN", "FINANCE", "APP_MANAGER", "DEVELOPER", "MARKETING", "SALES", "CUSTOMER_SUPPORT"}},
}

// findRole understands "app-manager", "App Manager" and "APP_MANAGER".
func findRole(word string) (role, bool) {
	key := squash(word)
	i := slices.IndexFunc(roles, func(r role) bool { return squash(r.ID) == key })
	if i < 0 {
		return role{}, false
	}
	return roles[i], true
}

func squash(s string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(s))
}

func roleNames() []string {
	var names []string
	for _, r := range roles {
		names = append(names, r.Name)
	}
	return names
}

func roleList() string { return strings.Join(roleNames(), ", ") }

// roleWords names role ids for people; one Apple added since is shown as it is.
func roleWords(ids []string) string {
	var names []string
	for _, id := range ids {
		if r, ok := findRole(id); ok {
			names = append(names, r.Name)
		} else {
			names = append(names, id)
		}
	}
	return strings.Join(names, ", ")
}

// roleComplaint says what is wrong with a set of roles, or nothing.
func roleComplaint(ids []string) string {
	if len(ids) == 0 {
		return "Choose at least one role."
	}
	for _, id := range ids {
		r, ok := findRole(id)
		if !ok {
			return id + " is not a role. Choose among " + roleList() + "."
		}
		if len(r.Rides) > 0 && !slices.ContainsFunc(r.Rides, func(base string) bool { return slices.Contains(ids, base) }) {
			return r.Name + " adds to a role and is none by itself. Add one of " + roleWords(r.Rides) + "."
		}
	}
	return ""
}

func allows(ids []string) string {
	var parts []string
	for _, id := range ids {
		if r, ok := findRole(id); ok {
			parts = append(parts, r.Name+" "+r.Allows)
		}
	}
	return strings.Join(parts, "; ")
}

func seesAllApps(ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { r, ok := findRole(id); return ok && r.AllApp })
}
