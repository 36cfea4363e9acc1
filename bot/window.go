package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/store"
)

// window is a form that was sent: it shows that work goes on, then what came of it.
type window struct {
	id    string // Slack's external id of it
	title string
	note  formNote
	verb  Verb
}

// windowOf names the window that a form becomes when it is sent. A form that is sent
// again has another one.
//
// The view is found by this id and not by Slack's own, because it does not exist until
// Slack has taken the acknowledgement that puts it up: an update that is faster fails,
// instead of being covered by “Working on it” for good.
func windowOf(d deed, verb Verb, note formNote) *window {
	return &window{id: fmt.Sprintf("work/%s/%d", d.View.ID, note.Round), title: d.View.Title.Text, note: note, verb: verb}
}

// formKey names what was sent with a form, however often Slack delivers it.
func formKey(d deed, note formNote) string {
	if note.Round == 0 {
		return "form/" + d.View.ID
	}
	return fmt.Sprintf("form/%s/%d", d.View.ID, note.Round)
}

// view draws a window.
func (w *window) view(blocks ...slack.Block) slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: Plain(or(w.title, "App Store Connect"), 24), Close: Plain("Close", 24),
		ExternalID: w.id, ClearOnClose: w.note.Pushed, Blocks: slack.Blocks{BlockSet: blocks},
	}
}

// working is what a window shows until there is something to show.
func (w *window) working() *slack.ModalViewRequest {
	v := w.view(Section("⏳ Working on it…"), Context("You can close this window; then I tell you in Slack what comes of it."))
	return &v
}

// show puts a message into the window; it reports whether the person has it open. Who
// acted in it sees it at once, and nobody else does.
func (b *Bot) showIn(ctx context.Context, w *window, v slack.ModalViewRequest) bool {
	for try := 0; ; try++ {
		_, err := b.web.UpdateViewContext(ctx, v, w.id, "", "")
		said, refused := errors.AsType[slack.SlackErrorResponse](err)
		switch {
		case err == nil:
			return true
		case refused && said.Err == "not_found" && try < windowTries:
			if !sleep(ctx, betweenTries) { // the acknowledgement may still be on its way
				return false
			}
		default:
			if !refused || said.Err != "not_found" {
				b.Log.Warn("a window could not show what came of it; it is said elsewhere", "error", err)
			}
			return false
		}
	}
}

// How often, and after which pause, a window is looked for that Slack does not know.
const (
	windowTries  = 3
	betweenTries = 250 * time.Millisecond
)

// sendings remembers by which press of a button each form was sent first, so that
// Slack's repeating itself is told from the person's.
type sendings struct {
	mu    sync.Mutex
	first map[string]string // trigger ids, by the key of what was sent
}

// sentForm notes how a form was sent first. When its person sends it once more, it
// shows what came of it; Slack's own repeating, which has the same trigger id, changes
// nothing. After a restart the one is taken for the other.
func (b *Bot) sentForm(d deed, key string, fresh bool) {
	b.forms.mu.Lock()
	defer b.forms.mu.Unlock()
	if b.forms.first == nil || len(b.forms.first) > 5000 {
		b.forms.first = map[string]string{}
	}
	if fresh {
		b.forms.first[key] = d.TriggerID
	} else if b.forms.first[key] != d.TriggerID {
		b.start(func(ctx context.Context) { b.showAgain(ctx, d, key) })
	}
}

// showAgain shows what came of a form that its person has sent before, and was told by
// Slack that it had failed. Its window says “Working on it” again, and nobody else will
// put anything there.
func (b *Bot) showAgain(ctx context.Context, d deed, key string) {
	w := b.windowed(d).window
	if w == nil {
		return
	}
	for pause := time.Second; pause < time.Minute; pause *= 2 {
		r, asked, err := b.Store.ByOrigin(key)
		if err == nil && asked {
			b.showIn(ctx, w, w.view(whereItIs(r).shown()...))
			return
		}
		under := false
		err = b.Store.Inbox(func(_ uint64, e store.Envelope) bool { under = under || e.Key == key; return !under })
		if err == nil && !under {
			b.showIn(ctx, w, w.view(Section("This form was sent before. What came of it stands in our direct messages, or where you asked.")))
			return
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}

// sendBack says what is wrong with a form that was sent, with a way back to it as it
// was filled in.
func (b *Bot) sendBack(ctx context.Context, d deed, t Trouble) {
	if d.window == nil {
		b.answer(ctx, d, t.message())
		return
	}
	v := d.window.view(append(t.message().shown(), Context("Nothing was asked for."))...)
	if note, ok := b.filledIn(d); ok {
		v.Submit, v.CallbackID, v.PrivateMetadata = Plain("Back to the form", 24), backID+formVersion+"/"+d.window.verb.Words, note
	}
	if !b.showIn(ctx, d.window, v) {
		d.window = nil
		b.answer(ctx, d, t.message())
	}
}

// backID begins the callback id of a window from which a way leads back to its form.
const backID = "back/"

// longestNote is how much a view can carry (Slack: private_metadata).
const longestNote = 3000

// filledIn writes down what a form said, for the way back to it.
func (b *Bot) filledIn(d deed) (note string, ok bool) {
	op := b.changeOn(d.window.verb, d.window.note.Team)
	op.Read(d.View.answers())
	args, err := json.Marshal(op)
	if err != nil {
		return "", false
	}
	n := d.window.note
	n.Args, n.Round, n.Step, n.Kept = args, n.Round+1, 0, nil
	text, err := json.Marshal(n)
	return string(text), err == nil && len(text) <= longestNote
}

// backToForm is the form again, as it was filled in.
func (b *Bot) backToForm(d deed) (answer any, ok bool) {
	_, words, _ := strings.Cut(strings.TrimPrefix(d.View.CallbackID, backID), "/")
	verb, known := b.verb(words)
	note := d.View.note()
	if !known || verb.Change == nil || len(note.Args) == 0 {
		return nil, false
	}
	op := b.withBundles(b.change(verb), note.Team)
	if err := json.Unmarshal(note.Args, op); err != nil {
		return nil, false
	}
	note.Args = nil
	return b.instead(d, verb, b.modal(verb, op.Form(), note)), true
}

// instead answers the sending of a form with another view in its place. One that does
// not fit into an acknowledgement is put there a moment later.
func (b *Bot) instead(d deed, verb Verb, v slack.ModalViewRequest) any {
	answer := slack.NewUpdateViewSubmissionResponse(&v)
	if text, err := json.Marshal(answer); err == nil && len(text) <= mostAnswered {
		return answer
	}
	w := windowOf(d, verb, d.View.note())
	v.ExternalID = w.id
	b.start(func(ctx context.Context) { b.showIn(ctx, w, v) })
	return slack.NewUpdateViewSubmissionResponse(w.working())
}

// note is what travels with a view of the bot's own. The team that was chosen in it
// counts, and not the one it was drawn for.
func (v view) note() (n formNote) {
	_ = json.Unmarshal([]byte(v.PrivateMetadata), &n)
	if team, asked := v.State.Values[teamField]; asked {
		n.Team = ""
		if in := team[teamID]; in.SelectedOption != nil {
			n.Team = in.SelectedOption.Value
		}
	}
	return n
}

// windowed is what somebody did with a form, with the window it has become.
func (b *Bot) windowed(d deed) deed {
	if verb, _, ok := b.asked(d.View.CallbackID); ok {
		d.window = windowOf(d, verb, d.View.note())
	}
	return d
}
