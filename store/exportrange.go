package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// RangeProof goes with a part of the log, in the form of JSON lines or of a table: it
// says which records there are, and has the hashes that lead from them to the signed
// checkpoint, so that the part can be checked without the rest. Left and Right are the
// roots of the largest whole subtrees before and after the part, in their order.
type RangeProof struct {
	V      int    `json:"v"`
	Export string `json:"export"` // "range"
	identity
	From       int64       `json:"from"` // the first record
	To         int64       `json:"to"`   // the first that is not in it any more
	Left       []tlog.Hash `json:"left"`
	Right      []tlog.Hash `json:"right"`
	Checkpoint string      `json:"checkpoint"`
}

const exportOfRange = "range"

// ExportRange writes records from one position up to another (or to the end when it is
// negative) as a table or as JSON lines, of which the first is the proof.
func (s *Store) ExportRange(w io.Writer, from, to int64, table bool) (RangeProof, error) {
	p, err := s.rangeProof(from, to)
	if err != nil {
		return p, err
	}
	out := bufio.NewWriter(w)
	if table {
		_, err = out.Write(tableHead)
	} else {
		err = writeLine(out, p)
	}
	for at := p.From; at < p.To && err == nil; at += pageOfLeaves {
		err = s.exportRows(out, at, min(at+pageOfLeaves, p.To), table)
	}
	return p, errors.Join(err, out.Flush())
}

func (s *Store) exportRows(out io.Writer, from, to int64, table bool) error {
	rows, err := view(s, func(tx Tx) (rows []byte, err error) {
		for n := from; n < to && err == nil; n++ {
			key := number(uint64(n))
			e := exportLine{N: n, Leaf: tx.Get(bucketLeaves, key), Values: tx.Get(bucketValues, key), Signature: string(tx.Get(bucketSignatures, key))}
			if !json.Valid(e.Leaf) || e.Leaf[0] != '{' || bytes.ContainsAny(e.Leaf, "\r\n") {
				return nil, &DamagedError{Bucket: bucketLeaves, Key: key, Cause: fmt.Errorf("record %d of the log is no JSON", n)}
			}
			if !table {
				rows = appendLine(rows, n, e.Leaf, e.Values, []byte(e.Signature))
				continue
			}
			rows, err = appendRow(rows, e)
		}
		return rows, err
	})
	if err == nil {
		_, err = out.Write(rows)
	}
	return err
}

func (s *Store) rangeProof(from, to int64) (RangeProof, error) {
	p := RangeProof{V: 1, Export: exportOfRange, identity: s.identity, From: from, To: to}
	_, err := view(s, func(tx Tx) (struct{}, error) {
		head, err := readHead(tx)
		if err != nil {
			return struct{}{}, err
		}
		if p.To < 0 {
			p.To = head.Size
		}
		if from < 0 || from >= p.To || p.To > head.Size {
			return struct{}{}, fmt.Errorf("the log has %d records; there is nothing from %d up to %d", head.Size, from, p.To)
		}
		p.Checkpoint = string(tx.Get(bucketHead, keyCheckpoint))
		if p.Left, err = storedHashes(tx).ReadHashes(indexesOf(cover(0, from))); err != nil {
			return struct{}{}, err
		}
		p.Right, err = storedHashes(tx).ReadHashes(indexesOf(cover(p.To, head.Size)))
		return struct{}{}, err
	})
	return p, err
}

// node is a subtree of 2^level records, the index-th of its size.
type node struct {
	level int
	index int64
}

// cover answers the largest whole subtrees that make up the records between two
// positions, in their order.
func cover(from, to int64) (all []node) {
	for from < to {
		level := bits.Len64(uint64(to-from)) - 1
		if from > 0 {
			level = min(level, bits.TrailingZeros64(uint64(from)))
		}
		all = append(all, node{level, from >> level})
		from += 1 << level
	}
	return all
}

func indexesOf(nodes []node) (at []int64) {
	for _, n := range nodes {
		at = append(at, tlog.StoredHashIndex(n.level, n.index))
	}
	return at
}

// frontier is a tree that grows to the right, of which only the largest whole subtrees
// are kept.
type frontier struct {
	nodes  []node
	hashes []tlog.Hash
}

func (f *frontier) add(n node, h tlog.Hash) {
	for last := len(f.nodes) - 1; last >= 0 && n.index&1 == 1 && f.nodes[last] == (node{n.level, n.index - 1}); last-- {
		h = tlog.NodeHash(f.hashes[last], h)
		n = node{n.level + 1, n.index >> 1}
		f.nodes, f.hashes = f.nodes[:last], f.hashes[:last]
	}
	f.nodes, f.hashes = append(f.nodes, n), append(f.hashes, h)
}

func (f *frontier) root() tlog.Hash {
	root := f.hashes[len(f.hashes)-1]
	for i := len(f.hashes) - 2; i >= 0; i-- {
		root = tlog.NodeHash(f.hashes[i], root)
	}
	return root
}

// RangeSource is a part of the log, to verify it.
type RangeSource struct {
	Proof RangeProof
	next  func() (row exportLine, as bool, err error) // as says whether it is as it was exported; io.EOF at the end
}

// ReadRangeProof reads what ExportRange has answered.
func ReadRangeProof(text []byte) (p RangeProof, err error) {
	if err := json.Unmarshal(text, &p); err != nil || p.Export != exportOfRange || p.Product != product {
		return p, errors.New("this is no proof of a part of a log: audit export makes one")
	}
	if p.V > 1 || p.Format > format {
		return p, fmt.Errorf("this export was made by a newer ascbot (format %d; this program knows %d): verify it with that version", p.Format, format)
	}
	return p, nil
}

// LinesSource reads a part of the log that was exported as JSON lines.
func LinesSource(r io.Reader) (*RangeSource, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 2*maxLeaf)
	if !lines.Scan() {
		return nil, errors.Join(errors.New("there is no export of a log: nothing is in it"), lines.Err())
	}
	p, err := ReadRangeProof(lines.Bytes())
	return &RangeSource{p, func() (row exportLine, as bool, err error) {
		if !lines.Scan() {
			if err := lines.Err(); err != nil {
				return row, false, err
			}
			return row, false, io.EOF
		}
		line := lines.Bytes()
		err = json.Unmarshal(line, &row)
		as = err == nil && bytes.Equal(appendLine(nil, row.N, row.Leaf, row.Values, []byte(row.Signature)), append(bytes.Clone(line), '\n'))
		if !as {
			row = exportLine{Leaf: bytes.Clone(line)} // hashed whole, so that it is named
		}
		row.Leaf, row.Values = bytes.Clone(row.Leaf), bytes.Clone(row.Values)
		return row, as, nil
	}}, err
}

// VerifyRange checks a part of the log against the checkpoint that its proof has.
// Whether requests are where the log says cannot be seen from a part.
func VerifyRange(src *RangeSource, known note.Verifiers, anchors [][]byte) (Verdict, error) {
	p := src.Proof
	v := Verdict{FirstBad: -1, Intact: true, Complete: true, StateAgrees: true, From: p.From, Part: true, Key: keyID(p.Key)}
	problem := func(format string, a ...any) { v.Problems = append(v.Problems, fmt.Sprintf(format, a...)) }
	head, err := signedCheckpoint([]byte(p.Checkpoint), orNone(known))
	if v.Signed = err == nil; err != nil {
		problem("The checkpoint is %v; the log says that its key is %s.", err, v.Key)
		if head, err = parseCheckpoint([]byte(p.Checkpoint)); err != nil {
			return v, nil
		}
	}
	f := &frontier{}
	left, right := cover(0, p.From), cover(p.To, head.Size)
	if len(left) != len(p.Left) || len(right) != len(p.Right) || p.From < 0 || p.From >= p.To || p.To > head.Size {
		v.Intact, v.FirstBad = false, p.From
		problem("The proof does not fit: it is for records %d to %d of %d.", p.From, p.To-1, head.Size)
		return v, nil
	}
	for i, n := range left {
		f.add(n, p.Left[i])
	}
	w := &rangeWalk{f: f, v: &v, proof: p, keys: either{orNone(known), ownKey(p.Key)}}
	if err := w.rows(src); err != nil {
		return v, err
	}
	at := p.From + v.Size
	if w.unsigned >= 0 && (v.Intact || w.unsigned < v.FirstBad) {
		v.Intact, v.FirstBad, w.why = false, w.unsigned, ""
	}
	if at < p.To && v.Intact {
		v.Complete = false
		problem("Cut off after record %d: the proof speaks of records up to %d.", at-1, p.To-1)
		return v, nil
	}
	for i, n := range right {
		f.add(n, p.Right[i])
	}
	if v.Intact && (at != p.To || f.root() != head.Root) {
		v.Intact, v.FirstBad = false, min(p.To, p.From+v.Size-1)
		if at <= p.To {
			v.FirstBad = p.From // nobody can look at the signatures, or the hashes are not the log's
		}
	}
	if !v.Intact {
		problem("Changed at record %d: %s.", v.FirstBad, or(w.why, "from there on the records are not what was signed"))
	}
	for i, a := range anchors {
		c, err := signedCheckpoint(a, orNone(known))
		switch {
		case err != nil:
			problem("Anchor %d is not signed by a key that was given.", i+1)
		case c.Size == head.Size && c != head:
			problem("Anchor %d, of %d records, has another root.", i+1, c.Size)
			v.Intact, v.FirstBad = false, p.From
		case c == head:
			v.Anchored, v.AnchoredAt = c.Size, w.last
		}
	}
	return v, nil
}

func orNone(known note.Verifiers) note.Verifiers {
	if known == nil {
		return note.VerifierList()
	}
	return known
}

func ownKey(vkey string) note.Verifiers {
	own, err := note.NewVerifier(vkey)
	if err != nil {
		return nil
	}
	return note.VerifierList(own)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// rangeWalk follows the rows of a part.
type rangeWalk struct {
	f        *frontier
	v        *Verdict
	proof    RangeProof
	keys     either
	unsigned int64 // the first record whose signature does not fit, -1: none so far
	why      string
	last     time.Time
}

func (w *rangeWalk) rows(src *RangeSource) error {
	w.unsigned = -1
	for {
		row, as, err := src.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		w.row(row, as)
	}
}

func (w *rangeWalk) row(row exportLine, as bool) {
	at := w.proof.From + w.v.Size
	w.v.Size++
	w.f.add(node{0, at}, leafHash(row.Leaf))
	var is looked
	is.look(entry{n: row.N, leaf: row.Leaf, values: row.Values}, nil)
	bad := func(why string) {
		if w.v.Intact {
			w.v.Intact, w.v.FirstBad, w.why = false, at, why
		}
	}
	switch {
	case !as:
		bad("it is not as it was exported")
	case row.N != at:
		bad(fmt.Sprintf("record %d is expected there, and record %d is", at, row.N))
	case is.bad || is.leaf.N != at:
		bad("it is no line of this log")
	case is.wrong != "":
		bad(is.wrong)
	}
	if is.gone > 0 {
		w.v.Erased++
	}
	if w.unsigned >= 0 {
		return
	}
	c := checkpoint{Origin: w.proof.Origin, Size: at + 1, Root: w.f.root()}
	if _, err := note.Open([]byte(c.text()+"\n"+row.Signature), w.keys); err != nil {
		w.unsigned = at
		if !isUnverified(err) || w.v.Signed {
			return
		}
		w.unsigned = -1 // nobody can look at the signatures
	}
}
