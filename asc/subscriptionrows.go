package asc

import (
	"io"
	"iter"

	"github.com/govalues/decimal"
)

// SubscriptionRow is a row of a SUBSCRIPTION report: how many subscriptions of
// one kind there were at the end of the day. The day is not in the file: it is
// the one that was asked for.
//
// Amounts are per subscription and period, in their currencies. A count that is
// nil is blank in the file: a column of another year, or a number that is
// withheld because it is small.
type SubscriptionRow struct {
	Product                                                       // app and subscription
	Offer, OfferID                                         string // name and id of an offer, blank without one
	CustomerPrice                                          decimal.Decimal
	CustomerCurrency                                       string // ISO 4217
	Proceeds                                               decimal.Decimal
	ProceedsCurrency                                       string
	PreservedPricing, ProceedsReason, Client, Device       string
	State                                                  string           // of the country; may be in its own script
	Country                                                string           // alpha-2; alpha-3 in older files
	Active                                                 *decimal.Decimal // at the standard price
	IntroFreeTrial, IntroPayUpFront, IntroPayAsYouGo       *decimal.Decimal // in introductory offers
	PromoFreeTrial, PromoPayUpFront, PromoPayAsYouGo       *decimal.Decimal // in promotional offers
	CodeFreeTrial, CodePayUpFront, CodePayAsYouGo          *decimal.Decimal // in offer codes
	WinBackFreeTrial, WinBackPayUpFront, WinBackPayAsYouGo *decimal.Decimal
	MarketingOptIns, BillingRetry, GracePeriod             *decimal.Decimal
	Subscribers                                            *decimal.Decimal // people
}

// Product names an app and a subscription in it.
type Product struct {
	App, AppleID                 string // name and id of the app
	Subscription, SubscriptionID string // name and Apple's id
	GroupID                      string
	Duration                     string // such as 1 Month
}

func (p *Product) columns() []column {
	return []column{
		text("App Name", &p.App), must(text("App Apple ID", &p.AppleID)),
		text("Subscription Name", &p.Subscription), must(text("Subscription Apple ID", &p.SubscriptionID)),
		text("Subscription Group ID", &p.GroupID), text("Standard Subscription Duration", &p.Duration).or("Subscription Duration"),
	}
}

func (r *SubscriptionRow) columns() []column {
	return append(r.Product.columns(),
		text("Subscription Offer Name", &r.Offer).or("Promotional Offer Name"), text("Promotional Offer ID", &r.OfferID),
		must(amount("Customer Price", &r.CustomerPrice)), must(text("Customer Currency", &r.CustomerCurrency)),
		must(amount("Developer Proceeds", &r.Proceeds)), must(text("Proceeds Currency", &r.ProceedsCurrency)),
		text("Preserved Pricing", &r.PreservedPricing), text("Proceeds Reason", &r.ProceedsReason),
		text("Client", &r.Client), text("Device", &r.Device), text("State", &r.State), must(text("Country", &r.Country)),
		must(count("Active Standard Price Subscriptions", &r.Active)).or("Active Subscriptions"),
		count("Active Free Trial Introductory Offer Subscriptions", &r.IntroFreeTrial).or("Active Free Trials"),
		count("Active Pay Up Front Introductory Offer Subscriptions", &r.IntroPayUpFront),
		count("Active Pay As You Go Introductory Offer Subscriptions", &r.IntroPayAsYouGo),
		count("Free Trial Promotional Offer Subscriptions", &r.PromoFreeTrial),
		count("Pay Up Front Promotional Offer Subscriptions", &r.PromoPayUpFront),
		count("Pay As You Go Promotional Offer Subscriptions", &r.PromoPayAsYouGo),
		count("Free Trial Offer Code Subscriptions", &r.CodeFreeTrial),
		count("Pay Up Front Offer Code Subscriptions", &r.CodePayUpFront),
		count("Pay As You Go Offer Code Subscriptions", &r.CodePayAsYouGo),
		count("Free Trial Win-back Offers", &r.WinBackFreeTrial),
		count("Pay Up Front Win-back Offers", &r.WinBackPayUpFront),
		count("Pay As You Go Win-back Offers", &r.WinBackPayAsYouGo),
		count("Marketing Opt-Ins", &r.MarketingOptIns), count("Billing Retry", &r.BillingRetry),
		count("Grace Period", &r.GracePeriod), count("Subscribers", &r.Subscribers),
	)
}

// ReadSubscriptions reads a SUBSCRIPTION report, as [ReadSales] does a SALES one.
func ReadSubscriptions(r io.Reader, most int64) iter.Seq2[SubscriptionRow, error] {
	return rows(r, most, func(row *SubscriptionRow) layout { return layout{columns: row.columns()} })
}

// SubscriptionEventRow is a row of a SUBSCRIPTION_EVENT report: how often
// something happened to subscriptions of one kind.
type SubscriptionEventRow struct {
	Product
	Date               string          // such as 2026-11-23
	Event              string          // Subscribe, Renew, Cancel, Reactivate, Upgrade, Refund and others
	Quantity           decimal.Decimal // how often
	OfferType          string
	OfferDuration      string
	Offer, OfferID     string // name and id
	MarketingOptIn     string
	OptInDuration      string
	PreservedPricing   string
	ProceedsReason     string
	PaidPeriods        string // consecutive ones
	OriginalStart      string // the day of the first subscription
	Device, Client     string
	State, Country     string
	PreviousName       string // of the subscription before an upgrade or the like
	PreviousID         string
	DaysBeforeCancel   string
	CancellationReason string
	DaysCanceled       string
	DaysRecovered      string // paid days of service
}

func (r *SubscriptionEventRow) columns() []column {
	return append(r.Product.columns(),
		must(day("Event Date", &r.Date)), must(text("Event", &r.Event)), units("Quantity", &r.Quantity),
		text("Subscription Offer Type", &r.OfferType).or("Introductory Price Type"),
		text("Subscription Offer Duration", &r.OfferDuration).or("Introductory Price Duration"),
		text("Subscription Offer Name", &r.Offer).or("Promotional Offer Name"), text("Promotional Offer ID", &r.OfferID),
		text("Marketing Opt-In", &r.MarketingOptIn), text("Marketing Opt-In Duration", &r.OptInDuration),
		text("Preserved Pricing", &r.PreservedPricing), text("Proceeds Reason", &r.ProceedsReason),
		text("Consecutive Paid Periods", &r.PaidPeriods), day("Original Start Date", &r.OriginalStart),
		text("Device", &r.Device), text("Client", &r.Client), text("State", &r.State), must(text("Country", &r.Country)),
		text("Previous Subscription Name", &r.PreviousName), text("Previous Subscription Apple ID", &r.PreviousID),
		text("Days Before Canceling", &r.DaysBeforeCancel), text("Cancellation Reason", &r.CancellationReason),
		text("Days Canceled", &r.DaysCanceled), text("Paid Service Days Recovered", &r.DaysRecovered),
	)
}

// ReadSubscriptionEvents reads a SUBSCRIPTION_EVENT report, as [ReadSales] does a
// SALES one.
func ReadSubscriptionEvents(r io.Reader, most int64) iter.Seq2[SubscriptionEventRow, error] {
	return rows(r, most, func(row *SubscriptionEventRow) layout { return layout{columns: row.columns()} })
}

// SubscriberRow is a row of a SUBSCRIBER report: something that one subscriber,
// who has no name, paid or got back. Amounts are per unit, in their currencies; a
// refund has a negative CustomerPrice, and Refund is Yes.
type SubscriberRow struct {
	Product
	Date              string // of the event, such as 2026-11-23
	Offer, OfferID    string // name and id
	OfferType         string
	OfferDuration     string
	OptInDuration     string
	CustomerPrice     decimal.Decimal
	CustomerCurrency  string // ISO 4217
	Proceeds          decimal.Decimal
	ProceedsCurrency  string
	PreservedPricing  string
	ProceedsReason    string
	Client, Device    string
	Country           string
	SubscriberID      string // the same for one person, until it is reset
	SubscriberIDReset string
	Refund            string // Yes, or blank
	PurchaseDate      string // of what a refund is for
	Units             decimal.Decimal
}

func (r *SubscriberRow) columns() []column {
	return append(r.Product.columns(),
		must(day("Event Date", &r.Date)),
		text("Subscription Offer Name", &r.Offer).or("Promotional Offer Name"), text("Promotional Offer ID", &r.OfferID),
		text("Subscription Offer Type", &r.OfferType).or("Introductory Price Type"),
		text("Subscription Offer Duration", &r.OfferDuration).or("Introductory Price Duration"),
		text("Marketing Opt-In Duration", &r.OptInDuration),
		must(amount("Customer Price", &r.CustomerPrice)), must(text("Customer Currency", &r.CustomerCurrency)),
		must(amount("Developer Proceeds", &r.Proceeds)), must(text("Proceeds Currency", &r.ProceedsCurrency)),
		text("Preserved Pricing", &r.PreservedPricing), text("Proceeds Reason", &r.ProceedsReason),
		text("Client", &r.Client), text("Device", &r.Device), must(text("Country", &r.Country)),
		must(text("Subscriber ID", &r.SubscriberID)), text("Subscriber ID Reset", &r.SubscriberIDReset),
		text("Refund", &r.Refund), day("Purchase Date", &r.PurchaseDate), units("Units", &r.Units),
	)
}

// ReadSubscribers reads a SUBSCRIBER report, as [ReadSales] does a SALES one.
func ReadSubscribers(r io.Reader, most int64) iter.Seq2[SubscriberRow, error] {
	return rows(r, most, func(row *SubscriberRow) layout { return layout{columns: row.columns()} })
}
