package bot_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	slackgo "github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/sandbox/blockkit"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// mostBlockText is how much text Slack takes in all blocks of a message.
const mostBlockText = 11_340

// golden is a case of which everything that people see is kept: the digest, its thread,
// and what /asc sales and others answer. The .txt file is as people read it, the .json
// file has the text and the blocks as they are sent.
type golden struct {
	about    string // the case, in a sentence
	at       string // when the digest is due; blank: 9:00 Pacific on Tue 24 Nov 2026
	due      string // of the digest, when it is looked at later
	old      bool   // whether the whole year is fetched, too
	currency string // that totals are shown in; blank: none
	rates    map[string]string
	digest   bot.Digest
	ask      []string // commands; none: "sales"
	shop     func(s *bot.Shop)
}

const (
	theDay = "2026-11-23" // a Monday; the business day of most cases
)

// euros are rates to the euro.
var euros = map[string]string{"USD": "1.10", "GBP": "0.85", "JPY": "160", "BRL": "6.00", "KWD": "0.33", "AUD": "1.70", "CHF": "0.95", "CAD": "1.50"}

// days answers with rows for the days that are named, and others for all the rest.
// There are no subscriptions.
func days(usual []string, named map[string][]string) func(vendor, kind, day string) (int, string) {
	return func(_, kind, day string) (int, string) {
		if kind != bot.SalesReport {
			return bot.NoSales()
		}
		if rows, ok := named[day]; ok {
			return bot.SalesRows(rows...)
		}
		return bot.SalesRows(usual...)
	}
}

var goldens = map[string]golden{
	"currencies": {
		about:    "Units × proceeds in six currencies, of which one has no rate and one has three digits",
		currency: "EUR", rates: euros,
		shop: func(s *bot.Shop) {
			s.Says(days(
				[]string{"HALO Halo 1F 100 0.70 USD US", "HALO Halo 1F 30 0.60 EUR DE", "TIDE Tide 1F 10 2.10 GBP GB"},
				map[string][]string{theDay: {
					"HALO Halo 1F 120 0.70 USD US", "HALO Halo 1F 33 0.65 EUR DE", "TIDE Tide 1F 11 2.10 GBP GB", "HALO Halo 1F 7 84 JPY JP",
					"TIDE Tide 1F 3 0.215 KWD KW", "HALO Halo 1F 40 11.90 MXN MX",
				}},
			))
		},
	},
	"currencies-apart": {
		about: "The same without a reporting currency: amounts stand side by side and are never added",
		shop: func(s *bot.Shop) {
			s.Says(days(
				[]string{"HALO Halo 1F 100 0.70 USD US", "HALO Halo 1F 30 0.60 EUR DE", "TIDE Tide 1F 10 2.10 GBP GB"},
				map[string][]string{theDay: {
					"HALO Halo 1F 120 0.70 USD US", "HALO Halo 1F 33 0.65 EUR DE", "TIDE Tide 1F 11 2.10 GBP GB", "HALO Halo 1F 7 84 JPY JP",
					"TIDE Tide 1F 3 0.215 KWD KW", "HALO Halo 1F 40 11.90 MXN MX",
				}},
			))
		},
	},
	"refunds": {
		about:    "More was given back than sold: the total is less than nothing",
		currency: "EUR", rates: euros,
		shop: func(s *bot.Shop) {
			s.Says(days(
				[]string{"HALO Halo 1F 40 0 - DE", "plus Halo+Plus IAY 20 6.30 EUR DE parent=HALO sub=Renewal", "plus Halo+Plus IAY -1 6.30 EUR DE parent=HALO sub=Renewal"},
				map[string][]string{theDay: {
					"HALO Halo 1F 38 0 - DE", "plus Halo+Plus IAY 4 6.30 EUR DE parent=HALO sub=Renewal",
					"plus Halo+Plus IAY -9 6.30 EUR DE parent=HALO sub=Renewal", "coins 100+Coins IA1 -2 0.70 USD US parent=HALO", "HALO Halo 1F -1 0 - US",
				}},
			))
		},
	},
	"free": {
		about:    "Apps that are free: downloads, and no money at all",
		currency: "EUR", rates: euros,
		shop: func(s *bot.Shop) {
			s.Says(days(
				[]string{"FERN Fern 1F 900 0 - DE", "MOSS Moss 1 55 0 - US", "FERN Fern 3F 80 0 - DE", "FERN Fern 7F 4000 0 - DE"},
				map[string][]string{theDay: {"FERN Fern 1F 990 0 - DE", "MOSS Moss 1 41 0 - US", "FERN Fern 3F 81 0 - DE", "FERN Fern 7F 12500 0 - DE"}},
			))
		},
	},
	"bundles": {
		about:    "App bundles, with the credit that customers get for an app they own, which is no refund",
		currency: "EUR", rates: euros,
		shop: func(s *bot.Shop) {
			s.Says(days(
				[]string{"HALO Halo 1F 20 2.80 EUR DE", "TIDE Tide 1F 10 2.10 EUR DE", "PACK Meadow+Pack 1-B 10 4.20 EUR DE"},
				map[string][]string{theDay: {
					"HALO Halo 1F 22 2.80 EUR DE", "TIDE Tide 1F 9 2.10 EUR DE", "PACK Meadow+Pack 1-B 12 4.20 EUR DE", "PACK Meadow+Pack F1-B 2 4.20 EUR DE",
					"HALO Halo 1F -3 2.80 EUR DE cmb=CMB-C",
				}},
			))
		},
	},
	"unknown": {
		about:    "An in-app purchase of an app that the report has no row of, one of no app at all, and a product type nobody knows",
		currency: "EUR", rates: euros,
		shop: func(s *bot.Shop) {
			s.Says(days(
				[]string{"HALO Halo 1F 20 2.80 EUR DE"},
				map[string][]string{theDay: {
					"HALO Halo 1F 22 2.80 EUR DE", "gem Gem IA1 30 0.70 EUR DE parent=ORBIT", "dust Dust IA1 5 0.70 EUR DE", "HALO Halo 4Q 17 1.00 EUR DE", "HALO Halo 1F 2 1.00 - DE",
				}},
			))
		},
	},
	"quiet": {
		about:    "A day on which nobody downloaded an app of which something was bought: the days before say what it is called",
		currency: "EUR", rates: euros,
		ask: []string{"sales"},
		shop: func(s *bot.Shop) {
			s.Says(days(
				[]string{"HALO Halo 1F 20 2.80 EUR DE", "TIDE Tide+Tables 1F 3 0 - DE", "gem Gem IA1 30 0.70 EUR DE parent=TIDE"},
				map[string][]string{theDay: {"HALO Halo 1F 22 2.80 EUR DE", "gem Gem IA1 31 0.70 EUR DE parent=TIDE"}},
			))
		},
	},
	"promo": {
		about:    "Downloads with promo codes, which are units without proceeds, and pre-orders",
		currency: "EUR", rates: euros,
		shop: func(s *bot.Shop) {
			s.Says(days(
				[]string{"HALO Halo 1F 50 2.80 EUR DE"},
				map[string][]string{theDay: {"HALO Halo 1F 48 2.80 EUR DE", "HALO Halo 1F 25 0 EUR DE promo=GP", "DAWN Dawn 1F 600 3.50 EUR DE order=Pre-order"}},
			))
		},
	},
	"nosales": {
		about:    "A day without sales, which is known a day after the report was due",
		at:       "2026-11-25T17:30:00Z",
		due:      "2026-11-24T17:00:00Z",
		currency: "EUR", rates: euros,
		ask: []string{"sales 2026-11-23", "sales 7d"},
		shop: func(s *bot.Shop) {
			s.Says(func(_, kind, day string) (int, string) {
				if kind != bot.SalesReport || day >= theDay {
					return bot.NoSales()
				}
				return bot.SalesRows("HALO Halo 1F 3 2.80 EUR DE")
			})
		},
	},
	"notyet": {
		about:    "The report is not there yet: nothing is taken for zero",
		currency: "EUR", rates: euros,
		ask: []string{"sales", "sales 2026-11-23", "sales 7d"},
		shop: func(s *bot.Shop) {
			s.Says(func(_, kind, day string) (int, string) {
				if kind != bot.SalesReport {
					return bot.NoSales()
				}
				if day == theDay {
					return bot.NotOut()
				}
				return bot.SalesRows("HALO Halo 1F 50 2.80 EUR DE", "TIDE Tide 1F 10 2.10 EUR DE")
			})
		},
	},
	"twovendors": {
		about:    "Two vendors, of which the report of one is missing",
		currency: "EUR", rates: euros,
		shop: func(s *bot.Shop) {
			s.AddVendor("Meadow Games", "86543210")
			s.Says(func(vendor, kind, day string) (int, string) {
				switch {
				case kind != bot.SalesReport:
					return bot.NoSales()
				case vendor == "86543210" && day == theDay:
					return bot.NotOut()
				case vendor == "86543210":
					return bot.SalesRows("MAZE Maze 1F 10 7.00 EUR DE")
				}
				return bot.SalesRows("HALO Halo 1F 50 2.80 EUR DE")
			})
		},
	},
	"version": {
		about:    "Apple has withdrawn the version in which reports of subscriptions were asked for: the one it names is used",
		currency: "EUR", rates: euros,
		ask: []string{"sales", "status"},
		shop: func(s *bot.Shop) {
			s.Versions("1_7")
			s.Says(subscribers)
		},
	},
	"newyear": {
		about:    "The first day of a year against one of the year before",
		at:       "2027-01-02T17:00:00Z",
		currency: "EUR", rates: euros,
		ask: []string{"sales", "sales 2026-12-28..2027-01-03", "sales month"},
		shop: func(s *bot.Shop) {
			s.Says(days([]string{"HALO Halo 1F 40 2.80 EUR DE"}, map[string][]string{"2027-01-01": {"HALO Halo 1F 90 2.80 EUR DE"}}))
		},
	},
	"newyear-week": {
		about:    "A week that begins in one year and ends in the next",
		at:       "2027-01-04T17:00:00Z",
		currency: "EUR", rates: euros,
		ask:    []string{"sales 2026-12-28..2027-01-03"},
		digest: bot.Digest{Name: "weekly", Covers: bot.CoversWeek, When: right(schedule.Parse("0 9 * * 1", "America/Los_Angeles"))},
		shop: func(s *bot.Shop) {
			s.Says(days([]string{"HALO Halo 1F 40 2.80 EUR DE"}, map[string][]string{"2027-01-01": {"HALO Halo 1F 90 2.80 EUR DE"}}))
		},
	},
	"month": {
		about:    "A month, in the charts as whole months of a year",
		at:       "2026-12-01T17:00:00Z",
		currency: "EUR", rates: euros,
		old:    true,
		ask:    []string{"sales 2026-11", "sales 28d", "sales 90d"},
		digest: bot.Digest{Name: "monthly", Covers: bot.CoversMonth, When: right(schedule.Parse("0 9 1 * *", "America/Los_Angeles"))},
		shop:   func(s *bot.Shop) { s.Says(subscribers) },
	},
	"names": {
		about:    "An app with emoji and <!channel> in its name, a product that would be a link, and one with a formula for a name",
		currency: "EUR", rates: euros,
		ask: []string{"sales", "sales by product"},
		shop: func(s *bot.Shop) {
			s.Catalogue("6448000001 🦊+<!channel>+Fox+&+Friends+*bold* FOX", "6448000002 Halo HALO")
			s.Says(days(
				[]string{"FOX 🦊+<!channel>+Fox+&+Friends+*bold* 1F 50 2.80 EUR DE", "HALO Halo 1F 50 2.80 EUR DE"},
				map[string][]string{theDay: {
					"FOX 🦊+<!channel>+Fox+&+Friends+*bold* 1F 250 2.80 EUR DE", "HALO Halo 1F 50 2.80 EUR DE",
					"acorn <https://evil.example|apple.com>+:tada:+_x_ IA1 30 0.70 EUR DE parent=FOX", "sum =HYPERLINK(1)+`code`+<@U0ANA> IA1 3 0.70 EUR DE parent=FOX",
				}},
			))
		},
	},
	"manyapps": {
		about:    "300 apps: the table, the charts and the lists stay within what Slack takes, and still come to the whole",
		currency: "EUR", rates: euros,
		ask: []string{"sales"},
		shop: func(s *bot.Shop) {
			s.Says(func(_, kind, day string) (int, string) {
				if kind != bot.SalesReport {
					return bot.NoSales()
				}
				var rows []string
				for i := range 300 {
					rows = append(rows, fmt.Sprintf("APP%03d An+app+with+quite+a+long+name+for+a+table,+number+%03d 1F %d 1.40 EUR DE", i, i, 3*i+len(day)+int(day[9]-'0')*(i%5)))
				}
				return bot.SalesRows(rows...)
			})
		},
	},
	"manycountries": {
		about:    "175 countries, each with a currency of its own or dollars",
		currency: "EUR", rates: euros,
		ask: []string{"sales by country"},
		shop: func(s *bot.Shop) {
			s.Says(func(_, kind, day string) (int, string) {
				if kind != bot.SalesReport {
					return bot.NoSales()
				}
				currencies := map[string]string{"US": "USD", "DE": "EUR", "FR": "EUR", "GB": "GBP", "JP": "JPY", "BR": "BRL", "CH": "CHF", "CA": "CAD", "AU": "AUD", "MX": "MXN", "CZ": "CZK", "KR": "KRW", "IN": "INR"}
				var rows []string
				for i, country := range strings.Fields(storefronts) {
					currency := currencies[country]
					if currency == "" {
						currency = "USD"
					}
					price := "2.10"
					if currency == "JPY" || currency == "KRW" {
						price = "310"
					}
					rows = append(rows, fmt.Sprintf("HALO Halo 1F %d %s %s %s", 1+(i*37+int(day[9]-'0')*11)%90, price, currency, country))
				}
				return bot.SalesRows(rows...)
			})
		},
	},
	"subscriptions": {
		about:    "Subscriptions: active, trials started and converted, renewals, cancellations, net change",
		currency: "EUR", rates: euros,
		ask:  []string{"sales", "sales by kind"},
		shop: func(s *bot.Shop) { s.Says(subscribers) },
	},
	"noevents": {
		about:    "How many subscriptions there are is known, and what happened to them is not yet: nothing is taken for zero",
		currency: "EUR", rates: euros,
		shop: func(s *bot.Shop) {
			s.Says(func(vendor, kind, day string) (int, string) {
				if kind == bot.EventsReport && day == theDay {
					return bot.NotOut()
				}
				return subscribers(vendor, kind, day)
			})
		},
	},
	"reviews": {
		about:    "New reviews, some of them bad",
		currency: "EUR", rates: euros,
		shop: func(s *bot.Shop) {
			s.Catalogue("6448000001 Halo HALO", "6448000002 Tide TIDE")
			s.Reviewed("6448000001", "1 2026-11-24T07:00:00Z", "2 2026-11-23T20:00:00Z", "5 2026-11-23T12:00:00Z", "5 2026-11-22T12:00:00Z")
			s.Says(days([]string{"HALO Halo 1F 50 2.80 EUR DE"}, nil))
		},
	},
	"fiscal": {
		about:    "A fiscal month of which the sales are kept: what was bought inside an app counts to the app",
		currency: "EUR", rates: euros, old: true,
		ask: []string{"finance 2027-01", "finance 2027-02"},
		shop: func(s *bot.Shop) {
			s.Says(days([]string{"HALO Halo 1F 50 2.80 EUR DE", "coins 100+Coins IA1 9 0.70 USD US parent=HALO"}, nil))
			s.Finance(func(string, string) (int, string) {
				return bot.Tabbed(financialColumns,
					"09/27/2026|10/31/2026| | |HALO|1750|2.80|4900.00|EUR|S|6448000001|Meadow Labs|Halo| | |1F| |DE| | |3.99|EUR",
					"09/27/2026|10/31/2026| | |coins|315|.70|220.50|USD|S|6448000009|Meadow Labs|100 Coins| | |IA1| |US| | |.99|USD",
					"09/27/2026|10/31/2026| | |coins|-5|.70|-3.50|USD|R|6448000009|Meadow Labs|100 Coins| | |IA1| |US| | |-.99|USD",
					"09/27/2026|10/31/2026| | |gem|3|.70|2.10|USD|S|6448000010|Meadow Labs|Gem| | |IA1| |US| | |.99|USD",
					"Total_Rows|4", "Total_Amount|5119.10", "Total_Units|2063")
			})
		},
	},
	"fiscal53": {
		about:    "Apple's fiscal year of 53 weeks: its third month has five of them",
		at:       "2028-11-20T17:00:00Z",
		currency: "EUR", rates: euros,
		ask: []string{"finance 2023-03", "finance 2028-03", "finance 2028-04 EU", "finance 2028-05", "finance 2029-02"},
		shop: func(s *bot.Shop) {
			s.Says(days([]string{"HALO Halo 1F 50 2.80 EUR DE"}, nil))
			s.Finance(func(month, region string) (int, string) {
				if month == "2028-05" {
					return bot.NoSales()
				}
				return bot.Tabbed(financialColumns,
					"11/28/2027|01/01/2028| | |HALO|120|2.80|336.00|EUR|S|6448000001|Meadow Labs|Halo| | |1F| |DE| | |3.99|EUR",
					"11/28/2027|01/01/2028| | |HALO|-2|2.80|-5.60|EUR|R|6448000001|Meadow Labs|Halo| | |1F| |DE| | |3.99|EUR",
					"11/28/2027|01/01/2028| | |coins|40|84|3360|JPY|S|6448000009|Meadow Labs|100 Coins| | |IA1| |JP| | |120|JPY",
					"Total_Rows|3", "Total_Amount|330.40", "Total_Units|158")
			})
		},
	},
	"fiscallate": {
		about:    "a fiscal month that is over since nine days, and has no report yet; one that is over for long has none either",
		at:       "2026-11-09T17:00:00Z",
		currency: "EUR", rates: euros,
		ask: []string{"finance 2027-01", "finance 2026-12", "finance 2027-02"},
		shop: func(s *bot.Shop) {
			s.Says(days([]string{"HALO Halo 1F 50 2.80 EUR DE"}, nil))
			s.Finance(func(string, string) (int, string) { return bot.NoSales() })
		},
	},
	"fiscalodd": {
		about:    "a financial report with an app of two titles, two apps of one title, an unknown app, and a footer that counts otherwise",
		at:       "2028-11-20T17:00:00Z",
		currency: "EUR", rates: euros,
		ask: []string{"finance 2028-12"},
		shop: func(s *bot.Shop) {
			s.Says(days([]string{"TIDE Tide 1 1 2.80 EUR DE"}, nil))
			s.Finance(func(month, region string) (int, string) {
				return bot.Tabbed(financialColumns,
					"09/03/2028|09/30/2028| | |HALO|70|2.80|196.00|EUR|S|6448000001|Meadow Labs|Le Halo| | |1F| |FR| | |3.99|EUR",
					"09/03/2028|09/30/2028| | |HALO|50|2.80|140.00|EUR|S|6448000001|Meadow Labs|Halo| | |1F| |DE| | |3.99|EUR",
					"09/03/2028|09/30/2028| | |HALOMAC|9|7.005|63.045|EUR|S|6448000008|Meadow Labs|Halo| | |T1| |DE| | |9.99|EUR",
					"09/03/2028|09/30/2028| | |TIDE|-4|0.850|-3.400|KWD|R|6448000003|Meadow Labs|Ebbe| | |1F| |KW| | |1.250|KWD",
					"09/03/2028|09/30/2028| | |coins|40|84|3360|JPY|S|6448000009|Meadow Labs|100 Coins| | |IA1| |JP| | |120|JPY",
					"Total_Rows|7", "Total_Amount|3755.645", "Total_Units|165")
			})
		},
	},
}

const financialColumns = "Start Date|End Date|UPC|ISRC/ISBN|Vendor Identifier|Quantity|Partner Share|Extended Partner Share|Partner Share Currency|Sales or Return|Apple Identifier|Artist/Show/Developer/Author|Title|Label/Studio/Network/Developer/Publisher|Grid|Product Type Identifier|ISAN/Other Identifier|Country Of Sale|Pre-order Flag|Promo Code|Customer Price|Customer Currency"

// subscribers has an app with a subscription, and its three reports; the numbers grow a
// little from day to day.
func subscribers(_, kind, day string) (int, string) {
	n := int(day[8]-'0')*10 + int(day[9]-'0')
	switch kind {
	case bot.StandingReport:
		return bot.Tabbed("App Name|App Apple ID|Subscription Name|Subscription Apple ID|Subscription Group ID|Standard Subscription Duration|Customer Price|Customer Currency|Developer Proceeds|Proceeds Currency|Country|Active Standard Price Subscriptions|Active Free Trial Introductory Offer Subscriptions|Billing Retry|Grace Period|Subscribers",
			fmt.Sprintf("Halo|6448000001|Halo Plus|6448100002|21400001|1 Month|8.99|EUR|6.30|EUR|DE|%d|%d|31|12|", 4000+10*n, 200+n),
			fmt.Sprintf("Halo|6448000001|Halo Plus|6448100002|21400001|1 Month|9.99|USD|7.00|USD|US|%d|%d|17|9|", 2500-5*n, 90))
	case bot.EventsReport:
		row := func(event string, quantity int) string {
			return fmt.Sprintf("%s|%s|Halo|6448000001|Halo Plus|6448100002|21400001|1 Month|DE|%d", day, event, quantity)
		}
		return bot.Tabbed("Event Date|Event|App Name|App Apple ID|Subscription Name|Subscription Apple ID|Subscription Group ID|Standard Subscription Duration|Country|Quantity",
			row("Subscribe", 40+n), row("Start Introductory Offer", 30), row("Paid Subscription from Introductory Offer", 14), row("Renew", 300+n),
			row("Cancel", 21), row("Canceled from Billing Retry", 3), row("Upgrade", 2), row("Reactivate", 5))
	}
	return bot.SalesRows("HALO Halo 1F "+fmt.Sprint(300+n)+" 0 - DE", "HALO Halo 1F 120 0 - US", "HALO Halo 3F 80 0 - DE",
		fmt.Sprintf("plus Halo+Plus IAY %d 6.30 EUR DE parent=HALO sub=New", 40+n), fmt.Sprintf("plus Halo+Plus IAY %d 6.30 EUR DE parent=HALO sub=Renewal", 300+n),
		"plus Halo+Plus IAY 55 7.00 USD US parent=HALO sub=Renewal", "plus Halo+Plus IAY -2 6.30 EUR DE parent=HALO sub=Renewal", "coins 100+Coins IA1 60 0.70 USD US parent=HALO")
}

// storefronts are the countries and regions of the App Store.
const storefronts = `AE AF AG AI AL AM AO AR AT AU AZ BA BB BE BF BG BH BJ BM BN BO BR BS BT BW BY BZ CA CD CG CH CI CL CM CN CO CR CV CY CZ
DE DK DM DO DZ EC EE EG ES FI FJ FM FR GA GB GD GE GH GM GR GT GW GY HK HN HR HU ID IE IL IN IQ IS IT JM JO JP KE KG KH KN KR KW KY KZ
LA LB LC LK LR LT LU LV LY MA MD ME MG MK ML MM MN MO MR MS MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK PL PT PW PY
QA RO RS RU RW SA SB SC SE SG SI SK SL SN SR ST SV SZ TC TD TH TJ TM TN TO TR TT TW TZ UA UG US UY UZ VC VE VG VN VU XK YE ZA ZM ZW`

func right[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestGoldens draws every case and compares it with what was written down and read by
// somebody. -update writes it anew.
func TestGoldens(t *testing.T) {
	for name, g := range goldens {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, sent := g.drawn(t)
			same(t, filepath.Join("testdata", "golden", name+".txt"), read)
			same(t, filepath.Join("testdata", "golden", name+".json"), sent)
		})
	}
}

func same(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-as it was +as it is; run with -update and read it):\n%s", path, diff)
	}
}

// drawn is what people read in a case, and what is sent.
func (g golden) drawn(t *testing.T) (read, sent []byte) {
	at := g.at
	if at == "" {
		at = "2026-11-24T17:00:00Z"
	}
	now := right(time.Parse(time.RFC3339, at))
	s := bot.OpenShop(t, now, g.currency, g.rates)
	g.shop(s)
	s.Keep(g.old)
	if g.digest.When.Expression() == "" {
		g.digest.When = right(schedule.Parse("0 9 * * *", "America/Los_Angeles"))
	}
	due := now
	if g.due != "" {
		due = right(time.Parse(time.RFC3339, g.due))
	}
	message, thread := s.Posted(g.digest, due)
	if n := linesOf(message); n > mostLines {
		t.Errorf("the digest has %d lines; %d are what people read", n, mostLines)
	}
	shown := []titled{{"the digest", message}, {"in its thread", thread}}
	if len(g.ask) == 0 {
		g.ask = []string{"sales"}
	}
	for _, line := range g.ask {
		shown = append(shown, titled{"/asc " + line, answered(t, s, line)})
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s.\nAt %s.\n", g.about, at)
	var all []any
	for _, m := range shown {
		fmt.Fprintf(&out, "\n══ %s ══\n%s\n── as text alone ──\n%s\n", m.title, checked(t, m.title, m.Message), m.Text)
		all = append(all, map[string]any{"message": m.title, "text": m.Text, "blocks": bot.Shown(m.Message)})
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), append(text, '\n')
}

// mostLines is how many lines a digest may have, its head and what it rests on included.
const mostLines = 10

// linesOf counts the lines of text in a message; a chart is none.
func linesOf(m bot.Message) (n int) {
	for _, b := range m.Blocks {
		switch b := b.(type) {
		case *slackgo.SectionBlock:
			n += 1 + strings.Count(b.Text.Text, "\n")
		case *slackgo.HeaderBlock, *slackgo.ContextBlock:
			n++
		}
	}
	return n
}

type titled struct {
	title string
	bot.Message
}

// answered asks a command of the table.
func answered(t *testing.T, s *bot.Shop, line string) bot.Message {
	t.Helper()
	words := strings.Fields(line)
	for _, v := range commands.Table() {
		if v.Words != words[0] || v.Query == nil {
			continue
		}
		q := v.Query()
		if err := q.Parse(words[1:]); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		m, err := q.Answer(t.Context(), s.Desk())
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return m
	}
	t.Fatalf("there is no command %q", words[0])
	return bot.Message{}
}

// checked is a message as a client of Slack shows it. Slack has to take it: with charts
// and tables and, where those are refused, without.
func checked(t *testing.T, title string, m bot.Message) string {
	t.Helper()
	if m.Text == "" && len(m.Blocks) == 0 {
		return "(nothing)"
	}
	for how, blocks := range map[string][]slackgo.Block{"": bot.Shown(m), " without charts": bot.WithoutCharts(m)} {
		raw, err := json.Marshal(map[string]any{"text": m.Text, "blocks": blocks})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range blockkit.Message(raw) {
			t.Errorf("Slack does not take %s%s: %s", title, how, c)
		}
		inside, err := json.Marshal(blocks)
		if err != nil {
			t.Fatal(err)
		}
		if n := blockkit.TextLength(inside); n > mostBlockText {
			t.Errorf("%s%s has %d characters in its blocks; Slack takes %d", title, how, n, mostBlockText)
		}
	}
	if n := len([]rune(string(m.Text))); n > 4000 {
		t.Errorf("%s has a text of %d characters; an edit takes 4,000", title, n)
	}
	raw, err := json.Marshal(bot.Shown(m))
	if err != nil {
		t.Fatal(err)
	}
	return slack.Plain(raw, nil)
}

// TestGoldenClockChanges writes down when digests in the night are due
// around both changes of clocks in three zones, and what their head lines say: each day
// once, also in the night that lacks their time, and in the one that has it twice.
func TestGoldenClockChanges(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	for _, c := range []struct{ zone, change, first, cron string }{
		{"America/Los_Angeles", "clocks go forward", "2027-03-12", "30 2 * * *"}, {"America/Los_Angeles", "clocks go back", "2026-10-30", "30 1 * * *"},
		{"Europe/Berlin", "clocks go forward", "2027-03-26", "30 2 * * *"}, {"Europe/Berlin", "clocks go back", "2026-10-23", "30 2 * * *"},
		{"Australia/Sydney", "clocks go forward", "2026-10-02", "30 2 * * *"}, {"Australia/Sydney", "clocks go back", "2027-04-02", "30 2 * * *"},
	} {
		fmt.Fprintf(&out, "%s, %s\n", c.zone, c.change)
		when := right(schedule.Parse(c.cron, c.zone))
		zone := right(time.LoadLocation(c.zone))
		first := right(time.ParseInLocation(time.DateOnly, c.first, zone))
		posted := map[string]int{}
		for at := when.Next(first).At; at.Before(first.AddDate(0, 0, 4)); at = when.Next(at).At {
			s := bot.OpenShop(t, at, "EUR", euros)
			s.Says(days([]string{"HALO Halo 1F 50 2.80 EUR DE"}, nil))
			s.KeepSome(3)
			m, _ := s.Posted(bot.Digest{When: when, Sections: []string{"downloads"}}, at)
			head, _, _ := strings.Cut(string(m.Text), "\n")
			fmt.Fprintf(&out, "  %s  (%s)  %s\n", at.In(zone).Format("Mon 2 Jan 2006 15:04 MST"), at.Format("15:04Z"), head)
			posted[head]++
			if posted[head] > 1 {
				t.Errorf("%s, %s: %s is posted twice", c.zone, c.change, head)
			}
		}
		if len(posted) != 4 {
			t.Errorf("%s, %s: %d digests in four days", c.zone, c.change, len(posted))
		}
	}
	same(t, filepath.Join("testdata", "golden", "clockchanges.txt"), []byte(out.String()))
}
