// Package store keeps what must survive a stop: the requests and their states,
// the log that an auditor checks, what Slack has sent already, what was posted
// and which scheduled runs were done. It knows neither Slack nor App Store
// Connect and has no clock of its own: callers pass the times.
//
// Every exported method is one transaction and one sentence of the domain. The
// methods are written against Tx, so that another engine can be put under them.
//
// # The file
//
// One bbolt file of mode 0600. A bucket is a sorted map of keys to values. A
// number in a key is eight bytes, big endian, so that keys sort by it. A value
// is a JSON object that begins with its format, "v":1, unless said otherwise.
// JSON names are lower snake case; times are RFC 3339 in UTC with up to nine
// digits of a second.
//
//	meta
//	  file      what this file is: {"v":1,"product":"ascbot","format":2,
//	            "instance","origin","key"}. Format is the format of the whole file;
//	            a program that knows a lower one leaves the file alone. Instance
//	            ("sandbox" or "real") keeps play data and real data apart. Origin
//	            is the first line of the log's checkpoints. Key is the verifier
//	            key of its signatures, or just "name+hash" when the signer did not
//	            tell its verifier key.
//	  last      number of the newest request: eight bytes.
//	  policy    the policy that was noted last: {"v":1,"hash","lines"}.
//	  indexed   how many leaves are in the index: eight bytes. A file that an older
//	            program wrote is indexed when it is opened.
//	  headed    nothing. It is there once a head file was kept.
//	  tried     a number that is counted up to see whether the disk takes it.
//	requests    number → Request.
//	open        number → nothing. The requests whose state is not final.
//	grants      number → nothing. The requests whose change holds for a time only
//	            and has not ended.
//	followups   number → nothing. The requests whose change is done, and after which
//	            something goes on that is still looked at.
//	origins     Origin of a request → its number, eight bytes. One request per
//	            envelope that asked.
//	inbox       order of arrival → Envelope. Received and not yet handled.
//	seen        Envelope.Key → {"v":1,"n"}: its place in the inbox. Stays after the
//	            envelope was handled, until Forget.
//	handled     time of arrival in nanoseconds, then Envelope.Key → nothing. Keys
//	            that Forget may drop, oldest first.
//	claims      Claim.Key → Claim.
//	marks       job → {"v":1,"label","at"}: the highest label that was run.
//	runs        job, a zero byte, label → {"v":1,"at"}.
//	homes       Slack user id → Home: what was put on somebody's App Home.
//
// # The sales
//
// The keys of reports are a vendor number, a zero byte, the kind of report, a zero byte and
// the day, such as 2026-11-23.
//
//	reports     → Report: when it was asked for and what was heard.
//	figures     → the figures of the report, in bytes that are the caller's and no
//	            JSON: many of them are read at once.
//	rates       day → Rates: what the day was converted with. Written once.
//	digests     name → Digest: what is posted where and when, as it was agreed to.
//	alarms      cause → Alarm: what people were told of, until it is over.
//	waits       a digest's name, a zero byte, the days it is about → Wait: one that was
//	            posted before all was there, until it is completed or given up.
//	channel names  name of a channel, with "#" → NamedChannel: what it stands for in the
//	            configuration.
//
// # The log
//
//	leaves      position (0, 1, 2 …) → Leaf, the exact bytes that are hashed.
//	values      position of a leaf → what it commits to, see below.
//	hashes      position of a tree node, as tlog.StoredHashIndex counts them → the
//	            node's hash, 32 bytes (RFC 6962, SHA-256).
//	signatures  position of a leaf → the signature line of the checkpoint of the
//	            tree that ends with this leaf, as text. A checkpoint's text can be
//	            computed from the leaves, so that with these lines the first record
//	            that is not what was signed can be named.
//	index       a letter, a value in small letters, a zero byte, position of a leaf →
//	            nothing: p person, o operation, k kind or state reached, a app, r
//	            request, d day. It follows from leaves and requests, for Browse.
//	anchors     how many records a checkpoint speaks of → Anchor: where it was put.
//	given up    text of a checkpoint that does not count any more, since an older copy
//	            of the file was put back and accepted → nothing.
//	head        "checkpoint" → the newest checkpoint, a signed note as text.
//
// A checkpoint's text has three lines: origin, number of leaves in decimal, root
// hash in base64. It is signed as golang.org/x/mod/sumdb/note describes. Leaf,
// hashes, signature and checkpoint are written in the same transaction as the
// change they speak of.
//
// A leaf of format 2 ("v":2) does not hold what people said or what is said of
// them, but commitments to it (Commitments), so that it can be erased and the tree
// still holds. That is, in leaves with "by" or "request": the name in by, note, and
// of details everything but team, policy, rules, yes, job, label, records and
// requests. The values are in values,
//
//	{"v":1,"name":{"salt","value"},"note":{"salt","value"},"details":{"salt","value"}}
//
// each with a salt of its own in base64. Who did something stays in the clear as
// Slack's team and user id, for without it votes could not be counted again. Erase
// deletes values and salts, and writes a leaf "erased" that says of which records
// and requests. Leaves of format 1, from files of format 1, hold everything in the
// clear, and nothing of them can be erased.
//
// Leaf kinds "asked", "voted", "unvoted", "moved" and "renewed" carry a request's number,
// and replaying them gives every request's state, version, digest and votes as
// they stand in requests. Kind "granted" says when a
// change ends that holds for a time only, and that it has ended; kind "followed" what
// came after a change that was done. Kind "ran" is a scheduled run, kind "policy"
// another set of rules in force. All other kinds are lines of their own (Record).
package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
)

const (
	product = "ascbot"
	format  = 2 // of the whole file
)

const (
	bucketMeta       = "meta"
	bucketRequests   = "requests"
	bucketOpen       = "open"
	bucketOrigins    = "origins"
	bucketGrants     = "grants"
	bucketFollowUps  = "followups"
	bucketInbox      = "inbox"
	bucketSeen       = "seen"
	bucketHandled    = "handled"
	bucketClaims     = "claims"
	bucketMarks      = "marks"
	bucketRuns       = "runs"
	bucketReports    = "reports"
	bucketFigures    = "figures"
	bucketRates      = "rates"
	bucketHomes      = "homes"
	bucketDigests    = "digests"
	bucketAlarms     = "alarms"
	bucketWaits      = "waits"
	bucketNames      = "channel names"
	bucketLeaves     = "leaves"
	bucketHashes     = "hashes"
	bucketSignatures = "signatures"
	bucketValues     = "values"
	bucketIndex      = "index"
	bucketGivenUp    = "given up"
	bucketAnchors    = "anchors"
	bucketHead       = "head"
)

var (
	keyFile       = []byte("file")
	keyLast       = []byte("last")
	keyPolicy     = []byte("policy")
	keyCheckpoint = []byte("checkpoint")
)

// Options say what a data file is and who signs its log.
type Options struct {
	Instance string        // "sandbox" or "real"; a file of the other is refused
	Origin   string        // first line of the log's checkpoints; "ascbot/audit" when empty
	Signer   note.Signer   // signs the checkpoints; see ReadKey
	LockWait time.Duration // how long to wait for another process; 1 s when zero
}

// Store is an open data file. Its methods may be called at the same time.
type Store struct {
	engine   Engine
	signer   note.Signer // nil: opened for reading
	identity identity
	seal     atomic.Pointer[string] // why the log may not be written
	failing  atomic.Pointer[error]  // why the last transaction could not be
	changed  chan struct{}          // rings after transactions
}

// identity is what the file says it is.
type identity struct {
	Product  string `json:"product"`
	Format   int    `json:"format"`
	Instance string `json:"instance"`
	Origin   string `json:"origin"`
	Key      string `json:"key"`
}

// Open opens the data file at path, or creates it with mode 0600. A file that
// cannot be used is refused with an *OpenError and left as it is.
func Open(path string, o Options) (*Store, error) {
	e, err := BoltEngine(path, o.LockWait, false)
	if err != nil {
		return nil, err
	}
	return openOn(path, e, func() (*Store, error) { return New(e, o) })
}

// OpenReadOnly opens an existing data file for verification and export. It
// needs no key, takes a file of any instance and never writes.
func OpenReadOnly(path string) (*Store, error) {
	e, err := BoltEngine(path, 0, true)
	if err != nil {
		return nil, err
	}
	return openOn(path, e, func() (*Store, error) {
		s := &Store{engine: e}
		known, err := s.load()
		if err == nil && !known {
			err = &OpenError{Reason: Foreign, Detail: "it holds nothing of ascbot"}
		}
		return s, err
	})
}

func openOn(path string, e Engine, open func() (*Store, error)) (*Store, error) {
	s, err := open()
	if err == nil {
		return s, nil
	}
	e.Close()
	if refused, ok := errors.AsType[*OpenError](err); ok {
		refused.Path = path
		return nil, refused
	}
	if broken, ok := errors.AsType[*EngineError](err); ok {
		return nil, &OpenError{Path: path, Reason: Damaged, Detail: broken.Cause.Error()}
	}
	return nil, err
}

// New puts the store's methods on an engine. An empty engine gets its identity
// and the signed checkpoint of an empty log; one that holds something else is
// refused with an *OpenError.
func New(e Engine, o Options) (*Store, error) {
	if o.Signer == nil {
		return nil, errors.New("the log needs a signing key: make one with NewKey and pass ReadKey's signer")
	}
	if o.Origin == "" {
		o.Origin = "ascbot/audit"
	}
	s := &Store{engine: e, signer: o.Signer, changed: make(chan struct{}, 1)}
	mine := identity{Product: product, Format: format, Instance: o.Instance, Origin: o.Origin, Key: keyOf(o.Signer)}
	known, err := s.load()
	if err != nil {
		return nil, err
	}
	if !known {
		return s, s.begin(mine)
	}
	if err := s.identity.mustBe(mine); err != nil {
		return nil, err
	}
	if err := s.checkTail(); err != nil {
		return nil, err
	}
	return s, errors.Join(s.upgrade(), s.catchUpIndex())
}

// upgrade marks a file of an older format as one of this, so that older programs,
// which could not read what is written from now on, leave it alone.
func (s *Store) upgrade() error {
	if s.identity.Format == format {
		return nil
	}
	s.identity.Format = format
	return s.engine.Update(func(tx Tx) error { return put(tx, bucketMeta, keyFile, s.identity) })
}

// load reads what the file is and looks whether its log holds together at the
// end. It is false for a file that nobody has begun.
func (s *Store) load() (known bool, err error) {
	err = s.engine.View(func(tx Tx) error {
		raw := tx.Get(bucketMeta, keyFile)
		if raw == nil {
			return nil
		}
		known = true
		var is struct {
			V int `json:"v"`
			identity
		}
		if err := json.Unmarshal(raw, &is); err != nil || is.Product == "" {
			return &OpenError{Reason: Damaged, Detail: "what it says about itself cannot be read"}
		}
		switch {
		case is.Product != product:
			return &OpenError{Reason: Foreign, Detail: fmt.Sprintf("it belongs to %q", is.Product)}
		case is.Format > format || is.V > valueVersion:
			return &OpenError{Reason: Newer, Detail: fmt.Sprintf("it has format %d and this program knows %d", is.Format, format)}
		}
		s.identity = is.identity
		return s.checkHead(tx)
	})
	return known, err
}

func (s *Store) begin(mine identity) error {
	s.identity = mine
	return s.engine.Update(func(tx Tx) error {
		if err := put(tx, bucketMeta, keyFile, mine); err != nil {
			return err
		}
		return s.sign(tx, 0)
	})
}

func (is identity) mustBe(mine identity) error {
	switch {
	case is.Instance != mine.Instance:
		return &OpenError{Reason: OtherInstance, Detail: fmt.Sprintf("it holds data of instance %q, and %q was asked for", is.Instance, mine.Instance)}
	case is.Origin != mine.Origin:
		return &OpenError{Reason: OtherInstance, Detail: fmt.Sprintf("its log is called %q, and %q was asked for", is.Origin, mine.Origin)}
	case keyID(is.Key) != keyID(mine.Key):
		return &OpenError{Reason: OtherKey, Detail: fmt.Sprintf("its log is signed with key %s, and the key given is %s", keyID(is.Key), keyID(mine.Key))}
	}
	return nil
}

// Close waits for the transactions under way and releases the file.
func (s *Store) Close() error { return s.engine.Close() }

// Backup writes a consistent copy of the whole data file to w while the store
// is in use, and answers its size in bytes. The copy is a data file itself.
func (s *Store) Backup(w io.Writer) (int64, error) { return s.engine.Snapshot(w) }

// update runs fn as one transaction; what it answers counts once the
// transaction is on disk.
func update[T any](s *Store, fn func(Tx) (T, error)) (T, error) {
	var out, none T
	if s.signer == nil {
		return none, errors.New("the data file was opened for reading; nothing can be written")
	}
	err := s.engine.Update(func(tx Tx) (err error) {
		out, err = fn(tx)
		return err
	})
	s.noticed(err)
	if err != nil {
		return none, err
	}
	select {
	case s.changed <- struct{}{}:
	default: // it rings already
	}
	return out, nil
}

func view[T any](s *Store, fn func(Tx) (T, error)) (T, error) {
	var out, none T
	err := s.engine.View(func(tx Tx) (err error) {
		out, err = fn(tx)
		return err
	})
	if err != nil {
		return none, err
	}
	return out, nil
}

const valueVersion = 1

var valuePrefix = []byte(`{"v":1,`)

// encode is JSON without the escapes meant for HTML, so that exported lines read
// as they were typed.
func encode(value any) ([]byte, error) {
	var buf bytes.Buffer
	err := encodeTo(&buf, value)
	return buf.Bytes(), err
}

func encodeTo(buf *bytes.Buffer, value any) error {
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return err
	}
	buf.Truncate(buf.Len() - 1) // without the end of the line
	return nil
}

// put writes a JSON object with its format in front.
func put(tx Tx, bucket string, key []byte, value any) error {
	var buf bytes.Buffer
	buf.Write(valuePrefix[:len(valuePrefix)-1])
	if err := encodeTo(&buf, value); err != nil {
		return fmt.Errorf("writing to %s: %w", bucket, err)
	}
	data := buf.Bytes()
	data[len(valuePrefix)-1] = ',' // where the object began
	return tx.Put(bucket, key, data)
}

func get(tx Tx, bucket string, key []byte, value any) (bool, error) {
	data := tx.Get(bucket, key)
	if data == nil {
		return false, nil
	}
	return true, decode(bucket, key, data, value)
}

func decode(bucket string, key, data []byte, value any) error {
	if !bytes.HasPrefix(data, valuePrefix) {
		return &DamagedError{Bucket: bucket, Key: key, Cause: errors.New("it is of an unknown format")}
	}
	if err := json.Unmarshal(data, value); err != nil {
		return &DamagedError{Bucket: bucket, Key: key, Cause: err}
	}
	return nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func numberOf(b []byte) uint64 {
	if len(b) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}
