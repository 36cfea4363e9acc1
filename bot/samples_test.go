package bot

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
)

// The columns of reports that others have published: of 2010, of 2011, of the years before
// orders had a type, the 28 of versions 1_0
// and 1_1, and those with columns that are yet to come.
const (
	columns2010 = "Provider|Provider Country|Vendor Identifier|UPC|ISRC|Artist / Show|Title / Episode / Season|Label/Studio/Network|Product Type Identifier|Units|Royalty Price|" +
		"Begin Date|End Date|Customer Currency|Country Code|Royalty Currency|Preorder|Season Pass|ISAN|Apple Identifier|Customer Price|CMA|Asset/Content Flavor|" +
		"Vendor Offer Code|Grid|Promo Code|Parent Identifier"
	columns2011 = "Provider|Provider Country|SKU|Developer|Title|Version|Product Type Identifier|Units|Developer Proceeds|Begin Date|End Date|Customer Currency|" +
		"Country Code|Currency of Proceeds|Apple Identifier|Customer Price|Promo Code|Parent Identifier|Subscription|Period"
	columns27     = columns2011 + "|Category|CMB|Device|Supported Platforms|Proceeds Reason|Preserved Pricing|Client"
	columns28     = columns27 + "|Order Type"
	columnsToCome = columns28 + "|Something New|Another"
)

// Reports as others have published them come to the right sums. The rows are made up;
// what is odd about them is not.
func TestPublishedReports(t *testing.T) {
	for name, c := range map[string]struct {
		columns  string
		rows     []string
		proceeds string
		kinds    string
		odd      string
	}{
		"2010: the columns of music, days of two forms, a code that was free, two currencies in a row": {
			columns2010, []string{
				"APPLE|US|000000001| | |Meadow|Widgets| |1|1|0|1/21/10|1/21/10|USD|US|USD| | | |350000001|0| | | | |CR-RW| ",
				"APPLE|US|000000001| | |Meadow|Widgets| |7|12|0|01/21/2010|01/21/2010|USD|US|USD| | | |350000001|0| | | | | | ",
				"APPLE|US|000000001| | |Meadow|Widgets| |1|4|.36|01/21/2010|01/21/2010|GBP|GB|GBP| | | |350000001|.59| | | | | | ",
				"APPLE|US|000000001| | |Meadow|Widgets| |1|3|.97|01/21/2010|01/21/2010|SEK|SE|EUR| | | |350000001|15| | | | | | ",
			},
			"EUR 2.91  ·  GBP 1.44", "first downloads 8, updates 12", "",
		},
		"2010: two of 1.40": {
			columns2011, []string{"APPLE|US|000000001|Meadow|Widgets||1|2|1.4|01/21/2010|01/21/2010|CAD|CA|CAD|350000001|1.99||||"},
			"CAD 2.80", "first downloads 2", "",
		},
		"2011: a space where there is nothing, an in-app purchase with its parent": {
			columns2011, []string{
				"APPLE|US|HALO|Meadow|Halo|1.2|1F|10|0|06/20/2011|06/20/2011|USD|US| |350000002|0| | | | ",
				"APPLE|US|coins|Meadow|Coins| |IA1|3|.7|06/20/2011|06/20/2011|USD|US|USD|350000003|.99| |HALO| | ",
			},
			"USD 2.10", "first downloads 10, in-app purchases 3", "",
		},
		"Apple's own sample of a refund: negative units, positive proceeds": {
			columns28, []string{
				"APPLE|US|coins|Meadow|Coins| |IA1|200|.7|11/23/2026|11/23/2026|USD|US|USD|1|0.99| |HALO| | |Games||iPhone|iOS| | | | ",
				"APPLE|US|coins|Meadow|Coins| |IA1|-50|.7|11/23/2026|11/23/2026|USD|US|USD|1|-0.99| |HALO| | |Games||iPhone|iOS| | | | ",
			},
			"USD 105.00", "in-app purchases 200, refunds -50", "strays HALO",
		},
		"the column of proceeds is per unit: adding it up alone would give a fraction": {
			columns28, []string{
				"APPLE|US|HALO|Meadow|Halo|2|1|57|1.23|11/23/2026|11/23/2026|USD|US|USD|1|1.99| | | | |Games||iPhone|iOS| | | | ",
				"APPLE|US|HALO|Meadow|Halo|2|1|1|1.23|11/23/2026|11/23/2026|USD|CA|USD|1|1.99| | | | |Games||iPad|iOS| | | | ",
			},
			"USD 71.34", "first downloads 58", "",
		},
		"27 columns: a bundle completed, with its credit": {
			columns27, []string{
				"APPLE|US|PACK|Meadow|Pack|1|1-B|4.00|6.30|11/23/2026|11/23/2026|EUR|DE|EUR|9|8.99| | | | |Games|CMB|iPhone|iOS| | | ",
				"APPLE|US|HALO|Meadow|Halo|1|1F|-4.00|2.10|11/23/2026|11/23/2026|EUR|DE|EUR|1|-2.99| | | | |Games|CMB-C|iPhone|iOS| | | ",
			},
			"EUR 16.80", "bundles 4, bundle credits -4", "",
		},
		"types that Apple's table does not have are shown": {
			columns28, []string{
				"APPLE|US|sub|Meadow|Old Sub| |IAC|2|1.4|11/23/2026|11/23/2026|USD|US|USD|3|1.99| |HALO|New|1 Month|Games||iPhone|iOS| | | | ",
				"APPLE|US|HALO|Meadow|Halo|2|10|7|0|11/23/2026|11/23/2026|USD|US|USD|1|0| | | | |Games||iPad|iOS| | | | ",
			},
			"USD 2.80", "other (type 10) 7, other (type IAC) 2", "",
		},
		"paid and received in two currencies": {
			columnsToCome, []string{"APPLE|US|HALO|Meadow|Halo|2|F1|3|2.1|11/23/2026|11/23/2026|PLN|PL|EUR|1|12.99| | | | |Games||Desktop|macOS| | | |Pay Up Front|x|y"},
			"EUR 6.30", "first downloads 3", "",
		},
		"free codes, a pre-order, other clients": {
			columns28, []string{
				"APPLE|US|HALO|Meadow|Halo|2|1F|6|0|11/23/2026|11/23/2026|EUR|DE|EUR|1|0|GP| | | |Games||iPhone|iOS| | | | ",
				"APPLE|US|HALO|Meadow|Halo|2|1F|2|1.75|11/23/2026|11/23/2026|EUR|DE|EUR|1|2.49|EDU| | | |Games||iPhone|iOS| | | | ",
				"APPLE|US|stick|Meadow|Stickers|1|1|4|.7|11/23/2026|11/23/2026|EUR|DE|EUR|7|.99| | | | |Stickers||iPhone|iOS| | |App Store for iMessage|pre-order",
				"APPLE|US|tv|Meadow|Halo TV|1|1|1|0|11/23/2026|11/23/2026|EUR|DE| |8|0| | | | |Games||Apple TV|tvOS| | | | ",
			},
			"EUR 6.30", "first downloads 13", "",
		},
		"a report of a week, with a bundle for the Mac, and re-downloads on the iPad": {
			columns28, []string{
				"APPLE|US|com.example.PackBundle|Meadow|Large Pack| |F1-B|1|5.61|11/17/2026|11/23/2026|EUR|BE|EUR|15|7.99| | | | |Music||iPhone|Mac OS| | | | ",
				"APPLE|US|HALO|Meadow|Halo|2|3T|7|0|11/23/2026|11/23/2026|USD|US|USD|1|0| | | | |Games||iPad|iOS| | | | ",
			},
			"EUR 5.61", "bundles 1, re-downloads 7", "",
		},
		"a correction of a price has no units": {
			columns28, []string{
				"APPLE|US|HALO|Meadow|Halo|2|1F|0|1.75|11/23/2026|11/23/2026|EUR|DE|EUR|1|2.49| | | | |Games||iPhone|iOS| | | | ",
				"APPLE|US|HALO|Meadow|Halo|2|1F|1.00|1.75|11/23/2026|11/23/2026|EUR|DE|EUR|1|2.49| | | | |Games||iPhone|iOS| | | | ",
			},
			"EUR 1.75", "first downloads 1", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			day := sampled(t, SalesReport, c.columns, c.rows...)
			d, err := day.books().Day(shopVendor, monday)
			if err != nil || d.Known != In {
				t.Fatalf("the report was not read: %+v, %v, %v", d.Known, err, day.books().Why(shopVendor, SalesReport, monday))
			}
			if got := MoneyList(d.Sales.Totals()); got != c.proceeds {
				t.Errorf("proceeds %s, want %s", got, c.proceeds)
			}
			if got := kindsOf(d.Sales); got != c.kinds {
				t.Errorf("kinds %q, want %q", got, c.kinds)
			}
			odd := strings.Join(strays(d.Sales), " ")
			if odd = strings.TrimSpace("strays " + odd); odd == "strays" {
				odd = ""
			}
			if odd != c.odd {
				t.Errorf("odd %q, want %q", odd, c.odd)
			}
		})
	}
}

// sampled is a shop that was given one report, of one day.
func sampled(t *testing.T, kind, columns string, rows ...string) *shop {
	t.Helper()
	s := newShop(t, schedule.ReportDue(monday))
	s.says = func(asked, on string) (int, string) {
		if asked != kind || on != monday.String() {
			return none(noSales)
		}
		return Tabbed(columns, rows...)
	}
	for _, of := range keptReports {
		if _, err := s.heard.of(s.Store, shopVendor, of, monday.AddDays(-keptDays)); err != nil {
			t.Fatal(err)
		}
		if err := s.keepReport(t.Context(), s.Teams[0], due{of, monday, false}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func kindsOf(d sales.Day) string {
	var parts []string
	for _, k := range d.ByKind() {
		if !k.Units.IsZero() {
			parts = append(parts, k.Name+" "+sales.Count(k.Units))
		}
	}
	if r := d.All().Refunds; !r.IsZero() {
		parts = append(parts, "refunds "+sales.Count(r))
	}
	return strings.Join(parts, ", ")
}

// Subscription reports under the names that their columns had in several years, with
// numbers that are withheld.
func TestPublishedSubscriptionReports(t *testing.T) {
	const front = "App Name|App Apple ID|Subscription Name|Subscription Apple ID|Subscription Group ID|Standard Subscription Duration|"
	const money = "Customer Price|Customer Currency|Developer Proceeds|Proceeds Currency|Preserved Pricing|Proceeds Reason|Client|Device|State|Country|"
	for name, c := range map[string]struct {
		columns string
		rows    []string
		want    string // active, trials, retry, grace
	}{
		"with the older name of offers": {
			front + "Promotional Offer Name|Promotional Offer ID|" + money + "Active Standard Price Subscriptions|Active Free Trial Introductory Offer Subscriptions|Active Pay Up Front Introductory Offer Subscriptions|Active Pay As You Go Introductory Offer Subscriptions|Free Trial Promotional Offer Subscriptions|Pay Up Front Promotional Offer Subscriptions|Pay As You Go Promotional Offer Subscriptions|Marketing Opt-Ins|Billing Retry|Grace Period",
			[]string{"Halo|1|Halo Plus|2|3|1 Month| | |8.99|EUR|6.30|EUR| | | |iPhone|Bayern|DE|100|7|3|2|1|1|1|4|5|6", "Halo|1|Halo Plus|2|3|1 Month| | |8.99|EUR|6.30|EUR| |Rate After One Year| |iPad| |DE|20| | | | | | | |1| "},
			"127 active, 8 trials, 6 retried, 6 in grace",
		},
		"1_3, with win-back offers and numbers withheld": {
			front + "Subscription Offer Name|Promotional Offer ID|" + money + "Active Standard Price Subscriptions|Active Free Trial Introductory Offer Subscriptions|Active Pay Up Front Introductory Offer Subscriptions|Active Pay as You Go Introductory Offer Subscriptions|Free Trial Promotional Offer Subscriptions|Pay Up Front Promotional Offer Subscriptions|Pay As You Go Promotional Offer Subscriptions|Free Trial Offer Code Subscriptions|Pay Up Front Offer Code Subscriptions|Pay As You Go Offer Code Subscriptions|Marketing Opt-Ins|Billing Retry|Grace Period|Subscribers|Free Trial Win-Back Offers|Pay Up Front Win-Back Offers|Pay As You Go Win-Back Offers",
			[]string{"Halo|1|Halo Plus|2|3|1 Month| | |8.99|EUR|6.30|EUR| | | |iPhone| |DE|50|1|2|3|4|5|6|7|8|9| |10|11| |1|2|3"},
			"88 active, 13 trials, 10 retried, 11 in grace",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := sampled(t, StandingReport, c.columns, c.rows...)
			on, standing, _, err := s.books().Subscriptions(shopVendor, monday)
			if err != nil || !standing {
				t.Fatalf("the report was not read: %v, %v", err, s.books().Why(shopVendor, StandingReport, monday))
			}
			all, err := on.Total()
			if err != nil {
				t.Fatal(err)
			}
			if got := sales.Count(all.Active) + " active, " + sales.Count(all.Trials) + " trials, " + sales.Count(all.Retry) + " retried, " + sales.Count(all.Grace) + " in grace"; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// Events under every name that was seen, with days written both ways; what nobody knows
// keeps Apple's name.
func TestPublishedEventReports(t *testing.T) {
	const columns = "Event Date|Event|App Name|App Apple ID|Subscription Name|Subscription Apple ID|Subscription Group ID|Standard Subscription Duration|Subscription Offer Type|Subscription Offer Duration|Marketing Opt-In|Marketing Opt-In Duration|Preserved Pricing|Proceeds Reason|Subscription Offer Name|Promotional Offer ID|Consecutive Paid Periods|Original Start Date|Device|Client|State|Country|Previous Subscription Name|Previous Subscription Apple ID|Days Before Canceling|Cancellation Reason|Days Canceled|Quantity|Paid Service Days Recovered"
	row := func(date, event, offer string, quantity string) string {
		return date + "|" + event + "|Halo|1|Halo Plus|2|3|1 Month|" + offer + "| | | | | | | |1|" + date + "|iPhone| | |DE| | | | | |" + quantity + "| "
	}
	s := sampled(t, EventsReport, columns,
		row("2026-11-23", "Subscribe", " ", "9"), row("11/23/2026", "Start Introductory Offer", "Free Trial", "8"), row("2026-11-23", "Start Introductory Offer", "Pay Up Front", "2"),
		row("2026-11-23", "Start Offer Code", "Free Trial", "1"), row("2026-11-23", "Paid Subscription from Introductory Offer", " ", "4"), row("2026-11-23", "Renew", " ", "70"),
		row("2026-11-23", "Renewal from Billing Retry", " ", "3"), row("2026-11-23", "Reactivate", " ", "2"), row("2026-11-23", "Cancel", " ", "6"),
		row("2026-11-23", "Canceled from Billing Retry", " ", "1"), row("2026-11-23", "Canceled from Billing Grace Period", " ", "1"), row("2026-11-23", "Canceled After Renewal Extension", " ", "1"),
		row("2026-11-23", "Upgrade", " ", "5"), row("2026-11-23", "Crossgrade from Billing Retry", " ", "1"), row("2026-11-23", "Opt-In", " ", "2"), row("2026-11-23", "Refund", " ", "1"))
	on, _, events, err := s.books().Subscriptions(shopVendor, monday)
	if err != nil || !events {
		t.Fatalf("the report was not read: %v, %v", err, s.books().Why(shopVendor, EventsReport, monday))
	}
	counts, err := on.Happened()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for what, n := range counts {
		got[what.Words()] = sales.Count(n)
	}
	want := map[string]string{
		"subscribed": "9", "trials started": "9", "offers started": "2", "converted to the full price": "4", "renewed": "73", "reactivated": "2",
		"cancelled": "9", "Upgrade": "5", "Crossgrade from Billing Retry": "1", "Opt-In": "2", "refunded": "1",
	}
	for what, n := range want {
		if got[what] != n {
			t.Errorf("%s: %s, want %s", what, got[what], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("what happened: %v", got)
	}
}

// What comes in the place of a report is no report, and no zero either.
func TestWhatIsNoReport(t *testing.T) {
	for name, answer := range map[string]string{
		"a page that asks for a password": "<html><head><title>Sign in</title></head></html>",
		"nothing at all":                  "",
		"a report without units":          "SKU\tTitle\tProduct Type Identifier\tDeveloper Proceeds\nHALO\tHalo\t1F\t0.70\n",
	} {
		s := newShop(t, schedule.ReportDue(monday))
		s.says = func(string, string) (int, string) { return http.StatusOK, answer }
		if _, err := s.heard.of(s.Store, shopVendor, SalesReport, monday.AddDays(-keptDays)); err != nil {
			t.Fatal(err)
		}
		if err := s.keepReport(t.Context(), s.Teams[0], due{SalesReport, monday, false}); err == nil {
			t.Errorf("%s is taken for a report", name)
		}
		if d, err := s.books().Day(shopVendor, monday); err != nil || d.Known != Unasked {
			t.Errorf("%s makes a day that is known: %v, %v", name, d.Known, err)
		}
	}
}
