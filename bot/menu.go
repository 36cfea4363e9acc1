package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// beginID begins the action id of buttons that stand for a command; what follows
// is its words.
const beginID = "begin/"

// menuID is the button that opens the menu as a window.
const menuID = "menu"

const (
	menuAsk  = "What would you like to do?"
	menuNote = "Every change is shown to somebody else before it happens. `/asc help` lists every command."
)

// menu is the answer to /asc alone: what is asked for most, with a click, and a field
// in which everything else is found.
func (b *Bot) menu(who policy.Person) Message {
	return Message{Text: menuAsk + " `/asc help` lists every command.", Blocks: []slack.Block{finder(), b.quick(who), Context(menuNote)}}
}

// finder asks what somebody would like to do, and finds it as they type.
func finder() slack.Block {
	find := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, Plain("Type to search", 150), findID)
	find.MinQueryLength = new(int)
	return slack.NewSectionBlock(Marked("*"+menuAsk+"*"), nil, slack.NewAccessory(find))
}

// mayBegin gives the commands that somebody may use, part by part in the order of the
// table; in each part changes first, then what only looks.
func (b *Bot) mayBegin(who policy.Person) iter.Seq2[string, []Verb] {
	parts := map[string][]Verb{}
	var order []string
	for _, looks := range []bool{false, true} {
		for _, v := range b.Verbs {
			if !slices.Contains(order, v.Part) {
				order = append(order, v.Part)
			}
			if (v.Change == nil) == looks && b.mayAsk(who, v).May {
				parts[v.Part] = append(parts[v.Part], v)
			}
		}
	}
	return func(yield func(string, []Verb) bool) {
		for _, name := range order {
			if len(parts[name]) > 0 && !yield(name, parts[name]) {
				return
			}
		}
	}
}

// choices are buttons for the commands that somebody may use, under the part of App
// Store Connect they belong to.
func (b *Bot) choices(who policy.Person) []slack.Block {
	var blocks []slack.Block
	for part, verbs := range b.mayBegin(who) {
		blocks = append(blocks, Section(Markf("*%s*", part)))
		for row := range slices.Chunk(verbs, mostButtons) {
			blocks = append(blocks, buttonsFor("begin "+row[0].Words, row))
		}
	}
	return blocks
}

// quick are the few buttons that stand on everybody's Home and in the menu, and the
// one that opens all the others.
func (b *Bot) quick(who policy.Person) slack.Block {
	var first []Verb
	for _, verbs := range b.mayBegin(who) {
		for _, v := range verbs {
			if v.Quick {
				first = append(first, v)
			}
		}
	}
	row := buttonsFor("quick", first[:min(len(first), mostQuick)])
	all := slack.NewButtonBlockElement(menuID, "", Plain("Everything you can ask for…", 75))
	row.Elements.ElementSet = append(row.Elements.ElementSet, all)
	return row
}

func buttonsFor(blockID string, verbs []Verb) *slack.ActionBlock {
	var buttons []slack.BlockElement
	for _, v := range verbs {
		buttons = append(buttons, Begin(v.label(), v.Words))
	}
	return slack.NewActionBlock(blockID, buttons...)
}

// mostQuick is how many commands have a button on the Home.
const mostQuick = 7

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
	b.beginWords(ctx, e, d, or(a.Value, a.Selected.Value))
}

// beginWords does what was put into a button.
func (b *Bot) beginWords(ctx context.Context, e store.Envelope, d deed, said string) {
	if err := b.obeyWords(ctx, e, d, Words(said)); err != nil {
		d.page = 0 // what went wrong stands beside the page, not in its place
		b.Log.Info("a button's command was not carried out", "user", d.who(), "error", err)
		b.answer(ctx, d, words(err).message())
	}
}
