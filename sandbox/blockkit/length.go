package blockkit

import "encoding/json"

// TextLength is the number of characters people read in all these blocks together, which chat.postMessage
// limits. Ids, values and addresses do not count, nor does markdown, which has a limit of its own. Blocks that
// cannot be read count as nothing.
func TextLength(raw []byte) int {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return 0
	}
	return readable(v)
}

var readableNames = map[string]bool{
	"text": true, "title": true, "label": true, "name": true, "alt_text": true, "hint": true, "fallback": true,
	"caption": true, "x_label": true, "y_label": true,
}

func readable(v any) (n int) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			n += readable(one)
		}
	case map[string]any:
		if v["type"] == "markdown" {
			return 0
		}
		for name, one := range v {
			if s, ok := one.(string); ok {
				if readableNames[name] {
					n += length(s)
				}
				continue
			}
			n += readable(one)
		}
	}
	return n
}
