package bot_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// In the menu that /asc answers with, a command is found as one types, and chosen. It is a
// message, where no form is open.
func TestTheMenuInAMessageFindsCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.start(nil)
		w.box.Slack.Command("ana", "#ios", "/asc")
		settle(rest)
		var menu slack.Message
		for _, c := range w.box.Slack.Snapshot("ana").Channels {
			for _, m := range c.Messages {
				if m.Ephemeral && strings.Contains(string(m.Blocks), `"find"`) {
					menu = m
				}
			}
		}
		var block string
		_, after, _ := strings.Cut(string(menu.Blocks), `"block_id":"`)
		block, _, _ = strings.Cut(after, `"`)
		offered, err := w.box.Slack.SuggestInMessage("ana", menu.Channel, menu.TS, block, "find", "renam")
		must(t, err)
		if len(offered.Options) != 1 || offered.Options[0].Value != "group rename" {
			t.Fatalf("it offers %+v", offered)
		}
		w.box.Slack.Press(slack.Press{User: "ana", Channel: menu.Channel, TS: menu.TS, BlockID: block, ActionID: "find", Input: slack.Input{Selected: []string{"group rename"}}})
		settle(rest)
		if open := w.box.Slack.Snapshot("ana").Views; len(open) != 1 || open[0].Title != "Rename a beta group" {
			t.Errorf("open are %+v", open)
		}
	})
}
