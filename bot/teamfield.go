package bot

import (
	"context"

	"github.com/slack-go/slack"
)

// teamField is the question of a form for which App Store Connect team it is. Where
// there is one team only, no form asks it.
const teamField = "asc-team"

// withTeam puts the question for the team on top of a form. A request keeps its team for
// life, so the form that changes one does not ask.
func (b *Bot) withTeam(f Form, verb Verb, note formNote) Form {
	if !b.several() || note.Revises != 0 {
		return f
	}
	if verb.Teamless && (verb.Change == nil || !overTeams(b.change(verb))) {
		return f
	}
	field := Field{Name: teamField, Label: "App Store Connect team", Hint: "What other fields offer follows from it.", Kind: Select, Redraws: true, Optional: verb.Teamless}
	if verb.Teamless {
		field.Hint = "All of them when left out."
	}
	for _, t := range b.Teams {
		c := Choice{Text: t.Name, Value: t.Name}
		field.Choices = append(field.Choices, c)
		if t.Name == note.Team {
			field.Chosen = []Choice{c}
		}
	}
	f.Fields = append([]Field{field}, f.Fields...)
	return f
}

// modal draws the form of a verb for a team, with what is known of it resolved there.
func (b *Bot) modal(verb Verb, f Form, note formNote) slack.ModalViewRequest {
	f = b.resolve(f, Team{Name: note.Team})
	if b.several() { // so that Slack forgets what was picked from the list of another team
		f = f.each(func(field Field) Field {
			if field.Source.List != nil {
				field.List = note.Team
			}
			return field
		})
	}
	return modal(verb, b.withTeam(f, verb, note), note)
}

// turnForm draws a form anew when another team is chosen in it. What was typed stays;
// what was picked from a list of the other team goes, unless this one has the same.
func (b *Bot) turnForm(ctx context.Context, d deed) {
	note, values := d.View.note(), d.View.answers()
	verb, form, ok := b.formAsFilled(d.View, values)
	if !ok {
		return
	}
	team, err := b.teamOf(verb, note.Team)
	if err != nil {
		return // the choice was taken back; the form cannot be sent like that
	}
	if verb.Change != nil {
		form = b.withReason(form, verb, team, values[becauseWord].Text)
	}
	form = form.each(func(f Field) Field {
		if f.Source.List != nil {
			delete(values, f.Name)
			f.Chosen = namesAlone(f.Chosen)
		}
		return f
	})
	if _, err := b.web.UpdateViewContext(ctx, b.modal(verb, form.carryOver(values), note), "", d.View.Hash, d.View.ID); err != nil {
		b.Log.Warn("a form could not be drawn for another team", "verb", verb.Words, "error", err)
	}
}

// namesAlone are choices without what they stand for, which is another thing on another
// team.
func namesAlone(chosen []Choice) (names []Choice) {
	for _, c := range chosen {
		names = append(names, Choice{Text: c.Text})
	}
	return names
}

// changeOn makes an operation of a verb for a team.
func (b *Bot) changeOn(v Verb, team string) Operation {
	op := b.withBundles(b.change(v), team)
	if over, ok := op.(OverTeams); ok {
		over.On(team)
	}
	return op
}

func overTeams(op Operation) bool { _, over := op.(OverTeams); return over }

// teamOf finds the team of a form or a request by its name. None at all is right only
// for what is about no team in particular.
func (b *Bot) teamOf(verb Verb, name string) (Team, error) {
	if name == "" && b.several() {
		if verb.Teamless {
			return Team{}, nil
		}
		return Team{}, Trouble{What: "It was not said on which App Store Connect team, so nothing was done.", Next: "Choose one, or add “on” and its name."}
	}
	return b.team(name)
}
