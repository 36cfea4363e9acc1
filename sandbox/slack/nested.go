package slack

// mostDeep is how deep blocks are looked for inside blocks; Block Kit allows less.
const mostDeep = 8

// allBlocks are blocks and the blocks inside them, each before what it holds.
func allBlocks(blocks []any) (all []map[string]any) {
	walkBlocks("", blocks, mostDeep, func(_ string, block map[string]any) { all = append(all, block) })
	return all
}

// walkBlocks visits blocks and the blocks inside them with their JSON pointers.
func walkBlocks(at string, blocks []any, deep int, visit func(at string, block map[string]any)) {
	if deep == 0 {
		return
	}
	for i, v := range blocks {
		walkBlock(at+"/"+itoa(i), v, deep, visit)
	}
}

func walkBlock(at string, v any, deep int, visit func(at string, block map[string]any)) {
	block, _ := v.(map[string]any)
	if block == nil {
		return
	}
	visit(at, block)
	inner := func(name string) {
		list, _ := block[name].([]any)
		walkBlocks(at+"/"+name, list, deep-1, visit)
	}
	switch block["type"] {
	case "container":
		inner("child_blocks")
	case "carousel":
		inner("elements")
	case "plan":
		inner("tasks")
	case "layout":
		inner("fallback")
		rows, _ := block["rows"].([]any)
		for i, v := range rows {
			row, _ := v.(map[string]any)
			items, _ := row["items"].([]any)
			for j, v := range items {
				if item, _ := v.(map[string]any); deep > 1 {
					walkBlock(at+"/rows/"+itoa(i)+"/items/"+itoa(j)+"/block", item["block"], deep-1, visit)
				}
			}
		}
	}
}
