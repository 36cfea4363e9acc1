package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
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
			if got.code != exitOther || !strings.Contains(got.errOut, c.want) || strings.Contains(got.errOut, "PRIVATE+KEY+ascbot") {
				t.Errorf("%+v", got)
			}
			if must(t, env["ASCBOT_DATA"]) != before {
				t.Error("the data file was changed")
			}
		})
	}
}
