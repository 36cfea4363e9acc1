package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/ascbot/ascbot/sandbox"
	"github.com/ascbot/ascbot/store"
)

// checked runs the full check on a data file that is opened as a bot does.
func checked(t *testing.T, path string) error {
	t.Helper()
	st, err := openData(path, "real")
	if err != nil {
		return err
	}
	defer st.Close()
	c, err := checkOpened(t.Context(), path, st)
	if err != nil {
		return err
	}
	return c.wait(t.Context())
}

// While the child checks, the bot writes; the child sees the state at its start, and
// the lock stays with the bot.
func TestFullCheckBesideWrites(t *testing.T) {
	t.Parallel()
	path := newData(t)
	st := openTest(t, path)
	defer st.Close()
	start := time.Now()
	c, err := checkOpened(t.Context(), path, st)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the child has opened the file after %v", time.Since(start))
	for n := range 300 {
		if _, err := st.Record(store.Leaf{At: fixed, Kind: "started", Note: fmt.Sprint(n)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.wait(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := store.Open(path, store.Options{Instance: "real", LockWait: 10 * time.Millisecond}); err == nil || !strings.Contains(err.Error(), "in use") && !strings.Contains(err.Error(), "signing key") {
		t.Errorf("the lock: %v", err)
	}
	if _, err := store.OpenReadOnly(path); err == nil {
		t.Error("after the child has ended somebody else gets the lock")
	}
	if err := checked(t, path); err == nil {
		t.Error("a held file was opened a second time")
	}
}

// Whatever was done to the file is found before anything is carried out, and told
// apart by exit code.
func TestFD06FullCheckFindsWhatWasDone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(tx *bbolt.Tx) error
		code   int
		want   string
	}{
		"nothing": {func(*bbolt.Tx) error { return nil }, exitOK, ""},
		"a record changed": {func(tx *bbolt.Tx) error {
			leaves := tx.Bucket([]byte("leaves"))
			return leaves.Put(leafKey(4), bytes.Replace(leaves.Get(leafKey(4)), []byte("U0ANA"), []byte("U0BEN"), 1))
		}, exitChanged, "Changed at record 4"},
		"a value changed": {func(tx *bbolt.Tx) error {
			values := tx.Bucket([]byte("values"))
			return values.Put(leafKey(4), bytes.Replace(values.Get(leafKey(4)), []byte("Ana"), []byte("Ben"), 1))
		}, exitChanged, "Changed at record 4"},
		"a request changed": {func(tx *bbolt.Tx) error {
			requests := tx.Bucket([]byte("requests"))
			return requests.Put(leafKey(2), bytes.Replace(requests.Get(leafKey(2)), []byte(`"cancelled"`), []byte(`"done"`), 1))
		}, exitState, "request #2"},
	} {
		t.Run(name, func(t *testing.T) {
			path := newData(t)
			lengthen(t, path)
			tamper(t, path, c.change)
			err := checked(t, path)
			if code := report(err, &bytes.Buffer{}); code != c.code || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("exit code %d, want %d: %v", code, c.code, err)
			}
		})
	}
}

// lengthen adds so many records that those before are left to the full check.
func lengthen(t *testing.T, path string) {
	t.Helper()
	st := openTest(t, path)
	defer st.Close()
	var writing sync.WaitGroup
	for range 50 {
		writing.Go(func() {
			for range 21 {
				if err := recordStart(st, fixed, ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
}

// signature is that of an older checkpoint, which only tells which record is the first
// bad one once there is one.
var signature = regexp.MustCompile(`"signature":"[^"]*"`)

// exported is what a data file holds of the log, without those signatures.
func exported(t *testing.T, path string) string {
	t.Helper()
	st, err := store.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var out strings.Builder
	if err := st.Export(&out); err != nil {
		t.Fatal(err)
	}
	return signature.ReplaceAllString(out.String(), "")
}

// One flipped bit anywhere is either found, at the start or by the check, or changes
// nothing that can be read.
func TestFD06FullCheckFindsFlippedBits(t *testing.T) {
	t.Parallel()
	path := newData(t)
	if err := checked(t, path); err != nil {
		t.Fatal(err)
	}
	whole := []byte(must(t, path))
	key := must(t, keyBeside(path))
	random := rand.New(rand.NewPCG(1, 28))
	found, harmless := 0, 0
	for n := range 40 {
		at := random.IntN(len(whole) * 8)
		for whole[at/8] == 0 { // most of the file is room to grow
			at = random.IntN(len(whole) * 8)
		}
		dir := t.TempDir()
		spoilt := filepath.Join(dir, "ascbot.db")
		data := bytes.Clone(whole)
		data[at/8] ^= 1 << (at % 8)
		for to, text := range map[string][]byte{spoilt: data, keyBeside(spoilt): []byte(key)} {
			if err := os.WriteFile(to, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := checked(t, spoilt)
		if err != nil {
			found++
			continue
		}
		harmless++
		if got, want := exported(t, spoilt), exported(t, path); got != want {
			t.Errorf("flip %d, of bit %d, went by unnoticed:\n%s\n%s", n, at, got, want)
		}
	}
	t.Logf("%d found, %d changed nothing", found, harmless)
	if found == 0 {
		t.Error("not one was found")
	}
}

// A page whose elements are out of order ends the bot with the code of a damaged file,
// and nothing is carried out.
func TestFD06RunEndsOnADamagedPage(t *testing.T) {
	t.Parallel()
	box, err := sandbox.Start(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	env := runIn(t, box)
	b := begin(t, env, "run")
	if said, came := b.errOut.until("connected to Slack"); !came {
		t.Fatalf("%d\n%s", b.end(), said)
	}
	b.end()
	tamper(t, env["ASCBOT_DATA"], func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("hashes")).Put([]byte{0, 0, 0, 0, 0, 0, 0, 0}, make([]byte, 32))
	})
	b = begin(t, env, "run")
	code := <-b.ended
	b.stop()
	if code != exitDamaged && code != exitState {
		t.Errorf("exit code %d\n%s", code, b.errOut)
	}
}

func TestACheckThatTakesTooLong(t *testing.T) {
	t.Parallel()
	path := newData(t)
	st := openTest(t, path)
	defer st.Close()
	hangs := file(t, "ascbot", "#!/bin/sh\necho opened\nexec sleep 600\n", 0o700)
	const within = 300 * time.Millisecond
	start := time.Now()
	c, err := startCheck(t.Context(), hangs, within, path, "key", st)
	if err != nil {
		t.Fatal(err)
	}
	err = c.wait(t.Context())
	if took := time.Since(start); took < within || took > 20*time.Second {
		t.Errorf("it was waited for %s", took)
	}
	if code := report(err, &bytes.Buffer{}); code != exitDamaged || err == nil || !strings.Contains(err.Error(), "nothing was carried out") || !strings.Contains(err.Error(), "a minute at most") {
		t.Errorf("exit code %d: %v", code, err)
	}
	if err := c.cmd.Process.Signal(syscall.Signal(0)); err == nil {
		t.Error("the child goes on")
	}
	if err := recordStart(st, fixed, ""); err != nil {
		t.Errorf("the data file is held on to: %v", err)
	}
	if checkWithin != time.Minute {
		t.Errorf("the words speak of a minute, and it is %s", checkWithin)
	}
}
