package asc

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// Time limits of the client's own transport.
const (
	dialTimeout   = 5 * time.Second
	tlsTimeout    = 5 * time.Second
	headerTimeout = 30 * time.Second
	idleTimeout   = 90 * time.Second
)

// newTransport is the client's own transport. It speaks HTTP/1.1 alone, where
// every request has a connection to itself, so that the bytes of one request
// can be counted.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	return countingTransport(dialer.DialContext)
}

func countingTransport(dial func(ctx context.Context, network, addr string) (net.Conn, error)) *http.Transport {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   tlsTimeout,
		ResponseHeaderTimeout: headerTimeout,
		IdleConnTimeout:       idleTimeout,
		MaxIdleConnsPerHost:   16,
		Protocols:             new(http.Protocols),
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &countedConn{Conn: conn}, nil
		},
	}
	t.Protocols.SetHTTP1(true)
	return t
}

// countedConn counts what is written, and can be sealed against more.
type countedConn struct {
	net.Conn
	mu      sync.Mutex
	written int64
	writing int // calls of Write that have not returned
	sealed  bool
}

var errSealed = errors.New("the connection was given up before anything was sent")

func (c *countedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	if c.sealed {
		c.mu.Unlock()
		return 0, errSealed
	}
	c.writing++
	c.mu.Unlock()
	n, err := c.Conn.Write(p)
	c.mu.Lock()
	c.writing--
	c.written += int64(n)
	c.mu.Unlock()
	return n, err
}

func (c *countedConn) count() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.written
}

// seal forbids writing if nothing was written since a count. What it answers
// stays true: nothing can leave afterwards.
func (c *countedConn) seal(since int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writing > 0 || c.written != since {
		return false
	}
	c.sealed = true
	return true
}

// departure watches whether a request leaves. A transport may try several
// connections before one takes the request.
type departure struct {
	mu      sync.Mutex
	taken   []taken
	unknown bool // a connection whose bytes nobody counts
}

type taken struct {
	conn  *countedConn
	since int64
}

// watch makes a context whose request is watched.
func (d *departure) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		conn := info.Conn
		if secure, ok := conn.(*tls.Conn); ok {
			conn = secure.NetConn()
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if counted, ok := conn.(*countedConn); ok {
			d.taken = append(d.taken, taken{counted, counted.count()})
			return
		}
		d.unknown = true
	}})
}

// never tells whether it is certain that no byte of a failed request left. An
// http.Transport reports a connection before it writes to it. Any other kind of
// transport is believed only when it says that it could not connect.
func (d *departure) never(rt http.RoundTripper, err error) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unknown {
		return false
	}
	for _, t := range d.taken {
		if !t.conn.seal(t.since) {
			return false
		}
	}
	if len(d.taken) > 0 {
		return true
	}
	if _, ok := rt.(*http.Transport); ok {
		return true
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns != nil {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "dial" || op.Op == "proxyconnect")
}
