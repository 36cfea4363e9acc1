package sales

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// Rates are the exchange rates of one day: how much of each currency is worth one
// unit of the base.
type Rates struct {
	Base string                     `json:"base"` // ISO 4217, such as "EUR"
	Date string                     `json:"date"` // whose rates they are, "2026-11-20"; blank for fixed ones
	Per  map[string]decimal.Decimal `json:"per"`
}

// one is how much of a currency is worth one unit of the base.
func (r Rates) one(currency string) (decimal.Decimal, bool) {
	if currency == r.Base {
		return decimal.One, currency != ""
	}
	per, known := r.Per[currency]
	return per, known && per.IsPos()
}

// Convert says what an amount is worth in another currency; ok is false when one of
// the two has no rate.
func (r Rates) Convert(m Money, into string) (w Worth, ok bool) {
	if m.Currency == into {
		w.n.Mul(whole(m.Amount), scaled(worthDigits-m.Amount.Scale()))
		return w, into != ""
	}
	from, known := r.one(m.Currency)
	to, known2 := r.one(into)
	if !known || !known2 {
		return w, false
	}
	// amount × to ÷ from, each a whole number with its digits after the point apart. A
	// rate alone to divide by is of one machine word, which is quick.
	times, by := whole(m.Amount), whole(from)
	if to != decimal.One {
		times.Mul(times, whole(to))
	}
	if digits := worthDigits + from.Scale() - to.Scale() - m.Amount.Scale(); digits >= 0 {
		w.n.Mul(times, scaled(digits))
	} else {
		w.n.Set(times)
		by.Mul(by, scaled(-digits))
	}
	w.n.Quo(&w.n, by)
	return w, true
}

// RatesFor chooses from a list, oldest first, the rates for a day: its own, or the
// newest before it that are no older than a week. Fixed rates are for every day.
func RatesFor(list []Rates, day string) (Rates, bool) {
	for _, r := range slices.Backward(list) {
		if r.Date == "" || r.Date <= day && r.Date >= daysBefore(day, 7) {
			return r, true
		}
	}
	return Rates{}, false
}

func daysBefore(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "9999-12-31"
	}
	return t.AddDate(0, 0, -n).Format(time.DateOnly)
}

// Bounds of a file of rates.
const (
	mostRateDays   = 20_000
	mostCurrencies = 500
)

// ReadRates reads exchange rates from a file, oldest first: the XML in which the
// European Central Bank publishes its reference rates, or a table with the columns
// date, currency and rate, which says how much of the currency is worth one unit of
// the base.
func ReadRates(text []byte, base string) ([]Rates, error) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	if bytes.HasPrefix(text, []byte("<")) {
		return readECB(text)
	}
	return readTable(text, base)
}

// readECB finds the cubes: one with a time for each day, and in it one for each
// currency. The base is the euro.
func readECB(text []byte) ([]Rates, error) {
	days := map[string]Rates{}
	day := ""
	for dec := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the rates are no XML that can be read: %w", err)
		}
		start, isStart := token.(xml.StartElement)
		if !isStart || start.Name.Local != "Cube" {
			continue
		}
		of := map[string]string{}
		for _, a := range start.Attr {
			of[a.Name.Local] = strings.TrimSpace(a.Value)
		}
		if on, dated := of["time"]; dated {
			day = on
		}
		if currency, ok := of["currency"]; ok {
			if err := note(days, "EUR", day, currency, of["rate"]); err != nil {
				return nil, err
			}
		}
	}
	return sortedRates(days)
}

func readTable(text []byte, base string) ([]Rates, error) {
	in := csv.NewReader(bytes.NewReader(text))
	in.Comment, in.TrimLeadingSpace = '#', true
	rows, err := in.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the rates are no table that can be read: %w", err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], []string{"date", "currency", "rate"}) {
		return nil, errors.New("a table of rates begins with the line date,currency,rate")
	}
	days := map[string]Rates{}
	for _, row := range rows[1:] {
		if err := note(days, base, row[0], strings.ToUpper(strings.TrimSpace(row[1])), row[2]); err != nil {
			return nil, err
		}
	}
	return sortedRates(days)
}

// note adds a rate to those of its day.
func note(days map[string]Rates, base, day, currency, rate string) error {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return fmt.Errorf("a rate of %q is of no day such as 2026-11-20", currency)
	}
	per, err := Rate(currency, rate)
	if err != nil {
		return fmt.Errorf("the rates of %s: %w", day, err)
	}
	r, known := days[day]
	if !known {
		r = Rates{Base: base, Date: day, Per: map[string]decimal.Decimal{}}
		days[day] = r
	}
	r.Per[currency] = per
	if len(days) > mostRateDays || len(r.Per) > mostCurrencies {
		return errors.New("there are more rates in it than there can be")
	}
	return nil
}

// Rate reads how much of a currency is worth one unit of the base.
func Rate(currency, rate string) (decimal.Decimal, error) {
	if len(currency) != 3 || strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return decimal.Zero, fmt.Errorf("%q is not a currency such as USD", currency)
	}
	per, err := decimal.Parse(strings.TrimSpace(rate))
	if err != nil || !per.IsPos() {
		return decimal.Zero, fmt.Errorf("%q is not a rate of %s: a number above zero, such as 1.0832", rate, currency)
	}
	return per, nil
}

func sortedRates(days map[string]Rates) ([]Rates, error) {
	if len(days) == 0 {
		return nil, errors.New("there are no rates in it")
	}
	var list []Rates
	for _, day := range slices.Sorted(maps.Keys(days)) {
		list = append(list, days[day])
	}
	return list, nil
}
