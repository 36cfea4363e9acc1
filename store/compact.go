package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/note"
)

// compactedAtOnce bounds the transactions in which a copy is written, in bytes.
const compactedAtOnce = 1 << 20

// Compact writes the data file at path anew, so that nothing stays of what was
// deleted from it, and puts the copy in its place once that was verified. Nobody
// else may have the file meanwhile. What a file system or a backup keeps of the
// former file is beyond it.
func Compact(path string, known note.Verifiers) (err error) {
	e, err := BoltEngine(path, 0, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	was := &Store{engine: e}
	if _, err := was.load(); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".compact-*") // mode 0600
	if err != nil {
		return err
	}
	tmp.Close()
	defer os.Remove(tmp.Name())
	if err := copyInto(tmp.Name(), e.(*boltEngine)); err != nil {
		return fmt.Errorf("writing the data file anew: %w", err)
	}
	if err := sameLog(was, tmp.Name(), known); err != nil {
		return fmt.Errorf("the copy is not as the data file was, so that stays as it is: %w", err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func copyInto(path string, from *boltEngine) (err error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Sync(), db.Close()) }()
	return from.guard(func() error { return bbolt.Compact(db, from.db, compactedAtOnce) })
}

// sameLog verifies both files; they have to give the same verdict on the same
// checkpoint.
func sameLog(was *Store, path string, known note.Verifiers) (err error) {
	is, err := OpenReadOnly(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, is.Close()) }()
	before, err := Verify(was.Source(), known, nil)
	if err != nil {
		return err
	}
	after, err := Verify(is.Source(), known, nil)
	if err != nil {
		return err
	}
	head, err := was.Checkpoint()
	if err != nil {
		return err
	}
	copied, err := is.Checkpoint()
	switch {
	case err != nil:
		return err
	case string(head) != string(copied) || after.Size != before.Size || len(after.Problems) != len(before.Problems):
		return errors.New("the two logs differ")
	case len(after.Problems) > 0:
		return errors.New(after.Problems[0])
	}
	return nil
}
