package commands

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// Things that are called alike are told apart by what a form shows of them.
func TestChoicesTellAlikeThingsApart(t *testing.T) {
	halo, tide := &asc.App{Name: "Halo"}, &asc.App{Name: "Tide"}
	version := func(platform string) *asc.PreReleaseVersion {
		return &asc.PreReleaseVersion{Version: "2.4.0", Platform: platform}
	}
	all := []bot.Choice{
		appChoice(asc.App{Name: "Halo", BundleID: "example.halo"}), appChoice(asc.App{Name: "Halo", BundleID: "example.halo.kids"}),
		groupChoice(asc.BetaGroup{Name: "Friends", App: halo}), groupChoice(asc.BetaGroup{Name: "Friends", App: tide}),
		buildChoice(asc.Build{Number: "118", App: halo, PreReleaseVersion: version("IOS")}), buildChoice(asc.Build{Number: "118", App: halo, PreReleaseVersion: version("MAC_OS")}),
		userChoice(asc.User{FirstName: "Bo", LastName: "Larsson", Username: "bo@example.com"}), userChoice(asc.User{FirstName: "Bo", LastName: "Larsson", Username: "bo@example.org"}),
		versionChoice(train{"Halo", "2.4.0"}), versionChoice(train{"Halo", "2.4.1"}), versionChoice(train{"Tide", "2.4.0"}),
		testerChoice(asc.BetaTester{FirstName: "Kim", Email: "kim@example.com"}), testerChoice(asc.BetaTester{FirstName: "Kim", Email: "kim@example.org"}),
	}
	seen := map[string]bool{}
	for _, c := range all {
		if shown := c.Text + " / " + c.About; seen[shown] {
			t.Errorf("two things are shown as %q", shown)
		} else {
			seen[shown] = true
		}
	}
}

// Every field of a form that asks for an app, a group, a person, a tester or a build
// offers them as one types, so that nobody has to know an id.
func TestWhatHasANameIsOffered(t *testing.T) {
	sources := map[string]string{"testers": testerSource.Name, "app": "apps", "apps": "apps", "group": "groups", "groups": "groups", "build": "builds", "version": "versions", "locale": "locales"}
	for _, v := range Table() {
		var form bot.Form
		if v.Change != nil {
			form = v.Change().Form()
		} else if q, asks := v.Query().(bot.Asking); asks {
			form = q.Form()
		}
		for _, f := range slices.Concat(form.Fields, form.More) {
			switch want, known := sources[f.Name]; {
			case known && f.Source.Name != want:
				t.Errorf("%s: the field %q offers %q", v.Words, f.Name, f.Source.Name)
			case (f.Kind == bot.Pick || f.Kind == bot.PickMany) && f.Source.List == nil:
				t.Errorf("%s: the field %q has nothing to offer", v.Words, f.Name)
			case f.Name == "who" && !slices.Contains([]string{"people", "invitations", "testers"}, f.Source.Name):
				t.Errorf("%s: the field %q offers %q", v.Words, f.Name, f.Source.Name)
			}
		}
	}
}

// A tester has one record for each app, and is offered once.
func TestATesterIsOfferedOnce(t *testing.T) {
	team := []asc.BetaTester{{Email: "kim@example.com"}, {Email: "Kim@example.com", FirstName: "Kim"}, {Ref: asc.Ref{ID: "1a29-00001a"}, InviteType: "PUBLIC_LINK"}, {Email: "lou@example.com"}}
	list := eachOnce(offering(func(context.Context, *asc.Client) iter.Seq2[asc.BetaTester, error] {
		return func(yield func(asc.BetaTester, error) bool) {
			for _, who := range team {
				if !yield(who, nil) {
					return
				}
			}
		}
	}, testerChoice))
	var values []string
	for c, err := range list(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, c.Value)
	}
	if got := strings.Join(values, " "); got != "kim@example.com link:1a29-00001a lou@example.com" {
		t.Errorf("offered: %q", got)
	}
}
