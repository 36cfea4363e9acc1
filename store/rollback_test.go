package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A backup of any moment, put back, does not go on from what was kept since.
func TestT28RollbackIsFound(t *testing.T) {
	dir, k := t.TempDir(), newKey(t)
	s := openAt(t, filepath.Join(dir, "data"), k)
	var copies [][]byte
	var heads [][]byte
	keep := func() {
		var raw bytes.Buffer
		if _, err := s.Backup(&raw); err != nil {
			t.Fatal(err)
		}
		head, _ := s.Checkpoint()
		copies, heads = append(copies, raw.Bytes()), append(heads, head)
	}
	keep()
	for n := range 5 {
		r := ask(t, s, n)
		keep()
		for _, to := range []State{Approved, Running, Done} {
			if n == 3 && to == Running {
				break
			}
			if _, err := s.Move(r.ID, to, byBot, nil); err != nil {
				t.Fatal(err)
			}
			keep()
		}
	}
	newest := heads[len(heads)-1]
	for i, data := range copies {
		path := filepath.Join(dir, "restored")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		old, err := Open(path, k.options())
		if err != nil {
			t.Fatal(err)
		}
		for j, head := range heads {
			err := old.Extends(head)
			behind, is := errors.AsType[*RollbackError](err)
			if is != (j > i) || is && (behind.Size >= behind.Kept) || !is && err != nil {
				t.Errorf("copy %d against head %d: %v", i, j, err)
			}
		}
		if i < len(copies)-1 {
			accepted(t, old, k, newest)
		}
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
		os.Remove(path)
	}
}

// accepted accepts that an older copy is used, and looks at what is left of it.
func accepted(t *testing.T, s *Store, k key, newest []byte) {
	t.Helper()
	open, _ := s.Open()
	if _, err := s.Receive([]Envelope{envelope("late", noon)}); err != nil {
		t.Fatal(err)
	}
	void, err := s.AcceptRollback([][]byte{newest, newest}, Mark{At: noon, Note: "by somebody"})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range open {
		now, _ := s.Request(r.ID)
		if settles := r.State == Running; settles == slices.Contains(void, r.ID) || !settles && now.State != Cancelled || settles && now.State != Running {
			t.Errorf("request #%d was %s and is %s; void are %v", r.ID, r.State, now.State, void)
		}
	}
	left := 0
	if err := s.Inbox(func(uint64, Envelope) bool { left++; return true }); err != nil || left > 0 {
		t.Errorf("%d envelopes are left, %v", left, err)
	}
	if err := s.Extends(newest); err != nil {
		t.Errorf("once accepted: %v", err)
	}
	v, err := Verify(s.Source(), k.known, [][]byte{newest})
	if err != nil || !v.OK() || v.GivenUp != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}

// Two copies that both went on have the same length and another history.
func TestT29FD10TwoHistories(t *testing.T) {
	dir, k := t.TempDir(), newKey(t)
	s := openAt(t, filepath.Join(dir, "data"), k)
	ask(t, s, 1)
	var raw bytes.Buffer
	if _, err := s.Backup(&raw); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "copy")
	if err := os.WriteFile(path, raw.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	twin := openAt(t, path, k)
	ask(t, s, 2)
	if _, err := twin.Record(Leaf{At: noon, Kind: "started"}); err != nil {
		t.Fatal(err)
	}
	head, _ := s.Checkpoint()
	var other *RollbackError
	if err := twin.Extends(head); !errors.As(err, &other) || other.Size != other.Kept {
		t.Errorf("got %v", err)
	}
	stranger, _ := newStore(t)
	foreign, _ := stranger.Checkpoint()
	if err := s.Extends(foreign); err == nil {
		t.Errorf("a stranger's checkpoint: %v", err)
	}
}
