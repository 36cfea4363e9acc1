package schedule

import (
	"cmp"
	"fmt"
	"time"
)

// Apple counts sales by days in Pacific time, and says that the report of a
// day is usually there by 8 a.m. Pacific on the next.
const reportHour = 8

var pacific = func() *time.Location {
	loc, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		panic(err) // the zones are compiled in
	}
	return loc
}()

// Day is a day of the calendar, without a time or a zone. It is stored as
// "2026-11-23".
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// BusinessDay is the newest Pacific day whose daily sales report is expected
// to be out at an instant. Before 8 a.m. Pacific that is the day before
// yesterday.
func BusinessDay(at time.Time) Day {
	local := at.In(pacific)
	if local.Hour() < reportHour {
		return dayOf(local).AddDays(-2)
	}
	return dayOf(local).AddDays(-1)
}

// BusinessDay is the Pacific day that what is due is about: the newest whose report is
// expected to be out at such times in most of the year. It goes on by one day from each
// day of the calendar to the next, so that none is told twice and none left out in the
// weeks when one side of the ocean has changed its clocks and the other has not. For an
// hour or two in those weeks the report is yet to come, or is out already.
func (s Schedule) BusinessDay(due Due) Day {
	wall, err := time.Parse(wallLabel, due.Label)
	if err != nil { // of a schedule of intervals, or no due at all
		return BusinessDay(due.At)
	}
	return dayOf(wall).AddDays(-s.behind(wall))
}

// reference is the year that behind looks at: where half of a year is one way and half
// the other, two years need not have the same majority, and the days would have a gap.
const reference = 2027

// behind is how many days the newest business day is behind the calendar at a time of
// the day, in most of the year. It is looked at every four weeks.
func (s Schedule) behind(wall time.Time) int {
	first := time.Date(reference, 1, 1, wall.Hour(), wall.Minute(), 0, 0, time.UTC)
	var seen [4]int // the date line and the two days of BusinessDay
	for week := 0; week < 52; week += 4 {
		on := first.AddDate(0, 0, 7*week)
		days := Stretch{BusinessDay(instant(on, s.loc)), dayOf(on)}.Days() - 1
		seen[min(max(days, 0), len(seen)-1)]++
	}
	most := 0
	for days, n := range seen {
		if n > seen[most] {
			most = days
		}
	}
	return most
}

// ReportDue is when the daily sales report of a Pacific day is expected to be
// out, in UTC: 8 a.m. Pacific on the day after.
func ReportDue(d Day) time.Time {
	return time.Date(d.Year, d.Month, d.Day+1, reportHour, 0, 0, 0, pacific).UTC()
}

// Begins is when a Pacific day begins, in UTC.
func Begins(d Day) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, pacific).UTC()
}

// ParseDay reads a day written as "2026-11-23".
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, fmt.Errorf("%s is not a day: write it as year-month-day, like 2026-11-23", quote(s))
	}
	return dayOf(t), nil
}

func dayOf(t time.Time) Day {
	year, month, day := t.Date()
	return Day{year, month, day}
}

func (d Day) midnight() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// String is the day as "2026-11-23".
func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Long is the day in words: "Monday 23 November 2026".
func (d Day) Long() string { return d.midnight().Format("Monday 2 January 2006") }

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday { return d.midnight().Weekday() }

// AddDays is the day n days later, or earlier when n is negative.
func (d Day) AddDays(n int) Day { return dayOf(d.midnight().AddDate(0, 0, n)) }

// Compare is negative when d is before e, zero when they are the same day and
// positive when it is after.
func (d Day) Compare(e Day) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month), cmp.Compare(d.Day, e.Day))
}

// MarshalText writes the day as "2026-11-23", and no day at all as nothing.
func (d Day) MarshalText() ([]byte, error) {
	if d == (Day{}) {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (d *Day) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*d = Day{}
		return nil
	}
	*d, err = ParseDay(string(text))
	return err
}
