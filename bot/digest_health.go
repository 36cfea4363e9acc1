package bot

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
)

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
	if f.unrated {
		parts = append(parts, "*Missing*: the exchange rates, so amounts stand in their own currencies")
	}
	if f.ended != "" && f.some() {
		parts = append(parts, Markf("*No longer waited for*: %s", f.ended))
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
