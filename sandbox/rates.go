package sandbox

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"
	"time"
)

// ratesPath is where the made-up bank publishes: the exchange rates of the past 90
// days, in the form of the European Central Bank's file of that name.
const ratesPath = "/stats/eurofxref/eurofxref-hist-90d.xml"

// RatesURL is the address of the made-up exchange rates.
func (s *Sandbox) RatesURL() string { return "http://" + s.addr + ratesPath }

// perEuro are rough rates around which the made-up ones move. MXN is not among them,
// so that there is a currency without a rate.
var perEuro = []struct {
	currency string
	rate     float64
	digits   int
}{
	{"USD", 1.08, 4}, {"JPY", 163, 2}, {"GBP", 0.85, 5}, {"CAD", 1.49, 4}, {"AUD", 1.65, 4}, {"BRL", 5.9, 4}, {"CHF", 0.95, 4},
}

// bankOpens is when the rates of a working day are published, in UTC: 16:00 in
// Frankfurt, in winter.
const bankOpens = 15

// ShutBank has the made-up bank publish nothing, until it is told to again.
func (s *Sandbox) ShutBank(shut bool) { s.bankShut.Store(shut) }

// serveRates answers for the bank: there are rates of working days only.
func (s *Sandbox) serveRates(w http.ResponseWriter, r *http.Request) {
	if s.bankShut.Load() {
		http.Error(w, "the bank is shut", http.StatusServiceUnavailable)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "the rates can only be read", http.StatusMethodNotAllowed)
		return
	}
	now := s.Clock.Now().UTC()
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">` +
		`<gesmes:subject>Reference rates</gesmes:subject><gesmes:Sender><gesmes:name>The made-up bank of the sandbox</gesmes:name></gesmes:Sender><Cube>`)
	for back := range 90 {
		day := time.Date(now.Year(), now.Month(), now.Day()-back, 0, 0, 0, 0, time.UTC)
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday || now.Before(day.Add(bankOpens*time.Hour)) {
			continue
		}
		fmt.Fprintf(&b, `<Cube time="%s">`, day.Format(time.DateOnly))
		for _, c := range perEuro {
			fmt.Fprintf(&b, `<Cube currency="%s" rate="%.*f"/>`, c.currency, c.digits, c.rate*(0.98+0.04*drift(day, c.currency)))
		}
		b.WriteString("</Cube>")
	}
	b.WriteString("</Cube></gesmes:Envelope>")
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprint(w, b.String())
}

// drift is from 0 to 1, and the same for the same day and currency.
func drift(day time.Time, currency string) float64 {
	h := fnv.New32a()
	fmt.Fprint(h, day.Format(time.DateOnly), currency)
	return float64(h.Sum32()%1000) / 1000
}
