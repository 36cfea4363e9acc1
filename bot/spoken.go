package bot

import (
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// longestText is how much a message says to notifications and screen readers at most;
// Slack takes 4,000 characters in an update.
const longestText = 3800

// spoken is what notifications and screen readers get: the text of a message, and
// whatever its blocks say beyond that. What differs in its style alone is not said twice.
func (m Message) spoken() string {
	out := string(m.Text)
	said := unstyled.Replace(out)
	for _, b := range m.Blocks {
		for _, line := range linesOf(b) {
			plain := unstyled.Replace(line)
			if line = strings.TrimSpace(line); line == "" || strings.Contains(said, strings.TrimSpace(plain)) {
				continue
			}
			said += "\n" + plain
			if utf8.RuneCountInString(out)+utf8.RuneCountInString(line) >= longestText-2 {
				return strings.TrimSpace(out + "\n…")
			}
			out += "\n" + line
		}
	}
	return strings.TrimPrefix(out, "\n")
}

// unstyled takes from a text what makes it bold, slanted, struck or code.
var unstyled = strings.NewReplacer("*", "", "_", "", "~", "", "`", "")

// linesOf is what a block says, in Slack's markup. Of a chart nothing, since whoever
// draws one says the same in words.
func linesOf(b slack.Block) (lines []string) {
	switch b := b.(type) {
	case *slack.HeaderBlock:
		return textLines(b.Text)
	case *slack.SectionBlock:
		lines = textLines(b.Text)
		for _, f := range b.Fields {
			lines = append(lines, textLines(f)...)
		}
	case *slack.ContextBlock:
		for _, e := range b.ContextElements.Elements {
			if t, ok := e.(*slack.TextBlockObject); ok {
				lines = append(lines, textLines(t)...)
			}
		}
	case *slack.RichTextBlock:
		for _, e := range b.Elements {
			lines = append(lines, richLines(e)...)
		}
	case *slack.TableBlock:
		for _, row := range b.Rows {
			var cells []string
			for _, c := range row {
				if t, ok := c.(*slack.TableRawTextCell); ok {
					cells = append(cells, string(still(clean(t.Text, 600))))
				}
			}
			lines = append(lines, strings.Join(cells, "  "))
		}
	}
	return lines
}

func textLines(t *slack.TextBlockObject) []string {
	if t == nil {
		return nil
	}
	if t.Type != slack.MarkdownType {
		return []string{string(InZone(t.Text))}
	}
	return strings.Split(t.Text, "\n")
}

// richLines is what a part of rich text says.
func richLines(e slack.RichTextElement) []string {
	var parts []slack.RichTextSectionElement
	switch e := e.(type) {
	case *slack.RichTextSection:
		parts = e.Elements
	case *slack.RichTextPreformatted:
		parts = e.Elements
	case *slack.RichTextQuote:
		parts = e.Elements
	}
	var lines []string
	line := ""
	for _, p := range parts {
		switch p := p.(type) {
		case *slack.RichTextSectionDateElement:
			line += string(When(p.Timestamp.Time()))
		case *slack.RichTextSectionTextElement:
			said := strings.Split(p.Text, "\n")
			line += string(InZone(said[0]))
			for _, next := range said[1:] {
				lines, line = append(lines, line), string(InZone(next))
			}
		}
	}
	return append(lines, line)
}
