package sandbox

import (
	"errors"
	"sync"
	"time"
)

// Clock is the time the sandbox lives in: a real clock plus what it was moved
// ahead. Both stand-ins and the bot read it, so that tomorrow's digest can be
// seen today. Durations (three seconds to acknowledge, a pause of ten) are not
// its business; they pass as they do everywhere.
type Clock struct {
	base func() time.Time

	mu       sync.Mutex
	offset   time.Duration
	watchers map[int]func(time.Time)
	last     int
}

// ErrBackwards says that a clock was asked to go back.
var ErrBackwards = errors.New("the sandbox's clock only goes forward: what has happened has its time already. Choose a later moment, or start the sandbox again")

// NewClock makes a clock that shows the time of base; nil means time.Now.
func NewClock(base func() time.Time) *Clock {
	if base == nil {
		base = time.Now
	}
	return &Clock{base: base, watchers: map[int]func(time.Time){}}
}

// Now is the sandbox's time, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	offset := c.offset
	c.mu.Unlock()
	return c.base().Add(offset).UTC().Round(0)
}

// Offset is how far the clock was moved ahead of the real one.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// Move moves the clock ahead by d. A negative d is ErrBackwards.
func (c *Clock) Move(d time.Duration) error {
	if d < 0 {
		return ErrBackwards
	}
	c.mu.Lock()
	c.offset += d
	now := c.base().Add(c.offset).UTC().Round(0)
	fns := make([]func(time.Time), 0, len(c.watchers))
	for _, fn := range c.watchers {
		fns = append(fns, fn)
	}
	c.mu.Unlock()
	for _, fn := range fns {
		fn(now)
	}
	return nil
}

// MoveTo moves the clock ahead to t. A moment that has passed is ErrBackwards.
func (c *Clock) MoveTo(t time.Time) error { return c.Move(t.Sub(c.Now())) }

// Watch calls fn with the new time after every move, with no lock held.
func (c *Clock) Watch(fn func(now time.Time)) (cancel func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	id := c.last
	c.watchers[id] = fn
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, id)
	}
}
