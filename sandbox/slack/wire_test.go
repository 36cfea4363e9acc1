package slack_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
)

type answer struct {
	OK        bool
	Error     string
	URL       string
	Needed    string
	Provided  string
	TS        string
	Errors    []any
	MessageTS string `json:"message_ts"`
	UploadURL string `json:"upload_url"`
	FileID    string `json:"file_id"`
	File      struct {
		Mimetype string
		AltText  string `json:"alt_txt"`
		Shares   map[string]map[string][]struct{ TS string }
		User     string
		URL      string `json:"url_private"`
		Download string `json:"url_private_download"`
	}
	ScheduledID string `json:"scheduled_message_id"`
	PostAt      string `json:"post_at"`
	Scheduled   []struct {
		ID     string
		PostAt int64 `json:"post_at"`
	} `json:"scheduled_messages"`
	Warning   string
	Permalink string
	Team      struct{ Domain string }
	Bot       struct {
		UserID string `json:"user_id"`
	}
	User struct {
		IsWorkflowBot bool `json:"is_workflow_bot"`
	}
	Channel struct {
		ID, Name string
		IsMPIM   bool `json:"is_mpim"`
	}
	Channels []struct{ ID, Name string }
	Members  []json.RawMessage
	Messages []struct {
		TS, Text, Subtype string
		ThreadTS          string `json:"thread_ts"`
		Metadata          *struct {
			EventType    string          `json:"event_type"`
			EventPayload json.RawMessage `json:"event_payload"`
		}
	}
	Meta struct {
		Next     string `json:"next_cursor"`
		Messages []string
	} `json:"response_metadata"`
}

// send is one HTTP request as it stands.
func (w *workspace) send(method, address, kind, body string, header ...string) (*http.Response, answer) {
	w.t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := w.http.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	var a answer
	json.Unmarshal(raw, &a)
	if len(raw) > 0 && raw[0] != '{' {
		a.Error = string(raw)
	}
	return res, a
}

// call is a form with the bot token.
func (w *workspace) call(method string, pairs ...string) answer {
	w.t.Helper()
	form := url.Values{"token": {w.BotToken()}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	_, a := w.send("POST", "http://slack.test/api/"+method, "application/x-www-form-urlencoded", form.Encode())
	return a
}

const formType = "application/x-www-form-urlencoded"

// Every way in which the official libraries send arguments and tokens.
func TestTransport(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		bearer := "Authorization: Bearer " + w.BotToken()
		app := "Authorization: Bearer " + w.AppToken()
		var multi bytes.Buffer
		parts := multipart.NewWriter(&multi)
		parts.WriteField("channel", "C0IOS")
		parts.WriteField("text", "hello")
		parts.WriteField("token", w.BotToken())
		parts.Close()
		for _, c := range []struct {
			name, verb, method, kind, body string
			header                         []string
			want                           string
		}{
			{"token in form", "POST", "chat.postMessage", formType, "channel=C0IOS&text=hello&token=" + w.BotToken(), nil, ""},
			{"token in header", "POST", "chat.postMessage", formType, "channel=C0IOS&text=hello&team_id=T0MEADOW", []string{bearer}, ""},
			{"json", "POST", "chat.postMessage", "application/json; charset=utf-8", `{"channel":"C0IOS","text":"hello","blocks":null}`, []string{bearer}, ""},
			{"multipart", "POST", "chat.postMessage", parts.FormDataContentType(), multi.String(), nil, ""},
			{"empty json", "POST", "auth.test", "application/json", "", []string{bearer}, ""},
			{"no body", "POST", "auth.test", "", "", []string{bearer}, ""},
			{"get", "GET", "users.info?user=U0ANA", "", "", []string{bearer}, ""},
			{"json ignored by a form method", "POST", "users.info", "application/json", `{"user":"U0ANA"}`, []string{bearer}, "invalid_arguments"},
			{"token in the address", "GET", "users.info?user=U0ANA&token=" + w.BotToken(), "", "", nil, "not_authed"},
			{"no token", "POST", "auth.test", formType, "", nil, "not_authed"},
			{"wrong token", "POST", "auth.test", formType, "token=xoxb-1", nil, "invalid_auth"},
			{"app token", "POST", "auth.test", formType, "", []string{app}, ""},
			{"app token elsewhere", "POST", "users.list", formType, "", []string{app}, "not_allowed_token_type"},
			{"token in json", "POST", "chat.postMessage", "application/json", `{"channel":"C0IOS","text":"x","token":"` + w.BotToken() + `"}`, nil, "not_authed"},
			{"bot token", "POST", "apps.connections.open", formType, "", []string{bearer}, "not_allowed_token_type"},
			{"app token in body", "POST", "apps.connections.open", formType, "token=" + w.AppToken(), nil, "not_authed"},
			{"unknown", "POST", "chat.shout", formType, "", []string{bearer}, "unknown_method"},
			{"bad json", "POST", "chat.postMessage", "application/json", `{`, []string{bearer}, "invalid_json"},
			{"json list", "POST", "chat.postMessage", "application/json", `[]`, []string{bearer}, "json_not_object"},
			{"plain body", "POST", "chat.postMessage", "text/plain", `channel=C0IOS&text=x`, []string{bearer}, "invalid_arguments"},
			{"plain body, no arguments", "POST", "auth.test", "text/plain", `x`, []string{bearer}, ""},
			{"xml", "POST", "chat.postMessage", "application/xml", `<x/>`, []string{bearer}, "invalid_post_type"},
			{"no type", "POST", "chat.postMessage", "", `x`, []string{bearer}, "missing_post_type"},
			{"charset", "POST", "chat.postMessage", "application/json; charset=utf-16", `{}`, []string{bearer}, "invalid_charset"},
			{"latin json", "POST", "chat.postMessage", "application/json; charset=ISO-8859-1", "{\"channel\":\"C0IOS\",\"text\":\"\xe4\"}", []string{bearer}, ""},
			{"latin form", "POST", "chat.postMessage", formType + ";charset=iso-8859-1", "channel=C0IOS&text=%E4", []string{bearer}, ""},
			{"a list as PHP writes it", "POST", "conversations.open", formType, "users[0]=U0ANA", []string{bearer}, "invalid_array_arg"},
			{"not the name of an argument", "GET", "users.list?page-size=3", "", "", []string{bearer}, "invalid_arg_name"},
			{"missing", "POST", "chat.postMessage", formType, "", []string{bearer}, "invalid_arguments"},
			{"bad blocks", "POST", "chat.postMessage", formType, "channel=C0IOS&blocks={", []string{bearer}, "invalid_blocks_format"},
			{"bad metadata", "POST", "chat.postMessage", formType, `channel=C0IOS&text=x&metadata={"event_type":"a"}`, []string{bearer}, "invalid_metadata_format"},
			{"two texts", "POST", "chat.postMessage", formType, `channel=C0IOS&text=x&markdown_text=y`, []string{bearer}, "markdown_text_conflict"},
			{"retired", "POST", "files.upload", formType, "", []string{bearer}, "method_deprecated"},
		} {
			time.Sleep(time.Second)
			res, a := w.send(c.verb, "http://slack.test/api/"+c.method, c.kind, c.body, c.header...)
			if a.Error != c.want || a.OK != (c.want == "") || res.StatusCode != 200 {
				t.Errorf("%s: %d %+v", c.name, res.StatusCode, a)
			}
		}
		var latin int
		for _, m := range inIOS(w) {
			if m.Text == "ä" {
				latin++
			}
		}
		if latin != 2 {
			t.Errorf("ISO 8859-1 was read in %d of 2 messages", latin)
		}
		for _, e := range w.Journal(0) {
			if s := fmt.Sprintf("%+v%s", e, e.Raw); strings.Contains(s, w.BotToken()) || strings.Contains(s, w.AppToken()) {
				t.Errorf("a token stands in the journal: %s", s)
			}
		}
	})
}

func TestRates(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		var after string
		n := 0
		for after == "" {
			res, _ := w.send("POST", "http://slack.test/api/chat.postMessage", formType, "channel=C0IOS&text=hello&token="+w.BotToken())
			if after = res.Header.Get("Retry-After"); after == "" {
				n++
			} else if res.StatusCode != 429 {
				t.Errorf("status %d", res.StatusCode)
			}
		}
		if n != 5 || after != "1" {
			t.Errorf("%d messages at once, then Retry-After %s", n, after)
		}
		if a := w.call("chat.postMessage", "channel", "C0SALES", "text", "elsewhere"); !a.OK {
			t.Errorf("another channel is held back too: %+v", a)
		}
		time.Sleep(time.Second)
		if a := w.call("chat.postMessage", "channel", "C0IOS", "text", "later"); !a.OK {
			t.Errorf("a second later: %+v", a)
		}
		for range 20 {
			w.call("users.list")
		}
		if res, _ := w.send("POST", "http://slack.test/api/users.list", formType, "token="+w.BotToken()); res.StatusCode != 429 || res.Header.Get("Retry-After") != "3" {
			t.Errorf("the 21st users.list in a minute: %d, Retry-After %s", res.StatusCode, res.Header.Get("Retry-After"))
		}
	})
}

func TestScopes(t *testing.T) {
	inWorkspace(t, sandbox.Options{Scopes: []string{"chat:write", "channels:read"}}, func(w *workspace) {
		for method, want := range map[string]string{
			"users.info": "users:read", "usergroups.list": "usergroups:read", "conversations.history": "channels:history", "files.info": "files:read",
		} {
			a := w.call(method, "user", "U0ANA", "channel", "C0IOS", "file", "F1")
			if a.Error != "missing_scope" || a.Needed != want || a.Provided != "chat:write,channels:read" {
				t.Errorf("%s: %+v", method, a)
			}
		}
		if a := w.call("conversations.list", "types", "public_channel,private_channel"); a.Needed != "groups:read" {
			t.Errorf("conversations.list: %+v", a)
		}
		res, _ := w.send("POST", "http://slack.test/api/auth.test", formType, "token="+w.BotToken())
		if got := res.Header.Get("X-OAuth-Scopes"); got != "chat:write,channels:read" {
			t.Errorf("X-OAuth-Scopes: %s", got)
		}
		res, _ = w.send("POST", "http://slack.test/api/users.info", formType, "user=U0ANA&token="+w.BotToken())
		if got := res.Header.Get("X-Accepted-OAuth-Scopes"); got != "users:read" {
			t.Errorf("X-Accepted-OAuth-Scopes: %s", got)
		}
		res, _ = w.send("POST", "http://slack.test/api/auth.test", formType, "token=xoxb-1")
		if got := res.Header.Get("X-OAuth-Scopes"); got != "" {
			t.Errorf("a stranger learns the scopes: %s", got)
		}
	})
}

func TestReadingBack(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		cancel := w.Inject(sandbox.Fault{Kind: sandbox.HideFromHistory, After: 5 * time.Second})
		posted := w.call("chat.postMessage", "channel", "C0IOS", "text", "card", "metadata", `{"event_type":"request","event_payload":{"id":"7"}}`)
		cancel()
		if a := w.call("conversations.history", "channel", "C0IOS"); len(a.Messages) != 0 {
			t.Errorf("a hidden message shows: %+v", a)
		}
		time.Sleep(5 * time.Second)
		a := w.call("conversations.history", "channel", "C0IOS", "include_all_metadata", "true", "oldest", posted.TS, "inclusive", "true")
		if len(a.Messages) != 1 || string(a.Messages[0].Metadata.EventPayload) != `{"id":"7"}` {
			t.Errorf("with metadata: %+v", a)
		}
		a = w.call("conversations.history", "channel", "C0IOS")
		if m := a.Messages[0].Metadata; m.EventType != "request" || m.EventPayload != nil {
			t.Errorf("without asking: %+v", m)
		}
		for i := range 3 {
			w.call("chat.postMessage", "channel", "C0IOS", "text", fmt.Sprint("reply ", i), "thread_ts", posted.TS)
		}
		if a := w.call("conversations.history", "channel", "C0IOS"); len(a.Messages) != 1 {
			t.Errorf("replies stand in the channel: %+v", a.Messages)
		}
		first := w.call("conversations.replies", "channel", "C0IOS", "ts", posted.TS, "limit", "3")
		rest := w.call("conversations.replies", "channel", "C0IOS", "ts", posted.TS, "limit", "3", "cursor", first.Meta.Next)
		if len(first.Messages) != 3 || len(rest.Messages) != 1 || rest.Messages[0].Text != "reply 2" || rest.Meta.Next != "" {
			t.Errorf("paging a thread: %+v and %+v", first, rest)
		}
		if a := w.call("conversations.replies", "channel", "C0IOS", "ts", posted.TS, "cursor", "bm9uc2Vuc2U="); a.Error != "invalid_cursor" {
			t.Errorf("bad cursor: %+v", a)
		}
		var names []string
		for _, c := range w.call("conversations.list", "types", "public_channel,private_channel", "exclude_archived", "true").Channels {
			names = append(names, c.Name)
		}
		if got := strings.Join(names, " "); got != "general ios asc-approvals sales partners random" {
			t.Errorf("the bot sees %s", got)
		}
		w.Leave(sandbox.BotUser, "C0SALES")
		if a := w.call("conversations.info", "channel", "C0SALES"); a.Error != "channel_not_found" {
			t.Errorf("a private channel the bot left: %+v", a)
		}
		if a := w.call("chat.postMessage", "channel", "U0EVE", "text", "psst"); !a.OK || last(w, "eve", "D0EVE").Plain != "psst" {
			t.Errorf("to a person: %+v", a)
		}
	})
}

// Response URLs: five uses, thirty minutes, and no membership needed.
func TestResponseURLs(t *testing.T) {
	shift := time.Duration(0)
	clock := func() time.Time { return time.Now().Add(shift) }
	inWorkspace(t, sandbox.Options{Now: clock}, func(w *workspace) {
		conn := w.dialLink()
		defer conn.Close()
		frames := w.frames(conn)
		address := make(chan string, 1)
		go func() {
			for e := range frames {
				address <- e.Payload.ResponseURL
				conn.WriteJSON(map[string]any{"envelope_id": e.EnvelopeID, "payload": map[string]any{"response_type": "in_channel"}})
			}
		}()
		if r := w.Command("dora", "#random", "/asc help"); !r.OK() {
			t.Fatalf("%+v", r)
		}
		to := <-address
		if m := last(w, "dora", "C0RANDOM"); m.Text != "/asc help" || m.User != "U0DORA" {
			t.Errorf("the command in the channel: %+v", m)
		}
		post := func(body string) (int, string) {
			res, a := w.send("POST", to, "application/json", body)
			return res.StatusCode, a.Error
		}
		if code, text := post(`{"text":"only you","replace_original":false,"delete_original":false,"metadata":{"event_type":"","event_payload":null},"blocks":null}`); code != 200 || text != "ok" {
			t.Errorf("%d %s", code, text)
		}
		if m := last(w, "dora", "C0RANDOM"); !m.Ephemeral || m.Plain != "only you" {
			t.Errorf("%+v", m)
		}
		if m := last(w, "ben", "C0RANDOM"); m.Ephemeral {
			t.Errorf("ben sees %+v", m)
		}
		post(`{"text":"all of you","response_type":"in_channel"}`)
		if m := last(w, "ben", "C0RANDOM"); m.Plain != "all of you" {
			t.Errorf("%+v", m)
		}
		if code, text := post(`{"blocks":[{"type":"section"}]}`); code != 404 || text != "invalid_blocks" {
			t.Errorf("%d %s", code, text)
		}
		post(`{"text":"four"}`)
		post(`{"text":"five"}`)
		if code, text := post(`{"text":"six"}`); code != 404 || text != "used_url" {
			t.Errorf("%d %s", code, text)
		}
		w.call("chat.postMessage", "channel", "C0IOS", "text", "x", "blocks", `[{"type":"actions","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"}}]}]`)
		card := last(w, "ana", "C0IOS")
		w.Press(sandbox.Press{User: "ana", Channel: "C0IOS", TS: card.TS, ActionID: "go"})
		to = <-address
		if code, _ := post(`{"text":"gone","replace_original":"true"}`); code != 200 || last(w, "ben", "C0IOS").Plain != "gone" {
			t.Errorf("replaced: %d %+v", code, last(w, "ben", "C0IOS"))
		}
		shift = 31 * time.Minute
		if code, text := post(`{"delete_original":true}`); code != 404 || text != "expired_url" {
			t.Errorf("%d %s", code, text)
		}
	})
}

func TestValidateBlocks(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		validate := func(name, value string) answer {
			_, a := w.send("POST", "http://slack.test/api/blocks.validate", formType, url.Values{name: {value}}.Encode())
			return a
		}
		if a := validate("blocks", `[{"type":"divider"}]`); !a.OK {
			t.Errorf("%+v", a)
		}
		a := validate("blocks", `[{"type":"section","text":{"type":"invalid","text":"x"}}]`)
		if a.Error != "invalid_blocks" || len(a.Errors) != 1 || fmt.Sprint(a.Errors[0]) != "map[code:failed_constraint constraint:map[expected:[plain_text mrkdwn] type:enum] message:unsupported type: invalid pointer:/0/text/type]" {
			t.Errorf("%+v", a)
		}
		a = validate("blocks", `[{"type":"actions","elements":[{"type":"number_input"}]}]`)
		if len(a.Errors) != 1 || !strings.Contains(fmt.Sprint(a.Errors[0]), "constraint:map[expected:[static_select ") {
			t.Errorf("%+v", a)
		}
		if a := validate("view", `{"type":"modal"}`); a.Error != "invalid_view" {
			t.Errorf("%+v", a)
		}
		if a := validate("nothing", "x"); a.Error != "invalid_arguments" {
			t.Errorf("%+v", a)
		}
	})
}

func TestPeople(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		for _, who := range []string{"ivy", sandbox.BotUser, "nobody"} {
			if r := w.Command(who, "#general", "/asc help"); r.Code != sandbox.NotAllowed || r.Envelope != "" {
				t.Errorf("%s acted: %+v", who, r)
			}
		}
		if r := w.Command("jon", "#partners", "/asc help"); r.Code != sandbox.NotAllowed {
			t.Errorf("a stranger ran a command: %+v", r)
		}
		if _, err := w.Say("jon", "#partners", "hi <b> @ana"); err != nil || last(w, "ana", "C0PARTNER").Text != "hi &lt;b&gt; <@U0ANA|ana>" {
			t.Errorf("%v %+v", err, last(w, "ana", "C0PARTNER"))
		}
		gil := w.Snapshot("gil")
		if len(gil.Channels) != 1 || gil.Channels[0].Name != "ios" || len(gil.People) != 6 {
			t.Errorf("a guest sees %+v", gil)
		}
		if shot := w.Snapshot("ivy"); len(shot.Channels) != 0 {
			t.Error("somebody who left still sees channels")
		}
		u, err := w.api.GetUserInfo("U0JON")
		if err != nil || !u.IsStranger || u.Profile.Email != "" || u.TeamID != "T0PARTNER" {
			t.Errorf("the stranger: %+v %v", u, err)
		}
		w.EditPerson("U0CY", func(p *sandbox.Person) { p.IsAdmin = false })
		if u, _ := w.api.GetUserInfo("U0CY"); u.IsAdmin || u.Profile.Email != "cy@meadow.example" || u.TZOffset == 0 {
			t.Errorf("cy is now %+v", u)
		}
	})
}

func TestWatch(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		var seen []int
		cancel := w.Watch(func(e sandbox.Entry) {
			seen = append(seen, e.Seq)
			w.Journal(0) // no lock is held
		})
		for range 5 {
			w.Say("ana", "#ios", "hello")
		}
		synctest.Wait()
		cancel()
		w.Say("ana", "#ios", "unheard")
		synctest.Wait()
		if fmt.Sprint(seen) != "[1 2 3 4 5]" {
			t.Errorf("saw %v", seen)
		}
		if all := w.Journal(4); len(all) != 2 || all[0].Kind != sandbox.KindMessage || all[0].Text != "hello" {
			t.Errorf("%+v", all)
		}
	})
}
