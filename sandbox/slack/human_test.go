package slack_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
	"github.com/gorilla/websocket"
)

// raw is a connection that acknowledges everything and keeps what came.
func (w *workspace) raw() (payloads <-chan map[string]any, conn *websocket.Conn) {
	conn = w.dialLink()
	all := make(chan map[string]any, 100)
	go func() {
		defer close(all)
		for {
			var f struct {
				EnvelopeID string `json:"envelope_id"`
				Payload    map[string]any
			}
			if conn.ReadJSON(&f) != nil {
				return
			}
			if f.EnvelopeID != "" {
				all <- f.Payload
				conn.WriteJSON(map[string]string{"envelope_id": f.EnvelopeID})
			}
		}
	}()
	synctest.Wait()
	return all, conn
}

// dig walks into decoded JSON.
func dig(v any, path ...string) any {
	for _, step := range path {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			v = in[0]
		default:
			return nil
		}
	}
	return v
}

func TestPressesCarryWhatWasChosen(t *testing.T) {
	const opts = `[{"text":{"type":"plain_text","text":"A"},"value":"a"},{"text":{"type":"plain_text","text":"B"},"value":"b"}]`
	const blocks = `[{"type":"actions","block_id":"b","elements":[
		{"type":"static_select","action_id":"select","options":` + opts + `},
		{"type":"multi_static_select","action_id":"multi","options":` + opts + `},
		{"type":"overflow","action_id":"more","options":` + opts + `},
		{"type":"datepicker","action_id":"date","initial_date":"2026-01-01"},
		{"type":"users_select","action_id":"who"}]}]`
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		w.call("chat.postMessage", "channel", "C0SALES", "text", "pick", "blocks", blocks)
		ts := last(w, "ana", "C0SALES").TS
		for _, c := range []struct {
			action string
			in     sandbox.Input
			field  []string
			want   any
		}{
			{"select", sandbox.Input{Selected: []string{"b"}}, []string{"selected_option", "text", "text"}, "B"},
			{"multi", sandbox.Input{Selected: []string{"a", "b"}}, []string{"selected_options", "0", "value"}, "a"},
			{"more", sandbox.Input{Selected: []string{"a"}}, []string{"selected_option", "value"}, "a"},
			{"date", sandbox.Input{Value: "2026-02-03"}, []string{"selected_date"}, "2026-02-03"},
			{"who", sandbox.Input{Selected: []string{"U0CY"}}, []string{"selected_user"}, "U0CY"},
		} {
			if r := w.Press(sandbox.Press{User: "ana", Channel: "#sales", TS: ts, ActionID: c.action, Input: c.in}); !r.OK() {
				t.Fatalf("%s: %+v", c.action, r)
			}
			p := <-payloads
			if got := dig(p, append([]string{"actions", "0"}, c.field...)...); got != c.want {
				t.Errorf("%s: actions hold %v", c.action, got)
			}
			if c.action != "more" && dig(p, append([]string{"state", "values", "b", c.action}, c.field...)...) != c.want {
				t.Errorf("%s: the state holds %v", c.action, dig(p, "state", "values", "b", c.action))
			}
			if dig(p, "channel", "name") != "privategroup" || dig(p, "container", "message_ts") != ts || dig(p, "message", "user") != sandbox.BotUser {
				t.Errorf("%s: %v", c.action, p)
			}
		}
		for _, x := range []sandbox.Press{
			{User: "ana", Channel: "#sales", TS: ts, ActionID: "select", Input: sandbox.Input{Selected: []string{"z"}}},
			{User: "ana", Channel: "#sales", TS: ts, ActionID: "nothing"},
			{User: "ben", Channel: "#sales", TS: ts, ActionID: "who"},
			{User: "ivy", Channel: "#sales", TS: ts, ActionID: "who"},
		} {
			if r := w.Press(x); r.Code != sandbox.NotAllowed || r.Envelope != "" {
				t.Errorf("%+v: %+v", x, r)
			}
		}
	})
}

// An ephemeral message is seen, pressed and replaced by one person only, and by no Web API method.
func TestEphemeral(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		a := w.call("chat.postEphemeral", "channel", "C0IOS", "user", "U0ANA", "text", "psst", "blocks",
			`[{"type":"actions","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"}}]}]`)
		if m := last(w, "ana", "C0IOS"); !m.Ephemeral || m.TS != a.MessageTS || m.Plain != "[Go]" {
			t.Errorf("%+v", m)
		}
		for _, c := range w.Snapshot("ben").Channels {
			if len(c.Messages) > 0 {
				t.Errorf("ben sees %+v", c.Messages)
			}
		}
		if b := w.call("chat.update", "channel", "C0IOS", "ts", a.MessageTS, "text", "x"); b.Error != "message_not_found" {
			t.Errorf("%+v", b)
		}
		if r := w.Press(sandbox.Press{User: "ben", Channel: "C0IOS", TS: a.MessageTS, ActionID: "go"}); r.Code != sandbox.NotAllowed {
			t.Errorf("ben pressed it: %+v", r)
		}
		w.Press(sandbox.Press{User: "ana", Channel: "C0IOS", TS: a.MessageTS, ActionID: "go"})
		p := <-payloads
		if dig(p, "container", "is_ephemeral") != true || p["message"] != nil {
			t.Errorf("%v", p)
		}
		w.send("POST", p["response_url"].(string), "application/json", `{"delete_original":true}`)
		if shot := w.Snapshot("ana"); slices.ContainsFunc(shot.Channels, func(c sandbox.Channel) bool { return len(c.Messages) > 0 }) {
			t.Error("it is still there")
		}
		stale := sandbox.Press{User: "ana", Channel: "C0IOS", TS: a.MessageTS, ActionID: "go", Revision: sandbox.AnyRevision}
		if r := w.Press(stale); !r.OK() {
			t.Errorf("a screen that has not caught up: %+v", r)
		}
		conn.Close()
		synctest.Wait()
		if r := w.Press(stale); r.Code != sandbox.NoListener || r.Error != sandbox.WarningTriangle {
			t.Errorf("without a listener: %+v", r)
		}
	})
}

func TestHomeAndShortcuts(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		w.OpenHome("ana")
		if p := <-payloads; dig(p, "event", "type") != "app_home_opened" || dig(p, "event", "view") != nil || dig(p, "event", "channel") != "D0ANA" {
			t.Errorf("%v", p)
		}
		home := `{"type":"home","blocks":[{"type":"section","block_id":"s","text":{"type":"mrkdwn","text":"hello"},"accessory":{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"},"value":"v"}}]}`
		if a := w.call("views.publish", "user_id", "U0ANA", "view", home); !a.OK {
			t.Fatalf("%+v", a)
		}
		if a := w.call("views.publish", "user_id", "U0ANA", "view", home, "hash", "1.old"); a.Error != "hash_conflict" {
			t.Errorf("%+v", a)
		}
		shown := w.Snapshot("ana").Home
		if shown.Plain != "hello [Go]" || w.Snapshot("ben").Home != nil {
			t.Errorf("%+v", shown)
		}
		if r := w.Press(sandbox.Press{User: "ana", View: shown.ID, ActionID: "go"}); !r.OK() {
			t.Errorf("%+v", r)
		}
		if p := <-payloads; dig(p, "container", "view_id") != shown.ID || dig(p, "view", "hash") != shown.Hash || p["response_url"] != nil || dig(p, "actions", "0", "value") != "v" {
			t.Errorf("%v", p)
		}
		w.OpenHome("ana")
		if p := <-payloads; dig(p, "event", "view", "id") != shown.ID {
			t.Errorf("%v", p)
		}
		w.Shortcut("ana", "ask")
		if p := <-payloads; p["type"] != "shortcut" || p["callback_id"] != "ask" || p["trigger_id"] == "" {
			t.Errorf("%v", p)
		}
		ts, _ := w.Say("ana", "#ios", "bo@example.com")
		w.MessageShortcut("ben", "#ios", ts, "testers")
		if p := <-payloads; p["type"] != "message_action" || dig(p, "message", "text") != "<mailto:bo@example.com|bo@example.com>" || p["message_ts"] != ts {
			t.Errorf("%v", p)
		}
	})
}

// What Slack's client checks before it sends a form.
func TestFormsAreCheckedByTheClient(t *testing.T) {
	view := `{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"S"},"blocks":[` + strings.Join([]string{
		`{"type":"input","block_id":"must","label":{"type":"plain_text","text":"L"},"element":{"type":"plain_text_input","action_id":"v","min_length":3,"max_length":5}}`,
		`{"type":"input","block_id":"may","optional":true,"label":{"type":"plain_text","text":"L"},"element":{"type":"plain_text_input","action_id":"v","initial_value":"first"}}`,
		`{"type":"input","block_id":"mail","label":{"type":"plain_text","text":"L"},"element":{"type":"email_text_input","action_id":"v"}}`,
		`{"type":"input","block_id":"number","label":{"type":"plain_text","text":"L"},"element":{"type":"number_input","action_id":"v","is_decimal_allowed":false,"max_value":"10"}}`,
		`{"type":"input","block_id":"people","label":{"type":"plain_text","text":"L"},"element":{"type":"multi_users_select","action_id":"v","max_selected_items":1}}`,
	}, ",") + `]}`
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		w.Command("ana", "#ios", "/asc invite")
		if a := w.call("views.open", "trigger_id", (<-payloads)["trigger_id"].(string), "view", view); !a.OK {
			t.Fatalf("%+v", a)
		}
		id := w.Snapshot("ana").Views[0].ID
		v := func(s string) map[string]sandbox.Input { return map[string]sandbox.Input{"v": {Value: s}} }
		people := func(ids ...string) map[string]sandbox.Input { return map[string]sandbox.Input{"v": {Selected: ids}} }
		for _, c := range []struct {
			values sandbox.Values
			wrong  string
		}{
			{nil, "mail must number people"},
			{sandbox.Values{"must": v("ab"), "mail": v("bo@example"), "number": v("11"), "people": people("U0ANA", "U0BEN")}, "mail must number people"},
			{sandbox.Values{"must": v("abcdef"), "mail": v("Bo <bo@example.com>"), "number": v("1.5"), "people": people("U0ANA")}, "mail must number"},
			{sandbox.Values{"must": v("  "), "mail": v("bo@example.com"), "number": v("7")}, "must"},
			{sandbox.Values{"must": v("abc"), "may": v("")}, ""},
		} {
			r := w.Submit("ana", id, c.values)
			var wrong []string
			for block := range r.Errors {
				wrong = append(wrong, block)
			}
			slices.Sort(wrong)
			if strings.Join(wrong, " ") != c.wrong || (r.Envelope != "") != (c.wrong == "") {
				t.Errorf("%v: %+v", c.values, r)
			}
		}
		sent, _ := json.Marshal(dig(<-payloads, "view", "state", "values"))
		want := `{"mail":{"v":{"type":"email_text_input","value":"bo@example.com"}},"may":{"v":{"type":"plain_text_input","value":null}},"must":{"v":{"type":"plain_text_input","value":"abc"}},"number":{"v":{"type":"number_input","value":"7"}},"people":{"v":{"selected_users":["U0ANA"],"type":"multi_users_select"}}}`
		if string(sent) != want {
			t.Errorf("sent %s", sent)
		}
		if err := w.Fill("ana", id, nil); err == nil {
			t.Error("the form is still open")
		}
	})
}

func TestClosingTellsTheApp(t *testing.T) {
	view := `{"type":"modal","notify_on_close":true,"title":{"type":"plain_text","text":"T"},"blocks":[{"type":"divider"}]}`
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		for _, all := range []bool{false, true} {
			w.Command("ana", "#ios", "/asc")
			w.call("views.open", "trigger_id", (<-payloads)["trigger_id"].(string), "view", view)
			id := w.Snapshot("ana").Views[0].ID
			if all {
				w.DismissAll("ana")
			} else {
				w.Dismiss("ana", id)
			}
			if p := <-payloads; p["type"] != "view_closed" || p["is_cleared"] != all || dig(p, "view", "id") != id {
				t.Errorf("%v", p)
			}
		}
	})
}

// Troubles of envelopes: out of order, lost, and with the odd spellings of is_enterprise_install.
func TestEnvelopeTroubles(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		w.Inject(sandbox.Fault{Kind: sandbox.Reorder, Times: 1, After: time.Minute})
		first := make(chan sandbox.Reply)
		go func() { first <- w.Command("ana", "#ios", "/asc one") }()
		synctest.Wait()
		w.Command("ana", "#ios", "/asc two")
		if r := <-first; !r.OK() {
			t.Errorf("%+v", r)
		}
		if a, b := <-payloads, <-payloads; a["text"] != "two" || b["text"] != "one" {
			t.Errorf("came as %v, %v", a["text"], b["text"])
		}
		w.Inject(sandbox.Fault{Kind: sandbox.LoseEnvelope, Times: 1})
		if r := w.Command("ana", "#ios", "/asc lost"); r.Error != `/asc failed with the error "operation_timeout"` {
			t.Errorf("%+v", r)
		}
		for _, c := range []struct {
			kind sandbox.FaultKind
			want any
		}{{sandbox.EnterpriseText, "false"}, {sandbox.EnterpriseNone, nil}, {"", false}} {
			cancel := func() {}
			if c.kind != "" {
				cancel = w.Inject(sandbox.Fault{Kind: c.kind})
			}
			w.Shortcut("ana", "ask")
			cancel()
			if p := <-payloads; p["is_enterprise_install"] != c.want {
				t.Errorf("%s: %v", c.kind, p["is_enterprise_install"])
			}
		}
		off := w.Inject(sandbox.Fault{Kind: sandbox.LinkDisabled})
		time.Sleep(11 * time.Second)
		if _, a := w.send("POST", "http://slack.test/api/apps.connections.open", formType, "", "Authorization: Bearer "+w.AppToken()); a.OK || w.Connections() != 0 {
			t.Errorf("Socket Mode is off, and still %+v", a)
		}
		off()
		_, again := w.raw()
		again.Close()
	})
}

// Shortcuts that the manifest declares are offered where it says, and no others.
func TestDeclaredShortcuts(t *testing.T) {
	declared := []sandbox.Shortcut{{Name: "Ask", CallbackID: "ask"}, {Name: "Add", CallbackID: "add", Message: true}}
	inWorkspace(t, sandbox.Options{Shortcuts: declared}, func(w *workspace) {
		_, conn := w.raw()
		defer conn.Close()
		ts, _ := w.Say("ana", "#ios", "hello")
		for _, id := range []string{"ask", "add", "other"} {
			if r := w.Shortcut("ana", id); r.OK() != (id == "ask") {
				t.Errorf("%s everywhere: %+v", id, r)
			}
			if r := w.MessageShortcut("ana", "#ios", ts, id); r.OK() != (id == "add") {
				t.Errorf("%s on a message: %+v", id, r)
			}
		}
		if got := w.Snapshot("ana").Shortcuts; !slices.Equal(got, declared) {
			t.Errorf("offered are %+v", got)
		}
	})
}
