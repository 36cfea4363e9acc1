package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// beginID begins the action id of buttons that stand for a command; what follows
// is its words.
const beginID = "begin/"

// menu is the answer to /asc alone: what this person can begin with a click.
func (b *Bot) menu(who policy.Person) Message {
	const ask = "What would you like to do?"
	blocks := []slack.Block{Section("*" + ask + "*")}
	blocks = append(blocks, b.shortcuts(who)...)
	blocks = append(blocks, Context("Every change is shown to somebody else before it happens. `/asc help` lists every command."))
	return Message{Text: ask + " `/asc help` lists every command.", Blocks: blocks}
}

// shortcuts are buttons for the commands that somebody may use: changes first,
// then what only looks.
func (b *Bot) shortcuts(who policy.Person) []slack.Block {
	var changes, looks []slack.BlockElement
	team, _ := b.team("") // without one, no rule for a team is met
	for _, v := range b.Verbs {
		if !b.conf().Policy.MayAsk(who, v.Subject(team)).May {
			continue
		}
		button := slack.NewButtonBlockElement(beginID+v.Words, v.Words, Plain(v.label(), 75))
		if v.Change != nil {
			changes = append(changes, button)
		} else {
			looks = append(looks, button)
		}
	}
	var blocks []slack.Block
	for i, group := range [][]slack.BlockElement{changes, looks} {
		for row := range slices.Chunk(group, mostButtons) {
			blocks = append(blocks, slack.NewActionBlock([]string{"changes", "looks"}[i]+row[0].(*slack.ButtonBlockElement).Value, row...))
		}
	}
	return blocks
}

// mostButtons is how many elements a row of buttons holds.
const mostButtons = 25

// label is what a button for a command says.
func (v Verb) label() string {
	if v.Label != "" {
		return v.Label
	}
	return strings.ToUpper(v.Words[:1]) + v.Words[1:]
}

// began does what the button of a command says: the same as typing it.
func (b *Bot) began(ctx context.Context, e store.Envelope, d deed, a action) {
	d.ChannelID = or(d.ChannelID, or(d.Container.ChannelID, d.Channel.ID))
	if err := b.obeyWords(ctx, e, d, strings.Fields(strings.TrimPrefix(a.ActionID, beginID))); err != nil {
		b.Log.Info("a button's command was not carried out", "user", d.who(), "error", err)
		b.answer(ctx, d, words(err).message())
	}
}
