package store

import (
	"encoding/json"
	"fmt"
)

// policyInForce is the policy that was noted last.
type policyInForce struct {
	Hash  string   `json:"hash"`
	Lines []string `json:"lines"`
	Leaf  int64    `json:"leaf,omitempty"` // place of its line in the log; 0 of the first policy ever
}

type policyDetails struct {
	Hash string   `json:"hash"`
	Was  string   `json:"was,omitempty"`
	Diff []string `json:"diff"`
}

// mostDiff bounds what of a change of policy stands in its line of the log, in bytes.
const mostDiff = maxLeaf / 2

// NotePolicy writes into the log that another policy is in force than the one that was
// noted before: its hash, and the difference that diff finds between the lines of
// the two. It answers false when the hash is the same; before is false when none
// was noted ever.
func (s *Store) NotePolicy(hash string, lines []string, m Mark, diff func(was, is []string) []string) (l Leaf, changed, before bool, err error) {
	l, err = update(s, func(tx Tx) (Leaf, error) {
		var was policyInForce
		var err error
		if before, err = get(tx, bucketMeta, keyPolicy, &was); err != nil || was.Hash == hash {
			return Leaf{}, err
		}
		changed = true
		l := Leaf{At: m.At, Kind: "policy", Note: m.Note}
		if m.By != (Person{}) {
			l.By = &m.By
		}
		if err := l.explain(policyDetails{Hash: hash, Was: was.Hash, Diff: within(diff(was.Lines, lines), mostDiff)}); err != nil {
			return Leaf{}, err
		}
		if l, err = s.record(tx, l); err != nil {
			return l, err
		}
		is := policyInForce{Hash: hash, Lines: lines}
		if before {
			is.Leaf = l.N
		}
		return l, put(tx, bucketMeta, keyPolicy, is)
	})
	return l, changed && err == nil, before, err
}

// PolicyChange answers the line of the log that says how the policy in force differs from
// the one before; false when there was none before.
func (s *Store) PolicyChange() (l Leaf, found bool, err error) {
	is, err := view(s, func(tx Tx) (is policyInForce, err error) {
		_, err = get(tx, bucketMeta, keyPolicy, &is)
		return is, err
	})
	if err != nil || is.Leaf == 0 {
		return Leaf{}, false, err
	}
	err = s.Leaves(is.Leaf, func(at Leaf) bool { l, found = at, true; return false })
	return l, found, err
}

// PolicyInForce is the hash of the policy that was noted last; empty when none ever was.
func (s *Store) PolicyInForce() (hash string, err error) {
	return view(s, func(tx Tx) (string, error) {
		var is policyInForce
		_, err := get(tx, bucketMeta, keyPolicy, &is)
		return is.Hash, err
	})
}

// within cuts lines off when they have too many bytes, and says so.
func within(lines []string, most int) []string {
	for i, line := range lines {
		if most -= len(line) + 8; most < 0 {
			return append(lines[:i:i], fmt.Sprintf("… and %d more lines", len(lines)-i))
		}
	}
	return lines
}

// Diff is what a line of kind "policy" says has changed: what begins with a minus is
// gone, what begins with a plus is new. It is nil for other lines.
func (l Leaf) Diff() []string {
	var d policyDetails
	if l.Kind != "policy" || json.Unmarshal(l.Details, &d) != nil {
		return nil
	}
	return d.Diff
}
