package bot

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/sales"
)

// naive adds a report up as one would with a pencil: it cuts lines at tabs, looks at
// what stands in the columns, and keeps fractions that never lose a digit. It shares
// nothing with the program: not the parser, not the kinds, not the sums, not the rates.
type naive struct {
	units   map[string]*big.Rat // by what was sold, refunds apart
	money   map[string]*big.Rat // by currency
	back    map[string]*big.Rat // of it, what refunds took away
	byApp   map[string]*big.Rat // by SKU and currency
	byLand  map[string]*big.Rat // by country and currency
	promo   *big.Rat
	early   *big.Rat            // ordered before the release
	backIn  *big.Rat            // what refunds took away of what has a rate
	euros   *big.Rat            // what has a rate
	noRate  map[string]*big.Rat // and what has none, by currency
	perEuro map[string]*big.Rat
}

func newNaive() *naive {
	return &naive{
		units: map[string]*big.Rat{}, money: map[string]*big.Rat{}, back: map[string]*big.Rat{}, byApp: map[string]*big.Rat{}, byLand: map[string]*big.Rat{},
		promo: new(big.Rat), early: new(big.Rat), backIn: new(big.Rat), euros: new(big.Rat), noRate: map[string]*big.Rat{},
	}
}

func put(m map[string]*big.Rat, key string, n *big.Rat) {
	if m[key] == nil {
		m[key] = new(big.Rat)
	}
	m[key].Add(m[key], n)
}

func (n *naive) report(text string) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	at := map[string]int{}
	for i, name := range strings.Split(lines[0], "\t") {
		at[name] = i
	}
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		n.line(func(column string) string { return strings.TrimSpace(cells[at[column]]) })
	}
}

func (n *naive) line(of func(column string) string) {
	count, _ := new(big.Rat).SetString(of("Units"))
	each, _ := new(big.Rat).SetString(of("Developer Proceeds"))
	amount := new(big.Rat).Mul(count, each)
	if count.Sign() == 0 {
		return
	}
	what := n.what(of)
	refund := count.Sign() < 0 && what != "bundle credits"
	if refund {
		what = "refunds"
	}
	put(n.units, what, count)
	if !refund && of("Promo Code") != "" {
		n.promo.Add(n.promo, count)
	}
	if !refund && of("Order Type") == "pre-order" {
		n.early.Add(n.early, count)
	}
	currency := of("Currency of Proceeds")
	if currency == "" || amount.Sign() == 0 {
		return
	}
	app := of("SKU")
	if id := of("Product Type Identifier"); strings.HasPrefix(id, "IA") || strings.HasPrefix(id, "FI") {
		app = of("Parent Identifier")
	}
	put(n.money, currency, amount)
	put(n.byApp, app+" "+currency, amount)
	put(n.byLand, of("Country Code")+" "+currency, amount)
	if refund {
		put(n.back, currency, amount)
	}
	if per := n.perEuro[currency]; per != nil {
		n.euros.Add(n.euros, new(big.Rat).Quo(amount, per))
		if refund {
			n.backIn.Add(n.backIn, new(big.Rat).Quo(amount, per))
		}
	} else {
		put(n.noRate, currency, amount)
	}
}

// what is sold in a line, in words.
func (n *naive) what(of func(string) string) string {
	if of("CMB") == "CMB-C" {
		return "bundle credits"
	}
	switch id := of("Product Type Identifier"); id {
	case "1", "1F", "1T", "1E", "1EP", "1EU", "F1":
		return "first downloads"
	case "1-B", "F1-B":
		return "bundles"
	case "3", "3F", "3T":
		return "re-downloads"
	case "7", "7F", "7T", "F7":
		return "updates"
	case "IA1", "IA1-M", "FI1", "IA9", "IA9-M":
		return "in-app purchases"
	case "IA3":
		return "restored purchases"
	case "IAY", "IAY-M":
		return map[string]string{"New": "new subscriptions", "Renewal": "subscription renewals", "": "subscriptions"}[of("Subscription")]
	default:
		return "other (type " + id + ")"
	}
}

// randomReport is the text of a report with everything that may be in one; the columns
// stand in any order.
func randomReport(t *rapid.T, columns []string) string {
	pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	lines := []string{strings.Join(columns, "\t")}
	for range rapid.IntRange(1, 40).Draw(t, "rows") {
		row := map[string]string{
			"SKU": pick("sku", "HALO", "TIDE", "PACK", "coins", "plus"), "Title": pick("title", "Halo", "Tide 🌊", "100 Coins"), "Apple Identifier": "1", "Customer Price": "1.99",
			"Customer Currency":       "USD",
			"Product Type Identifier": pick("type", "1", "1F", "1T", "1E", "1EP", "1EU", "F1", "1-B", "F1-B", "3", "3F", "3T", "7", "7F", "7T", "F7", "IA1", "IA1-M", "FI1", "IA9", "IA9-M", "IA3", "IAY", "IAY-M", "IAC", "9Z"),
			"Units":                   pick("units", "1", "2.00", "17", "-1", "-3.00", "1250", "0"),
			"Currency of Proceeds":    pick("currency", "EUR", "USD", "GBP", "JPY", "KWD", "MXN", "CHF", " "),
			"Country Code":            pick("country", "DE", "US", "JP", "KW", "MX"),
			"Promo Code":              pick("promo", " ", " ", "", "GP"), "Subscription": pick("subscription", " ", "New", "Renewal"), "CMB": pick("cmb", " ", "", " ", "CMB", "CMB-C"),
			"Order Type": pick("order", " ", "", "Pay Up Front", "pre-order"),
		}
		whole, fraction := rapid.IntRange(0, 900).Draw(t, "whole"), pick("fraction", "", ".7", ".09", ".995", ".0055", ".05")
		row["Developer Proceeds"] = fmt.Sprint(whole) + fraction
		if whole == 0 && fraction != "" {
			row["Developer Proceeds"] = fraction // Apple leaves the zero out
		}
		row["Parent Identifier"] = " "
		if strings.HasPrefix(row["Product Type Identifier"], "IA") || strings.HasPrefix(row["Product Type Identifier"], "FI") {
			row["Parent Identifier"] = pick("parent", "HALO", "TIDE", "ORBIT", " ")
		}
		var cells []string
		for _, c := range columns {
			cells = append(cells, row[c])
		}
		lines = append(lines, strings.Join(cells, "\t"))
	}
	return strings.Join(lines, "\n") + "\n"
}

// On random reports of several days, each with its own rates, the program and the
// pencil agree on everything, to the last cent.
func TestThePencilAgrees(t *testing.T) {
	columns := []string{"SKU", "Title", "Product Type Identifier", "Units", "Developer Proceeds", "Currency of Proceeds", "Country Code", "Parent Identifier",
		"Subscription", "Promo Code", "CMB", "Apple Identifier", "Customer Price", "Customer Currency", "Order Type"}
	rapid.Check(t, func(t *rapid.T) {
		pencil, program := newNaive(), sales.NewLedger("EUR")
		for range rapid.IntRange(1, 3).Draw(t, "days") {
			rates := sales.Rates{Base: "EUR", Date: "2026-11-20", Per: map[string]decimal.Decimal{}}
			pencil.perEuro = map[string]*big.Rat{"EUR": big.NewRat(1, 1)}
			for _, currency := range []string{"USD", "GBP", "JPY", "KWD", "CHF"} {
				text := rapid.SampledFrom([]string{"", "1.1", "3", "7", "0.3321", "161.85", "11", "1.0872"}).Draw(t, "rate of "+currency)
				if text != "" {
					rates.Per[currency] = decimal.MustParse(text)
					pencil.perEuro[currency], _ = new(big.Rat).SetString(text)
				}
			}
			text := randomReport(t, rapid.Permutation(columns).Draw(t, "columns"))
			pencil.report(text)
			day, err := sums(asc.SumSales(strings.NewReader(text), 1<<20), addSale)
			if err != nil {
				t.Fatal(err)
			}
			packed, err := day.Pack()
			if err != nil {
				t.Fatal(err)
			}
			if day, err = sales.Unpack(packed); err != nil {
				t.Fatal(err)
			}
			if _, err := program.Add(day, rates); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(pencil.says(), programSays(t, program)); diff != "" {
			t.Fatalf("-pencil +program\n%s", diff)
		}
	})
}

// says is everything the pencil came to, without what is nothing.
func (n *naive) says() map[string]string {
	out := map[string]string{}
	for name, sums := range map[string]map[string]*big.Rat{"units": n.units, "money": n.money, "back": n.back, "app": n.byApp, "country": n.byLand, "no rate": n.noRate} {
		for key, sum := range sums {
			if sum.Sign() != 0 {
				out[name+" "+key] = sum.RatString()
			}
		}
	}
	for name, sum := range map[string]*big.Rat{"promo": n.promo, "early": n.early} {
		if sum.Sign() != 0 {
			out[name] = sum.RatString()
		}
	}
	for name, sum := range map[string]*big.Rat{"in euros": n.euros, "back in euros": n.backIn} {
		if out[name] = sum.FloatString(2); out[name] == "-0.00" {
			out[name] = "0.00"
		}
	}
	return out
}

func programSays(t *rapid.T, l *sales.Ledger) map[string]string {
	out := map[string]string{}
	note := func(key string, n decimal.Decimal) {
		if !n.IsZero() {
			r, _ := new(big.Rat).SetString(n.String())
			out[key] = r.RatString()
		}
	}
	for _, k := range l.Sum.ByKind() {
		note("units "+k.Name, k.Units)
	}
	all := l.All()
	note("units refunds", all.Refunds)
	note("promo", all.Promo)
	note("early", all.PreOrder)
	money := func(name string, list []sales.Money) {
		for _, m := range list {
			note(name+m.Currency, m.Amount)
		}
	}
	money("money ", all.Proceeds)
	money("back ", all.Refunded)
	money("no rate ", all.Rest)
	for _, a := range l.Table(sales.Apps) {
		money("app "+a.Key+" ", a.Proceeds)
	}
	for _, c := range l.Table(sales.Countries) {
		money("country "+c.Key+" ", c.Proceeds)
	}
	worth, err := all.Worth.In("EUR")
	if err != nil {
		t.Fatal(err)
	}
	back, _ := l.Back()
	backWorth, err := back.In("EUR")
	if err != nil {
		t.Fatal(err)
	}
	out["in euros"], out["back in euros"] = worth.Amount.Pad(2).String(), backWorth.Amount.Pad(2).String()
	return out
}
