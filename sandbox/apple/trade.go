package apple

import (
	"sync"
	"time"
)

// trade is what makes days differ from what they would be by themselves: more or less
// is sold, of everything or of one app.
type trade struct {
	mu   sync.Mutex
	days map[string]map[string]int // percent by day, and by SKU of an app; a blank one is for all
	late map[string]bool           // days whose reports are not published when they should be
}

// Delay keeps the reports of a day, YYYY-MM-DD, from being published, until it is told that
// they are not late any more.
func (s *Server) Delay(day string, late bool) {
	s.trade.mu.Lock()
	defer s.trade.mu.Unlock()
	if s.trade.late == nil {
		s.trade.late = map[string]bool{}
	}
	s.trade.late[day] = late
}

func (t *trade) isLate(day string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.late[day]
}

// Demand has so many percent of what would be sold on a day, YYYY-MM-DD: of one app and
// what is sold inside it, by SKU, or of everything. It shows in sales reports that are
// asked for later.
func (s *Server) Demand(day, sku string, percent int) {
	s.trade.mu.Lock()
	defer s.trade.mu.Unlock()
	if s.trade.days == nil {
		s.trade.days = map[string]map[string]int{}
	}
	if s.trade.days[day] == nil {
		s.trade.days[day] = map[string]int{}
	}
	s.trade.days[day][sku] = percent
}

// on is what is sold on a day, of what would be by itself. The list is not changed.
func (t *trade) on(day time.Time, rows []sale) []sale {
	t.mu.Lock()
	defer t.mu.Unlock()
	percent := t.days[day.Format(time.DateOnly)]
	if percent == nil {
		return rows
	}
	var sold []sale
	for _, s := range rows {
		app := s.sku
		if s.parent != "" {
			app = s.parent
		}
		part, one := percent[app]
		if !one {
			if part, one = percent[""]; !one {
				part = 100
			}
		}
		if s.units = s.units * part / 100; s.units != 0 {
			sold = append(sold, s)
		}
	}
	return sold
}

// thirdOf is a third of what was sold; of single sales, none.
func thirdOf(rows []sale) (few []sale) {
	for _, s := range rows {
		if s.units /= 3; s.units != 0 {
			few = append(few, s)
		}
	}
	return few
}
