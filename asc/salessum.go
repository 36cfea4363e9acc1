package asc

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"math/bits"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// SalesSums streams a SALES SUMMARY report like [Client.SalesReport], with rows
// that earn the same put together: see [SumSales].
//
// Apple: GET /v1/salesReports
func (c *Client) SalesSums(ctx context.Context, q SalesQuery) iter.Seq2[SalesRow, error] {
	return report(ctx, c, q.open("SALES", "SUMMARY"), SumSales)
}

// summed are the columns by which SumSales tells rows apart: those that say what
// was sold where, and for how much.
var summed = []string{
	"SKU", "Product Type Identifier", "Developer Proceeds", "Customer Currency", "Country Code", "Currency of Proceeds",
	"Apple Identifier", "Customer Price", "Promo Code", "Parent Identifier", "Subscription", "CMB", "Order Type",
}

// SumSales reads a SALES SUMMARY report like [ReadSales] and puts rows together
// that differ only in what earns nothing: version, device, period, client and the
// like. Their Units are added up, sales and refunds apart; Units times Proceeds of
// all rows come to the same. Title is the first one seen; the fields that are not
// told apart are blank. It takes less than half of the time, and yields nothing
// before the report has been read to its end: an error is all that is yielded.
// Cells that it does not need are not looked at.
func SumSales(r io.Reader, most int64) iter.Seq2[SalesRow, error] {
	return func(yield func(SalesRow, error) bool) {
		s, err := sum(r, most)
		if err != nil {
			yield(SalesRow{}, err)
			return
		}
		for row, err := range s.all() {
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// summer adds up a report.
type summer struct {
	lines  *lines
	table  *table
	row    *SalesRow
	cells  int
	units  int      // the position of Units
	title  int      // the position of Title
	runs   [][2]int // of neighbouring columns that make the key: the first and the last
	long   int      // the run that says most, by which groups are found
	ends   []int32  // of the cells of a line, up to the last one needed
	cut    [][]byte // the runs of a line
	seed   maphash.Seed
	slots  []slot // of a hash table; twice as many as groups, at least
	groups []group
	keys   []byte // of all groups, one behind the other
	firsts []first
}

// slot points at a group. Looking up a million keys is what this is about, and
// memory is what that waits for: so hashes lie beside each other, what changes
// lies beside each other, and the key of a line is compared where it stands.
type slot struct {
	hash  uint32
	group int32 // from 1; 0 is free
}

// group are rows put together. Its key is a sign and the cells of the runs, each
// with a tab behind it.
type group struct {
	units int64 // whole ones
	from  int   // of its key, among all
	long  int32 // the key
}

// first is what is kept of the first row of a group.
type first struct {
	title string
	line  int
	more  decimal.Decimal // units that are no whole ones, of all rows
}

func sum(r io.Reader, most int64) (*summer, error) {
	l, err := unpack(r, most)
	if err != nil {
		return nil, err
	}
	s := &summer{lines: l, row: &SalesRow{}, seed: maphash.MakeSeed(), slots: make([]slot, 1<<10)}
	if s.table, err = match(l, layout{columns: s.row.columns()}); err != nil {
		return nil, err
	}
	s.plan()
	for {
		line, err := s.table.next()
		switch {
		case err == io.EOF:
			return s, nil
		case err == nil:
			err = s.add(line)
		}
		if err != nil {
			return nil, err
		}
	}
}

// plan finds the positions of what is needed.
func (s *summer) plan() {
	s.cells, s.title = len(s.table.columns), -1
	last := 0
	for i, col := range s.table.columns {
		switch {
		case col == nil:
			continue
		case col.name == "Units":
			s.units = i
		case col.name == "Title":
			s.title = i
		case slices.Contains(summed, col.name):
			if n := len(s.runs); n > 0 && s.runs[n-1][1] == i-1 {
				s.runs[n-1][1] = i
			} else {
				s.runs = append(s.runs, [2]int{i, i})
			}
		default:
			continue
		}
		last = i
	}
	s.ends = make([]int32, last+1)
	s.cut = make([][]byte, len(s.runs))
	for i, run := range s.runs {
		if run[1]-run[0] > s.runs[s.long][1]-s.runs[s.long][0] {
			s.long = i
		}
	}
}

// add adds a line.
func (s *summer) add(line []byte) error {
	n := tabs(line, s.ends)
	switch last := len(s.ends) - 1; {
	case n > last:
		n += bytes.Count(line[s.ends[last]+1:], []byte("\t"))
	case n == last: // the line ends with what is needed
		s.ends[last] = int32(len(line))
	}
	if n != s.cells-1 {
		if err := s.count(line); err != nil {
			return err
		}
	}
	cell := s.cell(line, s.units, s.units)
	i, err := s.find(line, bytes.HasPrefix(bytes.TrimLeft(cell, " "), []byte("-")))
	if err != nil {
		return err
	}
	if n, whole := integer(cell); whole {
		s.groups[i].units += n
		return nil
	}
	return s.addFraction(&s.firsts[i].more, cell)
}

// find finds the group of a line, or begins it.
func (s *summer) find(line []byte, refund bool) (int, error) {
	var hash uint32
	for i, run := range s.runs {
		cells := s.cell(line, run[0], run[1])
		s.cut[i] = cells
		switch {
		case i == s.long:
			hash ^= uint32(maphash.Bytes(s.seed, cells))
		case len(cells) > 0:
			hash = (hash ^ uint32(len(cells))<<8 ^ uint32(cells[0])<<16 ^ uint32(cells[len(cells)-1])) * 0x9E3779B1
		}
	}
	sign := byte('+')
	if refund {
		sign = '-'
	}
	mask := uint32(len(s.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		switch at := s.slots[i]; {
		case at.group == 0:
			return s.begin(line, sign, hash, i)
		case at.hash == hash && s.same(&s.groups[at.group-1], sign):
			return int(at.group - 1), nil
		}
	}
}

// same compares a key with that of the line.
func (s *summer) same(g *group, sign byte) bool {
	key := s.keys[g.from : g.from+int(g.long)]
	if key[0] != sign {
		return false
	}
	key = key[1:]
	for _, cells := range s.cut {
		if len(key) <= len(cells) || key[len(cells)] != '\t' || string(key[:len(cells)]) != string(cells) {
			return false
		}
		key = key[len(cells)+1:]
	}
	return true
}

// begin begins a group, and makes the table larger when half of it is used. Its
// cells are read for the first time, so that a broken one shows with its line.
func (s *summer) begin(line []byte, sign byte, hash, at uint32) (int, error) {
	from := len(s.keys)
	s.keys = append(s.keys, sign)
	for _, cells := range s.cut {
		s.keys = append(append(s.keys, cells...), '\t')
	}
	f := first{line: s.lines.line}
	if s.title >= 0 {
		f.title = string(s.cell(line, s.title, s.title))
	}
	s.firsts = append(s.firsts, f)
	s.groups = append(s.groups, group{from: from, long: int32(len(s.keys) - from)})
	s.slots[at] = slot{hash, int32(len(s.groups))}
	if 2*len(s.groups) > len(s.slots) {
		s.grow()
	}
	_, err := s.make(s.groups[len(s.groups)-1], f)
	return len(s.groups) - 1, err
}

func (s *summer) grow() {
	old := s.slots
	s.slots = make([]slot, 2*len(old))
	mask := uint32(len(s.slots) - 1)
	for _, entry := range old {
		if entry.group == 0 {
			continue
		}
		i := entry.hash & mask
		for s.slots[i].group != 0 {
			i = (i + 1) & mask
		}
		s.slots[i] = entry
	}
}

// count complains about a line with too many or too few cells. Tabs at its end are
// none.
func (s *summer) count(line []byte) error {
	cells := bytes.SplitN(line, []byte("\t"), s.cells+1)
	if len(cells) < s.cells || len(cells) > s.cells && len(bytes.TrimSpace(cells[s.cells])) > 0 {
		return s.lines.wrong("", nil, fmt.Errorf("it has %d cells, and the header has %d", bytes.Count(line, []byte("\t"))+1, s.cells))
	}
	return nil
}

// addFraction adds units that are no plain whole number.
func (s *summer) addFraction(to *decimal.Decimal, cell []byte) error {
	n, err := money(cell, true)
	if err == nil {
		*to, err = to.Add(n)
	}
	if err != nil {
		return s.lines.wrong("Units", cell, err)
	}
	return nil
}

// cell is what stands in a column, or in neighbouring ones.
func (s *summer) cell(line []byte, first, last int) []byte {
	from := int32(0)
	if first > 0 {
		from = s.ends[first-1] + 1
	}
	return line[from:s.ends[last]]
}

// all makes rows of the groups.
func (s *summer) all() iter.Seq2[SalesRow, error] {
	return func(yield func(SalesRow, error) bool) {
		for i := range s.groups {
			row, err := s.make(s.groups[i], s.firsts[i])
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// make reads the cells of a group's key into a row.
func (s *summer) make(g group, f first) (SalesRow, error) {
	*s.row = SalesRow{Title: strings.TrimSpace(strings.ToValidUTF8(f.title, "\uFFFD"))}
	rest := s.keys[g.from+1 : g.from+int(g.long)]
	for _, run := range s.runs {
		for i := run[0]; i <= run[1]; i++ {
			cell, after, _ := bytes.Cut(rest, []byte("\t"))
			if rest = after; s.table.columns[i] == nil {
				continue
			}
			s.table.columns[i].seen = false
			if err := s.table.columns[i].take(cell); err != nil {
				s.lines.line = f.line
				return SalesRow{}, s.lines.wrong(s.table.names[i], cell, err)
			}
		}
	}
	units, err := decimal.New(g.units, 0)
	if err == nil {
		units, err = units.Add(f.more)
	}
	s.row.Units = units
	return *s.row, err
}

// integer reads a plain whole number.
func integer(cell []byte) (n int64, ok bool) {
	digits := cell
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 12 {
		return 0, false
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = 10*n + int64(d-'0')
	}
	if cell[0] == '-' {
		n = -n
	}
	return n, true
}

// tabs finds the first tabs of a line, eight bytes at a time, as many as there is
// room for, and tells how many that are.
func tabs(line []byte, at []int32) (n int) {
	const ones, low, high = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f, 0x8080808080808080
	rest, from := line, int32(0)
	for ; len(rest) >= 8; rest, from = rest[8:], from+8 {
		x := binary.LittleEndian.Uint64(rest) ^ '\t'*ones
		// The high bit of each byte that is zero in x, and of no other.
		for m := ^((x&low + low) | x) & high; m != 0; m &= m - 1 {
			if n == len(at) {
				return n
			}
			at[n] = from + int32(bits.TrailingZeros64(m)>>3)
			n++
		}
	}
	for i, b := range rest {
		if b == '\t' && n < len(at) {
			at[n] = from + int32(i)
			n++
		}
	}
	return n
}
