package bot_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// Two approve in one instant, and one look-up of a person takes longer than everything else: whoever
// counts the votes last finds the request on its way, and leaves it there. With one approval it is
// sent once, also when reading does not show for a while that it has happened.
func TestTwoSimultaneousApprovalsExecuteOnce(t *testing.T) {
	t.Parallel()
	way := effects[2] // one that is not safe to send twice
	late := 0
	for n := range 12 { // who comes to the slow look-up is a matter of chance
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := found(t, t.TempDir(), fmt.Sprintf(oneOfTwo, 2), noon, apple.Options{})
				w.start(nil)
				way.asks(w)
				within(func() bool { return w.newest().Card.TS != "" })
				lookUps := func(after time.Duration, times int) {
					w.box.Slack.Inject(slack.Fault{Kind: slack.Slow, Method: "users.info", After: after, Times: times})
				}
				lookUps(time.Millisecond, 4+n%4) // so that both read who is who before either has voted
				lookUps(2*time.Second, 1)
				lookUps(time.Millisecond, 0)
				w.box.Apple.Inject(apple.Fault{Kind: apple.Lagging, Method: "GET", PathPrefix: "/v1/", Delay: time.Minute})
				pressTogether(w, w.newest().Card, "cy", "dora")
				within(func() bool { return w.newest().State.Final() })
				late += bytes.Count(w.current().log.Bytes(), []byte("somebody else has counted meanwhile"))
				way.verify(w)
			})
		})
	}
	if late == 0 {
		t.Error("nobody has counted late")
	}
}

// pressTogether has people approve in one instant.
func pressTogether(w *town, card store.Place, people ...string) {
	var all sync.WaitGroup
	for _, who := range people {
		all.Go(func() {
			w.box.Slack.Press(slack.Press{User: who, Channel: card.Channel, TS: card.TS, ActionID: "approve", Revision: slack.AnyRevision})
		})
	}
	all.Wait()
}
