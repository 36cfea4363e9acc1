package bot

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/store"
)

// The event type and the one field of the metadata that marks the bot's own
// posts. Any app can read metadata, so it holds a key and no facts.
const (
	postEvent = "ascbot_post"
	postKey   = "key"
)

// postOnce posts a message that must stand in a channel once and no more.
func (b *Bot) postOnce(ctx context.Context, key, channel string, m Message) (store.Place, error) {
	return b.postInThread(ctx, key, store.Place{Channel: channel}, m)
}

// postInThread posts a message once: as a reply to another, or, under a place without
// a message, into the channel itself. It is claimed on disk before it goes out; when a
// claim is found that was never confirmed, Slack is asked whether the message is there
// already.
func (b *Bot) postInThread(ctx context.Context, key string, under store.Place, m Message) (store.Place, error) {
	claim, fresh, err := b.Store.ClaimFor(key, under.Channel, b.Now())
	if err != nil {
		return store.Place{}, err
	}
	if claim.Posted.IsZero() && claim.To != "" && claim.To != under.Channel {
		// It was to be posted elsewhere when it was claimed, and may stand there.
		place, found, err := b.posted(ctx, key, store.Place{Channel: claim.To}, claim.At)
		switch {
		case found:
			return place, b.confirm(key, place)
		case err != nil && !lost(err):
			return store.Place{}, err
		}
	}
	return b.postClaimed(ctx, claim, fresh, under, m)
}

// postClaimed posts a message for which a claim was taken; fresh says that it was just now,
// and so that nothing can have been posted yet.
func (b *Bot) postClaimed(ctx context.Context, claim store.Claim, fresh bool, under store.Place, m Message) (place store.Place, err error) {
	key := claim.Key
	if !claim.Posted.IsZero() {
		return claim.Place, nil
	}
	if !fresh {
		place, found, err := b.posted(ctx, key, under, claim.At)
		if err != nil {
			return store.Place{}, err
		}
		if found {
			return place, b.confirm(key, place)
		}
	}
	how := []slack.MsgOption{keyed(key)}
	if under.TS != "" {
		how = append(how, slack.MsgOptionTS(under.TS))
	}
	place.Channel, place.TS, err = b.post(ctx, weightOf(key), under.Channel, m, how...)
	if err != nil {
		return store.Place{}, fmt.Errorf("posting to Slack: %w", err)
	}
	return place, b.confirm(key, place)
}

// insist says something beside the caller, which nothing would say again, until Slack
// takes it or the bot is told to stop. After the next start it is found out anew.
func (b *Bot) insist(failed string, say func(context.Context) error) {
	b.start(func(ctx context.Context) {
		for pause := 5 * time.Second; ; pause = min(2*pause, 10*time.Minute) {
			err := say(ctx)
			if err == nil {
				return
			}
			b.Log.Warn(failed+"; it is tried again", "pause", pause, "error", err)
			if !sleep(b.root, pause) {
				return
			}
		}
	})
}

// weightOf says by the key of a post how much it is waited for.
func weightOf(key string) weight {
	switch purpose, _, _ := strings.Cut(key, "/"); purpose {
	case "told", "grant":
		return outcome
	case "card":
		return face
	}
	return news
}

// keyed puts a key into a message, by which it can be found again.
func keyed(key string) slack.MsgOption {
	return slack.MsgOptionMetadata(slack.SlackMetadata{EventType: postEvent, EventPayload: map[string]any{postKey: key}})
}

func (b *Bot) confirm(key string, place store.Place) error {
	_, err := b.Store.Posted(key, place, b.Now())
	return err
}

// posted looks for a message of the bot's own by its key: in a channel from a minute
// before it was claimed, or among the replies to another. It looks twice, since a new
// message can be missing from the history for some seconds.
func (b *Bot) posted(ctx context.Context, key string, under store.Place, since time.Time) (store.Place, bool, error) {
	for look := 0; ; look++ {
		place, found, err := b.lookFor(ctx, key, under, since)
		if err != nil || found || look == 1 {
			return place, found, err
		}
		if !sleep(ctx, 6*time.Second) {
			return store.Place{}, false, ctx.Err()
		}
	}
}

func (b *Bot) lookFor(ctx context.Context, key string, under store.Place, since time.Time) (store.Place, bool, error) {
	for cursor := ""; ; {
		page, next, err := b.history(ctx, under, since, cursor)
		if err != nil {
			return store.Place{}, false, fmt.Errorf("looking for an earlier post: %w", err)
		}
		for _, m := range page {
			if m.Metadata.EventType == postEvent && m.Metadata.EventPayload[postKey] == key && m.User == b.home.User {
				return store.Place{Channel: under.Channel, TS: m.Timestamp}, true, nil
			}
		}
		if cursor = next; cursor == "" {
			return store.Place{}, false, nil
		}
	}
}

// history reads one page of a channel, or of the replies to a message in it.
func (b *Bot) history(ctx context.Context, under store.Place, since time.Time, cursor string) (page []slack.Message, next string, err error) {
	if under.TS != "" {
		page, _, next, err = b.web.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: under.Channel, Timestamp: under.TS, IncludeAllMetadata: true, Limit: 200, Cursor: cursor,
		})
		return page, next, err
	}
	found, err := b.web.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
		ChannelID: under.Channel, IncludeAllMetadata: true, Limit: 200, Cursor: cursor,
		Oldest: strconv.FormatInt(since.Add(-time.Minute).Unix(), 10),
	})
	if err != nil {
		return nil, "", err
	}
	return found.Messages, found.ResponseMetaData.NextCursor, nil
}

// direct finds the direct-message channel with somebody, so that what was said
// there can be looked up again.
func (b *Bot) direct(ctx context.Context, user string) (string, error) {
	ch, _, _, err := b.web.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}})
	if err != nil {
		return "", fmt.Errorf("opening a direct message: %w", err)
	}
	return ch.ID, nil
}
