package sales

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"
)

func TestWhatHappenedToSubscriptions(t *testing.T) {
	for _, c := range []struct {
		event, offer string
		want         Happening
	}{
		{"Subscribe", "", Subscribed},
		{"Start Introductory Offer", "Free Trial", TrialStarted},
		{"Start Introductory Offer", "", TrialStarted},
		{"Start Introductory Offer", "Pay Up Front", OfferStarted},
		{"Start Offer Code", "Free Trial", TrialStarted},
		{"Start Free Trial", "", TrialStarted},
		{"Start Introductory Price", "", OfferStarted},
		{"Start Introductory Price", "Pay As You Go", OfferStarted},
		{"Subscribe with Contingent Price", "", Subscribed},
		{"Paid Subscription from Free Trial", "", Converted},
		{"Paid Subscription from Introductory Price", "Pay Up Front", Converted},
		{"Free Trial from Free Trial", "Free Trial", "other:Free Trial from Free Trial"},
		{"Billing Retry from Paid Subscription", "", "other:Billing Retry from Paid Subscription"},
		{"Billing Retry from Introductory Offer", "", "other:Billing Retry from Introductory Offer"},
		{"Paid Subscription from Introductory Offer", "Free Trial", Converted},
		{"Renew", "", Renewed},
		{"Renewal from Billing Retry", "", Renewed},
		{"Reactivate", "", Reactivated},
		{"Reactivate with Crossgrade", "", Reactivated},
		{"Reactivation to Promotional Offer", "", Reactivated},
		{"Paid Subscription from Win-Back Offer with Upgrade", "", Converted},
		{"Introductory Price from Paid Subscription", "Free Trial", "other:Introductory Price from Paid Subscription"},
		{"Introductory Offer from Introductory Offer", "Free Trial", "other:Introductory Offer from Introductory Offer"},
		{"Promotional Offer from Win-Back Offer", "Free Trial", "other:Promotional Offer from Win-Back Offer"},
		{"Downgrade from Grace Period", "", "other:Downgrade from Grace Period"},
		{"Cancel", "", Cancelled},
		{"Canceled from Billing Retry", "", Cancelled},
		{"Refund", "", SubRefunded},
		{"Upgrade", "", "other:Upgrade"},
		{"Opt-In", "", "other:Opt-In"},
	} {
		if got := happened(c.event, c.offer); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.event, c.offer, got, c.want)
		}
	}
	if got := Happening("other:Upgrade").Words(); got != "Upgrade" {
		t.Errorf("an event without a word of ours is called %q", got)
	}
}

func TestSubscriptionsAddUp(t *testing.T) {
	var s Subscriptions
	n := func(i int64) decimal.Decimal { return decimal.MustNew(i, 0) }
	for _, row := range []Standing{
		{App: "1", Product: "11", Country: "US", Active: n(100), Trials: n(7), Retry: n(2)},
		{App: "1", Product: "11", Country: "US", Active: n(20), Grace: n(1)},
		{App: "1", Product: "12", Country: "DE", Active: n(5)},
		{App: "2", Product: "21", Country: "DE", Active: n(3)},
	} {
		if err := s.AddStanding("App "+row.App, "Plus", row); err != nil {
			t.Fatal(err)
		}
	}
	for _, what := range []string{"Subscribe", "Renew", "Renew", "Cancel", "Sidegrade"} {
		if err := s.AddEvent("App 1", "Plus", what, "", Event{App: "1", Product: "11", Country: "US", Quantity: n(4)}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Of("1").Total()
	if err != nil || fmt.Sprint(all.Active, all.Trials, all.Retry, all.Grace) != "125 7 2 1" {
		t.Errorf("of one app: %v %v %v %v, %v", all.Active, all.Trials, all.Retry, all.Grace, err)
	}
	if all, _ := s.Total(); all.Active.String() != "128" {
		t.Errorf("of all apps: %v", all.Active)
	}
	happened, err := s.Happened()
	var words []string
	for what, n := range happened {
		words = append(words, fmt.Sprintf("%s %s", n, what.Words()))
	}
	slices.Sort(words)
	if got := strings.Join(words, ", "); err != nil || got != "4 Sidegrade, 4 cancelled, 4 subscribed, 8 renewed" {
		t.Errorf("%s, %v", got, err)
	}
	other := s
	if err := other.Merge(s.Of("2")); err != nil {
		t.Fatal(err)
	}
	if all, _ := other.Total(); all.Active.String() != "131" {
		t.Errorf("merged: %v", all.Active)
	}
}

// The order of rows does not matter, and what is packed comes back.
func TestSubscriptionsInAnyOrder(t *testing.T) {
	type row struct {
		app, product, country, event string
		n                            int64
	}
	few := func(words ...string) *rapid.Generator[string] { return rapid.SampledFrom(words) }
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row {
			return row{few("1", "2").Draw(t, "app"), few("11", "12").Draw(t, "product"), few("US", "DE", "").Draw(t, "country"),
				few("Renew", "Cancel", "Odd").Draw(t, "event"), rapid.Int64Range(0, 1e6).Draw(t, "n")}
		}), 0, 30).Draw(t, "rows")
		sums := func(list []row) (s Subscriptions) {
			for _, r := range list {
				n := decimal.MustNew(r.n, 0)
				if err := s.AddStanding("App", "Plus", Standing{App: r.app, Product: r.product, Country: r.country, Active: n, Trials: n}); err != nil {
					t.Fatal(err)
				}
				if err := s.AddEvent("App", "Plus", r.event, "", Event{App: r.app, Product: r.product, Country: r.country, Quantity: n}); err != nil {
					t.Fatal(err)
				}
			}
			return s
		}
		one := sums(list)
		if diff := cmp.Diff(one, sums(rapid.Permutation(list).Draw(t, "permuted"))); diff != "" {
			t.Fatal(diff)
		}
		packed, err := one.Pack()
		if err != nil {
			t.Fatal(err)
		}
		back, err := UnpackSubscriptions(packed)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(one, back); diff != "" {
			t.Fatal(diff)
		}
		var total int64
		for _, r := range list {
			total += r.n
		}
		if all, err := back.Total(); err != nil || !all.Active.Equal(decimal.MustNew(total, 0)) {
			t.Fatalf("%s active, want %d, %v", all.Active, total, err)
		}
	})
}
