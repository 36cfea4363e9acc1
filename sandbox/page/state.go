package page

import (
	"net/http"
	"slices"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// defaultPerson is whom one is at first: a product manager with no special
// rights.
const defaultPerson = "U0ANA"

// state is everything one person's client and the page's own controls show.
type state struct {
	slack.Snapshot
	Everybody []slack.Person `json:"everybody"` // whom one may act as
	Clock     clockState     `json:"clock"`
	Troubles  []Trouble      `json:"troubles"`
	Aimed     []Aimed        `json:"aimed"`
	Hints     []Hint         `json:"hints"`
}

type clockState struct {
	Now    time.Time `json:"now"`
	Offset float64   `json:"offset"` // seconds ahead of the real time
	Zone   string    `json:"zone"`
}

func (p *Page) clockState() clockState {
	return clockState{Now: p.Clock.Now(), Offset: p.Clock.Offset().Seconds(), Zone: Zone}
}

func (p *Page) state(w http.ResponseWriter, r *http.Request) {
	as := r.URL.Query().Get("as")
	if as == "" {
		as = defaultPerson
	}
	everybody := p.Slack.People()
	if !slices.ContainsFunc(everybody, func(one slack.Person) bool { return one.ID == as }) {
		answer(w, http.StatusNotFound, refusal{"Nobody here has the id " + as + "."})
		return
	}
	answer(w, http.StatusOK, state{
		Snapshot: p.Slack.Snapshot(as), Everybody: everybody,
		Clock: p.clockState(), Troubles: p.troubles.list(), Aimed: p.troubles.aimedNow(), Hints: p.Hints,
	})
}

// appleKinds are the resources shown, in the order they are shown.
var appleKinds = []string{"userInvitations", "users", "apps", "builds", "preReleaseVersions", "buildBetaDetails", "betaGroups", "betaTesters"}

// standing is one resource, and of which team it is where there are several.
type standing struct {
	apple.Resource
	Team string `json:"team,omitempty"`
}

// teamWord names a team where there are several.
func (p *Page) teamWord(team *apple.Server) string {
	if p.Orchard == nil {
		return ""
	}
	return team.Team()
}

// atApple lists what stands at App Store Connect now.
func (p *Page) atApple(w http.ResponseWriter, _ *http.Request) {
	all := map[string][]standing{}
	for _, kind := range appleKinds {
		all[kind] = []standing{}
		for _, team := range p.teams() {
			for _, r := range team.Resources(kind) {
				all[kind] = append(all[kind], standing{r, p.teamWord(team)})
			}
		}
	}
	answer(w, http.StatusOK, all)
}

// recordsShown bounds what the panel of the log shows at first.
const recordsShown = 500

func (p *Page) logLines(w http.ResponseWriter, _ *http.Request) {
	lines := p.recordsAfter(0)
	answer(w, http.StatusOK, lines[max(0, len(lines)-recordsShown):])
}

// recordsAfter is what the log holds beyond a number; never nil.
func (p *Page) recordsAfter(n int64) []Record {
	if p.Log == nil {
		return []Record{}
	}
	return append([]Record{}, p.Log(n)...)
}
