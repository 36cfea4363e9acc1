package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/policy"
)

// Explain says who could ask for something and who could agree to it, and why the
// asker may or may not. It asks the same policy that decides.
type Explain struct {
	about string
	app   string
}

// Parse reads "<command> [in <app>]".
func (e *Explain) Parse(words []string) error {
	words, app, limited := cut(words, "in")
	e.about, e.app = strings.ToLower(strings.Join(words, " ")), strings.Join(app, " ")
	switch {
	case limited && e.app == "":
		return bot.Trouble{What: "After “in” I expected an app.", Next: "For example `/asc explain submit in Halo`."}
	case e.about == "":
		return bot.Trouble{What: "Which command?", Next: "For example `/asc explain invite`, or `/asc explain submit in Halo`."}
	}
	return nil
}

// Answer explains it.
func (e *Explain) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	i := slices.IndexFunc(d.Verbs, func(v bot.Verb) bool { return v.Words == e.about })
	if i < 0 {
		var words []string
		for _, v := range d.Verbs {
			words = append(words, v.Words)
		}
		return bot.Message{}, bot.Trouble{What: "There is no command “" + e.about + "”." + bot.Nearest(e.about, words), Next: "`/asc help` lists what there is."}
	}
	verb := d.Verbs[i]
	s, where, err := e.subject(ctx, d, verb)
	if err != nil {
		return bot.Message{}, err
	}
	demands, ok := d.Policy.Demands(s)
	if !ok {
		return bot.Say("No rule lets anybody use %s.", bot.Code(verb.Words)), nil
	}
	asks, err := groupLines(ctx, d, askers(demands))
	if err != nil {
		return bot.Message{}, err
	}
	lines := []bot.Markup{bot.Markf("*%s* (class %s)%s", verb.Words, string(verb.Class), where), "*Who may ask*", asks}
	if out := deniers(d.Policy, demands); len(out) > 0 {
		lines = append(lines, bot.Markf("Never %s.", policy.GroupsInWords(out)))
	}
	if verb.Change != nil {
		more, err := decision(ctx, d, s, demands)
		if err != nil {
			return bot.Message{}, err
		}
		lines = append(lines, more...)
	}
	lines = append(lines, frozen(d, s)...)
	lines = append(lines, "*You*", bot.Inert(own(d, verb, s)))
	text := bot.Join(lines, "\n")
	return bot.Message{Text: text, Blocks: []slack.Block{bot.Section(text)}}, nil
}

// subject finds the app that was named.
func (e *Explain) subject(ctx context.Context, d bot.Desk, verb bot.Verb) (s policy.Subject, where bot.Markup, err error) {
	s = verb.Subject(d.Team)
	switch {
	case e.app == "":
		return s, "", nil
	case d.Team.API == nil:
		return s, "", bot.Trouble{What: "There are several App Store Connect teams, and each has its own apps.", Next: "Add “on” and the name of the team."}
	}
	found, err := findApps(ctx, d.Team.API, []Named{{Name: e.app}})
	if err != nil {
		return s, "", err
	}
	app, _, err := first(d.Team.API.Apps(ctx, asc.AppFilter{}), func(a asc.App) bool { return a.ID == found[0].ID })
	s.Apps = []string{app.ID, app.BundleID}
	return s, bot.Markf(" in %s", app.Name), err
}

// askers are the groups that every rule lets ask; when the rules name different ones,
// all of them.
func askers(demands policy.Demands) (groups []string) {
	for _, r := range demands {
		for _, g := range r.Ask {
			if !slices.Contains(groups, g) {
				groups = append(groups, g)
			}
		}
	}
	return slices.DeleteFunc(groups, func(g string) bool {
		return slices.ContainsFunc(demands, func(r policy.Rule) bool {
			return !slices.Contains(r.Ask, g) && !slices.Contains(r.Ask, policy.Members)
		}) && len(demands) > 1
	})
}

func deniers(p policy.Policy, demands policy.Demands) (groups []string) {
	groups = slices.Clone(p.Deny)
	for _, r := range demands {
		groups = append(groups, r.Deny...)
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// groupLines names the people of groups, a line each.
func groupLines(ctx context.Context, d bot.Desk, groups []string) (bot.Markup, error) {
	var lines []bot.Markup
	for _, name := range groups {
		g, err := d.Group(ctx, name)
		if err != nil {
			return "", err
		}
		switch more := len(g.IDs) - len(g.People); {
		case policy.BuiltInGroup(name):
			lines = append(lines, bot.Markf("• %s", policy.GroupsInWords([]string{name})))
		case len(g.IDs) == 0:
			lines = append(lines, bot.Markf("• %s: nobody", name))
		case more > 0:
			lines = append(lines, bot.Markf("• %s: %s and %d more", name, strings.Join(g.People, ", "), more))
		default:
			lines = append(lines, bot.Markf("• %s: %s", name, strings.Join(g.People, ", ")))
		}
	}
	if len(lines) == 0 {
		return "• nobody, since the rules do not name the same groups", nil
	}
	return bot.Join(lines, "\n"), nil
}

// decision says who has to agree, and what else the rules say of a request.
func decision(ctx context.Context, d bot.Desk, s policy.Subject, demands policy.Demands) ([]bot.Markup, error) {
	groups, err := groupLines(ctx, d, demands.Deciders())
	if err != nil {
		return nil, err
	}
	lines := []bot.Markup{"*Who has to agree*", bot.Markf("%s.", demands.InWords()), groups}
	if left, known, err := others(ctx, d, demands); err != nil {
		return nil, err
	} else if known && left < demands.Quorum() {
		lines = append(lines, bot.Markf("⚠️ When you ask, only %d who could agree are left.", left))
	}
	terms := []string{"A request waits " + policy.Span(demands.Wait()) + " for its decision, and is carried out within " + policy.Span(demands.Run()) + " of it."}
	if veto := demands.Veto(); veto > 0 {
		terms = []string{"A request waits " + policy.Span(demands.Wait()) + " for its decision.",
			"What was agreed to waits " + policy.Span(veto) + " more, in which a no of anybody who may decide stops it, and is carried out within " + policy.Span(demands.Run()) + " after that."}
	}
	if v := demands.Lacks(""); !v.May {
		terms = append(terms, v.Why)
	}
	if apps := d.Policy.AppsWithRules(s); len(apps) > 0 {
		terms = append(terms, fmt.Sprintf("More is demanded for %s: add “in” and the app to see it.", strings.Join(apps, ", ")))
	}
	due := demands.Escalations()
	for _, g := range slices.Sorted(maps.Keys(due)) {
		terms = append(terms, fmt.Sprintf("After %s, %s are asked by name.", policy.Span(due[g]), g))
	}
	return append(lines, bot.Inert(strings.Join(terms, " "))), nil
}

// How far ahead freezes are told of, and how many.
const (
	freezesWithin = 14 * 24 * time.Hour
	freezesShown  = 5
)

// frozen says when something is frozen now and soon.
func frozen(d bot.Desk, s policy.Subject) (lines []bot.Markup) {
	s.AllApps = s.AllApps || len(s.Apps) == 0
	spells := d.Policy.Spells(s, d.Now(), freezesWithin)
	if len(spells) == 0 {
		return nil
	}
	lines = append(lines, "*Frozen*")
	for i, spell := range spells {
		if i == freezesShown {
			lines = append(lines, bot.Markf("• and %d more in the next two weeks", len(spells)-i))
			break
		}
		lines = append(lines, "• "+spellLine(d, spell))
	}
	if s.Class.Changes() {
		return append(lines, "While it is frozen it cannot be asked for, and what was approved waits.")
	}
	return append(lines, "While it is frozen it cannot be used.")
}

// spellLine says when a freeze holds, for what, and whether for the reader.
func spellLine(d bot.Desk, spell policy.Spell) bot.Markup {
	var line bot.Markup = "now"
	if spell.Begins.After(d.Now()) {
		line = bot.Markf("from %s", bot.When(spell.Begins))
	}
	if spell.Ends.IsZero() {
		line += ", without an end"
	} else {
		line += bot.Markf(" until %s", bot.When(spell.Ends))
	}
	line += bot.Markf(" (%s)", spell.Name)
	if of := slices.Concat(spell.Teams, spell.Apps); len(of) > 0 {
		line += bot.Markf(" for %s", strings.Join(of, ", "))
	}
	if len(spell.Except) > 0 {
		line += bot.Markf(", except for %s", policy.GroupsInWords(spell.Except))
		if slices.ContainsFunc(spell.Except, d.Who.In) {
			line += ", which you are"
		}
	}
	return line
}

// others counts who could agree beside the reader, when the rules list them all.
func others(ctx context.Context, d bot.Desk, demands policy.Demands) (n int, known bool, err error) {
	people := map[string]bool{}
	for _, name := range demands.Deciders() {
		if policy.BuiltInGroup(name) {
			return 0, false, nil
		}
		g, err := d.Group(ctx, name)
		if err != nil {
			return 0, false, err
		}
		for _, id := range g.IDs {
			people[d.Policy.WhoHas(id)] = true
		}
	}
	delete(people, d.Policy.WhoHas(d.Who.ID))
	return len(people), true, nil
}

// own says what the reader may do.
func own(d bot.Desk, verb bot.Verb, s policy.Subject) string {
	ask := "You may ask for it."
	if v := d.Policy.MayAsk(d.Who, s); !v.May {
		ask = v.Why
	} else if !d.Policy.Frozen(d.Who, s, d.Now()).May {
		ask = "You may ask for it, but not while it is frozen."
	}
	if verb.Change == nil {
		return strings.Replace(ask, "may ask for", "may use", 1)
	}
	demands, _ := d.Policy.Demands(s)
	somebody := policy.Case{Subject: s, Asker: policy.Person{ID: "somebody else"}}
	decide := "You may decide about what others ask, unless it is about you."
	if v := d.Policy.MayDecide(d.Who, somebody, demands); !v.May {
		decide = "About what others ask: " + v.Why
	}
	return ask + " " + decide
}
