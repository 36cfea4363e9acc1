package slack_test

import (
	"slices"
	"testing"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
)

// reference is what Slack's reference says of each method: the scope a bot token needs, how many calls a minute
// it allows (0: a number of its own), whether it reads a JSON body, and an argument it cannot do without.
var reference = []struct {
	method, scope string
	calls         int
	json          bool
	needs         string
}{
	{"apps.connections.open", "", 50, true, ""},
	{"auth.test", "", 0, true, ""},
	{"chat.postMessage", "chat:write", 0, true, "channel"},
	{"chat.update", "chat:write", 50, true, "ts"},
	{"chat.delete", "chat:write", 50, true, "ts"},
	{"chat.postEphemeral", "chat:write", 100, true, "user"},
	{"chat.getPermalink", "", 0, false, "message_ts"},
	{"chat.scheduleMessage", "chat:write", 50, true, "post_at"},
	{"chat.scheduledMessages.list", "", 50, true, ""},
	{"chat.deleteScheduledMessage", "chat:write", 50, true, "scheduled_message_id"},
	{"views.open", "", 100, true, "trigger_id"},
	{"views.push", "", 100, true, "trigger_id"},
	{"views.update", "", 100, true, "view"},
	{"views.publish", "", 100, true, "user_id"},
	{"users.info", "users:read", 100, false, "user"},
	{"users.list", "users:read", 20, false, ""},
	{"users.lookupByEmail", "users:read.email", 50, false, "email"},
	{"users.conversations", "channels:read", 50, false, ""},
	{"usergroups.list", "usergroups:read", 20, false, ""},
	{"usergroups.users.list", "usergroups:read", 20, false, "usergroup"},
	{"conversations.list", "channels:read", 20, false, ""},
	{"conversations.info", "channels:read", 50, false, "channel"},
	{"conversations.members", "channels:read", 100, false, "channel"},
	{"conversations.open", "im:write", 50, true, ""},
	{"conversations.join", "channels:join", 50, true, "channel"},
	{"conversations.history", "channels:history", 50, true, "channel"},
	{"conversations.replies", "channels:history", 50, false, "ts"},
	{"files.getUploadURLExternal", "files:write", 100, false, ""},
	{"files.completeUploadExternal", "files:write", 100, true, "files"},
	{"files.info", "files:read", 100, false, "file"},
	{"files.delete", "files:write", 50, true, "file"},
	{"reactions.add", "reactions:write", 50, true, "timestamp"},
	{"reactions.remove", "reactions:write", 20, true, "name"},
	{"reactions.get", "reactions:read", 50, false, ""},
	{"pins.add", "pins:write", 20, true, "channel"},
	{"bots.info", "users:read", 50, false, ""},
	{"team.info", "team:read", 50, true, ""},
}

func TestMethodsAsTheReferenceHasThem(t *testing.T) {
	const some = `{"channel":"C0IOS","ts":"1.000000","user":"U0ANA","users":"U0ANA","message_ts":"1.000000","post_at":9999999999,"scheduled_message_id":"Q1",
		"trigger_id":"1.2.3","view":{},"user_id":"U0ANA","email":"x@example.com","usergroup":"S1","files":[{"id":"F1"}],"file":"F1","timestamp":"1.000000","name":"eyes","text":"x"}`
	for _, m := range reference {
		token := func(w *workspace) string {
			if m.method == "apps.connections.open" {
				return "Authorization: Bearer " + w.AppToken()
			}
			return "Authorization: Bearer " + w.BotToken()
		}
		inWorkspace(t, sandbox.Options{Scopes: []string{"pins:read"}}, func(w *workspace) {
			_, a := w.send("POST", "http://slack.test/api/"+m.method, formType, "channel=C0IOS&user=U0ANA&users=U0ANA&ts=1.0&file=F1", token(w))
			if a.Needed != m.scope || (a.Error == "missing_scope") != (m.scope != "") {
				t.Errorf("%s without a scope: %+v", m.method, a)
			}
		})
		inWorkspace(t, everything(), func(w *workspace) {
			if _, a := w.send("POST", "http://slack.test/api/"+m.method, "application/json; charset=utf-8", some, token(w)); m.needs != "" && lacks(a, m.needs) == m.json {
				t.Errorf("%s with JSON: %+v", m.method, a)
			}
			_, a := w.send("POST", "http://slack.test/api/"+m.method, formType, "", token(w))
			if m.needs != "" && !lacks(a, m.needs) {
				t.Errorf("%s without %s: %+v", m.method, m.needs, a)
			}
			for n := 2; m.calls > 0; n++ { // two calls were made above
				res, _ := w.send("POST", "http://slack.test/api/"+m.method, formType, "", token(w))
				if res.StatusCode == 429 {
					if n != m.calls {
						t.Errorf("%s: %d calls, not %d, and then Retry-After", m.method, n, m.calls)
					}
					break
				}
				if n > m.calls {
					t.Errorf("%s: more than %d calls in a minute", m.method, m.calls)
					break
				}
			}
		})
	}
}

// lacks: the answer says that an argument is missing.
func lacks(a answer, argument string) bool {
	return a.Error == "invalid_arguments" && slices.Contains(a.Meta.Messages, "[ERROR] missing required field: "+argument)
}
