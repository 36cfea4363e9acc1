package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/bot/typeahead"
)

// begins says whether a click is as much as a command, and counts as one.
func (a action) begins() bool {
	return strings.HasPrefix(a.ActionID, beginID) || strings.HasPrefix(a.ActionID, turnID) || a.ActionID == menuID || a.ActionID == findID
}

// words are those of the command that a click begins; none opens the menu.
func (a action) words() string {
	if strings.HasPrefix(a.ActionID, turnID) {
		_, words, _ := strings.Cut(a.Value, " ")
		return words
	}
	return or(a.Value, a.Selected.Value)
}

// menuCallback is the callback id of the menu as a window.
const menuCallback = "menu/v1"

// openMenu opens the menu as a window: what this person may begin, to click on or to
// find by typing.
func (b *Bot) openMenu(ctx context.Context, d deed) {
	who, _, err := b.person(ctx, d.who(), false)
	if err != nil {
		b.answer(ctx, d, Trouble{What: "I cannot check in Slack who you are just now.", Next: "Try again in a minute."}.message())
		return
	}
	if v := b.conf().Policy.MayUse(who); !v.May {
		b.answer(ctx, d, Trouble{What: v.Why}.message())
		return
	}
	if _, err := b.web.OpenViewContext(ctx, d.TriggerID, b.menuView(who, "")); err != nil {
		b.Log.Warn("the menu did not open", "user", d.who(), "error", err)
		b.answer(ctx, d, Say("Slack did not let me open the menu in time. Type `/asc` for the same."))
	}
}

// menuView is the menu as a window. Said is a line about what was begun from it last.
func (b *Bot) menuView(who policy.Person, said Markup) slack.ModalViewRequest {
	var blocks []slack.Block
	if said != "" {
		blocks = append(blocks, Section(said), slack.NewDividerBlock())
	}
	find := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, Plain("Type to search", 150), findID)
	find.MinQueryLength = new(int)
	blocks = append(blocks, slack.NewSectionBlock(Marked("*"+menuAsk+"*"), nil, slack.NewAccessory(find)))
	blocks = append(blocks, b.choices(who)...)
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: Plain("App Store Connect", 24), Close: Plain("Close", 24),
		CallbackID: menuCallback, Blocks: slack.Blocks{BlockSet: append(blocks, Context(menuNote))},
	}
}

// inMenu says whether a click was made in the menu as a window.
func (d deed) inMenu() bool { return d.View != nil && d.View.CallbackID == menuCallback }

// saidElsewhere says in the menu where the answer to a command is, since a window
// cannot hold every answer.
func (b *Bot) saidElsewhere(ctx context.Context, d deed, who policy.Person, verb Verb) {
	said := Markf("✉️ The answer to “%s” is in our direct messages.", verb.label())
	_, err := b.web.UpdateViewContext(ctx, b.menuView(who, said), "", "", d.View.ID)
	if err != nil {
		b.Log.Debug("the menu could not be redrawn", "user", d.who(), "error", err)
	}
}

// offer finds commands by what was typed into the menu.
func (b *Bot) offer(ctx context.Context, d deed) any {
	who, _, err := b.person(ctx, d.who(), false)
	if err != nil {
		return map[string]any{"options": []any{}}
	}
	var entries []typeahead.Entry
	for _, verbs := range b.mayBegin(who) {
		for _, v := range verbs {
			entries = append(entries, typeahead.Entry{Text: v.label(), About: v.Words + ": " + v.About, Value: v.Words})
		}
	}
	return map[string]any{"options": fitting(typeahead.New(entries).Find(d.Value, mostSuggestions))}
}

// findID is the type-ahead of the menu.
const findID = "find"
