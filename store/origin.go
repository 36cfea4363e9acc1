package store

import "encoding/json"

// ByOrigin answers the request that an envelope asked for, if there is one.
func (s *Store) ByOrigin(origin string) (Request, bool, error) {
	found := false
	r, err := view(s, func(tx Tx) (Request, error) {
		n := tx.Get(bucketOrigins, []byte(origin))
		if found = n != nil; !found {
			return Request{}, nil
		}
		return load(tx, numberOf(n))
	})
	return r, found && err == nil, err
}

// Canonical writes JSON in the form in which requests keep their arguments and
// what was shown, so that the two can be compared byte by byte.
func Canonical(value any) (json.RawMessage, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return canonicalJSON(raw)
}
