package store

import (
	"encoding/json"
	"fmt"
)

// policyInForce is the policy that was noted last.
type policyInForce struct {
	Hash  string   `json:"hash"`
	Lines []string `json:"lines"`
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
		if err := put(tx, bucketMeta, keyPolicy, policyInForce{hash, lines}); err != nil {
			return Leaf{}, err
		}
		l := Leaf{At: m.At, Kind: "policy", Note: m.Note}
		if m.By != (Person{}) {
			l.By = &m.By
		}
		if err := l.explain(policyDetails{Hash: hash, Was: was.Hash, Diff: within(diff(was.Lines, lines), mostDiff)}); err != nil {
			return Leaf{}, err
		}
		return s.record(tx, l)
	})
	return l, changed && err == nil, before, err
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
