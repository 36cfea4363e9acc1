package bot

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// Bounds of Slack's charts and tables.
const (
	mostPoints   = 20 // of a chart's axis
	longestMark  = 20 // characters of a point's or a series' name
	longestTitle = 50 // of a chart's title and of its axes
	mostRows     = 41 // of a table, its head included: Slack takes 100, and about 12,000 characters in all blocks
	longestCell  = 60
)

// Point is one value of a chart.
type Point struct {
	Label string
	Value float64
}

// Bars and Curve draw values as a chart of Slack's own. It is nil with fewer than two
// points, which are no picture of anything. Names that begin alike keep their ends too,
// those that are alike get a number, and what does not fit is left out: callers choose.
func Bars(title, unit string, points []Point) slack.Block { return chart(title, unit, points, true) }

// Curve is as Bars, for what follows each other in time.
func Curve(title, unit string, points []Point) slack.Block { return chart(title, unit, points, false) }

func chart(title, unit string, points []Point, bars bool) slack.Block {
	points = points[:min(len(points), mostPoints)]
	if len(points) < 2 {
		return nil
	}
	var labels []string
	var data []slack.DataVisualizationDataPoint
	alike, taken := map[string]int{}, map[string]bool{}
	for _, p := range points {
		alike[clean(p.Label, longestMark)]++
	}
	for _, p := range points {
		label := or(clean(p.Label, longestMark), "–")
		if alike[label] > 1 {
			label = bothEnds(clean(p.Label, longestCell), longestMark)
		}
		for n := 2; taken[label]; n++ {
			label = shorten(label, longestMark-3) + " " + strconv.Itoa(n)
		}
		taken[label] = true
		labels = append(labels, label)
		data = append(data, slack.NewDataVisualizationDataPoint(label, p.Value))
	}
	axes := slack.NewDataVisualizationAxisConfig(labels...).WithYLabel(clean(unit, longestTitle))
	series := slack.NewDataVisualizationDataSeries(clean(unit, longestMark), data...)
	var drawn slack.DataVisualizationChart = slack.NewDataVisualizationLineChart(axes, series)
	if bars {
		drawn = slack.NewDataVisualizationBarChart(axes, series)
	}
	return slack.NewDataVisualizationBlock(clean(title, longestTitle), drawn)
}

// bothEnds shortens a text in its middle: names of one company often differ at their ends.
func bothEnds(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return strings.TrimSpace(string(runes[:n/2])) + "…" + strings.TrimSpace(string(runes[len(runes)-(n-1-n/2):]))
}

// Table draws rows as a table, the first one as its head; columns after the first
// are numbers and stand on the right. Numbers are written as text, since some
// workspaces refuse others.
func Table(rows [][]string) slack.Block {
	table := &slack.TableBlock{Type: slack.MBTTable}
	for i := range rows[0] {
		align := slack.ColumnAlignmentRight
		if i == 0 {
			align = slack.ColumnAlignmentLeft
		}
		table.ColumnSettings = append(table.ColumnSettings, slack.ColumnSetting{Align: align})
	}
	for _, row := range rows[:min(len(rows), mostRows)] {
		var cells []slack.TableCell
		for _, text := range row {
			cells = append(cells, slack.NewTableRawTextCell(or(clean(text, longestCell), "–")))
		}
		table.AddRow(cells...)
	}
	return table
}

// Columns draws rows as lines of text with letters of one width, for where there are
// no tables.
func Columns(rows [][]string) Markup {
	widths := make([]int, len(rows[0]))
	for _, row := range rows[:min(len(rows), mostRows)] {
		for i, text := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(columnCell(i, text)))
		}
	}
	var out strings.Builder
	for _, row := range rows[:min(len(rows), mostRows)] {
		line := ""
		for i, text := range row {
			text = columnCell(i, text)
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
			if i == 0 {
				line += text + pad
			} else {
				line += "  " + pad + text
			}
		}
		if out.Len()+len(line) > 2700 {
			out.WriteString("…\n")
			break
		}
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return Block(strings.TrimSuffix(out.String(), "\n"))
}

// columnCell is a cell of Columns: names may be cut, amounts never are.
func columnCell(column int, text string) string {
	if column == 0 {
		return clean(text, 24)
	}
	return clean(text, longestCell)
}

// spare are the blocks of a message for a workspace that refuses the newer ones:
// without charts, and tables as text.
func spare(blocks []slack.Block) []slack.Block {
	var plain []slack.Block
	for _, b := range blocks {
		switch b := b.(type) {
		case *slack.DataVisualizationBlock:
		case *slack.TableBlock:
			plain = append(plain, Section(Columns(rowsOf(b))))
		default:
			plain = append(plain, b)
		}
	}
	return plain
}

// newer tells whether blocks have some that a workspace may refuse.
func newer(blocks []slack.Block) bool { return len(spare(blocks)) < len(blocks) || hasTable(blocks) }

func hasTable(blocks []slack.Block) bool {
	for _, b := range blocks {
		if _, ok := b.(*slack.TableBlock); ok {
			return true
		}
	}
	return false
}

func rowsOf(t *slack.TableBlock) (rows [][]string) {
	for _, row := range t.Rows {
		var texts []string
		for _, cell := range row {
			text := ""
			if raw, ok := cell.(*slack.TableRawTextCell); ok {
				text = raw.Text
			}
			texts = append(texts, text)
		}
		rows = append(rows, texts)
	}
	return rows
}
