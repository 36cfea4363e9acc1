package main

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// The digest with its chart, its thread with the tables, and /asc sales with buttons
// that ask further, on a screen and on a phone: everything stands there, and nothing
// sticks out.
func TestThePageShowsMoney(t *testing.T) {
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"screen", 1280, 1500}, {"phone", 390, 1900}} {
		t.Run(size.name, func(t *testing.T) {
			v, _ := visit(t, size.width, size.height)
			v.do(script(`[...document.querySelectorAll('button')].find((b) => b.textContent === 'Move the clock to 9:00').click()`))
			v.sees(".side-name", "sales")
			v.do(script(`[...document.querySelectorAll('.side-name')].find((e) => e.textContent === 'sales').closest('button').click()`)) // on a phone the list is folded away
			v.sees(".message", "Sales · ")
			v.sees(".message figure, .message svg, .message .chart", "Proceeds in EUR")
			v.sees(".message", "against the mean of the 28 days before")
			v.fits("the digest, " + size.name)

			x, y := v.sees(".thread-link", "1 reply")
			v.do(chromedp.MouseClickXY(x, y))
			v.sees(".thread .message", "By app")
			v.sees(".thread .message", "Countries")
			v.fits("its thread, " + size.name)
			v.clicks("button", "Close thread")

			v.says("/asc sales 28d")
			v.sees(".message button", "By country")
			v.fits("sales 28d, " + size.name)
			v.clicks(".message button", "By country")
			v.sees(".message td, .message th", "Germany")
			v.fits("sales 28d by country, " + size.name)
		})
	}
}

// fits checks that nothing is wider than the window, and leaves a picture.
func (v *visitor) fits(name string) {
	v.t.Helper()
	v.shoot(name)
	if ask[bool](v, `document.documentElement.scrollWidth > innerWidth`) {
		v.t.Errorf("%s is wider than the window", name)
	}
}
