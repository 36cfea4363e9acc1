package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ascbot/ascbot/"

// pure packages take facts and return facts; they know none of the others.
var pure = []string{"bot/policy", "bot/roles", "bot/sales", "bot/schedule", "bot/typeahead"}

// mayImport says which of our packages each of them may import, tests included;
// "sandbox/..." means all below sandbox. What is not listed may not exist.
var mayImport = map[string][]string{
	"asc":           {},
	"store":         {},
	"sandbox":       {"sandbox/..."},
	"sandbox/apple": {"sandbox/..."},

	"sandbox/apple/contract":        {},
	"sandbox/apple/contract/distil": {},

	"sandbox/blockkit": {"sandbox/..."},
	"sandbox/page":     {"sandbox/..."},
	"sandbox/slack":    {"sandbox/..."},
	"bot/policy":       {},
	"bot/roles":        {},
	"bot/sales":        {},
	"bot/schedule":     {},
	"bot/typeahead":    {},
	"bot":              slices.Concat([]string{"asc", "store"}, pure),
	"bot/commands":     slices.Concat([]string{"bot", "asc", "store"}, pure),
	"bot/invariants":   {"store", "sandbox/..."},
	"cmd/bot":          slices.Concat([]string{"bot", "bot/commands", "asc", "store", "sandbox/..."}, pure),
}

// testsMayImport says what tests may import in addition. The stand-ins share no
// type with what they test; the contract is Apple's own document.
var testsMayImport = map[string][]string{
	"asc": {"sandbox/apple/contract"},

	"sandbox/apple/contract/distil": {"sandbox/apple/contract"},

	"bot":          {"bot/commands", "bot/invariants", "sandbox/..."},
	"bot/commands": {"sandbox/..."},
	"cmd/bot":      {"bot/invariants"},
}

// foreign are libraries that some packages must not know.
var foreign = map[string][]string{
	"github.com/slack-go/slack":    {"asc", "store", "sandbox/...", "bot/policy", "bot/roles", "bot/sales", "bot/schedule", "bot/typeahead"},
	"github.com/golang-jwt/jwt/v5": {"store", "bot", "bot/commands", "bot/policy", "bot/roles", "bot/sales", "bot/schedule", "bot/typeahead"},
	"go.etcd.io/bbolt":             {"asc", "bot", "bot/commands", "sandbox/...", "bot/policy", "bot/roles", "bot/sales", "bot/schedule", "bot/typeahead"},
}

// listed is what go list says of a package.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) (all []listed) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-C", "../..", "-json=ImportPath,Imports,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// covers says whether a package is in a list such as {"bot", "sandbox/..."}.
func covers(list []string, name string) bool {
	return slices.ContainsFunc(list, func(l string) bool {
		above, all := strings.CutSuffix(l, "/...")
		return l == name || all && (name == above || strings.HasPrefix(name, above+"/"))
	})
}

// TestWhoImportsWhom keeps the client and the store useful without Slack, the
// bot free of knowing any command by name, and the stand-ins unable to share a
// misreading with what they stand in for.
func TestWhoImportsWhom(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		seen[name] = true
		may, known := mayImport[name]
		if !known {
			t.Errorf("%s is a new package; say in mayImport what it may import", name)
		}
		check := func(imports, may []string) {
			for _, i := range imports {
				if other, ours := strings.CutPrefix(i, module); ours && other != name && !covers(may, other) {
					t.Errorf("%s imports %s", name, other)
				}
			}
		}
		check(p.Imports, may)
		check(slices.Concat(p.TestImports, p.XTestImports), slices.Concat(may, testsMayImport[name]))
		for library, not := range foreign {
			if slices.Contains(p.Imports, library) && covers(not, name) {
				t.Errorf("%s imports %s", name, library)
			}
		}
	}
	for name := range mayImport {
		if !seen[name] {
			t.Errorf("there is no package %s any more; take it out of mayImport", name)
		}
	}
}
