package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// TesterRemove takes people out of beta groups, off an app, or out of TestFlight as a
// whole. Those are three different things, and three different calls.
type TesterRemove struct {
	People []Person          `json:"people"`
	From   string            `json:"from"` // one of the three below
	Groups []Named           `json:"groups,omitempty"`
	App    Named             `json:"app"`             // blank for everything
	Notes  map[string]string `json:"notes,omitempty"` // what the file says of each, when there are more than the card names

	called []string // people who were named without their address, until they are found
	file   string   // in Slack, until it has been read
}

// What somebody can be taken out of.
const (
	fromGroup = "group"
	fromApp   = "app"
	fromAll   = "everything"
)

var removeFrom = []bot.Choice{
	{Text: "Groups", Value: fromGroup, About: "they keep the app if another group of theirs has it"},
	{Text: "An app", Value: fromApp, About: "out of all its groups and builds; their other apps stay"},
	{Text: "Everything", Value: fromAll, About: "out of every app of the team"},
}

// everything are the ways to say it.
var everything = []string{"everything", "everywhere", "all apps", "all", "testflight"}

// About tells the app; everything is about all of them.
func (t *TesterRemove) About() (apps []string, all bool) { return []string{t.App.ID}, t.App.ID == "" }

// Parse reads "<addresses or names> from <group>[, <group>] [in <app>]", "… in <app>",
// or "… from everything".
func (t *TesterRemove) Parse(words []string) error {
	words, app, inApp := cut(words, "in")
	words, from, _ := cut(words, "from")
	if inApp {
		if t.App.Name = strings.Join(app, " "); t.App.Name == "" {
			return bot.Trouble{What: "After “in” I expected an app.", Next: "For example `/asc tester remove kim@example.com in Halo`."}
		}
	}
	switch said := strings.ToLower(strings.Join(from, " ")); {
	case slices.Contains(everything, said) && !inApp:
		t.From = fromAll
	case len(from) > 1 && strings.EqualFold(from[0], "app") && !inApp:
		t.From, t.App.Name = fromApp, strings.Join(from[1:], " ")
	case len(from) > 0:
		t.From = fromGroup
		for _, name := range bot.Lists(from) {
			t.Groups = append(t.Groups, Named{Name: name})
		}
	case inApp:
		t.From = fromApp
	}
	t.People, t.called = readPeople(strings.Join(words, " "))
	if t.From == "" || len(t.People)+len(t.called) == 0 {
		return bot.ErrMore
	}
	return t.complete()
}

func (t *TesterRemove) complete() error {
	if n := len(t.People) + len(t.called); n > mostPeople {
		return tooMany(n)
	}
	return nil
}

// Form asks for the people, and for what they are taken out of.
func (t *TesterRemove) Form() bot.Form {
	from := bot.Field{Name: "from", Label: "From", Kind: bot.OneOf, Choices: removeFrom}
	if i := slices.IndexFunc(removeFrom, func(c bot.Choice) bool { return c.Value == t.From }); i >= 0 {
		from.Chosen = removeFrom[i : i+1]
	}
	app := bot.Field{Name: "app", Label: "App", Kind: bot.Pick, Source: appSource, Optional: true, Hint: "When it is an app."}
	if t.App.Name != "" && t.From != fromGroup {
		app.Chosen = []bot.Choice{{Text: t.App.Name, Value: t.App.ID}}
	}
	groups := pickGroups(t.Groups, t.App)
	groups.Optional, groups.Hint = true, "When it is groups: one or several of one app."
	return bot.Form{
		Title: "Remove testers", Submit: "Ask for it",
		Intro:  "Somebody else has to agree first, and sees who loses what.",
		Fields: append(testerFields(t.People, t.called), fileField(), from, groups, app),
	}
}

// testerFields ask for testers, to be found as one types or pasted by address or name.
func testerFields(people []Person, called []string) []bot.Field {
	lines := named(people, func(p Person) string { return p.line() })
	return []bot.Field{
		{Name: "testers", Label: "Testers", Kind: bot.PickMany, Source: testerSource, Optional: true},
		{
			Name: "people", Label: "Or e-mail addresses or names", Kind: bot.Paragraph, Text: strings.Join(append(lines, called...), "\n"), Optional: true,
			Hint: "One or many: with commas or lines between them.",
		},
	}
}

// readTesters takes the fields.
func readTesters(v bot.Values, wrong map[string]string) (people []Person, called []string) {
	for _, c := range v["testers"].Chosen {
		people = append(people, chosenTester(c))
	}
	typed, called := readPeople(v["people"].Text)
	people = together(people, typed)
	switch n := len(people) + len(called); {
	case n == 0:
		wrong["people"] = "Say who, by address or name."
	case n > mostPeople:
		wrong["people"] = tooMany(n).Error()
	}
	return people, called
}

// chosenTester is who was picked from the list of testers.
func chosenTester(c bot.Choice) Person {
	if id, link := strings.CutPrefix(c.Value, linkChoice); link {
		return Person{Link: id}
	}
	return Person{Email: c.Value}
}

// Read takes the submitted form.
func (t *TesterRemove) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	*t = TesterRemove{From: pickedOne(v, "from"), file: v["file"].File}
	if t.People, t.called = readTesters(v, wrong); t.file != "" && len(t.People)+len(t.called) == 0 {
		delete(wrong, "people")
	}
	switch t.From {
	case fromGroup:
		for _, c := range v["groups"].Chosen {
			t.Groups = append(t.Groups, Named{ID: c.Value, Name: c.Text})
		}
		if len(t.Groups) == 0 {
			wrong["groups"] = "Choose the groups."
		}
	case fromApp:
		t.App = pickedApp(v, wrong)
	case "":
		wrong["from"] = "Choose one: they are different things."
	}
	return wrong
}

// Attached is the file that came with the form.
func (t *TesterRemove) Attached() string { return t.file }

// Take reads the file, and puts it together with who was typed. Every line of it has to
// be somebody: whom it leaves out, nobody would miss.
func (t *TesterRemove) Take(name string, data []byte) error {
	people, odd, err := peopleIn(name, data)
	if err != nil {
		return err
	}
	if len(odd) > 0 {
		return bot.Trouble{What: "“" + shortened(odd[0]) + "” in “" + name + "” is not an e-mail address.", Next: "Mend the file and send it again; nobody was removed."}
	}
	t.People = together(people, t.People)
	return t.complete()
}

// Summary says who is taken out of what.
func (t *TesterRemove) Summary() string { return "Remove " + t.who() + " from " + t.place() }

func (t *TesterRemove) who() string {
	if len(t.People) == 1 {
		return "tester " + t.People[0].at()
	}
	return howMany(len(t.People), "tester")
}

// place is what they are taken out of, in the middle of a sentence.
func (t *TesterRemove) place() string {
	switch t.From {
	case fromAll:
		return "everything: every app of the team"
	case fromApp:
		return "the app " + t.App.Name
	}
	return names(t.Groups) + " in " + t.App.Name
}

// Beneficiaries are those who go: nobody decides about themselves.
func (t *TesterRemove) Beneficiaries() []string {
	return addressesOf(t.People)
}

// addressesOf are the addresses of those who have one.
func addressesOf(people []Person) (all []string) {
	for _, p := range people {
		if p.Email != "" {
			all = append(all, p.Email)
		}
	}
	return all
}

// Find looks up the groups or the app, and people who were named without an address.
func (t *TesterRemove) Find(ctx context.Context, api *asc.Client) error {
	of := asc.BetaTesterFilter{}
	switch t.From {
	case fromGroup:
		if err := t.findPlace(ctx, api); err != nil {
			return err
		}
		of.Group = idsOf(t.Groups)
	case fromApp:
		found, err := findApps(ctx, api, []Named{t.App})
		if err != nil {
			return err
		}
		t.App = found[0]
	}
	if t.From == fromApp {
		of.App, of.Group = []string{t.App.ID}, nil
	}
	if t.called == nil {
		return nil
	}
	found, err := calledTesters(ctx, api, of, t.called)
	t.People, t.called = together(t.People, found), nil
	return err
}

// findPlace looks up the groups. What is called just as an app, and as no group, means
// the app.
func (t *TesterRemove) findPlace(ctx context.Context, api *asc.Client) error {
	if len(t.Groups) != 1 || t.Groups[0].ID != "" || t.App.Name != "" {
		_, err := findGroups(ctx, api, t.Groups, &t.App)
		return err
	}
	said := t.Groups[0].Name
	app, is, err := first(api.Apps(ctx, asc.AppFilter{}), func(a asc.App) bool { return bot.Alike(a.Name, said) })
	if err != nil {
		return err
	}
	if is {
		_, group, err := first(api.BetaGroups(ctx, asc.BetaGroupFilter{}), func(g asc.BetaGroup) bool { return bot.Alike(g.Name, said) })
		if err != nil {
			return err
		}
		if !group {
			t.From, t.Groups, t.App = fromApp, nil, Named{app.ID, app.Name}
			return nil
		}
	}
	_, err = findGroups(ctx, api, t.Groups, &t.App)
	return err
}

// together adds people to others, each once.
func together(people, more []Person) []Person {
	for _, p := range more {
		if !slices.ContainsFunc(people, func(q Person) bool { return p.key() == q.key() }) {
			people = append(people, p)
		}
	}
	return people
}

// calledTesters finds people by their names, or by the beginning of their address, among
// the testers that a filter chooses.
func calledTesters(ctx context.Context, api *asc.Client, of asc.BetaTesterFilter, called []string) (found []Person, err error) {
	var known []Person
	for t, err := range api.BetaTesters(ctx, of) {
		if err != nil {
			return nil, err
		}
		known = together(known, []Person{testerPerson(t)})
	}
	for _, name := range called {
		switch fit := matching(name, known, personNames); len(fit) {
		case 1:
			found = append(found, fit[0])
		case 0:
			return nil, bot.Trouble{Absent: true, What: "There is no tester “" + shortened(name) + "” there." + bot.Nearest(name, named(known, Person.name)), Next: "Say the address; `/asc testers` lists who tests what."}
		default:
			return nil, ambiguous(name, named(fit, Person.line), "Say the address.")
		}
	}
	return found, nil
}

func (p Person) name() string { return strings.TrimSpace(p.First + " " + p.Last) }

// personNames are the names by which people call a tester.
func personNames(p Person) (called []string, whole string) {
	local, _, _ := strings.Cut(p.Email, "@")
	return []string{p.name(), p.at(), local}, strings.TrimSpace(p.name() + " " + or(local, p.at()))
}

// A row is a person, or a person and a group, the groups of a person one after the
// other.
func (t *TesterRemove) pair(row int) (p Person, g Named) {
	if t.From != fromGroup {
		return t.People[row], Named{}
	}
	return t.People[row/len(t.Groups)], t.Groups[row%len(t.Groups)]
}

func (t *TesterRemove) count() int { return len(t.People) * max(len(t.Groups), 1) }

// Rows names each person, and the group where there are several.
func (t *TesterRemove) Rows() (rows []string) {
	for i := range t.count() {
		rows = append(rows, t.rowName(t.pair(i)))
	}
	return rows
}

func (t *TesterRemove) rowName(p Person, g Named) string {
	if len(t.Groups) < 2 {
		return p.at()
	}
	return p.at() + " in " + g.Name
}

// AtOnce is how many rows are read, sent and noted together.
func (t *TesterRemove) AtOnce() int { return 100 }

// records reads what the people are testers of.
func (t *TesterRemove) records(ctx context.Context, api *asc.Client, people []Person) (map[string][]asc.BetaTester, error) {
	of := asc.BetaTesterFilter{IncludeGroups: true, IncludeApps: t.From == fromAll}
	if t.From != fromAll {
		of.App = []string{t.App.ID}
	}
	return records(ctx, api, of, people)
}

// still tells whether somebody is in what they are taken out of.
func (t *TesterRemove) still(known map[string][]asc.BetaTester, row int) (of asc.BetaTester, is bool) {
	p, g := t.pair(row)
	for _, r := range known[p.key()] {
		if t.From != fromGroup || slices.Contains(r.GroupIDs, g.ID) {
			return r, true
		}
	}
	return of, false
}

// Do removes everybody; the bot calls DoRows instead.
func (t *TesterRemove) Do(ctx context.Context, api *asc.Client) error {
	return errors.Join(t.DoRows(ctx, api, upTo(t.count()))...)
}

// DoRows removes some: many in one call from a group or an app, one by one from
// everything, since Apple has no call for many there.
func (t *TesterRemove) DoRows(ctx context.Context, api *asc.Client, rows []int) []error {
	errs := make([]error, len(rows))
	var people []Person
	for _, row := range rows {
		p, _ := t.pair(row)
		people = together(people, []Person{p})
	}
	known, err := t.records(ctx, api, people)
	if err != nil {
		return unsent(errs, err) // only a read has failed so far
	}
	places, ids := map[string][]int{}, make([]string, len(rows)) // places in rows, by what one call is about
	for i, row := range rows {
		if r, is := t.still(known, row); is {
			_, g := t.pair(row)
			places[g.ID], ids[i] = append(places[g.ID], i), r.ID
		}
	}
	s := sending{ctx: ctx, errs: errs}
	of := func(places []int) (some []string) {
		for _, i := range places {
			some = append(some, ids[i])
		}
		return some
	}
	switch t.From {
	case fromGroup:
		for _, g := range t.Groups {
			s.halves(places[g.ID], func(places []int) error { return api.RemoveTestersFromGroup(ctx, g.ID, of(places)...) })
		}
	case fromApp:
		s.halves(places[""], func(places []int) error { return api.RemoveTestersFromApp(ctx, t.App.ID, of(places)...) })
	case fromAll:
		for _, i := range places[""] {
			_ = s.call([]int{i}, func() error { return api.RemoveTesterFromEverything(ctx, ids[i]) })
		}
	}
	for i := range errs { // gone is what was wanted, and reading tells whether it is so
		if asc.NotFound(errs[i]) {
			errs[i] = nil
		}
	}
	return errs
}

// CheckRows reads who is still in it.
func (t *TesterRemove) CheckRows(ctx context.Context, api *asc.Client) ([]bot.Finding, error) {
	known, err := t.records(ctx, api, t.People)
	if err != nil {
		return nil, err
	}
	found := make([]bot.Finding, t.count())
	for i := range found {
		found[i].Standing = bot.NotDone
		if _, is := t.still(known, i); !is {
			found[i] = t.gone(i)
		}
	}
	return found, nil
}

// gone says of somebody that they are not in it any more, or were not before.
func (t *TesterRemove) gone(row int) bot.Finding {
	p, g := t.pair(row)
	was := ""
	switch t.From {
	case fromGroup:
		was = g.Name + " of " + t.App.Name
	case fromApp:
		was = t.App.Name + " and all its groups"
	case fromAll:
		was = "every app of the team"
	}
	f := bot.Finding{Standing: bot.Done, Outcome: "Out of " + was + ".", Before: "Was not in it."}
	if t.count() == 1 {
		f.Outcome = p.at() + " is out of " + was + "."
		f.Before = p.at() + " is not a tester in " + strings.TrimSuffix(was, " and all its groups") + "."
	}
	return f
}

// Check tells whether everybody is out.
func (t *TesterRemove) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	found, err := t.CheckRows(ctx, api)
	if err != nil {
		return bot.Finding{}, err
	}
	return allOf(found, fmt.Sprintf("Nobody of them is a tester in %s.", t.place())), nil
}
