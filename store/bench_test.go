package store

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"
)

// BenchmarkBareUpdate is the yardstick: one put in one bbolt transaction.
func BenchmarkBareUpdate(b *testing.B) {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	n := uint64(0)
	for b.Loop() {
		n++
		if err := db.Update(func(tx *bbolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("b"))
			if err != nil {
				return err
			}
			return bucket.Put(number(n), make([]byte, 600))
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// callers calls do b.N times from n goroutines at once.
func callers(b *testing.B, n int, do func(caller int) error) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ResetTimer()
	for caller := range n {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(caller); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkMove is one move of a request with its line in the log, durable.
func BenchmarkMove(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, _ := newStore(b)
			next := make([]State, n)
			for i := range n {
				at(b, s, i, Approved)
				next[i] = Running
			}
			callers(b, n, func(i int) error {
				_, err := s.Move(uint64(i+1), next[i], byBot, nil)
				if next[i] == Running {
					next[i] = Approved
				} else {
					next[i] = Running
				}
				return err
			})
		})
	}
}

// BenchmarkReceive is one envelope made durable before it is acknowledged.
func BenchmarkReceive(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, _ := newStore(b)
			var nr atomic.Int64
			callers(b, n, func(int) error {
				_, err := s.Receive(envelope(fmt.Sprint("envelope-", nr.Add(1)), noon))
				return err
			})
		})
	}
}

// BenchmarkVerify recomputes a log of 100,000 records from a data file.
func BenchmarkVerify(b *testing.B) {
	const size = 100_000
	s, k := newStore(b)
	for from := 0; from < size; from += 5000 {
		set(b, s, func(tx Tx) error {
			for i := range 5000 {
				l := Leaf{At: noon, Kind: "refused", By: &ana, Note: fmt.Sprint("click ", from+i, " on a card that was drawn before the request changed")}
				if _, err := s.record(tx, l); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for b.Loop() {
		if v, err := Verify(s.Source(), k.known, nil); err != nil || !v.OK() || v.Size != size {
			b.Fatalf("%+v, %v", v, err)
		}
	}
}
