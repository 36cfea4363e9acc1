package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Grant is the end of a change that holds for a time only.
type Grant struct {
	Until  time.Time       `json:"until"`
	Words  string          `json:"words"`           // the operation that brings back what was there before
	Args   json.RawMessage `json:"args"`            // and its arguments, canonical JSON
	Warned time.Time       `json:"warned,omitzero"` // when the end was announced
	Over   time.Time       `json:"over,omitzero"`   // when it ended; zero while it runs
	Return uint64          `json:"return,omitempty"`
}

// Runs reports whether the change still holds.
func (g *Grant) Runs() bool { return g != nil && g.Over.IsZero() }

// Grants answers the requests whose change holds for a time only and has not ended,
// oldest first.
func (s *Store) Grants() ([]Request, error) { return s.listed(bucketGrants) }

// Return ends the grant of a request and asks for the change that brings back what
// was there before it. Agreed says that the approval of the grant covers the return,
// which then needs no other; it is refused unless operation and arguments are those
// the grant has kept. When the grant has ended already, its return is answered, and
// false; one that was extended meanwhile is a *GrantRunsError.
func (s *Store) Return(of uint64, draft Request, agreed bool, m Mark) (Request, bool, error) {
	fresh := false
	r, err := update(s, func(tx Tx) (Request, error) {
		was, err := load(tx, of)
		if err != nil {
			return draft, err
		}
		switch {
		case was.Grant == nil:
			return draft, fmt.Errorf("request #%d does not end by itself", of)
		case !was.Grant.Runs() && was.Grant.Return != 0:
			return load(tx, was.Grant.Return)
		case !was.Grant.Runs():
			return draft, errors.New("the grant has ended without a return")
		case was.Grant.Until.After(m.At):
			return draft, &GrantRunsError{was}
		}
		fresh = true
		draft.Origin, draft.Returns = fmt.Sprintf("return/%d", of), of
		r, err := s.ask(tx, draft, m.At)
		if err != nil {
			return r, err
		}
		if agreed {
			if !was.Brings(r) {
				return r, fmt.Errorf("request #%d would not bring back what #%d has kept", r.ID, of)
			}
			if r, err = s.move(tx, r, Approved, m); err != nil {
				return r, err
			}
		}
		was.Grant.Over, was.Grant.Return = m.At.UTC().Round(0), r.ID
		l := was.leaf("granted", m)
		if err := l.explain(grantDetails{Grant: was.Grant}); err != nil {
			return r, err
		}
		_, err = s.keep(tx, was, l)
		return r, err
	})
	return r, fresh && err == nil, err
}

// Brings reports whether a request is the return that the grant of this one has kept:
// the same operation with the same arguments, for the same team.
func (r Request) Brings(back Request) bool {
	if r.Grant == nil || back.Returns != r.ID || back.Operation != r.Grant.Words || back.Team != r.Team {
		return false
	}
	kept, err := canonicalJSON(r.Grant.Args)
	args, err2 := canonicalJSON(back.Args)
	return err == nil && err2 == nil && string(kept) == string(args)
}

// Regrant changes when a grant ends, or that it has ended without a return, and
// writes a line into the log.
func (s *Store) Regrant(id uint64, m Mark, edit func(*Grant) error) (Request, error) {
	return update(s, func(tx Tx) (Request, error) {
		r, err := load(tx, id)
		if err != nil {
			return r, err
		}
		if !r.Grant.Runs() {
			return r, &GrantOverError{r}
		}
		if err := edit(r.Grant); err != nil {
			return r, err
		}
		l := r.leaf("granted", m)
		if err := l.explain(grantDetails{Grant: r.Grant}); err != nil {
			return r, err
		}
		return s.keep(tx, r, l)
	})
}

type grantDetails struct {
	Grant *Grant `json:"grant"`
}

// GrantOverError says that a grant has ended before.
type GrantOverError struct{ Request Request }

func (e *GrantOverError) Error() string {
	return fmt.Sprintf("what request #%d allowed has ended already", e.Request.ID)
}

// GrantRunsError says that a grant holds on: its end was moved.
type GrantRunsError struct{ Request Request }

func (e *GrantRunsError) Error() string {
	return fmt.Sprintf("what request #%d allowed holds until %s", e.Request.ID, e.Request.Grant.Until.Format(time.RFC3339))
}
