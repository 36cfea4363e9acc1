package schedule

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// A Fiscal is a month of Apple's fiscal year, by which finance reports are made:
// 2026-01 is about October 2025.
type Fiscal struct{ Year, Period int }

var fiscalName = regexp.MustCompile(`^([0-9]{4})-([0-9]{2})$`)

// ParseFiscal reads "2026-01".
func ParseFiscal(s string) (Fiscal, error) {
	m := fiscalName.FindStringSubmatch(s)
	if m == nil {
		return Fiscal{}, fmt.Errorf("%s is no month of Apple's fiscal year; write year and month, like 2026-01, which is about October 2025", quote(s))
	}
	year, _ := strconv.Atoi(m[1])
	period, _ := strconv.Atoi(m[2])
	if period < 1 || period > 12 || year < 2000 {
		return Fiscal{}, fmt.Errorf("%s is no month of Apple's fiscal year; months go from 01, about October, to 12, about September", quote(s))
	}
	return Fiscal{year, period}, nil
}

// fiscalEnd is the last day of a fiscal year: the last Saturday of September.
func fiscalEnd(year int) Day {
	end := Day{year, time.September, 30}
	return end.AddDays(-(int(end.Weekday()) + 1) % 7)
}

// Days are the days of the month. Quarters have 5, 4 and 4 weeks; in a year of 53
// weeks the third month has 5 (that it is the third is not confirmed).
func (f Fiscal) Days() Stretch {
	from := fiscalEnd(f.Year - 1).AddDays(1)
	long := Stretch{from, fiscalEnd(f.Year)}.Days() == 53*7
	for p := 1; ; p++ {
		weeks := 4
		if p%3 == 1 || p == 3 && long {
			weeks = 5
		}
		if p == f.Period {
			return Stretch{from, from.AddDays(7*weeks - 1)}
		}
		from = from.AddDays(7 * weeks)
	}
}

// Before is the month before.
func (f Fiscal) Before() Fiscal { return FiscalOf(f.Days().From.AddDays(-1)) }

// String is the month as "2026-01".
func (f Fiscal) String() string { return fmt.Sprintf("%04d-%02d", f.Year, f.Period) }

// FiscalOf is the fiscal month that a day is in.
func FiscalOf(d Day) Fiscal {
	year := d.Year
	if fiscalEnd(year).Compare(d) < 0 {
		year++
	}
	for period := 12; period > 1; period-- {
		if f := (Fiscal{year, period}); f.Days().From.Compare(d) <= 0 {
			return f
		}
	}
	return Fiscal{year, 1}
}
