package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/store"
)

// remembered is how long the bot recognises an envelope it has seen. Slack
// repeats one for minutes; a week costs little.
const remembered = 7 * 24 * time.Hour

// tidyEvery is how often what is owed to Slack is tried again and old envelopes
// are forgotten.
const tidyEvery = 5 * time.Minute

// keepTime does what is due, until ctx ends. It looks at the clock again and
// again instead of sleeping until a moment, so a clock that jumps or a machine
// that was suspended needs no care of its own.
func (b *Bot) keepTime(ctx context.Context) {
	tick := time.NewTicker(b.Tick)
	defer tick.Stop()
	tidied := time.Now()
	for {
		if b.clockOff() == "" {
			b.expire()
			b.keepGrants()
			b.keepReminding()
			b.keepFollowUps()
			if time.Since(tidied) >= tidyEvery {
				tidied = time.Now()
				b.tidy()
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// expire ends requests that nobody decided, and approved ones that could not
// be carried out in time.
func (b *Bot) expire() {
	open, err := b.Store.Open()
	if err != nil {
		b.Log.Error("reading open requests", "error", err)
		return
	}
	now := b.Now()
	waiting, err := b.undecided()
	if err != nil {
		b.Log.Error("reading what is left to do", "error", err)
		return
	}
	for _, r := range open {
		if r.State != store.Pending || !now.After(r.VoteUntil) {
			continue
		}
		if waiting {
			continue // a click that was made in time may be among what waits
		}
		r, err := b.Store.Move(r.ID, store.Expired, b.mark(undecidedWords(r)), func(r *store.Request) error {
			if r.State != store.Pending || !now.After(r.VoteUntil) {
				return &store.MoveError{Request: *r, To: store.Expired}
			}
			r.Ended = now.UTC()
			return nil
		})
		if _, faster := errors.AsType[*store.MoveError](err); faster {
			continue // decided, or changed, in the last moment
		}
		if err != nil {
			b.Log.Error("a request could not expire", "error", err)
			continue
		}
		b.pursue(r.ID)
	}
}

// undecided says whether clicks wait that were acknowledged and are not worked on
// yet, or forms that say why not.
func (b *Bot) undecided() (found bool, err error) {
	err = b.Store.Inbox(func(_ uint64, e store.Envelope) bool {
		if found = e.Kind == kindClick; e.Kind == kindForm {
			f, _ := parse(e.Body)
			q, _ := b.queueOf(e.Kind, f.Deed)
			found = q == &b.queues.decisions
		}
		return !found
	})
	return found, err
}

// rescueCards posts the cards anew that wait in channels which the bot has been
// removed from, or which were archived: nobody might ever decide about them.
func (b *Bot) rescueCards(ctx context.Context) {
	open, err := b.Store.Open()
	open = slices.DeleteFunc(open, func(r store.Request) bool { return r.State != store.Pending || r.Card.TS == "" })
	if err != nil || len(open) == 0 {
		return
	}
	mine, err := b.channels(ctx)
	if err != nil {
		b.Log.Warn("the channels of open cards could not be looked at", "error", err)
		return
	}
	for _, r := range open {
		if !slices.ContainsFunc(mine, func(c slack.Channel) bool { return c.ID == r.Card.Channel && inside(c) }) {
			if err := b.rescue(ctx, r.ID); err != nil {
				b.Log.Warn("a card has no place to be seen", "request", r.ID, "error", err)
			}
		}
	}
}

func (b *Bot) rescue(ctx context.Context, id uint64) error {
	defer b.cards.lock(id)()
	r, err := b.Store.Request(id)
	if err != nil || r.State != store.Pending {
		return err
	}
	place, err := b.elsewhere(ctx, r, fmt.Sprintf("card/%d/%d/instead of %s", r.ID, r.Version, r.Card.TS), errors.New("the bot is not there any more"))
	if err != nil {
		return err
	}
	_, err = b.Store.Edit(id, func(now *store.Request) error { now.Card = place; return nil })
	return err
}

// tidy tries again what Slack would not take, and forgets old envelopes.
func (b *Bot) tidy() {
	b.tellRefusals()
	if late, err := b.owed(); err != nil {
		b.Log.Error("reading ended requests", "error", err)
	} else {
		for _, r := range late {
			b.pursue(r.ID)
		}
	}
	if open, err := b.Store.Open(); err == nil {
		for _, r := range open {
			// Its card was not posted, or what was to carry it on has given up.
			if r.Card.TS == "" || r.State != store.Pending && !b.runs.held(r.ID) {
				b.pursue(r.ID)
			}
		}
	}
	b.start(b.rescueCards)
	b.start(b.tellRulesLate)
	b.start(b.greetLate)
	b.start(b.tellTakenBackLate)
	b.keepHighWater()
	if _, err := b.Store.Forget(b.Now().Add(-remembered)); err != nil {
		b.Log.Error("forgetting old envelopes", "error", err)
	}
}
