package main

import (
	"testing"
	"time"

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

// A digest set up by clicking, in two steps, by two people; then looked at, paused and
// removed.
func TestThePageSetsUpADigest(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 900)
	v.find(".side-name", "asc", true)
	v.says("/asc digest add")
	v.sees("[role=dialog]", "Sales digest")
	v.types("Name", "evening")
	v.clicks("input[role=combobox]", "Channel")
	v.picks("[role=option]", "sales")
	v.types("When", "whenever")
	v.shoot("digest, the first step")
	v.clicks("[role=dialog] button", "Next")
	v.sees("[role=dialog]", "is no time that is understood here")
	v.shoot("digest, a complaint at the first step")
	v.types("When", "weekdays 18:00")
	v.clicks("[role=dialog] button", "Next")
	v.sees("[role=dialog]", "All of the following can stay as it is")
	v.types("Currency", "USD")
	v.shoot("digest, the second step")
	v.clicks("[role=dialog] button", "Back to the first step")
	v.sees("[role=dialog] button", "Next")
	v.until("what was typed is still there", `[...document.querySelectorAll('[role=dialog] input')].some((f) => f.value === 'weekdays 18:00')`)
	v.clicks("[role=dialog] button", "Next")
	v.sees("[role=dialog]", "All of the following can stay as it is")
	v.until("what was typed is still there", `[...document.querySelectorAll('[role=dialog] input')].some((f) => f.value === 'USD')`)
	v.clicks("[role=dialog] button", "Ask")
	v.sees("[role=dialog]", "Asked: #1 Post the sales digest evening in #sales, weekdays at 18:00")
	v.clicks("[role=dialog] button", "Close")
	v.noLonger("[role=dialog]")

	agree := func() {
		v.clicks(".side-name", "asc-approvals")
		v.clicks("button", "Approve")
		v.clicks("[role=alertdialog] button, [role=dialog] button", "Approve")
	}
	v.actsAs("Cy Lindqvist")
	v.sees(".desk", "Cy Lindqvist")
	agree()
	v.sees(".message", "The digest evening is posted in #sales")
	v.shoot("digest, agreed")
	v.says("/asc digest list")
	v.sees(".message", "weekdays at 18:00")
	v.shoot("digest, the list")
	v.says("/asc digest preview evening")
	v.sees(".message", "only you see this")
	v.sees(".message", "Proceeds in USD")
	v.shoot("digest, the preview")
	v.says("/asc digest history evening")
	v.until("nothing was posted yet", `[...document.querySelectorAll('.message')].some((m) => /It was never due yet|was set up, and is posted from now on/.test(m.textContent))`)

	v.actsAs("Ana Reyes")
	v.sees(".desk", "Ana Reyes")
	v.says("/asc digest pause evening")
	v.sees(".message", "Pause the sales digest evening")
	v.actsAs("Cy Lindqvist")
	v.sees(".desk", "Cy Lindqvist")
	agree()
	v.sees(".message", "The digest evening is paused now")
	v.says("/asc digest list")
	v.sees(".message", "paused")
	v.shoot("digest, paused")

	v.actsAs("Ana Reyes")
	v.sees(".desk", "Ana Reyes")
	v.says("/asc digest remove evening")
	v.sees(".message", "Remove the sales digest evening")
	v.actsAs("Cy Lindqvist")
	v.sees(".desk", "Cy Lindqvist")
	agree()
	v.sees(".message", "The digest evening is gone now")
	v.shoot("digest, removed")
	if kept, err := home.st.Digests(); err != nil || len(kept) != 0 {
		t.Errorf("%d digests are kept, %v", len(kept), err)
	}
}

// A report is late: the digest names the gap, and completes itself when it comes, which raises
// an alarm, since hardly anything was sold. Looked at in light and dark, and on a phone.
func TestThePageShowsALateReportAndAnAlarm(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 1500)
	pacific, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	nine := home.box.Clock.Now().In(pacific)
	if nine.Hour() >= 9 {
		nine = nine.AddDate(0, 0, 1)
	}
	nine = time.Date(nine.Year(), nine.Month(), nine.Day(), 9, 0, 0, 0, pacific)
	day := nine.AddDate(0, 0, -1).Format(time.DateOnly)
	home.box.Apple.Delay(day, true)
	home.box.Apple.Demand(day, "", 30)
	looks := func(name string) {
		v.fits(name)
		v.prefers("dark")
		v.fits(name + ", dark")
		v.do(chromedp.EmulateViewport(390, 1500))
		v.fits(name + ", phone, dark")
		v.prefers("light")
		v.fits(name + ", phone")
		v.do(chromedp.EmulateViewport(1280, 1500))
	}
	v.clicks(".side-name", "sales")
	for _, to := range []time.Time{nine, nine.Add(4*time.Hour + time.Minute)} {
		if err := home.box.Clock.MoveTo(to); err != nil {
			t.Fatal(err)
		}
	}
	v.sees(".message", "The report is not published yet")
	looks("a digest with a gap")
	v.says("/asc digest history daily")
	v.sees(".message", "waits for the report of vendor 85012345")
	v.says("/asc status")
	v.sees(".message", "Waits")
	v.fits("what waits")

	home.box.Apple.Delay(day, false)
	if err := home.box.Clock.Move(11 * time.Minute); err != nil {
		t.Fatal(err)
	}
	v.sees(".message", "Large changes on")
	v.sees(".message button", "Mute for 30 days")
	v.sees(".message figure, .message svg, .message .chart", "Proceeds in EUR")
	looks("a completed digest")
	v.do(script(`[...document.querySelectorAll('.message')].findLast((e) => e.textContent.includes('Large changes')).scrollIntoView({block: 'end'})`))
	looks("an alarm")
	v.legible("an alarm")
	v.clicks(".message button", "Mute for 30 days")
	v.sees(".message", "Muted until")
	v.fits("a muted alarm")
}
