package slack

import (
	"slices"
	"strings"
)

// Reactions and pins: what is put on a message besides words.

// mostReactions is how many different emoji fit below a message; the number is not confirmed.
const mostReactions = 23

// marked finds the message a reaction or pin is about.
func (c *call) marked() (*message, error) {
	if !c.has("channel") || !c.has("timestamp") {
		return nil, refuse("no_item_specified")
	}
	ch, err := c.member(c.text("channel"))
	if err != nil {
		return nil, err
	}
	m := ch.public(c.text("timestamp"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	return m, nil
}

// emoji reads the name of a reaction.
func (c *call) emoji() (string, error) {
	name := strings.Trim(c.text("name"), ":")
	if name == "" || strings.ContainsAny(name, " <>&") {
		return "", refuse("invalid_name")
	}
	return name, nil
}

func (m *message) reaction(name string) int {
	return slices.IndexFunc(m.reactions, func(r Reaction) bool { return r.Name == name })
}

// reacting reads which message and which emoji a reaction is about.
func (c *call) reacting() (m *message, name string, err error) {
	if m, err = c.marked(); err != nil {
		return nil, "", err
	}
	name, err = c.emoji()
	return m, name, err
}

func (c *call) addReaction() (object, error) {
	m, name, err := c.reacting()
	if err != nil {
		return nil, err
	}
	i := m.reaction(name)
	switch {
	case i < 0 && len(m.reactions) >= mostReactions:
		return nil, refuse("too_many_emoji")
	case i < 0:
		m.reactions = append(m.reactions, Reaction{Name: name, Users: []string{BotUser}})
	case slices.Contains(m.reactions[i].Users, BotUser):
		return nil, refuse("already_reacted")
	default:
		m.reactions[i].Users = append(slices.Clone(m.reactions[i].Users), BotUser)
	}
	c.publishReaction("reaction_added", m, name)
	c.noteMark(m, "reacted with :"+name+":")
	return object{}, nil
}

func (c *call) removeReaction() (object, error) {
	m, name, err := c.reacting()
	if err != nil {
		return nil, err
	}
	i := m.reaction(name)
	if i < 0 || !slices.Contains(m.reactions[i].Users, BotUser) {
		return nil, refuse("no_reaction")
	}
	left := slices.DeleteFunc(slices.Clone(m.reactions[i].Users), func(id string) bool { return id == BotUser })
	if m.reactions[i].Users = left; len(left) == 0 {
		m.reactions = slices.Delete(m.reactions, i, i+1)
	}
	c.publishReaction("reaction_removed", m, name)
	c.noteMark(m, "took :"+name+": back")
	return object{}, nil
}

func (c *call) getReactions() (object, error) {
	m, err := c.marked()
	if err != nil {
		return nil, err
	}
	return object{"type": "message", "channel": m.channel.id, "message": c.messageJSON(m)}, nil
}

func (c *call) addPin() (object, error) {
	m, err := c.marked()
	switch {
	case err != nil:
		return nil, err
	case m.pinned:
		return nil, refuse("already_pinned")
	}
	m.pinned = true
	c.noteMark(m, "pinned a message")
	return object{}, nil
}

func (c *call) removePin() (object, error) {
	m, err := c.marked()
	switch {
	case err != nil:
		return nil, err
	case !m.pinned:
		return nil, refuse("no_pin")
	}
	m.pinned = false
	c.noteMark(m, "took a pin back")
	return object{}, nil
}

func (c *call) noteMark(m *message, what string) {
	c.note(Entry{Kind: KindEdit, Channel: m.channel.id, User: BotUser, TS: m.ts, Text: what})
}
