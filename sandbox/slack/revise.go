package slack

import (
	"errors"
	"fmt"
	"strings"
)

// Revise is a person editing what they wrote. The message then says that it was edited.
func (s *Server) Revise(user, channel, ts, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.ownWords(user, channel, ts)
	switch {
	case err != nil:
		return err
	case strings.TrimSpace(text) == "":
		return errors.New("there is nothing to send; delete the message instead")
	}
	if sent := s.written(text); sent != m.text {
		s.edit(m, content{text: sent}, true)
	}
	return nil
}

// Retract is a person deleting what they wrote.
func (s *Server) Retract(user, channel, ts string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.ownWords(user, channel, ts)
	if err != nil {
		return err
	}
	s.erase(m)
	return nil
}

// ownWords finds a message this person wrote and may still change. The lock is held.
func (s *Server) ownWords(user, channel, ts string) (*message, error) {
	p, c, err := s.actorIn(user, channel)
	if err != nil {
		return nil, err
	}
	m := c.public(ts)
	switch {
	case m == nil:
		return nil, fmt.Errorf("there is no message %s in #%s", ts, c.name)
	case m.user != p.ID:
		return nil, fmt.Errorf("%s did not write that; only who wrote a message can change it", p.RealName)
	case c.archived:
		return nil, fmt.Errorf("#%s is archived; nothing can be changed there", c.name)
	}
	return m, nil
}

// written is what a client sends of what a person typed: mentions, links and addresses as tokens, and all
// else without a meaning. The lock is held.
func (s *Server) written(text string) string {
	sent := mailWord.ReplaceAllString(s.mentionTokens(escapeText(strings.ToValidUTF8(text, "�"))), "<mailto:$0|$0>")
	return linkWord.ReplaceAllString(sent, "<$0>")
}
