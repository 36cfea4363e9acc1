package slack

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ascbot/ascbot/sandbox/blockkit"
)

// Limits of messages, in characters.
const (
	mostText      = 40_000 // of a new message; what is beyond is cut
	mostEditText  = 4_000
	mostBlockText = 13_200 // of all blocks together
	mostMarkdown  = 12_000
	mostMetadata  = 8 << 10 // bytes
)

// content is what a message says, checked.
type content struct {
	text        string
	blocks      []any
	hasBlocks   bool // given, though perhaps empty
	attachments []any
	hasAttached bool
	metadata    object
	hasMetadata bool
}

func (c content) empty() bool {
	return strings.TrimSpace(c.text) == "" && len(c.blocks) == 0 && len(c.attachments) == 0
}

// readContent reads and checks text, blocks, attachments and metadata of a call or a response. most is how
// much text all blocks may hold together, 0 for any.
func (s *Server) readContent(a args, most int) (c content, err error) {
	c.text = strings.ToValidUTF8(a.text("text"), "�")
	if a.has("markdown_text") {
		if c.text != "" || a.has("blocks") {
			return c, refuse("markdown_text_conflict")
		}
		if c.text = a.text("markdown_text"); utf8.RuneCountInString(c.text) > mostMarkdown {
			return c, refuse("msg_too_long")
		}
		c.blocks = []any{object{"type": "markdown", "text": c.text}}
		c.hasBlocks = true
	}
	if err := s.readBlocks(a, &c, most); err != nil {
		return c, err
	}
	if err := s.readAttachments(a, &c); err != nil {
		return c, err
	}
	return c, readMetadata(a, &c)
}

func (s *Server) readBlocks(a args, c *content, most int) error {
	v, given, err := a.value("blocks")
	if err != nil {
		return refuse("invalid_blocks_format")
	}
	if given {
		list, ok := v.([]any)
		if !ok {
			return refuse("invalid_blocks_format")
		}
		c.blocks, c.hasBlocks = list, true
	}
	if len(c.blocks) == 0 {
		return nil
	}
	raw := encode(c.blocks)
	if found := s.checkBlocks(blockkit.InMessage, c.blocks, raw); len(found) > 0 {
		return refuseBlocks("invalid_blocks", blockkit.Under("/blocks", found))
	}
	if most > 0 && blockkit.TextLength(raw) > most {
		return refuse("msg_blocks_too_long")
	}
	c.blocks = fillIn(c.blocks)
	return nil
}

// checkBlocks adds to Block Kit's rules what only the workspace knows: whether files exist.
func (s *Server) checkBlocks(on blockkit.Surface, blocks []any, raw []byte) []blockkit.Complaint {
	return append(blockkit.Blocks(on, raw), s.missingFiles("", blocks)...)
}

func (s *Server) readAttachments(a args, c *content) error {
	v, given, err := a.value("attachments")
	if err != nil {
		return refuse("invalid_attachments")
	}
	if !given {
		return nil
	}
	list, ok := v.([]any)
	switch {
	case !ok:
		return refuse("invalid_attachments")
	case len(list) > 100:
		return refuse("too_many_attachments")
	}
	for i, one := range list {
		o, _ := one.(map[string]any)
		if blocks, ok := o["blocks"].([]any); ok {
			if found := blockkit.Blocks(blockkit.InMessage, encode(blocks)); len(found) > 0 {
				return refuseBlocks("invalid_blocks", blockkit.Under("/attachments/"+itoa(i)+"/blocks", found))
			}
			o["blocks"] = fillIn(blocks)
		}
	}
	c.attachments, c.hasAttached = list, true
	return nil
}

// readMetadata takes {"event_type":…,"event_payload":{…}}; an empty object takes metadata away.
func readMetadata(a args, c *content) error {
	v, given, err := a.value("metadata")
	if err != nil {
		return refuse("invalid_metadata_format")
	}
	if !given {
		return nil
	}
	o, ok := v.(map[string]any)
	if !ok {
		return refuse("invalid_metadata_format")
	}
	c.hasMetadata = true
	if len(o) == 0 || o["event_type"] == "" && o["event_payload"] == nil {
		return nil
	}
	kind, named := o["event_type"].(string)
	_, loaded := o["event_payload"].(map[string]any)
	switch {
	case !named || kind == "" || !loaded:
		return refuse("invalid_metadata_format")
	case len(encode(o)) > mostMetadata:
		return refuse("metadata_too_large")
	}
	c.metadata = object{"event_type": kind, "event_payload": o["event_payload"]}
	return nil
}

// refuseBlocks is Slack's answer to blocks it does not take.
func refuseBlocks(name string, found []blockkit.Complaint) error {
	plain, marked := []string{}, []string{}
	for _, f := range found {
		plain = append(plain, f.String())
		marked = append(marked, "[ERROR] "+f.String())
	}
	return &refusal{name, object{"errors": plain, "response_metadata": object{"messages": marked}}}
}

// target finds the channel a message goes to. A person's id opens their direct message.
func (c *call) target(which string) (*channel, error) {
	if p := c.world.person(which); p != nil && p.ID == which {
		if p.ID == BotUser || p.Deleted || p.IsStranger {
			return nil, refuse("channel_not_found")
		}
		return c.world.direct(p), nil
	}
	ch, err := c.visible(which)
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

func (c *call) postMessage() (object, error) {
	for _, name := range []string{"username", "icon_emoji", "icon_url"} {
		if c.has(name) && !c.granted("chat:write.customize") {
			return nil, needs("chat:write.customize", c.Server.scopes)
		}
	}
	ch, err := c.target(c.text("channel"))
	if err != nil {
		return nil, err
	}
	said, err := c.readContent(c.args, mostBlockText)
	if err != nil {
		return nil, err
	}
	if said.empty() {
		return nil, refuse("no_text")
	}
	thread := c.text("thread_ts")
	if thread != "" {
		first := ch.public(thread)
		if first == nil {
			return nil, refuse("cannot_reply_to_message")
		}
		if first.thread != "" {
			thread = first.thread
		}
	}
	if after := c.limitPosting(ch.id); after > 0 {
		return nil, &limited{after}
	}
	cut := false
	if runes := []rune(said.text); len(runes) > mostText {
		said.text, cut = string(runes[:mostText]), true
	}
	m := &message{channel: ch, user: BotUser, text: said.text, blocks: said.blocks, attachments: said.attachments,
		metadata: said.metadata, thread: thread, broadcast: thread != "" && c.truth("reply_broadcast")}
	c.add(m)
	if first := ch.public(thread); first != nil {
		first.thread = thread
	}
	shown := messageJSON(m)
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

// own finds a message of the app that everybody in the channel sees.
func (c *call) own(refusal string) (*message, error) {
	ch, err := c.visible(c.text("channel"))
	if err != nil {
		return nil, err
	}
	m := ch.public(c.text("ts"))
	switch {
	case m == nil:
		return nil, refuse("message_not_found")
	case !m.fromBot():
		return nil, refuse(refusal)
	case ch.archived:
		return nil, refuse("is_archived")
	}
	return m, nil
}

func (c *call) updateMessage() (object, error) {
	m, err := c.own("cant_update_message")
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
	c.edit(m, said, c.has("text") || c.has("markdown_text"))
	shown := messageJSON(m)
	if m.metadata != nil {
		shown["metadata"] = m.metadata
	}
	return object{"channel": m.channel.id, "ts": m.ts, "text": m.text, "message": shown}, nil
}

// edit changes a message: what was left out stays, an empty list takes away. The lock is held.
func (s *Server) edit(m *message, said content, withText bool) {
	text, blocks := m.text, m.blocks
	if withText {
		text = said.text
	}
	if said.hasBlocks {
		if blocks = said.blocks; len(blocks) == 0 {
			blocks = nil
		}
	}
	m.change(text, blocks)
	if said.hasAttached {
		m.attachments = said.attachments
	}
	if said.hasMetadata {
		m.metadata = said.metadata
	}
	m.edited = s.clock()
	kind, who := KindEdit, m.user
	if m.onlyFor != "" {
		kind, who = KindEphemeral, m.onlyFor
	}
	s.note(s.entryOf(m, kind, who))
}

func (c *call) deleteMessage() (object, error) {
	m, err := c.own("cant_delete_message")
	if err != nil {
		return nil, err
	}
	c.erase(m)
	return object{"channel": m.channel.id, "ts": m.ts}, nil
}

func (c *call) postEphemeral() (object, error) {
	ch, err := c.target(c.text("channel"))
	if err != nil {
		return nil, err
	}
	said, err := c.readContent(c.args, mostBlockText)
	if err != nil {
		return nil, err
	}
	switch {
	case said.empty():
		return nil, refuse("no_text")
	case utf8.RuneCountInString(said.text) > mostText:
		return nil, refuse("msg_too_long")
	case !ch.has(c.text("user")):
		return nil, refuse("user_not_in_channel")
	}
	m := &message{channel: ch, user: BotUser, onlyFor: c.text("user"), text: said.text, blocks: said.blocks,
		attachments: said.attachments, thread: c.text("thread_ts")}
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

func (c *call) addReaction() (object, error) {
	ch, err := c.target(c.text("channel"))
	if err != nil {
		return nil, err
	}
	m := ch.public(c.text("timestamp"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	name := strings.Trim(c.text("name"), ":")
	if name == "" || strings.ContainsAny(name, " <>&") {
		return nil, refuse("invalid_name")
	}
	i := slices.IndexFunc(m.reactions, func(r Reaction) bool { return r.Name == name })
	switch {
	case i < 0:
		m.reactions = append(m.reactions, Reaction{Name: name, Users: []string{BotUser}})
	case slices.Contains(m.reactions[i].Users, BotUser):
		return nil, refuse("already_reacted")
	default:
		m.reactions[i].Users = append(m.reactions[i].Users, BotUser)
	}
	c.note(Entry{Kind: KindEdit, Channel: ch.id, User: BotUser, TS: m.ts, Text: "reacted with :" + name + ":"})
	return object{}, nil
}

// validateBlocks is blocks.validate: exactly one of blocks, view, message.
func (c *call) validateBlocks() (object, error) {
	checks := map[string]func([]byte) []blockkit.Complaint{
		"blocks":  func(raw []byte) []blockkit.Complaint { return blockkit.Blocks(blockkit.InMessage, raw) },
		"view":    blockkit.View,
		"message": blockkit.Message,
	}
	var name string
	for one := range checks {
		if c.has(one) {
			if name != "" {
				return nil, refuseArguments("exactly one of blocks, view, message must be given")
			}
			name = one
		}
	}
	v, given, err := c.value(name)
	switch {
	case name == "" || !given:
		return nil, refuseArguments("exactly one of blocks, view, message must be given")
	case err != nil:
		return nil, refuse("invalid_" + name)
	}
	raw := encode(v)
	if len(raw) > 100_000 {
		return nil, refuseArguments("must be less than 100001 characters [json-pointer:/" + name + "]")
	}
	if found := checks[name](raw); len(found) > 0 {
		return nil, &refusal{"invalid_" + name, object{"errors": found}}
	}
	return object{}, nil
}
