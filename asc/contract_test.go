package asc

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// sources parses the package's own files, tests left out.
func sources(t *testing.T) []*ast.File {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(gotoken.NewFileSet(), e.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// documented are the calls of Apple's that the comment of each exported method of
// the client names, and the methods that name none.
func documented(t *testing.T) (calls map[string][]string, silent []string) {
	calls = map[string][]string{}
	for _, file := range sources(t) {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || receiver(f) != "Client" || !f.Name.IsExported() {
				continue
			}
			for line := range strings.Lines(f.Doc.Text()) {
				if call, ok := strings.CutPrefix(strings.TrimSpace(line), "Apple: "); ok {
					calls[f.Name.Name] = append(calls[f.Name.Name], call)
				}
			}
			if calls[f.Name.Name] == nil {
				silent = append(silent, f.Name.Name)
			}
		}
	}
	return calls, silent
}

// receiver is the name of a method's type.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	kind := f.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	return fmt.Sprint(kind)
}

// Methods that make no call of Apple's API.
var quietMethods = []string{"KeyID", "RateLimit", "Skew", "CloseIdleConnections", "Traffic", "Download", "DownloadSegment", "AnalyticsRows", "ReportVersion"}

func TestEveryMethodNamesItsCalls(t *testing.T) {
	calls, silent := documented(t)
	for _, name := range silent {
		if !slices.Contains(quietMethods, name) {
			t.Errorf("%s has no line “Apple: METHOD path” in its comment", name)
		}
	}
	for name, list := range calls {
		if usage[name] == nil {
			t.Errorf("%s is not called by the table in contract_table_test.go", name)
		}
		for _, call := range list {
			method, path, _ := strings.Cut(call, " ")
			if !slices.ContainsFunc(contract.Operations(), func(o contract.Operation) bool { return o.Method == method && o.Path == path }) {
				t.Errorf("%s: Apple has no %s", name, call)
			}
		}
	}
	for name := range usage {
		if calls[name] == nil {
			t.Errorf("the table calls %s, which is no method with a call of Apple's", name)
		}
	}
}

// TestCallsAreAsAppleWantsThem makes every call that the client can make, with
// all of its filters and fields, and compares what leaves with Apple's document.
func TestCallsAreAsAppleWantsThem(t *testing.T) {
	calls, _ := documented(t)
	for _, name := range slices.Sorted(maps.Keys(usage)) {
		bubble(t, name, func(t *testing.T) {
			recorder := &recorder{t: t}
			c, s := start(t, recorder.answer)
			if err := usage[name](t.Context(), c); err != nil {
				t.Errorf("it ended in an error: %v", err)
			}
			var made []string
			for _, a := range s.calls() {
				made = append(made, checkCall(t, a))
			}
			for _, call := range made {
				if call != "" && !slices.Contains(calls[name], call) {
					t.Errorf("it makes the call %s, which its comment does not name", call)
				}
			}
			for _, call := range calls[name] {
				if !slices.Contains(made, call) {
					t.Errorf("its comment names the call %s, which it does not make", call)
				}
			}
		})
	}
}

// checkCall compares a request with Apple's document and tells which call it is.
func checkCall(t *testing.T, a asked) string {
	t.Helper()
	op, _, others, ok := contract.Find(a.Method, a.Path)
	if !ok {
		t.Errorf("Apple has no %s %s; it has %v there", a.Method, a.Path, others)
		return ""
	}
	query, err := url.ParseQuery(a.Query)
	if err != nil {
		t.Errorf("%s %s: the query %s cannot be read: %v", a.Method, a.Path, a.Query, err)
	}
	for _, wrong := range append(queryWrongs(op, query), bodyWrongs(op, a)...) {
		t.Errorf("%s %s: %s", a.Method, a.Path, wrong)
	}
	return op.Method + " " + op.Path
}

// queryWrongs says what Apple would refuse in a query. The cursor is missing in
// Apple's document and real.
func queryWrongs(op contract.Operation, query url.Values) (wrongs []string) {
	for name, values := range query {
		p, ok := op.Query[name]
		switch {
		case !ok:
			wrongs = append(wrongs, fmt.Sprintf("there is no parameter %s", name))
		case len(values) != 1 || values[0] == "":
			wrongs = append(wrongs, fmt.Sprintf("%s has the values %q", name, values))
		default:
			wrongs = append(wrongs, valueWrongs(name, p, values[0])...)
		}
	}
	for name, p := range op.Query {
		if p.Required && !query.Has(name) {
			wrongs = append(wrongs, fmt.Sprintf("the parameter %s is missing", name))
		}
	}
	return wrongs
}

func valueWrongs(name string, p contract.Param, value string) (wrongs []string) {
	values := []string{value}
	if p.List {
		values = strings.Split(value, ",")
	}
	for _, v := range values {
		n, err := strconv.Atoi(v)
		switch {
		case p.Type == "integer" && (err != nil || p.Max > 0 && n > p.Max || n < 1):
			wrongs = append(wrongs, fmt.Sprintf("%s is %q, no number up to %d", name, v, p.Max))
		case p.Type == "boolean" && v != "true" && v != "false":
			wrongs = append(wrongs, fmt.Sprintf("%s is %q, neither true nor false", name, v))
		case p.Enum != nil && !slices.Contains(p.Enum, v):
			wrongs = append(wrongs, fmt.Sprintf("%s is %q, none of %v", name, v, p.Enum))
		}
	}
	return wrongs
}

// bodyWrongs says what Apple would refuse in a body.
func bodyWrongs(op contract.Operation, a asked) []string {
	switch {
	case op.Body == nil && a.Body == "":
		return nil
	case op.Body == nil:
		return []string{"it takes no body"}
	case a.ContentType != "application/json":
		return []string{"the body is said to be " + a.ContentType}
	}
	var body any
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil {
		return []string{"the body cannot be read: " + err.Error()}
	}
	if id := dataID(body); op.Method == "PATCH" && id != "" && !strings.Contains(a.Path, "/"+id) {
		return []string{"the id in the body, " + id + ", is not that of the path"}
	}
	return shapeWrongs("body", op.Body, body)
}

func dataID(body any) string {
	outer, _ := body.(map[string]any)
	data, _ := outer["data"].(map[string]any)
	if data["attributes"] == nil && data["relationships"] == nil {
		return "" // a linkage
	}
	id, _ := data["id"].(string)
	return id
}

// shapeWrongs compares a JSON value with a shape.
func shapeWrongs(at string, want *contract.Schema, v any) (wrongs []string) {
	bad := func(format string, args ...any) []string { return []string{at + ": " + fmt.Sprintf(format, args...)} }
	switch v := v.(type) {
	case nil:
		// Apple's document does not say that the end of a to-one relationship may be
		// null, and takes it for "none" all the same.
		if !want.Nullable && !strings.HasSuffix(at, ".data") {
			return bad("it may not be null")
		}
	case map[string]any:
		if want.Type != "object" {
			return bad("it is an object, not of type %s", want.Type)
		}
		for _, name := range want.Required {
			if _, ok := v[name]; !ok {
				wrongs = append(wrongs, bad("%s is missing", name)...)
			}
		}
		if len(v) == 0 {
			wrongs = append(wrongs, bad("it is empty")...)
		}
		for name, inner := range v {
			if want.Properties != nil && want.Properties[name] == nil {
				wrongs = append(wrongs, bad("there is no %s", name)...)
			} else if want.Properties != nil {
				wrongs = append(wrongs, shapeWrongs(at+"."+name, want.Properties[name], inner)...)
			}
		}
	case []any:
		if want.Items == nil {
			return bad("it is a list, not of type %s", want.Type)
		}
		for i, inner := range v {
			wrongs = append(wrongs, shapeWrongs(fmt.Sprint(at, "[", i, "]"), want.Items, inner)...)
		}
	default:
		return append(wrongs, scalarWrongs(at, want, v)...)
	}
	return wrongs
}

var dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$`)

func scalarWrongs(at string, want *contract.Schema, v any) []string {
	text := fmt.Sprint(v)
	kind := map[bool]string{true: "boolean", false: "string"}[text == "true" || text == "false"]
	if n, ok := v.(float64); ok {
		if kind = "number"; n == float64(int64(n)) && want.Type == "integer" {
			kind = "integer"
		}
	}
	if s, isText := v.(string); isText {
		kind, text = "string", s
	}
	switch {
	case kind != want.Type:
		return []string{fmt.Sprintf("%s: it is of type %s, not %s", at, kind, want.Type)}
	case want.Enum != nil && !slices.Contains(want.Enum, text):
		return []string{fmt.Sprintf("%s: %q is none of %v", at, text, want.Enum)}
	case want.Format == "date-time" && !dateTime.MatchString(text):
		return []string{fmt.Sprintf("%s: %q is no moment", at, text)}
	case strings.HasSuffix(at, ".id") && text == "":
		return []string{at + ": it is blank"}
	}
	return nil
}

// TestTheContractTestCanFail plants mistakes of each kind and has them found.
func TestTheContractTestCanFail(t *testing.T) {
	find := func(method, path string) contract.Operation {
		op, _, _, ok := contract.Find(method, path)
		if !ok {
			t.Fatal("no such operation: ", path)
		}
		return op
	}
	users, group := find("GET", "/v1/users"), find("POST", "/v1/betaGroups")
	for query, want := range map[string]string{
		"filter[email]=x": "no parameter", "limit=201": "no number", "limit=x": "no number", "sort=email": "none of",
		"filter[roles]=ADMIN,CHEF": "none of", "include=": "has the values", "limit=1&limit=2": "has the values",
	} {
		values, _ := url.ParseQuery(query)
		if got := strings.Join(queryWrongs(users, values), "; "); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	if got := queryWrongs(find("GET", "/v1/reviewSubmissions"), url.Values{}); len(got) != 1 {
		t.Errorf("a required filter is not missed: %v", got)
	}
	good := `{"data":{"type":"betaGroups","attributes":{"name":"A","publicLinkLimit":5},"relationships":{"app":{"data":{"type":"apps","id":"1"}}}}}`
	if got := bodyWrongs(group, asked{Body: good, ContentType: "application/json"}); got != nil {
		t.Errorf("a good body is refused: %v", got)
	}
	for change, want := range map[[2]string]string{
		{`"A"`, `5`}: "of type number", {`"name":"A",`, ``}: "name is missing", {`"name"`, `"title":"x","name"`}: "there is no title",
		{`:5`, `:5.5`}: "not integer", {`"apps"`, `"app"`}: "none of", {`"betaGroups"`, `"groups"`}: "none of", {`{"type":"apps","id":"1"}`, `[]`}: "a list",
		{`"id":"1"`, `"id":""`}: "blank", {`"A"`, `null`}: "null",
	} {
		body := strings.Replace(good, change[0], change[1], 1)
		if got := strings.Join(bodyWrongs(group, asked{Body: body, ContentType: "application/json"}), "; "); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
	if got := bodyWrongs(find("PATCH", "/v1/devices/1"), asked{Method: "PATCH", Path: "/v1/devices/1", ContentType: "application/json",
		Body: `{"data":{"type":"devices","id":"2","attributes":{"name":"x"}}}`}); len(got) != 1 {
		t.Errorf("another id in the body than in the path is not found: %v", got)
	}
}
