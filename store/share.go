package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/note"
)

// A data file is checked in full by another process while this one works on it: a page
// that is damaged can end a process in a way that nothing in it can prevent.
//
// The child inherits the open file, so that its lock is the same one. It sees the
// state at which Share was called: until it says that it has opened the file nothing
// may be written, and from then on a reading transaction, held here, keeps the pages of
// that state from being used again.

// Share gives the open file to a process that inherits it, and keeps its state as it
// is now until release.
func (s *Store) Share() (f *os.File, release func(), err error) {
	e, ok := s.engine.(*boltEngine)
	if !ok {
		return nil, nil, errors.New("this engine has no file to share")
	}
	var tx *bbolt.Tx
	if err := e.guard(func() (err error) { tx, err = e.db.Begin(false); return err }); err != nil {
		return nil, nil, err
	}
	return e.file, func() { e.guard(func() error { return tx.Rollback() }) }, nil
}

// A CheckError says what is wrong with a data file.
type CheckError struct {
	Structure bool // its pages, as opposed to what stands in them
	Verdict   Verdict
	Problem   string
}

func (e *CheckError) Error() string { return e.Problem }

// CheckShared checks the file that a process has inherited: the structure of its
// pages, and then the whole log with the requests. Opened is called once the file is
// open. The process has to end afterwards without closing the file, which would take
// the lock from the one it has it from.
func CheckShared(f *os.File, known note.Verifiers, opened func()) error {
	e := &boltEngine{}
	if err := e.guard(func() (err error) {
		e.db, err = bbolt.Open(f.Name(), 0o600, &bbolt.Options{
			Timeout: time.Second, PreLoadFreelist: true, // it is not read-only, so that the lock stays what it is
			OpenFile: func(string, int, os.FileMode) (*os.File, error) { e.file = f; return f, nil },
		})
		return err
	}); err != nil {
		return &CheckError{Structure: true, Problem: err.Error()}
	}
	tx, err := e.db.Begin(false)
	if err != nil {
		return &CheckError{Structure: true, Problem: err.Error()}
	}
	s := &Store{engine: pinned{e, tx}}
	opened()
	if err := readThrough(f); err != nil {
		return &CheckError{Structure: true, Problem: fmt.Sprintf("it cannot be read to its end: %v", err)}
	}
	var wrong []string
	for err := range tx.Check() {
		if wrong = append(wrong, err.Error()); len(wrong) == 5 {
			break
		}
	}
	if len(wrong) > 0 {
		return &CheckError{Structure: true, Problem: "its pages do not add up: " + strings.Join(wrong, "; ")}
	}
	if _, err := s.load(); err != nil {
		return &CheckError{Structure: true, Problem: err.Error()}
	}
	v, err := Verify(s.Source(), known, nil)
	if err != nil {
		return &CheckError{Structure: true, Problem: err.Error()}
	}
	if !v.OK() {
		return &CheckError{Verdict: v, Problem: v.Problems[0]}
	}
	return nil
}

// pinned reads everything in one transaction. Another one, begun later, would see a
// newer state, whose pages the process that writes may use again: it keeps for the
// child only those of the state it has shared.
type pinned struct {
	*boltEngine
	tx *bbolt.Tx
}

func (p pinned) View(fn func(Tx) error) error { return p.viewIn(p.tx, fn) }

// readThrough reads a file once from its beginning to its end, so that its pages are in
// memory when they are looked up all over it.
func readThrough(f *os.File) error { return readUntil(f, make(chan struct{})) }

// readAhead does so while somebody works on the file. A file that is not in memory is read
// many times faster in one piece than page by page. Stop ends it, and waits until it has.
func readAhead(f *os.File) (stop func()) {
	enough := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() { _ = readUntil(f, enough) }) // whoever works on the file says what cannot be read
	return func() { close(enough); reading.Wait() }
}

// readUntil reads a file from its beginning until its end, or until it is enough.
func readUntil(f *os.File, enough chan struct{}) error {
	buf := make([]byte, 1<<20)
	for at := int64(0); ; {
		n, err := f.ReadAt(buf, at)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-enough:
			return nil
		default:
			at += int64(n)
		}
	}
}
