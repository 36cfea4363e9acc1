package apple

import (
	"slices"
	"time"
)

// history is the team now, as it was a while ago, and what is still to
// happen.
type history struct {
	now   *world
	past  []moment // oldest first; the last one ended when now began
	later []effect
	calm  time.Time // nothing happens by itself before; zero: not known
}

// moment is a world that ended.
type moment struct {
	until time.Time
	w     *world
}

// effect is something that happens by itself when its time comes.
type effect struct {
	at    time.Time
	apply func(w *world, at time.Time)
}

// remembered bounds how far a reader can be kept behind.
const (
	remembered      = 10 * time.Minute
	rememberedTimes = 200
)

func (h *history) start(w *world) {
	h.now = w
	h.later, w.later = w.later, nil
}

// commit makes w the team from at on.
func (h *history) commit(at time.Time, w *world) {
	h.past = append(h.past, moment{until: at, w: h.now})
	stale := func(m moment) bool { return at.Sub(m.until) > remembered }
	h.past = slices.DeleteFunc(h.past, stale)
	if extra := len(h.past) - rememberedTimes; extra > 0 {
		h.past = slices.Delete(h.past, 0, extra)
	}
	h.now = w
	h.later, w.later = append(h.later, w.later...), nil
	h.calm = time.Time{}
}

// schedule adds an effect that belongs to no change.
func (h *history) schedule(e effect) {
	h.later = append(h.later, e)
	h.calm = time.Time{}
}

// view is the team as it was at a time.
func (h *history) view(at time.Time) *world {
	for _, m := range h.past {
		if m.until.After(at) {
			return m.w
		}
	}
	return h.now
}

// forever is when nothing is to come.
var forever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// next is what happens next by itself: an effect that was accepted, or a
// resource that comes of age.
func (h *history) next() (e effect) {
	e.at = forever
	from := -1
	for i, one := range h.later {
		if one.at.Before(e.at) {
			e, from = one, i
		}
	}
	for _, f := range ageing {
		for r := range h.now.each(f.typ) {
			if at := f.due(r); !at.IsZero() && at.Before(e.at) {
				e, from = effect{at, func(w *world, at time.Time) { f.age(w, r, at) }}, -1
			}
		}
	}
	if from >= 0 {
		apply := e.apply
		e.apply = func(w *world, at time.Time) {
			h.later = slices.Delete(h.later, from, from+1)
			apply(w, at)
		}
	}
	return e
}

// mostAtOnce bounds what happens before one call: a clock that was moved by
// years would keep the caller waiting.
const mostAtOnce = 20000

// settle lets happen what is due: removals that were accepted, invitations that
// lapse, reviews that end. Each happens at its own time, so that a reader who
// is kept behind sees it when it was. The caller holds mu.
func (s *Server) settle() {
	now := s.now()
	if now.Before(s.state.calm) {
		return
	}
	for range mostAtOnce {
		e := s.state.next()
		if e.at.After(now) {
			s.state.calm = e.at
			return
		}
		w := s.state.now.fork()
		e.apply(w, e.at)
		s.state.commit(e.at, w)
	}
}
