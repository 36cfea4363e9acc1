package commands

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/sandbox"
	"github.com/ascbot/ascbot/sandbox/apple"
)

// crowd is App Store Connect with a team of so many people.
func crowd(t *testing.T, people int) (*sandbox.Sandbox, *asc.Client) {
	t.Helper()
	wires := sandbox.NewNetwork()
	box, err := sandbox.Start(t.Context(), sandbox.Options{Listener: wires.Listener(), Apple: apple.Options{HourlyLimit: 100_000}})
	if err != nil {
		t.Fatal(err)
	}
	held := box.Apple.Credentials()
	key, err := asc.ParseKey(held.PrivateKeyPEM)
	if err != nil {
		t.Fatal(err)
	}
	api, err := asc.New(asc.Config{
		BaseURL: box.AppleAPIURL(), KeyID: held.KeyID, IssuerID: held.IssuerID, Key: key,
		Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return wires.Dial(ctx, network, addr)
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		api.CloseIdleConnections()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
		wires.Close()
	})
	for n := len(box.Apple.Resources("users")); n < people; n++ {
		email := fmt.Sprintf("p%d@meadow.example", n)
		_, err := api.InviteUser(t.Context(), asc.NewInvitation{Email: email, FirstName: "P", LastName: fmt.Sprint(n), Roles: []string{"DEVELOPER"}, VisibleApps: []string{"6448000001"}})
		if err == nil {
			err = box.Apple.Accept(email, "")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return box, api
}

// 450 people, with their roles and apps, whoever is invited, and the names of the apps
// cost five requests; one person by their address costs one.
func TestATeamIsReadInFewRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, api := crowd(t, 450)
		asked := func(what string, most int, ask func() error) {
			t.Helper()
			before := len(box.Apple.Calls(0))
			if err := ask(); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if n := len(box.Apple.Calls(0)) - before; n > most {
				t.Errorf("%s: %d requests, %d are enough", what, n, most)
			}
		}
		asked("everybody", 5, func() error {
			all, apps, err := wholeTeam(t.Context(), api)
			if len(all) != 451 || len(apps) != 4 {
				t.Errorf("%d people, %d apps", len(all), len(apps))
			}
			return err
		})
		asked("one by address", 1, func() error { _, err := findMember(t.Context(), api, "P77@meadow.example"); return err })
		asked("the choices of a form", 3, func() error {
			all, err := everyone(personSource.List(t.Context(), api))
			if len(all) != 450 {
				t.Errorf("%d choices", len(all))
			}
			return err
		})
	})
}

func TestPeopleAreFoundByWords(t *testing.T) {
	var all []member
	for _, who := range []string{"Ana Reyes ana@meadow.example", "Ána Reyes-Lopez a.lopez@meadow.example", "Ben Okafor ben@meadow.example", "Bo Benson bo@icloud.example"} {
		f := strings.Fields(who)
		all = append(all, member{user: &asc.User{Username: f[2], FirstName: f[0], LastName: f[1]}})
	}
	for _, c := range []struct {
		said, email, says string
	}{
		{"ana reyes", "ana@meadow.example", ""}, // exactly so, though another one begins so
		{"Reyes-Lopez", "a.lopez@meadow.example", ""},
		{"lopez ana", "a.lopez@meadow.example", ""},
		{"okafor", "ben@meadow.example", ""},
		{"ben", "", "“ben” fits 2 people: Ben Okafor (ben@meadow.example), Bo Benson (bo@icloud.example)."},
		{"ana", "", "fits 2 people"},
		{"meadow", "", "Nobody on the team is called"},
		{"Ben Okafro", "", "Did you mean “Ben Okafor”?"},
		{"--", "", "Nobody on the team is called"},
	} {
		m, err := pickMember(all, c.said)
		switch {
		case c.says == "" && (err != nil || m.email() != c.email):
			t.Errorf("%q: %+v, %v", c.said, m, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%q: %v, want %q", c.said, err, c.says)
		}
	}
}

func TestRolesAreTyped(t *testing.T) {
	for _, c := range []struct {
		words, who, typed, says string
		span                    time.Duration
	}{
		{"bo@example.com app manager in Halo", "bo@example.com", "app manager in Halo", "", 0},
		{"bo larsson developer", "bo larsson", "developer", "", 0},
		{"bo larsson qa for 7d", "bo larsson", "developer in Halo, Tide", "", 7 * 24 * time.Hour},
		{"bo sales for 2 weeks in Halo for Kids", "bo", `sales in "Halo for Kids"`, "", 14 * 24 * time.Hour},
		{"bo sales in Halo for Kids for a day", "bo", `sales in "Halo for Kids"`, "", 24 * time.Hour},
		{"bo finance in Halo", "", "", "Whoever has Finance always sees all apps", 0},
		{"bo finance in all apps", "bo", "finance", "", 0},
		{"bo developer with certificates for 36h", "bo", "developer with certificates", "", 36 * time.Hour},
		{"bo@example.com devloper", "", "", "“devloper” is not a role", 0},
		{"bo larsson devloper", "", "", "“devloper” is not a role. Did you mean “Developer”?", 0},
		{"bo create apps", "", "", "adds to a role", 0},
		{"bo developer for 3 weeks pilot", "bo developer pilot", "", "more", 21 * 24 * time.Hour},
		{"bo sales for 400 days", "", "", "from an hour to a year", 0},

		{"bo", "bo", "", "more", 0},
		{"", "", "", "more", 0},
	} {
		r := Roles{Access: Access{bundles: someBundles}}
		err := r.Parse(bot.Words(c.words))
		if !complains(t, c.words, err, c.says) && c.says != "more" || c.says != "" && c.says != "more" {
			continue
		}
		if r.Who.Name != c.who || r.For != c.span || c.typed != "" && r.typed() != c.typed {
			t.Errorf("%q: %q, %q, for %s", c.words, r.Who.Name, r.typed(), r.For)
		}
	}
}

func TestUsersAreNarrowed(t *testing.T) {
	for _, c := range []struct {
		words string
		want  Users
	}{
		{"", Users{}},
		{"admins", Users{roles: []string{"ADMIN"}}},
		{"App Managers in Halo for Kids", Users{roles: []string{"APP_MANAGER"}, app: "halo for kids"}},
		{"cannot sign in yet", Users{invited: true}},
		{"developers cannot sign in yet in halo", Users{invited: true, roles: []string{"DEVELOPER"}, app: "halo"}},
		{"all apps", Users{all: true}},
		{"account holder", Users{roles: []string{"ACCOUNT_HOLDER"}}},
		{"certificates bo", Users{signing: true, words: "bo"}},
		{"bo larsson", Users{words: "bo larsson"}},
	} {
		var got Users
		if err := got.Parse(bot.Words(c.words)); err != nil || !slices.Equal(got.roles, c.want.roles) ||
			got.app != c.want.app || got.words != c.want.words || got.invited != c.want.invited || got.all != c.want.all || got.signing != c.want.signing {
			t.Errorf("%q: %+v, %v", c.words, got, err)
		}
	}
	if err := new(Users).Parse([]string{"in"}); err == nil {
		t.Error("an app has to follow")
	}
}
