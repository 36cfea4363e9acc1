package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

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
	for {
		all, err := b.digests()
		if err != nil {
			b.Log.Error("reading the digests", "error", err)
		}
		for _, d := range all {
			p := pauses[d.Name]
			if p == nil {
				p = &pacing{}
				pauses[d.Name] = p
			}
			if d.Paused || !p.ready(b.Now()) || b.clockOff() != "" {
				continue
			}
			if err := b.digest(ctx, d); err != nil && ctx.Err() == nil {
				p.later(b.Now())
				b.Log.Info("a digest waits", "digest", d.Name, "until", p.not.UTC(), "reason", err)
			} else {
				*p = pacing{}
			}
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
		return b.amend(ctx, d, due)
	}
	missed, cut, err := d.When.Since(label, now)
	if err != nil {
		return err
	}
	n := len(missed) + cut
	if now.After(laterOf(due.At, d.patienceEnds(due).Add(-reportPatience)).Add(catchUp[d.covers()])) {
		_, err := b.Store.Run(d.job(), due.Label, now, fmt.Sprintf("digest %s: %d times missed while the bot was stopped", d.Name, n))
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
}

// deliver gathers the figures and posts them, or says why not. Its note goes
// into the log.
func (b *Bot) deliver(ctx context.Context, r run) (note string, err error) {
	channel, refusal, err := b.mayHearMoney(ctx, r.Channel)
	if err != nil {
		return "", err
	}
	if refusal != "" {
		return b.withhold(ctx, r, refusal)
	}
	f, err := b.figures(ctx, r)
	if err != nil {
		return "", err
	}
	if f.broken() {
		if err := b.complain(ctx, f); err != nil {
			b.Log.Warn("the approvers could not be told", "digest", r.Name, "error", err)
		}
		if !r.late {
			return "", errNotOut
		}
	}
	if len(f.unknown) > 0 {
		b.Log.Error("a digest is for apps that are not known", "digest", r.Name, "apps", f.unknown)
	}
	if f.incomplete() {
		if _, _, err := b.Store.Claim(r.gapKey(), b.Now()); err != nil {
			return "", err
		}
	}
	place, err := b.postOnce(ctx, r.key(), channel, drawDigest(f))
	if err != nil {
		return "", err
	}
	if place.Channel != channel { // it was posted before a stop, and goes elsewhere since
		if _, refusal, err := b.mayHearMoney(ctx, place.Channel); err != nil || refusal != "" {
			return fmt.Sprintf("digest %s for %s posted, its details not: %s", r.Name, f.over, refusal), err
		}
	}
	if details := drawDetails(f); f.digest.has("details") && details.Text != "" {
		if _, err := b.postInThread(ctx, r.detailsKey(), place, details); err != nil {
			return "", err
		}
	}
	if err := b.raiseAlarms(ctx, f, place.Channel); err != nil {
		return "", err
	}
	return fmt.Sprintf("digest %s for %s posted", r.Name, f.over), nil
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

// gapKey marks a digest that was posted without a report, until it is complete.
func (r run) gapKey() string { return "gap/" + r.Name + "/" + r.days() }

// amend redraws the newest digest when a report it was posted without has come.
func (b *Bot) amend(ctx context.Context, d Digest, due schedule.Due) error {
	r := run{Digest: d, due: due, over: d.over(due), late: true}
	gap, waits, err := b.Store.LookUpClaim(r.gapKey())
	if err != nil || !waits || !gap.Posted.IsZero() || b.Now().Sub(due.At) > catchUp[d.covers()]+reportPatience {
		return err
	}
	post, _, err := b.Store.LookUpClaim(r.key())
	if err != nil || post.Posted.IsZero() {
		return err
	}
	if out, err := b.out(r); err != nil || !out {
		return err
	}
	// It stands where it was posted, also when the digest goes elsewhere since.
	if _, refusal, err := b.mayHearMoney(ctx, post.Place.Channel); err != nil || refusal != "" {
		return err
	}
	f, err := b.figures(ctx, r)
	if err != nil {
		return err
	}
	if f.incomplete() {
		return errNotOut
	}
	if err := b.update(ctx, post.Place.Channel, post.Place.TS, drawDigest(f)); err != nil {
		return fmt.Errorf("completing a digest: %w", err)
	}
	if err := b.amendDetails(ctx, r, post.Place, drawDetails(f)); err != nil {
		return fmt.Errorf("completing the details of a digest: %w", err)
	}
	if err := b.raiseAlarms(ctx, f, post.Place.Channel); err != nil {
		return err
	}
	_, err = b.Store.Posted(r.gapKey(), post.Place, b.Now())
	return err
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

// withhold tells the approvers that a digest was not posted, and why.
func (b *Bot) withhold(ctx context.Context, r run, why string) (string, error) {
	b.Log.Error("a digest was withheld", "digest", r.Name, "reason", why)
	if court, err := b.court(ctx, ""); err == nil {
		_, err := b.postOnce(ctx, fmt.Sprintf("withheld/%s/%s", r.Name, r.due.Label), court,
			Say("The sales digest *%s* was not posted: %s", r.Name, why))
		if err != nil {
			return "", err
		}
	}
	return "digest " + r.Name + " withheld: " + why, nil
}

// complain tells the log and the approvers, once, what keeps a digest from being
// complete and waiting does not mend, such as a key that is refused.
func (b *Bot) complain(ctx context.Context, f figures) error {
	for _, v := range f.vendors {
		if v.broken == nil || !lasting(v.broken) {
			continue
		}
		key := fmt.Sprintf("unread/%s/%s", f.digest.Name, f.over.To)
		if told, _, err := b.Store.LookUpClaim(key); err != nil || !told.Posted.IsZero() {
			return err
		}
		b.Log.Error("a digest cannot read what it needs", "digest", f.digest.Name, "days", f.over.String(), "vendor", v.vendor, "error", v.broken)
		court, err := b.court(ctx, "")
		if err != nil {
			return err
		}
		_, err = b.postOnce(ctx, key, court, Say("For the sales digest *%s* of %s I could not read the report of %s: %s",
			f.digest.Name, f.over.String(), v.called(), prose(words(v.broken).Error())))
		return err
	}
	return nil
}

// lasting reports whether an error stays until somebody mends it.
func lasting(err error) bool {
	e, refused := errors.AsType[*asc.Error](err)
	_, wrong := errors.AsType[*asc.ArgumentError](err)
	_, odd := errors.AsType[*asc.ReportError](err)
	_, doubtful := errors.AsType[Trouble](err)
	return wrong || odd || doubtful || refused && e.Status < 500 && !asc.RateLimited(err)
}

// errNotOut means that a report is not there yet.
var errNotOut = errors.New("the report is not published yet")

// mayHearMoney finds the channel of a digest and says why revenue must not be
// posted there, if so.
func (b *Bot) mayHearMoney(ctx context.Context, want string) (id, refusal string, err error) {
	c, err := b.forMoney(ctx, want)
	return c.ID, c.Refusal, err
}

// forMoney looks a channel up. It refuses one that is archived or not the bot's, that is
// shared outside, or that has guests in it.
func (b *Bot) forMoney(ctx context.Context, want string) (Channel, error) {
	mine, err := b.channels(ctx)
	if err != nil {
		return Channel{}, err
	}
	i := slices.IndexFunc(mine, func(c slack.Channel) bool { return c.ID == want || "#"+c.Name == want })
	if i < 0 {
		called := want
		if channelID.MatchString(want) {
			called = "that channel"
		}
		return Channel{Refusal: "I am not a member of " + called + ", or it is archived. Invite me there."}, nil
	}
	found := Channel{ID: mine[i].ID, Name: mine[i].Name}
	if !inside(mine[i]) {
		found.Refusal = "#" + found.Name + " is shared with people outside this workspace."
		return found, nil
	}
	outsiders, err := b.outsiders(ctx, found.ID)
	if err == nil && len(outsiders) > 0 {
		found.Refusal = "#" + found.Name + " has guests in it: " + strings.Join(outsiders, ", ") + "."
	}
	return found, err
}

// outsiders lists the guests and strangers in a channel.
func (b *Bot) outsiders(ctx context.Context, channel string) ([]string, error) {
	var found []string
	params := &slack.GetUsersInConversationParameters{ChannelID: channel, Limit: 200}
	for {
		ids, next, err := b.web.GetUsersInConversationContext(ctx, params)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if id == b.home.User {
				continue
			}
			p, name, err := b.account(ctx, id)
			if err != nil {
				return nil, err
			}
			if p.Guest || p.Stranger || p.Team != b.home.Team {
				found = append(found, name)
			}
		}
		if params.Cursor = next; next == "" {
			return found, nil
		}
	}
}

// preview draws a digest as it would be posted now, with its details below.
func (b *Bot) preview(ctx context.Context, d Digest) (Message, error) {
	now := b.Now()
	due := schedule.Due{At: now}
	f, err := b.figures(ctx, run{Digest: d, due: due, over: d.over(due), late: true})
	if err != nil {
		return Message{}, err
	}
	m := drawDigest(f)
	if details := drawDetails(f); details.Text != "" && d.has("details") {
		for _, block := range details.Blocks {
			if _, chart := block.(*slack.DataVisualizationBlock); !chart {
				m.Blocks = append(m.Blocks, block)
			}
		}
	}
	return m.Below(Markf("So the digest %s would be posted now, in %s; only you see this.", d.Name, ChannelCalled(d.Channel))), nil
}
