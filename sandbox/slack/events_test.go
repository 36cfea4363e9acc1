package slack_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
	"github.com/slack-go/slack/slackevents"
)

// happenings make each event the app can subscribe to, and say what it tells.
var happenings = map[string]struct {
	scope  string                        // what it takes
	happen func(w *workspace, ts string) // ts: a message of the bot in #ios
	path   []string                      // below the event
	want   func(ts string) any
}{
	"app_home_opened":         {"", func(w *workspace, _ string) { w.OpenHome("ana") }, []string{"tab"}, is("home")},
	"app_uninstalled":         {"", func(w *workspace, _ string) { w.Inject(sandbox.Fault{Kind: sandbox.Revoked}) }, []string{"type"}, is("app_uninstalled")},
	"tokens_revoked":          {"", func(w *workspace, _ string) { w.Inject(sandbox.Fault{Kind: sandbox.Revoked}) }, []string{"tokens", "bot"}, nil},
	"app_mention":             {"app_mentions:read", func(w *workspace, ts string) { w.SayInThread("ana", "#ios", ts, "@asc hello") }, []string{"thread_ts"}, same},
	"message.channels":        {"channels:history", func(w *workspace, ts string) { w.SayInThread("ana", "#ios", ts, "hello") }, []string{"thread_ts"}, same},
	"message.groups":          {"groups:history", func(w *workspace, _ string) { w.Say("ana", "#sales", "hello") }, []string{"channel_type"}, is("group")},
	"message.im":              {"im:history", func(w *workspace, _ string) { w.Say("ana", "@asc", "hello") }, []string{"channel_type"}, is("im")},
	"message.mpim":            {"mpim:history", func(w *workspace, _ string) { w.Say("ana", w.group(), "hello") }, []string{"channel_type"}, is("mpim")},
	"member_joined_channel":   {"channels:read", func(w *workspace, _ string) { w.Join("dora", "#ios") }, []string{"user"}, is("U0DORA")},
	"member_left_channel":     {"channels:read", func(w *workspace, _ string) { w.Leave("eve", "#ios") }, []string{"channel_type"}, is("C")},
	"channel_archive":         {"channels:read", func(w *workspace, _ string) { w.Archive("#random", true) }, []string{"channel"}, is("C0RANDOM")},
	"channel_unarchive":       {"channels:read", func(w *workspace, _ string) { w.Archive("#old-launch", false) }, []string{"channel"}, is("C0OLD")},
	"group_archive":           {"groups:read", func(w *workspace, _ string) { w.Archive("#sales", true) }, []string{"channel"}, is("C0SALES")},
	"group_unarchive":         {"groups:read", func(w *workspace, _ string) { w.Archive("#sales", true); w.Archive("#sales", false) }, []string{"channel"}, is("C0SALES")},
	"reaction_added":          {"reactions:read", func(w *workspace, ts string) { w.react("reactions.add", ts) }, []string{"item", "ts"}, same},
	"reaction_removed":        {"reactions:read", func(w *workspace, ts string) { w.react("reactions.add", ts); w.react("reactions.remove", ts) }, []string{"item", "ts"}, same},
	"subteam_updated":         {"usergroups:read", func(w *workspace, _ string) { w.EditGroup("S0RELEASE", rename) }, []string{"subteam", "name"}, is("New")},
	"subteam_members_changed": {"usergroups:read", func(w *workspace, _ string) { w.EditGroup("S0RELEASE", replaced) }, []string{"removed_users_count"}, is(3.0)},
	"team_join":               {"users:read", func(w *workspace, _ string) { w.AddPerson(sandbox.Person{ID: "U0KAI", Handle: "kai", RealName: "Kai"}) }, []string{"user", "id"}, is("U0KAI")},
	"user_change":             {"users:read", func(w *workspace, _ string) { w.EditPerson("eve", func(p *sandbox.Person) { p.Deleted = true }) }, []string{"user", "deleted"}, is(true)},
}

func is(v any) func(string) any { return func(string) any { return v } }
func same(ts string) any        { return ts }
func rename(g *sandbox.Group)   { g.Name = "New" }
func replaced(g *sandbox.Group) { g.Users = []string{"U0ANA"} }

// group is the direct message of Ana, Ben and the bot.
func (w *workspace) group() string {
	return w.call("conversations.open", "users", "U0ANA,U0BEN").Channel.ID
}

func (w *workspace) react(method, ts string) {
	w.call(method, "channel", "C0IOS", "timestamp", ts, "name", "eyes")
}

// Each event comes once when its thing happens, in a form that slack-go understands; not without a
// subscription, and not without the scope for it.
func TestEveryEvent(t *testing.T) {
	for _, kind := range sandbox.AllEvents() {
		t.Run(kind, func(t *testing.T) {
			h, tried := happenings[kind]
			if !tried {
				t.Fatal("nothing here would notice it")
			}
			count := func(what string, o sandbox.Options, want int) {
				inWorkspace(t, o, func(w *workspace) {
					ts := w.call("chat.postMessage", "channel", "C0IOS", "text", "a post").TS
					synctest.Wait()
					e := w.listen(false)
					defer e.conn.Close()
					h.happen(w, ts)
					n := 0
					for _, f := range e.heard() {
						event, _ := dig(f, "payload", "event").(map[string]any)
						if event == nil || event["ts"] == ts {
							continue // the hello, and the bot's own post, tried again
						}
						n++
						if got := dig(event, h.path...); got == nil || h.want != nil && got != h.want(ts) || event["event_ts"] == nil {
							t.Errorf("%v tells %v", event, got)
						}
						raw, _ := json.Marshal(f["payload"])
						if _, err := slackevents.ParseEvent(raw, slackevents.OptionNoVerifyToken()); err != nil {
							t.Errorf("slack-go does not understand %s: %v", raw, err)
						}
					}
					if n != want {
						t.Errorf("%s it came %d times", what, n)
					}
				})
			}
			count("with all it takes", sandbox.Options{Scopes: sandbox.AllScopes(), Events: []string{kind}}, 1)
			count("without a subscription", sandbox.Options{Scopes: sandbox.AllScopes(), Events: []string{}}, 0)
			if h.scope != "" {
				less := slices.DeleteFunc(sandbox.AllScopes(), func(scope string) bool { return scope == h.scope })
				count("without "+h.scope, sandbox.Options{Scopes: less, Events: []string{kind}}, 0)
			}
		})
	}
}

// An app hears of what becomes of messages, with what they said before; not of what one person alone sees.
func TestMessagesChangeAndGo(t *testing.T) {
	inWorkspace(t, sandbox.Options{Events: []string{"message.channels"}}, func(w *workspace) {
		e := w.listen(false)
		defer e.conn.Close()
		ts := w.call("chat.postMessage", "channel", "C0IOS", "text", "before").TS
		w.call("chat.postEphemeral", "channel", "C0IOS", "user", "U0ANA", "text", "psst")
		w.call("chat.update", "channel", "C0IOS", "ts", ts, "text", "after")
		w.call("chat.delete", "channel", "C0IOS", "ts", ts)
		var said []string
		for _, f := range e.heard() {
			event, _ := dig(f, "payload", "event").(map[string]any)
			if event == nil {
				continue
			}
			said = append(said, fmt.Sprint(event["subtype"], event["hidden"], event["text"], dig(event, "previous_message", "text"), dig(event, "message", "text"), event["deleted_ts"] == ts))
		}
		slices.Sort(said) // each is on its own way
		want := []string{"<nil> <nil>before<nil> <nil> false", "message_changedtrue <nil>before after false", "message_deletedtrue <nil>after <nil> true"}
		for i := range max(len(said), len(want)) {
			if i >= min(len(said), len(want)) || strings.ReplaceAll(said[i], " ", "") != strings.ReplaceAll(want[i], " ", "") {
				t.Errorf("heard %q", said)
				break
			}
		}
	})
}
