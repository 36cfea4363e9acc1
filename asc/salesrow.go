package asc

import (
	"io"
	"iter"

	"github.com/govalues/decimal"
)

// SalesRow is a row of a SALES SUMMARY report.
//
// Amounts are per unit. What the developer earns by the row is Units times
// Proceeds, in ProceedsCurrency; what customers paid is Units times the absolute
// CustomerPrice, in CustomerCurrency. Refunds have negative Units and a negative
// CustomerPrice, and positive Proceeds. Zero units with a negative price correct
// a price. Never add amounts of different currencies.
type SalesRow struct {
	SKU         string // of an in-app purchase its product id
	Title       string // one AppleID may come with several titles
	Version     string
	ProductType string // Apple's Product Type Identifier, such as 1F, 7, IA1, IAY
	Units       decimal.Decimal

	Proceeds         decimal.Decimal
	ProceedsCurrency string // ISO 4217; blank where there is no money, as in free downloads
	CustomerPrice    decimal.Decimal
	CustomerCurrency string
	Country          string // ISO 3166 alpha-2

	AppleID      string // of the app, or of the in-app purchase itself
	ParentID     string // on in-app rows, the SKU of the app
	Subscription string // New or Renewal
	Period       string // such as 1 Month
	PromoCode    string
	OrderType    string // such as Pay Up Front
	CMB          string // complete my bundle; CMB-C is a credit with negative units

	Begin, End string // days such as 2026-11-23

	Developer, Category, Device, Platforms, ProceedsReason, PreservedPricing, Client string
	Provider, ProviderCountry                                                        string
}

// columns says where the cells of a report go. The other names are those of 2009 and
// 2010, when apps were sold in the columns of music.
func (r *SalesRow) columns() []column {
	return []column{
		text("Provider", &r.Provider), text("Provider Country", &r.ProviderCountry),
		must(text("SKU", &r.SKU)).or("Vendor Identifier"), text("Developer", &r.Developer).or("Artist / Show"),
		must(text("Title", &r.Title)).or("Title / Episode / Season"), text("Version", &r.Version),
		must(text("Product Type Identifier", &r.ProductType)), units("Units", &r.Units),
		must(amount("Developer Proceeds", &r.Proceeds)).or("Royalty Price"), day("Begin Date", &r.Begin), day("End Date", &r.End),
		must(text("Customer Currency", &r.CustomerCurrency)), must(text("Country Code", &r.Country)),
		must(text("Currency of Proceeds", &r.ProceedsCurrency)).or("Royalty Currency"), must(text("Apple Identifier", &r.AppleID)),
		must(amount("Customer Price", &r.CustomerPrice)), text("Promo Code", &r.PromoCode),
		must(text("Parent Identifier", &r.ParentID)), text("Subscription", &r.Subscription), text("Period", &r.Period),
		text("Category", &r.Category), text("CMB", &r.CMB), text("Device", &r.Device), text("Supported Platforms", &r.Platforms),
		text("Proceeds Reason", &r.ProceedsReason), text("Preserved Pricing", &r.PreservedPricing), text("Client", &r.Client),
		text("Order Type", &r.OrderType),
	}
}

// ReadSales reads a SALES SUMMARY report, packed with gzip or not, row by row.
// most bounds its size after unpacking, in bytes. Columns are found by name;
// those it does not know are passed over, and rows must have as many cells as
// the header. An error is a [*ReportError] and the last thing yielded.
func ReadSales(r io.Reader, most int64) iter.Seq2[SalesRow, error] {
	return rows(r, most, func(row *SalesRow) layout { return layout{columns: row.columns()} })
}
