package commands

import (
	"context"
	"iter"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot"
)

// Help draws the table of commands, or one row of it in full.
type Help struct{ about string }

// Parse takes the words of a command.
func (h *Help) Parse(words []string) error {
	h.about = strings.ToLower(strings.Join(words, " "))
	return nil
}

// Answer lists what there is, and says what the asker may not use.
func (h *Help) Answer(_ context.Context, d bot.Desk) (bot.Message, error) {
	if h.about == "" {
		return all(d), nil
	}
	for _, v := range d.Verbs {
		if v.Words == h.about {
			return one(d, v), nil
		}
	}
	for name, verbs := range partsOf(d.Verbs) {
		if h.about == strings.ToLower(name) || h.about == firstWord(name) {
			return bot.Listing(bot.Inert(name), inBrief(d, verbs), ""), nil
		}
	}
	var words []string
	for _, v := range d.Verbs {
		words = append(words, v.Words)
	}
	return bot.Message{}, bot.Trouble{What: "There is no command “" + h.about + "”." + bot.Nearest(h.about, words), Next: "`/asc help` lists what there is."}
}

// fewCommands are listed at once; more of them by their parts.
const fewCommands = 15

func all(d bot.Desk) bot.Message {
	const more = "Every change is shown to somebody else before it happens. `/asc help invite` says more about one command."
	var parts []bot.Row
	for name, verbs := range partsOf(d.Verbs) {
		if len(d.Verbs) <= fewCommands {
			parts = append(parts, bot.Row{Text: "*" + bot.Inert(name) + "*\n" + bot.Join(inBrief(d, verbs), "\n")})
			continue
		}
		var lines []bot.Markup
		for _, v := range verbs {
			lines = append(lines, bot.Markf("• %s — %s", bot.Code(v.Words), inShort(v.About)))
		}
		parts = append(parts, bot.Row{
			Text:   bot.Markf("*%s*\n%s", name, bot.Join(lines, "\n")),
			Button: bot.Begin("Show", "help "+strings.ToLower(name)),
		})
	}
	return bot.Listing("What I can do", parts, "I can do nothing here.").Below(more)
}

// inShort is as much of what a command does as fits on a line, up to a pause.
func inShort(about string) string {
	const line = 60
	for len(about) > line {
		pause := strings.LastIndexAny(about, ":,;")
		if pause < 0 {
			break
		}
		about = about[:pause]
	}
	return about
}

// inBrief has a line for each command.
func inBrief(d bot.Desk, verbs []bot.Verb) []bot.Markup {
	var lines []bot.Markup
	for _, v := range verbs {
		line := bot.Markf("• %s — %s", bot.Code(usage(v)), v.About)
		if !d.May(v).May {
			line += " _(not for you)_"
		}
		lines = append(lines, line)
	}
	return lines
}

// partsOf gives the commands part by part, in the order of the table.
func partsOf(verbs []bot.Verb) iter.Seq2[string, []bot.Verb] {
	return func(yield func(string, []bot.Verb) bool) {
		for i := 0; i < len(verbs); {
			n := i
			for n < len(verbs) && verbs[n].Part == verbs[i].Part {
				n++
			}
			if !yield(verbs[i].Part, verbs[i:n]) {
				return
			}
			i = n
		}
	}
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(strings.ToLower(s), " ")
	return word
}

func one(d bot.Desk, v bot.Verb) bot.Message {
	lines := []bot.Markup{bot.Code(usage(v)), bot.Markf("%s.", sentence(v.About))}
	if v.More != "" {
		lines = append(lines, v.More)
	}
	if len(v.Examples) > 0 {
		lines = append(lines, "For example:")
		for _, e := range v.Examples {
			lines = append(lines, "• "+bot.Code("/asc "+e))
		}
	}
	if demands, ok := d.Policy.Demands(v.Subject(d.Team)); ok && v.Change != nil {
		lines = append(lines, bot.Markf("%s.", demands.InWords()))
	}
	if may := d.May(v); !may.May {
		lines = append(lines, bot.Inert(may.Why))
	}
	text := bot.Join(lines, "\n")
	return bot.Message{Text: text, Blocks: []slack.Block{bot.Section(text)}}
}

func usage(v bot.Verb) string { return strings.TrimSpace("/asc " + v.Words + " " + v.Args) }

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// Requests lists what is open.
type Requests struct{}

// Parse takes no words.
func (q *Requests) Parse([]string) error { return nil }

// Answer shows every open request, oldest first.
func (q *Requests) Answer(_ context.Context, d bot.Desk) (bot.Message, error) {
	open, err := d.Store.Open()
	if err != nil {
		return bot.Message{}, err
	}
	var rows []bot.Markup
	for _, r := range open {
		if len(d.Teams) > 1 && d.Team.Name != "" && r.Team != d.Team.Name {
			continue // one team was named
		}
		rows = append(rows, "• "+bot.RequestLine(r))
	}
	return bot.Listing(bot.Markf("%d open", len(rows)), rows, "Nothing is waiting. The last decisions are in `/asc log`."), nil
}
