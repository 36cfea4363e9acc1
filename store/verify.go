package store

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Verdict is what Verify found. Its parts are told apart because they mean
// different things: a record that was changed, records that are cut off, a log
// signed by somebody else, and requests that are not where the log says.
type Verdict struct {
	Size        int64     // records that are there
	From        int64     // and the first of them, of a part
	Part        bool      // it is a part of the log: there is no state to compare
	Intact      bool      // every one of them is what was signed, in its place, with its values
	FirstBad    int64     // the first that is not, or cannot be shown to be; -1: none
	Complete    bool      // no fewer than the checkpoint and all anchors speak of
	Anchored    int64     // records of the largest anchor that agrees; 0: none
	AnchoredAt  time.Time // when the last of those was written
	Signed      bool      // the checkpoint is signed by a known key
	Key         string    // name and hash of that key, or of the key the log claims
	StateAgrees bool      // replaying the log gives the stored requests, and each move is legal
	IsFile      bool      // there were requests to compare; an export has none
	GivenUp     int       // anchors that do not count, as the log tells: an older copy was accepted
	Erased      int64     // records some of whose values were erased
	Problems    []string  // in words; none: all is well
}

// OK says that nothing was found.
func (v Verdict) OK() bool { return len(v.Problems) == 0 }

// LogSource is a log to verify: a data file (Store.Source) or an export
// (ExportSource).
type LogSource interface {
	// read tells the visitor all there is, and calls judge while the signatures
	// can still be looked up.
	read(v visitor, judge func()) error
}

// visitor is told what a source holds, in this order.
type visitor interface {
	identity(identity)
	records([]entry)                         // many at a time, in the order they stand in
	signatures(of func(record int64) []byte) // how to look one up, by its place in that order
	checkpoint(signed []byte)
	node(at int64, hash []byte)      // data files only: a stored node of the tree
	requests([]stored, indexed)      // data files only
	trouble(format string, a ...any) // what is damaged beside the log
	end()                            // data files only: all requests were told
}

// entry is one record as it stands in a source.
type entry struct {
	n      int64 // the position it claims
	leaf   []byte
	values []byte // JSON of what is kept beside it, if there is anything
}

// stored is a request as it stands in a file.
type stored struct {
	id   uint64
	data []byte
}

// indexed says whether a request is in the indexes as it has to be.
type indexed func(Request) bool

// Verify recomputes the log's tree from its records and compares it with the
// checkpoint, with older checkpoints that were kept elsewhere (anchors), and, for
// a data file, with the requests. Only the keys in known count. An error means
// that the source could not be read to its end.
//
// Somebody who holds the signing key can rewrite the log and sign it anew; only
// anchors show that.
func Verify(src LogSource, known note.Verifiers, anchors [][]byte) (Verdict, error) {
	if known == nil {
		known = note.VerifierList()
	}
	v := &verification{
		known: known, replay: newReplay(), gapAt: -1, spoiltAt: -1, times: map[int64]time.Time{}, wanted: map[int64]bool{},
		verdict: Verdict{FirstBad: -1, Intact: true, Complete: true, StateAgrees: true},
	}
	for _, a := range anchors {
		if c, err := parseCheckpoint(a); err == nil {
			v.wanted[c.Size] = true
		}
	}
	v.begin()
	defer v.settle()
	err := src.read(v, func() {
		v.settle()
		v.checkHead()
		for i, a := range anchors {
			v.checkAnchor(i+1, a)
		}
		v.checkState()
	})
	if err != nil {
		return Verdict{FirstBad: -1}, err
	}
	return v.verdict, nil
}

// verification gathers what a source holds and judges it.
type verification struct {
	known    note.Verifiers
	verdict  Verdict
	claims   identity
	tree     []tlog.Hash         // computed from the records, in stored order
	lookUp   func(int64) []byte  // the signature after a record, by its place
	times    map[int64]time.Time // when the last record of an anchor was written, by its size
	gap      string              // how the first record that claims another position does so
	gapAt    int64               // its position, -1 if there is none
	spoilt   string              // how the values of the first record that is not with its own are not
	spoiltAt int64               // its position, -1 if there is none
	stranger bool                // nobody knows the checkpoint's key
	head     []byte
	nodes    int64 // stored nodes that were told
	badNode  int64 // and those that differ
	replay   replay
	illegal  []string // what the log itself tells that cannot be
	strays   []string // how the requests differ from the log

	// Records are looked at by several at once and added one after the other.
	queue  chan chan []looked
	added  chan struct{} // closed when all are
	closed bool
	spare  sync.Pool      // of []looked
	wanted map[int64]bool // sizes of anchors; not changed any more
}

// begin starts adding what records is told.
func (v *verification) begin() {
	v.queue, v.added = make(chan chan []looked, 2*runtime.GOMAXPROCS(0)), make(chan struct{})
	go func() {
		defer close(v.added)
		for batch := range v.queue {
			done := <-batch
			for i := range done {
				v.add(&done[i])
			}
			v.spare.Put(&done)
		}
	}()
}

// settle waits until all records are added.
func (v *verification) settle() {
	if !v.closed {
		v.closed = true
		close(v.queue)
	}
	<-v.added
}

func (v *verification) identity(is identity) { v.claims = is }

func (v *verification) records(batch []entry) {
	done := make(chan []looked, 1)
	v.queue <- done // there is room for as many as are looked at together
	go func() {
		out, _ := v.spare.Get().(*[]looked)
		if out == nil || cap(*out) < len(batch) {
			out = new(make([]looked, len(batch)))
		}
		all := (*out)[:len(batch)]
		for i, e := range batch {
			all[i].look(e, v.wanted)
		}
		done <- all
	}()
}

// add puts the next record into the tree and follows what it tells.
func (v *verification) add(l *looked) {
	at := v.verdict.Size
	v.grow(l.hash)
	v.verdict.Size++
	if l.n != at && v.gapAt < 0 {
		v.gapAt, v.gap = at, fmt.Sprintf("record %d is expected there, and record %d is", at, l.n)
	}
	if l.bad || l.leaf.V < 1 || l.leaf.V > leafVersion || l.leaf.N != at {
		v.illegal = append(v.illegal, fmt.Sprintf("record %d is no line of this log", at))
		return
	}
	if l.wrong != "" && v.spoiltAt < 0 {
		v.spoiltAt, v.spoilt = at, l.wrong
	}
	if l.gone > 0 {
		v.verdict.Erased++
		v.replay.gone = append(v.replay.gone, at)
	}
	if v.wanted[at+1] {
		v.times[at+1] = l.leaf.At
	}
	if why := v.replay.apply(l.leaf); why != "" {
		v.illegal = append(v.illegal, fmt.Sprintf("record %d: %s", at, why))
	}
}

// grow adds a record's hash to the tree, and the nodes that it completes.
func (v *verification) grow(h tlog.Hash) {
	if len(v.tree) == cap(v.tree) {
		v.tree = slices.Grow(v.tree, 1024+len(v.tree)) // left to itself it would be copied more often
	}
	v.tree = append(v.tree, h)
	for level, n := 0, v.verdict.Size; n&1 == 1; level, n = level+1, n>>1 {
		left := v.tree[tlog.StoredHashIndex(level, n-1)]
		h = tlog.NodeHash(left, h)
		v.tree = append(v.tree, h)
	}
}

func (v *verification) signatures(of func(int64) []byte) { v.lookUp = of }

func (v *verification) checkpoint(signed []byte) { v.head = signed }

func (v *verification) node(at int64, hash []byte) {
	v.settle()
	if at != v.nodes || at >= int64(len(v.tree)) || !bytes.Equal(hash, v.tree[at][:]) {
		v.badNode++
	}
	v.nodes++
}

// requests are decoded and compared by several at once, then looked up in the
// indexes one after the other.
func (v *verification) requests(batch []stored, inIndex indexed) {
	v.settle()
	type compared struct {
		r   Request
		why string
	}
	out := make([]compared, len(batch))
	var work sync.WaitGroup
	share := len(batch)/runtime.GOMAXPROCS(0) + 1
	for from := 0; from < len(batch); from += share {
		work.Go(func() {
			for i := from; i < min(from+share, len(batch)); i++ {
				c := &out[i]
				var quick bool
				if c.r, quick = quickRequest(batch[i].data); !quick {
					c.r = Request{}
					if decode(bucketRequests, number(batch[i].id), batch[i].data, &c.r) != nil {
						c.r.ID = batch[i].id + 1
					}
				}
				if c.r.ID != batch[i].id {
					c.why = "cannot be read"
				} else {
					c.why = v.replay.compare(c.r)
				}
			}
		})
	}
	work.Wait()
	for i, c := range out {
		if c.why != "" {
			v.strays = append(v.strays, fmt.Sprintf("request #%d %s", batch[i].id, c.why))
		}
		if c.why != "cannot be read" && !inIndex(c.r) {
			v.strays = append(v.strays, fmt.Sprintf("request #%d is missing in an index", batch[i].id))
		}
	}
}

func (v *verification) end() {
	v.settle()
	v.verdict.IsFile = true
	for _, id := range v.replay.left() {
		v.strays = append(v.strays, fmt.Sprintf("request #%d is in the log and not in the file", id))
	}
}

func (v *verification) trouble(format string, a ...any) {
	v.strays = append(v.strays, fmt.Sprintf(format, a...))
}

func (v *verification) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			if at >= int64(len(v.tree)) {
				return nil, errors.New("a node of the tree is missing")
			}
			out[i] = v.tree[at]
		}
		return out, nil
	})
}

// root is the root hash of the first size records.
func (v *verification) root(size int64) tlog.Hash {
	root, err := tlog.TreeHash(size, v.reader())
	if err != nil {
		panic("store: " + err.Error())
	}
	return root
}

func (v *verification) problem(format string, a ...any) {
	v.verdict.Problems = append(v.verdict.Problems, fmt.Sprintf(format, a...))
}

// checkHead compares the records with the newest checkpoint.
func (v *verification) checkHead() {
	head, err := parseCheckpoint(v.head)
	switch {
	case len(v.head) == 0:
		v.problem("The checkpoint is missing, so nothing says how long the log was.")
		v.verdict.Complete = false
	case err != nil:
		v.problem("The checkpoint cannot be read: %v.", err)
		v.verdict.Complete = false
	default:
		v.checkSignature()
	}
	size := v.verdict.Size
	if v.verdict.Signed && head.Size == size && head.Root == v.root(size) && v.gapAt < 0 {
		v.checkValues()
		return
	}
	shown := v.shown(head)
	defer v.checkValues()
	switch {
	case shown < size:
		v.verdict.Intact, v.verdict.FirstBad = false, shown
		v.problem("Changed at record %d: %s.", shown, v.whatAt(shown))
	case err == nil && head.Size < size:
		v.problem("The checkpoint was replaced by an older one: it speaks of %d records, and %d signed ones are here.", head.Size, size)
	case err == nil && head.Size == size && head.Root != v.root(size):
		v.problem("The checkpoint was replaced: its root is not that of the %d records, which are as they were signed.", size)
	}
	if err == nil && head.Size > size {
		v.verdict.Complete = false
		if v.verdict.Intact {
			v.problem("Cut off after %d records: the checkpoint speaks of %d.", size, head.Size)
		}
	}
}

// checkValues names the first record whose values are not its own, when the records
// up to there are what was signed.
func (v *verification) checkValues() {
	if v.spoiltAt < 0 || !v.verdict.Intact && v.verdict.FirstBad <= v.spoiltAt {
		return
	}
	v.verdict.Intact, v.verdict.FirstBad = false, v.spoiltAt
	v.problem("Changed at record %d: %s.", v.spoiltAt, v.spoilt)
}

func (v *verification) whatAt(n int64) string {
	if n == v.gapAt {
		return v.gap
	}
	return "from there on the records are not what was signed"
}

// checkSignature says who signed the checkpoint.
func (v *verification) checkSignature() {
	v.verdict.Key = keyID(v.claims.Key)
	n, err := note.Open(v.head, v.known)
	switch {
	case err == nil:
		v.verdict.Signed = true
		v.verdict.Key = fmt.Sprintf("%s+%08x", n.Sigs[0].Name, n.Sigs[0].Hash)
	case isUnverified(err):
		v.stranger = true
		v.problem("Not signed by a key that was given; the log says that its key is %s.", v.verdict.Key)
	default:
		v.problem("The checkpoint's signature is false: %v.", err)
	}
}

func isUnverified(err error) bool {
	_, ok := errors.AsType[*note.UnverifiedNoteError](err)
	return ok
}

// shown is how many records, from the first on, can be shown to be what was
// signed and where it was: the largest tree for which there is a signature. Which
// key signed is judged elsewhere, so here the key that the log claims counts too.
func (v *verification) shown(head checkpoint) int64 {
	own := v.own()
	if own == nil && v.stranger && head.Size == v.verdict.Size && head.Root == v.root(head.Size) && v.gapAt < 0 {
		return head.Size // nobody can look at the signatures, and nothing speaks against the records
	}
	size := v.verdict.Size
	for size > 0 && !v.signed(size, head, either{v.known, own}) {
		size--
	}
	if v.gapAt >= 0 {
		return min(size, v.gapAt)
	}
	return size
}

// signed says whether the tree of the first size records was signed.
func (v *verification) signed(size int64, head checkpoint, keys note.Verifiers) bool {
	c := checkpoint{Origin: v.claims.Origin, Size: size, Root: v.root(size)}
	if v.verdict.Signed {
		if c.Origin = head.Origin; c == head {
			return true
		}
	}
	_, err := note.Open([]byte(c.text()+"\n"+string(v.lookUp(size-1))), keys)
	return err == nil
}

func (v *verification) own() note.Verifiers {
	own, err := note.NewVerifier(v.claims.Key)
	if err != nil {
		return nil
	}
	return note.VerifierList(own)
}

type either [2]note.Verifiers

func (e either) Verifier(name string, hash uint32) (note.Verifier, error) {
	v, err := e[0].Verifier(name, hash)
	if err != nil && e[1] != nil {
		return e[1].Verifier(name, hash)
	}
	return v, err
}

// checkAnchor compares the records with an older checkpoint.
func (v *verification) checkAnchor(nr int, signed []byte) {
	if _, err := note.Open(signed, v.known); err != nil {
		v.problem("Anchor %d is not signed by a key that was given.", nr)
		return
	}
	a, err := parseCheckpoint(signed)
	switch {
	case err != nil || a.Origin != v.claims.Origin:
		v.problem("Anchor %d is not one of this log.", nr)
	case v.replay.lost[a.text()]:
		v.verdict.GivenUp++
	case a.Size > v.verdict.Size:
		v.verdict.Complete = false
		v.problem("Cut off after %d records: anchor %d speaks of %d.", v.verdict.Size, nr, a.Size)
	case a.Root == v.root(a.Size):
		if a.Size > v.verdict.Anchored {
			v.verdict.Anchored, v.verdict.AnchoredAt = a.Size, v.times[a.Size]
		}
	case v.verdict.Intact:
		v.verdict.Intact, v.verdict.FirstBad = false, v.verdict.Anchored
		v.problem("Rewritten at or after record %d and before record %d: anchor %d, of %d records, has another root.", v.verdict.Anchored, a.Size, nr, a.Size)
	default:
		v.problem("Anchor %d, of %d records, has another root.", nr, a.Size)
	}
}

// fewWords bounds how many problems of one kind are spelt out.
const fewWords = 20

// checkState says how the requests, the stored tree and the log differ. When the
// log itself is not to be trusted that is left open.
func (v *verification) checkState() {
	v.illegal = append(v.illegal, v.replay.unaccounted()...)
	v.verdict.StateAgrees = len(v.illegal) == 0 && len(v.strays) == 0 && v.badNode == 0
	if !v.verdict.Intact || !v.verdict.Complete {
		v.verdict.StateAgrees = false
		return
	}
	all := append(v.illegal, v.strays...)
	if v.badNode > 0 || v.verdict.IsFile && v.nodes != int64(len(v.tree)) {
		v.verdict.StateAgrees = false
		all = append(all, "the stored tree is not that of the records")
	}
	for i, p := range all {
		if i == fewWords {
			v.problem("And %d more.", len(all)-i)
			break
		}
		v.problem("The state does not agree with the log: %s.", p)
	}
}
