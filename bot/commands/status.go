package commands

import (
	"context"
	"strings"
	"time"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/store"
)

// Status says how the bot is: its connections, the key, the budget, the books, and
// what is due next.
type Status struct{}

// Parse takes no words.
func (*Status) Parse([]string) error { return nil }

// Answer reads what is known; it asks Apple for nothing.
func (*Status) Answer(_ context.Context, d bot.Desk) (bot.Message, error) {
	var rows []bot.Markup
	rows = append(rows, bot.Markf("Slack: %d of %d connections", d.Connections[0], d.Connections[1]))
	if d.Sealed != "" {
		rows = append(rows, bot.Markf("*Sealed, nothing is changed*: %s", d.Sealed))
	}
	teams := d.Teams
	if d.Team.Name != "" { // one was named, or there is one only
		teams = []bot.Team{d.Team}
	}
	newest := schedule.BusinessDay(d.Now())
	var vendors []string
	for _, t := range teams {
		rows = append(rows, keyRows(t)...)
		if t.Vendor != "" {
			vendors = append(vendors, t.Vendor)
		}
	}
	fills, err := d.Books.Backfills(vendors, newest)
	if err != nil {
		return bot.Message{}, err
	}
	for _, f := range fills {
		line := bot.Markf("Sales of vendor %s: %s of %s days of the past year are looked up, %s KB are kept", f.Vendor, sales.Grouped(f.Known), sales.Grouped(f.Of), sales.Grouped(f.Bytes/1024))
		if f.Newest != (schedule.Day{}) {
			line += bot.Markf("; %s", schedule.Stretch{From: f.Oldest, To: f.Newest}.String())
		}
		if f.Revised > 0 {
			line += bot.Markf("; %s reports came back corrected", sales.Grouped(f.Revised))
		}
		if f.Version != "" {
			line += bot.Markf("; subscriptions in version %s", f.Version)
		}
		if f.Trouble != nil {
			line += bot.Markf("\n*The newest report could not be read*: %s", bot.InWords(f.Trouble))
		}
		rows = append(rows, line)
	}
	if d.Books.Currency != "" {
		line := bot.Markf("Totals are also shown in %s", d.Books.Currency)
		if why := d.Books.RatesWhy(); why != nil {
			line += bot.Markf("; *no newer exchange rates*: %s", why)
		}
		rows = append(rows, line)
	}
	all, err := d.Digests()
	if err != nil {
		return bot.Message{}, err
	}
	for _, g := range all {
		if !g.Paused {
			rows = append(rows, bot.Markf("Next: digest %s, %s", g.Name, bot.When(g.When.Next(d.Now()).At)))
		}
	}
	waits, err := d.Store.Waits("")
	if err != nil {
		return bot.Message{}, err
	}
	for _, w := range waits {
		rows = append(rows, bot.Markf("*Waits*: digest %s of %s, for %s, until %s", w.Digest.Name, aboutDays(w), strings.Join(w.Lacks, "; "), bot.When(bot.CompletedUntil(w))))
	}
	return bot.Listing("How I am", rows, ""), nil
}

// keyRows say how the key of a team is, by what Apple said to its last request.
func keyRows(t bot.Team) (rows []bot.Markup) {
	rate, skew := t.API.RateLimit(), t.API.Skew()
	switch {
	case rate.Seen.IsZero():
		rows = append(rows, bot.Markf("App Store Connect, %s: nothing was asked yet", t.Name))
	default:
		rows = append(rows, bot.Markf("App Store Connect, %s: the key works; of %s requests an hour, %s were left, as of %s", t.Name,
			sales.Grouped(rate.HourLimit), sales.Grouped(rate.HourRemaining), bot.When(rate.Seen)))
	}
	if skew.Abs() > 30*time.Second {
		rows = append(rows, bot.Markf("*The clocks differ*: this machine's and Apple's, by %s", skew.Round(time.Second).String()))
	}
	return rows
}

// aboutDays are the days that a digest which waits is about.
func aboutDays(w store.Wait) string {
	from, err := schedule.ParseDay(w.From)
	to, err2 := schedule.ParseDay(w.To)
	if err != nil || err2 != nil {
		return w.Days()
	}
	return schedule.Stretch{From: from, To: to}.String()
}
