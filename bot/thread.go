package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/store"
)

// postInThread posts a reply to a message once, as postOnce does in a channel.
func (b *Bot) postInThread(ctx context.Context, key string, under store.Place, m Message) (store.Place, error) {
	claim, fresh, err := b.Store.Claim(key, b.Now())
	if err != nil || !claim.Posted.IsZero() {
		return claim.Place, err
	}
	if !fresh {
		place, found, err := b.replied(ctx, key, under)
		if err != nil {
			return store.Place{}, err
		}
		if found {
			return place, b.confirm(key, place)
		}
	}
	at, ts, err := b.post(ctx, weightOf(key), under.Channel, m, slack.MsgOptionTS(under.TS), slack.MsgOptionMetadata(slack.SlackMetadata{
		EventType: postEvent, EventPayload: map[string]any{postKey: key},
	}))
	if err != nil {
		return store.Place{}, fmt.Errorf("posting to a thread: %w", err)
	}
	place := store.Place{Channel: at, TS: ts}
	return place, b.confirm(key, place)
}

// replied looks for a reply of the bot's own by its key, twice, since a new one can be
// missing for some seconds.
func (b *Bot) replied(ctx context.Context, key string, under store.Place) (store.Place, bool, error) {
	for look := 0; ; look++ {
		place, found, err := b.lookForReply(ctx, key, under)
		if err != nil || found || look == 1 {
			return place, found, err
		}
		if !sleep(ctx, 6*time.Second) {
			return store.Place{}, false, ctx.Err()
		}
	}
}

func (b *Bot) lookForReply(ctx context.Context, key string, under store.Place) (store.Place, bool, error) {
	params := &slack.GetConversationRepliesParameters{ChannelID: under.Channel, Timestamp: under.TS, IncludeAllMetadata: true, Limit: 200}
	for {
		page, more, next, err := b.web.GetConversationRepliesContext(ctx, params)
		if err != nil {
			return store.Place{}, false, fmt.Errorf("looking for an earlier reply: %w", err)
		}
		for _, m := range page {
			if m.Metadata.EventType == postEvent && m.Metadata.EventPayload[postKey] == key && m.User == b.home.User {
				return store.Place{Channel: under.Channel, TS: m.Timestamp}, true, nil
			}
		}
		if params.Cursor = next; !more || next == "" {
			return store.Place{}, false, nil
		}
	}
}
