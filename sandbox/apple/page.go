package apple

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// choose applies filters and order to resources of a type.
func (q query) choose(w *world, typ string, all []*record) []*record {
	var out []*record
	for _, r := range all {
		if q.fits(w, typ, r) {
			out = append(out, r)
		}
	}
	if len(q.sort) > 0 {
		slices.SortStableFunc(out, func(a, b *record) int { return q.order(w, a, b) })
	}
	return out
}

// fits is true when every filter has one of its values.
func (q query) fits(w *world, typ string, r *record) bool {
	for name, want := range q.filters {
		loose := slices.Contains(of(typ).loose, name)
		have := walk(w, r, strings.Split(name, "."))
		if !slices.ContainsFunc(want, func(v string) bool { return anyFits(have, v, loose) }) {
			return false
		}
	}
	for name, want := range q.exists {
		if (len(walk(w, r, strings.Split(name, "."))) > 0) != want {
			return false
		}
	}
	return true
}

func anyFits(have []string, want string, loose bool) bool {
	return slices.ContainsFunc(have, func(v string) bool {
		if loose {
			return strings.Contains(strings.ToLower(v), strings.ToLower(want))
		}
		return strings.EqualFold(v, want)
	})
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
		if s, err := time.Parse(time.RFC3339, x); err == nil {
			if t, err := time.Parse(time.RFC3339, y); err == nil {
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
func (q query) page(all []*record) (part []*record, next string) {
	from := min(q.offset, len(all))
	to := min(from+q.limit, len(all))
	if to < len(all) {
		next = cursor(to, q.given)
	}
	return all[from:to], next
}
