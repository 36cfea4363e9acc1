package store

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// maxLeaf bounds one line of the log, in bytes.
const maxLeaf = 1 << 20

// leafVersion is the format of the leaves that are written. Those of format 1 hold
// all they say in the clear.
const leafVersion = 2

// Leaf is one line of the log. N is its position, from 0. By is nil when the bot
// acted by itself. From and To are set when a request changed its state. Private
// stands in the leaf for what may be erased from the file one day: reading puts
// the values back where they belong, and Erased says that some are gone.
type Leaf struct {
	V         int             `json:"v"`
	N         int64           `json:"n"`
	At        time.Time       `json:"at"`
	Kind      string          `json:"kind"`
	By        *Person         `json:"by,omitempty"`
	Request   uint64          `json:"request,omitempty"`
	Version   int             `json:"version,omitempty"`
	Operation string          `json:"operation,omitempty"`
	Digest    string          `json:"digest,omitempty"`
	From      State           `json:"from,omitempty"`
	To        State           `json:"to,omitempty"`
	Note      string          `json:"note,omitempty"`
	Attempt   int             `json:"attempt,omitempty"`
	Details   json.RawMessage `json:"details,omitempty"`
	Private   *Commitments    `json:"private,omitempty"`
	Erased    bool            `json:"-"`
}

// What the Details of the store's own kinds hold.
type (
	askedDetails struct {
		Team    string          `json:"team,omitempty"`
		Summary string          `json:"summary,omitempty"`
		Args    json.RawMessage `json:"args,omitempty"`
		Shown   json.RawMessage `json:"shown,omitempty"`
		Policy  string          `json:"policy,omitempty"`
		Rules   json.RawMessage `json:"rules,omitempty"`
	}
	votedDetails struct {
		Yes bool `json:"yes"`
	}
	movedDetails struct {
		Outcome string `json:"outcome,omitempty"`
		Rows    []Row  `json:"rows,omitempty"`
		Grant   *Grant `json:"grant,omitempty"`
	}
	ranDetails struct {
		Job   string `json:"job"`
		Label string `json:"label"`
	}
	erasedDetails struct {
		Records  [][2]int64 `json:"records,omitempty"`  // from the first to the last, both of them erased
		Requests []uint64   `json:"requests,omitempty"` // whose content is erased
	}
	rollbackDetails struct {
		Lost []string `json:"lost"` // texts of checkpoints that are given up
	}
)

// ownKinds are written by the store alone, beside the change they speak of.
var ownKinds = []string{"asked", "voted", "moved", "renewed", "ran", "erased", "rollback", "policy", "followed"}

func (l *Leaf) explain(details any) (err error) {
	l.Details, err = encode(details)
	return err
}

// leaf begins a line about a request.
func (r Request) leaf(kind string, m Mark) Leaf {
	l := Leaf{
		At: m.At, Kind: kind, Request: r.ID, Version: r.Version, Operation: r.Operation,
		Digest: r.Digest, Note: m.Note, Attempt: len(r.Attempts),
	}
	if m.By != (Person{}) {
		l.By = &m.By
	}
	return l
}

// Record writes a line of its own: a start, a refused click, a changed policy.
func (s *Store) Record(l Leaf) (Leaf, error) {
	if slices.Contains(ownKinds, l.Kind) || l.Kind == "" || l.From != "" || l.To != "" {
		return l, fmt.Errorf("a line of kind %q is written together with the change it speaks of, not by itself", l.Kind)
	}
	return update(s, func(tx Tx) (Leaf, error) { return s.record(tx, l) })
}

// record appends a leaf to the log: its bytes, the tree's hashes, and the signed
// checkpoint of the tree that ends with it. When any of it cannot be written the
// whole transaction fails, and what the leaf speaks of does not happen.
func (s *Store) record(tx Tx, l Leaf) (Leaf, error) {
	if l.At.IsZero() {
		return l, errNoTime
	}
	if s.signer == nil {
		return l, errors.New("the log cannot be signed: the data file was opened for reading")
	}
	if why := s.seal.Load(); why != nil {
		return l, &SealedError{*why}
	}
	head, err := readHead(tx)
	if err != nil {
		return l, err
	}
	l.V, l.N, l.At = leafVersion, head.Size, l.At.UTC().Round(0)
	hidden, values, err := l.hide()
	if err != nil {
		return l, fmt.Errorf("writing the log: %w", err)
	}
	data, err := encode(hidden)
	if err != nil {
		return l, fmt.Errorf("writing the log: %w", err)
	}
	if n := len(data) + values.size(); n > maxLeaf {
		return l, fmt.Errorf("a line of the log would have %d bytes; at most %d fit", n, maxLeaf)
	}
	if err := values.keep(tx, l.N); err != nil {
		return l, err
	}
	l.Private = hidden.Private
	hashes, err := tlog.StoredHashes(l.N, data, storedHashes(tx))
	if err != nil {
		return l, fmt.Errorf("writing the log: %w", err)
	}
	if err := tx.Put(bucketLeaves, number(uint64(l.N)), data); err != nil {
		return l, err
	}
	at := tlog.StoredHashIndex(0, l.N)
	for i, h := range hashes {
		if err := tx.Put(bucketHashes, number(uint64(at)+uint64(i)), h[:]); err != nil {
			return l, err
		}
	}
	if err := indexLeaf(tx, l); err != nil {
		return l, err
	}
	return l, s.sign(tx, l.N+1)
}

// sign writes the checkpoint of the tree's first size leaves.
func (s *Store) sign(tx Tx, size int64) error {
	root, err := tlog.TreeHash(size, storedHashes(tx))
	if err != nil {
		return fmt.Errorf("signing the log: %w", err)
	}
	c := checkpoint{Origin: s.identity.Origin, Size: size, Root: root}
	signed, err := note.Sign(&note.Note{Text: c.text()}, s.signer)
	if err != nil {
		return fmt.Errorf("signing the log: %w", err)
	}
	if size > 0 {
		if err := tx.Put(bucketSignatures, number(uint64(size-1)), signatureOf(signed)); err != nil {
			return err
		}
	}
	return tx.Put(bucketHead, keyCheckpoint, signed)
}

// checkpoint says what the log was at some size.
type checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
}

func (c checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
}

// parseCheckpoint reads the text of a signed note, whoever signed it.
func parseCheckpoint(signed []byte) (c checkpoint, err error) {
	text, _, found := strings.Cut(string(signed), "\n\n")
	lines := strings.Split(text, "\n")
	if !found || len(lines) < 3 {
		return c, errors.New("a checkpoint has three lines, an empty one and a signature")
	}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return c, fmt.Errorf("the checkpoint's size %q is no number", lines[1])
	}
	if c.Root, err = tlog.ParseHash(lines[2]); err != nil {
		return c, fmt.Errorf("the checkpoint's root is no hash: %w", err)
	}
	c.Origin = lines[0]
	return c, nil
}

// signatureOf is what a signed note holds after its text and the empty line.
func signatureOf(signed []byte) []byte {
	_, signature, _ := bytes.Cut(signed, []byte("\n\n"))
	return signature
}

// readHead reads the newest checkpoint's text.
func readHead(tx Tx) (checkpoint, error) {
	c, err := parseCheckpoint(tx.Get(bucketHead, keyCheckpoint))
	if err != nil {
		return c, &DamagedError{Bucket: bucketHead, Key: keyCheckpoint, Cause: err}
	}
	return c, nil
}

// checkHead compares the checkpoint with the tree it speaks of, as far as that
// goes without reading the log.
func (s *Store) checkHead(tx Tx) error {
	head, err := readHead(tx)
	if err != nil {
		return &OpenError{Reason: Damaged, Detail: "its log has no readable checkpoint"}
	}
	root, err := tlog.TreeHash(head.Size, storedHashes(tx))
	if err != nil || root != head.Root || head.Origin != s.identity.Origin {
		return &OpenError{Reason: Damaged, Detail: "its log is not the one its checkpoint was signed for; audit verify says more"}
	}
	return nil
}

// gateLeaves is how many of the newest leaves are looked at before a file is worked on.
const gateLeaves = 1000

// checkTail looks whether the newest leaves are those that the tree was made of. It takes
// milliseconds; the full check looks at all of them.
func (s *Store) checkTail() error {
	return s.engine.View(func(tx Tx) error {
		head, err := readHead(tx)
		if err != nil {
			return err
		}
		at := max(0, head.Size-gateLeaves)
		changed := func() error {
			return &OpenError{Reason: Damaged, Detail: fmt.Sprintf("record %d of its log is not what was signed; audit verify says more", at)}
		}
		tx.Scan(bucketLeaves, number(uint64(at)), func(key, leaf []byte) bool {
			hash := leafHash(leaf)
			if int64(numberOf(key)) != at || !bytes.Equal(tx.Get(bucketHashes, number(uint64(tlog.StoredHashIndex(0, at)))), hash[:]) {
				err = changed()
				return false
			}
			at++
			return true
		})
		if err == nil && at != head.Size {
			err = changed()
		}
		return err
	})
}

// storedHashes reads nodes of the tree.
func storedHashes(tx Tx) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			if copy(out[i][:], tx.Get(bucketHashes, number(uint64(at)))) != tlog.HashSize {
				return nil, &DamagedError{Bucket: bucketHashes, Key: number(uint64(at)), Cause: errors.New("it is not there")}
			}
		}
		return out, nil
	})
}

// pageOfLeaves is how many leaves are read in one transaction, so that a slow
// reader holds up nobody.
const pageOfLeaves = 500

// Leaves calls fn for every line of the log from position from on, until fn
// answers false.
func (s *Store) Leaves(from int64, fn func(Leaf) bool) error {
	for from = max(from, 0); ; {
		page, err := s.page(func(tx Tx, each func(key, value []byte) bool) {
			tx.Scan(bucketLeaves, number(uint64(from)), each)
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, l := range page {
			if !fn(l) {
				return nil
			}
		}
		from = page[len(page)-1].N + 1
	}
}

// LeavesBack calls fn for every line of the log, newest first, until fn answers
// false.
func (s *Store) LeavesBack(fn func(Leaf) bool) error {
	var from []byte
	for {
		page, err := s.page(func(tx Tx, each func(key, value []byte) bool) {
			tx.ScanBack(bucketLeaves, from, each)
		})
		if err != nil {
			return err
		}
		for _, l := range page {
			if !fn(l) {
				return nil
			}
		}
		if len(page) == 0 || page[len(page)-1].N == 0 {
			return nil
		}
		from = number(uint64(page[len(page)-1].N - 1))
	}
}

func (s *Store) page(scan func(tx Tx, each func(key, value []byte) bool)) ([]Leaf, error) {
	return view(s, func(tx Tx) (page []Leaf, err error) {
		scan(tx, func(key, value []byte) bool {
			var l Leaf
			if l, err = readLeaf(key, value); err == nil {
				page = append(page, l)
			}
			return err == nil && len(page) < pageOfLeaves
		})
		for i := range page {
			if err == nil {
				err = page[i].reveal(tx)
			}
		}
		return page, err
	})
}

// readLeaf reads a leaf of any format from where it is kept.
func readLeaf(key, data []byte) (Leaf, error) {
	var l Leaf
	err := json.Unmarshal(data, &l)
	switch {
	case err == nil && (l.V < 1 || l.V > leafVersion):
		err = errors.New("it is of an unknown format")
	case err == nil && l.N != int64(numberOf(key)):
		err = fmt.Errorf("it says that it is record %d", l.N)
	}
	if err != nil {
		return l, &DamagedError{Bucket: bucketLeaves, Key: key, Cause: err}
	}
	return l, nil
}

// Checkpoint answers the newest signed checkpoint, as it should be kept outside
// the machine.
func (s *Store) Checkpoint() ([]byte, error) {
	return view(s, func(tx Tx) ([]byte, error) {
		_, err := readHead(tx)
		return tx.Get(bucketHead, keyCheckpoint), err
	})
}

// NewKey makes a key for signing checkpoints. Skey is secret; vkey is for
// whoever verifies. Name goes into every signature, such as "ascbot.example.com".
func NewKey(rand io.Reader, name string) (skey, vkey string, err error) {
	return note.GenerateKey(rand, name)
}

// signer is a note.Signer that knows its verifier key.
type signer struct {
	note.Signer
	vkey string
}

// VerifierKey is the public half, for whoever verifies.
func (s signer) VerifierKey() string { return s.vkey }

// ReadKey reads a secret key that NewKey made.
func ReadKey(skey string) (note.Signer, error) {
	s, err := note.NewSigner(strings.TrimSpace(skey))
	if err != nil {
		return nil, errors.New("this is no signing key of the log; it begins with PRIVATE+KEY+")
	}
	fields := strings.Split(strings.TrimSpace(skey), "+")
	raw, err := base64.StdEncoding.DecodeString(strings.Join(fields[4:], "+")) // base64 may hold a +
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, errors.New("this is no signing key of the log; its secret has the wrong length")
	}
	public := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(s.Name(), public)
	return signer{s, vkey}, err
}

// keyOf names a signer: by its verifier key if it tells it, else by name and hash.
func keyOf(s note.Signer) string {
	if k, ok := s.(interface{ VerifierKey() string }); ok {
		return k.VerifierKey()
	}
	return fmt.Sprintf("%s+%08x", s.Name(), s.KeyHash())
}

// keyID is the name and hash of a verifier key, which tell keys apart.
func keyID(vkey string) string {
	parts := strings.SplitN(vkey, "+", 3)
	return strings.Join(parts[:min(2, len(parts))], "+")
}
