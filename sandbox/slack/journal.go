package slack

import (
	"encoding/json"
	"slices"
	"time"
)

// mostEntries is how far back the journal reaches.
const mostEntries = 20_000

// journal is what happened, in order, and who wants to hear of it.
type journal struct {
	entries  []Entry
	last     int // Seq of the newest entry
	watchers []*watcher
}

type watcher struct {
	wake chan struct{}
	stop chan struct{}
}

// note records an entry. The lock is held by the caller.
func (s *Server) note(e Entry) {
	s.journal.last++
	e.Seq = s.journal.last
	e.At = s.now().UTC()
	if len(s.journal.entries) >= mostEntries {
		s.journal.entries = slices.Delete(s.journal.entries, 0, mostEntries/10)
	}
	s.journal.entries = append(s.journal.entries, e)
	for _, w := range s.journal.watchers {
		select {
		case w.wake <- struct{}{}:
		default: // it is awake already and will find this entry too
		}
	}
}

func (s *Server) noteNow(e Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(e)
}

// Journal is everything that happened after the entry numbered since, in order; 0 gives all that is kept
// (the last 20,000 entries, about).
func (s *Server) Journal(since int) []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entriesAfter(since)
}

func (s *Server) entriesAfter(since int) []Entry {
	i, _ := slices.BinarySearchFunc(s.journal.entries, since+1, func(e Entry, seq int) int { return e.Seq - seq })
	return slices.Clone(s.journal.entries[i:])
}

// Watch calls fn for each entry from now on, in order, one at a time, on a goroutine of its own. It ends
// with cancel or Close; cancel does not wait for a call under way.
func (s *Server) Watch(fn func(Entry)) (cancel func()) {
	w := &watcher{wake: make(chan struct{}, 1), stop: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.journal.last
	s.journal.watchers = append(s.journal.watchers, w)
	s.start(func() { s.watch(w, seen, fn) })
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if i := slices.Index(s.journal.watchers, w); i >= 0 {
			s.journal.watchers = slices.Delete(s.journal.watchers, i, i+1)
			close(w.stop)
		}
	}
}

func (s *Server) watch(w *watcher, seen int, fn func(Entry)) {
	for {
		for _, e := range s.Journal(seen) {
			select {
			case <-w.stop:
				return
			default:
			}
			fn(e)
			seen = e.Seq
		}
		select {
		case <-w.wake:
		case <-w.stop:
			return
		case <-s.done:
			return
		}
	}
}

// encode is v as JSON; what the stand-in builds can always be encoded.
func encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: a value that is not JSON: " + err.Error())
	}
	return b
}

// clock is the workspace's time as Slack writes it: seconds and microseconds, never twice the same. The
// lock is held by the caller.
func (s *Server) clock() string {
	at := s.now()
	if !at.After(s.world.lastTS) {
		at = s.world.lastTS.Add(time.Microsecond)
	}
	s.world.lastTS = at.Truncate(time.Microsecond)
	return stamp(s.world.lastTS)
}
