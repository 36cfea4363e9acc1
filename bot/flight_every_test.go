package bot_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/store"
)

// flown is a change of TestFlight as somebody asks for it, and what it does.
type flown struct {
	verb   string
	say    string
	form   []string // what is filled in, when it opens one
	agree  []string // the same of the form that whoever agrees gets
	call   string   // its request at Apple: method and beginning of the path
	look   string   // where it shows, of which app: “people Halo”
	shows  string   // what stands there when it is done; after a ! what no longer does
	again  string   // what is said when it is asked for once more
	unseen bool     // nothing at Apple shows it: what was not answered stays unknown
	by     string   // who asks, when it is not ana
	first  string   // what is asked for and agreed to before
	well   bool     // another request of a change that meets its fates in an earlier row
}

var everyFlown = []flown{
	{verb: "tester add", say: "tester add kim@example.com to Friends in Halo", call: "POST /v1/betaTesters", look: "people Halo", shows: "kim@example.com EMAIL INVITED: Friends", again: "kim@example.com is in Friends of Halo"},
	{verb: "tester add", say: "tester add lee@friends.example to Everybody in Halo", call: "POST /v1/betaGroups", look: "people Halo", shows: "lee@friends.example EMAIL INSTALLED: Friends, Everybody", again: "lee@friends.example is in Everybody of Halo"},
	{verb: "tester remove", say: "tester remove lee@friends.example from Friends in Halo", call: "DELETE /v1/betaGroups", look: "people Halo", shows: "!lee@friends.example EMAIL INSTALLED: Friends", again: "lee@friends.example is not a tester in Friends of Halo"},
	{verb: "tester remove", say: "tester remove lee@friends.example in Halo", call: "DELETE /v1/apps", look: "people Halo", shows: "!lee@friends.example", again: "lee@friends.example is not a tester in Halo"},
	{verb: "tester remove", say: "tester remove lee@friends.example from everything", call: "DELETE /v1/betaTesters", look: "people Pebble", shows: "!lee@friends.example", again: "lee@friends.example is not a tester in every app of the team"},
	{verb: "tester resend", say: "tester resend ida@friends.example in Halo", call: "POST /v1/betaTesterInvitations", look: "people Halo", shows: "ida@friends.example EMAIL INVITED", unseen: true},
	{verb: "tester prune", say: "tester prune Press in Pebble for 30 days", call: "DELETE /v1/betaGroups", look: "people Pebble", shows: "!desk@paper.example EMAIL NOT_INVITED: Press", again: "There is nobody to prune"},
	{verb: "tester prune", say: "tester prune Halo for 30 days", call: "DELETE /v1/apps", look: "people Halo", shows: "!ida@friends.example", well: true},
	{verb: "join", say: "join Halo", agree: []string{"choice=Friends"}, call: "POST /v1/betaTesters", look: "people Halo", shows: "ana@meadow.example EMAIL INVITED: Friends", again: "ana@meadow.example is in Friends of Halo"},
	{verb: "join", by: "cy", first: "tester remove cy@meadow.example from Crew in Halo", say: "join Halo", agree: []string{"choice=Friends"}, call: "POST /v1/betaGroups", look: "people Halo", shows: "cy@meadow.example EMAIL INSTALLED: Friends", well: true},
	{verb: "group add", say: "group add Reviewers in Halo", call: "POST /v1/betaGroups", look: "groups Halo", shows: "Reviewers:", again: "Halo has just this group"},
	{verb: "group rename", say: "group rename Friends to Family in Halo", call: "PATCH /v1/betaGroups", look: "groups Halo", shows: "Family:", again: "There is no group “Friends” in Halo"},
	{verb: "group delete", say: "group delete Press in Pebble", call: "DELETE /v1/betaGroups", look: "groups Pebble", shows: "!Press:", again: "There is no group “Press” in Pebble"},
	{verb: "group feedback", say: "group feedback Friends in Halo off", call: "PATCH /v1/betaGroups", look: "groups Halo", shows: "!Friends: feedbackEnabled", again: "Feedback is off for Friends in Halo"},
	{verb: "link", say: "link Friends on limit 100 in Halo", call: "PATCH /v1/betaGroups", look: "groups Halo", shows: "Friends: feedbackEnabled publicLinkEnabled limit 100", again: "The public link of Friends in Halo is on, for at most 100 testers"},
	{verb: "build give", say: "build give Halo 118 to Friends", call: "POST /v1/builds", look: "builds Halo", shows: "118:, encryption false, IN_BETA_TESTING READY_FOR_BETA_SUBMISSION, groups Friends", again: "Friends has Halo 2.4.0 (118)"},
	{verb: "build take", say: "build take Halo 117 from Friends", call: "DELETE /v1/builds", look: "builds Halo", shows: "!groups Friends, Everybody", again: "Friends does not have Halo 2.4.0 (117)"},
	{verb: "build notes", say: "build notes Halo 118 de-DE", form: []string{"text=Die Tagesansicht."}, call: "POST /v1/betaBuildLocalizations", look: "texts Halo", shows: "118 de-DE: Die Tagesansicht.", again: "Just this text stands there in German"},
	{verb: "build notes", say: "build notes Halo 117 de-DE", form: []string{"text=Die Monate."}, call: "PATCH /v1/betaBuildLocalizations", look: "texts Halo", shows: "117 de-DE: Die Monate.", well: true},
	{verb: "build notes", say: "build notes Halo 117 de-DE", form: []string{"text="}, call: "DELETE /v1/betaBuildLocalizations", look: "texts Halo", shows: "!117 de-DE:", well: true},
	{verb: "build compliance", say: "build compliance Pebble 58 no", call: "PATCH /v1/builds", look: "builds Pebble", shows: "58:, encryption false", again: "It is answered for Pebble 1.10.0 (58)"},
	{verb: "build review", say: "build review Halo 118", call: "POST /v1/betaAppReviewSubmissions", look: "builds Halo", shows: "!118:, encryption false, IN_BETA_TESTING READY_FOR_BETA_SUBMISSION", again: "Halo 2.4.0 (118)"},
	{verb: "build notify", say: "build notify Pebble 57", call: "POST /v1/buildBetaNotifications", look: "builds Pebble", shows: "57:, encryption false, IN_BETA_TESTING IN_BETA_TESTING", unseen: true},
	{verb: "build expire", say: "build expire Halo 117", call: "PATCH /v1/builds", look: "builds Halo", shows: "117: expired", again: "Halo 2.4.0 (117) is expired"},
}

// flightFate is what happens to a change on its way.
type flightFate struct {
	name  string
	rules string                              // other than the town's
	meet  func(p *play, f flown)              // before it is agreed to
	ends  func(f flown, e bool) []store.State // what it may end as; e: sent twice it is the same
	done  func(f flown, e bool) bool          // whether it has happened then
}

// fewRules let nobody but release managers ask.
const fewRules = `
approvals:
  channel: "#asc-approvals"
groups:
  release-managers: [S0RELEASE]
rules:
  testflight: {ask: [release-managers], agree: [release-managers], quorum: 1}
`

func always(is bool) func(flown, bool) bool { return func(flown, bool) bool { return is } }

func ending(states ...store.State) func(flown, bool) []store.State {
	return func(flown, bool) []store.State { return states }
}

// meet makes trouble for the call of a change, once.
func meet(kind apple.Kind, status int) func(*play, flown) {
	return func(p *play, f flown) {
		method, path, _ := strings.Cut(f.call, " ")
		p.box.Apple.Inject(apple.Fault{Kind: kind, Method: method, PathPrefix: path, Times: 1, Status: status})
	}
}

// doneUnlessUnseen is how a change ends that has happened and was not answered.
func doneUnlessUnseen(f flown, _ bool) []store.State {
	if f.unseen {
		return []store.State{store.Failed}
	}
	return []store.State{store.Done}
}

var flightFates = []flightFate{
	{name: "goes well", ends: ending(store.Done), done: always(true)},
	{name: "is denied", ends: ending(store.Denied), done: always(false)},
	{name: "may not be asked for", rules: fewRules, done: always(false)},
	{name: "its answer is lost", meet: meet(apple.LoseAnswer, 0), ends: doneUnlessUnseen, done: always(true)},
	{name: "it is done and answered with a fault", meet: meet(apple.RefuseAfter, 502), ends: doneUnlessUnseen, done: always(true)},
	{name: "it is lost on the way", meet: meet(apple.CutBefore, 0),
		ends: func(_ flown, same bool) []store.State {
			if same {
				return []store.State{store.Done}
			}
			return []store.State{store.Failed}
		},
		done: func(_ flown, same bool) bool { return same }},
	{name: "Apple refuses", meet: meet(apple.Refuse, 409), ends: ending(store.Failed), done: always(false)},
	{name: "the key may not", meet: meet(apple.Refuse, 403), ends: ending(store.Failed), done: always(false)},
	{name: "the hour is used up", meet: meet(apple.Refuse, 429), ends: ending(store.Done), done: always(true)},
	{name: "the bot is killed in the middle", meet: func(p *play, f flown) {
		end := "after " + f.call + "*"
		p.fate.Store(&end)
	}, ends: doneUnlessUnseen, done: always(true)},
}

// Whatever happens to a change of TestFlight, it has at most one effect, and its last
// word is what stands at App Store Connect.
func TestEveryChangeOfTestFlight(t *testing.T) {
	t.Parallel()
	same := map[string]bool{}
	for _, v := range commands.Table() {
		if v.Part != "TestFlight" || v.Change == nil {
			continue
		}
		same[v.Words] = v.Effect == 1 || v.Effect == 2
		if !slices.ContainsFunc(everyFlown, func(f flown) bool { return f.verb == v.Words }) {
			t.Errorf("%q has no row in this test", v.Words)
		}
	}
	for _, v := range commands.Table() {
		if v.Part == "TestFlight" && v.Change != nil {
			everyRequestIsTried(t, v.Words)
		}
	}
	for n, f := range everyFlown {
		for m, fate := range flightFates {
			if testing.Short() && (n+m)%4 != 0 && !f.well || f.well && fate.name != "goes well" {
				continue
			}
			t.Run(f.say+f.call+"/"+fate.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { f.fly(t, fate, same[f.verb]) })
			})
		}
	}
}

// anyResource is what stands for one resource in a path.
var anyResource = regexp.MustCompile(`/[0-9a-f-]{8,}(/|$)`)

var requests = regexp.MustCompile("`((?:POST|PATCH|DELETE) /v1/[^`]*)`")

// everyRequestIsTried looks whether each request that the docs name for a change is made in
// a row of this test.
func everyRequestIsTried(t *testing.T, words string) {
	for _, of := range requests.FindAllStringSubmatch(documented(t, words), -1) {
		if !slices.ContainsFunc(everyFlown, func(f flown) bool { return f.verb == words && strings.HasPrefix(of[1], f.call) }) {
			t.Errorf("docs/operations.md says that %q asks %s, which no row of this test does", words, of[1])
		}
	}
}

func (f flown) fly(t *testing.T, fate flightFate, same bool) {
	rules := townRules
	if fate.rules != "" {
		rules = fate.rules
	}
	p := &play{town: found(t, t.TempDir(), rules, noon, apple.Options{})}
	p.live()
	settle(rest)
	do := func(what func([]string) (outcome, error), args ...string) {
		if out, err := what(args); err != nil || out.refused {
			t.Fatalf("%q: %s %v", args, out.text, err)
		}
	}
	asker := "ana"
	if f.by != "" {
		asker = f.by
	}
	if f.first != "" {
		do(p.say, "ana", "/asc "+f.first)
		do(p.click, "ben", "approve")
		settle(time.Minute)
	}
	since := last(p.box.Apple)
	if fate.ends == nil {
		do(p.say, asker, "/asc "+f.say)
		if recent, err := p.current().st.Recent(1); err != nil || len(recent) > 0 {
			t.Errorf("somebody who may not ask has made %+v, %v", recent, err)
		}
		f.judge(p, fate, same, since)
		return
	}
	do(p.say, asker, "/asc "+f.say)
	if f.form != nil {
		do(p.form, append([]string{asker}, f.form...)...)
	}
	if fate.name == "is denied" {
		do(p.click, "ben", "deny")
	} else {
		if fate.meet != nil {
			fate.meet(p, f)
		}
		do(p.click, "ben", "approve")
		if f.agree != nil {
			do(p.form, append([]string{"ben"}, f.agree...)...)
		}
	}
	if p.fate.Load() != nil {
		do(p.startBot)
	}
	r, err := p.request(nil)
	must(t, err)
	for range 15 {
		if r.State.Final() {
			break
		}
		settle(time.Minute)
		r, err = p.request(nil)
		must(t, err)
	}
	if !slices.Contains(fate.ends(f, same), r.State) {
		t.Errorf("it ended as %s: %s", r.State, r.Outcome)
	}
	f.judge(p, fate, same, since)
	if fate.name == "goes well" && f.again != "" {
		p.mark = p.journalEnd()
		do(p.say, asker, "/asc "+f.say)
		if f.form != nil {
			do(p.form, append([]string{asker}, f.form...)...)
		}
		if said := p.seen(p.mark); !strings.Contains(said, f.again) {
			t.Errorf("asked for once more it says %s", said)
		}
		f.judge(p, fate, same, since)
	}
	if _, err := p.check(); err != nil {
		t.Error(err)
	}
}

// judge compares with App Store Connect: what stands there, and how often it was
// changed.
func (f flown) judge(p *play, fate flightFate, same bool, since int) {
	t := p.t
	what, app, _ := strings.Cut(f.look, " ")
	stands := p.flight(what, app)
	shows, gone := strings.CutPrefix(f.shows, "!")
	if f.verb != "tester resend" && strings.Contains(stands, shows) == gone != !fate.done(f, same) {
		t.Errorf("%q is there: %t. What stands there:\n%s", shows, strings.Contains(stands, shows), stands)
	}
	effects := 0
	for _, c := range p.box.Apple.Calls(since) {
		if c.Method == "GET" {
			continue
		}
		if !strings.HasPrefix(c.Method+" "+c.Path, f.call) {
			t.Errorf("it has sent %s %s", c.Method, c.Path)
		}
		if said := c.Method + " " + anyResource.ReplaceAllString(c.Path, "/{id}$1"); !strings.Contains(documented(t, f.verb), "`"+said+"`") {
			t.Errorf("it asked %s, of which docs/operations.md says nothing", said)
		}
		if c.Status == 0 || c.Status < 300 || c.Status == 502 {
			effects++
		}
	}
	want := 0
	if fate.done(f, same) {
		want = 1
	}
	if fate.name == "it is lost on the way" {
		want++ // the request that was lost is counted, and had no effect
	}
	if effects != want {
		t.Errorf("%d effects at App Store Connect, want %d", effects, want)
	}
}
