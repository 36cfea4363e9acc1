package slack

import (
	"bufio"
	"encoding/binary"
	"net"
	"net/http"
)

// Slack does not join an acknowledgement that arrives in several web socket frames, and the library the
// stand-in reads with does. So the bytes of a connection are looked at before the library gets them.

// framing follows the frames that arrive on a connection and remembers of each message whether it came in
// pieces. It is used by one goroutine, the one that reads.
type framing struct {
	header  []byte
	skip    uint64 // bytes of the payload still to come
	pieces  bool   // the message under way began in an earlier frame
	arrived []bool // messages whose last frame was seen, oldest first: came in pieces?
}

// next tells of the oldest message not asked about yet whether it came in pieces.
func (f *framing) next() bool {
	if len(f.arrived) == 0 {
		return false
	}
	first := f.arrived[0]
	f.arrived = f.arrived[1:]
	return first
}

// feed takes bytes as they arrive.
func (f *framing) feed(b []byte) {
	for len(b) > 0 {
		if f.skip > 0 {
			n := min(f.skip, uint64(len(b)))
			f.skip -= n
			b = b[n:]
			continue
		}
		f.header, b = append(f.header, b[0]), b[1:]
		if len(f.header) == headerLength(f.header) {
			f.begin()
			f.header = f.header[:0]
		}
	}
}

// headerLength is how long a header is that begins so; 2 until it can be told.
func headerLength(h []byte) int {
	n := 2
	if len(h) < 2 {
		return n
	}
	switch h[1] & 0x7f {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	if h[1]&0x80 != 0 {
		n += 4
	}
	return n
}

// begin reads a complete header.
func (f *framing) begin() {
	h := f.header
	switch size := h[1] & 0x7f; size {
	case 126:
		f.skip = uint64(binary.BigEndian.Uint16(h[2:]))
	case 127:
		f.skip = binary.BigEndian.Uint64(h[2:])
	default:
		f.skip = uint64(size)
	}
	if control := h[0]&0x08 != 0; control {
		return
	}
	if last := h[0]&0x80 != 0; last {
		f.arrived = append(f.arrived, f.pieces)
		f.pieces = false
	} else {
		f.pieces = true
	}
}

// framed hands out a connection whose bytes framing sees.
type framed struct {
	http.ResponseWriter
	framing *framing
}

func (w framed) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	return framedConn{conn, w.framing}, rw, err
}

type framedConn struct {
	net.Conn
	framing *framing
}

func (c framedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.framing.feed(b[:n])
	return n, err
}
