package blockkit

// Blocks that group others: cards, containers, layouts. Only messages were ever seen to take them, so only
// messages take them here.
var grouped = map[string]shape{
	// Sources disagree about alerts: a client library says that messages refuse them, an example of Slack's
	// shows one in a message. The stricter reading is taken; not confirmed.
	"alert": {on: InModal, fields: fields{
		"text": must(anyText(1, 3000)), "level": may(word("default", "info", "warning", "error", "success")),
	}},
	"card": {
		on: InMessage,
		fields: fields{
			"hero_image": may(oneOf("image")), "icon": may(oneOf("image")), "slack_icon": may(of(slackIcon)),
			"title": may(mrkdwnOnly(1, 150)), "subtitle": may(mrkdwnOnly(1, 150)), "body": may(mrkdwnOnly(1, 200)),
			"subtext": may(mrkdwnOnly(1, 150)),             // the length is not confirmed
			"actions": may(listOf(1, 25, oneOf("button"))), // the count is not confirmed
		},
		also: also{atLeastOne("hero_image", "title", "actions", "body"), atMostOne("icon", "slack_icon"), uniqueActions("actions")},
	},
	"carousel": {on: InMessage, fields: fields{"elements": must(listOf(1, 10, blockOf("card")))}},
	"container": {
		on: InMessage,
		fields: fields{
			"title": may(plainOnly(1, 150)), "rich_text_title": may(blockOf("rich_text")), "subtitle": may(anyText(1, 150)),
			"icon": may(oneOf("image")), "width": may(word("narrow", "standard", "wide", "full")),
			"is_collapsible": may(truth), "default_collapsed": may(truth), "has_header_divider": may(truth),
			"child_blocks": must(nested(listOf(1, 10, blockOf(containerBlocks...)))),
		},
		also: also{
			atLeastOne("title", "rich_text_title"),
			onlyWith("default_collapsed", "is_collapsible", true), onlyWith("has_header_divider", "is_collapsible", false),
		},
	},
	"layout": {on: InMessage, fields: fields{
		"label": must(chars(1, 150)), "is_label_visible": may(truth), "grid_lines": may(word("none", "rows", "outer")),
		"rows":     must(nested(listOf(1, 5, of(layoutRow)))),
		"fallback": may(nested(listOf(0, 50, blockOf(stableBlocks...)))),
	}},
}

// Which block may stand in which.
var (
	stableBlocks    = []string{"context", "divider", "header", "image", "rich_text", "section", "table", "video"}
	containerBlocks = with(stableBlocks, "actions", "input", "layout")
	layoutBlocks    = with(stableBlocks, "actions", "alert", "card", "carousel", "container", "data_table", "data_visualization", "input")

	layoutRow  = shape{fields: fields{"items": must(listOf(1, 3, of(layoutItem)))}}
	layoutItem = shape{fields: fields{
		"block": must(blockOf(layoutBlocks...)), "width": may(word("narrow", "standard", "wide")),
		"horizontal_alignment": may(word("start", "center", "end")),
	}}
	slackIcon = shape{fields: fields{"type": must(word("icon")), "name": must(chars(1, 255))}}
)

func mrkdwnOnly(least, most int) rule { return text(least, most, "mrkdwn") }

// blockOf is a block inside another; what reaches across blocks counts it too.
func blockOf(allowed ...string) rule {
	return func(c *checker, at string, v any) { c.block(at, v, allowed) }
}

// mostNested is how deep containers and layouts may stand in each other.
const mostNested = 2

// nested is the inside of a container or layout.
func nested(is rule) rule {
	return func(c *checker, at string, v any) {
		if c.depth++; c.depth > mostNested {
			c.complain(at, "containers and layouts may be nested %d levels deep", mostNested)
		} else {
			is(c, at, v)
		}
		c.depth--
	}
}

// agentBlocks show the work of an agent. No length of theirs is confirmed.
var agentBlocks = map[string]shape{
	"task_card": {on: InMessage, fields: fields{
		"task_id": must(id), "title": must(chars(1, 255)), "status": must(word("pending", "in_progress", "complete", "error")),
		"details": may(blockOf("rich_text")), "output": may(blockOf("rich_text")), "sources": may(listOf(1, 100, oneOf("url"))),
	}},
	"plan": {on: InMessage, fields: fields{"title": must(chars(1, 255)), "tasks": may(listOf(1, 50, blockOf("task_card")))}},
}

// urlSource is where an agent found something.
var urlSource = shape{fields: fields{"url": must(urlText), "text": must(chars(1, 255))}}
