package bot_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// peopleOperation is a change of people with its first call at Apple, how many changes
// there it takes, and what stands there before it and after it.
type peopleOperation struct {
	words, method, path string
	changes             int
	before, after       string
}

var peopleOperations = []peopleOperation{
	{"invite di@example.com developer in Halo", "POST", "/v1/userInvitations", 1, "di@example.com: nobody", "di@example.com: invited [DEVELOPER] Halo"},
	{"roles finn marketing in Pebble", "PATCH", "/v1/users/", 1, "finn@meadow.example: [DEVELOPER] Halo", "finn@meadow.example: [MARKETING] Pebble"},
	{"roles finn marketing for 7d", "PATCH", "/v1/users/", 1, "finn@meadow.example: [DEVELOPER] Halo", "finn@meadow.example: [MARKETING] Halo"},
	{"remove gil", "DELETE", "/v1/users/", 1, "gil@agency.example: [DEVELOPER] Pebble", "gil@agency.example: nobody"},
	{"invitation cancel pat", "DELETE", "/v1/userInvitations/", 1, "pat@agency.example: invited [DEVELOPER] Pebble", "pat@agency.example: nobody"},
	{"invitation resend pat", "DELETE", "/v1/userInvitations/", 2, "pat@agency.example: invited [DEVELOPER] Pebble", "pat@agency.example: invited [DEVELOPER] Pebble"},
}

// fateOf is something that happens to a change, and how the request ends then. Done says
// that what was wanted stands in the end.
type fateOf struct {
	name   string
	fault  apple.Fault // of the first call
	crash  string      // where the program is killed and started again
	denied bool
	ends   store.State
	done   bool
	halves bool // what takes two calls is done by half then, and says how it is finished
}

var peopleFates = []fateOf{
	{name: "nothing in the way", ends: store.Done, done: true},
	{name: "denied", denied: true, ends: store.Denied},
	{name: "the key has no right", fault: apple.Fault{Kind: apple.Refuse, Status: 403}, ends: store.Failed},
	{name: "the key is revoked", fault: apple.Fault{Kind: apple.Unauthorized}, ends: store.Failed},
	{name: "an agreement is missing", fault: apple.Fault{Kind: apple.AgreementMissing}, ends: store.Failed},
	{name: "a conflict", fault: apple.Fault{Kind: apple.Refuse, Status: 409}, ends: store.Failed},
	{name: "the hour is used up", fault: apple.Fault{Kind: apple.Refuse, Status: 429, Times: 1, RetryAfter: time.Minute}, ends: store.Done, done: true},
	{name: "the answer is lost", fault: apple.Fault{Kind: apple.LoseAnswer, Times: 1}, ends: store.Done, done: true, halves: true},
	{name: "half of the answer is lost", fault: apple.Fault{Kind: apple.HalfBody, Times: 1}, ends: store.Done, done: true, halves: true},
	{name: "a fault of Apple's after the change", fault: apple.Fault{Kind: apple.RefuseAfter, Status: 500, Times: 1}, ends: store.Done, done: true, halves: true},
	{name: "the call is lost", fault: apple.Fault{Kind: apple.CutBefore, Times: 1}, ends: store.Done, done: true},
	{name: "a fault of Apple's before the change", fault: apple.Fault{Kind: apple.Refuse, Status: 500, Times: 1}, ends: store.Done, done: true},
	{name: "killed before the call", crash: "before", ends: store.Done, done: true},
	{name: "killed after the call", crash: "after", ends: store.Done, done: true, halves: true},
}

// Every operation about people meets every fate: the request ends in the right state, what
// stands at Apple is what was there or what was wanted, and the change has happened once.
func TestPeopleOperationsAndTheirFates(t *testing.T) {
	for n, op := range peopleOperations {
		for m, fate := range peopleFates {
			if testing.Short() && (n+m)%4 != 0 {
				continue
			}
			t.Run(op.words+"/"+fate.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { op.meets(t, fate) })
			})
		}
	}
}

func (op peopleOperation) meets(t *testing.T, fate fateOf) {
	w := found(t, t.TempDir(), townRules, noon, apple.Options{})
	point := fmt.Sprintf("%s %s %s", fate.crash, op.method, op.path)
	w.start(func(at string, _ int) bool { return fate.crash != "" && strings.HasPrefix(at, point) })
	settle(10 * time.Second)
	w.box.Slack.Command("ana", "#ios", "/asc "+op.words)
	settle(rest)
	if got := standing(w, op.after); got != op.before {
		t.Fatalf("before it stands %s, want %s", got, op.before)
	}
	before := last(w.box.Apple)
	if f := fate.fault; f.Kind != "" {
		f.Method, f.PathPrefix = op.method, op.path
		defer w.box.Apple.Inject(f)()
	}
	card := newest(t, w).Card
	button := "approve"
	if fate.denied {
		button = "deny"
	}
	pressed := slack.Press{User: "cy", ActionID: button, Channel: card.Channel, TS: card.TS}
	if p := (&play{town: w}); fate.denied {
		p.sayWhy("cy", w.box.Slack.Press(pressed))
	} else {
		w.box.Slack.Press(pressed)
	}
	settle(rest)
	if fate.crash != "" {
		if !w.current().isDead() {
			t.Fatalf("it was not killed at %s", point)
		}
		w.bury()
		w.start(nil)
	}
	settle(10 * time.Minute)
	ended, want, stands, changes := newest(t, w), fate.ends, op.before, 0
	switch {
	case fate.halves && op.changes == 2:
		who, _, _ := strings.Cut(op.after, ":")
		want, stands, changes = store.Partly, who+": nobody", 1
		if !strings.Contains(ended.Outcome, "`/asc invite "+who) {
			t.Errorf("it does not say how it is finished: %s", ended.Outcome)
		}
	case fate.done:
		stands, changes = op.after, op.changes
	}
	if ended.State != want {
		t.Errorf("it ended %s (%s), want %s", ended.State, ended.Outcome, want)
	}
	if got := standing(w, op.after); got != stands {
		t.Errorf("it stands %s, want %s", got, stands)
	}
	if got := changed(w.box.Apple, before); got != changes {
		t.Errorf("%d changes at Apple, want %d", got, changes)
	}
	promised := documented(t, ended.Operation)
	for _, c := range w.box.Apple.Calls(before) {
		if said := c.Method + " " + oneResource.ReplaceAllString(c.Path, "/{id}"); c.Method != http.MethodGet && !strings.Contains(promised, "`"+said+"`") {
			t.Errorf("it asked %s, of which docs/operations.md says nothing", said)
		}
	}
	w.holds(true)
	if fate.done && op.changes == 1 { // said again, it is so already, or the person is no longer there to be meant
		before = last(w.box.Apple)
		w.box.Slack.Command("ana", "#ios", "/asc "+op.words)
		settle(rest)
		if n := wrote(w.box.Apple, before); n > 0 || newest(t, w).ID != ended.ID && !strings.Contains(op.words, " for ") {
			t.Errorf("said again: %d calls, request #%d", n, newest(t, w).ID)
		}
	}
}

// oneResource is what stands for one resource in a path.
var oneResource = regexp.MustCompile(`/[0-9a-f-]{8,}$`)

// documented is what the table in the docs says a command asks of Apple.
func documented(t testing.TB, words string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/operations.md")
	must(t, err)
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) > 5 && strings.TrimSpace(cells[1]) == "`"+words+"`" {
			return cells[5]
		}
	}
	t.Fatalf("the docs have no row for %q", words)
	return ""
}

// standing is what the team holds for the person whose line is given, in the same words.
func standing(w *town, like string) string {
	who, _, _ := strings.Cut(like, ":")
	sees := func(r apple.Resource) string {
		return fmt.Sprintf("%v %s", r.Attributes["roles"], namesAt(w.box.Apple, "apps", r.Relationships["visibleApps"]))
	}
	for _, r := range w.box.Apple.Resources("users") {
		if r.Attributes["username"] == who {
			return who + ": " + sees(r)
		}
	}
	for _, r := range w.box.Apple.Resources("userInvitations") {
		if r.Attributes["email"] == who {
			return who + ": invited " + sees(r)
		}
	}
	return who + ": nobody"
}

// changed counts the calls that have changed something.
func changed(s *apple.Server, since int) int {
	return len(slices.DeleteFunc(s.Calls(since), func(c apple.Call) bool { return !c.Changed }))
}
