package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/typeahead"
	"github.com/ascbot/ascbot/sandbox/blockkit"
)

// The answer to type-ahead fits into an acknowledgement whatever things are
// called, and is not cut shorter than it has to be.
func TestSuggestionsFitWhateverTheNames(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		some int // of a hundred that have to be offered at least
	}{
		"short":       {"Halo", 100},
		"long":        {strings.Repeat("n", 75), 50},
		"wide":        {strings.Repeat("家", 75), 30},
		"astral":      {strings.Repeat("🎈", 75), 20},
		"quoted":      {strings.Repeat(`"`, 75), 30},
		"of controls": {"c" + strings.Repeat("\u0001", 300), 50},
		"an address":  {strings.Repeat("a", 64) + "@" + strings.Repeat("d", 61) + "." + strings.Repeat("e", 61) + "." + strings.Repeat("f", 61) + ".xx", 50},
	} {
		var found []typeahead.Entry
		for i := range 100 {
			found = append(found, typeahead.Entry{Text: c.text, About: c.text, Value: fmt.Sprintf("%036d", i)})
		}
		options := fitting(found)
		text, err := json.Marshal(map[string]any{
			"envelope_id": "57d6a792-4d35-4d0b-b6aa-3361493e1caf", "payload": map[string]any{"options": options},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(text) >= longestAck {
			t.Errorf("%s: %d options make an acknowledgement of %d bytes", name, len(options), len(text))
		}
		offered, _ := json.Marshal(map[string]any{"options": options})
		if wrong := blockkit.Options(offered); len(wrong) > 0 {
			t.Errorf("%s: Slack does not take the options: %s", name, wrong[0])
		}
		if len(options) < c.some {
			t.Errorf("%s: only %d options are offered", name, len(options))
		}
	}
}

// shopped is a list at Apple that grows, and counts what is read of it.
type shopped struct {
	mu     sync.Mutex
	list   []Choice
	read   int
	broken bool
}

// becomes changes the list, or how it answers.
func (s *shopped) becomes(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// reads is how many entries were read so far.
func (s *shopped) reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read
}

// entry is the next to be read.
func (s *shopped) entry(n int, of []Choice) (Choice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return Choice{}, errors.New("Apple does not answer")
	}
	s.read++
	return of[n], nil
}

func (s *shopped) source(newestFirst bool) Source {
	return Source{Name: "things", NewestFirst: newestFirst, List: func(context.Context, *asc.Client) iter.Seq2[Choice, error] {
		return func(yield func(Choice, error) bool) {
			var list []Choice
			s.becomes(func() { list = slices.Clone(s.list) })
			for n := range list {
				if c, err := s.entry(n, list); !yield(c, err) || err != nil {
					return
				}
			}
		}
	}}
}

func things(from, to int) (all []Choice) {
	for i := from; i < to; i++ {
		all = append(all, Choice{Text: fmt.Sprintf("Thing %06d", i), Value: fmt.Sprint(i)})
	}
	return all
}

// shelved keeps a list as the running bot does, in a bubble of time.
func shelved(t *testing.T, src Source, story func(k *stock)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		b := &Bot{Log: slog.New(slog.DiscardHandler), shelf: newShelf()}
		k := b.shelf.add(Team{Name: "Meadow Labs"}, src)
		done := make(chan struct{})
		go func() { b.keepStock(ctx, k); close(done) }()
		synctest.Wait()
		story(k)
		stop()
		<-done
	})
}

func (k *stock) has(i int) bool {
	found := k.index.Load().Find(fmt.Sprintf("Thing %06d", i), 1)
	return len(found) == 1 && found[0].Value == fmt.Sprint(i)
}

// A long list is read to its end once, and after that a part at a time, so that it
// does not use up the requests of the hour. What was read is found at once, and what
// is gone is gone when the list has been read to its end.
func TestALongListIsReadInParts(t *testing.T) {
	s := &shopped{list: things(0, 9000)}
	shelved(t, s.source(false), func(k *stock) {
		if s.reads() != 9000 || !k.has(8999) {
			t.Fatalf("%d were read at first", s.reads())
		}
		s.becomes(func() { s.list = append(things(10000, 10001), things(1, 9000)...) }) // one is new, one is gone
		time.Sleep(freshFor)
		synctest.Wait()
		if s.reads() != 9000+atATime || !k.has(10000) || !k.has(8999) {
			t.Errorf("%d more were read after five minutes; the new one is there: %v", s.reads()-9000, k.has(10000))
		}
		time.Sleep(4 * freshFor)
		synctest.Wait()
		if s.reads() != 18000 || k.has(0) || !k.has(10000) || !k.has(8999) {
			t.Errorf("%d were read again; what is gone is found: %v", s.reads()-9000, k.has(0))
		}
		before := s.reads()
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := s.reads() - before; n > int(time.Hour/freshFor)*atATime {
			t.Errorf("%d were read in an hour", n)
		}
	})
}

// Of a list whose newest entries stand first, those are read every few minutes, and
// the rest now and then.
func TestOnlyWhatIsNewIsReadOften(t *testing.T) {
	s := &shopped{list: things(0, 5000)}
	shelved(t, s.source(true), func(k *stock) {
		s.becomes(func() {
			s.list = slices.Concat(things(6000, 6300), things(0, 50), things(51, 4000), things(4001, 5000))
			s.read = 0
		})
		time.Sleep(freshFor)
		synctest.Wait()
		if s.reads() != 2*onPage || !k.has(6000) || !k.has(4999) || k.has(50) {
			t.Errorf("%d were read; what is new is there: %v, what was not read: %v, what is gone among the new: %v", s.reads(), k.has(6000), k.has(4999), k.has(50))
		}
		if !k.has(4000) {
			t.Error("the whole was read")
		}
		time.Sleep(wholeAgain + time.Hour)
		synctest.Wait()
		if k.has(4000) || !k.has(4999) {
			t.Error("the whole is never read again")
		}
	})
}

// A list that cannot be read stays as it was, and is tried again soon.
func TestAListThatCannotBeReadStays(t *testing.T) {
	s := &shopped{list: things(0, 10)}
	shelved(t, s.source(false), func(k *stock) {
		s.becomes(func() { s.broken = true })
		s.becomes(func() { s.list = things(0, 20) })
		time.Sleep(freshFor)
		synctest.Wait()
		if !k.has(9) || k.has(19) {
			t.Error("the list is not as it was")
		}
		s.becomes(func() { s.broken = false })
		time.Sleep(shelfRetry)
		synctest.Wait()
		if !k.has(19) {
			t.Error("it is not tried again")
		}
	})
}

// What Slack would not take as an option is left out, so that the others can be
// chosen.
func TestWhatCannotBeAnOptionIsLeftOut(t *testing.T) {
	s := &shopped{list: []Choice{{Text: "\u200d", Value: "1"}, {Text: "two", Value: ""}, {Text: "three", Value: strings.Repeat("3", 151)}, {Text: "four", Value: "4", About: "\u0001"}}}
	shelved(t, s.source(false), func(k *stock) {
		found := k.index.Load().Find("", 100)
		if len(found) != 1 || found[0].Text != "four" {
			t.Errorf("offered: %v", found)
		}
		text, _ := json.Marshal(map[string]any{"options": fitting(found)})
		if wrong := blockkit.Options(text); len(wrong) > 0 {
			t.Error(wrong[0])
		}
	})
}
