package store

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The moves as the design has them, written down a second time.
var legal = map[[2]State]bool{
	{Pending, Approved}: true, {Pending, Denied}: true, {Pending, Expired}: true, {Pending, Cancelled}: true, {Pending, Stale}: true,
	{Approved, Running}: true, {Approved, Expired}: true, {Approved, Cancelled}: true, {Approved, Stale}: true, {Approved, Denied}: true,
	{Running, Done}: true, {Running, Already}: true, {Running, Partly}: true, {Running, Failed}: true, {Running, Unsure}: true,
	{Running, Approved}: true, {Running, Stale}: true,
	{Unsure, Done}: true, {Unsure, Already}: true, {Unsure, Partly}: true, {Unsure, Failed}: true, {Unsure, Approved}: true,
	{Stale, Expired}: true, {Stale, Cancelled}: true,
}

func TestMoveAllPairs(t *testing.T) {
	s, k := newStore(t)
	n := 0
	for _, from := range all {
		for _, to := range append(slices.Clone(all), "", "nonsense") {
			n++
			r := at(t, s, n, from)
			before := records(t, s)
			got, err := s.Move(r.ID, to, Mark{At: noon, By: cy, Note: "why"}, nil)
			now, _ := s.Request(r.ID)
			wrote := records(t, s) - before
			if legal[[2]State{from, to}] {
				if err != nil || got.State != to || now.State != to || wrote != 1 {
					t.Errorf("%s → %s: %v, now %s, %d lines", from, to, err, now.State, wrote)
				}
				continue
			}
			refused, ok := errors.AsType[*MoveError](err)
			if !ok || refused.To != to || refused.Request.State != from || now.State != from || wrote != 0 {
				t.Errorf("%s → %s was not refused: %v, now %s, %d lines", from, to, err, now.State, wrote)
			}
		}
	}
	sound(t, s, k)
}

func TestFinal(t *testing.T) {
	final := []State{Done, Already, Partly, Failed, Denied, Expired, Cancelled}
	for _, s := range append(slices.Clone(all), "") {
		if got := s.Final(); got != slices.Contains(final, s) {
			t.Errorf("%q.Final() = %v", s, got)
		}
	}
}

func TestAsk(t *testing.T) {
	s, k := newStore(t)
	r := ask(t, s, 1)
	if r.ID != 1 || r.Version != 1 || r.State != Pending || r.Digest != r.Seal() || !r.Asked.Equal(noon) {
		t.Errorf("asked: %+v", r)
	}
	if want := `{"email":"bo@example.com","limit":1.50,"role":"DEVELOPER"}`; string(r.Args) != want {
		t.Errorf("args are %s, want %s", r.Args, want)
	}
	again := invite(1)
	again.Summary = "something else"
	same, fresh, err := s.Ask(again, noon.Add(time.Hour))
	if err != nil || fresh || same.ID != 1 || same.Summary != r.Summary {
		t.Errorf("the same origin again: %+v, fresh %v, %v", same, fresh, err)
	}
	if r2 := ask(t, s, 2); r2.ID != 2 {
		t.Errorf("the second request has number %d", r2.ID)
	}
	if got := len(leaves(t, s)); got != 2 {
		t.Errorf("%d lines, want 2", got)
	}
	sound(t, s, k)
}

func TestAskRefuses(t *testing.T) {
	s, _ := newStore(t)
	for name, spoil := range map[string]func(*Request){
		"no origin":     func(r *Request) { r.Origin = "" },
		"args no JSON":  func(r *Request) { r.Args = json.RawMessage(`{"a":`) },
		"two values":    func(r *Request) { r.Args = json.RawMessage(`{} {}`) },
		"shown no JSON": func(r *Request) { r.Shown = json.RawMessage(`x`) },
		"too long":      func(r *Request) { r.Note = string(make([]byte, maxLeaf)) },
	} {
		r := invite(1)
		spoil(&r)
		if _, _, err := s.Ask(r, noon); err == nil {
			t.Errorf("%s: not refused", name)
		}
	}
	if _, _, err := s.Ask(invite(1), time.Time{}); !errors.Is(err, errNoTime) {
		t.Errorf("no time: %v", err)
	}
	if recent, _ := s.Recent(10); len(recent) != 0 || len(leaves(t, s)) != 0 {
		t.Errorf("%d requests, %d lines after refusals only", len(recent), len(leaves(t, s)))
	}
}

func TestVotesCountPeopleOnce(t *testing.T) {
	s, k := newStore(t)
	r := ask(t, s, 1)
	for i, v := range []struct {
		person Person
		fresh  bool
		votes  int
		state  State
	}{
		{ben, true, 1, Pending},
		{ben, false, 1, Pending},
		{Person{ben.Team, ben.ID, "another name"}, false, 1, Pending}, // a name is nobody
		{Person{"T0PARTNER", ben.ID, "ben"}, true, 2, Pending},        // another team is another person
		{cy, true, 3, Approved},
	} {
		got, fresh, err := s.Vote(r.ID, yes(r, v.person), quorum(3))
		if err != nil || fresh != v.fresh || len(got.Votes) != v.votes || got.State != v.state {
			t.Errorf("vote %d: fresh %v, %d votes, %s, %v", i, fresh, len(got.Votes), got.State, err)
		}
	}
	_, _, err := s.Vote(r.ID, yes(r, ana), quorum(3))
	if late, ok := errors.AsType[*MoveError](err); !ok || late.Request.State != Approved || late.To != Approved {
		t.Errorf("a vote after the decision: %v", err)
	}
	kinds := ""
	for _, l := range leaves(t, s) {
		kinds += l.Kind + " "
	}
	if want := "asked voted voted voted moved "; kinds != want {
		t.Errorf("lines %q, want %q", kinds, want)
	}
	sound(t, s, k)
}

func TestVoteForAnotherVersion(t *testing.T) {
	s, k := newStore(t)
	r := ask(t, s, 1)
	other := yes(r, ben)
	other.Digest = "0123"
	old := yes(r, ben)
	old.Version = 0
	for _, v := range []Vote{other, old} {
		_, fresh, err := s.Vote(r.ID, v, quorum(1))
		if stale, ok := errors.AsType[*StaleVoteError](err); !ok || fresh || stale.Request.ID != r.ID {
			t.Errorf("vote %+v: fresh %v, %v", v, fresh, err)
		}
	}
	if now, _ := s.Request(r.ID); len(now.Votes) != 0 || now.State != Pending {
		t.Errorf("a refused vote counted: %+v", now)
	}
	sound(t, s, k)
}

func TestVoteCountsNothingIllegal(t *testing.T) {
	s, k := newStore(t)
	r := ask(t, s, 1)
	_, _, err := s.Vote(r.ID, yes(r, ben), func(Request) (State, string) { return Running, "in a hurry" })
	if _, ok := errors.AsType[*MoveError](err); !ok {
		t.Errorf("Pending → Running by a vote: %v", err)
	}
	if now, _ := s.Request(r.ID); len(now.Votes) != 0 {
		t.Error("the vote stayed although its move was refused")
	}
	sound(t, s, k)
}

func TestT06RenewVoidsVotes(t *testing.T) {
	s, k := newStore(t)
	r := ask(t, s, 1)
	s.Vote(r.ID, yes(r, ben), quorum(2))
	if edited, err := s.Renew(r.ID, Mark{At: noon, By: ana}, nil); err != nil || edited.Version != 2 || len(edited.Votes) != 0 {
		t.Errorf("changed by its requester: %+v, %v", edited, err)
	}
	r, _ = s.Request(r.ID)
	s.Vote(r.ID, yes(r, ben), quorum(2))
	stale, err := s.Move(r.ID, Stale, Mark{At: noon, Note: "ana's roles changed"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := s.Renew(r.ID, Mark{At: noon}, func(r *Request) error {
		r.Shown = json.RawMessage(`{ "users": [ "ana" ] }`)
		return nil
	})
	if err != nil || fresh.Version != 3 || fresh.State != Pending || len(fresh.Votes) != 0 || fresh.Digest == stale.Digest || fresh.Digest != fresh.Seal() {
		t.Fatalf("renewed: %+v, %v", fresh, err)
	}
	if _, _, err := s.Vote(r.ID, yes(r, ben), quorum(2)); err == nil {
		t.Error("a vote for one version counts for the next")
	}
	if _, ok, err := s.Vote(r.ID, yes(fresh, ben), quorum(2)); err != nil || !ok {
		t.Errorf("the same person cannot vote for the new version: %v", err)
	}
	sound(t, s, k)
}

func TestEditKeepsWhatWasAgreed(t *testing.T) {
	s, k := newStore(t)
	r := ask(t, s, 1)
	s.Vote(r.ID, yes(r, ben), quorum(2))
	for name, edit := range map[string]func(*Request){
		"id":            func(r *Request) { r.ID = 9 },
		"version":       func(r *Request) { r.Version++ },
		"state":         func(r *Request) { r.State = Approved },
		"operation":     func(r *Request) { r.Operation = "remove" },
		"args":          func(r *Request) { r.Args = json.RawMessage(`{}`) },
		"args in place": func(r *Request) { r.Args[2] = 'X' },
		"shown":         func(r *Request) { r.Shown = nil },
		"team":          func(r *Request) { r.Team = "Other" },
		"asker":         func(r *Request) { r.Asker.ID = cy.ID },
		"beneficiary":   func(r *Request) { r.Beneficiaries[0] = "di@example.com" },
		"vote until":    func(r *Request) { r.VoteUntil = r.VoteUntil.Add(time.Hour) },
		"digest":        func(r *Request) { r.Digest = "ff" },
		"origin":        func(r *Request) { r.Origin = "other" },
		"votes":         func(r *Request) { r.Votes = nil },
		"vote in place": func(r *Request) { r.Votes[0].Person = cy },
	} {
		change := func(r *Request) error { edit(r); return nil }
		_, err1 := s.Edit(r.ID, change)
		_, err2 := s.Move(r.ID, Approved, byBot, change)
		if err1 == nil || err2 == nil {
			t.Errorf("%s could be changed: Edit %v, Move %v", name, err1, err2)
		}
	}
	before, _ := s.Request(r.ID)
	boom := errors.New("boom")
	if _, err := s.Move(r.ID, Approved, byBot, func(r *Request) error { r.Outcome = "x"; return boom }); err != boom {
		t.Errorf("Move with a failing edit: %v", err)
	}
	after, _ := s.Request(r.ID)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error("a refused edit left something:", diff)
	}
	card := Place{"C0APPROVE", "1.2"}
	if got, err := s.Edit(r.ID, func(r *Request) error { r.Card = card; return nil }); err != nil || got.Card != card {
		t.Errorf("Edit of the card: %+v, %v", got.Card, err)
	}
	sound(t, s, k)
}

func TestT07SealCovers(t *testing.T) {
	base := invite(1)
	base.ID, base.Version = 7, 1
	for name, c := range map[string]struct {
		differs bool
		edit    func(*Request)
	}{
		"id":        {true, func(r *Request) { r.ID++ }},
		"version":   {true, func(r *Request) { r.Version++ }},
		"operation": {true, func(r *Request) { r.Operation += "x" }},
		"args":      {true, func(r *Request) { r.Args = json.RawMessage(`{"email":"di@example.com"}`) }},
		"a number's writing": {true, func(r *Request) {
			r.Args = json.RawMessage(`{"role":"DEVELOPER","email":"bo@example.com","limit":1.5}`)
		}},
		"args missing": {true, func(r *Request) { r.Args = nil }},
		"team":         {true, func(r *Request) { r.Team = "Other" }},
		"asker":        {true, func(r *Request) { r.Asker.ID = "U0CY" }},
		"asker's team": {true, func(r *Request) { r.Asker.Team = "T0PARTNER" }},
		"beneficiary":  {true, func(r *Request) { r.Beneficiaries = nil }},
		"shown":        {true, func(r *Request) { r.Shown = json.RawMessage(`{"users":[1]}`) }},
		"note":         {true, func(r *Request) { r.Note = "he joins the Halo team" }},
		"policy":       {true, func(r *Request) { r.Policy = "ab12" }},
		"rules":        {true, func(r *Request) { r.Rules = json.RawMessage(`{"quorum":2}`) }},
		"vote until":   {true, func(r *Request) { r.VoteUntil = r.VoteUntil.Add(time.Nanosecond) }},
		"order of names": {false, func(r *Request) {
			r.Args = json.RawMessage("{\"limit\": 1.50,\n\"email\":\"bo@example.com\",\"role\":\"DEVELOPER\"}")
		}},
		"zone":         {false, func(r *Request) { r.VoteUntil = r.VoteUntil.In(time.FixedZone("x", 3600)) }},
		"state":        {false, func(r *Request) { r.State = Done }},
		"card":         {false, func(r *Request) { r.Card.TS = "1" }},
		"asker's name": {false, func(r *Request) { r.Asker.Name = "Ana R." }},
	} {
		r := base
		c.edit(&r)
		if differs := r.Seal() != base.Seal(); differs != c.differs {
			t.Errorf("%s: digest differs %v, want %v", name, differs, c.differs)
		}
	}
	if base.Seal() != "" && len(base.Seal()) != 64 {
		t.Error("the digest is no hex SHA-256")
	}
}

// Two texts that mean the same have one canonical form, and it is a fixed point.
func TestCanonicalJSON(t *testing.T) {
	value := rapid.Custom(func(t *rapid.T) any {
		return rapid.OneOf(
			rapid.Map(rapid.MapOf(rapid.String(), rapid.Int()), func(m map[string]int) any { return m }),
			rapid.Map(rapid.SliceOf(rapid.String()), func(s []string) any { return s }),
			rapid.Map(rapid.Float64(), func(f float64) any { return f }),
		).Draw(t, "v")
	})
	rapid.Check(t, func(t *rapid.T) {
		v := value.Draw(t, "value")
		tight, err1 := json.Marshal(v)
		wide, err2 := json.MarshalIndent(v, " ", "\t")
		if err := errors.Join(err1, err2); err != nil {
			t.Skip(err)
		}
		a, err1 := canonicalJSON(tight)
		b, err2 := canonicalJSON(wide)
		c, err3 := canonicalJSON(a)
		if err := errors.Join(err1, err2, err3); err != nil || string(a) != string(b) || string(a) != string(c) {
			t.Fatalf("%s | %s | %s | %v", a, b, c, err)
		}
	})
}

func TestOpenAndRecent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	k := newKey(t)
	s := openAt(t, path, k)
	var want []uint64
	for i, state := range all {
		r := at(t, s, i, state)
		if !state.Final() {
			want = append(want, r.ID)
		}
	}
	s.Close()
	s = openAt(t, path, k)
	var got []uint64
	open, err := s.Open()
	for _, r := range open {
		got = append(got, r.ID)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("open: %v, want %v, %v", got, want, err)
	}
	recent, err := s.Recent(3)
	if err != nil || len(recent) != 3 || recent[0].ID != uint64(len(all)) || recent[2].ID != uint64(len(all))-2 {
		t.Errorf("recent: %v, %v", recent, err)
	}
	if _, err := s.Request(999); !errors.As(err, new(*NotFoundError)) {
		t.Errorf("a request that is not there: %v", err)
	}
	sound(t, s, k)
}

func TestTimesOfDecisionAndEnd(t *testing.T) {
	s, _ := newStore(t)
	r := ask(t, s, 1)
	later := noon.Add(time.Hour)
	r, _ = s.Move(r.ID, Approved, Mark{At: later}, nil)
	if !r.Decided.Equal(later) || !r.Ended.IsZero() {
		t.Errorf("approved: decided %v, ended %v", r.Decided, r.Ended)
	}
	r, _ = s.Move(r.ID, Running, Mark{At: later.Add(1)}, nil)
	r, _ = s.Move(r.ID, Approved, Mark{At: later.Add(2), Note: "nothing was sent"}, nil)
	r, _ = s.Move(r.ID, Running, Mark{At: later.Add(3)}, nil)
	r, err := s.Move(r.ID, Done, Mark{At: later.Add(4)}, nil)
	if err != nil || !r.Decided.Equal(later) || !r.Ended.Equal(later.Add(4)) {
		t.Errorf("done: decided %v, ended %v, %v", r.Decided, r.Ended, err)
	}
}

// A vote can be taken back until the change is begun; what was approved by it waits
// for votes again.
func TestUnvote(t *testing.T) {
	s, k := newStore(t)
	needs := func(n int) func(Request) (State, string) {
		return func(r Request) (State, string) {
			if len(r.Votes) >= n {
				return Approved, "enough"
			}
			return Pending, "not enough"
		}
	}
	r := at(t, s, 1, Pending)
	yes := func(p Person, n int) {
		t.Helper()
		var err error
		if r, _, err = s.Vote(r.ID, Vote{Person: p, Yes: true, Digest: r.Digest, Version: r.Version, At: noon}, needs(n)); err != nil {
			t.Fatal(err)
		}
	}
	take := func(p Person, n int) bool {
		t.Helper()
		now, found, err := s.Unvote(r.ID, Mark{At: noon, By: p, Note: "taken back"}, needs(n))
		if err != nil {
			t.Fatal(err)
		}
		r = now
		return found
	}
	yes(cy, 2)
	if take(ana, 2) || len(r.Votes) != 1 {
		t.Error("a vote was taken back by somebody who gave none")
	}
	if !take(cy, 2) || len(r.Votes) != 0 || r.State != Pending {
		t.Errorf("taken back: %s with %d votes", r.State, len(r.Votes))
	}
	yes(cy, 1)
	if r.State != Approved || !take(cy, 1) || r.State != Pending || !r.Decided.IsZero() {
		t.Errorf("an approval outlives the vote it rests on: %s, decided %s", r.State, r.Decided)
	}
	yes(cy, 1)
	if _, err := s.Move(r.ID, Running, Mark{At: noon}, nil); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.Unvote(r.ID, Mark{At: noon, By: cy}, needs(1))
	if _, late := errors.AsType[*MoveError](err); !late {
		t.Errorf("a vote was taken back from a change on its way: %v", err)
	}
	sound(t, s, k)
}

// A no stops what was approved as long as nothing was sent; a yes comes too late for it.
func TestANoStopsWhatWasApproved(t *testing.T) {
	s, k := newStore(t)
	no := func(r Request) Vote {
		return Vote{Person: cy, Digest: r.Digest, Version: r.Version, At: noon}
	}
	denied := func(Request) (State, string) { return Denied, "denied" }
	r := at(t, s, 1, Approved)
	late := yes(r, cy)
	if _, _, err := s.Vote(r.ID, late, denied); err == nil {
		t.Error("a yes counts on what was approved")
	}
	now, counted, err := s.Vote(r.ID, no(r), denied)
	if err != nil || !counted || now.State != Denied {
		t.Errorf("after a no it is %s, %v", now.State, err)
	}
	r = at(t, s, 2, Running)
	if _, _, err := s.Vote(r.ID, no(r), denied); err == nil {
		t.Error("a no counts on what is under way")
	}
	r = at(t, s, 3, Approved)
	if r, err = s.Edit(r.ID, func(r *Request) error { r.Rows = []Row{{Name: "one", State: Running}}; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Vote(r.ID, no(r), denied); err == nil {
		t.Error("a no counts on what is sent in part")
	}
	sound(t, s, k)
}

// Of a change whose rows were sent in part no vote can be taken back, though it is Approved
// until the rest leaves.
func TestUnvoteBetweenRows(t *testing.T) {
	s, k := newStore(t)
	r := at(t, s, 1, Pending)
	r, _, err := s.Vote(r.ID, yes(r, cy), func(Request) (State, string) { return Approved, "enough" })
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []State{Running, Unsure, Approved} {
		if _, err := s.Move(r.ID, to, byBot, func(r *Request) error {
			r.Rows = []Row{{Name: "kim", State: Done}, {Name: "lee", State: Approved}}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err = s.Unvote(r.ID, Mark{At: noon, By: cy}, func(Request) (State, string) { return Pending, "not enough" })
	if now, _ := s.Request(r.ID); err == nil || now.State != Approved || len(now.Votes) != 1 {
		t.Errorf("a vote was taken back from a change that was begun: %v; it is %s with %d votes", err, now.State, len(now.Votes))
	}
	sound(t, s, k)
}

// Votes that were counted outside of a transaction count only for what they were counted of.
func TestAgree(t *testing.T) {
	s, _ := newStore(t)
	r := ask(t, s, 1)
	waits := func(Request) (State, string) { return Pending, "" }
	for _, who := range []Person{ben, cy} {
		var err error
		if r, _, err = s.Vote(r.ID, yes(r, who), waits); err != nil {
			t.Fatal(err)
		}
	}
	counted := r
	late := func(what string) {
		t.Helper()
		before, _ := s.Request(r.ID)
		_, err := s.Agree(counted, byBot)
		after, _ := s.Request(r.ID)
		if e, ok := errors.AsType[*MoveError](err); !ok || e.Request.State != before.State || after.State != before.State {
			t.Errorf("%s: %v, and it is %s after it was %s", what, err, after.State, before.State)
		}
	}
	if _, _, err := s.Unvote(r.ID, Mark{At: noon, By: cy}, waits); err != nil {
		t.Fatal(err)
	}
	late("a vote is taken back")
	r, _ = s.Request(r.ID)
	r, _, _ = s.Vote(r.ID, yes(r, cy), waits)
	if r, err := s.Agree(r, byBot); err != nil || r.State != Approved || !r.Decided.Equal(byBot.At) {
		t.Fatalf("%+v, %v", r, err)
	}
	late("somebody was faster")
	for _, to := range []State{Running, Unsure, Done} {
		if _, err := s.Move(r.ID, to, byBot, nil); err != nil {
			t.Fatal(err)
		}
		late("it is " + string(to))
	}
}
