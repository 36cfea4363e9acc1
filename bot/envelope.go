package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/ascbot/ascbot/store"
)

// envelope is what arrives over Socket Mode: something a person did.
type envelope struct {
	ID   string `json:"envelope_id"`
	Type string `json:"type"`
	Deed deed   `json:"payload"`
}

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
		Type    string  `json:"type"`
		User    subject `json:"user"`
		Channel any     `json:"channel"` // an id, in what the bot reads it of
		Tab     string  `json:"tab"`
		View    view    `json:"view"`
	} `json:"event"`

	AppID       string `json:"api_app_id"`
	TriggerID   string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`

	CallbackID string `json:"callback_id"` // of a shortcut

	page   int     // of a listing, when a page was turned
	window *window // what the form that was sent has become
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
	chosen string // of a yes, what was left to whoever agrees
}

type view struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Hash       string `json:"hash"`
	CallbackID string `json:"callback_id"`
	Title      struct {
		Text string `json:"text"`
	} `json:"title"`
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

// whole reports whether everything is there that work of a kind needs.
func (d deed) whole(kind string) bool {
	switch kind {
	case kindClick:
		return len(d.Actions) > 0
	case kindForm:
		return d.View != nil
	}
	return true
}

// Kinds of envelope that are kept on disk until their work is finished.
const (
	kindCommand = "command"
	kindClick   = "click"
	kindForm    = "form"
)

// receive sees to one envelope: what asks for something is written down, then
// acknowledged, then worked on, in this order, so that nothing acknowledged can be
// lost. What could not be written down is not acknowledged, and Slack tells the
// person that it failed. A command that only looks is acknowledged at once.
//
// It runs on the goroutine that reads the connection and must not wait for anything
// but the disk. Text is the envelope as it came; it is valid until receive returns.
func (b *Bot) receive(ctx context.Context, s *socket, env envelope, text []byte) {
	b.front.came()
	d := env.Deed
	if b.foreign(d) {
		b.ack(s, env, nil)
		b.start(func(context.Context) { b.refuseForeign(d) })
		return
	}
	switch {
	case env.Type == "slash_commands":
		key := "command/" + or(d.TriggerID, env.ID)
		if v := b.hurried(d, key); !v.May {
			b.ack(s, env, hurriedLine(v))
			b.turnAway(d, v)
			return
		}
		b.take(s, env, text, kindCommand, key, nil)
	case d.Type == "block_actions" && d.whole(kindClick):
		key := "click/" + or(d.TriggerID, env.ID)
		if d.Actions[0].begins() && !b.pressed(d, key) {
			b.ack(s, env, nil)
			return
		}
		b.take(s, env, text, kindClick, key, nil)
	case d.Type == "view_submission" && d.whole(kindForm):
		answer, complete := b.readForm(d)
		if !complete {
			b.ack(s, env, answer)
			return
		}
		b.take(s, env, text, kindForm, formKey(d, d.View.note()), answer)
	case d.Type == "shortcut", d.Type == "message_action":
		b.ack(s, env, nil)
		if key := "shortcut/" + or(d.TriggerID, env.ID); b.recent.add(key) {
			b.chosen(d, key, bytes.Clone(text))
		}
	case d.Type == "block_suggestion":
		b.complete(ctx, s, env)
	case env.Type == "events_api" && d.Event.Type == "app_home_opened":
		b.ack(s, env, nil)
		if b.recent.add("event/"+or(d.EventID, env.ID)) &&
			!b.hold(&b.queues.openings, func(context.Context) { b.openedHome(d.Event.User.ID, d.Event.View.ID, d.Event.View.Hash) }) {
			b.Log.Warn("there is too much to do; a home tab is not drawn anew", "user", d.Event.User.ID)
		}
	case env.Type == "events_api" && d.Event.Type == "member_joined_channel":
		channel, _ := d.Event.Channel.(string)
		if d.Event.User.ID == b.home.User && channel != "" && !b.joined(channel) {
			return // Slack tells it again
		}
		b.ack(s, env, nil)
	case env.Type == "events_api" && d.Event.Type == "user_change":
		b.ack(s, env, nil)
		b.people.drop(d.Event.User.ID)
		if d.Event.User.Deleted && b.recent.add("event/"+or(d.EventID, env.ID)) {
			b.start(func(ctx context.Context) { b.lookForLeavers(ctx) })
		}
	default:
		b.ack(s, env, nil)
	}
}

// take keeps an envelope, or only does its work when that is to look.
func (b *Bot) take(s *socket, env envelope, text []byte, kind, key string, answer any) {
	e := store.Envelope{Key: key, Kind: kind, At: b.Now()}
	q, looks := b.queueOf(kind, env.Deed)
	if looks && kind == kindCommand {
		if !b.recent.add(key) {
			b.ack(s, env, nil) // delivered twice
			return
		}
		if b.hold(q, func(ctx context.Context) { b.command(ctx, e, env.Deed) }) {
			b.ack(s, env, nil)
			return
		}
	}
	e.Body = bytes.Clone(text)
	b.front.filing.Add(1)
	b.work.Add(1) // a stop waits until it is on disk, and then for the work it brings
	b.arrivals <- arrival{s, env, e, q, answer}
}

// unkept tells somebody why what they did was not taken, besides the failure that
// Slack shows.
func (b *Bot) unkept(env envelope, err error) {
	if why, ok := seals(err); ok {
		b.start(func(ctx context.Context) { b.answer(ctx, env.Deed, words(sealTrouble(why)).message()) })
	}
}

// queueOf finds out, without asking anybody, where an envelope's work is done and
// whether it only looks: a question, a form to be opened, words nobody understands.
func (b *Bot) queueOf(kind string, d deed) (q *queue, looks bool) {
	var said []string
	switch kind {
	case kindForm:
		if d.whole(kind) && (d.View.CallbackID == denyView || d.View.CallbackID == chooseView) {
			return &b.queues.decisions, false
		}
		if d.whole(kind) && strings.HasPrefix(d.View.CallbackID, lookID) {
			return &b.queues.questions, false
		}
		return &b.queues.proposals, false
	case kindClick:
		if !d.whole(kind) || !d.Actions[0].begins() {
			return &b.queues.decisions, false
		}
		said = Words(d.Actions[0].words())
	default:
		if text, err := normalise(d.Text); err == nil {
			said = Words(text)
		}
	}
	verb, rest, ok := b.match(said)
	rest, asksForm := moreAsked(rest)
	switch {
	case !ok, asksForm:
		return &b.queues.openings, true
	case verb.Query != nil:
		return &b.queues.questions, true
	case b.change(verb).Parse(rest) != nil:
		return &b.queues.openings, true
	}
	return &b.queues.proposals, false
}

// complete answers type-ahead. It may have to ask Slack who somebody is, so it waits
// beside the connection; nobody is made to wait for their turn.
func (b *Bot) complete(ctx context.Context, s *socket, env envelope) {
	select {
	case b.typing <- struct{}{}:
	default:
		b.ack(s, env, noOptions)
		return
	}
	b.work.Go(func() {
		defer func() { <-b.typing }()
		b.ack(s, env, b.suggest(ctx, env.Deed))
	})
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
