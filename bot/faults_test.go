package bot_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// Cells of the fault matrix for which something has to stand between the bot and the world.

// noRoads are the ways in which no connection to App Store Connect comes about.
var noRoads = map[string]func() (net.Conn, error){
	"refused": func() (net.Conn, error) { return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED} },
	"no name": func() (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "apple.example", IsNotFound: true}
	},
	"no trust": func() (net.Conn, error) { return nil, x509.UnknownAuthorityError{} },
}

// roadless has App Store Connect out of reach when the change would be sent: for ten
// minutes, in which its time to be carried out does not end.
func roadless(road func() (net.Conn, error)) func(way line, w *town) {
	return func(way line, w *town) {
		way.asks(w)
		settle(rest)
		l := w.current()
		l.blockApple(road)
		card := w.newest().Card
		w.box.Slack.Press(slack.Press{User: agrees, Channel: card.Channel, TS: card.TS, ActionID: "approve"})
		settle(10 * time.Minute)
		if r := w.newest(); r.State != store.Approved || way.sent(w) != 0 {
			w.t.Errorf("without a road to Apple the request is %s: %s; %d changes were sent", r.State, r.Outcome, way.sent(w))
		}
		l.blockApple(nil)
		within(func() bool { return w.newest().State.Final() })
	}
}

// unreachable are the cells in which nothing leaves for Apple: it is tried again, as long as
// there is time for it.
func unreachable() (all []cell) {
	for name, road := range noRoads {
		all = append(all, cell{name: "F-A13 no connection comes about, " + name, live: roadless(road)})
	}
	return append(all, cell{name: "F-A14 the connection dies before a byte is written", at: "after commit of moved running", does: func(w *town) { w.current().muteOnce.Store(true) }})
}

// Answers that say nothing of what was done.
var saysNothing = map[string]string{
	"an empty body": "", "null": "null", "an empty object": "{}", "another resource": `{"data":{"type":"apps","id":"1","attributes":{"name":"Halo"}}}`,
	"no resource": `{"data":null}`, "a page for people": "<!doctype html><title>Sign in</title>", "half of one": `{"data":{"type":`,
}

// Whatever stands in an answer with status 200, what was done is what reading shows: done
// when it happened, and never done when it did not.
func TestFA18SuccessWithoutAWord(t *testing.T) {
	t.Parallel()
	for name, body := range saysNothing {
		for i, way := range effects {
			if testing.Short() && i != len(name)%len(effects) {
				continue
			}
			t.Run(name+" to "+way.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { way.answeredWith(t, body, true) })
			})
			t.Run(name+" to "+way.name+", which did not happen", func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { way.answeredWith(t, body, false) })
			})
		}
	}
}

func (way line) answeredWith(t *testing.T, body string, happens bool) {
	w := found(t, t.TempDir(), townRules, noon, apple.Options{})
	verb, path, _ := strings.Cut(way.change, " ")
	is := func(r *http.Request) bool { return r.Method == verb && strings.HasPrefix(r.URL.Path, path) }
	odd := oddity{answer: func(r *http.Request, resp *http.Response, was []byte) []byte {
		if !is(r) {
			return was
		}
		resp.StatusCode = http.StatusOK
		return []byte(body)
	}}
	if !happens {
		odd.before = func(out http.ResponseWriter, r *http.Request, _ int) bool {
			if is(r) {
				out.Header().Set("Content-Type", "application/json")
				_, _ = out.Write([]byte(body))
			}
			return is(r)
		}
	}
	w.stand(odd)
	w.start(nil)
	way.asks(w)
	settle(rest)
	card := w.newest().Card
	w.box.Slack.Press(slack.Press{User: agrees, Channel: card.Channel, TS: card.TS, ActionID: "approve"})
	settle(30 * time.Minute)
	switch r := w.newest(); {
	case happens && (r.State != store.Done || way.has(w) != 1 || way.sent(w) != 1):
		t.Errorf("it happened, and the request is %s: %s; Apple has it %d times and was asked %d times", r.State, r.Outcome, way.has(w), way.sent(w))
	case !happens && r.State == store.Done:
		t.Errorf("it did not happen, and the request is done: %s", r.Outcome)
	case !happens && way.has(w) != 0:
		t.Errorf("Apple has it %d times", way.has(w))
	}
	w.holds(happens)
}

// ended has Slack refuse the bot for good while a change is under way at Apple: the bot ends
// when the change has been read back and written down, with an error of its own, and does not
// knock at Slack's door meanwhile.
func ended(f slack.Fault, with error) func(way line, w *town) {
	return func(way line, w *town) {
		way.asks(w)
		settle(rest)
		l, card := w.current(), w.newest().Card
		verb, path, _ := strings.Cut(way.change, " ")
		w.box.Apple.Inject(apple.Fault{Kind: apple.Slow, Method: verb, PathPrefix: path, Times: 1, Delay: 20 * time.Second})
		w.box.Slack.Press(slack.Press{User: agrees, Channel: card.Channel, TS: card.TS, ActionID: "approve"})
		settle(3 * time.Second)
		if r := w.newest(); r.State != store.Running {
			w.t.Errorf("the request is %s: %s", r.State, r.Outcome)
		}
		knocked := w.knocks()
		calm := w.box.Slack.Inject(f)
		w.box.Slack.Command("ben", "#ios", "/asc help") // a token is looked at when something is to be said
		settle(time.Minute)
		select {
		case err := <-l.ended:
			if !errors.Is(err, with) {
				w.t.Errorf("it ended with %v", err)
			}
			l.ended <- err
		default:
			w.t.Error("it goes on, though Slack lets it in no longer")
		}
		if n := w.knocks() - knocked; n > 5 {
			w.t.Errorf("it asked for a connection %d times", n)
		}
		if r := w.newest(); r.State != store.Done {
			w.t.Errorf("the request is %s: %s", r.State, r.Outcome)
		}
		calm()
		l.kill("by whoever has taken the app away") // its error was looked at; somebody starts it again
		settle(time.Minute)
		within(func() bool { return w.newest().State.Final() })
	}
}

// knocks counts how often the bot asked Slack for a connection.
func (w *town) knocks() (n int) {
	for _, e := range w.box.Slack.Journal(0) {
		if e.Method == "apps.connections.open" {
			n++
		}
	}
	return n
}

var endedCells = []cell{
	{name: "F-W12 Socket Mode is switched off", live: ended(slack.Fault{Kind: slack.LinkDisabled}, bot.ErrSwitchedOff)},
	{name: "F-W12 the token is revoked", live: ended(slack.Fault{Kind: slack.Revoked}, bot.ErrRefused)},
	{name: "F-W12 the token is not valid", live: ended(slack.Fault{Kind: slack.Revoked, Name: "invalid_auth"}, bot.ErrRefused)},
}

// suspendCells have the machine sleep for eight hours at a step. What was not carried out in its
// time is asked for once more.
func suspendCells() (all []cell) {
	for _, s := range everyStep {
		all = append(all, cell{name: "F-D13 suspended for eight hours at " + s.step, at: s.at, nth: s.nth, once: true,
			does: func(w *town) { must(w.t, w.box.Clock.Move(8*time.Hour)) },
			live: func(way line, w *town) {
				way.askAndAgree(w)
				if last := w.newest(); last.State == store.Expired {
					way.askAndAgree(w)
				}
			},
		})
	}
	return all
}

// The disk gets full after the attempt was written down: the change is made once, what came of it
// is found by reading once there is room, and nothing is sent again.
func TestFD02TheDiskGetsFullBeforeTheOutcome(t *testing.T) {
	t.Parallel()
	for _, way := range effects {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := found(t, t.TempDir(), townRules, noon, apple.Options{})
				full := w.startOn(t)
				way.asks(w)
				settle(rest)
				card := w.newest().Card
				verb, path, _ := strings.Cut(way.change, " ")
				w.box.Apple.Inject(apple.Fault{Kind: apple.Slow, Method: verb, PathPrefix: path, Times: 1, Delay: 10 * time.Second})
				w.box.Slack.Press(slack.Press{User: agrees, Channel: card.Channel, TS: card.TS, ActionID: "approve"})
				settle(5 * time.Second)
				if r := w.newest(); r.State != store.Running {
					t.Fatalf("the request is %s", r.State)
				}
				full.Store(true)
				settle(time.Minute)
				if r := w.newest(); r.State != store.Running || way.has(w) != 1 {
					t.Errorf("with a full disk the request is %s, and Apple has it %d times", r.State, way.has(w))
				}
				full.Store(false)
				settle(10 * time.Minute)
				if r := w.newest(); r.State != store.Done || way.has(w) != 1 || way.sent(w) != 1 {
					t.Errorf("with room again the request is %s: %s; Apple has it %d times and was asked %d times", r.State, r.Outcome, way.has(w), way.sent(w))
				}
				if text := w.everything("cy"); !strings.Contains(text, "🔒 I am sealed") {
					t.Errorf("nobody was told:\n%s", text)
				}
				w.holds(true)
			})
		})
	}
}

// rotatedCells put another key of App Store Connect in the place of the one a change began with, at a
// start between its attempt and its outcome: what became of it is read with the new key, and nothing
// is sent again that may have arrived.
func rotatedCells() (all []cell) {
	for step, at := range map[string]string{"S9": "after commit of moved running", "S10": "before %s", "S11": "after %s", "S12": "answer to %s"} {
		all = append(all, cell{name: "F-D18 the key is another one after " + step, at: at, dies: true,
			does: func(w *town) { w.box.Apple.Rotate() },
			live: func(way line, w *town) {
				way.asks(w)
				for range 4 { // who agreed to the old key is asked again
					within(func() bool {
						return w.newest().State.Final() || w.newest().State == store.Pending && w.newest().Card.TS != ""
					})
					if r := w.newest(); r.State == store.Pending {
						w.box.Slack.Press(slack.Press{User: agrees, Channel: r.Card.Channel, TS: r.Card.TS, ActionID: "approve"})
						settle(5 * time.Second)
					}
				}
				way.anew(w)
			},
		})
	}
	return all
}

// Ten thousand requests are open when the bot starts: it is ready at once, their cards are brought up
// to date one after the other, and what people ask and decide meanwhile does not wait for that.
func TestFD21TenThousandOpenRequestsAtTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		open := 9_990 // the rules let no more than ten thousand be open
		if testing.Short() {
			open /= 20
		}
		roomyRules := strings.NewReplacer("open requests: 300", "open requests: 10000", "of all: 3000", "of all: 10000").Replace(townRules)
		w := found(t, t.TempDir(), roomyRules, noon, apple.Options{})
		w.start(nil)
		way := effects[0]
		way.asks(w)
		settle(rest)
		first := w.newest()
		w.halt()
		w.crowd(first, open)

		began := time.Now()
		w.start(nil)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it is ready after %s", took)
		}
		if r := w.box.Slack.Command("ana", "#ios", "/asc group add Reviewers in Halo"); !r.OK() {
			t.Errorf("a command fails: %+v", r)
		}
		settle(20 * time.Second)
		asked := w.newest()
		if asked.Card.TS == "" || asked.ID != first.ID+uint64(open)+1 {
			t.Fatal("after twenty seconds its card is not there")
		}
		w.box.Slack.Press(slack.Press{User: agrees, Channel: asked.Card.Channel, TS: asked.Card.TS, ActionID: "approve"})
		settle(20 * time.Second)
		if r := w.newest(); r.State != store.Done {
			t.Errorf("the request is %s: %s", r.State, r.Outcome)
		}
		if n := w.drawnIn(began, time.Now()); n > 60 {
			t.Errorf("Slack was sent %d messages and redraws in forty seconds", n)
		}
	})
}

// crowd puts open requests like one into the data file, with cards of their own.
func (w *town) crowd(like store.Request, n int) {
	file, err := store.BoltEngine(w.data, time.Minute, false)
	must(w.t, err)
	st, err := store.New(file, store.Options{Instance: "sandbox", Signer: w.signer})
	must(w.t, err)
	for i := range n {
		r := like
		r.Origin = fmt.Sprint("crowd ", i)
		_, _, err := st.Ask(r, like.Asked)
		must(w.t, err)
	}
	must(w.t, st.Close())
}

// drawnIn counts what the bot posted and redrew in some time.
func (w *town) drawnIn(from, to time.Time) (n int) {
	for _, e := range w.box.Slack.Journal(0) {
		if e.Method == "chat.postMessage" || e.Method == "chat.update" {
			if at := e.At.Add(-w.shift); !at.Before(from) && !at.After(to) {
				n++
			}
		}
	}
	return n
}
