package asc

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/klauspost/compress/gzip"
)

// BenchmarkAMillionRows sums a SALES SUMMARY report of a million rows by app,
// country, kind and currency, in a process of its own, beside `gzip -dc` of the
// same file: once with SumSales, and once row by row with ReadSales. It reports
// the ratio of the two in CPU time, start of the processes included, and the
// memory of ours:
//
//	go test ./asc -run '^$' -bench AMillionRows -benchtime 5x
//
// The machine may be busy with other things: compare the ratio, not the times.
func BenchmarkAMillionRows(b *testing.B) {
	file := millionRows(b)
	for _, how := range []string{"SumSales", "ReadSales"} {
		b.Run(how, func(b *testing.B) { besideGzip(b, file, how) })
	}
}

func besideGzip(b *testing.B, file, how string) {
	var ours, theirs time.Duration
	var memory int64
	for b.Loop() {
		sum := exec.Command(os.Args[0], "-test.run", "^TestSumOfAReport$")
		sum.Env = append(os.Environ(), "ASC_SUM_REPORT="+file, "ASC_SUM_HOW="+how)
		if out, err := sum.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		unzip := exec.Command("gzip", "-dc", file) // its output goes nowhere
		if err := unzip.Run(); err != nil {
			b.Skip("no gzip to compare with: ", err)
		}
		ours, theirs = ours+cpu(sum), theirs+cpu(unzip)
		memory = max(memory, sum.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "ratio")
	b.ReportMetric(ours.Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(theirs.Seconds()/float64(b.N), "gzip-cpu-s/op")
	b.ReportMetric(float64(memory)/1024, "MiB")
}

func cpu(c *exec.Cmd) time.Duration { return c.ProcessState.UserTime() + c.ProcessState.SystemTime() }

// TestSumOfAReport is the process that the benchmark starts; as a test it does
// nothing.
func TestSumOfAReport(t *testing.T) {
	name := os.Getenv("ASC_SUM_REPORT")
	if name == "" {
		t.Skip("it is a part of BenchmarkAMillionRows")
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read := SumSales
	if os.Getenv("ASC_SUM_HOW") == "ReadSales" {
		read = ReadSales
	}
	type key struct{ app, country, kind, currency string }
	sums := map[key]decimal.Decimal{}
	units := decimal.Zero
	for row, err := range read(f, 1<<30) {
		if err != nil {
			t.Fatal(err)
		}
		amount, err := row.Units.Mul(row.Proceeds)
		if err != nil {
			t.Fatal(err)
		}
		at := key{row.AppleID, row.Country, row.ProductType, row.ProceedsCurrency}
		if sums[at], err = sums[at].Add(amount); err != nil {
			t.Fatal(err)
		}
		if units, err = units.Add(row.Units); err != nil {
			t.Fatal(err)
		}
	}
	if len(sums) < 1000 || units.Cmp(decimal.MustNew(1_000_000, 0)) < 0 {
		t.Errorf("%s units in %d groups", units, len(sums))
	}
}

// millionRows writes the report, once for all benchmarks of a run.
func millionRows(b *testing.B) string {
	name := filepath.Join(b.TempDir(), "sales.tsv.gz")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	packed, _ := gzip.NewWriterLevel(f, 6)
	w := bufio.NewWriterSize(packed, 1<<20)
	w.WriteString(salesHeader + "\n")
	random := rand.New(rand.NewPCG(1, 2))
	for range 1_000_000 {
		w.Write(randomRow(random))
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		b.Fatal(err)
	}
	return name
}

const salesHeader = "Provider\tProvider Country\tSKU\tDeveloper\tTitle\tVersion\tProduct Type Identifier\tUnits\tDeveloper Proceeds\t" +
	"Begin Date\tEnd Date\tCustomer Currency\tCountry Code\tCurrency of Proceeds\tApple Identifier\tCustomer Price\tPromo Code\t" +
	"Parent Identifier\tSubscription\tPeriod\tCategory\tCMB\tDevice\tSupported Platforms\tProceeds Reason\tPreserved Pricing\tClient\tOrder Type"

var (
	benchCountries = []string{"US", "DE", "FR", "JP", "GB", "CA", "AU", "BR", "IN", "MX", "IT", "ES", "NL", "SE", "CH", "PL", "TR", "KR", "CN", "TH"}
	benchMoney     = []string{"USD", "EUR", "EUR", "JPY", "GBP", "CAD", "AUD", "BRL", "INR", "MXN", "EUR", "EUR", "EUR", "SEK", "CHF", "PLN", "TRY", "KRW", "CNY", "THB"}
	benchKinds     = []string{"1F", "1F", "3F", "7F", "IA", "IA", "IA", "IA"}
	benchDevices   = []string{"iPhone", "iPhone", "iPhone", "iPad", "Desktop", "Apple TV"}
)

// few draws from so many, the first ones most often, as apps and countries sell.
func few(random *rand.Rand, n int) int {
	return min(int(random.ExpFloat64()*float64(n)/5), n-1)
}

// randomRow is a row as Apple writes them: empty cells are spaces in some
// columns and nothing in others.
func randomRow(random *rand.Rand) []byte {
	app, at := few(random, 12), few(random, len(benchCountries))
	item := few(random, 8)
	kind := benchKinds[random.IntN(len(benchKinds))]
	if kind == "IA" { // a product is of one kind
		kind = []string{"IA1", "IAY", "IA9"}[item%3]
	}
	price, proceeds, money, parent, sub, period := "0", "0", " ", " ", " ", " "
	sku, id := fmt.Sprintf("com.example.app%d", app), 1440000000+app*1000
	if kind[0] == 'I' {
		cents := 99 + 100*((app+item+at)%60) // a product has one price in a country
		id += 1 + item
		price, proceeds = fmt.Sprintf("%d.%02d", cents/100, cents%100), fmt.Sprintf("%d.%02d", cents*7/1000, cents*7/10%100)
		money, parent, sku = benchMoney[at], sku, fmt.Sprintf("%s.item%d", sku, item)
		if kind == "IAY" {
			sub, period = []string{"New", "Renewal"}[random.IntN(2)], []string{"1 Month", "1 Year", "7 Days"}[random.IntN(3)]
		}
	}
	units := 1 + random.IntN(20)
	if random.IntN(50) == 0 {
		units, price = -1, "-"+price
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "APPLE\tUS\t%s\tHalo GmbH\tTitle of number %d\t%d.%d\t%s\t%d\t%s\t11/23/2026\t11/23/2026\t%s\t%s\t%s\t%d\t%s\t \t%s\t%s\t%s\tProductivity\t\t%s\tiOS\t \t \t \t \n",
		sku, app, 1+app%4, random.IntN(10), kind, units, proceeds, benchMoney[at], benchCountries[at], money, id,
		price, parent, sub, period, benchDevices[random.IntN(len(benchDevices))])
	return b.Bytes()
}
