package sales

import (
	"maps"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"
)

// ecb is the form in which the European Central Bank publishes its rates.
const ecb = `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
	<Cube>
		<Cube time="2026-11-20"><Cube currency="USD" rate="1.25"/><Cube currency="JPY" rate="160.00"/></Cube>
		<Cube time="2026-11-19"><Cube currency="USD" rate="1.2"/></Cube>
	</Cube>
</gesmes:Envelope>`

func TestRatesAreReadAndChosen(t *testing.T) {
	list, err := ReadRates([]byte(ecb), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ day, want string }{
		{"2026-11-20", "2026-11-20"},
		{"2026-11-21", "2026-11-20"}, // a Saturday has Friday's
		{"2026-11-27", "2026-11-20"},
		{"2026-11-28", ""}, // older than a week
		{"2026-11-19", "2026-11-19"},
		{"2026-11-18", ""}, // never rates from later
	} {
		if r, ok := RatesFor(list, c.day); r.Date != c.want || ok != (c.want != "") {
			t.Errorf("for %s: those of %q", c.day, r.Date)
		}
	}
	if r, ok := RatesFor([]Rates{{Base: "EUR"}}, "1999-01-01"); !ok || r.Base != "EUR" {
		t.Error("fixed rates are not for every day")
	}
	table, err := ReadRates([]byte("date,currency,rate\n# by hand\n2026-11-20,usd,1.25\n2026-11-20, JPY ,160\n"), "EUR")
	if err != nil || len(table) != 1 || len(table[0].Per) != 2 || table[0].Base != "EUR" {
		t.Errorf("a table: %+v, %v", table, err)
	}
}

func TestConversions(t *testing.T) {
	list, err := ReadRates([]byte(ecb), "")
	if err != nil {
		t.Fatal(err)
	}
	r := list[1]
	for _, c := range []struct{ amount, from, into, want string }{
		{"100", "USD", "EUR", "EUR 80.00"},
		{"100", "EUR", "USD", "USD 125.00"},
		{"100", "USD", "JPY", "JPY 12,800"},
		{"0.01", "EUR", "JPY", "JPY 2"}, // 1.6
		{"-0.1", "USD", "EUR", "EUR -0.08"},
		{"1", "JPY", "EUR", "EUR 0.01"}, // 0.00625
		{"0.5", "JPY", "JPY", "JPY 1"},  // halves go away from zero
		{"-0.5", "JPY", "JPY", "JPY -1"},
		{"7", "GBP", "GBP", "GBP 7.00"}, // no rate is needed
		{"7", "GBP", "EUR", ""},
		{"7", "EUR", "GBP", ""},
		{"7", "", "EUR", ""},
	} {
		worth, ok := r.Convert(Money{dec(c.amount), c.from}, c.into)
		if !ok {
			if c.want != "" {
				t.Errorf("%s %s into %s: no rate", c.amount, c.from, c.into)
			}
			continue
		}
		if got, err := worth.In(c.into); err != nil || got.String() != c.want {
			t.Errorf("%s %s into %s: %s, want %q, %v", c.amount, c.from, c.into, got, c.want, err)
		}
	}
}

func TestRatesThatCannotBeRead(t *testing.T) {
	for _, c := range []struct{ text, complain string }{
		{"", "begins with"},
		{"<html><body>Moved</body></html>", "no rates"},
		{"<Cube time='2026-11-20'><Cube currency='USD' rate='1.2'", "no XML"},
		{"<Cube><Cube currency='USD' rate='1.2'/></Cube>", "no day"},
		{"<Cube time='2026-11-20'><Cube currency='USD' rate='0'/></Cube>", "not a rate of USD"},
		{"<Cube time='2026-11-20'><Cube currency='USD' rate='-1'/></Cube>", "not a rate of USD"},
		{"<Cube time='2026-11-20'><Cube currency='dollar' rate='1'/></Cube>", "not a currency"},
		{"day,currency,rate\n2026-11-20,USD,1.2\n", "begins with"},
		{"date,currency,rate\n20.11.2026,USD,1.2\n", "no day"},
		{"date,currency,rate\n2026-11-20,USD,one\n", "not a rate of USD"},
		{"date,currency,rate\n2026-11-20,USD\n", "no table"},
	} {
		if list, err := ReadRates([]byte(c.text), "EUR"); err == nil || !strings.Contains(err.Error(), c.complain) {
			t.Errorf("%.40q: %v, %v, want a complaint with %q", c.text, list, err, c.complain)
		}
	}
}

// The same conversions with fractions of big integers: they agree to the last cent,
// and far beyond.
func TestConversionsAgreeWithFractions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := func(name string) decimal.Decimal {
			return decimal.MustNew(rapid.Int64Range(1, 1e15).Draw(t, name), rapid.IntRange(0, decimal.MaxScale).Draw(t, name+" digits"))
		}
		r := Rates{Base: "EUR", Per: map[string]decimal.Decimal{"USD": rate("usd"), "JPY": rate("jpy")}}
		into := rapid.SampledFrom([]string{"EUR", "USD", "JPY"}).Draw(t, "into")
		per := func(currency string) *big.Rat {
			if currency == "EUR" {
				return big.NewRat(1, 1)
			}
			return rat(r.Per[currency])
		}
		var got Worth
		want := new(big.Rat)
		n := rapid.IntRange(1, 20).Draw(t, "amounts")
		for range n {
			m := Money{decimal.MustNew(rapid.Int64Range(-1e12, 1e12).Draw(t, "amount"), rapid.IntRange(0, 5).Draw(t, "digits")), rapid.SampledFrom([]string{"EUR", "USD", "JPY"}).Draw(t, "from")}
			w, ok := r.Convert(m, into)
			if !ok {
				t.Fatal("no rate")
			}
			got.Add(w)
			exact := new(big.Rat).Mul(rat(m.Amount), per(into))
			want.Add(want, exact.Quo(exact, per(m.Currency)))
		}
		off := new(big.Rat).Sub(new(big.Rat).SetFrac(&got.n, scaled(worthDigits)), want)
		if off.Abs(off).Cmp(new(big.Rat).SetFrac(big.NewInt(int64(n)), scaled(worthDigits))) > 0 {
			t.Fatalf("off by %s", off.FloatString(30))
		}
		money, err := got.In(into)
		if err != nil {
			return // more digits than can be shown
		}
		if text := want.FloatString(digits(into)); rat(money.Amount).Cmp(mustRat(text)) != 0 {
			t.Fatalf("shown as %s, want %s", money, text)
		}
	})
}

func mustRat(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	return r
}

// Groups of a ledger come to the same as everything at once, and what had no rate is
// in the rest and nowhere else.
func TestLedgersAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := NewLedger("EUR")
		want, rest := new(big.Rat), map[string]*big.Rat{}
		for i := range rapid.IntRange(1, 4).Draw(t, "days") {
			d := added(t, rows().Draw(t, "rows"))
			r := Rates{Base: "EUR", Date: "2026-11-2" + string(rune('0'+i)), Per: map[string]decimal.Decimal{"USD": decimal.MustNew(rapid.Int64Range(5000, 20000).Draw(t, "usd"), 4)}}
			if rapid.Bool().Draw(t, "no rates") {
				r = Rates{}
			}
			if _, err := l.Add(d, r); err != nil {
				t.Fatal(err)
			}
			for _, m := range d.Totals() {
				switch {
				case m.Currency == "EUR":
					want.Add(want, rat(m.Amount))
				case m.Currency == "USD" && r.Base != "":
					exact := rat(m.Amount)
					want.Add(want, exact.Quo(exact, rat(r.Per["USD"])))
				default:
					if rest[m.Currency] == nil {
						rest[m.Currency] = new(big.Rat)
					}
					rest[m.Currency].Add(rest[m.Currency], rat(m.Amount))
				}
			}
		}
		for name, view := range map[string][]Valued{"all": {l.All()}, "app": l.ByApp(), "kind": l.ByKind(), "country": l.ByCountry()} {
			var got Worth
			left := map[string]*big.Rat{}
			for _, line := range view {
				got.Add(line.Worth)
				for _, m := range line.Rest {
					if left[m.Currency] == nil {
						left[m.Currency] = new(big.Rat)
					}
					left[m.Currency].Add(left[m.Currency], rat(m.Amount))
				}
			}
			money, err := got.In("EUR")
			if err != nil || rat(money.Amount).Cmp(mustRat(want.FloatString(2))) != 0 {
				t.Fatalf("by %s: %s, want %s, %v", name, money, want.FloatString(4), err)
			}
			if diff := cmp.Diff(nonZero(texts(rest)), nonZero(texts(left))); diff != "" {
				t.Fatalf("by %s, without rates (-want +got):\n%s", name, diff)
			}
		}
	})
}

func nonZero(sums map[string]string) map[string]string {
	maps.DeleteFunc(sums, func(_, sum string) bool { return sum == "0" })
	return sums
}

func FuzzRates(f *testing.F) {
	f.Add([]byte(ecb))
	f.Add([]byte("date,currency,rate\n2026-11-20,USD,1.25\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := ReadRates(text, "EUR")
		if err != nil {
			return
		}
		for i, r := range list {
			if i > 0 && list[i-1].Date >= r.Date {
				t.Fatalf("%s comes before %s", list[i-1].Date, r.Date)
			}
			for currency, per := range r.Per {
				if len(currency) != 3 || !per.IsPos() {
					t.Fatalf("a rate of %s for %q", per, currency)
				}
			}
		}
	})
}
