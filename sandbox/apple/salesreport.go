package apple

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// specials are operations that no family answers.
var specials = map[string]func(*call, *http.Request) reply{}

func init() {
	specials["GET /v1/salesReports"] = (*call).salesReport
}

// reportRoles may read sales reports.
var reportRoles = []string{"ADMIN", "FINANCE", "SALES", "ACCESS_TO_REPORTS"}

// salesVersions are taken for SALES; the last one is the newest.
var salesVersions = []string{"1_0", "1_1"}

// salesReport answers GET /v1/salesReports.
func (c *call) salesReport(r *http.Request) reply {
	f := func(name string) string { return strings.Join(c.rd.q.filters[name], ",") }
	switch {
	case !c.s.may(reportRoles) || c.s.opt.Individual:
		return refused(narrowKey())
	case f("vendorNumber") != c.s.cred.VendorNumber:
		return (Fault{}).answer() // live answers a wrong vendor number with a 500
	case !accepts(r.Header.Get("Accept")):
		return notAcceptable()
	case c.s.opt.Orchard && f("reportType") != "SALES":
		return refused(noSales()) // it has no subscriptions
	}
	make := reports[f("reportType")+" "+f("reportSubType")+" "+f("frequency")]
	if make == nil {
		return refused(badParameter("filter[reportType]", fmt.Sprintf("Invalid combination of report type %s, subtype %s and frequency %s.", f("reportType"), f("reportSubType"), f("frequency"))))
	}
	return make(c, f("reportDate"), f("version"))
}

func notAcceptable() reply {
	return reply{
		status: http.StatusNotAcceptable, body: []byte("The report is offered as application/a-gzip.\n"),
		header: http.Header{"Content-Type": {"text/plain"}}, note: "the caller does not accept a report",
	}
}

// reports are what salesReports offers, by type, subtype and frequency.
var reports = map[string]func(c *call, date, version string) reply{
	"SALES SUMMARY DAILY":   func(c *call, date, version string) reply { return c.sales(daily, date, version) },
	"SALES SUMMARY WEEKLY":  func(c *call, date, version string) reply { return c.sales(weekly, date, version) },
	"SALES SUMMARY MONTHLY": func(c *call, date, version string) reply { return c.sales(monthly, date, version) },
	"SALES SUMMARY YEARLY":  func(c *call, date, version string) reply { return c.sales(yearly, date, version) },
}

// accepts says whether an Accept header lets a report through.
func accepts(header string) bool {
	return header == "" || strings.Contains(header, "a-gzip") || strings.Contains(header, "*/*") || strings.Contains(header, "application/*")
}

// frequency is how a report's date is read, and when it is there.
type frequency struct {
	layout string
	days   func(date time.Time) (first, last time.Time)
	// delay is how long after the last day it appears, at 8 in the morning
	// Pacific time.
	delay int
	keep  int // years it stays
}

var (
	daily   = frequency{time.DateOnly, func(d time.Time) (time.Time, time.Time) { return d, d }, 1, 1}
	weekly  = frequency{time.DateOnly, func(d time.Time) (time.Time, time.Time) { return d.AddDate(0, 0, -6), d }, 1, 1}
	monthly = frequency{"2006-01", func(d time.Time) (time.Time, time.Time) { return d, d.AddDate(0, 1, -1) }, 5, 1}
	yearly  = frequency{"2006", func(d time.Time) (time.Time, time.Time) { return d, d.AddDate(1, 0, -1) }, 6, 10}
)

// sales makes a SALES SUMMARY report.
func (c *call) sales(f frequency, date, version string) reply {
	if wrong := rightVersion(version, salesVersions, c.fault.Kind == ReportMoved); wrong != nil {
		return refused(wrong)
	}
	if date == "" {
		date = c.newest(f)
	}
	first, last, wrong := c.period(f, date)
	if wrong != nil {
		return refused(wrong)
	}
	rows := 0
	var b bytes.Buffer
	b.WriteString(strings.Join(salesColumns, "\t") + "\n")
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		sold := c.s.trade.on(day, c.s.soldOn(day))
		if c.fault.Kind == FewSales {
			sold = thirdOf(sold)
		}
		for _, s := range sold {
			b.WriteString(strings.Join(s.cells(first, last), "\t") + "\n")
			rows++
		}
	}
	return packed(b.Bytes(), fmt.Sprintf("%d rows", rows))
}

// rightVersion refuses a version that is not offered and names the newest.
func rightVersion(version string, offered []string, moved bool) *refusal {
	newest := offered[len(offered)-1]
	if moved {
		newest = "1_9"
		offered = []string{newest}
	}
	if version == "" && !moved || slices.Contains(offered, version) {
		return nil
	}
	if version == "" {
		return badParameter("filter[version]", "Please include the version parameter. The latest version for this report is "+newest+".")
	}
	return badParameter("filter[version]", "The version parameter you have specified is invalid. The latest version for this report is "+newest+".")
}

// newest is the date of the newest report there is.
func (c *call) newest(f frequency) string {
	today := civil(c.now)
	for d := today; ; d = d.AddDate(0, 0, -1) {
		if f.layout == time.DateOnly || d.Day() == 1 {
			if _, _, wrong := c.period(f, d.Format(f.layout)); wrong == nil {
				return d.Format(f.layout)
			}
		}
	}
}

// period is the days of a report, if it is there now.
func (c *call) period(f frequency, date string) (first, last time.Time, wrong *refusal) {
	d, err := time.Parse(f.layout, date)
	if err != nil {
		return first, last, badParameter("filter[reportDate]", fmt.Sprintf("'%s' is not a valid date. It must be given as %s", date, f.layout))
	}
	first, last = f.days(d)
	if last.Sub(first) == 6*aDay && last.Weekday() != time.Sunday {
		return first, last, badParameter("filter[reportDate]", "A week is named by the Sunday that ends it")
	}
	there := time.Date(last.Year(), last.Month(), last.Day()+f.delay, 8, 0, 0, 0, pacific)
	switch {
	case c.now.Before(there), f.layout == time.DateOnly && c.s.trade.isLate(date):
		return first, last, notYet()
	case civil(c.now).AddDate(-f.keep, 0, 0).After(last):
		return first, last, refuse(http.StatusGone, "NOT_FOUND", "The specified resource does not exist",
			"Report is no longer available. Daily and weekly reports are kept for a year.")
	}
	return first, last, nil
}

// civil is the Pacific day of a moment.
func civil(t time.Time) time.Time {
	y, m, d := t.In(pacific).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func notYet() *refusal {
	return refuse(http.StatusNotFound, "NOT_FOUND", "The specified resource does not exist",
		"Report is not available yet. Daily reports are usually there by 8 in the morning Pacific time.")
}

// packed is a report as Apple sends it: a gzip file that is the body itself.
func packed(table []byte, note string) reply {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(table) // a buffer takes everything
	_ = z.Close()
	return reply{status: http.StatusOK, body: b.Bytes(), header: http.Header{"Content-Type": {"application/a-gzip"}}, note: note}
}

var salesColumns = []string{
	"Provider", "Provider Country", "SKU", "Developer", "Title", "Version", "Product Type Identifier", "Units", "Developer Proceeds",
	"Begin Date", "End Date", "Customer Currency", "Country Code", "Currency of Proceeds", "Apple Identifier", "Customer Price", "Promo Code",
	"Parent Identifier", "Subscription", "Period", "Category", "CMB", "Device", "Supported Platforms", "Proceeds Reason", "Preserved Pricing",
	"Client", "Order Type",
}

// cells are a row of SALES SUMMARY. A refund has negative units and a negative
// price, and proceeds that stay positive. Empty is a space in some columns and
// nothing in others.
func (s sale) cells(first, last time.Time) []string {
	customer, proceeds := int64(0), int64(0)
	if s.paid {
		customer, proceeds = s.price(s.tier)
	}
	if s.refund {
		customer = -customer
	}
	currency := s.currency
	if !s.paid {
		currency = " " // nothing is owed, in no currency
	}
	version := "2.4.0"
	if s.parent != "" {
		version = " "
	}
	const layout = "01/02/2006"
	return []string{
		"APPLE", "US", s.sku, s.developer(), s.title, version, s.code, fmt.Sprintf("%d.00", s.units), s.money(proceeds),
		first.Format(layout), last.Format(layout), s.currency, s.country, currency, s.id, s.money(customer), " ",
		space(s.parent), space(s.subscription), space(s.period), s.category, "", s.device, s.platforms, " ", " ", " ", " ",
	}
}

func space(s string) string {
	if s == "" {
		return " "
	}
	return s
}
