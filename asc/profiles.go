package asc

import (
	"context"
	"iter"
	"strings"
	"time"
)

// Profile is a provisioning profile. It turns INVALID when a certificate in it
// is revoked or its bundle id changes, and cannot be changed: delete it and make
// another.
type Profile struct {
	Ref
	Name           string    `json:"name"` // several may have the same
	Kind           string    `json:"profileType"`
	State          string    `json:"profileState"` // ACTIVE, INVALID; look at ExpirationDate too
	Platform       string    `json:"platform"`
	UUID           string    `json:"uuid"`
	Content        []byte    `json:"profileContent"` // of a .mobileprovision file
	CreatedDate    time.Time `json:"-"`              // UTC
	ExpirationDate time.Time `json:"-"`              // UTC

	// Blank or nil when not asked for.
	BundleID       *BundleID `json:"-"`
	CertificateIDs []string  `json:"-"`
	DeviceIDs      []string  `json:"-"`

	certificatesCut, devicesCut bool
}

func (p *Profile) read(o object) {
	p.CreatedDate, p.ExpirationDate = o.time("createdDate"), o.time("expirationDate")
	p.BundleID = side[BundleID](o, "bundleIds", o.one("bundleId"))
	p.CertificateIDs, p.certificatesCut = o.many("certificates")
	p.DeviceIDs, p.devicesCut = o.many("devices")
}

// ProfileFilter chooses profiles. The zero value is all.
type ProfileFilter struct {
	Name  []string // a comma in a name parts it in two for Apple
	Kind  []string // IOS_APP_STORE, IOS_APP_ADHOC, IOS_APP_DEVELOPMENT, MAC_APP_DIRECT, …
	State []string
	ID    []string
}

// Profiles lists profiles by name with their bundle ids, without Content,
// certificates and devices. Needs a team key with the role Admin, App Manager or
// Developer; an individual key is refused (403).
//
// Apple: GET /v1/profiles
func (c *Client) Profiles(ctx context.Context, f ProfileFilter) iter.Seq2[Profile, error] {
	return list[Profile](ctx, c, all("/v1/profiles"),
		ask().filter("name", f.Name).filter("profileType", f.Kind).filter("profileState", f.State).filter("id", f.ID).sort("name").
			include(true, "bundleId").
			fields(true, "profiles", "bundleId,createdDate,expirationDate,name,platform,profileState,profileType,uuid"))
}

// Profile reads one profile with its Content, bundle id, certificates and
// devices. More than 50 devices cost a request of their own. [NotFound] when
// there is none with this id.
//
// Apple: GET /v1/profiles/{id}
// Apple: GET /v1/profiles/{id}/relationships/certificates
// Apple: GET /v1/profiles/{id}/relationships/devices
func (c *Client) Profile(ctx context.Context, id string) (Profile, error) {
	p, err := get[Profile](ctx, c, at("/v1/profiles", id), ask().include(true, "bundleId").
		limited(true, "certificates").fields(true, "certificates", "name").limited(true, "devices").fields(true, "devices", "name"))
	return also(p, err, func(p *Profile) error {
		if err := c.fill(ctx, &p.CertificateIDs, p.certificatesCut, at("/v1/profiles", p.ID, "relationships/certificates")); err != nil {
			return err
		}
		return c.fill(ctx, &p.DeviceIDs, p.devicesCut, at("/v1/profiles", p.ID, "relationships/devices"))
	})
}

// BundleIDProfiles lists the profiles of a bundle id, without Content.
//
// Apple: GET /v1/bundleIds/{id}/profiles
func (c *Client) BundleIDProfiles(ctx context.Context, bundleID string) iter.Seq2[Profile, error] {
	return list[Profile](ctx, c, at("/v1/bundleIds", bundleID, "profiles"),
		ask().fields(true, "profiles", "createdDate,expirationDate,name,platform,profileState,profileType,uuid"))
}

// NewProfile is a profile to make.
type NewProfile struct {
	Name         string   `json:"name"`
	Kind         string   `json:"profileType"`
	BundleID     string   `json:"-"` // the id of the BundleID, not the identifier
	Certificates []string `json:"-"` // ids
	Devices      []string `json:"-"` // ids; for development and ad hoc, and only for those
}

// CreateProfile makes a profile; what it returns has the Content. Needs Admin or
// App Manager. Apple takes a name that another profile has. 409
// ENTITY_ERROR.RELATIONSHIP.NOT_ALLOWED for a store profile with devices,
// …RELATIONSHIP.REQUIRED for a development or ad hoc one without, and "Invalid
// deviceClass" for a device of another kind.
//
// Apple: POST /v1/profiles
func (c *Client) CreateProfile(ctx context.Context, in NewProfile) (Profile, error) {
	return create[Profile](ctx, c, "/v1/profiles", draft{
		Type: "profiles", Attributes: in, err: in.complaint(),
		Relationships: ties{"bundleId": toOne("bundleIds", in.BundleID)}.
			some("certificates", "certificates", in.Certificates).some("devices", "devices", in.Devices),
	})
}

func (in NewProfile) complaint() error {
	named := strings.HasSuffix(in.Kind, "_DEVELOPMENT") || strings.HasSuffix(in.Kind, "_ADHOC")
	switch {
	case len(in.Certificates) == 0 || want("", in.Name, in.Kind, in.BundleID) != nil:
		return &ArgumentError{"a profile needs a name, a kind, a bundle id and a certificate"}
	case strings.HasSuffix(in.Kind, "_STORE") && len(in.Devices) > 0:
		return &ArgumentError{"a profile for the store names no devices"}
	case named && len(in.Devices) == 0:
		return &ArgumentError{"a profile for development or ad hoc needs devices"}
	}
	return nil
}

// DeleteProfile deletes a profile. Needs Admin or App Manager. Apps signed with it
// go on working until it expires.
//
// Apple: DELETE /v1/profiles/{id}
func (c *Client) DeleteProfile(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/profiles", id))
}
