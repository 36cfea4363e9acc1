package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// An export is JSON lines:
//
//	{"v":1,"export":"log","product":"ascbot","format":2,"instance":…,"origin":…,"key":…}
//	{"n":0,"leaf":{…},"values":{…},"signature":"…"}
//	{"checkpoint":"…"}
//
// There is a line for each record: its exact bytes, what it commits to as far as that
// is not erased, and the signature after it. The last line is the signed note.
type exportHeader struct {
	V      int    `json:"v"`
	Export string `json:"export"`
	identity
}

type exportLine struct {
	N          int64           `json:"n"`
	Leaf       json.RawMessage `json:"leaf"`
	Values     json.RawMessage `json:"values"`
	Signature  string          `json:"signature"`
	Checkpoint string          `json:"checkpoint"`
}

// Export writes the log as it stands: a header, every record's exact bytes with
// its position, and the checkpoint. Records written meanwhile are left out.
func (s *Store) Export(w io.Writer) error {
	signed, err := s.Checkpoint()
	if err != nil {
		return err
	}
	head, err := parseCheckpoint(signed)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	if err := writeLine(out, exportHeader{V: 1, Export: "log", identity: s.identity}); err != nil {
		return err
	}
	for from := int64(0); from < head.Size; from += pageOfLeaves {
		lines, err := s.exportPage(from, min(from+pageOfLeaves, head.Size))
		if err != nil {
			return err
		}
		if _, err := out.Write(lines); err != nil {
			return err
		}
	}
	if err := writeLine(out, map[string]string{"checkpoint": string(signed)}); err != nil {
		return err
	}
	return out.Flush()
}

func (s *Store) exportPage(from, to int64) ([]byte, error) {
	return view(s, func(tx Tx) (lines []byte, err error) {
		for n := from; n < to; n++ {
			leaf := tx.Get(bucketLeaves, number(uint64(n)))
			if !json.Valid(leaf) || bytes.ContainsAny(leaf, "\n\r") {
				return nil, &DamagedError{Bucket: bucketLeaves, Key: number(uint64(n)), Cause: fmt.Errorf("record %d of the log is no line of JSON", n)}
			}
			key := number(uint64(n))
			lines = appendLine(lines, n, leaf, tx.Get(bucketValues, key), tx.Get(bucketSignatures, key))
		}
		return lines, nil
	})
}

func appendLine(to []byte, n int64, leaf, values, signature []byte) []byte {
	to = strconv.AppendInt(append(to, `{"n":`...), n, 10)
	to = append(append(to, `,"leaf":`...), leaf...)
	if values != nil {
		to = append(append(to, `,"values":`...), values...)
	}
	quoted, _ := encode(string(signature))
	to = append(append(to, `,"signature":`...), quoted...)
	return append(to, "}\n"...)
}

func writeLine(w io.Writer, value any) error {
	data, err := encode(value)
	if err != nil {
		return err
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

// ExportSource reads an export, to verify it. It can be read once.
func ExportSource(r io.Reader) (LogSource, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 2*maxLeaf)
	if !lines.Scan() {
		return nil, errors.Join(errors.New("there is no export of a log: nothing is in it"), lines.Err())
	}
	var h exportHeader
	if err := json.Unmarshal(lines.Bytes(), &h); err != nil || h.Export != "log" || h.Product != product {
		return nil, errors.New("this is no export of a log: its first line does not say so; make one with audit export")
	}
	if h.V > 1 || h.Format > format {
		return nil, fmt.Errorf("this export was made by a newer ascbot (format %d; this program knows %d): verify it with that version", h.Format, format)
	}
	return &exportSource{header: h, lines: lines}, nil
}

type exportSource struct {
	header exportHeader
	lines  *bufio.Scanner
}

// batchOfRecords is how many records are handed on together.
const batchOfRecords = 1024

func (x *exportSource) read(v visitor, judge func()) error {
	v.identity(x.header.identity)
	var batch []entry
	var signatures [][]byte
	v.signatures(func(n int64) []byte { return signatures[n] })
	for x.lines.Scan() {
		line := bytes.Clone(x.lines.Bytes())
		var l exportLine
		err := json.Unmarshal(line, &l)
		if err == nil && l.Checkpoint != "" && l.Leaf == nil {
			if x.lines.Scan() {
				v.trouble("something follows the checkpoint, which is the last line of an export")
			}
			v.checkpoint([]byte(l.Checkpoint))
			break
		}
		e, signature := entry{n: l.N, leaf: l.Leaf, values: l.Values}, []byte(l.Signature)
		if err != nil || !bytes.Equal(appendLine(nil, l.N, l.Leaf, l.Values, signature), append(line, '\n')) {
			// Not as it was exported: hashed whole, so that it is named.
			e, signature = entry{n: int64(len(signatures)), leaf: line}, nil
		}
		signatures = append(signatures, signature)
		if batch = append(batch, e); len(batch) == batchOfRecords {
			v.records(batch)
			batch = nil
		}
	}
	v.records(batch)
	if err := x.lines.Err(); err != nil {
		return err
	}
	judge()
	return nil
}

// Source is this data file, to verify it. It is read as it stands, in one
// transaction.
func (s *Store) Source() LogSource { return fileSource{s} }

type fileSource struct{ s *Store }

func (f fileSource) read(v visitor, judge func()) error {
	if e, ok := f.s.engine.(*boltEngine); ok {
		defer readAhead(e.file)()
	}
	return f.s.engine.View(func(tx Tx) error {
		v.identity(f.s.identity)
		readRecords(tx, v)
		v.signatures(func(n int64) []byte { return tx.Get(bucketSignatures, number(uint64(n))) })
		v.checkpoint(tx.Get(bucketHead, keyCheckpoint))
		tx.Scan(bucketHashes, nil, func(key, hash []byte) bool {
			v.node(int64(numberOf(key)), hash)
			return true
		})
		readRequests(tx, v)
		v.end()
		f.readRest(tx, v)
		judge()
		return nil
	})
}

// readRecords tells the records, each with what is kept beside it.
func readRecords(tx Tx, v visitor) {
	for from := []byte(nil); ; {
		var batch []entry
		tx.Scan(bucketLeaves, from, func(key, leaf []byte) bool {
			batch = append(batch, entry{n: int64(numberOf(key)), leaf: leaf})
			return len(batch) < batchOfRecords
		})
		if len(batch) == 0 {
			return
		}
		first, last := batch[0].n, batch[len(batch)-1].n
		at := 0
		tx.Scan(bucketValues, number(uint64(first)), func(key, values []byte) bool {
			n := int64(numberOf(key))
			for at < len(batch) && batch[at].n < n {
				at++
			}
			if at < len(batch) && batch[at].n == n {
				batch[at].values = values
			}
			return n < last
		})
		v.records(batch)
		from = number(uint64(last) + 1)
	}
}

func readRequests(tx Tx, v visitor) {
	inIndex := func(r Request) bool {
		key := number(r.ID)
		open := tx.Get(bucketOpen, key) != nil
		return open != r.State.Final() && bytes.Equal(tx.Get(bucketOrigins, []byte(r.Origin)), key)
	}
	for from := []byte(nil); ; {
		var batch []stored
		tx.Scan(bucketRequests, from, func(key, value []byte) bool {
			batch = append(batch, stored{numberOf(key), value})
			return len(batch) < batchOfRecords
		})
		if len(batch) == 0 {
			return
		}
		v.requests(batch, inIndex)
		from = number(batch[len(batch)-1].id + 1)
	}
}

// readRest looks whether what the log does not speak of can be read.
func (f fileSource) readRest(tx Tx, v visitor) {
	for _, bucket := range []string{
		bucketInbox, bucketSeen, bucketClaims, bucketMarks, bucketRuns, bucketWaits,
		bucketReports, bucketRates, bucketHomes, bucketDigests, bucketAlarms, bucketNames,
	} {
		tx.Scan(bucket, nil, func(key, value []byte) bool {
			var any map[string]any
			if err := decode(bucket, key, value, &any); err != nil {
				v.trouble("%v", err)
			}
			return true
		})
	}
}
