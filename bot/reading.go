package bot

import (
	"cmp"
	"slices"

	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
)

// Reading is what the books say of a stretch of days of one vendor or of several.
type Reading struct {
	schedule.Stretch
	*sales.Ledger
	Days    []DayTotal                // one for each day, oldest first
	Gaps    map[string][]schedule.Day // days that are not known, by vendor
	Sources map[string]bool           // where the rates came from, in words
	Reports map[string]int            // how many reports are in, by vendor
	Changed int                       // reports that came back changed
}

// DayTotal is one day of a reading, for charts and means.
type DayTotal struct {
	Day       schedule.Day
	Known     bool            // by every vendor
	Unrated   bool            // it has money that no exchange rates were chosen for, so that its worth is a part
	Downloads decimal.Decimal // first ones
	Worth     sales.Worth
}

// Read adds the days of some vendors up. Skus choose apps; none means all.
func (k Books) Read(vendors []string, over schedule.Stretch, skus ...string) (Reading, error) {
	r := Reading{
		Stretch: over, Ledger: sales.NewLedger(k.Currency), Gaps: map[string][]schedule.Day{}, Sources: map[string]bool{}, Reports: map[string]int{},
	}
	rates, err := k.rates(over)
	if err != nil {
		return r, err
	}
	for day := over.From; day.Compare(over.To) <= 0; day = day.AddDays(1) {
		r.Days = append(r.Days, DayTotal{Day: day, Known: true})
	}
	for _, vendor := range vendors {
		if err := k.readVendor(&r, vendor, rates, skus); err != nil {
			return r, err
		}
		if err := k.nameStrays(r, vendor); err != nil {
			return r, err
		}
	}
	return r, nil
}

// namedLately is how many days are looked through for the names of apps.
const namedLately = 28

// nameStrays names apps that only their in-app purchases speak of: on a quiet day nobody
// may have downloaded the app itself. Reports of the days before have what it is called.
func (k Books) nameStrays(r Reading, vendor string) error {
	unnamed := map[string]sales.Product{}
	for _, sku := range strays(r.Sum) {
		unnamed[sku] = sales.Product{}
	}
	if len(unnamed) == 0 {
		return nil
	}
	err := k.Each(vendor, r.From.AddDays(-namedLately), r.From.AddDays(-1), func(_ schedule.Day, d sales.Day) error {
		for sku := range unnamed {
			if app, ok := d.Apps[sku]; ok {
				unnamed[sku] = app // the newest is the last
			}
		}
		return nil
	})
	for sku, app := range unnamed {
		if app.Title != "" {
			r.Sum.Name(sku, app.Title)
		}
	}
	return err
}

func (k Books) readVendor(r *Reading, vendor string, rates map[schedule.Day]dayRates, skus []string) error {
	gaps, err := k.Gaps(vendor, r.From, r.To)
	if err != nil {
		return err
	}
	if len(gaps) > 0 {
		r.Gaps[vendor] = gaps
	}
	for _, day := range gaps {
		r.day(day).Known = false
	}
	return k.Each(vendor, r.From, r.To, func(day schedule.Day, d sales.Day) error {
		if len(skus) > 0 {
			d = d.Of(skus...)
		}
		r.Reports[vendor]++
		if at, ok := rates[day]; ok {
			r.Sources[at.source] = true
		}
		worth, err := r.Add(d, rates[day].Rates)
		if err != nil {
			return err
		}
		at := r.day(day)
		if _, rated := rates[day]; !rated && k.foreign(d) {
			at.Unrated = true
		}
		at.Worth.Add(worth)
		return at.addDownloads(d)
	})
}

func (r *Reading) day(day schedule.Day) *DayTotal {
	return &r.Days[schedule.Stretch{From: r.From, To: day}.Days()-1]
}

func (t *DayTotal) addDownloads(d sales.Day) error {
	for key, cell := range d.Cells {
		if key.Kind == sales.Download {
			n, err := t.Downloads.Add(cell.Units)
			if err != nil {
				return err
			}
			t.Downloads = n
		}
	}
	return nil
}

// dayRates are the rates a day is converted with, and where they came from.
type dayRates struct {
	sales.Rates
	source string
}

func (k Books) rates(over schedule.Stretch) (map[schedule.Day]dayRates, error) {
	found := map[schedule.Day]dayRates{}
	if k.Currency == "" || k.NoRates {
		return found, nil
	}
	list, err := k.Store.RatesBetween(over.From.String(), over.To.String())
	if err != nil {
		return nil, err
	}
	for _, kept := range list {
		day, err := schedule.ParseDay(kept.Day)
		if err != nil {
			return nil, err
		}
		rates, err := readRates(kept)
		if err != nil {
			return nil, err
		}
		found[day] = dayRates{rates, kept.Source}
	}
	return found, nil
}

// foreign tells whether a day has money of another currency than totals are shown in, for
// which there are exchange rates sooner or later.
func (k Books) foreign(d sales.Day) bool {
	if k.Currency == "" || k.NoRates {
		return false
	}
	for key, cell := range d.Cells {
		if !cell.Proceeds.IsZero() && key.Currency != k.Currency {
			return true
		}
	}
	return false
}

// Known is how many of the days every vendor knows.
func (r Reading) Known() int { return r.count(func(d DayTotal) bool { return d.Known }) }

// Whole is how many of the days every vendor knows, and can be converted.
func (r Reading) Whole() int { return r.count(DayTotal.whole) }

// Unrated is how many of the days cannot be converted yet.
func (r Reading) Unrated() int { return r.count(func(d DayTotal) bool { return d.Unrated }) }

func (d DayTotal) whole() bool { return d.Known && !d.Unrated }

func (r Reading) count(is func(DayTotal) bool) (n int) {
	for _, d := range r.Days {
		if is(d) {
			n++
		}
	}
	return n
}

// Complete tells whether every vendor knows every day, and each can be converted: a part
// is not compared with a whole.
func (r Reading) Complete() bool { return r.Whole() == len(r.Days) }

// Mean is the worth and the downloads of a day of the reading, on average over those
// that are whole; ok is false when none is.
func (r Reading) Mean() (worth sales.Worth, downloads decimal.Decimal, ok bool) {
	n := r.Whole()
	for _, d := range r.Days {
		if !d.whole() {
			continue
		}
		worth.Add(d.Worth)
		if sum, err := downloads.Add(d.Downloads); err == nil {
			downloads = sum
		}
	}
	if n == 0 {
		return worth, downloads, false
	}
	mean, err := downloads.Quo(decimal.MustNew(int64(n), 0))
	return worth.Over(n), mean.Round(0), err == nil
}

// ByWorth sorts lines so that what is worth most comes first, then what was
// downloaded most.
func ByWorth(lines []sales.Valued) []sales.Valued {
	slices.SortStableFunc(lines, func(a, b sales.Valued) int {
		return cmp.Or(b.Worth.Cmp(a.Worth), b.Units.Cmp(a.Units))
	})
	return lines
}

// Bucket is some days of a reading together, as one point of a chart.
type Bucket struct {
	Label     string
	unknown   bool // of some day, or not to be converted
	Downloads decimal.Decimal
	Worth     sales.Worth
}

// ChartTitle says what a chart shows, and of which days: their labels leave the month
// out where there are many.
func ChartTitle(what, unit string, over schedule.Stretch) string {
	return what + " by " + unit + ", " + over.String()
}

// Buckets puts days together so that a chart has room for them: up to twenty days by
// themselves, up to twenty weeks as weeks that end with the last day, and more as
// months. The unit says which. What is not known is no zero: a point that lacks a day
// is left out.
func Buckets(days []DayTotal) (buckets []Bucket, unit string) {
	label, unit := func(i int) string { return days[i].Day.OfMonth() }, "day"
	switch weeks := (len(days) + 6) / 7; {
	case len(days) <= mostPoints:
	case weeks <= mostPoints:
		unit = "week"
		first := len(days) - 7*weeks // not above zero: the oldest week may be short
		label = func(i int) string {
			start := first + (i-first)/7*7
			return days[max(start, 0)].Day.Brief() + "–" + days[start+6].Day.Brief()
		}
	default:
		unit = "month"
		label = func(i int) string { return days[i].Day.InMonth() }
	}
	for i, d := range days {
		if n := len(buckets); n == 0 || buckets[n-1].Label != label(i) {
			buckets = append(buckets, Bucket{Label: label(i)})
		}
		at := &buckets[len(buckets)-1]
		at.unknown = at.unknown || !d.whole()
		at.Worth.Add(d.Worth)
		if sum, err := at.Downloads.Add(d.Downloads); err == nil {
			at.Downloads = sum
		}
	}
	buckets = slices.DeleteFunc(buckets, func(b Bucket) bool { return b.unknown })
	return buckets[max(0, len(buckets)-mostPoints):], unit
}
