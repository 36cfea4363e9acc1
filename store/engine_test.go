package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func newEngine(t testing.TB) *boltEngine {
	t.Helper()
	e, err := BoltEngine(filepath.Join(t.TempDir(), "data"), 0, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e.(*boltEngine)
}

func contents(t testing.TB, e Engine, bucket string) map[string]string {
	t.Helper()
	got := map[string]string{}
	if err := e.View(func(tx Tx) error {
		tx.Scan(bucket, nil, func(k, v []byte) bool { got[string(k)] = string(v); return true })
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

// together holds the engine's turn until n calls wait for it, so that they
// share a commit.
func together(t testing.TB, e *boltEngine, n int, call func(i int)) {
	t.Helper()
	e.turn.Lock()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { call(i) })
	}
	for e.queued.Load() < int64(n) {
		runtime.Gosched()
	}
	e.turn.Unlock()
	wg.Wait()
}

func (e *boltEngine) commits(t testing.TB) int {
	tx, err := e.db.Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	return tx.ID()
}

func TestCallersShareACommit(t *testing.T) {
	e := newEngine(t)
	before := e.commits(t)
	together(t, e, 64, func(i int) {
		if err := e.Update(func(tx Tx) error { return tx.Put("b", number(uint64(i)), number(uint64(i))) }); err != nil {
			t.Error(err)
		}
	})
	if got := e.commits(t) - before; got != 1 {
		t.Errorf("%d commits for 64 callers who waited together, want 1", got)
	}
	if got := contents(t, e, "b"); len(got) != 64 {
		t.Errorf("%d keys, want 64", len(got))
	}
	if err := e.Update(func(tx Tx) error { return tx.Put("b", []byte("alone"), nil) }); err != nil || e.commits(t)-before != 2 {
		t.Errorf("a caller alone: %v, %d commits", err, e.commits(t)-before)
	}
	if err := e.Update(func(Tx) error { return nil }); err != nil || e.commits(t)-before != 2 {
		t.Errorf("a caller who writes nothing: %v, %d commits", err, e.commits(t)-before)
	}
}

// Whatever one caller does, the writes of the others stand and its own do not.
func TestCallersDoNotDisturbEachOther(t *testing.T) {
	boom := errors.New("boom")
	for name, spoil := range map[string]func() error{
		"an error":          func() error { return boom },
		"a panic":           func() error { panic("boom") },
		"an end of its own": func() error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			if err := e.Update(func(tx Tx) error {
				return errors.Join(tx.Put("b", []byte("old"), []byte("1")), tx.Put("b", []byte("gone"), []byte("1")))
			}); err != nil {
				t.Fatal(err)
			}
			const n = 30
			together(t, e, n, func(i int) {
				defer func() { recover() }()
				err := e.Update(func(tx Tx) error {
					mine := fmt.Appendf(nil, "%02d", i)
					if i%3 != 0 {
						return tx.Put("b", mine, mine)
					}
					tx.Put("b", mine, mine)
					tx.Put("b", []byte("old"), mine)
					tx.Put("b", []byte("old"), nil)
					tx.Delete("b", []byte("gone"))
					tx.Put("b", []byte("gone"), mine)
					tx.Put("new bucket", mine, mine)
					return spoil()
				})
				if (i%3 == 0) != (err == boom) {
					t.Errorf("caller %d: %v", i, err)
				}
			})
			want := map[string]string{"old": "1", "gone": "1"}
			for i := range n {
				if i%3 != 0 {
					want[fmt.Sprintf("%02d", i)] = fmt.Sprintf("%02d", i)
				}
			}
			if got := contents(t, e, "b"); !maps.Equal(got, want) {
				t.Errorf("got %v", got)
			}
			if got := contents(t, e, "new bucket"); len(got) != 0 {
				t.Errorf("left behind: %v", got)
			}
			if err := e.Update(func(tx Tx) error { return tx.Put("b", []byte("after"), nil) }); err != nil {
				t.Error("afterwards:", err)
			}
		})
	}
}

// Counting up in one key needs every caller to see what the one before wrote.
func TestCallersRunOneAfterTheOther(t *testing.T) {
	e := newEngine(t)
	const callers, rounds = 16, 25
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range rounds {
				if err := e.Update(func(tx Tx) error {
					n := numberOf(tx.Get("b", []byte("n")))
					return tx.Put("b", []byte("n"), number(n+1))
				}); err != nil {
					t.Error(err)
				}
				e.View(func(tx Tx) error {
					tx.ScanBack("b", nil, func(k, v []byte) bool { return true })
					return nil
				})
			}
		})
	}
	wg.Wait()
	if got := binary.BigEndian.Uint64([]byte(contents(t, e, "b")["n"])); got != callers*rounds {
		t.Errorf("counted to %d, want %d", got, callers*rounds)
	}
}

func TestNothingAliasesTheEngine(t *testing.T) {
	e := newEngine(t)
	key, value := []byte("key"), []byte("value")
	if err := e.Update(func(tx Tx) error {
		if err := tx.Put("b", key, value); err != nil {
			return err
		}
		copy(key, "xxx")
		copy(value, "xxxxx")
		got := tx.Get("b", []byte("key"))
		copy(got, "yyyyy")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	e.View(func(tx Tx) error {
		got := tx.Get("b", []byte("key"))
		copy(got, "zzzzz")
		tx.Scan("b", nil, func(k, v []byte) bool { copy(k, "qqq"); copy(v, "qqqqq"); return true })
		return nil
	})
	if got := contents(t, e, "b"); got["key"] != "value" || len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

func TestTransactionRules(t *testing.T) {
	e := newEngine(t)
	var kept Tx
	e.Update(func(tx Tx) error {
		kept = tx
		if tx.Put("b", nil, nil) == nil {
			t.Error("an empty key was taken")
		}
		if tx.Put("b", make([]byte, 1<<16), nil) == nil {
			t.Error("an endless key was taken")
		}
		if err := tx.Put("b", []byte("empty"), nil); err != nil {
			t.Error(err)
		}
		if got := tx.Get("b", []byte("empty")); got == nil || len(got) != 0 {
			t.Errorf("an empty value reads as %v", got)
		}
		tx.Scan("b", nil, func(k, v []byte) bool {
			if tx.Put("b", []byte("while scanning"), nil) == nil {
				t.Error("a write while scanning was taken")
			}
			return true
		})
		return nil
	})
	if kept.Put("b", []byte("late"), nil) == nil || kept.Get("b", []byte("empty")) != nil {
		t.Error("a transaction works after its end")
	}
	e.View(func(tx Tx) error {
		if tx.Put("b", []byte("k"), nil) == nil || tx.Delete("b", []byte("empty")) == nil {
			t.Error("a view writes")
		}
		if tx.Get("none", []byte("k")) != nil {
			t.Error("a bucket that is not there holds something")
		}
		return nil
	})
}

// Against a map: puts, deletes, failing transactions and scans in both directions.
func TestEngineIsASortedMap(t *testing.T) {
	e := newEngine(t)
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		bucket := fmt.Sprint("b", round)
		model := map[string]string{}
		keys := rapid.StringMatching(`[a-d]{1,3}`)
		for range rapid.IntRange(1, 4).Draw(t, "transactions") {
			next := maps.Clone(model)
			fails := rapid.Bool().Draw(t, "fails")
			e.Update(func(tx Tx) error {
				for range rapid.IntRange(0, 8).Draw(t, "writes") {
					k, v := keys.Draw(t, "key"), rapid.String().Draw(t, "value")
					if rapid.Bool().Draw(t, "delete") {
						delete(next, k)
						tx.Delete(bucket, []byte(k))
					} else {
						next[k] = v
						tx.Put(bucket, []byte(k), []byte(v))
					}
				}
				compareScans(t, tx, bucket, next, keys.Draw(t, "from"))
				if fails {
					return errors.New("no")
				}
				return nil
			})
			if !fails {
				model = next
			}
			e.View(func(tx Tx) error {
				compareScans(t, tx, bucket, model, keys.Draw(t, "from"))
				return nil
			})
		}
	})
}

func compareScans(t *rapid.T, tx Tx, bucket string, model map[string]string, from string) {
	for _, from := range [][]byte{nil, []byte(from)} {
		var up, down, got []string
		for _, k := range slices.Sorted(maps.Keys(model)) {
			if from == nil || k >= string(from) {
				up = append(up, k+"="+model[k])
			}
			if from == nil || k <= string(from) {
				down = append([]string{k + "=" + model[k]}, down...)
			}
		}
		collect := func(k, v []byte) bool { got = append(got, string(k)+"="+string(v)); return true }
		if tx.Scan(bucket, from, collect); !slices.Equal(got, up) {
			t.Fatalf("up from %q: %q, want %q", from, got, up)
		}
		got = nil
		if tx.ScanBack(bucket, from, collect); !slices.Equal(got, down) {
			t.Fatalf("down from %q: %q, want %q", from, got, down)
		}
	}
}

// A commit that the disk refuses is the end: every caller in it hears so, and
// everyone after.
func TestFD04FailedCommitIsFinal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	made, err := BoltEngine(path, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	e := made.(*boltEngine)
	if err := e.Update(func(tx Tx) error { return tx.Put("meta", keyFile, []byte("x")) }); err != nil {
		t.Fatal(err)
	}
	e.file.Close() // from here on every write fails
	together(t, e, 5, func(i int) {
		err := e.Update(func(tx Tx) error {
			if i == 0 {
				return errors.New("my own")
			}
			return tx.Put("b", number(uint64(i)), nil)
		})
		if _, ok := errors.AsType[*EngineError](err); !ok {
			t.Errorf("caller %d: %v", i, err)
		}
	})
	if err := e.Update(func(tx Tx) error { t.Error("it ran"); return nil }); err == nil {
		t.Error("it goes on after a failed commit")
	}
	if err := e.View(func(tx Tx) error { t.Error("it ran"); return nil }); err == nil {
		t.Error("it reads after a failed commit")
	}
	e.Close()
	again, err := BoltEngine(path, 0, false)
	if err != nil {
		t.Fatal("opening again:", err)
	}
	defer again.Close()
	if got := contents(t, again, "meta"); got["file"] != "x" {
		t.Errorf("what was committed is gone: %v", got)
	}
	if got := contents(t, again, "b"); len(got) != 0 {
		t.Errorf("what was refused is there: %v", got)
	}
}

// A page that cannot be read ends the engine, not the process.
func TestFaultInTheMappedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	made, err := BoltEngine(path, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	e := made.(*boltEngine)
	if err := e.Update(func(tx Tx) error {
		for i := range uint64(200) {
			if err := tx.Put("b", number(i), bytes.Repeat([]byte("x"), 500)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 8192); err != nil { // the two meta pages alone
		t.Fatal(err)
	}
	err = e.View(func(tx Tx) error {
		n := 0
		tx.Scan("b", nil, func(k, v []byte) bool { n++; return true })
		tx.Get("b", number(3))
		return nil
	})
	if _, ok := errors.AsType[*EngineError](err); !ok {
		t.Errorf("reading what is not there: %v", err)
	}
	if err := e.Update(func(tx Tx) error { return nil }); err == nil {
		t.Error("it goes on")
	}
	if err := e.Close(); err != nil {
		t.Error("Close:", err)
	}
}

func TestCloseTwice(t *testing.T) {
	e := newEngine(t)
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Error(err)
	}
	if err := e.Update(func(Tx) error { return nil }); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
}
