package bot

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
)

// A year of fifty apps, each sold in the ten largest countries with two products inside:
// what it costs to fetch and keep, what a question over all of it costs, and how long a
// digest takes from the store. CPU time is told besides, since machines are busy:
//
//	go test ./bot -run '^$' -bench Money -benchtime 1x

const benchApps = 50

// bigReport is a day's report of fifty apps: 2,000 rows.
func bigReport(day string) (int, string) {
	var rows []string
	n := int(day[8]-'0')*10 + int(day[9]-'0')
	for app := range benchApps {
		for c, country := range []string{"US USD", "DE EUR", "GB GBP", "JP JPY", "FR EUR", "CA CAD", "AU AUD", "BR BRL", "CH CHF", "MX MXN"} {
			code, currency, _ := strings.Cut(country, " ")
			rows = append(rows,
				fmt.Sprintf("APP%02d App+%02d 1F %d 2.80 %s %s", app, app, 10+(n+app+c)%40, currency, code),
				fmt.Sprintf("APP%02d App+%02d 7F %d 0 - %s", app, app, 90+(n*app+c)%400, code),
				fmt.Sprintf("coins%02d Coins IA1 %d 0.70 %s %s parent=APP%02d", app, 1+(n+c)%9, currency, code, app),
				fmt.Sprintf("plus%02d Plus IAY %d 6.30 %s %s parent=APP%02d sub=Renewal", app, 3+(n+app)%20, currency, code, app))
		}
	}
	return report(rows...)
}

// yearOfFifty is a shop that has asked for the whole year.
func yearOfFifty(b *testing.B) *shop {
	b.Helper()
	reports := map[string]string{}
	s := newShop(b, schedule.ReportDue(monday))
	s.Config.Money = Money{Currency: "EUR", Fixed: sales.Rates{Base: "EUR", Date: "2026-11-20", Per: map[string]decimal.Decimal{}}}
	for currency, per := range map[string]string{"USD": "1.10", "GBP": "0.85", "JPY": "160", "CAD": "1.50", "AUD": "1.70", "BRL": "6.00", "CHF": "0.95", "MXN": "20.1"} {
		s.Config.Money.Fixed.Per[currency] = decimal.MustParse(per)
	}
	s.says = func(kind, day string) (int, string) {
		if kind != SalesReport {
			return none(noSales)
		}
		if reports[day] == "" {
			_, reports[day] = bigReport(day)
		}
		return 200, reports[day]
	}
	for day := monday; len(reports) <= keptDays; day = day.AddDays(-1) { // made before anything is measured
		_, reports[day.String()] = bigReport(day.String())
	}
	for app := range benchApps {
		s.apps = append(s.apps, fmt.Sprintf("64480000%02d App+%02d APP%02d", app, app, app))
	}
	return s
}

// spent is the CPU time of this process so far.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func BenchmarkMoneyBackfill(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := yearOfFifty(b)
		b.StartTimer()
		before := spent(b)
		asked := len(s.keep())
		b.ReportMetric((spent(b) - before).Seconds(), "cpu-s")
		fill, err := s.books().Backfills([]string{shopVendor}, monday)
		if err != nil || fill[0].Known != keptDays+1 {
			b.Fatalf("%+v, %v", fill, err)
		}
		b.ReportMetric(float64(asked), "requests")
		b.ReportMetric(float64(fill[0].Bytes), "bytes-kept")
		b.ReportMetric(float64(keptDays-soonDays)*max(backfillPause, s.Tick).Hours(), "hours-at-its-pace")
	}
}

func BenchmarkMoneyYearQuery(b *testing.B) {
	s := yearOfFifty(b)
	s.keep()
	if err := s.chooseRates(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	books := s.books()
	year := schedule.Stretch{From: monday.AddDays(-364), To: monday}
	before, n := spent(b), 0
	for b.Loop() {
		r, err := books.Read([]string{shopVendor}, year)
		if err != nil || r.Known() != 365 {
			b.Fatalf("%d days, %v", r.Known(), err)
		}
		n++
	}
	b.ReportMetric(float64((spent(b)-before).Milliseconds())/float64(n), "cpu-ms/op")
}

func BenchmarkMoneyDigest(b *testing.B) {
	s := yearOfFifty(b)
	s.keep()
	if err := s.chooseRates(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	r := run{Digest: Digest{Name: "daily", Sections: []string{"downloads", "purchases", "movers", "chart", "details"}}, over: only(monday), late: true}
	before, n := spent(b), 0
	for b.Loop() {
		f, err := s.figures(b.Context(), r)
		if err != nil {
			b.Fatal(err)
		}
		if m, thread := drawDigest(f), drawDetails(f); !strings.Contains(string(m.Text), "EUR") || len(thread.Blocks) == 0 {
			b.Fatalf("no digest: %s", m.Text)
		}
		n++
	}
	b.ReportMetric(float64((spent(b)-before).Milliseconds())/float64(n), "cpu-ms/op")
}
