package bot

import (
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

// ErrRefused means that Slack takes a token no longer, or never did; ErrSwitchedOff
// that Socket Mode is switched off for the app. Trying again helps with neither.
var (
	ErrRefused     = errors.New("a token is refused by Slack")
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
	write chan struct{} // holds a token while somebody writes
}

// frame is what comes over a connection: hello, disconnect, or an envelope.
type frame struct {
	envelope
	Reason         string `json:"reason"`
	NumConnections int    `json:"num_connections"`
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
	ended := make(chan struct{})
	go s.keepAlive(ended)
	finish := func() {
		b.sockets.closed()
		close(ended)
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
	dialer := websocket.Dialer{NetDialContext: b.Slack.Dial, WriteBufferSize: longestAck}
	conn, answer, err := dialer.DialContext(ctx, address, nil)
	if err != nil {
		if answer != nil {
			return nil, fmt.Errorf("opening a web socket: status %d", answer.StatusCode)
		}
		return nil, fmt.Errorf("opening a web socket: %w", withoutURL(err))
	}
	conn.SetReadLimit(longestEnvelope)
	s := &socket{conn: conn, write: make(chan struct{}, 1)}
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
func (s *socket) keepAlive(ended <-chan struct{}) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ended:
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
		_, text, err := s.conn.ReadMessage()
		if err != nil {
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				return fmt.Errorf("nothing was heard of Slack for %s", deafAfter)
			}
			return err
		}
		if err := s.heard(deafAfter); err != nil {
			return err
		}
		var f frame
		if err := forgiving(json.Unmarshal(text, &f)); err != nil {
			b.Log.Warn("a frame that cannot be read was passed over", "error", err)
			continue
		}
		switch {
		case f.Type == "hello":
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
			b.work.Go(func() { b.receive(ctx, s, f.envelope) })
		}
	}
}

// AckCtx acknowledges an envelope on the connection it came by, with an answer for
// Slack to show, or nil.
func (s *socket) AckCtx(ctx context.Context, envelopeID string, answer any) error {
	text, err := json.Marshal(struct {
		ID     string `json:"envelope_id"`
		Answer any    `json:"payload,omitempty"`
	}{envelopeID, answer})
	if err != nil {
		return err
	}
	if len(text) >= longestAck {
		return fmt.Errorf("an acknowledgement of %d bytes is more than Slack takes", len(text))
	}
	select {
	case s.write <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.write }()
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return s.conn.WriteMessage(websocket.TextMessage, text)
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

// most is how many connections of the bot's own Slack may count now.
func (s *sockets) most() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = slices.DeleteFunc(s.ended, func(at time.Time) bool { return time.Since(at) > lately })
	return s.open + len(s.ended)
}

// lookForStrangers warns when the app has more connections than the bot can have:
// somebody else has its app-level token and receives a share of what people do.
func (b *Bot) lookForStrangers(n int) {
	if n <= b.sockets.most() {
		return
	}
	b.Log.Error("the app has connections that are not the bot's", "all", n, "ours", connections)
	b.start(func(ctx context.Context) {
		court, err := b.court(ctx, "")
		if err == nil {
			_, err = b.postOnce(ctx, "strangers/"+b.Now().UTC().Format(time.DateOnly), court, Say(
				"⚠️ Slack says that %d connections are open for this app, and I hold %d. Another copy of the bot, or somebody who has its app-level token, receives a share of what you do here.\n"+
					"Stop the other copy. If there is none, revoke the app-level token on the app's page, *Basic Information*, and start me with a new one.", n, connections))
		}
		if err != nil {
			b.Log.Error("the approvers could not be warned", "error", err)
		}
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
