package schedule

import (
	"sort"
	"time"
)

// Times on the wall are kept as time.Time in UTC: a calendar without a zone,
// in which no hour is missing and none comes twice. Between two changes of a
// zone's clocks the two differ by a constant.
//
// Changes are found by looking at offsets and not with Time.ZoneBounds: where
// a zone is described by its rule alone (from 2038 on, or sooner, depending on
// how the zone files were made), ZoneBounds says that what holds on the last
// day of a leap year ended when that day began.

// farthest is further from UTC than any zone's clocks are, and as far as any
// change has ever put them: from one side of the date line to the other.
const farthest = 24 * time.Hour

// wall is what the clocks of a zone show at an instant.
func wall(at time.Time, loc *time.Location) time.Time {
	return at.UTC().Add(offset(at, loc))
}

// offset is how far the clocks of a zone are ahead of UTC at an instant.
func offset(at time.Time, loc *time.Location) time.Duration {
	_, seconds := at.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}

// change is the first moment after one instant, and not after another, at
// which the clocks are changed.
func change(after, until time.Time, loc *time.Location) (time.Time, bool) {
	for after.Before(until) {
		next := after.Add(farthest) // no zone changes twice in a day
		if next.After(until) {
			next = until
		}
		if old := offset(after, loc); offset(next, loc) != old {
			start := after.Unix()
			seconds := sort.Search(int(next.Unix()-start), func(i int) bool {
				return offset(time.Unix(start+int64(i), 0), loc) != old
			})
			return time.Unix(start+int64(seconds), 0).UTC(), true
		}
		after = next
	}
	return time.Time{}, false
}

// instant is the first moment at which the clocks have come to a time: in a
// gap the first moment after it, in a fold the first of the two.
func instant(w time.Time, loc *time.Location) time.Time {
	at := w.Add(-offset(w.Add(-farthest), loc))
	changed, found := change(w.Add(-farthest), w.Add(farthest), loc)
	if !found || at.Before(changed) {
		return at
	}
	if at = w.Add(-offset(changed, loc)); at.Before(changed) {
		return changed // skipped
	}
	return at
}

// reached is the latest time the clocks have shown up to an instant; after
// they were put back that is a time before the change, until they catch up.
func reached(at time.Time, loc *time.Location) time.Time {
	shown := wall(at, loc)
	if changed, found := change(at.Add(-farthest), at, loc); found {
		if before := wall(changed.Add(-time.Second), loc); before.After(shown) {
			return before
		}
	}
	return shown
}

// nextInstant is the next moment at which the clocks show a matching time.
func (s Schedule) nextInstant(after time.Time) time.Time {
	from := wall(after, s.loc)
	for {
		next := s.nextWall(from).Add(-offset(after, s.loc))
		changed, found := change(after, next, s.loc)
		if !found {
			return next
		}
		after = changed
		from = wall(changed, s.loc).Add(-time.Second) // the moment of the change counts too
	}
}
