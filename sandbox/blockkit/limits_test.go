package blockkit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/sandbox/blockkit"
)

// A limit is one number of Block Kit. Its payload is tried just inside and just outside, on both ends where
// there are two.
type limit struct {
	name    string
	payload func(n int) string // a block with n of what is limited
	least   int                // 0: nothing to be too few of
	most    int
	unit    string // chars, items or number
	at      string // where the complaint points, below the block
}

func (l limit) tooMany() string {
	switch l.unit {
	case "chars":
		return fmt.Sprintf("must be less than %d characters", l.most+1)
	case "items":
		return fmt.Sprintf("no more than %d items allowed", l.most)
	}
	return fmt.Sprintf("must be less than %d", l.most+1)
}

func (l limit) tooFew() string {
	switch l.unit {
	case "chars":
		return fmt.Sprintf("must be more than %d characters", l.least-1)
	case "items":
		return fmt.Sprintf("no less than %d items allowed", l.least)
	}
	return fmt.Sprintf("must be more than %d", l.least-1)
}

// with puts a value of n characters where the block says %s.
func with(format string) func(int) string {
	return func(n int) string { return fmt.Sprintf(format, a(n)) }
}

// count puts the number itself where the block says %d.
func count(format string) func(int) string {
	return func(n int) string { return fmt.Sprintf(format, n) }
}

// several puts a list of n items where the block says %s.
func several(format string, item func(int) string) func(int) string {
	return func(n int) string { return fmt.Sprintf(format, list(n, item)) }
}

const (
	picture = `{"type":"image","image_url":"https://x.example/a.png","alt_text":"a"}`
	rich    = `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}`
	video   = `"type":"video","video_url":"https://x.example/v","thumbnail_url":"https://x.example/t.png"`
)

// The blocks around what is tried; each has one %s or %d.
var (
	inActions   = func(element string) string { return `{"type":"actions","elements":[` + element + `]}` }
	inInput     = func(element string) string { return input(element) }
	inAccessory = func(element string) string { return accessory(element) }
	cardOf      = func(more string) string {
		return `{"type":"card","title":` + mrkdwn(1) + more + `}`
	}
	boxOf = func(more string) string {
		return `{"type":"container","title":` + plain(1) + `,"child_blocks":[{"type":"divider"}]` + more + `}`
	}
	dataTable = func(more string) string {
		return `{"type":"data_table","caption":"c","rows":[[{"type":"raw_text","text":"App"}],[{"type":"raw_text","text":"Halo"}]]` + more + `}`
	}
	layoutOf = func(item string) string {
		return `{"type":"layout","label":"l","rows":[{"items":[` + item + `]}]}`
	}
	taskOf = func(more string) string {
		return `{"type":"task_card","task_id":"t","title":"t","status":"complete"` + more + `}`
	}
	textAt = `{"type":"plain_text","text":"%s"}`
	markAt = `{"type":"mrkdwn","text":"%s"}`
)

var limits = []limit{
	{"block_id", with(`{"type":"divider","block_id":"%s"}`), 1, 255, "chars", "/block_id"},
	{"action_id", with(inActions(`{"type":"button","text":` + plain(1) + `,"action_id":"%s"}`)), 1, 255, "chars", "/elements/0/action_id"},
	{"section text", with(`{"type":"section","text":` + markAt + `}`), 1, 3000, "chars", "/text/text"},
	{"section fields", several(`{"type":"section","fields":%s}`, same(mrkdwn(1))), 1, 10, "items", "/fields"},
	{"section field", with(`{"type":"section","fields":[` + textAt + `]}`), 1, 2000, "chars", "/fields/0/text"},
	{"header", with(`{"type":"header","text":` + textAt + `}`), 1, 150, "chars", "/text/text"},
	{"header level", count(`{"type":"header","text":` + plain(1) + `,"level":%d}`), 1, 4, "number", "/level"},
	{"image alt_text", with(`{"type":"image","image_url":"https://x.example/a.png","alt_text":"%s"}`), 1, 2000, "chars", "/alt_text"},
	{"image title", with(`{"type":"image","image_url":"https://x.example/a.png","alt_text":"a","title":` + textAt + `}`), 1, 2000, "chars", "/title/text"},
	{"image_url", func(n int) string {
		return `{"type":"image","image_url":"https://x.example/` + strings.Repeat("a", max(0, n-18)) + `","alt_text":"a"}`
	}, 0, 3000, "chars", "/image_url"},
	{"context elements", several(`{"type":"context","elements":%s}`, same(plain(1))), 1, 10, "items", "/elements"},
	{"context text", with(`{"type":"context","elements":[` + markAt + `]}`), 1, 3000, "chars", "/elements/0/text"},
	{"actions elements", several(`{"type":"actions","elements":%s}`, same(button(""))), 1, 25, "items", "/elements"},
	{"context_actions elements", several(`{"type":"context_actions","elements":%s}`, same(thumbs)), 1, 5, "items", "/elements"},
	{"input label", with(`{"type":"input","label":` + textAt + `,"element":{"type":"email_text_input"}}`), 1, 2000, "chars", "/label/text"},
	{"input hint", with(`{"type":"input","label":` + plain(1) + `,"hint":` + textAt + `,"element":{"type":"email_text_input"}}`), 1, 2000, "chars", "/hint/text"},
	{"table rows", several(`{"type":"table","rows":%s}`, same(`[{"type":"raw_text","text":"x"}]`)), 1, 100, "items", "/rows"},
	{"table cells", several(`{"type":"table","rows":[%s]}`, same(`{"type":"raw_text","text":"x"}`)), 1, 20, "items", "/rows/0"},
	{"table column_settings", several(`{"type":"table","rows":[[{"type":"raw_text","text":"x"}]],"column_settings":%s}`, same(`{"align":"left"}`)), 1, 20, "items", "/column_settings"},
	{"data_table rows", several(`{"type":"data_table","caption":"c","rows":%s}`, same(`[{"type":"raw_text","text":"x"}]`)), 2, 101, "items", "/rows"},
	{"data_table columns", func(n int) string {
		row := list(n, same(`{"type":"raw_text","text":"x"}`))
		return `{"type":"data_table","caption":"c","rows":[` + row + `,` + row + `]}`
	}, 1, 20, "items", "/rows/0"},
	{"data_table page_size", count(dataTable(`,"page_size":%d`)), 1, 100, "number", "/page_size"},
	{"card title", with(`{"type":"card","title":` + markAt + `}`), 1, 150, "chars", "/title/text"},
	{"card subtitle", with(cardOf(`,"subtitle":` + markAt)), 1, 150, "chars", "/subtitle/text"},
	{"card body", with(cardOf(`,"body":` + markAt)), 1, 200, "chars", "/body/text"},
	{"carousel cards", several(`{"type":"carousel","elements":%s}`, same(cardOf(""))), 1, 10, "items", "/elements"},
	{"container title", with(`{"type":"container","title":` + textAt + `,"child_blocks":[{"type":"divider"}]}`), 1, 150, "chars", "/title/text"},
	{"container subtitle", with(boxOf(`,"subtitle":` + markAt)), 1, 150, "chars", "/subtitle/text"},
	{"container child_blocks", several(`{"type":"container","title":`+plain(1)+`,"child_blocks":%s}`, same(`{"type":"divider"}`)), 1, 10, "items", "/child_blocks"},
	{"layout label", with(`{"type":"layout","label":"%s","rows":[{"items":[{"block":{"type":"divider"}}]}]}`), 1, 150, "chars", "/label"},
	{"layout rows", several(`{"type":"layout","label":"l","rows":%s}`, same(`{"items":[{"block":{"type":"divider"}}]}`)), 1, 5, "items", "/rows"},
	{"layout items", several(`{"type":"layout","label":"l","rows":[{"items":%s}]}`, same(`{"block":{"type":"divider"}}`)), 1, 3, "items", "/rows/0/items"},
	{"video title", with(`{` + video + `,"alt_text":"a","title":` + textAt + `}`), 1, 199, "chars", "/title/text"},
	{"video author_name", with(`{` + video + `,"alt_text":"a","title":` + plain(1) + `,"author_name":"%s"}`), 1, 49, "chars", "/author_name"},

	{"button text", with(inActions(`{"type":"button","text":` + textAt + `}`)), 1, 75, "chars", "/elements/0/text/text"},
	{"button value", with(inActions(button(`,"value":"%s"`))), 0, 2000, "chars", "/elements/0/value"},
	{"button accessibility_label", with(inActions(button(`,"accessibility_label":"%s"`))), 1, 75, "chars", "/elements/0/accessibility_label"},
	{"button url", func(n int) string {
		return inActions(button(`,"url":"https://x.example/` + strings.Repeat("a", max(0, n-18)) + `"`))
	}, 0, 3000, "chars", "/elements/0/url"},
	{"overflow options", several(inAccessory(`{"type":"overflow","options":%s}`), option), 1, 5, "items", "/accessory/options"},
	{"select options", several(inAccessory(`{"type":"static_select","options":%s}`), option), 1, 100, "items", "/accessory/options"},
	{"select option_groups", several(inAccessory(`{"type":"static_select","option_groups":%s}`), same(`{"label":`+plain(1)+`,"options":`+options(1)+`}`)), 1, 100, "items", "/accessory/option_groups"},
	{"options of a group", several(inAccessory(`{"type":"multi_static_select","option_groups":[{"label":`+plain(1)+`,"options":%s}]}`), option), 1, 100, "items", "/accessory/option_groups/0/options"},
	{"label of a group", with(inAccessory(`{"type":"static_select","option_groups":[{"label":` + textAt + `,"options":` + options(1) + `}]}`)), 1, 75, "chars", "/accessory/option_groups/0/label/text"},
	{"option text", with(inAccessory(`{"type":"static_select","options":[{"text":` + textAt + `,"value":"v"}]}`)), 1, 75, "chars", "/accessory/options/0/text/text"},
	{"option value", with(inAccessory(`{"type":"static_select","options":[{"text":` + plain(1) + `,"value":"%s"}]}`)), 1, 150, "chars", "/accessory/options/0/value"},
	{"option description", with(inAccessory(`{"type":"static_select","options":[{"text":` + plain(1) + `,"value":"v","description":` + textAt + `}]}`)), 1, 75, "chars", "/accessory/options/0/description/text"},
	{"placeholder", with(inAccessory(`{"type":"external_select","placeholder":` + textAt + `}`)), 1, 150, "chars", "/accessory/placeholder/text"},
	{"placeholder of a select", with(inAccessory(`{"type":"static_select","options":` + options(1) + `,"placeholder":` + textAt + `}`)), 1, 150, "chars", "/accessory/placeholder/text"},
	{"placeholder of a date", with(inAccessory(`{"type":"datepicker","placeholder":` + textAt + `}`)), 1, 150, "chars", "/accessory/placeholder/text"},
	{"placeholder of a time", with(inAccessory(`{"type":"timepicker","placeholder":` + textAt + `}`)), 1, 150, "chars", "/accessory/placeholder/text"},
	{"placeholder of an input", with(inInput(`{"type":"plain_text_input","placeholder":` + textAt + `}`)), 1, 150, "chars", "/element/placeholder/text"},
	{"initial_value", with(inInput(`{"type":"plain_text_input","initial_value":"%s"}`)), 0, 3000, "chars", "/element/initial_value"},
	{"max_selected_items", count(inAccessory(`{"type":"multi_users_select","max_selected_items":%d}`)), 1, 100, "number", "/accessory/max_selected_items"},
	{"initial_date_time", count(inInput(`{"type":"datetimepicker","initial_date_time":%d}`)), 1_000_000_000, 9_999_999_999, "number", "/element/initial_date_time"},
	{"url in an overflow menu", func(n int) string {
		return inAccessory(`{"type":"overflow","options":[{"text":` + plain(1) + `,"url":"https://x.example/` + strings.Repeat("a", max(0, n-18)) + `"}]}`)
	}, 0, 3000, "chars", "/accessory/options/0/url"},
	{"url of a link", func(n int) string {
		return `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"https://x.example/` + strings.Repeat("a", max(0, n-18)) + `"}]}]}`
	}, 0, 3000, "chars", "/elements/0/elements/0/url"},
	{"border", count(`{"type":"rich_text","elements":[{"type":"rich_text_quote","border":%d,"elements":[{"type":"text","text":"x"}]}]}`), 0, 1, "number", "/elements/0/border"},
	{"video alt_text", with(`{` + video + `,"title":` + plain(1) + `,"alt_text":"%s"}`), 1, 2000, "chars", "/alt_text"},
	{"trigger_actions_on", several(inInput(`{"type":"plain_text_input","dispatch_action_config":{"trigger_actions_on":%s}}`), same(`"on_enter_pressed"`)), 1, 2, "items", "/element/dispatch_action_config/trigger_actions_on"},
	{"filter", several(inInput(`{"type":"conversations_select","filter":{"include":%s}}`), same(`"im"`)), 1, 4, "items", "/element/filter/include"},
	{"checkboxes options", several(inInput(`{"type":"checkboxes","options":%s}`), option), 1, 10, "items", "/element/options"},
	{"radio_buttons options", several(inInput(`{"type":"radio_buttons","options":%s}`), option), 1, 10, "items", "/element/options"},
	{"min_length", count(inInput(`{"type":"plain_text_input","min_length":%d}`)), 0, 3000, "number", "/element/min_length"},
	{"max_length", count(inInput(`{"type":"plain_text_input","max_length":%d}`)), 1, 3000, "number", "/element/max_length"},
	{"max_files", count(inInput(`{"type":"file_input","max_files":%d}`)), 1, 10, "number", "/element/max_files"},
	{"max_lines", count(inInput(`{"type":"rich_text_input","max_lines":%d}`)), 1, 100, "number", "/element/max_lines"},
	{"min_lines", count(inInput(`{"type":"rich_text_input","min_lines":%d}`)), 1, 100, "number", "/element/min_lines"},
	{"confirm title", with(inActions(button(`,"confirm":` + dialog("title", textAt)))), 1, 100, "chars", "/elements/0/confirm/title/text"},
	{"confirm text", with(inActions(button(`,"confirm":` + dialog("text", markAt)))), 1, 300, "chars", "/elements/0/confirm/text/text"},
	{"confirm confirm", with(inActions(button(`,"confirm":` + dialog("confirm", textAt)))), 1, 30, "chars", "/elements/0/confirm/confirm/text"},
	{"confirm deny", with(inActions(button(`,"confirm":` + dialog("deny", textAt)))), 1, 30, "chars", "/elements/0/confirm/deny/text"},
	{"feedback text", with(`{"type":"context_actions","elements":[` + strings.Replace(thumbs, plain(1), textAt, 1) + `]}`), 1, 75, "chars", "/elements/0/positive_button/text/text"},
	{"icon_button text", with(`{"type":"context_actions","elements":[{"type":"icon_button","icon":"trash","text":` + textAt + `}]}`), 1, 75, "chars", "/elements/0/text/text"},
	{"workflow_button text", with(inActions(`{"type":"workflow_button","text":` + textAt + `,"workflow":{"trigger":{"url":"https://slack.com/shortcuts/Ft1/x"}}}`)), 1, 75, "chars", "/elements/0/text/text"},
	{"list indent", count(`{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","indent":%d,"elements":[{"type":"rich_text_section","elements":[]}]}]}`), 0, 8, "number", "/elements/0/indent"},

	{"chart title", with(`{"type":"data_visualization","title":"%s","chart":{"type":"pie","segments":[{"label":"x","value":1}]}}`), 1, 50, "chars", "/title"},
	{"pie segments", several(chart(`{"type":"pie","segments":%s}`), same(`{"label":"x","value":1}`)), 1, 6, "items", "/chart/segments"},
	{"segment label", with(chart(`{"type":"pie","segments":[{"label":"%s","value":1}]}`)), 1, 20, "chars", "/chart/segments/0/label"},
	{"series", func(n int) string {
		return lines(`["Mon"]`, list(n, func(i int) string { return fmt.Sprintf(`{"name":"A%d","data":[{"label":"Mon","value":1}]}`, i) }))
	}, 1, 6, "items", "/chart/series"},
	{"series name", with(lines(`["Mon"]`, `[{"name":"%s","data":[{"label":"Mon","value":1}]}]`)), 1, 20, "chars", "/chart/series/0/name"},
	{"points and categories", func(n int) string {
		return lines(list(n, func(i int) string { return fmt.Sprintf(`"c%d"`, i) }), `[{"name":"A","data":`+list(n, func(i int) string { return fmt.Sprintf(`{"label":"c%d","value":1}`, i) })+`}]`)
	}, 1, 20, "items", "/chart/axis_config/categories"},
	{"category", func(n int) string {
		return lines(`["`+a(n)+`"]`, `[{"name":"A","data":[{"label":"`+a(n)+`","value":1}]}]`)
	}, 1, 20, "chars", "/chart/axis_config/categories/0"},
	{"x_label", with(chart(`{"type":"bar","series":[{"name":"A","data":[{"label":"Mon","value":1}]}],"axis_config":{"categories":["Mon"],"x_label":"%s"}}`)), 1, 50, "chars", "/chart/axis_config/x_label"},
	{"y_label", with(chart(`{"type":"area","series":[{"name":"A","data":[{"label":"Mon","value":1}]}],"axis_config":{"categories":["Mon"],"y_label":"%s"}}`)), 1, 50, "chars", "/chart/axis_config/y_label"},
}

const thumbs = `{"type":"feedback_buttons","positive_button":{"text":{"type":"plain_text","text":"ä"},"value":"up"},"negative_button":{"text":{"type":"plain_text","text":"ä"},"value":"down"}}`

// dialog is a confirm dialog with one part written differently.
func dialog(part, as string) string {
	parts := map[string]string{"title": plain(1), "text": mrkdwn(1), "confirm": plain(1), "deny": plain(1)}
	parts[part] = as
	return `{"title":` + parts["title"] + `,"text":` + parts["text"] + `,"confirm":` + parts["confirm"] + `,"deny":` + parts["deny"] + `}`
}

func TestLimits(t *testing.T) {
	for _, l := range limits {
		on := blockkit.InMessage
		check := func(n int) []blockkit.Complaint { return blockkit.Blocks(on, []byte("["+l.payload(n)+"]")) }
		for _, n := range []int{max(l.least, 1), l.most} {
			if got := said(check(n)); got != "" {
				t.Errorf("%s: %d is within the limit: %s", l.name, n, got)
			}
		}
		if want := l.tooMany() + " [json-pointer:/0" + l.at + "]"; !says(check(l.most+1), want) {
			t.Errorf("%s: %d:\n got %s\nwant %s", l.name, l.most+1, said(check(l.most+1)), want)
		}
		if want := l.tooFew() + " [json-pointer:/0" + l.at + "]"; l.least > 0 && !says(check(l.least-1), want) {
			t.Errorf("%s: %d:\n got %s\nwant %s", l.name, l.least-1, said(check(l.least-1)), want)
		}
	}
}

func says(found []blockkit.Complaint, want string) bool {
	return slices.ContainsFunc(found, func(c blockkit.Complaint) bool { return c.String() == want })
}

// Every element may stand in some places and in no others.
func TestPlaces(t *testing.T) {
	elements := map[string]string{
		"button": `"text":` + plain(1), "workflow_button": `"text":` + plain(1) + `,"workflow":{"trigger":{"url":"https://slack.com/shortcuts/Ft1/x"}}`,
		"overflow": `"options":` + options(1), "static_select": `"options":` + options(1), "multi_static_select": `"options":` + options(1),
		"external_select": "", "multi_external_select": "", "users_select": "", "multi_users_select": "", "channels_select": "",
		"multi_channels_select": "", "conversations_select": "", "multi_conversations_select": "",
		"checkboxes": `"options":` + options(1), "radio_buttons": `"options":` + options(1), "datepicker": "", "timepicker": "", "datetimepicker": "",
		"plain_text_input": "", "rich_text_input": "", "email_text_input": "", "url_text_input": "", "number_input": `"is_decimal_allowed":true`,
		"file_input": "", "image": `"image_url":"https://x.example/a.png","alt_text":"a"`,
		"feedback_buttons": thumbs[len(`{"type":"feedback_buttons",`) : len(thumbs)-1], "icon_button": `"icon":"trash","text":` + plain(1),
	}
	everywhere := "section actions input"
	stands := map[string]string{
		"button": "section actions", "workflow_button": "section actions", "overflow": "section actions", "image": "section context",
		"datetimepicker": "actions input", "rich_text_input": "actions input", "plain_text_input": "input", "email_text_input": "input",
		"url_text_input": "input", "number_input": "input", "file_input": "input", "feedback_buttons": "context_actions", "icon_button": "context_actions",
	}
	around := map[string]func(string) string{
		"section": inAccessory, "actions": inActions, "input": inInput,
		"context":         func(e string) string { return `{"type":"context","elements":[` + e + `]}` },
		"context_actions": func(e string) string { return `{"type":"context_actions","elements":[` + e + `]}` },
		"card":            func(e string) string { return `{"type":"card","actions":[` + e + `]}` },
	}
	stands["button"] += " card"
	for kind, more := range elements {
		element := `{"type":"` + kind + `"` + strings.TrimSuffix(","+more, ",") + `}`
		allowed, special := stands[kind]
		if !special {
			allowed = everywhere
		}
		for place, put := range around {
			fine := said(blockkit.Blocks(blockkit.InMessage, []byte("["+put(element)+"]"))) == ""
			if should := slices.Contains(strings.Fields(allowed), place); fine != should {
				t.Errorf("%s in %s: taken is %t", kind, place, fine)
			}
			valid.add(fine, put(element))
		}
	}
}

// Every block stands on some surfaces and on no others.
func TestSurfaces(t *testing.T) {
	all := map[blockkit.Surface]string{blockkit.InMessage: "message", blockkit.InModal: "modal", blockkit.InHome: "home"}
	everywhere := "message modal home"
	for _, c := range []struct{ block, on string }{
		{`{"type":"section","text":` + mrkdwn(1) + `}`, everywhere},
		{`{"type":"header","text":` + plain(1) + `}`, everywhere},
		{`{"type":"divider"}`, everywhere},
		{picture, everywhere},
		{`{"type":"context","elements":[` + picture + `]}`, everywhere},
		{inActions(button("")), everywhere},
		{inInput(`{"type":"email_text_input"}`), everywhere},
		{rich, everywhere},
		{`{` + video + `,"alt_text":"a","title":` + plain(1) + `}`, everywhere},
		{`{"type":"markdown","text":"x"}`, "message"},
		{`{"type":"table","rows":[[` + rich + `]]}`, "message"},
		{dataTable(""), "message"},
		{chart(`{"type":"pie","segments":[{"label":"US","value":1}]}`), "message"},
		{`{"type":"context_actions","elements":[` + thumbs + `]}`, "message"},
		{`{"type":"alert","text":` + mrkdwn(1) + `,"level":"warning"}`, "modal"},
		{cardOf(""), "message"},
		{`{"type":"carousel","elements":[` + cardOf("") + `]}`, "message"},
		{boxOf(""), "message"},
		{layoutOf(`{"block":{"type":"divider"}}`), "message"},
		{taskOf(""), "message"},
		{`{"type":"plan","title":"t","tasks":[` + taskOf("") + `]}`, "message"},
		{`{"type":"file","external_id":"x","source":"remote"}`, ""},
	} {
		for on, name := range all {
			fine := said(blockkit.Blocks(on, []byte("["+c.block+"]"))) == ""
			if should := slices.Contains(strings.Fields(c.on), name); fine != should {
				t.Errorf("%.40s in a %s: taken is %t", c.block, name, fine)
			}
			valid.add(fine, c.block)
		}
	}
}
