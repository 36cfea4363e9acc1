package asc

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// FinancialRow is a row of a FINANCIAL report: what was settled of one product in
// one country and currency, in a fiscal period.
//
// Share is what the developer gets per unit, always positive; ExtendedShare is
// Quantity times Share, negative for returns. Never add amounts of different
// currencies.
type FinancialRow struct {
	Start, End       string // days such as 2025-09-28
	VendorIdentifier string // the SKU of an app, the product id of an in-app purchase
	Quantity         decimal.Decimal
	Share            decimal.Decimal // the Partner Share
	ExtendedShare    decimal.Decimal
	ShareCurrency    string // ISO 4217
	SaleOrReturn     string // S or R
	AppleID          string
	Developer        string
	Title            string
	ProductType      string // Apple's Product Type Identifier
	Country          string // ISO 3166 alpha-2
	PreOrder         string
	PromoCode        string
	CustomerPrice    decimal.Decimal // per unit
	CustomerCurrency string
	UPC, ISRC        string
	Label, Grid      string
	ISAN             string
}

func (r *FinancialRow) columns() []column {
	return []column{
		must(day("Start Date", &r.Start)), must(day("End Date", &r.End)), text("UPC", &r.UPC), text("ISRC/ISBN", &r.ISRC).or("ISRC"),
		must(text("Vendor Identifier", &r.VendorIdentifier)), units("Quantity", &r.Quantity), units("Partner Share", &r.Share),
		units("Extended Partner Share", &r.ExtendedShare), must(text("Partner Share Currency", &r.ShareCurrency)),
		must(text("Sales or Return", &r.SaleOrReturn)).or("Sale or Return", "Sales or Returns"), must(text("Apple Identifier", &r.AppleID)),
		text("Artist/Show/Developer/Author", &r.Developer), text("Title", &r.Title),
		text("Label/Studio/Network/Developer/Publisher", &r.Label), text("Grid", &r.Grid),
		text("Product Type Identifier", &r.ProductType), text("ISAN/Other Identifier", &r.ISAN),
		must(text("Country Of Sale", &r.Country)), text("Pre-order Flag", &r.PreOrder), text("Promo Code", &r.PromoCode),
		amount("Customer Price", &r.CustomerPrice), text("Customer Currency", &r.CustomerCurrency),
	}
}

// ReadFinancial reads a FINANCIAL report, as [ReadSales] does a SALES one. The
// lines of totals at its end are no rows; where they say how many rows there are,
// that is compared: see [RowCountError].
func ReadFinancial(r io.Reader, most int64) iter.Seq2[FinancialRow, error] {
	return rows(r, most, func(row *FinancialRow) layout {
		return layout{columns: row.columns(), ends: undated, footer: totalRows}
	})
}

// FinanceDetailRow is a row of a FINANCE_DETAIL report: one settled transaction.
// Amounts are as in [FinancialRow].
type FinanceDetailRow struct {
	TransactionDate  string // such as 2025-10-03
	SettlementDate   string
	AppleID          string
	SKU              string
	Title            string
	Developer        string
	ProductType      string // Apple's Product Type Identifier
	Country          string // ISO 3166 alpha-2
	Quantity         decimal.Decimal
	Share            decimal.Decimal // the Partner Share, per unit
	ExtendedShare    decimal.Decimal
	ShareCurrency    string          // ISO 4217
	CustomerPrice    decimal.Decimal // per unit
	CustomerCurrency string
	SaleOrReturn     string // S or R
	PromoCode        string
	OrderType        string
	Region           string
}

func (r *FinanceDetailRow) columns() []column {
	return []column{
		must(day("Transaction Date", &r.TransactionDate)), day("Settlement Date", &r.SettlementDate),
		must(text("Apple Identifier", &r.AppleID)), must(text("SKU", &r.SKU)), text("Title", &r.Title), text("Developer Name", &r.Developer),
		text("Product Type Identifier", &r.ProductType), must(text("Country of Sale", &r.Country)), units("Quantity", &r.Quantity),
		units("Partner Share", &r.Share), units("Extended Partner Share", &r.ExtendedShare),
		must(text("Partner Share Currency", &r.ShareCurrency)), amount("Customer Price", &r.CustomerPrice),
		text("Customer Currency", &r.CustomerCurrency), must(text("Sale or Return", &r.SaleOrReturn)).or("Sales or Return"),
		text("Promo Code", &r.PromoCode), text("Order Type", &r.OrderType), text("Region", &r.Region),
	}
}

// preambleLines is how far the header of a FINANCE_DETAIL report is looked for:
// three lines (vendor, start, end) stand before it, and there is room for more.
const preambleLines = 10

// ReadFinanceDetail reads a FINANCE_DETAIL report, as [ReadSales] does a SALES
// one. The lines before its header and the summary at its end are no rows.
func ReadFinanceDetail(r io.Reader, most int64) iter.Seq2[FinanceDetailRow, error] {
	return rows(r, most, func(row *FinanceDetailRow) layout {
		return layout{columns: row.columns(), preamble: preambleLines, ends: undated}
	})
}

// undated tells that a line of a finance report is no row: its first cell is no
// day. What follows the rows begins so.
func undated(line []byte) bool {
	cell, _, _ := bytes.Cut(line, []byte("\t"))
	d, err := civil(cell)
	return err != nil || d == ""
}

// totalRows compares what a footer says about the number of rows with how many
// there were.
func totalRows(line []byte, rows int) error {
	cells := strings.Fields(string(line))
	if len(cells) < 2 || !strings.EqualFold(cells[0], "Total_Rows") {
		return nil
	}
	said, err := strconv.Atoi(cells[1])
	switch {
	case err != nil:
		return &RowCountError{oneLine(cells[1], 20), rows}
	case said != rows:
		return &RowCountError{cells[1], rows}
	}
	return nil
}

// RowCountError is the cause of a [ReportError] that comes behind all rows: the report
// was read to its end, and says there that it has another number of rows. Such reports
// have been published. The rows are good to be used, with a warning.
type RowCountError struct {
	Said string // as it stands in the file
	Rows int    // as many as were read
}

func (e *RowCountError) Error() string {
	return fmt.Sprintf("the footer says that there are %s rows, and there were %d", e.Said, e.Rows)
}
