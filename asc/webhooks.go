package asc

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// Webhook is an address that Apple calls when something happens to an app. There
// are no events for reviews, people, testers, certificates, sales and phased
// releases.
type Webhook struct {
	Ref
	Name    string   `json:"name"`
	URL     string   `json:"url"`
	Enabled bool     `json:"enabled"`
	Events  []string `json:"eventTypes"` // APP_STORE_VERSION_APP_VERSION_STATE_UPDATED, BUILD_UPLOAD_STATE_UPDATED, …
	AppID   string   `json:"-"`          // blank when not told
}

func (w *Webhook) read(o object) { w.AppID = o.one("app") }

// Webhooks lists an app's webhooks: there is no list for all apps. Needs Admin or
// App Manager.
//
// Apple: GET /v1/apps/{id}/webhooks
func (c *Client) Webhooks(ctx context.Context, appID string) iter.Seq2[Webhook, error] {
	return list[Webhook](ctx, c, at("/v1/apps", appID, "webhooks"), ask().include(true, "app").fields(true, "apps", appNames))
}

// Webhook reads one webhook. The secret is never told. [NotFound] when there is
// none with this id.
//
// Apple: GET /v1/webhooks/{id}
func (c *Client) Webhook(ctx context.Context, id string) (Webhook, error) {
	return get[Webhook](ctx, c, at("/v1/webhooks", id), ask().include(true, "app").fields(true, "apps", appNames))
}

// Secret is a text that signs what Apple sends. It does not print itself.
type Secret string

// String hides the secret.
func (Secret) String() string { return "[secret]" }

// GoString hides the secret.
func (Secret) GoString() string { return "[secret]" }

// NewWebhook is a webhook to make.
type NewWebhook struct {
	AppID   string   `json:"-"`
	Name    string   `json:"name"`
	URL     string   `json:"url"`
	Secret  Secret   `json:"secret"` // Apple signs with it, and never tells it
	Enabled bool     `json:"enabled"`
	Events  []string `json:"eventTypes"`
}

// CreateWebhook makes a webhook for an app. Needs Admin or App Manager.
//
// Apple: POST /v1/webhooks
func (c *Client) CreateWebhook(ctx context.Context, in NewWebhook) (Webhook, error) {
	err := want("a webhook needs an app, a name, an address and a secret", in.AppID, in.Name, in.URL, string(in.Secret))
	if len(in.Events) == 0 {
		err = &ArgumentError{"a webhook needs events"}
	}
	return create[Webhook](ctx, c, "/v1/webhooks", draft{
		Type: "webhooks", Attributes: in, Relationships: ties{"app": toOne("apps", in.AppID)}, err: err,
	})
}

// WebhookChange is what to change about a webhook. What is nil stays as it is.
type WebhookChange struct {
	Name    *string  `json:"name,omitzero"`
	URL     *string  `json:"url,omitzero"`
	Secret  *Secret  `json:"secret,omitzero"`
	Enabled *bool    `json:"enabled,omitzero"`
	Events  []string `json:"eventTypes,omitzero"` // replace all
}

// UpdateWebhook changes a webhook. Needs Admin or App Manager.
//
// Apple: PATCH /v1/webhooks/{id}
func (c *Client) UpdateWebhook(ctx context.Context, id string, change WebhookChange) (Webhook, error) {
	return update[Webhook](ctx, c, at("/v1/webhooks", id), draft{Type: "webhooks", ID: id, Attributes: change})
}

// DeleteWebhook deletes a webhook. Needs Admin or App Manager.
//
// Apple: DELETE /v1/webhooks/{id}
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/webhooks", id))
}

// PingWebhook makes Apple send an event that means nothing. Needs Admin or App
// Manager. Whether it arrived is seen among the deliveries.
//
// Apple: POST /v1/webhookPings
func (c *Client) PingWebhook(ctx context.Context, webhookID string) error {
	return order(ctx, c, "/v1/webhookPings", draft{
		Type: "webhookPings", Relationships: ties{"webhook": toOne("webhooks", webhookID)},
	})
}

// Delivery is one call that Apple made, or will make, of a webhook.
type Delivery struct {
	Ref
	State       string    `json:"deliveryState"` // SUCCEEDED, FAILED, PENDING
	Error       string    `json:"errorMessage"`
	Redelivery  bool      `json:"redelivery"`
	CreatedDate time.Time `json:"-"` // UTC
	SentDate    time.Time `json:"-"` // UTC; zero before it was sent

	// What the webhook's server answered; zero when it did not.
	Status int    `json:"-"`
	Body   string `json:"-"`

	// The event; blank when not told.
	EventID   string `json:"-"`
	EventType string `json:"-"`
	Payload   string `json:"-"` // JSON, as it was sent
	Ping      bool   `json:"-"`
}

type webhookEvent struct {
	Ref
	Type    string          `json:"eventType"`
	Payload json.RawMessage `json:"payload"`
	Ping    bool            `json:"ping"`
}

func (d *Delivery) read(o object) {
	d.CreatedDate, d.SentDate = o.time("createdDate"), o.time("sentDate")
	var response struct {
		Status int   `json:"httpStatusCode"`
		Body   loose `json:"body"`
	}
	o.attribute("response", &response)
	d.Status, d.Body = response.Status, string(response.Body)
	d.EventID = o.one("event")
	if e := side[webhookEvent](o, "webhookEvents", d.EventID); e != nil {
		var text loose
		_ = text.UnmarshalJSON(e.Payload) // never fails
		d.EventType, d.Payload, d.Ping = e.Type, string(text), e.Ping
	}
}

// DeliveryFilter chooses deliveries. Since is needed; zero is nine days ago,
// because Apple refuses anything beyond ten.
type DeliveryFilter struct {
	Since, Before time.Time
	State         []string // SUCCEEDED, FAILED, PENDING
}

// Deliveries lists what was sent to a webhook, with the events.
//
// Apple: GET /v1/webhooks/{id}/deliveries
func (c *Client) Deliveries(ctx context.Context, webhookID string, f DeliveryFilter) iter.Seq2[Delivery, error] {
	if f.Since.IsZero() {
		f.Since = c.clock.now().AddDate(0, 0, -9)
	}
	p := ask().must("createdDateGreaterThanOrEqualTo", f.Since.UTC().Format(time.RFC3339)).filter("deliveryState", f.State).include(true, "event")
	if !f.Before.IsZero() {
		p = p.must("createdDateLessThan", f.Before.UTC().Format(time.RFC3339))
	}
	return list[Delivery](ctx, c, at("/v1/webhooks", webhookID, "deliveries"), p)
}

// Redeliver makes Apple send a delivery again; what it returns is the new one.
// Needs Admin or App Manager.
//
// Apple: POST /v1/webhookDeliveries
func (c *Client) Redeliver(ctx context.Context, deliveryID string) (Delivery, error) {
	return create[Delivery](ctx, c, "/v1/webhookDeliveries", draft{
		Type: "webhookDeliveries", Relationships: ties{"template": toOne("webhookDeliveries", deliveryID)},
	})
}
