package bot_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// chance is a town in which anything may happen, and what a simple mind makes of who may
// decide: it knows people and rules as they were before the step under way and as they are
// now, and nothing of how the bot counts.
type chance struct {
	*town
	n int // of things asked for

	was, is moment // before and after the step under way
	asked   map[uint64]moment
	votes   map[uint64]map[string]bool // by request and account, those that stand
	next    int64                      // the record of the log that was not looked at yet
	wrong   []string
	calm    []func()
}

// moment is people and rules at some moment.
type moment struct {
	quorum  int             // of every class
	twins   bool            // Ben's account and Cy's are one person's
	outside map[string]bool // who is deactivated, or a guest
	release map[string]bool // who is in the group of the release managers
}

func (s moment) clone() moment {
	s.outside, s.release = maps.Clone(s.outside), maps.Clone(s.release)
	return s
}

// person is who has an account.
func (s moment) person(account string) string {
	if s.twins && account == "U0CY" {
		return "U0BEN"
	}
	return account
}

func (s moment) rules() string {
	// Two who may never vote, a guest and a bot, keep groups from being too small for the rules to come into force.
	text := strings.NewReplacer("[S0RELEASE]", "[S0RELEASE, U0GIL, U0HAL]\n  never: [U0GIL, U0HAL]", "[admins]", "[admins, never]").
		Replace(fmt.Sprintf(oneOfTwo, s.quorum))
	if s.twins {
		text += "people:\n  ben: {accounts: [U0BEN, U0CY]}\n"
	}
	return text
}

// mayDecide says whether somebody counts on a request, as a simple mind sees it.
func (s moment) mayDecide(account string, r store.Request) bool {
	if s.outside[account] || s.person(account) == s.person(r.Asker.ID) {
		return false
	}
	for _, mail := range r.Beneficiaries {
		if name, own := strings.CutSuffix(mail, "@meadow.example"); own && s.person("U0"+strings.ToUpper(name)) == s.person(account) {
			return false
		}
	}
	if r.Operation == "invite" {
		return account == "U0CY" || account == "U0DORA" // admins of the workspace
	}
	return s.release[account]
}

// count is how many people count, of those whose votes stand.
func (s moment) count(votes map[string]bool, r store.Request) int {
	people := map[string]bool{}
	for account := range votes {
		if s.mayDecide(account, r) {
			people[s.person(account)] = true
		}
	}
	return len(people)
}

// Whatever people do, whatever the rules become, whatever goes wrong and however often the
// bot is stopped and killed: nothing runs without enough distinct, entitled, uninvolved
// people at that moment, and all invariants hold.
func TestWhateverHappensEnoughPeopleHaveAgreed(t *testing.T) {
	t.Parallel()
	ran := 0
	rapid.Check(t, func(draw *rapid.T) {
		var wrong []string
		quorum, twins := rapid.IntRange(1, 2).Draw(draw, "quorum"), rapid.Bool().Draw(draw, "twins")
		steps := rapid.SliceOfN(rapid.Custom(drawStep), 5, 60).Draw(draw, "steps")
		synctest.Test(t, func(t *testing.T) {
			c := newChance(t, quorum, twins)
			for _, s := range steps {
				c.step(s)
			}
			c.rest()
			wrong = c.wrong
			for _, v := range c.broken(true) {
				wrong = append(wrong, v.String())
			}
			ran += c.executions()
		})
		if len(wrong) > 0 {
			draw.Fatalf("%s", strings.Join(wrong, "\n"))
		}
	})
	if t.Logf("%d requests were carried out", ran); ran == 0 {
		t.Error("nothing was ever carried out")
	}
}

func newChance(t *testing.T, quorum int, twins bool) *chance {
	is := moment{
		quorum: quorum, twins: twins,
		outside: map[string]bool{}, release: map[string]bool{"U0BEN": true, "U0CY": true, "U0DORA": true},
	}
	c := &chance{is: is, was: is.clone(), asked: map[uint64]moment{}, votes: map[uint64]map[string]bool{}}
	c.town = found(t, t.TempDir(), is.rules(), noon, apple.Options{})
	c.start(nil)
	return c
}

func (c *chance) executions() (n int) {
	for _, r := range c.requests() {
		if len(r.Attempts) > 0 {
			n++
		}
	}
	return n
}

// step is one thing that happens. The numbers say to whom and how, as far as they are
// needed.
type step struct {
	what             string
	who, which, kind int
	yes              bool
}

// kinds of steps; those that bring something about come more often.
var kinds = []string{
	"ask", "ask", "ask", "approve", "approve", "approve", "agree", "agree", "together", "deny", "cancel", "person", "rules", "trouble", "calm", "restart", "kill", "wait", "meanwhile", "meanwhile",
}

func drawStep(draw *rapid.T) step {
	return step{
		what: rapid.SampledFrom(kinds).Draw(draw, "what"), yes: rapid.Bool().Draw(draw, "yes"),
		who: rapid.IntRange(0, 99).Draw(draw, "who"), which: rapid.IntRange(0, 99).Draw(draw, "which"), kind: rapid.IntRange(0, 99).Draw(draw, "kind"),
	}
}

// one of several.
func pick[T any](n int, from ...T) T { return from[n%len(from)] }

// step has one thing happen, and looks at the log.
func (c *chance) step(s step) {
	c.was = c.is.clone()
	settled := 2 * time.Second
	switch s.what {
	case "ask":
		c.ask(s)
	case "approve", "deny", "cancel":
		c.press(s)
	case "agree": // one after the other, as far as they may
		for i, who := range []string{"cy", "dora", "ben"} {
			c.press(step{what: "approve", who: slices.Index(everybody, who), which: s.which, kind: i})
		}
	case "together": // in one instant
		if open := c.open(); len(open) > 0 {
			pressTogether(c.town, pick(s.which, open...).Card, pick(s.who, everybody...), pick(s.who+1+s.kind%5, everybody...))
		}
	case "person":
		c.change(s)
	case "rules":
		c.reload(s)
		settled = 20 * time.Second
	case "trouble":
		c.trouble(s)
	case "calm":
		c.calmDown()
	case "restart":
		c.halt()
		c.staff()
		c.start(nil)
		settled = 10 * time.Second
	case "kill":
		c.crash()
		c.staff()
		c.start(nil)
		settled = 10 * time.Second
	case "meanwhile":
		c.meanwhile(s)
		settled = 2 * time.Minute
	case "wait":
		settled = time.Duration(1+s.kind%20) * time.Minute
	}
	settle(settled)
	c.look()
}

// meanwhile lets what was approved wait for App Store Connect, and has people or rules become others
// before it can begin: then those count who may decide then.
func (c *chance) meanwhile(s step) {
	calm := c.box.Apple.Inject(apple.Fault{Kind: apple.Refuse, Method: "GET", Status: 503})
	c.step(step{what: "agree", which: s.which})
	for n := range 1 + s.kind%3 {
		c.step(step{what: pick(s.kind, "person", "person", "rules"), who: s.who + n, kind: s.kind + n, yes: s.yes})
	}
	c.was = c.is.clone()
	calm()
}

var everybody = []string{"cy", "dora", "ben", "dora", "cy", "ana", "eve"}

func (c *chance) ask(s step) {
	c.n++
	line := pick(s.which,
		fmt.Sprintf("/asc invite p%d@example.com developer in Halo", c.n), "/asc invite cy@meadow.example developer in Halo",
		fmt.Sprintf("/asc group add Crew%d in Halo", c.n), "/asc build expire Halo 118", "/asc group rename Friends to Family in Halo")
	c.box.Slack.Command(pick(s.who, "ana", "ben", "cy", "eve"), "#ios", line)
}

// press has somebody press a button of an open request, once or twice.
func (c *chance) press(s step) {
	open := c.open()
	if len(open) == 0 {
		return
	}
	r, who := pick(s.which, open...), pick(s.who, everybody...)
	for range pick(s.kind, 1, 1, 2) {
		c.box.Slack.Press(slack.Press{User: who, Channel: r.Card.Channel, TS: r.Card.TS, ActionID: s.what, Revision: slack.AnyRevision})
	}
	settle(time.Second)
	for _, v := range c.box.Slack.Snapshot(who).Views { // it asks for the reason of a no
		c.box.Slack.Submit(who, v.ID, slack.Values{"reason": {"answer": {Value: "no"}}})
	}
}

// open are the requests that have not ended and whose cards people see.
func (c *chance) open() (open []store.Request) {
	for _, r := range c.requests() {
		if !r.State.Final() && r.Card.TS != "" {
			open = append(open, r)
		}
	}
	return open
}

// change changes what Slack knows of somebody.
func (c *chance) change(s step) {
	who := pick(s.who, "ben", "cy", "dora")
	id := "U0" + strings.ToUpper(who)
	if s.yes {
		c.is.release[id] = !c.is.release[id]
		c.regroup()
		return
	}
	c.is.outside[id] = !c.is.outside[id]
	must(c.t, c.box.Slack.EditPerson(who, func(p *slack.Person) { p.Deleted = c.is.outside[id] }))
}

// regroup has Slack know who is a release manager.
func (c *chance) regroup() {
	must(c.t, c.box.Slack.EditGroup("S0RELEASE", func(g *slack.Group) {
		g.Users = nil
		for _, member := range slices.Sorted(maps.Keys(c.is.release)) {
			if c.is.release[member] {
				g.Users = append(g.Users, member)
			}
		}
	}))
}

// staff makes everybody a release manager, since with too few the rules are refused.
func (c *chance) staff() {
	for member := range c.is.release {
		c.is.release[member] = true
	}
	c.regroup()
}

func (c *chance) reload(s step) {
	c.staff()
	c.is.quorum, c.is.twins = pick(s.kind, 1, 2), s.yes
	cfg, err := readRules(c.is.rules())
	must(c.t, err)
	c.Config = cfg // for the next start, if it comes before
	adopts(c.is.rules())(c.town)
}

func (c *chance) trouble(s step) {
	if s.yes {
		kind := pick(s.kind, slack.FailBefore, slack.FailAfter, slack.DropAfter, slack.Duplicate, slack.Cut, slack.Slow)
		c.calm = append(c.calm, c.box.Slack.Inject(slack.Fault{Kind: kind, Times: 2}))
		return
	}
	c.calm = append(c.calm, c.box.Apple.Inject(apple.Fault{
		Kind: pick(s.kind, apple.LoseAnswer, apple.CutBefore, apple.HalfBody, apple.RefuseAfter, apple.Refuse), Times: 2,
		Status: pick(s.which, 409, 429, 500, 503), Method: pick(s.who, "", "GET", "POST", "PATCH"),
	}))
}

func (c *chance) calmDown() {
	for _, calm := range c.calm {
		calm()
	}
	c.calm = nil
}

// rest ends all troubles, and waits until everything has ended that can.
func (c *chance) rest() {
	c.was = c.is.clone()
	c.calmDown()
	settle(20 * time.Minute)
	c.look()
}

// look follows the log from where it was looked at last.
func (c *chance) look() {
	by := map[uint64]store.Request{}
	for _, r := range c.requests() {
		by[r.ID] = r
	}
	must(c.t, c.current().st.Leaves(c.next, func(l store.Leaf) bool {
		c.next = l.N + 1
		switch {
		case l.Kind == "asked", l.Kind == "renewed":
			c.asked[l.Request], c.votes[l.Request] = laxer(c.was, c.is).clone(), map[string]bool{}
		case l.Kind == "voted":
			c.votes[l.Request][l.By.ID] = true
		case l.Kind == "unvoted":
			delete(c.votes[l.Request], l.By.ID)
		case l.To == store.Running && l.Note == "sent to App Store Connect":
			c.judge(by[l.Request], l)
		}
		return true
	}))
}

// laxer is the one of two scenes that demands less, where a step changes the rules while
// something is asked.
func laxer(a, b moment) moment {
	if a.quorum < b.quorum {
		return a
	}
	return b
}

// judge looks whether enough people had agreed when something began to run: as people and
// rules were before the step or after it, and by the rules it was asked under too.
func (c *chance) judge(r store.Request, l store.Leaf) {
	votes := c.votes[r.ID]
	for _, now := range []moment{c.was, c.is} {
		if now.count(votes, r) >= max(now.quorum, c.asked[r.ID].quorum) {
			return
		}
	}
	c.wrong = append(c.wrong, fmt.Sprintf("request #%d (%s, asked by %s for %v) runs in record %d with the votes of %v; before the step %+v, after it %+v, when it was asked %+v",
		r.ID, r.Operation, r.Asker.ID, r.Beneficiaries, l.N, slices.Sorted(maps.Keys(votes)), c.was, c.is, c.asked[r.ID]))
}
