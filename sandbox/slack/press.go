package slack

import (
	"slices"
	"strings"
)

// interactive elements that can be pressed besides those that keep a value. A workflow button is not among
// them: it starts a workflow and tells the app nothing.
var pressable = []string{"button", "overflow", "icon_button", "feedback_buttons"}

// Press uses an element of a message or view. It returns once the app has acknowledged, or Slack has given
// up after three seconds.
func (s *Server) Press(x Press) Reply {
	s.mu.Lock()
	pressed, refused := s.press(x)
	s.mu.Unlock()
	if refused != nil {
		return *refused
	}
	return warned(s.ask(*pressed))
}

func (s *Server) press(x Press) (*envelope, *Reply) {
	if x.View != "" {
		return s.pressInView(x)
	}
	return s.pressInMessage(x)
}

func (s *Server) pressInMessage(x Press) (*envelope, *Reply) {
	p, c, err := s.actorIn(x.User, x.Channel)
	if err != nil {
		return nil, new(no("%v", err))
	}
	m := c.find(x.TS)
	if m == nil || m.onlyFor != "" && m.onlyFor != p.ID {
		return nil, new(no("%s sees no message %s in %s", p.RealName, x.TS, x.Channel))
	}
	said, pl, found := m.locate(x)
	if !found {
		return nil, new(no("there is no %s in that message now", x.ActionID))
	}
	if m.state == nil {
		m.state = map[string]state{}
	}
	blocks := said.everyBlock()
	chosen := stateOf(blocks, m.state[p.ID])
	action, refused := s.use(p, pl, chosen, x, blocks, nil)
	if refused != nil {
		return nil, refused
	}
	if x.Revision == 0 || x.Revision == m.revision() {
		m.state[p.ID] = chosen
	}
	payload := shell("block_actions", p)
	container := object{"type": "message", "message_ts": m.ts, "channel_id": c.id, "is_ephemeral": m.onlyFor != ""}
	if m.thread != "" {
		container["thread_ts"] = m.thread
	}
	if n := said.attachmentOf(pl); n > 0 {
		container["type"], container["attachment_id"], container["is_app_unfurl"] = "message_attachment", n, false
	}
	payload["container"], payload["channel"] = container, object{"id": c.id, "name": payloadName(c)}
	if m.onlyFor == "" {
		shown := s.messageJSON(m)
		shown["text"], shown["blocks"] = said.text, orEmpty(said.blocks)
		if said.attachments != nil {
			shown["attachments"] = said.attachments
		}
		payload["message"] = reencode(shown)
	}
	payload["state"] = reencode(object{"values": chosen})
	payload["actions"], payload["trigger_id"] = []any{action}, s.newTrigger(trigger{user: p.ID, where: c.id})
	path := s.newHook("actions", &hook{user: p.ID, channel: c, source: m})
	return &envelope{kind: "interactive", what: describe(pl), user: p.ID, channel: c.id, payload: func(base string) object {
		payload["response_url"] = base + path
		return payload
	}}, nil
}

// locate finds the element in the version of the message this person's screen shows.
func (m *message) locate(x Press) (version, place, bool) {
	revisions := []int{x.Revision}
	if x.Revision == AnyRevision {
		revisions = nil
		for r := m.revision(); r >= 1; r-- {
			revisions = append(revisions, r)
		}
	}
	for _, r := range revisions {
		said, there := m.at(r)
		if !there {
			continue
		}
		if pl, found := locate(said.everyBlock(), x.BlockID, x.ActionID); found {
			return said, pl, true
		}
	}
	return version{}, place{}, false
}

// attachmentOf is the number, from 1, of the attachment an element stands in; 0 for one outside of them.
func (v version) attachmentOf(pl place) int {
	for i, one := range v.attachments {
		o, _ := one.(map[string]any)
		inner, _ := o["blocks"].([]any)
		if _, found := locate(inner, pl.blockID(), pl.actionID()); found {
			return i + 1
		}
	}
	return 0
}

func (s *Server) pressInView(x Press) (*envelope, *Reply) {
	p, v, err := s.ownView(x.User, x.View)
	if err != nil {
		return nil, new(no("%v", err))
	}
	pl, found := locate(v.blocks, x.BlockID, x.ActionID)
	if !found {
		return nil, new(no("there is no %s in that view now", x.ActionID))
	}
	action, refused := s.use(p, pl, v.state, x, v.blocks, v.offered)
	if refused != nil {
		return nil, refused
	}
	payload := shell("block_actions", p)
	payload["container"] = object{"type": "view", "view_id": v.id}
	payload["view"] = reencode(viewJSON(v))
	t := trigger{user: p.ID}
	if v.kind == "modal" {
		t.view, t.where = v.id, v.where
	}
	payload["actions"], payload["trigger_id"] = []any{action}, s.newTrigger(t)
	return &envelope{kind: "interactive", what: describe(pl), user: p.ID, payload: func(string) object { return payload }}, nil
}

// use enters what was chosen into the state and builds the entry of actions.
func (s *Server) use(p *Person, pl place, now state, x Press, blocks []any, offered map[string][]any) (any, *Reply) {
	if err := now.fill(blocks, x.State, offered); err != nil {
		return nil, new(no("%v", err))
	}
	_, keeps := kept[pl.kind()]
	switch {
	case pl.isInput() && pl.block["dispatch_action"] != true:
		return nil, new(no("%s sends nothing by itself; fill it in and submit", x.ActionID))
	case !keeps && !slices.Contains(pressable, pl.kind()):
		return nil, new(no("a %s cannot be pressed", pl.kind()))
	case hiddenFrom(pl.element, p.ID):
		return nil, new(no("%s does not see %s", p.RealName, x.ActionID))
	}
	action := object{"type": pl.kind(), "action_id": pl.actionID(), "block_id": pl.blockID(), "action_ts": stamp(s.now())}
	for _, name := range []string{"text", "value", "style", "url", "placeholder", "confirm", "initial_option"} {
		if v, given := pl.element[name]; given && (name != "value" || strings.HasSuffix(pl.kind(), "button")) {
			action[name] = v
		}
	}
	switch {
	case pl.kind() == "overflow":
		chosen, err := pick(pl.element, x.Selected, nil)
		if err != nil || len(chosen) != 1 {
			return nil, new(no("choose one line of the menu %s", x.ActionID))
		}
		action["selected_option"] = chosen[0]
	case pl.kind() == "feedback_buttons":
		button := feedbackButton(pl.element, x.Selected)
		if button == nil {
			return nil, new(no("choose one of the two values of %s", x.ActionID))
		}
		action["text"], action["value"] = button["text"], button["value"]
	case keeps:
		known := slices.Concat(held(now[pl.blockID()][pl.actionID()]), offered[offerKey(pl)], s.views.offers[x.Channel+x.TS+p.ID+offerKey(pl)])
		entry, err := enter(pl.element, x.Input, known)
		if err != nil {
			return nil, new(no("%v", err))
		}
		now[pl.blockID()][pl.actionID()] = entry
		for name, v := range entry {
			action[name] = v
		}
	}
	return reencode(action), nil
}

// hiddenFrom: an icon button may name the only people who see it.
func hiddenFrom(element map[string]any, user string) bool {
	these, limited := element["visible_to_user_ids"].([]any)
	return limited && !slices.Contains(these, any(user))
}

// feedbackButton is the one of two buttons that has the chosen value.
func feedbackButton(element map[string]any, chosen []string) map[string]any {
	for _, name := range []string{"positive_button", "negative_button"} {
		if b, ok := element[name].(map[string]any); ok && len(chosen) == 1 && b["value"] == chosen[0] {
			return b
		}
	}
	return nil
}

func describe(pl place) string {
	if label := pl.element["text"]; label != nil {
		o, _ := label.(map[string]any)
		return "pressed [" + str(o["text"]) + "]"
	}
	return "used " + pl.actionID()
}
