package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// Leaving is an operation that leaves something to whoever agrees: somebody asks to
// test an app, and the approver says in which group.
//
// The answer makes the next version of the request, so that what is agreed to says it
// and nothing is left open; the vote is for that version. Whoever votes after that
// agrees to what was chosen.
type Leaving interface {
	Operation
	// Left is the question, and what may be answered; no choices: nothing is left.
	Left() (question string, choices []Choice)
	// Choose takes the value of one of the choices.
	Choose(value string)
}

// leaves is what a stored request leaves to whoever agrees to it.
func leaves(r store.Request, op Operation) (l Leaving, question string, choices []Choice) {
	l, ok := op.(Leaving)
	if !ok || r.State != store.Pending {
		return nil, "", nil
	}
	question, choices = l.Left()
	return l, question, choices
}

// chooseView is the callback id of the form that asks whoever agrees what is left.
const chooseView = "agree"

// choiceField is its only field.
const choiceField = "choice"

// mostChoices is how many Slack shows in one list.
const mostChoices = 100

// askChoice opens that form. It remembers the button that was pressed, as the form for
// the reason of a no does.
func (b *Bot) askChoice(ctx context.Context, d deed, a action, r store.Request, question string, choices []Choice) error {
	note, err := json.Marshal(denyNote{Button: a.Value, ResponseURL: d.ResponseURL})
	if err != nil {
		return err
	}
	pick := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, Plain("Choose", 150), answerID, optionsOf(choices[:min(len(choices), mostChoices)])...)
	if len(choices) == 1 {
		pick.InitialOption = optionsOf(choices)[0]
	}
	in := slack.NewInputBlock(choiceField, Plain(question, 150), Plain("What you choose stands on the card and in the log; with it you agree.", 300), pick)
	_, err = b.web.OpenViewContext(ctx, d.TriggerID, slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: chooseView, PrivateMetadata: string(note),
		Title: Plain("Approve", 24), Submit: Plain("Approve", 24), Close: Plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: []slack.Block{Section(Markf("*#%d* %s", r.ID, r.Summary)), in}},
	})
	if err != nil {
		b.Log.Warn("the form that asks what is left did not open", "request", r.ID, "error", err)
		return Trouble{What: "Slack did not let me open the form in time, so nothing was counted.", Next: "Press the button again."}
	}
	return nil
}

// chosenValue reads the submitted form.
func chosenValue(d deed) string {
	if picked := d.View.answers()[choiceField].Chosen; len(picked) == 1 {
		return picked[0].Value
	}
	return ""
}

func readChoice(d deed) map[string]string {
	if chosenValue(d) == "" {
		return map[string]string{choiceField: "Choose one."}
	}
	return nil
}

// agreed counts the yes whose choice has come.
func (b *Bot) agreed(ctx context.Context, e store.Envelope, d deed) {
	var note denyNote
	_ = json.Unmarshal([]byte(d.View.PrivateMetadata), &note)
	d.ResponseURL = note.ResponseURL
	b.judge(ctx, e, d, action{ActionID: approveID, Value: note.Button, chosen: chosenValue(d)})
}

// choose makes the next version of a request out of what somebody who may decide has
// chosen. Its card stays where it is.
func (b *Bot) choose(ctx context.Context, r store.Request, l Leaving, value string, who policy.Person, name string) (store.Request, error) {
	_, choices := l.Left()
	i := slices.IndexFunc(choices, func(c Choice) bool { return c.Value == value })
	if i < 0 {
		return r, Trouble{What: "That is not one of the answers that request #" + fmt.Sprint(r.ID) + " leaves open.", Next: "Press the button again."}
	}
	l.Choose(value)
	asker, _, err := b.person(ctx, r.Asker.ID, true)
	if err != nil {
		return r, Trouble{What: "I cannot check in Slack who asked for this just now, so nothing was counted.", Next: "Press again in a minute."}
	}
	team, err := b.team(r.Team)
	if err != nil {
		return r, err
	}
	verb, _ := b.verb(r.Operation)
	draft, already, err := b.prepared(ctx, proposal{verb: verb, op: l, asker: asker, name: r.Asker.Name, team: team, reason: r.Note})
	if err != nil {
		return r, err
	}
	if already != nil {
		return r, Trouble{What: "That is so already: " + already.Outcome, Next: "Choose something else, or deny the request."}
	}
	return b.Store.Renew(r.ID, store.Mark{At: b.Now(), By: stored(who, name), Note: "chosen by whoever agrees: " + choices[i].Text}, func(now *store.Request) error {
		if now.Version != r.Version || now.State != store.Pending {
			return errors.New("the request has moved while it was decided")
		}
		now.Args, now.Shown, now.Preview, now.Summary = draft.Args, draft.Shown, draft.Preview, draft.Summary
		now.Beneficiaries, now.Policy, now.Rules, now.Key = draft.Beneficiaries, draft.Policy, draft.Rules, draft.Key
		return nil
	})
}
