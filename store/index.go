package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The log is found by index: for whatever a line can be asked for there is a list of
// positions, written in the same transaction as the leaf. A key is a letter for what
// it lists, the value in small letters, a zero byte, and the position.
const (
	byPerson    = "p" // Slack user id
	byOperation = "o"
	byKind      = "k" // kind, and state that was reached
	byApp       = "a" // name and id, as the request's arguments have them under app or apps
	byRequest   = "r"
	byTeam      = "t" // App Store Connect team of the request
	byDay       = "d" // in UTC
	byLate      = "l" // of no value: what was written after something of a later day
)

var (
	keyIndexed   = []byte("indexed, with what is late") // how many records are; the name changes with what is written of each
	keyNewestDay = []byte("newest day")                 // of all that is indexed
)

// list is where positions of one value begin.
func list(of, value string) []byte {
	return append(append([]byte(of), strings.ToLower(value)...), 0)
}

// longestValue bounds what is indexed of a value, in bytes.
const longestValue = 200

// indexLeaf puts a leaf into every list it belongs to.
func indexLeaf(tx Tx, l Leaf) error {
	day := l.At.UTC().Format(time.DateOnly)
	lists := [][]byte{list(byKind, l.Kind), list(byDay, day)}
	add := func(of, value string) {
		if value != "" {
			lists = append(lists, list(of, value[:min(len(value), longestValue)]))
		}
	}
	add(byOperation, l.Operation)
	add(byKind, string(l.To))
	if l.By != nil {
		add(byPerson, l.By.ID)
	}
	if l.Request != 0 {
		add(byRequest, fmt.Sprint(l.Request))
		team, apps, err := aboutOf(tx, l.Request)
		if err != nil {
			return err
		}
		add(byTeam, team)
		for _, app := range apps {
			add(byApp, app)
		}
	}
	switch newest := string(tx.Get(bucketMeta, keyNewestDay)); {
	case day < newest:
		lists = append(lists, list(byLate, ""))
	case day > newest:
		if err := tx.Put(bucketMeta, keyNewestDay, []byte(day)); err != nil {
			return err
		}
	}
	for _, key := range lists {
		if err := tx.Put(bucketIndex, append(key, number(uint64(l.N))...), nil); err != nil {
			return err
		}
	}
	return tx.Put(bucketMeta, keyIndexed, number(uint64(l.N)+1))
}

// aboutOf answers the team of a request, and ids and names of the apps it is about.
func aboutOf(tx Tx, id uint64) (team string, apps []string, err error) {
	data := tx.Get(bucketRequests, number(id))
	if data == nil {
		return "", nil, nil
	}
	type app struct{ ID, Name string }
	var r struct {
		Team string
		Args json.RawMessage
	}
	if err := decode(bucketRequests, number(id), data, &r); err != nil {
		return "", nil, err
	}
	var args struct {
		App  json.RawMessage
		Apps json.RawMessage
	}
	if json.Unmarshal(r.Args, &args) != nil {
		return r.Team, nil, nil
	}
	var one app
	var many []app
	_ = json.Unmarshal(args.App, &one) // what has another form names no app
	_ = json.Unmarshal(args.Apps, &many)
	for _, a := range append(many, one) {
		for _, word := range []string{a.ID, a.Name} {
			if word != "" && !slices.Contains(apps, word) {
				apps = append(apps, word)
			}
		}
	}
	return r.Team, apps, nil
}

// indexedAtOnce is how many records one transaction adds to the index.
const indexedAtOnce = 2000

// catchUpIndex adds the records that a program without an index has written.
func (s *Store) catchUpIndex() error {
	for {
		left, err := s.indexMore()
		if err != nil || !left {
			return err
		}
	}
}

func (s *Store) indexMore() (left bool, err error) {
	if left, err = view(s, behind); err != nil || !left {
		return false, err
	}
	return update(s, func(tx Tx) (bool, error) {
		from := numberOf(tx.Get(bucketMeta, keyIndexed))
		for range indexedAtOnce {
			key := number(from)
			data := tx.Get(bucketLeaves, key)
			if data == nil {
				return false, tx.Put(bucketMeta, keyIndexed, key)
			}
			// What cannot be read is for verifying to name.
			if l, err := readLeaf(key, data); err == nil {
				if err := indexLeaf(tx, l); err != nil {
					return false, err
				}
			}
			from++
		}
		return true, tx.Put(bucketMeta, keyIndexed, number(from))
	})
}

func behind(tx Tx) (bool, error) {
	head, err := readHead(tx)
	return int64(numberOf(tx.Get(bucketMeta, keyIndexed))) < head.Size, err
}

// LogFilter says which lines of the log are wanted: those to which everything applies
// that is set.
type LogFilter struct {
	Person    string    // who did it: a Slack user id
	App       string    // name or id
	Team      string    // App Store Connect team of the request
	Operation string    // such as "tester add"
	Outcome   string    // a state that was reached, or a kind of line
	Request   uint64    // number
	Since     time.Time // from then on
	Until     time.Time // and before this
}

// LogPage is some lines of the log, newest first.
type LogPage struct {
	Lines  []Leaf
	Older  int64 // the Edge.Before of the page with older lines; -1: there are none
	Newer  int64 // the Edge.After of the page with newer lines; -1: there are none
	Looked int64 // not all was looked at, but only down (or up) to this record; -1: all was
}

// History answers the lines of the log about a request from some record on, oldest first.
func (s *Store) History(request uint64, from int64) (lines []Leaf, err error) {
	return view(s, func(tx Tx) ([]Leaf, error) {
		of := list(byRequest, fmt.Sprint(request))
		var places [][]byte
		tx.Scan(bucketIndex, append(bytes.Clone(of), number(uint64(from))...), func(key, _ []byte) bool {
			place, mine := bytes.CutPrefix(key, of)
			if mine && len(place) == 8 {
				places = append(places, bytes.Clone(place))
			}
			return mine
		})
		for _, place := range places {
			l, err := readLeaf(place, tx.Get(bucketLeaves, place))
			if err == nil {
				err = l.reveal(tx)
			}
			if err != nil {
				return nil, err
			}
			lines = append(lines, l)
		}
		return lines, nil
	})
}

// Edge says where a page begins: at the newest line, or before or after a record,
// which is not on it.
type Edge struct {
	Before, After int64 // -1: not
}

// Newest is the edge of the first page.
var Newest = Edge{-1, -1}

// mostSteps bounds how long one search looks, so that one for two things that never
// go together does not hold up anybody.
const mostSteps = 4000

// Browse answers a page of at most so many lines.
func (s *Store) Browse(f LogFilter, at Edge, most int) (LogPage, error) {
	return view(s, func(tx Tx) (LogPage, error) {
		if left, err := behind(tx); err != nil || left {
			return LogPage{}, errors.Join(err, errors.New("the log's index is not complete; it is made when ascbot opens the file"))
		}
		head, err := readHead(tx)
		if err != nil {
			return LogPage{}, err
		}
		w := walk{tx: tx, lists: f.lists(), from: 0, to: head.Size - 1}
		w.narrow(f)
		w.steps = 0
		if at.After >= 0 {
			return w.up(f, at.After, most)
		}
		return w.down(f, at.Before, most)
	})
}

// down answers the page before a record, or the first one.
func (w *walk) down(f LogFilter, before int64, most int) (LogPage, error) {
	start := w.to
	if before >= 0 {
		start = min(start, before-1)
	}
	p, more, err := w.page(f, start, -1, most)
	if more {
		p.Older = p.Lines[len(p.Lines)-1].N
	} else if p.Looked >= 0 {
		p.Older = p.Looked + 1
	}
	if before >= 0 {
		if p.Newer = before - 1; len(p.Lines) > 0 {
			p.Newer = p.Lines[0].N
		}
	}
	return p, err
}

// up answers the page after a record.
func (w *walk) up(f LogFilter, after int64, most int) (LogPage, error) {
	p, more, err := w.page(f, max(after+1, w.from), +1, most)
	slices.Reverse(p.Lines)
	if more {
		p.Newer = p.Lines[0].N
	} else if p.Looked >= 0 {
		p.Newer = p.Looked - 1
	}
	if p.Older = after + 1; len(p.Lines) > 0 {
		p.Older = p.Lines[len(p.Lines)-1].N
	}
	return p, err
}

func (f LogFilter) lists() (lists [][]byte) {
	add := func(of, value string) {
		if value != "" {
			lists = append(lists, list(of, value[:min(len(value), longestValue)]))
		}
	}
	add(byPerson, f.Person)
	add(byApp, f.App)
	add(byTeam, f.Team)
	add(byOperation, f.Operation)
	add(byKind, f.Outcome)
	if f.Request != 0 {
		add(byRequest, fmt.Sprint(f.Request))
	}
	return lists
}

// fits says whether a leaf was written in the time that is wanted. A day in the zone of
// whoever asks can begin with thousands of records of another one, so nothing but the time
// is read here. What has none that can be read fits: reading it says what is wrong.
func (f LogFilter) fits(leaf []byte) bool {
	if f.Since.IsZero() && f.Until.IsZero() {
		return true
	}
	var at time.Time
	members(leaf, func(key, value []byte) bool {
		if string(key) != "at" {
			return true
		}
		_ = at.UnmarshalJSON(value)
		return false
	})
	return at.IsZero() || (f.Since.IsZero() || !at.Before(f.Since)) && (f.Until.IsZero() || at.Before(f.Until))
}

// walk goes through the positions that are in all lists.
type walk struct {
	tx       Tx
	lists    [][]byte
	from, to int64 // the first and the last that can be wanted
	steps    int
}

// narrow looks up between which positions the lines of a time are. There may be thousands
// of days, which are in order but for what was written late, so few are looked at.
func (w *walk) narrow(f LogFilter) {
	if !f.Since.IsZero() {
		w.from = w.firstSince(f.Since)
	}
	if !f.Until.IsZero() {
		w.to = w.lastUntil(f)
	}
}

// firstSince answers the first position of a line of a time or later, by its day; one after
// the last when there is none. Before a line that was not late there is none of a later day.
func (w *walk) firstSince(since time.Time) int64 {
	first := w.to + 1
	for key := list(byDay, since.UTC().Format(time.DateOnly)); ; {
		day, n, ok := w.dayAt(key, w.tx.Scan)
		if !ok {
			return first
		}
		if first = min(first, n); w.tx.Get(bucketIndex, append(list(byLate, ""), number(uint64(n))...)) == nil {
			return first
		}
		key = append(bytes.Clone(day[:len(day)-1]), 1) // after all of this day
	}
}

// lastUntil answers the last position of a line before the end of a time, by its day; -1
// when there is none. After the last of a day those of earlier days are late ones.
func (w *walk) lastUntil(f LogFilter) int64 {
	last, sure := w.lastLate(f)
	for key := append(list(byDay, f.Until.UTC().Add(-1).Format(time.DateOnly)), number(1<<64-1)...); ; {
		day, n, ok := w.dayAt(key, w.tx.ScanBack)
		if ok {
			last = max(last, n)
		}
		if !ok || sure {
			return last
		}
		key = day[:len(day)-1] // before all of this day
	}
}

// mostLate bounds how many lines that were written late are looked at.
const mostLate = 8

// lastLate answers the last position of a line that was written late and is before the end
// of a time, -1 when there is none. It is not sure when there are too many that are not.
func (w *walk) lastLate(f LogFilter) (n int64, sure bool) {
	at := w.to
	for range mostLate {
		n, ok := w.next(list(byLate, ""), at, -1)
		if !ok {
			return -1, true
		}
		if (LogFilter{Until: f.Until}).fits(w.tx.Get(bucketLeaves, number(uint64(n)))) {
			return n, true
		}
		at = n - 1
	}
	return -1, false
}

// dayAt answers the nearest day to a key of the index, and its first or last position.
func (w *walk) dayAt(key []byte, scan func(bucket string, from []byte, fn func(key, value []byte) bool)) (day []byte, n int64, ok bool) {
	scan(bucketIndex, key, func(k, _ []byte) bool {
		if end := bytes.IndexByte(k, 0); end > 0 && string(k[:1]) == byDay && len(k) == end+9 {
			day, n, ok = bytes.Clone(k[:end+1]), int64(numberOf(k[end+1:])), true
		}
		return false
	})
	return day, n, ok
}

// next answers the first position in a list from some position on, in a direction.
func (w *walk) next(list []byte, from int64, direction int) (n int64, ok bool) {
	look := func(key, _ []byte) bool {
		if rest, mine := bytes.CutPrefix(key, list); mine && len(rest) == 8 {
			n, ok = int64(numberOf(rest)), true
		}
		return false
	}
	w.steps++
	key := append(bytes.Clone(list), number(uint64(from))...)
	if direction > 0 {
		w.tx.Scan(bucketIndex, key, look)
	} else {
		w.tx.ScanBack(bucketIndex, key, look)
	}
	return n, ok
}

// page gathers lines from a position on, in a direction.
func (w *walk) page(f LogFilter, at int64, direction, most int) (p LogPage, more bool, err error) {
	p = LogPage{Older: -1, Newer: -1, Looked: -1}
	for at >= w.from && at <= w.to && !more {
		n, ok := w.common(at, direction)
		if !ok {
			break
		}
		if w.steps > mostSteps {
			p.Looked = n
			break
		}
		at = n + int64(direction)
		key := number(uint64(n))
		data := w.tx.Get(bucketLeaves, key)
		if w.steps++; !f.fits(data) {
			continue
		}
		l, err := readLeaf(key, data)
		if err != nil {
			return p, false, err
		}
		if more = len(p.Lines) == most; more {
			break
		}
		if err := l.reveal(w.tx); err != nil {
			return p, false, err
		}
		p.Lines = append(p.Lines, l)
	}
	return p, more, nil
}

// common answers the first position from some position on that is in all lists, or
// where the search was given up.
func (w *walk) common(at int64, direction int) (int64, bool) {
	for agreed := 0; agreed < len(w.lists); {
		for _, list := range w.lists {
			n, ok := w.next(list, at, direction)
			if !ok || n < w.from || n > w.to {
				return 0, false
			}
			if n == at {
				agreed++
			} else {
				at, agreed = n, 1
			}
			if agreed >= len(w.lists) {
				return at, true
			}
			if w.steps > mostSteps {
				return at, true
			}
		}
	}
	return at, true
}
