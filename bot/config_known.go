package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/policy"
)

// A Reference is somebody or something in Slack that a configuration speaks of.
type Reference struct {
	Of    string // the id of a user, a user group or a channel; or "#" and a channel's name
	At    string // where it does: file:line:column
	Cards bool   // a channel in which people decide
	Money bool   // a channel to which a digest goes
}

// known looks whether Slack knows everybody and everything that a configuration speaks
// of. A Slack that does not answer is waited for.
func (b *Bot) known(ctx context.Context, c *Config) error {
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		unknown, err := b.unknownTo(ctx, c)
		if err == nil && len(unknown) == 0 {
			return nil
		}
		if err == nil {
			return fmt.Errorf("%w.\n%s", ErrRules, strings.Join(unknown, "\n"))
		}
		if !passingSlack(err) {
			return fmt.Errorf("%w: looking up in Slack whom they speak of: %w", ErrRules, err)
		}
		b.Log.Warn("Slack does not say yet whether it knows what the rules speak of", "error", err)
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
	}
}

// unknownTo says of each reference that Slack knows nothing of what is wrong with it, and
// what helps, in the order of the file.
func (b *Bot) unknownTo(ctx context.Context, c *Config) (wrong []string, err error) {
	groups, err := b.userGroups(ctx, c)
	if err != nil {
		return nil, err
	}
	channels, err := b.channelsFor(ctx, c)
	if err != nil {
		return nil, err
	}
	looked := map[string]string{} // what is wrong with a user
	for _, m := range c.Spoken {
		var what string
		switch {
		case m.isChannel():
			what = channels.lack(m)
		case isUserGroup(m.Of):
			if !slices.ContainsFunc(groups, func(g slack.UserGroup) bool { return g.ID == m.Of }) {
				what = "Slack knows no user group " + m.Of + ". Mend the id, or take it out."
			}
		default:
			var done bool
			if what, done = looked[m.Of]; !done {
				if what, err = b.lackOf(ctx, m.Of); err != nil {
					return nil, err
				}
				looked[m.Of] = what
			}
		}
		if what != "" {
			wrong = append(wrong, m.At+": "+what)
		}
	}
	if len(wrong) == 0 {
		return b.tooFew(ctx, c, groups)
	}
	return wrong, nil
}

// tooFew says which of rules that are to come into force too few people could meet, now that
// Slack names those who are in its user groups. One of which it does not tell counts as enough.
func (b *Bot) tooFew(ctx context.Context, c *Config, groups []slack.UserGroup) ([]string, error) {
	members := map[string][]string{}
	for _, g := range groups {
		if !slices.ContainsFunc(c.Spoken, func(m Reference) bool { return m.Of == g.ID }) {
			continue
		}
		users := g.Users
		if len(users) == 0 { // that may be all that this list says
			var err error
			if users, err = b.members(ctx, g.ID); err != nil && passingSlack(err) {
				return nil, err
			} else if err != nil {
				b.Log.Warn("Slack does not tell who is in a user group of the rules", "group", g.ID, "error", err)
				continue
			}
		}
		members[g.ID] = users
	}
	if c.manyAdmins() {
		all, err := b.everyAccount(ctx, true)
		if err != nil && passingSlack(err) {
			return nil, err
		} else if err != nil {
			b.Log.Warn("Slack does not tell who is a workspace admin", "error", err)
		}
		for _, a := range all.list {
			if a.In(policy.Admins) && !a.Deleted && !a.Bot && !a.Guest && !a.Stranger {
				members[policy.Admins] = append(members[policy.Admins], a.ID)
			}
		}
	}
	if len(members) == 0 || c.Count == nil {
		return nil, nil
	}
	err := c.Count(members)
	if err == nil {
		return nil, nil
	}
	before, e := b.Store.PolicyInForce()
	if e != nil || before != c.Hash() {
		return []string{err.Error()}, e
	}
	// These rules were good when they came into force. Who has left a group since must not
	// keep the bot from going on with everything else.
	b.Log.Warn("the rules ask for more people than there are", "error", err)
	b.start(func(ctx context.Context) { b.tellTooFew(ctx, before, err) })
	return nil, nil
}

// manyAdmins reports whether a rule wants more than one workspace admin; there is one always.
func (c *Config) manyAdmins() bool {
	wants := func(r policy.Rule) bool {
		return r.With[policy.Admins] > 1 || r.Quorum > 1 && slices.Contains(r.Agree, policy.Admins)
	}
	all := slices.Concat([]policy.Rules{c.Policy.Rules}, slices.Collect(maps.Values(c.Policy.Teams)), slices.Collect(maps.Values(c.Policy.Apps)))
	return slices.ContainsFunc(all, func(r policy.Rules) bool {
		return slices.ContainsFunc(slices.Collect(maps.Values(r.Classes)), wants) || slices.ContainsFunc(slices.Collect(maps.Values(r.Operations)), wants)
	})
}

// tellTooFew tells the approvers once a day, at a start, which rules nobody can meet by now.
func (b *Bot) tellTooFew(ctx context.Context, hash string, which error) {
	court, err := b.court(ctx, "")
	if err == nil {
		key := "toofew/" + hash + "/" + b.Now().UTC().Format(time.DateOnly)
		_, err = b.postOnce(ctx, key, court, Say("⚠️ Some rules ask for more people than there are now, so what they are for cannot be agreed to. Put people into the groups, or change the rules.\n%s", Block(shorten(which.Error(), mostShown))))
	}
	if err != nil {
		b.Log.Error("the approvers could not be told that there are too few of them", "error", err)
	}
}

// lackOf says of a user id what is wrong with it.
func (b *Bot) lackOf(ctx context.Context, id string) (string, error) {
	who, err := b.web.GetUserInfoContext(ctx, id)
	switch {
	case gone(err):
		return "Slack knows no user " + id + ". Mend the id, or take it out.", nil
	case err != nil:
		return "", err
	case who.Deleted:
		b.Log.Warn("somebody in the rules is deactivated in Slack", "user", id)
	}
	return "", nil
}

// userGroups are the user groups in Slack, when the configuration speaks of any.
func (b *Bot) userGroups(ctx context.Context, c *Config) ([]slack.UserGroup, error) {
	if !slices.ContainsFunc(c.Spoken, func(m Reference) bool { return isUserGroup(m.Of) }) {
		return nil, nil
	}
	return b.web.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeUsers(true))
}

func (m Reference) isChannel() bool {
	return strings.HasPrefix(m.Of, "#") || channelID.MatchString(m.Of)
}

// names reports whether a channel is the one that is meant.
func (m Reference) names(c slack.Channel) bool { return c.ID == m.Of || "#"+c.Name == m.Of }

// slackChannels is what the bot can see of the channels in Slack.
type slackChannels struct {
	seen     []slack.Channel
	absent   []string // ids that Slack says are not there
	kept     []string // ids of which it does not tell
	bound    []string // names that stand for a channel since they were read first, whatever it is called now
	unlisted bool     // it does not tell which channels there are
}

// channelsFor looks up the channels that a configuration speaks of: those the bot is in;
// when one is not among them, by its id or in the list of all there are. What Slack will
// not tell, for want of a scope for example, is taken to be there.
func (b *Bot) channelsFor(ctx context.Context, c *Config) (found slackChannels, err error) {
	if !slices.ContainsFunc(c.Spoken, Reference.isChannel) {
		return found, nil
	}
	found.seen, err = b.channels(ctx)
	if err = b.notTold(err); err != nil {
		return found, err
	}
	if found.bound, err = b.boundAmong(c.Spoken); err != nil {
		return found, err
	}
	listed := false
	for _, m := range c.Spoken {
		switch {
		case !m.isChannel() || slices.ContainsFunc(found.seen, m.names) || slices.Contains(found.absent, m.Of):
		case m.Money && slices.Contains(found.bound, m.Of):
		case !strings.HasPrefix(m.Of, "#"):
			if err := b.lookUpChannel(ctx, m.Of, &found); err != nil {
				return found, err
			}
		case !listed:
			listed = true
			all, err := b.everyChannel(ctx)
			found.unlisted = err != nil || slices.ContainsFunc(all, func(c slack.Channel) bool { return c.Name == "" })
			if err = b.notTold(err); err != nil {
				return found, err
			}
			found.seen = append(found.seen, all...)
		}
	}
	return found, nil
}

// boundAmong are the names of channels of digests that stand for one already.
func (b *Bot) boundAmong(all []Reference) (names []string, err error) {
	for _, m := range all {
		if !m.Money || !strings.HasPrefix(m.Of, "#") {
			continue
		}
		_, bound, err := b.Store.ChannelNamed(m.Of)
		if err != nil {
			return nil, err
		}
		if bound {
			names = append(names, m.Of)
		}
	}
	return names, nil
}

func (b *Bot) lookUpChannel(ctx context.Context, id string, found *slackChannels) error {
	one, err := b.web.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
	said, refused := errors.AsType[slack.SlackErrorResponse](err)
	switch {
	case err == nil:
		found.seen = append(found.seen, *one)
	case refused && said.Err == "channel_not_found":
		found.absent = append(found.absent, id)
	default:
		if err := b.notTold(err); err != nil {
			return err
		}
		found.kept = append(found.kept, id)
	}
	return nil
}

// notTold answers an error that may pass, and notes one with which Slack refuses to tell.
func (b *Bot) notTold(err error) error {
	if err == nil || passingSlack(err) {
		return err
	}
	b.Log.Warn("Slack does not tell whether the channels that the rules speak of are there", "error", err)
	return nil
}

// everyChannel lists the public channels of the workspace and the private ones the bot is
// in, archived ones too.
func (b *Bot) everyChannel(ctx context.Context) (all []slack.Channel, err error) {
	params := &slack.GetConversationsParameters{Types: []string{"public_channel", "private_channel"}, Limit: 999}
	for {
		page, next, err := b.web.GetConversationsContext(ctx, params)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if params.Cursor = next; next == "" {
			return all, nil
		}
	}
}

// lack says what is wrong with the channel of a reference, and what helps. Nobody can decide
// in an archived channel, so for cards it is as good as none.
func (s slackChannels) lack(m Reference) string {
	i := slices.IndexFunc(s.seen, m.names)
	switch {
	case i >= 0 && s.seen[i].IsArchived && m.Cards:
		return fmt.Sprintf("the channel #%s is archived, so nobody could decide there. Take it out of the archive, or name another channel here.", s.seen[i].Name)
	case m.Money && slices.Contains(s.bound, m.Of): // when it goes nowhere its digest says so
		return ""
	case i >= 0, slices.Contains(s.kept, m.Of), s.unlisted && strings.HasPrefix(m.Of, "#"):
		return ""
	}
	if !strings.HasPrefix(m.Of, "#") {
		return fmt.Sprintf("Slack knows no channel %s, or it is private and the bot is not in it. /invite the bot if it is private, or mend the id here.", m.Of)
	}
	var names []string
	for _, c := range s.seen {
		if slices.Contains(c.PreviousNames, m.Of[1:]) {
			return fmt.Sprintf("Slack knows no channel %s any more: it was renamed, and is #%s now. Write that here, or its id %s, which stays.", m.Of, c.Name, c.ID)
		}
		names = append(names, "#"+c.Name)
	}
	return fmt.Sprintf("Slack knows no channel %s, or it is private and the bot is not in it. Make it, or /invite the bot if it is private, or mend the name here.%s", m.Of, Nearest(m.Of, names))
}

// passingSlack tells a Slack that may answer in a minute from one that has said no.
func passingSlack(err error) bool {
	said, ok := errors.AsType[slack.SlackErrorResponse](err)
	return !ok || slices.Contains([]string{"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"}, said.Err)
}
