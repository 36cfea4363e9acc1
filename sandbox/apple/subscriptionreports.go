package apple

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

func init() {
	reports["SUBSCRIPTION SUMMARY DAILY"] = subscriptionFamily(subscriptionVersions, subscriptionTable)
	reports["SUBSCRIPTION_EVENT SUMMARY DAILY"] = subscriptionFamily(subscriptionVersions, eventTable)
	reports["SUBSCRIBER DETAILED DAILY"] = subscriptionFamily([]string{"1_3"}, subscriberTable)
	reports["SUBSCRIPTION_OFFER_CODE_REDEMPTION SUMMARY DAILY"] = subscriptionFamily([]string{"1_0"}, redemptionTable)
	for _, name := range []string{
		"PRE_ORDER SUMMARY DAILY", "PRE_ORDER SUMMARY WEEKLY", "PRE_ORDER SUMMARY MONTHLY", "PRE_ORDER SUMMARY YEARLY",
		"NEWSSTAND DETAILED DAILY", "NEWSSTAND DETAILED WEEKLY", "WIN_BACK_ELIGIBILITY SUMMARY DAILY",
		"INSTALLS SUMMARY MONTHLY", "INSTALLS DETAILED MONTHLY", "INSTALLS DETAILED YEARLY", "INSTALLS SUMMARY_CHANNEL YEARLY",
		"INSTALLS SUMMARY_INSTALL_TYPE YEARLY", "INSTALLS SUMMARY_TERRITORY YEARLY", "FIRST_ANNUAL DETAILED DAILY", "FIRST_ANNUAL SUMMARY YEARLY",
	} {
		reports[name] = nothingSold(name)
	}
}

// subscriptionVersions are taken for reports of subscriptions and of their
// events: older ones were withdrawn.
var subscriptionVersions = []string{"1_4"}

// subscriptionFamily makes a report that wants both a version and a date.
// Without a date its answer misleads, as Apple's does.
func subscriptionFamily(versions []string, table func(c *call, day time.Time) [][]string) func(*call, string, string) reply {
	return func(c *call, date, version string) reply {
		moved := c.fault.Kind == ReportMoved
		if wrong := rightVersion(version, versions, moved); wrong != nil || version == "" {
			if wrong == nil {
				wrong = badParameter("filter[version]", "Please include the version parameter. The latest version for this report is "+versions[len(versions)-1]+".")
			}
			return refused(wrong)
		}
		if date == "" {
			return refused(noSales())
		}
		day, _, wrong := c.period(daily, date)
		if wrong != nil {
			return refused(wrong)
		}
		rows := table(c, day)
		if len(rows) < 2 {
			return refused(noSales())
		}
		return packed(tabbed(rows), fmt.Sprintf("%d rows", len(rows)-1))
	}
}

// nothingSold is a report that this team never has: there must be at least one
// unit in it. Dates are checked all the same.
func nothingSold(name string) func(*call, string, string) reply {
	f := map[string]frequency{"DAILY": daily, "WEEKLY": weekly, "MONTHLY": monthly, "YEARLY": yearly}[name[strings.LastIndex(name, " ")+1:]]
	return func(c *call, date, _ string) reply {
		if date != "" {
			if _, _, wrong := c.period(f, date); wrong != nil {
				return refused(wrong)
			}
		}
		return refused(noSales())
	}
}

func noSales() *refusal {
	return refuse(http.StatusNotFound, "NOT_FOUND", "The specified resource does not exist", "There were no sales for the date specified.")
}

// tabbed writes a table. There are no quotes: a tab in a value would be a new
// column, and there is none.
func tabbed(rows [][]string) []byte {
	var b bytes.Buffer
	for _, r := range rows {
		b.WriteString(strings.Join(r, "\t") + "\n")
	}
	return b.Bytes()
}

// The one subscription that is sold, as the reports name it.
const (
	plusName  = "Halo Plus"
	plusID    = "6448100002"
	plusGroup = "21400001"
)

// renewals are what was bought of a subscription on a day.
func (c *call) renewals(day time.Time) (rows []sale) {
	for _, s := range c.s.soldOn(day) {
		if s.code == "IAY" && !s.refund {
			rows = append(rows, s)
		}
	}
	return rows
}

var subscriptionColumns = []string{
	"App Name", "App Apple ID", "Subscription Name", "Subscription Apple ID", "Subscription Group ID", "Standard Subscription Duration",
	"Subscription Offer Name", "Promotional Offer ID", "Customer Price", "Customer Currency", "Developer Proceeds", "Proceeds Currency",
	"Preserved Pricing", "Proceeds Reason", "Client", "Device", "State", "Country", "Active Standard Price Subscriptions",
	"Active Free Trial Introductory Offer Subscriptions", "Active Pay Up Front Introductory Offer Subscriptions",
	"Active Pay As You Go Introductory Offer Subscriptions", "Free Trial Promotional Offer Subscriptions",
	"Pay Up Front Promotional Offer Subscriptions", "Pay As You Go Promotional Offer Subscriptions", "Free Trial Offer Code Subscriptions",
	"Pay Up Front Offer Code Subscriptions", "Pay As You Go Offer Code Subscriptions", "Marketing Opt-Ins", "Billing Retry", "Grace Period",
	"Subscribers", "Free Trial Win-back Offers", "Pay Up Front Win-back Offers", "Pay As You Go Win-back Offers",
}

// subscriptionTable counts who is subscribed: whoever paid within a month.
func subscriptionTable(c *call, day time.Time) [][]string {
	active := map[string]int{}
	for back := range 30 {
		for _, s := range c.renewals(day.AddDate(0, 0, -back)) {
			active[s.country] += s.units
		}
	}
	rows := [][]string{subscriptionColumns}
	for _, m := range markets {
		n := active[m.country]
		if n == 0 {
			continue
		}
		customer, proceeds := m.price(plusTier)
		row := []string{
			"Halo", haloID, plusName, plusID, plusGroup, "1 Month", "", "", m.money(customer), m.currency, m.money(proceeds), m.currency,
			"", "", "", "iPad", "", m.country, fmt.Sprint(n - n/20), fmt.Sprint(n / 20),
		}
		for range 8 {
			row = append(row, "0")
		}
		subscribers := fmt.Sprint(n)
		if n < 5 {
			subscribers = "" // small numbers are withheld
		}
		rows = append(rows, append(row, fmt.Sprint(n/3), fmt.Sprint(n/50), fmt.Sprint(n/80), subscribers, "0", "0", "0"))
	}
	return rows
}

// plusTier is the tier of the subscription's price.
var plusTier = products[slices.IndexFunc(products, func(p product) bool { return p.id == plusID })].tier

var eventColumns = []string{
	"Event Date", "Event", "App Name", "App Apple ID", "Subscription Name", "Subscription Apple ID", "Subscription Group ID",
	"Standard Subscription Duration", "Subscription Offer Type", "Subscription Offer Duration", "Marketing Opt-In", "Marketing Opt-In Duration",
	"Preserved Pricing", "Proceeds Reason", "Subscription Offer Name", "Promotional Offer ID", "Consecutive Paid Periods", "Original Start Date",
	"Device", "Client", "State", "Country", "Previous Subscription Name", "Previous Subscription Apple ID", "Days Before Canceling",
	"Cancellation Reason", "Days Canceled", "Quantity", "Paid Service Days Recovered",
}

// eventTable says what happened to subscriptions on a day. New ones and
// renewals are those of the sales report.
func eventTable(c *call, day time.Time) [][]string {
	rows := [][]string{eventColumns}
	offer, offerDays := "", ""
	add := func(event, country string, periods, quantity int, reason, before, canceled string) {
		start := day.AddDate(0, -periods, 0)
		rows = append(rows, []string{
			day.Format(time.DateOnly), event, "Halo", haloID, plusName, plusID, plusGroup, "1 Month", offer, offerDays, "", "", "", "", "", "",
			fmt.Sprint(periods), start.Format(time.DateOnly), "iPad", "", "", country, "", "", before, reason, canceled, fmt.Sprint(quantity), "",
		})
	}
	for _, s := range c.renewals(day) {
		if s.subscription == "New" {
			// Some begin with a free week; of those of a week ago, most stay.
			offer, offerDays = "Free Trial", "7 Days"
			if began := s.units / 2; began > 0 {
				add("Start Introductory Offer", s.country, 0, began, "", "", "")
			}
			if stay := s.units / 3; stay > 0 {
				add("Paid Subscription from Introductory Offer", s.country, 1, stay, "", "", "")
			}
			offer, offerDays = "", ""
			add("Subscribe", s.country, 0, s.units, "", "", "")
			continue
		}
		long := s.units / 3
		add("Renew", s.country, 2, s.units-long, "", "", "")
		if long > 0 {
			add("Renew", s.country, 9, long, "", "", "")
		}
		if gone := int(math.Round(float64(s.units) * 0.1 * roll(c.s.opt.Seed, day, "cancel", s.country))); gone > 0 {
			add("Cancel", s.country, 3, gone, "Canceled", "12", "")
		}
		if back := int(float64(s.units) * 0.04 * roll(c.s.opt.Seed, day, "again", s.country)); back > 0 {
			add("Reactivate", s.country, 1, back, "", "", "45")
		}
	}
	return rows
}

var subscriberColumns = []string{
	"Event Date", "App Name", "App Apple ID", "Subscription Name", "Subscription Apple ID", "Subscription Group ID", "Standard Subscription Duration",
	"Subscription Offer Name", "Promotional Offer ID", "Subscription Offer Type", "Subscription Offer Duration", "Marketing Opt-In Duration",
	"Customer Price", "Customer Currency", "Developer Proceeds", "Proceeds Currency", "Preserved Pricing", "Proceeds Reason", "Client", "Device",
	"Country", "Subscriber ID", "Subscriber ID Reset", "Refund", "Purchase Date", "Units",
}

// subscriberTable has a row for each payment. A refund has a negative price, and
// proceeds as in the sales report (not confirmed).
func subscriberTable(c *call, day time.Time) [][]string {
	rows := [][]string{subscriberColumns}
	for _, s := range c.s.soldOn(day) {
		if s.code != "IAY" {
			continue
		}
		customer, proceeds := s.price(s.tier)
		refund, bought, units := "", day, max(s.units, -s.units)
		if s.refund {
			customer, refund, bought = -customer, "Yes", day.AddDate(0, 0, -6)
		}
		for i := range units {
			rows = append(rows, []string{
				day.Format(time.DateOnly), "Halo", haloID, plusName, plusID, plusGroup, "1 Month", "", "", "", "", "",
				s.money(customer), s.currency, s.money(proceeds), s.currency, "", "", "", "iPad", s.country,
				subscriberID(c.s.opt.Seed, day, s, i), "", refund, bought.Format(time.DateOnly), "1",
			})
		}
	}
	return rows
}

func subscriberID(seed uint64, day time.Time, s sale, i int) string {
	return fmt.Sprintf("%.0f", 1e15*roll(seed, day, "subscriber", s.country, s.subscription, fmt.Sprint(i)))
}

// redemptionTable has the offer codes that were redeemed: none on most days.
func redemptionTable(c *call, day time.Time) [][]string {
	rows := [][]string{{"Date", "App Name", "App Apple ID", "Subscription Name", "Subscription Apple ID", "Offer Reference Name", "Offer Code", "Territory", "Redemptions"}}
	for _, m := range markets[:2] {
		if n := int(roll(c.s.opt.Seed, day, "offer", m.country) * 4); n > 0 && day.Weekday() == time.Monday {
			rows = append(rows, []string{day.Format(time.DateOnly), "Halo", haloID, plusName, plusID, "Friends", "FRIENDS", m.country, fmt.Sprint(n)})
		}
	}
	return rows
}
