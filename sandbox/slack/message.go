package slack

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// object is a JSON object under construction.
type object = map[string]any

// message is one message with everything it ever said.
type message struct {
	ts, thread  string
	channel     *channel
	user        string
	blocks      []any // decoded, every id filled in; nil when there are none
	text        string
	attachments []any
	metadata    object // event_type and event_payload; nil when there is none
	files       []string
	subtype     string
	edited      string // time of the last edit, empty when never
	broadcast   bool
	pinned      bool
	deleted     bool
	onlyFor     string           // the one person who sees an ephemeral message
	versions    []version        // what it said before, oldest first
	state       map[string]state // what each person has chosen in it
	reactions   []Reaction
	hiddenUntil time.Time // not in history before; on the machine's clock
}

type version struct {
	text        string
	blocks      []any
	attachments []any
}

// everyBlock is what stands in the message, and after it what its attachments hold.
func (v version) everyBlock() []any {
	all := v.blocks
	for _, one := range v.attachments {
		o, _ := one.(map[string]any)
		inner, _ := o["blocks"].([]any)
		all = slices.Concat(all, inner)
	}
	return all
}

func (m *message) revision() int { return len(m.versions) + 1 }

func (m *message) fromBot() bool { return m.user == BotUser }

// seenBy says whether this person's client shows the message.
func (m *message) seenBy(user string) bool {
	return !m.deleted && (m.onlyFor == "" || m.onlyFor == user)
}

// at is what the message said at a revision.
func (m *message) at(revision int) (version, bool) {
	switch {
	case revision >= 1 && revision <= len(m.versions):
		return m.versions[revision-1], true
	case revision == 0 && !m.deleted, revision == m.revision():
		return version{m.text, m.blocks, m.attachments}, true
	}
	return version{}, false
}

// change replaces what the message says and remembers what stood there.
func (m *message) change(now version) {
	m.versions = append(m.versions, version{m.text, m.blocks, m.attachments})
	m.text, m.blocks, m.attachments = now.text, now.blocks, now.attachments
	for user, chosen := range m.state {
		m.state[user] = stateOf(now.everyBlock(), chosen)
	}
}

// find is the message of a timestamp, deleted ones too. Messages stand in the order of their timestamps.
func (c *channel) find(ts string) *message {
	i, found := slices.BinarySearchFunc(c.messages, ts, func(m *message, ts string) int { return strings.Compare(m.ts, ts) })
	if !found {
		return nil
	}
	return c.messages[i]
}

// public finds a message everybody in the channel sees.
func (c *channel) public(ts string) *message {
	if m := c.find(ts); m != nil && m.seenBy("") {
		return m
	}
	return nil
}

// add puts a message into its channel, tells the journal and those who subscribed. The lock is held.
func (s *Server) add(m *message) {
	m.ts = s.clock()
	if f, hit := s.takeFault(HideFromHistory, "chat.postMessage"); hit && m.onlyFor == "" {
		m.hiddenUntil = time.Now().Add(orDefault(f.After, 10*time.Second))
	}
	m.channel.messages = append(m.channel.messages, m)
	kind, who := KindMessage, m.user
	if m.onlyFor != "" {
		kind, who = KindEphemeral, m.onlyFor
	}
	s.note(s.entryOf(m, kind, who))
	s.publishMessage(m)
}

func (s *Server) entryOf(m *message, kind, who string) Entry {
	return Entry{Kind: kind, Channel: m.channel.id, User: who, TS: m.ts, Text: s.plainOf(m), Raw: encode(s.messageJSON(m))}
}

// plainOf is what there is to read in a message, and the names of its files.
func (s *Server) plainOf(m *message) string {
	var lines []string
	if len(m.blocks) > 0 {
		lines = append(lines, plainBlocks(m.blocks, s.world.name, nil))
	} else if m.text != "" {
		lines = append(lines, plainMrkdwn(m.text, s.world.name, nil))
	}
	for _, id := range m.files {
		if f := s.files[id]; !f.deleted {
			lines = append(lines, "(file "+f.name+")")
		}
	}
	return strings.Join(lines, "\n")
}

// messageJSON is the message as the Web API and payloads show it, without its metadata.
func (s *Server) messageJSON(m *message) object {
	o := object{"type": "message", "user": m.user, "ts": m.ts, "text": m.text, "team": TeamID}
	if m.fromBot() {
		o["bot_id"], o["app_id"] = BotID, AppID
		o["bot_profile"] = botProfile()
	}
	if m.blocks != nil {
		o["blocks"] = m.blocks
	}
	if m.attachments != nil {
		o["attachments"] = m.attachments
	}
	if m.thread != "" {
		o["thread_ts"] = m.thread
	}
	switch {
	case m.subtype != "":
		o["subtype"] = m.subtype
	case m.broadcast:
		o["subtype"] = "thread_broadcast"
	}
	if files := s.filesJSON(m.files); files != nil {
		o["files"], o["upload"] = files, true
	}
	if m.edited != "" {
		o["edited"] = object{"user": m.user, "ts": m.edited}
	}
	if m.pinned {
		o["pinned_to"] = []string{m.channel.id}
	}
	if len(m.reactions) > 0 {
		list := []object{}
		for _, r := range m.reactions {
			list = append(list, object{"name": r.Name, "users": slices.Clone(r.Users), "count": len(r.Users)})
		}
		o["reactions"] = list
	}
	return o
}

func botProfile() object {
	return object{"id": BotID, "app_id": AppID, "user_id": BotUser, "name": "asc", "deleted": false, "team_id": TeamID, "updated": 1700000000, "icons": object{}}
}

// erase takes a message away; what it said stays for screens that have not caught up. The lock is held.
func (s *Server) erase(m *message) {
	kind, who := KindDelete, m.user
	if m.onlyFor != "" {
		kind, who = KindEphemeral, m.onlyFor
	}
	s.publishDeletion(m)
	m.deleted = true
	s.note(Entry{Kind: kind, Channel: m.channel.id, User: who, TS: m.ts, Text: "(deleted)"})
}

// replies are the messages of a thread besides its first.
func (c *channel) replies(ts string) []*message {
	return slices.DeleteFunc(slices.Clone(c.messages), func(m *message) bool {
		return m.thread != ts || m.ts == ts || !m.seenBy("")
	})
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// decodeJSON reads JSON and keeps numbers as they are written.
func decodeJSON(raw []byte) (v any, err error) {
	d := json.NewDecoder(bytesReader(raw))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}
