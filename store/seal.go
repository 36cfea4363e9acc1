package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// sealed is what an approval is bound to.
type sealed struct {
	V             int             `json:"v"`
	ID            uint64          `json:"id"`
	Version       int             `json:"version"`
	Operation     string          `json:"operation"`
	Args          json.RawMessage `json:"args"`
	Team          string          `json:"team"`
	AskerTeam     string          `json:"asker_team"`
	AskerID       string          `json:"asker_id"`
	Beneficiaries []string        `json:"beneficiaries"`
	Shown         json.RawMessage `json:"shown"`
	VoteUntil     string          `json:"vote_until"`

	// Left out when empty, so that requests from before these were kept stay valid.
	Note    string          `json:"note,omitempty"`
	Policy  string          `json:"policy,omitempty"`
	Rules   json.RawMessage `json:"rules,omitempty"`
	Returns uint64          `json:"returns,omitempty"`
	Key     string          `json:"key,omitempty"`
	Salt    []byte          `json:"salt,omitempty"`
}

// Seal answers the request's digest: the hex SHA-256 of a canonical JSON of
// everything an approval is bound to. That is number, version, operation,
// arguments, App Store Connect team and API key, asker, beneficiaries, the state that was
// shown, until when votes count, the asker's own words, and the policy it was
// asked under with what that demanded. A random salt keeps a digest from telling
// what was agreed on once that is erased.
func (r Request) Seal() string { return r.sealWith(sealable) }

// sealAsStored is the same for a request that was read from the file, where all JSON
// has its canonical form already.
func (r Request) sealAsStored() string {
	return r.sealWith(func(raw json.RawMessage) json.RawMessage {
		if len(raw) == 0 {
			return json.RawMessage("null")
		}
		return raw
	})
}

func (r Request) sealWith(form func(json.RawMessage) json.RawMessage) string {
	var rules json.RawMessage
	if len(r.Rules) > 0 {
		rules = form(r.Rules)
	}
	data, err := encode(sealed{
		V: 1, ID: r.ID, Version: r.Version, Operation: r.Operation, Args: form(r.Args), Team: r.Team,
		AskerTeam: r.Asker.Team, AskerID: r.Asker.ID, Beneficiaries: r.Beneficiaries,
		Shown: form(r.Shown), VoteUntil: r.VoteUntil.UTC().Format(time.RFC3339Nano),
		Note: r.Note, Policy: r.Policy, Rules: rules, Returns: r.Returns, Key: r.Key, Salt: r.Salt,
	})
	if err != nil {
		panic("store: sealing a request: " + err.Error()) // strings, numbers and JSON that was just written
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// sealable is the canonical form; bytes that are no JSON count as a string.
func sealable(raw json.RawMessage) json.RawMessage {
	if out, err := canonicalJSON(raw); err == nil {
		return out
	}
	out, _ := encode(hex.EncodeToString(raw))
	return out
}

// canonicalJSON sorts the names of objects and drops blanks; numbers stay as they
// were written. Nothing at all is null.
func canonicalJSON(raw []byte) (json.RawMessage, error) {
	if len(raw) == 0 {
		return json.RawMessage("null"), nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON value")
	}
	return encode(value)
}

// canonical gives Args, Shown and Rules the form the digest is computed from, so that
// what is stored is what was agreed on.
func (r *Request) canonical() error {
	for _, raw := range []*json.RawMessage{&r.Args, &r.Shown, &r.Rules} {
		if len(*raw) == 0 {
			continue
		}
		out, err := canonicalJSON(*raw)
		if err != nil {
			return fmt.Errorf("the request's arguments, its shown state or its rules are no JSON: %w", err)
		}
		*raw = out
	}
	r.normalise()
	return nil
}

// normalise puts the times into UTC without a monotonic reading, as they will be
// when they are read back.
func (r *Request) normalise() {
	for _, t := range []*time.Time{&r.Asked, &r.VoteUntil, &r.RunUntil, &r.Decided, &r.Ended} {
		*t = t.UTC().Round(0)
	}
	for i := range r.Attempts {
		r.Attempts[i].Started, r.Attempts[i].Ended = r.Attempts[i].Started.UTC().Round(0), r.Attempts[i].Ended.UTC().Round(0)
	}
}
