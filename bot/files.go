package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/store"
)

// hand gives files to somebody in their direct messages with the bot, in one message.
func (b *Bot) hand(ctx context.Context, user string, files ...File) error {
	where, err := b.direct(ctx, user)
	if err != nil {
		return err
	}
	return b.upload(ctx, store.Place{Channel: where}, files...)
}

// mostFiles is how many files Slack takes at once without trouble (python-slack-sdk
// #1653).
const mostFiles = 10

// upload posts files: into a channel, or into the thread of a message.
func (b *Bot) upload(ctx context.Context, to store.Place, files ...File) error {
	for some := range slices.Chunk(files, mostFiles) {
		all := slack.CompleteUploadExternalParameters{Channel: to.Channel, ThreadTimestamp: to.TS}
		for _, f := range some {
			id, err := b.promise(ctx, f)
			if err != nil {
				return fileTrouble(err)
			}
			all.Files = append(all.Files, slack.FileSummary{ID: id, Title: or(f.Title, f.Name)})
		}
		if _, err := b.web.CompleteUploadExternalContext(ctx, all); err != nil {
			return fileTrouble(err)
		}
	}
	return nil
}

// promise sends the bytes of a file, which nobody sees before the upload is complete.
func (b *Bot) promise(ctx context.Context, f File) (id string, err error) {
	to, err := b.web.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: f.Name, FileSize: len(f.Data), AltTxt: f.Alt})
	if err != nil {
		return "", err
	}
	return to.FileID, b.web.UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: to.UploadURL, Reader: bytes.NewReader(f.Data), Filename: f.Name})
}

// fileTrouble puts what stays until somebody changes it into words.
func fileTrouble(err error) error {
	said, ok := errors.AsType[slack.SlackErrorResponse](err)
	switch {
	case !ok:
	case said.Err == "missing_scope":
		return Trouble{What: "Slack does not let me send or read files yet.", Next: "Whoever runs the bot has to install the Slack app again with the scopes files:write and files:read, as manifest.yaml has them."}
	case strings.HasPrefix(said.Err, "file_uploads"), said.Err == "storage_limit_reached", said.Err == "file_type_not_allowed":
		return Trouble{What: "This workspace does not take files (" + said.Err + ").", Next: "Whoever administers the workspace can allow them."}
	}
	return err
}

// uploadOnce posts a file that must stand somewhere once and no more. Its name has
// to be one that no other file there has: by it, it is found again after a stop.
func (b *Bot) uploadOnce(ctx context.Context, key string, to store.Place, f File) error {
	claim, fresh, err := b.Store.Claim(key, b.Now())
	if err != nil || !claim.Posted.IsZero() {
		return err
	}
	if !fresh {
		there, err := b.hasFile(ctx, to, f.Name, claim.At)
		if err != nil {
			return err
		}
		if there {
			return b.confirm(key, to)
		}
	}
	if err := b.upload(ctx, to, f); err != nil {
		return err
	}
	return b.confirm(key, to)
}

// hasFile looks for a file of the bot's own by its name, from a minute before it was
// claimed.
func (b *Bot) hasFile(ctx context.Context, at store.Place, name string, since time.Time) (bool, error) {
	from := strconv.FormatInt(since.Add(-time.Minute).Unix(), 10)
	for cursor, first := "", true; first || cursor != ""; first = false {
		messages, next, err := b.page(ctx, at, from, cursor)
		if err != nil {
			return false, fmt.Errorf("looking for a file: %w", err)
		}
		for _, m := range messages {
			if m.User == b.home.User && slices.ContainsFunc(m.Files, func(f slack.File) bool { return f.Name == name }) {
				return true, nil
			}
		}
		cursor = next
	}
	return false, nil
}

// page reads some messages of a channel, or of a thread.
func (b *Bot) page(ctx context.Context, at store.Place, from, cursor string) (messages []slack.Message, next string, err error) {
	if at.TS != "" {
		messages, _, next, err = b.web.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: at.Channel, Timestamp: at.TS, Oldest: from, Cursor: cursor, Limit: 200})
		return messages, next, err
	}
	h, err := b.web.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: at.Channel, Oldest: from, Cursor: cursor, Limit: 200})
	if err != nil {
		return nil, "", err
	}
	return h.Messages, h.ResponseMetaData.NextCursor, nil
}

// Tabled is an operation about more rows than a card can show. The bot puts them
// all, as a file, into the thread of the card, before anybody decides.
type Tabled interface {
	Operation
	// Table is every row with its heads, once Look has run; nil when the card shows
	// them all.
	Table() [][]Cell
}

// attach tries for a while to put what a card cannot show into its thread.
func (b *Bot) attach(ctx context.Context, r store.Request) {
	for pause := 5 * time.Second; pause < time.Minute; pause *= 2 {
		err := b.attachTable(ctx, r)
		if err == nil {
			return
		}
		b.Log.Warn("the rows of a request are not in its thread yet", "request", r.ID, "error", err)
		if !sleep(b.root, pause) {
			return // the next start does it
		}
	}
}

// attachTable puts what a card cannot show into its thread, once for each version.
func (b *Bot) attachTable(ctx context.Context, r store.Request) error {
	_, op, err := b.operation(r)
	if err != nil {
		return nil // whoever decides is told by then
	}
	t, ok := op.(Tabled)
	if !ok || r.Card.TS == "" {
		return nil
	}
	rows := t.Table()
	if rows == nil {
		return nil
	}
	defer b.cards.lock(r.ID)()
	return b.uploadOnce(ctx, fmt.Sprintf("table/%d/%d", r.ID, r.Version), r.Card, File{
		Name: fmt.Sprintf("request-%d-version-%d.csv", r.ID, r.Version), Title: fmt.Sprintf("#%d: everything it is about", r.ID), Data: CSV(rows),
	})
}

// tellFailed gives the asker a file of the rows that failed, once, when there were
// more than the card shows. It can be sent again in the form of the same command.
func (b *Bot) tellFailed(ctx context.Context, r store.Request, dm string) error {
	if len(r.Rows) <= rowsShown {
		return nil
	}
	table := [][]Cell{{TextCell("row"), TextCell("result"), TextCell("why")}}
	for _, row := range r.Rows {
		if row.State == store.Failed {
			table = append(table, []Cell{TextCell(row.Name), TextCell(rowWords[row.State]), TextCell(row.Note)})
		}
	}
	if len(table) == 1 {
		return nil
	}
	err := b.uploadOnce(ctx, fmt.Sprintf("failed/%d", r.ID), store.Place{Channel: dm}, File{
		Name: fmt.Sprintf("request-%d-failed.csv", r.ID), Title: fmt.Sprintf("#%d: what failed", r.ID), Data: CSV(table),
	})
	if t, ok := errors.AsType[Trouble](err); ok { // it would be refused again
		b.Log.Error("the rows that failed could not be sent as a file", "request", r.ID, "error", t)
		return nil
	}
	return err
}
