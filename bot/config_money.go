package bot

import (
	"net/netip"
	"net/url"
	"regexp"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/bot/sales"
)

// Money says in which currency totals are shown besides their own, and where the
// exchange rates come from. Its zero value shows every currency by itself alone.
type Money struct {
	Currency string // ISO 4217; blank: there is none
	// Address is where rates are published as XML, in the form of the European
	// Central Bank. File is a file of them, in that form or as a table.
	Address, File string
	// Fixed are rates that stand in the configuration. Beside an address or a file they
	// are for the currencies that those do not have.
	Fixed sales.Rates
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// money reads the currency and the rates.
func (r *reader) money(c *Config, n ast.Node) {
	f := r.fields(n, "currency", "rates")
	if s, ok := f["currency"]; ok {
		c.Money.Currency = r.currency(s.value)
	} else if f != nil {
		r.complain(n, "this has no currency; add for example “currency: EUR”, and totals are shown in it as well")
	}
	c.Money.Fixed.Base = c.Money.Currency
	if s, ok := f["rates"]; ok {
		r.rates(&c.Money, s.value)
	}
}

func (r *reader) currency(n ast.Node) string {
	s, ok := r.text(n)
	if ok && !currencyCode.MatchString(s) {
		r.complain(n, "%q is not a currency; write its three letters, such as EUR", s)
	}
	return s
}

func (r *reader) rates(m *Money, n ast.Node) {
	f := r.fields(n, "ecb", "file", "base", "date", "table")
	if s, ok := f["ecb"]; ok {
		m.Address, _ = r.text(s.value)
		if !trustworthy(m.Address) {
			r.complain(s.value, "%q is not an address of rates: it has to begin with https://, without a name and password in it", m.Address)
		}
		m.Fixed.Base = "EUR"
	}
	if s, ok := f["file"]; ok {
		m.File, _ = r.text(s.value)
		m.Fixed.Base = "EUR"
	}
	if m.Address != "" && m.File != "" {
		r.complain(n, "rates come from an address (ecb) or from a file, not from both")
	}
	if s, ok := f["base"]; ok {
		if m.Fixed.Base = r.currency(s.value); m.Address != "" && m.Fixed.Base != "EUR" {
			r.complain(s.value, "the rates of the European Central Bank are for one EUR, so those beside them are too")
		}
	}
	if s, ok := f["date"]; ok {
		m.Fixed.Date, _ = r.text(s.value)
		if _, err := time.Parse(time.DateOnly, m.Fixed.Date); err != nil {
			r.complain(s.value, "%q is not a day such as 2026-11-20", m.Fixed.Date)
		}
	}
	if s, ok := f["table"]; ok {
		m.Fixed.Per = r.rateTable(s.value)
	}
}

// rateTable reads how much of each currency is worth one unit of the base.
func (r *reader) rateTable(n ast.Node) map[string]decimal.Decimal {
	per := map[string]decimal.Decimal{}
	for _, s := range r.mapping(n) {
		text, ok := r.text(s.value)
		if !ok {
			continue
		}
		rate, err := sales.Rate(s.name, text)
		if err != nil {
			r.complain(s.value, "%v", err)
		}
		per[s.name] = rate
	}
	return per
}

// trustworthy tells whether rates may be fetched from an address: figures that are
// shown to people do not travel in the open.
func trustworthy(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && local
}
