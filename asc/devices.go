package asc

import (
	"context"
	"iter"
	"regexp"
	"strings"
	"time"
)

// Device is a device that development and ad hoc profiles may name. A team has
// 100 of each class in a membership year; neither disabling nor removing one
// gives its place back.
type Device struct {
	Ref
	Name      string    `json:"name"`
	UDID      string    `json:"udid"`        // compare without case
	Platform  string    `json:"platform"`    // IOS also for Apple TV and Apple Watch; MAC_OS, UNIVERSAL
	Class     string    `json:"deviceClass"` // IPHONE, IPAD, IPOD, APPLE_TV, APPLE_WATCH, APPLE_VISION_PRO, MAC, …
	Model     string    `json:"model"`
	Status    string    `json:"status"` // ENABLED, DISABLED
	AddedDate time.Time `json:"-"`      // UTC
}

func (d *Device) read(o object) { d.AddedDate = o.time("addedDate") }

// DeviceFilter chooses devices. The zero value is all.
type DeviceFilter struct {
	Name     []string // a comma in a name parts it in two for Apple
	UDID     []string
	Platform []string
	Status   []string
	ID       []string
}

// Devices lists devices by name. Needs a team key with the role Admin, App
// Manager or Developer; an individual key is refused (403).
//
// Apple: GET /v1/devices
func (c *Client) Devices(ctx context.Context, f DeviceFilter) iter.Seq2[Device, error] {
	return list[Device](ctx, c, all("/v1/devices"),
		ask().filter("name", f.Name).filter("udid", f.UDID).filter("platform", f.Platform).filter("status", f.Status).
			filter("id", f.ID).sort("name"))
}

// Device reads one device. [NotFound] when there is none with this id.
//
// Apple: GET /v1/devices/{id}
func (c *Client) Device(ctx context.Context, id string) (Device, error) {
	return get[Device](ctx, c, at("/v1/devices", id), ask())
}

// The forms of a UDID: 40 digits, 8 and 16, or the UUID of a Mac, all in hex.
var udidForms = regexp.MustCompile(`(?i)^([0-9a-f]{40}|[0-9a-f]{8}-[0-9a-f]{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// ValidUDID tells whether a text has the form of a device's UDID.
func ValidUDID(text string) bool { return udidForms.MatchString(text) }

// RegisterDevice adds a device, for the platform IOS (Apple TV and Apple Watch
// too) or MAC_OS. Needs Admin, or App Manager with access to provisioning. It
// takes one of the year's 100 places, for good. 409 for a UDID that is there
// already ([AlreadyExists]), in whatever case.
//
// Apple: POST /v1/devices
func (c *Client) RegisterDevice(ctx context.Context, name, udid, platform string) (Device, error) {
	udid = strings.TrimSpace(udid)
	err := want("a device needs a name and a platform", name, platform)
	if !ValidUDID(udid) {
		err = &ArgumentError{"that is no UDID: it has 40 hexadecimal digits, or 8 and 16 with a hyphen, or the form of a UUID"}
	}
	return create[Device](ctx, c, "/v1/devices", draft{
		Type: "devices", Attributes: map[string]any{"name": name, "udid": udid, "platform": platform}, err: err,
	})
}

// RenameDevice gives a device another name. Needs Admin or App Manager.
//
// Apple: PATCH /v1/devices/{id}
func (c *Client) RenameDevice(ctx context.Context, id, name string) (Device, error) {
	return c.updateDevice(ctx, id, "name", name)
}

// SetDeviceStatus enables or disables a device. Needs Admin or App Manager. A
// disabled one is left out of new profiles and still takes its place of the 100.
//
// Apple: PATCH /v1/devices/{id}
func (c *Client) SetDeviceStatus(ctx context.Context, id string, enabled bool) (Device, error) {
	if enabled {
		return c.updateDevice(ctx, id, "status", "ENABLED")
	}
	return c.updateDevice(ctx, id, "status", "DISABLED")
}

func (c *Client) updateDevice(ctx context.Context, id, attribute, value string) (Device, error) {
	return update[Device](ctx, c, at("/v1/devices", id), draft{
		Type: "devices", ID: id, Attributes: map[string]any{attribute: value}, err: want("the "+attribute+" of a device is missing", value),
	})
}
