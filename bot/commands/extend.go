package commands

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// Extend puts off the end of a change that holds for a time only. Nothing happens at
// App Store Connect; but whoever agreed to a week has not agreed to two.
type Extend struct {
	Request uint64    `json:"request"`
	For     string    `json:"for"`            // beyond the end that stands now
	From    time.Time `json:"from,omitzero"`  // the end that stands now
	What    string    `json:"what,omitempty"` // summary of what is extended
	Whom    []string  `json:"whom,omitempty"` // whom it serves
	Of      string    `json:"of,omitempty"`   // App Store Connect team of what is extended

	store *store.Store
	now   func() time.Time
}

// Within gives the data that says when changes end.
func (x *Extend) Within(s *store.Store, now func() time.Time) { x.store, x.now = s, now }

// Parse reads "<number> [for] <time>".
func (x *Extend) Parse(words []string) error {
	if len(words) == 0 {
		return bot.Trouble{What: "Extend which request?", Next: "For example `/asc extend 12 7d`; its card says the number."}
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(words[0], "#"), 10, 64)
	if err != nil {
		return bot.Trouble{What: "“" + words[0] + "” is not the number of a request.", Next: "For example `/asc extend 12 7d`."}
	}
	x.Request = n
	if words = words[1:]; len(words) > 0 && strings.EqualFold(words[0], "for") {
		words = words[1:]
	}
	x.For = strings.Join(words, " ")
	if x.For == "" {
		return bot.ErrMore
	}
	_, err = x.longer()
	return err
}

// Form asks for how long.
func (x *Extend) Form() bot.Form {
	number := ""
	if x.Request != 0 {
		number = strconv.FormatUint(x.Request, 10)
	}
	return bot.Form{
		Title: "Extend", Intro: "Somebody else has to agree before it is extended.",
		Fields: []bot.Field{
			{Name: "request", Label: "Request", Hint: "Its number, as its card says", Text: number},
			{Name: "for", Label: "Longer by", Hint: "For example 7d, 36h or 2w", Text: x.For},
		},
	}
}

// Read takes the form.
func (x *Extend) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimSpace(v["request"].Text), "#"), 10, 64)
	if err != nil {
		wrong["request"] = "Write the number of the request, for example 12."
	}
	x.Request, x.For = n, strings.TrimSpace(v["for"].Text)
	if _, err := x.longer(); err != nil {
		wrong["for"] = err.Error()
	}
	return wrong
}

// Summary says what is extended.
func (x *Extend) Summary() string {
	return fmt.Sprintf("Extend #%d by %s: %s", x.Request, x.For, x.What)
}

// Beneficiaries are those of the change itself.
func (x *Extend) Beneficiaries() []string { return x.Whom }

// Find looks for the request in the bot's own data.
func (x *Extend) Find(context.Context, *asc.Client) error {
	r, err := x.running()
	if err != nil {
		return err
	}
	x.What, x.Whom, x.From, x.Of = r.Summary, r.Beneficiaries, r.Grant.Until, r.Team
	return nil
}

// Team is that of what is extended, whose rules count.
func (x *Extend) Team() string { return x.Of }

func (x *Extend) running() (store.Request, error) {
	r, err := x.store.Request(x.Request)
	if _, gone := errors.AsType[*store.NotFoundError](err); gone {
		return r, bot.Trouble{What: fmt.Sprintf("There is no request #%d.", x.Request), Next: "Its card says its number."}
	}
	if err == nil && !r.Grant.Runs() {
		return r, bot.Trouble{What: fmt.Sprintf("What request #%d changed does not end by itself, or has ended.", x.Request), Next: "Ask for it anew if it is still wanted."}
	}
	return r, err
}

// longer reads by how much.
func (x *Extend) longer() (time.Duration, error) {
	d, ok := readSpan(x.For)
	if !ok {
		return 0, bot.Trouble{What: "“" + x.For + "” is no length of time I know.", Next: "Write hours, days or weeks: 36h, 7d, 2 weeks."}
	}
	return d, spanComplaint(d)
}

func (x *Extend) until() time.Time {
	d, _ := x.longer() // it was read before it was asked for
	return x.From.Add(d)
}

// Look shows the end before and after.
func (x *Extend) Look(context.Context, *asc.Client) (bot.Sight, error) {
	r, err := x.running()
	if err != nil {
		return bot.Sight{}, err
	}
	at := func(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04 UTC") }
	return bot.Sight{
		Shown: map[string]any{"until": r.Grant.Until},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "Extends", After: fmt.Sprintf("#%d %s", r.ID, r.Summary)},
				{Name: "Ends", Before: at(r.Grant.Until), After: at(x.until())},
			},
			Touches: r.Preview.Touches, Allows: r.Preview.Allows,
			Undo: "Can be ended at any time with End now on the card of the request.",
		},
	}, nil
}

// Do moves the end.
func (x *Extend) Do(context.Context, *asc.Client) error {
	_, err := x.store.Regrant(x.Request, store.Mark{At: x.now(), Note: "extended by " + x.For}, func(g *store.Grant) error {
		if g.Until.Before(x.From) {
			return bot.Trouble{What: fmt.Sprintf("Somebody has ended request #%d before it could be extended.", x.Request), Next: "Ask for it anew if it is still wanted."}
		}
		g.Until, g.Warned = x.until().UTC(), time.Time{}
		return nil
	})
	if _, over := errors.AsType[*store.GrantOverError](err); over {
		return bot.Trouble{What: fmt.Sprintf("Request #%d has ended before it could be extended.", x.Request), Next: "Ask for it anew."}
	}
	return err
}

// Check looks when it ends now.
func (x *Extend) Check(context.Context, *asc.Client) (bot.Finding, error) {
	r, err := x.store.Request(x.Request)
	if err != nil {
		return bot.Finding{}, err
	}
	if x.From.IsZero() || !r.Grant.Runs() || r.Grant.Until.Before(x.until()) {
		return bot.Finding{Standing: bot.NotDone}, nil
	}
	return bot.Finding{Standing: bot.Done, Outcome: fmt.Sprintf("#%d ends %s.", x.Request, r.Grant.Until.UTC().Format("2 Jan 2006 15:04 UTC"))}, nil
}
