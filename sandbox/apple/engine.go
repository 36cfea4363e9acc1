package apple

import (
	"bytes"
	"encoding/json"
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
	if err != nil {
		return // the caller went away, or sends without end
	}
	began := s.now()
	fault := s.struckBy(r)
	if fault.Kind == Slow && !pause(r, fault.Delay) {
		return
	}
	a, effect := s.before(fault, r)
	if effect {
		a = s.answer(r, body, fault)
		a = after(fault, a)
	}
	line := Call{At: began, Method: r.Method, Path: readable(r.URL), Status: a.status, Request: shorten(body), Note: a.note, Fault: fault.Kind}
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
	c.rd = reader{q: q, base: baseOf(r), self: r.URL, v: strings.Split(r.URL.Path, "/")[1]}
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
	if op.Method == http.MethodGet {
		return s.may(of(typ).reads)
	}
	return s.may(of(typ).writes)
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

// read answers a GET.
func (c *call) read() reply {
	lag := c.s.opt.Lag
	if c.fault.Kind == Lagging {
		lag = max(lag, c.fault.Delay)
	}
	w := c.s.state.view(c.now.Add(-lag))
	c.rd.w = w
	if c.id == "" {
		all := c.rd.q.choose(w, c.typ, w.all(c.typ))
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
	var found []*record
	for _, id := range ids {
		if r := w.get(other, id); r != nil {
			found = append(found, r)
		}
	}
	if shape.Type == "array" {
		found = c.rd.q.choose(w, other, found)
		return answered(http.StatusOK, c.rd.list(found), fmt.Sprintf("%d found", len(found)))
	}
	if len(found) == 0 {
		return answered(http.StatusOK, c.rd.none(), "none")
	}
	return answered(http.StatusOK, c.rd.item(found[0]), "")
}

// deed is a change under way, in a world of its own until it is complete.
type deed struct {
	*call
	w      *world
	note   string
	status int      // 0: what is usual
	later  []effect // what was accepted and is still to happen
}

// change does what a POST, PATCH or DELETE asks, wholly or not at all.
func (c *call) change() reply {
	d := &deed{call: c, w: c.s.state.now.fork()}
	made, wrong := d.make()
	switch {
	case wrong != nil:
		return refused(wrong)
	case c.fault.Kind == Deferred:
		again := effect{at: c.now.Add(c.fault.Delay), apply: func(w *world) {
			// What has become impossible in between does not happen.
			_, _ = (&deed{call: c, w: w}).make()
		}}
		c.s.state.later = append(c.s.state.later, again)
		return reply{status: http.StatusAccepted, note: d.note + "; it happens later"}
	}
	return d.done(made)
}

// make applies the rules of the family to the deed's world.
func (d *deed) make() (made *record, wrong *refusal) {
	f, owner := of(d.typ), d.w.get(d.typ, d.id)
	switch {
	case d.id != "" && owner == nil:
		return nil, notFound(d.typ, d.id)
	case d.linkage:
		return nil, d.relate(f, owner)
	case d.op.Method == http.MethodPost && f.create != nil:
		if wrong = d.mustExist(); wrong != nil {
			return nil, wrong
		}
		return f.create(d, d.in)
	case d.op.Method == http.MethodPatch && f.update != nil:
		if wrong = d.mustExist(); wrong == nil {
			wrong = f.update(d, owner, d.in)
		}
		return d.w.get(d.typ, d.id), wrong
	case d.op.Method == http.MethodDelete && f.remove != nil:
		return nil, f.remove(d, owner)
	}
	return nil, refuse(http.StatusInternalServerError, "UNEXPECTED_ERROR", "An unexpected error occurred.", "This stand-in has no rule for that.")
}

// done makes the changed world the team's, and answers.
func (d *deed) done(made *record) reply {
	d.s.state.commit(d.now, d.w)
	d.s.state.later = append(d.s.state.later, d.later...)
	d.rd.w = d.w
	switch {
	case d.status != 0:
		return reply{status: d.status, note: d.note}
	case made == nil:
		return reply{status: http.StatusNoContent, note: d.note}
	case d.op.Method == http.MethodPost:
		a := answered(http.StatusCreated, d.rd.item(made), d.note)
		a.header = http.Header{"Location": {d.rd.of(made, "")}}
		return a
	}
	return answered(http.StatusOK, d.rd.item(made), d.note)
}

// mustExist refuses relationships to what is not there.
func (d *deed) mustExist() (wrong *refusal) {
	for _, name := range sortedKeys(d.in.rels) {
		for _, id := range d.in.rels[name] {
			if d.w.get(d.in.types[name], id) == nil {
				wrong = wrong.and(badRelation(name, fmt.Sprintf("There is no resource of type '%s' with id '%s'", d.in.types[name], id)))
			}
		}
	}
	return wrong
}

// relate changes a relationship through its own path.
func (d *deed) relate(f *family, owner *record) *refusal {
	rule := f.links[d.rel]
	for _, id := range d.in.linkage {
		if d.w.get(d.in.typ, id) == nil {
			return notFound(d.in.typ, id)
		}
	}
	var own func(*deed, *record, []string) *refusal
	switch d.op.Method {
	case http.MethodPost:
		own = rule.add
	case http.MethodDelete:
		own = rule.remove
	case http.MethodPatch:
		own = rule.replace
	}
	if own != nil {
		return own(d, owner, d.in.linkage)
	}
	d.plain(owner)
	return nil
}

// plain adds, removes or replaces without a rule.
func (d *deed) plain(owner *record) {
	if d.op.Method == http.MethodPatch {
		for _, id := range slices.Clone(owner.rels[d.rel]) {
			d.w.unlink(d.typ, owner.id, d.rel, id)
		}
	}
	for _, id := range d.in.linkage {
		if d.op.Method == http.MethodDelete {
			d.w.unlink(d.typ, owner.id, d.rel, id)
		} else {
			d.w.link(d.typ, owner.id, d.rel, id)
		}
	}
}

// keep puts a new record with the relationships of the body.
func (d *deed) keep(r *record) {
	d.w.put(r)
	for _, name := range sortedKeys(d.in.rels) {
		for _, id := range d.in.rels[name] {
			d.w.link(r.typ, r.id, name, id)
		}
	}
}

// newID makes an id that no resource has: a uuid, as Apple's mostly are.
func (d *deed) newID() string { return d.s.newID() }

func (s *Server) newID() string {
	s.serial++
	return fmt.Sprintf("%08x-5a3c-4d1e-9b00-%012x", 0x6d000000+s.serial*7919%0x1000000, s.serial)
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
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(a.body) // an error here means that the caller went away
}
