package bot

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/slack-go/slack"
)

// Form asks a person for what an operation needs.
type Form struct {
	Title  string // a task, at most 24 characters
	Submit string // at most 24 characters; "Ask" when empty
	Intro  Markup // what happens after sending
	Fields []Field

	// More is asked in a second step, which is why the first ends with “Next”: what has
	// a good default. MoreIntro says above it what the first step has said.
	More      []Field
	MoreIntro Markup
}

// Kind is how a field is asked for.
type Kind int

// The kinds of fields.
const (
	Line      Kind = iota // one line of text
	Address               // an e-mail address
	OneOf                 // one of a few choices
	AnyOf                 // any of a few choices
	Pick                  // one of many, with type-ahead
	PickMany              // any of many, with type-ahead
	Paragraph             // a text of several lines, of 3,000 characters at most
	Upload                // one file; see Filed
	Place                 // a channel inside the workspace; its Value is the id, as text
	Select                // one of up to a hundred choices, folded up
)

// Choice is one possible answer: what is shown and what is meant.
type Choice struct {
	Text  string `json:"text"`  // at most 75 characters are shown
	Value string `json:"value"` // at most 150 characters
	About string `json:"about,omitempty"`
}

// Field is one question of a form. Its name is the block id, so a complaint
// from Read appears at the right place.
type Field struct {
	Name, Label, Hint string
	Kind              Kind
	Optional          bool
	Choices           []Choice // for OneOf, AnyOf and Select
	Source            Source   // of Pick and PickMany; what is typed narrows it
	Types             []string // of Upload: endings of names, such as csv
	Text              string   // what the field starts with
	Chosen            []Choice // the same for choices
	Redraws           bool     // what is chosen changes what the other fields offer
	List              string   // of Pick and PickMany: which of several lists is offered; a choice from another is forgotten
}

// Value is what came back for one field.
type Value struct {
	Text   string   `json:"text,omitempty"`
	Chosen []Choice `json:"chosen,omitempty"`
	File   string   `json:"file,omitempty"` // the id of an uploaded file in Slack
}

// Values are the answers by field name.
type Values map[string]Value

// formVersion is part of every form's callback id. A form opened by an older
// version of the bot is shown again in its new shape, with what was typed.
const formVersion = "v1"

// The action ids within a block: of the choice of a team, which is told of at once, and
// of everything else.
const (
	teamID   = "team"
	answerID = "answer"
)

// formNote travels with a form: where it was asked for.
type formNote struct {
	Channel     string          `json:"channel"`
	Team        string          `json:"team"`
	ResponseURL string          `json:"response_url"`
	Pushed      bool            `json:"pushed,omitempty"` // it lies on the menu, which goes with it
	Round       int             `json:"round,omitempty"`  // how often it was sent before
	Args        json.RawMessage `json:"args,omitempty"`   // what it said, on the way back to it
	Step        int             `json:"step,omitempty"`   // of a form of two steps: which this is, from 0
	Kept        Values          `json:"kept,omitempty"`   // what was said in its other step

	// Of a form that changes a request: which, and the version it was opened for.
	Revises uint64 `json:"revises,omitempty"`
	Version int    `json:"version,omitempty"`
}

// input is one entry of a view's state.
type input struct {
	Type            string        `json:"type"`
	Value           *string       `json:"value"`
	SelectedOption  *slackOption  `json:"selected_option"`
	SelectedOptions []slackOption `json:"selected_options"`
	Conversation    *string       `json:"selected_conversation"`
	Files           []struct {
		ID string `json:"id"`
	} `json:"files"`
}

type slackOption struct {
	Text struct {
		Text string `json:"text"`
	} `json:"text"`
	Value string `json:"value"`
}

func (o slackOption) choice() Choice { return Choice{Text: o.Text.Text, Value: o.Value} }

// answers reads what a person filled in, in the other step of the form too.
func (v view) answers() Values {
	out := Values{}
	maps.Copy(out, v.note().Kept)
	for block, actions := range v.State.Values {
		for _, in := range actions {
			var val Value
			if in.Value != nil {
				val.Text = strings.TrimSpace(*in.Value)
			}
			if in.SelectedOption != nil {
				val.Chosen = append(val.Chosen, in.SelectedOption.choice())
			}
			for _, o := range in.SelectedOptions {
				val.Chosen = append(val.Chosen, o.choice())
			}
			if in.Conversation != nil {
				val.Text = *in.Conversation
			}
			if len(in.Files) > 0 {
				val.File = in.Files[0].ID
			}
			out[block] = val
		}
	}
	return out
}

// modal draws a form as Slack's view; of a form of two steps the one that its note says.
func modal(verb Verb, f Form, note formNote) slack.ModalViewRequest {
	var blocks []slack.Block
	f, note = f.step(note)
	if f.Intro != "" {
		blocks = append(blocks, Section(f.Intro))
	}
	for _, field := range f.Fields {
		in := slack.NewInputBlock(field.Name, Plain(field.Label, 150), nil, field.element())
		if field.Hint != "" {
			in.Hint = Plain(field.Hint, 300)
		}
		in.Optional, in.DispatchAction = field.Optional, field.Redraws
		blocks = append(blocks, in)
	}
	if note.Step > 0 {
		blocks = append(blocks, slack.NewActionBlock("", slack.NewButtonBlockElement(stepBackID, "", Plain("Back to the first step", 75))))
	}
	where, _ := json.Marshal(note)
	leave := "Cancel"
	if note.Pushed { // the menu is beneath it
		leave = "Back"
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: Plain(f.Title, 24), Submit: Plain(or(f.Submit, "Ask"), 24), Close: Plain(leave, 24),
		Blocks: slack.Blocks{BlockSet: blocks}, CallbackID: callbackID(verb), PrivateMetadata: string(where),
	}
}

func callbackID(verb Verb) string {
	if verb.Change == nil {
		return lookID + verb.Words
	}
	return "ask/" + formVersion + "/" + verb.Words
}

// asked reads a callback id. Current is false for a form of another version.
func (b *Bot) asked(callbackID string) (verb Verb, current, ok bool) {
	rest, isOurs := strings.CutPrefix(callbackID, "ask/")
	version, words, _ := strings.Cut(rest, "/")
	if !isOurs {
		return Verb{}, false, false
	}
	verb, ok = b.verb(words)
	return verb, version == formVersion, ok && verb.Change != nil
}

func (f Field) element() slack.BlockElement {
	id := answerID
	if f.List != "" {
		id += "/" + f.List
	}
	switch f.Kind {
	case Select:
		el := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, Plain("Choose", 150), teamID, optionsOf(f.Choices)...)
		if chosen := optionsOf(f.Chosen); len(chosen) > 0 {
			el.InitialOption = chosen[0]
		}
		return el
	case Address:
		el := slack.NewEmailTextInputBlockElement(nil, answerID)
		el.InitialValue = f.Text
		return el
	case OneOf:
		el := slack.NewRadioButtonsBlockElement(answerID, optionsOf(f.Choices)...)
		if chosen := optionsOf(f.Chosen); len(chosen) > 0 {
			el.InitialOption = chosen[0]
		}
		return el
	case AnyOf:
		el := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeStatic, Plain("Choose", 150), answerID, optionsOf(f.Choices)...)
		el.InitialOptions = optionsOf(f.Chosen)
		return el
	case Pick:
		el := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, Plain("Type to search", 150), id)
		el.MinQueryLength = new(int)
		if chosen := optionsOf(f.Chosen); len(chosen) > 0 {
			el.InitialOption = chosen[0]
		}
		return el
	case PickMany:
		el := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeExternal, Plain("Type to search", 150), id)
		el.MinQueryLength = new(int)
		el.InitialOptions = optionsOf(f.Chosen)
		return el
	}
	if f.Kind == Place {
		return placeOf(f.Text)
	}
	if f.Kind == Upload {
		return slack.NewFileInputBlockElement(answerID).WithFileTypes(f.Types...).WithMaxFiles(1)
	}
	el := slack.NewPlainTextInputBlockElement(nil, answerID)
	el.InitialValue, el.MaxLength = f.Text, 300
	if f.Kind == Paragraph {
		el.Multiline, el.MaxLength = true, 3000
	}
	return el
}

// placeOf asks for a channel that nobody from outside reads: with type-ahead over those
// that whoever is asked can see.
func placeOf(chosen string) slack.BlockElement {
	el := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, Plain("Choose a channel", 150), answerID)
	el.Filter = &slack.SelectBlockElementFilter{Include: []string{"public", "private"}, ExcludeExternalSharedChannels: true, ExcludeBotUsers: true}
	if channelID.MatchString(chosen) {
		el.InitialConversation = chosen
	}
	return el
}

func optionsOf(choices []Choice) []*slack.OptionBlockObject {
	var out []*slack.OptionBlockObject
	for _, c := range choices {
		var about *slack.TextBlockObject
		if a := Plain(c.About, 75); a.Text != "" {
			about = a
		}
		out = append(out, slack.NewOptionBlockObject(c.Value, Plain(c.Text, 75), about))
	}
	return out
}

// carryOver puts earlier answers into a form, so that nothing typed is lost.
func (f Form) carryOver(v Values) Form {
	return f.each(func(field Field) Field {
		val, ok := v[field.Name]
		if !ok {
			return field
		}
		field.Text, field.Chosen = val.Text, nil
		for _, c := range val.Chosen {
			if field.Source.List != nil || slices.ContainsFunc(field.Choices, func(k Choice) bool { return k.Value == c.Value }) {
				field.Chosen = append(field.Chosen, c)
			}
		}
		return field
	})
}

// readForm looks at a submitted form without any network. Complete is false
// when the answer asks the person for something else first.
func (b *Bot) readForm(d deed) (answer any, complete bool) {
	if d.View.CallbackID == denyView {
		if complaints := readDenial(d); complaints != nil {
			return slack.NewErrorsViewSubmissionResponse(complaints), false
		}
		return nil, true
	}
	if d.View.CallbackID == chooseView {
		if complaints := readChoice(d); complaints != nil {
			return slack.NewErrorsViewSubmissionResponse(complaints), false
		}
		return nil, true
	}
	if again, ok := b.backToForm(d); ok {
		return again, false
	}
	if _, q, ok := b.lookForm(d.View.CallbackID); ok {
		return readLook(d, q)
	}
	verb, current, ok := b.asked(d.View.CallbackID)
	values := d.View.answers()
	if !ok {
		return slack.NewUpdateViewSubmissionResponse(farewell(values)), false
	}
	note := d.View.note()
	op := b.changeOn(verb, note.Team)
	team, _ := b.teamOf(verb, note.Team) // when there is none any more, that is said once it was sent
	if !current {
		form := b.withReason(op.Form(), verb, team, "").carryOver(values)
		form.Intro = "I was updated while this form was open. Please look it over and send it again.\n" + form.Intro
		return b.instead(d, verb, b.modal(verb, form, note)), false
	}
	complaints := op.Read(values)
	if why, asked := values[becauseWord]; asked {
		if v := b.conf().wants(verb, team, why.Text); !v.May {
			complaints = maps.Clone(complaints)
			if complaints == nil {
				complaints = map[string]string{}
			}
			complaints[becauseWord] = v.Why
		}
	}
	if next, more := b.nextStep(op, verb, team, note, values); more {
		if complaints = d.View.atHand(complaints); len(complaints) == 0 {
			return b.instead(d, verb, next), false
		}
	}
	if len(complaints) > 0 {
		return slack.NewErrorsViewSubmissionResponse(complaints), false
	}
	return slack.NewUpdateViewSubmissionResponse(windowOf(d, verb, note).working()), true
}

// farewell replaces a form nobody knows any more; it gives back what was typed.
func farewell(values Values) *slack.ModalViewRequest {
	typed := []Markup{"This form is from an older version of the bot, and its command no longer exists. Nothing was sent. `/asc help` lists what there is."}
	for name, v := range values {
		text := v.Text
		for _, c := range v.Chosen {
			text += " " + c.Text
		}
		if text = strings.TrimSpace(text); text != "" {
			typed = append(typed, Markf("• %s: %s", name, text))
		}
	}
	slices.Sort(typed[1:])
	return &slack.ModalViewRequest{
		Type: slack.VTModal, Title: Plain("An older form", 24), Close: Plain("Close", 24),
		Blocks: slack.Blocks{BlockSet: []slack.Block{Section(Join(typed, "\n"))}},
	}
}
