package bot_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
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
	name   string
	ask    string
	change string            // what Apple is asked for
	has    func(w *town) int // how often Apple has what was asked for
	again  bool              // what has certainly not happened is sent again by itself
	own    []string          // where it was not killed on another line already; nil: nowhere

	form map[string]slack.Input // what is filled in, where asking opens a form
}

// agrees is who approves: an admin, and a release manager.
const agrees = "cy"

// elsewhere says that a point was tried on another line, where the bot does the same.
func (way line) elsewhere(point string) bool {
	return way.own != nil && !slices.ContainsFunc(way.own, func(part string) bool { return strings.Contains(point, part) })
}

// effects are one line for each class of operation.
var effects = []line{
	{name: "absolute", ask: "/asc group rename Friends to Family in Halo", change: "PATCH /v1/betaGroups/", again: true,
		has: func(w *town) int { return w.count("betaGroups", "name", "Family") }},
	{name: "keyed", ask: "/asc invite di@example.com developer in Halo", change: "POST /v1/userInvitations", again: true,
		has: func(w *town) int { return w.count("userInvitations", "email", "di@example.com") }},
	{name: "unkeyed", ask: "/asc group add Reviewers in Halo", change: "POST /v1/betaGroups",
		has: func(w *town) int { return w.count("betaGroups", "name", "Reviewers") }},
	{name: "one-way", ask: "/asc build expire Halo 118", change: "PATCH /v1/builds/",
		has: func(w *town) int { return w.count("builds", "expired", true) - 1 }}, // one was expired before
}

// lines are those on which the bot is killed at every point.
var lines = []line{
	effects[1],
	{name: "tester add", ask: "/asc tester add kim@example.com to Friends in Halo", change: "POST /v1/betaTesters", again: true, own: []string{"/v1/", "moved"},
		has: func(w *town) int { return w.count("betaTesters", "email", "kim@example.com") }},
	{name: "form", ask: "/asc invite", change: "POST /v1/userInvitations", again: true,
		own:  []string{"views.open", "envelope", "acknowledgement", "inbox", "asked", "claims", "chat.postMessage"},
		has:  effects[1].has,
		form: map[string]slack.Input{"email": {Value: "di@example.com"}, "first": {Value: "Di"}, "last": {Value: "Fox"}, "roles": {Selected: []string{"DEVELOPER"}}}},
}

// count is how many resources of a kind have an attribute.
func (w *town) count(kind, name string, value any) (n int) {
	for _, r := range w.box.Apple.Resources(kind) {
		if r.Attributes[name] == value {
			n++
		}
	}
	return n
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
	{"bytes leave for Apple", "before %s"},
	{"Apple has done it, no answer", "after %s"},
	{"answer read, not committed", "answer to %s"},
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
			kills := 0
			for round := way.untried(most, tried); len(round) > 0; round = way.untried(most, tried) {
				lives := make([]*life, len(round))
				t.Run(fmt.Sprint("round ", len(tried)), func(t *testing.T) { // in which they do not wait for each other
					for i, end := range round {
						t.Run(fmt.Sprintf("%s, %d", end.point, end.nth), func(t *testing.T) {
							t.Parallel()
							lives[i] = way.livedThrough(t, "killed", at(end.point, end.nth))
						})
					}
				})
				if t.Failed() {
					return
				}
				for _, l := range lives {
					if l.isDead() {
						kills++
					}
					for p, n := range l.passed { // some points are only come to when others are late
						most[p] = max(most[p], n)
					}
				}
			}
			t.Logf("killed %d times, at %d points", kills, len(tried))
			for _, s := range steps {
				point := way.point(s.point)
				if tried[point] == 0 && !way.elsewhere(point) {
					t.Errorf("the step “%s” was left out: nothing was killed at %q, only at %q", s.step, point, slices.Sorted(maps.Keys(tried)))
				}
			}
		})
	}
}

// point is a step's point on this line.
func (way line) point(step string) string {
	if strings.Contains(step, "%s") {
		return fmt.Sprintf(step, way.change)
	}
	return step
}

// end is the nth time that a life comes to a point.
type end struct {
	point string
	nth   int
}

// most times that a life ends at the same point. In a short run it ends there once.
func mostEnds() int {
	if testing.Short() {
		return 1
	}
	return 1000
}

// TestFK17KilledWhileItRecovers kills the process at each step of the line, and then again at each
// point of the life that follows. What is made of a change that has been begun, and may have been sent,
// differs from class to class and can take minutes: that is tried with each class, to the end of that
// life. Before, the classes do not differ, and what follows once the bot has taken up what was left is
// what single kills have tried. ASCBOT_KILLS=all tries that as well.
func TestFK17KilledWhileItRecovers(t *testing.T) {
	t.Parallel()
	all := os.Getenv("ASCBOT_KILLS") == "all"
	var kills atomic.Int64
	t.Run("all", func(t *testing.T) {
		for i, way := range effects {
			for _, c := range killedCells {
				begun := c.name >= "F-K10"
				if c.live != nil || !all && !begun && i != 1 || testing.Short() && c.at != "after %s" {
					continue
				}
				t.Run(way.name+", "+c.name, func(t *testing.T) {
					t.Parallel()
					kills.Add(way.killedAgain(t, c, all || begun))
				})
			}
		}
	})
	t.Logf("killed a second time %d times", kills.Load())
}

// killedAgain has a life end, and the one that follows at each of its points: of its whole length, or of
// the time in which it takes up what was left.
func (way line) killedAgain(t *testing.T, c cell, whole bool) int64 {
	lived := func(t *testing.T, name string, fates ...fate) (next *life) {
		fates = append([]fate{at(way.point(c.at), max(c.nth, 1))}, fates...)
		return way.through(t, name, cmp.Or(c.on, townRules), func(*town) []fate { return fates }, way.live).next
	}
	next := lived(t, "once")
	passed := next.atRest
	if whole {
		passed = next.passed
	}
	var kills atomic.Int64
	t.Run("and again", func(t *testing.T) {
		for _, second := range slices.Sorted(maps.Keys(passed)) {
			if strings.HasPrefix(second, "before GET ") || strings.HasPrefix(second, "after GET ") {
				continue // a read changes nothing, so that its answer stands for it
			}
			t.Run(second, func(t *testing.T) {
				t.Parallel()
				// two frames can arrive as one, and then there is a point less
				if lived(t, "killed", at(second, 1)).isDead() {
					kills.Add(1)
				}
			})
		}
	})
	if kills.Load() < 5 {
		t.Errorf("killed again at %d of %d points: these are too few", kills.Load(), len(passed))
	}
	return kills.Load()
}

// at is the fate of a life that comes to a point for the nth time. A point that ends in a
// slash goes on with an id.
func at(point string, nth int) fate {
	return func(p string, n int) bool {
		return n == nth && (p == point || strings.HasSuffix(point, "/") && strings.HasPrefix(p, point))
	}
}

// untried are the points that were come to more often than they were tried, which they
// are from then on.
func (way line) untried(most, tried map[string]int) (ends []end) {
	for _, p := range slices.Sorted(maps.Keys(most)) {
		for ; tried[p] < min(most[p], mostEnds()) && !way.elsewhere(p); tried[p]++ {
			ends = append(ends, end{p, tried[p] + 1})
		}
	}
	return ends
}

// livedThrough goes along the line in lives with these fates, and then one without
// end, and looks that all is as it has to be. It answers the first life.
func (way line) livedThrough(t *testing.T, name string, fates ...fate) (first *life) {
	return way.through(t, name, townRules, func(*town) []fate { return fates }, way.live)
}

// through has people live under some rules while the bot has its fates.
func (way line) through(t *testing.T, name, rules string, fates func(*town) []fate, live func(*town)) (first *life) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := found(t, t.TempDir(), rules, noon, apple.Options{})
			defer func() {
				if t.Failed() {
					for _, l := range w.lives {
						t.Logf("a life that ended at %q:\n%s", l.killed, l.log)
					}
				}
			}()
			all := fates(w)
			first = w.start(append(all, nil)[0])
			stop := w.keep(first, all)
			live(w)
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
			case <-l.told:
				if err := l.wait(); err != nil {
					w.t.Errorf("the bot was told to stop and ended with %v", err)
				}
			case <-done:
				return
			}
			time.Sleep(time.Second)
			w.bury()
			fates = append(fates, nil, nil)[1:]
			l.next = w.start(fates[0])
			l = l.next
			l.rests()
		}
	}()
	return func() { close(done); <-ended }
}

// patience is more than it takes to start again, look for what may have been
// posted, and settle by reading what became of a change.
const patience = 8 * time.Minute

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

// live is what the people do: they ask, and agree, and ask anew when they are told that it
// has not happened.
func (way line) live(w *town) {
	way.askAndAgree(w)
	way.anew(w)
}

// anew asks once more for what has certainly not happened and is not sent again by itself.
func (way line) anew(w *town) {
	for last := w.newest(); last.State == store.Failed && !way.again; last = w.newest() {
		if !strings.Contains(last.Outcome, "It did not happen") {
			w.t.Errorf("request #%d is failed: %s", last.ID, last.Outcome)
			return
		}
		way.askAndAgree(w)
	}
}

func (way line) askAndAgree(w *town) {
	before := len(w.requests())
	for try := 1; len(w.requests()) == before; try++ {
		r := way.asks(w)
		within(func() bool { return len(w.requests()) > before && w.newest().Card.TS != "" })
		if len(w.requests()) == before && (r.OK() || try > 3) {
			w.t.Fatalf("the command was acknowledged, and there is no request (try %d: %+v)", try, r)
		}
	}
	way.agree(w)
}

// agree has somebody approve what was asked last.
func (way line) agree(w *town) {
	for try := 1; w.newest().State == store.Pending; try++ {
		card := w.newest().Card
		r := w.box.Slack.Press(slack.Press{User: agrees, Channel: card.Channel, TS: card.TS, ActionID: "approve"})
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
	if last := w.newest(); len(all) > 3 || last.State != store.Done {
		t.Fatalf("there are %d requests; the last is %s: %s", len(all), last.State, last.Outcome)
	}
	if n := way.has(w); n != 1 {
		t.Errorf("Apple has it %d times", n)
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
	switch r.State {
	case store.Failed:
		end = "❌ Failed"
	case store.Expired:
		end = "⌛ Expired"
	}
	if cards := w.messages("cy", "asc-approvals", fmt.Sprintf("card/%d/%d", r.ID, r.Version)); len(cards) != 1 || !strings.Contains(cards[0].Plain, end) {
		t.Errorf("request #%d is %s, and these cards are visible: %q", r.ID, r.State, plain(cards))
	}
	if told := w.messages("ana", "asc", fmt.Sprintf("told/%d/", r.ID)); len(told) != 1 || !strings.Contains(told[0].Plain, end) {
		t.Errorf("request #%d is %s, and its asker was told: %q", r.ID, r.State, plain(told))
	}
	if !slices.ContainsFunc(r.Votes, func(v store.Vote) bool { return v.Person.ID == "U0"+strings.ToUpper(agrees) && v.Version == r.Version }) {
		t.Errorf("request #%d has these votes: %+v", r.ID, r.Votes)
	}
}

// sent counts the changes that have reached Apple.
func (way line) sent(w *town) (n int) {
	for _, c := range w.box.Apple.Calls(0) {
		if c.Method != "GET" && c.Status != http.StatusUnauthorized { // that is tried once more with a new token
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
