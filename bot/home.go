package bot

import (
	"context"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/store"
)

// showHome draws the App Home for one person: what waits for them, what is
// theirs, and how to begin.
func (b *Bot) showHome(ctx context.Context, user string) {
	blocks, err := b.homeFor(ctx, user)
	if err != nil {
		b.Log.Warn("the home tab could not be drawn", "user", user, "error", err)
		blocks = []slack.Block{Section(prose(words(err).Error()))}
	}
	_, err = b.web.PublishViewContext(ctx, slack.PublishViewContextRequest{
		UserID: user,
		View:   slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}},
	})
	if err != nil {
		b.Log.Warn("the home tab could not be published", "user", user, "error", err)
	}
}

// homeRows bounds each list; a home tab holds a hundred blocks.
const homeRows = 10

func (b *Bot) homeFor(ctx context.Context, user string) ([]slack.Block, error) {
	ctx = oneReading(ctx)
	blocks := []slack.Block{Header("App Store Connect")}
	who, _, err := b.person(ctx, user, false)
	if err != nil {
		return nil, Trouble{What: "I cannot check in Slack who you are just now.", Next: "Open this tab again in a minute."}
	}
	if v := b.conf().Policy.MayUse(who); !v.May {
		return append(blocks, Section(prose(v.Why))), nil
	}
	open, err := b.Store.Open()
	if err != nil {
		return nil, err
	}
	var mine, waiting []store.Request
	for _, r := range open {
		switch {
		case r.Asker.ID == user:
			mine = append(mine, r)
		case r.State == store.Pending && !voted(r, who) && b.mayDecide(ctx, user, r):
			waiting = append(waiting, r)
		}
	}
	blocks = append(blocks, list("Waiting for you", waiting, "Nothing waits for your decision.")...)
	blocks = append(blocks, list("Asked by you", mine, "You have no open requests.")...)
	blocks = append(blocks, slack.NewDividerBlock(), Section("*Begin something*"))
	blocks = append(blocks, b.shortcuts(who)...)
	return append(blocks,
		Context("Type `/asc help` in any channel to see what I can do. Every change is shown to somebody else before it happens.")), nil
}

// mayDecide says whether somebody's vote would count, as far as is known now.
func (b *Bot) mayDecide(ctx context.Context, user string, r store.Request) bool {
	f, err := b.facts(ctx, r)
	if err != nil {
		return false
	}
	who, _, err := b.personUnder(ctx, user, f.ruling)
	return err == nil && f.conf.Policy.MayDecide(who, f.of, f.demands).May
}

func list(title Markup, requests []store.Request, none Markup) []slack.Block {
	blocks := []slack.Block{Section("*" + title + "*")}
	if len(requests) == 0 {
		return append(blocks, Context(none))
	}
	for i, r := range requests {
		if i == homeRows {
			return append(blocks, Context(Markf("… and %d more: `/asc requests`", len(requests)-homeRows)))
		}
		blocks = append(blocks, Section(RequestLine(r)))
	}
	return blocks
}

// RequestLine shows a request in one line of a list.
func RequestLine(r store.Request) Markup {
	return Markf("*#%d* %s — %s, asked by %s, card in %s", r.ID, r.Summary, stateWords[r.State], mention(r.Asker.ID), channel(r.Card.Channel))
}
