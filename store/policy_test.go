package store

import (
	"slices"
	"strings"
	"testing"
)

func TestAChangeOfPolicyIsALineOfTheLog(t *testing.T) {
	s, k := newStore(t)
	diff := func(was, is []string) []string {
		return append(slices.Clone(was), append([]string{"→"}, is...)...)
	}
	note := func(hash string, lines ...string) (Leaf, bool, bool) {
		t.Helper()
		l, changed, before, err := s.NotePolicy(hash, lines, Mark{At: noon, Note: "the rules"}, diff)
		if err != nil {
			t.Fatal(err)
		}
		return l, changed, before
	}
	if l, changed, before := note("a", "one"); !changed || before || l.N != 0 || !slices.Equal(l.Diff(), []string{"→", "one"}) {
		t.Errorf("the first: %+v %q, changed %v, before %v", l, l.Diff(), changed, before)
	}
	if _, changed, before := note("a", "one"); changed || !before {
		t.Errorf("the same again: changed %v, before %v", changed, before)
	}
	l, changed, before := note("b", "two")
	if !changed || !before || l.N != 1 || !slices.Equal(l.Diff(), []string{"one", "→", "two"}) || !strings.Contains(string(l.Details), `"was":"a"`) {
		t.Errorf("another: %+v %s", l, l.Details)
	}
	if _, err := s.Record(Leaf{Kind: "policy", At: noon}); err == nil {
		t.Error("somebody else wrote a line of that kind")
	}
	if l, _, _ := note("c", strings.Repeat("x", mostDiff), "y"); len(l.Diff()) != 3 || l.Diff()[2] != "… and 2 more lines" {
		t.Errorf("a long one: %d lines", len(l.Diff()))
	}
	sound(t, s, k)
}
