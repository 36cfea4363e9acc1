package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// serve answers HTTP over the network until the test ends, and returns a client of it.
func serve(t *testing.T, n *Network, h http.Handler) *http.Client {
	t.Helper()
	server := &http.Server{Handler: h}
	ended := make(chan error, 1)
	l := n.Listener()
	go func() { ended <- server.Serve(l) }()
	transport := &http.Transport{DialContext: n.Dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
		n.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the server ended with %v", err)
		}
	})
	return &http.Client{Transport: transport}
}

func TestHTTPInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, NewNetwork(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Hour) // free in a bubble, if waiting counts as idle
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			w.Write(body)
		}))
		sent := bytes.Repeat([]byte("a long body. "), 100_000) // more than the buffers of both directions hold
		began := time.Now()
		answer, err := client.Post("http://anywhere.example/", "text/plain", bytes.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		got, err := io.ReadAll(answer.Body)
		if err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("got %d bytes back of %d, error %v", len(got), len(sent), err)
		}
		if took := time.Since(began); took != time.Hour {
			t.Errorf("took %s of the bubble's time, want an hour", took)
		}
	})
}

func TestWebSocketInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork()
		serve(t, n, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ws, err := new(websocket.Upgrader).Upgrade(w, r, nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer ws.Close()
			for {
				kind, text, err := ws.ReadMessage()
				if err != nil {
					return
				}
				if ws.WriteMessage(kind, append([]byte("heard: "), text...)) != nil {
					return
				}
			}
		}))
		ws, _, err := (&websocket.Dialer{NetDialContext: n.Dial}).Dial("ws://slack.example/link", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer ws.Close()
		if err := ws.WriteMessage(websocket.TextMessage, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		if _, text, err := ws.ReadMessage(); err != nil || string(text) != "heard: hello" {
			t.Fatalf("got %q, %v", text, err)
		}
		began := time.Now()
		ws.SetReadDeadline(began.Add(20 * time.Second))
		_, _, err = ws.ReadMessage()
		if late, ok := errors.AsType[net.Error](err); !ok || !late.Timeout() || time.Since(began) != 20*time.Second {
			t.Errorf("a silent peer gave %v after %s, want a deadline after 20s", err, time.Since(began))
		}
	})
}

// ends are the two ends of one connection.
func ends(t *testing.T, n *Network) (near, far net.Conn) {
	t.Helper()
	l := n.Listener()
	near, err := n.Dial(t.Context(), "tcp", "x:1")
	if err != nil {
		t.Fatal(err)
	}
	far, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return near, far
}

func TestConnections(t *testing.T) {
	read := func(c net.Conn) string {
		buf := make([]byte, 100)
		n, err := c.Read(buf)
		if err != nil {
			return err.Error()
		}
		return string(buf[:n])
	}
	for name, try := range map[string]func(t *testing.T, near, far net.Conn){
		"both write before either reads": func(t *testing.T, near, far net.Conn) {
			near.Write([]byte("ping"))
			far.Write([]byte("pong"))
			if got := read(far) + read(near); got != "pingpong" {
				t.Errorf("got %q", got)
			}
		},
		"what was sent before a close arrives, then the end": func(t *testing.T, near, far net.Conn) {
			near.Write([]byte("last words"))
			near.Close()
			if got := read(far); got != "last words" {
				t.Errorf("got %q", got)
			}
			if _, err := far.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("then %v, want EOF", err)
			}
			if _, err := far.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
				t.Errorf("writing to it gave %v, want a broken pipe", err)
			}
		},
		"a closed end": func(t *testing.T, near, _ net.Conn) {
			near.Close()
			_, readErr := near.Read(make([]byte, 1))
			_, writeErr := near.Write([]byte("x"))
			if !errors.Is(readErr, net.ErrClosed) || !errors.Is(writeErr, net.ErrClosed) {
				t.Errorf("read %v, write %v, want both closed", readErr, writeErr)
			}
		},
		"a peer that never reads stops a writer at its deadline": func(t *testing.T, near, _ net.Conn) {
			near.SetWriteDeadline(time.Now().Add(5 * time.Second))
			n, err := near.Write(make([]byte, 2*streamSize))
			if n != streamSize || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("wrote %d, %v; want %d and a deadline", n, err, streamSize)
			}
		},
		"a deadline can be taken back": func(t *testing.T, near, far net.Conn) {
			near.SetReadDeadline(time.Now().Add(-time.Second))
			if got := read(near); got != os.ErrDeadlineExceeded.Error() {
				t.Errorf("past the deadline got %q", got)
			}
			near.SetReadDeadline(time.Now().Add(time.Second))
			near.SetReadDeadline(time.Time{})
			time.Sleep(time.Minute)
			far.Write([]byte("late"))
			if got := read(near); got != "late" {
				t.Errorf("without a deadline got %q", got)
			}
		},
		"closing wakes a reader and a writer": func(t *testing.T, near, far net.Conn) {
			woken := make(chan error, 2)
			go func() { _, err := near.Read(make([]byte, 1)); woken <- err }()
			go func() { _, err := near.Write(make([]byte, 2*streamSize)); woken <- err }()
			synctest.Wait()
			near.Close()
			for range 2 {
				if err := <-woken; !errors.Is(err, net.ErrClosed) {
					t.Errorf("woken with %v", err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := ends(t, NewNetwork())
				try(t, near, far)
			})
		})
	}
}

func TestDialling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork()
		refused := func(when string) {
			t.Helper()
			if _, err := n.Dial(t.Context(), "tcp", "x:1"); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("dialling %s gave %v, want refused", when, err)
			}
		}
		refused("before anybody listens")
		near, far := ends(t, n)
		waiting, err := n.Dial(t.Context(), "tcp", "x:1")
		if err != nil {
			t.Fatal(err)
		}
		n.Listener().Close()
		if _, err := waiting.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("a connection nobody accepted ended with %v", err)
		}
		refused("a closed listener")
		if _, err := near.Write([]byte("x")); err != nil {
			t.Errorf("an open connection outlives the listener, but: %v", err)
		}
		n.Cut()
		if _, err := far.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a cut connection gave %v", err)
		}
		if n.Listener(); n.listener.isClosed() {
			t.Error("a new listener is closed already")
		}
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := n.Dial(over, "tcp", "x:1"); !errors.Is(err, context.Canceled) {
			t.Errorf("an ended context gave %v", err)
		}
		n.Close()
		refused("a closed network")
		if _, err := n.Listener().Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accepting on a closed network gave %v", err)
		}
	})
}
