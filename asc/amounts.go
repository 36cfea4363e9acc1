package asc

import (
	"bytes"
	"errors"
	"time"

	"github.com/govalues/decimal"
)

// money reads an amount exactly: 0, 4.9, -0.99, .99, 3000.00. Blank is zero,
// unless the cell has to be filled.
func money(cell []byte, filled bool) (decimal.Decimal, error) {
	cell = bytes.TrimSpace(cell)
	if len(cell) == 0 {
		if filled {
			return decimal.Decimal{}, errors.New("a number is missing")
		}
		return decimal.Decimal{}, nil
	}
	for _, b := range cell {
		if (b < '0' || b > '9') && b != '.' && b != '-' && b != '+' {
			return decimal.Decimal{}, errors.New("that is no amount")
		}
	}
	d, err := decimal.Parse(string(cell))
	if err != nil {
		return decimal.Decimal{}, errors.New("that is no amount")
	}
	return d, nil
}

// civil reads a day in any of Apple's forms, 11/23/2026, 2026-11-23 and, in files of
// 2010, 1/21/10, into the second. Blank stays blank.
func civil(cell []byte) (string, error) {
	cell = bytes.TrimSpace(cell)
	if len(cell) == 0 {
		return "", nil
	}
	for _, layout := range []string{"1/2/2006", time.DateOnly, "1/2/06"} {
		if t, err := time.Parse(layout, string(cell)); err == nil {
			return t.Format(time.DateOnly), nil
		}
	}
	return "", errors.New("that is no day")
}
