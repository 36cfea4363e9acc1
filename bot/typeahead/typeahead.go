// Package typeahead finds entries by what somebody has typed of them: names of
// apps, groups, testers, builds. Case and accents are ignored. It knows neither
// where the entries come from nor who asks.
package typeahead

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Entry is something that can be found.
type Entry struct {
	Text  string // what is shown, and what is looked in
	About string // shown beside it, and looked in as well
	Value string // what is meant
}

// Index holds entries ready to be found. What is in it does not change once it is
// made, so any number of goroutines may look.
type Index struct {
	entries []Entry
	texts   []string // folded, in the order of entries
	abouts  []string

	spelled sync.Once // by whoever first asks what is near
	words   []spelling
}

// New makes an index. Of entries that fit equally well, the one that stands
// first here is found first.
func New(entries []Entry) *Index {
	x := &Index{entries: slices.Clone(entries), texts: make([]string, len(entries)), abouts: make([]string, len(entries))}
	for i, e := range entries {
		x.texts[i], x.abouts[i] = fold(e.Text), fold(e.About)
	}
	return x
}

// Len is how many entries there are.
func (x *Index) Len() int { return len(x.entries) }

// How well an entry fits, best first.
const (
	begins  = iota // the text begins with what was typed
	word           // a word of the text does
	inside         // the text contains it
	pieces         // every word that was typed stands somewhere
	beside         // it stands in what is shown beside the text
	nothing        // none of it
)

// Find returns at most most entries that fit what was typed, the best first.
// When nothing was typed, it is the first ones.
func (x *Index) Find(typed string, most int) []Entry {
	typed = fold(typed)
	if typed == "" {
		return x.entries[:min(most, len(x.entries))]
	}
	words := strings.Fields(typed)
	var found [nothing][]int
	for i := range x.entries {
		if len(found[begins]) == most {
			break
		}
		if fit := x.fit(i, typed, words); fit < nothing && len(found[fit]) < most {
			found[fit] = append(found[fit], i)
		}
	}
	var best []Entry
	for _, tier := range found {
		for _, i := range tier[:min(len(tier), most-len(best))] {
			best = append(best, x.entries[i])
		}
	}
	return best
}

func (x *Index) fit(i int, typed string, words []string) int {
	text := x.texts[i]
	at := strings.Index(text, typed)
	switch {
	case at == 0:
		return begins
	case at > 0 && startsWord(text, typed, at):
		return word
	case at > 0:
		return inside
	}
	if len(words) > 1 && all(words, func(w string) bool { return strings.Contains(text, w) || strings.Contains(x.abouts[i], w) }) {
		return pieces
	}
	if strings.Contains(x.abouts[i], typed) {
		return beside
	}
	return nothing
}

func all(words []string, holds func(string) bool) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !holds(w) })
}

// startsWord says whether what was typed begins a word, at its first place or at
// a later one.
func startsWord(text, typed string, at int) bool {
	for {
		before, _ := lastRune(text[:at])
		if !unicode.IsLetter(before) && !unicode.IsDigit(before) {
			return true
		}
		next := strings.Index(text[at+1:], typed)
		if next < 0 {
			return false
		}
		at += 1 + next
	}
}

func lastRune(s string) (r rune, ok bool) {
	for _, c := range s[max(0, len(s)-4):] {
		r, ok = c, true
	}
	return r, ok
}

// fold takes case, accents and doubled spaces away: “Crème  Brûlée” is “creme
// brulee”. Letters that no accent makes (ß, ø, ł) are written as people type them.
func fold(s string) string {
	plain := true
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || c >= 'A' && c <= 'Z' || c < ' ' || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case letters[r] != "":
			b.WriteString(letters[r])
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

var letters = map[rune]string{'ß': "ss", 'ø': "o", 'ł': "l", 'đ': "d", 'æ': "ae", 'œ': "oe", 'ı': "i", 'þ': "th", 'ð': "d"}
