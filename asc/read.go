package asc

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// get reads one resource.
func get[T any, P resource[T]](ctx context.Context, c *Client, to place, p params) (T, error) {
	t, there, err := maybe[T, P](ctx, c, to, p)
	if err == nil && !there {
		err = &NoAnswerError{http.MethodGet, to.path, errors.New("a document whose data is null")}
	}
	return t, err
}

// maybe reads a resource that need not be there: the end of a to-one
// relationship, where Apple answers data:null.
func maybe[T any, P resource[T]](ctx context.Context, c *Client, to place, p params) (t T, there bool, err error) {
	q, err := c.ask(to, p)
	if err != nil {
		return t, false, err
	}
	a, err := c.do(ctx, q)
	if err != nil {
		return t, false, err
	}
	if t, there, err = single[T, P](a.body); err != nil {
		return t, false, &NoAnswerError{q.method, q.path(), err}
	}
	return t, there, nil
}

// ask makes a read of a place and a query.
func (c *Client) ask(to place, p params) (call, error) {
	if err := firstOf(to.err, p.err); err != nil {
		return call{}, err
	}
	return c.to(http.MethodGet, to.path+p.query())
}

// firstOf is the first error there is.
func firstOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// maxPages bounds a list: two hundred thousand items.
const maxPages = 1000

// list reads resources page by page.
func list[T any, P resource[T]](ctx context.Context, c *Client, to place, p params) iter.Seq2[T, error] {
	return pages(ctx, c, to, p, several[T, P])
}

// pages reads what a list holds, page by page. Apple's link to the next page is
// followed word for word, since it repeats the query, and only to the host the
// token is for.
func pages[T any](ctx context.Context, c *Client, to place, p params, read func(body []byte) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		q, err := c.ask(to, p.full())
		seen := map[string]bool{}
		for {
			var items []T
			var next string
			if err == nil {
				items, next, err = page(ctx, c, q, read)
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			seen[q.url.String()] = true
			q.url, err = c.follow(q, next, seen)
		}
	}
}

func page[T any](ctx context.Context, c *Client, q call, read func(body []byte) ([]T, string, error)) ([]T, string, error) {
	a, err := c.do(ctx, q)
	if err != nil {
		return nil, "", err
	}
	items, next, err := read(a.body)
	if err != nil {
		return nil, "", &NoAnswerError{q.method, q.path(), err}
	}
	return items, next, nil
}

// follow checks a link to the next page.
func (c *Client) follow(q call, next string, seen map[string]bool) (*url.URL, error) {
	u, err := q.url.Parse(next)
	why := ""
	switch {
	case err != nil:
		why = "the link to the next page cannot be read"
	case u.Scheme != c.base.Scheme || !strings.EqualFold(u.Host, c.base.Host) || u.User != nil:
		why = "the next page is said to be at another place (" + oneLine(u.Scheme+"://"+u.Host, 100) + "), which is not asked"
	case seen[u.String()]:
		why = "the pages lead back to one that was read already"
	case len(seen) >= maxPages:
		why = fmt.Sprintf("the list has more than %d pages", maxPages)
	default:
		return u, nil
	}
	return q.url, &NoAnswerError{q.method, q.path(), errors.New(why)}
}

// total reads how many items a list has, and as few of them as can be.
func total(ctx context.Context, c *Client, to place, p params) (n int, told bool, err error) {
	q, err := c.ask(to, p.set("limit", "1"))
	if err != nil {
		return 0, false, err
	}
	a, err := c.do(ctx, q)
	if err != nil {
		return 0, false, err
	}
	d, err := parse(a.body)
	if err != nil {
		return 0, false, &NoAnswerError{q.method, q.path(), err}
	}
	if d.Meta.Paging.Total == nil {
		return 0, false, nil
	}
	return *d.Meta.Paging.Total, true, nil
}

// each does something to every item of a list before it is handed on.
func each[T any](items iter.Seq2[T, error], do func(*T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for item, err := range items {
			if err == nil {
				err = do(&item)
			}
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}

// none is a list of nothing, for which nothing is asked.
func none[T any]() iter.Seq2[T, error] { return func(func(T, error) bool) {} }

// also does something to a resource that was read.
func also[T any](t T, err error, do func(*T) error) (T, error) {
	if err == nil {
		err = do(&t)
	}
	return t, err
}

// fill reads all ids at the other end of a relationship, when they were too many
// to come along.
func (c *Client) fill(ctx context.Context, ids *[]string, cut bool, to place) error {
	if !cut {
		return nil
	}
	var all []string
	for other, err := range list[linkage](ctx, c, to, ask()) {
		if err != nil {
			return err
		}
		all = append(all, other.ID)
	}
	*ids = all
	return nil
}

type linkage struct{ Ref }

// Sizes of pages: the most Apple allows.
const (
	pageSize    = 200
	maxIncluded = 50 // related ids per resource
)

// place is the path of a call. Its error says why it cannot be made.
type place struct {
	path string
	err  error
}

// all is the place of a collection.
func all(collection string) place { return place{path: collection} }

// at is the place of a resource, or of something that belongs to it. An id that
// could lead elsewhere is refused.
func at(collection, id string, rest ...string) place {
	if id == "" || strings.Trim(id, ".") == "" || len(id) > 256 {
		return place{err: &ArgumentError{fmt.Sprintf("%q is no id for %s", oneLine(id, 40), collection)}}
	}
	return place{path: strings.Join(append([]string{collection, url.PathEscape(id)}, rest...), "/")}
}

// params are the query of a read.
type params struct {
	values url.Values
	err    error
}

func ask() params { return params{values: url.Values{}} }

// full asks for pages as large as Apple allows.
func (p params) full() params { return p.set("limit", strconv.Itoa(pageSize)) }

// set sets a parameter, unless its value is blank.
func (p params) set(name, value string) params {
	if value != "" {
		p.values.Set(name, value)
	}
	return p
}

// filter keeps what has one of the values. No values are no filter. A blank one
// is a mistake: Apple might take it for none and answer with everything.
func (p params) filter(name string, anyOf []string) params {
	for _, v := range anyOf {
		if strings.TrimSpace(v) == "" || strings.Contains(v, ",") && name != "name" {
			p.err = &ArgumentError{fmt.Sprintf("%q cannot be a value of the filter %q", v, name)}
		}
	}
	return p.set("filter["+name+"]", strings.Join(anyOf, ","))
}

// must is a filter without which Apple refuses the call.
func (p params) must(name string, value string) params { return p.filter(name, []string{value}) }

// flag is a filter for yes or no; nil is both.
func (p params) flag(name string, wanted *bool) params { return p.yes("filter["+name+"]", wanted) }

// exists keeps what has something, or has it not; nil is both.
func (p params) exists(name string, wanted *bool) params { return p.yes("exists["+name+"]", wanted) }

func (p params) yes(name string, wanted *bool) params {
	if wanted == nil {
		return p
	}
	return p.set(name, strconv.FormatBool(*wanted))
}

// sort orders a list by one attribute, with a minus before it downwards.
func (p params) sort(by string) params { return p.set("sort", by) }

// include asks for the ids of related resources, and for a few of their
// attributes.
func (p params) include(wanted bool, name string) params {
	if wanted {
		p.values.Set("include", strings.TrimPrefix(p.values.Get("include")+","+name, ","))
	}
	return p
}

// limited bounds the related resources per resource: as many as Apple allows.
func (p params) limited(wanted bool, name string) params {
	if p = p.include(wanted, name); wanted {
		p.values.Set("limit["+name+"]", strconv.Itoa(maxIncluded))
	}
	return p
}

// fields bounds the attributes of a type of resource.
func (p params) fields(wanted bool, kind, names string) params {
	if wanted {
		p.values.Set("fields["+kind+"]", names)
	}
	return p
}

func (p params) query() string {
	if len(p.values) == 0 {
		return ""
	}
	return "?" + p.values.Encode()
}
