package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ascbot/ascbot/sandbox"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// transcript writes down what happened in a sandbox, as a reader wants it: who
// said what, what the bot answered, what Apple was asked, and the log.
type transcript struct {
	to     io.Writer
	box    *sandbox.Sandbox
	st     *store.Store
	seq    int               // newest entry of Slack's journal that was printed
	call   int               // the same for Apple's
	leaf   int64             // number of the next record of the log
	before map[string]string // what each message said last, by channel and timestamp
}

// event is one thing to print.
type event struct {
	at   time.Time
	who  string
	text string
}

// person writes down what somebody does, in the moment before it is done.
func (t *transcript) person(user, format string, args ...any) {
	t.print(event{who: t.name(user), text: fmt.Sprintf(format, args...)})
}

// heading begins a step.
func (t *transcript) heading(n int, title string) { fmt.Fprintf(t.to, "\n%d. %s\n\n", n, title) }

// catchUp prints everything that has happened since the last time, in the order
// of its clock.
func (t *transcript) catchUp() error {
	var all []event
	for _, e := range t.box.Slack.Journal(t.seq) {
		t.seq = e.Seq
		if said, ok := t.inSlack(e); ok {
			all = append(all, said)
		}
	}
	for _, c := range t.box.Apple.Calls(t.call) {
		t.call = c.N
		all = append(all, event{c.At, "Apple", c.String()})
	}
	err := t.st.Leaves(t.leaf, func(l store.Leaf) bool {
		t.leaf = l.N + 1
		all = append(all, event{l.At, "log", logLine(l)})
		return true
	})
	slices.SortStableFunc(all, func(a, b event) int { return a.at.Compare(b.at) })
	for _, e := range all {
		t.print(e)
	}
	return err
}

// inSlack is what a person would have seen of an entry of Slack's journal.
func (t *transcript) inSlack(e slack.Entry) (event, bool) {
	place := e.Channel + e.TS
	text := strings.TrimSpace(e.Text)
	said := event{at: e.At, who: "asc"}
	switch e.Kind {
	case slack.KindMessage:
		if e.User != slack.BotUser {
			return said, false
		}
		said.text = t.where(e.Channel) + "\n" + text
	case slack.KindEdit:
		added := linesAdded(t.before[place], text)
		if added == "" {
			return said, false
		}
		said.text = t.where(e.Channel) + ", redrawn\n" + added
	case slack.KindEphemeral:
		said.text = "to " + t.name(e.User) + " alone\n" + text
	case slack.KindView:
		said.text = "form for " + t.name(e.User) + "\n" + text
	case slack.KindError:
		return event{e.At, "Slack", e.Text + " " + e.Error}, true
	default:
		return said, false
	}
	t.before[place] = text
	return said, true
}

// linesAdded are the lines of a message that it did not have before.
func linesAdded(before, now string) string {
	had := strings.Split(before, "\n")
	lines := slices.DeleteFunc(strings.Split(now, "\n"), func(l string) bool { return slices.Contains(had, l) })
	return strings.Join(lines, "\n")
}

func (t *transcript) where(channel string) string {
	if strings.HasPrefix(channel, "D") {
		return "to " + t.name(channel) + " in a direct message"
	}
	return "in #" + t.name(channel)
}

func (t *transcript) name(id string) string { return t.box.Slack.Name(id) }

// column is where texts begin.
const column = 14

func (t *transcript) print(e event) {
	for i, line := range strings.Split(strings.TrimSpace(e.text), "\n") {
		who := ""
		if i == 0 {
			who = e.who
		}
		fmt.Fprintf(t.to, "%-*s %s\n", column, who, line)
	}
}

// logLine is one record of the log in plain words.
func logLine(l store.Leaf) string {
	parts := []string{fmt.Sprintf("%d", l.N), l.At.UTC().Format("2006-01-02 15:04:05"), l.Kind}
	by := ""
	if l.By != nil {
		by = "by " + l.By.Name
	}
	return strings.Join(append(parts, leafWords(l, by)...), " ")
}

// leafWords are what a record is about: the request, its operation and new state, by
// whom if that is to be said, and what was noted.
func leafWords(l store.Leaf, by string) (parts []string) {
	if l.Request != 0 {
		parts = append(parts, fmt.Sprintf("#%d", l.Request))
	}
	if l.Operation != "" {
		parts = append(parts, l.Operation)
	}
	if l.To != "" {
		parts = append(parts, "→ "+string(l.To))
	}
	if by != "" {
		parts = append(parts, by)
	}
	if l.Note != "" {
		parts = append(parts, "— "+l.Note)
	}
	return parts
}
