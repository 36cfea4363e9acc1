package sales

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"
	"github.com/klauspost/compress/flate"
)

// Subscriptions are what is known of the auto-renewing subscriptions of one day: how
// many there were at its end, and what happened to them. Its zero value is ready for
// AddStanding and AddEvent.
type Subscriptions struct {
	Rows     int               `json:"rows"`
	Names    map[string]string `json:"names,omitempty"`    // of apps and subscriptions, by Apple id
	Standing []Standing        `json:"standing,omitempty"` // sorted by app, subscription and country
	Events   []Event           `json:"events,omitempty"`   // sorted by app, subscription, country and what
}

// Standing is how many subscriptions there are. A number that Apple withholds, since
// it is small, counts as none.
type Standing struct {
	App     string          `json:"app"`     // Apple id
	Product string          `json:"product"` // Apple id of the subscription
	Country string          `json:"country,omitempty"`
	Active  decimal.Decimal `json:"active,omitzero"` // those that pay, at whatever price
	Trials  decimal.Decimal `json:"trials,omitzero"` // those in a free offer
	Retry   decimal.Decimal `json:"retry,omitzero"`  // Apple tries to charge them again
	Grace   decimal.Decimal `json:"grace,omitzero"`  // the same, and they are served meanwhile
}

// Event is how often something happened.
type Event struct {
	App      string          `json:"app"`
	Product  string          `json:"product"`
	Country  string          `json:"country,omitempty"`
	What     Happening       `json:"what"`
	Quantity decimal.Decimal `json:"n"`
}

// Happening is what can happen to a subscription. Events that are not in the list
// are happenings of their own, "other:" and Apple's name.
type Happening string

// The happenings that are told apart.
const (
	Subscribed    Happening = "subscribed"    // and pays from the first day
	TrialStarted  Happening = "trial-started" // a free offer
	OfferStarted  Happening = "offer-started" // a cheaper one
	Converted     Happening = "converted"     // from an offer to the full price
	Renewed       Happening = "renewed"       // also after Apple had to try again
	Reactivated   Happening = "reactivated"   // came back
	Cancelled     Happening = "cancelled"     // also because the charge failed
	SubRefunded   Happening = "refunded"      // got the money back
	otherHappened           = "other:"
)

var happenings = map[Happening]string{
	Subscribed: "subscribed", TrialStarted: "trials started", OfferStarted: "offers started", Converted: "converted to the full price",
	Renewed: "renewed", Reactivated: "reactivated", Cancelled: "cancelled", SubRefunded: "refunded",
}

// Words is the happening as one says it.
func (h Happening) Words() string {
	return cmp.Or(happenings[h], strings.TrimPrefix(string(h), otherHappened))
}

// happened reads Apple's name of an event. Its list is not published, and names were
// others before offers had that name: “Start Free Trial”, “Start Introductory Price”.
// Offers are told apart by their type. What only begins a billing retry is none of these.
func happened(event, offerType string) Happening {
	name, offer := strings.ToLower(event), strings.ToLower(offerType)
	begins := func(words string) bool { return strings.HasPrefix(name, words) }
	switch {
	case begins("subscribe"): // also “Subscribe with Contingent Price”
		return Subscribed
	case begins("start") && strings.Contains(name+offer, "free"), begins("start") && offer == "" && !strings.Contains(name, "price"):
		return TrialStarted
	case begins("start"):
		return OfferStarted
	case begins("paid subscription from"):
		return Converted
	case begins("renew"):
		return Renewed
	case begins("reactivat"): // also “Reactivation to Promotional Offer”
		return Reactivated
	case begins("cancel"):
		return Cancelled
	case begins("refund"):
		return SubRefunded
	}
	return Happening(otherHappened + event)
}

// AddStanding adds a row of a SUBSCRIPTION report.
func (s *Subscriptions) AddStanding(app, product string, row Standing) (err error) {
	s.Rows++
	s.called(row.App, app, row.Product, product)
	i, found := slices.BinarySearchFunc(s.Standing, row, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Product, b.Product), cmp.Compare(a.Country, b.Country))
	})
	if !found {
		s.Standing = slices.Insert(s.Standing, i, row)
		return nil
	}
	s.Standing[i], err = s.Standing[i].plus(row)
	return err
}

func (a Standing) plus(b Standing) (Standing, error) {
	var errs [4]error
	a.Active, errs[0] = plus(a.Active, b.Active)
	a.Trials, errs[1] = plus(a.Trials, b.Trials)
	a.Retry, errs[2] = plus(a.Retry, b.Retry)
	a.Grace, errs[3] = plus(a.Grace, b.Grace)
	for _, err := range errs {
		if err != nil {
			return a, fmt.Errorf("the subscriptions come to more than 19 digits: %w", err)
		}
	}
	return a, nil
}

// AddEvent adds a row of a SUBSCRIPTION_EVENT report: Apple's name of the event, and
// the type of the offer it is about.
func (s *Subscriptions) AddEvent(app, product, event, offerType string, row Event) error {
	s.Rows++
	s.called(row.App, app, row.Product, product)
	row.What = happened(strings.TrimSpace(event), strings.TrimSpace(offerType))
	return s.happen(row)
}

func (s *Subscriptions) happen(row Event) (err error) {
	i, found := slices.BinarySearchFunc(s.Events, row, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Product, b.Product), cmp.Compare(a.Country, b.Country), cmp.Compare(a.What, b.What))
	})
	if !found {
		s.Events = slices.Insert(s.Events, i, row)
		return nil
	}
	if s.Events[i].Quantity, err = plus(s.Events[i].Quantity, row.Quantity); err != nil {
		return fmt.Errorf("the events come to more than 19 digits: %w", err)
	}
	return nil
}

// called remembers names; of several, the first in the alphabet.
func (s *Subscriptions) called(idsAndNames ...string) {
	for pair := range slices.Chunk(idsAndNames, 2) {
		if s.Names == nil {
			s.Names = map[string]string{}
		}
		if known, there := s.Names[pair[0]]; !there || pair[1] < known {
			s.Names[pair[0]] = pair[1]
		}
	}
}

// Merge adds another report's standing and events: of another vendor, or the events
// of another day.
func (s *Subscriptions) Merge(more Subscriptions) error {
	for id, name := range more.Names {
		s.called(id, name)
	}
	rows := s.Rows + more.Rows
	for _, row := range more.Standing {
		if err := s.AddStanding(more.Names[row.App], more.Names[row.Product], row); err != nil {
			return err
		}
	}
	for _, e := range more.Events {
		if err := s.happen(e); err != nil {
			return err
		}
	}
	s.Rows = rows
	return nil
}

// Of is the part of some apps, by Apple id.
func (s Subscriptions) Of(apps ...string) Subscriptions {
	return Subscriptions{
		Rows: s.Rows, Names: maps.Clone(s.Names),
		Standing: slices.DeleteFunc(slices.Clone(s.Standing), func(a Standing) bool { return !slices.Contains(apps, a.App) }),
		Events:   slices.DeleteFunc(slices.Clone(s.Events), func(e Event) bool { return !slices.Contains(apps, e.App) }),
	}
}

// Total is all standing together.
func (s Subscriptions) Total() (all Standing, err error) {
	for _, row := range s.Standing {
		if all, err = all.plus(row); err != nil {
			return all, err
		}
	}
	all.App, all.Product, all.Country = "", "", ""
	return all, nil
}

// Happened counts the events of each sort.
func (s Subscriptions) Happened() (map[Happening]decimal.Decimal, error) {
	counts := map[Happening]decimal.Decimal{}
	for _, e := range s.Events {
		n, err := plus(counts[e.What], e.Quantity)
		if err != nil {
			return nil, fmt.Errorf("the events come to more than 19 digits: %w", err)
		}
		counts[e.What] = n
	}
	return counts, nil
}

// Pack writes them into few bytes. Equal ones make equal bytes.
func (s Subscriptions) Pack() ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return deflate(text)
}

// UnpackSubscriptions reads what Pack wrote.
func UnpackSubscriptions(packed []byte) (s Subscriptions, err error) {
	if len(packed) == 0 || packed[0] != packFormat {
		return s, errPacked
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed[1:])), mostUnpacked))
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return Subscriptions{}, fmt.Errorf("%w: %w", errPacked, err)
	}
	return s, nil
}
