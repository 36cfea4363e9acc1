package apple

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// unzip reads a report as lines of cells.
func unzip(t *testing.T, file []byte) (rows [][]string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(text), "\n"), "\n") {
		rows = append(rows, strings.Split(line, "\t"))
	}
	return rows
}

func salesPath(typ, sub, frequency, date, version string) string {
	p := "/v1/salesReports?filter[vendorNumber]=" + vendor + "&filter[reportType]=" + typ + "&filter[reportSubType]=" + sub + "&filter[frequency]=" + frequency
	if date != "" {
		p += "&filter[reportDate]=" + date
	}
	if version != "" {
		p += "&filter[version]=" + version
	}
	return p
}

func (c *caller) report(path string) [][]string {
	c.t.Helper()
	w, _ := c.ask("GET", path, nil)
	return unzip(c.t, w.Body.Bytes())
}

// column adds up a column of whole numbers where a row fits.
func column(t *testing.T, rows [][]string, name string, fits func(cell func(string) string) bool) (sum int) {
	t.Helper()
	at := map[string]int{}
	for i, n := range rows[0] {
		at[n] = i
	}
	if _, ok := at[name]; !ok {
		t.Fatalf("no column %s in %v", name, rows[0])
	}
	for _, r := range rows[1:] {
		if len(r) != len(rows[0]) {
			t.Fatalf("%d cells under %d names: %v", len(r), len(rows[0]), r)
		}
		if fits(func(n string) string { return r[at[n]] }) {
			n, err := strconv.ParseFloat(r[at[name]], 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += int(n)
		}
	}
	return sum
}

// What the subscription reports say of a day is what the sales report says.
func TestSubscriptionReportsAgreeWithSales(t *testing.T) {
	c := newCaller(t, Options{})
	const day = "2026-11-20"
	sold := c.report(salesPath("SALES", "SUMMARY", "DAILY", day, ""))
	iay := func(kind string) func(func(string) string) bool {
		return func(cell func(string) string) bool {
			return cell("Product Type Identifier") == "IAY" && cell("Subscription") == kind && !strings.HasPrefix(cell("Units"), "-")
		}
	}
	events := c.report(salesPath("SUBSCRIPTION_EVENT", "SUMMARY", "DAILY", day, "1_4"))
	event := func(name string) func(func(string) string) bool {
		return func(cell func(string) string) bool { return cell("Event") == name }
	}
	for kind, name := range map[string]string{"New": "Subscribe", "Renewal": "Renew"} {
		if a, b := column(t, sold, "Units", iay(kind)), column(t, events, "Quantity", event(name)); a != b || a == 0 {
			t.Errorf("%s: %d sold, %d events", kind, a, b)
		}
	}
	people := c.report(salesPath("SUBSCRIBER", "DETAILED", "DAILY", day, "1_3"))
	paid := column(t, people, "Units", func(cell func(string) string) bool { return cell("Refund") == "" })
	if want := column(t, sold, "Units", iay("New")) + column(t, sold, "Units", iay("Renewal")); paid != want {
		t.Errorf("%d payments, %d sold", paid, want)
	}
	active := c.report(salesPath("SUBSCRIPTION", "SUMMARY", "DAILY", day, "1_4"))
	all := func(func(string) string) bool { return true }
	if n := column(t, active, "Active Standard Price Subscriptions", all); n < 20*paid {
		t.Errorf("%d active and %d paid on one day", n, paid)
	}
	if len(active[0]) != 35 || len(events[0]) != 29 || len(people[0]) != 26 {
		t.Errorf("%d, %d and %d columns", len(active[0]), len(events[0]), len(people[0]))
	}
}

func TestReportsAreRefused(t *testing.T) {
	c := newCaller(t, Options{HourlyLimit: 10000})
	for _, tt := range []struct {
		path   string
		status int
		code   string
		words  string
	}{
		{salesPath("SUBSCRIPTION", "SUMMARY", "DAILY", "2026-11-20", ""), 400, "PARAMETER_ERROR.INVALID", "Please include the version parameter. The latest version for this report is 1_4."},
		{salesPath("SUBSCRIPTION", "SUMMARY", "DAILY", "2026-11-20", "1_3"), 400, "PARAMETER_ERROR.INVALID", "is invalid. The latest version for this report is 1_4."},
		{salesPath("SUBSCRIPTION", "SUMMARY", "DAILY", "", "1_4"), 404, "NOT_FOUND", "There were no sales for the date specified."},
		{salesPath("SUBSCRIPTION", "SUMMARY", "WEEKLY", "2026-11-20", "1_4"), 400, "PARAMETER_ERROR.INVALID", "Invalid combination"},
		{salesPath("SALES", "DETAILED", "DAILY", "2026-11-20", ""), 400, "PARAMETER_ERROR.INVALID", "Invalid combination"},
		{salesPath("SALES", "SUMMARY", "DAILY", "2026-11-20", "1_2"), 400, "PARAMETER_ERROR.INVALID", "is invalid. The latest version for this report is 1_1."},
		{salesPath("SALES", "SUMMARY", "DAILY", "20.11.2026", ""), 400, "PARAMETER_ERROR.INVALID", "not a valid date"},
		{salesPath("SALES", "SUMMARY", "DAILY", "2026-11-24", ""), 404, "NOT_FOUND", "Report is not available yet."},
		{salesPath("SALES", "SUMMARY", "DAILY", "2025-11-20", ""), 410, "NOT_FOUND", "Report is no longer available."},
		{salesPath("SALES", "SUMMARY", "WEEKLY", "2026-11-20", ""), 400, "PARAMETER_ERROR.INVALID", "Sunday"},
		{salesPath("SALES", "SUMMARY", "MONTHLY", "2026-11", ""), 404, "NOT_FOUND", "Report is not available yet."},
		{salesPath("PRE_ORDER", "SUMMARY", "DAILY", "2026-11-20", "1_0"), 404, "NOT_FOUND", "There were no sales"},
		{salesPath("INSTALLS", "SUMMARY_CHANNEL", "YEARLY", "2025", "1_0"), 404, "NOT_FOUND", "There were no sales"},
		{salesPath("WIN_BACK_ELIGIBILITY", "SUMMARY", "DAILY", "yesterday", "1_0"), 400, "PARAMETER_ERROR.INVALID", "not a valid date"},
		{strings.Replace(salesOfYesterday, vendor, "80000000", 1), 500, "UNEXPECTED_ERROR", "An unexpected error occurred."},
		{financePath("FINANCIAL", "ZZ", "2027-01"), 404, "NOT_FOUND", "There were no sales for the date specified."}, // which has just begun
		{financePath("FINANCIAL", "Z1", "2026-01"), 404, "NOT_FOUND", "There were no sales"},
		{financePath("FINANCE_DETAIL", "US", "2026-01"), 404, "NOT_FOUND", "There were no sales"},
		{financePath("FINANCIAL", "TR", "2026-01"), 404, "NOT_FOUND", "There were no sales"},
		{financePath("FINANCIAL", "DE", "2026-01"), 404, "NOT_FOUND", "There were no sales"}, // which belongs to EU
		{financePath("FINANCIAL", "US", "2026-13"), 400, "PARAMETER_ERROR.INVALID", "fiscal year and period"},
		{financePath("FINANCIAL", "US", "2026-01-05"), 400, "PARAMETER_ERROR.INVALID", "fiscal year and period"},
		{strings.Replace(financePath("FINANCIAL", "US", "2026-01"), vendor, "80000000", 1), 500, "UNEXPECTED_ERROR", "An unexpected error occurred."},
	} {
		if strings.Contains(tt.path, "2027-01") {
			c.now = time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)
		} else {
			c.now = noon
		}
		c.says(tt.status, tt.code, tt.words, "GET", tt.path, nil)
	}
	r := c.request("GET", salesOfYesterday, nil)
	r.Header.Set("Accept", "application/json")
	if w := c.send(r); w.Code != 406 || w.Header().Get("Content-Type") != "text/plain" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, o := range []Options{{KeyRoles: []string{"SALES"}}, {Individual: true}} {
		newCaller(t, o).says(403, "FORBIDDEN_ERROR", "The API key in use", "GET", financePath("FINANCIAL", "US", "2026-01"), nil)
	}
	newCaller(t, Options{KeyRoles: []string{"FINANCE"}}).ask("GET", financePath("FINANCIAL", "US", "2026-01"), nil)
}

func financePath(typ, region, date string) string {
	return "/v1/financeReports?filter[vendorNumber]=" + vendor + "&filter[reportType]=" + typ + "&filter[regionCode]=" + region + "&filter[reportDate]=" + date
}

// The periods are those of Apple's calendar.
func TestFiscalPeriods(t *testing.T) {
	for name, want := range map[string]string{
		"2023-01": "2022-09-25 2022-10-29", "2023-03": "2022-11-27 2022-12-31", "2023-05": "2023-02-05 2023-03-04", "2023-08": "2023-05-07 2023-06-03",
		"2026-01": "2025-09-28 2025-11-01", "2026-03": "2025-11-30 2025-12-27", "2026-12": "2026-08-30 2026-09-26", "2027-01": "2026-09-27 2026-10-31",
		"2028-03": "2027-11-28 2028-01-01", "2028-12": "2028-09-03 2028-09-30",
	} {
		var year, period int
		if _, err := fmt.Sscanf(name, "%d-%d", &year, &period); err != nil {
			t.Fatal(err)
		}
		first, last := fiscalPeriod(year, period)
		if got := first.Format(time.DateOnly) + " " + last.Format(time.DateOnly); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestFinancialReports(t *testing.T) {
	c := newCaller(t, Options{})
	rows := c.report(financePath("FINANCIAL", "US", "2026-12"))
	footer := rows[len(rows)-3:]
	body := rows[:len(rows)-3]
	units := column(t, body, "Quantity", func(func(string) string) bool { return true })
	if footer[0][0] != "Total_Rows" || footer[0][1] != fmt.Sprint(len(body)-1) || footer[1][0] != "Total_Amount" || footer[2][0] != "Total_Units" || footer[2][1] != fmt.Sprint(units) {
		t.Errorf("%v, %d units", footer, units)
	}
	cents := func(s string) int {
		n, err := strconv.Atoi(strings.Replace(s, ".", "", 1))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	total, returns := 0, 0
	for _, r := range body[1:] {
		quantity, err := strconv.Atoi(r[5])
		if err != nil || r[0] != "08/30/2026" || r[1] != "09/26/2026" || r[17] != "US" || r[8] != "USD" || strings.HasPrefix(r[6], "-") {
			t.Fatalf("%v %v", r, err)
		}
		if cents(r[7]) != quantity*cents(r[6]) || (r[9] == "R") != (quantity < 0) {
			t.Errorf("%v", r)
		}
		if quantity < 0 {
			returns++
		}
		total += cents(r[7])
	}
	if total != cents(footer[1][1]) || returns == 0 {
		t.Errorf("%d and %v, %d returns", total, footer[1], returns)
	}
	if all := c.report(financePath("FINANCIAL", "ZZ", "2026-12")); len(all) <= len(rows) || all[len(all)-2][0] != "Total_Rows" {
		t.Errorf("%v", all[len(all)-3:])
	}
	if eu := c.report(financePath("FINANCIAL", "EU", "2026-12")); eu[1][8] != "EUR" {
		t.Errorf("%v", eu[1])
	}
}

func TestFinanceDetails(t *testing.T) {
	c := newCaller(t, Options{})
	rows := c.report(financePath("FINANCE_DETAIL", "Z1", "2026-12"))
	if rows[0][0] != "Vendor Name" || rows[1][1] != "08/30/2026" || rows[3][0] != "Transaction Date" || len(rows[4]) != len(rows[3])+1 || rows[4][18] != "" {
		t.Errorf("%v", rows[:5])
	}
	last := 4
	for rows[last][0] != "Country Of Sale" {
		last++
	}
	if n := len(rows) - last - 1; n != len(markets) {
		t.Errorf("%d countries in the summary", n)
	}
}

func TestAnalytics(t *testing.T) {
	c := newCaller(t, Options{})
	_, d := c.ask("GET", "/v1/apps/"+haloID+"/analyticsReportRequests?include=reports&filter[accessType]=ONGOING", nil)
	request := d.all(t)[0]
	_, d = c.ask("GET", "/v1/analyticsReportRequests/"+request.ID+"/reports?filter[category]=COMMERCE&filter[name]="+escaped("App Store Downloads Standard"), nil)
	report := d.all(t)[0]
	if len(d.all(t)) != 1 || !strings.HasSuffix(report.ID, "-"+request.ID) {
		t.Errorf("%+v", report)
	}
	instances := func() []res {
		_, d := c.ask("GET", "/v1/analyticsReports/"+report.ID+"/instances?filter[granularity]=DAILY&limit=200", nil)
		return d.all(t)
	}
	before := instances()
	if len(before) != 11 || before[10].Attributes["processingDate"] != "2026-11-24" {
		t.Fatalf("%d, the last of %v", len(before), before[len(before)-1].Attributes)
	}
	_, d = c.ask("GET", "/v1/analyticsReportInstances/"+before[10].ID+"/segments", nil)
	total := 0
	for _, seg := range d.all(t) {
		total += c.segment(seg)
	}
	want := 0
	for _, day := range []string{"2026-11-21", "2026-11-22"} {
		at, _ := time.Parse(time.DateOnly, day)
		for _, s := range soldOf(products, 0, at) {
			if s.sku == "HALO" && !s.refund && s.units >= fewest {
				want += s.units
			}
		}
	}
	if len(d.all(t)) != 2 || total != want || total == 0 {
		t.Errorf("%d downloads in %d parts, %d sold", total, len(d.all(t)), want)
	}
	c.wait(2 * aDay)
	if after := instances(); len(after) != len(before)+2 {
		t.Errorf("%d instances two days later", len(after))
	}
	c.wait(100 * aDay)
	if n := len(instances()); n < 30 || n > 40 {
		t.Errorf("%d instances are kept", n)
	}
}

// segment fetches a part of a report and adds up its counts.
func (c *caller) segment(seg res) (sum int) {
	c.t.Helper()
	link := seg.Attributes["url"].(string)
	w := c.file(link)
	hash := md5.Sum(w.Body.Bytes())
	if w.Code != 200 || float64(w.Body.Len()) != seg.Attributes["sizeInBytes"] || hex.EncodeToString(hash[:]) != seg.Attributes["checksum"] {
		c.t.Errorf("%d, %d bytes, %x: %v", w.Code, w.Body.Len(), hash, seg.Attributes)
	}
	r := httptest.NewRequest("GET", link, nil)
	r.Header.Set("Authorization", "Bearer "+c.token(nil))
	if refused := c.send(r); refused.Code != 400 || !strings.Contains(refused.Body.String(), "<Error>") {
		c.t.Errorf("with a token: %d %s", refused.Code, refused.Body)
	}
	rows := unzip(c.t, w.Body.Bytes())
	for _, r := range rows[1:] {
		if len(r) != len(rows[0]) {
			c.t.Fatalf("%v under %v", r, rows[0])
		}
	}
	return column(c.t, rows, "Counts", func(func(string) string) bool { return true })
}

func TestAnalyticsAreAskedFor(t *testing.T) {
	c := newCaller(t, Options{})
	body := func(app, kind string) map[string]any {
		return entityOf("analyticsReportRequests", "", map[string]any{"accessType": kind}, map[string]any{"app": toOne("apps", app)})
	}
	c.says(409, "STATE_ERROR", "already", "POST", "/v1/analyticsReportRequests", body(haloID, "ONGOING"))
	id := c.made("/v1/analyticsReportRequests", body(pebbleID, "ONGOING"))
	once := c.made("/v1/analyticsReportRequests", body(haloID, "ONE_TIME_SNAPSHOT"))
	reports := func(id string) []res {
		_, d := c.ask("GET", "/v1/analyticsReportRequests/"+id+"/reports", nil)
		return d.all(t)
	}
	if n := len(reports(id)); n != 0 {
		t.Errorf("%d reports at once", n)
	}
	c.wait(firstReports)
	all := reports(id)
	if len(all) != len(analyticsKinds) || len(reports(once)) != len(analyticsKinds) {
		t.Fatalf("%d reports", len(all))
	}
	for _, r := range all {
		_, d := c.ask("GET", "/v1/analyticsReports/"+r.ID+"/instances?filter[granularity]=DAILY", nil)
		_, d = c.ask("GET", "/v1/analyticsReportInstances/"+d.all(t)[0].ID+"/segments", nil)
		for _, seg := range d.all(t) {
			if w := c.file(seg.Attributes["url"].(string)); len(unzip(t, w.Body.Bytes())[0]) < 8 {
				t.Errorf("%v: %v", r.Attributes["name"], w.Body)
			}
		}
	}
	stopped := c.find("analyticsReportRequests", "stoppedDueToInactivity", true)
	c.ask("DELETE", "/v1/analyticsReportRequests/"+stopped, nil)
	c.made("/v1/analyticsReportRequests", body(tideID, "ONGOING"))
	c.ask("DELETE", "/v1/analyticsReportRequests/"+id, nil)
	c.says(404, "NOT_FOUND", all[0].ID, "GET", "/v1/analyticsReports/"+all[0].ID, nil)
	narrow := newCaller(t, Options{KeyRoles: []string{"SALES"}})
	narrow.ask("GET", "/v1/apps/"+haloID+"/analyticsReportRequests", nil)
	narrow.says(403, "FORBIDDEN_ERROR", "The API key in use", "POST", "/v1/analyticsReportRequests", body(pebbleID, "ONGOING"))
}
