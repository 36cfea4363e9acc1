package bot

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Work may bring more work, also from beside it and in the moment in which all was done.
func TestACrewIsWaitedForUntilNothingIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c crew
		var done atomic.Int32
		c.Go(func() {
			time.Sleep(time.Second)
			c.Go(func() { time.Sleep(time.Second); done.Add(1) })
			done.Add(1)
		})
		c.Wait()
		if n := done.Load(); n != 2 {
			t.Errorf("waiting ended when %d of 2 were done", n)
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
