package blockkit_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/ascbot/ascbot/sandbox/blockkit"
)

// taken collects blocks the checker takes.
type taken struct{ blocks []json.RawMessage }

var valid taken

func (v *taken) add(fine bool, block string) {
	if fine {
		v.blocks = append(v.blocks, json.RawMessage(block))
	}
}

// gather is every block the tables of this package call valid.
func gather() []json.RawMessage {
	all := taken{slices.Clone(valid.blocks)}
	for _, c := range slices.Concat(inMessages, younger) {
		all.add(c.want == "", c.block)
	}
	for _, l := range limits {
		all.add(true, l.payload(max(l.least, 1)))
		all.add(true, l.payload(l.most))
	}
	return all.blocks
}

// Each type the checker knows is tried by some table, and where EXPORT_BLOCKS names a file, everything the
// tables call valid goes there: Slack's published types are held against it.
func TestValidBlocks(t *testing.T) {
	valid = taken{}
	TestPlaces(t)
	TestSurfaces(t)
	all := gather()
	seen := map[string]bool{}
	for _, block := range all {
		var v any
		if err := json.Unmarshal(block, &v); err != nil {
			t.Fatalf("%s: %v", block, err)
		}
		note(seen, v)
	}
	for _, name := range blockkit.Types() {
		if !seen[name] {
			t.Errorf("no table has a valid %s", name)
		}
	}
	path := os.Getenv("EXPORT_BLOCKS")
	if path == "" {
		return
	}
	raw, err := json.Marshal(map[string]any{"blocks": all, "views": validViews(), "properties": blockkit.Properties()})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func note(seen map[string]bool, v any) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			note(seen, one)
		}
	case map[string]any:
		if name, ok := v["type"].(string); ok {
			seen[name] = true
		}
		for _, one := range v {
			note(seen, one)
		}
	}
}

func validViews() (all []json.RawMessage) {
	for _, c := range views {
		if c.want == "" {
			all = append(all, json.RawMessage(c.view))
		}
	}
	return all
}
