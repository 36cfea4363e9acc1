package main

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// Two teams by clicking: the form asks for which team, what it offers follows from that, and
// somebody outside Slack accepts the invitation with another account.
func TestThePageShowsTwoTeams(t *testing.T) {
	v, home := visitAt(t, &sandboxCmd{Teams: 2}, 1280, 860)
	v.find(".side-name", "asc", true)
	v.clicks(".side-name", "asc-approvals") // a channel of no team
	v.says("/asc users admins")
	v.sees(".message", "There are several App Store Connect teams here")
	v.clicks("button", "On Orchard")
	v.sees(".message", "rosa@orchard.example")
	v.sees(".message", "App Store Connect team: Orchard")
	v.shoot("which team")

	v.says("/asc invite")
	v.clicks("input[role=combobox]", "App Store Connect team")
	v.do(script(`document.querySelectorAll('[role=dialog] input').forEach((f) => { f.dataset.before = 'it' })`))
	v.picks("[role=option]", "Orchard")
	v.until("the form of the other team", `document.querySelector('[role=dialog] input') && !document.querySelector('[data-before]')`)
	v.types("E-mail address", "di@example.com")
	v.types("First name", "Di")
	v.types("Last name", "Fox")
	v.clicks("input[role=combobox]", "Roles")
	x, y := v.sees("[role=option]", "Developer")
	v.do(chromedp.MouseClickXY(x, y), chromedp.KeyEvent("\u001b"))
	v.clicks("label", "Only the apps chosen below")
	x, y = v.sees("input[role=combobox]", "Apps")
	v.do(chromedp.MouseClickXY(x, y), chromedp.KeyEvent("plu"))
	x, y = v.sees("[role=option]", "example.orchard.plum")
	v.do(chromedp.MouseClickXY(x, y))
	v.shoot("the form")
	v.clicks("button", "Ask for it")
	v.sees("[role=dialog]", "Asked: #1 Invite di@example.com as Developer in Plum · Orchard")
	v.clicks("[role=dialog] button", "Close")
	v.noLonger("[role=dialog]")

	v.actsAs("Cy Lindqvist")
	v.sees(".desk", "Cy Lindqvist")
	v.clicks(".side-name", "asc-approvals")
	v.clicks("button", "Approve")
	v.clicks("[role=alertdialog] button, [role=dialog] button", "Approve")
	v.sees(".message", "Invitation sent to di@example.com")
	if got := len(home.box.Apple.Resources("userInvitations")); got != 1 {
		t.Errorf("the first team has %d invitations, and had one", got)
	}

	v.do(script(`window.prompt = () => 'di@icloud.example'`))
	v.clicks("[role=tab], button", "Apple")
	v.sees(".apple-part", "di@example.com")
	v.do(script(`[...document.querySelectorAll('.apple-part li')].map((l) => l.textContent.includes('di@example.com') && l.querySelector('button')).find(Boolean).click()`))
	v.sees(".apple-part", "di@icloud.example")
	v.shoot("accepted under another address")
}
