package slack

import (
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Times and limits of Socket Mode.
const (
	mostSockets = 10
	mostAck     = 20_480 // bytes of a frame from the app; it must be smaller
	pingEvery   = 10 * time.Second
	deafAfter   = 35 * time.Second // without a sign of life, a connection is given up
	ticketLife  = time.Minute
	socketLife  = 18_060 * time.Second // then it is refreshed
	debugLife   = 360 * time.Second    // with debug_reconnects
	writeWithin = 10 * time.Second
	leaveWithin = 10 * time.Second // from a disconnect frame to the end of the connection
)

// sockets are the connections of the app, and envelopes waiting for their acknowledgement.
type sockets struct {
	open    []*socket
	turn    int // whose turn it is
	last    int // number of the newest connection
	tickets map[string]ticket
	waiting map[string]*sent
	held    []func() // frames held back until the next envelope has left
}

func newSockets() sockets {
	return sockets{tickets: map[string]ticket{}, waiting: map[string]*sent{}}
}

// ticket is the right to connect once.
type ticket struct {
	at   time.Time
	base string // scheme and host the app asked at
}

// socket is one connection.
type socket struct {
	n       int
	base    string // scheme and host its ticket was asked for at: the handshake of Python's client names no port
	ws      *websocket.Conn
	frames  framing
	out     chan []byte
	leaving bool          // was told to go; gets envelopes only when nobody else is there
	mute    chan struct{} // closed: nothing passes any more, in either direction
	gone    chan struct{} // closed: the connection is over
	end     sync.Once
	silence sync.Once
}

func (k *socket) cut() {
	k.end.Do(func() {
		close(k.gone)
		k.ws.Close()
	})
}

// openConnection is apps.connections.open.
func (c *call) openConnection() (object, error) {
	if _, off := c.inForce(LinkDisabled); off { // which error Slack gives then is not confirmed
		return nil, refuse("forbidden_team")
	}
	maps.DeleteFunc(c.sockets.tickets, func(_ string, t ticket) bool { return time.Since(t.at) > ticketLife })
	id, base := uuid(), baseOf(c.r)
	c.sockets.tickets[id] = ticket{at: time.Now(), base: base}
	address := "ws" + strings.TrimPrefix(base, "http") + "/link/?ticket=" + id + "&app_id=" + strings.ToLower(AppID)
	return object{"url": address}, nil
}

// baseOf is the address the stand-in was asked at.
func baseOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// serveLink turns a ticket into a connection and serves it until it ends.
func (s *Server) serveLink(w http.ResponseWriter, r *http.Request) {
	base, good := s.redeem(r.URL.Query().Get("ticket"))
	if !good {
		s.noteNow(Entry{Kind: KindSocket, Error: "bad_ticket", Text: "a connection was refused: its ticket was used or never given out"})
		http.Error(w, "this ticket was used or has expired; ask apps.connections.open for another", http.StatusForbidden)
		return
	}
	k := &socket{base: base, out: make(chan []byte, 256), mute: make(chan struct{}), gone: make(chan struct{})}
	// with a buffer of its own the library reads from the connection that frames sees
	up := websocket.Upgrader{HandshakeTimeout: writeWithin, ReadBufferSize: 4096, CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(framed{w, &k.frames}, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	k.ws = ws
	life := socketLife
	if r.URL.Query().Get("debug_reconnects") == "true" {
		life = debugLife
	}
	if s.admit(k, life) {
		s.listen(k)
		s.forget(k)
	}
	ws.Close()
}

// redeem uses a ticket up.
func (s *Server) redeem(id string) (base string, good bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, known := s.sockets.tickets[id]
	delete(s.sockets.tickets, id)
	return t.base, known && time.Since(t.at) <= ticketLife && !s.closed
}

// admit says hello to a new connection, or turns the eleventh away.
func (s *Server) admit(k *socket, life time.Duration) bool {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return false
	}
	s.sockets.last++
	k.n = s.sockets.last
	if len(s.sockets.open) >= mostSockets {
		s.note(Entry{Kind: KindSocket, Conn: k.n, Error: "too_many_websockets", Text: "connection refused: there are ten already"})
		s.mu.Unlock()
		k.ws.SetWriteDeadline(time.Now().Add(writeWithin))
		k.ws.WriteMessage(websocket.TextMessage, encode(object{
			"type": "disconnect", "reason": "too_many_websockets", "num_connections": mostSockets,
			"debug_info": object{"host": "applink-sandbox"}, "connection_info": object{"app_id": AppID},
		}))
		return false
	}
	s.sockets.open = append(s.sockets.open, k)
	k.out <- encode(object{
		"type": "hello", "num_connections": len(s.sockets.open), "connection_info": object{"app_id": AppID},
		"debug_info": object{"host": "applink-sandbox", "build_number": 54, "approximate_connection_time": int(life.Seconds())},
	})
	s.note(Entry{Kind: KindSocket, Conn: k.n, Text: "connection " + itoa(k.n) + " opened; there are " + itoa(len(s.sockets.open))})
	s.again(k)
	s.work.Add(1) // for the reading side, which runs on the handler's goroutine
	s.start(func() { s.send(k, life) })
	s.mu.Unlock()
	return true
}

func disconnectFrame(reason string) []byte {
	return encode(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "applink-sandbox"}})
}

func (s *Server) forget(k *socket) {
	k.cut()
	s.mu.Lock()
	s.sockets.open = slices.DeleteFunc(slices.Clone(s.sockets.open), func(other *socket) bool { return other == k })
	s.note(Entry{Kind: KindSocket, Conn: k.n, Text: "connection " + itoa(k.n) + " closed; there are " + itoa(len(s.sockets.open))})
	s.mu.Unlock()
	s.work.Done()
}

// send writes frames and pings, and ends a connection whose time is over.
func (s *Server) send(k *socket, life time.Duration) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	old := time.NewTimer(life - leaveWithin)
	defer old.Stop()
	for {
		var err error
		select {
		case <-k.gone:
			return
		case frame := <-k.out:
			err = k.write(frame)
		case <-ping.C:
			if !k.isMute() {
				err = k.ws.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(writeWithin))
			}
		case <-old.C:
			s.part(k, "refresh_requested", leaveWithin)
		}
		if err != nil {
			k.cut()
			return
		}
	}
}

func (k *socket) write(frame []byte) error {
	if k.isMute() {
		return nil // it vanishes, and the app cannot tell
	}
	k.ws.SetWriteDeadline(time.Now().Add(writeWithin))
	return k.ws.WriteMessage(websocket.TextMessage, frame)
}

func (k *socket) isMute() bool {
	select {
	case <-k.mute:
		return true
	default:
		return false
	}
}

// listen reads acknowledgements until the connection ends.
func (s *Server) listen(k *socket) {
	alive := func() { k.ws.SetReadDeadline(time.Now().Add(deafAfter)) }
	alive()
	k.ws.SetPongHandler(func(string) error { alive(); return nil })
	k.ws.SetPingHandler(func(payload string) error {
		if k.isMute() {
			return nil
		}
		alive()
		err := k.ws.WriteControl(websocket.PongMessage, []byte(payload), time.Now().Add(writeWithin))
		if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
			return nil
		}
		return err
	})
	k.ws.SetReadLimit(4 << 20)
	for {
		_, frame, err := k.ws.ReadMessage()
		if err != nil {
			return
		}
		split := k.frames.next()
		if k.isMute() {
			continue
		}
		alive()
		if len(frame) >= mostAck {
			s.noteNow(Entry{Kind: KindError, Conn: k.n, Error: "frame_too_long", Text: "an acknowledgement of " + itoa(len(frame)) + " bytes closed connection " + itoa(k.n)})
			reason := websocket.FormatCloseMessage(websocket.CloseMessageTooBig, "Max frame length of 20480 has been exceeded.")
			k.ws.WriteControl(websocket.CloseMessage, reason, time.Now().Add(writeWithin))
			return
		}
		if split {
			s.noteNow(Entry{Kind: KindError, Conn: k.n, Error: "split_frame", Text: "an acknowledgement of " + itoa(len(frame)) + " bytes came in several frames, which Slack does not join; it counts for nothing"})
			continue
		}
		s.acknowledged(k, frame)
	}
}

// part tells a connection to go and ends it a little later.
func (s *Server) part(k *socket, reason string, later time.Duration) {
	s.mu.Lock()
	k.leaving = true
	s.note(Entry{Kind: KindSocket, Conn: k.n, Text: "connection " + itoa(k.n) + " was told to go: " + reason})
	s.queue(k, disconnectFrame(reason))
	s.start(func() {
		select {
		case <-time.After(later):
			k.cut()
		case <-k.gone:
		}
	})
	s.mu.Unlock()
}

// queue adds a frame; a connection that takes nothing any more is ended. The lock is held.
func (s *Server) queue(k *socket, frame []byte) {
	select {
	case k.out <- frame:
	default:
		s.start(k.cut)
	}
}

// disturb is the trouble of connections that happens at once.
func (s *Server) disturb(f Fault) {
	s.mu.Lock()
	var hit []*socket
	for _, k := range s.sockets.open {
		if f.Conn == 0 || f.Conn == k.n {
			hit = append(hit, k)
		}
	}
	s.mu.Unlock()
	for _, k := range hit {
		switch f.Kind {
		case Warning, Refresh, LinkDisabled, TooMany:
			s.part(k, string(f.Kind), leaveWithin)
		case Cut:
			k.cut()
		case Silent:
			k.silence.Do(func() { close(k.mute) })
		}
	}
}

// Connections is the number of open connections of the app.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sockets.open)
}
