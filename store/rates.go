package store

import (
	"errors"
	"fmt"
	"time"
)

// Rates are the exchange rates a day was converted with: how much of each currency,
// as a decimal, was worth one unit of the base.
type Rates struct {
	Day    string            `json:"day"`            // the day they are for, "2026-11-23"
	Base   string            `json:"base"`           // ISO 4217
	Date   string            `json:"date,omitempty"` // whose rates they are; blank for fixed ones
	Source string            `json:"source"`         // where they came from, in words
	At     time.Time         `json:"at"`             // when they were chosen
	Per    map[string]string `json:"per"`
}

// KeepRates keeps the rates of a day, unless it has some: a day keeps its rates for
// ever. It answers those that are kept.
func (s *Store) KeepRates(r Rates) (Rates, error) {
	if _, err := time.Parse(time.DateOnly, r.Day); err != nil {
		return Rates{}, fmt.Errorf("%q is not a day such as 2026-11-23", r.Day)
	}
	if r.Base == "" {
		return Rates{}, errors.New("rates need a base")
	}
	r.At = r.At.UTC().Round(0)
	return update(s, func(tx Tx) (Rates, error) {
		var was Rates
		if found, err := get(tx, bucketRates, []byte(r.Day), &was); err != nil || found {
			return was, err
		}
		return r, put(tx, bucketRates, []byte(r.Day), r)
	})
}

// RatesBetween lists the rates of the days between two, both included, oldest first.
// A blank day leaves that end open.
func (s *Store) RatesBetween(from, to string) ([]Rates, error) {
	return view(s, func(tx Tx) (list []Rates, err error) {
		tx.Scan(bucketRates, []byte(from), func(key, value []byte) bool {
			if to != "" && string(key) > to {
				return false
			}
			var r Rates
			if err = decode(bucketRates, key, value, &r); err == nil {
				list = append(list, r)
			}
			return err == nil
		})
		return list, err
	})
}
