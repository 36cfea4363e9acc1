package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// BuildReview sends a build to beta review.
type BuildReview struct{ oneBuild }

// Form asks for the build.
func (o *BuildReview) Form() bot.Form {
	return o.form("Submit for beta review", "Apple looks at the first build of each version before people outside the team can test it. It cannot be taken back.")
}

// Summary names the build.
func (o *BuildReview) Summary() string { return "Submit " + o.String() + " for beta review" }

// Look refuses what App Store Connect would, and names what is missing.
func (o *BuildReview) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	b, err := o.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	if err := reviewable(b, o.String()); err != nil {
		return bot.Sight{}, err
	}
	if other, busy, err := o.inReview(ctx, api, b); err != nil {
		return bot.Sight{}, err
	} else if busy {
		return bot.Sight{}, bot.Trouble{
			What: fmt.Sprintf("%s of the same version %s; App Store Connect takes one build of a version at a time.", buildName(other), externally(other)),
			Next: "Ask again when that one is through.",
		}
	}
	missing, err := o.missing(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	if len(missing) > 0 {
		return bot.Sight{}, bot.Trouble{
			What: "Before " + o.String() + " can go into beta review, App Store Connect wants " + strings.Join(missing, "; ") + ".",
			Next: "What to test is written with `/asc build notes`; the rest stands in App Store Connect under TestFlight, Test Information.",
		}
	}
	groups, testers, err := audience(ctx, api, b)
	if err != nil {
		return bot.Sight{}, err
	}
	outside := slices.DeleteFunc(groups, func(g asc.BetaGroup) bool { return g.IsInternalGroup })
	then := "its external groups get it by themselves: " + groupList(outside)
	switch {
	case len(outside) == 0:
		then = "no external group has it yet; it has to be given to one"
	case b.BetaDetail != nil && !b.BetaDetail.AutoNotify:
		then += "; nobody is told until somebody asks to notify the testers"
	}
	return bot.Sight{
		Shown: map[string]any{"build": o.Build, "app": o.App, "state": externalState(b)},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "Build", After: o.String() + platformWord(b)},
				{Name: "Beta review", Before: externally(b), After: "waits for beta review"},
				{Name: "Once it is through", After: then},
			},
			Touches: fmt.Sprintf("nobody at once; then %s outside and inside the team", atMost(testers, groups)),
			Undo:    "Cannot be undone: App Store Connect takes no build out of beta review. Expiring the build ends it.",
		},
	}, nil
}

// reviewable says why a build cannot go into beta review in the state it is in.
func reviewable(b asc.Build, build string) error {
	if b.Expired {
		return bot.Trouble{What: build + " has expired: nobody can install it any more.", Next: "Take a newer build; `/asc builds` lists them."}
	}
	switch state := externalState(b); state {
	case "READY_FOR_BETA_SUBMISSION":
		return nil
	case "", "PROCESSING":
		return bot.Trouble{What: build + " is still being processed by Apple.", Next: "Ask again in some minutes; `/asc builds` shows when it is through."}
	case "MISSING_EXPORT_COMPLIANCE":
		return bot.Trouble{What: "The export compliance of " + build + " is not answered.", Next: "Answer it first with `/asc build compliance`."}
	case "BETA_REJECTED":
		return bot.Trouble{What: "Beta review has rejected " + build + "; why is not told here.", Next: "Apple's reasons stand in App Store Connect. Upload a new build, and submit that."}
	case "NOT_APPLICABLE":
		return bot.Trouble{What: build + " was uploaded for the team alone, which needs no beta review.", Next: "Upload it for everybody if people outside are to test it."}
	default:
		return bot.Trouble{What: build + " needs no beta review now: " + stateWord(state) + ".", Next: "`/asc builds` shows where it stands."}
	}
}

// inReview is another build of the same version that is with Apple.
func (o *BuildReview) inReview(ctx context.Context, api *asc.Client, b asc.Build) (asc.Build, bool, error) {
	if b.PreReleaseVersion == nil {
		return asc.Build{}, false, nil
	}
	return first(api.Builds(ctx, asc.BuildFilter{App: []string{b.AppID}, PreReleaseVersion: []string{b.PreReleaseVersion.ID}, BetaReviewState: []string{"WAITING_FOR_REVIEW", "IN_REVIEW"}, IncludeBeta: true}),
		func(other asc.Build) bool {
			return other.ID != b.ID && (externalState(other) == "WAITING_FOR_BETA_REVIEW" || externalState(other) == "IN_BETA_REVIEW")
		})
}

// missing lists what Apple wants to know before a beta review: a description in
// every language, whom to ask, and what to test.
func (o *BuildReview) missing(ctx context.Context, api *asc.Client) (all []string, err error) {
	texts, err := everyone(api.BetaAppTexts(ctx, o.App.ID))
	if err != nil {
		return nil, err
	}
	if len(texts) == 0 {
		all = append(all, "a description of the app for testers")
	}
	for _, t := range texts {
		if t.Description == "" {
			all = append(all, "a description of the app for testers in "+localeWord(t.Locale))
		}
	}
	for c, err := range api.BetaReviewContacts(ctx, o.App.ID) {
		if err != nil {
			return nil, err
		}
		if c.FirstName == "" || c.LastName == "" || c.Phone == "" || c.Email == "" {
			all = append(all, "somebody to ask, with name, phone and address")
		}
	}
	_, told, err := first(api.WhatToTests(ctx, o.Build.ID), func(w asc.WhatToTest) bool { return w.Text != "" })
	if err == nil && !told {
		all = append(all, "what to test in this build")
	}
	return all, err
}

// Do submits the build.
func (o *BuildReview) Do(ctx context.Context, api *asc.Client) error {
	_, err := api.SubmitForBetaReview(ctx, o.Build.ID)
	return explained(err)
}

// Check looks for the submission.
func (o *BuildReview) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	s, ok, err := first(api.BetaAppReviewSubmissions(ctx, o.Build.ID), func(asc.BetaAppReviewSubmission) bool { return true })
	if err != nil || !ok || s.State == "REJECTED" {
		return bot.Finding{Standing: bot.NotDone}, gone(err)
	}
	said := map[string]string{"WAITING_FOR_REVIEW": "waits for beta review", "IN_REVIEW": "is in beta review", "APPROVED": "has passed beta review"}[s.State]
	if said == "" {
		said = "is with beta review (" + stateWord(s.State) + ")"
	}
	return bot.Finding{Standing: bot.Done, Outcome: o.String() + " " + said + "; it was submitted " + day(s.SubmittedDate) + "."}, nil
}
