package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/store"
)

// FollowedUp is an operation after which something goes on at App Store Connect by
// itself, and people want to hear of it: an invitation is accepted, or it lapses.
type FollowedUp interface {
	Operation
	// FollowUp looks how it stands. Known is what the last look has left to know; at
	// the first look, right after the change was proven, it is nil.
	FollowUp(ctx context.Context, api *asc.Client, known json.RawMessage, now time.Time) (Turn, error)
}

// Turn is what a look after a change has shown.
type Turn struct {
	Known any       // for the next look, or for good when there is none; it is written as JSON
	Next  time.Time // when to look again; zero: nothing more is to come
	News  string    // in words, for whoever asked, the card's thread and the log; empty: none
	Sign  Markup    // an emoji before the news
	Offer []Offer   // what can be done about it
}

// Offer is a button that begins a command with words already filled in.
type Offer struct{ Label, Words string }

// lookAgain is how long a look that failed is put off.
const lookAgain = 5 * time.Minute

// beginFollowUp notes that a change has a follow-up, inside the transaction that ends its
// request.
func (b *Bot) beginFollowUp(r *store.Request) {
	_, op, err := b.operation(*r)
	if _, follows := op.(FollowedUp); err == nil && follows {
		r.FollowUp = &store.FollowUp{Next: b.Now().UTC().Round(0)}
	}
}

// keepFollowUps looks after what goes on by itself, when it is time to.
func (b *Bot) keepFollowUps() {
	going, err := b.Store.FollowUps()
	if err != nil {
		b.Log.Error("reading what is followed up", "error", err)
		return
	}
	for _, r := range going {
		if b.Now().Before(r.FollowUp.Next) || b.looks.held(r.ID) {
			continue
		}
		b.start(func(ctx context.Context) {
			defer b.looks.lock(r.ID)()
			if err := b.lookAfter(asc.WithClass(ctx, asc.Job), r.ID); err != nil && b.root.Err() == nil {
				b.Log.Warn("what came of a change could not be looked at yet; it is tried again", "request", r.ID, "error", err)
				later := *r.FollowUp
				later.Next = b.Now().Add(lookAgain)
				if _, err := b.Store.Followed(r.ID, b.mark(""), later); err != nil {
					b.Log.Error("a look could not be put off", "request", r.ID, "error", err)
				}
			}
		})
	}
}

// lookAfter looks once, tells what is new, and notes when to look again: in this
// order, so that news that a stop has kept from being noted are found to be told.
func (b *Bot) lookAfter(ctx context.Context, id uint64) error {
	r, err := b.Store.Request(id)
	if err != nil || !r.FollowUp.GoesOn() {
		return err
	}
	_, op, err := b.operation(r)
	if err != nil {
		return err
	}
	team, err := b.team(r.Team)
	if err != nil {
		return err
	}
	follows, ok := op.(FollowedUp)
	if !ok {
		_, err := b.Store.Followed(id, b.mark(""), store.FollowUp{Over: b.Now()})
		return err
	}
	turn, err := follows.FollowUp(ctx, team.API, r.FollowUp.Known, b.Now())
	if err != nil {
		return err
	}
	turn.News, turn.Offer = b.onIn(turn.News, team), b.offersOn(turn.Offer, team)
	next := store.FollowUp{Next: turn.Next}
	if turn.Next.IsZero() {
		next.Over = b.Now()
	}
	if turn.Known != nil {
		if next.Known, err = store.Canonical(turn.Known); err != nil {
			return err
		}
	}
	if err := b.tellNews(ctx, r, turn); err != nil {
		return err
	}
	_, err = b.Store.Followed(id, b.mark(turn.News), next)
	return err
}

// tellNews says in the thread of the card and to whoever asked what is new.
func (b *Bot) tellNews(ctx context.Context, r store.Request, turn Turn) error {
	if turn.News == "" {
		return nil
	}
	text := Markf("%s %s", turn.Sign, prose(turn.News))
	key := fmt.Sprintf("followup/%d/%d", r.ID, r.FollowUp.Next.Unix())
	m := Message{Text: text, Blocks: append([]slack.Block{Section(text)}, offers(turn.Offer)...)}
	if r.Card.TS != "" {
		_, err := b.postInThread(ctx, key, r.Card, m)
		if _, refused := errors.AsType[slack.SlackErrorResponse](err); refused {
			b.Log.Error("news of a request cannot be said in the thread of its card", "request", r.ID, "error", err)
		} else if err != nil {
			return err
		}
	}
	dm, err := b.direct(ctx, r.Asker.ID)
	if err != nil {
		return err
	}
	m.Text = Markf("*#%d* %s: %s", r.ID, r.Summary, text)
	m.Blocks = append([]slack.Block{Section(m.Text)}, offers(turn.Offer)...)
	_, err = b.postOnce(ctx, key+"/asker", dm, m)
	return err
}

// offers are buttons for what can be done next.
func offers(list []Offer) []slack.Block {
	var buttons []*slack.ButtonBlockElement
	for _, o := range list {
		buttons = append(buttons, Begin(o.Label, o.Words))
	}
	return inLine(buttons)
}
