package asc

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// DefaultBaseURL is the real service.
const DefaultBaseURL = "https://api.appstoreconnect.apple.com"

// Config is what a Client is made of. KeyID and Key are required.
type Config struct {
	BaseURL string // DefaultBaseURL when blank; plain http only on loopback
	KeyID   string // ten characters, such as 2X9R4HXF34
	// IssuerID is the team's. An individual key has none: leave it blank. Such a
	// key cannot read reports.
	IssuerID string
	Key      *ecdsa.PrivateKey `json:"-"` // see ParseKey
	// Transport carries the requests; the client's own when nil. With another
	// one the client sees less of what leaves, and says more often that it is
	// unsure. A transport that repeats changes by itself breaks the promise that
	// a change is sent once.
	Transport http.RoundTripper `json:"-"`
	Log       *slog.Logger      `json:"-"` // nothing is logged when nil
	// Now is the time of day, time.Now when nil. It dates tokens.
	Now func() time.Time `json:"-"`
	// MaxReport bounds a report, in bytes after unpacking: 512 MiB when zero.
	MaxReport int64
	// MaxInFlight bounds the requests under way at once: 8 when zero.
	MaxInFlight int
}

// LogValue leaves the key out of logs.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(slog.String("url", c.BaseURL), slog.String("key_id", c.KeyID), slog.String("issuer_id", c.IssuerID))
}

// Client speaks to App Store Connect for one team, with one key. Any number of
// goroutines may use it.
type Client struct {
	base      *url.URL
	transport http.RoundTripper
	log       *slog.Logger
	signer    signer
	clock     clock
	gate      gate
	flights   flights
	maxReport int64
	versions  versions
}

// New makes a client. It sends nothing. Its error names everything that is
// wrong with the configuration.
func New(cfg Config) (*Client, error) {
	base, err := parseBase(cfg.BaseURL)
	if cfg.KeyID == "" {
		err = errors.Join(err, errors.New("the key id is missing"))
	}
	if cfg.Key == nil || cfg.Key.Curve != elliptic.P256() {
		err = errors.Join(err, errors.New("the private key is missing, or is not on the curve P-256"))
	}
	if err != nil {
		return nil, fmt.Errorf("App Store Connect client: %w", err)
	}
	c := &Client{base: base, transport: cfg.Transport, log: cfg.Log, maxReport: cfg.MaxReport}
	if c.transport == nil {
		c.transport = newTransport()
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.clock.local = cfg.Now; c.clock.local == nil {
		c.clock.local = time.Now
	}
	if c.maxReport <= 0 {
		c.maxReport = defaultMaxReport
	}
	c.gate.log = c.log
	if c.gate.most = cfg.MaxInFlight; c.gate.most <= 0 {
		c.gate.most = defaultInFlight
	}
	c.signer.keyID, c.signer.issuer, c.signer.key = cfg.KeyID, cfg.IssuerID, cfg.Key
	c.signer.now, c.signer.shifted, c.signer.log = c.clock.now, c.clock.shifted, c.log
	return c, nil
}

// parseBase checks the address: the token goes there.
func parseBase(text string) (*url.URL, error) {
	if text == "" {
		text = DefaultBaseURL
	}
	u, err := url.Parse(strings.TrimRight(text, "/"))
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the base URL is not an address like " + DefaultBaseURL)
	case u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()):
		return u, nil
	}
	return nil, fmt.Errorf("the base URL has to begin with https://, since the token goes to %s", u.Host)
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// KeyID is the id of the API key the client signs with.
func (c *Client) KeyID() string { return c.signer.keyID }

// RateLimit is what Apple last said about the requests that the key has left.
func (c *Client) RateLimit() RateLimit { return c.gate.rate() }

// Traffic is what the client does at the moment: what is under way, and who waits
// for their turn.
func (c *Client) Traffic() Traffic {
	t := c.gate.traffic()
	t.Shared = c.flights.shared.Load()
	return t
}

// Skew is how far Apple's clock is ahead of ours, by the last answer; negative
// when it is behind, zero when they agree or nothing was asked yet. Beyond 30
// seconds tokens are dated by Apple's clock.
func (c *Client) Skew() time.Duration { return time.Duration(c.clock.skew.Load()) }

// CloseIdleConnections closes connections that nothing uses.
func (c *Client) CloseIdleConnections() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Bounds of one call.
const (
	callTimeout   = 60 * time.Second // one exchange, the body included
	stallTimeout  = 30 * time.Second // of a streamed body: without a byte
	maxBody       = 16 << 20
	maxErrorBody  = 1 << 20
	maxTries      = 4 // of a read
	firstPause    = 500 * time.Millisecond
	longestPause  = 8 * time.Second
	longestAsked  = time.Minute // a longer Retry-After is left to the caller
	userAgent     = "ascbot (Go)"
	jsonType      = "application/json"
	reportType    = "application/a-gzip"
	defaultAccept = jsonType
)

// call is one request to Apple.
type call struct {
	method string
	url    *url.URL
	body   []byte
	accept string
	stream bool // leave the body of a 200 to be read by the caller
	bare   bool // no call of the API but a file at another place: no token, no budget
}

func (q call) path() string { return q.url.EscapedPath() }
func (q call) read() bool   { return q.method == http.MethodGet }

// to makes a call of a path below the base, with its query.
func (c *Client) to(method, path string) (call, error) {
	u, err := url.Parse(c.base.String() + path)
	if err != nil {
		return call{}, &ArgumentError{"the path of a call to App Store Connect cannot be used: " + reason(err)}
	}
	return call{method: method, url: u, accept: defaultAccept}, nil
}

// answer is a 2xx from Apple.
type answer struct {
	status int
	body   []byte
	stream io.ReadCloser // instead of body
}

// do makes a call: a read with a few tries, a change once. Its error is one of
// those the package documents.
func (c *Client) do(ctx context.Context, q call) (answer, error) {
	switch {
	case !q.read():
		c.flights.changes.Add(1)
		defer c.flights.changes.Add(1)
	case !q.stream && ctx.Err() == nil:
		return c.flights.share(ctx, q, func(ctx context.Context) (answer, error) { return c.tries(ctx, q) })
	}
	return c.tries(ctx, q)
}

func (c *Client) tries(ctx context.Context, q call) (answer, error) {
	for try := 1; ; try++ {
		a, err := c.authorized(ctx, q)
		if err == nil || !q.read() || try == maxTries || ctx.Err() != nil {
			return a, err
		}
		pause, again := retry(err, try)
		if deadline, ok := ctx.Deadline(); !again || ok && time.Until(deadline) < pause {
			return a, err
		}
		c.log.Info("App Store Connect is asked again", "path", q.path(), "try", try+1, "pause", pause, "because", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return a, err
		}
	}
}

// retry tells whether and when a read is worth another try.
func retry(err error, try int) (pause time.Duration, again bool) {
	pause = min(firstPause<<(try-1), longestPause)
	pause = pause/2 + rand.N(pause/2+1) // so that many callers do not come back together
	if _, silent := errors.AsType[*NoAnswerError](err); silent {
		return pause, true
	}
	if _, unsent := errors.AsType[*NotSentError](err); unsent {
		_, waited := errors.AsType[*BudgetError](err)
		return pause, !waited
	}
	e, ok := refusal(err)
	if !ok || e.RetryAfter > longestAsked {
		return 0, false
	}
	switch e.Status {
	case 408, 429, 500, 502, 503, 504:
		return max(pause, e.RetryAfter+pause/4), true
	}
	return 0, false
}

// authorized makes a call with a token. After a 401 nothing was done, for
// changes too: the token is made anew, by Apple's clock if ours is off, and the
// call made once more.
func (c *Client) authorized(ctx context.Context, q call) (answer, error) {
	if q.bare {
		return c.exchange(ctx, q, "")
	}
	if ctx.Err() != nil {
		return answer{}, &NotSentError{q.method, q.path(), over(ctx)}
	}
	kind := kindOf(q.method, strings.TrimPrefix(q.path(), c.base.EscapedPath()))
	leave, err := c.gate.enter(ctx, kind)
	if err != nil {
		return answer{}, &NotSentError{q.method, q.path(), err}
	}
	defer leave() // a body that its caller reads takes no place: callers may ask in between
	token, err := c.signer.token()
	if err != nil {
		return answer{}, err
	}
	a, err := c.exchange(ctx, q, token)
	if !Unauthorized(err) {
		return a, err
	}
	c.gate.again(kind)
	level := slog.LevelInfo // a second refusal is its caller's error
	if c.Skew().Abs() > time.Minute {
		level = slog.LevelWarn // the clock is what somebody has to look at
	}
	c.log.Log(ctx, level, "App Store Connect refused the token; trying once with a new one", "path", q.path(), "skew", c.Skew())
	if token, err = c.signer.renew(token); err != nil {
		return answer{}, err
	}
	return c.exchange(ctx, q, token)
}

var errSlow = errors.New("it took too long")

// exchange sends a request and judges what comes back.
func (c *Client) exchange(ctx context.Context, q call, token string) (answer, error) {
	if ctx.Err() != nil {
		return answer{}, &NotSentError{q.method, q.path(), over(ctx)}
	}
	inner, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(callTimeout, func() { cancel(errSlow) })
	done := func() { timer.Stop(); cancel(nil) }
	var gone departure
	req := c.request(gone.watch(inner), q, token)
	asked := c.clock.local()
	start := time.Now()
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		defer done()
		return answer{}, c.silence(ctx, inner, q, &gone, err)
	}
	if !q.bare {
		c.learn(q, resp, asked, token)
	}
	c.log.Debug("App Store Connect answered", "method", q.method, "path", q.path(), "status", resp.StatusCode, "took", time.Since(start))
	if q.stream && resp.StatusCode == http.StatusOK {
		timer.Stop()
		return answer{status: 200, stream: newStream(inner, resp.Body, cancel)}, nil
	}
	defer done()
	defer resp.Body.Close()
	return c.judge(ctx, inner, q, resp)
}

func (c *Client) request(ctx context.Context, q call, token string) *http.Request {
	req := (&http.Request{
		Method: q.method, URL: q.url, Host: q.url.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Accept": {q.accept}, "User-Agent": {userAgent}},
	}).WithContext(ctx)
	if !q.bare {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if q.body != nil {
		req.Header.Set("Content-Type", jsonType)
		req.ContentLength = int64(len(q.body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(q.body)), nil }
		req.Body, _ = req.GetBody()
	}
	return req
}

// learn keeps what the headers of any answer say about budget and clock.
func (c *Client) learn(q call, resp *http.Response, asked time.Time, token string) {
	h, came := resp.Header, c.clock.local()
	c.gate.learn(kindOf(q.method, strings.TrimPrefix(q.path(), c.base.EscapedPath())), resp.StatusCode, h, c.retryAfter(h))
	if skew, alarm := c.clock.learn(heard{h, resp.StatusCode, asked, came, c.signer.known(token)}); alarm {
		c.log.Warn("this machine's clock is off; tokens for App Store Connect are dated by Apple's clock from now on", "apple_is_ahead_by", skew)
	}
}

// silence judges a request without an answer.
func (c *Client) silence(ctx, inner context.Context, q call, gone *departure, err error) error {
	cause := cause(ctx, inner, err)
	switch {
	case gone.never(c.transport, err):
		return &NotSentError{q.method, q.path(), cause}
	case q.read():
		return &NoAnswerError{q.method, q.path(), cause}
	}
	return &UnsureError{q.method, q.path(), cause}
}

// cause prefers the reason for which a call was given up to how the transport
// put it.
func cause(ctx, inner context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return over(ctx)
	case context.Cause(inner) == errSlow:
		return fmt.Errorf("no complete answer within %s", callTimeout)
	}
	return err
}

// judge turns an answer into success, refusal, or doubt.
func (c *Client) judge(ctx, inner context.Context, q call, resp *http.Response) (answer, error) {
	good := resp.StatusCode >= 200 && resp.StatusCode < 300
	most := int64(maxErrorBody)
	if good {
		most = maxBody
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		err = cause(ctx, inner, err)
	}
	tooLong := int64(len(body)) > most
	if !good {
		return answer{}, c.refused(q, resp, body, tooLong, err)
	}
	if err == nil && tooLong {
		err = fmt.Errorf("the body has more than %d MiB", maxBody>>20)
	} else if err != nil {
		err = fmt.Errorf("the body was cut off after %d bytes: %w", len(body), err)
	}
	if err != nil {
		return answer{}, unusable(q.method, q.path(), err)
	}
	return answer{status: resp.StatusCode, body: body}, nil
}

// unusable is success that cannot be read.
func unusable(method, path string, err error) error {
	if method == http.MethodGet {
		return &NoAnswerError{method, path, err}
	}
	return &UnsureError{method, path, err}
}

// refused makes an Error of a status that is not success. A change that ended in
// a fault of the server, or in something that no API answers, may have happened.
func (c *Client) refused(q call, resp *http.Response, body []byte, tooLong bool, cut error) error {
	e := &Error{Status: resp.StatusCode, Method: q.method, Path: q.path(), RetryAfter: c.retryAfter(resp.Header)}
	if to := resp.Header.Get("Location"); to != "" && resp.StatusCode < 400 {
		e.Note = "a redirect, which is not followed"
		if u, err := resp.Request.URL.Parse(to); err == nil && u.Host != "" {
			e.Note = "a redirect to " + oneLine(u.Host, 100) + ", which is not followed"
		}
	} else {
		e.decode(body, tooLong, cut)
	}
	if q.read() || e.Status >= 400 && e.Status < 500 && e.Status != http.StatusRequestTimeout {
		return e
	}
	return &UnsureError{q.method, q.path(), e}
}

// retryAfter reads the header of that name: seconds or a date of Apple's clock.
func (c *Client) retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = c.clock.now()
	}
	return max(0, until.Sub(now))
}
