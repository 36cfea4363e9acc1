package blockkit

import (
	"encoding/json"
	"strconv"
)

// charts is the table of charts.
var charts = map[string]shape{
	"pie":  {fields: fields{"segments": must(listOf(1, 6, of(segment)))}},
	"bar":  seriesChart(),
	"area": seriesChart(),
	"line": seriesChart(),
}

var (
	label   = chars(1, 20)
	segment = shape{fields: fields{"label": must(label), "value": must(positive)}}
	point   = shape{fields: fields{"label": must(label), "value": must(number)}}
	series  = shape{fields: fields{"name": must(label), "data": must(listOf(1, 20, of(point)))}}
	axes    = shape{fields: fields{
		"categories": must(listOf(1, 20, label)), "x_label": may(chars(1, 50)), "y_label": may(chars(1, 50)),
	}}
)

func seriesChart() shape {
	return shape{
		fields: fields{"series": must(listOf(1, 6, of(series))), "axis_config": must(of(axes))},
		also:   also{uniqueSeries, onePointPerCategory},
	}
}

func positive(c *checker, at string, v any) {
	n, ok := v.(json.Number)
	if !ok {
		c.complain(at, "must be a number")
		return
	}
	if f, err := n.Float64(); err != nil || f <= 0 {
		c.complain(at, "must be more than 0")
	}
}

func uniqueSeries(c *checker, at string, o map[string]any) {
	seen := map[string]bool{}
	list, _ := o["series"].([]any)
	for i, v := range list {
		one, _ := v.(map[string]any)
		name, _ := one["name"].(string)
		if name != "" && seen[name] {
			c.complain(at+"/series/"+itoa(i)+"/name", "series name must be unique: %s", name)
		}
		seen[name] = true
	}
}

// onePointPerCategory: each series has exactly one point for every category of the axis.
func onePointPerCategory(c *checker, at string, o map[string]any) {
	config, _ := o["axis_config"].(map[string]any)
	categories, _ := config["categories"].([]any)
	wanted := map[string]bool{}
	for i, v := range categories {
		name, _ := v.(string)
		if wanted[name] {
			c.complain(at+"/axis_config/categories/"+itoa(i), "category must be unique: %s", name)
		}
		wanted[name] = true
	}
	list, _ := o["series"].([]any)
	for i, v := range list {
		one, _ := v.(map[string]any)
		points, ok := one["data"].([]any)
		if !ok {
			continue // the series itself was complained about
		}
		here := at + "/series/" + itoa(i) + "/data"
		if gap := pointsAgainst(wanted, points); gap != "" {
			c.complain(here, "%s", gap)
		}
	}
}

func pointsAgainst(wanted map[string]bool, points []any) string {
	seen := map[string]bool{}
	for _, v := range points {
		one, _ := v.(map[string]any)
		name, _ := one["label"].(string)
		switch {
		case !wanted[name]:
			return "label must be one of the categories: " + name
		case seen[name]:
			return "only one point allowed for a category: " + name
		}
		seen[name] = true
	}
	if lacking := len(wanted) - len(seen); lacking > 0 {
		return "missing a point for " + strconv.Itoa(lacking) + " of the categories"
	}
	return ""
}
