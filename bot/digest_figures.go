package bot

import (
	"context"
	"slices"

	"github.com/ascbot/ascbot/bot/schedule"
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
	unrated  bool     // the last day cannot be converted yet
	subs     subsFigures
	reviews  reviewFigures
	missed   int       // digests that were not posted while the bot was stopped
	ended    string    // why what is missing is not waited for any more; blank: it is
	skipped  []Reading // days since the digest before that no digest was about
}

// incomplete reports whether something is missing that may still come.
func (f figures) incomplete() bool { return len(f.lacks()) > 0 }

// lacks says in words what is missing that may still come.
func (f figures) lacks() []string {
	list := lacking(f.over, f.vendors, f.subs, f.unrated)
	if len(f.troubles) > 0 {
		list = append(list, "the list of apps")
	}
	return list
}

// lacking says in words which reports and rates are missing, whatever keeps them from being
// there.
func lacking(over schedule.Stretch, vendors []vendorState, subs subsFigures, unrated bool) (list []string) {
	for _, v := range vendors {
		switch days := v.missing(); {
		case len(days) == 0:
		case over.From == over.To:
			list = append(list, "the report of "+v.called())
		default:
			list = append(list, "the reports of "+v.called()+" of "+daysInWords(days))
		}
	}
	if subs.missing {
		list = append(list, "the report of subscriptions")
	} else if subs.unheard {
		list = append(list, "the report of what happened to subscriptions")
	}
	if unrated {
		list = append(list, "the exchange rates")
	}
	return list
}

func (f figures) broken() bool {
	return slices.ContainsFunc(f.vendors, func(v vendorState) bool { return v.broken != nil })
}

// vendorsOf are the vendors that a digest reads the sales of. Drawn again, it reads those
// that it read first.
func (b *Bot) vendorsOf(r run) (all []Team) {
	for _, t := range b.Teams {
		if t.Vendor != "" && (r.then == nil && (r.Team == "" || r.Team == t.Name) || r.then != nil && slices.Contains(r.then.Vendors, t.Vendor)) {
			all = append(all, t)
		}
	}
	if r.then != nil {
		for _, vendor := range r.goneFrom(all) {
			all = append(all, Team{Vendor: vendor}) // what the books have of it
		}
	}
	return all
}

// booksFor are the books in the currency of a digest.
func (b *Bot) booksFor(r run) Books {
	books := b.books()
	if books.Currency = or(r.Currency, books.Currency); r.then != nil {
		books.Currency = r.then.Digest.Currency
	}
	return books
}

// stateOf looks which reports of a team's vendor are there.
func (b *Bot) stateOf(books Books, t Team, over schedule.Stretch) (vendorState, error) {
	v, err := books.state(t.Vendor, over)
	if b.several() {
		v.team = t.Name
	}
	return v, err
}

// meanDays is how many days a mean is made of.
const meanDays = 28

// figures gathers what a digest shows, from the books alone; names of apps and new
// reviews are asked of Apple.
func (b *Bot) figures(ctx context.Context, r run) (figures, error) {
	books := b.booksFor(r)
	f := figures{digest: r.Digest, over: r.over, currency: books.Currency, missed: r.missed}
	if f.currency != "" {
		f.rates = b.rates.why()
	}
	teams := b.vendorsOf(r)
	var vendors []string
	for _, t := range teams {
		v, err := b.stateOf(books, t, r.over)
		if err != nil {
			return f, err
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
	if f.unrated, err = books.unrated(vendors, r.over.To); err != nil {
		return f, err
	}
	if f.unrated { // a total of what can be converted would be a wrong one
		f.currency, books.Currency = "", ""
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
