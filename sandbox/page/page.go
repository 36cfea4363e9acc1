// Package page is the web page on which one lives in the made-up workspace:
// one acts as any of its members, reads and writes messages, types commands,
// presses buttons, fills forms, moves the clock, makes trouble, and sees what
// goes over the wire and what stands at App Store Connect.
//
// It knows what people do and see, as sandbox/slack and sandbox/apple offer
// it, and nothing of a bot. Drawing is the business of the scripts in assets;
// the Go side hands them JSON and keeps strangers out: whoever can send it a
// request may act as anybody, so it answers only to its own page.
package page

import (
	"crypto/rand"
	"embed"
	"encoding/json"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

//go:embed index.html assets
var files embed.FS

var index = template.Must(template.ParseFS(files, "index.html"))

// Clock is the time the stand-ins live in. It only goes forward.
type Clock interface {
	Now() time.Time
	Offset() time.Duration
	Move(time.Duration) error
	MoveTo(time.Time) error
	Watch(func(now time.Time)) (cancel func())
}

// Hint is one thing a person may type, offered by the composer.
type Hint struct {
	Command string `json:"command"` // what Enter or Tab puts into the composer: "/asc invite"
	Usage   string `json:"usage"`   // what may follow: "[email] [role] in [app]"
	About   string `json:"about"`   // one line on what it does
}

// defaultHints are offered when the caller names none.
var defaultHints = []Hint{
	{"/asc invite", "[email] [role] in [app]", "Invite somebody to the App Store Connect team"},
	{"/asc tester add", "<email> to <group>", "Add a TestFlight tester to a group"},
	{"/asc requests", "", "What waits for a decision"},
	{"/asc log", "", "What was asked, agreed and done"},
	{"/asc help", "", "Everything I can do"},
}

// Record is one line of a bot's audit log, as far as the page shows it.
type Record struct {
	N      int64           `json:"n"` // counts from 1
	At     time.Time       `json:"at"`
	Kind   string          `json:"kind"`           // "asked", "voted", …
	What   string          `json:"what,omitempty"` // in words
	By     string          `json:"by,omitempty"`   // who did it
	Detail json.RawMessage `json:"detail,omitempty"`
}

// Options set up a page.
type Options struct {
	Slack *slack.Server
	Apple *apple.Server
	Clock Clock
	// Log answers audit records numbered above after, oldest first; nil hides them.
	Log func(after int64) []Record
	// Orchard is the company's other team at App Store Connect; nil: there is none.
	Orchard *apple.Server
	// Hints are offered while a command is typed; nil: a short list.
	Hints []Hint
}

// Page serves the page and the calls its scripts make.
type Page struct {
	Options
	token    string
	run      string // tells this page from one served by an earlier process
	routes   http.Handler
	hub      hub
	troubles *troubles
	unwatch  []func()
}

// New makes a page. It listens to the stand-ins until Close.
func New(o Options) *Page {
	if o.Hints == nil {
		o.Hints = defaultHints
	}
	p := &Page{Options: o, token: rand.Text(), run: rand.Text()}
	p.troubles = newTroubles(o.Slack, p.teams())
	p.hub.done = make(chan struct{})
	p.routes = p.guard(p.mux())
	p.unwatch = []func(){
		o.Slack.Watch(func(slack.Entry) { p.hub.tell() }),
		o.Apple.Watch(func(apple.Call) { p.troubles.struck(); p.hub.tell() }),
		o.Clock.Watch(func(time.Time) { p.hub.tell() }),
	}
	if o.Orchard != nil {
		p.unwatch = append(p.unwatch, o.Orchard.Watch(func(apple.Call) { p.troubles.struck(); p.hub.tell() }))
	}
	return p
}

// Close ends the streams of events and takes back all trouble.
func (p *Page) Close() {
	for _, stop := range p.unwatch {
		stop()
	}
	p.hub.close()
	p.troubles.clear()
}

// Owns reports whether a path belongs to the page.
func Owns(path string) bool {
	return path == "/" || strings.HasPrefix(path, "/assets/") || strings.HasPrefix(path, "/sandbox/")
}

// ServeHTTP answers the page, its assets, and /sandbox/….
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.routes.ServeHTTP(w, r) }

func (p *Page) mux() *http.ServeMux {
	m := http.NewServeMux()
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	m.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(assets)))
	m.HandleFunc("GET /{$}", p.index)

	m.HandleFunc("GET /sandbox/state", p.state)
	m.HandleFunc("GET /sandbox/apple", p.atApple)
	m.HandleFunc("GET /sandbox/wire", p.wire)
	m.HandleFunc("GET /sandbox/wire/{source}/{n}", p.wireDetail)
	m.HandleFunc("GET /sandbox/log", p.logLines)
	m.HandleFunc("GET /sandbox/targets", p.aimTargets)
	m.HandleFunc("GET /sandbox/events", p.events)

	m.HandleFunc("POST /sandbox/command", act(p.command))
	m.HandleFunc("POST /sandbox/say", act(p.say))
	m.HandleFunc("POST /sandbox/revise", act(p.revise))
	m.HandleFunc("POST /sandbox/retract", act(p.retract))
	m.HandleFunc("POST /sandbox/shortcut", act(p.shortcut))
	m.HandleFunc("POST /sandbox/press", act(p.press))
	m.HandleFunc("POST /sandbox/suggest", act(p.suggest))
	m.HandleFunc("POST /sandbox/fill", act(p.fill))
	m.HandleFunc("POST /sandbox/attach", act(p.attach))
	m.HandleFunc("POST /sandbox/submit", act(p.submit))
	m.HandleFunc("POST /sandbox/dismiss", act(p.dismiss))
	m.HandleFunc("POST /sandbox/home", act(p.home))
	m.HandleFunc("POST /sandbox/join", act(p.join))
	m.HandleFunc("POST /sandbox/outside", act(p.doOutside))
	m.HandleFunc("POST /sandbox/clock", act(p.moveClock))
	m.HandleFunc("POST /sandbox/trouble", act(p.makeTrouble))
	m.HandleFunc("POST /sandbox/trouble/at", act(p.makeTroubleAt))
	return m
}

func (p *Page) index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// an error here means that the browser went away
	_ = index.Execute(w, struct {
		Token string
		Log   bool
	}{p.token, p.Log != nil})
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // an error here means that the browser went away
}

// refusal is the body of every answer that is not what was asked for.
type refusal struct {
	Error string `json:"error"`
}
