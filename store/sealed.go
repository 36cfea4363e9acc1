package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// SealedError means that the log may not be written, and so nothing may happen that
// needs a line in it.
type SealedError struct{ Why string }

func (e *SealedError) Error() string { return "nothing can be changed: " + e.Why }

// RoomError means that the disk took nothing: it is full, or read-only by now. The
// transaction has left nothing behind, and the next one may go well.
type RoomError struct{ Cause error }

func (e *RoomError) Error() string {
	return fmt.Sprintf("the data file could not be written: %v. Make room on its disk, or make it writable again.", e.Cause)
}

func (e *RoomError) Unwrap() error { return e.Cause }

// noRoom tells a write that the system refused, after which the file is as before,
// from a fault after which nobody knows what is on the disk, such as a failed sync.
func noRoom(err error) bool {
	p, ok := errors.AsType[*fs.PathError](err)
	if !ok || p.Op == "sync" {
		return false
	}
	return errors.Is(p, syscall.ENOSPC) || errors.Is(p, syscall.EDQUOT) || errors.Is(p, syscall.EROFS)
}

// Seal keeps the log from being written from now on, for a reason in words. What needs
// no line in it goes on.
func (s *Store) Seal(why string) { s.seal.Store(&why) }

// Sealed says why nothing can be changed, in words: the log was sealed, or the last
// transaction could not be written. It is empty when all is well.
func (s *Store) Sealed() string {
	if why := s.seal.Load(); why != nil {
		return *why
	}
	if failed := s.failing.Load(); failed != nil {
		return (*failed).Error()
	}
	return ""
}

// Broken answers the fault after which the data file takes no more work until it is
// opened again.
func (s *Store) Broken() error {
	if failed := s.failing.Load(); failed != nil {
		if broken, ok := errors.AsType[*EngineError](*failed); ok {
			return broken
		}
	}
	return nil
}

// Try writes something of no importance, to see whether the disk takes it again.
func (s *Store) Try() error {
	_, err := update(s, func(tx Tx) (struct{}, error) {
		n := numberOf(tx.Get(bucketMeta, keyTried)) + 1
		return struct{}{}, tx.Put(bucketMeta, keyTried, number(n))
	})
	return err
}

var keyTried = []byte("tried")

// noticed remembers how the last transaction went.
func (s *Store) noticed(err error) {
	_, full := errors.AsType[*RoomError](err)
	broken, gone := errors.AsType[*EngineError](err)
	switch {
	case gone && broken.Cause == errClosed:
	case full, gone:
		s.failing.Store(&err)
	case err == nil:
		s.failing.Store(nil)
	}
}
