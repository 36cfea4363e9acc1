package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

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
	var lines []string
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
	slices.Reverse(lines)
	checkpoint, err := d.Store.Checkpoint()
	if err != nil {
		return bot.Message{}, err
	}
	text := strings.Join(lines, "\n")
	return bot.Message{Text: text, Blocks: []slack.Block{
		bot.Section(text),
		bot.Context("Signed checkpoint: keep it to prove later that nothing before it was changed."),
		bot.Section("```" + strings.TrimSpace(string(checkpoint)) + "```"),
	}}, nil
}

// logLine shows one leaf.
func logLine(leaf store.Leaf) string {
	parts := []string{fmt.Sprintf("`%d` %s", leaf.N, leaf.At.UTC().Format("2 Jan 15:04:05 UTC"))}
	if leaf.By != nil && leaf.By.Name != "" {
		parts = append(parts, bot.Inert(leaf.By.Name))
	}
	parts = append(parts, leaf.Kind)
	if leaf.Request != 0 {
		parts = append(parts, fmt.Sprintf("#%d", leaf.Request))
	}
	if leaf.Operation != "" {
		parts = append(parts, bot.Inert(leaf.Operation))
	}
	if leaf.To != "" {
		parts = append(parts, "→ "+string(leaf.To))
	}
	if leaf.Note != "" {
		parts = append(parts, "— "+bot.Inert(leaf.Note))
	}
	return strings.Join(parts, " ")
}
