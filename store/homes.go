package store

import "time"

// Home is what was last put on somebody's App Home: which view of Slack's it is, and
// which pictures of it are the program's own.
type Home struct {
	User   string    `json:"user"`
	View   string    `json:"view,omitempty"`
	Hashes []string  `json:"hashes,omitempty"` // Slack's marks of the newest pictures, the newest last
	Opened time.Time `json:"opened,omitzero"`  // when the person last looked
}

// picturesKept bounds how many pictures of a Home are remembered. A click can be made
// on the one before while a newer one is on its way.
const picturesKept = 5

// Home answers what is known of somebody's App Home.
func (s *Store) Home(user string) (Home, error) {
	return view(s, func(tx Tx) (h Home, err error) {
		_, err = get(tx, bucketHomes, []byte(user), &h)
		h.User = user
		return h, err
	})
}

// HomeOpened notes that somebody looks at their App Home.
func (s *Store) HomeOpened(user string, at time.Time) (Home, error) {
	return s.editHome(user, func(h *Home) { h.Opened = at.UTC().Round(0) })
}

// HomeDrawn notes a picture that was put on somebody's App Home.
func (s *Store) HomeDrawn(user, viewID, hash string) (Home, error) {
	return s.editHome(user, func(h *Home) {
		if h.View != viewID {
			h.View, h.Hashes = viewID, nil
		}
		h.Hashes = append(h.Hashes, hash)
		h.Hashes = h.Hashes[max(0, len(h.Hashes)-picturesKept):]
	})
}

func (s *Store) editHome(user string, edit func(*Home)) (Home, error) {
	if err := checkKey(user); err != nil {
		return Home{}, err
	}
	return update(s, func(tx Tx) (h Home, err error) {
		if _, err := get(tx, bucketHomes, []byte(user), &h); err != nil {
			return h, err
		}
		h.User = user
		edit(&h)
		return h, put(tx, bucketHomes, []byte(user), h)
	})
}

// Homes answers the App Homes that were looked at since some time.
func (s *Store) Homes(since time.Time) ([]Home, error) {
	return view(s, func(tx Tx) (all []Home, err error) {
		tx.Scan(bucketHomes, nil, func(key, value []byte) bool {
			var h Home
			if err = decode(bucketHomes, key, value, &h); err == nil && !h.Opened.Before(since) {
				all = append(all, h)
			}
			return err == nil
		})
		return all, err
	})
}
