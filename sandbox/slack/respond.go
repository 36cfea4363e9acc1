package slack

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

// Limits of a response URL.
const (
	mostResponses = 5
	responseLife  = 30 * time.Minute // on the workspace's clock
)

// hook is a response URL: who did what where.
type hook struct {
	user    string
	channel *channel
	source  *message // the message that was acted on; nil for a command
	line    string   // the command as typed
	at      time.Time
	uses    int
}

// newHook makes a response URL. The lock is held by the caller.
func (s *Server) newHook(kind string, h *hook) (path string) {
	h.at = s.now()
	path = "/" + kind + "/" + TeamID + "/" + itoa(7000000+s.fresh()) + "/" + secret(12)
	s.hooks[path] = h
	return path
}

// serveResponse takes a post to a response URL. Success is the text ok; a refusal is 404 with its reason.
func (s *Server) serveResponse(w http.ResponseWriter, r *http.Request) {
	body := args{}
	err := body.fromJSON(http.MaxBytesReader(nil, r.Body, mostBody), asIs, true)
	s.mu.Lock()
	h := s.hooks[r.URL.Path]
	if err == nil {
		err = s.useHook(h, body)
	}
	e := Entry{Kind: KindResponseURL, Raw: encode(object(body))}
	if h != nil {
		e.User, e.Channel = h.user, h.channel.id
	}
	if err != nil {
		e.Error, e.Why = err.Error(), reasons(err)
	}
	s.note(e)
	s.mu.Unlock()
	if err == nil {
		w.Write([]byte("ok"))
		return
	}
	answer := object{"ok": false, "error": err.Error()}
	if no, ok := errors.AsType[*refusal](err); ok {
		for name, v := range no.more {
			answer[name] = v
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	w.Write(encode(answer))
}

func (s *Server) useHook(h *hook, body args) error {
	switch {
	case h == nil:
		return refuse("invalid_url")
	case s.now().Sub(h.at) > responseLife:
		return refuse("expired_url")
	case h.uses >= mostResponses:
		return refuse("used_url")
	}
	h.uses++
	return s.respond(h, body)
}

// respond posts, replaces or deletes, as an acknowledgement or a response URL asks. The lock is held.
func (s *Server) respond(h *hook, body args) error {
	said, err := s.readContent(body, 0) // here Slack was never seen to limit the text of all blocks together
	if err != nil {
		return err
	}
	inChannel := body.text("response_type") == "in_channel"
	switch {
	case h.source != nil && h.source.deleted && (body.truth("delete_original") || body.truth("replace_original")):
		return refuse("message_not_found")
	case h.source != nil && body.truth("delete_original"):
		s.erase(h.source)
		return nil
	case said.empty() && inChannel && h.source == nil:
		s.showLine(h)
		return nil
	case said.empty():
		return refuse("no_text")
	case h.source != nil && body.truth("replace_original"): // it stays for those who saw it, whatever response_type says
		said.hasBlocks, said.hasAttached = true, true // the new message takes the place of all of the old one
		s.edit(h.source, said, true)
		return nil
	}
	return s.respondAnew(h, said, inChannel, body.text("thread_ts"))
}

// respondAnew posts a message of its own: for all, where a thread can be named, or for the one who acted.
func (s *Server) respondAnew(h *hook, said content, inChannel bool, thread string) error {
	if runes := []rune(said.text); len(runes) > mostText {
		said.text = string(runes[:mostText])
	}
	m := &message{channel: h.channel, user: BotUser, text: said.text, blocks: said.blocks, attachments: said.attachments}
	switch {
	case !inChannel:
		m.onlyFor = h.user
		if h.source != nil {
			m.thread = h.source.thread
		}
	case h.channel.archived:
		return refuse("is_archived")
	case thread != "" && h.channel.public(thread) == nil: // what Slack calls this is not confirmed
		return refuse("cannot_reply_to_message")
	default:
		m.metadata, m.thread = said.metadata, thread
		s.showLine(h)
	}
	s.add(m)
	return nil
}

// showLine is for a command answered in the channel: everybody sees, once, who typed what.
func (s *Server) showLine(h *hook) {
	if h.line != "" {
		s.add(&message{channel: h.channel, user: h.user, text: h.line})
		h.line = ""
	}
}

// respondTo handles the payload of an acknowledgement to a command.
func (s *Server) respondTo(h *hook, payload json.RawMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(payload) == 0 || strings.TrimSpace(string(payload)) == "{}" || string(payload) == "null" {
		return nil
	}
	body := args{}
	if payload[0] == '"' { // a bare string is a text
		var text string
		if err := json.Unmarshal(payload, &text); err != nil {
			return refuse("invalid_json")
		}
		if body["text"] = text; text == "" {
			return nil
		}
		return s.respond(h, body)
	}
	if err := body.fromJSON(bytesReader(payload), asIs, true); err != nil {
		return err
	}
	return s.respond(h, body)
}
