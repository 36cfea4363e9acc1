package asc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// people reads the users, as an example of a read.
func people(ctx context.Context, c *Client) error {
	_, err := everyone(c.Users(ctx, UserFilter{}))
	return err
}

func invite(ctx context.Context, c *Client) error {
	_, err := c.InviteUser(ctx, someone)
	return err
}

func TestReadsAreTriedAgainWithinBounds(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter){
		"500":         func(w http.ResponseWriter) { refuse(w, 500, "UNEXPECTED_ERROR", "An unexpected error occurred.") },
		"502 HTML":    func(w http.ResponseWriter) { reply(w, 502, "<html><title>Bad Gateway</title>") },
		"503":         func(w http.ResponseWriter) { reply(w, 503, "") },
		"504":         func(w http.ResponseWriter) { reply(w, 504, `{"statusCode":"ERROR"}`) },
		"429":         func(w http.ResponseWriter) { refuse(w, 429, "RATE_LIMIT_EXCEEDED", "Slow down.") },
		"reset":       func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"half a body": func(w http.ResponseWriter) { raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"data\":[") },
		"half a chunk": func(w http.ResponseWriter) {
			raw(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"da")
		},
	} {
		bubble(t, name+" for good", func(t *testing.T) {
			c, s := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w) })
			began := time.Now()
			err := people(t.Context(), c)
			if took := time.Since(began); err == nil || took < time.Second || took > 10*time.Second {
				t.Errorf("got %v after %v", err, took)
			}
			if Unsure(err) || is[*NotSentError](err) {
				t.Errorf("a read cannot end so: %v", err)
			}
			s.want(maxTries)
		})
		bubble(t, name+" twice", func(t *testing.T) {
			c, s := start(t, func(w http.ResponseWriter, _ *http.Request, n int) {
				if n < 2 {
					answer(w)
					return
				}
				reply(w, 200, `{"data":[]}`)
			})
			if err := people(t.Context(), c); err != nil {
				t.Error(err)
			}
			s.want(3)
		})
	}
}

func TestRefusedReadsAreNotTriedAgain(t *testing.T) {
	for _, status := range []int{400, 403, 404, 405, 406, 409, 410, 422, 501} {
		bubble(t, fmt.Sprint(status), func(t *testing.T) {
			c, s := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) { refuse(w, status, "X", "No.") })
			if e, ok := refusal(people(t.Context(), c)); !ok || e.Status != status {
				t.Errorf("got %v", e)
			}
			s.want(1)
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	for name, tt := range map[string]struct {
		header func() string
		tries  int
		atMost time.Duration
		pause  time.Duration // at least, between two tries
	}{
		"seconds":    {func() string { return "7" }, maxTries, 30 * time.Second, 7 * time.Second},
		"a date":     {func() string { return time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat) }, maxTries, 40 * time.Second, 8 * time.Second},
		"too long":   {func() string { return "3600" }, 1, 0, 0},
		"a date ago": {func() string { return "Mon, 02 Jan 1995 15:04:05 GMT" }, maxTries, 10 * time.Second, 200 * time.Millisecond},
		"nonsense":   {func() string { return "soon" }, maxTries, 10 * time.Second, 200 * time.Millisecond},
		"negative":   {func() string { return "-5" }, maxTries, 10 * time.Second, 200 * time.Millisecond},
		"enormous":   {func() string { return "99999999999999999999" }, maxTries, 10 * time.Second, 200 * time.Millisecond},
	} {
		bubble(t, name, func(t *testing.T) {
			c, s := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header().Set("Retry-After", tt.header())
				refuse(w, 429, "RATE_LIMIT_EXCEEDED", "Slow down.")
			})
			began := time.Now()
			err := people(t.Context(), c)
			if took := time.Since(began); !RateLimited(err) || took > tt.atMost {
				t.Errorf("got %v after %v", err, took)
			}
			s.want(tt.tries)
			calls := s.calls()
			for i := 1; i < len(calls); i++ {
				if pause := calls[i].At.Sub(calls[i-1].At); pause < tt.pause {
					t.Errorf("waited %v, want at least %v", pause, tt.pause)
				}
			}
			if e, _ := refusal(err); name == "too long" && e.RetryAfter != time.Hour {
				t.Errorf("RetryAfter is %v", e.RetryAfter)
			}
		})
	}
}

func TestNoWaitingBeyondTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Retry-After", "30")
			refuse(w, 429, "RATE_LIMIT_EXCEEDED", "Slow down.")
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		if err := people(ctx, c); !RateLimited(err) || time.Since(began) > time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		s.want(1)
	})
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Retry-After", "30")
			reply(w, 503, "")
		})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, cancel)
		began := time.Now()
		if err := people(ctx, c); err == nil || time.Since(began) != 2*time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		s.want(1)
	})
}

// stall answers nothing until the client has gone.
func stall(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func TestAChangeIsNeverSentTwice(t *testing.T) {
	status := func(code int, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { reply(w, code, body) }
	}
	bytes := func(text string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { raw(w, text) }
	}
	redirect := func(code int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/v1/elsewhere")
			w.WriteHeader(code)
		}
	}
	unsure := map[string]func(http.ResponseWriter, *http.Request){
		"500":                 status(500, `{"errors":[{"status":"500","code":"UNEXPECTED_ERROR","title":"x"}]}`),
		"500 says duplicate":  status(500, `{"errors":[{"status":"409","code":"ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE","title":"x"}]}`),
		"502":                 status(502, "<html>"),
		"503":                 status(503, ""),
		"504":                 status(504, ""),
		"599":                 status(599, ""),
		"408":                 status(408, ""),
		"302":                 redirect(302),
		"303":                 redirect(303),
		"307":                 redirect(307),
		"308":                 redirect(308),
		"304":                 status(304, ""),
		"reset":               func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"half a body":         bytes("HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"data\":{"),
		"half a status":       bytes("HTTP/1.1 20"),
		"no HTTP":             bytes("hello\r\n\r\n"),
		"half of a fault":     bytes("HTTP/1.1 500 Oops\r\nContent-Length: 500\r\n\r\n{\"err"),
		"201 and nothing":     status(201, ""),
		"201 and HTML":        status(201, "<html><title>Welcome to the café"),
		"201 without data":    status(201, `{}`),
		"201 with a list":     status(201, `{"data":[]}`),
		"201 without id":      status(201, `{"data":{"type":"userInvitations","attributes":{}}}`),
		"201 of another kind": status(201, `{"data":{"type":"userInvitations","id":"1","attributes":{"roles":"ADMIN"}}}`),
		"gigantic":            status(201, `{"data":"`+strings.Repeat("x", maxBody)+`"}`),
		"no answer":           stall,
		"headers and no more": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(201)
			w.(http.Flusher).Flush()
			stall(w, r)
		},
		"drop by drop, for ever": func(w http.ResponseWriter, r *http.Request) { drip(w, r) },
	}
	for name, answer := range unsure {
		bubble(t, name, func(t *testing.T) {
			c, s := start(t, func(w http.ResponseWriter, r *http.Request, _ int) { answer(w, r) })
			began := time.Now()
			err := invite(t.Context(), c)
			u, ok := errors.AsType[*UnsureError](err)
			if !ok || u.Method != "POST" || u.Path != "/v1/userInvitations" || u.Cause == nil || !Unsure(err) {
				t.Errorf("got %#v, want an UnsureError", err)
			}
			if is[*Error](err) || is[*NotSentError](err) || AlreadyExists(err) {
				t.Errorf("%v can be taken for something surer", err)
			}
			if took := time.Since(began); took > callTimeout {
				t.Errorf("it took %v", took)
			}
			s.want(1)
		})
	}
	for _, code := range []int{400, 403, 404, 405, 409, 410, 415, 422, 429} {
		bubble(t, fmt.Sprint("refused with ", code), func(t *testing.T) {
			c, s := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) { refuse(w, code, "X", "No.") })
			if err := invite(t.Context(), c); !is[*Error](err) || Unsure(err) || is[*NotSentError](err) {
				t.Errorf("got %v", err)
			}
			s.want(1)
		})
	}
	bubble(t, "refused with half a body", func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			raw(w, "HTTP/1.1 409 Conflict\r\nContent-Length: 500\r\n\r\n{\"errors\":[")
		})
		if e, ok := refusal(invite(t.Context(), c)); !ok || e.Status != 409 || !strings.Contains(e.Error(), "cut off") {
			t.Errorf("got %v", e)
		}
		s.want(1)
	})
}

func drip(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(201)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		io.WriteString(w, " ")
		w.(http.Flusher).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

func TestEveryChangeIsSentOnce(t *testing.T) {
	yes := true
	for name, change := range map[string]func(context.Context, *Client) error{
		"POST": invite,
		"PATCH": func(ctx context.Context, c *Client) error {
			_, err := c.UpdateUser(ctx, "1", UserChange{AllAppsVisible: &yes})
			return err
		},
		"DELETE":         func(ctx context.Context, c *Client) error { return c.CancelInvitation(ctx, "1") },
		"POST linkage":   func(ctx context.Context, c *Client) error { return c.AddTestersToGroup(ctx, "1", "2") },
		"DELETE linkage": func(ctx context.Context, c *Client) error { return c.RemoveTestersFromGroup(ctx, "1", "2") },
	} {
		for fault, answer := range map[string]func(http.ResponseWriter){
			"503":   func(w http.ResponseWriter) { w.WriteHeader(503) },
			"reset": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
			"HTML":  func(w http.ResponseWriter) { reply(w, 200, "<html>") },
		} {
			bubble(t, name+" "+fault, func(t *testing.T) {
				c, s := start(t, func(w http.ResponseWriter, r *http.Request, _ int) {
					if r.Method == http.MethodGet { // a connection that is in use already
						reply(w, 200, `{"data":[]}`)
						return
					}
					answer(w)
				})
				if err := people(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				if err := change(t.Context(), c); !Unsure(err) {
					t.Errorf("got %v", err)
				}
				s.want(2)
			})
		}
	}
}

func TestAChangeGivenUpOnTheWayIsUnsure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, r *http.Request, _ int) { stall(w, r) })
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		err := invite(ctx, c)
		if u, ok := errors.AsType[*UnsureError](err); !ok || !errors.Is(u.Cause, context.Canceled) {
			t.Errorf("got %v", err)
		}
		s.want(1)
	})
}

func TestHeadersAreWaitedForHalfAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := start(t, func(w http.ResponseWriter, r *http.Request, _ int) { stall(w, r) })
		began := time.Now()
		if err := invite(t.Context(), c); !Unsure(err) || time.Since(began) != headerTimeout {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
	synctest.Test(t, func(t *testing.T) { // a transport without limits of its own
		c, _ := startWith(t, func(w http.ResponseWriter, r *http.Request, _ int) { stall(w, r) }, func(cfg *Config, s *service) {
			cfg.Transport = &http.Transport{DialContext: s.dial}
		})
		began := time.Now()
		if err := invite(t.Context(), c); !Unsure(err) || time.Since(began) != callTimeout || !strings.Contains(err.Error(), "within 1m0s") {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

// brittle is a connection whose first writes fail after some bytes.
type brittle struct {
	net.Conn
	bytes int
}

func (b *brittle) Write(p []byte) (int, error) {
	n := min(b.bytes, len(p))
	if n > 0 {
		b.Conn.Write(p[:n])
	}
	return n, syscall.ECONNRESET
}

func TestWhatDidNotLeaveIsSaidNotToHaveLeft(t *testing.T) {
	refusedDial := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	noName := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true}
	}
	breaking := func(bytes int) func(s *service) http.RoundTripper {
		return func(s *service) http.RoundTripper {
			return countingTransport(func(ctx context.Context, n, a string) (net.Conn, error) {
				conn, err := s.dial(ctx, n, a)
				return &brittle{conn, bytes}, err
			})
		}
	}
	const sent, kept = true, false
	for name, tt := range map[string]struct {
		transport func(s *service) http.RoundTripper
		left      bool
	}{
		"dial refused":                         {func(*service) http.RoundTripper { return countingTransport(refusedDial) }, kept},
		"dial refused, plain transport":        {func(*service) http.RoundTripper { return &http.Transport{DialContext: refusedDial} }, kept},
		"dial refused, unknown transport":      {func(*service) http.RoundTripper { return wrapped{&http.Transport{DialContext: refusedDial}} }, kept},
		"no such host":                         {func(*service) http.RoundTripper { return countingTransport(noName) }, kept},
		"no such host, unknown transport":      {func(*service) http.RoundTripper { return wrapped{&http.Transport{DialContext: noName}} }, kept},
		"dial hangs":                           {func(s *service) http.RoundTripper { return countingTransport(s.hang) }, kept},
		"dial hangs, unknown transport":        {func(s *service) http.RoundTripper { return wrapped{&http.Transport{DialContext: s.hang}} }, sent}, // it does not say why
		"broken before the first byte":         {breaking(0), kept},
		"broken after the first byte":          {breaking(1), sent},
		"broken before, plain transport":       {func(s *service) http.RoundTripper { return plain(s, 0) }, sent}, // nobody counts
		"an error nobody knows":                {func(*service) http.RoundTripper { return failing{errors.New("out of paper")} }, sent},
		"an unknown transport, reading failed": {func(*service) http.RoundTripper { return failing{&net.OpError{Op: "read", Err: syscall.ECONNRESET}} }, sent},
	} {
		bubble(t, name, func(t *testing.T) {
			c, s := startWith(t, func(w http.ResponseWriter, _ *http.Request, _ int) { reply(w, 201, invited) },
				func(cfg *Config, s *service) { cfg.Transport = tt.transport(s) })
			err := invite(t.Context(), c)
			if is[*NotSentError](err) == tt.left || Unsure(err) != tt.left {
				t.Errorf("got %v (%T)", err, err)
			}
			s.want(0)
		})
	}
}

// hang dials for ever. A transport may go on dialing for the next call when its
// own has given up, so the end of the test ends it too.
func (s *service) hang(ctx context.Context, _, _ string) (net.Conn, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.listener.done:
		return nil, net.ErrClosed
	}
}

type wrapped struct{ inner http.RoundTripper }

func (w wrapped) RoundTrip(r *http.Request) (*http.Response, error) { return w.inner.RoundTrip(r) }

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func plain(s *service, bytes int) http.RoundTripper {
	return &http.Transport{DialContext: func(ctx context.Context, n, a string) (net.Conn, error) {
		conn, err := s.dial(ctx, n, a)
		return &brittle{conn, bytes}, err
	}}
}

func TestAFailedHandshakeSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := startWith(t, nil, func(cfg *Config, s *service) {
			cfg.BaseURL = "https://api.example"
			s.listener.Close() // instead of the server: something that does not speak TLS
			cfg.Transport = countingTransport(func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				go func() {
					far.Read(make([]byte, 4096))
					far.Write([]byte("HTTP/1.1 400 no TLS here\r\n\r\n"))
					far.Close()
				}()
				return near, nil
			})
		})
		err := invite(t.Context(), c)
		n, ok := errors.AsType[*NotSentError](err)
		if _, record := errors.AsType[tls.RecordHeaderError](err); !ok || !record || n.Path != "/v1/userInvitations" {
			t.Errorf("got %v (%T)", err, err)
		}
		s.want(0)
	})
}

func TestAnEndedContextSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) { reply(w, 201, invited) })
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for name, call := range map[string]func(context.Context, *Client) error{"read": people, "change": invite} {
			if err := call(ctx, c); !is[*NotSentError](err) || !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		s.want(0)
	})
}

func TestAConnectionThatWasClosedMeanwhileIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Connection", "keep-alive")
			if r.Method == http.MethodPost {
				reply(w, 201, invited)
				return
			}
			raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nContent-Type: application/json\r\n\r\n{\"data\":[]}")
		})
		for range 20 {
			if err := people(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			// The connection is closed about now: before, while or after the next
			// request takes it. Whichever it is, nothing is sent twice.
			before := len(s.calls())
			err := invite(t.Context(), c)
			if got := len(s.calls()) - before; got > 1 || err == nil && got != 1 || is[*NotSentError](err) && got != 0 {
				t.Errorf("%d requests, %v", got, err)
			}
		}
	})
}

func TestT23RedirectsAreNotFollowed(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{"https://evil.example/v1/users", "/v1/other", "//evil.example/", "http://user:pw@evil.example/"} {
			bubble(t, fmt.Sprint(code, " ", to), func(t *testing.T) {
				c, s := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
					w.Header().Set("Location", to)
					w.WriteHeader(code)
				})
				if e, ok := refusal(people(t.Context(), c)); !ok || e.Status != code || !strings.Contains(e.Error(), "not followed") || strings.Contains(e.Error(), "pw") {
					t.Errorf("got %v", e)
				}
				s.want(1)
				if diff := cmp.Diff([]string{"127.0.0.1:80"}, s.dialed); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestTheRateIsReadLoosely(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for header, want := range map[string]RateLimit{
		"user-hour-lim:3500;user-hour-rem:500;":                                          {HourLimit: 3500, HourRemaining: 500, Seen: now},
		"user-hour-lim:3600;user-hour-rem:0":                                             {HourLimit: 3600, Seen: now},
		" user-hour-rem : 12 ; USER-HOUR-LIM:3500":                                       {HourLimit: 3500, HourRemaining: 12, Seen: now},
		"user-hour-lim:3500;user-hour-rem:500;user-minute-lim:50;user-minute-rem:49;x:1": {HourLimit: 3500, HourRemaining: 500, MinuteLimit: 50, MinuteRemaining: 49, Seen: now},
		"user-hour-lim:many;user-hour-rem:7":                                             {HourRemaining: 7, Seen: now},
		"user-hour-rem:-7":                                                               {}, "": {}, ";;:;": {}, "3500": {}, "org-hour-lim:3": {},
	} {
		if got, _ := parseRate(header, now); got != want {
			t.Errorf("%q: got %+v", header, got)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		c, _ := start(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			if n == 0 {
				w.Header().Set("X-Rate-Limit", "user-hour-lim:3500;user-hour-rem:499;")
			}
			refuse(w, 403, "FORBIDDEN_ERROR", "No.")
		})
		for range 2 { // an answer without the header changes nothing
			people(t.Context(), c)
			if got := c.RateLimit(); got.HourLimit != 3500 || got.HourRemaining != 499 || got.Seen.IsZero() {
				t.Errorf("got %+v", got)
			}
		}
	})
}

func TestTheBaseURLHasToBeSafe(t *testing.T) {
	for base, fine := range map[string]bool{
		"": true, "https://api.appstoreconnect.apple.com": true, "https://api.example/": true, "https://api.example/prefix": true,
		"http://127.0.0.1:8080": true, "http://localhost:1": true, "http://[::1]:9": true, "http://127.8.8.8": true,
		"http://api.appstoreconnect.apple.com": false, "http://10.0.0.1": false, "http://localhost.evil.example": false,
		"http://127.0.0.1.evil.example": false, "https://": false, "api.example": false, "ftp://127.0.0.1": false,
		"https://user:pw@api.example": false, "https://api.example?a=b": false, "https://api.example#f": false, "://": false,
	} {
		_, err := New(Config{BaseURL: base, KeyID: "K", Key: testKey()})
		if (err == nil) != fine || err != nil && strings.Contains(err.Error(), "pw") {
			t.Errorf("%q: %v", base, err)
		}
	}
	if _, err := New(Config{BaseURL: "http://evil.example"}); err == nil || !strings.Contains(err.Error(), "https") ||
		!strings.Contains(err.Error(), "key id") || !strings.Contains(err.Error(), "private key") {
		t.Errorf("not everything is named at once: %v", err)
	}
}

func TestT42ABodyHasABound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			w.WriteHeader(200)
			io.WriteString(w, `{"data":[`)
			for range maxBody>>20 + 1 {
				if _, err := io.WriteString(w, strings.Repeat(" ", 1<<20)); err != nil {
					return
				}
			}
			io.WriteString(w, `]}`)
		})
		if err := people(t.Context(), c); !is[*NoAnswerError](err) || !strings.Contains(err.Error(), "more than 16 MiB") {
			t.Errorf("got %v", err)
		}
		_ = s
	})
}
