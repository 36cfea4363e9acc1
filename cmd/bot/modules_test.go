package main

import (
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Most modules there may be: those the program and its tests use themselves, and all with what these
// bring along. Whoever adds one looks at it first, and then raises the number here.
const mostDirect, mostModules = 18, 26

// Every module can carry poison, so there are few, each pinned by its hash, and the program that runs
// links still fewer.
func TestT48FewModulesAndEachPinned(t *testing.T) {
	t.Parallel()
	text, sums := must(t, "../../go.mod"), must(t, "../../go.sum")
	direct := 0
	all := regexp.MustCompile(`(?m)^\t(\S+) (v\S+)( // indirect)?$`).FindAllStringSubmatch(text, -1)
	for _, m := range all {
		if m[3] == "" {
			direct++
		}
		if !strings.Contains(sums, m[1]+" "+m[2]+" h1:") {
			t.Errorf("go.sum does not pin %s %s", m[1], m[2])
		}
	}
	if direct == 0 || direct > mostDirect || len(all) > mostModules {
		t.Errorf("there are %d modules of our own choice and %d in all; at most %d and %d were looked at", direct, len(all), mostDirect, mostModules)
	}
	if strings.Contains(text, "replace ") {
		t.Error("a module is replaced by another one")
	}
	cmd := exec.Command("go", "list", "-mod=readonly", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
	cmd.Env = append(os.Environ(), "GOFLAGS=")
	linked, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, testOnly := range []string{"chromedp", "kin-openapi", "go-cmp", "rapid", "go-internal"} {
		if strings.Contains(string(linked), testOnly) {
			t.Errorf("%s is for tests, and the program links it", testOnly)
		}
	}
}

// Nothing tells names or secrets to whoever scrapes it, since the bot listens nowhere: its one door is a
// socket in the file system, and the sandbox's page is on loopback.
func TestT49TheBotListensNowhere(t *testing.T) {
	t.Parallel()
	listens := regexp.MustCompile(`net\.Listen\w*\(|ListenAndServe|\.Listen\(`)
	for path, source := range sources(t) {
		for _, found := range listens.FindAllString(source, -1) {
			if path != "cmd/bot/control.go" && path != "cmd/bot/sandbox.go" && !strings.HasPrefix(path, "sandbox/") {
				t.Errorf("%s has %s", path, found)
			}
		}
		for _, metrics := range []string{"net/http/pprof", "expvar", "prometheus"} {
			if strings.Contains(source, `"`+metrics) {
				t.Errorf("%s imports %s", path, metrics)
			}
		}
	}
	if door := must(t, "control.go"); !strings.Contains(door, `"unix"`) {
		t.Error("the door is not a socket in the file system")
	}
}

// sources are the files of the program without its tests, by path.
func sources(t *testing.T) map[string]string {
	all, root := map[string]string{}, os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(root, path)
		all[path] = string(source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
