package bot

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/sales"
)

// drawDigest makes the message of a digest: the total first, then what it is
// made of, then what one should know about the data.
func drawDigest(f figures) Message {
	title := "Sales" + ofApps(f) + " on " + f.day.Long() + " (Pacific)"
	total := totalLine(f)
	blocks := []slack.Block{Header(title), Section(total)}
	if lines := kindLines(f); lines != "" {
		blocks = append(blocks, Section(lines))
		if f.known {
			blocks = append(blocks, Context(Markf("In brackets: the change against %s.", f.day.AddDays(-7).Long())))
		}
	}
	if apps := appLines(f.now); apps != "" {
		blocks = append(blocks, Section(apps))
	}
	if chart, ok := downloadsChart(f.now); ok {
		blocks = append(blocks, chart)
	}
	blocks = append(blocks, Context(healthLine(f)))
	return Message{Text: Markf("%s: %s", title, total), Blocks: blocks}
}

// appsNamed bounds the apps in a title.
const appsNamed = 3

// ofApps says in the title which apps a digest is for, unless it is for all.
func ofApps(f figures) string {
	switch n := len(f.apps); {
	case len(f.digest.Apps) == 0:
		return ""
	case n == 0:
		return " of no known app"
	case n > appsNamed:
		return fmt.Sprintf(" of %d chosen apps", n)
	}
	var names []string
	for _, a := range f.apps {
		names = append(names, clean(a, 30))
	}
	return " of " + strings.Join(names, ", ")
}

func totalLine(f figures) Markup {
	switch {
	case len(f.in) == 0 && len(f.broken) > 0:
		return "The report could not be read, so there are no figures for this day. This message is completed once it can be."
	case len(f.in) == 0 && len(f.gaps) > 0:
		return "The report is not published yet, so there are no figures for this day. This message is completed when it comes."
	case len(f.in) == 0 && len(f.quiet) > 0:
		return "App Store Connect has no sales for this day so far. This message is completed when there are some."
	case len(f.in) == 0:
		return "App Store Connect reports no sales for this day."
	case len(f.digest.Apps) > 0 && len(f.apps) == 0:
		return "There is no app of the names that this digest is for, so it has no figures. Whoever runs the bot can correct them in its configuration."
	case len(f.now.Totals()) == 0:
		return "*No proceeds* on this day."
	}
	return Markf("*Proceeds %s*", moneyList(f.now.Totals()))
}

// moneyList writes amounts side by side. Currencies are never added together.
func moneyList(list []sales.Money) string {
	var parts []string
	for _, m := range list {
		parts = append(parts, m.String())
	}
	return strings.Join(parts, "  ·  ")
}

// kindLines tells downloads, purchases, renewals and refunds apart, each beside
// the same weekday a week earlier.
func kindLines(f figures) Markup {
	against := map[string]Markup{}
	if changes, err := sales.Compare(f.now, f.before); err == nil && f.known {
		for _, c := range changes {
			if c.Currency == "" {
				against[c.What] = Markf("  (%s)", c.String())
			}
		}
	}
	var lines []Markup
	for _, k := range f.now.ByKind() {
		if !k.Units.IsZero() {
			lines = append(lines, Markf("• %s: %s%s", upper(k.Name), sales.Count(k.Units), against[k.Name]))
		}
	}
	if all := f.now.All(); !all.Refunds.IsZero() {
		line := Markf("• Refunds: %s", sales.Count(all.Refunds.Neg()))
		if len(all.Refunded) > 0 {
			line += Markf(" (%s)", strings.ReplaceAll(moneyList(all.Refunded), "-", "−"))
		}
		lines = append(lines, line)
	}
	return Join(lines, "\n")
}

// appsShown bounds the apps in a digest.
const appsShown = 6

func appLines(day sales.Day) Markup {
	lines := day.ByApp()
	slices.SortStableFunc(lines, func(a, b sales.Line) int { return b.Units.Cmp(a.Units) })
	var out []Markup
	for i, app := range lines {
		if i == appsShown {
			out = append(out, Markf("… and %d more apps", len(lines)-appsShown))
			break
		}
		money := cmp.Or(moneyList(app.Proceeds), "no proceeds")
		out = append(out, Markf("*%s*  %s", app.Name, money))
	}
	return Join(out, "\n")
}

// downloadsChart draws first downloads by app, when there are two to compare.
func downloadsChart(day sales.Day) (slack.Block, bool) {
	var labels []string
	var points []slack.DataVisualizationDataPoint
	for _, app := range day.ByApp() {
		label := clean(app.Name, 20)
		if len(points) == 20 || label == "" || slices.Contains(labels, label) {
			continue
		}
		for _, kind := range day.Of(app.Key).ByKind() {
			if kind.Key != string(sales.Download) {
				continue
			}
			if n, ok := kind.Units.Float64(); ok && n > 0 {
				labels = append(labels, label)
				points = append(points, slack.NewDataVisualizationDataPoint(label, n))
			}
		}
	}
	if len(points) < 2 {
		return nil, false
	}
	chart := slack.NewDataVisualizationBarChart(
		slack.NewDataVisualizationAxisConfig(labels...).WithYLabel("First downloads"),
		slack.NewDataVisualizationDataSeries("First downloads", points...))
	return slack.NewDataVisualizationBlock("First downloads by app", chart), true
}

// healthLine says what the figures rest on.
func healthLine(f figures) Markup {
	var parts []Markup
	if len(f.in) > 0 {
		parts = append(parts, Markf("Report in: vendor %s", strings.Join(f.in, ", ")))
	}
	if len(f.empty) > 0 {
		parts = append(parts, Markf("No sales: vendor %s", strings.Join(f.empty, ", ")))
	}
	if len(f.quiet) > 0 {
		parts = append(parts, Markf("No sales so far: vendor %s", strings.Join(f.quiet, ", ")))
	}
	if len(f.gaps) > 0 {
		parts = append(parts, Markf("*Missing*: vendor %s", strings.Join(f.gaps, ", ")))
	}
	if len(f.broken) > 0 {
		parts = append(parts, Markf("*Could not be read*: %s", strings.Join(f.broken, " ")))
	}
	if len(f.apps) > appsNamed {
		parts = append(parts, Markf("Only %s", strings.Join(f.apps, ", ")))
	}
	if len(f.unknown) > 0 {
		parts = append(parts, Markf("*No such app*: %s", strings.Join(f.unknown, ", ")))
	}
	parts = append(parts, Oddities(f.now)...)
	if f.missed > 0 {
		parts = append(parts, Markf("%s missed", plural(f.missed, "earlier digest")))
	}
	parts = append(parts, "Proceeds are after tax and commission, as estimated by Apple; currencies are not added together")
	return Join(parts, "  ·  ")
}

// Oddities says how much of a report does not fit Apple's description of it.
func Oddities(day sales.Day) []Markup {
	rows := map[string]int{}
	for _, o := range day.Odd {
		rows[o.Why] += o.Rows
	}
	var parts []Markup
	for _, why := range slices.Sorted(maps.Keys(rows)) {
		parts = append(parts, Markf("%s in doubt: %s", plural(rows[why], "row"), why))
	}
	for _, k := range day.ByKind() {
		if !k.Known && !k.Units.IsZero() {
			parts = append(parts, Markf("Of a product type I do not know: %s units, %s", sales.Count(k.Units), k.Name))
		}
	}
	return parts
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
