package slack

import (
	"slices"
	"time"
)

// FaultKind names one trouble the stand-in can make.
type FaultKind string

// Troubles. Those of the Web API look at Method; those of connections that happen at once ignore Times.
const (
	RateLimited     FaultKind = "ratelimited"         // Web API: 429 with Retry-After of After (default 30 s)
	FailBefore      FaultKind = "fail_before"         // Web API: 500 and nothing happened
	FailAfter       FaultKind = "fail_after"          // Web API: it happened, and then 500
	DropAfter       FaultKind = "drop_after"          // Web API: it happened, and the connection broke without an answer
	Slow            FaultKind = "slow"                // Web API: the answer takes After longer (default 10 s)
	MissingScope    FaultKind = "missing_scope"       // Web API: missing_scope, as if the scope had not been granted
	APIError        FaultKind = "api_error"           // Web API: refused with the error named in Name
	HideFromHistory FaultKind = "hide_from_history"   // new messages are missing from history and replies for After (default 10 s)
	NoCharts        FaultKind = "no_charts"           // charts and tables are blocks of a type that nobody knows here
	Duplicate       FaultKind = "duplicate"           // envelopes come twice with the same ids, the second After later
	Reorder         FaultKind = "reorder"             // an envelope waits for the next one, at most After (default 1 s), and comes after it
	LoseEnvelope    FaultKind = "lose_envelope"       // envelopes never arrive
	EnterpriseText  FaultKind = "enterprise_string"   // is_enterprise_install comes as a string everywhere
	EnterpriseNone  FaultKind = "enterprise_absent"   // is_enterprise_install is missing
	Unacknowledged  FaultKind = "unacknowledged"      // a new connection gets once more what nobody acknowledged
	Revoked         FaultKind = "tokens_revoked"      // the app was removed: two events, and token_revoked (or Name) until cancelled
	UnknownEnvelope FaultKind = "unknown_envelope"    // at once: an envelope of a type nobody knows
	UnknownEvent    FaultKind = "unknown_event"       // at once: an event of a type nobody knows
	AppRateLimited  FaultKind = "app_rate_limited"    // at once: word that events of the past minute were held back, with no event in it
	Warning         FaultKind = "warning"             // at once: disconnect frame, the connection closes after 10 s
	Refresh         FaultKind = "refresh_requested"   // at once: disconnect frame, the connection closes after 10 s
	LinkDisabled    FaultKind = "link_disabled"       // at once: Socket Mode was switched off; it stays off until cancelled
	TooMany         FaultKind = "too_many_websockets" // at once: disconnect frame as if there were ten others
	Cut             FaultKind = "cut"                 // at once: the TCP connection breaks without a word
	Silent          FaultKind = "silent"              // at once: the connection stays open and nothing passes any more
)

// Fault is one trouble.
type Fault struct {
	Kind   FaultKind     `json:"kind"`
	Method string        `json:"method,omitempty"` // Web API method; empty: every method. For envelopes: their type
	Times  int           `json:"times,omitempty"`  // how often; 0: until cancelled
	After  time.Duration `json:"after,omitempty"`
	Name   string        `json:"name,omitempty"` // the error of APIError, or of Revoked: account_inactive, say
	Conn   int           `json:"conn,omitempty"` // the connection; 0: all of them
}

// fault is a Fault in force.
type fault struct {
	Fault
	left int // uses; negative: until cancelled
}

// FaultKinds are all troubles, for who offers them in a menu.
var FaultKinds = []FaultKind{
	RateLimited, FailBefore, FailAfter, DropAfter, Slow, MissingScope, APIError, HideFromHistory, NoCharts,
	Duplicate, Reorder, LoseEnvelope, EnterpriseText, EnterpriseNone, Unacknowledged, Revoked, UnknownEnvelope, UnknownEvent, AppRateLimited,
	Warning, Refresh, LinkDisabled, TooMany, Cut, Silent,
}

// Inject makes trouble, from now until cancel, or as often as Times says. Troubles of connections that
// happen at once have happened when Inject returns; only LinkDisabled has something left to cancel.
func (s *Server) Inject(f Fault) (cancel func()) {
	_, cancel = s.Arm(f)
	return cancel
}

// Arm is Inject for who wants to know what is left: how often it will happen, -1 until cancelled, and 0 when it
// is over.
func (s *Server) Arm(f Fault) (left func() int, cancel func()) {
	over := func() int { return 0 }
	s.noteNow(Entry{Kind: KindSocket, Method: f.Method, Text: "trouble: " + string(f.Kind)})
	switch f.Kind {
	case UnknownEnvelope, UnknownEvent, AppRateLimited:
		s.unheardOf(f.Kind)
		return over, func() {}
	case Warning, Refresh, TooMany, Cut, Silent:
		s.disturb(f)
		return over, func() {}
	}
	one := &fault{Fault: f, left: f.Times}
	if f.Times <= 0 {
		one.left = -1
	}
	s.mu.Lock()
	s.faults = append(s.faults, one)
	s.mu.Unlock()
	switch f.Kind {
	case LinkDisabled:
		s.disturb(f)
	case Revoked:
		s.removed()
	}
	return func() int {
			s.mu.Lock()
			defer s.mu.Unlock()
			return max(-1, one.left)
		}, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			one.left = 0
			s.faults = slices.DeleteFunc(s.faults, func(other *fault) bool { return other == one })
		}
}

// removed tells the app that it was taken out of the workspace.
func (s *Server) removed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publish(event{kind: "tokens_revoked", fields: object{"tokens": object{"bot": []string{BotUser}}}})
	s.publish(event{kind: "app_uninstalled", fields: object{}})
}

// inForce finds trouble of a kind that lasts. The lock is held.
func (s *Server) inForce(kind FaultKind) (Fault, bool) {
	i := slices.IndexFunc(s.faults, func(f *fault) bool { return f.Kind == kind })
	if i < 0 {
		return Fault{}, false
	}
	return s.faults[i].Fault, true
}

// Faults are the troubles in force.
func (s *Server) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := make([]Fault, len(s.faults))
	for i, f := range s.faults {
		now[i] = f.Fault
	}
	return now
}

// takeFault finds trouble of this kind for a method or type of envelope and counts the use. The lock is held.
func (s *Server) takeFault(kind FaultKind, method string) (Fault, bool) {
	for i, f := range s.faults {
		if f.Kind != kind || f.Method != "" && f.Method != method {
			continue
		}
		if f.left--; f.left == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return f.Fault, true
	}
	return Fault{}, false
}

// troubleBefore is what stops a call before it has any effect. The lock is held.
func (s *Server) troubleBefore(name string, m method) error {
	if f, hit := s.takeFault(RateLimited, name); hit {
		return &limited{orDefault(f.After, 30*time.Second)}
	}
	if _, hit := s.takeFault(FailBefore, name); hit {
		return &broken{}
	}
	if f, hit := s.takeFault(APIError, name); hit {
		return refuse(f.Name)
	}
	if _, hit := s.takeFault(MissingScope, name); hit {
		needed := "channels:read"
		if len(m.scopes) > 0 {
			needed = m.scopes[0]
		}
		return needs(needed, slices.DeleteFunc(slices.Clone(s.scopes), func(have string) bool { return have == needed }))
	}
	return nil
}

// troubleAfter is what spoils the answer of a call that had its effect. The lock is held.
func (s *Server) troubleAfter(name string) error {
	if _, hit := s.takeFault(FailAfter, name); hit {
		return &broken{}
	}
	if _, hit := s.takeFault(DropAfter, name); hit {
		return &broken{mute: true}
	}
	return nil
}
