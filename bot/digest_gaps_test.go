package bot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ascbot/ascbot/store"
)

// What ends that a digest is waited for, and what does not.
func TestWhenADigestIsNoLongerWaitedFor(t *testing.T) {
	due := time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)
	s := newShop(t, due)
	last := due.Add(completedFor)
	for name, c := range map[string]struct {
		vendors        []string
		removed, whole bool
		asked          time.Time
		want           string
	}{
		"it waits":                          {[]string{shopVendor}, false, false, due.Add(time.Hour), ""},
		"removed":                           {[]string{shopVendor}, true, false, due.Add(time.Hour), "was removed"},
		"one of its vendors is gone":        {[]string{shopVendor, "85099999"}, false, false, due.Add(time.Hour), "vendor 85099999 is not set up here any more"},
		"asked for after thirty days":       {[]string{shopVendor}, false, false, last, "30 days have passed; /asc sales 2026-11-23"},
		"not asked for since the bot slept": {[]string{shopVendor}, false, false, last.Add(-time.Second), ""},
		"it came after thirty days":         {[]string{shopVendor}, false, true, last.Add(time.Hour), ""},
	} {
		r, err := runOf(store.Wait{Digest: store.Digest{Name: "daily", When: "0 9 * * *", Zone: "UTC"}, From: "2026-11-23", To: "2026-11-23", Due: due, Vendors: c.vendors})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.endsWaiting(r, c.removed, c.whole, c.asked); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
		var read []string
		for _, team := range s.vendorsOf(r) {
			read = append(read, team.Vendor)
		}
		if !slices.Equal(read, c.vendors) {
			t.Errorf("%s: it reads %q", name, read)
		}
	}
}

// A digest that is drawn again is in the currency and of the vendors it was posted with,
// whatever the configuration says since.
func TestADigestIsDrawnAgainAsItWas(t *testing.T) {
	s := newShop(t, time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC))
	conf := *s.conf()
	conf.Money.Currency = "EUR"
	s.inForce.Store(&conf)
	for _, was := range []string{"", "USD"} {
		r, err := runOf(store.Wait{Digest: store.Digest{Name: "daily", When: "0 9 * * *", Zone: "UTC", Currency: was}, From: "2026-11-23", To: "2026-11-23", Vendors: []string{shopVendor}})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.booksFor(r).Currency; got != was {
			t.Errorf("posted in %q it is drawn again in %q", was, got)
		}
		r.then = nil
		if got := s.booksFor(r).Currency; got != or(was, "EUR") {
			t.Errorf("one that is new is in %q", got)
		}
	}
}
