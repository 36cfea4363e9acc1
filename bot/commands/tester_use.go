package commands

import (
	"context"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// use is how much a tester used an app. Apple counts it over 7, 30, 90 or 365 days until
// now and gives no day of the last use, so that is known as a stretch of time.
type use struct {
	sessions int    // in 30 days
	last     string // when the last of them was; blank: not known
}

// The last use, by the shortest period that has one.
const (
	thisWeek    = "within 7 days"
	thisMonth   = "7 to 30 days ago"
	thisQuarter = "30 to 90 days ago"
	thisYear    = "90 to 365 days ago"
	longAgo     = "not within 365 days"
)

// askedClosely is of how many testers one page tells: of so many the last use is looked
// for in every period, of more only the month is counted.
const askedClosely = 200

// testersOf reads the testers of an app or of a group, and at the same time what they
// used, if that is wanted: of 10,000 people each is fifty requests.
func testersOf(ctx context.Context, api *asc.Client, app, group Named, uses bool) (all []asc.BetaTester, used map[string]use, err error) {
	g, both := errgroup.WithContext(ctx)
	filter := asc.BetaTesterFilter{App: []string{app.ID}, IncludeGroups: true}
	if group.ID != "" {
		filter.App, filter.Group = nil, []string{group.ID}
	}
	counts := counting{api, app, group}
	var month map[string]int
	g.Go(func() (err error) { all, err = everyone(api.BetaTesters(both, filter)); return err })
	g.Go(func() (err error) {
		if uses {
			month, err = counts.sessions(both, asc.Month)
		}
		return err
	})
	if err := g.Wait(); err != nil || !uses {
		return all, nil, err
	}
	used, err = counts.lastUses(ctx, all, month)
	return all, used, err
}

// counting asks how often the testers of an app or a group have used it.
type counting struct {
	api        *asc.Client
	app, group Named
}

// sessions counts those of each tester, by their id.
func (c counting) sessions(ctx context.Context, period string) (map[string]int, error) {
	var usages iter.Seq2[asc.Usage, error]
	if c.group.ID != "" {
		usages = c.api.GroupTesterUsages(ctx, c.group.ID, period)
	} else {
		usages = c.api.AppTesterUsages(ctx, c.app.ID, period)
	}
	n := map[string]int{}
	for u, err := range usages {
		if err != nil {
			return nil, err
		}
		n[u.TesterID] += u.Sessions
	}
	return n, nil
}

// lastUses narrows down when each tester used the app last, in as few questions as that
// takes: a period is asked for only when somebody's last use can be in it.
func (c counting) lastUses(ctx context.Context, all []asc.BetaTester, month map[string]int) (map[string]use, error) {
	lately := slices.ContainsFunc(all, func(t asc.BetaTester) bool { return month[t.ID] > 0 })
	before := slices.ContainsFunc(all, func(t asc.BetaTester) bool { return month[t.ID] == 0 && t.State == "INSTALLED" })
	var week, quarter, year map[string]int
	if len(all) <= askedClosely {
		g, ctx := errgroup.WithContext(ctx)
		ask := func(wanted bool, period string, into *map[string]int) {
			if wanted {
				g.Go(func() (err error) { *into, err = c.sessions(ctx, period); return err })
			}
		}
		ask(lately, asc.Week, &week)
		ask(before, asc.Quarter, &quarter)
		ask(before, asc.Year, &year)
		if err := g.Wait(); err != nil {
			return nil, err
		}
	}
	used := map[string]use{}
	for _, t := range all {
		u := use{sessions: month[t.ID]}
		switch {
		case u.sessions > 0 && week != nil:
			u.last = thisMonth
			if week[t.ID] > 0 {
				u.last = thisWeek
			}
		case u.sessions == 0 && t.State == "INSTALLED" && year != nil:
			u.last = longAgo
			if quarter[t.ID] > 0 {
				u.last = thisQuarter
			} else if year[t.ID] > 0 {
				u.last = thisYear
			}
		}
		used[t.ID] = u
	}
	return used, nil
}

// words say how much, and when last.
func (u use) words(t asc.BetaTester) bot.Markup {
	switch {
	case u.sessions > 0 && u.last != "":
		return bot.Markf("used %s in 30 days, last %s", times(u.sessions), u.last)
	case u.sessions > 0:
		return bot.Markf("used %s in 30 days", times(u.sessions))
	case u.last == longAgo:
		return "not used in 365 days"
	case u.last != "":
		return bot.Markf("last used %s", u.last)
	case t.State == "INSTALLED":
		return "not used in 30 days"
	}
	return ""
}
