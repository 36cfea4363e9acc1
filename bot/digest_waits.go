package bot

import (
	"slices"

	"github.com/ascbot/ascbot/bot/schedule"
)

// vendorState is what is known of a vendor's reports of the days of a digest.
type vendorState struct {
	vendor string
	team   string         // whose it is; blank: there is one team alone
	rows   int            // of all reports that are in
	in     int            // how many are
	empty  int            // days without sales, for certain
	gaps   []schedule.Day // not published yet
	quiet  []schedule.Day // without sales so far; that may change
	broken error          // why the reports that are missing could not be read
}

// out tells whether the books have what a digest needs, or whether there is something
// to be told that keeps them from having it.
func (b *Bot) out(r run) (bool, error) {
	books := b.booksFor(r)
	var vendors []string
	for _, team := range b.vendorsOf(r) {
		vendors = append(vendors, team.Vendor)
		v, err := books.state(team.Vendor, r.over)
		if err != nil {
			return false, err
		}
		if len(v.gaps)+len(v.quiet) > 0 && v.broken == nil {
			return false, nil
		}
		if v.broken != nil {
			continue
		}
		if begun, err := books.begun(team.Vendor, r.over); err != nil || !begun && !r.late {
			return false, err
		}
		subs, err := b.subscriptions(books, []Team{team}, r, nil)
		if err != nil || (subs.missing || subs.unheard) && subs.why == nil {
			return false, err
		}
	}
	unrated, err := books.unrated(vendors, r.over.To)
	return !unrated, err
}

// unrated tells whether a day has money that cannot be converted yet, because no exchange
// rates were chosen for it: they are not there, or could not be had.
func (k Books) unrated(vendors []string, day schedule.Day) (bool, error) {
	if k.Currency == "" {
		return false, nil
	}
	if rates, err := k.Store.RatesBetween(day.String(), day.String()); err != nil || len(rates) > 0 {
		return false, err
	}
	for _, vendor := range vendors {
		d, err := k.Day(vendor, day)
		if err != nil {
			return false, err
		}
		if k.foreign(d.Sales) {
			return true, nil
		}
	}
	return false, nil
}

// begun tells whether every day that some days are compared with was asked for once.
// They are not, for some minutes, when the books are new or the bot was stopped for
// days.
func (k Books) begun(vendor string, over schedule.Stretch) (bool, error) {
	from, to := over.From.AddDays(-meanDays), over.From.AddDays(-1)
	list, err := k.Store.Reports(vendor, SalesReport, from.String(), to.String())
	if err != nil {
		return false, err
	}
	asked := map[string]bool{}
	for _, r := range list {
		asked[r.Day] = true
	}
	for day := from; day.Compare(to) <= 0; day = day.AddDays(1) {
		if !asked[day.String()] && k.Why(vendor, SalesReport, day) == nil {
			return false, nil
		}
	}
	return true, nil
}

// state looks which reports of a vendor are there.
func (k Books) state(vendor string, over schedule.Stretch) (v vendorState, err error) {
	v.vendor = vendor
	for day := over.From; day.Compare(over.To) <= 0; day = day.AddDays(1) {
		r, _, ok, err := k.Store.Report(vendor, SalesReport, day.String())
		if err != nil {
			return v, err
		}
		state, soon := known(r, day)
		switch {
		case ok && state == In:
			v.in++
			v.rows += r.Rows
		case ok && state == Empty:
			v.empty++
		case k.Why(vendor, SalesReport, day) != nil:
			v.gaps, v.broken = append(v.gaps, day), k.Why(vendor, SalesReport, day)
		case ok && soon:
			v.quiet = append(v.quiet, day)
		default:
			v.gaps = append(v.gaps, day)
		}
	}
	return v, nil
}

// absent reports whether nothing is known of a vendor's days.
func (v vendorState) absent() bool { return v.in+v.empty == 0 }

// wanting reports whether some of a vendor's days are not known.
func (v vendorState) wanting() bool { return len(v.gaps)+len(v.quiet) > 0 || v.broken != nil }

// missing are the days that are not known, in their order.
func (v vendorState) missing() []schedule.Day {
	days := slices.Concat(v.gaps, v.quiet)
	slices.SortFunc(days, schedule.Day.Compare)
	return days
}
