package bot

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/slack-go/slack"
)

// stepBackID is the button that leads from the second step of a form to its first.
const stepBackID = "step-back"

// all are the fields of a form, of both steps.
func (f Form) all() []Field { return slices.Concat(f.Fields, f.More) }

// each is the form with every field as change makes it.
func (f Form) each(change func(Field) Field) Form {
	f.Fields, f.More = slices.Clone(f.Fields), slices.Clone(f.More)
	for _, list := range [][]Field{f.Fields, f.More} {
		for i := range list {
			list[i] = change(list[i])
		}
	}
	return f
}

// step is one step of a form as a form of its own; what the other says goes into the
// note that travels with it.
func (f Form) step(note formNote) (Form, formNote) {
	note.Kept = nil
	if len(f.More) == 0 {
		note.Step = 0
		return f, note
	}
	other := f.More
	if note.Step == 0 {
		f.Submit = "Next"
	} else {
		f.Fields, f.Intro, other = f.More, f.MoreIntro, f.Fields
	}
	note.Kept = saidIn(other)
	for _, left := range note.shorten(other) {
		f.Intro += Markf("\n*%s* has more in it than a form can carry along; please choose there again.", left)
	}
	return f, note
}

// saidIn is what fields say, as if their form had come back so.
func saidIn(fields []Field) Values {
	values := Values{}
	for _, f := range fields {
		v := Value{Text: f.Text}
		for _, c := range f.Chosen {
			v.Chosen = append(v.Chosen, Choice{Text: c.Text, Value: c.Value})
		}
		values[f.Name] = v
	}
	return values
}

// shorten takes choices out of what a note carries until it fits into a view, and
// answers the labels of their fields.
func (n *formNote) shorten(fields []Field) (left []string) {
	for {
		text, err := json.Marshal(n)
		if err != nil || len(text) <= longestNote {
			return left
		}
		most := slices.MaxFunc(fields, func(a, b Field) int { return len(n.Kept[a.Name].Chosen) - len(n.Kept[b.Name].Chosen) })
		if len(n.Kept[most.Name].Chosen) == 0 {
			return left
		}
		n.Kept[most.Name] = Value{}
		left = append(left, most.Label)
	}
}

// nextStep is the second step of a form whose first was sent; more is false when there
// is none, or when it is that which was sent.
func (b *Bot) nextStep(op Operation, verb Verb, team Team, note formNote, values Values) (next slack.ModalViewRequest, more bool) {
	form := b.withReason(op.Form(), verb, team, "")
	if len(form.More) == 0 || note.Step > 0 {
		return next, false
	}
	note.Step = 1
	return b.modal(verb, form.carryOver(values), note), true
}

// atHand are the complaints about what a view asks for itself.
func (v view) atHand(complaints map[string]string) map[string]string {
	here := map[string]string{}
	maps.Copy(here, complaints)
	maps.DeleteFunc(here, func(name, _ string) bool { _, asked := v.State.Values[name]; return !asked })
	return here
}

// stepBack shows the first step of a form again. What was said in the second stays.
func (b *Bot) stepBack(ctx context.Context, d deed) {
	verb, _, ok := b.asked(d.View.CallbackID)
	if !ok {
		return
	}
	note, values := d.View.note(), d.View.answers()
	team, err := b.teamOf(verb, note.Team)
	if err != nil {
		b.Log.Warn("a form could not go back a step", "verb", verb.Words, "error", err)
		return
	}
	op := b.changeOn(verb, note.Team)
	op.Read(values)
	note.Step = 0
	form := b.withReason(op.Form(), verb, team, "").carryOver(values)
	if _, err := b.web.UpdateViewContext(ctx, b.modal(verb, form, note), "", d.View.Hash, d.View.ID); err != nil {
		b.Log.Warn("a form could not go back a step", "verb", verb.Words, "error", err)
	}
}
