package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"
)

// Engine keeps buckets of sorted keys in transactions. A transaction's function
// must not begin another one.
type Engine interface {
	Update(func(Tx) error) error // returns nil once the changes are on disk; an error means there are none
	View(func(Tx) error) error
	Snapshot(w io.Writer) (int64, error) // a consistent copy, while in use
	Close() error
}

// Tx is one transaction, for use by the function it was given to and until that
// returns. What goes in and out is copied. Scan walks up from key from, nil being
// the first, and ScanBack down from it, nil being the last, until fn answers
// false; fn must not write.
type Tx interface {
	Get(bucket string, key []byte) []byte // nil: not there
	Put(bucket string, key, value []byte) error
	Delete(bucket string, key []byte) error
	Scan(bucket string, from []byte, fn func(key, value []byte) bool)
	ScanBack(bucket string, from []byte, fn func(key, value []byte) bool)
}

// maxBatch bounds how many calls share one commit.
const maxBatch = 512

// boltEngine commits what concurrent callers wrote together: their functions run
// one after the other in a shared bbolt transaction, and the last of those who
// wait commits for all. A caller who is alone commits at once.
type boltEngine struct {
	db     *bbolt.DB
	file   *os.File // as bbolt has it open
	holder string   // the file beside it that says who has it
	queued atomic.Int64
	turn   sync.Mutex // held while one caller's function runs and while a commit is under way
	batch  *batch     // being gathered; guarded by turn
	failed atomic.Pointer[EngineError]
	stuck  bool // bbolt still holds its own lock after a fault; guarded by turn
}

type batch struct {
	tx    *bbolt.Tx
	calls int
	wrote bool
	done  chan struct{} // closed when the commit has ended, with err
	err   error
}

var errClosed = errors.New("it was closed")

func (e *boltEngine) Update(fn func(Tx) error) error {
	e.queued.Add(1)
	e.turn.Lock()
	e.queued.Add(-1)
	b, err := e.join()
	if err != nil {
		e.turn.Unlock()
		return err
	}
	err = e.call(b, fn)
	<-b.done // also after an error: it may rest on what others in this batch wrote
	if b.err != nil {
		return b.err
	}
	return err
}

// join answers the batch being gathered, or begins one.
func (e *boltEngine) join() (*batch, error) {
	if e.batch == nil {
		if f := e.failed.Load(); f != nil {
			return nil, f
		}
		b := &batch{done: make(chan struct{})}
		if err := e.guard(func() (err error) { b.tx, err = e.db.Begin(true); return err }); err != nil {
			return nil, err
		}
		e.batch = b
	}
	e.batch.calls++
	return e.batch, nil
}

// call runs one caller's function, takes its writes back unless it succeeds, and
// passes the turn on, also when the function panics or ends its goroutine.
func (e *boltEngine) call(b *batch, fn func(Tx) error) (err error) {
	t := &boltTx{e: e, tx: b.tx, writing: true}
	returned := false
	defer func() {
		if returned && err == nil && t.fault == nil {
			b.wrote = b.wrote || len(t.undo) > 0
		} else {
			t.takeBack()
		}
		t.over = true
		e.leave(b)
	}()
	err = fn(t)
	returned = true
	return err
}

// leave commits for all when nobody else is waiting to join, and passes the turn.
func (e *boltEngine) leave(b *batch) {
	if e.queued.Load() == 0 || b.calls >= maxBatch {
		e.batch = nil
		b.err = e.finish(b)
		close(b.done)
	}
	e.turn.Unlock()
}

func (e *boltEngine) finish(b *batch) error {
	var refused error
	if b.wrote && e.failed.Load() == nil {
		err := e.guard(func() error {
			err := b.tx.Commit()
			if noRoom(err) {
				refused, err = &RoomError{err}, nil
			}
			return err
		})
		if err == nil && refused == nil {
			return nil
		}
	}
	if b.tx.DB() != nil { // bbolt has not closed it
		e.guard(b.tx.Rollback)
	}
	e.stuck = b.tx.DB() != nil
	if f := e.failed.Load(); f != nil {
		return f
	}
	return refused
}

func (e *boltEngine) View(fn func(Tx) error) error {
	return e.read(func(tx *bbolt.Tx) error { return e.viewIn(tx, fn) })
}

func (e *boltEngine) viewIn(tx *bbolt.Tx, fn func(Tx) error) error {
	t := &boltTx{e: e, tx: tx}
	err := fn(t)
	t.over = true
	if t.fault != nil {
		return t.fault
	}
	return err
}

func (e *boltEngine) Snapshot(w io.Writer) (n int64, err error) {
	err = e.read(func(tx *bbolt.Tx) error {
		n, err = tx.WriteTo(w)
		return err
	})
	return n, err
}

func (e *boltEngine) read(fn func(*bbolt.Tx) error) error {
	if f := e.failed.Load(); f != nil {
		return f
	}
	var tx *bbolt.Tx
	if err := e.guard(func() (err error) { tx, err = e.db.Begin(false); return err }); err != nil {
		return err
	}
	defer e.guard(func() error { return tx.Rollback() })
	return fn(tx)
}

func (e *boltEngine) Close() error {
	e.turn.Lock()
	defer e.turn.Unlock()
	broken := e.failed.Swap(&EngineError{errClosed})
	if broken != nil && broken.Cause == errClosed {
		return nil
	}
	if e.holder != "" {
		os.Remove(e.holder)
	}
	if e.stuck {
		return e.file.Close() // the rest goes when the process ends
	}
	return e.db.Close()
}

// guard makes one call into bbolt. An error or a panic in there, be it a damaged
// page or a fault in the mapped file, is the end of this engine.
func (e *boltEngine) guard(call func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = e.fail(fmt.Errorf("the file is damaged: %v", r))
		}
	}()
	if err := call(); err != nil {
		return e.fail(err)
	}
	return nil
}

func (e *boltEngine) fail(cause error) error {
	e.failed.CompareAndSwap(nil, &EngineError{cause})
	return e.failed.Load()
}

// boltTx is one caller's view of a bbolt transaction, with what it takes to put
// back what the caller wrote.
type boltTx struct {
	e       *boltEngine
	tx      *bbolt.Tx
	writing bool
	scans   int
	over    bool
	undo    []written
	fault   error
}

type written struct {
	bucket     string
	key, value []byte // value nil: the key was not there
}

func (t *boltTx) guard(call func()) {
	if t.fault == nil && !t.over {
		t.fault = t.e.guard(func() error { call(); return nil })
	}
}

func (t *boltTx) Get(bucket string, key []byte) (value []byte) {
	t.guard(func() {
		if b := t.tx.Bucket([]byte(bucket)); b != nil {
			value = clone(b.Get(key))
		}
	})
	return value
}

func (t *boltTx) Put(bucket string, key, value []byte) error {
	if value == nil {
		value = []byte{}
	}
	return t.write(bucket, key, bytes.Clone(value)) // bbolt keeps the slice until the commit
}

func (t *boltTx) Delete(bucket string, key []byte) error { return t.write(bucket, key, nil) }

func (t *boltTx) write(bucket string, key, value []byte) (err error) {
	switch {
	case !t.writing || t.over:
		return errors.New("this transaction only reads")
	case t.scans > 0:
		return errors.New("nothing can be written while scanning")
	case len(key) == 0 || len(key) > bbolt.MaxKeySize:
		return fmt.Errorf("a key of %d bytes does not fit", len(key))
	}
	was := written{bucket, bytes.Clone(key), t.Get(bucket, key)}
	t.guard(func() { err = t.set(bucket, key, value) })
	if t.fault != nil || err != nil {
		return errors.Join(t.fault, err)
	}
	t.undo = append(t.undo, was)
	return nil
}

func (t *boltTx) set(bucket string, key, value []byte) error {
	b, err := t.tx.CreateBucketIfNotExists([]byte(bucket))
	switch {
	case err != nil:
		return err
	case value == nil:
		return b.Delete(key)
	}
	return b.Put(key, value)
}

// takeBack undoes this caller's writes, the last one first.
func (t *boltTx) takeBack() {
	for i := len(t.undo) - 1; i >= 0; i-- {
		u := t.undo[i]
		if err := t.e.guard(func() error { return t.set(u.bucket, u.key, u.value) }); err != nil {
			return // the engine is broken; nothing will be committed
		}
	}
}

func (t *boltTx) Scan(bucket string, from []byte, fn func(key, value []byte) bool) {
	t.scan(bucket, fn, func(c *bbolt.Cursor) ([]byte, []byte) {
		if from == nil {
			return c.First()
		}
		return c.Seek(from)
	}, (*bbolt.Cursor).Next, -1)
}

func (t *boltTx) ScanBack(bucket string, from []byte, fn func(key, value []byte) bool) {
	t.scan(bucket, fn, func(c *bbolt.Cursor) ([]byte, []byte) {
		if from == nil {
			return c.Last()
		}
		k, v := c.Seek(from)
		switch {
		case k == nil:
			return c.Last()
		case bytes.Equal(k, from):
			return k, v
		}
		return c.Prev()
	}, (*bbolt.Cursor).Prev, +1)
}

// fetchedAtOnce bounds how many entries a scan takes out of bbolt in one go.
const fetchedAtOnce = 256

func (t *boltTx) scan(bucket string, fn func(key, value []byte) bool, start, next func(*bbolt.Cursor) ([]byte, []byte), order int) {
	t.scans++
	defer func() { t.scans-- }()
	var c *bbolt.Cursor
	var before []byte
	var fetched [][2][]byte
	var room []byte // for what is copied
	step := start
	for many := 1; ; many = min(4*many, fetchedAtOnce) { // whoever wants one entry gets one
		fetched = fetched[:0]
		t.guard(func() {
			if c == nil {
				b := t.tx.Bucket([]byte(bucket))
				if b == nil {
					return
				}
				c = b.Cursor()
			}
			for ; len(fetched) < many; step = next {
				k, v := step(c)
				if k == nil {
					return
				}
				if before != nil && bytes.Compare(before, k) != order {
					panic("its keys are out of order") // a damaged file must not lead in circles
				}
				n := len(k) + len(v)
				if cap(room)-len(room) < n {
					room = make([]byte, 0, max(n, min(many*copiedAtOnce, 1<<16)))
				}
				var e [2][]byte
				room, e = cloned(room, k, v)
				before, fetched = e[0], append(fetched, e)
			}
		})
		for _, e := range fetched {
			if t.fault != nil || !fn(e[0], e[1]) {
				return
			}
		}
		if len(fetched) < many || t.fault != nil {
			return
		}
	}
}

// copiedAtOnce is how much room is made for each entry of a long scan, which copies many
// of them into one piece of memory.
const copiedAtOnce = 512

// cloned copies a key and its value behind what is in room, where there is enough.
func cloned(room, key, value []byte) (grown []byte, entry [2][]byte) {
	from, mid := len(room), len(room)+len(key)
	room = append(append(room, key...), value...)
	return room, [2][]byte{room[from:mid:mid], room[mid:len(room):len(room)]}
}

// clone copies, and keeps nil and empty apart.
func clone(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}
