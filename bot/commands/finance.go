package commands

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
)

// Finance shows what was settled in a month of Apple's fiscal year, and hands over the
// report.
type Finance struct {
	month  schedule.Fiscal
	region string
}

// Parse takes the month and a region; without a month it is the newest that is over.
func (f *Finance) Parse(words []string) (err error) {
	f.region = "ZZ"
	if n := len(words); n > 0 && len(words[n-1]) == 2 {
		f.region, words = strings.ToUpper(words[n-1]), words[:n-1]
	}
	if len(words) > 1 {
		return bot.Trouble{What: "I read more in that than a month and a region.", Next: "Write for example `/asc finance 2026-01 EU`; a region is two letters, such as US or EU, and all are meant without one."}
	}
	if len(words) == 1 {
		if f.month, err = schedule.ParseFiscal(words[0]); err != nil {
			return bot.Trouble{What: sentence(err.Error()) + ".", Next: "For example `/asc finance 2026-01`, or `/asc finance` for the newest that is over."}
		}
	}
	if f.region == "Z1" {
		return bot.Trouble{What: "Z1 is Apple's list of single transactions, which has no totals.", Next: "Leave the region out for the totals of all of them."}
	}
	return nil
}

// newestOver is the newest month that is over.
func newestOver(now time.Time) schedule.Fiscal {
	month := schedule.FiscalOf(schedule.BusinessDay(now).AddDays(1))
	for now.Before(schedule.Begins(month.Days().To.AddDays(1))) {
		month = month.Before()
	}
	return month
}

// regions are Apple's of financial reports, as its list was last seen: some of several
// countries, and then those of one. It changes, so others are asked for too.
const regions = "EU LL AP WW AE AU BG BR CA CH CL CN CO CZ DK EG GB HK HR HU ID IL IN JP KR KZ MX MY NG NO NZ PE PH PK PL QA RO RU SA SE SG TH TR TW TZ US VN ZA"

// where is the region in words.
func (f *Finance) where() string {
	if f.region == "ZZ" {
		return "any region"
	}
	return "region " + f.region
}

// publishing is how long after the end of a month its report may take. Apple gives no
// figure.
const publishing = 14 * 24 * time.Hour

// mostUnpacked bounds a report after unpacking, in bytes.
const mostUnpacked = 512 << 20

// Answer asks Apple for the report.
func (f *Finance) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	if d.Team.Vendor == "" {
		return bot.Message{}, bot.Trouble{What: "No vendor number is configured for " + d.Team.Name + ", so there are no reports.", Next: "Whoever runs the bot sets ASC_VENDOR_NUMBER, or vendor of the team in the configuration."}
	}
	if f.month == (schedule.Fiscal{}) {
		f.month = newestOver(d.Now())
	}
	ends := schedule.Begins(f.month.Days().To.AddDays(1))
	if d.Now().Before(ends) {
		return bot.Say("%s\nIt is not closed yet: its last day is %s.", f.title(), f.month.Days().To.Short()), nil
	}
	data, err := d.Team.API.FinancialFile(ctx, asc.FinanceQuery{Vendor: d.Team.Vendor, Period: f.month.String(), Region: f.region})
	switch {
	case asc.NoSales(err) && d.Now().Before(ends.Add(publishing)):
		return bot.Say("%s\nIt has been over since %s, and there is no report yet. Apple does not say when one comes, and would answer the same of a month without sales: ask again in some days. The month before is `/asc finance %s`.", f.title(), f.month.Days().To.Short(), f.month.Before().String()), nil
	case asc.NoSales(err) && f.region != "ZZ" && !slices.Contains(strings.Fields(regions), f.region):
		return bot.Say("%s\nApple has no report of it, and %s is none of the regions that I know of: %s, or leave it out for all.", f.title(), f.region, strings.ReplaceAll(regions, " ", ", ")), nil
	case asc.NoSales(err):
		return bot.Say("%s\nApple has no report of it: nothing was settled in %s.", f.title(), f.where()), nil
	case err != nil:
		return bot.Message{}, err
	}
	homes, err := f.homes(d)
	if err != nil {
		return bot.Message{}, err
	}
	m, err := f.draw(data, homes)
	m.Files = []bot.File{{Name: "financial-" + f.month.String() + "-" + f.region + ".txt.gz", Title: "Financial report " + f.month.String() + " " + f.region, Data: data}}
	return m, err
}

// title says which days are meant: people take the month for one of the calendar.
func (f *Finance) title() bot.Markup {
	return bot.Markf("*Settled in Apple's fiscal month %s, %s*", f.month.String(), f.month.Days().String())
}

// financeRows bounds the lines of the table, which may have a hundred with its head; the
// file has all.
const financeRows = 60

func (f *Finance) draw(data []byte, at homes) (bot.Message, error) {
	e := newEarnings()
	if err := e.read(data, at); err != nil {
		return bot.Message{}, err
	}
	all := e.lines()
	rows := [][]string{{"App", "Units", "Your share"}}
	for _, line := range all[:min(len(all), financeRows)] {
		rows = append(rows, []string{line.app, minus(sales.Count(line.units)), bot.MoneyList([]sales.Money{{Amount: line.share, Currency: line.currency}})})
	}
	if left := all[len(rows)-1:]; len(left) > 0 {
		rest, sold, err := allTogether(left)
		if err != nil {
			return bot.Message{}, err
		}
		rows = append(rows, []string{"everything else", minus(sales.Count(sold)), bot.MoneyBrief(rest.money())})
	}
	lines := []bot.Markup{f.title(), bot.Markf("*%s*", cmp.Or(bot.MoneyList(e.total.money()), "nothing"))}
	if m := e.miscounted; m != nil {
		lines = append(lines, bot.Markf(":warning: The report says at its end that it has %s rows, and it has %s. Compare it with App Store Connect before you book it.", m.Said, sales.Grouped(m.Rows)))
	}
	where := "All regions"
	if f.region != "ZZ" {
		where = "Region " + f.region
	}
	note := bot.Markf("%s. The whole report is in our direct messages. It counts what was settled; the daily sales count orders, so the two differ. Apple pays in your bank's currency, at rates that are not in it.", where)
	if len(e.alone) > 0 {
		note += bot.Markf(" None of the sales reports I keep says which app %s belongs to.", count(len(e.alone), "product", "products"))
	}
	text := bot.Join(lines, "\n")
	said := text
	for _, row := range rows[1:min(len(rows), 31)] {
		said += bot.Markf("\n%s: %s, %s units", row[0], row[2], row[1])
	}
	return bot.Message{Text: said + "\n" + note, Blocks: []slack.Block{bot.Whole(text), bot.Table(rows), bot.Context(note)}}, nil
}

// minus writes a number's minus as wide as a plus, as amounts have it.
func minus(number string) string { return strings.Replace(number, "-", "−", 1) }
