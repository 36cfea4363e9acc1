package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An outsider has a proof, the public key, and perhaps checkpoints of his own, but
// no data file.
func TestProofsForAnOutsider(t *testing.T) {
	t.Parallel()
	path, dir := newData(t), t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	save := func(name, text string) string {
		t.Helper()
		if err := os.WriteFile(in(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return in(name)
	}
	st := openTest(t, path)
	monday, _ := st.Checkpoint()
	if err := recordStart(st, fixed, "\x1b[31mrules\u202e"); err != nil {
		t.Fatal(err)
	}
	today, _ := st.Checkpoint()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	old, now := save("monday.txt", string(monday)), save("today.txt", string(today))
	key := save("log.vkey", ascbot(t, nil, "audit", "key", "--data", path).out)
	strange := save("strange.vkey", ascbot(t, nil, "audit", "key", "--data", newData(t)).out)

	prove := func(out string, args ...string) {
		t.Helper()
		if got := ascbot(t, nil, append([]string{"audit", "prove", "--data", path, "--out", in(out)}, args...)...); got.code != exitOK {
			t.Fatalf("proving %s: %+v", out, got)
		}
	}
	prove("grown.json", "--from", old)
	prove("record.json", "4") // which is a record of the log itself
	prove("start.json", "10")
	prove("hidden.json", "4", "--hide")
	prove("first.json", "4", "--to", old)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	record := must(t, in("record.json"))
	save("forged.json", strings.Replace(record, "U0ANA", "U0BEN", 1))
	save("renamed.json", strings.Replace(record, `\"Ana\"`, `\"Eve\"`, 1))
	save("moved.json", strings.Replace(record, `"n": 4`, `"n": 5`, 1))
	if got := ascbot(t, nil, "audit", "check", in("hidden.json"), "--key", key); got.code != exitOK || strings.Contains(got.out, "bo@example.com") {
		t.Errorf("with what it commits to hidden: %+v", got)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		out  string
		err  string
	}{
		"a record":                  {[]string{"record.json", "--key", key}, exitOK, "record 4 is in the signed log of 11 records", ""},
		"what it says":              {[]string{"record.json", "--key", key}, exitOK, `"kind":"asked"`, ""},
		"what it commits to":        {[]string{"record.json", "--key", key}, exitOK, `bo@example.com`, ""},
		"other values":              {[]string{"renamed.json", "--key", key}, exitUnproven, "", "its name is not what the record commits to"},
		"nothing a terminal obeys":  {[]string{"start.json", "--key", key}, exitOK, `\u001b[31mrules\u202e`, ""},
		"of the log of today":       {[]string{"record.json", "--key", key, "--checkpoint", now}, exitOK, "Proven", ""},
		"of the log of monday":      {[]string{"first.json", "--key", key, "--checkpoint", old}, exitOK, "signed log of 10 records", ""},
		"not of monday":             {[]string{"record.json", "--key", key, "--checkpoint", old}, exitElsewhere, "", "not about the checkpoint of 10 records"},
		"it has grown":              {[]string{"grown.json", "--key", key, "--checkpoint", old, "--checkpoint", now}, exitOK, "the log of 11 records goes on from the one of 10", ""},
		"another record":            {[]string{"forged.json", "--key", key}, exitUnproven, "", "is not record 4"},
		"another place":             {[]string{"moved.json", "--key", key}, exitUnproven, "", "is not record 5"},
		"another key":               {[]string{"record.json", "--key", strange}, exitUnsigned, "", "not signed by a key that was given"},
		"another key's checkpoint":  {[]string{"record.json", "--key", strange, "--checkpoint", old}, exitUnsigned, "", "not signed"},
		"no key":                    {[]string{"record.json"}, exitNoKey, "", "no key was given"},
		"no proof":                  {[]string{"monday.txt", "--key", key}, exitOther, "", "this is no proof"},
		"nothing there":             {[]string{"nowhere.json", "--key", key}, exitOther, "", "no such file"},
		"a checkpoint that is none": {[]string{"record.json", "--key", key, "--checkpoint", key}, exitUnsigned, "", "the checkpoint that was kept"},
	} {
		args := append([]string{"audit", "check", in(c.args[0])}, c.args[1:]...)
		got := ascbot(t, nil, args...)
		if got.code != c.code || !strings.Contains(got.out, c.out) || !strings.Contains(got.errOut, c.err) || (c.code == exitOK) != (got.errOut == "") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestWhatCannotBeProven(t *testing.T) {
	t.Parallel()
	path := newData(t)
	other := openTest(t, newData(t))
	if err := recordStart(other, fixed, ""); err != nil {
		t.Fatal(err)
	}
	longer, _ := other.Checkpoint()
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"nothing":             {nil, exitUsage, "say what to prove"},
		"two things":          {[]string{"3", "--from", "x"}, exitUsage, "say what to prove"},
		"no such record":      {[]string{"10"}, exitOther, "there is no record 10"},
		"from another log":    {[]string{"--from", file(t, "c.txt", string(longer), 0o600)}, exitOther, "speaks of 11 records, and this log has 10"},
		"from no checkpoint":  {[]string{"--from", file(t, "c.txt", "hello", 0o600)}, exitOther, "a checkpoint has three lines"},
		"against nothing":     {[]string{"3", "--to", "/nowhere"}, exitOther, "no such file"},
		"to an existing file": {[]string{"3", "--out", path}, exitOther, "is there already"},
	} {
		got := ascbot(t, nil, append([]string{"audit", "prove", "--data", path}, c.args...)...)
		if got.code != c.code || !strings.Contains(got.errOut, c.want) || got.out != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
