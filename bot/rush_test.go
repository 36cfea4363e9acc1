package bot_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// mostGoroutines is what a flood may add to those of the bot and its stand-ins at
// rest, however many envelopes it has.
const mostGoroutines = 1000

// While neither Slack's Web API nor App Store Connect answers anything, every click is
// acknowledged in time, and what waits takes neither goroutines nor much memory. When
// they answer again the clicks count, once.
func TestClicksAreAcknowledgedWhileEverythingHangs(t *testing.T) {
	seconds := 20
	if testing.Short() {
		seconds = 5
	}
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.start(nil)
		w.box.Slack.Command("ana", "#ios", "/asc invite di@example.com admin")
		settle(rest)
		card := w.newest().Card
		calm := w.hang()
		atRest, most := runtime.NumGoroutine(), 0
		var late atomic.Int64
		var clicks sync.WaitGroup
		for range seconds {
			for range 50 {
				clicks.Go(func() {
					r := w.box.Slack.Press(slack.Press{User: "cy", Channel: card.Channel, TS: card.TS, ActionID: "approve"})
					if !r.OK() || r.Took > time.Second {
						late.Add(1)
					}
				})
				time.Sleep(time.Second / 50)
			}
			most = max(most, runtime.NumGoroutine())
		}
		clicks.Wait()
		if late.Load() > 0 {
			t.Errorf("of %d clicks %d were not acknowledged within a second", 50*seconds, late.Load())
		}
		if most > atRest+mostGoroutines {
			t.Errorf("%d goroutines, %d at rest", most, atRest)
		}
		calm()
		settle(10 * time.Minute)
		if r := w.newest(); r.State != store.Done || len(r.Votes) != 1 {
			t.Errorf("the request is %s with %d votes", r.State, len(r.Votes))
		}
		if left, err := w.current().unhandled(); err != nil || len(left) > 0 {
			t.Errorf("%d clicks are left over, %v", len(left), err)
		}
	})
}

// The number of commands that are worked on at the same time is bounded, whatever they
// wait for, and all of them are acknowledged.
func TestFewCommandsAreWorkedOnAtOnce(t *testing.T) {
	const commands = 2000
	for name, words := range map[string]string{"questions": "requests", "openings": "invite", "proposals": "invite p%d@example.com admin"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := found(t, t.TempDir(), townRules, noon, apple.Options{})
				w.Config.Policy.Limits = roomy().Policy.Limits
				w.start(nil)
				settle(time.Minute)
				w.hang()
				atRest := runtime.NumGoroutine()
				var flood sync.WaitGroup
				var failed atomic.Int64
				for n := range commands {
					line := "/asc " + words
					if strings.Contains(line, "%d") {
						line = fmt.Sprintf(line, n)
					}
					flood.Go(func() {
						if r := w.box.Slack.Command("ana", "#ios", line); !r.OK() {
							failed.Add(1)
						}
					})
					if n%100 == 0 {
						time.Sleep(time.Millisecond)
					}
				}
				flood.Wait()
				settle(3 * time.Second)
				if n := runtime.NumGoroutine(); n > atRest+mostGoroutines {
					t.Errorf("%d goroutines, %d at rest", n, atRest)
				}
				if failed.Load() > 0 {
					t.Errorf("%d commands were not acknowledged", failed.Load())
				}
			})
		})
	}
}

// hang keeps Slack's Web API and App Store Connect from answering.
func (w *town) hang() (calm func()) {
	a := w.box.Slack.Inject(slack.Fault{Kind: slack.Slow, After: time.Hour})
	b := w.box.Apple.Inject(apple.Fault{Kind: apple.Slow, Delay: time.Hour})
	return func() { a(); b() }
}
