package asc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"
)

// ReportError is a report that cannot be read to its end. Rows before the line
// may have been yielded; do not use them.
type ReportError struct {
	Line   int    // of the unpacked file, the first is 1
	Column string // by its name in the file; blank when the line as a whole is wrong
	Value  string // what stood there, shortened
	Cause  error
}

func (e *ReportError) Error() string {
	where := ""
	if e.Column != "" {
		where = fmt.Sprintf(", column %s (“%s”)", e.Column, e.Value)
	}
	return fmt.Sprintf("line %d of the report%s: %s", e.Line, where, reason(e.Cause))
}

// Unwrap gives the cause.
func (e *ReportError) Unwrap() error { return e.Cause }

// Bounds of a report's lines.
const (
	lineBuffer  = 256 << 10
	longestLine = 1 << 20
)

// lines reads a report line by line, packed or not.
type lines struct {
	r      io.Reader
	buf    []byte
	start  int // of what was not handed out, in buf
	line   int // the number of the last line handed out
	left   int64
	max    int64
	ending error
}

// unpack finds out whether a report is packed. Apple sends a gzip file as the
// body, not as an encoding of it; something in between may have unpacked it.
func unpack(r io.Reader, most int64) (*lines, error) {
	packed := bufio.NewReaderSize(&capped{r, most, most}, 64<<10)
	l := &lines{r: packed, buf: make([]byte, 0, lineBuffer), left: most, max: most}
	if magic, _ := packed.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unzip, err := gzip.NewReader(packed)
		if err != nil {
			return nil, &ReportError{Line: 1, Cause: wholeFile(err)}
		}
		l.r = unzip
	}
	return l, nil
}

// capped ends with an error when there is more than most.
type capped struct {
	r          io.Reader
	left, most int64
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, tooLarge(c.most)
	}
	return n, err
}

func tooLarge(most int64) error {
	return fmt.Errorf("the report has more than %d MiB, which is more than this client reads", most>>20)
}

// wholeFile puts the ends of broken files into words.
func wholeFile(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("the report is cut off: %w", io.ErrUnexpectedEOF)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("the report is damaged: %w", err)
	}
	return err
}

// next is the next line, without its end; io.EOF after the last one. The bytes
// are good until the next call.
func (l *lines) next() ([]byte, error) {
	searched := 0
	for {
		rest := l.buf[l.start:]
		if i := bytes.IndexByte(rest[searched:], '\n'); i >= 0 {
			i += searched
			l.start += i + 1
			l.line++
			return bytes.TrimSuffix(rest[:i], []byte("\r")), nil
		}
		searched = len(rest)
		if l.ending != nil {
			return l.last(rest)
		}
		if searched >= longestLine {
			return nil, fmt.Errorf("the line has more than %d KiB", longestLine>>10)
		}
		l.more()
	}
}

// last is what stands after the last end of a line. In a broken file it may be
// half a line.
func (l *lines) last(rest []byte) ([]byte, error) {
	if l.ending != io.EOF {
		return nil, wholeFile(l.ending)
	}
	l.start = len(l.buf)
	if len(rest) == 0 {
		return nil, io.EOF
	}
	l.line++
	return bytes.TrimSuffix(rest, []byte("\r")), nil
}

// more reads behind what is in the buffer.
func (l *lines) more() {
	rest := copy(l.buf[:cap(l.buf)], l.buf[l.start:])
	l.buf, l.start = l.buf[:rest], 0
	if rest == cap(l.buf) {
		l.buf = slices.Grow(l.buf, cap(l.buf))
	}
	n, err := l.r.Read(l.buf[rest:cap(l.buf)])
	l.buf = l.buf[:rest+n]
	if l.left -= int64(n); l.left < 0 {
		err = tooLarge(l.max)
	}
	l.ending = err
}

// wrong makes an error of the current line.
func (l *lines) wrong(column string, value []byte, err error) error {
	if _, ok := errors.AsType[*ReportError](err); ok {
		return err
	}
	return &ReportError{Line: l.line, Column: column, Value: oneLine(string(value), 60), Cause: err}
}
