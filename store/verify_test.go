package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// history writes a log of twelve records about three requests, and answers the
// checkpoints after each.
func history(t testing.TB, s *Store) (anchors [][]byte) {
	t.Helper()
	mark := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		anchors = append(anchors, c)
	}
	move := func(id uint64, to State) {
		t.Helper()
		_, err := s.Move(id, to, Mark{At: noon, Note: string(to)}, nil)
		mark(err)
	}
	_, err := s.Record(Leaf{At: noon, Kind: "start", Note: "<version & all>"})
	mark(err)
	r, _, err := s.Ask(invite(1), noon)
	mark(err)
	_, _, err = s.Ask(invite(2), noon)
	mark(err)
	_, _, err = s.Vote(r.ID, yes(r, ben), quorum(1)) // two records
	mark(err)
	move(1, Running)
	move(1, Done)
	move(2, Stale)
	_, err = s.Renew(2, Mark{At: noon}, nil)
	mark(err)
	_, _, err = s.Ask(invite(3), noon)
	mark(err)
	_, err = s.Run("digest", "2026-11-24T09:00", noon, "posted")
	mark(err)
	move(3, Denied)
	return anchors
}

const told = 12 // records in history

func set(t testing.TB, s *Store, fn func(Tx) error) {
	t.Helper()
	if err := s.engine.Update(fn); err != nil {
		t.Fatal(err)
	}
}

func leafAt(tx Tx, n int) []byte { return tx.Get(bucketLeaves, number(uint64(n))) }

func putLeaf(tx Tx, n int, data []byte) error { return tx.Put(bucketLeaves, number(uint64(n)), data) }

// reworded is a leaf with another note: valid, and not what was signed.
func reworded(data []byte) []byte {
	var l Leaf
	json.Unmarshal(data, &l)
	l.Note = "something else"
	out, _ := encode(l)
	return out
}

// rehash makes the stored tree fit the stored leaves, as somebody would who has
// the file and not the key.
func rehash(tx Tx) (size int64, err error) {
	var old [][]byte
	tx.Scan(bucketHashes, nil, func(k, _ []byte) bool { old = append(old, k); return true })
	for _, k := range old {
		tx.Delete(bucketHashes, k)
	}
	for ; ; size++ {
		data := leafAt(tx, int(size))
		if data == nil {
			return size, nil
		}
		hashes, err := tlog.StoredHashes(size, data, storedHashes(tx))
		if err != nil {
			return 0, err
		}
		for i, h := range hashes {
			tx.Put(bucketHashes, number(uint64(tlog.StoredHashIndex(0, size))+uint64(i)), h[:])
		}
	}
}

// Every kind of tampering with the data file is named for what it is, with the
// right record.
func TestTampering(t *testing.T) {
	stranger := newKey(t)
	type want struct {
		intact, complete, signed, agrees bool
		bad                              int64
		words                            string
	}
	changed := func(n int64) want { return want{false, true, true, false, n, fmt.Sprintf("Changed at record %d", n)} }
	cases := map[string]struct {
		tamper func(t *testing.T, s *Store, anchors [][]byte, tx Tx) error
		want   want
	}{
		"a bit flipped": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			data := leafAt(tx, 5)
			data[len(data)/2] ^= 1
			return putLeaf(tx, 5, data)
		}, changed(5)},
		"the first record flipped": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return putLeaf(tx, 0, append(leafAt(tx, 0), ' '))
		}, changed(0)},
		"the last record flipped": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return putLeaf(tx, told-1, append(leafAt(tx, told-1), ' '))
		}, changed(told - 1)},
		"another valid record": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return putLeaf(tx, 7, reworded(leafAt(tx, 7)))
		}, changed(7)},
		"another record and a new tree": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			putLeaf(tx, 7, reworded(leafAt(tx, 7)))
			_, err := rehash(tx)
			return err
		}, changed(7)},
		"a record dropped": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return tx.Delete(bucketLeaves, number(4))
		}, want{false, false, true, false, 4, "record 4 is expected there, and record 5 is"}},
		"a record dropped and the rest moved up": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			for n := 4; n < told-1; n++ {
				putLeaf(tx, n, leafAt(tx, n+1))
			}
			return tx.Delete(bucketLeaves, number(told-1))
		}, want{false, false, true, false, 4, "Changed at record 4"}},
		"a record inserted": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			for n := told; n > 6; n-- {
				putLeaf(tx, n, leafAt(tx, n-1))
			}
			return putLeaf(tx, 6, reworded(leafAt(tx, 6)))
		}, changed(6)},
		"a record added at the end": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return putLeaf(tx, told, reworded(leafAt(tx, 0)))
		}, changed(told)},
		"two records exchanged": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			a, b := leafAt(tx, 3), leafAt(tx, 9)
			putLeaf(tx, 3, b)
			return putLeaf(tx, 9, a)
		}, changed(3)},
		"the tail cut off": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			for n := 9; n < told; n++ {
				tx.Delete(bucketLeaves, number(uint64(n)))
			}
			return nil
		}, want{true, false, true, false, -1, "Cut off after 9 records: the checkpoint speaks of 12"}},
		"everything cut off": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			for n := range told {
				tx.Delete(bucketLeaves, number(uint64(n)))
			}
			return nil
		}, want{true, false, true, false, -1, "Cut off after 0 records"}},
		"an older checkpoint put in": {func(t *testing.T, s *Store, anchors [][]byte, tx Tx) error {
			return tx.Put(bucketHead, keyCheckpoint, anchors[2])
		}, want{true, true, true, true, -1, "replaced by an older one: it speaks of 3 records"}},
		"a checkpoint of a stranger": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			c, _ := parseCheckpoint(tx.Get(bucketHead, keyCheckpoint))
			forged, _ := note.Sign(&note.Note{Text: c.text()}, stranger.signer)
			return tx.Put(bucketHead, keyCheckpoint, forged)
		}, want{true, true, false, true, -1, "Not signed by a key that was given"}},
		"a checkpoint with another size": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return tx.Put(bucketHead, keyCheckpoint, bytes.Replace(tx.Get(bucketHead, keyCheckpoint), []byte("\n12\n"), []byte("\n11\n"), 1))
		}, want{true, true, false, true, -1, "signature is false"}},
		"a checkpoint that is none": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return tx.Put(bucketHead, keyCheckpoint, []byte("hello"))
		}, want{true, false, false, false, -1, "cannot be read"}},
		"the checkpoint deleted": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return tx.Delete(bucketHead, keyCheckpoint)
		}, want{true, false, false, false, -1, "is missing"}},
		"a state changed without a record": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			r, _ := load(tx, 2)
			r.State = Approved
			return put(tx, bucketRequests, number(2), r)
		}, want{true, true, true, false, -1, "request #2 is approved in the file and pending in the log"}},
		"an argument changed": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			r, _ := load(tx, 2)
			r.Args = json.RawMessage(`{"email":"eve@example.com"}`)
			return put(tx, bucketRequests, number(2), r)
		}, want{true, true, true, false, -1, "request #2 is not what was agreed on"}},
		"an argument changed with its digest": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			r, _ := load(tx, 2)
			r.Args = json.RawMessage(`{"email":"eve@example.com"}`)
			r.Digest = r.Seal()
			return put(tx, bucketRequests, number(2), r)
		}, want{true, true, true, false, -1, "request #2 has another digest"}},
		"a vote added": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			r, _ := load(tx, 2)
			r.Votes = append(r.Votes, yes(r, cy))
			return put(tx, bucketRequests, number(2), r)
		}, want{true, true, true, false, -1, "request #2 has 1 votes in the file that are not the 0"}},
		"a no turned into a yes": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			r, _ := load(tx, 1)
			r.Votes[0].Yes = false
			return put(tx, bucketRequests, number(1), r)
		}, want{true, true, true, false, -1, "request #1 has 1 votes"}},
		"a request deleted": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return tx.Delete(bucketRequests, number(3))
		}, want{true, true, true, false, -1, "request #3 is in the log and not in the file"}},
		"a request added": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			r, _ := load(tx, 3)
			r.ID = 4
			return put(tx, bucketRequests, number(4), r)
		}, want{true, true, true, false, -1, "request #4 is in the file and not in the log"}},
		"a request taken from the index": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return tx.Delete(bucketOpen, number(2))
		}, want{true, true, true, false, -1, "request #2 is missing in an index"}},
		"a stored node changed": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return tx.Put(bucketHashes, number(3), make([]byte, 32))
		}, want{true, true, true, false, -1, "the stored tree is not that of the records"}},
		"the stored tree deleted": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			for n := range uint64(64) {
				tx.Delete(bucketHashes, number(n))
			}
			return nil
		}, want{true, true, true, false, -1, "the stored tree is not that of the records"}},
		"an envelope spoilt": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return tx.Put(bucketInbox, number(1), []byte("?"))
		}, want{true, true, true, false, -1, "inbox is damaged"}},
		"a digest spoilt": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return tx.Put(bucketDigests, []byte("daily"), []byte("?"))
		}, want{true, true, true, false, -1, "digests is damaged"}},
		"exchange rates spoilt": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return tx.Put(bucketRates, []byte("2026-11-23"), []byte("?"))
		}, want{true, true, true, false, -1, "rates is damaged"}},
		"the name of a channel spoilt": {func(t *testing.T, s *Store, _ [][]byte, tx Tx) error {
			return tx.Put(bucketNames, []byte("#sales"), []byte("?"))
		}, want{true, true, true, false, -1, "channel names is damaged"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s, k := newStore(t)
			anchors := history(t, s)
			sound(t, s, k, anchors...)
			set(t, s, func(tx Tx) error { return c.tamper(t, s, anchors, tx) })
			v, err := Verify(s.Source(), k.known, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := want{v.Intact, v.Complete, v.Signed, v.StateAgrees, v.FirstBad, c.want.words}
			if got != c.want || v.OK() || !strings.Contains(strings.Join(v.Problems, "\n"), c.want.words) {
				t.Errorf("verdict %+v\nwant %+v", v, c.want)
			}
		})
	}
}

// An anchor shows what somebody with the key can do.
func TestAnchors(t *testing.T) {
	t.Run("cut off and signed anew", func(t *testing.T) {
		s, k := newStore(t)
		anchors := history(t, s)
		set(t, s, func(tx Tx) error {
			for n := 8; n < told; n++ {
				tx.Delete(bucketLeaves, number(uint64(n)))
				tx.Delete(bucketSignatures, number(uint64(n)))
			}
			if _, err := rehash(tx); err != nil {
				return err
			}
			return s.sign(tx, 8)
		})
		v, err := Verify(s.Source(), k.known, anchors)
		if err != nil || v.Complete || !v.Intact || !v.Signed || !strings.Contains(v.Problems[0], "Cut off after 8 records: anchor") {
			t.Errorf("%+v, %v", v, err)
		}
	})
	t.Run("rewritten and signed anew", func(t *testing.T) {
		s, k := newStore(t)
		anchors := history(t, s)
		set(t, s, func(tx Tx) error {
			putLeaf(tx, 3, reworded(leafAt(tx, 3)))
			if _, err := rehash(tx); err != nil {
				return err
			}
			for size := int64(4); size <= told; size++ {
				if err := s.sign(tx, size); err != nil {
					return err
				}
			}
			return nil
		})
		if v, err := Verify(s.Source(), k.known, nil); err != nil || !v.Intact || !v.Signed {
			t.Errorf("without an anchor nobody can see it: %+v, %v", v, err)
		}
		v, err := Verify(s.Source(), k.known, anchors)
		if err != nil || v.Intact || v.FirstBad != 3 || !strings.Contains(v.Problems[0], "Rewritten at or after record 3") {
			t.Errorf("%+v, %v", v, err)
		}
	})
	t.Run("of somebody else", func(t *testing.T) {
		s, k := newStore(t)
		other, k2 := newStore(t)
		history(t, s)
		anchors := history(t, other)
		v, err := Verify(s.Source(), k.known, anchors[:1])
		if err != nil || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], "Anchor 1 is not signed by a key") {
			t.Errorf("%+v, %v", v, err)
		}
		v, err = Verify(s.Source(), k2.known, nil)
		if err != nil || v.Signed || !v.Intact || v.Key != keyID(k.vkey) || len(v.Problems) != 1 {
			t.Errorf("verified with a stranger's key: %+v, %v", v, err)
		}
		foreign, _ := note.Sign(&note.Note{Text: checkpoint{Origin: "other/log", Size: 1}.text()}, k.signer)
		v, err = Verify(s.Source(), k.known, [][]byte{foreign, []byte("junk")})
		if err != nil || len(v.Problems) != 2 {
			t.Errorf("%+v, %v", v, err)
		}
	})
	t.Run("a signer that does not tell its key", func(t *testing.T) {
		s, k := newStore(t)
		history(t, s)
		s.identity.Key = keyID(k.vkey)
		v, err := Verify(s.Source(), nil, nil)
		if err != nil || v.Signed || !v.Intact || len(v.Problems) != 1 {
			t.Errorf("%+v, %v", v, err)
		}
	})
}

// Whatever is done to one record of an export or one line of it, the first bad
// record is named.
func TestTamperedExports(t *testing.T) {
	s, k := newStore(t)
	history(t, s)
	var buf bytes.Buffer
	if err := s.Export(&buf); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(buf.String(), "\n")
	lines = lines[:len(lines)-1]
	verify := func(lines []string) (Verdict, error) {
		src, err := ExportSource(strings.NewReader(strings.Join(lines, "")))
		if err != nil {
			return Verdict{}, err
		}
		return Verify(src, k.known, nil)
	}
	if v, err := verify(lines); err != nil || !v.OK() || v.Size != told || !v.Signed || !v.StateAgrees {
		t.Fatalf("the export itself: %+v, %v", v, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		lines := slices.Clone(lines)
		n := rapid.IntRange(0, told-1).Draw(t, "record")
		bad := int64(n)
		what := rapid.SampledFrom([]string{"flip", "drop", "double", "swap", "renumber", "blank"}).Draw(t, "what")
		switch line := []byte(lines[n+1]); what {
		case "flip":
			at := rapid.IntRange(0, bytes.Index(line, []byte(`,"signature"`))-1).Draw(t, "at")
			line[at] ^= 1 << rapid.IntRange(0, 6).Draw(t, "bit")
			if line[at] == '\n' || line[at] == '\r' {
				t.Skip("this cuts the line")
			}
			lines[n+1] = string(line)
		case "drop":
			lines = slices.Delete(lines, n+1, n+2)
		case "double":
			lines = slices.Insert(lines, n+1, lines[n+1])
			bad++
		case "swap":
			m := rapid.IntRange(0, told-1).Draw(t, "with")
			if m == n {
				t.Skip("with itself")
			}
			bad = int64(min(n, m))
			lines[n+1], lines[m+1] = lines[m+1], lines[n+1]
		case "renumber":
			lines[n+1] = strings.Replace(lines[n+1], fmt.Sprintf(`{"n":%d,"leaf"`, n), `{"n":77,"leaf"`, 1)
		case "blank":
			lines[n+1] = "\n"
		}
		v, err := verify(lines)
		if err != nil {
			t.Fatal(err)
		}
		if cut := what == "drop" && n == told-1; cut && v.Intact && !v.Complete && v.FirstBad == -1 {
			return
		}
		if v.OK() || v.Intact || v.FirstBad != bad {
			t.Fatalf("%s of record %d: %+v", what, n, v)
		}
	})
	for name, c := range map[string]struct {
		lines []string
		words string
	}{
		"no checkpoint":       {lines[:told+1], "checkpoint is missing"},
		"something after it":  {append(slices.Clone(lines), lines[1]), "something follows the checkpoint"},
		"records and no head": {lines[:5], "checkpoint is missing"},
	} {
		if v, err := verify(c.lines); err != nil || v.OK() || !strings.Contains(strings.Join(v.Problems, " "), c.words) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}

// A log whose signatures are right may still tell what cannot be.
func TestIllegalHistory(t *testing.T) {
	by := ana
	for name, l := range map[string]Leaf{
		"a move of nobody":      {Kind: "moved", Request: 99, From: Pending, To: Approved},
		"a jump":                {Kind: "moved", Request: 1, Version: 1, From: Pending, To: Done},
		"a move from elsewhere": {Kind: "moved", Request: 1, Version: 1, From: Approved, To: Running},
		"a second asking":       {Kind: "asked", Request: 1, Version: 1, To: Pending},
		"a vote for another":    {Kind: "voted", Request: 1, Version: 2, By: &by, Details: json.RawMessage(`{"yes":true}`)},
		"a vote of nobody":      {Kind: "voted", Request: 1, Version: 1, Details: json.RawMessage(`{"yes":true}`)},
		"a renewal of a third":  {Kind: "renewed", Request: 1, Version: 3},
		"a vote never given":    {Kind: "unvoted", Request: 1, Version: 1, By: &by},
	} {
		s, k := newStore(t)
		r := ask(t, s, 1)
		l.At, l.Digest = noon, r.Digest
		set(t, s, func(tx Tx) error { _, err := s.record(tx, l); return err })
		v, err := Verify(s.Source(), k.known, nil)
		if err != nil || v.StateAgrees || !v.Intact || !strings.Contains(strings.Join(v.Problems, " "), "record 1") {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}

func TestRecordKeepsToItsKinds(t *testing.T) {
	s, k := newStore(t)
	for _, l := range []Leaf{{Kind: "moved"}, {Kind: "asked"}, {Kind: ""}, {Kind: "refused", To: Done}} {
		l.At = noon
		if _, err := s.Record(l); err == nil {
			t.Errorf("%+v was recorded by itself", l)
		}
	}
	got, err := s.Record(Leaf{At: noon, Kind: "refused", By: &ana, Note: "line\nbreak \u202e \x00 <!channel>"})
	if err != nil || got.N != 0 || got.V != leafVersion {
		t.Errorf("%+v, %v", got, err)
	}
	var buf bytes.Buffer
	if err := s.Export(&buf); err != nil || strings.Count(buf.String(), "\n") != 3 {
		t.Errorf("an export of one record has other than three lines: %q, %v", buf.String(), err)
	}
	sound(t, s, k)
}

func TestLeavesInPages(t *testing.T) {
	s, _ := newStore(t)
	const n = 2*pageOfLeaves + 3
	set(t, s, func(tx Tx) error {
		for range n {
			if _, err := s.record(tx, Leaf{At: noon, Kind: "start"}); err != nil {
				return err
			}
		}
		return nil
	})
	next := int64(5)
	if err := s.Leaves(5, func(l Leaf) bool {
		if l.N != next {
			t.Fatalf("record %d after %d", l.N, next-1)
		}
		next++
		return true
	}); err != nil || next != n {
		t.Errorf("up to %d, %v", next, err)
	}
	next = n - 1
	if err := s.LeavesBack(func(l Leaf) bool {
		if l.N != next {
			t.Fatalf("record %d where %d is due", l.N, next)
		}
		next--
		return true
	}); err != nil || next != -1 {
		t.Errorf("down to %d, %v", next, err)
	}
	seen := 0
	s.LeavesBack(func(Leaf) bool { seen++; return seen < 2 })
	if seen != 2 {
		t.Errorf("went on after false: %d", seen)
	}
}
