package store

import (
	"testing"
	"time"
)

// A name stands for the channel that it was bound to first, until it is forgotten.
func TestANameStandsForOneChannel(t *testing.T) {
	s, _ := newStore(t)
	if _, ok, err := s.ChannelNamed("#sales"); ok || err != nil {
		t.Errorf("nobody has bound it, and it is known: %t, %v", ok, err)
	}
	for i, id := range []string{"C0SALES", "C0OTHER"} {
		if is, err := s.BindChannel("#sales", id, morning.Add(time.Duration(i)*time.Hour)); err != nil || is.ID != "C0SALES" || !is.At.Equal(morning) {
			t.Errorf("bound to %s it stands for %+v, %v", id, is, err)
		}
	}
	if _, err := s.BindChannel("#ios", "C0IOS", morning); err != nil {
		t.Fatal(err)
	}
	if err := s.KeepNames([]string{"#ios", "#new"}); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.ChannelNamed("#sales"); ok || err != nil {
		t.Errorf("it is not forgotten, %v", err)
	}
	if is, ok, err := s.ChannelNamed("#ios"); !ok || err != nil || is.ID != "C0IOS" {
		t.Errorf("another is %+v, %t, %v", is, ok, err)
	}
	if _, err := s.BindChannel("#sales", "", morning); err == nil {
		t.Error("a name stands for no channel")
	}
}
