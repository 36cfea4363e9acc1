package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// carryOut runs an approved request to its end, or to where only time or a
// person can help. One attempt at a request goes on at a time.
func (b *Bot) carryOut(ctx context.Context, id uint64) {
	defer b.runs.lock(id)()
	ctx = asc.WithClass(ctx, asc.Work)
	for pause := 5 * time.Second; ; pause = min(2*pause, time.Minute) {
		r, err := b.Store.Request(id)
		if err != nil {
			b.Log.Error("a request could not be read", "request", id, "error", err)
			return
		}
		switch r.State {
		case store.Pending:
			if r, err = b.countAgain(ctx, r); err == nil && r.State == store.Pending {
				return
			}
		case store.Approved:
			if why := or(b.holding(), b.unanchored(r)); why != "" {
				err = wait(errors.New(why))
				break
			}
			err = b.attempt(ctx, r)
		case store.Unsure:
			err = b.settle(ctx, r)
		case store.Stale:
			if why := b.sealed(); why != "" {
				err = wait(errors.New(why))
				break
			}
			err = b.renew(ctx, r)
		default:
			return
		}
		if _, sealed := seals(err); sealed {
			err = wait(err)
		}
		if errors.Is(err, errWait) {
			b.Log.Info("a request waits before it is tried again", "request", id, "pause", pause, "reason", err)
			if err := b.letGo(r); err != nil {
				b.Log.Warn("a card still says that its request waits for its time", "request", id, "error", err)
			}
			if err := b.redrawAndTell(ctx, id); err != nil {
				b.Log.Warn("a card could not be redrawn", "request", id, "error", err)
			}
			if !b.idle(r, pause, err) {
				return // the next start goes on from here
			}
		} else if b.root.Err() != nil {
			return
		} else if err != nil {
			b.Log.Error("a request could not be carried further", "request", id, "error", err)
			return
		}
	}
}

// idle waits before a request is tried again: for a while, or for as long as it is held
// back when that is why. It ends when the request moves meanwhile, as by somebody who
// stops it, or when other rules are in force. It answers false when the bot is stopping.
func (b *Bot) idle(r store.Request, pause time.Duration, why error) bool {
	left := func() time.Duration { return time.Hour }
	if held, ok := errors.AsType[heldError](why); ok {
		left = func() time.Duration { return held.Until.Sub(b.Now()) } // a clock that jumps is followed
		pause = left()
	}
	conf := b.conf()
	for end := time.Now().Add(pause); time.Now().Before(end) && left() > 0 && b.conf() == conf; {
		if !sleep(b.root, min(time.Second, time.Until(end), left())) {
			return false
		}
		if !b.pursuits.asked(r.ID) {
			continue // nobody has done anything about it
		}
		if now, err := b.Store.Request(r.ID); err == nil && now.State != r.State {
			return true
		}
	}
	return true
}

// errWait means: nothing was sent and nothing is wrong with the request; try
// again a little later.
var errWait = errors.New("not now")

func wait(err error) error { return fmt.Errorf("%w: %w", errWait, err) }

// attempt checks everything once more with fresh facts, writes down that the
// call is about to leave, makes it, and proves it.
func (b *Bot) attempt(ctx context.Context, r store.Request) error {
	_, op, err := b.operation(r)
	if err != nil {
		return b.end(r, store.Failed, Finding{Outcome: words(err).Error()})
	}
	team, err := b.team(r.Team)
	if err != nil {
		return b.end(r, store.Failed, Finding{Outcome: words(err).Error()})
	}
	if b.Now().After(b.runUntil(r)) {
		return b.overdue(r)
	}
	if key := team.key(); r.Key != "" && key != r.Key && !begun(r) {
		return b.outdate(r, "the key of App Store Connect is another one than when this was agreed to")
	}
	found, err := op.Check(ctx, team.API)
	if err != nil {
		return b.unread(r, err)
	}
	switch {
	case found.Standing != Done:
	case begun(r): // the rows that were sent are judged by reading, as always
		if r, err = b.editRows(r.ID, unsentAll(r), func(row *store.Row) { row.State = store.Already }); err != nil {
			return err
		}
	case left(r):
		return b.end(r, store.Done, found.unanswered())
	default:
		return b.end(r, store.Already, found.before())
	}
	if begun(r) {
		// What stands there now is partly its own doing.
	} else if moved, what, err := b.moved(ctx, op, team, r); err != nil {
		return b.unread(r, err)
	} else if moved {
		return b.outdate(r, or(what, "App Store Connect shows something else than when this was agreed to"))
	}
	// Reading can take minutes when Apple has troubles, so people are looked at
	// last.
	f, why, err := b.recount(ctx, r)
	if held := b.holding(); held != "" {
		return wait(errors.New(held))
	}
	if err != nil {
		return wait(err)
	} else if why != "" {
		return b.outdate(r, why)
	}
	if h := b.heldBack(r, f); h.Why != "" {
		return b.delay(r, h)
	}
	for b.mayBeStopped(r, f) {
		if !sleep(b.root, 100*time.Millisecond) {
			return wait(b.root.Err())
		}
	}
	// The request says running before the call leaves, so that a crash in
	// between shows.
	running, err := b.claim(r, op, f)
	if errors.Is(err, errOverdue) {
		return b.overdue(r)
	}
	if _, faster := errors.AsType[*store.MoveError](err); faster {
		return nil // it was stopped in the last moment
	}
	if err != nil {
		return err
	}
	r = running
	b.start(func(ctx context.Context) { _ = b.redraw(ctx, r.ID) })
	if bulk, ok := op.(Bulk); ok {
		return b.sendRows(ctx, r, bulk, team)
	}
	return b.sent(ctx, r, op, team, op.Do(ctx, team.API))
}

// outdate stops a request that may not run as it was agreed to, and says why on
// its card.
func (b *Bot) outdate(r store.Request, why string) error {
	return b.moveAs(r, store.Stale, why, func(r *store.Request) error {
		r.Outcome = stop(upper(why)) + " A new card asks again."
		return nil
	})
}

// errOvertaken stops a change that was looked at under rules that are not in force any
// more, or before something else was agreed to.
var errOvertaken = wait(errors.New("the rules, or what was agreed to, have changed while it was looked at"))

var errOverdue = errors.New("its time to be carried out is over")

// begin notes a new attempt, inside the transaction that claims the request.
func (b *Bot) begin(r *store.Request) error {
	now := b.Now().UTC()
	if now.After(b.runUntil(*r)) {
		return errOverdue
	}
	r.Attempts = append(r.Attempts, store.Attempt{N: len(r.Attempts) + 1, Started: now})
	return nil
}

// claim moves a request to running, in the one moment in which all that was checked
// still holds and nothing else is under way with the same.
func (b *Bot) claim(r store.Request, op Operation, f facts) (store.Request, error) {
	b.claims.Lock()
	defer b.claims.Unlock()
	if err := b.busy(r, op); err != nil {
		return r, err
	}
	return b.Store.Move(r.ID, store.Running, b.mark("sent to App Store Connect"), func(now *store.Request) error {
		if b.conf() != f.conf || !now.AgreedAs(r) {
			return errOvertaken
		}
		return b.begin(now)
	})
}

// left reports whether a call that changes something may have reached Apple: what
// stands there then is its own doing, however late it shows.
func left(r store.Request) bool {
	return slices.ContainsFunc(r.Attempts, func(a store.Attempt) bool { return a.Result != notSent })
}

// notSent is the result of an attempt whose call did not leave.
const notSent = "not sent"

// overdue ends an approved request that could not be carried out in time; rows that
// were sent before keep their results.
func (b *Bot) overdue(r store.Request) error {
	if !begun(r) {
		return b.moveAs(r, store.Expired, "it could not be carried out in time", nil)
	}
	r, err := b.editRows(r.ID, unsentAll(r), func(row *store.Row) { fail(row, "There was no time left to send it.") })
	if err != nil {
		return err
	}
	return b.endRows(r)
}

// runUntil is until when an approved request may be carried out. That time begins when a no
// can stop it no longer.
func (b *Bot) runUntil(r store.Request) time.Time {
	if begun(r) && len(r.Attempts) > 0 {
		return r.Attempts[0].Started.Add(bulkLasts)
	}
	if !r.RunUntil.IsZero() {
		return r.RunUntil
	}
	rules, err := b.ruling(r)
	if err != nil {
		return r.Decided // what decides about it now stops it all the same
	}
	return policy.VetoEnd(r.Decided, rules.demands.Veto()).Add(rules.demands.Run())
}

// recount counts the votes again, with people and policy as they are now. Why
// is empty when they still suffice.
func (b *Bot) recount(ctx context.Context, r store.Request) (f facts, why string, err error) {
	rules, err := b.ruling(r)
	if err != nil {
		return f, err.Error(), nil
	}
	if f, err = b.factsUnder(oneReading(ctx), r, rules); err != nil {
		return f, "", err
	}
	for _, vote := range r.Votes {
		if vote.Version != r.Version || vote.Digest != r.Digest {
			return f, "a vote was for something else", nil
		}
	}
	if b.covered(r) {
		return f, "", nil
	}
	if state, why := b.tally(f, r); state != store.Approved {
		return f, "the votes no longer count: " + why, nil
	}
	return f, "", nil
}

// moved looks again and compares with what the approvers were shown; what says which
// fields are shown otherwise now.
func (b *Bot) moved(ctx context.Context, op Operation, team Team, r store.Request) (moved bool, what string, err error) {
	sight, err := op.Look(ctx, team.API)
	if err != nil {
		return false, "", err
	}
	shown, err := store.Canonical(sight.Shown)
	if err != nil {
		return false, "", err
	}
	return !bytes.Equal(shown, r.Shown), inWords(differences(r.Preview, sight.Preview)), nil
}

// unread ends or postpones a request whose target could not be read: nothing
// was sent, so a passing fault is waited out and a lasting one ends it.
func (b *Bot) unread(r store.Request, err error) error {
	if passing(err) {
		return wait(err)
	}
	return b.end(r, store.Failed, Finding{Outcome: words(err).Error() + " Nothing was changed."})
}

// passing tells a fault that may be gone in a minute.
func passing(err error) bool {
	if _, ok := errors.AsType[Trouble](err); ok {
		return false
	}
	if e, ok := errors.AsType[*asc.Error](err); ok {
		return e.Status >= 500 || asc.RateLimited(err)
	}
	return true
}

func (b *Bot) move(id uint64, to store.State, note string, edit func(*store.Request) error) error {
	_, err := b.Store.Move(id, to, b.mark(note), edit)
	return err
}

// moveAs moves a request, unless something else was agreed to since it was read.
func (b *Bot) moveAs(r store.Request, to store.State, note string, edit func(*store.Request) error) error {
	return b.move(r.ID, to, note, func(now *store.Request) error {
		if !now.AgreedAs(r) {
			return errOvertaken
		}
		if edit == nil {
			return nil
		}
		return edit(now)
	})
}

// mark is the bot's own hand in the log.
func (b *Bot) mark(note string) store.Mark { return store.Mark{At: b.Now(), Note: note} }
