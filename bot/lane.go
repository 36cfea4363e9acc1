package bot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// weight says what goes first when several messages wait for one channel.
type weight int

const (
	outcome weight = iota // what came of something: somebody waits for it
	face                  // cards
	news                  // digests, reminders and the rest
	weights
)

// Slack takes about one message a second in a channel.
const betweenPosts = 1100 * time.Millisecond

// longestParked bounds how long a message waits for a channel that Slack has asked to
// be left alone; then its caller tries again later.
const longestParked = 10 * time.Minute

// lanes let one message after the other into each channel, the most awaited first. A
// channel that Slack asks to be left alone waits without holding up others.
type lanes struct {
	mu sync.Mutex
	of map[string]*lane
}

type lane struct {
	busy    bool
	free    time.Time // not before
	waiting [weights][]chan struct{}
}

func (l *lane) idle() bool {
	return !l.busy && !slices.ContainsFunc(l.waiting[:], func(w []chan struct{}) bool { return len(w) > 0 })
}

// enter waits for the caller's turn in a channel. Leave ends the turn; pause is how
// long Slack wants the channel to be left alone, if it said so.
func (ls *lanes) enter(ctx context.Context, channel string, w weight) (leave func(pause time.Duration), err error) {
	ls.mu.Lock()
	if ls.of == nil {
		ls.of = map[string]*lane{}
	}
	l := ls.of[channel]
	if l == nil {
		ls.forget()
		l = &lane{}
		ls.of[channel] = l
	}
	turn := make(chan struct{})
	if l.busy {
		l.waiting[w] = append(l.waiting[w], turn)
	} else {
		l.busy = true
		close(turn)
	}
	ls.mu.Unlock()
	select {
	case <-turn:
	case <-ctx.Done():
		ls.giveUp(l, w, turn)
		return nil, ctx.Err()
	}
	ls.mu.Lock()
	free := l.free
	ls.mu.Unlock()
	if !sleep(ctx, time.Until(free)) {
		ls.next(l, 0)
		return nil, ctx.Err()
	}
	return func(pause time.Duration) { ls.next(l, max(pause, betweenPosts)) }, nil
}

// next gives the turn to whoever waits for it most.
func (ls *lanes) next(l *lane, pause time.Duration) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if free := time.Now().Add(pause); pause > 0 && free.After(l.free) {
		l.free = free
	}
	for w := range l.waiting {
		if len(l.waiting[w]) > 0 {
			close(l.waiting[w][0])
			l.waiting[w] = l.waiting[w][1:]
			return
		}
	}
	l.busy = false
}

// giveUp leaves the queue; a turn that came in the same moment is passed on.
func (ls *lanes) giveUp(l *lane, w weight, turn chan struct{}) {
	ls.mu.Lock()
	if i := slices.Index(l.waiting[w], turn); i >= 0 {
		l.waiting[w] = slices.Delete(l.waiting[w], i, i+1)
		ls.mu.Unlock()
		return
	}
	ls.mu.Unlock()
	ls.next(l, 0)
}

// forget drops the channels in which nothing happens, so that there are not ever more
// of them.
func (ls *lanes) forget() {
	for channel, l := range ls.of {
		if l.idle() && time.Now().After(l.free) {
			delete(ls.of, channel)
		}
	}
}

// inTurn makes one call that posts into a channel when it is its turn. When Slack says
// that it comes too soon nothing has been posted, so the call is made again.
func (b *Bot) inTurn(ctx context.Context, channel string, w weight, call func() error) error {
	for waited := time.Duration(0); ; {
		leave, err := b.lanes.enter(ctx, channel, w)
		if err != nil {
			return err
		}
		err = call()
		limited, tooSoon := errors.AsType[*slack.RateLimitedError](err)
		if !tooSoon {
			leave(0)
			return err
		}
		leave(limited.RetryAfter)
		if waited += limited.RetryAfter; waited > longestParked {
			return err
		}
		b.Log.Warn("Slack wants a channel to be left alone", "channel", channel, "for", limited.RetryAfter)
	}
}

// post sends a message into a channel. Slack may refuse how a message is drawn; then
// the same is said plainly, since a plain card is better than none.
func (b *Bot) post(ctx context.Context, w weight, channel string, m Message, more ...slack.MsgOption) (at, ts string, err error) {
	send := func(m Message) error {
		return b.inTurn(ctx, channel, w, func() (err error) {
			at, ts, err = b.posting.PostMessageContext(ctx, channel, append(m.options(), more...)...)
			return err
		})
	}
	err = b.drawn(ctx, m, send)
	return at, ts, err
}

// update redraws a message. Slack counts that apart from new messages.
func (b *Bot) update(ctx context.Context, channel, ts string, m Message) error {
	return b.drawn(ctx, m, func(m Message) error {
		_, _, _, err := b.web.UpdateMessageContext(ctx, channel, ts, m.options()...)
		return err
	})
}

func undrawable(err error) bool {
	return err != nil && slices.Contains([]string{"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "block_mismatch"}, err.Error())
}

// plain is a message with nothing but its words and its buttons. It says so in rich
// text, because Slack lets no update take rich text away altogether.
func (m Message) plain() Message {
	note := slack.NewRichTextSectionTextElement("Slack did not take the rest of this message.", &slack.RichTextSectionTextStyle{Italic: true})
	blocks := []slack.Block{Section(m.Text), slack.NewRichTextBlock("", slack.NewRichTextSection(note))}
	for _, block := range m.Blocks {
		if block.BlockType() == slack.MBTAction {
			blocks = append(blocks, block)
		}
	}
	return Message{Text: m.Text, Blocks: blocks}
}
