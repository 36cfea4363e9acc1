package bot

import (
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/sales"
)

// drawDigest makes the message of a digest: at most ten lines and one chart. The
// total first, then what it is made of, then what one should know about the data.
func drawDigest(f figures) Message {
	title := f.title()
	lines := f.lines()
	blocks := []slack.Block{Header(title), Whole(Join(lines, "\n"))}
	text := []Markup{Markf("*%s*", title)}
	text = append(text, lines...)
	if f.digest.has("chart") && f.some() {
		if chart, numbers := f.chart(); chart != nil {
			blocks = append(blocks, chart)
			text = append(text, numbers)
		}
	}
	health := f.health()
	return Message{Text: Join(append(text, health), "\n"), Blocks: append(blocks, Context(health))}
}

// some reports whether any report is in.
func (f figures) some() bool {
	return slices.ContainsFunc(f.vendors, func(v vendorState) bool { return v.in > 0 }) && !f.nothingChosen()
}

// title is the head line: which days, and what they came to.
func (f figures) title() string {
	title := "Sales" + f.named() + " · "
	if f.over.From == f.over.To {
		title += f.over.From.Short() + ", Pacific"
	} else {
		title += f.over.String() + ", Pacific"
	}
	if f.currency != "" && f.some() {
		total := f.now.All()
		total.Rest = nil
		title += " · " + Worth(total, f.currency)
		if slices.ContainsFunc(f.vendors, vendorState.wanting) {
			title += " so far"
		}
	} else if f.some() && f.moneyless() {
		title += " · " + unitsOf(f.kinds()[sales.Download.Words()].units, "first download")
	}
	return title
}

// lines are the lines below the head.
func (f figures) lines() []Markup {
	if why := f.without(); why != "" {
		return []Markup{why}
	}
	lines := f.money()
	if f.digest.has("downloads") {
		lines = append(lines, f.downloads())
	}
	if f.digest.has("purchases") {
		lines = append(lines, f.purchases(), f.subscribed(), f.refunds())
	}
	switch {
	case len(f.skipped) > 0:
		lines = append(lines, f.since())
	case f.digest.has("movers"):
		lines = append(lines, f.movers())
	}
	if f.digest.has("reviews") {
		lines = append(lines, f.reviews.line())
	}
	return slices.DeleteFunc(lines, func(l Markup) bool { return l == "" })
}

// without says why there are no figures; it is blank when there are.
func (f figures) without() Markup {
	any := func(is func(vendorState) bool) bool { return slices.ContainsFunc(f.vendors, is) }
	switch {
	case f.nothingChosen():
		return "There is no app of the names that this digest is for, so it has no figures. Whoever set it up can correct them."
	case f.some():
		return ""
	case f.ended != "":
		return Markf("What was waited for has not come, so there are no figures for this time: %s.", f.ended)
	case f.broken():
		return "The report could not be read, so there are no figures for this time. This message is completed once it can be."
	case any(func(v vendorState) bool { return len(v.gaps) > 0 }):
		return "The report is not published yet, so there are no figures for this time. This message is completed when it comes."
	case any(func(v vendorState) bool { return len(v.quiet) > 0 }):
		return "App Store Connect has no sales for this time so far. This message is completed when there are some."
	}
	return "App Store Connect reports no sales for this time."
}

// money compares the total with the same weekday, or the days before, and with the
// mean. Without a currency there is no total, and the amounts stand side by side.
func (f figures) money() []Markup {
	all := f.now.All()
	if f.currency == "" {
		if len(all.Proceeds) == 0 {
			return []Markup{"No proceeds"}
		}
		return []Markup{Markf("*Proceeds %s*", MoneyList(all.Proceeds))}
	}
	var parts []Markup
	if f.compared() {
		parts = append(parts, Markf("*%s* against %s", f.against(all.Worth, f.before.All().Worth), f.before.Short()))
	}
	per, _, whole := f.now.Mean()
	if mean, _, ok := f.month.Mean(); ok && whole {
		what := f.usual()
		if f.over.From != f.over.To {
			what = what + ", by day"
		}
		parts = append(parts, Markf("*%s* against %s", f.against(per, mean), what))
	}
	lines := []Markup{Join(parts, "  ·  ")}
	if len(all.Rest) > 0 {
		lines = append(lines, Markf("Not in the total, since there is no exchange rate: %s", MoneyList(all.Rest)))
	}
	return lines
}

// usual is what the mean is of.
func (f figures) usual() string {
	return "the mean of the " + sales.Grouped(f.month.Whole()) + " days before"
}

// Short is the stretch in a few letters: "Mon 16 Nov", "9 – 15 Nov 2026".
func (r Reading) Short() string {
	if r.From == r.To {
		return r.From.Short()
	}
	return r.Stretch.String()
}

// compared reports whether the days and those to compare with are all known: a part is
// not compared with a whole.
func (f figures) compared() bool {
	return len(f.before.Days) > 0 && f.before.Complete() && f.now.Complete()
}

func (f figures) against(now, before sales.Worth) string {
	change, err := Against(now, before, f.currency)
	if err != nil {
		return err.Error()
	}
	return change.Words()
}

// chart shows how it went, and says the same numbers in words.
func (f figures) chart() (slack.Block, Markup) {
	buckets, unit := Buckets(f.recent.Days)
	what, of := "First downloads", func(b Bucket) float64 { n, _ := b.Downloads.Float64(); return n }
	words := func(b Bucket) string { return sales.Count(b.Downloads) }
	if f.currency != "" {
		what = "Proceeds in " + f.currency
		of = func(b Bucket) float64 { return Plotted(b.Worth, f.currency) }
		words = func(b Bucket) string {
			m, err := b.Worth.In(f.currency)
			if err != nil {
				return err.Error()
			}
			return strings.TrimPrefix(MoneyList([]sales.Money{m}), f.currency+" ")
		}
	}
	var points []Point
	var numbers []string
	for _, b := range buckets {
		points = append(points, Point{b.Label, of(b)})
		numbers = append(numbers, b.Label+": "+words(b))
	}
	title := ChartTitle(what, unit, f.recent.Stretch)
	draw := Curve
	if unit != "day" {
		draw = Bars
	}
	return draw(title, what, points), Markf("%s: %s", title, strings.Join(numbers, ", "))
}
