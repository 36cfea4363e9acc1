package bot_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// hub is the least Slack there can be: it hands out envelopes, takes their
// acknowledgements, and counts answers.
type hub struct {
	*httptest.Server
	arrived chan *websocket.Conn // connections, once they were greeted
	conn    *websocket.Conn      // the one envelopes are sent on
	acked   chan string          // envelope ids
	answers atomic.Int64         // messages that came back
	mute    atomic.Pointer[chan struct{}]
}

// frame is an envelope as it is sent.
type frame struct {
	id   string
	text []byte
}

func newHub(b testing.TB) *hub {
	h := &hub{arrived: make(chan *websocket.Conn, 8), acked: make(chan string, 256)}
	mux := http.NewServeMux()
	reply := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(w, body)
		}
	}
	mux.HandleFunc("/api/auth.test", reply(`{"ok":true,"team_id":"T0","user_id":"U0BOT","bot_id":"B0"}`))
	mux.HandleFunc("/api/users.info", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"ok":true,"user":{"id":"%[1]s","team_id":"T0","name":"%[1]s","profile":{"email":"%[1]s@x.example"}}}`, r.FormValue("user"))
	})
	mux.HandleFunc("/api/apps.connections.open", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"ok":true,"url":"ws%s/link"}`, strings.TrimPrefix(h.URL, "http"))
	})
	answer := reply("ok")
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r)
		h.answers.Add(1)
	})
	mux.HandleFunc("/link", h.serve)
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if mute := h.mute.Load(); mute != nil {
			<-*mute
		}
		mux.ServeHTTP(w, r)
	}))
	b.Cleanup(h.Close)
	return h
}

func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{ReadBufferSize: 16 << 10, CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello","num_connections":1,"connection_info":{"app_id":"A111"}}`))
	done := make(chan struct{})
	defer close(done)
	go func() { // Slack pings, and clients take it amiss if it does not
		for tick := time.NewTicker(5 * time.Second); ; {
			_ = conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	h.arrived <- conn
	for {
		_, text, err := conn.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			EnvelopeID string `json:"envelope_id"`
		}
		if err := json.Unmarshal(text, &ack); err != nil {
			return
		}
		h.acked <- ack.EnvelopeID
	}
}

// hang keeps everything but the web socket from being answered, until it is called off.
func (h *hub) hang() (callOff func()) {
	mute := make(chan struct{})
	h.mute.Store(&mute)
	return func() { h.mute.Store(nil); close(mute) }
}

// drip sends an envelope at a time, whether those before were acknowledged or not, and
// answers how long each acknowledgement took.
func (h *hub) drip(frames []frame, every time.Duration) (took []time.Duration, err error) {
	sent := map[string]time.Time{}
	tick := time.NewTicker(every)
	defer tick.Stop()
	patience := time.After(every*time.Duration(len(frames)) + time.Minute)
	for next := 0; len(took) < len(frames); {
		select {
		case <-tick.C:
			if next == len(frames) {
				continue
			}
			sent[frames[next].id] = time.Now()
			if err := h.conn.WriteMessage(websocket.TextMessage, frames[next].text); err != nil {
				return nil, err
			}
			next++
		case id := <-h.acked:
			took = append(took, time.Since(sent[id]))
		case <-patience:
			return nil, fmt.Errorf("%d of %d envelopes were not acknowledged", len(frames)-len(took), len(frames))
		}
	}
	return took, nil
}

// volley sends envelopes, of which never more than inFlight are unacknowledged, and
// answers how long each acknowledgement took.
func (h *hub) volley(frames []frame, inFlight int) (took []time.Duration, err error) {
	sent := make(map[string]time.Time, inFlight)
	send := func(f frame) error {
		sent[f.id] = time.Now()
		return h.conn.WriteMessage(websocket.TextMessage, f.text)
	}
	next := min(inFlight, len(frames))
	for _, f := range frames[:next] {
		if err := send(f); err != nil {
			return nil, err
		}
	}
	patience := time.NewTimer(time.Minute)
	defer patience.Stop()
	for len(took) < len(frames) {
		var id string
		select {
		case id = <-h.acked:
		case <-patience.C:
			return nil, fmt.Errorf("%d of %d envelopes were not acknowledged within a minute", len(frames)-len(took), len(frames))
		}
		at, known := sent[id]
		if !known {
			return nil, errors.New("an envelope was acknowledged that was not under way: " + id)
		}
		delete(sent, id)
		took = append(took, time.Since(at))
		if next < len(frames) {
			if err := send(frames[next]); err != nil {
				return nil, err
			}
			next++
		}
	}
	return took, nil
}
