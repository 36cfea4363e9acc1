package asc

import "github.com/govalues/decimal"

// These make the columns of a report: where the cells under a name go.

func text(name string, to *string) column {
	return column{name: name, text: to}
}

// amount is a column of money, in which a blank is no money.
func amount(name string, to *decimal.Decimal) column {
	return column{name: name, amount: to}
}

// count is a column of numbers in which a blank says nothing, not zero.
func count(name string, to **decimal.Decimal) column {
	return column{name: name, count: to}
}

// units is a column of numbers that a row makes no sense without.
func units(name string, to *decimal.Decimal) column {
	c := must(amount(name, to))
	c.filled = true
	return c
}

func day(name string, to *string) column { return column{name: name, day: to} }

func must(c column) column {
	c.required = true
	return c
}

// or adds names that a column had in other years.
func (c column) or(names ...string) column {
	c.others = names
	return c
}
