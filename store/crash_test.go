package store

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

var errCrash = errors.New("the power went")

// crashing is an engine whose power goes at one commit: before it reaches the
// disk, or after it did and before anybody hears of it. From then on nothing works.
type crashing struct {
	Engine
	left  int // commits until then
	after bool
	dead  bool
}

func (c *crashing) Update(fn func(Tx) error) error {
	if c.dead {
		return errCrash
	}
	if c.left--; c.left > 0 {
		return c.Engine.Update(fn)
	}
	c.dead = true
	err := c.Engine.Update(func(tx Tx) error {
		if err := fn(tx); err != nil || c.after {
			return err
		}
		return errCrash
	})
	return errors.Join(err, errCrash)
}

func (c *crashing) View(fn func(Tx) error) error {
	if c.dead {
		return errCrash
	}
	return c.Engine.View(fn)
}

func (c *crashing) Snapshot(w io.Writer) (int64, error) { return 0, errCrash }

// theLine takes a request along the whole line, step by step, each repeatable
// after a restart. It stops at the first error.
func theLine(s *Store, heard func(string)) error {
	step := func(name string, fn func() error) func() error {
		return func() error {
			err := fn()
			if err == nil {
				heard(name)
			}
			return err
		}
	}
	to := func(state State) func() error {
		return step(string(state), func() error {
			_, err := s.Move(1, state, byBot, nil)
			if late, ok := errors.AsType[*MoveError](err); ok && late.Request.State != Pending { // it was done before the crash
				return nil
			}
			return err
		})
	}
	for _, next := range []func() error{
		step("received", func() error {
			_, err := receive(s, Envelope{Key: "envelope-1", Kind: "view_submission", At: noon})
			return err
		}),
		step("asked", func() error { _, _, err := s.Ask(invite(1), noon); return err }),
		step("claimed", func() error { _, _, err := s.Claim("card/1", noon); return err }),
		step("posted", func() error { _, err := s.Posted("card/1", Place{"C0", "1"}, noon); return err }),
		step("handled", func() error { return s.Handled("envelope-1") }),
		step("voted", func() error {
			r, err := s.Request(1)
			if err != nil || r.State != Pending {
				return err
			}
			_, _, err = s.Vote(1, yes(r, ben), quorum(1))
			return err
		}),
		to(Running), to(Done),
		step("ran", func() error { _, err := s.Run("digest", "2026-11-24T09:00", noon, ""); return err }),
		step("recorded", func() error { _, err := s.Record(Leaf{At: noon, Kind: "stop"}); return err }),
	} {
		if err := next(); err != nil {
			return err
		}
	}
	return nil
}

// With the power gone at any commit, the file tells one story when it is opened
// again: the log is whole and gives the requests, nothing that was heard of is
// missing, and the line can be walked to its end with one effect each.
func TestFD05PowerGoneAtEveryCommit(t *testing.T) {
	k := newKey(t)
	finished := false
	for at := 1; !finished; at++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("commit %d, after=%v", at, after), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "data")
				e, err := BoltEngine(path, 0, false)
				if err != nil {
					t.Fatal(err)
				}
				c := &crashing{Engine: e, left: at, after: after}
				var heard []string
				var anchor []byte
				s, err := New(c, k.options())
				if err == nil {
					err = theLine(s, func(step string) {
						heard = append(heard, step)
						if a, err := s.Checkpoint(); err == nil {
							anchor = a
						}
					})
				}
				finished = err == nil
				if err != nil && !errors.Is(err, errCrash) {
					t.Fatal(err)
				}
				e.Close()

				s = openAt(t, path, k)
				if anchor != nil {
					sound(t, s, k, anchor)
				} else {
					sound(t, s, k)
				}
				before := records(t, s)
				if err := theLine(s, func(string) {}); err != nil {
					t.Fatal("walking on:", err)
				}
				v := sound(t, s, k)
				want := int64(7) // asked, voted, moved three times, ran, recorded
				if finished || after && len(heard) == 9 {
					want++ // the last step is a plain line, which may be written twice
				}
				if v.Size != want {
					t.Errorf("%d records after %v and %d records, want %d", v.Size, heard, before, want)
				}
				if r, err := s.Request(1); err != nil || r.State != Done || len(r.Votes) != 1 {
					t.Errorf("request: %+v, %v", r, err)
				}
				if left, err := unhandled(s); err != nil || len(left) != 0 {
					t.Errorf("unhandled: %v, %v", left, err)
				}
			})
		}
	}
}

// A line that cannot be written holds its change up.
func TestNothingMovesWithoutItsLine(t *testing.T) {
	s, k := newStore(t)
	r := ask(t, s, 1)
	s.signer = deaf{s.signer}
	at := noon.Add(time.Minute)
	_, moved := s.Move(r.ID, Approved, Mark{At: at}, nil)
	_, _, voted := s.Vote(r.ID, yes(r, ben), quorum(1))
	_, _, asked := s.Ask(invite(2), at)
	_, ran := s.Run("digest", "x", at, "")
	for name, err := range map[string]error{"Move": moved, "Vote": voted, "Ask": asked, "Run": ran} {
		if !errors.Is(err, errDeaf) {
			t.Errorf("%s: %v", name, err)
		}
	}
	now, _ := s.Request(r.ID)
	recent, _ := s.Recent(5)
	_, _, done, _ := s.LastRun("digest")
	if now.State != Pending || len(now.Votes) != 0 || len(recent) != 1 || done {
		t.Errorf("something happened all the same: %+v, %d requests, ran %v", now, len(recent), done)
	}
	sound(t, s, k)
}

var errDeaf = errors.New("the key is gone")

type deaf struct{ note.Signer }

func (deaf) Sign([]byte) ([]byte, error) { return nil, errDeaf }
