package asc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// defaultMaxReport bounds reports, unpacked: two million rows.
const defaultMaxReport = 512 << 20

// SalesQuery names a sales or subscription report.
type SalesQuery struct {
	// Vendor is the vendor number, about eight digits. The API does not tell it:
	// it stands in App Store Connect under Payments and Financial Reports.
	Vendor string
	// Day is a day in Pacific time, such as 2026-11-23: the last one, a Sunday, of
	// a weekly report. For a monthly one it is 2026-11, for a yearly one 2026.
	Day string
	// Frequency is DAILY (or blank), WEEKLY, MONTHLY or YEARLY. Subscription
	// reports are daily.
	Frequency string
	// Version of the report, such as 1_0. Blank is best: the client then takes
	// what Apple says is the newest.
	Version string
}

// SalesReport streams the rows of a SALES SUMMARY report. Needs a team key with
// the role Sales, Finance or Admin.
//
// Apple makes a daily report on the next day, by about 8 in the morning Pacific
// time, and may correct it for two days more; a weekly one on Monday, a monthly
// one five days after its end. A day without sales has none: see [NoSales],
// [NotYet], [NoLonger]. A wrong vendor number ends in a 500. When Apple says that
// another version of the report is the newest, that one is read instead, and from
// then on.
//
// An error in mid-report comes after rows that were yielded already: throw those
// away. [*ReportError] names the line.
//
// Apple: GET /v1/salesReports
func (c *Client) SalesReport(ctx context.Context, q SalesQuery) iter.Seq2[SalesRow, error] {
	return report(ctx, c, q.open("SALES", "SUMMARY"), ReadSales)
}

// SubscriptionReport streams the rows of a SUBSCRIPTION SUMMARY report: how many
// subscriptions there were at the end of a day. Roles, times and errors are as
// for [Client.SalesReport]; but there is a report of every day on which somebody
// had a subscription.
//
// Apple: GET /v1/salesReports
func (c *Client) SubscriptionReport(ctx context.Context, q SalesQuery) iter.Seq2[SubscriptionRow, error] {
	return report(ctx, c, q.open("SUBSCRIPTION", "SUMMARY"), ReadSubscriptions)
}

// SubscriptionEventReport streams the rows of a SUBSCRIPTION_EVENT SUMMARY report:
// what happened to subscriptions on a day. Roles, times and errors are as for
// [Client.SalesReport].
//
// Apple: GET /v1/salesReports
func (c *Client) SubscriptionEventReport(ctx context.Context, q SalesQuery) iter.Seq2[SubscriptionEventRow, error] {
	return report(ctx, c, q.open("SUBSCRIPTION_EVENT", "SUMMARY"), ReadSubscriptionEvents)
}

// SubscriberReport streams the rows of a SUBSCRIBER DETAILED report: what each
// subscriber paid on a day. Roles, times and errors are as for
// [Client.SalesReport].
//
// Apple: GET /v1/salesReports
func (c *Client) SubscriberReport(ctx context.Context, q SalesQuery) iter.Seq2[SubscriberRow, error] {
	return report(ctx, c, q.open("SUBSCRIBER", "DETAILED"), ReadSubscribers)
}

// FinanceQuery names a finance report.
type FinanceQuery struct {
	Vendor string // as in SalesQuery
	// Period is a month of Apple's fiscal year, such as 2026-01, which is October
	// 2025. The year ends on the last Saturday of September.
	Period string
	// Region is an Apple region code, such as US or EU. ZZ are all of them in one
	// FINANCIAL report; FINANCE_DETAIL has Z1 alone for all.
	Region string
}

// FinancialReport streams the rows of a FINANCIAL report: what was settled in a
// fiscal period. Needs a team key with the role Finance or Admin. Of a period
// that is not closed, and of a wrong region, Apple says that there were no sales:
// see [NoSales].
//
// Apple: GET /v1/financeReports
func (c *Client) FinancialReport(ctx context.Context, q FinanceQuery) iter.Seq2[FinancialRow, error] {
	return report(ctx, c, q.open("FINANCIAL"), ReadFinancial)
}

// FinanceDetailReport streams the rows of a FINANCE_DETAIL report: every settled
// transaction of a fiscal period. A blank region is Z1, all of them. Roles and
// errors are as for [Client.FinancialReport].
//
// Apple: GET /v1/financeReports
func (c *Client) FinanceDetailReport(ctx context.Context, q FinanceQuery) iter.Seq2[FinanceDetailRow, error] {
	q.Region = or(q.Region, "Z1")
	return report(ctx, c, q.open("FINANCE_DETAIL"), ReadFinanceDetail)
}

// reportOrder names a report: what is asked for, and under which name its version is
// remembered.
type reportOrder struct {
	place   place
	params  params
	kind    string
	version string
}

// report asks for a report and reads it.
func report[T any](ctx context.Context, c *Client, o reportOrder, read func(io.Reader, int64) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		body, err := c.openReport(ctx, o)
		if err != nil {
			yield(none, err)
			return
		}
		defer body.Close()
		for row, err := range read(body, c.maxReport) {
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// dayForms are the forms of a report's date, by frequency.
var dayForms = map[string]string{"DAILY": time.DateOnly, "WEEKLY": time.DateOnly, "MONTHLY": "2006-01", "YEARLY": "2006"}

func (q SalesQuery) open(kind, sub string) reportOrder {
	frequency := or(q.Frequency, "DAILY")
	form, known := dayForms[frequency]
	at, err := time.Parse(form, q.Day)
	switch {
	case !known:
		err = &ArgumentError{fmt.Sprintf("%q is not how often a report is made: DAILY, WEEKLY, MONTHLY or YEARLY", oneLine(q.Frequency, 20))}
	case err != nil:
		err = &ArgumentError{"a " + strings.ToLower(frequency) + " report needs a date such as " + time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC).Format(form)}
	case frequency == "WEEKLY" && at.Weekday() != time.Sunday:
		err = &ArgumentError{"a weekly report is named by the Sunday that ends the week"}
	}
	p := ask().must("vendorNumber", q.Vendor).must("reportType", kind).must("reportSubType", sub).
		must("frequency", frequency).set("filter[reportDate]", q.Day)
	return reportOrder{place{"/v1/salesReports", firstOf(vendor(q.Vendor), err)}, p, strings.Join([]string{kind, sub, frequency}, " "), q.Version}
}

func (q FinanceQuery) open(kind string) reportOrder {
	err := want("a finance report needs a region, such as US or ZZ", q.Region)
	if _, bad := time.Parse("2006-01", q.Period); bad != nil {
		err = &ArgumentError{"a finance report needs a fiscal period such as 2026-01"}
	}
	p := ask().must("vendorNumber", q.Vendor).must("reportType", kind).must("regionCode", q.Region).set("filter[reportDate]", q.Period)
	return reportOrder{place{"/v1/financeReports", firstOf(vendor(q.Vendor), err)}, p, kind, ""}
}

func vendor(number string) error {
	if number == "" || strings.Trim(number, "0123456789") != "" {
		return &ArgumentError{"a report needs a vendor number, which has digits only"}
	}
	return nil
}

// openReport asks for a report. Versions are withdrawn overnight; Apple's
// refusal then names the newest.
func (c *Client) openReport(ctx context.Context, o reportOrder) (io.ReadCloser, error) {
	body, err := c.tryReport(ctx, o, c.versions.instead(o.kind, o.version))
	newest, ok := hint(err)
	if !ok {
		return body, err
	}
	c.log.Info("Apple names another version of a report", "report", o.kind, "version", newest)
	if body, err = c.tryReport(ctx, o, newest); err == nil {
		c.versions.remember(o.kind, o.version, newest)
	}
	return body, err
}

func (c *Client) tryReport(ctx context.Context, o reportOrder, version string) (io.ReadCloser, error) {
	q, err := c.ask(o.place, o.params.set("filter[version]", version))
	if err != nil {
		return nil, err
	}
	q.accept, q.stream = reportType, true
	a, err := c.do(ctx, q)
	if err == nil && a.stream == nil {
		return nil, &NoAnswerError{q.method, q.path(), errors.New("a success that is no report")}
	}
	return a.stream, err
}

// ReportVersion is the version in which a daily report is read now, such as 1_4 for
// SUBSCRIPTION SUMMARY: what Apple named as the newest since the client was made.
// It is blank while Apple has taken requests that named none.
func (c *Client) ReportVersion(kind, sub string) string {
	return c.versions.instead(strings.Join([]string{kind, sub, "DAILY"}, " "), "")
}

var newestVersion = regexp.MustCompile(`latest version for this report is (\d{1,3}_\d{1,3})`)

// hint finds the version that Apple names in a refusal.
func hint(err error) (version string, ok bool) {
	e, isRefusal := refusal(err)
	if !isRefusal || e.Status != http.StatusBadRequest {
		return "", false
	}
	for _, entry := range e.Entries {
		if m := newestVersion.FindStringSubmatch(entry.Detail); m != nil {
			return m[1], true
		}
	}
	return "", false
}

// versions remembers which version Apple wants instead of one asked for.
type versions struct {
	mu    sync.Mutex
	known map[[2]string]string
}

func (v *versions) instead(kind, version string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if newest, ok := v.known[[2]string{kind, version}]; ok {
		return newest
	}
	return version
}

func (v *versions) remember(kind, version, newest string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known == nil {
		v.known = map[[2]string]string{}
	}
	v.known[[2]string{kind, version}] = newest
}

// FinancialFile reads a whole FINANCIAL report as Apple sends it, a gzip file: to keep
// it, and to read its rows with [ReadFinancial]. Roles and errors are as for
// [Client.FinancialReport].
//
// Apple: GET /v1/financeReports
func (c *Client) FinancialFile(ctx context.Context, q FinanceQuery) ([]byte, error) {
	body, err := c.openReport(ctx, q.open("FINANCIAL"))
	if err != nil {
		return nil, err
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, mostFile+1))
	if err == nil && len(data) > mostFile {
		err = fmt.Errorf("the report has more than %d MiB", mostFile>>20)
	}
	return data, err
}

// mostFile bounds a report as it is sent.
const mostFile = 64 << 20
