package slack

import (
	"fmt"
	"slices"
	"time"

	"github.com/ascbot/ascbot/sandbox/blockkit"
)

// Limits of views.
const (
	mostStacked  = 3
	mostViewJSON = 250_000 // bytes
	triggerLife  = 3 * time.Second
)

// views are the open modals of everybody, and the Homes.
type views struct {
	stacks map[string][]*view // by person, the visible one last
	homes  map[string]*view
	offers map[string][]any // options external selects in messages were given
}

func newViews() views { return views{map[string][]*view{}, map[string]*view{}, map[string][]any{}} }

// view is a modal or a Home.
type view struct {
	id, root, previous string
	user               string
	where              string // the conversation in which its person was when the modal opened; empty when that is not known
	kind               string // modal or home
	source             object // as the app sent it, ids and flags filled in
	blocks             []any
	hash               string
	state              state
	offered            map[string][]any  // options an external select was given, by element
	errors             map[string]string // shown at inputs, by block id
	trouble            string            // shown at the foot
}

func (v *view) text(name string) string { return str(v.source[name]) }

func (v *view) label(name string) string {
	o, _ := v.source[name].(map[string]any)
	return str(o["text"])
}

// trigger is a trigger id: one use, three seconds.
type trigger struct {
	user  string
	view  string // the modal it was made in, empty elsewhere
	where string // the conversation it was made in, empty elsewhere
	at    time.Time
	used  bool
}

// newTrigger makes a trigger id for what somebody just did. The lock is held by the caller.
func (s *Server) newTrigger(t trigger) string {
	id := fmt.Sprintf("%d.%d.%s", 1000000+s.fresh(), 48485157640, secret(16))
	t.at = time.Now()
	s.triggers[id] = &t
	return id
}

// exchange uses a trigger id up.
func (s *Server) exchange(id string) (*trigger, error) {
	t := s.triggers[id]
	switch {
	case t == nil:
		return nil, refuse("invalid_trigger_id")
	case t.used:
		return nil, refuse("exchanged_trigger_id")
	case time.Since(t.at) > triggerLife:
		return nil, refuse("expired_trigger_id")
	}
	t.used = true
	return t, nil
}

// readView checks a view as an app sends it and fills in what Slack fills in.
func (s *Server) readView(v any, kind string) (*view, error) {
	raw := encode(v)
	if len(raw) > mostViewJSON {
		return nil, refuse("view_too_large")
	}
	found := blockkit.View(raw)
	source, _ := v.(map[string]any)
	blocks, _ := source["blocks"].([]any)
	found = append(found, s.wrongImages("/blocks", blocks)...)
	found = append(found, s.forbiddenVideos("/blocks", blocks)...)
	if len(found) == 0 && source["type"] != kind {
		found = append(found, blockkit.Complaint{Message: "must be a " + kind, Pointer: "/type"})
	}
	if len(found) > 0 {
		var reasons []string
		for _, f := range blockkit.Under("/view", found) {
			reasons = append(reasons, f.String())
		}
		return nil, refuseArguments(reasons...)
	}
	fillIn(blocks)
	for _, name := range []string{"title", "submit", "close"} {
		flagTexts(source[name])
	}
	return &view{kind: kind, source: source, blocks: blocks, offered: map[string][]any{}}, nil
}

// place gives a new view its identity. The lock is held by the caller.
func (s *Server) place(v *view, user string) {
	v.id = "V0" + fmt.Sprintf("%06d", s.fresh())
	v.root, v.user = v.id, user
	v.state = stateOf(v.blocks, nil)
	v.here()
	v.hash = s.newHash()
}

// here fills selects that begin with the conversation their person is in.
func (v *view) here() {
	for _, p := range places(v.blocks) {
		if p.element["default_to_current_conversation"] != true || v.where == "" {
			continue
		}
		switch entry := v.state[p.blockID()][p.actionID()]; {
		case p.element["initial_conversation"] != nil || p.element["initial_conversations"] != nil:
		case kept[p.kind()].list:
			entry["selected_conversations"] = []any{v.where}
		default:
			entry["selected_conversation"] = v.where
		}
	}
}

func (s *Server) newHash() string {
	return fmt.Sprintf("%d.%s", s.now().Unix(), shortID()+shortID()[:3])
}

// redraw replaces what a view shows and keeps its identity, and what was entered under the same ids.
func (s *Server) redraw(old, fresh *view) {
	old.source, old.blocks = fresh.source, fresh.blocks
	old.state = stateOf(fresh.blocks, old.state)
	old.hash = s.newHash()
	old.errors, old.trouble = nil, ""
}

// push puts a modal on top of what its person has open. The lock is held by the caller.
func (s *Server) push(v *view, t trigger) error {
	user, stack := t.user, s.views.stacks[t.user]
	if len(stack) >= mostStacked {
		return refuse("push_limit_reached")
	}
	v.where = t.where
	s.place(v, user)
	if len(stack) > 0 {
		v.root, v.previous = stack[0].root, stack[len(stack)-1].id
	}
	s.views.stacks[user] = append(stack, v)
	return nil
}

// shut closes a modal and everything above it.
func (s *Server) shut(v *view) {
	stack := s.views.stacks[v.user]
	i := slices.Index(stack, v)
	if i < 0 {
		return
	}
	s.views.stacks[v.user] = slices.Clone(stack[:i])
	s.note(Entry{Kind: KindView, User: v.user, View: v.id, Text: "(closed) " + v.label("title")})
}

// modal finds an open modal by id.
func (vs *views) modal(id string) *view {
	for _, stack := range vs.stacks {
		for _, v := range stack {
			if v.id == id {
				return v
			}
		}
	}
	return nil
}

func (vs *views) home(id string) *view {
	for _, v := range vs.homes {
		if v.id == id {
			return v
		}
	}
	return nil
}

// any finds an open modal or a Home.
func (vs *views) any(id string) *view {
	if v := vs.modal(id); v != nil {
		return v
	}
	return vs.home(id)
}

// external finds a view by the id its app gave it.
func (vs *views) external(id string) *view {
	if id == "" {
		return nil
	}
	for _, stack := range vs.stacks {
		for _, v := range stack {
			if v.text("external_id") == id {
				return v
			}
		}
	}
	for _, v := range vs.homes {
		if v.text("external_id") == id {
			return v
		}
	}
	return nil
}

// viewJSON is a view as answers and payloads show it.
func viewJSON(v *view) object {
	o := object{
		"id": v.id, "team_id": TeamID, "type": v.kind, "blocks": orEmpty(v.blocks), "private_metadata": v.text("private_metadata"),
		"callback_id": v.text("callback_id"), "state": object{"values": v.state}, "hash": v.hash, "title": v.source["title"],
		"clear_on_close": v.source["clear_on_close"] == true, "notify_on_close": v.source["notify_on_close"] == true,
		"close": v.source["close"], "submit": v.source["submit"], "previous_view_id": orNull(v.previous), "root_view_id": v.root,
		"app_id": AppID, "external_id": v.text("external_id"), "app_installed_team_id": TeamID, "bot_id": BotID,
	}
	return o
}

func orEmpty(list []any) []any {
	if list == nil {
		return []any{}
	}
	return list
}

func (s *Server) noteView(v *view, what string) {
	kind, title := KindView, v.label("title")
	if v.kind == "home" {
		kind, title = KindHome, "Home"
	}
	text := title
	if body := plainBlocks(v.blocks, s.world.name, nil); body != "" {
		text += "\n" + body
	}
	s.note(Entry{Kind: kind, User: v.user, View: v.id, Method: what, Text: text, Raw: encode(viewJSON(v))})
}
