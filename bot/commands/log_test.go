package commands

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot"
)

// The newest lines are those that are wanted, so they are never the ones cut off.
func TestLogKeepsTheNewestLines(t *testing.T) {
	for _, c := range []struct{ lines, length, shown int }{
		{1, 40, 1}, {40, 60, 40}, {40, 200, 40}, {40, 900, 11}, {3, 2799, 3}, {40, 2800, 3},
	} {
		var lines []bot.Markup // the newest first
		for i := range c.lines {
			line := fmt.Sprintf("`%04d` ", c.lines-i)
			lines = append(lines, bot.Markup(line+strings.Repeat("ä", c.length-len(line))))
		}
		m := logMessage(lines, "checkpoint")
		var all strings.Builder
		for _, b := range m.Blocks {
			if s, ok := b.(*slack.SectionBlock); ok {
				if n := utf8.RuneCountInString(s.Text.Text); n > 3000 {
					t.Errorf("%+v: a section of %d characters", c, n)
				}
				all.WriteString(s.Text.Text + "\n")
			}
		}
		text := all.String()
		if n := strings.Count(text, "` ä"); n != c.shown || strings.Contains(text, "…") {
			t.Errorf("%+v: %d lines are shown", c, n)
		}
		if first, last := strings.Index(text, fmt.Sprintf("`%04d`", c.lines-c.shown+1)), strings.Index(text, fmt.Sprintf("`%04d`", c.lines)); first != 0 || last < first {
			t.Errorf("%+v: the oldest line is at %d and the newest at %d", c, first, last)
		}
		if len(m.Blocks) > 50 || utf8.RuneCountInString(text) > 12_000 {
			t.Errorf("%+v: %d blocks, %d characters", c, len(m.Blocks), utf8.RuneCountInString(text))
		}
		note, short := m.Blocks[0].(*slack.ContextBlock)
		if short != (c.shown < c.lines) {
			t.Errorf("%+v: it begins with %T", c, m.Blocks[0])
		}
		if short && !strings.Contains(note.ContextElements.Elements[0].(*slack.TextBlockObject).Text, fmt.Sprintf("newest %d of %d", c.shown, c.lines)) {
			t.Errorf("%+v: it says %v", c, note)
		}
	}
}
