package policy

import (
	"slices"
	"time"
)

// A Freeze is a time in which nothing may be asked for or carried out, except by
// some.
type Freeze struct {
	Name     string
	From, To time.Time // both zero: comes again and again, as Week says
	Week     Window    // the part of the week; all of it when the freeze is From … To
	Classes  []Class   // none, and no Operations either: everything that changes something at App Store Connect

	Operations []string
	Teams      []string // App Store Connect teams by name; none means all
	Apps       []string // bundle ids and Apple IDs; none means all
	Except     []string // groups that may still ask, and whose requests run
}

// about reports whether a freeze is for a subject.
func (f Freeze) about(s Subject) bool {
	switch {
	case len(f.Teams) > 0 && !s.AllTeams && !slices.Contains(f.Teams, s.Team):
		return false
	case len(f.Apps) > 0 && !s.AllApps && !slices.ContainsFunc(f.Apps, func(a string) bool { return slices.Contains(s.Apps, a) }):
		return false
	case len(f.Classes)+len(f.Operations) == 0:
		return s.Class.Changes() && s.Class != Admin
	}
	return slices.Contains(f.Classes, s.Class) || slices.Contains(f.Operations, s.Operation)
}

// during reports whether a freeze is in force.
func (f Freeze) during(at time.Time) bool {
	if !f.From.IsZero() && (at.Before(f.From) || !at.Before(f.To)) {
		return false
	}
	return f.Week.Open(at)
}

// end is the first moment after a freeze that is in force, zero when it has none.
func (f Freeze) end(at time.Time) time.Time {
	closes := f.Week.Closes(at)
	switch {
	case f.From.IsZero():
		return closes
	case closes.IsZero() || closes.After(f.To):
		return f.To
	}
	return closes
}
