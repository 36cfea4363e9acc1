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

// oneBuild is what the operations have in common that are about a build and nothing
// else.
type oneBuild struct{ betaBuild }

// Parse reads "<app> <build>".
func (o *oneBuild) Parse(words []string) error {
	if err := o.parseBuild(words); err != nil {
		return err
	}
	if o.Build.Name == "" {
		return bot.ErrMore
	}
	return nil
}

// Read takes the submitted form.
func (o *oneBuild) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	o.readBuild(v, wrong)
	return wrong
}

// Beneficiaries is nobody in particular.
func (o *oneBuild) Beneficiaries() []string { return nil }

// Find looks up the build.
func (o *oneBuild) Find(ctx context.Context, api *asc.Client) error {
	_, err := o.find(ctx, api)
	return err
}

func (o *oneBuild) form(title string, intro bot.Markup) bot.Form {
	return bot.Form{Title: title, Submit: "Ask for it", Intro: intro, Fields: []bot.Field{o.buildField()}}
}

// audience reads the groups that have a build, and how many testers they have
// together; fewer when somebody is in several.
func audience(ctx context.Context, api *asc.Client, b asc.Build) (groups []asc.BetaGroup, testers int, err error) {
	for g, err := range api.BetaGroups(ctx, asc.BetaGroupFilter{App: []string{b.AppID}, IncludeApp: true, Count: true}) {
		if err != nil {
			return nil, 0, err
		}
		if slices.Contains(b.GroupIDs, g.ID) || g.IsInternalGroup && g.HasAccessToAllBuilds && b.UploadedDate.After(g.CreatedDate) {
			groups = append(groups, g)
			if g.Testers != nil {
				testers += *g.Testers
			}
		}
	}
	return groups, testers, nil
}

func groupList(groups []asc.BetaGroup) string {
	if len(groups) == 0 {
		return "none"
	}
	return strings.Join(named(groups, func(g asc.BetaGroup) string { return g.Name }), ", ")
}

// atMost says how many testers groups have: somebody may be in several.
func atMost(testers int, groups []asc.BetaGroup) string {
	if len(groups) > 1 {
		return "at most " + howMany(testers, "tester")
	}
	return howMany(testers, "tester")
}

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
		then = "no external group has it yet; /asc build give brings it to one"
	case b.BetaDetail != nil && !b.BetaDetail.AutoNotify:
		then += "; they are told with /asc build notify"
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

// BuildNotify tells testers by mail that a build is there.
type BuildNotify struct {
	oneBuild
	told bool // Apple has just confirmed it
}

// Form asks for the build.
func (o *BuildNotify) Form() bot.Form {
	return o.form("Notify testers", "Testers outside the team get a mail that this build is there.")
}

// Summary names the build.
func (o *BuildNotify) Summary() string { return "Notify the testers of " + o.String() }

// Look refuses where nobody would be told.
func (o *BuildNotify) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	b, err := o.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	switch {
	case !testable(b):
		return bot.Sight{}, bot.Trouble{What: "People outside the team cannot test " + o.String() + ": " + externally(b) + ".", Next: "It has to pass beta review first: `/asc build review`."}
	case b.BetaDetail.AutoNotify:
		return bot.Sight{}, bot.Trouble{What: "Testers of " + o.String() + " are told by themselves when it goes live, so App Store Connect sends no other mail.", Next: "Nothing is to be done."}
	}
	groups, _, err := audience(ctx, api, b)
	if err != nil {
		return bot.Sight{}, err
	}
	outside, testers := []asc.BetaGroup{}, 0
	for _, g := range groups {
		if !g.IsInternalGroup {
			outside = append(outside, g)
			if g.Testers != nil {
				testers += *g.Testers
			}
		}
	}
	if len(outside) == 0 {
		return bot.Sight{}, bot.Trouble{What: "No external group has " + o.String() + ", so nobody would be told.", Next: "Give it to one first: `/asc build give`."}
	}
	return bot.Sight{
		Shown: map[string]any{"build": o.Build, "app": o.App, "state": externalState(b), "groups": named(outside, func(g asc.BetaGroup) string { return g.ID })},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "Build", After: o.String() + platformWord(b)},
				{Name: "Outside the team", Before: externally(b), After: "a mail says that it is there"},
				{Name: "Groups", After: groupList(outside)},
			},
			Touches: atMost(testers, outside) + "; each gets a mail",
			Undo:    "Cannot be undone: a mail is a mail.",
		},
	}, nil
}

// Do sends the mails.
func (o *BuildNotify) Do(ctx context.Context, api *asc.Client) error {
	err := api.NotifyTesters(ctx, o.Build.ID)
	o.told = err == nil
	return explained(err)
}

// Check finds out as much as can be: a build that was approved goes live by it. Of
// another mail to its testers Apple shows nothing, so then its word has to do.
func (o *BuildNotify) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	b, err := api.Build(ctx, o.Build.ID)
	if err != nil {
		return bot.Finding{Standing: bot.NotDone}, gone(err)
	}
	switch live := externalState(b) == "IN_BETA_TESTING"; {
	case o.told && live:
		return bot.Finding{Standing: bot.Done, Outcome: "The testers of " + o.String() + " are told, and it is live. App Store Connect has confirmed the mails; it shows them nowhere."}, nil
	case live:
		return bot.Finding{Standing: bot.CannotTell, Outcome: "The build is live; App Store Connect shows nowhere which mails it has sent. Ask a tester before you ask again."}, nil
	}
	return bot.Finding{Standing: bot.NotDone}, nil
}

// BuildExpire ends the testing of a build.
type BuildExpire struct{ oneBuild }

// Form asks for the build.
func (o *BuildExpire) Form() bot.Form {
	return o.form("Expire a build", "Nobody can install the build any more, and where it is installed it stops working. It cannot be undone.")
}

// Summary names the build.
func (o *BuildExpire) Summary() string { return "Expire " + o.String() }

// Look tells who loses what.
func (o *BuildExpire) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	b, err := o.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	groups, testers, err := audience(ctx, api, b)
	if err != nil {
		return bot.Sight{}, err
	}
	fields := []store.Field{
		{Name: "Build", Before: internally(b) + " in the team, " + externally(b) + " outside", After: o.String() + platformWord(b) + " is expired"},
		{Name: "Groups", After: groupList(groups)},
	}
	for _, g := range groups {
		if len(g.BuildIDs) == 1 && slices.Contains(g.BuildIDs, b.ID) {
			fields = append(fields, store.Field{Name: "Left without any build", After: g.Name})
		}
	}
	used, err := everyone(api.BuildUsages(ctx, b.ID))
	if err != nil {
		return bot.Sight{}, err
	}
	installs := 0
	for _, u := range used {
		installs += u.Installs
	}
	fields = append(fields, store.Field{Name: "Installed", After: "by " + howMany(installs, "tester") + " as far as Apple tells"})
	return bot.Sight{
		Shown: map[string]any{"build": o.Build, "app": o.App, "expired": b.Expired, "groups": b.GroupIDs},
		Preview: store.Preview{
			Fields: fields, Touches: atMost(testers, groups),
			Undo: "Cannot be undone: an expired build stays expired. A new one has to be uploaded.",
		},
	}, nil
}

// Do expires the build.
func (o *BuildExpire) Do(ctx context.Context, api *asc.Client) error {
	_, err := api.ExpireBuild(ctx, o.Build.ID)
	return explained(err)
}

// Check reads whether it is expired.
func (o *BuildExpire) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	b, err := api.Build(ctx, o.Build.ID)
	if err != nil || !b.Expired {
		return bot.Finding{Standing: bot.NotDone}, gone(err)
	}
	return bot.Finding{Standing: bot.Done, Outcome: o.String() + " is expired."}, nil
}

// BuildCompliance answers whether a build uses encryption that is not exempt from
// export rules.
type BuildCompliance struct {
	betaBuild
	Uses bool `json:"uses"`
}

var (
	usesNone = bot.Choice{Text: "No", Value: "no", About: "no encryption, or exempt, such as HTTPS and the system's own"}
	usesSome = bot.Choice{Text: "Yes", Value: "yes", About: "encryption that is not exempt: Apple asks for documents"}
)

// Parse reads "<app> <build> yes|no".
func (o *BuildCompliance) Parse(words []string) error {
	rest, yes := without(words, "yes")
	rest, no := without(rest, "no")
	if err := o.parseBuild(rest); err != nil {
		return err
	}
	if o.Uses = yes; yes == no || o.Build.Name == "" {
		return bot.ErrMore
	}
	return nil
}

// Form asks for the build and the answer.
func (o *BuildCompliance) Form() bot.Form {
	answer := bot.Field{Name: "uses", Label: "Does it use encryption that is not exempt?", Kind: bot.OneOf, Choices: []bot.Choice{usesNone, usesSome}}
	if o.Uses {
		answer.Chosen = []bot.Choice{usesSome}
	}
	return bot.Form{
		Title: "Export compliance", Submit: "Ask for it",
		Intro:  "This is a statement for export law, and it is made once. Somebody who knows what the app does should agree to it.",
		Fields: []bot.Field{o.buildField(), answer},
	}
}

// Read takes the submitted form.
func (o *BuildCompliance) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	*o = BuildCompliance{}
	o.readBuild(v, wrong)
	answer := pickedOne(v, "uses")
	if o.Uses = answer == usesSome.Value; answer == "" {
		wrong["uses"] = "Choose an answer."
	}
	return wrong
}

// Summary names the build and the answer.
func (o *BuildCompliance) Summary() string {
	return "Answer for " + o.String() + ": " + complianceWord(asc.Build{UsesNonExemptEncryption: &o.Uses})
}

// Beneficiaries is nobody in particular.
func (o *BuildCompliance) Beneficiaries() []string { return nil }

// Find looks up the build.
func (o *BuildCompliance) Find(ctx context.Context, api *asc.Client) error {
	_, err := o.find(ctx, api)
	return err
}

// Look refuses where it was answered otherwise.
func (o *BuildCompliance) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	b, err := o.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	switch {
	case b.Expired:
		return bot.Sight{}, bot.Trouble{What: o.String() + " has expired: nobody tests it any more.", Next: "Take a newer build; `/asc builds` lists them."}
	case b.ProcessingState == "PROCESSING":
		return bot.Sight{}, bot.Trouble{What: o.String() + " is still being processed by Apple.", Next: "Ask again in some minutes."}
	case b.UsesNonExemptEncryption != nil && *b.UsesNonExemptEncryption != o.Uses:
		return bot.Sight{}, bot.Trouble{What: "The export compliance of " + o.String() + " is answered already: " + complianceWord(b) + ".", Next: "An answer stands for good; another one needs a new build."}
	}
	after := "the build can be tested by the team, and submitted for beta review"
	if o.Uses {
		after = "Apple may ask for documents, in App Store Connect, before it can be tested"
	}
	return bot.Sight{
		Shown: map[string]any{"build": o.Build, "app": o.App, "answered": b.UsesNonExemptEncryption != nil},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "Build", After: o.String() + platformWord(b)},
				{Name: "Encryption", Before: complianceWord(b), After: complianceWord(asc.Build{UsesNonExemptEncryption: &o.Uses})},
				{Name: "Then", After: after},
			},
			Touches: "a statement of the company for export law",
			Undo:    "Cannot be undone: it is answered once for each build.",
		},
	}, nil
}

// Do answers.
func (o *BuildCompliance) Do(ctx context.Context, api *asc.Client) error {
	_, err := api.AnswerExportCompliance(ctx, o.Build.ID, o.Uses)
	return explained(err)
}

// Check reads the answer.
func (o *BuildCompliance) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	b, err := api.Build(ctx, o.Build.ID)
	if err != nil || b.UsesNonExemptEncryption == nil {
		return bot.Finding{Standing: bot.NotDone}, gone(err)
	}
	said := "It is answered for " + o.String() + ": " + complianceWord(b) + "."
	if *b.UsesNonExemptEncryption != o.Uses {
		return bot.Finding{Standing: bot.CannotTell, Outcome: said}, nil
	}
	return bot.Finding{Standing: bot.Done, Outcome: said + " It stands as " + internally(b) + " for the team, " + externally(b) + " outside."}, nil
}
