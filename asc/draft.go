package asc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
)

// draft is a resource as it is sent.
type draft struct {
	Type          string `json:"type"`
	ID            string `json:"id,omitempty"`         // Apple wants it in changes, and not in new ones
	Attributes    any    `json:"attributes,omitempty"` // left out when there are none, as Apple wants
	Relationships ties   `json:"relationships,omitempty"`

	err error // why it cannot be sent
}

// ties are the relationships of a draft by name.
type ties map[string]tie

// tie is the other end of a relationship: a Ref, several, or null for none.
type tie struct {
	Data any `json:"data"`
}

func toOne(kind, id string) tie { return tie{Ref{kind, id}} }

// toNone takes the other end away.
func toNone() tie { return tie{} }

func toMany(kind string, ids []string) tie { return tie{refs(kind, ids)} }

func refs(kind string, ids []string) []Ref {
	list := make([]Ref, 0, len(ids))
	for _, id := range ids {
		list = append(list, Ref{kind, id})
	}
	return list
}

// some adds a to-many relationship, unless there is nobody at its other end.
func (t ties) some(name, kind string, ids []string) ties {
	if len(ids) == 0 {
		return t
	}
	if t == nil {
		t = ties{}
	}
	t[name] = toMany(kind, ids)
	return t
}

// want is an error unless all values are there.
func want(complaint string, values ...string) error {
	if slices.Contains(values, "") {
		return &ArgumentError{complaint}
	}
	return nil
}

// check finds what makes no sense in a draft, and leaves out attributes that
// are none.
func (d *draft) check() error {
	if d.err != nil {
		return d.err
	}
	if d.Attributes != nil {
		text, err := json.Marshal(d.Attributes)
		if err != nil {
			return &ArgumentError{"the change cannot be written as JSON: " + reason(err)}
		}
		if d.Attributes = json.RawMessage(text); string(text) == "{}" {
			d.Attributes = nil
		}
	}
	for _, t := range d.Relationships {
		if err := named(t); err != nil {
			return err
		}
	}
	return nil
}

// named refuses the other end of a relationship that has no id.
func named(t tie) error {
	ends, ok := t.Data.([]Ref)
	if ref, single := t.Data.(Ref); single {
		ends, ok = []Ref{ref}, true
	}
	if i := slices.IndexFunc(ends, func(r Ref) bool { return r.ID == "" }); ok && i >= 0 {
		return &ArgumentError{"an id is missing among " + ends[i].Type}
	}
	return nil
}

// create makes a resource and returns it as Apple wrote it down.
func create[T any, P resource[T]](ctx context.Context, c *Client, path string, d draft) (T, error) {
	return write[T, P](ctx, c, http.MethodPost, all(path), d)
}

// order is create for resources that are mere orders: what Apple writes down of
// them says nothing.
func order(ctx context.Context, c *Client, path string, d draft) error {
	_, err := create[linkage](ctx, c, path, d)
	return err
}

// update changes the attributes and relationships that the draft has.
func update[T any, P resource[T]](ctx context.Context, c *Client, to place, d draft) (T, error) {
	return write[T, P](ctx, c, http.MethodPatch, to, d)
}

func write[T any, P resource[T]](ctx context.Context, c *Client, method string, to place, d draft) (t T, err error) {
	if err := firstOf(to.err, d.check()); err != nil {
		return t, err
	}
	if method == http.MethodPatch && d.Attributes == nil && len(d.Relationships) == 0 {
		return t, &ArgumentError{"nothing is to be changed"}
	}
	a, err := c.send(ctx, method, to, tie{d})
	if err != nil {
		return t, err
	}
	t, there, err := single[T, P](a.body)
	if err == nil && !there {
		err = errors.New("a document whose data is null")
	}
	if err != nil {
		return t, &UnsureError{method, to.path, err}
	}
	return t, nil
}

// erase deletes a resource. Apple may go on working at it afterwards (202).
func erase(ctx context.Context, c *Client, to place) error {
	return quiet(c.send(ctx, http.MethodDelete, to, nil))
}

// link adds to a relationship, unlink takes away from it, replace puts others in
// place of all. Without ids the first two are mistakes; the last takes all away.
func link(ctx context.Context, c *Client, to place, kind string, ids []string) error {
	return relate(ctx, c, http.MethodPost, to, kind, ids)
}

func unlink(ctx context.Context, c *Client, to place, kind string, ids []string) error {
	return relate(ctx, c, http.MethodDelete, to, kind, ids)
}

func replace(ctx context.Context, c *Client, to place, kind string, ids []string) error {
	return relate(ctx, c, http.MethodPatch, to, kind, ids)
}

func relate(ctx context.Context, c *Client, method string, to place, kind string, ids []string) error {
	if len(ids) == 0 && method != http.MethodPatch {
		return firstOf(to.err, &ArgumentError{"an id is missing among " + kind})
	}
	return point(ctx, c, method, to, toMany(kind, ids))
}

// point sends the other end of a relationship.
func point(ctx context.Context, c *Client, method string, to place, t tie) error {
	if err := firstOf(to.err, named(t)); err != nil {
		return err
	}
	return quiet(c.send(ctx, method, to, t))
}

func quiet(_ answer, err error) error { return err }

// send sends a change.
func (c *Client) send(ctx context.Context, method string, to place, body any) (answer, error) {
	if to.err != nil {
		return answer{}, to.err
	}
	q, err := c.to(method, to.path)
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		if q.body, err = json.Marshal(body); err != nil {
			return answer{}, &ArgumentError{"the change cannot be written as JSON: " + reason(err)}
		}
	}
	a, err := c.do(ctx, q)
	// Whoever answers 200 with a page of HTML is not Apple.
	if body := bytes.TrimSpace(a.body); err == nil && len(body) > 0 && !json.Valid(body) {
		err = unusable(method, q.path(), errors.New(describe(scrub(body))+" instead of JSON"))
	}
	return a, err
}
