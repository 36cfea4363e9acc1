package bot

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// refusedOnce is how long the same refusal of the same person is counted instead of
// logged again, so that nobody can fill the log with them.
const refusedOnce = time.Minute

// refusals remembers what was logged lately, and how often it happened since.
type refusals struct {
	mu   sync.Mutex
	last map[[2]string]refusal // by person and operation
}

type refusal struct {
	logged time.Time
	more   int
	leaf   store.Leaf // the newest
}

// mostRefusals bounds how many are remembered.
const mostRefusals = 5000

// fresh reports whether a refusal is to be logged now, and how many like it were only
// counted before.
func (s *refusals) fresh(l store.Leaf, now time.Time) (more int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = map[[2]string]refusal{}
	}
	key := [2]string{l.By.ID, l.Operation}
	was, known := s.last[key]
	if known && now.Sub(was.logged) < refusedOnce {
		s.last[key] = refusal{was.logged, was.more + 1, l}
		return 0, false
	}
	if !known && len(s.last) >= mostRefusals {
		return 0, false // a flood by thousands; others are logged
	}
	s.last[key] = refusal{logged: now, leaf: l}
	return was.more, true
}

// counted takes out what is over: refusals that were counted after their kind was
// logged, as lines that say how many.
func (s *refusals) counted(now time.Time) (lines []store.Leaf) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, was := range s.last {
		if now.Sub(was.logged) < refusedOnce {
			continue
		}
		delete(s.last, key)
		if was.more > 0 {
			was.leaf.Note = counting(was.leaf.Note, was.more)
			lines = append(lines, was.leaf)
		}
	}
	return lines
}

// counting says how often something happened that was logged once.
func counting(note string, more int) string {
	if more == 0 {
		return note
	}
	return fmt.Sprintf("%s (%d more like this before)", note, more)
}

// refuse says no to somebody who may not ask for something, or not use the bot at
// all, and writes it into the log.
func (b *Bot) refuse(who store.Person, operation string, v policy.Verdict, next string) error {
	line := store.Leaf{Kind: "refused", At: b.Now(), By: &who, Operation: operation, Note: v.Why}
	if more, ok := b.refused.fresh(line, time.Now()); ok {
		line.Note = counting(line.Note, more)
		if _, err := b.Store.Record(line); err != nil {
			return err
		}
	}
	return Trouble{What: v.Why, Next: next}
}

// uncounted writes into the log that a button was pressed that does not count: of another
// card than ours, of an older version, of a request that does not exist.
func (b *Bot) uncounted(d deed, a action, r store.Request, why Trouble) error {
	who := store.Person{Team: or(d.TeamID, d.User.TeamID), ID: d.who(), Name: b.people.called(d.who())}
	line := store.Leaf{Kind: "refused", At: b.Now(), By: &who, Request: r.ID, Version: r.Version, Operation: r.Operation, Note: a.ActionID + ": " + why.What}
	if more, ok := b.refused.fresh(line, time.Now()); ok {
		line.Note = counting(line.Note, more)
		if _, err := b.Store.Record(line); err != nil {
			return err
		}
	}
	return why
}

// wasRead writes into the log that somebody has used a command that only looks. Doing
// it again within a minute is counted, so that reading cannot fill the log.
func (b *Bot) wasRead(who store.Person, verb Verb, said []string) error {
	line := store.Leaf{Kind: "read", At: b.Now(), By: &who, Operation: verb.Words, Note: strings.Join(said, " ")}
	more, ok := b.readings.fresh(line, time.Now())
	if !ok || b.Store.Sealed() != "" {
		return nil
	}
	line.Note = strings.TrimSpace(counting(line.Note, more))
	_, err := b.Store.Record(line)
	return err
}

// tellRefusals logs how often what was logged once, refused or read, has happened since.
func (b *Bot) tellRefusals() {
	for _, line := range append(b.refused.counted(time.Now()), b.readings.counted(time.Now())...) {
		line.At = b.Now()
		if _, err := b.Store.Record(line); err != nil {
			b.Log.Error("refusals could not be logged", "error", err)
			return
		}
	}
}
