package slack_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
)

func names(id string) string { return strings.ToLower(strings.TrimPrefix(id, "U0")) }

func TestPlain(t *testing.T) {
	for _, c := range []struct{ name, blocks, want string }{
		{"tokens", `[{"type":"section","text":{"type":"mrkdwn","text":"<@U0ANA|a> &amp; <#C1|x> <!subteam^S1> <!here> <https://a.example|site> <mailto:a@b.c|a@b.c> &lt;b&gt; <!date^1700000000^{date}|then>"}}]`,
			"@ana & #c1 @s1 @here site (https://a.example) a@b.c <b> then"},
		{"plain text stays", `[{"type":"header","text":{"type":"plain_text","text":"<@U0ANA> &amp;"}}]`, "<@U0ANA> &amp;"},
		{"section", `[{"type":"section","text":{"type":"plain_text","text":"A"},"fields":[{"type":"plain_text","text":"B"}],"accessory":{"type":"button","text":{"type":"plain_text","text":"Go"}}}]`, "A\nB [Go]"},
		{"context and divider", `[{"type":"divider"},{"type":"context","elements":[{"type":"plain_text","text":"by"},{"type":"image","alt_text":"me"}]}]`, "———\nby (me)"},
		{"actions", `[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Approve"}},{"type":"button","text":{"type":"plain_text","text":"Deny"}},{"type":"static_select","placeholder":{"type":"plain_text","text":"Pick"}},{"type":"users_select","initial_user":"U0ANA"}]}]`, "[Approve] [Deny] [Pick ▾] [@ana ▾]"},
		{"input", `[{"type":"input","label":{"type":"plain_text","text":"E-mail"},"element":{"type":"email_text_input","initial_value":"a@b.c"}}]`, "E-mail: a@b.c"},
		{"boxes", `[{"type":"input","label":{"type":"plain_text","text":"Roles"},"element":{"type":"checkboxes","options":[{"text":{"type":"plain_text","text":"A"},"value":"a"},{"text":{"type":"plain_text","text":"B"},"value":"b"}],"initial_options":[{"text":{"type":"plain_text","text":"B"},"value":"b"}]}}]`, "Roles: [ ] A [x] B"},
		{"image", `[{"type":"image","title":{"type":"plain_text","text":"Units"},"alt_text":"up 12 %"}]`, "Units (up 12 %)"},
		{"rich text", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"<see> "},{"type":"user","user_id":"U0BEN"}]},{"type":"rich_text_list","style":"ordered","indent":1,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"one"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"two"}]}]},{"type":"rich_text_quote","elements":[{"type":"text","text":"q"}]}]}]`, "<see> @ben\n  1. one\n  2. two\n> q"},
		{"table", `[{"type":"table","rows":[[{"type":"raw_text","text":"App"},{"type":"raw_text","text":"Units"}],[{"type":"raw_text","text":"Halo"},{"type":"raw_number","value":12}]]}]`, "App | Units\nHalo | 12"},
		{"chart", `[{"type":"data_visualization","title":"Units","chart":{"type":"bar","series":[{"name":"Halo","data":[{"label":"Mon","value":1.5},{"label":"Tue","value":-2}]}]}}]`, "(Units)\nHalo: Mon 1.5, Tue -2"},
		{"nonsense", `[3,{"type":7},{"type":"section","text":[]}]`, ""},
		{"no list", `{}`, ""},
	} {
		if got := sandbox.Plain(json.RawMessage(c.blocks), names); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
	date := `[{"type":"section","text":{"type":"mrkdwn","text":"<!date^1700000000^{date_num} at {time}|then>"}}]`
	if got := sandbox.PlainIn(json.RawMessage(date), names, time.FixedZone("", 3600)); got != "2023-11-14 at 11:13 PM" {
		t.Errorf("in a zone: %q", got)
	}
}

func FuzzPlain(f *testing.F) {
	f.Add(`[{"type":"section","text":{"type":"mrkdwn","text":"<@U|<#|!date^x^y>&"}}]`)
	f.Add(`[{"type":"table","rows":[[null]]},{"type":"data_visualization","chart":{"series":[1]}}]`)
	f.Fuzz(func(t *testing.T, blocks string) {
		sandbox.PlainIn(json.RawMessage(blocks), names, time.UTC)
	})
}
