package store

import (
	"errors"
	"strings"
	"time"
)

type mark struct {
	Label string    `json:"label"`
	At    time.Time `json:"at"`
}

type ran struct {
	At   time.Time `json:"at"`
	Note string    `json:"note,omitempty"`

	Then   string    `json:"then,omitempty"`
	ThenAt time.Time `json:"thenAt,omitzero"`
}

// LastRun answers the highest label a job was run for, such as
// "2026-11-24T09:00", and when; ok is false for a job that never ran.
func (s *Store) LastRun(job string) (label string, at time.Time, ok bool, err error) {
	m, err := view(s, func(tx Tx) (m mark, err error) {
		ok, err = get(tx, bucketMarks, []byte(job), &m)
		return m, err
	})
	return m.Label, m.At, ok && err == nil, err
}

// Run claims one run of a job and writes its line into the log. It answers
// false when this label was run before. The job's mark follows the highest
// label, so labels have to sort like the times they stand for.
func (s *Store) Run(job, label string, at time.Time, note string) (fresh bool, err error) {
	if err := errors.Join(checkKey(job), checkKey(label)); err != nil {
		return false, err
	}
	if strings.ContainsRune(job, 0) {
		return false, errors.New("a job's name has no zero byte")
	}
	at = at.UTC().Round(0)
	return update(s, func(tx Tx) (bool, error) {
		run := []byte(job + "\x00" + label)
		if tx.Get(bucketRuns, run) != nil {
			return false, nil
		}
		if err := put(tx, bucketRuns, run, ran{At: at, Note: note}); err != nil {
			return false, err
		}
		if err := advance(tx, job, mark{Label: label, At: at}); err != nil {
			return false, err
		}
		l := Leaf{At: at, Kind: "ran", Note: note}
		if err := l.explain(ranDetails{Job: job, Label: label}); err != nil {
			return false, err
		}
		_, err := s.record(tx, l)
		return true, err
	})
}

func advance(tx Tx, job string, to mark) error {
	var m mark
	found, err := get(tx, bucketMarks, []byte(job), &m)
	if err != nil || found && m.Label >= to.Label {
		return err
	}
	return put(tx, bucketMarks, []byte(job), to)
}
