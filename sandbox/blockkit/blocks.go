package blockkit

import "maps"

// blockTypes are the blocks that may stand at the top of a surface. The file block is not among them: it
// comes with messages that are read, and no app may send one.
var blockTypes = []string{
	"section", "header", "divider", "image", "context", "actions", "input", "rich_text", "video",
	"markdown", "table", "data_table", "data_visualization", "context_actions",
	"alert", "card", "carousel", "container", "layout", "plan", "task_card",
}

// blocks is the table of blocks. Every one may have a block_id.
var blocks = map[string]shape{
	"section": {
		on: anywhere,
		fields: fields{
			"text": may(anyText(1, 3000)), "fields": may(listOf(1, 10, anyText(1, 2000))),
			"accessory": may(oneOf(sectionElements...)), "expand": may(truth),
		},
		also: also{atLeastOne("text", "fields"), noResponseURL("accessory")},
	},
	"header":  {on: anywhere, fields: fields{"text": must(plainOnly(1, 150)), "level": may(whole(1, 4))}},
	"divider": {on: anywhere, fields: fields{}},
	"context": {on: anywhere, fields: fields{"elements": must(listOf(1, 10, contextElement))}},
	"actions": {
		on:     anywhere,
		fields: fields{"elements": must(listOf(1, 25, oneOf(actionElements...)))},
		also:   also{uniqueActions("elements"), noResponseURL("elements")},
	},
	"input": {on: anywhere, fields: fields{
		"label": must(plainOnly(1, 2000)), "hint": may(plainOnly(1, 2000)),
		"optional": may(truth), "dispatch_action": may(truth), "element": must(oneOf(inputElements...)),
	}},
	"context_actions": {
		on:     InMessage,
		fields: fields{"elements": must(listOf(1, 5, oneOf("feedback_buttons", "icon_button")))},
		also:   also{uniqueActions("elements")},
	},
	"rich_text":  {on: anywhere, fields: fields{"elements": must(listOf(1, 1000, oneOf(richBlocks...)))}},
	"markdown":   {on: InMessage, fields: fields{"text": must(chars(1, 12_000))}},
	"table":      tableBlock,
	"data_table": dataTableBlock,
	"data_visualization": {on: InMessage, fields: fields{
		"title": must(chars(1, 50)), "chart": must(oneOf("pie", "bar", "area", "line")),
	}},
	"video": {on: anywhere, fields: fields{
		"title": must(plainOnly(1, 199)), "alt_text": must(chars(1, 2000)), "video_url": must(secureURL), "thumbnail_url": must(urlText),
		"title_url": may(secureURL), "author_name": may(chars(1, 49)), "description": may(plainOnly(1, 199)), // not confirmed: taken from the title
		"provider_name": may(chars(1, 255)), "provider_icon_url": may(urlText), // the length is not confirmed
	}},
}

// shapes is every type by name: blocks, elements, parts of rich text, charts. The image here is the element;
// the block of that name is imageBlock.
var shapes = allShapes()

func allShapes() map[string]shape {
	all := map[string]shape{"image": imageElement, "url": urlSource}
	for name, s := range elements {
		s.fields["action_id"] = may(id)
		all[name] = s
	}
	maps.Copy(all, richText)
	maps.Copy(all, charts)
	maps.Copy(all, cells)
	for _, table := range []map[string]shape{blocks, grouped, agentBlocks} {
		for name, s := range table {
			s.fields["block_id"] = may(id)
			all[name] = s
		}
	}
	return all
}

var (
	imageElement = shape{fields: imageFields(), also: also{exactlyOne("image_url", "slack_file")}}
	imageBlock   = shape{fields: withTitle(imageFields()), also: also{exactlyOne("image_url", "slack_file")}}
)

func withTitle(f fields) fields {
	f["title"] = may(plainOnly(1, 2000))
	f["block_id"] = may(id)
	return f
}

func contextElement(c *checker, at string, v any) {
	o, _ := v.(map[string]any)
	if o["type"] == "plain_text" || o["type"] == "mrkdwn" {
		anyText(1, 3000)(c, at, v)
		return
	}
	c.one(at, v, contextElements[:1])
}

// uniqueActions: an action id names one element of its block.
func uniqueActions(where string) func(*checker, string, map[string]any) {
	return func(c *checker, at string, o map[string]any) {
		seen := map[string]bool{}
		list, _ := o[where].([]any)
		for i, v := range list {
			element, _ := v.(map[string]any)
			name, _ := element["action_id"].(string)
			if name != "" && seen[name] {
				c.complain(at+"/"+where+"/"+itoa(i)+"/action_id", "action_id must be unique in its block: %s", name)
			}
			seen[name] = true
		}
	}
}

// noResponseURL: a select asks for a response URL only inside an input block.
func noResponseURL(where string) func(*checker, string, map[string]any) {
	return func(c *checker, at string, o map[string]any) {
		list, many := o[where].([]any)
		if !many {
			list = []any{o[where]}
		}
		for i, v := range list {
			element, _ := v.(map[string]any)
			if element["response_url_enabled"] != true {
				continue
			}
			here := at + "/" + where
			if many {
				here += "/" + itoa(i)
			}
			c.complain(here+"/response_url_enabled", "only allowed in an input block")
		}
	}
}
