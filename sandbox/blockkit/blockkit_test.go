package blockkit_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/sandbox/blockkit"
)

// Pieces the tables are built from. a(n) is a text of n characters, not of n bytes.
func a(n int) string { return strings.Repeat("ä", n) }

func plain(n int) string { return `{"type":"plain_text","text":"` + a(n) + `"}` }

func mrkdwn(n int) string { return `{"type":"mrkdwn","text":"` + a(n) + `"}` }

func list(n int, item func(i int) string) string {
	var items []string
	for i := range n {
		items = append(items, item(i))
	}
	return "[" + strings.Join(items, ",") + "]"
}

func same(item string) func(int) string { return func(int) string { return item } }

func option(i int) string {
	return fmt.Sprintf(`{"text":{"type":"plain_text","text":"o"},"value":"v%d"}`, i)
}

func options(n int) string { return list(n, option) }

func actions(elements string) string { return `{"type":"actions","elements":[` + elements + `]}` }

func input(element string) string {
	return `{"type":"input","label":` + plain(1) + `,"element":` + element + `}`
}

func accessory(element string) string {
	return `{"type":"section","text":` + plain(1) + `,"accessory":` + element + `}`
}

func button(more string) string { return `{"type":"button","text":` + plain(1) + more + `}` }

func chart(inner string) string {
	return `{"type":"data_visualization","title":"t","chart":` + inner + `}`
}

func lines(categories, series string) string {
	return chart(`{"type":"line","series":` + series + `,"axis_config":{"categories":` + categories + `}}`)
}

const confirm = `{"title":{"type":"plain_text","text":"t"},"text":{"type":"mrkdwn","text":"x"},"confirm":{"type":"plain_text","text":"y"},"deny":{"type":"plain_text","text":"n"}}`

// one checks a single block.
type one struct {
	name  string
	block string
	want  string // complaints, joined with "; "; empty when Slack takes it
}

var inMessages = []one{
	{"section", `{"type":"section","text":` + mrkdwn(3000) + `,"expand":true,"block_id":"b"}`, ""},
	{"section too long", `{"type":"section","text":` + mrkdwn(3001) + `}`, "must be less than 3001 characters [json-pointer:/0/text/text]"},
	{"section empty text", `{"type":"section","text":` + plain(0) + `}`, "must be more than 0 characters [json-pointer:/0/text/text]"},
	{"section of nothing", `{"type":"section"}`, "missing required field: text [json-pointer:/0]"},
	{"ten fields", `{"type":"section","fields":` + list(10, same(mrkdwn(2000))) + `}`, ""},
	{"eleven fields", `{"type":"section","fields":` + list(11, same(mrkdwn(1))) + `}`, "no more than 10 items allowed [json-pointer:/0/fields]"},
	{"long field", `{"type":"section","fields":[` + plain(2001) + `]}`, "must be less than 2001 characters [json-pointer:/0/fields/0/text]"},
	{"unknown property", `{"type":"section","text":` + plain(1) + `,"colour":"red"}`, "invalid additional property: colour [json-pointer:/0/colour]"},
	{"emoji on mrkdwn", `{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":true}}`, "invalid additional property: emoji [json-pointer:/0/text/emoji]"},
	{"verbatim on plain text", `{"type":"section","text":{"type":"plain_text","text":"x","verbatim":true}}`, "invalid additional property: verbatim [json-pointer:/0/text/verbatim]"},
	{"unknown text", `{"type":"section","text":{"type":"html","text":"x"}}`, "unsupported type: html [json-pointer:/0/text/type]"},
	{"text without type", `{"type":"section","text":{"text":"x"}}`, "missing required field: type [json-pointer:/0/text]"},
	{"unknown block", `{"type":"banner"}`, "unsupported type: banner [json-pointer:/0/type]"},
	{"block without type", `{}`, "missing required field: type [json-pointer:/0]"},
	{"no block", `3`, "must be a json object [json-pointer:/0]"},
	{"element as block", button(""), "unsupported type: button [json-pointer:/0/type]"},
	{"long block id", `{"type":"divider","block_id":"` + a(256) + `"}`, "must be less than 256 characters [json-pointer:/0/block_id]"},

	{"header", `{"type":"header","text":` + plain(150) + `,"level":4}`, ""},
	{"long header", `{"type":"header","text":` + plain(151) + `}`, "must be less than 151 characters [json-pointer:/0/text/text]"},
	{"mrkdwn header", `{"type":"header","text":` + mrkdwn(1) + `}`, "must be one of: plain_text [json-pointer:/0/text/type]"},
	{"level", `{"type":"header","text":` + plain(1) + `,"level":5}`, "must be less than 5 [json-pointer:/0/level]"},
	{"divider", `{"type":"divider"}`, ""},

	{"image", `{"type":"image","image_url":"https://x.example/a.png","alt_text":"` + a(2000) + `","title":` + plain(2000) + `}`, ""},
	{"image by file", `{"type":"image","slack_file":{"id":"F123ABC456"},"alt_text":"a"}`, ""},
	{"image without alt", `{"type":"image","image_url":"https://x.example/a.png"}`, "missing required field: alt_text [json-pointer:/0]"},
	{"image twice", `{"type":"image","image_url":"https://x.example/a.png","slack_file":{"id":"F123ABC456"},"alt_text":"a"}`, "only one of image_url, slack_file allowed [json-pointer:/0]"},
	{"image of nothing", `{"type":"image","alt_text":"a"}`, "missing required field: image_url [json-pointer:/0]"},
	{"bad file id", `{"type":"image","slack_file":{"id":"f1"},"alt_text":"a"}`, "must be the id of a file [json-pointer:/0/slack_file/id]"},
	{"bad address", `{"type":"image","image_url":"over there","alt_text":"a"}`, "must be a valid url [json-pointer:/0/image_url]"},
	{"element with title", accessory(`{"type":"image","image_url":"https://x.example/a.png","alt_text":"a","title":` + plain(1) + `}`), "invalid additional property: title [json-pointer:/0/accessory/title]"},

	{"context", `{"type":"context","elements":[` + plain(1) + `,` + mrkdwn(1) + `,{"type":"image","image_url":"https://x.example/a.png","alt_text":"a"}]}`, ""},
	{"context of eleven", `{"type":"context","elements":` + list(11, same(plain(1))) + `}`, "no more than 10 items allowed [json-pointer:/0/elements]"},
	{"context of nothing", `{"type":"context","elements":[]}`, "no less than 1 items allowed [json-pointer:/0/elements]"},
	{"button in context", `{"type":"context","elements":[` + button("") + `]}`, "unsupported type: button [json-pointer:/0/elements/0/type]"},

	{"twenty-five buttons", `{"type":"actions","elements":` + list(25, same(button(""))) + `}`, ""},
	{"twenty-six buttons", `{"type":"actions","elements":` + list(26, same(button(""))) + `}`, "no more than 25 items allowed [json-pointer:/0/elements]"},
	{"same action twice", actions(button(`,"action_id":"go"`) + "," + button(`,"action_id":"go"`)), "action_id must be unique in its block: go [json-pointer:/0/elements/1/action_id]"},
	{"text input in actions", actions(`{"type":"plain_text_input"}`), "unsupported type: plain_text_input [json-pointer:/0/elements/0/type]"},
	{"date and time in a section", accessory(`{"type":"datetimepicker"}`), "unsupported type: datetimepicker [json-pointer:/0/accessory/type]"},
	{"button in input", input(button("")), "unsupported type: button [json-pointer:/0/element/type]"},

	{"button", actions(button(`,"value":"` + a(2000) + `","url":"https://x.example","style":"danger","action_id":"a","accessibility_label":"` + a(75) + `","confirm":` + confirm)), ""},
	{"long button", actions(`{"type":"button","text":` + plain(76) + `}`), "must be less than 76 characters [json-pointer:/0/elements/0/text/text]"},
	{"long value", actions(button(`,"value":"` + a(2001) + `"`)), "must be less than 2001 characters [json-pointer:/0/elements/0/value]"},
	{"style", actions(button(`,"style":"loud"`)), "must be one of: primary, danger [json-pointer:/0/elements/0/style]"},
	{"disabled button", actions(button(`,"disabled":true`)), "invalid additional property: disabled [json-pointer:/0/elements/0/disabled]"},
	{"confirm without deny", actions(button(`,"confirm":` + strings.Replace(confirm, `"deny"`, `"refuse"`, 1))), "missing required field: deny [json-pointer:/0/elements/0/confirm]; invalid additional property: refuse [json-pointer:/0/elements/0/confirm/refuse]"},

	{"overflow", accessory(`{"type":"overflow","options":[{"text":` + plain(75) + `,"value":"v","url":"https://x.example"}]}`), ""},
	{"overflow with a link and no value", accessory(`{"type":"overflow","options":[{"text":` + plain(75) + `,"url":"https://x.example"}]}`), ""},
	{"overflow with neither", accessory(`{"type":"overflow","options":[{"text":` + plain(75) + `}]}`), "missing required field: value [json-pointer:/0/accessory/options/0]"},
	{"overflow of six", accessory(`{"type":"overflow","options":` + options(6) + `}`), "no more than 5 items allowed [json-pointer:/0/accessory/options]"},
	{"select", accessory(`{"type":"static_select","options":` + options(100) + `,"initial_option":` + option(7) + `,"placeholder":` + plain(150) + `}`), ""},
	{"select of 101", accessory(`{"type":"static_select","options":` + options(101) + `}`), "no more than 100 items allowed [json-pointer:/0/accessory/options]"},
	{"select of nothing", accessory(`{"type":"static_select"}`), "missing required field: options [json-pointer:/0/accessory]"},
	{"select of both", accessory(`{"type":"static_select","options":` + options(1) + `,"option_groups":[{"label":` + plain(75) + `,"options":` + options(1) + `}]}`), "only one of options, option_groups allowed [json-pointer:/0/accessory]"},
	{"unknown initial", accessory(`{"type":"static_select","options":` + options(2) + `,"initial_option":` + option(2) + `}`), "must match one of the options [json-pointer:/0/accessory/initial_option]"},
	{"link in a select", accessory(`{"type":"static_select","options":[{"text":` + plain(1) + `,"value":"v","url":"https://x.example"}]}`), "invalid additional property: url [json-pointer:/0/accessory/options/0/url]"},
	{"long option", accessory(`{"type":"static_select","options":[{"text":` + plain(76) + `,"value":"` + a(151) + `","description":` + plain(76) + `}]}`),
		"must be less than 76 characters [json-pointer:/0/accessory/options/0/description/text]; must be less than 76 characters [json-pointer:/0/accessory/options/0/text/text]; must be less than 151 characters [json-pointer:/0/accessory/options/0/value]"},
	{"long placeholder", accessory(`{"type":"users_select","placeholder":` + plain(151) + `}`), "must be less than 151 characters [json-pointer:/0/accessory/placeholder/text]"},
	{"external", accessory(`{"type":"external_select","min_query_length":0}`), ""},
	{"multi", accessory(`{"type":"multi_static_select","options":` + options(3) + `,"initial_options":` + options(2) + `,"max_selected_items":2}`), ""},
	{"response url outside input", actions(`{"type":"conversations_select","response_url_enabled":true}`), "only allowed in an input block [json-pointer:/0/elements/0/response_url_enabled]"},
	{"response url in input", input(`{"type":"conversations_select","response_url_enabled":true,"filter":{"include":["public"]}}`), ""},
	{"filter of nothing", input(`{"type":"conversations_select","filter":{}}`), "missing required field: include [json-pointer:/0/element/filter]"},
	{"checkboxes", accessory(`{"type":"checkboxes","options":[{"text":` + mrkdwn(75) + `,"value":"v"}]}`), ""},
	{"eleven boxes", accessory(`{"type":"checkboxes","options":` + options(11) + `}`), "no more than 10 items allowed [json-pointer:/0/accessory/options]"},
	{"bad date", accessory(`{"type":"datepicker","initial_date":"2026-02-30"}`), "must be a date in the format YYYY-MM-DD [json-pointer:/0/accessory/initial_date]"},
	{"bad time", accessory(`{"type":"timepicker","initial_time":"24:00"}`), "must be a time in the format HH:mm [json-pointer:/0/accessory/initial_time]"},
	{"short moment", actions(`{"type":"datetimepicker","initial_date_time":12}`), "must be more than 999999999 [json-pointer:/0/elements/0/initial_date_time]"},

	{"input", `{"type":"input","label":` + plain(2000) + `,"hint":` + plain(2000) + `,"optional":true,"dispatch_action":true,"element":{"type":"plain_text_input","multiline":true,"min_length":0,"max_length":3000}}`, ""},
	{"input without element", `{"type":"input","label":` + plain(1) + `}`, "missing required field: element [json-pointer:/0]"},
	{"max length", input(`{"type":"plain_text_input","max_length":3001}`), "must be less than 3001 [json-pointer:/0/element/max_length]"},
	{"lengths crossed", input(`{"type":"plain_text_input","min_length":9,"max_length":8}`), "must not be more than max_length [json-pointer:/0/element/min_length]"},
	{"number", input(`{"type":"number_input","is_decimal_allowed":false,"min_value":"-1","max_value":"2.5"}`), ""},
	{"number as number", input(`{"type":"number_input","min_value":1}`), "missing required field: is_decimal_allowed [json-pointer:/0/element]; must be a number as a string [json-pointer:/0/element/min_value]"},
	{"files", input(`{"type":"file_input","max_files":11}`), "must be less than 11 [json-pointer:/0/element/max_files]"},
	{"rich input", input(`{"type":"rich_text_input","min_lines":1,"max_lines":100}`), ""},

	{"rich text", `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x","style":{"bold":true}},{"type":"user","user_id":"U1"},{"type":"link","url":"https://x.example"},{"type":"emoji","name":"eyes"},{"type":"date","timestamp":1700000000,"format":"{date}","fallback":"f"}]},{"type":"rich_text_list","style":"bullet","indent":8,"elements":[{"type":"rich_text_section","elements":[]}]}]}`, ""},
	{"deep list", `{"type":"rich_text","elements":[{"type":"rich_text_list","style":"bullet","indent":9,"elements":[{"type":"rich_text_section","elements":[]}]}]}`, "must be less than 9 [json-pointer:/0/elements/0/indent]"},
	{"empty rich text", `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":""}]}]}`, "must be more than 0 characters [json-pointer:/0/elements/0/elements/0/text]"},
	{"section in rich text", `{"type":"rich_text","elements":[{"type":"section"}]}`, "unsupported type: section [json-pointer:/0/elements/0/type]"},

	{"markdown", `{"type":"markdown","text":"` + a(12_000) + `"}`, ""},
	{"long markdown", `{"type":"markdown","text":"` + a(12_001) + `"}`, "must be less than 12001 characters [json-pointer:/0/text]; markdown blocks must have less than 12001 characters in total [json-pointer:]"},

	{"table", `{"type":"table","rows":` + list(100, same(list(20, same(`{"type":"raw_text","text":"x"}`)))) + `,"column_settings":[{},{"align":"right","is_wrapped":true}]}`, ""},
	{"table of 101 rows", `{"type":"table","rows":` + list(101, same(`[{"type":"raw_text","text":"x"}]`)) + `}`, "no more than 100 items allowed [json-pointer:/0/rows]"},
	{"table of 21 columns", `{"type":"table","rows":[` + list(21, same(`{"type":"raw_text","text":"x"}`)) + `]}`, "no more than 20 items allowed [json-pointer:/0/rows/0]"},
	{"cell", `{"type":"table","rows":[[{"type":"mrkdwn","text":"x"}]]}`, "unsupported type: mrkdwn [json-pointer:/0/rows/0/0/type]"},
	{"rich cell", `{"type":"table","rows":[[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]},{"type":"raw_number","value":3,"text":"3"}]]}`, ""},

	{"pie", chart(`{"type":"pie","segments":[{"label":"US","value":61.5}]}`), ""},
	{"pie of nothing", chart(`{"type":"pie","segments":[{"label":"US","value":0}]}`), "must be more than 0 [json-pointer:/0/chart/segments/0/value]"},
	{"pie of seven", chart(`{"type":"pie","segments":` + list(7, same(`{"label":"x","value":1}`)) + `}`), "no more than 6 items allowed [json-pointer:/0/chart/segments]"},
	{"line", lines(`["Mon","Tue"]`, `[{"name":"A","data":[{"label":"Mon","value":-1},{"label":"Tue","value":2}]}]`), ""},
	{"line with a gap", lines(`["Mon","Tue"]`, `[{"name":"A","data":[{"label":"Mon","value":1}]}]`), "missing a point for 1 of the categories [json-pointer:/0/chart/series/0/data]"},
	{"line off the axis", lines(`["Mon"]`, `[{"name":"A","data":[{"label":"Wed","value":1}]}]`), "label must be one of the categories: Wed [json-pointer:/0/chart/series/0/data]"},
	{"two of a name", lines(`["Mon"]`, `[{"name":"A","data":[{"label":"Mon","value":1}]},{"name":"A","data":[{"label":"Mon","value":1}]}]`), "series name must be unique: A [json-pointer:/0/chart/series/1/name]"},
	{"long label", lines(`["`+a(21)+`"]`, `[{"name":"A","data":[{"label":"`+a(21)+`","value":1}]}]`), "must be less than 21 characters [json-pointer:/0/chart/axis_config/categories/0]; must be less than 21 characters [json-pointer:/0/chart/series/0/data/0/label]"},
	{"long chart title", `{"type":"data_visualization","title":"` + a(51) + `","chart":{"type":"pie","segments":[{"label":"x","value":1}]}}`, "must be less than 51 characters [json-pointer:/0/title]"},
}

func said(found []blockkit.Complaint) string {
	var all []string
	for _, c := range found {
		all = append(all, c.String())
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

func sorted(want string) string {
	all := strings.Split(want, "; ")
	slices.Sort(all)
	return strings.Join(all, "; ")
}

func TestBlocksInMessages(t *testing.T) {
	for _, c := range inMessages {
		if got := said(blockkit.Blocks(blockkit.InMessage, []byte("["+c.block+"]"))); got != sorted(c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, sorted(c.want))
		}
	}
}

func TestAcrossBlocks(t *testing.T) {
	pie := chart(`{"type":"pie","segments":[{"label":"US","value":1}]}`)
	table := `{"type":"table","rows":[[{"type":"raw_text","text":"x"}]]}`
	focused := input(`{"type":"plain_text_input","focus_on_load":true}`)
	for _, c := range []struct {
		name   string
		on     blockkit.Surface
		blocks string
		want   string
	}{
		{"fifty", blockkit.InMessage, list(50, same(`{"type":"divider"}`)), ""},
		{"fifty-one", blockkit.InMessage, list(51, same(`{"type":"divider"}`)), "no more than 50 items allowed [json-pointer:]"},
		{"hundred in a modal", blockkit.InModal, list(100, same(`{"type":"divider"}`)), ""},
		{"more in a modal", blockkit.InModal, list(101, same(`{"type":"divider"}`)), "no more than 100 items allowed [json-pointer:]"},
		{"hundred in a Home", blockkit.InHome, list(100, same(`{"type":"divider"}`)), ""},
		{"more in a Home", blockkit.InHome, list(101, same(`{"type":"divider"}`)), "no more than 100 items allowed [json-pointer:]"},
		{"same id", blockkit.InMessage, list(2, same(`{"type":"divider","block_id":"x"}`)), "block_id must be unique: x [json-pointer:/1/block_id]"},
		{"two tables", blockkit.InMessage, list(2, same(table)), "no more than 1 table allowed in a message [json-pointer:/1]"},
		{"two charts", blockkit.InMessage, list(2, same(pie)), ""},
		{"three charts", blockkit.InMessage, list(3, same(pie)), "no more than 2 data_visualization blocks allowed in a message [json-pointer:/2]"},
		{"chart in a modal", blockkit.InModal, "[" + pie + "]", "unsupported type: data_visualization [json-pointer:/0/type]"},
		{"table in a Home", blockkit.InHome, "[" + table + "]", "unsupported type: table [json-pointer:/0/type]"},
		{"markdown in a modal", blockkit.InModal, `[{"type":"markdown","text":"x"}]`, "unsupported type: markdown [json-pointer:/0/type]"},
		{"two cursors", blockkit.InModal, list(2, same(focused)), "only one element may have focus_on_load [json-pointer:]"},
		{"as much markdown as may be", blockkit.InMessage, list(2, same(`{"type":"markdown","text":"`+a(6000)+`"}`)), ""},
		{"markdown in total", blockkit.InMessage, list(2, same(`{"type":"markdown","text":"`+a(6001)+`"}`)), "markdown blocks must have less than 12001 characters in total [json-pointer:]"},
		{"no list", blockkit.InMessage, `{}`, "must be an array [json-pointer:]"},
		{"no json", blockkit.InMessage, `[`, "must be valid json [json-pointer:]"},
		{"null", blockkit.InModal, `null`, "must be an array [json-pointer:]"},
	} {
		if got := said(blockkit.Blocks(c.on, []byte(c.blocks))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

var field = input(`{"type":"plain_text_input"}`)

var views = []struct{ name, view, want string }{
	{"modal", `{"type":"modal","title":` + plain(24) + `,"submit":` + plain(24) + `,"close":` + plain(24) + `,"private_metadata":"` + a(3000) + `","callback_id":"","external_id":"` + a(255) + `","notify_on_close":true,"blocks":[` + field + `]}`, ""},
	{"empty modal", `{"type":"modal","title":` + plain(1) + `,"blocks":[]}`, ""},
	{"no blocks", `{"type":"modal","title":` + plain(1) + `,"blocks":null}`, "must be an array [json-pointer:/blocks]"},
	{"no submit", `{"type":"modal","title":` + plain(1) + `,"blocks":[` + field + `]}`, "missing required field: submit [json-pointer:]"},
	{"long title", `{"type":"modal","title":` + plain(25) + `,"blocks":[]}`, "must be less than 25 characters [json-pointer:/title/text]"},
	{"long submit", `{"type":"modal","title":` + plain(1) + `,"submit":` + plain(25) + `,"blocks":[]}`, "must be less than 25 characters [json-pointer:/submit/text]"},
	{"long close", `{"type":"modal","title":` + plain(1) + `,"close":` + plain(25) + `,"blocks":[]}`, "must be less than 25 characters [json-pointer:/close/text]"},
	{"mrkdwn title", `{"type":"modal","title":` + mrkdwn(1) + `,"blocks":[]}`, "must be one of: plain_text [json-pointer:/title/type]"},
	{"no title", `{"type":"modal","title":` + plain(0) + `,"blocks":[]}`, "must be more than 0 characters [json-pointer:/title/text]"},
	{"longest callback_id", `{"type":"modal","title":` + plain(1) + `,"callback_id":"` + a(255) + `","blocks":[]}`, ""},
	{"long callback_id", `{"type":"modal","title":` + plain(1) + `,"callback_id":"` + a(256) + `","blocks":[]}`, "must be less than 256 characters [json-pointer:/callback_id]"},
	{"long external_id", `{"type":"modal","title":` + plain(1) + `,"external_id":"` + a(256) + `","blocks":[]}`, "must be less than 256 characters [json-pointer:/external_id]"},
	{"longest of a Home", `{"type":"home","private_metadata":"` + a(3000) + `","callback_id":"` + a(255) + `","external_id":"` + a(255) + `","blocks":[]}`, ""},
	{"long metadata of a Home", `{"type":"home","private_metadata":"` + a(3001) + `","blocks":[]}`, "must be less than 3001 characters [json-pointer:/private_metadata]"},
	{"long callback_id of a Home", `{"type":"home","callback_id":"` + a(256) + `","blocks":[]}`, "must be less than 256 characters [json-pointer:/callback_id]"},
	{"long external_id of a Home", `{"type":"home","external_id":"` + a(256) + `","blocks":[]}`, "must be less than 256 characters [json-pointer:/external_id]"},
	{"long metadata", `{"type":"modal","title":` + plain(1) + `,"blocks":[],"private_metadata":"` + a(3001) + `"}`, "must be less than 3001 characters [json-pointer:/private_metadata]"},
	{"home", `{"type":"home","blocks":[{"type":"header","text":` + plain(1) + `}],"callback_id":"c"}`, ""},
	{"home with a title", `{"type":"home","title":` + plain(1) + `,"blocks":[]}`, "invalid additional property: title [json-pointer:/title]"},
	{"inner place", `{"type":"home","blocks":[{"type":"section"}]}`, "missing required field: text [json-pointer:/blocks/0]"},
	{"unknown", `{"type":"page","blocks":[]}`, "unsupported type: page [json-pointer:/type]"},
	{"untyped", `{"blocks":[]}`, "missing required field: type [json-pointer:]"},
	{"no object", `[]`, "must be a json object [json-pointer:]"},
}

func TestViews(t *testing.T) {
	for _, c := range views {
		if got := said(blockkit.View([]byte(c.view))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestOptionsAndMessages(t *testing.T) {
	group := `{"label":` + plain(1) + `,"options":` + options(100) + `}`
	for _, c := range []struct {
		name  string
		found []blockkit.Complaint
		want  string
	}{
		{"options", blockkit.Options([]byte(`{"options":` + options(100) + `}`)), ""},
		{"no results", blockkit.Options([]byte(`{"options":[]}`)), ""},
		{"groups", blockkit.Options([]byte(`{"option_groups":[` + group + `]}`)), ""},
		{"too many", blockkit.Options([]byte(`{"options":` + options(101) + `}`)), "no more than 100 items allowed [json-pointer:/options]"},
		{"too many groups", blockkit.Options([]byte(`{"option_groups":` + list(101, same(`{"label":`+plain(1)+`,"options":`+options(1)+`}`)) + `}`)), "no more than 100 items allowed [json-pointer:/option_groups]"},
		{"a group of too many", blockkit.Options([]byte(`{"option_groups":[{"label":` + plain(1) + `,"options":` + options(101) + `}]}`)), "no more than 100 items allowed [json-pointer:/option_groups/0/options]"},
		{"both", blockkit.Options([]byte(`{"options":[],"option_groups":[]}`)), "only one of options, option_groups allowed [json-pointer:]"},
		{"a long option", blockkit.Options([]byte(`{"options":[{"text":` + plain(76) + `,"value":"v"}]}`)), "must be less than 76 characters [json-pointer:/options/0/text/text]"},
		{"neither", blockkit.Options([]byte(`{}`)), "missing required field: options [json-pointer:]"},
		{"nothing", blockkit.Options(nil), "must be valid json [json-pointer:]"},
		{"message", blockkit.Message([]byte(`{"text":"x","blocks":[{"type":"divider"}]}`)), ""},
		{"empty message", blockkit.Message([]byte(`{}`)), "missing required field: blocks [json-pointer:]"},
		{"message with a bad block", blockkit.Message([]byte(`{"blocks":[{"type":"section"}]}`)), "missing required field: text [json-pointer:/blocks/0]"},
		{"below", blockkit.Under("/view", blockkit.View([]byte(`{"type":"home"}`))), "missing required field: blocks [json-pointer:/view]"},
	} {
		if got := said(c.found); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestTextLength(t *testing.T) {
	raw := `[{"type":"section","block_id":"ignored","text":` + mrkdwn(10) + `,"fields":[` + plain(5) + `]},` + actions(button(`,"value":"ignored"`)) + `,{"type":"markdown","text":"counted apart"}]`
	if n := blockkit.TextLength([]byte(raw)); n != 16 {
		t.Errorf("%d characters, want 16", n)
	}
}

// Whatever comes: no panic, and every pointer leads somewhere in what was checked.
func FuzzCheck(f *testing.F) {
	for _, c := range inMessages {
		if len(c.block) < 2000 {
			f.Add([]byte("[" + c.block + "]"))
		}
	}
	f.Add([]byte(`{"type":"modal","title":{"type":"plain_text","text":"x"},"blocks":[{"type":"input"}]}`))
	f.Add([]byte(`{"options":[{"text":7}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v any
		known := json.Unmarshal(raw, &v) == nil
		all := slices.Concat(blockkit.Blocks(blockkit.InMessage, raw), blockkit.Blocks(blockkit.InHome, raw), blockkit.View(raw), blockkit.Options(raw), blockkit.Message(raw))
		for _, c := range all {
			if known && !leads(v, c.Pointer) {
				t.Errorf("%s leads nowhere", c)
			}
		}
		blockkit.TextLength(raw)
	})
}

func leads(v any, pointer string) bool {
	for _, step := range strings.Split(pointer, "/")[1:] {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[step]
			if !ok {
				return false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(in) {
				return false
			}
			v = in[i]
		default:
			return false
		}
	}
	return true
}
