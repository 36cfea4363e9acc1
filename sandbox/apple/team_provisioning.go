package apple

import (
	"fmt"
	"time"
)

// provisioning gives the team devices, certificates, identifiers and profiles.
func (f *founding) provisioning() error {
	for _, d := range []struct {
		name, platform, udid, status string
		days                         int
	}{
		{"Cy's iPhone", "IOS", "00008130-001A2C3E14D2001C", "ENABLED", 300},
		{"Finn's iPhone", "IOS", "00008120-000E3D6A0ABC401E", "ENABLED", 210},
		{"Test iPad", "IOS", "00008103-0009599A0C91401E", "ENABLED", 180},
		{"Old iPhone", "IOS", "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334", "DISABLED", 700},
		{"Ben's Watch", "IOS", "00008310-00056C2A2E8B601C", "ENABLED", 90},
		{"Studio TV", "IOS", "00008110-00022D3C1E45801E", "ENABLED", 60},
		{"Eve's Mac", "MAC_OS", "4C4C4544-0051-3710-8052-B4C04F564D31", "ENABLED", 120},
	} {
		class, model := deviceClass(d.name, d.platform)
		f.add("devices", f.w.newCode(), map[string]any{
			"name": d.name, "platform": d.platform, "udid": d.udid, "status": d.status, "deviceClass": class, "model": model, "addedDate": f.ago(time.Duration(d.days) * aDay),
		})
	}
	for _, a := range teamApps {
		platform := "IOS"
		if a.id == tideID {
			platform = "MAC_OS"
		}
		id := f.add("bundleIds", f.w.newCode(), map[string]any{"identifier": a.bundle, "name": a.name, "platform": platform, "seedId": teamID}, "app="+a.id)
		for _, c := range []string{"IN_APP_PURCHASE", "PUSH_NOTIFICATIONS"} {
			f.add("bundleIdCapabilities", id+"_"+c, map[string]any{"capabilityType": c}, "bundleId="+id)
		}
	}
	f.add("bundleIds", f.w.newCode(), map[string]any{"identifier": "example.meadow.halo.widget", "name": "Halo Widget", "platform": "IOS", "seedId": teamID})
	certificates := map[string]string{}
	for _, c := range []struct {
		typ        string
		made, left int // days
	}{{"DISTRIBUTION", 351, 14}, {"DEVELOPMENT", 100, 265}, {"MAC_INSTALLER_DISTRIBUTION", 30, 335}} {
		r, err := f.authority.certificate(f.w, f.authority.csr, c.typ, f.now.AddDate(0, 0, -c.made), f.now.AddDate(0, 0, c.left).Truncate(time.Second))
		if err != nil {
			return fmt.Errorf("make the team's certificates: %w", err)
		}
		certificates[c.typ] = r.id
	}
	return f.profiles(certificates)
}

func (f *founding) profiles(certificates map[string]string) error {
	device := func(name string) string {
		return f.w.find("devices", func(d *record) bool { return d.text("name") == name }).id
	}
	for _, p := range []struct {
		name, typ, app, certificate, state string
		devices                            []string
		left                               int
	}{
		{"Halo App Store", "IOS_APP_STORE", haloID, "DISTRIBUTION", "ACTIVE", nil, 14},
		{"Halo Ad Hoc", "IOS_APP_ADHOC", haloID, "DISTRIBUTION", "ACTIVE", []string{"Cy's iPhone", "Finn's iPhone", "Test iPad"}, 14},
		{"Halo Development", "IOS_APP_DEVELOPMENT", haloID, "DEVELOPMENT", "ACTIVE", []string{"Cy's iPhone", "Finn's iPhone"}, 200},
		{"Pebble App Store", "IOS_APP_STORE", pebbleID, "DISTRIBUTION", "INVALID", nil, 14},
		{"Tide App Store", "MAC_APP_STORE", tideID, "DISTRIBUTION", "ACTIVE", nil, 14},
	} {
		in := &entity{attrs: map[string]any{"name": p.name, "profileType": p.typ}, rels: map[string][]string{"certificates": {certificates[p.certificate]}}}
		in.rels["bundleId"] = []string{f.w.find("bundleIds", func(b *record) bool { return b.one("app") == p.app }).id}
		for _, name := range p.devices {
			in.rels["devices"] = append(in.rels["devices"], device(name))
		}
		r := newRecord("profiles", f.w.newCode(), nil)
		err := f.authority.profile(f.w, r, in, profileKindOf(p.typ), f.now.AddDate(0, 0, -40), f.now.AddDate(0, 0, p.left).Truncate(time.Second))
		if err != nil {
			return fmt.Errorf("make the team's profiles: %w", err)
		}
		r.attrs["profileState"] = p.state
		f.w.put(r)
		for _, name := range sortedKeys(in.rels) {
			for _, id := range in.rels[name] {
				f.w.link("profiles", r.id, name, id)
			}
		}
	}
	return nil
}
