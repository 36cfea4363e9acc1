package sales

import (
	"maps"
	"slices"

	"github.com/govalues/decimal"
)

// Ledger adds days up and keeps what everything in them is worth in one currency,
// each day by its own rates. Make one with NewLedger.
type Ledger struct {
	Into  string // the currency; blank: nothing is converted, and everything is Rest
	Sum   Day    // the days together
	Dates Dates  // of the rates that were used

	worth map[Key]*Worth
	rest  map[Key]decimal.Decimal // proceeds for which there was no rate

	back     Worth                      // what refunds took away
	backRest map[string]decimal.Decimal // the part of that for which there was no rate, by currency
}

// Dates are the oldest and the newest of some rates; Fixed is set when some have no
// date.
type Dates struct {
	From, To string
	Fixed    bool
}

// NewLedger begins a ledger in a currency.
func NewLedger(into string) *Ledger {
	return &Ledger{Into: into, worth: map[Key]*Worth{}, rest: map[Key]decimal.Decimal{}, backRest: map[string]decimal.Decimal{}}
}

// Add adds a day, with the rates that are kept for it; their zero value is that there
// are none. It answers what the day is worth by itself.
func (l *Ledger) Add(d Day, r Rates) (alone Worth, err error) {
	if err := l.Sum.Merge(d); err != nil {
		return alone, err
	}
	for key, cell := range d.Cells {
		if key.Currency == "" {
			continue
		}
		l.giveBack(Money{cell.Refunded, key.Currency}, r)
		if cell.Proceeds.IsZero() {
			continue
		}
		worth, ok := r.Convert(Money{cell.Proceeds, key.Currency}, l.Into)
		if !ok {
			l.rest[key] = sum(l.rest[key], cell.Proceeds) // room was reserved by Merge
			continue
		}
		if key.Currency != l.Into {
			l.Dates.note(r.Date)
		}
		alone.Add(worth)
		if at := l.worth[key]; at != nil {
			at.Add(worth)
		} else {
			l.worth[key] = &worth
		}
	}
	return alone, nil
}

// giveBack adds what refunds took away.
func (l *Ledger) giveBack(m Money, r Rates) {
	if m.Amount.IsZero() {
		return
	}
	if back, ok := r.Convert(m, l.Into); ok {
		l.back.Add(back)
	} else {
		l.backRest[m.Currency] = sum(l.backRest[m.Currency], m.Amount)
	}
}

func (d *Dates) note(date string) {
	if date == "" {
		d.Fixed = true
		return
	}
	if d.From == "" || date < d.From {
		d.From = date
	}
	d.To = max(d.To, date)
}

// Valued is a line with what its proceeds are worth.
type Valued struct {
	Line
	Worth Worth
	Rest  []Money // the part of the proceeds that no rate was there for
}

// Worth is what the proceeds of one cell are worth; ok is false when a part of them
// had no rate.
func (l *Ledger) Worth(key Key) (w Worth, ok bool) {
	if at := l.worth[key]; at != nil {
		w = *at
	}
	_, lacking := l.rest[key]
	return w, !lacking
}

// Back is what refunds took away, and the part of it for which there was no rate.
func (l *Ledger) Back() (worth Worth, rest []Money) {
	for _, currency := range slices.Sorted(maps.Keys(l.backRest)) {
		rest = append(rest, Money{l.backRest[currency], currency})
	}
	return l.back, rest
}

// All is everything at once, as Day.All.
func (l *Ledger) All() Valued {
	all := l.value([]Line{{Known: true, Figures: l.Sum.All()}}, func(Key) string { return "" })
	return all[0]
}

// ByApp is Day.ByApp with what each app's proceeds are worth.
func (l *Ledger) ByApp() []Valued { return l.value(l.Sum.ByApp(), func(k Key) string { return k.App }) }

// ByCountry is Day.ByCountry with what each country's proceeds are worth.
func (l *Ledger) ByCountry() []Valued {
	return l.value(l.Sum.ByCountry(), func(k Key) string { return k.Country })
}

// ByProduct is Day.ByProduct with what each product's proceeds are worth.
func (l *Ledger) ByProduct() []Valued {
	return l.value(l.Sum.ByProduct(), func(k Key) string { return k.Product })
}

// ByKind is Day.ByKind with what each kind's proceeds are worth.
func (l *Ledger) ByKind() []Valued {
	return l.value(l.Sum.ByKind(), func(k Key) string { return string(k.Kind) })
}

func (l *Ledger) value(lines []Line, group func(Key) string) []Valued {
	worth, rest := map[string]*Worth{}, map[string]map[string]decimal.Decimal{}
	for key, w := range l.worth {
		g := group(key)
		if worth[g] == nil {
			worth[g] = &Worth{}
		}
		worth[g].Add(*w)
	}
	for key, amount := range l.rest {
		g := group(key)
		if rest[g] == nil {
			rest[g] = map[string]decimal.Decimal{}
		}
		rest[g][key.Currency] = sum(rest[g][key.Currency], amount)
	}
	valued := make([]Valued, len(lines))
	for i, line := range lines {
		valued[i].Line = line
		if w := worth[line.Key]; w != nil {
			valued[i].Worth = *w
		}
		for _, currency := range slices.Sorted(maps.Keys(rest[line.Key])) {
			valued[i].Rest = append(valued[i].Rest, Money{rest[line.Key][currency], currency})
		}
	}
	return valued
}
