package bot

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"
	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
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
	if mean, _, ok := f.month.Mean(); ok {
		per, _, _ := f.now.Mean()
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
	return "the mean of the " + sales.Grouped(f.month.Known()) + " days before"
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

// kindFigure is the units of a kind, and the change since the days before.
type kindFigure struct {
	units  decimal.Decimal
	change *sales.Change // nil: nothing is known of the days before
}

func (k kindFigure) words() Markup {
	if k.change == nil {
		return ""
	}
	return Markf(" %s", k.change.Words())
}

// brief is the change in brackets.
func (k kindFigure) brief() Markup {
	if k.change == nil || k.change.By.IsZero() {
		return ""
	}
	return Markf(" (%s)", k.change.String())
}

// kinds are the figures by the name of their kind, and refunds as "refunds".
func (f figures) kinds() map[string]kindFigure {
	all := map[string]kindFigure{"refunds": {units: f.now.Sum.All().Refunds}}
	for _, k := range f.now.Sum.ByKind() {
		all[k.Name] = kindFigure{units: k.Units}
	}
	if !f.compared() {
		return all
	}
	changes, err := sales.Compare(f.now.Sum, f.before.Sum)
	if err != nil {
		return all
	}
	for _, c := range changes {
		if c.Currency == "" {
			all[c.What] = kindFigure{units: c.Now, change: &c}
		}
	}
	return all
}

func (f figures) downloads() Markup {
	kinds := f.kinds()
	first := kinds[sales.Download.Words()]
	line := Markf("First downloads *%s*%s", sales.Count(first.units), first.words())
	if f.currency == "" { // then this is the line of the two comparisons
		line += f.downloadsAgainst(first.change != nil)
	}
	for _, k := range []sales.Kind{sales.Bundle, sales.Redownload, sales.Update} {
		if of := kinds[k.Words()]; !of.units.IsZero() {
			line += Markf("  ·  %s %s%s", k.Words(), sales.Count(of.units), of.brief())
		}
	}
	return line
}

// downloadsAgainst names what first downloads are compared with, and adds the mean.
func (f figures) downloadsAgainst(compared bool) (line Markup) {
	if compared {
		line = Markf(" against %s", f.before.Short())
	}
	_, usual, ok := f.month.Mean()
	_, now, known := f.now.Mean()
	if !ok || !known {
		return line
	}
	change, err := sales.Changed("first downloads", "", now, usual)
	if err != nil {
		return line
	}
	what := f.usual()
	if f.over.From != f.over.To {
		what += ", by day"
	}
	return line + Markf("  ·  *%s* against %s", change.Words(), what)
}

func (f figures) purchases() Markup {
	kinds := f.kinds()
	bought, restored := kinds[sales.InApp.Words()], kinds[sales.Restore.Words()]
	if bought.units.IsZero() && restored.units.IsZero() && bought.change == nil {
		return ""
	}
	line := Markf("In-app purchases *%s*%s", sales.Count(bought.units), bought.words())
	if !restored.units.IsZero() {
		line += Markf("  ·  restored %s%s", sales.Count(restored.units), restored.brief())
	}
	return line
}

// subscribed tells of subscriptions: what was bought, by the sales report, and how
// many there are, by the reports of subscriptions.
func (f figures) subscribed() Markup {
	kinds := f.kinds()
	fresh, renewed := kinds[sales.SubNew.Words()], kinds[sales.SubRenewal.Words()]
	if !f.subs.any && fresh.units.IsZero() && renewed.units.IsZero() && fresh.change == nil && renewed.change == nil {
		return ""
	}
	parts := []Markup{
		Markf("Subscriptions *%s* new%s", sales.Count(fresh.units), fresh.words()),
		Markf("%s renewals%s", sales.Count(renewed.units), renewed.brief()),
	}
	return Join(append(parts, f.subs.parts()...), "  ·  ")
}

// parts say how many subscriptions there are, and what happened to them.
func (s subsFigures) parts() (parts []Markup) {
	switch {
	case !s.any:
		return nil
	case s.missing:
		return []Markup{"how many are active is not reported yet"}
	}
	active := Markf("%s active", sales.Count(s.now.Active))
	if s.net {
		if change, err := sales.Changed("active", "", s.now.Active, s.was.Active); err == nil {
			active += Markf(" (net %s)", change.String())
		}
	}
	parts = append(parts, active)
	if s.unheard {
		return append(parts, Markf("trials: %s running; what happened is not reported yet", sales.Count(s.now.Trials)))
	}
	if started, converted := s.events[sales.TrialStarted], s.events[sales.Converted]; !started.IsZero() || !converted.IsZero() || !s.now.Trials.IsZero() {
		parts = append(parts, Markf("trials: %s running, %s started, %s converted", sales.Count(s.now.Trials), sales.Count(started), sales.Count(converted)))
	}
	if s.days > 0 {
		parts = append(parts, Markf("%s cancelled", sales.Count(s.events[sales.Cancelled])))
	}
	return parts
}

func (f figures) refunds() Markup {
	refunds := f.kinds()["refunds"]
	if refunds.units.IsZero() && refunds.change == nil {
		return ""
	}
	line := Markf("Refunds *%s*", sales.Count(refunds.units.Neg()))
	if back := f.now.Refunded(f.currency); back != "" {
		line += Markf(" (%s)", back)
	}
	if refunds.change != nil {
		if change, err := sales.Changed("refunds", "", refunds.change.Now.Neg(), refunds.change.Before.Neg()); err == nil {
			line += Markf(" %s", change.Words())
		}
	}
	return line
}

// since tells of the days that no digest was about.
func (f figures) since() Markup {
	var parts []string
	for _, r := range f.skipped {
		figure := Worth(r.All(), f.currency)
		switch {
		case r.Known() == 0:
			figure = "not known"
		case f.currency == "":
			figure = unitsOf(r.Days[0].Downloads, "first download")
		}
		parts = append(parts, r.From.Short()+" "+figure)
	}
	return Markf("Since the last digest: %s", strings.Join(parts, "  ·  "))
}

// mover is something that changed a lot.
type mover struct {
	name string
	by   sales.Change
}

// movers names the app, the country and the product that changed most.
func (f figures) movers() Markup {
	if !f.compared() {
		return ""
	}
	var parts []string
	for _, by := range []sales.Group{sales.Apps, sales.Countries, sales.Products} {
		if m, ok := f.mover(by); ok {
			parts = append(parts, m.name+" "+m.by.Words())
		}
	}
	if len(parts) == 0 {
		return ""
	}
	what := "Biggest changes"
	if f.currency == "" {
		what = "Biggest changes of downloads and purchases"
	}
	return Markf("%s: %s", what, strings.Join(parts, "  ·  "))
}

// mover finds what changed most of a group: in worth, or in units where nothing can
// be converted. What changed by less than a percentage could be told of is passed
// over.
func (f figures) mover(by sales.Group) (best mover, ok bool) {
	now, before := f.now.Table(by), map[string]sales.Entry{}
	for _, e := range f.before.Table(by) {
		before[e.Key] = e
	}
	for _, e := range f.before.Table(by) {
		if !slices.ContainsFunc(now, func(n sales.Entry) bool { return n.Key == e.Key }) {
			gone := sales.Entry{}
			gone.Key, gone.Name = e.Key, e.Name
			now = append(now, gone)
		}
	}
	if len(now) < 2 {
		return best, false // it would say the same as the total
	}
	for _, e := range now {
		change, err := f.changeOf(e, before[e.Key])
		if err != nil || !change.Large() || f.currency != "" && !Comparable(e.Valued, before[e.Key].Valued) {
			continue
		}
		if !ok || change.By.Abs().Cmp(best.by.By.Abs()) > 0 {
			best, ok = mover{clean(e.Name, 40), change}, true
		}
	}
	return best, ok
}

func (f figures) changeOf(now, before sales.Entry) (sales.Change, error) {
	if f.currency != "" {
		return Against(now.Worth, before.Worth, f.currency)
	}
	a, err := now.Downloads.Add(now.Purchases)
	if err != nil {
		return sales.Change{}, err
	}
	b, err := before.Downloads.Add(before.Purchases)
	if err != nil {
		return sales.Change{}, err
	}
	return sales.Changed("downloads and purchases", "", a, b)
}

// line tells how many reviews there were.
func (r reviewFigures) line() Markup {
	switch n := r.count(); {
	case r.asked == 0:
		return ""
	case n == 0 && r.failed != nil:
		return "New reviews could not be read"
	case n == 0:
		return "No new reviews"
	default:
		line := Markf("New reviews *%s*, %s of 5 stars on average", sales.Grouped(n), r.mean())
		if low := r.stars[1] + r.stars[2]; low > 0 {
			line += Markf("  ·  %s with one or two stars", sales.Grouped(low))
		}
		return line
	}
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

// health says what the figures rest on.
func (f figures) health() Markup {
	var parts []Markup
	for _, v := range f.vendors {
		parts = append(parts, v.words(len(f.now.Days))...)
	}
	if n := len(f.present()); n > 0 && n < len(f.vendors) {
		parts = append(parts, "what is shown and compared is without it")
	}
	for _, t := range f.troubles {
		parts = append(parts, Markf("*Could not be read*: %s", t))
	}
	switch {
	case f.subs.missing:
		parts = append(parts, "*Missing*: the report of subscriptions")
	case f.subs.unheard:
		parts = append(parts, "*Missing*: the report of what happened to subscriptions")
	}
	if len(f.unknown) > 0 {
		parts = append(parts, Markf("*No such app*: %s", strings.Join(f.unknown, ", ")))
	}
	if f.missed > 0 {
		parts = append(parts, Markf("%s before this one could not be posted", plural(f.missed, "digest")))
	}
	if f.some() {
		parts = append(parts, Oddities(f.now.Sum)...)
		if words := f.now.RatesWords(); words != "" {
			parts = append(parts, Markf("%s", words))
		}
		if f.rates != nil {
			parts = append(parts, Markf("*No newer exchange rates*: %s", f.rates))
		}
		parts = append(parts, AboutProceeds)
	}
	return Join(parts, "  ·  ")
}

// words say what is known of a vendor's reports.
func (v vendorState) words(days int) (parts []Markup) {
	missing := func(list []schedule.Day) string {
		if days == 1 {
			return v.called()
		}
		return v.called() + ", " + daysInWords(list)
	}
	switch {
	case v.in > 0 && days == 1:
		parts = append(parts, Markf("Report in: %s (%s)", v.called(), plural(v.rows, "row")))
	case v.in > 0:
		parts = append(parts, Markf("Reports in: %s, %d of %d days", v.called(), days-len(v.gaps)-len(v.quiet), days))
	case len(v.gaps)+len(v.quiet) == 0:
		parts = append(parts, Markf("No sales: %s", v.called()))
	}
	if v.broken != nil {
		parts = append(parts, Markf("*Could not be read*: %s: %s", v.called(), prose(words(v.broken).Error())))
	} else if len(v.gaps) > 0 {
		parts = append(parts, Markf("*Missing*: %s", missing(v.gaps)))
	}
	if len(v.quiet) > 0 {
		parts = append(parts, Markf("*No sales so far*: %s", missing(v.quiet)))
	}
	return parts
}

// called is the vendor with its team, where there are several.
func (v vendorState) called() string {
	if v.team == "" {
		return "vendor " + v.vendor
	}
	return v.team + ", vendor " + v.vendor
}

func daysInWords(list []schedule.Day) string {
	var words []string
	for i, d := range list {
		if i == 3 && len(list) > 4 {
			words = append(words, sales.Grouped(len(list)-i)+" more")
			break
		}
		words = append(words, d.Short())
	}
	return strings.Join(words, ", ")
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
	if strays := strays(day); len(strays) > 0 {
		parts = append(parts, Markf("In-app purchases of apps the report does not name: %s", strings.Join(strays, ", ")))
	}
	return parts
}

// strays are the SKUs of apps that in-app purchases name as theirs and no report has a
// row of; blank ones are called so.
func strays(day sales.Day) (found []string) {
	for _, app := range day.ByApp() {
		if !app.Known {
			found = append(found, cmp.Or(app.Key, "no app at all"))
		}
	}
	return found
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
	return sales.Grouped(n) + " " + one + "s"
}
