package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ascbot/ascbot/store"
)

var fixed = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func TestFD11BackupWhileRunning(t *testing.T) {
	t.Parallel()
	path := newData(t)
	st := held(t, path)
	stop := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() { // the bot goes on working
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := recordStart(st, fixed, ""); err != nil {
				t.Error(err)
				return
			}
		}
	})
	copied := filepath.Join(t.TempDir(), "copy.db")
	got := ascbot(t, nil, "backup", copied, "--data", path)
	close(stop)
	writing.Wait()
	if got.code != exitOK || !strings.Contains(got.out, copied) || !strings.Contains(got.out, keyBeside(path)) {
		t.Fatalf("%+v", got)
	}
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	key := ascbot(t, nil, "audit", "key", "--data", path)
	if got := ascbot(t, nil, "audit", "verify", copied, "--key", strings.TrimSpace(key.out)); got.code != exitOK {
		t.Errorf("the copy: %+v", got)
	}
	again, err := store.OpenReadOnly(copied)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if all, err := again.Recent(10); err != nil || len(all) != 5 {
		t.Errorf("%d requests, %v", len(all), err)
	}
}

func TestBackupOfFileAtRest(t *testing.T) {
	t.Parallel()
	path := newData(t)
	copied := filepath.Join(t.TempDir(), "copy.db")
	if got := ascbot(t, map[string]string{"ASCBOT_DATA": path}, "backup", copied); got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	before := must(t, copied)
	if got := ascbot(t, nil, "backup", copied, "--data", path); got.code != exitOther || !strings.Contains(got.errOut, "is there already") || must(t, copied) != before {
		t.Errorf("over another file: %+v", got)
	}
	for _, to := range []string{"/nowhere/copy.db", t.TempDir()} {
		if got := ascbot(t, nil, "backup", to, "--data", path); got.code != exitOther || got.errOut == "" {
			t.Errorf("to %s: %+v", to, got)
		}
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(copied), ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestBackupOfWhatIsNoDataFile(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"missing": filepath.Join(t.TempDir(), "none.db"),
		"foreign": file(t, "x.db", strings.Repeat("hello ", 2000), 0o600),
		"empty":   file(t, "x.db", "", 0o600),
	} {
		copied := filepath.Join(t.TempDir(), "copy.db")
		got := ascbot(t, nil, "backup", copied, "--data", path)
		if _, err := os.Stat(copied); got.code != map[string]int{"missing": exitUnreadable, "foreign": exitForeign, "empty": exitDamaged}[name] || got.errOut == "" || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestAuditWhileRunning(t *testing.T) {
	t.Parallel()
	path := newData(t)
	st := held(t, path)
	if got := ascbot(t, nil, "audit", "verify", "--data", path); got.code != exitOK || !strings.Contains(got.out, "10 records") {
		t.Errorf("verify: %+v", got)
	}
	if got := ascbot(t, nil, "audit", "export", "--data", path); got.code != exitOK || strings.Count(got.out, "\n") != 12 {
		t.Errorf("export: %+v", got)
	}
	if got := ascbot(t, nil, "audit", "prove", "4", "--data", path); got.code != exitOK {
		t.Errorf("prove: %+v", got)
	}
	if got := ascbot(t, nil, "backup", filepath.Join(t.TempDir(), "copy.db"), "--data", path); got.code != exitOK {
		t.Errorf("backup: %+v", got)
	}
	ends(t, "the running bot has written down who read its log", func() bool {
		var notes []string
		if err := st.Leaves(10, func(l store.Leaf) bool {
			words, _, _ := strings.Cut(l.Note, ", by ")
			notes = append(notes, l.Kind+" "+words)
			return true
		}); err != nil {
			t.Error(err)
		}
		return strings.Join(notes, "; ") == "read the log was exported; read a record of the log was proven to somebody; read the data file was copied"
	})
}

// An auditor who has only a copy of the data file reads it as ever, and is told that no
// log tells of that.
func TestReadingACopyWithoutItsKey(t *testing.T) {
	t.Parallel()
	path := newData(t)
	if err := os.Remove(keyBeside(path)); err != nil {
		t.Fatal(err)
	}
	before := must(t, path)
	got := ascbot(t, nil, "audit", "export", "--data", path)
	if got.code != exitOK || strings.Count(got.out, "\n") != 12 || !strings.Contains(got.errOut, "not written into the log") || must(t, path) != before {
		t.Errorf("%+v", got)
	}
}

func TestHeldByAProcessWithoutADoor(t *testing.T) {
	t.Parallel()
	path := newData(t)
	st := openTest(t, path)
	defer st.Close()
	got := ascbot(t, nil, "backup", filepath.Join(t.TempDir(), "copy.db"), "--data", path)
	if got.code != exitHeld || !strings.Contains(got.errOut, "another process has it") || !strings.Contains(got.errOut, "gave no copy") {
		t.Errorf("%+v", got)
	}
}

func TestFD08HeldDataFileStopsTheStart(t *testing.T) {
	t.Parallel()
	env := goodEnv(t)
	env["ASCBOT_DATA"] = newData(t)
	held(t, env["ASCBOT_DATA"])
	env["ASC_API_URL"] = "" // the file is one of real data
	got := ascbot(t, env, "run")
	if got.code != exitHeld || !strings.Contains(got.errOut, "another process has it") {
		t.Errorf("%+v", got)
	}
}

func TestT47SandboxLeavesRealDataAlone(t *testing.T) {
	t.Parallel()
	path := newData(t)
	before := must(t, path)
	got := ascbot(t, nil, "sandbox", "--play", "--data", path)
	if got.code != exitOtherKind || must(t, path) != before {
		t.Errorf("%+v", got)
	}
}

// A copy that breaks off must not be taken for a whole one.
func TestACopyThatBreaksOff(t *testing.T) {
	t.Parallel()
	path := newData(t)
	st := openTest(t, path)
	defer st.Close()
	l, err := net.Listen("unix", doorBeside(path))
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 1024))
			c.Write([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"))
			c.Close()
		}
	})
	copied := filepath.Join(t.TempDir(), "copy.db")
	got := ascbot(t, nil, "backup", copied, "--data", path)
	l.Close()
	serving.Wait()
	if _, err := os.Stat(copied); got.code != exitHeld || !strings.Contains(got.errOut, "unexpected EOF") || err == nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDoorIsPrivateAndReplacesADeadOne(t *testing.T) {
	t.Parallel()
	path := newData(t)
	if err := os.WriteFile(doorBeside(path), []byte("left by a bot that was killed"), 0o644); err != nil {
		t.Fatal(err)
	}
	st := openTest(t, path)
	defer st.Close()
	d, err := openDoor(path, st, logging{}.logger(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(doorBeside(path))
	if err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.sock"))
	more, err2 := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if len(left)+len(more) > 0 || err != nil || err2 != nil {
		t.Errorf("left behind: %v %v", left, more)
	}
}
