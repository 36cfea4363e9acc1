package apple

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// noon is a quiet moment: noon of a Tuesday in California.
var noon = time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)

// caller asks a stand-in as a client would, and checks both directions against
// Apple's document.
type caller struct {
	t   *testing.T
	s   *Server
	now time.Time
}

func newCaller(t *testing.T, o Options) *caller {
	t.Helper()
	c := &caller{t: t, now: noon}
	o.Now = func() time.Time { return c.now }
	var err error
	if c.s, err = New(o); err != nil {
		t.Fatal(err)
	}
	return c
}

// doc is a JSON:API document as a stranger reads it.
type doc struct {
	Data     json.RawMessage
	Included []res
	Links    struct{ Self, First, Next string }
	Meta     struct{ Paging struct{ Total, Limit int } }
	Errors   []problem
}

type res struct {
	Type, ID      string
	Attributes    map[string]any
	Relationships map[string]struct {
		Links map[string]string
		Data  json.RawMessage
	}
}

func (d doc) one(t *testing.T) (r res) {
	t.Helper()
	if err := json.Unmarshal(d.Data, &r); err != nil {
		t.Fatalf("%v in %s", err, d.Data)
	}
	return r
}

func (d doc) all(t *testing.T) (r []res) {
	t.Helper()
	if err := json.Unmarshal(d.Data, &r); err != nil {
		t.Fatalf("%v in %s", err, d.Data)
	}
	return r
}

// ask makes a call that the stand-in has to take, and that has to be as Apple's
// document says.
func (c *caller) ask(method, path string, body any) (*httptest.ResponseRecorder, doc) {
	c.t.Helper()
	r := c.request(method, path, body)
	c.checkRequest(r)
	w := c.send(r)
	if w.Code >= 400 {
		c.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	c.checkAnswer(r, w)
	return w, c.read(w)
}

// refused makes a call that the stand-in has to refuse, and returns the first
// error.
func (c *caller) refused(status int, code, method, path string, body any) problem {
	c.t.Helper()
	r := c.request(method, path, body)
	w := c.send(r)
	d := c.read(w)
	if w.Code != status || len(d.Errors) == 0 || !slices.ContainsFunc(d.Errors, func(p problem) bool { return strings.HasPrefix(p.Code, code) }) {
		c.t.Errorf("%s %s %v: got %d %s, want %d %s", method, path, body, w.Code, w.Body, status, code)
		return problem{}
	}
	for _, p := range d.Errors {
		if p.Status != fmt.Sprint(status) || p.Title == "" {
			c.t.Errorf("%s %s: an entry without status or title: %+v", method, path, p)
		}
	}
	if _, _, err := judge().FindRoute(r); err == nil {
		c.checkAnswer(r, w)
	}
	return d.Errors[0]
}

func (c *caller) request(method, path string, body any) *http.Request {
	c.t.Helper()
	var text []byte
	switch b := body.(type) {
	case nil:
	case string:
		text = []byte(b)
	default:
		var err error
		if text, err = json.Marshal(b); err != nil {
			c.t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, "http://127.0.0.1:9"+path, bytes.NewReader(text))
	r.Header.Set("Authorization", "Bearer "+c.token(nil))
	if text != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if strings.HasSuffix(r.URL.Path, "Reports") {
		r.Header.Set("Accept", "application/a-gzip")
	}
	return r
}

func (c *caller) send(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.s.ServeHTTP(w, r)
	return w
}

func (c *caller) read(w *httptest.ResponseRecorder) (d doc) {
	c.t.Helper()
	if w.Body.Len() == 0 || w.Header().Get("Content-Type") != "application/json" {
		return d
	}
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		c.t.Fatalf("%v in %s", err, w.Body)
	}
	return d
}

// token signs claims as Apple's documentation says; change may spoil them.
func (c *caller) token(change func(head, claims map[string]any)) string {
	head := map[string]any{"alg": "ES256", "kid": c.s.cred.KeyID, "typ": "JWT"}
	claims := map[string]any{"iss": c.s.cred.IssuerID, "iat": c.now.Unix(), "exp": c.now.Add(10 * time.Minute).Unix(), "aud": audience}
	if change != nil {
		change(head, claims)
	}
	h, _ := json.Marshal(head)
	b, _ := json.Marshal(claims)
	enc := base64.RawURLEncoding.EncodeToString
	text := enc(h) + "." + enc(b)
	sum := sha256.Sum256([]byte(text))
	x, y, err := ecdsa.Sign(rand.Reader, c.s.key, sum[:])
	if err != nil {
		c.t.Fatal(err)
	}
	sig := make([]byte, 64)
	x.FillBytes(sig[:32])
	y.FillBytes(sig[32:])
	return text + "." + enc(sig)
}

// judge is a validator that others wrote, on Apple's document.
var judge = sync.OnceValue(func() routers.Router {
	openapi3.DefineStringFormatValidator("email", openapi3.NewRegexpFormatValidator(`^[^@\s]+@[^@\s]+$`))
	openapi3filter.RegisterBodyDecoder("application/a-gzip", func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(z)
		return string(text), err
	})
	d, err := openapi3.NewLoader().LoadFromData(contract.JSON())
	if err != nil {
		panic(err)
	}
	d.Servers = openapi3.Servers{{URL: "http://127.0.0.1:9"}}
	router, err := gorillamux.NewRouter(d)
	if err != nil {
		panic(err)
	}
	return router
})

func (c *caller) input(r *http.Request) *openapi3filter.RequestValidationInput {
	c.t.Helper()
	route, params, err := judge().FindRoute(r)
	if err != nil {
		c.t.Fatalf("%s %s is not in Apple's document: %v", r.Method, r.URL, err)
	}
	return &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
	}}
}

func (c *caller) checkRequest(r *http.Request) {
	c.t.Helper()
	if err := openapi3filter.ValidateRequest(context.Background(), c.input(r)); err != nil {
		c.t.Errorf("%s %s would not be a request of Apple's document: %v", r.Method, r.URL, err)
	}
}

// checkAnswer also finds properties that the document does not know, which the
// validator passes over.
func (c *caller) checkAnswer(r *http.Request, w *httptest.ResponseRecorder) {
	c.t.Helper()
	r = r.Clone(context.Background())
	r.Body = http.NoBody
	if q := r.URL.Query(); q.Has("cursor") {
		q.Del("cursor") // which is declared nowhere
		r.URL.RawQuery = q.Encode()
	}
	op, _, _, _ := contract.Find(r.Method, r.URL.Path)
	if _, declared := op.Answers[w.Code]; !declared && w.Code < 400 {
		c.t.Errorf("%s %s: the document has no answer %d", r.Method, r.URL, w.Code)
	}
	input := &openapi3filter.ResponseValidationInput{RequestValidationInput: c.input(r), Status: w.Code, Header: w.Header(), Options: &openapi3filter.Options{}}
	text := w.Body.Bytes()
	if bytes.HasPrefix(text, []byte(`{"data":null`)) {
		return // Apple does so for a to-one that leads nowhere; its document says otherwise
	}
	input.SetBodyBytes(text)
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		c.t.Errorf("%s %s: the answer is not as in Apple's document: %v\n%s", r.Method, r.URL, err, text)
	}
	if shape := op.Answers[w.Code]; shape != nil && w.Header().Get("Content-Type") == "application/json" {
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			c.t.Fatal(err)
		}
		for _, complaint := range undeclared(shape, v, "") {
			c.t.Errorf("%s %s: %s", r.Method, r.URL, complaint)
		}
	}
}

// undeclared finds properties that a shape does not have.
func undeclared(s *contract.Schema, v any, at string) (all []string) {
	switch v := v.(type) {
	case []any:
		for i, one := range v {
			all = append(all, undeclared(s.Items, one, fmt.Sprintf("%s/%d", at, i))...)
		}
	case map[string]any:
		if s.OneOf != nil {
			typ, _ := v["type"].(string)
			i := slices.IndexFunc(s.OneOf, func(o *contract.Schema) bool { return slices.Contains(o.Prop("type").Enum, typ) })
			if i < 0 {
				return []string{at + " is of the type " + typ + ", which does not belong there"}
			}
			s = s.OneOf[i]
		}
		if s.Properties == nil {
			return nil
		}
		for name, one := range v {
			if s.Properties[name] == nil {
				all = append(all, at+"/"+name+" is not in the document")
				continue
			}
			all = append(all, undeclared(s.Properties[name], one, at+"/"+name)...)
		}
	}
	return all
}

// The bodies of writes.

func entityOf(typ, id string, attrs map[string]any, rels map[string]any) map[string]any {
	data := map[string]any{"type": typ}
	if id != "" {
		data["id"] = id
	}
	if attrs != nil {
		data["attributes"] = attrs
	}
	if rels != nil {
		data["relationships"] = rels
	}
	return map[string]any{"data": data}
}

func toMany(typ string, ids ...string) map[string]any {
	list := []ref{}
	for _, id := range ids {
		list = append(list, ref{typ, id})
	}
	return map[string]any{"data": list}
}

func toOne(typ, id string) map[string]any { return map[string]any{"data": ref{typ, id}} }

// find is the id of a resource by one of its attributes.
func (c *caller) find(typ, attr string, want any, more ...func(Resource) bool) string {
	c.t.Helper()
	for _, r := range c.s.Resources(typ) {
		if r.Attributes[attr] == want && (len(more) == 0 || more[0](r)) {
			return r.ID
		}
	}
	c.t.Fatalf("there is no %s with %s %v", typ, attr, want)
	return ""
}

func inApp(id string) func(Resource) bool {
	return func(r Resource) bool {
		return slices.Contains(r.Relationships["app"], id) || slices.Contains(r.Relationships["apps"], id)
	}
}

func ids(all []res) (out []string) {
	for _, r := range all {
		out = append(out, r.ID)
	}
	return out
}

func escaped(s string) string { return url.QueryEscape(s) }
