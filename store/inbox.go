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

// Receive keeps an envelope until Handled, and its key for longer. It answers
// false, and keeps nothing, when the key was seen before.
func (s *Store) Receive(e Envelope) (fresh bool, err error) {
	if err := checkKey(e.Key); err != nil {
		return false, err
	}
	if e.At.IsZero() {
		return false, errNoTime
	}
	e.At = e.At.UTC()
	return update(s, func(tx Tx) (bool, error) {
		if tx.Get(bucketSeen, []byte(e.Key)) != nil {
			return false, nil
		}
		n := last(tx, bucketInbox) + 1
		return true, errors.Join(put(tx, bucketSeen, []byte(e.Key), seen{N: n}), put(tx, bucketInbox, number(n), e))
	})
}

// Handled says that the work an envelope asked for is finished. The key stays,
// so that a late second delivery is recognised.
func (s *Store) Handled(key string) error {
	_, err := update(s, func(tx Tx) (struct{}, error) {
		var at seen
		var e Envelope
		if found, err := get(tx, bucketSeen, []byte(key), &at); err != nil || !found {
			return struct{}{}, err
		}
		found, err := get(tx, bucketInbox, number(at.N), &e)
		if err != nil || !found || e.Key != key { // handled before
			return struct{}{}, err
		}
		return struct{}{}, errors.Join(
			tx.Delete(bucketInbox, number(at.N)),
			tx.Put(bucketHandled, append(arrival(e.At), key...), nil),
		)
	})
	return err
}

// Unhandled answers what was received and not finished, oldest first.
func (s *Store) Unhandled() ([]Envelope, error) {
	return view(s, func(tx Tx) (left []Envelope, err error) {
		tx.Scan(bucketInbox, nil, func(key, value []byte) bool {
			var e Envelope
			if err = decode(bucketInbox, key, value, &e); err != nil {
				return false
			}
			left = append(left, e)
			return true
		})
		return left, err
	})
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
