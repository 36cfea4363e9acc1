package bot

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/bot/typeahead"
	"github.com/ascbot/ascbot/store"
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

// The callback ids of the shortcuts in the app's manifest.
const (
	AskShortcut     = "ask"         // everywhere: the menu
	TestersShortcut = "add_testers" // on a message: adds the addresses in it as testers
)

// chosen does what a shortcut is for. Nothing is kept of it: it opens a window, which
// Slack allows for three seconds only.
func (b *Bot) chosen(d deed, key string, text []byte) {
	if !b.pressed(d, key) {
		return
	}
	d.ChannelID = or(d.ChannelID, d.Channel.ID)
	if !b.hold(&b.queues.openings, func(ctx context.Context) {
		switch d.CallbackID {
		case AskShortcut:
			b.openMenu(ctx, d)
		case TestersShortcut:
			b.beginOnMessage(ctx, d, key, text)
		default:
			b.answer(ctx, d, Say("That shortcut is from another version of the bot. `/asc` shows what I can do."))
		}
	}) {
		b.Log.Warn("there is too much to do; a shortcut opens nothing", "user", d.who())
	}
}

// beginOnMessage begins the command that takes e-mail addresses with those it finds in
// a message.
func (b *Bot) beginOnMessage(ctx context.Context, d deed, key string, text []byte) {
	var came struct {
		Payload struct {
			Message json.RawMessage `json:"message"`
		} `json:"payload"`
	}
	_ = json.Unmarshal(text, &came) // without a message there are no addresses
	found := addresses(came.Payload.Message)
	if len(found) == 0 {
		b.answer(ctx, d, Say("I found no e-mail address in that message, so there is nobody to add."))
		return
	}
	i := slices.IndexFunc(b.Verbs, func(v Verb) bool { return v.OnMessage })
	if i < 0 {
		b.answer(ctx, d, Say("I cannot add testers here. `/asc` shows what I can do."))
		return
	}
	words := b.Verbs[i].Words + " "
	e := store.Envelope{Key: key, At: b.Now()}
	if t, ok := errors.AsType[Trouble](b.change(b.Verbs[i]).Parse(found)); ok && len(found) > 1 {
		b.Log.Info("a message has more addresses than the command takes", "addresses", len(found), "said", t.What)
		b.answer(ctx, d, Say("That message has %d addresses; the form takes one at a time and begins with the first.", len(found)))
		found = found[:1]
	}
	b.beginWords(ctx, e, d, words+quoted(found))
}

// mailAddress finds e-mail addresses in text. A longer run of letters is one address,
// not several.
var mailAddress = regexp.MustCompile(`[\pL\pN._%+'-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+`)

// addresses finds the e-mail addresses in a message, wherever it says them: its text,
// its blocks, its attachments, and the links in them. Each is there once, in the order
// in which they stand.
func addresses(message json.RawMessage) (found []string) {
	var said struct {
		Text        string `json:"text"`
		Blocks      any    `json:"blocks"`
		Attachments any    `json:"attachments"`
	}
	if json.Unmarshal(message, &said) != nil {
		return nil
	}
	texts := append([]string{said.Text}, textsIn(said.Blocks)...)
	for _, text := range append(texts, textsIn(said.Attachments)...) {
		for _, a := range mailAddress.FindAllString(html.UnescapeString(text), -1) {
			a = strings.Trim(a, ".'-")
			known := slices.ContainsFunc(found, func(f string) bool { return strings.EqualFold(f, a) })
			if _, err := mail.ParseAddress(a); err == nil && !known {
				found = append(found, a)
			}
		}
	}
	return found
}

// textsIn finds what people read in a part of a message, and where its links lead.
func textsIn(part any) (texts []string) {
	switch v := part.(type) {
	case []any:
		for _, one := range v {
			texts = append(texts, textsIn(one)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			switch s, isText := v[name].(string); {
			case !isText:
				texts = append(texts, textsIn(v[name])...)
			case name == "url" && strings.HasPrefix(s, "mailto:"):
				to, _, _ := strings.Cut(strings.TrimPrefix(s, "mailto:"), "?")
				texts = append(texts, to)
			case slices.Contains([]string{"text", "title", "pretext", "value", "fallback"}, name):
				texts = append(texts, s)
			}
		}
	}
	return texts
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
	blocks = append(append(blocks, finder()), b.choices(who)...)
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
	return map[string]any{"options": fitting(likely(typeahead.New(entries), d.Value))}
}

// findID is the type-ahead of the menu.
const findID = "find"
