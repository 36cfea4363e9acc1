package asc

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// flights are the reads under way. Who asks for what is being asked for already
// takes part in that read.
//
// golang.org/x/sync/singleflight does not fit: a read whose first asker gives up
// goes on for the others, one that nobody waits for any more ends, and one that
// began before a change must not be shown to somebody who asks after it.
type flights struct {
	mu     sync.Mutex
	known  map[string]*flight
	shared atomic.Int64
	// changes counts changes that have begun or ended. A read is shared only by
	// those between whom no change lies.
	changes atomic.Uint64
}

// flight is a read under way.
type flight struct {
	askers int
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when the answer is there
	late   bool          // its deadline, that of the first asker, was over
	answer answer
	err    error
}

// share makes a read, or takes part in the same read that is under way. A read
// that ended with the time of its first asker is made again for who has more.
func (f *flights) share(ctx context.Context, q call, read func(context.Context) (answer, error)) (answer, error) {
	for {
		a, late, err := f.join(ctx, q, read)
		if !late || ctx.Err() != nil {
			return a, err
		}
	}
}

func (f *flights) join(ctx context.Context, q call, read func(context.Context) (answer, error)) (a answer, late bool, err error) {
	key := fmt.Sprint(f.changes.Load(), " ", classOf(ctx), " ", q.accept, " ", q.url)
	f.mu.Lock()
	fl, there := f.known[key]
	if !there {
		fl = f.start(ctx, key, read)
	} else {
		f.shared.Add(1)
	}
	fl.askers++
	f.mu.Unlock()
	select {
	case <-fl.done:
	case <-ctx.Done():
		if !f.quit(fl, key, ctx) {
			return answer{}, false, &NoAnswerError{q.method, q.path(), ctx.Err()}
		}
		<-fl.done // it was the last: the read ends now, and says how
	}
	return fl.answer, fl.late, fl.err
}

// start begins a read. It outlives the context of its first asker, except for
// the deadline: waiting beyond that is left to whoever asks again.
func (f *flights) start(ctx context.Context, key string, read func(context.Context) (answer, error)) *flight {
	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.CancelFunc(func() {})
	if deadline, ok := ctx.Deadline(); ok {
		inner, stop = context.WithDeadline(inner, deadline)
	}
	fl := &flight{cancel: cancel, done: make(chan struct{})}
	if f.known == nil {
		f.known = map[string]*flight{}
	}
	f.known[key] = fl
	go func() {
		fl.answer, fl.err = read(inner)
		fl.late = fl.err != nil && inner.Err() != nil
		f.mu.Lock()
		f.forget(key, fl)
		f.mu.Unlock()
		stop()
		cancel(nil)
		close(fl.done)
	}()
	return fl
}

// quit takes an asker off a read, and ends it when that was the last.
func (f *flights) quit(fl *flight, key string, ctx context.Context) (last bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl.askers--; fl.askers > 0 {
		return false
	}
	f.forget(key, fl) // whoever comes now does not join what is being given up
	fl.cancel(quitCause{ctx.Err()})
	return true
}

// quitCause is why the last asker gave a read up.
type quitCause struct{ error }

// over is why a context has ended; of a read whose askers gave up, what ended
// theirs.
func over(ctx context.Context) error {
	if q, ok := context.Cause(ctx).(quitCause); ok {
		return q.error
	}
	return ctx.Err()
}

func (f *flights) forget(key string, fl *flight) {
	if f.known[key] == fl {
		delete(f.known, key)
	}
}
