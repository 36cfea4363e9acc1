package bot

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tooSoon is a transport that says in one way what Slack says in several: that a call
// came too soon, and when it may be made again. Slack's library understands status 429
// with whole seconds in Retry-After, as Slack documents it. But errors of the Web API
// come with status 200, and for posting one of them is named rate_limited; and by
// HTTP's own rules Retry-After may be a date, or missing.
type tooSoon struct{ next http.RoundTripper }

// usualPause is waited when Slack does not say for how long.
const usualPause = 5 * time.Second

// shortAnswer is longer than any answer that only says that a call came too soon.
const shortAnswer = 512

func (t tooSoon) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusOK && saysTooSoon(resp) {
		resp.StatusCode, resp.Status = http.StatusTooManyRequests, "429 Too Many Requests"
		pause := math.Ceil(pauseOf(resp.Header).Seconds())
		resp.Header.Set("Retry-After", strconv.Itoa(int(max(pause, 1))))
	}
	return resp, nil
}

// saysTooSoon looks at the beginning of an answer, which is there to be read afterwards.
func saysTooSoon(resp *http.Response) bool {
	start := make([]byte, shortAnswer)
	n, err := io.ReadFull(resp.Body, start)
	start = start[:n]
	rest := io.Reader(resp.Body)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		rest = broken{err}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), rest), resp.Body}
	var said struct{ Error string }
	return json.Unmarshal(start, &said) == nil && (said.Error == "ratelimited" || said.Error == "rate_limited")
}

// broken is the rest of a body that could not be read.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// pauseOf reads Retry-After: seconds, or a date.
func pauseOf(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 && seconds < 1e6 {
		return time.Duration(seconds * float64(time.Second))
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return usualPause
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return until.Sub(now)
}

func (t tooSoon) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
