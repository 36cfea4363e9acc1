package blockkit_test

import (
	"testing"

	"github.com/ascbot/ascbot/sandbox/blockkit"
)

func cell(s string) string { return `{"type":"raw_text","text":"` + s + `"}` }

// The rules of the younger blocks that are no plain limits.
var younger = []one{
	{"card of everything", cardOf(`,"hero_image":` + picture + `,"icon":` + picture + `,"subtitle":` + mrkdwn(1) + `,"body":` + mrkdwn(1) + `,"subtext":` + mrkdwn(1) + `,"actions":[` + button("") + `]`), ""},
	{"card of an image", `{"type":"card","hero_image":` + picture + `}`, ""},
	{"card of a subtitle", `{"type":"card","subtitle":` + mrkdwn(1) + `}`, "missing required field: hero_image [json-pointer:/0]"},
	{"plain card", `{"type":"card","title":` + plain(1) + `}`, "must be one of: mrkdwn [json-pointer:/0/title/type]"},
	{"card with Slack's icon", cardOf(`,"slack_icon":{"type":"icon","name":"rocket"}`), ""},
	{"card with two icons", cardOf(`,"icon":` + picture + `,"slack_icon":{"type":"icon","name":"rocket"}`), "only one of icon, slack_icon allowed [json-pointer:/0]"},
	{"same action twice in a card", cardOf(`,"actions":[` + button(`,"action_id":"go"`) + `,` + button(`,"action_id":"go"`) + `]`), "action_id must be unique in its block: go [json-pointer:/0/actions/1/action_id]"},
	{"section in a carousel", `{"type":"carousel","elements":[{"type":"divider"}]}`, "unsupported type: divider [json-pointer:/0/elements/0/type]"},

	{"container", boxOf(`,"subtitle":` + plain(1) + `,"icon":` + picture + `,"width":"full","is_collapsible":true,"default_collapsed":true`), ""},
	{"container with rich title", `{"type":"container","rich_text_title":` + rich + `,"child_blocks":[` + rich + `,` + picture + `,{"type":"header","text":` + plain(1) + `}]}`, ""},
	{"container without title", `{"type":"container","child_blocks":[{"type":"divider"}]}`, "missing required field: title [json-pointer:/0]"},
	{"container without children", `{"type":"container","title":` + plain(1) + `}`, "missing required field: child_blocks [json-pointer:/0]"},
	{"collapsed for good", boxOf(`,"default_collapsed":true`), "only allowed when is_collapsible is true [json-pointer:/0/default_collapsed]"},
	{"divided header", boxOf(`,"has_header_divider":true`), ""},
	{"divided and collapsible", boxOf(`,"has_header_divider":true,"is_collapsible":true`), "only allowed when is_collapsible is false [json-pointer:/0/has_header_divider]"},
	{"width", boxOf(`,"width":"huge"`), "must be one of: narrow, standard, wide, full [json-pointer:/0/width]"},
	{"chart in a container", `{"type":"container","title":` + plain(1) + `,"child_blocks":[` + chart(`{"type":"pie","segments":[{"label":"US","value":1}]}`) + `]}`, "unsupported type: data_visualization [json-pointer:/0/child_blocks/0/type]"},
	{"container in a container", `{"type":"container","title":` + plain(1) + `,"child_blocks":[` + boxOf("") + `]}`, "unsupported type: container [json-pointer:/0/child_blocks/0/type]"},
	{"same block id inside", `{"type":"container","title":` + plain(1) + `,"child_blocks":[{"type":"divider","block_id":"x"},{"type":"divider","block_id":"x"}]}`, "block_id must be unique: x [json-pointer:/0/child_blocks/1/block_id]"},

	{"layout", `{"type":"layout","label":"l","is_label_visible":true,"grid_lines":"rows","fallback":[{"type":"divider"}],"rows":[{"items":[{"block":` + picture + `,"width":"wide","horizontal_alignment":"end"},{"block":` + cardOf("") + `}]}]}`, ""},
	{"markdown in a layout", layoutOf(`{"block":{"type":"markdown","text":"x"}}`), "unsupported type: markdown [json-pointer:/0/rows/0/items/0/block/type]"},
	{"alert in a layout", layoutOf(`{"block":{"type":"alert","text":` + plain(1) + `}}`), "unsupported type: alert [json-pointer:/0/rows/0/items/0/block/type]"},
	{"item without block", layoutOf(`{"width":"wide"}`), "missing required field: block [json-pointer:/0/rows/0/items/0]"},
	{"buttons as fallback", `{"type":"layout","label":"l","rows":[{"items":[{"block":{"type":"divider"}}]}],"fallback":[` + actions(button("")) + `]}`, "unsupported type: actions [json-pointer:/0/fallback/0/type]"},
	{"two levels", layoutOf(`{"block":` + boxOf("") + `}`), ""},
	{"three levels", layoutOf(`{"block":{"type":"container","title":` + plain(1) + `,"child_blocks":[` + layoutOf(`{"block":{"type":"divider"}}`) + `]}}`),
		"containers and layouts may be nested 2 levels deep [json-pointer:/0/rows/0/items/0/block/child_blocks/0/rows]"},

	{"data table", `{"type":"data_table","caption":"Units","page_size":5,"row_header_column_index":1,"rows":[[` + cell("App") + `,` + cell("Units") + `,` + cell("Do") + `],[` + rich + `,{"type":"raw_number","value":12.5,"text":"12.5"},{"type":"action_cell","element":` + button("") + `,"fallback":` + cell("-") + `}]]}`, ""},
	{"no caption", `{"type":"data_table","rows":[[` + cell("App") + `],[` + cell("Halo") + `]]}`, "missing required field: caption [json-pointer:/0]"},
	{"rich header row", `{"type":"data_table","caption":"c","rows":[[` + rich + `],[` + cell("Halo") + `]]}`, "must be raw_text in the header row [json-pointer:/0/rows/0/0]"},
	{"uneven rows", `{"type":"data_table","caption":"c","rows":[[` + cell("App") + `],[` + cell("Halo") + `,` + cell("12") + `]]}`, "must have 1 cells as the header row has [json-pointer:/0/rows/1]"},
	{"no such column", dataTable(`,"row_header_column_index":1`), "must be less than 1 [json-pointer:/0/row_header_column_index]"},
	{"number without text", `{"type":"data_table","caption":"c","rows":[[` + cell("App") + `],[{"type":"raw_number","value":1}]]}`, "missing required field: text [json-pointer:/0/rows/1/0]"},
	{"select in a cell", `{"type":"data_table","caption":"c","rows":[[` + cell("App") + `],[{"type":"action_cell","element":{"type":"users_select"}}]]}`, "unsupported type: users_select [json-pointer:/0/rows/1/0/element/type]"},
	{"action in a plain table", `{"type":"table","rows":[[{"type":"action_cell","element":` + button("") + `}]]}`, "unsupported type: action_cell [json-pointer:/0/rows/0/0/type]"},

	{"task", taskOf(`,"details":` + rich + `,"output":` + rich + `,"sources":[{"type":"url","url":"https://x.example","text":"x"}]`), ""},
	{"task without status", `{"type":"task_card","task_id":"t","title":"t"}`, "missing required field: status [json-pointer:/0]"},
	{"task in a state", `{"type":"task_card","task_id":"t","title":"t","status":"asleep"}`, "must be one of: pending, in_progress, complete, error [json-pointer:/0/status]"},
	{"plan", `{"type":"plan","title":"t","tasks":[` + taskOf("") + `]}`, ""},
	{"plan of dividers", `{"type":"plan","title":"t","tasks":[{"type":"divider"}]}`, "unsupported type: divider [json-pointer:/0/tasks/0/type]"},

	{"video", `{` + video + `,"alt_text":"a","title":` + plain(1) + `,"title_url":"https://x.example/","author_name":"A","provider_name":"P","provider_icon_url":"https://x.example/i.png","description":` + plain(1) + `}`, ""},
	{"video over http", `{"type":"video","video_url":"http://x.example/v","thumbnail_url":"https://x.example/t.png","alt_text":"a","title":` + plain(1) + `}`, "must be a valid https url [json-pointer:/0/video_url]"},
	{"video without alt_text", `{` + video + `,"title":` + plain(1) + `}`, "missing required field: alt_text [json-pointer:/0]"},

	{"icon button", `{"type":"context_actions","elements":[{"type":"icon_button","icon":"trash","text":` + plain(1) + `,"value":"v","visible_to_user_ids":["U1"],"confirm":` + confirm + `,"accessibility_label":"l"}]}`, ""},
	{"unknown icon", `{"type":"context_actions","elements":[{"type":"icon_button","icon":"rocket","text":` + plain(1) + `}]}`, "must be one of: trash [json-pointer:/0/elements/0/icon]"},
	{"half a feedback", `{"type":"context_actions","elements":[{"type":"feedback_buttons","positive_button":{"text":` + plain(1) + `,"value":"v"}}]}`, "missing required field: negative_button [json-pointer:/0/elements/0]"},
	{"workflow button", actions(`{"type":"workflow_button","text":` + plain(1) + `,"style":"primary","workflow":{"trigger":{"url":"https://slack.com/shortcuts/Ft1/x","customizable_input_parameters":[{"name":"n","value":"v"}]}}}`), ""},
	{"workflow button of nothing", actions(`{"type":"workflow_button","text":` + plain(1) + `}`), "missing required field: workflow [json-pointer:/0/elements/0]"},

	{"more chosen than allowed", accessory(`{"type":"multi_static_select","options":` + options(3) + `,"initial_options":` + options(2) + `,"max_selected_items":1}`), "no more than 1 items allowed [json-pointer:/0/accessory/initial_options]"},
	{"more people than allowed", accessory(`{"type":"multi_users_select","initial_users":["U1","U2"],"max_selected_items":1}`), "no more than 1 items allowed [json-pointer:/0/accessory/initial_users]"},
	{"figures crossed", input(`{"type":"number_input","is_decimal_allowed":true,"min_value":"10","max_value":"9.5"}`), "must not be more than max_value [json-pointer:/0/element/min_value]"},
	{"lines crossed", input(`{"type":"rich_text_input","min_lines":9,"max_lines":8}`), "must not be more than max_lines [json-pointer:/0/element/min_lines]"},
	{"option of both texts", accessory(`{"type":"static_select","options":[{"text":` + mrkdwn(1) + `,"value":"v"}]}`), "must be one of: plain_text [json-pointer:/0/accessory/options/0/text/type]"},
	{"button inside a mrkdwn text", actions(`{"type":"button","text":` + mrkdwn(1) + `}`), "must be one of: plain_text [json-pointer:/0/elements/0/text/type]"},
	{"mrkdwn placeholder", accessory(`{"type":"users_select","placeholder":` + mrkdwn(1) + `}`), "must be one of: plain_text [json-pointer:/0/accessory/placeholder/type]"},
	{"dispatch", input(`{"type":"plain_text_input","dispatch_action_config":{"trigger_actions_on":["on_enter_pressed","on_character_entered"]}}`), ""},
	{"dispatch on a whim", input(`{"type":"plain_text_input","dispatch_action_config":{"trigger_actions_on":["on_paste"]}}`), "must be one of: on_enter_pressed, on_character_entered [json-pointer:/0/element/dispatch_action_config/trigger_actions_on/0]"},
	{"rich text of everything", `{"type":"rich_text","elements":[{"type":"rich_text_quote","border":1,"elements":[{"type":"usergroup","usergroup_id":"S1"},{"type":"channel","channel_id":"C1"},{"type":"team","team_id":"T1"},{"type":"broadcast","range":"here"},{"type":"color","value":"#fff"}]},{"type":"rich_text_preformatted","elements":[{"type":"text","text":"x"},{"type":"link","url":"https://x.example","text":"x"}]},{"type":"rich_text_list","style":"ordered","border":0,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x","style":{"italic":true,"strike":true,"code":true}}]}]}]}`, ""},
	{"everybody in a preformatted text", `{"type":"rich_text","elements":[{"type":"rich_text_preformatted","elements":[{"type":"broadcast","range":"here"}]}]}`, "unsupported type: broadcast [json-pointer:/0/elements/0/elements/0/type]"},
	{"loud broadcast", `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"broadcast","range":"world"}]}]}`, "must be one of: here, channel, everyone [json-pointer:/0/elements/0/elements/0/range]"},
	{"highlighted", `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x","style":{"highlight":true}}]}]}`, "invalid additional property: highlight [json-pointer:/0/elements/0/elements/0/style/highlight]"},
	{"column without settings", `{"type":"table","rows":[[` + cell("x") + `]],"column_settings":[null]}`, "must be a json object [json-pointer:/0/column_settings/0]"},
	{"list style", `{"type":"rich_text","elements":[{"type":"rich_text_list","style":"dashed","elements":[{"type":"rich_text_section","elements":[]}]}]}`, "must be one of: bullet, ordered [json-pointer:/0/elements/0/style]"},
	{"default conversation", input(`{"type":"conversations_select","default_to_current_conversation":true,"filter":{"exclude_bot_users":true,"exclude_external_shared_channels":true}}`), ""},
	{"file twice", `{"type":"image","slack_file":{"id":"F123ABC456","url":"https://x.example/f"},"alt_text":"a"}`, "only one of id, url allowed [json-pointer:/0/slack_file]"},
}

func TestYoungerBlocks(t *testing.T) {
	for _, c := range younger {
		got := said(blockkit.Blocks(blockkit.InMessage, []byte("["+c.block+"]")))
		if got != sorted(c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, sorted(c.want))
		}
	}
}

// What stands inside counts as what stands at the top.
func TestCountsReachInside(t *testing.T) {
	table := `{"type":"table","rows":[[` + cell("x") + `]]}`
	two := `[` + table + `,{"type":"container","title":` + plain(1) + `,"child_blocks":[` + table + `]}]`
	if got := said(blockkit.Blocks(blockkit.InMessage, []byte(two))); got != "no more than 1 table allowed in a message [json-pointer:/1/child_blocks/0]" {
		t.Errorf("two tables: %s", got)
	}
	attached := `{"attachments":` + list(101, same(`{}`)) + `}`
	if got := said(blockkit.Message([]byte(attached))); got != "no more than 100 items allowed [json-pointer:/attachments]" {
		t.Errorf("attachments: %s", got)
	}
	if got := said(blockkit.Message([]byte(`{"attachments":[{"blocks":[{"type":"section"}]}]}`))); got != "missing required field: text [json-pointer:/attachments/0/blocks/0]" {
		t.Errorf("blocks in an attachment: %s", got)
	}
}
