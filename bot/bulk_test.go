package bot

import (
	"crypto/rand"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/store"
)

// What reading says of one row, against what was known of it.
func TestSettleRow(t *testing.T) {
	sent, confirmed := store.Row{State: store.Running, Tries: 1}, store.Row{State: store.Unsure, Tries: 1, Accepted: true}
	conflict := store.Row{State: store.Unsure, Tries: 1, Note: "Apple says it is there"}
	twice := store.Row{State: store.Unsure, Tries: 2, Note: "Apple says it is there"}
	thrice := store.Row{State: store.Unsure, Tries: triesPerRow}
	done, not, odd := Finding{Standing: Done, Outcome: "in"}, Finding{Standing: NotDone}, Finding{Standing: CannotTell}
	for _, c := range []struct {
		name   string
		row    store.Row
		found  Finding
		effect Effect
		long   bool
		want   store.State
	}{
		{"seen", sent, done, OneWay, false, store.Done},
		{"seen late", confirmed, done, Keyed, true, store.Done},
		{"somebody was faster", conflict, done, Keyed, false, store.Already},
		{"refused, and not there", conflict, not, Keyed, false, store.Failed},
		{"a call without an answer had arrived", twice, done, Keyed, false, store.Done},
		{"it may have arrived, and show late", twice, not, Keyed, false, store.Unsure},
		{"refused, and not there for long", twice, not, Keyed, true, store.Failed},
		{"not seen yet", sent, not, Keyed, false, store.Running},
		{"not there after long: sent again", sent, not, Keyed, true, store.Approved},
		{"a setting is sent again", sent, not, Absolute, true, store.Approved},
		{"what has no key is not", sent, not, Unkeyed, true, store.Failed},
		{"what cannot be taken back is not", sent, not, OneWay, true, store.Failed},
		{"something else stands there", sent, odd, Keyed, true, store.Failed},
		{"often enough", thrice, not, Keyed, true, store.Failed},
		{"confirmed is never called failed", confirmed, not, Unkeyed, true, store.Unsure},
		{"what is over stays", store.Row{State: store.Already}, not, Keyed, true, store.Already},
	} {
		row := c.row
		settleRow(&row, c.found, c.effect, c.long)
		if row.State != c.want {
			t.Errorf("%s: %s, want %s", c.name, row.State, c.want)
		}
		if row.State == store.Failed && row.Note == "" {
			t.Errorf("%s: nothing says why", c.name)
		}
	}
}

func TestWhatAppleSaysToRows(t *testing.T) {
	s, r := inquiry(t)
	b := &Bot{Store: s}
	r, err := s.Edit(r.ID, func(r *store.Request) error {
		for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
			r.Rows = append(r.Rows, store.Row{Name: name, State: store.Approved})
		}
		r.Rows[5].State = store.Done
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	say := func(rows []int, errs ...error) (again bool) {
		t.Helper()
		if r, err = b.editRows(r.ID, rows, leave); err != nil {
			t.Fatal(err)
		}
		if r, again, err = b.heardRows(r, rows, errs); err != nil {
			t.Fatal(err)
		}
		return again
	}
	if !say([]int{0, 1}, nil, &asc.NotSentError{Cause: errors.New("no network")}) {
		t.Error("a row that was not sent is not tried again")
	}
	if got := r.Rows[0]; got.State != store.Unsure || !got.Accepted || got.Tries != 1 {
		t.Errorf("accepted: %+v", got)
	}
	if got := r.Rows[1]; got.State != store.Approved || got.Tries != 0 {
		t.Errorf("not sent: %+v", got)
	}
	if say([]int{1, 2}, &asc.UnsureError{}, &asc.Error{Status: 409}) {
		t.Error("nothing is to be waited for")
	}
	if got := r.Rows[1]; got.State != store.Unsure || got.Accepted || got.Note != "" {
		t.Errorf("lost: %+v", got)
	}
	if got := r.Rows[2]; got.State != store.Unsure || got.Note == "" {
		t.Errorf("conflict: %+v", got)
	}
	say([]int{3}, &asc.Error{Status: 403})
	if r.Rows[3].State != store.Failed || r.Rows[4].State != store.Failed {
		t.Errorf("what the key may not do is tried on: %+v", r.Rows)
	}
	if r.Rows[5].State != store.Done || r.Rows[1].State != store.Unsure {
		t.Errorf("a refusal changed other rows: %+v", r.Rows)
	}
	if _, _, err := b.heardRows(r, []int{0, 1}, []error{nil}); err == nil {
		t.Error("an answer for fewer rows than were sent was taken")
	}
}

// inquiry is a store with one request that is being carried out.
func inquiry(t *testing.T) (*store.Store, store.Request) {
	t.Helper()
	key, _, err := note.GenerateKey(rand.Reader, "ascbot.test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(filepath.Join(t.TempDir(), "test.db"), store.Options{Instance: "sandbox", Signer: signer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	r, _, err := s.Ask(store.Request{Operation: "test", Args: []byte(`{}`), Origin: "test", VoteUntil: noon.Add(time.Hour)}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}
