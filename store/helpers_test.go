package store

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

var (
	noon  = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	ana   = Person{"T0MEADOW", "U0ANA", "ana"}
	ben   = Person{"T0MEADOW", "U0BEN", "ben"}
	cy    = Person{"T0MEADOW", "U0CY", "cy"}
	byBot = Mark{At: noon}
)

var all = []State{Pending, Approved, Running, Done, Already, Partly, Failed, Unsure, Denied, Expired, Cancelled, Stale}

type key struct {
	signer note.Signer
	known  note.Verifiers
	vkey   string
}

func newKey(t testing.TB) key {
	t.Helper()
	skey, vkey, err := NewKey(rand.Reader, "ascbot.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ReadKey(skey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return key{signer, note.VerifierList(v), vkey}
}

func (k key) options() Options {
	return Options{Instance: "sandbox", Signer: k.signer, LockWait: 60 * time.Millisecond}
}

// newStore opens a new data file.
func newStore(t testing.TB) (*Store, key) {
	t.Helper()
	k := newKey(t)
	return openAt(t, filepath.Join(t.TempDir(), "data"), k), k
}

func openAt(t testing.TB, path string, k key) *Store {
	t.Helper()
	s, err := Open(path, k.options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func invite(n int) Request {
	return Request{
		Operation: "invite", Team: "Meadow", Asker: ana, Origin: fmt.Sprint("envelope-", n), Note: "please",
		Args:    json.RawMessage(`{"role":"DEVELOPER","email":"bo@example.com","limit":1.50}`),
		Shown:   json.RawMessage(`{"users":[]}`),
		Summary: "Invite bo@example.com as DEVELOPER", Beneficiaries: []string{"bo@example.com"},
		VoteUntil: noon.Add(24 * time.Hour),
	}
}

func ask(t testing.TB, s *Store, n int) Request {
	t.Helper()
	r, fresh, err := s.Ask(invite(n), noon)
	if err != nil || !fresh {
		t.Fatalf("Ask: fresh %v, %v", fresh, err)
	}
	return r
}

func yes(r Request, p Person) Vote {
	return Vote{Person: p, Yes: true, Version: r.Version, Digest: r.Digest, At: noon}
}

// quorum moves a request to Approved by n votes.
func quorum(n int) func(Request) (State, string) {
	return func(r Request) (State, string) {
		if len(r.Votes) >= n {
			return Approved, fmt.Sprint(len(r.Votes), " agreed")
		}
		return r.State, ""
	}
}

// paths lead from Pending to each state by legal moves.
var paths = map[State][]State{
	Pending: nil, Approved: {Approved}, Denied: {Denied}, Expired: {Expired}, Cancelled: {Cancelled}, Stale: {Stale},
	Running: {Approved, Running}, Done: {Approved, Running, Done}, Already: {Approved, Running, Already},
	Partly: {Approved, Running, Partly}, Failed: {Approved, Running, Failed}, Unsure: {Approved, Running, Unsure},
}

// at makes a new request that stands in a state.
func at(t testing.TB, s *Store, n int, state State) Request {
	t.Helper()
	r := ask(t, s, n)
	for _, to := range paths[state] {
		var err error
		if r, err = s.Move(r.ID, to, byBot, nil); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// sound fails the test unless the log is intact and gives the stored requests.
func sound(t testing.TB, s *Store, k key, anchors ...[]byte) Verdict {
	t.Helper()
	v, err := Verify(s.Source(), k.known, anchors)
	if err != nil || !v.OK() || !v.Intact || !v.Complete || !v.Signed || !v.StateAgrees || v.FirstBad != -1 {
		t.Fatalf("Verify: %+v, %v", v, err)
	}
	return v
}

func leaves(t testing.TB, s *Store) (out []Leaf) {
	t.Helper()
	if err := s.Leaves(0, func(l Leaf) bool { out = append(out, l); return true }); err != nil {
		t.Fatal(err)
	}
	return out
}

// records is how many lines the log has.
func records(t testing.TB, s *Store) int64 {
	t.Helper()
	signed, err := s.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	c, err := parseCheckpoint(signed)
	if err != nil {
		t.Fatal(err)
	}
	return c.Size
}

// receive receives one envelope.
func receive(s *Store, e Envelope) (fresh bool, err error) {
	places, err := s.Receive([]Envelope{e})
	return err == nil && places[0] != 0, err
}

// unhandled is everything in the inbox.
func unhandled(s *Store) (left []Envelope, err error) {
	err = s.Inbox(func(_ uint64, e Envelope) bool {
		left = append(left, e)
		return true
	})
	return left, err
}
