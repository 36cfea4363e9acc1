package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/bot/typeahead"
)

// The answer to type-ahead fits into an acknowledgement whatever things are
// called, and is not cut shorter than it has to be.
func TestSuggestionsFitWhateverTheNames(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		some int // of a hundred that have to be offered at least
	}{
		"short":       {"Halo", 100},
		"long":        {strings.Repeat("n", 75), 50},
		"wide":        {strings.Repeat("家", 75), 30},
		"astral":      {strings.Repeat("🎈", 75), 20},
		"quoted":      {strings.Repeat(`"`, 75), 30},
		"of controls": {strings.Repeat("\u0001", 300), 50},
	} {
		var found []typeahead.Entry
		for i := range 100 {
			found = append(found, typeahead.Entry{Text: c.text, About: c.text, Value: fmt.Sprintf("%036d", i)})
		}
		options := fitting(found)
		text, err := json.Marshal(map[string]any{
			"envelope_id": "57d6a792-4d35-4d0b-b6aa-3361493e1caf", "payload": map[string]any{"options": options},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(text) >= longestAck {
			t.Errorf("%s: %d options make an acknowledgement of %d bytes", name, len(options), len(text))
		}
		if len(options) < c.some {
			t.Errorf("%s: only %d options are offered", name, len(options))
		}
	}
}
