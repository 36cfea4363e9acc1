package sales

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
)

// dec reads a decimal that the test itself wrote.
func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

// row is a row of an app that sells for 0.99, unless words say otherwise.
func row(productType, units, proceeds, currency string, more ...func(*Row)) Row {
	r := Row{Title: "Halo", SKU: "HALO", AppleID: "6443001001", ProductType: productType,
		Units: dec(units), Proceeds: dec(proceeds), ProceedsCurrency: currency, Country: "US"}
	for _, change := range more {
		change(&r)
	}
	return r
}

func inside(product, app string) func(*Row) {
	return func(r *Row) { r.SKU, r.ParentSKU, r.Title, r.AppleID = product, app, "Moon Pack", "7001" }
}

func sub(which string) func(*Row) { return func(r *Row) { r.Subscription = which } }

// dayOf adds rows that have to fit.
func dayOf(t testing.TB, rows ...Row) Day {
	t.Helper()
	var d Day
	for _, r := range rows {
		if err := d.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// money writes amounts as one text.
func money(list []Money) string {
	var words []string
	for _, m := range list {
		words = append(words, m.String())
	}
	return strings.Join(words, ", ")
}

// Apple's own example of a refund: -50 units at .7 proceeds, price -0.99.
func TestRefundSample(t *testing.T) {
	d := dayOf(t, row("1F", "-50", ".7", "USD", func(r *Row) { r.CustomerPrice = dec("-0.99") }))
	all := d.All()
	if got := money(all.Proceeds); got != "USD -35.00" {
		t.Errorf("proceeds %s, want USD -35.00", got)
	}
	if got := money(all.Refunded); got != "USD -35.00" {
		t.Errorf("refunded %s, want USD -35.00", got)
	}
	if Count(all.Refunds) != "-50" || !all.Units.IsZero() {
		t.Errorf("%s refunds and %s units, want -50 and 0", all.Refunds, all.Units)
	}
	if len(d.Odd) != 0 {
		t.Errorf("a refund is not odd: %v", d.Odd)
	}
}

func TestKinds(t *testing.T) {
	for _, c := range []struct {
		types string
		sub   string
		want  Kind
		words string
	}{
		{"1 1F 1T 1E 1EP 1EU F1", "", Download, "first downloads"},
		{"1-B F1-B", "", Bundle, "bundles"},
		{"3 3F", "", Redownload, "re-downloads"},
		{"7 7F 7T F7", "", Update, "updates"},
		{"IA1 IA1-M FI1 IA9 IA9-M", "", InApp, "in-app purchases"},
		{"IA3", "", Restore, "restored purchases"},
		{"IAY IAY-M", "New", SubNew, "new subscriptions"},
		{"IAY IAY-M", "Renewal", SubRenewal, "subscription renewals"},
		{"IAY", "", Subscription, "subscriptions"},
		{"IA1", "New", InApp, "in-app purchases"},
		{"IAC", "", "other:IAC", "other (type IAC)"},
		{"3T", "", Redownload, "re-downloads"},
		{"10", "", "other:10", "other (type 10)"},
		{" 1F ", "", Download, "first downloads"},
	} {
		for _, typ := range strings.SplitAfter(c.types, " ") {
			if strings.TrimSpace(typ) == "" {
				continue
			}
			lines := dayOf(t, row(typ, "1", "0", "", sub(c.sub))).ByKind()
			if len(lines) != 1 || Kind(lines[0].Key) != c.want || lines[0].Name != c.words {
				t.Errorf("type %q, subscription %q: %v, want %s (%s)", typ, c.sub, lines, c.want, c.words)
			}
		}
	}
	blank := dayOf(t, row(" ", "3", "0", ""))
	if line := blank.ByKind()[0]; line.Name != "other (no type)" || line.Known || blank.Odd[0].Why != OddNoType {
		t.Errorf("a blank type: %+v, odd %v", line, blank.Odd)
	}
}

func TestKindsAreListedInOrder(t *testing.T) {
	d := dayOf(t, row("XYZ", "1", "0", ""), row("IAY", "1", "0", "", sub("New")), row("7F", "1", "0", ""), row("IAC", "1", "0", ""), row("1F", "1", "0", ""))
	var names []string
	for _, line := range d.ByKind() {
		names = append(names, line.Name)
	}
	want := "first downloads; updates; new subscriptions; other (type IAC); other (type XYZ)"
	if got := strings.Join(names, "; "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// One day with everything that facts about the report warn of.
func TestDay(t *testing.T) {
	d := dayOf(t,
		row("1F", "120", "0", "USD"),                                  // free, though with a currency
		row("1F", "3", "0", "", func(r *Row) { r.PromoCode = "GP" }),  // promo code
		row("3F", "40", "0", ""),                                      // re-downloads
		row("7F", "900", "0", "", func(r *Row) { r.Country = "de " }), // updates
		row("IA1", "10", "0.7", "USD", inside("moon", "HALO")),
		row("IA1", "-2", "0.7", "USD", inside("moon", "HALO")),
		row("IAY", "5", "350", "JPY", inside("plus", "HALO"), sub("New")),
		row("IAY", "7", "2.75", "EUR", inside("plus", "HALO"), sub("Renewal")),
		row("IA1", "1", "4.2", "USD", inside("gem", "ORBIT")), // an app without rows
		row("IA1", "1", "1", "GBP", inside("lost", "")),       // an app not given
		row("1-B", "6", "0", " ", func(r *Row) { r.SKU, r.Title = "PACK", "Meadow Pack" }),
		row("1F", "-1", "2", "USD", func(r *Row) { r.SKU, r.Title, r.CMB = "PEBBLE", "Pebble", "CMB-C" }),
		row("1F", "0", "0.7", "USD", func(r *Row) { r.CustomerPrice = dec("-0.99") }), // price correction
		row("1F", "2", "0.5", ""),                                                     // money of no currency
	)
	if got, want := money(d.Totals()), "EUR 19.25, GBP 1.00, JPY 1,750, USD 7.80"; got != want {
		t.Errorf("totals %s, want %s", got, want)
	}
	if d.Rows != 14 || d.Corrections != 1 {
		t.Errorf("%d rows, %d corrections, want 14 and 1", d.Rows, d.Corrections)
	}
	wantOdd := []Odd{{Why: OddNoCurrency, SKU: "HALO", Rows: 1, Amount: Money{dec("1.0"), ""}}}
	if diff := cmp.Diff(wantOdd, d.Odd); diff != "" {
		t.Errorf("odd rows (-want +got):\n%s", diff)
	}
	check := func(view string, lines []Line, want ...string) {
		t.Helper()
		var got []string
		for _, l := range lines {
			text := l.Name + ": " + Count(l.Units)
			if !l.Known {
				text = "? " + text
			}
			if !l.Promo.IsZero() {
				text += ", promo " + Count(l.Promo)
			}
			if !l.Refunds.IsZero() {
				text += ", refunds " + Count(l.Refunds) + " " + money(l.Refunded)
			}
			if len(l.Proceeds) > 0 {
				text += "; " + money(l.Proceeds)
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", view, diff)
		}
	}
	check("by app", d.ByApp(),
		"? an app the report does not name: 1; GBP 1.00",
		"Halo: 1,087, promo 3, refunds -2 USD -1.40; EUR 19.25, JPY 1,750, USD 5.60",
		"? ORBIT: 1; USD 4.20",
		"Meadow Pack: 6",
		"Pebble: -1; USD -2.00")
	check("by kind", d.ByKind(),
		"first downloads: 125, promo 3",
		"bundles: 6",
		"re-downloads: 40",
		"updates: 900",
		"in-app purchases: 12, refunds -2 USD -1.40; GBP 1.00, USD 9.80",
		"new subscriptions: 5; JPY 1,750",
		"subscription renewals: 7; EUR 19.25",
		"bundle credits: -1; USD -2.00")
	check("by country", d.ByCountry(),
		"DE: 900",
		"US: 194, promo 3, refunds -2 USD -1.40; EUR 19.25, GBP 1.00, JPY 1,750, USD 7.80")
	check("by currency", d.ByCurrency(),
		"EUR: 7; EUR 19.25", "GBP: 1; GBP 1.00", "JPY: 5; JPY 1,750", "USD: 10, refunds -2 USD -1.40; USD 7.80")
	check("by product", d.ByProduct(),
		"Moon Pack: 1; USD 4.20", "Moon Pack: 1; GBP 1.00",
		"Moon Pack: 10, refunds -2 USD -1.40; USD 5.60",
		"Moon Pack: 12; EUR 19.25, JPY 1,750")
	check("of one app", d.Of("PACK", "ORBIT").ByApp(), "? ORBIT: 1; USD 4.20", "Meadow Pack: 6")
	if odd := d.Of("PACK").Odd; len(odd) != 0 {
		t.Errorf("oddities of another app: %v", odd)
	}
	if odd := d.Of("HALO").Odd; len(odd) != 1 {
		t.Errorf("oddities of the app itself: %v", odd)
	}
}

func TestEmptyDay(t *testing.T) {
	var d Day
	if got := d.All(); got.Proceeds != nil || !got.Units.IsZero() || d.ByApp() != nil || d.Totals() != nil {
		t.Errorf("an empty day has figures: %+v", got)
	}
}

func TestNegativeProceedsAreOdd(t *testing.T) {
	d := dayOf(t, row("1F", "-2", "-3", "USD"), row("1F", "-1", "-3", "USD"), row("1F", "1", "-3", "EUR"))
	want := []Odd{
		{Why: OddNegative, SKU: "HALO", Rows: 1, Amount: Money{dec("-3"), "EUR"}},
		{Why: OddNegative, SKU: "HALO", Rows: 2, Amount: Money{dec("9"), "USD"}},
	}
	if diff := cmp.Diff(want, d.Odd); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTitleDoesNotHangOnOrder(t *testing.T) {
	renamed := row("7F", "1", "0", "", func(r *Row) { r.Title = "Halo 2" })
	one, two := dayOf(t, row("1F", "1", "0", ""), renamed), dayOf(t, renamed, row("1F", "1", "0", ""))
	if one.ByApp()[0].Name != "Halo" || two.ByApp()[0].Name != "Halo" {
		t.Errorf("%q and %q, want Halo", one.ByApp()[0].Name, two.ByApp()[0].Name)
	}
}

// Nothing is ever rounded or dropped: what does not fit is refused in words,
// and the day is as before.
func TestTooManyDigits(t *testing.T) {
	for _, c := range []struct {
		name     string
		rows     []Row
		complain string
	}{
		{"product", []Row{row("1F", "9999999999", "9999999999.99", "USD")}, "too many digits"},
		{"fine fractions", []Row{row("1F", "0.00000000000001", "0.00000000000001", "USD")}, "too many digits"},
		{"sum of money", []Row{row("1F", "1", "99999999999999999.99", "USD"), row("1F", "1", "0.01", "USD")}, "more than 19 digits"},
		{"a cent beside very much", []Row{row("1F", "1", "9999999999999999999", "USD"), row("1F", "1", "0.01", "USD")}, "more than 19 digits"},
		{"and back", []Row{row("1F", "1", "9999999999999999999", "USD"), row("1F", "-1", "9999999999999999999", "USD")}, "more than 19 digits"},
		{"no currency", []Row{row("1F", "1", "9999999999999999999", ""), row("1F", "1", "1", "")}, "more than 19 digits"},
		{"units", []Row{row("1F", "9999999999999999999", "0", ""), row("1F", "1", "0", "")}, "the units"},
	} {
		t.Run(c.name, func(t *testing.T) {
			last := len(c.rows) - 1
			d := dayOf(t, c.rows[:last]...)
			before := asJSON(t, d)
			err := d.Add(c.rows[last])
			if err == nil || !strings.Contains(err.Error(), c.complain) || !strings.Contains(err.Error(), `SKU "HALO"`) {
				t.Fatalf("error %v, want one with %q and the SKU", err, c.complain)
			}
			if after := asJSON(t, d); after != before {
				t.Errorf("the day changed:\n%s\n%s", before, after)
			}
			if err := d.Merge(dayOf(t, row("1F", "1", "0", "", func(r *Row) { r.Country = "FR" }))); c.name != "units" && err != nil {
				t.Errorf("the day cannot go on: %v", err)
			}
		})
	}
}

func TestMergeRefusesWhole(t *testing.T) {
	d := dayOf(t, row("1F", "1", "9999999999999999999", "USD"))
	before := asJSON(t, d)
	more := dayOf(t, row("1F", "1", "1", "EUR"), row("1F", "1", "1", "USD"))
	more.Date = "2026-11-22"
	if err := d.Merge(more); err == nil || !strings.Contains(err.Error(), "2026-11-22") {
		t.Fatalf("error %v, want one that names the day", err)
	}
	if after := asJSON(t, d); after != before {
		t.Errorf("the day changed:\n%s\n%s", before, after)
	}
	if _, err := Compare(d, more); err == nil || !strings.Contains(err.Error(), "cannot be compared") {
		t.Errorf("Compare: %v", err)
	}
}

// What a refused day would have taken does not stay taken.
func TestRefusedMergeLeavesRoom(t *testing.T) {
	much := dayOf(t, row("1F", "1", "4000000000000000000", "EUR"), row("1F", "1", "9999999999999999999", "USD"))
	for range 20 { // whichever currency comes first
		d := dayOf(t, row("1F", "1", "1", "USD"))
		if err := d.Merge(much); err == nil {
			t.Fatal("dollars of 20 digits were merged")
		}
		if err := d.Add(row("1F", "1", "9999999999999999999", "EUR")); err != nil {
			t.Fatalf("there is no room for euros: %v", err)
		}
	}
}

// A day that comes back from storage knows how full it is.
func TestStoredDayRefusesToo(t *testing.T) {
	for _, full := range []Row{
		row("1F", "9999999999999999999", "0", ""), row("1F", "-9999999999999999999", "0", ""),
		row("1F", "1", "9999999999999999999", "USD"), row("1F", "1", "9999999999999999999", ""),
	} {
		var d Day
		if err := json.Unmarshal([]byte(asJSON(t, dayOf(t, full))), &d); err != nil {
			t.Fatal(err)
		}
		if err := d.Add(full); err == nil || !strings.Contains(err.Error(), "more than 19 digits") {
			t.Errorf("%s units at %s twice: %v", full.Units, full.Proceeds, err)
		}
	}
	var d Day
	if err := json.Unmarshal([]byte(`{"cells":{"HALO\tUS":{"u":"1"}}}`), &d); err == nil || !strings.Contains(err.Error(), "not 5") {
		t.Errorf("a key of two words: %v", err)
	}
}

func asJSON(t testing.TB, d Day) string {
	t.Helper()
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCompare(t *testing.T) {
	before := dayOf(t, row("1F", "84", "0", ""), row("7F", "19", "0", ""), row("3F", "50", "0", ""),
		row("IA1", "10", "7", "USD", inside("moon", "HALO")), row("IA1", "5", "300", "JPY", inside("moon", "HALO")),
		row("IA1", "-1", "7", "USD", inside("moon", "HALO")), row("IA1", "3", "1", "GBP", inside("moon", "HALO")))
	now := dayOf(t, row("1F", "96", "0", ""), row("7F", "190", "0", ""), row("3F", "50", "0", ""), row("IAC", "2", "0", "", inside("x", "HALO")),
		row("IA1", "5", "7", "USD", inside("moon", "HALO")), row("IA1", "9", "300", "JPY", inside("moon", "HALO")),
		row("IA1", "4", "2.5", "EUR", inside("moon", "HALO")))
	changes, err := Compare(now, before)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range changes {
		got = append(got, strings.TrimSpace(c.What+" "+c.Currency)+": "+Count(c.Before)+" → "+Count(c.Now)+", "+c.String())
	}
	want := []string{
		"first downloads: 84 → 96, +12, +14%",
		"re-downloads: 50 → 50, no change",
		"updates: 19 → 190, +171", // 19 is too little to speak of percent
		"in-app purchases: 18 → 18, no change",
		"other (type IAC): 0 → 2, +2", // from zero there is no percent
		"refunds: -1 → 0, +1",
		"proceeds EUR: 0 → 10, EUR +10.00",
		"proceeds GBP: 3 → 0, GBP −3.00",
		"proceeds JPY: 1,500 → 2,700, JPY +1,200", // 1,500 yen are too little
		"proceeds USD: 63 → 35, USD −28.00, −44%",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	empty, err := Compare(Day{}, Day{})
	if err != nil || len(empty) != 0 {
		t.Errorf("two empty days: %v, %v", empty, err)
	}
}

func TestMoney(t *testing.T) {
	for _, c := range []struct{ amount, currency, want string }{
		{"1234.5", "USD", "USD 1,234.50"},
		{"12300", "JPY", "JPY 12,300"},
		{"12300.50", "JPY", "JPY 12,300.5"},
		{"-35", "USD", "USD -35.00"},
		{"-1234567.891", "EUR", "EUR -1,234,567.891"},
		{"0", "USD", "USD 0.00"},
		{"0.7", "KWD", "KWD 0.700"},
		{"999", "KRW", "KRW 999"},
		{"-999.9", "USD", "USD -999.90"},
		{"100000.000", "USD", "USD 100,000.00"},
		{"9999999999999999999", "USD", "USD 9,999,999,999,999,999,999.00"},
		{"1.5", "", "1.50 without a currency"},
	} {
		if got := (Money{dec(c.amount), c.currency}).String(); got != c.want {
			t.Errorf("%s of %q: %s, want %s", c.amount, c.currency, got, c.want)
		}
	}
	if got := Count(dec("-1234.50")); got != "-1,234.5" {
		t.Errorf("Count: %s", got)
	}
}

// Two apps of one name are told apart in tables, and products and the apps themselves
// come to the whole.
func TestTablesTellApartAndComeToTheWhole(t *testing.T) {
	mac := row("F1", "2", "5", "EUR")
	mac.SKU, mac.Title = "HALOMAC", "Halo"
	phone := row("1F", "3", "1.5", "EUR")
	phone.SKU, phone.Title = "HALO", "Halo"
	l := NewLedger("EUR")
	if _, err := l.Add(dayOf(t, phone, mac, row("7F", "9", "0", ""), row("IA1", "4", "2", "EUR", inside("coins", "HALO"))), Rates{}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range l.Table(Apps) {
		names = append(names, e.Name)
	}
	if got := strings.Join(names[:2], ", "); got != "Halo (HALO), Halo (HALOMAC)" {
		t.Errorf("the apps are called %s", got)
	}
	apps, any := l.Themselves()
	all := l.All().Worth
	for _, e := range l.Table(Products) {
		all = all.Less(e.Worth)
	}
	if all = all.Less(apps.Worth); !any || !all.IsZero() || Count(apps.Downloads) != "5" || apps.Key == "" {
		t.Errorf("the apps themselves: %+v; what is left is %v", apps, all)
	}
	if _, any := NewLedger("EUR").Themselves(); any {
		t.Error("there is something where nothing is")
	}
}

// Lines of a file, added up, come to the cent of the whole; whole cents would not.
func TestFineLinesComeToTheWhole(t *testing.T) {
	rates := Rates{Base: "EUR", Per: map[string]decimal.Decimal{"USD": dec("1.1597")}}
	var whole Worth
	fine, cents := decimal.Zero, decimal.Zero
	for range 1000 {
		w, ok := rates.Convert(Money{dec("0.70"), "USD"}, "EUR")
		if !ok {
			t.Fatal("no rate")
		}
		whole.Add(w)
		f, err := w.Fine()
		if err != nil {
			t.Fatal(err)
		}
		m, err := w.In("EUR")
		if err != nil {
			t.Fatal(err)
		}
		fine, cents = sum(fine, f), sum(cents, m.Amount)
	}
	all, err := whole.In("EUR")
	if err != nil || fine.Round(2) != all.Amount || cents == all.Amount {
		t.Errorf("the whole is %s, its lines come to %s, in cents %s, %v", all, fine, cents, err)
	}
	large, _ := rates.Convert(Money{dec("123456789012345.67"), "EUR"}, "EUR")
	if f, err := large.Fine(); err != nil || f.String() != "123456789012345.67" {
		t.Errorf("a large one is %s, %v", f, err)
	}
}
