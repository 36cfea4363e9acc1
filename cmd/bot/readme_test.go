package main

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/ascbot/ascbot/bot/commands"
)

// substitution is what a shell puts a command's output for.
var substitution = regexp.MustCompile(`\$\([^)]*\)`)

const readme = "../../README.md"

func TestReadmeListsTheCommands(t *testing.T) {
	text := must(t, readme)
	var known []string
	for _, v := range commands.Table() {
		known = append(known, v.Words)
		if !strings.Contains(text, "| `/asc "+v.Words) {
			t.Errorf("README.md has no row for /asc %s", v.Words)
		}
	}
	for _, said := range regexp.MustCompile("`/asc ([^`]+)`").FindAllStringSubmatch(text, -1) {
		if !slices.ContainsFunc(known, func(words string) bool { return strings.HasPrefix(said[1]+" ", words+" ") }) {
			t.Errorf("README.md speaks of /asc %s, which there is not", said[1])
		}
	}
}

// TestTaughtCommandsAreTrue reads every line that README.md, the image and the
// helps show of the program's own commands.
func TestTaughtCommandsAreTrue(t *testing.T) {
	parser, err := kong.New(&grammar{}, kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	taught := must(t, readme) + must(t, "../../docs/auditing.md")
	for _, h := range []kong.HelpProvider{runCmd{}, sandboxCmd{}, policyTestCmd{}, verifyCmd{}, exportCmd{}, proveCmd{}, checkCmd{}, eraseCmd{}, acceptCmd{}, backupCmd{}} {
		taught += "\n" + h.Help()
	}
	lines := regexp.MustCompile(`(?m)^ *(?:\./|go run \./cmd/bot |ascbot )([^\n#>]*)`).FindAllStringSubmatch(taught, -1)
	if len(lines) < 15 {
		t.Errorf("only %d lines found", len(lines))
	}
	for _, line := range lines {
		words := strings.Fields(substitution.ReplaceAllString(line[1], "today"))
		if _, err := parser.Parse(words); err != nil {
			t.Errorf("%q is taught: %v", line[0], err)
		}
	}
}

func TestReadmeListsTheVariables(t *testing.T) {
	variable := regexp.MustCompile(`\b(?:SLACK|ASC|ASCBOT)_[A-Z_]+\b`)
	inReadme, inHelp := variable.FindAllString(must(t, readme), -1), variable.FindAllString(runCmd{}.Help(), -1)
	for _, name := range append(inHelp, "SLACK_API_URL", "ASC_API_URL") {
		if !slices.Contains(inReadme, name) {
			t.Errorf("README.md does not name %s", name)
		}
	}
	source := must(t, "config.go") + must(t, "head.go") + must(t, "logging.go")
	for _, name := range inReadme {
		if !strings.Contains(source, `"`+name+`"`) {
			t.Errorf("README.md names %s, which nothing reads", name)
		}
	}
	for _, code := range []string{"3 something was changed", "4 records", "5 not signed", "6 no key", "9 the requests", "7 the hashes", "8 the proof", "10 when anchors"} {
		if !strings.Contains(must(t, readme), code) {
			t.Errorf("README.md does not explain exit code %s", code)
		}
	}
}
