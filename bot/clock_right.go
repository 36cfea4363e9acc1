package bot

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Whoever sets the clock of the machine back would bring approvals to life again that
// have expired, and whoever sets it ahead would end what people still decide about. So
// the clock is believed only as long as Slack's agrees with it, as it moves no faster
// than time does, and as it is not before a time that it has shown already and that is
// kept in the data file. Nothing that depends on the time of day goes on meanwhile.

// clockTolerance is how far this machine's clock may be from Slack's.
const clockTolerance = time.Minute

// Bounds of asking Slack for the time.
const (
	askTimeAgain  = 5 * time.Second // between two calls
	askTimeWithin = 5 * time.Second // for one
)

// timekeeping is what is known about the clock.
type timekeeping struct {
	mu     sync.Mutex
	high   time.Time     // what time it was at least
	agreed time.Time     // when Slack's clock agreed last, as time passes whatever a clock is set to
	wall   time.Time     // what this machine's clock showed then
	doubt  time.Duration // how far Slack's was ahead by the last answer that did not agree
	off    time.Duration // the same, when two such answers after another say so
	asking keyedLock     // held while Slack is asked
	asked  time.Time
}

// hear takes the time in an answer of Slack that was asked for and came at times of
// this machine's clock. One answer that does not agree proves nothing: it may come from
// something in between.
func (k *timekeeping) hear(h http.Header, asked, came time.Time) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" && h.Get("Age") != "0" {
		return
	}
	var ahead time.Duration
	switch {
	case date.After(came):
		ahead = date.Sub(came)
	case date.Add(time.Second).Before(asked): // Date has whole seconds
		ahead = date.Add(time.Second).Sub(asked)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case ahead.Abs() <= clockTolerance:
		k.agreed, k.wall, k.doubt, k.off = time.Now(), came.Round(0), 0, 0
	case k.doubt != 0 && (ahead-k.doubt).Abs() <= clockTolerance:
		k.doubt, k.off = ahead, ahead
	default:
		k.doubt = ahead
	}
}

// heardTime takes the time in an answer that was asked for some time ago.
func (b *Bot) heardTime(h http.Header, asked time.Time) {
	came := b.Now()
	b.clock.hear(h, came.Add(-time.Since(asked)), came)
}

// wrong says in words why the clock is not believed when it shows now; empty: it is.
func (k *timekeeping) wrong(now time.Time) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch passed := time.Since(k.agreed); {
	case k.off > 0:
		return "this machine's clock is " + spell(k.off) + " behind Slack's; set it right"
	case k.off < 0:
		return "this machine's clock is " + spell(-k.off) + " ahead of Slack's; set it right"
	case k.agreed.IsZero():
		return "Slack has not confirmed yet what time it is"
	case (now.Sub(k.wall) - passed).Abs() > clockTolerance:
		return "this machine's clock was moved by " + spell((now.Sub(k.wall) - passed).Abs()) + ", and Slack has not confirmed yet what time it is"
	case now.Before(k.high.Add(-clockTolerance)):
		return fmt.Sprintf("this machine's clock shows %s, and it has been %s already; set it right", inUTC(now), inUTC(k.high))
	}
	return ""
}

func inUTC(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04 UTC") }

// spell says how long something is: "1 h 5 min".
func spell(d time.Duration) string {
	d = d.Round(time.Minute)
	switch hours, minutes := int(d.Hours()), int(d.Minutes())%60; {
	case hours >= 48:
		return fmt.Sprintf("%d days", hours/24)
	case hours == 0:
		return fmt.Sprintf("%d min", minutes)
	case minutes == 0:
		return fmt.Sprintf("%d h", hours)
	default:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	}
}

// clockOff says in words why nothing may be done that depends on the time of day; empty:
// the clock is believed. Before it says so it asks Slack once more, for a machine that
// slept shows another time than expected too, and rightly.
func (b *Bot) clockOff() string {
	if b.clock.wrong(b.Now()) == "" {
		return ""
	}
	b.askTime()
	return b.clock.wrong(b.Now())
}

// askTime hears what time it is at Slack, unless that was asked a moment ago.
func (b *Bot) askTime() {
	k := &b.clock
	defer k.asking.lock(0)()
	if !k.asked.IsZero() && time.Since(k.asked) < askTimeAgain {
		return
	}
	ctx, cancel := context.WithTimeout(b.root, askTimeWithin)
	defer cancel()
	for range 2 { // two answers after another are believed
		if _, err := b.web.AuthTestContext(ctx); err != nil || k.wrong(b.Now()) == "" {
			break
		}
	}
	k.asked = time.Now()
	b.keepHighWater()
}

// loadHighWater reads what time it was at least before this start.
func (b *Bot) loadHighWater() error {
	high, err := b.Store.HighWater()
	b.clock.mu.Lock()
	b.clock.high = high
	b.clock.mu.Unlock()
	return err
}

// keepHighWater keeps what time it is, when the clock is believed. A mark that lies
// ahead although Slack's clock and ours agree was made under a wrong clock: it is taken
// back, and the log tells.
func (b *Bot) keepHighWater() {
	k, now := &b.clock, b.Now()
	k.mu.Lock()
	sure := k.off == 0 && !k.agreed.IsZero() && (now.Sub(k.wall)-time.Since(k.agreed)).Abs() <= clockTolerance
	high := k.high
	if sure {
		k.high = now
	}
	k.mu.Unlock()
	var err error
	switch {
	case !sure:
		return
	case now.Before(high.Add(-clockTolerance)):
		note := fmt.Sprintf("Slack's clock and this machine's agree, but the data file was used at %s already: the clock was ahead then", inUTC(high))
		b.Log.Warn("the clock was wrong before", "note", note)
		err = b.Store.LowerHighWater(now, note)
	default:
		err = b.Store.KeepHighWater(now)
	}
	if err != nil {
		b.Log.Error("what time it is could not be kept", "error", err)
	}
}

// surely is the time of day by the clock as it was confirmed last, also when it was
// moved since.
func (b *Bot) surely() time.Time {
	k, now := &b.clock, b.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if should := k.wall.Add(time.Since(k.agreed)); !k.agreed.IsZero() && now.Sub(should).Abs() > clockTolerance {
		return should
	}
	return now
}
