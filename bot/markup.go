package bot

import (
	"fmt"
	"html"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Markup is text in Slack's own markup, mrkdwn, in which <!channel> calls
// everybody and *stars* make bold. Only the bot's own words may be: a constant in
// the program is Markup by itself, everything that was read from somewhere is a
// plain string, which the compiler does not let in. Inert turns a string into
// Markup that says the same and does nothing; Markf puts strings into a constant
// that way. A conversion, Markup(s), would be a hole, and a test looks for them.
type Markup string

// Inert makes a stranger's words safe inside a message: one line, at most 600
// characters, no mention, no link, no style, no emoji code, nothing invisible.
func Inert(s string) Markup { return still(clean(s, 600)) }

// Markf is fmt.Sprintf for Markup. Arguments that are Markup stay as they are, and
// numbers are numbers; everything else is a stranger's words and becomes inert.
func Markf(format Markup, args ...any) Markup {
	safe := make([]any, len(args))
	for i, arg := range args {
		safe[i] = harmless(arg)
	}
	return Markup(fmt.Sprintf(string(format), safe...))
}

func harmless(arg any) any {
	switch v := arg.(type) {
	case Markup:
		return v
	case error, fmt.Stringer:
		return Inert(fmt.Sprint(v))
	}
	switch reflect.ValueOf(arg).Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return arg
	}
	return Inert(fmt.Sprint(arg))
}

// Join puts a separator between parts.
func Join(parts []Markup, between Markup) Markup {
	var out strings.Builder
	for i, part := range parts {
		if i > 0 {
			out.WriteString(string(between))
		}
		out.WriteString(string(part))
	}
	return Markup(out.String())
}

// cutShort keeps the first n characters, and says so with an ellipsis. A token that
// is cut in two is none any more, since only its end makes it one.
func cutShort(s Markup, n int) Markup { return Markup(shorten(string(s), n)) }

// Code shows words as they are to be typed. Slack ends such a span at the next
// backtick, so there is none in it.
func Code(s string) Markup {
	return Markup("`" + escape(strings.ReplaceAll(clean(s, 600), "`", "ˋ")) + "`")
}

// Block shows lines as they are, each letter as wide as the other.
func Block(lines string) Markup {
	return Markup("```" + escape(strings.ReplaceAll(lines, "`", "ˋ")) + "```")
}

// command is what the bot's own sentences say to type, as in “`/asc log` shows it”.
var command = regexp.MustCompile("`/[^`]*`")

// prose shows a sentence of the bot's own that may quote others: commands in it
// look like something to type, times are those of whoever reads it, and nothing else
// in it does anything.
func prose(s string) Markup {
	var out []Markup
	at := 0
	for _, span := range command.FindAllStringIndex(s, -1) {
		out = append(out, InZone(s[at:span[0]]), Code(s[span[0]+1:span[1]-1]))
		at = span[1]
	}
	return Join(append(out, InZone(s[at:])), "")
}

// writtenTime is how sentences that are kept say when something is: with a zone, since
// many will read them.
const writtenTime = "2 Jan 2006 15:04 UTC"

var writtenTimes = regexp.MustCompile(`\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2} UTC\b`)

// timesIn finds the times in a sentence: the words before each, and the time; then
// what is left.
func timesIn(s string, found func(before string, t time.Time)) (rest string) {
	at := 0
	for _, span := range writtenTimes.FindAllStringIndex(s, -1) {
		if t, err := time.Parse(writtenTime, s[span[0]:span[1]]); err == nil {
			found(s[at:span[0]], t)
			at = span[1]
		}
	}
	return s[at:]
}

// InZone makes a sentence inert, except for its times, which are shown in the time zone
// of whoever reads it.
func InZone(s string) Markup {
	var out []Markup
	rest := timesIn(s, func(before string, t time.Time) { out = append(out, still(before), When(t)) })
	return Join(append(out, still(rest)), "")
}

// retyped changes the commands that markup shows to type, as in “`/asc users`”.
func retyped[M ~string](m M, change func(words string) string) M {
	return M(command.ReplaceAllStringFunc(string(m), func(span string) string {
		words, ours := strings.CutPrefix(html.UnescapeString(strings.Trim(span, "`")), "/asc ")
		if !ours {
			return span
		}
		return string(Code("/asc " + change(words)))
	}))
}

// mention names a Slack account so that its owner is told.
func mention(id string) Markup { return Markup("<@" + escape(id) + ">") }

// Mention names a Slack account, in what nobody but its reader sees: elsewhere its owner
// would be told.
func Mention(id string) Markup { return mention(id) }

// channel names a Slack channel as a link to it.
func channel(id string) Markup { return Markup("<#" + escape(id) + ">") }

// ChannelCalled shows a channel that is kept by its id, or by "#" and its name.
func ChannelCalled(c string) Markup {
	if channelID.MatchString(c) {
		return channel(c)
	}
	return Inert(c)
}

// shownTime is how Slack shows a time to somebody.
const shownTime = "{date_short_pretty} {time}"

// When shows an instant in each reader's own time zone; the fallback says UTC.
func When(t time.Time) Markup {
	t = t.UTC()
	return Markup(fmt.Sprintf("<!date^%d^%s|%s>", t.Unix(), shownTime, t.Format(writtenTime)))
}

// clean makes a stranger's text safe to show: no control characters, no
// direction overrides or invisible letters, one line, at most n characters.
func clean(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t', r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	return shorten(strings.TrimSpace(s), n)
}

// cleanLines is clean for a text of several lines.
func cleanLines(s string, n int) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = clean(line, n)
	}
	return shorten(strings.Join(lines, "\n"), n)
}

// shorten cuts s to n characters and says so with an ellipsis.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	return string(runes[:n-1]) + "…"
}

var mrkdwn = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape keeps tokens from starting: no mention, no link, no channel. It is what
// Slack asks for; styles have no escape.
func escape(s string) string { return mrkdwn.Replace(s) }

// Slack has no escape for the signs of styles, so signs that look like them stand
// in their place. An underscore styles only at the edge of a word, and is left
// alone inside, as in an e-mail address.
var (
	styles    = strings.NewReplacer("*", "∗", "~", "∼", "`", "ˋ")
	underline = regexp.MustCompile(`(^|[^\pL\pN])_|_($|[^\pL\pN])`)
	emoji     = regexp.MustCompile(`(^|[^\pL\pN]):([\pL\pN_+'-]+):`)
)

// still makes text inert that is one line already.
func still(s string) Markup {
	s = styles.Replace(s)
	for underline.MatchString(s) { // edges may share a sign
		s = underline.ReplaceAllStringFunc(s, func(edge string) string { return strings.Replace(edge, "_", "＿", 1) })
	}
	for emoji.MatchString(s) { // codes may share a colon
		s = emoji.ReplaceAllString(s, "$1∶$2∶")
	}
	if strings.HasPrefix(strings.TrimSpace(s), ">") { // would be a quotation at the beginning of a line
		s = strings.Replace(s, ">", "›", 1)
	}
	return Markup(escape(s))
}

// amount is a currency and the beginning of how much of it.
var amount = regexp.MustCompile(`\b([A-Z]{3}) ([−+]?[0-9])`)

// unbroken keeps a line from ending between a currency and its amount, and after the sign
// of a change.
func (m Markup) unbroken() Markup {
	text := amount.ReplaceAllString(string(m), "$1\u00a0$2")
	return Markup(strings.NewReplacer("▲ ", "▲\u00a0", "▼ ", "▼\u00a0").Replace(text))
}
