package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/page"
)

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":8080", "[::]:0", "192.168.1.7:80", "example.com:80", "localhost.example.com:80", "nonsense"} {
		s, err := Start(t.Context(), Options{Addr: addr})
		if err == nil {
			s.Close()
			t.Errorf("%s is listened on", addr)
		} else if !strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s is refused without saying what would do: %v", addr, err)
		}
	}
	for _, addr := range []string{"127.0.0.1:80", "localhost:1", "[::1]:9"} {
		if err := onLoopback(addr); err != nil {
			t.Errorf("%s is refused: %v", addr, err)
		}
	}
}

func TestAnAddressInUseIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr := l.Addr().String()
	if s, err := Start(t.Context(), Options{Addr: addr}); err == nil || !strings.Contains(err.Error(), addr) {
		if err == nil {
			s.Close()
		}
		t.Errorf("got %v", err)
	}
}

// begin starts a sandbox on a network inside the process. It ends with the test.
func begin(t *testing.T, o Options) (*Sandbox, *http.Client) {
	t.Helper()
	n := NewNetwork()
	o.Listener = n.Listener()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: n.Dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, &http.Client{Transport: transport}
}

func TestOnePathForEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, client := begin(t, Options{})
		for _, c := range []struct{ url, want, policy string }{
			{s.URL(), "<!doctype html>", "script-src 'self'"},
			{s.URL() + "assets/app.js", "listen(", "script-src 'self'"},
			{s.URL() + "sandbox/state", `"U0ANA"`, "script-src 'self'"},
			{s.SlackAPIURL() + "auth.test", `"ok":false`, "sandbox"},
			{s.AppleAPIURL() + "/v1/apps", "NOT_AUTHORIZED", "sandbox"},
		} {
			answer, err := client.Get(c.url)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			if !strings.Contains(string(body), c.want) {
				t.Errorf("%s answers without %s: %.300s", c.url, c.want, body)
			}
			if got := answer.Header.Get("Content-Security-Policy"); !strings.Contains(got, c.policy) {
				t.Errorf("%s has the policy %q", c.url, got)
			}
		}
	})
}

// streamed is what the page's stream of events carries.
type streamed struct {
	Lines    []page.Line
	Clock    struct{ Offset float64 }
	Troubles []page.Trouble
}

// follow opens the stream of events and returns how to wait for the next.
func follow(t *testing.T, s *Sandbox, client *http.Client) (next func() (streamed, error)) {
	t.Helper()
	answer, err := client.Get(s.URL() + "sandbox/events")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("the stream is %q", kind)
	}
	lines := bufio.NewReader(answer.Body)
	return func() (e streamed, err error) {
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return e, err
			}
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				return e, json.Unmarshal([]byte(data), &e)
			}
		}
	}
}

func TestEventsArriveByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, client := begin(t, Options{})
		next := follow(t, s, client)
		if _, err := next(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := s.Slack.Say("U0ANA", "C0IOS", "is anybody there?"); err != nil {
			t.Fatal(err)
		}
		said := func(e streamed) bool {
			for _, l := range e.Lines {
				if strings.Contains(l.What, "is anybody there?") {
					return true
				}
			}
			return false
		}
		if e, err := next(); err != nil || !said(e) {
			t.Fatalf("after a message came %+v, %v", e, err)
		}
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("it took %s", took)
		}
		if err := s.Clock.Move(time.Hour); err != nil {
			t.Fatal(err)
		}
		if e, err := next(); err != nil || e.Clock.Offset != 3600 {
			t.Errorf("after moving the clock came %+v, %v", e.Clock, err)
		}
		began = time.Now()
		if e, err := next(); err != nil || len(e.Lines) != 0 || time.Since(began) > 16*time.Second {
			t.Errorf("a quiet stream gives no sign of life: %+v, %v after %s", e.Lines, err, time.Since(began))
		}
	})
}

func TestCloseEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		n := NewNetwork()
		s, err := Start(ctx, Options{Listener: n.Listener()})
		if err != nil {
			t.Fatal(err)
		}
		transport := &http.Transport{DialContext: n.Dial}
		defer transport.CloseIdleConnections()
		next := follow(t, s, &http.Client{Transport: transport})
		if _, err := next(); err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := next(); err == nil {
			t.Error("the stream goes on after the context ended")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("closing it again: %v", err)
		}
		if _, err := n.Dial(t.Context(), "tcp", "x:1"); err == nil {
			t.Error("it still listens")
		}
	})
}

func TestTheStandInsShareTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := begin(t, Options{})
		if err := s.Clock.Move(48 * time.Hour); err != nil {
			t.Fatal(err)
		}
		ts, err := s.Slack.Say("U0ANA", "C0IOS", "in two days")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range s.Slack.Snapshot("U0ANA").Channels {
			for _, m := range c.Messages {
				if m.TS == ts && m.At.Sub(s.Clock.Now()).Abs() > time.Second {
					t.Errorf("the message is of %s, the clock shows %s", m.At, s.Clock.Now())
				}
			}
		}
	})
}
