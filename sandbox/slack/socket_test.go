package slack_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

type frame struct {
	Type       string
	Reason     string
	EnvelopeID string `json:"envelope_id"`
	Num        int    `json:"num_connections"`
	Payload    struct {
		ResponseURL string `json:"response_url"`
		TriggerID   string `json:"trigger_id"`
	}
}

// dialLink opens a connection without any library's manners.
func (w *workspace) dialLink() *websocket.Conn { return w.dialBuffered(0) }

// dialBuffered is dialLink with room for so much in one frame.
func (w *workspace) dialBuffered(size int) *websocket.Conn {
	w.t.Helper()
	_, a := w.send("POST", "http://slack.test/api/apps.connections.open", formType, "", "Authorization: Bearer "+w.AppToken())
	dialer := &websocket.Dialer{NetDialContext: w.net.dial, EnableCompression: true, WriteBufferSize: size}
	conn, _, err := dialer.DialContext(w.t.Context(), a.URL, http.Header{"Origin": {"https://api.slack.com"}})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, _, err := dialer.DialContext(w.t.Context(), a.URL, nil); err == nil {
		w.t.Error("a ticket works twice")
	}
	synctest.Wait() // the client's handshake is over before the stand-in counts the connection
	return conn
}

// frames reads a connection to its end.
func (w *workspace) frames(conn *websocket.Conn) <-chan frame {
	all := make(chan frame, 100)
	go func() {
		defer close(all)
		for {
			var f frame
			if conn.ReadJSON(&f) != nil {
				return
			}
			if f.Type != "hello" {
				all <- f
			}
		}
	}()
	return all
}

func TestConnections(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		if r := w.Command("ana", "#ios", "/asc help"); r.Error != `/asc failed with the error "dispatch_failed"` || r.Took != 0 {
			t.Errorf("without a connection: %+v", r)
		}
		var conns []*websocket.Conn
		for i := range 10 {
			conn := w.dialLink()
			var hello frame
			if err := conn.ReadJSON(&hello); err != nil || hello.Type != "hello" || hello.Num != i+1 {
				t.Errorf("connection %d: %+v %v", i+1, hello, err)
			}
			conns = append(conns, conn)
		}
		var refused frame
		eleventh := w.dialLink()
		if eleventh.ReadJSON(&refused); refused.Reason != "too_many_websockets" {
			t.Errorf("the eleventh: %+v", refused)
		}
		eleventh.Close()

		got := make([]int, len(conns))
		for i, conn := range conns {
			frames := w.frames(conn)
			go func() {
				for f := range frames {
					got[i]++
					conn.WriteJSON(map[string]any{"envelope_id": f.EnvelopeID, "payload": map[string]any{}})
				}
			}()
		}
		for range 20 {
			w.Command("ana", "#ios", "/asc help")
		}
		synctest.Wait()
		for i, n := range got {
			if n != 2 {
				t.Errorf("connection %d got %d of 20 envelopes", i, n)
			}
		}
		for _, conn := range conns[1:] {
			conn.NetConn().Close() // without a word
		}
		synctest.Wait()
		if n := w.Connections(); n != 1 {
			t.Errorf("%d connections are left", n)
		}
		var text string
		closed := make(chan struct{})
		conns[0].SetCloseHandler(func(code int, why string) error { text = fmt.Sprint(code, " ", why); close(closed); return nil })
		conns[0].WriteMessage(websocket.TextMessage, []byte(`{"envelope_id":"`+strings.Repeat("x", 20_480)+`"}`))
		<-closed
		if text != "1009 Max frame length of 20480 has been exceeded." {
			t.Errorf("closed with %s", text)
		}
	})
}

func TestPings(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		conn := w.dialLink()
		defer conn.Close()
		start := time.Now()
		var pings []time.Duration
		var pong string
		answered := conn.PingHandler()
		conn.SetPingHandler(func(s string) error { pings = append(pings, time.Since(start)); return answered(s) })
		conn.SetPongHandler(func(s string) error { pong = s; return nil })
		w.frames(conn)
		conn.WriteControl(websocket.PingMessage, []byte("session:123"), time.Now().Add(time.Second))
		time.Sleep(25 * time.Second)
		synctest.Wait()
		if len(pings) != 2 || pings[0] > 10*time.Second || pong != "session:123" {
			t.Errorf("pings %v, pong %q", pings, pong)
		}
	})
}

// slack-go reconnects by itself when it is told to go, cut off, or left in silence.
func TestReconnects(t *testing.T) {
	for _, kind := range []sandbox.FaultKind{sandbox.Warning, sandbox.Refresh, sandbox.Cut, sandbox.Silent} {
		t.Run(string(kind), func(t *testing.T) {
			inWorkspace(t, sandbox.Options{}, func(w *workspace) {
				app := w.connect(func(c *socketmode.Client, ev socketmode.Event) { c.Ack(*ev.Request) })
				defer app.stop()
				if r := w.Command("ana", "#ios", "/asc help"); !r.OK() {
					t.Fatalf("before: %+v", r)
				}
				w.Inject(sandbox.Fault{Kind: kind})
				if kind == sandbox.Silent {
					if r := w.Command("ana", "#ios", "/asc help"); r.Code != sandbox.Timeout || r.Took != 3*time.Second {
						t.Errorf("in silence: %+v", r)
					}
				}
				time.Sleep(time.Minute)
				if r := w.Command("ana", "#ios", "/asc help"); !r.OK() {
					t.Errorf("after: %+v", r)
				}
				if n := w.Connections(); n != 1 {
					t.Errorf("there are %d connections", n)
				}
			})
		})
	}
}

// Events come again until they are acknowledged, with the same ids.
func TestEventsAreRetried(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		var mu sync.Mutex
		var attempts []int
		var ids []string
		app := w.connect(func(c *socketmode.Client, ev socketmode.Event) {
			if _, ok := ev.Data.(slackevents.EventsAPIEvent); !ok {
				t.Errorf("unexpected %T", ev.Data)
			}
			mu.Lock()
			defer mu.Unlock()
			attempts, ids = append(attempts, ev.Request.RetryAttempt), append(ids, ev.Request.EnvelopeID)
			if ev.Request.RetryAttempt == 2 {
				c.Ack(*ev.Request)
			}
		})
		defer app.stop()
		if r := w.OpenHome("ana"); r.Code != sandbox.Timeout || r.Error != "" {
			t.Errorf("open home: %+v", r)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if !slices.Equal(attempts, []int{0, 1, 2}) || len(slices.Compact(ids)) != 1 {
			t.Errorf("attempts %v with ids %v", attempts, ids)
		}
	})
}

// Duplicates have the ids of the first.
func TestDuplicates(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		var mu sync.Mutex
		var ids []string
		app := w.connect(func(c *socketmode.Client, ev socketmode.Event) {
			mu.Lock()
			defer mu.Unlock()
			ids = append(ids, ev.Request.EnvelopeID)
			c.Ack(*ev.Request)
		})
		defer app.stop()
		cancel := w.Inject(sandbox.Fault{Kind: sandbox.Duplicate, After: time.Second})
		r := w.Command("ana", "#ios", "/asc help")
		cancel()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !r.OK() || len(ids) != 2 || ids[0] != ids[1] {
			t.Errorf("%+v came as %v", r, ids)
		}
		if !w.Redeliver(r.Envelope) {
			t.Error("the envelope is not known")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(ids) != 3 || ids[2] != ids[0] {
			t.Errorf("redelivered as %v", ids)
		}
	})
}

// Response URLs are where the app asked for its connection: the handshake of Python's client names no port.
func TestHandshakeWithoutPort(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		_, a := w.send("POST", "http://slack.test:8080/api/apps.connections.open", formType, "", "Authorization: Bearer "+w.AppToken())
		dialer := &websocket.Dialer{NetDialContext: w.net.dial}
		conn, _, err := dialer.DialContext(w.t.Context(), a.URL, http.Header{"Host": {"slack.test"}})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		synctest.Wait()
		frames := w.frames(conn)
		go w.Command("ana", "#ios", "/asc help")
		if to := (<-frames).Payload.ResponseURL; !strings.HasPrefix(to, "http://slack.test:8080/commands/") {
			t.Errorf("the response URL is %s", to)
		}
	})
}
