package apple

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// document is a JSON:API answer.
type document struct {
	Data     any         `json:"data"`
	Included []shown     `json:"included,omitempty"`
	Links    links       `json:"links"`
	Meta     *pagingMeta `json:"meta,omitempty"`
}

// shown is a resource in an answer.
type shown struct {
	Type          string              `json:"type"`
	ID            string              `json:"id"`
	Attributes    map[string]any      `json:"attributes,omitempty"`
	Relationships map[string]relShown `json:"relationships,omitempty"`
	Links         *links              `json:"links,omitempty"`
}

type relShown struct {
	Links *relLinks   `json:"links,omitempty"`
	Meta  *pagingMeta `json:"meta,omitempty"`
	Data  any         `json:"data,omitempty"`
}

type relLinks struct {
	Self    string `json:"self"`
	Related string `json:"related"`
}

type links struct {
	Self  string `json:"self"`
	First string `json:"first,omitempty"`
	Next  string `json:"next,omitempty"`
}

type pagingMeta struct {
	Paging struct {
		Total      int    `json:"total"`
		Limit      int    `json:"limit"`
		NextCursor string `json:"nextCursor,omitempty"`
	} `json:"paging"`
}

type ref struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

func paging(total, limit int, next string) *pagingMeta {
	m := &pagingMeta{}
	m.Paging.Total, m.Paging.Limit, m.Paging.NextCursor = total, limit, next
	return m
}

// reader draws resources for one call.
type reader struct {
	s    *Server
	now  time.Time
	w    *world
	q    query
	base string // scheme and host that were asked
	self *url.URL
	v    string // v1, v2, …: of the path asked
}

// baseOf is the scheme and host a caller asked: behind a front with TLS, what
// that front says.
func baseOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if forwarded := r.Header.Get("X-Forwarded-Proto"); forwarded == "https" || forwarded == "http" {
		scheme = forwarded
	}
	return scheme + "://" + r.Host
}

// item is the answer with one resource.
func (rd reader) item(r *record) document {
	d := document{Data: rd.draw(r, true), Links: links{Self: rd.here()}}
	d.Included = rd.included([]*record{r})
	return d
}

// none is the answer for a to-one relationship that leads nowhere.
func (rd reader) none() document { return document{Links: links{Self: rd.here()}} }

// list is the answer with a page of resources.
func (rd reader) list(all []*record) document {
	part, next := page(rd.q, all)
	return rd.pageOf(part, len(all), next)
}

// pageOf is the answer with the resources of a page, and the cursor of the next.
func (rd reader) pageOf(part []*record, total int, next string) document {
	out := make([]shown, 0, len(part))
	for _, r := range part {
		out = append(out, rd.draw(r, true))
	}
	return rd.paged(out, total, next, rd.included(part))
}

// linkage is the answer of /relationships/name.
func (rd reader) linkage(typ string, ids []string) document {
	part, next := page(rd.q, ids)
	out := make([]ref, 0, len(part))
	for _, id := range part {
		out = append(out, ref{typ, id})
	}
	return rd.paged(out, len(ids), next, nil)
}

func (rd reader) paged(data any, total int, next string, included []shown) document {
	d := document{Data: data, Included: included, Links: links{Self: rd.here()}, Meta: paging(total, rd.q.limit, next)}
	d.Links.First = rd.there("")
	if next != "" {
		d.Links.Next = rd.there(next)
	}
	return d
}

func (rd reader) here() string {
	u := *rd.self
	return rd.base + u.RequestURI()
}

// there is the link to a page: the same question with another cursor.
func (rd reader) there(cursor string) string {
	given := maps.Clone(rd.q.given)
	given.Del("cursor")
	if cursor != "" {
		given.Set("cursor", cursor)
	}
	if len(given) == 0 {
		return rd.base + rd.self.Path
	}
	return rd.base + rd.self.Path + "?" + given.Encode()
}

// draw shows a resource with the fields that are wanted. Linkage is in it only
// for what comes along (main resources, asked to be included).
func (rd reader) draw(r *record, main bool) shown {
	if look := of(r.typ).look; look != nil {
		r = look(rd, r)
	}
	known := contract.Resources()[r.typ]
	out := shown{Type: r.typ, ID: r.id, Links: &links{Self: rd.of(r, "")}}
	for name := range known.Attributes {
		if v, ok := r.attrs[name]; ok && rd.q.wants(r.typ, name) {
			if out.Attributes == nil {
				out.Attributes = map[string]any{}
			}
			out.Attributes[name] = v
		}
	}
	for name, rel := range known.Relationships {
		if !rd.q.wants(r.typ, name) {
			continue
		}
		if one := rd.relation(r, name, rel, main && rd.q.includes(name)); one.Links != nil || one.Data != nil {
			if out.Relationships == nil {
				out.Relationships = map[string]relShown{}
			}
			out.Relationships[name] = one
		}
	}
	return out
}

func (rd reader) of(r *record, rest string) string {
	version := rd.v
	if r.typ == "inAppPurchases" {
		version = "v2" // whose items live there alone
	} else if version != "v1" {
		version = "v1"
	}
	return rd.base + "/" + version + "/" + r.typ + "/" + r.id + rest
}

func (rd reader) relation(r *record, name string, rel contract.Relationship, along bool) (out relShown) {
	if rel.Links {
		out.Links = &relLinks{Self: rd.of(r, "/relationships/"+name), Related: rd.of(r, "/"+name)}
	}
	if !along || !rel.Data {
		return out
	}
	ids := r.rels[name]
	if !rel.Many {
		if len(ids) > 0 {
			out.Data = ref{target(r.typ, name), ids[0]}
		}
		return out
	}
	limit := rd.comesAlong(name)
	some := ids[:min(limit, len(ids))]
	data := make([]ref, 0, len(some))
	for _, id := range some {
		data = append(data, ref{target(r.typ, name), id})
	}
	out.Data, out.Meta = data, paging(len(ids), limit, "")
	return out
}

// comesAlong is how many of a to-many relationship come along.
func (rd reader) comesAlong(name string) int {
	if n, ok := rd.q.limits[name]; ok {
		return n
	}
	return defaultIncluded
}

// included are the resources that come along, each once.
func (rd reader) included(main []*record) (out []shown) {
	seen := map[ref]bool{}
	for _, path := range rd.q.include {
		for _, r := range main {
			rd.along(r, strings.Split(path, "."), seen, &out)
		}
	}
	slices.SortFunc(out, func(a, b shown) int { return strings.Compare(a.Type+" "+a.ID, b.Type+" "+b.ID) })
	return out
}

func (rd reader) along(r *record, path []string, seen map[ref]bool, out *[]shown) {
	ids := r.rels[path[0]]
	for _, id := range ids[:min(rd.comesAlong(path[0]), len(ids))] {
		next := rd.w.get(target(r.typ, path[0]), id)
		if next == nil {
			continue
		}
		if key := (ref{next.typ, next.id}); !seen[key] {
			seen[key] = true
			*out = append(*out, rd.draw(next, false))
		}
		if len(path) > 1 {
			rd.along(next, path[1:], seen, out)
		}
	}
}
