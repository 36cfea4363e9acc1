package roles

import (
	"slices"
	"strings"
	"testing"
)

func TestRolesAreRead(t *testing.T) {
	for _, c := range []struct {
		words string
		ids   []string
		left  string
	}{
		{"developer", []string{Developer}, ""},
		{"Developers", []string{Developer}, ""},
		{"as app manager and sales", []string{AppManager, "SALES"}, ""},
		{"APP_MANAGER , app-manager", []string{AppManager}, ""},
		{"cloud managed app distribution developer", []string{"CLOUD_MANAGED_APP_DISTRIBUTION", Developer}, ""},
		{"developer pilot sales", []string{Developer}, "pilot sales"},
		{"account holder", nil, "account holder"},
		{"", nil, ""},
	} {
		ids, left := Read(strings.Fields(c.words))
		if !slices.Equal(ids, c.ids) || strings.Join(left, " ") != c.left {
			t.Errorf("%q: %v, left %q", c.words, ids, left)
		}
	}
}

func TestRolesGoTogetherAsAppleHasIt(t *testing.T) {
	for _, c := range []struct {
		ids     string
		signing bool
		says    string
	}{
		{"DEVELOPER", false, ""},
		{"DEVELOPER", true, ""},
		{"ADMIN", true, ""},
		{"SALES", true, "goes with App Manager or Developer"},
		{"", false, "Choose at least one role"},
		{"PILOT", false, "PILOT is not a role"},
		{"ACCOUNT_HOLDER", false, "Nobody can be made Account Holder here"},
		{"CREATE_APPS", false, "Add one of Developer, Marketing."},
		{"CREATE_APPS MARKETING", false, ""},
		{"CREATE_APPS APP_MANAGER", false, "adds to a role"},
		{"ACCESS_TO_REPORTS FINANCE", false, "adds to a role"},
		{"ACCESS_TO_REPORTS SALES", false, ""},
		{"CLOUD_MANAGED_APP_DISTRIBUTION DEVELOPER", false, "works only together with access to certificates"},
		{"CLOUD_MANAGED_APP_DISTRIBUTION DEVELOPER", true, ""},
		{"CLOUD_MANAGED_DEVELOPER_ID ADMIN", false, ""},
		{"CLOUD_MANAGED_DEVELOPER_ID SALES", true, "adds to a role"},
		{"GENERATE_INDIVIDUAL_KEYS CUSTOMER_SUPPORT", false, ""},
	} {
		got := Complaint(strings.Fields(c.ids), c.signing)
		if (got == "") != (c.says == "") || !strings.Contains(got, c.says) {
			t.Errorf("%s, certificates %t: %q, want %q", c.ids, c.signing, got, c.says)
		}
	}
}

func TestRolesInWords(t *testing.T) {
	if got := Words([]string{"NEWER", "CREATE_APPS", Developer, AccountHolder}); got != "Account Holder, Developer, Create Apps, NEWER" {
		t.Error(got)
	}
	if got := Allows([]string{"SALES", Admin}); got != "Admin can change everyone's access, and everything else except agreements; Sales sees sales, trends and proceeds" {
		t.Error(got)
	}
	for _, ids := range [][]string{{Admin}, {"FINANCE"}, {AccountHolder}, {Developer, "ACCESS_TO_REPORTS"}} {
		if !SeesAll(ids) {
			t.Errorf("%v sees all apps", ids)
		}
	}
	if SeesAll([]string{AppManager, "SALES", "CREATE_APPS"}) {
		t.Error("an App Manager can be limited to apps")
	}
	for _, r := range All() {
		if r.Name == "" || r.Allows == "" || len(r.Allows) > 75 {
			t.Errorf("%s has to be said in words that fit into a form", r.ID)
		}
	}
}
