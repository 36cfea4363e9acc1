package apple

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// query is what a read asks for, checked against the contract.
type query struct {
	filters map[string][]string // "name", "builds.version", … → any of these
	exists  map[string]bool
	sort    []string
	include []string
	fields  map[string][]string // by type
	limit   int
	limits  map[string]int // of included to-many relationships
	offset  int            // where the page begins
	given   url.Values     // as it was asked, for the links
}

// Sizes of pages when none is asked for.
const (
	defaultLimit    = 50
	defaultIncluded = 10
)

// readQuery checks every parameter. Apple refuses those it does not know.
func readQuery(op contract.Operation, given url.Values) (query, *refusal) {
	q := query{filters: map[string][]string{}, exists: map[string]bool{}, fields: map[string][]string{}, limits: map[string]int{}, limit: defaultLimit, given: given}
	var wrong *refusal
	for _, name := range sortedKeys(given) {
		text := strings.Join(given[name], ",")
		if name == "cursor" && op.Query["limit"].Type != "" {
			continue // declared nowhere, and sent by everybody who follows a link
		}
		p, ok := op.Query[name]
		if !ok {
			wrong = wrong.and(unknownParameter(name))
			continue
		}
		wrong = wrong.and(q.take(name, p, text))
	}
	for _, name := range sortedKeys(op.Query) {
		if op.Query[name].Required && len(given[name]) == 0 {
			wrong = wrong.and(missingParameter(name))
		}
	}
	if wrong != nil {
		return q, wrong
	}
	if c := given.Get("cursor"); c != "" {
		var ok bool
		if q.offset, ok = readCursor(c, given); !ok {
			return q, badParameter("cursor", fmt.Sprintf("'%s' is not a valid cursor for this request", c))
		}
	}
	return q, nil
}

// unknownParameter refuses a filter as Apple words it, and anything else.
func unknownParameter(name string) *refusal {
	if what, ok := bracketed(name, "filter"); ok {
		return badParameter(name, fmt.Sprintf("'%s' is not a valid filter type", what))
	}
	return illegalParameter(name)
}

// bracketed takes a name out of kind[name].
func bracketed(s, kind string) (string, bool) {
	s, ok := strings.CutPrefix(s, kind+"[")
	return strings.TrimSuffix(s, "]"), ok && strings.HasSuffix(s, "]")
}

// take checks one parameter and keeps it.
func (q *query) take(name string, p contract.Param, text string) *refusal {
	values := []string{text}
	if p.List {
		values = strings.Split(text, ",")
	}
	if wrong := check(name, p, values); wrong != nil {
		return wrong
	}
	switch {
	case name == "sort":
		q.sort = values
	case name == "include":
		q.include = values
	case name == "limit":
		q.limit, _ = strconv.Atoi(text)
	default:
		if what, ok := bracketed(name, "filter"); ok {
			q.filters[what] = values
		} else if what, ok := bracketed(name, "fields"); ok {
			q.fields[what] = values
		} else if what, ok := bracketed(name, "limit"); ok {
			q.limits[what], _ = strconv.Atoi(text)
		} else if what, ok := bracketed(name, "exists"); ok {
			q.exists[what] = text == "true"
		}
	}
	return nil
}

// check compares the values of a parameter with what it may be.
func check(name string, p contract.Param, values []string) *refusal {
	for _, v := range values {
		switch {
		case v == "" && strings.HasPrefix(name, "fields["):
			// no field at all is a choice
		case v == "":
			return badParameter(name, fmt.Sprintf("A value is expected for the parameter '%s'", name))
		case p.Enum != nil && !slices.Contains(p.Enum, v):
			return badParameter(name, fmt.Sprintf("'%s' is not a valid value for the parameter '%s'", v, name))
		case p.Type == "boolean" && v != "true" && v != "false":
			return badParameter(name, fmt.Sprintf("'%s' is not a valid boolean value", v))
		case p.Type == "integer":
			n, err := strconv.Atoi(v)
			if err != nil || n < 1 || p.Max > 0 && n > p.Max {
				return badParameter(name, fmt.Sprintf("'%s' is not a valid value. It must be a number from 1 to %d", v, p.Max))
			}
		}
	}
	return nil
}

// wants says whether a field of a type is to be shown.
func (q query) wants(typ, field string) bool {
	chosen, ok := q.fields[typ]
	return !ok || slices.Contains(chosen, field)
}

// includes says whether a relationship of what was asked for is to come along.
func (q query) includes(rel string) bool {
	return slices.ContainsFunc(q.include, func(s string) bool { return s == rel || strings.HasPrefix(s, rel+".") })
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
