package slack

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// target finds the channel a message goes to. A person's id opens their direct message; posting is the only
// thing for which a channel's name does.
func (c *call) target(which string) (*channel, error) {
	if p := c.world.person(which); p != nil && p.ID == which {
		if p.IsBot || p.Deleted || p.IsStranger {
			return nil, refuse("channel_not_found")
		}
		return c.world.direct(p), nil
	}
	if ch := c.world.channel(which); ch != nil {
		which = ch.id
	}
	return c.member(which)
}

// member finds a channel in which the bot may speak, by its id.
func (c *call) member(id string) (*channel, error) {
	ch, err := c.visible(id)
	switch {
	case err != nil:
		return nil, err
	case ch.archived:
		return nil, refuse("is_archived")
	case !ch.has(BotUser) && !(ch.kind == Public && c.granted("chat:write.public")):
		return nil, refuse("not_in_channel")
	}
	return ch, nil
}

// saying checks who a message claims to be from, and gives its channel and content.
func (c *call) saying() (*channel, content, error) {
	for _, name := range []string{"username", "icon_emoji", "icon_url"} {
		if c.has(name) && !c.granted("chat:write.customize") {
			return nil, content{}, needs("chat:write.customize", c.Server.scopes)
		}
	}
	if c.truth("as_user") {
		return nil, content{}, refuse("as_user_not_supported")
	}
	ch, err := c.target(c.text("channel"))
	if err != nil {
		return nil, content{}, err
	}
	said, err := c.readContent(c.args, mostBlockText)
	if err == nil && said.empty() {
		err = refuse("no_text")
	}
	return ch, said, err
}

// threadIn is the first message of the thread that is answered, nil outside threads.
func (c *call) threadIn(ch *channel) (*message, error) {
	ts := c.text("thread_ts")
	if ts == "" {
		return nil, nil
	}
	m := ch.public(ts)
	if m == nil {
		return nil, refuse("cannot_reply_to_message")
	}
	if first := ch.public(m.thread); first != nil {
		return first, nil // an answer to an answer stands in the same thread
	}
	return m, nil
}

// sayingIn is saying, and the message whose thread it belongs to, if any.
func (c *call) sayingIn() (ch *channel, what content, first *message, err error) {
	if ch, what, err = c.saying(); err == nil {
		first, err = c.threadIn(ch)
	}
	return ch, what, first, err
}

func (c *call) postMessage() (object, error) {
	ch, said, first, err := c.sayingIn()
	if err != nil {
		return nil, err
	}
	if after := c.limitPosting(ch.id); after > 0 {
		return nil, &limited{after}
	}
	cut := false
	if runes := []rune(said.text); len(runes) > mostText {
		said.text, cut = string(runes[:mostText]), true
	}
	m := &message{channel: ch, user: BotUser, text: said.text, blocks: said.blocks, attachments: said.attachments, metadata: said.metadata}
	if first != nil {
		first.thread = first.ts
		m.thread, m.broadcast = first.ts, c.truth("reply_broadcast")
	}
	c.add(m)
	shown := c.messageJSON(m)
	if m.metadata != nil {
		shown["metadata"] = m.metadata
	}
	out := object{"channel": ch.id, "ts": m.ts, "message": shown}
	if cut {
		out["warning"] = "message_truncated"
		out["response_metadata"] = object{"warnings": []string{"message_truncated"}}
	}
	return out, nil
}

// own finds a message of the app that everybody in the channel sees. The names are those of the refusals for
// a message of somebody else's and for one in an archived channel.
func (c *call) own(others, archived string) (*message, error) {
	ch, err := c.visible(c.text("channel"))
	if err != nil {
		return nil, err
	}
	m := ch.public(c.text("ts"))
	switch {
	case m == nil:
		return nil, refuse("message_not_found")
	case !m.fromBot():
		return nil, refuse(others)
	case ch.archived:
		return nil, refuse(archived)
	}
	return m, nil
}

func (c *call) updateMessage() (object, error) {
	m, err := c.own("cant_update_message", "is_inactive")
	if err != nil {
		return nil, err
	}
	said, err := c.readContent(c.args, mostBlockText)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(said.text) > mostEditText {
		return nil, refuse("msg_too_long")
	}
	if said.text == "" && !said.hasBlocks && !said.hasAttached && !said.hasMetadata {
		return nil, refuse("no_text")
	}
	if hasRich(m.blocks) && len(said.blocks) > 0 && !hasRich(said.blocks) {
		return nil, refuse("block_mismatch")
	}
	c.edit(m, said, c.has("text") || c.has("markdown_text"))
	shown := c.messageJSON(m)
	if m.metadata != nil {
		shown["metadata"] = m.metadata
	}
	return object{"channel": m.channel.id, "ts": m.ts, "text": m.text, "message": shown}, nil
}

// hasRich: rich text may not be replaced by blocks of which none is rich text. How many of them have to be is
// not confirmed.
func hasRich(blocks []any) bool {
	return slices.ContainsFunc(blocks, func(v any) bool { o, _ := v.(map[string]any); return o["type"] == "rich_text" })
}

// edit changes a message: what was left out stays, an empty list takes away. The lock is held.
func (s *Server) edit(m *message, said content, withText bool) {
	now := version{m.text, m.blocks, m.attachments}
	if withText {
		now.text = said.text
	}
	if said.hasBlocks {
		if now.blocks = said.blocks; len(now.blocks) == 0 {
			now.blocks = nil
		}
	}
	if said.hasAttached {
		now.attachments = said.attachments
	}
	was := s.messageJSON(m)
	m.change(now)
	if said.hasMetadata {
		m.metadata = said.metadata
	}
	m.edited = s.clock()
	s.publishChange(m, was)
	kind, who := KindEdit, m.user
	if m.onlyFor != "" {
		kind, who = KindEphemeral, m.onlyFor
	}
	s.note(s.entryOf(m, kind, who))
}

func (c *call) deleteMessage() (object, error) {
	m, err := c.own("cant_delete_message", "is_archived") // the latter is not confirmed
	if err != nil {
		return nil, err
	}
	c.erase(m)
	return object{"channel": m.channel.id, "ts": m.ts}, nil
}

func (c *call) postEphemeral() (object, error) {
	ch, said, err := c.saying()
	if err != nil {
		return nil, err
	}
	first, err := c.threadIn(ch)
	switch {
	case err != nil:
		return nil, err
	case utf8.RuneCountInString(said.text) > mostText:
		return nil, refuse("msg_too_long")
	case !ch.has(c.text("user")):
		return nil, refuse("user_not_in_channel")
	}
	m := &message{channel: ch, user: BotUser, onlyFor: c.text("user"), text: said.text, blocks: said.blocks, attachments: said.attachments}
	if first != nil {
		m.thread = first.ts
	}
	c.add(m)
	return object{"message_ts": m.ts}, nil
}

func (c *call) permalink() (object, error) {
	ch, err := c.visible(c.text("channel"))
	if err != nil {
		return nil, err
	}
	m := ch.public(c.text("message_ts"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	link := "https://" + domain + ".slack.com/archives/" + ch.id + "/p" + strings.ReplaceAll(m.ts, ".", "")
	if m.thread != "" && m.thread != m.ts {
		link += "?thread_ts=" + m.thread + "&cid=" + ch.id
	}
	return object{"channel": ch.id, "permalink": link}, nil
}
