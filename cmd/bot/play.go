package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// The people and places of the story.
const (
	ana, ben, cy, dora, eve = "U0ANA", "U0BEN", "U0CY", "U0DORA", "U0EVE"
	approvals, ios, sales   = "C0APPROVE", "C0IOS", "C0SALES"
)

// stepWithin bounds each wait of the story. Things happen in milliseconds; the
// rest is for slow machines.
const stepWithin = 20 * time.Second

// story plays the people of the made-up company and looks, at the stand-ins
// themselves, whether what they wanted has happened.
type story struct {
	*transcript
	home *playground
	ctx  context.Context
	wake chan struct{} // something happened at a stand-in
	from int           // Slack's journal when the step began
	kept []byte        // a checkpoint, as somebody would keep it elsewhere
}

// chapter is one step: it acts, and returns what did not happen.
type chapter struct {
	title string
	play  func(*story) error
}

var chapters = []chapter{
	{"Ana asks for an invitation, with the form", (*story).askWithForm},
	{"Ana cannot approve it herself", (*story).approveOneself},
	{"Cy approves, and the invitation is there", (*story).approveByAnother},
	{"Ben asks in one line", (*story).askInOneLine},
	{"Dora approves it", (*story).approveOneLine},
	{"Ana adds a tester; a release manager agrees", (*story).addTester},
	{"Eve asks for help and for the log", (*story).helpAndLog},
	{"At nine in the morning the sales digest comes", (*story).digest},
	{"An auditor checks the log", (*story).audit},
}

// play runs the story to its end, or to the first step that did not happen.
func (h *playground) play(p *process) error {
	began := time.Now()
	ctx, stop := context.WithCancelCause(p.ctx)
	defer stop(nil)
	s := &story{
		home: h, ctx: ctx, wake: make(chan struct{}, 1),
		transcript: &transcript{to: p.stdout, box: h.box, st: h.st, before: map[string]string{}},
	}
	defer s.listen()()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err := h.bot.Run(ctx)
		stop(fmt.Errorf("the bot has stopped: %w", err))
	}()
	err := s.playAll()
	stop(nil)
	<-ended
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "\nAll %d steps happened, in %.1f s.\n", len(chapters), time.Since(began).Seconds())
	return nil
}

// listen wakes whoever waits each time something happens at a stand-in.
func (s *story) listen() (stop func()) {
	ring := func() {
		select {
		case s.wake <- struct{}{}:
		default: // it rings already
		}
	}
	slackOff := s.box.Slack.Watch(func(slack.Entry) { ring() })
	appleOff := s.box.Apple.Watch(func(apple.Call) { ring() })
	return func() { slackOff(); appleOff() }
}

func (s *story) playAll() error {
	fmt.Fprintf(s.to, "Meadow Labs, a made-up company, on %s\n", s.box.URL())
	for i, c := range chapters {
		s.heading(i+1, c.title)
		s.from = s.seq
		err := s.ready()
		if err == nil {
			err = c.play(s)
		}
		if e := s.catchUp(); err == nil {
			err = e
		}
		if err != nil {
			return fmt.Errorf("step %d, “%s”, did not happen: %w", i+1, c.title, err)
		}
		fmt.Fprintf(s.to, "%-*s %s\n", column, "✓", c.title)
	}
	return nil
}

func (s *story) ready() error {
	select {
	case <-s.home.bot.Ready():
		return nil
	case <-time.After(stepWithin):
		return errors.New("the bot is not connected")
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}

// until waits for something to become true. It looks whenever something happens
// at a stand-in, and now and then for what happens in the store alone.
func (s *story) until(what string, holds func() bool) error {
	late := time.After(stepWithin)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-s.wake:
		case <-again.C:
		case <-late:
			return fmt.Errorf("%s: not within %s", what, stepWithin)
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		}
	}
	return nil
}

// types has somebody type a command.
func (s *story) types(user, channel, line string) error {
	s.person(user, "in #%s types: %s", s.name(channel), line)
	return accepted(s.box.Slack.Command(user, channel, line))
}

// presses has somebody press a button of a request's card.
func (s *story) presses(user, action string, r store.Request) error {
	s.person(user, "presses %s on #%d", strings.ToUpper(action[:1])+action[1:], r.ID)
	return accepted(s.box.Slack.Press(slack.Press{User: user, Channel: r.Card.Channel, TS: r.Card.TS, ActionID: action}))
}

// accepted is nil when Slack's client shows no trouble.
func accepted(r slack.Reply) error {
	if r.OK() {
		return nil
	}
	return fmt.Errorf("slack's client shows %q %q %v", r.Code, r.Error, r.Errors)
}

// reads waits until somebody's client shows all of the words in one message of a
// channel that came, or changed, since the step began.
func (s *story) reads(user, channel string, words ...string) error {
	what := fmt.Sprintf("%s reads %q in %s", s.name(user), words, s.name(channel))
	return s.until(what, func() bool {
		moved := map[string]bool{}
		for _, e := range s.box.Slack.Journal(s.from) {
			if e.Channel == channel {
				moved[e.TS] = true
			}
		}
		for _, c := range s.box.Slack.Snapshot(user).Channels {
			if c.ID == channel {
				return slices.ContainsFunc(c.Messages, func(m slack.Message) bool { return moved[m.TS] && containsAll(m.Plain, words) })
			}
		}
		return false
	})
}

func containsAll(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// open is the newest open request for an operation, once its card is posted.
func (s *story) open(summary ...string) (r store.Request, err error) {
	err = s.until(fmt.Sprintf("a request %q with its card", summary), func() bool {
		open, e := s.st.Open()
		i := slices.IndexFunc(open, func(r store.Request) bool { return containsAll(r.Summary, summary) && r.Card.TS != "" })
		if e != nil || i < 0 {
			return false
		}
		r = open[i]
		return true
	})
	return r, err
}

// is waits until a request is in a state.
func (s *story) is(id uint64, state store.State) error {
	var r store.Request
	err := s.until(fmt.Sprintf("request #%d is %s", id, state), func() bool {
		var e error
		r, e = s.st.Request(id)
		return e == nil && (r.State == state || r.State.Final())
	})
	if err == nil && r.State != state {
		return fmt.Errorf("request #%d is %s, not %s: %s", id, r.State, state, r.Outcome)
	}
	return err
}

// asked counts what was asked of Apple.
func (s *story) asked(method, path string) (n int) {
	for _, c := range s.box.Apple.Calls(0) {
		if c.Method == method && strings.HasPrefix(c.Path, path) {
			n++
		}
	}
	return n
}

// form waits for the form somebody has open.
func (s *story) form(user string) (v slack.View, err error) {
	err = s.until("a form opens for "+s.name(user), func() bool {
		open := s.box.Slack.Snapshot(user).Views
		if len(open) == 0 {
			return false
		}
		v = open[len(open)-1]
		return true
	})
	return v, err
}

// field finds the element of a form's block.
func field(v slack.View, block string) (action string, err error) {
	var state map[string]map[string]json.RawMessage
	if err := json.Unmarshal(v.State, &state); err != nil {
		return "", err
	}
	for action := range state[block] {
		return action, nil
	}
	return "", fmt.Errorf("the form has no field %q", block)
}

// pick types into a type-ahead and takes what it offers.
func (s *story) pick(user string, v slack.View, block, typed, want string) (value string, err error) {
	action, err := field(v, block)
	if err != nil {
		return "", err
	}
	offered, err := s.box.Slack.Suggest(user, v.ID, block, action, typed)
	if err != nil {
		return "", err
	}
	var texts []string
	for _, o := range offered.All() {
		if texts = append(texts, o.Text); o.Text == want {
			return o.Value, nil
		}
	}
	return "", fmt.Errorf("typing %q offers %q, not %q", typed, texts, want)
}

// sends fills in a form and sends it.
func (s *story) sends(user string, v slack.View, filled map[string]slack.Input) error {
	values := slack.Values{}
	for block, in := range filled {
		action, err := field(v, block)
		if err != nil {
			return err
		}
		values[block] = map[string]slack.Input{action: in}
	}
	return accepted(s.box.Slack.Submit(user, v.ID, values))
}

func (s *story) askWithForm() error {
	if err := s.types(ana, ios, "/asc invite"); err != nil {
		return err
	}
	v, err := s.form(ana)
	if err != nil {
		return err
	}
	halo, err := s.pick(ana, v, "apps", "hal", "Halo")
	if err != nil {
		return err
	}
	if err := s.catchUp(); err != nil {
		return err
	}
	s.person(ana, "fills in Nia Cole, nia@example.com, Developer, only the app Halo, and sends the form")
	err = s.sends(ana, v, map[string]slack.Input{
		"email": {Value: "nia@example.com"}, "first": {Value: "Nia"}, "last": {Value: "Cole"},
		"roles": {Selected: []string{"DEVELOPER"}}, "scope": {Selected: []string{"chosen"}}, "apps": {Selected: []string{halo}},
	})
	if err != nil {
		return err
	}
	r, err := s.open("nia@example.com", "Halo")
	if err != nil {
		return err
	}
	if r.Card.Channel != approvals {
		return fmt.Errorf("the card is in %s, not in the approvals channel", r.Card.Channel)
	}
	if err := s.reads(cy, approvals, "nia@example.com", "Nia Cole", "Halo", "Approve"); err != nil {
		return err
	}
	return s.readsWindow(ana, fmt.Sprintf("#%d", r.ID), "nia@example.com")
}

// readsWindow waits until the window somebody has open says some words, and closes it.
func (s *story) readsWindow(user string, words ...string) error {
	what := fmt.Sprintf("%s reads %q in the window", s.name(user), words)
	var shown slack.View
	err := s.until(what, func() bool {
		open := s.box.Slack.Snapshot(user).Views
		if len(open) == 0 {
			return false
		}
		shown = open[len(open)-1]
		return containsAll(string(shown.Blocks), words)
	})
	if err != nil {
		return err
	}
	return accepted(s.box.Slack.Dismiss(user, shown.ID))
}

func (s *story) approveOneself() error {
	r, err := s.open("nia@example.com")
	if err != nil {
		return err
	}
	if err := s.presses(ana, "approve", r); err != nil {
		return err
	}
	if err := s.reads(ana, approvals, "someone else has to agree"); err != nil {
		return err
	}
	if err := s.is(r.ID, store.Pending); err != nil {
		return err
	}
	if n := s.asked("POST", "/v1/userInvitations"); n != 0 {
		return fmt.Errorf("apple was asked %d times to invite somebody nobody has agreed to", n)
	}
	return nil
}

func (s *story) approveByAnother() error {
	r, err := s.open("nia@example.com")
	if err != nil {
		return err
	}
	if err := s.presses(cy, "approve", r); err != nil {
		return err
	}
	if err := s.invited(r, "nia@example.com", cy); err != nil {
		return err
	}
	s.kept, err = s.st.Checkpoint()
	return err
}

// invited waits for everything that follows from an approval: the invitation at
// Apple, once; the card redrawn with who decided; the asker told.
func (s *story) invited(r store.Request, email, decider string) error {
	if err := s.is(r.ID, store.Done); err != nil {
		return err
	}
	n := 0
	for _, inv := range s.box.Apple.Resources("userInvitations") {
		if inv.Attributes["email"] == email {
			n++
		}
	}
	if n != 1 {
		return fmt.Errorf("there are %d invitations for %s at Apple, not 1", n, email)
	}
	return s.toldEnd(r, decider, "Invitation sent to "+email)
}

// toldEnd waits for the card to show the end and who decided, and for the asker
// to be told.
func (s *story) toldEnd(r store.Request, decider, outcome string) error {
	if err := s.reads(decider, r.Card.Channel, "Done", outcome, s.name(decider)); err != nil {
		return err
	}
	direct := "D" + strings.TrimPrefix(r.Asker.ID, "U")
	return s.reads(r.Asker.ID, direct, "Done", fmt.Sprintf("#%d", r.ID), outcome)
}

func (s *story) askInOneLine() error {
	if err := s.types(ben, ios, "/asc invite bo@example.com developer in Halo"); err != nil {
		return err
	}
	r, err := s.open("bo@example.com", "Developer", "Halo")
	if err != nil {
		return err
	}
	if err := s.reads(ben, ios, fmt.Sprintf("#%d", r.ID), "bo@example.com"); err != nil {
		return err
	}
	if err := s.catchUp(); err != nil {
		return err
	}
	if err := s.types(ben, ios, "/asc requests"); err != nil {
		return err
	}
	return s.reads(ben, ios, "1 open", fmt.Sprintf("#%d", r.ID))
}

func (s *story) approveOneLine() error {
	r, err := s.open("bo@example.com")
	if err != nil {
		return err
	}
	if err := s.presses(dora, "approve", r); err != nil {
		return err
	}
	return s.invited(r, "bo@example.com", dora)
}

func (s *story) addTester() error {
	const tester = "kim@example.com"
	if err := s.types(ana, ios, "/asc tester add "+tester+" to Friends in Halo"); err != nil {
		return err
	}
	r, err := s.open(tester, "Friends", "Halo")
	if err != nil {
		return err
	}
	if err := s.reads(ben, approvals, tester, "release-managers"); err != nil {
		return err
	}
	if err := s.catchUp(); err != nil {
		return err
	}
	if err := s.presses(ben, "approve", r); err != nil {
		return err
	}
	if err := s.is(r.ID, store.Done); err != nil {
		return err
	}
	for _, t := range s.box.Apple.Resources("betaTesters") {
		if t.Attributes["email"] == tester && len(t.Relationships["betaGroups"]) == 1 {
			return s.toldEnd(r, ben, tester+" is in Friends of Halo")
		}
	}
	return fmt.Errorf("apple has no tester %s in one group", tester)
}

func (s *story) helpAndLog() error {
	if err := s.types(eve, ios, "/asc help"); err != nil {
		return err
	}
	if err := s.reads(eve, ios, "TestFlight", "tester add", "invite"); err != nil {
		return err
	}
	if err := s.catchUp(); err != nil {
		return err
	}
	if err := s.types(eve, ios, "/asc log"); err != nil {
		return err
	}
	return s.reads(eve, ios, "tester add", "done", logName)
}

func (s *story) digest() error {
	d := s.home.bot.Config.Digests[0]
	err := s.until("the digest's schedule is marked", func() bool {
		_, _, known, err := s.st.LastRun("digest/" + d.Name)
		return err == nil && known
	})
	if err != nil {
		return err
	}
	due := d.When.Next(s.box.Clock.Now())
	if err := s.box.Clock.MoveTo(due.At.Add(time.Minute)); err != nil {
		return err
	}
	fmt.Fprintf(s.to, "%-*s is moved to %s\n", column, "the clock", s.box.Clock.Now().Format("Monday 2 January 15:04 UTC"))
	if err := s.reads(ana, sales, schedule.BusinessDay(due.At).Short(), "First downloads", "EUR"); err != nil {
		return err
	}
	return s.until("the log says that the digest was posted", func() bool {
		label, _, _, err := s.st.LastRun("digest/" + d.Name)
		return err == nil && label == due.Label
	})
}

func (s *story) audit() error {
	signer, err := readLogKey(keyBeside(s.home.data))
	if err != nil {
		return err
	}
	key, err := note.NewVerifier(verifierKey(signer))
	if err != nil {
		return err
	}
	v, err := store.Verify(s.st.Source(), note.VerifierList(key), [][]byte{s.kept})
	if err != nil {
		return err
	}
	say(s.to, v, true)
	if !v.OK() {
		return errors.New(v.Problems[0])
	}
	return nil
}
