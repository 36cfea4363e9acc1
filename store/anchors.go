package store

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Anchor is a checkpoint that was put somewhere outside the data file.
type Anchor struct {
	Size       int64     `json:"size"` // records
	Checkpoint string    `json:"checkpoint"`
	At         time.Time `json:"at"`
	Place      Place     `json:"place,omitzero"`    // the post in Slack, if there is one
	Folder     bool      `json:"folder,omitempty"`  // a file of it was written
	Command    bool      `json:"command,omitempty"` // a program has taken it
}

// KeepAnchor remembers where a checkpoint was put. What was remembered of the same
// one stays.
func (s *Store) KeepAnchor(a Anchor) error {
	a.At = a.At.UTC().Round(0)
	_, err := update(s, func(tx Tx) (struct{}, error) {
		key := number(uint64(a.Size))
		var was Anchor
		if _, err := get(tx, bucketAnchors, key, &was); err != nil {
			return struct{}{}, err
		}
		if was.Place != (Place{}) {
			a.Place = was.Place
		}
		a.Folder, a.Command = a.Folder || was.Folder, a.Command || was.Command
		return struct{}{}, put(tx, bucketAnchors, key, a)
	})
	return err
}

// Anchors answers all that were remembered, oldest first.
func (s *Store) Anchors() ([]Anchor, error) {
	return view(s, func(tx Tx) (all []Anchor, err error) {
		tx.Scan(bucketAnchors, nil, func(key, value []byte) bool {
			var a Anchor
			if err = decode(bucketAnchors, key, value, &a); err == nil {
				all = append(all, a)
			}
			return err == nil
		})
		return all, err
	})
}

// LastAnchor answers the newest, and whether there is one.
func (s *Store) LastAnchor() (Anchor, bool, error) {
	found := false
	a, err := view(s, func(tx Tx) (a Anchor, err error) {
		tx.ScanBack(bucketAnchors, nil, func(key, value []byte) bool {
			found = true
			err = decode(bucketAnchors, key, value, &a)
			return false
		})
		return a, err
	})
	return a, found && err == nil, err
}

// CheckpointInfo tells of a checkpoint how many records it speaks of, and a word that
// tells it from others of that size.
func CheckpointInfo(signed []byte) (size int64, word string, err error) {
	c, err := parseCheckpoint(signed)
	return c.Size, hex.EncodeToString(c.Root[:8]), err
}

// FindCheckpoint takes a signed checkpoint out of a text around it, such as a message
// that was copied out of a chat: three lines, an empty one, and signatures. It is nil
// when there is none. What a chat does to white space at the ends of lines is mended.
func FindCheckpoint(text []byte) []byte {
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t")
	}
	for i := 2; i+1 < len(lines); i++ {
		if lines[i] != "" || i < 3 {
			continue
		}
		end := i + 1
		for end < len(lines) && strings.HasPrefix(lines[end], "— ") {
			lines[end] = strings.TrimRight(lines[end], "`")
			end++
		}
		if end == i+1 {
			continue
		}
		origin := strings.TrimLeft(lines[i-3], "` \t")
		found := fmt.Appendf(nil, "%s\n%s\n%s\n\n%s\n", origin, lines[i-2], lines[i-1], strings.Join(lines[i+1:end], "\n"))
		if _, err := parseCheckpoint(found); err == nil {
			return bytes.Clone(found)
		}
	}
	return nil
}
