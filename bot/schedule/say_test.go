package schedule

import (
	"strings"
	"testing"
	"time"
)

func TestTimesInWords(t *testing.T) {
	for words, want := range map[string]string{
		"weekdays 9:00":                "0 9 * * 1-5",
		"Every day at 8:30":            "30 8 * * *",
		"daily 9":                      "0 9 * * *",
		"9:15":                         "15 9 * * *",
		"every Monday 9:00":            "0 9 * * 1",
		"Mondays at 9":                 "0 9 * * 1",
		"mon, thu 17:45":               "45 17 * * 1,4",
		"Tuesday and Friday at 7 am":   "0 7 * * 2,5",
		"weekly 9:00":                  "0 9 * * 1",
		"weekly on Wednesday 9:00":     "0 9 * * 3",
		"monthly 9:00":                 "0 9 1 * *",
		"monthly on day 3 at 9:00":     "0 9 3 * *",
		"every month on the 5th 12 pm": "0 12 5 * *",
		"daily 12am":                   "0 0 * * *",
		"0 9 * * 1-5":                  "0 9 * * 1-5",
		" 0  9 * *  MON ":              "0 9 * * MON",
		"@daily":                       "@daily",
	} {
		s, err := ParseWords(words, "Europe/Berlin")
		if err != nil || s.Expression() != want {
			t.Errorf("%q: %q, %v, want %q", words, s.expr, err, want)
		}
	}
	for _, words := range []string{"", "soon", "weekdays", "25:00", "9:60", "13 pm", "monthly on day 40 at 9:00", "every blue moon 9:00", "noon on mondays", "99 9 * * *", "monthly on 3 or 4 9:00"} {
		if s, err := ParseWords(words, "Europe/Berlin"); err == nil {
			t.Errorf("%q is understood as %q", words, s.expr)
		} else if len(err.Error()) < 20 {
			t.Errorf("%q: %v", words, err)
		}
	}
	if _, err := ParseWords("weekdays 9:00", "Mars/Phobos"); err == nil || !strings.Contains(err.Error(), "Mars/Phobos") {
		t.Errorf("a zone that is none: %v", err)
	}
}

func TestWhatIsOverBeforeADay(t *testing.T) {
	for _, c := range []struct {
		day         Day
		week, month string
	}{
		{Day{2026, 11, 23}, "16 – 22 Nov 2026", "October 2026"},   // a Monday
		{Day{2026, 11, 24}, "16 – 22 Nov 2026", "October 2026"},   // a Tuesday
		{Day{2026, 11, 22}, "9 – 15 Nov 2026", "October 2026"},    // a Sunday is not over
		{Day{2027, 1, 1}, "21 – 27 Dec 2026", "December 2026"},    // a Friday
		{Day{2026, 3, 1}, "16 – 22 Feb 2026", "February 2026"},    // a Sunday
		{Day{2024, 3, 4}, "26 Feb – 3 Mar 2024", "February 2024"}, // a Monday in a leap year
	} {
		if week, month := WeekBefore(c.day).String(), MonthBefore(c.day).String(); week != c.week || month != c.month {
			t.Errorf("before %s: %s and %s, want %s and %s", c.day, week, month, c.week, c.month)
		}
	}
}

// A label and its instant say the same, whatever daylight saving does.
func TestLabelsHaveInstants(t *testing.T) {
	for _, expr := range []string{"30 2 * * *", "0 9 * * 1-5", "0 * * * *"} {
		s, err := Parse(expr, "America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for range 400 {
			due := s.Next(at)
			if got, err := s.At(due.Label); err != nil || !got.Equal(due.At) {
				t.Fatalf("%s: the label %s stands for %s, %v, and was due at %s", expr, due.Label, got, err, due.At)
			}
			at = due.At
		}
	}
}
