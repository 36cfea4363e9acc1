// Package contract is what App Store Connect takes and gives, as Apple's
// OpenAPI document says: operations with their parameters, bodies and answers,
// resources with their attributes and relationships. It holds no prose and no
// behaviour.
//
// contract.json is made from Apple's document by the command in distil, for the
// operations that matter here. It is an OpenAPI document itself.
package contract

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed contract.json
var distilled []byte

// JSON is the distilled document, for validators that read OpenAPI.
func JSON() []byte { return slices.Clone(distilled) }

// Operation is one method of one path.
type Operation struct {
	Method     string // GET, POST, PATCH or DELETE
	Path       string // such as /v1/users/{id}/visibleApps
	Query      map[string]Param
	Body       *Schema // nil: takes none
	Answers    map[int]*Schema
	Deprecated bool
}

// Param is a query parameter. A list is written with commas.
type Param struct {
	Required bool
	List     bool
	Type     string   // of the value, or of each value of a list: string, integer or boolean
	Enum     []string // of each value; nil: anything
	Max      int      // of an integer; 0: no bound
}

// Schema is the shape of a JSON value. References are resolved.
type Schema struct {
	Type       string // object, array, string, integer, number or boolean
	Format     string // date-time, email, uri, …
	Enum       []string
	Nullable   bool
	Properties map[string]*Schema // of an object; nil: any names
	Required   []string
	Items      *Schema   // of an array
	OneOf      []*Schema // of what may be included: one for each type
}

// Prop is the shape further in: Prop("data", "attributes"). Arrays are stepped
// through. It is nil when there is no such thing.
func (s *Schema) Prop(path ...string) *Schema {
	for _, name := range path {
		for s != nil && s.Items != nil {
			s = s.Items
		}
		if s == nil {
			return nil
		}
		s = s.Properties[name]
	}
	return s
}

// Resource is a type of resource as answers hold it.
type Resource struct {
	Type          string // such as betaGroups
	Attributes    map[string]*Schema
	Relationships map[string]Relationship
}

// Relationship of a resource.
type Relationship struct {
	Types []string // of the other end; nil where the document does not say
	Many  bool
	Data  bool // linkage can be in an answer
	Links bool // links to it are in an answer
}

type tables struct {
	operations []Operation
	resources  map[string]Resource
}

var parsed = sync.OnceValue(func() tables {
	t, err := parse(distilled)
	if err != nil {
		panic(fmt.Sprint("the embedded contract: ", err)) // a test reads the same bytes
	}
	return t
})

// Operations are all operations, by path and method.
func Operations() []Operation { return parsed().operations }

// Resources are all types that an answer can hold, by name.
func Resources() map[string]Resource { return parsed().resources }

// Find is the operation for a method and a real path, and what stands in the
// path for {id}. When there is none, others are the methods that the path has.
func Find(method, path string) (op Operation, id string, others []string, ok bool) {
	parts := strings.Split(path, "/")
	for _, o := range parsed().operations {
		at, fits := match(o.Path, parts)
		switch {
		case !fits:
		case o.Method == method:
			return o, at, nil, true
		default:
			others = append(others, o.Method)
		}
	}
	return Operation{}, "", others, false
}

func match(pattern string, parts []string) (id string, ok bool) {
	want := strings.Split(pattern, "/")
	if len(want) != len(parts) {
		return "", false
	}
	for i, w := range want {
		switch {
		case w == "{id}" && parts[i] != "":
			id = parts[i]
		case w != parts[i]:
			return "", false
		}
	}
	return id, true
}

// rawParam and rawSchema are as the document writes them.
type rawParam struct {
	Ref      string `json:"$ref"`
	Name     string
	Required bool
	Schema   rawSchema
}

type rawSchema struct {
	Ref          string `json:"$ref"`
	Type, Format string
	Enum         []any
	Nullable     bool
	Maximum      json.Number
	Properties   map[string]*rawSchema
	Required     []string
	Items        *rawSchema
	OneOf        []*rawSchema
}

type rawOperation struct {
	Parameters  []rawParam
	RequestBody *rawContent
	Responses   map[string]rawContent
	Deprecated  bool
}

type rawContent struct {
	Content map[string]struct{ Schema rawSchema }
}

type document struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Schemas    map[string]*rawSchema
		Parameters map[string]rawParam
	}
	known map[string]*Schema // by name; filled while it is read, so that a schema may hold itself
}

func parse(text []byte) (tables, error) {
	d := document{known: map[string]*Schema{}}
	if err := json.Unmarshal(text, &d); err != nil {
		return tables{}, err
	}
	t := tables{resources: map[string]Resource{}}
	for path, verbs := range d.Paths {
		for verb, text := range verbs {
			if verb == "parameters" {
				continue // the id
			}
			var raw rawOperation
			if err := json.Unmarshal(text, &raw); err != nil {
				return tables{}, fmt.Errorf("%s %s: %w", verb, path, err)
			}
			op, err := d.operation(raw)
			if err != nil {
				return tables{}, fmt.Errorf("%s %s: %w", verb, path, err)
			}
			op.Method, op.Path = strings.ToUpper(verb), path
			t.operations = append(t.operations, op)
		}
	}
	slices.SortFunc(t.operations, func(a, b Operation) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	// Two schemas can be of one type, such as InAppPurchase and InAppPurchaseV2:
	// the newer one counts.
	for _, name := range slices.Sorted(maps.Keys(d.Components.Schemas)) {
		t.add(d.schema(&rawSchema{Ref: "#/components/schemas/" + name}))
	}
	return t, nil
}

func (d *document) operation(raw rawOperation) (Operation, error) {
	op := Operation{Query: map[string]Param{}, Answers: map[int]*Schema{}, Deprecated: raw.Deprecated}
	for _, p := range raw.Parameters {
		if p.Ref != "" {
			p = d.Components.Parameters[last(p.Ref)]
		}
		if p.Name == "" {
			return op, fmt.Errorf("a parameter has no name")
		}
		s := d.schema(&p.Schema)
		most, _ := strconv.Atoi(p.Schema.Maximum.String())
		param := Param{Required: p.Required, Type: s.Type, Enum: s.Enum, Max: most}
		if s.Type == "array" {
			param.List, param.Type, param.Enum = true, s.Items.Type, s.Items.Enum
		}
		op.Query[p.Name] = param
	}
	if raw.RequestBody != nil {
		op.Body = d.content(*raw.RequestBody)
	}
	for status, answer := range raw.Responses {
		if code, err := strconv.Atoi(status); err == nil && code < 400 {
			op.Answers[code] = d.content(answer)
		}
	}
	return op, nil
}

// content is the shape of a body; nil when there is none.
func (d *document) content(c rawContent) *Schema {
	for _, media := range c.Content { // there is never more than one
		return d.schema(&media.Schema)
	}
	return nil
}

func (d *document) schema(raw *rawSchema) *Schema {
	if raw == nil {
		return nil
	}
	if raw.Ref != "" {
		name := last(raw.Ref)
		if s, ok := d.known[name]; ok {
			return s
		}
		s := &Schema{}
		d.known[name] = s
		*s = *d.schema(d.Components.Schemas[name])
		return s
	}
	s := &Schema{Type: raw.Type, Format: raw.Format, Nullable: raw.Nullable, Required: raw.Required}
	for _, e := range raw.Enum {
		s.Enum = append(s.Enum, fmt.Sprint(e))
	}
	if raw.Properties != nil {
		s.Properties = map[string]*Schema{}
		for name, inner := range raw.Properties {
			s.Properties[name] = d.schema(inner)
		}
	}
	s.Items = d.schema(raw.Items)
	for _, one := range raw.OneOf {
		s.OneOf = append(s.OneOf, d.schema(one))
	}
	return s
}

func last(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

// add keeps a schema when it is that of a resource in an answer: one with an id
// and links of its own.
func (t *tables) add(s *Schema) {
	kind := s.Prop("type")
	if kind == nil || len(kind.Enum) != 1 || s.Prop("id") == nil || s.Prop("links") == nil {
		return
	}
	r := Resource{Type: kind.Enum[0], Attributes: map[string]*Schema{}, Relationships: map[string]Relationship{}}
	if a := s.Prop("attributes"); a != nil {
		r.Attributes = a.Properties
	}
	if rels := s.Prop("relationships"); rels != nil {
		for name, rel := range rels.Properties {
			data := rel.Prop("data")
			one := Relationship{Links: rel.Prop("links") != nil, Data: data != nil, Many: rel.Prop("meta") != nil}
			if data != nil {
				one.Many = data.Type == "array"
				one.Types = data.Prop("type").Enum
			}
			r.Relationships[name] = one
		}
	}
	t.resources[r.Type] = r
}
