// Package slack is a stand-in for Slack: a small workspace with its Web API, Socket Mode and response URLs,
// as strict as the real one, and the human side of it: what people see in their clients and what they do
// there.
//
// The package speaks Slack's wire and shares no type with any client of it. It opens no port: Handler is
// mounted by whoever starts it. Blocks are checked by package blockkit; drawing them for people is left to
// the page that shows a Snapshot.
//
// One lock guards the whole workspace. It is never held while a socket is written or an acknowledgement is
// awaited.
package slack

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The app and its workspace.
const (
	TeamID   = "T0MEADOW"
	AppID    = "A0ASCBOT"
	BotUser  = "U0ASCBOT"
	BotID    = "B0ASCBOT"
	appName  = "asc"
	teamName = "Meadow Labs"
	domain   = "meadow"
)

// DefaultScopes are what the bot token holds when Options name none.
var DefaultScopes = []string{
	"commands", "chat:write", "users:read", "users:read.email", "usergroups:read", "channels:read", "groups:read",
	"channels:history", "groups:history", "im:history", "im:write", "files:write",
}

// AllScopes are every scope that a method, an event or a kind of channel asks for here: for programs that try
// all there is.
func AllScopes() []string {
	all := slices.Clone(DefaultScopes)
	for _, m := range methods {
		all = append(all, m.scopes...)
	}
	for _, scope := range eventScopes {
		all = append(all, scope)
	}
	all = append(all, "chat:write.public", "chat:write.customize", "im:read", "mpim:read", "mpim:write", "links.embed:write")
	slices.Sort(all)
	return slices.Compact(all)
}

// Options say how the stand-in starts; the zero Options do.
type Options struct {
	Now      func() time.Time // what time it is in the workspace; nil: time.Now. Deadlines run on time.Now alone
	Log      *slog.Logger     // nil: discard
	Scopes   []string         // of the bot token; nil: DefaultScopes
	Events   []string         // subscribed bot events; nil: DefaultEvents
	Commands []string         // slash commands of the app; nil: /asc
	// Shortcuts are those of the app's manifest. Nil: none is offered, and any can be chosen by its id.
	Shortcuts []Shortcut
	// RawCommands is the manifest's should_escape: false; commands then carry text as typed.
	RawCommands bool
	// Haste has the limits of all methods be so many times as wide, for who does in seconds what takes
	// an app minutes. 0: as they are.
	Haste float64
}

// Server is the stand-in.
type Server struct {
	now       func() time.Time
	log       *slog.Logger
	scopes    []string
	events    []string
	commands  []string
	shortcuts []Shortcut
	escape    bool
	haste     float64
	appToken  string
	botToken  string
	base      string // scheme and host the app last asked at; addresses of files begin with it

	mu       sync.Mutex
	world    world
	views    views
	sockets  sockets
	limits   map[string]*bucket
	triggers map[string]*trigger
	hooks    map[string]*hook
	files    map[string]*file
	faults   []*fault
	waiting  []*scheduled
	looking  bool // somebody looks whether one of them is due
	journal  journal
	counter  int // for ids that only need to be new
	swept    time.Time
	closed   bool

	done chan struct{} // closed by Close
	work sync.WaitGroup
}

// New starts a workspace with its people, channels and the app installed. Close ends it.
func New(o Options) *Server {
	s := &Server{
		now: o.Now, log: o.Log, scopes: o.Scopes, events: o.Events, commands: o.Commands, shortcuts: o.Shortcuts, escape: !o.RawCommands, haste: o.Haste,
		appToken: "xapp-1-" + AppID + "-" + secret(16), botToken: "xoxb-" + secret(20),
		limits: map[string]*bucket{}, triggers: map[string]*trigger{}, hooks: map[string]*hook{}, files: map[string]*file{},
		done: make(chan struct{}),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.scopes == nil {
		s.scopes = slices.Clone(DefaultScopes)
	}
	if s.events == nil {
		s.events = DefaultEvents
	}
	if s.commands == nil {
		s.commands = []string{"/asc"}
	}
	s.world = newWorld(s.now())
	s.views = newViews()
	s.sockets = newSockets()
	return s
}

// Close drops every connection and ends everything the stand-in started. It waits for callbacks of Watch
// under way, so it is not called from within one.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.done)
	open := slices.Clone(s.sockets.open)
	s.mu.Unlock()
	for _, c := range open {
		c.cut()
	}
	s.work.Wait()
	return nil
}

// AppToken is the app-level token, for apps.connections.open.
func (s *Server) AppToken() string { return s.appToken }

// BotToken is the bot token, for every other method.
func (s *Server) BotToken() string { return s.botToken }

// Handler serves /api/ (Web API and uploads), /link/ (Socket Mode), /commands/, /actions/ and /app/ (response
// URLs), /files-pri/ (content of files for the app) and /files-shown/ (the same for people). Addresses it hands out are on the host it was asked at.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/", s.serveAPI)
	mux.HandleFunc("POST /api/upload/v1/{file}/{secret}", s.serveUpload)
	mux.HandleFunc("GET /link/", s.serveLink)
	for _, kind := range []string{"commands", "actions", "app"} {
		mux.HandleFunc("POST /"+kind+"/{team}/{n}/{secret}", s.serveResponse)
	}
	mux.HandleFunc("GET /files-pri/{file}/{name}", s.serveFile)
	mux.HandleFunc("GET /files-pri/{file}/download/{name}", s.serveFile)
	mux.HandleFunc("GET /files-shown/{file}/{secret}/{name}", s.serveShown)
	return mux
}

// start runs fn until it returns; Close waits for it. The lock is held by the caller.
func (s *Server) start(fn func()) {
	if !s.closed {
		s.work.Go(fn)
	}
}

// pause waits, and reports false when the stand-in was closed meanwhile.
func (s *Server) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.done:
		return false
	}
}

// sweepEvery is how often the stand-in forgets what nobody will ask for any more. Looking through it all at
// each envelope would make every one slower than the one before.
const sweepEvery = time.Minute

// sweep forgets envelopes, trigger ids and response URLs that are over. The lock is held by the caller.
func (s *Server) sweep() {
	if time.Since(s.swept) < sweepEvery {
		return
	}
	s.swept = time.Now()
	maps.DeleteFunc(s.sockets.waiting, func(_ string, w *sent) bool { return time.Since(w.at) > 10*time.Minute })
	maps.DeleteFunc(s.triggers, func(_ string, t *trigger) bool { return time.Since(t.at) > time.Hour })
	maps.DeleteFunc(s.hooks, func(_ string, h *hook) bool { return s.now().Sub(h.at) > 2*responseLife })
}

// fresh is a number never given before. The lock is held by the caller.
func (s *Server) fresh() int {
	s.counter++
	return s.counter
}

func (s *Server) granted(scope string) bool { return slices.Contains(s.scopes, scope) }

func secret(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// shortID is a random id as Slack gives to blocks that came without one.
func shortID() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, 5)
	rand.Read(b)
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}

func uuid() string {
	h := secret(16)
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
