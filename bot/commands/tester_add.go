package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
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
		return bot.Trouble{What: notAddresses(t.Unread), Next: "Write addresses like kim@example.com, then “to” and a group."}
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
			fileField(),
			pickGroups(t.Groups, t.App),
		},
	}
}

// fileField asks for a file of people.
func fileField() bot.Field {
	return bot.Field{
		Name: "file", Label: "Or a file", Kind: bot.Upload, Optional: true, Types: []string{"csv", "txt", "tsv"},
		Hint: "CSV, with a line at the top that says Email, First Name, Last Name. At most 1,000 people.",
	}
}

// pickGroups asks for groups of one app.
func pickGroups(groups []Named, app Named) bot.Field {
	f := bot.Field{Name: "groups", Label: "Groups", Kind: bot.PickMany, Source: groupSource, Hint: "One or several of one app."}
	for _, g := range groups {
		f.Chosen = append(f.Chosen, bot.Choice{Text: strings.TrimSpace(g.Name + " in " + app.Name), Value: g.ID})
	}
	return f
}

func (p Person) line() string {
	if name := strings.TrimSpace(p.First + " " + p.Last); name != "" {
		return name + " <" + p.at() + ">"
	}
	return p.at()
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
		wrong["people"] = notAddresses(t.Unread)
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

// notAddresses names what is no address, so that all of it can be mended at once.
func notAddresses(words []string) string {
	const most = 4
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, "“"+shortened(w)+"”")
	}
	switch n := len(quoted); {
	case n == 1:
		return quoted[0] + " is not an e-mail address."
	case n > most:
		return strings.Join(quoted[:most], ", ") + fmt.Sprintf(" and %d more are not e-mail addresses.", n-most)
	default:
		return strings.Join(quoted[:n-1], ", ") + " and " + quoted[n-1] + " are not e-mail addresses."
	}
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
	people, odd, err := peopleIn(name, data)
	if err != nil {
		return err
	}
	t.People, t.Unread = together(people, t.People), append(odd, t.Unread...)
	return t.complete()
}

// peopleIn reads a file of people.
func peopleIn(name string, data []byte) (people []Person, odd []string, err error) {
	text, err := fileText(data)
	if err != nil {
		return nil, nil, err
	}
	if people, odd = readPeople(text); len(people) == 0 {
		return nil, nil, bot.Trouble{What: "There is no e-mail address in “" + name + "”.", Next: "Send a CSV file with a column called Email."}
	}
	return people, odd, nil
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
