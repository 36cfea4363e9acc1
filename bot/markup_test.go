package bot

import (
	"errors"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
)

// nasty is what strangers write to be read as something else.
var nasty = []string{
	"<!channel> free money", "<@U0CY> says yes", "<https://evil.example|apple.com>", "&lt;!here&gt;", "&amp;lt;!here&amp;gt;",
	"admin\u202eevael\u202c", "two\nlines\r\n✅ approved by @boss", "zero\u200bwidth\u2060", "\x1b[31mred", strings.Repeat("long ", 2000),
	"*bold*", "_slanted_", "__twice__", "~gone~", "`/asc remove`", "```block```", "> quoted", " > quoted", ":moneybag:", ":a::b:", ":+1:",
	"<!date^1^{date}|now>", "<#C0SALES>", "<!subteam^S1>", "_*_~`", "anna_b_c@example.com",
}

// T33, T34: whatever a stranger writes, nothing of it is read as markup.
func TestT33InertTextCannotMentionLinkStyleOrHide(t *testing.T) {
	for _, s := range nasty {
		mustBeInert(t, Inert(s))
		mustBeInert(t, Markf("%s", s))
		mustBeInert(t, Markf("%v", errors.New(s)))
		mustBeInert(t, Markup(shownTimes.ReplaceAllString(string(prose(clean(s, 600))), "then")))
	}
}

func FuzzInert(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		mustBeInert(t, Inert(s))
		mustBeInert(t, prose(clean(s, 600)))
	})
}

// shownTimes are the only tokens in the bot's own sentences.
var shownTimes = regexp.MustCompile(`<!date\^-?\d+\^\{date_short_pretty\} \{time\}\|\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2} UTC>`)

// A time in a sentence is shown in the zone of whoever reads it, wherever it stands, and
// a stranger's words stay words.
func TestTimesInSentences(t *testing.T) {
	const said = "open until 30 Nov 2026 13:20 UTC, or <until> 1 Feb 2027 09:05 UTC."
	want := Markup("open until <!date^1796044800^{date_short_pretty} {time}|30 Nov 2026 13:20 UTC>, or &lt;until&gt; <!date^1801472700^{date_short_pretty} {time}|1 Feb 2027 09:05 UTC>.")
	if got := prose(said); got != want {
		t.Errorf("the sentence is %s", got)
	}
	if got := Inert(said); strings.Contains(string(got), "<!date") {
		t.Errorf("a stranger's words are %s", got)
	}
	if got := prose("30 Feb 2026 25:61 UTC"); got != "30 Feb 2026 25:61 UTC" {
		t.Errorf("no time is %s", got)
	}
}

// alive is what Slack's clients act upon in its markup.
var alive = map[string]*regexp.Regexp{
	"a token":     regexp.MustCompile(`[<>]`),
	"bold":        regexp.MustCompile(`\*`),
	"struck":      regexp.MustCompile(`~`),
	"slanted":     regexp.MustCompile(`(^|[^\pL\pN])_|_($|[^\pL\pN])`),
	"an emoji":    regexp.MustCompile(`(^|[^\pL\pN]):[\pL\pN_+'-]+:`),
	"a quotation": regexp.MustCompile(`^\s*(&gt;)`),
	"a new line":  regexp.MustCompile(`[\n\r\x{2028}\x{2029}]`),
}

// typeable are the only spans that may look like something else: commands of a
// sentence, as they are to be typed.
var typeable = regexp.MustCompile("`/[^`]*`")

func mustBeInert(t *testing.T, out Markup) {
	t.Helper()
	s := typeable.ReplaceAllString(string(out), "command")
	if strings.Contains(s, "`") {
		t.Fatalf("code survives in %.80q", out)
	}
	for what, sign := range alive {
		if sign.MatchString(s) {
			t.Fatalf("%s survives in %.80q", what, out)
		}
	}
	if len([]rune(s)) > 600*5 {
		t.Fatalf("%d characters are shown", len([]rune(s)))
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			t.Fatalf("an invisible %U survives in %.60q", r, out)
		}
	}
}

func TestMarkfKeepsItsOwnMarkup(t *testing.T) {
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	got := Markf("*#%d* %s by %s %s, %s", 7, "<!here> & *co*", mention("U0ANA"), When(at), Code("/asc log `x`"))
	want := Markup("*#7* &lt;!here&gt; &amp; ∗co∗ by <@U0ANA> <!date^1795510800^{date_short_pretty} {time}|24 Nov 2026 09:00 UTC>, `/asc log ˋxˋ`")
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Inside a word an underscore styles nothing, and addresses have to stay what
// they are.
func TestInertLeavesAddressesAndTimesAlone(t *testing.T) {
	for _, s := range []string{"anna_b.c+tag@example.com", "10:30:15", "2.1 (45)", "https://example.com/a_b"} {
		if got := Inert(s); string(got) != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestProseShowsCommandsAsTyped(t *testing.T) {
	got := prose("*All* is `/asc log` for <b>, not `rm`.")
	if want := Markup("∗All∗ is `/asc log` for &lt;b&gt;, not ˋrmˋ."); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A conversion would let a stranger's words in as markup. Only markup.go makes
// Markup of strings.
func TestT33NothingElseConvertsToMarkup(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.go", "commands/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no files: %v", err)
		}
		files = append(files, found...)
	}
	for _, name := range files {
		if name == "markup.go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := gotoken.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isMarkup(call.Fun) {
				t.Errorf("%s: a string becomes Markup; use Inert or Markf", fset.Position(call.Pos()))
			}
			return true
		})
	}
}

func isMarkup(fun ast.Expr) bool {
	switch f := fun.(type) {
	case *ast.ParenExpr:
		return isMarkup(f.X)
	case *ast.Ident:
		return f.Name == "Markup"
	case *ast.SelectorExpr:
		return f.Sel.Name == "Markup"
	}
	return false
}
