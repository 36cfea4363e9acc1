package apple

import "testing"

func encryption(app string) map[string]any {
	return entityOf("appEncryptionDeclarations", "", map[string]any{
		"appDescription": "Messages are encrypted.", "containsProprietaryCryptography": false, "containsThirdPartyCryptography": true, "availableOnFrenchStore": false,
	}, map[string]any{"app": toOne("apps", app)})
}

// A build gets its own app's declaration, once Apple has approved it.
func TestBuildsDeclareTheirEncryption(t *testing.T) {
	c := newCaller(t, Options{})
	approved := c.find("appEncryptionDeclarations", "appEncryptionDeclarationState", "APPROVED") // Pebble's
	b := c.build(pebbleID, "58")
	path := "/v1/builds/" + b + "/relationships/appEncryptionDeclaration"
	fresh := c.made("/v1/appEncryptionDeclarations", encryption(pebbleID))
	c.says(409, "STATE_ERROR", "'CREATED'", "PATCH", path, toOne("appEncryptionDeclarations", fresh))
	c.says(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", "different apps", "PATCH",
		"/v1/builds/"+c.build(haloID, "118")+"/relationships/appEncryptionDeclaration", toOne("appEncryptionDeclarations", approved))
	c.ask("PATCH", path, toOne("appEncryptionDeclarations", approved))
	if d := c.item("/v1/builds/" + b + "/appEncryptionDeclaration"); d == nil || d.ID != approved {
		t.Errorf("%+v", d)
	}
	if _, d := c.ask("GET", "/v1/apps/"+pebbleID+"/appEncryptionDeclarations?filter[builds]="+b, nil); len(d.all(t)) != 1 {
		t.Errorf("%s", d.Data)
	}
}
