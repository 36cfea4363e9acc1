package asc

import (
	"fmt"
	"time"
)

// window is what is left of one of Apple's limits, as far as it is known.
type window struct {
	limit int
	left  int       // when it was seen
	seen  time.Time // zero: never
	sent  int       // since then, and what was under way then
	span  time.Duration
}

// learn takes what Apple says. What is under way at the moment may or may not be
// counted in it: it is counted here, so that the mistake is on the safe side.
func (w *window) learn(limit, left, underWay int, now time.Time, span time.Duration) {
	*w = window{limit: limit, left: left, seen: now, sent: underWay, span: span}
}

// now is what is left. regained is what dropped out of a rolling window since.
func (w *window) now(at time.Time, regained int) int {
	if at.Sub(w.seen) >= w.span {
		return w.limit - w.sent
	}
	return min(w.left+regained, w.limit) - w.sent
}

// open tells whether a class may send one more. What Apple has not repeated for
// twice its span is forgotten.
func (w *window) open(k Class, at time.Time, regained int) bool {
	if age := at.Sub(w.seen); w.seen.IsZero() || age >= 2*w.span || w.limit == 0 && age >= w.span {
		return true
	}
	return w.now(at, regained) > k.reserve(w.limit)
}

// renewed is when the window is renewed, or at the latest forgotten.
func (w *window) renewed(now time.Time) time.Time {
	if t := w.seen.Add(w.span); t.After(now) {
		return t
	}
	return w.seen.Add(2 * w.span)
}

// history counts what was sent in each of the last two hours' minutes.
type history struct {
	counts [120]int
	minute int64 // of the newest count
}

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

func (h *history) add(now time.Time) {
	h.turn(now)
	h.counts[h.minute%int64(len(h.counts))]++
}

// turn clears the minutes that have begun since.
func (h *history) turn(now time.Time) {
	to := minuteOf(now)
	if from := max(h.minute+1, to-int64(len(h.counts))+1); h.minute != 0 {
		for m := from; m <= to; m++ {
			h.counts[m%int64(len(h.counts))] = 0
		}
	}
	h.minute = max(h.minute, to)
}

// droppedOut counts what was within the hour when the budget was seen, and is not
// any more.
func (h *history) droppedOut(seen, now time.Time) (n int) {
	h.turn(now)
	for m := max(minuteOf(seen)-60, h.minute-int64(len(h.counts))+1); m < minuteOf(now)-60; m++ {
		n += h.counts[m%int64(len(h.counts))]
	}
	return n
}

// nextDrop is when the next of our own requests leaves the hour, zero when none
// does before the whole hour is over.
func (h *history) nextDrop(now time.Time) time.Time {
	h.turn(now)
	for m := minuteOf(now) - 60; m < minuteOf(now); m++ {
		if m >= 0 && m > h.minute-int64(len(h.counts)) && h.counts[m%int64(len(h.counts))] > 0 {
			return time.Unix((m+61)*60, 0)
		}
	}
	return time.Time{}
}

// family is what shares a limit of its own: one method of one path of Apple's.
type family struct {
	hour, minute window
	held         time.Time // nothing is sent before, because Apple asked for it
	underWay     int
}

// budgets is all that is known about what may be sent.
type budgets struct {
	account  window // the hour of the key
	rate     RateLimit
	families map[string]*family
	history  history
}

func (b *budgets) family(name string) *family {
	if b.families == nil {
		b.families = map[string]*family{}
	}
	f := b.families[name]
	if f == nil {
		f = &family{}
		b.families[name] = f
	}
	return f
}

// learn takes the rate header of an answer. A resource with a much lower hourly
// limit than the key has one of its own, and Apple then tells of that instead.
func (b *budgets) learn(name string, r RateLimit, underWay int) {
	f := b.family(name)
	if r.MinuteLimit > 0 {
		f.minute.learn(r.MinuteLimit, r.MinuteRemaining, f.underWay, r.Seen, time.Minute)
	}
	if r.HourLimit > 0 && r.HourLimit < b.account.limit/2 && r.Seen.Sub(b.account.seen) < time.Hour {
		f.hour.learn(r.HourLimit, r.HourRemaining, f.underWay, r.Seen, time.Hour)
		return
	}
	f.hour = window{}
	b.account.learn(r.HourLimit, r.HourRemaining, underWay, r.Seen, time.Hour)
	b.rate = r
}

// sent counts a request that leaves.
func (b *budgets) sent(f *family, now time.Time) {
	b.history.add(now)
	b.account.sent++
	f.hour.sent++
	f.minute.sent++
	f.underWay++
}

// shut tells whether a class has to wait: until when at least, and why.
func (b *budgets) shut(f *family, k Class, now time.Time) (until time.Time, why string) {
	switch {
	case now.Before(f.held):
		return f.held, "App Store Connect has asked to be left alone for a while"
	case !f.minute.open(k, now, 0):
		return f.minute.renewed(now), fmt.Sprintf("the %d requests a minute of this kind are used up", f.minute.limit)
	case !f.hour.open(k, now, 0):
		return f.hour.renewed(now), fmt.Sprintf("the %d requests an hour of this kind are used up", f.hour.limit)
	case !b.account.open(k, now, b.history.droppedOut(b.account.seen, now)):
		until = b.account.renewed(now)
		if drop := b.history.nextDrop(now); !drop.IsZero() && drop.Before(until) {
			until = drop
		}
		return until, fmt.Sprintf("of the key's %d requests an hour, %d are left", b.account.limit, max(0, b.account.now(now, 0)))
	}
	return time.Time{}, ""
}
