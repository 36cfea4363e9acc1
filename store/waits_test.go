package store

import (
	"slices"
	"testing"
	"time"
)

// A digest that waits is as it was noted first, until its waiting ends; its history says how.
func TestADigestWaits(t *testing.T) {
	s, _ := newStore(t)
	wait := func(name, from, to string) Wait {
		return Wait{Digest: Digest{Name: name, Currency: "EUR"}, From: from, To: to, Label: to + "T09:00", Due: morning, Lacks: []string{"a report"}, At: morning}
	}
	if _, err := s.Run("digest/daily", "2026-11-23T09:00", morning, "posted"); err != nil {
		t.Fatal(err)
	}
	for _, w := range []Wait{wait("weekly", "2026-11-16", "2026-11-22"), wait("daily", "2026-11-24", "2026-11-24"), wait("daily", "2026-11-23", "2026-11-23")} {
		if _, err := s.Await(w); err != nil {
			t.Fatal(err)
		}
	}
	other := wait("daily", "2026-11-23", "2026-11-23")
	other.Digest.Currency = "USD"
	if is, err := s.Await(other); err != nil || is.Digest.Currency != "EUR" {
		t.Errorf("the second is %+v, %v", is, err)
	}
	days := func(name string) (list []string) {
		t.Helper()
		waits, err := s.Waits(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range waits {
			list = append(list, w.Digest.Name+" "+w.Days())
		}
		return list
	}
	if got := days("daily"); !slices.Equal(got, []string{"daily 2026-11-23", "daily 2026-11-24"}) {
		t.Errorf("of one name wait %q", got)
	}
	if err := s.Lacking(other, []string{"another"}); err != nil {
		t.Fatal(err)
	}
	if w, ok, err := s.Waiting("daily", "2026-11-23", "2026-11-23"); err != nil || !ok || !slices.Equal(w.Lacks, []string{"another"}) || w.Digest.Currency != "EUR" {
		t.Errorf("it waits so: %+v, %t, %v", w, ok, err)
	}
	for range 2 { // ending it again does nothing
		if err := s.EndWait(other, morning.Add(time.Hour), "completed", "digest daily completed"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Lacking(other, nil); err != nil {
		t.Fatal(err)
	}
	if got := days(""); !slices.Equal(got, []string{"daily 2026-11-24", "weekly 2026-11-16..2026-11-22"}) {
		t.Errorf("afterwards wait %q", got)
	}
	runs, err := s.Runs("digest/daily", 5)
	if err != nil || len(runs) != 1 || runs[0].Note != "posted" || runs[0].Then != "completed" || !runs[0].ThenAt.Equal(morning.Add(time.Hour)) {
		t.Errorf("its history is %+v, %v", runs, err)
	}
	page, err := s.Browse(LogFilter{Outcome: "ran"}, Newest, 5)
	if err != nil || len(page.Lines) != 2 || page.Lines[0].Note != "digest daily completed" {
		t.Errorf("the log has %+v, %v", page.Lines, err)
	}
	if _, err := s.Await(Wait{}); err == nil {
		t.Error("a digest without a name waits")
	}
}
