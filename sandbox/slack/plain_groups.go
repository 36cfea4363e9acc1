package slack

import "strings"

// grouped writes the blocks that group others, and those that show the work of an agent.
func (p printer) grouped(b map[string]any) string {
	switch b["type"] {
	case "alert":
		return join(" ", "("+orElse(str(b["level"]), "default")+")", p.text(b["text"]))
	case "card":
		return p.card(b)
	case "carousel":
		return p.each(b["elements"], "\n", p.inner)
	case "container":
		title := p.text(b["title"])
		if b["rich_text_title"] != nil {
			title = p.inner(b["rich_text_title"])
		}
		return join("\n", p.picture(b["icon"])+title, p.text(b["subtitle"]), p.each(b["child_blocks"], "\n", p.inner))
	case "layout":
		return p.layout(b)
	case "context_actions":
		return p.each(b["elements"], " ", p.element(b))
	case "data_table":
		return join("\n", str(b["caption"]), p.each(b["rows"], "\n", func(row any) string { return p.each(row, " | ", p.cell) }))
	case "video":
		return join(" ", p.text(b["title"]), "("+str(b["alt_text"])+")")
	case "plan":
		return join("\n", str(b["title"]), p.each(b["tasks"], "\n", p.inner))
	case "task_card":
		return join("\n", str(b["title"])+" ("+str(b["status"])+")", p.inner(b["details"]), p.inner(b["output"]))
	}
	return ""
}

// inner is a block inside another.
func (p printer) inner(v any) string {
	b, _ := v.(map[string]any)
	return p.block(b)
}

func (p printer) picture(v any) string {
	if e, _ := v.(map[string]any); e != nil {
		return "(" + str(e["alt_text"]) + ") "
	}
	return ""
}

func (p printer) card(b map[string]any) string {
	return join("\n", strings.TrimSpace(p.picture(b["hero_image"])), p.picture(b["icon"])+p.text(b["title"]), p.text(b["subtitle"]),
		p.text(b["body"]), p.text(b["subtext"]), p.each(b["actions"], " ", p.element(b)))
}

func (p printer) layout(b map[string]any) string {
	label := ""
	if b["is_label_visible"] == true {
		label = str(b["label"])
	}
	return join("\n", label, p.each(b["rows"], "\n", func(v any) string {
		row, _ := v.(map[string]any)
		return p.each(row["items"], "\n", func(v any) string {
			item, _ := v.(map[string]any)
			return p.inner(item["block"])
		})
	}))
}

func (p printer) feedback(e map[string]any) string {
	up, _ := e["positive_button"].(map[string]any)
	down, _ := e["negative_button"].(map[string]any)
	return "[" + p.text(up["text"]) + "] [" + p.text(down["text"]) + "]"
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
