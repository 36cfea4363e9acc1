package slack

import "slices"

// What Slack fills in when it stores blocks: ids that were left out, and the flags of text objects.

// fillIn completes decoded blocks in place, those inside others too, and returns them.
func fillIn(blocks []any) []any {
	for _, block := range allBlocks(blocks) {
		if block["block_id"] == nil || block["block_id"] == "" {
			block["block_id"] = shortID()
		}
		for _, element := range elementsOf(block) {
			if element["action_id"] == nil || element["action_id"] == "" {
				element["action_id"] = shortID()
			}
		}
		if block["type"] != "rich_text" {
			flagTexts(block)
		}
	}
	return blocks
}

// flagTexts writes emoji and verbatim into text objects that came without.
func flagTexts(v any) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			flagTexts(one)
		}
	case map[string]any:
		switch v["type"] {
		case "plain_text":
			setDefault(v, "emoji", true)
		case "mrkdwn":
			setDefault(v, "verbatim", false)
		default:
			for _, one := range v {
				flagTexts(one)
			}
		}
	}
}

func setDefault(o map[string]any, name string, value any) {
	if _, given := o[name]; !given {
		o[name] = value
	}
}

// elementsOf are the interactive elements of a block, without those of blocks inside it.
func elementsOf(block map[string]any) (elements []map[string]any) {
	add := func(v any) {
		if e, ok := v.(map[string]any); ok && e["type"] != "image" {
			elements = append(elements, e)
		}
	}
	switch block["type"] {
	case "section":
		add(block["accessory"])
	case "input":
		add(block["element"])
	case "actions", "context_actions":
		eachOf(block["elements"], add)
	case "card":
		eachOf(block["actions"], add)
	case "data_table":
		eachOf(block["rows"], func(row any) {
			eachOf(row, func(v any) {
				if cell, _ := v.(map[string]any); cell["type"] == "action_cell" {
					add(cell["element"])
				}
			})
		})
	}
	return elements
}

func eachOf(v any, do func(any)) {
	list, _ := v.([]any)
	for _, one := range list {
		do(one)
	}
}

// place is an element with the block it stands in.
type place struct {
	block, element map[string]any
}

func (p place) blockID() string  { return str(p.block["block_id"]) }
func (p place) actionID() string { return str(p.element["action_id"]) }
func (p place) kind() string     { return str(p.element["type"]) }
func (p place) isInput() bool    { return p.block["type"] == "input" }

func places(blocks []any) (all []place) {
	for _, block := range allBlocks(blocks) {
		for _, element := range elementsOf(block) {
			all = append(all, place{block, element})
		}
	}
	return all
}

// locate finds an element by block id and action id; the block id may be left out.
func locate(blocks []any, blockID, actionID string) (place, bool) {
	all := places(blocks)
	i := slices.IndexFunc(all, func(p place) bool {
		return p.actionID() == actionID && (blockID == "" || p.blockID() == blockID)
	})
	if i < 0 {
		return place{}, false
	}
	return all[i], true
}

func str(v any) string {
	s, _ := v.(string)
	return s
}
