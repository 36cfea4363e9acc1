package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/store"
)

// appleRefusals are what App Store Connect says no to, and how it comes that it is asked
// all the same: everything was in order when it was looked at last, and somebody else
// was faster than the call.
var appleRefusals = []struct {
	name    string
	first   func(p *play) error // before it is asked for
	say     string
	form    []string
	call    string
	faster  func(p *play) error // while the call is on its way
	apples  string              // or the code of an error that is Apple's own doing
	code    int                 // of Apple's answer
	says    string              // what people read
	instead store.State         // what it ends as, when it is not a failure
}{
	{
		name: "another build of the version is in beta review",
		first: func(p *play) error {
			for _, number := range []string{"130", "131"} {
				if _, err := p.box.Apple.Upload("Pebble", number); err != nil {
					return err
				}
			}
			return nil
		},
		say: "build review Pebble 130", call: "POST /v1/betaAppReviewSubmissions", code: 422,
		faster: func(p *play) error { return p.submit("131") },
		says:   "Another build of the same version is in beta review already; App Store Connect takes one at a time.",
	},
	{
		name: "it was submitted a moment ago",
		say:  "build review Halo 118", call: "POST /v1/betaAppReviewSubmissions", code: 422,
		faster: func(p *play) error { return p.submit("118") },
		says:   "does not take this build into beta review in the state it is in: it was submitted before",
	},
	{
		name: "too many builds were submitted in a day",
		first: func(p *play) error {
			for i := range 6 {
				number := fmt.Sprint(300 + i)
				if _, err := p.box.Apple.Upload("Halo", number); err != nil {
					return err
				}
				if err := p.submit(number); err != nil {
					return err
				}
				settle(3 * time.Minute)
			}
			return nil
		},
		say: "build review Halo 118", call: "POST /v1/betaAppReviewSubmissions", code: 422,
		says: "Too many builds of this app were submitted for beta review within a day.",
	},
	{
		name: "an agreement for beta testing is missing",
		say:  "build review Halo 118", call: "POST /v1/betaAppReviewSubmissions", code: 422,
		apples: "ENTITY_UNPROCESSABLE.BETA_CONTRACT_MISSING",
		says:   "the agreement for beta testing is missing, which is a fault on Apple's side at times. Look under Business in App Store Connect",
	},
	{
		name: "the build was made with a beta of Xcode",
		say:  "build review Halo 118", call: "POST /v1/betaAppReviewSubmissions", code: 422,
		apples: "ENTITY_UNPROCESSABLE.BUILD_SDK_NOT_ALLOWED_FOR_EXTERNAL_TESTING",
		says:   "made with a version of Xcode that Apple does not take for people outside the team. Upload a build made with a released version of Xcode",
	},
	{
		name: "the build cannot be assigned any more",
		say:  "build give Halo 118 to Friends", call: "POST /v1/builds", code: 422,
		faster: func(p *play) error { return p.expire("118") },
		says:   "This build cannot go to people outside the team yet: it is still being processed, has expired",
	},
	{
		name: "testers are told by themselves meanwhile",
		say:  "build notify Pebble 57", call: "POST /v1/buildBetaNotifications", code: 409,
		faster: func(p *play) error {
			id := p.buildID("57")
			return p.appleAPI("PATCH", "/v1/buildBetaDetails/"+id, `{"data":{"type":"buildBetaDetails","id":"`+id+`","attributes":{"autoNotifyEnabled":true}}}`)
		},
		says: "Testers of this build are told by themselves when it goes live, so no other mail is sent.",
	},
	{
		name: "nobody outside can test it any more",
		say:  "build notify Pebble 57", call: "POST /v1/buildBetaNotifications", code: 409,
		faster: func(p *play) error { return p.expire("57") },
		says:   "People outside the team cannot test this build yet, so nobody is told.",
	},
	{
		name: "a character is not taken",
		say:  "build notes Halo 118", form: []string{"text=Bitte\u200dgeben"}, call: "PATCH /v1/betaBuildLocalizations", code: 409,
		says: "App Store Connect does not take some of the characters in this text; mostly it is emoji.",
	},
	{
		name: "somebody has left the team, whose group it is",
		say:  "tester add ben@meadow.example to Crew in Halo", call: "POST /v1/betaTesters", code: 409,
		faster: func(p *play) error {
			_, err := p.apple([]string{"remove", "ben@meadow.example"})
			return err
		},
		says: "or it is an internal group and they are not on the team",
	},
	{
		name: "somebody else has put them in",
		say:  "tester add lee@friends.example to Everybody in Halo", call: "POST /v1/betaGroups", code: 409,
		faster:  func(p *play) error { return p.putIn("lee@friends.example", "Everybody") },
		says:    "lee@friends.example is in Everybody of Halo",
		instead: store.Already,
	},
	{
		name: "the app is full",
		say:  "tester add kim@example.com to Friends in Halo", call: "POST /v1/betaTesters", code: 409,
		says: "The app has as many testers as App Store Connect allows: 100 from the team, 10,000 from outside.",
	},
	{
		name: "the invitation was accepted a moment ago",
		say:  "tester resend ida@friends.example in Halo", call: "POST /v1/betaTesterInvitations", code: 409,
		faster:  func(p *play) error { return p.box.Apple.Install("Halo", "ida@friends.example") },
		says:    "ida@friends.example has accepted the invitation",
		instead: store.Already,
	},
	{
		name: "there is no build to install",
		say:  "tester resend desk@paper.example in Pebble", call: "POST /v1/betaTesterInvitations", code: 409,
		says: "There is no build that they could install, so no mail was sent.",
	},
	{
		name: "the group has lost its only build",
		say:  "link Friends on in Pebble", call: "PATCH /v1/betaGroups", code: 409,
		faster: func(p *play) error {
			group := p.groupID("Pebble", "Friends")
			return p.appleAPI("DELETE", "/v1/betaGroups/"+group+"/relationships/builds", `{"data":[{"type":"builds","id":"`+p.buildID("57")+`"}]}`)
		},
		says: "only when the group has a build",
	},
}

// submit sends a build to beta review, as somebody else does.
func (p *play) submit(number string) error {
	return p.appleAPI("POST", "/v1/betaAppReviewSubmissions", `{"data":{"type":"betaAppReviewSubmissions","relationships":{"build":{"data":{"type":"builds","id":"`+p.buildID(number)+`"}}}}}`)
}

func (p *play) expire(number string) error {
	id := p.buildID(number)
	return p.appleAPI("PATCH", "/v1/builds/"+id, `{"data":{"type":"builds","id":"`+id+`","attributes":{"expired":true}}}`)
}

// putIn puts a tester of Halo into another group.
func (p *play) putIn(email, group string) error {
	for _, t := range p.box.Apple.Resources("betaTesters") {
		if t.Attributes["email"] == email && t.Relationships["apps"][0] == p.appID("Halo") {
			return p.appleAPI("POST", "/v1/betaGroups/"+p.groupID("Halo", group)+"/relationships/betaTesters", `{"data":[{"type":"betaTesters","id":"`+t.ID+`"}]}`)
		}
	}
	return fmt.Errorf("%s does not test Halo", email)
}

// When App Store Connect says no, people read what it means and what to do, and the
// request ends as what it is.
func TestAppleRefusesInWordsThatHelp(t *testing.T) {
	t.Parallel()
	for _, c := range appleRefusals {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := apple.Options{}
				if c.name == "the app is full" {
					o.MostExternal = 6
				}
				p := &play{town: found(t, t.TempDir(), townRules, noon, o)}
				p.live()
				settle(rest)
				do := func(what func([]string) (outcome, error), args ...string) {
					if out, err := what(args); err != nil || out.refused {
						t.Fatalf("%q: %s %v", args, out.text, err)
					}
				}
				if c.first != nil {
					must(t, c.first(p))
				}
				do(p.say, "ana", "/asc "+c.say)
				if c.form != nil {
					do(p.form, append([]string{"ana"}, c.form...)...)
				}
				method, path, _ := strings.Cut(c.call, " ")
				if c.faster != nil {
					p.box.Apple.Inject(apple.Fault{Kind: apple.Slow, Method: method, PathPrefix: path, Times: 1, Delay: 10 * time.Second})
				}
				if c.apples != "" {
					p.box.Apple.Inject(apple.Fault{Kind: apple.Refuse, Method: method, PathPrefix: path, Times: 1, Status: c.code, Code: c.apples, Detail: "Refused."})
				}
				approver := "ben"
				if strings.Contains(c.say, "ben@") {
					approver = "dora"
				}
				calls := len(p.box.Apple.Calls(0))
				do(p.click, approver, "approve")
				if c.faster != nil {
					must(t, c.faster(p))
				}
				settle(time.Minute)
				r, err := p.request(nil)
				must(t, err)
				want := store.Failed
				if c.instead != "" {
					want = c.instead
				}
				if r.State != want || !strings.Contains(r.Outcome, c.says) {
					t.Errorf("it ended as %s, want %s, with %q", r.State, want, r.Outcome)
				}
				refused := false
				for _, call := range p.box.Apple.Calls(0)[calls:] {
					refused = refused || call.Method == method && strings.HasPrefix(call.Path, path) && call.Status == c.code
				}
				if !refused {
					t.Errorf("Apple has refused no %s with %d", c.call, c.code)
				}
			})
		})
	}
}
