package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/store"
)

// Trouble is an error in words for the person it concerns: what happened, and
// what to do next. Offers are buttons that do it.
type Trouble struct {
	What, Next string
	Offers     []Offer
	Absent     bool // what was named is not there; another App Store Connect team may have it
}

func (t Trouble) Error() string {
	if t.Next == "" {
		return t.What
	}
	return stop(t.What) + " " + t.Next
}

// passingTrouble is one that may be gone in a minute.
type passingTrouble struct{ Trouble }

// stop ends a sentence that was quoted without its full stop.
func stop(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") || strings.HasSuffix(s, "…") {
		return s
	}
	return s + "."
}

// words turns any error into something a person can act upon. It is the only
// place that does.
func words(err error) Trouble {
	if t, ok := errors.AsType[Trouble](err); ok {
		return t
	}
	if t, ok := errors.AsType[passingTrouble](err); ok {
		return t.Trouble
	}
	if e, ok := errors.AsType[*store.MoveError](err); ok {
		return Trouble{What: fmt.Sprintf("Somebody was faster: request #%d is %s.", e.Request.ID, standing(e.Request))}
	}
	if e, ok := errors.AsType[*store.NotFoundError](err); ok {
		return Trouble{What: e.Error(), Next: "`/asc requests` shows what is open."}
	}
	if e, ok := errors.AsType[*store.StaleVoteError](err); ok {
		return Trouble{What: e.Error(), Next: "`/asc requests` shows what is open."}
	}
	if half, ok := errors.AsType[HalfDone](err); ok {
		t := words(half.Cause)
		return Trouble{What: "The first part is done; then the rest was refused. " + t.What, Next: t.Next}
	}
	if why, ok := seals(err); ok {
		return words(sealTrouble(why))
	}
	if t, ok := appleWords(err); ok {
		return t
	}
	if t, ok := slackWords(err); ok {
		return t
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Trouble{What: "That took too long and I stopped waiting.", Next: "Try again in a minute."}
	}
	return Trouble{What: "Something went wrong on my side; it is in my log.", Next: "Try again, and tell whoever runs the bot if it stays."}
}

// InWords puts any error into words for a person.
func InWords(err error) Markup { return prose(words(err).Error()) }

// slackWords puts troubles with Slack itself into words.
func slackWords(err error) (Trouble, bool) {
	if _, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return Trouble{What: "Slack refused something I need (" + clean(err.Error(), 200) + ").", Next: "Tell whoever runs the bot if it stays."}, true
	}
	_, status := errors.AsType[slack.StatusCodeError](err)
	_, limited := errors.AsType[*slack.RateLimitedError](err)
	_, net := errors.AsType[*url.Error](err)
	_, odd := errors.AsType[*json.SyntaxError](err) // a page for people instead of an answer
	if status || limited || net || odd || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Trouble{What: "Slack does not answer me just now.", Next: "Try again in a minute."}, true
	}
	return Trouble{}, false
}

// appleWords puts what App Store Connect said into words.
func appleWords(err error) (Trouble, bool) {
	if u, ok := errors.AsType[*asc.UnsureError](err); ok {
		return Trouble{What: "No answer came back from App Store Connect (" + u.Method + "), so I cannot say yet whether it happened."}, true
	}
	if _, ok := errors.AsType[*asc.NotSentError](err); ok {
		return Trouble{What: "App Store Connect could not be reached; nothing was sent.", Next: "Try again in a few minutes."}, true
	}
	if n, ok := errors.AsType[*asc.NoAnswerError](err); ok {
		return unanswered(n), true
	}
	e, ok := errors.AsType[*asc.Error](err)
	if !ok {
		return Trouble{}, false
	}
	switch {
	case asc.AgreementMissing(err):
		return Trouble{What: "App Store Connect refuses everything until a new agreement is accepted.", Next: "The Account Holder has to sign in to App Store Connect and accept it under Business."}, true
	case e.Status == 401:
		return Trouble{What: "App Store Connect does not accept the bot's key.", Next: "Whoever runs the bot should check the key id, the issuer id and the clock, and whether the key was revoked."}, true
	case asc.RateLimited(err):
		return Trouble{What: "This hour's requests to App Store Connect are used up.", Next: "Try again in a few minutes."}, true
	case asc.Forbidden(err):
		return Trouble{What: "App Store Connect does not let the bot's key do this: " + said(e), Next: "A key with a wider role is needed; the Admin role can do everything the bot offers."}, true
	case e.Status >= 500:
		return Trouble{What: fmt.Sprintf("App Store Connect has a fault of its own (%d).", e.Status), Next: "Try again in a few minutes."}, true
	}
	return Trouble{What: "App Store Connect says: " + said(e)}, true
}

// unanswered tells silence from an answer that is none.
func unanswered(e *asc.NoAnswerError) Trouble {
	_, net := errors.AsType[*url.Error](e)
	if net || errors.Is(e, io.EOF) || errors.Is(e, io.ErrUnexpectedEOF) || errors.Is(e, context.DeadlineExceeded) {
		return Trouble{What: "App Store Connect does not answer just now.", Next: "Try again in a few minutes."}
	}
	return Trouble{What: "App Store Connect gave an answer that I cannot use; it is in my log.", Next: "Try again in a few minutes, and tell whoever runs the bot if it stays."}
}

// said quotes every entry of Apple's answer, since the telling one may be the
// second.
func said(e *asc.Error) string {
	var parts []string
	for _, entry := range e.Entries {
		text := entry.Detail
		if text == "" {
			text = entry.Title
		}
		if text = clean(text, 300); text != "" {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("status %d without a reason.", e.Status)
	}
	return strings.Join(parts, " · ")
}
