package main

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	slackapi "github.com/slack-go/slack"

	"github.com/ascbot/ascbot/sandbox/slack"
)

// What a team does about builds, testers and their feedback, as it looks: lists with
// buttons, a card, a form that finds testers, a picture that came from a phone.
func TestThePageShowsTestFlight(t *testing.T) {
	atLeisure(t)
	v, _ := visit(t, 1280, 1000)
	v.says("/asc")
	v.sees(".message", "What would you like to do?")
	v.sees(".message button", "Everything you can ask for…")
	v.shoot("the menu in a channel")

	v.says("/asc build Halo 118")
	v.sees(".message", "87 days left")
	v.sees(".message button", "Submit for beta review…")
	v.shoot("a build")

	v.says("/asc testers Halo")
	v.sees(".message", "8 testers of Halo")
	v.shoot("testers")

	v.says("/asc tester remove …")
	v.sees("[role=dialog]", "Remove testers")
	v.types("Testers", "noor")
	v.sees("[role=option]", "noor@friends.example")
	v.shoot("testers are found")
	v.press(kb.Escape + kb.Escape)
	v.noLonger("[role=dialog]")

	v.says("/asc feedback Halo screenshots")
	v.sees(".message", "The text is cut off here.")
	v.shoot("feedback")
	v.clicks(".message button", "Show")
	v.sees(".side-row .badge", "1")
	v.clicks(".side-name", "asc")
	v.until("the picture is drawn", `[...document.querySelectorAll('.message img')].some((i) => i.complete && i.naturalWidth > 100)`)
	v.shoot("a picture of a tester")
}

// A form upon the menu: Back leads to the menu, the cross closes both, and what is sent
// becomes its result.
func TestThePageStacksModals(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 1000)
	open := func() int { return len(home.box.Slack.Snapshot("U0ANA").Views) }
	v.says("/asc")
	v.clicks(".message:last-child button", "Everything you can ask for…")
	v.sees("[role=dialog] h2", "App Store Connect")
	if ask[bool](v, `document.querySelector('[role=dialog] button[aria-label=Back]') !== null`) {
		t.Error("there is a way back from the first window")
	}
	for _, leave := range []func(){
		func() { v.clicks("[role=dialog] header button", "Back") },
		func() { v.clicks("[role=dialog] footer button", "Back") },
		func() { v.press(kb.Escape) },
	} {
		v.clicks("[role=dialog] button", "Rename a beta group")
		v.sees("[role=dialog] h2", "Rename a beta group")
		v.types("New name", "Beta friends")
		v.shoot("a form upon the menu")
		if n := open(); n != 2 {
			t.Errorf("Slack has %d views open", n)
		}
		leave()
		v.sees("[role=dialog] h2", "App Store Connect")
	}
	v.shoot("back at the menu")
	v.clicks("[role=dialog] button", "Rename a beta group")
	v.sees("[role=dialog] h2", "Rename a beta group")
	v.clicks("[role=dialog] header button", "Close")
	v.noLonger("[role=dialog]")
	if n := open(); n != 0 {
		t.Errorf("Slack has %d views open", n)
	}

	v.clicks(".message:last-child button", "Everything you can ask for…")
	v.clicks("[role=dialog] button", "Rename a beta group")
	v.types("New name", "Beta friends")
	v.clicks("[role=dialog] button", "Ask for it")
	v.sees("[role=dialog] .input-error", "Please complete this required field.")
	v.shoot("an unfinished form upon the menu")
	v.types("Group", "frie")
	v.picks("[role=option]", "Friends")
	v.clicks("[role=dialog] button", "Ask for it")
	v.sees("[role=dialog]", "Asked: #1")
	v.clicks("[role=dialog] footer button", "Close")
	v.noLonger("[role=dialog]")
	if n := open(); n != 0 {
		t.Errorf("Slack has %d views open", n)
	}
}

// A picture that was uploaded as a file and then stands in a block by its id: in its size,
// with its title. Whoever may not see the file, which is everybody until it was shared in
// the channel, gets the words for it.
func TestThePageShowsPicturesByFileID(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 860)
	v.sees(".composer textarea", "")
	api := slackapi.New(home.box.Slack.BotToken(), slackapi.OptionAPIURL(home.box.SlackAPIURL()))
	shows := func(title, channel string) {
		id := uploads(t, api, channel)
		picture := map[string]any{"type": "image", "slack_file": map[string]any{"id": id}, "alt_text": title + ": up 12 %"}
		calls(t, home, "chat.postMessage", map[string]any{"channel": "C0IOS", "text": title, "blocks": []any{
			map[string]any{"type": "image", "slack_file": picture["slack_file"], "alt_text": picture["alt_text"], "title": map[string]any{"type": "plain_text", "text": title}},
			map[string]any{"type": "context", "elements": []any{picture, map[string]any{"type": "mrkdwn", "text": "small"}}},
		}})
		v.sees(".message figcaption", title)
	}
	shows("Units", "")
	v.sees(".message .image-absent", "Units: up 12 %")
	shows("Sessions", "C0IOS")
	v.until("both are drawn", `[...document.querySelectorAll('.message img[alt="Sessions: up 12 %"]')].filter((i) => i.complete && i.naturalWidth === 640).length === 2`)
	v.legible("pictures")
	v.shoot("a picture by its file id")
}

// uploads gives Slack a picture of 640 by 240, shared in a channel if one is named, and
// waits until Slack has looked at it, as everybody has to who wants to show it.
func uploads(t *testing.T, api *slackapi.Client, channel string) (id string) {
	t.Helper()
	drawn := image.NewRGBA(image.Rect(0, 0, 640, 240))
	draw.Draw(drawn, drawn.Bounds(), image.NewUniform(color.RGBA{0x0b, 0x7d, 0x5c, 0xff}), image.Point{}, draw.Src)
	var data bytes.Buffer
	if err := png.Encode(&data, drawn); err != nil {
		t.Fatal(err)
	}
	f, err := api.UploadFileContext(t.Context(), slackapi.UploadFileParameters{Filename: "units.png", FileSize: data.Len(), Reader: &data, Channel: channel})
	if err != nil {
		t.Fatal(err)
	}
	for again := time.Tick(200 * time.Millisecond); ; <-again {
		info, _, _, err := api.GetFileInfoContext(t.Context(), f.ID, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mimetype != "" {
			return f.ID
		}
	}
}

// What people see when the app does not answer within three seconds: a line of Slackbot's
// for a command, a sentence in a form that keeps what was typed, a mark at a button. The
// keyboard goes on working.
func TestThePageShowsWhatSlackSaysOfSilence(t *testing.T) {
	atLeisure(t)
	v, home := visit(t, 1280, 860)
	v.says("/asc builds Halo")
	v.sees(".message", "builds of Halo")
	v.says("/asc group rename Friends in Halo …")
	v.sees("[role=dialog] h2", "Rename a beta group")
	heal := home.box.Slack.Inject(slack.Fault{Kind: slack.LoseEnvelope})
	v.types("New name", "Family")
	v.press("\r")
	v.sees("[role=dialog] .modal-trouble", "We had some trouble connecting")
	v.until("what was typed is still there", `[...document.querySelectorAll('[role=dialog] input')].some((i) => i.value === 'Family')`)
	v.shoot("a form that was not answered")
	v.press(kb.Escape)
	v.noLonger("[role=dialog]")
	v.clicks(".message:last-child button", "Show")
	v.sees(".message:last-child .message-trouble", "")
	v.says("/asc users")
	v.sees(".message", `/asc failed with the error "operation_timeout"`)
	v.shoot("a command that was not answered")
	heal()
	v.says("/asc users")
	v.sees(".message", "Ana Reyes")
}
