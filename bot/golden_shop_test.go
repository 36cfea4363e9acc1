package bot

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/schedule"
)

// Shop is a bot whose App Store Connect says what a test wants it to, for tests that
// use commands too.
type Shop struct{ *shop }

// OpenShop makes one. A blank currency means that nothing is converted; the rates are
// how much of each currency is worth one euro.
func OpenShop(t *testing.T, at time.Time, currency string, rates map[string]string) *Shop {
	t.Helper()
	s := &Shop{newShop(t, at)}
	s.Config.Money = Money{Currency: currency}
	s.Config.Money.Fixed.Base, s.Config.Money.Fixed.Date = "EUR", "2026-11-20"
	s.Config.Money.Fixed.Per = map[string]decimal.Decimal{}
	for code, per := range rates {
		s.Config.Money.Fixed.Per[code] = decimal.MustParse(per)
	}
	return s
}

// Says sets what is answered to a report: of a vendor, by kind and day.
func (s *Shop) Says(answer func(vendor, kind, day string) (int, string)) {
	s.vendorSays = answer
}

// Versions lets reports of subscriptions be had in one version alone.
func (s *Shop) Versions(only string) { s.version = only }

// Finance sets what is answered to a financial report.
func (s *Shop) Finance(answer func(month, region string) (int, string)) { s.finance = answer }

// Catalogue sets the apps: "id name SKU", with + for a space.
func (s *Shop) Catalogue(apps ...string) { s.apps = apps }

// Reviewed sets the reviews of an app: "stars time", newest first.
func (s *Shop) Reviewed(app string, reviews ...string) {
	if s.reviews == nil {
		s.reviews = map[string][]string{}
	}
	s.reviews[app] = reviews
}

// AddVendor adds a second team with a vendor number of its own.
func (s *Shop) AddVendor(name, vendor string) {
	second := s.Teams[0]
	second.Name, second.Vendor = name, vendor
	s.Teams = append(s.Teams, second)
}

// Keep fetches the reports that are due, of every vendor, and chooses rates; older
// ones, of the backfill, when they are asked for.
func (s *Shop) Keep(old bool) {
	s.t.Helper()
	for _, team := range s.Teams {
		for range 3 * (keptDays + 2) {
			before := len(s.asked)
			s.keepNext(s.t.Context(), team, old)
			if len(s.asked) == before {
				break
			}
		}
	}
	if err := s.chooseRates(s.t.Context(), nil); err != nil {
		s.t.Fatal(err)
	}
}

// KeepSome fetches the newest reports of sales, so many of them.
func (s *Shop) KeepSome(n int) {
	s.t.Helper()
	for i := range n {
		day := schedule.BusinessDay(s.clock).AddDays(-i)
		if _, err := s.heard.of(s.Store, shopVendor, SalesReport, day.AddDays(-keptDays)); err != nil {
			s.t.Fatal(err)
		}
		if err := s.keepReport(s.t.Context(), s.Teams[0], due{SalesReport, day, false}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// Posted is the message of a digest and what stands in its thread, as they are drawn
// at its last time before an instant, when nothing is waited for any more.
func (s *Shop) Posted(d Digest, at time.Time) (message, thread Message) {
	s.t.Helper()
	d.Name = or(d.Name, "daily")
	due, ok := d.When.Last(at)
	if !ok {
		s.t.Fatalf("the digest was never due before %s", at)
	}
	f, err := s.figures(s.t.Context(), run{Digest: d, due: due, over: d.over(due), late: true})
	if err != nil {
		s.t.Fatal(err)
	}
	message = drawDigest(f)
	if d.has("details") {
		thread = drawDetails(f)
	}
	return message, thread
}

// Desk is what a command is given.
func (s *Shop) Desk() Desk {
	return Desk{Team: s.Teams[0], Store: s.Store, Books: s.books(), Now: s.Now, Digests: s.digests}
}

// WithoutCharts are the blocks of a message where charts and tables are refused.
func WithoutCharts(m Message) []slack.Block { return spare(m.shown()) }

// Shown are the blocks of a message.
func Shown(m Message) []slack.Block { return m.shown() }

// SalesRows is a sales report. A row is: SKU, title, type, units, proceeds, currency,
// country, and as name=value what is seldom: parent, sub, promo, cmb, order, id.
func SalesRows(rows ...string) (int, string) { return report(rows...) }

// NoSales, NotOut and Thrown are the answers that are no report.
func NoSales() (int, string) { return none(noSales) }

// NotOut says that a report is not there yet.
func NotOut() (int, string) { return none(notOut) }

// Tabbed is any report: its columns, and rows whose cells stand between "|".
func Tabbed(columns string, rows ...string) (int, string) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, row := range append([]string{columns}, rows...) {
		fmt.Fprintln(z, strings.ReplaceAll(row, "|", "\t"))
	}
	z.Close()
	return http.StatusOK, b.String()
}

// answer is what the shop's App Store Connect says to a request for a report.
func (s *shop) answer(r *http.Request) (int, string) {
	q := r.URL.Query()
	kind, day := q.Get("filter[reportType]"), q.Get("filter[reportDate]")
	s.asked = append(s.asked, kind+" "+day)
	switch {
	case r.URL.Path == "/v1/financeReports":
		return s.finance(day, q.Get("filter[regionCode]"))
	case s.version != "" && kind != SalesReport && q.Get("filter[version]") != s.version:
		return http.StatusBadRequest, `{"errors":[{"status":"400","code":"PARAMETER_ERROR.INVALID","title":"A parameter has an invalid value","detail":"The version parameter you have specified is invalid. The latest version for this report is ` + s.version + `.","source":{"parameter":"filter[version]"}}]}`
	case s.vendorSays != nil:
		return s.vendorSays(q.Get("filter[vendorNumber]"), kind, day)
	}
	return s.says(kind, day)
}
