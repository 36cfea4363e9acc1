// Package schedule knows when something is due: a cron expression and a time
// zone become labels (the nominal time on the wall) and instants, and an
// instant becomes the business day whose sales report is out.
//
// It keeps no clock, no list of jobs and no memory of what was done: callers
// say what time it is, store the label they did last, and ask what has come
// due since. A label is the key under which one run is claimed, so each label
// exists exactly once, whatever daylight saving does to the clocks.
package schedule

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zones have to be known in an image that has no files

	"github.com/robfig/cron/v3"
)

// lookBack is how far Last and Since look into the past: a little more than
// a year, so that a yearly schedule still has a last time.
const lookBack = 400 * 24 * time.Hour

// sinceLimit is how many dues Since hands out; older ones are only counted.
const sinceLimit = 500

// Layouts of labels: a time on the wall, or, where the wall may show the same
// time twice, a time in UTC. Both sort as text.
const (
	wallLabel    = "2006-01-02T15:04"
	instantLabel = "2006-01-02T15:04Z"
)

// Schedule is a cron expression read in a time zone. Its zero value is not
// usable; Parse makes one.
//
// With hours given as numbers or ranges ("0 9 * * *", "30 8-17 * * 1-5") every
// time on the calendar happens once: a time that the clocks skip is due at the
// first moment after the gap, and a time that they show twice is due the first
// time. With a star or a step in the hours ("0 * * * *", "0 */4 * * *") the
// schedule is about intervals, and it is due whenever the clock on the wall
// shows a matching time: not in a gap, twice in a fold.
type Schedule struct {
	expr      string
	loc       *time.Location
	spec      *cron.SpecSchedule
	intervals bool // stars or steps in the hours: due by instants
}

// Due is one time at which a schedule asks for something.
type Due struct {
	// Label names this due among those of its schedule, increasing as text:
	// "2026-11-24T09:00" is the nominal local time, also where the clocks skip
	// it; schedules of intervals have labels in UTC, "2026-11-24T17:00Z".
	Label string
	At    time.Time // the instant, in UTC
}

// Next is the first due after an instant.
//
// Where the clocks skip an hour, two labels may share an instant; Next then
// gives the first of them and Since gives both.
func (s Schedule) Next(after time.Time) Due {
	_, due := s.step(s.position(after))
	return due
}

// Last is the newest due at or before now. It is false when there was none in
// the past 400 days.
func (s Schedule) Last(now time.Time) (Due, bool) {
	// Expressions only run forwards, so the start moves back until one is found.
	for _, back := range []time.Duration{time.Hour, 26 * time.Hour, 8 * 24 * time.Hour, 63 * 24 * time.Hour, lookBack} {
		var last Due
		pos := s.position(now.Add(-back))
		for {
			next, due := s.step(pos)
			if due.At.After(now) {
				break
			}
			pos, last = next, due
		}
		if last.Label != "" {
			return last, true
		}
	}
	return Due{}, false
}

// Since lists what has come due after a label, up to and including now, oldest
// first: what a bot that did that label last has yet to do. It gives the
// newest 500 and says how many older ones were cut; what is more than 400 days
// before now is neither given nor counted. The label may be one from before the
// expression or the zone was changed.
func (s Schedule) Since(label string, now time.Time) (due []Due, cut int, err error) {
	pos, err := s.labelled(label)
	if err != nil {
		return nil, 0, err
	}
	if floor := s.position(now.Add(-lookBack)); pos.Before(floor) {
		pos = floor
	}
	for {
		next, d := s.step(pos)
		if d.At.After(now) {
			break
		}
		pos, due = next, append(due, d)
		if len(due) == 2*sinceLimit { // in chunks, so that a long list is not moved at every step
			due, cut = append(due[:0], due[sinceLimit:]...), cut+sinceLimit
		}
	}
	if extra := len(due) - sinceLimit; extra > 0 {
		due, cut = due[extra:], cut+extra
	}
	return due, cut, nil
}

// Zone is the name of the time zone the schedule is read in.
func (s Schedule) Zone() string { return s.loc.String() }

// String is the expression as it was written, and the zone.
func (s Schedule) String() string { return s.expr + ", " + s.Zone() }

// Parse reads a cron expression of five fields (minute, hour, day of month,
// month, day of week) or one of @hourly, @daily, @weekly, @monthly and
// @yearly, to be read in an IANA time zone such as "America/Los_Angeles". Its
// errors are for the person who wrote the expression.
func Parse(expr, zone string) (Schedule, error) {
	expr = strings.Join(strings.Fields(expr), " ")
	loc, err := location(strings.TrimSpace(zone))
	if err != nil {
		return Schedule{}, err
	}
	if why := complaint(expr); why != "" {
		return Schedule{}, fmt.Errorf("%s cannot be used as a schedule: %s. An example that works: \"0 9 * * *\", every day at 9:00", quote(expr), why)
	}
	parsed, err := cron.ParseStandard(expr)
	if err != nil {
		return Schedule{}, fmt.Errorf("%s is not a cron expression (%w). An example that works: \"0 9 * * *\", every day at 9:00", quote(expr), err)
	}
	spec := parsed.(*cron.SpecSchedule) // only @every is something else, and it was refused
	spec.Location = time.UTC            // the zone-less calendar
	if spec.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, fmt.Errorf("%s never happens: no such day is in the calendar. An example that works: \"0 9 1 * *\", the first of every month at 9:00", quote(expr))
	}
	hours := strings.Split(expr+" ", " ")[1]
	return Schedule{expr: expr, loc: loc, spec: spec,
		intervals: expr == "@hourly" || strings.ContainsAny(hours, "*?/")}, nil
}

// location finds a zone by its IANA name.
func location(zone string) (*time.Location, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" { // these two would silently be UTC and the machine's own zone
		return nil, fmt.Errorf("%s is not a time zone: write a name like America/Los_Angeles, Europe/Berlin or UTC", quote(zone))
	}
	return loc, nil
}

// fields are the parts of an expression and what they may hold.
var fields = [5]struct{ name, may string }{
	{"minute", "0 to 59"},
	{"hour", "0 to 23"},
	{"day of the month", "1 to 31"},
	{"month", "1 to 12 or JAN to DEC"},
	{"day of the week", "0 to 6 or SUN to SAT, with Sunday as 0"},
}

// complaint says what is wrong with an expression, or nothing.
func complaint(expr string) string {
	words := strings.Fields(expr)
	switch {
	case expr == "":
		return "it is empty"
	case strings.HasPrefix(expr, "TZ=") || strings.HasPrefix(expr, "CRON_TZ="):
		return "the time zone stands beside the expression, not in it"
	case strings.HasPrefix(expr, "@every"):
		return "@every counts from the moment the bot starts, so its times would change with every restart"
	case strings.HasPrefix(expr, "@"):
		if _, err := cron.ParseStandard(expr); err != nil {
			return "of the words with @ there are @hourly, @daily, @weekly, @monthly and @yearly"
		}
		return ""
	case len(words) == 6:
		return "it has six fields, and there is no field for seconds"
	case len(words) != len(fields):
		return fmt.Sprintf("it has %d of the five fields: minute, hour, day of the month, month, day of the week", len(words))
	}
	for i, word := range words {
		if !fits(i, word) {
			return fmt.Sprintf("the %s (field %d) cannot be %s; it takes %s, also as a list 1,2, a range 1-5 or a step */2", fields[i].name, i+1, quote(word), fields[i].may)
		}
	}
	return ""
}

// fits tells whether a word may stand in a field, by reading it between stars.
func fits(field int, word string) bool {
	words := []string{"*", "*", "*", "*", "*"}
	words[field] = word
	for item := range strings.SplitSeq(word, ",") {
		// The parser passes over empty items and over what follows "*-".
		if item == "" || strings.HasPrefix(item, "*-") || strings.HasPrefix(item, "?-") {
			return false
		}
	}
	_, err := cron.ParseStandard(strings.Join(words, " "))
	return err == nil
}

// quote shows what a person wrote, of a very long text only the beginning.
func quote(s string) string {
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:60]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// A position is a place between two dues: a time on the zone-less calendar, or
// an instant when the schedule is one of intervals. Walking by positions and
// not by instants gives labels that share an instant one after the other.

// position is the place after every due up to and including an instant.
func (s Schedule) position(after time.Time) time.Time {
	if s.intervals {
		return after.UTC()
	}
	return reached(after, s.loc)
}

// labelled is the place just after the due with that label.
func (s Schedule) labelled(label string) (time.Time, error) {
	wall, wallErr := time.Parse(wallLabel, label)
	at, atErr := time.Parse(instantLabel, label)
	switch {
	case wallErr != nil && atErr != nil:
		return time.Time{}, fmt.Errorf("%s is no label of a schedule; labels look like 2026-11-24T09:00 or 2026-11-24T17:00Z", quote(label))
	case atErr == nil:
		return s.position(at), nil
	case s.intervals:
		return instant(wall, s.loc), nil
	}
	return wall, nil
}

// step gives the due that follows a position, and the position after it.
func (s Schedule) step(pos time.Time) (time.Time, Due) {
	if s.intervals {
		at := s.nextInstant(pos)
		return at, Due{Label: at.Format(instantLabel), At: at}
	}
	wall := s.nextWall(pos)
	return wall, Due{Label: wall.Format(wallLabel), At: instant(wall, s.loc)}
}

// nextWall is the next matching time on the zone-less calendar.
func (s Schedule) nextWall(wall time.Time) time.Time {
	for {
		if next := s.spec.Next(wall); !next.IsZero() {
			return next
		}
		// The parser gives up at the end of the fifth year after; 29 February is
		// eight years away when a century without one lies between.
		wall = time.Date(wall.Year()+5, 12, 31, 23, 59, 59, 0, time.UTC)
	}
}

// Date is the day that the schedule's zone has at an instant.
func (s Schedule) Date(at time.Time) Day { return dayOf(at.In(s.loc)) }

// At is the instant that a label stands for.
func (s Schedule) At(label string) (time.Time, error) {
	if at, err := time.Parse(instantLabel, label); err == nil {
		return at.UTC(), nil
	}
	wall, err := time.Parse(wallLabel, label)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is no label of a schedule; labels look like 2026-11-24T09:00 or 2026-11-24T17:00Z", quote(label))
	}
	return instant(wall, s.loc), nil
}

// Expression is the cron expression alone.
func (s Schedule) Expression() string { return s.expr }
