package apple

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// deed is a change under way, in a world of its own until it is complete.
type deed struct {
	*call
	w      *world
	note   string
	status int // 0: what is usual
}

// change does what a POST, PATCH or DELETE asks, wholly or not at all.
func (c *call) change() reply {
	d := &deed{call: c, w: c.s.state.now.fork()}
	made, wrong := d.make()
	switch {
	case wrong != nil:
		return refused(wrong)
	case c.fault.Kind == Deferred:
		c.s.state.schedule(effect{c.now.Add(c.fault.Delay), func(w *world, at time.Time) {
			trial := w.fork()
			if _, wrong := (&deed{call: c, w: trial}).make(); wrong == nil {
				*w = *trial // what has become impossible in between does not happen
			}
		}})
		return reply{status: http.StatusAccepted, note: d.note + "; it happens later"}
	}
	return d.done(made)
}

// make applies the rules of the family to the deed's world.
func (d *deed) make() (made *record, wrong *refusal) {
	f, owner := of(d.typ), d.w.get(d.typ, d.id)
	switch {
	case d.id != "" && owner == nil:
		return nil, notFound(d.typ, d.id)
	case d.linkage:
		return nil, d.relate(f, owner)
	case d.op.Method == http.MethodPost && f.create != nil:
		if wrong = d.mustExist(); wrong != nil {
			return nil, wrong
		}
		return f.create(d, d.in)
	case d.op.Method == http.MethodPatch && f.update != nil:
		if wrong = d.mustExist(); wrong == nil {
			wrong = f.update(d, owner, d.in)
		}
		return d.w.get(d.typ, d.id), wrong
	case d.op.Method == http.MethodDelete && f.remove != nil:
		return nil, f.remove(d, owner)
	}
	return nil, refuse(http.StatusInternalServerError, "UNEXPECTED_ERROR", "An unexpected error occurred.", "This stand-in has no rule for that.")
}

// done makes the changed world the team's, and answers.
func (d *deed) done(made *record) reply {
	d.s.state.commit(d.now, d.w)
	d.rd.w = d.w
	switch {
	case d.status != 0:
		return reply{status: d.status, note: d.note}
	case made == nil:
		return reply{status: http.StatusNoContent, note: d.note}
	case d.op.Method == http.MethodPost:
		a := answered(http.StatusCreated, d.rd.item(made), d.note)
		a.header = http.Header{"Location": {d.rd.of(made, "")}}
		return a
	}
	return answered(http.StatusOK, d.rd.item(made), d.note)
}

// mustExist refuses relationships to what is not there.
func (d *deed) mustExist() (wrong *refusal) {
	for _, name := range sortedKeys(d.in.rels) {
		for _, id := range d.in.rels[name] {
			if d.w.get(d.in.types[name], id) == nil {
				wrong = wrong.and(badRelation(name, fmt.Sprintf("There is no resource of type '%s' with id '%s'", d.in.types[name], id)))
			}
		}
	}
	return wrong
}

// relate changes a relationship through its own path.
func (d *deed) relate(f *family, owner *record) *refusal {
	rule := f.links[d.rel]
	for _, id := range d.in.linkage {
		if d.w.get(d.in.typ, id) == nil {
			return notFound(d.in.typ, id)
		}
	}
	var own func(*deed, *record, []string) *refusal
	switch d.op.Method {
	case http.MethodPost:
		own = rule.add
	case http.MethodDelete:
		own = rule.remove
	case http.MethodPatch:
		own = rule.replace
	}
	if own != nil {
		return own(d, owner, d.in.linkage)
	}
	d.plain(owner)
	return nil
}

// plain adds, removes or replaces without a rule.
func (d *deed) plain(owner *record) {
	if d.op.Method == http.MethodPatch {
		for _, id := range slices.Clone(owner.rels[d.rel]) {
			d.w.unlink(d.typ, owner.id, d.rel, id)
		}
	}
	for _, id := range d.in.linkage {
		if d.op.Method == http.MethodDelete {
			d.w.unlink(d.typ, owner.id, d.rel, id)
		} else {
			d.w.link(d.typ, owner.id, d.rel, id)
		}
	}
}

// keep puts a new record with the relationships of the body.
func (d *deed) keep(r *record) {
	d.w.put(r)
	for _, name := range sortedKeys(d.in.rels) {
		for _, id := range d.in.rels[name] {
			d.w.link(r.typ, r.id, name, id)
		}
	}
}

func (d *deed) newID() string { return d.w.newID() }
