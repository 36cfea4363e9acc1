package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/note"
)

func TestCreatedForOneselfAlone(t *testing.T) {
	s, _ := newStore(t)
	path := s.engine.(*boltEngine).db.Path()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	s.Close()
	left, _ := os.ReadDir(filepath.Dir(path))
	if len(left) != 1 {
		t.Errorf("left beside the file: %v", left)
	}
}

// Every file that cannot be used is refused in words, and stays as it is.
func TestFD07RefusedFiles(t *testing.T) {
	k := newKey(t)
	good := filepath.Join(t.TempDir(), "good")
	s := openAt(t, good, k)
	for i := range 20 {
		ask(t, s, i)
	}
	s.Close()
	bytesOf := func(path string) []byte { b, _ := os.ReadFile(path); return b }
	whole := bytesOf(good)
	meta, _ := newestMeta(bytes.NewReader(whole), int64(len(whole)))
	used := int(meta.pages) * int(meta.pageSize)

	edited := func(fn func(*bbolt.Tx) error) []byte {
		path := filepath.Join(t.TempDir(), "edited")
		os.WriteFile(path, whole, 0o600)
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Update(fn); err != nil {
			t.Fatal(err)
		}
		db.Close()
		return bytesOf(path)
	}
	identityAs := func(json string) []byte {
		return edited(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("file"), []byte(json)) })
	}
	other := func(noFreelist bool) []byte {
		path := filepath.Join(t.TempDir(), "other")
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: noFreelist})
		if err != nil {
			t.Fatal(err)
		}
		db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err })
		db.Close()
		return bytesOf(path)
	}
	spoilt := func(at int, with string) []byte {
		b := bytes.Clone(whole)
		copy(b[at:], with)
		return b
	}
	boltVersion3 := bytes.Clone(whole)
	for _, page := range []int{0, 4096} {
		boltVersion3[page+20] = 9
	}

	stranger := newKey(t)
	for name, c := range map[string]struct {
		data   []byte
		mode   os.FileMode
		change func(*Options)
		reason Reason
		words  string
	}{
		"empty":                 {[]byte{}, 0o600, nil, Damaged, "empty"},
		"text":                  {[]byte("groups:\n  admins: []\n"), 0o600, nil, Foreign, "no bbolt file"},
		"long text":             {bytes.Repeat([]byte("hello "), 9000), 0o600, nil, Foreign, "no bbolt file"},
		"cut in the first page": {whole[:1000], 0o600, nil, Damaged, "cut short"},
		"cut to the meta pages": {whole[:8192], 0o600, nil, Damaged, "cut short"},
		"cut in the middle":     {whole[:used/2], 0o600, nil, Damaged, "cut short"},
		"a byte short":          {whole[:used-1], 0o600, nil, Damaged, "cut short"},
		"both metas spoilt":     {append(spoilt(24, "xxxx")[:4096+24], append([]byte("xxxx"), whole[4096+28:]...)...), 0o600, nil, Damaged, "first pages"},
		"format of bbolt":       {boltVersion3, 0o600, nil, Damaged, "first pages"}, // its checksum is over that too
		"other program":         {other(false), 0o600, nil, Foreign, "another program"},
		"other program's list":  {other(true), 0o600, nil, Foreign, "another program"},
		"newer":                 {identityAs(`{"v":1,"product":"ascbot","format":3,"instance":"sandbox"}`), 0o600, nil, Newer, "format 3"},
		"newer in another way":  {identityAs(`{"v":7,"product":"ascbot","format":1}`), 0o600, nil, Newer, "format"},
		"cousin":                {identityAs(`{"v":1,"product":"cousin","format":1}`), 0o600, nil, Foreign, "cousin"},
		"identity lost":         {identityAs(`{"v":1`), 0o600, nil, Damaged, "says about itself"},
		"checkpoint lost": {edited(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("head")).Put(keyCheckpoint, []byte("?"))
		}), 0o600, nil, Damaged, "checkpoint"},
		"last leaf's hash lost": {edited(func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket([]byte("hashes")).Cursor().Last()
			return tx.Bucket([]byte("hashes")).Delete(k)
		}), 0o600, nil, Damaged, "checkpoint"},
		"a record changed": {edited(func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte("leaves"))
			return b.Put(number(7), bytes.Replace(b.Get(number(7)), []byte("U0ANA"), []byte("U0BEN"), 1))
		}), 0o600, nil, Damaged, "record 7 of its log"},
		"a record missing": {edited(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("leaves")).Delete(number(11))
		}), 0o600, nil, Damaged, "record 11 of its log"},
		"the last record missing": {edited(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("leaves")).Delete(number(19))
		}), 0o600, nil, Damaged, "record 19 of its log"},
		"a record too many": {edited(func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte("leaves"))
			return b.Put(number(20), b.Get(number(19)))
		}), 0o600, nil, Damaged, "record 20 of its log"},
		"for everybody":  {whole, 0o644, nil, Unreadable, "chmod 600"},
		"other instance": {whole, 0o600, func(o *Options) { o.Instance = "real" }, OtherInstance, `"sandbox"`},
		"other origin":   {whole, 0o600, func(o *Options) { o.Origin = "x/audit" }, OtherInstance, "x/audit"},
		"other key":      {whole, 0o600, func(o *Options) { o.Signer = stranger.signer }, OtherKey, "signed with key"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "data")
			os.WriteFile(path, c.data, 0o600)
			os.Chmod(path, c.mode)
			o := k.options()
			if c.change != nil {
				c.change(&o)
			}
			s, err := Open(path, o)
			if err == nil {
				s.Close()
			}
			refused, ok := errors.AsType[*OpenError](err)
			if !ok || refused.Reason != c.reason || refused.Path != path || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v, want %s with %q", err, c.reason, c.words)
			}
			if !bytes.Equal(bytesOf(path), c.data) {
				t.Error("the file was changed")
			}
			again, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			again.Close()
			if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestRefusedPaths(t *testing.T) {
	k := newKey(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	os.WriteFile(file, []byte("x"), 0o600)
	for _, path := range []string{dir, filepath.Join(dir, "none", "data"), filepath.Join(file, "data"), "/dev/null"} {
		_, err := Open(path, k.options())
		if refused, ok := errors.AsType[*OpenError](err); !ok || refused.Reason != Unreadable || refused.Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := OpenReadOnly(filepath.Join(dir, "absent")); err == nil {
		t.Error("OpenReadOnly made a file")
	}
	if _, err := os.Stat(filepath.Join(dir, "absent")); err == nil {
		t.Error("OpenReadOnly left a file")
	}
	if _, err := Open(filepath.Join(dir, "unsigned"), Options{Instance: "real"}); err == nil {
		t.Error("a store without a signer was opened")
	}
}

func TestFD08HeldByAnother(t *testing.T) {
	k := newKey(t)
	path := filepath.Join(t.TempDir(), "data")
	s := openAt(t, path, k)
	for name, open := range map[string]func() (*Store, error){
		"to write": func() (*Store, error) { return Open(path, k.options()) },
		"to read":  func() (*Store, error) { return OpenReadOnly(path) },
	} {
		_, err := open()
		refused, ok := errors.AsType[*OpenError](err)
		if !ok || refused.Reason != Held || !strings.Contains(err.Error(), "process ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ask(t, s, 1) // it still works for whoever has it
	s.Close()
	openAt(t, path, k).Close()
}

func TestLockIsWaitedFor(t *testing.T) {
	k := newKey(t)
	path := filepath.Join(t.TempDir(), "data")
	s := openAt(t, path, k)
	opened := make(chan error)
	go func() {
		o := k.options()
		o.LockWait = 20 * time.Second
		s, err := Open(path, o)
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	s.Close()
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

func TestReadOnly(t *testing.T) {
	k := newKey(t)
	path := filepath.Join(t.TempDir(), "data")
	s := openAt(t, path, k)
	r := ask(t, s, 1)
	s.Close()
	before, _ := os.ReadFile(path)
	ro, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	if got, err := ro.Request(r.ID); err != nil || got.Digest != r.Digest {
		t.Errorf("%+v, %v", got, err)
	}
	sound(t, ro, k)
	if _, _, err := ro.Ask(invite(2), noon); err == nil {
		t.Error("a store opened for reading writes")
	}
	ro.Close()
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

func TestBackupInUse(t *testing.T) {
	s, k := newStore(t)
	for i := range 10 {
		ask(t, s, i)
	}
	var buf bytes.Buffer
	n, err := s.Backup(&buf)
	if err != nil || n != int64(buf.Len()) {
		t.Fatal(n, err)
	}
	ask(t, s, 10)
	path := filepath.Join(t.TempDir(), "copy")
	os.WriteFile(path, buf.Bytes(), 0o600)
	restored := openAt(t, path, k)
	if v := sound(t, restored, k); v.Size != 10 {
		t.Errorf("the copy has %d records, want 10", v.Size)
	}
	ask(t, restored, 11)
}

func TestKeys(t *testing.T) {
	k := newKey(t)
	if got := keyOf(k.signer); got != k.vkey {
		t.Errorf("ReadKey's signer says its verifier key is %s, want %s", got, k.vkey)
	}
	for range 50 { // base64 with and without + and /
		k := newKey(t)
		if v, err := note.NewVerifier(keyOf(k.signer)); err != nil || v.KeyHash() != k.signer.KeyHash() {
			t.Fatal(err)
		}
	}
	for _, bad := range []string{"", "PRIVATE+KEY+", "PRIVATE+KEY+a+0000+x", k.vkey} {
		if _, err := ReadKey(bad); err == nil || strings.Contains(err.Error(), bad) && bad != "" && bad != "PRIVATE+KEY+" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
