package schedule

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Stretch is some days in a row, the last one included.
type Stretch struct{ From, To Day }

// longestStretch bounds what can be asked for: as long as Apple keeps reports, and
// what was kept before.
const longestStretch = 3 * 366

// Stretch words, as people say them.
const stretchWords = "day, 7d, 28d, month, last week, last month, a month such as 2026-10, a day such as 2026-11-23, or two days such as 2026-11-01..2026-11-15"

var (
	daysBack  = regexp.MustCompile(`^([1-9][0-9]{0,3})(d|w)$`)
	monthName = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}$`)
	dayName   = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
)

// IsStretch tells whether a word is meant to say a stretch of days.
func IsStretch(word string) bool {
	word = strings.ToLower(word)
	switch word {
	case "day", "today", "yesterday", "week", "month", "year", "last week", "last month":
		return true
	}
	from, _, _ := strings.Cut(word, "..")
	one := !strings.Contains(word, " ")
	return daysBack.MatchString(word) || monthName.MatchString(word) || dayName.MatchString(from) && one
}

// ParseStretch reads which days somebody means, when the newest that can be had is
// given. A month is what is over of it.
func ParseStretch(word string, newest Day) (s Stretch, err error) {
	word = strings.ToLower(word)
	switch word {
	case "", "day", "yesterday":
		return Stretch{newest, newest}, nil
	case "week":
		word = "7d"
	case "year":
		word = "365d"
	case "month":
		return Stretch{Day{newest.Year, newest.Month, 1}, newest}, nil
	case "last week": // of who says so a day later
		return WeekBefore(newest.AddDays(1)), nil
	case "last month":
		return MonthBefore(newest.AddDays(1)), nil
	case "today":
		word = newest.AddDays(1).String()
	}
	if m := daysBack.FindStringSubmatch(word); m != nil {
		n, _ := strconv.Atoi(m[1]) // four digits at most
		if m[2] == "w" {
			n *= 7
		}
		return bounded(Stretch{newest.AddDays(1 - n), newest}, newest)
	}
	if monthName.MatchString(word) {
		first, err := ParseDay(word + "-01")
		if err != nil {
			return s, fmt.Errorf("there is no month %s; write for example 2026-10", word)
		}
		last := Day{first.Year, first.Month + 1, 1}.AddDays(-1)
		if newest.Compare(last) < 0 {
			last = newest
		}
		return bounded(Stretch{first, last}, newest)
	}
	from, to, two := strings.Cut(word, "..")
	if !two {
		to = from
	}
	if s.From, err = ParseDay(from); err != nil {
		return s, err
	}
	if s.To, err = ParseDay(to); err != nil {
		return s, err
	}
	return bounded(s, newest)
}

func bounded(s Stretch, newest Day) (Stretch, error) {
	switch {
	case s.To.Compare(s.From) < 0:
		return s, fmt.Errorf("%s comes before %s; write the earlier day first", s.To, s.From)
	case s.From.Compare(newest) > 0:
		return s, fmt.Errorf("the newest day there can be figures of is %s, the Pacific day whose report is out", newest)
	case s.To.Compare(newest) > 0:
		s.To = newest
	}
	if s.Days() > longestStretch {
		return s, fmt.Errorf("that is %d days; %d at most can be asked for at once", s.Days(), longestStretch)
	}
	return s, nil
}

// StretchWords says what ParseStretch understands.
func StretchWords() string { return stretchWords }

// Days is how many days it has.
func (s Stretch) Days() int {
	return int(s.To.midnight().Sub(s.From.midnight())/(24*time.Hour)) + 1
}

// Before is the stretch to compare with: of a month that has begun the same days of
// the month before, otherwise as many days, just before.
func (s Stretch) Before() Stretch {
	if n := s.Days(); !s.beginsMonth() || n == 1 {
		return Stretch{s.From.AddDays(-n), s.From.AddDays(-1)}
	}
	from := Day{s.From.Year, s.From.Month - 1, 1}.AddDays(0)
	last := s.From.AddDays(-1)
	to := from.AddDays(s.Days() - 1)
	if s.wholeMonth() || to.Compare(last) > 0 {
		to = last
	}
	return Stretch{from, to}
}

func (s Stretch) beginsMonth() bool {
	return s.From.Day == 1 && s.From.Year == s.To.Year && s.From.Month == s.To.Month
}

func (s Stretch) wholeMonth() bool { return s.beginsMonth() && s.To.AddDays(1).Day == 1 }

// String says which days they are: "Mon 23 Nov 2026", "17 – 23 Nov 2026", "November
// 2026".
func (s Stretch) String() string {
	from, to := s.From.midnight(), s.To.midnight()
	switch {
	case s.From == s.To:
		return from.Format("Mon 2 Jan 2006")
	case s.wholeMonth():
		return from.Format("January 2006")
	case s.From.Year != s.To.Year:
		return from.Format("2 Jan 2006") + " – " + to.Format("2 Jan 2006")
	case s.From.Month != s.To.Month:
		return from.Format("2 Jan") + " – " + to.Format("2 Jan 2006")
	}
	return from.Format("2") + " – " + to.Format("2 Jan 2006")
}

// Short is the day in a few letters: "Mon 23 Nov".
func (d Day) Short() string { return d.midnight().Format("Mon 2 Jan") }

// Brief is the day in fewer: "23 Nov".
func (d Day) Brief() string { return d.midnight().Format("2 Jan") }

// OfMonth is the day without its month: "Mon 23".
func (d Day) OfMonth() string { return d.midnight().Format("Mon 2") }

// InMonth is the day's month: "Nov 2026".
func (d Day) InMonth() string { return d.midnight().Format("Jan 2006") }

// WeekBefore is the last week, Monday to Sunday, that is over before a day begins.
func WeekBefore(d Day) Stretch {
	sunday := d.AddDays(-1 - (int(d.Weekday())+6)%7)
	return Stretch{sunday.AddDays(-6), sunday}
}

// MonthBefore is the month before a day's.
func MonthBefore(d Day) Stretch {
	last := Day{d.Year, d.Month, 1}.AddDays(-1)
	return Stretch{Day{last.Year, last.Month, 1}, last}
}
