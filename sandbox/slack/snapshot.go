package slack

import (
	"cmp"
	"slices"
	"time"
)

// Snapshot is what a person's client shows now; the zero Snapshot for somebody nobody knows.
func (s *Server) Snapshot(user string) Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.world.person(user)
	if p == nil {
		return Snapshot{}
	}
	shot := Snapshot{User: *p, Channels: []Channel{}, Views: []View{}, Shortcuts: []Shortcut{}}
	if !p.IsStranger {
		shot.Shortcuts = append(shot.Shortcuts, s.shortcuts...)
	}
	if p.Deleted {
		return shot
	}
	known := map[string]bool{p.ID: true, BotUser: true}
	for _, c := range s.world.channels {
		if c.has(p.ID) {
			shot.Channels = append(shot.Channels, s.shown(c, p))
			for _, id := range c.members {
				known[id] = true
			}
		}
	}
	slices.SortStableFunc(shot.Channels, func(a, b Channel) int {
		return cmp.Or(compareBool(a.Kind == IM, b.Kind == IM), cmp.Compare(a.Name, b.Name))
	})
	for _, v := range s.views.stacks[p.ID] {
		shot.Views = append(shot.Views, s.shownView(v))
	}
	if v := s.views.homes[p.ID]; v != nil {
		home := s.shownView(v)
		shot.Home = &home
	}
	full := !p.IsRestricted && !p.IsStranger
	for _, other := range s.world.people {
		if full || known[other.ID] {
			shot.People = append(shot.People, *other)
		}
	}
	if full {
		for _, g := range s.world.groups {
			shot.Groups = append(shot.Groups, *g)
		}
	}
	return shot
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (s *Server) shown(c *channel, p *Person) Channel {
	out := Channel{ID: c.id, Name: c.name, Kind: c.kind, Topic: c.topic, Members: slices.Clone(c.members),
		IsArchived: c.archived, IsExtShared: c.shared, Messages: []Message{}}
	if c.kind == IM {
		out.With, out.Name = BotUser, s.world.name(BotUser)
	}
	answers := map[string]int{}
	for _, m := range c.messages {
		if m.thread != "" && m.thread != m.ts && m.seenBy("") {
			answers[m.thread]++
		}
	}
	for _, m := range c.messages {
		if m.seenBy(p.ID) {
			shown := s.shownMessage(m, p)
			shown.ReplyCount = answers[m.ts]
			out.Messages = append(out.Messages, shown)
		}
	}
	return out
}

func (s *Server) shownMessage(m *message, p *Person) Message {
	at, _ := moment(m.ts)
	out := Message{TS: m.ts, At: at, Channel: m.channel.id, User: m.user, Text: m.text, ThreadTS: m.thread, Broadcast: m.broadcast,
		Edited: m.edited != "", Ephemeral: m.onlyFor != "", Revision: m.revision(),
		Reactions: slices.Clone(m.reactions), Files: s.shownFiles(m.files)}
	zone, err := time.LoadLocation(p.TZ)
	if err != nil {
		zone = time.UTC
	}
	out.Plain = plainMrkdwn(m.text, s.world.name, zone)
	if len(m.blocks) > 0 {
		out.Blocks = encode(m.blocks)
		out.Plain = plainBlocks(m.blocks, s.world.name, zone)
	}
	if len(m.attachments) > 0 {
		out.Attachments = encode(m.attachments)
	}
	if st := stateOf(version{m.text, m.blocks, m.attachments}.everyBlock(), m.state[p.ID]); len(st) > 0 {
		out.State = encode(st)
	}
	if m.metadata != nil {
		out.Metadata = encode(m.metadata)
	}
	return out
}

func (s *Server) shownView(v *view) View {
	p := printer{names: s.world.name, state: v.state}
	return View{ID: v.id, Type: v.kind, Title: v.label("title"), Submit: v.label("submit"), Close: v.label("close"),
		CallbackID: v.text("callback_id"), ExternalID: v.text("external_id"), PrivateMetadata: v.text("private_metadata"),
		Hash: v.hash, Blocks: encode(orEmpty(v.blocks)), State: encode(v.state), Errors: cloned(v.errors), Trouble: v.trouble,
		Plain: p.blocks(v.blocks)}
}

func cloned(m map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	out := map[string]string{}
	for k, v := range m {
		out[k] = v
	}
	return out
}
