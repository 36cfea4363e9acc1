package apple

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// maxBody bounds what is read of a request.
const maxBody = 1 << 20

// reply is an answer before it is written.
type reply struct {
	status int
	body   []byte
	header http.Header
	note   string // for the journal
}

// serve answers one call: the trouble that was injected, the token, the hourly
// rate, and then what was asked.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLong := new(http.MaxBytesError); errors.As(err, &tooLong) {
		a := refused(tooLarge())
		s.log.add(Call{At: s.now(), Method: r.Method, Path: readable(r.URL), Status: a.status, Note: a.note})
		s.write(w, a, Fault{})
		return
	} else if err != nil {
		return // the caller went away
	}
	began := s.now()
	fault := s.struckBy(r)
	if fault.Kind == Slow && !pause(r, fault.Delay) {
		return
	}
	a, effect := s.before(fault, r)
	changed := false
	if effect {
		if strings.HasPrefix(r.URL.Path, downloads+"/") {
			a = s.download(r)
		} else {
			a = s.answer(r, body, fault)
		}
		changed = r.Method != http.MethodGet && a.status < 300
		a = after(fault, a)
	}
	line := Call{At: began, Method: r.Method, Path: readable(r.URL), Status: a.status, Request: shorten(body), Note: a.note, Fault: fault.Kind, Changed: changed}
	if cut := fault.Kind == CutBefore || fault.Kind == LoseAnswer; cut {
		line.Status = 0
	}
	s.log.add(line)
	s.write(w, a, fault)
}

// pause waits as a slow service does, unless the caller gives up.
func pause(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (s *Server) struckBy(r *http.Request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.strike(r.Method, r.URL.Path); f != nil {
		return *f
	}
	return Fault{}
}

// answer does what was asked, if the caller may.
func (s *Server) answer(r *http.Request, body []byte, f Fault) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	left, within := s.rate.take(s.now(), s.opt.HourlyLimit)
	var a reply
	switch {
	case !s.admits(r, s.now().Add(f.ahead())):
		a = refused(notAuthorized())
	case !within:
		a = refused(rateLimited())
	default:
		s.settle()
		a = s.route(r, body, f)
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set("X-Rate-Limit", fmt.Sprintf("user-hour-lim:%d;user-hour-rem:%d;", s.opt.HourlyLimit, left))
	return a
}

// route finds the operation and checks what it was given.
func (s *Server) route(r *http.Request, body []byte, f Fault) reply {
	op, id, others, ok := contract.Find(r.Method, r.URL.Path)
	if !ok {
		return refused(noOperation(r.Method, r.URL.Path, others))
	}
	given, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refused(badParameter("", "The query cannot be read: "+err.Error()))
	}
	q, wrong := readQuery(op, given)
	if wrong != nil {
		return refused(wrong)
	}
	c := &call{s: s, op: op, id: id, now: s.now(), body: body, fault: f}
	c.typ, c.rel, c.linkage = parts(op.Path)
	if !s.allowed(op, c.typ) {
		return refused(narrowKey())
	}
	c.rd = reader{s: s, now: c.now, q: q, base: baseOf(r), self: r.URL, v: strings.Split(r.URL.Path, "/")[1]}
	if c.in, wrong = readBody(op, r.Header.Get("Content-Type"), id, body); wrong != nil {
		return refused(wrong)
	}
	if special, ok := specials[op.Method+" "+op.Path]; ok {
		return special(c, r)
	}
	if op.Method == http.MethodGet {
		return c.read()
	}
	return c.change()
}

// noOperation tells a path that does not exist from a verb that is not offered.
func noOperation(method, path string, others []string) *refusal {
	if len(others) == 0 {
		return noPath(fmt.Sprintf("The path provided does not match a defined resource type: '%s'", path))
	}
	verb, known := map[string]string{"GET": "GET_COLLECTION", "POST": "CREATE", "PATCH": "UPDATE", "DELETE": "DELETE"}[method]
	if !known {
		return wrongMethod(method)
	}
	if op, _, _, ok := contract.Find(others[0], path); ok {
		typ, rel, linkage := parts(op.Path)
		if linkage {
			verb = map[string]string{"GET": "GET_RELATIONSHIP", "POST": "ADD", "PATCH": "REPLACE", "DELETE": "REMOVE"}[method]
			return forbiddenVerb("relationship", rel, verb, operations(op.Path))
		}
		if method == http.MethodGet && strings.HasSuffix(op.Path, "/{id}") {
			verb = "GET_INSTANCE"
		}
		return forbiddenVerb("resource", typ, verb, operations(op.Path))
	}
	return wrongMethod(method)
}

// parts takes a path of the contract apart.
func parts(path string) (typ, rel string, linkage bool) {
	p := strings.Split(path, "/") // "", "v1", type, "{id}", …
	typ = p[2]
	switch {
	case len(p) == 6 && p[4] == "relationships":
		return typ, p[5], true
	case len(p) > 4:
		return typ, strings.Join(p[4:], "/"), false
	}
	return typ, "", false
}

// allowed says whether the key's roles cover an operation.
func (s *Server) allowed(op contract.Operation, typ string) bool {
	f := of(typ)
	if f.teamOnly && s.opt.Individual {
		return false
	}
	if op.Method == http.MethodGet {
		return s.may(f.reads)
	}
	return s.may(f.writes)
}

// call is one call that was let in.
type call struct {
	s       *Server
	op      contract.Operation
	id      string
	typ     string // the first part of the path
	rel     string // what follows the id
	linkage bool   // /relationships/rel
	now     time.Time
	rd      reader
	in      *entity
	body    []byte
	fault   Fault
}

// view is the team as the caller sees it now: a while ago, where reads lag
// behind.
func (c *call) view() *world {
	lag := c.s.opt.Lag
	if c.fault.Kind == Lagging {
		lag = max(lag, c.fault.Delay)
	}
	c.rd.w = c.s.state.view(c.now.Add(-lag))
	return c.rd.w
}

// read answers a GET.
func (c *call) read() reply {
	w := c.view()
	if c.id == "" {
		all := c.rd.q.choose(w, c.typ, c.rd.q.candidates(w, c.typ))
		return answered(http.StatusOK, c.rd.list(all), fmt.Sprintf("%d found", len(all)))
	}
	r := w.get(c.typ, c.id)
	if r == nil {
		return refused(notFound(c.typ, c.id))
	}
	ids := r.rels[c.rel]
	switch {
	case c.rel == "":
		return answered(http.StatusOK, c.rd.item(r), "")
	case c.linkage && many(c.typ, c.rel):
		return answered(http.StatusOK, c.rd.linkage(target(c.typ, c.rel), ids), "")
	case c.linkage:
		return c.toOne(ids)
	}
	return c.related(w, ids)
}

func (c *call) toOne(ids []string) reply {
	d := c.rd.none()
	if len(ids) > 0 {
		d.Data = ref{target(c.typ, c.rel), ids[0]}
	}
	return answered(http.StatusOK, d, "")
}

// related answers /type/{id}/name. The answer's shape says whether it is one
// resource or a list.
func (c *call) related(w *world, ids []string) reply {
	shape := c.op.Answers[http.StatusOK].Prop("data")
	other := target(c.typ, c.rel)
	if shape.Type == "array" {
		return c.relatedList(w, other, ids)
	}
	if len(ids) == 0 || w.get(other, ids[0]) == nil {
		return answered(http.StatusOK, c.rd.none(), "none")
	}
	return answered(http.StatusOK, c.rd.item(w.get(other, ids[0])), "")
}

func (c *call) relatedList(w *world, typ string, ids []string) reply {
	total, next := len(ids), ""
	if c.rd.q.plain() {
		ids, next = page(c.rd.q, ids) // only those that are shown are looked up
	}
	there := func(yield func(*record) bool) {
		for _, id := range ids {
			if r := w.get(typ, id); r != nil && !yield(r) {
				return
			}
		}
	}
	note := fmt.Sprintf("%d found", total)
	if c.rd.q.plain() {
		return answered(http.StatusOK, c.rd.pageOf(slices.Collect(there), total, next), note)
	}
	found := c.rd.q.choose(w, typ, there)
	return answered(http.StatusOK, c.rd.list(found), fmt.Sprintf("%d found", len(found)))
}

// answered is a success with a document.
func answered(status int, doc any, note string) reply {
	text, err := marshal(doc)
	if err != nil {
		return refused(refuse(http.StatusInternalServerError, "UNEXPECTED_ERROR", "An unexpected error occurred.", err.Error()))
	}
	return reply{status: status, body: text, note: note}
}

// refused is an error document.
func refused(r *refusal) reply {
	r.number()
	text, _ := marshal(map[string]any{"errors": r.entries})
	return reply{status: r.status, body: text, note: r.words()}
}

// marshal writes JSON without the escapes that only HTML needs.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// readable is the path with its query, brackets as a person writes them.
func readable(u *url.URL) string {
	if u.RawQuery == "" {
		return u.Path
	}
	q, err := url.QueryUnescape(u.RawQuery)
	if err != nil {
		q = u.RawQuery
	}
	return u.Path + "?" + q
}

// shorten keeps the beginning of a body for the journal.
func shorten(body []byte) string {
	const most = 4000
	if len(body) > most {
		return strings.ToValidUTF8(string(body[:most]), "") + "…"
	}
	return string(body)
}

// write sends the answer, or breaks off where the trouble says so.
func (s *Server) write(w http.ResponseWriter, a reply, f Fault) {
	if f.Kind == CutBefore || f.Kind == LoseAnswer {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	h.Set("Date", s.now().Add(f.ahead()).UTC().Format(http.TimeFormat))
	if len(a.body) > 0 {
		if h.Get("Content-Type") == "" {
			h.Set("Content-Type", "application/json")
		}
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if f.Kind == HalfBody {
		if len(a.body) > 0 { // of an answer without a body nothing can come but all of it
			_, _ = w.Write(a.body[:len(a.body)/2])
			_ = http.NewResponseController(w).Flush()
		}
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(a.body) // an error here means that the caller went away
}
