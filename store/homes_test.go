package store

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestHomesRememberTheNewestPictures(t *testing.T) {
	s, _ := newStore(t)
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for i := range 7 {
		if _, err := s.HomeDrawn("U0ANA", "V1", fmt.Sprint("hash", i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.HomeOpened("U0ANA", at); err != nil {
		t.Fatal(err)
	}
	if _, err := s.HomeOpened("U0BEN", at.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	h, err := s.Home("U0ANA")
	if err != nil || h.View != "V1" || !h.Opened.Equal(at) || !slices.Equal(h.Hashes, []string{"hash2", "hash3", "hash4", "hash5", "hash6"}) {
		t.Fatalf("%+v, %v", h, err)
	}
	if h, err = s.HomeDrawn("U0ANA", "V2", "new"); err != nil || !slices.Equal(h.Hashes, []string{"new"}) || !h.Opened.Equal(at) {
		t.Fatalf("of another view it remembers %+v, %v", h, err)
	}
	all, err := s.Homes(at)
	if err != nil || len(all) != 1 || all[0].User != "U0ANA" {
		t.Fatalf("looked at since noon: %+v, %v", all, err)
	}
	if h, err := s.Home("U0EVE"); err != nil || h.View != "" || h.User != "U0EVE" {
		t.Fatalf("of somebody who never looked: %+v, %v", h, err)
	}
}
