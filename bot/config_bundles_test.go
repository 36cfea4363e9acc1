package bot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBundlesAreRead(t *testing.T) {
	c, err := ReadConfig("config.yaml", []byte(`
bundles:
  qa: {roles: [developer], apps: [Halo, Pebble]}
  agency: {roles: [App Manager, customer support], certificates: true}
`), someWords)
	if err != nil {
		t.Fatal(err)
	}
	want := []Bundle{
		{Name: "agency", Roles: []string{"APP_MANAGER", "CUSTOMER_SUPPORT"}, Signing: true},
		{Name: "qa", Roles: []string{"DEVELOPER"}, Apps: []string{"Halo", "Pebble"}},
	}
	if diff := cmp.Diff(want, c.Bundles); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A team can have bundles of its own, which stand before those of every team.
func TestBundlesOfATeam(t *testing.T) {
	ofTwo := someWords
	ofTwo.Teams = []string{"Meadow", "Orchard"}
	c, err := ReadConfig("config.yaml", []byte(`
bundles:
  qa: {roles: [developer], apps: [Halo]}
  press: {roles: [marketing]}
teams:
  Meadow: {rules: {}}
  Orchard:
    bundles:
      qa: {roles: [developer], apps: [Plum], certificates: true}
      growers: {roles: [sales]}
`), ofTwo)
	if err != nil {
		t.Fatal(err)
	}
	plum := Bundle{Name: "qa", Roles: []string{"DEVELOPER"}, Apps: []string{"Plum"}, Signing: true}
	halo := Bundle{Name: "qa", Roles: []string{"DEVELOPER"}, Apps: []string{"Halo"}}
	press, growers := Bundle{Name: "press", Roles: []string{"MARKETING"}}, Bundle{Name: "growers", Roles: []string{"SALES"}}
	for team, want := range map[string][]Bundle{"Meadow": {press, halo}, "Orchard": {growers, press, plum}, "": {growers, press, plum}} {
		if diff := cmp.Diff(want, c.bundlesFor(team)); diff != "" {
			t.Errorf("on %q (-want +got):\n%s", team, diff)
		}
	}
	_, err = ReadConfig("config.yaml", []byte("teams:\n  Orchard:\n    bundles:\n      qa: {roles: [devloper]}\n"), ofTwo)
	if want := "config.yaml:4:20: \"devloper\" is not a role"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestBadBundlesAreRefusedWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"  qa: {roles: [devloper]}", "config.yaml:2:16: \"devloper\" is not a role; there is Admin"},
		{"  qa: {roles: [devloper]}", "Did you mean “Developer”?"},
		{"  qa: {roles: []}", "config.yaml:2:15: this list is empty"},
		{"  qa: {apps: [Halo]}", "config.yaml:2:3: Choose at least one role."},
		{"  qa: {roles: [account holder]}", "is not a role"},
		{"  qa: {roles: [create apps]}", "adds to a role and is none by itself"},
		{"  qa: {roles: [developer, cloud managed app distribution]}", "Add “certificates: true”."},
		{"  qa: {roles: [sales], certificates: true}", "goes with App Manager or Developer"},
		{"  qa: {roles: [finance], apps: [Halo]}", "config.yaml:2:32: Finance sees all apps"},
		{"  qa: {roles: [developer], apps: [\" \"]}", "this app has no name"},
		{"  developer: {roles: [developer]}", "is a role of Apple's and cannot name a bundle"},
		{"  Q A: {roles: [developer]}", "is not a name to give"},
		{"  qa: {role: [developer]}", "there is no key \"role\" here; there is roles, apps, certificates."},
	} {
		_, err := ReadConfig("config.yaml", []byte("bundles:\n"+c.text+"\n"), someWords)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngot %v\nwant %q", c.text, err, c.want)
		}
	}
}
