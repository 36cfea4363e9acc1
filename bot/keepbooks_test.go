package bot

import (
	"bytes"
	"compress/gzip"
	"context"
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
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/store"
)

// shop is a bot with a store, a clock and an App Store Connect that says what a test
// wants it to: by kind of report and day.
type shop struct {
	*Bot
	t     testing.TB
	clock time.Time
	says  func(kind, day string) (status int, body string)
	asked []string // "SALES 2026-11-23"

	vendorSays func(vendor, kind, day string) (status int, body string) // in the place of says
	version    string                                                   // of reports of subscriptions; blank: whatever is asked for
	finance    func(month, region string) (status int, body string)

	apps    []string            // "id name SKU", with + for a space
	reviews map[string][]string // by app: "stars time", newest first
}

const shopVendor = "85012345"

func newShop(t testing.TB, at time.Time) *shop {
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
			if body, ok := s.catalogue(r.URL.Path); ok {
				return answered(http.StatusOK, body), nil
			}
			return answered(s.answer(r)), nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Teams = []Team{{Name: "Meadow Labs", Vendor: shopVendor, API: api}}
	return s
}

// catalogue answers for apps and their reviews.
func (s *shop) catalogue(path string) (body string, ok bool) {
	var list []string
	switch parts := strings.Split(strings.Trim(path, "/"), "/"); {
	case path == "/v1/apps":
		for _, app := range s.apps {
			w := strings.Split(app, " ")
			list = append(list, fmt.Sprintf(`{"type":"apps","id":%q,"attributes":{"name":%q,"sku":%q,"bundleId":%q}}`,
				w[0], strings.ReplaceAll(w[1], "+", " "), w[2], "example."+strings.ToLower(w[2])))
		}
	case len(parts) == 4 && parts[3] == "customerReviews":
		for i, review := range s.reviews[parts[2]] {
			stars, at, _ := strings.Cut(review, " ")
			list = append(list, fmt.Sprintf(`{"type":"customerReviews","id":"%s-%d","attributes":{"rating":%s,"title":"t","body":"b","createdDate":%q}}`, parts[2], i, stars, at))
		}
	default:
		return "", false
	}
	return `{"data":[` + strings.Join(list, ",") + `],"links":{}}`, true
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
		s.keepNext(s.t.Context(), s.Teams[0], true)
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

// soldReport is a report with rows of units, proceeds and currency, of one app.
func soldReport(rows ...string) (int, string) {
	var list []string
	for _, r := range rows {
		w := strings.Fields(r)
		list = append(list, "HALO Halo 1F "+w[0]+" "+w[1]+" "+w[2]+" US")
	}
	return report(list...)
}

// report is a sales report. A row is: SKU, title, type, units, proceeds, currency,
// country, and as name=value what is seldom: parent, sub, promo, cmb, order, id. Plus
// signs are spaces, a dash is nothing.
func report(rows ...string) (int, string) {
	columns := []string{"SKU", "Title", "Product Type Identifier", "Units", "Developer Proceeds", "Currency of Proceeds", "Country Code",
		"Parent Identifier", "Subscription", "Promo Code", "CMB", "Order Type", "Apple Identifier", "Customer Price", "Customer Currency"}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprintln(z, strings.Join(columns, "\t"))
	for _, r := range rows {
		cells := make([]string, len(columns))
		for i := range cells {
			cells[i] = " "
		}
		cells[12], cells[13], cells[14] = "1", "0", "USD"
		for i, w := range strings.Fields(r) {
			name, value, named := strings.Cut(w, "=")
			if i >= 7 && named {
				i, w = map[string]int{"parent": 7, "sub": 8, "promo": 9, "cmb": 10, "order": 11, "id": 12}[name], value
			}
			if w == "-" {
				w = " "
			}
			cells[i] = strings.ReplaceAll(w, "+", " ")
		}
		fmt.Fprintln(z, strings.Join(cells, "\t"))
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
		r := run{Digest: Digest{Name: "daily"}, over: schedule.Stretch{From: day, To: day}}
		if out, err := s.out(r); err != nil || out != (c.empty != nil) {
			t.Errorf("%q after %s: there is %t, %v", c.detail, c.after, out, err)
		}
		r.late = true
		f, err := s.figures(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		v := f.vendors[0]
		if len(v.gaps) != len(c.gaps) || len(v.quiet) != len(c.quiet) {
			t.Errorf("%q after %s: missing are %v, without sales so far are %v", c.detail, c.after, v.gaps, v.quiet)
		}
		if said := f.health(); strings.Contains(string(said), "No sales: vendor 85012345") != (c.empty != nil) {
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
	if err != nil || got.Known != In || MoneyList(got.Sales.Totals()) != "USD 0.70" || got.Report.Rows != 2 {
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

// What a digest compares with is fetched at once; what is older slowly, however often the
// schedule looks: at most one report in ten seconds.
func TestOlderReportsAreFetchedSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t, time.Now())
		s.Now, s.Tick = time.Now, time.Second
		s.Bot.clock.agreed, s.Bot.clock.wall = time.Now(), time.Now() // Slack's clock shows the same
		s.says = func(kind, _ string) (int, string) {
			if kind != SalesReport {
				return none(noSales)
			}
			return soldReport("2 0.70 USD")
		}
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
		defer stop()
		s.keepBooks(ctx)
		newest, old := schedule.BusinessDay(time.Now()), 0
		for _, asked := range s.asked {
			if _, on, _ := strings.Cut(asked, " "); on < newest.AddDays(-soonDays-1).String() {
				old++
			}
		}
		if soon := len(s.asked) - old; soon < soonDays || old < 30 || old > 60 {
			t.Errorf("in ten minutes %d newer reports were asked for, and %d older ones", soon, old)
		}
	})
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
	if err != nil || MoneyList(got.Sales.Totals()) != "USD 2.10" || got.Report.Revised != 1 {
		t.Errorf("after a correction: %s, revised %d times, %v", MoneyList(got.Sales.Totals()), got.Report.Revised, err)
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

// A vendor number that App Store Connect does not know is answered with a fault of its own,
// as real ones are: that it may be wrong is said until something was answered for.
func TestAWrongVendorNumberIsSuspected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // faults are tried again after a while
		s := newShop(t, schedule.ReportDue(monday))
		known := false
		s.says = func(string, string) (int, string) {
			if known {
				return none(noSales)
			}
			return http.StatusInternalServerError, `{"errors":[{"status":"500","code":"UNEXPECTED_ERROR","title":"An unexpected error occurred."}]}`
		}
		f := s.digestOf(Digest{}, only(monday))
		if said := string(f.health()); !strings.Contains(said, "compare that number with the one under Payments and Financial Reports") {
			t.Errorf("the digest says %s", said)
		}
		fills, err := s.books().Backfills([]string{shopVendor}, monday)
		if err != nil || fills[0].Trouble == nil || !lasting(fills[0].Trouble) {
			t.Errorf("what is wrong with the books is %v, %v", fills[0].Trouble, err)
		}
		known, s.clock = true, s.clock.Add(time.Hour)
		s.keep()
		known, s.clock = false, s.clock.Add(25*time.Hour)
		s.keep()
		why := s.books().Why(shopVendor, SalesReport, monday.AddDays(1))
		if e, ok := errors.AsType[*asc.Error](why); !ok || e.Status != http.StatusInternalServerError || lasting(why) {
			t.Errorf("of a vendor that was answered for it says %v", why)
		}
	})
}
