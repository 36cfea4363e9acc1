package slack

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ascbot/ascbot/sandbox/blockkit"
)

// call is one Web API call under way.
type call struct {
	*Server
	args
	name  string
	r     *http.Request
	known bool // the bot token was good; only then do headers tell of scopes
	ofApp bool // the token was the app-level one, at a method that takes either
}

// refusal is an answer with ok false.
type refusal struct {
	name string
	more object
}

func (r *refusal) Error() string { return r.name }

func refuse(name string) error { return &refusal{name: name} }

// refuseArguments is invalid_arguments with its reasons.
func refuseArguments(reasons ...string) error {
	messages := make([]string, len(reasons))
	for i, reason := range reasons {
		messages[i] = "[ERROR] " + reason
	}
	return &refusal{"invalid_arguments", object{"response_metadata": object{"messages": messages}}}
}

func needs(scope string, have []string) error {
	return &refusal{"missing_scope", object{"needed": scope, "provided": strings.Join(have, ",")}}
}

// reasons are what Slack says beside the name of an error: the complaints about blocks with their JSON
// pointers, the messages about arguments, or the scope that is missing.
func reasons(err error) []string {
	no, ok := errors.AsType[*refusal](err)
	if !ok {
		return nil
	}
	switch list := no.more["errors"].(type) {
	case []string:
		return list
	case []blockkit.Complaint:
		var all []string
		for _, one := range list {
			all = append(all, one.String())
		}
		return all
	}
	if more, ok := no.more["response_metadata"].(object); ok {
		list, _ := more["messages"].([]string)
		return list
	}
	if needed := str(no.more["needed"]); needed != "" {
		return []string{"needed: " + needed}
	}
	return nil
}

// limited is a 429.
type limited struct{ after time.Duration }

func (l *limited) Error() string { return "ratelimited" }

// broken is a 500, with or without the effect; mute breaks the connection instead.
type broken struct{ mute bool }

func (b *broken) Error() string { return "internal_error" }

// serveAPI answers one Web API call.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	c := &call{Server: s, name: strings.TrimPrefix(r.URL.Path, "/api/"), r: r}
	m, known := methods[c.name]
	if !known {
		s.answer(w, c, m, nil, refuse("unknown_method"))
		return
	}
	var err error
	if c.args, err = readArgs(r, m.json); err != nil {
		s.answer(w, c, m, nil, err)
		return
	}
	body, wait, err := s.run(c, m)
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
		case <-s.done:
		}
	}
	s.answer(w, c, m, body, err)
}

// run does what a method does, in one piece, and says how much longer than usual it takes. The answer is
// written out while the lock is held: it shares parts with the workspace.
func (s *Server) run(c *call, m method) (body json.RawMessage, wait time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = baseOf(c.r)
	if f, hit := s.takeFault(Slow, c.name); hit {
		wait = orDefault(f.After, 10*time.Second)
	}
	if err := c.allowed(m); err != nil {
		return nil, wait, err
	}
	if err := s.troubleBefore(c.name, m); err != nil {
		return nil, wait, err
	}
	out, err := m.run(c)
	if err != nil {
		return nil, wait, err
	}
	out["ok"] = true
	return encode(out), wait, s.troubleAfter(c.name)
}

// allowed checks token, scopes, rate and required arguments, in Slack's order. The lock is held.
func (c *call) allowed(m method) error {
	if !m.open {
		if err := c.authorize(m); err != nil {
			return err
		}
	}
	for _, scope := range m.scopes {
		if !c.granted(scope) {
			return needs(scope, c.Server.scopes)
		}
	}
	if after := c.limitMethod(c.name, m.tier); after > 0 {
		return &limited{after}
	}
	var lacking []string
	for _, name := range m.must {
		if !c.has(name) {
			lacking = append(lacking, "missing required field: "+name)
		}
	}
	if lacking != nil {
		return refuseArguments(lacking...)
	}
	return nil
}

// authorize looks at the token: in the header, or in the body for bot tokens.
func (c *call) authorize(m method) error {
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	inHeader := strings.EqualFold(scheme, "Bearer") // the scheme's case means nothing, says RFC 9110, 11.1
	if !inHeader {
		token = ""
	}
	if !inHeader && !m.app {
		token = c.text("token")
	}
	want, other := c.botToken, c.appToken
	if m.app {
		want, other = other, want
	}
	switch strings.TrimSpace(token) {
	case want:
		if f, gone := c.inForce(Revoked); gone && !m.app {
			return refuse(cmp.Or(f.Name, "token_revoked"))
		}
		c.known = !m.app
		return nil
	case "":
		return refuse("not_authed")
	case other:
		if m.any {
			c.ofApp = true
			return nil
		}
		return refuse("not_allowed_token_type")
	}
	return refuse("invalid_auth")
}

// answer writes the reply and records the call.
func (s *Server) answer(w http.ResponseWriter, c *call, m method, body json.RawMessage, err error) {
	failed := ""
	if err != nil {
		failed = err.Error()
	}
	s.noteNow(Entry{Kind: KindAPI, Method: c.name, Error: failed, Why: reasons(err), Text: c.name, Channel: c.args.text("channel"), Raw: c.recorded()})
	if c.known {
		w.Header().Set("X-OAuth-Scopes", strings.Join(s.scopes, ","))
		w.Header().Set("X-Accepted-OAuth-Scopes", strings.Join(m.scopes, ","))
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	status, failure := http.StatusOK, object{"ok": false}
	var no *refusal
	var slow *limited
	var dead *broken
	switch {
	case errors.As(err, &no):
		failure["error"] = no.name
		maps.Copy(failure, no.more)
	case errors.As(err, &slow):
		w.Header().Set("Retry-After", strconv.Itoa(int(slow.after.Seconds())))
		status, failure["error"] = http.StatusTooManyRequests, "ratelimited"
	case errors.As(err, &dead):
		if dead.mute {
			panic(http.ErrAbortHandler) // breaks the connection without an answer
		}
		status, failure["error"] = http.StatusInternalServerError, "internal_error"
	}
	if err != nil {
		body = encode(failure)
	}
	w.WriteHeader(status)
	w.Write(body)
}

// recorded is what the journal keeps of the arguments: JSON where a form held JSON, and never a token.
func (c *call) recorded() json.RawMessage {
	shown := object{}
	for _, name := range slices.Sorted(maps.Keys(c.args)) {
		if name == "token" {
			continue
		}
		shown[name] = c.args[name]
		if s, ok := c.args[name].(string); ok && (strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[")) {
			if v, err := decodeJSON([]byte(s)); err == nil {
				shown[name] = v
			}
		}
	}
	return encode(shown)
}
