package commands

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// Build shows one build: where it stands, who has it, what its testers read, and
// what can be done about it.
type Build struct{ betaBuild }

// Parse reads "<app> <build>", as the changes of a build do.
func (q *Build) Parse(words []string) error { return q.parseBuild(words) }

// Answer is the card of one build. Words that name no build, or an app alone, get the
// builds to choose from.
func (q *Build) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	if q.Build.Name == "" {
		return (&Builds{app: q.App.Name}).Answer(ctx, d)
	}
	b, err := q.findOrApp(ctx, d.Team.API)
	if err != nil {
		return bot.Message{}, err
	}
	if b.ID == "" {
		return (&Builds{app: q.App.Name}).Answer(ctx, d)
	}
	if err := d.About(ctx, q.App.ID); err != nil {
		return bot.Message{}, err
	}
	around, err := around(ctx, d.Team.API, b)
	if err != nil {
		return bot.Message{}, err
	}
	lines := []bot.Markup{bot.Markf("*%s*%s, uploaded %s", q.String(), platformWord(b), bot.When(b.UploadedDate))}
	lines = append(lines, whereItStands(b, d.Now())...)
	lines = append(lines, around.lines(b)...)
	return bot.Say("%s", bot.Join(lines, "\n")).Buttons(q.buttons(d, b, around)...), nil
}

// whereItStands says how far a build has come.
func whereItStands(b asc.Build, now time.Time) []bot.Markup {
	ends := bot.Inert(daysLeft(b, now))
	if !b.ExpirationDate.IsZero() {
		ends += bot.Markf(" (%s)", bot.When(b.ExpirationDate))
	}
	lines := []bot.Markup{
		bot.Markf("*Processing*  %s", stateWord(b.ProcessingState)),
		bot.Markf("*For the team*  %s", internally(b)),
		bot.Markf("*For others*  %s", externally(b)),
	}
	if r := b.BetaReview; r != nil {
		lines = append(lines, bot.Markf("*Beta review*  %s, submitted %s", reviewWord(r.State), bot.When(r.SubmittedDate)))
	}
	lines = append(lines,
		bot.Markf("*Testing ends*  %s", ends),
		bot.Markf("*Export compliance*  %s", complianceWord(b)),
	)
	switch {
	case b.BetaDetail == nil || b.Expired:
	case b.BetaDetail.AutoNotify:
		lines = append(lines, "*Mail*  testers are told by themselves when it goes live")
	default:
		lines = append(lines, "*Mail*  testers are told when somebody asks for it")
	}
	return lines
}

// reviewWord says how far beta review is.
func reviewWord(state string) string {
	words := map[string]string{"WAITING_FOR_REVIEW": "waits", "IN_REVIEW": "under way", "APPROVED": "passed", "REJECTED": "rejected; Apple's reasons stand in App Store Connect"}
	if w := words[state]; w != "" {
		return w
	}
	return stateWord(state)
}

// aroundBuild is what belongs to a build and is read by itself.
type aroundBuild struct {
	groups []asc.BetaGroup
	texts  []asc.WhatToTest
	used   asc.Usage
}

// around reads it, all at the same time.
func around(ctx context.Context, api *asc.Client, b asc.Build) (a aroundBuild, err error) {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { a.groups, _, err = audience(ctx, api, b); return err })
	g.Go(func() (err error) { a.texts, err = everyone(api.WhatToTests(ctx, b.ID)); return err })
	g.Go(func() error {
		for u, err := range api.BuildUsages(ctx, b.ID) {
			if err != nil {
				return err
			}
			a.used.Invites, a.used.Installs = a.used.Invites+u.Invites, a.used.Installs+u.Installs
			a.used.Sessions, a.used.Crashes = a.used.Sessions+u.Sessions, a.used.Crashes+u.Crashes
			a.used.Feedbacks += u.Feedbacks
		}
		return nil
	})
	return a, g.Wait()
}

func (a aroundBuild) lines(b asc.Build) (lines []bot.Markup) {
	groups := []bot.Markup{"none has it"}
	if len(a.groups) > 0 {
		groups = nil
	}
	for _, g := range a.groups {
		groups = append(groups, bot.Markf("%s (%s, %s)", g.Name, groupKind(g), size(g)))
	}
	lines = append(lines,
		bot.Markf("*Groups*  %s", bot.Join(groups, "; ")),
		bot.Markf("*As far as Apple tells*  %s, %s, %s, %s", count(a.used.Installs, "install", "installs"), count(a.used.Sessions, "session", "sessions"),
			count(a.used.Crashes, "crash", "crashes"), count(a.used.Feedbacks, "piece of feedback", "pieces of feedback")),
	)
	return append(lines, a.told()...)
}

// Of what to test the card shows this many languages, and this much of each.
const (
	languagesShown = 3
	shownOfText    = 400
)

// told are the texts that testers read.
func (a aroundBuild) told() (lines []bot.Markup) {
	var others []string
	for _, t := range a.texts {
		switch {
		case t.Text == "":
		case len(lines) == languagesShown:
			others = append(others, localeWord(t.Locale))
		default:
			lines = append(lines, bot.Markf("*What to test, in %s*  %s", localeWord(t.Locale), shortenedTo(t.Text, shownOfText)))
		}
	}
	if len(lines) == 0 {
		return []bot.Markup{"*What to test*  nothing is written yet"}
	}
	if len(others) > 0 {
		lines = append(lines, bot.Markf("_also in %s_", strings.Join(others, ", ")))
	}
	return lines
}

func shortenedTo(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// typed is the build in words that mean it and no other.
func (b *betaBuild) typed() string { return bot.Quote(b.App.Name) + " " + b.Build.Name }

// buttons are what can be asked for about a build as it stands. Each opens the form of
// the command with the build filled in.
func (q *Build) buttons(d bot.Desk, b asc.Build, a aroundBuild) (all []*slack.ButtonBlockElement) {
	add := func(sensible bool, label, words, more string) {
		if sensible && may(d, words) {
			all = append(all, bot.Begin(label, words+" "+q.typed()+more+" …"))
		}
	}
	live := !b.Expired && b.ProcessingState != "FAILED" && b.ProcessingState != "INVALID"
	add(live, "To groups…", "build give", "")
	add(len(b.GroupIDs) > 0, "From groups…", "build take", "")
	if live {
		for _, t := range a.written() {
			add(true, "What to test, "+localeWord(t.Locale)+"…", "build notes", inWords(t))
		}
	}
	add(live, "What to test…", "build notes", "")
	add(live && b.UsesNonExemptEncryption == nil && b.ProcessingState != "PROCESSING", "Answer compliance…", "build compliance", "")
	add(live && externalState(b) == "READY_FOR_BETA_SUBMISSION", "Submit for beta review…", "build review", "")
	add(testable(b) && !b.BetaDetail.AutoNotify, "Notify testers…", "build notify", "")
	add(live, "Expire…", "build expire", "")
	return all
}

// written are the first of the texts that say something.
func (a aroundBuild) written() (some []asc.WhatToTest) {
	for _, t := range a.texts {
		if t.Text != "" && len(some) < languagesShown {
			some = append(some, t)
		}
	}
	return some
}

// inWords names the language and the text with which a form begins, so that the text
// is changed and not written anew. One that is too long for a button is left out.
func inWords(t asc.WhatToTest) string {
	if words := " " + t.Locale + " " + textWord(t.Text); len(words) < mostInButton {
		return words
	}
	return " " + t.Locale
}

// mostInButton is how long a text may be that a button carries, which has room for
// 2,000 bytes.
const mostInButton = 1700

// may tells whether whoever looks may begin a command.
func may(d bot.Desk, words string) bool {
	i := slices.IndexFunc(d.Verbs, func(v bot.Verb) bool { return v.Words == words })
	return i >= 0 && d.May(d.Verbs[i]).May
}
