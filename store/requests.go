package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Person is somebody in Slack: team and user id say who. Name is how the person
// was shown at the time and says nothing about identity.
type Person struct {
	Team string `json:"team"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

func (p Person) same(q Person) bool { return p.Team == q.Team && p.ID == q.ID }

// Place is a message in Slack.
type Place struct {
	Channel string `json:"channel,omitempty"`
	TS      string `json:"ts,omitempty"`
}

// Field is one line of a preview.
type Field struct {
	Name   string `json:"name"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Preview is what approvers are shown of a change, in names.
type Preview struct {
	Fields  []Field `json:"fields,omitempty"`
	Touches string  `json:"touches,omitempty"` // how many people or devices
	Allows  string  `json:"allows,omitempty"`
	Undo    string  `json:"undo,omitempty"`
	Moved   []Field `json:"moved,omitempty"` // what is shown otherwise than in the version before
	Needs   string  `json:"needs,omitempty"` // who has to agree, as the rule said when it was asked
}

// Vote is one person's yes or no to one version of a request.
type Vote struct {
	Person  Person    `json:"person"`
	Yes     bool      `json:"yes"`
	Reason  string    `json:"reason,omitempty"`
	Digest  string    `json:"digest"`
	Version int       `json:"version"`
	At      time.Time `json:"at"`
}

// Attempt is one try at carrying a request out.
type Attempt struct {
	N       int       `json:"n"`
	Started time.Time `json:"started,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Result  string    `json:"result,omitempty"`
}

// Row is the true result of one row of bulk work.
type Row struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	Note  string `json:"note,omitempty"`

	// While the work goes on: how often it was sent, and whether Apple confirmed it
	// the last time.
	Tries    int  `json:"tries,omitempty"`
	Accepted bool `json:"accepted,omitempty"`
}

// Request is a change somebody asked for, from the asking to its end. Cards,
// log, retries and recovery after a crash all read it.
type Request struct {
	ID            uint64          `json:"id"`
	Version       int             `json:"version"`
	State         State           `json:"state"`
	Team          string          `json:"team,omitempty"` // App Store Connect team by name
	Key           string          `json:"key,omitempty"`  // id of the API key it will be done with
	Operation     string          `json:"operation"`
	Args          json.RawMessage `json:"args,omitempty"` // canonical JSON
	Summary       string          `json:"summary,omitempty"`
	Preview       Preview         `json:"preview,omitzero"`
	Note          string          `json:"note,omitempty"`   // the requester's own words
	Shown         json.RawMessage `json:"shown,omitempty"`  // the state at Apple the approvers were shown; canonical JSON
	Digest        string          `json:"digest"`           // see Seal
	Salt          []byte          `json:"salt,omitempty"`   // makes the digest of erased content tell nothing
	Erased        bool            `json:"erased,omitempty"` // some of what was agreed on is erased; see Erase
	Asker         Person          `json:"asker"`
	Beneficiaries []string        `json:"beneficiaries,omitempty"` // e-mail addresses
	Policy        string          `json:"policy,omitempty"`        // hash of the policy it was asked under
	Rules         json.RawMessage `json:"rules,omitempty"`         // what that policy demanded; canonical JSON
	Origin        string          `json:"origin"`                  // key of the envelope that asked; unique
	Asked         time.Time       `json:"asked,omitzero"`
	VoteUntil     time.Time       `json:"vote_until,omitzero"`
	RunUntil      time.Time       `json:"run_until,omitzero"`
	Decided       time.Time       `json:"decided,omitzero"`
	Ended         time.Time       `json:"ended,omitzero"`
	Votes         []Vote          `json:"votes,omitempty"` // of this version
	Attempts      []Attempt       `json:"attempts,omitempty"`
	Outcome       string          `json:"outcome,omitempty"`
	Rows          []Row           `json:"rows,omitempty"`
	Card          Place           `json:"card,omitzero"`
	AskedIn       Place           `json:"asked_in,omitzero"`
	Grant         *Grant          `json:"grant,omitempty"`     // of a change that holds for a time only, once it holds
	FollowUp      *FollowUp       `json:"follow_up,omitempty"` // of a change after which something goes on
	Reminders     int             `json:"reminders,omitempty"` // how often those who may decide were reminded of this version
	Told          int64           `json:"told,omitempty"`      // the record after the last one that was told in the card's thread; 0: none was
	Returns       uint64          `json:"returns,omitempty"`   // the request whose change this one takes back by itself
}

// Mark says who moved a request, when and why. By zero means the bot itself.
type Mark struct {
	At   time.Time
	By   Person
	Note string
}

var errNoTime = errors.New("the time is missing: a line of the log says when")

// Ask keeps a new request: it gets its number, version 1, state Pending and its
// digest, and the log a line. When a request with this Origin exists already,
// that one is answered, and false.
func (s *Store) Ask(r Request, at time.Time) (Request, bool, error) {
	fresh := false
	r, err := update(s, func(tx Tx) (Request, error) {
		if n := tx.Get(bucketOrigins, []byte(r.Origin)); r.Origin != "" && n != nil {
			return load(tx, numberOf(n))
		}
		fresh = true
		return s.ask(tx, r, at)
	})
	return r, fresh && err == nil, err
}

func (s *Store) ask(tx Tx, r Request, at time.Time) (Request, error) {
	if r.Origin == "" {
		return r, errors.New("a request needs its Origin, the key of the envelope that asked for it")
	}
	if err := r.canonical(); err != nil {
		return r, err
	}
	r.ID = numberOf(tx.Get(bucketMeta, keyLast)) + 1
	r.Version, r.State, r.Votes = 1, Pending, nil
	if r.Asked.IsZero() {
		r.Asked = at
	}
	r.Salt = newSalt()
	r.Digest = r.Seal()
	if err := errors.Join(
		tx.Put(bucketMeta, keyLast, number(r.ID)),
		tx.Put(bucketOrigins, []byte(r.Origin), number(r.ID)),
	); err != nil {
		return r, err
	}
	l := r.leaf("asked", Mark{At: at, By: r.Asker, Note: r.Note})
	l.To = Pending
	if err := l.explain(r.details()); err != nil {
		return r, err
	}
	return s.keep(tx, r, l)
}

func (r Request) details() askedDetails {
	return askedDetails{Team: r.Team, Summary: r.Summary, Args: r.Args, Shown: r.Shown, Policy: r.Policy, Rules: r.Rules}
}

// Vote counts one person's vote. It is refused with a *MoveError unless the
// request is Pending, or Approved with nothing sent and the vote a no, and with a *StaleVoteError unless the vote is for the
// version and digest that stand. It answers false when this person has voted
// already. Then count says which state the request should have now, and why; if
// that is another one, the request moves in the same transaction.
func (s *Store) Vote(id uint64, v Vote, count func(Request) (State, string)) (Request, bool, error) {
	fresh := false
	r, err := update(s, func(tx Tx) (Request, error) {
		r, err := load(tx, id)
		if err != nil {
			return r, err
		}
		switch {
		case r.State != Pending && !r.stopped(v):
			return r, &MoveError{r, v.wants()}
		case v.Version != r.Version || v.Digest != r.Digest:
			return r, &StaleVoteError{r}
		case slices.ContainsFunc(r.Votes, func(w Vote) bool { return w.Person.same(v.Person) }):
			return r, nil
		}
		fresh = true
		return s.vote(tx, r, v, count)
	})
	return r, fresh && err == nil, err
}

// Agree moves a Pending request to Approved whose votes were counted anew, outside of any
// transaction, and suffice. When it is not as it was counted any more that is a
// *MoveError: somebody else's count came first, and it may be on its way by now.
func (s *Store) Agree(counted Request, m Mark) (Request, error) {
	return update(s, func(tx Tx) (Request, error) {
		r, err := load(tx, counted.ID)
		if err != nil {
			return r, err
		}
		if r.State != Pending || !r.AgreedAs(counted) {
			return r, &MoveError{r, Approved}
		}
		return s.move(tx, r, Approved, m)
	})
}

// AgreedAs reports whether a request asks for the same as it did at another time, and whether
// the same votes stand.
func (r Request) AgreedAs(then Request) bool {
	return r.Version == then.Version && r.Digest == then.Digest && slices.EqualFunc(r.Votes, then.Votes, Vote.same)
}

// stopped reports whether a vote comes in time to stop a request that was approved: it is
// a no, and no row has been sent.
func (r Request) stopped(by Vote) bool {
	return r.State == Approved && !by.Yes && len(r.Rows) == 0
}

func (v Vote) wants() State {
	if v.Yes {
		return Approved
	}
	return Denied
}

// Unvote takes somebody's vote back, as long as the change has not been begun: the
// request is Pending or Approved. Then count says which state it should have; an
// Approved one whose votes no longer suffice waits for votes again. It answers false
// when no vote of this person stands, and refuses with a *MoveError what is too late.
func (s *Store) Unvote(id uint64, m Mark, count func(Request) (State, string)) (Request, bool, error) {
	found := false
	r, err := update(s, func(tx Tx) (Request, error) {
		r, err := load(tx, id)
		if err != nil {
			return r, err
		}
		if r.State != Pending && r.State != Approved || len(r.Rows) > 0 {
			return r, &MoveError{r, Pending}
		}
		i := slices.IndexFunc(r.Votes, func(v Vote) bool { return v.Person.same(m.By) })
		if i < 0 {
			return r, nil
		}
		found = true
		r.Votes = slices.Delete(r.Votes, i, i+1)
		l := r.leaf("unvoted", m)
		if to, _ := count(r); r.State == Approved && to != Approved {
			l.From, l.To = Approved, Pending
			r = r.goesOn()
			r.State, r.Decided = Pending, time.Time{}
		}
		return s.keep(tx, r, l)
	})
	return r, found && err == nil, err
}

func (s *Store) vote(tx Tx, r Request, v Vote, count func(Request) (State, string)) (Request, error) {
	v.At = v.At.UTC()
	r.Votes = append(r.Votes, v)
	m := Mark{At: v.At, By: v.Person, Note: v.Reason}
	l := r.leaf("voted", m)
	if err := l.explain(votedDetails{Yes: v.Yes}); err != nil {
		return r, err
	}
	r, err := s.keep(tx, r, l)
	if err != nil {
		return r, err
	}
	to, why := count(r)
	if to == r.State {
		return r, nil
	}
	m.Note = why
	return s.move(tx, r.goesOn(), to, m)
}

// goesOn is a request without what was noted while it waited, approved, for its time.
func (r Request) goesOn() Request {
	if r.State == Approved {
		r.Outcome = ""
	}
	return r
}

// Move takes a request one step further and records who took it. Edit, which may
// be nil, changes the request in the same transaction; its error leaves all as it
// was. A move the table of moves does not have is a *MoveError. What was agreed
// on (see Seal), the votes and the version are not edit's to change.
//
// Decided is set by a move to Approved or Denied, Ended by one to a final state.
func (s *Store) Move(id uint64, to State, m Mark, edit func(*Request) error) (Request, error) {
	return update(s, func(tx Tx) (Request, error) {
		r, err := load(tx, id)
		if err != nil {
			return r, err
		}
		if to == Pending || !r.State.mayBecome(to) {
			return r, &MoveError{r, to}
		}
		if r, err = edited(tx, r.goesOn(), edit); err != nil {
			return r, err
		}
		return s.move(tx, r, to, m)
	})
}

func (s *Store) move(tx Tx, r Request, to State, m Mark) (Request, error) {
	if to == Pending || !r.State.mayBecome(to) {
		return r, &MoveError{r, to}
	}
	from := r.State
	r.State = to
	if to == Approved && from == Pending || to == Denied {
		r.Decided = m.At
	}
	if to.Final() {
		r.Ended = m.At
	}
	l := r.leaf("moved", m)
	l.From, l.To = from, to
	if r.Outcome != "" || len(r.Rows) > 0 {
		if err := l.explain(movedDetails{Outcome: r.Outcome, Rows: r.Rows, Grant: r.Grant}); err != nil {
			return r, err
		}
	}
	return s.keep(tx, r, l)
}

// Renew turns a request that is Stale, or Pending and changed by its requester, into
// its next version, Pending again: the votes are void and the digest is new. Edit
// brings what is shown now.
func (s *Store) Renew(id uint64, m Mark, edit func(*Request) error) (Request, error) {
	return update(s, func(tx Tx) (Request, error) {
		was, err := load(tx, id)
		if err != nil {
			return was, err
		}
		if was.State != Stale && was.State != Pending {
			return was, &MoveError{was, Pending}
		}
		r := was
		if edit != nil {
			if err := edit(&r); err != nil {
				return r, err
			}
		}
		if err := r.canonical(); err != nil {
			return r, err
		}
		r.ID, r.Origin, r.Asker = was.ID, was.Origin, was.Asker
		r.Version, r.State, r.Votes, r.Decided, r.Told = was.Version+1, Pending, nil, time.Time{}, 0
		r.Salt = newSalt()
		r.Digest = r.Seal()
		l := r.leaf("renewed", m)
		l.From, l.To = was.State, Pending
		if err := l.explain(r.details()); err != nil {
			return r, err
		}
		return s.keep(tx, r, l)
	})
}

// Edit changes what is no move and needs no line in the log: where the card is,
// and the like.
func (s *Store) Edit(id uint64, edit func(*Request) error) (Request, error) {
	return update(s, func(tx Tx) (Request, error) {
		r, err := load(tx, id)
		if err != nil {
			return r, err
		}
		if r, err = edited(tx, r, edit); err != nil {
			return r, err
		}
		return r, put(tx, bucketRequests, number(id), r)
	})
}

// edited lets edit change the request, but not what was agreed on, who voted, or
// where the request stands.
func edited(tx Tx, r Request, edit func(*Request) error) (Request, error) {
	if edit == nil {
		return r, nil
	}
	was, err := load(tx, r.ID) // a second copy, which edit cannot reach through shared slices
	if err != nil {
		return r, err
	}
	if err := edit(&r); err != nil {
		return was, err
	}
	r.normalise()
	frozen := r.ID == was.ID && r.Version == was.Version && r.State == was.State && r.Origin == was.Origin &&
		r.Digest == was.Digest && r.Seal() == was.Digest && r.Asked.Equal(was.Asked) && slices.EqualFunc(r.Votes, was.Votes, Vote.same)
	if !frozen {
		return was, fmt.Errorf("request #%d: an edit may not change its identity, its state, its votes or what was agreed on; use Vote, Move or Renew", was.ID)
	}
	return r, nil
}

func (v Vote) same(w Vote) bool {
	return v.Person == w.Person && v.Yes == w.Yes && v.Reason == w.Reason && v.Digest == w.Digest && v.Version == w.Version && v.At.Equal(w.At)
}

// keep writes the request, its place in the index of open ones, and its line.
func (s *Store) keep(tx Tx, r Request, l Leaf) (Request, error) {
	r.normalise()
	key := number(r.ID)
	if err := put(tx, bucketRequests, key, r); err != nil {
		return r, err
	}
	if err := index(tx, r); err != nil {
		return r, err
	}
	_, err := s.record(tx, l)
	return r, err
}

// index keeps the lists of what is open, holds for a time, or goes on true to a request.
func index(tx Tx, r Request) error {
	key := number(r.ID)
	listed := func(bucket string, is bool) error {
		if is {
			return tx.Put(bucket, key, nil)
		}
		return tx.Delete(bucket, key)
	}
	return errors.Join(
		listed(bucketOpen, !r.State.Final()),
		listed(bucketGrants, r.Grant.Runs()),
		listed(bucketFollowUps, r.FollowUp.GoesOn()))
}

// Request answers one request, or a *NotFoundError.
func (s *Store) Request(id uint64) (Request, error) {
	return view(s, func(tx Tx) (Request, error) { return load(tx, id) })
}

// Open answers every request that has not ended, oldest first.
func (s *Store) Open() ([]Request, error) { return s.listed(bucketOpen) }

// listed answers the requests whose numbers are the keys of a bucket, oldest first.
func (s *Store) listed(bucket string) ([]Request, error) {
	return view(s, func(tx Tx) (all []Request, err error) {
		var ids []uint64
		tx.Scan(bucket, nil, func(key, _ []byte) bool {
			ids = append(ids, numberOf(key))
			return true
		})
		for _, id := range ids {
			r, err := load(tx, id)
			if err != nil {
				return nil, err
			}
			all = append(all, r)
		}
		return all, nil
	})
}

// Recent answers the newest n requests, newest first.
func (s *Store) Recent(n int) ([]Request, error) {
	return view(s, func(tx Tx) (recent []Request, err error) {
		tx.ScanBack(bucketRequests, nil, func(key, value []byte) bool {
			if len(recent) >= n {
				return false
			}
			var r Request
			if err = decode(bucketRequests, key, value, &r); err != nil {
				return false
			}
			recent = append(recent, r)
			return true
		})
		return recent, err
	})
}

func load(tx Tx, id uint64) (Request, error) {
	var r Request
	found, err := get(tx, bucketRequests, number(id), &r)
	if err == nil && !found {
		err = &NotFoundError{id}
	}
	return r, err
}
