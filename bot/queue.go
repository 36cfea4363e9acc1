package bot

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// queue is where work waits for its turn. A few workers see to each queue, and what
// waits is a number: the envelope itself is on disk. Decisions, questions, openings
// and proposals have queues of their own, so that a flood of one keeps nobody from
// the others.
type queue struct {
	mu      sync.Mutex
	waiting []job
	workers int
}

// job is work for somebody: an envelope in the store's inbox, or else what do says.
type job struct {
	place uint64
	do    func(context.Context)
	pause time.Duration // how long it has waited for better times, when it is tried again
}

// Bounds of what waits and what goes on at the same time.
const (
	queueWorkers = 64
	mostHeld     = 8192 // jobs in memory alone, in all queues together
)

// enqueue adds a job to a queue.
func (b *Bot) enqueue(q *queue, j job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, j)
	if q.workers < queueWorkers {
		q.workers++
		b.start(func(ctx context.Context) { b.serve(ctx, q) })
	}
}

// hold adds work that is nowhere on disk. It is false when there is too much of it
// already.
func (b *Bot) hold(q *queue, do func(context.Context)) bool {
	if b.held.Add(1) > mostHeld {
		b.held.Add(-1)
		return false
	}
	b.enqueue(q, job{do: do})
	return true
}

// serve does a queue's work until nothing waits, or until a stop has waited long
// enough: what is on disk then is done after the next start.
func (b *Bot) serve(ctx context.Context, q *queue) {
	for ctx.Err() == nil {
		j, ok := q.next()
		if !ok {
			return
		}
		b.front.stand()
		if j.do != nil {
			b.held.Add(-1)
			j.do(ctx)
		} else {
			b.obey(ctx, q, j)
		}
	}
}

// next is the job that has waited longest. It is false when the worker that asked
// is not needed any more.
func (q *queue) next() (j job, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.waiting = nil
		q.workers--
		return j, false
	}
	j, q.waiting[0] = q.waiting[0], job{}
	q.waiting = q.waiting[1:]
	return j, true
}

// obey does the work of a stored envelope, then has it marked as handled. A stop in
// between means that it is done again after the next start, so everything it
// leads to recognises its own earlier half.
func (b *Bot) obey(ctx context.Context, q *queue, j job) {
	e, err := b.Store.Received(j.place)
	if err != nil {
		b.Log.Error("a stored envelope could not be read", "error", err)
		return
	}
	f, err := parse(e.Body)
	switch {
	case err != nil || !f.Deed.whole(e.Kind):
		b.Log.Error("a stored envelope cannot be understood", "key", e.Key, "error", err)
	case e.Kind == kindCommand:
		b.command(ctx, e, f.Deed)
	case e.Kind == kindClick:
		b.click(ctx, e, f.Deed)
	case e.Kind == kindForm:
		if j.pause = b.submitted(ctx, e, f.Deed, j.pause); j.pause > 0 {
			b.later(q, j)
			return
		}
	}
	if ctx.Err() != nil {
		return // out of time: the next start does it again
	}
	b.handled <- e.Key
}

// retries are jobs that wait for better times, without a worker.
type retries struct {
	mu      sync.Mutex
	waiting []retry
}

type retry struct {
	at    time.Time
	queue *queue
	job   job
}

// later queues a job again after its pause. A stop forgets it; it is on disk.
func (b *Bot) later(q *queue, j job) {
	b.retries.mu.Lock()
	defer b.retries.mu.Unlock()
	b.retries.waiting = append(b.retries.waiting, retry{time.Now().Add(j.pause), q, j})
	if len(b.retries.waiting) == 1 {
		b.work.Go(func() {
			for sleep(b.root, time.Second) && b.retry() {
			}
		})
	}
}

// retry queues what has waited long enough. It is false when nothing is left.
func (b *Bot) retry() bool {
	b.retries.mu.Lock()
	defer b.retries.mu.Unlock()
	var left []retry
	for _, r := range b.retries.waiting {
		if time.Now().Before(r.at) {
			left = append(left, r)
		} else {
			b.enqueue(r.queue, r.job)
		}
	}
	b.retries.waiting = left
	return len(left) > 0
}

// front is where envelopes come in. In a rush the work behind it stands back, so that
// acknowledgements go first.
type front struct {
	mu     sync.Mutex
	since  time.Time     // when the stretch of time began that is counted now
	now    int           // envelopes in it
	last   int           // envelopes in the stretch before
	filing atomic.Int64  // envelopes on their way to the disk
	turns  chan struct{} // a token for each job that begins in a rush all the same
}

// It is a rush when more than so many envelopes come in one stretch of time, or wait
// for the disk. Then two jobs begin in each stretch.
const (
	stretch  = 5 * time.Millisecond
	rushFrom = 16
	inRush   = 2
)

func (f *front) came() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn()
	f.now++
}

// turn begins a new stretch when the one before is over.
func (f *front) turn() {
	now := time.Now()
	gone := now.Sub(f.since)
	if gone <= stretch {
		return
	}
	f.last, f.now, f.since = f.now, 0, now
	if gone > 2*stretch {
		f.last = 0
	}
}

func (f *front) rush() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn()
	return max(f.now, f.last) > rushFrom || f.filing.Load() > rushFrom
}

// stand waits in a rush until it is over, or until it is this job's turn all the same.
func (f *front) stand() {
	if !f.rush() {
		return
	}
	f.turns <- struct{}{}
	defer func() { <-f.turns }()
	if f.rush() {
		time.Sleep(stretch)
	}
}

// pursuits are the requests that somebody follows now.
type pursuits struct {
	mu    sync.Mutex
	again map[uint64]bool // whether to look once more afterwards
}

// pursue follows a request beside the caller. When that is being done already, it
// is done once more afterwards, however often it was asked for meanwhile.
func (b *Bot) pursue(id uint64) {
	b.pursuits.mu.Lock()
	defer b.pursuits.mu.Unlock()
	if _, under := b.pursuits.again[id]; under {
		b.pursuits.again[id] = true
		return
	}
	if b.pursuits.again == nil {
		b.pursuits.again = map[uint64]bool{}
	}
	b.pursuits.again[id] = false
	b.start(func(ctx context.Context) {
		for more := true; more; more = b.pursuits.more(id) {
			b.follow(ctx, id)
		}
	})
}

// asked says whether somebody wants a request that is followed now to be looked at once more.
func (p *pursuits) asked(id uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.again[id]
}

func (p *pursuits) more(id uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.again[id] {
		p.again[id] = false
		return true
	}
	delete(p.again, id)
	return false
}

// desk bounds how much of one kind of work goes on at the same time. Decisions,
// questions and what is asked for have desks of their own. Opening a form needs
// none, since Slack gives it three seconds.
type desk chan struct{}

// How many desks there are of each kind.
const (
	decisionsAtOnce = 32
	questionsAtOnce = 16
	proposalsAtOnce = 8
)

// sit waits for a free desk.
func (d desk) sit() (leave func()) {
	d <- struct{}{}
	return func() { <-d }
}
