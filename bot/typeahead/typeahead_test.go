package typeahead

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func texts(found []Entry) string {
	var all []string
	for _, e := range found {
		all = append(all, e.Text)
	}
	return strings.Join(all, ", ")
}

func TestFind(t *testing.T) {
	x := New([]Entry{
		{"Deep Halo", "example.deep", "1"}, {"Halo", "example.halo", "2"}, {"Chalong", "example.chalong", "3"}, {"Halo for Kids", "example.kids", "4"},
		{"Crème Brûlée", "example.dessert", "5"}, {"Ångström", "example.unit", "6"}, {"Straße", "example.street", "7"}, {"2.4.0 (118)", "Halo", "8"}, {"2.4.0 (1180)", "Tide", "9"},
		{"Żółw", "example.turtle", "10"}, {"東京", "example.tokyo", "11"},
	})
	for typed, want := range map[string]string{
		"hal":         "Halo, Halo for Kids, Deep Halo, Chalong, 2.4.0 (118)",
		"HALO":        "Halo, Halo for Kids, Deep Halo, Chalong, 2.4.0 (118)",
		"kids halo":   "Halo for Kids",
		"creme":       "Crème Brûlée",
		"CRÈME bru":   "Crème Brûlée",
		"angstrom":    "Ångström",
		"Ångst":       "Ångström",
		"strasse":     "Straße",
		"zolw":        "Żółw",
		"118":         "2.4.0 (118), 2.4.0 (1180)",
		"118 halo":    "2.4.0 (118)",
		"東":           "東京",
		"  halo   f ": "Halo for Kids",
		"dessert":     "Crème Brûlée",
		"nothing":     "",
	} {
		if got := texts(x.Find(typed, 100)); got != want {
			t.Errorf("%q finds %s, want %s", typed, got, want)
		}
	}
	if got := x.Find("", 3); texts(got) != "Deep Halo, Halo, Chalong" {
		t.Errorf("nothing typed finds %s", texts(got))
	}
	if got := x.Find("hal", 2); texts(got) != "Halo, Halo for Kids" {
		t.Errorf("two of them are %s", texts(got))
	}
	if got := New(nil).Find("x", 9); got != nil {
		t.Errorf("an empty index finds %v", got)
	}
}

// Whatever an entry is called, it is found by its own name, by any word of it,
// and first when nothing else is called that.
func TestEverythingIsFoundByItsName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringN(1, 12, 60), 1, 20).Draw(t, "names")
		var entries []Entry
		for i, n := range names {
			entries = append(entries, Entry{Text: n, Value: fmt.Sprint(i)})
		}
		x := New(entries)
		for _, e := range entries {
			if fold(e.Text) == "" {
				continue
			}
			found := x.Find(e.Text, len(entries))
			i := slices.Index(found, e)
			if i < 0 {
				t.Fatalf("%q is not found by its name", e.Text)
			}
			for _, before := range found[:i] {
				if !strings.HasPrefix(fold(before.Text), fold(e.Text)) {
					t.Fatalf("%q comes before %q", before.Text, e.Text)
				}
			}
			for _, w := range strings.Fields(e.Text) {
				if fold(w) != "" && !slices.Contains(x.Find(w, len(entries)), e) {
					t.Fatalf("%q is not found by %q", e.Text, w)
				}
			}
		}
	})
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Halo", "Crème  Brûlée", "\xff\xfe", "İstanbul", "ẞ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := fold(s)
		if utf8.ValidString(s) && fold(once) != once {
			t.Errorf("%q folds to %q and then to %q", s, once, fold(once))
		}
	})
}

// BenchmarkFind looks among 50,000 testers, 5,000 builds and 2,000 versions, as people type.
func BenchmarkFind(b *testing.B) {
	for name, x := range many() {
		for _, typed := range []string{"t", "4711", "example friends", "nobody at all", "tseter 4711"} {
			b.Run(name+"/"+strings.ReplaceAll(typed, " ", "_"), func(b *testing.B) {
				for b.Loop() {
					if len(x.Find(typed, 100)) == 0 {
						x.Near(typed, 100)
					}
				}
			})
		}
	}
}
