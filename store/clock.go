package store

import "time"

var keyHighWater = []byte("high water")

// highWater is what time it has been at least.
type highWater struct {
	At time.Time `json:"at"`
}

// HighWater answers what time it has been at least, by what was kept last; zero when
// nothing was. A clock that shows an earlier time was set back.
func (s *Store) HighWater() (time.Time, error) {
	return view(s, func(tx Tx) (time.Time, error) {
		var h highWater
		_, err := get(tx, bucketMeta, keyHighWater, &h)
		return h.At, err
	})
}

// KeepHighWater keeps what time it is, as long as that is no earlier than what is kept.
func (s *Store) KeepHighWater(at time.Time) error {
	_, err := update(s, func(tx Tx) (struct{}, error) {
		var h highWater
		if _, err := get(tx, bucketMeta, keyHighWater, &h); err != nil || !at.After(h.At) {
			return struct{}{}, err
		}
		return struct{}{}, put(tx, bucketMeta, keyHighWater, highWater{at.UTC().Round(0)})
	})
	return err
}

// LowerHighWater takes a mark back that lies in the future, because a clock was wrong
// when it was kept, and writes that into the log.
func (s *Store) LowerHighWater(at time.Time, note string) error {
	_, err := update(s, func(tx Tx) (Leaf, error) {
		if err := put(tx, bucketMeta, keyHighWater, highWater{at.UTC().Round(0)}); err != nil {
			return Leaf{}, err
		}
		return s.record(tx, Leaf{At: at, Kind: "clock", Note: note})
	})
	return err
}
