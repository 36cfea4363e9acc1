package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// tamper changes a closed data file behind the program's back.
func tamper(t *testing.T, path string, change func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(change); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func leafKey(n byte) []byte { return []byte{0, 0, 0, 0, 0, 0, 0, n} }

func TestVerifyDataFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(tx *bbolt.Tx) error
		code   int
		want   string
	}{
		{"good", func(*bbolt.Tx) error { return nil }, exitOK, "10 records, key ascbot/audit+"},
		{"a record changed", func(tx *bbolt.Tx) error {
			leaves := tx.Bucket([]byte("leaves"))
			said := strings.Replace(string(leaves.Get(leafKey(4))), "U0ANA", "U0BEN", 1)
			return leaves.Put(leafKey(4), []byte(said))
		}, exitChanged, "Changed at record 4"},
		{"the end cut off", func(tx *bbolt.Tx) error { return tx.Bucket([]byte("leaves")).Delete(leafKey(9)) }, exitCutOff, "Cut off after 9 records"},
		{"a request changed", func(tx *bbolt.Tx) error {
			requests := tx.Bucket([]byte("requests"))
			said := strings.Replace(string(requests.Get(leafKey(2))), `"cancelled"`, `"done"`, 1)
			return requests.Put(leafKey(2), []byte(said))
		}, exitState, "request #2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := newData(t)
			tamper(t, path, c.change)
			got := ascbot(t, map[string]string{"ASCBOT_DATA": path}, "audit", "verify")
			if got.code != c.code || !strings.Contains(got.out, c.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s%s", got.code, c.code, c.want, got.out, got.errOut)
			}
			if (got.code == exitOK) != (got.errOut == "") {
				t.Errorf("on stderr: %q", got.errOut)
			}
		})
	}
}

func TestVerifyWithAnotherKey(t *testing.T) {
	t.Parallel()
	path, other := newData(t), newData(t)
	key := ascbot(t, nil, "audit", "key", "--data", other)
	if key.code != exitOK {
		t.Fatal(key.errOut)
	}
	got := ascbot(t, nil, "audit", "verify", path, "--key", strings.TrimSpace(key.out))
	if got.code != exitUnsigned || !strings.Contains(got.out, "Not signed by a key that was given") {
		t.Errorf("%+v", got)
	}
	if got := ascbot(t, nil, "audit", "verify", path, "--key", "ascbot/audit+nonsense"); got.code != exitUsage || !strings.Contains(got.errOut, "audit key prints one") {
		t.Errorf("%+v", got)
	}
}

func TestVerifyWithoutAnyKey(t *testing.T) {
	t.Parallel()
	path := newData(t)
	if err := os.Remove(keyBeside(path)); err != nil {
		t.Fatal(err)
	}
	got := ascbot(t, nil, "audit", "verify", path)
	if got.code != exitNoKey || !strings.Contains(got.errOut, "no key was given") || !strings.Contains(got.errOut, "add --key") || strings.Contains(got.out, "that was given") {
		t.Errorf("%+v", got)
	}
	tamper(t, path, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("leaves")).Delete(leafKey(9)) })
	if got := ascbot(t, nil, "audit", "verify", path); got.code != exitCutOff || !strings.Contains(got.out, "Cut off after 9 records") {
		t.Errorf("what is wrong without a key: %+v", got)
	}
}

func TestExportAndItsVerification(t *testing.T) {
	t.Parallel()
	path := newData(t)
	dir := t.TempDir()
	out, vkey := filepath.Join(dir, "log.jsonl"), filepath.Join(dir, "log.vkey")
	if got := ascbot(t, nil, "audit", "export", "--data", path, "--out", out); got.code != exitOK {
		t.Fatal(got.errOut)
	}
	first, again := strings.SplitAfter(must(t, out), "\n"), strings.SplitAfter(ascbot(t, nil, "audit", "export", "--data", path).out, "\n")
	if len(again) != len(first)+1 || strings.Join(first[:11], "") != strings.Join(again[:11], "") {
		t.Error("standard output and --out differ")
	} else if !strings.Contains(again[11], `"kind":"read","note":"the log was exported, by the user `) {
		t.Errorf("the first export is not in the log: %s", again[11])
	}
	key := ascbot(t, nil, "audit", "key", "--data", path)
	if err := os.WriteFile(vkey, []byte(key.out), 0o600); err != nil {
		t.Fatal(err)
	}
	verify := func(text string) ran {
		t.Helper()
		if err := os.WriteFile(out, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return ascbot(t, nil, "audit", "verify", out, "--key", vkey)
	}
	whole := must(t, out)
	lines := strings.SplitAfter(whole, "\n")
	for name, c := range map[string]struct {
		text string
		code int
		want string
	}{
		"good":       {whole, exitOK, "✓ intact    every record is what was signed"},
		"changed":    {strings.Replace(whole, `"n":3`, `"n":33`, 1), exitChanged, "Changed at record 3"},
		"cut off":    {strings.Join(append(lines[:9:9], lines[len(lines)-2:]...), ""), exitCutOff, "Cut off after 8 records"},
		"no end":     {strings.Join(lines[:8], ""), exitCutOff, "The checkpoint is missing"},
		"no export":  {`{"hello":"world"}`, exitOther, ""},
		"not ours":   {"hello, world, this is no log at all", exitForeign, ""},
		"nothing":    {"", exitDamaged, ""},
		"only a {":   {"{", exitOther, ""},
		"other file": {strings.Repeat("x", 10000), exitForeign, ""},
	} {
		if got := verify(c.text); got.code != c.code || !strings.Contains(got.out, c.want) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s%s", name, got.code, c.code, c.want, got.out, got.errOut)
		}
	}
	if got := ascbot(t, nil, "audit", "export", "--data", path, "--out", vkey); got.code != exitOther || !strings.Contains(got.errOut, "is there already") || must(t, vkey) != key.out {
		t.Errorf("an export over another file: %+v", got)
	}
}

func TestVerifyAgainstKeptCheckpoints(t *testing.T) {
	t.Parallel()
	path := newData(t)
	st := openTest(t, path)
	kept, err := st.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	if err := recordStart(st, fixed, ""); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	// As it comes out of a chat: fenced, and with other line ends.
	pasted := file(t, "monday.txt", "```\r\n"+strings.ReplaceAll(string(kept), "\n", "\r\n")+"```\r\n", 0o600)
	if got := ascbot(t, nil, "audit", "verify", path, "--checkpoint", pasted); got.code != exitOK || !strings.Contains(got.out, "up to the anchor of 24 Nov 2026 09:00 UTC (10 records)") {
		t.Errorf("%+v", got)
	}
	// A log that was written anew, by somebody who has the key.
	anew := newData(t)
	if err := os.Rename(keyBeside(path), keyBeside(anew)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(anew); err != nil {
		t.Fatal(err)
	}
	key := must(t, keyBeside(anew))
	rewritten := filepath.Join(t.TempDir(), "ascbot.db")
	if err := os.WriteFile(keyBeside(rewritten), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	st = openTest(t, rewritten)
	for range 11 {
		if err := recordStart(st, fixed, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if got := ascbot(t, nil, "audit", "verify", rewritten); got.code != exitOK {
		t.Errorf("by itself a rewritten log is in order: %+v", got)
	}
	if got := ascbot(t, nil, "audit", "verify", rewritten, "--checkpoint", pasted); got.code != exitChanged || !strings.Contains(got.out, "Rewritten") {
		t.Errorf("%+v", got)
	}
	if got := ascbot(t, nil, "audit", "verify", rewritten, "--checkpoint", "/nowhere"); got.code != exitOther {
		t.Errorf("%+v", got)
	}
}
