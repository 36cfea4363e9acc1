package page

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// choice is a kind of trouble that can be made for some calls and not for
// others.
type choice struct {
	ID    string `json:"id"`
	Side  string `json:"side"`
	Title string `json:"title"`
	// Of says what its path is: the beginning of a path at Apple, a method of
	// Slack's Web API, or a type of envelope.
	Of string `json:"of"`

	slack slack.Fault
	apple apple.Fault
}

// What a path can be.
const (
	ofPath     = "path"
	ofMethod   = "method"
	ofEnvelope = "envelope"
)

func status(code int) apple.Fault { return apple.Fault{Kind: apple.Refuse, Status: code} }

// choices are what can be aimed, in the order they are offered.
var choices = []choice{
	{ID: "apple-429", Side: appleSide, Of: ofPath, Title: "429, come back in a minute", apple: apple.Fault{Kind: apple.Refuse, Status: http.StatusTooManyRequests, RetryAfter: time.Minute}},
	{ID: "apple-500", Side: appleSide, Of: ofPath, Title: "500, and nothing happened", apple: status(http.StatusInternalServerError)},
	{ID: "apple-500-after", Side: appleSide, Of: ofPath, Title: "500, though it happened", apple: apple.Fault{Kind: apple.RefuseAfter}},
	{ID: "apple-503", Side: appleSide, Of: ofPath, Title: "503", apple: status(http.StatusServiceUnavailable)},
	{ID: "apple-403", Side: appleSide, Of: ofPath, Title: "403, the key may not", apple: status(http.StatusForbidden)},
	{ID: "apple-409", Side: appleSide, Of: ofPath, Title: "409, a conflict", apple: status(http.StatusConflict)},
	{ID: "apple-422", Side: appleSide, Of: ofPath, Title: "422, cannot be processed", apple: status(http.StatusUnprocessableEntity)},
	{ID: "apple-lost", Side: appleSide, Of: ofPath, Title: "It happens, the answer is lost", apple: apple.Fault{Kind: apple.LoseAnswer}},
	{ID: "apple-cut", Side: appleSide, Of: ofPath, Title: "Cut off before it happens", apple: apple.Fault{Kind: apple.CutBefore}},
	{ID: "apple-half", Side: appleSide, Of: ofPath, Title: "Half an answer", apple: apple.Fault{Kind: apple.HalfBody}},
	{ID: "apple-slow", Side: appleSide, Of: ofPath, Title: "Eight seconds slower", apple: apple.Fault{Kind: apple.Slow, Delay: 8 * time.Second}},
	{ID: "apple-later", Side: appleSide, Of: ofPath, Title: "202, it happens half a minute later", apple: apple.Fault{Kind: apple.Deferred, Delay: 30 * time.Second}},
	{ID: "slack-429", Side: slackSide, Of: ofMethod, Title: "429, come back in ten seconds", slack: slack.Fault{Kind: slack.RateLimited, After: 10 * time.Second}},
	{ID: "slack-500", Side: slackSide, Of: ofMethod, Title: "500, and nothing happened", slack: slack.Fault{Kind: slack.FailBefore}},
	{ID: "slack-500-after", Side: slackSide, Of: ofMethod, Title: "500, though it happened", slack: slack.Fault{Kind: slack.FailAfter}},
	{ID: "slack-lost", Side: slackSide, Of: ofMethod, Title: "It happens, the answer is lost", slack: slack.Fault{Kind: slack.DropAfter}},
	{ID: "slack-refused", Side: slackSide, Of: ofMethod, Title: "Refused: internal_error", slack: slack.Fault{Kind: slack.APIError, Name: "internal_error"}},
	{ID: "slack-gone", Side: slackSide, Of: ofMethod, Title: "Refused: channel_not_found", slack: slack.Fault{Kind: slack.APIError, Name: "channel_not_found"}},
	{ID: "slack-scope", Side: slackSide, Of: ofMethod, Title: "Refused: missing_scope", slack: slack.Fault{Kind: slack.MissingScope}},
	{ID: "slack-slow", Side: slackSide, Of: ofMethod, Title: "Eight seconds slower", slack: slack.Fault{Kind: slack.Slow, After: 8 * time.Second}},
	{ID: "slack-twice", Side: slackSide, Of: ofEnvelope, Title: "The envelope comes twice", slack: slack.Fault{Kind: slack.Duplicate, After: 500 * time.Millisecond}},
	{ID: "slack-order", Side: slackSide, Of: ofEnvelope, Title: "The envelope comes after the next", slack: slack.Fault{Kind: slack.Reorder}},
	{ID: "slack-envelope", Side: slackSide, Of: ofEnvelope, Title: "The envelope never comes", slack: slack.Fault{Kind: slack.LoseEnvelope}},
}

// Aimed is trouble for some calls only.
type Aimed struct {
	ID    string `json:"id"`
	Side  string `json:"side"`
	Title string `json:"title"`
	At    string `json:"at"`   // where, in words: "POST /v1/users"
	Left  int    `json:"left"` // for how many calls; -1 until taken back

	left   func() int
	cancel func()
}

// aiming is what somebody asks for: a choice, where, and how often; or with
// Off the id of what is to be taken back.
type aiming struct {
	Choice string `json:"choice"`
	Method string `json:"method"` // of HTTP, at Apple; empty: every one
	Path   string `json:"path"`   // empty: everywhere
	Times  int    `json:"times"`  // 0: until it is taken back
	Off    string `json:"off"`
}

// mostTimes bounds how often trouble is asked for; more is "until it is taken back".
const mostTimes = 1000

// aim makes trouble for some calls, or takes it back.
func (t *troubles) aim(in aiming) error {
	if in.Off != "" {
		return t.unaim(in.Off)
	}
	i := slices.IndexFunc(choices, func(c choice) bool { return c.ID == in.Choice })
	switch {
	case i < 0:
		return errors.New("choose what should go wrong")
	case in.Times < 0 || in.Times > mostTimes:
		return fmt.Errorf("choose how often: 1 to %d times, or nothing for until you take it back", mostTimes)
	}
	one := choices[i]
	where, err := one.where(&in)
	if err != nil {
		return err
	}
	a := &Aimed{Side: one.Side, Title: one.Title, At: where}
	if one.Side == appleSide {
		one.apple.Method, one.apple.PathPrefix, one.apple.Times = in.Method, in.Path, in.Times
		a.left, a.cancel = t.everywhere(one.apple)
	} else {
		one.slack.Method, one.slack.Times = in.Path, in.Times
		a.left, a.cancel = t.slack.Arm(one.slack)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counted++
	a.ID = fmt.Sprint(t.counted)
	t.aimed = append(t.aimed, a)
	return nil
}

// everywhere makes a fault at every team: so often at each of them, and until one has had
// it so often.
func (t *troubles) everywhere(f apple.Fault) (left func() int, cancel func()) {
	var all []made
	for _, team := range t.apple {
		left, cancel := team.Arm(f)
		all = append(all, made{left, cancel})
	}
	least := func() int {
		return slices.MinFunc(all, func(a, b made) int { return a.left() - b.left() }).left()
	}
	return least, func() {
		for _, one := range all {
			one.cancel()
		}
	}
}

// where checks what is aimed at, and says it in words.
func (c choice) where(in *aiming) (string, error) {
	in.Path = strings.TrimSpace(in.Path)
	switch {
	case c.Of == ofPath && in.Path != "" && !strings.HasPrefix(in.Path, "/v"):
		return "", fmt.Errorf("%q is no path at App Store Connect; they begin like /v1/users", in.Path)
	case c.Of == ofMethod && in.Path != "" && !slices.Contains(slack.Methods(), in.Path):
		return "", fmt.Errorf("no method of Slack is called %q; there is, for example, chat.postMessage", in.Path)
	case c.Of == ofEnvelope && in.Path != "" && !slices.Contains(envelopeTypes, in.Path):
		return "", fmt.Errorf("there is no envelope of type %q; there are %s", in.Path, strings.Join(envelopeTypes, ", "))
	}
	if c.Of == ofPath {
		return strings.TrimSpace(cmp.Or(in.Method, "every method") + " " + cmp.Or(in.Path, "everywhere")), nil
	}
	return cmp.Or(in.Path, "every "+c.Of), nil
}

var envelopeTypes = []string{"slash_commands", "interactive", "events_api"}

func (t *troubles) unaim(id string) error {
	t.mu.Lock()
	i := slices.IndexFunc(t.aimed, func(a *Aimed) bool { return a.ID == id })
	if i < 0 {
		t.mu.Unlock()
		return nil // it is over already
	}
	one := t.aimed[i]
	t.aimed = slices.Delete(t.aimed, i, i+1)
	t.mu.Unlock()
	one.cancel()
	return nil
}

// aimedNow lists what is aimed at some calls, without what has been used up.
func (t *troubles) aimedNow() []Aimed {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := []Aimed{}
	t.aimed = slices.DeleteFunc(t.aimed, func(a *Aimed) bool {
		if a.left() != 0 {
			return false
		}
		a.cancel()
		return true
	})
	for _, a := range t.aimed {
		shown := *a
		shown.Left = a.left()
		now = append(now, shown)
	}
	return now
}

// targets is what the page offers for aiming.
type targets struct {
	Choices   []choice `json:"choices"`
	Paths     []string `json:"paths"` // at Apple: those that were called, and a few more
	Methods   []string `json:"methods"`
	Envelopes []string `json:"envelopes"`
}

// usualPaths are offered before anything was called.
var usualPaths = []string{
	"/v1/apps", "/v1/betaGroups", "/v1/betaTesters", "/v1/builds", "/v1/customerReviews", "/v1/devices", "/v1/salesReports",
	"/v1/userInvitations", "/v1/users",
}

func (p *Page) aimTargets(w http.ResponseWriter, _ *http.Request) {
	paths := slices.Clone(usualPaths)
	for _, c := range p.Apple.Calls(0) {
		path, _, _ := strings.Cut(c.Path, "?")
		if parts := strings.SplitN(path, "/", 4); len(parts) > 2 {
			paths = append(paths, "/"+parts[1]+"/"+parts[2])
		}
	}
	slices.Sort(paths)
	answer(w, http.StatusOK, targets{choices, slices.Compact(paths), slack.Methods(), envelopeTypes})
}

func (p *Page) makeTroubleAt(in aiming) ([]Aimed, error) {
	err := p.troubles.aim(in)
	p.hub.tell()
	return p.troubles.aimedNow(), err
}
