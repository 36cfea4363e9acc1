package apple

import (
	"maps"
	"slices"
	"time"
)

// record is one resource. It is never changed in place: a change makes a new
// record, so that an older world can still be read.
type record struct {
	typ, id string
	attrs   map[string]any      // absent means Apple leaves it out
	rels    map[string][]string // relationship → ids; a to-one has one or none
}

func newRecord(typ, id string, attrs map[string]any) *record {
	r := &record{typ: typ, id: id, attrs: map[string]any{}, rels: map[string][]string{}}
	for name, v := range attrs {
		if v != nil {
			r.attrs[name] = v
		}
	}
	return r
}

func (r *record) copy() *record {
	return &record{typ: r.typ, id: r.id, attrs: maps.Clone(r.attrs), rels: maps.Clone(r.rels)}
}

func (r *record) text(name string) string {
	s, _ := r.attrs[name].(string)
	return s
}

func (r *record) flag(name string) bool {
	b, _ := r.attrs[name].(bool)
	return b
}

func (r *record) list(name string) []string {
	l, _ := r.attrs[name].([]string)
	return l
}

// one is the id of a to-one relationship, or "".
func (r *record) one(name string) string {
	if ids := r.rels[name]; len(ids) > 0 {
		return ids[0]
	}
	return ""
}

func (r *record) has(rel, id string) bool { return slices.Contains(r.rels[rel], id) }

func (r *record) resource() Resource {
	out := Resource{Type: r.typ, ID: r.id, Attributes: maps.Clone(r.attrs), Relationships: map[string][]string{}}
	for name, ids := range r.rels {
		out.Relationships[name] = slices.Clone(ids)
	}
	return out
}

// world is the team at one moment. fork makes one that can be changed while
// the old one stays as it was.
type world struct {
	shelves map[string]*shelf
	own     map[string]bool // shelves that belong to this world alone
}

// shelf holds the resources of one type in the order they were made.
type shelf struct {
	order []string
	byID  map[string]*record
}

func newWorld() *world { return &world{shelves: map[string]*shelf{}, own: map[string]bool{}} }

func (w *world) fork() *world {
	return &world{shelves: maps.Clone(w.shelves), own: map[string]bool{}}
}

func (w *world) get(typ, id string) *record {
	if sh := w.shelves[typ]; sh != nil {
		return sh.byID[id]
	}
	return nil
}

func (w *world) all(typ string) []*record {
	sh := w.shelves[typ]
	if sh == nil {
		return nil
	}
	out := make([]*record, len(sh.order))
	for i, id := range sh.order {
		out[i] = sh.byID[id]
	}
	return out
}

// find is the first resource of the type that fits, or nil.
func (w *world) find(typ string, fits func(*record) bool) *record {
	for _, rec := range w.all(typ) {
		if fits(rec) {
			return rec
		}
	}
	return nil
}

// shelf is the type's shelf, made this world's own first.
func (w *world) shelf(typ string) *shelf {
	sh := w.shelves[typ]
	if sh != nil && w.own[typ] {
		return sh
	}
	mine := &shelf{byID: map[string]*record{}}
	if sh != nil {
		mine.order, mine.byID = slices.Clone(sh.order), maps.Clone(sh.byID)
	}
	w.shelves[typ], w.own[typ] = mine, true
	return mine
}

// put keeps a new or changed record.
func (w *world) put(r *record) {
	sh := w.shelf(r.typ)
	if sh.byID[r.id] == nil {
		sh.order = append(sh.order, r.id)
	}
	sh.byID[r.id] = r
}

// set changes attributes of a record; nil takes an attribute away.
func (w *world) set(typ, id string, attrs map[string]any) {
	r := w.get(typ, id).copy()
	for name, v := range attrs {
		if v == nil {
			delete(r.attrs, name)
			continue
		}
		r.attrs[name] = v
	}
	w.put(r)
}

// drop removes a record and every relationship that names it.
func (w *world) drop(typ, id string) {
	r := w.get(typ, id)
	if r == nil {
		return
	}
	for name, others := range r.rels {
		for _, other := range others {
			w.unlink(typ, id, name, other)
		}
	}
	sh := w.shelf(typ)
	delete(sh.byID, id)
	sh.order = slices.DeleteFunc(sh.order, func(x string) bool { return x == id })
}

// link relates two records, on both sides where Apple shows both. A to-one
// relationship forgets what it was linked to before.
func (w *world) link(typ, id, name, other string) {
	w.half(typ, id, name, other, true)
	if back := inverse(typ, name); back.typ != "" {
		w.half(back.typ, other, back.name, id, true)
	}
}

// unlink takes the relation away on both sides.
func (w *world) unlink(typ, id, name, other string) {
	w.half(typ, id, name, other, false)
	if back := inverse(typ, name); back.typ != "" {
		w.half(back.typ, other, back.name, id, false)
	}
}

// half changes one side of a relation.
func (w *world) half(typ, id, name, other string, wanted bool) {
	r := w.get(typ, id)
	if r == nil || r.has(name, other) == wanted {
		return
	}
	if wanted && !many(typ, name) && len(r.rels[name]) > 0 {
		w.unlink(typ, id, name, r.rels[name][0])
		r = w.get(typ, id)
	}
	r = r.copy()
	if wanted {
		r.rels[name] = append(slices.Clip(r.rels[name]), other)
	} else {
		r.rels[name] = slices.DeleteFunc(slices.Clone(r.rels[name]), func(x string) bool { return x == other })
	}
	w.put(r)
}

// history is the team now, as it was a while ago, and what is still to
// happen.
type history struct {
	now   *world
	past  []moment // oldest first; the last one ended when now began
	later []effect
}

// moment is a world that ended.
type moment struct {
	until time.Time
	w     *world
}

// effect is a change that was accepted and happens later.
type effect struct {
	at    time.Time
	apply func(*world)
}

// remembered bounds how far a reader can be kept behind.
const (
	remembered      = 10 * time.Minute
	rememberedTimes = 200
)

func (h *history) start(w *world) { h.now = w }

// commit makes w the team from at on.
func (h *history) commit(at time.Time, w *world) {
	h.past = append(h.past, moment{until: at, w: h.now})
	stale := func(m moment) bool { return at.Sub(m.until) > remembered }
	h.past = slices.DeleteFunc(h.past, stale)
	if extra := len(h.past) - rememberedTimes; extra > 0 {
		h.past = slices.Delete(h.past, 0, extra)
	}
	h.now = w
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

// settle lets happen what is due: removals that were accepted, invitations
// that lapse. The caller holds mu.
func (s *Server) settle() {
	now := s.now()
	var due []effect
	s.state.later = slices.DeleteFunc(s.state.later, func(e effect) bool {
		if e.at.After(now) {
			return false
		}
		due = append(due, e)
		return true
	})
	lapsed := lapsedInvitations(s.state.now, now)
	if len(due) == 0 && len(lapsed) == 0 {
		return
	}
	w := s.state.now.fork()
	for _, e := range due {
		e.apply(w)
	}
	for _, id := range lapsed {
		w.drop("userInvitations", id)
	}
	s.state.commit(now, w)
}
