package page

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// hub wakes every open stream of events. It carries nothing: each stream
// reads the journals from where it left off, so a slow one loses nothing and
// holds up nobody.
type hub struct {
	mu      sync.Mutex
	streams map[chan struct{}]struct{}
	done    chan struct{}
	once    sync.Once
}

func (h *hub) join() chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.streams == nil {
		h.streams = map[chan struct{}]struct{}{}
	}
	c := make(chan struct{}, 1)
	h.streams[c] = struct{}{}
	return c
}

func (h *hub) leave(c chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, c)
}

func (h *hub) tell() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.streams {
		select {
		case c <- struct{}{}:
		default: // it is going to look anyway
		}
	}
}

func (h *hub) close() { h.once.Do(func() { close(h.done) }) }

const (
	// gather is how long a stream waits for more before it sends: what one
	// click sets off arrives together.
	gather = 25 * time.Millisecond
	// peek is how often a stream looks whether the log has grown: a log that is
	// being written wakes nobody.
	peek = 200 * time.Millisecond
	// beat is how often a stream proves that it is alive.
	beat = 15 * time.Second
)

// event is one message of the stream: what is new on the wire, and the page's
// own controls as they are now.
type event struct {
	Run      string     `json:"run"`
	Lines    []Line     `json:"lines"`
	Clock    clockState `json:"clock"`
	Troubles []Trouble  `json:"troubles"`
	Aimed    []Aimed    `json:"aimed"`
}

// events is the stream of server-sent events. It begins after the cursor
// named in the query, or after the last event the browser has seen.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	at := parseCursor(r.URL.Query().Get("from"))
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		at = parseCursor(last)
	}
	woken := p.hub.join()
	defer p.hub.leave(woken)
	tick, look := time.NewTicker(beat), time.NewTicker(peek)
	defer tick.Stop()
	defer look.Stop()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	for {
		e := event{Run: p.run}
		e.Lines, at = p.since(at)
		e.Clock, e.Troubles, e.Aimed = p.clockState(), p.troubles.list(), p.troubles.aimedNow()
		body, err := json.Marshal(e)
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(w, "retry: 1000\nid: %s\ndata: %s\n\n", at, body); err != nil || out.Flush() != nil {
			return
		}
		for waiting := true; waiting; {
			select {
			case <-tick.C:
				waiting = false
			case <-look.C:
				waiting = len(p.recordsAfter(at.log)) == 0
			case <-woken:
				waiting = false
			case <-r.Context().Done():
				return
			case <-p.hub.done:
				return
			}
		}
		select {
		case <-time.After(gather):
		case <-p.hub.done:
			return
		}
	}
}
