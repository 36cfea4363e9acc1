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

// next is the first moment from which on a freeze is in force: at itself when it is in
// force then. It is zero when it never is again.
func (f Freeze) next(at time.Time) time.Time {
	if at.Before(f.From) {
		at = f.From
	}
	if at = f.Week.Next(at); at.IsZero() || !f.From.IsZero() && !at.Before(f.To) {
		return time.Time{}
	}
	return at
}

// A Spell is a time in which a freeze is in force.
type Spell struct {
	Freeze
	Begins time.Time
	Ends   time.Time // zero: it has no end
}

// Spells are the times in which a subject is frozen now or next, one of each freeze, the
// soonest first; those that begin after some time are left out.
func (p Policy) Spells(s Subject, now time.Time, within time.Duration) (all []Spell) {
	for _, f := range p.Freezes {
		if begins := f.next(now); f.about(s) && !begins.IsZero() && begins.Sub(now) <= within {
			all = append(all, Spell{f, begins, f.end(begins)})
		}
	}
	slices.SortStableFunc(all, func(a, b Spell) int { return a.Begins.Compare(b.Begins) })
	return all
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
