package bot_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ascbot/ascbot/sandbox"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// Other servers than the stand-ins are not written by who wrote the bot. Here something stands between the two
// that changes what Slack and App Store Connect say, within what a client has to take or beyond it, and the bot
// goes on working.

// oddity is one way to be different. Its functions may be nil.
type oddity struct {
	name string
	// answer changes an answer of Slack's Web API or of App Store Connect, on its way to the bot.
	answer func(r *http.Request, w *http.Response, body []byte) []byte
	// frame changes what comes over the web socket; nil text sends nothing.
	frame func(text []byte) [][]byte
	// before is asked for each call, and answers it itself by returning true.
	before func(w http.ResponseWriter, r *http.Request, nth int) bool
	pieces bool // frames come in pieces
	slowly bool // answers come in two parts with a pause between
}

// inJSON changes a decoded document; what is none stays as it is.
func inJSON(change func(v any) any) func([]byte) []byte {
	return func(text []byte) []byte {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var v any
		if d.Decode(&v) != nil {
			return text
		}
		return write(change(v))
	}
}

// everywhere changes every object of a document, the innermost first, but for those whose members are named by
// ids: what a form holds is kept by block and by action.
func everywhere(change func(o map[string]any)) func(any) any {
	var walk func(v any, ids int) any
	walk = func(v any, ids int) any {
		switch v := v.(type) {
		case []any:
			for i := range v {
				v[i] = walk(v[i], 0)
			}
		case map[string]any:
			for name := range v {
				below := max(ids-1, 0)
				if name == "values" {
					below = 2
				}
				v[name] = walk(v[name], below)
			}
			if ids == 0 {
				change(v)
			}
		}
		return v
	}
	return func(v any) any { return walk(v, 0) }
}

// write is JSON with the members of each object in the opposite order of what is usual.
func write(v any) []byte {
	var out bytes.Buffer
	var put func(v any)
	put = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			out.WriteString("{ ")
			names := slices.Sorted(maps.Keys(v))
			slices.Reverse(names)
			for i, name := range names {
				if i > 0 {
					out.WriteString(" ,\n")
				}
				key, _ := json.Marshal(name)
				out.Write(key)
				out.WriteString(" : ")
				put(v[name])
			}
			out.WriteString("}")
		case []any:
			out.WriteString("[")
			for i := range v {
				if i > 0 {
					out.WriteString(",\t")
				}
				put(v[i])
			}
			out.WriteString("]")
		default:
			text, _ := json.Marshal(v)
			out.Write(text)
		}
	}
	put(v)
	return out.Bytes()
}

func one(change func([]byte) []byte) func([]byte) [][]byte {
	return func(text []byte) [][]byte { return [][]byte{change(text)} }
}

func all(change func([]byte) []byte) func(*http.Request, *http.Response, []byte) []byte {
	return func(_ *http.Request, _ *http.Response, body []byte) []byte { return change(body) }
}

func isSlack(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }
func isApple(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/v") }

// stand puts an oddity between the bot and everything else.
func (w *town) stand(odd oddity) {
	front := sandbox.NewNetwork()
	behind := &http.Transport{DialContext: w.net.Dial}
	var mu sync.Mutex
	times := map[string]int{}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	if odd.pieces {
		up.WriteBufferSize = 16
	}
	server := &http.Server{Handler: http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if websocket.IsWebSocketUpgrade(r) {
			relay(w.net, odd, up, out, r)
			return
		}
		mu.Lock()
		times[r.Method+r.URL.Path]++
		nth := times[r.Method+r.URL.Path]
		mu.Unlock()
		out.Header()["Date"] = nil // the time in a bubble is not that of the town
		if odd.before != nil && odd.before(out, r, nth) {
			return
		}
		pass(behind, odd, out, r)
	})}
	done := make(chan struct{})
	l := front.Listener()
	go func() { defer close(done); _ = server.Serve(l) }()
	w.front = front.Dial
	w.t.Cleanup(func() {
		server.Close()
		front.Close()
		behind.CloseIdleConnections()
		<-done
	})
}

// pass asks what stands behind and changes what it answers.
func pass(behind *http.Transport, odd oddity, out http.ResponseWriter, r *http.Request) {
	ask := r.Clone(r.Context())
	ask.URL.Scheme, ask.URL.Host, ask.RequestURI = "http", r.Host, ""
	ask.Header.Set("Accept-Encoding", "identity")
	got, err := behind.RoundTrip(ask)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	got.Header.Del("Content-Length")
	if odd.answer != nil {
		body = odd.answer(r, got, body)
	}
	maps.Copy(out.Header(), got.Header)
	out.WriteHeader(got.StatusCode)
	if odd.slowly && len(body) > 1 {
		out.Write(body[:len(body)/2])
		http.NewResponseController(out).Flush()
		time.Sleep(2 * time.Second)
		body = body[len(body)/2:]
	}
	out.Write(body)
}

// relay passes frames on, and answers pings itself without ever sending one.
func relay(behind *sandbox.Network, odd oddity, up websocket.Upgrader, out http.ResponseWriter, r *http.Request) {
	dialer := websocket.Dialer{NetDialContext: behind.Dial}
	far, _, err := dialer.DialContext(r.Context(), "ws://"+r.Host+r.URL.RequestURI(), nil)
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadGateway)
		return
	}
	defer far.Close()
	near, err := up.Upgrade(out, r, nil)
	if err != nil {
		return
	}
	defer near.Close()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		defer far.Close()
		for {
			kind, text, err := near.ReadMessage()
			if err != nil || far.WriteMessage(kind, text) != nil {
				return
			}
		}
	}()
	for {
		_, text, err := far.ReadMessage()
		if err != nil {
			break
		}
		frames := [][]byte{text}
		if odd.frame != nil {
			frames = odd.frame(text)
		}
		for _, f := range frames {
			if near.WriteMessage(websocket.TextMessage, f) != nil {
				break
			}
		}
	}
	near.Close()
	<-gone
}

// more adds what nobody has heard of to an object.
func more(o map[string]any) {
	o["zz_new"] = map[string]any{"id": 7, "type": "x", "text": []any{nil, true, "y"}}
	o["Zz"] = 1e300
}

// quoted writes every number of an object as text.
func quoted(o map[string]any) {
	for name, v := range o {
		if n, ok := v.(json.Number); ok {
			o[name] = n.String()
		}
	}
}

// bare takes away what a client should not need.
func bare(o map[string]any) {
	for _, name := range []string{
		"debug_info", "connection_info", "num_connections", "token", "domain", "username", "name", "is_ephemeral", "is_enterprise_install", "enterprise",
		"response_metadata", "bot_profile", "retry_attempt", "retry_reason", "accepts_response_payload", "event_context", "authorizations", "action_ts",
		"avatar_hash", "image_24", "image_512", "updated", "tz_label", "color", "who_can_share_contact_card", "warning", "previous_view_id", "root_view_id",
	} {
		delete(o, name)
	}
}

// first answers the first call of every kind by itself.
func first(answer func(w http.ResponseWriter)) func(http.ResponseWriter, *http.Request, int) bool {
	return firstOf(isSlack, answer)
}

// firstReads answers the first of each read at App Store Connect by itself.
func firstReads(answer func(w http.ResponseWriter)) func(http.ResponseWriter, *http.Request, int) bool {
	return firstOf(func(r *http.Request) bool { return isApple(r) && r.Method == http.MethodGet }, answer)
}

func firstOf(those func(*http.Request) bool, answer func(w http.ResponseWriter)) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, r *http.Request, nth int) bool {
		if nth > 1 || !those(r) {
			return false
		}
		answer(w)
		return true
	}
}

// says answers with a status and a body.
func says(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// atApple changes what App Store Connect answers, and nothing else.
func atApple(change func(w *http.Response, body []byte) []byte) func(*http.Request, *http.Response, []byte) []byte {
	return func(r *http.Request, w *http.Response, body []byte) []byte {
		if !isApple(r) {
			return body
		}
		return change(w, body)
	}
}

// backwards turns what is included, and adds what nobody asked for.
func backwards(o map[string]any) {
	if in, ok := o["included"].([]any); ok {
		slices.Reverse(in)
		o["included"] = append([]any{map[string]any{"type": "quanta", "id": "1", "attributes": nil}}, in...)
	}
}

// sparse leaves what JSON:API lets a server leave out, and writes null elsewhere.
func sparse(o map[string]any) {
	delete(o, "self")
	delete(o, "related")
	delete(o, "first")
	delete(o, "total")
	if rels, ok := o["relationships"].(map[string]any); ok {
		for name := range rels {
			if rel, _ := rels[name].(map[string]any); rel["data"] == nil {
				rels[name] = nil
			}
		}
	}
}

func tooMany(after string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if after == "a date" {
			after = time.Now().Add(7 * time.Second).UTC().Format(http.TimeFormat)
		}
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"ok":false,"error":"ratelimited"}`)
	}
}

var oddities = []oddity{
	{name: "nothing"},
	{name: "unknown fields", answer: all(inJSON(everywhere(more))), frame: one(inJSON(everywhere(more)))},
	{name: "numbers as text in frames", frame: one(inJSON(everywhere(quoted)))},
	{name: "missing fields", answer: func(r *http.Request, _ *http.Response, body []byte) []byte {
		if isSlack(r) {
			return inJSON(everywhere(bare))(body)
		}
		return body
	}, frame: one(inJSON(everywhere(bare)))},
	{name: "frames in pieces", pieces: true},
	{name: "large frames", frame: one(inJSON(everywhere(func(o map[string]any) {
		if o["envelope_id"] != nil {
			o["padding"] = strings.Repeat("x", 200_000)
		}
	})))},
	{name: "unknown envelopes before each", frame: func(text []byte) [][]byte {
		return [][]byte{
			[]byte(`{"type":"quantum","envelope_id":"q1","payload":[]}`), []byte(`{"type":7,"envelope_id":"q2"}`), []byte(`not JSON`), []byte(`[]`), []byte(`null`),
			[]byte(`{"envelope_id":"q3","type":"interactive","payload":"text"}`), []byte(`{"envelope_id":"q4","type":"events_api","payload":{"event":7}}`), text,
		}
	}},
	{name: "slow answers", slowly: true},
	{name: "packed answers", answer: func(_ *http.Request, w *http.Response, body []byte) []byte {
		if len(body) == 0 {
			return body
		}
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		z.Write(body)
		z.Close()
		w.Header.Set("Content-Encoding", "gzip")
		return out.Bytes()
	}},
	{name: "warnings", answer: func(r *http.Request, _ *http.Response, body []byte) []byte {
		if !isSlack(r) {
			return body
		}
		return inJSON(func(v any) any {
			o := v.(map[string]any)
			o["warning"] = "superfluous_charset"
			m, _ := o["response_metadata"].(map[string]any)
			if m == nil {
				m = map[string]any{}
			}
			m["warnings"], m["messages"] = []any{"superfluous_charset"}, []any{"[WARN] A charset was given."}
			o["response_metadata"] = m
			return o
		})(body)
	}},
	{name: "every call is too much at first", before: first(tooMany("1"))},
	{name: "too much, without saying for how long", before: first(tooMany(""))},
	{name: "too much until a date", before: first(tooMany("a date"))},
	{name: "too much for a second and a half", before: first(tooMany("1.5"))},
	{name: "a page for people with status 500", before: first(func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, "<!doctype html><title>Something went wrong</title>"+strings.Repeat("<p>Sorry.", 1<<18))
	})},
	{name: "a page for people with status 200", before: first(func(w http.ResponseWriter) { fmt.Fprint(w, "<!doctype html><title>Sign in</title>") })},
	{name: "nothing with status 200", before: first(func(http.ResponseWriter) {})},
	{name: "cut off", before: first(func(http.ResponseWriter) { panic(http.ErrAbortHandler) })},
	{name: "half an answer", before: first(func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"ok":true,`)
		panic(http.ErrAbortHandler)
	})},
	{name: "elsewhere", before: first(func(w http.ResponseWriter) {
		w.Header().Set("Location", "https://slack.example/api/")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})},
	{name: "Apple: a token that is not known yet", before: firstOf(isApple, says(401, `{"errors":[{"status":"401","code":"NOT_AUTHORIZED","title":"No."}]}`))},
	{name: "Apple: too many reads", before: firstReads(func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "2")
		says(429, `{"errors":[{"status":"429","code":"RATE_LIMIT_EXCEEDED","title":"The request rate limit has been reached."}]}`)(w)
	})},
	{name: "Apple: a page for people", before: firstReads(says(503, "<!doctype html><title>We will be back</title>"))},
	{name: "Apple: a sign-in page with status 200", before: firstReads(says(200, "<!doctype html><title>Sign in</title>"))},
	{name: "Apple: half an answer", before: firstReads(func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"data":[`)
		panic(http.ErrAbortHandler)
	})},
	{name: "Apple: no rate, or one that cannot be read", answer: atApple(func(w *http.Response, body []byte) []byte {
		w.Header["X-Rate-Limit"] = []string{"user-hour-lim:many;;user-hour-rem:-7;:;user-minute-rem:99999999999999999999"}
		w.Header["Date"] = nil // no other one is put in its place
		return body
	})},
	{name: "Apple: other statuses of success", answer: atApple(func(w *http.Response, body []byte) []byte {
		if w.StatusCode == http.StatusCreated {
			w.StatusCode = http.StatusOK
			w.Header.Del("Location")
		}
		return body
	})},
	{name: "Apple: included in any order", answer: atApple(func(_ *http.Response, body []byte) []byte { return inJSON(everywhere(backwards))(body) })},
	{name: "Apple: what may be left out", answer: atApple(func(_ *http.Response, body []byte) []byte { return inJSON(everywhere(sparse))(body) })},
	{name: "Apple: links by their path alone", answer: atApple(func(_ *http.Response, body []byte) []byte {
		return bytes.ReplaceAll(body, []byte(`"http://127.0.0.1:80/`), []byte(`"/`))
	})},
	{name: "replaced at once", frame: func(text []byte) [][]byte {
		if bytes.Contains(text, []byte(`"hello"`)) {
			return [][]byte{text, []byte(`{"type":"disconnect","reason":"refresh_requested"}`)}
		}
		return [][]byte{text}
	}},
	{name: "too much, with status 200", before: first(func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"ok":false,"error":"ratelimited"}`)
	})},
}

// A request goes its whole way, by line and by form, whatever stands in between. Where Slack does not let it go on,
// somebody is told and does the same again.
func TestOddServers(t *testing.T) {
	for _, odd := range oddities {
		t.Run(odd.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := found(t, t.TempDir(), townRules, noon, apple.Options{})
				w.stand(odd)
				late := time.AfterFunc(10*time.Minute, func() { w.current().kill("it was never ready") })
				if w.start(nil); !late.Stop() {
					t.Fatalf("the bot is never ready\n%s", w.current().log)
				}
				settle(time.Minute)
				w.goThrough(t)
			})
		})
	}
}

func (w *town) goThrough(t *testing.T) {
	t.Helper()
	w.insist(t, "a command", func() slack.Reply {
		return w.box.Slack.Command("ana", "#ios", "/asc invite di@example.com admin")
	}, w.asked(1))
	w.insist(t, "a click", w.approves, w.done(1))

	open := func() []slack.View { return w.box.Slack.Snapshot("ana").Views }
	w.insist(t, "a form", func() slack.Reply {
		if len(open()) == 0 {
			if r := w.box.Slack.Command("ana", "#ios", "/asc invite"); !r.OK() {
				return r
			}
			settle(time.Minute)
		}
		if len(open()) == 0 { // a form has three seconds to open; a line does as well
			return w.box.Slack.Command("ana", "#ios", "/asc invite kai@example.com admin")
		}
		return w.box.Slack.Submit("ana", open()[0].ID, slack.Values{
			"email": {"answer": {Value: "kai@example.com"}}, "first": {"answer": {Value: "Kai"}}, "last": {"answer": {Value: "Lund"}},
			"roles": {"answer": {Selected: []string{"ADMIN"}}},
		})
	}, w.asked(2))
	w.insist(t, "a click", w.approves, w.done(2))

	w.box.Slack.OpenHome("ana")
	settle(time.Minute)
	w.box.Slack.OpenHome("ana")
	settle(time.Minute)
	if home := w.box.Slack.Snapshot("ana").Home; home == nil {
		t.Errorf("Ana's Home is empty\n%s", w.current().log)
	}
	told := 0
	for _, m := range w.messages("ana", "asc", "told/") {
		if strings.Contains(m.Plain, "Done: your request") {
			told++
		}
	}
	if told != 2 {
		t.Errorf("Ana was told %d times of two requests\n%s\n%s", told, w.seen(0), w.current().log)
	}
	invited := 0
	for _, i := range w.box.Apple.Resources("userInvitations") {
		if mail := i.Attributes["email"]; mail == "di@example.com" || mail == "kai@example.com" {
			invited++
		}
	}
	if invited != 2 {
		t.Errorf("%d of two people are invited", invited)
	}
}

// insist does the same until it has come to something, for a few times. Whoever does it in vain sees a word of why.
func (w *town) insist(t *testing.T, what string, try func() slack.Reply, worked func() bool) {
	t.Helper()
	for range 8 {
		journal := w.box.Slack.Journal(0)
		since := journal[len(journal)-1].Seq
		r := try()
		settle(3 * time.Minute)
		if worked() {
			return
		}
		if r.OK() && w.seen(since) == "" {
			t.Fatalf("%s came to nothing, without a word\n%s", what, w.current().log)
		}
	}
	t.Fatalf("%s does not come to anything\n%s\n%s", what, w.seen(0), w.current().log)
}

func (w *town) asked(n int) func() bool {
	return func() bool { return len(w.requests()) == n && w.newest().Card.TS != "" }
}

func (w *town) done(n int) func() bool {
	return func() bool { return len(w.requests()) == n && w.newest().State == store.Done }
}

func (w *town) approves() slack.Reply {
	card := w.newest().Card
	return w.box.Slack.Press(slack.Press{User: "cy", Channel: card.Channel, TS: card.TS, ActionID: "approve", Revision: slack.AnyRevision})
}
