package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func envelope(key string, at time.Time) Envelope {
	return Envelope{Key: key, Kind: "slash_commands", Body: json.RawMessage(`{"text":"invite <bo@example.com>"}`), At: at}
}

func keys(es []Envelope) (out []string) {
	for _, e := range es {
		out = append(out, e.Key)
	}
	return out
}

func TestInboxAcrossRestarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	k := newKey(t)
	s := openAt(t, path, k)
	for _, key := range []string{"b", "a", "c"} {
		if fresh, err := receive(s, envelope(key, noon)); err != nil || !fresh {
			t.Fatal(fresh, err)
		}
	}
	if err := errors.Join(s.Handled("a"), s.Handled("a"), s.Handled("never seen")); err != nil {
		t.Error(err)
	}
	s.Close()
	s = openAt(t, path, k)
	left, err := unhandled(s)
	if err != nil || !slices.Equal(keys(left), []string{"b", "c"}) || string(left[0].Body) != string(envelope("", noon).Body) || !left[0].At.Equal(noon) {
		t.Errorf("unhandled: %+v, %v", left, err)
	}
	for _, key := range []string{"a", "b"} {
		if fresh, err := receive(s, envelope(key, noon)); err != nil || fresh {
			t.Errorf("%s again: fresh %v, %v", key, fresh, err)
		}
	}
	for name, e := range map[string]Envelope{"no key": envelope("", noon), "long key": envelope(strings.Repeat("x", maxKey+1), noon), "no time": envelope("d", time.Time{}), "no JSON": {Key: "e", Body: []byte("{"), At: noon}} {
		if _, err := receive(s, e); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A handled envelope's place in the inbox is free for the next, and saying
// "handled" again must not take that one out.
func TestHandledTwice(t *testing.T) {
	s, _ := newStore(t)
	receive(s, envelope("first", noon))
	s.Handled("first")
	receive(s, envelope("second", noon))
	s.Handled("first")
	if left, err := unhandled(s); err != nil || !slices.Equal(keys(left), []string{"second"}) {
		t.Errorf("unhandled: %v, %v", keys(left), err)
	}
}

func TestForget(t *testing.T) {
	s, _ := newStore(t)
	set(t, s, func(tx Tx) error { return nil })
	for i, at := range []time.Time{time.Unix(-5, 0), noon.Add(-48 * time.Hour), noon.Add(-25 * time.Hour), noon.Add(-24 * time.Hour), noon} {
		key := fmt.Sprint("e", i)
		receive(s, envelope(key, at))
		if i != 1 {
			s.Handled(key)
		}
	}
	n, err := s.Forget(noon.Add(-24 * time.Hour))
	if err != nil || n != 2 {
		t.Fatalf("forgot %d, %v", n, err)
	}
	for i, fresh := range []bool{true, false, true, false, false} {
		if got, err := receive(s, envelope(fmt.Sprint("e", i), noon)); err != nil || got != fresh {
			t.Errorf("e%d: fresh %v, want %v, %v", i, got, fresh, err)
		}
	}
}

func TestForgetIsBounded(t *testing.T) {
	s, _ := newStore(t)
	set(t, s, func(tx Tx) error {
		for i := range forgetAtOnce + 5 {
			key := fmt.Sprint("e", i)
			if err := errors.Join(put(tx, bucketSeen, []byte(key), seen{}), tx.Put(bucketHandled, append(arrival(noon), key...), nil)); err != nil {
				return err
			}
		}
		return nil
	})
	for _, want := range []int{forgetAtOnce, 5, 0} {
		if n, err := s.Forget(noon.Add(time.Hour)); err != nil || n != want {
			t.Errorf("forgot %d, want %d, %v", n, want, err)
		}
	}
}

// Against a plain model, with restarts: an envelope is fresh once, and left until
// it is handled.
func TestInboxModel(t *testing.T) {
	k := newKey(t)
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(t.TempDir(), fmt.Sprint(time.Now().UnixNano()))
		s := openAt(t, path, k)
		defer func() { s.Close() }()
		seen, left := map[string]bool{}, []string{}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			key := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "key")
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0, 1:
				fresh, err := receive(s, envelope(key, noon))
				if err != nil || fresh == seen[key] {
					rt.Fatalf("%s: fresh %v, %v", key, fresh, err)
				}
				if fresh {
					seen[key], left = true, append(left, key)
				}
			case 2:
				if err := s.Handled(key); err != nil {
					rt.Fatal(err)
				}
				left = slices.DeleteFunc(left, func(l string) bool { return l == key })
			case 3:
				s.Close()
				s = openAt(t, path, k)
			}
			got, err := unhandled(s)
			if err != nil || !slices.Equal(keys(got), append([]string(nil), left...)) {
				rt.Fatalf("left %v, want %v, %v", keys(got), left, err)
			}
		}
	})
}

func TestClaims(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	k := newKey(t)
	s := openAt(t, path, k)
	c, fresh, err := s.Claim("digest/2026-11-23", noon)
	if err != nil || !fresh || !c.At.Equal(noon) || !c.Posted.IsZero() {
		t.Errorf("%+v, fresh %v, %v", c, fresh, err)
	}
	s.Close()
	s = openAt(t, path, k)
	c, fresh, err = s.Claim("digest/2026-11-23", noon.Add(time.Hour))
	if err != nil || fresh || !c.At.Equal(noon) || !c.Posted.IsZero() {
		t.Errorf("a second claim: %+v, fresh %v, %v", c, fresh, err)
	}
	here := Place{"C0", "1.0"}
	if c, err := s.Posted("digest/2026-11-23", here, noon.Add(time.Minute)); err != nil || c.Place != here {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := s.Posted("digest/2026-11-23", Place{"C1", "2.0"}, noon.Add(time.Hour)); err != nil || c.Place != here || !c.Posted.Equal(noon.Add(time.Minute)) {
		t.Errorf("posted twice: %+v, %v", c, err)
	}
	if c, ok, err := s.LookUpClaim("digest/2026-11-23"); err != nil || !ok || c.Place != here || !c.At.Equal(noon) {
		t.Errorf("%+v, %v, %v", c, ok, err)
	}
	if _, ok, err := s.LookUpClaim("other"); err != nil || ok {
		t.Errorf("a claim nobody took: %v, %v", ok, err)
	}
	if _, _, err := s.Claim("", noon); err == nil {
		t.Error("an empty claim was taken")
	}
}

// What was taken for somebody and never posted is found after a restart, with whom it is for.
func TestUnpostedClaims(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	k := newKey(t)
	s := openAt(t, path, k)
	for _, key := range []string{"hello/C1", "hello/C2", "help", "welcome"} {
		if _, fresh, err := s.ClaimFor(key, "for "+key, noon); err != nil || !fresh {
			t.Fatalf("%s: fresh %v, %v", key, fresh, err)
		}
	}
	if _, err := s.Posted("hello/C2", Place{"C2", "1.0"}, noon); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = openAt(t, path, k)
	if open, err := s.Unposted("hello/"); err != nil || len(open) != 1 || open[0].Key != "hello/C1" || open[0].To != "for hello/C1" {
		t.Errorf("open: %+v, %v", open, err)
	}
	if open, err := s.Unposted("told/"); err != nil || len(open) != 0 {
		t.Errorf("open: %+v, %v", open, err)
	}
}

func TestRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	k := newKey(t)
	s := openAt(t, path, k)
	if _, _, ok, err := s.LastRun("digest"); ok || err != nil {
		t.Errorf("a job that never ran: %v, %v", ok, err)
	}
	for _, c := range []struct {
		job, label string
		fresh      bool
		last       string
	}{
		{"digest", "2026-11-23T09:00", true, "2026-11-23T09:00"},
		{"digest", "2026-11-24T09:00", true, "2026-11-24T09:00"},
		{"digest", "2026-11-24T09:00", false, "2026-11-24T09:00"},
		{"digest", "2026-11-22T09:00", true, "2026-11-24T09:00"}, // caught up; the mark does not go back
		{"digest", "2026-11-22T09:00", false, "2026-11-24T09:00"},
		{"expiry", "2026-11-22T09:00", true, "2026-11-22T09:00"},
	} {
		s.Close()
		s = openAt(t, path, k)
		fresh, err := s.Run(c.job, c.label, noon, "")
		last, at, ok, err2 := s.LastRun(c.job)
		if err != nil || err2 != nil || fresh != c.fresh || last != c.last || !ok || !at.Equal(noon) {
			t.Errorf("%s %s: fresh %v, last %s, %v, %v", c.job, c.label, fresh, last, err, err2)
		}
	}
	if got := records(t, s); got != 4 {
		t.Errorf("%d lines, want 4", got)
	}
	for _, c := range [][2]string{{"", "x"}, {"x", ""}, {"a\x00b", "x"}} {
		if _, err := s.Run(c[0], c[1], noon, ""); err == nil {
			t.Errorf("run %q was taken", c)
		}
	}
	sound(t, s, k)
}

// Of many who come at the same moment with the same thing, one is the first; and
// of many approvers exactly one vote makes the decision.
func TestAtTheSameMoment(t *testing.T) {
	s, k := newStore(t)
	r := ask(t, s, 1)
	var received, asked, claimed, ran, decided, late atomic.Int64
	count := func(n *atomic.Int64, yes bool, err error) {
		if err != nil {
			t.Error(err)
		}
		if yes {
			n.Add(1)
		}
	}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			fresh, err := receive(s, envelope("same", noon))
			count(&received, fresh, err)
			_, fresh, err = s.Ask(invite(2), noon)
			count(&asked, fresh, err)
			_, fresh, err = s.Claim("same", noon)
			count(&claimed, fresh, err)
			fresh, err = s.Run("job", "label", noon, "")
			count(&ran, fresh, err)
			got, _, err := s.Vote(r.ID, yes(r, Person{Team: "T", ID: fmt.Sprint("U", i)}), quorum(2))
			if _, ok := errors.AsType[*MoveError](err); ok {
				late.Add(1)
				return
			}
			count(&decided, got.State == Approved, err)
		})
	}
	wg.Wait()
	if received.Load() != 1 || asked.Load() != 1 || claimed.Load() != 1 || ran.Load() != 1 || decided.Load() != 1 || late.Load() != 18 {
		t.Errorf("received %d, asked %d, claimed %d, ran %d, decided %d, late %d", received.Load(), asked.Load(), claimed.Load(), ran.Load(), decided.Load(), late.Load())
	}
	if v := sound(t, s, k); v.Size != 6 { // asked twice, ran, voted twice, moved
		t.Errorf("%d records, want 6", v.Size)
	}
}

// Of many envelopes in one commit each is known by itself, and either all are on
// disk or none.
func TestReceiveTogether(t *testing.T) {
	s, _ := newStore(t)
	before, err := s.Receive([]Envelope{envelope("a", noon), envelope("b", noon), envelope("a", noon)})
	if err != nil || !slices.Equal(before, []uint64{1, 2, 0}) {
		t.Fatal(before, err)
	}
	places, err := s.Receive([]Envelope{envelope("b", noon), envelope("c", noon)}, "a", "never seen")
	if err != nil || !slices.Equal(places, []uint64{0, 3}) {
		t.Fatal(places, err)
	}
	if e, err := s.Received(3); err != nil || e.Key != "c" {
		t.Errorf("at place 3: %+v, %v", e, err)
	}
	if e, err := s.Received(1); err == nil {
		t.Errorf("what was handled is still there: %+v", e)
	}
	if places, err := s.Receive([]Envelope{envelope("d", noon), {Key: "e", Body: []byte("{"), At: noon}}, "b"); err == nil {
		t.Errorf("half of it was taken: %v", places)
	}
	left, err := unhandled(s)
	if err != nil || !slices.Equal(keys(left), []string{"b", "c"}) {
		t.Errorf("unhandled: %v, %v", keys(left), err)
	}
	var first []uint64
	if err := s.Inbox(func(place uint64, _ Envelope) bool { first = append(first, place); return false }); err != nil || !slices.Equal(first, []uint64{2}) {
		t.Errorf("the first in the inbox: %v, %v", first, err)
	}
}
