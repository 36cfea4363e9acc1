package bot

import (
	"context"
	"strings"
)

// refusesKey marks on disk that the owner was told of refused charts.
const refusesKey = "refused/charts"

// drawn sends a message. Where Slack refuses charts and tables the same is sent without
// them; from then on this bot draws none, and its owner is told once. What is refused
// all the same is said plainly, since plain words are better than none.
func (b *Bot) drawn(ctx context.Context, m Message, send func(Message) error) error {
	without := m
	without.Blocks = spare(m.Blocks)
	if newer(m.Blocks) && b.plainOnly.Load() {
		m = without
	}
	err := send(m)
	if refusesBlocks(err) && newer(m.Blocks) {
		again := send(without)
		if !refusesBlocks(again) {
			if again == nil && !b.plainOnly.Swap(true) {
				b.Log.Error("Slack refuses charts and tables here; messages go out without them", "error", err)
				b.tellOfRefusal(err)
			}
			return again
		}
	}
	if undrawable(err) || refusesBlocks(err) {
		b.Log.Error("Slack refuses how a message is drawn; it is said plainly", "error", err)
		err = send(m.plain())
	}
	return err
}

// refusesBlocks tells whether Slack did not like what a message is built of. A response
// URL says so in words of its own.
func refusesBlocks(err error) bool {
	return err != nil && strings.Contains(err.Error(), "invalid_blocks")
}

func (b *Bot) tellOfRefusal(why error) {
	b.insist("nobody could be told yet that charts are refused", func(ctx context.Context) error {
		court, err := b.court(ctx, "")
		if err != nil {
			return err
		}
		_, err = b.postOnce(ctx, refusesKey, court, Say("This workspace does not take Slack's charts and tables yet (%s), so I send figures without them. The numbers are the same.", clean(why.Error(), 120)))
		return err
	})
}
