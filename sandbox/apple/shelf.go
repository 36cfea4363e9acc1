package apple

import (
	"maps"
	"slices"
	"strings"
)

// shelf holds the resources of one type in the order they were made. Forks
// share its pages and drawers, and copy only those they change: a write to one
// of 50,000 testers costs a few microseconds, and the world before it stays.
type shelf struct {
	pages   []*leaf          // records by place
	drawers [drawers]*drawer // the place of a record by its id
	names   [drawers]*ledger // the ids of records by what people know them by
	places  int              // given so far
	gaps    int              // of those, left by records that were dropped
}

const (
	drawers  = 64
	leafSize = 256
)

type leaf struct {
	owner   *shelf
	records [leafSize]*record
}

type drawer struct {
	owner *shelf
	place map[string]int
}

// ledger finds records by an address, of which one person has several testers.
type ledger struct {
	owner *shelf
	ids   map[string][]string
}

// indexed are the attributes that rules look for in every write: without a
// ledger each would walk through all testers.
var indexed = map[string]string{"betaTesters": "email", "users": "username", "userInvitations": "email"}

func nameOf(r *record) string {
	if attr := indexed[r.typ]; attr != "" {
		return strings.ToLower(r.text(attr))
	}
	return ""
}

// drawerOf is where an id belongs.
func drawerOf(id string) uint32 {
	h := uint32(2166136261)
	for i := range len(id) {
		h = (h ^ uint32(id[i])) * 16777619
	}
	return h % drawers
}

// fork is a shelf that can be changed while the old one stays; of none, an
// empty one.
func (sh *shelf) fork() *shelf {
	if sh == nil {
		return &shelf{}
	}
	mine := *sh
	mine.pages = append(make([]*leaf, 0, len(sh.pages)+1), sh.pages...)
	return &mine
}

func (sh *shelf) place(id string) (int, bool) {
	d := sh.drawers[drawerOf(id)]
	if d == nil {
		return 0, false
	}
	at, ok := d.place[id]
	return at, ok
}

func (sh *shelf) get(id string) *record {
	if at, ok := sh.place(id); ok {
		return sh.pages[at/leafSize].records[at%leafSize]
	}
	return nil
}

func (sh *shelf) each(yield func(*record) bool) {
	for _, p := range sh.pages {
		for _, r := range p.records {
			if r != nil && !yield(r) {
				return
			}
		}
	}
}

// put keeps a new record at the end, or a changed one in its place.
func (sh *shelf) put(r *record) {
	at, ok := sh.place(r.id)
	if ok {
		sh.rename(r.id, nameOf(sh.get(r.id)), nameOf(r))
	} else {
		sh.rename(r.id, "", nameOf(r))
		at = sh.places
		sh.places++
		if at/leafSize == len(sh.pages) {
			sh.pages = append(sh.pages, &leaf{owner: sh})
		}
		sh.drawer(r.id).place[r.id] = at
	}
	sh.leaf(at).records[at%leafSize] = r
}

func (sh *shelf) drop(id string) {
	at, ok := sh.place(id)
	if !ok {
		return
	}
	sh.rename(id, nameOf(sh.get(id)), "")
	sh.leaf(at).records[at%leafSize] = nil
	delete(sh.drawer(id).place, id)
	if sh.gaps++; sh.gaps > leafSize && sh.gaps > sh.places/2 {
		sh.close()
	}
}

// named are the records known by a name, in the order they were made.
func (sh *shelf) named(name string) (all []*record) {
	name = strings.ToLower(name)
	if l := sh.names[drawerOf(name)]; l != nil {
		for _, id := range l.ids[name] {
			all = append(all, sh.get(id))
		}
	}
	return all
}

func (sh *shelf) rename(id, from, to string) {
	if from == to {
		return
	}
	if from != "" {
		l := sh.ledger(from)
		l.ids[from] = slices.DeleteFunc(slices.Clone(l.ids[from]), func(x string) bool { return x == id })
		if len(l.ids[from]) == 0 {
			delete(l.ids, from)
		}
	}
	if to != "" {
		l := sh.ledger(to)
		l.ids[to] = append(slices.Clip(l.ids[to]), id)
	}
}

// ledger is where a name belongs, made this shelf's own first.
func (sh *shelf) ledger(name string) *ledger {
	l := &sh.names[drawerOf(name)]
	switch {
	case *l == nil:
		*l = &ledger{owner: sh, ids: map[string][]string{}}
	case (*l).owner != sh:
		*l = &ledger{owner: sh, ids: maps.Clone((*l).ids)}
	}
	return *l
}

// close moves the records together.
func (sh *shelf) close() {
	old := *sh
	*sh = shelf{}
	old.each(func(r *record) bool { sh.put(r); return true })
}

// leaf is the page of a place, made this shelf's own first.
func (sh *shelf) leaf(at int) *leaf {
	p := &sh.pages[at/leafSize]
	if (*p).owner != sh {
		*p = &leaf{owner: sh, records: (*p).records}
	}
	return *p
}

// drawer is where an id belongs, made this shelf's own first.
func (sh *shelf) drawer(id string) *drawer {
	d := &sh.drawers[drawerOf(id)]
	switch {
	case *d == nil:
		*d = &drawer{owner: sh, place: map[string]int{}}
	case (*d).owner != sh:
		*d = &drawer{owner: sh, place: maps.Clone((*d).place)}
	}
	return *d
}
