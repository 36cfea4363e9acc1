package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/store"
)

// stateWords say in the middle of a sentence where a request is.
var stateWords = map[store.State]string{
	store.Pending: "waiting for its decision", store.Approved: "approved", store.Running: "being carried out",
	store.Done: "done", store.Already: "ended: it was so already", store.Partly: "partly done", store.Failed: "failed",
	store.Unsure: "unsure: its outcome is being read", store.Denied: "denied", store.Expired: "expired",
	store.Cancelled: "taken back", store.Stale: "out of date",
}

// headlines open the card of each state.
var headlines = map[store.State]string{
	store.Pending: "⏳ Waits for approval", store.Approved: "▶️ Approved, about to run", store.Running: "▶️ Running now",
	store.Done: "✅ Done", store.Already: "☑️ Already so", store.Partly: "⚠️ Partly done", store.Failed: "❌ Failed",
	store.Unsure: "❓ Unsure: reading what happened", store.Denied: "🚫 Denied", store.Expired: "⌛ Expired",
	store.Cancelled: "↩️ Taken back", store.Stale: "🔄 Out of date: something moved",
}

// waits reports whether a request was approved and is held back for now: its outcome
// says by what, and until when.
func waits(r store.Request) bool { return r.State == store.Approved && r.Outcome != "" }

// standing says in the middle of a sentence where a request is.
func standing(r store.Request) string {
	if waits(r) {
		return "approved, and waits for its time"
	}
	return stateWords[r.State]
}

// headline opens the card of a request.
func headline(r store.Request) string {
	if waits(r) {
		return "⏸️ Approved, waits for its time"
	}
	return headlines[r.State]
}

// StateWord says where a request is, for lists.
func StateWord(s store.State) string { return stateWords[s] }

// card draws a request. Everything on it comes from the stored request, so the
// card, the log and what runs are one record.
func card(r store.Request) Message {
	blocks := []slack.Block{
		Header(r.Summary),
		Context(Markf("%s  ·  *#%d*%s  ·  asked by %s", headline(r), r.ID, versionWords(r), mention(r.Asker.ID))),
		details(r),
	}
	if r.Note != "" {
		blocks = append(blocks, quote(r.Note))
	}
	if ballots := ballots(r); ballots != "" {
		blocks = append(blocks, Context(ballots))
	}
	if end := ending(r); end != "" {
		blocks = append(blocks, Section(prose(clean(end, 1500))))
	}
	if rows := rows(r); rows != "" {
		blocks = append(blocks, Section(rows))
	}
	blocks = append(blocks, grantBlocks(r)...)
	blocks = append(blocks, finish(r)...)
	switch r.State {
	case store.Approved: // it may wait for Apple, and can be stopped until it is sent
		_, deny := decisions(r)
		blocks = append(blocks, slack.NewActionBlock("decide", deny, button(r, cancelID, "Take back", "")))
	case store.Pending:
		blocks = append(blocks,
			Context(Markf("%s, until %s.  Fingerprint %s.", r.Preview.Needs, When(r.VoteUntil), shortDigest(r)[:8])),
			buttons(r))
	}
	return Message{Text: Markf("%s: #%d %s", headline(r), r.ID, r.Summary), Blocks: blocks}
}

// finish has the button that asks for what is left of a change that is done in part, when
// its outcome says how.
func finish(r store.Request) []slack.Block {
	words, says := strings.CutPrefix(strings.Trim(command.FindString(r.Outcome), "`"), "/asc ")
	if r.State != store.Partly || !says {
		return nil
	}
	return inLine([]*slack.ButtonBlockElement{Begin("Ask for the rest", words)})
}

// grantBlocks say of a change that holds for a time when it ends, or ended.
func grantBlocks(r store.Request) []slack.Block {
	switch {
	case r.Grant == nil:
		return nil
	case r.Grant.Runs():
		return []slack.Block{Context(Markf("⏳ Ends %s. Then what was there before comes back by itself.", When(r.Grant.Until))), endButtons(r)}
	case r.Grant.Return != 0:
		return []slack.Block{Context(Markf("⌛ Ended %s with *#%d*.", When(r.Grant.Over), r.Grant.Return))}
	}
	return []slack.Block{Context(Markf("⌛ Ended %s.", When(r.Grant.Over)))}
}

// ending is what came of a request. One that ran out of time has nobody who would
// say so.
func ending(r store.Request) string {
	switch {
	case r.State != store.Expired || r.Outcome != "":
		return r.Outcome
	case r.Decided.IsZero():
		return upper(undecidedWords(r)) + ", so nothing was changed. Ask again if it is still wanted."
	}
	return "It was approved, but could not be carried out in time; nothing was changed. Ask again if it is still wanted."
}

// undecidedWords say why a request has run out of time.
func undecidedWords(r store.Request) string {
	if len(r.Votes) > 0 {
		return "too few had agreed in time"
	}
	return "nobody had decided in time"
}

func versionWords(r store.Request) Markup {
	if r.Version <= 1 {
		return ""
	}
	return Markf(" (version %d)", r.Version)
}

// details shows exactly what will change, in rich text: nothing in it is read
// as markup, whoever wrote it. A text of several lines stands as it is.
func details(r store.Request) slack.Block {
	var parts []slack.RichTextElement
	var lines []slack.RichTextSectionElement
	add := func(label, value string, said ...slack.RichTextSectionElement) {
		if value == "" {
			return
		}
		if len(lines) > 0 {
			lines = append(lines, slack.NewRichTextSectionTextElement("\n", nil))
		}
		if said == nil {
			said = elements(value)
		}
		lines = append(lines, slack.NewRichTextSectionTextElement(label+"  ", &slack.RichTextSectionTextStyle{Bold: true}))
		lines = append(lines, said...)
	}
	for _, f := range r.Preview.Fields {
		if text := strings.TrimSpace(f.After); strings.Contains(text, "\n") {
			lines = append(lines, slack.NewRichTextSectionTextElement("\n"+clean(f.Name, 60), &slack.RichTextSectionTextStyle{Bold: true}))
			parts = append(parts, slack.NewRichTextSection(lines...), asItIs(text))
			lines = nil
			continue
		}
		value := clean(f.After, 4000)
		if f.Before != "" {
			value = clean(f.Before, 2000) + "  →  " + value
		}
		add(clean(f.Name, 60), value)
	}
	for _, f := range r.Preview.Moved {
		add("Moved since: "+clean(f.Name, 60), clean(f.Before, 600)+"  →  "+clean(f.After, 600))
	}
	add("Touches", clean(r.Preview.Touches, 300))
	add("Allows", clean(r.Preview.Allows, 600))
	undo := clean(r.Preview.Undo, 300)
	add("Undo", undo, withCommands(undo)...)
	if len(lines) > 0 {
		parts = append(parts, slack.NewRichTextSection(lines...))
	}
	return slack.NewRichTextBlock("", parts...)
}

// withCommands shows a sentence of the bot's own, in which commands stand between
// backticks.
func withCommands(text string) (parts []slack.RichTextSectionElement) {
	pieces := strings.Split(text, "`")
	for i, piece := range pieces {
		switch {
		case piece == "":
		case i%2 == 1 && i < len(pieces)-1:
			parts = append(parts, slack.NewRichTextSectionTextElement(piece, &slack.RichTextSectionTextStyle{Code: true}))
		case i%2 == 1: // it has no end
			parts = append(parts, slack.NewRichTextSectionTextElement("`"+piece, nil))
		default:
			parts = append(parts, slack.NewRichTextSectionTextElement(piece, nil))
		}
	}
	return parts
}

// elements shows a value, and the times in it in the zone of whoever reads it.
func elements(value string) (all []slack.RichTextSectionElement) {
	rest := timesIn(value, func(before string, t time.Time) {
		if before != "" {
			all = append(all, slack.NewRichTextSectionTextElement(before, nil))
		}
		all = append(all, slack.NewRichTextSectionDateElement(t.Unix(), shownTime, nil, new(t.Format(writtenTime))))
	})
	if rest != "" {
		all = append(all, slack.NewRichTextSectionTextElement(rest, nil))
	}
	return all
}

// asItIs shows a text line by line.
func asItIs(text string) slack.RichTextElement {
	return &slack.RichTextPreformatted{
		Type: slack.RTEPreformatted, Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(cleanLines(text, 4000), nil)},
	}
}

// quote sets the asker's own words apart from the bot's.
func quote(words string) slack.Block {
	q := &slack.RichTextQuote{
		Type:     slack.RTEQuote,
		Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(clean(words, 1000), nil)},
	}
	return slack.NewRichTextBlock("", q)
}

// ballots says who decided, and how.
func ballots(r store.Request) Markup {
	var said []Markup
	for _, v := range r.Votes {
		word := "Approved"
		if !v.Yes {
			word = "Denied"
		}
		line := Markf("%s by %s %s", word, mention(v.Person.ID), When(v.At))
		if v.Reason != "" {
			line += Markf(": “%s”", v.Reason)
		}
		said = append(said, line)
	}
	return Join(said, "  ·  ")
}

// rowsShown bounds the rows on a card; the log has them all.
const rowsShown = 20

// rows shows how far bulk work is, and its rows: what failed first, then what is
// not known yet.
func rows(r store.Request) Markup {
	if len(r.Rows) == 0 {
		return ""
	}
	var lines []Markup
	if !r.State.Final() {
		lines = append(lines, Inert(tally(rowCounts(r.Rows), len(r.Rows))))
	}
	ordered := slices.SortedStableFunc(slices.Values(r.Rows), func(a, b store.Row) int { return rowOrder[a.State] - rowOrder[b.State] })
	for i, row := range ordered {
		if i == rowsShown {
			lines = append(lines, Markf("… and %d more", len(ordered)-rowsShown))
			break
		}
		lines = append(lines, Markf("• %s: %s. %s", row.Name, rowWords[row.State], row.Note))
	}
	return Join(lines, "\n")
}

var rowOrder = map[store.State]int{store.Failed: 0, store.Unsure: 1, store.Running: 2, store.Already: 3, store.Done: 4, store.Approved: 5}

func button(r store.Request, id, label string, style slack.Style) *slack.ButtonBlockElement {
	el := slack.NewButtonBlockElement(id, buttonValue(r), Plain(label, 75))
	el.Style = style
	return el
}

func buttons(r store.Request) slack.Block {
	approve, deny := decisions(r)
	return slack.NewActionBlock("decide", approve, deny, button(r, reviseID, "Change…", ""), button(r, cancelID, "Take back", ""))
}

// decisions are the buttons of those who decide.
func decisions(r store.Request) (approve, deny *slack.ButtonBlockElement) {
	approve = button(r, approveID, "Approve", slack.StylePrimary)
	approve.Confirm = slack.NewConfirmationBlockObject(Plain("Approve this?", 100), Plain(r.Summary, 300), Plain("Approve", 30), Plain("Back", 30))
	return approve, button(r, denyID, "Deny", slack.StyleDanger)
}

// postCard posts the card of a request once, and notes where it stands.
func (b *Bot) postCard(ctx context.Context, r store.Request) (store.Request, error) {
	b.stir(r)
	defer b.cards.lock(r.ID)()
	key := fmt.Sprintf("card/%d/%d", r.ID, r.Version)
	place, err := b.postOnce(ctx, key, r.Card.Channel, card(r))
	if lost(err) {
		place, err = b.elsewhere(ctx, r, key, err)
	}
	if err != nil {
		return r, err
	}
	r, err = b.Store.Edit(r.ID, func(now *store.Request) error {
		if now.Version == r.Version {
			now.Card = place
		}
		return nil
	})
	if err == nil {
		b.start(func(ctx context.Context) { b.attach(ctx, r) })
	}
	return r, err
}

// redraw makes the card show what the store says now. Redraws of one card wait
// for each other, so the last one drawn is the newest.
func (b *Bot) redraw(ctx context.Context, id uint64) error {
	defer b.cards.lock(id)()
	r, err := b.Store.Request(id)
	if err != nil {
		return err
	}
	b.stir(r)
	if r.Card.TS == "" {
		return nil // not posted yet: whoever posts it draws what is then stored
	}
	err = b.update(ctx, r.Card.Channel, r.Card.TS, card(r))
	switch {
	case err == nil:
		return nil
	case err.Error() == "message_not_found":
		return b.replaceCard(ctx, r)
	case lost(err) && r.State == store.Pending: // somebody still has to see it
		return b.replaceCard(ctx, r)
	case lost(err):
		// Nobody sees this card again; whoever asked is told all the same.
		b.Log.Error("a card cannot be redrawn any more", "request", id, "error", err)
		return nil
	}
	return fmt.Errorf("redrawing a card: %w", err)
}

// lost reports whether Slack says that nothing can be posted or changed in a place any
// more.
func lost(err error) bool {
	refused, ok := errors.AsType[slack.SlackErrorResponse](err)
	return ok && slices.Contains([]string{"is_archived", "channel_not_found", "not_in_channel", "restricted_action", "cant_update_message", "edit_window_closed", "is_inactive"}, refused.Err)
}

// elsewhere posts a card in the channel where cards go now, because its own takes
// none any more. Whoever asked is told once when there is no such channel.
func (b *Bot) elsewhere(ctx context.Context, r store.Request, key string, why error) (store.Place, error) {
	court, err := b.court(ctx, r.AskedIn.Channel)
	if err == nil && court != r.Card.Channel {
		b.Log.Warn("a card goes into another channel", "request", r.ID, "because", why)
		return b.postOnce(ctx, key+"/in "+court, court, card(r))
	}
	if dm, e := b.direct(ctx, r.Asker.ID); e == nil {
		_, e = b.postOnce(ctx, key+"/nowhere", dm, Say("Nobody can see the card of your request *#%d* %s: I cannot post in %s any more (%s). Invite me there again, or have whoever runs the bot name a fallback channel. I keep trying.", r.ID, r.Summary, channel(r.Card.Channel), clean(why.Error(), 60)))
		if e != nil {
			b.Log.Error("nobody could be told that a card has no place", "request", r.ID, "error", e)
		}
	}
	return store.Place{}, why
}

// replaceCard posts a card anew that somebody has deleted. Its buttons count from
// then on, and those of the old one no longer.
func (b *Bot) replaceCard(ctx context.Context, r store.Request) error {
	key := fmt.Sprintf("card/%d/%d/instead of %s", r.ID, r.Version, r.Card.TS)
	place, err := b.postOnce(ctx, key, r.Card.Channel, card(r))
	if lost(err) {
		place, err = b.elsewhere(ctx, r, key, err)
	}
	if err != nil {
		return err
	}
	_, err = b.Store.Edit(r.ID, func(now *store.Request) error {
		if now.Card == r.Card {
			now.Card = place
		}
		return nil
	})
	return err
}

// show brings what Slack shows of a request up to date: its card, and the word
// to its asker once it has ended. Doing it twice changes nothing.
func (b *Bot) show(ctx context.Context, r store.Request) error {
	defer b.shows.lock(r.ID)()
	if r.Card.TS == "" {
		var err error
		if r, err = b.postCard(ctx, r); err != nil {
			return err
		}
	}
	if err := b.redraw(ctx, r.ID); err != nil {
		return err
	}
	if r.State == store.Pending {
		if err := b.attachTable(ctx, r); err != nil {
			return err
		}
	}
	b.start(func(ctx context.Context) { b.tellThread(ctx, r.ID) }) // the change itself does not wait for it
	if !r.State.Final() {
		return nil
	}
	dm, err := b.direct(ctx, r.Asker.ID)
	if err != nil {
		return err
	}
	if err := b.tellFailed(ctx, r, dm); err != nil {
		return err
	}
	_, err = b.postOnce(ctx, toldKey(r), dm, verdict(r))
	return err
}

// toldKey marks that the asker knows the end, and so that nothing is left to do.
func toldKey(r store.Request) string { return fmt.Sprintf("told/%d/%s", r.ID, r.State) }

// verdict tells the asker how a request ended.
func verdict(r store.Request) Message {
	text := Markf("%s: your request *#%d* %s", headlines[r.State], r.ID, r.Summary)
	if end := ending(r); end != "" {
		text += "\n" + prose(clean(end, 1500))
	}
	if by := ballots(r); by != "" {
		text += "\n" + by
	}
	if rows := rows(r); rows != "" {
		text += "\n" + rows
	}
	m := Message{Text: text}
	if rest := finish(r); rest != nil {
		m.Blocks = append(m.shown(), rest...)
	}
	return m
}
