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

// losses are what a look found about those who go.
type losses struct {
	out, keep, lose []string // rows that are in it; of a group, who keeps and who loses the app
	absent          []string // rows that are not in it
	groups          string   // of the app that one person leaves
	from            []string // what each is taken out of, where that is not one and the same
}

// Look tells who loses what.
func (t *TesterRemove) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	known, err := t.records(ctx, api, t.People)
	if err != nil {
		return bot.Sight{}, err
	}
	called, err := groupsByID(ctx, api, t.App)
	if err != nil {
		return bot.Sight{}, err
	}
	apps := map[string]string{}
	if t.From == fromAll {
		if apps, err = appsByID(ctx, api); err != nil {
			return bot.Sight{}, err
		}
	}
	l := t.losses(known, called, apps)
	if len(l.out) == 0 {
		return bot.Sight{}, bot.Trouble{What: "None of them is a tester in " + t.place() + ".", Next: "`/asc testers` lists who tests what."}
	}
	preview := store.Preview{Fields: t.fields(l, called), Touches: howManyPeople(len(t.People)), Allows: t.loses(), Undo: t.undo(l)}
	shown := map[string]any{"app": t.App, "groups": t.Groups, "out": l.out, "lose": l.lose, "from": l.from}
	return bot.Sight{Shown: shown, Preview: preview}, nil
}

// groupsByID reads the beta groups of an app, or of all.
func groupsByID(ctx context.Context, api *asc.Client, app Named) (map[string]asc.BetaGroup, error) {
	filter := asc.BetaGroupFilter{IncludeApp: true, Count: true}
	if app.ID != "" {
		filter.App = []string{app.ID}
	}
	all := map[string]asc.BetaGroup{}
	for g, err := range api.BetaGroups(ctx, filter) {
		if err != nil {
			return nil, err
		}
		all[g.ID] = g
	}
	return all, nil
}

func (t *TesterRemove) losses(known map[string][]asc.BetaTester, called map[string]asc.BetaGroup, apps map[string]string) (l losses) {
	for i := range t.count() {
		p, g := t.pair(i)
		r, is := t.still(known, i)
		if !is {
			l.absent = append(l.absent, t.rowName(p, g))
			continue
		}
		l.out = append(l.out, t.rowName(p, g))
		switch t.From {
		case fromApp:
			l.groups = groupNamesOf(r, called)
			l.from = append(l.from, p.at()+" ("+or(l.groups, "no group")+")")
		case fromAll:
			var of []string
			for _, r := range known[p.key()] {
				of = append(of, named(r.AppIDs, func(id string) string { return or(apps[id], "an app") })...)
			}
			slices.Sort(of)
			l.from = append(l.from, p.at()+" ("+strings.Join(compact(of), ", ")+")")
		default:
			if other := t.otherGroups(r, called); other != "" {
				l.keep = append(l.keep, p.at()+" (through "+other+")")
			} else {
				l.lose = append(l.lose, p.at())
			}
		}
	}
	l.keep, l.lose = compact(l.keep), compact(l.lose)
	return l
}

func groupNamesOf(t asc.BetaTester, called map[string]asc.BetaGroup) string {
	var all []string
	for _, id := range t.GroupIDs {
		if g, known := called[id]; known {
			all = append(all, g.Name)
		}
	}
	return strings.Join(all, ", ")
}

// otherGroups are those that somebody stays in.
func (t *TesterRemove) otherGroups(r asc.BetaTester, called map[string]asc.BetaGroup) string {
	r.GroupIDs = slices.DeleteFunc(slices.Clone(r.GroupIDs), func(id string) bool { return slices.Contains(idsOf(t.Groups), id) })
	return groupNamesOf(r, called)
}

// fields are the lines of the card.
func (t *TesterRemove) fields(l losses, called map[string]asc.BetaGroup) []store.Field {
	fields := []store.Field{{Name: "Who", After: some(l.out, mostOnCard)}}
	if len(t.People) == 1 {
		fields = []store.Field{{Name: "Tester", After: t.People[0].line()}}
	}
	list := func(name string, rows []string) {
		if len(rows) > 0 {
			fields = append(fields, store.Field{Name: fmt.Sprintf("%s (%s)", name, grouped(len(rows))), After: some(rows, mostOnCard)})
		}
	}
	switch t.From {
	case fromGroup:
		for _, g := range t.Groups {
			fields = append(fields, store.Field{Name: "From the group", After: g.Name + " (" + groupKind(called[g.ID]) + ", " + size(called[g.ID]) + "), and from nothing else"})
		}
		list("Keep "+t.App.Name, l.keep)
		list("Lose "+t.App.Name, l.lose)
	case fromApp:
		fields = append(fields, store.Field{Name: "From the app", After: t.App.Name + ": all its groups and builds, and from no other app"})
		list("Out of groups", l.from)
	case fromAll:
		fields = append(fields, store.Field{Name: "From everything", After: "every app of the team"})
		list("Out of apps", l.from)
	}
	list("Not in it", l.absent)
	if t.long() {
		fields = append(fields, store.Field{Name: "All of them", After: "in the file in this card's thread"})
	}
	return fields
}

// long reports whether there are more rows than the card names.
func (t *TesterRemove) long() bool { return t.count() > mostOnCard }

func (t *TesterRemove) loses() string {
	switch t.From {
	case fromGroup:
		return "Who loses the app cannot install it any more"
	case fromApp:
		return "They cannot install " + t.App.Name + " any more"
	}
	return "They cannot install any beta of the team any more"
}

func (t *TesterRemove) undo(l losses) string {
	who, to := "…", l.groups
	if len(t.People) == 1 {
		who = t.People[0].Email
	}
	switch {
	case len(addressesOf(t.People)) == 0:
		return "Cannot be undone here: without an address they can only come by a public link again, while it is on."
	case t.From == fromGroup:
		return "Can be undone with " + toType("tester add", who, "to", quotedNames(t.Groups), "in", bot.Quote(t.App.Name)) + "; who lost the app is invited anew, and has to accept."
	case len(t.People) == 1 && to != "":
		return "Can be undone with " + toType("tester add", who, "to", to, "in", bot.Quote(t.App.Name)) + "; they are invited anew, and have to accept."
	}
	return "Can be undone with " + toType("tester add") + ", app by app; they are invited anew, and have to accept."
}

// Table is every row, when there are more than the card names.
func (t *TesterRemove) Table() [][]bot.Cell {
	if !t.long() {
		return nil
	}
	table := [][]bot.Cell{texts("email", "first name", "last name", "from", "note")}
	for i := range t.count() {
		p, g := t.pair(i)
		table = append(table, texts(p.at(), p.First, p.Last, or(g.Name, t.place()), t.Notes[p.key()]))
	}
	return table
}
