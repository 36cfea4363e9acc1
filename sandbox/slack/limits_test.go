package slack_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
)

// Each limit of the Web API is tried just inside and just outside.
func TestLimitsOfTheWebAPI(t *testing.T) {
	const post = "chat.postMessage channel=C0IOS "
	n := func(n int, what string) string { return strings.Repeat(what, n) }
	inWorkspace(t, sandbox.Options{Scopes: sandbox.AllScopes()}, func(w *workspace) {
		ts := w.call("chat.postMessage", "channel", "C0IOS", "text", "x").TS
		for i := range 22 {
			w.call("reactions.add", "channel", "C0IOS", "timestamp", ts, "name", fmt.Sprint("e", i))
			time.Sleep(2 * time.Second)
		}
		for _, c := range []struct{ call, want string }{
			{post + "text=" + n(40_000, "ä"), ""},
			{post + "text=" + n(40_001, "ä"), "message_truncated"},
			{post + "markdown_text=" + n(12_000, "ä"), ""},
			{post + "markdown_text=" + n(12_001, "ä"), "msg_too_long"},
			{"chat.update channel=C0IOS ts=" + ts + " text=" + n(4_000, "ä"), ""},
			{"chat.update channel=C0IOS ts=" + ts + " text=" + n(4_001, "ä"), "msg_too_long"},
			{"chat.update channel=C0IOS ts=" + ts, "no_text"},
			{"chat.postEphemeral channel=C0IOS user=U0ANA text=" + n(40_000, "ä"), ""},
			{"chat.postEphemeral channel=C0IOS user=U0ANA text=" + n(40_001, "ä"), "msg_too_long"},
			{post + "text=x metadata=" + metadata(n(50, "ä")), ""},
			{post + "text=x metadata=" + metadata(n(51, "ä")), "invalid_metadata_format"},
			{post + `text=x attachments=[` + n(99, `{"text":"x"},`) + `{}]`, ""},
			{post + `text=x attachments=[` + n(100, `{"text":"x"},`) + `{}]`, "too_many_attachments"},
			{post + `text=x attachments=[{},{"blocks":[{"type":"section"}]}]`, "invalid_blocks"},
			{post + `text=x attachments={}`, "invalid_attachments"},
			{post + `text=x attachments=[7]`, "invalid_attachments"},
			{"files.getUploadURLExternal filename=a.txt length=1 alt_txt=" + n(1000, "ä"), ""},
			{"files.getUploadURLExternal filename=a.txt length=1 alt_txt=" + n(1001, "ä"), "alt_txt_too_large"},
			{"files.getUploadURLExternal filename=a.txt length=0", "missing_argument"},
			{"files.getUploadURLExternal filename=a.txt length=99999999999", "file_upload_size_restricted"},
			{"files.completeUploadExternal files=" + w.uploaded() + " channels=" + n(100, "C0IOS,"), ""},
			{"files.completeUploadExternal files=" + w.uploaded() + " channels=" + n(101, "C0IOS,"), "channels_limit_exceeded"},
			{"conversations.history channel=C0IOS oldest=yesterday", "invalid_ts_oldest"},
			{"conversations.history channel=C0IOS latest=now", "invalid_ts_latest"},
			{"conversations.history channel=C0IOS limit=999", ""},
			{"conversations.history channel=C0IOS limit=1000", "invalid_limit"},
			{"conversations.history channel=C0IOS cursor=x", "invalid_cursor"},
			{"conversations.list types=everything", "invalid_types"},
			{"conversations.open users=U0FLOW", "cannot_dm_bot"},
			{"users.list limit=1000", ""},
			{"users.list limit=1001", "invalid_limit"},
			{"team.info team=T0OTHER", "team_not_found"},
			{"chat.scheduledMessages.list channel=C0NONE", "invalid_channel"},
			{"reactions.add channel=C0IOS name=last timestamp=" + ts, ""},
			{"reactions.add channel=C0IOS name=more timestamp=" + ts, "too_many_emoji"},
			{"views.publish user_id=U0ANA view=" + sizedHome(250_000), ""},
			{"views.publish user_id=U0ANA view=" + sizedHome(250_001), "view_too_large"},
		} {
			method, rest, _ := strings.Cut(c.call, " ")
			var pairs []string
			for pair := range strings.FieldsSeq(rest) {
				name, value, _ := strings.Cut(pair, "=")
				pairs = append(pairs, name, value)
			}
			time.Sleep(time.Second)
			if a := w.call(method, pairs...); a.Error+a.Warning != c.want {
				t.Errorf("%.90s: %q, want %q", c.call, a.Error+a.Warning, c.want)
			}
			if m := last(w, "ana", "C0IOS"); len([]rune(m.Text)) > 40_000 {
				t.Errorf("%.60s: there is a message of %d characters", c.call, len([]rune(m.Text)))
			}
		}
	})
}

func metadata(kind string) string { return `{"event_type":"` + kind + `","event_payload":{}}` }

// sizedHome is a Home of so many bytes, as the stand-in counts them: written out with its names in order.
func sizedHome(size int) string {
	section := func(n int) string {
		return `{"text":{"text":"` + strings.Repeat("x", n) + `","type":"mrkdwn"},"type":"section"}`
	}
	home := func(blocks []string) string { return `{"blocks":[` + strings.Join(blocks, ",") + `],"type":"home"}` }
	var blocks []string
	for len(home(append(blocks, section(3000), section(1)))) <= size {
		blocks = append(blocks, section(3000))
	}
	return home(append(blocks, section(1+size-len(home(append(blocks, section(1)))))))
}

// uploaded is the argument files for a file whose bytes have arrived.
func (w *workspace) uploaded() string {
	a := w.call("files.getUploadURLExternal", "filename", "a.txt", "length", "1")
	w.send("POST", a.UploadURL, "text/plain", "x")
	return `[{"id":"` + a.FileID + `"}]`
}

// What is no call at all, and no response URL, and no file as announced.
func TestWhatIsNotUnderstood(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		bearer := "Authorization: Bearer " + w.BotToken()
		if _, a := w.send("POST", "http://slack.test/api/auth.test", formType, "a=%zz", bearer); a.Error != "invalid_form_data" {
			t.Errorf("%+v", a)
		}
		if _, a := w.send("POST", "http://slack.test/api/chat.postMessage", "application/json", strings.Repeat(" ", 4<<20)+`{}`, bearer); a.Error != "request_timeout" {
			t.Errorf("a body without end: %+v", a)
		}
		if res, a := w.send("POST", "http://slack.test/commands/T0MEADOW/1/x", "application/json", `{"text":"x"}`); res.StatusCode != 404 || a.Error != "invalid_url" {
			t.Errorf("%d %+v", res.StatusCode, a)
		}
		a := w.call("files.getUploadURLExternal", "filename", "a.txt", "length", "2")
		if res, _ := w.send("POST", a.UploadURL, "", "x"); res.StatusCode != http.StatusBadRequest {
			t.Errorf("one byte of two: %d", res.StatusCode)
		}
		if b := w.call("files.completeUploadExternal", "files", `[{"id":"`+a.FileID+`"}]`); b.Error != "file_not_found" {
			t.Errorf("%+v", b)
		}
	})
}
