package bot

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
)

// monday is the day that digests of the tests are about.
var monday = schedule.Day{Year: 2026, Month: 11, Day: 23}

// digestOf gathers and draws a digest of a shop, as it is after its patience.
func (s *shop) digestOf(d Digest, over schedule.Stretch) figures {
	s.t.Helper()
	s.keep()
	if d.Name == "" {
		d.Name = "daily"
	}
	f, err := s.figures(s.t.Context(), run{Digest: d, over: over, late: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}

func only(day schedule.Day) schedule.Stretch { return schedule.Stretch{From: day, To: day} }

func TestADigestChoosesItsApps(t *testing.T) {
	s := newShop(t, schedule.ReportDue(monday))
	s.apps = []string{"6448000001 Halo HALO", "6448000002 Pebble PEBBLE", "6448000003 Ana’s+App ANA", "6448000004 Unsold UNSOLD"}
	s.says = func(kind, _ string) (int, string) {
		if kind != SalesReport {
			return none(noSales)
		}
		return report("HALO Halo 1F 1 0 EUR US", "ANA Ana’s+App 1F 1 0 EUR US", "coins Coins IA1 1 7 EUR US parent=PEBBLE", "PACK Meadow+Pack 1-B 1 0 EUR US")
	}
	for _, c := range []struct {
		chosen       []string
		title, total string
		apps         string
		unknown      []string
	}{
		{nil, "Sales · ", "EUR 7.00", "", nil},
		{[]string{"Pebble"}, "Sales of Pebble · ", "EUR 7.00", "Pebble", nil}, // it has no row of its own
		{[]string{"example.pebble"}, "Sales of Pebble · ", "EUR 7.00", "Pebble", nil},
		{[]string{"6448000002"}, "Sales of Pebble · ", "EUR 7.00", "Pebble", nil},
		{[]string{"halo"}, "Sales of Halo · ", "No proceeds", "Halo", nil},
		{[]string{"Ana's App"}, "Sales of Ana’s App · ", "No proceeds", "Ana’s App", nil},
		{[]string{"Unsold"}, "Sales of Unsold · ", "No proceeds", "Unsold", nil},
		{[]string{"Meadow Pack"}, "Sales of Meadow Pack · ", "No proceeds", "Meadow Pack", nil},
		{[]string{"Halp"}, "Sales of no known app · ", "There is no app", "", []string{"Halp"}},
		{[]string{"Pebble", "Halp"}, "Sales of Pebble · ", "EUR 7.00", "Pebble", []string{"Halp"}},
		{[]string{"Halo", "Pebble", "Unsold", "ANA"}, "Sales of 4 chosen apps · ", "EUR 7.00", "Ana’s App, Halo, Pebble, Unsold", nil},
	} {
		f := s.digestOf(Digest{Apps: c.chosen}, only(monday))
		if got := strings.Join(f.apps, ", "); got != c.apps || !cmp.Equal(f.unknown, c.unknown) {
			t.Errorf("%q: chose %q, does not know %q", c.chosen, got, f.unknown)
		}
		m := drawDigest(f)
		if !strings.HasPrefix(string(m.Text), "*"+c.title) || !strings.Contains(string(m.Text), c.total) {
			t.Errorf("%q: the message says %q", c.chosen, m.Text)
		}
		if strings.Contains(string(f.health()), "*No such app*: Halp") != (c.unknown != nil) {
			t.Errorf("%q: %s", c.chosen, f.health())
		}
	}
}

func TestWhatADigestSaysOfDoubtfulRows(t *testing.T) {
	var d sales.Day
	add := func(r sales.Row) {
		t.Helper()
		if err := d.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	add(sales.Row{SKU: "HALO", ProductType: "1F", Units: decimal.Two, Proceeds: decimal.One})
	add(sales.Row{SKU: "PEBBLE", ProductType: "1F", Units: decimal.Two, Proceeds: decimal.One})
	add(sales.Row{SKU: "HALO", Units: decimal.One})
	add(sales.Row{SKU: "HALO", ProductType: "Z9", Units: decimal.Ten})
	add(sales.Row{SKU: "gem", ParentSKU: "ORBIT", ProductType: "IA1", Units: decimal.Ten})
	add(sales.Row{SKU: "gem", ProductType: "IA1", Units: decimal.Ten})
	said := string(Join(Oddities(d), " · "))
	for _, want := range []string{
		"2 rows in doubt: proceeds without a currency", "1 row in doubt: the product type is blank", "not know: 10 units, other (type Z9)",
		"apps the report does not name: no app at all, ORBIT",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
}

func TestWhatWaitingDoesNotMend(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&asc.Error{Status: 403}, true},
		{&asc.Error{Status: 401}, true},
		{fmt.Errorf("reading: %w", &asc.Error{Status: 400}), true},
		{&asc.ArgumentError{}, true},
		{&asc.ReportError{}, true},
		{&asc.Error{Status: 429}, false},
		{&asc.Error{Status: 500}, false},
		{&asc.NoAnswerError{}, false},
		{errors.New("anything"), false},
	} {
		if lasting(c.err) != c.want {
			t.Errorf("%v: want %t", c.err, c.want)
		}
	}
}

// What a digest is about, and how long it waits, for what people set up.
func TestWhatADigestIsAbout(t *testing.T) {
	for _, c := range []struct {
		covers, cron, zone, now, over, waits string
	}{
		{"", "0 9 * * *", "America/Los_Angeles", "2026-11-24T17:00:00Z", "Mon 23 Nov 2026", "2026-11-24T21:00:00Z"},
		{"", "0 9 * * *", "Europe/Berlin", "2026-11-24T08:00:00Z", "Sun 22 Nov 2026", "2026-11-24T12:00:00Z"}, // Monday's report is not made yet
		{"day", "0 18 * * *", "Europe/Berlin", "2026-11-24T17:00:00Z", "Mon 23 Nov 2026", "2026-11-24T21:00:00Z"},
		{"day", "30 16 * * *", "Europe/Berlin", "2026-11-24T15:30:00Z", "Sun 22 Nov 2026", "2026-11-24T19:30:00Z"},
		{"day", "30 16 * * *", "Europe/Berlin", "2027-03-20T15:30:00Z", "Thu 18 Mar 2027", "2027-03-20T19:30:00Z"}, // in these two weeks Friday's is out already, and comes tomorrow
		{"day", "30 2 * * *", "Australia/Sydney", "2026-07-01T16:30:00Z", "Tue 30 Jun 2026", "2026-07-01T20:30:00Z"},
		{"day", "30 2 * * *", "Australia/Sydney", "2027-01-01T15:30:00Z", "Thu 31 Dec 2026", "2027-01-01T20:00:00Z"}, // half an hour before it is out: it is waited for
		{"week", "0 9 * * 1", "America/Los_Angeles", "2026-11-23T17:00:00Z", "16 – 22 Nov 2026", "2026-11-23T21:00:00Z"},
		{"week", "0 9 * * 1", "Europe/Berlin", "2026-11-23T08:00:00Z", "16 – 22 Nov 2026", "2026-11-23T20:00:00Z"}, // waits for Sunday's report
		{"week", "0 9 * * 1", "Asia/Tokyo", "2026-11-23T00:00:00Z", "16 – 22 Nov 2026", "2026-11-23T20:00:00Z"},
		{"month", "0 9 1 * *", "Europe/Berlin", "2027-01-01T08:00:00Z", "December 2026", "2027-01-01T20:00:00Z"},
		{"month", "0 9 3 * *", "America/Los_Angeles", "2026-03-03T17:00:00Z", "February 2026", "2026-03-03T21:00:00Z"},
	} {
		when, err := schedule.Parse(c.cron, c.zone)
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		d := Digest{When: when, Covers: c.covers}
		due, ok := when.Last(now)
		if !ok || !due.At.Equal(now) {
			t.Fatalf("%+v was last due at %s", c, due.At)
		}
		if over, waits := d.over(due).String(), d.patienceEnds(due).Format(time.RFC3339); over != c.over || waits != c.waits {
			t.Errorf("%s at %s in %s: about %s, waits until %s", c.covers, c.now, c.zone, over, waits)
		}
	}
}
