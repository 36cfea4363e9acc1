package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"
)

func TestLogKeyIsMadeOnceAndKept(t *testing.T) {
	data := filepath.Join(t.TempDir(), "ascbot.db")
	var found [8]string
	var starting sync.WaitGroup
	for i := range found {
		starting.Go(func() {
			s, err := logKey(data)
			if err != nil {
				t.Error(err)
				return
			}
			found[i] = verifierKey(s)
		})
	}
	starting.Wait()
	for _, key := range found {
		if key != found[0] || !strings.HasPrefix(key, logName+"+") {
			t.Errorf("%q and %q", key, found[0])
		}
	}
	if info, err := os.Stat(keyBeside(data)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if got := ascbot(t, nil, "audit", "key", "--data", data); got.out != found[0]+"\n" || strings.Contains(got.out, "PRIVATE") {
		t.Errorf("%+v", got)
	}
}

// What is no data file is called so, whether or not there is a key beside it.
func TestFileThatIsNoDataFile(t *testing.T) {
	foreign := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(foreign, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("hers")); return err }), db.Close())
	if err != nil {
		t.Fatal(err)
	}
	short := newData(t)
	if err := errors.Join(os.Truncate(short, 8192), os.Remove(keyBeside(short))); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path, want string
		code       int
	}{
		"a text":              {file(t, "hosts", "127.0.0.1 localhost\n", 0o600), "is not a data file of ascbot", exitForeign},
		"a text for all":      {file(t, "hosts", "127.0.0.1 localhost\n", 0o644), "is not a data file of ascbot", exitForeign},
		"empty":               {file(t, "empty.db", "", 0o600), "is damaged: it is empty", exitDamaged},
		"cut short":           {short, "is damaged", exitDamaged},
		"of another program":  {foreign, "is not a data file of ascbot", exitForeign},
		"a file without keys": {withoutKey(t), "is missing, and the log in", exitOther},
	} {
		t.Run(name, func(t *testing.T) {
			before := must(t, c.path)
			env := goodEnv(t)
			for _, args := range [][]string{{"run", "--data", c.path}, {"run", "--check", "--data", c.path}} {
				got := ascbot(t, env, args...)
				if got.code != c.code || !strings.Contains(got.errOut, c.want) || name != "a file without keys" && strings.Contains(got.errOut, "key that signs") {
					t.Errorf("%q: %+v", args, got)
				}
			}
			if must(t, c.path) != before {
				t.Error("the file was changed")
			}
			if _, err := os.Stat(keyBeside(c.path)); err == nil {
				t.Error("a key was made")
			}
		})
	}
}

func withoutKey(t *testing.T) string {
	t.Helper()
	path := newData(t)
	if err := os.Remove(keyBeside(path)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLogKeyThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(key string) error
		want  string
	}{
		"gone":               {os.Remove, "is missing"},
		"readable by others": {func(key string) error { return os.Chmod(key, 0o644) }, "can be read or written by others"},
		"empty":              {func(key string) error { return os.Truncate(key, 0) }, "begins with PRIVATE+KEY+"},
		"another one": {func(key string) error {
			if err := os.Remove(key); err != nil {
				return err
			}
			return makeLogKey(key)
		}, "another signing key"},
	} {
		t.Run(name, func(t *testing.T) {
			env := goodEnv(t)
			env["ASCBOT_DATA"] = newData(t)
			before := must(t, env["ASCBOT_DATA"])
			if err := c.spoil(keyBeside(env["ASCBOT_DATA"])); err != nil {
				t.Fatal(err)
			}
			got := ascbot(t, env, "run")
			if got.code != map[bool]int{true: exitOtherKey, false: exitOther}[name == "another one"] || !strings.Contains(got.errOut, c.want) || strings.Contains(got.errOut, "PRIVATE+KEY+ascbot") {
				t.Errorf("%+v", got)
			}
			if must(t, env["ASCBOT_DATA"]) != before {
				t.Error("the data file was changed")
			}
		})
	}
}
