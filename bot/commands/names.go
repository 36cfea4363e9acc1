package commands

import (
	"strings"
	"unicode"

	"github.com/ascbot/ascbot/bot"
)

// matching finds what somebody may have meant by typed words: what is called just
// that, or else whatever each of the words begins a word of. It may be several;
// then whoever typed has to say more. Names are what something is called; whole is
// its name with what it belongs to.
func matching[T any](typed string, all []T, names func(T) (called []string, whole string)) []T {
	var exact, near []T
	typed = strings.Trim(typed, "' ")
	for _, x := range all {
		switch called, whole := names(x); {
		case alikeAny(typed, called):
			exact = append(exact, x)
		case fits(typed, whole):
			near = append(near, x)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return near
}

func alikeAny(typed string, names []string) bool {
	for _, name := range names {
		if name != "" && bot.Alike(name, typed) {
			return true
		}
	}
	return false
}

// fits reports whether every word that was typed begins a word of the name: “halo fr”
// fits “Friends in Halo”.
func fits(typed, name string) bool {
	words, in := nameWords(typed), nameWords(name)
	for _, w := range words {
		found := false
		for _, of := range in {
			found = found || strings.HasPrefix(of, w)
		}
		if !found {
			return false
		}
	}
	return len(words) > 0
}

func nameWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' })
}

// oneOf lists names as a choice: “A”, “B” or “C”.
func oneOf(names []string) string {
	const most = 8
	var quoted []string
	for i, n := range names {
		if i == most {
			quoted = append(quoted, "others")
			break
		}
		quoted = append(quoted, "“"+n+"”")
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " or " + quoted[len(quoted)-1]
}

// toType shows a command as code, as it can be typed: of several App Store Connect teams
// the bot adds which. A name in it cannot end the code.
func toType(words ...string) string {
	return "`/asc " + strings.ReplaceAll(strings.Join(words, " "), "`", "'") + "`"
}

// quotedNames are names as they can be typed.
func quotedNames(list []Named) string {
	return strings.Join(named(list, func(n Named) string { return bot.Quote(n.Name) }), ", ")
}

// ambiguous is the trouble of a name that could mean several things.
func ambiguous(typed string, could []string, next string) error {
	return bot.Trouble{What: "“" + typed + "” could be " + oneOf(could) + ".", Next: next}
}

// named lists what things are called.
func named[T any](all []T, name func(T) string) []string {
	var names []string
	for _, x := range all {
		names = append(names, name(x))
	}
	return names
}
