package sales

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// Figures are sums over a part of a day.
type Figures struct {
	Units    decimal.Decimal // sold or downloaded, of all kinds alike; refunds are not in it
	Promo    decimal.Decimal // those of Units that came with a promo code
	PreOrder decimal.Decimal // those of Units that were ordered before the release
	Refunds  decimal.Decimal // units given back, negative
	Proceeds []Money         // what is left after refunds, by currency
	Refunded []Money         // what refunds took away, negative, by currency
}

// Line is the figures of one app, kind, country, currency or product.
type Line struct {
	Key   string // SKU, Kind, country code, currency or product id
	Name  string // what to call it
	Known bool   // false for apps and types that the report does not explain
	Figures
}

// Totals is the proceeds after refunds, one amount for each currency in which
// money moved, sorted by currency. Amounts that cancel out stay as zero.
func (d Day) Totals() []Money { return d.All().Proceeds }

// All is everything at once. Its Units add downloads to updates and purchases;
// by kind they say more.
func (d Day) All() Figures {
	if lines := d.by(func(Key) string { return "" }); len(lines) == 1 {
		return lines[0].Figures
	}
	return Figures{}
}

// ByApp has a line for each app, in-app purchases included, sorted by SKU. Apps
// without a row of their own are not Known and carry their SKU for a name.
func (d Day) ByApp() []Line {
	lines := d.by(func(k Key) string { return k.App })
	for i, l := range lines {
		app, known := d.Apps[l.Key]
		lines[i].Name, lines[i].Known = cmp.Or(app.Title, l.Key, "an app the report does not name"), known
	}
	return lines
}

// ByProduct has a line for each in-app purchase and subscription, sorted by
// product id.
func (d Day) ByProduct() []Line {
	lines := d.by(func(k Key) string { return k.Product })
	lines = slices.DeleteFunc(lines, func(l Line) bool { return l.Key == "" })
	for i, l := range lines {
		lines[i].Name = cmp.Or(d.Products[l.Key].Title, l.Key)
	}
	return lines
}

// ByKind has a line for each kind that occurs: downloads first, types that
// Apple's table does not have last, and those not Known.
func (d Day) ByKind() []Line {
	lines := d.by(func(k Key) string { return string(k.Kind) })
	for i, l := range lines {
		lines[i].Name, lines[i].Known = Kind(l.Key).Words(), slices.Contains(order, Kind(l.Key))
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(rank(a.Key), rank(b.Key)) })
	return lines
}

func rank(kind string) int {
	if i := slices.Index(order, Kind(kind)); i >= 0 {
		return i
	}
	return len(order)
}

// ByCountry has a line for each country, sorted by its code.
func (d Day) ByCountry() []Line {
	lines := d.by(func(k Key) string { return k.Country })
	for i, l := range lines {
		lines[i].Name, lines[i].Known = cmp.Or(l.Key, "no country"), l.Key != ""
	}
	return lines
}

// ByCurrency has a line for each currency in which money moved, sorted. What
// was free is in none of them.
func (d Day) ByCurrency() []Line {
	lines := d.by(func(k Key) string { return k.Currency })
	return slices.DeleteFunc(lines, func(l Line) bool { return l.Key == "" })
}

// Of is the day of some apps alone, given by SKU. Oddities are those of their
// rows; Rows and Corrections stay those of the whole report.
func (d Day) Of(apps ...string) Day {
	part := Day{Date: d.Date, Rows: d.Rows, Corrections: d.Corrections,
		Apps: maps.Clone(d.Apps), Products: maps.Clone(d.Products), Cells: map[Key]Cell{}}
	about := map[string]bool{}
	for key, cell := range d.Cells {
		if slices.Contains(apps, key.App) {
			part.Cells[key] = cell
			about[cmp.Or(key.Product, key.App)] = true
		}
	}
	for _, odd := range d.Odd {
		if about[odd.SKU] {
			part.Odd = append(part.Odd, odd)
		}
	}
	return part
}

// by sums the day's cells in groups, sorted by name.
func (d Day) by(group func(Key) string) []Line {
	type money = map[string]Cell
	units, amounts := map[string]Cell{}, map[string]money{}
	for key, cell := range d.Cells {
		g := group(key)
		units[g] = units[g].plus(Cell{Units: cell.Units, Promo: cell.Promo, PreOrder: cell.PreOrder, Refunds: cell.Refunds})
		if amounts[g] == nil {
			amounts[g] = money{}
		}
		if key.Currency != "" {
			amounts[g][key.Currency] = amounts[g][key.Currency].plus(Cell{Proceeds: cell.Proceeds, Refunded: cell.Refunded})
		}
	}
	var lines []Line
	for _, g := range slices.SortedFunc(maps.Keys(units), strings.Compare) {
		f := Figures{Units: units[g].Units, Promo: units[g].Promo, PreOrder: units[g].PreOrder, Refunds: units[g].Refunds}
		for _, currency := range slices.Sorted(maps.Keys(amounts[g])) {
			sums := amounts[g][currency]
			f.Proceeds = append(f.Proceeds, Money{sums.Proceeds, currency})
			if !sums.Refunded.IsZero() {
				f.Refunded = append(f.Refunded, Money{sums.Refunded, currency})
			}
		}
		lines = append(lines, Line{Key: g, Name: g, Known: true, Figures: f})
	}
	return lines
}
