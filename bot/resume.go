package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/ascbot/ascbot/store"
)

// resume takes up what a stop interrupted, before anything new is received:
// what was acknowledged and not yet worked on, and every open request from the
// state the store has it in.
func (b *Bot) resume(ctx context.Context) error {
	if err := b.interrupted(); err != nil {
		return err
	}
	if err := b.Store.Inbox(func(place uint64, e store.Envelope) bool {
		b.Log.Info("taking up what was left", "kind", e.Kind, "since", e.At)
		f, _ := parse(e.Body) // what cannot be read is set aside in any queue
		q, _ := b.queueOf(e.Kind, f.Deed)
		b.enqueue(q, job{place: place})
		return true
	}); err != nil {
		return fmt.Errorf("reading what was left to do: %w", err)
	}
	b.catchUp()
	b.start(b.greetLate)
	b.start(b.tellTakenBackLate)
	return nil
}

// interrupted turns requests whose call was under way when the bot stopped into
// unsure ones: whether the call left nobody knows, so reading has to tell.
func (b *Bot) interrupted() error {
	open, err := b.Store.Open()
	if err != nil {
		return fmt.Errorf("reading open requests: %w", err)
	}
	for _, r := range open {
		if r.State != store.Running {
			continue
		}
		if err := b.move(r.ID, store.Unsure, "the bot stopped in the middle of it", ended(b.Now(), "interrupted")); err != nil {
			return err
		}
	}
	return nil
}

// recently bounds how far back ended requests are looked at for a card or a
// word to their asker that is still owed.
const recently = 48 * time.Hour

// catchUp carries every open request on, and shows what Slack was not shown.
func (b *Bot) catchUp() {
	open, err := b.Store.Open()
	if err != nil {
		b.Log.Error("reading open requests", "error", err)
		return
	}
	late, err := b.owed()
	if err != nil {
		b.Log.Error("reading ended requests", "error", err)
		return
	}
	var waiting []uint64
	for _, r := range append(open, late...) {
		if r.State == store.Pending && r.Card.TS != "" {
			waiting = append(waiting, r.ID) // nothing is to be done but to bring its card up to date
		} else {
			b.pursue(r.ID)
		}
	}
	b.work.Go(func() { // there may be thousands, and Slack takes about one message a second
		for n, id := range waiting {
			if n > 0 && !sleep(b.root, betweenPosts) {
				return
			}
			b.pursue(id)
		}
	})
}

// owed finds ended requests whose asker has not been told.
func (b *Bot) owed() ([]store.Request, error) {
	recent, err := b.Store.Recent(200)
	if err != nil {
		return nil, err
	}
	var owed []store.Request
	for _, r := range recent {
		if !r.State.Final() || b.Now().Sub(r.Asked) > recently+30*24*time.Hour {
			continue
		}
		claim, ok, err := b.Store.LookUpClaim(toldKey(r))
		if err != nil {
			return nil, err
		}
		if (!ok || claim.Posted.IsZero()) && b.Now().Sub(r.Ended) < recently {
			owed = append(owed, r)
		}
	}
	return owed, nil
}
