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
	i := slices.IndexFunc(mine, func(c slack.Channel) bool { return c.ID == want || "#"+c.Name == want })
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
	var found []string
	params := &slack.GetUsersInConversationParameters{ChannelID: channel, Limit: 200}
	for {
		ids, next, err := b.web.GetUsersInConversationContext(ctx, params)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if id == b.home.User {
				continue
			}
			p, name, err := b.account(ctx, id)
			if err != nil {
				return nil, err
			}
			if p.Guest || p.Stranger || p.Team != b.home.Team {
				found = append(found, name)
			}
		}
		if params.Cursor = next; next == "" {
			return found, nil
		}
	}
}
