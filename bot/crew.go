package bot

import "sync"

// crew counts work under way, so that a stop can wait for it. Unlike a sync.WaitGroup it
// may get more to do while somebody waits and it has just run empty: an answer that is
// given because work took long is begun by a timer, which nobody waits for.
type crew struct {
	mu    sync.Mutex
	busy  int
	empty *sync.Cond
}

// Add counts n pieces of work more; a negative n says that some are done.
func (c *crew) Add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy += n
	if c.busy < 0 {
		panic("bot: more work has ended than was begun")
	}
	if c.busy == 0 && c.empty != nil {
		c.empty.Broadcast()
	}
}

// Go does work beside the caller.
func (c *crew) Go(work func()) {
	c.Add(1)
	go func() {
		defer c.Add(-1)
		work()
	}()
}

// Wait returns at a moment in which nothing is under way.
func (c *crew) Wait() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.empty == nil {
		c.empty = sync.NewCond(&c.mu)
	}
	for c.busy > 0 {
		c.empty.Wait()
	}
}
