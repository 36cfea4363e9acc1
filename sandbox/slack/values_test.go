package slack_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
)

// Under which name each element tells its value, what it is when nobody has used it, and what it is then. The
// same stands in the state of a form and, where the element stands in a message, in its action.
func TestTheValueOfEveryElement(t *testing.T) {
	const (
		options = `"options":[{"text":{"type":"plain_text","text":"A"},"value":"a"},{"text":{"type":"plain_text","text":"B"},"value":"b"}]`
		rich    = `{"elements":[{"elements":[{"text":"hi","type":"text"}],"type":"rich_text_section"}],"type":"rich_text"}`
	)
	one := func(value string) sandbox.Input { return sandbox.Input{Selected: []string{value}} }
	chosen := func(name string) string {
		return `{"text":{"emoji":true,"text":"` + name + `","type":"plain_text"},"value":"` + strings.ToLower(name) + `"}`
	}
	for _, c := range []struct {
		kind, more, name, unused string
		in                       sandbox.Input
		want                     string
	}{
		{"static_select", options, "selected_option", "null", one("b"), chosen("B")},
		{"radio_buttons", options, "selected_option", "null", one("a"), chosen("A")},
		{"multi_static_select", options, "selected_options", "[]", sandbox.Input{Selected: []string{"a", "b"}}, "[" + chosen("A") + "," + chosen("B") + "]"},
		{"checkboxes", options, "selected_options", "[]", one("a"), "[" + chosen("A") + "]"},
		{"users_select", "", "selected_user", "null", one("U0BEN"), `"U0BEN"`},
		{"multi_users_select", "", "selected_users", "[]", sandbox.Input{Selected: []string{"U0BEN", "U0CY"}}, `["U0BEN","U0CY"]`},
		{"channels_select", "", "selected_channel", "null", one("C0IOS"), `"C0IOS"`},
		{"multi_channels_select", "", "selected_channels", "[]", one("C0IOS"), `["C0IOS"]`},
		{"conversations_select", "", "selected_conversation", "null", one("D0ANA"), `"D0ANA"`},
		{"multi_conversations_select", "", "selected_conversations", "[]", one("D0ANA"), `["D0ANA"]`},
		{"datepicker", "", "selected_date", "null", sandbox.Input{Value: "2026-11-27"}, `"2026-11-27"`},
		{"timepicker", `"timezone":"Europe/Berlin"`, "selected_time", "null", sandbox.Input{Value: "09:30"}, `"09:30"`},
		{"datetimepicker", "", "selected_date_time", "null", sandbox.Input{Value: "1795787492"}, `1795787492`},
		{"plain_text_input", "", "value", "null", sandbox.Input{Value: "héllo"}, `"héllo"`},
		{"email_text_input", "", "value", "null", sandbox.Input{Value: "bo@example.com"}, `"bo@example.com"`},
		{"url_text_input", "", "value", "null", sandbox.Input{Value: "https://example.com"}, `"https://example.com"`},
		{"number_input", `"is_decimal_allowed":true`, "value", "null", sandbox.Input{Value: "1.5"}, `"1.5"`},
		{"rich_text_input", "", "rich_text_value", "null", sandbox.Input{Value: "hi"}, rich},
		{"rich_text_input", "", "rich_text_value", "null", sandbox.Input{RichText: json.RawMessage(rich)}, rich},
	} {
		element := `{"type":"` + c.kind + `","action_id":"v"` + strings.TrimSuffix(","+c.more, ",") + `}`
		form := `{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"S"},"blocks":[
			{"type":"input","block_id":"in","optional":true,"dispatch_action":true,"label":{"type":"plain_text","text":"L"},"element":` + element + `}]}`
		inWorkspace(t, sandbox.Options{}, func(w *workspace) {
			payloads, conn := w.raw()
			defer conn.Close()
			open := func() string {
				w.Command("ana", "#ios", "/asc")
				if a := w.call("views.open", "trigger_id", (<-payloads)["trigger_id"].(string), "view", form); !a.OK {
					t.Fatalf("%s: %+v", c.kind, a)
				}
				return top(w).ID
			}
			told := func(what string, at any, want string) {
				entry, _ := at.(map[string]any)
				value, there := entry[c.name]
				got, _ := json.Marshal(value)
				if !there || entry["type"] != c.kind || string(got) != want {
					t.Errorf("%s, %s: %v, want %s %s", c.kind, what, entry, c.name, want)
				}
				if c.kind == "timepicker" && entry["timezone"] != "Europe/Berlin" {
					t.Errorf("the zone is lost: %v", entry)
				}
			}
			r := w.Submit("ana", open(), nil)
			if !r.OK() {
				t.Fatalf("%s: %+v", c.kind, r)
			}
			told("unused", dig(<-payloads, "view", "state", "values", "in", "v"), c.unused)
			id := open()
			if r := w.Press(sandbox.Press{User: "ana", View: id, BlockID: "in", ActionID: "v", Input: c.in}); !r.OK() {
				t.Fatalf("%s used: %+v", c.kind, r)
			}
			p := <-payloads
			told("used", dig(p, "actions", "0"), c.want)
			told("used, in the view", dig(p, "view", "state", "values", "in", "v"), c.want)
			if r := w.Submit("ana", id, nil); !r.OK() {
				t.Fatalf("%s: %+v", c.kind, r)
			}
			told("submitted", dig(<-payloads, "view", "state", "values", "in", "v"), c.want)
		})
	}
}

// What nobody could enter is not entered.
func TestWhatNobodyCouldEnter(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, _, conn := w.answering()
		defer conn.Close()
		w.Command("ana", "#ios", "/asc")
		const input = `{"type":"input","optional":true,"block_id":"%s","label":{"type":"plain_text","text":"L"},"element":{"type":"%s","action_id":"v"}}`
		var blocks []string
		kinds := map[string]sandbox.Input{
			"datepicker": {Value: "2026-02-30"}, "timepicker": {Value: "25:00"}, "datetimepicker": {Value: "soon"}, "users_select": {Selected: []string{"U0ANA", "U0BEN"}},
		}
		for kind := range kinds {
			blocks = append(blocks, fmt.Sprintf(input, kind, kind))
		}
		w.call("views.open", "trigger_id", (<-payloads)["trigger_id"].(string), "view",
			`{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"S"},"blocks":[`+strings.Join(blocks, ",")+`]}`)
		for kind, in := range kinds {
			if err := w.Fill("ana", top(w).ID, sandbox.Values{kind: {"v": in}}); err == nil {
				t.Errorf("%s took %+v", kind, in)
			}
		}
		if err := w.Fill("ana", top(w).ID, sandbox.Values{"nowhere": {"v": {}}}); err == nil {
			t.Error("an input that is not there was filled in")
		}
	})
}
