package slack_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
	slackgo "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

func plain(s string) *slackgo.TextBlockObject {
	return slackgo.NewTextBlockObject(slackgo.PlainTextType, s, false, false)
}

func form() slackgo.ModalViewRequest {
	email := slackgo.NewInputBlock("email", plain("E-mail"), nil, &slackgo.PlainTextInputBlockElement{Type: "email_text_input", ActionID: "value"})
	apps := slackgo.NewInputBlock("app", plain("App"), nil, slackgo.NewOptionsSelectBlockElement(slackgo.OptTypeExternal, plain("Choose"), "value"))
	apps.Optional = true
	return slackgo.ModalViewRequest{Type: slackgo.VTModal, Title: plain("Invite"), Submit: plain("Send"), Close: plain("Cancel"),
		CallbackID: "invite", NotifyOnClose: true, Blocks: slackgo.Blocks{BlockSet: []slackgo.Block{email, apps}}}
}

// A whole story with slack-go: command, form, type-ahead, errors at a field, card, click, update.
func TestStoryWithSlackGo(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		submissions := 0
		app := w.connect(func(c *socketmode.Client, ev socketmode.Event) {
			switch data := ev.Data.(type) {
			case slackgo.SlashCommand:
				c.Ack(*ev.Request)
				if _, err := w.api.OpenView(data.TriggerID, form()); err != nil {
					t.Error("views.open:", err)
				}
			case slackgo.InteractionCallback:
				switch data.Type {
				case slackgo.InteractionTypeBlockSuggestion:
					c.Ack(*ev.Request, slackgo.OptionsResponse{Options: []*slackgo.OptionBlockObject{
						slackgo.NewOptionBlockObject("6443001001", plain("Halo ("+data.Value+")"), nil),
					}})
				case slackgo.InteractionTypeViewSubmission:
					if submissions++; submissions == 1 {
						c.Ack(*ev.Request, slackgo.NewErrorsViewSubmissionResponse(map[string]string{"email": "Nobody has that address."}))
						return
					}
					c.Ack(*ev.Request)
					chosen := data.View.State.Values["app"]["value"].SelectedOption
					_, _, err := w.api.PostMessage("C0APPROVE", slackgo.MsgOptionText("fallback", false),
						slackgo.MsgOptionMetadata(slackgo.SlackMetadata{EventType: "request", EventPayload: map[string]any{"id": "42"}}),
						slackgo.MsgOptionBlocks(
							slackgo.NewSectionBlock(slackgo.NewTextBlockObject("mrkdwn", "Invite "+data.View.State.Values["email"]["value"].Value+" to "+chosen.Text.Text+" for <@"+data.User.ID+">", false, false), nil, nil),
							slackgo.NewActionBlock("decide", slackgo.NewButtonBlockElement("approve", "42", plain("Approve")).WithStyle("primary")),
						))
					if err != nil {
						t.Error("chat.postMessage:", err)
					}
				case slackgo.InteractionTypeBlockActions:
					c.Ack(*ev.Request)
					if got := data.ActionCallback.BlockActions[0].Value; got != "42" {
						t.Errorf("the button's value is %q", got)
					}
					_, _, _, err := w.api.UpdateMessage(data.Channel.ID, data.Message.Timestamp, slackgo.MsgOptionText("done", false),
						slackgo.MsgOptionBlocks(slackgo.NewSectionBlock(plain("Approved by "+data.User.Name), nil, nil)))
					if err != nil {
						t.Error("chat.update:", err)
					}
				}
			}
		})
		defer app.stop()

		if r := w.Command("ana", "#ios", "/asc invite"); !r.OK() {
			t.Fatalf("command: %+v", r)
		}
		synctest.Wait()
		view := w.Snapshot("ana").Views[0]
		if view.Title != "Invite" || view.Submit != "Send" {
			t.Fatalf("the form is %+v", view)
		}
		if some, err := w.Suggest("ana", view.ID, "app", "value", "ha"); err != nil || len(some.All()) != 0 {
			t.Errorf("two letters ask for options: %v %v", some, err)
		}
		some, err := w.Suggest("ana", view.ID, "app", "value", "hal")
		if err != nil || some.Options[0].Text != "Halo (hal)" {
			t.Fatalf("suggest: %v %v", some, err)
		}
		if r := w.Submit("ana", view.ID, sandbox.Values{"email": {"value": {Value: "bo"}}}); r.Errors["email"] == "" || r.Envelope != "" {
			t.Errorf("Slack's own check of the address: %+v", r)
		}
		filled := sandbox.Values{"email": {"value": {Value: "bo@example.com"}}, "app": {"value": {Selected: []string{"6443001001"}}}}
		if r := w.Submit("ana", view.ID, filled); r.Errors["email"] != "Nobody has that address." {
			t.Errorf("the app's error: %+v", r)
		}
		if r := w.Submit("ana", view.ID, nil); !r.OK() {
			t.Errorf("what was entered is gone: %+v", r)
		}
		synctest.Wait()
		if left := w.Snapshot("ana").Views; len(left) != 0 {
			t.Errorf("the form is still open: %+v", left)
		}
		card := last(w, "cy", "C0APPROVE")
		if card.Plain != "Invite bo@example.com to Halo (hal) for @Ana Reyes\n[Approve]" {
			t.Errorf("the card reads %q", card.Plain)
		}
		for range 2 { // the second press comes from a screen that has not caught up
			if r := w.Press(sandbox.Press{User: "cy", Channel: "C0APPROVE", TS: card.TS, ActionID: "approve", Revision: card.Revision}); !r.OK() {
				t.Errorf("press: %+v", r)
			}
			synctest.Wait()
		}
		if now := last(w, "cy", "C0APPROVE"); now.Plain != "Approved by cy" || !now.Edited || now.Revision != 3 {
			t.Errorf("the card became %+v", now)
		}
		if r := w.Press(sandbox.Press{User: "cy", Channel: "C0APPROVE", TS: card.TS, ActionID: "approve"}); r.Code != sandbox.NotAllowed {
			t.Errorf("pressed a button that is gone: %+v", r)
		}
		if seen := w.Snapshot("eve").Channels; slices.ContainsFunc(seen, func(c sandbox.Channel) bool { return c.ID == "C0APPROVE" }) {
			t.Error("eve sees a channel she is not in")
		}
	})
}

func last(w *workspace, user, channel string) sandbox.Message {
	w.t.Helper()
	for _, c := range w.Snapshot(user).Channels {
		if c.ID == channel && len(c.Messages) > 0 {
			return c.Messages[len(c.Messages)-1]
		}
	}
	w.t.Fatalf("%s sees no message in %s", user, channel)
	return sandbox.Message{}
}

func TestWhatACommandCarries(t *testing.T) {
	for _, c := range []struct {
		name, channel, line, text, where string
		raw                              bool
		how                              []sandbox.Typing
	}{
		{"mentions", "#ios", "/asc who @ana in #ios & #sales", "who <@U0ANA|ana> in <#C0IOS|ios> &amp; <#C0SALES|>", "ios", false, nil},
		{"a stranger stays text", "#ios", "/asc who @jon <b>", "who @jon &lt;b&gt;", "ios", false, nil},
		{"raw", "#ios", "/asc who @ana & <b>", "who @ana & <b>", "ios", true, nil},
		{"wrapped", "#ios", "/asc invite bo@example.com see example.com", "invite <mailto:bo@example.com|bo@example.com> see <http://example.com|example.com>", "ios", false, []sandbox.Typing{sandbox.WrapLinks}},
		{"smart", "#ios", `/asc say "it's" --now`, "say “it’s” —now", "ios", false, []sandbox.Typing{sandbox.SmartPunctuation}},
		{"as typed", "#ios", " /asc  who\tis \u00a0there \n", " who\tis \u00a0there \n", "ios", false, nil},
		{"private", "#sales", "/asc", "", "privategroup", false, nil},
		{"direct", "@asc", "/asc", "", "directmessage", false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorkspace(t, sandbox.Options{RawCommands: c.raw}, func(w *workspace) {
				var got slackgo.SlashCommand
				app := w.connect(func(client *socketmode.Client, ev socketmode.Event) {
					got = ev.Data.(slackgo.SlashCommand)
					client.Ack(*ev.Request, map[string]any{"text": "fine"})
				})
				defer app.stop()
				if r := w.Command("ana", c.channel, c.line, c.how...); !r.OK() {
					t.Fatalf("%+v", r)
				}
				if got.Text != c.text || got.ChannelName != c.where || got.Command != "/asc" {
					t.Errorf("came as %q in %q", got.Text, got.ChannelName)
				}
				if answer := last(w, "ana", got.ChannelID); answer.Plain != "fine" || !answer.Ephemeral {
					t.Errorf("the answer is %+v", answer)
				}
			})
		})
	}
}

// What the app is refused, and in which words.
func TestRefusals(t *testing.T) {
	long := strings.Repeat("a", 3001)
	section := func(text string) slackgo.MsgOption {
		return slackgo.MsgOptionBlocks(slackgo.NewSectionBlock(plain(text), nil, nil))
	}
	post := func(channel string, o ...slackgo.MsgOption) func(*workspace) error {
		return func(w *workspace) error { _, _, err := w.api.PostMessage(channel, o...); return err }
	}
	hello := slackgo.MsgOptionText("hello", false)
	for name, c := range map[string]struct {
		do   func(*workspace) error
		want string
	}{
		"unknown channel":      {post("C0NONE", hello), "channel_not_found"},
		"not in channel":       {post("C0RANDOM", hello), "not_in_channel"},
		"archived":             {post("C0OLD", hello), "is_archived"},
		"no text":              {post("C0IOS"), "no_text"},
		"long block":           {post("C0IOS", section(long)), "invalid_blocks"},
		"too much text":        {post("C0IOS", slackgo.MsgOptionBlocks(many(5, plain(long[:2700]))...)), "msg_blocks_too_long"},
		"thread of nothing":    {post("C0IOS", hello, slackgo.MsgOptionTS("1.000000")), "cannot_reply_to_message"},
		"other name":           {post("C0IOS", hello, slackgo.MsgOptionUsername("Boss")), "missing_scope"},
		"update of nothing":    {func(w *workspace) error { _, _, _, err := w.api.UpdateMessage("C0IOS", "1.000000", hello); return err }, "message_not_found"},
		"ephemeral to absent":  {func(w *workspace) error { _, err := w.api.PostEphemeral("C0IOS", "U0DORA", hello); return err }, "user_not_in_channel"},
		"unknown trigger":      {func(w *workspace) error { _, err := w.api.OpenView("1.2.3", form()); return err }, "invalid_trigger_id"},
		"unknown view":         {func(w *workspace) error { _, err := w.api.UpdateView(form(), "", "", "V0NONE"); return err }, "not_found"},
		"unknown person":       {func(w *workspace) error { _, err := w.api.GetUserInfo("U0NONE"); return err }, "user_not_found"},
		"deactivated address":  {func(w *workspace) error { _, err := w.api.GetUserByEmail("ivy@meadow.example"); return err }, "users_not_found"},
		"unknown group":        {func(w *workspace) error { _, err := w.api.GetUserGroupMembers("S0NONE"); return err }, "no_such_subteam"},
		"reaction needs scope": {func(w *workspace) error { return w.api.AddReaction("eyes", slackgo.NewRefToMessage("C0IOS", "1.0")) }, "missing_scope"},
		"history elsewhere": {func(w *workspace) error {
			_, err := w.api.GetConversationHistory(&slackgo.GetConversationHistoryParameters{ChannelID: "C0RANDOM"})
			return err
		}, "not_in_channel"},
		"no such file": {func(w *workspace) error { _, _, _, err := w.api.GetFileInfo("F0NONE00001", 0, 0); return err }, "missing_scope"},
		"several people": {func(w *workspace) error {
			_, _, _, err := w.api.OpenConversation(&slackgo.OpenConversationParameters{Users: []string{"U0ANA", "U0BEN"}})
			return err
		}, "missing_scope"},
		"someone who left": {func(w *workspace) error {
			_, _, _, err := w.api.OpenConversation(&slackgo.OpenConversationParameters{Users: []string{"U0IVY"}})
			return err
		}, "user_disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorkspace(t, sandbox.Options{}, func(w *workspace) {
				err := c.do(w)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %s", err, c.want)
				}
			})
		})
	}
}

func many(n int, text *slackgo.TextBlockObject) (blocks []slackgo.Block) {
	for range n {
		blocks = append(blocks, slackgo.NewSectionBlock(text, nil, nil))
	}
	return blocks
}

func TestTriggersAndStack(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		trigger := make(chan string, 9)
		app := w.connect(func(c *socketmode.Client, ev socketmode.Event) {
			switch data := ev.Data.(type) {
			case slackgo.SlashCommand:
				trigger <- data.TriggerID
			case slackgo.InteractionCallback:
				trigger <- data.TriggerID
				if data.Type == slackgo.InteractionTypeViewSubmission {
					c.Ack(*ev.Request, slackgo.NewUpdateViewSubmissionResponse(new(form())))
					return
				}
			}
			c.Ack(*ev.Request)
		})
		defer app.stop()
		v := form()
		v.Blocks.BlockSet = append(v.Blocks.BlockSet, slackgo.NewActionBlock("more", slackgo.NewButtonBlockElement("push", "x", plain("More"))))
		v.ExternalID = "the-form"

		w.Command("ana", "#ios", "/asc invite")
		id := <-trigger
		opened, err := w.api.OpenView(id, v)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.api.OpenView(id, form()); err == nil || err.Error() != "exchanged_trigger_id" {
			t.Errorf("second use: %v", err)
		}
		w.Command("ana", "#ios", "/asc invite")
		late := <-trigger
		if _, err := w.api.OpenView(late, v); err == nil || err.Error() != "duplicate_external_id" {
			t.Errorf("same external id: %v", err)
		}
		time.Sleep(3*time.Second + time.Millisecond)
		if _, err := w.api.OpenView(late, form()); err == nil || err.Error() != "expired_trigger_id" {
			t.Errorf("late: %v", err)
		}
		for i, want := range []string{"", "", "push_limit_reached"} {
			v.ExternalID = ""
			top := w.Snapshot("ana").Views
			w.Press(sandbox.Press{User: "ana", View: top[len(top)-1].ID, ActionID: "push"})
			if _, err := w.api.PushView(<-trigger, v); errText(err) != want {
				t.Errorf("push %d: %v", i, err)
			}
		}
		if _, err := w.api.UpdateView(form(), "", "1.stale", opened.ID); errText(err) != "hash_conflict" {
			t.Errorf("stale hash: %v", err)
		}
		stack := w.Snapshot("ana").Views
		if len(stack) != 3 || stack[0].ID != opened.ID {
			t.Fatalf("the stack is %+v", stack)
		}
		top := stack[2].ID
		if r := w.Submit("ana", stack[0].ID, nil); r.Code != sandbox.NotAllowed {
			t.Errorf("submitted a covered view: %+v", r)
		}
		if r := w.Submit("ana", top, sandbox.Values{"email": {"value": {Value: "bo@example.com"}}}); !r.OK() {
			t.Errorf("update: %+v", r)
		}
		var kept map[string]map[string]struct{ Value string }
		if json.Unmarshal(w.Snapshot("ana").Views[2].State, &kept); kept["email"]["value"].Value != "bo@example.com" {
			t.Errorf("an update lost what was entered: %+v", kept)
		}
		w.Dismiss("ana", top)
		if n := len(w.Snapshot("ana").Views); n != 2 {
			t.Errorf("after cancel there are %d views", n)
		}
		w.DismissAll("ana")
		if n := len(w.Snapshot("ana").Views); n != 0 {
			t.Errorf("after the X there are %d views", n)
		}
	})
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A submission that is answered badly leaves the form open with the sentence people know.
func TestBadAnswersToSubmissions(t *testing.T) {
	for name, answer := range map[string]any{
		"unknown block":  map[string]any{"response_action": "errors", "errors": map[string]string{"value": "no"}},
		"not an input":   map[string]any{"response_action": "errors", "errors": map[string]string{"more": "no"}},
		"no errors":      map[string]any{"response_action": "errors", "errors": map[string]string{}},
		"no view":        map[string]any{"response_action": "update"},
		"bad view":       map[string]any{"response_action": "push", "view": map[string]any{"type": "modal", "blocks": []any{}}},
		"unknown action": map[string]any{"response_action": "dance"},
		"too late":       nil,
	} {
		t.Run(name, func(t *testing.T) {
			inWorkspace(t, sandbox.Options{}, func(w *workspace) {
				app := w.connect(func(c *socketmode.Client, ev socketmode.Event) {
					if data, ok := ev.Data.(slackgo.SlashCommand); ok {
						c.Ack(*ev.Request)
						w.api.OpenView(data.TriggerID, form())
						return
					}
					if answer == nil {
						time.Sleep(4 * time.Second)
					}
					c.Ack(*ev.Request, answer)
				})
				defer app.stop()
				w.Command("ana", "#ios", "/asc invite")
				synctest.Wait()
				view := w.Snapshot("ana").Views[0]
				r := w.Submit("ana", view.ID, sandbox.Values{"email": {"value": {Value: "bo@example.com"}}})
				if r.Error != sandbox.TroubleConnecting || w.Snapshot("ana").Views[0].Trouble != sandbox.TroubleConnecting {
					t.Errorf("%+v", r)
				}
				time.Sleep(5 * time.Second)
			})
		})
	}
}
