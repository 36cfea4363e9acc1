package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// betaBuild is a build and its app, as an operation names them.
type betaBuild struct {
	Build Named `json:"build"` // “2.4.0 (118)”; as typed until it has been found
	App   Named `json:"app"`
}

// About tells the build's app.
func (b *betaBuild) About() (apps []string, all bool) { return []string{b.App.ID}, b.App.ID == "" }

// Beneficiaries is nobody in particular: what is about a build serves whoever has it.
func (b *betaBuild) Beneficiaries() []string { return nil }

// Find looks up the build.
func (b *betaBuild) Find(ctx context.Context, api *asc.Client) error {
	_, err := b.find(ctx, api)
	return err
}

// String names the build with its app: “Halo 2.4.0 (118)”.
func (b *betaBuild) String() string { return b.App.Name + " " + b.Build.Name }

// parseBuild reads "<app> <version> <number>", "<app> <number>" or
// "<number> in <app>". Which of the words are the app's name is found out later.
func (b *betaBuild) parseBuild(words []string) error {
	words, app, limited := cut(words, "in")
	b.Build.Name, b.App.Name = strings.Join(words, " "), strings.Join(app, " ")
	if limited && b.App.Name == "" {
		return bot.Trouble{What: "After “in” I expected an app.", Next: "For example “in Halo”."}
	}
	return nil
}

// readBuild takes the field of a form.
func (b *betaBuild) readBuild(v bot.Values, wrong map[string]string) {
	*b = betaBuild{}
	if picked := v["build"].Chosen; len(picked) == 1 {
		b.Build = Named{ID: picked[0].Value, Name: picked[0].Text}
	} else {
		wrong["build"] = "Choose a build."
	}
}

// buildField asks for the build.
func (b *betaBuild) buildField() bot.Field {
	f := bot.Field{Name: "build", Label: "Build", Kind: bot.Pick, Source: buildSource}
	if b.Build.Name != "" {
		f.Chosen = []bot.Choice{{Text: strings.TrimSpace(b.App.Name + " " + b.Build.Name)}}
	}
	return f
}

// find looks the build up, by its id when that is known, with all that is around it.
func (b *betaBuild) find(ctx context.Context, api *asc.Client) (asc.Build, error) {
	if b.Build.ID == "" {
		if err := b.pick(ctx, api); err != nil {
			return asc.Build{}, err
		}
	}
	found, err := api.Build(ctx, b.Build.ID)
	if asc.NotFound(err) {
		return found, bot.Trouble{What: "The build " + b.Build.Name + " is gone.", Next: "Look what there is with `/asc builds`."}
	}
	if err != nil {
		return found, err
	}
	b.Build.Name = buildName(found)
	if found.App != nil {
		b.App = Named{found.AppID, found.App.Name}
	}
	return found, nil
}

// findOrApp looks the build up; or, when the words mean an app and no build of it, the
// app alone.
func (b *betaBuild) findOrApp(ctx context.Context, api *asc.Client) (asc.Build, error) {
	typed := strings.TrimSpace(b.Build.Name + " " + b.App.Name)
	var no error
	if len(b.ways()) > 0 {
		build, err := b.find(ctx, api)
		if _, unclear := errors.AsType[bot.Trouble](err); !unclear {
			return build, err
		}
		no = err
	}
	found, err := findApps(ctx, api, []Named{{Name: typed}})
	if err != nil {
		if no != nil { // an app whose name ends with a number was only a guess
			return asc.Build{}, no
		}
		return asc.Build{}, err
	}
	b.App, b.Build = found[0], Named{}
	return asc.Build{}, nil
}

// pick finds the one build that typed words mean. The words may begin with the app;
// where its name ends is tried out.
func (b *betaBuild) pick(ctx context.Context, api *asc.Client) error {
	typed := strings.TrimSpace(b.Build.Name + " " + b.App.Name)
	apps, err := everyone(api.Apps(ctx, asc.AppFilter{}))
	if err != nil {
		return err
	}
	var fit []asc.Build
	var within []asc.App // the apps that were looked through
	for _, way := range b.ways() {
		for _, app := range matching(way.app, apps, appNames) {
			more, err := way.builds(ctx, api, app)
			if err != nil {
				return err
			}
			within, fit = append(within, app), append(fit, more...)
		}
	}
	switch {
	case len(fit) == 1:
		b.Build.ID = fit[0].ID
		return nil
	case len(fit) > 1:
		could := named(fit, func(f asc.Build) string { return f.App.Name + " " + buildName(f) + platformWord(f) })
		return ambiguous(typed, compact(could), "Say the app, version and number, as in “Halo 2.4.0 118”.")
	case len(within) == 0:
		known := named(apps, func(a asc.App) string { return a.Name })
		return bot.Trouble{
			Absent: true,
			What:   "I do not find an app and a build in “" + typed + "”.",
			Next:   "Say the app and the build's number, as in “Halo 118”. There is " + someOf(known) + ".",
		}
	}
	return noBuild(ctx, api, typed, within[0])
}

// way is one way to read typed words: an app, and its build.
type way struct {
	app             string
	version, number string // version may be blank; so may number, for a version of one build
	newest          bool
}

// ways are the ways to read what was typed. A build is named by one word or two, and
// they begin with a digit: 118, (118), 2.4.0 118, 2.4.0 (118).
func (b *betaBuild) ways() (all []way) {
	words := strings.Fields(b.Build.Name)
	for n := min(len(words), 2); n > 0; n-- {
		app, ref := words[:len(words)-n], words[len(words)-n:]
		w := way{app: strings.Join(app, " ")}
		if b.App.Name != "" {
			if w.app != "" {
				continue
			}
			w.app = b.App.Name
		}
		if w.app == "" || !w.read(ref) {
			continue
		}
		all = append(all, w)
	}
	return all
}

func (w *way) read(ref []string) bool {
	for i, r := range ref {
		ref[i] = strings.Trim(r, "()")
		if newest := strings.EqualFold(r, "latest") || strings.EqualFold(r, "newest"); newest && len(ref) == 1 {
			w.newest = true
			return true
		} else if newest || !isBuildRef(r) {
			return false
		}
	}
	w.number = ref[len(ref)-1]
	if len(ref) == 2 {
		w.version = ref[0]
	}
	return true
}

// builds are those of an app that are meant.
func (w way) builds(ctx context.Context, api *asc.Client, app asc.App) (fit []asc.Build, err error) {
	filter := asc.BuildFilter{App: []string{app.ID}, IncludeApp: true, IncludeBeta: true}
	if w.newest {
		b, ok, err := first(api.Builds(ctx, filter), func(asc.Build) bool { return true })
		if ok {
			fit = append(fit, b)
		}
		return fit, err
	}
	filter.Number = []string{w.number}
	for b, err := range api.Builds(ctx, filter) {
		if err != nil {
			return nil, err
		}
		if b.Number == w.number && (w.version == "" || sameVersion(w.version, versionOf(b))) {
			fit = append(fit, b)
		}
	}
	if len(fit) > 0 || w.version != "" {
		return fit, nil
	}
	// One word can be a version, which is enough when it has one build.
	short := shortVersion(w.number)
	filter.Number, filter.Version = nil, []string{short, short + ".0", short + ".0.0"}
	return everyone(api.Builds(ctx, filter))
}

// sameVersion compares versions: 2.4 is 2.4.0.
func sameVersion(a, b string) bool { return shortVersion(a) == shortVersion(b) }

func shortVersion(v string) string {
	for strings.HasSuffix(v, ".0") {
		v = strings.TrimSuffix(v, ".0")
	}
	return v
}

// noBuild says that an app has no such build, and which are the newest.
func noBuild(ctx context.Context, api *asc.Client, typed string, app asc.App) error {
	const some = 5
	var newest []string
	for b, err := range api.Builds(ctx, asc.BuildFilter{App: []string{app.ID}, IncludeBeta: true}) {
		if err != nil {
			return err
		}
		if newest = append(newest, buildName(b)); len(newest) == some {
			break
		}
	}
	next := "A build shows some minutes after it was uploaded."
	if len(newest) > 0 {
		next = "The newest are " + strings.Join(newest, ", ") + ". A build shows some minutes after it was uploaded."
	}
	return bot.Trouble{Absent: true, What: app.Name + " has no build “" + typed + "”.", Next: next}
}

// buildName is what people call a build: “2.4.0 (118)”.
func buildName(b asc.Build) string {
	if v := versionOf(b); v != "" {
		return v + " (" + b.Number + ")"
	}
	return "(" + b.Number + ")"
}

func versionOf(b asc.Build) string {
	if b.PreReleaseVersion == nil {
		return ""
	}
	return b.PreReleaseVersion.Version
}

var platforms = map[string]string{"IOS": "iOS", "MAC_OS": "macOS", "TV_OS": "tvOS", "VISION_OS": "visionOS"}

// platformWord names a build's platform after a blank, unless it is iOS.
func platformWord(b asc.Build) string {
	if b.PreReleaseVersion == nil || b.PreReleaseVersion.Platform == "IOS" {
		return ""
	}
	if p := platforms[b.PreReleaseVersion.Platform]; p != "" {
		return " " + p
	}
	return " " + b.PreReleaseVersion.Platform
}

// buildWords say where a build stands in TestFlight.
var buildWords = map[string]string{
	"PROCESSING": "being processed by Apple", "PROCESSING_EXCEPTION": "Apple could not process it",
	"MISSING_EXPORT_COMPLIANCE": "export compliance is not answered", "IN_EXPORT_COMPLIANCE_REVIEW": "export compliance is under review",
	"READY_FOR_BETA_TESTING": "ready, not tested yet", "IN_BETA_TESTING": "being tested", "EXPIRED": "expired",
	"READY_FOR_BETA_SUBMISSION": "not submitted for beta review", "WAITING_FOR_BETA_REVIEW": "waits for beta review",
	"IN_BETA_REVIEW": "in beta review", "BETA_REJECTED": "rejected by beta review", "BETA_APPROVED": "approved, testers are not told yet",
	"NOT_APPLICABLE": "not for people outside the team",
	"FAILED":         "Apple could not process it", "INVALID": "Apple found it invalid", "VALID": "processed",
}

// stateWord says what one of Apple's states means; one that is new is shown as it is.
func stateWord(state string) string {
	if w := buildWords[state]; w != "" {
		return w
	}
	if state == "" {
		return "not known yet"
	}
	return strings.ToLower(strings.ReplaceAll(state, "_", " "))
}

// internally and externally say where a build stands for the team and for others.
func internally(b asc.Build) string {
	if b.BetaDetail == nil {
		return stateWord(b.ProcessingState)
	}
	return stateWord(b.BetaDetail.InternalState)
}

func externally(b asc.Build) string {
	if b.BetaDetail == nil {
		return stateWord(b.ProcessingState)
	}
	return stateWord(b.BetaDetail.ExternalState)
}

func externalState(b asc.Build) string {
	if b.BetaDetail == nil {
		return ""
	}
	return b.BetaDetail.ExternalState
}

// testable tells whether people outside the team can install a build.
func testable(b asc.Build) bool {
	switch externalState(b) {
	case "BETA_APPROVED", "IN_BETA_TESTING", "READY_FOR_BETA_TESTING":
		return !b.Expired
	}
	return false
}

// daysLeft says how long a build can still be tested.
func daysLeft(b asc.Build, now time.Time) string {
	left := b.ExpirationDate.Sub(now)
	switch {
	case b.Expired:
		return "expired"
	case b.ExpirationDate.IsZero():
		return "no end known"
	case left <= 0:
		return "expires now"
	case left < 48*time.Hour:
		return fmt.Sprintf("%d hours left", int(left.Hours()))
	}
	return fmt.Sprintf("%d days left", int(left.Hours()/24))
}

func complianceWord(b asc.Build) string {
	switch {
	case b.UsesNonExemptEncryption == nil:
		return "not answered"
	case *b.UsesNonExemptEncryption:
		return "uses encryption that is not exempt"
	}
	return "no encryption, or exempt"
}
