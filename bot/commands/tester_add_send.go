package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// Do adds everybody; the bot calls DoRows instead.
func (t *TesterAdd) Do(ctx context.Context, api *asc.Client) error {
	return errors.Join(t.DoRows(ctx, api, upTo(len(t.Rows())))...)
}

func upTo(n int) (rows []int) {
	for i := range n {
		rows = append(rows, i)
	}
	return rows
}

// DoRows adds some: those the app knows by their records, many in one call for each
// group, and those who are new one by one, since Apple has no call for many. Records
// are kept per app, so one of another app would be refused.
func (t *TesterAdd) DoRows(ctx context.Context, api *asc.Client, rows []int) []error {
	errs := make([]error, len(rows))
	var people []Person
	for i, row := range rows {
		p, g, ok := t.pair(row)
		switch why, unable := t.Unable[t.rowName(p, g)]; {
		case !ok:
			errs[i] = bot.Trouble{What: "This is not an e-mail address."}
		case unable:
			errs[i] = bot.Trouble{What: "Not possible: " + why + "."}
		default:
			people = append(people, p)
		}
	}
	known, err := members(ctx, api, t.App.ID, people)
	if err != nil {
		return unsent(errs, err) // only a read has failed so far
	}
	old, fresh := map[string][]int{}, map[string][]int{} // places in rows: by group, by address
	var order []string
	for i, row := range rows {
		if errs[i] != nil {
			continue
		}
		p, g, _ := t.pair(row)
		address := strings.ToLower(p.Email)
		switch tester, is := known[address]; {
		case is && !slices.Contains(tester.GroupIDs, g.ID):
			old[g.ID] = append(old[g.ID], i)
		case !is:
			if fresh[address] == nil {
				order = append(order, address)
			}
			fresh[address] = append(fresh[address], i)
		}
	}
	s := sending{ctx: ctx, errs: errs}
	for _, g := range t.Groups {
		t.addKnown(&s, api, g, rows, old[g.ID], known)
	}
	for _, address := range order {
		t.addNew(&s, api, rows, fresh[address])
	}
	return errs
}

// unsent says of all rows that have no answer yet that nothing was sent for them.
func unsent(errs []error, cause error) []error {
	for i := range errs {
		if errs[i] == nil {
			errs[i] = &asc.NotSentError{Cause: cause}
		}
	}
	return errs
}

// sending notes what came of calls, and stops when the next would fail the same way.
type sending struct {
	ctx    context.Context
	errs   []error
	stop   error // why nothing more is sent
	silent int   // calls in a row without a clear answer
}

// mostSilent is how many calls in a row may stay without a clear answer. Then
// something is broken, and what else is to be sent waits.
const mostSilent = 3

// call makes one call for some rows, unless nothing is to be sent any more.
func (s *sending) call(rows []int, do func() error) error {
	err := s.stop
	if err == nil {
		err = do()
		_, unsure := errors.AsType[*asc.UnsureError](err)
		if unsure {
			s.silent++
		} else {
			s.silent = 0
		}
		switch {
		case s.ctx.Err() != nil:
			s.stop = &asc.NotSentError{Cause: s.ctx.Err()}
		case asc.Unauthorized(err), asc.Forbidden(err), asc.AgreementMissing(err), asc.RateLimited(err):
			s.stop = &asc.NotSentError{Cause: err}
		case s.silent >= mostSilent:
			s.stop = &asc.NotSentError{Cause: err}
		}
	}
	for _, i := range rows {
		s.errs[i] = explained(err)
	}
	return err
}

// halves makes a call for many rows at once. Apple does all of it or nothing, so when
// it refuses, each half is tried by itself, down to the row that is refused.
func (s *sending) halves(rows []int, do func(rows []int) error) {
	if len(rows) == 0 {
		return
	}
	err := s.call(rows, func() error { return do(rows) })
	if e, refused := errors.AsType[*asc.Error](err); refused && len(rows) > 1 && (e.Status == 404 || e.Status == 409 || e.Status == 422) {
		s.halves(rows[:len(rows)/2], do)
		s.halves(rows[len(rows)/2:], do)
	}
}

func (t *TesterAdd) addKnown(s *sending, api *asc.Client, g Named, rows, places []int, known map[string]asc.BetaTester) {
	s.halves(places, func(places []int) error {
		var ids []string
		for _, i := range places {
			p, _, _ := t.pair(rows[i])
			ids = append(ids, known[strings.ToLower(p.Email)].ID)
		}
		return api.AddTestersToGroup(s.ctx, g.ID, ids...)
	})
}

// addNew makes somebody a tester of all their groups with one call.
func (t *TesterAdd) addNew(s *sending, api *asc.Client, rows, places []int) {
	p, _, _ := t.pair(rows[places[0]])
	s.halves(places, func(places []int) error {
		in := asc.NewBetaTester{Email: p.Email, FirstName: p.First, LastName: p.Last}
		for _, i := range places {
			_, g, _ := t.pair(rows[i])
			in.Groups = append(in.Groups, g.ID)
		}
		_, err := api.CreateBetaTester(s.ctx, in)
		return err
	})
}

// CheckRows reads who is in which group, and what that means for getting mail.
func (t *TesterAdd) CheckRows(ctx context.Context, api *asc.Client) ([]bot.Finding, error) {
	known, err := members(ctx, api, t.App.ID, t.People)
	if err != nil {
		return nil, err
	}
	found := make([]bot.Finding, len(t.People)*len(t.Groups)+len(t.Unread))
	for i := range found {
		p, g, ok := t.pair(i)
		found[i].Standing = bot.NotDone
		tester := known[strings.ToLower(p.Email)]
		if !ok || !slices.Contains(tester.GroupIDs, g.ID) {
			continue
		}
		found[i] = bot.Finding{Standing: bot.Done, Outcome: testerState(tester.State), Before: "In it before. " + testerState(tester.State)}
		if len(found) == 1 {
			found[i].Outcome = fmt.Sprintf("%s is in %s of %s. %s", p.Email, g.Name, t.App.Name, testerState(tester.State))
			found[i].Before = found[i].Outcome
		}
	}
	return found, nil
}

// Check tells whether everybody is in.
func (t *TesterAdd) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	found, err := t.CheckRows(ctx, api)
	if err != nil {
		return bot.Finding{}, err
	}
	return allOf(found, howManyPeople(len(t.People))+" are in "+names(t.Groups)+" of "+t.App.Name+"."), nil
}

// allOf puts findings of rows together.
func allOf(found []bot.Finding, done string) bot.Finding {
	n := 0
	for _, f := range found {
		if f.Standing == bot.Done {
			n++
		}
	}
	switch {
	case n == len(found) && n == 1:
		return found[0]
	case n == len(found):
		return bot.Finding{Standing: bot.Done, Outcome: done}
	}
	return bot.Finding{Standing: bot.NotDone}
}

// testerState says what a tester's state means for getting mail.
func testerState(state string) string {
	switch state {
	case "NOT_INVITED":
		return "No mail has gone out yet: there is no build they could install."
	case "INVITED":
		return "The invitation mail is on its way."
	case "ACCEPTED":
		return "They had accepted before."
	case "INSTALLED":
		return "They have the app installed."
	case "REVOKED":
		return "Their invitation was revoked."
	}
	return "State: " + strings.ToLower(strings.ReplaceAll(state, "_", " ")) + "."
}
