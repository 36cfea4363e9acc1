package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
	"github.com/slack-go/slack"
)

// reviseID is the button with which a requester changes what was asked for.
const reviseID = "revise"

// openRevision opens the form of a request for whoever asked, filled in with what
// stands in it.
func (b *Bot) openRevision(ctx context.Context, d deed, r store.Request, who policy.Person) (Message, error) {
	if who.ID != r.Asker.ID {
		return Message{}, Trouble{What: "Only the person who asked can change a request.", Next: "If you may decide about it, you can deny it and say why."}
	}
	if r.State != store.Pending {
		return Message{}, tooLate(r)
	}
	verb, op, err := b.operation(r)
	if err != nil {
		return Message{}, err
	}
	team, err := b.teamOf(verb, r.Team)
	if err != nil {
		return Message{}, err
	}
	note := formNote{Channel: r.AskedIn.Channel, Team: team.Name, ResponseURL: d.ResponseURL, Revises: r.ID, Version: r.Version}
	if _, err := b.web.OpenViewContext(ctx, d.TriggerID, b.modal(verb, b.withReason(op.Form(), verb, team, r.Note), note)); err != nil {
		b.Log.Warn("a form did not open", "verb", verb.Words, "error", err)
		return Message{}, Trouble{What: "Slack did not let me open the form in time.", Next: "Press the button again."}
	}
	return Message{}, nil
}

func tooLate(r store.Request) Trouble {
	return Trouble{What: fmt.Sprintf("Too late: request #%d is %s.", r.ID, standing(r)), Next: "Ask for it anew if it is still wanted."}
}

// revise makes the next version of a request out of what its requester has sent.
// Nobody has agreed to that yet, so the votes are void.
func (b *Bot) revise(ctx context.Context, p proposal, note formNote) error {
	defer b.patience(ctx, p.deed)()
	defer b.proposals.sit()()
	r, err := b.Store.Request(note.Revises)
	switch {
	case err != nil:
		return err
	case r.Asker.ID != p.asker.ID:
		return Trouble{What: "Only the person who asked can change a request."}
	case r.State != store.Pending:
		return tooLate(r)
	case r.Version != note.Version:
		return Trouble{What: fmt.Sprintf("Request #%d has changed since that form was opened, so nothing was changed again.", r.ID), Next: "Look at its newest card."}
	}
	if err := b.tellAsker(ctx, p); err != nil {
		return err
	}
	draft, already, err := b.prepared(ctx, p)
	if err != nil {
		return err
	}
	if already != nil {
		b.answer(ctx, p.deed, Say("That is so already, so request *#%d* stays as it was. %s", r.ID, prose(already.Outcome)))
		return nil
	}
	if bytes.Equal(draft.Args, r.Args) && draft.Note == r.Note {
		b.answer(ctx, p.deed, Say("Request *#%d* stays as it is: nothing in the form was different.", r.ID))
		return nil
	}
	was := r
	r, err = b.Store.Renew(r.ID, store.Mark{At: b.Now(), By: stored(p.asker, p.name), Note: "changed by whoever asked"}, func(now *store.Request) error {
		if now.Version != note.Version || now.State != store.Pending {
			return errors.New("the request has moved while it was changed")
		}
		draft.Preview.Moved = differences(now.Preview, draft.Preview)
		now.Args, now.Shown, now.Preview, now.Summary = draft.Args, draft.Shown, draft.Preview, draft.Summary
		now.Beneficiaries, now.Note, now.VoteUntil = draft.Beneficiaries, draft.Note, draft.VoteUntil
		now.Policy, now.Rules, now.Key = draft.Policy, draft.Rules, draft.Key
		now.Card.TS, now.Reminders = "", 0
		return nil
	})
	if err != nil {
		return err
	}
	if was.Card.TS != "" {
		gone := Markf("🔄 *#%d* was changed by %s. A newer card asks for version %d.", r.ID, mention(r.Asker.ID), r.Version)
		// Slack lets no update take rich text away altogether (block_mismatch), and what was asked for first is worth reading
		over := Message{Text: gone, Blocks: []slack.Block{Section(gone), details(was)}}
		if err := b.update(ctx, was.Card.Channel, was.Card.TS, over); err != nil {
			b.Log.Warn("an older card could not be redrawn; its buttons count no longer", "request", r.ID, "error", err)
		}
	}
	return b.announce(ctx, r, p.deed)
}

// renew asks again when the world or the rules have moved since a request was
// agreed to: a new version, with new facts and no votes.
func (b *Bot) renew(ctx context.Context, r store.Request) error {
	if err := b.redrawAndTell(ctx, r.ID); err != nil {
		return wait(err)
	}
	verb, op, err := b.operation(r)
	if err != nil {
		return err
	}
	team, err := b.team(r.Team)
	if err != nil {
		return err
	}
	sight, err := op.Look(ctx, team.API)
	if err != nil {
		if passing(err) {
			return wait(err)
		}
		// What was asked for is no longer possible at all.
		return b.move(r.ID, store.Cancelled, words(err).Error(), func(r *store.Request) error { r.Outcome = words(err).Error(); return nil })
	}
	shown, err := store.Canonical(sight.Shown)
	if err != nil {
		return err
	}
	args, err := store.Canonical(op)
	if err != nil {
		return err
	}
	may, err := b.demanded(ctx, verb, op, team)
	if err != nil {
		return wait(err)
	}
	sight.Preview.Needs = may.demands.InWords()
	sight.Preview.Undo = b.onIn(sight.Preview.Undo, team)
	r, err = b.Store.Renew(r.ID, b.mark("asked again with what stands now"), func(r *store.Request) error {
		sight.Preview.Moved = differences(r.Preview, sight.Preview)
		r.Args, r.Shown, r.Preview, r.Summary = args, shown, sight.Preview, b.summary(op, team)
		r.Key = team.key()
		r.Reminders = 0
		r.Policy, r.Rules = may.conf.Hash(), may.rules
		r.VoteUntil = b.Now().Add(may.demands.Wait()).UTC()
		r.Card.TS, r.Outcome = "", ""
		return nil
	})
	if err != nil {
		return err
	}
	_, err = b.postCard(ctx, r)
	return err
}

// differences are the fields of a preview that another shows otherwise.
func differences(before, after store.Preview) (moved []store.Field) {
	for _, f := range after.Fields {
		i := slices.IndexFunc(before.Fields, func(g store.Field) bool { return g.Name == f.Name })
		switch {
		case i < 0:
			moved = append(moved, store.Field{Name: f.Name, Before: "not shown", After: or(f.Before, f.After)})
		case before.Fields[i].Before != f.Before:
			moved = append(moved, store.Field{Name: f.Name, Before: or(before.Fields[i].Before, before.Fields[i].After), After: or(f.Before, f.After)})
		case before.Fields[i].After != f.After:
			moved = append(moved, store.Field{Name: f.Name, Before: or(before.Fields[i].After, "nothing"), After: or(f.After, "nothing")})
		}
	}
	for _, f := range before.Fields {
		if !slices.ContainsFunc(after.Fields, func(g store.Field) bool { return g.Name == f.Name }) {
			moved = append(moved, store.Field{Name: f.Name, Before: or(f.Before, f.After), After: "not shown any more"})
		}
	}
	return moved
}

// inWords says what moved, in a sentence's middle.
func inWords(moved []store.Field) string {
	var said []string
	for _, f := range moved {
		said = append(said, fmt.Sprintf("%s was %s and is now %s", f.Name, f.Before, f.After))
	}
	return strings.Join(said, "; ")
}

// takeBack takes somebody's vote back, while nothing has been begun.
func (b *Bot) takeBack(ctx context.Context, r store.Request, who policy.Person, name string, rules ruling) (Message, error) {
	if !voted(r, who) {
		return Message{}, Trouble{What: "You have neither asked for this nor voted on it, so there is nothing to take back."}
	}
	f, err := b.factsUnder(ctx, r, rules)
	if err != nil {
		return Message{}, Trouble{What: "I cannot check in Slack just now who has agreed, so nothing was taken back.", Next: "Press again in a minute."}
	}
	mark := store.Mark{At: b.Now(), By: stored(who, name), Note: "vote taken back"}
	claim, fresh, err := b.Store.ClaimFor(unvoteKey(r, who), who.ID, mark.At) // once the vote is gone this is said, whatever happens now
	if err != nil {
		return Message{}, err
	}
	now, found, err := b.Store.Unvote(r.ID, mark, func(r store.Request) (store.State, string) { return b.tally(f, r) })
	if late, ok := errors.AsType[*store.MoveError](err); ok {
		return Message{}, Trouble{What: fmt.Sprintf("Too late to take a vote back: request #%d is %s.", r.ID, standing(late.Request))}
	}
	if err != nil {
		return Message{}, err
	}
	if !found {
		return Say("No vote of yours stands on request *#%d* any more.", r.ID), nil
	}
	b.pursue(r.ID)
	b.start(func(ctx context.Context) { b.tellTakenBack(ctx, claim, fresh) })
	return Say("Your vote on request *#%d* is taken back. It is %s.", r.ID, standing(now)), nil
}
