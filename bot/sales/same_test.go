package sales

import (
	"bytes"
	"compress/flate"
	"testing"

	"github.com/govalues/decimal"
)

// older packs the same as another release did: with another compressor.
func older(t *testing.T, packed []byte) []byte {
	t.Helper()
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(flate.NewReader(bytes.NewReader(packed[1:]))); err != nil {
		t.Fatal(err)
	}
	out := bytes.NewBuffer([]byte{packed[0]})
	w, err := flate.NewWriter(out, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(raw.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(out.Bytes(), packed) {
		t.Fatal("another compressor makes the same bytes")
	}
	return out.Bytes()
}

// A report counts as corrected by what it says, and not by how it is packed.
func TestWhatIsSameAndWhatIsCorrected(t *testing.T) {
	row := Row{SKU: "HALO", Title: "Halo", ProductType: "1F", Units: decimal.Two, Proceeds: decimal.MustParse("1.5"), ProceedsCurrency: "EUR", Country: "DE"}
	pack := func(rows ...Row) []byte {
		t.Helper()
		var d Day
		for _, r := range rows {
			if err := d.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		packed, err := d.Pack()
		if err != nil {
			t.Fatal(err)
		}
		return packed
	}
	was := pack(row)
	with := func(change func(*Row)) []byte { r := row; change(&r); return pack(r) }
	for name, c := range map[string]struct {
		is   []byte
		same bool
	}{
		"another compressor":   {older(t, was), true},
		"more digits":          {with(func(r *Row) { r.Proceeds = decimal.MustParse("1.5000"); r.Units = decimal.MustParse("2.00") }), true},
		"another title":        {with(func(r *Row) { r.Title = "Halo 2" }), true},
		"two rows of one":      {pack(with1(row), with1(row)), true},
		"a form not known":     {[]byte{99}, true},
		"a cent more":          {with(func(r *Row) { r.Proceeds = decimal.MustParse("1.51") }), false},
		"one unit more":        {with(func(r *Row) { r.Units = decimal.Ten }), false},
		"another country":      {with(func(r *Row) { r.Country = "AT" }), false},
		"another currency":     {with(func(r *Row) { r.ProceedsCurrency = "USD" }), false},
		"a row more":           {pack(row, Row{SKU: "TIDE", ProductType: "1F", Units: decimal.One}), false},
		"none":                 {pack(), false},
		"one that is in doubt": {pack(row, Row{SKU: "HALO", ProductType: "1F", Proceeds: decimal.One, Units: decimal.One}), false},
	} {
		if Same(was, c.is) != c.same || Same(c.is, was) != c.same {
			t.Errorf("%s: the same is %t", name, !c.same)
		}
	}

	var s Subscriptions
	stands := Standing{App: "1", Product: "2", Country: "DE", Active: decimal.Ten}
	happened := Event{App: "1", Product: "2", Country: "DE", What: Renewed, Quantity: decimal.Two}
	s.Rows, s.Standing, s.Events = 2, []Standing{stands}, []Event{happened}
	packed := func(s Subscriptions) []byte {
		t.Helper()
		p, err := s.Pack()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	subs := packed(s)
	stands.Active = decimal.MustParse("10.00")
	if same := (Subscriptions{Rows: 3, Names: map[string]string{"1": "Halo"}, Standing: []Standing{stands}, Events: []Event{happened}}); !SameSubscriptions(subs, packed(same)) || !SameSubscriptions(older(t, subs), subs) {
		t.Error("subscriptions differ by how they are packed")
	}
	stands.Active = decimal.One
	if SameSubscriptions(subs, packed(Subscriptions{Standing: []Standing{stands}, Events: []Event{happened}})) {
		t.Error("other standings are the same")
	}
	if happened.Quantity = decimal.One; SameSubscriptions(subs, packed(Subscriptions{Standing: s.Standing, Events: []Event{happened}})) {
		t.Error("other events are the same")
	}
}

// with1 is a row of one unit.
func with1(r Row) Row { r.Units = decimal.One; return r }
