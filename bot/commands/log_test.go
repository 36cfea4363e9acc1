package commands

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
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

// The buttons lead through the whole log and back, twenty lines at a time, and keep
// the filter.
func TestLogPages(t *testing.T) {
	skey, _, err := store.NewKey(rand.Reader, "ascbot.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := store.ReadKey(skey)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(filepath.Join(t.TempDir(), "data"), store.Options{Signer: signer})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for n := range 90 {
		kind := []string{"refused", "started"}[n%2]
		if _, err := st.Record(store.Leaf{At: at.Add(time.Duration(n) * time.Minute), Kind: kind, By: &store.Person{ID: "U0ANA", Name: "ana"}}); err != nil {
			t.Fatal(err)
		}
	}
	page := func(words string) (first, last string, buttons map[string]string) {
		t.Helper()
		var l Log
		if err := l.Parse(strings.Fields(strings.TrimPrefix(words, "log"))); err != nil {
			t.Fatal(err)
		}
		m, err := l.Answer(t.Context(), bot.Desk{Store: st, Now: func() time.Time { return at.Add(time.Hour) }})
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(m.Text), "\n")
		buttons = map[string]string{}
		for _, b := range m.Blocks {
			if row, ok := b.(*slack.ActionBlock); ok {
				for _, e := range row.Elements.ElementSet {
					button := e.(*slack.ButtonBlockElement)
					buttons[button.Text.Text] = button.Value
				}
			}
		}
		return lines[0][:4], lines[len(lines)-1][:4], buttons
	}
	const began = "log by U0ANA refused since 2026-11-24"
	words := began
	var went []string
	for range 9 {
		first, last, buttons := page(words)
		went = append(went, first+last)
		if words = buttons["Older"]; words == "" {
			words = buttons["Newer"]
			break
		}
	}
	if want := []string{"`50``88`", "`10``48`", "`0` `8` "}; !slices.Equal(went, want) {
		t.Errorf("down: %q, want %q", went, want)
	}
	went = nil
	for words != "" {
		first, last, buttons := page(words)
		went = append(went, first+last)
		words = buttons["Newer"]
	}
	if want := []string{"`10``48`", "`50``88`"}; !slices.Equal(went, want) {
		t.Errorf("up: %q, want %q", went, want)
	}
}

func TestLogWords(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 30, 0, 0, time.UTC)
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	for words, want := range map[string]store.LogFilter{
		"":                                  {},
		"#142":                              {Request: 142},
		"142":                               {Request: 142},
		"request #142":                      {Request: 142},
		"by @U012AB in Halo Two failed":     {Person: "U012AB", App: "Halo Two failed"},
		"failed in Halo Two by U012AB":      {Person: "U012AB", App: "Halo Two", Outcome: "failed"},
		"tester add denied":                 {Operation: "tester add", Outcome: "denied"},
		"INVITE Since yesterday":            {Operation: "invite", Since: day(23)},
		"since 2026-11-01 until 2026-11-03": {Since: day(1), Until: day(4)},
		"since 7d":                          {Since: now.Add(-7 * 24 * time.Hour)},
		"until 2026-11-02T09:30":            {Until: day(2).Add(9*time.Hour + 30*time.Minute)},
		"since 2h until today":              {Since: now.Add(-2 * time.Hour), Until: day(25)},
	} {
		var l Log
		if err := l.parse(strings.Fields(words), now); err != nil || l.filter != want {
			t.Errorf("%q: %+v, %v", words, l.filter, err)
		}
	}
	for _, words := range []string{"by", "by ana", "in", "since", "since never", "until 31-12-2026", "request x", "#0", "before x", "after", "tester", "dance", "#99999999999999999999", "since today until yesterday"} {
		var l Log
		if err := l.parse(strings.Fields(words), now); err == nil {
			t.Errorf("%q is understood: %+v", words, l.filter)
		}
	}
}
