package asc

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// RateLimit is what Apple last said about how many requests are allowed. Apple
// counts per key, in a rolling hour; some resources have a limit per minute or
// an hourly limit of their own besides. Zero limits mean: not said.
type RateLimit struct {
	HourLimit, HourRemaining     int
	MinuteLimit, MinuteRemaining int
	Seen                         time.Time // zero before the first answer that says something
}

// parseRate reads X-Rate-Limit, such as
// "user-hour-lim:3500;user-hour-rem:500;". Keys it does not know and values
// that are no numbers are passed over.
func parseRate(header string, now time.Time) (RateLimit, bool) {
	var r RateLimit
	found := false
	for part := range strings.SplitSeq(header, ";") {
		key, value, ok := strings.Cut(part, ":")
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if !ok || err != nil || n < 0 {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "user-hour-lim":
			r.HourLimit = n
		case "user-hour-rem":
			r.HourRemaining = n
		case "user-minute-lim":
			r.MinuteLimit = n
		case "user-minute-rem":
			r.MinuteRemaining = n
		default:
			continue
		}
		found, r.Seen = true, now
	}
	return r, found
}

// Class says for whom a call is made. When requests are short, the higher one
// goes first.
type Class int

// The classes. A context that names none stands for a Person.
const (
	Job    Class = iota - 1 // nobody waits: watches, digests
	Person                  // somebody waits for the answer
	Work                    // a change that was agreed upon, and the reads that prove it
)

// String is the class in a word.
func (k Class) String() string {
	switch {
	case k <= Job:
		return "job"
	case k == Person:
		return "person"
	}
	return "work"
}

type classKey struct{}

// WithClass makes a context whose calls are of a class.
func WithClass(ctx context.Context, k Class) context.Context {
	return context.WithValue(ctx, classKey{}, min(max(k, Job), Work))
}

func classOf(ctx context.Context) Class {
	k, _ := ctx.Value(classKey{}).(Class)
	return k
}

// reserve is what a class leaves of a limit: the last fifth is kept for people
// and approved work, and the last quarter of that for work alone.
func (k Class) reserve(limit int) int {
	switch k {
	case Job:
		return limit / 5
	case Person:
		return limit / 20
	}
	return 0
}

// patience is how long a call waits for its turn at most, before it is given up
// unsent.
func (k Class) patience() time.Duration {
	switch k {
	case Job:
		return 2 * time.Minute
	case Person:
		return 20 * time.Second
	}
	return 90 * time.Second // more than a minute's limit takes to be renewed
}

// BudgetError is why a call was not sent: its turn would not have come in time.
// It is the cause of a [*NotSentError], and [RateLimited] finds it.
type BudgetError struct {
	Class Class
	// Until is when it may be worth another try, as far as that is known; zero
	// when too many other calls were under way.
	Until time.Time
	Why   string
}

func (e *BudgetError) Error() string {
	if e.Until.IsZero() {
		return fmt.Sprintf("%s (for a %s)", e.Why, e.Class)
	}
	return fmt.Sprintf("%s (for a %s); try again after %s", e.Why, e.Class, e.Until.UTC().Format("15:04:05 MST"))
}

// Traffic is what the client does at the moment.
type Traffic struct {
	InFlight              int // requests whose answer has not begun
	Jobs, Persons, Works  int // calls that wait for their turn
	LongestWait           time.Duration
	Shared                int64 // reads, ever, that took the answer of another one under way
	Budget                RateLimit
	HeldBack, NotSentEver int64 // calls, ever, that had to wait for the budget; that were given up unsent
}
