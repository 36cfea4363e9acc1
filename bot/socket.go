package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Socket Mode is spoken here and not by Slack's library: that tells nobody why it
// was asked to disconnect, closes a connection before it has another, leaves
// envelopes it does not know unacknowledged, and takes half a minute to notice a
// connection that has died.

// Bounds of a connection.
const (
	longestEnvelope = 4 << 20 // inbound frames, in bytes; 60 kB have been seen
	longestAck      = 20480   // Slack passes over, or breaks off at, what is not shorter
	dialWithin      = 20 * time.Second
	helloWithin     = 20 * time.Second
	writeWithin     = 5 * time.Second
	pingEvery       = 5 * time.Second
	deafAfter       = 15 * time.Second // a connection that brings nothing for so long, though it was pinged, is dead
	leaveWithin     = 30 * time.Second // what Slack asked to be replaced is read that long beside the new one
	longestPause    = 30 * time.Second // between two tries to connect
)

// ErrRefused means that Slack takes a token no longer, or never did; ErrScopes that the bot
// does not take one that can do too much; ErrSwitchedOff that Socket Mode is switched off
// for the app. Trying again helps with none of them.
var (
	ErrRefused     = errors.New("a token is refused by Slack")
	ErrScopes      = errors.New("the bot token can do too much")
	ErrSwitchedOff = errors.New("the app's Socket Mode is switched off")
)

// errReplace means that Slack wants a connection to be replaced by a new one.
var errReplace = errors.New("a new connection is asked for by Slack")

// connect keeps one connection open until ctx ends. It returns an error only for
// what trying again cannot cure.
func (b *Bot) connect(ctx context.Context, n int) error {
	greeted := false
	for pause := time.Second; ; {
		began := time.Now()
		err := b.session(ctx, func() {
			if !greeted {
				greeted = true
				b.hellos <- struct{}{}
			}
		})
		switch {
		case ctx.Err() != nil:
			return nil
		case fatalAuth(err):
			return fmt.Errorf("%w: the app-level token (%w). Make one with the scope connections:write on your app's page, Basic Information", ErrRefused, err)
		case errors.Is(err, ErrSwitchedOff):
			return fmt.Errorf("%w. Switch it on on your app's page, Socket Mode, and start the bot again", err)
		}
		if time.Since(began) > time.Minute { // it was a good connection
			pause = time.Second
		}
		if errors.Is(err, errReplace) && time.Since(began) > longestPause {
			continue
		}
		b.Log.Warn("Socket Mode connection lost; trying again", "connection", n, "pause", pause, "error", err)
		if !sleep(ctx, pause) {
			return nil
		}
		pause = min(2*pause, longestPause)
	}
}

// socket is one connection.
type socket struct {
	conn  *websocket.Conn
	wire  *gathering
	text  bytes.Buffer // the frame that is being read
	acks  chan []byte  // on their way out
	ended chan struct{}
}

// frame is what comes over a connection: hello, disconnect, or an envelope.
type frame struct {
	envelope
	Reason         string `json:"reason"`
	NumConnections int    `json:"num_connections"`
	ConnectionInfo struct {
		AppID string `json:"app_id"`
	} `json:"connection_info"`
}

// session opens a connection and reads it until it fails, Slack wants another, or
// ctx ends.
func (b *Bot) session(ctx context.Context, hello func()) error {
	b.sockets.opened() // Slack counts a connection before the bot knows that it has one
	s, err := b.open(ctx)
	if err != nil {
		b.sockets.closed()
		return err
	}
	stop := context.AfterFunc(ctx, func() { s.conn.Close() })
	go s.keepAlive()
	go s.send()
	finish := func() {
		b.sockets.closed()
		close(s.ended)
		stop()
		s.conn.Close()
	}
	err = b.read(ctx, s, hello)
	if !errors.Is(err, errReplace) {
		finish()
		return err
	}
	// The old connection goes on receiving while the new one is opened.
	b.work.Go(func() {
		defer finish()
		late := time.AfterFunc(leaveWithin, func() { s.conn.Close() })
		defer late.Stop()
		for err := err; errors.Is(err, errReplace); {
			err = b.read(ctx, s, func() {})
		}
	})
	return err
}

// open asks Slack for an address, which works once, and connects to it.
func (b *Bot) open(ctx context.Context) (*socket, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	_, address, err := b.web.StartSocketModeContext(ctx)
	if err != nil {
		return nil, err
	}
	s := &socket{acks: make(chan []byte, mostAcks), ended: make(chan struct{})}
	dialer := websocket.Dialer{WriteBufferSize: longestAck, ReadBufferSize: 16 << 10}
	dialer.NetDialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := b.Slack.dial(ctx, network, addr)
		s.wire = &gathering{Conn: conn}
		return s.wire, err
	}
	conn, answer, err := dialer.DialContext(ctx, address, nil)
	if err != nil {
		if answer != nil {
			return nil, fmt.Errorf("opening a web socket: status %d", answer.StatusCode)
		}
		return nil, fmt.Errorf("opening a web socket: %w", withoutURL(err))
	}
	conn.SetReadLimit(longestEnvelope)
	s.conn = conn
	s.heard(helloWithin)
	conn.SetPongHandler(func(string) error { return s.heard(deafAfter) })
	pong := conn.PingHandler()
	conn.SetPingHandler(func(data string) error { return errors.Join(s.heard(deafAfter), pong(data)) })
	return s, nil
}

// heard gives the other end time until it has to be heard of again.
func (s *socket) heard(within time.Duration) error {
	return s.conn.SetReadDeadline(time.Now().Add(within))
}

// keepAlive pings until the connection has ended.
func (s *socket) keepAlive() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.ended:
			return
		case <-tick.C:
			// An error shows in what is read next, or not read.
			_ = s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin))
		}
	}
}

// read takes frames until there are no more, or Slack wants to end the connection.
func (b *Bot) read(ctx context.Context, s *socket, hello func()) error {
	for {
		text, err := s.next()
		if err != nil {
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				return fmt.Errorf("nothing was heard of Slack for %s", deafAfter)
			}
			return err
		}
		f, err := parse(text)
		if err != nil {
			b.Log.Warn("a frame that cannot be read was passed over", "error", err)
			continue
		}
		switch {
		case f.Type == "hello":
			b.own(f.ConnectionInfo.AppID)
			hello()
			b.lookForStrangers(f.NumConnections)
		case f.Type == "disconnect" && f.Reason == "link_disabled":
			return ErrSwitchedOff
		case f.Type == "disconnect" && f.Reason == "too_many_websockets":
			b.lookForStrangers(mostConnections + 1)
			return errors.New("more connections of this app are open than Slack allows")
		case f.Type == "disconnect":
			return errReplace
		case f.ID != "":
			b.receive(ctx, s, f.envelope, text)
		}
		if err := s.heard(deafAfter); err != nil {
			return err
		}
	}
}

// next is the text of the next frame, which the frame after it overwrites.
func (s *socket) next() ([]byte, error) {
	_, r, err := s.conn.NextReader()
	if err != nil {
		return nil, err
	}
	s.text.Reset()
	if _, err := s.text.ReadFrom(r); err != nil {
		return nil, err
	}
	return s.text.Bytes(), nil
}

// parse reads a frame.
func parse(text []byte) (f frame, err error) {
	err = forgiving(json.Unmarshal(text, &f))
	return f, err
}

// forgiving passes over a field of another type than expected: the others have been
// read all the same.
func forgiving(err error) error {
	if _, odd := errors.AsType[*json.UnmarshalTypeError](err); odd {
		return nil
	}
	return err
}

// mostAcks is how many acknowledgements wait to be written. More are only there
// when the connection takes nothing any more.
const mostAcks = 1024

// ack acknowledges an envelope on the connection it came by, with an answer for
// Slack to show, or nil. What does not go out Slack sends again, or tells the person
// that it failed.
func (b *Bot) ack(s *socket, env envelope, answer any) {
	text, err := json.Marshal(struct {
		ID     string `json:"envelope_id"`
		Answer any    `json:"payload,omitempty"`
	}{env.ID, answer})
	if err == nil && len(text) >= longestAck {
		err = fmt.Errorf("%d bytes are more than Slack takes", len(text))
	}
	if err == nil {
		select {
		case <-s.ended:
			err = errors.New("the connection has ended")
		case s.acks <- text:
			return
		default:
			err = errors.New("the connection takes nothing any more")
		}
	}
	b.Log.Warn("an envelope could not be acknowledged; Slack will send it again", "type", env.Type, "error", err)
}

// send writes acknowledgements until the connection has ended. Those that wait
// together go out together.
func (s *socket) send() {
	for {
		select {
		case <-s.ended:
			return
		case text := <-s.acks:
			s.wire.gather()
			err := s.put(text)
			for len(s.acks) > 0 && err == nil {
				err = s.put(<-s.acks)
			}
			if err = errors.Join(err, s.wire.release()); err != nil {
				s.conn.Close() // which ends the reading side
				return
			}
		}
	}
}

func (s *socket) put(text []byte) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return s.conn.WriteMessage(websocket.TextMessage, text)
}

// gathering is a connection that can hold back what is written to it, so that many
// small frames leave in one piece.
type gathering struct {
	net.Conn
	mu   sync.Mutex
	back bool // what is written is held back
	held []byte
}

func (g *gathering) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.back {
		g.held = append(g.held, p...)
		return len(p), nil
	}
	return g.Conn.Write(p)
}

func (g *gathering) gather() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.back = true
}

// release lets everything go that was held back.
func (g *gathering) release() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.back = false
	if len(g.held) == 0 {
		return nil
	}
	_, err := g.Conn.Write(g.held)
	g.held = g.held[:0]
	return err
}

// mostConnections is how many Slack allows for an app.
const mostConnections = 10

// sockets counts the bot's own connections. Slack goes on counting one that has
// died for a while, so those that have ended lately count as well.
type sockets struct {
	mu    sync.Mutex
	open  int
	ended []time.Time
}

// lately is how long Slack may go on counting a connection that has ended.
const lately = 10 * time.Minute

// count is how many connections are open.
func (s *sockets) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

func (s *sockets) opened() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open++
}

func (s *sockets) closed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	s.ended = append(s.ended, time.Now())
}

// most is how many connections of the bot's own Slack may count now: those that are
// open, among them one that is just being replaced, and those that were closed lately.
func (s *sockets) most() (open, closed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = slices.DeleteFunc(s.ended, func(at time.Time) bool { return time.Since(at) > lately })
	return s.open, len(s.ended)
}

// lookForStrangers warns when the app has more connections than the bot can have:
// somebody else has its app-level token and receives a share of what people do.
func (b *Bot) lookForStrangers(n int) {
	open, closed := b.sockets.most()
	if n <= open+closed {
		return
	}
	b.Log.Error("the app has connections that are not the bot's", "all", n, "ours", open, "closed lately", closed)
	mine := Markf("I hold %d", open)
	if closed > 0 {
		mine += Markf(" and have closed %d in the last minutes", closed)
	}
	b.insist("the approvers could not be warned of other connections yet", func(ctx context.Context) error {
		court, err := b.court(ctx, "")
		if err == nil {
			_, err = b.postOnce(ctx, "strangers/"+b.Now().UTC().Format(time.DateOnly), court, Say(
				"⚠️ Slack says that %d connections are open for this app, and %s. Another copy of the bot, or somebody who has its app-level token, receives a share of what you do here.\n"+
					"Stop the other copy. If there is none, revoke the app-level token on the app's page, *Basic Information*, and start me with a new one.", n, mine))
		}
		return err
	})
}

// fatalAuth tells a token Slack will never accept from a fault that passes.
func fatalAuth(err error) bool {
	if err == nil {
		return false
	}
	switch err.Error() {
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type", "missing_scope":
		return true
	}
	return false
}
