package apple

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// choose applies filters and order to resources of a type.
func (q query) choose(w *world, typ string, all iter.Seq[*record]) []*record {
	conditions := q.conditions(typ)
	var out []*record
	for r := range all {
		if !slices.ContainsFunc(conditions, func(c condition) bool { return !c.fits(w, r) }) {
			out = append(out, r)
		}
	}
	if len(q.sort) > 0 {
		slices.SortStableFunc(out, func(a, b *record) int { return q.order(w, a, b) })
	}
	return out
}

// candidates are the resources that a filter leaves to look at: those with one
// address, or all.
func (q query) candidates(w *world, typ string) iter.Seq[*record] {
	if want := q.filters[indexed[typ]]; len(want) == 1 {
		return slices.Values(w.named(typ, want[0]))
	}
	return w.each(typ)
}

// plain says that nothing is to be chosen or sorted.
func (q query) plain() bool { return len(q.filters)+len(q.exists)+len(q.sort) == 0 }

// condition is one filter, ready to be asked for every resource.
type condition struct {
	path   []string
	want   []string
	loose  bool
	exists *bool
	test   func(w *world, r *record, values []string) bool
}

// conditions are the filters of a query on resources of a type.
func (q query) conditions(typ string) (all []condition) {
	f := of(typ)
	for name, want := range q.filters {
		all = append(all, condition{strings.Split(name, "."), want, slices.Contains(f.loose, name), nil, f.tests["filter["+name+"]"]})
	}
	for name, want := range q.exists {
		all = append(all, condition{strings.Split(name, "."), nil, false, &want, f.tests["exists["+name+"]"]})
	}
	return all
}

// fits is true when a resource has one of the values.
func (c condition) fits(w *world, r *record) bool {
	switch {
	case c.test != nil && c.exists != nil:
		return c.test(w, r, nil) == *c.exists
	case c.test != nil:
		return c.test(w, r, c.want)
	case c.exists != nil:
		return (len(walk(w, r, c.path)) > 0) == *c.exists
	}
	if have, ok := r.attrs[c.path[0]].(string); ok && len(c.path) == 1 {
		return c.among(have) // by far the most filters
	}
	return slices.ContainsFunc(walk(w, r, c.path), c.among)
}

// among says whether a value is one that is wanted.
func (c condition) among(have string) bool {
	for _, want := range c.want {
		if strings.EqualFold(have, want) || c.loose && strings.Contains(strings.ToLower(have), strings.ToLower(want)) {
			return true
		}
	}
	return false
}

// walk finds the values that a filter speaks of: an attribute, the ids of a
// relationship, or one of those of what a relationship leads to.
func walk(w *world, r *record, path []string) []string {
	name := path[0]
	if name == "id" {
		return []string{r.id}
	}
	if v, ok := r.attrs[name]; ok && len(path) == 1 {
		return texts(v)
	}
	ids := r.rels[name]
	if len(path) == 1 {
		return ids
	}
	var out []string
	for _, id := range ids {
		if next := w.get(target(r.typ, name), id); next != nil {
			out = append(out, walk(w, next, path[1:])...)
		}
	}
	return out
}

// target is the type at the other end of a relationship.
func target(typ, name string) string {
	if types := contract.Resources()[typ].Relationships[name].Types; len(types) > 0 {
		return types[0]
	}
	return inverse(typ, name).typ
}

func texts(v any) []string {
	switch v := v.(type) {
	case []string:
		return v
	case string:
		return []string{v}
	}
	return []string{fmt.Sprint(v)}
}

func (q query) order(w *world, a, b *record) int {
	for _, key := range q.sort {
		name, down := strings.CutPrefix(key, "-")
		c := compare(value(w, a, name), value(w, b, name))
		if down {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// value is what is sorted by: an attribute, or for a to-one relationship the
// version it leads to.
func value(w *world, r *record, name string) any {
	if v, ok := r.attrs[name]; ok {
		return v
	}
	if next := w.get(target(r.typ, name), r.one(name)); next != nil {
		return next.attrs["version"]
	}
	return nil
}

// compare orders values of an attribute; a missing one comes first.
func compare(a, b any) int {
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		if !ok {
			return 1
		}
		if looksLikeTime(x) && looksLikeTime(y) {
			s, bad := time.Parse(time.RFC3339, x)
			t, worse := time.Parse(time.RFC3339, y)
			if bad == nil && worse == nil {
				return s.Compare(t)
			}
		}
		return strings.Compare(strings.ToLower(x), strings.ToLower(y))
	case int:
		y, _ := b.(int)
		return cmp.Compare(x, y)
	case bool:
		y, _ := b.(bool)
		return strings.Compare(strconv.FormatBool(x), strconv.FormatBool(y))
	}
	if b != nil {
		return -1
	}
	return 0
}

// looksLikeTime keeps most words from being parsed.
func looksLikeTime(s string) bool { return len(s) >= 20 && s[4] == '-' && s[10] == 'T' }

// Cursors are opaque: where the page begins, and for which question, so that
// one of another list is refused.
func cursor(offset int, given url.Values) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%s", offset, question(given)))
}

func readCursor(text string, given url.Values) (offset int, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	at, q, _ := strings.Cut(string(raw), ".")
	offset, bad := strconv.Atoi(at)
	return offset, err == nil && bad == nil && offset > 0 && q == question(given)
}

func question(given url.Values) string {
	h := fnv.New32a()
	for _, name := range sortedKeys(given) {
		if name != "cursor" && name != "limit" {
			fmt.Fprintf(h, "%s=%s;", name, strings.Join(given[name], ","))
		}
	}
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// page cuts the asked part out of a list; next is the cursor of what follows.
func page[T any](q query, all []T) (part []T, next string) {
	from := min(q.offset, len(all))
	to := min(from+q.limit, len(all))
	if to < len(all) {
		next = cursor(to, q.given)
	}
	return all[from:to], next
}
