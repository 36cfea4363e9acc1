package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ascbot/ascbot/sandbox/blockkit"
)

// ownView finds a view of a person who can act: their Home, or the modal they see. The lock is held by the caller.
func (s *Server) ownView(user, viewID string) (*Person, *view, error) {
	p, err := s.actor(user)
	if err != nil {
		return nil, nil, err
	}
	v := s.views.any(viewID)
	if v == nil || v.user != p.ID {
		return nil, nil, fmt.Errorf("%s has no view %s open", p.RealName, viewID)
	}
	if stack := s.views.stacks[p.ID]; v.kind == "modal" && stack[len(stack)-1] != v {
		return nil, nil, fmt.Errorf("view %s is covered by another", viewID)
	}
	return p, v, nil
}

// Fill enters values into a view without sending anything.
func (s *Server) Fill(user, viewID string, values Values) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, v, err := s.ownView(user, viewID)
	if err != nil {
		return err
	}
	if err := s.attached(p, values); err != nil {
		return err
	}
	return v.state.fill(v.blocks, values, v.offered)
}

// Submit fills in the visible modal and presses its submit button. What Slack's client checks by itself
// (required inputs, addresses, lengths) comes back in Errors without anything being sent.
func (s *Server) Submit(user, viewID string, values Values) Reply {
	s.mu.Lock()
	p, v, payload, refused := s.submission(user, viewID, values)
	if refused != nil {
		s.mu.Unlock()
		return *refused
	}
	hooks := s.viewHooks(p, v)
	s.mu.Unlock()

	a := s.ask(envelope{kind: "interactive", what: "submitted " + v.label("title"), accepts: true, user: p.ID, payload: func(base string) object {
		urls := []any{}
		for _, h := range hooks {
			h["response_url"] = base + str(h["response_url"])
			urls = append(urls, h)
		}
		payload["response_urls"] = urls
		return payload
	}})
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settle(v, a)
}

func (s *Server) submission(user, viewID string, values Values) (*Person, *view, object, *Reply) {
	p, v, err := s.ownView(user, viewID)
	if err != nil {
		return nil, nil, nil, new(no("%v", err))
	}
	if v.kind != "modal" || v.source["submit"] == nil {
		return nil, nil, nil, new(no("that view has no submit button"))
	}
	if err := s.attached(p, values); err != nil {
		return nil, nil, nil, new(no("%v", err))
	}
	if err := v.state.fill(v.blocks, values, v.offered); err != nil {
		return nil, nil, nil, new(no("%v", err))
	}
	v.trouble = ""
	v.errors = complaints(v.blocks, v.state)
	maps.Copy(v.errors, s.fileComplaints(v))
	if len(v.errors) > 0 {
		return nil, nil, nil, &Reply{Errors: v.errors}
	}
	s.give(v)
	payload := shell("view_submission", p)
	payload["trigger_id"], payload["view"] = s.newTrigger(trigger{user: p.ID, view: v.id, where: v.where}), reencode(viewJSON(v))
	return p, v, payload, nil
}

// viewHooks makes a response URL for each select that asks for one; response_url holds the path.
func (s *Server) viewHooks(p *Person, v *view) (hooks []object) {
	for _, pl := range places(v.blocks) {
		f := kept[pl.kind()]
		if !pl.isInput() || pl.element["response_url_enabled"] != true {
			continue
		}
		if c := s.world.channel(str(v.state[pl.blockID()][pl.actionID()][f.value])); c != nil {
			path := s.newHook("app", &hook{user: p.ID, channel: c})
			hooks = append(hooks, object{"block_id": pl.blockID(), "action_id": pl.actionID(), "channel_id": c.id, "response_url": path})
		}
	}
	return hooks
}

// settle does what the acknowledgement of a submission asks for. The lock is held.
func (s *Server) settle(v *view, a answer) Reply {
	r := Reply{Took: a.took, Envelope: a.envelope, Code: a.code}
	if a.code == "" {
		fields, err := s.react(v, a.payload)
		if err == nil {
			r.Errors = fields
			return r
		}
		r.Code = BadResponse
		s.note(Entry{Kind: KindError, User: v.user, View: v.id, Envelope: a.envelope, Error: err.Error(), Why: reasons(err), Text: "Slack did not take the answer to the submission of " + v.label("title")})
	}
	v.trouble, r.Error = TroubleConnecting, TroubleConnecting
	return r
}

// react takes the payload of an acknowledgement; fields are errors to show at inputs.
func (s *Server) react(v *view, payload json.RawMessage) (fields map[string]string, err error) {
	var answer struct {
		Action string            `json:"response_action"`
		View   json.RawMessage   `json:"view"`
		Errors map[string]string `json:"errors"`
	}
	if !emptyPayload(payload) {
		if err := json.Unmarshal(payload, &answer); err != nil {
			return nil, errors.New("the payload is not what a submission can be answered with")
		}
	}
	switch answer.Action {
	case "":
		s.shut(v)
	case "clear":
		if stack := s.views.stacks[v.user]; len(stack) > 0 {
			s.shut(stack[0])
		}
	case "errors":
		return answer.Errors, s.mark(v, answer.Errors)
	case "update", "push":
		return nil, s.follow(v, answer.Action, answer.View)
	default:
		return nil, fmt.Errorf("there is no response_action %q", answer.Action)
	}
	return nil, nil
}

// mark shows errors at inputs; Slack takes only block ids of input blocks.
func (s *Server) mark(v *view, found map[string]string) error {
	if len(found) == 0 {
		return errors.New("response_action errors without errors")
	}
	for id := range found {
		if !slices.ContainsFunc(places(v.blocks), func(p place) bool { return p.isInput() && p.blockID() == id }) {
			return fmt.Errorf("errors name %q, which is no block_id of an input block", id)
		}
	}
	v.errors = found
	s.note(Entry{Kind: KindView, User: v.user, View: v.id, Method: "errors", Text: v.label("title") + ": " + joined(found), Raw: encode(found)})
	return nil
}

func joined(found map[string]string) string {
	var all []string
	for id, why := range found {
		all = append(all, id+": "+why)
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// follow replaces the view, or puts another on top.
func (s *Server) follow(v *view, action string, raw json.RawMessage) error {
	decoded, err := decodeJSON(raw)
	if err != nil {
		return fmt.Errorf("response_action %s without a view", action)
	}
	fresh, err := s.readView(decoded, "modal")
	if err != nil {
		return err
	}
	if other := s.views.external(fresh.text("external_id")); other != nil && (other != v || action == "push") {
		return refuse("duplicate_external_id")
	}
	if s.views.modal(v.id) == nil {
		return refuse("not_found")
	}
	if action == "push" {
		if err := s.push(fresh, trigger{user: v.user, where: v.where}); err != nil {
			return err
		}
		s.noteView(fresh, "push")
		return nil
	}
	s.redraw(v, fresh)
	s.noteView(v, "update")
	return nil
}

// Dismiss presses Cancel on a modal. The one below shows again.
func (s *Server) Dismiss(user, viewID string) Reply {
	s.mu.Lock()
	p, v, err := s.ownView(user, viewID)
	if err != nil || v.kind != "modal" {
		s.mu.Unlock()
		return no("%s has no modal %s open", user, viewID)
	}
	return s.close(p, v, v.source["clear_on_close"] == true)
}

// DismissAll presses the X of a stack of modals.
func (s *Server) DismissAll(user string) Reply {
	s.mu.Lock()
	p, err := s.actor(user)
	if err != nil || len(s.views.stacks[p.ID]) == 0 {
		s.mu.Unlock()
		return no("%s has no modal open", user)
	}
	return s.close(p, s.views.stacks[p.ID][0], true)
}

// close ends the view and tells an app that asked to hear of it. It takes the lock held and releases it.
func (s *Server) close(p *Person, v *view, all bool) Reply {
	payload := shell("view_closed", p)
	shown := viewJSON(v)
	shown["state"] = object{"values": object{}} // a view that was closed tells nothing of what was entered
	payload["view"], payload["is_cleared"] = reencode(shown), all
	if all {
		s.shut(s.views.stacks[p.ID][0])
	} else {
		s.shut(v)
	}
	s.mu.Unlock()
	if v.source["notify_on_close"] != true {
		return Reply{}
	}
	a := s.ask(envelope{kind: "interactive", what: "closed " + v.label("title"), user: p.ID, payload: func(string) object { return payload }})
	return Reply{Took: a.took, Envelope: a.envelope} // the person sees nothing of a failure
}

// Suggest types into an external select of a view and returns what it offers. Fewer characters than the
// select wants send nothing and offer nothing.
func (s *Server) Suggest(user, viewID, blockID, actionID, query string) (Suggestions, error) {
	s.mu.Lock()
	p, v, err := s.ownView(user, viewID)
	if err != nil {
		s.mu.Unlock()
		return Suggestions{}, err
	}
	pl, found := locate(v.blocks, blockID, actionID)
	payload := shell("block_suggestion", p)
	payload["container"] = object{"type": "view", "view_id": v.id}
	payload["view"] = reencode(viewJSON(v))
	s.mu.Unlock()
	if !found {
		return Suggestions{}, fmt.Errorf("there is no %s in that view", actionID)
	}
	return s.suggest(p, "", pl, query, payload, func(offered []any) { v.offered[offerKey(pl)] = append(v.offered[offerKey(pl)], offered...) })
}

// SuggestInMessage types into an external select of a message.
func (s *Server) SuggestInMessage(user, channel, ts, blockID, actionID, query string) (Suggestions, error) {
	s.mu.Lock()
	p, c, err := s.actorIn(user, channel)
	if err != nil {
		s.mu.Unlock()
		return Suggestions{}, err
	}
	m := c.find(ts)
	if m == nil || !m.seenBy(p.ID) {
		s.mu.Unlock()
		return Suggestions{}, fmt.Errorf("%s sees no message %s in %s", p.RealName, ts, channel)
	}
	pl, found := locate(version{blocks: m.blocks, attachments: m.attachments}.everyBlock(), blockID, actionID)
	payload := shell("block_suggestion", p)
	payload["container"] = object{"type": "message", "message_ts": m.ts, "channel_id": c.id, "is_ephemeral": m.onlyFor != ""}
	payload["channel"], payload["message"] = object{"id": c.id, "name": payloadName(c)}, reencode(s.messageJSON(m))
	s.mu.Unlock()
	if !found {
		return Suggestions{}, fmt.Errorf("there is no %s in that message", actionID)
	}
	key := channel + ts + p.ID + offerKey(pl)
	return s.suggest(p, c.id, pl, query, payload, func(offered []any) { s.views.offers[key] = append(s.views.offers[key], offered...) })
}

func (s *Server) suggest(p *Person, channel string, pl place, query string, payload object, keep func([]any)) (Suggestions, error) {
	if !strings.HasSuffix(pl.kind(), "external_select") {
		return Suggestions{}, fmt.Errorf("a %s does not ask the app for options", pl.kind())
	}
	least := 3
	if n, ok := wholeOf(pl.element["min_query_length"]); ok {
		least = n
	}
	if utf8.RuneCountInString(query) < least {
		return Suggestions{}, nil
	}
	payload["block_id"], payload["action_id"], payload["value"] = pl.blockID(), pl.actionID(), query
	a := s.ask(envelope{kind: "interactive", what: fmt.Sprintf("typed %q into %s", query, pl.actionID()), accepts: true, user: p.ID, channel: channel, payload: func(string) object { return payload }})
	if a.code != "" {
		return Suggestions{}, fmt.Errorf("no options came: %s", a.code)
	}
	offered, err := readOffer(a.payload)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.note(Entry{Kind: KindError, User: p.ID, Envelope: a.envelope, Error: err.Error(), Why: reasons(err), Text: "Slack did not take the options for " + pl.actionID()})
		return Suggestions{}, fmt.Errorf("no options came: %w", err)
	}
	keep(offered.raw)
	return offered.Suggestions, nil
}

type offer struct {
	Suggestions
	raw []any
}

// readOffer checks options as the app offers them.
func readOffer(payload json.RawMessage) (offer, error) {
	if found := blockkit.Options(payload); len(found) > 0 {
		return offer{}, errors.New(found[0].String())
	}
	v, err := decodeJSON(payload)
	if err != nil {
		return offer{}, err
	}
	flagTexts(v)
	o, _ := v.(map[string]any)
	var out offer
	if list, ok := o["options"].([]any); ok {
		out.Options, out.raw = optionLines(list), list
	}
	groups, _ := o["option_groups"].([]any)
	for _, g := range groups {
		group, _ := g.(map[string]any)
		list, _ := group["options"].([]any)
		label, _ := group["label"].(map[string]any)
		out.Groups = append(out.Groups, OptionGroup{Label: str(label["text"]), Options: optionLines(list)})
		out.raw = append(out.raw, list...)
	}
	return out, nil
}

func optionLines(list []any) (lines []Option) {
	for _, one := range list {
		o, _ := one.(map[string]any)
		text, _ := o["text"].(map[string]any)
		about, _ := o["description"].(map[string]any)
		lines = append(lines, Option{Text: str(text["text"]), Value: str(o["value"]), Description: str(about["text"])})
	}
	return lines
}
