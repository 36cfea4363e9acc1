package apple

import "fmt"

// What the team declares about encryption in an app. A declaration that Apple approved can
// be given to builds that use encryption of their own.
func init() {
	register(
		&family{typ: "appEncryptionDeclarations", writes: testflight, create: declareEncryption},
		&family{typ: "betaLicenseAgreements", writes: testflight, update: updateLicense},
	)
}

// declareEncryption makes a declaration. Apple looks at it once its document is uploaded,
// which is not played here.
func declareEncryption(d *deed, in *entity) (*record, *refusal) {
	attrs := map[string]any{"createdDate": stamp(d.now), "exempt": false, "appEncryptionDeclarationState": "CREATED"}
	for name, v := range in.attrs {
		attrs[name] = v
	}
	r := newRecord("appEncryptionDeclarations", d.newID(), attrs)
	d.keep(r)
	d.note = "declared the encryption in " + d.appName(in.one("app"))
	return r, nil
}

// declareBuild gives a build the declaration of its app. Apple's words are not confirmed.
func declareBuild(d *deed, b *record, declarations []string) *refusal {
	for _, id := range declarations {
		r := d.w.get("appEncryptionDeclarations", id)
		if r.one("app") != b.one("app") {
			return badRelation("appEncryptionDeclaration", "The declaration and the build belong to different apps")
		}
		if state := r.text("appEncryptionDeclarationState"); state != "APPROVED" {
			return stateError(fmt.Sprintf("The declaration cannot be used in state '%s'", state))
		}
	}
	d.plain(b)
	d.note = "the encryption of build " + b.text("version") + " is declared"
	return nil
}

func updateLicense(d *deed, old *record, in *entity) *refusal {
	if in.sent("agreementText") {
		d.w.set(old.typ, old.id, map[string]any{"agreementText": in.text("agreementText")})
	}
	return nil
}
