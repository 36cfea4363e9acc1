package slack

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// world is the workspace: people, groups, channels and what was said.
type world struct {
	people   []*Person
	groups   []*Group
	channels []*channel
	created  time.Time
	lastTS   time.Time
}

type channel struct {
	id, name, kind, topic string
	members               []string
	before                []string // names it had before
	archived, shared      bool
	general               bool
	with                  string // the person of a direct message with the bot
	messages              []*message
}

func (c *channel) has(user string) bool { return slices.Contains(c.members, user) }

const losAngeles = "America/Los_Angeles"

func newWorld(now time.Time) world {
	return world{created: now.Add(-400 * 24 * time.Hour), people: founders(), channels: firstChannels(), groups: []*Group{
		{ID: "S0RELEASE", Handle: "release-managers", Name: "Release managers", Users: []string{"U0CY", "U0DORA", "U0BEN"}},
	}}
}

func founders() []*Person {
	people := []*Person{
		{ID: "U0ANA", Handle: "ana", RealName: "Ana Reyes", Email: "ana@meadow.example"},
		{ID: "U0BEN", Handle: "ben", RealName: "Ben Okafor", Email: "ben@meadow.example", TZ: "Europe/Berlin"},
		{ID: "U0CY", Handle: "cy", RealName: "Cy Lindqvist", Email: "cy@meadow.example", IsAdmin: true},
		{ID: "U0DORA", Handle: "dora", RealName: "Dora Weiss", Email: "dora@meadow.example", IsAdmin: true, IsOwner: true, IsPrimaryOwner: true},
		{ID: "U0EVE", Handle: "eve", RealName: "Eve Tanaka", Email: "eve@meadow.example"},
		{ID: "U0GIL", Handle: "gil", RealName: "Gil Brandt", Email: "gil@agency.example", IsRestricted: true},
		{ID: "U0HAL", Handle: "hal", RealName: "Hal Sato", Email: "hal@freelance.example", IsRestricted: true, IsUltraRestricted: true},
		{ID: "U0IVY", Handle: "ivy", RealName: "Ivy Moss", Email: "ivy@meadow.example", Deleted: true},
		{ID: "U0JON", Handle: "jon", RealName: "Jon Park", Email: "jon@partner.example", TeamID: "T0PARTNER", IsStranger: true},
		{ID: "U0FLOW", Handle: "welcome", RealName: "Welcome workflow", BotID: "B0FLOW", IsBot: true, IsWorkflowBot: true},
		{ID: BotUser, Handle: "asc", RealName: "asc", BotID: BotID, IsBot: true},
	}
	for _, p := range people {
		if p.TeamID == "" {
			p.TeamID = TeamID
		}
		if p.TZ == "" {
			p.TZ = losAngeles
		}
	}
	return people
}

func firstChannels() []*channel {
	return []*channel{
		{id: "C0GENERAL", name: "general", kind: Public, general: true, topic: "Company-wide news", members: users("ana ben cy dora eve")},
		{id: "C0IOS", name: "ios", kind: Public, topic: "Halo, Pebble and Tide", members: users("ana ben cy eve gil ascbot")},
		{id: "C0APPROVE", name: "asc-approvals", kind: Private, topic: "Changes at App Store Connect that somebody has to agree to", members: users("ana ben cy dora ascbot")},
		{id: "C0SALES", name: "sales", kind: Private, topic: "What the shop earns", members: users("ana cy dora eve ascbot")},
		{id: "C0PARTNER", name: "partners", kind: Public, shared: true, topic: "With the people of Partner Inc.", members: users("jon ana cy ascbot")},
		{id: "C0OLD", name: "old-launch", kind: Public, archived: true, topic: "Halo 1.0", members: users("ana ben cy")},
		{id: "C0RANDOM", name: "random", kind: Public, topic: "Anything", members: users("ana ben cy dora eve hal")},
	}
}

func users(handles string) (ids []string) {
	for h := range strings.FieldsSeq(handles) {
		ids = append(ids, "U0"+strings.ToUpper(h))
	}
	return ids
}

// person finds somebody by id or by handle.
func (w *world) person(who string) *Person {
	who = strings.TrimPrefix(who, "@")
	for _, p := range w.people {
		if p.ID == who || p.Handle == who {
			return p
		}
	}
	return nil
}

func (w *world) group(id string) *Group {
	for _, g := range w.groups {
		if g.ID == id {
			return g
		}
	}
	return nil
}

// channel finds one by id, or by name with or without #.
func (w *world) channel(which string) *channel {
	name := strings.TrimPrefix(which, "#")
	for _, c := range w.channels {
		if c.id == which || c.kind != IM && c.name == name {
			return c
		}
	}
	return nil
}

// direct is the conversation of the bot and a person, made when it is first needed.
func (w *world) direct(p *Person) *channel {
	for _, c := range w.channels {
		if c.kind == IM && c.with == p.ID {
			return c
		}
	}
	c := &channel{id: "D" + strings.TrimPrefix(p.ID, "U"), kind: IM, with: p.ID, members: []string{p.ID, BotUser}}
	w.channels = append(w.channels, c)
	return c
}

// directOf is the conversation of the bot and several people, made when it is first needed.
func (w *world) directOf(people []*Person) *channel {
	members, name := []string{}, "mpdm"
	for _, p := range people {
		members, name = append(members, p.ID), name+"-"+p.Handle+"-"
	}
	members = append(members, BotUser)
	slices.Sort(members)
	for _, c := range w.channels {
		if c.kind == MPIM && slices.Equal(c.members, members) {
			return c
		}
	}
	c := &channel{id: fmt.Sprintf("C0MPDM%04d", len(w.channels)), name: name + "-asc-1", kind: MPIM, members: members}
	w.channels = append(w.channels, c)
	return c
}

// channelOf finds a channel as a person names it: id, name, or the bot for their direct message with it.
func (w *world) channelOf(p *Person, which string) *channel {
	if which == BotUser || which == "@asc" || which == "D"+strings.TrimPrefix(p.ID, "U") {
		return w.direct(p)
	}
	c := w.channel(which)
	if c == nil || !c.has(p.ID) {
		return nil
	}
	return c
}

// name is how clients write an id: a person's or channel's name.
func (w *world) name(id string) string {
	if p := w.person(id); p != nil {
		return p.RealName
	}
	if c := w.channel(id); c != nil {
		if c.kind == IM {
			return w.name(c.with)
		}
		return c.name
	}
	if g := w.group(id); g != nil {
		return g.Handle
	}
	return id
}

// Name is how clients write the id of a person, a channel (without #) or a group (without @); an id nobody
// knows stays as it is.
func (s *Server) Name(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.name(id)
}

// People are all people and bots of the workspace, guests, strangers and deactivated ones among them.
func (s *Server) People() []Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	people := make([]Person, len(s.world.people))
	for i, p := range s.world.people {
		people[i] = *p
	}
	return people
}

// AddPerson puts somebody new into the workspace and its general channel. ID, Handle and RealName are needed.
func (s *Server) AddPerson(p Person) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case p.ID == "" || p.Handle == "" || p.RealName == "":
		return fmt.Errorf("somebody new needs an id, a handle and a name")
	case s.world.person(p.ID) != nil || s.world.person(p.Handle) != nil:
		return fmt.Errorf("there is somebody called %s or %s already", p.ID, p.Handle)
	}
	p.TeamID, p.TZ = cmp.Or(p.TeamID, TeamID), cmp.Or(p.TZ, losAngeles)
	s.world.people = append(s.world.people, &p)
	s.publish(event{kind: "team_join", user: p.ID, fields: object{"user": s.userJSON(&p)}})
	for _, c := range s.world.channels {
		if c.general {
			s.enterChannel(p.ID, c)
		}
	}
	return nil
}

// EditPerson changes what is known about somebody: a new admin, a guest, somebody who left. An app that
// subscribed to user_change hears of it.
func (s *Server) EditPerson(id string, change func(*Person)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.world.person(id)
	if p == nil {
		return fmt.Errorf("nobody is called %q; use an id such as U0ANA or a handle such as ana", id)
	}
	was := *p
	if change(p); was != *p {
		s.publish(event{kind: "user_change", user: p.ID, fields: object{"user": s.userJSON(p), "cache_ts": s.now().Unix()}})
	}
	return nil
}

// Grant gives the app's token other scopes, as whoever installs it anew does.
func (s *Server) Grant(scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes = slices.Clone(scopes)
}

// EditGroup changes a user group.
func (s *Server) EditGroup(id string, change func(*Group)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.world.group(id)
	if g == nil {
		return fmt.Errorf("no user group %q; there is S0RELEASE", id)
	}
	was := slices.Clone(g.Users)
	change(g)
	s.publishGroup(g, was)
	return nil
}

// Join adds a person, or the bot, to a channel.
func (s *Server) Join(user, channel string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, c := s.world.person(user), s.world.channel(channel)
	if p == nil || c == nil || c.kind == IM {
		return fmt.Errorf("cannot add %q to %q: there is no such person or channel", user, channel)
	}
	if c.has(p.ID) {
		return nil
	}
	s.enterChannel(p.ID, c)
	return nil
}

// enterChannel makes somebody a member; an app that is there hears of it. The lock is held.
func (s *Server) enterChannel(user string, c *channel) {
	c.members = append(c.members, user)
	s.publishMember("member_joined_channel", user, c)
}

// Leave takes a person, or the bot, out of a channel.
func (s *Server) Leave(user, channel string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, c := s.world.person(user), s.world.channel(channel)
	if p == nil || c == nil || c.kind == IM {
		return fmt.Errorf("cannot take %q out of %q: there is no such person or channel", user, channel)
	}
	if !c.has(p.ID) {
		return nil
	}
	s.publishMember("member_left_channel", p.ID, c)
	c.members = slices.DeleteFunc(slices.Clone(c.members), func(id string) bool { return id == p.ID })
	return nil
}

// Rename gives a channel another name, which none has at that moment. Apps that hear of it
// by an event are not told.
func (s *Server) Rename(channel, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.world.channel(channel)
	switch {
	case c == nil || c.kind == IM:
		return fmt.Errorf("there is no channel %q", channel)
	case s.world.channel(name) != nil:
		return fmt.Errorf("there is a channel %q", name)
	}
	c.before = append(c.before, c.name)
	c.name = name
	return nil
}

// Archive closes a channel for good, or opens it again.
func (s *Server) Archive(channel string, archived bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.world.channel(channel)
	if c == nil {
		return fmt.Errorf("there is no channel %q", channel)
	}
	if c.archived == archived {
		return nil
	}
	c.archived = archived
	what := map[bool]string{true: "archive", false: "unarchive"}[archived]
	if c.kind == Public {
		s.publish(event{kind: "channel_" + what, channel: c.id, fields: object{"channel": c.id, "user": "U0DORA"}})
	} else if c.has(BotUser) {
		s.publish(event{kind: "group_" + what, channel: c.id, fields: object{"channel": c.id, "user": "U0DORA"}})
	}
	return nil
}

func letter(c *channel) string {
	switch c.kind {
	case Public:
		return "C"
	case Private, MPIM:
		return "G"
	}
	return "D"
}

// stamp writes a time the way message timestamps are written.
func stamp(t time.Time) string {
	return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000)
}

// moment reads a timestamp.
func moment(ts string) (time.Time, bool) {
	whole, part, _ := strings.Cut(ts, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	micro, err := strconv.ParseInt((part + "000000")[:6], 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(sec, micro*1000).UTC(), true
}
