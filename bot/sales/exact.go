package sales

import (
	"fmt"

	"github.com/govalues/decimal"
)

// A decimal has 19 digits, and beyond them its library rounds fractions without
// a word. Here nothing is rounded: a day keeps the sum of all its amounts
// without their signs, in the finest fraction seen. While that has 19 digits,
// so has every sum of any part of the day, in any order. So only what brings
// figures in can fail, and it fails before anything is changed.

// room is what a day's figures come to without their signs.
type room struct {
	units decimal.Decimal
	money map[string]decimal.Decimal // by currency, blank included
}

// reserve makes sure that units and an amount of money still fit.
func (d *Day) reserve(m Money, units decimal.Decimal) error {
	if err := d.survey(); err != nil {
		return err
	}
	return d.room.take(m, units)
}

// reserveDay makes sure that another day's figures still fit.
func (d *Day) reserveDay(more Day) error {
	if err := d.survey(); err != nil {
		return err
	}
	return d.room.takeDay(more)
}

// survey counts the figures of a day that was read from somewhere.
func (d *Day) survey() error {
	if d.room != nil {
		return nil
	}
	r := &room{money: map[string]decimal.Decimal{}}
	if err := r.takeDay(*d); err != nil {
		return err
	}
	d.room = r
	return nil
}

func (r *room) takeDay(d Day) error {
	for key, c := range d.Cells {
		for _, part := range []struct{ units, money decimal.Decimal }{
			{c.Units, c.Proceeds}, {c.Refunds, c.Refunded}, {units: c.Promo}, {units: c.PreOrder},
		} {
			if err := r.take(Money{part.money, key.Currency}, part.units); err != nil {
				return err
			}
		}
	}
	for _, odd := range d.Odd {
		if err := r.take(odd.Amount, decimal.Zero); err != nil {
			return err
		}
	}
	return nil
}

func (r *room) take(m Money, units decimal.Decimal) error {
	if m.Amount == decimal.Zero && units == decimal.Zero {
		return nil
	}
	allUnits, err := plus(r.units, units.Abs())
	if err != nil {
		return fmt.Errorf("the units come to more than 19 digits, from %s and %s; check the report", r.units, units)
	}
	money, err := plus(r.money[m.Currency], m.Amount.Abs())
	if err != nil {
		return fmt.Errorf("the proceeds come to more than 19 digits, from %s and %s; check the report", Money{r.money[m.Currency], m.Currency}, m)
	}
	r.units, r.money[m.Currency] = allUnits, money
	return nil
}

// plus adds without rounding.
func plus(a, b decimal.Decimal) (decimal.Decimal, error) {
	if b == decimal.Zero { // most figures of a cell; one such as 0.00 still gives its digits
		return a, nil
	}
	return a.AddExact(b, max(a.Scale(), b.Scale()))
}

// times multiplies without rounding.
func times(a, b decimal.Decimal) (decimal.Decimal, error) {
	return a.MulExact(b, a.Scale()+b.Scale())
}

// sum adds figures for which room was reserved.
func sum(a, b decimal.Decimal) decimal.Decimal {
	c, err := plus(a, b)
	if err != nil {
		panic("sales: figures were changed around Add and Merge: " + err.Error())
	}
	return c
}
