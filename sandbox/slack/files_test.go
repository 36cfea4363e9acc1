package slack_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
	slackgo "github.com/slack-go/slack"
)

// The three steps of a file with each library's way of sending bytes, and an image by its id.
func TestFiles(t *testing.T) {
	inWorkspace(t, sandbox.Options{Scopes: append([]string{"files:read"}, sandbox.DefaultScopes...)}, func(w *workspace) {
		png := "\x89PNG\r\n\x1a\n&=%"
		image := func(id string) string {
			return `[{"type":"image","alt_text":"Units up","slack_file":{"id":"` + id + `"}}]`
		}
		for i, field := range []string{"file", "body", ""} {
			a := w.call("files.getUploadURLExternal", "filename", "chart.png", "length", fmt.Sprint(len(png)), "alt_txt", "Units up")
			if i == 0 {
				if early := w.call("chat.postMessage", "channel", "C0IOS", "blocks", image(a.FileID)); early.Error != "invalid_blocks" || !strings.Contains(early.Meta.Messages[0], "invalid slack file [json-pointer:/blocks/0/slack_file]") {
					t.Errorf("an unfinished file: %+v", early)
				}
			}
			kind, body := formType, png
			if field != "" {
				var form bytes.Buffer
				m := multipart.NewWriter(&form)
				part, _ := m.CreateFormFile(field, "Untitled")
				part.Write([]byte(png))
				m.Close()
				kind, body = m.FormDataContentType(), form.String()
			}
			if res, b := w.send("POST", a.UploadURL, kind, body); res.StatusCode != 200 || b.Error != fmt.Sprintf("OK - %d", len(png)) {
				t.Fatalf("%q: %d %+v", field, res.StatusCode, b)
			}
			done := w.call("files.completeUploadExternal", "files", `[{"id":"`+a.FileID+`","title":"Units"}]`, "channel_id", "C0IOS", "initial_comment", "Here")
			m := last(w, "ana", "C0IOS")
			if !done.OK || len(m.Files) != 1 || m.Files[0].Title != "Units" || m.Text != "Here" {
				t.Errorf("%q: %+v %+v", field, done, m)
			}
			if early := w.call("chat.postMessage", "channel", "C0SALES", "text", "chart", "blocks", image(a.FileID)); early.Error != "invalid_blocks" {
				t.Errorf("Slack is still busy with the file: %+v", early)
			}
			if busy := w.call("files.info", "file", a.FileID); busy.File.Mimetype != "" || len(busy.File.Shares) != 0 {
				t.Errorf("Slack is still busy with the file: %+v", busy.File)
			}
			time.Sleep(time.Second)
			if f := w.call("files.info", "file", a.FileID).File; f.Mimetype != "image/png" || f.Shares["public"]["C0IOS"][0].TS != m.TS || f.AltText != "Units up" {
				t.Errorf("%q: %+v", field, f)
			}
			if shown := w.call("chat.postMessage", "channel", "C0SALES", "text", "chart", "blocks", image(a.FileID)); !shown.OK {
				t.Errorf("%+v", shown)
			}
			byURL := func(url string) answer {
				time.Sleep(time.Second)
				return w.call("chat.postMessage", "channel", "C0SALES", "text", "chart", "blocks", `[{"type":"image","alt_text":"a","slack_file":{"url":"`+url+`"}}]`)
			}
			private := w.call("files.info", "file", a.FileID).File.URL
			if shown, other := byURL(private), byURL(private+"x"); !shown.OK || other.Error != "invalid_blocks" {
				t.Errorf("by its address: %+v; by one of nothing: %+v", shown, other)
			}
			if res, got := w.send("GET", "http://slack.test"+m.Files[0].Path, "", ""); res.Header.Get("Content-Type") != "image/png" || got.Error != png {
				t.Errorf("the content is %q", got.Error)
			}
			time.Sleep(3 * time.Second)
		}
		if a := w.call("files.completeUploadExternal", "files", `[{"id":"F0NONE00000"}]`); a.Error != "file_not_found" {
			t.Errorf("%+v", a)
		}
	})
}

// What slack-go reads of a file, and that its address serves the bytes: GetFile takes url_private_download.
func TestFilesAsSlackGoReadsThem(t *testing.T) {
	inWorkspace(t, everything(), func(w *workspace) {
		up, err := w.api.UploadFile(slackgo.UploadFileParameters{Filename: "a b.txt", Reader: strings.NewReader("hello"), FileSize: 5, Title: "A", AltTxt: "a word", Channel: "C0APPROVE"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		f, _, _, err := w.api.GetFileInfo(up.ID, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if f.Created.Time().IsZero() || f.Timestamp != f.Created || f.Mode != "hosted" || !slices.Equal(f.Groups, []string{"C0APPROVE"}) || len(f.Channels) != 0 || f.IsPublic {
			t.Errorf("%+v", f)
		}
		for _, address := range []string{f.URLPrivate, f.URLPrivateDownload} {
			var got bytes.Buffer
			if err := w.api.GetFile(address, &got); err != nil || got.String() != "hello" {
				t.Errorf("%s: %q, %v", address, got.String(), err)
			}
		}
		h, err := w.api.GetConversationHistory(&slackgo.GetConversationHistoryParameters{ChannelID: "C0APPROVE"})
		if err != nil || h.Messages[0].Files[0].URLPrivateDownload != f.URLPrivateDownload {
			t.Errorf("the message's file: %+v, %v", h, err)
		}
	})
}

// Deleted files are gone from their messages; a file is shared by a channel's id alone.
func TestFilesAreDeleted(t *testing.T) {
	inWorkspace(t, everything(), func(w *workspace) {
		upload := func() string {
			a := w.call("files.getUploadURLExternal", "filename", "a.txt", "length", "2", "alt_text", "two letters")
			w.send("POST", a.UploadURL, "application/octet-stream", "hi")
			return a.FileID
		}
		id := upload()
		for _, c := range []struct{ channel, want string }{{"U0ANA", "channel_not_found"}, {"#ios", "channel_not_found"}, {"C0RANDOM,C0IOS", ""}} {
			a := w.call("files.completeUploadExternal", "files", `[{"id":"`+id+`"}]`, "channels", c.channel, "thread_ts", "")
			if c.want != "" && a.Error != c.want {
				t.Errorf("%s: %+v", c.channel, a)
			}
		}
		if a := w.call("files.completeUploadExternal", "files", `[{"id":"`+upload()+`"}]`, "channel_id", "C0IOS", "thread_ts", "1.000000"); a.Error != "thread_not_found" {
			t.Errorf("%+v", a)
		}
		if a := w.call("files.getUploadURLExternal", "filename", "a.txt", "length", "0"); a.Error != "missing_argument" {
			t.Errorf("%+v", a)
		}
		if a := w.call("files.getUploadURLExternal", "filename", "a.txt", "length", "1", "alt_txt", strings.Repeat("a", 1001)); a.Error != "alt_txt_too_large" {
			t.Errorf("%+v", a)
		}
		short := w.call("files.getUploadURLExternal", "filename", "a.txt", "length", "3")
		if res, _ := w.send("POST", short.UploadURL, "application/octet-stream", "hi"); res.StatusCode != 400 {
			t.Errorf("two bytes of three: %d", res.StatusCode)
		}
		if a := w.call("files.completeUploadExternal", "files", `[{"id":"`+short.FileID+`"}]`); a.Error != "file_not_found" {
			t.Errorf("%+v", a)
		}
		time.Sleep(time.Second)
		if f := w.call("files.info", "file", id).File; f.AltText != "two letters" {
			t.Errorf("%+v", f)
		}
		if a := w.call("chat.postMessage", "channel", "C0IOS", "text", "x", "blocks", `[{"type":"image","alt_text":"a","slack_file":{"id":"`+id+`"}}]`); a.Error != "invalid_blocks" {
			t.Errorf("letters as a picture: %+v", a)
		}
		if a := w.call("files.delete", "file", id); !a.OK {
			t.Errorf("%+v", a)
		}
		if a := w.call("files.info", "file", id); a.Error != "file_deleted" {
			t.Errorf("%+v", a)
		}
	})
}

// A file goes to the app with a form, and to nobody else: the app reads it with its token and the scope for it,
// once the form was sent.
func TestFilesInForms(t *testing.T) {
	form := `{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"S"},"blocks":[` +
		`{"type":"input","block_id":"in","label":{"type":"plain_text","text":"L"},"element":{"type":"file_input","action_id":"v","filetypes":["csv"],"max_files":1}}]}`
	inWorkspace(t, everything(), func(w *workspace) {
		payloads, _, conn := w.answering()
		defer conn.Close()
		attach := func(who, name, data string) string {
			id, err := w.Attach(who, name, []byte(data))
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		mine, letter, theirs := attach("ana", "People.CSV", "a,b\n"), attach("ana", "letter.pdf", "%PDF"), attach("ben", "b.csv", "b\n")
		w.Command("ana", "#ios", "/asc")
		w.call("views.open", "trigger_id", (<-payloads)["trigger_id"].(string), "view", form)
		send := func(files ...string) sandbox.Reply {
			return w.Submit("ana", top(w).ID, sandbox.Values{"in": {"v": {Files: files}}})
		}
		if a := w.call("files.info", "file", mine); a.Error != "file_not_found" {
			t.Errorf("before the form is sent: %+v", a)
		}
		for _, c := range []struct {
			files []string
			want  string
		}{{nil, "Please complete this required field."}, {[]string{letter}, "cannot be uploaded here"}, {[]string{mine, attach("ana", "c.csv", "c")}, "up to 1 files"}} {
			if r := send(c.files...); r.Envelope != "" || !strings.Contains(r.Errors["in"], c.want) {
				t.Errorf("%v: %+v", c.files, r)
			}
		}
		if r := send(theirs); r.Code != sandbox.NotAllowed {
			t.Errorf("somebody else's file: %+v", r)
		}
		if r := send(mine); !r.OK() {
			t.Fatalf("%+v", r)
		}
		sent := fmt.Sprint((<-payloads)["view"])
		if !strings.Contains(sent, "id:"+mine) || !strings.Contains(sent, "name:People.CSV") {
			t.Errorf("the form says %s", sent)
		}
		f := w.call("files.info", "file", mine).File
		if f.User != "U0ANA" || !strings.HasPrefix(f.URL, "http://slack.test/files-pri/T0MEADOW-"+mine+"/") {
			t.Errorf("%+v", f)
		}
		w.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		for _, c := range []struct {
			token string
			code  int
		}{{"Bearer " + w.BotToken(), 200}, {"", 302}, {"Bearer " + w.AppToken(), 302}, {w.BotToken(), 302}} {
			for _, at := range []string{f.URL, f.Download} {
				res, got := w.send("GET", at, "", "", "Authorization: "+c.token)
				if res.StatusCode != c.code || c.code == 200 && got.Error != "a,b\n" || c.code == 302 && !strings.HasPrefix(res.Header.Get("Location"), "/?redir=") {
					t.Errorf("%q reads %s: %d %q", c.token, at, res.StatusCode, got.Error)
				}
			}
		}
		if a := w.call("files.delete", "file", mine); a.Error != "cant_delete_file" {
			t.Errorf("%+v", a)
		}
		for _, c := range []struct{ who, name, data string }{{"nobody", "a.csv", "a"}, {"ana", " ", "a"}, {"ana", "a.csv", ""}} {
			if _, err := w.Attach(c.who, c.name, []byte(c.data)); err == nil {
				t.Errorf("%+v was taken", c)
			}
		}
	})
	inWorkspace(t, sandbox.Options{}, func(w *workspace) { // without files:read
		id, _ := w.Attach("ana", "a.csv", []byte("a"))
		w.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		if res, _ := w.send("GET", "http://slack.test/files-pri/T0MEADOW-"+id+"/a.csv", "", "", "Authorization: Bearer "+w.BotToken()); res.StatusCode != 302 {
			t.Errorf("without the scope: %d", res.StatusCode)
		}
	})
}
