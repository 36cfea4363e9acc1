package page

import (
	"net/http"
	"testing"

	"github.com/ascbot/ascbot/sandbox/apple"
)

func TestOnePlaysWhoeverGotAMailFromApple(t *testing.T) {
	orchard, err := apple.New(apple.Options{Orchard: true})
	if err != nil {
		t.Fatal(err)
	}
	p := newPage(t, Options{Orchard: orchard})
	has := func(kind, attr, value, state string) bool {
		for _, r := range decode[map[string][]apple.Resource](t, get(p, "/sandbox/apple"))[kind] {
			if r.Attributes[attr] == value && (state == "" || r.Attributes["state"] == state) {
				return true
			}
		}
		return false
	}
	for _, c := range []struct {
		body, kind, attr, value, state string
		refused                        bool
	}{
		{`{"deed":"accept","email":"pat@agency.example","account":" pat@icloud.example "}`, "users", "username", "pat@icloud.example", "", false},
		{`{"deed":"accept","email":"pat@agency.example"}`, "users", "username", "pat@icloud.example", "", true}, // it is used up
		{`{"deed":"accept","email":"vera@orchard.example"}`, "users", "username", "vera@orchard.example", "", false},
		{`{"deed":"install","email":"noor@friends.example","app":"6448000001"}`, "betaTesters", "email", "noor@friends.example", "INSTALLED", false},
		{`{"deed":"install","email":"ida@friends.example","app":"6448500001"}`, "betaTesters", "email", "ida@friends.example", "INSTALLED", false}, // of the other team
		{`{"deed":"install","email":"desk@paper.example","app":"6448000001"}`, "betaTesters", "email", "desk@paper.example", "NOT_INVITED", true},
		{`{"deed":"dance","email":"ida@friends.example"}`, "betaTesters", "email", "ida@friends.example", "INVITED", true},
	} {
		if w := post(p, "/sandbox/outside", c.body); (w.Code != http.StatusOK) != c.refused {
			t.Errorf("%s: %d %s", c.body, w.Code, w.Body)
		}
		if !has(c.kind, c.attr, c.value, c.state) {
			t.Errorf("after %s there is no %s in %s", c.body, c.value, c.kind)
		}
	}
	if has("userInvitations", "email", "pat@agency.example", "") {
		t.Error("an accepted invitation is still open")
	}
}
