package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Verifying reads a million records. What follows looks at one without the others, so
// that several are looked at together, and takes apart what this package has written
// without the general JSON reader, which reads everything else.

// looked is what can be said of a record without the others.
type looked struct {
	n     int64 // the position it claims
	hash  tlog.Hash
	leaf  Leaf   // as far as replaying needs it
	bad   bool   // it is no line of a log
	gone  int    // values that are not there
	wrong string // how a value is not what the leaf commits to
}

// look judges a record. When it was written is wanted of few.
func (l *looked) look(e entry, wanted map[int64]bool) {
	*l = looked{n: e.n, hash: leafHash(e.leaf)}
	var committed, found spans
	if !l.quick(e.leaf, &committed) {
		l.leaf, committed = Leaf{}, spans{}
		if err := json.Unmarshal(e.leaf, &l.leaf); err != nil {
			l.bad = true
			return
		}
		if c := l.leaf.Private; c != nil {
			committed = spans{[]byte(c.Name), []byte(c.Note), []byte(c.Details)}
		}
	}
	if wanted[l.leaf.N+1] && l.leaf.At.IsZero() {
		var at struct{ At time.Time }
		l.bad = json.Unmarshal(e.leaf, &at) != nil
		l.leaf.At = at.At
	}
	if e.values != nil && !found.values(e.values) {
		var kept values
		if err := json.Unmarshal(e.values, &kept); err != nil || !bytes.Equal(kept.encode(), e.values) || !found.values(kept.encode()) {
			l.wrong = "what is kept beside it cannot be read"
			return
		}
	}
	l.compare(committed, found)
}

// leafHash is tlog.RecordHash without its allocations.
func leafHash(leaf []byte) tlog.Hash {
	message := make([]byte, 0, 1024)
	return sha256.Sum256(append(append(message, 0), leaf...))
}

// spans are the parts of what is private: of a leaf its commitments, of values the
// salted ones as they are written.
type spans [3][]byte

var privateNames = [len(spans{})]string{"name", "note", "details"}

// compare holds what is kept against what the leaf commits to.
func (l *looked) compare(committed, found spans) {
	for i, name := range privateNames {
		switch {
		case found[i] != nil:
			salt, value, ok := parts(found[i])
			mac, sum := hmacOf(salt, name, value), [44]byte{}
			base64.StdEncoding.Encode(sum[:], mac[:])
			if !ok || string(sum[:]) != string(committed[i]) {
				l.wrong = "its " + name + " is not what the record commits to"
				return
			}
		case len(committed[i]) > 0:
			l.gone++
		}
	}
}

// values finds the salted values in what is kept beside a record, written as
// values.encode does and in no other way.
func (s *spans) values(data []byte) bool {
	at := -1
	complete := members(data, func(key, value []byte) bool {
		if at++; at == 0 {
			return string(key) == "v" && string(value) == "1"
		}
		for i, name := range privateNames {
			if string(key) == name && s.noneFrom(i) {
				s[i] = value
				_, _, ok := parts(value)
				return ok
			}
		}
		return false
	})
	return complete && at > 0
}

func (s *spans) noneFrom(i int) bool {
	for ; i < len(s); i++ {
		if s[i] != nil {
			return false
		}
	}
	return true
}

// parts takes {"salt":"…","value":…} apart.
func parts(salted []byte) (salt string, value []byte, ok bool) {
	rest, ok := bytes.CutPrefix(salted, []byte(`{"salt":"`))
	if !ok {
		return
	}
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return "", nil, false
	}
	salt, rest = string(rest[:end]), rest[end:]
	rest, ok = bytes.CutPrefix(rest, []byte(`","value":`))
	if !ok || len(rest) < 2 || rest[len(rest)-1] != '}' {
		return "", nil, false
	}
	return salt, rest[:len(rest)-1], true
}

// quick reads what replaying needs out of a leaf as this package writes it. It is
// false when there is anything that it does not know.
func (l *looked) quick(data []byte, committed *spans) bool {
	at := &l.leaf
	return members(data, func(key, value []byte) bool {
		ok := true
		switch string(key) {
		case "v":
			at.V, ok = whole[int](value)
		case "n":
			at.N, ok = whole[int64](value)
		case "request":
			at.Request, ok = whole[uint64](value)
		case "version":
			at.Version, ok = whole[int](value)
		case "attempt":
			at.Attempt, ok = whole[int](value)
		case "kind":
			at.Kind, ok = word(value)
		case "digest":
			at.Digest, ok = word(value)
		case "from":
			at.From, ok = stateIn(value)
		case "to":
			at.To, ok = stateIn(value)
		case "by":
			at.By = &Person{}
			ok = members(value, func(key, value []byte) bool {
				ok := true
				switch string(key) {
				case "team":
					at.By.Team, ok = word(value)
				case "id":
					at.By.ID, ok = word(value)
				default:
					ok = string(key) == "name"
				}
				return ok
			})
		case "details":
			at.Details = value
		case "private":
			ok = members(value, func(key, value []byte) bool {
				for i, name := range privateNames {
					if string(key) == name && len(value) > 2 {
						committed[i] = value[1 : len(value)-1]
						return true
					}
				}
				return false
			})
		case "at", "operation", "note":
		default:
			ok = false
		}
		return ok
	})
}

// whole reads a number without sign, point or leading zeros.
func whole[T int | int64 | uint64](value []byte) (T, bool) {
	if len(value) == 0 || len(value) > 18 || value[0] == '0' && len(value) > 1 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(value), 10, 63)
	return T(n), err == nil
}

// word reads a string in which nothing is escaped.
func word(value []byte) (string, bool) {
	if len(value) < 2 || value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 {
		return "", false
	}
	for _, known := range [...]string{"moved", "voted", "asked", "refused"} {
		if string(value[1:len(value)-1]) == known {
			return known, true // most of them, without an allocation
		}
	}
	return string(value[1 : len(value)-1]), true
}

func stateIn(value []byte) (State, bool) {
	for _, known := range [...]State{Approved, Running, Done, Pending} {
		if string(value[1:max(1, len(value)-1)]) == string(known) {
			return known, true
		}
	}
	s, ok := word(value)
	return State(s), ok
}

// members calls fn for each member of an object that is written without blanks, until
// it answers false. It is false then, and for what it cannot take apart. It does not
// look whether what is between is JSON: who was signed for it wrote it.
func members(data []byte, fn func(key, value []byte) bool) bool {
	if len(data) < 2 || data[0] != '{' || data[len(data)-1] != '}' {
		return false
	}
	if len(data) == 2 {
		return true
	}
	for at := 1; ; {
		key := valueEnd(data, at)
		if key < at+2 || data[at] != '"' || data[key] != ':' {
			return false
		}
		value := valueEnd(data, key+1)
		if value <= key+1 || !fn(data[at+1:key-1], data[key+1:value]) {
			return false
		}
		if data[value] == '}' {
			return value == len(data)-1
		}
		if data[value] != ',' {
			return false
		}
		at = value + 1
	}
}

// valueEnd answers where the value that begins at some place ends; that place itself
// when it does not.
func valueEnd(data []byte, from int) int {
	depth := 0
	for i := from; i < len(data); i++ {
		switch c := data[i]; c {
		case '"':
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // of what it is in
			}
			depth--
		case ',', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return from
}
