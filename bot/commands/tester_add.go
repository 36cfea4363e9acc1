package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// TesterAdd puts people into beta groups of one app: a row for each person and group.
type TesterAdd struct {
	People []Person          `json:"people"`
	Groups []Named           `json:"groups"`
	App    Named             `json:"app"`              // the groups' app
	Unread []string          `json:"unread,omitempty"` // what stood among the addresses and is none
	Unable map[string]string `json:"unable,omitempty"` // rows that App Store Connect would refuse, and why
	Known  map[string]string `json:"known,omitempty"`  // rows that are not new, when a file has to say so

	file    string // in Slack, until it has been read
	entered string // what was typed into the form
}

// About tells the groups' app.
func (t *TesterAdd) About() (apps []string, all bool) { return []string{t.App.ID}, t.App.ID == "" }

// Parse reads "<addresses> to <group>[, <group>] [in <app>]".
func (t *TesterAdd) Parse(words []string) error {
	words, app, limited := cut(words, "in")
	words, groups, _ := cut(words, "to")
	if limited {
		if t.App.Name = strings.Join(app, " "); t.App.Name == "" {
			return bot.Trouble{What: "After “in” I expected an app.", Next: "For example `/asc tester add kim@example.com to Friends in Halo`."}
		}
	}
	for _, name := range bot.Lists(groups) {
		t.Groups = append(t.Groups, Named{Name: name})
	}
	if len(words) == 0 {
		return bot.ErrMore
	}
	t.People, t.Unread = readPeople(strings.Join(words, " "))
	if err := t.complete(); err != nil {
		return err
	}
	if len(t.Unread) > 0 {
		if len(t.People) == 0 {
			_, err := address(words[0])
			return err
		}
		return bot.Trouble{What: "“" + t.Unread[0] + "” is not an e-mail address.", Next: "Write addresses like kim@example.com, then “to” and a group."}
	}
	if len(t.Groups) == 0 {
		return bot.ErrMore
	}
	return nil
}

// complete checks what no network is needed for.
func (t *TesterAdd) complete() error {
	if n := len(t.People) + len(t.Unread); n > mostPeople {
		return tooMany(n)
	}
	return nil
}

// Form asks for the people and the groups.
func (t *TesterAdd) Form() bot.Form {
	var lines []string
	for _, p := range t.People {
		lines = append(lines, p.line())
	}
	return bot.Form{
		Title: "Add testers", Submit: "Ask for it",
		Intro: "Somebody else has to agree before they are added.",
		Fields: []bot.Field{
			{Name: "people", Label: "E-mail addresses", Kind: bot.Paragraph, Optional: true, Text: strings.Join(lines, "\n"),
				Hint: "One or many: with blanks, commas or lines between them, as Name <address>, or a pasted table."},
			{Name: "file", Label: "Or a file", Kind: bot.Upload, Optional: true, Types: []string{"csv", "txt", "tsv"},
				Hint: "CSV, with a line at the top that says Email, First Name, Last Name. At most 1,000 people."},
			t.groupsField(),
		},
	}
}

func (t *TesterAdd) groupsField() bot.Field {
	f := bot.Field{Name: "groups", Label: "Groups", Kind: bot.PickMany, Source: groupSource, Hint: "One or several of one app."}
	for _, g := range t.Groups {
		f.Chosen = append(f.Chosen, bot.Choice{Text: strings.TrimSpace(g.Name + " in " + t.App.Name), Value: g.ID})
	}
	return f
}

func (p Person) line() string {
	if name := strings.TrimSpace(p.First + " " + p.Last); name != "" {
		return name + " <" + p.Email + ">"
	}
	return p.Email
}

// Read takes the submitted form. A file in it is read later.
func (t *TesterAdd) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	*t = TesterAdd{file: v["file"].File, entered: v["people"].Text}
	t.People, t.Unread = readPeople(t.entered)
	switch {
	case len(t.People)+len(t.Unread) > mostPeople:
		wrong["people"] = tooMany(len(t.People) + len(t.Unread)).Error()
	case len(t.Unread) > 0 && len(t.People)+len(t.Unread) <= 20:
		wrong["people"] = "“" + shortened(t.Unread[0]) + "” is not an e-mail address."
	case len(t.People)+len(t.Unread) == 0 && t.file == "":
		wrong["people"] = "Write at least one address here, or add a file below."
	}
	for _, c := range v["groups"].Chosen {
		t.Groups = append(t.Groups, Named{ID: c.Value, Name: c.Text})
	}
	if len(t.Groups) == 0 {
		wrong["groups"] = "Choose a group."
	}
	return wrong
}

func shortened(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

// Attached is the file that came with the form.
func (t *TesterAdd) Attached() string { return t.file }

// Take reads the file, and puts it together with what was typed.
func (t *TesterAdd) Take(name string, data []byte) error {
	text, err := fileText(data)
	if err != nil {
		return err
	}
	typed, odd := t.People, t.Unread
	t.People, t.Unread = readPeople(text)
	if len(t.People) == 0 {
		return bot.Trouble{What: "There is no e-mail address in “" + name + "”.", Next: "Send a CSV file with a column called Email."}
	}
	for _, p := range typed {
		if !slices.ContainsFunc(t.People, func(q Person) bool { return strings.EqualFold(p.Email, q.Email) }) {
			t.People = append(t.People, p)
		}
	}
	t.Unread = append(t.Unread, odd...)
	return t.complete()
}

// Summary names the people, the groups and their app.
func (t *TesterAdd) Summary() string {
	who := "tester " + firstEmail(t.People)
	if len(t.People) != 1 {
		who = howMany(len(t.People), "tester")
	}
	return "Add " + who + " to " + names(t.Groups) + " in " + t.App.Name
}

func firstEmail(people []Person) string {
	if len(people) == 0 {
		return ""
	}
	return people[0].Email
}

// Beneficiaries are the testers.
func (t *TesterAdd) Beneficiaries() []string {
	return named(t.People, func(p Person) string { return p.Email })
}

// Find looks up the groups.
func (t *TesterAdd) Find(ctx context.Context, api *asc.Client) error {
	_, err := findGroups(ctx, api, t.Groups, &t.App)
	return err
}

// findGroups looks up several groups of one app, and notes what they and the app are
// called now.
func findGroups(ctx context.Context, api *asc.Client, wanted []Named, app *Named) ([]asc.BetaGroup, error) {
	filter := asc.BetaGroupFilter{IncludeApp: true, Count: true}
	if app.Name != "" || app.ID != "" {
		apps, err := findApps(ctx, api, []Named{*app})
		if err != nil {
			return nil, err
		}
		*app, filter.App = apps[0], []string{apps[0].ID}
	}
	all, err := everyone(api.BetaGroups(ctx, filter))
	if err != nil {
		return nil, err
	}
	var found []asc.BetaGroup
	for i, w := range wanted {
		at := slices.IndexFunc(all, func(g asc.BetaGroup) bool { return w.ID != "" && g.ID == w.ID })
		switch {
		case at >= 0:
			found = append(found, all[at])
		case w.ID != "":
			return nil, bot.Trouble{What: "The group " + w.Name + " is gone, or is of another app.", Next: "Look what there is with `/asc groups`."}
		default:
			one, err := pickGroup(all, w.Name, app.Name)
			if err != nil {
				return nil, err
			}
			found = append(found, one)
		}
		g := found[i]
		if app.ID == "" {
			*app = Named{g.AppID, appOf(g)}
		}
		if g.AppID != app.ID {
			return nil, bot.Trouble{What: g.Name + " is a group of " + appOf(g) + ", and " + found[0].Name + " one of " + app.Name + ".", Next: "Ask for each app by itself."}
		}
		wanted[i] = Named{g.ID, g.Name}
	}
	return found, nil
}

// A row is a person and a group, the groups of a person one after the other; at the
// end stands what is no address.
func (t *TesterAdd) pair(row int) (p Person, g Named, ok bool) {
	if row >= len(t.People)*len(t.Groups) {
		return p, g, false
	}
	return t.People[row/len(t.Groups)], t.Groups[row%len(t.Groups)], true
}

// Rows names each person, and the group where there are several.
func (t *TesterAdd) Rows() []string {
	var rows []string
	for i := range len(t.People) * len(t.Groups) {
		p, g, _ := t.pair(i)
		rows = append(rows, t.rowName(p, g))
	}
	return append(rows, t.Unread...)
}

func (t *TesterAdd) rowName(p Person, g Named) string {
	if len(t.Groups) == 1 {
		return p.Email
	}
	return p.Email + " in " + g.Name
}

// AtOnce is how many rows are read, sent and noted together.
func (t *TesterAdd) AtOnce() int { return 50 }

// members reads what testers of the app some people are, by their addresses. Apple
// takes many addresses in one question; their number is bounded by the length of its
// line.
func members(ctx context.Context, api *asc.Client, app string, people []Person) (map[string]asc.BetaTester, error) {
	found := map[string]asc.BetaTester{}
	for _, some := range questions(people) {
		for t, err := range api.BetaTesters(ctx, asc.BetaTesterFilter{App: []string{app}, Email: some, IncludeGroups: true}) {
			if err != nil {
				return nil, err
			}
			found[strings.ToLower(t.Email)] = t
		}
	}
	return found, nil
}

// longestQuestion bounds the addresses of one question, in bytes. Apple says nothing
// about the length of a line; much longer ones are refused in many places.
const longestQuestion = 4000

// questions cuts addresses into as few questions as there can be.
func questions(people []Person) (all [][]string) {
	length := longestQuestion
	for _, p := range people {
		if length += len(p.Email) + 5; length > longestQuestion {
			all, length = append(all, nil), len(p.Email)+5
		}
		all[len(all)-1] = append(all[len(all)-1], p.Email)
	}
	return all
}

// Look tells who is new, who is there, and who cannot be added and why.
func (t *TesterAdd) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	groups, err := findGroups(ctx, api, t.Groups, &t.App)
	if err != nil {
		return bot.Sight{}, err
	}
	known, err := members(ctx, api, t.App.ID, t.People)
	if err != nil {
		return bot.Sight{}, err
	}
	if err := t.judge(ctx, api, groups); err != nil {
		return bot.Sight{}, err
	}
	s := t.sort(groups, known)
	if len(s.fresh)+len(s.others) == 0 {
		return bot.Sight{}, t.nobody(s)
	}
	room, err := t.room(ctx, api, groups, len(s.fresh))
	if err != nil {
		return bot.Sight{}, err
	}
	shown := map[string]any{"app": t.App, "groups": named(groups, func(g asc.BetaGroup) string { return fmt.Sprint(g.ID, " ", g.Name, " ", g.IsInternalGroup) }), "unable": t.Unable}
	preview := store.Preview{
		Fields: t.fields(groups, s), Touches: "one person", Allows: "They may install the builds of this group",
		Undo: "Can be undone by removing the tester from the group at App Store Connect.",
	}
	if len(t.Groups) > 1 {
		preview.Allows = "They may install the builds of these groups"
	}
	if len(t.People) > 1 {
		preview.Touches = howManyPeople(len(s.touched))
		preview.Undo = "Can be undone by removing the testers from the groups at App Store Connect."
	}
	preview.Fields = append(preview.Fields, noBuildYet(groups)...)
	if room != "" {
		preview.Fields = append(preview.Fields, store.Field{Name: "Room", After: room})
	}
	return bot.Sight{Shown: shown, Preview: preview}, nil
}

func howManyPeople(n int) string {
	if n == 1 {
		return "one person"
	}
	return grouped(n) + " people"
}

// judge finds out who cannot be added: an internal group is for members of the team
// who see the app.
func (t *TesterAdd) judge(ctx context.Context, api *asc.Client, groups []asc.BetaGroup) error {
	t.Unable = nil
	if !slices.ContainsFunc(groups, func(g asc.BetaGroup) bool { return g.IsInternalGroup }) {
		return nil
	}
	team, err := teamMembers(ctx, api, t.People)
	if err != nil {
		return err
	}
	for i := range len(t.People) * len(groups) {
		p, g, _ := t.pair(i)
		if !groups[i%len(groups)].IsInternalGroup {
			continue
		}
		why := ""
		switch u, on := team[strings.ToLower(p.Email)]; {
		case !on:
			why = g.Name + " is an internal group, and they are not a member of the team"
		case !u.AllAppsVisible && !slices.Contains(u.AppIDs, t.App.ID):
			why = g.Name + " is an internal group, and they do not see " + t.App.Name + " in App Store Connect"
		default:
			continue
		}
		if t.Unable == nil {
			t.Unable = map[string]string{}
		}
		t.Unable[t.rowName(p, g)] = why
	}
	return nil
}

// teamMembers reads which of some people are on the team.
func teamMembers(ctx context.Context, api *asc.Client, people []Person) (map[string]asc.User, error) {
	team := map[string]asc.User{}
	for _, some := range questions(people) {
		for u, err := range api.Users(ctx, asc.UserFilter{Username: some, IncludeApps: true}) {
			if err != nil {
				return nil, err
			}
			team[strings.ToLower(u.Username)] = u
		}
	}
	return team, nil
}

// sorted is what a look found about each row.
type sorted struct {
	fresh, others, there []string        // new to the app; testers of the app; in the groups already
	unable               []string        // with why
	touched              map[string]bool // addresses of those who are added somewhere
}

// What a row is that is not new.
const (
	isThere  = "in the group already"
	isTester = "a tester of the app already"
)

func (t *TesterAdd) sort(groups []asc.BetaGroup, known map[string]asc.BetaTester) (s sorted) {
	t.Known, s.touched = map[string]string{}, map[string]bool{}
	for i := range len(t.People) * len(groups) {
		p, g, _ := t.pair(i)
		name := t.rowName(p, g)
		tester, is := known[strings.ToLower(p.Email)]
		switch why, unable := t.Unable[name]; {
		case is && slices.Contains(tester.GroupIDs, g.ID):
			s.there, t.Known[name] = append(s.there, name), isThere
			continue
		case unable:
			s.unable = append(s.unable, name+" ("+why+")")
			continue
		case is:
			s.others, t.Known[name] = append(s.others, name), isTester
		default:
			s.fresh = append(s.fresh, name)
		}
		s.touched[p.Email] = true
	}
	for _, u := range t.Unread {
		s.unable = append(s.unable, shortened(u)+" (not an e-mail address)")
	}
	if !t.long() {
		t.Known = nil
	}
	return s
}

// long reports whether there are more rows than the card names.
func (t *TesterAdd) long() bool { return len(t.People)*len(t.Groups)+len(t.Unread) > mostOnCard }

// nobody says why there is nobody to add.
func (t *TesterAdd) nobody(s sorted) error {
	if len(t.People) == 1 && len(t.Groups) == 1 && len(t.Unable) == 1 {
		return bot.Trouble{
			What: t.People[0].Email + " cannot be added: " + t.Unable[t.rowName(t.People[0], t.Groups[0])] + ".",
			Next: "Choose an external group, or have them invited to the team with `/asc invite`, or shown the app with `/asc roles`.",
		}
	}
	return bot.Trouble{
		What: fmt.Sprintf("There is nobody to add: %d in it already, %d not possible.", len(s.there), len(s.unable)),
		Next: "Not possible: " + some(s.unable, 5) + ".",
	}
}

// fields are the lines of the card.
func (t *TesterAdd) fields(groups []asc.BetaGroup, s sorted) []store.Field {
	if len(t.People) == 1 && len(groups) == 1 {
		return []store.Field{
			{Name: "Tester", After: t.People[0].line()},
			{Name: "Group", Before: "not in it", After: t.Groups[0].Name + " (" + groupKind(groups[0]) + ")"},
			{Name: "App", After: t.App.Name},
		}
	}
	var fields []store.Field
	for _, g := range groups {
		fields = append(fields, store.Field{Name: "Group", After: g.Name + " (" + groupKind(g) + ", " + size(g) + ")"})
	}
	fields = append(fields, store.Field{Name: "App", After: t.App.Name})
	for _, f := range []struct {
		name string
		rows []string
	}{{"New", s.fresh}, {"Testers of the app already", s.others}, {"In the group already", s.there}, {"Not possible", s.unable}} {
		if len(f.rows) > 0 {
			fields = append(fields, store.Field{Name: fmt.Sprintf("%s (%s)", f.name, grouped(len(f.rows))), After: some(f.rows, mostOnCard)})
		}
	}
	if t.long() {
		fields = append(fields, store.Field{Name: "All of them", After: "in the file in this card's thread"})
	}
	return fields
}

// mostOnCard is how many rows a card names of each kind; more are in a file.
const mostOnCard = 20

// some names the first few of a list.
func some(rows []string, most int) string {
	if len(rows) > most {
		return strings.Join(rows[:most], ", ") + fmt.Sprintf(", and %s more", grouped(len(rows)-most))
	}
	return strings.Join(rows, ", ")
}

// noBuildYet says of groups without a build that nobody gets mail.
func noBuildYet(groups []asc.BetaGroup) (fields []store.Field) {
	for _, g := range groups {
		if len(g.BuildIDs) == 0 && !g.HasAccessToAllBuilds {
			fields = append(fields, store.Field{Name: "Mail", After: "none goes out yet: " + g.Name + " has no build that could be installed"})
		}
	}
	return fields
}

// room says when the app has not enough places left. Apple's limits are 100 testers
// from the team and 10,000 others.
func (t *TesterAdd) room(ctx context.Context, api *asc.Client, groups []asc.BetaGroup, fresh int) (string, error) {
	if fresh == 0 {
		return "", nil
	}
	n, known, err := api.CountBetaTesters(ctx, asc.BetaTesterFilter{App: []string{t.App.ID}})
	if err != nil || !known {
		return "", err
	}
	inside := slices.ContainsFunc(groups, func(g asc.BetaGroup) bool {
		return g.IsInternalGroup && g.Testers != nil && *g.Testers+fresh > mostInside
	})
	switch {
	case inside:
		return fmt.Sprintf("an app takes %d testers from the team; some of these will be refused", mostInside), nil
	case n+fresh > mostOutside:
		return fmt.Sprintf("%s has %s testers, and an app takes %s from outside the team; some of these may be refused", t.App.Name, grouped(n), grouped(mostOutside)), nil
	}
	return "", nil
}

const (
	mostInside  = 100
	mostOutside = 10_000
)

// Table is every row, when there are more than the card names.
func (t *TesterAdd) Table() [][]bot.Cell {
	if !t.long() {
		return nil
	}
	table := [][]bot.Cell{texts("email", "first name", "last name", "group", "now")}
	for i := range len(t.People) * len(t.Groups) {
		p, g, _ := t.pair(i)
		name, now := t.rowName(p, g), "new"
		if known := t.Known[name]; known != "" {
			now = known
		} else if why := t.Unable[name]; why != "" {
			now = "not possible: " + why
		}
		table = append(table, texts(p.Email, p.First, p.Last, g.Name, now))
	}
	for _, u := range t.Unread {
		table = append(table, texts(u, "", "", "", "not an e-mail address"))
	}
	return table
}

// Do adds everybody; the bot calls DoRows instead.
func (t *TesterAdd) Do(ctx context.Context, api *asc.Client) error {
	return errors.Join(t.DoRows(ctx, api, upTo(len(t.Rows())))...)
}

func upTo(n int) (rows []int) {
	for i := range n {
		rows = append(rows, i)
	}
	return rows
}

// DoRows adds some: those the app knows by their records, many in one call for each
// group, and those who are new one by one, since Apple has no call for many. Records
// are kept per app, so one of another app would be refused.
func (t *TesterAdd) DoRows(ctx context.Context, api *asc.Client, rows []int) []error {
	errs := make([]error, len(rows))
	var people []Person
	for i, row := range rows {
		p, g, ok := t.pair(row)
		switch why, unable := t.Unable[t.rowName(p, g)]; {
		case !ok:
			errs[i] = bot.Trouble{What: "This is not an e-mail address."}
		case unable:
			errs[i] = bot.Trouble{What: "Not possible: " + why + "."}
		default:
			people = append(people, p)
		}
	}
	known, err := members(ctx, api, t.App.ID, people)
	if err != nil {
		return unsent(errs, err) // only a read has failed so far
	}
	old, fresh := map[string][]int{}, map[string][]int{} // places in rows: by group, by address
	var order []string
	for i, row := range rows {
		if errs[i] != nil {
			continue
		}
		p, g, _ := t.pair(row)
		address := strings.ToLower(p.Email)
		switch tester, is := known[address]; {
		case is && !slices.Contains(tester.GroupIDs, g.ID):
			old[g.ID] = append(old[g.ID], i)
		case !is:
			if fresh[address] == nil {
				order = append(order, address)
			}
			fresh[address] = append(fresh[address], i)
		}
	}
	s := sending{ctx: ctx, errs: errs}
	for _, g := range t.Groups {
		t.addKnown(&s, api, g, rows, old[g.ID], known)
	}
	for _, address := range order {
		t.addNew(&s, api, rows, fresh[address])
	}
	return errs
}

// unsent says of all rows that have no answer yet that nothing was sent for them.
func unsent(errs []error, cause error) []error {
	for i := range errs {
		if errs[i] == nil {
			errs[i] = &asc.NotSentError{Cause: cause}
		}
	}
	return errs
}

// sending notes what came of calls, and stops when the next would fail the same way.
type sending struct {
	ctx    context.Context
	errs   []error
	stop   error // why nothing more is sent
	silent int   // calls in a row without a clear answer
}

// mostSilent is how many calls in a row may stay without a clear answer. Then
// something is broken, and what else is to be sent waits.
const mostSilent = 3

// call makes one call for some rows, unless nothing is to be sent any more.
func (s *sending) call(rows []int, do func() error) error {
	err := s.stop
	if err == nil {
		err = do()
		_, unsure := errors.AsType[*asc.UnsureError](err)
		if unsure {
			s.silent++
		} else {
			s.silent = 0
		}
		switch {
		case s.ctx.Err() != nil:
			s.stop = &asc.NotSentError{Cause: s.ctx.Err()}
		case asc.Unauthorized(err), asc.Forbidden(err), asc.AgreementMissing(err), asc.RateLimited(err):
			s.stop = &asc.NotSentError{Cause: err}
		case s.silent >= mostSilent:
			s.stop = &asc.NotSentError{Cause: err}
		}
	}
	for _, i := range rows {
		s.errs[i] = explained(err)
	}
	return err
}

// halves makes a call for many rows at once. Apple does all of it or nothing, so when
// it refuses, each half is tried by itself, down to the row that is refused.
func (s *sending) halves(rows []int, do func(rows []int) error) {
	if len(rows) == 0 {
		return
	}
	err := s.call(rows, func() error { return do(rows) })
	if e, refused := errors.AsType[*asc.Error](err); refused && len(rows) > 1 && (e.Status == 404 || e.Status == 409 || e.Status == 422) {
		s.halves(rows[:len(rows)/2], do)
		s.halves(rows[len(rows)/2:], do)
	}
}

func (t *TesterAdd) addKnown(s *sending, api *asc.Client, g Named, rows, places []int, known map[string]asc.BetaTester) {
	s.halves(places, func(places []int) error {
		var ids []string
		for _, i := range places {
			p, _, _ := t.pair(rows[i])
			ids = append(ids, known[strings.ToLower(p.Email)].ID)
		}
		return api.AddTestersToGroup(s.ctx, g.ID, ids...)
	})
}

// addNew makes somebody a tester of all their groups with one call.
func (t *TesterAdd) addNew(s *sending, api *asc.Client, rows, places []int) {
	p, _, _ := t.pair(rows[places[0]])
	s.halves(places, func(places []int) error {
		in := asc.NewBetaTester{Email: p.Email, FirstName: p.First, LastName: p.Last}
		for _, i := range places {
			_, g, _ := t.pair(rows[i])
			in.Groups = append(in.Groups, g.ID)
		}
		_, err := api.CreateBetaTester(s.ctx, in)
		return err
	})
}

// CheckRows reads who is in which group, and what that means for getting mail.
func (t *TesterAdd) CheckRows(ctx context.Context, api *asc.Client) ([]bot.Finding, error) {
	known, err := members(ctx, api, t.App.ID, t.People)
	if err != nil {
		return nil, err
	}
	found := make([]bot.Finding, len(t.People)*len(t.Groups)+len(t.Unread))
	for i := range found {
		p, g, ok := t.pair(i)
		found[i].Standing = bot.NotDone
		tester := known[strings.ToLower(p.Email)]
		if !ok || !slices.Contains(tester.GroupIDs, g.ID) {
			continue
		}
		found[i] = bot.Finding{Standing: bot.Done, Outcome: testerState(tester.State), Before: "In it before. " + testerState(tester.State)}
		if len(found) == 1 {
			found[i].Outcome = fmt.Sprintf("%s is in %s of %s. %s", p.Email, g.Name, t.App.Name, testerState(tester.State))
			found[i].Before = found[i].Outcome
		}
	}
	return found, nil
}

// Check tells whether everybody is in.
func (t *TesterAdd) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	found, err := t.CheckRows(ctx, api)
	if err != nil {
		return bot.Finding{}, err
	}
	return allOf(found, howManyPeople(len(t.People))+" are in "+names(t.Groups)+" of "+t.App.Name+"."), nil
}

// allOf puts findings of rows together.
func allOf(found []bot.Finding, done string) bot.Finding {
	n := 0
	for _, f := range found {
		if f.Standing == bot.Done {
			n++
		}
	}
	switch {
	case n == len(found) && n == 1:
		return found[0]
	case n == len(found):
		return bot.Finding{Standing: bot.Done, Outcome: done}
	}
	return bot.Finding{Standing: bot.NotDone}
}

// testerState says what a tester's state means for getting mail.
func testerState(state string) string {
	switch state {
	case "NOT_INVITED":
		return "No mail has gone out yet: there is no build they could install."
	case "INVITED":
		return "The invitation mail is on its way."
	case "ACCEPTED":
		return "They had accepted before."
	case "INSTALLED":
		return "They have the app installed."
	case "REVOKED":
		return "Their invitation was revoked."
	}
	return "State: " + strings.ToLower(strings.ReplaceAll(state, "_", " ")) + "."
}
