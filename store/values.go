package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// Commitments stand in a leaf for values that may have to be erased: each is the
// base64 of HMAC-SHA-256, whose key is the value's salt as it is written and whose
// message is the value's name, a zero byte, and the value as it is written. Without value and salt
// it tells nothing, not even to somebody who guesses; with them it shows that the
// value is what the log was signed with.
type Commitments struct {
	Name    string `json:"name,omitempty"`    // By.Name
	Note    string `json:"note,omitempty"`    // Note
	Details string `json:"details,omitempty"` // Details
}

// values are what a leaf commits to, kept beside it. Erasing one deletes it with its
// salt.
type values struct {
	Name    *salted `json:"name,omitempty"`
	Note    *salted `json:"note,omitempty"`
	Details *salted `json:"details,omitempty"`
}

type salted struct {
	Salt  string          `json:"salt"`  // base64
	Value json.RawMessage `json:"value"` // compact
}

// saltSize is 128 bits, drawn anew for every value.
const saltSize = 16

// openMembers are the members of a leaf's details that speak of nobody and have to outlive
// whatever is erased: votes are needed to replay the log, and a policy to judge what
// was decided under it. All other members are private.
var openMembers = []string{"team", "policy", "rules", "yes", "job", "label", "records", "requests"}

// hide takes out of a leaf what people have said and what is said of them. A line
// that speaks of nobody, such as a start, stays as it is.
func (l Leaf) hide() (Leaf, values, error) {
	var v values
	if l.By == nil && l.Request == 0 {
		return l, v, nil
	}
	var c Commitments
	var err error
	take := func(name string, value any) (*salted, string) {
		kept, failed := newSalted(value)
		err = errors.Join(err, failed)
		return kept, kept.commitment(name)
	}
	if l.Note != "" {
		v.Note, c.Note = take("note", l.Note)
		l.Note = ""
	}
	if l.By != nil && l.By.Name != "" {
		v.Name, c.Name = take("name", l.By.Name)
		l.By = &Person{Team: l.By.Team, ID: l.By.ID}
	}
	open, private := split(l.Details)
	if l.Details = open; len(private) > 0 {
		v.Details, c.Details = take("details", private)
	}
	if c != (Commitments{}) {
		l.Private = &c
	}
	return l, v, err
}

// split parts details into the members that stay in the clear and the others.
func split(details json.RawMessage) (open, private json.RawMessage) {
	var members map[string]json.RawMessage
	if json.Unmarshal(details, &members) != nil {
		return nil, details
	}
	stay := map[string]json.RawMessage{}
	for _, name := range openMembers {
		if value, ok := members[name]; ok {
			stay[name] = value
			delete(members, name)
		}
	}
	return object(stay), object(members)
}

// object writes members in the order of their names; none of them is nothing.
func object(members map[string]json.RawMessage) json.RawMessage {
	if len(members) == 0 {
		return nil
	}
	data, _ := encode(members) // JSON that was read just now
	return data
}

func join(open, private json.RawMessage) json.RawMessage {
	members := map[string]json.RawMessage{}
	if json.Unmarshal(private, &members) != nil || json.Unmarshal(open, &members) != nil && len(open) > 0 {
		return private
	}
	return object(members)
}

func newSalted(value any) (*salted, error) {
	data, err := encode(value)
	return &salted{Salt: base64.StdEncoding.EncodeToString(newSalt()), Value: data}, err
}

func newSalt() []byte {
	salt := make([]byte, saltSize)
	rand.Read(salt) // it never fails
	return salt
}

func (v values) empty() bool { return v == values{} }

func (v values) size() (n int) {
	for _, kept := range []*salted{v.Name, v.Note, v.Details} {
		if kept != nil {
			n += len(kept.Value)
		}
	}
	return n
}

// keep writes the values beside their record, or deletes what was there when none
// is left.
func (v values) keep(tx Tx, n int64) error {
	if v.empty() {
		return tx.Delete(bucketValues, number(uint64(n)))
	}
	return tx.Put(bucketValues, number(uint64(n)), v.encode())
}

// encode writes the values in the one way that counts.
func (v values) encode() []byte {
	out := append(make([]byte, 0, 256+v.size()), valuePrefix[:len(valuePrefix)-1]...)
	for _, of := range [...]struct {
		name string
		kept *salted
	}{{"name", v.Name}, {"note", v.Note}, {"details", v.Details}} {
		if of.kept != nil {
			out = append(append(append(out, `,"`...), of.name...), `":{"salt":"`...)
			out = append(append(append(out, of.kept.Salt...), `","value":`...), of.kept.Value...)
			out = append(out, '}')
		}
	}
	return append(out, '}')
}

func valuesOf(tx Tx, n int64) (v values, err error) {
	_, err = get(tx, bucketValues, number(uint64(n)), &v)
	return v, err
}

func (s *salted) commitment(name string) string {
	mac := hmacOf(s.Salt, name, s.Value)
	return base64.StdEncoding.EncodeToString(mac[:])
}

// hmacOf is HMAC-SHA-256 of name, a zero byte and value, without what crypto/hmac
// allocates: verifying computes a few million of them.
func hmacOf(salt, name string, value []byte) [sha256.Size]byte {
	var pad [sha256.BlockSize]byte
	if len(salt) > len(pad) {
		salt = "" // none that was made here
	}
	copy(pad[:], salt)
	for i := range pad {
		pad[i] ^= 0x36
	}
	message := make([]byte, 0, 1024)
	message = append(append(append(append(message, pad[:]...), name...), 0), value...)
	inner := sha256.Sum256(message)
	for i := range pad {
		pad[i] ^= 0x36 ^ 0x5c
	}
	return sha256.Sum256(append(append(message[:0], pad[:]...), inner[:]...))
}

// compare answers how many of the values a leaf commits to are gone, and says in
// words if one is not what it commits to.
func (c *Commitments) compare(v values) (gone int, wrong string) {
	if c == nil {
		c = &Commitments{}
	}
	for _, of := range [...]struct {
		name, committed string
		kept            *salted
	}{{"name", c.Name, v.Name}, {"note", c.Note, v.Note}, {"details", c.Details, v.Details}} {
		switch {
		case of.kept == nil && of.committed != "":
			gone++
		case of.kept != nil && of.kept.commitment(of.name) != of.committed:
			return gone, fmt.Sprintf("its %s is not what the record commits to", of.name)
		}
	}
	return gone, ""
}

// reveal puts the values back into a leaf that was read, as far as they are there.
func (l *Leaf) reveal(tx Tx) error {
	if l.Private == nil {
		return nil
	}
	v, err := valuesOf(tx, l.N)
	if err != nil {
		return err
	}
	return l.fill(v)
}

func (l *Leaf) fill(v values) error {
	gone, _ := l.Private.compare(v)
	l.Erased = gone > 0
	name := new(string)
	if l.By != nil {
		name = &l.By.Name
	}
	if err := errors.Join(v.Name.into(name), v.Note.into(&l.Note)); err != nil {
		return fmt.Errorf("what is kept beside record %d cannot be read: %w", l.N, err)
	}
	if v.Details != nil {
		l.Details = join(l.Details, v.Details.Value)
	}
	return nil
}

func (s *salted) into(value any) error {
	if s == nil {
		return nil
	}
	return json.Unmarshal(s.Value, value)
}
