package slack

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// frame is one web socket frame of a client: masked, with a payload of this size.
func frame(first byte, size int) []byte {
	h := []byte{first}
	switch {
	case size < 126:
		h = append(h, 0x80|byte(size))
	case size < 1<<16:
		h = binary.BigEndian.AppendUint16(append(h, 0x80|126), uint16(size))
	default:
		h = binary.BigEndian.AppendUint64(append(h, 0x80|127), uint64(size))
	}
	h = append(h, 1, 2, 3, 4) // the mask
	for i := range size {
		h = append(h, byte(i))
	}
	return h
}

// However the bytes arrive, each message is known to have come in one piece or in several, pings between
// the pieces notwithstanding.
func TestFraming(t *testing.T) {
	const last, text, more, ping = 0x80, 0x1, 0x0, 0x9
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var stream []byte
		var want []bool
		for range 1 + r.IntN(6) {
			size := []int{0, 1, 125, 126, 4096, 65_535, 65_536}[r.IntN(7)]
			pieces := r.IntN(3)
			opcode := byte(text)
			for range pieces {
				stream = append(stream, frame(opcode, size)...)
				stream = append(stream, frame(last|ping, 5)...)
				opcode = more
			}
			stream = append(stream, frame(last|opcode, size)...)
			want = append(want, pieces > 0)
		}
		var f framing
		for len(stream) > 0 {
			n := min(1+r.IntN(9000), len(stream))
			f.feed(stream[:n])
			stream = stream[n:]
		}
		var got []bool
		for range want {
			got = append(got, f.next())
		}
		if !slices.Equal(got, want) || f.next() {
			t.Errorf("seed %d: %v, want %v", seed, got, want)
		}
	}
}
