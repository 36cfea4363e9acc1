package asc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// layout is how a kind of report is built.
type layout struct {
	columns []column
	every   bool // whatever columns there are, as texts
	// preamble is how many lines may stand before the header, which is then found
	// by what it says.
	preamble int
	// ends tells that a line begins what follows the rows; nil when nothing does.
	ends func(line []byte) bool
	// footer is given the lines after the rows.
	footer func(line []byte, rows int) error
}

// rows reads a report of any kind, row by row. l is made for a row that every
// line is read into.
func rows[T any](r io.Reader, most int64, build func(row *T) layout) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var row, none T
		source, err := unpack(r, most)
		if err != nil {
			yield(none, err)
			return
		}
		t, err := match(source, build(&row))
		for err == nil {
			if err = t.row(); err == nil && !yield(row, nil) {
				return
			}
		}
		if err != io.EOF {
			yield(none, err)
		}
	}
}

// column is where the cells under a name go.
type column struct {
	name     string
	others   []string // names it had in other years
	required bool     // the report makes no sense without it
	text     *string
	amount   *decimal.Decimal
	filled   bool              // an amount that must not be blank
	count    **decimal.Decimal // an amount of which a blank says nothing
	day      *string

	seen   bool
	last   value            // of the cell before, when one was seen
	values map[string]value // by the cell as it is in the file
}

// called tells whether this is a name of the column. Apple is not strict about
// case.
func (c *column) called(name string) bool {
	return strings.EqualFold(c.name, name) || slices.ContainsFunc(c.others, func(n string) bool { return strings.EqualFold(n, name) })
}

// value is what a cell means.
type value struct {
	raw    string
	text   string
	amount decimal.Decimal
	blank  bool
}

func (v value) count() *decimal.Decimal {
	if v.blank {
		return nil
	}
	return &v.amount
}

// Values repeat a lot; those that were seen are kept, within bounds.
const (
	longestKept = 64
	mostKept    = 1 << 13
)

// table reads rows into columns.
type table struct {
	lines   *lines
	layout  layout
	columns []*column // by position; nil where nothing is wanted
	names   []string
	rows    int
	all     []string // the cells, of a layout with every column
}

// cells are the cells of the row that was read last.
func (t *table) cells() []string { return slices.Clone(t.all) }

// match reads the header and finds the columns by name: their order and number
// change over the years.
func match(l *lines, as layout) (*table, error) {
	var first error
	for range as.preamble + 1 {
		header, err := l.header()
		if err != nil {
			return nil, firstOf(first, err)
		}
		t := &table{lines: l, layout: as}
		if err = t.head(header); err == nil {
			return t, nil
		}
		first = firstOf(first, err)
	}
	return nil, first
}

// mostColumns bounds the columns of a report. Apple's have three dozen.
const mostColumns = 500

// head finds the columns that a header names.
func (t *table) head(header []byte) error {
	n := bytes.Count(header, []byte("\t")) + 1
	if n > mostColumns {
		return t.lines.wrong("", nil, fmt.Errorf("it has more than %d columns", mostColumns))
	}
	if t.layout.every {
		t.all = make([]string, n)
		for i, name := range strings.Split(string(header), "\t") {
			t.layout.columns = append(t.layout.columns, text(strings.TrimSpace(name), &t.all[i]))
		}
	}
	wanted := t.layout.columns
	for name := range strings.SplitSeq(string(header), "\t") {
		name = strings.TrimSpace(strings.ToValidUTF8(name, "\uFFFD"))
		var col *column
		if i := slices.IndexFunc(wanted, func(c column) bool { return c.called(name) }); i >= 0 {
			col = &wanted[i]
		}
		if at := slices.Index(t.columns, col); col != nil && at >= 0 {
			switch now, before := strings.EqualFold(col.name, name), strings.EqualFold(col.name, t.names[at]); {
			case now == before:
				return t.lines.wrong("", nil, fmt.Errorf("the column %s is there twice", oneLine(name, 60)))
			case now: // beside it stands what had its name in other years
				t.columns[at] = nil
			default:
				col = nil
			}
		}
		t.columns, t.names = append(t.columns, col), append(t.names, name)
	}
	if n := len(t.names); n > 1 && t.names[n-1] == "" { // a tab at the end
		t.names, t.columns = t.names[:n-1], t.columns[:n-1]
	}
	return t.missing(header)
}

// missing names the columns that the report makes no sense without.
func (t *table) missing(header []byte) error {
	var names []string
	for i := range t.layout.columns {
		if c := &t.layout.columns[i]; c.required && !slices.Contains(t.columns, c) {
			names = append(names, c.name)
		}
	}
	switch {
	case len(names) > 0 && len(t.names) == 1:
		return t.lines.wrong("", nil, fmt.Errorf("this is no report: it begins with %s", describe(scrub(header))))
	case len(names) > 0:
		return t.lines.wrong("", nil, fmt.Errorf("columns are missing: %s", strings.Join(names, ", ")))
	}
	return nil
}

// header is the first line that is not blank.
func (l *lines) header() ([]byte, error) {
	for {
		line, err := l.next()
		if err == io.EOF {
			l.line++
			return nil, l.wrong("", nil, errors.New("the report is empty"))
		}
		if err != nil {
			l.line++
			return nil, l.wrong("", nil, err)
		}
		if line = bytes.TrimPrefix(line, []byte("\uFEFF")); len(bytes.TrimSpace(line)) > 0 {
			return line, nil
		}
	}
}

// row reads the next row into the columns; io.EOF after the last one.
func (t *table) row() error {
	line, err := t.next()
	if err != nil {
		return err
	}
	return t.split(line)
}

// next is the next row as a line; io.EOF after the last one. Blank lines are
// passed over.
func (t *table) next() ([]byte, error) {
	for {
		line, err := t.lines.next()
		if err == io.EOF {
			return nil, io.EOF
		}
		if err != nil {
			t.lines.line++
			return nil, t.lines.wrong("", nil, err)
		}
		if len(line) == 0 || line[0] <= ' ' && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if t.layout.ends != nil && t.layout.ends(line) {
			return nil, t.rest(line)
		}
		t.rows++
		return line, nil
	}
}

// rest reads what follows the rows, to the end of the file: half a file has to
// show, and so has a row that was taken for the end of the rows.
func (t *table) rest(line []byte) (err error) {
	miscounted := error(io.EOF)
	for ; err == nil; line, err = t.lines.next() {
		if !t.layout.ends(line) {
			return t.lines.wrong("", nil, errors.New("a row after the end of the rows"))
		}
		if t.layout.footer == nil {
			continue
		}
		if wrong := t.layout.footer(line, t.rows); wrong != nil {
			miscounted = t.lines.wrong("", nil, wrong)
		}
	}
	if err == io.EOF {
		return miscounted
	}
	t.lines.line++
	return t.lines.wrong("", nil, err)
}

// split parts a row at its tabs: Apple does not quote, a quote is a character
// like others. Some reports end their rows with a tab more.
func (t *table) split(line []byte) error {
	for i, col := range t.columns {
		cell, end := line, bytes.IndexByte(line, '\t')
		switch {
		case end >= 0:
			cell, line = line[:end], line[end+1:]
		case i < len(t.columns)-1:
			return t.lines.wrong("", nil, fmt.Errorf("it has %d cells, and the header has %d", i+1, len(t.columns)))
		default:
			line = nil
		}
		if col == nil || col.seen && string(cell) == col.last.raw {
			continue // equal cells often follow each other
		}
		if err := col.take(cell); err != nil {
			return t.lines.wrong(t.names[i], cell, err)
		}
	}
	if extra := bytes.TrimSpace(line); len(extra) > 0 {
		return t.lines.wrong("", nil, fmt.Errorf("it has more cells than the header's %d", len(t.columns)))
	}
	return nil
}

// take puts a cell where it belongs.
func (c *column) take(cell []byte) error {
	v, known := c.values[string(cell)]
	if !known {
		var err error
		if v, err = c.read(cell); err != nil {
			return err
		}
		if c.values == nil {
			c.values = map[string]value{}
		}
		if len(cell) <= longestKept && len(c.values) < mostKept {
			c.values[v.raw] = v
		}
	}
	c.seen, c.last = true, v
	switch {
	case c.text != nil:
		*c.text = v.text
	case c.amount != nil:
		*c.amount = v.amount
	case c.count != nil:
		*c.count = v.count()
	case c.day != nil:
		*c.day = v.text
	}
	return nil
}

// read finds out what a cell means.
func (c *column) read(cell []byte) (v value, err error) {
	v.raw = string(cell)
	switch {
	case c.text != nil:
		v.text = strings.TrimSpace(strings.ToValidUTF8(v.raw, "\uFFFD"))
	case c.amount != nil, c.count != nil:
		v.amount, err = money(cell, c.filled)
		v.blank = len(bytes.TrimSpace(cell)) == 0
	case c.day != nil:
		v.text, err = civil(cell)
	}
	return v, err
}
