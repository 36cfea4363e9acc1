package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// members reads what testers of the app some people are, by their addresses.
func members(ctx context.Context, api *asc.Client, app string, people []Person) (map[string]asc.BetaTester, error) {
	all, err := records(ctx, api, asc.BetaTesterFilter{App: []string{app}, IncludeGroups: true}, people)
	found := map[string]asc.BetaTester{}
	for address, of := range all {
		found[address] = of[len(of)-1]
	}
	return found, err
}

// records reads the records of some people, by their addresses: one for each app that
// somebody tests. Apple takes many addresses in one question; their number is bounded
// by the length of its line. Who left no address is read by the record itself.
func records(ctx context.Context, api *asc.Client, of asc.BetaTesterFilter, people []Person) (map[string][]asc.BetaTester, error) {
	found := map[string][]asc.BetaTester{}
	read := func(of asc.BetaTesterFilter) error {
		for t, err := range api.BetaTesters(ctx, of) {
			if err != nil {
				return err
			}
			key := testerPerson(t).key()
			found[key] = append(found[key], t)
		}
		return nil
	}
	byAddress := of
	for _, byAddress.Email = range questions(people) {
		if err := read(byAddress); err != nil {
			return nil, err
		}
	}
	var links []string
	for _, p := range people {
		if p.Link != "" {
			links = append(links, p.Link)
		}
	}
	for some := range slices.Chunk(links, 100) {
		of.ID = some
		if err := read(of); err != nil {
			return nil, err
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
		if p.Link != "" {
			continue
		}
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
		Undo: "Can be undone with " + toType("tester remove", firstEmail(t.People), "from", quotedNames(t.Groups), "in", bot.Quote(t.App.Name)) + ".",
	}
	if len(t.Groups) > 1 {
		preview.Allows = "They may install the builds of these groups"
	}
	if len(t.People) > 1 {
		preview.Touches = howManyPeople(len(s.touched))
		preview.Undo = "Can be undone with " + toType("tester remove … from", quotedNames(t.Groups), "in", bot.Quote(t.App.Name)) + ", which takes the same addresses and the same file."
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
