package slack

import (
	"maps"
	"slices"
	"time"
)

// DefaultEvents are the events the app hears of when Options name none.
var DefaultEvents = []string{"app_home_opened", "app_uninstalled", "tokens_revoked", "member_joined_channel"}

// AllEvents are every event that can happen here, for apps that were not written for it.
func AllEvents() []string { return slices.Sorted(maps.Keys(eventScopes)) }

// eventScopes is the table of events, each with the scope it takes besides a subscription. Those of members
// take one that depends on the channel.
var eventScopes = map[string]string{
	"app_home_opened": "", "app_uninstalled": "", "tokens_revoked": "", "member_joined_channel": "", "member_left_channel": "",
	"app_mention": "app_mentions:read", "message.channels": "channels:history", "message.groups": "groups:history", "message.im": "im:history", "message.mpim": "mpim:history",
	"channel_archive": "channels:read", "channel_unarchive": "channels:read", "group_archive": "groups:read", "group_unarchive": "groups:read",
	"reaction_added": "reactions:read", "reaction_removed": "reactions:read",
	"subteam_members_changed": "usergroups:read", "subteam_updated": "usergroups:read", "team_join": "users:read", "user_change": "users:read",
}

func (s *Server) subscribed(ev event) bool {
	may := func(scope string) bool { return scope == "" || s.granted(scope) }
	return ev.forced || slices.Contains(s.events, ev.kind) && may(eventScopes[ev.kind]) && may(ev.scope)
}

// event is something the app subscribed to.
type event struct {
	kind, user, channel string
	fields              object
	scope               string // what it takes besides what its kind takes
	forced              bool   // sent though the app did not subscribe to it
}

// pauses before an event that was not acknowledged is tried again.
var pauses = []time.Duration{time.Second, time.Minute, 5 * time.Minute}

// publish delivers an event on its own time, with its retries, when the app subscribed to it. The channel
// it returns is closed after the first attempt. The lock is held by the caller.
func (s *Server) publish(ev event) <-chan answer {
	first := make(chan answer, 1)
	if !s.subscribed(ev) || s.closed {
		first <- answer{}
		return first
	}
	setDefault(ev.fields, "type", ev.kind)
	setDefault(ev.fields, "event_ts", stamp(s.now()))
	id := "Ev0" + itoa(1000000+s.fresh())
	at := s.now().Unix()
	e := envelope{kind: "events_api", what: "event " + ev.kind, user: ev.user, channel: ev.channel, retry: &retry{}}
	c := s.world.channel(ev.channel)
	shared := c != nil && c.shared
	e.payload = func(string) object {
		return object{
			"token": "verification-token", "team_id": TeamID, "context_team_id": TeamID, "context_enterprise_id": nil,
			"api_app_id": AppID, "type": "event_callback", "event_id": id, "event_time": at, "event": ev.fields,
			"authorizations":        []object{{"enterprise_id": nil, "team_id": TeamID, "user_id": BotUser, "is_bot": true, "is_enterprise_install": false}},
			"is_ext_shared_channel": shared, "event_context": "1-" + ev.kind + "-" + TeamID,
		}
	}
	s.insist(e, first)
	return first
}

// insist sends an envelope until it is acknowledged, or the last of the pauses is over. The lock is held.
func (s *Server) insist(e envelope, first chan<- answer) {
	s.start(func() {
		a := s.ask(e)
		first <- a
		for i := 0; a.code != "" && i < len(pauses) && s.pause(pauses[i]); i++ {
			e.retry.attempt, e.retry.reason = i+1, "timeout"
			a = s.ask(e)
		}
	})
}

// unheardOf is an envelope of a type no client knows, or an event of such a type. Who cannot read it still
// has to acknowledge it, or it comes back.
func (s *Server) unheardOf(kind FaultKind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := envelope{kind: "quantum_events", what: "an envelope of an unknown type", retry: &retry{}}
	e.payload = func(string) object { return object{"type": "unheard_of"} }
	switch kind {
	case UnknownEvent:
		s.publish(event{kind: "quantum_leap", forced: true, fields: object{}})
		return
	case AppRateLimited:
		at := s.now().Truncate(time.Minute).Unix()
		e.kind, e.what = "events_api", "events were held back"
		e.payload = func(string) object {
			return object{"type": "app_rate_limited", "token": "verification-token", "team_id": TeamID, "minute_rate_limited": at, "api_app_id": AppID}
		}
	}
	s.insist(e, make(chan answer, 1))
}

// messageEvents are the kinds of event about messages, by kind of channel; to the app they are all "message".
var messageEvents = map[string]string{Public: "message.channels", Private: "message.groups", IM: "message.im", MPIM: "message.mpim"}

// overheard: messages of channels the bot is in, and not those that one person alone sees.
func overheard(m *message) bool { return m.onlyFor == "" && m.channel.has(BotUser) }

// publishMessage tells the app of a message it may hear of. The lock is held by the caller, as it is below.
func (s *Server) publishMessage(m *message) {
	if !overheard(m) {
		return
	}
	s.messageEvent(m, s.messageJSON(m))
	if !m.fromBot() && m.channel.kind != IM && mentions(m.text, BotUser) {
		e := s.messageJSON(m)
		e["type"], e["channel"], e["event_ts"] = "app_mention", m.channel.id, m.ts
		s.publish(event{kind: "app_mention", user: m.user, channel: m.channel.id, fields: e})
	}
}

// messageEvent sends what happened to a message, or the message itself.
func (s *Server) messageEvent(m *message, fields object) {
	fields["type"], fields["channel"] = "message", m.channel.id
	fields["channel_type"] = map[string]string{Public: "channel", Private: "group", IM: "im", MPIM: "mpim"}[m.channel.kind]
	setDefault(fields, "event_ts", fields["ts"])
	s.publish(event{kind: messageEvents[m.channel.kind], user: m.user, channel: m.channel.id, fields: fields})
}

// publishChange tells the app that a message says something else now than it was.
func (s *Server) publishChange(m *message, was object) {
	if overheard(m) {
		s.messageEvent(m, object{"subtype": "message_changed", "hidden": true, "ts": m.edited, "message": s.messageJSON(m), "previous_message": was})
	}
}

// publishDeletion tells the app that a message goes.
func (s *Server) publishDeletion(m *message) {
	if overheard(m) {
		s.messageEvent(m, object{"subtype": "message_deleted", "hidden": true, "ts": s.clock(), "deleted_ts": m.ts, "previous_message": s.messageJSON(m)})
	}
}

// publishMember tells an app that is in a channel who came or goes.
func (s *Server) publishMember(kind, user string, c *channel) {
	if c.has(BotUser) {
		s.publish(event{kind: kind, user: user, channel: c.id, scope: familyOf(c.kind) + ":read", fields: object{
			"user": user, "channel": c.id, "channel_type": letter(c), "team": TeamID, "event_ts": s.clock(),
		}})
	}
}

// publishReaction tells of an emoji that was put on a message or taken back.
func (s *Server) publishReaction(kind string, m *message, name string) {
	s.publish(event{kind: kind, user: BotUser, channel: m.channel.id, fields: object{
		"user": BotUser, "reaction": name, "item_user": m.user, "item": object{"type": "message", "channel": m.channel.id, "ts": m.ts}, "event_ts": s.clock(),
	}})
}

// publishGroup tells of a user group that was changed, and of who came and went.
func (s *Server) publishGroup(g *Group, was []string) {
	not := func(in []string) func(string) bool { return func(id string) bool { return slices.Contains(in, id) } }
	added, removed := slices.DeleteFunc(slices.Clone(g.Users), not(was)), slices.DeleteFunc(slices.Clone(was), not(g.Users))
	if len(added)+len(removed) > 0 {
		s.publish(event{kind: "subteam_members_changed", fields: object{
			"subteam_id": g.ID, "team_id": TeamID, "date_previous_update": s.world.created.Unix(), "date_update": s.now().Unix(),
			"added_users": added, "added_users_count": len(added), "removed_users": removed, "removed_users_count": len(removed),
		}})
	}
	s.publish(event{kind: "subteam_updated", fields: object{"subteam": s.groupJSON(g)}})
}
