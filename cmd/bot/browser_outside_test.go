package main

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// Testers are added with the form, by somebody who makes a slip first; then one plays what
// happens outside: Apple's processing of a build, and a tester who accepts and installs. What
// is asked afterwards says so.
func TestThePagePlaysTestFlight(t *testing.T) {
	atLeisure(t)
	v, home := visitAt(t, &sandboxCmd{Teams: 2}, 1500, 950)
	orchards := len(home.box.Orchard.Resources("betaTesters"))
	v.says(`/asc tester add on "Meadow Labs"`)
	v.sees("[role=dialog]", "Add testers")
	v.types("E-mail addresses", "kim@example.com\nlou@example")
	x, y := v.sees("input[role=combobox]", "Groups")
	v.do(chromedp.MouseClickXY(x, y), chromedp.KeyEvent("halo fr"))
	v.picks("[role=option]", "Friends in Halo")
	v.clicks("button", "Ask for it")
	v.sees("[role=dialog]", "“lou@example” is not an e-mail address.")
	v.shoot("a slip among the addresses")
	v.types("E-mail addresses", "kim@example.com\nLou Reed <lou@example.com>")
	v.clicks("button", "Ask for it")
	v.sees("[role=dialog]", "Asked: #1 Add 2 testers to Friends in Halo")
	v.clicks("[role=dialog] button", "Close")
	v.noLonger("[role=dialog]")
	v.actsAs("Ben Okafor")
	v.sees(".desk", "Ben Okafor")
	v.clicks(".side-name", "asc-approvals")
	v.sees(".message", "New (2)")
	v.shoot("the card of two testers")
	v.clicks("button", "Approve")
	v.clicks("[role=alertdialog] button, [role=dialog] button", "Approve")
	v.sees(".message", "Of 2: 2 done.")
	v.shoot("two testers are in")

	v.clicks("[role=tab], button", "Apple")
	v.sees(".atapple", "Builds")
	v.sees(".atapple .tag", "Orchard")
	v.clicks(".atapple button", "Processed")
	v.sees(".atapple", "Missing export compliance")
	v.do(script(`[...document.querySelectorAll('.atapple li')].find((li) => li.textContent.includes('kim@example.com') && li.textContent.includes('Accept and install')).querySelector('button:last-of-type').click()`))
	v.until("kim has installed it", `![...document.querySelectorAll('.atapple li')].some((li) => li.textContent.includes('kim@example.com') && li.textContent.includes('Accept and install'))`)
	v.shoot("what stands at Apple")
	v.clicks(".side-name", "ios")
	v.says(`/asc testers Halo kim on "Meadow Labs"`)
	v.sees(".message", "kim@example.com  ·  installed")
	v.shoot("one tester")
	for _, r := range home.box.Apple.Resources("betaTesters") {
		if r.Attributes["email"] == "kim@example.com" && r.Attributes["state"] != "INSTALLED" {
			t.Errorf("at Apple kim stands as %v", r.Attributes)
		}
	}
	if got := len(home.box.Orchard.Resources("betaTesters")); got != orchards {
		t.Errorf("the other team has %d testers, and had %d", got, orchards)
	}
}
