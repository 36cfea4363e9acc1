package slack_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
)

// Whatever arguments come, a method answers in Slack's form and the workspace stays whole.
func TestNonsense(t *testing.T) {
	arguments := []string{"channel", "channel_id", "channels", "ts", "timestamp", "message_ts", "thread_ts", "user", "users", "user_id", "usergroup",
		"text", "blocks", "attachments", "metadata", "view", "view_id", "trigger_id", "hash", "external_id", "files", "file", "filename", "length",
		"name", "email", "limit", "cursor", "types", "oldest", "post_at", "scheduled_message_id", "bot", "team", "message"}
	values := []string{"", "x", "-1", "9999999999999999999999", "null", "{}", "[]", "[[[]]]", `[null,3,"x",{}]`, `{"type":"modal","blocks":[null]}`,
		`[{"type":"section","text":[]},{"type":"actions","elements":[{"type":"button"},7]}]`, `[{"id":7},{"id":"F1"}]`, strings.Repeat("[", 2000), "\xff\x00"}
	inWorkspace(t, everything(), func(w *workspace) {
		for _, method := range sandbox.Methods() {
			for _, value := range values {
				form := url.Values{"token": {w.BotToken()}}
				for _, name := range arguments {
					form.Set(name, value)
				}
				form.Set("channel", "C0IOS") // to get further
				time.Sleep(3 * time.Second)  // every method's rate
				res, err := w.http.PostForm("http://slack.test/api/"+method, form)
				if err != nil {
					t.Fatalf("%s with %.40q: %v", method, value, err)
				}
				var body map[string]any
				err = json.NewDecoder(res.Body).Decode(&body)
				res.Body.Close()
				if _, said := body["ok"].(bool); err != nil || !said || res.StatusCode != 200 {
					t.Errorf("%s with %.40q: %d %v %v", method, value, res.StatusCode, body, err)
				}
			}
		}
		w.Snapshot("ana")
		if a := w.call("auth.test"); !a.OK {
			t.Errorf("afterwards: %+v", a)
		}
	})
}
