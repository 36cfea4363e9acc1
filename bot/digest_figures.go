package bot

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/store"
)

// figures are what a digest shows.
type figures struct {
	digest   Digest
	over     schedule.Stretch
	currency string  // that totals are shown in; blank for none
	now      Reading // the days it is about
	before   Reading // the same weekday a week earlier, or as many days before
	month    Reading // the 28 days before
	recent   Reading // what the chart shows

	vendors  []vendorState
	apps     []string // names of the apps it is for, when it is not for all
	unknown  []string // configured names that no app has
	troubles []string // what else could not be read, and why
	rates    error    // why there are no newer exchange rates
	subs     subsFigures
	reviews  reviewFigures
	missed   int       // digests that were not posted while the bot was stopped
	skipped  []Reading // days since the digest before that no digest was about
}

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

// subsFigures are what a digest says of subscriptions.
type subsFigures struct {
	any     bool           // somebody has one, or had one lately
	missing bool           // the report of the last day is not there
	unheard bool           // the report of what happened on the last day is not there
	why     error          // why one of them could not be read; nil when it is just not published
	now     sales.Standing // at the end of the days
	was     sales.Standing // before they began
	net     bool           // whether was is known
	events  map[sales.Happening]decimal.Decimal
	days    int // days of which the events are known
}

// incomplete reports whether something is missing that may still come.
func (f figures) incomplete() bool {
	return f.subs.missing || f.subs.unheard || len(f.troubles) > 0 || slices.ContainsFunc(f.vendors, vendorState.wanting)
}

func (f figures) broken() bool {
	return slices.ContainsFunc(f.vendors, func(v vendorState) bool { return v.broken != nil })
}

// vendorsOf are the vendors that a digest reads the sales of.
func (b *Bot) vendorsOf(d Digest) (all []Team) {
	for _, t := range b.Teams {
		if t.Vendor != "" && (d.Team == "" || d.Team == t.Name) {
			all = append(all, t)
		}
	}
	return all
}

// booksFor are the books in the currency of a digest.
func (b *Bot) booksFor(d Digest) Books {
	books := b.books()
	books.Currency = or(d.Currency, books.Currency)
	return books
}

// out tells whether the books have what a digest needs, or whether there is something
// to be told that keeps them from having it.
func (b *Bot) out(r run) (bool, error) {
	books := b.booksFor(r.Digest)
	for _, team := range b.vendorsOf(r.Digest) {
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
	if books.Currency == "" || b.rates.why() != nil {
		return true, nil
	}
	rates, err := b.Store.RatesBetween(r.over.To.String(), r.over.To.String())
	return len(rates) > 0, err
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

// meanDays is how many days a mean is made of.
const meanDays = 28

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

// figures gathers what a digest shows, from the books alone; names of apps and new
// reviews are asked of Apple.
func (b *Bot) figures(ctx context.Context, r run) (figures, error) {
	books := b.booksFor(r.Digest)
	f := figures{digest: r.Digest, over: r.over, currency: books.Currency, missed: r.missed}
	if f.currency != "" {
		f.rates = b.rates.why()
	}
	teams := b.vendorsOf(r.Digest)
	var vendors []string
	for _, t := range teams {
		v, err := books.state(t.Vendor, r.over)
		if err != nil {
			return f, err
		}
		if b.several() {
			v.team = t.Name
		}
		f.vendors, vendors = append(f.vendors, v), append(vendors, t.Vendor)
	}
	apps, err := appsOf(ctx, teams)
	if err != nil {
		if len(r.Apps) > 0 {
			if !r.late {
				return f, err
			}
			f.troubles = append(f.troubles, "the list of apps: "+words(err).Error())
		}
		b.Log.Warn("the names of apps could not be read for a digest", "digest", r.Name, "error", err)
	}
	skus, ids, err := f.choose(books, vendors, apps)
	if err != nil {
		return f, err
	}
	if err := f.read(books, f.present(), skus, r); err != nil {
		return f, err
	}
	if f.moneyless() {
		f.currency = ""
	}
	if f.subs, err = b.subscriptions(books, teams, r, ids); err != nil {
		return f, err
	}
	if r.has("reviews") && !f.nothingChosen() {
		f.reviews = b.newReviews(ctx, f.reviewed(apps), r.over)
	}
	return f, nil
}

// present are the vendors whose figures are shown and compared: one whose reports are
// all missing would make every comparison one of a part with the whole.
func (f figures) present() (vendors []string) {
	for _, v := range f.vendors {
		if !v.absent() {
			vendors = append(vendors, v.vendor)
		}
	}
	return vendors
}

// absent reports whether nothing is known of a vendor's days.
func (v vendorState) absent() bool { return v.in+v.empty == 0 }

// wanting reports whether some of a vendor's days are not known.
func (v vendorState) wanting() bool { return len(v.gaps)+len(v.quiet) > 0 || v.broken != nil }

// moneyless reports whether there was no money lately, as with apps that are free: then
// downloads are what tells.
func (f figures) moneyless() bool {
	return !slices.ContainsFunc([]Reading{f.now, f.before, f.month, f.recent}, func(r Reading) bool { return len(r.All().Proceeds) > 0 })
}

// nothingChosen reports whether a digest is for apps of which there is none.
func (f figures) nothingChosen() bool { return len(f.digest.Apps) > 0 && len(f.apps) == 0 }

// read adds the days up.
func (f *figures) read(books Books, vendors, skus []string, r run) (err error) {
	read := func(into *Reading, over schedule.Stretch) {
		if err == nil {
			*into, err = books.Read(vendors, over, skus...)
		}
	}
	if f.nothingChosen() {
		vendors = nil
	}
	read(&f.now, r.over)
	read(&f.before, r.comparison())
	read(&f.month, schedule.Stretch{From: r.over.From.AddDays(-meanDays), To: r.over.From.AddDays(-1)})
	read(&f.recent, r.charted())
	const most = 6
	if r.since != (schedule.Day{}) {
		day := r.over.To.AddDays(-1)
		for n := 0; n < most && r.since.Compare(day) < 0; n++ {
			var one Reading
			read(&one, schedule.Stretch{From: day, To: day})
			f.skipped = append(f.skipped, one)
			day = day.AddDays(-1)
		}
		slices.Reverse(f.skipped)
	}
	for i, sku := range skus {
		f.now.Sum.Name(sku, f.apps[i])
	}
	return err
}

// comparison are the days that a digest compares with.
func (r run) comparison() schedule.Stretch {
	if r.over.From == r.over.To {
		day := r.over.From.AddDays(-7)
		return schedule.Stretch{From: day, To: day}
	}
	return r.over.Before()
}

// charted are the days that a digest's chart shows: two weeks, eight weeks, or a year.
func (r run) charted() schedule.Stretch {
	switch r.covers() {
	case CoversWeek:
		return schedule.Stretch{From: r.over.To.AddDays(-8*7 + 1), To: r.over.To}
	case CoversMonth:
		from := r.over.From
		for range 11 {
			from = schedule.MonthBefore(from).From
		}
		return schedule.Stretch{From: from, To: r.over.To}
	}
	return schedule.Stretch{From: r.over.To.AddDays(-13), To: r.over.To}
}

// appsOf lists the apps of some teams. It is asked anew each time, since apps are
// renamed.
func appsOf(ctx context.Context, teams []Team) (all []teamApp, err error) {
	for _, t := range teams {
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

// subscriptions reads what is known of subscriptions; ids choose apps, nil means all.
func (b *Bot) subscriptions(books Books, teams []Team, r run, ids []string) (s subsFigures, err error) {
	var now, was, events sales.Subscriptions
	s.net = true
	for _, t := range teams {
		lately, err := books.Store.Reports(t.Vendor, StandingReport, r.over.To.AddDays(-10).String(), r.over.To.String())
		if err != nil {
			return s, err
		}
		if len(lately) == 0 || !slices.ContainsFunc(lately, isIn) {
			continue // nobody has one
		}
		s.any = true
		if last := lately[len(lately)-1]; last.Day != r.over.To.String() || !isIn(last) {
			s.missing, s.why = true, books.Why(t.Vendor, StandingReport, r.over.To)
			continue
		}
		happened, _, known, err := books.Store.Report(t.Vendor, EventsReport, r.over.To.String())
		if err != nil {
			return s, err
		}
		if !known || !isIn(happened) && happened.Answer != string(schedule.Nothing) {
			s.unheard, s.why = true, books.Why(t.Vendor, EventsReport, r.over.To)
		}
		if err := s.add(books, t.Vendor, r.over, &now, &was, &events); err != nil {
			return s, err
		}
	}
	if ids != nil {
		now, was, events = now.Of(ids...), was.Of(ids...), events.Of(ids...)
		s.any = s.any && len(now.Standing)+len(was.Standing)+len(events.Events) > 0
	}
	if s.now, err = now.Total(); err != nil {
		return s, err
	}
	if s.was, err = was.Total(); err != nil {
		return s, err
	}
	s.events, err = events.Happened()
	return s, err
}

// add reads the standing of a vendor's subscriptions before and after some days, and
// what happened on them.
func (s *subsFigures) add(books Books, vendor string, over schedule.Stretch, now, was, events *sales.Subscriptions) error {
	for day := over.From.AddDays(-1); day.Compare(over.To) <= 0; day = day.AddDays(1) {
		on, standing, happened, err := books.Subscriptions(vendor, day)
		if err != nil {
			return err
		}
		first, last := day.Compare(over.From) < 0, day == over.To
		if first && !standing {
			s.net = false
		}
		if !first && happened {
			s.days++
			if err := events.Merge(sales.Subscriptions{Names: on.Names, Events: on.Events}); err != nil {
				return err
			}
		}
		only := sales.Subscriptions{Names: on.Names, Standing: on.Standing}
		if first {
			err = was.Merge(only)
		} else if last {
			err = now.Merge(only)
		}
		if err != nil {
			return err
		}
	}
	return nil
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

func isIn(r store.Report) bool { return r.Answer == string(schedule.There) }
