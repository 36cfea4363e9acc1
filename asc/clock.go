package asc

import (
	"net/http"
	"sync"
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

	mu     sync.Mutex
	doubt  time.Duration // a difference that one answer has shown; 0: none
	untrue time.Duration // one by which a token was dated that Apple has refused; 0: none
}

// heard is an answer, as far as it tells the time.
type heard struct {
	header      http.Header
	status      int
	asked, came time.Time // by our clock
	sent        *token    // nil: it is not known any more
}

// learn compares the Date of an answer with when it was asked for and when it
// came. A Date between the two says that the clocks agree. It tells whether the
// difference has just become intolerable.
//
// A Date can come from something between Apple and us, and a token with a wrong date
// is refused. So a Date that says that Apple should have refused the token it took is
// not believed, and any other that is far from our clock only when the next answer
// says the same, or when it is the reason for which Apple has refused the token.
func (k *clock) learn(a heard) (skew time.Duration, alarm bool) {
	date, err := http.ParseTime(a.header.Get("Date"))
	if age := a.header.Get("Age"); err != nil || age != "" && age != "0" { // an aged answer has an old Date
		return 0, false
	}
	const resolution = time.Second // of Date, cut off below
	switch {
	case date.After(a.came):
		skew = date.Sub(a.came)
	case date.Add(resolution).Before(a.asked):
		skew = date.Add(resolution).Sub(a.asked)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	refused, explains := a.status == http.StatusUnauthorized, a.sent != nil && !a.sent.holds(date)
	switch agrees := k.doubt != 0 && (skew-k.doubt).Abs() <= tolerated; {
	case skew.Abs() <= tolerated:
		k.doubt = 0
	case refused && explains:
		k.untrue = 0
	case refused && a.sent != nil && a.sent.shifted: // and nothing explains that but its date
		k.untrue, k.doubt = time.Duration(k.skew.Swap(0)), 0
		return 0, false
	case explains, k.untrue != 0 && (skew-k.untrue).Abs() <= tolerated:
		return 0, false
	case agrees, (skew - time.Duration(k.skew.Load())).Abs() <= tolerated:
	default:
		k.doubt = skew
		return 0, false
	}
	before := time.Duration(k.skew.Swap(int64(skew)))
	return skew, skew.Abs() > tolerated && before.Abs() <= tolerated
}

// now is Apple's time when the clocks are far apart, and ours otherwise.
func (k *clock) now() time.Time {
	if k.shifted() {
		return k.local().Add(time.Duration(k.skew.Load()))
	}
	return k.local()
}

// shifted tells whether now is Apple's time and not ours.
func (k *clock) shifted() bool { return time.Duration(k.skew.Load()).Abs() > tolerated }
