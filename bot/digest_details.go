package bot

import (
	"slices"
	"strings"

	"github.com/govalues/decimal"
	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/sales"
)

// Bounds of the details: of a table's lines, and of the lists below it.
const (
	detailRows = 25
	detailList = 10
)

// drawDetails makes what stands in the thread of a digest: apps, countries, products,
// currencies, and what nobody can explain. It is empty when there is nothing.
func drawDetails(f figures) Message {
	if !f.some() || len(f.now.Sum.Cells) == 0 {
		return Message{}
	}
	var blocks []slack.Block
	var text []Markup
	rows, err := f.appRows()
	if err == nil && len(rows) > 2 { // of one app the main message says it all
		blocks = append(blocks, Section("*By app*"), Table(rows))
		if chart := f.appChart(); chart != nil {
			blocks = append(blocks, chart)
		}
		for _, row := range rows[1:] {
			text = append(text, Markf("%s: %s", row[0], strings.Join(row[1:], ", ")))
		}
		text = slices.Concat([]Markup{Markf("*By app*: %s", strings.ToLower(strings.Join(rows[0][1:], ", ")))}, text[:min(len(text), detailList)])
	}
	for _, part := range [][]Markup{f.top("Countries", sales.Countries), f.top("Products", sales.Products), f.allKinds(), f.currencies(), f.happened()} {
		if len(part) > 0 {
			blocks = append(blocks, Whole(Join(part, "\n")))
			text = append(text, part...)
		}
	}
	return Message{Text: cutShort(Join(text, "\n"), 3800), Blocks: blocks}
}

// appRows is the table of apps.
func (f figures) appRows() ([][]string, error) {
	entries, err := sales.Others(f.now.Table(sales.Apps), detailRows)
	if err != nil {
		return nil, err
	}
	before := map[string]sales.Entry{}
	for _, e := range f.before.Table(sales.Apps) {
		before[e.Key] = e
	}
	if !f.compared() || f.currency == "" {
		return SalesTable(sales.Apps, entries, f.currency, nil), nil
	}
	return SalesTable(sales.Apps, entries, f.currency, func(e sales.Entry) string {
		change, err := f.changeOf(e, before[e.Key])
		if err != nil || e.Key == "" || !Comparable(e.Valued, before[e.Key].Valued) {
			return ""
		}
		return change.String()
	}), nil
}

// appChart compares the apps that are worth most, or were downloaded most.
func (f figures) appChart() slack.Block {
	var points []Point
	for _, e := range f.now.Table(sales.Apps) {
		value, _ := e.Downloads.Float64()
		if f.currency != "" {
			value = Plotted(e.Worth, f.currency)
		}
		if value > 0 && len(points) < detailList {
			points = append(points, Point{e.Name, value})
		}
	}
	if f.currency == "" {
		return Bars("First downloads by app", "First downloads", points)
	}
	return Bars("Proceeds in "+f.currency+" by app", "Proceeds in "+f.currency, points)
}

// top lists what is worth most of a group.
func (f figures) top(what string, by sales.Group) []Markup {
	entries, err := sales.Others(f.now.Table(by), detailList)
	if err != nil || len(entries) < 2 { // of one the main message says it all
		return nil
	}
	lines := []Markup{Markf("*%s*", what)}
	for _, e := range entries {
		var parts []string
		add := func(n decimal.Decimal, what string) {
			if !n.IsZero() {
				parts = append(parts, unitsOf(n, what))
			}
		}
		add(e.Downloads, "download")
		add(e.Purchases, "purchase")
		add(e.Refunds.Neg(), "refund")
		worth, units := Worth(e.Valued, f.currency), strings.Join(parts, ", ")
		switch {
		case len(f.now.All().Proceeds) == 0 && units != "": // all is free: the number is what counts
			lines = append(lines, Markf("%s  *%s*", e.Name, units))
		case units == "":
			lines = append(lines, Markf("%s  *%s*", e.Name, worth))
		default:
			lines = append(lines, Markf("%s  *%s*  (%s)", e.Name, worth, units))
		}
	}
	return lines
}

// allKinds are all kinds with their changes, those of the main message too.
func (f figures) allKinds() []Markup {
	var before *sales.Day
	if f.compared() {
		before = &f.before.Sum
	}
	lines := KindLines(f.now, before, f.currency)
	if len(lines) < 2 && f.now.Sum.All().Promo.IsZero() && f.now.Sum.All().PreOrder.IsZero() {
		return nil // the main message has it
	}
	return slices.Concat([]Markup{"*Kinds*"}, lines)
}

// currencies are the proceeds as they came in.
func (f figures) currencies() []Markup {
	if list := f.now.All().Proceeds; f.currency != "" && (len(list) > 1 || len(list) == 1 && list[0].Currency != f.currency) {
		return []Markup{Markf("*In their own currencies*\n%s", MoneyList(list))}
	}
	return nil
}

// happened lists what happened to subscriptions, under Apple's own names where they
// have no other.
func (f figures) happened() []Markup {
	if !f.subs.any || f.subs.missing {
		return nil
	}
	lines := []Markup{Markf("*Subscriptions*\n%s active, %s in a free trial, %s that Apple tries to charge again, %s in the grace period",
		sales.Count(f.subs.now.Active), sales.Count(f.subs.now.Trials), sales.Count(f.subs.now.Retry), sales.Count(f.subs.now.Grace))}
	var names []string
	for what, n := range f.subs.events {
		if !n.IsZero() {
			names = append(names, what.Words()+" "+sales.Count(n))
		}
	}
	slices.Sort(names)
	if len(names) > 0 {
		lines = append(lines, Markf("What happened: %s", strings.Join(names, "  ·  ")))
	}
	return lines
}

// unitsOf writes a number of things: "1 refund", "12 refunds".
func unitsOf(n decimal.Decimal, one string) string {
	if n.Equal(decimal.One) {
		return "1 " + one
	}
	return sales.Count(n) + " " + one + "s"
}
