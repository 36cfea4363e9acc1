// Package sandbox puts the stand-ins for Slack and App Store Connect, a made-up
// bank's exchange rates and the page on which one lives in the made-up workspace on
// one loopback address, with a clock they share. What Slack does is in
// sandbox/slack, what App Store Connect does in sandbox/apple, the page in
// sandbox/page; this package says which path belongs to whom, and begins and ends
// them together.
//
// A bot talks to it over real sockets, or, in tests, over a Network inside
// the process. Nothing here knows a bot.
package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/page"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// Options set up a sandbox. The zero value listens on a free port of
// 127.0.0.1 and lives in the present.
type Options struct {
	// Addr is where to listen, "127.0.0.1:0" when empty. Anything but
	// loopback is refused: whoever reaches the page may act as anybody.
	Addr string
	// Listener is used instead of Addr when it is set; Close closes it.
	Listener net.Listener
	Log      *slog.Logger     // nil: discard
	Now      func() time.Time // what the clock starts from; nil: time.Now

	Slack slack.Options // Now and Log are set by Start
	Apple apple.Options // Now is set by Start
	// Orchard adds the company's other team at App Store Connect, at the same address:
	// as with Apple, the key tells which team a call is for.
	Orchard bool

	// Records are the bot's audit records numbered above after, oldest first,
	// for the page. Nil hides them there.
	Records func(after int64) []page.Record
	// Hints are what the composer offers while a command is typed; nil offers
	// a short list.
	Hints []page.Hint
}

// Sandbox is both stand-ins, the page and the clock, running.
type Sandbox struct {
	Slack *slack.Server
	Apple *apple.Server
	Clock *Clock
	// Orchard is the other team; nil unless it was asked for.
	Orchard *apple.Server

	bankShut atomic.Bool

	page    *page.Page
	server  *http.Server
	addr    string
	serving sync.WaitGroup // Serve, every connection, and every call being answered
	unwatch func() bool    // of the context given to Start
	once    sync.Once
	closing error
}

// Start begins to listen and to answer. The sandbox ends with Close, or when
// ctx does.
func Start(ctx context.Context, o Options) (*Sandbox, error) {
	l, err := listen(ctx, o)
	if err != nil {
		return nil, err
	}
	log := cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	s := &Sandbox{Clock: NewClock(o.Now), addr: l.Addr().String()}
	o.Slack.Now, o.Slack.Log = s.Clock.Now, log
	o.Apple.Now = s.Clock.Now
	if s.Apple, err = apple.New(o.Apple); err != nil {
		l.Close()
		return nil, fmt.Errorf("starting the stand-in for App Store Connect: %w", err)
	}
	if o.Orchard {
		if s.Orchard, err = apple.New(apple.Options{Now: s.Clock.Now, Lag: o.Apple.Lag, Orchard: true}); err != nil {
			l.Close()
			return nil, fmt.Errorf("starting the stand-in for the other team: %w", err)
		}
	}
	s.Slack = slack.New(o.Slack)
	s.page = page.New(page.Options{Slack: s.Slack, Apple: s.Apple, Orchard: s.Orchard, Clock: s.Clock, Log: o.Records, Hints: o.Hints})
	s.server = &http.Server{
		Handler:           s.counted(s.paths()),
		ConnState:         s.countConn,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	s.serving.Go(func() {
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the sandbox stopped listening", "error", err)
		}
	})
	s.unwatch = context.AfterFunc(ctx, s.end)
	return s, nil
}

// listen opens the address, or takes the listener it was given.
func listen(ctx context.Context, o Options) (net.Listener, error) {
	if o.Listener != nil {
		return o.Listener, onLoopback(o.Listener.Addr().String())
	}
	addr := cmp.Or(o.Addr, "127.0.0.1:0")
	if err := onLoopback(addr); err != nil {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("the sandbox cannot listen on %s (choose another port, or 0 for any free one): %w", addr, err)
	}
	return l, nil
}

// onLoopback refuses addresses that others could reach.
func onLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q is not an address to listen on; write it as 127.0.0.1:8080: %w", addr, err)
	}
	if host == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("the sandbox listens on loopback only, because whoever reaches its page may act as anybody; %q is not loopback: use 127.0.0.1, [::1] or localhost", addr)
}

// paths says which path belongs to whom.
func (s *Sandbox) paths() http.Handler {
	theirs := s.Slack.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case isApple(r.URL.Path):
			inert(w)
			s.teamOf(r).ServeHTTP(w, r)
		case r.URL.Path == ratesPath:
			inert(w)
			s.serveRates(w, r)
		case page.Owns(r.URL.Path):
			s.page.ServeHTTP(w, r)
		default: // /api/, the web socket, response URLs, uploads and files
			inert(w)
			theirs.ServeHTTP(w, r)
		}
	})
}

// teamOf is the team a call is for.
func (s *Sandbox) teamOf(r *http.Request) *apple.Server {
	if s.Orchard != nil && (s.Orchard.Knows(r) || s.Orchard.Signed(r)) {
		return s.Orchard
	}
	return s.Apple
}

func isApple(path string) bool {
	return strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/v2/") || strings.HasPrefix(path, "/v3/")
}

// inert keeps a browser from running what a stand-in serves, such as an
// uploaded file, with the rights of the page.
func inert(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}

// counted lets Close wait for every call to be answered.
func (s *Sandbox) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serving.Add(1)
		defer s.serving.Done()
		h.ServeHTTP(w, r)
	})
}

// countConn lets Close wait for connections. A hijacked one is still counted
// as a call until its handler returns.
func (s *Sandbox) countConn(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.serving.Add(1)
	case http.StateHijacked, http.StateClosed:
		s.serving.Done()
	}
}

// URL is the address of the page.
func (s *Sandbox) URL() string { return "http://" + s.addr + "/" }

// SlackAPIURL is what a Slack client takes instead of https://slack.com/api/.
func (s *Sandbox) SlackAPIURL() string { return "http://" + s.addr + "/api/" }

// AppleAPIURL is what an App Store Connect client takes instead of
// https://api.appstoreconnect.apple.com.
func (s *Sandbox) AppleAPIURL() string { return "http://" + s.addr }

// Close ends both stand-ins, the page and every connection, and waits until
// nothing of them runs any more. Further calls return what the first did.
func (s *Sandbox) Close() error {
	s.unwatch()
	s.end()
	return s.closing
}

func (s *Sandbox) end() {
	s.once.Do(func() {
		s.page.Close()
		s.closing = errors.Join(s.server.Close(), s.Slack.Close())
		s.serving.Wait()
	})
}
