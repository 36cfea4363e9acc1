package sales

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/govalues/decimal"
)

// Group is what the lines of a table are about.
type Group string

// The groups there are.
const (
	Apps      Group = "app"
	Countries Group = "country"
	Products  Group = "product"
	Kinds     Group = "kind"
)

// Entry is a line of a table: what was downloaded, what was bought and given back,
// and what it is worth. Updates and re-downloads are in Units alone.
type Entry struct {
	Valued
	Downloads decimal.Decimal // first ones, bundles included
	Purchases decimal.Decimal // in-app purchases and subscriptions
}

// bought are the kinds that are purchases inside an app.
var bought = []Kind{InApp, SubNew, SubRenewal, Subscription}

// Table has a line for each app, country, product or kind, the one first that is
// worth most; among equals the one that was downloaded or bought most.
func (l *Ledger) Table(by Group) []Entry {
	lines := map[Group]func() []Valued{Apps: l.ByApp, Countries: l.ByCountry, Products: l.ByProduct, Kinds: l.ByKind}[by]()
	group := map[Group]func(Key) string{
		Apps: func(k Key) string { return k.App }, Countries: func(k Key) string { return k.Country },
		Products: func(k Key) string { return k.Product }, Kinds: func(k Key) string { return string(k.Kind) },
	}[by]
	downloads, purchases := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	for key, cell := range l.Sum.Cells {
		switch g := group(key); {
		case key.Kind == Download || key.Kind == Bundle:
			downloads[g] = sum(downloads[g], cell.Units)
		case slices.Contains(bought, key.Kind):
			purchases[g] = sum(purchases[g], cell.Units)
		}
	}
	var table []Entry
	for _, line := range lines {
		e := Entry{Valued: line, Downloads: downloads[line.Key], Purchases: purchases[line.Key]}
		if by == Countries && line.Known {
			e.Name = Country(line.Key)
		}
		table = append(table, e)
	}
	tellApart(table)
	slices.SortStableFunc(table, func(a, b Entry) int {
		return cmp.Or(b.Worth.Cmp(a.Worth), b.Downloads.Cmp(a.Downloads), b.Purchases.Cmp(a.Purchases), cmp.Compare(a.Name, b.Name))
	})
	return table
}

// tellApart adds its key to every name that several lines have: an app may be there for
// the phone and for the Mac under one name.
func tellApart(table []Entry) {
	same := map[string]int{}
	for _, e := range table {
		same[e.Name]++
	}
	for i, e := range table {
		if same[e.Name] > 1 && e.Key != e.Name {
			table[i].Name += " (" + e.Key + ")"
		}
	}
}

// themselves is the key of the line of Themselves; no key of a product has a tab.
const themselves = "\t"

// Themselves is the line without which those of the table of products do not come to the
// whole: what apps and bundles were downloaded and sold for. It is false when there was
// nothing.
func (l *Ledger) Themselves() (e Entry, any bool) {
	for _, line := range l.Sum.by(func(k Key) string { return k.Product }) {
		if line.Key != "" {
			continue
		}
		e.Valued, any = l.value([]Line{line}, func(k Key) string { return k.Product })[0], true
	}
	for key, cell := range l.Sum.Cells {
		if key.Product == "" && (key.Kind == Download || key.Kind == Bundle) {
			e.Downloads = sum(e.Downloads, cell.Units)
		}
	}
	e.Key, e.Name, e.Known = themselves, "The apps themselves", true
	return e, any
}

// Others puts the lines of a table from the n-th on into one, so that the lines still
// come to the whole.
func Others(table []Entry, n int) ([]Entry, error) {
	if len(table) <= n+1 { // one line is no shorter than itself
		return table, nil
	}
	rest := Entry{Valued: Valued{Line: Line{Name: fmt.Sprintf("%d others", len(table)-n), Known: true}}}
	for _, e := range table[n:] {
		var errs [4]error
		rest.Units, errs[0] = plus(rest.Units, e.Units)
		rest.Refunds, errs[1] = plus(rest.Refunds, e.Refunds)
		rest.Downloads, errs[2] = plus(rest.Downloads, e.Downloads)
		rest.Purchases, errs[3] = plus(rest.Purchases, e.Purchases)
		for _, err := range errs {
			if err != nil {
				return nil, err
			}
		}
		rest.Worth.Add(e.Worth)
		rest.Proceeds = addMoney(rest.Proceeds, e.Proceeds)
		rest.Rest = addMoney(rest.Rest, e.Rest)
	}
	return append(slices.Clone(table[:n]), rest), nil
}

// addMoney adds amounts by currency; they are parts of a sum for which room was
// reserved.
func addMoney(list, more []Money) []Money {
	list = slices.Clone(list)
	for _, m := range more {
		i, found := slices.BinarySearchFunc(list, m, func(a, b Money) int { return cmp.Compare(a.Currency, b.Currency) })
		if found {
			list[i].Amount = sum(list[i].Amount, m.Amount)
		} else {
			list = slices.Insert(list, i, m)
		}
	}
	return list
}
