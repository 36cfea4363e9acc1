package store

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// RollbackError means that the log does not go on from a checkpoint that was signed
// by its own key and kept elsewhere: an older copy of the data file was put back, or
// two copies were written to.
type RollbackError struct {
	Size, Kept int64 // records of the log, and of the checkpoint
}

func (e *RollbackError) Error() string {
	if e.Kept > e.Size {
		return fmt.Sprintf("the data file is an older copy: it has %d records, and had %d before", e.Size, e.Kept)
	}
	return fmt.Sprintf("the data file has another history than before: its first %d records are not those that were signed", e.Kept)
}

// Extends says whether the log goes on from a checkpoint that was kept elsewhere. Its
// error is a *RollbackError, or says that this is no checkpoint of this log. What was
// given up by AcceptRollback counts no more.
func (s *Store) Extends(kept []byte) error {
	known, err := note.NewVerifier(s.identity.Key)
	if err != nil {
		return errors.New("the data file does not know the key of its log")
	}
	c, err := signedCheckpoint(kept, note.VerifierList(known))
	if err != nil {
		return fmt.Errorf("it is no checkpoint of this log: %w", err)
	}
	_, err = view(s, func(tx Tx) (struct{}, error) {
		head, err := readHead(tx)
		switch {
		case err != nil:
			return struct{}{}, err
		case c.Origin != head.Origin:
			return struct{}{}, errors.New("it is no checkpoint of this log")
		case tx.Get(bucketGivenUp, []byte(c.text())) != nil:
			return struct{}{}, nil
		case c.Size > head.Size:
			return struct{}{}, &RollbackError{head.Size, c.Size}
		}
		root, err := tlog.TreeHash(c.Size, storedHashes(tx))
		if err == nil && root != c.Root {
			err = &RollbackError{head.Size, c.Size}
		}
		return struct{}{}, err
	})
	return err
}

// AcceptRollback says in the log that an older copy of the data file is used from now
// on, and which checkpoints are given up by that. Whatever was open is void: who
// decides about it now may not know what became of it. A request whose change was
// under way is left to be settled by reading, and what was received and not worked on
// is dropped.
func (s *Store) AcceptRollback(lost [][]byte, m Mark) (void []uint64, err error) {
	var texts []string
	for _, signed := range lost {
		c, err := parseCheckpoint(signed)
		if err != nil {
			continue // nothing that could count
		}
		if text := c.text(); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return update(s, func(tx Tx) ([]uint64, error) {
		l := Leaf{At: m.At, Kind: "rollback", Note: m.Note}
		if err := l.explain(rollbackDetails{Lost: texts}); err != nil {
			return nil, err
		}
		if _, err := s.record(tx, l); err != nil {
			return nil, err
		}
		for _, text := range texts {
			if err := tx.Put(bucketGivenUp, []byte(text), nil); err != nil {
				return nil, err
			}
		}
		if err := emptyInbox(tx); err != nil {
			return nil, err
		}
		return s.voidOpen(tx, m)
	})
}

func (s *Store) voidOpen(tx Tx, m Mark) (void []uint64, err error) {
	var open []uint64
	tx.Scan(bucketOpen, nil, func(key, _ []byte) bool {
		open = append(open, numberOf(key))
		return true
	})
	for _, id := range open {
		r, err := load(tx, id)
		if err != nil {
			return nil, err
		}
		if !r.State.mayBecome(Cancelled) {
			continue // reading finds out what became of it
		}
		r.Outcome = "An older copy of the bot's data was put back, so this is void. Ask again if it is still wanted."
		if _, err := s.move(tx, r, Cancelled, Mark{At: m.At, Note: "void, because an older copy of the data file was put back"}); err != nil {
			return nil, err
		}
		void = append(void, id)
	}
	return void, nil
}

// emptyInbox marks everything received as handled.
func emptyInbox(tx Tx) error {
	var left []Envelope
	var keys [][]byte
	var failed error
	tx.Scan(bucketInbox, nil, func(key, value []byte) bool {
		var e Envelope
		failed = decode(bucketInbox, key, value, &e)
		left, keys = append(left, e), append(keys, key)
		return failed == nil
	})
	for i, e := range left {
		failed = errors.Join(failed, tx.Delete(bucketInbox, keys[i]), tx.Put(bucketHandled, append(arrival(e.At), e.Key...), nil))
	}
	return failed
}

// Headed says whether a head file was ever kept for this data file, and MarkHeaded
// that one is kept from now on.
func (s *Store) Headed() (bool, error) {
	return view(s, func(tx Tx) (bool, error) { return tx.Get(bucketMeta, keyHeaded) != nil, nil })
}

// MarkHeaded notes that a head file is kept.
func (s *Store) MarkHeaded() error {
	_, err := update(s, func(tx Tx) (struct{}, error) { return struct{}{}, tx.Put(bucketMeta, keyHeaded, nil) })
	return err
}

var keyHeaded = []byte("headed")

// Changed rings after transactions; several may ring once.
func (s *Store) Changed() <-chan struct{} { return s.changed }
