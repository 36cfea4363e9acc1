package slack_test

import (
	"strings"
	"testing"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
)

// listening is a workspace whose app hears of messages in public channels.
func listening() sandbox.Options {
	return sandbox.Options{Scopes: sandbox.AllScopes(), Events: []string{"message.channels"}}
}

func TestPeopleEditAndDeleteWhatTheyWrote(t *testing.T) {
	inWorkspace(t, listening(), func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		ts, err := w.Say("ana", "ios", "the bulid is out")
		if err != nil {
			t.Fatal(err)
		}
		<-payloads
		if err := w.Revise("ben", "ios", ts, "mine now"); err == nil {
			t.Error("Ben edited what Ana wrote")
		}
		if err := w.Revise("ana", "ios", ts, " "); err == nil {
			t.Error("a message was edited to nothing")
		}
		if err := w.Revise("ana", "ios", ts, "the build is out <!channel>"); err != nil {
			t.Fatal(err)
		}
		all := inIOS(w)
		if len(all) != 1 || all[0].Text != "the build is out &lt;!channel&gt;" || !all[0].Edited || all[0].Revision != 2 {
			t.Errorf("after the edit: %+v", all)
		}
		changed := <-payloads
		if got := dig(changed, "event", "subtype"); got != "message_changed" {
			t.Errorf("the app heard of %v", got)
		}
		if was, now := dig(changed, "event", "previous_message", "text"), dig(changed, "event", "message", "text"); was != "the bulid is out" || now != all[0].Text {
			t.Errorf("changed from %v to %v", was, now)
		}
		if got := dig(changed, "event", "message", "edited", "user"); got != "U0ANA" {
			t.Errorf("edited by %v", got)
		}
		if err := w.Retract("ben", "ios", ts); err == nil {
			t.Error("Ben deleted what Ana wrote")
		}
		if err := w.Retract("ana", "ios", ts); err != nil {
			t.Fatal(err)
		}
		gone := <-payloads
		if dig(gone, "event", "subtype") != "message_deleted" || dig(gone, "event", "deleted_ts") != ts {
			t.Errorf("the app heard %v", gone["event"])
		}
		if left := inIOS(w); len(left) != 0 {
			t.Errorf("still there: %+v", left)
		}
		if err := w.Revise("ana", "ios", ts, "again"); err == nil {
			t.Error("a deleted message was edited")
		}
	})
}

func TestButtonsInAttachments(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		const attached = `[{"color":"#2eb67d","text":"first"},{"blocks":[{"type":"actions","block_id":"b","elements":[
			{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"},"value":"7"},
			{"type":"datepicker","action_id":"day","initial_date":"2026-01-01"}]}]}]`
		a := w.call("chat.postMessage", "channel", "C0IOS", "text", "look", "attachments", attached)
		if !a.OK {
			t.Fatalf("%+v", a)
		}
		shown := inIOS(w)[0]
		if !strings.Contains(string(shown.Attachments), `"color":"#2eb67d"`) || !strings.Contains(string(shown.State), "2026-01-01") {
			t.Errorf("shown are %s with state %s", shown.Attachments, shown.State)
		}
		if r := w.Press(sandbox.Press{User: "ana", Channel: "ios", TS: a.TS, ActionID: "go"}); !r.OK() {
			t.Fatalf("%+v", r)
		}
		p := <-payloads
		if dig(p, "actions", "0", "value") != "7" || dig(p, "container", "type") != "message_attachment" || dig(p, "container", "attachment_id") != float64(2) ||
			dig(p, "message", "attachments", "0", "id") != float64(1) || dig(p, "message", "attachments", "0", "fallback") == nil || dig(p, "message", "attachments") == nil {
			t.Errorf("the app got %v in %v", p["actions"], p["container"])
		}
		if w.call("chat.update", "channel", "C0IOS", "ts", a.TS, "text", "done", "attachments", "[]"); len(inIOS(w)[0].Attachments) != 0 {
			t.Error("attachments stay after an empty list")
		}
		if r := w.Press(sandbox.Press{User: "ana", Channel: "ios", TS: a.TS, ActionID: "go"}); r.OK() {
			t.Error("a button that is gone was pressed")
		}
	})
}

// What the checker says stands in the journal, with the place it speaks of.
func TestTheJournalSaysWhyBlocksWereRefused(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		why := func() string {
			all := w.Journal(0)
			return strings.Join(all[len(all)-1].Why, "\n")
		}
		w.call("chat.postMessage", "channel", "C0IOS", "text", "x", "blocks", `[{"type":"header","text":{"type":"mrkdwn","text":"no"}}]`)
		if got := why(); !strings.Contains(got, "/blocks/0") {
			t.Errorf("refused blocks say %q", got)
		}
		w.call("chat.postMessage", "text", "x")
		if got := why(); !strings.Contains(got, "missing required field: channel") {
			t.Errorf("a missing argument says %q", got)
		}
		w.call("team.info")
		if got := why(); !strings.Contains(got, "team:read") {
			t.Errorf("a missing scope says %q", got)
		}
		w.call("auth.test")
		if got := why(); got != "" {
			t.Errorf("a good call says %q", got)
		}
	})
}
