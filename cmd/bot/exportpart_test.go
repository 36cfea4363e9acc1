package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A part of the log, as lines and as a table, goes to somebody with the public key,
// who finds what was changed in it.
func TestT31PartsAndTables(t *testing.T) {
	t.Parallel()
	path, dir := newData(t), t.TempDir()
	key := filepath.Join(dir, "log.vkey")
	if err := os.WriteFile(key, []byte(ascbot(t, nil, "audit", "key", "--data", path).out), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"part.jsonl": {"--since", "2026-11-24", "--until", "2026-11-24"},
		"all.csv":    {"--csv", "--until", "2026-11-24"},
	} {
		out := filepath.Join(dir, name)
		if got := ascbot(t, nil, append([]string{"audit", "export", "--data", path, "--out", out}, args...)...); got.code != exitOK {
			t.Fatalf("%s: %+v", name, got)
		}
		if got := ascbot(t, nil, "audit", "verify", out, "--key", key); got.code != exitOK || !strings.Contains(got.out, "10 records") {
			t.Errorf("%s: %+v", name, got)
		}
		if got := ascbot(t, nil, "audit", "verify", out); got.code != exitNoKey {
			t.Errorf("%s without a key: %+v", name, got)
		}
		spoilt := strings.Replace(must(t, out), "U0ANA", "U0BEN", 1)
		if err := os.WriteFile(out, []byte(spoilt), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := ascbot(t, nil, "audit", "verify", out, "--key", key); got.code != exitChanged || !strings.Contains(got.out, "Changed at record 0") {
			t.Errorf("%s changed: %+v", name, got)
		}
	}
	for _, args := range [][]string{{"--csv"}, {"--since", "monday"}} {
		if got := ascbot(t, nil, append([]string{"audit", "export", "--data", path}, args...)...); got.code != exitUsage {
			t.Errorf("%q: %+v", args, got)
		}
	}
	if got := ascbot(t, nil, "audit", "export", "--data", path, "--since", "2030-01-01"); got.code != exitOther {
		t.Errorf("of no day: %+v", got)
	}
}
