package asc

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// recorder answers each call with what Apple's document says can be answered,
// every attribute filled, and more related ids than fit, so that the client has
// to ask for the rest.
type recorder struct {
	t     *testing.T
	fresh bool // a review submission was made, and nothing put into it
}

// nothing tells whether a list is empty: the app “without” has no draft of a
// review submission, and a fresh draft has no items.
func (r *recorder) nothing(req *http.Request, op contract.Operation) bool {
	switch op.Method + " " + op.Path {
	case "POST /v1/reviewSubmissions":
		r.fresh = true
	case "POST /v1/reviewSubmissionItems":
		r.fresh = false
	case "GET /v1/reviewSubmissions":
		return req.URL.Query().Get("filter[app]") == "without"
	case "GET /v1/reviewSubmissions/{id}/items":
		return r.fresh
	}
	return false
}

func (r *recorder) answer(w http.ResponseWriter, req *http.Request, _ int) {
	op, id, others, ok := contract.Find(req.Method, req.URL.EscapedPath())
	if !ok {
		w.Header().Set("Allow", strings.Join(others, ", "))
		refuse(w, 404, "PATH_ERROR", "No such path.")
		return
	}
	if strings.HasSuffix(op.Path, "Reports") { // sales and finance
		w.Header().Set("Content-Type", "application/a-gzip")
		io.WriteString(w, sampleReports[req.URL.Query().Get("filter[reportType]")])
		return
	}
	status := slices.Sorted(maps.Keys(op.Answers))[0]
	if op.Answers[status] == nil {
		w.WriteHeader(status)
		return
	}
	made := invent(op.Answers[status], "", id).(map[string]any)
	if r.nothing(req, op) {
		made["data"] = []any{}
	}
	made["links"] = map[string]any{"self": "https://api.example"}
	made["included"] = included(op.Answers[status], req.URL.Query().Get("include"))
	body, err := json.Marshal(made)
	if err != nil {
		r.t.Error(err)
	}
	reply(w, status, string(body))
}

// included invents one resource of each type that a call can include.
func included(answer *contract.Schema, include string) []any {
	list := []any{}
	s := answer.Properties["included"]
	if s == nil || include == "" {
		return list
	}
	kinds := s.Items.OneOf
	if kinds == nil {
		kinds = []*contract.Schema{s.Items}
	}
	for _, kind := range kinds {
		list = append(list, invent(kind, "", "1"))
	}
	return list
}

// invent makes a value of a shape.
func invent(s *contract.Schema, name, id string) any {
	switch {
	case name == "nextCursor" || name == "included" || name == "links":
		return nil
	case s.Items != nil:
		return []any{invent(s.Items, name, id)}
	case s.Properties != nil:
		o := map[string]any{}
		for inner, shape := range s.Properties {
			if v := invent(shape, inner, id); v != nil {
				o[inner] = v
			}
		}
		return o
	case name == "total":
		return 51
	case s.Type == "integer", s.Type == "number":
		return 1
	case s.Type == "boolean":
		return true
	case len(s.Enum) > 0:
		return s.Enum[0]
	case name == "id":
		return or(id, "1")
	case s.Format == "date-time":
		return "2026-11-23T08:10:34-08:00"
	case strings.HasSuffix(name, "Content"):
		return "aGFsbG8="
	case s.Type == "object":
		return map[string]any{}
	}
	return "some " + name
}

// everything fails unless all exported fields of a filter or a draft are filled,
// so that the table cannot leave one out.
func everything[T any](v T) T {
	var missing []string
	for name, zero := range zeroFields(v) {
		if zero {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		panic(fmt.Sprintf("%T: not filled: %v", v, missing))
	}
	return v
}

// drained reads a list to its end, and wants something in it.
func drained[T any](items func(func(T, error) bool)) error {
	all, err := everyone(items)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("the list is empty")
	}
	return err
}

// second is the error of a call that returns something.
func second[T any](_ T, err error) error { return err }

// there is the error of a call that returns something that may be missing.
func there[T any](_ T, ok bool, err error) error {
	if err == nil && !ok {
		err = fmt.Errorf("it is not there")
	}
	return err
}
