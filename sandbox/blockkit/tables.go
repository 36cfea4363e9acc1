package blockkit

import "strconv"

func itoa(i int) string { return strconv.Itoa(i) }

// tableBlock: at most 100 rows of at most 20 cells, one table in a message.
var tableBlock = shape{on: InMessage, fields: fields{
	"rows": must(listOf(1, 100, listOf(1, 20, oneOf("raw_text", "raw_number", "rich_text")))),
	"column_settings": may(listOf(1, 20, of(shape{fields: fields{
		"align": may(word("left", "center", "right")), "is_wrapped": may(truth),
	}}))),
}}

// dataTableBlock has a header row, and rows that a reader can page through, sort and press.
var dataTableBlock = shape{
	on: InMessage,
	fields: fields{
		"caption": must(chars(1, 3000)), // the length is not confirmed
		"rows":    must(listOf(2, 101, listOf(1, 20, oneOf("raw_text", "raw_number", "rich_text", "action_cell")))),

		"page_size": may(whole(1, 100)), "row_header_column_index": may(whole(0, 19)),
	},
	also: also{plainHeader, evenRows, headerColumn},
}

// cells is the table of what stands in tables. The text of a number is required: Slack's published types say
// so, and so does none of its prose.
var cells = map[string]shape{
	"raw_text":    {fields: fields{"text": must(chars(1, 3000))}},
	"raw_number":  {fields: fields{"value": must(number), "text": must(chars(1, 3000))}},
	"action_cell": {fields: fields{"element": must(oneOf("button")), "fallback": may(oneOf("raw_text", "raw_number"))}},
}

// plainHeader: the first row of a data table is text alone.
func plainHeader(c *checker, at string, o map[string]any) {
	header, _ := firstOf(o["rows"]).([]any)
	for i, v := range header {
		if cell, _ := v.(map[string]any); cell["type"] != "raw_text" {
			c.complain(at+"/rows/0/"+itoa(i), "must be raw_text in the header row")
		}
	}
}

// evenRows: every row has a cell for each column of the header. Not confirmed; a table with holes in it has
// no meaning that a reader could sort by.
func evenRows(c *checker, at string, o map[string]any) {
	header, _ := firstOf(o["rows"]).([]any)
	rows, _ := o["rows"].([]any)
	for i, v := range rows {
		if row, ok := v.([]any); ok && len(row) != len(header) {
			c.complain(at+"/rows/"+itoa(i), "must have %d cells as the header row has", len(header))
		}
	}
}

// headerColumn: the column that names the rows is one of them.
func headerColumn(c *checker, at string, o map[string]any) {
	header, _ := firstOf(o["rows"]).([]any)
	if n, ok := integer(o["row_header_column_index"]); ok && header != nil && n >= int64(len(header)) && n <= 19 {
		c.complain(at+"/row_header_column_index", "must be less than %d", len(header))
	}
}

func firstOf(v any) any {
	if list, _ := v.([]any); len(list) > 0 {
		return list[0]
	}
	return nil
}
