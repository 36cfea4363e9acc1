package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/store"
)

// reportPatience is how long a digest waits for a report that Apple has not
// published when it should have, before it is posted with the gap named.
const reportPatience = 4 * time.Hour

// catchUp is how late a digest may still be posted after a stop, by what it covers:
// whoever needed an older one has looked elsewhere.
var catchUp = map[string]time.Duration{CoversDay: 36 * time.Hour, CoversWeek: 4 * 24 * time.Hour, CoversMonth: 10 * 24 * time.Hour}

func (d Digest) covers() string { return or(d.Covers, CoversDay) }

func (d Digest) job() string { return "digest/" + d.Name }

// over is the stretch of days that a digest of one time is about.
func (d Digest) over(due schedule.Due) schedule.Stretch {
	switch d.covers() {
	case CoversWeek:
		return schedule.WeekBefore(d.When.Date(due.At))
	case CoversMonth:
		return schedule.MonthBefore(d.When.Date(due.At))
	}
	day := d.When.BusinessDay(due)
	return schedule.Stretch{From: day, To: day}
}

// patienceEnds is when a digest is posted with whatever is there.
func (d Digest) patienceEnds(due schedule.Due) time.Time {
	return laterOf(due.At, schedule.ReportDue(d.over(due).To)).Add(reportPatience)
}

// digests are those of the configuration, and those that were agreed to in Slack. One
// of the configuration wins over another of its name.
func (b *Bot) digests() ([]Digest, error) {
	all := slices.Clone(b.conf().Digests)
	kept, err := b.Store.Digests()
	if err != nil {
		return nil, err
	}
	for _, k := range kept {
		if slices.ContainsFunc(all, func(d Digest) bool { return d.Name == k.Name }) {
			continue
		}
		d, err := DigestOf(k)
		if err != nil {
			b.Log.Error("a digest cannot be read", "digest", k.Name, "error", err)
			continue
		}
		all = append(all, d)
	}
	return all, nil
}

// keepDigests posts what is due, until ctx ends.
func (b *Bot) keepDigests(ctx context.Context) {
	ctx = asc.WithClass(ctx, asc.Job)
	tick := time.NewTicker(b.Tick)
	defer tick.Stop()
	pauses := map[string]*pacing{}
	bound := []string{"not looked yet"}
	for {
		if names := b.namedChannels(); !slices.Equal(names, bound) {
			if err := b.bindChannels(ctx, names); err != nil {
				b.Log.Warn("which channels the digests of the configuration are for could not be looked up", "error", err)
			} else {
				bound = names
			}
		}
		all, err := b.digests()
		if err != nil {
			b.Log.Error("reading the digests", "error", err)
		}
		paced := func(what string, do func() error) {
			p := pauses[what]
			if p == nil {
				p = &pacing{}
				pauses[what] = p
			}
			if !p.ready(b.Now()) || b.clockOff() != "" {
				return
			}
			if err := do(); err != nil && ctx.Err() == nil {
				p.later(b.Now())
				b.Log.Info("a digest waits", "digest", what, "until", p.not.UTC(), "reason", err)
			} else {
				delete(pauses, what)
			}
		}
		for _, d := range all {
			if !d.Paused {
				paced(d.Name, func() error { return b.digest(ctx, d) })
			}
		}
		if err == nil {
			b.completeDigests(ctx, all, paced)
		}
		select {
		case <-tick.C:
		case <-b.news:
		case <-ctx.Done():
			return
		}
	}
}

// pacing grows the pauses between two tries, up to ten minutes.
type pacing struct {
	not   time.Time
	pause time.Duration
}

func (p *pacing) ready(now time.Time) bool { return !now.Before(p.not) }

func (p *pacing) later(now time.Time) {
	p.pause = min(max(2*p.pause, 30*time.Second), 10*time.Minute)
	p.not = now.Add(p.pause)
}

// digest posts one digest if it is due and was not posted. The post itself is
// claimed by business day, so a stop between posting and marking cannot make
// two of it.
func (b *Bot) digest(ctx context.Context, d Digest) error {
	now := b.Now()
	due, ok := d.When.Last(now)
	if !ok {
		return nil
	}
	label, at, known, err := b.Store.LastRun(d.job())
	if err != nil {
		return err
	}
	begin := due
	if !d.Since.IsZero() {
		if begin, ok = d.When.Last(d.Since); !ok {
			begin = due
		}
	}
	if !known {
		// One that is new begins with its next time.
		_, err := b.Store.Run(d.job(), begin.Label, now, "the digest "+d.Name+" was set up, and is posted from now on")
		return err
	}
	if at.Before(d.Since) { // and so does one that goes on after a pause
		label = max(label, begin.Label)
	}
	if due.Label <= label {
		return nil
	}
	missed, cut, err := d.When.Since(label, now)
	if err != nil {
		return err
	}
	n := len(missed) + cut
	if now.After(laterOf(due.At, d.patienceEnds(due).Add(-reportPatience)).Add(catchUp[d.covers()])) {
		_, err := b.Store.Run(d.job(), due.Label, now, fmt.Sprintf("digest %s: %s missed while the bot was stopped", d.Name, plural(n, "time")))
		return err
	}
	run := run{Digest: d, due: due, over: d.over(due), late: now.After(d.patienceEnds(due)), missed: n - 1}
	if before, err := d.When.At(label); err == nil && d.covers() == CoversDay {
		run.since = d.When.BusinessDay(schedule.Due{Label: label, At: before})
	}
	if out, err := b.out(run); err != nil || !out && !run.late {
		return err // it is looked again at the next tick, or when a report has come
	}
	note, err := b.deliver(ctx, run)
	if err != nil {
		return err
	}
	_, err = b.Store.Run(d.job(), due.Label, b.Now(), note)
	return err
}

// run is a digest at one of its times.
type run struct {
	Digest
	due    schedule.Due
	over   schedule.Stretch
	late   bool         // nothing is waited for any more
	missed int          // times that passed while the bot was stopped
	since  schedule.Day // the day that the digest before was about; zero: not known
	then   *store.Wait  // how it was posted, when it is drawn again
}

// key is the business day, or the days, that a digest is posted once for.
func (r run) key() string { return "digest/" + r.Name + "/" + r.days() }

func (r run) days() string {
	if r.over.From == r.over.To {
		return r.over.To.String()
	}
	return r.over.From.String() + ".." + r.over.To.String()
}

func (r run) detailsKey() string { return "details/" + r.Name + "/" + r.days() }

// errNotOut means that a report is not there yet.
var errNotOut = errors.New("the report is not published yet")
