package apple

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

func init() {
	register(
		&family{
			typ: "bundleIds", reads: provisioning, writes: provisioning, teamOnly: true, loose: []string{"identifier", "name"},
			create: createBundleID, update: updateBundleID, remove: removeBundleID,
		},
		&family{typ: "bundleIdCapabilities", reads: provisioning, writes: provisioning, teamOnly: true, create: addCapability, update: updateCapability, remove: removeCapability},
	)
}

var identifierForm = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(\.\*)?$|^\*$`)

func goodBundleName(name string) *refusal {
	if n := utf8.RuneCountInString(name); strings.TrimSpace(name) == "" || n > 255 {
		return badAttribute("name", "The attribute 'name' must have from 1 to 255 characters")
	}
	return nil
}

func createBundleID(d *deed, in *entity) (*record, *refusal) {
	identifier := in.text("identifier")
	if wrong := goodBundleName(in.text("name")); wrong != nil {
		return nil, wrong
	}
	if !identifierForm.MatchString(identifier) || len(identifier) > 255 {
		return nil, badAttribute("identifier", fmt.Sprintf("An attribute value has invalid characters: '%s' is not a valid identifier", identifier))
	}
	if seed := in.text("seedId"); seed != "" && seed != teamID {
		return nil, badAttribute("seedId", fmt.Sprintf("'%s' is not a prefix of this team", seed))
	}
	twin := d.w.find("bundleIds", func(b *record) bool { return strings.EqualFold(b.text("identifier"), identifier) })
	if twin != nil {
		return nil, badAttribute("identifier", fmt.Sprintf("An App ID with Identifier '%s' is not available. Please enter a different string.", identifier))
	}
	b := newRecord("bundleIds", d.w.newCode(), map[string]any{"identifier": identifier, "name": in.text("name"), "platform": in.text("platform"), "seedId": teamID})
	d.keep(b)
	d.note = "registered " + identifier
	return d.w.get(b.typ, b.id), nil
}

func updateBundleID(d *deed, old *record, in *entity) *refusal {
	if !in.sent("name") {
		return nil
	}
	if wrong := goodBundleName(in.text("name")); wrong != nil {
		return wrong
	}
	d.w.set(old.typ, old.id, map[string]any{"name": in.text("name")})
	return nil
}

// removeBundleID refuses the identifier of an app that has been uploaded. The
// profiles of another stay and are worth nothing.
func removeBundleID(d *deed, old *record) *refusal {
	if app := d.w.get("apps", old.one("app")); app != nil && len(app.rels["builds"]) > 0 {
		return stateError(fmt.Sprintf("The App ID '%s' appears to be in use by the App Store, so it can not be removed at this time.", old.text("identifier"))) // words not confirmed
	}
	d.w.spoilProfiles(old)
	for _, id := range slices.Clone(old.rels["bundleIdCapabilities"]) {
		d.w.drop("bundleIdCapabilities", id)
	}
	d.w.drop(old.typ, old.id)
	return nil
}

// addCapability switches a capability on. One that is on already is no fault:
// it is answered as if it had been made.
func addCapability(d *deed, in *entity) (*record, *refusal) {
	b := d.w.get("bundleIds", in.one("bundleId"))
	id := b.id + "_" + in.text("capabilityType")
	if wrong := goodSettings(in); wrong != nil {
		return nil, wrong
	}
	if r := d.w.get("bundleIdCapabilities", id); r != nil {
		return r, nil
	}
	r := newRecord("bundleIdCapabilities", id, in.attrs)
	d.keep(r)
	d.w.spoilProfiles(b)
	d.note = in.text("capabilityType") + " for " + b.text("identifier")
	return d.w.get(r.typ, r.id), nil
}

// settingsOf are the capabilities that have settings, by the setting's key.
var settingsOf = map[string]string{
	"ICLOUD_VERSION": "ICLOUD", "DATA_PROTECTION_PERMISSION_LEVEL": "DATA_PROTECTION", "APPLE_ID_AUTH_APP_CONSENT": "APPLE_ID_AUTH",
}

func goodSettings(in *entity) *refusal {
	list, _ := in.attrs["settings"].([]any)
	for _, s := range list {
		key, _ := s.(map[string]any)["key"].(string)
		if want := settingsOf[key]; in.sent("capabilityType") && want != in.text("capabilityType") {
			return badAttribute("settings", fmt.Sprintf("The setting '%s' does not belong to the capability '%s'", key, in.text("capabilityType")))
		}
	}
	return nil
}

func updateCapability(d *deed, old *record, in *entity) *refusal {
	if in.sent("capabilityType") && in.text("capabilityType") != old.text("capabilityType") {
		return badAttribute("capabilityType", "The type of a capability cannot be changed")
	}
	in.attrs["capabilityType"] = old.text("capabilityType")
	if wrong := goodSettings(in); wrong != nil {
		return wrong
	}
	d.w.set(old.typ, old.id, in.attrs)
	d.w.spoilProfiles(d.w.get("bundleIds", old.one("bundleId")))
	return nil
}

func removeCapability(d *deed, old *record) *refusal {
	d.w.spoilProfiles(d.w.get("bundleIds", old.one("bundleId")))
	d.w.drop(old.typ, old.id)
	return nil
}
