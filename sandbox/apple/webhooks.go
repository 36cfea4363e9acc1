package apple

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

func init() {
	hooks := []string{"ACCOUNT_HOLDER", "ADMIN", "APP_MANAGER"}
	register(
		&family{typ: "webhooks", reads: hooks, writes: hooks, create: createWebhook, update: updateWebhook, remove: removeWebhook},
		&family{typ: "webhookPings", reads: hooks, writes: hooks, create: pingWebhook},
		&family{typ: "webhookDeliveries", reads: hooks, writes: hooks, create: redeliver, tests: map[string]func(*world, *record, []string) bool{
			"filter[createdDateGreaterThanOrEqualTo]": func(_ *world, r *record, v []string) bool {
				at, _ := time.Parse(time.RFC3339, v[0])
				return !r.moment("createdDate").Before(at)
			},
			"filter[createdDateLessThan]": func(_ *world, r *record, v []string) bool {
				at, _ := time.Parse(time.RFC3339, v[0])
				return r.moment("createdDate").Before(at)
			},
		}},
	)
	specials["GET /v1/webhooks/{id}/deliveries"] = (*call).deliveries
}

const (
	deliveriesKept = 10 * aDay
	deliveryTakes  = 5 * time.Second
	nobodyCalled   = "This stand-in calls nobody: the delivery is recorded only."
)

// deliveries lists what was sent. Apple insists on a date, which its document
// calls optional.
func (c *call) deliveries(*http.Request) reply {
	dated := false
	for _, name := range []string{"createdDateGreaterThanOrEqualTo", "createdDateLessThan"} {
		for _, v := range c.rd.q.filters[name] {
			at, err := time.Parse(time.RFC3339, v)
			switch {
			case err != nil:
				return refused(badParameter("filter["+name+"]", fmt.Sprintf("'%s' is not a valid date. It must be given as a date and time with an offset", v)))
			case c.now.Sub(at) > deliveriesKept:
				return refused(badParameter("filter["+name+"]", "The date must be within the last 10 days"))
			}
			dated = true
		}
	}
	if !dated {
		return refused(missingParameter("filter[createdDateGreaterThanOrEqualTo]"))
	}
	return c.read()
}

func goodWebhook(in *entity) *refusal {
	if in.sent("url") {
		if u, err := url.Parse(in.text("url")); err != nil || u.Scheme != "https" || u.Host == "" {
			return badAttribute("url", "The URL of a webhook must begin with https://")
		}
	}
	for _, name := range []string{"name", "secret"} {
		if in.sent(name) && strings.TrimSpace(in.text(name)) == "" {
			return badAttribute(name, fmt.Sprintf("The attribute '%s' must not be empty", name))
		}
	}
	if in.sent("eventTypes") && len(in.list("eventTypes")) == 0 {
		return badAttribute("eventTypes", "A webhook must have at least one event type")
	}
	return nil
}

// createWebhook keeps everything but shows no secret: the contract's resource
// has none.
func createWebhook(d *deed, in *entity) (*record, *refusal) {
	if wrong := goodWebhook(in); wrong != nil {
		return nil, wrong
	}
	h := newRecord("webhooks", d.newID(), in.attrs)
	d.keep(h)
	d.note = fmt.Sprintf("webhook %s of %s", h.text("name"), d.appName(in.one("app")))
	return d.w.get(h.typ, h.id), nil
}

func updateWebhook(d *deed, old *record, in *entity) *refusal {
	if wrong := goodWebhook(in); wrong != nil {
		return wrong
	}
	changes := map[string]any{}
	for name, v := range in.attrs {
		if v != nil {
			changes[name] = v
		}
	}
	d.w.set(old.typ, old.id, changes)
	return nil
}

func removeWebhook(d *deed, old *record) *refusal {
	for _, id := range slices.Clone(old.rels["deliveries"]) {
		d.w.drop("webhookEvents", d.w.get("webhookDeliveries", id).one("event"))
		d.w.drop("webhookDeliveries", id)
	}
	d.w.drop(old.typ, old.id)
	return nil
}

func pingWebhook(d *deed, in *entity) (*record, *refusal) {
	h := d.w.get("webhooks", in.one("webhook"))
	if !h.flag("enabled") {
		return nil, stateError("The webhook is not enabled") // not confirmed
	}
	id := d.newID()
	payload := map[string]any{"data": map[string]any{
		"type": "webhookPingCreated", "id": id, "version": 1,
		"attributes": map[string]any{"timestamp": d.now.UTC().Format(time.RFC3339Nano)},
	}}
	d.w.deliver(h, d.w.event("", payload, true, d.now), false, d.now)
	d.note = "pinged " + h.text("name")
	return newRecord("webhookPings", id, nil), nil
}

// redeliver sends an event again, as another delivery.
func redeliver(d *deed, in *entity) (*record, *refusal) {
	old := d.w.get("webhookDeliveries", in.one("template"))
	h := d.w.get("webhooks", old.one("webhook"))
	if !h.flag("enabled") {
		return nil, stateError("The webhook is not enabled")
	}
	id := d.w.deliver(h, old.one("event"), true, d.now)
	d.note = "delivered again to " + h.text("name")
	return d.w.get("webhookDeliveries", id), nil
}

// event keeps what webhooks are told.
func (w *world) event(kind string, payload any, ping bool, at time.Time) string {
	text, _ := marshal(payload)
	attrs := map[string]any{"payload": strings.TrimSpace(string(text)), "ping": ping, "createdDate": stamp(at)}
	if kind != "" {
		attrs["eventType"] = kind
	}
	e := newRecord("webhookEvents", w.newID(), attrs)
	w.put(e)
	return e.id
}

// deliver records a delivery. Nobody is called, so it fails a little later.
func (w *world) deliver(h *record, event string, again bool, at time.Time) string {
	r := newRecord("webhookDeliveries", w.newID(), map[string]any{
		"createdDate": stamp(at), "deliveryState": "PENDING", "redelivery": again, "request": map[string]any{"url": h.text("url")},
	})
	w.put(r)
	w.link(r.typ, r.id, "webhook", h.id)
	w.link(r.typ, r.id, "event", event)
	w.after(at.Add(deliveryTakes), func(w *world, at time.Time) {
		if w.get(r.typ, r.id) != nil {
			w.set(r.typ, r.id, map[string]any{"deliveryState": "FAILED", "sentDate": stamp(at), "errorMessage": nobodyCalled})
		}
	})
	return r.id
}

// announce tells the webhooks of an app that something changed.
func (w *world) announce(kind string, what *record, app string, at time.Time, attrs map[string]any) {
	for _, id := range w.get("apps", app).rels["webhooks"] {
		h := w.get("webhooks", id)
		if !h.flag("enabled") || !slices.Contains(h.list("eventTypes"), kind) {
			continue
		}
		attrs["timestamp"] = at.UTC().Format("2006-01-02T15:04:05.000Z")
		w.deliver(h, w.event(kind, map[string]any{"data": map[string]any{
			"type": camel(kind), "id": w.newID(), "version": 1, "attributes": attrs,
			"relationships": map[string]any{"instance": map[string]any{
				"data":  ref{what.typ, what.id},
				"links": map[string]string{"self": "https://api.appstoreconnect.apple.com/v1/" + what.typ + "/" + what.id},
			}},
		}}, false, at), false, at)
	}
}

// camel is the name of an event as payloads write it.
func camel(kind string) string {
	words := strings.Split(strings.ToLower(kind), "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}
