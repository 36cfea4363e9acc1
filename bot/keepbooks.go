package bot

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/store"
)

// The daily reports that are kept of every vendor, in the order in which those of
// one day are asked for.
const (
	SalesReport    = "SALES"
	StandingReport = "SUBSCRIPTION"
	EventsReport   = "SUBSCRIPTION_EVENT"
)

var keptReports = []string{SalesReport, StandingReport, EventsReport}

const (
	// keptDays is how far back reports are asked for. Apple keeps daily ones for a
	// year.
	keptDays = 364
	// soonDays are asked for as fast as the budget allows: what a digest compares
	// with. Older ones are fetched one by one.
	soonDays = 36
	// backfillPause lies at least between two older reports: at most 360 an hour, a
	// tenth of what Apple allows. One a look of the schedule is fetched, so that at its
	// usual pace there are 180.
	backfillPause = 10 * time.Second
)

// keepBooks fetches reports into the store until ctx ends: first what is due, then
// what is missing of the past year, slowly.
func (b *Bot) keepBooks(ctx context.Context) {
	ctx = asc.WithClass(ctx, asc.Job)
	rested := map[string]time.Time{} // when a vendor's older reports were asked for last
	for {
		pause := b.Tick
		for _, team := range b.Teams {
			if team.Vendor == "" || b.clockOff() != "" {
				continue
			}
			more, old := b.keepNext(ctx, team, time.Since(rested[team.Vendor]) >= backfillPause)
			if old {
				rested[team.Vendor] = time.Now()
			} else if more {
				pause = 0
			}
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}

// keepNext asks for the report of a vendor that is due first; more is false when none
// was. Older ones, of the backfill, are left alone until they have rested.
func (b *Bot) keepNext(ctx context.Context, team Team, rested bool) (more, old bool) {
	next, ok, err := b.nextReport(team.Vendor)
	if err != nil {
		b.Log.Error("reading what is known of sales reports", "vendor", team.Vendor, "error", err)
	}
	if !ok || err != nil || next.old && !rested {
		return false, false
	}
	if err := b.keepReport(ctx, team, next); err != nil && ctx.Err() == nil {
		until := b.obstacles.met(team.Vendor, next.kind, next.day, err, b.Now())
		b.Log.Warn("a report could not be kept", "vendor", team.Vendor, "report", next.kind, "day", next.day.String(), "until", until.UTC(), "error", err)
	}
	return true, next.old
}

// due is a report to be asked for.
type due struct {
	kind string
	day  schedule.Day
	old  bool // of the backfill
}

// nextReport finds the newest report that is to be asked for now.
func (b *Bot) nextReport(vendor string) (best due, found bool, err error) {
	now := b.Now()
	newest := schedule.BusinessDay(now)
	subscribed, err := b.subscribed(vendor, newest)
	if err != nil {
		return due{}, false, err
	}
	for _, kind := range keptReports {
		known, err := b.heard.of(b.Store, vendor, kind, newest.AddDays(-keptDays))
		if err != nil {
			return due{}, false, err
		}
		for back := range keptDays + 1 {
			day := newest.AddDays(-back)
			if found && day.Compare(best.day) <= 0 {
				break
			}
			at, again := known[day].AskAgain(day)
			if kind != SalesReport && !subscribed { // it is looked once a day whether there are any
				again = again && back < 3
				at = laterOf(at, schedule.ReportDue(day).Add(24*time.Hour))
			}
			if again && !now.Before(at) && !b.obstacles.hold(vendor, kind, day, now) {
				best, found = due{kind, day, back > soonDays}, true
				break
			}
		}
	}
	return best, found, nil
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// subscribed tells whether the vendor had subscriptions lately.
func (b *Bot) subscribed(vendor string, newest schedule.Day) (bool, error) {
	known, err := b.heard.of(b.Store, vendor, StandingReport, newest.AddDays(-keptDays))
	for back := range 10 {
		if known[newest.AddDays(-back)].Answer == schedule.There {
			return true, err
		}
	}
	return false, err
}

// hearsay is what was heard of the reports of the past year, as the store has it: it
// is looked through every few seconds. Only keepBooks uses it.
type hearsay map[[2]string]map[schedule.Day]schedule.Asked

// of reads what was heard of a vendor's reports of a kind since a day.
func (h *hearsay) of(st *store.Store, vendor, kind string, since schedule.Day) (map[schedule.Day]schedule.Asked, error) {
	key := [2]string{vendor, kind}
	if known, read := (*h)[key]; read {
		return known, nil
	}
	list, err := st.Reports(vendor, kind, since.String(), "")
	if err != nil {
		return nil, err
	}
	known := make(map[schedule.Day]schedule.Asked, len(list))
	for _, r := range list {
		day, err := schedule.ParseDay(r.Day)
		if err != nil {
			return nil, err
		}
		known[day] = heard(r)
	}
	if *h == nil {
		*h = hearsay{}
	}
	(*h)[key] = known
	return known, nil
}

func heard(r store.Report) schedule.Asked {
	return schedule.Asked{At: r.Asked, Answer: schedule.Answer(r.Answer)}
}

// keepReport asks for a report and writes down what was heard.
func (b *Bot) keepReport(ctx context.Context, team Team, next due) error {
	r := store.Report{Vendor: team.Vendor, Kind: next.kind, Day: next.day.String(), Asked: b.Now()}
	rows, figures, err := fetch(ctx, team, next.kind, r.Day)
	switch {
	case err == nil:
		r.Answer, r.Rows, r.Read, r.Version = string(schedule.There), rows, r.Asked, team.API.ReportVersion(next.kind, "SUMMARY")
	case asc.NoSales(err):
		r.Answer = string(schedule.Nothing)
	case asc.NotYet(err):
		r.Answer = string(schedule.NotThere)
	case asc.NoLonger(err):
		r.Answer = string(schedule.Gone)
	default:
		return err
	}
	b.obstacles.passed(team.Vendor, next.kind, next.day)
	same := sales.SameSubscriptions
	if next.kind == SalesReport {
		same = sales.Same
	}
	kept, err := b.Store.KeepReport(r, figures, same)
	if err != nil {
		return err
	}
	b.heard[[2]string{team.Vendor, next.kind}][next.day] = heard(kept)
	select {
	case b.news <- struct{}{}: // a digest may have waited for it
	default:
	}
	return nil
}

// fetch reads a report and adds it up.
func fetch(ctx context.Context, team Team, kind, day string) (rows int, figures []byte, err error) {
	q := asc.SalesQuery{Vendor: team.Vendor, Day: day}
	switch kind {
	case StandingReport:
		s, err := sums(team.API.SubscriptionReport(ctx, q), addStanding)
		if err != nil {
			return 0, nil, err
		}
		figures, err = s.Pack()
		return s.Rows, figures, err
	case EventsReport:
		s, err := sums(team.API.SubscriptionEventReport(ctx, q), addEvent)
		if err != nil {
			return 0, nil, err
		}
		figures, err = s.Pack()
		return s.Rows, figures, err
	}
	d, err := sums(team.API.SalesSums(ctx, q), addSale)
	if err != nil {
		return 0, nil, err
	}
	d.Date = day
	figures, err = d.Pack()
	return d.Rows, figures, err
}

// sums adds the rows of a report up.
func sums[T, Row any](rows iter.Seq2[Row, error], add func(*T, Row) error) (sum T, err error) {
	for row, err := range rows {
		if err == nil {
			err = add(&sum, row)
		}
		if err != nil {
			return sum, err
		}
	}
	return sum, nil
}

func addSale(d *sales.Day, row asc.SalesRow) error {
	return d.Add(sales.Row{
		Title: row.Title, SKU: row.SKU, ParentSKU: row.ParentID, AppleID: row.AppleID, ProductType: row.ProductType,
		Units: row.Units, Proceeds: row.Proceeds, ProceedsCurrency: row.ProceedsCurrency, CustomerPrice: row.CustomerPrice,
		Country: row.Country, Subscription: row.Subscription, PromoCode: row.PromoCode, OrderType: row.OrderType, CMB: row.CMB,
	})
}

func addStanding(s *sales.Subscriptions, row asc.SubscriptionRow) (err error) {
	is := sales.Standing{App: row.AppleID, Product: row.SubscriptionID, Country: row.Country}
	if is.Active, err = counts(row.Active, row.IntroPayUpFront, row.IntroPayAsYouGo, row.PromoPayUpFront, row.PromoPayAsYouGo,
		row.CodePayUpFront, row.CodePayAsYouGo, row.WinBackPayUpFront, row.WinBackPayAsYouGo); err != nil {
		return err
	}
	if is.Trials, err = counts(row.IntroFreeTrial, row.PromoFreeTrial, row.CodeFreeTrial, row.WinBackFreeTrial); err != nil {
		return err
	}
	if is.Retry, err = counts(row.BillingRetry); err != nil {
		return err
	}
	if is.Grace, err = counts(row.GracePeriod); err != nil {
		return err
	}
	return s.AddStanding(row.App, row.Subscription, is)
}

// counts adds numbers of which each may be withheld.
func counts(list ...*decimal.Decimal) (sum decimal.Decimal, err error) {
	for _, n := range list {
		if n == nil {
			continue
		}
		if sum, err = sum.Add(*n); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

func addEvent(s *sales.Subscriptions, row asc.SubscriptionEventRow) error {
	return s.AddEvent(row.App, row.Subscription, row.Event, row.OfferType,
		sales.Event{App: row.AppleID, Product: row.SubscriptionID, Country: row.Country, Quantity: row.Quantity})
}

// obstacles are what keeps reports from being kept, since the bot was started.
type obstacles struct {
	mu   sync.Mutex
	list map[[3]string]*obstacle // by vendor, kind and day; a blank day is every day
}

type obstacle struct {
	err   error
	until time.Time
	pause time.Duration
}

// met notes an error and answers when to try again, later each time. A report that
// cannot be read holds up itself alone; whatever else is wrong is wrong with the next
// report too.
func (o *obstacles) met(vendor, kind string, day schedule.Day, err error, now time.Time) time.Time {
	key, most := [3]string{vendor, kind}, 10*time.Minute
	if unreadable(err) {
		key[2], most = day.String(), 6*time.Hour
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.list == nil {
		o.list = map[[3]string]*obstacle{}
	}
	at := o.list[key]
	if at == nil {
		at = &obstacle{}
		o.list[key] = at
	}
	at.pause = min(max(2*at.pause, 30*time.Second), most)
	at.err, at.until = err, now.Add(at.pause)
	return at.until
}

// unreadable tells that a report came and makes no sense.
func unreadable(err error) bool {
	_, apple := errors.AsType[*asc.Error](err)
	_, kept := errors.AsType[*asc.NotSentError](err)
	_, lost := errors.AsType[*asc.NoAnswerError](err)
	_, wrong := errors.AsType[*asc.ArgumentError](err)
	return !apple && !kept && !lost && !wrong && !asc.RateLimited(err)
}

// passed forgets what kept a report from being kept.
func (o *obstacles) passed(vendor, kind string, day schedule.Day) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.list, [3]string{vendor, kind})
	delete(o.list, [3]string{vendor, kind, day.String()})
}

// of are those of one report: of its kind, and its own.
func (o *obstacles) of(vendor, kind string, day schedule.Day) []obstacle {
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []obstacle
	for _, key := range [][3]string{{vendor, kind, day.String()}, {vendor, kind}} {
		if at := o.list[key]; at != nil {
			found = append(found, *at)
		}
	}
	return found
}

// hold tells whether a report is not to be asked for just now.
func (o *obstacles) hold(vendor, kind string, day schedule.Day, now time.Time) bool {
	return slices.ContainsFunc(o.of(vendor, kind, day), func(at obstacle) bool { return now.Before(at.until) })
}

// why is what keeps a report from being kept, or nil.
func (o *obstacles) why(vendor, kind string, day schedule.Day) error {
	if found := o.of(vendor, kind, day); len(found) > 0 {
		return found[0].err
	}
	return nil
}

// whyNot is what keeps a report from being kept, or nil. App Store Connect answers with a
// fault of its own to a vendor number that it does not know; so that is said when no
// report of a vendor was ever answered for.
func (b *Bot) whyNot(vendor, kind string, day schedule.Day) error {
	err := b.obstacles.why(vendor, kind, day)
	fault, ok := errors.AsType[*asc.Error](err)
	if !ok || fault.Status < 500 {
		return err
	}
	if heard, failed := b.Store.Reports(vendor, SalesReport, "", ""); failed != nil || len(heard) > 0 {
		return err
	}
	return Trouble{
		What: fmt.Sprintf("App Store Connect has a fault of its own (%d). It answers so to a vendor number that it does not know, too, and has never given a report of vendor %s.", fault.Status, vendor),
		Next: "Whoever runs the bot should compare that number with the one under Payments and Financial Reports.",
	}
}
