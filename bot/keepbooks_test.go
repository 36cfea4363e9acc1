package bot

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/store"
)

// shop is a bot with a store, a clock and an App Store Connect that says what a test
// wants it to: by kind of report and day.
type shop struct {
	*Bot
	t     *testing.T
	clock time.Time
	says  func(kind, day string) (status int, body string)
	asked []string // "SALES 2026-11-23"
}

const shopVendor = "85012345"

func newShop(t *testing.T, at time.Time) *shop {
	t.Helper()
	s := &shop{t: t, clock: at}
	s.Bot = &Bot{Now: func() time.Time { return s.clock }, Store: emptyStore(t)}
	s.prepare()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	api, err := asc.New(asc.Config{
		KeyID: "2X9R4HXF34", IssuerID: "57246542-96fe-1a63-e053-0824d011072a", Key: key,
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			q := r.URL.Query()
			kind, day := q.Get("filter[reportType]"), q.Get("filter[reportDate]")
			s.asked = append(s.asked, kind+" "+day)
			return answered(s.says(kind, day)), nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Teams = []Team{{Name: "Meadow Labs", Vendor: shopVendor, API: api}}
	return s
}

func emptyStore(t testing.TB) *store.Store {
	t.Helper()
	skey, _, err := store.NewKey(rand.Reader, "test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := store.ReadKey(skey)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(filepath.Join(t.TempDir(), "data"), store.Options{Instance: "sandbox", Signer: signer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// keep fetches what is due until nothing is, and says what was asked for.
func (s *shop) keep() []string {
	s.t.Helper()
	s.asked = nil
	for range 3 * (keptDays + 2) {
		before := len(s.asked)
		s.keepNext(s.t.Context(), s.Teams[0])
		if len(s.asked) == before {
			break
		}
	}
	return s.asked
}

func none(detail string) (int, string) {
	return http.StatusNotFound, `{"errors":[{"status":"404","code":"NOT_FOUND","title":"The request expected results but none were found - sales report","detail":"` + detail + `"}]}`
}

const (
	noSales = "There were no sales for the date specified."
	notOut  = "Report is not available yet. Daily reports for the Americas are available by 5 am Pacific Time."
	thrown  = "Report is no longer available."
)

// sold is a report with rows of units × proceeds.
func soldReport(rows ...string) (int, string) {
	const header = "SKU\tTitle\tProduct Type Identifier\tUnits\tDeveloper Proceeds\tCustomer Currency\tCountry Code\tCurrency of Proceeds\tApple Identifier\tCustomer Price\tParent Identifier"
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprintln(z, header)
	for _, r := range rows {
		w := strings.Fields(r)
		fmt.Fprintf(z, "HALO\tHalo\t1F\t%s\t%s\t%s\tUS\t%s\t1\t1\t \n", w[0], w[1], w[2], w[2])
	}
	z.Close()
	return http.StatusOK, b.String()
}

// A day without a sale is told from a day whose report is not out, and nothing is
// taken for zero before it can be.
func TestADayWithoutSales(t *testing.T) {
	day := schedule.Day{Year: 2026, Month: 11, Day: 23}
	due := schedule.ReportDue(day)
	for _, c := range []struct {
		detail             string
		after              time.Duration
		empty, gaps, quiet []string
	}{
		{noSales, 5 * time.Hour, nil, nil, []string{shopVendor}},
		{noSales, 25 * time.Hour, []string{shopVendor}, nil, nil},
		{notOut, 5 * time.Hour, nil, []string{shopVendor}, nil},
		{notOut, 25 * time.Hour, nil, []string{shopVendor}, nil},
		{thrown, 25 * time.Hour, nil, []string{shopVendor}, nil},
	} {
		s := newShop(t, due.Add(c.after))
		s.says = func(string, string) (int, string) { return none(c.detail) }
		s.keep()
		if _, err := s.figures(t.Context(), Digest{}, day, false); (err == nil) != (c.empty != nil) || err != nil && !errors.Is(err, errNotOut) {
			t.Errorf("%q after %s, before its time is over: %v", c.detail, c.after, err)
		}
		f, err := s.figures(t.Context(), Digest{Name: "daily"}, day, true)
		if err != nil || !slices.Equal(f.empty, c.empty) || !slices.Equal(f.gaps, c.gaps) || !slices.Equal(f.quiet, c.quiet) {
			t.Errorf("%q after %s: without sales are %q, missing are %q, without sales so far are %q, %v", c.detail, c.after, f.empty, f.gaps, f.quiet, err)
		}
		if said := healthLine(f); strings.Contains(string(said), "No sales: vendor 85012345") != (c.empty != nil) {
			t.Errorf("%q makes %q", c.detail, said)
		}
		if f.incomplete() != (c.empty == nil) {
			t.Errorf("%q after %s: incomplete is %t", c.detail, c.after, f.incomplete())
		}
	}
}

// Settled days are never asked for again; the newest are, until they are there and
// for two days more.
func TestWhichReportsAreAskedFor(t *testing.T) {
	day := schedule.Day{Year: 2026, Month: 11, Day: 23}
	s := newShop(t, schedule.ReportDue(day).Add(time.Minute))
	out := true
	s.says = func(kind, on string) (int, string) {
		switch {
		case kind != SalesReport:
			return none(noSales)
		case on == "2026-11-24" && !out:
			return none(notOut)
		}
		return soldReport("2 0.70 USD", "-1 0.70 USD")
	}
	first := s.keep()
	if len(first) != 365+4 || first[0] != "SALES 2026-11-23" || first[1] != "SALES 2026-11-22" || first[2] != "SUBSCRIPTION 2026-11-22" {
		t.Fatalf("at first %d reports were asked for, beginning with %q", len(first), first[:min(5, len(first))])
	}
	if again := s.keep(); len(again) != 0 {
		t.Errorf("the same again: %q", again)
	}
	got, err := s.books().Day(shopVendor, day)
	if err != nil || got.Known != In || moneyList(got.Sales.Totals()) != "USD 0.70" || got.Report.Rows != 2 {
		t.Errorf("kept: %+v, %v", got, err)
	}
	step := func(to time.Duration, want ...string) {
		t.Helper()
		s.clock = schedule.ReportDue(day).Add(to)
		if got := s.keep(); !slices.Equal(got, want) {
			t.Errorf("%s after the report was due: %q, want %q", to, got, want)
		}
	}
	out = false
	step(24*time.Hour+time.Minute, "SALES 2026-11-24", "SALES 2026-11-23", "SUBSCRIPTION 2026-11-23", "SUBSCRIPTION_EVENT 2026-11-23", "SALES 2026-11-22", "SUBSCRIPTION 2026-11-22", "SUBSCRIPTION_EVENT 2026-11-22")
	step(24*time.Hour + 3*time.Minute)
	step(24*time.Hour+7*time.Minute, "SALES 2026-11-24")
	out = true
	step(24*time.Hour+13*time.Minute, "SALES 2026-11-24")
	step(47 * time.Hour)
	step(48*time.Hour+time.Minute, "SALES 2026-11-25", "SALES 2026-11-24", "SUBSCRIPTION 2026-11-24", "SUBSCRIPTION_EVENT 2026-11-24", "SALES 2026-11-23", "SUBSCRIPTION 2026-11-23", "SUBSCRIPTION_EVENT 2026-11-23")
}

// A new start knows what was kept, and a report that came back changed is followed
// and counted.
func TestBooksOutliveTheBotAndFollowCorrections(t *testing.T) {
	day := schedule.Day{Year: 2026, Month: 11, Day: 23}
	s := newShop(t, schedule.ReportDue(day))
	units := "2"
	s.says = func(kind, _ string) (int, string) {
		if kind != SalesReport {
			return none(noSales)
		}
		return soldReport(units + " 0.70 USD")
	}
	s.keep()
	s.heard = nil // as after a start
	if again := s.keep(); len(again) != 0 {
		t.Errorf("after a start %d reports were asked for again: %q…", len(again), again[:min(3, len(again))])
	}
	units, s.clock = "3", s.clock.Add(25*time.Hour)
	s.keep()
	got, err := s.books().Day(shopVendor, day)
	if err != nil || moneyList(got.Sales.Totals()) != "USD 2.10" || got.Report.Revised != 1 {
		t.Errorf("after a correction: %s, revised %d times, %v", moneyList(got.Sales.Totals()), got.Report.Revised, err)
	}
	fill, err := s.books().Backfills([]string{shopVendor}, day.AddDays(1))
	if err != nil || fill[0].Known != 365 || fill[0].Revised == 0 || fill[0].Bytes == 0 || fill[0].Newest != day.AddDays(1) {
		t.Errorf("progress: %+v, %v", fill, err)
	}
}

// One report that cannot be read holds up nobody else; a key that is refused is
// tried again later and later.
func TestWhatKeepsReportsFromBeingKept(t *testing.T) {
	day := schedule.Day{Year: 2026, Month: 11, Day: 23}
	s := newShop(t, schedule.ReportDue(day))
	s.says = func(kind, on string) (int, string) {
		switch {
		case kind != SalesReport:
			return none(noSales)
		case on == "2026-11-20":
			return http.StatusOK, "no report at all\n"
		}
		return soldReport("2 0.70 USD")
	}
	s.keep()
	if why := s.books().Why(shopVendor, SalesReport, schedule.Day{Year: 2026, Month: 11, Day: 20}); why == nil || !strings.Contains(why.Error(), "columns are missing") && !strings.Contains(why.Error(), "no report") {
		t.Errorf("what is wrong with the odd report: %v", why)
	}
	for _, on := range []schedule.Day{day, day.AddDays(-4), day.AddDays(-300)} {
		if got, err := s.books().Day(shopVendor, on); got.Known != In || err != nil || s.books().Why(shopVendor, SalesReport, on) != nil {
			t.Errorf("%s was held up: %+v, %v", on, got.Known, err)
		}
	}
	s = newShop(t, schedule.ReportDue(day))
	s.says = func(string, string) (int, string) {
		return http.StatusForbidden, `{"errors":[{"status":"403","code":"FORBIDDEN_ERROR","title":"This request is forbidden for security reasons","detail":"The API key in use does not allow this request"}]}`
	}
	var tries int
	for range 60 { // an hour
		for _, asked := range s.keep() {
			if strings.HasPrefix(asked, SalesReport) {
				tries++
			}
		}
		s.clock = s.clock.Add(time.Minute)
	}
	if tries < 5 || tries > 12 {
		t.Errorf("a refused key was tried %d times in an hour", tries)
	}
	if !asc.Forbidden(s.books().Why(shopVendor, SalesReport, day)) {
		t.Errorf("why: %v", s.books().Why(shopVendor, SalesReport, day))
	}
}
