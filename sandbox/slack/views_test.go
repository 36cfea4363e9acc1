package slack_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
	"github.com/gorilla/websocket"
)

// modal is a view with one input and a button that makes trigger ids.
func modal(title, block, more string) string {
	return `{"type":"modal","title":{"type":"plain_text","text":"` + title + `"},"submit":{"type":"plain_text","text":"S"}` + more + `,"blocks":[` +
		`{"type":"input","block_id":"` + block + `","optional":true,"label":{"type":"plain_text","text":"L"},"element":{"type":"plain_text_input","action_id":"v"}},` +
		`{"type":"actions","block_id":"b","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"}}]}]}`
}

// answering is a connection whose acknowledgements carry what answer holds, once each.
func (w *workspace) answering() (payloads <-chan map[string]any, answer *string, conn *websocket.Conn) {
	conn = w.dialLink()
	all, answer := make(chan map[string]any, 100), new(string)
	go func() {
		for {
			var f struct {
				EnvelopeID string `json:"envelope_id"`
				Payload    map[string]any
			}
			if conn.ReadJSON(&f) != nil {
				return
			}
			if f.EnvelopeID == "" {
				continue
			}
			ack := map[string]any{"envelope_id": f.EnvelopeID}
			if *answer != "" {
				ack["payload"] = json.RawMessage(*answer)
				*answer = ""
			}
			all <- f.Payload
			conn.WriteJSON(ack)
		}
	}()
	synctest.Wait()
	return all, answer, conn
}

func titles(w *workspace) string {
	var all []string
	for _, v := range w.Snapshot("ana").Views {
		all = append(all, v.Title)
	}
	return strings.Join(all, " ")
}

func top(w *workspace) sandbox.View {
	all := w.Snapshot("ana").Views
	return all[len(all)-1]
}

// Each answer to a submission, on a stack of two.
func TestAnswersToSubmissions(t *testing.T) {
	for name, c := range map[string]struct{ answer, stack, wrong string }{
		"empty":             {``, "one", ""},
		"an empty string":   {`""`, "one", ""},
		"a text":            {`{"text":""}`, "one", ""},
		"clear":             {`{"response_action":"clear"}`, "", ""},
		"update":            {`{"response_action":"update","view":` + modal("new", "x", "") + `}`, "one new", ""},
		"push":              {`{"response_action":"push","view":` + modal("three", "x", "") + `}`, "one two three", ""},
		"errors":            {`{"response_action":"errors","errors":{"in":"no"}}`, "one two", "no"},
		"errors at buttons": {`{"response_action":"errors","errors":{"b":"no"}}`, "one two", ""},
	} {
		t.Run(name, func(t *testing.T) {
			inWorkspace(t, sandbox.Options{}, func(w *workspace) {
				payloads, answer, conn := w.answering()
				defer conn.Close()
				w.Command("ana", "#ios", "/asc")
				w.call("views.open", "trigger_id", (<-payloads)["trigger_id"].(string), "view", modal("one", "in", ""))
				w.Press(sandbox.Press{User: "ana", View: top(w).ID, ActionID: "go"})
				w.call("views.push", "trigger_id", (<-payloads)["trigger_id"].(string), "view", modal("two", "in", `,"clear_on_close":true`))
				*answer = c.answer
				r := w.Submit("ana", top(w).ID, sandbox.Values{"in": {"v": {Value: "typed"}}})
				if bad := name == "errors at buttons"; (r.Code == sandbox.BadResponse) != bad || r.Errors["in"] != c.wrong || titles(w) != c.stack {
					t.Errorf("%+v, and the stack is %q", r, titles(w))
				}
				p := <-payloads
				if dig(p, "view", "state", "values", "in", "v", "value") != "typed" || dig(p, "view", "root_view_id") != dig(p, "view", "previous_view_id") {
					t.Errorf("%v", p["view"])
				}
			})
		})
	}
}

// What was typed stays as long as block and action keep their ids, and goes when one changes.
func TestStateIsKeptByItsIDs(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, _, conn := w.answering()
		defer conn.Close()
		w.Command("ana", "#ios", "/asc")
		w.call("views.open", "trigger_id", (<-payloads)["trigger_id"].(string), "view", modal("one", "in", `,"external_id":"mine"`))
		view := top(w)
		w.Fill("ana", view.ID, sandbox.Values{"in": {"v": {Value: "typed"}}})
		if a := w.call("views.update", "external_id", "mine", "hash", view.Hash, "view", modal("again", "in", "")); !a.OK {
			t.Fatalf("%+v", a)
		}
		if s := string(top(w).State); !strings.Contains(s, "typed") || top(w).Hash == view.Hash || top(w).ID != view.ID {
			t.Errorf("the state is %s", s)
		}
		if a := w.call("views.update", "view_id", view.ID, "hash", view.Hash, "view", modal("stale", "in", "")); a.Error != "hash_conflict" {
			t.Errorf("%+v", a)
		}
		if w.call("views.update", "view_id", view.ID, "view", modal("other", "out", "")); strings.Contains(string(top(w).State), "typed") {
			t.Errorf("another block, and still %s", top(w).State)
		}
		w.Fill("ana", view.ID, sandbox.Values{"out": {"v": {Value: "3"}}})
		number := strings.Replace(modal("number", "out", ""), `"plain_text_input"`, `"number_input","is_decimal_allowed":true`, 1)
		if w.call("views.update", "view_id", view.ID, "view", number); !strings.Contains(string(top(w).State), `"value":null`) {
			t.Errorf("an element of another type, and still %s", top(w).State)
		}
		if a := w.call("views.update", "external_id", "mine", "view", modal("x", "in", "")); a.Error != "not_found" {
			t.Errorf("the external id is gone: %+v", a)
		}
		if a := w.call("views.update", "view_id", view.ID, "view", modal("x", "in", `,"submit_disabled":true`)); a.Error != "invalid_arguments" {
			t.Errorf("%+v", a)
		}
		if r := w.Press(sandbox.Press{User: "ana", View: view.ID, ActionID: "v", Input: sandbox.Input{Value: "3"}}); r.Code != sandbox.NotAllowed {
			t.Errorf("an input without dispatch_action: %+v", r)
		}
		if r := w.Dismiss("ana", view.ID); r.Envelope != "" {
			t.Errorf("an app that did not ask heard of the end: %+v", r)
		}
		if a := w.call("views.update", "view_id", view.ID, "view", modal("x", "in", "")); a.Error != "not_found" {
			t.Errorf("a closed view: %+v", a)
		}
	})
}

// Only the view on top can be used; one that clears on close takes all below it along.
func TestCoveredViews(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, _, conn := w.answering()
		defer conn.Close()
		w.Command("ana", "#ios", "/asc")
		w.call("views.open", "trigger_id", (<-payloads)["trigger_id"].(string), "view", modal("one", "in", ""))
		below := top(w).ID
		press := sandbox.Press{User: "ana", View: below, ActionID: "go"}
		w.Press(press)
		w.call("views.push", "trigger_id", (<-payloads)["trigger_id"].(string), "view", modal("two", "in", `,"clear_on_close":true,"notify_on_close":true`))
		for what, r := range map[string]sandbox.Reply{"pressed": w.Press(press), "submitted": w.Submit("ana", below, nil), "closed": w.Dismiss("ana", below)} {
			if r.Code != sandbox.NotAllowed {
				t.Errorf("%s a covered view: %+v", what, r)
			}
		}
		if err := w.Fill("ana", below, nil); err == nil {
			t.Error("filled in a covered view")
		}
		w.Dismiss("ana", top(w).ID)
		if p := <-payloads; p["type"] != "view_closed" || p["is_cleared"] != true || titles(w) != "" || dig(p, "view", "state", "values", "in") != nil {
			t.Errorf("%v, and the stack is %q", p["type"], titles(w))
		}
	})
}

// An acknowledgement counts in one piece only, once, in time, and carries an answer where one is wanted.
func TestAcknowledgements(t *testing.T) {
	text := func(n int) string { return strings.Repeat("x", n) }
	for name, c := range map[string]struct {
		ack  func(id string) string
		code string
		note string
	}{
		"too large":     {func(id string) string { return padded(`{"envelope_id":"`+id+`","payload":{"text":"`, `"}}`, 20_480) }, sandbox.Timeout, "frame_too_long"},
		"largest":       {func(id string) string { return padded(`{"envelope_id":"`+id+`","payload":{"text":"`, `"}}`, 20_479) }, "", ""},
		"in pieces":     {func(id string) string { return `{"envelope_id":"` + id + `","payload":{"text":"` + text(5000) + `"}}` }, sandbox.Timeout, "split_frame"},
		"no id":         {func(string) string { return `{}` }, sandbox.Timeout, "bad_frame"},
		"no json":       {func(string) string { return `ok` }, sandbox.Timeout, "bad_frame"},
		"unknown id":    {func(string) string { return `{"envelope_id":"x"}` }, sandbox.Timeout, "unknown_envelope"},
		"nonsense":      {func(id string) string { return `{"envelope_id":"` + id + `","payload":{"blocks":[{}]}}` }, sandbox.BadResponse, "invalid_blocks"},
		"a bare string": {func(id string) string { return `{"envelope_id":"` + id + `","payload":"hello"}` }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			inWorkspace(t, sandbox.Options{}, func(w *workspace) {
				size := 32 << 10
				if name == "in pieces" {
					size = 4 << 10
				}
				conn := w.dialBuffered(size)
				defer conn.Close()
				go func() {
					for f := range w.frames(conn) {
						conn.WriteMessage(websocket.TextMessage, []byte(c.ack(f.EnvelopeID)))
					}
				}()
				synctest.Wait()
				r := w.Command("ana", "#ios", "/asc")
				noted := ""
				for _, e := range w.Journal(0) {
					if e.Error != "" && e.Error != sandbox.Timeout && e.Error != "bad_ticket" { // dialling tries a ticket twice
						noted = e.Error
					}
				}
				if r.Code != c.code || noted != c.note {
					t.Errorf("%+v, noted %q", r, noted)
				}
			})
		})
	}
}

func padded(before, after string, size int) string {
	return before + strings.Repeat("x", size-len(before)-len(after)) + after
}

// A payload where none is wanted, and an acknowledgement that comes too late, are noted and change nothing.
func TestUselessAcknowledgements(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		_, answer, conn := w.answering()
		defer conn.Close()
		*answer = `{"text":"thanks"}`
		if r := w.Shortcut("ana", "ask"); !r.OK() {
			t.Errorf("%+v", r)
		}
		slow := w.listen(true)
		defer slow.conn.Close()
		var late sandbox.Reply
		for late.Code == "" {
			late = w.Command("ana", "#ios", "/asc")
		}
		for range 2 {
			slow.conn.WriteJSON(map[string]any{"envelope_id": late.Envelope, "payload": map[string]any{"text": "sorry"}})
		}
		synctest.Wait()
		noted := map[string]int{}
		for _, e := range w.Journal(0) {
			noted[e.Error]++
		}
		if noted["payload_not_accepted"] != 1 || noted["late"] != 1 || noted["again"] != 1 || len(inIOS(w)) != 0 {
			t.Errorf("noted %v, and there are %d messages", noted, len(inIOS(w)))
		}
	})
}

// Buttons and selects inside the younger blocks are pressed as those at the top are.
func TestPressesInsideBlocks(t *testing.T) {
	button := func(id string) string {
		return `{"type":"button","action_id":"` + id + `","value":"` + id + `","text":{"type":"plain_text","text":"` + id + `"}}`
	}
	cell := func(s string) string { return `[{"type":"raw_text","text":"` + s + `"}]` }
	blocks := `[{"type":"card","title":{"type":"mrkdwn","text":"Halo"},"actions":[` + button("card") + `]},
		{"type":"carousel","elements":[{"type":"card","actions":[` + button("carousel") + `]}]},
		{"type":"container","title":{"type":"plain_text","text":"t"},"child_blocks":[{"type":"actions","elements":[` + button("container") + `]}]},
		{"type":"layout","label":"l","rows":[{"items":[{"block":{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":` + button("layout") + `}}]}]},
		{"type":"data_table","caption":"c","rows":[` + cell("App") + `,[{"type":"action_cell","element":` + button("table") + `}]]},
		{"type":"context_actions","elements":[{"type":"icon_button","action_id":"icon","icon":"trash","value":"icon","visible_to_user_ids":["U0ANA"],"text":{"type":"plain_text","text":"x"}},
			{"type":"feedback_buttons","action_id":"feedback","positive_button":{"text":{"type":"plain_text","text":"+"},"value":"feedback"},"negative_button":{"text":{"type":"plain_text","text":"-"},"value":"down"}}]}]`
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		a := w.call("chat.postMessage", "channel", "C0IOS", "text", "x", "blocks", blocks)
		if !a.OK {
			t.Fatalf("%+v", a)
		}
		for _, id := range []string{"card", "carousel", "container", "layout", "table", "icon", "feedback"} {
			press := sandbox.Press{User: "ana", Channel: "C0IOS", TS: a.TS, ActionID: id}
			if id == "feedback" {
				press.Selected = []string{"feedback"}
			}
			if r := w.Press(press); !r.OK() {
				t.Errorf("%s: %+v", id, r)
				continue
			}
			if p := <-payloads; dig(p, "actions", "0", "value") != id || dig(p, "actions", "0", "block_id") == "" {
				t.Errorf("%s: %v", id, p["actions"])
			}
		}
		if r := w.Press(sandbox.Press{User: "ben", Channel: "C0IOS", TS: a.TS, ActionID: "icon"}); r.Code != sandbox.NotAllowed {
			t.Errorf("ben pressed a button he does not see: %+v", r)
		}
		want := "Halo\n[card]\n[carousel]\nt\n[container]\nx [layout]\nc\nApp\n[table]\n[x] [+] [-]"
		if got := last(w, "ana", "C0IOS").Plain; got != want {
			t.Errorf("it reads %q", got)
		}
	})
}

// A response in a thread, and one that cannot change who sees the message.
func TestResponsesInThreads(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		card := w.call("chat.postMessage", "channel", "C0IOS", "text", "card", "blocks", `[{"type":"actions","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"}}]}]`).TS
		w.Press(sandbox.Press{User: "ana", Channel: "C0IOS", TS: card, ActionID: "go"})
		to := (<-payloads)["response_url"].(string)
		respond := func(body string) string { _, a := w.send("POST", to, "application/json", body); return a.Error }
		if got := respond(`{"response_type":"in_channel","text":"done","thread_ts":"` + card + `"}`); got != "ok" || last(w, "ben", "C0IOS").ThreadTS != card {
			t.Errorf("%s", got)
		}
		if got := respond(`{"response_type":"in_channel","text":"done","thread_ts":"1.000000"}`); got != "cannot_reply_to_message" {
			t.Errorf("%s", got)
		}
		if got := respond(`{"replace_original":true,"response_type":"ephemeral","text":"for all"}`); got != "ok" || inIOS(w)[0].Ephemeral || inIOS(w)[0].Plain != "for all" {
			t.Errorf("%s %+v", got, inIOS(w)[0])
		}
		if got := respond(`{"delete_original":true}`); got != "ok" || len(w.Snapshot("ben").Channels) == 0 {
			t.Errorf("%s", got)
		}
		if got := respond(`{"replace_original":true,"text":"x"}`); got != "message_not_found" {
			t.Errorf("%s", got)
		}
	})
}

// The hello says which app it is for and how long it will last.
func TestHello(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		a, b := w.listen(false), w.listen(false)
		defer a.conn.Close()
		defer b.conn.Close()
		for i, e := range []*ear{a, b} {
			hello := e.heard()[0]
			if hello["type"] != "hello" || hello["num_connections"] != float64(i+1) || dig(hello, "connection_info", "app_id") != sandbox.AppID ||
				dig(hello, "debug_info", "approximate_connection_time") == nil {
				t.Errorf("%v", hello)
			}
		}
		time.Sleep(6 * time.Hour) // longer than any connection lasts
		synctest.Wait()
		if a.got("refresh_requested", "reason") != 1 || !a.ended() || w.Connections() != 0 {
			t.Errorf("after six hours: %s", fmt.Sprint(a.heard()))
		}
	})
}

// Without the scope for them, commands are unknown and messages are not heard of.
func TestEventsNeedScopes(t *testing.T) {
	for _, scopes := range [][]string{{"chat:write"}, {"chat:write", "commands", "channels:history"}} {
		inWorkspace(t, sandbox.Options{Scopes: scopes, Events: []string{"message.channels"}}, func(w *workspace) {
			e := w.listen(false)
			defer e.conn.Close()
			may := len(scopes) > 1
			if r := w.Command("ana", "#ios", "/asc"); r.OK() != may {
				t.Errorf("%v: %+v", scopes, r)
			}
			w.Say("ana", "#ios", "hello")
			if heard := e.got("message", "payload", "event", "type"); (heard == 1) != may {
				t.Errorf("%v: heard of %d messages", scopes, heard)
			}
		})
	}
}
