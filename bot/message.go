package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/slack-go/slack"
)

// Message is something to say in Slack. Text is what notifications and screen
// readers get; without blocks it is also what is shown.
type Message struct {
	Text   Markup
	Blocks []slack.Block

	// InPlace puts an answer to a button in the place of the message that it is on, when
	// only the person who pressed it sees that.
	InPlace bool
	// Files go to whoever asked in a direct message, beside the answer.
	Files []File

	list *listing // of an answer with pages
}

// File is something to keep: a report, a table.
type File struct {
	Name, Title string
	Alt         string // of a picture: what it shows, for who cannot see it
	Data        []byte
}

// shown is what Slack draws. Text alone is put into a block as well, since bare
// links and names come alive in a message's text but not in a verbatim block.
func (m Message) shown() []slack.Block {
	if len(m.Blocks) > 0 {
		return m.Blocks
	}
	return []slack.Block{Section(m.Text)}
}

// Say is a message of plain words, put together by Markf.
func Say(format Markup, args ...any) Message { return Message{Text: Markf(format, args...)} }

// Plain is a text object in which nothing is read as markup.
func Plain(s string, n int) *slack.TextBlockObject {
	no := false
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: clean(s, n), Emoji: &no}
}

// Marked is a text object in Slack's markup, in which bare names and addresses stay
// text.
func Marked(s Markup) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: shorten(string(s), 2900), Verbatim: true}
}

// Section is a block of marked-up text.
func Section(s Markup) slack.Block { return slack.NewSectionBlock(Marked(s), nil, nil) }

// Whole is a section of figures, of which everything is shown at once: Slack folds a long
// one away behind “See more” otherwise. A line does not end between a currency and its
// amount, nor after the sign of a change.
func Whole(s Markup) slack.Block {
	return slack.NewSectionBlock(Marked(s.unbroken()), nil, nil, slack.SectionBlockOptionExpand(true))
}

// Header is a headline.
func Header(s string) slack.Block { return slack.NewHeaderBlock(Plain(s, 150)) }

// Context is a line of small print.
func Context(s Markup) slack.Block { return slack.NewContextBlock("", Marked(s)) }

func (t Trouble) message() Message {
	text := prose(stop(clean(t.What, 1500)))
	if t.Next != "" {
		text += "\n" + prose(clean(t.Next, 700))
	}
	m := Message{Text: text}
	if buttons := offers(t.Offers); len(buttons) > 0 {
		m.Blocks = append(m.shown(), buttons...)
	}
	return m
}

// options turns a message into what Slack's library wants. Nothing in it
// unfurls, and no name is linked by itself.
func (m Message) options() []slack.MsgOption {
	return []slack.MsgOption{
		slack.MsgOptionText(m.spoken(), false), slack.MsgOptionBlocks(m.shown()...),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
	}
}

// answer replies to a person alone: in the window that their form has become, through the response URL of what they did
// if there is one and it still works, else in their direct messages with the
// bot. Somebody who asked is never left without an answer.
func (b *Bot) answer(ctx context.Context, d deed, m Message) {
	if d.window != nil && b.showIn(ctx, d.window, d.window.view(m.shown()...)) {
		return
	}
	if d.ResponseURL != "" {
		err := b.respond(ctx, d.ResponseURL, m, d.replaces() || m.InPlace && d.alone())
		if err == nil {
			return
		}
		b.Log.Info("a response URL no longer works; answering by direct message", "error", err)
	}
	if err := b.tell(ctx, d.who(), m); err != nil {
		b.Log.Error("could not answer somebody", "user", d.who(), "error", err)
	}
}

// respond posts to a response URL: seen by one person, in the place where they
// acted, even where the bot is no member; instead of the message they acted upon,
// or beside it. Slack allows five within half an hour.
func (b *Bot) respond(ctx context.Context, to string, m Message, instead bool) error {
	if !b.ours(to) {
		return fmt.Errorf("a response URL that does not lead to Slack was not used")
	}
	return b.drawn(ctx, m, func(m Message) error { return b.respondOnce(ctx, to, m, instead) })
}

func (b *Bot) respondOnce(ctx context.Context, to string, m Message, instead bool) error {
	body := map[string]any{"response_type": "ephemeral", "replace_original": instead, "text": m.spoken(), "blocks": m.shown()}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("response URL: %w", err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := b.client.Do(req)
	if err != nil {
		return fmt.Errorf("response URL: %w", withoutURL(err))
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 512))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("response URL: status %d: %s", resp.StatusCode, clean(string(said), 200))
	}
	return nil
}

// ours reports whether a response URL leads to Slack, or to the host that
// stands in for it.
func (b *Bot) ours(to string) bool {
	u, err := url.Parse(to)
	api, err2 := url.Parse(b.Slack.APIURL)
	if err != nil || err2 != nil {
		return false
	}
	if u.Scheme == "https" && (u.Host == "slack.com" || strings.HasSuffix(u.Host, ".slack.com")) {
		return true
	}
	return u.Scheme == api.Scheme && u.Host == api.Host
}

// withoutURL drops the address from an HTTP error, since response URLs are
// secrets of a kind.
func withoutURL(err error) error {
	if e, ok := err.(*url.Error); ok {
		return e.Err
	}
	return err
}

// tell sends a direct message.
func (b *Bot) tell(ctx context.Context, user string, m Message) error {
	_, _, err := b.post(ctx, outcome, user, m)
	return err
}
