package sales

import (
	"fmt"
	"math/big"

	"github.com/govalues/decimal"
)

// Worth is what amounts of several currencies come to in one: a whole number of
// 10⁻²⁴ of it. A division by a rate seldom ends, so it is cut off there; a million
// of them are still right to the last cent. Its zero value is nothing.
type Worth struct{ n big.Int }

const worthDigits = 24

// powers of ten, as far as they are needed.
var powers = func() (list [worthDigits + decimal.MaxScale + 1]*big.Int) {
	list[0] = big.NewInt(1)
	for i := 1; i < len(list); i++ {
		list[i] = new(big.Int).Mul(list[i-1], big.NewInt(10))
	}
	return list
}()

// slack is more than what a million cut-off divisions can lack, and less than any
// difference that is meant.
var slack = big.NewInt(1_000_000)

func scaled(n int) *big.Int { return powers[n] }

// whole is a decimal without its point.
func whole(d decimal.Decimal) *big.Int {
	n := new(big.Int).SetUint64(d.Coef())
	if d.IsNeg() {
		n.Neg(n)
	}
	return n
}

// Add adds more to it.
func (w *Worth) Add(more Worth) { w.n.Add(&w.n, &more.n) }

// Less is the difference of two.
func (w Worth) Less(other Worth) (by Worth) {
	by.n.Sub(&w.n, &other.n)
	return by
}

// Over is the n-th part.
func (w Worth) Over(n int) (part Worth) {
	part.n.Quo(&w.n, big.NewInt(int64(n)))
	return part
}

// Cmp compares two.
func (w Worth) Cmp(other Worth) int { return w.n.Cmp(&other.n) }

// Abs is the amount without its sign.
func (w Worth) Abs() (abs Worth) {
	abs.n.Abs(&w.n)
	return abs
}

// IsZero tells whether it is nothing at all.
func (w Worth) IsZero() bool { return w.n.Sign() == 0 }

// In is the worth as money of a currency, rounded to the digits that it is written
// with, halves away from zero.
func (w Worth) In(currency string) (Money, error) {
	d, err := w.rounded(digits(currency))
	if err != nil {
		return Money{}, fmt.Errorf("%s %w", currency, err)
	}
	return Money{d, currency}, nil
}

// fineDigits are those of Fine.
const fineDigits = 8

// Fine is the worth with eight digits after the point, or as many as there is room for,
// for lists that somebody adds up: a thousand lines of whole cents come to other cents
// than the whole does.
func (w Worth) Fine() (d decimal.Decimal, err error) {
	for places := fineDigits; places >= 0; places-- {
		if d, err = w.rounded(places); err == nil {
			return d.Trim(0), nil
		}
	}
	return d, err
}

func (w Worth) rounded(places int) (decimal.Decimal, error) {
	cut := scaled(worthDigits - places)
	half := new(big.Int).Quo(cut, big.NewInt(2))
	half.Add(half, slack) // what was cut off must not make less than half of a half
	if w.n.Sign() < 0 {
		half.Neg(half)
	}
	n := new(big.Int).Add(&w.n, half)
	n.Quo(n, cut)
	d, err := number(new(big.Int).Abs(n).Uint64(), places, n.Sign() < 0)
	if err != nil || n.CmpAbs(scaled(decimal.MaxPrec)) >= 0 {
		return decimal.Zero, fmt.Errorf("%d have too many digits to be shown", n)
	}
	return d, nil
}

// Float is about the worth, for charts.
func (w Worth) Float() float64 {
	f, _ := new(big.Rat).SetFrac(&w.n, scaled(worthDigits)).Float64()
	return f
}
