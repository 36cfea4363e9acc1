package apple

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// entity is a body that was read and found to be as the contract says.
// Attributes are string, bool, int, float64, []string, or for what is deeper
// what encoding/json makes of it; one that was sent as null is nil.
type entity struct {
	typ, id string
	attrs   map[string]any
	rels    map[string][]string // those that were sent
	types   map[string]string   // of the other ends
	linkage []string            // of a body for /relationships/name
	none    bool                // linkage was null
}

func (e *entity) text(name string) string {
	s, _ := e.attrs[name].(string)
	return s
}

func (e *entity) flag(name string) bool {
	b, _ := e.attrs[name].(bool)
	return b
}

func (e *entity) number(name string) int {
	n, _ := e.attrs[name].(int)
	return n
}

func (e *entity) list(name string) []string {
	l, _ := e.attrs[name].([]string)
	return l
}

// sent says whether an attribute stands in the body, be it null.
func (e *entity) sent(name string) bool {
	_, ok := e.attrs[name]
	return ok
}

// one is the id of a to-one relationship, or "".
func (e *entity) one(name string) string {
	if ids := e.rels[name]; len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// rawEntity is a resource as it is sent.
type rawEntity struct {
	Type, ID      *string
	Attributes    map[string]any
	Relationships map[string]json.RawMessage
}

// readBody reads and checks a body.
func readBody(op contract.Operation, contentType, id string, body []byte) (*entity, *refusal) {
	if op.Body == nil {
		return nil, nil // Apple passes over what it did not ask for
	}
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/json" && kind != "application/vnd.api+json" {
		return nil, wrongType(contentType)
	}
	var top map[string]json.RawMessage
	if err := decodeStrictly(body, &top); err != nil {
		return nil, unreadable("The request entity is not a valid JSON document: " + err.Error())
	}
	for name := range top {
		if op.Body.Prop(name) == nil {
			return nil, entityError(fmt.Sprintf("'%s' is not allowed at the top of this request entity", name), "/"+name)
		}
	}
	data, ok := top["data"]
	if !ok {
		return nil, entityError("The request entity must have a top-level 'data'", "/data")
	}
	shape := op.Body.Prop("data")
	if strings.Contains(op.Path, "/relationships/") {
		return readLinkage(shape, data)
	}
	return readEntity(shape, data, op.Method, id)
}

// decodeStrictly reads exactly one JSON value, with numbers as they were
// written.
func decodeStrictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something follows it")
	}
	return nil
}

func readEntity(shape *contract.Schema, data json.RawMessage, method, id string) (*entity, *refusal) {
	var raw rawEntity
	if decodeStrictly(data, &raw) != nil || string(bytes.TrimSpace(data)) == "null" {
		return nil, entityError("'data' must be a resource object", "/data")
	}
	e := &entity{attrs: map[string]any{}, rels: map[string][]string{}, types: map[string]string{}}
	if want := shape.Prop("type").Enum[0]; raw.Type == nil || *raw.Type != want {
		return nil, entityError(fmt.Sprintf("The resource type must be '%s'", want), "/data/type")
	}
	e.typ = *raw.Type
	switch {
	case method == http.MethodPatch && (raw.ID == nil || *raw.ID != id):
		return nil, entityError("The id of the resource must be the one in the path", "/data/id")
	case method == http.MethodPost && raw.ID != nil:
		return nil, entityError("The id of a new resource cannot be chosen", "/data/id")
	}
	e.id = id
	wrong := e.readAttributes(shape, raw.Attributes)
	wrong = wrong.and(e.readRelationships(shape, raw.Relationships))
	return e, wrong
}

func (e *entity) readAttributes(shape *contract.Schema, sent map[string]any) (wrong *refusal) {
	known := shape.Prop("attributes")
	if known == nil {
		if sent != nil {
			return entityError("The request entity must not have 'attributes'", "/data/attributes")
		}
		return nil
	}
	for _, name := range sortedKeys(sent) {
		s := known.Properties[name]
		if s == nil {
			wrong = wrong.and(unknownAttribute(e.typ, name))
			continue
		}
		v, complaint := typed(s, sent[name])
		if complaint != "" {
			wrong = wrong.and(badAttribute(name, fmt.Sprintf("The attribute '%s' %s", name, complaint)))
			continue
		}
		e.attrs[name] = v
	}
	for _, name := range known.Required {
		if v, ok := e.attrs[name]; wrong == nil && (!ok || v == nil) {
			wrong = wrong.and(missingAttribute(name))
		}
	}
	return wrong
}

// typed makes a value of what was sent, or complains.
func typed(s *contract.Schema, sent any) (v any, complaint string) {
	switch x := sent.(type) {
	case nil:
		if !s.Nullable {
			return nil, "must not be null"
		}
		return nil, ""
	case string:
		if s.Type != "string" {
			return nil, "must be of the type " + s.Type
		}
		if s.Enum != nil && !slices.Contains(s.Enum, x) {
			return nil, fmt.Sprintf("has the value '%s', which is not one of %s", x, strings.Join(s.Enum, ", "))
		}
		return x, ""
	case bool:
		if s.Type != "boolean" {
			return nil, "must be of the type " + s.Type
		}
		return x, ""
	case json.Number:
		return typedNumber(s, x)
	case []any:
		return typedList(s, x)
	}
	return typedObject(s, sent)
}

func typedNumber(s *contract.Schema, sent json.Number) (any, string) {
	f, err := sent.Float64()
	switch {
	case err != nil || s.Type != "integer" && s.Type != "number":
		return nil, "must be of the type " + s.Type
	case s.Type == "integer":
		if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			return nil, "must be a whole number"
		}
		return int(f), ""
	}
	return f, ""
}

func typedList(s *contract.Schema, sent []any) (any, string) {
	if s.Type != "array" {
		return nil, "must be of the type " + s.Type
	}
	all := make([]any, 0, len(sent))
	words := make([]string, 0, len(sent))
	for _, one := range sent {
		v, complaint := typed(s.Items, one)
		if complaint != "" {
			return nil, "has an entry that " + complaint
		}
		all = append(all, v)
		if t, ok := v.(string); ok {
			words = append(words, t)
		}
	}
	if s.Items.Type == "string" {
		return words, ""
	}
	return all, ""
}

func typedObject(s *contract.Schema, sent any) (any, string) {
	o, ok := sent.(map[string]any)
	if !ok || s.Type != "object" {
		return nil, "must be of the type " + s.Type
	}
	out := map[string]any{}
	for name, one := range o {
		inner := s.Properties[name]
		if inner == nil {
			return nil, fmt.Sprintf("has a part '%s', which it does not know", name)
		}
		v, complaint := typed(inner, one)
		if complaint != "" {
			return nil, fmt.Sprintf("has a part '%s' that %s", name, complaint)
		}
		out[name] = v
	}
	return out, ""
}

func (e *entity) readRelationships(shape *contract.Schema, sent map[string]json.RawMessage) (wrong *refusal) {
	known := shape.Prop("relationships")
	for _, name := range sortedKeys(sent) {
		s := known.Prop(name)
		if s == nil {
			wrong = wrong.and(unknownRelation(e.typ, name))
			continue
		}
		var rel struct{ Data json.RawMessage }
		if json.Unmarshal(sent[name], &rel) != nil || rel.Data == nil {
			wrong = wrong.and(badRelation(name, fmt.Sprintf("The relationship '%s' must have 'data'", name)))
			continue
		}
		link, complaint := readLinks(s.Prop("data"), rel.Data)
		if complaint != "" {
			wrong = wrong.and(badRelation(name, fmt.Sprintf("The relationship '%s' %s", name, complaint)))
			continue
		}
		e.rels[name], e.types[name] = link.linkage, link.typ
	}
	if known != nil {
		for _, name := range known.Required {
			if wrong == nil && len(e.rels[name]) == 0 {
				wrong = wrong.and(missingRelation(name))
			}
		}
	}
	return wrong
}

// readLinkage reads the body of /relationships/name.
func readLinkage(shape *contract.Schema, data json.RawMessage) (*entity, *refusal) {
	e, complaint := readLinks(shape, data)
	if complaint != "" {
		return nil, entityError("The linkage "+complaint, "/data")
	}
	return e, nil
}

// readLinks reads linkage: one resource identifier, null, or a list of them.
func readLinks(shape *contract.Schema, data json.RawMessage) (*entity, string) {
	type identifier struct{ Type, ID string }
	var list []identifier
	e := &entity{}
	if shape.Type == "array" {
		if decodeStrictly(data, &list) != nil || list == nil {
			return e, "must be a list of resource identifiers"
		}
	} else {
		var one *identifier
		if decodeStrictly(data, &one) != nil {
			return e, "must be a resource identifier"
		}
		if one == nil {
			e.none = true
			return e, ""
		}
		list = append(list, *one)
	}
	types := shape.Prop("type").Enum
	for _, one := range list {
		if !slices.Contains(types, one.Type) {
			return e, fmt.Sprintf("must be of the type '%s', not '%s'", strings.Join(types, "' or '"), one.Type)
		}
		if one.ID == "" {
			return e, "has an identifier without an id"
		}
		if !slices.Contains(e.linkage, one.ID) {
			e.linkage = append(e.linkage, one.ID)
		}
		e.typ = one.Type
	}
	return e, ""
}
