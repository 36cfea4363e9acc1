package asc

import (
	"context"
	"iter"
)

// App is an app record. One record may hold versions for several platforms. Its
// id is the number in App Store addresses, and the Apple Identifier of reports.
type App struct {
	Ref
	Name                   string `json:"name"`
	BundleID               string `json:"bundleId"`
	SKU                    string `json:"sku"`           // joins with reports
	PrimaryLocale          string `json:"primaryLocale"` // such as en-US
	IsOrEverWasMadeForKids bool   `json:"isOrEverWasMadeForKids"`
}

// AppFilter chooses apps. The zero value is all that the key sees: a team key
// sees every app.
type AppFilter struct {
	Name     []string // a comma in a name parts it in two for Apple
	BundleID []string
	SKU      []string
	ID       []string
}

// Apps lists apps. Any role may read them.
//
// Apple: GET /v1/apps
func (c *Client) Apps(ctx context.Context, f AppFilter) iter.Seq2[App, error] {
	return list[App](ctx, c, all("/v1/apps"),
		ask().filter("name", f.Name).filter("bundleId", f.BundleID).filter("sku", f.SKU).filter("id", f.ID))
}

// App reads one app. [NotFound] when there is none with this id, or the key does
// not see it.
//
// Apple: GET /v1/apps/{id}
func (c *Client) App(ctx context.Context, id string) (App, error) {
	return get[App](ctx, c, at("/v1/apps", id), ask())
}
