package store

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// What people said and what is said of them does not stand in the leaves, and reading
// the log gives it all the same.
func TestT38LeavesHoldCommitments(t *testing.T) {
	s, k := newStore(t)
	r := ask(t, s, 1)
	if _, _, err := s.Vote(r.ID, Vote{Person: ben, Yes: false, Reason: "not Bo", Version: 1, Digest: r.Digest, At: noon}, func(Request) (State, string) { return Denied, "Ben said no" }); err != nil {
		t.Fatal(err)
	}
	s.engine.View(func(tx Tx) error {
		for n := range 3 {
			data := string(leafAt(tx, n))
			for _, word := range []string{"bo@example.com", "DEVELOPER", "please", "not Bo", "Ben", `"ana"`} {
				if strings.Contains(data, word) {
					t.Errorf("leaf %d holds %q: %s", n, word, data)
				}
			}
			var v values
			if _, err := get(tx, bucketValues, number(uint64(n)), &v); err != nil || v.Note == nil {
				t.Errorf("beside leaf %d: %+v, %v", n, v, err)
			}
			var l Leaf
			json.Unmarshal([]byte(data), &l)
			mac := hmac.New(sha256.New, []byte(v.Note.Salt)) // as the format says, by another hand
			mac.Write(append([]byte("note\x00"), v.Note.Value...))
			if got := base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != l.Private.Note {
				t.Errorf("leaf %d commits to %s; by the format it is %s", n, l.Private.Note, got)
			}
		}
		return nil
	})
	all := leaves(t, s)
	var asked askedDetails
	if err := json.Unmarshal(all[0].Details, &asked); err != nil || asked.Summary != r.Summary || asked.Team != "Meadow" || !bytes.Equal(asked.Args, r.Args) {
		t.Errorf("%s, %v", all[0].Details, err)
	}
	if all[0].By.Name != "ana" || all[0].Note != "please" || all[1].By.Name != "ben" || all[1].Note != "not Bo" || all[2].Note != "Ben said no" {
		t.Errorf("%+v", all)
	}
	if sound(t, s, k).Erased != 0 {
		t.Error("something is erased")
	}
}

func TestT38Erasure(t *testing.T) {
	for name, c := range map[string]struct {
		what     Erasure
		canary   string
		records  int
		requests int
	}{
		"an address": {Erasure{Address: "Bo@Example.com"}, "bo@example.com", 4, 2},
		"a person":   {Erasure{Person: "U0ANA"}, "please", 3, 2},
		"retention":  {Erasure{Before: noon.Add(time.Second)}, "voted for by Ben", 8, 2},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "data")
			k := newKey(t)
			s := openAt(t, path, k)
			erasable(t, s)
			before := sound(t, s, k)
			head, _ := s.Checkpoint()
			done, err := s.Erase(c.what, noon.Add(time.Hour), "asked for by somebody")
			if err != nil || done.Records != c.records || done.Requests != c.requests || !slices.Equal(done.Open, []uint64{3}) || done.Old != 0 {
				t.Fatalf("%+v, %v", done, err)
			}
			after := sound(t, s, k, head)
			if after.Erased != int64(c.records) || after.Size <= before.Size || after.Anchored != before.Size {
				t.Errorf("%+v", after)
			}
			// What is still to be decided keeps what is to be decided about.
			open, err := s.Request(3)
			if err != nil || open.Seal() != open.Digest || len(open.Args) == 0 {
				t.Errorf("%+v, %v", open, err)
			}
			if r, err := s.Move(3, Cancelled, byBot, nil); err != nil || r.State != Cancelled {
				t.Error(err)
			}
			again, err := s.Erase(c.what, noon.Add(2*time.Hour), "")
			if err != nil || len(again.Open) != 0 || again.Requests != 1 {
				t.Errorf("once it has ended: %+v, %v", again, err)
			}
			sound(t, s, k)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := Compact(path, k.known); err != nil {
				t.Fatal(err)
			}
			if data, _ := os.ReadFile(path); bytes.Contains(data, []byte(c.canary)) {
				t.Errorf("%q is still in the file", c.canary)
			}
			s = openAt(t, path, k)
			sound(t, s, k, head)
			erased := 0
			for _, l := range leaves(t, s) {
				if l.Erased {
					erased++
				}
				if strings.Contains(l.Note, c.canary) || strings.Contains(string(l.Details), c.canary) {
					t.Errorf("record %d still says so", l.N)
				}
			}
			if erased < c.records {
				t.Errorf("%d records are read as erased", erased)
			}
			for id := range uint64(3) {
				if r, err := s.Request(id + 1); err != nil || !r.Erased || strings.Contains(string(r.Args), c.canary) {
					t.Errorf("%+v, %v", r, err)
				}
			}
			var export bytes.Buffer
			if err := s.Export(&export); err != nil || strings.Contains(export.String(), c.canary) {
				t.Errorf("the export: %v", err)
			}
			src, err := ExportSource(&export)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := Verify(src, k.known, [][]byte{head}); err != nil || !v.OK() || v.Erased < int64(c.records) {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}

// erasable writes two requests that have ended and an open one, each from Ana and
// for Bo.
func erasable(t *testing.T, s *Store) {
	t.Helper()
	for n := range 3 {
		r := ask(t, s, n+1)
		if n == 2 {
			continue
		}
		v := yes(r, ben)
		v.Yes, v.Reason = n == 0, "voted for by Ben"
		if _, _, err := s.Vote(r.ID, v, func(r Request) (State, string) {
			if n == 0 {
				return Approved, "one agreed"
			}
			return Denied, "one did not"
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Move(1, Running, byBot, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Move(1, Failed, Mark{At: noon, Note: "there is one"}, func(r *Request) error {
		r.Outcome, r.Rows = "Bo has one.", []Row{{Name: "bo@example.com", State: Failed}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// The bytes that are to go are in the file before.
	var raw bytes.Buffer
	if _, err := s.Backup(&raw); err != nil || !bytes.Contains(raw.Bytes(), []byte("bo@example.com")) || !bytes.Contains(raw.Bytes(), []byte("please")) {
		t.Fatal("the file does not hold what is to be erased")
	}
}

// Nobody takes values away, or puts others in their place, without being found.
func TestT38ValuesAreBound(t *testing.T) {
	for name, c := range map[string]struct {
		tamper func(tx Tx) error
		intact bool
		words  string
	}{
		"taken away": {func(tx Tx) error { return tx.Delete(bucketValues, number(1)) }, true, "values of record 1 are gone, and no erasure speaks of them"},
		"one of them": {func(tx Tx) error {
			v, _ := valuesOf(tx, 1)
			v.Note = nil
			return v.keep(tx, 1)
		}, true, "values of record 1 are gone"},
		"of another record": {func(tx Tx) error {
			v, _ := valuesOf(tx, 2)
			return v.keep(tx, 1)
		}, false, "Changed at record 1: its name is not what the record commits to"},
		"reworded": {func(tx Tx) error {
			v, _ := valuesOf(tx, 1)
			v.Note.Value = []byte(`"thanks"`)
			return v.keep(tx, 1)
		}, false, "Changed at record 1: its note is not"},
		"of a record that has none": {func(tx Tx) error {
			v, _ := valuesOf(tx, 1)
			return v.keep(tx, 0)
		}, false, "Changed at record 0: its name is not"},
		"no JSON": {func(tx Tx) error { return tx.Put(bucketValues, number(1), []byte("{")) }, false, "Changed at record 1: what is kept beside it cannot be read"},
		"a request emptied": {func(tx Tx) error {
			r, _ := load(tx, 1)
			r.empty()
			return put(tx, bucketRequests, number(1), r)
		}, true, "request #1 has erased content, and no erasure speaks of it"},
	} {
		t.Run(name, func(t *testing.T) {
			s, k := newStore(t)
			history(t, s)
			set(t, s, c.tamper)
			v, err := Verify(s.Source(), k.known, nil)
			if err != nil || v.OK() || v.Intact != c.intact || !strings.Contains(strings.Join(v.Problems, "\n"), c.words) {
				t.Errorf("%+v, %v", v, err)
			}
			if !c.intact && v.FirstBad > 1 {
				t.Errorf("first bad record: %d", v.FirstBad)
			}
		})
	}
}

func TestErasureSaysOneThing(t *testing.T) {
	s, _ := newStore(t)
	for _, what := range []Erasure{{}, {Person: "U0ANA", Address: "a@b"}, {Address: "bo"}, {Address: "@"}, {Address: "bo@"}} {
		if _, err := s.Erase(what, noon, ""); err == nil {
			t.Errorf("%+v was erased", what)
		}
	}
}

// asFormat1 makes of a file what an older ascbot would have written.
func asFormat1(t testing.TB, s *Store) {
	t.Helper()
	old := leaves(t, s)
	set(t, s, func(tx Tx) error {
		for _, l := range old {
			l.V, l.Private = 1, nil
			data, _ := encode(l)
			putLeaf(tx, int(l.N), data)
			tx.Delete(bucketValues, number(uint64(l.N)))
		}
		if _, err := rehash(tx); err != nil {
			return err
		}
		for size := range old {
			if err := s.sign(tx, int64(size+1)); err != nil {
				return err
			}
		}
		s.identity.Format = 1
		return put(tx, bucketMeta, keyFile, s.identity)
	})
}

func TestFormat1IsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	k := newKey(t)
	s := openAt(t, path, k)
	history(t, s)
	want := leaves(t, s)
	asFormat1(t, s)
	head, _ := s.Checkpoint()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	looker, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	sound(t, looker, k)
	looker.Close()
	s = openAt(t, path, k)
	if s.identity.Format != format {
		t.Error("an older program would go on writing into it")
	}
	got := leaves(t, s)
	for i := range want {
		if got[i].V != 1 || got[i].Note != want[i].Note || string(got[i].Details) != string(want[i].Details) || got[i].Erased {
			t.Errorf("%+v\nwant %+v", got[i], want[i])
		}
	}
	ask(t, s, 9)
	v := sound(t, s, k, head)
	if v.Anchored != told || v.Size != told+1 {
		t.Errorf("%+v", v)
	}
	done, err := s.Erase(Erasure{Address: "bo@example.com"}, noon, "")
	if err != nil || done.Old != 4 || done.Records != 1 || len(done.Open) != 2 {
		t.Errorf("%+v, %v", done, err)
	}
	sound(t, s, k, head)
}

// The quick reading of a leaf and the general one agree on whatever can be written,
// and on what cannot.
func TestQuickReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", `"`, `\`, "}", `{"v":2}`, "moved", "\u2028"}))
		l := Leaf{
			V: leafVersion, N: rapid.Int64Range(0, 1<<50).Draw(t, "n"), At: noon, Kind: text.Draw(t, "kind"), Request: rapid.Uint64Range(0, 1<<60).Draw(t, "request"),
			Version: rapid.IntRange(0, 9).Draw(t, "version"), Operation: text.Draw(t, "operation"), Digest: text.Draw(t, "digest"),
			From: State(text.Draw(t, "from")), To: State(text.Draw(t, "to")), Note: text.Draw(t, "note"), Attempt: rapid.IntRange(0, 9).Draw(t, "attempt"),
		}
		if rapid.Bool().Draw(t, "somebody") {
			l.By = &Person{Team: text.Draw(t, "team"), ID: text.Draw(t, "id"), Name: text.Draw(t, "name")}
		}
		l.explain(map[string]any{"yes": rapid.Bool().Draw(t, "yes"), "summary": text.Draw(t, "summary")})
		hidden, kept, err := l.hide()
		if err != nil {
			t.Fatal(err)
		}
		data, _ := encode(hidden)
		var e entry = entry{n: l.N, leaf: data}
		if !kept.empty() {
			e.values = kept.encode()
		}
		var is looked
		is.look(e, map[int64]bool{l.N + 1: true})
		if is.bad || is.gone != 0 || is.wrong != "" || is.hash != tlog.RecordHash(data) || !is.leaf.At.Equal(noon) {
			t.Fatalf("%s with %s: %+v", data, e.values, is)
		}
		var want Leaf
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		got := is.leaf
		same := got.V == want.V && got.N == want.N && got.Kind == want.Kind && got.Request == want.Request && got.Version == want.Version &&
			got.Digest == want.Digest && got.From == want.From && got.To == want.To && string(got.Details) == string(want.Details) &&
			(got.By == nil) == (want.By == nil) && (got.By == nil || *got.By == *want.By)
		if !same {
			t.Fatalf("%s is read as %+v", data, got)
		}
		if e.values == nil {
			return
		}
		at := rapid.IntRange(0, len(e.values)-1).Draw(t, "at")
		e.values = bytes.Clone(e.values)
		e.values[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if is.look(e, nil); is.wrong == "" {
			t.Fatalf("with a bit changed it is well: %s", e.values)
		}
	})
}

// A request that is read quickly is read as it stands, and one in which a bit was
// flipped is not read otherwise than by the general reader.
func TestQuickReadingOfRequests(t *testing.T) {
	quickly := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching("[a-z #@.-]{0,12}")
		if rapid.Bool().Draw(t, "odd") {
			text = rapid.OneOf(text, rapid.String(), rapid.SampledFrom([]string{`"`, `\`, "}", `{"v":2}`, "]", "\u2028"}))
		}
		person := func() Person {
			return Person{Team: text.Draw(t, "team"), ID: text.Draw(t, "id"), Name: text.Draw(t, "name")}
		}
		r := invite(rapid.IntRange(0, 1000).Draw(t, "n"))
		r.ID, r.Version, r.State = rapid.Uint64Range(0, 1<<60).Draw(t, "id"), rapid.IntRange(0, 9).Draw(t, "version"), rapid.SampledFrom([]State{Pending, Done, "other"}).Draw(t, "state")
		r.Team, r.Note, r.Digest, r.Summary, r.Asker, r.Erased = text.Draw(t, "at"), text.Draw(t, "note"), text.Draw(t, "digest"), text.Draw(t, "summary"), person(), rapid.Bool().Draw(t, "erased")
		r.Salt, r.Rules, r.VoteUntil, r.Asked = rapid.SliceOf(rapid.Byte()).Draw(t, "salt"), []byte(`{"quorum":2}`), noon, noon.Add(time.Nanosecond)
		for range rapid.IntRange(0, 2).Draw(t, "some") {
			r.Beneficiaries = append(r.Beneficiaries, text.Draw(t, "for"))
			r.Votes = append(r.Votes, Vote{Person: person(), Yes: rapid.Bool().Draw(t, "yes"), Reason: text.Draw(t, "reason"), At: noon})
			r.Attempts = append(r.Attempts, Attempt{N: 1, Started: noon, Result: text.Draw(t, "result")})
			r.Rows = append(r.Rows, Row{Name: text.Draw(t, "row"), State: Done})
			r.Grant = &Grant{Until: noon}
		}
		data, err := encode(r)
		if err != nil {
			t.Fatal(err)
		}
		data = append([]byte(`{"v":1,`), data[1:]...)
		if rapid.Bool().Draw(t, "spoilt") {
			data[rapid.IntRange(0, len(data)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		}
		got, ok := quickRequest(data)
		if !ok {
			return
		}
		quickly++
		var want Request
		if err := decode(bucketRequests, nil, data, &want); err != nil {
			t.Fatalf("%s is read quickly, and generally not: %v", data, err)
		}
		seal := func(r Request) string {
			return fmt.Sprint(r.ID, r.State, r.Version, r.Digest, r.Erased, r.Origin, r.sealAsStored(), ballots(r))
		}
		if seal(got) != seal(want) {
			t.Fatalf("%s is read as\n%s, and generally\n%s", data, seal(got), seal(want))
		}
	})
	if quickly == 0 {
		t.Error("none was read quickly")
	}
}

func ballots(r Request) (all []ballot) {
	for _, v := range r.Votes {
		all = append(all, ballot{v.Person.Team, v.Person.ID, v.Yes})
	}
	return all
}
