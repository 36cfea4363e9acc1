package apple

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Call is one line of the journal: what was asked and what came of it. It
// never holds a token.
type Call struct {
	N       int       `json:"n"` // counts from 1
	At      time.Time `json:"at"`
	Method  string    `json:"method"`
	Path    string    `json:"path"`              // with its query, brackets readable
	Status  int       `json:"status"`            // 0: the connection was cut without an answer
	Request string    `json:"request,omitempty"` // the body, shortened
	Note    string    `json:"note,omitempty"`    // what happened, for a person
	Fault   Kind      `json:"fault,omitempty"`   // the injected trouble, if any
	Changed bool      `json:"changed,omitempty"` // it changed something at App Store Connect, whatever was answered
}

// String is the call on one line: "POST /v1/userInvitations 201 — invited
// bo@example.com as DEVELOPER".
func (c Call) String() string {
	status := fmt.Sprint(c.Status)
	if c.Status == 0 {
		status = "no answer"
	}
	line := c.Method + " " + c.Path + " " + status
	if c.Note != "" {
		line += " — " + c.Note
	}
	return line
}

// journal keeps the newest calls and tells watchers about each.
type journal struct {
	mu       sync.Mutex
	last     int
	calls    []Call
	watchers map[int]func(Call)
	watcher  int
}

// kept is how many calls stay in the journal.
const kept = 5000

// Calls returns the calls numbered above since, oldest first. The journal
// keeps the newest 5000.
func (s *Server) Calls(since int) []Call {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	newest := s.log.calls[max(0, len(s.log.calls)-kept):]
	at, _ := slices.BinarySearchFunc(newest, since+1, func(c Call, n int) int { return c.N - n })
	return slices.Clone(newest[at:])
}

// Watch calls fn after every call, with no lock held. Calls that end at the
// same moment may be told in either order; N orders them.
func (s *Server) Watch(fn func(Call)) (cancel func()) {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	if s.log.watchers == nil {
		s.log.watchers = map[int]func(Call){}
	}
	s.log.watcher++
	id := s.log.watcher
	s.log.watchers[id] = fn
	return func() {
		s.log.mu.Lock()
		defer s.log.mu.Unlock()
		delete(s.log.watchers, id)
	}
}

// add numbers the call, keeps it and tells the watchers.
func (j *journal) add(c Call) {
	j.mu.Lock()
	j.last++
	c.N = j.last
	j.calls = append(j.calls, c)
	if len(j.calls) >= 2*kept { // not at every call: all that stay are moved
		j.calls = slices.Delete(j.calls, 0, len(j.calls)-kept)
	}
	fns := make([]func(Call), 0, len(j.watchers))
	for _, fn := range j.watchers {
		fns = append(fns, fn)
	}
	j.mu.Unlock()
	for _, fn := range fns {
		fn(c)
	}
}
