package sandbox

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// conn is one end of a connection of a Network.
type conn struct {
	net           *Network
	in, out       *stream
	local, remote net.Addr
}

func (c *conn) Read(p []byte) (int, error)  { return c.in.read(p) }
func (c *conn) Write(p []byte) (int, error) { return c.out.write(p) }

// Close ends both directions. The other end reads what is still on its way,
// then io.EOF; its writes fail.
func (c *conn) Close() error {
	c.in.closeReader()
	c.out.closeWriter()
	c.net.forget(c)
	return nil
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) SetDeadline(t time.Time) error {
	c.in.readBy.set(t)
	c.out.writeBy.set(t)
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.readBy.set(t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.out.writeBy.set(t)
	return nil
}

// streamSize is how much may be on its way in one direction.
const streamSize = 64 << 10

// stream is one direction of a connection: a bounded buffer.
type stream struct {
	mu              sync.Mutex
	moved           *sync.Cond // anything below changed
	data            []byte
	noReader        bool // the reading end was closed
	noWriter        bool // the writing end was closed
	readBy, writeBy deadline
}

func newStream() *stream {
	s := &stream{}
	s.moved = sync.NewCond(&s.mu)
	s.readBy.stream, s.writeBy.stream = s, s
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.noReader:
			return 0, net.ErrClosed
		case s.readBy.passed:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(s.data) > 0:
			n := copy(p, s.data)
			s.data = s.data[n:]
			s.moved.Broadcast()
			return n, nil
		case s.noWriter:
			return 0, io.EOF
		}
		s.moved.Wait()
	}
}

func (s *stream) write(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.noWriter:
			return n, net.ErrClosed
		case s.noReader:
			return n, syscall.EPIPE
		case s.writeBy.passed:
			return n, os.ErrDeadlineExceeded
		}
		if room := min(streamSize-len(s.data), len(p)-n); room > 0 {
			s.data = append(s.data, p[n:n+room]...)
			n += room
			s.moved.Broadcast()
		}
		if n == len(p) {
			return n, nil
		}
		s.moved.Wait()
	}
}

func (s *stream) closeReader() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noReader = true
	s.data = nil
	s.readBy.stop()
	s.moved.Broadcast()
}

func (s *stream) closeWriter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noWriter = true
	s.writeBy.stop()
	s.moved.Broadcast()
}

// deadline wakes a stream's waiters when its moment passes. Its stream's mu
// guards it.
type deadline struct {
	stream *stream
	passed bool
	timer  *time.Timer
	nth    int // which setting the timer belongs to; a timer that lost the race is ignored
}

func (d *deadline) set(t time.Time) {
	d.stream.mu.Lock()
	defer d.stream.mu.Unlock()
	d.stop()
	if !t.IsZero() {
		wait := time.Until(t)
		d.passed = wait <= 0
		if !d.passed {
			nth := d.nth
			d.timer = time.AfterFunc(wait, func() { d.expire(nth) })
		}
	}
	d.stream.moved.Broadcast()
}

// stop takes the deadline away.
func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.nth++
	d.passed = false
}

func (d *deadline) expire(nth int) {
	d.stream.mu.Lock()
	defer d.stream.mu.Unlock()
	if d.nth == nth {
		d.passed = true
		d.stream.moved.Broadcast()
	}
}
