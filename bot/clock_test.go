package bot_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// clockRules have a digest at five in the afternoon in UTC.
const clockRules = townRules + `
digests:
  - {name: daily, channel: "#sales", cron: "0 9 * * *", zone: America/Los_Angeles}
`

// The clock of the machine jumps while one change waits for its votes, one for Apple,
// one holds for a time, and a digest is due later. While it is wrong nothing of that
// moves and people are told why; afterwards everything happens once and in its time.
func TestT44FD12WhileTheClockIsWrongNothingHappensThatDependsOnIt(t *testing.T) {
	for name, jump := range map[string]time.Duration{"1h ahead": time.Hour, "1d ahead": 24 * time.Hour, "1h back": -time.Hour, "1d back": -24 * time.Hour} {
		for when, stopped := range map[string]bool{"while it runs": false, "while it is stopped": true} {
			if testing.Short() && jump.Abs() < 24*time.Hour {
				continue
			}
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { clockJumps(t, jump, stopped) })
			})
		}
	}
}

func clockJumps(t *testing.T, jump time.Duration, stopped bool) {
	w := found(t, t.TempDir(), clockRules, noon, apple.Options{})
	w.start(nil)
	settle(rest)
	ask := func(line string) store.Request {
		w.box.Slack.Command("ana", "#ios", line)
		settle(rest)
		return w.newest()
	}
	approve := func(r store.Request) {
		w.box.Slack.Press(slack.Press{User: "cy", Channel: r.Card.Channel, TS: r.Card.TS, ActionID: "approve"})
		settle(rest)
	}
	granted := ask("/asc roles gil app manager in Halo for 4h")
	approve(granted)
	settle(time.Minute)
	pending, approved := ask("/asc invite di@example.com admin"), ask("/asc invite kai@example.com admin")
	calm := w.box.Apple.Inject(apple.Fault{Kind: apple.Refuse, Method: "GET", PathPrefix: "/v1/", Status: 503})
	approve(approved)
	changes := way0.sent(w)
	states := func(when string, wantPending, wantApproved store.State, grantRuns bool) {
		t.Helper()
		of := func(id uint64) store.Request {
			r, err := w.current().st.Request(id)
			must(t, err)
			return r
		}
		if p, a, g := of(pending.ID), of(approved.ID), of(granted.ID); p.State != wantPending || a.State != wantApproved || g.Grant.Runs() != grantRuns {
			t.Errorf("%s: the one that was pending is %s (%s), the approved one %s (%s), the grant runs: %v", when, p.State, p.Outcome, a.State, a.Outcome, g.Grant.Runs())
		}
	}
	states("before", store.Pending, store.Approved, true)

	if stopped {
		w.halt()
	}
	w.machine.Store(int64(jump))
	if stopped {
		w.start(nil)
	}
	settle(5 * time.Minute)
	calm()
	settle(5 * time.Minute)
	approve(pending)
	states("while the clock is wrong", store.Pending, store.Approved, true)
	if n := way0.sent(w) - changes; n != 0 {
		t.Errorf("Apple was sent %d changes while the clock was wrong", n)
	}
	for who, want := range map[string]string{"cy": "🔒 I am sealed and change nothing: this machine's clock is ", "ana": ""} {
		if text := w.everything(who); !strings.Contains(text, want) || strings.Contains(text, "Sales · ") {
			t.Errorf("%s reads:\n%s", who, text)
		}
	}
	if text := w.everything("cy"); strings.Count(text, "change nothing: this machine's clock is ") != 2 { // to all, and to who clicked
		t.Errorf("who clicked is not told why:\n%s", text)
	}
	if r := w.box.Slack.Command("ana", "#ios", "/asc invite lou@example.com admin"); !r.OK() {
		t.Errorf("a command was not acknowledged: %s", r.Error)
	}
	settle(rest)
	w.box.Slack.Command("ana", "#ios", "/asc status")
	settle(rest)
	if text := w.everything("ana"); !strings.Contains(text, "*Sealed, nothing is changed*: this machine's clock is ") {
		t.Errorf("the status does not say so:\n%s", text)
	}
	if n := len(w.requests()); n != 3 {
		t.Errorf("there are %d requests: one was made under a wrong clock", n)
	}

	w.machine.Store(0)
	settle(2 * time.Minute)
	states("once it is right", store.Pending, store.Done, true)
	if text := w.everything("cy"); !strings.Contains(text, "🔓 I am no longer sealed") {
		t.Errorf("nobody is told that it is over:\n%s", text)
	}
	approve(pending)
	settle(time.Minute)
	states("after the click", store.Done, store.Done, true)
	must(t, w.box.Clock.MoveTo(noon.Add(4*time.Hour+2*time.Minute)))
	settle(2 * time.Minute)
	states("after the end of the grant", store.Done, store.Done, false)
	if text := w.everything("ana"); strings.Contains(text, "Sales · ") {
		t.Error("the digest came before its time")
	}
	must(t, w.box.Clock.MoveTo(noon.Add(5*time.Hour)))
	settle(15 * time.Minute)
	if n := strings.Count(w.everything("ana"), "Sales · "); n != 1 {
		t.Errorf("%d digests at their time", n)
	}
	if _, err := w.check(); err != nil {
		t.Error(err)
	}
}

var way0 line

// Somebody sets the clock back while the bot is stopped, so that a request is open again
// whose time to vote is over.
func TestT44AnExpiredApprovalDoesNotLiveAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.start(nil)
		w.box.Slack.Command("ana", "#ios", "/asc invite di@example.com admin")
		settle(rest)
		r := w.newest()
		w.halt()
		must(t, w.box.Clock.MoveTo(r.VoteUntil.Add(time.Hour)))
		w.machine.Store(-int64(2 * time.Hour))
		w.start(nil)
		w.box.Slack.Press(slack.Press{User: "cy", Channel: r.Card.Channel, TS: r.Card.TS, ActionID: "approve"})
		settle(time.Minute)
		if now := w.newest(); now.State != store.Pending || len(now.Votes) != 0 {
			t.Errorf("it is %s with %d votes", now.State, len(now.Votes))
		}
		w.machine.Store(0)
		settle(time.Minute)
		if now := w.newest(); now.State != store.Expired || way0.sent(w) != 0 {
			t.Errorf("with the right time it is %s, and Apple was sent %d changes", now.State, way0.sent(w))
		}
	})
}

// dated changes the Date in Slack's answers, as something in between may do.
func (w *town) dated(date func(nth int64) string) {
	var nth atomic.Int64
	w.front = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := w.net.Dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &redated{c, func() string { return date(nth.Add(1)) }}, nil
	}
}

type redated struct {
	net.Conn
	date func() string
}

func (r *redated) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	if at := bytes.Index(p[:n], []byte("\r\nDate: ")); at >= 0 && bytes.HasPrefix(p[:n], []byte("HTTP/1.1 ")) {
		if date := r.date(); date != "" {
			copy(p[at+8:n], date) // a Date has always the same length
		}
	}
	return n, err
}

// One answer with another Date proves nothing, and two that contradict each other do not.
func TestT44OneWrongDateIsNotBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.dated(func(nth int64) string {
			if nth%2 == 0 {
				return ""
			}
			return w.box.Clock.Now().Add(time.Duration(nth) * time.Hour).Format(http.TimeFormat)
		})
		w.start(nil)
		w.box.Slack.Command("ana", "#ios", "/asc invite di@example.com admin")
		settle(rest)
		r := w.newest()
		w.box.Slack.Press(slack.Press{User: "cy", Channel: r.Card.Channel, TS: r.Card.TS, ActionID: "approve"})
		settle(time.Minute)
		if now := w.newest(); now.State != store.Done || strings.Contains(w.everything("cy"), "🔒") {
			t.Errorf("it is %s:\n%s", now.State, w.everything("cy"))
		}
	})
}

// Until Slack has said what time it is nothing is done that depends on it; nor when the
// clock shows a time before one that it has shown already.
func TestT44TheClockIsConfirmedBeforeSchedulesAct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), clockRules, noon, apple.Options{})
		var silent atomic.Bool
		w.dated(func(int64) string {
			if silent.Load() {
				return "Today, I think, or anyhow one of"
			}
			return ""
		})
		w.start(nil)
		settle(2 * time.Minute)
		w.halt()
		silent.Store(true)
		w.start(nil)
		settle(rest)
		w.box.Slack.Command("ana", "#ios", "/asc invite di@example.com admin")
		must(t, w.box.Clock.Move(6*time.Hour)) // the digest is due
		settle(5 * time.Minute)
		if text := w.everything("cy"); len(w.requests()) != 0 || strings.Contains(w.everything("ana"), "Sales · ") || !strings.Contains(text, "Slack has not confirmed yet what time it is") {
			t.Errorf("%d requests:\n%s", len(w.requests()), text)
		}
		silent.Store(false)
		settle(30 * time.Minute)
		if text := w.everything("ana"); !strings.Contains(text, "Sales · ") {
			t.Errorf("once Slack has said it, nothing is posted:\n%s", text)
		}
	})
}

// A mark that lies ahead of what both clocks say was made under a wrong one. It is taken
// back, and the log tells.
func TestT44AMarkAheadIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.start(nil)
		settle(rest)
		must(t, w.current().st.KeepHighWater(noon.AddDate(1, 0, 0)))
		w.halt()
		w.start(nil)
		settle(time.Minute)
		high, err := w.current().st.HighWater()
		must(t, err)
		told := ""
		must(t, w.current().st.Leaves(0, func(l store.Leaf) bool {
			if l.Kind == "clock" {
				told = l.Note
			}
			return true
		}))
		if high.Year() != 2026 || !strings.Contains(told, "24 Nov 2027") || strings.Contains(w.everything("cy"), "🔒") {
			t.Errorf("the mark is %s; the log says %q", high, told)
		}
	})
}
