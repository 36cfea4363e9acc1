package apple

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

func init() {
	register(&family{typ: "profiles", reads: provisioning, writes: provisioning, teamOnly: true, create: createProfile, remove: removeProfile})
}

// profileKind is what a type of profile may hold. Whether it asks for a
// development certificate, and whether devices belong in it.
type profileKind struct {
	platform             string
	development, devices bool
	certificates         []string
	classes              []string
}

var (
	phones = []string{"IPHONE", "IPAD", "IPOD", "APPLE_WATCH", "APPLE_VISION_PRO"}
	tvs    = []string{"APPLE_TV"}
	macs   = []string{"MAC"}
)

// profileKindOf reads a type: IOS_APP_ADHOC, MAC_CATALYST_APP_STORE, …
func profileKindOf(typ string) profileKind {
	k := profileKind{platform: "IOS", classes: phones, certificates: []string{"DISTRIBUTION", "IOS_DISTRIBUTION"}}
	mac := strings.HasPrefix(typ, "MAC_")
	switch {
	case strings.HasPrefix(typ, "TVOS"):
		k.classes = tvs
	case mac:
		k.platform, k.classes, k.certificates = "MAC_OS", macs, []string{"DISTRIBUTION", "MAC_APP_DISTRIBUTION"}
	}
	switch {
	case strings.HasSuffix(typ, "DEVELOPMENT"):
		k.development, k.devices, k.certificates = true, true, []string{"DEVELOPMENT", "IOS_DEVELOPMENT"}
		if mac {
			k.certificates = []string{"DEVELOPMENT", "MAC_APP_DEVELOPMENT"}
		}
	case strings.HasSuffix(typ, "ADHOC"):
		k.devices = true
	case strings.HasSuffix(typ, "DIRECT"):
		k.certificates = []string{"DEVELOPER_ID_APPLICATION", "DEVELOPER_ID_APPLICATION_G2"}
	}
	return k
}

// createProfile makes a profile of what exists, all of it checked against the
// type.
func createProfile(d *deed, in *entity) (*record, *refusal) {
	name, typ := in.text("name"), in.text("profileType")
	k := profileKindOf(typ)
	if strings.TrimSpace(name) == "" || len(name) > 255 {
		return nil, badAttribute("name", "The attribute 'name' must have from 1 to 255 characters")
	}
	if d.w.find("profiles", func(p *record) bool { return p.text("name") == name && p.text("profileState") == "ACTIVE" }) != nil {
		return nil, entityError(fmt.Sprintf("Multiple profiles found with the name '%s'. Please remove the duplicate profiles and try again.", name), "/data/attributes/name")
	}
	if strings.HasSuffix(typ, "INHOUSE") { // for another programme than this team's; not confirmed
		return nil, badAttribute("profileType", fmt.Sprintf("The profile type '%s' is not available to this team", typ))
	}
	if wrong := d.goodCertificates(k, in.rels["certificates"]).and(d.goodDevices(k, in.rels["devices"])); wrong != nil {
		return nil, wrong
	}
	until := d.now.AddDate(1, 0, 0)
	for _, id := range in.rels["certificates"] { // no profile outlives its certificates
		if at := d.w.get("certificates", id).moment("expirationDate"); at.Before(until) {
			until = at
		}
	}
	p := newRecord("profiles", d.w.newCode(), nil)
	if err := d.s.authority.profile(d.w, p, in, k, d.now, until); err != nil {
		return nil, refuse(500, "UNEXPECTED_ERROR", "An unexpected error occurred.", err.Error())
	}
	d.keep(p)
	d.note = "made the profile " + name
	return d.w.get(p.typ, p.id), nil
}

func (d *deed) goodCertificates(k profileKind, ids []string) *refusal {
	for _, id := range ids {
		c := d.w.get("certificates", id)
		if !slices.Contains(k.certificates, c.text("certificateType")) || c.flag("expired") {
			return badRelation("certificates", fmt.Sprintf("The certificate '%s' of the type %s cannot be used in this profile", id, c.text("certificateType")))
		}
	}
	return nil
}

func (d *deed) goodDevices(k profileKind, ids []string) *refusal {
	switch {
	case !k.devices && len(ids) > 0:
		wrong := badRelation("devices", "No devices can be associated to Provisioning Profiles for the App Store.")
		wrong.entries[0].Code, wrong.entries[0].Title = "ENTITY_ERROR.RELATIONSHIP.NOT_ALLOWED", "The provided entity includes a relationship that is not allowed"
		return wrong
	case k.devices && len(ids) == 0:
		return missingRelation("devices")
	}
	for _, id := range ids {
		dev := d.w.get("devices", id)
		if !slices.Contains(k.classes, dev.text("deviceClass")) {
			return entityError("Invalid deviceClass for profile type.", "/data/relationships/devices")
		}
		if dev.text("status") != "ENABLED" {
			return badRelation("devices", fmt.Sprintf("The device '%s' is disabled", id)) // not confirmed
		}
	}
	return nil
}

// profile fills in what a profile is, with its signed file.
func (a *authority) profile(w *world, p *record, in *entity, k profileKind, from, until time.Time) error {
	uuid := w.newID()
	text := plist(w, in, k, uuid, from, until)
	file, err := a.sign([]byte(text))
	if err != nil {
		return err
	}
	for name, v := range map[string]any{
		"name": in.text("name"), "profileType": in.text("profileType"), "platform": k.platform, "uuid": uuid, "profileState": "ACTIVE",
		"createdDate": stamp(from), "expirationDate": stamp(until), "profileContent": base64.StdEncoding.EncodeToString(file),
	} {
		p.attrs[name] = v
	}
	return nil
}

// plist is the text in a profile.
func plist(w *world, in *entity, k profileKind, uuid string, from, until time.Time) string {
	b := w.get("bundleIds", in.one("bundleId"))
	var t strings.Builder
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	key := func(name, kind, value string) {
		fmt.Fprintf(&t, "\t<key>%s</key>\n\t<%s>%s</%s>\n", name, kind, escape.Replace(value), kind)
	}
	list := func(name, kind string, values []string) {
		fmt.Fprintf(&t, "\t<key>%s</key>\n\t<array>\n", name)
		for _, v := range values {
			fmt.Fprintf(&t, "\t\t<%s>%s</%s>\n", kind, escape.Replace(v), kind)
		}
		t.WriteString("\t</array>\n")
	}
	t.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n")
	key("AppIDName", "string", b.text("name"))
	list("ApplicationIdentifierPrefix", "string", []string{teamID})
	key("CreationDate", "date", from.UTC().Format(time.RFC3339))
	var certificates, devices []string
	for _, id := range in.rels["certificates"] {
		certificates = append(certificates, w.get("certificates", id).text("certificateContent"))
	}
	for _, id := range in.rels["devices"] {
		devices = append(devices, w.get("devices", id).text("udid"))
	}
	list("DeveloperCertificates", "data", certificates)
	fmt.Fprintf(&t, "\t<key>Entitlements</key>\n\t<dict>\n\t\t<key>application-identifier</key>\n\t\t<string>%s.%s</string>\n\t\t<key>get-task-allow</key>\n\t\t<%t/>\n\t</dict>\n", teamID, b.text("identifier"), k.development)
	key("ExpirationDate", "date", until.UTC().Format(time.RFC3339))
	key("Name", "string", in.text("name"))
	if k.devices {
		list("ProvisionedDevices", "string", devices)
	}
	list("TeamIdentifier", "string", []string{teamID})
	key("TeamName", "string", "Meadow Labs")
	key("UUID", "string", uuid)
	t.WriteString("</dict>\n</plist>\n")
	return t.String()
}

func removeProfile(d *deed, old *record) *refusal {
	d.w.drop(old.typ, old.id)
	d.note = "the profile " + old.text("name") + " is deleted"
	return nil
}
