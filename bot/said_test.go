package bot_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/sandbox/slack"
)

// said looks at everything the bot has said in Slack, after every story: each time is
// shown in the zone of whoever reads it, or names its zone; and what notifications and
// screen readers get says the same as the blocks.
func (p *play) said() {
	for _, e := range p.box.Slack.Journal(0) {
		if e.Error != "" || !speaks(e) {
			continue
		}
		var m struct {
			Text   string
			Blocks any
			View   any
		}
		if json.Unmarshal(unpacked(e.Raw), &m) != nil {
			p.t.Errorf("what was said cannot be read: %s", e.Raw)
			continue
		}
		texts := append(marked(m.Blocks), marked(m.View)...)
		for _, text := range append(texts, m.Text) {
			if found := bareTime(text); found != "" {
				p.t.Errorf("%s says a time without a zone, or in UTC where the reader's zone is known: %q in %q", e.Method, found, text)
			}
		}
		for _, el := range buttonsIn([]any{m.Blocks, m.View}) {
			if words := strings.TrimPrefix(el["action_id"].(string), "begin/"); el["value"] != words && !hashed.MatchString(words) {
				p.t.Errorf("%s has a button that begins %q and sends %q", e.Method, words, el["value"])
			}
		}
		if e.Kind == slack.KindView || e.Kind == slack.KindHome || m.Blocks == nil {
			continue
		}
		for _, fact := range facts(m.Blocks) {
			if strings.HasSuffix(m.Text, "\n…") { // there is no room for all of it
				break
			}
			if !strings.Contains(flat(m.Text), fact) {
				p.t.Errorf("%s: the text for notifications does not say %q: %q", e.Method, fact, m.Text)
			}
		}
	}
}

// hashed is what stands for words that are too long for the id of a button.
var hashed = regexp.MustCompile(`^[0-9a-f]{64}$`)

// buttonsIn are the buttons that begin a command, in blocks or in a view.
func buttonsIn(part any) (all []map[string]any) {
	switch v := part.(type) {
	case []any:
		for _, one := range v {
			all = append(all, buttonsIn(one)...)
		}
	case map[string]any:
		if id, _ := v["action_id"].(string); strings.HasPrefix(id, "begin/") {
			all = append(all, v)
		}
		for _, one := range v {
			all = append(all, buttonsIn(one)...)
		}
	}
	return all
}

// speaks tells what the bot says from everything else.
func speaks(e slack.Entry) bool {
	switch e.Kind {
	case slack.KindAPI:
		return slices.Contains([]string{"chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "views.push", "views.update", "views.publish"}, e.Method)
	case slack.KindResponseURL:
		return true
	}
	return false
}

// unpacked takes JSON out of the strings of a form.
func unpacked(raw json.RawMessage) json.RawMessage {
	var call map[string]json.RawMessage
	if json.Unmarshal(raw, &call) != nil {
		return raw
	}
	for _, name := range []string{"blocks", "view"} {
		var text string
		if json.Unmarshal(call[name], &text) == nil && text != "" {
			call[name] = json.RawMessage(text)
		}
	}
	out, _ := json.Marshal(call)
	return out
}

// marked are the texts in Slack's markup, and those of rich text.
func marked(part any) (texts []string) {
	switch v := part.(type) {
	case []any:
		for _, one := range v {
			texts = append(texts, marked(one)...)
		}
	case map[string]any:
		text, isText := v["text"].(string)
		switch {
		case v["type"] == "rich_text_preformatted": // a text as somebody wrote it
		case isText && slices.Contains([]any{"mrkdwn", "text", "raw_text"}, v["type"]):
			texts = append(texts, text)
		default:
			for _, one := range v {
				texts = append(texts, marked(one)...)
			}
		}
	}
	return texts
}

var (
	token     = regexp.MustCompile(`<[^<>]*>`)
	code      = regexp.MustCompile("(?s)```.*?```|`[^`]*`")
	clockTime = regexp.MustCompile(`\b\d{1,2}:\d{2}(?::\d{2})?\b`)
	zoned     = regexp.MustCompile(`^(?: (?:AM|PM))?[ ,]+(?:in )?(?:[A-Z]{3,4}\b|[A-Z][a-z]+/[A-Z][A-Za-z_]+|Pacific)`)
	logLine   = regexp.MustCompile("(?m)^`\\d+` .*$") // lines of the log, which are in UTC throughout
	inUTC     = regexp.MustCompile(`\b\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2} UTC`)
)

// bareTime finds a time of day that does not say in which zone it is, or one that Slack
// could show in the reader's.
func bareTime(text string) string {
	text = logLine.ReplaceAllString(text, "…")
	text = code.ReplaceAllString(token.ReplaceAllString(text, "…"), "…")
	if found := inUTC.FindString(text); found != "" {
		return found
	}
	for _, at := range clockTime.FindAllStringIndex(text, -1) {
		if !zoned.MatchString(text[at[1]:]) {
			return text[at[0]:at[1]]
		}
	}
	return ""
}

var fact = regexp.MustCompile(`#\d+|\d[\d.,]*\d|\b[\w.+-]+@[\w.-]+\w`)

// facts are the numbers and addresses that blocks show.
func facts(blocks any) (all []string) {
	for _, text := range marked(blocks) {
		text = token.ReplaceAllString(text, "…")
		all = append(all, fact.FindAllString(flat(text), -1)...)
	}
	return all
}

func flat(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}
