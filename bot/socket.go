package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"golang.org/x/time/rate"
)

// longestEnvelope bounds one inbound frame, in bytes. Envelopes of 60 kB have
// been seen; a form with every option group is larger still.
const longestEnvelope = 4 << 20

// patience is how long a connection is left alone after it failed for good or
// flapped: Slack's library alone would wait up to five minutes after errors,
// and not at all after being told to disconnect.
const patience = 30 * time.Second

// ErrRefused means that Slack takes a token no longer, or never did; ErrSwitchedOff
// that Socket Mode is switched off for the app. Trying again helps with neither.
var (
	ErrRefused     = errors.New("Slack refuses a token")
	ErrSwitchedOff = errors.New("Socket Mode is switched off for the app")
)

// connect keeps one Socket Mode connection open until ctx ends. It returns an
// error only for what trying again cannot cure.
func (b *Bot) connect(ctx context.Context, n int) error {
	greeted := false
	for {
		err := b.session(ctx, func() {
			if !greeted {
				greeted = true
				b.hellos <- struct{}{}
			}
		})
		if ctx.Err() != nil {
			return nil
		}
		switch {
		case fatalAuth(err):
			return fmt.Errorf("%w: the app-level token (%w). Make one with the scope connections:write on your app's page, Basic Information", ErrRefused, err)
		case errors.Is(err, ErrSwitchedOff):
			return fmt.Errorf("%w. Switch it on on your app's page, Socket Mode, and start the bot again", err)
		}
		b.Log.Warn("Socket Mode connection lost; trying again", "connection", n, "pause", patience, "error", err)
		if !sleep(ctx, patience) {
			return nil
		}
	}
}

// session runs one Socket Mode client until it fails, flaps or ctx ends.
func (b *Bot) session(ctx context.Context, hello func()) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	plain, secure := dialers(b.Slack.Dial)
	client := socketmode.New(b.web,
		socketmode.OptionDialer(&websocket.Dialer{
			NetDialContext: plain, NetDialTLSContext: secure, HandshakeTimeout: 20 * time.Second, WriteBufferSize: 32 << 10,
		}),
		socketmode.OptionReadLimit(longestEnvelope))
	ended := make(chan error, 1)
	go func() { ended <- client.RunContext(ctx) }()
	flapping := rate.NewLimiter(rate.Every(5*time.Second), 8)
	for {
		select {
		case err := <-ended:
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
			return err
		case ev := <-client.Events:
			switch ev.Type {
			case socketmode.EventTypeHello:
				hello()
				b.lookForStrangers(ev)
			case socketmode.EventTypeDisconnect:
				if ev.Request != nil && ev.Request.Reason == "link_disabled" {
					cancel(ErrSwitchedOff)
				}
			case socketmode.EventTypeConnecting:
				if !flapping.Allow() {
					cancel(errors.New("Slack closes the connection again and again; is Socket Mode switched on for the app?"))
				}
			case socketmode.EventTypeConnectionError:
				if e, ok := ev.Data.(*slack.ConnectionErrorEvent); ok && e.Backoff > patience {
					cancel(e.ErrorObj)
				}
			default:
				if env, ok := opened(ev); ok {
					b.work.Go(func() { b.receive(ctx, client, env) })
				}
			}
		}
	}
}

// lookForStrangers warns when the app has more connections than the bot holds:
// somebody else has its app-level token and receives a share of what people do.
// While a connection is being replaced there is one more for a moment.
func (b *Bot) lookForStrangers(ev socketmode.Event) {
	if ev.Request == nil || ev.Request.NumConnections <= connections+1 {
		return
	}
	n := ev.Request.NumConnections
	b.Log.Error("the app has connections that are not the bot's", "all", n, "ours", connections)
	b.start(func(ctx context.Context) {
		court, err := b.court(ctx, "")
		if err == nil {
			_, err = b.postOnce(ctx, "strangers/"+b.Now().UTC().Format(time.DateOnly), court, Say(
				"⚠️ Slack says that %d connections are open for this app, and I hold %d. Another copy of the bot, or somebody who has its app-level token, receives a share of what you do here.\n"+
					"Stop the other copy. If there is none, revoke the app-level token on the app's page, *Basic Information*, and start me with a new one.", n, connections))
		}
		if err != nil {
			b.Log.Error("the approvers could not be warned", "error", err)
		}
	})
}

// opened takes the envelope out of an event. An envelope that Slack's library
// cannot decode is decoded here from its bytes, since one that nobody
// acknowledges is delivered again and again.
func opened(ev socketmode.Event) (envelope, bool) {
	if ev.Request != nil && ev.Request.EnvelopeID != "" {
		return envelope{ID: ev.Request.EnvelopeID, Type: ev.Request.Type, Payload: ev.Request.Payload}, true
	}
	if bad, ok := ev.Data.(*socketmode.ErrorBadMessage); ok {
		var env envelope
		if json.Unmarshal(bad.Message, &env) == nil && env.ID != "" {
			return env, true
		}
	}
	return envelope{}, false
}

// fatalAuth tells a token Slack will never accept from a fault that passes.
func fatalAuth(err error) bool {
	if err == nil {
		return false
	}
	switch err.Error() {
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type":
		return true
	}
	return false
}
