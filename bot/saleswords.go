package bot

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/bot/sales"
)

// MoneyList writes amounts side by side. Currencies are never added together.
func MoneyList(list []sales.Money) string {
	var parts []string
	for _, m := range list {
		parts = append(parts, m.String())
	}
	return strings.ReplaceAll(strings.Join(parts, "  ·  "), "-", "−")
}

// MoneyBrief is MoneyList for the cell of a table: as many whole amounts as fit, and
// how many more there are. An amount is never cut.
func MoneyBrief(list []sales.Money) string {
	for n := len(list); n > 0; n-- {
		text := MoneyList(list[:n])
		if n < len(list) {
			text += "  and " + sales.Grouped(len(list)-n) + " more"
		}
		if utf8.RuneCountInString(text) <= longestCell {
			return text
		}
	}
	if len(list) == 0 {
		return ""
	}
	return sales.Grouped(len(list)) + " currencies"
}

// WorthBrief is Worth for the cell of a table.
func WorthBrief(v sales.Valued, currency string) string {
	if text := Worth(v, currency); utf8.RuneCountInString(text) <= longestCell {
		return text
	}
	if currency == "" {
		return MoneyBrief(v.Proceeds)
	}
	m, err := v.Worth.In(currency)
	if err != nil {
		return err.Error()
	}
	return MoneyBrief(append([]sales.Money{m}, v.Rest...))
}

// Worth writes what something is worth in a currency, with what has no rate beside it;
// or, when there is no currency, its proceeds in those they came in.
func Worth(v sales.Valued, currency string) string {
	if currency == "" {
		return or(MoneyList(v.Proceeds), "no proceeds")
	}
	m, err := v.Worth.In(currency)
	if err != nil {
		return err.Error()
	}
	if v.Worth.IsZero() && len(v.Rest) > 0 {
		return MoneyList(v.Rest)
	}
	return MoneyList(append([]sales.Money{m}, v.Rest...))
}

// Comparable tells whether two things can be compared in a currency: neither is worth
// nothing for want of a rate alone.
func Comparable(now, before sales.Valued) bool {
	lacks := func(v sales.Valued) bool { return v.Worth.IsZero() && len(v.Rest) > 0 }
	return !lacks(now) && !lacks(before)
}

// Against compares what two things are worth.
func Against(now, before sales.Worth, currency string) (sales.Change, error) {
	is, err := now.In(currency)
	if err != nil {
		return sales.Change{}, err
	}
	was, err := before.In(currency)
	if err != nil {
		return sales.Change{}, err
	}
	return sales.Changed("proceeds", currency, is.Amount, was.Amount)
}

// numbers is a column of numbers of things.
type numbers struct {
	head string
	of   func(sales.Entry) decimal.Decimal
}

// numbersBy are the columns of numbers of a table: a product and a kind are of one sort
// of thing each, so that one number says how many.
func numbersBy(by sales.Group) []numbers {
	refunds := numbers{"Refunds", func(e sales.Entry) decimal.Decimal { return e.Refunds.Neg() }}
	switch by {
	case sales.Products:
		sold := func(e sales.Entry) decimal.Decimal { n, _ := e.Downloads.Add(e.Purchases); return n }
		return []numbers{{"Sold", sold}, refunds}
	case sales.Kinds:
		return []numbers{{"Units", func(e sales.Entry) decimal.Decimal { return e.Units }}, refunds}
	}
	return []numbers{
		{"Downloads", func(e sales.Entry) decimal.Decimal { return e.Downloads }}, {"Purchases", func(e sales.Entry) decimal.Decimal { return e.Purchases }}, refunds,
	}
}

// SalesTable is the head and the lines of a table of figures: what it is about first,
// then what it came to, and what was given back last. With a currency there is a change
// when before is there; what has no rate has a column of its own, and proceeds have none
// where there are none. An amount is never cut.
func SalesTable(by sales.Group, entries []sales.Entry, currency string, change func(sales.Entry) string) [][]string {
	lacks := currency != "" && slices.ContainsFunc(entries, func(e sales.Entry) bool { return len(e.Rest) > 0 })
	earned := slices.ContainsFunc(entries, func(e sales.Entry) bool { return len(e.Proceeds) > 0 })
	head, columns := []string{upper(string(by))}, numbersBy(by)
	if currency != "" {
		head = append(head, "Proceeds")
	}
	if change != nil {
		head = append(head, "Change")
	}
	for _, c := range columns {
		head = append(head, c.head)
	}
	if currency == "" && earned {
		head = append(head, "Proceeds")
	}
	if lacks {
		head = append(head, "Without a rate")
	}
	rows := [][]string{head}
	for _, e := range entries {
		row := []string{clean(e.Name, longestCell-4)}
		if by == sales.Kinds {
			row[0] = upper(row[0])
		}
		if !e.Known {
			row[0] += " (?)"
		}
		if currency != "" {
			row = append(row, worthAlone(e.Valued, currency))
		}
		if change != nil {
			row = append(row, change(e))
		}
		for _, c := range columns {
			row = append(row, strings.Replace(sales.Count(c.of(e)), "-", "−", 1))
		}
		if currency == "" && earned {
			row = append(row, WorthBrief(e.Valued, ""))
		}
		if lacks {
			row = append(row, MoneyBrief(e.Rest))
		}
		rows = append(rows, row)
	}
	return rows
}

// worthAlone is a worth without what has no rate; blank when that is all there is.
func worthAlone(v sales.Valued, currency string) string {
	if v.Worth.IsZero() && len(v.Rest) > 0 {
		return ""
	}
	v.Rest = nil
	return Worth(v, currency)
}

// Refunded is what refunds took away, in a currency where there is one.
func (r Reading) Refunded(currency string) string {
	worth, rest := r.Back()
	all := r.Sum.All().Refunded
	if len(all) == 0 {
		return ""
	}
	return Worth(sales.Valued{Line: sales.Line{Figures: sales.Figures{Proceeds: all}}, Worth: worth, Rest: rest}, currency)
}

// KindLines tells downloads, purchases, renewals and refunds apart, one to a line,
// each with its change since an earlier reading when there is one.
func KindLines(r Reading, before *sales.Day, currency string) []Markup {
	now := r.Sum
	against := map[string]Markup{}
	if before != nil {
		if changes, err := sales.Compare(now, *before); err == nil {
			for _, c := range changes {
				if c.What == "refunds" { // they are negative, and written without the sign
					c, err = sales.Changed(c.What, "", c.Now.Neg(), c.Before.Neg())
				}
				if c.Currency == "" && err == nil {
					against[c.What] = "  " + Markf("%s", c.Words())
				}
			}
		}
	}
	var lines []Markup
	for _, k := range now.ByKind() {
		if k.Units.IsZero() {
			continue
		}
		line := Markf("%s: *%s*%s", upper(k.Name), strings.Replace(sales.Count(k.Units), "-", "−", 1), against[k.Name])
		var of []string
		if !k.Promo.IsZero() {
			of = append(of, sales.Count(k.Promo)+" with a promo code")
		}
		if !k.PreOrder.IsZero() {
			of = append(of, sales.Count(k.PreOrder)+" ordered before the release")
		}
		if len(of) > 0 {
			line += Markf("  (of them %s)", strings.Join(of, ", "))
		}
		lines = append(lines, line)
	}
	if all := now.All(); !all.Refunds.IsZero() {
		line := Markf("Refunds: *%s*", sales.Count(all.Refunds.Neg()))
		if back := r.Refunded(currency); back != "" {
			line += Markf(" (%s)", back)
		}
		lines = append(lines, line+against["refunds"])
	}
	return lines
}

// RatesWords says with which rates something was converted; blank when nothing was.
func (r Reading) RatesWords() string {
	if r.Into == "" || r.Dates == (sales.Dates{}) {
		return ""
	}
	var from []string
	for source := range r.Sources {
		from = append(from, source)
	}
	slices.Sort(from)
	words := "Converted with rates of " + strings.Join(from, " and ")
	switch d := r.Dates; {
	case d.From != "" && d.From == d.To:
		words += ", of " + d.From
	case d.From != "":
		words += ", each day by its own, " + d.From + " to " + d.To
	}
	return words
}

// AboutProceeds says what the figures are, and are not.
const AboutProceeds Markup = "Proceeds are after tax and commission, as Apple's daily reports estimate them: neither what customers paid nor what is paid out"

// Plotted is a worth for a chart, with no more digits than its currency has.
func Plotted(w sales.Worth, currency string) float64 {
	m, err := w.In(currency)
	if err != nil {
		return w.Float()
	}
	f, _ := m.Amount.Float64()
	return f
}
