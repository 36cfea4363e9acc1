package bot

import (
	"sync"

	"github.com/ascbot/ascbot/store"
)

// arrival is an envelope that has to be on disk before it is acknowledged.
type arrival struct {
	from     *socket
	envelope envelope
	kept     store.Envelope
	queue    *queue // where its work is done
	answer   any    // for Slack to show
}

// mostFiled is how many envelopes share one commit.
const mostFiled = 256

// beginInbox keeps the inbox until end is called, which waits for the work under way.
func (b *Bot) beginInbox() (end func()) {
	ended := make(chan struct{})
	go func() { b.keepInbox(); close(ended) }()
	return func() {
		b.work.Wait()
		close(b.handled) // nobody is left who finishes anything
		<-ended
	}
}

// keepInbox writes down what arrives, and what was finished: everything that waits
// in one commit, while the next is being read. It ends when handled is closed.
func (b *Bot) keepInbox() {
	for {
		var in []arrival
		var done []string
		select {
		case a := <-b.arrivals:
			in = append(in, a)
		case key, open := <-b.handled:
			if !open {
				return
			}
			done = append(done, key)
		}
		for len(b.arrivals) > 0 && len(in) < mostFiled {
			in = append(in, <-b.arrivals)
		}
		for len(b.handled) > 0 && len(done) < mostFiled {
			done = append(done, <-b.handled)
		}
		b.file(in, done)
		b.front.filing.Add(int64(-len(in)))
		b.work.Add(-len(in))
	}
}

// file writes down envelopes, acknowledges them and passes their work on, once
// however often they are delivered; and it writes down which are finished.
func (b *Bot) file(in []arrival, done []string) {
	envelopes := make([]store.Envelope, len(in))
	for i, a := range in {
		envelopes[i] = a.kept
	}
	places, err := b.Store.Receive(envelopes, done...)
	switch {
	case err != nil && len(in)+len(done) > 1: // one must not keep the others from it
		for _, a := range in {
			b.file([]arrival{a}, nil)
		}
		for _, key := range done {
			b.file(nil, []string{key})
		}
		return
	case err != nil && len(in) == 0:
		b.Log.Error("could not mark an envelope as handled", "key", done[0], "error", err)
		return
	case err != nil:
		b.Log.Error("could not store what somebody did; not acknowledged", "kind", in[0].kept.Kind, "error", err)
		b.recent.remove(in[0].kept.Key)
		b.unkept(in[0].envelope, err)
		return
	}
	for _, a := range in {
		b.ack(a.from, a.envelope, a.answer)
	}
	for i, a := range in {
		fresh := places[i] != 0
		if a.kept.Kind == kindForm {
			b.sentForm(a.envelope.Deed, a.kept.Key, fresh)
		}
		if fresh {
			b.enqueue(a.queue, job{place: places[i]})
		}
	}
}

// recent are keys of envelopes that were seen lately and are not on disk.
type recent struct {
	mu          sync.Mutex
	new, before map[string]struct{}
}

// mostRecent is how many keys are remembered at least.
const mostRecent = 4096

// add remembers a key; it is false when that was remembered already.
func (r *recent) add(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, again := r.new[key]
	if _, long := r.before[key]; again || long {
		return false
	}
	if r.new == nil || len(r.new) == mostRecent {
		r.new, r.before = map[string]struct{}{}, r.new
	}
	r.new[key] = struct{}{}
	return true
}

func (r *recent) remove(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.new, key)
	delete(r.before, key)
}
