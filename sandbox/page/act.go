package page

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"
	_ "time/tzdata" // the digest's zone must be known on machines without zone files

	"github.com/ascbot/ascbot/sandbox/slack"
)

// largest bounds what a script may send: a form with many long inputs fits.
const largest = 1 << 20

// act makes a handler of one thing a person does: its arguments come as JSON,
// its outcome goes out as JSON. An error is words for the person.
func act[In, Out any](do func(In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, largest)).Decode(&in); err != nil {
			answer(w, http.StatusBadRequest, refusal{"The page sent something the sandbox does not understand: " + err.Error()})
			return
		}
		out, err := do(in)
		if err != nil {
			answer(w, http.StatusUnprocessableEntity, refusal{err.Error()})
			return
		}
		answer(w, http.StatusOK, out)
	}
}

// nothing is the outcome of what has none.
type nothing struct{}

type spoken struct {
	User    string `json:"user"`
	Channel string `json:"channel"`
	Thread  string `json:"thread"` // empty outside threads
	Text    string `json:"text"`
}

func (p *Page) command(in spoken) (slack.Reply, error) {
	return p.Slack.Command(in.User, in.Channel, in.Text), nil
}

type said struct {
	TS string `json:"ts"`
}

func (p *Page) say(in spoken) (out said, err error) {
	if in.Thread != "" {
		out.TS, err = p.Slack.SayInThread(in.User, in.Channel, in.Thread, in.Text)
	} else {
		out.TS, err = p.Slack.Say(in.User, in.Channel, in.Text)
	}
	return out, err
}

type revision struct {
	User    string `json:"user"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	Text    string `json:"text"`
}

func (p *Page) revise(in revision) (nothing, error) {
	return nothing{}, p.Slack.Revise(in.User, in.Channel, in.TS, in.Text)
}

func (p *Page) retract(in revision) (nothing, error) {
	return nothing{}, p.Slack.Retract(in.User, in.Channel, in.TS)
}

// choosing names a shortcut, and the message it was chosen on, if it is one of messages.
type choosing struct {
	User       string `json:"user"`
	CallbackID string `json:"callback_id"`
	Channel    string `json:"channel"`
	TS         string `json:"ts"`
}

func (p *Page) shortcut(in choosing) (slack.Reply, error) {
	if in.TS != "" {
		return p.Slack.MessageShortcut(in.User, in.Channel, in.TS, in.CallbackID), nil
	}
	return p.Slack.Shortcut(in.User, in.CallbackID), nil
}

func (p *Page) press(in slack.Press) (slack.Reply, error) { return p.Slack.Press(in), nil }

type typing struct {
	User     string `json:"user"`
	View     string `json:"view"`    // or
	Channel  string `json:"channel"` // and
	TS       string `json:"ts"`
	BlockID  string `json:"block_id"`
	ActionID string `json:"action_id"`
	Query    string `json:"query"`
}

func (p *Page) suggest(in typing) (slack.Suggestions, error) {
	if in.View != "" {
		return p.Slack.Suggest(in.User, in.View, in.BlockID, in.ActionID, in.Query)
	}
	return p.Slack.SuggestInMessage(in.User, in.Channel, in.TS, in.BlockID, in.ActionID, in.Query)
}

type form struct {
	User   string       `json:"user"`
	View   string       `json:"view"`
	Values slack.Values `json:"values"`
	All    bool         `json:"all"` // dismiss: the whole stack
}

// fill keeps what was typed, for when the page is loaded again or somebody
// else is acted as in between.
func (p *Page) fill(in form) (nothing, error) {
	return nothing{}, p.Slack.Fill(in.User, in.View, in.Values)
}

type attaching struct {
	User string `json:"user"`
	Name string `json:"name"`
	Data []byte `json:"data"` // base64 in JSON
}

type attached struct {
	ID string `json:"id"`
}

// attach uploads a file for a form.
func (p *Page) attach(in attaching) (out attached, err error) {
	out.ID, err = p.Slack.Attach(in.User, in.Name, in.Data)
	return out, err
}

func (p *Page) submit(in form) (slack.Reply, error) {
	return p.Slack.Submit(in.User, in.View, in.Values), nil
}

func (p *Page) dismiss(in form) (slack.Reply, error) {
	if in.All {
		return p.Slack.DismissAll(in.User), nil
	}
	return p.Slack.Dismiss(in.User, in.View), nil
}

func (p *Page) home(in spoken) (slack.Reply, error) { return p.Slack.OpenHome(in.User), nil }

type joining struct {
	User    string `json:"user"` // who is brought in
	Channel string `json:"channel"`
}

// join is what "/invite @asc" does in Slack's client.
func (p *Page) join(in joining) (nothing, error) {
	return nothing{}, p.Slack.Join(in.User, in.Channel)
}

// Zone is where the made-up company has its clock; its digest comes at 9:00 there.
const Zone = "America/Los_Angeles"

// moving says by how much, or to when, the clock is moved; one of the three.
type moving struct {
	Minutes int       `json:"minutes"`
	Morning bool      `json:"morning"` // to 9:00 of the next day in Zone
	To      time.Time `json:"to"`
}

func (p *Page) moveClock(in moving) (clockState, error) {
	var err error
	switch {
	case in.Morning:
		var at time.Time
		if at, err = morning(p.Clock.Now()); err == nil {
			err = p.Clock.MoveTo(at)
		}
	case !in.To.IsZero():
		err = p.Clock.MoveTo(in.To)
	case in.Minutes != 0:
		err = p.Clock.Move(time.Duration(in.Minutes) * time.Minute)
	default:
		err = errors.New("say by how much the clock should move, or to when")
	}
	return p.clockState(), err
}

// morning is 9:00 of the day after now in Zone.
func morning(now time.Time) (time.Time, error) {
	zone, err := time.LoadLocation(Zone)
	if err != nil {
		return time.Time{}, err
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d+1, 9, 0, 0, 0, zone), nil
}

type switching struct {
	ID string `json:"id"`
	On bool   `json:"on"`
}

func (p *Page) makeTrouble(in switching) ([]Trouble, error) {
	err := p.troubles.set(in.ID, in.On)
	p.hub.tell()
	return p.troubles.list(), err
}
