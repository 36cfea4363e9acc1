package slack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// no is a reply for what this person's client does not offer.
func no(format string, args ...any) Reply {
	return Reply{Code: NotAllowed, Error: fmt.Sprintf(format, args...)}
}

// actor finds somebody who can act: deactivated people and bots cannot. The lock is held by the caller.
func (s *Server) actor(who string) (*Person, error) {
	p := s.world.person(who)
	switch {
	case p == nil:
		return nil, fmt.Errorf("nobody here is called %q", who)
	case p.Deleted:
		return nil, fmt.Errorf("%s is deactivated and cannot sign in", p.RealName)
	case p.IsBot:
		return nil, fmt.Errorf("%s is a bot and has no client", p.RealName)
	}
	return p, nil
}

// actorIn is actor, and a channel the person is in.
func (s *Server) actorIn(who, where string) (*Person, *channel, error) {
	p, err := s.actor(who)
	if err != nil {
		return nil, nil, err
	}
	c := s.world.channelOf(p, where)
	if c == nil {
		return nil, nil, fmt.Errorf("%s is in no channel %q", p.RealName, where)
	}
	return p, c, nil
}

// userObject is a person as interaction payloads name them.
func userObject(p *Person) object {
	return object{"id": p.ID, "username": p.Handle, "name": p.Handle, "team_id": p.TeamID}
}

// shell is what all interactive payloads begin with.
func shell(kind string, p *Person) object {
	return object{
		"type": kind, "user": userObject(p), "api_app_id": AppID, "token": "verification-token",
		"team": object{"id": TeamID, "domain": domain}, "enterprise": nil, "is_enterprise_install": false,
	}
}

// payloadName is a channel's name in payloads: private ones and direct messages do not tell theirs.
func payloadName(c *channel) string {
	switch c.kind {
	case Private:
		return "privategroup"
	case IM:
		return "directmessage"
	}
	return c.name
}

// Command types a line such as "/asc invite" into a channel's composer. It returns once the app has
// acknowledged, or Slack has given up after three seconds.
func (s *Server) Command(user, channel, line string, how ...Typing) Reply {
	s.mu.Lock()
	p, c, err := s.actorIn(user, channel)
	name, text, _ := strings.Cut(strings.TrimLeft(line, " \t\n"), " ")
	switch {
	case err != nil:
		s.mu.Unlock()
		return no("%v", err)
	case c.archived:
		s.mu.Unlock()
		return no("#%s is archived; nothing can be sent there", c.name)
	case !slices.Contains(s.commands, name), !s.granted("commands"), p.IsStranger:
		s.mu.Unlock()
		return no("%s is not a valid command. In Slack, all messages that start with the “/” character are interpreted as commands.", name)
	}
	text = s.typed(text, how) // blanks before and behind it come along
	h := &hook{user: p.ID, channel: c, line: strings.TrimSpace(name + " " + text)}
	path := s.newHook("commands", h)
	payload := object{
		"token": "verification-token", "team_id": TeamID, "team_domain": domain, "channel_id": c.id, "channel_name": payloadName(c),
		"user_id": p.ID, "user_name": p.Handle, "command": name, "text": text, "api_app_id": AppID,
		"is_enterprise_install": "false", "trigger_id": s.newTrigger(trigger{user: p.ID, where: c.id}),
	}
	s.mu.Unlock()

	a := s.ask(envelope{kind: "slash_commands", what: h.line, accepts: true, user: p.ID, channel: c.id, payload: func(base string) object {
		payload["response_url"] = base + path
		return payload
	}})
	r := Reply{Code: a.code, Took: a.took, Envelope: a.envelope}
	if a.code == "" {
		if err := s.respondTo(h, a.payload); err != nil {
			r.Code = BadResponse
			s.noteNow(Entry{Kind: KindError, User: p.ID, Channel: c.id, Envelope: a.envelope, Error: err.Error(), Why: reasons(err), Text: "Slack did not take the answer to " + h.line})
		}
	}
	switch r.Code {
	case "":
	case BadResponse:
		r.Error = name + ` failed with the error "dispatch_unknown_error"`
	default:
		r.Error = name + ` failed with the error "` + r.Code + `"`
	}
	return r
}

var (
	mailWord    = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+`)
	siteWord    = regexp.MustCompile(`(^|\s)((?:https?://)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:com|org|net|dev|io|example)(?:/\S*)?)`)
	linkWord    = regexp.MustCompile(`https?://[^\s<>|]+`)
	personWord  = regexp.MustCompile(`(^|[\s(,])@([a-z0-9._-]*[a-z0-9_-])`)
	channelWord = regexp.MustCompile(`(^|[\s(,])#([a-z0-9_-]+)`)
	quoted      = regexp.MustCompile(`"([^"]*)"`)
	quotedOnce  = regexp.MustCompile(`(^|\s)'([^']*)'`)
)

// typed is what a client makes of a command's text. The lock is held by the caller.
func (s *Server) typed(text string, how []Typing) string {
	var habits Typing
	for _, h := range how {
		habits |= h
	}
	if habits&SmartPunctuation != 0 {
		text = strings.NewReplacer("--", "—", "'", "’").Replace(quotedOnce.ReplaceAllString(quoted.ReplaceAllString(text, "“$1”"), "$1‘$2’"))
	}
	if s.escape {
		text = s.mentionTokens(escapeText(text))
	}
	if habits&WrapLinks != 0 {
		text = wrapLinks(text)
	}
	return text
}

// wrapLinks turns sites and addresses into the tokens clients send.
func wrapLinks(text string) string {
	text = siteWord.ReplaceAllStringFunc(text, func(word string) string {
		site := strings.TrimSpace(word)
		lead := word[:len(word)-len(strings.TrimLeft(word, " \t\n"))]
		if strings.HasPrefix(site, "http") {
			return lead + "<" + site + ">"
		}
		return lead + "<http://" + site + "|" + site + ">"
	})
	return mailWord.ReplaceAllString(text, "<mailto:$0|$0>")
}

// escapeText replaces the three characters that begin markup.
func escapeText(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// mentionTokens turns @ana and #ios into the tokens clients send; people of other workspaces stay text.
func (s *Server) mentionTokens(text string) string {
	text = personWord.ReplaceAllStringFunc(text, func(word string) string {
		lead, handle, _ := strings.Cut(word, "@")
		if g := slices.IndexFunc(s.world.groups, func(g *Group) bool { return g.Handle == handle }); g >= 0 {
			return lead + "<!subteam^" + s.world.groups[g].ID + "|@" + handle + ">"
		}
		if p := s.world.person(handle); p != nil && p.Handle == handle && !p.IsStranger {
			return lead + "<@" + p.ID + "|" + p.Handle + ">"
		}
		return word
	})
	return channelWord.ReplaceAllStringFunc(text, func(word string) string {
		lead, name, _ := strings.Cut(word, "#")
		c := s.world.channel(name)
		switch {
		case c == nil || c.name != name:
			return word
		case c.kind == Private:
			return lead + "<#" + c.id + "|>"
		}
		return lead + "<#" + c.id + "|" + c.name + ">"
	})
}

// Say posts what a person writes into a channel they are in.
func (s *Server) Say(user, channel, text string) (ts string, err error) {
	return s.SayInThread(user, channel, "", text)
}

// SayInThread posts a reply; an empty thread posts to the channel.
func (s *Server) SayInThread(user, channel, thread, text string) (ts string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, c, err := s.actorIn(user, channel)
	switch {
	case err != nil:
		return "", err
	case c.archived:
		return "", fmt.Errorf("#%s is archived; nothing can be sent there", c.name)
	case strings.TrimSpace(text) == "":
		return "", fmt.Errorf("there is nothing to send")
	}
	if thread != "" {
		first := c.public(thread)
		if first == nil {
			return "", fmt.Errorf("there is no message %s in #%s to reply to", thread, c.name)
		}
		first.thread = first.ts
	}
	m := &message{channel: c, user: p.ID, text: s.written(text), thread: thread}
	s.add(m)
	return m.ts, nil
}

// OpenHome opens the App Home. The person sees at once what was published last; the reply says how the app
// took the event, at its first attempt.
func (s *Server) OpenHome(user string) Reply {
	s.mu.Lock()
	p, err := s.actor(user)
	if err != nil || p.IsStranger {
		s.mu.Unlock()
		return no("%s has no App Home here", user)
	}
	dm := s.world.direct(p)
	e := object{"user": p.ID, "channel": dm.id, "tab": "home"}
	if v := s.views.homes[p.ID]; v != nil {
		e["view"] = viewJSON(v)
	}
	s.note(Entry{Kind: KindHome, User: p.ID, Method: "opened", Text: p.RealName + " opened the App Home"})
	first := s.publish(event{kind: "app_home_opened", user: p.ID, channel: dm.id, fields: e})
	s.mu.Unlock()
	a := <-first
	return Reply{Took: a.took, Envelope: a.envelope, Code: a.code}
}

// Shortcut chooses a global shortcut.
func (s *Server) Shortcut(user, callbackID string) Reply {
	s.mu.Lock()
	p, err := s.actor(user)
	if err != nil || p.IsStranger || !s.declares(callbackID, false) {
		s.mu.Unlock()
		return no("%s has no such shortcut here", user)
	}
	payload := shell("shortcut", p)
	payload["callback_id"], payload["action_ts"], payload["trigger_id"] = callbackID, stamp(s.now()), s.newTrigger(trigger{user: p.ID})
	s.mu.Unlock()
	a := s.ask(envelope{kind: "interactive", what: "shortcut " + callbackID, user: p.ID, payload: func(string) object { return payload }})
	return warned(a)
}

// declares says whether the app has such a shortcut. The lock is held.
func (s *Server) declares(callbackID string, message bool) bool {
	return s.shortcuts == nil || s.granted("commands") && slices.ContainsFunc(s.shortcuts, func(d Shortcut) bool { return d.CallbackID == callbackID && d.Message == message })
}

// MessageShortcut chooses a shortcut of a message.
func (s *Server) MessageShortcut(user, channel, ts, callbackID string) Reply {
	s.mu.Lock()
	p, c, err := s.actorIn(user, channel)
	if err != nil || p.IsStranger || !s.declares(callbackID, true) {
		s.mu.Unlock()
		return no("%s has no such shortcut there", user)
	}
	m := c.find(ts)
	if m == nil || !m.seenBy(p.ID) {
		s.mu.Unlock()
		return no("there is no message %s in %s", ts, channel)
	}
	payload := shell("message_action", p)
	payload["callback_id"], payload["action_ts"], payload["trigger_id"] = callbackID, stamp(s.now()), s.newTrigger(trigger{user: p.ID, where: c.id})
	payload["channel"], payload["message"], payload["message_ts"] = object{"id": c.id, "name": payloadName(c)}, s.messageJSON(m), m.ts
	path := s.newHook("app", &hook{user: p.ID, channel: c, source: nil})
	s.mu.Unlock()
	a := s.ask(envelope{kind: "interactive", what: "message shortcut " + callbackID, user: p.ID, channel: c.id, payload: func(base string) object {
		payload["response_url"] = base + path
		return payload
	}})
	return warned(a)
}

// warned is the reply to a press: a warning triangle when the app was not there.
func warned(a answer) Reply {
	r := Reply{Code: a.code, Took: a.took, Envelope: a.envelope}
	if a.code != "" {
		r.Error = WarningTriangle
	}
	return r
}

// reencode is a deep copy of decoded JSON.
func reencode(v any) any {
	fresh, err := decodeJSON(encode(v))
	if err != nil {
		return json.RawMessage(encode(v))
	}
	return fresh
}
