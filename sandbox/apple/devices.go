package apple

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// provisioning are the roles that work with certificates, identifiers and
// profiles. Individual keys never do.
var provisioning = []string{"ADMIN", "APP_MANAGER", "DEVELOPER"}

func init() {
	register(&family{
		typ: "devices", reads: provisioning, writes: provisioning, teamOnly: true, create: registerDevice, update: updateDevice,
	})
}

// slots are the devices of a class that can be registered in a membership year.
const slots = 100

// udids are the forms of identifiers: of old devices, of new ones (Macs with
// Apple silicon among them), and of other Macs.
var (
	oldUDID = regexp.MustCompile(`^[0-9a-fA-F]{40}$`)
	newUDID = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{16}$`)
	macUDID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

func registerDevice(d *deed, in *entity) (*record, *refusal) {
	name, udid, platform := in.text("name"), in.text("udid"), in.text("platform")
	if wrong := goodDeviceName(name).and(goodUDID(udid, platform)); wrong != nil {
		return nil, wrong
	}
	twin := d.w.find("devices", func(r *record) bool { return strings.EqualFold(r.text("udid"), udid) })
	if twin != nil {
		return nil, entityError(fmt.Sprintf("A device with number '%s' already exists on this team.", udid), "/data/attributes/udid")
	}
	class, model := deviceClass(name, platform)
	if d.w.registered(class, d.now) >= slots {
		return nil, entityError(fmt.Sprintf("You have reached the maximum number of devices of the class %s for this membership year.", class), "/data/attributes/udid") // words not confirmed
	}
	r := newRecord("devices", d.w.newCode(), map[string]any{
		"name": name, "udid": udid, "platform": platform, "status": "ENABLED", "deviceClass": class, "model": model, "addedDate": stamp(d.now),
	})
	d.keep(r)
	d.note = "registered " + name
	return r, nil
}

func goodDeviceName(name string) *refusal {
	if n := utf8.RuneCountInString(name); strings.TrimSpace(name) == "" || n > 50 {
		return badAttribute("name", "The attribute 'name' must have from 1 to 50 characters")
	}
	return nil
}

func goodUDID(udid, platform string) *refusal {
	ok := false
	switch platform {
	case "IOS":
		ok = oldUDID.MatchString(udid) || newUDID.MatchString(udid)
	case "MAC_OS":
		ok = macUDID.MatchString(udid) || newUDID.MatchString(udid)
	default: // not confirmed
		return badAttribute("platform", fmt.Sprintf("A device cannot have the platform '%s'", platform))
	}
	if !ok {
		return badAttribute("udid", fmt.Sprintf("An invalid value '%s' was provided for the parameter 'udid'.", udid))
	}
	return nil
}

// deviceClass is what Apple learns from the number; here the name has to tell.
// Televisions and watches have the platform of phones.
func deviceClass(name, platform string) (class, model string) {
	if platform == "MAC_OS" {
		return "MAC", "Mac"
	}
	low := strings.ToLower(name)
	for _, one := range []struct{ word, class, model string }{
		{"ipad", "IPAD", "iPad Pro 11-inch"}, {"watch", "APPLE_WATCH", "Apple Watch Series 10"}, {"tv", "APPLE_TV", "Apple TV 4K"}, {"vision", "APPLE_VISION_PRO", "Apple Vision Pro"}, {"ipod", "IPOD", "iPod touch"},
	} {
		if strings.Contains(low, one.word) {
			return one.class, one.model
		}
	}
	return "IPHONE", "iPhone 16 Pro"
}

// registered counts the devices of a class in the membership year, which begins
// with the calendar's here. Those switched off keep their slot.
func (w *world) registered(class string, now time.Time) (n int) {
	year := time.Date(now.In(pacific).Year(), 1, 1, 0, 0, 0, 0, pacific)
	for r := range w.each("devices") {
		if r.text("deviceClass") == class && !r.moment("addedDate").Before(year) {
			n++
		}
	}
	return n
}

func updateDevice(d *deed, old *record, in *entity) *refusal {
	changes := map[string]any{}
	if in.sent("name") {
		if wrong := goodDeviceName(in.text("name")); wrong != nil {
			return wrong
		}
		changes["name"] = in.text("name")
	}
	if in.sent("status") {
		changes["status"] = in.text("status")
		d.note = old.text("name") + " is " + strings.ToLower(in.text("status"))
	}
	d.w.set(old.typ, old.id, changes)
	return nil
}
