package slack_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
	"github.com/gorilla/websocket"
	slackgo "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// pipes is a listener inside the process.
type pipes struct {
	arrived chan net.Conn
	done    chan struct{}
	once    sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.arrived:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.arrived <- far:
		return near, nil
	case <-p.done:
		return nil, errors.New("nobody listens")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// workspace is a stand-in that is served, and clients for it.
type workspace struct {
	*sandbox.Server
	t    *testing.T
	net  *pipes
	http *http.Client
	api  *slackgo.Client
}

// inWorkspace runs a test in a bubble, with the stand-in served over net.Pipe.
func inWorkspace(t *testing.T, o sandbox.Options, story func(*workspace)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &workspace{Server: sandbox.New(o), t: t, net: &pipes{arrived: make(chan net.Conn), done: make(chan struct{})}}
		web := &http.Server{Handler: w.Handler()}
		served := make(chan struct{})
		go func() { defer close(served); web.Serve(w.net) }()
		transport := &http.Transport{DialContext: w.net.dial}
		w.http = &http.Client{Transport: transport}
		w.api = slackgo.New(w.BotToken(), slackgo.OptionAppLevelToken(w.AppToken()),
			slackgo.OptionAPIURL("http://slack.test/api/"), slackgo.OptionHTTPClient(w.http))
		defer func() { // also when the story fails, so that its own words are what is read
			transport.CloseIdleConnections()
			w.Close()
			web.Close()
			<-served
		}()
		story(w)
	})
}

// app is a program that uses the official-looking client library.
type app struct {
	*socketmode.Client
	stop func()
}

// connect starts a slack-go client; handle gets every envelope on a goroutine of its own.
func (w *workspace) connect(handle func(*socketmode.Client, socketmode.Event)) *app {
	w.t.Helper()
	dialer := &websocket.Dialer{NetDialContext: w.net.dial, HandshakeTimeout: 10 * time.Second}
	c := socketmode.New(w.api, socketmode.OptionDialer(dialer))
	ctx, cancel := context.WithCancel(w.t.Context())
	var running sync.WaitGroup
	running.Go(func() { c.RunContext(ctx) })
	running.Go(func() {
		for {
			select {
			case ev := <-c.Events:
				switch ev.Type {
				case socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI:
					running.Go(func() { handle(c, ev) })
				}
			case <-ctx.Done():
				return
			}
		}
	})
	synctest.Wait()
	return &app{c, func() { cancel(); running.Wait() }}
}
