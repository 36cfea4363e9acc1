package bot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// Whatever rows say, a page is one that Slack takes, no row is lost or shown twice,
// and the fallback text says the same.
func TestListingShowsEveryRowOnce(t *testing.T) {
	for _, c := range []struct {
		rows, length int
		button       bool
		pages        int
	}{
		{1, 20, false, 1}, {15, 200, false, 1}, {16, 20, false, 2}, {15, 20, true, 1}, {100, 20, true, 7},
		{9, 1000, false, 3}, {5, 5000, true, 3}, {15, 226, false, 2},
	} {
		var rows []Row
		for i := range c.rows {
			r := Row{Text: Markup(fmt.Sprintf("<%d>", i) + strings.Repeat("ä", c.length-3))}
			if c.button {
				r.Button = Begin("Show", fmt.Sprintf("user %d", i))
			}
			rows = append(rows, r)
		}
		m := Listing("All of them", rows, "none")
		var all, fallback string
		for page := 1; page <= c.pages; page++ {
			m := m.list.message(page, "users")
			if len(m.Blocks) > 50 || utf8.RuneCountInString(string(m.Text)) > 4000 {
				t.Errorf("%+v: %d blocks, %d characters", c, len(m.Blocks), utf8.RuneCountInString(string(m.Text)))
			}
			if page < c.pages != strings.Contains(buttonsOf(m), "turn/later") || page > 1 != strings.Contains(buttonsOf(m), "turn/earlier") {
				t.Errorf("%+v: page %d has the buttons %s", c, page, buttonsOf(m))
			}
			all += textOf(m)
			fallback += string(m.Text)
		}
		for i := range c.rows {
			row := fmt.Sprintf("<%d>", i)
			if strings.Count(all, row) != 1 || strings.Count(fallback, row) != 1 {
				t.Errorf("%+v: row %d stands there %d times, in the fallback %d times", c, i, strings.Count(all, row), strings.Count(fallback, row))
			}
			if c.button && !strings.Contains(all, fmt.Sprintf("begin/user %d ", i)) {
				t.Errorf("%+v: row %d has no button", c, i)
			}
		}
		if beyond := m.list.message(99, "users"); textOf(beyond) != textOf(m.list.message(c.pages, "users")) {
			t.Errorf("%+v: a page beyond the last is not the last", c)
		}
	}
}

func textOf(m Message) string {
	var out strings.Builder
	for _, b := range m.Blocks {
		if s, ok := b.(*slack.SectionBlock); ok {
			fmt.Fprintln(&out, s.Text.Text)
			if s.Accessory != nil {
				fmt.Fprintln(&out, s.Accessory.ButtonElement.ActionID, "")
			}
		}
	}
	return out.String()
}

func buttonsOf(m Message) string {
	var ids []string
	for _, b := range m.Blocks {
		if a, ok := b.(*slack.ActionBlock); ok {
			for _, e := range a.Elements.ElementSet {
				ids = append(ids, e.(*slack.ButtonBlockElement).ActionID)
			}
		}
	}
	return strings.Join(ids, " ")
}

// What is put into a button comes out of it as it was put in, whatever it is called.
func TestBeginKeepsNamesTogether(t *testing.T) {
	for _, name := range []string{"Halo", "Halo for Kids", "A, B", "in", "O’Neill’s “App”", "x—y", "  two  spaces ", "", "a\u00a0b"} {
		b := Begin("Remove", "tester remove kim@example.com from "+Quote(name))
		got := Words(b.Value)
		if want := []string{"tester", "remove", "kim@example.com", "from"}; !slices.Equal(got[:4], want) || len(got) != 5 || !Alike(got[4], name) {
			t.Errorf("%q came out as %q", name, got)
		}
	}
	if got := Words(Quote(`Say "Hi", Bo`)); len(got) != 1 || !Alike(got[0], `Say "Hi", Bo`) {
		t.Errorf("a name with quotes came out as %q", got)
	}
	said := Words(`tester add kim@example.com to "Close Friends", Others in Halo`)
	if got := Words(quoted(said)); !slices.Equal(got, said) {
		t.Errorf("a command was %q and became %q", said, got)
	}
	long := Begin("Add", "tester add "+strings.Repeat("kim@example.com ", 100))
	if len(long.ActionID) > 255 || len(Words(long.Value)) != 102 {
		t.Errorf("a long command became the action %q with %q", long.ActionID, long.Value)
	}
	if Begin("Add", strings.Repeat("x", 2001)) != nil {
		t.Error("words that do not fit were cut")
	}
}
