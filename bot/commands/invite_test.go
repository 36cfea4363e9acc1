package commands

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

func TestInviteIsTyped(t *testing.T) {
	bo := func(roles ...string) Invite {
		return Invite{Email: "bo@example.com", FirstName: "Bo", LastName: "Example", Access: Access{Roles: roles, AllApps: true}}
	}
	in := func(i Invite, apps ...string) Invite {
		i.AllApps = false
		for _, a := range apps {
			i.Apps = append(i.Apps, Named{Name: a})
		}
		return i
	}
	signing := func(i Invite) Invite { i.Signing = true; return i }
	bundled := func(name string, i Invite) Invite { i.Bundle = name; return i }
	named := func(first, last string, i Invite) Invite { i.FirstName, i.LastName = first, last; return i }
	for _, c := range []struct {
		words   string
		want    Invite
		says    string // the complaint, "more" when the form opens
		summary string
	}{
		{"bo@example.com developer", bo("DEVELOPER"), "", "Invite bo@example.com as Developer"},
		{"bo@example.com as app manager and sales", bo("APP_MANAGER", "SALES"), "", "Invite bo@example.com as App Manager, Sales"},
		{"bo@example.com APP_MANAGER, app-manager", bo("APP_MANAGER"), "", ""},
		{"bo@example.com developer create apps in Halo for Kids, Pebble", in(bo("DEVELOPER", "CREATE_APPS"), "Halo for Kids", "Pebble"), "", "Invite bo@example.com as Developer, Create Apps in Halo for Kids, Pebble"},
		{`bo@example.com developer IN "Halo in Space"`, in(bo("DEVELOPER"), "Halo in Space"), "", ""},
		{"bo.larsson+work@example.com sales", Invite{Email: "bo.larsson+work@example.com", FirstName: "Bo", LastName: "Larsson", Access: Access{Roles: []string{"SALES"}, AllApps: true}}, "", ""},
		{"BO@Example.com developer", bo("DEVELOPER"), "", "Invite bo@example.com as Developer"}, // as Apple knows them
		{"bo@example.com admin in Halo", Invite{}, "Whoever has Admin always sees all apps; App Store Connect cannot limit it to Halo", ""},
		{"bo@example.com admin in all apps", bo("ADMIN"), "", "Invite bo@example.com as Admin"},
		{"bo@example.com developer access to reports in Halo", Invite{}, "Whoever has Access to Reports always sees all apps", ""},
		{"bo@example.com developer access to reports", bo("DEVELOPER", "ACCESS_TO_REPORTS"), "", ""},
		{"", Invite{}, "more", ""},
		{"in Halo", Invite{Access: Access{Apps: []Named{{Name: "Halo"}}}}, "more", ""},
		{"bo@example.com", bo(), "more", ""},
		{"bo@example.com in Halo", in(bo(), "Halo"), "more", ""},
		{"bo@example.com developer in", Invite{}, "After “in” I expected an app", ""},
		{"bo developer", Invite{}, "“bo” is not an e-mail address", ""},
		{"bo@localhost developer", Invite{}, "is not an e-mail address", ""},
		{"bo@example.com develper", Invite{}, "“develper” is not a role. Did you mean “Developer”?", ""},
		{"bo@example.com developer pilot", Invite{}, "“pilot” is not a role", ""},
		{"bo@example.com account holder", Invite{}, "Nobody can be made Account Holder here", ""},
		{"bo@example.com create apps", Invite{}, "Create Apps adds to a role", ""},
		{"bo@example.com finance access to reports", Invite{}, "Access to Reports adds to a role", ""},
		{"Bo Larsson bo@example.com sales", named("Bo", "Larsson", bo("SALES")), "", ""},
		{"Bo van Larsson bo@example.com sales", named("Bo van", "Larsson", bo("SALES")), "", ""},
		{"Bo bo@example.com sales", named("Bo", "", bo("SALES")), "more", ""},
		{"bo@example.com developer with certificates in Halo", signing(in(bo("DEVELOPER"), "Halo")), "", "Invite bo@example.com as Developer with certificates in Halo"},
		{"bo@example.com developer in Halo with certs", signing(in(bo("DEVELOPER"), "Halo")), "", ""},
		{"bo@example.com developer in Play with Me", in(bo("DEVELOPER"), "Play with Me"), "", ""},
		{"bo@example.com admin with certificates", bo("ADMIN"), "", ""}, // has them by the role
		{"bo@example.com sales with certificates", Invite{}, "goes with App Manager or Developer", ""},
		{"bo@example.com developer cloud managed app distribution", Invite{}, "works only together with access to certificates", ""},
		{"bo@example.com developer in all apps", bo("DEVELOPER"), "", "Invite bo@example.com as Developer"},
		{"bo@example.com qa", bundled("qa", in(bo("DEVELOPER"), "Halo", "Tide")), "", "Invite bo@example.com as qa (Developer) in Halo, Tide"},
		{"bo@example.com QA in Pebble", bundled("qa", in(bo("DEVELOPER"), "Pebble")), "", ""},
		{"bo@example.com qa in all apps", bundled("qa", bo("DEVELOPER")), "", ""},
		{"bo@example.com qa and sales", bundled("qa", in(bo("DEVELOPER", "SALES"), "Halo", "Tide")), "", "Invite bo@example.com as qa (Developer, Sales) in Halo, Tide"},
		{"bo@example.com signers", bundled("signers", signing(bo("APP_MANAGER"))), "", "Invite bo@example.com as signers (App Manager) with certificates"},
		{"bo@example.com qaa", Invite{}, "“qaa” is not a role. Did you mean “qa”?", ""},
	} {
		got := Invite{Access: Access{bundles: someBundles}}
		err := got.Parse(bot.Words(c.words))
		if !complains(t, c.words, err, c.says) {
			continue
		}
		if diff := cmp.Diff(c.want, got, cmpopts.IgnoreUnexported(Access{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.words, diff)
		}
		if c.summary != "" && got.Summary() != c.summary {
			t.Errorf("%q: %q", c.words, got.Summary())
		}
	}
}

var someBundles = []bot.Bundle{
	{Name: "qa", Roles: []string{"DEVELOPER"}, Apps: []string{"Halo", "Tide"}},
	{Name: "signers", Roles: []string{"APP_MANAGER"}, Signing: true},
}

// complains checks what a command says to words, and reports whether they were
// taken, or open the form.
func complains(t *testing.T, words string, err error, says string) bool {
	t.Helper()
	switch says {
	case "":
		if err != nil {
			t.Errorf("%q: %v", words, err)
		}
		return err == nil
	case "more":
		if !errors.Is(err, bot.ErrMore) {
			t.Errorf("%q: %v, want the form", words, err)
		}
		return errors.Is(err, bot.ErrMore)
	}
	if _, plain := errors.AsType[bot.Trouble](err); !plain || !strings.Contains(err.Error(), says) {
		t.Errorf("%q: %v, want %q", words, err, says)
	}
	return false
}

func chosen(values ...string) bot.Value {
	var v bot.Value
	for _, s := range values {
		v.Chosen = append(v.Chosen, bot.Choice{Text: strings.ToUpper(s), Value: s})
	}
	return v
}

func TestInviteIsFilledIn(t *testing.T) {
	good := func() bot.Values {
		return bot.Values{
			"email": {Text: " bo@example.com "}, "first": {Text: "Bo"}, "last": {Text: "Larsson"},
			"roles": chosen("DEVELOPER"), "scope": chosen("chosen"), "apps": chosen("a1", "a2"),
		}
	}
	for _, c := range []struct {
		name    string
		change  bot.Values
		wrong   []string
		summary string
	}{
		{"all there", nil, nil, "Invite bo@example.com as Developer in A1, A2"},
		{"all apps", bot.Values{"scope": chosen("all"), "apps": {}}, nil, "Invite bo@example.com as Developer"},
		{"a role that sees all", bot.Values{"roles": chosen("FINANCE")}, nil, "Invite bo@example.com as Finance"}, // the field says so
		{"a role that sees all, and no app", bot.Values{"roles": chosen("ADMIN"), "apps": {}}, nil, "Invite bo@example.com as Admin"},
		{"no address", bot.Values{"email": {Text: "Bo <bo@example.com>"}}, []string{"email"}, ""},
		{"no names", bot.Values{"first": {}, "last": {}}, []string{"first", "last"}, ""},
		{"no role", bot.Values{"roles": {}}, []string{"roles"}, ""},
		{"a role of another version", bot.Values{"roles": chosen("PILOT")}, []string{"roles"}, ""},
		{"only an extra", bot.Values{"roles": chosen("CREATE_APPS")}, []string{"roles"}, ""},
		{"no app chosen", bot.Values{"apps": {}}, []string{"apps"}, ""},
		{"all apps and some", bot.Values{"scope": chosen("all")}, []string{"apps"}, ""},
		{"with certificates", bot.Values{"roles": chosen("DEVELOPER", "certificates")}, nil, "Invite bo@example.com as Developer with certificates in A1, A2"},
		{"certificates for nobody", bot.Values{"roles": chosen("SALES", "certificates")}, []string{"roles"}, ""},
		{"a bundle with its apps", bot.Values{"roles": chosen("bundle:qa"), "scope": chosen("all"), "apps": {}}, nil, "Invite bo@example.com as qa (Developer) in Halo, Tide"},
		{"a bundle with other apps", bot.Values{"roles": chosen("bundle:qa")}, nil, "Invite bo@example.com as qa (Developer) in A1, A2"},
		{"a bundle that is gone", bot.Values{"roles": chosen("bundle:crew", "SALES")}, []string{"roles"}, ""},
	} {
		v := good()
		for field, value := range c.change {
			v[field] = value
		}
		in := Invite{Email: "old@example.com", Access: Access{Roles: []string{"SALES"}, Apps: []Named{{Name: "Old"}}, bundles: someBundles}}
		if got := sortedKeys(in.Read(v)); !slices.Equal(got, c.wrong) {
			t.Errorf("%s: complaints about %q, want %q", c.name, got, c.wrong)
		}
		if c.wrong == nil && in.Summary() != c.summary {
			t.Errorf("%s: %q, want %q", c.name, in.Summary(), c.summary)
		}
	}
}

func sortedKeys(m map[string]string) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// What was done is what was agreed to only with the same roles and the same apps.
func TestInviteIsTheSame(t *testing.T) {
	some := Access{Roles: []string{"DEVELOPER", "SALES"}, Apps: []Named{{ID: "1"}, {ID: "2"}}}
	every := Access{Roles: []string{"DEVELOPER"}, AllApps: true}
	for _, c := range []struct {
		in    Access
		roles []string
		all   bool
		apps  []string
		want  bool
	}{
		{some, []string{"SALES", "DEVELOPER"}, false, []string{"2", "1"}, true},
		{some, []string{"SALES", "DEVELOPER"}, false, []string{"2", "1", "1"}, true},
		{some, []string{"SALES", "DEVELOPER"}, false, []string{"1"}, false},
		{some, []string{"SALES", "DEVELOPER"}, false, []string{"1", "2", "3"}, false},
		{some, []string{"SALES", "DEVELOPER"}, false, nil, false},
		{some, []string{"SALES", "DEVELOPER"}, true, nil, false},
		{some, []string{"DEVELOPER"}, false, []string{"1", "2"}, false},
		{some, []string{"SALES", "DEVELOPER", "ADMIN"}, false, []string{"1", "2"}, false},
		{every, []string{"DEVELOPER"}, true, nil, true},
		{every, []string{"DEVELOPER"}, true, []string{"1"}, true}, // Apple may list them all the same
		{every, []string{"DEVELOPER"}, false, []string{"1"}, false},
	} {
		if got := c.in.same(holds{roles: c.roles, all: c.all, apps: c.apps}); got != c.want {
			t.Errorf("%v with %v, all %t, apps %v: %t", c.in, c.roles, c.all, c.apps, got)
		}
	}
}

func TestNamesOfApps(t *testing.T) {
	all := []asc.App{
		{Ref: asc.Ref{ID: "1"}, Name: "Ana’s App", BundleID: "example.ana", SKU: "ANA"},
		{Ref: asc.Ref{ID: "2"}, Name: "Halo – Kids", BundleID: "example.kids", SKU: "KIDS"},
	}
	for _, c := range []struct {
		wanted Named
		id     string
		says   string
	}{
		{Named{Name: "ana's app"}, "1", ""},
		{Named{Name: "Halo -- Kids"}, "2", ""},
		{Named{Name: "example.kids"}, "2", ""},
		{Named{Name: "kids"}, "2", ""},
		{Named{Name: "1"}, "1", ""},
		{Named{ID: "2", Name: "by another name"}, "2", ""},
		{Named{ID: "3", Name: "Ana’s App"}, "", "There is no app"}, // gone since it was chosen
		{Named{Name: "Anas App"}, "", "Did you mean “Ana’s App”?"},
	} {
		got, err := pickApp(all, c.wanted)
		if got.ID != c.id || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %+v, %v", c.wanted, got, err)
		}
	}
}
