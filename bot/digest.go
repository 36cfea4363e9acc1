package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
)

// reportPatience is how long a digest waits for a report that Apple has not
// published at the due time, before it is posted with the gap named.
const reportPatience = 4 * time.Hour

// catchUpWithin is how late a digest may still be posted after a stop.
const catchUpWithin = 36 * time.Hour

// keepDigests posts what is due, until ctx ends. Digests wait for one another,
// so that two of them never ask Apple for the same report at once.
func (b *Bot) keepDigests(ctx context.Context) {
	ctx = asc.WithClass(ctx, asc.Job)
	tick := time.NewTicker(b.Tick)
	defer tick.Stop()
	pauses := map[string]*pacing{}
	for {
		for _, d := range b.conf().Digests {
			p := pauses[d.Name]
			if p == nil {
				p = &pacing{}
				pauses[d.Name] = p
			}
			if !p.ready(b.Now()) {
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
	job := "digest/" + d.Name
	label, _, known, err := b.Store.LastRun(job)
	if err != nil {
		return err
	}
	if !known {
		// A digest that was just configured begins with its next time.
		_, err := b.Store.Run(job, due.Label, now, "digest "+d.Name+" begins after this")
		return err
	}
	if due.Label <= label {
		return b.amend(ctx, d, due)
	}
	missed, _, err := d.When.Since(label, now)
	if err != nil {
		return err
	}
	if now.Sub(due.At) > catchUpWithin {
		_, err := b.Store.Run(job, due.Label, now, fmt.Sprintf("digest %s: %d times missed while the bot was stopped", d.Name, len(missed)))
		return err
	}
	if out, err := b.out(schedule.BusinessDay(due.At)); err != nil || !out && now.Sub(due.At) <= reportPatience {
		return err // it is looked again at the next tick
	}
	note, err := b.deliver(ctx, d, due, len(missed)-1)
	if err != nil {
		return err
	}
	_, err = b.Store.Run(job, due.Label, b.Now(), note)
	return err
}

// deliver gathers the figures and posts them, or says why not. Its note goes
// into the log.
func (b *Bot) deliver(ctx context.Context, d Digest, due schedule.Due, missed int) (note string, err error) {
	channel, refusal, err := b.mayHearMoney(ctx, d.Channel)
	if err != nil {
		return "", err
	}
	day := schedule.BusinessDay(due.At)
	if refusal != "" {
		return b.withhold(ctx, d, due, refusal)
	}
	f, err := b.figures(ctx, d, day, b.Now().Sub(due.At) > reportPatience)
	if err != nil {
		return "", err
	}
	f.missed = missed
	if len(f.unknown) > 0 {
		b.Log.Error("a digest is for apps that are not known", "digest", d.Name, "apps", f.unknown)
	}
	if f.incomplete() {
		if _, _, err := b.Store.Claim(gapKey(d, day), b.Now()); err != nil {
			return "", err
		}
	}
	if _, err := b.postOnce(ctx, digestKey(d, day), channel, drawDigest(f)); err != nil {
		return "", err
	}
	return fmt.Sprintf("digest %s for %s posted", d.Name, day), nil
}

// out tells whether the books have what a digest of a day needs, or whether there is
// something to be told that keeps them from having it.
func (b *Bot) out(day schedule.Day) (bool, error) {
	books := b.books()
	for _, team := range b.Teams {
		if team.Vendor == "" {
			continue
		}
		for _, back := range []int{0, 7} {
			on, err := books.Day(team.Vendor, day.AddDays(-back))
			if err != nil {
				return false, err
			}
			there := on.Known == In || on.Known == Empty || back > 0 && on.Known != Unasked
			if !there && books.Why(team.Vendor, SalesReport, day) == nil {
				return false, nil
			}
		}
	}
	return true, nil
}

func digestKey(d Digest, day schedule.Day) string { return fmt.Sprintf("digest/%s/%s", d.Name, day) }

// gapKey marks a digest that was posted without a report, until it is complete.
func gapKey(d Digest, day schedule.Day) string { return fmt.Sprintf("gap/%s/%s", d.Name, day) }

// amend redraws the newest digest when a report it was posted without has come.
func (b *Bot) amend(ctx context.Context, d Digest, due schedule.Due) error {
	day := schedule.BusinessDay(due.At)
	gap, waits, err := b.Store.LookUpClaim(gapKey(d, day))
	if err != nil || !waits || !gap.Posted.IsZero() || b.Now().Sub(due.At) > catchUpWithin {
		return err
	}
	post, _, err := b.Store.LookUpClaim(digestKey(d, day))
	if err != nil || post.Posted.IsZero() {
		return err
	}
	if out, err := b.out(day); err != nil || !out {
		return err
	}
	if _, refusal, err := b.mayHearMoney(ctx, d.Channel); err != nil || refusal != "" {
		return err
	}
	f, err := b.figures(ctx, d, day, true)
	if err != nil {
		return err
	}
	if f.incomplete() {
		return errNotOut
	}
	if err := b.update(ctx, post.Place.Channel, post.Place.TS, drawDigest(f)); err != nil {
		return fmt.Errorf("completing a digest: %w", err)
	}
	_, err = b.Store.Posted(gapKey(d, day), post.Place, b.Now())
	return err
}

// withhold tells the approvers that a digest was not posted, and why.
func (b *Bot) withhold(ctx context.Context, d Digest, due schedule.Due, why string) (string, error) {
	b.Log.Error("a digest was withheld", "digest", d.Name, "reason", why)
	if court, err := b.court(ctx, ""); err == nil {
		_, err := b.postOnce(ctx, fmt.Sprintf("withheld/%s/%s", d.Name, due.Label), court,
			Say("The sales digest *%s* was not posted: %s", d.Name, why))
		if err != nil {
			return "", err
		}
	}
	return "digest " + d.Name + " withheld: " + why, nil
}

// mayHearMoney finds the channel of a digest and says why revenue must not be
// posted there, if so: it is archived, shared outside, or has guests in it.
func (b *Bot) mayHearMoney(ctx context.Context, want string) (id, refusal string, err error) {
	mine, err := b.channels(ctx)
	if err != nil {
		return "", "", err
	}
	i := slices.IndexFunc(mine, func(c slack.Channel) bool { return c.ID == want || "#"+c.Name == want })
	if i < 0 {
		return "", "I am not a member of " + want + ", or it is archived. Invite me there.", nil
	}
	c := mine[i]
	if !inside(c) {
		return "", "#" + c.Name + " is shared with people outside this workspace.", nil
	}
	outsiders, err := b.outsiders(ctx, c.ID)
	if err != nil {
		return "", "", err
	}
	if len(outsiders) > 0 {
		return "", "#" + c.Name + " has guests in it: " + strings.Join(outsiders, ", ") + ".", nil
	}
	return c.ID, "", nil
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

// figures are what a digest shows.
type figures struct {
	digest  Digest
	day     schedule.Day
	now     sales.Day
	before  sales.Day // the same weekday a week earlier
	known   bool      // whether before is
	apps    []string  // names of the apps it is for; none means all
	unknown []string  // configured names that no app has
	gaps    []string  // vendors whose report is not published
	broken  []string  // what could not be read, and why
	empty   []string  // vendors without any sale
	quiet   []string  // vendors without any sale so far; that may change
	in      []string  // vendors whose report is in
	missed  int
}

// incomplete reports whether something is missing that may still come.
func (f figures) incomplete() bool { return len(f.gaps)+len(f.broken)+len(f.quiet) > 0 }

// errNotOut means that a report is not there yet.
var errNotOut = errors.New("the report is not published yet")

// figures gathers a day from every team that has a vendor number. Before the
// patience is over, a missing report is waited for.
func (b *Bot) figures(ctx context.Context, d Digest, day schedule.Day, late bool) (figures, error) {
	f := figures{digest: d, day: day, known: true}
	known, err := b.apps(ctx, d)
	if err != nil {
		return f, b.lacks(ctx, &f, "the list of apps", err, late)
	}
	books := b.books()
	for _, team := range b.Teams {
		if team.Vendor == "" {
			continue
		}
		if err := b.gather(ctx, &f, books, team.Vendor, late); err != nil {
			return f, err
		}
	}
	f.choose(known)
	return f, nil
}

// gather adds a vendor's day to the figures.
func (b *Bot) gather(ctx context.Context, f *figures, books Books, vendor string, late bool) error {
	now, err := books.Day(vendor, f.day)
	if err != nil {
		return err
	}
	switch why := books.Why(vendor, SalesReport, f.day); {
	case now.Known == In:
		f.in = append(f.in, fmt.Sprintf("%s (%d rows)", vendor, now.Report.Rows))
		if err := f.now.Merge(now.Sales); err != nil {
			return err
		}
	case now.Known == Empty:
		f.empty = append(f.empty, vendor)
	case why != nil:
		if err := b.lacks(ctx, f, "the report of vendor "+vendor, why, late); err != nil {
			return err
		}
	case !late:
		return errNotOut
	case now.NoSales:
		f.quiet = append(f.quiet, vendor)
	default:
		f.gaps = append(f.gaps, vendor)
	}
	before, err := books.Day(vendor, f.day.AddDays(-7))
	switch {
	case err != nil:
		return err
	case before.Known == In:
		return f.before.Merge(before.Sales)
	case before.Known == Unasked && !late && books.Why(vendor, SalesReport, f.day) == nil:
		return errNotOut // the books are just being begun
	case before.Known != Empty:
		f.known = false
	}
	return nil
}

// lacks notes what could not be read. Before the patience is over it is an error:
// somebody may mend it. What waiting does not mend, such as a key that is refused,
// the approvers are told at once, once a day.
func (b *Bot) lacks(ctx context.Context, f *figures, what string, err error, late bool) error {
	why := words(err).Error()
	if lasting(err) {
		if err := b.complain(ctx, f.digest, f.day, what, err); err != nil {
			b.Log.Warn("the approvers could not be told", "digest", f.digest.Name, "error", err)
		}
	}
	if !late {
		return err
	}
	f.broken = append(f.broken, what+": "+why)
	return nil
}

// lasting reports whether an error stays until somebody mends it.
func lasting(err error) bool {
	e, refused := errors.AsType[*asc.Error](err)
	_, wrong := errors.AsType[*asc.ArgumentError](err)
	_, odd := errors.AsType[*asc.ReportError](err)
	return wrong || odd || refused && e.Status < 500 && !asc.RateLimited(err)
}

// complain tells the log and the approvers, once, what keeps a digest from being
// complete.
func (b *Bot) complain(ctx context.Context, d Digest, day schedule.Day, what string, why error) error {
	key := fmt.Sprintf("unread/%s/%s", d.Name, day)
	if told, _, err := b.Store.LookUpClaim(key); err != nil || !told.Posted.IsZero() {
		return err
	}
	b.Log.Error("a digest cannot read what it needs", "digest", d.Name, "day", day.String(), "what", what, "error", why)
	court, err := b.court(ctx, "")
	if err != nil {
		return err
	}
	_, err = b.postOnce(ctx, key, court,
		Say("For the sales digest *%s* of %s I could not read %s: %s", d.Name, day.Long(), what, prose(words(why).Error())))
	return err
}

// apps lists the apps of every team with a vendor number, when a digest is for some
// of them. It is asked anew each time, since apps are renamed.
func (b *Bot) apps(ctx context.Context, d Digest) ([]asc.App, error) {
	var all []asc.App
	for _, team := range b.Teams {
		if team.Vendor == "" || len(d.Apps) == 0 {
			continue
		}
		for app, err := range team.API.Apps(ctx, asc.AppFilter{}) {
			if err != nil {
				return nil, err
			}
			all = append(all, app)
		}
	}
	return all, nil
}

// choose leaves the figures of the apps that the digest is for. An app is named by
// name, SKU, id or bundle id; a bundle, which is no app, as the report names it.
func (f *figures) choose(all []asc.App) {
	if len(f.digest.Apps) == 0 {
		return
	}
	called := map[string]string{} // name by SKU
	for _, name := range f.digest.Apps {
		found := skusOf(name, all, f.now, f.before)
		if len(found) == 0 {
			f.unknown = append(f.unknown, name)
		}
		maps.Copy(called, found)
	}
	skus := slices.Sorted(maps.Keys(called))
	f.now, f.before = f.now.Of(skus...), f.before.Of(skus...)
	for _, sku := range skus {
		f.apps = append(f.apps, called[sku])
		if _, own := f.now.Apps[sku]; !own { // only something inside it was sold
			f.now.Name(sku, called[sku])
		}
	}
}

// skusOf finds what somebody calls by a name, as names by SKU.
func skusOf(name string, all []asc.App, days ...sales.Day) map[string]string {
	found := map[string]string{}
	for _, day := range days {
		for _, line := range day.ByApp() {
			if Alike(name, line.Name) || Alike(name, line.Key) {
				found[line.Key] = line.Name
			}
		}
	}
	for _, a := range all {
		if Alike(name, a.Name) || Alike(name, a.SKU) || name == a.ID || Alike(name, a.BundleID) {
			found[a.SKU] = a.Name
		}
	}
	return found
}
