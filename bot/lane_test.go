package bot

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
)

// Of what waits for one channel, outcomes go first, then cards, then the rest; and
// Slack's one message a second is kept.
func TestLanesLetTheMostAwaitedGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Bot{}
		b.prepare()
		began := time.Now()
		var mu sync.Mutex
		var order []string
		var at []time.Duration
		send := func(channel string, w weight, name string) {
			if err := b.inTurn(t.Context(), channel, w, func() error {
				mu.Lock()
				defer mu.Unlock()
				order, at = append(order, name), append(at, time.Since(began))
				return nil
			}); err != nil {
				t.Error(err)
			}
		}
		send("C1", news, "first")
		var all sync.WaitGroup
		for _, one := range []struct {
			w    weight
			name string
		}{{news, "digest"}, {face, "card"}, {outcome, "end"}, {outcome, "end 2"}} {
			all.Go(func() { send("C1", one.w, one.name) })
			synctest.Wait()
		}
		all.Wait()
		// The digest had the turn already when the others came.
		if want := []string{"first", "digest", "end", "end 2", "card"}; !slices.Equal(order, want) {
			t.Errorf("order %q, want %q", order, want)
		}
		for i, d := range at {
			if want := time.Duration(i) * betweenPosts; d < want {
				t.Errorf("%q went after %s, before %s", order[i], d, want)
			}
		}
	})
}

// A channel that Slack asks to be left alone waits; the others do not, and nothing is
// posted twice or lost.
func TestLanesParkAChannelThatSlackLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Bot{}
		b.prepare()
		began := time.Now()
		calls, posted := 0, 0
		var all sync.WaitGroup
		all.Go(func() {
			if err := b.inTurn(t.Context(), "C1", face, func() error {
				if calls++; calls < 3 {
					return &slack.RateLimitedError{RetryAfter: 30 * time.Second}
				}
				posted++
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		if err := b.inTurn(t.Context(), "C2", news, func() error { return nil }); err != nil || time.Since(began) > 0 {
			t.Errorf("another channel waited %s: %v", time.Since(began), err)
		}
		all.Wait()
		if calls != 3 || posted != 1 || time.Since(began) != time.Minute {
			t.Errorf("%d calls, %d posts after %s", calls, posted, time.Since(began))
		}
		// For ever is too long: whoever has to send it is asked later.
		limited := &slack.RateLimitedError{RetryAfter: 400 * time.Second}
		if err := b.inTurn(t.Context(), "C3", face, func() error { return limited }); !errors.Is(err, limited) {
			t.Errorf("got %v", err)
		}
	})
}

// Who stops waiting holds up nobody.
func TestLanesGoOnWhenSomebodyGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Bot{}
		b.prepare()
		leave, err := b.lanes.enter(t.Context(), "C1", face)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() { gone <- b.inTurn(ctx, "C1", outcome, func() error { return nil }) }()
		synctest.Wait()
		stop()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		leave(0)
		// This one gives up while it has the turn and waits for the second to pass.
		soon, stop := context.WithTimeout(t.Context(), time.Millisecond)
		defer stop()
		if err := b.inTurn(soon, "C1", face, func() error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if err := b.inTurn(t.Context(), "C1", news, func() error { return nil }); err != nil {
			t.Error(err)
		}
	})
}

// A message that Slack will not draw is said plainly, with its buttons.
func TestPlainKeepsWordsAndButtons(t *testing.T) {
	m := Message{Text: "What", Blocks: []slack.Block{Header("Head"), slack.NewDividerBlock(), slack.NewActionBlock("decide", slack.NewButtonBlockElement("approve", "1", Plain("Approve", 20)))}}
	got := m.plain()
	if len(got.Blocks) != 3 || got.Blocks[0].BlockType() != slack.MBTSection || got.Blocks[2].BlockType() != slack.MBTAction || got.Text != "What" {
		t.Errorf("got %+v", got)
	}
}

// A message of rich text can be redrawn as one without: what Slack refuses then is said with some.
func TestRedrawnWithoutRichText(t *testing.T) {
	b := &Bot{Log: slog.New(slog.DiscardHandler)}
	var sent []Message
	err := b.drawn(t.Context(), Say("Gone."), func(m Message) error {
		sent = append(sent, m)
		if !slices.ContainsFunc(m.Blocks, func(one slack.Block) bool { return one.BlockType() == slack.MBTRichText }) {
			return slack.SlackErrorResponse{Err: "block_mismatch"}
		}
		return nil
	})
	if err != nil || len(sent) != 2 || sent[1].Text != "Gone." {
		t.Errorf("%v after %+v", err, sent)
	}
}
