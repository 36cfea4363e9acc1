package apple

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// sample is a value of a shape.
func sample(s *contract.Schema) any {
	switch {
	case s.Enum != nil:
		return s.Enum[0]
	case s.Type == "array":
		return []any{sample(s.Items)}
	case s.Type == "object":
		return map[string]any{}
	case s.Type == "boolean":
		return true
	case s.Type == "integer" || s.Type == "number":
		return 1
	case s.Format == "email":
		return "uma@friends.example"
	case s.Format == "uri":
		return "https://meadow.example/"
	case s.Format == "date-time":
		return "2026-12-01T00:00:00Z"
	}
	return "x"
}

// another is a value of another type than the shape's.
func another(s *contract.Schema) any {
	if s.Type == "string" {
		return 7
	}
	return "seven"
}

// link is linkage of a shape.
func link(s *contract.Schema) any {
	one := map[string]any{"type": s.Prop("type").Enum[0], "id": "1"}
	if s.Type == "array" {
		return []any{one}
	}
	return one
}

// data is the smallest body that the document takes: what is required, and no
// more. The parts can be changed.
func data(op contract.Operation) (body, attrs, rels map[string]any) {
	shape := op.Body.Prop("data")
	attrs, rels = map[string]any{}, map[string]any{}
	d := map[string]any{"type": shape.Prop("type").Enum[0]}
	if op.Method == "PATCH" {
		d["id"] = "1"
	}
	if a := shape.Prop("attributes"); a != nil {
		for _, name := range a.Required {
			attrs[name] = sample(a.Properties[name])
		}
		d["attributes"] = attrs
	}
	if r := shape.Prop("relationships"); r != nil {
		for _, name := range r.Required {
			rels[name] = map[string]any{"data": link(r.Prop(name, "data"))}
		}
		d["relationships"] = rels
	}
	return map[string]any{"data": d}, attrs, rels
}

// Every body that the document does not allow is refused before anything else
// is looked at, for every operation that takes one.
func TestBodiesThatAreNotInTheDocument(t *testing.T) {
	c := newCaller(t, Options{HourlyLimit: 1 << 20})
	tried := 0
	for _, op := range contract.Operations() {
		if op.Body == nil {
			continue
		}
		path := strings.Replace(op.Path, "{id}", "1", 1)
		no := func(status int, code string, body any) {
			t.Helper()
			tried++
			c.refused(status, code, op.Method, path, body)
		}
		no(400, "ENTITY_INVALID", "")
		no(400, "ENTITY_INVALID", "{")
		no(400, "ENTITY_INVALID", "<data/>")
		no(400, "ENTITY_INVALID", `{"data":{}} {}`)
		no(400, "ENTITY_INVALID", `[]`)
		no(409, "ENTITY_ERROR", `{}`)
		no(409, "ENTITY_ERROR", `{"data":"x"}`)
		no(409, "ENTITY_ERROR", `{"data":{"type":"colours","id":"1"}}`)
		no(409, "ENTITY_ERROR", `{"data":[{"type":"colours","id":"1"}]}`)
		no(409, "ENTITY_ERROR", `{"data":{},"extra":1}`)
		if strings.Contains(op.Path, "/relationships/") {
			linkages(op, no)
		} else {
			attributes(op, no)
			relationships(op, no)
		}
		for _, kind := range []string{"", "text/plain", "application/xml", "nonsense/"} {
			r := c.request(op.Method, path, `{"data":{}}`)
			r.Header.Del("Content-Type")
			if kind != "" {
				r.Header.Set("Content-Type", kind)
			}
			if w := c.send(r); w.Code != 415 {
				t.Errorf("%s %s as %q: %d", op.Method, op.Path, kind, w.Code)
			}
			tried++
		}
	}
	t.Logf("%d bodies", tried)
	if tried < 1500 {
		t.Error("the contract has lost its bodies")
	}
}

func linkages(op contract.Operation, no func(int, string, any)) {
	shape := op.Body.Prop("data")
	right := shape.Prop("type").Enum[0]
	wrap := func(v any) any { return map[string]any{"data": v} }
	wrong := map[string]any{"type": "colours", "id": "1"}
	bare := map[string]any{"type": right}
	if shape.Type == "array" {
		no(409, "ENTITY_ERROR", wrap(map[string]any{"type": right, "id": "1"}))
		no(409, "ENTITY_ERROR", wrap([]any{wrong}))
		no(409, "ENTITY_ERROR", wrap([]any{bare}))
		no(409, "ENTITY_ERROR", wrap(nil))
		return
	}
	no(409, "ENTITY_ERROR", wrap([]any{map[string]any{"type": right, "id": "1"}}))
	no(409, "ENTITY_ERROR", wrap(wrong))
	no(409, "ENTITY_ERROR", wrap(bare))
}

func attributes(op contract.Operation, no func(int, string, any)) {
	shape := op.Body.Prop("data", "attributes")
	if shape == nil {
		body, _, _ := data(op)
		body["data"].(map[string]any)["attributes"] = map[string]any{}
		no(409, "ENTITY_ERROR", body)
		return
	}
	body, attrs, _ := data(op)
	attrs["colour"] = "green"
	no(409, "ENTITY_ERROR.ATTRIBUTE.UNKNOWN", body)
	for name, s := range shape.Properties {
		wrong := []any{another(s), []any{[]any{}}, map[string]any{"colour": 1}}
		if s.Enum != nil {
			wrong = append(wrong, "GREEN")
		}
		if s.Items != nil {
			wrong = append(wrong, []any{another(s.Items)}, []any{nil})
		}
		if s.Items != nil && s.Items.Enum != nil {
			wrong = append(wrong, []any{"GREEN"})
		}
		if !s.Nullable {
			wrong = append(wrong, nil)
		}
		for _, v := range wrong {
			body, attrs, _ := data(op)
			attrs[name] = v
			no(409, "ENTITY_ERROR.ATTRIBUTE", body)
		}
	}
	for _, name := range shape.Required {
		body, attrs, _ := data(op)
		delete(attrs, name)
		no(409, "ENTITY_ERROR.ATTRIBUTE.REQUIRED", body)
	}
	body, _, _ = data(op)
	d := body["data"].(map[string]any)
	if op.Method == "PATCH" {
		d["id"] = "2"
		no(409, "ENTITY_ERROR", body)
		delete(d, "id")
		no(409, "ENTITY_ERROR", body)
	} else {
		d["id"] = "1"
		no(409, "ENTITY_ERROR", body)
	}
	delete(d, "type")
	no(409, "ENTITY_ERROR", body)
}

func relationships(op contract.Operation, no func(int, string, any)) {
	shape := op.Body.Prop("data", "relationships")
	body, _, rels := data(op)
	body["data"].(map[string]any)["relationships"] = rels
	rels["colour"] = map[string]any{"data": nil}
	no(409, "ENTITY_ERROR.RELATIONSHIP.UNKNOWN", body)
	if shape == nil {
		return
	}
	for name, s := range shape.Properties {
		right := link(s.Prop("data"))
		list, isList := right.([]any)
		wrong := []any{"x", map[string]any{"type": "colours", "id": "1"}, []any{map[string]any{"type": "colours", "id": "1"}}}
		if isList {
			wrong = append(wrong, list[0])
		} else {
			wrong = append(wrong, []any{right})
		}
		for _, v := range wrong {
			body, _, rels := data(op)
			rels[name] = map[string]any{"data": v}
			no(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", body)
		}
		body, _, rels := data(op)
		rels[name] = map[string]any{}
		no(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", body)
	}
	for _, name := range shape.Required {
		body, _, rels := data(op)
		delete(rels, name)
		no(409, "ENTITY_ERROR.RELATIONSHIP.REQUIRED", body)
	}
}

// What the document allows is not refused for its shape: the counterpart of the
// test above, which a stand-in that refuses everything would pass.
func TestBodiesOfTheDocumentAreTakenForWhatTheyAre(t *testing.T) {
	c := newCaller(t, Options{HourlyLimit: 1 << 20})
	for _, op := range contract.Operations() {
		if op.Body == nil || strings.Contains(op.Path, "/relationships/") {
			continue
		}
		body, attrs, rels := data(op)
		if a := op.Body.Prop("data", "attributes"); a != nil {
			for name, s := range a.Properties {
				attrs[name] = sample(s)
			}
		}
		if r := op.Body.Prop("data", "relationships"); r != nil {
			for name := range r.Properties {
				rels[name] = map[string]any{"data": link(r.Prop(name, "data"))}
			}
		}
		w := c.send(c.request(op.Method, strings.Replace(op.Path, "{id}", "1", 1), body))
		for _, p := range c.read(w).Errors {
			switch p.Code {
			case "ENTITY_INVALID", "ENTITY_ERROR", "ENTITY_ERROR.ATTRIBUTE.UNKNOWN", "ENTITY_ERROR.RELATIONSHIP.UNKNOWN", "ENTITY_ERROR.ATTRIBUTE.REQUIRED":
				t.Errorf("%s %s: %+v", op.Method, op.Path, p)
			}
		}
	}
}

// Every entry of a refusal is given, not the first one alone.
func TestAllThatIsWrongIsSaid(t *testing.T) {
	c := newCaller(t, Options{})
	body := invitation("bo@example.com", []string{"JANITOR"}, map[string]any{"colour": "green", "allAppsVisible": "yes"})
	w := c.send(c.request("POST", "/v1/userInvitations", body))
	var pointers []string
	for _, p := range c.read(w).Errors {
		pointers = append(pointers, p.Source["pointer"])
	}
	slices.Sort(pointers)
	if want := []string{"/data/attributes/allAppsVisible", "/data/attributes/colour", "/data/attributes/roles"}; !slices.Equal(pointers, want) {
		t.Errorf("%v", pointers)
	}
}

// Clients send what they like in the header and get JSON back.
func TestContentTypesThatAreTaken(t *testing.T) {
	for _, kind := range []string{"application/json", "application/json; charset=utf-8", "application/vnd.api+json"} {
		c := newCaller(t, Options{})
		text, err := json.Marshal(invitation("bo@example.com", []string{"DEVELOPER"}, nil))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "http://127.0.0.1:9/v1/userInvitations", strings.NewReader(string(text)))
		r.Header = maps.Clone(c.request("GET", "/v1/apps", nil).Header)
		r.Header.Set("Content-Type", kind)
		if w := c.send(r); w.Code != 201 || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", kind, w.Code, w.Body)
		}
	}
}

// A body without end is refused with words. Before, the call was answered with 200 and nothing.
func TestBodiesThatAreTooLong(t *testing.T) {
	c := newCaller(t, Options{})
	c.says(413, "ENTITY_TOO_LARGE", "must not be longer", "POST", "/v1/userInvitations", map[string]any{"data": strings.Repeat("a", maxBody)})
}

// Every entry of a refusal has an id of its own, those behind it too; the answer to a bad token has none.
func TestRefusalsHaveIDs(t *testing.T) {
	c := newCaller(t, Options{})
	ids := map[string]bool{}
	for _, p := range c.read(c.send(c.request("GET", "/v1/apps?limit=0&filter[x]=1", nil))).Errors {
		ids[p.ID] = true
	}
	behind := refuse(409, "STATE_ERROR", "T", "D")
	behind.entries[0].Meta = &problemMeta{map[string][]problem{"/v1/builds/1": {{Code: "A"}, {Code: "B"}}}}
	behind.number()
	for _, p := range append(behind.entries[0].Meta.Associated["/v1/builds/1"], behind.entries...) {
		ids[p.ID] = true
	}
	if len(ids) != 5 || ids[""] {
		t.Errorf("%v", ids)
	}
	r := c.request("GET", "/v1/apps", nil)
	r.Header.Set("Authorization", "Bearer x")
	if d := c.read(c.send(r)); len(d.Errors) != 1 || d.Errors[0].ID != "" {
		t.Errorf("%+v", d.Errors)
	}
}
