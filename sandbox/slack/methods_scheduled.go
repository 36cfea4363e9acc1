package slack

import (
	"slices"
	"strconv"
	"time"
)

// Limits of scheduled messages.
const (
	furthest       = 120 * 24 * time.Hour
	mostInWindow   = 30
	scheduleWindow = 5 * time.Minute
	tooLateToStop  = time.Minute // a message that close to its time cannot be deleted any more
)

// scheduled is a message that waits for its time, on the workspace's clock.
type scheduled struct {
	id      string
	at      time.Time
	made    time.Time
	message *message
}

func (c *call) scheduleMessage() (object, error) {
	ch, said, first, err := c.sayingIn()
	if err != nil {
		return nil, err
	}
	at, err := c.postAt(ch)
	if err != nil {
		return nil, err
	}
	m := &message{channel: ch, user: BotUser, text: said.text, blocks: said.blocks, attachments: said.attachments, metadata: said.metadata}
	if first != nil {
		m.thread, m.broadcast = first.ts, c.truth("reply_broadcast")
	}
	one := &scheduled{id: "Q0" + itoa(1000000+c.fresh()), at: at, made: c.now(), message: m}
	c.schedule(one)
	shown := object{"text": m.text, "bot_id": BotID, "type": "delayed_message", "subtype": "bot_message"}
	if m.blocks != nil {
		shown["blocks"] = m.blocks
	}
	return object{"channel": ch.id, "scheduled_message_id": one.id, "post_at": strconv.FormatInt(at.Unix(), 10), "message": shown}, nil
}

// postAt reads the time and checks it against what waits in the channel already.
func (c *call) postAt(ch *channel) (time.Time, error) {
	unix, err := strconv.ParseInt(c.text("post_at"), 10, 64)
	at := time.Unix(unix, 0)
	switch {
	case err != nil:
		return at, refuse("invalid_time")
	case !at.After(c.now()):
		return at, refuse("time_in_past")
	case at.Sub(c.now()) > furthest:
		return at, refuse("time_too_far")
	}
	near := 0
	for _, other := range c.waiting {
		if other.message.channel == ch && other.at.Sub(at).Abs() < scheduleWindow {
			near++
		}
	}
	if near >= mostInWindow {
		return at, refuse("restricted_too_many")
	}
	return at, nil
}

// schedule keeps a message until its time. The workspace's clock can be moved, so it is looked at every
// second; nobody looks while nothing waits. The lock is held by the caller.
func (s *Server) schedule(one *scheduled) {
	s.waiting = append(s.waiting, one)
	if s.looking {
		return
	}
	s.looking = true
	s.start(func() {
		for s.pause(time.Second) && s.postDue() {
		}
	})
}

// postDue posts what is due, and reports whether something still waits.
func (s *Server) postDue() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range slices.Clone(s.waiting) {
		if one.at.After(s.now()) {
			continue
		}
		s.waiting = slices.DeleteFunc(s.waiting, func(other *scheduled) bool { return other == one })
		m := one.message
		switch {
		case m.metadata != nil: // a known fault of Slack's, named in its own reference
			s.note(Entry{Kind: KindError, Channel: m.channel.id, Error: "never_posted", Text: "a scheduled message with metadata was not posted: " + m.text})
		case m.channel.archived || !m.channel.has(BotUser):
			s.note(Entry{Kind: KindError, Channel: m.channel.id, Error: "not_posted", Text: "a scheduled message could not be posted any more: " + m.text})
		default:
			s.add(m)
		}
	}
	s.looking = len(s.waiting) > 0
	return s.looking
}

func (c *call) listScheduled() (object, error) {
	ch := (*channel)(nil)
	if c.has("channel") {
		var err error
		if ch, err = c.visible(c.text("channel")); err != nil {
			return nil, refuse("invalid_channel")
		}
	}
	var all []any
	for _, one := range c.waiting {
		if ch == nil || one.message.channel == ch {
			all = append(all, object{"id": one.id, "channel_id": one.message.channel.id, "post_at": one.at.Unix(), "date_created": one.made.Unix(), "text": one.message.text})
		}
	}
	page, next, err := c.page(all, 100, 999)
	if err != nil {
		return nil, err
	}
	return object{"scheduled_messages": page, "response_metadata": object{"next_cursor": next}}, nil
}

func (c *call) deleteScheduled() (object, error) {
	ch, err := c.visible(c.text("channel"))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(c.waiting, func(one *scheduled) bool {
		return one.id == c.text("scheduled_message_id") && one.message.channel == ch
	})
	if i < 0 || c.waiting[i].at.Sub(c.now()) < tooLateToStop {
		return nil, refuse("invalid_scheduled_message_id")
	}
	c.Server.waiting = slices.Delete(c.waiting, i, i+1)
	return object{}, nil
}
