package slack

import (
	"encoding/json"
	"strings"
	"time"
)

// ackWithin is how long Slack waits for an acknowledgement.
const ackWithin = 3 * time.Second

// Reasons in Reply.Code.
const (
	Timeout     = "operation_timeout"
	NoListener  = "dispatch_failed"
	BadResponse = "bad_response"
	NotAllowed  = "not_allowed"
)

// envelope is what is to be sent to the app.
type envelope struct {
	kind    string // slash_commands, interactive, events_api
	what    string // in words, for the journal
	accepts bool   // the acknowledgement may carry an answer
	retry   *retry
	payload func(base string) object // base: scheme and host for response URLs
	user    string
	channel string
}

type retry struct {
	id      string // the same for every attempt
	attempt int
	reason  string
}

// sent is an envelope under way.
type sent struct {
	at     time.Time
	answer chan json.RawMessage // takes the first acknowledgement's payload
	done   bool
	kind   string
	accept bool
	raw    []byte // the frame, until it was acknowledged
}

// answer is how an envelope ended.
type answer struct {
	envelope string
	payload  json.RawMessage // nil when there was none
	took     time.Duration
	code     string // Timeout, NoListener, or empty
}

// ask sends an envelope and waits for its acknowledgement. The lock must not be held.
func (s *Server) ask(e envelope) answer {
	s.mu.Lock()
	k := s.next()
	if k == nil {
		s.note(Entry{Kind: KindError, Method: e.kind, User: e.user, Channel: e.channel, Error: NoListener, Text: e.what + ": the app has no connection"})
		s.mu.Unlock()
		return answer{code: NoListener}
	}
	id, waiting := s.dispatch(k, e)
	s.mu.Unlock()

	timer := time.NewTimer(ackWithin)
	defer timer.Stop()
	select {
	case payload := <-waiting.answer:
		return answer{envelope: id, payload: payload, took: time.Since(waiting.at)}
	case <-timer.C:
	case <-s.done:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting.done = true
	s.note(Entry{Kind: KindError, Method: e.kind, User: e.user, Channel: e.channel, Envelope: id, Error: Timeout, Text: e.what + ": no acknowledgement within three seconds"})
	return answer{envelope: id, code: Timeout, took: time.Since(waiting.at)}
}

// next is the connection whose turn it is, nil when there is none. The lock is held.
func (s *Server) next() *socket {
	open := s.sockets.open
	s.sockets.turn++
	for pass := range 2 {
		for i := range open {
			k := open[(s.sockets.turn+i)%len(open)]
			if pass == 1 || !k.leaving {
				return k
			}
		}
	}
	return nil
}

// dispatch sends an envelope on a connection. The lock is held.
func (s *Server) dispatch(k *socket, e envelope) (id string, waiting *sent) {
	id = uuid()
	frame := object{"envelope_id": id, "type": e.kind, "accepts_response_payload": e.accepts}
	payload := e.payload(k.base)
	if e.retry != nil {
		if e.retry.id == "" {
			e.retry.id = id
		}
		id = e.retry.id
		frame["envelope_id"], frame["retry_attempt"], frame["retry_reason"] = id, e.retry.attempt, e.retry.reason
	}
	s.enterprise(payload)
	frame["payload"] = payload
	raw := encode(frame)
	waiting = &sent{at: time.Now(), answer: make(chan json.RawMessage, 1), kind: e.kind, accept: e.accepts, raw: raw}
	s.sockets.waiting[id] = waiting
	s.sweep()
	s.note(Entry{Kind: KindEnvelope, Method: e.kind, User: e.user, Channel: e.channel, Envelope: id, Conn: k.n, Text: e.what, Raw: raw})
	s.deliver(k, e.kind, raw)
	return id, waiting
}

// deliver queues the frame, in the order and as often as the troubles in force say. The lock is held.
func (s *Server) deliver(k *socket, kind string, raw []byte) {
	if _, hit := s.takeFault(LoseEnvelope, kind); hit {
		return
	}
	if f, hit := s.takeFault(Reorder, kind); hit {
		frame := func() { s.queue(k, raw) }
		s.sockets.held = append(s.sockets.held, frame)
		s.later(orDefault(f.After, time.Second), s.release)
		return
	}
	s.queue(k, raw)
	s.release()
	if f, hit := s.takeFault(Duplicate, kind); hit {
		s.later(f.After, func() {
			if other := s.next(); other != nil {
				s.queue(other, raw)
			}
		})
	}
}

// release lets go what was held back. The lock is held.
func (s *Server) release() {
	held := s.sockets.held
	s.sockets.held = nil
	for _, frame := range held {
		frame()
	}
}

// later runs fn under the lock after a while.
func (s *Server) later(d time.Duration, fn func()) {
	s.start(func() {
		if s.pause(d) {
			s.mu.Lock()
			defer s.mu.Unlock()
			fn()
		}
	})
}

// Redeliver sends an envelope once more with the same ids, as Slack sometimes does; it reports whether
// the envelope is known and the app connected.
func (s *Server) Redeliver(envelopeID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.journal.entries) - 1; i >= 0; i-- {
		e := s.journal.entries[i]
		if e.Kind != KindEnvelope || e.Envelope != envelopeID {
			continue
		}
		k := s.next()
		if k == nil {
			return false
		}
		s.note(Entry{Kind: KindEnvelope, Method: e.Method, User: e.User, Channel: e.Channel, Envelope: envelopeID, Conn: k.n, Text: e.Text + " (again)", Raw: e.Raw})
		s.queue(k, e.Raw)
		return true
	}
	return false
}

// enterprise rewrites is_enterprise_install when that trouble is on. The lock is held.
func (s *Server) enterprise(payload object) {
	v, has := payload["is_enterprise_install"]
	if !has {
		return
	}
	if _, hit := s.takeFault(EnterpriseText, ""); hit {
		payload["is_enterprise_install"] = "false"
		if v == true || v == "true" {
			payload["is_enterprise_install"] = "true"
		}
	}
	if _, hit := s.takeFault(EnterpriseNone, ""); hit {
		delete(payload, "is_enterprise_install")
	}
}

// acknowledged takes a frame from the app.
func (s *Server) acknowledged(k *socket, frame []byte) {
	var ack struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := json.Unmarshal(frame, &ack); err != nil || ack.EnvelopeID == "" {
		s.note(Entry{Kind: KindError, Conn: k.n, Error: "bad_frame", Text: "the app sent a frame that is no acknowledgement"})
		return
	}
	w := s.sockets.waiting[ack.EnvelopeID]
	e := Entry{Kind: KindAck, Envelope: ack.EnvelopeID, Conn: k.n, Raw: json.RawMessage(frame)}
	switch {
	case w == nil:
		e.Error = "unknown_envelope"
	case w.done:
		e.Method, e.Took, e.Error = w.kind, time.Since(w.at), "late"
		if w.raw == nil { // it was acknowledged before
			e.Error = "again"
		}
	default:
		e.Method, e.Took = w.kind, time.Since(w.at)
		w.done = true
		w.answer <- ack.Payload
	}
	if w != nil {
		w.raw = nil
		if e.Error == "" && !w.accept && !emptyPayload(ack.Payload) {
			e.Error = "payload_not_accepted" // Slack throws it away
		}
	}
	s.note(e)
}

func emptyPayload(p json.RawMessage) bool {
	switch strings.TrimSpace(string(p)) {
	case "", "{}", "null", `""`:
		return true
	}
	return false
}

// again sends what nobody acknowledged once more, with its ids, on a new connection. Slack was seen to do
// this with commands, so it is a trouble and not the rule. The lock is held.
func (s *Server) again(k *socket) {
	if _, hit := s.takeFault(Unacknowledged, ""); !hit {
		return
	}
	for id, w := range s.sockets.waiting {
		if w.raw != nil {
			s.note(Entry{Kind: KindEnvelope, Method: w.kind, Envelope: id, Conn: k.n, Text: "sent again: nobody had acknowledged it", Raw: w.raw})
			s.queue(k, w.raw)
		}
	}
}
