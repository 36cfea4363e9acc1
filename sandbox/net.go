package sandbox

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// Network is a network inside the process, for tests: whatever address is
// dialled, the connection arrives at the Network's listener. It needs no
// port and works inside a testing/synctest bubble, where waiting for it
// counts as being idle. Like TCP it has buffers, so that both sides may write
// before either reads, and it knows deadlines.
type Network struct {
	mu       sync.Mutex
	listener *listener
	conns    map[*conn]struct{}
	closed   bool
}

// NewNetwork makes a network nobody listens on yet. Dialling it is refused.
func NewNetwork() *Network { return &Network{conns: map[*conn]struct{}{}} }

// networkAddr is where a Network's listener says it is: on loopback, as
// everything in the sandbox.
var networkAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}

// Listener begins to listen. A network has one listener at a time: a second
// call returns the same one until that is closed, and then a new one.
func (n *Network) Listener() net.Listener {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listener == nil || n.listener.isClosed() {
		n.listener = &listener{net: n, arrived: make(chan net.Conn, 128), done: make(chan struct{})}
		if n.closed {
			n.listener.Close()
		}
	}
	return n.listener
}

// Dial connects to the listener, whatever addr says. It has the signature of
// net.Dialer.DialContext, for http.Transport and websocket dialers. Without a
// listener it fails as a refused TCP connection does.
func (n *Network) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	n.mu.Lock()
	l := n.listener
	if n.closed || l == nil || l.isClosed() {
		n.mu.Unlock()
		return nil, refused(network)
	}
	near, far := n.pair()
	n.mu.Unlock()
	select {
	case l.arrived <- far:
		return near, nil
	case <-l.done:
		near.Close()
		return nil, refused(network)
	case <-ctx.Done():
		near.Close()
		return nil, &net.OpError{Op: "dial", Net: network, Addr: networkAddr, Err: ctx.Err()}
	}
}

func refused(network string) error {
	return &net.OpError{Op: "dial", Net: network, Addr: networkAddr, Err: syscall.ECONNREFUSED}
}

// Cut breaks every connection without a word, as a pulled cable followed by a
// reset does. The listener goes on.
func (n *Network) Cut() {
	n.mu.Lock()
	all := n.conns
	n.conns = map[*conn]struct{}{}
	n.mu.Unlock()
	for c := range all {
		c.Close()
	}
}

// Close ends the listener and every connection. Dialling is refused from now on.
func (n *Network) Close() {
	n.mu.Lock()
	n.closed = true
	l := n.listener
	n.mu.Unlock()
	if l != nil {
		l.Close()
	}
	n.Cut()
}

// pair makes the two ends of a connection. The caller holds mu.
func (n *Network) pair() (near, far *conn) {
	out, back := newStream(), newStream()
	near = &conn{net: n, in: back, out: out, local: clientAddr, remote: networkAddr}
	far = &conn{net: n, in: out, out: back, local: networkAddr, remote: clientAddr}
	n.conns[near], n.conns[far] = struct{}{}, struct{}{}
	return near, far
}

func (n *Network) forget(c *conn) {
	n.mu.Lock()
	delete(n.conns, c)
	n.mu.Unlock()
}

var clientAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 49152}

// listener hands out the far ends of what is dialled.
type listener struct {
	net     *Network
	arrived chan net.Conn
	done    chan struct{}
	once    sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	if l.isClosed() {
		return nil, net.ErrClosed
	}
	select {
	case c := <-l.arrived:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close refuses what is dialled from now on, and what was not accepted yet.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	for {
		select {
		case c := <-l.arrived:
			c.Close()
		default:
			return nil
		}
	}
}

func (l *listener) Addr() net.Addr { return networkAddr }

func (l *listener) isClosed() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}
