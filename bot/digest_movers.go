package bot

import (
	"slices"
	"strings"

	"github.com/ascbot/ascbot/bot/sales"
)

// mover is something that changed a lot.
type mover struct {
	name string
	by   sales.Change
}

// movers names the app, the country and the product that changed most.
func (f figures) movers() Markup {
	if !f.compared() {
		return ""
	}
	var parts []string
	for _, by := range []sales.Group{sales.Apps, sales.Countries, sales.Products} {
		if m, ok := f.mover(by); ok {
			parts = append(parts, m.name+" "+m.by.Words())
		}
	}
	if len(parts) == 0 {
		return ""
	}
	what := "Biggest changes"
	if f.currency == "" {
		what = "Biggest changes of downloads and purchases"
	}
	return Markf("%s: %s", what, strings.Join(parts, "  ·  "))
}

// mover finds what changed most of a group: in worth, or in units where nothing can
// be converted. What changed by less than a percentage could be told of is passed
// over.
func (f figures) mover(by sales.Group) (best mover, ok bool) {
	now, before := f.now.Table(by), map[string]sales.Entry{}
	for _, e := range f.before.Table(by) {
		before[e.Key] = e
	}
	for _, e := range f.before.Table(by) {
		if !slices.ContainsFunc(now, func(n sales.Entry) bool { return n.Key == e.Key }) {
			gone := sales.Entry{}
			gone.Key, gone.Name = e.Key, e.Name
			now = append(now, gone)
		}
	}
	if len(now) < 2 {
		return best, false // it would say the same as the total
	}
	for _, e := range now {
		change, err := f.changeOf(e, before[e.Key])
		if err != nil || !change.Large() || f.currency != "" && !Comparable(e.Valued, before[e.Key].Valued) {
			continue
		}
		if !ok || change.By.Abs().Cmp(best.by.By.Abs()) > 0 {
			best, ok = mover{clean(e.Name, 40), change}, true
		}
	}
	return best, ok
}

func (f figures) changeOf(now, before sales.Entry) (sales.Change, error) {
	if f.currency != "" {
		return Against(now.Worth, before.Worth, f.currency)
	}
	a, err := now.Downloads.Add(now.Purchases)
	if err != nil {
		return sales.Change{}, err
	}
	b, err := before.Downloads.Add(before.Purchases)
	if err != nil {
		return sales.Change{}, err
	}
	return sales.Changed("downloads and purchases", "", a, b)
}
