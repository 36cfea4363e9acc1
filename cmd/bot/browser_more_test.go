package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// A shortcut of the app from the composer, and one of a message, up to the card.
func TestThePageOffersShortcuts(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 860)
	v.clicks("button", "Shortcuts")
	v.shoot("the shortcuts")
	v.picks("[role=menuitem]", "Ask App Store Connect")
	v.sees("[role=dialog] button", "Invite")
	v.shoot("the menu")
	v.press(kb.Escape)
	v.noLonger("[role=dialog]")

	if _, err := home.box.Slack.Say("U0BEN", "C0IOS", "New testers: kim@example.com and lee@example.com, please"); err != nil {
		t.Fatal(err)
	}
	v.points(".message", "kim@example.com")
	v.clicks(".message button", "More actions")
	v.shoot("what one can do with a message")
	v.picks("[role=menuitem]", "Add TestFlight testers")
	v.sees("[role=dialog]", "Add testers")
	v.until("the addresses stand in the form", `[...document.querySelectorAll('[role=dialog] textarea, [role=dialog] input')].some((f) => f.value.includes('kim@example.com') && f.value.includes('lee@example.com'))`)
	v.shoot("addresses of a message")
	v.press(kb.Escape)
	v.noLonger("[role=dialog]")

	v.says("the bulid is out")
	v.points(".message", "the bulid is out")
	v.picks(".message:last-child button[aria-label='More actions']", "")
	v.picks("[role=menuitem]", "Edit message")
	v.types("Edit message", "the build is out")
	v.press("\r")
	v.sees(".message", "the build is out")
	v.sees(".message .edited", "(edited)")
	v.shoot("an edited message")
}

// Everything without a mouse: hints with the arrow keys, the form, Escape, and the
// messages.
func TestThePageWorksWithKeysAlone(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 860)
	v.sees(".composer textarea", "")
	v.do(script(`document.querySelector('.composer textarea').focus()`), chromedp.KeyEvent("/asc invi"))
	v.sees("[role=option]", "/asc invite")
	const chosen = `document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.querySelector('.hint-command').textContent || ''`
	for range 9 {
		if v.press(kb.ArrowDown); ask[string](v, chosen) == "/asc invite" {
			break
		}
	}
	v.shoot("hints")
	v.press("\r")
	v.until("the hint is in the composer", `document.querySelector('.composer textarea').value === '/asc invite '`)
	v.press("\r")
	v.sees("[role=dialog]", "Invite to the team")
	v.until("the first field has the focus", `document.activeElement.closest('[role=dialog]') !== null && document.activeElement.matches('input')`)
	v.press("nia@example.com" + kb.Tab + "Nia" + kb.Tab + "Cole" + kb.Tab + "dev")
	v.sees("[role=option]", "Developer")
	v.press("\r" + kb.Escape)
	v.sees("[role=dialog] .chip", "Developer")
	v.press("\r")
	v.sees("[role=dialog]", "Asked: #1")
	v.press(kb.Escape)
	v.noLonger("[role=dialog]")
	v.until("one can write on", `document.activeElement.matches('.composer textarea')`)
	if r, err := home.st.Request(1); err != nil || r.State != store.Pending {
		t.Fatalf("the store says %v, %v", r.State, err)
	}
	if _, err := home.box.Slack.Say("U0BEN", "C0IOS", "what is left?"); err != nil {
		t.Fatal(err)
	}
	v.sees(".message", "what is left?")
	v.do(script(`document.querySelector('.messages-scroll').focus()`))
	v.press(kb.ArrowUp + kb.Tab)
	v.until("a button of the message has the focus", `document.activeElement.matches('.message button') && getComputedStyle(document.activeElement).outlineStyle !== 'none'`)
	v.shoot("a message by key")
	v.press("\r")
	v.sees(".thread .message", "what is left?")
	v.press("nothing\r")
	v.sees(".thread .message", "nothing")
	v.press(kb.Escape)
	v.until("the thread is closed", `document.querySelector('.thread').hidden`)
}

// Two members side by side: what one does the other sees, without a reload.
func TestThePageShowsTwoMembers(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1600, 900)
	v.clicks(".tool", "Two people")
	v.sees(".desk + .desk", "Cy Lindqvist")
	v.says("/asc invite nia@example.com developer in Halo")
	v.sees(".desk + .desk .message", "Invite nia@example.com as Developer in Halo")
	v.shoot("two members")
	v.clicks(".desk + .desk button", "Approve")
	v.clicks("[role=alertdialog] button", "Approve")
	v.sees(".desk + .desk .message", "Invitation sent to nia@example.com")
	v.sees(".desk:first-child .side-unread", "asc")
	v.shoot("two members afterwards")
	if r, err := home.st.Request(1); err != nil || r.State != store.Done {
		t.Fatalf("the store says %v, %v", r.State, err)
	}
}

// What waits for somebody stands in their App Home, and can be agreed to there.
func TestThePageApprovesFromAppHome(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 860)
	v.says("/asc invite nia@example.com developer in Halo")
	v.sees(".message", "nia@example.com")
	v.actsAs("Cy Lindqvist")
	v.sees(".switcher", "Cy Lindqvist")
	v.clicks(".side-name", "asc")
	v.sees(".home .block", "Invite nia@example.com as Developer in Halo")
	v.shoot("App Home")
	v.clicks(".home button", "Approve")
	v.clicks("[role=alertdialog] button", "Approve")
	v.until("it is done", `fetch('/sandbox/apple').then((r) => r.json()).then((all) => all.userInvitations.some((i) => i.attributes.email === 'nia@example.com'))`)
	v.until("the home no longer offers it", `![...document.querySelectorAll('.home button')].some((b) => b.textContent === 'Approve')`)
	v.shoot("App Home afterwards")
	if r, err := home.st.Request(1); err != nil || r.State != store.Done {
		t.Fatalf("the store says %v, %v", r.State, err)
	}
	v.clicks(".tabs .tab", "Messages")
	v.sees(".beginning", "asc")
}

// Something comes in while a mouse button is down, as it always does at some time: what was
// pressed is clicked all the same, and what came in is shown then.
func TestThePageTakesAClickDuringWhichSomethingComes(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 860)
	x, y := v.find(".side-name", "random", true)
	v.do(chromedp.MouseEvent(chromedp.MousePressed, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	seen := ask[float64](v, `performance.getEntriesByType('resource').filter((r) => r.name.includes('/sandbox/state')).length`)
	if _, err := home.box.Slack.Say("U0BEN", "C0RANDOM", "lunch?"); err != nil {
		t.Fatal(err)
	}
	v.until("the page has heard of it", fmt.Sprintf(`performance.getEntriesByType('resource').filter((r) => r.name.includes('/sandbox/state')).length > %v`, seen))
	v.do(chromedp.MouseEvent(chromedp.MouseReleased, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	v.sees(".message", "lunch?")
}

// turns are the buttons that turn pages; on the first page and the last there is one.
const turns = `.message [data-spot*=" turn/"]`

// A long list has pages, and the page is that of a phone too.
func TestThePageTurnsLongLists(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 860)
	api := home.bot.Teams[0].API
	var group string
	for g, err := range api.BetaGroups(t.Context(), asc.BetaGroupFilter{Name: []string{"Friends"}, IncludeApp: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if g.App.Name == "Halo" {
			group = g.ID
		}
	}
	var crowd []asc.NewBetaTester
	for i := range 20 {
		crowd = append(crowd, asc.NewBetaTester{Email: fmt.Sprintf("tester%02d@example.com", i), Groups: []string{group}})
	}
	for r := range api.CreateBetaTesters(t.Context(), crowd) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	v.says("/asc testers Halo")
	v.sees(".message", "Page 1 of")
	v.shoot("a long list")
	first := ask[string](v, `document.querySelector('.message:last-child .message-body').innerText`)
	v.picks(turns, "")
	v.sees(".message", "Page 2 of")
	if second := ask[string](v, `document.querySelector('.message:last-child .message-body').innerText`); second == first {
		t.Error("the second page says what the first said")
	}
	v.shoot("its second page")
	v.picks(turns, "")
	v.sees(".message", "Page 1 of")
}

// The clock: an hour on, and tomorrow at nine, from its panel.
func TestThePageMovesTheClock(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 860)
	before := home.box.Clock.Offset()
	v.sees("#clock-tool", "P")
	v.clicks("#clock-tool", ask[string](v, `document.getElementById('clock-tool').getAttribute('aria-label')`))
	v.shoot("the clock")
	v.clicks("[role=dialog] button", "+1 hour")
	v.sees(".toast", "It is now")
	if moved := home.box.Clock.Offset() - before; moved.Round(1e9).Hours() != 1 {
		t.Errorf("the clock moved by %v", moved)
	}
	v.sees("#clock-tool .tool-mark", "moved")
	v.clicks("#clock-tool", ask[string](v, `document.getElementById('clock-tool').getAttribute('aria-label')`))
	v.clicks("[role=dialog] button", "Tomorrow 9:00")
	v.sees("#clock-tool .tool-words", "9:00 AM")
	v.clicks(".side-name", "sales")
	v.sees(".message", "Sales · ")
}

// Trouble for some calls only, used up by the call it was meant for.
func TestThePageMakesTroubleForSomeCalls(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 860)
	v.clicks("#trouble-tool", "Trouble")
	v.sees(".aim button", "Make it happen")
	v.do(script(`const pick = (id, value) => { const f = document.getElementById(id); f.value = value; f.dispatchEvent(new Event('change')); };
		pick('aim-kind', 'apple-503'); pick('aim-method', 'GET'); pick('aim-path', '/v1/betaTesters')`))
	v.clicks(".aim button", "Make it happen")
	v.sees(".aimed li", "GET /v1/betaTesters")
	v.sees("#trouble-tool .tool-mark", "1 on")
	v.shoot("trouble")
	v.press(kb.Escape)
	v.says("/asc users")
	v.sees(".message", "Ana Reyes")
	if left := ask[string](v, `document.getElementById('trouble-tool').textContent`); !strings.Contains(left, "1 on") {
		t.Errorf("another call used it up: %q", left)
	}
	v.says("/asc testers Halo")
	v.until("the call used it up", `!document.getElementById('trouble-tool').textContent.includes('1 on')`)
	hit := 0
	for _, c := range home.box.Apple.Calls(0) {
		if c.Fault != "" {
			hit++
		}
	}
	if hit != 1 {
		t.Errorf("%d calls were hit", hit)
	}
}

// The wire shows by itself all that goes between Slack, the bot and Apple, the
// records of the log, and in red what the checker of blocks refused, with the place.
func TestThePageShowsTheWire(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 860)
	v.clicks("[role=tab]", "Wire")
	v.says("/asc invite nia@example.com developer in Halo")
	v.sees(".wire-envelope", "/asc invite")
	v.sees(".wire-ack", "acknowledged")
	v.until("the acknowledgement says how long it took", `[...document.querySelectorAll('.wire-ack .wire-took')].some((e) => /\d\s?(ms|s|µs)/.test(e.textContent))`)
	v.sees(".wire-api", "chat.postMessage")
	v.sees(".wire-apple", "GET /v1/")
	v.sees(".wire-log", "asked")
	v.shoot("the wire")
	calls(t, home, "chat.postMessage", map[string]any{"channel": "C0IOS", "text": "x", "blocks": []any{
		map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": strings.Repeat("x", 3001)}}}})
	v.sees(".wire-is-bad .wire-bad", "invalid_blocks")
	v.sees(".wire-is-bad .wire-why", "/blocks/0/text")
	if colour, red := ask[string](v, `getComputedStyle(document.querySelector('.wire-why')).color`), "rgb(179, 38, 30)"; colour != red {
		t.Errorf("it is %s and not red", colour)
	}
	v.shoot("refused blocks")
	v.do(script(`document.querySelector('.wire-log summary').click()`))
	v.sees(".wire-body", `"kind"`)
	v.clicks("[role=tab]", "Log")
	v.sees(".log-list", "asked")
	if _, err := home.st.Record(store.Leaf{Kind: "noted", At: home.box.Clock.Now(), Note: "written while somebody looks"}); err != nil {
		t.Fatal(err)
	}
	v.sees(".log-list", "written while somebody looks")
	v.shoot("the log")
	v.legible("the log")
	v.clicks("[role=tab]", "Wire")
	v.legible("the wire")
	v.prefers("dark")
	v.legible("the wire in the dark")
	v.shoot("the wire in the dark")
}

// Another site that is open in the same browser can neither act nor read.
func TestThePageRefusesOtherSites(t *testing.T) {
	v, home := visit(t, 800, 600)
	v.sees(".composer textarea", "")
	token := ask[string](v, `document.querySelector('meta[name=sandbox-token]').content`)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<title>another site</title><p>hello</p>")
	}))
	defer other.Close()
	v.do(chromedp.Navigate(other.URL))
	const say = `{"user":"U0ANA","channel":"C0IOS","text":"written by another site"}`
	tried := ask[[]string](v, `(async () => {
		const at = `+quoted(home.box.URL())+`, body = `+quoted(say)+`, done = [];
		const attempt = async (how, what) => { try { done.push(how + ': ' + await what()); } catch (e) { done.push(how + ': ' + e.name); } };
		await attempt('simple', () => fetch(at + 'sandbox/say', { method: 'POST', mode: 'no-cors', body }).then((r) => r.type));
		await attempt('with the token', () => fetch(at + 'sandbox/say', { method: 'POST', body, headers: { 'Content-Type': 'application/json', 'X-Sandbox-Token': `+quoted(token)+` } }).then((r) => r.status));
		await attempt('a read', () => fetch(at + 'sandbox/state').then((r) => r.text()));
		await attempt('a frame', () => new Promise((ok) => { const f = document.createElement('iframe'); f.onload = () => { let seen; try { seen = f.contentDocument?.body.innerText; } catch { seen = ''; } ok(seen || 'nothing seen'); }; f.src = at; document.body.append(f); }));
		return done;
	})()`)
	want := []string{"simple: TypeError", "with the token: TypeError", "a read: TypeError", "a frame: nothing seen"}
	if strings.Join(tried, "|") != strings.Join(want, "|") {
		t.Errorf("another site got %q, want %q", tried, want)
	}
	for _, c := range home.box.Slack.Snapshot("U0ANA").Channels {
		for _, m := range c.Messages {
			t.Errorf("another site made somebody write %q", m.Text)
		}
	}
}

// What Block Kit can show, in both schemes and on a phone.
func TestThePageDrawsBlockKit(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 1500)
	v.sees(".composer textarea", "")
	text, err := os.ReadFile("testdata/blockkit.json")
	if err != nil {
		t.Fatal(err)
	}
	var posts map[string]map[string]any
	if err := json.Unmarshal(text, &posts); err != nil {
		t.Fatal(err)
	}
	for _, post := range posts {
		calls(t, home, "chat.postMessage", post)
	}
	v.sees(".message", "What Block Kit can show")
	v.shoot("Block Kit")
	v.clicks(".message button", "More actions")
	v.picks("[role=menuitem]", "Remove it")
	v.sees("[role=alertdialog]", "Really?")
	v.shoot("overflow and confirm")
	v.clicks("[role=alertdialog] button", "Keep it")
	v.noLonger("[role=alertdialog]")
	v.clicks(".attachment button", "In an attachment")
	v.until("the button of the attachment reaches the bot", `fetch('/sandbox/wire').then((r) => r.json()).then((w) => w.lines.some((l) => l.kind === 'envelope' && l.what.includes('In an attachment')))`)
	v.legible("Block Kit")
	v.prefers("dark")
	v.until("it is dark", `getComputedStyle(document.body).backgroundColor === 'rgb(23, 27, 26)'`)
	v.legible("Block Kit in the dark")
	v.shoot("Block Kit in the dark")
	v.clicks(".side-name", "asc-approvals")
	v.sees(".message svg", "")
	v.legible("charts in the dark")
	v.shoot("charts in the dark")
	v.prefers("light")
	v.shoot("charts")
	v.clicks(".side-name", "partners")
	v.sees(".message", "Testers of Halo")
	v.clicks(".sort-button", "Sessions")
	v.clicks(".data-table button", "Next")
	v.sees(".data-table tbody tr:last-child", "Eve")
	v.legible("grouped blocks")
	v.shoot("grouped blocks")
	for _, place := range []string{"ios", "sales", "partners", "asc-approvals"} {
		v.clicks(".side-name", place)
		if left := ask[string](v, `[...document.querySelectorAll('.unknown')].map((e) => e.textContent).join()`); left != "" {
			t.Errorf("in #%s nobody draws %s", place, left)
		}
	}
	v.do(chromedp.EmulateViewport(390, 1500, chromedp.EmulateMobile, chromedp.EmulateTouch))
	v.sees(".head-who", "Ana")
	if wide := ask[[]string](v, tooWide); len(wide) > 0 {
		t.Errorf("wider than a phone: %q", wide)
	}
	v.shoot("charts on a phone")
	v.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	v.clicks("button", "Channels")
	v.until("the channels have slid in", `document.querySelector('.side').getBoundingClientRect().x === 0`)
	v.shoot("channels on a phone")
	v.clicks(".side-name", "ios")
	v.sees(".message table", "Pebble")
	v.shoot("a table on a phone")
}

// tooWide finds what sticks out of a phone's width and cannot be scrolled within it.
const tooWide = `[...document.querySelectorAll('.desk *')].filter((e) => {
	const r = e.getBoundingClientRect();
	return r.width > 0 && r.right > innerWidth + 1 && !e.closest('.table-scroll, .carousel, .side, .tabs') && getComputedStyle(e).position !== 'absolute';
}).map((e) => e.className + ' ' + e.textContent.slice(0, 30))`

// quoted is a Go string as a script writes it.
func quoted(s string) string { b, _ := json.Marshal(s); return string(b) }

// calls asks the stand-in's Web API as an app does.
func calls(t *testing.T, home *playground, method string, args map[string]any) {
	t.Helper()
	body, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, home.box.SlackAPIURL()+method, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+home.box.Slack.BotToken())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", method, res.Status)
	}
	all := home.box.Slack.Journal(0)
	for _, e := range all[max(0, len(all)-5):] {
		if e.Kind == slack.KindAPI && e.Method == method && e.Error != "" {
			t.Logf("%s: %s %q", method, e.Error, e.Why)
		}
	}
}
