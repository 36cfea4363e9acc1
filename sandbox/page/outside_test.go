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
		{`{"deed":"accept","email":"pat@agency.example"}`, "users", "username", "pat@icloud.example", "", true},                                 // it is used up
		{`{"deed":"accept","email":"vera@orchard.example","team":"Meadow Labs"}`, "userInvitations", "email", "vera@orchard.example", "", true}, // which is of the other
		{`{"deed":"accept","email":"vera@orchard.example","team":"Orchard"}`, "users", "username", "vera@orchard.example", "", false},
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

// Somebody's account in Slack can be closed, and opened again.
func TestOneSeesSomebodyLeaveSlack(t *testing.T) {
	p := newPage(t, Options{})
	for _, c := range []struct {
		deed string
		gone bool
	}{{"leave-slack", true}, {"return-to-slack", false}} {
		if w := post(p, "/sandbox/outside", `{"deed":"`+c.deed+`","id":"U0BEN"}`); w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", c.deed, w.Code, w.Body)
		}
		for _, who := range p.Slack.People() {
			if who.ID == "U0BEN" && who.Deleted != c.gone {
				t.Errorf("after %s: %+v", c.deed, who)
			}
		}
	}
	if w := post(p, "/sandbox/outside", `{"deed":"leave-slack","id":"U0NOBODY"}`); w.Code == http.StatusOK {
		t.Error("somebody left who was never there")
	}
}

// Apple and developers can be played too: a build is uploaded, processed and reviewed, and
// who was added before there was a build gets the mail then.
func TestOnePlaysAppleAndDevelopers(t *testing.T) {
	p := newPage(t, Options{})
	find := func(kind, attr, value string) apple.Resource {
		t.Helper()
		for _, r := range p.Apple.Resources(kind) {
			if r.Attributes[attr] == value {
				return r
			}
		}
		t.Fatalf("there is no %s in %s", value, kind)
		return apple.Resource{}
	}
	does := func(body string, refused bool) {
		t.Helper()
		if w := post(p, "/sandbox/outside", body); (w.Code != http.StatusOK) != refused {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	stands := func(number, internal, external string) {
		t.Helper()
		for _, d := range p.Apple.Resources("buildBetaDetails") {
			if d.Relationships["build"][0] == find("builds", "version", number).ID {
				if d.Attributes["internalBuildState"] != internal || d.Attributes["externalBuildState"] != external {
					t.Errorf("build %s stands as %v, want %s %s", number, d.Attributes, internal, external)
				}
			}
		}
	}
	fresh := find("builds", "version", "204").ID
	does(`{"deed":"review-passes","id":"`+fresh+`"}`, true)
	does(`{"deed":"processed","id":"`+fresh+`"}`, false)
	stands("204", "MISSING_EXPORT_COMPLIANCE", "MISSING_EXPORT_COMPLIANCE")
	does(`{"deed":"invalid","id":"`+fresh+`"}`, true)

	waits := find("builds", "version", "203").ID
	does(`{"deed":"review-begins","id":"`+waits+`"}`, false)
	stands("203", "IN_BETA_TESTING", "IN_BETA_REVIEW")
	does(`{"deed":"review-rejects","id":"`+waits+`"}`, false)
	stands("203", "IN_BETA_TESTING", "BETA_REJECTED")

	does(`{"deed":"upload","app":"`+find("apps", "name", "Halo").ID+`","number":" 119 "}`, false)
	stands("119", "READY_FOR_BETA_TESTING", "READY_FOR_BETA_SUBMISSION")

	does(`{"deed":"accept-testing","app":"6448000001","email":"ida@friends.example"}`, false)
	if got := find("betaTesters", "email", "ida@friends.example").Attributes["state"]; got != "ACCEPTED" {
		t.Errorf("she is %v", got)
	}

	link := find("betaGroups", "name", "Everybody").ID
	came := func() (n int) {
		for _, r := range p.Apple.Resources("betaTesters") {
			if r.Attributes["inviteType"] == "PUBLIC_LINK" {
				n++
			}
		}
		return n
	}
	before := came()
	does(`{"deed":"follow-link","id":"`+link+`"}`, false)
	does(`{"deed":"follow-link","id":"`+find("betaGroups", "name", "Parents").ID+`"}`, true)
	if came() != before+1 {
		t.Errorf("%d have come by a link, and %d before", came(), before)
	}
}
