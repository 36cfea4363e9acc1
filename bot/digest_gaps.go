package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/store"
)

// A digest whose reports are late is posted with the gap named, and completed when they
// come, each as often as something came. It is drawn again as it was set up when it was
// posted: that is what was agreed to for the channel that it stands in. One that is paused
// waits until it goes on, and one that was removed is not completed.

// completedFor is how long after it was due a digest is completed. Apple keeps daily reports
// for a year, but whoever needs the figures of last month looks them up.
const completedFor = 30 * 24 * time.Hour

// CompletedUntil is when a digest that waits is given up.
func CompletedUntil(w store.Wait) time.Time { return w.Due.Add(completedFor) }

// asBegun is a digest as it was about to be posted before a stop, if it was to be with a
// gap: it may stand there, and is to be completed as it was.
func (b *Bot) asBegun(r run) (run, error) {
	w, begun, err := b.Store.Waiting(r.Name, r.over.From.String(), r.over.To.String())
	if err != nil || !begun {
		return r, err
	}
	return runOf(w)
}

// await notes that a digest which was not posted yet will be without something.
func (b *Bot) await(r run, f figures) error {
	post, _, err := b.Store.LookUpClaim(r.key())
	if err != nil || !post.Posted.IsZero() {
		return err
	}
	w := store.Wait{
		Digest: r.kept(), Label: r.due.Label, Due: r.due.At, From: r.over.From.String(), To: r.over.To.String(),
		Missed: r.missed, Lacks: f.lacks(), At: b.Now(),
	}
	w.Digest.Currency = b.booksFor(r).Currency
	if r.since != (schedule.Day{}) {
		w.Since = r.since.String()
	}
	for _, v := range f.vendors {
		w.Vendors = append(w.Vendors, v.vendor)
	}
	_, err = b.Store.Await(w)
	return err
}

// runOf is a digest as it was posted.
func runOf(w store.Wait) (r run, err error) {
	r = run{due: schedule.Due{Label: w.Label, At: w.Due}, late: true, missed: w.Missed, then: &w}
	if r.Digest, err = DigestOf(w.Digest); err != nil {
		return r, err
	}
	if r.over.From, err = schedule.ParseDay(w.From); err != nil {
		return r, err
	}
	if w.Since != "" {
		if r.since, err = schedule.ParseDay(w.Since); err != nil {
			return r, err
		}
	}
	r.over.To, err = schedule.ParseDay(w.To)
	return r, err
}

// goneFrom are the vendors that a digest was posted with and that are not among some teams.
func (r run) goneFrom(teams []Team) (gone []string) {
	for _, vendor := range r.then.Vendors {
		if !slices.ContainsFunc(teams, func(t Team) bool { return t.Vendor == vendor }) {
			gone = append(gone, vendor)
		}
	}
	return gone
}

// completeDigests looks at every digest that waits, those about the earliest days first.
func (b *Bot) completeDigests(ctx context.Context, all []Digest, paced func(what string, do func() error)) {
	waits, err := b.Store.Waits("")
	if err != nil {
		b.Log.Error("reading which digests wait", "error", err)
		return
	}
	for _, w := range waits {
		at := slices.IndexFunc(all, func(d Digest) bool { return d.Name == w.Digest.Name })
		if at >= 0 && all[at].Paused {
			continue
		}
		r, err := runOf(w)
		if err != nil {
			b.Log.Error("a digest that waits cannot be read", "digest", w.Digest.Name, "days", w.From, "error", err)
			continue
		}
		paced(r.Name+", "+r.days(), func() error { return b.completeDigest(ctx, r, at < 0) })
	}
}

// completeDigest draws a digest again when something has come that it was posted without, or when
// it is not waited for any more.
func (b *Bot) completeDigest(ctx context.Context, r run, removed bool) error {
	post, err := b.postOf(ctx, r, removed)
	if err != nil || post.Posted.IsZero() {
		return err
	}
	is, asked, err := b.lacks(r)
	if err != nil {
		return err
	}
	ended := b.endsWaiting(r, removed, len(is) == 0, asked)
	same := slices.Equal(is, r.then.Lacks)
	switch {
	case ended == "" && same:
		return nil
	case removed && !same: // nobody agrees any more that what has come is shown there
		return b.endWait(r, "not completed: "+ended)
	}
	// It stands where it was posted, also when the digest goes elsewhere since.
	refusal, err := b.mayStillHear(ctx, r, post.Place.Channel)
	switch {
	case err != nil:
		return err
	case refusal != "" && ended == "":
		return errors.New("it cannot be completed: " + refusal)
	case refusal != "":
		return b.endWait(r, "not completed: "+ended)
	}
	f, err := b.figures(ctx, r)
	if err != nil {
		return err
	}
	if f.ended = ended; ended == "" && slices.Equal(f.lacks(), r.then.Lacks) {
		return errNotOut
	}
	return b.redrawDigest(ctx, r, f, post.Place)
}

// postOf is where a digest stands. One that was about to be posted before a stop, and will
// not be any more, is looked for; if it is not there, nothing waits.
func (b *Bot) postOf(ctx context.Context, r run, removed bool) (store.Claim, error) {
	post, claimed, err := b.Store.LookUpClaim(r.key())
	if err != nil || !post.Posted.IsZero() {
		return post, err
	}
	if last, _, _, err := b.Store.LastRun(r.job()); err != nil || !removed && last < r.due.Label {
		return post, err
	}
	if claimed {
		place, found, err := b.posted(ctx, r.key(), store.Place{Channel: post.To}, post.At)
		if err != nil && !lost(err) {
			return post, err
		}
		if found {
			return b.Store.Posted(r.key(), place, b.Now())
		}
	}
	return post, b.endWait(r, "not posted after all")
}

// lacks is what a digest still lacks by the books, and when the reports that are missing
// were asked for; zero: one of them never was, though nothing keeps it from being.
func (b *Bot) lacks(r run) (list []string, asked time.Time, err error) {
	books := b.booksFor(r)
	var vendors []vendorState
	var subs subsFigures
	asked = b.Now()
	for _, t := range b.vendorsOf(r) {
		v, err := b.stateOf(books, t, r.over)
		if err != nil {
			return nil, asked, err
		}
		for _, day := range v.missing() {
			report, _, _, err := b.Store.Report(v.vendor, SalesReport, day.String())
			if err != nil {
				return nil, asked, err
			}
			if v.broken == nil && report.Asked.Before(asked) {
				asked = report.Asked
			}
		}
		vendors = append(vendors, v)
		if _, err := subs.look(books, t.Vendor, r.over.To); err != nil {
			return nil, asked, err
		}
	}
	unrated, err := books.unrated(r.then.Vendors, r.over.To)
	return lacking(r.over, vendors, subs, unrated), asked, err
}

// endsWaiting says why a digest is not waited for any more; it is blank when it is.
func (b *Bot) endsWaiting(r run, removed, whole bool, asked time.Time) string {
	last := CompletedUntil(*r.then)
	switch gone := r.goneFrom(b.Teams); {
	case removed:
		return "this digest was removed"
	case len(gone) > 0:
		return "vendor " + strings.Join(gone, ", ") + " is not set up here any more"
	case !whole && !asked.Before(last):
		return fmt.Sprintf("%d days have passed; /asc sales %s shows what comes later", int(completedFor.Hours()/24), r.over.To)
	}
	return ""
}

// mayStillHear says why revenue must not be posted any more where a digest stands. The
// approvers are told of it once.
func (b *Bot) mayStillHear(ctx context.Context, r run, channel string) (refusal string, err error) {
	if _, refusal, err = b.mayHearMoney(ctx, channel); err != nil || refusal == "" {
		return "", err
	}
	court, err := b.court(ctx, "")
	if err != nil {
		return refusal, nil // who cannot be told is in the log of the program
	}
	_, err = b.postOnce(ctx, "unfinished/"+r.Name+"/"+r.days(), court,
		Say("The sales digest *%s* of %s lacked something, and was not completed where it stands: %s Once that has changed it is, until %s.", r.Name, r.over.String(), refusal, When(CompletedUntil(*r.then))))
	return refusal, err
}

// redrawDigest draws a digest again where it stands, with its details and alarms, and notes
// what it still lacks.
func (b *Bot) redrawDigest(ctx context.Context, r run, f figures, at store.Place) error {
	err := b.update(ctx, at.Channel, at.TS, drawDigest(f))
	switch {
	case err == nil:
	case err.Error() == "message_not_found" || lost(err):
		b.Log.Warn("a digest cannot be completed where it stands", "digest", r.Name, "days", r.days(), "error", err)
		return b.endWait(r, "not completed: its message is gone or closed")
	default:
		return fmt.Errorf("completing a digest: %w", err)
	}
	if err := b.amendDetails(ctx, r, at, drawDetails(f)); err != nil {
		return fmt.Errorf("completing the details of a digest: %w", err)
	}
	if f.ended != "" {
		return b.endWait(r, "not completed: "+f.ended)
	}
	latest, err := b.latest(r)
	if err != nil {
		return err
	}
	if err := b.raiseAlarms(ctx, f, at.Channel, latest); err != nil {
		return err
	}
	if lacks := f.lacks(); len(lacks) > 0 {
		return b.Store.Lacking(*r.then, lacks)
	}
	return b.endWait(r, "completed")
}

// latest tells whether no later digest of its name has looked for large changes.
func (b *Bot) latest(r run) (bool, error) {
	last, _, _, err := b.Store.LastRun(r.job())
	if err != nil || last <= r.due.Label {
		return true, err
	}
	waits, err := b.Store.Waits(r.Name)
	return slices.ContainsFunc(waits, func(w store.Wait) bool { return w.Label == last }), err
}

func (b *Bot) endWait(r run, then string) error {
	return b.Store.EndWait(*r.then, b.Now(), then, fmt.Sprintf("digest %s for %s %s", r.Name, r.over, then))
}

// amendDetails redraws what stands in the thread, or posts it when there was nothing
// to say before.
func (b *Bot) amendDetails(ctx context.Context, r run, under store.Place, m Message) error {
	if !r.has("details") || m.Text == "" {
		return nil
	}
	there, _, err := b.Store.LookUpClaim(r.detailsKey())
	if err != nil {
		return err
	}
	if there.Posted.IsZero() {
		_, err := b.postInThread(ctx, r.detailsKey(), under, m)
		return err
	}
	return b.update(ctx, there.Place.Channel, there.Place.TS, m)
}
