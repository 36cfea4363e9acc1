package asc

import (
	"net/http"
	"sync/atomic"
	"time"
)

// tolerated is how far the clocks may be apart before tokens are dated by
// Apple's. A token is dated back by twice as much.
const tolerated = 30 * time.Second

// clock knows how far Apple's clock is from ours.
type clock struct {
	local func() time.Time
	skew  atomic.Int64 // nanoseconds
}

// learn compares the Date of an answer with when it was asked for and when it
// came. A Date between the two says that the clocks agree. It tells whether the
// difference has just become intolerable.
func (k *clock) learn(h http.Header, asked, came time.Time) (skew time.Duration, alarm bool) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || (h.Get("Age") != "" && h.Get("Age") != "0") { // an aged answer has an old Date
		return 0, false
	}
	const resolution = time.Second // of Date, cut off below
	switch {
	case date.After(came):
		skew = date.Sub(came)
	case date.Add(resolution).Before(asked):
		skew = date.Add(resolution).Sub(asked)
	}
	before := time.Duration(k.skew.Swap(int64(skew)))
	return skew, skew.Abs() > tolerated && before.Abs() <= tolerated
}

// now is Apple's time when the clocks are far apart, and ours otherwise.
func (k *clock) now() time.Time {
	if skew := time.Duration(k.skew.Load()); skew.Abs() > tolerated {
		return k.local().Add(skew)
	}
	return k.local()
}
