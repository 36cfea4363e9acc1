package policy

import (
	"slices"
	"time"
)

// A Window is a part of the week that comes again: on some days, between two times
// of day.
type Window struct {
	Days       []time.Weekday // none means every day
	Start, End int            // minutes after midnight; End may be 1440, and less than Start when it goes over midnight
	Zone       *time.Location // nil means UTC
}

// wholeDay is the end of a window that goes on until midnight.
const wholeDay = 24 * 60

// AnyTime is the window that is always open.
func AnyTime() Window { return Window{End: wholeDay} }

// Always reports whether a window never closes.
func (w Window) Always() bool {
	return (w.Start == 0 && w.End >= wholeDay) && (len(w.Days) == 0 || w.everyDay())
}

func (w Window) everyDay() bool {
	for d := range 7 {
		if !slices.Contains(w.Days, time.Weekday(d)) {
			return false
		}
	}
	return true
}

func (w Window) zone() *time.Location {
	if w.Zone == nil {
		return time.UTC
	}
	return w.Zone
}

func (w Window) on(day time.Weekday) bool { return len(w.Days) == 0 || slices.Contains(w.Days, day) }

// Open reports whether a moment is inside. What goes over midnight belongs to the
// day it began on.
func (w Window) Open(at time.Time) bool {
	at = at.In(w.zone())
	minute, today := at.Hour()*60+at.Minute(), at.Weekday()
	if w.Start < w.End {
		return w.on(today) && w.Start <= minute && minute < w.End
	}
	yesterday := (today + 6) % 7
	return w.on(today) && minute >= w.Start || w.on(yesterday) && minute < w.End
}

// Next is the first moment from which on the window is open: at itself when it is
// open then. It is zero for a window that never opens.
func (w Window) Next(at time.Time) time.Time { return w.turn(at, true) }

// Closes is the first moment from which on the window is closed: at itself when it
// is closed then. It is zero for a window that never closes.
func (w Window) Closes(at time.Time) time.Time { return w.turn(at, false) }

// turn finds the first moment at which the window is open, or closed.
func (w Window) turn(at time.Time, open bool) time.Time {
	if w.Open(at) == open {
		return at
	}
	before := at
	for _, edge := range w.edges(at) {
		if !edge.After(before) {
			continue
		}
		if w.Open(edge) != open {
			before = edge
			continue
		}
		return w.first(before, edge, open)
	}
	return time.Time{}
}

// edges are moments between which the window does not open and close again, in
// their order, for more than a week.
func (w Window) edges(at time.Time) (edges []time.Time) {
	zone := w.zone()
	y, m, d := at.In(zone).Date()
	for day := range 9 {
		for _, minute := range []int{0, w.Start, w.End} {
			edges = append(edges, time.Date(y, m, d+day, 0, minute, 0, 0, zone))
		}
	}
	slices.SortFunc(edges, time.Time.Compare)
	return edges
}

// first narrows down, to the minute, when the window turned between two moments. A
// clock that is put forward or back can turn it at another moment than an edge.
func (w Window) first(before, after time.Time, open bool) time.Time {
	for after.Sub(before) > time.Minute {
		middle := before.Add(after.Sub(before) / 2).Truncate(time.Minute)
		if !middle.After(before) {
			break
		}
		if w.Open(middle) == open {
			after = middle
		} else {
			before = middle
		}
	}
	return after.In(w.zone())
}
