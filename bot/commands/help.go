package commands

import (
	"context"
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
	var words []string
	for _, v := range d.Verbs {
		words = append(words, v.Words)
	}
	return bot.Message{}, bot.Trouble{What: "There is no command “" + h.about + "”." + bot.Nearest(h.about, words), Next: "`/asc help` lists what there is."}
}

func all(d bot.Desk) bot.Message {
	var lines []bot.Markup
	for _, v := range d.Verbs {
		line := bot.Markf("• %s — %s", bot.Code(usage(v)), v.About)
		if !d.May(v).May {
			line += " _(not for you)_"
		}
		lines = append(lines, line)
	}
	body := bot.Join(lines, "\n")
	return bot.Message{
		Text: "What I can do:\n" + body,
		Blocks: []slack.Block{
			bot.Header("What I can do"),
			bot.Section(body),
			bot.Context("Every change is shown to somebody else before it happens. `/asc help invite` says more about one command."),
		},
	}
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
	if len(open) == 0 {
		return bot.Say("Nothing is waiting. The last decisions are in `/asc log`."), nil
	}
	const most = 15
	lines := []bot.Markup{bot.Markf("*%d open*", len(open))}
	for i, r := range open {
		if i == most {
			lines = append(lines, bot.Markf("… and %d more", len(open)-most))
			break
		}
		lines = append(lines, "• "+bot.RequestLine(r))
	}
	text := bot.Join(lines, "\n")
	return bot.Message{Text: text, Blocks: []slack.Block{bot.Section(text)}}, nil
}
