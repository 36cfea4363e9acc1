package bot_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tried says with how many classes of operation a cell is tried.
type tried struct{ each, once bool }

// Every cell of docs/faults.md has a test that has its number in its name, tried with every class of
// operation where the list says so; and no test has a number that the list does not know.
func TestTheFaultMatrixIsWhole(t *testing.T) {
	is := map[string]tried{}
	add := func(name string, each bool) {
		if found := regexp.MustCompile(`^F-([A-Z]\d\d)[ _]`).FindStringSubmatch(name); found != nil {
			was := is[found[1]]
			is[found[1]] = tried{was.each || each, was.once || !each}
		} else {
			t.Errorf("the cell %q has no number", name)
		}
	}
	for _, c := range cells() {
		add(c.name, !c.once)
	}
	stories, err := filepath.Glob("testdata/matrix/*.txtar")
	must(t, err)
	for _, story := range stories {
		text, err := os.ReadFile(story)
		must(t, err)
		add(filepath.Base(story), strings.Contains(string(text), "$ASK"))
	}
	list, err := os.ReadFile("../docs/faults.md")
	must(t, err)
	beside := testsByCell(t)
	rows := regexp.MustCompile(`(?m)^\| ([A-Z]\d\d) \|.*\| (each|once) \| (.*) \|$`).FindAllStringSubmatch(string(list), -1)
	listed := map[string]bool{}
	for _, row := range rows {
		number, classes, named := row[1], row[2], regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[3], -1)
		if listed[number] {
			t.Errorf("%s is listed twice", number)
		}
		listed[number] = true
		for _, name := range named {
			if !slices.Contains(beside[number], name[1]) {
				t.Errorf("%s names %s, which there is not", number, name[1])
			}
		}
		if len(named) != len(beside[number]) {
			t.Errorf("%s does not name all of %q", number, beside[number])
		}
		own := slices.ContainsFunc(beside[number], func(name string) bool { return ofEachClass[name] })
		switch {
		case is[number] == tried{} && len(named) == 0:
			t.Errorf("%s has no test", number)
		case classes == "each" && !is[number].each && !own:
			t.Errorf("%s is not tried with each class of operation", number)
		}
	}
	for section, last := range map[string]int{"K": 17, "W": 14, "M": 15, "A": 21, "D": 23} {
		for n := 1; n <= last; n++ {
			if number := section + string(rune('0'+n/10)) + string(rune('0'+n%10)); !listed[number] {
				t.Errorf("%s is not listed", number)
			}
		}
	}
	for _, number := range slices.Sorted(maps.Keys(is)) {
		if !listed[number] {
			t.Errorf("there is a test of a cell %s, which is not listed", number)
		}
	}
}

// ofEachClass are the tests beside the matrix that go through all classes of operation themselves.
var ofEachClass = map[string]bool{
	"TestFK17KilledWhileItRecovers": true, "TestFA18SuccessWithoutAWord": true, "TestFD02TheDiskGetsFullBeforeTheOutcome": true,
}

// testsByCell are the test functions that have the number of a cell in their names.
func testsByCell(t *testing.T) map[string][]string {
	found := map[string][]string{}
	root := os.DirFS("..")
	must(t, fs.WalkDir(root, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(root, path)
		for _, name := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(source), -1) {
			for _, cell := range regexp.MustCompile(`F([KWMAD]\d\d)`).FindAllStringSubmatch(name[1], -1) {
				found[cell[1]] = append(found[cell[1]], name[1])
			}
		}
		return err
	}))
	return found
}
