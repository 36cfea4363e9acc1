package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/slack-go/slack"
)

// mayHearMoney finds the channel of a digest and says why revenue must not be
// posted there, if so.
func (b *Bot) mayHearMoney(ctx context.Context, want string) (id, refusal string, err error) {
	c, err := b.forMoney(ctx, want)
	return c.ID, c.Refusal, err
}

// forMoney looks a channel up. It refuses one that is archived or not the bot's, that is
// shared outside, or that has guests in it.
func (b *Bot) forMoney(ctx context.Context, want string) (Channel, error) {
	mine, err := b.channels(ctx)
	if err != nil {
		return Channel{}, err
	}
	i, refusal, err := b.channelMeant(mine, want)
	if err != nil || refusal != "" {
		return Channel{Refusal: refusal}, err
	}
	if i < 0 {
		called := want
		if channelID.MatchString(want) {
			called = "that channel"
		}
		return Channel{Refusal: "I am not a member of " + called + ", or it is archived. Invite me there."}, nil
	}
	found := Channel{ID: mine[i].ID, Name: mine[i].Name}
	if !inside(mine[i]) {
		found.Refusal = "#" + found.Name + " is shared with people outside this workspace."
		return found, nil
	}
	outsiders, err := b.outsiders(ctx, found.ID)
	if err == nil && len(outsiders) > 0 {
		found.Refusal = "#" + found.Name + " has guests in it: " + strings.Join(outsiders, ", ") + "."
	}
	return found, err
}

// outsiders lists the guests and strangers in a channel.
func (b *Bot) outsiders(ctx context.Context, channel string) ([]string, error) {
	members, err := b.membersOf(ctx, channel)
	if err != nil {
		return nil, err
	}
	known, err := b.acquaintances(ctx, len(members))
	if err != nil {
		return nil, err
	}
	var found []string
	for _, id := range members {
		p, name := known[id].Person, known[id].Name
		if _, there := known[id]; !there { // as people of another workspace are not
			if p, name, err = b.account(ctx, id); err != nil {
				return nil, err
			}
		}
		if p.Guest || p.Stranger || p.Team != b.home.Team {
			found = append(found, name)
		}
	}
	return found, nil
}

// membersOf lists who is in a channel, besides the bot.
func (b *Bot) membersOf(ctx context.Context, channel string) (all []string, err error) {
	params := &slack.GetUsersInConversationParameters{ChannelID: channel, Limit: 200}
	for {
		ids, next, err := b.web.GetUsersInConversationContext(ctx, params)
		if err != nil {
			return nil, err
		}
		all = append(all, ids...)
		if params.Cursor = next; next == "" {
			return slices.DeleteFunc(all, func(id string) bool { return id == b.home.User }), nil
		}
	}
}

// askedSingly is how many people are asked for one by one: Slack allows a hundred a
// minute. Of more, the list of all accounts is read, a thousand at a time.
const askedSingly = 30

// acquaintances are the accounts of the workspace by id, read now, when so many people
// are to be looked up that it is worth it; nil otherwise.
func (b *Bot) acquaintances(ctx context.Context, people int) (map[string]Account, error) {
	if people <= askedSingly {
		return nil, nil
	}
	all, err := b.everyAccount(ctx, true)
	if err != nil {
		return nil, err
	}
	known := make(map[string]Account, len(all.list))
	for _, a := range all.list {
		known[a.ID] = a
	}
	return known, nil
}
