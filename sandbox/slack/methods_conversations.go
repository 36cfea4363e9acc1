package slack

import (
	"slices"
	"strings"
	"time"
)

// visible finds a channel the bot may know of, by its id: public ones, and private ones and direct messages
// it is in.
func (c *call) visible(id string) (*channel, error) {
	ch := c.world.channel(id)
	if ch == nil || ch.id != id || ch.kind != Public && !ch.has(BotUser) {
		return nil, refuse("channel_not_found")
	}
	return ch, nil
}

// readable is visible, and the scope for its kind ("read" or "history") was granted.
func (c *call) readable(right string) (*channel, error) {
	ch, err := c.visible(c.text("channel"))
	if err != nil {
		return nil, err
	}
	return ch, c.require(familyOf(ch.kind) + ":" + right)
}

func (c *call) conversationInfo() (object, error) {
	ch, err := c.readable("read")
	if err != nil {
		return nil, err
	}
	o := c.channelJSON(ch)
	if c.truth("include_num_members") {
		o["num_members"] = len(ch.members)
	}
	return object{"channel": o}, nil
}

func (s *Server) channelJSON(ch *channel) object {
	o := object{
		"id": ch.id, "created": s.world.created.Unix(), "is_archived": ch.archived, "is_im": ch.kind == IM, "is_mpim": ch.kind == MPIM,
		"is_org_shared": false, "context_team_id": TeamID, "updated": s.world.created.UnixMilli(),
	}
	if ch.kind == IM {
		o["user"], o["is_open"], o["priority"] = ch.with, true, 0
		return o
	}
	o["name"], o["name_normalized"], o["creator"] = ch.name, ch.name, "U0DORA"
	o["is_channel"], o["is_group"], o["is_private"] = true, false, ch.kind != Public
	if ch.kind != Public {
		o["is_channel"], o["is_group"] = false, true
	}
	o["is_general"], o["is_member"] = ch.general, ch.has(BotUser)
	o["is_shared"], o["is_ext_shared"], o["is_pending_ext_shared"] = ch.shared, ch.shared, false
	o["topic"] = object{"value": ch.topic, "creator": "U0DORA", "last_set": s.world.created.Unix()}
	o["purpose"] = object{"value": "", "creator": "", "last_set": 0}
	o["previous_names"], o["unlinked"] = append([]string{}, ch.before...), 0
	o["shared_team_ids"] = []string{TeamID}
	if ch.shared {
		o["shared_team_ids"] = []string{TeamID, "T0PARTNER"}
	}
	return o
}

// kinds reads the argument types; every kind asked for needs its scope.
func (c *call) kinds() ([]string, error) {
	names := map[string]string{"public_channel": Public, "private_channel": Private, "im": IM, "mpim": MPIM}
	asked := c.list("types")
	if len(asked) == 0 {
		asked = []string{"public_channel"}
	}
	var kinds []string
	for _, name := range asked {
		kind, known := names[name]
		if !known {
			return nil, refuse("invalid_types")
		}
		if err := c.require(familyOf(kind) + ":read"); err != nil {
			return nil, err
		}
		kinds = append(kinds, kind)
	}
	return kinds, nil
}

func (c *call) conversationList() (object, error) {
	return c.listing(func(ch *channel) bool { return ch.kind == Public || ch.has(BotUser) })
}

func (c *call) userConversations() (object, error) {
	who := BotUser
	if c.has("user") {
		who = c.text("user")
		if p := c.world.person(who); p == nil || p.ID != who {
			return nil, refuse("user_not_found")
		}
	}
	return c.listing(func(ch *channel) bool { return ch.has(who) && (ch.kind == Public || ch.has(BotUser)) })
}

func (c *call) listing(keep func(*channel) bool) (object, error) {
	kinds, err := c.kinds()
	if err != nil {
		return nil, err
	}
	var all []any
	for _, ch := range c.world.channels {
		if slices.Contains(kinds, ch.kind) && keep(ch) {
			o := c.channelJSON(ch)
			if ch.kind != IM {
				o["num_members"] = len(ch.members)
			}
			all = append(all, o)
		}
	}
	page, next, err := c.page(all, 100, 999)
	if err != nil {
		return nil, err
	}
	if c.truth("exclude_archived") { // of the page: it may come out short, or empty, with more to follow
		page = slices.DeleteFunc(page, func(v any) bool { o, _ := v.(object); return o["is_archived"] == true })
	}
	return object{"channels": page, "response_metadata": object{"next_cursor": next}}, nil
}

func (c *call) conversationMembers() (object, error) {
	ch, err := c.readable("read")
	if err != nil {
		return nil, err
	}
	var all []any
	for _, id := range ch.members {
		all = append(all, id)
	}
	page, next, err := c.page(all, 100, 999)
	if err != nil {
		return nil, err
	}
	return object{"members": page, "response_metadata": object{"next_cursor": next}}, nil
}

func (c *call) openConversation() (object, error) {
	if c.has("channel") {
		return c.openAgain()
	}
	who := c.list("users")
	switch {
	case len(who) == 0:
		return nil, refuse("users_list_not_supplied")
	case len(who) > 8:
		return nil, refuse("too_many_users")
	}
	scope := "im:write"
	if len(who) > 1 {
		scope = "mpim:write"
	}
	if err := c.require(scope); err != nil {
		return nil, err
	}
	var people []*Person
	for _, id := range who {
		p, err := c.partner(id)
		if err != nil {
			return nil, err
		}
		people = append(people, p)
	}
	before, ch := len(c.world.channels), (*channel)(nil)
	if len(people) == 1 {
		ch = c.world.direct(people[0])
	} else {
		ch = c.world.directOf(people)
	}
	return c.opened(ch, len(c.world.channels) == before), nil
}

// partner finds somebody who can have a direct message with the bot.
func (c *call) partner(id string) (*Person, error) {
	p := c.world.person(id)
	switch {
	case p == nil || p.ID != id:
		return nil, refuse("user_not_found")
	case p.IsStranger:
		return nil, refuse("user_not_visible")
	case p.Deleted:
		return nil, refuse("user_disabled")
	case p.IsBot:
		return nil, refuse("cannot_dm_bot")
	}
	return p, nil
}

// openAgain opens a conversation that was had before, by its id.
func (c *call) openAgain() (object, error) {
	if !c.granted("mpim:write") {
		if err := c.require("im:write"); err != nil {
			return nil, err
		}
	}
	ch, err := c.visible(c.text("channel"))
	switch {
	case err != nil:
		return nil, err
	case ch.kind != IM && ch.kind != MPIM:
		return nil, refuse("method_not_supported_for_channel_type")
	}
	return c.opened(ch, true), c.require(familyOf(ch.kind) + ":write")
}

func (c *call) opened(ch *channel, already bool) object {
	out := object{"channel": object{"id": ch.id}}
	if c.truth("return_im") {
		out["channel"] = c.channelJSON(ch)
	}
	if already {
		out["no_op"], out["already_open"] = true, true
	}
	return out
}

func (c *call) joinConversation() (object, error) {
	ch, err := c.visible(c.text("channel"))
	switch {
	case err != nil:
		return nil, err
	case ch.archived:
		return nil, refuse("is_archived")
	case ch.kind != Public:
		return nil, refuse("method_not_supported_for_channel_type")
	}
	if !ch.has(BotUser) {
		c.enterChannel(BotUser, ch)
		return object{"channel": c.channelJSON(ch)}, nil
	}
	return object{"channel": c.channelJSON(ch), "warning": "already_in_channel", "response_metadata": object{"warnings": []string{"already_in_channel"}}}, nil
}

// history is the channel's messages, newest first, replies left out.
func (c *call) history() (object, error) {
	ch, err := c.readable("history")
	if err != nil {
		return nil, err
	}
	if !ch.has(BotUser) {
		return nil, refuse("not_in_channel")
	}
	within, err := c.span()
	if err != nil {
		return nil, err
	}
	var all []any
	for _, m := range slices.Backward(ch.messages) {
		reply := m.thread != "" && m.thread != m.ts && !m.broadcast
		if c.showable(m) && !reply && within(m.ts) {
			all = append(all, c.historyJSON(m))
		}
	}
	page, next, err := c.page(all, 100, 999)
	if err != nil {
		return nil, err
	}
	return object{"messages": page, "has_more": next != "", "pin_count": 0, "response_metadata": object{"next_cursor": next}}, nil
}

// replies is a thread, its first message first.
func (c *call) replies() (object, error) {
	ch, err := c.readable("history")
	if err != nil {
		return nil, err
	}
	if !ch.has(BotUser) {
		return nil, refuse("not_in_channel")
	}
	within, err := c.span()
	if err != nil {
		return nil, err
	}
	first := ch.public(c.text("ts"))
	if first == nil || !c.showable(first) {
		return nil, refuse("thread_not_found")
	}
	all := []any{c.historyJSON(first)}
	for _, m := range ch.replies(first.ts) {
		if c.showable(m) && within(m.ts) {
			all = append(all, c.historyJSON(m))
		}
	}
	page, next, err := c.page(all, 1000, 1000)
	if err != nil {
		return nil, err
	}
	return object{"messages": page, "has_more": next != "", "response_metadata": object{"next_cursor": next}}, nil
}

func (c *call) showable(m *message) bool {
	return m.seenBy("") && !time.Now().Before(m.hiddenUntil)
}

// span reads oldest, latest and inclusive.
func (c *call) span() (func(ts string) bool, error) {
	for _, name := range []string{"oldest", "latest"} {
		if _, ok := moment(c.text(name)); c.has(name) && c.text(name) != "0" && !ok {
			return nil, refuse("invalid_ts_" + name)
		}
	}
	oldest, _ := moment(c.text("oldest"))
	latest, bounded := moment(c.text("latest"))
	inclusive := c.truth("inclusive")
	return func(ts string) bool {
		at, _ := moment(ts)
		if at.Before(oldest) || bounded && at.After(latest) {
			return false
		}
		return inclusive || !at.Equal(oldest) && !(bounded && at.Equal(latest))
	}, nil
}

// historyJSON is a message as it is read back: its metadata in full only when asked for.
func (c *call) historyJSON(m *message) object {
	o := c.messageJSON(m)
	if m.metadata != nil {
		o["metadata"] = object{"event_type": m.metadata["event_type"]}
		if c.truth("include_all_metadata") {
			o["metadata"] = m.metadata
		}
	}
	if replies := m.channel.replies(m.ts); len(replies) > 0 {
		var who []string
		for _, r := range replies {
			if !slices.Contains(who, r.user) {
				who = append(who, r.user)
			}
		}
		o["thread_ts"], o["reply_count"], o["reply_users"] = m.ts, len(replies), who
		o["reply_users_count"], o["latest_reply"] = len(who), replies[len(replies)-1].ts
	}
	return o
}

func mentions(text, user string) bool {
	return strings.Contains(text, "<@"+user+">") || strings.Contains(text, "<@"+user+"|")
}
