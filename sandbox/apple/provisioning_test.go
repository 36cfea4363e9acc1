package apple

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
)

func device(name, platform, udid string) map[string]any {
	return entityOf("devices", "", map[string]any{"name": name, "platform": platform, "udid": udid}, nil)
}

func TestDevices(t *testing.T) {
	c := newCaller(t, Options{})
	no := func(code, words string, body any) {
		t.Helper()
		c.says(409, code, words, "POST", "/v1/devices", body)
	}
	id := c.made("/v1/devices", device("Di's iPhone", "IOS", "00008140-000A1B2C3D4E501C"))
	if d := c.item("/v1/devices/" + id); d.Attributes["deviceClass"] != "IPHONE" || d.Attributes["status"] != "ENABLED" {
		t.Errorf("%+v", d)
	}
	no("ENTITY_ERROR", "A device with number '00008140-000a1b2c3d4e501c' already exists on this team.", device("Again", "IOS", "00008140-000a1b2c3d4e501c"))
	no("ENTITY_ERROR", "already exists on this team", device("Again", "IOS", strings.ToUpper("a1b2c3d4e5f60718293a4b5c6d7e8f9001122334")))
	for _, udid := range []string{"", "1234", "00008140-000A1B2C3D4E501", "00008140-000A1B2C3D4E501CX", "4C4C4544-0051-3710-8052-B4C04F564D32", strings.Repeat("g", 40)} {
		no("ENTITY_ERROR.ATTRIBUTE.INVALID", "An invalid value '"+udid+"' was provided for the parameter 'udid'.", device("X", "IOS", udid))
	}
	no("ENTITY_ERROR.ATTRIBUTE.INVALID", "from 1 to 50", device(" ", "IOS", "00008140-000A1B2C3D4E502C"))
	no("ENTITY_ERROR.ATTRIBUTE.INVALID", "platform", device("X", "SERVICES", "00008140-000A1B2C3D4E502C"))
	c.made("/v1/devices", device("Mac", "MAC_OS", "4C4C4544-0051-3710-8052-B4C04F564D32"))
	c.made("/v1/devices", device("New Mac", "MAC_OS", "00006000-000A1B2C3D4E501C"))
	c.ask("PATCH", "/v1/devices/"+id, changed("devices", id, map[string]any{"name": "Di's old iPhone", "status": "DISABLED"}))
	_, d := c.ask("GET", "/v1/devices?filter[status]=DISABLED&sort=name", nil)
	if all := d.all(t); len(all) != 2 || all[0].Attributes["name"] != "Di's old iPhone" {
		t.Errorf("%s", d.Data)
	}
	if w := c.send(c.request("DELETE", "/v1/devices/"+id, nil)); w.Code != 403 || !strings.Contains(w.Body.String(), "does not allow 'DELETE'") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A class has a hundred places in a year. Switching a device off frees none.
func TestDeviceSlots(t *testing.T) {
	c := newCaller(t, Options{})
	body := func(i int) map[string]any {
		return device(fmt.Sprint("iPad ", i), "IOS", fmt.Sprintf("00008140-%016X", i))
	}
	there := 0
	for _, d := range c.s.Resources("devices") {
		if d.Attributes["deviceClass"] == "IPAD" {
			there++
		}
	}
	var last string
	for i := there; i < slots; i++ {
		last = c.made("/v1/devices", body(i))
	}
	c.says(409, "ENTITY_ERROR", "maximum number of devices of the class IPAD", "POST", "/v1/devices", body(200))
	c.ask("PATCH", "/v1/devices/"+last, changed("devices", last, map[string]any{"status": "DISABLED"}))
	c.says(409, "ENTITY_ERROR", "maximum number of devices", "POST", "/v1/devices", body(200))
	c.made("/v1/devices", device("Another iPhone", "IOS", "00008140-000A1B2C3D4E501C"))
	c.wait(60 * aDay) // into the next year
	c.made("/v1/devices", body(200))
}

// request makes a signing request and keeps the key.
func signingRequest(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "Di"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

func newCertificate(typ, csr string) map[string]any {
	return entityOf("certificates", "", map[string]any{"certificateType": typ, "csrContent": csr}, nil)
}

func TestCertificates(t *testing.T) {
	c := newCaller(t, Options{})
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	csr := signingRequest(t, key)
	id := c.made("/v1/certificates", newCertificate("DISTRIBUTION", csr))
	r := c.item("/v1/certificates/" + id)
	der, err := base64.StdEncoding.DecodeString(r.Attributes["certificateContent"].(string))
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if !key.PublicKey.Equal(cert.PublicKey) || cert.CheckSignatureFrom(c.s.authority.cert) != nil || strings.ToUpper(cert.SerialNumber.Text(16)) != r.Attributes["serialNumber"] ||
		!strings.HasPrefix(cert.Subject.CommonName, "Apple Distribution: Meadow Labs (") || !cert.NotAfter.Equal(c.now.AddDate(1, 0, 0)) {
		t.Errorf("%+v", cert.Subject)
	}
	no := func(status int, code, words string, body any) {
		t.Helper()
		c.says(status, code, words, "POST", "/v1/certificates", body)
	}
	no(409, "ENTITY_ERROR", "There is a problem with the request entity - You already have a current Distribution certificate or a pending certificate request.", newCertificate("DISTRIBUTION", csr))
	for _, bad := range []string{"", "x", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", strings.Replace(csr, "REQUEST", "", 2), strings.Replace(csr, "A", "B", 3)} {
		no(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "signing request cannot be used", newCertificate("DEVELOPMENT", bad))
	}
	weak, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	no(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "another curve", newCertificate("DEVELOPMENT", signingRequest(t, weak)))
	no(403, "FORBIDDEN_ERROR", "DEVELOPER_ID_APPLICATION", newCertificate("DEVELOPER_ID_APPLICATION", csr))
	no(409, "ENTITY_ERROR.RELATIONSHIP.REQUIRED", "passTypeId", newCertificate("PASS_TYPE_ID", csr))
	no(409, "ENTITY_ERROR.RELATIONSHIP.REQUIRED", "merchantId", newCertificate("APPLE_PAY", csr))
	block, _ := pem.Decode([]byte(csr))
	c.made("/v1/certificates", newCertificate("IOS_DISTRIBUTION", base64.StdEncoding.EncodeToString(block.Bytes)))
	c.ask("PATCH", "/v1/certificates/"+id, changed("certificates", id, map[string]any{"activated": false}))
	c.ask("DELETE", "/v1/certificates/"+id, nil)
	c.made("/v1/certificates", newCertificate("DISTRIBUTION", csr))
}

// profile states by name.
func (c *caller) profileState(name string) any {
	c.t.Helper()
	return c.item("/v1/profiles/" + c.find("profiles", "name", name)).Attributes["profileState"]
}

func TestRevokedCertificatesSpoilProfiles(t *testing.T) {
	c := newCaller(t, Options{})
	if got := c.profileState("Halo App Store"); got != "ACTIVE" {
		t.Fatal(got)
	}
	c.ask("DELETE", "/v1/certificates/"+c.find("certificates", "certificateType", "DISTRIBUTION"), nil)
	for name, want := range map[string]string{"Halo App Store": "INVALID", "Halo Ad Hoc": "INVALID", "Tide App Store": "INVALID", "Halo Development": "ACTIVE"} {
		if got := c.profileState(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	_, d := c.ask("GET", "/v1/profiles/"+c.find("profiles", "name", "Halo App Store")+"/certificates", nil)
	if len(d.all(t)) != 0 {
		t.Errorf("%s", d.Data)
	}
	// So does one that expires.
	at := newCaller(t, Options{})
	at.wait(15 * aDay)
	if got := at.profileState("Halo Ad Hoc"); got != "INVALID" {
		t.Error(got)
	}
}

func TestBundleIDs(t *testing.T) {
	c := newCaller(t, Options{})
	body := func(identifier string, more map[string]any) map[string]any {
		attrs := map[string]any{"identifier": identifier, "name": "New", "platform": "IOS"}
		for name, v := range more {
			attrs[name] = v
		}
		return entityOf("bundleIds", "", attrs, nil)
	}
	id := c.made("/v1/bundleIds", body("example.meadow.new", nil))
	no := func(words string, b any) {
		t.Helper()
		c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", words, "POST", "/v1/bundleIds", b)
	}
	no("An App ID with Identifier 'Example.Meadow.Halo' is not available.", body("Example.Meadow.Halo", nil))
	for _, bad := range []string{"", "a b", "a..b", "a.*.b", "ä"} {
		no("not a valid identifier", body(bad, nil))
	}
	no("not a prefix", body("example.meadow.other", map[string]any{"seedId": "XXXXXXXXXX"}))
	no("from 1 to 255", body("example.meadow.other", map[string]any{"name": ""}))
	c.made("/v1/bundleIds", body("example.meadow.*", nil))
	_, d := c.ask("GET", "/v1/bundleIds?filter[identifier]=example.meadow.halo&sort=identifier", nil)
	if all := d.all(t); len(all) != 3 {
		t.Errorf("the filter finds longer ones too: %s", d.Data)
	}
	c.ask("PATCH", "/v1/bundleIds/"+id, changed("bundleIds", id, map[string]any{"name": "Newer"}))
	c.ask("DELETE", "/v1/bundleIds/"+id, nil)
	halo := c.find("bundleIds", "identifier", "example.meadow.halo")
	c.says(409, "STATE_ERROR", "in use by the App Store", "DELETE", "/v1/bundleIds/"+halo, nil)
	if app := c.item("/v1/bundleIds/" + halo + "/app"); app.ID != haloID {
		t.Errorf("%+v", app)
	}
}

func TestCapabilities(t *testing.T) {
	c := newCaller(t, Options{})
	halo := c.find("bundleIds", "identifier", "example.meadow.halo")
	body := func(typ string, settings any) map[string]any {
		attrs := map[string]any{"capabilityType": typ}
		if settings != nil {
			attrs["settings"] = settings
		}
		return entityOf("bundleIdCapabilities", "", attrs, map[string]any{"bundleId": toOne("bundleIds", halo)})
	}
	id := c.made("/v1/bundleIdCapabilities", body("PUSH_NOTIFICATIONS", nil))
	if id != halo+"_PUSH_NOTIFICATIONS" || c.profileState("Halo App Store") != "ACTIVE" {
		t.Errorf("one that is on already changes nothing: %s", id)
	}
	version := []any{map[string]any{"key": "ICLOUD_VERSION", "options": []any{map[string]any{"key": "XCODE_6", "enabled": true}}}}
	id = c.made("/v1/bundleIdCapabilities", body("ICLOUD", version))
	if got := c.profileState("Halo App Store"); got != "INVALID" {
		t.Errorf("a new capability: %v", got)
	}
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "does not belong", "POST", "/v1/bundleIdCapabilities", body("HEALTHKIT", version))
	c.ask("PATCH", "/v1/bundleIdCapabilities/"+id, changed("bundleIdCapabilities", id, map[string]any{"settings": version}))
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "cannot be changed", "PATCH", "/v1/bundleIdCapabilities/"+id, changed("bundleIdCapabilities", id, map[string]any{"capabilityType": "MAPS"}))
	c.ask("DELETE", "/v1/bundleIdCapabilities/"+id, nil)
	_, d := c.ask("GET", "/v1/bundleIds/"+halo+"/bundleIdCapabilities", nil)
	if len(d.all(t)) != 2 {
		t.Errorf("%s", d.Data)
	}
}

func newProfile(name, typ, bundle string, certificates, devices []string) map[string]any {
	rels := map[string]any{"bundleId": toOne("bundleIds", bundle), "certificates": toMany("certificates", certificates...)}
	if devices != nil {
		rels["devices"] = toMany("devices", devices...)
	}
	return entityOf("profiles", "", map[string]any{"name": name, "profileType": typ}, rels)
}

func TestProfiles(t *testing.T) {
	c := newCaller(t, Options{})
	halo := c.find("bundleIds", "identifier", "example.meadow.halo")
	dist, dev := []string{c.find("certificates", "certificateType", "DISTRIBUTION")}, []string{c.find("certificates", "certificateType", "DEVELOPMENT")}
	phone, tv, old := c.find("devices", "name", "Cy's iPhone"), c.find("devices", "name", "Studio TV"), c.find("devices", "name", "Old iPhone")
	no := func(code, words string, body any) {
		t.Helper()
		c.says(409, code, words, "POST", "/v1/profiles", body)
	}
	id := c.made("/v1/profiles", newProfile("New & <Dev>", "IOS_APP_DEVELOPMENT", halo, dev, []string{phone}))
	c.made("/v1/profiles", newProfile("New TV", "TVOS_APP_ADHOC", halo, dist, []string{tv}))
	c.made("/v1/profiles", newProfile("New store", "IOS_APP_STORE", halo, dist, nil))
	no("ENTITY_ERROR.RELATIONSHIP.NOT_ALLOWED", "No devices can be associated to Provisioning Profiles for the App Store.", newProfile("x", "IOS_APP_STORE", halo, dist, []string{phone}))
	no("ENTITY_ERROR.RELATIONSHIP.REQUIRED", "devices", newProfile("x", "IOS_APP_ADHOC", halo, dist, nil))
	no("ENTITY_ERROR.RELATIONSHIP.REQUIRED", "devices", newProfile("x", "IOS_APP_DEVELOPMENT", halo, dev, nil))
	no("ENTITY_ERROR", "Invalid deviceClass for profile type.", newProfile("x", "IOS_APP_ADHOC", halo, dist, []string{tv}))
	no("ENTITY_ERROR", "Invalid deviceClass for profile type.", newProfile("x", "TVOS_APP_DEVELOPMENT", halo, dev, []string{phone}))
	no("ENTITY_ERROR.RELATIONSHIP.INVALID", "disabled", newProfile("x", "IOS_APP_ADHOC", halo, dist, []string{old}))
	no("ENTITY_ERROR.RELATIONSHIP.INVALID", "cannot be used in this profile", newProfile("x", "IOS_APP_STORE", halo, dev, nil))
	no("ENTITY_ERROR", "Multiple profiles found with the name 'Halo App Store'. Please remove the duplicate profiles and try again.", newProfile("Halo App Store", "IOS_APP_STORE", halo, dist, nil))
	no("ENTITY_ERROR.ATTRIBUTE.INVALID", "not available to this team", newProfile("x", "IOS_APP_INHOUSE", halo, dist, nil))
	no("ENTITY_ERROR.RELATIONSHIP.INVALID", "no resource of type 'bundleIds' with id 'NOPE'", newProfile("x", "IOS_APP_STORE", "NOPE", dist, nil))
	c.made("/v1/profiles", newProfile("Pebble App Store", "IOS_APP_STORE", halo, dist, nil)) // the old one of the name is invalid

	file, err := base64.StdEncoding.DecodeString(c.item("/v1/profiles/" + id).Attributes["profileContent"].(string))
	if err != nil {
		t.Fatal(err)
	}
	text := unwrap(t, c.s.authority, file)
	for _, want := range []string{"New &amp; &lt;Dev&gt;", "00008130-001A2C3E14D2001C", "MDW4LABS01.example.meadow.halo", "<true/>"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	_, d := c.ask("GET", "/v1/profiles?filter[profileType]=IOS_APP_DEVELOPMENT&include=bundleId,certificates,devices&sort=name", nil)
	if len(d.all(t)) != 2 || len(d.Included) != 4 {
		t.Errorf("%+v", d.Included)
	}
	c.ask("DELETE", "/v1/profiles/"+id, nil)
}

// unwrap reads a signed file and checks its signature.
func unwrap(t *testing.T, a *authority, file []byte) []byte {
	t.Helper()
	var outer, inner contentInfo
	var signed signedData
	if rest, err := asn1.Unmarshal(file, &outer); err != nil || len(rest) > 0 || !outer.Type.Equal(oidSigned) {
		t.Fatalf("%v, %d bytes over", err, len(rest))
	}
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &signed); err != nil {
		t.Fatal(err)
	}
	inner = signed.Content
	var text []byte
	if _, err := asn1.Unmarshal(inner.Content.Bytes, &text); err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(signed.Certificates.Bytes)
	if err != nil || !cert.Equal(a.cert) {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	if !ecdsa.VerifyASN1(cert.PublicKey.(*ecdsa.PublicKey), sum[:], signed.Signers[0].Signature) {
		t.Error("the signature does not fit")
	}
	return text
}

// Provisioning is closed to individual keys and to roles that have no part in
// it.
func TestWhoProvisions(t *testing.T) {
	paths := []string{"/v1/certificates", "/v1/devices", "/v1/bundleIds", "/v1/profiles"}
	for _, o := range []Options{{Individual: true}, {KeyRoles: []string{"MARKETING"}}} {
		c := newCaller(t, o)
		for _, p := range paths {
			c.says(403, "FORBIDDEN_ERROR", "The API key in use does not allow this request", "GET", p, nil)
		}
		c.says(403, "FORBIDDEN_ERROR", "The API key in use", "POST", "/v1/devices", device("X", "IOS", "00008140-000A1B2C3D4E501C"))
	}
	c := newCaller(t, Options{KeyRoles: []string{"DEVELOPER"}})
	for _, p := range paths {
		c.ask("GET", p, nil)
	}
}
