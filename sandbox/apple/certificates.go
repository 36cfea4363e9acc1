package apple

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

func init() {
	register(&family{
		typ: "certificates", reads: provisioning, writes: provisioning, teamOnly: true,
		create: createCertificate, update: updateCertificate, remove: revokeCertificate,
		due: certificateEnds, age: func(w *world, r *record, _ time.Time) {
			w.spoilProfiles(r)
			w.set(r.typ, r.id, map[string]any{"expired": true})
		},
	})
}

// certificateKind is what a type of certificate is called, and how many a team
// may have. Reports speak of 2 and of 3 for distribution; Apple publishes no
// number, and none for development.
type certificateKind struct {
	name, platform string
	most           int
}

var certificateKinds = map[string]certificateKind{
	"DEVELOPMENT":                 {"Apple Development", "", 10},
	"IOS_DEVELOPMENT":             {"iOS Development", "IOS", 10},
	"MAC_APP_DEVELOPMENT":         {"Mac Development", "MAC_OS", 10},
	"DISTRIBUTION":                {"Apple Distribution", "", 2},
	"IOS_DISTRIBUTION":            {"iOS Distribution", "IOS", 2},
	"MAC_APP_DISTRIBUTION":        {"Mac App Distribution", "MAC_OS", 2},
	"MAC_INSTALLER_DISTRIBUTION":  {"Mac Installer Distribution", "MAC_OS", 2},
	"IDENTITY_ACCESS":             {"Identity Access", "", 2},
	"PASS_TYPE_ID":                {"Pass Type ID", "", 2},
	"PASS_TYPE_ID_WITH_NFC":       {"Pass Type ID with NFC", "", 2},
	"APPLE_PAY":                   {"Apple Pay Payment Processing", "", 2},
	"APPLE_PAY_RSA":               {"Apple Pay Payment Processing", "", 2},
	"APPLE_PAY_MERCHANT_IDENTITY": {"Apple Pay Merchant Identity", "", 2},
	"APPLE_PAY_PSP_IDENTITY":      {"Apple Pay Platform Integrator Identity", "", 2},
	"DEVELOPER_ID_APPLICATION":    {"Developer ID Application", "MAC_OS", 5},
	"DEVELOPER_ID_APPLICATION_G2": {"Developer ID Application", "MAC_OS", 5},
	"DEVELOPER_ID_KEXT":           {"Developer ID Kext", "MAC_OS", 5},
	"DEVELOPER_ID_KEXT_G2":        {"Developer ID Kext", "MAC_OS", 5},
}

func createCertificate(d *deed, in *entity) (*record, *refusal) {
	typ := in.text("certificateType")
	kind := certificateKinds[typ]
	switch {
	case strings.HasPrefix(typ, "DEVELOPER_ID"): // which only the Account Holder makes, elsewhere
		return nil, refuse(http.StatusForbidden, "FORBIDDEN_ERROR", "This request is forbidden for security reasons", "Certificates of the type "+typ+" cannot be created with this API")
	case strings.HasPrefix(typ, "PASS_TYPE_ID") && in.one("passTypeId") == "":
		return nil, missingRelation("passTypeId")
	case strings.HasPrefix(typ, "APPLE_PAY") && in.one("merchantId") == "":
		return nil, missingRelation("merchantId")
	}
	csr, err := readRequest(in.text("csrContent"))
	if err != nil {
		return nil, badAttribute("csrContent", "The certificate signing request cannot be used: "+err.Error())
	}
	there := 0
	for r := range d.w.each("certificates") {
		if r.text("certificateType") == typ && !r.flag("expired") {
			there++
		}
	}
	if there >= kind.most {
		word := "Development"
		if strings.Contains(typ, "DISTRIBUTION") {
			word = "Distribution"
		}
		return nil, refuse(http.StatusConflict, "ENTITY_ERROR", fmt.Sprintf("There is a problem with the request entity - You already have a current %s certificate or a pending certificate request.", word), "")
	}
	r, err := d.s.authority.certificate(d.w, csr, typ, d.now, d.now.AddDate(1, 0, 0))
	if err != nil {
		return nil, refuse(http.StatusInternalServerError, "UNEXPECTED_ERROR", "An unexpected error occurred.", err.Error())
	}
	d.note = "made a certificate " + r.text("name")
	return r, nil
}

// certificate issues one and keeps it.
func (a *authority) certificate(w *world, csr *x509.CertificateRequest, typ string, from, until time.Time) (*record, error) {
	kind := certificateKinds[typ]
	c, err := a.issue(csr, kind.name+": Meadow Labs", from, until)
	if err != nil {
		return nil, err
	}
	attrs := map[string]any{
		"name": kind.name + ": Meadow Labs", "displayName": "Meadow Labs", "certificateType": typ, "serialNumber": strings.ToUpper(c.SerialNumber.Text(16)),
		"expirationDate": stamp(until), "certificateContent": base64.StdEncoding.EncodeToString(c.Raw), "activated": true,
	}
	if kind.platform != "" {
		attrs["platform"] = kind.platform
	}
	r := newRecord("certificates", w.newCode(), attrs)
	w.put(r)
	return r, nil
}

func updateCertificate(d *deed, old *record, in *entity) *refusal {
	if in.attrs["activated"] != nil {
		d.w.set(old.typ, old.id, map[string]any{"activated": in.flag("activated")})
	}
	return nil
}

// revokeCertificate ends a certificate; profiles that hold it are worth nothing
// then.
func revokeCertificate(d *deed, old *record) *refusal {
	d.w.spoilProfiles(old)
	d.w.drop(old.typ, old.id)
	d.note = old.text("name") + " is revoked"
	return nil
}

// spoilProfiles makes the profiles of a certificate or a bundle id invalid.
func (w *world) spoilProfiles(of *record) {
	for _, id := range slices.Clone(of.rels["profiles"]) {
		w.set("profiles", id, map[string]any{"profileState": "INVALID"})
	}
}

func certificateEnds(r *record) time.Time {
	if r.flag("expired") {
		return time.Time{}
	}
	return r.moment("expirationDate")
}
