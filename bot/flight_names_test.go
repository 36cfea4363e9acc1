package bot_test

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/store"
)

// inWords are the commands of TestFlight with names as people type them: a part of
// them that can mean one thing only, and a part that can mean several.
var inWords = []struct {
	verb         string
	clear, means string // what is typed, and what is said when it is understood
	unclear      string // what could mean several things
}{
	{"testers", "testers halo fri", "", ""},
	{"testers", "testers every in halo", "3 testers of Everybody in Halo", "testers crew in h"},
	{"groups", "groups for kids", "Parents* in Halo for Kids", "groups ha"},
	{"builds", "builds peb", "builds of Pebble", "builds ha"},
	{"build", "build kids 12", "Halo for Kids 1.0.0 (12)", "build ha"},
	{"build", "build halo 2.4 (118)", "Halo 2.4.0 (118)", "build halo 2.4"},
	{"build", "build tide latest", "Tide 3.1.1 (204)", ""},
	{"feedback", "feedback peb", "on Pebble", "feedback ha"},
	{"tester add", "tester add kim@example.com to every in halo", "to Everybody in Halo", "tester add kim@example.com to crew in ha"},
	{"tester add", "tester add kim@example.com to pre", "to Press in Pebble", "tester add kim@example.com to crew"},
	{"tester remove", "tester remove lee from frie in halo", "Remove tester lee@friends.example from Friends in Halo", "tester remove lee from crew"},
	{"tester remove", "tester remove lee moran in peb", "from the app Pebble", "tester remove lee in ha"},
	{"tester remove", "tester remove moran from everything", "Remove tester lee@friends.example from everything", ""},
	{"tester resend", "tester resend berg", "Send tester ida@friends.example the invitation to Halo again", "tester resend ida in ha"},
	{"tester prune", "tester prune pre in peb for 10 days", "from Press in Pebble", "tester prune ha for 10 days"},
	{"join", "join pebb", "test Pebble", "join ha"},
	{"group add", "group add Reviewers in kids", "Make the external group Reviewers in Halo for Kids", "group add Reviewers in ha"},
	{"group rename", "group rename press to Papers", "Rename the group Press in Pebble to Papers", "group rename crew to Papers"},
	{"group delete", "group delete halo every", "Delete the group Everybody in Halo", "group delete crew"},
	{"group feedback", "group feedback parents off", "for Parents in Halo for Kids", "group feedback crew off"},
	{"link", "link every off", "of Everybody in Halo off", "link friends on"},
	{"build give", "build give halo 118 to fri", "Give Halo 2.4.0 (118) to Friends", "build give halo 2.4 to fri"},
	{"build take", "build take halo 117 from every", "Take Halo 2.4.0 (117) from Everybody", "build take halo 2.4 from every"},
	{"build notes", "build notes halo 118 german neue Ansicht", "a form for Ana Reyes", ""},
	{"build compliance", "build compliance peb 58 no", "Answer for Pebble 1.10.0 (58)", "build compliance halo 2.4 no"},
	{"build review", "build review halo 118", "Submit Halo 2.4.0 (118) for beta review", "build review halo 2.4"},
	{"build notify", "build notify peb 57", "Notify the testers of Pebble 1.9.0 (57)", "build notify halo 2.4"},
	{"build expire", "build expire halo 117", "Expire Halo 2.4.0 (117)", "build expire halo 2.4"},
}

// anID is an id at Apple: nobody has to know one, and nobody is shown one.
var anID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|\b\d{10}\b`)

// Names are found by words; what could mean several things asks, and never guesses.
func TestNamesInTestFlight(t *testing.T) {
	for _, v := range commands.Table() {
		known := false
		for _, c := range inWords {
			known = known || c.verb == v.Words
		}
		if v.Part == "TestFlight" && !known {
			t.Errorf("%q has no row in this test", v.Words)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		p := &play{town: found(t, t.TempDir(), townRules, noon, apple.Options{})}
		p.live()
		settle(rest)
		say := func(line string) string {
			p.mark = p.journalEnd()
			if out, err := p.say([]string{"ana", "/asc " + line}); err != nil || out.refused {
				t.Fatalf("%q: %s %v", line, out.text, err)
			}
			said := p.seen(p.mark)
			if id := anID.FindString(said); id != "" {
				t.Errorf("%q shows the id %s:\n%s", line, id, said)
			}
			return said
		}
		open := func() int {
			all, err := p.current().st.Recent(1)
			must(t, err)
			if len(all) == 0 || all[0].State != store.Pending {
				return 0
			}
			return int(all[0].ID)
		}
		for _, c := range inWords {
			if c.unclear != "" {
				said := say(c.unclear)
				if !strings.Contains(said, "could be") && !strings.Contains(said, "Several apps") && !strings.Contains(said, "several") {
					t.Errorf("%q could mean several things, and this is said:\n%s", c.unclear, said)
				}
				if n := open(); n != 0 {
					t.Fatalf("%q was guessed: request #%d", c.unclear, n)
				}
			}
			if said := say(c.clear); c.means != "" && !strings.Contains(said, c.means) {
				t.Errorf("%q is to mean %q, and this is said:\n%s", c.clear, c.means, said)
			}
			if open() != 0 {
				if _, err := p.click([]string{"ana", "cancel"}); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
