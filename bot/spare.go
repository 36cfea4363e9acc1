package bot

import (
	"context"
	"errors"
	"strings"

	"github.com/slack-go/slack"
)

// refusesKey marks on disk that the owner was told of refused charts.
const refusesKey = "refused/charts"

// withSpare sends a message, and where Slack refuses its charts and tables, sends the
// same without them. From then on this bot draws none; its owner is told once.
func (b *Bot) withSpare(ctx context.Context, m Message, send func(Message) error) error {
	if !newer(m.Blocks) {
		return send(m)
	}
	plain := m
	plain.Blocks = spare(m.Blocks)
	if b.plainOnly.Load() {
		return send(plain)
	}
	err := send(m)
	if !refusesBlocks(err) {
		return err
	}
	if again := send(plain); again != nil {
		return again // it was not for the charts
	}
	b.plainOnly.Store(true)
	b.Log.Error("Slack refuses charts and tables here; messages go out without them", "error", err)
	b.tellOfRefusal(ctx, err)
	return nil
}

// refusesBlocks tells whether Slack did not like what a message is built of.
func refusesBlocks(err error) bool {
	if err == nil {
		return false
	}
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return strings.HasPrefix(e.Err, "invalid_blocks") || e.Err == "invalid_attachments"
	}
	return strings.Contains(err.Error(), "invalid_blocks") // of a response URL
}

func (b *Bot) tellOfRefusal(ctx context.Context, why error) {
	court, err := b.court(ctx, "")
	if err == nil {
		_, err = b.postOnce(ctx, refusesKey, court, Say("This workspace does not take Slack's charts and tables yet (%s), so I send figures without them. The numbers are the same.", clean(why.Error(), 120)))
	}
	if err != nil {
		b.Log.Warn("nobody could be told that charts are refused", "error", err)
	}
}
