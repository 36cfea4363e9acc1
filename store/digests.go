package store

import (
	"errors"
	"time"
)

// Digest is a sales digest as it was agreed to in Slack. What its words mean is its
// readers' matter.
type Digest struct {
	Name     string   `json:"name"` // unique; its history is kept under it
	Channel  string   `json:"channel"`
	Where    string   `json:"where,omitempty"` // what the channel was called then, with "#"
	Team     string   `json:"team,omitempty"`  // blank: every team
	Apps     []string `json:"apps,omitempty"`  // none: all
	Names    []string `json:"names,omitempty"` // what these apps were called then
	When     string   `json:"when"`            // a cron expression
	Zone     string   `json:"zone"`
	Covers   string   `json:"covers"`             // day, week or month
	Currency string   `json:"currency,omitempty"` // blank: as configured
	Sections []string `json:"sections,omitempty"` // none: all
	Percent  int      `json:"percent,omitempty"`  // of a change that raises an alarm; 0: none does
	Floor    string   `json:"floor,omitempty"`    // the least amount or number of such a change

	Paused bool      `json:"paused,omitempty"`
	Since  time.Time `json:"since"` // when it was added, or went on after a pause
}

// PutDigest adds a digest, or puts it in the place of the one of its name.
func (s *Store) PutDigest(d Digest) error {
	if err := checkKey(d.Name); err != nil {
		return err
	}
	d.Since = d.Since.UTC().Round(0)
	_, err := update(s, func(tx Tx) (struct{}, error) {
		return struct{}{}, put(tx, bucketDigests, []byte(d.Name), d)
	})
	return err
}

// DropDigest takes a digest away. What it posted stays known, and so is when.
func (s *Store) DropDigest(name string) error {
	if err := checkKey(name); err != nil {
		return err
	}
	_, err := update(s, func(tx Tx) (struct{}, error) {
		return struct{}{}, tx.Delete(bucketDigests, []byte(name))
	})
	return err
}

// Digest answers one digest, and whether there is one of that name.
func (s *Store) Digest(name string) (d Digest, ok bool, err error) {
	d, err = view(s, func(tx Tx) (d Digest, err error) {
		ok, err = get(tx, bucketDigests, []byte(name), &d)
		return d, err
	})
	return d, ok && err == nil, err
}

// Digests lists all digests by name.
func (s *Store) Digests() ([]Digest, error) {
	return view(s, func(tx Tx) (list []Digest, err error) {
		tx.Scan(bucketDigests, nil, func(key, value []byte) bool {
			var d Digest
			if err = decode(bucketDigests, key, value, &d); err == nil {
				list = append(list, d)
			}
			return err == nil
		})
		return list, err
	})
}

// Ran is one run of a job.
type Ran struct {
	Label string    `json:"label"`
	At    time.Time `json:"at"`
	Note  string    `json:"note,omitempty"` // what came of it; none in older files

	Then   string    `json:"then,omitempty"` // how it ended that it waited for reports; blank: it did not, or still does
	ThenAt time.Time `json:"thenAt,omitzero"`
}

// Runs lists the newest runs of a job, newest first.
func (s *Store) Runs(job string, most int) ([]Ran, error) {
	prefix := job + "\x00"
	return view(s, func(tx Tx) (list []Ran, err error) {
		tx.ScanBack(bucketRuns, []byte(prefix+"\xff"), func(key, value []byte) bool {
			if len(list) >= most || len(key) < len(prefix) || string(key[:len(prefix)]) != prefix {
				return false
			}
			var r Ran
			if err = decode(bucketRuns, key, value, &r); err == nil {
				r.Label = string(key[len(prefix):])
				list = append(list, r)
			}
			return err == nil
		})
		return list, err
	})
}

// Alarm is a cause that people were told of, for as long as it lasts.
type Alarm struct {
	Cause string    `json:"cause"`
	Since string    `json:"since"`          // the day it was first seen
	Last  string    `json:"last"`           // the newest day it was seen
	Muted time.Time `json:"muted,omitzero"` // nobody is told of it before
}

// Alarms lists the alarms whose cause begins with a prefix.
func (s *Store) Alarms(prefix string) ([]Alarm, error) {
	return view(s, func(tx Tx) (list []Alarm, err error) {
		tx.Scan(bucketAlarms, []byte(prefix), func(key, value []byte) bool {
			if len(key) < len(prefix) || string(key[:len(prefix)]) != prefix {
				return false
			}
			var a Alarm
			if err = decode(bucketAlarms, key, value, &a); err == nil {
				list = append(list, a)
			}
			return err == nil
		})
		return list, err
	})
}

// Watch notes which of some causes were seen on a day, and forgets those that begin
// with the prefix and were not, unless they are muted. It answers the causes that are
// new, and those that have outlasted their mute. A day that is not newer than the last changes nothing.
func (s *Store) Watch(prefix, day string, causes []string, now time.Time) (fresh []string, err error) {
	if prefix == "" {
		return nil, errors.New("causes need a common beginning")
	}
	return update(s, func(tx Tx) (fresh []string, err error) {
		known := map[string]Alarm{}
		tx.Scan(bucketAlarms, []byte(prefix), func(key, value []byte) bool {
			if len(key) < len(prefix) || string(key[:len(prefix)]) != prefix {
				return false
			}
			var a Alarm
			if err = decode(bucketAlarms, key, value, &a); err == nil {
				known[a.Cause] = a
			}
			return err == nil
		})
		if err != nil {
			return nil, err
		}
		for _, cause := range causes {
			a, open := known[cause]
			delete(known, cause)
			if open && a.Last != "" && a.Last >= day {
				if a.Since == day && !a.Muted.After(now) {
					fresh = append(fresh, cause) // asked again for the same day
				}
				continue
			}
			unmuted := !a.Muted.IsZero() && !a.Muted.After(now)
			if !open || a.Last == "" || unmuted {
				a.Cause, a.Since = cause, day
				if unmuted { // it outlasted its mute: people are told again
					a.Muted = time.Time{}
				}
				if !a.Muted.After(now) {
					fresh = append(fresh, cause)
				}
			}
			a.Last = day
			if err := put(tx, bucketAlarms, []byte(cause), a); err != nil {
				return nil, err
			}
		}
		for cause, a := range known {
			switch {
			case a.Last >= day:
			case a.Muted.After(now):
				a.Last, a.Since = "", ""
				if err := put(tx, bucketAlarms, []byte(cause), a); err != nil {
					return nil, err
				}
			default:
				if err := tx.Delete(bucketAlarms, []byte(cause)); err != nil {
					return nil, err
				}
			}
		}
		return fresh, nil
	})
}

// Mute keeps people from being told of a cause for a while.
func (s *Store) Mute(cause string, until time.Time) error {
	if err := checkKey(cause); err != nil {
		return err
	}
	_, err := update(s, func(tx Tx) (struct{}, error) {
		a := Alarm{Cause: cause}
		if _, err := get(tx, bucketAlarms, []byte(cause), &a); err != nil {
			return struct{}{}, err
		}
		a.Muted = until.UTC().Round(0)
		return struct{}{}, put(tx, bucketAlarms, []byte(cause), a)
	})
	return err
}
