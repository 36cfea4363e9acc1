package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Report is what is known of one day's report of a vendor. Its figures are kept
// beside it, in a form that is the caller's.
type Report struct {
	Vendor string `json:"vendor"`
	Kind   string `json:"kind"` // of report, such as "SALES"
	Day    string `json:"day"`  // "2026-11-23"

	Asked   time.Time `json:"asked"`             // the newest time it was asked for
	Answer  string    `json:"answer"`            // what was heard then, in a word of the caller's
	Version string    `json:"version,omitempty"` // of the report, where Apple named one
	Rows    int       `json:"rows,omitempty"`
	Read    time.Time `json:"read,omitzero"`     // when the figures were read; zero: there are none
	Revised int       `json:"revised,omitempty"` // how often they came back changed
	Bytes   int       `json:"bytes,omitempty"`   // of the figures as they are kept
}

// reportKey makes a vendor's reports of a kind lie beside each other, oldest first.
func reportKey(vendor, kind, day string) []byte {
	return []byte(vendor + "\x00" + kind + "\x00" + day)
}

func (r Report) check() error {
	for _, part := range []string{r.Vendor, r.Kind, r.Day} {
		if err := checkKey(part); err != nil {
			return err
		}
		if strings.ContainsRune(part, 0) {
			return errors.New("a report's vendor, kind and day have no zero byte")
		}
	}
	if _, err := time.Parse(time.DateOnly, r.Day); err != nil {
		return fmt.Errorf("%q is not a day such as 2026-11-23", r.Day)
	}
	return nil
}

// KeepReport keeps what was heard of a report, and its figures if there were any.
// Figures that are there stay when no new ones come. It answers the report as it
// is kept, with how often its figures changed: same tells whether other bytes mean the
// same figures.
func (s *Store) KeepReport(r Report, figures []byte, same func(was, is []byte) bool) (Report, error) {
	if err := r.check(); err != nil {
		return Report{}, err
	}
	key := reportKey(r.Vendor, r.Kind, r.Day)
	r.Asked, r.Read = r.Asked.UTC().Round(0), r.Read.UTC().Round(0)
	return update(s, func(tx Tx) (Report, error) {
		var was Report
		if _, err := get(tx, bucketReports, key, &was); err != nil {
			return r, err
		}
		r.Revised = was.Revised
		if figures == nil {
			if !was.Read.IsZero() {
				r.Answer, r.Version, r.Rows, r.Read, r.Bytes = was.Answer, was.Version, was.Rows, was.Read, was.Bytes
			}
			return r, put(tx, bucketReports, key, r)
		}
		if there := tx.Get(bucketFigures, key); !was.Read.IsZero() && !bytes.Equal(there, figures) && !same(there, figures) {
			r.Revised++
		}
		r.Bytes = len(figures)
		if err := put(tx, bucketReports, key, r); err != nil {
			return r, err
		}
		return r, tx.Put(bucketFigures, key, figures)
	})
}

// Report answers what is known of one report, and its figures; ok is false when it
// was never asked for. The figures are nil when there are none.
func (s *Store) Report(vendor, kind, day string) (r Report, figures []byte, ok bool, err error) {
	key := reportKey(vendor, kind, day)
	r, err = view(s, func(tx Tx) (r Report, err error) {
		ok, err = get(tx, bucketReports, key, &r)
		if figures = tx.Get(bucketFigures, key); err != nil {
			figures = nil
		}
		return r, err
	})
	return r, figures, ok && err == nil, err
}

// Reports lists what is known of a vendor's reports of a kind between two days, both
// included, oldest first. A blank day leaves that end open.
func (s *Store) Reports(vendor, kind, from, to string) ([]Report, error) {
	return view(s, func(tx Tx) (list []Report, err error) {
		scanReports(tx, bucketReports, vendor, kind, from, to, func(key, value []byte) bool {
			var r Report
			if err = decode(bucketReports, key, value, &r); err == nil {
				list = append(list, r)
			}
			return err == nil
		})
		return list, err
	})
}

// Figures hands out the figures of a vendor's reports of a kind between two days,
// both included, oldest first, until fn answers false. A blank day leaves that end
// open. All are of one moment.
func (s *Store) Figures(vendor, kind, from, to string, fn func(day string, figures []byte) bool) error {
	_, err := view(s, func(tx Tx) (struct{}, error) {
		scanReports(tx, bucketFigures, vendor, kind, from, to, func(key, value []byte) bool {
			return fn(string(key[bytes.LastIndexByte(key, 0)+1:]), value)
		})
		return struct{}{}, nil
	})
	return err
}

func scanReports(tx Tx, bucket, vendor, kind, from, to string, fn func(key, value []byte) bool) {
	prefix := reportKey(vendor, kind, "")
	tx.Scan(bucket, reportKey(vendor, kind, from), func(key, value []byte) bool {
		day, mine := bytes.CutPrefix(key, prefix)
		return mine && (to == "" || string(day) <= to) && fn(key, value)
	})
}
