package store

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// inMemory is a log, to tamper with.
type inMemory struct {
	is         identity
	all        []entry
	signatures [][]byte
	head       []byte
}

func (m inMemory) read(v visitor, judge func()) error {
	v.identity(m.is)
	v.signatures(func(n int64) []byte {
		if n < int64(len(m.signatures)) {
			return m.signatures[n]
		}
		return nil
	})
	v.records(m.all)
	v.checkpoint(m.head)
	judge()
	return nil
}

// inMemoryOf takes the log out of a store.
func inMemoryOf(t *testing.T, s *Store) (m inMemory) {
	t.Helper()
	m.is = s.identity
	s.engine.View(func(tx Tx) error {
		tx.Scan(bucketLeaves, nil, func(key, leaf []byte) bool {
			m.all = append(m.all, entry{int64(numberOf(key)), leaf, tx.Get(bucketValues, key)})
			m.signatures = append(m.signatures, tx.Get(bucketSignatures, key))
			return true
		})
		m.head = tx.Get(bucketHead, keyCheckpoint)
		return nil
	})
	return m
}

// exported is the log as an export.
func (m inMemory) exported(t *testing.T) LogSource {
	t.Helper()
	var text bytes.Buffer
	writeLine(&text, exportHeader{V: 1, Export: "log", identity: m.is})
	for i, e := range m.all {
		text.Write(appendLine(nil, e.n, e.leaf, e.values, m.signatures[i]))
	}
	writeLine(&text, map[string]string{"checkpoint": string(m.head)})
	src, err := ExportSource(&text)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// asFile looks at the log as it would stand in a data file that is open: each record at the
// position it claims, or one after the other.
func (m inMemory) asFile(t *testing.T, s *Store, inOrder bool, look func(LogSource)) {
	t.Helper()
	nothing := errors.New("it is put back as it was")
	err := s.engine.Update(func(tx Tx) error {
		for _, bucket := range []string{bucketLeaves, bucketValues, bucketSignatures} {
			var keys [][]byte
			tx.Scan(bucket, nil, func(key, _ []byte) bool { keys = append(keys, key); return true })
			for _, key := range keys {
				if err := tx.Delete(bucket, key); err != nil {
					return err
				}
			}
		}
		for i, e := range m.all {
			key := number(uint64(e.n))
			if inOrder {
				key = number(uint64(i))
			}
			err := errors.Join(tx.Put(bucketLeaves, key, e.leaf), tx.Put(bucketSignatures, key, m.signatures[i]))
			if e.values != nil {
				err = errors.Join(err, tx.Put(bucketValues, key, e.values))
			}
			if err != nil {
				return err
			}
		}
		if err := tx.Put(bucketHead, keyCheckpoint, m.head); err != nil {
			return err
		}
		look((&Store{engine: during{s.engine, tx}, identity: m.is}).Source())
		return nothing
	})
	if !errors.Is(err, nothing) {
		t.Fatal(err)
	}
}

// during is an engine in the middle of a transaction.
type during struct {
	Engine
	tx Tx
}

func (d during) View(fn func(Tx) error) error { return fn(d.tx) }

// Of 10,000 random tamperings of eight kinds with a log of random length, as it stands in
// a data file, as an export and in memory, each is found, for what it is, and the first bad
// record is the right one.
func TestT25TenThousandTamperings(t *testing.T) {
	const longest = 40
	tamperings := 10_000
	if testing.Short() {
		tamperings /= 10
	}
	s, k := newStore(t)
	for n := range longest {
		r := ask(t, s, n)
		if n%3 == 0 {
			if _, err := s.Move(r.ID, Denied, Mark{At: noon, By: ben, Note: fmt.Sprint("no ", n)}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	key, _ := note.NewVerifier(k.vkey)
	known := note.VerifierList(remembering{key, map[string]bool{}})
	whole := inMemoryOf(t, s)
	random := rand.New(rand.NewPCG(25, 6962))
	// prefix is the log as it was when it had n records.
	prefix := func(n int) inMemory {
		m := inMemory{whole.is, slices.Clone(whole.all[:n]), slices.Clone(whole.signatures[:n]), nil}
		c := checkpoint{Origin: whole.is.Origin, Size: int64(n), Root: treeOf(m.all)}
		m.head = append([]byte(c.text()+"\n"), m.signatures[n-1]...)
		return m
	}
	reworded := func(e entry) entry {
		e.leaf = bytes.Clone(e.leaf)
		at := bytes.Index(e.leaf, []byte(`"at":"20`)) + len(`"at":"20`)
		e.leaf[at]++ // another year: whole JSON, and another record
		return e
	}
	// Each answers the first bad record, or that it is one of cutting off.
	kinds := map[string]func(m *inMemory, n int) (bad int, cut bool){
		"edit": func(m *inMemory, n int) (int, bool) {
			i := random.IntN(n)
			m.all[i].leaf = bytes.Clone(m.all[i].leaf)
			m.all[i].leaf[random.IntN(len(m.all[i].leaf))] ^= 1 << random.IntN(8)
			return i, false
		},
		"edit of a value": func(m *inMemory, n int) (int, bool) {
			i := random.IntN(n)
			m.all[i].values = bytes.Clone(m.all[i].values)
			m.all[i].values[random.IntN(len(m.all[i].values))] ^= 1 << random.IntN(8)
			return i, false
		},
		"drop": func(m *inMemory, n int) (int, bool) {
			i := random.IntN(n)
			m.all, m.signatures = slices.Delete(m.all, i, i+1), slices.Delete(m.signatures, i, i+1)
			return i, i == n-1
		},
		"insert": func(m *inMemory, n int) (int, bool) {
			i := random.IntN(n + 1)
			m.all = slices.Insert(m.all, i, reworded(m.all[random.IntN(n)]))
			m.signatures = slices.Insert(m.signatures, i, m.signatures[random.IntN(n)])
			return i, false
		},
		"swap": func(m *inMemory, n int) (int, bool) {
			i := random.IntN(n - 1)
			j := i + 1 + random.IntN(n-i-1)
			m.all[i], m.all[j] = m.all[j], m.all[i]
			return i, false
		},
		"cut": func(m *inMemory, n int) (int, bool) {
			i := 1 + random.IntN(n-1)
			m.all, m.signatures = m.all[:i], m.signatures[:i]
			return i, true
		},
		"rewrite": func(m *inMemory, n int) (int, bool) { // from some record to the end
			i := random.IntN(n)
			for j := i; j < n; j++ {
				m.all[j] = reworded(m.all[j])
			}
			return i, false
		},
		"renumber": func(m *inMemory, n int) (int, bool) {
			i := random.IntN(n)
			m.all[i].n += int64(n + random.IntN(9))
			return i, false
		},
	}
	names := slices.Sorted(maps.Keys(kinds))
	for nr := range tamperings {
		n := 2 + random.IntN(len(whole.all)-2)
		m, name := prefix(n), names[random.IntN(len(names))]
		bad, cut := kinds[name](&m, n)
		look := func(src LogSource) {
			v, err := Verify(src, known, nil)
			switch {
			case err != nil || v.OK():
				t.Fatalf("%d: %s of record %d of %d goes by unnoticed: %+v, %v", nr, name, bad, n, v, err)
			case cut && (!v.Intact || v.Complete || v.FirstBad != -1):
				t.Fatalf("%d: %s after %d records of %d: %+v", nr, name, bad, n, v)
			case !cut && (v.Intact || v.FirstBad != int64(bad)):
				t.Fatalf("%d: %s of record %d of %d: %+v", nr, name, bad, n, v)
			}
		}
		switch nr % 8 {
		case 0:
			m.asFile(t, s, name == "swap" || name == "insert", look)
		case 1, 2, 3:
			look(m.exported(t))
		default:
			look(m)
		}
	}
	for n := 1; n <= len(whole.all); n++ { // and the log itself is well, at every length
		if v, err := Verify(prefix(n), known, nil); err != nil || !v.OK() {
			t.Fatalf("%d records: %+v, %v", n, v, err)
		}
	}
}

func treeOf(all []entry) (root [32]byte) {
	v := &verification{}
	for _, e := range all {
		v.grow(leafHash(e.leaf))
		v.verdict.Size++
	}
	return v.root(v.verdict.Size)
}
