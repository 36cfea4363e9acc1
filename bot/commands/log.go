package commands

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// Log shows the newest lines of the audit log.
type Log struct{ lines int }

const (
	usualLines = 10
	mostLines  = 40
)

// Parse takes how many lines to show.
func (l *Log) Parse(words []string) error {
	l.lines = usualLines
	if len(words) == 0 {
		return nil
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || n < 1 || n > mostLines || len(words) > 1 {
		return bot.Trouble{What: "I expected a number of lines from 1 to 40.", Next: "For example `/asc log 20`."}
	}
	l.lines = n
	return nil
}

// Answer shows the lines, the newest last, and the checkpoint that signs them.
func (l *Log) Answer(_ context.Context, d bot.Desk) (bot.Message, error) {
	var lines []bot.Markup
	err := d.Store.LeavesBack(func(leaf store.Leaf) bool {
		lines = append(lines, logLine(leaf))
		return len(lines) < l.lines
	})
	if err != nil {
		return bot.Message{}, err
	}
	if len(lines) == 0 {
		return bot.Say("The log is empty: nothing has been asked for yet."), nil
	}
	checkpoint, err := d.Store.Checkpoint()
	if err != nil {
		return bot.Message{}, err
	}
	return logMessage(lines, strings.TrimSpace(string(checkpoint))), nil
}

// A message shows about 12,000 characters and a section 3,000; what is longer is
// cut off by Slack, or by bot.Section, at the end where the newest lines are.
const (
	longestLog     = 10_000
	longestSection = 2_800
)

// logMessage shows lines, given the newest first, with the newest at the bottom.
// When not all fit, the oldest are left out, and it says so.
func logMessage(lines []bot.Markup, checkpoint string) bot.Message {
	var texts []bot.Markup // of sections, the newest first
	length, shown := 0, 0
	for _, line := range lines {
		n := utf8.RuneCountInString(string(line)) + 1
		if length += n; length > longestLog {
			break
		}
		if last := len(texts) - 1; last >= 0 && utf8.RuneCountInString(string(texts[last]))+n <= longestSection {
			texts[last] = line + "\n" + texts[last]
		} else {
			texts = append(texts, line)
		}
		shown++
	}
	slices.Reverse(texts)
	var blocks []slack.Block
	if shown < len(lines) {
		blocks = append(blocks, bot.Context(bot.Markf("Only the newest %d of %d lines fit into a message. `ascbot audit export` has them all.", shown, len(lines))))
	}
	for _, text := range texts {
		blocks = append(blocks, bot.Section(text))
	}
	return bot.Message{Text: bot.Join(texts, "\n"), Blocks: append(blocks,
		bot.Context("Signed checkpoint: keep it to prove later that nothing before it was changed."),
		bot.Section(bot.Block(checkpoint)))}
}

// logLine shows one leaf.
func logLine(leaf store.Leaf) bot.Markup {
	parts := []bot.Markup{bot.Markf("`%d` %s", leaf.N, leaf.At.UTC().Format("2 Jan 15:04:05 UTC"))}
	if leaf.By != nil && leaf.By.Name != "" {
		parts = append(parts, bot.Inert(leaf.By.Name))
	}
	parts = append(parts, bot.Inert(leaf.Kind))
	if leaf.Request != 0 {
		parts = append(parts, bot.Markf("#%d", leaf.Request))
	}
	if leaf.Operation != "" {
		parts = append(parts, bot.Inert(leaf.Operation))
	}
	if leaf.To != "" {
		parts = append(parts, bot.Markf("→ %s", string(leaf.To)))
	}
	if leaf.Note != "" {
		parts = append(parts, "— "+bot.Inert(leaf.Note))
	}
	return bot.Join(parts, " ")
}
