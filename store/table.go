package store

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// A table is the log as comma separated values (RFC 4180, every cell in quotes), for a
// spreadsheet. The last three columns hold the record's exact bytes, the values beside
// it and the signature after it; all others follow from them, and are compared with
// them when the table is verified. What a spreadsheet would take for a formula begins
// with an apostrophe, and what cannot be seen is written as \u and four digits.

var tableColumns = []string{
	"record", "time", "kind", "team", "user", "name", "request", "version", "operation", "from", "to", "note", "attempt", "details", "digest",
	"leaf", "values", "signature",
}

var tableHead = appendCells(nil, tableColumns)

// appendRow writes one record.
func appendRow(to []byte, e exportLine) ([]byte, error) {
	var l Leaf
	if err := json.Unmarshal(e.Leaf, &l); err != nil {
		return to, err
	}
	if l.Private != nil && e.Values != nil {
		var v values
		if err := json.Unmarshal(e.Values, &v); err != nil {
			return to, err
		}
		if err := l.fill(v); err != nil {
			return to, err
		}
	}
	by := Person{}
	if l.By != nil {
		by = *l.By
	}
	number := func(n uint64) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprint(n)
	}
	return appendCells(to, []string{
		fmt.Sprint(e.N), l.At.UTC().Format("2006-01-02 15:04:05.000000"), l.Kind, by.Team, by.ID, by.Name, number(l.Request), number(uint64(l.Version)),
		l.Operation, string(l.From), string(l.To), l.Note, number(uint64(l.Attempt)), string(l.Details), l.Digest,
		string(e.Leaf), string(e.Values), strings.TrimSuffix(e.Signature, "\n"),
	}), nil
}

func appendCells(to []byte, cells []string) []byte {
	for i, cell := range cells {
		if i > 0 {
			to = append(to, ',')
		}
		if i < len(cells)-3 {
			cell = harmless(cell)
		}
		to = append(append(append(to, '"'), strings.ReplaceAll(cell, `"`, `""`)...), '"')
	}
	return append(to, "\r\n"...)
}

// harmless is a cell that no spreadsheet computes. Blanks before a formula do not
// keep a spreadsheet from it, and neither do the wide forms of its letters.
func harmless(cell string) string {
	var out strings.Builder
	for _, r := range cell {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	text := out.String()
	begins := strings.TrimLeftFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '\'' })
	begins = strings.TrimPrefix(begins, `"`)
	if strings.HasPrefix(text, `\u00`) || strings.IndexAny(begins, "=+-@＝＋－＠|%") == 0 {
		return "'" + text
	}
	return text
}

// TableSource reads a part of the log that was exported as a table.
func TableSource(r io.Reader, p RangeProof) (*RangeSource, error) {
	raw := &kept{from: r}
	rows := csv.NewReader(raw)
	rows.FieldsPerRecord = -1
	head, err := rows.Read()
	if err != nil || strings.Join(head, ",") != strings.Join(tableColumns, ",") {
		return nil, errors.New("this is no table of a log: its first line does not say so; make one with audit export --csv")
	}
	raw.drop(rows.InputOffset())
	return &RangeSource{p, func() (row exportLine, as bool, err error) {
		cells, err := rows.Read()
		if err == io.EOF {
			return row, false, io.EOF
		}
		written := raw.take(rows.InputOffset())
		if err != nil || len(cells) != len(tableColumns) {
			return exportLine{Leaf: written}, false, nil
		}
		last := cells[len(cells)-3:]
		fmt.Sscan(strings.TrimPrefix(cells[0], "'"), &row.N)
		row.Leaf, row.Signature = json.RawMessage(last[0]), last[2]+"\n"
		if last[1] != "" {
			row.Values = json.RawMessage(last[1])
		}
		again, failed := appendRow(nil, row)
		return row, failed == nil && bytes.Equal(again, written), nil
	}}, nil
}

// kept keeps what was read until it is dropped or taken.
type kept struct {
	from io.Reader
	data []byte
	at   int64 // where data begins
}

func (k *kept) Read(p []byte) (int, error) {
	n, err := k.from.Read(p)
	k.data = append(k.data, p[:n]...)
	return n, err
}

func (k *kept) take(until int64) []byte {
	n := min(max(until-k.at, 0), int64(len(k.data)))
	taken := bytes.Clone(k.data[:n])
	k.drop(until)
	return taken
}

func (k *kept) drop(until int64) {
	n := min(max(until-k.at, 0), int64(len(k.data)))
	k.data, k.at = k.data[n:], k.at+n
}
