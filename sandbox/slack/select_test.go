package slack_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
)

// Typing into an external select of a message: what is offered can be chosen, and nothing else.
func TestSelectInAMessage(t *testing.T) {
	const blocks = `[{"type":"actions","block_id":"b","elements":[{"type":"external_select","action_id":"app","min_query_length":0}]}]`
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, answer, conn := w.answering()
		defer conn.Close()
		ts := w.call("chat.postMessage", "channel", "C0IOS", "text", "pick", "blocks", blocks).TS
		*answer = `{"option_groups":[{"label":{"type":"plain_text","text":"Live"},"options":[{"text":{"type":"plain_text","text":"Halo"},"value":"1"}]}]}`
		some, err := w.SuggestInMessage("ana", "C0IOS", ts, "b", "app", "")
		if err != nil || len(some.Groups) != 1 || some.Groups[0].Label != "Live" || some.All()[0].Text != "Halo" {
			t.Errorf("%+v %v", some, err)
		}
		p := <-payloads
		if p["type"] != "block_suggestion" || dig(p, "container", "message_ts") != ts || p["trigger_id"] != nil || p["response_url"] != nil || p["view"] != nil {
			t.Errorf("%v", p)
		}
		press := sandbox.Press{User: "ana", Channel: "C0IOS", TS: ts, ActionID: "app", Input: sandbox.Input{Selected: []string{"1"}}}
		if r := w.Press(press); !r.OK() {
			t.Errorf("%+v", r)
		}
		press.Selected = []string{"2"}
		if r := w.Press(press); r.Code != sandbox.NotAllowed {
			t.Errorf("what was not offered: %+v", r)
		}
		for _, bad := range []string{`{}`, `{"options":[{"text":"Halo"}]}`, `{"options":[],"option_groups":[]}`} {
			*answer = bad
			if some, err := w.SuggestInMessage("ana", "C0IOS", ts, "b", "app", "ha"); err == nil {
				t.Errorf("%s: %+v", bad, some)
			}
		}
		if _, err := w.SuggestInMessage("ana", "C0IOS", ts, "b", "none", "ha"); err == nil {
			t.Error("a select that is not there offers something")
		}
	})
}

// A select that asks for a response URL gets one for the channel that was chosen.
func TestResponseURLOfAForm(t *testing.T) {
	view := `{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"S"},"blocks":[` +
		`{"type":"input","block_id":"where","label":{"type":"plain_text","text":"L"},"element":{"type":"conversations_select","action_id":"v","response_url_enabled":true}}]}`
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		w.Command("ana", "#ios", "/asc")
		w.call("views.open", "trigger_id", (<-payloads)["trigger_id"].(string), "view", view)
		w.Submit("ana", top(w).ID, sandbox.Values{"where": {"v": {Selected: []string{"C0RANDOM"}}}})
		p := <-payloads
		to, _ := dig(p, "response_urls", "0", "response_url").(string)
		if dig(p, "response_urls", "0", "channel_id") != "C0RANDOM" || dig(p, "response_urls", "0", "block_id") != "where" || !strings.HasPrefix(to, "http") {
			t.Fatalf("%v", p["response_urls"])
		}
		if _, a := w.send("POST", to, "application/json", `{"response_type":"in_channel","text":"hello"}`); a.Error != "ok" || last(w, "ben", "C0RANDOM").Plain != "hello" {
			t.Errorf("%+v", a)
		}
	})
}

// Opening direct messages, with people and with those who cannot have one.
func TestOpeningConversations(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		for _, c := range []struct{ name, value, want string }{
			{"users", "U0ANA", ""}, {"users", "U0ANA", ""}, {"users", "", "users_list_not_supplied"}, {"users", "U0NONE", "user_not_found"},
			{"users", "U0JON", "user_not_visible"}, {"users", "U0IVY", "user_disabled"}, {"users", "U1,U2,U3,U4,U5,U6,U7,U8,U9", "too_many_users"},
			{"users", "U0ANA,U0BEN", "missing_scope"}, {"channel", "D0ANA", ""}, {"channel", "C0NONE", "channel_not_found"}, {"channel", "C0IOS", "method_not_supported_for_channel_type"},
		} {
			if a := w.call("conversations.open", c.name, c.value); a.Error != c.want {
				t.Errorf("%s %s: %+v", c.name, c.value, a)
			}
		}
		if _, err := w.Say("ana", "@asc", "hello"); err != nil {
			t.Error(err)
		}
		if a := w.call("conversations.history", "channel", "D0ANA"); len(a.Messages) != 1 || a.Messages[0].Text != "hello" {
			t.Errorf("%+v", a)
		}
	})
}

// A direct message of several people is one and the same, whoever is named first, and is found by its kind.
func TestDirectMessagesOfSeveral(t *testing.T) {
	inWorkspace(t, everything(), func(w *workspace) {
		id := w.group()
		again := w.call("conversations.open", "users", "U0BEN,U0ANA", "return_im", "true")
		if id == "" || again.Channel.ID != id || !again.Channel.IsMPIM || w.call("conversations.open", "channel", id).Channel.ID != id {
			t.Errorf("%q, and then %+v", id, again)
		}
		if other := w.call("conversations.open", "users", "U0ANA,U0CY").Channel.ID; other == id || other == "" {
			t.Errorf("other people, and %q", other)
		}
		if a := w.call("conversations.open", "users", "U0ANA,U0JON"); a.Error != "user_not_visible" {
			t.Errorf("%+v", a)
		}
		if a := w.call("conversations.list", "types", "mpim"); len(a.Channels) != 2 || a.Channels[0].ID != id {
			t.Errorf("%+v", a.Channels)
		}
		if a := w.call("chat.postMessage", "channel", id, "text", "you two"); !a.OK || last(w, "ben", id).Text != "you two" {
			t.Errorf("%+v", a)
		}
		if a := w.call("conversations.history", "channel", id); len(a.Messages) != 1 {
			t.Errorf("%+v", a)
		}
		if _, err := w.Say("cy", id, "me too"); err == nil {
			t.Error("Cy speaks where he is not")
		}
	})
}

// A select can begin with the conversation in which the form was opened, and keeps to it when it is pushed on.
func TestSelectOfThisConversation(t *testing.T) {
	const form = `{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"S"},"blocks":[
		{"type":"input","block_id":"to","label":{"type":"plain_text","text":"L"},"element":{"type":"conversations_select","action_id":"v","default_to_current_conversation":true}},
		{"type":"input","block_id":"all","label":{"type":"plain_text","text":"L"},"element":{"type":"multi_conversations_select","action_id":"v","default_to_current_conversation":true}},
		{"type":"input","block_id":"other","label":{"type":"plain_text","text":"L"},"element":{"type":"conversations_select","action_id":"v","initial_conversation":"C0SALES","default_to_current_conversation":true}},
		{"type":"actions","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"}}]}]}`
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		chosen := func(method string, p map[string]any) string {
			w.call(method, "trigger_id", p["trigger_id"].(string), "view", form)
			var state map[string]map[string]map[string]any
			json.Unmarshal(top(w).State, &state)
			return fmt.Sprintf("%v %v %v", state["to"]["v"]["selected_conversation"], state["all"]["v"]["selected_conversations"], state["other"]["v"]["selected_conversation"])
		}
		w.Command("ana", "#ios", "/asc")
		if got := chosen("views.open", <-payloads); got != "C0IOS [C0IOS] C0SALES" {
			t.Errorf("chosen are %s", got)
		}
		w.Press(sandbox.Press{User: "ana", View: top(w).ID, ActionID: "go"})
		if got := chosen("views.push", <-payloads); got != "C0IOS [C0IOS] C0SALES" {
			t.Errorf("pushed, chosen are %s", got)
		}
		w.Shortcut("ana", "ask")
		if got := chosen("views.open", <-payloads); got != "<nil> [] C0SALES" {
			t.Errorf("nowhere, chosen are %s", got)
		}
	})
}
