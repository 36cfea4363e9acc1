package main

import "testing"

// Somebody who is on the team leaves Slack: their removal is proposed, and nothing is done by itself.
func TestThePageShowsWhoLeaves(t *testing.T) {
	v, home := visitAt(t, &sandboxCmd{}, 1280, 860)
	v.find(".side-name", "asc", true)
	v.clicks("[role=tab], button", "Apple")
	v.sees(".apple-part", "ben@meadow.example")
	leaves := `[...document.querySelectorAll('.apple-part li')].map((l) => l.textContent.includes('ben@meadow.example') && [...l.querySelectorAll('button')].find((b) => b.textContent === 'Leaves Slack')).find(Boolean)`
	v.until("the button beside Ben", leaves+` !== undefined`)
	v.do(script(leaves + `.click()`))
	v.sees("button", "Is back in Slack")
	v.actsAs("Cy Lindqvist")
	v.sees(".desk", "Cy Lindqvist")
	v.clicks(".side-name", "asc-approvals")
	v.sees(".message", "Ben Okafor")
	v.shoot("somebody left")
	v.clicks(".message button", "Ask for removal")
	v.sees(".message", "Remove ben@meadow.example from the team")
	v.sees(".message button", "Approve")
	for _, r := range home.box.Apple.Resources("users") {
		if r.Attributes["username"] == "ben@meadow.example" {
			return
		}
	}
	t.Error("Ben was removed by nobody's decision")
}
