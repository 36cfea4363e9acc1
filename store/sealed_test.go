package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// smallDisk is a directory on a disk of a few hundred kilobytes.
func smallDisk(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("a disk that can be filled is mounted on Linux only")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=600k"); err != nil {
		t.Skip("a disk that can be filled needs the right to mount one: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Disk full: the transaction fails whole, the store says that it is sealed and why,
// reading goes on, and when there is room again so does writing.
func TestFD01DiskFull(t *testing.T) {
	dir := smallDisk(t)
	k := newKey(t)
	s := openAt(t, filepath.Join(dir, "data"), k)
	first := ask(t, s, 1)
	full(t, dir, s)
	before := records(t, s)
	_, err := s.Move(first.ID, Approved, byBot, nil)
	if _, room := errors.AsType[*RoomError](err); !room || s.Sealed() == "" || s.Broken() != nil {
		t.Fatalf("got %v; sealed %q, broken %v", err, s.Sealed(), s.Broken())
	}
	if _, err := s.Receive([]Envelope{envelope("e", noon)}); err == nil {
		t.Error("an envelope is kept on a full disk")
	}
	if r, err := s.Request(first.ID); err != nil || r.State != Pending || records(t, s) != before {
		t.Errorf("half done: %+v, %v", r, err)
	}
	sound(t, s, k)
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
	if err := s.Try(); err != nil || s.Sealed() != "" {
		t.Errorf("with room again: %v, %q", err, s.Sealed())
	}
	if _, err := s.Move(first.ID, Approved, byBot, nil); err != nil {
		t.Error(err)
	}
	sound(t, s, k)
	s.Close()
	sound(t, openAt(t, filepath.Join(dir, "data"), k), k)
}

// full fills the disk, and the data file's own spare room.
func full(t *testing.T, dir string, s *Store) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	for _, size := range []int{3000, 0} {
		for n := 0; ; n++ {
			if _, err := s.Record(Leaf{At: noon, Kind: "started", Note: string(bytes.Repeat([]byte("x"), size))}); err != nil {
				break
			}
			if n == 2000 {
				t.Fatal("the disk does not get full")
			}
		}
	}
	for n := 0; ; n++ { // an envelope needs less room than a record
		if _, err := s.Receive([]Envelope{envelope(fmt.Sprint("filling ", n), noon)}); err != nil {
			return
		}
		if n == 2000 {
			t.Fatal("the disk does not get full of envelopes")
		}
	}
}

// What a refused write is, such as on a disk that became read-only, and what a fault
// after which nobody knows what is on it.
func TestFD03ReadOnlyRemountIsNoFault(t *testing.T) {
	for _, c := range []struct {
		err  error
		room bool
	}{
		{&os.PathError{Op: "write", Path: "data", Err: syscall.EROFS}, true},
		{&os.PathError{Op: "write", Path: "data", Err: syscall.EDQUOT}, true},
		{&os.PathError{Op: "write", Path: "data", Err: syscall.EIO}, false},
		{&os.PathError{Op: "sync", Path: "data", Err: syscall.ENOSPC}, false},
		{syscall.ENOSPC, false}, // of fdatasync
		{nil, false},
	} {
		if got := noRoom(c.err); got != c.room {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}

func TestSealedStore(t *testing.T) {
	s, k := newStore(t)
	first := ask(t, s, 1)
	s.Seal("it is an older copy")
	_, err := s.Move(first.ID, Approved, byBot, nil)
	if sealed, ok := errors.AsType[*SealedError](err); !ok || sealed.Why != "it is an older copy" || s.Sealed() != sealed.Why {
		t.Errorf("a move: %v", err)
	}
	if _, _, err := s.Ask(invite(2), noon); err == nil {
		t.Error("something was asked for")
	}
	if _, _, err := s.Vote(first.ID, yes(first, ben), quorum(1)); err == nil {
		t.Error("a vote was counted")
	}
	if _, err := s.Record(Leaf{At: noon, Kind: "started"}); err == nil {
		t.Error("a record was written")
	}
	if fresh, err := s.Receive([]Envelope{envelope("e", noon)}); err != nil || len(fresh) != 1 {
		t.Errorf("what needs no line: %v, %v", fresh, err)
	}
	if r, err := s.Request(first.ID); err != nil || r.State != Pending {
		t.Errorf("%+v, %v", r, err)
	}
	sound(t, s, k)
}
