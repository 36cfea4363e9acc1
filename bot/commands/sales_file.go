package commands

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
)

// mostFileRows bounds a file; what would be longer is added up over its days.
const mostFileRows = 200_000

var fileHead = []string{
	"first day", "last day", "app", "SKU", "product", "product id", "kind", "country", "currency", "units", "of them with a promo code",
	"of them ordered before the release", "refunded units", "proceeds", "refunded proceeds",
}

// csv puts every figure into a file: a line for each day, app, product, kind, country
// and currency.
func (v *salesView) csv(d bot.Desk) (bot.Message, error) {
	var head []bot.Cell
	for _, name := range fileHead {
		head = append(head, bot.TextCell(name))
	}
	if v.currency != "" {
		head = append(head, bot.TextCell("proceeds in "+v.currency))
	}
	rows := [][]bot.Cell{head}
	over := v.now.Stretch
	add := func(s schedule.Stretch, r bot.Reading) {
		for _, key := range slices.SortedFunc(maps.Keys(r.Sum.Cells), sales.Key.Compare) {
			rows = append(rows, v.fileRow(s, r, key))
		}
	}
	var skus []string
	for _, a := range v.apps {
		skus = append(skus, a.SKU)
	}
	for day := over.From; day.Compare(over.To) <= 0 && len(rows) <= mostFileRows; day = day.AddDays(1) {
		alone := schedule.Stretch{From: day, To: day}
		r, err := d.Books.Read([]string{d.Team.Vendor}, alone, skus...)
		if err != nil {
			return bot.Message{}, err
		}
		add(alone, r)
	}
	whole := len(rows) > mostFileRows
	if whole {
		rows = rows[:1]
		add(over, v.now)
	}
	name := fmt.Sprintf("sales-%s", over.From)
	if over.From != over.To {
		name += "-to-" + over.To.String()
	}
	title := "Sales" + v.ofApps() + " · " + over.String()
	said := bot.Say("*%s* is in our direct messages: %s lines, as a file for spreadsheets.", title, sales.Grouped(len(rows)-1))
	if whole {
		said = bot.Say("*%s* is in our direct messages: %s lines, as a file for spreadsheets. Its days are added up; there would be too many lines otherwise.", title, sales.Grouped(len(rows)-1))
	}
	said.Files = []bot.File{{Name: name + ".csv", Title: title, Data: bot.CSV(rows)}}
	return said, nil
}

func (v *salesView) fileRow(s schedule.Stretch, r bot.Reading, key sales.Key) []bot.Cell {
	cell := r.Sum.Cells[key]
	app := r.Sum.Apps[key.App].Title
	for _, a := range v.apps {
		if a.SKU == key.App {
			app = a.Name
		}
	}
	row := []bot.Cell{
		bot.TextCell(s.From.String()), bot.TextCell(s.To.String()), bot.TextCell(app), bot.TextCell(key.App),
		bot.TextCell(r.Sum.Products[key.Product].Title), bot.TextCell(key.Product), bot.TextCell(key.Kind.Words()),
		bot.TextCell(key.Country), bot.TextCell(key.Currency), bot.NumberCell(cell.Units.String()), bot.NumberCell(cell.Promo.String()),
		bot.NumberCell(cell.PreOrder.String()), bot.NumberCell(cell.Refunds.String()), bot.NumberCell(cell.Proceeds.String()), bot.NumberCell(cell.Refunded.String()),
	}
	if v.currency == "" {
		return row
	}
	worth, ok := r.Worth(key)
	if !ok {
		return append(row, bot.TextCell(""))
	}
	fine, err := worth.Fine()
	if err != nil {
		return append(row, bot.TextCell(err.Error()))
	}
	return append(row, bot.NumberCell(fine.String()))
}
