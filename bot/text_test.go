package bot

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestNormaliseUndoesWhatSlacksClientsDo(t *testing.T) {
	for _, row := range []struct{ typed, meant string }{
		{"invite <mailto:bo@example.com|bo@example.com> developer", "invite bo@example.com developer"},
		{"invite <mailto:bo@example.com> developer", "invite bo@example.com developer"},
		{"build “Halo for Kids” —notify", `build "Halo for Kids" --notify`},
		{"log\u00a020\u202f", "log 20"},
		{"app <http://halo.example|halo.example>", "app halo.example"},
		{"app <https://halo.example/a?b=1&amp;c=2>", "app https://halo.example/a?b=1&c=2"},
		{"say <@U012AB|ana> in <#C0SALES|sales> &amp; &lt;b&gt;", "say @U012AB in #C0SALES & <b>"},
		{"tabs\tand\nlines", "tabs and lines"},
		{"a\u200bb\ufeffc\x00d", "abcd"},
		{"3 < 4", "3 < 4"},
	} {
		got, err := normalise(row.typed)
		if err != nil || got != row.meant {
			t.Errorf("%q: got %q, %v; want %q", row.typed, got, err, row.meant)
		}
	}
}

func TestT45NormaliseRefusesWhatItCannotRead(t *testing.T) {
	for _, text := range []string{strings.Repeat("a", 50_000), "invite \xff\xfe", "invite \ufffd"} {
		if got, err := normalise(text); err == nil || got != "" {
			t.Errorf("%.20q was taken as %.20q", text, got)
		} else if _, ok := err.(Trouble); !ok {
			t.Errorf("%.20q: %v does not say what to do", text, err)
		}
	}
}

func TestWords(t *testing.T) {
	for _, row := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"tester  add kim@example.com", []string{"tester", "add", "kim@example.com"}},
		{`in "Halo for Kids", Pebble`, []string{"in", "Halo for Kids", ",", "Pebble"}},
		{`"open`, []string{"open"}},
	} {
		if diff := cmp.Diff(row.want, Words(row.text)); diff != "" {
			t.Errorf("%q: %s", row.text, diff)
		}
	}
	if diff := cmp.Diff([]string{"Halo for Kids", "Pebble"}, Lists([]string{"Halo", "for", "Kids", ",", "Pebble", ","})); diff != "" {
		t.Error(diff)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"invite", "tester add", "requests", "log", "help"}
	for typed, want := range map[string]string{"invit": "invite", "ivnite": "invite", "reqests": "requests", "lgo": "log", "HLEP": "help", "zzz": "", "tester ad": "tester add"} {
		if got, _ := nearest(typed, words); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}

func TestPlainTextSaysNothingOfMarkup(t *testing.T) {
	obj := Plain("<!channel> :tada:", 75)
	if obj.Type != "plain_text" || obj.Emoji == nil || *obj.Emoji || obj.Text != "<!channel> :tada:" {
		t.Errorf("got %+v", obj)
	}
	if got := Plain(strings.Repeat("ä", 80), 75).Text; len([]rune(got)) != 75 || !strings.HasSuffix(got, "…") {
		t.Errorf("a long label was not cut to Slack's limit: %q", got)
	}
}

func FuzzNormalise(f *testing.F) {
	f.Add("invite <mailto:bo@example.com|bo@example.com> “x”")
	f.Add("<<<|>>>|<@|>")
	f.Fuzz(func(t *testing.T, s string) {
		out, err := normalise(s)
		if err != nil {
			return
		}
		for _, r := range out {
			if unicode.IsControl(r) {
				t.Fatalf("a control character survives in %q", out)
			}
		}
		Words(out)
	})
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Ana’s App", "ana's app", true},
		{"Halo – Kids", "Halo -- Kids", true},
		{"Halo\u00a0for  Kids", "Halo for Kids", true},
		{"The “Best” App", "the best app", true},
		{"Halo", "Hal", false},
		{"Halo-Kids", "Halo Kids", false},
	} {
		if Alike(c.a, c.b) != c.want || Alike(c.b, c.a) != c.want {
			t.Errorf("%q and %q: want %t", c.a, c.b, c.want)
		}
	}
}
