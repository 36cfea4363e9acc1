package blockkit

import "strconv"

// Composition objects: text, options, confirm dialogs, and the two kinds of view.

func plainOnly(least, most int) rule { return text(least, most, "plain_text") }

func anyText(least, most int) rule { return text(least, most, "plain_text", "mrkdwn") }

// text is a text object of one of the types. emoji belongs to plain_text alone, verbatim to mrkdwn alone.
func text(least, most int, types ...string) rule {
	plain := shape{fields: fields{"text": must(chars(least, most)), "emoji": may(truth)}}
	mrkdwn := shape{fields: fields{"text": must(chars(least, most)), "verbatim": may(truth)}}
	return func(c *checker, at string, v any) {
		o, ok := v.(map[string]any)
		if !ok {
			c.complain(at, "must be a json object")
			return
		}
		given, present := o["type"]
		allowed := word(types...)
		switch {
		case !present:
			c.missing(at, "type")
		case given == "plain_text" && types[0] == "plain_text":
			c.object(at, o, plain, "type")
		case given == "mrkdwn" && types[len(types)-1] == "mrkdwn":
			c.object(at, o, mrkdwn, "type")
		case given == "plain_text" || given == "mrkdwn":
			allowed(c, at+"/type", given)
		default:
			c.neither(at+"/type", types, "unsupported type: %v", given)
		}
	}
}

var (
	plainOption = option(fields{"text": must(plainOnly(1, 75)), "description": may(plainOnly(1, 75))})
	richOption  = option(fields{"text": must(anyText(1, 75)), "description": may(anyText(1, 75))})
	// An entry of an overflow menu that is a link needs no value: jsx-slack sends such entries, and
	// @slack/types allows them.
	linkOption = shape{
		fields: fields{"text": must(plainOnly(1, 75)), "description": may(plainOnly(1, 75)), "url": may(urlText), "value": may(chars(1, 150))},
		also: []func(*checker, string, map[string]any){func(c *checker, at string, o map[string]any) {
			if o["value"] == nil && o["url"] == nil {
				c.missing(at, "value")
			}
		}},
	}

	optionGroup = shape{fields: fields{
		"label":   must(plainOnly(1, 75)),
		"options": must(listOf(1, 100, of(plainOption))),
	}}

	confirm = of(shape{fields: fields{
		"title":   must(plainOnly(1, 100)),
		"text":    must(anyText(1, 300)),
		"confirm": must(plainOnly(1, 30)),
		"deny":    must(plainOnly(1, 30)),
		"style":   may(word("primary", "danger")),
	}})

	slackFile = of(shape{
		fields: fields{"id": may(fileID), "url": may(urlText)},
		also:   []func(*checker, string, map[string]any){exactlyOne("id", "url")},
	})

	conversationFilter = of(shape{
		fields: fields{
			"include":                          may(listOf(1, 4, word("im", "mpim", "private", "public"))),
			"exclude_external_shared_channels": may(truth),
			"exclude_bot_users":                may(truth),
		},
		also: []func(*checker, string, map[string]any){atLeastOne("include", "exclude_bot_users", "exclude_external_shared_channels")},
	})

	dispatchConfig = of(shape{fields: fields{
		"trigger_actions_on": must(listOf(1, 2, word("on_enter_pressed", "on_character_entered"))),
	}})

	// suggestions is the answer to a person typing in an external select; an empty list is "no results".
	suggestions = shape{
		fields: fields{
			"options":       may(listOf(0, 100, of(plainOption))),
			"option_groups": may(listOf(0, 100, of(optionGroup))),
		},
		also: []func(*checker, string, map[string]any){exactlyOne("options", "option_groups")},
	}
)

func option(f fields) shape {
	f["value"] = must(chars(1, 150))
	return shape{fields: f}
}

var (
	modal = shape{fields: fields{
		"type":             must(word("modal")),
		"title":            must(plainOnly(1, 24)),
		"blocks":           must((*checker).viewBlocks),
		"submit":           may(plainOnly(1, 24)),
		"close":            may(plainOnly(1, 24)),
		"private_metadata": may(chars(0, 3000)),
		"callback_id":      may(chars(0, 255)),
		"external_id":      may(chars(0, 255)),
		"clear_on_close":   may(truth),
		"notify_on_close":  may(truth),
	}}

	home = shape{fields: fields{
		"type":             must(word("home")),
		"blocks":           must((*checker).viewBlocks),
		"private_metadata": may(chars(0, 3000)),
		"callback_id":      may(chars(0, 255)),
		"external_id":      may(chars(0, 255)),
	}}
)

func (c *checker) viewBlocks(at string, v any) { c.blocks(at, v) }

// knownInitial: what is chosen at first must be one of the options, equal in every property.
func knownInitial(c *checker, at string, o map[string]any) {
	offered := offeredOptions(o)
	check := func(at string, v any) {
		for _, one := range offered {
			if sameOption(one, v) {
				return
			}
		}
		c.complain(at, "must match one of the options")
	}
	if v, given := o["initial_option"]; given {
		check(at+"/initial_option", v)
	}
	list, _ := o["initial_options"].([]any)
	for i, v := range list {
		check(at+"/initial_options/"+strconv.Itoa(i), v)
	}
}

func offeredOptions(o map[string]any) []any {
	offered, _ := o["options"].([]any)
	groups, _ := o["option_groups"].([]any)
	for _, g := range groups {
		if g, ok := g.(map[string]any); ok {
			more, _ := g["options"].([]any)
			offered = append(offered[:len(offered):len(offered)], more...)
		}
	}
	return offered
}

func sameOption(a, b any) bool {
	x, okX := a.(map[string]any)
	y, okY := b.(map[string]any)
	return okX && okY && x["value"] == y["value"] && textOf(x["text"]) == textOf(y["text"])
}

func textOf(v any) string {
	o, _ := v.(map[string]any)
	s, _ := o["text"].(string)
	return s
}
