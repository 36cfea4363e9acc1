package bot

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/sales"
)

func sold(t *testing.T, rows ...sales.Row) sales.Day {
	t.Helper()
	var d sales.Day
	for _, r := range rows {
		r.Units, r.ProceedsCurrency = decimal.One, "EUR"
		if err := d.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func TestADigestChoosesItsApps(t *testing.T) {
	seven := decimal.MustNew(7, 0)
	day := sold(t,
		sales.Row{Title: "Halo", SKU: "HALO", ProductType: "1F"},
		sales.Row{Title: "Ana’s App", SKU: "ANA", ProductType: "1F"},
		sales.Row{Title: "Coins", SKU: "coins", ParentSKU: "PEBBLE", ProductType: "IA1", Proceeds: seven},
		sales.Row{Title: "Meadow Pack", SKU: "PACK", ProductType: "1-B"})
	all := []asc.App{
		{Ref: asc.Ref{ID: "6448000001"}, Name: "Halo", SKU: "HALO", BundleID: "example.halo"},
		{Ref: asc.Ref{ID: "6448000002"}, Name: "Pebble", SKU: "PEBBLE", BundleID: "example.pebble"},
		{Ref: asc.Ref{ID: "6448000003"}, Name: "Ana’s App", SKU: "ANA"},
		{Ref: asc.Ref{ID: "6448000004"}, Name: "Unsold", SKU: "UNSOLD"},
	}
	for _, c := range []struct {
		chosen              []string
		title, total, apps  string
		unknown             []string
		proceeds, inDetails string
	}{
		{nil, "Sales on", "EUR 7.00", "", nil, "EUR 7.00", ""},
		{[]string{"Pebble"}, "Sales of Pebble on", "EUR 7.00", "Pebble", nil, "EUR 7.00", "*Pebble*  EUR 7.00"}, // it has no row of its own
		{[]string{"example.pebble"}, "Sales of Pebble on", "EUR 7.00", "Pebble", nil, "EUR 7.00", ""},
		{[]string{"6448000002"}, "Sales of Pebble on", "EUR 7.00", "Pebble", nil, "EUR 7.00", ""},
		{[]string{"halo"}, "Sales of Halo on", "No proceeds", "Halo", nil, "", ""},
		{[]string{"Ana's App"}, "Sales of Ana’s App on", "No proceeds", "Ana’s App", nil, "", ""},
		{[]string{"Unsold"}, "Sales of Unsold on", "No proceeds", "Unsold", nil, "", ""},
		{[]string{"Meadow Pack"}, "Sales of Meadow Pack on", "No proceeds", "Meadow Pack", nil, "", ""},
		{[]string{"Halp"}, "Sales of no known app on", "There is no app", "", []string{"Halp"}, "", "*No such app*: Halp"},
		{[]string{"Pebble", "Halp"}, "Sales of Pebble on", "EUR 7.00", "Pebble", []string{"Halp"}, "EUR 7.00", "*No such app*: Halp"},
		{[]string{"Halo", "Pebble", "Unsold", "ANA"}, "Sales of 4 chosen apps on", "EUR 7.00", "Ana’s App, Halo, Pebble, Unsold", nil, "EUR 7.00", "Only Ana’s App, Halo, Pebble, Unsold"},
	} {
		f := figures{digest: Digest{Apps: c.chosen}, now: day, in: []string{"8501"}}
		f.choose(all)
		if got := strings.Join(f.apps, ", "); got != c.apps || !cmp.Equal(f.unknown, c.unknown) {
			t.Errorf("%q: chose %q, does not know %q", c.chosen, got, f.unknown)
		}
		if got := moneyList(nonZero(f.now.Totals())); got != c.proceeds {
			t.Errorf("%q: proceeds %q, want %q", c.chosen, got, c.proceeds)
		}
		m := drawDigest(f)
		if !strings.HasPrefix(string(m.Text), c.title) || !strings.Contains(string(m.Text), c.total) {
			t.Errorf("%q: the message begins %q", c.chosen, m.Text)
		}
		if details := appLines(f.now) + healthLine(f); !strings.Contains(string(details), c.inDetails) {
			t.Errorf("%q: %q is not in %q", c.chosen, c.inDetails, details)
		}
	}
}

func nonZero(list []sales.Money) (some []sales.Money) {
	for _, m := range list {
		if !m.Amount.IsZero() {
			some = append(some, m)
		}
	}
	return some
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
	add(sales.Row{SKU: "HALO", ProductType: "1F", Units: decimal.One.Neg(), Proceeds: decimal.One, ProceedsCurrency: "EUR"})
	f := figures{now: d, in: []string{"8501"}}
	for _, want := range []string{"2 rows in doubt: proceeds without a currency", "1 row in doubt: the product type is blank", "not know: 10 units, other (type Z9)"} {
		if !strings.Contains(string(healthLine(f)), want) {
			t.Errorf("it does not say %q: %s", want, healthLine(f))
		}
	}
	if got := kindLines(f); !strings.Contains(string(got), "• Refunds: 1 (EUR −1.00)") {
		t.Errorf("refunds: %s", got)
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
