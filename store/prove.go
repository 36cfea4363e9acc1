package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Proof can be checked by somebody who has the public key and nothing else. It
// shows one of two things:
//
//   - that a record is in the log of a checkpoint, without showing the others:
//     N, Leaf and Checkpoint are set, and Values if what the record commits to is
//     shown too;
//   - that the log of a checkpoint goes on from an older one, without showing any
//     record: From and Checkpoint are set.
//
// Path holds the hashes in between, as RFC 6962 orders them: those of section
// 2.1.1 for a record, of section 2.1.2 for two checkpoints. Checkpoints are
// signed notes.
type Proof struct {
	V          int         `json:"v"`
	Kind       string      `json:"proof"` // ProofOfRecord or ProofOfExtension
	N          int64       `json:"n,omitempty"`
	Leaf       string      `json:"leaf,omitempty"`   // its exact bytes
	Values     string      `json:"values,omitempty"` // what is kept beside it, as in an export
	From       string      `json:"from,omitempty"`
	Path       []tlog.Hash `json:"path"`
	Checkpoint string      `json:"checkpoint"`
}

// Kinds of proofs.
const (
	ProofOfRecord    = "record"
	ProofOfExtension = "extension"
)

// What Check may find. Errors are one of these, with more words.
var (
	ErrUnsigned  = errors.New("not signed")         // by none of the known keys
	ErrUnproven  = errors.New("not proven")         // the hashes do not lead to the checkpoint
	ErrElsewhere = errors.New("another checkpoint") // than those that were kept
)

// Proof proves record n against a checkpoint that was kept, or against the newest
// one when kept is nil.
func (s *Store) Proof(n int64, kept []byte) (Proof, error) {
	return view(s, func(tx Tx) (Proof, error) {
		against, head, err := provable(tx, kept)
		if err != nil {
			return Proof{}, err
		}
		if n < 0 || n >= head.Size {
			return Proof{}, fmt.Errorf("the log of that checkpoint has %d records, numbered from 0; there is no record %d", head.Size, n)
		}
		path, err := tlog.ProveRecord(head.Size, n, storedHashes(tx))
		return Proof{
			V: 1, Kind: ProofOfRecord, N: n, Leaf: string(tx.Get(bucketLeaves, number(uint64(n)))),
			Values: string(tx.Get(bucketValues, number(uint64(n)))), Path: path, Checkpoint: string(against),
		}, err
	})
}

// Extension proves that the log goes on from an older checkpoint, up to one that
// was kept or to the newest one when kept is nil.
func (s *Store) Extension(from, kept []byte) (Proof, error) {
	return view(s, func(tx Tx) (Proof, error) {
		against, head, err := provable(tx, kept)
		if err != nil {
			return Proof{}, err
		}
		from, old, err := provable(tx, from)
		if err != nil {
			return Proof{}, err
		}
		if old.Size < 1 || old.Size > head.Size {
			return Proof{}, fmt.Errorf("the older checkpoint speaks of %d records and the newer one of %d; it has to be one of 1 to %d records", old.Size, head.Size, head.Size)
		}
		path, err := tlog.ProveTree(head.Size, old.Size, storedHashes(tx))
		return Proof{V: 1, Kind: ProofOfExtension, From: string(from), Path: path, Checkpoint: string(against)}, err
	})
}

// provable answers a kept checkpoint, if it is one of this log, or the newest.
func provable(tx Tx, kept []byte) ([]byte, checkpoint, error) {
	head, err := readHead(tx)
	if err != nil || kept == nil {
		return tx.Get(bucketHead, keyCheckpoint), head, err
	}
	c, err := parseCheckpoint(kept)
	if err != nil {
		return nil, c, err
	}
	if c.Size > head.Size {
		return nil, c, fmt.Errorf("that checkpoint speaks of %d records, and this log has %d", c.Size, head.Size)
	}
	root, err := tlog.TreeHash(c.Size, storedHashes(tx))
	if err == nil && (root != c.Root || c.Origin != head.Origin) {
		err = errors.New("that checkpoint is not one of this log")
	}
	return kept, c, err
}

// largestProof bounds a proof, in bytes.
const largestProof = 4 * maxLeaf

// ReadProof reads what was written as JSON.
func ReadProof(text []byte) (p Proof, err error) {
	if len(text) > largestProof {
		return p, fmt.Errorf("this has %d bytes, and no proof has more than %d", len(text), largestProof)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return p, errors.New("this is no proof: audit prove makes one")
	}
	if _, more := dec.Token(); more != io.EOF {
		return p, errors.New("this is no proof: something follows it")
	}
	switch {
	case p.Kind != ProofOfRecord && p.Kind != ProofOfExtension:
		return p, errors.New("this is no proof: audit prove makes one")
	case p.V != 1:
		return p, fmt.Errorf("this proof was made by a newer ascbot (format %d; this program knows 1): check it with that version", p.V)
	case len(p.Path) > 128: // the log has fewer than 2^63 records
		return p, errors.New("this is no proof: its path is longer than any can be")
	}
	return p, nil
}

// Check says whether the proof holds: its checkpoints are signed by a known key,
// the hashes lead to them, and every checkpoint that somebody has kept is one of
// its own. Its error says in words what is wrong and is ErrUnsigned, ErrUnproven
// or ErrElsewhere.
func (p Proof) Check(known note.Verifiers, kept ...[]byte) error {
	head, err := signedCheckpoint([]byte(p.Checkpoint), known)
	if err != nil {
		return fmt.Errorf("the proof's checkpoint: %w", err)
	}
	own := []checkpoint{head}
	if p.Kind == ProofOfExtension {
		old, err := signedCheckpoint([]byte(p.From), known)
		if err != nil {
			return fmt.Errorf("the proof's older checkpoint: %w", err)
		}
		own = append(own, old)
		err = tlog.CheckTree(p.Path, head.Size, head.Root, old.Size, old.Root)
		if err != nil || old.Origin != head.Origin {
			return fmt.Errorf("%w: the log of %d records does not go on from the one of %d", ErrUnproven, head.Size, old.Size)
		}
	} else if err := tlog.CheckRecord(p.Path, head.Size, head.Root, p.N, tlog.RecordHash([]byte(p.Leaf))); err != nil {
		return fmt.Errorf("%w: what the proof shows is not record %d of the log of %d records", ErrUnproven, p.N, head.Size)
	}
	if p.Values != "" {
		var is looked
		if is.look(entry{leaf: []byte(p.Leaf), values: []byte(p.Values)}, nil); is.wrong != "" {
			return fmt.Errorf("%w: of record %d, %s", ErrUnproven, p.N, is.wrong)
		}
	}
	for _, text := range kept {
		c, err := signedCheckpoint(text, known)
		if err != nil {
			return fmt.Errorf("the checkpoint that was kept: %w", err)
		}
		if err := c.oneOf(own); err != nil {
			return err
		}
	}
	return nil
}

// oneOf says how a kept checkpoint differs from those a proof speaks of.
func (c checkpoint) oneOf(own []checkpoint) error {
	for _, o := range own {
		switch {
		case o == c:
			return nil
		case o.Size == c.Size && o.Origin == c.Origin:
			return fmt.Errorf("%w: the proof and the checkpoint that was kept speak of two different logs of %d records, both signed", ErrElsewhere, c.Size)
		}
	}
	return fmt.Errorf("%w: the proof is not about the checkpoint of %d records that was kept; ask for one that is", ErrElsewhere, c.Size)
}

// signedCheckpoint reads a checkpoint that a known key has signed.
func signedCheckpoint(text []byte, known note.Verifiers) (checkpoint, error) {
	if _, err := note.Open(text, known); err != nil {
		if isUnverified(err) {
			return checkpoint{}, fmt.Errorf("%w by a key that was given", ErrUnsigned)
		}
		return checkpoint{}, fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	c, err := parseCheckpoint(text)
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	return c, nil
}

// Size is how many records the checkpoint speaks of that the proof leads to, and
// older that of the one it begins from.
func (p Proof) Size() (size, older int64) {
	head, _ := parseCheckpoint([]byte(p.Checkpoint))
	old, _ := parseCheckpoint([]byte(p.From))
	return head.Size, old.Size
}
