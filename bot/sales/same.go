package sales

import (
	"maps"
	"slices"
)

// Same tells whether two packed days are of the same figures, however they are packed: how
// they are deflated, with how many digits a number is written and what things are called do
// not matter. One that cannot be read differs from nothing.
func Same(a, b []byte) bool {
	was, err := Unpack(a)
	is, err2 := Unpack(b)
	if err != nil || err2 != nil {
		return true
	}
	return maps.EqualFunc(was.told(), is.told(), Cell.same) && slices.EqualFunc(was.Odd, is.Odd, Odd.same)
}

// told are the cells with anything in them.
func (d Day) told() map[Key]Cell {
	cells := maps.Clone(d.Cells)
	maps.DeleteFunc(cells, func(_ Key, c Cell) bool { return c.same(Cell{}) })
	return cells
}

func (c Cell) same(other Cell) bool {
	theirs := other.amounts()
	for i, n := range c.amounts() {
		if !n.Equal(*theirs[i]) {
			return false
		}
	}
	return true
}

func (o Odd) same(other Odd) bool {
	return o.Why == other.Why && o.SKU == other.SKU && o.Rows == other.Rows && o.Amount.Currency == other.Amount.Currency && o.Amount.Amount.Equal(other.Amount.Amount)
}

// SameSubscriptions is Same for packed subscriptions.
func SameSubscriptions(a, b []byte) bool {
	was, err := UnpackSubscriptions(a)
	is, err2 := UnpackSubscriptions(b)
	if err != nil || err2 != nil {
		return true
	}
	return slices.EqualFunc(was.Standing, is.Standing, Standing.same) && slices.EqualFunc(was.Events, is.Events, Event.same)
}

func (s Standing) same(other Standing) bool {
	return s.App == other.App && s.Product == other.Product && s.Country == other.Country &&
		s.Active.Equal(other.Active) && s.Trials.Equal(other.Trials) && s.Retry.Equal(other.Retry) && s.Grace.Equal(other.Grace)
}

func (e Event) same(other Event) bool {
	return e.App == other.App && e.Product == other.Product && e.Country == other.Country && e.What == other.What && e.Quantity.Equal(other.Quantity)
}
