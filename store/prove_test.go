package store

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func TestProofs(t *testing.T) {
	s, k := newStore(t)
	anchors := history(t, s)
	stranger := newKey(t)
	for n := range int64(told) {
		p, err := s.Proof(n, nil)
		if err != nil || p.Check(k.known) != nil {
			t.Fatalf("proof of %d: %v, %v", n, err, p.Check(k.known))
		}
		if err := p.Check(stranger.known); !errors.Is(err, ErrUnsigned) {
			t.Errorf("with a stranger's key: %v", err)
		}
		other := p
		other.Leaf = string(reworded([]byte(p.Leaf)))
		if err := other.Check(k.known); !errors.Is(err, ErrUnproven) {
			t.Errorf("another record %d is proven", n)
		}
		if p.Values != "" {
			other = p
			other.Values = strings.Replace(p.Values, `"salt":"`, `"salt":"A`, 1)
			if err := other.Check(k.known); !errors.Is(err, ErrUnproven) {
				t.Errorf("with other values record %d is proven", n)
			}
			other.Values = ""
			if err := other.Check(k.known); err != nil {
				t.Errorf("without its values record %d is not proven: %v", n, err)
			}
		}
		other = p
		other.N = (n + 1) % told
		if err := other.Check(k.known); !errors.Is(err, ErrUnproven) {
			t.Errorf("record %d is proven at another place", n)
		}
	}
	for _, n := range []int64{-1, told} {
		if _, err := s.Proof(n, nil); err == nil {
			t.Errorf("record %d is proven", n)
		}
	}
	newest := anchors[len(anchors)-1]
	for i, old := range anchors {
		p, err := s.Extension(old, nil)
		if err != nil || p.Check(k.known) != nil || p.Check(k.known, old, newest) != nil {
			t.Fatalf("from checkpoint %d: %v, %v", i, err, p.Check(k.known, old, newest))
		}
		for j, kept := range anchors[:len(anchors)-1] {
			if err := p.Check(k.known, kept); (err == nil) != (i == j) || err != nil && !errors.Is(err, ErrElsewhere) {
				t.Errorf("a proof from checkpoint %d, for one who has kept %d: %v", i, j, err)
			}
		}
		if p, err := s.Proof(0, old); err != nil || p.Check(k.known, old) != nil {
			t.Errorf("record 0 against checkpoint %d: %v", i, err)
		}
	}
	s2, _ := newStore(t)
	ask(t, s2, 9)
	foreign, _ := s2.Checkpoint()
	if _, err := s.Extension(foreign, nil); err == nil {
		t.Error("it goes on from another log")
	}
	if _, err := s.Proof(0, foreign); err == nil {
		t.Error("a record is proven against another log")
	}
}

// Two logs of one size, both signed by the key: whoever has kept a checkpoint of
// the one is told so when shown the other.
func TestT26ProofFromASecondHistory(t *testing.T) {
	k := newKey(t)
	var kept [2][]byte
	var proof Proof
	for i := range kept {
		s := openAt(t, t.TempDir()+"/data", k)
		if _, err := s.Record(Leaf{At: noon, Kind: "started", Note: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
		kept[i], _ = s.Checkpoint()
		proof, _ = s.Proof(0, nil)
	}
	if err := proof.Check(k.known, kept[1]); err != nil {
		t.Error(err)
	}
	if err := proof.Check(k.known, kept[0]); !errors.Is(err, ErrElsewhere) || !strings.Contains(err.Error(), "two different logs") {
		t.Errorf("got %v", err)
	}
}

func TestNoProof(t *testing.T) {
	for _, text := range []string{
		"", "{}", "null", "[]", "hello", `{"v":1,"proof":"miracle","path":[],"checkpoint":""}`, `{"v":2,"proof":"record","path":[],"checkpoint":""}`,
		`{"v":1,"proof":"record","path":["x"],"checkpoint":""}`, `{"v":1,"proof":"record","path":[],"checkpoint":""} x`, `{"v":1,"proof":"record","extra":1}`,
		`{"v":1,"proof":"record","path":[` + strings.Repeat(`"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",`, 200) + `"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],"checkpoint":""}`,
	} {
		if p, err := ReadProof([]byte(text)); err == nil {
			t.Errorf("%q is taken for a proof: %+v", text, p)
		}
	}
}

// naive checks proofs straight from the definitions in RFC 6962, sections 2.1, 2.1.1
// and 2.1.2, and from how a signed note is written. It shares nothing with what it
// is compared to, not even the library.
type naive struct {
	name   string
	id     []byte // of the key, in every signature
	public ed25519.PublicKey
	seen   map[string]bool // signatures, by note
}

func newNaive(vkey string) naive {
	parts := strings.SplitN(vkey, "+", 3)
	raw, _ := base64.StdEncoding.DecodeString(parts[2])
	id := sha([]byte(parts[0]+"\n"), raw)[:4]
	return naive{parts[0], id, ed25519.PublicKey(raw[1:]), map[string]bool{}}
}

// head reads a signed checkpoint.
func (v naive) head(signed string) (size int, root []byte, origin string, ok bool) {
	text, sig, found := strings.Cut(signed, "\n\n")
	text += "\n"
	if !found {
		return
	}
	if _, known := v.seen[signed]; !known {
		good := false
		if line, only := strings.CutSuffix(sig, "\n"); only && !strings.Contains(line, "\n") {
			if code, ours := strings.CutPrefix(line, "— "+v.name+" "); ours {
				raw, err := base64.StdEncoding.DecodeString(code)
				good = err == nil && len(raw) == 68 && bytes.Equal(raw[:4], v.id) && ed25519.Verify(v.public, []byte(text), raw[4:])
			}
		}
		v.seen[signed] = good
	}
	if !v.seen[signed] {
		return
	}
	lines := strings.Split(text, "\n")
	size, err := strconv.Atoi(lines[1])
	root, err2 := base64.StdEncoding.DecodeString(lines[2])
	return size, root, lines[0], err == nil && err2 == nil
}

func sha(parts ...[]byte) []byte {
	sum := sha256.Sum256(bytes.Join(parts, nil))
	return sum[:]
}

// largest is the largest power of two smaller than n.
func largest(n int) int {
	k := 1
	for 2*k < n {
		k *= 2
	}
	return k
}

// along computes the root from a leaf's hash and PATH(m, D[n]).
func along(m, n int, leaf []byte, path [][]byte) (root []byte, ok bool) {
	if n == 1 {
		return leaf, len(path) == 0
	}
	if len(path) == 0 {
		return nil, false
	}
	k, last := largest(n), path[len(path)-1]
	if m < k {
		left, ok := along(m, k, leaf, path[:len(path)-1])
		return sha([]byte{1}, left, last), ok
	}
	right, ok := along(m-k, n-k, leaf, path[:len(path)-1])
	return sha([]byte{1}, last, right), ok
}

// subproof computes MTH(D[0:m]) and MTH(D[n]) from SUBPROOF(m, D[n], whole), where
// whole says that D[0:m] is the older tree itself, whose root is known.
func subproof(m, n int, whole bool, old []byte, path [][]byte) (before, after []byte, ok bool) {
	if m == n {
		if whole {
			return old, old, len(path) == 0
		}
		if len(path) != 1 {
			return nil, nil, false
		}
		return path[0], path[0], true
	}
	if len(path) == 0 {
		return nil, nil, false
	}
	k, last, rest := largest(n), path[len(path)-1], path[:len(path)-1]
	if m <= k {
		before, left, ok := subproof(m, k, whole, old, rest)
		return before, sha([]byte{1}, left, last), ok
	}
	before, right, ok := subproof(m-k, n-k, false, old, rest)
	return sha([]byte{1}, last, before), sha([]byte{1}, last, right), ok
}

func (v naive) accepts(text []byte) bool {
	var p struct {
		V          int
		Proof      string
		N          int
		Leaf, From string
		Values     string
		Path       [][]byte
		Checkpoint string
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if dec.Decode(&p) != nil || dec.More() || p.V != 1 {
		return false
	}
	size, root, origin, ok := v.head(p.Checkpoint)
	if !ok {
		return false
	}
	if p.Proof == "record" {
		got, ok := []byte(nil), false
		if 0 <= p.N && p.N < size {
			got, ok = along(p.N, size, sha([]byte{0}, []byte(p.Leaf)), p.Path)
		}
		return ok && bytes.Equal(got, root)
	}
	older, old, of, ok := v.head(p.From)
	if !ok || p.Proof != "extension" || older < 1 || older > size || of != origin {
		return false
	}
	before, after, ok := subproof(older, size, true, old, p.Path)
	return ok && bytes.Equal(before, old) && bytes.Equal(after, root)
}

// remembering is a verifier that looks at each signature once.
type remembering struct {
	note.Verifier
	seen map[string]bool
}

func (r remembering) Verify(msg, sig []byte) bool {
	key := string(msg) + string(sig)
	if good, known := r.seen[key]; known {
		return good
	}
	r.seen[key] = r.Verifier.Verify(msg, sig)
	return r.seen[key]
}

// Of 100,000 mutated proofs none is accepted, and about every one the checker
// agrees with a second one that was written from RFC 6962 alone.
func TestT32MutatedProofs(t *testing.T) {
	const size = 37
	mutants := 100_000
	if testing.Short() {
		mutants /= 10
	}
	s, k := newStore(t)
	stranger := newKey(t)
	var heads []string
	for n := range size {
		if _, err := s.Record(Leaf{At: noon, Kind: "started", Note: strings.Repeat("x", n)}); err != nil {
			t.Fatal(err)
		}
		head, _ := s.Checkpoint()
		heads = append(heads, string(head))
	}
	key, _ := note.NewVerifier(k.vkey)
	known := note.VerifierList(remembering{key, map[string]bool{}})
	second := newNaive(k.vkey)
	var proofs []Proof
	for to := range size {
		for n := range to + 1 {
			record, err := s.Proof(int64(n), []byte(heads[to]))
			extension, err2 := s.Extension([]byte(heads[n]), []byte(heads[to]))
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			proofs = append(proofs, record, extension)
		}
	}
	accepts := func(text []byte) bool {
		p, err := ReadProof(text)
		return err == nil && p.Check(known) == nil
	}
	for _, p := range proofs {
		text, _ := json.Marshal(p)
		if !accepts(text) || !second.accepts(text) {
			t.Fatalf("a true proof is refused: %s", text)
		}
	}
	random := rand.New(rand.NewPCG(6962, 32))
	pick := func(n int) int { return random.IntN(n) }
	mutate := map[string]func(p *Proof){
		"a bit of the path": func(p *Proof) {
			if len(p.Path) > 0 {
				p.Path[pick(len(p.Path))][pick(32)] ^= 1 << pick(8)
			}
		},
		"a step left out": func(p *Proof) {
			if len(p.Path) > 0 {
				i := pick(len(p.Path))
				p.Path = slices.Delete(p.Path, i, i+1)
			}
		},
		"a step more": func(p *Proof) {
			var h tlog.Hash
			if len(p.Path) > 0 && pick(2) == 0 {
				h = p.Path[pick(len(p.Path))]
			}
			p.Path = slices.Insert(p.Path, pick(len(p.Path)+1), h)
		},
		"steps exchanged": func(p *Proof) {
			if n := len(p.Path); n > 1 {
				i, j := pick(n), pick(n)
				p.Path[i], p.Path[j] = p.Path[j], p.Path[i]
			}
		},
		"another path": func(p *Proof) { p.Path = slices.Clone(proofs[pick(len(proofs))].Path) },
		"another place": func(p *Proof) {
			p.N = []int64{p.N + 1, p.N - 1, -p.N, p.N + size, int64(pick(2 * size)), 1<<62 + p.N}[pick(6)]
		},
		"another record": func(p *Proof) {
			p.Leaf = []string{p.Leaf + " ", strings.Replace(p.Leaf, `"v":1`, `"v":2`, 1), "", proofs[2*pick(len(proofs)/2)].Leaf}[pick(4)]
		},
		"a node for a record": func(p *Proof) { // without the prefixes of RFC 6962 this would do
			if len(p.Path) > 1 {
				p.Leaf = string(p.Path[0][:]) + string(p.Path[1][:])
			}
		},
		"another checkpoint": func(p *Proof) { p.Checkpoint = heads[pick(size)] },
		"another older one":  func(p *Proof) { p.From = heads[pick(size)] },
		"older and newer":    func(p *Proof) { p.From, p.Checkpoint = p.Checkpoint, p.From },
		"a stranger's hand":  func(p *Proof) { p.Checkpoint = resigned(stranger, p.Checkpoint, func(*checkpoint) {}) },
		"a root made to fit": func(p *Proof) { p.Checkpoint = forged(p.Checkpoint, func(c *checkpoint) { c.Root[pick(32)]++ }) },
		"another size": func(p *Proof) {
			p.Checkpoint = forged(p.Checkpoint, func(c *checkpoint) { c.Size += int64(1 + pick(9)) })
		},
		"another log's name":   func(p *Proof) { p.Checkpoint = forged(p.Checkpoint, func(c *checkpoint) { c.Origin += "x" }) },
		"another kind":         func(p *Proof) { p.Kind = []string{ProofOfRecord, ProofOfExtension, "", "proof"}[pick(4)] },
		"two things at once":   func(p *Proof) { p.N++; p.Checkpoint = heads[pick(size)] },
		"a bit of the writing": nil,
	}
	names := slices.Sorted(maps.Keys(mutate))
	for made := 0; made < mutants; {
		name, whole := names[pick(len(names))], proofs[pick(len(proofs))]
		was, _ := json.Marshal(whole)
		text := slices.Clone(was)
		if mutate[name] == nil {
			text[pick(len(text))] ^= 1 << pick(8)
		} else {
			p := whole
			p.Path = slices.Clone(p.Path)
			mutate[name](&p)
			text, _ = json.Marshal(p)
		}
		if same(text, whole) {
			continue
		}
		made++
		if got, want := accepts(text), second.accepts(text); got || want {
			t.Fatalf("%s: accepted %v, and by the second checker %v: %s", name, got, want, text)
		}
	}
}

// same says whether text speaks of the very same proof, whatever was done to it;
// fields of the other kind say nothing.
func same(text []byte, as Proof) bool {
	p, err := ReadProof(text)
	if err != nil || p.Kind != as.Kind || !sameNote(p.Checkpoint, as.Checkpoint) || !slices.Equal(p.Path, as.Path) {
		return false
	}
	if p.Kind == ProofOfRecord {
		return p.N == as.N && p.Leaf == as.Leaf && p.Values == as.Values
	}
	return sameNote(p.From, as.From)
}

// sameNote compares signed notes by what their base64 stands for: its last letter
// has bits that mean nothing.
func sameNote(a, b string) bool {
	bytesOf := func(signed string) string {
		text, code, _ := strings.Cut(strings.TrimSuffix(signed, "\n"), "— ascbot.example ")
		raw, err := base64.StdEncoding.DecodeString(code)
		if err != nil {
			return signed
		}
		return text + string(raw)
	}
	return a == b || bytesOf(a) == bytesOf(b)
}

func resigned(k key, signed string, change func(*checkpoint)) string {
	c, _ := parseCheckpoint([]byte(signed))
	change(&c)
	out, _ := note.Sign(&note.Note{Text: c.text()}, k.signer)
	return string(out)
}

// forged is a checkpoint that was changed below its signature.
func forged(signed string, change func(*checkpoint)) string {
	c, _ := parseCheckpoint([]byte(signed))
	change(&c)
	return c.text() + "\n" + string(signatureOf([]byte(signed)))
}
