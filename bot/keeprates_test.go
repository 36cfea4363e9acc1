package bot

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ascbot/ascbot/bot/schedule"
)

const ecbDay = `<Cube><Cube time="%s"><Cube currency="USD" rate="%s"/></Cube></Cube>`

// rated configures a bot's money, strictly, as a file would.
func rated(t *testing.T, b *Bot, text string) {
	t.Helper()
	c, err := ReadConfig("config.yaml", []byte(text), Vocabulary{})
	if err != nil {
		t.Fatal(err)
	}
	b.Config.Money = c.Money
}

// A day keeps the rates it got, whatever the bank, the file or the configuration say
// later.
func TestADayKeepsItsRates(t *testing.T) {
	day := schedule.Day{Year: 2026, Month: 11, Day: 23}
	s := newShop(t, schedule.ReportDue(day))
	published := fmt.Sprintf(ecbDay, "2026-11-20", "1.25")
	bank := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, published) }))
	defer bank.Close()
	rated(t, s.Bot, "money: {currency: EUR, rates: {ecb: "+bank.URL+"/rates.xml, table: {MXN: 20.5, USD: 9}}}")
	choose := func() {
		t.Helper()
		if err := s.chooseRates(t.Context(), bank.Client()); err != nil {
			t.Fatal(err)
		}
	}
	of := func(on string) string {
		t.Helper()
		list, err := s.Store.RatesBetween(on, on)
		if err != nil || len(list) != 1 {
			return fmt.Sprintf("%d rates, %v", len(list), err)
		}
		return fmt.Sprintf("%s of %s, USD %s, MXN %s", list[0].Base, list[0].Date, list[0].Per["USD"], list[0].Per["MXN"])
	}
	choose()
	if got := of("2026-11-23"); got != "EUR of 2026-11-20, USD 1.25, MXN 20.5" {
		t.Errorf("a Monday without rates of its own: %s", got)
	}
	if got := of("2026-11-19"); got != "0 rates, <nil>" {
		t.Errorf("a day before there were rates: %s", got)
	}
	published = fmt.Sprintf(ecbDay, "2026-11-20", "2.00")
	s.clock = s.clock.Add(2 * time.Hour)
	choose()
	if got := of("2026-11-23"); got != "EUR of 2026-11-20, USD 1.25, MXN 20.5" {
		t.Errorf("the rates of a day changed: %s", got)
	}
	s.rates = rateKeeper{} // as after a start
	published = fmt.Sprintf(ecbDay, "2026-11-24", "3.00")
	s.clock = s.clock.Add(24 * time.Hour)
	choose()
	if got := of("2026-11-23") + "; " + of("2026-11-24"); got != "EUR of 2026-11-20, USD 1.25, MXN 20.5; EUR of 2026-11-24, USD 3.00, MXN 20.5" {
		t.Errorf("a day later: %s", got)
	}
}

// What does not look like rates is not taken for some, and why is known.
func TestRatesThatCannotBeHad(t *testing.T) {
	day := schedule.Day{Year: 2026, Month: 11, Day: 23}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, ecbDay, "2026-11-23", "1.25")
	}))
	defer elsewhere.Close()
	for _, c := range []struct {
		name, want string
		serve      http.HandlerFunc
	}{
		{"a redirect is not followed", "status 302", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) }},
		{"a fault", "status 503", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }},
		{"a page", "no XML", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html><br>maintenance") }},
		{"a body without an end", "16 MiB", func(w http.ResponseWriter, _ *http.Request) {
			for range 17 {
				fmt.Fprint(w, strings.Repeat(" ", 1<<20))
			}
		}},
		{"old rates", "no rates of the week before 2026-11-23", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, ecbDay, "2026-11-02", "1.25")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bank := httptest.NewServer(c.serve)
			defer bank.Close()
			s := newShop(t, schedule.ReportDue(day))
			rated(t, s.Bot, "money: {currency: EUR, rates: {ecb: "+bank.URL+"}}")
			client := webClient(nil)
			defer client.CloseIdleConnections()
			if err := s.chooseRates(t.Context(), client); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if list, err := s.Store.RatesBetween("2026-11-03", ""); err != nil || len(list) > 7 {
				t.Errorf("%d days have rates, %v", len(list), err)
			}
		})
	}
}

func TestRatesOfAFileAndOfTheConfiguration(t *testing.T) {
	day := schedule.Day{Year: 2026, Month: 11, Day: 23}
	file := filepath.Join(t.TempDir(), "rates.csv")
	if err := os.WriteFile(file, []byte("date,currency,rate\n2026-11-22,EUR,0.8\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{"money: {currency: USD, rates: {base: USD, file: " + file + "}}", "USD 2026-11-22 the file rates.csv map[EUR:0.8]"},
		{"money: {currency: USD, rates: {date: 2026-11-01, table: {EUR: 0.8, JPY: 150}}}", "USD 2026-11-01 the configuration map[EUR:0.8 JPY:150]"},
		{"money: {currency: USD}", "USD  the configuration map[]"},
	} {
		s := newShop(t, schedule.ReportDue(day))
		rated(t, s.Bot, c.text)
		if err := s.chooseRates(t.Context(), http.DefaultClient); err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		list, err := s.Store.RatesBetween(day.String(), day.String())
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %v, %v", c.text, list, err)
		}
		if got := fmt.Sprint(list[0].Base, " ", list[0].Date, " ", list[0].Source, " ", list[0].Per); got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

func TestMoneyInTheConfiguration(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"money: {currency: euro}", "is not a currency"},
		{"money: {rates: {ecb: \"https://example.com\"}}", "has no currency"},
		{"money: {currency: EUR, rates: {ecb: \"http://example.com\"}}", "begin with https://"},
		{"money: {currency: EUR, rates: {ecb: \"https://a:b@example.com\"}}", "without a name and password"},
		{"money: {currency: EUR, rates: {ecb: \"https://example.com\", file: x.csv}}", "not from both"},
		{"money: {currency: EUR, rates: {ecb: \"https://example.com\", base: USD}}", "are for one EUR"},
		{"money: {currency: EUR, rates: {table: {USD: much}}}", "not a rate of USD"},
		{"money: {currency: EUR, rates: {table: {usd: 1.2}}}", "not a currency"},
		{"money: {currency: EUR, rates: {date: yesterday, table: {USD: 1.2}}}", "is not a day"},
		{"money: {currency: EUR, rate: {}}", "there is no key"},
	} {
		if _, err := ReadConfig("config.yaml", []byte(c.text), Vocabulary{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
	}
}
