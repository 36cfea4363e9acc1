package apple

import (
	"fmt"
	"time"
)

// fewest is the smallest count that is shown: lower ones are withheld for the
// sake of privacy.
const fewest = 5

// downloadTypes are the product types that are downloads.
var downloadTypes = map[string]string{
	"1F": "First-time download", "F1": "First-time download", "3F": "Redownload", "7F": "Auto-update", "F7": "Auto-update",
}

// ofApp are the sales of an app's own product on a day, so that analytics and sales
// reports tell one story.
func (s *Server) ofApp(app *record, day time.Time) (rows []sale) {
	for _, one := range s.soldOn(day) {
		if one.sku == app.text("sku") && !one.refund && one.units >= fewest {
			rows = append(rows, one)
		}
	}
	return rows
}

// beginning are the cells that every row begins with.
func beginning(app *record, day time.Time) []string {
	return []string{day.Format(time.DateOnly), app.text("name"), app.id}
}

func downloadRows(s *Server, app *record, day time.Time) (rows [][]string) {
	for _, d := range s.ofApp(app, day) {
		rows = append(rows, append(beginning(app, day), downloadTypes[d.code], "2.3.0", d.device, "iOS 26.1", "App Store search", "No page", "", d.country, fmt.Sprint(d.units)))
	}
	return rows
}

func detailedRows(s *Server, app *record, day time.Time) (rows [][]string) {
	for _, d := range s.ofApp(app, day) {
		rows = append(rows, append(beginning(app, day), downloadTypes[d.code], "2.3.0", d.device, "iOS 26.1", "Web referrer", "meadow.example", "autumn", "Product page", "Default custom product page", "", d.country, fmt.Sprint(d.units)))
	}
	return rows
}

func purchaseRows(s *Server, app *record, day time.Time) (rows [][]string) {
	for _, p := range s.soldOn(day) {
		if !p.paid || p.sku != app.text("sku") && p.parent != app.text("sku") || p.units < fewest && !p.refund {
			continue
		}
		kind := "In-App Purchase"
		switch {
		case p.parent == "":
			kind = "Paid App"
		case p.code == "IAY":
			kind = "Auto-Renewable Subscription"
		}
		sales := float64(p.tier*p.units) - 0.01*float64(p.units) // a dollar's worth is a dollar here
		rows = append(rows, append(beginning(app, day), kind, p.title, p.id, "Apple Account", p.device, "iOS 26.1", "App Store search", "No page", "", "", p.country,
			fmt.Sprint(p.units), fmt.Sprintf("%.2f", sales*0.85), fmt.Sprintf("%.2f", sales), fmt.Sprint(max(p.units, -p.units))))
	}
	return rows
}

func sessionRows(s *Server, app *record, day time.Time) (rows [][]string) {
	for _, m := range markets {
		devices := int(4000 * m.share * (0.8 + 0.4*roll(s.opt.Seed, day, "devices", app.id, m.country)))
		rows = append(rows, append(beginning(app, day), "2.3.0", "iPhone", "iOS 26.1", "App Store search", "No page", "", m.country,
			fmt.Sprint(devices*3), fmt.Sprint(devices*3*210), fmt.Sprint(devices)))
	}
	return rows
}

func crashRows(s *Server, app *record, day time.Time) [][]string {
	n := fewest + int(30*roll(s.opt.Seed, day, "crashes", app.id))
	return [][]string{append(beginning(app, day), "2.3.0", "iPhone", "iOS 26.1", fmt.Sprint(n), fmt.Sprint(n-n/4))}
}

func installRows(s *Server, app *record, day time.Time) (rows [][]string) {
	for _, d := range s.ofApp(app, day) {
		if kind := downloadTypes[d.code]; kind != "Auto-update" {
			for _, e := range []struct {
				event string
				n     int
			}{{"Install", d.units}, {"Delete", d.units / 3}} {
				if e.n >= fewest {
					rows = append(rows, append(beginning(app, day), e.event, kind, "2.3.0", d.device, "iOS 26.1", "App Store search", "No page", "", d.country, fmt.Sprint(e.n), fmt.Sprint(e.n)))
				}
			}
		}
	}
	return rows
}
