package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// maxKey bounds keys that come from outside, in bytes.
const maxKey = 1024

// forgetAtOnce bounds the work of one Forget.
const forgetAtOnce = 1000

// Envelope is something Slack sent: on disk before it is acknowledged, and
// recognised when it is sent again.
type Envelope struct {
	Key  string          `json:"key"` // the same for every delivery of the same thing
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body,omitempty"`
	At   time.Time       `json:"at"`
}

type seen struct {
	N uint64 `json:"n"` // place in the inbox
}

// Receive keeps envelopes until they are handled, and their keys for longer. For
// each it answers its place in the inbox, or 0, with nothing kept, when the key was
// seen before. In the same commit the work of others is said to be finished, as
// Handled does.
func (s *Store) Receive(arrived []Envelope, handled ...string) (places []uint64, err error) {
	for _, e := range arrived {
		if err := checkKey(e.Key); err != nil {
			return nil, err
		}
		if e.At.IsZero() {
			return nil, errNoTime
		}
	}
	return update(s, func(tx Tx) ([]uint64, error) {
		places := make([]uint64, len(arrived))
		n := last(tx, bucketInbox)
		for i, e := range arrived {
			if tx.Get(bucketSeen, []byte(e.Key)) != nil {
				continue
			}
			n++
			places[i], e.At = n, e.At.UTC()
			if err := errors.Join(put(tx, bucketSeen, []byte(e.Key), seen{N: n}), put(tx, bucketInbox, number(n), e)); err != nil {
				return nil, err
			}
		}
		return places, finish(tx, handled)
	})
}

// Handled says that the work envelopes asked for is finished. Their keys stay, so
// that a late second delivery is recognised.
func (s *Store) Handled(keys ...string) error {
	_, err := update(s, func(tx Tx) (struct{}, error) { return struct{}{}, finish(tx, keys) })
	return err
}

func finish(tx Tx, keys []string) error {
	for _, key := range keys {
		var at seen
		var e struct { // without its body, which can be long
			Key string    `json:"key"`
			At  time.Time `json:"at"`
		}
		if found, err := get(tx, bucketSeen, []byte(key), &at); err != nil {
			return err
		} else if !found {
			continue
		}
		found, err := get(tx, bucketInbox, number(at.N), &e)
		if err != nil {
			return err
		}
		if !found || e.Key != key { // handled before
			continue
		}
		if err := errors.Join(
			tx.Delete(bucketInbox, number(at.N)),
			tx.Put(bucketHandled, append(arrival(e.At), key...), nil),
		); err != nil {
			return err
		}
	}
	return nil
}

// Received answers the envelope at a place in the inbox; it is there until it is
// handled.
func (s *Store) Received(place uint64) (Envelope, error) {
	return view(s, func(tx Tx) (e Envelope, err error) {
		found, err := get(tx, bucketInbox, number(place), &e)
		if err == nil && !found {
			err = fmt.Errorf("nothing is at place %d of the inbox", place)
		}
		return e, err
	})
}

// Inbox goes through what was received and not finished, oldest first, until fn
// answers false. Fn must not write to the store.
func (s *Store) Inbox(fn func(place uint64, e Envelope) bool) error {
	_, err := view(s, func(tx Tx) (none struct{}, err error) {
		tx.Scan(bucketInbox, nil, func(key, value []byte) bool {
			var e Envelope
			if err = decode(bucketInbox, key, value, &e); err != nil {
				return false
			}
			return fn(numberOf(key), e)
		})
		return none, err
	})
	return err
}

// Forget drops the keys of handled envelopes that arrived before a time, at most
// 1,000 of them, and answers how many. Envelopes not handled are kept.
func (s *Store) Forget(before time.Time) (int, error) {
	return update(s, func(tx Tx) (int, error) {
		var old [][]byte
		tx.Scan(bucketHandled, nil, func(key, _ []byte) bool {
			if len(old) == forgetAtOnce || len(key) < 8 || binary.BigEndian.Uint64(key) >= binary.BigEndian.Uint64(arrival(before)) {
				return false
			}
			old = append(old, key)
			return true
		})
		for _, key := range old {
			if err := errors.Join(tx.Delete(bucketHandled, key), tx.Delete(bucketSeen, key[8:])); err != nil {
				return 0, err
			}
		}
		return len(old), nil
	})
}

// arrival sorts by time, also before 1970.
func arrival(t time.Time) []byte { return number(uint64(t.UnixNano()) ^ 1<<63) }

// last answers the highest number in a bucket of numbers.
func last(tx Tx, bucket string) (n uint64) {
	tx.ScanBack(bucket, nil, func(key, _ []byte) bool {
		n = numberOf(key)
		return false
	})
	return n
}

func checkKey(key string) error {
	switch {
	case key == "":
		return errors.New("the key is empty; it must tell this one from all others")
	case len(key) > maxKey:
		return fmt.Errorf("the key has %d bytes; at most %d fit", len(key), maxKey)
	}
	return nil
}
