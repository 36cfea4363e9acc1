package store

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"
)

// Erasure says what is to be erased; one of the three. A person's own words and name
// go, or every value and every ended request in which an e-mail address occurs, or
// all values of before a time.
type Erasure struct {
	Person  string    // Slack user id
	Address string    // e-mail address
	Before  time.Time // retention
}

// Erased says what an erasure has done.
type Erased struct {
	Records  int      // of which values were erased
	Requests int      // whose content was erased
	Open     []uint64 // requests that would be, and have not ended yet, or hold for a time
	Old      int      // records of format 1 that speak of it, and cannot be erased
}

// outOfOrder is how much older a record may be than one before it: what arrived while
// the bot stood still is worked on later.
const outOfOrder = 7 * 24 * time.Hour

// erasedAtOnce is how many records one transaction looks at.
const erasedAtOnce = 5000

// Erase deletes values from beside the log and content from ended requests. The
// records themselves stay, and the log tells in a line of its own of which ones
// something was erased. The bytes may stay in unused parts of the file until Compact.
func (s *Store) Erase(what Erasure, at time.Time, note string) (done Erased, err error) {
	if err := what.check(); err != nil {
		return done, err
	}
	signed, err := s.Checkpoint()
	if err != nil {
		return done, err
	}
	head, err := parseCheckpoint(signed)
	if err != nil {
		return done, err
	}
	for from := int64(0); from < head.Size; from += erasedAtOnce {
		n, old, err := s.eraseRecords(what, from, min(from+erasedAtOnce, head.Size), at, note)
		if err != nil {
			return done, err
		}
		done.Records, done.Old = done.Records+n, done.Old+old
	}
	done.Requests, done.Open, err = s.eraseRequests(what, at, note)
	return done, err
}

func (what Erasure) check() error {
	said := 0
	for _, is := range []bool{what.Person != "", what.Address != "", !what.Before.IsZero()} {
		if is {
			said++
		}
	}
	switch {
	case said != 1:
		return errors.New("say one thing to erase: a person, an e-mail address, or all before a time")
	case what.Address != "" && !strings.Contains(strings.Trim(what.Address, "@"), "@"):
		return errors.New("that is no e-mail address")
	}
	return nil
}

func (s *Store) eraseRecords(what Erasure, from, to int64, at time.Time, note string) (n, old int, err error) {
	n, err = update(s, func(tx Tx) (int, error) {
		var gone [][2]int64
		for i := from; i < to; i++ {
			key := number(uint64(i))
			data := tx.Get(bucketLeaves, key)
			l, err := readLeaf(key, data)
			if err != nil {
				return 0, err
			}
			if !what.Before.IsZero() && l.At.After(what.Before.Add(outOfOrder)) {
				break // what follows is younger still
			}
			if l.V < 2 && what.inLeaf(l, data) {
				old++
			}
			erased, err := what.fromRecord(tx, l)
			if err != nil {
				return 0, err
			}
			if erased {
				gone = addRange(gone, i)
			}
		}
		if len(gone) == 0 {
			return 0, nil
		}
		return counted(gone), s.recordErasure(tx, erasedDetails{Records: gone}, at, note)
	})
	return n, old, err
}

func (s *Store) recordErasure(tx Tx, d erasedDetails, at time.Time, note string) error {
	l := Leaf{At: at, Kind: "erased", Note: note}
	if err := l.explain(d); err != nil {
		return err
	}
	_, err := s.record(tx, l)
	return err
}

// addRange adds a number to ranges that end before it.
func addRange(to [][2]int64, n int64) [][2]int64 {
	if last := len(to) - 1; last >= 0 && to[last][1] == n-1 {
		to[last][1] = n
		return to
	}
	return append(to, [2]int64{n, n})
}

func counted(ranges [][2]int64) (n int) {
	for _, r := range ranges {
		n += int(r[1] - r[0] + 1)
	}
	return n
}

// fromRecord deletes those values of a record that are to go, and says whether there
// were any.
func (what Erasure) fromRecord(tx Tx, l Leaf) (bool, error) {
	if l.Private == nil {
		return false, nil
	}
	was, err := valuesOf(tx, l.N)
	if err != nil {
		return false, err
	}
	v := was
	switch {
	case what.Person != "":
		if l.By != nil && l.By.ID == what.Person {
			v.Name, v.Note = nil, nil
		}
	case what.Address != "":
		for _, kept := range []**salted{&v.Name, &v.Note, &v.Details} {
			if *kept != nil && occurs(what.Address, (*kept).Value) {
				*kept = nil
			}
		}
	case l.At.Before(what.Before):
		v = values{}
	}
	if v == was {
		return false, nil
	}
	return true, v.keep(tx, l.N)
}

// inLeaf says whether a leaf speaks of it in the clear.
func (what Erasure) inLeaf(l Leaf, data []byte) bool {
	switch {
	case what.Person != "":
		return l.By != nil && l.By.ID == what.Person
	case what.Address != "":
		return occurs(what.Address, data)
	}
	return l.At.Before(what.Before)
}

// occurs looks for an address in JSON, in whatever case it was written.
func occurs(address string, in []byte) bool {
	quoted, _ := encode(address)
	return bytes.Contains(bytes.ToLower(in), bytes.ToLower(bytes.Trim(quoted, `"`)))
}

// erasedTogether is how many requests one transaction takes the content out of.
const erasedTogether = 200

// eraseRequests takes the content out of ended requests. Which ones is found out by
// reading, which holds up nobody.
func (s *Store) eraseRequests(what Erasure, at time.Time, note string) (n int, open []uint64, err error) {
	var hit []uint64
	for from := uint64(0); ; {
		looked, err := view(s, func(tx Tx) (looked int, err error) {
			tx.Scan(bucketRequests, number(from), func(key, value []byte) bool {
				var r Request
				if err = decode(bucketRequests, key, value, &r); err != nil {
					return false
				}
				from = r.ID + 1
				looked++
				if what.fromRequest(&r, value) {
					hit = append(hit, r.ID)
				}
				return looked < pageOfLeaves
			})
			return looked, err
		})
		if err != nil {
			return 0, nil, err
		}
		if looked == 0 {
			break
		}
	}
	for ids := range slices.Chunk(hit, erasedTogether) {
		emptied, err := update(s, func(tx Tx) (int, error) {
			var done []uint64
			for _, id := range ids {
				data := tx.Get(bucketRequests, number(id))
				var r Request
				if err := decode(bucketRequests, number(id), data, &r); err != nil {
					return 0, err
				}
				if !what.fromRequest(&r, data) {
					continue
				}
				if !r.State.Final() || r.Grant.Runs() {
					open = append(open, id)
					continue
				}
				if err := put(tx, bucketRequests, number(id), r); err != nil {
					return 0, err
				}
				done = append(done, id)
			}
			if len(done) == 0 {
				return 0, nil
			}
			return len(done), s.recordErasure(tx, erasedDetails{Requests: done}, at, note)
		})
		if err != nil {
			return n, open, err
		}
		n += emptied
	}
	return n, open, nil
}

// fromRequest takes out of a request what is to go, and says whether it held any.
// Of an open one nothing may be erased, so of those only the answer counts.
func (what Erasure) fromRequest(r *Request, data []byte) bool {
	switch {
	case what.Person != "":
		return r.forget(what.Person)
	case what.Address != "" && occurs(what.Address, data):
		r.empty()
		return true
	case !what.Before.IsZero() && r.Asked.Before(what.Before) && r.Summary != erasedSummary:
		for _, v := range r.Votes {
			r.forget(v.Person.ID)
		}
		r.forget(r.Asker.ID)
		r.empty()
		return true
	}
	return false
}

// forget takes out a person's name and words.
func (r *Request) forget(id string) (found bool) {
	if r.Asker.ID == id && (r.Asker.Name != "" || r.Note != "") {
		found = true
		r.Erased = r.Erased || r.Note != "" // it is part of what was agreed on
		r.Asker.Name, r.Note = "", ""
	}
	r.Votes = slices.Clone(r.Votes)
	for i, v := range r.Votes {
		if v.Person.ID == id && (v.Person.Name != "" || v.Reason != "") {
			found = true
			r.Votes[i].Person.Name, r.Votes[i].Reason = "", ""
		}
	}
	return found
}

// empty takes out what the request was about. What remains is its number, operation,
// digest, who asked and who voted, and how it ended.
func (r *Request) empty() {
	r.Erased = true
	r.Args, r.Shown, r.Rows, r.Beneficiaries, r.Salt = nil, nil, nil, nil, nil
	r.Preview, r.Note, r.Outcome, r.Summary = Preview{}, "", "", erasedSummary
	r.Votes = slices.Clone(r.Votes)
	for i := range r.Votes {
		r.Votes[i].Reason = ""
	}
	if r.FollowUp != nil && !r.FollowUp.GoesOn() {
		over := *r.FollowUp
		over.Known = nil
		r.FollowUp = &over
	}
	if r.Grant != nil {
		over := *r.Grant
		over.Args = nil
		r.Grant = &over
	}
}

// erasedSummary stands on a card whose request has been emptied.
const erasedSummary = "(erased)"
