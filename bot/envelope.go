package bot

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/ascbot/ascbot/store"
)

// envelope is what arrives over Socket Mode: something a person did.
type envelope struct {
	ID      string          `json:"envelope_id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

// acker answers an envelope on the connection it came by.
type acker interface {
	AckCtx(ctx context.Context, envelopeID string, payload any) error
}

// Slack gives up on an envelope after three seconds; what has not been stored
// by then is better refused than half done.
const ackWithin = 3 * time.Second

// deed is the part of any payload the bot reads. Fields Slack adds, or sends
// in another type than documented, cannot keep it from being understood.
type deed struct {
	Type string `json:"type"`

	// A slash command.
	TeamID    string `json:"team_id"`
	UserID    string `json:"user_id"`
	ChannelID string `json:"channel_id"`
	Command   string `json:"command"`
	Text      string `json:"text"`

	// A click or a form.
	User struct {
		ID     string `json:"id"`
		TeamID string `json:"team_id"`
	} `json:"user"`
	Channel   struct{ ID string } `json:"channel"`
	Container struct {
		MessageTS   string `json:"message_ts"`
		ChannelID   string `json:"channel_id"`
		IsEphemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	Actions []action `json:"actions"`
	View    *view    `json:"view"`

	// Type-ahead.
	ActionID string `json:"action_id"`
	BlockID  string `json:"block_id"`
	Value    string `json:"value"`

	// An event.
	EventID string `json:"event_id"`
	Event   struct {
		Type string  `json:"type"`
		User subject `json:"user"`
		Tab  string  `json:"tab"`
		View view    `json:"view"`
	} `json:"event"`

	AppID       string `json:"api_app_id"`
	TriggerID   string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`

	page int // of a listing, when a page was turned
}

// subject is whom an event is about: an id, or the account itself.
type subject struct {
	ID      string
	Deleted bool
}

// UnmarshalJSON takes either.
func (s *subject) UnmarshalJSON(data []byte) error {
	var account struct {
		ID      string `json:"id"`
		Deleted bool   `json:"deleted"`
	}
	if json.Unmarshal(data, &s.ID) == nil || json.Unmarshal(data, &account) != nil {
		return nil // what has another shape is passed over
	}
	s.ID, s.Deleted = account.ID, account.Deleted
	return nil
}

type action struct {
	ActionID string      `json:"action_id"`
	BlockID  string      `json:"block_id"`
	Value    string      `json:"value"`
	Selected slackOption `json:"selected_option"`

	reason string // of a no, once it has been asked for
}

type view struct {
	ID              string `json:"id"`
	Type            string `json:"type"`
	Hash            string `json:"hash"`
	CallbackID      string `json:"callback_id"`
	PrivateMetadata string `json:"private_metadata"`
	State           struct {
		Values map[string]map[string]input `json:"values"`
	} `json:"state"`
}

// who did it: a Slack user id.
func (d deed) who() string {
	if d.UserID != "" {
		return d.UserID
	}
	return d.User.ID
}

// Kinds of envelope that are kept on disk until their work is finished.
const (
	kindCommand = "command"
	kindClick   = "click"
	kindForm    = "form"
)

// receive writes down what a person did, acknowledges it, and starts the work:
// in this order, so that nothing acknowledged can be lost. What could not be
// written down is not acknowledged, and Slack tells the person that it failed.
func (b *Bot) receive(ctx context.Context, conn acker, env envelope) {
	ctx, cancel := context.WithTimeout(ctx, ackWithin)
	defer cancel()
	d, err := read(env.Payload)
	if err != nil {
		b.Log.Warn("an envelope that cannot be read was set aside", "type", env.Type, "error", err)
		b.ack(ctx, conn, env, nil)
		return
	}
	switch {
	case env.Type == "slash_commands":
		key := "command/" + or(d.TriggerID, env.ID)
		if v := b.hurried(d, key); !v.May {
			b.ack(ctx, conn, env, hurriedLine(v))
			b.turnAway(d, v)
			return
		}
		b.keep(ctx, conn, env, kindCommand, key, nil)
	case d.Type == "block_actions" && len(d.Actions) > 0:
		key := "click/" + or(d.TriggerID, env.ID)
		if d.Actions[0].begins() && !b.pressed(d, key) {
			b.ack(ctx, conn, env, nil)
			return
		}
		b.keep(ctx, conn, env, kindClick, key, nil)
	case d.Type == "view_submission" && d.View != nil:
		answer, complete := b.readForm(d)
		if !complete {
			b.ack(ctx, conn, env, answer)
			return
		}
		b.keep(ctx, conn, env, kindForm, "form/"+d.View.ID, answer)
	case d.Type == "block_suggestion":
		b.ack(ctx, conn, env, b.suggest(ctx, d))
	case env.Type == "events_api" && d.Event.Type == "app_home_opened":
		b.ack(ctx, conn, env, nil)
		b.openedHome(d.Event.User.ID, d.Event.View.ID, d.Event.View.Hash)
	case env.Type == "events_api" && d.Event.Type == "user_change":
		b.ack(ctx, conn, env, nil)
		b.people.drop(d.Event.User.ID)
		if d.Event.User.Deleted {
			b.start(func(ctx context.Context) { b.lookForLeavers(ctx) })
		}
	default:
		b.ack(ctx, conn, env, nil)
	}
}

// keep stores the envelope, acknowledges it and does its work once, however
// often it is delivered.
func (b *Bot) keep(ctx context.Context, conn acker, env envelope, kind, key string, answer any) {
	e := store.Envelope{Key: key, Kind: kind, Body: env.Payload, At: b.Now()}
	fresh, err := b.Store.Receive(e)
	if err != nil {
		b.Log.Error("could not store what somebody did; not acknowledged", "kind", kind, "error", err)
		return
	}
	b.ack(ctx, conn, env, answer)
	if fresh {
		b.start(func(ctx context.Context) { b.obey(ctx, e) })
	}
}

// read takes an envelope's payload apart.
func read(payload json.RawMessage) (d deed, err error) {
	err = forgiving(json.Unmarshal(payload, &d))
	return d, err
}

// forgiving passes over a field of another type than expected: the others have been
// read all the same.
func forgiving(err error) error {
	if _, odd := errors.AsType[*json.UnmarshalTypeError](err); odd {
		return nil
	}
	return err
}

// desk bounds how much of one kind of work goes on at the same time; what waits for
// a desk is on disk already. Decisions, questions and what is asked for have desks
// of their own, so that a flood of one keeps nobody from the others. Opening a form
// needs none, since Slack gives it three seconds.
type desk chan struct{}

// How many desks there are of each kind.
const (
	decisionsAtOnce = 32
	questionsAtOnce = 16
	proposalsAtOnce = 8
)

// sit waits for a free desk.
func (d desk) sit() (leave func()) {
	d <- struct{}{}
	return func() { <-d }
}

func (b *Bot) ack(ctx context.Context, conn acker, env envelope, answer any) {
	if err := conn.AckCtx(ctx, env.ID, answer); err != nil {
		b.Log.Warn("an envelope could not be acknowledged; Slack will send it again", "type", env.Type, "error", err)
	}
}

// obey does the work of a stored envelope, then marks it as handled. A stop in
// between means that it is done again after the next start, so everything it
// leads to recognises its own earlier half.
func (b *Bot) obey(ctx context.Context, e store.Envelope) {
	if d, err := read(e.Body); err != nil {
		b.Log.Error("a stored envelope cannot be read", "key", e.Key, "error", err)
	} else {
		switch e.Kind {
		case kindCommand:
			b.command(ctx, e, d)
		case kindClick:
			b.click(ctx, e, d)
		case kindForm:
			b.submitted(ctx, e, d)
		}
	}
	if ctx.Err() != nil {
		return // out of time: the next start does it again
	}
	if err := b.Store.Handled(e.Key); err != nil {
		b.Log.Error("could not mark an envelope as handled", "key", e.Key, "error", err)
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
