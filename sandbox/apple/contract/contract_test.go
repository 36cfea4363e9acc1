package contract

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryOperationIsFoundAndAnswered(t *testing.T) {
	all := Operations()
	if len(all) < 200 {
		t.Fatalf("%d operations", len(all))
	}
	for _, op := range all {
		found, id, _, ok := Find(op.Method, strings.Replace(op.Path, "{id}", "a-1", 1))
		if !ok || found.Method != op.Method || found.Path != op.Path || strings.Contains(op.Path, "{id}") != (id == "a-1") {
			t.Errorf("%s %s: found %s %s, id %q", op.Method, op.Path, found.Method, found.Path, id)
		}
		if len(op.Answers) == 0 {
			t.Errorf("%s %s has no answer", op.Method, op.Path)
		}
		for status, shape := range op.Answers {
			if empty := status == 202 || status == 204; empty != (shape == nil) {
				t.Errorf("%s %s: the answer %d has the shape %v", op.Method, op.Path, status, shape)
			}
		}
		if writes := op.Method == "POST" || op.Method == "PATCH"; writes && op.Body.Prop("data") == nil {
			t.Errorf("%s %s takes no data", op.Method, op.Path)
		}
	}
}

func TestFindSaysWhatAPathOffers(t *testing.T) {
	for _, tt := range []struct{ method, path, others string }{
		{"DELETE", "/v1/betaAppReviewSubmissions/1", "GET"},
		{"PUT", "/v1/users/1", "DELETE GET PATCH"},
		{"GET", "/v1/colours", ""},
		{"GET", "/v1/users/", ""},
		{"GET", "/v1/users/1/visibleApps/2", ""},
	} {
		if _, _, others, ok := Find(tt.method, tt.path); ok || strings.Join(others, " ") != tt.others {
			t.Errorf("%s %s: %v %v", tt.method, tt.path, ok, others)
		}
	}
}

func TestWhatTheContractSays(t *testing.T) {
	op, _, _, _ := Find("POST", "/v1/userInvitations")
	attrs := op.Body.Prop("data", "attributes")
	if roles := attrs.Prop("roles"); roles.Type != "array" || !slices.Contains(roles.Items.Enum, "ADMIN") || attrs.Prop("colour") != nil {
		t.Errorf("%+v", roles)
	}
	if !attrs.Prop("allAppsVisible").Nullable || !slices.Contains(attrs.Required, "email") {
		t.Errorf("%+v", attrs)
	}
	op, _, _, _ = Find("GET", "/v1/users")
	if p := op.Query["limit"]; p.Max != 200 || p.Type != "integer" {
		t.Errorf("%+v", p)
	}
	if p := op.Query["filter[roles]"]; !p.List || !slices.Contains(p.Enum, "SALES") {
		t.Errorf("%+v", p)
	}
	rel := Resources()["users"].Relationships["visibleApps"]
	if !rel.Many || !rel.Data || !rel.Links || !slices.Equal(rel.Types, []string{"apps"}) {
		t.Errorf("%+v", rel)
	}
	if Resources()["inAppPurchases"].Attributes["name"] == nil {
		t.Error("of two schemas of one type, the older one is kept")
	}
}

// The contract is an OpenAPI document without words.
func TestTheContractIsADocument(t *testing.T) {
	if _, err := parse(JSON()); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "{", `{"paths":{"/v1/x":{"get":[]}}}`, `{"paths":{"/v1/x":{"get":{"parameters":[{}]}}}}`} {
		if _, err := parse([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a contract", bad)
		}
	}
	copied := JSON()
	copied[0] = 'x'
	if JSON()[0] == 'x' {
		t.Error("a caller can change the contract")
	}
}
