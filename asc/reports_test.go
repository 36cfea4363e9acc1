package asc

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
)

const most = 64 << 20

// salesText makes a SALES report of rows that fill only some columns.
func salesText(order []string, rows ...map[string]string) string {
	text := strings.Join(order, "\t") + "\n"
	for _, row := range rows {
		var cells []string
		for _, name := range order {
			cells = append(cells, row[name])
		}
		text += strings.Join(cells, "\t") + "\n"
	}
	return text
}

func zip(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.Bytes()
}

var sold = map[string]string{
	"SKU": "com.example.coins", "Title": `"Coins" and 'more`, "Product Type Identifier": "IA1", "Units": "3", "Developer Proceeds": ".7", "Begin Date": "11/23/2026", "End Date": "2026-11-23",
	"Customer Currency": "EUR", "Country Code": "DE", "Currency of Proceeds": "EUR", "Apple Identifier": "145", "Customer Price": "0.99", "Parent Identifier": "HALO",
	"Promo Code": " ", "Order Type": "", "Provider": "APPLE",
}

var free = map[string]string{
	"SKU": "HALO", "Title": "Halo", "Product Type Identifier": "1F", "Units": "12", "Developer Proceeds": "0", "Currency of Proceeds": " ", "Customer Currency": "EUR",
	"Country Code": "DE", "Apple Identifier": "144", "Customer Price": "0", "Parent Identifier": " ",
}

var refund = map[string]string{
	"SKU": "com.example.coins", "Title": "Coins", "Product Type Identifier": "IA1", "Units": "-1.00", "Developer Proceeds": "0.70", "Currency of Proceeds": "EUR", "Customer Currency": "EUR",
	"Country Code": "DE", "Apple Identifier": "145", "Customer Price": "-.99", "Parent Identifier": "HALO",
}

func TestSalesRowsAreReadAsTheyAre(t *testing.T) {
	names := strings.Split(salesHeader, "\t")
	reversed := append([]string{"A new column"}, names...)
	for i, j := 1, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	upper := strings.Split(strings.ToUpper(salesHeader), "\t")
	plain := salesText(names, sold, free, refund)
	for name, file := range map[string][]byte{
		"packed":              zip(plain),
		"unpacked":            []byte(plain),
		"columns anywhere":    zip(salesText(reversed, sold, free, refund)),
		"CRLF":                zip(strings.ReplaceAll(plain, "\n", "\r\n")),
		"tabs at the end":     zip(strings.ReplaceAll(plain, "\n", "\t\n")),
		"rows with one more":  zip(strings.Replace(strings.ReplaceAll(plain, "\n", "\t\n"), "\t\n", "\n", 1)),
		"no end of line":      zip(strings.TrimSuffix(plain, "\n")),
		"a byte order mark":   zip("\uFEFF" + plain),
		"blank lines":         zip("\n" + plain + "\n \n"),
		"capitals":            zip(strings.Replace(plain, salesHeader, strings.Join(upper, "\t"), 1)),
		"two gzip files":      append(zip(plain[:200]), zip(plain[200:])...),
		"the columns of 2015": zip(salesText(names[:22], sold, free, refund)),
	} {
		rows, err := everyone(ReadSales(bytes.NewReader(file), most))
		if err != nil || len(rows) != 3 {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
			continue
		}
		got := []string{rows[0].Title, rows[0].Units.String(), rows[0].Proceeds.String(), rows[0].PromoCode, rows[0].ParentID, rows[1].ProceedsCurrency, rows[1].Units.String(),
			rows[2].Units.String(), rows[2].CustomerPrice.String(), rows[2].Proceeds.String()}
		if diff := cmp.Diff([]string{`"Coins" and 'more`, "3", "0.7", "", "HALO", "", "12", "-1.00", "-0.99", "0.70"}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		units := decimal.Zero
		for row, err := range SumSales(bytes.NewReader(file), most) {
			if err != nil {
				t.Errorf("%s, summed: %v", name, err)
			}
			units, _ = units.Add(row.Units)
		}
		if units.Cmp(decimal.MustNew(14, 0)) != 0 {
			t.Errorf("%s, summed: %s units", name, units)
		}
		if rows[0].Begin != "2026-11-23" || rows[0].End != "2026-11-23" {
			t.Errorf("%s: the days are %s and %s", name, rows[0].Begin, rows[0].End)
		}
	}
}

// TestBrokenReportsNameTheLine breaks reports, for both ways of reading them.
func TestBrokenReportsNameTheLine(t *testing.T) {
	names := strings.Split(salesHeader, "\t")
	plain := salesText(names, sold, free, refund)
	with := func(name, value string) string {
		row := map[string]string{}
		for k, v := range free {
			row[k] = v
		}
		row[name] = value
		return salesText(names, sold, row)
	}
	packed := zip(plain + strings.Repeat(string(randomRow(rand.New(rand.NewPCG(1, 1)))), 1000))
	damaged := bytes.Clone(packed)
	damaged[len(damaged)/2] ^= 0x55
	for name, tt := range map[string]struct {
		file []byte
		line int
		want string
	}{
		"nothing":                {nil, 1, "empty"},
		"an empty gzip file":     {zip(""), 1, "empty"},
		"HTML":                   {[]byte("<html><title>Login</title>"), 1, "an HTML page, “Login”"},
		"JSON":                   {[]byte(`{"errors":[]}`), 1, "no report"},
		"missing columns":        {zip("SKU\tUnits\n"), 1, "columns are missing: Title, Product Type Identifier, Developer Proceeds"},
		"a million columns":      {[]byte(strings.Repeat("\t", 900_000) + "x\n"), 1, "more than 500 columns"},
		"a column twice":         {zip(salesHeader + "\tUnits\n"), 1, "Units is there twice"},
		"a cell too few":         {zip(plain + "APPLE\tUS\n"), 5, "it has 2 cells, and the header has 28"},
		"cells too many":         {zip(strings.TrimSuffix(plain, "\n") + "\tx\n"), 4, "cells"},
		"cut off":                {packed[:len(packed)-500], 0, "cut off"},
		"cut off at the header":  {packed[:12], 1, "cut off"},
		"damaged":                {damaged, 0, ""},
		"a checksum":             {append(packed[:len(packed)-8:len(packed)-8], 1, 2, 3, 4, 5, 6, 7, 8), 0, "damaged"},
		"a bomb":                 {zip(salesHeader + "\n" + strings.Repeat(strings.Repeat("\t", 27)+"\n", most/20)), 0, "more than 64 MiB"},
		"a line without end":     {zip(salesHeader + "\n" + strings.Repeat("x", 3<<20)), 2, "more than 1024 KiB"},
		"units that are a word":  {zip(with("Units", "many")), 3, "column Units (“many”)"},
		"no units":               {zip(with("Units", " ")), 3, "column Units"},
		"units in thousands":     {zip(with("Units", "1,000")), 3, "column Units (“1,000”)"},
		"too many digits":        {zip(with("Units", strings.Repeat("9", 40))), 3, "column Units"},
		"a price with a symbol":  {zip(with("Customer Price", "€1")), 3, "column Customer Price"},
		"an amount of two signs": {zip(with("Developer Proceeds", "--1")), 3, "column Developer Proceeds"},
	} {
		for how, read := range map[string]func(io.Reader, int64) iter.Seq2[SalesRow, error]{"ReadSales": ReadSales, "SumSales": SumSales} {
			_, err := everyone(read(bytes.NewReader(tt.file), most))
			e, ok := errors.AsType[*ReportError](err)
			if !ok || tt.line > 0 && e.Line != tt.line || !strings.Contains(e.Error(), tt.want) {
				t.Errorf("%s, %s: got %v (%T)", name, how, err, err)
			}
		}
	}
	if _, err := everyone(ReadTable(strings.NewReader(strings.Repeat("\t", 900_000)+"x\n"), most)); err == nil || !strings.Contains(err.Error(), "more than 500 columns") {
		t.Errorf("a table of a million columns: %v", err)
	}
	if _, err := everyone(ReadSales(strings.NewReader(with("Begin Date", "23.11.2026")), most)); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("a day of another form: %v", err)
	}
}

// TestSumsComeToTheSame compares SumSales with ReadSales over random reports.
func TestSumsComeToTheSame(t *testing.T) {
	type key struct{ sku, id, parent, kind, country, money, sub, price string }
	total := func(rows iter.Seq2[SalesRow, error]) (sums map[key][2]string, n int) {
		units, amounts := map[key]decimal.Decimal{}, map[key]decimal.Decimal{}
		for r, err := range rows {
			if err != nil {
				t.Fatal(err)
			}
			k := key{r.SKU, r.AppleID, r.ParentID, r.ProductType, r.Country, r.ProceedsCurrency, r.Subscription, r.CustomerPrice.String()}
			units[k], _ = units[k].Add(r.Units)
			amount, _ := r.Units.Mul(r.Proceeds)
			amounts[k], _ = amounts[k].Add(amount)
			n++
		}
		sums = map[key][2]string{}
		for k := range units {
			sums[k] = [2]string{units[k].Trim(0).String(), amounts[k].Trim(0).String()}
		}
		return sums, n
	}
	for seed := range uint64(5) {
		random := rand.New(rand.NewPCG(seed, 7))
		var b bytes.Buffer
		b.WriteString(salesHeader + "\n")
		for range 4000 {
			row := randomRow(random)
			if random.IntN(40) == 0 { // units that are no plain number
				row = bytes.Replace(row, []byte("\t1F\t"), []byte("\t1F\t0.50\t"), 1)
				row = bytes.Replace(row, []byte("0.50\t"+strings.Split(string(row), "\t")[8]+"\t"), []byte("0.50\t"), 1)
			}
			b.Write(row)
		}
		file := shuffled(random, b.String())
		want, rows := total(ReadSales(strings.NewReader(file), most))
		got, groups := total(SumSales(strings.NewReader(file), most))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
		if groups >= rows/2 {
			t.Errorf("%d rows were put together into %d", rows, groups)
		}
	}
}

// shuffled is a report with its columns in another order.
func shuffled(random *rand.Rand, report string) string {
	var b strings.Builder
	order := random.Perm(strings.Count(salesHeader, "\t") + 1)
	for line := range strings.Lines(report) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for i, from := range order {
			b.WriteString(cells[from])
			b.WriteByte("\t\n"[i/(len(order)-1)])
		}
	}
	return b.String()
}

func TestSalesAndRefundsAreNotAddedUp(t *testing.T) {
	credit := map[string]string{}
	for name, cell := range sold {
		credit[name] = cell
	}
	credit["Units"], credit["Device"] = "-2", "iPad"
	rows, err := everyone(SumSales(strings.NewReader(salesText(strings.Split(salesHeader, "\t"), sold, credit, sold, credit)), most))
	if err != nil || len(rows) != 2 || rows[0].Units.String() != "6" || rows[1].Units.String() != "-4" || rows[0].Title != sold["Title"] || rows[1].Device != "" {
		t.Errorf("got %+v, %v", rows, err)
	}
}

func TestTabsAreFound(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		line := make([]byte, random.IntN(60))
		for i := range line {
			line[i] = "\t\x08\x89\x0aa\xff\x00"[random.IntN(7)]
		}
		at := make([]int32, 4)
		n := tabs(line, at)
		if n != min(bytes.Count(line, []byte("\t")), len(at)) {
			t.Fatalf("%q: %d tabs", line, n)
		}
		from := 0
		for i := range min(n, len(at)) {
			from += bytes.IndexByte(line[from:], '\t')
			if int(at[i]) != from {
				t.Fatalf("%q: tab %d at %d, not %d", line, i, at[i], from)
			}
			from++
		}
	}
}

func TestSubscriptionReports(t *testing.T) {
	older := strings.NewReplacer("Active Standard Price Subscriptions", "Active Subscriptions", "App Name", "APP NAME").Replace(sampleReports["SUBSCRIPTION"])
	rows, err := everyone(ReadSubscriptions(strings.NewReader(older+"Halo\t144\tGold\t145\t4.99\tEUR\t3.49\tEUR\tAT\t \n"), most))
	if err != nil || len(rows) != 2 || rows[0].Active.String() != "12" || rows[1].Active != nil || rows[0].Subscribers != nil || rows[0].App != "Halo" {
		t.Errorf("got %+v, %v", rows, err)
	}
	events, err := everyone(ReadSubscriptionEvents(strings.NewReader(sampleReports["SUBSCRIPTION_EVENT"]+"11/23/2026\tA new event\t144\t145\tDE\t1\n"), most))
	if err != nil || len(events) != 2 || events[0].Date != "2026-11-22" || events[1].Date != "2026-11-23" || events[1].Event != "A new event" || events[0].Quantity.String() != "3" {
		t.Errorf("got %+v, %v", events, err)
	}
	subscribers, err := everyone(ReadSubscribers(strings.NewReader(sampleReports["SUBSCRIBER"]), most))
	if err != nil || len(subscribers) != 1 || subscribers[0].SubscriberID != "9001" || subscribers[0].Date != "2026-11-22" {
		t.Errorf("got %+v, %v", subscribers, err)
	}
}

func TestFinanceReports(t *testing.T) {
	sample := sampleReports["FINANCIAL"]
	header, rest, _ := strings.Cut(sample, "\n")
	row, footer, _ := strings.Cut(rest, "\n")
	for name, tt := range map[string]struct {
		text string
		rows int
		want string
	}{
		"with its footer":         {sample, 1, ""},
		"with a longer footer":    {sample + "Total_Amount\t1.40\t\nTotal_Units\t2\n", 1, ""},
		"without a footer":        {header + "\n" + row + "\n", 1, ""},
		"no rows":                 {header + "\nTotal_Rows\t0\n", 0, ""},
		"rows that were lost":     {header + "\nTotal_Rows\t1\n", 0, "line 2 of the report: the footer says that there are 1 rows, and there were 0"},
		"a footer that is wrong":  {strings.Replace(sample, "Total_Rows\t1", "Total_Rows\tx", 1), 1, "line 3"},
		"a row after the footer":  {header + "\n" + row + "\n" + footer + row + "\n", 1, "line 4 of the report: a row after the end of the rows"},
		"a row with a broken day": {header + "\n" + strings.Replace(row, "09/28", "9-28", 1) + "\n" + row + "\n", 0, "line 3 of the report: a row after the end"},
	} {
		rows, err := everyone(ReadFinancial(bytes.NewReader(zip(tt.text)), most))
		if len(rows) != tt.rows || (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
	rows, err := everyone(ReadFinanceDetail(strings.NewReader(sampleReports["FINANCE_DETAIL"]), most))
	if err != nil || len(rows) != 1 || rows[0].ExtendedShare.String() != "1.4" || rows[0].SettlementDate != "2025-10-05" {
		t.Errorf("got %+v, %v", rows, err)
	}
	tabbed := strings.ReplaceAll(sampleReports["FINANCE_DETAIL"], "\tS\n", "\tS\t\n")
	if rows, err := everyone(ReadFinanceDetail(strings.NewReader(tabbed), most)); err != nil || len(rows) != 1 {
		t.Errorf("with a tab at the end: %d rows, %v", len(rows), err)
	}
	if _, err := everyone(ReadFinanceDetail(strings.NewReader("Vendor Name\tHalo\n"+strings.Repeat("x\ty\n", 50)), most)); err == nil || !strings.Contains(err.Error(), "columns are missing") {
		t.Errorf("without a header: %v", err)
	}
}

func TestAReportOfAnotherVersionIsReadOnce(t *testing.T) {
	for detail, again := range map[string]bool{
		"The version parameter you have specified is invalid. The latest version for this report is 1_4.": true,
		"Please include the version parameter. The latest version for this report is 1_4.":                true,
		"The version parameter you have specified is invalid.":                                            false,
	} {
		bubble(t, detail, func(t *testing.T) {
			c, s := start(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.URL.Query().Get("filter[version]") != "1_4" {
					refuse(w, 400, "PARAMETER_ERROR.INVALID", detail)
					return
				}
				w.Write(zip(sampleReports["SUBSCRIPTION"]))
			})
			for range 2 {
				if err := drained(c.SubscriptionReport(t.Context(), aDay)); (err == nil) != again {
					t.Errorf("got %v", err)
				}
			}
			if again {
				s.want(3) // the version is remembered
			} else {
				s.want(2)
			}
			if got := s.calls()[0].Accept; got != "application/a-gzip" {
				t.Errorf("it accepts %s", got)
			}
		})
	}
	bubble(t, "a version that is refused again", func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			refuse(w, 400, "PARAMETER_ERROR.INVALID", fmt.Sprintf("The latest version for this report is 1_%d.", n))
		})
		if err := drained(c.SalesReport(t.Context(), aDay)); !is[*Error](err) {
			t.Errorf("got %v", err)
		}
		s.want(2)
	})
}

// TestFilesAreFetchedWithoutTheToken serves a segment and looks at what is asked.
func TestFilesAreFetchedWithoutTheToken(t *testing.T) {
	file := zip("Date\tApp Name\tCounts\n2026-11-22\t\"Halo\"\t5\n2026-11-23\tHalo\t7\n")
	md, sha := md5.Sum(file), sha256.Sum256(file)
	size := int64(len(file))
	for name, tt := range map[string]struct {
		segment AnalyticsSegment
		status  int
		want    string
	}{
		"MD5":                 {AnalyticsSegment{Checksum: hex.EncodeToString(md[:]), Size: size}, 200, ""},
		"MD5 in base64":       {AnalyticsSegment{Checksum: base64.StdEncoding.EncodeToString(md[:]), Size: size}, 200, ""},
		"SHA-256":             {AnalyticsSegment{Checksum: strings.ToUpper(hex.EncodeToString(sha[:])), Size: size}, 200, ""},
		"no checksum":         {AnalyticsSegment{Size: size}, 200, ""},
		"an unknown checksum": {AnalyticsSegment{Checksum: "abc"}, 200, ""},
		"another file":        {AnalyticsSegment{Checksum: strings.Repeat("0", 32), Size: size}, 200, "its checksum is another"},
		"a shorter file":      {AnalyticsSegment{Size: size + 1}, 200, "bytes of"},
		"a longer file":       {AnalyticsSegment{Size: size - 1}, 200, "bytes of"},
		"expired":             {AnalyticsSegment{}, 403, "its address may have expired"},
	} {
		bubble(t, name, func(t *testing.T) {
			c, s := start(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if _, sent := r.Header["Authorization"]; sent {
					t.Error("the token was sent to another place")
				}
				w.Header().Set("X-Rate-Limit", "user-hour-lim:10;user-hour-rem:0;")
				w.WriteHeader(tt.status)
				w.Write(file)
			})
			tt.segment.URL = "http://localhost/bucket/file.gz?signature=x"
			rows, err := everyone(c.AnalyticsRows(t.Context(), tt.segment))
			if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "signature")) {
				t.Errorf("got %v", err)
			}
			if err == nil && (len(rows) != 2 || rows[0].Get("app name") != `"Halo"` || rows[1].Get("Counts") != "7" || rows[0].Get("none") != "") {
				t.Errorf("got %v", rows)
			}
			if Forbidden(err) {
				t.Error("the refusal of a file is taken for one of Apple's")
			}
			s.want(1)
			if c.RateLimit().HourLimit != 0 {
				t.Error("the budget was learnt from a stranger")
			}
		})
	}
}

func TestTheRowsOfARecord(t *testing.T) {
	rows, err := everyone(ReadTable(strings.NewReader("A\tB\n1\t2\n"), most))
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	var got []string
	for name, cell := range rows[0].All() {
		got = append(got, name+"="+cell)
	}
	if diff := cmp.Diff([]string{"A=1", "B=2"}, got); diff != "" || len(rows[0].Names()) != 2 {
		t.Error(diff)
	}
}
