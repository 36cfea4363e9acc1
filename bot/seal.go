package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ascbot/ascbot/store"
)

// A sealed bot is connected, answers what only looks, and changes nothing: it says
// why. Asking, voting and carrying out ask sealed before they begin; in any case
// nothing happens whose line the log does not take. While the clock is wrong it is
// sealed too, since votes and approvals hold for a time only.

// sealed says in words why nothing may be changed now; empty: it may.
func (b *Bot) sealed() string {
	if why := b.Store.Sealed(); why != "" {
		return why
	}
	return b.clockOff()
}

// holding says in words why nothing may be carried out now, though asking and voting go
// on: the data file is being checked, or there is not enough room to write down what
// came of it.
func (b *Bot) holding() string {
	if why := b.sealed(); why != "" {
		return why
	}
	if b.Check != nil && !b.checked.Load() {
		return "the data file is being checked after the start"
	}
	if b.Room != nil {
		if err := b.Room(); err != nil {
			return err.Error()
		}
	}
	return ""
}

// sealTrouble is what somebody is told who wants a change meanwhile.
func sealTrouble(why string) error {
	return Trouble{
		What: "I am sealed and change nothing: " + strings.TrimSuffix(why, ".") + ".",
		Next: "Looking things up goes on. Tell whoever runs the bot; README.md says what to do.",
	}
}

// keepSeal watches over the data file: whether a disk that was full takes something
// again, and whether the file has met a fault after which only a new start helps.
func (b *Bot) keepSeal(ctx context.Context) error {
	told := ""
	for {
		if err := b.Store.Broken(); err != nil {
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
		why := b.sealed()
		if why != "" && why != told {
			b.Log.Error("sealed: nothing is changed", "reason", why)
			b.cry(ctx, "🔒 I am sealed and change nothing: "+why)
		} else if why == "" && told != "" {
			b.Log.Info("no longer sealed")
			b.cry(ctx, "🔓 I am no longer sealed.")
		}
		if told = why; why != "" {
			_ = b.Store.Try() // when it succeeds the seal is gone, unless there is another reason
		}
		if !sleep(ctx, b.Tick) {
			return nil
		}
	}
}

// ErrBroken means that the data file has met a fault after which it takes no more
// work. It has to be looked at, and the bot to be started again.
var ErrBroken = errors.New("the data file is broken")

// cry posts an alarm where cards go. It needs no data file, so it may be seen more
// than once; what cannot be posted is in the program's own log.
func (b *Bot) cry(ctx context.Context, text string) {
	court, err := b.court(ctx, "")
	if err == nil {
		_, _, err = b.web.PostMessageContext(ctx, court, Say("%s", text).options()...)
	}
	if err != nil && ctx.Err() == nil {
		b.Log.Error("an alarm could not be posted", "alarm", text, "error", err)
	}
}

// check runs the full check of the data file beside the bot's work. Until it has
// ended well nothing is carried out.
func (b *Bot) check(ctx context.Context) error {
	if b.Check == nil {
		return nil
	}
	if err := b.Check(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	b.checked.Store(true)
	return nil
}

// seals tells an error that stands for a sealed log.
func seals(err error) (why string, ok bool) {
	if sealed, is := errors.AsType[*store.SealedError](err); is {
		return sealed.Why, true
	}
	if full, is := errors.AsType[*store.RoomError](err); is {
		return full.Error(), true
	}
	return "", false
}
