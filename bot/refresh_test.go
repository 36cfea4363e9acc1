package bot_test

import (
	"fmt"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// Connections are refreshed a thousand times, in each of the ways in which they end,
// and ten thousand deliveries of commands come twice, late, and in another order, over
// either connection. Whatever was acknowledged is answered, and nothing is answered
// twice. Of the commands half only look and half ask for a change, so that they are
// on disk first.
func TestT05RefreshesAndRepeatedDeliveries(t *testing.T) {
	rounds, acts := 500, 7
	if testing.Short() {
		rounds = 50
	}
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.Config.Policy.Limits = roomy().Policy.Limits
		w.start(nil)
		settle(time.Minute)
		answered, deliveries := w.countAnswers()
		kinds := []slack.FaultKind{slack.Warning, slack.Refresh, slack.Warning, slack.Cut, slack.Refresh, slack.Silent}
		var acked sync.Map
		failed := 0
		var mu sync.Mutex
		for round := range rounds {
			w.box.Slack.Inject(slack.Fault{Kind: slack.Duplicate, Times: acts, After: time.Duration(round%4) * time.Second})
			w.box.Slack.Inject(slack.Fault{Kind: slack.Reorder, Times: acts / 2, After: 500 * time.Millisecond})
			w.box.Slack.Inject(slack.Fault{Kind: kinds[round%len(kinds)]})
			var acting sync.WaitGroup
			for n := range acts {
				number := 1000 + round*acts + n
				line := fmt.Sprintf("/asc extend %d 7d", number)
				if n%2 == 0 {
					line = fmt.Sprintf("/asc zz%d", number)
				}
				acting.Go(func() {
					time.Sleep([]time.Duration{0, 1, 2, 25}[n%4] * time.Second)
					r := w.box.Slack.Command([]string{"ana", "ben", "cy"}[n%3], "#ios", line)
					mu.Lock()
					defer mu.Unlock()
					if !r.OK() {
						failed++
						return
					}
					acked.Store(fmt.Sprint(number), r.Envelope)
				})
			}
			acting.Wait()
			time.Sleep(45 * time.Second) // so that a connection lives for more than a minute
			for n := range acts {        // again, long after, over both connections
				if envelope, ok := acked.Load(fmt.Sprint(1000 + round*acts + n)); ok {
					for range 3 {
						w.box.Slack.Redeliver(envelope.(string))
					}
				}
			}
			synctest.Wait()
		}
		settle(time.Minute)
		times := answered()
		for number := 1000; number < 1000+rounds*acts; number++ {
			_, ok := acked.Load(fmt.Sprint(number))
			switch n := times[fmt.Sprint(number)]; {
			case n > 1:
				t.Errorf("command %d was answered %d times", number, n)
			case n == 0 && ok:
				t.Errorf("command %d was acknowledged and never answered", number)
			}
		}
		if failed > rounds*acts/4 { // while both are dead nobody hears anything
			t.Errorf("of %d commands %d were not acknowledged", rounds*acts, failed)
		}
		if n := deliveries(); n < 20*rounds {
			t.Errorf("there were only %d deliveries", n)
		}
		if left, err := w.current().unhandled(); err != nil || len(left) > 0 {
			t.Errorf("%d commands are left over, %v", len(left), err)
		}
	})
}

// countAnswers counts from now on how often each number is answered, and how many
// envelopes are delivered.
func (w *town) countAnswers() (answered func() map[string]int, deliveries func() int) {
	var mu sync.Mutex
	times, acks := map[string]int{}, 0
	number := regexp.MustCompile(`“zz(\d+)”|#(\d+)`)
	stop := w.box.Slack.Watch(func(e slack.Entry) {
		mu.Lock()
		defer mu.Unlock()
		switch e.Kind {
		case slack.KindAck:
			acks++ // every delivery is acknowledged, unless its connection has ended
		case slack.KindEphemeral:
			if found := number.FindStringSubmatch(e.Text); found != nil {
				times[found[1]+found[2]]++
			}
		}
	})
	return func() map[string]int {
			stop()
			mu.Lock()
			defer mu.Unlock()
			return times
		}, func() int {
			mu.Lock()
			defer mu.Unlock()
			return acks
		}
}
