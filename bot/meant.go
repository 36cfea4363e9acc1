package bot

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/bot/typeahead"
)

// unknown says that there is no such command, and which one was nearly typed, with a
// button that does what was meant.
func (b *Bot) unknown(said []string) error {
	begun := slices.DeleteFunc(slices.Clone(b.Verbs), func(v Verb) bool { return !strings.HasPrefix(v.Words, strings.ToLower(said[0])+" ") })
	could := begun
	if len(begun) == 0 {
		could = b.Verbs
	}
	best, least := Verb{}, -1
	for _, v := range could {
		n := strings.Count(v.Words, " ") + 1
		if len(said) < n {
			continue
		}
		typed := strings.ToLower(strings.Join(said[:n], " "))
		d := typeahead.Distance(typed, v.Words)
		if d <= 1+len(typed)/4 && (least < 0 || d < least) {
			best, least = v, d
		}
	}
	if least >= 0 {
		n := strings.Count(best.Words, " ") + 1
		return Trouble{
			What:   fmt.Sprintf("There is no command “%s”. Did you mean `/asc %s`?", clean(strings.Join(said[:n], " "), 40), best.Words),
			Next:   "`/asc help` lists what there is.",
			Offers: asMeant(best, said[n:]),
		}
	}
	if len(begun) > 0 {
		var there []string
		for _, v := range begun {
			there = append(there, "`/asc "+v.Words+"`")
		}
		slices.Sort(there)
		return Trouble{What: fmt.Sprintf("“%s” needs another word.", clean(said[0], 40)), Next: "There is " + strings.Join(there, ", ") + "."}
	}
	return Trouble{What: fmt.Sprintf("There is no command “%s”.", clean(said[0], 40)), Next: "`/asc help` lists what there is."}
}

// asMeant is a button for a command as it was probably meant.
func asMeant(verb Verb, rest []string) []Offer {
	line := strings.TrimSpace(verb.Words + " " + quoted(rest))
	return []Offer{{Label: "/asc " + line, Words: line}}
}

// meant adds to what is wrong with a command which of its small words was probably
// mistyped: “form 7d” for “for 7d”.
func (b *Bot) meant(verb Verb, rest []string, err error) error {
	t, ok := errors.AsType[Trouble](err)
	if !ok || strings.Contains(t.What, "Did you mean") || len(t.Offers) > 0 {
		return err
	}
	slip, ok := b.slip(verb, rest, true)
	if !ok {
		return err
	}
	t.What, t.Offers = stop(t.What)+" "+slip.What, slip.Offers
	return t
}

// slip finds the one small word of a command that was mistyped, such that the command
// can be read with it as it is written right. Ask allows that a form is needed then.
func (b *Bot) slip(verb Verb, rest []string, ask bool) (t Trouble, ok bool) {
	small := verb.smallWords()
	for far := 1; far <= 2; far++ {
		for i := 1; i < len(rest); i++ {
			w := strings.ToLower(rest[i])
			if len(w) < 2 || slices.Contains(small, w) || strings.ContainsAny(w, "@0123456789,") || far > 1 && len(w) < 6 {
				continue
			}
			for _, right := range small {
				if typeahead.Distance(w, right) != far {
					continue
				}
				all := slices.Clone(rest)
				all[i] = right
				if !b.reads(verb, all, ask) {
					continue
				}
				line := "/asc " + strings.TrimSpace(verb.Words+" "+quoted(all))
				return Trouble{What: "Did you mean `" + strings.ReplaceAll(clean(line, 200), "`", "'") + "`?", Next: "“" + clean(rest[i], 40) + "” is none of this command's words.", Offers: asMeant(verb, all)}, true
			}
		}
	}
	return Trouble{}, false
}

// reads tells whether a command can be read like that.
func (b *Bot) reads(verb Verb, rest []string, ask bool) bool {
	var err error
	if verb.Query != nil {
		err = verb.Query().Parse(rest)
	} else {
		err = b.change(verb).Parse(rest)
	}
	return err == nil || ask && errors.Is(err, ErrMore)
}

var (
	placeholder = regexp.MustCompile(`<[^>]*>`)
	letters     = regexp.MustCompile(`[a-z]{2,}`)
)

// smallWords are the words that have a meaning of their own after a command: those of
// its arguments that its examples use as well.
func (v Verb) smallWords() (small []string) {
	used := letters.FindAllString(strings.ToLower(strings.Join(v.Examples, " ")), -1)
	for _, w := range letters.FindAllString(placeholder.ReplaceAllString(v.Args, " "), -1) {
		if slices.Contains(used, w) && !slices.Contains(small, w) {
			small = append(small, w)
		}
	}
	return small
}
