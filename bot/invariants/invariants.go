// Package invariants says what has to hold of the bot whatever has happened to it: when
// it was killed, cut off, lied to or left without a disk. It is for tests. It reads the
// data file, what the stand-ins for Slack and App Store Connect know to be true, and all
// that was said in Slack, and takes the bot's word for nothing.
package invariants

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// The invariants.
const (
	OneEffect     = "I1" // at most one effect at Apple for each approval
	IntentFirst   = "I2" // every effect has a line in the log before it
	Ends          = "I3" // every approved request comes to an end, or is being read
	NoVoteLost    = "I4" // no vote is lost once it was acknowledged
	NoVoteTwice   = "I5" // no vote counts twice
	StateIsReplay = "I6" // the requests are what the log says
	TreeExtends   = "I7" // the log extends every earlier checkpoint
	PostedOnce    = "I8" // what is to be posted once is visible once at the most
	Truth         = "I9" // whoever asked, and the card, are told what is true
)

// World is what is looked at.
type World struct {
	Log   *store.Store
	Known note.Verifiers // of the log's key
	Kept  [][]byte       // earlier checkpoints
	Slack *slack.Server
	Apple *apple.Server

	// Foreign says of a call to Apple that somebody else made it; nil: nobody did.
	Foreign func(apple.Call) bool
	// Rested says that nothing is under way and nobody is in the way, so that what
	// only has to become true in the end has to be true now.
	Rested bool
}

// Violation is one invariant that does not hold, and how.
type Violation struct{ Invariant, What string }

func (v Violation) String() string { return v.Invariant + ": " + v.What }

// Violated looks at everything. An error means that it could not.
func Violated(w World) ([]Violation, error) {
	c := &check{World: w, runs: map[uint64][]run{}, votes: map[uint64]map[string]int{}, beyond: map[string]bool{}, left: map[string]bool{}}
	if err := c.read(); err != nil {
		return nil, err
	}
	c.effects()
	if err := c.log(); err != nil {
		return nil, err
	}
	c.posts()
	c.cards()
	if w.Rested {
		c.ends()
		c.clicks()
	}
	return c.found, nil
}

// run is the time in which a request's change may happen at Apple: from the line that
// says so to the one that ends it.
type run struct {
	version  int
	from, to time.Time // to is zero as long as it goes on
}

type check struct {
	World
	found    []Violation
	requests []store.Request
	runs     map[uint64][]run
	votes    map[uint64]map[string]int // by request and person: how many lines the log has of their votes and of what was refused
	messages []slack.Message           // all that anybody sees
	beyond   map[string]bool           // channels in which the bot can change nothing any more
	left     map[string]bool           // people who are no longer there to see anything
}

func (c *check) violated(invariant, format string, a ...any) {
	c.found = append(c.found, Violation{invariant, fmt.Sprintf(format, a...)})
}

// most is how many requests are read; no test has as many.
const most = 100_000

// read gathers what is looked at.
func (c *check) read() (err error) {
	if c.requests, err = c.Log.Recent(most); err != nil {
		return err
	}
	c.gather()
	stands := map[uint64]map[string]bool{} // whose votes stand
	return c.Log.Leaves(0, func(l store.Leaf) bool {
		switch l.Kind {
		case "moved":
			c.follow(l)
		case "renewed":
			delete(stands, l.Request)
		case "voted", "refused", "unvoted":
			c.cast(l, stands)
		}
		return true
	})
}

// follow keeps the times in which a request's change may happen.
func (c *check) follow(l store.Leaf) {
	runs := c.runs[l.Request]
	switch {
	case l.To == store.Running:
		c.runs[l.Request] = append(runs, run{version: l.Version, from: l.At})
	case l.To != store.Unsure && len(runs) > 0 && runs[len(runs)-1].to.IsZero():
		runs[len(runs)-1].to = l.At
	}
}

// cast follows the votes on a request: one of each person stands at the most.
func (c *check) cast(l store.Leaf, stands map[uint64]map[string]bool) {
	if l.By == nil || l.Request == 0 {
		return
	}
	if c.votes[l.Request] == nil {
		c.votes[l.Request] = map[string]int{}
	}
	c.votes[l.Request][l.By.ID]++
	if stands[l.Request] == nil {
		stands[l.Request] = map[string]bool{}
	}
	of := stands[l.Request]
	if l.Kind == "voted" && of[l.By.ID] {
		c.violated(NoVoteTwice, "%s voted twice on version %d of request #%d (record %d)", l.By.ID, l.Version, l.Request, l.N)
	}
	if l.Kind != "refused" {
		of[l.By.ID] = l.Kind == "voted"
	}
}

// effects looks at what has changed at Apple: each change belongs to a request that the
// log said was running, and to each approval belongs one of a kind.
func (c *check) effects() {
	type kind struct{ method, path, body string }
	covered := map[kind]map[string]bool{} // the approvals under which something may have happened
	times := map[kind]int{}
	for _, call := range c.Apple.Calls(0) {
		if !call.Changed || c.Foreign != nil && c.Foreign(call) {
			continue
		}
		k := kind{call.Method, call.Path, call.Request}
		if times[k]++; covered[k] == nil {
			covered[k] = map[string]bool{}
		}
		under := c.underWay(call.At)
		if len(under) == 0 {
			c.violated(IntentFirst, "%s happened at %s, and the log has no request running then", call, call.At.Format(time.RFC3339Nano))
		}
		for _, approval := range under {
			covered[k][approval] = true
		}
	}
	for k, n := range times {
		if n > max(1, len(covered[k])) {
			c.violated(OneEffect, "%s %s %s happened %d times, for %d approvals", k.method, k.path, k.body, n, len(covered[k]))
		}
	}
}

// underWay are the approvals whose change may have happened at some time.
func (c *check) underWay(at time.Time) (approvals []string) {
	for id, runs := range c.runs {
		for _, r := range runs {
			if !r.from.After(at) && (r.to.IsZero() || !r.to.Before(at)) {
				approvals = append(approvals, fmt.Sprintf("%d/%d", id, r.version))
			}
		}
	}
	return approvals
}

// log verifies the log, and that the requests are what it says.
func (c *check) log() error {
	v, err := store.Verify(c.Log.Source(), c.Known, c.Kept)
	if err != nil {
		return err
	}
	whole := v.Intact && v.Complete && v.Signed
	switch {
	case !whole || !v.OK() && v.StateAgrees:
		c.violated(TreeExtends, "%s", strings.Join(v.Problems, " "))
	case !v.StateAgrees:
		c.violated(StateIsReplay, "%s", strings.Join(v.Problems, " "))
	}
	for _, r := range c.requests {
		seen := map[string]bool{}
		for _, v := range r.Votes {
			if seen[v.Person.ID] {
				c.violated(NoVoteTwice, "request #%d has two votes of %s", r.ID, v.Person.ID)
			}
			seen[v.Person.ID] = true
		}
	}
	return nil
}

// gather collects every message anybody in the workspace sees now.
func (c *check) gather() {
	seen := map[string]bool{}
	for _, p := range c.Slack.People() {
		c.left[p.ID] = p.Deleted
		for _, ch := range c.Slack.Snapshot(p.ID).Channels {
			if ch.Kind != slack.IM && !slices.Contains(ch.Members, slack.BotUser) || ch.IsArchived {
				c.beyond[ch.ID] = true
			}
			for _, m := range ch.Messages {
				if id := m.Channel + m.TS; !seen[id] {
					seen[id] = true
					c.messages = append(c.messages, m)
				}
			}
		}
	}
}

// keyOf is what the bot has marked a message with, so that it knows it again.
func keyOf(m slack.Message) string {
	var meta struct {
		EventPayload struct {
			Key string `json:"key"`
		} `json:"event_payload"`
	}
	if m.User != slack.BotUser || json.Unmarshal(m.Metadata, &meta) != nil {
		return ""
	}
	return meta.EventPayload.Key
}

func (c *check) posts() {
	times := map[string]int{}
	for _, m := range c.messages {
		if key := keyOf(m); key != "" {
			if times[key]++; times[key] == 2 {
				c.violated(PostedOnce, "%q is visible more than once", key)
			}
		}
	}
}

// headlines are the words with which a card, and whoever asked, is told of a state.
var headlines = map[store.State]string{
	store.Pending: "⏳ Waits for approval", store.Approved: "▶️ Approved, about to run", store.Running: "▶️ Running now",
	store.Done: "✅ Done", store.Already: "☑️ Already so", store.Partly: "⚠️ Partly done", store.Failed: "❌ Failed",
	store.Unsure: "❓ Unsure: reading what happened", store.Denied: "🚫 Denied", store.Expired: "⌛ Expired",
	store.Cancelled: "↩️ Taken back", store.Stale: "🔄 Out of date: something moved",
}

// cards looks at what is shown of requests. As long as something is under way a card may
// be late, but never may it say more than is so: a tick, or an end that is none.
func (c *check) cards() {
	by := map[uint64]store.Request{}
	for _, r := range c.requests {
		by[r.ID] = r
	}
	for _, m := range c.messages {
		var id uint64
		if _, err := fmt.Sscanf(keyOf(m), "card/%d/", &id); err != nil {
			continue
		}
		r, known := by[id]
		if !known {
			c.violated(Truth, "there is a card of request #%d, which does not exist", id)
			continue
		}
		if !c.beyond[m.Channel] {
			c.card(m, r)
		}
	}
}

func (c *check) card(m slack.Message, r store.Request) {
	newest := m.Channel == r.Card.Channel && m.TS == r.Card.TS
	for state, words := range headlines {
		if state == store.Approved && r.State == state && r.Outcome != "" { // what it waits for
			words = "⏸️ Approved, waits for its time"
		}
		says := strings.Contains(m.Plain, words+"  ·  ")
		switch {
		case says && state.Final() && newest && r.State != state:
			c.violated(Truth, "the card of request #%d says %q, and it is %s", r.ID, words, r.State)
		case !says && c.Rested && newest && r.State == state:
			c.violated(Truth, "request #%d is %s, and its card does not say so: %q", r.ID, r.State, m.Plain)
		}
	}
	if c.Rested && !(newest && r.State == store.Pending) && strings.Contains(string(m.Blocks), `"action_id":"approve"`) {
		c.violated(Truth, "request #%d is %s, and a card still asks for approval", r.ID, r.State)
	}
}

// ends looks whether everything that was approved has ended, and whether whoever asked
// was told of each end.
func (c *check) ends() {
	for _, r := range c.requests {
		switch {
		case !r.State.Final() && r.State != store.Pending && r.State != store.Unsure:
			c.violated(Ends, "request #%d is still %s", r.ID, r.State)
		case r.State.Final() && !c.left[r.Asker.ID]:
			c.told(r)
		}
	}
}

func (c *check) told(r store.Request) {
	i := slices.IndexFunc(c.messages, func(m slack.Message) bool { return keyOf(m) == fmt.Sprintf("told/%d/%s", r.ID, r.State) })
	switch {
	case i < 0:
		c.violated(Truth, "request #%d is %s, and %s was not told", r.ID, r.State, r.Asker.ID)
	case !strings.Contains(c.messages[i].Plain, headlines[r.State]) || !strings.Contains(c.messages[i].Plain, fmt.Sprintf("#%d", r.ID)):
		c.violated(Truth, "request #%d is %s, and %s was told %q", r.ID, r.State, r.Asker.ID, c.messages[i].Plain)
	}
}

// pressed is a click as Slack sent it.
type pressed struct {
	User    struct{ ID string }
	Actions []struct {
		ActionID string `json:"action_id"`
		Value    string
	}
}

// clicks looks whether each decision that was acknowledged is in the log, as a vote or as
// one that was refused, or was answered.
func (c *check) clicks() {
	entries := c.Slack.Journal(0)
	type delivered struct {
		pressed
		at int // the answer can come before the acknowledgement does
	}
	sent := map[string]delivered{}
	for at, e := range entries {
		switch e.Kind {
		case slack.KindEnvelope:
			if p, ok := decision(e); ok {
				sent[e.Envelope] = delivered{p, at}
			}
		case slack.KindAck:
			p, ok := sent[e.Envelope]
			delete(sent, e.Envelope)
			if id, err := requestOf(p.pressed); ok && err == nil && c.votes[id][p.User.ID] == 0 && !answered(entries[p.at:], p.User.ID) {
				c.violated(NoVoteLost, "%s pressed %s on request #%d, Slack was told that it arrived, and nothing came of it", p.User.ID, p.Actions[0].ActionID, id)
			}
		}
	}
}

func decision(e slack.Entry) (p pressed, ok bool) {
	var frame struct{ Payload pressed }
	if json.Unmarshal(e.Raw, &frame) != nil || len(frame.Payload.Actions) != 1 {
		return p, false
	}
	id := frame.Payload.Actions[0].ActionID
	return frame.Payload, id == "approve" || id == "deny"
}

var errNoRequest = errors.New("it names no request")

func requestOf(p pressed) (id uint64, err error) {
	if len(p.Actions) == 0 {
		return 0, errNoRequest
	}
	_, err = fmt.Sscanf(p.Actions[0].Value, "%d.", &id)
	return id, err
}

// counted are the words of answers that say that a decision was counted.
var counted = []string{"Approved: request #", "Denied: request #", "is counted"}

// answered says whether somebody was told anything after a point, but that it was counted.
func answered(later []slack.Entry, user string) bool {
	return slices.ContainsFunc(later, func(e slack.Entry) bool {
		for _, words := range counted {
			if strings.Contains(string(e.Raw), words) {
				return false
			}
		}
		switch e.Kind {
		case slack.KindEphemeral, slack.KindView:
			return e.User == user
		case slack.KindResponseURL:
			return e.User == user || e.User == ""
		}
		return false
	})
}
