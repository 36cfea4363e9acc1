package sales

import (
	"strings"

	"github.com/govalues/decimal"
)

// Row is what a row of Apple's SALES SUMMARY report says about money and units.
type Row struct {
	Title            string
	SKU              string // of an in-app purchase its product id
	ParentSKU        string // of an in-app purchase the SKU of its app
	AppleID          string // of an in-app purchase its own id
	ProductType      string // Apple's Product Type Identifier, such as "1F"
	Units            decimal.Decimal
	Proceeds         decimal.Decimal // Developer Proceeds: per unit, and positive in refunds too
	ProceedsCurrency string          // blank where there is no money
	CustomerPrice    decimal.Decimal // per unit, negative in refunds; no sum uses it
	Country          string
	Subscription     string // "New" or "Renewal"
	PromoCode        string
	OrderType        string // such as "Pay Up Front", or that it was a pre-order
	CMB              string // complete my bundle: "CMB-C" marks a credit
}

// clean takes away what would make two keys of one: blanks around, lower case
// in codes, bytes that are no text, and tabs, which part the words of a Key.
// Trailing zeros go so that sums need no more digits than they have.
func (r Row) clean() Row {
	for _, s := range []*string{&r.Title, &r.SKU, &r.ParentSKU, &r.AppleID, &r.ProductType,
		&r.ProceedsCurrency, &r.Country, &r.Subscription, &r.PromoCode, &r.OrderType, &r.CMB} {
		*s = strings.ReplaceAll(strings.TrimSpace(strings.ToValidUTF8(*s, "\uFFFD")), "\t", " ")
	}
	r.ProceedsCurrency, r.Country = strings.ToUpper(r.ProceedsCurrency), strings.ToUpper(r.Country)
	r.Units, r.Proceeds = r.Units.Trim(0), r.Proceeds.Trim(0)
	return r
}

// inApp tells whether the row is about something sold inside an app.
func (r Row) inApp() bool {
	return r.ParentSKU != "" || strings.HasPrefix(r.ProductType, "IA") || strings.HasPrefix(r.ProductType, "FI")
}

// entry is what a row adds to a day: under which key, and how much. The amount
// is its units × its proceeds.
func (r Row) entry(amount decimal.Decimal) (Key, Cell) {
	key := Key{App: r.SKU, Kind: r.kind(), Country: r.Country}
	if r.inApp() {
		key.App, key.Product = r.ParentSKU, r.SKU
	}
	var cell Cell
	if !amount.IsZero() && r.ProceedsCurrency != "" { // free downloads may name a currency: no money moved
		key.Currency, cell.Proceeds = r.ProceedsCurrency, amount
	}
	switch {
	case r.Units.IsNeg() && key.Kind != BundleCredit:
		cell.Refunds, cell.Refunded = r.Units, cell.Proceeds
	default:
		cell.Units = r.Units
		if r.PromoCode != "" {
			cell.Promo = r.Units
		}
		if r.preOrder() {
			cell.PreOrder = r.Units
		}
	}
	return key, cell
}

// preOrder tells whether the row counts what was ordered before the release. How
// Apple writes that is not confirmed.
func (r Row) preOrder() bool {
	return strings.HasPrefix(strings.ReplaceAll(strings.ToLower(r.OrderType), "-", ""), "preorder")
}

// odd says what about the row contradicts Apple's description of reports.
func (r Row) odd() (why string) {
	switch {
	case r.Proceeds.IsNeg():
		return OddNegative
	case !r.Proceeds.IsZero() && !r.Units.IsZero() && r.ProceedsCurrency == "":
		return OddNoCurrency
	case r.ProductType == "":
		return OddNoType
	}
	return ""
}
