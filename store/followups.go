package store

import (
	"encoding/json"
	"time"
)

// FollowUp is what is still looked at after a change is done, because it goes on by
// itself: an invitation is accepted, or it lapses.
type FollowUp struct {
	Next  time.Time       `json:"next"`            // when to look again
	Known json.RawMessage `json:"known,omitempty"` // what the last look has left to know; JSON
	Over  time.Time       `json:"over,omitzero"`   // when nothing more was to come; zero while it goes on
}

// GoesOn reports whether there is more to come.
func (f *FollowUp) GoesOn() bool { return f != nil && f.Over.IsZero() }

// FollowUps answers the requests that have something more to come, oldest first.
func (s *Store) FollowUps() ([]Request, error) { return s.listed(bucketFollowUps) }

// Followed keeps what a look after a change has shown. When the mark has a note, that
// is news, and the log gets a line. What has nothing more to come any more is left as
// it is.
func (s *Store) Followed(id uint64, m Mark, f FollowUp) (Request, error) {
	return update(s, func(tx Tx) (Request, error) {
		r, err := load(tx, id)
		if err != nil || !r.FollowUp.GoesOn() {
			return r, err
		}
		f.Next, f.Over = f.Next.UTC().Round(0), f.Over.UTC().Round(0)
		r.FollowUp = &f
		if m.Note != "" {
			return s.keep(tx, r, r.leaf("followed", m))
		}
		if err := index(tx, r); err != nil {
			return r, err
		}
		return r, put(tx, bucketRequests, number(id), r)
	})
}
