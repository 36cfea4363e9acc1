package bot

import (
	"context"
	"fmt"

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

// tellTakenBack says there that a vote does not count any more.
func (b *Bot) tellTakenBack(ctx context.Context, r store.Request, mark store.Mark) {
	key := fmt.Sprintf("unvote/%d/%d/%s/%d", r.ID, r.Version, mark.By.ID, mark.At.UnixNano())
	m := Say("%s: %s has taken the vote on *#%d* back. %s; so far: %s.", mention(r.Asker.ID), mention(mark.By.ID), r.ID, b.needs(r), agreed(r.Votes))
	if _, err := b.postInThread(ctx, key, r.Card, m); err != nil {
		b.Log.Warn("whoever asked could not be told of a vote that was taken back", "request", r.ID, "error", err)
	}
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
