package store

import (
	"bytes"
	"time"
)

// Claim is the right to post something once. It is taken before the post and
// completed after it; one that was never completed tells whoever starts next to
// look in Slack before posting.
type Claim struct {
	Key    string    `json:"key"`
	At     time.Time `json:"at"`           // when it was taken
	To     string    `json:"to,omitempty"` // for whom or where it is meant, in the words of whoever took it
	Place  Place     `json:"place,omitzero"`
	Posted time.Time `json:"posted,omitzero"` // zero: taken, and not known to be posted
}

// Claim takes the right to post what Key names. It answers false, with the claim
// as it stands, when it was taken before.
func (s *Store) Claim(key string, at time.Time) (c Claim, fresh bool, err error) {
	return s.ClaimFor(key, "", at)
}

// ClaimFor is Claim for a post that nothing else remembers: with whom it is for, whoever
// starts next can make it.
func (s *Store) ClaimFor(key, to string, at time.Time) (c Claim, fresh bool, err error) {
	if err := checkKey(key); err != nil {
		return Claim{}, false, err
	}
	c, err = update(s, func(tx Tx) (Claim, error) {
		var c Claim
		if found, err := get(tx, bucketClaims, []byte(key), &c); err != nil || found {
			return c, err
		}
		fresh = true
		c = Claim{Key: key, At: at.UTC().Round(0), To: to}
		return c, put(tx, bucketClaims, []byte(key), c)
	})
	return c, fresh && err == nil, err
}

// Posted completes a claim with where the post is. The first place stays.
func (s *Store) Posted(key string, p Place, at time.Time) (Claim, error) {
	if err := checkKey(key); err != nil {
		return Claim{}, err
	}
	return update(s, func(tx Tx) (Claim, error) {
		c := Claim{Key: key, At: at.UTC().Round(0)}
		if _, err := get(tx, bucketClaims, []byte(key), &c); err != nil || !c.Posted.IsZero() {
			return c, err
		}
		c.Place, c.Posted = p, at.UTC().Round(0)
		return c, put(tx, bucketClaims, []byte(key), c)
	})
}

// LookUpClaim answers a claim, and whether there is one.
func (s *Store) LookUpClaim(key string) (Claim, bool, error) {
	var found bool
	c, err := view(s, func(tx Tx) (c Claim, err error) {
		found, err = get(tx, bucketClaims, []byte(key), &c)
		return c, err
	})
	return c, found && err == nil, err
}

// Unposted answers the claims whose keys begin so, that were taken and never completed.
func (s *Store) Unposted(prefix string) (open []Claim, err error) {
	return view(s, func(tx Tx) (open []Claim, err error) {
		tx.Scan(bucketClaims, []byte(prefix), func(key, value []byte) bool {
			if !bytes.HasPrefix(key, []byte(prefix)) {
				return false
			}
			var c Claim
			if err = decode(bucketClaims, key, value, &c); err == nil && c.Posted.IsZero() {
				open = append(open, c)
			}
			return err == nil
		})
		return open, err
	})
}
