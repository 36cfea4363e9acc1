package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var morning = time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)

func keep(t *testing.T, s *Store, r Report, figures string) Report {
	t.Helper()
	var raw []byte
	if figures != "" {
		raw, r.Read, r.Answer = []byte(figures), r.Asked, "there"
	}
	kept, err := s.KeepReport(r, raw, func(was, is []byte) bool { return strings.EqualFold(string(was), string(is)) })
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestReportsAreKeptWithTheirFigures(t *testing.T) {
	s, _ := newStore(t)
	day := func(vendor, kind, day string) Report {
		return Report{Vendor: vendor, Kind: kind, Day: day, Asked: morning, Answer: "not-there"}
	}
	if _, _, ok, err := s.Report("1", "SALES", "2026-11-23"); ok || err != nil {
		t.Fatalf("a report nobody asked for: %t, %v", ok, err)
	}
	keep(t, s, day("1", "SALES", "2026-11-23"), "")
	if r, figures, ok, err := s.Report("1", "SALES", "2026-11-23"); !ok || err != nil || figures != nil || r.Answer != "not-there" || !r.Asked.Equal(morning) {
		t.Errorf("a report that is not there: %+v %q %t %v", r, figures, ok, err)
	}
	later := day("1", "SALES", "2026-11-23")
	later.Asked, later.Rows = morning.Add(time.Hour), 7
	if r := keep(t, s, later, "first"); r.Revised != 0 || r.Bytes != 5 {
		t.Errorf("the first figures: %+v", r)
	}
	if r := keep(t, s, later, "first"); r.Revised != 0 {
		t.Errorf("the same figures count as revised: %+v", r)
	}
	if r := keep(t, s, later, "FIRST"); r.Revised != 0 {
		t.Errorf("the same figures in other bytes count as revised: %+v", r)
	}
	if r := keep(t, s, later, "second"); r.Revised != 1 {
		t.Errorf("other figures do not: %+v", r)
	}
	// A refusal later does not take away what is there.
	gone := day("1", "SALES", "2026-11-23")
	gone.Asked, gone.Answer = morning.Add(48*time.Hour), "gone"
	keep(t, s, gone, "")
	r, figures, _, err := s.Report("1", "SALES", "2026-11-23")
	if err != nil || string(figures) != "second" || r.Answer != "there" || r.Rows != 7 || r.Revised != 1 || !r.Asked.Equal(morning.Add(48*time.Hour)) {
		t.Errorf("after a refusal: %+v %q %v", r, figures, err)
	}
}

func TestReportsOfOneVendorAndKind(t *testing.T) {
	s, _ := newStore(t)
	for _, key := range []string{"1 SALES 2026-11-20", "1 SALES 2026-11-21", "1 SALES 2026-11-23", "1 SUBSCRIPTION 2026-11-22", "12 SALES 2026-11-22", "2 SALES 2026-11-22"} {
		w := strings.Fields(key)
		keep(t, s, Report{Vendor: w[0], Kind: w[1], Day: w[2], Asked: morning}, key)
	}
	for _, c := range []struct{ from, to, want string }{
		{"", "", "2026-11-20 2026-11-21 2026-11-23"},
		{"2026-11-21", "", "2026-11-21 2026-11-23"},
		{"2026-11-21", "2026-11-22", "2026-11-21"},
		{"", "2026-11-20", "2026-11-20"},
		{"2026-11-24", "", ""},
	} {
		list, err := s.Reports("1", "SALES", c.from, c.to)
		if err != nil {
			t.Fatal(err)
		}
		var days, figured []string
		for _, r := range list {
			days = append(days, r.Day)
		}
		err = s.Figures("1", "SALES", c.from, c.to, func(day string, figures []byte) bool {
			if string(figures) != "1 SALES "+day {
				t.Errorf("the figures of %s are %q", day, figures)
			}
			figured = append(figured, day)
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Fields(c.want), days, cmp.Transformer("nil", func(s []string) []string { return slices.Concat([]string{}, s) })); diff != "" {
			t.Errorf("from %q to %q (-want +got):\n%s", c.from, c.to, diff)
		}
		if !slices.Equal(days, figured) {
			t.Errorf("figures of %v, want those of %v", figured, days)
		}
	}
	seen := 0
	if err := s.Figures("1", "SALES", "", "", func(string, []byte) bool { seen++; return false }); err != nil || seen != 1 {
		t.Errorf("went on for %d after being told to stop, %v", seen, err)
	}
}

func TestReportsWithoutAName(t *testing.T) {
	s, _ := newStore(t)
	for _, r := range []Report{{}, {Vendor: "1", Kind: "SALES"}, {Vendor: "1", Kind: "SALES", Day: "yesterday"}, {Vendor: "1\x00", Kind: "SALES", Day: "2026-11-23"}} {
		if _, err := s.KeepReport(r, nil, nil); err == nil {
			t.Errorf("%+v was kept", r)
		}
	}
}

func TestADayKeepsItsRates(t *testing.T) {
	s, _ := newStore(t)
	for _, day := range []string{"2026-11-23", "2026-11-21", "2026-11-22"} {
		if _, err := s.KeepRates(Rates{Day: day, Base: "EUR", Date: "2026-11-20", At: morning, Per: map[string]string{"USD": "1.25"}}); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := s.KeepRates(Rates{Day: "2026-11-22", Base: "USD", Date: "2026-11-22", At: morning.Add(time.Hour)})
	if err != nil || kept.Base != "EUR" || kept.Per["USD"] != "1.25" || !kept.At.Equal(morning) {
		t.Errorf("the rates of a day were replaced: %+v, %v", kept, err)
	}
	list, err := s.RatesBetween("2026-11-21", "2026-11-22")
	if err != nil || len(list) != 2 || list[0].Day != "2026-11-21" || list[1].Base != "EUR" {
		t.Errorf("%+v, %v", list, err)
	}
	for _, r := range []Rates{{Day: "today", Base: "EUR"}, {Day: "2026-11-23"}} {
		if _, err := s.KeepRates(r); err == nil {
			t.Errorf("%+v was kept", r)
		}
	}
}
