package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
		button := Begin(v.label(), v.Words)
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

// Lengths of an action id and of a button's value (Block Kit reference).
const (
	longestID    = 255
	longestValue = 2000
)

// Begin is a button that does what words would do when typed after /asc: it answers
// a query, or opens the form of a change with the words filled in. Names in the
// words that could have spaces or commas go through Quote:
//
//	bot.Begin("Remove", "tester remove "+email+" from "+bot.Quote(group))
//
// It is nil, and a Row simply has no button then, when the words do not fit into
// one. Two buttons with the same words may not stand in one block.
func Begin(label, words string) *slack.ButtonBlockElement {
	if len(words) > longestValue {
		return nil
	}
	id := beginID + words
	if len(id) > longestID {
		sum := sha256.Sum256([]byte(words))
		id = beginID + hex.EncodeToString(sum[:])
	}
	return slack.NewButtonBlockElement(id, words, Plain(label, 75))
}

// Quote writes a name so that Words reads it back as one word. Double quotes in it
// are left out, as Alike leaves them out when it compares.
func Quote(name string) string {
	name = strings.Join(strings.Fields(strings.ReplaceAll(name, `"`, "")), " ")
	if name != "" && !strings.ContainsAny(name, " ,") {
		return name
	}
	return `"` + name + `"`
}

// quoted writes words as they can be typed.
func quoted(words []string) string {
	all := make([]string, len(words))
	for i, w := range words {
		if all[i] = w; w != "," {
			all[i] = Quote(w)
		}
	}
	return strings.Join(all, " ")
}

// began does what the button of a command says: the same as typing it.
func (b *Bot) began(ctx context.Context, e store.Envelope, d deed, a action) {
	d.ChannelID = or(d.ChannelID, or(d.Container.ChannelID, d.Channel.ID))
	b.beginWords(ctx, e, d, a.Value)
}

// beginWords does what was put into a button.
func (b *Bot) beginWords(ctx context.Context, e store.Envelope, d deed, said string) {
	if err := b.obeyWords(ctx, e, d, Words(said)); err != nil {
		d.page = 0 // what went wrong stands beside the page, not in its place
		b.Log.Info("a button's command was not carried out", "user", d.who(), "error", err)
		b.answer(ctx, d, words(err).message())
	}
}
