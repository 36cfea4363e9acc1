package asc

import (
	"context"
	"iter"
)

// InAppPurchase is an in-app purchase that does not renew by itself.
type InAppPurchase struct {
	Ref
	Name           string `json:"name"`              // for the team; customers see others
	ProductID      string `json:"productId"`         // the SKU of its rows in sales reports
	Kind           string `json:"inAppPurchaseType"` // CONSUMABLE, NON_CONSUMABLE, NON_RENEWING_SUBSCRIPTION
	State          string `json:"state"`             // MISSING_METADATA, READY_TO_SUBMIT, WAITING_FOR_REVIEW, IN_REVIEW, APPROVED, REJECTED, …
	ReviewNote     string `json:"reviewNote"`
	FamilySharable bool   `json:"familySharable"`
}

// InAppPurchaseFilter chooses in-app purchases. The zero value is all of an app.
type InAppPurchaseFilter struct {
	ProductID []string
	Name      []string // a comma in a name parts it in two for Apple
	Kind      []string
	State     []string
}

// InAppPurchases lists an app's in-app purchases by name. Subscriptions that
// renew are apart: see [Client.SubscriptionGroups].
//
// Apple: GET /v1/apps/{id}/inAppPurchasesV2
func (c *Client) InAppPurchases(ctx context.Context, appID string, f InAppPurchaseFilter) iter.Seq2[InAppPurchase, error] {
	return list[InAppPurchase](ctx, c, at("/v1/apps", appID, "inAppPurchasesV2"),
		ask().filter("productId", f.ProductID).filter("name", f.Name).filter("inAppPurchaseType", f.Kind).
			filter("state", f.State).sort("name"))
}

// InAppPurchase reads one in-app purchase. [NotFound] when there is none with
// this id.
//
// Apple: GET /v2/inAppPurchases/{id}
func (c *Client) InAppPurchase(ctx context.Context, id string) (InAppPurchase, error) {
	return get[InAppPurchase](ctx, c, at("/v2/inAppPurchases", id), ask())
}

// SubscriptionGroup is a group of subscriptions, of which a customer has one at
// a time.
type SubscriptionGroup struct {
	Ref
	Name            string   `json:"referenceName"`
	SubscriptionIDs []string `json:"-"` // nil when not told

	cut bool
}

func (g *SubscriptionGroup) read(o object) { g.SubscriptionIDs, g.cut = o.many("subscriptions") }

// SubscriptionGroups lists an app's subscription groups by name, with the ids of
// their subscriptions.
//
// Apple: GET /v1/apps/{id}/subscriptionGroups
// Apple: GET /v1/subscriptionGroups/{id}/relationships/subscriptions
func (c *Client) SubscriptionGroups(ctx context.Context, appID string) iter.Seq2[SubscriptionGroup, error] {
	groups := list[SubscriptionGroup](ctx, c, at("/v1/apps", appID, "subscriptionGroups"),
		ask().sort("referenceName").limited(true, "subscriptions").fields(true, "subscriptions", "name"))
	return each(groups, func(g *SubscriptionGroup) error {
		return c.fill(ctx, &g.SubscriptionIDs, g.cut, at("/v1/subscriptionGroups", g.ID, "relationships/subscriptions"))
	})
}

// Subscription is a product that renews by itself.
type Subscription struct {
	Ref
	Name           string `json:"name"`
	ProductID      string `json:"productId"`          // the SKU of its rows in sales reports
	State          string `json:"state"`              // MISSING_METADATA, READY_TO_SUBMIT, WAITING_FOR_REVIEW, IN_REVIEW, APPROVED, REJECTED, …
	Period         string `json:"subscriptionPeriod"` // ONE_WEEK, ONE_MONTH, TWO_MONTHS, THREE_MONTHS, SIX_MONTHS, ONE_YEAR
	Level          int    `json:"groupLevel"`         // 1 is the highest in its group
	ReviewNote     string `json:"reviewNote"`
	FamilySharable bool   `json:"familySharable"`
	GroupID        string `json:"-"` // blank when not told
}

func (s *Subscription) read(o object) { s.GroupID = o.one("group") }

// SubscriptionFilter chooses subscriptions. The zero value is all of a group.
type SubscriptionFilter struct {
	ProductID []string
	Name      []string // a comma in a name parts it in two for Apple
	State     []string
}

// Subscriptions lists the subscriptions of a subscription group by name.
//
// Apple: GET /v1/subscriptionGroups/{id}/subscriptions
func (c *Client) Subscriptions(ctx context.Context, groupID string, f SubscriptionFilter) iter.Seq2[Subscription, error] {
	return list[Subscription](ctx, c, at("/v1/subscriptionGroups", groupID, "subscriptions"),
		ask().filter("productId", f.ProductID).filter("name", f.Name).filter("state", f.State).sort("name").include(true, "group"))
}

// Subscription reads one subscription. [NotFound] when there is none with this
// id.
//
// Apple: GET /v1/subscriptions/{id}
func (c *Client) Subscription(ctx context.Context, id string) (Subscription, error) {
	return get[Subscription](ctx, c, at("/v1/subscriptions", id), ask().include(true, "group"))
}
