package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// TesterPrune takes out who has never installed the app, of an app or of one of its
// groups. Apple does not tell since when somebody is invited; whom the bot's own
// requests have added or reminded within the days is left alone.
type TesterPrune struct {
	TesterRemove
	Days int `json:"days"`

	store *store.Store
	now   func() time.Time
}

// Within gives the data that says whom the bot has added, and when.
func (t *TesterPrune) Within(s *store.Store, now func() time.Time) { t.store, t.now = s, now }

// usualDays is what a form begins with.
const usualDays = 30

// Parse reads "<app>" or "<group> in <app>", and "[for] <n> days".
func (t *TesterPrune) Parse(words []string) error {
	words, t.Days = takeDays(words)
	before, app, in := cut(words, "in")
	if t.From, t.App.Name = fromApp, strings.Join(before, " "); in {
		t.From, t.App.Name = fromGroup, strings.Join(app, " ")
		t.Groups = []Named{{Name: strings.Join(before, " ")}}
	}
	if t.App.Name == "" || in && t.Groups[0].Name == "" || t.Days == 0 {
		return bot.ErrMore
	}
	return nil
}

// takeDays takes a number of days, such as “for 30 days” or “90d”, off the end of words.
func takeDays(words []string) (rest []string, days int) {
	for _, n := range []int{2, 1} {
		if len(words) < n {
			continue
		}
		at := len(words) - n
		d, ok := readSpan(strings.Join(words[at:], " "))
		if !ok || d < 24*time.Hour {
			continue
		}
		if at > 0 && slices.ContainsFunc([]string{"for", "since", "after"}, func(w string) bool { return strings.EqualFold(w, words[at-1]) }) {
			at--
		}
		return words[:at], int(d / (24 * time.Hour))
	}
	return words, 0
}

// Form asks for the app, perhaps for one of its groups, and for the days.
func (t *TesterPrune) Form() bot.Form {
	app := bot.Field{Name: "app", Label: "Of an app", Kind: bot.Pick, Source: appSource, Optional: true}
	if t.From == fromApp && t.App.Name != "" {
		app.Chosen = []bot.Choice{{Text: t.App.Name, Value: t.App.ID}}
	}
	group := bot.Field{Name: "group", Label: "Or of one group", Kind: bot.Pick, Source: groupSource, Optional: true}
	if t.From == fromGroup && len(t.Groups) == 1 {
		group.Chosen = []bot.Choice{{Text: t.Groups[0].Name + " in " + t.App.Name, Value: t.Groups[0].ID}}
	}
	days := t.Days
	if days == 0 {
		days = usualDays
	}
	return bot.Form{
		Title: "Prune testers", Submit: "Ask for it",
		Intro: "Takes out who has never installed the app. You and those who decide see everybody by name before anything happens.",
		Fields: []bot.Field{app, group, {
			Name: "days", Label: "Not installed for how many days", Kind: bot.Line, Text: strconv.Itoa(days),
			Hint: "App Store Connect does not tell since when somebody is invited; whom I added within these days stays.",
		}},
	}
}

// Read takes the submitted form.
func (t *TesterPrune) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	*t = TesterPrune{store: t.store, now: t.now}
	app, group := v["app"].Chosen, v["group"].Chosen
	switch {
	case len(app) == 1 && len(group) == 1:
		wrong["group"] = "Choose an app or a group, not both: they are different things."
	case len(group) == 1:
		t.From, t.Groups = fromGroup, []Named{{ID: group[0].Value, Name: group[0].Text}}
	case len(app) == 1:
		t.From, t.App = fromApp, Named{ID: app[0].Value, Name: app[0].Text}
	default:
		wrong["app"] = "Choose an app, or a group below."
	}
	var err error
	if t.Days, err = strconv.Atoi(strings.TrimSpace(v["days"].Text)); err != nil || t.Days < 1 || t.Days > 365 {
		wrong["days"] = "Say a number of days, from 1 to 365."
	}
	return wrong
}

// Summary says of what, and how many.
func (t *TesterPrune) Summary() string {
	return fmt.Sprintf("Prune %s who never installed the app from %s", howMany(len(t.People), "tester"), t.place())
}

// Find looks up the app or the group, and chooses who goes.
func (t *TesterPrune) Find(ctx context.Context, api *asc.Client) error {
	if err := t.TesterRemove.Find(ctx, api); err != nil {
		return err
	}
	called, err := groupsByID(ctx, api, t.App)
	if err != nil {
		return err
	}
	recent, err := t.recently()
	if err != nil {
		return err
	}
	filter := asc.BetaTesterFilter{App: []string{t.App.ID}, IncludeGroups: true}
	if t.From == fromGroup {
		filter.App, filter.Group = nil, idsOf(t.Groups)
	}
	t.People, t.Notes = nil, map[string]string{}
	for r, err := range api.BetaTesters(ctx, filter) {
		if err != nil {
			return err
		}
		p := testerPerson(r)
		if r.State == "INSTALLED" || recent[p.key()] || len(t.People) == mostPeople {
			continue
		}
		t.People = append(t.People, p)
		t.Notes[p.key()] = stateInShort(r.State) + ", in " + or(groupNamesOf(r, called), "no group")
	}
	if len(t.People) == 0 {
		return bot.Trouble{
			What: fmt.Sprintf("There is nobody to prune from %s: everybody has installed the app, or was added here within %s.", t.place(), count(t.Days, "day", "days")),
			Next: "`/asc testers " + t.App.Name + "` shows how everybody stands.",
		}
	}
	slices.SortStableFunc(t.People, func(a, b Person) int { return strings.Compare(a.at(), b.at()) })
	return nil
}

// recently are the addresses that requests of the bot have added, or sent mail to,
// within the days.
func (t *TesterPrune) recently() (map[string]bool, error) {
	since := t.now().Add(-time.Duration(t.Days) * 24 * time.Hour)
	all, err := t.store.Recent(historyLooked)
	if err != nil {
		return nil, err
	}
	recent := map[string]bool{}
	for _, r := range all {
		adds := slices.Contains([]string{"tester add", "tester resend", "join"}, r.Operation)
		if !adds || !slices.Contains([]store.State{store.Done, store.Partly}, r.State) || r.Ended.Before(since) {
			continue
		}
		for _, address := range r.Beneficiaries {
			recent[strings.ToLower(address)] = true
		}
	}
	return recent, nil
}

// stateInShort is a tester's state in a few words.
func stateInShort(state string) string {
	switch state {
	case "NOT_INVITED":
		return "not invited yet"
	case "INVITED":
		return "invited, not accepted"
	case "ACCEPTED":
		return "accepted, not installed"
	}
	return strings.ToLower(strings.ReplaceAll(state, "_", " "))
}

// Look shows everybody by name, with what is known of them.
func (t *TesterPrune) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	s, err := t.TesterRemove.Look(ctx, api)
	if err != nil {
		return s, err
	}
	s.Preview.Fields[0] = store.Field{Name: "Never installed", After: some(named(t.People, func(p Person) string {
		return p.line() + " (" + t.Notes[p.key()] + ")"
	}), mostOnCard)}
	s.Preview.Fields = append(s.Preview.Fields,
		store.Field{Name: "For how long", After: fmt.Sprintf("App Store Connect does not tell. None of them was added or reminded by a request here within %s.", count(t.Days, "day", "days"))})
	if len(t.People) == mostPeople {
		s.Preview.Fields = append(s.Preview.Fields, store.Field{Name: "And more", After: "one request takes " + grouped(mostPeople) + "; ask again for the rest"})
	}
	return s, nil
}

// DoRows takes out some, but nobody who has installed the app in the meantime.
func (t *TesterPrune) DoRows(ctx context.Context, api *asc.Client, rows []int) []error {
	errs := make([]error, len(rows))
	var people []Person
	for _, row := range rows {
		p, _ := t.pair(row)
		people = append(people, p)
	}
	known, err := t.records(ctx, api, people)
	if err != nil {
		return unsent(errs, err) // only a read has failed so far
	}
	var left, places []int
	for i, row := range rows {
		if r, is := t.still(known, row); is && r.State == "INSTALLED" {
			errs[i] = bot.Trouble{What: "Has installed the app in the meantime, and stays."}
			continue
		}
		left, places = append(left, row), append(places, i)
	}
	if len(left) == 0 {
		return errs
	}
	for n, err := range t.TesterRemove.DoRows(ctx, api, left) {
		errs[places[n]] = err
	}
	return errs
}
