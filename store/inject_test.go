package store

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
)

// What somebody writes can neither begin a record of its own nor add a member to one,
// in the log, in an export or in a table.
func TestT30NothingIsInjectedIntoTheLog(t *testing.T) {
	nasty := []string{
		"two\nlines", "cr\rlf\r\n", "\x00\x01\x1b[31mred\x7f", `","kind":"moved","to":"done`, "{\"v\":1,\"n\":0}\n{\"v\":1}", "\u2028\u2029\u0085",
		"</script><!--", "a\tb;c,d\"e\"", strings.Repeat("\n", 300), "\u202eesrever\u2066", `\u000a\n`, "=1+1\n=2+2",
	}
	s, k := newStore(t)
	for _, text := range nasty {
		by := Person{Team: "T0MEADOW", ID: "U0ANA", Name: text}
		if _, err := s.Record(Leaf{At: noon, Kind: "refused", By: &by, Operation: text, Note: text}); err != nil {
			t.Fatal(err)
		}
	}
	var lines, table bytes.Buffer
	if err := s.Export(&lines); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ExportRange(&table, 0, int64(len(nasty)), true); err != nil {
		t.Fatal(err)
	}
	split := strings.Split(strings.TrimSuffix(lines.String(), "\n"), "\n")
	if len(split) != len(nasty)+2 {
		t.Fatalf("%d records make %d lines", len(nasty), len(split))
	}
	for n, line := range split {
		if !json.Valid([]byte(line)) || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' }) {
			t.Errorf("line %d: %q", n, line)
		}
	}
	n := 0
	err := s.Leaves(0, func(l Leaf) bool {
		if l.Note != nasty[n] || l.Operation != nasty[n] || l.By.Name != nasty[n] || l.Kind != "refused" || l.To != "" {
			t.Errorf("record %d is read as %+v", n, l)
		}
		n++
		return true
	})
	if err != nil || n != len(nasty) {
		t.Errorf("%d records, %v", n, err)
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(rows) != len(nasty)+1 {
		t.Errorf("%d rows of the table, %v", len(rows), err)
	}
	v, err := Verify(s.Source(), k.known, nil)
	if err != nil || !v.OK() {
		t.Errorf("%+v, %v", v, err)
	}
}
