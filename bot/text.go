package bot

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ascbot/ascbot/bot/typeahead"
)

// longestCommand bounds what one command may say, in bytes. A thousand
// addresses belong into a form or a file.
const longestCommand = 8000

// token matches what Slack's clients wrap in angle brackets: links, addresses,
// mentions of people and channels.
var token = regexp.MustCompile(`<([^<>]*)>`)

// typed straightens what Slack's clients do to typed text: curly quotes, long
// dashes for "--", no-break spaces, and wrapped links and addresses.
var typed = strings.NewReplacer(
	"“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`,
	"‘", "'", "’", "'", "‚", "'",
	"—", "--", "–", "--", "−", "-", "‑", "-",
	"\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u200b", "", "\ufeff", "",
)

// normalise turns the text of a slash command into what its sender meant.
func normalise(text string) (string, error) {
	if len(text) > longestCommand {
		return "", Trouble{
			What: fmt.Sprintf("That command is %d characters long; I read at most %d.", utf8.RuneCountInString(text), longestCommand),
			Next: "Send it in parts, or use the form: type `/asc` and the command without the rest.",
		}
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) {
		return "", Trouble{
			What: "Part of that command is not readable text.",
			Next: "Type it again instead of pasting it.",
		}
	}
	text = token.ReplaceAllStringFunc(text, unwrap)
	text = typed.Replace(html.UnescapeString(text))
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)), nil
}

// Alike reports whether somebody who typed one name may have meant the other: case
// is set aside, and so are quotes, dashes and spaces that keyboards and Slack's
// clients have several of. “Ana’s App” can be typed as ana's app.
func Alike(a, b string) bool { return strings.EqualFold(plainly(a), plainly(b)) }

// plainly writes a name as normalise and Words would leave it.
func plainly(name string) string {
	name = strings.ReplaceAll(typed.Replace(name), `"`, "")
	return strings.Join(strings.Fields(name), " ")
}

// unwrap gives what a person typed for one of Slack's tokens. A mention keeps
// its id: "<@U012|ana>" becomes "@U012".
func unwrap(tok string) string {
	inner := tok[1 : len(tok)-1]
	target, label, labelled := strings.Cut(inner, "|")
	switch {
	case strings.HasPrefix(target, "@"), strings.HasPrefix(target, "#"), strings.HasPrefix(target, "!"):
		return target
	case strings.HasPrefix(target, "mailto:"):
		return strings.TrimPrefix(target, "mailto:")
	case labelled:
		return label
	case strings.Contains(target, "://"):
		return target
	}
	return tok
}

// Words splits normalised text at spaces; double quotes keep words together
// and a comma ends a word: `in "Halo for Kids", Pebble` is in, Halo for Kids,
// a comma, Pebble.
func Words(text string) []string {
	var words []string
	var word strings.Builder
	quoted, any := false, false
	flush := func() {
		if any {
			words = append(words, word.String())
		}
		word.Reset()
		any = false
	}
	for _, r := range text {
		switch {
		case r == '"':
			quoted, any = !quoted, true
		case quoted:
			word.WriteRune(r)
		case r == ' ':
			flush()
		case r == ',':
			flush()
			words = append(words, ",")
		default:
			word.WriteRune(r)
			any = true
		}
	}
	flush()
	return words
}

// Lists reads a comma-separated list out of words: [Halo for Kids , Pebble]
// is "Halo for Kids" and "Pebble".
func Lists(words []string) []string {
	var out []string
	var cur []string
	flush := func() {
		if len(cur) > 0 {
			out = append(out, strings.Join(cur, " "))
		}
		cur = nil
	}
	for _, w := range words {
		if w == "," {
			flush()
			continue
		}
		cur = append(cur, w)
	}
	flush()
	return out
}

// nearest finds the candidate closest to word, if one is close enough to be a
// slip of the fingers.
func nearest(word string, candidates []string) (string, bool) {
	best, at := "", 1+len(word)/3
	for _, c := range candidates {
		if d := typeahead.Distance(strings.ToLower(word), strings.ToLower(c)); d <= at && (best == "" || d < at) {
			best, at = c, d
		}
	}
	return best, best != ""
}

// Nearest suggests the candidate that was probably meant: ` Did you mean
// "Halo"?`, or nothing.
func Nearest(word string, candidates []string) string {
	if c, ok := nearest(word, candidates); ok {
		return " Did you mean “" + c + "”?"
	}
	return ""
}
