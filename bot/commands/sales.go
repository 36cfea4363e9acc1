package commands

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
)

// Sales shows what was downloaded and sold, from the reports that are kept.
type Sales struct {
	apps []string    // as they were typed; none means all
	over string      // which days, as they were typed
	by   sales.Group // what the table is about; blank is for the bot to choose
	file bool        // as a file, too
}

var groupWords = map[string]sales.Group{
	"app": sales.Apps, "apps": sales.Apps, "country": sales.Countries, "countries": sales.Countries,
	"product": sales.Products, "products": sales.Products, "kind": sales.Kinds, "kinds": sales.Kinds,
}

// Parse takes apps, days, what to group by, and whether a file is wanted, in any
// order: "halo 28d by country".
func (s *Sales) Parse(words []string) error {
	var app []string
	flush := func() {
		if len(app) > 0 {
			s.apps = append(s.apps, strings.Join(app, " "))
		}
		app = nil
	}
	words = joinTimes(words)
	for i := 0; i < len(words); i++ {
		word := strings.ToLower(words[i])
		next := ""
		if i+1 < len(words) {
			next = strings.ToLower(words[i+1])
		}
		switch {
		case word == ",":
			flush()
		case word == "csv" || word == "file":
			s.file = true
		case word == "by" && groupWords[next] != "":
			s.by = groupWords[next]
			i++
		case word == "by":
			return bot.Trouble{What: "The table can be by app, country, product or kind.", Next: "For example `/asc sales 28d by country`."}
		case word == "to" && s.over != "" && schedule.IsStretch(next):
			s.over += ".." + next
			i++
		case schedule.IsStretch(word) && s.over != "":
			return bot.Trouble{What: "I read two times in that: " + s.over + " and " + word + ".", Next: "For two days and all between write `/asc sales 2026-11-01..2026-11-15`."}
		case schedule.IsStretch(word):
			s.over = word
		default:
			app = append(app, words[i])
		}
	}
	flush()
	return nil
}

// spelledOut are times of several words.
var spelledOut = regexp.MustCompile(`(?i)^(?:last )?(\d{1,4}) (d|w)(?:ays?|eeks?)$`)

// joinTimes makes one word of times of several: last month, 7 days, last 4 weeks.
func joinTimes(words []string) (joined []string) {
	for i := 0; i < len(words); i++ {
		n := 1
		for _, more := range []int{2, 3} {
			if i+more > len(words) {
				break
			}
			text := strings.ToLower(strings.Join(words[i:i+more], " "))
			if m := spelledOut.FindStringSubmatch(text); m != nil {
				text = m[1] + m[2]
			}
			if schedule.IsStretch(text) {
				joined, n = append(joined, text), more
				break
			}
		}
		if n == 1 {
			joined = append(joined, words[i])
		}
		i += n - 1
	}
	return joined
}

// picked is an app whose sales are asked for.
type picked struct{ SKU, Name string }

// Answer reads the books. Apple is asked for the names of apps alone, and only when
// some were typed.
func (s *Sales) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	if d.Team.Vendor == "" {
		return bot.Message{}, bot.Trouble{
			What: "No vendor number is configured for " + d.Team.Name + ", so there are no sales reports.",
			Next: "Whoever runs the bot finds it in App Store Connect under Payments and Financial Reports, and sets ASC_VENDOR_NUMBER, or vendor of the team in the configuration.",
		}
	}
	newest := schedule.BusinessDay(d.Now())
	over, err := schedule.ParseStretch(s.over, newest)
	if err != nil {
		return bot.Message{}, bot.Trouble{What: sentence(err.Error()) + ".", Next: "I understand " + schedule.StretchWords() + "."}
	}
	v := salesView{Sales: s, currency: d.Books.Currency}
	if s.over == "" {
		if over, v.instead, err = newestIn(d, over); err != nil {
			return bot.Message{}, err
		}
	}
	if v.apps, err = s.which(ctx, d, over); err != nil {
		return bot.Message{}, err
	}
	if err := v.read(d, over); err != nil {
		return bot.Message{}, err
	}
	if s.file {
		return v.csv(d)
	}
	return v.draw()
}

// newestIn is the newest day of which the report is in, when nobody said which day
// is meant; instead is the newer one whose report is not.
func newestIn(d bot.Desk, over schedule.Stretch) (_ schedule.Stretch, instead schedule.Day, err error) {
	for back := range 3 {
		day := over.To.AddDays(-back)
		on, err := d.Books.Day(d.Team.Vendor, day)
		if err != nil {
			return over, instead, err
		}
		if on.Known == bot.In || on.Known == bot.Empty {
			if back > 0 {
				instead = over.To
			}
			return schedule.Stretch{From: day, To: day}, instead, nil
		}
	}
	return over, instead, nil
}

// which finds the apps that were typed: by name, SKU, id or bundle id, or, what is no
// app any more or a bundle, as the reports call it.
func (s *Sales) which(ctx context.Context, d bot.Desk, over schedule.Stretch) (found []picked, err error) {
	if len(s.apps) == 0 {
		return nil, nil
	}
	sold, err := soldApps(d, over)
	if err != nil {
		return nil, err
	}
	var all []asc.App
	for app, err := range d.Team.API.Apps(ctx, asc.AppFilter{}) {
		if err != nil {
			return nil, err
		}
		all = append(all, app)
	}
	for _, typed := range s.apps {
		app, ok := pickSold(typed, all, sold)
		if !ok {
			var known []string
			for _, a := range all {
				known = append(known, a.Name)
			}
			return nil, bot.Trouble{
				What: "There is no app “" + typed + "”." + bot.Nearest(typed, known),
				Next: "There is " + someOf(known) + ". Days are written as " + schedule.StretchWords() + ".",
			}
		}
		if !slices.Contains(found, app) {
			found = append(found, app)
		}
	}
	return found, nil
}

// soldApps are the apps and bundles of which something was sold lately, by SKU.
func soldApps(d bot.Desk, over schedule.Stretch) (map[string]sales.Product, error) {
	found := map[string]sales.Product{}
	from := over.To.AddDays(-40)
	err := d.Books.Each(d.Team.Vendor, from, over.To, func(_ schedule.Day, on sales.Day) error {
		for sku, app := range on.Apps {
			found[sku] = app
		}
		return nil
	})
	return found, err
}

func pickSold(typed string, all []asc.App, sold map[string]sales.Product) (picked, bool) {
	for _, a := range all {
		if slices.ContainsFunc([]string{a.Name, a.BundleID, a.SKU, a.ID}, func(s string) bool { return bot.Alike(s, typed) }) {
			return picked{a.SKU, a.Name}, true
		}
	}
	for sku, app := range sold {
		if bot.Alike(sku, typed) || bot.Alike(app.Title, typed) || app.AppleID == typed {
			return picked{sku, app.Title}, true
		}
	}
	return picked{}, false
}
