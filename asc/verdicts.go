package asc

import (
	"errors"
	"slices"
	"strings"
)

// refusal finds Apple's refusal in an error.
func refusal(err error) (*Error, bool) { return errors.AsType[*Error](err) }

// any tells whether a reason fits, those in other resources included.
func (e *Error) any(fits func(ErrorEntry) bool) bool { return anyEntry(e.Entries, fits) }

func anyEntry(list []ErrorEntry, fits func(ErrorEntry) bool) bool {
	return slices.ContainsFunc(list, func(entry ErrorEntry) bool {
		if fits(entry) {
			return true
		}
		for _, associated := range entry.Associated {
			if anyEntry(associated, fits) {
				return true
			}
		}
		return false
	})
}

func (e *Error) coded(code string) bool {
	return e.any(func(entry ErrorEntry) bool { return entry.Is(code) })
}

func (e *Error) says(phrases ...string) bool {
	return e.any(func(entry ErrorEntry) bool {
		text := strings.ToLower(entry.Title + "\n" + entry.Detail)
		return slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(text, p) })
	})
}

// AlreadyExists tells that Apple seems to refuse because what was asked for is
// there already. Apple's codes for it are many and partly unknown, so this is a
// reason to read, and no proof: what is there may differ from what was wanted.
// "Tester(s) cannot be assigned" has other causes too and is not counted.
func AlreadyExists(err error) bool {
	e, ok := refusal(err)
	if !ok || e.Status != 409 {
		return false
	}
	return e.any(func(entry ErrorEntry) bool {
		return slices.ContainsFunc(strings.Split(entry.Code, "."), func(word string) bool {
			return word == "DUPLICATE" || strings.HasPrefix(word, "ALREADY_")
		})
	}) || e.says("already exists", "already related", "already invited", "already been invited",
		"already a user", "already a member", "already been used", "previously used")
}

// NotFound tells that what was asked for is not there (404), or not any more
// (410: for instance an invitation that was accepted). A path that Apple does
// not know at all is another matter.
func NotFound(err error) bool {
	e, ok := refusal(err)
	return ok && (e.Status == 404 && !e.coded("PATH_ERROR") || e.Status == 410)
}

// AgreementMissing tells that the Account Holder has to accept an agreement in
// App Store Connect. Until then nearly every change is refused, and some reads.
func AgreementMissing(err error) bool {
	e, ok := refusal(err)
	return ok && e.Status == 403 && e.any(func(entry ErrorEntry) bool {
		return entry.Is("FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED") ||
			strings.HasSuffix(entry.See, "/agreements") || strings.HasSuffix(entry.See, "/business")
	})
}

// Forbidden tells that the key may not do this: its role is too narrow, it is an
// individual key, or it was revoked. A missing agreement is not that, nor is a
// method that the resource does not offer, nor visible apps of somebody who
// sees all apps: Apple answers those with 403 too.
func Forbidden(err error) bool {
	e, ok := refusal(err)
	return ok && e.Status == 403 && !AgreementMissing(err) &&
		!e.coded("FORBIDDEN_ERROR.ALL_APPS_VISIBLE") && !e.says("allowed operations are")
}

// AllAppsVisible tells that somebody's roles show them every app, so that apps
// cannot be chosen for them.
func AllAppsVisible(err error) bool {
	e, ok := refusal(err)
	return ok && e.coded("FORBIDDEN_ERROR.ALL_APPS_VISIBLE")
}

// Unauthorized tells that Apple does not take the key's token, a fresh one
// neither. Apple does not say why: key id, issuer, a revoked key or the clock
// (see [Client.Skew]).
func Unauthorized(err error) bool {
	e, ok := refusal(err)
	return ok && e.Status == 401
}

// RateLimited tells that the key has used up its requests for now. Nothing was
// done. Error.RetryAfter has the pause Apple asks for, if it said one.
func RateLimited(err error) bool {
	if _, waited := errors.AsType[*BudgetError](err); waited {
		return true
	}
	e, ok := refusal(err)
	return ok && (e.Status == 429 || e.coded("RATE_LIMIT_EXCEEDED"))
}

// StateConflict tells that the resource, or one it depends on, is in a state
// that does not allow this.
func StateConflict(err error) bool {
	e, ok := refusal(err)
	if !ok || e.Status != 409 && e.Status != 422 {
		return false
	}
	return e.coded("STATE_ERROR") || e.coded("ENTITY_UNPROCESSABLE") || e.says("in the current state")
}

// Unsure tells that a change may or may not have happened.
func Unsure(err error) bool {
	_, ok := errors.AsType[*UnsureError](err)
	return ok
}

// NoSales tells that Apple has no report because nothing was sold in the
// period, or because a weekly, monthly or finance report was not made yet: the
// answer is the same. Of yesterday it is no zero before the afternoon of
// Pacific time.
func NoSales(err error) bool {
	e, ok := refusal(err)
	return ok && e.Status == 404 && e.says("no sales")
}

// NotYet tells that a report will be there later.
func NotYet(err error) bool {
	e, ok := refusal(err)
	return ok && e.Status == 404 && e.says("not available yet")
}

// NoLonger tells that a report was there, and that Apple has thrown it away:
// daily, weekly and monthly ones after a year.
func NoLonger(err error) bool {
	e, ok := refusal(err)
	return ok && strings.HasSuffix(e.Path, "Reports") && (e.Status == 410 || e.Status == 404 && e.says("no longer available"))
}
