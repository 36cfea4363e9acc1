package bot

import (
	"sync"
	"time"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// refusedOnce is how long the same refusal of the same person is not logged
// again, so that nobody can fill the log with them.
const refusedOnce = time.Minute

// refusals remembers what was logged lately.
type refusals struct {
	mu   sync.Mutex
	last map[[2]string]time.Time // by person and operation
}

// fresh reports whether a refusal is to be logged now.
func (s *refusals) fresh(who, operation string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil || len(s.last) > 5000 {
		s.last = map[[2]string]time.Time{}
	}
	key := [2]string{who, operation}
	if at, ok := s.last[key]; ok && now.Sub(at) < refusedOnce {
		return false
	}
	s.last[key] = now
	return true
}

// refuse says no to somebody who may not ask for something, or not use the bot at
// all, and writes it into the log.
func (b *Bot) refuse(who store.Person, operation string, v policy.Verdict, next string) error {
	if b.refused.fresh(who.ID, operation, time.Now()) {
		if _, err := b.Store.Record(store.Leaf{Kind: "refused", At: b.Now(), By: &who, Operation: operation, Note: v.Why}); err != nil {
			return err
		}
	}
	return Trouble{What: v.Why, Next: next}
}
