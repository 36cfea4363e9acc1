package commands

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
)

// settled is an amount by currency.
type settled map[string]decimal.Decimal

func (s settled) add(currency string, amount decimal.Decimal) (err error) {
	s[currency], err = exactly(s[currency], amount)
	return err
}

// exactly adds without rounding.
func exactly(a, b decimal.Decimal) (decimal.Decimal, error) {
	return a.AddExact(b, max(a.Scale(), b.Scale()))
}

func (s settled) money() (list []sales.Money) {
	for _, currency := range slices.Sorted(maps.Keys(s)) {
		list = append(list, sales.Money{Amount: s[currency], Currency: currency})
	}
	return list
}

// homes are the apps of products, as the sales reports of the month and of the last
// weeks have them: the financial report does not say.
type homes struct {
	of    map[string]string // the SKU of the app, by product id
	title map[string]string // of apps, by SKU
}

func (f *Finance) homes(d bot.Desk) (homes, error) {
	at := homes{map[string]string{}, map[string]string{}}
	newest := schedule.BusinessDay(d.Now())
	for _, days := range []schedule.Stretch{f.month.Days(), {From: newest.AddDays(-meanDays), To: newest}} {
		err := d.Books.Each(d.Team.Vendor, days.From, days.To, func(_ schedule.Day, on sales.Day) error {
			for sku, app := range on.Apps {
				at.title[sku] = cmp.Or(app.Title, sku)
			}
			for key := range on.Cells {
				if key.App != "" && key.Product != "" {
					at.of[key.Product] = key.App
				}
			}
			return nil
		})
		if err != nil {
			return at, err
		}
	}
	return at, nil
}

// earned is what an app came to in one currency.
type earned struct {
	app, currency string
	units, share  decimal.Decimal
}

// earnings are what a financial report comes to.
type earnings struct {
	total      settled
	units      map[string]decimal.Decimal // by SKU
	titles     map[string]string          // by SKU
	by         map[[2]string]*earned      // by SKU and currency
	alone      map[string]bool            // products whose app is not known, by product id
	miscounted *asc.RowCountError         // the report's own count of its rows is another
}

func newEarnings() *earnings {
	return &earnings{settled{}, map[string]decimal.Decimal{}, map[string]string{}, map[[2]string]*earned{}, map[string]bool{}, nil}
}

// read adds a report up: by SKU, since an app can have several titles in one report.
func (e *earnings) read(data []byte, at homes) error {
	for row, err := range asc.ReadFinancial(bytes.NewReader(data), mostUnpacked) {
		if miscounted, ok := errors.AsType[*asc.RowCountError](err); ok {
			e.miscounted = miscounted
			continue
		}
		if err == nil {
			err = e.add(row, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *earnings) add(row asc.FinancialRow, at homes) (err error) {
	id := row.VendorIdentifier
	sku, known := at.of[id]
	title := cmp.Or(at.title[sku], sku)
	switch {
	case known:
	case strings.HasPrefix(row.ProductType, "IA") || strings.HasPrefix(row.ProductType, "FI"):
		sku, title = "\t"+id, cmp.Or(row.Title, id)+" (app not known)" // not the SKU of any app
		e.alone[id] = true
	default:
		sku, title = id, cmp.Or(at.title[id], row.Title, id)
	}
	key := [2]string{sku, row.ShareCurrency}
	if e.by[key] == nil {
		e.by[key] = &earned{currency: row.ShareCurrency}
	}
	e.titles[sku] = min(title, cmp.Or(e.titles[sku], title)) // of several, whichever row comes first
	of := e.by[key]
	if of.units, err = exactly(of.units, row.Quantity); err != nil {
		return err
	}
	if of.share, err = exactly(of.share, row.ExtendedShare); err != nil {
		return err
	}
	if e.units[sku], err = exactly(e.units[sku], row.Quantity); err != nil {
		return err
	}
	return e.total.add(row.ShareCurrency, row.ExtendedShare)
}

// lines are what each app came to in each currency; the app that sold most comes first.
func (e *earnings) lines() []*earned {
	same := map[string]int{}
	for _, title := range e.titles {
		same[title]++
	}
	keys := slices.SortedFunc(maps.Keys(e.by), func(a, b [2]string) int {
		return cmp.Or(e.units[b[0]].Cmp(e.units[a[0]]), cmp.Compare(e.titles[a[0]], e.titles[b[0]]), slices.Compare(a[:], b[:]))
	})
	var all []*earned
	for _, key := range keys {
		line := e.by[key]
		if line.app = e.titles[key[0]]; same[line.app] > 1 {
			line.app += " (" + strings.TrimSpace(key[0]) + ")"
		}
		all = append(all, line)
	}
	return all
}

// allTogether adds lines up.
func allTogether(lines []*earned) (share settled, units decimal.Decimal, err error) {
	share = settled{}
	for _, line := range lines {
		if units, err = exactly(units, line.units); err != nil {
			return nil, units, err
		}
		if err = share.add(line.currency, line.share); err != nil {
			return nil, units, err
		}
	}
	return share, units, nil
}
