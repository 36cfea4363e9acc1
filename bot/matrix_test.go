package bot_test

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// The fault matrix has a cell for every trouble at every step of the line. Each cell is a
// test that is named after it, and each is tried with an operation of every class, since
// what may be done after a lost answer is another thing for each. Afterwards all invariants
// have to hold. Cells that are told as stories stand in testdata/matrix.

// cell is a trouble that comes when the bot is at a point of the line for the nth time.
type cell struct {
	name string
	at   string // with %s for the call that makes the change
	nth  int    // 0: the first time
	does func(w *town)
	dies bool   // it is killed then too
	on   string // rules; blank: those of the town
	once bool   // one class is enough: it has nothing to do with what Apple is asked for

	// what people do; nil: they ask and agree
	live func(way line, w *town)
}

// cells are those in which something happens to the bot at a point.
func cells() []cell {
	return slices.Concat(killedCells, socketCells, endedCells, unreachable(), suspendCells(), rotatedCells(), stopCells(), reloadCells())
}

// TestFaultMatrix goes through the cells in which something happens to the bot at a point.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	for _, c := range cells() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for i, way := range effects {
				if (c.once || testing.Short()) && i != len(c.name)%len(effects) {
					continue
				}
				t.Run(way.name, c.through(way))
			}
		})
	}
}

// TestFaultMatrixTold plays the cells that are stories. One that speaks of $ASK is told for
// each class of operation: $ASK is what is typed, and $VERB and $AT are the call that makes
// the change; [keyed] and the like tell where the classes differ.
func TestFaultMatrixTold(t *testing.T) {
	stories, err := filepath.Glob("testdata/matrix/*.txtar")
	must(t, err)
	for _, story := range stories {
		name := strings.TrimSuffix(filepath.Base(story), ".txtar")
		text, err := os.ReadFile(story)
		must(t, err)
		told := effects
		if !bytes.Contains(text, []byte("$ASK")) {
			told = []line{{name: "once"}}
		} else if i := len(name) % len(effects); testing.Short() {
			told = told[i : i+1]
		}
		t.Run(name, func(t *testing.T) {
			for _, way := range told {
				testscript.RunT(bubble{t}, testscript.Params{
					Files: []string{story}, Cmds: cast, UpdateScripts: *update, RequireUniqueNames: true,
					Setup:     func(env *testscript.Env) error { way.tell(env); return setUp(env) },
					Condition: func(class string) (bool, error) { return class == way.name, nil },
				})
			}
		})
	}
}

func (way line) tell(env *testscript.Env) {
	verb, path, _ := strings.Cut(way.change, " ")
	env.Vars = append(env.Vars, "CLASS="+way.name, "ASK="+way.ask, "VERB="+verb, "AT="+path)
}

func (c cell) through(way line) func(*testing.T) {
	return func(t *testing.T) {
		came := c.at == ""
		struck := at(way.point(c.at), max(c.nth, 1))
		fates := func(w *town) []fate {
			return []fate{func(point string, nth int) bool {
				if !struck(point, nth) {
					return false
				}
				came = true
				if c.does == nil {
					return true
				}
				c.does(w)
				return c.dies
			}}
		}
		live := way.live
		if c.live != nil {
			live = func(w *town) { c.live(way, w) }
		}
		way.through(t, "lived", cmp.Or(c.on, townRules), fates, live)
		if !came {
			t.Errorf("the bot has not come to %q %d times", way.point(c.at), max(c.nth, 1))
		}
	}
}

// killedCells end the process at each step.
var killedCells = []cell{
	{name: "F-K01 killed as the command is received", at: "envelope"},
	{name: "F-K02 killed inside the transaction that stores the command", at: "before commit of seen, inbox"},
	{name: "F-K02 killed inside the transaction that makes the request", at: "before commit of asked pending"},
	{name: "F-K03 killed when the request is committed", at: "after commit of asked pending"},
	{name: "F-K04 killed when the command is acknowledged", at: "after acknowledgement"},
	{name: "F-K05 killed when the card is posted and its place is not stored", at: "answer to POST chat.postMessage"},
	{name: "F-K06 killed when the card's place is stored", at: "after commit of requests"},
	{name: "F-K07 killed as the click is received", at: "envelope", nth: 2},
	{name: "F-K08 killed when the vote is committed", at: "after commit of voted, moved approved"},
	{name: "F-K09 killed when the click is acknowledged", at: "after acknowledgement", nth: 2},
	{name: "F-K10 killed when the attempt is committed", at: "after commit of moved running"},
	{name: "F-K11 killed before the bytes leave for Apple", at: "before %s"},
	{name: "F-K12 killed when Apple has done it and has not answered", at: "after %s"},
	{name: "F-K13 killed when the answer is read and not committed", at: "answer to %s"},
	{name: "F-K14 killed when the outcome is committed", at: "after commit of moved done"},
	{name: "F-K15 killed when the card is redrawn", at: "answer to POST chat.update", nth: 2},
	{name: "F-K15 killed when whoever asked is told", at: "answer to POST chat.postMessage", nth: 2},
	{name: "F-K16 killed when the checkpoint is anchored", at: "answer to POST chat.postMessage", on: townRules + "anchor: {channel: \"#ios\"}\n"},
	{name: "F-K16 killed when the checkpoint is anchored a second time", at: "answer to POST chat.postMessage", nth: 4, on: townRules + "anchor: {channel: \"#ios\"}\n",
		live: func(way line, w *town) { way.live(w); settle(26 * time.Hour) }},
}

// cut breaks every connection to Slack's socket, without a word.
func cut(w *town) { w.box.Slack.Inject(slack.Fault{Kind: slack.Cut}) }

// apart keeps the bot from Slack's socket for a while.
func apart(d time.Duration) func(way line, w *town) {
	return func(way line, w *town) {
		ask := way.asks(w)
		if !ask.OK() {
			w.t.Fatalf("the command failed: %+v", ask)
		}
		settle(rest)
		calm := w.box.Slack.Inject(slack.Fault{Kind: slack.APIError, Method: "apps.connections.open", Name: "internal_error"})
		cut(w)
		settle(d)
		calm()
		settle(time.Minute)
		if n := w.box.Slack.Connections(); n != 2 {
			w.t.Errorf("a minute later there are %d connections", n)
		}
		way.agree(w)
		way.anew(w)
	}
}

// burst has somebody press a button a hundred times while Slack replaces a connection.
func burst(way line, w *town) {
	way.asks(w)
	settle(rest)
	card := w.newest().Card
	for n := range 100 {
		if n == 50 {
			w.box.Slack.Inject(slack.Fault{Kind: slack.Warning, Conn: 1})
		}
		r := w.box.Slack.Press(slack.Press{User: agrees, Channel: card.Channel, TS: card.TS, ActionID: "approve", Revision: slack.AnyRevision})
		if !r.OK() {
			w.t.Errorf("click %d was lost: %+v", n, r)
		}
	}
	within(func() bool { return w.newest().State.Final() })
	settle(5 * time.Minute) // each click is answered, and Slack takes only so many answers in a minute
}

// afterSilence has both connections die without a sign, and the approver click when the bot
// has had time to notice.
func afterSilence(way line, w *town) {
	way.asks(w)
	settle(rest)
	w.box.Slack.Inject(slack.Fault{Kind: slack.Silent})
	settle(25 * time.Second)
	card := w.newest().Card
	if r := w.box.Slack.Press(slack.Press{User: agrees, Channel: card.Channel, TS: card.TS, ActionID: "approve"}); !r.OK() {
		w.t.Errorf("25 seconds after the connections went silent a click fails: %+v", r)
	}
	within(func() bool { return w.newest().State.Final() })
}

// turnedAway has Slack turn a connection away because there are ten.
func turnedAway(w *town) { w.box.Slack.Inject(slack.Fault{Kind: slack.TooMany}) }

// socketCells break the connections at each step.
var socketCells = []cell{
	{name: "F-W01 one connection is lost before the command", live: func(way line, w *town) {
		w.box.Slack.Inject(slack.Fault{Kind: slack.Cut, Conn: 1})
		if r := way.asks(w); !r.OK() {
			w.t.Errorf("somebody notices: %+v", r)
		}
		settle(rest)
		way.agree(w)
	}},
	{name: "F-W02 lost when the command is read and not acknowledged", at: "envelope", does: cut},
	{name: "F-W03 lost when the command is stored", at: "after commit of seen, inbox", does: cut},
	{name: "F-W04 lost when the card is posted", at: "before POST chat.postMessage", does: cut},
	{name: "F-W05 lost when the click is read and not stored", at: "envelope", nth: 2, does: cut},
	{name: "F-W06 lost when the click is stored and not acknowledged", at: "after commit of seen, inbox", nth: 2, does: cut},
	{name: "F-W07 lost when the click is acknowledged", at: "after acknowledgement", nth: 2, does: cut},
	{name: "F-W08 lost when the attempt is committed", at: "after commit of moved running", does: cut},
	{name: "F-W08 lost when the bytes leave for Apple", at: "before %s", does: cut},
	{name: "F-W08 lost when Apple has done it", at: "after %s", does: cut},
	{name: "F-W09 lost when the outcome is committed", at: "after commit of moved done", does: cut},
	{name: "F-W10 both are gone for 30 seconds", live: apart(30 * time.Second)},
	{name: "F-W10 both are gone for 10 minutes", live: apart(10 * time.Minute)},
	{name: "F-W10 both are gone for 6 hours", live: apart(6 * time.Hour)},
	{name: "F-W11 one is replaced during a hundred clicks", live: burst},
	{name: "F-W13 Slack says that there are too many", at: "after commit of moved running", does: turnedAway},
	{name: "F-W14 both die without a sign", live: afterSilence},
}

// everyStep are points for each step of the line.
var everyStep = []struct {
	step, at string
	nth      int
}{
	{"S1", "envelope", 1}, {"S2", "after commit of asked pending", 1}, {"S3", "after acknowledgement", 1},
	{"S4", "answer to POST chat.postMessage", 1}, {"S5", "after commit of requests", 1},
	{"S6", "envelope", 2}, {"S7", "after commit of voted, moved approved", 1}, {"S8", "after acknowledgement", 2},
	{"S9", "after commit of moved running", 1}, {"S10", "before %s", 1}, {"S11", "after %s", 1}, {"S12", "answer to %s", 1},
	{"S13", "after commit of moved done", 1}, {"S14", "answer to POST chat.postMessage", 2},
}

// stopCells tell the process to stop at each step: nothing new is begun, what is under way
// has its minute, and the next start goes on.
func stopCells() (all []cell) {
	for _, s := range everyStep {
		all = append(all, cell{name: "F-D19 SIGTERM at " + s.step, at: s.at, nth: s.nth, once: true, does: func(w *town) { w.current().halt() }})
	}
	return all
}

const oneOfTwo = `
approvals:
  channel: "#asc-approvals"
groups:
  release-managers: [S0RELEASE]
rules:
  testflight: {ask: [members], agree: [release-managers], quorum: %[1]d, wait: 24h, run: 1h}
  access: {ask: [members], agree: [admins], quorum: %[1]d}
limits: {commands a minute: 300, open requests: 300}
`

// reloadCells put other rules in force at each step: the stricter of both count, and whoever
// asks for something under the looser ones gets no more by it.
func reloadCells() (all []cell) {
	for _, s := range everyStep {
		for from, to := range map[int]int{1: 2, 2: 1} {
			all = append(all, cell{
				name: fmt.Sprintf("F-D17 %d have to agree instead of %d, from %s on", to, from, s.step), at: s.at, nth: s.nth, once: true,
				on: fmt.Sprintf(oneOfTwo, from), does: adopts(fmt.Sprintf(oneOfTwo, to)), live: twoUnderRules,
			})
		}
	}
	return all
}

// adopts has the bot read other rules while it goes on.
func adopts(rules string) func(w *town) {
	return func(w *town) {
		l := w.current()
		go func() {
			select {
			case l.rules <- func() (bot.Config, error) { return readRules(rules) }:
			case <-l.gone:
			}
		}()
	}
}

// two people agree, one after the other, as often as it takes them.
func two(way line, w *town) {
	way.asks(w)
	for n := range 6 {
		within(func() bool { return w.newest().Card.TS != "" })
		r := w.newest()
		if r.State != store.Pending {
			break
		}
		who := []string{agrees, "dora"}[n%2]
		if reply := w.box.Slack.Press(slack.Press{User: who, Channel: r.Card.Channel, TS: r.Card.TS, ActionID: "approve"}); !reply.OK() {
			w.t.Errorf("%s cannot press the button: %+v", who, reply)
		}
		within(func() bool { return w.newest().State != store.Approved })
	}
	within(func() bool { return w.newest().State.Final() })
}

// twoUnderRules looks besides whether as many agreed as the rules want.
func twoUnderRules(way line, w *town) {
	two(way, w)
	demanded(w)
}

// demanded looks whether as many had agreed as the stricter of the rules wanted that the
// request was asked under and those in force when it began to run.
func demanded(w *town) {
	var quorum, votes int
	inForce := 0
	must(w.t, w.current().st.Leaves(0, func(l store.Leaf) bool {
		switch {
		case l.Kind == "policy":
			for n := 1; n <= 2; n++ {
				if cfg, err := readRules(fmt.Sprintf(oneOfTwo, n)); err == nil && l.Note == "rules "+cfg.Hash()[:12]+" are in force" {
					inForce = n
				}
			}
		case l.Kind == "asked", l.Kind == "renewed":
			quorum, votes = inForce, 0
		case l.Kind == "voted":
			votes++
		case l.To == store.Running:
			if want := max(quorum, inForce); votes < want || want == 0 {
				w.t.Errorf("it runs with %d votes, and %d were demanded", votes, want)
			}
		}
		return true
	}))
}
