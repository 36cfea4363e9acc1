package apple

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

func init() {
	specials["GET /v1/financeReports"] = (*call).financeReport
}

var financeRoles = []string{"ADMIN", "FINANCE"}

// financeDelay is how many days after the end of a period its reports are
// there; Apple gives no figure.
const financeDelay = 5

// fiscalPeriod is the days of a period of Apple's fiscal year: 2026-01 is about
// October 2025. A year ends on the last Saturday of September; its quarters have
// 5, 4 and 4 weeks. In a year of 53 weeks the third period has one more (which
// one it is, is not confirmed).
func fiscalPeriod(year, period int) (first, last time.Time) {
	first = fiscalEnd(year-1).AddDate(0, 0, 1)
	weeks := int(fiscalEnd(year).Sub(first)/aDay+1) / 7
	for p := 1; ; p++ {
		n := 4
		if p%3 == 1 || p == 3 && weeks == 53 {
			n = 5
		}
		if p == period {
			return first, first.AddDate(0, 0, n*7-1)
		}
		first = first.AddDate(0, 0, n*7)
	}
}

func fiscalEnd(year int) time.Time {
	end := time.Date(year, 9, 30, 0, 0, 0, 0, time.UTC)
	return end.AddDate(0, 0, -(int(end.Weekday())+1)%7)
}

// regions are the countries of a report: those of one currency each, the
// aggregates, and ZZ for all.
func inRegion(region, country string) bool {
	groups := map[string][]string{"EU": {"DE", "FR"}, "LL": {}, "AP": {}, "WW": {}}
	if region == "ZZ" || region == "Z1" {
		return true
	}
	if list, ok := groups[region]; ok {
		return slices.Contains(list, country)
	}
	return region == country && country != "DE" && country != "FR"
}

// financeReport answers GET /v1/financeReports. Whatever is not there is not
// there for want of sales.
func (c *call) financeReport(r *http.Request) reply {
	f := func(name string) string { return strings.Join(c.rd.q.filters[name], ",") }
	var year, period int
	_, err := fmt.Sscanf(f("reportDate"), "%4d-%2d", &year, &period)
	switch {
	case !c.s.may(financeRoles) || c.s.opt.Individual:
		return refused(narrowKey())
	case f("vendorNumber") != c.s.cred.VendorNumber:
		return (Fault{}).answer() // as for sales
	case !accepts(r.Header.Get("Accept")):
		return notAcceptable()
	case err != nil || len(f("reportDate")) != 7 || period < 1 || period > 12:
		return refused(badParameter("filter[reportDate]", fmt.Sprintf("'%s' is not a valid date. It must be given as a fiscal year and period, YYYY-MM", f("reportDate"))))
	}
	detail := f("reportType") == "FINANCE_DETAIL"
	first, last := fiscalPeriod(year, period)
	there := time.Date(last.Year(), last.Month(), last.Day()+financeDelay, 8, 0, 0, 0, pacific)
	lines := c.settled(f("regionCode"), first, last)
	if c.now.Before(there) || c.now.AddDate(-2, 0, 0).After(there) || len(lines) == 0 || detail != (f("regionCode") == "Z1") {
		return refused(noSales())
	}
	if detail {
		return packed(financeDetail(lines, first, last), fmt.Sprintf("%d lines", len(lines)))
	}
	return packed(financial(lines, first, last, f("regionCode")), fmt.Sprintf("%d lines", len(lines)))
}

// earning is what one product earned in one country.
type earning struct {
	sale
	quantity int // of sales, or of returns as a negative number
}

func (e earning) kind() string {
	if e.quantity < 0 {
		return "R"
	}
	return "S"
}

// extended is quantity times share, in the smallest unit.
func (e earning) extended() int64 {
	_, share := e.price(e.tier)
	return share * int64(e.quantity)
}

// settled adds up what was paid for between two days.
func (c *call) settled(region string, first, last time.Time) []earning {
	sum := map[string]*earning{}
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		for _, s := range c.s.soldOn(day) {
			if !s.paid || s.tier == 0 || !inRegion(region, s.country) {
				continue
			}
			key := fmt.Sprint(s.country, " ", s.sku, " ", s.code, s.refund)
			if sum[key] == nil {
				sum[key] = &earning{sale: s}
			}
			sum[key].quantity += s.units
		}
	}
	var lines []earning
	for _, key := range sortedKeys(sum) {
		lines = append(lines, *sum[key])
	}
	return lines
}

var financialColumns = []string{
	"Start Date", "End Date", "UPC", "ISRC/ISBN", "Vendor Identifier", "Quantity", "Partner Share", "Extended Partner Share", "Partner Share Currency",
	"Sales or Return", "Apple Identifier", "Artist/Show/Developer/Author", "Title", "Label/Studio/Network/Developer/Publisher", "Grid",
	"Product Type Identifier", "ISAN/Other Identifier", "Country Of Sale", "Pre-order Flag", "Promo Code", "Customer Price", "Customer Currency",
}

const financeDate = "01/02/2006"

// financial is a FINANCIAL report, with its footer. The share is of one unit and
// always positive; the extended one has the sign. Over several currencies there
// is no amount in the footer (not confirmed).
func financial(lines []earning, first, last time.Time, region string) []byte {
	rows := [][]string{financialColumns}
	amount, units := int64(0), 0
	for _, e := range lines {
		customer, share := e.price(e.tier)
		rows = append(rows, []string{
			first.Format(financeDate), last.Format(financeDate), "", "", e.sku, fmt.Sprint(e.quantity), e.money(share), e.money(e.extended()), e.currency,
			e.kind(), e.id, e.developer(), e.title, "", "", e.code, "", e.country, "", "", e.money(customer), e.currency,
		})
		amount += e.extended()
		units += e.quantity
	}
	rows = append(rows, []string{"Total_Rows", fmt.Sprint(len(lines))})
	if region != "ZZ" {
		rows = append(rows, []string{"Total_Amount", lines[0].money(amount)})
	}
	return tabbed(append(rows, []string{"Total_Units", fmt.Sprint(units)}))
}

var detailColumns = []string{
	"Transaction Date", "Settlement Date", "Apple Identifier", "SKU", "Title", "Developer Name", "Product Type Identifier", "Country of Sale", "Quantity",
	"Partner Share", "Extended Partner Share", "Partner Share Currency", "Customer Price", "Customer Currency", "Sale or Return", "Promo Code", "Order Type", "Region",
}

// financeDetail is a FINANCE_DETAIL report: three lines before the names, rows
// that end in a tab, and a summary by country.
func financeDetail(lines []earning, first, last time.Time) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Vendor Name\t%s\nStart Date\t%s\nEnd Date\t%s\n", lines[0].developer(), first.Format(financeDate), last.Format(financeDate))
	b.WriteString(strings.Join(detailColumns, "\t") + "\n")
	type total struct {
		country, currency string
		quantity          int
		amount            int64
		market            market
	}
	totals := map[string]total{}
	for _, e := range lines {
		customer, share := e.price(e.tier)
		b.WriteString(strings.Join([]string{
			last.Format(financeDate), last.Format(financeDate), e.id, e.sku, e.title, e.developer(), e.code, e.country, fmt.Sprint(e.quantity),
			e.money(share), e.money(e.extended()), e.currency, e.money(customer), e.currency, e.kind(), "", "", cmp.Or(map[string]string{"DE": "EU", "FR": "EU"}[e.country], e.country),
		}, "\t") + "\t\n")
		t := totals[e.country]
		totals[e.country] = total{e.country, e.currency, t.quantity + e.quantity, t.amount + e.extended(), e.market}
	}
	b.WriteString("Country Of Sale\tPartner Share Currency\tQuantity\tExtended Partner Share\n")
	for _, country := range sortedKeys(totals) {
		t := totals[country]
		fmt.Fprintf(&b, "%s\t%s\t%d\t%s\n", t.country, t.currency, t.quantity, t.market.money(t.amount))
	}
	return b.Bytes()
}
