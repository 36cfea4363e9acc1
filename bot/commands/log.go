package commands

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// Log shows lines of the audit log, a page at a time, newest at the bottom.
type Log struct {
	filter store.LogFilter
	mine   bool // by whoever asks
	at     store.Edge
	words  []string // the filter as it was said, without the page
	typed  []string
	now    time.Time
}

// logPage is how many lines a page has.
const logPage = 20

// Parse takes the filters in any order, and where a page begins.
func (l *Log) Parse(words []string) error { return l.parse(words, time.Now()) }

func (l *Log) parse(words []string, now time.Time) error {
	*l = Log{at: store.Newest, typed: words, now: now}
	for len(words) > 0 {
		n, err := l.take(words)
		if err != nil {
			return err
		}
		if n > len(words) {
			return logTrouble("“" + words[0] + "” needs another word")
		}
		if first := strings.ToLower(words[0]); first != "before" && first != "after" {
			l.words = append(l.words, words[:n]...)
		}
		words = words[n:]
	}
	if !l.filter.Until.IsZero() && !l.filter.Since.Before(l.filter.Until) {
		return bot.Trouble{What: "Nothing is both since the one and until the other.", Next: "Put the earlier day after `since`."}
	}
	return nil
}

// take understands the first filter and answers how many words it has.
func (l *Log) take(words []string) (n int, err error) {
	first, rest := strings.ToLower(words[0]), words[1:]
	switch first {
	case "by":
		return l.person(rest)
	case "in", "app":
		n := untilFilter(rest)
		if l.filter.App = strings.Join(rest[:n], " "); n == 0 {
			return 0, logTrouble("`in` needs the name of an app")
		}
		return 1 + n, nil
	case "since", "until":
		return 2, l.moment(first, rest)
	case "request":
		if len(rest) == 0 {
			return 0, logTrouble("`request` needs its number")
		}
		return 2, l.request(rest[0])
	case "before", "after":
		return 2, l.page(first, rest)
	}
	if number.MatchString(first) {
		return 1, l.request(first)
	}
	return l.word(words)
}

var number = regexp.MustCompile(`^#?[0-9]+$`)

// untilFilter counts words up to the next one that begins a filter.
func untilFilter(words []string) int {
	n := slices.IndexFunc(words, func(w string) bool {
		return slices.Contains([]string{"by", "in", "app", "since", "until", "request", "before", "after"}, strings.ToLower(w))
	})
	if n < 0 {
		return len(words)
	}
	return n
}

var memberID = regexp.MustCompile(`^@?([UW][A-Z0-9]{2,})$`)

func (l *Log) person(rest []string) (int, error) {
	if len(rest) == 0 {
		return 0, logTrouble("`by` needs a person")
	}
	if strings.EqualFold(rest[0], "me") {
		l.mine = true
		return 2, nil
	}
	who := memberID.FindStringSubmatch(rest[0])
	if who == nil {
		return 0, logTrouble("“" + rest[0] + "” is nobody I know; type @ and choose the person")
	}
	l.filter.Person = who[1]
	return 2, nil
}

func (l *Log) request(word string) (err error) {
	if l.filter.Request, err = strconv.ParseUint(strings.TrimPrefix(word, "#"), 10, 63); err != nil || l.filter.Request == 0 {
		return logTrouble("“" + word + "” is no number of a request")
	}
	return nil
}

func (l *Log) page(which string, rest []string) error {
	n, err := strconv.ParseUint(strings.Join(rest[:min(1, len(rest))], ""), 10, 63)
	if err != nil {
		return logTrouble("`" + which + "` needs the number of a record")
	}
	if l.at = (store.Edge{Before: int64(n), After: -1}); which == "after" {
		l.at = store.Edge{Before: -1, After: int64(n)}
	}
	return nil
}

var ago = regexp.MustCompile(`^([0-9]{1,4})([hdw])$`)

// moment reads a day, a day and a time, or how long ago. Until includes a day that
// is named.
func (l *Log) moment(which string, rest []string) error {
	if len(rest) == 0 {
		return logTrouble("`" + which + "` needs a day")
	}
	word, today := strings.ToLower(rest[0]), l.now.UTC().Truncate(24*time.Hour)
	at, whole := time.Time{}, true
	if m := ago.FindStringSubmatch(word); m != nil {
		n, _ := strconv.Atoi(m[1])
		hours := map[string]int{"h": 1, "d": 24, "w": 7 * 24}[m[2]]
		at, whole = l.now.UTC().Add(-time.Duration(n*hours)*time.Hour), false
	} else if word == "today" {
		at = today
	} else if word == "yesterday" {
		at = today.AddDate(0, 0, -1)
	} else if day, err := time.Parse(time.DateOnly, word); err == nil {
		at = day
	} else if minute, err := time.Parse("2006-01-02t15:04", word); err == nil {
		at, whole = minute, false
	} else {
		return logTrouble("“" + rest[0] + "” is no day I can read; write 2026-11-24, 2026-11-24T15:00, yesterday or 7d")
	}
	if which == "since" {
		l.filter.Since = at
		return nil
	}
	if whole {
		at = at.AddDate(0, 0, 1)
	}
	l.filter.Until = at
	return nil
}

// outcomes are the words for what became of something, or what kind of line it is.
var outcomes = []string{
	"pending", "approved", "running", "done", "already", "partly", "failed", "unsure", "denied", "expired", "cancelled", "stale",
	"asked", "voted", "moved", "renewed", "granted", "refused", "policy", "started", "stopped", "ran", "read", "erased",
}

// word takes an outcome or the words of a command.
func (l *Log) word(words []string) (int, error) {
	if first := strings.ToLower(words[0]); slices.Contains(outcomes, first) {
		l.filter.Outcome = first
		return 1, nil
	}
	known := slices.Clone(outcomes)
	for n := min(3, len(words)); n > 0; n-- {
		said := strings.ToLower(strings.Join(words[:n], " "))
		for _, v := range Table() {
			if v.Words == said {
				l.filter.Operation = said
				return n, nil
			}
			known = append(known, v.Words)
		}
	}
	return 0, bot.Trouble{
		What: "I do not know what “" + words[0] + "” is to find in the log." + bot.Nearest(words[0], known),
		Next: "`/asc help log` shows how to look for something.",
	}
}

func logTrouble(what string) error {
	return bot.Trouble{What: what + ".", Next: "`/asc help log` has examples."}
}

// Answer shows a page. The first one without a filter has the checkpoint that signs
// the log.
func (l *Log) Answer(_ context.Context, d bot.Desk) (bot.Message, error) {
	if err := l.parse(l.typed, d.Now()); err != nil { // now that the time is known
		return bot.Message{}, err
	}
	if l.mine {
		l.filter.Person = d.Who.ID
	}
	if len(d.Teams) > 1 && d.Team.Name != "" { // one was named
		l.filter.Team, l.words = d.Team.Name, append(l.words, "on", d.Team.Name)
	}
	page, err := d.Store.Browse(l.filter, l.at, logPage)
	if err != nil {
		return bot.Message{}, err
	}
	if len(page.Lines) == 0 && l.at == store.Newest && len(l.words) == 0 {
		return bot.Say("The log is empty: nothing has been asked for yet."), nil
	}
	var lines []bot.Markup
	for _, leaf := range page.Lines {
		lines = append(lines, logLine(leaf))
	}
	checkpoint, err := d.Store.Checkpoint()
	if err != nil {
		return bot.Message{}, err
	}
	if len(l.words) > 0 || l.at != store.Newest {
		checkpoint = nil
	}
	m := logMessage(lines, strings.TrimSpace(string(checkpoint)))
	if len(lines) == 0 {
		m = bot.Say("No line of the log fits%s.", l.said())
		m.Blocks = []slack.Block{bot.Section(m.Text)}
	} else if len(l.words) > 0 {
		m.Blocks = append([]slack.Block{bot.Context(bot.Markf("The log%s", l.said()))}, m.Blocks...)
	}
	if page.Looked >= 0 {
		m.Blocks = append(m.Blocks, bot.Context(bot.Markf("Looked as far as record %d. The search goes on with the button.", page.Looked)))
	}
	if pager := l.pager(page); pager != nil {
		m.Blocks = append(m.Blocks, pager)
	}
	return m, nil
}

// said repeats the filter.
func (l *Log) said() bot.Markup {
	if len(l.words) == 0 {
		return ""
	}
	var said []bot.Markup
	for i, w := range l.words {
		if who := memberID.FindStringSubmatch(w); who != nil && i > 0 && strings.EqualFold(l.words[i-1], "by") {
			said = append(said, bot.Mention(who[1]))
			continue
		}
		said = append(said, bot.Inert(w))
	}
	return ": " + bot.Join(said, " ")
}

// pager is the row of buttons to the pages beside this one. A button stands for the
// command that one would type.
func (l *Log) pager(page store.LogPage) slack.Block {
	var buttons []slack.BlockElement
	add := func(label, edge string, n int64) {
		if n >= 0 {
			words := []string{"log"}
			for _, w := range l.words {
				if strings.ContainsAny(w, " ,") && w != "," {
					w = bot.Quote(w)
				}
				words = append(words, w)
			}
			if button := bot.Begin(label, strings.Join(append(words, edge, fmt.Sprint(n)), " ")); button != nil {
				buttons = append(buttons, button)
			}
		}
	}
	add("Older", "before", page.Older)
	add("Newer", "after", page.Newer)
	if len(buttons) == 0 {
		return nil
	}
	return slack.NewActionBlock("", buttons...)
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
	if checkpoint == "" {
		return bot.Message{Text: bot.Join(texts, "\n"), Blocks: blocks}
	}
	return bot.Message{Text: bot.Join(texts, "\n"), Blocks: append(blocks,
		bot.Context("Signed checkpoint: keep it to prove later that nothing before it was changed."),
		bot.Section(bot.Block(checkpoint)))}
}
