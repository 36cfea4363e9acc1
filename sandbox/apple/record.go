package apple

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
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

func (r *record) number(name string) int {
	n, _ := r.attrs[name].(int)
	return n
}

// moment is an attribute that holds a time; zero when it has none.
func (r *record) moment(name string) time.Time {
	t, _ := time.Parse(time.RFC3339, r.text(name))
	return t
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
	out := Resource{Type: r.typ, ID: r.id, Attributes: map[string]any{}, Relationships: map[string][]string{}}
	known := contract.Resources()[r.typ].Attributes
	for name, v := range r.attrs {
		if known[name] != nil { // others are kept for the rules, or are secret
			out.Attributes[name] = v
		}
	}
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
	ids     *mint
	later   []effect // what was accepted in this world and is still to happen
}

// mint makes ids. All worlds of a team share one, so that a change that was
// refused leaves no id that is given twice.
type mint struct{ made uint64 }

func newWorld() *world {
	return &world{shelves: map[string]*shelf{}, own: map[string]bool{}, ids: &mint{}}
}

func (w *world) fork() *world {
	return &world{shelves: maps.Clone(w.shelves), own: map[string]bool{}, ids: w.ids}
}

// newID makes an id that no resource has: a uuid, as Apple's mostly are.
func (w *world) newID() string {
	w.ids.made++
	return fmt.Sprintf("%08x-5a3c-4d1e-9b00-%012x", (0x6d000000+w.ids.made*7919)&0xffffffff, w.ids.made)
}

// newCode makes an id of ten capital letters and digits, as provisioning has
// them.
func (w *world) newCode() string {
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	w.ids.made++
	n := w.ids.made*0x9e3779b97f4a7c15 ^ 0x5851f42d4c957f2d
	var code [10]byte
	for i := range code {
		code[i] = alphabet[n%32]
		n >>= 5
	}
	return string(code[:])
}

// after lets something happen later, in the world there is then.
func (w *world) after(at time.Time, apply func(w *world, at time.Time)) {
	w.later = append(w.later, effect{at, apply})
}

func (w *world) get(typ, id string) *record {
	if sh := w.shelves[typ]; sh != nil {
		return sh.get(id)
	}
	return nil
}

// each walks the resources of a type, oldest first.
func (w *world) each(typ string) iter.Seq[*record] {
	sh := w.shelves[typ]
	if sh == nil {
		return func(func(*record) bool) {}
	}
	return sh.each
}

func (w *world) all(typ string) []*record { return slices.Collect(w.each(typ)) }

// named are the resources of a type that go by an address, without case.
func (w *world) named(typ, name string) []*record {
	if sh := w.shelves[typ]; sh != nil && name != "" {
		return sh.named(name)
	}
	return nil
}

// find is the first resource of the type that fits, or nil.
func (w *world) find(typ string, fits func(*record) bool) *record {
	for rec := range w.each(typ) {
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
	mine := sh.fork()
	w.shelves[typ], w.own[typ] = mine, true
	return mine
}

// put keeps a new or changed record.
func (w *world) put(r *record) { w.shelf(r.typ).put(r) }

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
	w.shelf(typ).drop(id)
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
