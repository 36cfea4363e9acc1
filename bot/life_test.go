package bot_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// life is one run of the bot's process as the world sees it: everything that
// leaves it or reaches it, and every commit, passes a point, and at any point it
// can end as a process does that is killed. Nothing of it has an effect from then
// on: its connections are cut, what it sends does not leave, what it commits is
// not on disk.
type life struct {
	stop  context.CancelFunc
	ended chan error    // what Run returned
	gone  chan struct{} // closed when it was killed
	told  chan struct{} // closed when it was told to stop
	st    *store.Store
	log   *bytes.Buffer
	next  *life // the one that followed
	rules chan func() (bot.Config, error)

	mu     sync.Mutex
	dead   bool
	killed string         // the point at which it ended
	passed map[string]int // how often it has come to each point
	atRest map[string]int // the same when it had time to take up what was left
	fate   fate
	conns  map[net.Conn]bool
	stands store.State // where the log left the request that was moved last
	early  []string    // changes that left for Apple while the log did not say running

	toApple  []*http.Transport
	noApple  atomic.Pointer[func() (net.Conn, error)] // answers instead of a connection to App Store Connect
	muteOnce atomic.Bool                              // the next change for Apple finds a connection on which no byte leaves
}

// blockApple has every connection to App Store Connect end as road does; nil lets them come
// about again.
func (l *life) blockApple(road func() (net.Conn, error)) {
	l.noApple.Store(nil)
	if road != nil {
		l.noApple.Store(&road)
	}
	for _, over := range l.toApple {
		over.CloseIdleConnections()
	}
}

// apple is a transport to App Store Connect that can be blocked.
func (l *life) apple(dial func(context.Context, string, string) (net.Conn, error)) *http.Transport {
	over := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if road := l.noApple.Load(); road != nil {
			return (*road)()
		}
		return dial(ctx, network, addr)
	}}
	l.toApple = append(l.toApple, over)
	return over
}

// fate says whether a life ends when it comes to a point for the nth time. Nil is
// a life that goes on.
type fate func(point string, nth int) bool

var errKilled = errors.New("the process was killed")

// reach passes a point; it is false when the process ended there or before.
func (l *life) reach(point string) bool {
	l.mu.Lock()
	if l.dead {
		l.mu.Unlock()
		return false
	}
	l.passed[point]++
	if l.fate == nil || !l.fate(point, l.passed[point]) {
		l.mu.Unlock()
		return true
	}
	l.mu.Unlock()
	l.kill(point)
	return false
}

// kill ends the process, as far as the world can tell.
func (l *life) kill(point string) {
	l.mu.Lock()
	if l.dead {
		l.mu.Unlock()
		return
	}
	l.dead, l.killed = true, point
	open := l.conns
	l.conns = nil
	close(l.gone)
	l.mu.Unlock()
	for c := range open {
		c.Close()
	}
	l.stop()
}

// rests notes what the process has come to once it has taken up what was left by the one before.
func (l *life) rests() {
	time.AfterFunc(15*time.Second, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.atRest = maps.Clone(l.passed)
	})
}

// halt tells the process to stop, as a signal does.
func (l *life) halt() {
	close(l.told)
	l.stop()
}

func (l *life) isDead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// unhandled are the envelopes whose work is not finished.
func (l *life) unhandled() (left []store.Envelope, err error) {
	err = l.st.Inbox(func(_ uint64, e store.Envelope) bool {
		left = append(left, e)
		return true
	})
	return left, err
}

// dial opens a connection that this life watches.
func (l *life) dial(network func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, kind, addr string) (net.Conn, error) {
		if l.isDead() {
			return nil, errKilled
		}
		c, err := network(ctx, kind, addr)
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.dead {
			c.Close()
			return nil, errKilled
		}
		l.conns[c] = true
		return &wire{Conn: c, of: l}, nil
	}
}

// wire is a connection on which every frame and every call is a point.
type wire struct {
	net.Conn
	of *life

	mu     sync.Mutex
	asked  string // the call that was sent last
	socket bool   // it carries Socket Mode by now
}

func (w *wire) Write(p []byte) (int, error) {
	what := w.outgoing(p)
	if what == "" { // a ping or a pong
		if w.of.isDead() {
			return 0, errKilled
		}
		return w.Conn.Write(p)
	}
	if isChange(what) && w.of.muteOnce.CompareAndSwap(true, false) {
		return 0, os.ErrDeadlineExceeded
	}
	w.of.leaves(what)
	if !w.of.reach("before " + what) {
		return 0, errKilled
	}
	n, err := w.Conn.Write(p)
	if err == nil && !w.of.reach("after "+what) {
		return n, errKilled
	}
	return n, err
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n == 0 {
		return n, err
	}
	what := w.incoming(p[:n])
	if what == "" {
		if w.of.isDead() {
			return 0, errKilled
		}
		return n, err
	}
	if !w.of.reach(what) {
		return 0, errKilled
	}
	return n, err
}

// outgoing names what is being sent: a call by its method and path, an
// acknowledgement, or nothing that matters.
func (w *wire) outgoing(p []byte) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.socket {
		if p[0]&0x0f == 1 {
			return "acknowledgement"
		}
		return ""
	}
	line, _, whole := bytes.Cut(p, []byte(" HTTP/1.1\r\n"))
	if !whole {
		return "the rest of " + w.asked
	}
	path, _, _ := strings.Cut(string(line), "?")
	w.asked = plainPath(path)
	w.socket = strings.Contains(path, "/link/")
	return w.asked
}

// plainPath leaves out what differs from run to run.
func plainPath(path string) string {
	for _, secret := range []string{"/commands/", "/actions/"} {
		if before, _, found := strings.Cut(path, secret); found {
			return before + "response URL"
		}
	}
	return strings.Replace(path, "/api/", "", 1)
}

func (w *wire) incoming(p []byte) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case bytes.HasPrefix(p, []byte("HTTP/1.1 ")):
		return "answer to " + w.asked
	case w.socket && bytes.Contains(p, []byte(`"type":"hello"`)):
		return "hello"
	case w.socket && bytes.Contains(p, []byte(`"envelope_id"`)):
		return "envelope"
	}
	return ""
}

// isChange says whether a call asks Apple to change something.
func isChange(call string) bool {
	verb, path, _ := strings.Cut(call, " ")
	return verb != "GET" && strings.HasPrefix(path, "/v1/")
}

// leaves notes a change that sets out for Apple before the log says that the
// request is running.
func (l *life) leaves(what string) {
	if !isChange(what) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stands != store.Running {
		l.early = append(l.early, fmt.Sprintf("%s while the log says %q", what, l.stands))
	}
}

// disk is the data file of one life.
type disk struct {
	store.Engine
	of *life
}

func (d *disk) Update(fn func(store.Tx) error) error {
	var w written
	err := d.Engine.Update(func(tx store.Tx) error {
		w = written{Tx: tx}
		if d.of.isDead() {
			return errKilled
		}
		if err := fn(&w); err != nil {
			return err
		}
		if w.what() != "" && !d.of.reach("before commit of "+w.what()) {
			return errKilled
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.of.committed(w.leaves)
	if w.what() != "" && !d.of.reach("after commit of "+w.what()) {
		return errKilled
	}
	return nil
}

func (d *disk) View(fn func(store.Tx) error) error {
	if d.of.isDead() {
		return errKilled
	}
	return d.Engine.View(fn)
}

func (d *disk) Snapshot(w io.Writer) (int64, error) { return d.Engine.Snapshot(w) }

func (l *life) committed(leaves []store.Leaf) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, leaf := range leaves {
		if leaf.To != "" {
			l.stands = leaf.To
		}
	}
}

// written is a transaction that knows what was written in it.
type written struct {
	store.Tx
	buckets []string
	leaves  []store.Leaf
}

func (w *written) Put(bucket string, key, value []byte) error {
	if !slices.Contains(w.buckets, bucket) {
		w.buckets = append(w.buckets, bucket)
	}
	if bucket == "leaves" {
		var leaf store.Leaf
		if err := json.Unmarshal(value, &leaf); err != nil {
			return err
		}
		w.leaves = append(w.leaves, leaf)
	}
	return w.Tx.Put(bucket, key, value)
}

func (w *written) Delete(bucket string, key []byte) error {
	if !slices.Contains(w.buckets, bucket) {
		w.buckets = append(w.buckets, bucket)
	}
	return w.Tx.Delete(bucket, key)
}

// what names a commit by what it says: by the lines of the log it writes, else by
// where it writes. Nothing written is nothing to name.
func (w *written) what() string {
	if len(w.buckets) == 0 {
		return ""
	}
	var said []string
	for _, leaf := range w.leaves {
		words := leaf.Kind
		if leaf.To != "" {
			words += " " + string(leaf.To)
		}
		said = append(said, words)
	}
	if said == nil {
		said = w.buckets
	}
	return strings.Join(said, ", ")
}
