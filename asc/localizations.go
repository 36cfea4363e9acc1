package asc

import (
	"context"
	"iter"
)

// VersionLocalization is what the App Store says of a version in one language.
type VersionLocalization struct {
	Ref
	Locale          string `json:"locale"`          // such as en-US
	WhatsNew        string `json:"whatsNew"`        // at most 4,000 characters; a first version has none
	Description     string `json:"description"`     // at most 4,000 characters
	PromotionalText string `json:"promotionalText"` // at most 170 characters
	Keywords        string `json:"keywords"`        // at most 100 bytes, with commas
	MarketingURL    string `json:"marketingUrl"`
	SupportURL      string `json:"supportUrl"`
}

// VersionLocalizations lists the texts of a version, one for each language.
//
// Apple: GET /v1/appStoreVersions/{id}/appStoreVersionLocalizations
func (c *Client) VersionLocalizations(ctx context.Context, versionID string) iter.Seq2[VersionLocalization, error] {
	return list[VersionLocalization](ctx, c, at("/v1/appStoreVersions", versionID, "appStoreVersionLocalizations"), ask())
}

// VersionLocalization reads the texts of a version in one language. [NotFound]
// when there is none with this id.
//
// Apple: GET /v1/appStoreVersionLocalizations/{id}
func (c *Client) VersionLocalization(ctx context.Context, id string) (VersionLocalization, error) {
	return get[VersionLocalization](ctx, c, at("/v1/appStoreVersionLocalizations", id), ask())
}

// SetWhatsNew replaces what is new in a version, in one language. Needs App
// Manager or Admin. 409 STATE_ERROR ([StateConflict]) once the version waits for
// review, and for a first version.
//
// Apple: PATCH /v1/appStoreVersionLocalizations/{id}
func (c *Client) SetWhatsNew(ctx context.Context, localizationID, text string) (VersionLocalization, error) {
	return c.setText(ctx, localizationID, "whatsNew", text)
}

// SetPromotionalText replaces the text above the description, in one language.
// Needs App Manager or Admin. It is the one text that can be changed while a
// version is in the store.
//
// Apple: PATCH /v1/appStoreVersionLocalizations/{id}
func (c *Client) SetPromotionalText(ctx context.Context, localizationID, text string) (VersionLocalization, error) {
	return c.setText(ctx, localizationID, "promotionalText", text)
}

func (c *Client) setText(ctx context.Context, id, name, text string) (VersionLocalization, error) {
	return update[VersionLocalization](ctx, c, at("/v1/appStoreVersionLocalizations", id), draft{
		Type: "appStoreVersionLocalizations", ID: id, Attributes: map[string]any{name: text},
	})
}
