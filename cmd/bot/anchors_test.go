package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/store"
)

// An anchor that the data file remembers and the folder has not is missing, and never
// "all is well"; one that the log does not go on from is named.
func TestT27AnchorsThatAreMissing(t *testing.T) {
	t.Parallel()
	path, folder := newData(t), t.TempDir()
	st := openTest(t, path)
	for n := range 3 {
		head, _ := st.Checkpoint()
		size, _, err := store.CheckpointInfo(head)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("ascbot-%012d.txt", size)), head, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := st.KeepAnchor(store.Anchor{Size: size, Checkpoint: string(head), At: fixed, Folder: n != 1}); err != nil {
			t.Fatal(err)
		}
		if err := recordStart(st, fixed, ""); err != nil {
			t.Fatal(err)
		}
	}
	if last, found, err := st.LastAnchor(); err != nil || !found || last.Size != 12 {
		t.Errorf("%+v, %v", last, err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	verify := func() ran { return ascbot(t, nil, "audit", "verify", path, "--anchors", folder) }
	if got := verify(); got.code != exitOK || !strings.Contains(got.out, "(12 records)") {
		t.Errorf("all there: %+v", got)
	}
	if err := os.Remove(filepath.Join(folder, "ascbot-000000000011.txt")); err != nil {
		t.Fatal(err)
	}
	if got := verify(); got.code != exitOK {
		t.Errorf("one that was never in the folder: %+v", got)
	}
	if err := os.Remove(filepath.Join(folder, "ascbot-000000000010.txt")); err != nil {
		t.Fatal(err)
	}
	if got := verify(); got.code != exitAnchors || !strings.Contains(got.out, "(10 records) is missing") {
		t.Errorf("one is missing: %+v", got)
	}
	if got := ascbot(t, nil, "audit", "verify", path, "--anchors", "/nowhere"); got.code != exitOther {
		t.Errorf("no folder: %+v", got)
	}
}

func TestFindCheckpoint(t *testing.T) {
	t.Parallel()
	st := openTest(t, newData(t))
	head, _ := st.Checkpoint()
	st.Close()
	text := strings.TrimSuffix(string(head), "\n")
	for name, in := range map[string]string{
		"itself":    string(head),
		"fenced":    "```\r\n" + strings.ReplaceAll(text, "\n", "\r\n") + "```\r\n",
		"in a post": "⚓ The log has 10 records now.\n```" + text + "```\nand more",
		"indented":  "  " + strings.ReplaceAll(text, "\n", "  \n") + "  ",
	} {
		if got := store.FindCheckpoint([]byte(in)); string(got) != string(head) {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, in := range []string{"", "\n\n\n\n", "a\nb\nc\n\nd\n", "ascbot/audit\n10\n\n— x y\n", text[:40]} {
		if got := store.FindCheckpoint([]byte(in)); got != nil {
			t.Errorf("%q holds %q", in, got)
		}
	}
}
