package blockkit

import "strings"

// Which element may stand where.
var (
	choices = []string{
		"static_select", "multi_static_select", "external_select", "multi_external_select",
		"users_select", "multi_users_select", "channels_select", "multi_channels_select",
		"conversations_select", "multi_conversations_select",
		"checkboxes", "radio_buttons", "datepicker", "timepicker",
	}
	sectionElements = with(choices, "button", "workflow_button", "overflow", "image")
	actionElements  = with(choices, "button", "workflow_button", "overflow", "datetimepicker", "rich_text_input")
	inputElements   = with(choices, "datetimepicker", "plain_text_input", "rich_text_input",
		"email_text_input", "url_text_input", "number_input", "file_input")
	contextElements = []string{"image", "plain_text", "mrkdwn"}
)

func with(some []string, more ...string) []string {
	return append(append([]string(nil), some...), more...)
}

type also = []func(*checker, string, map[string]any)

// elements is the table of interactive elements. Every one has an action_id.
var elements = map[string]shape{
	"button": {fields: fields{
		"text": must(plainOnly(1, 75)), "value": may(chars(0, 2000)), "url": may(urlText),
		"style": may(word("primary", "danger")), "confirm": may(confirm), "accessibility_label": may(chars(1, 75)),
	}},
	"workflow_button": {on: InMessage, fields: fields{
		"text": must(plainOnly(1, 75)), "workflow": must(of(workflow)), "style": may(word("primary", "danger")),
		"confirm": may(confirm), "accessibility_label": may(chars(1, 75)),
	}},
	"feedback_buttons": {fields: fields{"positive_button": must(of(feedback)), "negative_button": must(of(feedback))}},
	"icon_button": {fields: fields{
		"icon": must(word("trash")), // the only one that is documented
		"text": must(plainOnly(1, 75)), "value": may(chars(0, 2000)), "confirm": may(confirm),
		"accessibility_label": may(chars(1, 75)), "visible_to_user_ids": may(ids),
	}},
	"overflow": {fields: fields{"options": must(listOf(1, 5, of(linkOption))), "confirm": may(confirm)}},

	"static_select":              choice(fields{"initial_option": may(of(plainOption))}, true),
	"multi_static_select":        choice(multi(fields{"initial_options": may(listOf(1, 100, of(plainOption)))}), true),
	"external_select":            choice(fields{"initial_option": may(of(plainOption)), "min_query_length": may(whole(0, 3000))}, false),
	"multi_external_select":      choice(multi(fields{"initial_options": may(listOf(1, 100, of(plainOption))), "min_query_length": may(whole(0, 3000))}), false),
	"users_select":               choice(fields{"initial_user": may(id)}, false),
	"multi_users_select":         choice(multi(fields{"initial_users": may(ids)}), false),
	"channels_select":            choice(fields{"initial_channel": may(id), "response_url_enabled": may(truth)}, false),
	"multi_channels_select":      choice(multi(fields{"initial_channels": may(ids)}), false),
	"conversations_select":       choice(conversations(fields{"initial_conversation": may(id), "response_url_enabled": may(truth)}), false),
	"multi_conversations_select": choice(conversations(multi(fields{"initial_conversations": may(ids)})), false),

	"checkboxes": {
		fields: fields{
			"options": must(listOf(1, 10, of(richOption))), "initial_options": may(listOf(1, 10, of(richOption))),
			"confirm": may(confirm), "focus_on_load": may(once),
		},
		also: also{knownInitial},
	},
	"radio_buttons": {
		fields: fields{
			"options": must(listOf(1, 10, of(richOption))), "initial_option": may(of(richOption)),
			"confirm": may(confirm), "focus_on_load": may(once),
		},
		also: also{knownInitial},
	},

	"datepicker":     {fields: fields{"initial_date": may(dateText), "placeholder": may(plainOnly(1, 150)), "confirm": may(confirm), "focus_on_load": may(once)}},
	"timepicker":     {fields: fields{"initial_time": may(timeText), "timezone": may(chars(1, 255)), "placeholder": may(plainOnly(1, 150)), "confirm": may(confirm), "focus_on_load": may(once)}},
	"datetimepicker": {fields: fields{"initial_date_time": may(unixTime), "confirm": may(confirm), "focus_on_load": may(once)}},

	"plain_text_input": {
		fields: typed(fields{
			"initial_value": may(chars(0, 3000)), "multiline": may(truth),
			"min_length": may(whole(0, 3000)), "max_length": may(whole(1, 3000)),
		}),
		also: also{ordered("min_length", "max_length")},
	},
	"email_text_input": {fields: typed(fields{"initial_value": may(chars(0, 3000))})},
	"url_text_input":   {fields: typed(fields{"initial_value": may(chars(0, 3000))})},
	"number_input": {
		fields: typed(fields{
			"is_decimal_allowed": must(truth), "initial_value": may(figure), "min_value": may(figure), "max_value": may(figure),
		}),
		also: also{orderedFigures("min_value", "max_value")},
	},
	"rich_text_input": {
		fields: typed(fields{
			"initial_value": may(oneOf("rich_text")),
			"min_lines":     may(whole(1, 100)), "max_lines": may(whole(1, 100)),
		}),
		also: also{ordered("min_lines", "max_lines")},
	},
	"file_input": {fields: fields{"filetypes": may(listOf(1, 100, chars(1, 255))), "max_files": may(whole(1, 10))}},
}

var ids = listOf(1, 100, id)

var (
	feedback = shape{fields: fields{
		"text": must(plainOnly(1, 75)), "value": must(chars(1, 2000)), "accessibility_label": may(chars(1, 75)),
	}}
	workflow = shape{fields: fields{"trigger": must(of(shape{fields: fields{
		"url": must(secureURL),
		"customizable_input_parameters": may(listOf(0, 100, of(shape{fields: fields{
			"name": must(chars(1, 255)), "value": must(chars(0, 3000)), // neither length is confirmed
		}}))),
	}}))}}
)

// choice is a select menu; some of them list their options themselves.
func choice(f fields, static bool) shape {
	f["placeholder"] = may(plainOnly(1, 150))
	f["confirm"] = may(confirm)
	f["focus_on_load"] = may(once)
	if !static {
		return shape{fields: f, also: also{notTooMany}}
	}
	f["options"] = may(listOf(1, 100, of(plainOption)))
	f["option_groups"] = may(listOf(1, 100, of(optionGroup)))
	return shape{fields: f, also: also{exactlyOne("options", "option_groups"), knownInitial, notTooMany}}
}

// notTooMany: what is chosen at first may not be more than may be chosen at all.
func notTooMany(c *checker, at string, o map[string]any) {
	most, bounded := integer(o["max_selected_items"])
	for name, v := range o {
		list, many := v.([]any)
		if bounded && many && strings.HasPrefix(name, "initial_") && int64(len(list)) > most {
			c.complain(at+"/"+name, "no more than %d items allowed", most)
		}
	}
}

func multi(f fields) fields {
	f["max_selected_items"] = may(whole(1, 100))
	return f
}

func conversations(f fields) fields {
	f["default_to_current_conversation"] = may(truth)
	f["filter"] = may(conversationFilter)
	return f
}

func typed(f fields) fields {
	f["placeholder"] = may(plainOnly(1, 150))
	f["dispatch_action_config"] = may(dispatchConfig)
	f["focus_on_load"] = may(once)
	return f
}

// imageFields are shared by the block and the element.
func imageFields() fields {
	return fields{"image_url": may(urlText), "slack_file": may(slackFile), "alt_text": must(chars(1, 2000))}
}
