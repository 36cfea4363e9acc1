package bot

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A connection can die without a word: no frame, no end. Slack answers pings, so
// one that brings nothing for deafAfter although it was pinged is dead. Slack's
// own pings are waited for twice as long by the library.
const (
	pingEvery = 5 * time.Second
	deafAfter = 15 * time.Second
)

// lifeline is a web socket's connection that pings the other end, and breaks when
// nothing has come for too long.
//
// It puts its pings between the library's frames, which works because the library
// hands over each of its frames in one Write: none of them is longer than its
// write buffer.
type lifeline struct {
	net.Conn
	write sync.Mutex
	heard atomic.Int64 // when something came last, in Unix nanoseconds
	open  atomic.Bool  // the other end has answered the handshake: from now on there are frames
	done  chan struct{}
	once  sync.Once
}

// dialers gives the web socket library ways to connect, with and without TLS.
func dialers(dial func(ctx context.Context, network, addr string) (net.Conn, error)) (plain, secure func(ctx context.Context, network, addr string) (net.Conn, error)) {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	plain = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return newLifeline(conn), nil
	}
	secure = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			conn.Close()
			return nil, err
		}
		inside := tls.Client(conn, &tls.Config{ServerName: host, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
		if err := inside.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		return newLifeline(inside), nil
	}
	return plain, secure
}

func newLifeline(conn net.Conn) *lifeline {
	l := &lifeline{Conn: conn, done: make(chan struct{})}
	l.heard.Store(time.Now().UnixNano())
	go l.watch()
	return l
}

// watch pings and listens until the connection is closed.
func (l *lifeline) watch() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.done:
			return
		case <-tick.C:
		}
		if time.Since(time.Unix(0, l.heard.Load())) > deafAfter {
			l.Close()
			return
		}
		if l.open.Load() {
			go l.ping() // a dead connection may take no more bytes
		}
	}
}

// ping sends an empty ping frame, masked as a client's frames are.
func (l *lifeline) ping() {
	frame := []byte{0x89, 0x80, 0, 0, 0, 0}
	_, _ = rand.Read(frame[2:]) // never fails
	if !l.write.TryLock() {
		return // the library is writing; its frame shows as well whether anybody is there
	}
	defer l.write.Unlock()
	_, _ = l.Conn.Write(frame) // an error shows in what is read next
}

// Read notes that the other end is alive.
func (l *lifeline) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if n > 0 {
		l.heard.Store(time.Now().UnixNano())
		l.open.Store(true)
	}
	return n, err
}

// Write writes one frame, or the handshake before there are any.
func (l *lifeline) Write(p []byte) (int, error) {
	l.write.Lock()
	defer l.write.Unlock()
	return l.Conn.Write(p)
}

// Close ends the pinging too.
func (l *lifeline) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Conn.Close()
}
