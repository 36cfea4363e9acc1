package store

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestExportIsTheLog(t *testing.T) {
	s, k := newStore(t)
	history(t, s)
	set(t, s, func(tx Tx) error {
		for range pageOfLeaves { // so that it takes more than one page
			if _, err := s.record(tx, Leaf{At: noon, Kind: "start"}); err != nil {
				return err
			}
		}
		return nil
	})
	anchor, _ := s.Checkpoint()
	var buf bytes.Buffer
	if err := s.Export(&buf); err != nil {
		t.Fatal(err)
	}
	src, err := ExportSource(&buf)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Verify(src, k.known, [][]byte{anchor})
	if err != nil || !v.OK() || v.Size != records(t, s) || !v.Signed || !v.Intact || !v.Complete || !v.StateAgrees {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestExportOfADamagedLog(t *testing.T) {
	s, _ := newStore(t)
	history(t, s)
	set(t, s, func(tx Tx) error { return putLeaf(tx, 3, []byte("{\n}")) })
	var damaged *DamagedError
	if err := s.Export(&bytes.Buffer{}); !errors.As(err, &damaged) || !strings.Contains(err.Error(), "record 3") {
		t.Errorf("got %v", err)
	}
}

func TestNoExport(t *testing.T) {
	for _, text := range []string{"", "\n", "hello", "{}", `{"v":1,"export":"log","product":"cousin"}`, `{"v":2,"export":"log","product":"ascbot","format":9}`} {
		if _, err := ExportSource(strings.NewReader(text)); err == nil {
			t.Errorf("%q is taken for an export", text)
		}
	}
}

// Foreign bytes never panic, and nothing but the export itself is found to be
// whole and signed.
func FuzzExportSource(f *testing.F) {
	s, k := newStore(f)
	history(f, s)
	var buf bytes.Buffer
	if err := s.Export(&buf); err != nil {
		f.Fatal(err)
	}
	whole := buf.String()
	lines := strings.SplitAfter(whole, "\n")
	f.Add(whole)
	f.Add(strings.Join(lines[:4], ""))
	f.Add(lines[0] + lines[len(lines)-2])
	f.Add(strings.ReplaceAll(whole, `"n"`, `"N"`))
	f.Add(lines[0] + `{"n":-1,"leaf":null,"signature":""}` + "\n" + `{"checkpoint":"a\n1\n\n\n— b c\n"}`)
	f.Fuzz(func(t *testing.T, text string) {
		src, err := ExportSource(strings.NewReader(text))
		if err != nil {
			return
		}
		v, err := Verify(src, k.known, nil)
		if err != nil || !v.OK() {
			return
		}
		_, was, _ := strings.Cut(whole, "\n") // the header says who made it; it is not part of the log
		_, is, _ := strings.Cut(text, "\n")
		if strings.TrimSpace(is) != strings.TrimSpace(was) {
			t.Fatalf("found well: %s", text)
		}
	})
}
