package apple

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"sync"
	"time"
)

// product is something the made-up team sells.
type product struct {
	sku, title, id string // id: the Apple Identifier
	parent         string // SKU of the app an in-app purchase belongs to
	kinds          []kind
	tier           int // of prices; 0: free
	device         string
	platforms      string
	category       string
	period         string // of a subscription
	maker          string // blank: Meadow Labs
}

// developer is who makes it, as reports call them.
func (p product) developer() string { return cmp.Or(p.maker, "Meadow Labs") }

// kind is one sort of row a product makes each day.
type kind struct {
	code         string  // Product Type Identifier
	perDay       float64 // units a day in the United States
	paid         bool    // carries the product's price
	subscription string  // New or Renewal
	refunded     bool    // now and then somebody gets their money back
}

var products = []product{
	{sku: "HALO", title: "Halo", id: haloID, tier: 5, device: "iPhone", platforms: "iOS", category: "Productivity",
		kinds: []kind{{code: "1F", perDay: 64, paid: true, refunded: true}, {code: "3F", perDay: 22}, {code: "7F", perDay: 410}}},
	{sku: "halo.pro", title: "Halo Pro", id: "6448100001", parent: "HALO", tier: 10, device: "iPhone", platforms: "iOS", category: "Productivity",
		kinds: []kind{{code: "IA1", perDay: 9, paid: true, refunded: true}, {code: "IA3", perDay: 3}}},
	{sku: "halo.plus.monthly", title: "Halo Plus", id: "6448100002", parent: "HALO", tier: 3, device: "iPad", platforms: "iOS", category: "Productivity", period: "1 Month",
		kinds: []kind{{code: "IAY", perDay: 14, paid: true, subscription: "New", refunded: true}, {code: "IAY", perDay: 118, paid: true, subscription: "Renewal"}}},
	{sku: "PEBBLE", title: "Pebble", id: pebbleID, device: "iPhone", platforms: "iOS", category: "Games",
		kinds: []kind{{code: "1F", perDay: 530}, {code: "3F", perDay: 140}, {code: "7F", perDay: 690}}},
	{sku: "pebble.coins.100", title: "100 Coins", id: "6448100003", parent: "PEBBLE", tier: 1, device: "iPhone", platforms: "iOS", category: "Games",
		kinds: []kind{{code: "IA1", perDay: 46, paid: true, refunded: true}}},
	{sku: "TIDE", title: "Tide", id: tideID, tier: 15, device: "Desktop", platforms: "macOS", category: "Weather",
		kinds: []kind{{code: "F1", perDay: 6, paid: true, refunded: true}, {code: "F7", perDay: 58}}},
	{sku: "MEADOWBUNDLE", title: "Meadow Bundle", id: "6448200001", device: "iPhone", platforms: "iOS", category: "Productivity",
		kinds: []kind{{code: "1-B", perDay: 7}}},
}

// orchardProducts are what the other team sells: an app that costs something, and one
// that is free. It has no subscription.
var orchardProducts = []product{
	{sku: "PLUM", title: "Plum", id: plumID, tier: 4, device: "iPhone", platforms: "iOS", category: "Food & Drink", maker: "Orchard",
		kinds: []kind{{code: "1F", perDay: 21, paid: true, refunded: true}, {code: "3F", perDay: 6}, {code: "7F", perDay: 88}}},
	{sku: "QUINCE", title: "Quince", id: quinceID, device: "iPhone", platforms: "iOS", category: "Food & Drink", maker: "Orchard",
		kinds: []kind{{code: "1F", perDay: 75}, {code: "7F", perDay: 190}}},
}

// market is a country with what its people pay.
type market struct {
	country, currency string
	share             float64 // of the United States
	perDollar         float64 // rough price of a dollar's worth
	decimals          int
	tax               float64 // in the customer's price
}

var markets = []market{
	{"US", "USD", 1, 1, 2, 0},
	{"DE", "EUR", 0.34, 1.1, 2, 0.19},
	{"FR", "EUR", 0.22, 1.1, 2, 0.20},
	{"GB", "GBP", 0.28, 1, 2, 0.20},
	{"JP", "JPY", 0.31, 150, 0, 0.10},
	{"CA", "CAD", 0.16, 1.4, 2, 0},
	{"AU", "AUD", 0.12, 1.6, 2, 0.10},
	{"BR", "BRL", 0.15, 5, 2, 0},
	{"CH", "CHF", 0.05, 1, 2, 0.081},
	{"MX", "MXN", 0.09, 20, 2, 0.16},
}

// price is what a customer pays and what the developer gets of it, in the
// currency's smallest unit.
func (m market) price(tier int) (customer, proceeds int64) {
	if tier == 0 {
		return 0, 0
	}
	unit := math.Pow10(m.decimals)
	whole := math.Round(float64(tier) * m.perDollar)
	customer = int64(whole*unit) - 1
	if m.decimals == 0 {
		customer = int64(math.Round(whole/10) * 10)
	}
	proceeds = int64(math.Floor(float64(customer) / (1 + m.tax) * 0.85))
	return customer, proceeds
}

// money writes an amount in the currency's smallest unit as a report does.
func (m market) money(amount int64) string {
	if m.decimals == 0 || amount == 0 {
		return fmt.Sprint(amount)
	}
	sign := ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	return fmt.Sprintf("%s%d.%02d", sign, amount/100, amount%100)
}

// sale is one row of a day.
type sale struct {
	product
	kind
	market
	units  int
	refund bool
}

// soldDays keeps the rows of days that were asked for, since a report of
// subscriptions looks at a month of them.
var soldDays struct {
	sync.Mutex
	rows map[string][]sale
}

// soldOn is what the server's team sells on a day.
func (s *Server) soldOn(day time.Time) []sale {
	if s.opt.Orchard {
		return soldOf(orchardProducts, s.opt.Seed, day)
	}
	return soldOf(products, s.opt.Seed, day)
}

// soldOf gives the rows of a day: the same for the same seed and day. Callers leave
// them as they are.
func soldOf(products []product, seed uint64, day time.Time) []sale {
	key := fmt.Sprintf("%s %d %s", products[0].sku, seed, day.Format(time.DateOnly))
	soldDays.Lock()
	defer soldDays.Unlock()
	rows, made := soldDays.rows[key]
	if made {
		return rows
	}
	if soldDays.rows == nil || len(soldDays.rows) > 2000 {
		soldDays.rows = map[string][]sale{}
	}
	rows = sellOn(products, seed, day)
	soldDays.rows[key] = rows
	return rows
}

func sellOn(products []product, seed uint64, day time.Time) (rows []sale) {
	for _, p := range products {
		for _, k := range p.kinds {
			for _, m := range markets {
				dice := roll(seed, day, p.sku, k.code, k.subscription, m.country)
				mean := k.perDay * m.share * season(day)
				if n := draw(mean, dice); n > 0 {
					rows = append(rows, sale{p, k, m, n, false})
				}
				if again := roll(seed, day, "refund", p.sku, m.country, k.subscription); k.refunded && again < mean/220 {
					rows = append(rows, sale{p, k, m, -1, true})
				}
			}
		}
	}
	return rows
}

// season is how a day compares with others: more at weekends and in December,
// and a slow growth over the years.
func season(day time.Time) float64 {
	f := 1 + float64(day.Unix()-1735689600)/(86400*365)*0.25
	switch day.Weekday() {
	case time.Saturday:
		f *= 1.25
	case time.Sunday:
		f *= 1.35
	}
	if day.Month() == time.December {
		f *= 1.4
	}
	return f
}

// draw is a whole number around a mean.
func draw(mean, dice float64) int {
	return int(math.Floor(mean*(0.7+0.6*dice) + dice))
}

// roll is a number from 0 to 1 that depends on nothing but its words.
func roll(seed uint64, day time.Time, words ...string) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %s", seed, day.Format(time.DateOnly), strings.Join(words, " "))
	n := h.Sum64()
	n = (n ^ n>>33) * 0xff51afd7ed558ccd // spreads what the hash leaves together
	n ^= n >> 33
	return float64(n>>11) / (1 << 53)
}
