package schedule

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// star is the bit by which the parser remembers that a field was a star.
const star = 1 << 63

// InWords says when the schedule is due: "every day at 9:00,
// America/Los_Angeles". What has no short sentence is given as the expression.
func (s Schedule) InWords() string {
	days, clock := s.days(), s.clock()
	switch {
	case days == "" || clock == "":
		return s.String()
	case days == "every day" && strings.HasPrefix(clock, "every"):
		return clock + ", " + s.Zone() // "every 15 minutes" says it all
	}
	return days + " " + clock + ", " + s.Zone()
}

// clock says at which times of a day: "at 9:00 and 17:00", "every 15 minutes".
func (s Schedule) clock() string {
	minutes, hours := values(s.spec.Minute, 59), values(s.spec.Hour, 23)
	everyHour := len(hours) == 24
	switch {
	case everyHour && len(minutes) == 60:
		return "every minute"
	case everyHour && len(minutes) == 1 && minutes[0] == 0:
		return "every hour on the hour"
	case everyHour && len(minutes) == 1:
		return fmt.Sprintf("every hour at %d past", minutes[0])
	case everyHour && even(minutes, 60):
		return fmt.Sprintf("every %d minutes", minutes[1])
	case len(minutes)*len(hours) > 4:
		return ""
	}
	var times []string
	for _, hour := range hours {
		for _, minute := range minutes {
			times = append(times, fmt.Sprintf("%d:%02d", hour, minute))
		}
	}
	return "at " + list(times)
}

// days says on which days: "every day", "weekdays", "every Monday".
func (s Schedule) days() string {
	everyDate, everyWeekday := s.spec.Dom&star != 0, s.spec.Dow&star != 0
	switch {
	case len(values(s.spec.Month, 12)) != 12:
		return ""
	case everyDate && everyWeekday:
		return "every day"
	case everyDate:
		return weekdays(s.spec)
	case everyWeekday:
		return dates(s.spec)
	}
	return "" // both given: either is enough, which takes more than a short sentence
}

func weekdays(spec *cron.SpecSchedule) string {
	var names []string
	for _, day := range values(spec.Dow, 6) {
		names = append(names, time.Weekday(day).String())
	}
	switch {
	case len(names) == 7:
		return "every day"
	case spec.Dow == 0b0111110:
		return "weekdays"
	}
	return "every " + list(names)
}

func dates(spec *cron.SpecSchedule) string {
	days := values(spec.Dom, 31)
	switch {
	case len(days) > 1:
		return ""
	case days[0] > 28:
		return fmt.Sprintf("on day %d of every month that has one", days[0])
	}
	return fmt.Sprintf("on day %d of every month", days[0])
}

// values lists the numbers whose bits are set in a field.
func values(field uint64, highest int) (set []int) {
	for i := range highest + 1 {
		if field&(1<<i) != 0 {
			set = append(set, i)
		}
	}
	return set
}

// even tells whether numbers begin at zero and divide a whole in equal steps.
func even(set []int, whole int) bool {
	if len(set) < 2 || set[0] != 0 || whole%len(set) != 0 {
		return false
	}
	for i, n := range set {
		if n != i*whole/len(set) {
			return false
		}
	}
	return true
}

// list joins words as one says them: "a", "a and b", "a, b and c".
func list(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
