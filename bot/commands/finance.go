package commands

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
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

// Parse takes the month and a region.
func (f *Finance) Parse(words []string) (err error) {
	if len(words) < 1 || len(words) > 2 {
		return bot.Trouble{What: "Of which month?", Next: "Write a month of Apple's fiscal year, for example `/asc finance 2026-01`, which is about October 2025, and a region if not all: `/asc finance 2026-01 EU`."}
	}
	if f.month, err = schedule.ParseFiscal(words[0]); err != nil {
		return bot.Trouble{What: sentence(err.Error()) + ".", Next: "For example `/asc finance 2026-01`."}
	}
	f.region = "ZZ"
	if len(words) == 2 {
		f.region = strings.ToUpper(words[1])
	}
	if len(f.region) != 2 {
		return bot.Trouble{What: "“" + words[1] + "” is not a region of Apple's.", Next: "Write two letters, such as US or EU, or leave it out for all."}
	}
	if f.region == "Z1" {
		return bot.Trouble{What: "Z1 is Apple's list of single transactions, which has no totals.", Next: "Leave the region out for the totals of all of them."}
	}
	return nil
}

// publishing is how long after the end of a month its report may take. Apple gives no
// figure.
const publishing = 14 * 24 * time.Hour

// mostRows bounds a report after unpacking, in bytes.
const mostUnpacked = 512 << 20

// Answer asks Apple for the report.
func (f *Finance) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	if d.Team.Vendor == "" {
		return bot.Message{}, bot.Trouble{What: "No vendor number is configured for " + d.Team.Name + ", so there are no reports.", Next: "Whoever runs the bot sets ASC_VENDOR_NUMBER, or vendor of the team in the configuration."}
	}
	ends := schedule.Begins(f.month.Days().To.AddDays(1))
	if d.Now().Before(ends) {
		return bot.Say("%s\nIt is not closed yet: its last day is %s.", f.title(), f.month.Days().To.Short()), nil
	}
	data, err := d.Team.API.FinancialFile(ctx, asc.FinanceQuery{Vendor: d.Team.Vendor, Period: f.month.String(), Region: f.region})
	switch {
	case asc.NoSales(err) && d.Now().Before(ends.Add(publishing)):
		return bot.Say("%s\nIt is over since %s, and its report is not published yet, as far as Apple's answer tells. Ask again in some days.", f.title(), f.month.Days().To.Short()), nil
	case asc.NoSales(err):
		return bot.Say("%s\nApple has no report of it: nothing was settled in region %s, or there is no such region.", f.title(), f.region), nil
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

// settled is what one app or product came to, by currency.
type settled map[string]decimal.Decimal

func (s settled) add(currency string, amount decimal.Decimal) (err error) {
	s[currency], err = s[currency].Add(amount)
	return err
}

func (s settled) money() (list []sales.Money) {
	for _, currency := range slices.Sorted(maps.Keys(s)) {
		list = append(list, sales.Money{Amount: s[currency], Currency: currency})
	}
	return list
}

// homes are the apps of products by product id, as the sales reports of the month and of
// the last weeks have them: the financial report does not say.
func (f *Finance) homes(d bot.Desk) (map[string]string, error) {
	named := map[string]string{}
	newest := schedule.BusinessDay(d.Now())
	for _, days := range []schedule.Stretch{f.month.Days(), {From: newest.AddDays(-meanDays), To: newest}} {
		err := d.Books.Each(d.Team.Vendor, days.From, days.To, func(_ schedule.Day, on sales.Day) error {
			for key := range on.Cells {
				if app, known := on.Apps[key.App]; known && key.Product != "" {
					named[key.Product] = cmp.Or(app.Title, key.App)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return named, nil
}

// financeRows bounds the lines of the table, which may have a hundred with its head; the
// file has all.
const financeRows = 60

// earned is what an app came to in one currency.
type earned struct {
	app, currency string
	units, share  decimal.Decimal
}

func (f *Finance) draw(data []byte, homes map[string]string) (bot.Message, error) {
	total, alone := settled{}, map[string]bool{}
	units, by := map[string]decimal.Decimal{}, map[[2]string]*earned{}
	for row, err := range asc.ReadFinancial(bytes.NewReader(data), mostUnpacked) {
		if err != nil {
			return bot.Message{}, err
		}
		title := cmp.Or(homes[row.VendorIdentifier], row.Title, row.VendorIdentifier)
		if homes[row.VendorIdentifier] == "" && (strings.HasPrefix(row.ProductType, "IA") || strings.HasPrefix(row.ProductType, "FI")) {
			title += " (app not known)"
			alone[title] = true
		}
		key := [2]string{title, row.ShareCurrency}
		if by[key] == nil {
			by[key] = &earned{app: title, currency: row.ShareCurrency}
		}
		of := by[key]
		var errs [3]error
		of.units, errs[0] = of.units.Add(row.Quantity)
		of.share, errs[1] = of.share.Add(row.ExtendedShare)
		units[title], errs[2] = units[title].Add(row.Quantity)
		if err := cmp.Or(errs[0], errs[1], errs[2], total.add(row.ShareCurrency, row.ExtendedShare)); err != nil {
			return bot.Message{}, err
		}
	}
	all := slices.SortedFunc(maps.Values(by), func(a, b *earned) int { // the app that sold most first
		return cmp.Or(units[b.app].Cmp(units[a.app]), strings.Compare(a.app, b.app), strings.Compare(a.currency, b.currency))
	})
	rows := [][]string{{"App", "Units", "Your share"}}
	for _, e := range all[:min(len(all), financeRows)] {
		rows = append(rows, []string{e.app, sales.Count(e.units), bot.MoneyList([]sales.Money{{Amount: e.share, Currency: e.currency}})})
	}
	if left := all[len(rows)-1:]; len(left) > 0 {
		rest, sold := settled{}, decimal.Zero
		for _, e := range left {
			var err error
			if sold, err = sold.Add(e.units); err != nil {
				return bot.Message{}, err
			}
			if err := rest.add(e.currency, e.share); err != nil {
				return bot.Message{}, err
			}
		}
		rows = append(rows, []string{"everything else", sales.Count(sold), bot.MoneyBrief(rest.money())})
	}
	lines := []bot.Markup{f.title(), bot.Markf("*%s*", bot.MoneyList(total.money()))}
	where := "Region " + f.region
	if f.region == "ZZ" {
		where = "All regions"
	}
	note := bot.Markf("%s. The whole report is in our direct messages. It counts what was settled; the daily sales count orders, so the two differ. Apple pays in your bank's currency, at rates that are not in it.", where)
	if len(alone) > 0 {
		note += bot.Markf(" Which app %s belongs to is in none of the sales reports I keep.", count(len(alone), "product", "products"))
	}
	text := bot.Join(lines, "\n")
	said := text
	for _, row := range rows[1:min(len(rows), 31)] {
		said += bot.Markf("\n%s: %s, %s units", row[0], row[2], row[1])
	}
	return bot.Message{Text: said + "\n" + note, Blocks: []slack.Block{bot.Whole(text), bot.Table(rows), bot.Context(note)}}, nil
}
