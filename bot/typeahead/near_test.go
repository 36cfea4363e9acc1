package typeahead

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNear(t *testing.T) {
	x := New([]Entry{
		{"Halo", "", "1"}, {"Friends in Halo", "", "2"}, {"Pebble", "", "3"}, {"Kim Lee · kim@example.com", "", "4"}, {"Halo 2.4.0 (118)", "", "5"}, {"Ångström", "", "6"},
	})
	for typed, want := range map[string]string{
		"haol":       "Halo, Friends in Halo, Halo 2.4.0 (118)",
		"freinds":    "Friends in Halo",
		"frends hal": "Friends in Halo",
		"peble":      "Pebble",
		"pebbel":     "Pebble",
		"kmi":        "Kim Lee · kim@example.com",
		"kim leee":   "Kim Lee · kim@example.com",
		"angstorm":   "Ångström",
		"halo 2.4.1": "Halo 2.4.0 (118)",
		"zzz":        "",
		"":           "",
	} {
		if got := texts(x.Near(typed, 100)); got != want {
			t.Errorf("%q is near %s, want %s", typed, got, want)
		}
	}
	if got := x.Near("haol", 1); texts(got) != "Halo" {
		t.Errorf("one of them is %s", texts(got))
	}
}

// Whatever something is called: with one slip in a word of some length, it is near.
func TestOneSlipIsNear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9]{4,12}`), 1, 20, rapid.ID).Draw(t, "names")
		var entries []Entry
		for i, n := range names {
			entries = append(entries, Entry{Text: n, Value: fmt.Sprint(i)})
		}
		meant := rapid.SampledFrom(entries).Draw(t, "meant")
		at := rapid.IntRange(1, len(meant.Text)-2).Draw(t, "at") // the first letter is right
		typed := []byte(meant.Text)
		if rapid.Bool().Draw(t, "swapped") {
			typed[at], typed[at+1] = typed[at+1], typed[at]
		} else {
			typed[at] = 'q'
		}
		if !slices.Contains(New(entries).Near(string(typed), len(entries)), meant) {
			t.Fatalf("%q is not near %q", typed, meant.Text)
		}
	})
}

// Fifty thousand testers, five thousand builds and two thousand versions answer within five milliseconds at
// the median of what people type, whether something fits or is only near. What counts
// is the best of a few tries, since others use the machine as well.
func TestAnswersAreFast(t *testing.T) {
	const allowed = 5 * time.Millisecond
	for name, x := range many() {
		var all []time.Duration
		for _, typed := range []string{"t", "4711", "tester 4711", "example friends", "nobody at all", "tseter 4711", "2.4", "2.4.0 (81", "halo 2.4.0 81"} {
			best := time.Hour
			for range 7 {
				begun := time.Now()
				if len(x.Find(typed, 100)) == 0 {
					x.Near(typed, 100)
				}
				best = min(best, time.Since(begun))
			}
			all = append(all, best)
		}
		if slices.Sort(all); all[len(all)/2] > allowed*slowness {
			t.Errorf("among %d %s the median answer takes %s: %s", x.Len(), name, all[len(all)/2], all)
		}
	}
}

// many are indexes of as many entries as a large team has.
func many() map[string]*Index {
	var people, uploads, trains []Entry
	for i := range 50000 {
		people = append(people, Entry{fmt.Sprintf("Tester Number %d · tester.%d@example.com", i, i), "Friends in Halo", fmt.Sprint(i)})
	}
	for i := range 5000 {
		uploads = append(uploads, Entry{fmt.Sprintf("Halo %d.%d.%d (%d)", i/900, i/30%30, i%30, i), "being tested", fmt.Sprint(i)})
	}
	for i := range 2000 {
		trains = append(trains, Entry{fmt.Sprintf("Halo %d.%d.%d", i/900, i/30%30, i%30), "", fmt.Sprint(i)})
	}
	return map[string]*Index{"testers": New(people), "builds": New(uploads), "versions": New(trains)}
}
