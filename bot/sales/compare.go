package sales

import (
	"fmt"
	"maps"
	"strings"

	"github.com/govalues/decimal"
)

// Change is one figure of a day beside the same figure of an earlier one.
type Change struct {
	What     string // "first downloads", "refunds", "proceeds"
	Currency string // of proceeds, else blank
	Now      decimal.Decimal
	Before   decimal.Decimal
	By       decimal.Decimal // Now − Before

	// Percent is By as a whole percent of Before. It is only there when Before
	// is large enough for a percentage to mean something: 20 units, 20 of a
	// currency with cents, 2,000 of one without. From zero there is none.
	Percent    decimal.Decimal
	HasPercent bool
}

// Compare sets a day beside an earlier one: the units of each kind in the order
// of ByKind, the units refunded, and the proceeds in each currency. A figure
// that only one of the days has is compared with zero, one that is zero in both
// is left out. It fails when a difference has more digits than a decimal holds.
func Compare(now, before Day) ([]Change, error) {
	both := Day{Cells: maps.Clone(now.Cells)}
	if err := both.Merge(before); err != nil {
		return nil, fmt.Errorf("the days cannot be compared: %w", err)
	}
	var changes []Change
	compare := func(what, currency string, now, before decimal.Decimal) {
		if !now.IsZero() || !before.IsZero() {
			changes = append(changes, change(what, currency, now, before))
		}
	}
	is, was := now.All(), before.All()
	unitsNow, unitsBefore := units(now), units(before)
	for _, kind := range both.ByKind() {
		compare(kind.Name, "", unitsNow[kind.Key], unitsBefore[kind.Key])
	}
	compare("refunds", "", is.Refunds, was.Refunds)
	moneyNow, moneyBefore := amounts(is.Proceeds), amounts(was.Proceeds)
	for _, m := range both.Totals() {
		compare("proceeds", m.Currency, moneyNow[m.Currency], moneyBefore[m.Currency])
	}
	return changes, nil
}

// units gives a day's units by kind.
func units(d Day) map[string]decimal.Decimal {
	byKind := map[string]decimal.Decimal{}
	for _, line := range d.ByKind() {
		byKind[line.Key] = line.Units
	}
	return byKind
}

// amounts gives money by currency.
func amounts(list []Money) map[string]decimal.Decimal {
	byCurrency := map[string]decimal.Decimal{}
	for _, m := range list {
		byCurrency[m.Currency] = m.Amount
	}
	return byCurrency
}

// Changed compares one figure with an earlier one. It fails when the difference has
// more digits than a decimal holds.
func Changed(what, currency string, now, before decimal.Decimal) (Change, error) {
	if _, err := plus(now, before.Neg()); err != nil {
		return Change{}, fmt.Errorf("the %s cannot be compared: %w", what, err)
	}
	return change(what, currency, now, before), nil
}

// change compares two figures; the sum of both days was found to fit, and so
// does their difference.
func change(what, currency string, now, before decimal.Decimal) Change {
	c := Change{What: what, Currency: currency, Now: now, Before: before, By: sum(now, before.Neg())}
	if before.Less(floor(currency)) {
		return c
	}
	ratio, err := c.By.Quo(before)
	if err != nil {
		return c
	}
	percent, err := ratio.Mul(decimal.Hundred)
	c.Percent, c.HasPercent = percent.Round(0), err == nil
	return c
}

// floor is the smallest figure of which percentages are told.
func floor(currency string) decimal.Decimal {
	if currency != "" && digits(currency) == 0 {
		return decimal.MustNew(2000, 0)
	}
	return decimal.MustNew(20, 0)
}

// Large tells whether the difference is one of which percentages are told, whatever
// it is a difference to.
func (c Change) Large() bool { return !c.By.Abs().Less(floor(c.Currency)) }

// String is the difference as one writes it: "+12, +14%", "USD −35.00",
// "no change". A percentage that rounds to zero is left out.
func (c Change) String() string {
	if c.By.IsZero() {
		return "no change"
	}
	text := signed(c.By, Count(c.By))
	if c.Currency != "" {
		text = c.Currency + " " + signed(c.By, Money{c.By, c.Currency}.number())
	}
	if c.HasPercent && !c.Percent.IsZero() {
		text += ", " + signed(c.Percent, Count(c.Percent)) + "%"
	}
	return text
}

// Words is the difference with a sign and a word, for those who see neither colours
// nor signs: "▲ up 12 (+14%)", "▼ down USD 35.00", "= the same".
func (c Change) Words() string {
	by, word := c.By.Abs(), "▲ up "
	switch {
	case c.By.IsZero():
		return "= the same"
	case c.By.IsNeg():
		word = "▼ down "
	}
	text := word + Count(by)
	if c.Currency != "" {
		text = word + Money{by, c.Currency}.String()
	}
	if c.HasPercent && !c.Percent.IsZero() {
		text += " (" + signed(c.Percent, Count(c.Percent)) + "%)"
	}
	return text
}

// signed writes the sign of a difference, a minus as wide as a plus.
func signed(d decimal.Decimal, text string) string {
	if d.IsPos() {
		return "+" + text
	}
	return strings.Replace(text, "-", "−", 1)
}
