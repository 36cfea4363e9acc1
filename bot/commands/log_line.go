package commands

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// logLine says in a sentence what a record of the log tells: its number, when, who, and
// what.
func logLine(l store.Leaf) bot.Markup {
	line := bot.Markf("`%d` %s · %s", l.N, bot.When(l.At), whatHappened(l))
	if note := noteOf(l); note != "" {
		line += " — " + bot.InZone(note)
	}
	if l.Erased {
		line += " _(erased)_"
	}
	return line
}

// whatHappened is the sentence without what was noted beside it.
func whatHappened(l store.Leaf) bot.Markup {
	who, about := whoDid(l), aboutWhat(l)
	switch l.Kind {
	case "asked":
		return bot.Markf("%s asked for %s", who, about)
	case "renewed":
		return bot.Markf("%s has to be agreed to anew%s", about, byWhom(l))
	case "voted":
		var vote struct{ Yes bool }
		if json.Unmarshal(l.Details, &vote) == nil && vote.Yes {
			return bot.Markf("%s agreed to %s", who, about)
		}
		return bot.Markf("%s said no to %s", who, about)
	case "unvoted":
		return bot.Markf("%s took their vote on %s back", who, about)
	case "moved":
		return bot.Markf("%s is *%s*%s", about, bot.StateWord(l.To), byWhom(l))
	case "refused":
		if l.Request != 0 {
			return bot.Markf("%s may not decide about %s", who, about)
		}
		return bot.Markf("%s may not use %s", who, cmp.Or(about, "this bot"))
	case "read":
		if l.By == nil { // from the command line
			return bot.Markf("Somebody on the bot's machine looked at %s", cmp.Or(about, "the log"))
		}
		return bot.Markf("%s looked at %s", who, cmp.Or(about, "the log"))
	case "granted":
		return bot.Markf("%s, for a time only%s", about, byWhom(l))
	case "muted":
		return bot.Markf("%s muted an alarm", who)
	case "reviewed":
		return bot.Markf("%s reviewed who has access", who)
	case "followed":
		return bot.Markf("What came of %s", about)
	case "proposed":
		return bot.Markf("%s proposed %s", who, about)
	}
	if l.Kind == "policy" && strings.HasPrefix(l.Note, "rules ") {
		return bot.Inert("The " + l.Note)
	}
	words, known := ofNobody[l.Kind]
	if !known {
		words = bot.Inert(l.Kind)
	}
	words += byWhom(l)
	if about != "" {
		words += bot.Markf(", %s", about)
	}
	return words
}

// ofNobody are the kinds of records that tell of the bot itself.
var ofNobody = map[string]bot.Markup{
	"started": "The bot started", "stopped": "The bot stopped", "ran": "What is due by the clock",
	"policy": "The rules", "rules refused": "Rules that were refused", "erased": "Personal data was erased",
	"clock": "The clock was set right", "rollback": "An older data file was accepted",
}

// byWhom names who did something, behind what was done.
func byWhom(l store.Leaf) bot.Markup {
	if l.By == nil {
		return ""
	}
	return bot.Markf(", by %s", whoDid(l))
}

// whoDid names who did something. What was erased names nobody.
func whoDid(l store.Leaf) bot.Markup {
	switch {
	case l.By == nil:
		return "The bot"
	case l.By.Name == "":
		return "Somebody"
	}
	return bot.Mention(l.By.ID)
}

// aboutWhat is the request and its command, or one of them.
func aboutWhat(l store.Leaf) bot.Markup {
	var parts []bot.Markup
	if l.Request != 0 {
		parts = append(parts, bot.Markf("*#%d*", l.Request))
	}
	if l.Operation != "" {
		parts = append(parts, bot.Code(l.Operation))
	}
	return bot.Join(parts, " ")
}

var hash = regexp.MustCompile(`\b([0-9a-f]{8})[0-9a-f]{24,}\b`)

// noteOf is what was noted, without what the sentence says already. Of a hash it shows
// as much as tells one from another; `ascbot audit export` has it whole.
func noteOf(l store.Leaf) string {
	note := hash.ReplaceAllString(l.Note, "$1…")
	if l.Kind == "refused" && l.Request != 0 { // what was pressed, and why that does not count
		if _, why, ok := strings.Cut(note, ": "); ok {
			return why
		}
	}
	if l.Kind == "policy" && strings.HasPrefix(note, "rules ") {
		return ""
	}
	return note
}
