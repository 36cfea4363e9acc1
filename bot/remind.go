package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ascbot/ascbot/store"
)

// mostCalled bounds how many people a reminder calls by name.
const mostCalled = 8

// remindAt is when those who may decide are reminded for the n-th time, from 1: after
// some time, then after twice as long, and so on, so that a reminder stays one.
func remindAt(asked time.Time, first time.Duration, n int) time.Time {
	if n > 20 {
		n = 20
	}
	return asked.Add(first * (1<<n - 1))
}

// keepReminding reminds of what waits for a decision, in business hours, and asks
// further groups when their time has come.
func (b *Bot) keepReminding() {
	open, err := b.Store.Open()
	if err != nil {
		b.Log.Error("reading open requests", "error", err)
		return
	}
	now := b.Now()
	for _, r := range open {
		if r.State != store.Pending || r.Card.TS == "" || now.After(r.VoteUntil) {
			continue
		}
		rules, err := b.ruling(r)
		if err != nil || !rules.conf.Policy.Hours.Open(now) {
			continue
		}
		asked := r.VoteUntil.Add(-rules.demands.Wait())
		for group, after := range rules.demands.Escalations() {
			if now.Before(asked.Add(after)) {
				continue
			}
			b.onceFor(r, fmt.Sprintf("escalate/%d/%d/%s", r.ID, r.Version, group), func(ctx context.Context, key string) error {
				return b.callOn(ctx, r, rules, key, []string{group})
			})
		}
		first, n := rules.demands.Remind(), r.Reminders+1
		if first > 0 && !now.Before(remindAt(asked, first, n)) {
			b.onceFor(r, fmt.Sprintf("remind/%d/%d/%d", r.ID, r.Version, n), func(ctx context.Context, key string) error {
				if err := b.callOn(ctx, r, rules, key, nil); err != nil {
					return err
				}
				for !b.Now().Before(remindAt(asked, first, n+1)) { // after a long stop one reminder is enough
					n++
				}
				_, err := b.Store.Edit(r.ID, func(now *store.Request) error {
					if now.Version == r.Version {
						now.Reminders = max(now.Reminders, n)
					}
					return nil
				})
				return err
			})
		}
	}
}

// onceFor does something about a request beside the caller unless its key says that it
// was done; not twice at once.
func (b *Bot) onceFor(r store.Request, key string, do func(ctx context.Context, key string) error) {
	if claim, ok, err := b.Store.LookUpClaim(key); err != nil || ok && !claim.Posted.IsZero() || b.reminds.held(r.ID) {
		return
	}
	b.start(func(ctx context.Context) {
		defer b.reminds.lock(r.ID)()
		if err := do(ctx, key); err != nil {
			b.Log.Warn("nobody could be reminded yet; it is tried again", "request", r.ID, "error", err)
		}
	})
}

// callOn calls those who may decide into the thread of a card: members of some groups,
// or all of them.
func (b *Bot) callOn(ctx context.Context, r store.Request, rules ruling, key string, groups []string) error {
	able, err := b.deciders(oneReading(ctx), r, rules, groups)
	if err != nil {
		return err
	}
	m := Say("⏰ Request *#%d* still waits for a decision, until %s. %s", r.ID, When(r.VoteUntil), calls(able))
	if len(able) == 0 {
		m = Say("⏰ Request *#%d* still waits for a decision, until %s, and I find nobody who may decide and has not. %s, whoever runs the bot can change who has to agree.", r.ID, When(r.VoteUntil), mention(r.Asker.ID))
	}
	_, err = b.postInThread(ctx, key, r.Card, m)
	return err
}

func calls(able []string) Markup {
	var called []Markup
	for _, id := range able[:min(len(able), mostCalled)] {
		called = append(called, mention(id))
	}
	line := Join(called, ", ")
	if more := len(able) - len(called); more > 0 {
		line += Markf(" and %d more", more)
	}
	return line + " can decide."
}

// deciders are the accounts whose vote would count as far as is known now, without
// those who have voted or do not want to be reminded. Whether a vote does count is
// looked at when it is given.
func (b *Bot) deciders(ctx context.Context, r store.Request, rules ruling, groups []string) (able []string, err error) {
	f, err := b.factsUnder(ctx, r, rules)
	if err != nil {
		return nil, err
	}
	all, err := b.everyAccount(ctx, false)
	if err != nil {
		return nil, err
	}
	names := slices.Collect(maps.Keys(rules.groups))
	for _, one := range all.list {
		p := one.Person
		if p.Deleted || p.Bot || p.Guest || p.Stranger || voted(r, p) || rules.conf.Policy.IsQuiet(p.ID) {
			continue
		}
		if p.Groups, err = b.groupsOf(ctx, p.ID, names, rules.groups); err != nil {
			return nil, err
		}
		if len(groups) > 0 && !slices.ContainsFunc(groups, p.In) {
			continue
		}
		if rules.conf.Policy.MayDecide(p, f.of, f.demands).May {
			able = append(able, p.ID)
		}
	}
	slices.Sort(able)
	return able, nil
}
