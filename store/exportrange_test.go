package store

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func rangeSource(t interface{ Fatal(...any) }, data []byte, p RangeProof, table bool) *RangeSource {
	var src *RangeSource
	var err error
	if table {
		var again RangeProof
		text, _ := json.Marshal(p)
		if again, err = ReadRangeProof(text); err == nil {
			src, err = TableSource(bytes.NewReader(data), again)
		}
	} else {
		src, err = LinesSource(bytes.NewReader(data))
	}
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// Every part of a log of any length verifies by itself, in both forms; whatever is
// done to one of its records, the first bad one is named.
func TestT25PartsOfTheLog(t *testing.T) {
	s, k := newStore(t)
	for n := range 30 {
		r := invite(n)
		r.Note = []string{"please", "=1+1", "two\r\nlines, and \"quotes\"", "\t-1", "ü\u202e\u2028"}[n%5]
		if _, _, err := s.Ask(r, noon); err != nil {
			t.Fatal(err)
		}
	}
	stranger := newKey(t)
	head, _ := s.Checkpoint()
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Int64Range(0, 29).Draw(t, "from")
		to := rapid.Int64Range(from+1, 30).Draw(t, "to")
		table := rapid.Bool().Draw(t, "table")
		var buf bytes.Buffer
		p, err := s.ExportRange(&buf, from, to, table)
		if err != nil {
			t.Fatal(err)
		}
		verify := func(data []byte, p RangeProof, known key) Verdict {
			v, err := VerifyRange(rangeSource(t, data, p, table), known.known, [][]byte{head})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if v := verify(buf.Bytes(), p, k); !v.OK() || v.Size != to-from || v.From != from || v.Anchored != 30 {
			t.Fatalf("%d to %d: %+v", from, to, v)
		}
		if v := verify(buf.Bytes(), p, stranger); v.Signed || !v.Intact || v.OK() {
			t.Fatalf("with a stranger's key: %+v", v)
		}
		lines := strings.SplitAfter(buf.String(), "\n")
		lines = lines[:len(lines)-1]
		if len(lines) != int(to-from)+1 {
			t.Fatalf("%d lines for %d records", len(lines), to-from)
		}
		n := int(rapid.Int64Range(0, to-from-1).Draw(t, "record"))
		bad := from + int64(n)
		switch what := rapid.SampledFrom([]string{"edit", "drop", "double", "swap", "proof"}).Draw(t, "what"); what {
		case "edit":
			line := []byte(lines[n+1])
			at := rapid.IntRange(0, len(line)-3).Draw(t, "at")
			if line[at] ^= 1; line[at] == '\n' || line[at] == '\r' || line[at]^1 == '\n' || line[at]^1 == '\r' || line[at] == '"' || line[at]^1 == '"' {
				t.Skip("this changes where lines end")
			}
			lines[n+1] = string(line)
		case "drop":
			if lines = slices.Delete(lines, n+1, n+2); bad == to-1 {
				bad = -1
			}
		case "double":
			lines = slices.Insert(lines, n+1, lines[n+1])
			bad++
		case "swap":
			if n == 0 {
				t.Skip("with itself")
			}
			lines[1], lines[n+1] = lines[n+1], lines[1]
			bad = from
		case "proof":
			if len(p.Left)+len(p.Right) == 0 {
				t.Skip("there are no hashes in it")
			}
			p.Left, p.Right = slices.Clone(p.Left), slices.Clone(p.Right)
			i := rapid.IntRange(0, len(p.Left)+len(p.Right)-1).Draw(t, "hash")
			if i < len(p.Left) {
				p.Left[i][3] ^= 4
			} else {
				p.Right[i-len(p.Left)][3] ^= 4
			}
			first, _ := encode(p)
			if !table {
				lines[0] = string(first) + "\n"
			}
			bad = from
		}
		v := verify([]byte(strings.Join(lines, "")), p, k)
		if bad < 0 && v.Intact && !v.Complete && !v.OK() {
			return
		}
		if v.OK() || v.Intact || v.FirstBad != bad {
			t.Fatalf("%d to %d, record %d: %+v", from, to, bad, v)
		}
	})
	for _, r := range [][2]int64{{-1, 3}, {5, 5}, {7, 3}, {0, 31}, {30, -1}} {
		if _, err := s.ExportRange(&bytes.Buffer{}, r[0], r[1], false); err == nil {
			t.Errorf("%v was exported", r)
		}
	}
}

// No cell of a table begins like a formula, whatever people have typed, and a table has
// as many lines as records.
func TestT31NoFormulasInATable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Custom(func(t *rapid.T) string {
			blanks := rapid.StringOf(rapid.SampledFrom([]rune(" \t\r\n\u00a0\u3000\u200b\ufeff\x00'"))).Draw(t, "blanks")
			return blanks + rapid.SampledFrom([]string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%", "\"", "", "x"}).Draw(t, "first") + rapid.String().Draw(t, "rest")
		})
		l := Leaf{V: 1, N: 3, At: noon, Kind: text.Draw(t, "kind"), By: &Person{text.Draw(t, "team"), text.Draw(t, "id"), text.Draw(t, "name")},
			Operation: text.Draw(t, "operation"), Note: text.Draw(t, "note"), Digest: text.Draw(t, "digest"), To: State(text.Draw(t, "to"))}
		data, _ := encode(l)
		row, err := appendRow(nil, exportLine{N: 3, Leaf: data, Signature: "— x\n"})
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(row), "\n"); n != 1 {
			t.Fatalf("%d lines: %q", n, row)
		}
		cells, err := csv.NewReader(bytes.NewReader(row)).Read()
		if err != nil || len(cells) != len(tableColumns) {
			t.Fatalf("%q: %v", row, err)
		}
		for i, cell := range cells {
			seen := strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) })
			if strings.IndexAny(seen, "=+-@＝＋－＠\t\r\n") == 0 {
				t.Fatalf("cell %s: %q", tableColumns[i], cell)
			}
		}
	})
	for in, want := range map[string]string{"=1+1": "'=1+1", " -1": "' -1", "plain": "plain", "a=b": "a=b", "\t=x": `'\u0009=x`, "＝x": "'＝x", "'=x": "''=x", "": "", "\u00a0@x": "'\u00a0@x"} {
		if got := harmless(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
