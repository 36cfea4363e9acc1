package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/store"
)

// A bulk change goes through its rows one call after the other. Where each row is
// stands in the request, in the states of requests: Approved is not sent yet,
// Running is on its way, Unsure was sent and has to be read back; Done, Already and
// Failed are final. A stop in the middle therefore loses no row and repeats none.

// Bounds of a bulk change.
const (
	bulkLasts   = 6 * time.Hour    // from its first call to its last
	drawEvery   = 10 * time.Second // how often its card shows how far it is
	triesPerRow = 3                // of a row whose answer was lost and which reading does not show
)

// begun reports whether rows of a bulk change were sent already.
func begun(r store.Request) bool { return len(r.Rows) > 0 && !r.State.Final() }

// sendRows makes the calls of the rows that have not been sent yet, and leaves it
// to reading what came of them.
func (b *Bot) sendRows(ctx context.Context, r store.Request, bulk Bulk, team Team) error {
	r, err := b.layOut(ctx, r, bulk, team)
	if err != nil {
		return b.sent(ctx, r, bulk, team, &asc.NotSentError{Cause: err}) // only reads have failed so far
	}
	drawn, pause := time.Now(), 5*time.Second
	for batch := unsent(r, bulk); len(batch) > 0; batch = unsent(r, bulk) {
		if b.root.Err() != nil {
			return fmt.Errorf("stopped in the middle of request #%d; the next start goes on", r.ID)
		}
		if b.clockOff() != "" {
			sleep(b.root, askTimeAgain)
			continue
		}
		if b.Now().After(r.Attempts[0].Started.Add(bulkLasts)) {
			r, err = b.editRows(r.ID, unsentAll(r), func(row *store.Row) { fail(row, "There was no time left to send it.") })
		} else if r, err = b.editRows(r.ID, batch, leave); err == nil {
			var again bool
			if r, again, err = b.heardRows(r, batch, bulk.DoRows(ctx, team.API, batch)); again {
				sleep(b.root, pause)
				pause = min(2*pause, time.Minute)
			} else {
				pause = 5 * time.Second
			}
		}
		if err != nil {
			return err
		}
		if time.Since(drawn) > drawEvery {
			drawn = time.Now()
			b.start(func(ctx context.Context) { _ = b.redraw(ctx, r.ID) })
		}
	}
	return b.settled(r.ID, store.Unsure, "every row has been sent; what came of them is being read", nil)
}

// layOut writes the rows into the request, those that are so already as such.
func (b *Bot) layOut(ctx context.Context, r store.Request, bulk Bulk, team Team) (store.Request, error) {
	if begun(r) {
		return r, nil
	}
	found, err := bulk.CheckRows(ctx, team.API)
	if err != nil {
		return r, err
	}
	names := bulk.Rows()
	if len(found) != len(names) {
		return r, fmt.Errorf("%d of %d rows were read", len(found), len(names))
	}
	return b.Store.Edit(r.ID, func(r *store.Request) error {
		r.Rows = nil
		for i, name := range names {
			row := store.Row{Name: name, State: store.Approved}
			if found[i].Standing == Done {
				row.State, row.Note = store.Already, found[i].before().Outcome
			}
			r.Rows = append(r.Rows, row)
		}
		return nil
	})
}

// unsent are the rows of the next call.
func unsent(r store.Request, bulk Bulk) []int {
	all := unsentAll(r)
	return all[:min(len(all), max(bulk.AtOnce(), 1))]
}

func unsentAll(r store.Request) (rows []int) {
	for i, row := range r.Rows {
		if row.State == store.Approved {
			rows = append(rows, i)
		}
	}
	return rows
}

// leave notes that a row's call is about to leave, so that a crash shows.
func leave(row *store.Row) { row.State, row.Accepted, row.Tries = store.Running, false, row.Tries+1 }

func fail(row *store.Row, why string) { row.State, row.Note = store.Failed, why }

// editRows changes some rows of a request.
func (b *Bot) editRows(id uint64, rows []int, edit func(*store.Row)) (store.Request, error) {
	return b.Store.Edit(id, func(r *store.Request) error {
		for _, i := range rows {
			edit(&r.Rows[i])
		}
		return nil
	})
}

// heardRows notes what Apple said to a call. Again is true when nothing was sent
// and it is to be tried a little later. What the key may not do at all it may not
// do for the other rows either.
func (b *Bot) heardRows(r store.Request, batch []int, errs []error) (_ store.Request, again bool, err error) {
	if len(errs) != len(batch) {
		return r, false, fmt.Errorf("request #%d: %d rows were sent and %d answers came", r.ID, len(batch), len(errs))
	}
	barred := ""
	hear := func(r *store.Request) error {
		again, barred = false, ""
		for n, i := range batch {
			row := &r.Rows[i]
			_, kept := errors.AsType[*asc.NotSentError](errs[n])
			refusal, refused := errors.AsType[*asc.Error](errs[n])
			switch e := errs[n]; {
			case e == nil:
				row.State, row.Accepted = store.Unsure, true
			case kept, asc.RateLimited(e):
				row.State, row.Tries, again = store.Approved, row.Tries-1, true
			case refused && refusal.Status == 409: // somebody may have been faster; reading tells
				row.State, row.Note = store.Unsure, words(e).What
			case refused:
				fail(row, words(e).Error())
				if refusal.Status == 401 || refusal.Status == 403 {
					barred = words(e).Error()
				}
			default:
				if t, ours := errors.AsType[Trouble](e); ours {
					fail(row, t.Error())
				} else {
					row.State = store.Unsure
				}
			}
		}
		return nil
	}
	err = b.untilRoom(r.ID, fmt.Sprintf("%d rows: %v", len(batch), errors.Join(errs...)), func() (err error) {
		r, err = b.Store.Edit(r.ID, hear)
		return err
	})
	if barred != "" && err == nil {
		r, err = b.editRows(r.ID, unsentAll(r), func(row *store.Row) { fail(row, barred) })
	}
	return r, again, err
}

// rowReads are the pauses between the reads that show what came of rows: short at
// first, for what Apple confirmed; two minutes in all for what it did not answer.
var rowReads = []time.Duration{0, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, 75 * time.Second}

// settleRows reads what came of every row that was sent.
func (b *Bot) settleRows(ctx context.Context, r store.Request, verb Verb, bulk Bulk, team Team) error {
	looks := 0
	for n := 0; ; n++ {
		pause := 5 * time.Minute
		if n < len(rowReads) {
			pause = rowReads[n]
		}
		if !sleep(b.root, pause) {
			return fmt.Errorf("stopped while request #%d is being settled; the next start goes on", r.ID)
		}
		found, err := bulk.CheckRows(ctx, team.API)
		if err == nil && len(found) != len(r.Rows) {
			err = fmt.Errorf("%d of %d rows were read", len(found), len(r.Rows))
		}
		if err != nil {
			b.Log.Warn("settling rows: could not read", "request", r.ID, "error", err)
			continue
		}
		looks++
		long := n >= len(rowReads)-1 && looks >= 4
		r, err = b.Store.Edit(r.ID, func(r *store.Request) error {
			for i := range r.Rows {
				settleRow(&r.Rows[i], found[i], verb.Effect, long)
			}
			return nil
		})
		if err != nil {
			return err
		}
		switch open := unsettled(r); {
		case open == 0 && len(unsentAll(r)) == 0:
			return b.endRows(r)
		case len(unsentAll(r)) > 0 && (open == 0 || long):
			return b.move(r.ID, store.Approved, "what was not sent, or did not happen, is sent now", ended(b.Now(), "in parts"))
		case n == 3:
			if err := b.redraw(ctx, r.ID); err != nil {
				b.Log.Warn("a card could not be redrawn", "request", r.ID, "error", err)
			}
		}
	}
}

// settleRow judges one row by what was read. Long says that it was looked for long
// enough: a row that Apple did not confirm has not happened then.
func settleRow(row *store.Row, found Finding, effect Effect, long bool) {
	if row.State != store.Unsure && row.State != store.Running {
		return
	}
	again := row.Tries > 1 // an earlier call, whose answer was lost, may have arrived late
	switch {
	case found.Standing == Done && row.Note != "" && !again: // Apple had refused it as a conflict
		row.State, row.Note = store.Already, found.before().Outcome
	case found.Standing == Done:
		row.State, row.Note = store.Done, found.Outcome
	case row.Note != "" && again && !long:
	case row.Note != "":
		row.State = store.Failed
	case row.Accepted && found.Standing == CannotTell && found.Outcome != "": // nothing shows it, such as a mail: Apple's word has to do
		row.State, row.Note = store.Done, found.Outcome
	case row.Accepted || !long:
	case (effect == Absolute || effect == Keyed) && found.Standing == NotDone && row.Tries < triesPerRow:
		row.State = store.Approved
	case found.Standing == CannotTell:
		fail(row, "It is not known whether it happened: no answer came back, and what can be read does not tell.")
	default:
		fail(row, strings.TrimSpace("It did not happen: no answer came back, and two minutes of reading do not show it. "+found.Outcome))
	}
}

// unsettled counts the rows that were sent and whose result is not known.
func unsettled(r store.Request) (n int) {
	for _, row := range r.Rows {
		if row.State == store.Running || row.State == store.Unsure {
			n++
		}
	}
	return n
}

// endRows ends a bulk change whose rows all have their result.
func (b *Bot) endRows(r store.Request) error {
	count := rowCounts(r.Rows)
	to := store.Partly
	switch {
	case count[store.Already] == len(r.Rows):
		to = store.Already
	case count[store.Failed] == 0:
		to = store.Done
	case count[store.Done] == 0 && count[store.Already] == 0:
		to = store.Failed
	}
	if len(r.Rows) == 1 { // its result is the result
		return b.end(r, to, Finding{Outcome: r.Rows[0].Note})
	}
	return b.end(r, to, Finding{Outcome: tally(count, len(r.Rows)), Rows: r.Rows})
}

func rowCounts(rows []store.Row) map[store.State]int {
	count := map[store.State]int{}
	for _, row := range rows {
		count[row.State]++
	}
	return count
}

// rowWords say in the middle of a sentence what came of a row.
var rowWords = map[store.State]string{
	store.Approved: "not sent yet", store.Running: "on its way", store.Unsure: "sent and being read back",
	store.Done: "done", store.Already: "so already", store.Failed: "failed",
}

// tally says what came of all rows: "997 of 1000 done, 3 failed."
func tally(count map[store.State]int, all int) string {
	var parts []string
	for _, s := range []store.State{store.Done, store.Already, store.Failed, store.Unsure, store.Running, store.Approved} {
		if n := count[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, rowWords[s]))
		}
	}
	return fmt.Sprintf("Of %d: %s.", all, strings.Join(parts, ", "))
}
