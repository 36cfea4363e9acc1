package slack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Plain is what there is to read in blocks, as lines of text: buttons as [Approve], inputs as "Label: value",
// images as their alternative text, mentions and links resolved. Dates appear as their fallback. names gives
// the name of a person, a channel (without #) or a group (without @).
func Plain(blocks json.RawMessage, names func(id string) string) string {
	return PlainIn(blocks, names, nil)
}

// PlainIn is Plain with dates written for a reader's zone.
func PlainIn(blocks json.RawMessage, names func(id string) string, zone *time.Location) string {
	v, err := decodeJSON(blocks)
	list, ok := v.([]any)
	if err != nil || !ok {
		return ""
	}
	return plainBlocks(list, names, zone)
}

func plainBlocks(blocks []any, names func(string) string, zone *time.Location) string {
	return printer{names: names, zone: zone}.blocks(blocks)
}

func plainMrkdwn(text string, names func(string) string, zone *time.Location) string {
	return printer{names: names, zone: zone}.mrkdwn(text)
}

// printer writes blocks as text.
type printer struct {
	names func(string) string
	zone  *time.Location // nil: dates appear as their fallback
	state state          // what is entered; nil: what the elements start with
}

func (p printer) blocks(blocks []any) string {
	var lines []string
	for _, one := range blocks {
		block, _ := one.(map[string]any)
		if text := p.block(block); text != "" {
			lines = append(lines, text)
		}
	}
	return strings.Join(lines, "\n")
}

func (p printer) block(b map[string]any) string {
	switch b["type"] {
	case "section":
		return p.section(b)
	case "header":
		return p.text(b["text"])
	case "divider":
		return "———"
	case "image":
		return join(" ", p.text(b["title"]), "("+str(b["alt_text"])+")")
	case "context":
		return p.each(b["elements"], " ", p.element(b))
	case "actions":
		return p.each(b["elements"], " ", p.element(b))
	case "input":
		return p.text(b["label"]) + ": " + p.element(b)(b["element"])
	case "markdown":
		return str(b["text"])
	case "rich_text":
		return p.each(b["elements"], "\n", p.richBlock)
	case "table":
		return p.each(b["rows"], "\n", func(row any) string { return p.each(row, " | ", p.cell) })
	case "data_visualization":
		return p.chart(b)
	}
	return p.grouped(b)
}

func join(sep string, parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, sep)
}

func (p printer) each(v any, sep string, write func(any) string) string {
	list, _ := v.([]any)
	var parts []string
	for _, one := range list {
		parts = append(parts, write(one))
	}
	return join(sep, parts...)
}

func (p printer) section(b map[string]any) string {
	lines := join("\n", p.text(b["text"]), p.each(b["fields"], "\n", func(f any) string { return p.text(f) }))
	if b["accessory"] == nil {
		return lines
	}
	return join(" ", lines, p.element(b)(b["accessory"]))
}

// text is a text object.
func (p printer) text(v any) string {
	o, _ := v.(map[string]any)
	if o["type"] == "mrkdwn" {
		return p.mrkdwn(str(o["text"]))
	}
	return str(o["text"])
}

var (
	token    = regexp.MustCompile(`<([^<>]*)>`)
	unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// mrkdwn resolves tokens and entities; style marks stay.
func (p printer) mrkdwn(text string) string {
	var out strings.Builder
	for {
		at := token.FindStringSubmatchIndex(text)
		if at == nil {
			out.WriteString(unescape.Replace(text))
			return out.String()
		}
		out.WriteString(unescape.Replace(text[:at[0]]))
		out.WriteString(unescape.Replace(p.token(text[at[2]:at[3]])))
		text = text[at[1]:]
	}
}

func (p printer) token(inside string) string {
	what, label, labelled := strings.Cut(inside, "|")
	switch {
	case strings.HasPrefix(what, "@"):
		return "@" + p.names(what[1:])
	case strings.HasPrefix(what, "#"):
		return "#" + p.names(what[1:])
	case strings.HasPrefix(what, "!subteam^"):
		return "@" + p.names(strings.TrimPrefix(what, "!subteam^"))
	case strings.HasPrefix(what, "!date^"):
		return p.date(what, label)
	case strings.HasPrefix(what, "!"):
		return "@" + what[1:]
	case strings.HasPrefix(what, "mailto:"):
		if labelled {
			return label
		}
		return strings.TrimPrefix(what, "mailto:")
	case labelled && label != what:
		return label + " (" + what + ")"
	}
	return what
}

// date writes !date^unix^tokens^link in the reader's zone.
func (p printer) date(what, fallback string) string {
	parts := strings.Split(what, "^")
	if p.zone == nil || len(parts) < 3 {
		return fallback
	}
	unix, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return fallback
	}
	return dateText(parts[2], time.Unix(unix, 0).In(p.zone))
}

// dateText fills Slack's date tokens. Words such as "yesterday" are not used: the text does not know when
// it is read.
func dateText(format string, t time.Time) string {
	return strings.NewReplacer(
		"{date_num}", t.Format("2006-01-02"), "{date}", t.Format("January 2, 2006"),
		"{date_short}", t.Format("Jan 2, 2006"), "{date_long}", t.Format("Monday, January 2, 2006"),
		"{date_pretty}", t.Format("January 2, 2006"), "{date_short_pretty}", t.Format("Jan 2, 2006"),
		"{date_long_pretty}", t.Format("Monday, January 2, 2006"),
		"{time}", t.Format("3:04 PM"), "{time_secs}", t.Format("3:04:05 PM"), "{ago}", t.Format("Jan 2, 2006 3:04 PM"),
	).Replace(format)
}

// element writes an element of a block.
func (p printer) element(b map[string]any) func(any) string {
	return func(v any) string {
		e, _ := v.(map[string]any)
		switch e["type"] {
		case "plain_text", "mrkdwn":
			return p.text(e)
		case "image":
			return "(" + str(e["alt_text"]) + ")"
		case "button", "workflow_button", "icon_button":
			return "[" + p.text(e["text"]) + "]"
		case "feedback_buttons":
			return p.feedback(e)
		case "overflow":
			return "[…: " + p.each(e["options"], ", ", p.option) + "]"
		}
		return p.valued(b, e)
	}
}

func (p printer) option(v any) string {
	o, _ := v.(map[string]any)
	return p.text(o["text"])
}

// valued writes an element that keeps a value, with what it holds.
func (p printer) valued(b, e map[string]any) string {
	f := kept[str(e["type"])]
	v := e[f.initial]
	if entry := p.state[str(b["block_id"])][str(e["action_id"])]; entry != nil {
		v = entry[f.value]
	}
	shown := p.value(f, v)
	switch kind := str(e["type"]); {
	case kind == "checkboxes" || kind == "radio_buttons":
		return p.boxes(e, v)
	case strings.HasSuffix(kind, "_input"):
		return shown
	case b["type"] == "input":
		return shown
	}
	if shown == "" {
		shown = p.text(e["placeholder"])
	}
	return "[" + join(" ", shown, "▾") + "]"
}

func (p printer) value(f field, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		return p.each(v, ", ", func(one any) string { return p.value(f, one) })
	case map[string]any:
		if v["type"] == "rich_text" {
			return p.block(v)
		}
		return p.option(v)
	case string:
		switch f.value {
		case "selected_user", "selected_users":
			return "@" + p.names(v)
		case "selected_channel", "selected_channels", "selected_conversation", "selected_conversations":
			return "#" + p.names(v)
		}
		return v
	case json.Number:
		return v.String()
	}
	return fmt.Sprint(v)
}

// boxes writes checkboxes and radio buttons with their marks.
func (p printer) boxes(e map[string]any, chosen any) string {
	list, many := chosen.([]any)
	if !many && chosen != nil {
		list = []any{chosen}
	}
	on, off := "[x] ", "[ ] "
	if e["type"] == "radio_buttons" {
		on, off = "(•) ", "( ) "
	}
	return p.each(e["options"], " ", func(v any) string {
		o, _ := v.(map[string]any)
		for _, c := range list {
			if c, ok := c.(map[string]any); ok && c["value"] == o["value"] {
				return on + p.option(o)
			}
		}
		return off + p.option(o)
	})
}

// richBlock writes one part of rich text.
func (p printer) richBlock(v any) string {
	o, _ := v.(map[string]any)
	switch o["type"] {
	case "rich_text_list":
		return p.richList(o)
	case "rich_text_quote":
		return "> " + strings.ReplaceAll(p.inline(o), "\n", "\n> ")
	}
	return strings.TrimSuffix(p.inline(o), "\n")
}

func (p printer) richList(o map[string]any) string {
	depth, _ := wholeOf(o["indent"])
	n, _ := wholeOf(o["offset"])
	return p.each(o["elements"], "\n", func(v any) string {
		n++
		mark := "• "
		if o["style"] == "ordered" {
			mark = strconv.Itoa(n) + ". "
		}
		return strings.Repeat("  ", depth) + mark + p.richBlock(v)
	})
}

func (p printer) inline(o map[string]any) string {
	var out strings.Builder
	list, _ := o["elements"].([]any)
	for _, v := range list {
		e, _ := v.(map[string]any)
		out.WriteString(p.inlineOne(e))
	}
	return out.String()
}

func (p printer) inlineOne(e map[string]any) string {
	switch e["type"] {
	case "text":
		if style, _ := e["style"].(map[string]any); style["code"] == true {
			return "`" + str(e["text"]) + "`"
		}
		return str(e["text"])
	case "link":
		if text := str(e["text"]); text != "" && text != str(e["url"]) {
			return text + " (" + str(e["url"]) + ")"
		}
		return strings.TrimPrefix(str(e["url"]), "mailto:")
	case "user":
		return "@" + p.names(str(e["user_id"]))
	case "usergroup":
		return "@" + p.names(str(e["usergroup_id"]))
	case "channel":
		return "#" + p.names(str(e["channel_id"]))
	case "broadcast":
		return "@" + str(e["range"])
	case "emoji":
		return ":" + str(e["name"]) + ":"
	case "color":
		return str(e["value"])
	case "date":
		return p.richDate(e)
	}
	return ""
}

func (p printer) richDate(e map[string]any) string {
	n, _ := e["timestamp"].(json.Number)
	unix, err := n.Int64()
	if err != nil || p.zone == nil && str(e["fallback"]) != "" {
		return str(e["fallback"])
	}
	zone := p.zone
	if zone == nil {
		zone = time.UTC
	}
	return dateText(str(e["format"]), time.Unix(unix, 0).In(zone))
}

// cell writes one cell of a table.
func (p printer) cell(v any) string {
	o, _ := v.(map[string]any)
	switch o["type"] {
	case "rich_text":
		return strings.ReplaceAll(p.block(o), "\n", " ")
	case "action_cell":
		return p.element(nil)(o["element"])
	case "raw_number":
		if text := str(o["text"]); text != "" {
			return text
		}
		n, _ := o["value"].(json.Number)
		return n.String()
	}
	return str(o["text"])
}

// chart writes a chart's figures, a line per series.
func (p printer) chart(b map[string]any) string {
	chart, _ := b["chart"].(map[string]any)
	points := func(list any) string {
		return p.each(list, ", ", func(v any) string {
			o, _ := v.(map[string]any)
			n, _ := o["value"].(json.Number)
			return str(o["label"]) + " " + n.String()
		})
	}
	if chart["type"] == "pie" {
		return join("\n", "("+str(b["title"])+")", points(chart["segments"]))
	}
	return join("\n", "("+str(b["title"])+")", p.each(chart["series"], "\n", func(v any) string {
		o, _ := v.(map[string]any)
		return str(o["name"]) + ": " + points(o["data"])
	}))
}
