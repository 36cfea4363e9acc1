package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ascbot/ascbot/store"
)

// The whole story by clicking, as two members: ask with the form, be corrected
// at the field, see that one cannot approve it oneself, have it approved, and see
// it at Apple; then the digest with its chart.
func TestThePageTellsTheStory(t *testing.T) {
	v, home := visit(t, 1280, 860)
	v.find(".side-name", "asc", true) // the app is in the sidebar by its name
	v.says("/asc invite")
	v.types("E-mail address", "nia@example.com")
	v.types("First name", "Nia")
	v.types("Last name", "Cole")
	v.clicks("input[role=combobox]", "Roles")
	x, y := v.sees("[role=option]", "Developer")
	v.do(chromedp.MouseClickXY(x, y), chromedp.KeyEvent("\u001b"))
	v.clicks("label", "Only the apps chosen below")
	v.clicks("button", "Ask for it")
	v.sees("[role=dialog]", "Choose at least one app")
	v.shoot("a complaint at the field")

	x, y = v.sees("input[role=combobox]", "Apps")
	v.do(chromedp.MouseClickXY(x, y), chromedp.KeyEvent("hal"))
	x, y = v.sees("[role=option]", "example.meadow.halo")
	v.do(chromedp.MouseClickXY(x, y))
	v.clicks("button", "Ask for it")
	v.sees("[role=dialog]", "Asked: #1 Invite nia@example.com as Developer in Halo")
	v.shoot("asked")
	v.clicks("[role=dialog] button", "Close")
	v.noLonger("[role=dialog]")

	v.clicks(".side-name", "asc-approvals")
	v.clicks("button", "Approve")
	v.clicks("[role=alertdialog] button, [role=dialog] button", "Approve")
	v.sees(".message", "You asked for it; someone else has to agree")
	v.shoot("not one's own")

	v.actsAs("Cy Lindqvist")
	v.sees(".desk", "Cy Lindqvist")
	v.clicks(".side-name", "asc-approvals")
	v.clicks("button", "Approve")
	v.clicks("[role=alertdialog] button, [role=dialog] button", "Approve")
	v.sees(".message", "Invitation sent to nia@example.com")
	v.sees(".message", "Approved by @Cy Lindqvist")
	v.shoot("done")
	r, err := home.st.Request(1)
	if err != nil || r.State != store.Done {
		t.Fatalf("the store says %v, %v", r.State, err)
	}
	found := 0
	for _, inv := range home.box.Apple.Resources("userInvitations") {
		if inv.Attributes["email"] == "nia@example.com" {
			found++
		}
	}
	if found != 1 {
		t.Errorf("%d invitations at Apple", found)
	}

	v.clicks("button", "Move the clock to 9:00")
	v.sees(".message", "Sales · ")
	v.sees(".message figure, .message svg, .message .chart", "Proceeds in EUR")
	v.sees(".message", "First downloads")
	v.shoot("the digest")
}

// Text from strangers is inert on the page too.
func TestThePageRunsNothingOfStrangers(t *testing.T) {
	v, home := visit(t, 390, 844)
	const nasty = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script> <https://evil.example|apple.com> <!channel> <@U0ANA>`
	if _, err := home.box.Slack.Say("U0BEN", "C0IOS", nasty); err != nil {
		t.Fatal(err)
	}
	v.clicks(".phone-tab", "Chat")
	v.sees(".message", "onerror")
	if strings.Contains(ask[string](v, `document.title`), "owned") {
		t.Error("a message ran as a script")
	}
	if ask[bool](v, `document.documentElement.scrollWidth > innerWidth`) {
		t.Error("the page is wider than a phone")
	}
	if got := ask[int](v, `document.querySelectorAll('.message .mention').length`); got != 0 {
		t.Errorf("words of a stranger became %d mentions", got)
	}
	if got := ask[string](v, `[...document.querySelectorAll('.message a')].map((a) => a.textContent + ' ' + a.href).join()`); got != "https://evil.example https://evil.example/" {
		t.Errorf("words of a stranger became the links %q", got)
	}
	v.shoot("a phone")
}
