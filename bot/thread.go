package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// tellVotes says in the thread of a card that waits for more votes who has agreed to it,
// so that whoever asked can follow how far it is. The vote that decides is not among
// them: the card shows that one, and whoever asked is told of the end.
func (b *Bot) tellVotes(ctx context.Context, r store.Request) error {
	for n, v := range r.Votes {
		if !v.Yes {
			continue
		}
		key := fmt.Sprintf("vote/%d/%d/%s/%d", r.ID, r.Version, v.Person.ID, v.At.UnixNano())
		m := Say("%s: %s agrees to *#%d*. %s; so far: %s.", mention(r.Asker.ID), mention(v.Person.ID), r.ID, b.needs(r), agreed(r.Votes[:n+1]))
		if _, err := b.postInThread(ctx, key, r.Card, m); err != nil {
			return err
		}
	}
	return nil
}

// unvoted begins the keys of what is said of votes that were taken back.
const unvoted = "unvote/"

// unvoteKey names a vote that is taken back, however often Slack tells of it.
func unvoteKey(r store.Request, who policy.Person) string {
	i := slices.IndexFunc(r.Votes, func(v store.Vote) bool { return v.Person.ID == who.ID })
	return fmt.Sprintf("%s%d/%d/%s/%d", unvoted, r.ID, r.Version, who.ID, r.Votes[i].At.UnixNano())
}

// tellTakenBack says there that a vote does not count any more, as it was claimed. It
// says nothing when the vote still stands, or the request is another by now.
func (b *Bot) tellTakenBack(ctx context.Context, claim store.Claim, fresh bool) {
	var id uint64
	var version int
	if _, err := fmt.Sscanf(strings.TrimPrefix(claim.Key, unvoted), "%d/%d/", &id, &version); err != nil {
		b.Log.Error("what was to be said of a vote cannot be read", "key", claim.Key, "error", err)
		return
	}
	defer b.shows.lock(id)()
	if now, _, err := b.Store.LookUpClaim(claim.Key); err != nil || !now.Posted.IsZero() {
		return
	}
	r, err := b.Store.Request(id)
	if err != nil {
		b.Log.Error("the request of a vote that was taken back cannot be read", "request", id, "error", err)
		return
	}
	stands := voted(r, policy.Person{ID: claim.To}) // it was too late, or is taken back in this moment
	if r.Version != version || claim.To == "" || stands && b.Now().Sub(claim.At) > greetWithin {
		_ = b.confirm(claim.Key, store.Place{})
		return
	}
	if stands {
		return
	}
	m := Say("%s: %s has taken the vote on *#%d* back. %s; so far: %s.", mention(r.Asker.ID), mention(claim.To), id, b.needs(r), agreed(r.Votes))
	if _, err := b.postClaimed(ctx, claim, fresh, r.Card, m); err != nil {
		b.Log.Warn("whoever asked could not be told yet of a vote that was taken back; it is tried again", "request", id, "error", err)
	}
}

// tellTakenBackLate says of votes what a stop or Slack has kept from being said.
func (b *Bot) tellTakenBackLate(ctx context.Context) {
	open, err := b.Store.Unposted(unvoted)
	if err != nil {
		b.Log.Error("reading which votes were taken back", "error", err)
	}
	for _, claim := range open {
		b.tellTakenBack(ctx, claim, false)
	}
}

// tellThread brings the thread of a card up to date, and tries again for a while.
func (b *Bot) tellThread(ctx context.Context, id uint64) {
	defer b.threads.lock(id)()
	for n := range 3 {
		r, err := b.Store.Request(id)
		if err == nil && r.State == store.Pending {
			err = b.tellVotes(ctx, r)
		}
		if err = errors.Join(err, b.tellMoves(ctx, id)); err == nil {
			return
		}
		b.Log.Warn("the thread of a card is not up to date", "request", id, "error", err)
		if n < 2 && !sleep(b.root, 10*time.Second) {
			return // the next start goes on
		}
	}
}

// tellMoves says there what has become of a request, line by line as the log has it, so that a line
// that a stop or Slack's troubles kept from being said is said later. What is over before anybody could
// read it is left out: whoever asked is told of the end, which stands here too when anything else does.
func (b *Bot) tellMoves(ctx context.Context, id uint64) error {
	r, err := b.Store.Request(id)
	if err != nil || r.Card.TS == "" {
		return err
	}
	lines, err := b.Store.History(id, max(r.Told-1, 0))
	if err != nil {
		return err
	}
	open := false // the last thing that was told has to come to an end
	for _, l := range lines {
		if l.N < r.Told {
			open = l.Kind == "moved"
			continue
		}
		text := b.line(r, l, open)
		if text == "" {
			continue
		}
		open = open || l.Kind == "moved"
		if _, err := b.postInThread(ctx, fmt.Sprintf("thread/%d", l.N), r.Card, Message{Text: mention(r.Asker.ID) + ": " + text}); err != nil {
			if lost(err) {
				return nil // nobody sees that thread any more
			}
			return err
		}
		if r, err = b.Store.Edit(id, func(r *store.Request) error { r.Told = l.N + 1; return nil }); err != nil {
			return err
		}
	}
	return nil
}

// redrawAndTell brings the card of a request that goes on up to date, and its thread.
func (b *Bot) redrawAndTell(ctx context.Context, id uint64) error {
	b.start(func(ctx context.Context) { b.tellThread(ctx, id) })
	return b.redraw(ctx, id)
}

// line is what the thread says of a line of the log; empty: nothing. Open says that it told of a move
// that has to come to an end.
func (b *Bot) line(r store.Request, l store.Leaf, open bool) Markup {
	if l.Version != r.Version {
		return "" // that stands on another card
	}
	why := prose(clean(l.Note, 500))
	switch {
	case l.Kind == "renewed" && l.By == nil:
		return Markf("*#%d* is asked anew, as version %d: what has moved stands on the card.", r.ID, r.Version)
	case l.Kind != "moved":
		return ""
	case l.To == store.Unsure && r.State == store.Unsure:
		return Markf("%s  ·  *#%d*: %s", headlines[l.To], r.ID, why)
	case l.To == store.Approved && l.From != store.Pending && open:
		return Markf("*#%d*: %s", r.ID, why)
	case l.To == store.Approved && r.State == store.Approved:
		if waits(r) {
			return Markf("*#%d* is approved, and waits. %s", r.ID, prose(r.Outcome))
		}
		return Markf("*#%d* is approved, and will be carried out as soon as that can be.", r.ID)
	case l.To.Final() && open:
		return Markf("%s  ·  *#%d*", headlines[l.To], r.ID)
	}
	return ""
}

// agreed names whoever has said yes.
func agreed(votes []store.Vote) Markup {
	var who []Markup
	for _, v := range votes {
		if v.Yes {
			who = append(who, mention(v.Person.ID))
		}
	}
	if len(who) == 0 {
		return "nobody"
	}
	return Join(who, ", ")
}
