package commands

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/bot"
)

const operationsDoc = "../../docs/operations.md"

// What the table in the docs says of a change is what the table of commands says.
func TestTheTableOfOperationsIsTrue(t *testing.T) {
	text, err := os.ReadFile(operationsDoc)
	if err != nil {
		t.Fatal(err)
	}
	effects := map[bot.Effect]string{bot.Absolute: "absolute", bot.Keyed: "keyed", bot.Unkeyed: "unkeyed", bot.OneWay: "one way"}
	risks := map[bot.Risk]string{bot.Small: "small", bot.Seen: "seen", bot.Severe: "severe"}
	call := regexp.MustCompile("`(POST|PATCH|DELETE) /v[0-9]+/[a-zA-Z]+(/\\{id\\}(/relationships/[a-zA-Z]+)?)?`")
	said := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 6 || !strings.HasPrefix(strings.TrimSpace(cells[0]), "`") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		said[strings.Trim(cells[0], "`")] = cells[1:]
	}
	for _, v := range slices.Concat(people(), testFlight()) {
		if v.Change == nil {
			continue
		}
		row, ok := said[v.Words]
		delete(said, v.Words)
		if !ok {
			t.Errorf("%s has no row for %q", operationsDoc, v.Words)
			continue
		}
		if row[0] != string(v.Class) || row[1] != risks[v.Risk] || row[2] != effects[v.Effect] {
			t.Errorf("%q is %v in the docs, and %s, %s, %s in the table of commands", v.Words, row[:3], v.Class, risks[v.Risk], effects[v.Effect])
		}
		if !call.MatchString(row[3]) || row[4] == "" {
			t.Errorf("%q: the docs do not say what it asks of Apple, or how it is undone", v.Words)
		}
	}
	for words := range said {
		t.Errorf("the docs have a row for %q, which changes nothing about people or TestFlight", words)
	}
}
