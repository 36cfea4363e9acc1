package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// grownBy is how much longer than needed the file is made when it grows, so that
// not every commit has to. bbolt's own 16 MB are much for a file this small.
const grownBy = 1 << 18

// mapped is how much address space is mapped at the start. As long as the file
// is smaller, a reader never holds up a commit that lets it grow.
const mapped = 1 << 28

// BoltEngine opens the bbolt file at path, which it creates with mode 0600
// unless readOnly. It waits for another process that has the file, 1 s when wait
// is zero. A file that cannot be used is refused with an *OpenError and left as
// it is.
func BoltEngine(path string, wait time.Duration, readOnly bool) (Engine, error) {
	if wait <= 0 {
		wait = time.Second
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) && !readOnly {
		if err := create(path); err != nil {
			return nil, &OpenError{Path: path, Reason: Unreadable, Detail: "it cannot be created: " + plain(err)}
		}
	}
	if err := inspect(path, readOnly); err != nil {
		return nil, err
	}
	e := &boltEngine{holder: path + ".holder"}
	if err := e.open(path, wait, readOnly); err != nil {
		if e.file != nil {
			e.file.Close() // also when bbolt panicked and kept the lock
		}
		return nil, err
	}
	if readOnly {
		e.holder = "" // somebody else's, if there is one
		return e, nil
	}
	e.announce()
	return e, nil
}

func (e *boltEngine) open(path string, wait time.Duration, readOnly bool) error {
	err := e.guard(func() (err error) {
		e.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout: wait, ReadOnly: readOnly, InitialMmapSize: mapped, PreLoadFreelist: true,
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				f, err := os.OpenFile(name, flag&^os.O_CREATE, mode)
				e.file = f
				return f, err
			},
		})
		if err == nil {
			e.db.AllocSize = grownBy
		}
		return err
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return &OpenError{Path: path, Reason: Held, Detail: holder(e.holder)}
	case errors.Is(err, fs.ErrPermission):
		return &OpenError{Path: path, Reason: Unreadable, Detail: plain(err)}
	case err != nil:
		return &OpenError{Path: path, Reason: Damaged, Detail: plain(errors.Unwrap(err))}
	}
	return e.mustBeOurs(path)
}

// mustBeOurs refuses the bbolt file of another product. One without any bucket
// is a file that was only just created.
func (e *boltEngine) mustBeOurs(path string) error {
	buckets, ours := 0, false
	err := e.read(func(tx *bbolt.Tx) error {
		return e.guard(func() error {
			if b := tx.Bucket([]byte(bucketMeta)); b != nil {
				ours = b.Get(keyFile) != nil
			}
			return tx.ForEach(func([]byte, *bbolt.Bucket) error { buckets++; return nil })
		})
	})
	switch {
	case err != nil:
		err = &OpenError{Path: path, Reason: Damaged, Detail: plain(errors.Unwrap(err))}
	case buckets > 0 && !ours:
		err = &OpenError{Path: path, Reason: Foreign, Detail: "it is the bbolt file of another program"}
	default:
		return nil
	}
	e.db.Close()
	return err
}

// create makes a file beside path and links it into place when it is whole, so
// that a stop in between leaves no half file behind. If another process was
// faster, its file stays.
func create(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return err
	}
	f.Close()
	defer os.Remove(f.Name())
	db, err := bbolt.Open(f.Name(), 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a new name in a directory last.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// inspect looks at the file with plain reads before bbolt maps it, because a
// file shorter than it says it is would end the process there.
func inspect(path string, readOnly bool) error {
	refuse := func(why Reason, format string, args ...any) error {
		return &OpenError{Path: path, Reason: why, Detail: fmt.Sprintf(format, args...)}
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return refuse(Unreadable, "%s", plain(err))
	case info.IsDir():
		return refuse(Unreadable, "it is a directory; name a file in it")
	case !info.Mode().IsRegular():
		return refuse(Unreadable, "it is no regular file")
	case !readOnly && info.Mode().Perm()&0o007 != 0:
		return refuse(Unreadable, "its mode %04o lets everybody on this machine at it; chmod 600 it", info.Mode().Perm())
	case info.Size() == 0:
		return refuse(Damaged, "it is empty")
	}
	f, err := os.Open(path)
	if err != nil {
		return refuse(Unreadable, "%s", plain(err))
	}
	defer f.Close()
	m, marked := newestMeta(f, info.Size())
	switch {
	case !marked:
		return refuse(Foreign, "it is no bbolt file")
	case m == nil:
		return refuse(Damaged, "its first pages do not add up")
	case m.version != boltVersion:
		return refuse(Newer, "its bbolt format is %d and this program knows %d", m.version, boltVersion)
	case m.freelist == ^uint64(0):
		return refuse(Foreign, "it is the bbolt file of another program")
	case uint64(info.Size()) < m.pages*uint64(m.pageSize):
		return refuse(Damaged, "it was cut short: it has %d bytes and its first pages speak of %d", info.Size(), m.pages*uint64(m.pageSize))
	}
	return nil
}

// boltMeta is what a bbolt meta page says, after its 16 bytes of page header:
// magic, version, page size, flags (4 bytes each), root page and its sequence,
// free list page, number of pages, transaction, checksum (8 bytes each), in the
// machine's byte order.
type boltMeta struct {
	version, pageSize     uint32
	freelist, pages, txid uint64
}

const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	boltMeta0   = 16 // page header
	boltMetaLen = 64
)

// newestMeta answers the valid meta page of the newest transaction, nil if there
// is none; marked says whether any of them carries bbolt's mark.
func newestMeta(f io.ReaderAt, size int64) (newest *boltMeta, marked bool) {
	try := func(at int64) {
		page := make([]byte, boltMeta0+boltMetaLen)
		if _, err := f.ReadAt(page, at); err != nil {
			return
		}
		m := page[boltMeta0:]
		word := binary.NativeEndian
		if word.Uint32(m) != boltMagic {
			return
		}
		marked = true
		sum := fnv.New64a()
		sum.Write(m[:56])
		if sum.Sum64() != word.Uint64(m[56:]) {
			return
		}
		got := boltMeta{word.Uint32(m[4:]), word.Uint32(m[8:]), word.Uint64(m[32:]), word.Uint64(m[40:]), word.Uint64(m[48:])}
		if newest == nil || got.txid > newest.txid {
			newest = &got
		}
	}
	try(0)
	for page := int64(1024); page < size && page <= 1<<24; page *= 2 {
		try(page) // the second meta page follows the first, whose size may be lost
	}
	return newest, marked
}

// announce says who has the file, for whoever finds it locked. It is no lock; if
// it cannot be written nobody is named.
func (e *boltEngine) announce() {
	host, _ := os.Hostname()
	os.WriteFile(e.holder, fmt.Appendf(nil, "process %d on %s", os.Getpid(), host), 0o600)
}

func holder(path string) string {
	said, err := os.ReadFile(path)
	if err != nil || len(said) == 0 || len(said) > 300 {
		return "another process has it"
	}
	return fmt.Sprintf("another process has it; %s opened it last", said)
}

// plain is an error of the operating system without the path, which is named
// already.
func plain(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
