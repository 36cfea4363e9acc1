package bot

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/typeahead"
)

// Source is a list that type-ahead offers: apps, groups, people. The same list
// has the same name in every form.
type Source struct {
	Name string
	// List reads the list from its beginning, in the order in which it is offered.
	List func(ctx context.Context, api *asc.Client) iter.Seq2[Choice, error]
	// NewestFirst says that what is new stands at the beginning. Then that alone is
	// read every few minutes, and the whole seldom.
	NewestFirst bool
}

// A list is read again this often, and sooner after a change of the bot's own or
// when it could not be read.
const (
	freshFor   = 5 * time.Minute
	shelfRetry = 30 * time.Second
	wholeAgain = 6 * time.Hour // of a list whose newest entries are read in between
)

// Of a long list, so much is read at a time: ten pages of Apple's, which in an hour
// are 120 of its 3,600 requests. Only the first reading goes on without a pause.
const (
	onPage   = 200
	atATime  = 10 * onPage
	mostKept = 100_000 // entries of one list
)

// shelf keeps the lists of all teams ready to be searched. Slack wants an answer
// at every letter within three seconds, so Apple is never asked then.
type shelf struct {
	mu     sync.RWMutex
	stocks map[string]*stock
}

// stock is one list of one team.
type stock struct {
	Source
	team  Team
	stale chan struct{} // rings when the list may have changed
	once  sync.Once
	warm  chan struct{} // closed when something of it can be found, or it could not be read

	kept  []Choice // by the goroutine that keeps it, alone
	whole time.Time

	index atomic.Pointer[typeahead.Index]
}

func newShelf() *shelf { return &shelf{stocks: map[string]*stock{}} }

func (s *shelf) stock(team, name string) *stock {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.stocks[team+"/"+name]
}

func (s *shelf) add(team Team, src Source) *stock {
	k := &stock{Source: src, team: team, stale: make(chan struct{}, 1), warm: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stocks[team.Name+"/"+src.Name] = k
	return k
}

// touch says that lists may have changed.
func (s *shelf) touch() {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, k := range s.stocks {
		select {
		case k.stale <- struct{}{}:
		default: // it rings already
		}
	}
}

// sources are the lists that the forms of all commands offer, each once.
func (b *Bot) sources() (all []Source) {
	seen := map[string]bool{}
	for _, v := range b.Verbs {
		form, ok := formOf(v)
		if !ok {
			continue
		}
		for _, f := range form.all() {
			if f.Source.List != nil && !seen[f.Source.Name] {
				seen[f.Source.Name] = true
				all = append(all, f.Source)
			}
		}
	}
	return all
}

// makeShelf makes room for the lists of every team.
func (b *Bot) makeShelf() {
	for _, team := range b.Teams {
		if team.API == nil {
			continue
		}
		for _, src := range b.sources() {
			b.shelf.add(team, src)
		}
	}
}

// keepShelf reads the lists in the background, until ctx ends.
func (b *Bot) keepShelf(ctx context.Context) {
	ctx = asc.WithClass(ctx, asc.Job)
	var keepers sync.WaitGroup
	for _, k := range b.shelf.stocks {
		keepers.Go(func() { b.keepStock(ctx, k) })
	}
	keepers.Wait()
}

// keepStock reads one list over and over.
func (b *Bot) keepStock(ctx context.Context, k *stock) {
	for {
		pause := freshFor
		if err := k.refill(ctx); err != nil {
			if ctx.Err() != nil {
				return
			}
			b.Log.Warn("type-ahead keeps an older list", "list", k.Name, "team", k.team.Name, "error", err)
			pause = shelfRetry
		}
		k.tried()
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-k.stale:
		case <-ctx.Done():
			t.Stop()
			return
		}
		t.Stop()
	}
}

// refill reads a list: to its end, or, where only its beginning can be new, to what
// is known. What it has read of a long list can be found while it reads on. When the
// list cannot be read it stays as it was.
func (k *stock) refill(ctx context.Context) error {
	first := k.whole.IsZero()
	newsOnly := k.NewestFirst && !first && time.Since(k.whole) < wholeAgain
	var read []Choice
	for c, err := range k.List(ctx, k.team.API) {
		switch {
		case err != nil:
			return err
		case clean(c.Text, 75) == "" || c.Value == "" || utf8.RuneCountInString(c.Value) > longestOption:
			continue // Slack takes no such option, and would then show none at all
		}
		if read = append(read, c); len(read) == mostKept {
			break
		}
		if newsOnly && len(read)%onPage == 0 {
			if at := slices.IndexFunc(k.kept, func(o Choice) bool { return o.Value == c.Value }); at >= 0 {
				k.keep(slices.Concat(read, k.kept[at+1:]))
				return nil
			}
		}
		if len(read)%atATime == 0 {
			k.keep(together(read, k.kept))
			if k.tried(); !first && !sleep(ctx, freshFor) {
				return ctx.Err()
			}
		}
	}
	k.keep(read)
	k.whole = time.Now()
	return nil
}

// longestOption is how long the value of an option may be (Block Kit reference).
const longestOption = 150

// keep makes a list what type-ahead finds.
func (k *stock) keep(list []Choice) {
	k.kept = list
	entries := make([]typeahead.Entry, len(list))
	for i, c := range list {
		entries[i] = typeahead.Entry{Text: c.Text, About: c.About, Value: c.Value}
	}
	k.index.Store(typeahead.New(entries))
}

// tried says that nobody has to wait for this list any more.
func (k *stock) tried() { k.once.Do(func() { close(k.warm) }) }

// together is what was read of a list so far, and behind it what is known from before.
func together(read, before []Choice) []Choice {
	known := make(map[string]bool, len(read))
	for _, c := range read {
		known[c.Value] = true
	}
	all := slices.Clone(read)
	for _, c := range before {
		if !known[c.Value] {
			all = append(all, c)
		}
	}
	return all
}

// Bounds of an answer to type-ahead: what Slack shows, and what fits into an
// acknowledgement of 20,480 bytes with its frame.
const (
	mostSuggestions = 100
	mostAnswered    = 19 << 10
)

// await is a list that a form is to begin with. Right after a start it waits for it, but
// not so long that a trigger id lapses.
func (s *shelf) await(team, name string) *typeahead.Index {
	k := s.stock(team, name)
	if k == nil {
		return nil
	}
	t := time.NewTimer(time.Second)
	defer t.Stop()
	select {
	case <-k.warm:
	case <-t.C:
	}
	return k.index.Load()
}

// resolve finds what was typed of a form's choices in the lists, so that the form
// starts with it. What is not found there is left to the person.
func (b *Bot) resolve(f Form, team Team) Form {
	return f.each(func(field Field) Field {
		if field.Source.List == nil {
			return field
		}
		var list *typeahead.Index
		if slices.ContainsFunc(field.Chosen, func(c Choice) bool { return c.Value == "" }) {
			list = b.shelf.await(team.Name, field.Source.Name)
		}
		var known []Choice
		for _, c := range field.Chosen {
			if c.Value != "" {
				known = append(known, c)
			} else if e, ok := exactly(list, c.Text); ok {
				known = append(known, Choice{Text: e.Text, Value: e.Value, About: e.About})
			}
		}
		field.Chosen = known
		return field
	})
}

// exactly finds the one entry of a list that is called like that, or else the only
// one that fits at all.
func exactly(list *typeahead.Index, name string) (e typeahead.Entry, ok bool) {
	if list == nil || strings.TrimSpace(name) == "" {
		return e, false
	}
	found := list.Find(name, mostSuggestions)
	for _, e := range found {
		if strings.EqualFold(e.Text, name) {
			return e, true
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return e, false
}

// noOptions is an answer to type-ahead that offers nothing.
var noOptions = map[string]any{"options": []any{}}

// typingAtOnce is how many people's type-ahead is answered at the same time.
const typingAtOnce = 32

// suggest answers type-ahead from the shelf. It returns nothing rather than be
// late.
func (b *Bot) suggest(ctx context.Context, d deed) any {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if v := b.mayUse(ctx, d.who()); !v.May {
		return noOptions
	}
	if d.ActionID == findID { // of the menu, as a message or as a window
		return b.offer(ctx, d)
	}
	if d.View == nil {
		return noOptions
	}
	verb, form, ok := b.formBehind(d.View.CallbackID)
	if !ok {
		return noOptions
	}
	note := d.View.note()
	for _, f := range form.all() {
		if f.Name != d.BlockID || f.Source.List == nil {
			continue
		}
		var found []typeahead.Entry
		for _, team := range b.offering(verb, note.Team) {
			var list *typeahead.Index
			if k := b.shelf.stock(team.Name, f.Source.Name); k != nil {
				select { // right after a start the list is still being read
				case <-k.warm:
				case <-ctx.Done():
				}
				list = k.index.Load()
			}
			if list == nil {
				b.Log.Warn("type-ahead has no list yet", "list", f.Source.Name, "team", team.Name)
				continue
			}
			found = append(found, likely(list, d.Value)...)
		}
		return map[string]any{"options": fitting(found[:min(len(found), mostSuggestions)])}
	}
	return noOptions
}

// likely is what fits what was typed; when nothing does, what is nearly called that.
func likely(list *typeahead.Index, typed string) []typeahead.Entry {
	if found := list.Find(typed, mostSuggestions); len(found) > 0 {
		return found
	}
	return list.Near(typed, mostSuggestions)
}

// offering are the teams from whose lists a form offers: the chosen one; of a form that
// can be about all of them every one, until one is chosen.
func (b *Bot) offering(verb Verb, team string) []Team {
	if team == "" && verb.Teamless {
		return b.Teams
	}
	if t, err := b.teamOf(verb, team); err == nil {
		return []Team{t}
	}
	return nil
}

// fitting makes options of what was found, as many as an acknowledgement holds
// whatever their names are.
func fitting(found []typeahead.Entry) []*slack.OptionBlockObject {
	options := []*slack.OptionBlockObject{}
	left := mostAnswered
	for _, e := range found {
		one := optionsOf([]Choice{{Text: e.Text, Value: e.Value, About: e.About}})
		text, err := json.Marshal(one)
		if left -= len(text); err != nil || left < 0 {
			break
		}
		options = append(options, one...)
	}
	return options
}
