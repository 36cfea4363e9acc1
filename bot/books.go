package bot

import (
	"fmt"
	"slices"

	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/store"
)

// Books are the sales that the bot keeps, for whoever may read revenue. Reading them
// asks nothing of Apple.
type Books struct {
	Store *store.Store
	// Why is what keeps a report from being fetched just now, or nil.
	Why func(vendor, kind string, day schedule.Day) error
	// Currency is what totals are also shown in; blank for none. RatesWhy is what keeps
	// the newest rates from being there, or nil.
	Currency string
	RatesWhy func() error
	// NoRates says that the configuration has no currency for totals, so that no exchange
	// rates are chosen any more. A digest's own currency has none to wait for then, and
	// days that have some from before are read without, to be compared with those after.
	NoRates bool
}

// books are the bot's own.
func (b *Bot) books() Books {
	currency := b.conf().Money.Currency
	return Books{Store: b.Store, Why: b.whyNot, Currency: currency, RatesWhy: b.rates.why, NoRates: currency == ""}
}

// Known is what the books know of a day.
type Known int

// What can be known of a day.
const (
	Unasked Known = iota // nobody has asked for the report yet
	Awaited              // not published, or "no sales" that is too early to be believed
	Empty                // there were no sales
	In                   // the figures are there
	Lost                 // Apple had thrown the report away before it was asked for
)

// known reads what was heard of a report. Soon is set for "no sales" that is not
// believed yet.
func known(r store.Report, day schedule.Day) (k Known, soon bool) {
	a := heard(r)
	switch {
	case a.Answer == schedule.There:
		return In, false
	case a.Answer == schedule.Gone:
		return Lost, false
	case a.Answer == schedule.Nothing && a.Believed(day):
		return Empty, false
	}
	return Awaited, a.Answer == schedule.Nothing
}

// DayBook is one vendor's day.
type DayBook struct {
	Known   Known
	NoSales bool // so Apple says, and it is too early to believe it
	Report  store.Report
	Sales   sales.Day // empty unless In
}

// Day reads a vendor's day.
func (k Books) Day(vendor string, day schedule.Day) (DayBook, error) {
	r, figures, ok, err := k.Store.Report(vendor, SalesReport, day.String())
	if err != nil || !ok {
		return DayBook{}, err
	}
	d := DayBook{Report: r}
	if d.Known, d.NoSales = known(r, day); d.Known == In {
		d.Sales, err = sales.Unpack(figures)
	}
	return d, err
}

// Each hands out the days of a vendor that have figures, from one day to another,
// oldest first.
func (k Books) Each(vendor string, from, to schedule.Day, fn func(day schedule.Day, d sales.Day) error) error {
	var failed error
	err := k.Store.Figures(vendor, SalesReport, from.String(), to.String(), func(on string, figures []byte) bool {
		var d sales.Day
		day, err := schedule.ParseDay(on)
		if err == nil {
			d, err = sales.Unpack(figures)
		}
		if err == nil {
			err = fn(day, d)
		}
		if err != nil {
			failed = fmt.Errorf("the sales of %s: %w", on, err)
		}
		return err == nil
	})
	if err != nil {
		return err
	}
	return failed
}

// Gaps are the days of a stretch that a vendor's figures are not known of.
func (k Books) Gaps(vendor string, from, to schedule.Day) (gaps []schedule.Day, err error) {
	list, err := k.Store.Reports(vendor, SalesReport, from.String(), to.String())
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, r := range list {
		day, err := schedule.ParseDay(r.Day)
		if err != nil {
			return nil, err
		}
		state, _ := known(r, day)
		there[r.Day] = state == In || state == Empty
	}
	for day := from; day.Compare(to) <= 0; day = day.AddDays(1) {
		if !there[day.String()] {
			gaps = append(gaps, day)
		}
	}
	return gaps, nil
}

// Subscriptions reads what is known of a vendor's subscriptions on a day: their
// standing, and what happened to them. Each is only there when its report is.
func (k Books) Subscriptions(vendor string, day schedule.Day) (s sales.Subscriptions, standing, events bool, err error) {
	for i, kind := range []string{StandingReport, EventsReport} {
		r, figures, ok, err := k.Store.Report(vendor, kind, day.String())
		if err != nil {
			return s, false, false, err
		}
		if state, _ := known(r, day); !ok || state != In {
			continue
		}
		more, err := sales.UnpackSubscriptions(figures)
		if err == nil {
			err = s.Merge(more)
		}
		if err != nil {
			return s, false, false, fmt.Errorf("the subscriptions of %s: %w", day, err)
		}
		if i == 0 {
			standing = true
		} else {
			events = true
		}
	}
	return s, standing, events, nil
}

// Backfill is how far the books of a vendor reach back.
type Backfill struct {
	Vendor         string
	Known, Of      int          // days of sales of the past year that were asked for at least once
	Oldest, Newest schedule.Day // of the days with figures
	Revised        int          // reports that came back changed
	Bytes          int          // kept, of all reports
	Version        string       // of the newest report of subscriptions, where Apple named one
	Trouble        error        // what keeps the newest report from being fetched
}

// Backfills tells of every vendor how far its books reach back.
func (k Books) Backfills(vendors []string, newest schedule.Day) (all []Backfill, err error) {
	for _, vendor := range vendors {
		f := Backfill{Vendor: vendor, Of: keptDays + 1, Trouble: k.Why(vendor, SalesReport, newest)}
		for _, kind := range keptReports {
			list, err := k.Store.Reports(vendor, kind, "", "")
			if err != nil {
				return nil, err
			}
			since := newest.AddDays(-keptDays).String()
			for _, r := range list {
				f.Bytes += r.Bytes
				f.Revised += r.Revised
				if r.Version != "" {
					f.Version = r.Version
				}
				if kind == SalesReport && r.Day >= since {
					f.Known++
				}
			}
			if with := slices.DeleteFunc(list, func(r store.Report) bool { return r.Read.IsZero() }); kind == SalesReport && len(with) > 0 {
				if f.Oldest, err = schedule.ParseDay(with[0].Day); err != nil {
					return nil, err
				}
				if f.Newest, err = schedule.ParseDay(with[len(with)-1].Day); err != nil {
					return nil, err
				}
			}
		}
		all = append(all, f)
	}
	return all, nil
}
