package asc

import (
	"context"
	"iter"
	"strings"
)

// BundleID is a registered identifier of apps (an App ID).
type BundleID struct {
	Ref
	Identifier string `json:"identifier"` // such as com.example.halo; * at the end fits many
	Name       string `json:"name"`
	Platform   string `json:"platform"` // IOS, MAC_OS, UNIVERSAL, SERVICES
	SeedID     string `json:"seedId"`   // the prefix, mostly the team's id
}

// BundleIDFilter chooses bundle ids. The zero value is all.
type BundleIDFilter struct {
	Identifier []string // finds longer ones too: compare again, or use [Client.FindBundleID]
	Name       []string // a comma in a name parts it in two for Apple
	Platform   []string
	SeedID     []string
	ID         []string
}

// BundleIDs lists bundle ids by identifier. Needs a team key with the role
// Admin, App Manager or Developer; an individual key is refused (403).
//
// Apple: GET /v1/bundleIds
func (c *Client) BundleIDs(ctx context.Context, f BundleIDFilter) iter.Seq2[BundleID, error] {
	return list[BundleID](ctx, c, all("/v1/bundleIds"),
		ask().filter("identifier", f.Identifier).filter("name", f.Name).filter("platform", f.Platform).
			filter("seedId", f.SeedID).filter("id", f.ID).sort("identifier"))
}

// FindBundleID finds the bundle id with exactly this identifier, without case; ok
// is false when there is none.
//
// Apple: GET /v1/bundleIds
func (c *Client) FindBundleID(ctx context.Context, identifier string) (b BundleID, ok bool, err error) {
	for b, err := range c.BundleIDs(ctx, BundleIDFilter{Identifier: []string{identifier}}) {
		if err != nil || strings.EqualFold(b.Identifier, identifier) {
			return b, err == nil, err
		}
	}
	return BundleID{}, false, nil
}

// BundleID reads one bundle id. [NotFound] when there is none with this id.
//
// Apple: GET /v1/bundleIds/{id}
func (c *Client) BundleID(ctx context.Context, id string) (BundleID, error) {
	return get[BundleID](ctx, c, at("/v1/bundleIds", id), ask())
}

// RegisterBundleID registers an identifier, for IOS, MAC_OS or UNIVERSAL. Needs
// Admin or App Manager. 409 when somebody in the world has it.
//
// Apple: POST /v1/bundleIds
func (c *Client) RegisterBundleID(ctx context.Context, identifier, name, platform string) (BundleID, error) {
	return create[BundleID](ctx, c, "/v1/bundleIds", draft{
		Type: "bundleIds", Attributes: map[string]any{"identifier": identifier, "name": name, "platform": platform},
		err: want("a bundle id needs an identifier, a name and a platform", identifier, name, platform),
	})
}

// RenameBundleID gives a bundle id another name; the identifier stays. Needs
// Admin or App Manager.
//
// Apple: PATCH /v1/bundleIds/{id}
func (c *Client) RenameBundleID(ctx context.Context, id, name string) (BundleID, error) {
	return update[BundleID](ctx, c, at("/v1/bundleIds", id), draft{
		Type: "bundleIds", ID: id, Attributes: map[string]any{"name": name}, err: want("a bundle id needs a name", name),
	})
}

// DeleteBundleID deletes a bundle id; its profiles turn INVALID. Needs Admin or
// App Manager. Apple refuses that of an app which was uploaded.
//
// Apple: DELETE /v1/bundleIds/{id}
func (c *Client) DeleteBundleID(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/bundleIds", id))
}

// Capability is something that apps with a bundle id may do.
type Capability struct {
	Ref
	Kind     string              `json:"capabilityType"` // PUSH_NOTIFICATIONS, ICLOUD, GAME_CENTER, …; Apple has more than it says
	Settings []CapabilitySetting `json:"settings"`
}

// CapabilitySetting chooses among the options of a capability.
type CapabilitySetting struct {
	Key     string             `json:"key"` // ICLOUD_VERSION, DATA_PROTECTION_PERMISSION_LEVEL, APPLE_ID_AUTH_APP_CONSENT
	Options []CapabilityOption `json:"options"`
}

// CapabilityOption is one option of a setting.
type CapabilityOption struct {
	Key     string `json:"key"` // XCODE_6, COMPLETE_PROTECTION, PRIMARY_APP_CONSENT, …
	Enabled bool   `json:"enabled"`
}

// Capabilities lists the capabilities of a bundle id.
//
// Apple: GET /v1/bundleIds/{id}/bundleIdCapabilities
func (c *Client) Capabilities(ctx context.Context, bundleID string) iter.Seq2[Capability, error] {
	return list[Capability](ctx, c, at("/v1/bundleIds", bundleID, "bundleIdCapabilities"), ask())
}

// EnableCapability gives a bundle id a capability. Needs Admin or App Manager. One
// that is there already is no error. Profiles of the bundle id turn INVALID: make
// them anew.
//
// Apple: POST /v1/bundleIdCapabilities
func (c *Client) EnableCapability(ctx context.Context, bundleID, kind string, settings ...CapabilitySetting) (Capability, error) {
	attributes := map[string]any{"capabilityType": kind}
	if len(settings) > 0 {
		attributes["settings"] = settings
	}
	return create[Capability](ctx, c, "/v1/bundleIdCapabilities", draft{
		Type: "bundleIdCapabilities", Attributes: attributes, err: want("a capability is missing", kind),
		Relationships: ties{"bundleId": toOne("bundleIds", bundleID)},
	})
}

// SetCapability changes the settings of a capability. Needs Admin or App Manager.
//
// Apple: PATCH /v1/bundleIdCapabilities/{id}
func (c *Client) SetCapability(ctx context.Context, capabilityID string, settings ...CapabilitySetting) (Capability, error) {
	return update[Capability](ctx, c, at("/v1/bundleIdCapabilities", capabilityID), draft{
		Type: "bundleIdCapabilities", ID: capabilityID, Attributes: map[string]any{"settings": append([]CapabilitySetting{}, settings...)},
	})
}

// DisableCapability takes a capability away from a bundle id. Needs Admin or App
// Manager. Profiles of the bundle id turn INVALID: make them anew.
//
// Apple: DELETE /v1/bundleIdCapabilities/{id}
func (c *Client) DisableCapability(ctx context.Context, capabilityID string) error {
	return erase(ctx, c, at("/v1/bundleIdCapabilities", capabilityID))
}
