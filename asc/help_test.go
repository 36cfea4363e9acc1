package asc

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// testKey is made once: making it is slow, and nothing depends on which it is.
var testKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
})

// service is an HTTP server inside the process. It keeps what it is asked.
type service struct {
	t        testing.TB
	listener *pipeListener
	log      bytes.Buffer // what the client logs
	logMu    sync.Mutex

	mu     sync.Mutex
	asked  []asked
	dialed []string // addresses
}

type asked struct {
	Method, Path, Query, Token, Accept, ContentType, Body string
	At                                                    time.Time
}

// start runs a handler, which is told how many requests came before, behind a
// client whose transport counts bytes.
func start(t testing.TB, handler func(w http.ResponseWriter, r *http.Request, n int)) (*Client, *service) {
	return startWith(t, handler, nil)
}

func startWith(t testing.TB, handler func(w http.ResponseWriter, r *http.Request, n int), change func(*Config, *service)) (*Client, *service) {
	s := &service{t: t, listener: newPipeListener()}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler(w, r, s.keep(r)) }),
		// Broken connections are what half of the tests are about.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	go server.Serve(s.listener)
	cfg := Config{
		BaseURL: "http://127.0.0.1", KeyID: "2X9R4HXF34", IssuerID: "57246542-96fe-1a63-e053-0824d011072a", Key: testKey(),
		Transport: countingTransport(s.dial),
		Log:       slog.New(slog.NewTextHandler(s, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&cfg, s)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.CloseIdleConnections(); server.Close() })
	return c, s
}

func (s *service) keep(r *http.Request) int {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, asked{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
		Accept: r.Header.Get("Accept"), ContentType: r.Header.Get("Content-Type"), Body: string(body), At: time.Now(),
	})
	return len(s.asked) - 1
}

func (s *service) calls() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]asked(nil), s.asked...)
}

// want checks how many requests arrived.
func (s *service) want(n int) {
	s.t.Helper()
	if got := len(s.calls()); got != n {
		s.t.Errorf("the service was asked %d times, want %d", got, n)
	}
}

func (s *service) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	s.mu.Lock()
	s.dialed = append(s.dialed, addr)
	s.mu.Unlock()
	return s.listener.dial(ctx)
}

// Write takes the client's log.
func (s *service) Write(p []byte) (int, error) {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	return s.log.Write(p)
}

func (s *service) logged() string {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	return s.log.String()
}

// pipeListener is a listener without a port.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.done:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// bubble runs a test on its own time.
func bubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

// reply writes an answer.
func reply(w http.ResponseWriter, status int, body string) {
	if json.Valid([]byte(body)) {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	io.WriteString(w, body)
}

// refuse writes an error document of Apple's kind.
func refuse(w http.ResponseWriter, status int, code, detail string) {
	body, _ := json.Marshal(map[string]any{"errors": []any{map[string]any{
		"id": "6f8b", "status": http.StatusText(status), "code": code, "title": "A title.", "detail": detail,
	}}})
	reply(w, status, string(body))
}

// raw answers with bytes of its own and closes the connection.
func raw(w http.ResponseWriter, bytes string) {
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	buf.WriteString(bytes)
	buf.Flush()
	conn.Close()
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// someone is an invitation to send in tests.
var someone = NewInvitation{Email: "lee@agency.example", FirstName: "Lee", LastName: "Fox", Roles: []string{"DEVELOPER"}, VisibleApps: []string{"6443001001"}}

const invited = `{"data":{"type":"userInvitations","id":"inv-1","attributes":{"email":"lee@agency.example","firstName":"Lee",
	"lastName":"Fox","expirationDate":"2026-11-27T08:10:34-08:00","roles":["DEVELOPER","NEW_ROLE"],"allAppsVisible":false,
	"provisioningAllowed":false,"somethingNew":{"a":[1]}},"links":{"self":"https://x"}},"links":{"self":"https://x"}}`

// everyone drains a list.
func everyone[T any](items func(func(T, error) bool)) (all []T, err error) {
	for item, e := range items {
		if e != nil {
			if err != nil {
				panic("a list yielded two errors")
			}
			err = e
			continue
		}
		if err != nil {
			panic("a list went on after an error")
		}
		all = append(all, item)
	}
	return all, err
}
