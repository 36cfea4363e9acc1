package bot_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// line is a change that somebody asks for and somebody else agrees to: one way
// along the whole line.
type line struct {
	name           string
	ask            string
	agrees         string // who approves
	change, effect string // what Apple is asked for, and the kind of thing it makes
	email          string
	own            []string // where it was not killed on another line already; nil: nowhere

	form map[string]slack.Input // what is filled in, where asking opens a form
}

// elsewhere says that a point was tried on another line, where the bot does the same.
func (way line) elsewhere(point string) bool {
	return way.own != nil && !slices.ContainsFunc(way.own, func(part string) bool { return strings.Contains(point, part) })
}

var lines = []line{
	{"invite", "/asc invite di@example.com developer in Halo", "cy", "/v1/userInvitations", "userInvitations", "di@example.com", nil, nil},
	{"tester add", "/asc tester add kim@example.com to Friends in Halo", "ben", "/v1/betaTesters", "betaTesters", "kim@example.com", []string{"/v1/", "moved"}, nil},
	{"form", "/asc invite", "cy", "/v1/userInvitations", "userInvitations", "di@example.com", []string{"views.open", "envelope", "acknowledgement", "inbox", "asked", "claims", "chat.postMessage"},
		map[string]slack.Input{"email": {Value: "di@example.com"}, "first": {Value: "Di"}, "last": {Value: "Fox"}, "roles": {Selected: []string{"DEVELOPER"}}}},
}

// steps are the steps of the line. Each has to be among the points at which the
// process was killed, so that none is left out when the bot changes.
var steps = []struct{ step, point string }{
	{"envelope received", "envelope"},
	{"envelope stored", "after commit of seen, inbox"},
	{"request committed", "after commit of asked pending"},
	{"acknowledged", "after acknowledgement"},
	{"card claimed", "after commit of claims"},
	{"card posted", "after POST chat.postMessage"},
	{"card posted, its place not stored", "answer to POST chat.postMessage"},
	{"place stored", "after commit of requests"},
	{"vote committed", "after commit of voted, moved approved"},
	{"running committed", "after commit of moved running"},
	{"bytes leave for Apple", "before POST %s"},
	{"Apple has done it, no answer", "after POST %s"},
	{"answer read, not committed", "answer to POST %s"},
	{"outcome about to be committed", "before commit of moved done"},
	{"outcome committed", "after commit of moved done"},
	{"card redrawn", "answer to POST chat.update"},
	{"asker told", "answer to POST chat.postMessage"},
	{"handled", "after commit of inbox, handled"},
}

// TestKilledAtEveryPoint kills the process at each thing it sends, receives or
// commits along the line, each time in a town of its own: when it comes to a point
// for the first time, for the second, and so on as often as it ever does. Then it is
// started again, and people do what people do: what they were told has gone wrong
// they try again.
func TestKilledAtEveryPoint(t *testing.T) {
	for _, way := range lines {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			tried := map[string]int{}
			most := way.livedThrough(t, "never").passed
			if testing.Short() { // every point once, though a life comes to some of them often
				for p := range most {
					most[p] = 1
				}
			}
			kills := 0
			for point, left := way.untried(most, tried); left; point, left = way.untried(most, tried) {
				tried[point]++
				l := way.livedThrough(t, fmt.Sprintf("%s, %d", point, tried[point]), at(point, tried[point]))
				if l.isDead() {
					kills++
				}
				for p, n := range l.passed { // some points are only come to when others are late
					if testing.Short() {
						n = 1
					}
					most[p] = max(most[p], n)
				}
			}
			t.Logf("killed %d times, at %d points", kills, len(tried))
			for _, s := range steps {
				point := s.point
				if strings.Contains(point, "%s") {
					point = fmt.Sprintf(point, way.change)
				}
				if tried[point] == 0 && !way.elsewhere(point) {
					t.Errorf("the step “%s” was left out: nothing was killed at %q, only at %q", s.step, point, slices.Sorted(maps.Keys(tried)))
				}
			}
		})
	}
}

// TestKilledWhileItRecovers kills the process where most is at stake, with the call
// on its way to Apple, and then again at each point of the life that follows.
func TestKilledWhileItRecovers(t *testing.T) {
	t.Parallel()
	way := lines[0]
	first := at("after POST "+way.change, 1)
	passed := way.livedThrough(t, "once", first).next.passed
	kills := 0
	for _, point := range slices.Sorted(maps.Keys(passed)) {
		second := way.livedThrough(t, point, first, at(point, 1)).next
		if second.isDead() { // two frames can arrive as one, and then there is a point less
			kills++
		}
	}
	if t.Logf("killed again %d times, at %d points", kills, len(passed)); kills < 20 {
		t.Error("these are too few")
	}
}

// at is the fate of a life that comes to a point for the nth time.
func at(point string, nth int) fate {
	return func(p string, n int) bool { return p == point && n == nth }
}

// untried is a point that was come to more often than it was tried.
func (way line) untried(most, tried map[string]int) (point string, left bool) {
	for _, p := range slices.Sorted(maps.Keys(most)) {
		if tried[p] < most[p] && !way.elsewhere(p) {
			return p, true
		}
	}
	return "", false
}

// livedThrough goes along the line in lives with these fates, and then one without
// end, and looks that all is as it has to be. It answers the first life.
func (way line) livedThrough(t *testing.T, name string, fates ...fate) (first *life) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := found(t, t.TempDir(), townRules, noon, apple.Options{})
			defer func() {
				if t.Failed() {
					for _, l := range w.lives {
						t.Logf("a life that ended at %q:\n%s", l.killed, l.log)
					}
				}
			}()
			first = w.start(append(fates, nil)[0])
			stop := w.keep(first, fates)
			way.live(w)
			stop()
			way.verify(w)
		})
	})
	if t.Failed() {
		t.FailNow()
	}
	return first
}

// keep starts the bot again whenever it is killed, as whoever keeps it running
// does.
func (w *town) keep(l *life, fates []fate) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-l.gone:
			case <-done:
				return
			}
			time.Sleep(time.Second)
			w.bury()
			fates = append(fates, nil, nil)[1:]
			l.next = w.start(fates[0])
			l = l.next
		}
	}()
	return func() { close(done); <-ended }
}

// patience is more than it takes to start again, look for what may have been
// posted, and settle by reading what became of a change.
const patience = 4 * time.Minute

// within waits until something holds and everything has come to rest, or until
// patience is over.
func within(holds func() bool) {
	for began := time.Now(); time.Since(began) < patience; {
		if settle(5 * time.Second); holds() {
			settle(20 * time.Second) // somebody who does it twice would do so by now
			return
		}
	}
}

// live is what the people do: they ask, and agree.
func (way line) live(w *town) {
	before := len(w.requests())
	for try := 1; len(w.requests()) == before; try++ {
		r := way.asks(w)
		within(func() bool { return len(w.requests()) > before && w.newest().Card.TS != "" })
		if len(w.requests()) == before && (r.OK() || try > 3) {
			w.t.Fatalf("the command was acknowledged, and there is no request (try %d: %+v)", try, r)
		}
	}
	for try := 1; w.newest().State == store.Pending; try++ {
		card := w.newest().Card
		r := w.box.Slack.Press(slack.Press{User: way.agrees, Channel: card.Channel, TS: card.TS, ActionID: "approve"})
		within(func() bool { return w.newest().State.Final() })
		if w.newest().State == store.Pending && (r.OK() || try > 3) {
			w.t.Fatalf("the click was acknowledged and not counted (try %d: %+v)", try, r)
		}
	}
}

// asks types the command, and fills in the form if there is one. A form that was
// not taken stays open, and is sent again.
func (way line) asks(w *town) slack.Reply {
	if way.form == nil {
		return w.box.Slack.Command("ana", "#ios", way.ask)
	}
	open := func() []slack.View { return w.box.Slack.Snapshot("ana").Views }
	for try := 1; len(open()) == 0; try++ {
		if try > 4 {
			w.t.Fatal("no form opens")
		}
		w.box.Slack.Command("ana", "#ios", way.ask)
		settle(5 * time.Second)
	}
	filled := slack.Values{}
	for block, in := range way.form {
		filled[block] = map[string]slack.Input{"answer": in}
	}
	return w.box.Slack.Submit("ana", open()[0].ID, filled)
}

func (w *town) newest() store.Request {
	all := w.requests()
	return all[len(all)-1]
}

// requests are all there are, oldest first.
func (w *town) requests() []store.Request {
	w.t.Helper()
	all, err := w.current().st.Recent(100)
	if w.current().isDead() { // then that may be no answer
		settle(2 * time.Second) // it is started again
		all, err = w.current().st.Recent(100)
	}
	must(w.t, err)
	slices.Reverse(all)
	return all
}

// verify looks whether everything is as it has to be after any kill.
func (way line) verify(w *town) {
	t := w.t
	all := w.requests()
	if last := w.newest(); len(all) > 2 || last.State != store.Done {
		t.Fatalf("there are %d requests; the last is %s: %s", len(all), last.State, last.Outcome)
	}
	if n := way.effects(w); n != 1 {
		t.Errorf("Apple has %d things of that kind", n)
	}
	if n := way.sent(w); n != 1 {
		t.Errorf("Apple was asked %d times to make one", n)
	}
	for _, r := range all {
		way.shown(w, r)
	}
	if left, err := w.current().unhandled(); err != nil || len(left) > 0 {
		t.Errorf("%d envelopes are left, %v", len(left), err)
	}
	w.holds(true)
}

// shown looks whether people see the truth about a request, and see it once.
func (way line) shown(w *town, r store.Request) {
	t, end := w.t, "✅ Done"
	if r.State == store.Failed {
		end = "❌ Failed"
	}
	if cards := w.messages("cy", "asc-approvals", fmt.Sprintf("card/%d/", r.ID)); len(cards) != 1 || !strings.Contains(cards[0].Plain, end) {
		t.Errorf("request #%d is %s, and these cards are visible: %q", r.ID, r.State, plain(cards))
	}
	if told := w.messages("ana", "asc", fmt.Sprintf("told/%d/", r.ID)); len(told) != 1 || !strings.Contains(told[0].Plain, end) {
		t.Errorf("request #%d is %s, and its asker was told: %q", r.ID, r.State, plain(told))
	}
	if len(r.Votes) != 1 || r.Votes[0].Person.ID != "U0"+strings.ToUpper(way.agrees) {
		t.Errorf("request #%d has these votes: %+v", r.ID, r.Votes)
	}
}

func (way line) effects(w *town) (n int) {
	for _, r := range w.box.Apple.Resources(way.effect) {
		if r.Attributes["email"] == way.email {
			n++
		}
	}
	return n
}

// sent counts the changes that have reached Apple.
func (way line) sent(w *town) (n int) {
	for _, c := range w.box.Apple.Calls(0) {
		if c.Method != "GET" {
			n++
		}
	}
	return n
}

// messages are the bot's posts in a channel whose metadata begins with a key.
func (w *town) messages(who, channel, key string) (found []slack.Message) {
	for _, c := range w.box.Slack.Snapshot(who).Channels {
		for _, m := range c.Messages {
			if c.Name == channel && m.User == slack.BotUser && strings.Contains(string(m.Metadata), `"`+key) {
				found = append(found, m)
			}
		}
	}
	return found
}

func plain(messages []slack.Message) (texts []string) {
	for _, m := range messages {
		texts = append(texts, m.Plain)
	}
	return texts
}
