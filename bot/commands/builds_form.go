package commands

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// Form asks for an app, or for one of its versions, which says the app as well.
func (q *Builds) Form() bot.Form {
	app := bot.Field{Name: "app", Label: "App", Hint: "All apps when left out.", Kind: bot.Pick, Source: appSource, Optional: true}
	version := bot.Field{Name: "version", Label: "Or one version of an app", Hint: "As it was uploaded, such as Halo 2.4.0.", Kind: bot.Pick, Source: versionSource, Optional: true}
	switch {
	case q.version != "":
		version.Chosen = []bot.Choice{{Text: q.app + " " + q.version}}
	case q.app != "":
		app.Chosen = []bot.Choice{{Text: q.app}}
	}
	return bot.Form{Title: "Look at builds", Submit: "Show", Fields: []bot.Field{app, version}}
}

// Read takes the submitted form.
func (q *Builds) Read(v bot.Values) map[string]string {
	*q = Builds{}
	app, version := v["app"].Chosen, v["version"].Chosen
	switch {
	case len(version) == 1:
		q.Parse(bot.Words(version[0].Value)) // which takes any words
		if len(app) == 1 && app[0].Text != q.app {
			return map[string]string{"version": "That is a version of " + q.app + ". Leave one of the two out."}
		}
	case len(app) == 1:
		q.app = app[0].Text
	}
	return nil
}

// Words are the app and the version.
func (q *Builds) Words() (words []string) {
	for _, w := range []string{q.app, q.version} {
		if w != "" {
			words = append(words, w)
		}
	}
	return words
}

// train is a version of an app under which builds were uploaded, whatever they are for.
type train struct{ app, version string }

// allVersions lists the versions of all apps: app by app, the highest version first.
func allVersions(ctx context.Context, api *asc.Client) iter.Seq2[train, error] {
	return func(yield func(train, error) bool) {
		apps, err := appsByID(ctx, api)
		if err != nil {
			yield(train{}, err)
			return
		}
		var all []train
		for v, err := range api.PreReleaseVersions(ctx, asc.PreReleaseVersionFilter{IncludeApp: true}) {
			if err != nil {
				yield(train{}, err)
				return
			}
			all = append(all, train{apps[v.AppID], v.Version})
		}
		slices.SortStableFunc(all, func(a, b train) int {
			return cmp.Or(cmp.Compare(a.app, b.app), slices.Compare(numbersOf(b.version), numbersOf(a.version)))
		})
		for _, t := range all {
			if !yield(t, nil) {
				return
			}
		}
	}
}

// numbersOf are the numbers of a version, by which 1.10 is higher than 1.9.
func numbersOf(version string) (numbers []int) {
	for p := range strings.SplitSeq(version, ".") {
		n, _ := strconv.Atoi(p) // Apple takes nothing but numbers
		numbers = append(numbers, n)
	}
	return numbers
}

// versionChoice offers a version by its app and number, which are what one would type. One
// of an app that the key does not see is in no list.
func versionChoice(t train) bot.Choice {
	if t.app == "" || t.version == "" {
		return bot.Choice{}
	}
	return bot.Choice{Text: t.app + " " + t.version, Value: strings.Join([]string{bot.Quote(t.app), t.version}, " ")}
}
