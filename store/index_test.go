package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// searched goes through all pages of a search and answers the numbers of its lines.
func searched(t interface{ Fatal(...any) }, s *Store, f LogFilter, most int) (down []int64) {
	for at := Newest; ; {
		p, err := s.Browse(f, at, most)
		if err != nil || len(p.Lines) > most || (p.Newer >= 0) != (at.Before >= 0) {
			t.Fatal(p, err)
		}
		for _, l := range p.Lines {
			down = append(down, l.N)
		}
		if at.Before = p.Older; p.Older < 0 {
			return down
		}
	}
}

// A search finds what a look at every line finds, page by page, in both directions,
// whatever order the times are in.
func TestSearch(t *testing.T) {
	s, _ := newStore(t)
	people := []Person{ana, ben, cy}
	for n := range 60 {
		at := noon.Add(time.Duration(n/5*48+n%5) * time.Hour) // on every second day
		if n%4 == 0 || n > 50 {
			at = at.Add(time.Duration(-36-48*(n%3)) * time.Hour) // taken up late
		}
		r := invite(n)
		r.Asker, r.Operation = people[n%3], []string{"invite", "tester add"}[n%2]
		r.Args = fmt.Appendf(nil, `{"app":{"id":"1%d","name":"Halo %d"},"apps":[{"name":"Tide"},{"id":"7"}]}`, n%4, n%4)
		if n%5 == 0 {
			r.Args = []byte(`{"app":"Halo 1","apps":7}`)
		}
		r, _, err := s.Ask(r, at)
		if err != nil {
			t.Fatal(err)
		}
		if n%2 == 0 {
			_, err = s.Move(r.ID, []State{Denied, Cancelled, Approved}[n%3], Mark{At: at, By: people[(n+1)%3]}, nil)
		} else {
			_, err = s.Record(Leaf{At: at, Kind: "refused", By: &people[n%3], Operation: r.Operation})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	all := leaves(t, s)
	apps := func(l Leaf) (out []string) {
		if l.Request == 0 {
			return nil
		}
		r, _ := s.Request(l.Request)
		if strings.HasPrefix(string(r.Args), `{"app":{`) {
			out = []string{"7", "tide", fmt.Sprintf("halo %d", (r.ID-1)%4), fmt.Sprintf("1%d", (r.ID-1)%4)}
		}
		return out
	}
	finds := func(t *rapid.T) {
		maybe := func(name string, of ...string) string {
			return rapid.SampledFrom(append(of, "")).Draw(t, name)
		}
		moment := func(name string) time.Time {
			if rapid.Bool().Draw(t, name+"?") {
				return time.Time{}
			}
			return noon.Add(time.Duration(rapid.IntRange(-200, 600).Draw(t, name)) * time.Hour)
		}
		f := LogFilter{
			Person: maybe("person", "U0ANA", "U0BEN", "u0cy"), App: maybe("app", "Halo 1", "halo 2", "11", "7", "TIDE", "Halo"),
			Operation: maybe("operation", "invite", "tester add", "tester"), Outcome: maybe("outcome", "denied", "refused", "asked", "moved", "x"),
			Request: uint64(rapid.SampledFrom([]int{0, 0, 0, 1, 7, 99}).Draw(t, "request")), Since: moment("since"), Until: moment("until"),
		}
		var want []int64
		for _, l := range slices.Backward(all) {
			same := func(want, is string) bool { return want == "" || strings.EqualFold(want, is) }
			fits := same(f.Person, l.By.id()) && same(f.Operation, l.Operation) && (same(f.Outcome, l.Kind) || same(f.Outcome, string(l.To))) &&
				(f.Request == 0 || f.Request == l.Request) && (f.App == "" || slices.Contains(apps(l), strings.ToLower(f.App))) &&
				(f.Since.IsZero() || !l.At.Before(f.Since)) && (f.Until.IsZero() || l.At.Before(f.Until))
			if fits {
				want = append(want, l.N)
			}
		}
		most := rapid.IntRange(1, 30).Draw(t, "page")
		if got := searched(t, s, f, most); !slices.Equal(got, want) {
			t.Fatalf("%+v: %v, want %v", f, got, want)
		}
		if len(want) == 0 {
			return
		}
		// And from the oldest up.
		var up []int64
		for at := (Edge{-1, 0}); at.After >= 0; {
			p, err := s.Browse(f, at, most)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range slices.Backward(p.Lines) {
				up = append(up, l.N)
			}
			at.After = p.Newer
		}
		slices.Reverse(up)
		if want[len(want)-1] == 0 {
			want = want[:len(want)-1] // it is not after record 0
		}
		if !slices.Equal(up, want) {
			t.Fatalf("%+v: up %v, want %v", f, up, want)
		}
	}
	for range 20 { // what is late is seldom what is looked for
		rapid.Check(t, finds)
	}
}

func (p *Person) id() string {
	if p == nil {
		return ""
	}
	return p.ID
}

// A search for two things that never go together ends, and says how far it looked.
func TestSearchEndsInTime(t *testing.T) {
	s, _ := newStore(t)
	set(t, s, func(tx Tx) error {
		for n := range 3 * mostSteps {
			l := Leaf{At: noon, Kind: "refused", By: &ana, Operation: "invite"}
			if n%2 == 0 {
				l.By, l.Operation = &ben, "roles"
			}
			if n == 0 {
				l.Operation = "invite"
			}
			if _, err := s.record(tx, l); err != nil {
				return err
			}
		}
		return nil
	})
	f := LogFilter{Person: "U0BEN", Operation: "invite"}
	p, err := s.Browse(f, Newest, 20)
	if err != nil || p.Looked < 0 || p.Older < 0 || len(p.Lines) > 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if got := searched(t, s, f, 20); !slices.Equal(got, []int64{0}) {
		t.Errorf("going on, it finds %v", got)
	}
	pages := 0
	for at := (Edge{-1, 0}); at.After >= 0; pages++ {
		p, err := s.Browse(LogFilter{Person: "U0ANA", Operation: "roles"}, at, 20)
		if err != nil || len(p.Lines) > 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		at.After = p.Newer
	}
	if pages < 3 {
		t.Errorf("%d pages", pages)
	}
}

// A file from before there was an index is indexed when it is opened, also when that
// was interrupted.
func TestOldFilesAreIndexed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	k := newKey(t)
	s := openAt(t, path, k)
	history(t, s)
	want := searched(t, s, LogFilter{Outcome: "moved"}, 3)
	if len(want) != 5 {
		t.Fatalf("found %v", want)
	}
	set(t, s, func(tx Tx) error {
		var keys [][]byte
		tx.Scan(bucketIndex, nil, func(key, _ []byte) bool { keys = append(keys, key); return true })
		for _, key := range keys {
			tx.Delete(bucketIndex, key)
		}
		return tx.Delete(bucketMeta, keyIndexed)
	})
	if _, err := s.Browse(LogFilter{}, Newest, 3); err == nil {
		t.Error("without an index something is answered")
	}
	left, err := s.indexMore()
	if err != nil || left {
		t.Errorf("%v, %v", left, err)
	}
	s.Close()
	s = openAt(t, path, k)
	if got := searched(t, s, LogFilter{Outcome: "moved"}, 3); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	if _, err := s.Browse(LogFilter{}, Newest, 3); err != nil {
		t.Error(err)
	}
}
