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
//	{"v":1,"export":"log","product":"ascbot","format":1,"instance":…,"origin":…,"key":…}
//	{"n":0,"leaf":{…},"signature":"…"}      one per record; leaf is its exact bytes
//	{"checkpoint":"…"}                      the signed note, last
type exportHeader struct {
	V      int    `json:"v"`
	Export string `json:"export"`
	identity
}

type exportLine struct {
	N          int64           `json:"n"`
	Leaf       json.RawMessage `json:"leaf"`
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
			lines = appendLine(lines, n, leaf, tx.Get(bucketSignatures, number(uint64(n))))
		}
		return lines, nil
	})
}

func appendLine(to []byte, n int64, leaf, signature []byte) []byte {
	to = strconv.AppendInt(append(to, `{"n":`...), n, 10)
	to = append(append(to, `,"leaf":`...), leaf...)
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

func (x *exportSource) read(v visitor) error {
	v.identity(x.header.identity)
	var n int64
	for x.lines.Scan() {
		line := x.lines.Bytes()
		var l exportLine
		err := json.Unmarshal(line, &l)
		if err == nil && l.Checkpoint != "" && l.Leaf == nil {
			if x.lines.Scan() {
				v.trouble("something follows the checkpoint, which is the last line of an export")
			}
			v.checkpoint([]byte(l.Checkpoint))
			break
		}
		if err == nil && bytes.Equal(appendLine(nil, l.N, l.Leaf, []byte(l.Signature)), append(bytes.Clone(line), '\n')) {
			v.record(l.N, l.Leaf, []byte(l.Signature))
		} else {
			v.record(n, line, nil) // not as it was exported: hashed whole, so that it is named
		}
		n++
	}
	return x.lines.Err()
}

// Source is this data file, to verify it. It is read as it stands, in one
// transaction.
func (s *Store) Source() LogSource { return fileSource{s} }

type fileSource struct{ s *Store }

func (f fileSource) read(v visitor) error {
	return f.s.engine.View(func(tx Tx) error {
		v.identity(f.s.identity)
		tx.Scan(bucketLeaves, nil, func(key, leaf []byte) bool {
			v.record(int64(numberOf(key)), leaf, tx.Get(bucketSignatures, key))
			return true
		})
		v.checkpoint(tx.Get(bucketHead, keyCheckpoint))
		tx.Scan(bucketHashes, nil, func(key, hash []byte) bool {
			v.node(int64(numberOf(key)), hash)
			return true
		})
		tx.Scan(bucketRequests, nil, func(key, value []byte) bool {
			var r Request
			if err := decode(bucketRequests, key, value, &r); err != nil || r.ID != numberOf(key) {
				v.trouble("request #%d cannot be read", numberOf(key))
				return true
			}
			open := tx.Get(bucketOpen, key) != nil
			v.request(r, open != r.State.Final() && bytes.Equal(tx.Get(bucketOrigins, []byte(r.Origin)), key))
			return true
		})
		v.requests()
		f.readRest(tx, v)
		return nil
	})
}

// readRest looks whether what the log does not speak of can be read.
func (f fileSource) readRest(tx Tx, v visitor) {
	for _, bucket := range []string{bucketInbox, bucketSeen, bucketClaims, bucketMarks, bucketRuns} {
		tx.Scan(bucket, nil, func(key, value []byte) bool {
			var any map[string]any
			if err := decode(bucket, key, value, &any); err != nil {
				v.trouble("%v", err)
			}
			return true
		})
	}
}
