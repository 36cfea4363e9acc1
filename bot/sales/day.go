// Package sales knows what the rows of a sales report mean: it adds them up to
// one day's figures in exact decimals and compares days.
//
// Fetching and parsing reports, knowing whether a report is out, exchange rates
// and drawing are left to others. Money of different currencies is never added
// together: every sum of money is a list with one amount for each currency.
package sales

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// Day adds up the rows of one day, or of several. Its zero value is an empty
// day, ready for Add; it can be kept as JSON. A copy shares its maps.
type Day struct {
	Date     string             `json:"date,omitempty"`     // "2026-11-23", Pacific; set and read by callers only
	Rows     int                `json:"rows"`               // how many were added
	Cells    map[Key]Cell       `json:"cells,omitempty"`    // every view is a sum of these
	Apps     map[string]Product `json:"apps,omitempty"`     // apps and bundles with a row of their own, by SKU
	Products map[string]Product `json:"products,omitempty"` // in-app purchases, by product id
	Odd      []Odd              `json:"odd,omitempty"`      // rows that do not fit, sorted

	// Corrections counts rows without units: Apple's price corrections, neither
	// sale nor refund.
	Corrections int `json:"corrections,omitempty"`

	room *room
}

// Key is what figures are kept apart by.
type Key struct {
	App      string // SKU; of in-app purchases their app's, blank when the report does not say
	Product  string // product id of an in-app purchase, else blank
	Kind     Kind
	Country  string
	Currency string // blank where no money moved
}

// Cell is the sum of the rows with one key.
type Cell struct {
	Units    decimal.Decimal `json:"u,omitzero"` // sold or downloaded; refunds are not in it
	Promo    decimal.Decimal `json:"p,omitzero"` // those of Units that came with a promo code
	PreOrder decimal.Decimal `json:"o,omitzero"` // those of Units that were ordered before the release
	Refunds  decimal.Decimal `json:"r,omitzero"` // units given back, negative
	Proceeds decimal.Decimal `json:"m,omitzero"` // what is left after refunds
	Refunded decimal.Decimal `json:"b,omitzero"` // the part of Proceeds that refunds took away, negative
}

// Product names something sold.
type Product struct {
	Title   string `json:"title,omitempty"`
	AppleID string `json:"id,omitempty"`
}

// Odd counts rows that contradict Apple's description of its reports. Their
// units are counted like any others.
type Odd struct {
	Why    string `json:"why"`
	SKU    string `json:"sku,omitempty"`
	Rows   int    `json:"rows"`
	Amount Money  `json:"amount"` // their units × proceeds
}

// Reasons for which a row is odd.
const (
	OddNoCurrency = "proceeds without a currency"          // the amount is in no total
	OddNegative   = "proceeds per unit are less than zero" // the amount is in the totals, as it comes out
	OddNoType     = "the product type is blank"            // counted as a kind of its own
)

// Add counts one row. Its proceeds are units × proceeds per unit, so a refund's
// sign comes right by itself. When the sums would need more digits than a
// decimal holds, Add says so and the day stays as it was.
func (d *Day) Add(r Row) error {
	r = r.clean()
	amount, err := times(r.Units, r.Proceeds)
	if err != nil {
		return fmt.Errorf("the row of %q (SKU %q) has %s units at %s, a product with too many digits to be kept exactly; check the report", r.Title, r.SKU, r.Units, r.Proceeds)
	}
	if err := d.reserve(Money{amount, r.ProceedsCurrency}, r.Units); err != nil {
		return fmt.Errorf("the row of %q (SKU %q) cannot be added: %w", r.Title, r.SKU, err)
	}
	d.Rows++
	d.name(r)
	if why := r.odd(); why != "" {
		d.doubt(Odd{Why: why, SKU: r.SKU, Rows: 1, Amount: Money{amount, r.ProceedsCurrency}})
	}
	if r.Units.IsZero() {
		d.Corrections++
		return nil
	}
	d.put(r.entry(amount))
	return nil
}

// Merge adds another day's figures, for sums over weeks and months and over
// vendors. When they do not fit, it says so and the day stays as it was. Date
// is left alone.
func (d *Day) Merge(more Day) error {
	if err := d.reserveDay(more); err != nil {
		d.room = nil // counted in part: to be counted afresh
		return fmt.Errorf("the figures of %s cannot be added: %w", cmp.Or(more.Date, "another day"), err)
	}
	d.Rows += more.Rows
	d.Corrections += more.Corrections
	for key, cell := range more.Cells {
		d.put(key, cell)
	}
	for _, odd := range more.Odd {
		d.doubt(odd)
	}
	for sku, app := range more.Apps {
		remember(&d.Apps, sku, app)
	}
	for id, product := range more.Products {
		remember(&d.Products, id, product)
	}
	return nil
}

// put adds a cell for which room was reserved.
func (d *Day) put(key Key, more Cell) {
	if d.Cells == nil {
		d.Cells = map[Key]Cell{}
	}
	d.Cells[key] = d.Cells[key].plus(more)
}

func (c Cell) plus(more Cell) Cell {
	return Cell{
		Units: sum(c.Units, more.Units), Promo: sum(c.Promo, more.Promo), PreOrder: sum(c.PreOrder, more.PreOrder), Refunds: sum(c.Refunds, more.Refunds),
		Proceeds: sum(c.Proceeds, more.Proceeds), Refunded: sum(c.Refunded, more.Refunded),
	}
}

// name remembers what the row's product is called.
func (d *Day) name(r Row) {
	names := &d.Apps
	if r.inApp() {
		names = &d.Products
	}
	remember(names, r.SKU, Product{r.Title, r.AppleID})
}

// Name says what an app is called that has no row of its own.
func (d *Day) Name(sku, title string) { remember(&d.Apps, sku, Product{Title: title}) }

// remember keeps one name for each SKU. When a title changed during the day,
// the choice must not hang on the order of rows: the first in the alphabet.
func remember(names *map[string]Product, sku string, p Product) {
	if *names == nil {
		*names = map[string]Product{}
	}
	known, there := (*names)[sku]
	if !there || cmp.Or(strings.Compare(p.Title, known.Title), strings.Compare(p.AppleID, known.AppleID)) < 0 {
		(*names)[sku] = p
	}
}

// doubt counts an odd row with those of the same reason, SKU and currency.
func (d *Day) doubt(o Odd) {
	i, found := slices.BinarySearchFunc(d.Odd, o, func(a, b Odd) int {
		return cmp.Or(strings.Compare(a.Why, b.Why), strings.Compare(a.SKU, b.SKU), strings.Compare(a.Amount.Currency, b.Amount.Currency))
	})
	if !found {
		d.Odd = slices.Insert(d.Odd, i, o)
		return
	}
	d.Odd[i].Rows += o.Rows
	d.Odd[i].Amount.Amount = sum(d.Odd[i].Amount.Amount, o.Amount.Amount)
}

// MarshalText writes the key as its words between tabs; none holds a tab.
func (k Key) MarshalText() ([]byte, error) {
	return []byte(strings.Join([]string{k.App, k.Product, string(k.Kind), k.Country, k.Currency}, "\t")), nil
}

// UnmarshalText reads what MarshalText wrote.
func (k *Key) UnmarshalText(text []byte) error {
	words := strings.Split(string(text), "\t")
	if len(words) != 5 {
		return fmt.Errorf("%q is no key of sales figures: it has %d words between tabs, not 5", text, len(words))
	}
	*k = Key{words[0], words[1], Kind(words[2]), words[3], words[4]}
	return nil
}
