package sales

import (
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// Money is an amount in one currency.
type Money struct {
	Amount   decimal.Decimal `json:"amount"`
	Currency string          `json:"currency"` // ISO 4217, such as "USD"
}

// fractionDigits has the currencies of ISO 4217 that do not have two.
var fractionDigits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// digits is how many digits after the point a currency is written with.
func digits(currency string) int {
	if n, known := fractionDigits[currency]; known {
		return n
	}
	return 2
}

// String writes the currency, then the amount with its usual digits and its
// thousands apart: "USD 1,234.50", "JPY 12,300", "USD -35.00". Further digits
// are shown unless they are zero.
func (m Money) String() string {
	if m.Currency == "" {
		return m.number() + " without a currency"
	}
	return m.Currency + " " + m.number()
}

func (m Money) number() string {
	n := digits(m.Currency)
	return grouped(m.Amount.Trim(n).String(), n)
}

// Count writes units: "1,234", "-3"; with a fraction only where there is one.
func Count(units decimal.Decimal) string { return grouped(units.Trim(0).String(), 0) }

// Grouped writes a number of things: "1,234".
func Grouped(n int) string { return grouped(strconv.Itoa(n), 0) }

// grouped sets the thousands of a number apart and gives it at least so many
// digits after the point. It works on text, since a decimal near its limit has
// no room for further zeros.
func grouped(number string, fraction int) string {
	number, negative := strings.CutPrefix(number, "-")
	whole, rest, _ := strings.Cut(number, ".")
	var b strings.Builder
	if negative {
		b.WriteByte('-')
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if rest += strings.Repeat("0", max(0, fraction-len(rest))); rest != "" {
		b.WriteString("." + rest)
	}
	return b.String()
}
