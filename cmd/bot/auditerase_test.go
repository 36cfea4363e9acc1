package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestT38EraseAPersonFromTheFile(t *testing.T) {
	t.Parallel()
	path := newData(t)
	if !strings.Contains(must(t, path), "bo@example.com") {
		t.Fatal("the file does not hold what is to be erased")
	}
	got := ascbot(t, nil, "audit", "erase", "--data", path, "--person", "Bo@example.com")
	if got.code != exitOK || !strings.Contains(got.out, "values of 5 records, content of 5 requests") || !strings.Contains(got.out, "nowhere in the file any more") {
		t.Errorf("%+v", got)
	}
	if strings.Contains(must(t, path), "bo@example.com") {
		t.Error("it is still there")
	}
	got = ascbot(t, nil, "audit", "verify", "--data", path)
	if got.code != exitOK || !strings.Contains(got.out, "5 records") {
		t.Errorf("%+v", got)
	}
	got = ascbot(t, nil, "audit", "erase", "--data", path, "--person", "U0ANA")
	if got.code != exitOK || !strings.Contains(got.out, "values of 10 records") || strings.Contains(must(t, path), "Ana") {
		t.Errorf("%+v", got)
	}
	if got := ascbot(t, nil, "audit", "verify", "--data", path); got.code != exitOK {
		t.Errorf("%+v", got)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*compact*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestT38EraseWhatIsOld(t *testing.T) {
	t.Parallel()
	path := newData(t)
	if got := ascbot(t, nil, "audit", "erase", "--data", path, "--before", "2026-11-01"); got.code != exitOK || !strings.Contains(got.out, "values of 0 records") {
		t.Errorf("%+v", got)
	}
	if got := ascbot(t, nil, "audit", "erase", "--data", path, "--before", "2026-11-25"); got.code != exitOK || !strings.Contains(got.out, "values of 10 records, content of 5 requests") {
		t.Errorf("%+v", got)
	}
	if data := must(t, path); strings.Contains(data, "bo@example.com") || strings.Contains(data, "Ana") {
		t.Error("it is still there")
	}
	if got := ascbot(t, nil, "audit", "verify", "--data", path); got.code != exitOK {
		t.Errorf("%+v", got)
	}
}

func TestEraseRefusals(t *testing.T) {
	t.Parallel()
	path := newData(t)
	before := must(t, path)
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"nothing":      {nil, exitUsage, "say what to erase"},
		"two things":   {[]string{"--person", "a@b.c", "--before", "2020-01-01"}, exitUsage, "say what to erase"},
		"no day":       {[]string{"--before", "yesterday"}, exitUsage, "is not a day"},
		"tomorrow":     {[]string{"--before", "2999-01-01"}, exitUsage, "would erase everything"},
		"no data file": {[]string{"--person", "a@b.c", "--data", "/nowhere.db"}, exitOther, "no such file"},
	} {
		got := ascbot(t, nil, append([]string{"audit", "erase", "--data", path}, c.args...)...)
		if got.code != c.code || !strings.Contains(got.errOut, c.want) || must(t, path) != before {
			t.Errorf("%s: %+v", name, got)
		}
	}
	held(t, path)
	if got := ascbot(t, nil, "audit", "erase", "--data", path, "--person", "a@b.c"); got.code != exitHeld || !strings.Contains(got.errOut, "another process has it") {
		t.Errorf("while the bot runs: %+v", got)
	}
}

func TestHoldsAcrossPieces(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x")
	for _, at := range []int{0, 1<<20 - 7, 1<<20 - 1, 1 << 20, 3<<20 - 5} {
		data := bytes.Repeat([]byte("."), 3<<20+100)
		copy(data[at:], "Kim@Example.com")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := holds(path, "kim@example.COM"); !got || err != nil {
			t.Errorf("at %d: %v, %v", at, got, err)
		}
		if got, err := holds(path, "kin@example.com"); got || err != nil {
			t.Errorf("what is not there, at %d: %v, %v", at, got, err)
		}
	}
}
