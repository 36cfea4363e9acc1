package asc

import (
	"io"
	"iter"
	"slices"
	"strings"
)

// Record is a row of a table whose columns are not known beforehand.
type Record struct {
	names []string // as the header has them; the same for all rows
	cells []string
}

// Get is the cell under a name, which is compared without case. It is blank when
// there is no such column.
func (r Record) Get(name string) string {
	i := slices.IndexFunc(r.names, func(n string) bool { return strings.EqualFold(n, name) })
	if i < 0 {
		return ""
	}
	return r.cells[i]
}

// Names are the names of the columns, in their order.
func (r Record) Names() []string { return slices.Clone(r.names) }

// All gives each column's name and the cell under it.
func (r Record) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i, name := range r.names {
			if !yield(name, r.cells[i]) {
				return
			}
		}
	}
}

// ReadTable reads any table of Apple's kind, packed with gzip or not, row by row:
// a header, cells between tabs, no quoting. most bounds its size after unpacking,
// in bytes. An error is a [*ReportError] and the last thing yielded.
func ReadTable(r io.Reader, most int64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		l, err := unpack(r, most)
		if err != nil {
			yield(Record{}, err)
			return
		}
		t, err := match(l, layout{every: true})
		for err == nil {
			row := Record{}
			if err = t.row(); err == nil {
				row.names, row.cells = t.names, t.cells()
				if !yield(row, nil) {
					return
				}
			}
		}
		if err != io.EOF {
			yield(Record{}, err)
		}
	}
}
