package bot_test

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ascbot/ascbot/sandbox/apple"
)

// askedOf counts the requests that Apple has had since a call, by method and what they
// are about.
func (w *town) askedOf(since int) (n map[string]int, last int) {
	n, last = map[string]int{}, since
	for _, c := range w.box.Apple.Calls(since) {
		path, _, _ := strings.Cut(c.Path, "?")
		n[c.Method+" "+path[strings.LastIndex(path, "/")+1:]]++
		last = c.N
	}
	return n, last
}

// Ten thousand testers are read fully in as few requests as Apple's pages allow, and
// what is about one of them does not read the others.
func TestTenThousandTesters(t *testing.T) {
	if testing.Short() {
		t.Skip("requests are counted, which is the same however often")
	}
	synctest.Test(t, func(t *testing.T) {
		p := &play{town: found(t, t.TempDir(), townRules, noon, apple.Options{HourlyLimit: 100_000, MostExternal: 20_000})}
		p.live()
		must(t, p.box.Apple.Crowd("Halo", "Friends", 10_000-3))
		settle(rest)
		_, last := p.askedOf(0)
		for _, c := range []struct {
			line, says string
			asks       map[string]int
		}{
			{"testers Friends in Halo", "10,000 testers of Friends in Halo", map[string]int{"GET apps": 1, "GET betaGroups": 1, "GET betaTesters": 50, "GET betaTesterUsages": 50}},
			{"testers Friends in Halo never installed", "2 testers of Friends in Halo: never installed (of 10,000 altogether)", map[string]int{"GET apps": 1, "GET betaGroups": 1, "GET betaTesters": 50}},
			{"groups Halo", "Friends* in Halo — external: people outside the team, 10,000 testers", map[string]int{"GET apps": 1, "GET betaGroups": 1, "GET betaTesters": 1, "GET betaRecruitmentCriteria": 1}},
			{"build Halo 117", "Friends (external: people outside the team, 10,000 testers)", map[string]int{"GET apps": 1, "GET builds": 1, "GET " + p.buildID("117"): 1, "GET betaGroups": 1, "GET betaBuildLocalizations": 1, "GET betaBuildUsages": 1}},
			{"tester remove tester00042@friends.example from Friends in Halo", "Lose Halo (1)", map[string]int{"GET apps": 1, "GET betaGroups": 2, "GET betaTesters": 2}},
			{"tester resend ida@friends.example in Halo", "Get the mail again (1)", map[string]int{"GET apps": 1, "GET betaTesters": 2}},
			{"tester prune Friends in Halo for 30 days", "Prune 2 testers", map[string]int{"GET apps": 1, "GET betaGroups": 3, "GET betaTesters": 52}},
		} {
			p.mark = p.journalEnd()
			if _, err := p.say([]string{"ana", "/asc " + c.line}); err != nil {
				t.Fatal(err)
			}
			settle(rest)
			if said := p.seen(p.mark); !strings.Contains(said, c.says) {
				t.Errorf("%q says\n%.600s", c.line, said)
			}
			var n map[string]int
			if n, last = p.askedOf(last); !maps.Equal(n, c.asks) {
				t.Errorf("%q asks Apple %v, want %v", c.line, n, c.asks)
			}
		}
	})
}

func (w *town) buildID(number string) string {
	for _, b := range w.box.Apple.Resources("builds") {
		if b.Attributes["version"] == number {
			return b.ID
		}
	}
	return ""
}
