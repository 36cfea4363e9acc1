package bot

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
)

// appsOf lists the apps of some teams. It is asked anew each time, since apps are
// renamed.
func appsOf(ctx context.Context, teams []Team) (all []teamApp, err error) {
	for _, t := range teams {
		if t.API == nil { // it is not set up any more
			continue
		}
		for app, err := range t.API.Apps(ctx, asc.AppFilter{}) {
			if err != nil {
				return all, err
			}
			all = append(all, teamApp{app, t})
		}
	}
	return all, nil
}

// teamApp is an app, and whose it is.
type teamApp struct {
	asc.App
	team Team
}

// choose finds the apps that a digest is for: their SKUs, and their Apple ids. An app
// is named by name, SKU, id or bundle id; a bundle, which is no app, as the reports
// name it.
func (f *figures) choose(books Books, vendors []string, apps []teamApp) (skus, ids []string, err error) {
	if len(f.digest.Apps) == 0 {
		return nil, nil, nil
	}
	sold := map[string]sales.Product{}
	for _, vendor := range vendors {
		from := f.over.From.AddDays(-meanDays)
		if err := books.Each(vendor, from, f.over.To, func(_ schedule.Day, d sales.Day) error {
			maps.Copy(sold, d.Apps)
			return nil
		}); err != nil {
			return nil, nil, err
		}
	}
	called := map[string]string{} // name by SKU
	for _, name := range f.digest.Apps {
		found := skusOf(name, apps, sold)
		if len(found) == 0 {
			f.unknown = append(f.unknown, name)
		}
		maps.Copy(called, found)
	}
	for _, sku := range slices.Sorted(maps.Keys(called)) {
		skus, f.apps = append(skus, sku), append(f.apps, called[sku])
		ids = append(ids, idOf(sku, apps, sold))
	}
	return skus, ids, nil
}

// skusOf finds what somebody calls by a name, as names by SKU.
func skusOf(name string, apps []teamApp, sold map[string]sales.Product) map[string]string {
	found := map[string]string{}
	for sku, app := range sold {
		if Alike(name, app.Title) || Alike(name, sku) {
			found[sku] = app.Title
		}
	}
	for _, a := range apps {
		if Alike(name, a.Name) || Alike(name, a.SKU) || name == a.ID || Alike(name, a.BundleID) {
			found[a.SKU] = a.Name
		}
	}
	return found
}

func idOf(sku string, apps []teamApp, sold map[string]sales.Product) string {
	for _, a := range apps {
		if a.SKU == sku {
			return a.ID
		}
	}
	return sold[sku].AppleID
}

// named says which apps a digest is about, for its title.
func (f figures) named() string {
	switch n := len(f.apps); {
	case len(f.digest.Apps) == 0:
		return ""
	case n == 0:
		return " of no known app"
	case n > appsNamed:
		return " of " + sales.Grouped(n) + " chosen apps"
	}
	var names []string
	for _, a := range f.apps {
		names = append(names, clean(a, 30))
	}
	return " of " + strings.Join(names, ", ")
}

// appsNamed bounds the apps in a title.
const appsNamed = 3
