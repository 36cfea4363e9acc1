package bot

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/store"
)

// Row is one entry of a listing: a line or a few of them, and perhaps a button that
// does something about it. Begin makes such buttons.
type Row struct {
	Text   Markup
	Button *slack.ButtonBlockElement   // nil: none
	Under  []*slack.ButtonBlockElement // more of them, in a line below the text
}

// Listing answers a query with rows, a page at a time. Return it from Answer with
// every row there is; what does not fit on a page is reached by its buttons, which
// ask the query again and show that page in place of this one. Nothing is kept in
// between, so the buttons work after a restart, and a page shows what is so when it
// is turned to. Rows are []Markup, or []Row when some have a button. None is the
// whole answer when there are no rows.
//
//	return bot.Listing(bot.Markf("%d groups", len(rows)), rows, "There is no group yet."), nil
func Listing[R Markup | Row](title Markup, rows []R, none Markup) Message {
	if len(rows) == 0 {
		return Message{Text: none}
	}
	l := listing{title: title}
	for _, r := range rows {
		switch r := any(r).(type) {
		case Row:
			l.rows = append(l.rows, r)
		case Markup:
			l.rows = append(l.rows, Row{Text: r})
		}
	}
	return l.message(1, "")
}

// Below puts a line of small print at the end of every page of a listing, or of any
// other message.
func (m Message) Below(note Markup) Message {
	if m.list == nil {
		m.Blocks = append(m.shown(), Context(note))
		m.Text += "\n" + note
		return m
	}
	l := *m.list
	l.below = append(append([]Markup(nil), l.below...), note)
	return l.message(1, "")
}

// Buttons puts a line of buttons at the end of every page of a listing, or of any
// other message. Those that are nil are left out.
func (m Message) Buttons(list ...*slack.ButtonBlockElement) Message {
	if m.list == nil {
		m.Blocks = append(m.shown(), inLine(list)...)
		return m
	}
	l := *m.list
	l.buttons = append(append([]*slack.ButtonBlockElement(nil), l.buttons...), list...)
	return l.message(1, "")
}

// inLine is a block of buttons, or nothing when there are none.
func inLine(list []*slack.ButtonBlockElement) []slack.Block {
	var elements []slack.BlockElement
	for _, b := range list {
		if b != nil {
			elements = append(elements, b)
		}
	}
	if len(elements) == 0 {
		return nil
	}
	return []slack.Block{slack.NewActionBlock("", elements...)}
}

// listing is what a message of many rows is drawn from.
type listing struct {
	title   Markup
	rows    []Row
	below   []Markup
	buttons []*slack.ButtonBlockElement
}

// Bounds of a page. A message holds fifty blocks, and a row with a button is one of
// them. Its fallback text says the same and may have four thousand characters; so
// the rows stay below that, whatever they say.
const (
	rowsOnPage  = 15
	charsOnPage = 3400
	longestRow  = 1600
)

// pages cuts the rows into pages.
func (l listing) pages() (pages [][]Row) {
	var page []Row
	length := 0
	for _, r := range l.rows {
		r.Text = cutShort(r.Text, longestRow)
		n := utf8.RuneCountInString(string(r.Text)) + 1
		if len(page) == rowsOnPage || length+n > charsOnPage && len(page) > 0 {
			pages, page, length = append(pages, page), nil, 0
		}
		page, length = append(page, r), length+n
	}
	return append(pages, page)
}

// message draws one page, counted from one; a page beyond the last is the last.
// Words are the command that the listing answers. Without words there are no
// buttons to turn with.
func (l listing) message(page int, words string) Message {
	pages := l.pages()
	page = min(max(page, 1), len(pages))
	blocks := []slack.Block{Section("*" + l.title + "*")}
	text := l.title
	var lines []Markup // rows without a button stand together in one block
	flush := func() {
		if len(lines) > 0 {
			blocks = append(blocks, Whole(Join(lines, "\n")))
		}
		lines = nil
	}
	length := 0
	for _, r := range pages[page-1] {
		text += "\n" + r.Text
		n := utf8.RuneCountInString(string(r.Text)) + 1
		own := r.Button != nil || len(r.Under) > 0 // a block of its own
		if own || length+n > longestSection {
			flush()
			length = 0
		}
		if own {
			blocks = append(append(blocks, r.block()), inLine(r.Under)...)
			continue
		}
		lines, length = append(lines, r.Text), length+n
	}
	flush()
	blocks = append(blocks, inLine(l.buttons)...)
	for _, note := range l.below {
		blocks = append(blocks, Context(note))
		text += "\n" + note
	}
	if len(pages) > 1 {
		at := Markf("Page %d of %d", page, len(pages))
		blocks, text = append(blocks, Context(at)), text+"\n"+at
		blocks = append(blocks, turn(page, len(pages), words)...)
	}
	return Message{Text: text, Blocks: blocks, list: &l}
}

// block is a row that stands by itself.
func (r Row) block() slack.Block {
	if r.Button == nil {
		return Whole(r.Text)
	}
	return slack.NewSectionBlock(Marked(r.Text), nil, slack.NewAccessory(r.Button), slack.SectionBlockOptionExpand(true))
}

// longestSection keeps joined lines within what Marked shows of them.
const longestSection = 2800

// The buttons that turn pages begin their action id with this.
const turnID = "turn/"

// turn has the buttons to the pages before and after.
func turn(page, last int, words string) []slack.Block {
	if words == "" {
		return nil
	}
	var buttons []slack.BlockElement
	add := func(id, label string, to int) {
		value := strconv.Itoa(to) + " " + words
		if len(value) <= longestValue {
			buttons = append(buttons, slack.NewButtonBlockElement(turnID+id, value, Plain(label, 75)))
		}
	}
	if page > 1 {
		add("earlier", "Previous page", page-1)
	}
	if page < last {
		add("later", "Next page", page+1)
	}
	if len(buttons) == 0 {
		return []slack.Block{Context("The command is too long for buttons that turn pages; ask with fewer words.")}
	}
	return []slack.Block{slack.NewActionBlock("turn", buttons...)}
}

// turned asks a query again for another page of its answer.
func (b *Bot) turned(ctx context.Context, e store.Envelope, d deed, a action) {
	number, words, _ := strings.Cut(a.Value, " ")
	page, err := strconv.Atoi(number)
	if err != nil {
		return // not one of the bot's buttons
	}
	d.ChannelID = or(d.ChannelID, or(d.Container.ChannelID, d.Channel.ID))
	d.page = page
	b.beginWords(ctx, e, d, words)
}

// replaces says whether the answer to a click takes the place of the message it was
// made on: only where nobody else can see that message.
func (d deed) replaces() bool { return d.page > 0 && d.alone() }

// alone says whether nobody else can see the message that a click was made on.
func (d deed) alone() bool {
	return d.Container.IsEphemeral || strings.HasPrefix(d.Container.ChannelID, "D")
}
