package bot

import (
	"strings"

	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/bot/sales"
)

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
