package bot

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/store"
)

// What came of a change is judged here: by the answer to its call, then by reading it back. When
// the answer is lost, or reading does not show it yet, settling finds out later.

// proofReads are the pauses between the reads that should show a change which
// Apple confirmed: lists there lag behind for seconds.
var proofReads = []time.Duration{0, time.Second, 2 * time.Second, 5 * time.Second}

// sent judges what came back from a call that changes something.
func (b *Bot) sent(ctx context.Context, r store.Request, op Operation, team Team, err error) error {
	_, unsure := errors.AsType[*asc.UnsureError](err)
	_, kept := errors.AsType[*asc.NotSentError](err)
	refusal, refused := errors.AsType[*asc.Error](err)
	switch {
	case err == nil:
		return b.prove(ctx, r, op, team)
	case kept, asc.RateLimited(err):
		if e := b.settled(r.ID, store.Approved, "nothing was sent: "+words(err).What, ended(b.Now(), notSent)); e != nil {
			return e
		}
		return wait(err)
	case refused && slices.Contains([]int{http.StatusConflict, http.StatusNotFound, http.StatusGone}, refusal.Status):
		return b.conflict(ctx, r, op, team, err)
	case refused:
		return b.end(r, store.Failed, Finding{Outcome: words(err).Error()})
	case unsure:
		return b.settled(r.ID, store.Unsure, words(err).What, ended(b.Now(), "no answer"))
	}
	if _, inward := op.(Inward); inward {
		if t, told := errors.AsType[Trouble](err); told { // the bot's own data was not changed
			return b.end(r, store.Failed, Finding{Outcome: t.Error()})
		}
	}
	if half, ok := errors.AsType[HalfDone](err); ok {
		return b.prove(ctx, r, halved{op, half}, team)
	}
	// An error of our own after the call may have left: only reading can tell.
	b.Log.Error("a change ended in an error nobody foresaw", "request", r.ID, "error", err)
	return b.settled(r.ID, store.Unsure, words(err).What, ended(b.Now(), "unknown"))
}

// conflict judges a refusal that can mean that it is so already: somebody else was
// faster, or an earlier call did arrive whose answer was lost. The second is not
// called failed as long as what reads show may only be late.
func (b *Bot) conflict(ctx context.Context, r store.Request, op Operation, team Team, refusal error) error {
	before := r
	before.Attempts = r.Attempts[:max(len(r.Attempts)-1, 0)]
	found, err := op.Check(ctx, team.API)
	seen := err == nil && found.Standing == Done
	switch {
	case seen && left(before):
		return b.end(r, store.Done, found.unanswered())
	case seen:
		return b.end(r, store.Already, found.before())
	case left(before):
		return b.settled(r.ID, store.Unsure, words(refusal).What, ended(b.Now(), conflicted))
	}
	return b.end(r, store.Failed, Finding{Outcome: words(refusal).Error()})
}

// halved is an operation of which one part is done and the rest was refused. What
// reading shows of it comes with the reason.
type halved struct {
	Operation
	why HalfDone
}

func (h halved) Check(ctx context.Context, api *asc.Client) (Finding, error) {
	found, err := h.Operation.Check(ctx, api)
	if found.Standing == Partly {
		found.Outcome = stop(words(h.why.Cause).What) + " " + found.Outcome
	}
	return found, err
}

// prove reads back what Apple confirmed. A tick means proven.
func (b *Bot) prove(ctx context.Context, r store.Request, op Operation, team Team) error {
	var found Finding
	for n, pause := range proofReads {
		if !sleep(ctx, pause) {
			break
		}
		var err error
		if found, err = op.Check(ctx, team.API); err != nil {
			b.Log.Warn("a change could not be read back yet", "request", r.ID, "error", err)
			continue
		}
		switch found.Standing {
		case Done:
			return b.end(r, store.Done, found)
		case Partly:
			if n == len(proofReads)-1 { // until then the rest may only be late
				return b.end(r, store.Partly, found)
			}
		}
	}
	return b.settled(r.ID, store.Unsure, "App Store Connect accepted it, but does not show it yet", func(r *store.Request) error {
		r.Outcome = "App Store Connect accepted it, but does not show it yet. I keep looking."
		return ended(b.Now(), acceptedUnseen)(r)
	})
}

// end brings a request to its last state, with what was found.
func (b *Bot) end(r store.Request, to store.State, found Finding) error {
	defer b.shelf.touch()
	if r.State == store.Approved {
		if err := b.moveAs(r, store.Running, "looked at before anything is sent", nil); err != nil {
			return err
		}
	}
	defer b.redrawGrants(r)
	defer b.anchorSoon(r)
	found.Outcome = b.onIn(found.Outcome, Team{Name: r.Team})
	return b.settled(r.ID, to, found.Outcome, func(r *store.Request) error {
		r.Outcome, r.Rows, r.Ended = found.Outcome, found.Rows, b.Now().UTC()
		if to == store.Done {
			b.beginFollowUp(r)
		}
		if to == store.Done || to == store.Partly {
			if err := b.grant(r); err != nil {
				return err
			}
		}
		return ended(b.Now(), string(to))(r)
	})
}

// ended closes the attempt under way, if there is one.
func ended(at time.Time, result string) func(*store.Request) error {
	return func(r *store.Request) error {
		if n := len(r.Attempts); n > 0 && r.Attempts[n-1].Ended.IsZero() {
			r.Attempts[n-1].Ended, r.Attempts[n-1].Result = at.UTC(), result
		}
		return nil
	}
}

// settled moves a request after something may have been sent for it. When the disk takes
// nothing what came of it is kept, and told to the program's own log, until there is room
// again or the bot stops; the next start finds it by reading.
func (b *Bot) settled(id uint64, to store.State, note string, edit func(*store.Request) error) error {
	return b.untilRoom(id, string(to)+": "+note, func() error { return b.move(id, to, note, edit) })
}

// untilRoom writes what must not be lost, however long there is no room for it.
func (b *Bot) untilRoom(id uint64, what string, write func() error) error {
	for told := false; ; told = true {
		err := write()
		if _, full := errors.AsType[*store.RoomError](err); !full {
			return err
		}
		if !told {
			b.Log.Error("what came of a change cannot be written down for want of room; it is tried again", "request", id, "outcome", what, "error", err)
		}
		if !sleep(b.root, b.Tick) {
			return err
		}
	}
}
