package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/store"
)

// Asking is a query whose words a form can ask for, so that nobody has to know how an
// app or a version is called. An ellipsis after the command opens it, as with a change.
type Asking interface {
	Query
	// Form asks for the words, filled in with those that were said.
	Form() Form
	// Read fills the query from a submitted form, without any network. It returns
	// complaints by field name; none means that it can be answered.
	Read(v Values) map[string]string
	// Words are those that one would have typed after the command.
	Words() []string
}

// lookID begins the callback id of a query's form.
const lookID = "look/" + formVersion + "/"

// lookForm finds the query whose form a callback id names.
func (b *Bot) lookForm(callbackID string) (verb Verb, q Asking, ok bool) {
	words, ours := strings.CutPrefix(callbackID, lookID)
	if verb, ok = b.verb(words); !ours || !ok || verb.Query == nil {
		return Verb{}, nil, false
	}
	q, ok = verb.Query().(Asking)
	return verb, q, ok
}

// formOf is the form of a command, with nothing filled in.
func formOf(v Verb) (f Form, ok bool) {
	if v.Change != nil {
		return v.Change().Form(), true
	}
	if q, asks := v.Query().(Asking); asks {
		return q.Form(), true
	}
	return Form{}, false
}

// formBehind is the command of a view, and its form.
func (b *Bot) formBehind(callbackID string) (verb Verb, f Form, ok bool) {
	if verb, _, ok = b.asked(callbackID); !ok {
		verb, _, ok = b.lookForm(callbackID)
	}
	if ok {
		f, ok = formOf(verb)
	}
	return verb, f, ok
}

// formAsFilled is the form of a view, with what was filled in.
func (b *Bot) formAsFilled(v *view, values Values) (verb Verb, f Form, ok bool) {
	if verb, _, ok := b.asked(v.CallbackID); ok {
		op := b.changeOn(verb, v.note().Team)
		op.Read(values)
		return verb, op.Form(), true
	}
	verb, q, ok := b.lookForm(v.CallbackID)
	if !ok {
		return Verb{}, Form{}, false
	}
	q.Read(values)
	return verb, q.Form(), true
}

// openLook opens the form of a query with the words that were said before the ellipsis.
// It is false when the query has none, or when nobody knows of which team words speak.
func (b *Bot) openLook(ctx context.Context, d deed, verb Verb, said []string, team Team, clear bool) (opened bool, err error) {
	q, asks := verb.Query().(Asking)
	rest, asked := moreAsked(said)
	if !asks || !asked || !clear && len(rest) > 0 {
		return false, nil
	}
	if err := q.Parse(rest); err != nil {
		return true, err
	}
	return true, b.openForm(ctx, d, verb, q.Form(), team)
}

// readLook looks at the submitted form of a query. When it is complete all windows close,
// and the answer comes where the command was typed.
func readLook(d deed, q Asking) (answer any, complete bool) {
	if complaints := q.Read(d.View.answers()); len(complaints) > 0 {
		return slack.NewErrorsViewSubmissionResponse(complaints), false
	}
	return slack.NewClearViewSubmissionResponse(), true
}

// look answers what the submitted form of a query asks.
func (b *Bot) look(ctx context.Context, e store.Envelope, d deed, verb Verb, q Asking) {
	note := d.View.note()
	q.Read(d.View.answers())
	d.ResponseURL, d.ChannelID, d.View = note.ResponseURL, note.Channel, nil
	said := strings.TrimSpace(verb.Words + " " + quoted(q.Words()))
	b.beginWords(ctx, e, d, b.on(said, Team{Name: note.Team}))
}
