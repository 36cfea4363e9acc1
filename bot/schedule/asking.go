package schedule

import "time"

// Answer is what was heard when a day's report was asked for.
type Answer string

// The answers. Apple says "no sales" of a day of which it has not counted the sales
// yet, too; so that is believed only of a day that is old enough.
const (
	NotThere Answer = "not-there" // not published yet
	Nothing  Answer = "nothing"   // no sales, or nobody has counted them
	There    Answer = "there"
	Gone     Answer = "gone" // it was there, and Apple has thrown it away
)

// Asked is when a day's report was asked for last, and what was heard. Its zero
// value is a report that nobody asked for.
type Asked struct {
	At     time.Time
	Answer Answer
}

// Apple may correct a report for two days after it has come (seen by others, not
// written by Apple), so it is read again after one day and after two.
const (
	corrected = 24 * time.Hour
	final     = 48 * time.Hour
)

// AskAgain is when a day's report is to be asked for, or to be asked for again; ok
// is false when that is over, since the answer stands for ever.
func (a Asked) AskAgain(d Day) (at time.Time, ok bool) {
	due := ReportDue(d)
	switch {
	case a.At.IsZero():
		return due, true
	case a.Answer == Gone:
		return time.Time{}, false
	case a.Answer == There, a.Answer == Nothing && a.Believed(d):
		for _, later := range []time.Duration{corrected, final} {
			if at := due.Add(later); a.At.Before(at) {
				return at, true
			}
		}
		return time.Time{}, false
	}
	return a.At.Add(patience(a.At.Sub(due))), true
}

// Settled tells that the answer stands for ever.
func (a Asked) Settled(d Day) bool {
	_, again := a.AskAgain(d)
	return !again
}

// Believed tells whether the answer says what was sold on the day. That nothing was
// is believed a day after the report was due.
func (a Asked) Believed(d Day) bool {
	return a.Answer == There || a.Answer == Nothing && !a.At.Before(ReportDue(d).Add(corrected))
}

// patience is how long to wait before a report that is not there is asked for again:
// the longer it is overdue, the longer.
func patience(overdue time.Duration) time.Duration {
	switch {
	case overdue < time.Hour:
		return 5 * time.Minute
	case overdue < 12*time.Hour:
		return 10 * time.Minute
	case overdue < final:
		return time.Hour
	}
	return 6 * time.Hour
}
