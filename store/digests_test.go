package store

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestDigestsAreKept(t *testing.T) {
	s, _ := newStore(t)
	for _, name := range []string{"weekly", "daily"} {
		if err := s.PutDigest(Digest{Name: name, Channel: "C0SALES", When: "0 9 * * *", Zone: "UTC", Covers: "day", Since: morning}); err != nil {
			t.Fatal(err)
		}
	}
	d, ok, err := s.Digest("daily")
	if err != nil || !ok || d.Channel != "C0SALES" || !d.Since.Equal(morning) {
		t.Errorf("%+v %t %v", d, ok, err)
	}
	d.Paused = true
	if err := s.PutDigest(d); err != nil {
		t.Fatal(err)
	}
	list, err := s.Digests()
	if err != nil || len(list) != 2 || list[0].Name != "daily" || !list[0].Paused || list[1].Paused {
		t.Errorf("%+v, %v", list, err)
	}
	if err := s.DropDigest("daily"); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Digest("daily"); ok || err != nil {
		t.Errorf("it is still there, %v", err)
	}
	if err := s.PutDigest(Digest{}); err == nil {
		t.Error("a digest without a name was kept")
	}
}

func TestRunsOfAJob(t *testing.T) {
	s, _ := newStore(t)
	for i, label := range []string{"2026-11-22T09:00", "2026-11-23T09:00", "2026-11-24T09:00"} {
		for _, job := range []string{"digest/daily", "digest/daily2", "digest/dail"} {
			if _, err := s.Run(job, label, morning.AddDate(0, 0, i), "posted"); err != nil {
				t.Fatal(err)
			}
		}
	}
	runs, err := s.Runs("digest/daily", 2)
	if err != nil || len(runs) != 2 || runs[0].Label != "2026-11-24T09:00" || runs[1].Label != "2026-11-23T09:00" || !runs[0].At.Equal(morning.AddDate(0, 0, 2)) {
		t.Errorf("%+v, %v", runs, err)
	}
	if runs, err := s.Runs("digest/none", 2); err != nil || len(runs) != 0 {
		t.Errorf("%+v, %v", runs, err)
	}
}

// People are told of a cause once, until it is over; muted ones not at all.
func TestOneAlarmPerCause(t *testing.T) {
	s, _ := newStore(t)
	watch := func(day int, want string, causes ...string) {
		t.Helper()
		for i := range causes {
			causes[i] = "daily/" + causes[i]
		}
		for range 2 { // asked again after a stop it says the same
			fresh, err := s.Watch("daily/", fmt.Sprintf("2026-11-%02d", day), causes, morning.AddDate(0, 0, day))
			slices.Sort(fresh)
			if err != nil || fmt.Sprint(fresh) != want {
				t.Errorf("day %d: %v, want %s, %v", day, fresh, want, err)
			}
		}
	}
	watch(1, "[daily/a daily/b]", "a", "b")
	watch(2, "[daily/c]", "a", "c")
	watch(3, "[]", "a")
	watch(4, "[daily/b]", "a", "b") // it was over
	if err := s.Mute("daily/a", morning.AddDate(0, 0, 8)); err != nil {
		t.Fatal(err)
	}
	watch(5, "[]")
	watch(6, "[]", "a") // back, and muted
	watch(7, "[]")
	watch(9, "[daily/a]", "a") // not muted any more
	if err := s.Mute("daily/a", morning.AddDate(0, 0, 11)); err != nil {
		t.Fatal(err)
	}
	watch(10, "[]", "a")
	watch(12, "[daily/a]", "a") // it has lasted longer than its mute
	watch(13, "[]", "a")
	if list, err := s.Alarms("daily/"); err != nil || len(list) != 1 || list[0].Since != "2026-11-12" || !list[0].Muted.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := s.Alarms("dail"); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := s.Watch("other/", "2026-11-10", nil, time.Now()); err != nil {
		t.Fatal(err)
	}
	if list, _ := s.Alarms("daily/"); len(list) != 1 {
		t.Error("another digest's day has ended an alarm")
	}
}
