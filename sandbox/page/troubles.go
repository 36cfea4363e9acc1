package page

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// How a trouble is made.
const (
	whileOn = "switch" // it happens until it is switched off
	next    = "next"   // it happens to the next call it fits, and is over
	atOnce  = "now"    // it happens when the button is pressed
)

// Trouble is one switch or button of the trouble list.
type Trouble struct {
	ID    string `json:"id"`
	Side  string `json:"side"` // Slack or App Store Connect
	Mode  string `json:"mode"` // switch, next or now
	Title string `json:"title"`
	About string `json:"about"`
	On    bool   `json:"on"`

	slack *slack.Fault
	apple []apple.Fault
}

const (
	slackSide = "Slack"
	appleSide = "App Store Connect"
)

// offered is every trouble the page can make, in the order it is shown.
var offered = []Trouble{
	{
		ID: "apple-agreement", Side: appleSide, Mode: whileOn, Title: "Agreement expired",
		About: "Every call is refused until the Account Holder signs.",
		apple: []apple.Fault{{Kind: apple.AgreementMissing}},
	},
	{
		ID: "apple-lost", Side: appleSide, Mode: next, Title: "Lost answer",
		About: "The next change happens, but its answer never arrives.",
		apple: writes(apple.Fault{Kind: apple.LoseAnswer, Times: 1}),
	},
	{
		ID: "apple-cut", Side: appleSide, Mode: next, Title: "Cut off before the effect",
		About: "The next change breaks off and does not happen.",
		apple: writes(apple.Fault{Kind: apple.CutBefore, Times: 1}),
	},
	{
		ID: "apple-rate", Side: appleSide, Mode: whileOn, Title: "Rate limit",
		About: "Every call gets 429 and is told to wait a minute.",
		apple: []apple.Fault{{Kind: apple.Refuse, Status: http.StatusTooManyRequests, RetryAfter: time.Minute}},
	},
	{
		ID: "apple-rate-silent", Side: appleSide, Mode: whileOn, Title: "Rate limit without a time",
		About: "Every call gets 429, and nothing says when to come back.",
		apple: []apple.Fault{{Kind: apple.Refuse, Status: http.StatusTooManyRequests}},
	},
	{
		ID: "apple-role", Side: appleSide, Mode: whileOn, Title: "Key too narrow",
		About: "Every change is refused: the key's role does not allow it.",
		apple: writes(apple.Fault{Kind: apple.Refuse, Status: http.StatusForbidden}),
	},
	{
		ID: "apple-conflict", Side: appleSide, Mode: next, Title: "Conflict",
		About: "The next change is refused with 409: another one is under way.",
		apple: writes(apple.Fault{Kind: apple.Refuse, Status: http.StatusConflict, Times: 1}),
	},
	{
		ID: "apple-unprocessable", Side: appleSide, Mode: next, Title: "Cannot be processed",
		About: "The next change is refused with 422.",
		apple: writes(apple.Fault{Kind: apple.Refuse, Status: http.StatusUnprocessableEntity, Times: 1}),
	},
	{
		ID: "apple-beta-contract", Side: appleSide, Mode: next, Title: "No beta agreement",
		About: "The next submission for beta review is refused: an agreement is missing, as Apple says at times without cause.",
		apple: []apple.Fault{betaRefusal("BETA_CONTRACT_MISSING", "Beta contract is missing for the app.")},
	},
	{
		ID: "apple-beta-xcode", Side: appleSide, Mode: next, Title: "Build of a beta Xcode",
		About: "The next submission for beta review is refused: the build was made with a version of Xcode that may not go outside.",
		apple: []apple.Fault{betaRefusal("BUILD_SDK_NOT_ALLOWED_FOR_EXTERNAL_TESTING", "This build is using a beta version of Xcode and can't be submitted.")},
	},
	{
		ID: "apple-after", Side: appleSide, Mode: next, Title: "Error after the effect",
		About: "The next change happens, but its answer is 500.",
		apple: writes(apple.Fault{Kind: apple.RefuseAfter, Times: 1}),
	},
	{
		ID: "apple-half", Side: appleSide, Mode: next, Title: "Half an answer",
		About: "The next change happens, but its answer breaks off in the middle.",
		apple: writes(apple.Fault{Kind: apple.HalfBody, Times: 1}),
	},
	{
		ID: "apple-deferred", Side: appleSide, Mode: next, Title: "Accepted for later",
		About: "The next change is answered with 202 and happens half a minute later.",
		apple: writes(apple.Fault{Kind: apple.Deferred, Delay: 30 * time.Second, Times: 1}),
	},
	{
		ID: "apple-roles", Side: appleSide, Mode: whileOn, Title: "Apps by old roles",
		About: "Apps cannot be chosen in the change that takes a role away which sees them all.",
		apple: []apple.Fault{{Kind: apple.OldRoles}},
	},
	{
		ID: "apple-clock", Side: appleSide, Mode: whileOn, Title: "Clock ahead",
		About: "Apple's clock is two minutes ahead of everybody else's.",
		apple: []apple.Fault{{Kind: apple.ClockAhead, Delay: 2 * time.Minute}},
	},
	{
		ID: "apple-unknown", Side: appleSide, Mode: whileOn, Title: "Unknown states",
		About: "Answers hold states and platforms that nobody has heard of.",
		apple: []apple.Fault{{Kind: apple.UnknownEnums}},
	},
	{
		ID: "apple-report-moved", Side: appleSide, Mode: whileOn, Title: "Newer report version",
		About: "Sales reports are given in a new version only.",
		apple: []apple.Fault{{Kind: apple.ReportMoved}},
	},
	{
		ID: "apple-down", Side: appleSide, Mode: whileOn, Title: "Out of order",
		About: "Every call gets 503.",
		apple: []apple.Fault{{Kind: apple.Refuse, Status: http.StatusServiceUnavailable}},
	},
	{
		ID: "apple-elsewhere", Side: appleSide, Mode: whileOn, Title: "Sent elsewhere",
		About: "Every call is redirected to another host, where no token should go.",
		apple: []apple.Fault{{Kind: apple.Redirect}},
	},
	{
		ID: "apple-slow", Side: appleSide, Mode: whileOn, Title: "Slow",
		About: "Every call takes eight seconds longer.",
		apple: []apple.Fault{{Kind: apple.Slow, Delay: 8 * time.Second}},
	},
	{
		ID: "apple-lag", Side: appleSide, Mode: whileOn, Title: "Late lists",
		About: "Reads do not show what changed in the last 20 seconds.",
		apple: []apple.Fault{{Kind: apple.Lagging, Method: http.MethodGet, Delay: 20 * time.Second}},
	},
	{
		ID: "apple-key", Side: appleSide, Mode: whileOn, Title: "Key revoked",
		About: "Every call gets 401.",
		apple: []apple.Fault{{Kind: apple.Unauthorized}},
	},
	{
		ID: "apple-report", Side: appleSide, Mode: whileOn, Title: "Sales report not there yet",
		About: "The report is not published while this is on.",
		apple: []apple.Fault{{Kind: apple.ReportMissing}},
	},
	{
		ID: "apple-few", Side: appleSide, Mode: whileOn, Title: "Hardly any sales",
		About: "Sales reports of days that are read while this is on have a third of what is usual: the digest raises an alarm.",
		apple: []apple.Fault{{Kind: apple.FewSales}},
	},
	{
		ID: "slack-rate", Side: slackSide, Mode: whileOn, Title: "Rate limit",
		About: "Posting gets 429 and is told to wait ten seconds.",
		slack: &slack.Fault{Kind: slack.RateLimited, Method: "chat.postMessage", After: 10 * time.Second},
	},
	{
		ID: "slack-before", Side: slackSide, Mode: whileOn, Title: "Error before the effect",
		About: "Every Web API call gets 500 and nothing happens.",
		slack: &slack.Fault{Kind: slack.FailBefore},
	},
	{
		ID: "slack-after", Side: slackSide, Mode: whileOn, Title: "Error after the effect",
		About: "Posting works, but the answer is 500.",
		slack: &slack.Fault{Kind: slack.FailAfter, Method: "chat.postMessage"},
	},
	{
		ID: "slack-slow", Side: slackSide, Mode: whileOn, Title: "Slow",
		About: "Every Web API call takes eight seconds longer.",
		slack: &slack.Fault{Kind: slack.Slow, After: 8 * time.Second},
	},
	{
		ID: "slack-drop", Side: slackSide, Mode: whileOn, Title: "Lost answer",
		About: "Posting works, but the connection breaks before the answer.",
		slack: &slack.Fault{Kind: slack.DropAfter, Method: "chat.postMessage"},
	},
	{
		ID: "slack-refused", Side: slackSide, Mode: whileOn, Title: "Redrawing refused",
		About: "chat.update answers is_archived, as in a channel that is closed.",
		slack: &slack.Fault{Kind: slack.APIError, Method: "chat.update", Name: "is_archived"},
	},
	{
		ID: "slack-charts", Side: slackSide, Mode: whileOn, Title: "No charts",
		About: "Charts and tables are blocks that this workspace does not know: messages with them are refused.",
		slack: &slack.Fault{Kind: slack.NoCharts},
	},
	{
		ID: "slack-hidden", Side: slackSide, Mode: whileOn, Title: "Late history",
		About: "New messages are missing from the history for ten seconds.",
		slack: &slack.Fault{Kind: slack.HideFromHistory},
	},
	{
		ID: "slack-scope", Side: slackSide, Mode: whileOn, Title: "Missing scope",
		About: "users.info is refused, as if its scope had not been granted.",
		slack: &slack.Fault{Kind: slack.MissingScope, Method: "users.info"},
	},
	{
		ID: "slack-twice", Side: slackSide, Mode: whileOn, Title: "Everything twice",
		About: "Each envelope is delivered again half a second later.",
		slack: &slack.Fault{Kind: slack.Duplicate, After: 500 * time.Millisecond},
	},
	{
		ID: "slack-order", Side: slackSide, Mode: whileOn, Title: "Wrong order",
		About: "An envelope waits for the next one and comes after it.",
		slack: &slack.Fault{Kind: slack.Reorder},
	},
	{
		ID: "slack-again", Side: slackSide, Mode: whileOn, Title: "Redelivery",
		About: "A new connection gets once more what nobody acknowledged.",
		slack: &slack.Fault{Kind: slack.Unacknowledged},
	},
	{
		ID: "slack-string", Side: slackSide, Mode: whileOn, Title: "Odd types",
		About: "is_enterprise_install comes as a string.",
		slack: &slack.Fault{Kind: slack.EnterpriseText},
	},
	{
		ID: "slack-absent", Side: slackSide, Mode: whileOn, Title: "Missing fields",
		About: "is_enterprise_install does not come at all.",
		slack: &slack.Fault{Kind: slack.EnterpriseNone},
	},
	{
		ID: "slack-removed", Side: slackSide, Mode: whileOn, Title: "App removed",
		About: "The app is taken out of the workspace, and its tokens are revoked.",
		slack: &slack.Fault{Kind: slack.Revoked},
	},
	{
		ID: "slack-lose", Side: slackSide, Mode: whileOn, Title: "Envelopes get lost",
		About: "The app hears nothing; you see what Slack says after three seconds.",
		slack: &slack.Fault{Kind: slack.LoseEnvelope},
	},
	{
		ID: "slack-off", Side: slackSide, Mode: whileOn, Title: "Socket Mode switched off",
		About: "Connections end with link_disabled and cannot be opened again.",
		slack: &slack.Fault{Kind: slack.LinkDisabled},
	},
	{
		ID: "slack-refresh", Side: slackSide, Mode: atOnce, Title: "Refresh connections",
		About: "Slack asks the app to connect anew, as it does every few hours.",
		slack: &slack.Fault{Kind: slack.Refresh},
	},
	{
		ID: "slack-warning", Side: slackSide, Mode: atOnce, Title: "Warn connections",
		About: "Slack says that connections end in ten seconds.",
		slack: &slack.Fault{Kind: slack.Warning},
	},
	{
		ID: "slack-toomany", Side: slackSide, Mode: atOnce, Title: "Too many connections",
		About: "Slack ends connections as if ten others were open.",
		slack: &slack.Fault{Kind: slack.TooMany},
	},
	{
		ID: "slack-envelope", Side: slackSide, Mode: atOnce, Title: "Unknown envelope",
		About: "The app gets an envelope of a type nobody has heard of.",
		slack: &slack.Fault{Kind: slack.UnknownEnvelope},
	},
	{
		ID: "slack-event", Side: slackSide, Mode: atOnce, Title: "Unknown event",
		About: "The app gets an event of a type nobody has heard of.",
		slack: &slack.Fault{Kind: slack.UnknownEvent},
	},
	{
		ID: "slack-held", Side: slackSide, Mode: atOnce, Title: "Events held back",
		About: "The app is told that it gets too many events, and gets none with that.",
		slack: &slack.Fault{Kind: slack.AppRateLimited},
	},
	{
		ID: "slack-cut", Side: slackSide, Mode: atOnce, Title: "Cut connections",
		About: "Every connection breaks without a word.",
		slack: &slack.Fault{Kind: slack.Cut},
	},
	{
		ID: "slack-silent", Side: slackSide, Mode: atOnce, Title: "Dead connections",
		About: "Connections stay open, but nothing passes any more.",
		slack: &slack.Fault{Kind: slack.Silent},
	},
}

// betaRefusal refuses the next submission for beta review.
func betaRefusal(code, detail string) apple.Fault {
	return apple.Fault{
		Kind: apple.Refuse, Method: http.MethodPost, PathPrefix: "/v1/betaAppReviewSubmissions", Times: 1,
		Status: http.StatusUnprocessableEntity, Code: "ENTITY_UNPROCESSABLE." + code, Detail: detail,
	}
}

// writes makes a fault for each method that changes something.
func writes(f apple.Fault) []apple.Fault {
	var all []apple.Fault
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodDelete} {
		f.Method = method
		all = append(all, f)
	}
	return all
}

// troubles knows which are on.
type troubles struct {
	slack *slack.Server
	apple []*apple.Server // every team's

	mu      sync.Mutex
	on      map[string][]made // by id
	aimed   []*Aimed
	counted int // for the ids of what is aimed
}

// made is one fault of a trouble that is on: for how many calls it is left, and what
// takes it back.
type made struct {
	left   func() int
	cancel func()
}

func newTroubles(s *slack.Server, apples []*apple.Server) *troubles {
	return &troubles{slack: s, apple: apples, on: map[string][]made{}}
}

func (t *troubles) list() []Trouble {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := slices.Clone(offered)
	for i := range all {
		_, all[i].On = t.on[all[i].ID]
	}
	return all
}

// set makes a trouble or takes it back. Doing either twice is doing it once.
func (t *troubles) set(id string, on bool) error {
	i := slices.IndexFunc(offered, func(one Trouble) bool { return one.ID == id })
	if i < 0 {
		return errors.New("there is no trouble called " + id + ". Load the page again")
	}
	if !on {
		t.takeBack(id)
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, already := t.on[id]; already {
		return nil
	}
	faults := t.inject(offered[i])
	if offered[i].Mode != atOnce {
		t.on[id] = faults
	}
	return nil
}

func (t *troubles) inject(one Trouble) (all []made) {
	for _, f := range one.apple {
		for _, team := range t.apple {
			left, cancel := team.Arm(f)
			all = append(all, made{left, cancel})
		}
	}
	if one.slack != nil {
		left, cancel := t.slack.Arm(*one.slack)
		all = append(all, made{left, cancel})
	}
	return all
}

func (t *troubles) takeBack(id string) {
	t.mu.Lock()
	faults := t.on[id]
	delete(t.on, id)
	t.mu.Unlock()
	for _, f := range faults {
		f.cancel()
	}
}

// struck ends what was to happen once, to a call at any team, now that it has.
func (t *troubles) struck() {
	for _, one := range offered {
		t.mu.Lock()
		used := slices.ContainsFunc(t.on[one.ID], func(f made) bool { return f.left() == 0 })
		t.mu.Unlock()
		if one.Mode == next && used {
			t.takeBack(one.ID)
		}
	}
}

func (t *troubles) clear() {
	for _, one := range offered {
		t.takeBack(one.ID)
	}
	for _, one := range t.aimedNow() {
		_ = t.unaim(one.ID) // taking back what is over is no error
	}
}
