package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// flight prints what stands in TestFlight, as App Store Connect's own pages would
// show it: groups, builds, texts or testers of one app, or a group of its testers.
func (p *play) flight(what, app string) string {
	var out strings.Builder
	id := p.idOf("apps", app)
	of := func(r apple.Resource, rel string) bool { return slices.Contains(r.Relationships[rel], id) }
	yes := func(r apple.Resource, name string) string {
		if r.Attributes[name] == true {
			return " " + name
		}
		return ""
	}
	for _, r := range p.box.Apple.Resources(map[string]string{"groups": "betaGroups", "builds": "builds", "texts": "betaBuildLocalizations", "people": "betaTesters"}[what]) {
		switch {
		case what == "groups" && of(r, "app"):
			fmt.Fprintf(&out, "%s:%s%s%s%s", r.Attributes["name"], yes(r, "isInternalGroup"), yes(r, "hasAccessToAllBuilds"), yes(r, "feedbackEnabled"), yes(r, "publicLinkEnabled"))
			if r.Attributes["publicLinkLimitEnabled"] == true {
				fmt.Fprintf(&out, " limit %v", r.Attributes["publicLinkLimit"])
			}
			fmt.Fprintf(&out, ", %d testers, builds %s\n", len(r.Relationships["betaTesters"]), p.attributes("builds", r.Relationships["builds"], "version"))
		case what == "builds" && of(r, "app"):
			detail := p.resource("buildBetaDetails", r.Relationships["buildBetaDetail"])
			fmt.Fprintf(&out, "%s:%s, encryption %v, %v %v, groups %s\n", r.Attributes["version"], yes(r, "expired"), r.Attributes["usesNonExemptEncryption"],
				detail.Attributes["internalBuildState"], detail.Attributes["externalBuildState"], p.names("betaGroups", r.Relationships["betaGroups"]))
		case what == "texts":
			if b := p.resource("builds", r.Relationships["build"]); of(b, "app") {
				fmt.Fprintf(&out, "%s %s: %v\n", b.Attributes["version"], r.Attributes["locale"], r.Attributes["whatsNew"])
			}
		case what == "people" && of(r, "apps"):
			fmt.Fprintf(&out, "%v %v %v: %s\n", r.Attributes["email"], r.Attributes["inviteType"], r.Attributes["state"], p.names("betaGroups", r.Relationships["betaGroups"]))
		}
	}
	return out.String()
}

func (p *play) idOf(kind, name string) string {
	for _, r := range p.box.Apple.Resources(kind) {
		if r.Attributes["name"] == name {
			return r.ID
		}
	}
	return ""
}

func (p *play) resource(kind string, ids []string) apple.Resource {
	for _, r := range p.box.Apple.Resources(kind) {
		if slices.Contains(ids, r.ID) {
			return r
		}
	}
	return apple.Resource{}
}

func (p *play) attributes(kind string, ids []string, name string) string {
	var all []string
	for _, r := range p.box.Apple.Resources(kind) {
		if slices.Contains(ids, r.ID) {
			all = append(all, fmt.Sprint(r.Attributes[name]))
		}
	}
	return strings.Join(all, ", ")
}

// thousand is a list of people for the group Everybody of Halo: most are new, some are
// testers of the app through another group, and a few are in it already.
func thousand(w *town) (csv string) {
	must(w.t, w.box.Apple.Crowd("Halo", "Friends", 60))
	var list strings.Builder
	fmt.Fprintln(&list, "Email,First Name,Last Name")
	for i := range 1000 {
		switch {
		case i%25 == 7:
			fmt.Fprintf(&list, "tester%05d@friends.example,T,%d\n", i/25, i)
		default:
			fmt.Fprintf(&list, "person%04d@people.example,P,%d\n", i, i)
		}
	}
	return list.String()
}

// addThousand asks for them with a file and has somebody agree. It answers the request
// once it has ended.
func addThousand(w *town) store.Request {
	t := w.t
	id, err := w.box.Slack.Attach("ana", "people.csv", []byte(thousand(w)))
	must(t, err)
	w.box.Slack.Command("ana", "#ios", "/asc tester add")
	settle(rest)
	open := w.box.Slack.Snapshot("ana").Views
	if len(open) == 0 {
		t.Fatal("no form opens")
	}
	offered, err := w.box.Slack.Suggest("ana", open[0].ID, "groups", "answer", "everybody")
	must(t, err)
	if r := w.box.Slack.Submit("ana", open[0].ID, slack.Values{
		"file": {"answer": {Files: []string{id}}}, "groups": {"answer": {Selected: []string{offered.All()[0].Value}}},
	}); !r.OK() {
		t.Fatalf("the form was not taken: %+v", r)
	}
	settle(20 * time.Second)
	card := w.newest().Card
	if r := w.box.Slack.Press(slack.Press{User: "ben", Channel: card.Channel, TS: card.TS, ActionID: "approve"}); !r.OK() {
		t.Fatalf("the click was not taken: %+v", r)
	}
	for began := time.Now(); !w.newest().State.Final(); {
		if time.Since(began) > 8*time.Hour {
			t.Fatalf("after eight hours the request is %s: %s", w.newest().State, w.newest().Outcome)
		}
		settle(time.Minute)
	}
	settle(time.Minute)
	return w.newest()
}

// trueRows looks whether what every row ended with is what stands at App Store Connect.
func trueRows(w *town, r store.Request) {
	t := w.t
	in, records := map[string]bool{}, map[string]int{}
	everybody := w.groupID("Halo", "Everybody")
	for _, tester := range w.box.Apple.Resources("betaTesters") {
		if slices.Contains(tester.Relationships["apps"], w.appID("Halo")) {
			email := fmt.Sprint(tester.Attributes["email"])
			records[email]++
			in[email] = slices.Contains(tester.Relationships["betaGroups"], everybody)
		}
	}
	if len(r.Rows) != 1000 {
		t.Fatalf("%d rows", len(r.Rows))
	}
	count := map[store.State]int{}
	for _, row := range r.Rows {
		count[row.State]++
		said := row.State == store.Done || row.State == store.Already
		if said != in[row.Name] || !said && row.State != store.Failed {
			t.Errorf("%s is said to be %s (%s), and in the group: %t", row.Name, row.State, row.Note, in[row.Name])
		}
		if in[row.Name] && records[row.Name] != 1 {
			t.Errorf("%s has %d records", row.Name, records[row.Name])
		}
	}
	calls := map[string]int{}
	for _, c := range w.box.Apple.Calls(0) {
		path, _, _ := strings.Cut(c.Path, "?")
		if strings.Contains(path, "beta") {
			calls[c.Method]++
		}
	}
	t.Logf("%s %v; requests: %v", r.Outcome, count, calls)
	if count[store.Failed] > 0 {
		t.Errorf("%d rows failed that could have been sent again", count[store.Failed])
	}
	if _, err := w.check(); err != nil {
		t.Error(err)
	}
}

func (w *town) appID(name string) string { return (&play{town: w}).idOf("apps", name) }

func (w *town) groupID(app, name string) string {
	for _, g := range w.box.Apple.Resources("betaGroups") {
		if g.Attributes["name"] == name && slices.Contains(g.Relationships["app"], w.appID(app)) {
			return g.ID
		}
	}
	return ""
}

// aFewTroubles are what goes wrong with some of the calls: some three in a hundred
// changes are refused as too many, fail before or after their effect, or lose their
// answer or their request, and some reads fail.
func aFewTroubles(w *town) {
	for _, f := range []apple.Fault{
		{Kind: apple.Refuse, Method: "POST", Status: 429, Percent: 1},
		{Kind: apple.Refuse, Method: "POST", Status: 500, Percent: 1},
		{Kind: apple.RefuseAfter, Method: "POST", Status: 502, Percent: 1},
		{Kind: apple.LoseAnswer, Method: "POST", Percent: 1},
		{Kind: apple.CutBefore, Method: "POST", Percent: 1},
		{Kind: apple.Refuse, Method: "GET", Status: 503, Percent: 5},
	} {
		f.PathPrefix = "/v1/beta"
		w.box.Apple.Inject(f)
	}
}

// A thousand people are added while some of what is sent goes wrong: each row's final
// word is what stands at App Store Connect.
func TestAThousandTesters(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limit int // calls in an hour
		fates []fate
	}{
		"in one go": {3600, nil},
		"killed three times": {3600, []fate{
			at("after POST /v1/betaTesters", 200), at("answer to POST /v1/betaTesters", 300), at("before POST /v1/betaTesters", 3),
		}},
		"with a small budget": {700, nil},
	} {
		if testing.Short() && c.fates == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := found(t, t.TempDir(), townRules, noon, apple.Options{HourlyLimit: c.limit})
				l := w.start(append(c.fates, nil)[0])
				stop := w.keep(l, c.fates)
				defer stop()
				aFewTroubles(w)
				trueRows(w, addThousand(w))
				if len(w.lives) != len(c.fates)+1 {
					t.Errorf("the bot lived %d times", len(w.lives))
				}
			})
		})
	}
}

// removeThousand asks for a thousand testers to be taken out of a group, of whom some
// are not in it, and has somebody agree. It answers the request once it has ended.
func removeThousand(w *town) store.Request {
	t := w.t
	must(t, w.box.Apple.Crowd("Halo", "Friends", 980))
	var list strings.Builder
	for i := range 1000 { // the last twenty test nothing
		fmt.Fprintf(&list, "tester%05d@friends.example\n", i)
	}
	id, err := w.box.Slack.Attach("ana", "people.txt", []byte(list.String()))
	must(t, err)
	w.box.Slack.Command("ana", "#ios", "/asc tester remove")
	settle(rest)
	open := w.box.Slack.Snapshot("ana").Views
	if len(open) == 0 {
		t.Fatal("no form opens")
	}
	offered, err := w.box.Slack.Suggest("ana", open[0].ID, "groups", "answer", "friends in halo")
	must(t, err)
	if r := w.box.Slack.Submit("ana", open[0].ID, slack.Values{
		"file": {"answer": {Files: []string{id}}}, "from": {"answer": {Selected: []string{"group"}}}, "groups": {"answer": {Selected: []string{offered.All()[0].Value}}},
	}); !r.OK() {
		t.Fatalf("the form was not taken: %+v", r)
	}
	settle(20 * time.Second)
	card := w.newest().Card
	if r := w.box.Slack.Press(slack.Press{User: "ben", Channel: card.Channel, TS: card.TS, ActionID: "approve"}); !r.OK() {
		t.Fatalf("the click was not taken: %+v", r)
	}
	for began := time.Now(); !w.newest().State.Final(); {
		if time.Since(began) > 8*time.Hour {
			t.Fatalf("after eight hours the request is %s: %s", w.newest().State, w.newest().Outcome)
		}
		settle(time.Minute)
	}
	return w.newest()
}

// A thousand people are taken out of a group while some of what is sent goes wrong and
// the bot is killed: each row's final word is what stands at App Store Connect.
func TestAThousandTestersAreRemoved(t *testing.T) {
	if testing.Short() {
		t.Skip("they go through what adding them goes through")
	}
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		fates := []fate{at("after DELETE /v1/betaGroups/", 3), at("before DELETE /v1/betaGroups/", 2)}
		l := w.start(fates[0])
		stop := w.keep(l, fates)
		defer stop()
		for _, f := range []apple.Fault{
			{Kind: apple.Refuse, Method: "DELETE", Status: 429, Percent: 10},
			{Kind: apple.LoseAnswer, Method: "DELETE", Percent: 20},
			{Kind: apple.CutBefore, Method: "DELETE", Percent: 20},
			{Kind: apple.Refuse, Method: "GET", Status: 503, Percent: 5},
		} {
			f.PathPrefix = "/v1/beta"
			w.box.Apple.Inject(f)
		}
		r := removeThousand(w)
		in := map[string]bool{}
		for _, tester := range w.box.Apple.Resources("betaTesters") {
			in[fmt.Sprint(tester.Attributes["email"])] = slices.Contains(tester.Relationships["betaGroups"], w.groupID("Halo", "Friends"))
		}
		count := map[store.State]int{}
		for _, row := range r.Rows {
			count[row.State]++
			if out := row.State == store.Done || row.State == store.Already; out == in[row.Name] {
				t.Errorf("%s is said to be %s (%s), and in the group: %t", row.Name, row.State, row.Note, in[row.Name])
			}
		}
		if len(r.Rows) != 1000 || count[store.Done] != 980 || count[store.Already] != 20 {
			t.Errorf("%d rows: %v", len(r.Rows), count)
		}
		if len(w.lives) != len(fates)+1 {
			t.Errorf("the bot lived %d times", len(w.lives))
		}
		if _, err := w.check(); err != nil {
			t.Error(err)
		}
	})
}
