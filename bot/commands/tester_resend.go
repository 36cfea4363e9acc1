package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// TesterResend sends people the mail with the invitation to an app once more.
type TesterResend struct {
	People []Person `json:"people"`
	App    Named    `json:"app"`

	called []string // people who were named without their address, until they are found
}

// About tells the app.
func (t *TesterResend) About() (apps []string, all bool) { return []string{t.App.ID}, t.App.ID == "" }

// Parse reads "<addresses or names> [in <app>]".
func (t *TesterResend) Parse(words []string) error {
	words, app, inApp := cut(words, "in")
	if inApp {
		if t.App.Name = strings.Join(app, " "); t.App.Name == "" {
			return bot.Trouble{What: "After “in” I expected an app.", Next: "For example `/asc tester resend ida@friends.example in Halo`."}
		}
	}
	t.People, t.called = readPeople(strings.Join(words, " "))
	switch n := len(t.People) + len(t.called); {
	case n == 0:
		return bot.ErrMore
	case n > mostPeople:
		return tooMany(n)
	}
	return nil
}

// Form asks for the people and the app.
func (t *TesterResend) Form() bot.Form {
	app := bot.Field{Name: "app", Label: "App", Kind: bot.Pick, Source: appSource}
	if t.App.Name != "" {
		app.Chosen = []bot.Choice{{Text: t.App.Name, Value: t.App.ID}}
	}
	return bot.Form{
		Title: "Invite testers again", Submit: "Ask for it",
		Intro:  "Who has not accepted yet gets the mail with the invitation once more.",
		Fields: append(testerFields(t.People, t.called), app),
	}
}

// Read takes the submitted form.
func (t *TesterResend) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	*t = TesterResend{App: pickedApp(v, wrong)}
	t.People, t.called = readTesters(v, wrong)
	return wrong
}

// Summary says who gets mail.
func (t *TesterResend) Summary() string {
	who := "tester " + firstEmail(t.People)
	if len(t.People) != 1 {
		who = howMany(len(t.People), "tester")
	}
	return "Send " + who + " the invitation to " + t.App.Name + " again"
}

// Beneficiaries are the testers.
func (t *TesterResend) Beneficiaries() []string {
	return addressesOf(t.People)
}

// Find looks up the app and the people. Without an app it is the one that they test.
func (t *TesterResend) Find(ctx context.Context, api *asc.Client) error {
	of := asc.BetaTesterFilter{}
	if t.App.Name != "" || t.App.ID != "" {
		found, err := findApps(ctx, api, []Named{t.App})
		if err != nil {
			return err
		}
		t.App, of.App = found[0], []string{found[0].ID}
	}
	if t.called != nil {
		found, err := calledTesters(ctx, api, of, t.called)
		if err != nil {
			return err
		}
		t.People, t.called = together(t.People, found), nil
	}
	if t.App.ID != "" {
		return nil
	}
	return t.findApp(ctx, api)
}

func (t *TesterResend) findApp(ctx context.Context, api *asc.Client) error {
	known, err := records(ctx, api, asc.BetaTesterFilter{IncludeApps: true}, t.People)
	if err != nil {
		return err
	}
	var tested []string
	for _, p := range t.People {
		for _, r := range known[p.key()] {
			tested = append(tested, r.AppIDs...)
		}
	}
	apps, err := appsByID(ctx, api)
	tested = compact(tested)
	called := named(tested, func(id string) string { return apps[id] })
	switch {
	case err != nil:
		return err
	case len(tested) == 0:
		return bot.Trouble{What: "Nobody of them is a tester of an app.", Next: "`/asc tester add` makes somebody one, and the mail goes out by itself."}
	case len(tested) > 1:
		return bot.Trouble{What: "They test several apps: " + oneOf(called) + ".", Next: "Say which, with “in” and its name at the end."}
	}
	t.App = Named{tested[0], called[0]}
	return nil
}

// Look tells who gets mail, and who cannot and why.
func (t *TesterResend) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	known, err := members(ctx, api, t.App.ID, t.People)
	if err != nil {
		return bot.Sight{}, err
	}
	var send, accepted, noBuild, absent []string
	for _, p := range t.People {
		switch r, is := known[p.key()]; {
		case !is:
			absent = append(absent, p.at())
		case hasAccepted(r):
			accepted = append(accepted, p.at())
		case r.State == "NOT_INVITED":
			noBuild = append(noBuild, p.at())
		default:
			send = append(send, p.at())
		}
	}
	if len(send)+len(noBuild) == 0 {
		return bot.Sight{}, bot.Trouble{
			What: fmt.Sprintf("There is nobody to send it to: %d accepted already, %d no tester of %s.", len(accepted), len(absent), t.App.Name),
			Next: "`/asc tester add` makes somebody a tester, and the mail goes out by itself.",
		}
	}
	fields := []store.Field{{Name: "App", After: t.App.Name}}
	for _, f := range []struct {
		name string
		rows []string
	}{{"Get the mail again", send}, {"Had none so far: there may be no build they could install", noBuild}, {"Accepted already, so no mail", accepted}, {"No tester of it, so no mail", absent}} {
		if len(f.rows) > 0 {
			fields = append(fields, store.Field{Name: fmt.Sprintf("%s (%s)", f.name, grouped(len(f.rows))), After: some(f.rows, mostOnCard)})
		}
	}
	return bot.Sight{
		Shown:   map[string]any{"app": t.App, "send": send, "none": noBuild},
		Preview: store.Preview{Fields: fields, Touches: howManyPeople(len(send)+len(noBuild)) + "; each gets a mail", Undo: "Cannot be undone: a mail is a mail."},
	}, nil
}

func hasAccepted(t asc.BetaTester) bool { return t.State == "ACCEPTED" || t.State == "INSTALLED" }

// Rows names each person.
func (t *TesterResend) Rows() []string { return t.Beneficiaries() }

// AtOnce is how many rows are read, sent and noted together. A mail cannot be read
// back, so few answers may be lost with a stop.
func (t *TesterResend) AtOnce() int { return 5 }

// Do sends all of it; the bot calls DoRows instead.
func (t *TesterResend) Do(ctx context.Context, api *asc.Client) error {
	return errors.Join(t.DoRows(ctx, api, upTo(len(t.People)))...)
}

// DoRows sends some, one by one: Apple has no call for many.
func (t *TesterResend) DoRows(ctx context.Context, api *asc.Client, rows []int) []error {
	errs := make([]error, len(rows))
	var people []Person
	for _, row := range rows {
		people = append(people, t.People[row])
	}
	known, err := members(ctx, api, t.App.ID, people)
	if err != nil {
		return unsent(errs, err) // only a read has failed so far
	}
	s := sending{ctx: ctx, errs: errs}
	for i, row := range rows {
		r, is := known[t.People[row].key()]
		if !is {
			errs[i] = bot.Trouble{What: "Not a tester of " + t.App.Name + ".", Next: "`/asc tester add` makes somebody one."}
			continue
		}
		_ = s.call([]int{i}, func() error { return api.InviteTester(ctx, t.App.ID, r.ID) })
	}
	return errs
}

// CheckRows finds out as much as can be: who has accepted needs no mail. Of a mail
// itself Apple shows nothing.
func (t *TesterResend) CheckRows(ctx context.Context, api *asc.Client) ([]bot.Finding, error) {
	known, err := members(ctx, api, t.App.ID, t.People)
	if err != nil {
		return nil, err
	}
	found := make([]bot.Finding, len(t.People))
	for i, p := range t.People {
		switch r, is := known[p.key()]; {
		case !is || r.State == "NOT_INVITED":
			found[i].Standing = bot.NotDone
		case hasAccepted(r):
			found[i] = bot.Finding{Standing: bot.Done, Outcome: p.at() + " has accepted the invitation; in TestFlight on their device the app is in the list."}
		default:
			found[i].Outcome = "App Store Connect has confirmed the mail; it shows mails nowhere."
		}
	}
	return found, nil
}

// Check tells whether nobody needs the mail.
func (t *TesterResend) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	found, err := t.CheckRows(ctx, api)
	if err != nil {
		return bot.Finding{}, err
	}
	return allOf(found, "They have all accepted the invitation already."), nil
}
