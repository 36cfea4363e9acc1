package asc

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Ref names a resource: its type, such as "users", and its id.
type Ref struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

func (r *Ref) identify(ref Ref) { *r = ref }

// read fills what is not an attribute as Apple writes it. A resource without
// such fields needs nothing.
func (r *Ref) read(object) {}

// resource is a type that embeds Ref, and whose exported fields with JSON names
// are attributes. Attributes that it does not name are passed over.
type resource[T any] interface {
	*T
	identify(Ref)
	read(object)
}

// object is a resource as it comes.
type object struct {
	Ref
	Attributes    json.RawMessage            `json:"attributes"`
	Relationships map[string]json.RawMessage `json:"relationships"`
	included      []object
}

// relation is what an object says about others. Data is there only for what was
// asked to be included.
type relation struct {
	Data json.RawMessage `json:"data"`
	Meta meta            `json:"meta"`
}

type meta struct {
	Paging struct {
		Total      *int  `json:"total"`
		NextCursor loose `json:"nextCursor"`
	} `json:"paging"`
}

func (o object) relation(name string) relation {
	var r relation
	_ = json.Unmarshal(o.Relationships[name], &r) // of an odd shape is as good as missing
	return r
}

// one is the id of the other end of a to-one relationship, blank when unknown
// or none.
func (o object) one(name string) string {
	var ref Ref
	_ = json.Unmarshal(o.relation(name).Data, &ref)
	return ref.ID
}

// many are the ids at the other end of a to-many relationship: nil when they
// were not told. cut says that there are more than came along.
func (o object) many(name string) (ids []string, cut bool) {
	r := o.relation(name)
	var refs []Ref
	if json.Unmarshal(r.Data, &refs) != nil || refs == nil {
		return nil, false
	}
	ids = make([]string, len(refs))
	for i, ref := range refs {
		ids[i] = ref.ID
	}
	if total := r.Meta.Paging.Total; total != nil {
		return ids, *total > len(ids)
	}
	return ids, r.Meta.Paging.NextCursor != "" || len(ids) >= maxIncluded
}

// attribute reads one attribute, and leaves the value alone when it is missing
// or of another shape.
func (o object) attribute(name string, to any) {
	var all map[string]json.RawMessage
	if json.Unmarshal(o.Attributes, &all) == nil && all[name] != nil {
		_ = json.Unmarshal(all[name], to)
	}
}

// time is a moment among the attributes, zero when missing or unreadable.
func (o object) time(name string) time.Time {
	var text string
	o.attribute(name, &text)
	return moment(text)
}

// moment reads a time in any of Apple's forms: with an offset or Z, with
// fractions of a second, without seconds, or a day alone. Zero when it is none.
func moment(text string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// side finds an included resource.
func side[T any, P resource[T]](o object, kind, id string) *T {
	i := slices.IndexFunc(o.included, func(x object) bool { return x.Type == kind && x.ID == id })
	if id == "" || i < 0 {
		return nil
	}
	t, err := decode[T, P](o.included[i])
	if err != nil {
		return nil
	}
	return &t
}

// decode makes a resource of an object.
func decode[T any, P resource[T]](o object) (t T, err error) {
	if o.ID == "" {
		return t, errors.New("a resource has no id")
	}
	if len(o.Attributes) > 0 {
		if err := json.Unmarshal(o.Attributes, &t); err != nil {
			return t, fmt.Errorf("the attributes of %s cannot be read: %w", oneLine(o.Type+" "+o.ID, 100), err)
		}
	}
	P(&t).identify(o.Ref)
	P(&t).read(o)
	return t, nil
}

// document is a JSON:API document.
type document struct {
	Data     json.RawMessage `json:"data"`
	Included []object        `json:"included"`
	Meta     meta            `json:"meta"`
	Links    struct {
		Next loose `json:"next"`
	} `json:"links"`
}

func parse(body []byte) (document, error) {
	var d document
	if err := json.Unmarshal(body, &d); err != nil {
		if d := describe(scrub(body)); strings.HasPrefix(d, "an ") {
			return document{}, errors.New(d + " instead of JSON")
		}
		return document{}, fmt.Errorf("a body that cannot be read: %w", err)
	}
	if d.Data == nil {
		return d, errors.New("a document without data")
	}
	return d, nil
}

// single is the one resource of a document. There is none when its data is null.
func single[T any, P resource[T]](body []byte) (t T, there bool, err error) {
	d, err := parse(body)
	if err != nil || string(d.Data) == "null" {
		return t, false, err
	}
	o := object{included: d.Included}
	if err := json.Unmarshal(d.Data, &o); err != nil {
		return t, false, fmt.Errorf("a document whose data is not one resource: %w", err)
	}
	t, err = decode[T, P](o)
	return t, err == nil, err
}

// several are the resources of a page, and where the next page is.
func several[T any, P resource[T]](body []byte) (items []T, next string, err error) {
	d, err := parse(body)
	if err != nil {
		return nil, "", err
	}
	var objects []object
	if err := json.Unmarshal(d.Data, &objects); err != nil {
		return nil, "", fmt.Errorf("a document whose data is not a list: %w", err)
	}
	for _, o := range objects {
		o.included = d.Included
		item, err := decode[T, P](o)
		if err != nil {
			return nil, "", err
		}
		items = append(items, item)
	}
	return items, string(d.Links.Next), nil
}
