package main

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ascbot/ascbot/bot/invariants"
	"github.com/ascbot/ascbot/sandbox"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// kills is how often the process is killed.
const kills = 100

// crowdRules let many ask at once, and have two people agree to who gets in.
const crowdRules = `
approvals:
  channel: "#asc-approvals"
rules:
  testflight: {ask: [members], agree: [members], quorum: 1, wait: 24h, run: 1h}
  access: {ask: [members], agree: [admins], quorum: 2}
limits: {commands a minute: 1000, open requests: 100, open requests of all: 1000}
`

// The program, as it is built for others, is killed again and again with SIGKILL while
// people ask, agree and think better of it. Afterwards nothing that was acknowledged is
// lost, and nothing has happened twice.
func TestFD20TheProgramIsKilledAHundredTimes(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := newCrowd(t, rand.New(rand.NewPCG(seed, 0)))
	over := make(chan struct{})
	var people sync.WaitGroup
	people.Go(func() { c.ask(over) })
	for _, who := range []string{"cy", "dora"} {
		people.Go(func() { c.press(who, "approve", over) })
	}
	people.Go(func() { c.press("ana", "cancel", over) })
	for c.lived.Load() < kills {
		c.live()
	}
	c.end(over)
	people.Wait()
	c.verify()
}

// crowd are people who want things, the stand-ins they use, and the program.
type crowd struct {
	t       *testing.T
	program string
	env     map[string]string
	box     *sandbox.Sandbox
	chance  *rand.Rand
	lived   atomic.Int64 // lives that were ended
	worked  int          // those that had come as far as Slack

	mu     sync.Mutex
	wishes []string // a word of each that was acknowledged; it is in the summary of its request
}

func newCrowd(t *testing.T, chance *rand.Rand) *crowd {
	t.Helper()
	c := &crowd{t: t, chance: chance, program: filepath.Join(t.TempDir(), "ascbot")}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", c.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var err error
	if c.box, err = sandbox.Start(t.Context(), sandbox.Options{Slack: slack.Options{Haste: 100}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.box.Close() })
	c.env = runIn(t, c.box)
	c.env["ASCBOT_CONFIG"] = file(t, "config.yaml", crowdRules, 0o600)
	return c
}

// begin begins a life of the program.
func (c *crowd) begin() (program *exec.Cmd, said *watched, ended chan error) {
	c.t.Helper()
	program, said, ended = exec.CommandContext(c.t.Context(), c.program, "run"), newWatched(), make(chan error, 1)
	program.Stderr = said
	for name, value := range c.env {
		program.Env = append(program.Env, name+"="+value)
	}
	if err := program.Start(); err != nil {
		c.t.Fatal(err)
	}
	go func() { ended <- program.Wait(); said.end() }()
	return program, said, ended
}

// live is a life that is ended by force: mostly within a moment of the program's being
// connected to Slack, one time in eight before.
func (c *crowd) live() {
	c.t.Helper()
	program, said, ended := c.begin()
	span := 250 * time.Millisecond
	if c.chance.IntN(8) == 0 {
		span = 60 * time.Millisecond
	} else if text, came := said.until("connected to Slack"); !came {
		c.t.Fatalf("the program ended by itself: %v\n%s", <-ended, text)
	} else {
		c.worked++
	}
	select {
	case <-time.After(time.Duration(c.chance.Int64N(int64(span)))):
	case err := <-ended:
		c.t.Fatalf("the program ended by itself: %v\n%s", err, said)
	}
	if err := program.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	<-ended
	c.lived.Add(1)
}

// wish is the nth thing that somebody wants: one that Apple knows by its address, one that
// it does not know again, and one of several rows.
func wish(n int) (line, word string) {
	switch n % 3 {
	case 0:
		word = fmt.Sprintf("p%03d@example.com", n)
		return "/asc invite " + word + " developer in Halo", word
	case 1:
		word = fmt.Sprintf("Crew%03d", n)
		return "/asc group add " + word + " in Halo internal", word
	}
	word = fmt.Sprintf("t%03d@example.com", n)
	return "/asc tester add " + word + " to Friends in Halo", word
}

// mostWishes is what they want in all: about one thing in four lives.
const mostWishes = kills / 4

// ask has Ana ask for one thing after the other. What Slack says has gone wrong she tries
// again.
func (c *crowd) ask(over <-chan struct{}) {
	for n := 0; n < mostWishes && pause(over); {
		if int64(4*n) > c.lived.Load() {
			continue
		}
		line, word := wish(n)
		if c.box.Slack.Command("ana", "#ios", line).OK() {
			c.mu.Lock()
			c.wishes = append(c.wishes, word)
			c.mu.Unlock()
			n++
		}
	}
}

// pause is how long people wait before they look again; it is false when they have gone.
func pause(over <-chan struct{}) bool {
	select {
	case <-over:
		return false
	case <-time.After(20 * time.Millisecond):
		return true
	}
}

// press has somebody press a button of each card that waits for them, and once more when
// nothing has come of it. Ana takes back one thing in nine.
func (c *crowd) press(who, button string, over <-chan struct{}) {
	last := map[string]time.Time{}
	for pause(over) {
		for _, m := range c.messages("cy", "asc-approvals") {
			if !strings.Contains(m.Plain, "⏳ Waits for approval") || time.Since(last[m.TS]) < time.Second || button == "cancel" && !c.regretted(m) {
				continue
			}
			last[m.TS] = time.Now()
			c.box.Slack.Press(slack.Press{User: who, Channel: m.Channel, TS: m.TS, ActionID: button})
		}
	}
}

func (c *crowd) regretted(m slack.Message) bool {
	for n := 0; n < mostWishes; n += 9 {
		if _, word := wish(n); strings.Contains(m.Plain, word) {
			return true
		}
	}
	return false
}

// messages are the bot's in a channel, as somebody sees them.
func (c *crowd) messages(who, channel string) (all []slack.Message) {
	for _, ch := range c.box.Slack.Snapshot(who).Channels {
		for _, m := range ch.Messages {
			if ch.Name == channel && m.User == slack.BotUser {
				all = append(all, m)
			}
		}
	}
	return all
}

// effects counts what Apple has of a wish.
func (c *crowd) effects(word string) (n int) {
	for _, kind := range []string{"userInvitations", "betaGroups", "betaTesters"} {
		for _, r := range c.box.Apple.Resources(kind) {
			if r.Attributes["email"] == word || r.Attributes["name"] == word {
				n++
			}
		}
	}
	return n
}

// end lets the program live until everything has ended, and stops it. What was under way
// when it was killed, and has not happened, is read for two minutes; that is not waited
// for.
func (c *crowd) end(over chan struct{}) {
	c.t.Helper()
	program, said, ended := c.begin()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		open := c.open()
		if len(open) == 0 {
			break
		}
		if time.Now().After(deadline) {
			c.t.Errorf("these have not ended: %v\n%s", open, said)
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	close(over)
	if err := program.Process.Signal(syscall.SIGTERM); err != nil {
		c.t.Fatal(err)
	}
	if err := <-ended; err != nil {
		c.t.Fatalf("it did not stop well: %v\n%s", err, said)
	}
}

// open are the wishes that have not ended as far as Ana can see.
func (c *crowd) open() (open []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	told, cards := c.messages("ana", "asc"), c.messages("cy", "asc-approvals")
	says := func(all []slack.Message, words ...string) bool {
		return slices.ContainsFunc(all, func(m slack.Message) bool {
			return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(m.Plain, w) })
		})
	}
	for _, word := range c.wishes {
		unsure := says(cards, word, "❓ Unsure") && c.effects(word) == 0
		if !unsure && !says(told, "your request", word) {
			open = append(open, word)
		}
	}
	if len(c.wishes) < mostWishes {
		open = append(open, "some that were not asked for yet")
	}
	return open
}

// verify looks whether all is as it has to be.
func (c *crowd) verify() {
	t := c.t
	st, err := store.OpenReadOnly(c.env["ASCBOT_DATA"])
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	signer, err := readLogKey(keyBeside(c.env["ASCBOT_DATA"]))
	if err != nil {
		t.Fatal(err)
	}
	known, err := knownKey(verifierKey(signer))
	if err != nil {
		t.Fatal(err)
	}
	broken, err := invariants.Violated(invariants.World{Log: st, Known: known, Slack: c.box.Slack, Apple: c.box.Apple, Rested: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range broken {
		t.Error(v)
	}
	all, err := st.Recent(10 * mostWishes)
	if err != nil {
		t.Fatal(err)
	}
	ends := map[store.State]int{}
	for _, word := range c.wishes {
		of := slices.DeleteFunc(slices.Clone(all), func(r store.Request) bool { return !strings.Contains(r.Summary, word) })
		if len(of) != 1 {
			t.Errorf("%s was asked for once, and there are %d requests", word, len(of))
			continue
		}
		ends[of[0].State]++
		if n := c.effects(word); n > 1 || (n == 1) != (of[0].State == store.Done) {
			t.Errorf("%s is %s, and Apple has it %d times", word, of[0].State, n)
		}
	}
	t.Logf("killed %d times, %d of them while connected to Slack; the requests ended %v", c.lived.Load(), c.worked, ends)
	if ends[store.Done] < mostWishes/2 || c.worked < kills/2 {
		t.Error("hardly anything was going on")
	}
}
