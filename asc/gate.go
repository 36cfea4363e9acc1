package asc

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// defaultInFlight is how many requests are under way at once.
const defaultInFlight = 8

// longestHold bounds how long the gate stays shut because Apple asked for it. A
// single wrong header must not silence the client for a day.
const longestHold = 5 * time.Minute

// gate lets requests through, a few at a time and within Apple's limits, the
// higher class first.
type gate struct {
	most int // at once
	log  *slog.Logger

	mu        sync.Mutex
	budgets   budgets
	underWay  int
	jobs      int // of those under way
	waiting   []*waiter
	timer     *time.Timer // for when the budget may have grown
	held, out int64
}

// waiter is a call that waits for its turn.
type waiter struct {
	class  Class
	family *family
	since  time.Time
	turn   chan struct{} // closed when it has come
}

// kindOf is the family of a call: method and path, without what stands for ids.
func kindOf(method, path string) string {
	var b strings.Builder
	b.WriteString(method)
	for i, part := range strings.Split(strings.Trim(path, "/"), "/") {
		if i != 2 { // v1, type, id, …
			b.WriteByte('/')
			b.WriteString(part)
		}
	}
	return b.String()
}

// enter waits until a request may be sent. leave has to be called when its answer
// has begun, or will not come.
func (g *gate) enter(ctx context.Context, kind string) (leave func(), err error) {
	k := classOf(ctx)
	g.mu.Lock()
	f, now := g.budgets.family(kind), time.Now()
	w := &waiter{class: k, family: f, since: now, turn: make(chan struct{})}
	until, why := g.budgets.shut(f, k, now)
	deadline := now.Add(k.patience())
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if until.After(deadline) { // waiting would be in vain
		g.out++
		g.mu.Unlock()
		return nil, &BudgetError{Class: k, Until: until, Why: why}
	}
	if why != "" {
		g.held++
		g.log.Info("a call to App Store Connect waits for its turn", "class", k.String(), "because", why, "until", until)
	}
	g.waiting = append(g.waiting, w)
	g.wake(now)
	g.mu.Unlock()
	return g.wait(ctx, w, k.patience())
}

func (g *gate) wait(ctx context.Context, w *waiter, most time.Duration) (func(), error) {
	leave := func() { g.leave(w) }
	select {
	case <-w.turn:
		return leave, nil
	default:
	}
	bound := time.NewTimer(most)
	defer bound.Stop()
	select {
	case <-w.turn:
		return leave, nil
	case <-ctx.Done():
		return nil, g.giveUp(w, over(ctx))
	case <-bound.C:
		return nil, g.giveUp(w, nil)
	}
}

// giveUp ends a wait without a turn. The turn may have come in this moment: then
// it goes to somebody else.
func (g *gate) giveUp(w *waiter, cause error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if i := slices.Index(g.waiting, w); i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	} else {
		g.back(w)
	}
	g.out++
	until, why := g.budgets.shut(w.family, w.class, now)
	g.wake(now)
	if cause != nil {
		return cause
	}
	return &BudgetError{Class: w.class, Until: until, Why: cmp.Or(why, "too many other calls are under way")}
}

func (g *gate) leave(w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.back(w)
	g.wake(time.Now())
}

func (g *gate) back(w *waiter) {
	g.underWay--
	w.family.underWay--
	if w.class == Job {
		g.jobs--
	}
}

// again counts a request more for a call that is let through already.
func (g *gate) again(kind string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := g.budgets.family(kind)
	g.budgets.sent(f, time.Now())
	f.underWay-- // it is under way once
}

// wake lets through whoever may go: the higher class first, and within a class
// whoever came first.
func (g *gate) wake(now time.Time) {
	if len(g.waiting) == 0 {
		return
	}
	slices.SortStableFunc(g.waiting, func(a, b *waiter) int { return cmp.Compare(b.class, a.class) })
	var next time.Time
	g.waiting = slices.DeleteFunc(g.waiting, func(w *waiter) bool {
		if g.full(w.class) {
			return false
		}
		until, why := g.budgets.shut(w.family, w.class, now)
		if why != "" {
			if next.IsZero() || until.Before(next) {
				next = until
			}
			return false
		}
		g.let(w, now)
		return true
	})
	g.alarm(next, now)
}

// full tells whether a class has to wait for others to leave. Jobs leave a
// quarter of the places free, so that a person does not wait behind them.
func (g *gate) full(k Class) bool {
	return g.underWay >= g.most || k == Job && g.jobs >= max(1, g.most*3/4)
}

func (g *gate) let(w *waiter, now time.Time) {
	g.budgets.sent(w.family, now)
	g.underWay++
	if w.class == Job {
		g.jobs++
	}
	close(w.turn)
}

// alarm wakes the gate when the budget may have grown.
func (g *gate) alarm(next, now time.Time) {
	if g.timer != nil {
		g.timer.Stop()
	}
	if next.IsZero() {
		return
	}
	g.timer = time.AfterFunc(max(next.Sub(now), time.Millisecond), func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.wake(time.Now())
	})
}

// learn takes what an answer says about what may be sent.
func (g *gate) learn(kind string, status int, h http.Header, after time.Duration) {
	now := time.Now()
	r, told := parseRate(h.Get("X-Rate-Limit"), now)
	if !told && status != http.StatusTooManyRequests {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if told {
		g.budgets.learn(kind, r, max(0, g.underWay-1))
	}
	if f := g.budgets.family(kind); status == http.StatusTooManyRequests && after > 0 {
		f.held = now.Add(min(after, longestHold))
	}
	g.wake(now)
}

func (g *gate) rate() RateLimit {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.budgets.rate
}

func (g *gate) traffic() Traffic {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := Traffic{InFlight: g.underWay, Budget: g.budgets.rate, HeldBack: g.held, NotSentEver: g.out}
	for _, w := range g.waiting {
		t.LongestWait = max(t.LongestWait, time.Since(w.since))
		switch w.class {
		case Job:
			t.Jobs++
		case Person:
			t.Persons++
		default:
			t.Works++
		}
	}
	return t
}
