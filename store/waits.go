package store

import (
	"bytes"
	"errors"
	"strings"
	"time"
)

// Wait is a digest that was posted before all was there that it is about, and that is
// completed when the rest comes. It holds what it takes to draw the message again as it
// was set up then.
type Wait struct {
	Digest  Digest    `json:"digest"`            // as it stood then; a blank currency is none
	Label   string    `json:"label"`             // which of its times it is
	Due     time.Time `json:"due"`               // and when that was
	From    string    `json:"from"`              // the first day it is about, "2026-11-23"
	To      string    `json:"to"`                // and the last
	Since   string    `json:"since,omitempty"`   // the day that the digest before was about
	Missed  int       `json:"missed,omitempty"`  // digests that could not be posted before it
	Vendors []string  `json:"vendors,omitempty"` // whose sales it adds up
	Lacks   []string  `json:"lacks"`             // what was not there when it was drawn last, in words
	At      time.Time `json:"at"`                // when it began to wait
}

// Days are what the digest is about, in words: "2026-11-23", or two with dots between.
func (w Wait) Days() string {
	if w.From == w.To {
		return w.To
	}
	return w.From + ".." + w.To
}

func (w Wait) key() []byte { return waitKey(w.Digest.Name, w.From, w.To) }

func waitKey(name, from, to string) []byte { return []byte(name + "\x00" + from + ".." + to) }

// Await notes that a digest waits. One that does already stays as it was noted first.
func (s *Store) Await(w Wait) (Wait, error) {
	if err := errors.Join(checkKey(w.Digest.Name), checkKey(w.From), checkKey(w.To), checkKey(w.Label)); err != nil {
		return Wait{}, err
	}
	if strings.ContainsRune(w.Digest.Name, 0) {
		return Wait{}, errors.New("a digest's name has no zero byte")
	}
	w.Due, w.At, w.Digest.Since = w.Due.UTC().Round(0), w.At.UTC().Round(0), w.Digest.Since.UTC().Round(0)
	return update(s, func(tx Tx) (Wait, error) {
		var was Wait
		if found, err := get(tx, bucketWaits, w.key(), &was); err != nil || found {
			return was, err
		}
		return w, put(tx, bucketWaits, w.key(), w)
	})
}

// Lacking notes what a digest lacks since it was drawn anew.
func (s *Store) Lacking(w Wait, lacks []string) error {
	_, err := update(s, func(tx Tx) (struct{}, error) {
		var is Wait
		if found, err := get(tx, bucketWaits, w.key(), &is); err != nil || !found {
			return struct{}{}, err
		}
		is.Lacks = lacks
		return struct{}{}, put(tx, bucketWaits, is.key(), is)
	})
	return err
}

// EndWait ends the waiting of a digest. Its history says what came then, the log has the
// note.
func (s *Store) EndWait(w Wait, at time.Time, then, note string) error {
	at = at.UTC().Round(0)
	_, err := update(s, func(tx Tx) (struct{}, error) {
		if tx.Get(bucketWaits, w.key()) == nil {
			return struct{}{}, nil
		}
		if err := tx.Delete(bucketWaits, w.key()); err != nil {
			return struct{}{}, err
		}
		job := "digest/" + w.Digest.Name
		run := []byte(job + "\x00" + w.Label)
		var r ran
		if found, err := get(tx, bucketRuns, run, &r); err != nil {
			return struct{}{}, err
		} else if found {
			r.Then, r.ThenAt = then, at
			if err := put(tx, bucketRuns, run, r); err != nil {
				return struct{}{}, err
			}
		}
		l := Leaf{At: at, Kind: "ran", Note: note}
		if err := l.explain(ranDetails{Job: job, Label: w.Label}); err != nil {
			return struct{}{}, err
		}
		_, err := s.record(tx, l)
		return struct{}{}, err
	})
	return err
}

// Waits lists the digests that wait: of one name, or all when it is blank; of each name
// those about the earliest days first.
func (s *Store) Waits(name string) ([]Wait, error) {
	prefix := []byte(nil)
	if name != "" {
		prefix = []byte(name + "\x00")
	}
	return view(s, func(tx Tx) (list []Wait, err error) {
		tx.Scan(bucketWaits, prefix, func(key, value []byte) bool {
			if !bytes.HasPrefix(key, prefix) {
				return false
			}
			var w Wait
			if err = decode(bucketWaits, key, value, &w); err == nil {
				list = append(list, w)
			}
			return err == nil
		})
		return list, err
	})
}

// Waiting answers the wait of a digest of some days, and whether there is one.
func (s *Store) Waiting(name, from, to string) (w Wait, ok bool, err error) {
	w, err = view(s, func(tx Tx) (w Wait, err error) {
		ok, err = get(tx, bucketWaits, waitKey(name, from, to), &w)
		return w, err
	})
	return w, ok && err == nil, err
}
