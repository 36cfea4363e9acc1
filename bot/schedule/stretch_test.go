package schedule

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestStretches(t *testing.T) {
	newest := Day{2026, 11, 23}
	for _, c := range []struct{ word, from, to, says, before string }{
		{"", "2026-11-23", "2026-11-23", "Mon 23 Nov 2026", "2026-11-22..2026-11-22"},
		{"yesterday", "2026-11-23", "2026-11-23", "Mon 23 Nov 2026", "2026-11-22..2026-11-22"},
		{"7d", "2026-11-17", "2026-11-23", "17 – 23 Nov 2026", "2026-11-10..2026-11-16"},
		{"Week", "2026-11-17", "2026-11-23", "17 – 23 Nov 2026", "2026-11-10..2026-11-16"},
		{"4w", "2026-10-27", "2026-11-23", "27 Oct – 23 Nov 2026", "2026-09-29..2026-10-26"},
		{"month", "2026-11-01", "2026-11-23", "1 – 23 Nov 2026", "2026-10-01..2026-10-23"},
		{"2026-10", "2026-10-01", "2026-10-31", "October 2026", "2026-09-01..2026-09-30"},
		{"2026-02", "2026-02-01", "2026-02-28", "February 2026", "2026-01-01..2026-01-31"},
		{"2026-01", "2026-01-01", "2026-01-31", "January 2026", "2025-12-01..2025-12-31"},
		{"2026-11", "2026-11-01", "2026-11-23", "1 – 23 Nov 2026", "2026-10-01..2026-10-23"},
		{"2026-03-01..2026-03-30", "2026-03-01", "2026-03-30", "1 – 30 Mar 2026", "2026-02-01..2026-02-28"},
		{"2026-11-02", "2026-11-02", "2026-11-02", "Mon 2 Nov 2026", "2026-11-01..2026-11-01"},
		{"2025-12-30..2026-01-02", "2025-12-30", "2026-01-02", "30 Dec 2025 – 2 Jan 2026", "2025-12-26..2025-12-29"},
		{"2026-11-20..2026-12-31", "2026-11-20", "2026-11-23", "20 – 23 Nov 2026", "2026-11-16..2026-11-19"},
		{"last week", "2026-11-16", "2026-11-22", "16 – 22 Nov 2026", "2026-11-09..2026-11-15"},
		{"last month", "2026-10-01", "2026-10-31", "October 2026", "2026-09-01..2026-09-30"},
		{"year", "2025-11-24", "2026-11-23", "24 Nov 2025 – 23 Nov 2026", "2024-11-24..2025-11-23"},
	} {
		s, err := ParseStretch(c.word, newest)
		if err != nil || s.From.String() != c.from || s.To.String() != c.to || s.String() != c.says {
			t.Errorf("%q: %s to %s, “%s”, %v", c.word, s.From, s.To, s, err)
		}
		if before := s.Before(); before.From.String()+".."+before.To.String() != c.before {
			t.Errorf("%q: before it comes %s..%s, want %s", c.word, before.From, before.To, c.before)
		}
		if !IsStretch(c.word) && c.word != "" {
			t.Errorf("%q is not taken for days", c.word)
		}
	}
}

func TestStretchesThatCannotBe(t *testing.T) {
	for word, complain := range map[string]string{
		"2026-11-24":             "newest day",
		"today":                  "newest day",
		"2026-13":                "no month",
		"2026-02-30":             "is not a day",
		"2026-11-20..2026-11-01": "earlier day first",
		"2026-11-20..then":       "is not a day",
		"9999d":                  "9999 days",
		"halo":                   "is not a day",
	} {
		if _, err := ParseStretch(word, Day{2026, 11, 23}); err == nil || !strings.Contains(err.Error(), complain) {
			t.Errorf("%q: %v, want a complaint with %q", word, err, complain)
		}
	}
	// On the first of a month last month is the one whose last report is the newest.
	if s, err := ParseStretch("last month", Day{2026, 10, 31}); err != nil || s.String() != "October 2026" {
		t.Errorf("on the first of November last month is %s, %v", s, err)
	}
	if s, err := ParseStretch("last week", Day{2026, 11, 22}); err != nil || s.String() != "16 – 22 Nov 2026" {
		t.Errorf("on a Monday last week is %s, %v", s, err)
	}
	for _, word := range []string{"Halo", "d", "7", "day1", "0d", "2026", "in", "2026-11-01..2026-11-15 by"} {
		if IsStretch(word) {
			t.Errorf("%q is taken for days", word)
		}
	}
}

// What is compared with lies just before and is never longer, except that whole
// months are compared with whole months.
func TestWhatIsComparedWithComesBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := Day{rapid.IntRange(2020, 2030).Draw(t, "year"), 1, 1}.AddDays(rapid.IntRange(0, 365).Draw(t, "day"))
		s := Stretch{from, from.AddDays(rapid.IntRange(0, 400).Draw(t, "long"))}
		b := s.Before()
		if b.To.Compare(s.From) >= 0 || b.From.Compare(b.To) > 0 || b.Days() > s.Days() && !s.wholeMonth() {
			t.Fatalf("%s..%s is compared with %s..%s", s.From, s.To, b.From, b.To)
		}
	})
}
