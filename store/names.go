package store

import (
	"errors"
	"slices"
	"time"
)

// NamedChannel is what a name of a channel stands for, since when.
type NamedChannel struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// BindChannel notes that a name stands for a channel, unless it stands for one already. It
// answers the one that it stands for.
func (s *Store) BindChannel(name, id string, at time.Time) (NamedChannel, error) {
	if err := errors.Join(checkKey(name), checkKey(id)); err != nil {
		return NamedChannel{}, err
	}
	return update(s, func(tx Tx) (NamedChannel, error) {
		var is NamedChannel
		if found, err := get(tx, bucketNames, []byte(name), &is); err != nil || found {
			return is, err
		}
		is = NamedChannel{ID: id, At: at.UTC().Round(0)}
		return is, put(tx, bucketNames, []byte(name), is)
	})
}

// ChannelNamed answers what a name stands for, and whether it stands for anything.
func (s *Store) ChannelNamed(name string) (is NamedChannel, ok bool, err error) {
	is, err = view(s, func(tx Tx) (is NamedChannel, err error) {
		ok, err = get(tx, bucketNames, []byte(name), &is)
		return is, err
	})
	return is, ok && err == nil, err
}

// KeepNames forgets what every other name stands for.
func (s *Store) KeepNames(names []string) error {
	_, err := update(s, func(tx Tx) (struct{}, error) {
		var gone [][]byte
		tx.Scan(bucketNames, nil, func(key, _ []byte) bool {
			if !slices.Contains(names, string(key)) {
				gone = append(gone, slices.Clone(key))
			}
			return true
		})
		for _, key := range gone {
			if err := tx.Delete(bucketNames, key); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}
