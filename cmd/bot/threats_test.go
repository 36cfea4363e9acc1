package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/threats.md names tests that there are, and every number has its row.
func TestThreatsNameTheirTests(t *testing.T) {
	t.Parallel()
	text := must(t, "../../docs/threats.md")
	there := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(root, path)
		for _, found := range declared.FindAllStringSubmatch(string(source), -1) {
			there[found[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	stories, err := filepath.Glob("../../bot/testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, story := range stories {
		there[strings.TrimSuffix(filepath.Base(story), ".txtar")] = true
	}
	for _, found := range regexp.MustCompile("`(Test\\w+|t\\d\\d_\\w+)`").FindAllStringSubmatch(text, -1) {
		if !there[found[1]] {
			t.Errorf("docs/threats.md names %s, which there is not", found[1])
		}
	}
	for n := 1; n <= 50; n++ {
		if row := "| T" + string(rune('0'+n/10)) + string(rune('0'+n%10)) + " |"; strings.Count(text, row) != 1 {
			t.Errorf("docs/threats.md has not one row %s", row)
		}
	}
}
