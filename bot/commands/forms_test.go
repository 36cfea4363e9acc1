package commands

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ascbot/ascbot/bot"
)

// mostInputs is how many things a form asks for at most in one step; a reason may come
// beside them.
const mostInputs = 6

// Forms are short, every field says what it is for, and what is left empty or filled
// with nonsense is complained about at a field that is there.
func TestFormsAreShortAndComplainAtTheField(t *testing.T) {
	for _, v := range Table() {
		if v.Change == nil {
			if q, asks := v.Query().(bot.Asking); asks {
				fieldsOf(t, v, q.Form())
			}
			continue
		}
		form := v.Change().Form()
		fields := fieldsOf(t, v, form)
		for what, values := range map[string]bot.Values{"nothing": {}, "nonsense": nonsense(form)} {
			wrong := v.Change().Read(values)
			if len(wrong) == 0 && what == "nothing" {
				t.Errorf("%s: a form that says nothing is taken", v.Words)
			}
			for name, why := range wrong {
				if !fields[name] || strings.TrimSpace(why) == "" {
					t.Errorf("%s: %s is complained about at %q with %q", v.Words, what, name, why)
				}
			}
		}
	}
}

// fieldsOf are the names of a form's fields, each of which has to say what it is for.
func fieldsOf(t *testing.T, v bot.Verb, form bot.Form) map[string]bool {
	t.Helper()
	if n := len(form.Fields); n == 0 || n > mostInputs || len(form.More) > mostInputs {
		t.Errorf("%s: the form asks for %d things, and for %d more", v.Words, n, len(form.More))
	}
	if n := utf8.RuneCountInString(form.Title); n == 0 || n > 24 {
		t.Errorf("%s: the title %q has %d characters", v.Words, form.Title, n)
	}
	fields := map[string]bool{}
	for _, f := range slices.Concat(form.Fields, form.More) {
		if f.Label == "" || f.Name == "" || fields[f.Name] {
			t.Errorf("%s: the field %q has no label, or is there twice", v.Words, f.Name)
		}
		fields[f.Name] = true
	}
	return fields
}

// nonsense fills every field with what it is not for.
func nonsense(form bot.Form) bot.Values {
	values := bot.Values{}
	for _, f := range slices.Concat(form.Fields, form.More) {
		switch f.Kind {
		case bot.OneOf, bot.AnyOf:
			for _, c := range f.Choices[:1] {
				values[f.Name] = bot.Value{Chosen: []bot.Choice{c}}
			}
		case bot.Pick, bot.PickMany, bot.Upload:
		default:
			values[f.Name] = bot.Value{Text: "<!channel> \u202e ???"}
		}
	}
	return values
}

// Help on a command has examples, and they are commands.
func TestExamplesAreCommands(t *testing.T) {
	for _, v := range Table() {
		if v.Args != "" && len(v.Examples) == 0 {
			t.Errorf("%s has no example", v.Words)
		}
		for _, e := range v.Examples {
			said, ok := strings.CutPrefix(e, v.Words)
			if !ok {
				t.Errorf("%q is no example of %s", e, v.Words)
				continue
			}
			said = strings.ReplaceAll(said, "@ana", "@U0ANA") // as Slack sends who is mentioned
			if err := parseOf(v)(bot.Words(said)); err != nil && !errors.Is(err, bot.ErrMore) {
				t.Errorf("the example %q is not understood: %v", e, err)
			}
		}
	}
}

func parseOf(v bot.Verb) func([]string) error {
	if v.Query != nil {
		return v.Query().Parse
	}
	return v.Change().Parse
}

// A form starts with what was typed before it was asked for.
func TestFormsBeginWithWhatWasTyped(t *testing.T) {
	for _, v := range Table() {
		if v.Change == nil {
			continue
		}
		for _, e := range v.Examples {
			said := bot.Words(strings.TrimPrefix(e, v.Words))
			if len(said) == 0 {
				continue
			}
			op := v.Change()
			if err := op.Parse(said); err != nil && !errors.Is(err, bot.ErrMore) {
				continue // another test says so
			}
			filled := 0
			for _, f := range op.Form().Fields {
				if f.Text != "" || len(f.Chosen) > 0 {
					filled++
				}
			}
			if filled == 0 {
				t.Errorf("%q opens a form in which nothing is filled", e)
			}
		}
	}
}
