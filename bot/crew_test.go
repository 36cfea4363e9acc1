package bot

import (
	"testing"
	"testing/synctest"
	"time"
)

// Work may bring more work, also from beside it and in the moment in which all was done.
func TestACrewIsWaitedForUntilNothingIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c crew
		done := 0
		c.Go(func() {
			time.Sleep(time.Second)
			c.Go(func() { time.Sleep(time.Second); done++ })
			done++
		})
		c.Wait()
		if done != 2 {
			t.Errorf("waiting ended when %d of 2 were done", done)
		}
	})
}

// A sync.WaitGroup may not be used so: it can panic.
func TestACrewMayGetMoreToDoWhileSomebodyWaits(t *testing.T) {
	var c crew
	for range 2_000 {
		c.Go(func() {})
		late := make(chan struct{})
		go func() { c.Go(func() {}); close(late) }()
		c.Wait()
		<-late
	}
	c.Wait()
}
