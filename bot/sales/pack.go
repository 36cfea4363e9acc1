package sales

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"
	"github.com/klauspost/compress/flate"
)

// A packed day is a byte with the format, and then a deflated text: the names in
// it, sorted, each once; what the day knows beside its figures, as JSON; and the
// cells, sorted by key, as numbers. A name is meant by its place. A year of days
// read from a disk should cost milliseconds, which JSON alone does not reach.
const packFormat = 1

// mostUnpacked bounds what a packed day may come to, in bytes.
const mostUnpacked = 256 << 20

// aside is what a packed day keeps as JSON.
type aside struct {
	Date        string             `json:"date,omitempty"`
	Rows        int                `json:"rows"`
	Apps        map[string]Product `json:"apps,omitempty"`
	Products    map[string]Product `json:"products,omitempty"`
	Odd         []Odd              `json:"odd,omitempty"`
	Corrections int                `json:"corrections,omitempty"`
}

// amounts of a cell, in the order in which they are packed.
func (c *Cell) amounts() [6]*decimal.Decimal {
	return [6]*decimal.Decimal{&c.Units, &c.Promo, &c.PreOrder, &c.Refunds, &c.Proceeds, &c.Refunded}
}

// Pack writes the day into few bytes. Equal days make equal bytes.
func (d Day) Pack() ([]byte, error) {
	names := map[string]int{}
	for key := range d.Cells {
		for _, s := range key.words() {
			names[s] = 0
		}
	}
	var raw []byte
	sorted := slices.Sorted(maps.Keys(names))
	raw = binary.AppendUvarint(raw, uint64(len(sorted)))
	for i, s := range sorted {
		names[s] = i
		raw = append(binary.AppendUvarint(raw, uint64(len(s))), s...)
	}
	rest, err := json.Marshal(aside{d.Date, d.Rows, d.Apps, d.Products, d.Odd, d.Corrections})
	if err != nil {
		return nil, err
	}
	raw = append(binary.AppendUvarint(raw, uint64(len(rest))), rest...)
	raw = binary.AppendUvarint(raw, uint64(len(d.Cells)))
	for _, key := range slices.SortedFunc(maps.Keys(d.Cells), Key.Compare) {
		for _, s := range key.words() {
			raw = binary.AppendUvarint(raw, uint64(names[s]))
		}
		cell := d.Cells[key]
		raw = cell.append(raw)
	}
	return deflate(raw)
}

// deflate uses a compressor without a state of its own: another begins with more than a
// megabyte of tables, a hundred times what it takes to pack a day.
func deflate(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte(packFormat)
	err := flate.StatelessDeflate(&b, raw, true, nil)
	return b.Bytes(), err
}

// words are the five words of a key.
func (k Key) words() [5]string {
	return [5]string{k.App, k.Product, string(k.Kind), k.Country, k.Currency}
}

// Compare orders keys by their words.
func (k Key) Compare(l Key) int {
	a, b := k.words(), l.words()
	for i := range a {
		if c := strings.Compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

// append writes which amounts are not zero, and then those.
func (c Cell) append(raw []byte) []byte {
	present, at := byte(0), len(raw)
	raw = append(raw, 0)
	for i, n := range c.amounts() {
		if n.IsZero() {
			continue
		}
		present |= 1 << i
		form := byte(n.Scale()) // a decimal has 19 digits at most
		if n.IsNeg() {
			form |= 1 << 7
		}
		raw = binary.AppendUvarint(append(raw, form), n.Coef())
	}
	raw[at] = present
	return raw
}

var errPacked = errors.New("this is no packed day of sales, or a damaged one")

// Unpack reads what Pack wrote.
func Unpack(packed []byte) (Day, error) {
	if len(packed) == 0 || packed[0] != packFormat {
		return Day{}, errPacked
	}
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed[1:])), mostUnpacked))
	if err != nil {
		return Day{}, fmt.Errorf("%w: %w", errPacked, err)
	}
	u := &unpacker{raw: raw}
	d := u.day()
	if u.err == nil && len(u.raw) > 0 {
		u.err = errPacked
	}
	return d, u.err
}

// unpacker reads one thing after the other; after an error everything is zero.
type unpacker struct {
	raw   []byte
	names []string
	err   error
}

func (u *unpacker) fail() { u.raw, u.err = nil, errPacked }

func (u *unpacker) number() uint64 {
	n, size := binary.Uvarint(u.raw)
	if size <= 0 {
		u.fail()
		return 0
	}
	u.raw = u.raw[size:]
	return n
}

func (u *unpacker) bytes() []byte {
	n := u.number()
	if n > uint64(len(u.raw)) {
		u.fail()
		return nil
	}
	b := u.raw[:n]
	u.raw = u.raw[n:]
	return b
}

// count reads how many of something follow, each of which takes a byte at least.
func (u *unpacker) count() int {
	n := u.number()
	if n > uint64(len(u.raw)) {
		u.fail()
		return 0
	}
	return int(n)
}

func (u *unpacker) day() (d Day) {
	u.names = make([]string, u.count())
	for i := range u.names {
		u.names[i] = string(u.bytes())
	}
	var rest aside
	if err := json.Unmarshal(u.bytes(), &rest); err != nil {
		u.fail()
		return Day{}
	}
	n := u.count()
	d = Day{Date: rest.Date, Rows: rest.Rows, Apps: rest.Apps, Products: rest.Products, Odd: rest.Odd, Corrections: rest.Corrections}
	if n > 0 {
		d.Cells = make(map[Key]Cell, min(n, 1<<16))
	}
	for range n {
		if key, cell := u.key(), u.cell(); u.err == nil {
			d.Cells[key] = cell
		}
	}
	if u.err != nil {
		return Day{}
	}
	return d
}

func (u *unpacker) key() Key {
	var w [5]string
	for i := range w {
		if n := u.number(); n < uint64(len(u.names)) {
			w[i] = u.names[n]
		} else {
			u.fail()
		}
	}
	return Key{w[0], w[1], Kind(w[2]), w[3], w[4]}
}

func (u *unpacker) cell() (c Cell) {
	if len(u.raw) == 0 {
		u.fail()
		return c
	}
	present := u.raw[0]
	u.raw = u.raw[1:]
	for i, n := range c.amounts() {
		if present&(1<<i) != 0 {
			*n = u.amount()
		}
	}
	return c
}

func (u *unpacker) amount() decimal.Decimal {
	if len(u.raw) == 0 {
		u.fail()
		return decimal.Zero
	}
	form := u.raw[0]
	u.raw = u.raw[1:]
	n, err := number(u.number(), int(form&^(1<<7)), form&(1<<7) != 0)
	if err != nil {
		u.fail()
	}
	return n
}

// number makes a decimal of what it is made of.
func number(coef uint64, scale int, negative bool) (n decimal.Decimal, err error) {
	if coef <= 1<<62 {
		n, err = decimal.New(int64(coef), scale)
	} else { // the library has no way in for the largest
		n, err = decimal.Parse(fmt.Sprintf("%de-%d", coef, scale))
	}
	if negative {
		n = n.Neg()
	}
	return n, err
}
