package blockkit

// Parts of rich_text, which also stand in table cells and rich text inputs.
var (
	richBlocks = []string{"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
	richInline = []string{"text", "link", "user", "usergroup", "channel", "team", "emoji", "date", "broadcast", "color"}

	textStyle = may(of(shape{fields: fields{
		"bold": may(truth), "italic": may(truth), "strike": may(truth), "code": may(truth), "underline": may(truth),
	}}))
	border = may(whole(0, 1))
)

var richText = map[string]shape{
	"rich_text_section":      {fields: fields{"elements": must(listOf(0, 1000, oneOf(richInline...)))}},
	"rich_text_quote":        {fields: fields{"elements": must(listOf(0, 1000, oneOf(richInline...))), "border": border}},
	"rich_text_preformatted": {fields: fields{"elements": must(listOf(0, 1000, oneOf("text", "link"))), "border": border}},
	"rich_text_list": {fields: fields{
		"style": must(word("bullet", "ordered")), "elements": must(listOf(1, 1000, oneOf("rich_text_section"))),
		"indent": may(whole(0, 8)), "border": border,
	}},

	"text":      {fields: fields{"text": must(chars(1, 40_000)), "style": textStyle}},
	"link":      {fields: fields{"url": must(urlText), "text": may(chars(1, 40_000)), "unsafe": may(truth), "style": textStyle}},
	"user":      {fields: fields{"user_id": must(id), "style": textStyle}},
	"usergroup": {fields: fields{"usergroup_id": must(id), "style": textStyle}},
	"channel":   {fields: fields{"channel_id": must(id), "style": textStyle}},
	"team":      {fields: fields{"team_id": must(id), "style": textStyle}},
	"emoji":     {fields: fields{"name": must(chars(1, 255)), "unicode": may(chars(1, 255)), "style": textStyle}},
	"date":      {fields: fields{"timestamp": must(whole(0, 1<<53)), "format": must(chars(1, 255)), "url": may(urlText), "fallback": may(chars(1, 3000)), "style": textStyle}},
	"broadcast": {fields: fields{"range": must(word("here", "channel", "everyone")), "style": textStyle}},
	"color":     {fields: fields{"value": must(chars(1, 255)), "style": textStyle}},
}
