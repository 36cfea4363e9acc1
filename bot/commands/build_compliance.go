package commands

import (
	"context"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

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
	return bot.Finding{Standing: bot.Done, Outcome: said + " For the team it is: " + internally(b) + "; for others: " + externally(b) + "."}, nil
}
