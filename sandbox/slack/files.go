package slack

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of files.
const (
	mostFile     = 64 << 20 // bytes; Slack takes more
	mostAltText  = 1000
	mostChannels = 100
)

// settleWithin is how long Slack works on a file after its last step. Meanwhile its type is unknown, and it
// is nowhere to be seen. That it takes a while is known; how long is not confirmed.
const settleWithin = time.Second

// file is an uploaded file, or the promise of one.
type file struct {
	id, name, title, alt string
	owner                string // who uploaded it
	size                 int
	data                 []byte
	uploaded, done       bool
	deleted              bool
	given                bool                // a person sent it to the app with a form
	made                 time.Time           // on the workspace's clock
	settled              time.Time           // when Slack has finished with it; on the machine's clock
	secret               string              // of the address its bytes are sent to
	shown                string              // of the address people's clients read it at
	shares               map[string][]string // channel → timestamps of the messages that show it
}

// uploadURL is the first step: a promise of a file and an address for its bytes.
func (c *call) uploadURL() (object, error) {
	size, err := strconv.Atoi(c.text("length"))
	alt := c.text("alt_txt") + c.text("alt_text")
	switch {
	case !c.has("filename"), !c.has("length"), err != nil, size <= 0:
		return nil, refuse("missing_argument")
	case size > mostFile:
		return nil, refuse("file_upload_size_restricted")
	case utf8.RuneCountInString(alt) > mostAltText:
		return nil, refuse("alt_txt_too_large")
	}
	f := &file{id: fmt.Sprintf("F0%08X", c.fresh()), name: path.Base(c.text("filename")), alt: alt, size: size, owner: BotUser}
	c.keepFile(f)
	return object{"upload_url": baseOf(c.r) + "/api/upload/v1/" + f.id + "/" + f.secret, "file_id": f.id}, nil
}

// keepFile puts a new file among the others.
func (s *Server) keepFile(f *file) {
	f.title, f.made, f.secret, f.shown, f.shares = f.name, s.now(), secret(12), secret(12), map[string][]string{}
	s.files[f.id] = f
}

// Attach uploads a file as a person does who puts it into a form's file input, and returns its id for
// Input.Files. The app can read it once the form was sent.
func (s *Server) Attach(user, name string, data []byte) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.actor(user)
	switch {
	case err != nil:
		return "", err
	case strings.TrimSpace(name) == "" || len(data) == 0:
		return "", errors.New("a file without a name, or an empty one, is not taken by Slack")
	case len(data) > mostFile:
		return "", errors.New("a file as big as that is not taken by Slack")
	}
	f := &file{id: fmt.Sprintf("F0%08X", s.fresh()), name: path.Base(name), owner: p.ID, size: len(data), data: data, uploaded: true, done: true, settled: time.Now()}
	s.keepFile(f)
	return f.id, nil
}

// attached checks the files that a person puts into inputs: their own, and there.
func (s *Server) attached(p *Person, values Values) error {
	for _, actions := range values {
		for _, in := range actions {
			for _, id := range in.Files {
				if f := s.files[id]; f == nil || !f.done || f.deleted || f.owner != p.ID {
					return fmt.Errorf("%s has no file %s to attach", p.RealName, id)
				}
			}
		}
	}
	return nil
}

// Sentences Slack's client shows at a file input. They are not confirmed.
const (
	tooManyFiles  = "You can upload up to %d files."
	wrongFileType = "This type of file cannot be uploaded here."
)

// fileComplaints is what Slack's client finds wrong with the files in a form, by block id.
func (s *Server) fileComplaints(v *view) map[string]string {
	found := map[string]string{}
	s.eachAttached(v, func(p place, files []*file) {
		most := 10
		if n, ok := wholeOf(p.element["max_files"]); ok {
			most = n
		}
		if len(files) > most {
			found[p.blockID()] = fmt.Sprintf(tooManyFiles, most)
		}
		types, limited := p.element["filetypes"].([]any)
		for _, f := range files {
			if limited && !slices.Contains(types, any(f.filetype())) {
				found[p.blockID()] = wrongFileType
			}
		}
	})
	return found
}

// give lets the app read the files of a form that is being sent, and writes them out in its state.
func (s *Server) give(v *view) {
	s.eachAttached(v, func(p place, files []*file) {
		list := []any{}
		for _, f := range files {
			f.given = true
			list = append(list, s.fileJSON(f))
		}
		v.state[p.blockID()][p.actionID()]["files"] = list
	})
}

func (s *Server) eachAttached(v *view, do func(place, []*file)) {
	for _, p := range places(v.blocks) {
		if p.kind() != "file_input" {
			continue
		}
		list, _ := v.state[p.blockID()][p.actionID()]["files"].([]any)
		var files []*file
		for _, one := range list {
			o, _ := one.(map[string]any)
			if f := s.files[str(o["id"])]; f != nil {
				files = append(files, f)
			}
		}
		if len(files) > 0 {
			do(p, files)
		}
	}
}

// mayRead reports whether the app may read a file: its own, one it was given, and one that was shared where
// it is a member.
func (s *Server) mayRead(f *file) bool {
	if f.owner == BotUser || f.given {
		return true
	}
	for id := range f.shares {
		if c := s.world.channel(id); c != nil && c.has(BotUser) {
			return true
		}
	}
	return false
}

// serveUpload is the second step: the bytes, raw or as a multipart file under any field name.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	data, err := uploaded(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.files[r.PathValue("file")]
	switch {
	case f == nil || f.secret != r.PathValue("secret") || f.done:
		http.Error(w, "no upload is expected here", http.StatusNotFound)
	case err != nil:
		http.Error(w, "the file could not be read", http.StatusBadRequest)
	case len(data) != f.size:
		s.note(Entry{Kind: KindError, Error: "file_size", Text: fmt.Sprintf("%s was announced with %d bytes and came with %d", f.name, f.size, len(data))})
		http.Error(w, "the file is not as long as announced", http.StatusBadRequest)
	default:
		f.data, f.uploaded = data, true
		fmt.Fprintf(w, "OK - %d", len(data))
	}
}

func uploaded(r *http.Request) ([]byte, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return io.ReadAll(io.LimitReader(r.Body, mostFile+1))
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, errors.New("there is no file in the form")
		}
		if part.FileName() != "" || part.FormName() == "file" || part.FormName() == "body" {
			return io.ReadAll(io.LimitReader(part, mostFile+1))
		}
	}
}

// completeUpload is the third step: the files exist, and are shared where asked.
func (c *call) completeUpload() (object, error) {
	files, err := c.promised()
	if err != nil {
		return nil, err
	}
	where := c.list("channels")
	if c.has("channel_id") {
		where = append(where, c.text("channel_id"))
	}
	if len(where) > mostChannels {
		return nil, refuse("channels_limit_exceeded")
	}
	targets, err := c.shareIn(where)
	if err != nil {
		return nil, err
	}
	said, err := c.readContent(args{"blocks": c.args["blocks"]}, mostBlockText)
	if err != nil {
		return nil, err
	}
	if c.has("initial_comment") {
		said = content{text: c.text("initial_comment")}
	}
	var ids []string
	for _, f := range files {
		f.done, f.settled = true, time.Now().Add(settleWithin)
		ids = append(ids, f.id)
	}
	for _, ch := range targets {
		m := &message{channel: ch, user: BotUser, text: said.text, blocks: said.blocks, files: ids, thread: c.text("thread_ts")}
		c.add(m)
		for _, f := range files {
			f.shares[ch.id] = append(f.shares[ch.id], m.ts)
		}
	}
	return object{"files": c.filesJSON(ids)}, nil
}

// shareIn finds the channels a file goes to, by their ids: a person's id opens no conversation here (not
// confirmed), nor does a name. A thread has to exist in each of them.
func (c *call) shareIn(where []string) (targets []*channel, err error) {
	for _, id := range where {
		ch, err := c.member(id)
		if err != nil {
			return nil, err
		}
		if thread := c.text("thread_ts"); thread != "" && ch.public(thread) == nil {
			return nil, refuse("thread_not_found")
		}
		targets = append(targets, ch)
	}
	return targets, nil
}

// finished reads the argument file: one that was uploaded to the end and is there.
func (c *call) finished() (*file, error) {
	f := c.files[c.text("file")]
	switch {
	case f == nil || !f.done || !c.mayRead(f):
		return nil, refuse("file_not_found")
	case f.deleted:
		return nil, refuse("file_deleted")
	}
	return f, nil
}

// deleteFile takes a file away, from messages too.
func (c *call) deleteFile() (object, error) {
	f, err := c.finished()
	switch {
	case err != nil:
		return nil, err
	case f.owner != BotUser:
		return nil, refuse("cant_delete_file")
	}
	f.deleted, f.data = true, nil
	return object{}, nil
}

// promised reads the argument files: ids of uploads that have arrived.
func (c *call) promised() (files []*file, err error) {
	v, _, err := c.value("files")
	list, ok := v.([]any)
	if err != nil || !ok || len(list) == 0 {
		return nil, refuseArguments("must be an array of files [json-pointer:/files]")
	}
	for _, one := range list {
		o, _ := one.(map[string]any)
		f := c.files[str(o["id"])]
		if f == nil || f.done || !f.uploaded {
			return nil, refuse("file_not_found")
		}
		if title := str(o["title"]); title != "" {
			f.title = title
		}
		files = append(files, f)
	}
	return files, nil
}

func (c *call) fileInfo() (object, error) {
	f, err := c.finished()
	if err != nil {
		return nil, err
	}
	return object{"file": c.fileJSON(f), "comments": []any{}, "response_metadata": object{"next_cursor": ""}}, nil
}

// private is where the app reads the file, with its token.
func (f *file) private(how string) string {
	return "/files-pri/" + TeamID + "-" + f.id + "/" + how + f.plainName()
}

// permalink is where people read the file in a browser.
func (f *file) permalink() string {
	return "https://" + domain + ".slack.com/files/" + f.owner + "/" + f.id + "/" + f.plainName()
}

// path is where the clients of people read the file.
func (f *file) path() string { return "/files-shown/" + f.id + "/" + f.shown + "/" + f.plainName() }

func (f *file) plainName() string { return url.PathEscape(strings.ReplaceAll(f.name, " ", "_")) }

func (f *file) filetype() string { return strings.ToLower(strings.TrimPrefix(path.Ext(f.name), ".")) }

// ready reports whether Slack has finished with the file.
func (f *file) ready() bool { return f.done && !f.deleted && !time.Now().Before(f.settled) }

func (f *file) mimetype() string {
	if t := mime.TypeByExtension(path.Ext(f.name)); t != "" {
		return t
	}
	return http.DetectContentType(f.data)
}

// fileJSON is a file as answers, messages and payloads show it, with the properties that clients written for
// Slack read (FilesInfoResponse of @slack/web-api; slack-go downloads from url_private_download).
func (s *Server) fileJSON(f *file) object {
	ext := f.filetype()
	o := object{
		"id": f.id, "name": f.name, "title": f.title, "filetype": ext, "pretty_type": strings.ToUpper(ext), "size": f.size, "alt_txt": f.alt,
		"user": f.owner, "user_team": TeamID, "created": f.made.Unix(), "timestamp": f.made.Unix(), "mode": "hosted", "editable": false,
		"is_external": false, "external_type": "", "is_public": false, "public_url_shared": false, "display_as_bot": false, "username": "",
		"url_private": s.base + f.private(""), "url_private_download": s.base + f.private("download/"), "comments_count": 0,
		"permalink": f.permalink(),
		"mimetype":  "", "shares": object{}, "channels": []string{}, "groups": []string{}, "ims": []string{},
	}
	if f.ready() {
		o["mimetype"] = f.mimetype()
		s.shareJSON(f, o)
	}
	return o
}

// shareJSON says where a file can be seen.
func (s *Server) shareJSON(f *file, o object) {
	shares, where := object{}, map[string][]string{"channels": {}, "groups": {}, "ims": {}}
	for _, id := range slices.Sorted(maps.Keys(f.shares)) {
		kind, list := "private", "ims"
		switch c := s.world.channel(id); {
		case c == nil || c.kind == Public:
			kind, list = "public", "channels"
		case c.kind == Private || c.kind == MPIM:
			list = "groups"
		}
		where[list] = append(where[list], id)
		byChannel, _ := shares[kind].(object)
		if byChannel == nil {
			byChannel = object{}
			shares[kind] = byChannel
		}
		var posts []any
		for _, ts := range f.shares[id] {
			posts = append(posts, object{"ts": ts})
		}
		byChannel[id] = posts
	}
	for name, ids := range where {
		o[name] = ids
	}
	o["shares"], o["is_public"] = shares, shares["public"] != nil
}

func (s *Server) filesJSON(ids []string) (list []any) {
	for _, id := range ids {
		if f := s.files[id]; !f.deleted {
			list = append(list, s.fileJSON(f))
		}
	}
	return list
}

func (s *Server) shownFiles(ids []string) (list []File) {
	for _, id := range ids {
		f := s.files[id]
		if f.deleted {
			continue
		}
		list = append(list, File{ID: f.id, Name: f.name, Title: f.title, Mimetype: f.mimetype(), Size: f.size, AltText: f.alt, Path: f.path()})
	}
	return list
}

// serveFile gives the content of a file to the app: to its bot token with the scope for it. Anybody else is
// led to the page on which people sign in, as a browser would be.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := s.files[strings.TrimPrefix(r.PathValue("file"), TeamID+"-")]
	may := r.Header.Get("Authorization") == "Bearer "+s.botToken && s.granted("files:read") && f != nil && s.mayRead(f)
	s.noteFileRead(r, f, may)
	s.mu.Unlock()
	if !may {
		http.Redirect(w, r, "/?redir="+url.QueryEscape(r.URL.Path), http.StatusFound)
		return
	}
	s.serveContent(w, r, f)
}

// noteFileRead records who reads a file. The lock is held.
func (s *Server) noteFileRead(r *http.Request, f *file, may bool) {
	e := Entry{Kind: KindAPI, Method: "files-pri", Text: "files-pri"}
	if f != nil {
		e.Text = "files-pri " + f.name
	}
	if !may {
		e.Error = "not_allowed"
	}
	s.note(e)
}

// serveShown gives the content of a file to the client of a person who sees it.
func (s *Server) serveShown(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := s.files[r.PathValue("file")]
	may := f != nil && r.PathValue("secret") == f.shown
	s.mu.Unlock()
	if !may {
		http.NotFound(w, r)
		return
	}
	s.serveContent(w, r, f)
}

func (s *Server) serveContent(w http.ResponseWriter, r *http.Request, f *file) {
	s.mu.Lock()
	there, kind, data := f.done && !f.deleted, f.mimetype(), f.data
	s.mu.Unlock()
	if !there {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "sandbox")
	w.Write(data)
}
