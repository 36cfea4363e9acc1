package asc

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// reviewDesk is Apple's side of a review submission, with troubles.
type reviewDesk struct {
	draft    bool     // there is one already
	items    []string // versions in it
	add      func(w http.ResponseWriter, d *reviewDesk)
	sent     bool
	lagBy    int // reads of the items that do not show the newest
	lastRead int
}

func (d *reviewDesk) answer(w http.ResponseWriter, r *http.Request, _ int) {
	const submission = `{"type":"reviewSubmissions","id":"S","attributes":{"state":"READY_FOR_REVIEW"}}`
	switch r.Method + " " + r.URL.Path {
	case "GET /v1/reviewSubmissions":
		list := ""
		if d.draft {
			list = submission
		}
		reply(w, 200, `{"data":[`+list+`]}`)
	case "POST /v1/reviewSubmissions":
		reply(w, 201, `{"data":`+submission+`}`)
	case "GET /v1/reviewSubmissions/S/items":
		var items []string
		for i, version := range d.items {
			if d.lastRead++; d.lastRead > d.lagBy {
				items = append(items, fmt.Sprintf(`{"type":"reviewSubmissionItems","id":"i%d","relationships":{"appStoreVersion":{"data":{"type":"appStoreVersions","id":%q}}}}`, i, version))
			}
		}
		reply(w, 200, `{"data":[`+strings.Join(items, ",")+`]}`)
	case "POST /v1/reviewSubmissionItems":
		d.add(w, d)
	case "PATCH /v1/reviewSubmissions/S":
		d.sent = true
		reply(w, 200, `{"data":{"type":"reviewSubmissions","id":"S","attributes":{"state":"WAITING_FOR_REVIEW"}}}`)
	}
}

func TestAVersionIsSubmittedOnlyWhenItIsInTheDraft(t *testing.T) {
	put := func(status int) func(http.ResponseWriter, *reviewDesk) {
		return func(w http.ResponseWriter, d *reviewDesk) {
			d.items = append(d.items, "V")
			reply(w, status, `{"data":{"type":"reviewSubmissionItems","id":"i"}}`)
		}
	}
	lose := func(status int) func(http.ResponseWriter, *reviewDesk) {
		return func(w http.ResponseWriter, _ *reviewDesk) {
			reply(w, status, `{"data":{"type":"reviewSubmissionItems","id":"i"}}`)
		}
	}
	for name, tt := range map[string]struct {
		desk reviewDesk
		sent bool
		fits func(error) bool
	}{
		"no draft yet":                     {reviewDesk{add: put(201)}, true, nil},
		"a draft that is there":            {reviewDesk{draft: true, add: put(201)}, true, nil},
		"a draft that holds it":            {reviewDesk{draft: true, items: []string{"V"}}, true, nil},
		"a draft that holds something":     {reviewDesk{draft: true, items: []string{"W"}, add: put(201)}, false, is[*DraftError]},
		"something besides":                {reviewDesk{draft: true, items: []string{"V", "W"}}, false, is[*DraftError]},
		"500, and it is in":                {reviewDesk{add: put(500)}, true, nil},
		"500, and it is not in":            {reviewDesk{add: lose(500)}, false, Unsure},
		"201, and it is not in":            {reviewDesk{add: lose(201)}, false, is[*DraftError]},
		"201, and it shows later":          {reviewDesk{add: put(201), lagBy: 2}, true, nil},
		"it is not ready":                  {reviewDesk{add: func(w http.ResponseWriter, _ *reviewDesk) { refuse(w, 409, "STATE_ERROR.ENTITY_STATE_INVALID", "No.") }}, false, StateConflict},
		"a draft with items, told nothing": {reviewDesk{draft: true, items: []string{""}}, false, is[*DraftError]},
	} {
		bubble(t, name, func(t *testing.T) {
			desk := tt.desk
			c, _ := start(t, desk.answer)
			got, err := c.SubmitVersion(t.Context(), "A", "IOS", "V")
			if desk.sent != tt.sent || (err == nil) != tt.sent || tt.fits != nil && !tt.fits(err) {
				t.Errorf("sent: %v, error: %v (%T)", desk.sent, err, err)
			}
			if tt.sent && got.State != SubmissionWaiting {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestARowOfTestersStopsWhereItIsHopeless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			switch n {
			case 0:
				reply(w, 201, `{"data":{"type":"betaTesters","id":"t0"}}`)
			case 1:
				refuse(w, 409, "STATE_ERROR", "Tester(s) cannot be assigned")
			default:
				refuse(w, 403, "FORBIDDEN_ERROR", "The API key in use does not allow this request")
			}
		})
		var people []NewBetaTester
		for i := range 5 {
			people = append(people, NewBetaTester{Email: fmt.Sprint(i, "@x.example"), Groups: ids})
		}
		var results []TesterResult
		for r := range c.CreateBetaTesters(t.Context(), people) {
			results = append(results, r)
		}
		if len(results) != 5 || results[0].Tester.ID != "t0" || results[0].Err != nil || !StateConflict(results[1].Err) || !Forbidden(results[2].Err) {
			t.Errorf("got %+v", results)
		}
		for _, r := range results[3:] {
			if !is[*NotSentError](r.Err) || !Forbidden(r.Err) {
				t.Errorf("%s ended in %v", r.In.Email, r.Err)
			}
		}
		s.want(3)
	})
}

func TestPhasedReleaseInPercent(t *testing.T) {
	for p, want := range map[PhasedRelease]int{
		{State: PhasedInactive}: 0, {State: PhasedActive, Day: 1}: 1, {State: PhasedActive, Day: 4}: 10, {State: PhasedPaused, Day: 6}: 50,
		{State: PhasedActive, Day: 7}: 100, {State: PhasedActive, Day: 99}: 100, {State: PhasedComplete, Day: 2}: 100, {State: "A_NEW_ONE", Day: 2}: 2,
	} {
		if got := p.Percent(); got != want {
			t.Errorf("%+v: %d percent", p, got)
		}
	}
}
