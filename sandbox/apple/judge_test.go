package apple

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// fullDocument is the environment variable that names Apple's whole document.
// When it is set, everything is checked against that too.
const fullDocument = "ASCBOT_APPLE_OPENAPI"

// judges are validators that others wrote: on the contract, and on Apple's whole
// document when it is there.
var judges = sync.OnceValue(func() []routers.Router {
	openapi3.DefineStringFormatValidator("email", openapi3.NewRegexpFormatValidator(`^[^@\s]+@[^@\s]+$`))
	openapi3filter.RegisterBodyDecoder("application/a-gzip", func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(z)
		return string(text), err
	})
	all := []routers.Router{judge(contract.JSON())}
	if name := os.Getenv(fullDocument); name != "" {
		text, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		all = append(all, judge(text))
	}
	return all
})

func judge(document []byte) routers.Router {
	d, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		panic(err)
	}
	d.Servers = openapi3.Servers{{URL: "http://127.0.0.1:9"}}
	router, err := gorillamux.NewRouter(d)
	if err != nil {
		panic(err)
	}
	return router
}

func (c *caller) input(j routers.Router, r *http.Request) *openapi3filter.RequestValidationInput {
	c.t.Helper()
	route, params, err := j.FindRoute(r)
	if err != nil {
		c.t.Fatalf("%s %s is not in Apple's document: %v", r.Method, r.URL, err)
	}
	return &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
	}}
}

func (c *caller) checkRequest(r *http.Request) {
	c.t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, j := range judges() {
		r.Body = io.NopCloser(bytes.NewReader(text))
		if err := openapi3filter.ValidateRequest(context.Background(), c.input(j, r)); err != nil {
			c.t.Errorf("%s %s would not be a request of Apple's document: %v", r.Method, r.URL, err)
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
}

// checkAnswer also finds properties that the document does not know, which the
// validators pass over.
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
	text := w.Body.Bytes()
	if bytes.HasPrefix(text, []byte(`{"data":null`)) {
		return // Apple does so for a to-one that leads nowhere; its document says otherwise
	}
	for _, j := range judges() {
		input := &openapi3filter.ResponseValidationInput{RequestValidationInput: c.input(j, r), Status: w.Code, Header: w.Header(), Options: &openapi3filter.Options{}}
		input.SetBodyBytes(text)
		if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
			c.t.Errorf("%s %s: the answer is not as in Apple's document: %v\n%s", r.Method, r.URL, err, text)
		}
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

// known says whether Apple's document has the path of a request.
func known(r *http.Request) bool {
	_, _, err := judges()[0].FindRoute(r)
	return err == nil
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
			if typ == "inAppPurchases" {
				return nil // what /v1/apps includes has the shape of the first version there
			}
			found := false
			for _, o := range s.OneOf {
				if !slices.Contains(o.Prop("type").Enum, typ) {
					continue
				}
				found = true
				if all = undeclared(o, v, at); len(all) == 0 {
					return nil // of two schemas of one type, one has to fit
				}
			}
			if !found {
				return []string{at + " is of the type " + typ + ", which does not belong there"}
			}
			return all
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
