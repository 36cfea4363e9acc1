package slack_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
	slackgo "github.com/slack-go/slack"
)

func everything() sandbox.Options { return sandbox.Options{Scopes: sandbox.AllScopes()} }

func TestScheduledMessages(t *testing.T) {
	var shift atomic.Int64 // the workspace looks at its clock by itself
	o := everything()
	o.Now = func() time.Time { return time.Now().Add(time.Duration(shift.Load())) }
	inWorkspace(t, o, func(w *workspace) {
		in := func(d time.Duration) string { return strconv.FormatInt(o.Now().Add(d).Unix(), 10) }
		schedule := func(d time.Duration, more ...string) answer {
			return w.call("chat.scheduleMessage", append([]string{"channel", "C0IOS", "text", "later", "post_at", in(d)}, more...)...)
		}
		for _, c := range []struct {
			d    time.Duration
			want string
		}{{-time.Minute, "time_in_past"}, {121 * 24 * time.Hour, "time_too_far"}, {119 * 24 * time.Hour, ""}} {
			if a := schedule(c.d); a.Error != c.want {
				t.Errorf("in %v: %+v", c.d, a)
			}
		}
		if a := w.call("chat.scheduleMessage", "channel", "C0IOS", "text", "x", "post_at", "tomorrow"); a.Error != "invalid_time" {
			t.Errorf("%+v", a)
		}
		soon := schedule(time.Hour)
		if _, err := strconv.Atoi(soon.PostAt); err != nil || soon.ScheduledID == "" {
			t.Errorf("%+v", soon)
		}
		never := schedule(time.Hour, "metadata", `{"event_type":"digest","event_payload":{}}`)
		dropped := schedule(2 * time.Hour)
		if all := w.call("chat.scheduledMessages.list", "channel", "C0IOS"); len(all.Scheduled) != 4 || all.Scheduled[1].ID != soon.ScheduledID {
			t.Errorf("%+v", all.Scheduled)
		}
		if a := w.call("chat.deleteScheduledMessage", "channel", "C0IOS", "scheduled_message_id", dropped.ScheduledID); !a.OK || !never.OK {
			t.Errorf("%+v", a)
		}
		if n := len(inIOS(w)); n != 0 {
			t.Errorf("%d messages before their time", n)
		}
		shift.Store(int64(3 * time.Hour)) // the clock is moved, as on the page
		time.Sleep(2 * time.Second)
		if all := inIOS(w); len(all) != 1 || all[0].Text != "later" {
			t.Errorf("after the clock was moved: %+v", all)
		}
		for i := range 31 {
			want := ""
			if i == 30 {
				want = "restricted_too_many"
			}
			if a := schedule(time.Hour, "channel", "C0SALES"); a.Error != want {
				t.Errorf("message %d in one window: %+v", i, a)
			}
			time.Sleep(2 * time.Second) // the method's own rate
			shift.Add(-int64(2 * time.Second))
		}
		near := schedule(30 * time.Second)
		if a := w.call("chat.deleteScheduledMessage", "channel", "C0IOS", "scheduled_message_id", near.ScheduledID); a.Error != "invalid_scheduled_message_id" {
			t.Errorf("too late, and still %+v", a)
		}
	})
}

// slack-go asks for several people in one call of users.info, and some clients write the scheme in small letters.
func TestPeopleAsClientsAskForThem(t *testing.T) {
	inWorkspace(t, everything(), func(w *workspace) {
		people, err := w.api.GetUsersInfo("U0ANA", "U0BEN")
		if err != nil || len(*people) != 2 || (*people)[1].ID != "U0BEN" || (*people)[1].Profile.Email != "ben@meadow.example" {
			t.Errorf("%+v, %v", people, err)
		}
		if _, err := w.api.GetUsersInfo("U0ANA", "U0NOBODY"); err == nil || err.Error() != "user_not_found" {
			t.Errorf("one of them is nobody: %v", err)
		}
		if _, a := w.send("POST", "http://slack.test/api/auth.test", formType, "", "Authorization: bearer "+w.BotToken()); !a.OK {
			t.Errorf("%+v", a)
		}
		if a := w.call("users.info"); a.Error != "invalid_arguments" || a.Meta.Messages[0] != "[ERROR] missing required field: user" {
			t.Errorf("%+v", a)
		}
	})
}

func TestReactionsAndPins(t *testing.T) {
	inWorkspace(t, everything(), func(w *workspace) {
		ts := w.call("chat.postMessage", "channel", "C0IOS", "text", "card").TS
		for _, c := range []struct{ method, name, want string }{
			{"reactions.remove", "eyes", "no_reaction"}, {"reactions.add", ":eyes:", ""}, {"reactions.add", "eyes", "already_reacted"},
			{"reactions.add", "no such", "invalid_name"}, {"reactions.get", "", ""}, {"reactions.remove", "eyes", ""},
			{"pins.add", "", ""}, {"pins.add", "", "already_pinned"}, {"pins.remove", "", ""}, {"pins.remove", "", "no_pin"},
		} {
			if a := w.call(c.method, "channel", "C0IOS", "timestamp", ts, "name", c.name); a.Error != c.want {
				t.Errorf("%s %s: %+v", c.method, c.name, a)
			}
		}
		if a := w.call("reactions.get", "channel", "C0IOS"); a.Error != "no_item_specified" {
			t.Errorf("%+v", a)
		}
		if a := w.call("reactions.add", "channel", "C0IOS", "timestamp", "1.000000", "name", "eyes"); a.Error != "message_not_found" {
			t.Errorf("%+v", a)
		}
	})
}

// Only posting takes a channel's name; everything else wants its id.
func TestChannelsByID(t *testing.T) {
	inWorkspace(t, everything(), func(w *workspace) {
		a := w.call("chat.postMessage", "channel", "#ios", "text", "by name")
		if !a.OK {
			t.Fatalf("%+v", a)
		}
		for _, c := range [][]string{
			{"chat.update", "ts", a.TS, "text", "x"}, {"chat.delete", "ts", a.TS}, {"chat.getPermalink", "message_ts", a.TS},
			{"conversations.info"}, {"conversations.members"}, {"conversations.history"}, {"conversations.replies", "ts", a.TS}, {"conversations.join"},
		} {
			if a := w.call(c[0], append(c[1:], "channel", "#ios")...); a.Error != "channel_not_found" {
				t.Errorf("%s by name: %+v", c[0], a)
			}
		}
		if a := w.call("chat.update", "channel", "U0ANA", "ts", a.TS, "text", "x"); a.Error != "channel_not_found" {
			t.Errorf("chat.update by a person's id: %+v", a)
		}
		link := w.call("chat.getPermalink", "channel", "C0IOS", "message_ts", a.TS).Permalink
		if want := "https://meadow.slack.com/archives/C0IOS/p" + strings.ReplaceAll(a.TS, ".", ""); link != want {
			t.Errorf("the link is %s", link)
		}
	})
}

// A page of channels can be short, or empty, with more to follow.
func TestShortPages(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		w.Archive("#general", true)
		var sizes, names []string
		cursor := ""
		for range 10 {
			a := w.call("conversations.list", "limit", "2", "exclude_archived", "true", "cursor", cursor)
			sizes = append(sizes, strconv.Itoa(len(a.Channels)))
			for _, c := range a.Channels {
				names = append(names, c.Name)
			}
			if cursor = a.Meta.Next; cursor == "" {
				break
			}
		}
		if strings.Join(sizes, " ") != "1 1 1" || strings.Join(names, " ") != "ios partners random" {
			t.Errorf("pages of %v: %v", sizes, names)
		}
		if a := w.call("conversations.list", "limit", "1000"); a.Error != "invalid_limit" {
			t.Errorf("a thousand at once: %+v", a)
		}
	})
}

func TestJoiningAndTeam(t *testing.T) {
	inWorkspace(t, everything(), func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		for _, c := range []struct{ channel, want, warning string }{
			{"C0RANDOM", "", ""}, {"C0RANDOM", "", "already_in_channel"}, {"C0OLD", "is_archived", ""}, {"C0SALES", "method_not_supported_for_channel_type", ""},
		} {
			if a := w.call("conversations.join", "channel", c.channel); a.Error != c.want || a.Warning != c.warning {
				t.Errorf("%s: %+v", c.channel, a)
			}
		}
		if p := <-payloads; dig(p, "event", "type") != "member_joined_channel" || dig(p, "event", "user") != sandbox.BotUser || p["is_ext_shared_channel"] != false {
			t.Errorf("%v", p)
		}
		w.Join("ben", "#partners")
		if p := <-payloads; p["is_ext_shared_channel"] != true {
			t.Errorf("a shared channel: %v", p)
		}
		if a := w.call("team.info"); a.Team.Domain != "meadow" {
			t.Errorf("%+v", a)
		}
		if a := w.call("bots.info", "bot", "B0FLOW"); a.Bot.UserID != "U0FLOW" {
			t.Errorf("%+v", a)
		}
		if a := w.call("bots.info", "bot", "B0NONE"); a.Error != "bot_not_found" {
			t.Errorf("%+v", a)
		}
		if a := w.call("api.test", "error", "my_error"); a.Error != "my_error" {
			t.Errorf("%+v", a)
		}
	})
}

// What users.info says of each kind of person.
func TestFlagsOfPeople(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		for id, want := range map[string]string{
			"U0ANA": "", "U0CY": "admin", "U0DORA": "admin owner primary", "U0GIL": "guest", "U0HAL": "guest single", "U0IVY": "deleted",
			"U0JON": "stranger", "U0FLOW": "bot workflow", sandbox.BotUser: "bot",
		} {
			u, err := w.api.GetUserInfo(id)
			if err != nil {
				t.Errorf("%s: %v", id, err)
				continue
			}
			var flags []string
			for name, is := range map[string]bool{
				"admin": u.IsAdmin, "owner": u.IsOwner, "primary": u.IsPrimaryOwner, "guest": u.IsRestricted, "single": u.IsUltraRestricted,
				"deleted": u.Deleted, "stranger": u.IsStranger, "bot": u.IsBot, "workflow": strings.HasSuffix(u.ID, "FLOW") && u.IsBot,
			} {
				if is {
					flags = append(flags, name)
				}
			}
			slices.Sort(flags)
			if got := strings.Join(flags, " "); got != want {
				t.Errorf("%s is %q, want %q", id, got, want)
			}
		}
		if a := w.call("users.info", "user", "U0FLOW"); !a.User.IsWorkflowBot {
			t.Errorf("%+v", a)
		}
	})
}

func TestThreads(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		first := w.call("chat.postMessage", "channel", "C0IOS", "text", "first").TS
		reply := w.call("chat.postMessage", "channel", "C0IOS", "text", "reply", "thread_ts", first)
		deeper := w.call("chat.postMessage", "channel", "C0IOS", "text", "deeper", "thread_ts", reply.TS, "reply_broadcast", "true")
		all := w.call("conversations.replies", "channel", "C0IOS", "ts", first).Messages
		if len(all) != 3 || all[2].TS != deeper.TS || all[2].ThreadTS != first || all[2].Subtype != "thread_broadcast" {
			t.Errorf("%+v", all)
		}
		var shown []string
		for _, m := range w.call("conversations.history", "channel", "C0IOS").Messages {
			shown = append(shown, m.Text)
		}
		if got := fmt.Sprint(shown); got != "[deeper first]" {
			t.Errorf("the channel shows %s", got)
		}
		if a := w.call("chat.postEphemeral", "channel", "C0IOS", "user", "U0ANA", "text", "psst", "thread_ts", "1.000000"); a.Error != "cannot_reply_to_message" {
			t.Errorf("%+v", a)
		}
		if a := w.call("chat.postEphemeral", "channel", "C0IOS", "user", "U0ANA", "text", "psst", "thread_ts", first); !a.OK || last(w, "ana", "C0IOS").ThreadTS != first {
			t.Errorf("%+v", a)
		}
		if a := w.call("chat.postMessage", "channel", "C0IOS", "text", "x", "as_user", "true"); a.Error != "as_user_not_supported" {
			t.Errorf("%+v", a)
		}
	})
}

// Metadata: long names are refused, an empty object takes it away, and what is left out stays.
func TestMetadata(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		const metadata = `{"event_type":"request","event_payload":{"id":"7"}}`
		if a := w.call("chat.postMessage", "channel", "C0IOS", "text", "x", "metadata", strings.Replace(metadata, "request", strings.Repeat("r", 51), 1)); a.Error != "invalid_metadata_format" {
			t.Errorf("%+v", a)
		}
		if a := w.call("chat.postMessage", "channel", "C0IOS", "text", "x", "metadata", strings.Replace(metadata, "7", strings.Repeat("7", 8192), 1)); a.Error != "metadata_too_large" {
			t.Errorf("%+v", a)
		}
		ts := w.call("chat.postMessage", "channel", "C0IOS", "text", "x", "metadata", metadata).TS
		has := func() bool { synctest.Wait(); return last(w, "ana", "C0IOS").Metadata != nil }
		if w.call("chat.update", "channel", "C0IOS", "ts", ts, "text", "y"); !has() {
			t.Error("an update took the metadata away")
		}
		if w.call("chat.update", "channel", "C0IOS", "ts", ts, "text", "z", "metadata", "{}"); has() {
			t.Error("an empty object left the metadata")
		}
	})
}

// The text of all blocks together is limited where messages are posted, and not in responses.
func TestTextOfAllBlocks(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		payloads, conn := w.raw()
		defer conn.Close()
		blocks := func(n int) string {
			var all []string
			for ; n > 0; n -= 2800 {
				all = append(all, `{"type":"section","text":{"type":"mrkdwn","text":"`+strings.Repeat("ä", min(n, 2800))+`"}}`)
			}
			return "[" + strings.Join(all, ",") + "]"
		}
		for n, want := range map[int]string{11_340: "", 11_341: "msg_blocks_too_long"} {
			if a := w.call("chat.postMessage", "channel", "C0IOS", "text", "x", "blocks", blocks(n)); a.Error != want {
				t.Errorf("%d characters: %+v", n, a)
			}
		}
		w.Command("ana", "#ios", "/asc")
		if _, a := w.send("POST", (<-payloads)["response_url"].(string), "application/json", `{"blocks":`+blocks(20_000)+`}`); a.Error != "ok" {
			t.Errorf("in a response: %+v", a)
		}
		view := `{"type":"home","blocks":` + blocks(100*2800) + `}`
		if a := w.call("views.publish", "user_id", "U0ANA", "view", view); a.Error != "view_too_large" {
			t.Errorf("a view of more than 250 kB: %+v", a)
		}
		if a := w.call("views.publish", "user_id", "U0ANA", "view", `{"type":"home","blocks":`+blocks(40*2800)+`}`); !a.OK {
			t.Errorf("a view of less: %+v", a)
		}
		if a := w.call("views.publish", "user_id", "U0IVY", "view", `{"type":"home","blocks":[]}`); a.Error != "invalid_arguments" {
			t.Errorf("for somebody who left: %+v", a)
		}
	})
}

func TestGroups(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		all, err := w.api.GetUserGroups(slackgo.GetUserGroupsOptionIncludeUsers(true), slackgo.GetUserGroupsOptionIncludeCount(true))
		if err != nil || len(all) != 1 || all[0].Handle != "release-managers" || len(all[0].Users) != 3 || all[0].UserCount != 3 {
			t.Errorf("%+v %v", all, err)
		}
		if who, err := w.api.GetUserGroupMembers("S0RELEASE"); err != nil || len(who) != 3 {
			t.Errorf("%v %v", who, err)
		}
		w.EditGroup("S0RELEASE", func(g *sandbox.Group) { g.Disabled = true })
		if all, _ := w.api.GetUserGroups(); len(all) != 0 {
			t.Errorf("a disabled group is listed: %+v", all)
		}
		if all, _ := w.api.GetUserGroups(slackgo.GetUserGroupsOptionIncludeDisabled(true)); len(all) != 1 || all[0].DateDelete == 0 {
			t.Errorf("it is not listed when asked for: %+v", all)
		}
		if _, err := w.api.GetUserGroupMembers("S0RELEASE"); err == nil || err.Error() != "no_such_subteam" {
			t.Errorf("its members: %v", err)
		}
	})
}

// Whom the bot cannot write to, whose messages it cannot change, and what it may not see or show.
func TestWhatIsNotForTheBot(t *testing.T) {
	inWorkspace(t, sandbox.Options{Scopes: []string{"chat:write", "users:read"}}, func(w *workspace) {
		for _, id := range []string{"U0IVY", "U0JON", "U0FLOW", sandbox.BotUser, "U0NONE"} {
			if a := w.call("chat.postMessage", "channel", id, "text", "x"); a.Error != "channel_not_found" {
				t.Errorf("to %s: %+v", id, a)
			}
		}
		ts, _ := w.Say("ana", "#ios", "mine")
		if a := w.call("chat.update", "channel", "C0IOS", "ts", ts, "text", "x"); a.Error != "cant_update_message" {
			t.Errorf("%+v", a)
		}
		if a := w.call("chat.delete", "channel", "C0IOS", "ts", ts); a.Error != "cant_delete_message" {
			t.Errorf("%+v", a)
		}
		if u, err := w.api.GetUserInfo("U0ANA"); err != nil || u.Profile.Email != "" {
			t.Errorf("an address without the scope for it: %+v %v", u, err)
		}
		video := `[{"type":"video","title":{"type":"plain_text","text":"t"},"alt_text":"a","video_url":"https://x.example/v","thumbnail_url":"https://x.example/t.png"}]`
		if a := w.call("chat.postMessage", "channel", "C0IOS", "text", "x", "blocks", video); a.Error != "invalid_blocks" {
			t.Errorf("a video without the scope for it: %+v", a)
		}
	})
}

// What an update refuses besides text that is too long: an archived channel, and rich text that would be lost.
func TestUpdatesRefused(t *testing.T) {
	const (
		rich  = `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}]`
		plain = `[{"type":"section","text":{"type":"mrkdwn","text":"x"}}]`
	)
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		post := func(blocks string) string {
			return w.call("chat.postMessage", "channel", "C0IOS", "text", "x", "blocks", blocks).TS
		}
		update := func(ts, blocks string) string {
			return w.call("chat.update", "channel", "C0IOS", "ts", ts, "text", "y", "blocks", blocks).Error
		}
		for _, c := range []struct{ from, to, want string }{
			{rich, plain, "block_mismatch"}, {rich, rich, ""}, {rich, "[]", ""}, {plain, rich, ""}, {plain, plain, ""},
		} {
			if got := update(post(c.from), c.to); got != c.want {
				t.Errorf("%.20s to %.20s: %q, want %q", c.from, c.to, got, c.want)
			}
			time.Sleep(time.Second)
		}
		ts := post(plain)
		w.Archive("C0IOS", true)
		if got := update(ts, plain); got != "is_inactive" {
			t.Errorf("in an archived channel: %q", got)
		}
	})
}
