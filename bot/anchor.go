package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// Whoever has the machine and the signing key can write another log. The checkpoints
// that were put elsewhere show that: daily, after each change of the highest risk, and
// at a stop.

// anchorWithin bounds one putting.
const anchorWithin = 30 * time.Second

// oldAnchor is how old the last anchor may be before changes of the highest risk wait.
const oldAnchor = 48 * time.Hour

// topRisk says whether a change is one after which the log is anchored at once.
func topRisk(v Verb) bool {
	return v.Risk == Severe || v.Class == policy.Access || v.Class == policy.Release
}

// anchorSoon has the log anchored after a change of the highest risk.
func (b *Bot) anchorSoon(r store.Request) {
	if verb, ok := b.verb(r.Operation); ok && topRisk(verb) {
		select {
		case b.anchorNow <- struct{}{}:
		default: // it rings already
		}
	}
}

// keepAnchors anchors the log whenever that is due.
func (b *Bot) keepAnchors(ctx context.Context) {
	tick := time.NewTicker(b.Tick)
	defer tick.Stop()
	for {
		now := false
		select {
		case <-tick.C:
		case <-b.anchorNow:
			now = true
		case <-ctx.Done():
			return
		}
		if now || b.anchorDue() && b.clockOff() == "" {
			b.anchor(ctx)
		}
	}
}

// anchorDue says whether this day, in UTC, has no anchor yet, or the last try failed.
func (b *Bot) anchorDue() bool {
	if b.anchorFailed.Load() {
		return true
	}
	last, found, err := b.Store.LastAnchor()
	return err == nil && (!found || last.At.Format(time.DateOnly) < b.Now().UTC().Format(time.DateOnly))
}

// anchor puts the newest checkpoint into every place, unless it is there already.
func (b *Bot) anchor(ctx context.Context) {
	to := b.conf().Anchors
	if !to.wanted() || b.Store.Sealed() != "" {
		return
	}
	defer b.anchoring.lock(0)()
	ctx, cancel := context.WithTimeout(ctx, anchorWithin)
	defer cancel()
	head, err := b.Store.Checkpoint()
	if err != nil {
		b.Log.Error("the log could not be anchored", "error", err)
		return
	}
	a := store.Anchor{Checkpoint: string(head), At: b.Now()}
	var word string
	if a.Size, word, err = store.CheckpointInfo(head); err != nil || a.Size == 0 {
		return
	}
	if last, found, err := b.Store.LastAnchor(); err == nil && found && last.Size == a.Size && !b.anchorFailed.Load() {
		return
	}
	a, err = b.putAnchor(ctx, to, a, word)
	if err == nil || a.Folder || a.Command || a.Place.TS != "" {
		err = errors.Join(err, b.Store.KeepAnchor(a))
	}
	if err != nil && !b.anchorFailed.Load() {
		b.Log.Error("the log could not be anchored everywhere; it is tried again", "error", err)
		b.cry(context.WithoutCancel(ctx), "⚓ The log could not be anchored everywhere, and I keep trying: "+words(anchorTrouble(err)).What)
	}
	b.anchorFailed.Store(err != nil)
}

// anchorTrouble keeps the words of what went wrong.
func anchorTrouble(err error) error { return Trouble{What: clean(err.Error(), 500)} }

// putAnchor puts a checkpoint into each place, whatever happens in the others.
func (b *Bot) putAnchor(ctx context.Context, to Anchors, a store.Anchor, word string) (store.Anchor, error) {
	var channel, folder, command error
	if to.Channel != "" {
		a.Place, channel = b.postAnchor(ctx, to.Channel, a, word)
	}
	if to.Folder != "" {
		folder = fileAnchor(to.Folder, a)
		a.Folder = folder == nil
	}
	if len(to.Command) > 0 {
		command = pipeAnchor(ctx, to.Command, a)
		a.Command = command == nil
	}
	return a, errors.Join(channel, folder, command)
}

// postAnchor posts a checkpoint once, with a line for people.
func (b *Bot) postAnchor(ctx context.Context, want string, a store.Anchor, word string) (store.Place, error) {
	id, err := b.anchorChannel(ctx, want)
	if err != nil {
		return store.Place{}, err
	}
	text := Markf("⚓ The log has %d records now. This signed checkpoint shows later whether any of them was changed.\n%s", a.Size, Block(strings.TrimSpace(a.Checkpoint)))
	return b.postOnce(ctx, fmt.Sprintf("anchor/%d/%s", a.Size, word), id, Message{Text: text})
}

// anchorChannel finds the id of the channel.
func (b *Bot) anchorChannel(ctx context.Context, want string) (string, error) {
	mine, err := b.channels(ctx)
	if err != nil {
		return "", fmt.Errorf("looking for the channel %s: %w", want, err)
	}
	for _, c := range mine {
		if c.ID == want || "#"+c.Name == want {
			return c.ID, nil
		}
	}
	return "", fmt.Errorf("the bot is not in the channel %s; invite it there", want)
}

// fileAnchor writes a file for a checkpoint, whole or not at all.
func fileAnchor(folder string, a store.Anchor) error {
	path := filepath.Join(folder, fmt.Sprintf("ascbot-%012d.txt", a.Size))
	f, err := os.CreateTemp(folder, ".anchor-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(a.Checkpoint)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// pipeAnchor gives a checkpoint to a program. No shell is asked.
func pipeAnchor(ctx context.Context, command []string, a store.Anchor) error {
	var said bytes.Buffer
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(a.Checkpoint), &said, &said
	c.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin"} // none of the bot's secrets
	c.WaitDelay = time.Second
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", command[0], err, clean(said.String(), 300))
	}
	return nil
}

// unanchored says why a change of the highest risk waits: the log could not be
// anchored for long.
func (b *Bot) unanchored(r store.Request) string {
	if !b.anchorTooOld(r) {
		return ""
	}
	b.anchor(b.root)
	last, _, err := b.Store.LastAnchor()
	if err == nil && b.Now().Sub(last.At) < oldAnchor {
		return ""
	}
	return fmt.Sprintf("the log could not be anchored since %s", last.At.UTC().Format(writtenTime))
}

// anchorTooOld reports whether the log has to be anchored before a request is carried out.
func (b *Bot) anchorTooOld(r store.Request) bool {
	verb, ok := b.verb(r.Operation)
	if !ok || !topRisk(verb) || !b.conf().Anchors.wanted() {
		return false
	}
	last, found, err := b.Store.LastAnchor()
	return err == nil && found && b.Now().Sub(last.At) >= oldAnchor
}

// anchorsHold reads the anchors in the channel at the start. One that the log does not
// go on from means that the data file is an older copy, and seals the bot; one that is
// gone is told.
func (b *Bot) anchorsHold(ctx context.Context) {
	want := b.conf().Anchors.Channel
	if want == "" || b.Store.Sealed() != "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, anchorWithin)
	defer cancel()
	id, err := b.anchorChannel(ctx, want)
	var page *slack.GetConversationHistoryResponse
	if err == nil {
		page, err = b.web.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: id, IncludeAllMetadata: true, Limit: 200})
	}
	if err != nil {
		b.Log.Error("the anchors in Slack could not be looked at", "channel", want, "error", err)
		b.cry(context.WithoutCancel(ctx), "⚓ The anchors of the log in "+want+" could not be looked at.")
		return
	}
	there := map[string]bool{}
	for _, m := range page.Messages {
		key, _ := m.Metadata.EventPayload[postKey].(string)
		kept := store.FindCheckpoint([]byte(m.Text))
		if m.User != b.home.User || !strings.HasPrefix(key, "anchor/") || kept == nil {
			continue
		}
		there[m.Timestamp] = true
		if behind, ok := errors.AsType[*store.RollbackError](b.Store.Extends(kept)); ok {
			b.Store.Seal(behind.Error() + " (an anchor in " + want + ")")
			return
		}
	}
	last, found, err := b.Store.LastAnchor()
	if err == nil && found && last.Place.Channel == id && !there[last.Place.TS] {
		b.Log.Error("an anchor is gone", "channel", want, "records", last.Size)
		b.cry(context.WithoutCancel(ctx), fmt.Sprintf("⚓ The anchor of %d records that I posted in %s is gone, or was changed. Somebody may want to hide that the log was rewritten: check it with ascbot audit verify.", last.Size, want))
	}
}
