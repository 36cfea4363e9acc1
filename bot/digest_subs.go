package bot

import (
	"slices"

	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/store"
)

// subsFigures are what a digest says of subscriptions.
type subsFigures struct {
	any     bool           // somebody has one, or had one lately
	missing bool           // the report of the last day is not there
	unheard bool           // the report of what happened on the last day is not there
	why     error          // why one of them could not be read; nil when it is just not published
	now     sales.Standing // at the end of the days
	was     sales.Standing // before they began
	net     bool           // whether was is known
	events  map[sales.Happening]decimal.Decimal
	days    int // days of which the events are known
}

// subscriptions reads what is known of subscriptions; ids choose apps, nil means all.
func (b *Bot) subscriptions(books Books, teams []Team, r run, ids []string) (s subsFigures, err error) {
	var now, was, events sales.Subscriptions
	s.net = true
	for _, t := range teams {
		if there, err := s.look(books, t.Vendor, r.over.To); err != nil {
			return s, err
		} else if !there {
			continue
		}
		if err := s.add(books, t.Vendor, r.over, &now, &was, &events); err != nil {
			return s, err
		}
	}
	if ids != nil {
		now, was, events = now.Of(ids...), was.Of(ids...), events.Of(ids...)
		s.any = s.any && len(now.Standing)+len(was.Standing)+len(events.Events) > 0
	}
	if s.now, err = now.Total(); err != nil {
		return s, err
	}
	if s.was, err = was.Total(); err != nil {
		return s, err
	}
	s.events, err = events.Happened()
	return s, err
}

// look tells whether the report of a vendor's subscriptions on the last day is there, and
// notes what is not.
func (s *subsFigures) look(books Books, vendor string, last schedule.Day) (there bool, err error) {
	lately, err := books.Store.Reports(vendor, StandingReport, last.AddDays(-10).String(), last.String())
	if err != nil || !slices.ContainsFunc(lately, isIn) {
		return false, err // nobody has one
	}
	s.any = true
	if newest := lately[len(lately)-1]; newest.Day != last.String() || !isIn(newest) {
		s.missing, s.why = true, books.Why(vendor, StandingReport, last)
		return false, nil
	}
	happened, _, known, err := books.Store.Report(vendor, EventsReport, last.String())
	if err == nil && (!known || !isIn(happened) && happened.Answer != string(schedule.Nothing)) {
		s.unheard, s.why = true, books.Why(vendor, EventsReport, last)
	}
	return true, err
}

// add reads the standing of a vendor's subscriptions before and after some days, and
// what happened on them.
func (s *subsFigures) add(books Books, vendor string, over schedule.Stretch, now, was, events *sales.Subscriptions) error {
	for day := over.From.AddDays(-1); day.Compare(over.To) <= 0; day = day.AddDays(1) {
		on, standing, happened, err := books.Subscriptions(vendor, day)
		if err != nil {
			return err
		}
		first, last := day.Compare(over.From) < 0, day == over.To
		if first && !standing {
			s.net = false
		}
		if !first && happened {
			s.days++
			if err := events.Merge(sales.Subscriptions{Names: on.Names, Events: on.Events}); err != nil {
				return err
			}
		}
		only := sales.Subscriptions{Names: on.Names, Standing: on.Standing}
		if first {
			err = was.Merge(only)
		} else if last {
			err = now.Merge(only)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func isIn(r store.Report) bool { return r.Answer == string(schedule.There) }
