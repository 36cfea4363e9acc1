package bot

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/typeahead"
)

// Source is a list that type-ahead offers: apps, groups, people. The same list
// has the same name in every form.
type Source struct {
	Name string
	List func(ctx context.Context, api *asc.Client) ([]Choice, error)
}

// Lists are read again this often, and sooner after a change of the bot's own or
// when they could not be read.
const (
	freshFor   = 5 * time.Minute
	shelfRetry = 30 * time.Second
)

// shelf keeps the lists of all teams ready to be searched. Slack wants an answer
// at every letter within three seconds, so Apple is never asked then.
type shelf struct {
	mu    sync.RWMutex
	lists map[string]*typeahead.Index
	stale chan struct{} // rings when a list may have changed
	once  sync.Once
	warm  chan struct{} // closed when every list was tried once
}

func newShelf() *shelf {
	return &shelf{lists: map[string]*typeahead.Index{}, stale: make(chan struct{}, 1), warm: make(chan struct{})}
}

func (s *shelf) get(team, name string) *typeahead.Index {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.lists[team+"/"+name]
}

func (s *shelf) put(team, name string, choices []Choice) {
	entries := make([]typeahead.Entry, len(choices))
	for i, c := range choices {
		entries[i] = typeahead.Entry{Text: c.Text, About: c.About, Value: c.Value}
	}
	x := typeahead.New(entries)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists[team+"/"+name] = x
}

// touch says that a list may have changed.
func (s *shelf) touch() {
	select {
	case s.stale <- struct{}{}:
	default: // it rings already
	}
}

// sources are the lists that the forms of all verbs offer, each once.
func (b *Bot) sources() (all []Source) {
	seen := map[string]bool{}
	for _, v := range b.Verbs {
		if v.Change == nil {
			continue
		}
		for _, f := range v.Change().Form().Fields {
			if f.Source.List != nil && !seen[f.Source.Name] {
				seen[f.Source.Name] = true
				all = append(all, f.Source)
			}
		}
	}
	return all
}

// keepShelf reads the lists in the background, until ctx ends.
func (b *Bot) keepShelf(ctx context.Context) {
	ctx = asc.WithClass(ctx, asc.Job)
	for {
		pause := freshFor
		if !b.restock(ctx) {
			pause = shelfRetry
		}
		b.shelf.once.Do(func() { close(b.shelf.warm) })
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-b.shelf.stale:
		case <-ctx.Done():
			t.Stop()
			return
		}
		t.Stop()
	}
}

// restock reads every list once. One that cannot be read stays as it was.
func (b *Bot) restock(ctx context.Context) (complete bool) {
	complete = true
	for _, team := range b.Teams {
		if team.API == nil {
			continue
		}
		for _, s := range b.sources() {
			choices, err := s.List(ctx, team.API)
			if err != nil {
				if ctx.Err() == nil {
					b.Log.Warn("type-ahead keeps an older list", "list", s.Name, "team", team.Name, "error", err)
				}
				complete = false
				continue
			}
			b.shelf.put(team.Name, s.Name, choices)
		}
	}
	return complete
}

// Bounds of an answer to type-ahead: what Slack shows, and what fits into an
// acknowledgement of 20,480 bytes with its frame.
const (
	mostSuggestions = 100
	mostAnswered    = 19 << 10
)

// resolve finds what was typed of a form's choices in the lists, so that the form
// starts with it. What is not found there is left to the person.
func (b *Bot) resolve(f Form, team Team) Form {
	f.Fields = slices.Clone(f.Fields)
	for i, field := range f.Fields {
		if field.Source.List == nil {
			continue
		}
		list := b.shelf.get(team.Name, field.Source.Name)
		var known []Choice
		for _, c := range field.Chosen {
			if c.Value != "" {
				known = append(known, c)
			} else if e, ok := exactly(list, c.Text); ok {
				known = append(known, Choice{Text: e.Text, Value: e.Value, About: e.About})
			}
		}
		f.Fields[i].Chosen = known
	}
	return f
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
	if d.View == nil {
		return noOptions
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if v := b.mayUse(ctx, d.who()); !v.May {
		return noOptions
	}
	if d.inMenu() {
		return b.offer(ctx, d)
	}
	verb, _, ok := b.asked(d.View.CallbackID)
	if !ok {
		return noOptions
	}
	var note formNote
	_ = json.Unmarshal([]byte(d.View.PrivateMetadata), &note)
	team, err := b.team(note.Team)
	if err != nil {
		return noOptions
	}
	for _, f := range verb.Change().Form().Fields {
		if f.Name != d.BlockID || f.Source.List == nil {
			continue
		}
		select { // right after a start the lists are still being read
		case <-b.shelf.warm:
		case <-ctx.Done():
		}
		list := b.shelf.get(team.Name, f.Source.Name)
		if list == nil {
			b.Log.Warn("type-ahead has no list yet", "list", f.Source.Name, "team", team.Name)
			return noOptions
		}
		return map[string]any{"options": fitting(list.Find(d.Value, mostSuggestions))}
	}
	return noOptions
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
