package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/ascbot/ascbot/store"
)

// settleReads are the pauses between the reads that find out what became of a
// change whose answer was lost: two minutes and five looks before "it did not
// happen" is believed.
var settleReads = []time.Duration{2 * time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second, 75 * time.Second}

// acceptedUnseen is the result of an attempt that Apple confirmed and no read has
// shown so far. It must not be said to have failed, however long that takes.
const acceptedUnseen = "accepted, not seen"

// conflicted is the result of an attempt that was refused as a conflict after an
// earlier one whose answer was lost: that one may have arrived.
const conflicted = "refused as a conflict"

// conflictReads are the further looks, five minutes apart, for what Apple says is in
// conflict with a change and does not show: an hour of them.
const conflictReads = 12

// accepted reports whether Apple confirmed the newest attempt.
func accepted(r store.Request) bool { return newest(r) == acceptedUnseen }

// newest is the result of the newest attempt.
func newest(r store.Request) string {
	if len(r.Attempts) == 0 {
		return ""
	}
	return r.Attempts[len(r.Attempts)-1].Result
}

// settle finds out by reading what became of a change whose answer was lost.
func (b *Bot) settle(ctx context.Context, r store.Request) error {
	verb, op, err := b.operation(r)
	if err != nil {
		return err
	}
	team, err := b.team(r.Team)
	if err != nil {
		return err
	}
	bulk, ok := op.(Bulk)
	rows := ok && begun(r)
	picture := b.redrawAndTell
	if rows {
		picture = b.redraw // its rows are always read in the end
	}
	if err := picture(ctx, r.ID); err != nil {
		b.Log.Warn("a card could not be redrawn", "request", r.ID, "error", err)
	}
	if rows {
		return b.settleRows(ctx, r, verb, bulk, team)
	}
	looks, last := 0, Finding{}
	for n := 0; ; n++ {
		pause := 5 * time.Minute
		if n < len(settleReads) {
			pause = settleReads[n]
		}
		if !sleep(b.root, pause) {
			return fmt.Errorf("stopped while request #%d is being settled; the next start goes on", r.ID)
		}
		found, err := op.Check(ctx, team.API)
		if err != nil {
			b.Log.Warn("settling: could not read", "request", r.ID, "error", err)
			continue
		}
		looks, last = looks+1, found
		switch found.Standing {
		case Done:
			if !accepted(r) {
				found = found.unanswered()
			}
			return b.end(r, store.Done, found)
		case Partly:
			if n >= len(settleReads)-1 { // until then the rest may only be late
				return b.end(r, store.Partly, found)
			}
		}
		enough := len(settleReads) - 1
		if newest(r) == conflicted {
			enough += conflictReads
		}
		if n >= enough && looks >= 4 && !accepted(r) {
			return b.absent(r, verb.Effect, last)
		}
	}
}

// mostAttempts bounds how often a change is sent whose answers are lost each time.
const mostAttempts = 5

// absent goes on from a change that reads for two minutes did not show. What is the
// same when it is sent twice is sent again, after everything about it has been
// checked anew. Anything else is not: people who learn that nothing happened can ask
// again.
func (b *Bot) absent(r store.Request, effect Effect, last Finding) error {
	if newest(r) == conflicted {
		return b.end(r, store.Failed, Finding{Outcome: "An earlier call got no answer. The next was refused as a conflict with what is there, and an hour of reading does not show the change. Look at App Store Connect before you ask again."})
	}
	if last.Standing == NotDone && (effect == Absolute || effect == Keyed) && len(r.Attempts) < mostAttempts {
		return b.move(r.ID, store.Approved, "no answer came back, and two minutes of reading show that it did not happen; it is sent again", nil)
	}
	if last.Standing == CannotTell && (effect == Unkeyed || effect == OneWay) {
		return b.end(r, store.Failed, Finding{Outcome: "It is not known whether it happened: no answer came back, and what can be read does not tell. " + last.Outcome})
	}
	if last.Standing == CannotTell {
		return b.end(r, store.Failed, Finding{Outcome: "What stands at App Store Connect now is not what was asked for. " + last.Outcome + " Look there before you ask again."})
	}
	return b.end(r, store.Failed, Finding{Outcome: "It did not happen: no answer came back, and two minutes of reading do not show the change. Ask again if it is still wanted."})
}
