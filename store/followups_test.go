package store

import (
	"encoding/json"
	"testing"
	"time"
)

func TestFollowUps(t *testing.T) {
	s, k := newStore(t)
	r := at(t, s, 1, Running)
	r, err := s.Move(r.ID, Done, byBot, func(r *Request) error { r.FollowUp = &FollowUp{Next: noon}; return nil })
	if err != nil || !r.FollowUp.GoesOn() {
		t.Fatalf("%+v, %v", r.FollowUp, err)
	}
	at(t, s, 2, Done) // nothing comes after this one
	going := func() (n int) {
		t.Helper()
		all, err := s.FollowUps()
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			if one.ID != r.ID {
				t.Errorf("#%d goes on", one.ID)
			}
		}
		return len(all)
	}
	if going() != 1 {
		t.Error("what goes on is not listed")
	}
	before := records(t, s)
	if r, err = s.Followed(r.ID, byBot, FollowUp{Next: noon.Add(time.Hour), Known: json.RawMessage(`{"id":"7"}`)}); err != nil || records(t, s) != before {
		t.Errorf("a look without news writes no line: %v", err)
	}
	if again, _ := s.Request(r.ID); string(again.FollowUp.Known) != `{"id":"7"}` || !again.FollowUp.Next.Equal(noon.Add(time.Hour)) || going() != 1 {
		t.Errorf("%+v", again.FollowUp)
	}
	if _, err := s.Followed(r.ID, Mark{At: noon, Note: "accepted"}, FollowUp{Over: noon}); err != nil || records(t, s) != before+1 || going() != 0 {
		t.Errorf("%v, %d lines, %d go on", err, records(t, s)-before, going())
	}
	if _, err := s.Followed(r.ID, Mark{At: noon, Note: "lapsed"}, FollowUp{Next: noon}); err != nil || records(t, s) != before+1 || going() != 0 {
		t.Error("what is over begins again")
	}
	if _, err := s.Record(Leaf{At: noon, Kind: "followed", Note: "forged"}); err == nil {
		t.Error("such a line is written by itself")
	}
	sound(t, s, k)
}
