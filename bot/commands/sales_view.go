package commands

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
)

// salesView is what a question about sales has found.
type salesView struct {
	*Sales
	currency string // that everything is converted into; blank for none
	apps     []picked
	instead  schedule.Day // the newest day, when its report is not in and this is an older one

	now    bot.Reading
	before bot.Reading // the same weekday a week earlier, or as many days before
	month  bot.Reading // the 28 days before
	recent bot.Reading // for the chart of a single day: the 14 days that end with it
}

// meanDays is how many days a mean is made of.
const meanDays = 28

func (v *salesView) read(d bot.Desk, over schedule.Stretch) (err error) {
	var skus []string
	for _, a := range v.apps {
		skus = append(skus, a.SKU)
	}
	read := func(into *bot.Reading, s schedule.Stretch) {
		if err == nil {
			*into, err = d.Books.Read([]string{d.Team.Vendor}, s, skus...)
		}
	}
	before := over.Before()
	if over.Days() == 1 {
		before = schedule.Stretch{From: over.From.AddDays(-7), To: over.From.AddDays(-7)}
		read(&v.recent, schedule.Stretch{From: over.From.AddDays(-13), To: over.To})
	}
	read(&v.now, over)
	read(&v.before, before)
	read(&v.month, schedule.Stretch{From: over.From.AddDays(-meanDays), To: over.From.AddDays(-1)})
	for _, a := range v.apps {
		v.now.Sum.Name(a.SKU, a.Name)
	}
	if err == nil && v.moneyless() {
		v.currency = ""
	}
	return err
}

// moneyless reports whether there was no money at all, as with apps that are free: then
// downloads are what tells.
func (v *salesView) moneyless() bool {
	for _, r := range []bot.Reading{v.now, v.before, v.month} {
		if len(r.All().Proceeds) > 0 {
			return false
		}
	}
	return true
}

// compared reports whether there is something to compare with: a part is not compared
// with a whole.
func (v *salesView) compared() bool { return v.now.Complete() && v.before.Complete() }

// draw makes the answer.
func (v *salesView) draw() (bot.Message, error) {
	title := "Sales" + v.ofApps() + " · " + v.now.Stretch.String() + ", Pacific"
	blocks := []slack.Block{bot.Header(title)}
	var said []bot.Markup
	say := func(lines ...bot.Markup) {
		lines = slices.DeleteFunc(lines, func(l bot.Markup) bool { return l == "" })
		if len(lines) > 0 {
			blocks = append(blocks, bot.Whole(bot.Join(lines, "\n")))
			said = append(said, lines...)
		}
	}
	if v.now.Known() == 0 || len(v.now.Sum.Cells) == 0 && v.now.Complete() {
		say(v.nothing())
		return bot.Message{Text: bot.Markf("%s\n%s", title, bot.Join(said, "\n")), Blocks: blocks, InPlace: true}, nil
	}
	total, err := v.total()
	if err != nil {
		return bot.Message{}, err
	}
	say(total...)
	var against *sales.Day
	if v.compared() {
		against = &v.before.Sum
	}
	say(bot.KindLines(v.now, against, v.currency)...)
	say(v.tops()...)
	if chart := v.chart(); chart != nil {
		blocks = append(blocks, chart)
	}
	table, err := v.table()
	if err != nil {
		return bot.Message{}, err
	}
	blocks = append(blocks, bot.Section(bot.Markf("*By %s*", string(v.group()))), bot.Table(table))
	if row := v.buttons(); row != nil {
		blocks = append(blocks, row)
	}
	blocks = append(blocks, bot.Context(v.health(against != nil)))
	return bot.Message{Text: bot.Markf("%s\n%s", title, bot.Join(said, "\n")), Blocks: blocks, InPlace: true}, nil
}

func (v *salesView) ofApps() string {
	var names []string
	for _, a := range v.apps {
		names = append(names, a.Name)
	}
	if len(names) > 3 {
		return fmt.Sprintf(" of %d apps", len(names))
	}
	if len(names) == 0 {
		return ""
	}
	return " of " + strings.Join(names, ", ")
}

// nothing says why there are no figures.
func (v *salesView) nothing() bot.Markup {
	if v.now.Known() > 0 {
		return v.none()
	}
	if len(v.now.Days) == 1 {
		return bot.Markf("The report of %s is not in yet. Apple makes it by 8 in the morning Pacific time on the day after; older days are fetched little by little: `/asc status` shows how far.", v.now.From.Short())
	}
	return "None of these days is known yet. Older days are fetched little by little: `/asc status` shows how far."
}

// none says that there were no sales, and what there was before.
func (v *salesView) none() bot.Markup {
	var said bot.Markup = "Apple reports no sales."
	if v.before.Complete() && len(v.before.Sum.Cells) > 0 {
		said += bot.Markf(" On %s there were %s.", v.before.Stretch, cmp.Or(bot.MoneyList(v.before.All().Proceeds), "some, without proceeds"))
	}
	return said
}

// total says what it comes to, and how that compares.
func (v *salesView) total() ([]bot.Markup, error) {
	all := v.now.All()
	var lines []bot.Markup
	if v.currency == "" {
		lines = append(lines, bot.Markf("*Proceeds %s*", cmp.Or(bot.MoneyList(all.Proceeds), "none")))
		return append(lines, v.usualDownloads()), nil
	}
	total := all
	total.Rest = nil // it has a line of its own
	sum := bot.Markf("*Proceeds %s*  (estimate)", bot.Worth(total, v.currency))
	if v.now.Unrated() > 0 {
		sum = bot.Markf("*Proceeds %s so far*  (estimate)", bot.Worth(total, v.currency))
	}
	lines = append(lines, sum)
	if v.compared() {
		was := v.before.All()
		was.Rest = nil
		change, err := bot.Against(all.Worth, was.Worth, v.currency)
		if err != nil {
			return nil, err
		}
		lines = append(lines, bot.Markf("%s against %s (%s)", change.Words(), v.before.Stretch, bot.Worth(was, v.currency)))
	}
	per, _, whole := v.now.Mean()
	if mean, _, ok := v.month.Mean(); ok && whole {
		change, err := bot.Against(per, mean, v.currency)
		if err != nil {
			return nil, err
		}
		a, b := bot.Worth(sales.Valued{Worth: per}, v.currency), bot.Worth(sales.Valued{Worth: mean}, v.currency)
		if v.now.Stretch.Days() == 1 {
			lines = append(lines, bot.Markf("%s against the mean of the %d days before (%s)", change.Words(), v.month.Whole(), b))
		} else {
			lines = append(lines, bot.Markf("%s a day; %s against the mean of the %d days before (%s)", a, change.Words(), v.month.Whole(), b))
		}
	}
	if len(all.Proceeds) > 1 || len(all.Proceeds) == 1 && all.Proceeds[0].Currency != v.currency {
		lines = append(lines, bot.Markf("In their own currencies: %s", bot.MoneyList(all.Proceeds)))
	}
	if len(all.Rest) > 0 {
		lines = append(lines, bot.Markf("*Not in the total*, since there is no exchange rate: %s", bot.MoneyList(all.Rest)))
	}
	return lines, nil
}

// usualDownloads compares with the mean where money cannot be compared.
func (v *salesView) usualDownloads() bot.Markup {
	_, now, known := v.now.Mean()
	_, usual, ok := v.month.Mean()
	change, err := sales.Changed("first downloads", "", now, usual)
	if !known || !ok || err != nil {
		return ""
	}
	if v.now.Stretch.Days() == 1 {
		return bot.Markf("First downloads %s against the mean of the %d days before (%s)", change.Words(), v.month.Whole(), sales.Count(usual))
	}
	return bot.Markf("First downloads a day %s; %s against the mean of the %d days before (%s)", sales.Count(now), change.Words(), v.month.Whole(), sales.Count(usual))
}

// tops names the countries and products that are worth most.
func (v *salesView) tops() []bot.Markup {
	const most = 3
	line := func(what string, by sales.Group) bot.Markup {
		var parts []string
		for i, e := range v.now.Table(by) {
			if i == most || e.Worth.IsZero() && len(e.Proceeds) == 0 {
				break
			}
			parts = append(parts, e.Name+" "+strings.ReplaceAll(bot.Worth(e.Valued, v.currency), "  ·  ", " and "))
		}
		if len(parts) < 2 {
			return ""
		}
		return bot.Markf("%s: %s", what, strings.Join(parts, "  ·  "))
	}
	if v.currency == "" {
		return nil // there is no order among currencies
	}
	return []bot.Markup{line("Top countries", sales.Countries), line("Top products", sales.Products)}
}

// group is what the table is about: what was asked for, or what tells most.
func (v *salesView) group() sales.Group {
	switch {
	case v.by != "":
		return v.by
	case len(v.apps) == 1:
		return sales.Countries
	}
	return sales.Apps
}

// tableRows bounds the lines of the table; a file has all of them.
const tableRows = 15

func (v *salesView) table() ([][]string, error) {
	by := v.group()
	entries, err := sales.Others(v.now.Table(by), tableRows)
	if err != nil {
		return nil, err
	}
	before := map[string]sales.Entry{}
	for _, e := range v.before.Table(by) {
		before[e.Key] = e
	}
	if by == sales.Products { // so that the lines come to the whole
		if apps, any := v.now.Themselves(); any {
			entries = append(entries, apps)
			before[apps.Key], _ = v.before.Themselves()
		}
	}
	if !v.compared() || v.currency == "" {
		return bot.SalesTable(by, entries, v.currency, nil), nil
	}
	return bot.SalesTable(by, entries, v.currency, func(e sales.Entry) string {
		change, err := bot.Against(e.Worth, before[e.Key].Worth, v.currency)
		if err != nil || len(entries) > tableRows && e.Key == "" || !bot.Comparable(e.Valued, before[e.Key].Valued) {
			return "" // of the others together, or of a part
		}
		return change.String()
	}), nil
}

// chart shows how it went from day to day: what is more than twenty days, in weeks
// or months.
func (v *salesView) chart() slack.Block {
	days, over := v.now.Days, v.now.Stretch
	if len(v.recent.Days) > 0 {
		days, over = v.recent.Days, v.recent.Stretch
	}
	buckets, unit := bot.Buckets(days)
	what, of := "First downloads", func(b bot.Bucket) float64 { n, _ := b.Downloads.Float64(); return n }
	if v.currency != "" {
		what, of = "Proceeds in "+v.currency, func(b bot.Bucket) float64 { return bot.Plotted(b.Worth, v.currency) }
	}
	var points []bot.Point
	for _, b := range buckets {
		points = append(points, bot.Point{Label: b.Label, Value: of(b)})
	}
	if len(buckets) < len(days) {
		return bot.Bars(bot.ChartTitle(what, unit, over), what, points)
	}
	return bot.Curve(bot.ChartTitle(what, unit, over), what, points)
}

// buttons ask the same for something else.
func (v *salesView) buttons() slack.Block {
	var row []slack.BlockElement
	add := func(label string, more ...string) {
		if b := bot.Begin(label, v.words(more...)); b != nil {
			row = append(row, b)
		}
	}
	for _, by := range []sales.Group{sales.Apps, sales.Countries, sales.Products, sales.Kinds} {
		if by != v.group() {
			add("By "+string(by), "by", string(by))
		}
	}
	if add("As a file (CSV)", "csv"); len(row) == 0 {
		return nil // so many apps that their names do not fit into a button
	}
	return slack.NewActionBlock("", row...)
}

// words is the command that asks for these days and apps.
func (v *salesView) words(more ...string) string {
	words := []string{"sales"}
	for i, a := range v.apps {
		if i > 0 {
			words = append(words, ",")
		}
		words = append(words, bot.Quote(a.SKU))
	}
	over := v.now.From.String()
	if v.now.From != v.now.To {
		over += ".." + v.now.To.String()
	}
	return strings.Join(append(append(words, over), more...), " ")
}

// uncompared says why nothing is compared with what was before: a part is none of the
// whole.
func (v *salesView) uncompared() bot.Markup {
	switch n, of := v.now.Unrated(), len(v.now.Days); {
	case n > 0 && of == 1:
		return bot.Markf("*No exchange rates* of this day, so it is not compared with %s", v.before.Stretch)
	case n > 0:
		return bot.Markf("*No exchange rates* of %d of these %d days, so they are not compared with %s", n, of, v.before.Stretch)
	}
	if len(v.before.Days) == 1 {
		return bot.Markf("Not compared with %s, of which no report is kept", v.before.Stretch)
	}
	return bot.Markf("Not compared with %s: %d of its %d days are known", v.before.Stretch, v.before.Whole(), len(v.before.Days))
}

// health says what the figures rest on.
func (v *salesView) health(compared bool) bot.Markup {
	var parts []bot.Markup
	known, of := v.now.Known(), len(v.now.Days)
	switch {
	case v.instead != (schedule.Day{}):
		parts = append(parts, bot.Markf("The report of %s is not in yet, so this is the day before it", v.instead.Short()))
	case known < of:
		parts = append(parts, bot.Markf("*%d of %d days are known*; the others count as nothing", known, of))
	case of > 1:
		parts = append(parts, bot.Markf("All %d days are in", of))
	}
	if compared {
		parts = append(parts, bot.Markf("Changes are against %s", v.before.Stretch))
	} else if known == of {
		parts = append(parts, v.uncompared())
	}
	parts = append(parts, bot.Oddities(v.now.Sum)...)
	if words := v.now.RatesWords(); words != "" {
		parts = append(parts, bot.Markf("%s", words))
	}
	parts = append(parts, bot.AboutProceeds)
	return bot.Join(parts, "  ·  ")
}
