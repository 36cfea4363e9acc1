package sales

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"
)

// rows draws rows of every sort, odd ones too.
func rows() *rapid.Generator[[]Row] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Row {
		r := Row{
			SKU:              rapid.SampledFrom([]string{"HALO", "PEBBLE", "moon", "plus", " HALO "}).Draw(t, "sku"),
			ParentSKU:        rapid.SampledFrom([]string{"", "", "HALO", "ORBIT"}).Draw(t, "parent"),
			Title:            rapid.SampledFrom([]string{"Halo", "Halo 2", "Moon\tPack", "\xff"}).Draw(t, "title"),
			ProductType:      rapid.SampledFrom([]string{"1F", "1-B", "3F", "7F", "IA1", "IAY", "IA3", "IAC", "", "F1"}).Draw(t, "type"),
			ProceedsCurrency: rapid.SampledFrom([]string{"USD", "EUR", "JPY", "KWD", "", " "}).Draw(t, "currency"),
			Country:          rapid.SampledFrom([]string{"US", "de", "JP", ""}).Draw(t, "country"),
			Subscription:     rapid.SampledFrom([]string{"", "New", "Renewal"}).Draw(t, "subscription"),
			PromoCode:        rapid.SampledFrom([]string{"", "", "", "GP"}).Draw(t, "promo"),
			OrderType:        rapid.SampledFrom([]string{"", "", "Pay Up Front", "Pre-order"}).Draw(t, "order"),
			CMB:              rapid.SampledFrom([]string{"", "", "", "CMB", "CMB-C"}).Draw(t, "cmb"),
		}
		r.Units = decimal.MustNew(rapid.Int64Range(-100_00, 10_000_00).Draw(t, "units"), 2)
		r.Proceeds = decimal.MustNew(rapid.Int64Range(-1000, 1_000_000).Draw(t, "proceeds"), rapid.IntRange(0, 4).Draw(t, "scale"))
		return r
	}), 0, 40)
}

func added(t *rapid.T, list []Row) Day {
	var d Day
	for _, r := range list {
		if err := d.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

var sameDay = cmpopts.IgnoreUnexported(Day{})

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rows().Draw(t, "rows")
		one, other := added(t, list), added(t, rapid.Permutation(list).Draw(t, "permuted"))
		if diff := cmp.Diff(one, other, sameDay); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(one.ByApp(), other.ByApp()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A second way to the totals, with fractions of big integers and no groups at
// all; every view has to come to the same.
func TestViewsAgreeWithNaiveSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rows().Draw(t, "rows")
		naive, units := map[string]*big.Rat{}, new(big.Rat)
		for _, r := range list {
			amount := new(big.Rat).Mul(rat(r.Units), rat(r.Proceeds))
			units.Add(units, rat(r.Units))
			if currency := strings.TrimSpace(r.ProceedsCurrency); currency != "" && amount.Sign() != 0 {
				if naive[currency] == nil {
					naive[currency] = new(big.Rat)
				}
				naive[currency].Add(naive[currency], amount)
			}
		}
		d := added(t, list)
		for name, view := range map[string][]Line{
			"all": {{Figures: d.All()}}, "app": d.ByApp(), "kind": d.ByKind(), "country": d.ByCountry(),
		} {
			got, gotUnits := map[string]*big.Rat{}, new(big.Rat)
			for _, line := range view {
				gotUnits.Add(gotUnits, rat(line.Units)).Add(gotUnits, rat(line.Refunds))
				for _, m := range line.Proceeds {
					if got[m.Currency] == nil {
						got[m.Currency] = new(big.Rat)
					}
					got[m.Currency].Add(got[m.Currency], rat(m.Amount))
				}
			}
			if diff := cmp.Diff(texts(naive), texts(got)); diff != "" {
				t.Fatalf("by %s (-naive +got):\n%s", name, diff)
			}
			if units.Cmp(gotUnits) != 0 {
				t.Fatalf("by %s: %s units, want %s", name, gotUnits, units)
			}
		}
	})
}

func rat(d decimal.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		panic("not a number: " + d.String())
	}
	return r
}

func texts(sums map[string]*big.Rat) map[string]string {
	out := map[string]string{}
	for currency, sum := range sums {
		out[currency] = sum.RatString()
	}
	return out
}

// Apple may write ten sales as one row or as two: the sums are the same.
func TestSplittingRowsKeepsSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rows().Draw(t, "rows")
		var split []Row
		for _, r := range list {
			half := r
			half.Units = decimal.MustNew(int64(r.Units.Coef()/3), 2).CopySign(r.Units)
			rest, err := r.Units.Sub(half.Units)
			if err != nil {
				t.Fatal(err)
			}
			r.Units = rest
			split = append(split, half, r)
		}
		whole, parts := added(t, list), added(t, split)
		numbers := cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })
		if diff := cmp.Diff(whole.ByApp(), parts.ByApp(), numbers); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(whole.ByKind(), parts.ByKind(), numbers); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Adding days up is the same as adding their rows up, and a day survives being
// stored, also in the middle.
func TestMergeAndStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := rows().Draw(t, "first"), rows().Draw(t, "second")
		merged := stored(t, added(t, first))
		if err := merged.Merge(stored(t, added(t, second))); err != nil {
			t.Fatal(err)
		}
		want := added(t, append(append([]Row{}, first...), second...))
		if diff := cmp.Diff(want, merged, sameDay, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func stored(t *rapid.T, d Day) (back Day) {
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// A packed day is the day, also at the edge of what a decimal holds, and equal days
// are equal bytes.
func TestPackAndUnpack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rows().Draw(t, "rows")
		if rapid.Bool().Draw(t, "huge") {
			list = append(list, Row{SKU: "HUGE", ProductType: "1F", Units: decimal.One, Proceeds: decimal.MustParse("-9999999999999999.999"), ProceedsCurrency: "XXX"})
		}
		d := added(t, list)
		d.Date = "2026-11-23"
		packed, err := d.Pack()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Unpack(packed)
		if err != nil {
			t.Fatal(err)
		}
		numbers := cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })
		if diff := cmp.Diff(d, back, sameDay, cmpopts.EquateEmpty(), numbers); diff != "" {
			t.Fatal(diff)
		}
		again, err := added(t, rapid.Permutation(list).Draw(t, "permuted")).packed("2026-11-23")
		if err != nil || !bytes.Equal(packed, again) {
			t.Fatalf("the same day in another order makes other bytes, %v", err)
		}
	})
}

func (d Day) packed(date string) ([]byte, error) {
	d.Date = date
	return d.Pack()
}

// Whatever the bytes are, Unpack answers and does not panic; and what it takes for a
// day can be packed again.
func FuzzUnpack(f *testing.F) {
	for _, d := range []Day{{}, {Rows: 3, Cells: map[Key]Cell{{App: "HALO", Kind: Download, Country: "US"}: {Units: decimal.Ten}}}} {
		packed, err := d.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	f.Add([]byte{packFormat})
	f.Fuzz(func(t *testing.T, packed []byte) {
		if d, err := Unpack(packed); err == nil {
			if _, err := d.Pack(); err != nil {
				t.Fatal(err)
			}
		}
		if plain, err := deflate(packed); err == nil { // the bytes as what is inside
			_, _ = Unpack(plain)
		}
	})
}

// Comparing there and back gives opposite differences.
func TestCompareIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := added(t, rows().Draw(t, "a")), added(t, rows().Draw(t, "b"))
		there, err := Compare(a, b)
		back, err2 := Compare(b, a)
		if err != nil || err2 != nil || len(there) != len(back) {
			t.Fatal(err, err2, there, back)
		}
		for i, c := range there {
			if c.What != back[i].What || !c.By.Equal(back[i].By.Neg()) {
				t.Fatalf("%+v and back %+v", c, back[i])
			}
			if c.HasPercent && !c.Before.IsPos() {
				t.Fatalf("percent of nothing: %+v", c)
			}
		}
	})
}

var wellGrouped = regexp.MustCompile(`^([A-Z]+ )?-?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]+)?( without a currency)?$`)

// Whatever the amount, the text is well formed and reads back as the amount.
func FuzzMoney(f *testing.F) {
	for _, amount := range []string{"1234.5", "-0.005", "9999999999999999999", "-999999.99", "0.0000000000000000001", "100000"} {
		for _, currency := range []string{"USD", "JPY", "KWD", ""} {
			f.Add(amount, currency)
		}
	}
	f.Fuzz(func(t *testing.T, amount, currency string) {
		d, err := decimal.Parse(amount)
		if err != nil || strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Skip("not an amount of money")
		}
		text := Money{d, currency}.String()
		if !wellGrouped.MatchString(text) {
			t.Fatalf("%s of %q is written as %q", amount, currency, text)
		}
		number := strings.TrimSuffix(strings.TrimPrefix(text, currency+" "), " without a currency")
		back, ok := new(big.Rat).SetString(strings.ReplaceAll(number, ",", ""))
		if !ok || back.Cmp(rat(d)) != 0 {
			t.Fatalf("%s of %q is written as %q, another amount", amount, currency, text)
		}
		_, fraction, _ := strings.Cut(number, ".")
		if len(fraction) < digits(currency) || len(fraction) > digits(currency) && strings.HasSuffix(fraction, "0") {
			t.Fatalf("%s of %q is written as %q, with the wrong number of digits", amount, currency, text)
		}
	})
}
