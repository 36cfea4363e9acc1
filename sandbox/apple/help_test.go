package apple

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// noon is a quiet moment: noon of a Tuesday in California.
var noon = time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)

// caller asks a stand-in as a client would, and checks both directions against
// Apple's document.
type caller struct {
	t        *testing.T
	s        *Server
	now      time.Time
	accepted map[string]int // calls that were taken, by operation
}

func newCaller(t *testing.T, o Options) *caller {
	t.Helper()
	c := &caller{t: t, now: noon, accepted: map[string]int{}}
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
	if op, _, _, ok := contract.Find(r.Method, r.URL.Path); ok {
		c.accepted[op.Method+" "+op.Path]++
	}
	return w, c.read(w)
}

// made makes a resource and returns its id.
func (c *caller) made(path string, body any) string {
	c.t.Helper()
	w, d := c.ask("POST", path, body)
	id := d.one(c.t).ID
	if got := w.Header().Get("Location"); w.Code == 201 && !strings.HasSuffix(got, "/"+id) {
		c.t.Errorf("POST %s: Location %q, made %s", path, got, id)
	}
	return id
}

// says makes a call that has to be refused with one entry of this code that has
// these words, in the title or the detail.
func (c *caller) says(status int, code, words, method, path string, body any) problem {
	c.t.Helper()
	w := c.send(c.request(method, path, body))
	d := c.read(w)
	for _, p := range d.Errors {
		if w.Code == status && p.Status == fmt.Sprint(status) && p.Code == code && strings.Contains(p.Title+" "+p.Detail, words) {
			if r := c.request(method, path, body); known(r) {
				c.checkAnswer(r, w)
			}
			return p
		}
	}
	c.t.Errorf("%s %s: got %d %s, want %d %s %q", method, path, w.Code, w.Body, status, code, words)
	return problem{}
}

// item is a resource as the stand-in shows it now; nil when it is gone.
func (c *caller) item(path string) *res {
	c.t.Helper()
	w := c.send(c.request("GET", path, nil))
	if w.Code == 404 {
		return nil
	}
	if w.Code != 200 {
		c.t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
	}
	r := c.read(w).one(c.t)
	return &r
}

// wait lets time pass.
func (c *caller) wait(d time.Duration) { c.now = c.now.Add(d) }

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
	if known(r) {
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
	claims := map[string]any{"iat": c.now.Unix(), "exp": c.now.Add(10 * time.Minute).Unix(), "aud": audience}
	if c.s.opt.Individual {
		claims["sub"] = "user"
	} else {
		claims["iss"] = c.s.cred.IssuerID
	}
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
