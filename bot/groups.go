package bot

import (
	"context"
	"slices"

	"github.com/ascbot/ascbot/bot/policy"
)

// Group is a group of the rules with those who are in it now.
type Group struct {
	Name   string
	IDs    []string // Slack user ids; nil for a group that is built in
	People []string // names of the first of them
}

// mostNamed bounds how many people of a group are named: each can cost a call.
const mostNamed = 12

// group looks up who is in a group.
func (b *Bot) group(ctx context.Context, conf *Config, name string) (Group, error) {
	g := Group{Name: name}
	if policy.BuiltInGroup(name) {
		return g, nil
	}
	for _, member := range conf.Policy.Groups[name] {
		ids := []string{member}
		if isUserGroup(member) {
			var err error
			if ids, err = b.members(ctx, member); err != nil {
				return g, err
			}
		}
		for _, id := range ids {
			if !slices.Contains(g.IDs, id) {
				g.IDs = append(g.IDs, id)
			}
		}
	}
	for _, id := range g.IDs[:min(len(g.IDs), mostNamed)] {
		called, err := b.nameFor(ctx, id)
		if err != nil {
			return g, err
		}
		g.People = append(g.People, called)
	}
	return g, nil
}

// nameFor is what somebody is called, and whether they are deactivated.
func (b *Bot) nameFor(ctx context.Context, id string) (string, error) {
	if name := b.people.called(id); name != "" {
		return name, nil
	}
	p, name, err := b.account(ctx, id)
	switch {
	case gone(err):
		return id + " (not in Slack)", nil
	case err != nil:
		return "", err
	case p.Deleted:
		return name + " (deactivated)", nil
	}
	return name, nil
}
