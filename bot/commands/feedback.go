package commands

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// Feedback lists what testers sent from TestFlight, and shows one piece of it with its
// pictures or its log.
type Feedback struct {
	betaBuild        // the build is blank for all of them
	kind      string // crash or screenshot; blank for both
	one       string // which: its place among the newest of that kind, or its id
}

// The kinds of feedback.
const (
	aCrash      = "crash"
	aScreenshot = "screenshot"
)

var kinds = map[string]string{"crash": aCrash, "crashes": aCrash, "screenshot": aScreenshot, "screenshots": aScreenshot, "pictures": aScreenshot}

// Parse reads "<app> [build] [crashes|screenshots]", and "<app> crash|screenshot <which>".
func (q *Feedback) Parse(words []string) error {
	for i, w := range slices.Backward(words) {
		if kind := kinds[strings.ToLower(w)]; kind != "" && i > 0 { // an app may be called Crash
			q.kind, q.one, words = kind, strings.Join(words[i+1:], ""), words[:i]
			break
		}
	}
	return q.parseBuild(words)
}

// mostFeedback is how many pieces of each kind are read, the newest first.
const mostFeedback = 200

// piece is one piece of feedback.
type piece struct {
	asc.Feedback
	kind string
}

// Answer lists the feedback, or shows one piece.
func (q *Feedback) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	if q.Build.Name == "" && q.App.Name == "" {
		return whichApp(ctx, d, "Feedback on which app?", "feedback", "")
	}
	filter, err := q.settle(ctx, d.Team.API)
	if err != nil {
		return bot.Message{}, err
	}
	if err := d.About(ctx, q.App.ID); err != nil {
		return bot.Message{}, err
	}
	if q.one != "" {
		p, err := q.find(ctx, d.Team.API, filter)
		if err != nil {
			return bot.Message{}, err
		}
		return p.show(ctx, d, q.App.Name)
	}
	all, err := q.pieces(ctx, d.Team.API, filter)
	if err != nil {
		return bot.Message{}, err
	}
	rows := make([]bot.Row, len(all))
	for i, p := range all {
		rows[i] = bot.Row{Text: p.line(), Button: bot.Begin("Show", "feedback "+bot.Quote(q.App.Name)+" "+p.kind+" "+p.ID)}
	}
	of := q.App.Name
	if q.Build.ID != "" {
		of = q.String()
	}
	return bot.Listing(bot.Markf("%s on %s, the newest first", count(len(all), "piece of feedback", "pieces of feedback"), of), rows,
		bot.Markf("Testers have sent nothing on %s that App Store Connect still has.", of)).
		Below("Pictures and crash logs go to your direct messages. Text and names are the testers' own."), nil
}

// settle finds the app, and the build if one was said.
func (q *Feedback) settle(ctx context.Context, api *asc.Client) (f asc.FeedbackFilter, err error) {
	b, err := q.findOrApp(ctx, api)
	if b.ID != "" {
		f.Build = []string{b.ID}
	}
	return f, err
}

// pieces reads both kinds at the same time.
func (q *Feedback) pieces(ctx context.Context, api *asc.Client, f asc.FeedbackFilter) ([]piece, error) {
	var crashes, pictures []piece
	g, ctx := errgroup.WithContext(ctx)
	read := func(into *[]piece, kind string) {
		if q.kind != "" && q.kind != kind {
			return
		}
		list := api.CrashFeedback
		if kind == aScreenshot {
			list = api.ScreenshotFeedback
		}
		g.Go(func() error {
			for one, err := range list(ctx, q.App.ID, f) {
				if err != nil {
					return err
				}
				if *into = append(*into, piece{one, kind}); len(*into) == mostFeedback {
					break
				}
			}
			return nil
		})
	}
	read(&crashes, aCrash)
	read(&pictures, aScreenshot)
	if err := g.Wait(); err != nil {
		return nil, err
	}
	all := slices.Concat(crashes, pictures)
	slices.SortStableFunc(all, func(a, b piece) int { return b.CreatedDate.Compare(a.CreatedDate) })
	return all, nil
}

// find finds one piece: by its place among the newest, or by its id, which buttons say.
func (q *Feedback) find(ctx context.Context, api *asc.Client, f asc.FeedbackFilter) (piece, error) {
	all, err := q.pieces(ctx, api, f)
	if err != nil {
		return piece{}, err
	}
	if n, err := strconv.Atoi(q.one); err == nil && n <= mostFeedback {
		if n < 1 || n > len(all) {
			return piece{}, bot.Trouble{What: "There is no such piece: " + q.App.Name + " has " + count(len(all), q.kind, map[string]string{aCrash: "crashes", aScreenshot: "screenshots"}[q.kind]) + " here.", Next: "`/asc feedback " + q.App.Name + "` lists them; 1 is the newest."}
		}
		q.one = all[n-1].ID
	}
	gone := bot.Trouble{What: "That piece of feedback is not at App Store Connect any more.", Next: "`/asc feedback " + q.App.Name + "` lists what is."}
	if !slices.ContainsFunc(all, func(p piece) bool { return p.ID == q.one }) { // of another app, perhaps
		return piece{}, gone
	}
	read := api.OneCrashFeedback
	if q.kind == aScreenshot {
		read = api.OneScreenshotFeedback
	}
	one, err := read(ctx, q.one)
	if asc.NotFound(err) {
		return piece{}, gone
	}
	return piece{one, q.kind}, err
}

// from says who sent it.
func (p piece) from() string {
	switch {
	case p.TesterName != "" && p.Email != "":
		return p.TesterName + ", " + p.Email
	case p.TesterName+p.Email != "":
		return p.TesterName + p.Email
	}
	return "somebody who left no name"
}

// line is the piece in a list.
func (p piece) line() bot.Markup {
	var sign bot.Markup = "💥 crash"
	if p.kind == aScreenshot {
		sign = bot.Markf("🖼️ %s", count(len(p.Screenshots), "picture", "pictures"))
	}
	parts := []bot.Markup{sign, bot.When(p.CreatedDate), bot.Markf("build %s", or(p.BuildNumber, "not known")), bot.Markf("%s, %s", p.DeviceModel, p.system()), bot.Inert(p.from())}
	line := bot.Join(parts, "  ·  ")
	if p.Comment != "" {
		line += bot.Markf("\n“%s”", shortenedTo(p.Comment, 300))
	}
	return line
}

func (p piece) system() string {
	return strings.TrimSpace(or(platforms[p.DevicePlatform], p.DevicePlatform) + " " + p.OSVersion)
}

// lines are all that is known of the piece.
func (p piece) lines(app string) []bot.Markup {
	what := "Crash of"
	if p.kind == aScreenshot {
		what = "Screenshots of"
	}
	lines := []bot.Markup{
		bot.Markf("*%s %s*, build %s, sent %s", what, app, or(p.BuildNumber, "not known"), bot.When(p.CreatedDate)),
		bot.Markf("*From*  %s", p.from()),
		bot.Markf("*Device*  %s, %s", p.DeviceModel, p.system()),
	}
	if p.BatteryPercentage > 0 || p.DiskBytesTotal > 0 {
		lines = append(lines, bot.Markf("*State*  battery %d %%, %s of %s free, app running for %s", p.BatteryPercentage,
			gigabytes(p.DiskBytesAvailable), gigabytes(p.DiskBytesTotal), (time.Duration(p.Uptime)*time.Millisecond).Round(time.Second).String()))
	}
	if p.Locale+p.TimeZone+p.ConnectionType != "" {
		lines = append(lines, bot.Markf("*Around*  language %s, zone %s, network %s", or(p.Locale, "not known"), or(p.TimeZone, "not known"), strings.ToLower(or(p.ConnectionType, "not known"))))
	}
	if p.Comment != "" {
		lines = append(lines, bot.Markf("*Comment*  “%s”", shortenedTo(p.Comment, 1500)))
	}
	return lines
}

func gigabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e9, 'f', 1, 64) + " GB" }
